//! What is wrong in a registry, where, and how much of it is told. Knows nothing of what a target is.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::lang::Bilingual;

/// The most mistakes, and the most doubts, that are kept of one registry: a file of rubbish must not fill the memory.
const MOST: usize = 10_000;

/// The longest piece of somebody's text that a message repeats, in characters.
const LONGEST_QUOTE: usize = 80;

/// Where something was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The file.
    pub file: Arc<Path>,
    /// Its line, or the row of a table, from 1.
    pub line: usize,
    /// The column in characters, or of a table, from 1.
    pub column: usize,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// Something wrong or doubtful in what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub at: At,
    /// Whether the target cannot be used with it; a doubt is only told.
    pub fatal: bool,
    /// What is wrong, and what to do.
    pub what: Bilingual,
}

/// Mistakes as they are found.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    found: Vec<Mistake>,
    fatal: Count,
    doubts: Count,
}

/// How many of one sort were found, and where the first stands that is not kept.
#[derive(Debug, Default)]
struct Count {
    all: usize,
    left_out: Option<At>,
}

impl Mistakes {
    /// What keeps a target from being used.
    pub(super) fn wrong(&mut self, at: At, zh: impl Into<String>, en: impl Into<String>) {
        self.push(at, true, Bilingual::new(zh, en));
    }

    /// What can be used but should be thought about.
    pub(super) fn doubt(&mut self, at: At, zh: impl Into<String>, en: impl Into<String>) {
        self.push(at, false, Bilingual::new(zh, en));
    }

    fn push(&mut self, at: At, fatal: bool, what: Bilingual) {
        let count = if fatal { &mut self.fatal } else { &mut self.doubts };
        count.all += 1;
        if count.all <= MOST {
            self.found.push(Mistake { at, fatal, what });
        } else if count.left_out.is_none() {
            count.left_out = Some(at);
        }
    }

    /// All that is kept in the order of files and lines, with a last word on what was left out.
    pub(super) fn finish(self) -> Vec<Mistake> {
        let mut found = self.found;
        found.sort_by(|one, other| one.at.cmp(&other.at));
        for (count, fatal) in [(self.fatal, true), (self.doubts, false)] {
            if let Some(at) = count.left_out {
                let more = count.all - MOST;
                let what = Bilingual::new(
                    format!("自此还有 {more} 处未逐一列出；改正已列出的之后再检查"),
                    format!("{more} more from here on are not listed; correct those above and check again"),
                );
                found.push(Mistake { at, fatal, what });
            }
        }
        found
    }
}

/// A piece of somebody's text as a message repeats it: trimmed, and cut where it is long.
pub(super) fn quoted(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rubbish_without_end_is_told_in_bounds_and_stays_a_mistake() {
        let file: Arc<Path> = Arc::from(Path::new("a.toml"));
        let mut mistakes = Mistakes::default();
        for line in 1..=MOST + 5 {
            mistakes.wrong(At { file: Arc::clone(&file), line, column: 1 }, "错", "wrong");
        }
        let told = mistakes.finish();
        assert_eq!(told.len(), MOST + 1);
        let last = told.last().unwrap();
        assert!(last.fatal && last.what.en.starts_with("5 more") && last.at.line == MOST + 1, "{last:?}");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(quoted(" 短 "), "短");
        assert_eq!(quoted(&"长".repeat(500)).chars().count(), LONGEST_QUOTE + 1);
    }
}
