//! Documents about one incident, and lists and summaries of many: what a unit keeps on file and hands on.
//!
//! The incident report is a page that prints; notice, talk record and extraction worksheet are drafts for a word
//! processor in which blanks stay for what only people know: numbers, deadlines, names, signatures. Nothing here
//! determines anything: duties are those that may be touched, and no entry from memory (M) is stated as law.

pub mod access;
mod chain;
pub mod draft;
pub mod list;
pub mod paper;
pub mod summary;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use access::Access;

use super::Reported;
use super::duty::{Confidence, Duty};
use super::escape::visible;
use super::reading::time;
use super::words;
use crate::baseline::Changes;
use crate::finding::EvidenceRole;
use crate::incident::{Decision, Event, Incident, Standing, Tracked};
use crate::lang::Lang;
use crate::target::OperatorKind;

/// One incident with everything that its documents say.
#[derive(Debug, Clone)]
pub struct CaseSheet<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// How it stands.
    pub standing: Standing,
    /// Its findings with duties, evidence, and pictures where they are at hand.
    pub findings: &'a [Reported],
    /// The findings as they are followed, in the same order.
    pub tracked: Vec<&'a Tracked>,
    /// What people decided, oldest first.
    pub decisions: &'a [Decision],
    /// What happened, oldest first.
    pub events: Vec<&'a Event>,
    /// The site.
    pub site: SiteFacts,
    /// The kind of its operator.
    pub operator: OperatorKind,
    /// How its pages were visited, the latest visit first.
    pub accesses: Vec<Access>,
    /// How its pages differ from their accepted state.
    pub changes: Vec<(String, Changes)>,
    /// When the document is made.
    pub now: Timestamp,
}

/// What is registered of a site; nothing where it is not.
#[derive(Debug, Clone, Default)]
pub struct SiteFacts {
    /// What people call it.
    pub name: Option<String>,
    /// Its addresses.
    pub urls: Vec<String>,
    /// The body that runs it.
    pub operator: Option<String>,
    /// Administrative division.
    pub division: Option<String>,
    /// ICP filing number.
    pub icp: Option<String>,
    /// Public-security filing number.
    pub police: Option<String>,
    /// Whom to tell.
    pub contacts: Vec<String>,
    /// On what authority it is watched.
    pub authorisation: Option<String>,
}

impl CaseSheet<'_> {
    /// The name of the site, or its id.
    fn site_name(&self) -> String {
        self.site.name.as_deref().map_or_else(|| visible(self.incident.target.as_str()), visible)
    }

    /// The kinds of the incident in words.
    fn kinds(&self, lang: Lang) -> String {
        let kinds: Vec<_> = self.incident.kinds.iter().map(|kind| words::kind(*kind).get(lang)).collect();
        kinds.join(if lang == Lang::Zh { "、" } else { ", " })
    }

    /// The duties that its findings touch, each once, without those that nobody checked.
    fn duties(&self) -> Vec<&Duty> {
        let mut duties: Vec<&Duty> = Vec::new();
        for duty in self.findings.iter().flat_map(|one| &one.obligations) {
            if duty.confidence != Confidence::M && !duties.iter().any(|known| known.id == duty.id) {
                duties.push(duty);
            }
        }
        duties
    }

    /// A time in Beijing.
    fn time(at: Timestamp) -> String {
        time(at, jiff::tz::offset(8))
    }

    /// Every piece of evidence once: role, SHA-256, SM3, time.
    fn evidence(&self, lang: Lang) -> Vec<[String; 4]> {
        let mut rows: Vec<[String; 4]> = Vec::new();
        for kept in self.findings.iter().flat_map(|one| &one.evidence) {
            if rows.iter().all(|row| row[1] != kept.sha256) {
                let role = words::role(kept.role).get(lang).to_owned();
                rows.push([role, visible(&kept.sha256), visible(&kept.sm3), Self::time(kept.at)]);
            }
        }
        rows
    }

    /// Whether a picture of the page is kept.
    fn is_pictured(&self) -> bool {
        self.findings.iter().flat_map(|one| &one.evidence).any(|kept| kept.role == EvidenceRole::Screenshot)
    }
}
