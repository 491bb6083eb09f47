//! Incidents: findings of one cause on one site, followed from the first sight until they are put right.
//!
//! Pure values: a [`Ledger`] holds what is known of a site, a [`PageLook`] what one visit saw of one page, and
//! [`Ledger::take`] brings them together. What people decide is kept apart ([`Decision`]) and survives every re-scan.
//! Incidents that share a host over several sites are a [`campaign`]. Knows nothing of storage, laws or the network.

pub mod campaign;
mod cause;
mod decision;
mod means;
mod recheck;
mod reconcile;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use cause::hosts;
pub use decision::{Decided, Decision, Standing, Suppression};
pub use means::Means;
pub use recheck::{RECTIFIED_AFTER, next_recheck};

use crate::finding::{Category, Finding, Kind, Severity, words};
use crate::id::{IncidentId, ProfileId, TargetId, VisitId};

/// Findings of one cause on one site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Computed from the site, the cause and the time of opening.
    pub id: IncidentId,
    /// The site.
    pub target: TargetId,
    /// The kinds of its findings.
    pub kinds: BTreeSet<Kind>,
    /// What is promoted, where the findings say.
    pub category: Option<Category>,
    /// Registrable domains that its findings lead to or load from.
    pub hosts: BTreeSet<String>,
    /// The worst severity that it had.
    pub severity: Severity,
    /// How it goes, from what visits saw alone.
    pub course: Course,
    /// First sight of any of its findings.
    pub first_seen: Timestamp,
    /// Last sight of any of its findings.
    pub last_seen: Timestamp,
    /// The last clean look before the first sight, by the same profile and the same rules; the law's clock may turn on it.
    pub last_clean_before: Option<Timestamp>,
    /// The first look after the last sight that saw none of it any more.
    pub first_clean_after: Option<Timestamp>,
    /// Clean looks since the last sight.
    pub clean_looks: u32,
    /// When to look again after a fix.
    pub next_recheck: Option<Timestamp>,
    /// When it came back, as often as it did.
    pub reopened: Vec<Timestamp>,
}

words! {
    /// How an incident goes, from what visits saw alone.
    Course {
        /// At least one of its findings shows.
        Active = "active",
        /// None shows any more, seen once; not yet settled.
        Clean = "clean",
        /// None shows any more, seen at least twice with time between.
        Rectified = "rectified",
    }
}

/// A finding on a page, followed over visits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tracked {
    /// As last seen, with the time of the first sight.
    pub finding: Finding,
    /// The address that was asked for.
    pub page: String,
    /// Whether that is a home page; the law counts it separately.
    pub home: bool,
    /// The incident it belongs to.
    pub incident: IncidentId,
    /// Whether it showed at the last look that could have shown it.
    pub present: bool,
    /// When it showed, oldest first; never empty.
    pub spells: Vec<Spell>,
    /// The last look that could have shown it and did not.
    pub last_clean: Option<Timestamp>,
    /// What a look needs at the least to say that it is gone.
    pub needs: Means,
}

/// A span of time in which a finding showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spell {
    /// The last clean look before, by a profile that saw it later, under the same rules.
    pub last_clean_before: Option<Timestamp>,
    /// First sight.
    pub first_seen: Timestamp,
    /// Last sight.
    pub last_seen: Timestamp,
    /// The first clean look after.
    pub first_clean_after: Option<Timestamp>,
}

impl Spell {
    /// Whole minutes for which it showed at the least.
    pub fn least_minutes(&self) -> u64 {
        minutes(self.first_seen, self.last_seen)
    }

    /// Whole minutes for which it may have shown at the most; `None` where no clean look bounds it.
    pub fn most_minutes(&self) -> Option<u64> {
        Some(minutes(self.last_clean_before?, self.first_clean_after?))
    }
}

fn minutes(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).as_secs().max(0) / 60).unwrap_or(0)
}

/// What one visit saw of one page.
#[derive(Debug, Clone)]
pub struct PageLook {
    /// The address that was asked for.
    pub page: String,
    /// Whether it is a home page.
    pub home: bool,
    /// When it was looked at.
    pub at: Timestamp,
    /// The version of the detectors and their data.
    pub rules: String,
    /// The profiles that got a page to judge.
    pub profiles: Vec<ProfileId>,
    /// What else the look had at hand.
    pub means: Means,
    /// What was seen.
    pub seen: Seen,
}

/// What was seen of a page.
#[derive(Debug, Clone)]
pub enum Seen {
    /// It was judged; these are all its findings.
    Judged(Vec<Finding>),
    /// The same bytes as at the last look by the same profiles under the same rules.
    Unchanged,
    /// It could not be looked at: says nothing about what is there.
    NotAssessed,
}

/// When a profile last got a page to judge, and under which rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// The version of the detectors and their data.
    pub rules: String,
    /// What else it had at hand.
    pub means: Means,
}

/// The last look at a page by every profile.
pub type Looks = BTreeMap<ProfileId, Look>;

/// What is known of one site when a visit comes in.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// Its incidents, the rectified and dismissed ones among them.
    pub incidents: Vec<Incident>,
    /// Its findings: all that show, and all on the pages of the visit.
    pub tracked: Vec<Tracked>,
    /// What people decided of its incidents, in the order of deciding.
    pub decisions: Vec<Decision>,
    /// Last looks at the pages of the visit.
    pub looks: BTreeMap<String, Looks>,
}

/// Something that happened to an incident, for alerts and for its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The incident.
    pub incident: IncidentId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Happening,
    /// The visit that showed it; `None` for what a person did.
    pub visit: Option<VisitId>,
}

words! {
    /// What happened to an incident.
    Happening {
        /// It was seen for the first time.
        Opened = "opened",
        /// Another finding joined it.
        Grown = "grown",
        /// It became more severe.
        Worsened = "worsened",
        /// None of it shows any more; to be looked at again.
        Cleared = "cleared",
        /// It stayed gone at the second look.
        Rectified = "rectified",
        /// It came back.
        Reopened = "reopened",
    }
}
