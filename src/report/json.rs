//! One JSON document: `{"findings": […], "not_assessed": […], "summary": {…}}`, its members as in [`super::jsonl`].

use serde_json::{Value, json};

use super::{Report, ReportError, escape, jsonl};
use crate::lang::Lang;

/// The whole report, indented.
///
/// # Errors
/// When a value has no JSON form.
pub fn document(report: &Report, lang: Lang) -> Result<String, ReportError> {
    let findings = report.findings.iter().map(jsonl::finding).collect::<Result<Vec<Value>, _>>()?;
    let gaps = report
        .not_assessed
        .iter()
        .map(|gap| jsonl::not_assessed(gap, lang))
        .collect::<Result<Vec<Value>, _>>()?;
    let whole = json!({
        "findings": findings,
        "not_assessed": gaps,
        "summary": jsonl::summary(&report.summary)?,
    });
    let mut text = escape::json(&serde_json::to_string_pretty(&whole)?);
    text.push('\n');
    Ok(text)
}
