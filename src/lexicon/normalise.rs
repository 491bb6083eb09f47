//! The normaliser: undoes evasions and remembers where every character came from.
//!
//! Ordinary text goes through in one pass without an allocation; only text with a suspicious character is rewritten.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::Evasion;
use super::characters::{self, HanView};
use super::escapes;
use super::marks::Marks;
use super::pinyin;

/// Text as the lexicon reads it, with the way back to the text as given.
#[derive(Debug, Clone)]
pub struct Normalised<'a> {
    /// The normalised text: lower case, simplified, without invisible characters, escapes decoded.
    pub text: Cow<'a, str>,
    /// Everything that was undone anywhere in it. Evasions that revealed a term are in the judgement.
    pub evasions: Vec<Evasion>,
    /// One piece for each character; empty when every character stands where it stood.
    pieces: Vec<Piece>,
    /// Offset of each piece in the normalised text.
    offsets: Vec<u32>,
    /// Whether there is any Han character.
    pub(super) han: bool,
}

/// One normalised character and where it came from.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Piece {
    /// The character.
    pub(super) character: char,
    /// Where it begins in the text as given.
    pub(super) start: u32,
    /// Where it ends there.
    pub(super) end: u32,
    /// What was undone to get it.
    pub(super) own: Marks,
    /// What was removed right before it.
    pub(super) before: Marks,
}

impl<'a> Normalised<'a> {
    /// Normalises a text. Texts beyond 4 GiB are cut there.
    pub fn new(text: &'a str) -> Self {
        let text = cut(text);
        match look(text) {
            Look::Plain { upper, broken, han } => {
                let text = match (upper, broken) {
                    (false, false) => Cow::Borrowed(text),
                    (true, false) => Cow::Owned(text.to_ascii_lowercase()),
                    (_, true) => Cow::Owned(text.replace(is_break, " ").to_ascii_lowercase()),
                };
                Self { text, evasions: Vec::new(), pieces: Vec::new(), offsets: Vec::new(), han }
            }
            Look::Suspicious => rewrite(text),
        }
    }

    /// The bytes of the text as given that lie behind a range of the normalised text.
    pub fn raw(&self, range: Range<usize>) -> Range<usize> {
        if self.pieces.is_empty() {
            let end = range.end.min(self.text.len());
            return range.start.min(end)..end;
        }
        let pieces = self.pieces_of(range);
        match (pieces.first(), pieces.last()) {
            (Some(first), Some(last)) => first.start as usize..(last.end as usize).max(first.start as usize),
            _ => 0..0,
        }
    }

    /// What was undone inside a range of the normalised text.
    pub(super) fn marks(&self, range: Range<usize>) -> Marks {
        let mut marks = Marks::NONE;
        for (index, piece) in self.pieces_of(range).iter().enumerate() {
            marks = marks.with(piece.own);
            if index > 0 {
                marks = marks.with(piece.before);
            }
        }
        marks
    }

    fn pieces_of(&self, range: Range<usize>) -> &[Piece] {
        let first = self.offsets.partition_point(|offset| (*offset as usize) < range.start);
        let last = self.offsets.partition_point(|offset| (*offset as usize) < range.end);
        self.pieces.get(first..last).unwrap_or_default()
    }
}

/// Offsets are kept in 32 bits.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(u32::MAX as usize);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

enum Look {
    /// Nothing to undo but capitals and single breaks of lines, which leave every character where it stands.
    Plain { upper: bool, broken: bool, han: bool },
    /// Something may have to be undone.
    Suspicious,
}

/// One pass that tells ordinary text from text that must be rewritten.
fn look(text: &str) -> Look {
    let view = HanView::get();
    let (mut upper, mut broken, mut han, mut latin, mut similar) = (false, false, false, false, false);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte.is_ascii() {
            match byte {
                b'a'..=b'z' => latin = true,
                b'A'..=b'Z' => (latin, upper) = (true, true),
                b'&' | b'\\' | b'%' if begins_escape(&bytes[at..]) => return Look::Suspicious,
                b'(' | b'[' if han && begins_note(&bytes[at + 1..]) => return Look::Suspicious,
                b' ' | b'\t'..=b'\r' if bytes.get(at + 1).is_some_and(is_blank) => return Look::Suspicious,
                b'\t'..=b'\r' => broken = true,
                0..=0x1F | 0x7F => return Look::Suspicious,
                _ => {}
            }
            at += 1;
            continue;
        }
        // The three-byte characters from U+4000 to U+9FFF, read without the general decoder.
        if (0xE4..=0xE9).contains(&byte) && at + 2 < bytes.len() {
            let code = u32::from(byte & 0x0F) << 12
                | u32::from(bytes[at + 1] & 0x3F) << 6
                | u32::from(bytes[at + 2] & 0x3F);
            if view.varies(code) {
                return Look::Suspicious;
            }
            han = true;
            at += 3;
            continue;
        }
        let Some(character) = text[at..].chars().next() else { break };
        let next = at + character.len_utf8();
        if !is_plain(character) || (han && matches!(character, '（' | '【') && begins_note(&bytes[next..]))
        {
            return Look::Suspicious;
        }
        similar |= matches!(u32::from(character), 0x0370..=0x052F);
        at = next;
    }
    if similar && latin { Look::Suspicious } else { Look::Plain { upper, broken, han } }
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// White space other than the space itself.
fn is_break(character: char) -> bool {
    matches!(character, '\t'..='\r')
}

