//! Documents made: of an incident, of many as a list, of a span of days. Commands, console and API all make them here.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;

use super::documents::{Gathered, accesses, listed, sheet, with_pictures};
use super::{CaseFile, Desk, Operators, evidence_folders};
use crate::baseline::Changes;
use crate::browser::{Browser, BrowserError, Guard, Settings};
use crate::finding::{Kind, Severity, words};
use crate::id::IncidentId;
use crate::incident::{Incident, Standing};
use crate::lang::Lang;
use crate::report::document::{CaseSheet, draft, list, paper, summary};
use crate::report::escape::visible;
use crate::report::{ReportError, Reported};
use crate::store::{Filter, StoreError, StoredFinding};

/// A document that is one page of HTML, and what stands at the foot of each sheet when it is printed.
#[derive(Debug, Clone)]
pub struct Paper {
    /// The page.
    pub html: String,
    /// The foot.
    pub foot: String,
}

/// Why a paper was not printed; each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// There is nothing to print with.
    #[error("find a Chromium, which prints")]
    NoBrowser,
    /// The browser did not do it.
    #[error(transparent)]
    Browser(#[from] BrowserError),
}

/// Prints a paper as PDF, in a browser of its own that reaches nothing.
///
/// # Errors
/// [`PrintError`]
pub async fn print(paper: &Paper) -> Result<Vec<u8>, PrintError> {
    let settings = Settings::found().ok_or(PrintError::NoBrowser)?;
    let browser = Browser::launch(settings, Guard::shut()).await?;
    let printed = browser.print(&paper.html, &paper.foot).await;
    browser.shutdown().await;
    Ok(printed?)
}

words! {
    /// A draft for a word processor.
    Draft {
        /// A rectification notice (限期整改通知书).
        Notice = "notice",
        /// A talk record (约谈记录).
        Talk = "talk",
        /// A worksheet for the record of an online extraction (在线提取笔录).
        Extraction = "extraction",
    }
}

/// An incident with everything that its documents take.
#[derive(Debug)]
pub struct CasePapers {
    file: CaseFile,
    operators: Operators,
    folders: Vec<PathBuf>,
    changes: Vec<(String, Changes)>,
    now: Timestamp,
}

impl CasePapers {
    /// The incident.
    pub fn id(&self) -> &IncidentId {
        &self.file.case.incident.id
    }

    /// The report on it, with its pictures. Reads the evidence: it takes its time.
    ///
    /// # Errors
    /// When the page cannot be rendered.
    pub fn report(mut self, lang: Lang) -> Result<Paper, ReportError> {
        with_pictures(&mut self.file.findings, &self.folders);
        let id = visible(self.id().as_str());
        let foot = match lang {
            Lang::Zh => format!("巡查 · 网站安全事件报告 {id}"),
            Lang::En => format!("xuncha · incident report {id}"),
        };
        Ok(Paper { html: paper::html(&self.sheet(), lang)?, foot })
    }

    /// A draft as DOCX. Reads the evidence: it takes its time.
    ///
    /// # Errors
    /// When the file cannot be packed.
    pub fn draft(&self, which: Draft) -> Result<Vec<u8>, ReportError> {
        let sheet = self.sheet();
        draft::docx(&match which {
            Draft::Notice => draft::notice(&sheet),
            Draft::Talk => draft::talk(&sheet),
            Draft::Extraction => draft::extraction(&sheet),
        })
    }

    fn sheet(&self) -> CaseSheet<'_> {
        CaseSheet {
            accesses: accesses(&self.folders),
            changes: self.changes.clone(),
            ..sheet(&self.file, &self.operators, self.now)
        }
    }
}

/// Which incidents and findings are wanted. Everything, where nothing is said.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// What the store is asked for.
    pub filter: Filter,
    /// Incidents that stand so.
    pub standing: Option<Standing>,
    /// Findings of that kind, incidents with one.
    pub kind: Option<Kind>,
    /// At or above that severity.
    pub severity: Option<Severity>,
    /// Incidents with that text in their id, a host, the site's id or name.
    pub text: Option<String>,
}

