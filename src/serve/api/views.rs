//! What the API shows: values of the rooms below as programs read them. Texts are given as they are kept; whoever shows
//! them escapes them.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::sites::Row;
use crate::incident::{Incident, Standing};
use crate::lang::Bilingual;
use crate::report::{Reported, jsonl};
use crate::serve::jobs::{Job, State};
use crate::store::VisitFacts;
use crate::target::Target;

/// A text in both languages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Said {
    zh: String,
    en: String,
}

impl From<&Bilingual> for Said {
    fn from(text: &Bilingual) -> Self {
        Self { zh: text.zh.clone(), en: text.en.clone() }
    }
}

/// A site: what is registered of it, and what is remembered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SiteView {
    /// Its name in the registry and in the store.
    id: String,
    /// Whether it is registered now.
    registered: bool,
    /// As registered: name, addresses, operator, cadence, scope and all else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    target: Option<Target>,
    /// When it is to be visited next.
    #[schema(value_type = Option<String>, format = DateTime)]
    due: Option<Timestamp>,
    /// When it was visited last, by the patrol or out of turn.
    #[schema(value_type = Option<String>, format = DateTime)]
    visited: Option<Timestamp>,
    /// Whether it is being visited.
    under_way: bool,
    /// Incidents that are not rectified.
    open_incidents: usize,
}

impl SiteView {
    pub(super) fn of(row: Row) -> Self {
        Self {
            id: row.id.to_string(),
            registered: row.target.is_some(),
            due: row.state.as_ref().and_then(|state| state.due),
            visited: row.visited,
            under_way: row.state.is_some_and(|state| state.lease.is_some()),
            open_incidents: row.open,
            target: row.target,
        }
    }
}

/// A visit of a site.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VisitView {
    id: String,
    #[schema(value_type = String, format = DateTime)]
    started: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    ended: Timestamp,
    requests: u64,
    findings: u64,
    /// What could not be looked at.
    not_assessed: Vec<GapView>,
}

/// Something that could not be looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GapView {
    url: String,
    /// A stable word.
    reason: String,
    detail: Said,
}

impl From<&VisitFacts> for VisitView {
    fn from(visit: &VisitFacts) -> Self {
        let gap = |gap: &crate::finding::NotAssessed| GapView {
            url: gap.url.clone(),
            reason: gap.reason.as_str().to_owned(),
            detail: (&gap.detail).into(),
        };
        Self {
            id: visit.id.to_string(),
            started: visit.started,
            ended: visit.ended,
            requests: visit.requests,
            findings: visit.findings,
            not_assessed: visit.not_assessed.iter().map(gap).collect(),
        }
    }
}

/// An incident, without its findings.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IncidentView {
    id: String,
    site: String,
    /// Kinds of finding, as stable words.
    kinds: Vec<String>,
    /// What is promoted, as a stable word.
    category: Option<String>,
    /// Registrable domains that it leads to or loads from.
    hosts: Vec<String>,
    severity: String,
    /// What visits saw: `active`, `clean`, `rectified`.
    course: String,
    /// What visits saw and people decided: `new`, `confirmed`, `dismissed`, `notified`, `rectified`, `reopened`.
    standing: String,
    #[schema(value_type = String, format = DateTime)]
    first_seen: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    last_seen: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_clean_before: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    first_clean_after: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_recheck: Option<Timestamp>,
}

impl IncidentView {
    pub(super) fn new(incident: &Incident, standing: Standing) -> Self {
        Self {
            id: incident.id.to_string(),
            site: incident.target.to_string(),
            kinds: incident.kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
            category: incident.category.map(|category| category.as_str().to_owned()),
            hosts: incident.hosts.iter().cloned().collect(),
            severity: incident.severity.as_str().to_owned(),
            course: incident.course.as_str().to_owned(),
            standing: standing.as_str().to_owned(),
            first_seen: incident.first_seen,
            last_seen: incident.last_seen,
            last_clean_before: incident.last_clean_before,
            first_clean_after: incident.first_clean_after,
            next_recheck: incident.next_recheck,
        }
    }
}

/// A finding, exactly as a line of `xuncha findings list --format jsonl` (`docs/jsonl.schema.json`).
pub(super) fn finding(reported: &Reported) -> serde_json::Value {
    jsonl::finding(reported).unwrap_or_default()
}

/// A decision of a person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DecisionView {
    /// `confirm`, `dismiss`, `notify`, `note`
    pub(super) what: String,
    pub(super) who: String,
    #[schema(value_type = String, format = DateTime)]
    pub(super) at: Timestamp,
    pub(super) why: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) until: Option<Timestamp>,
}

/// Something that happened to an incident.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventView {
    /// Grows with every event.
    pub(super) number: i64,
    pub(super) site: String,
    pub(super) incident: String,
    /// `opened`, `grown`, `worsened`, `cleared`, `rectified`, `reopened`
    pub(super) what: String,
    #[schema(value_type = String, format = DateTime)]
    pub(super) at: Timestamp,
}

impl From<&crate::store::Numbered> for EventView {
    fn from(numbered: &crate::store::Numbered) -> Self {
        Self {
            number: numbered.number,
            site: numbered.target.to_string(),
            incident: numbered.event.incident.to_string(),
            what: numbered.event.what.as_str().to_owned(),
            at: numbered.event.at,
        }
    }
}

/// A look out of turn.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::serve) struct CheckView {
    id: u64,
    /// The address, the site or the incident.
    subject: String,
    who: String,
    state: State,
    #[schema(value_type = String, format = DateTime)]
    asked: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended: Option<Timestamp>,
    /// The site under which findings are kept.
    site: Option<String>,
    findings: usize,
    requests: u64,
    /// Incidents that it saw.
    incidents: Vec<String>,
    not_assessed: Vec<GapInWords>,
    /// What it did, oldest first; the first 400 lines.
    progress: Vec<Said>,
    /// Why it failed.
    why: Option<Said>,
}

/// Something that a look could not assess.
#[derive(Debug, Serialize, ToSchema)]
struct GapInWords {
    url: String,
    detail: Said,
}

impl CheckView {
    pub(in crate::serve) fn of(job: &Job) -> Self {
        let course = job.course();
        let gap =
            |(url, detail): &(String, Bilingual)| GapInWords { url: url.clone(), detail: detail.into() };
        Self {
            id: job.id,
            subject: job.subject(),
            who: job.who.clone(),
            state: course.state,
            asked: job.asked,
            ended: course.ended,
            site: course.site.map(|site| site.to_string()),
            findings: course.findings,
            requests: course.requests,
            incidents: course.incidents.iter().map(ToString::to_string).collect(),
            not_assessed: course.not_assessed.iter().map(gap).collect(),
            progress: course.lines.iter().map(Said::from).collect(),
            why: course.why.as_ref().map(Said::from),
        }
    }
}
