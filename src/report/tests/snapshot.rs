//! Whole reports, compared with files under `tests/snapshots/report`. `XUNCHA_BLESS=1` writes them anew.

use std::path::PathBuf;

use super::super::*;
use super::written;
use crate::report::wrap::columns;

fn check(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/report").join(name);
    if std::env::var_os("XUNCHA_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    for (number, (seen, wanted)) in text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(seen, wanted, "{name}, line {}; XUNCHA_BLESS=1 accepts it", number + 1);
    }
    assert_eq!(text, expected, "{name}; XUNCHA_BLESS=1 accepts it");
}

#[test]
fn the_terminal_report_reads_well_in_chinese() {
    check("text.zh.txt", &written(&sample::report(), Format::Text, Lang::Zh, &Options::default()));
}

#[test]
fn the_terminal_report_reads_well_in_english() {
    check("text.en.txt", &written(&sample::report(), Format::Text, Lang::En, &Options::default()));
}

#[test]
fn the_terminal_report_of_a_clean_run_says_what_clean_means() {
    check("text.clean.zh.txt", &written(&sample::clean(), Format::Text, Lang::Zh, &Options::default()));
}

#[test]
fn the_terminal_report_fits_a_narrow_terminal() {
    let options = Options { width: 60, ..Options::default() };
    check("text.narrow.zh.txt", &written(&sample::report(), Format::Text, Lang::Zh, &options));
}

#[test]
fn no_line_but_the_command_is_wider_than_the_terminal() {
    for lang in [Lang::Zh, Lang::En] {
        for width in [40, 61, 80, 100, 200] {
            let options = Options { width, ..Options::default() };
            for line in written(&sample::report(), Format::Text, lang, &options).lines() {
                let command = line.starts_with("  $ ");
                assert!(command || columns(line) <= width.min(120), "{width}: {line}");
            }
        }
    }
}

#[test]
fn colour_adds_escapes_and_changes_nothing_else() {
    let plain = written(&sample::report(), Format::Text, Lang::Zh, &Options::default());
    let options = Options { colour: true, ..Options::default() };
    let coloured = written(&sample::report(), Format::Text, Lang::Zh, &options);
    assert!(coloured.contains('\u{1b}') && !plain.contains('\u{1b}'));
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&without_escapes(&coloured)), trimmed(&plain));
}

/// The text without `ESC [ … m`.
fn without_escapes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        out.push_str(&rest[..start]);
        let end = rest[start..].find('m').unwrap();
        rest = &rest[start + end + 1..];
    }
    out + rest
}

/// The other formats of the sample, for a person or another tool to look at: `XUNCHA_REPORT_DIR` names where.
#[test]
fn every_format_can_be_written_for_a_look() {
    let folder = std::env::var_os("XUNCHA_REPORT_DIR").map(PathBuf::from);
    for format in Format::ALL {
        for (lang, name) in [(Lang::Zh, "zh"), (Lang::En, "en")] {
            let text = written(&sample::report(), *format, lang, &Options::default());
            assert!(text.contains(sample::report().findings[0].finding.id.as_str()), "{format}");
            if let Some(folder) = &folder {
                std::fs::write(folder.join(format!("report.{name}.{format}")), text).unwrap();
            }
        }
    }
}
