//! What people decide of incidents: kept apart from findings, with who, when, why and until when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Course, Incident};
use crate::finding::words;
use crate::id::IncidentId;

/// What a person decided of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The incident.
    pub incident: IncidentId,
    /// What was decided.
    pub what: Decided,
    /// Who.
    pub who: String,
    /// When.
    pub at: Timestamp,
    /// Why, or the note itself.
    pub why: String,
    /// When a dismissal ends; only dismissals have one.
    pub until: Option<Timestamp>,
}

words! {
    /// What a person can decide.
    Decided {
        /// It is what it seems.
        Confirm = "confirm",
        /// It is nothing, or is accepted, for a time.
        Dismiss = "dismiss",
        /// The operator was told; the law's clock may turn on that moment.
        Notify = "notify",
        /// A remark; changes nothing.
        Note = "note",
    }
}

words! {
    /// How an incident stands: what visits saw and what people decided, together.
    Standing {
        /// Nobody has looked yet.
        New = "new",
        /// A person found it to be what it seems.
        Confirmed = "confirmed",
        /// A person set it aside, with a reason and an end date.
        Dismissed = "dismissed",
        /// The operator was told.
        Notified = "notified",
        /// It is gone, seen at least twice.
        Rectified = "rectified",
        /// It came back after it was put right.
        Reopened = "reopened",
    }
}

impl Standing {
    /// Whether nobody looked at it yet, as it is now.
    pub fn is_unseen(self) -> bool {
        matches!(self, Self::New | Self::Reopened)
    }
}

impl Incident {
    /// How the incident stands at a time. A dismissal holds until its end; what came back after the last decision is
    /// reopened, whatever was decided before.
    pub fn standing(&self, decisions: &[Decision], now: Timestamp) -> Standing {
        let own = decisions
            .iter()
            .filter(|decision| decision.incident == self.id && decision.what != Decided::Note);
        let last = own.max_by_key(|decision| decision.at);
        if let Some(decision) = last
            && decision.what == Decided::Dismiss
            && decision.until.is_none_or(|until| now < until)
        {
            return Standing::Dismissed;
        }
        if self.course == Course::Rectified {
            return Standing::Rectified;
        }
        let returned = self.reopened.last().is_some_and(|at| last.is_none_or(|decision| decision.at < *at));
        match last.map(|decision| decision.what) {
            _ if returned => Standing::Reopened,
            Some(Decided::Confirm) => Standing::Confirmed,
            Some(Decided::Notify) => Standing::Notified,
            _ => Standing::New,
        }
    }
}

/// A dismissal as people list it: what it holds back, and whether it still holds anything back at all.
#[derive(Debug, Clone)]
pub struct Suppression<'a> {
    /// The decision.
    pub decision: &'a Decision,
    /// Whether its incident still shows; one that holds nothing back should be ended.
    pub needed: bool,
    /// Whether its time is over.
    pub over: bool,
}

impl<'a> Suppression<'a> {
    /// Every dismissal among the decisions that is the last word on its incident.
    pub fn all(decisions: &'a [Decision], incidents: &[Incident], now: Timestamp) -> Vec<Self> {
        let last_word = |decision: &&Decision| {
            let later = |other: &Decision| {
                other.incident == decision.incident && other.what != Decided::Note && other.at > decision.at
            };
            decision.what == Decided::Dismiss && !decisions.iter().any(later)
        };
        let suppression = |decision: &'a Decision| Self {
            decision,
            needed: incidents
                .iter()
                .any(|incident| incident.id == decision.incident && incident.course == Course::Active),
            over: decision.until.is_some_and(|until| until <= now),
        };
        decisions.iter().filter(last_word).map(suppression).collect()
    }
}
