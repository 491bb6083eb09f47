//! Finds terms in normalised text: word boundaries, symbols between characters, longer words over shorter ones.

use std::ops::Range;

use super::characters::{is_han, is_worded};
use super::marks::Marks;
use super::normalise::Normalised;
use super::set::Use;
use super::vocabulary::{Pattern, Vocabulary};
use super::{Evasion, Weight, template};

/// Most candidates that one block is searched for. A block with more is made of jargon, and is judged by these.
const MOST: usize = 16_384;

/// One term met in normalised text.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) term: u32,
    pub(super) purpose: Use,
    pub(super) weight: Weight,
    pub(super) marks: Marks,
    /// In the normalised text.
    pub(super) at: Range<usize>,
}

/// Every term of a text, in order; lawful phrases have swallowed theirs.
pub(super) fn find(vocabulary: &Vocabulary, text: &Normalised<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    search(vocabulary, &text.text, |pattern, at| {
        if fits(&text.text, pattern, &at) {
            found.push(met(vocabulary, pattern, at, Marks::NONE));
        }
        found.len() < MOST
    });
    if text.han {
        find_across_gaps(vocabulary, &text.text, &mut found);
    }
    let mut found = settle(found);
    for found in &mut found {
        found.marks = found.marks.with(text.marks(found.at.clone()));
    }
    template::raise_brands(vocabulary, &text.text, &mut found);
    found
}

fn met(vocabulary: &Vocabulary, pattern: &Pattern, at: Range<usize>, marks: Marks) -> Found {
    Found {
        term: pattern.term,
        purpose: vocabulary.terms[pattern.term as usize].purpose,
        weight: pattern.weight,
        marks: pattern.evasion.map_or(marks, |evasion| marks.with(Marks::of(evasion))),
        at,
    }
}

/// Calls back for every spelling met, until that answers no.
fn search(vocabulary: &Vocabulary, text: &str, mut each: impl FnMut(&Pattern, Range<usize>) -> bool) {
    for hit in vocabulary.matcher.find_overlapping_iter(text) {
        for pattern in &vocabulary.patterns[hit.value() as usize] {
            if !each(pattern, hit.start()..hit.end()) {
                return;
            }
        }
    }
}

/// Whether a spelling stands as a word of its own.
fn fits(text: &str, pattern: &Pattern, at: &Range<usize>) -> bool {
    let joins = |character: Option<char>| character.is_some_and(is_worded);
    let joined_before = pattern.worded_start && joins(text[..at.start].chars().next_back());
    let joined_after = pattern.worded_end && joins(text[at.end..].chars().next());
    !joined_before && !joined_after
}

/// Longer words win over the shorter ones inside them; lawful phrases win and vanish. Words of publicity stand aside.
fn settle(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by(|a, b| a.at.start.cmp(&b.at.start).then(b.at.end.cmp(&a.at.end)));
    let mut cover = 0..0;
    found.retain(|found| {
        if found.purpose == Use::Publicity {
            return true;
        }
        if found.at.end <= cover.end && found.at != cover {
            return false;
        }
        if found.at.end > cover.end {
            cover = found.at.clone();
        }
        true
    });
    let shields: Vec<Range<usize>> =
        found.iter().filter(|found| found.purpose == Use::Shield).map(|found| found.at.clone()).collect();
    let mut next = 0;
    found.retain(|found| {
        while shields.get(next).is_some_and(|shield| shield.end <= found.at.start) {
            next += 1;
        }
        found.purpose != Use::Shield && !shields.get(next).is_some_and(|shield| *shield == found.at)
    });
    found
}

/// Text without what stands between Han characters, and where each character came from.
struct Squeezed {
    text: String,
    /// Offset in the squeezed text, offset in the normalised text, and what was dropped before the character.
    characters: Vec<(usize, usize, Gap)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// Nothing was dropped.
    None,
    /// A space, or a sign that also parts the words of a list.
    Parting,
    /// A symbol or emoji that has no business between characters.
    Odd,
}

/// Finds Han terms whose characters have symbols or spaces between them.
fn find_across_gaps(vocabulary: &Vocabulary, text: &str, found: &mut Vec<Found>) {
    let Some(squeezed) = squeeze(text) else { return };
    let inserted = Marks::of(Evasion::Inserted);
    search(vocabulary, &squeezed.text, |pattern, at| {
        if !pattern.han || pattern.weight < Weight::Medium && pattern.evasion.is_none() {
            return true;
        }
        if let Some(at) = squeezed.revealed(&at) {
            found.push(met(vocabulary, pattern, at, inserted));
        }
        found.len() < MOST
    });
}

