//! One event of an incident, with everything that a message may say of it.

use jiff::Timestamp;

use crate::finding::{Category, Kind, Severity, words};
use crate::id::{IncidentId, TargetId};
use crate::incident::Happening;
use crate::lang::Bilingual;

words! {
    /// What can be told of an incident: what happened to it, or that something due did not.
    What {
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
        /// Its time to be looked at again is long over, so that nobody knows whether it stayed gone.
        Overdue = "overdue",
    }
}

impl From<Happening> for What {
    fn from(happening: Happening) -> Self {
        match happening {
            Happening::Opened => Self::Opened,
            Happening::Grown => Self::Grown,
            Happening::Worsened => Self::Worsened,
            Happening::Cleared => Self::Cleared,
            Happening::Rectified => Self::Rectified,
            Happening::Reopened => Self::Reopened,
        }
    }
}

/// Something that happened to an incident, to be told. Texts that come from pages are as found: whoever writes a message
/// escapes them.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The number of the event, which grows; below zero for what is no event of the store.
    pub number: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub what: What,
    /// The incident.
    pub incident: IncidentId,
    /// The site.
    pub site: TargetId,
    /// What people call the site.
    pub name: String,
    /// Who runs it.
    pub operator: Option<String>,
    /// Administrative division.
    pub division: Option<String>,
    /// Free words to choose by.
    pub labels: Vec<String>,
    /// The worst that the incident had.
    pub severity: Severity,
    /// The kinds of its findings, each with its name.
    pub kinds: Vec<(Kind, Bilingual)>,
    /// What is promoted.
    pub category: Option<Category>,
    /// The page of its worst finding.
    pub page: Option<String>,
    /// The worst finding in one line.
    pub title: Bilingual,
    /// First sight.
    pub first_seen: Timestamp,
    /// Last sight.
    pub last_seen: Timestamp,
    /// The last clean look before the first sight.
    pub last_clean_before: Option<Timestamp>,
    /// The first clean look after the last sight.
    pub first_clean_after: Option<Timestamp>,
    /// When it is, or was, to be looked at again.
    pub recheck_due: Option<Timestamp>,
}
