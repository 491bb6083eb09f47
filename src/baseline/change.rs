//! What differs from the accepted state, typed, and what of the site is still there.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::learn::words;
use super::{Accepted, Snapshot};

/// A difference from the accepted state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// Another title, which shares no word with those known.
    Title {
        /// The newest known.
        from: String,
        /// As it is now.
        to: String,
    },
    /// Hardly any element stands where elements of this page stand.
    Template {
        /// Known shapes that are still there, in hundredths.
        kept: u32,
    },
    /// The texts that came at every look are gone.
    Texts {
        /// Own texts still there, in hundredths.
        kept: u32,
    },
    /// Links to a domain that was never linked to.
    Host {
        /// The domain.
        domain: String,
    },
    /// A script or frame from a domain that none came from.
    Source {
        /// The domain.
        domain: String,
    },
    /// Inline scripts that are built like none that was known.
    Script {
        /// How many.
        count: usize,
    },
    /// A form that sends to a domain none sent to.
    Form {
        /// The domain.
        domain: String,
    },
    /// Hidden parts where none were.
    Hidden {
        /// How many.
        count: usize,
    },
    /// Filing numbers that are gone or others.
    Marks {
        /// Gone.
        gone: Vec<String>,
        /// New.
        new: Vec<String>,
    },
    /// Another description for search engines, which shares no word with the one before.
    Description {
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
    /// Where people are told to call, write or pay is another, while what stood there always stood there.
    Contacts {
        /// Gone, each with its sort before it: `tel:`, `mail:`, `account:`.
        gone: Vec<String>,
        /// New, of the same sorts.
        new: Vec<String>,
    },
    /// Another language.
    Language {
        /// Before.
        from: String,
        /// Now.
        to: String,
    },
}

/// Everything that differs, and how much of the site is left.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// The differences.
    pub all: Vec<Change>,
    /// Own texts still there, 0 to 1.
    pub texts_kept: f64,
    /// Shapes still there, 0 to 1.
    pub shapes_kept: f64,
    /// Signs that it is still the same site: its name in the title, a filing number, links into it.
    pub identity: u32,
}

impl Changes {
    /// Whether there is a difference of that sort.
    pub fn any(&self, sort: impl Fn(&Change) -> bool) -> bool {
        self.all.iter().any(sort)
    }
}

/// Below this part of its own texts a page is no longer what it was.
const FEW: f64 = 0.15;
/// Below this part of its shapes a page is built anew.
const REBUILT: f64 = 0.3;

/// Compares a look with the accepted state.
pub fn compare(accepted: &Accepted, now: &Snapshot) -> Changes {
    let own = accepted.own_texts();
    let texts_kept = kept(&own, &now.texts);
    let shapes: BTreeSet<u32> = accepted.shapes.keys().copied().collect();
    let shapes_kept = kept(&shapes, &now.shapes);
    let mut all = Vec::new();
    if is_another_title(accepted, &now.title) {
        let from = accepted.titles.last().cloned().unwrap_or_default();
        all.push(Change::Title { from, to: now.title.clone() });
    }
    if !shapes.is_empty() && shapes_kept < REBUILT {
        all.push(Change::Template { kept: hundredths(shapes_kept) });
    }
    if !own.is_empty() && texts_kept < FEW {
        all.push(Change::Texts { kept: hundredths(texts_kept) });
    }
    if accepted.language != now.language && !accepted.language.is_empty() && now.length > 0 {
        all.push(Change::Language { from: accepted.language.clone(), to: now.language.clone() });
    }
    let new =
        |domain: &&String| !accepted.hosts.contains_key(*domain) && !accepted.sources.contains_key(*domain);
    all.extend(now.hosts.iter().filter(new).map(|domain| Change::Host { domain: domain.clone() }));
    all.extend(now.sources.iter().filter(new).map(|domain| Change::Source { domain: domain.clone() }));
    let forms = now.forms.difference(&accepted.forms);
    all.extend(forms.map(|domain| Change::Form { domain: domain.clone() }));
    let scripts = now.scripts.iter().filter(|script| !accepted.scripts.contains_key(script)).count();
    if scripts > 0 {
        all.push(Change::Script { count: scripts });
    }
    let hidden = now.hidden.iter().filter(|shape| !accepted.hidden.contains_key(shape)).count();
    if hidden > 0 {
        all.push(Change::Hidden { count: hidden });
    }
    let gone: Vec<String> = accepted.marks.difference(&now.marks).cloned().collect();
    let added: Vec<String> = now.marks.difference(&accepted.marks).cloned().collect();
    if !gone.is_empty() || !added.is_empty() {
        all.push(Change::Marks { gone, new: added });
    }
    if is_another(&accepted.description, &now.description) {
        all.push(Change::Description { from: accepted.description.clone(), to: now.description.clone() });
    }
    all.extend(other_contacts(accepted, now));
    Changes { all, texts_kept, shapes_kept, identity: identity(accepted, now) }
}

/// Whether a text shares no word with the one before.
fn is_another(before: &str, now: &str) -> bool {
    !before.is_empty() && !now.is_empty() && words(before).is_disjoint(&words(now))
}

/// Contacts that always stood there and gave way to others of the same sort.
fn other_contacts(accepted: &Accepted, now: &Snapshot) -> Option<Change> {
    let sort = |contact: &str| contact.split(':').next().unwrap_or_default().to_owned();
    let gone: Vec<String> =
        accepted.own_contacts().filter(|contact| !now.contacts.contains(*contact)).cloned().collect();
    let sorts: BTreeSet<String> = gone.iter().map(|contact| sort(contact)).collect();
    let is_new =
        |contact: &&String| !accepted.contacts.contains_key(*contact) && sorts.contains(&sort(contact));
    let new: Vec<String> = now.contacts.iter().filter(is_new).cloned().collect();
    let replaced: BTreeSet<String> = new.iter().map(|contact| sort(contact)).collect();
    let gone: Vec<String> = gone.into_iter().filter(|contact| replaced.contains(&sort(contact))).collect();
    (!gone.is_empty()).then_some(Change::Contacts { gone, new })
}

/// Signs that the page still belongs to the same site.
fn identity(accepted: &Accepted, now: &Snapshot) -> u32 {
    let named = !accepted.names.is_empty() && !words(&now.title).is_disjoint(&accepted.names);
    let marked = accepted.marks.intersection(&now.marks).next().is_some();
    let paths: BTreeSet<u32> = accepted.paths.keys().copied().collect();
    let linked = paths.intersection(&now.paths).count() >= 3.min(paths.len().max(1));
    u32::from(named) + u32::from(marked) + u32::from(linked)
}

/// Whether a title shares no word with any that is known. Where titles of the page were never named by anything, or
/// change every time, a new one says nothing.
fn is_another_title(accepted: &Accepted, title: &str) -> bool {
    let known: BTreeSet<String> = accepted.titles.iter().flat_map(|title| words(title)).collect();
    if accepted.titles.contains(&title.to_owned()) || accepted.titles.is_empty() {
        return false;
    }
    // Nothing in common between the titles that are known: they belong to rotating content.
    if accepted.names.is_empty() && accepted.titles.len() > 1 {
        return false;
    }
    !title.is_empty() && words(title).is_disjoint(&known)
}

/// The part of the first set that is in the second; whole where the first is empty.
fn kept(before: &BTreeSet<u32>, now: &BTreeSet<u32>) -> f64 {
    if before.is_empty() {
        return 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a few hundred at the most")]
    let part = before.intersection(now).count() as f64 / before.len() as f64;
    part
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
fn hundredths(part: f64) -> u32 {
    (part * 100.0).round() as u32
}