/// Whether a few Latin letters and a closing bracket follow, as in pinyin notes.
fn begins_note(bytes: &[u8]) -> bool {
    /// Longest syllable, with a letter of two bytes.
    const LONGEST: usize = 8;
    let letters = bytes
        .iter()
        .take(LONGEST)
        .take_while(|byte| byte.is_ascii_lowercase() || matches!(byte, 0x80..=0xBF | 0xC3..=0xC7))
        .count();
    let after = bytes.get(letters..).unwrap_or_default();
    letters > 0
        && (after.starts_with(b")")
            || after.starts_with(b"]")
            || after.starts_with("）".as_bytes())
            || after.starts_with("】".as_bytes()))
}

fn begins_escape(bytes: &[u8]) -> bool {
    let next = bytes.get(1).copied().unwrap_or(b' ');
    match bytes[0] {
        b'&' => next == b'#' || next.is_ascii_alphabetic(),
        b'%' => next.is_ascii_hexdigit() || matches!(next, b'u' | b'U'),
        _ => next.is_ascii_hexdigit() || matches!(next, b'u' | b'U' | b'x' | b'X'),
    }
}

/// Characters other than ASCII and common Han that need nothing done.
fn is_plain(character: char) -> bool {
    match u32::from(character) {
        0x0131 | 0x0451 => false,
        0x00A1..=0x00A9 | 0x00AB..=0x00AC | 0x00AE..=0x00B1 | 0x00B4..=0x00B8 | 0x00BB..=0x00BF | 0x00D7 => {
            true
        }
        0x00DF..=0x00FF | 0x0430..=0x045F | 0x03AC..=0x03CE => true,
        0x0100..=0x024F | 0x0400..=0x042F | 0x0460..=0x052F | 0x0386..=0x03AB | 0x1E00..=0x1EFF => {
            character.is_lowercase()
        }
        0x0620..=0x06FF | 0x0900..=0x0DFF | 0x0E01..=0x0EFF => true,
        0x2010..=0x2027 | 0x2030..=0x205E | 0x20A0..=0x20BF => true,
        0x2190..=0x245F | 0x2500..=0x2775 | 0x2794..=0x2BFF => true,
        0x3001..=0x3020 | 0x3030..=0x30FF | 0x3400..=0x3FFF => true,
        0xAC00..=0xD7A3 | 0xE000..=0xF8FF => true,
        0xFF01..=0xFF0F | 0xFF1A..=0xFF20 | 0xFF3B..=0xFF40 | 0xFF5B..=0xFF65 => true,
        0x1F300..=0x1FAFF => true,
        _ => false,
    }
}

fn rewrite(text: &str) -> Normalised<'_> {
    let mut pieces: Vec<Piece> = text
        .char_indices()
        .map(|(at, character)| Piece {
            character,
            start: place(at),
            end: place(at + character.len_utf8()),
            ..Piece::default()
        })
        .collect();
    if memchr::memchr3(b'&', b'\\', b'%', text.as_bytes()).is_some() {
        escapes::decode(&mut pieces);
    }
    let mut pieces = fold(&pieces);
    compose(&mut pieces);
    pinyin::remove(&mut pieces);
    unmask(&mut pieces);
    forgive_traditional(&mut pieces);
    emit(pieces)
}

fn place(at: usize) -> u32 {
    u32::try_from(at).expect("the text was cut to what 32 bits can count")
}

