//! Words: the normaliser, the jargon sets, and the judgement of a text block as promotion, publicity or neither.
//!
//! Knows nothing of documents, addresses or the network. A word alone never decides; combinations do.

use std::ops::Range;

use crate::finding::Category;

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
