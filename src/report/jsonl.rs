//! JSON Lines: one object a line, `"type"` first. The outer contract, held by `docs/jsonl.schema.json`.
//!
//! Members stand in the order of the contract and are always present; what is not known is `null`. What else a
//! finding tells (explanation, remedy, the offending part of the snippet) stands within `detail`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Belonging, Duty, Report, ReportError, Reported, Summary, escape};
use crate::finding::{
    Category, EvidenceRef, Finding, Kind, NotAssessed, Reason, Severity, Signal, Snippet, State,
};
use crate::id::{Fingerprint, ProfileId, TargetId};
use crate::lang::{Bilingual, Lang};

/// The whole report: findings, then what was not assessed, then the summary.
///
/// # Errors
/// When a value has no JSON form.
pub fn document(report: &Report, lang: Lang) -> Result<String, ReportError> {
    let mut lines = String::new();
    for reported in &report.findings {
        lines.push_str(&line_of_finding(reported)?);
    }
    for gap in &report.not_assessed {
        lines.push_str(&line_of_not_assessed(gap, lang)?);
    }
    lines.push_str(&line_of_summary(&report.summary)?);
    Ok(lines)
}

/// One finding as a line, line end included.
///
/// # Errors
/// When a value has no JSON form.
pub fn line_of_finding(reported: &Reported) -> Result<String, ReportError> {
    line(&finding(reported)?)
}

/// One thing not assessed as a line, line end included. Its detail is a single text, in that language.
///
/// # Errors
/// When a value has no JSON form.
pub fn line_of_not_assessed(gap: &NotAssessed, lang: Lang) -> Result<String, ReportError> {
    line(&not_assessed(gap, lang)?)
}

/// The summary as a line, line end included.
///
/// # Errors
/// When a value has no JSON form.
pub fn line_of_summary(summary: &Summary) -> Result<String, ReportError> {
    line(&self::summary(summary)?)
}

/// One finding as an object of the contract.
///
/// # Errors
/// When a value has no JSON form.
pub fn finding(reported: &Reported) -> Result<Value, ReportError> {
    let mut object = serde_json::to_value(FindingLine::of(reported))?;
    if let Some(members) = object.as_object_mut() {
        for (name, value) in &reported.extra {
            members.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    Ok(object)
}

/// One thing not assessed as an object of the contract.
pub(super) fn not_assessed(gap: &NotAssessed, lang: Lang) -> Result<Value, ReportError> {
    let line = NotAssessedLine {
        r#type: "not-assessed",
        url: &gap.url,
        reason: gap.reason,
        detail: gap.detail.get(lang),
    };
    Ok(serde_json::to_value(line)?)
}

/// The summary as an object of the contract.
pub(super) fn summary(summary: &Summary) -> Result<Value, ReportError> {
    let mut object = Map::new();
    object.insert("type".to_owned(), Value::from("summary"));
    if let Value::Object(members) = serde_json::to_value(summary)? {
        object.extend(members);
    }
    Ok(Value::Object(object))
}

fn line(value: &Value) -> Result<String, ReportError> {
    let mut line = escape::json(&serde_json::to_string(value)?);
    line.push('\n');
    Ok(line)
}

#[derive(Serialize)]
struct FindingLine<'a> {
    r#type: &'static str,
    id: &'a Fingerprint,
    kind: Kind,
    state: State,
    severity: Severity,
    confidence: f64,
    target: Option<&'a TargetId>,
    url: &'a str,
    title: &'a Bilingual,
    detail: Map<String, Value>,
    r#where: WhereLine<'a>,
    payload: PayloadLine<'a>,
    conditions: ConditionsLine<'a>,
    signals: Vec<Signal>,
    first_seen: jiff::Timestamp,
    last_seen: jiff::Timestamp,
    obligations: Vec<DutyLine<'a>>,
    evidence: &'a [EvidenceRef],
    reproduce: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    incident: Option<&'a Belonging>,
}

impl<'a> FindingLine<'a> {
    fn of(reported: &'a Reported) -> Self {
        let finding = &reported.finding;
        let place = &finding.place;
        Self {
            r#type: "finding",
            id: &finding.id,
            kind: finding.kind,
            state: finding.state,
            severity: finding.severity,
            confidence: finding.confidence,
            target: finding.target.as_ref(),
            url: finding.url.as_str(),
            title: &finding.title,
            detail: detail(finding),
            r#where: WhereLine {
                profile: place.profile.as_ref(),
                selector: place.selector.as_deref(),
                line: place.line,
                snippet: place.snippet.as_ref().map(|snippet| snippet.text.as_str()),
                method: place.method.as_deref(),
            },
            payload: PayloadLine {
                category: finding.payload.category,
                urls: &finding.payload.urls,
                terms: &finding.payload.terms,
                landing: finding.payload.landing.as_deref(),
            },
            conditions: ConditionsLine {
                shows: &finding.conditions.shows,
                minimal: finding.conditions.minimal,
                profiles: &finding.conditions.profiles,
                visitors: &finding.conditions.visitors,
            },
            signals: finding.signals.iter().copied().collect(),
            first_seen: finding.first_seen,
            last_seen: finding.last_seen,
            obligations: reported.obligations.iter().map(DutyLine::of).collect(),
            evidence: &reported.evidence,
            reproduce: &finding.reproduce,
            incident: reported.incident.as_ref(),
        }
    }
}

