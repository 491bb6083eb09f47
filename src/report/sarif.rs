//! SARIF 2.1.0 (OASIS), for tools that gather results of many scanners.
//!
//! A kind of finding is a rule, a page is an artifact, what was not assessed is a notification of the invocation.
//! Rules carry help in the language of the run, and a translation into the other one. Outside addresses stand in
//! `properties` only, never as locations, so that no viewer links to them.

use serde_json::{Map, Value, json};
use url::Url;

use super::escape::{sarif_markdown, sarif_plain};
use super::reading::Shown;
use super::words::{self, Words};
use super::{Report, ReportError, Reported, escape, jsonl};
use crate::finding::{Kind, NotAssessed, Severity, Snippet};
use crate::lang::Lang;

/// Where the schema of the format is published.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The whole log, indented.
///
/// # Errors
/// When a value has no JSON form.
pub fn document(report: &Report, lang: Lang) -> Result<String, ReportError> {
    let results = report.findings.iter().map(|one| result(one, lang)).collect::<Result<Vec<_>, _>>()?;
    let run = json!({
        "tool": { "driver": driver(report, lang) },
        "translations": [translation(other(lang))],
        "language": tag(lang),
        "columnKind": "unicodeCodePoints",
        "defaultEncoding": "UTF-8",
        "invocations": [invocation(report, lang)],
        "results": results,
        "properties": run_properties(report, lang)?,
    });
    let log = json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] });
    let mut text = escape::json(&serde_json::to_string_pretty(&log)?);
    text.push('\n');
    Ok(text)
}

fn driver(report: &Report, lang: Lang) -> Value {
    let mut driver = json!({
        "name": "xuncha",
        "fullName": format!("xuncha (巡查) {}", report.summary.version),
        "version": report.summary.version,
        "language": tag(lang),
        "isComprehensive": true,
        "contents": ["localizedData", "nonLocalizedData"],
        "rules": Kind::ALL.iter().map(|&kind| rule(kind, lang)).collect::<Vec<_>>(),
    });
    // A version that is not one by semver.org must not be called so.
    let numbers: Vec<_> = report.summary.version.split('.').collect();
    if numbers.len() == 3 && numbers.iter().all(|number| number.parse::<u32>().is_ok()) {
        driver["semanticVersion"] = report.summary.version.clone().into();
    }
    driver
}

/// The same rules in the other language.
fn translation(lang: Lang) -> Value {
    json!({
        "name": "xuncha",
        "language": tag(lang),
        "isComprehensive": true,
        "contents": ["localizedData"],
        "associatedComponent": { "name": "xuncha" },
        "rules": Kind::ALL.iter().map(|&kind| rule(kind, lang)).collect::<Vec<_>>(),
    })
}

fn rule(kind: Kind, lang: Lang) -> Value {
    let (name, about, remedy) = (words::kind(kind), words::kind_about(kind), words::kind_remedy(kind));
    let help = |text: Words| text.get(lang).to_owned();
    json!({
        "id": kind.as_str(),
        "name": pascal(kind.as_str()),
        "shortDescription": { "text": sarif_plain(&help(name)) },
        "fullDescription": { "text": sarif_plain(&help(about)) },
        "help": {
            "text": sarif_plain(&format!("{} {}", help(about), help(remedy))),
            "markdown": format!(
                "**{}**\n\n{}\n\n{}",
                sarif_markdown(&help(name)),
                sarif_markdown(&help(about)),
                sarif_markdown(&help(remedy))
            ),
        },
        "properties": { "tags": ["security", "compliance"] },
    })
}

fn result(reported: &Reported, lang: Lang) -> Result<Value, ReportError> {
    let finding = &reported.finding;
    let shown = Shown::of(reported, lang, jiff::tz::Offset::UTC);
    let index = Kind::ALL.iter().position(|&kind| kind == finding.kind).unwrap_or_default();
    let labels = words::labels(lang);
    let mut sentences = vec![
        finding.title.get(lang).to_owned(),
        format!("{}: {}", labels.conditions, shown.conditions),
        finding.explanation.get(lang).to_owned(),
    ];
    if !reported.obligations.is_empty() {
        sentences.push(labels.lead.to_owned());
    }
    let plain: Vec<_> = sentences.iter().map(|text| sarif_plain(text)).collect();
    let rich: Vec<_> = sentences.iter().map(|text| sarif_markdown(text)).collect();
    Ok(json!({
        "ruleId": finding.kind.as_str(),
        "ruleIndex": index,
        "kind": "fail",
        "level": level(finding.severity),
        "rank": (finding.confidence * 1000.0).round() / 10.0,
        "message": { "text": plain.join("\n"), "markdown": rich.join("\n\n") },
        "locations": [location(reported)],
        "partialFingerprints": { "xunchaFinding/v1": finding.id.as_str() },
        "properties": properties(reported)?,
    }))
}