impl Wanted {
    /// Whether a finding is of the kind and severity that are wanted.
    pub fn takes(&self, stored: &StoredFinding) -> bool {
        let finding = &stored.tracked.finding;
        self.severity.is_none_or(|least| finding.severity >= least)
            && self.kind.is_none_or(|kind| finding.kind == kind)
    }

    fn takes_incident(&self, incident: &Incident, standing: Standing, operators: &Operators) -> bool {
        let inside = |text: &String| {
            let text = text.to_lowercase();
            let name = operators.target(&incident.target).map(|target| target.name.to_lowercase());
            incident.id.as_str().contains(&text)
                || incident.target.as_str().to_lowercase().contains(&text)
                || name.is_some_and(|name| name.contains(&text))
                || incident.hosts.iter().any(|host| host.contains(&text))
        };
        self.standing.is_none_or(|wanted| wanted == standing)
            && self.severity.is_none_or(|least| incident.severity >= least)
            && self.kind.is_none_or(|kind| incident.kinds.contains(&kind))
            && self.text.as_ref().is_none_or(inside)
    }
}

words! {
    /// A list for spreadsheets, by the name of its file.
    List {
        /// Incidents and findings, a sheet each.
        Workbook = "incidents.xlsx",
        /// Incidents.
        Incidents = "incidents.csv",
        /// Findings.
        Findings = "findings.csv",
    }
}

impl Desk<'_> {
    /// An incident as its documents take it; `id` may also name one of its findings. `None` where nothing has that name.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn papers(&self, id: &str) -> Result<Option<CasePapers>, StoreError> {
        let Some(file) = self.case(id).await? else { return Ok(None) };
        let folders = evidence_folders(self.store, id).await?.unwrap_or_default();
        let changes = self.changes(&file).await?;
        Ok(Some(CasePapers { file, operators: self.operators.clone(), folders, changes, now: self.now }))
    }

    /// Incidents that are wanted, each with how it stands, the latest seen first.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn wanted(&self, wanted: &Wanted) -> Result<Vec<(Incident, Standing)>, StoreError> {
        let mut incidents = self.incidents(&wanted.filter).await?;
        incidents.retain(|(incident, standing)| wanted.takes_incident(incident, *standing, self.operators));
        Ok(incidents)
    }

    /// What is wanted, for lists: the incidents, and their findings.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn lists(&self, wanted: &Wanted) -> Result<Lists, StoreError> {
        let incidents = self.wanted(wanted).await?;
        let known: BTreeSet<&IncidentId> = incidents.iter().map(|(incident, _)| &incident.id).collect();
        let takes = |one: &StoredFinding| known.contains(&one.tracked.incident) && wanted.takes(one);
        let (findings, _) = self.findings(&wanted.filter, takes, 0).await?;
        Ok(Lists { incidents, findings })
    }
}

/// Incidents and findings, to be listed.
#[derive(Debug)]
pub struct Lists {
    incidents: Vec<(Incident, Standing)>,
    findings: Vec<Reported>,
}

impl Lists {
    /// As a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn file(&self, which: List, operators: &Operators, lang: Lang) -> Result<Vec<u8>, ReportError> {
        match which {
            List::Workbook => list::xlsx(&listed(&self.incidents, operators), &self.findings, lang),
            List::Incidents => list::csv(&listed(&self.incidents, operators), lang),
            List::Findings => list::csv_of_findings(&self.findings, lang),
        }
    }
}

impl Gathered {
    /// The summary as a page.
    ///
    /// # Errors
    /// When the page cannot be rendered.
    pub fn paper(&self, operators: &Operators, lang: Lang) -> Result<Paper, ReportError> {
        let period = self.period(operators);
        let (from, to) = (period.from, period.to);
        let foot = match lang {
            Lang::Zh => format!("巡查 · 网站巡查情况 {from} – {to}"),
            Lang::En => format!("xuncha · summary of the patrol {from} – {to}"),
        };
        Ok(Paper { html: summary::html(&period, lang)?, foot })
    }

    /// The summary for a terminal.
    pub fn text(&self, operators: &Operators, lang: Lang) -> String {
        summary::text(&self.period(operators), lang)
    }
}
