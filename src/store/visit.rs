//! What a visit hands over to be remembered.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::baseline::Baseline;
use crate::finding::{EvidenceRef, NotAssessed};
use crate::id::{Fingerprint, IncidentId, TargetId, VisitId};
use crate::incident::{Event, PageLook, Standing};

/// One visit of one site, complete. Made with [`Visit::new`], so that later fields do no harm.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Its name; recording the same visit again changes nothing.
    pub id: VisitId,
    /// The site.
    pub target: TargetId,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// Requests that it took.
    pub requests: u64,
    /// The pages that were looked at or tried.
    pub pages: Vec<PageVisit>,
    /// What could not be looked at.
    pub not_assessed: Vec<NotAssessed>,
    /// Whose lease this visit fulfils and ends; `None` for a visit outside of the schedule.
    pub holder: Option<String>,
    /// When to come again; `None` leaves it as it is.
    pub next: Option<Next>,
}

impl Visit {
    /// A visit in which nothing has happened yet.
    pub fn new(id: VisitId, target: TargetId, started: Timestamp) -> Self {
        Self {
            id,
            target,
            started,
            ended: started,
            requests: 0,
            pages: Vec::new(),
            not_assessed: Vec::new(),
            holder: None,
            next: None,
        }
    }
}

/// A visit as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VisitFacts {
    /// Its name.
    pub id: VisitId,
    /// The site.
    pub target: TargetId,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// Requests that it took.
    pub requests: u64,
    /// Findings that it saw.
    pub findings: u64,
    /// What could not be looked at.
    pub not_assessed: Vec<NotAssessed>,
}

/// When to come again.
#[derive(Debug, Clone, PartialEq)]
pub struct Next {
    /// When.
    pub due: Timestamp,
    /// What the schedule learned; the store does not read it.
    pub schedule: serde_json::Value,
}

/// One page of a visit.
#[derive(Debug, Clone)]
pub struct PageVisit {
    /// What was seen.
    pub look: PageLook,
    /// What is to be remembered of the page for the next visit; `None` leaves it as it is.
    pub state: Option<PageState>,
    /// What is kept behind the findings.
    pub evidence: Vec<Evidence>,
    /// The folder of evidence, where one was kept.
    pub folder: Option<String>,
    /// The accepted state of the page after the visit; `None` leaves it as it is.
    pub baseline: Option<Baseline>,
}

/// A kept piece of evidence of one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The finding.
    pub finding: Fingerprint,
    /// What is kept.
    pub kept: EvidenceRef,
}

/// What is remembered of a page between visits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageState {
    /// The address, as the frontier writes it.
    pub page: String,
    /// Links from the seeds.
    pub depth: u32,
    /// When it was asked for last.
    pub asked: Option<Timestamp>,
    /// The status then.
    pub status: Option<u16>,
    /// SHA-256 of the body then, in hexadecimal.
    pub sha256: Option<String>,
    /// `ETag`, for a conditional request.
    pub etag: Option<String>,
    /// `Last-Modified`, for a conditional request.
    pub last_modified: Option<String>,
    /// The version of the detectors and their data that judged it last.
    pub rules: Option<String>,
    /// What the frontier learned of it; the store does not read it.
    pub facts: serde_json::Value,
}

impl PageState {
    /// A page that was never asked for.
    pub fn new(page: impl Into<String>, depth: u32) -> Self {
        Self {
            page: page.into(),
            depth,
            asked: None,
            status: None,
            sha256: None,
            etag: None,
            last_modified: None,
            rules: None,
            facts: serde_json::Value::Null,
        }
    }
}

/// What recording a visit came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Whether the visit was known already; then nothing changed.
    pub known: bool,
    /// What happened to incidents; each is in [`super::Store::events`], too.
    pub events: Vec<Event>,
    /// Every finding that the visit named, as it is now known.
    pub sights: Vec<Sight>,
}

/// A finding that a visit named, as it is now known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// The finding.
    pub finding: Fingerprint,
    /// The page.
    pub page: String,
    /// The incident it belongs to.
    pub incident: IncidentId,
    /// How that stands at the end of the visit.
    pub standing: Standing,
    /// First sight.
    pub first_seen: Timestamp,
    /// Last sight.
    pub last_seen: Timestamp,
}
