//! Every line that the program can write is held against `docs/jsonl.schema.json`, and SARIF against its own schema.

use jiff::civil::date;
use serde_json::Value;

use super::super::*;
use super::{hostile, written};
use crate::finding::{Category, EvidenceRole, Kind, Reason, Severity, Signal, State};
use crate::obligation::{Catalogue, Query};
use crate::target::OperatorKind;

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../docs/jsonl.schema.json")).unwrap()
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap()
}

fn check(validator: &jsonschema::Validator, text: &str) {
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}\n{line}");
    }
}

/// The sample with one finding for every combination of the stable words.
fn every_word() -> Report {
    let mut report = sample::report();
    let model = report.findings[0].clone();
    report.findings.clear();
    let categories = Category::ALL.iter().copied().map(Some).chain([None]);
    for (at, category) in categories.enumerate() {
        for &kind in Kind::ALL {
            let mut reported = model.clone();
            let finding = &mut reported.finding;
            (finding.kind, finding.payload.category) = (kind, category);
            finding.severity = Severity::ALL[at % Severity::ALL.len()];
            finding.state = State::ALL[at % State::ALL.len()];
            finding.signals = Signal::ALL.iter().copied().take(at % 6).collect();
            finding.confidence = at as f64 / 10.0;
            let duty = &mut reported.obligations[0];
            duty.relation = Relation::ALL[at % Relation::ALL.len()];
            duty.confidence = Confidence::ALL[at % Confidence::ALL.len()];
            reported.evidence[0].role = EvidenceRole::ALL[at % EvidenceRole::ALL.len()];
            reported.extra.insert("case".to_owned(), (at % 10 + 1).into());
            reported.extra.insert("law_as_of".to_owned(), "2019-07-01".into());
            report.findings.push(reported);
        }
    }
    report.not_assessed =
        Reason::ALL.iter().map(|&reason| sample::gap("x", reason, "原因", "cause")).collect();
    report
}

#[test]
fn every_line_keeps_to_the_schema() {
    let validator = validator(&schema());
    for report in [sample::report(), sample::clean(), every_word()] {
        for lang in [Lang::Zh, Lang::En] {
            check(&validator, &written(&report, Format::Jsonl, lang, &Options::default()));
        }
    }
}

#[test]
fn the_duties_of_the_catalogue_are_lines_as_the_catalogue_writes_them() {
    let validator = validator(&schema());
    let mut met = 0;
    for &kind in Kind::ALL {
        for category in Category::ALL.iter().copied().map(Some).chain([None]) {
            for day in [date(2019, 7, 1), date(2026, 3, 1)] {
                let query = Query::new(kind, OperatorKind::Enterprise, day).category(category);
                let obligations = Catalogue::builtin().obligations_for(&query);
                let mut report = sample::clean();
                let mut reported = sample::report().findings.remove(0);
                reported.obligations = obligations.iter().map(Duty::from).collect();
                let line = jsonl::line_of_finding(&reported).unwrap();
                let line: Value = serde_json::from_str(&line).unwrap();
                assert_eq!(line["obligations"], serde_json::to_value(&obligations).unwrap(), "{kind} {day}");
                met += obligations.len();
                report.findings.push(reported);
                check(&validator, &written(&report, Format::Jsonl, Lang::Zh, &Options::default()));
            }
        }
    }
    assert!(met > 100, "{met}");
}

#[test]
fn the_document_holds_the_same_objects_as_the_lines() {
    let report = every_word();
    let lines = written(&report, Format::Jsonl, Lang::En, &Options::default());
    let document: Value =
        serde_json::from_str(&written(&report, Format::Json, Lang::En, &Options::default())).unwrap();
    let mut objects = document["findings"].as_array().unwrap().clone();
    objects.extend(document["not_assessed"].as_array().unwrap().clone());
    objects.push(document["summary"].clone());
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects, lines);
}

#[test]
fn the_schema_refuses_what_is_not_the_contract() {
    let validator = validator(&schema());
    let line = jsonl::line_of_finding(&sample::report().findings[0]).unwrap();
    let good: Value = serde_json::from_str(&line).unwrap();
    assert!(validator.is_valid(&good));
    for member in good.as_object().unwrap().keys() {
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().shift_remove(member);
        assert!(!validator.is_valid(&bad), "without {member}");
    }
    for (member, value) in [
        ("kind", Value::from("dark-link")),
        ("confidence", Value::from(1.5)),
        ("first_seen", Value::from("yesterday")),
        ("where", Value::Null),
        ("colour", Value::from("red")),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        assert!(!validator.is_valid(&bad), "{member}");
    }
}

#[test]
fn the_words_of_the_schema_are_the_words_of_the_program() {
    let schema = schema();
    let check = |pointer: &str, words: Vec<&str>| {
        let listed: Vec<_> =
            schema.pointer(pointer).unwrap().as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(listed, words, "{pointer}");
    };
    let of = "/$defs/finding/properties";
    check(&format!("{of}/kind/enum"), Kind::ALL.iter().map(|word| word.as_str()).collect());
    check(&format!("{of}/state/enum"), State::ALL.iter().map(|word| word.as_str()).collect());
    check(&format!("{of}/severity/enum"), Severity::ALL.iter().map(|word| word.as_str()).collect());
    check(&format!("{of}/signals/items/enum"), Signal::ALL.iter().map(|word| word.as_str()).collect());
    check(
        &format!("{of}/payload/properties/category/enum"),
        Category::ALL.iter().map(|word| word.as_str()).collect(),
    );
    check(
        "/$defs/not-assessed/properties/reason/enum",
        Reason::ALL.iter().map(|word| word.as_str()).collect(),
    );
    check(
        "/$defs/obligation/properties/relation/enum",
        Relation::ALL.iter().map(|word| word.as_str()).collect(),
    );
    check(
        "/$defs/obligation/properties/confidence/enum",
        Confidence::ALL.iter().map(|word| word.as_str()).collect(),
    );
}

/// The official schema is not ours to ship: `XUNCHA_SARIF_SCHEMA` names a copy of it.
#[test]
fn sarif_keeps_to_the_official_schema() {
    let Some(path) = std::env::var_os("XUNCHA_SARIF_SCHEMA") else {
        println!("left out: XUNCHA_SARIF_SCHEMA names no copy of the SARIF 2.1.0 schema");
        return;
    };
    // One pattern of the published schema has a bracket too many, which strict readers of patterns refuse.
    let official = std::fs::read_to_string(path).unwrap().replace("{2}]?$", "{2}$");
    let official: Value = serde_json::from_str(&official).unwrap();
    let validator = validator(&official);
    let hostile = hostile::poisoned("\u{1b}]8;;x\u{7}[a](b) {0}\n=1");
    for report in [sample::report(), sample::clean(), every_word(), hostile] {
        for lang in [Lang::Zh, Lang::En] {
            let log: Value =
                serde_json::from_str(&written(&report, Format::Sarif, lang, &Options::default())).unwrap();
            let errors: Vec<_> = validator
                .iter_errors(&log)
                .map(|error| format!("{error} at {}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{errors:?}");
        }
    }
    let mut broken: Value =
        serde_json::from_str(&written(&sample::report(), Format::Sarif, Lang::Zh, &Options::default()))
            .unwrap();
    broken["runs"][0]["results"][0]["level"] = "critical".into();
    assert!(!validator.is_valid(&broken), "the copy of the schema checks nothing");
}