/// Drops what is invisible, folds compatibility forms, variants and case, and makes every white space one space.
fn fold(pieces: &[Piece]) -> Vec<Piece> {
    let view = HanView::get();
    let mut folded: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut several = Vec::new();
    let mut before = Marks::NONE;
    for piece in pieces {
        let character = piece.character;
        let previous = folded.last().map(|piece| piece.character);
        if characters::is_invisible(character) {
            // Persian joins words with a zero-width character, as it should.
            if !previous.is_some_and(|previous| matches!(u32::from(previous), 0x0600..=0x06FF)) {
                before = before.with(Marks::of(Evasion::Invisible));
            }
            continue;
        }
        if character == '\u{20E3}' {
            if let Some(last) = folded.last_mut() {
                last.own =
                    last.own.with(Marks::of(Evasion::Compatibility)).without(Marks::of(Evasion::Invisible));
                last.end = piece.end;
            }
            before = before.without(Marks::of(Evasion::Invisible));
            continue;
        }
        let mut new = Piece { before: piece.before.with(before), ..*piece };
        before = Marks::NONE;
        if character.is_whitespace() {
            if previous != Some(' ') {
                new.character = ' ';
                folded.push(new);
            }
            continue;
        }
        if character.is_ascii() {
            new.character = character.to_ascii_lowercase();
            folded.push(new);
            continue;
        }
        if let Some(simplified) = view.simplified(character) {
            new.character = simplified;
            new.own = new.own.with(Marks::of(Evasion::Variant));
            folded.push(new);
            continue;
        }
        if characters::is_compatibility(character) && characters::fold_compatibility(character, &mut several)
        {
            new.own = new.own.with(Marks::of(Evasion::Compatibility));
            folded.extend(several.iter().map(|character| Piece { character: *character, ..new }));
            continue;
        }
        match character {
            'ı' | 'İ' => new.character = 'i',
            'ё' | 'Ё' => new.character = 'е',
            _ => new.character = character.to_lowercase().next().unwrap_or(character),
        }
        folded.push(new);
    }
    folded
}

/// Joins letters with the combining marks after them.
fn compose(pieces: &mut Vec<Piece>) {
    if !pieces.iter().any(|piece| is_latin_mark(piece.character)) {
        return;
    }
    let mut composed: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces.iter() {
        if is_latin_mark(piece.character)
            && let Some(last) = composed.last_mut()
        {
            let mut joined = [last.character, piece.character].into_iter().nfc();
            match (joined.next(), joined.next()) {
                (Some(character), None) => last.character = character,
                // A letter crossed out with marks that compose with nothing.
                _ => last.own = last.own.with(Marks::of(Evasion::Inserted)),
            }
            last.end = piece.end.max(last.end);
            continue;
        }
        composed.push(*piece);
    }
    *pieces = composed;
}

fn is_latin_mark(character: char) -> bool {
    matches!(u32::from(character), 0x0300..=0x036F | 0x1AB0..=0x1AFF | 0x20D0..=0x20F0)
        && is_combining_mark(character)
}

/// Reads words that mix Latin with letters that look like Latin ones as Latin.
fn unmask(pieces: &mut [Piece]) {
    let mut at = 0;
    while at < pieces.len() {
        let length = pieces[at..].iter().take_while(|piece| characters::is_worded(piece.character)).count();
        let word = &mut pieces[at..at + length];
        let latin = word.iter().any(|piece| piece.character.is_ascii_alphanumeric());
        let foreign = word.iter().filter(|piece| matches!(u32::from(piece.character), 0x0250..=0x058F));
        let all_alike = foreign.clone().all(|piece| characters::look_alike(piece.character).is_some());
        if latin && all_alike && foreign.count() > 0 {
            for piece in word {
                if let Some(letter) = characters::look_alike(piece.character) {
                    piece.character = letter;
                    piece.own = piece.own.with(Marks::of(Evasion::LookAlike));
                }
            }
        }
        at += length.max(1);
    }
}

/// Traditional writing is no evasion where the block is written so throughout.
fn forgive_traditional(pieces: &mut [Piece]) {
    let view = HanView::get();
    let variant = Marks::of(Evasion::Variant);
    let traditional = pieces.iter().filter(|piece| piece.own.has(variant)).count();
    let simplified = pieces
        .iter()
        .filter(|piece| !piece.own.has(variant) && view.is_simplified_only(piece.character))
        .count();
    if traditional > simplified {
        for piece in pieces {
            piece.own = piece.own.without(variant);
        }
    }
}

fn emit<'a>(pieces: Vec<Piece>) -> Normalised<'a> {
    let mut text = String::with_capacity(pieces.len() * 3);
    let mut offsets = Vec::with_capacity(pieces.len());
    let mut marks = Marks::NONE;
    let mut han = false;
    let mut kept = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let Ok(offset) = u32::try_from(text.len()) else { break };
        offsets.push(offset);
        text.push(piece.character);
        marks = marks.with(piece.own).with(piece.before);
        han |= characters::is_han(piece.character);
        kept.push(piece);
    }
    Normalised { text: Cow::Owned(text), evasions: marks.list(), pieces: kept, offsets, han }
}
