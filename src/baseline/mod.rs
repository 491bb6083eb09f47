//! Baselines: the accepted state of a page, what is known to vary in it, and what differs from it.
//!
//! A page is remembered as a [`Snapshot`]: its shape apart from its words, its own words apart from what rotates, the
//! hosts, scripts, forms and hidden parts it holds. Several looks make a [`Baseline`]; what a later look shows beside it
//! becomes typed [`Change`]s. Pure: storage and verdicts are elsewhere, times come in as arguments.
//!
//! A change is told by its content and spread, never by a percentage: news rotate, adverts differ, counters count.

pub mod change;
mod contact;
mod learn;
mod snapshot;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::exchange::profile::AgentClass;

pub use change::{Change, Changes, compare};
pub use contact::contacts as contacts_of;
pub use snapshot::{Snapshot, is_chinese};

/// The version of what is written.
const VERSION: u32 = 1;

/// Looks after which a face of a page counts as known; before that, nothing is said to be new.
pub const KNOWN_AFTER: u32 = 2;

/// The accepted state of one page, in both faces that a site may show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    version: u32,
    /// As desktops and phones get it.
    pub faces: BTreeMap<Face, Accepted>,
    /// What a person should look at before it is accepted, if anything.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pending: BTreeMap<Face, Snapshot>,
    /// Who decided what, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub journal: Vec<Entry>,
}

/// For whom a server made a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Face {
    /// Desktops.
    Desktop,
    /// Phones.
    Phone,
}

/// What is accepted of one face of a page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// Looks that were learned from.
    pub looks: u32,
    /// The first of them.
    pub since: Option<Timestamp>,
    /// The last of them.
    pub until: Option<Timestamp>,
    /// Titles seen, the newest last.
    pub titles: Vec<String>,
    /// As [`Snapshot::language`] of the last of them.
    pub language: String,
    /// Shapes of elements, with the looks that saw each.
    pub shapes: BTreeMap<u32, u32>,
    /// Digests of texts, with the looks that saw each; what rotates is seen once.
    pub texts: BTreeMap<u32, u32>,
    /// Filing numbers.
    pub marks: BTreeSet<String>,
    /// Words that name the site: what its titles share.
    pub names: BTreeSet<String>,
    /// Registrable domains linked to, with the looks that saw each.
    pub hosts: BTreeMap<String, u32>,
    /// Domains that scripts and frames come from.
    pub sources: BTreeMap<String, u32>,
    /// Digests of inline scripts with their numbers and texts taken out.
    pub scripts: BTreeMap<u32, u32>,
    /// Domains that forms send to.
    pub forms: BTreeSet<String>,
    /// Shapes of parts that people cannot see.
    pub hidden: BTreeMap<u32, u32>,
    /// Links within the site, as digests of their paths.
    pub paths: BTreeMap<u32, u32>,
    /// As [`Snapshot::description`] of the last of them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// As [`Snapshot::contacts`], with the looks that saw each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub contacts: BTreeMap<String, u32>,
}

/// A decision on a baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Who.
    pub who: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: String,
    /// `approve` or `reset`.
    pub what: Decided,
}

/// What can be decided of a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decided {
    /// What is pending is the accepted state from now on.
    Approve,
    /// Everything is learned anew.
    Reset,
}

impl Default for Baseline {
    fn default() -> Self {
        Self { version: VERSION, faces: BTreeMap::new(), pending: BTreeMap::new(), journal: Vec::new() }
    }
}

impl Face {
    /// The face that a server shows to a class of user agents; `None` for those with whom nothing is compared.
    pub fn of(class: AgentClass) -> Option<Self> {
        match class {
            AgentClass::Desktop => Some(Self::Desktop),
            AgentClass::Mobile => Some(Self::Phone),
            // Spiders and chat programs may lawfully be shown something of their own.
            AgentClass::Spider | AgentClass::Wechat => None,
        }
    }
}

impl Baseline {
    /// What a store kept; `None` where it does not read or a newer program wrote it.
    pub fn read(kept: &serde_json::Value) -> Option<Self> {
        serde_json::from_value(kept.clone()).ok().filter(|baseline: &Self| baseline.version == VERSION)
    }

    /// What is accepted of a face that is known well enough to be compared with.
    pub fn known(&self, face: Face) -> Option<&Accepted> {
        self.faces.get(&face).filter(|accepted| accepted.looks >= KNOWN_AFTER)
    }

    /// Makes what is pending the accepted state. Gives whether there was anything.
    pub fn approve(&mut self, who: &str, at: Timestamp, why: &str) -> bool {
        let pending = std::mem::take(&mut self.pending);
        let any = !pending.is_empty();
        for (face, snapshot) in pending {
            let mut accepted = Accepted::default();
            // A person vouches for it: it counts as known at once.
            for _ in 0..KNOWN_AFTER {
                accepted.learn(&snapshot, at);
            }
            self.faces.insert(face, accepted);
        }
        self.decided(Decided::Approve, who, at, why);
        any
    }

    /// Forgets what was accepted, so that it is learned anew.
    pub fn reset(&mut self, who: &str, at: Timestamp, why: &str) {
        self.faces.clear();
        self.pending.clear();
        self.decided(Decided::Reset, who, at, why);
    }

    fn decided(&mut self, what: Decided, who: &str, at: Timestamp, why: &str) {
        self.journal.push(Entry { who: who.to_owned(), at, why: why.to_owned(), what });
    }
}