/// Whether one or two droppable characters stand between Han characters anywhere. Most text has none, and is not copied.
fn has_gap(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Droppable characters since the last Han character, or more than two when there was something else.
    let mut since = u8::MAX;
    let mut at = 0;
    while at < bytes.len() {
        if (0xE4..=0xE9).contains(&bytes[at]) {
            if matches!(since, 1 | 2) {
                return true;
            }
            since = 0;
            at += 3;
            continue;
        }
        let Some(character) = text[at..].chars().next() else { break };
        at += character.len_utf8();
        if is_han(character) {
            if matches!(since, 1 | 2) {
                return true;
            }
            since = 0;
        } else {
            since = if is_droppable(character) { since.saturating_add(1) } else { u8::MAX };
        }
    }
    false
}

fn squeeze(text: &str) -> Option<Squeezed> {
    if !has_gap(text) {
        return None;
    }
    let mut squeezed = Squeezed { text: String::new(), characters: Vec::new() };
    let mut any = false;
    // Symbols since the last Han character; they are dropped if another follows soon.
    let mut pending: Vec<(usize, char)> = Vec::new();
    let mut after_han = false;
    for (at, character) in text.char_indices() {
        if is_han(character) {
            let gap = if pending.is_empty() { Gap::None } else { kind_of_gap(&pending) };
            any |= !pending.is_empty();
            pending.clear();
            squeezed.push(at, character, gap);
            after_han = true;
        } else if after_han && pending.len() < 2 && is_droppable(character) {
            pending.push((at, character));
        } else {
            for (at, symbol) in pending.drain(..) {
                squeezed.push(at, symbol, Gap::None);
            }
            squeezed.push(at, character, Gap::None);
            after_han = false;
        }
    }
    any.then_some(squeezed)
}

impl Squeezed {
    fn push(&mut self, at: usize, character: char, gap: Gap) {
        self.characters.push((self.text.len(), at, gap));
        self.text.push(character);
    }

    /// The place of a hit in the normalised text, if it was cut by symbols as no honest list cuts words.
    fn revealed(&self, at: &Range<usize>) -> Option<Range<usize>> {
        let first = self.characters.partition_point(|(squeezed, ..)| *squeezed < at.start);
        let end = self.characters.partition_point(|(squeezed, ..)| *squeezed < at.end);
        let inside = self.characters.get(first..end)?;
        let gaps: Vec<Gap> = inside.iter().skip(1).map(|(.., gap)| *gap).collect();
        let cut = gaps.contains(&Gap::Odd)
            || (!gaps.is_empty()
                && gaps.iter().all(|gap| *gap == Gap::Parting)
                && self.stands_apart(first, end));
        let last = inside.last()?;
        let length = self.text[last.0..].chars().next()?.len_utf8();
        cut.then(|| inside[0].1..last.1 + length)
    }

    /// Whether a spaced-out word is not the tail of one word and the head of the next.
    fn stands_apart(&self, first: usize, end: usize) -> bool {
        let apart = |index: usize| match self.characters.get(index) {
            Some((squeezed, _, gap)) => {
                *gap != Gap::None || !self.text[*squeezed..].chars().next().is_some_and(is_han)
            }
            None => true,
        };
        let begins = first == 0 || apart(first) || !self.is_han_at(first - 1);
        begins && apart(end)
    }

    fn is_han_at(&self, index: usize) -> bool {
        self.characters.get(index).is_some_and(|(at, ..)| self.text[*at..].chars().next().is_some_and(is_han))
    }
}

fn kind_of_gap(symbols: &[(usize, char)]) -> Gap {
    let parting = |character: char| {
        matches!(character, ' ' | '·' | '・' | '•' | '-' | '—' | '|' | '/' | '_' | '&' | '｜' | '.')
    };
    if symbols.iter().all(|(_, character)| parting(*character)) { Gap::Parting } else { Gap::Odd }
}

/// Symbols that may be dropped between Han characters. Marks of the sentence may not.
fn is_droppable(character: char) -> bool {
    !character.is_alphanumeric()
        && !matches!(
            character,
            ',' | ';'
                | ':'
                | '!'
                | '?'
                | '"'
                | '\''
                | '('
                | ')'
                | '<'
                | '>'
                | '['
                | ']'
                | '{'
                | '}'
                | '，'
                | '。'
                | '、'
                | '；'
                | '：'
                | '！'
                | '？'
                | '“'
                | '”'
                | '‘'
                | '’'
                | '（'
                | '）'
                | '《'
                | '》'
                | '〈'
                | '〉'
                | '「'
                | '」'
                | '『'
                | '』'
                | '【'
                | '】'
                | '…'
                | '［'
                | '］'
                | '～'
                | '→'
                | '»'
        )
}
