//! Pinyin in brackets after characters, as `網(wǎng)絡(luò)`: noise that breaks words apart.

use super::Evasion;
use super::characters::is_han;
use super::marks::Marks;
use super::normalise::Piece;

/// The longest syllable with its brackets.
const LONGEST: usize = 8;

/// Removes bracketed syllables that follow a Han character.
pub(super) fn remove(pieces: &mut Vec<Piece>) {
    if !pieces.iter().any(|piece| is_opening(piece.character)) {
        return;
    }
    let mut kept: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut before = Marks::NONE;
    let mut at = 0;
    while at < pieces.len() {
        let after_han = kept.last().is_some_and(|piece| is_han(piece.character));
        if after_han && let Some(length) = note(&pieces[at..]) {
            before = before.with(Marks::of(Evasion::PinyinNoise));
            at += length;
            continue;
        }
        let mut piece = pieces[at];
        piece.before = piece.before.with(before);
        before = Marks::NONE;
        kept.push(piece);
        at += 1;
    }
    *pieces = kept;
}

fn is_opening(character: char) -> bool {
    matches!(character, '(' | '（' | '[' | '【')
}

/// The length of a bracketed syllable at the start, if there is one.
fn note(rest: &[Piece]) -> Option<usize> {
    if !is_opening(rest.first()?.character) {
        return None;
    }
    let close =
        rest.iter().take(LONGEST + 2).position(|piece| matches!(piece.character, ')' | '）' | ']' | '】'))?;
    let syllable = &rest[1..close];
    let toned = syllable.iter().any(|piece| is_toned(piece.character));
    let letters =
        syllable.iter().all(|piece| piece.character.is_ascii_lowercase() || is_toned(piece.character));
    let plain: String = syllable.iter().map(|piece| piece.character).collect();
    let before_han = rest.get(close + 1).is_some_and(|piece| is_han(piece.character));
    (letters && (toned || (before_han && is_syllable(&plain)))).then_some(close + 1)
}

fn is_toned(character: char) -> bool {
    "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹ".contains(character)
}

/// Whether toneless letters make a syllable of Mandarin.
fn is_syllable(letters: &str) -> bool {
    const INITIALS: [&str; 23] = [
        "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z",
        "c", "s", "y", "w",
    ];
    const FINALS: [&str; 33] = [
        "a", "o", "e", "i", "u", "v", "ai", "ei", "ui", "ao", "ou", "iu", "ie", "ve", "er", "an", "en", "in",
        "un", "ang", "eng", "ing", "ong", "ia", "ua", "uo", "ue", "iao", "uai", "ian", "uan", "iang", "uang",
    ];
    let rest = INITIALS.iter().find_map(|initial| letters.strip_prefix(initial)).unwrap_or(letters);
    FINALS.contains(&rest) || rest == "iong"
}