fn location(reported: &Reported) -> Value {
    let finding = &reported.finding;
    let place = &finding.place;
    let mut physical = json!({ "artifactLocation": { "uri": finding.url.as_str() } });
    if let Some(region) = region(place.line, place.snippet.as_ref()) {
        physical["region"] = region;
    }
    let mut location = json!({ "physicalLocation": physical });
    if let Some(selector) = &place.selector {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": selector, "kind": "element" }]);
    }
    location
}

/// A region needs a line; a snippet without one stands in `properties` alone.
fn region(line: Option<u32>, snippet: Option<&Snippet>) -> Option<Value> {
    let line = line.filter(|line| *line > 0)?;
    let mut region = json!({ "startLine": line });
    if let Some(snippet) = snippet {
        region["snippet"] = json!({ "text": snippet.text });
    }
    Some(region)
}

/// Everything else of the finding, as in the JSON line, so that nothing is lost on the way.
fn properties(reported: &Reported) -> Result<Value, ReportError> {
    let mut line = jsonl::finding(reported)?;
    let mut properties = Map::new();
    let severity = reported.finding.severity;
    properties.insert("security-severity".to_owned(), json!(format!("{:.1}", score(severity))));
    if let Some(members) = line.as_object_mut() {
        for name in ["type", "id", "kind", "tags"] {
            members.shift_remove(name);
        }
        properties.extend(std::mem::take(members));
    }
    Ok(Value::Object(properties))
}

fn invocation(report: &Report, lang: Lang) -> Value {
    json!({
        "executionSuccessful": true,
        "startTimeUtc": utc(report.summary.started),
        "endTimeUtc": utc(report.summary.ended),
        "toolExecutionNotifications":
            report.not_assessed.iter().map(|gap| notification(gap, lang)).collect::<Vec<_>>(),
    })
}

fn notification(gap: &NotAssessed, lang: Lang) -> Value {
    let labels = words::labels(lang);
    let text = format!(
        "{}: {} — {} — {}",
        labels.not_assessed,
        gap.url,
        words::reason(gap.reason).get(lang),
        gap.detail.get(lang)
    );
    let mut notification = json!({
        "level": "warning",
        "descriptor": { "id": gap.reason.as_str() },
        "message": { "text": sarif_plain(&text), "markdown": sarif_markdown(&text) },
    });
    if let Ok(url) = Url::parse(&gap.url) {
        notification["locations"] =
            json!([{ "physicalLocation": { "artifactLocation": { "uri": url.as_str() } } }]);
    }
    notification
}

fn run_properties(report: &Report, lang: Lang) -> Result<Value, ReportError> {
    let labels = words::labels(lang);
    let spots: Vec<_> = words::BLIND_SPOTS.iter().map(|spot| spot.get(lang)).collect();
    Ok(json!({
        "summary": jsonl::summary(&report.summary)?,
        "blindSpots": spots,
        "cleanMeans": labels.clean_means,
        "lead": labels.lead,
    }))
}

fn utc(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The middle of the CVSS band of that name, as code-scanning dashboards sort by it.
fn score(severity: Severity) -> f64 {
    match severity {
        Severity::Critical => 9.5,
        Severity::High => 8.0,
        Severity::Medium => 5.5,
        Severity::Low => 2.0,
        Severity::Info => 0.0,
    }
}

fn other(lang: Lang) -> Lang {
    match lang {
        Lang::Zh => Lang::En,
        Lang::En => Lang::Zh,
    }
}

fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "zh-CN",
        Lang::En => "en-US",
    }
}

/// `hidden-link` as `HiddenLink`.
fn pascal(id: &str) -> String {
    id.split('-')
        .flat_map(|word| {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars)
        })
        .collect()
}
