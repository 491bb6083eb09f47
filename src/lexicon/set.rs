//! Jargon sets as files: the form that ships with the program and that users write for themselves.
//!
//! ```toml
//! category = "gambling"        # a category; or "shared", "publicity", "shield", "trade"
//!
//! [[family]]
//! name = "play"
//! weight = "S"                 # S strong, M medium, W weak, X innocent
//! words = ["…", "…"]
//! explains = ["…"]             # only in sets of category "trade", see below
//!
//! [[alias]]                    # other spellings of a word above, also inside longer words
//! of = "…"
//! by = "homophone"             # homophone, pinyin, numerals, variant, spelling
//! weight = "X"                 # when the spelling alone weighs less
//! words = ["…"]
//! ```
//!
//! In a set of category `trade` each family is a lawful trade, its words are what only that trade talks of, and `explains`
//! names the jargon that means something else there: a word (`"水位"`), a family (`"spam/medical"`) or a whole category.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use super::{Evasion, Weight};
use crate::finding::Category;

/// The sets that ship with the program, with the names of their files.
pub(super) const BUILTIN: &[(&str, &str)] = &[
    ("gambling.toml", include_str!("sets/gambling.toml")),
    ("gambling-brands.toml", include_str!("sets/gambling-brands.toml")),
    ("gambling-world.toml", include_str!("sets/gambling-world.toml")),
    ("investment-fraud.toml", include_str!("sets/investment-fraud.toml")),
    ("covert-devices.toml", include_str!("sets/covert-devices.toml")),
    ("exam-cheating.toml", include_str!("sets/exam-cheating.toml")),
    ("attack-tools.toml", include_str!("sets/attack-tools.toml")),
    ("pornography.toml", include_str!("sets/pornography.toml")),
    ("false-documents.toml", include_str!("sets/false-documents.toml")),
    ("phishing.toml", include_str!("sets/phishing.toml")),
    ("spam.toml", include_str!("sets/spam.toml")),
    ("shared.toml", include_str!("sets/shared.toml")),
    ("publicity.toml", include_str!("sets/publicity.toml")),
    ("shield.toml", include_str!("sets/shield.toml")),
    ("trades.toml", include_str!("sets/trades.toml")),
];

/// Why a jargon set cannot be used.
#[derive(Debug, Error)]
pub enum LexiconError {
    /// It is not TOML, or not of the form of a set.
    #[error("read the jargon set {}, line {line}: {message}", file.display())]
    Form {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// A word cannot be searched for.
    #[error("use the word `{word}` of the jargon set {}, line {line}: {advice}", file.display())]
    Word {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The word as written.
        word: String,
        /// What to do.
        advice: &'static str,
    },
    /// All sets together are more than the matcher can hold.
    #[error("build the matcher from {words} words: {message}; remove words from your own sets")]
    TooMuch {
        /// How many words there were.
        words: usize,
        /// What the matcher said.
        message: String,
    },
}

/// What the words of a set are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Jargon of a category.
    Jargon(Category),
    /// Words that any category may combine with: entry, contact, offer.
    Shared,
    /// Words of warnings, news, statutes and official draws.
    Publicity,
    /// Lawful phrases that swallow the jargon inside them.
    Shield,
    /// Words that only one lawful trade talks of.
    Trade,
}

/// A set, read and checked.
pub(super) struct Set {
    pub(super) purpose: Use,
    pub(super) words: Vec<Word>,
    pub(super) aliases: Vec<Alias>,
    /// Trades, and the jargon that each explains.
    pub(super) trades: Vec<Trade>,
}

/// A lawful trade in which jargon means something else.
pub(super) struct Trade {
    pub(super) name: String,
    /// Words, `category/family`, or categories, with their lines.
    pub(super) explains: Vec<(String, usize)>,
}

/// One word of a set.
pub(super) struct Word {
    pub(super) text: String,
    pub(super) family: String,
    pub(super) weight: Weight,
    pub(super) line: usize,
}

