//! What an observation rests on beside the scripts: all that they learned of their document. Another page of the site
//! that has the same scripts and would have told them the same needs no runs of its own.

use std::collections::BTreeMap;

use super::address;
use super::engine::{Document, Resources};

/// Questions of a kind that are kept; scripts that ask more have their page to themselves.
const KEPT: usize = 400;

/// What scripts learned of their document, in all runs together.
#[derive(Debug, Clone, Default)]
pub(super) struct Grounds {
    /// Its address beyond the host, its title or its elements themselves.
    page: bool,
    /// Whether its elements mention a text.
    mentions: BTreeMap<String, bool>,
    /// What addresses came to against its base.
    resolved: BTreeMap<String, String>,
    /// Whether a script or text was at hand.
    at_hand: BTreeMap<String, bool>,
}

impl Grounds {
    /// Something was learned that holds for this page alone.
    pub(super) fn note_page(&mut self) {
        self.page = true;
    }

    pub(super) fn note_mention(&mut self, text: &str, answer: bool) {
        self.page |= !keep(&mut self.mentions, text, answer);
    }

    pub(super) fn note_resolved(&mut self, address: &str, answer: &str) {
        self.page |= !keep(&mut self.resolved, address, answer.to_owned());
    }

    pub(super) fn note_text(&mut self, address: &str, at_hand: bool) {
        self.page |= !keep(&mut self.at_hand, address, at_hand);
    }

    /// Whether scripts that learned this from one document would have learned the same from another.
    pub(super) fn hold(&self, one: &Document, other: &Document, resources: &Resources) -> bool {
        !self.page
            && one.url.origin() == other.url.origin()
            && one.scripts == other.scripts
            && self.at_hand.iter().all(|(address, found)| resources.texts.contains_key(address) == *found)
            && self.mentions.iter().all(|(text, answer)| other.outline.contains(text) == *answer)
            && self
                .resolved
                .iter()
                .all(|(text, answer)| address::resolve(text, other.base.as_str()) == *answer)
    }
}

/// Keeps an answer; `false` where there are too many.
fn keep<T>(answers: &mut BTreeMap<String, T>, question: &str, answer: T) -> bool {
    if answers.contains_key(question) {
        return true;
    }
    let room = answers.len() < KEPT;
    if room {
        answers.insert(question.to_owned(), answer);
    }
    room
}
