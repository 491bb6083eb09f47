//! `xuncha detectors`: what is looked for, in words.

use super::args::DetectorsCommand;
use super::output::print;
use super::{Exit, Failed};
use crate::detect::card::Text;
use crate::detect::{DETECTORS, Detector, detector};
use crate::lang::Lang;
use crate::report::words;

pub(super) fn run(command: &DetectorsCommand, lang: Lang) -> Result<Exit, Failed> {
    let text = match command {
        DetectorsCommand::List => {
            let lines = DETECTORS.iter().map(|detector| line(detector, lang));
            lines.collect::<Vec<_>>().join("\n") + "\n"
        }
        DetectorsCommand::Explain { id } => match detector(*id) {
            Some(detector) => page(detector, lang),
            None => {
                return Err(Failed::usage(
                    format!("本版本没有 `{id}` 的检测器"),
                    format!("this version has no detector for `{id}`"),
                )
                .advise(
                    "用 `xuncha detectors list` 查看。",
                    "`xuncha detectors list` shows what there is.",
                ));
            }
        },
    };
    print(&text);
    Ok(Exit::Clean)
}

/// One line: id, worst severity, what it finds.
fn line(detector: &Detector, lang: Lang) -> String {
    let finds = detector.card.finds.get(lang);
    let first = finds.split_inclusive(['。', '.']).next().unwrap_or(finds).trim();
    format!("{:<20} {:<9} {first}", detector.kind.as_str(), detector.card.severity.as_str())
}

/// The whole card.
fn page(detector: &Detector, lang: Lang) -> String {
    let card = &detector.card;
    let labels = match lang {
        Lang::Zh => ["看什么", "发现什么", "为何要紧", "可能如何出错", "参考", "应当发现", "应当放过"],
        Lang::En => [
            "Looks at",
            "Finds",
            "Why it matters",
            "How it can be wrong",
            "References",
            "Must find",
            "Must spare",
        ],
    };
    let (name, severity) = (words::kind(detector.kind), words::severity(card.severity));
    let since = card.since;
    let mut text =
        format!("{}  {}  [{}]  since {since}\n", detector.kind, name.get(lang), severity.get(lang));
    let told: [Text; 4] = [card.looks_at, card.finds, card.matters, card.errs];
    for (label, part) in labels.iter().zip(told) {
        text += &format!("\n{label}\n  {}\n", part.get(lang));
    }
    text += &format!("\n{}\n", labels[4]);
    for reference in card.references {
        text += &format!("  {reference}\n");
    }
    for (label, examples) in [(labels[5], card.must_find), (labels[6], card.must_spare)] {
        text += &format!("\n{label}\n");
        for example in examples {
            text += &format!("  - {}\n", example.name);
        }
    }
    text
}
