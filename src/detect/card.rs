//! The card of a detector: what people may read about it (`xuncha detectors explain`), and the examples that one
//! test runs for all detectors. Holds no judgement.

use super::dossier::Dossier;
use crate::finding::Severity;
use crate::lang::{Bilingual, Lang};

/// What people may read about a detector, and the examples that hold it.
#[derive(Debug)]
pub struct Card {
    /// The version that first had it.
    pub since: &'static str,
    /// The worst severity it gives.
    pub severity: Severity,
    /// What part of a visit it looks at.
    pub looks_at: Text,
    /// What it finds.
    pub finds: Text,
    /// Why that matters.
    pub matters: Text,
    /// How it can be wrong, in both directions.
    pub errs: Text,
    /// Public reading.
    pub references: &'static [&'static str],
    /// At least two that it must find.
    pub must_find: &'static [Example],
    /// At least two that it must leave alone.
    pub must_spare: &'static [Example],
}

/// A fixed text in both languages.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// The Chinese text.
    pub zh: &'static str,
    /// The English text.
    pub en: &'static str,
}

impl Text {
    /// The text in one language.
    pub fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }
}

impl From<Text> for Bilingual {
    fn from(text: Text) -> Self {
        Self::new(text.zh, text.en)
    }
}

/// One example.
#[derive(Debug)]
pub struct Example {
    /// What it shows, as a sentence.
    pub name: &'static str,
    /// What was seen.
    pub seen: Seen,
}

/// What an example's visit saw.
#[derive(Debug)]
pub enum Seen {
    /// One page at `http://www.example.test/`, seen by a desktop browser.
    Page(&'static str),
    /// A visit with more to it: exchanges, several profiles, landings.
    Visit(fn() -> Dossier),
}
