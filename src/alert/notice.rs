//! One event of an incident, with everything that a message may say of it.

use jiff::Timestamp;

use crate::finding::{Category, Kind, Severity};
use crate::id::{IncidentId, TargetId};
use crate::incident::Happening;
use crate::lang::Bilingual;

/// Something that happened to an incident, to be told. Texts that come from pages are as found: whoever writes a message
/// escapes them.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The number of the event, which grows.
    pub number: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub what: Happening,
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
}
