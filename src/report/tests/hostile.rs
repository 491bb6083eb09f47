//! What hostile text may never do, in any format: no control reaches the reader, no line is forged, no markup lives.

use proptest::prelude::*;

use super::super::*;
use super::written;
use crate::finding::{Kind, Reason, Snippet};
use crate::id::{Fingerprint, TargetId};
use crate::lang::Bilingual;

/// The sample with every text that can hold a page's words replaced.
pub(super) fn poisoned(text: &str) -> Report {
    let both = Bilingual::new(text, text);
    let mut report = sample::report();
    for reported in &mut report.findings {
        let finding = &mut reported.finding;
        finding.id = Fingerprint::new(text);
        finding.target = Some(TargetId::new(text));
        (finding.title, finding.explanation, finding.remedy) = (both.clone(), both.clone(), both.clone());
        finding.detail.insert(text.to_owned(), text.into());
        finding.place.selector = Some(text.to_owned());
        finding.place.method = Some(text.to_owned());
        finding.place.profile = Some(ProfileId::new(text));
        finding.place.snippet = Some(Snippet { text: text.to_owned(), mark: (0, text.len()) });
        finding.payload.urls = vec![text.to_owned(); 20];
        finding.payload.terms = vec![text.to_owned(); 20];
        finding.payload.landing = Some(text.to_owned());
        finding.conditions.shows = vec![text.to_owned()];
        finding.conditions.visitors = vec![text.to_owned()];
        finding.reproduce = text.to_owned();
        reported.extra.insert(text.to_owned(), text.into());
        for duty in &mut reported.obligations {
            (duty.title, duty.article, duty.duty) = (both.clone(), both.clone(), both.clone());
            duty.caveats = vec![both.clone()];
        }
        for kept in &mut reported.evidence {
            kept.sha256 = text.to_owned();
        }
    }
    report.not_assessed = vec![sample::gap(text, Reason::BadUrl, text, text)];
    report.summary.version = text.to_owned();
    report
}

/// Text made of what page authors have tried, and of anything at all.
fn hostile() -> impl Strategy<Value = String> {
    let tricks = prop::sample::select(vec![
        "\u{1b}[2J",
        "\u{1b}]8;;http://bc.test\u{7}",
        "\u{9b}31m",
        "\u{202e}",
        "\u{2066}",
        "\u{200b}",
        "\u{feff}",
        "\r\n",
        "\n[严重] ",
        "\t",
        "\u{0}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "<script>",
        "</style>",
        "\"'>",
        "{{0}}",
        "[a](http://bc.test)",
        "=1+1",
        "澳门",
        "\u{e0041}",
        "e\u{300}\u{301}\u{302}\u{303}\u{304}",
        "http://bc.test/",
    ]);
    let piece =
        prop_oneof![tricks.prop_map(str::to_owned), any::<char>().prop_map(String::from), "\\PC{0,12}",];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_control_of_a_page_reaches_a_reader(text in hostile(), width in 0usize..140) {
        let report = poisoned(&text);
        let options = Options { width, ..Options::default() };
        for format in Format::ALL {
            for lang in [Lang::Zh, Lang::En] {
                let shown = written(&report, *format, lang, &options);
                let shown = shown.strip_prefix('\u{feff}').unwrap_or(&shown);
                let found = shown.chars().find(|&c| c != '\n' && escape::is_unsafe(c));
                prop_assert_eq!(found, None, "{}", format);
            }
        }
    }

    #[test]
    fn machine_formats_keep_the_values(text in hostile()) {
        let report = poisoned(&text);
        let lines = written(&report, Format::Jsonl, Lang::Zh, &Options::default());
        prop_assert_eq!(lines.lines().count(), report.findings.len() + 2);
        let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        prop_assert_eq!(first["type"].as_str(), Some("finding"));
        prop_assert_eq!(first["where"]["snippet"].as_str(), Some(text.as_str()));
        for format in [Format::Json, Format::Sarif] {
            let document = written(&report, format, Lang::Zh, &Options::default());
            prop_assert!(serde_json::from_str::<serde_json::Value>(&document).is_ok());
        }
    }

    #[test]
    fn a_table_keeps_its_shape(text in hostile()) {
        let report = poisoned(&text);
        let table = written(&report, Format::Csv, Lang::Zh, &Options::default());
        let mut reader = ::csv::Reader::from_reader(table.trim_start_matches('\u{feff}').as_bytes());
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        prop_assert_eq!(rows.len(), report.findings.len() + 1);
        for cell in rows.iter().flatten() {
            prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '\t']), "{}", cell);
        }
    }
}

#[test]
fn a_page_cannot_forge_a_line_of_the_report() {
    let report = poisoned("x\n[严重] 违法跳转\r\n  $ rm -rf /\n");
    let text = written(&report, Format::Text, Lang::Zh, &Options::default());
    assert_eq!(text.lines().filter(|line| line.starts_with("[严重]")).count(), 1, "{text}");
    assert!(!text.lines().any(|line| line.starts_with("  $ rm")), "{text}");
}

#[test]
fn a_page_cannot_write_markup_or_links_into_the_page() {
    let report = poisoned(
        "</style><script>alert(1)</script><img src=x onerror=a()>\"'><a href=\"http://bc.test/\">x</a>",
    );
    for lang in [Lang::Zh, Lang::En] {
        let html = written(&report, Format::Html, lang, &Options::default());
        let lower = html.to_ascii_lowercase();
        assert_eq!(lower.matches("</style>").count(), 1);
        for forbidden in ["<script", "<img", "href=\"http", "<link", "<iframe", "url(", "@import"] {
            assert!(!lower.contains(forbidden), "{forbidden}");
        }
    }
}

#[test]
fn further_members_never_replace_a_member_of_the_contract() {
    let mut report = sample::report();
    report.findings[0].extra.insert("type".to_owned(), "summary".into());
    report.findings[0].extra.insert("case".to_owned(), 9.into());
    let line = jsonl::line_of_finding(&report.findings[0]).unwrap();
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((value["type"].as_str(), value["case"].as_i64()), (Some("finding"), Some(9)));
    assert!(line.starts_with("{\"type\":\"finding\",\"id\":"));
}

#[test]
fn a_mark_that_does_not_fit_its_snippet_is_no_panic() {
    let mut report = sample::report();
    for mark in [(0, 999), (5, 2), (1, 2), (999, 1000), (0, 0)] {
        report.findings[0].finding.place.snippet = Some(Snippet { text: "澳门".to_owned(), mark });
        for format in Format::ALL {
            assert!(!written(&report, *format, Lang::Zh, &Options::default()).is_empty());
        }
    }
}

#[test]
fn a_megabyte_of_snippet_stays_a_few_lines_of_a_terminal() {
    let mut report = sample::report();
    let text = "澳".repeat(400_000);
    report.findings[0].finding.place.snippet = Some(Snippet { mark: (300_000, 900_000), text });
    let shown = written(&report, Format::Text, Lang::Zh, &Options::default());
    assert!(shown.len() < 40_000, "{}", shown.len());
    assert!(report.findings[0].finding.kind == Kind::MissingPoliceMark);
}
