//! Escapes written inside text: entities, `\u`, `\x`, `%u`, and percent signs over UTF-8 or GBK bytes.

use super::Evasion;
use super::marks::Marks;
use super::normalise::Piece;

/// Rounds of decoding; escapes of escapes of escapes are read, deeper ones are not.
const ROUNDS: usize = 3;

/// Decodes escapes in place, as often as they are nested.
pub(super) fn decode(pieces: &mut Vec<Piece>) {
    for _ in 0..ROUNDS {
        let mut decoded = Vec::with_capacity(pieces.len());
        let mut changed = false;
        let mut at = 0;
        while at < pieces.len() {
            let rest = &pieces[at..];
            let found = match rest[0].character {
                '&' => entity(rest),
                '\\' => backslash(rest),
                '%' => percent(rest, &mut decoded),
                _ => None,
            };
            match found {
                Some(Found::One { character, length }) => {
                    decoded.push(joined(&rest[..length], character));
                    at += length;
                    changed = true;
                }
                Some(Found::Pushed { length }) => {
                    at += length;
                    changed = true;
                }
                None => {
                    decoded.push(rest[0]);
                    at += 1;
                }
            }
        }
        *pieces = decoded;
        if !changed {
            return;
        }
    }
}

enum Found {
    /// One character, written with that many.
    One { character: char, length: usize },
    /// Several characters, already pushed, written with that many.
    Pushed { length: usize },
}

fn joined(pieces: &[Piece], character: char) -> Piece {
    let first = pieces.first().copied().unwrap_or_default();
    let last = pieces.last().copied().unwrap_or_default();
    Piece {
        character,
        start: first.start,
        end: last.end,
        own: first.own.with(Marks::of(Evasion::Escapes)),
        before: first.before,
    }
}

/// `&#21338;`, `&#x535a`, `&nbsp;` and the few named entities that hide markup.
fn entity(rest: &[Piece]) -> Option<Found> {
    if rest.get(1)?.character == '#' {
        let hex = matches!(rest.get(2)?.character, 'x' | 'X');
        let from = if hex { 3 } else { 2 };
        let (code, digits) = number(&rest[from..], if hex { 16 } else { 10 }, 7);
        let character = (digits > 0).then(|| char::from_u32(code)).flatten()?;
        let length = from + digits;
        let semicolon = rest.get(length).is_some_and(|piece| piece.character == ';');
        return Some(Found::One { character, length: length + usize::from(semicolon) });
    }
    let named =
        [("amp;", '&'), ("nbsp;", ' '), ("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("shy;", '\u{AD}')];
    named
        .iter()
        .find(|(name, _)| starts_with(&rest[1..], name))
        .map(|(name, character)| Found::One { character: *character, length: 1 + name.len() })
}

/// `\u535a`, `\u{535a}`, `\x41`, `\535a ` as style sheets write it.
fn backslash(rest: &[Piece]) -> Option<Found> {
    match rest.get(1)?.character {
        'u' | 'U' if rest.get(2)?.character == '{' => {
            let (code, digits) = number(&rest[3..], 16, 6);
            let closed = rest.get(3 + digits).is_some_and(|piece| piece.character == '}');
            let character = (digits > 0 && closed).then(|| char::from_u32(code)).flatten()?;
            Some(Found::One { character, length: 4 + digits })
        }
        'u' | 'U' => utf16(rest, 2, |rest| {
            rest.first().is_some_and(|piece| piece.character == '\\')
                && rest.get(1).is_some_and(|piece| matches!(piece.character, 'u' | 'U'))
        }),
        'x' | 'X' => {
            let (code, digits) = number(&rest[2..], 16, 2);
            let character = (digits == 2).then(|| char::from_u32(code)).flatten()?;
            Some(Found::One { character, length: 4 })
        }
        _ => {
            let (code, digits) = number(&rest[1..], 16, 6);
            let character = (digits >= 4).then(|| char::from_u32(code)).flatten()?;
            let space = rest.get(1 + digits).is_some_and(|piece| piece.character == ' ');
            Some(Found::One { character, length: 1 + digits + usize::from(space) })
        }
    }
}

/// Four hexadecimal digits after a prefix, or two such escapes that make a surrogate pair.
fn utf16(rest: &[Piece], prefix: usize, same_prefix: impl Fn(&[Piece]) -> bool) -> Option<Found> {
    let (code, digits) = number(rest.get(prefix..)?, 16, 4);
    if digits != 4 {
        return None;
    }
    let length = prefix + 4;
    if let Some(character) = char::from_u32(code) {
        return Some(Found::One { character, length });
    }
    let tail = rest.get(length..)?;
    if !same_prefix(tail) {
        return None;
    }
    let (low, digits) = number(tail.get(prefix..)?, 16, 4);
    if digits != 4 || !(0xD800..0xDC00).contains(&code) || !(0xDC00..0xE000).contains(&low) {
        return None;
    }
    let character = char::from_u32(0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00))?;
    Some(Found::One { character, length: length * 2 })
}

/// `%u535a`, or a run of percent-coded bytes that are UTF-8 or, failing that, GBK.
fn percent(rest: &[Piece], decoded: &mut Vec<Piece>) -> Option<Found> {
    if matches!(rest.get(1)?.character, 'u' | 'U') {
        return utf16(rest, 2, |rest| {
            rest.first().is_some_and(|piece| piece.character == '%')
                && rest.get(1).is_some_and(|piece| matches!(piece.character, 'u' | 'U'))
        });
    }
    let mut bytes = Vec::new();
    while let Some(group) = rest.get(bytes.len() * 3..bytes.len() * 3 + 3) {
        let (code, digits) = number(&group[1..], 16, 2);
        match u8::try_from(code) {
            Ok(byte) if group[0].character == '%' && digits == 2 => bytes.push(byte),
            _ => break,
        }
    }
    let characters = utf8(&bytes).or_else(|| gbk(&bytes))?;
    let mut used = 0;
    for (character, length) in characters {
        decoded.push(joined(&rest[used * 3..(used + length) * 3], character));
        used += length;
    }
    (used > 0).then_some(Found::Pushed { length: used * 3 })
}

fn utf8(bytes: &[u8]) -> Option<Vec<(char, usize)>> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.chars().map(|character| (character, character.len_utf8())).collect())
}

