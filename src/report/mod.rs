//! Reports: what was found, written for people and for programs, one file per format.
//!
//! Reads values and writes text; decides nothing, fetches nothing, keeps nothing. Everything that came from a page is
//! hostile and passes through [`escape`] before it is written. A finding is shown as a lead (线索), never as a
//! determination, and every report for people states what an outside look cannot see.

pub mod csv;
pub mod difference;
pub mod document;
pub mod duty;
pub mod escape;
pub mod grading;
pub mod history;
pub mod html;
pub mod json;
pub mod jsonl;
pub mod sarif;
pub mod text;
pub mod words;

mod convert;
pub(crate) mod reading;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
mod wrap;

use std::fmt;
use std::io;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

pub use duty::{Confidence, Duty, Enforcement, Penalty, Relation};
pub use reading::time;

use crate::finding::{EvidenceRef, Finding, NotAssessed};
use crate::id::{IncidentId, ProfileId, TargetId};
use crate::incident::Standing;
use crate::lang::Lang;

/// Everything that one run has to tell.
#[derive(Debug, Clone)]
pub struct Report {
    /// The findings, in any order; formats for people group them by page and severity.
    pub findings: Vec<Reported>,
    /// What could not be looked at.
    pub not_assessed: Vec<NotAssessed>,
    /// The run as a whole.
    pub summary: Summary,
}

/// A finding with the duties it touches and the evidence behind it.
#[derive(Debug, Clone)]
pub struct Reported {
    /// The finding.
    pub finding: Finding,
    /// The duties in force on the date of the observation (or of `--as-of`).
    pub obligations: Vec<Duty>,
    /// What is kept of the exchanges behind it.
    pub evidence: Vec<EvidenceRef>,
    /// The incident it belongs to, where a store knows.
    pub incident: Option<Belonging>,
    /// Further members of the JSON line, such as `case` and `law_as_of`; they never replace a member of the contract.
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// Which incident a finding belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Belonging {
    /// The incident.
    pub id: IncidentId,
    /// How it stands.
    #[serde(rename = "state")]
    pub standing: Standing,
    /// The site, as the store names it.
    pub site: TargetId,
}

/// The run as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Addresses asked for.
    pub urls: u64,
    /// Requests sent, of every purpose.
    pub requests: u64,
    /// Findings reported.
    pub findings: u64,
    /// Things not assessed.
    pub not_assessed: u64,
    /// The profiles under which requests were sent.
    pub profiles: Vec<ProfileId>,
    /// Start of the run.
    pub started: Timestamp,
    /// End of the run.
    pub ended: Timestamp,
    /// The date on which the shown duties are in force.
    pub law_as_of: Date,
    /// Version of the program and its rules.
    pub version: String,
}

/// A format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Format {
    /// For a terminal.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// One JSON object a line (`docs/jsonl.schema.json`).
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
    /// One self-contained page.
    Html,
    /// One row a finding, for spreadsheets.
    Csv,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] =
        &[Self::Text, Self::Json, Self::Jsonl, Self::Sarif, Self::Html, Self::Csv];

    /// The word used on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Html => "html",
            Self::Csv => "csv",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = ReportError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| ReportError::UnknownFormat(text.to_owned()))
    }
}

/// How a report for people is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether the text format uses colour (ANSI escapes of our own).
    pub colour: bool,
    /// Columns of the terminal; the text format stays within 40 to 120 of them.
    pub width: usize,
    /// The offset from UTC in which times are shown to people; Beijing time unless told otherwise.
    pub offset: Offset,
}

impl Default for Options {
    fn default() -> Self {
        Self { colour: false, width: 100, offset: jiff::tz::offset(8) }
    }
}

/// Why a report could not be written; each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The destination refused.
    #[error("write the report: {0}")]
    Write(#[from] io::Error),
    /// A value had no JSON form.
    #[error("serialise the report: {0}")]
    Serialise(#[from] serde_json::Error),
    /// A row could not be written.
    #[error("write a row of the table: {0}")]
    Row(#[from] ::csv::Error),
    /// The page could not be rendered.
    #[error("render the page: {0}")]
    Render(#[from] askama::Error),
    /// A file of several parts could not be packed.
    #[error("pack the document: {0}")]
    Pack(String),
    /// No such format.
    #[error("use the report format `{0}`: known are text, json, jsonl, sarif, html, csv")]
    UnknownFormat(String),
}

/// Writes a report.
///
/// # Errors
/// When the destination refuses, or a value has no form in that format.
pub fn write(
    report: &Report,
    format: Format,
    lang: Lang,
    out: &mut dyn io::Write,
    options: &Options,
) -> Result<(), ReportError> {
    let document = match format {
        Format::Text => text::document(report, lang, options),
        Format::Json => json::document(report, lang)?,
        Format::Jsonl => jsonl::document(report, lang)?,
        Format::Sarif => sarif::document(report, lang)?,
        Format::Html => html::document(report, lang, options)?,
        Format::Csv => csv::document(report, lang, options)?,
    };
    out.write_all(document.as_bytes())?;
    out.flush()?;
    Ok(())
}