/// The facts of the kind, then explanation, remedy and the offending part, unless the kind has its own of that name.
fn detail(finding: &Finding) -> Map<String, Value> {
    let mut detail = finding.detail.clone();
    let both = |text: &Bilingual| serde_json::json!({"zh": text.zh, "en": text.en});
    detail.entry("explanation").or_insert_with(|| both(&finding.explanation));
    detail.entry("remedy").or_insert_with(|| both(&finding.remedy));
    if let Some(marked) = finding.place.snippet.as_ref().and_then(marked) {
        detail.entry("marked").or_insert_with(|| Value::from(marked));
    }
    detail
}

fn marked(snippet: &Snippet) -> Option<&str> {
    snippet.text.get(snippet.mark.0..snippet.mark.1).filter(|text| !text.is_empty())
}

#[derive(Serialize)]
struct WhereLine<'a> {
    profile: Option<&'a ProfileId>,
    selector: Option<&'a str>,
    line: Option<u32>,
    snippet: Option<&'a str>,
    method: Option<&'a str>,
}

#[derive(Serialize)]
struct PayloadLine<'a> {
    category: Option<Category>,
    urls: &'a [String],
    terms: &'a [String],
    landing: Option<&'a str>,
}

#[derive(Serialize)]
struct ConditionsLine<'a> {
    shows: &'a [String],
    minimal: bool,
    profiles: &'a [ProfileId],
    visitors: &'a [String],
}

/// A duty; title, article and duty are in the words of the statute, which is Chinese in every report.
#[derive(Serialize)]
struct DutyLine<'a> {
    id: &'a str,
    title: &'a str,
    article: &'a str,
    duty: &'a str,
    penalty: Vec<&'a str>,
    relation: &'static str,
    in_force: String,
    confidence: &'static str,
}

impl<'a> DutyLine<'a> {
    fn of(duty: &'a Duty) -> Self {
        Self {
            id: duty.id.as_str(),
            title: &duty.title.zh,
            article: &duty.article.zh,
            duty: &duty.duty.zh,
            penalty: duty.penalties.iter().map(|penalty| penalty.id.as_str()).collect(),
            relation: duty.relation.as_str(),
            in_force: duty.in_force.interval(),
            confidence: duty.confidence.as_str(),
        }
    }
}

#[derive(Serialize)]
struct NotAssessedLine<'a> {
    r#type: &'static str,
    url: &'a str,
    reason: Reason,
    detail: &'a str,
}
