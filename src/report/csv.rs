//! A table for spreadsheets: one row a finding, headings in the chosen language, UTF-8 with a byte order mark so that
//! Excel reads the Chinese. No cell is taken for a formula.
//!
//! What was not assessed follows as rows of their own, so that a reader of the table alone is not misled.

use super::reading::Shown;
use super::{Options, Report, ReportError, escape, reading, words};
use crate::lang::Lang;

/// Columns of the table.
const COLUMNS: usize = 24;

/// The whole table.
///
/// # Errors
/// When a row cannot be written.
pub fn document(report: &Report, lang: Lang, options: &Options) -> Result<String, ReportError> {
    let mut table = ::csv::Writer::from_writer(Vec::new());
    table.write_record(headings(lang))?;
    for page in reading::pages(report) {
        for reported in page.findings {
            let shown = Shown::of(reported, lang, options.offset);
            table.write_record(row(reported, &shown).map(|cell| escape::cell(&cell)))?;
        }
    }
    for gap in &report.not_assessed {
        let mut row = [const { String::new() }; COLUMNS];
        row[2] = words::labels(lang).not_assessed.to_owned();
        row[4] = gap.reason.as_str().to_owned();
        row[5] = words::reason(gap.reason).get(lang).to_owned();
        row[6] = gap.detail.get(lang).to_owned();
        row[7] = gap.url.clone();
        table.write_record(row.map(|cell| escape::cell(&cell)))?;
    }
    let bytes = table.into_inner().map_err(|error| ReportError::Write(error.into_error()))?;
    Ok(format!("\u{feff}{}", String::from_utf8_lossy(&bytes)))
}

fn headings(lang: Lang) -> [&'static str; COLUMNS] {
    let l = words::labels(lang);
    [
        l.id,
        l.severity,
        l.state,
        l.confidence,
        l.kind,
        l.category,
        l.title,
        l.page,
        l.target,
        l.profile,
        l.method,
        l.line,
        l.selector,
        l.snippet,
        l.conditions,
        l.leads,
        l.landing,
        l.terms,
        l.first_seen,
        l.last_seen,
        l.duties,
        l.evidence,
        l.remedy,
        l.reproduce,
    ]
}

fn row(reported: &super::Reported, shown: &Shown) -> [String; COLUMNS] {
    let finding = &reported.finding;
    let place = &finding.place;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let duties: Vec<_> =
        shown.duties.iter().map(|duty| format!("{} {} {}", duty.title, duty.article, duty.id)).collect();
    let digests: Vec<_> = reported.evidence.iter().map(|kept| format!("sha256:{}", kept.sha256)).collect();
    [
        finding.id.to_string(),
        shown.severity.to_owned(),
        shown.state.to_owned(),
        format!("{:.3}", finding.confidence),
        shown.kind.to_owned(),
        shown.category.unwrap_or_default().to_owned(),
        shown.title.clone(),
        finding.url.to_string(),
        finding.target.as_ref().map(ToString::to_string).unwrap_or_default(),
        text(&shown.profile),
        text(&shown.method),
        place.line.map(|line| line.to_string()).unwrap_or_default(),
        text(&place.selector),
        place.snippet.as_ref().map(|snippet| snippet.text.clone()).unwrap_or_default(),
        shown.conditions.clone(),
        finding.payload.urls.join(" "),
        text(&finding.payload.landing),
        finding.payload.terms.join(" "),
        shown.first_seen.clone(),
        shown.last_seen.clone(),
        duties.join("; "),
        digests.join(" "),
        shown.remedy.clone(),
        finding.reproduce.clone(),
    ]
}
