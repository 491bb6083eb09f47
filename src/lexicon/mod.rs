//! Words: the normaliser, the jargon sets, and the judgement of a text block as promotion, publicity or neither.
//!
//! Knows nothing of documents, addresses or the network. A word alone never decides; combinations do.

use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use crate::finding::Category;

pub mod context;
pub mod normalise;
pub mod set;

mod characters;
mod escapes;
mod find;
mod host;
mod judge;
mod marks;
mod pinyin;
mod template;
mod trade;
mod vocabulary;

#[cfg(test)]
mod tests;

use context::Context;
use find::Found;
use normalise::Normalised;
use set::LexiconError;
use vocabulary::Vocabulary;

/// All jargon sets, ready to judge with.
pub struct Lexicon {
    vocabulary: Vocabulary,
}

static BUILTIN: LazyLock<Lexicon> = LazyLock::new(|| Lexicon {
    vocabulary: Vocabulary::compile(set::BUILTIN, &[])
        .expect("a test compiles the sets that ship with the program"),
});

impl Lexicon {
    /// The sets that ship with the program, compiled once.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// The sets that ship with the program and the user's own, given as file name and content (see [`set`] for the form).
    ///
    /// # Errors
    ///
    /// A file that is not of the form of a set, or a word that cannot be searched for; the error names file and line.
    pub fn with_sets(files: &[(&Path, &str)]) -> Result<Self, LexiconError> {
        Ok(Self { vocabulary: Vocabulary::compile(set::BUILTIN, files)? })
    }

    /// The text as the lexicon reads it, with the way back to the text as given.
    pub fn normalise<'a>(&self, text: &'a str) -> Normalised<'a> {
        Normalised::new(text)
    }

    /// Finds every term of a text. A reading can be judged and asked for context without being read again.
    pub fn read<'a>(&self, text: &'a str) -> Reading<'a> {
        judge::read(&self.vocabulary, text)
    }

    /// Judges one block by itself.
    pub fn judge(&self, role: Role, text: &str) -> Judgement {
        self.judge_in(role, text, &Context::default())
    }

    /// Judges one block of a page of which something is known.
    pub fn judge_in(&self, role: Role, text: &str, context: &Context) -> Judgement {
        self.judge_reading(role, &self.read(text), context)
    }

    /// Judges one block that was read before.
    pub fn judge_reading(&self, role: Role, reading: &Reading<'_>, context: &Context) -> Judgement {
        judge::judge(&self.vocabulary, role, reading, context)
    }

    /// Learns from title and first blocks whether a page reads as publicity or as a lawful lottery's.
    /// Hidden blocks and anchors should not be given: they do not tell what a page is.
    pub fn page_context<'a>(&self, title: &'a str, blocks: impl Iterator<Item = &'a str>) -> Context {
        let texts = std::iter::once(title).chain(blocks);
        context::learn(&self.vocabulary, texts.map(|text| self.read(text)))
    }

    /// The same from readings, the title's first.
    pub fn context_of<'r, 'a: 'r>(&self, readings: impl Iterator<Item = &'r Reading<'a>>) -> Context {
        context::learn(&self.vocabulary, readings)
    }

    /// Every term of a text that belongs to a category, in order, without judging it.
    pub fn hits(&self, text: &str) -> Vec<Hit> {
        judge::hits(&self.vocabulary, text)
    }
}

impl std::fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lexicon")
            .field("terms", &self.vocabulary.terms.len())
            .field("spellings", &self.vocabulary.patterns.len())
            .finish()
    }
}

/// A text with the terms that were found in it.
#[derive(Debug, Clone)]
pub struct Reading<'a> {
    normalised: Normalised<'a>,
    found: Vec<Found>,
}

/// What a text block is, which decides how much its words weigh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Title of a document.
    Title,
    /// Keywords or description.
    Meta,
    /// Anchor text of a link.
    Anchor,
    /// A heading.
    Heading,
    /// Running text.
    Text,
    /// Text that people cannot see.
    Hidden,
}

/// The judgement of one text block.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judgement {
    /// The strongest category, when a combination decides; `None` when nothing does.
    pub category: Option<Category>,
    /// 0 to 1: how sure. Below 0.5 no category is named.
    pub score: f64,
    /// Every hit, of every category, in order.
    pub hits: Vec<Hit>,
    /// The block reads as publicity: a warning, news, a statute, an official draw (its category is then `None`).
    pub publicity: bool,
    /// Evasions that the normaliser had to undo to reveal the hits.
    pub evasions: Vec<Evasion>,
}

/// One term met.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The term, normalised.
    pub term: String,
    /// Its category.
    pub category: Category,
    /// Its family within the category: play, money, brand, entry, contact …
    pub family: String,
    /// Its weight.
    pub weight: Weight,
    /// Byte range in the text as given (before normalisation).
    pub range: Range<usize>,
}

/// How much a term counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// A lawful meaning dominates: never counts without a partner.
    Innocent,
    /// Counts only within a combination of three.
    Weak,
    /// Needs one partner from another family.
    Medium,
    /// Strong alone in title, anchor or hidden text.
    Strong,
}

/// What the normaliser had to undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evasion {
    /// Entities or escapes written inside text.
    Escapes,
    /// Zero-width and other invisible characters.
    Invisible,
    /// Full-width, circled, mathematical and other compatibility forms.
    Compatibility,
    /// Traditional or variant characters on a simplified page.
    Variant,
    /// Homophones of a known term.
    Homophone,
    /// Characters split into parts.
    SplitCharacter,
    /// Symbols or emoji between characters.
    Inserted,
    /// Letters of another script that look alike.
    LookAlike,
    /// Pinyin in brackets after characters.
    PinyinNoise,
    /// Written backwards.
    Reversed,
    /// Chinese numerals in place of digits.
    Numerals,
}
