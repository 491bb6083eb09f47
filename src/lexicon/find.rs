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
    template::raise_shapes(vocabulary, &text.text, &mut found);
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

/// Longer words win over the shorter ones inside them; lawful phrases win and vanish. Words of publicity and of trades
/// stand aside, unless they are only a part of jargon, as the sign for "news" is within 视讯.
fn settle(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by(|a, b| a.at.start.cmp(&b.at.start).then(b.at.end.cmp(&a.at.end)));
    let (mut cover, mut jargon) = (0..0, false);
    found.retain(|found| {
        let within = found.at.end <= cover.end && found.at != cover;
        if matches!(found.purpose, Use::Publicity | Use::Trade) {
            return !(within && jargon);
        }
        if within {
            return false;
        }
        if found.at.end > cover.end {
            (cover, jargon) = (found.at.clone(), matches!(found.purpose, Use::Jargon(_)));
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

/// Text without what stands between Han characters, and where something was dropped.
struct Squeezed {
    text: String,
    /// In order; most text has few.
    cuts: Vec<Cut>,
}

/// A place where one or two characters between Han characters were dropped.
struct Cut {
    /// Offset in the squeezed text of the character behind it.
    at: usize,
    /// Offset of the same character in the normalised text.
    from: usize,
    /// What was dropped.
    gap: Gap,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
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

/// The text without one or two droppable characters between Han characters; `None` where there are none.
fn squeeze(text: &str) -> Option<Squeezed> {
    let bytes = text.as_bytes();
    let mut squeezed = Squeezed { text: String::new(), cuts: Vec::new() };
    // Where the text behind the last cut begins, and what follows the last Han character if nothing but droppable
    // characters do.
    let (mut copied, mut gap): (usize, Option<Range<usize>>) = (0, None);
    let mut dropped = 0;
    let mut at = 0;
    while at < bytes.len() {
        // Three-byte Han characters need no decoder.
        let plain_han = (0xE4..=0xE9).contains(&bytes[at]);
        let character = if plain_han { '\u{4E00}' } else { text[at..].chars().next()? };
        let next = at + if plain_han { 3 } else { character.len_utf8() };
        if plain_han || is_han(character) {
            if let Some(gap) = gap.take().filter(|_| matches!(dropped, 1 | 2)) {
                squeezed.text.push_str(&text[copied..gap.start]);
                copied = at;
                squeezed.cuts.push(Cut { at: squeezed.text.len(), from: at, gap: kind_of_gap(&text[gap]) });
            }
            (gap, dropped) = (Some(next..next), 0);
        } else if let Some(open) = &mut gap {
            if dropped < 2 && is_droppable(character) {
                open.end = next;
                dropped += 1;
            } else {
                gap = None;
            }
        }
        at = next;
    }
    if squeezed.cuts.is_empty() {
        return None;
    }
    squeezed.text.push_str(&text[copied..]);
    Some(squeezed)
}

impl Squeezed {
    /// The place of a hit in the normalised text, if it was cut by symbols as no honest list cuts words.
    fn revealed(&self, at: &Range<usize>) -> Option<Range<usize>> {
        let first = self.cuts.partition_point(|cut| cut.at <= at.start);
        let end = self.cuts.partition_point(|cut| cut.at < at.end);
        let inside = &self.cuts[first..end];
        let odd = inside.iter().any(|cut| cut.gap == Gap::Odd);
        let spaced = !inside.is_empty() && inside.len() + 1 == self.text[at.clone()].chars().count();
        let cut = odd || (spaced && self.stands_apart(at));
        let back = |offset: usize| match self.cuts[..self.cuts.partition_point(|cut| cut.at <= offset)].last()
        {
            Some(cut) => cut.from + (offset - cut.at),
            None => offset,
        };
        let last = self.text[at.clone()].chars().next_back()?.len_utf8();
        cut.then(|| back(at.start)..back(at.end - last) + last)
    }

    /// Whether a spaced-out word is not the tail of one word and the head of the next.
    fn stands_apart(&self, at: &Range<usize>) -> bool {
        let is_cut = |offset: usize| self.cuts.binary_search_by_key(&offset, |cut| cut.at).is_ok();
        let joins = |character: Option<char>| character.is_some_and(is_han);
        let before = joins(self.text[..at.start].chars().next_back());
        let after = joins(self.text[at.end..].chars().next());
        (!before || is_cut(at.start)) && (!after || is_cut(at.end))
    }
}

fn kind_of_gap(dropped: &str) -> Gap {
    let parting = |character: char| {
        matches!(character, ' ' | '·' | '・' | '•' | '-' | '—' | '|' | '/' | '_' | '&' | '｜' | '.')
    };
    if dropped.chars().all(parting) { Gap::Parting } else { Gap::Odd }
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