/// GB 2312 is enough: jargon is not written with rarer characters.
fn gbk(bytes: &[u8]) -> Option<Vec<(char, usize)>> {
    let mut characters = Vec::new();
    let mut at = 0;
    while let Some(lead) = bytes.get(at) {
        if lead.is_ascii() {
            characters.push((char::from(*lead), 1));
            at += 1;
            continue;
        }
        characters.push((gb2312(*lead, *bytes.get(at + 1)?)?, 2));
        at += 2;
    }
    Some(characters)
}

/// The character of GB 2312 at two bytes.
fn gb2312(lead: u8, trail: u8) -> Option<char> {
    /// Every character is three bytes of UTF-8, every row has 94 of them and a line end.
    const ROW: usize = 94 * 3 + 1;
    let table = include_str!("tables/gb2312.txt");
    let row = usize::from(lead.checked_sub(0xB0)?);
    let column = usize::from(trail.checked_sub(0xA1)?);
    if column >= 94 {
        return None;
    }
    let at = row * ROW + column * 3;
    table.get(at..at + 3)?.chars().next().filter(|character| *character != '\u{3000}')
}

/// A number of at most that many digits, and how many digits it has.
fn number(pieces: &[Piece], radix: u32, most: usize) -> (u32, usize) {
    let mut value = 0_u32;
    let mut digits = 0;
    for piece in pieces.iter().take(most) {
        let Some(digit) = piece.character.to_digit(radix) else { break };
        value = value.saturating_mul(radix).saturating_add(digit);
        digits += 1;
    }
    (value, digits)
}

fn starts_with(pieces: &[Piece], text: &str) -> bool {
    let mut pieces = pieces.iter();
    text.chars()
        .all(|wanted| pieces.next().is_some_and(|piece| piece.character.eq_ignore_ascii_case(&wanted)))
}
