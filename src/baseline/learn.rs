//! Learning what a page is like, slowly enough that nobody creeps in: what is seen once stays a visitor.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::snapshot::is_chinese;
use super::{Accepted, Baseline, Face, Snapshot};

/// Titles remembered.
const TITLES: usize = 8;
/// The most of anything that is remembered; the rarest goes.
const MOST: usize = 1_500;
/// The shortest run of characters by which a name is known.
const NAME: usize = 3;
/// Looks after which what was always there is known to belong there.
const STEADY: u32 = 3;

impl Baseline {
    /// Learns from a look that nothing was found on. What waits for a person is not overruled by it.
    pub fn learn(&mut self, face: Face, snapshot: &Snapshot, at: Timestamp) {
        if !self.pending.contains_key(&face) {
            self.faces.entry(face).or_default().learn(snapshot, at);
        }
    }

    /// Keeps a look for a person to accept.
    pub fn suspend(&mut self, face: Face, snapshot: Snapshot) {
        self.pending.insert(face, snapshot);
    }
}

impl Accepted {
    /// Takes one more look into account.
    pub(super) fn learn(&mut self, snapshot: &Snapshot, at: Timestamp) {
        self.looks = self.looks.saturating_add(1);
        self.since = self.since.or(Some(at));
        self.until = Some(at);
        self.language.clone_from(&snapshot.language);
        self.description.clone_from(&snapshot.description);
        if !snapshot.title.is_empty() {
            self.titles.retain(|title| *title != snapshot.title);
            self.titles.push(snapshot.title.clone());
            if self.titles.len() > TITLES {
                self.titles.remove(0);
            }
        }
        self.names = names(&self.titles);
        count(&mut self.shapes, snapshot.shapes.iter().copied());
        count(&mut self.texts, snapshot.texts.iter().copied());
        count(&mut self.scripts, snapshot.scripts.iter().copied());
        count(&mut self.hidden, snapshot.hidden.iter().copied());
        count(&mut self.paths, snapshot.paths.iter().copied());
        count(&mut self.hosts, snapshot.hosts.iter().cloned());
        count(&mut self.sources, snapshot.sources.iter().cloned());
        count(&mut self.contacts, snapshot.contacts.iter().cloned());
        self.marks.extend(snapshot.marks.iter().cloned());
        self.forms.extend(snapshot.forms.iter().cloned());
    }

    /// Whether a text never stood on the page, as far as is remembered; a text too short to be remembered is new.
    pub fn is_new_text(&self, text: &str) -> bool {
        super::snapshot::text_digest(text).is_none_or(|digest| !self.texts.contains_key(&digest))
    }

    /// Whether no element ever stood at that place of the page, as far as is remembered.
    pub fn is_new_place(&self, selector: &str) -> bool {
        !self.shapes.contains_key(&super::snapshot::place_digest(selector))
    }

    /// Contacts that came at every look, of [`STEADY`] at the least.
    pub(super) fn own_contacts(&self) -> impl Iterator<Item = &String> {
        let always = |(_, looks): &(&String, &u32)| **looks >= STEADY && **looks == self.looks;
        self.contacts.iter().filter(always).map(|(contact, _)| contact)
    }

    /// Texts that came at every look or nearly: the page's own, not what rotates.
    pub fn own_texts(&self) -> BTreeSet<u32> {
        let often = (self.looks / 2).max(2).min(self.looks);
        self.texts.iter().filter(|(_, looks)| **looks >= often).map(|(text, _)| *text).collect()
    }
}

/// Counts one more look at each, and lets the rarest go where there are too many.
fn count<T: Ord + Clone>(counts: &mut BTreeMap<T, u32>, seen: impl Iterator<Item = T>) {
    for one in seen {
        let looks = counts.entry(one).or_insert(0);
        *looks = looks.saturating_add(1);
    }
    if counts.len() > MOST {
        let mut looks: Vec<u32> = counts.values().copied().collect();
        looks.sort_unstable_by(|one, other| other.cmp(one));
        let least = looks[MOST - 1];
        let mut room = MOST - looks.iter().filter(|looks| **looks > least).count();
        counts.retain(|_, looks| {
            let stays = *looks > least || (*looks == least && room > 0);
            if stays && *looks == least {
                room -= 1;
            }
            stays
        });
    }
}

/// What names the site in its titles: the words that all of them share, or those of the only one.
fn names(titles: &[String]) -> BTreeSet<String> {
    let mut names: Option<BTreeSet<String>> = None;
    for title in titles {
        let own = words(title);
        names = Some(match names {
            None => own,
            Some(before) => before.intersection(&own).cloned().collect(),
        });
    }
    names.unwrap_or_default()
}

/// Words of a title: Latin words, and every run of [`NAME`] Chinese characters.
pub(super) fn words(title: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let lower = title.to_lowercase();
    for word in lower.split(|c: char| !c.is_alphanumeric() || is_chinese(c)) {
        if word.chars().count() >= NAME && !word.chars().all(char::is_numeric) {
            words.insert(word.to_owned());
        }
    }
    let chinese: Vec<char> = lower.chars().map(|c| if is_chinese(c) { c } else { ' ' }).collect();
    for run in chinese.windows(NAME) {
        if !run.contains(&' ') {
            words.insert(run.iter().collect());
        }
    }
    words
}