/// Other spellings of one word.
pub(super) struct Alias {
    pub(super) of: String,
    pub(super) evasion: Option<Evasion>,
    pub(super) weight: Option<Weight>,
    pub(super) words: Vec<(String, usize)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    category: Spanned<String>,
    #[serde(default)]
    family: Vec<WrittenFamily>,
    #[serde(default)]
    alias: Vec<WrittenAlias>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFamily {
    name: String,
    #[serde(default)]
    weight: Option<Spanned<String>>,
    words: Vec<Spanned<String>>,
    #[serde(default)]
    explains: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAlias {
    of: String,
    #[serde(default)]
    by: Option<Spanned<String>>,
    #[serde(default)]
    weight: Option<Spanned<String>>,
    words: Vec<Spanned<String>>,
}

impl Set {
    /// Reads one file.
    pub(super) fn read(file: &Path, source: &str) -> Result<Self, LexiconError> {
        let reader = Reader { file, source };
        let written: Written = toml::from_str(source).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            reader.form(
                &span,
                format!("{}; compare it with the form in the documentation of sets", error.message()),
            )
        })?;
        let purpose = match written.category.get_ref().as_str() {
            "shared" => Use::Shared,
            "publicity" => Use::Publicity,
            "shield" => Use::Shield,
            "trade" => Use::Trade,
            name => Use::Jargon(
                name.parse().map_err(|message: String| reader.form(&written.category.span(), message))?,
            ),
        };
        let mut words = Vec::new();
        let mut trades = Vec::new();
        for family in written.family {
            if let Some(explained) = family.explains.first().filter(|_| purpose != Use::Trade) {
                let message = "only families of a set of category `trade` explain words".to_owned();
                return Err(reader.form(&explained.span(), message));
            }
            let weight = match &family.weight {
                Some(weight) => reader.weight(weight)?,
                None => Weight::Medium,
            };
            for word in family.words {
                let line = reader.line(&word.span());
                words.push(Word { text: word.into_inner(), family: family.name.clone(), weight, line });
            }
            if purpose == Use::Trade {
                let explained = family.explains.into_iter().map(|word| {
                    let line = reader.line(&word.span());
                    (word.into_inner(), line)
                });
                trades.push(Trade { name: family.name, explains: explained.collect() });
            }
        }
        let mut aliases = Vec::new();
        for alias in written.alias {
            let evasion = alias.by.as_ref().map(|by| reader.evasion(by)).transpose()?.flatten();
            let weight = alias.weight.as_ref().map(|weight| reader.weight(weight)).transpose()?;
            let words = alias.words.into_iter().map(|word| {
                let line = reader.line(&word.span());
                (word.into_inner(), line)
            });
            aliases.push(Alias { of: alias.of, evasion, weight, words: words.collect() });
        }
        Ok(Self { purpose, words, aliases, trades })
    }
}

struct Reader<'a> {
    file: &'a Path,
    source: &'a str,
}

impl Reader<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.source.as_bytes().get(..span.start).unwrap_or_default();
        1 + memchr::memchr_iter(b'\n', before).count()
    }

    fn form(&self, span: &Range<usize>, message: String) -> LexiconError {
        LexiconError::Form { file: self.file.to_owned(), line: self.line(span), message }
    }

    fn weight(&self, written: &Spanned<String>) -> Result<Weight, LexiconError> {
        Ok(match written.get_ref().as_str() {
            "S" => Weight::Strong,
            "M" => Weight::Medium,
            "W" => Weight::Weak,
            "X" => Weight::Innocent,
            other => {
                let message = format!("`{other}` is no weight; write S, M, W or X");
                return Err(self.form(&written.span(), message));
            }
        })
    }

    fn evasion(&self, written: &Spanned<String>) -> Result<Option<Evasion>, LexiconError> {
        Ok(Some(match written.get_ref().as_str() {
            "homophone" | "pinyin" => Evasion::Homophone,
            "numerals" => Evasion::Numerals,
            "variant" => Evasion::Variant,
            "look-alike" => Evasion::LookAlike,
            "spelling" => return Ok(None),
            other => {
                let message = format!(
                    "`{other}` is no sort of alias; write homophone, pinyin, numerals, variant, look-alike or spelling"
                );
                return Err(self.form(&written.span(), message));
            }
        }))
    }
}
