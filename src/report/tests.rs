//! Tests that hold every format: snapshots, the schema, and what hostile text may never do.

mod hostile;
mod schema;
mod snapshot;

use super::*;

/// A report in one format as text.
fn written(report: &Report, format: Format, lang: Lang, options: &Options) -> String {
    let mut out = Vec::new();
    write(report, format, lang, &mut out, options).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn formats_are_named_as_on_the_command_line() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse::<Format>().unwrap(), *format);
    }
    assert!("xml".parse::<Format>().unwrap_err().to_string().starts_with("use the report format `xml`"));
}

#[test]
fn a_destination_that_refuses_is_an_error_and_no_panic() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for format in Format::ALL {
        let error = write(&sample::report(), *format, Lang::Zh, &mut Full, &Options::default()).unwrap_err();
        assert!(error.to_string().starts_with("write the report"), "{format}: {error}");
    }
}

#[test]
fn every_report_for_people_states_its_blind_spots_and_that_findings_are_leads() {
    for format in [Format::Text, Format::Html] {
        for lang in [Lang::Zh, Lang::En] {
            let options = Options { width: 120, ..Options::default() };
            let text = flat(&written(&sample::report(), format, lang, &options));
            for spot in words::BLIND_SPOTS {
                assert!(text.contains(&flat(spot.get(lang))), "{format} {spot:?}");
            }
            assert!(text.contains(&flat(words::labels(lang).lead)), "{format}");
            assert!(text.contains(&flat(words::labels(lang).clean_means)), "{format}");
        }
    }
}

#[test]
fn a_duty_is_told_in_full_once_and_referred_to_afterwards() {
    let text = written(&sample::report(), Format::Text, Lang::Zh, &Options::default());
    assert_eq!(text.matches("第六十一条第一款").count(), 1);
    let text = flat(&text);
    assert_eq!(text.matches("条文与罚则见上").count(), 1);
    assert_eq!(text.matches("CSL.2026.23").count(), 2);
}

#[test]
fn an_unverified_duty_is_shown_as_such() {
    for (lang, expected) in [(Lang::Zh, "未核实，不得引用"), (Lang::En, "unverified, not to be cited")]
    {
        let text = written(&sample::report(), Format::Text, lang, &Options::default());
        assert!(text.contains(expected), "{text}");
    }
}

/// A text without blanks and line ends, so that wrapping does not matter.
fn flat(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
