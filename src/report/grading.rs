//! How long an incident showed, read against the grades of tampering incidents, and the clock that may run from it.
//!
//! Indicative (可判别为) and never more: which sites a grade speaks of, forwards and views only people can tell.

use super::escape::visible;
use super::history::span;
use crate::finding::Kind;
use crate::incident::Tracked;
use crate::lang::Lang;
use crate::obligation::{Catalogue, GradeReading, Reached};
use crate::target::OperatorKind;

/// Kinds by which harmful information shows on a page.
const TAMPERING: [Kind; 6] = [
    Kind::Defacement,
    Kind::IllicitRedirect,
    Kind::InjectedKeywords,
    Kind::IllegalContent,
    Kind::HiddenLink,
    Kind::Cloaking,
];

/// Lines on the grading of an incident; none where nothing of it is tampering.
pub fn lines(findings: &[&Tracked], operator: OperatorKind, lang: Lang) -> Vec<String> {
    let tampering: Vec<_> =
        findings.iter().copied().filter(|tracked| TAMPERING.contains(&tracked.finding.kind)).collect();
    if tampering.is_empty() {
        return Vec::new();
    }
    let catalogue = Catalogue::builtin();
    let zh = lang == Lang::Zh;
    let mut lines = Vec::new();
    for home in [true, false] {
        let spells = tampering.iter().filter(|tracked| tracked.home == home).flat_map(|one| &one.spells);
        if let Some(spell) = spells.max_by_key(|spell| spell.least_minutes()) {
            let readings = catalogue.grade_tampering(home, spell.least_minutes(), spell.most_minutes());
            lines.extend(readings.iter().map(|reading| graded(reading, home, lang)));
        }
    }
    if tampering.iter().all(|tracked| tracked.finding.kind == Kind::HiddenLink) {
        lines.push(if zh {
            "暗链常人不可见，是否属于“出现”违法有害信息存在争议。".to_owned()
        } else {
            "people cannot see hidden links; whether they count as harmful information that shows is contested.".to_owned()
        });
    }
    for clock in catalogue.clocks(operator) {
        let (hours, to) = (clock.hours, visible(clock.to.get(lang)));
        lines.push(if zh {
            format!("较大以上事件须报告：自发现或获知起 {hours} 小时内首报{to}（{}）。", clock.confidence.name().zh)
        } else {
            format!("relatively large incidents or above are reported within {hours} hours of finding or learning of them: {to} ({}).", clock.confidence.name().en)
        });
    }
    lines.push(if zh {
        "须由人补充：网站层级、是否门户网站、转发数、浏览数；以上仅为指示，不是认定。".to_owned()
    } else {
        "a person must add: the level of the site, whether it is a portal, forwards and views; this is an indication, no determination.".to_owned()
    });
    lines
}

/// One grade: its threshold, whether it is reached, and how sure the figure is.
fn graded(reading: &GradeReading<'_>, home: bool, lang: Lang) -> String {
    let grade = reading.grade;
    let threshold = span(if home { grade.home_minutes } else { grade.other_minutes }, lang);
    let name = grade.name.get(lang);
    match lang {
        Lang::Zh => {
            let page = if home { "首页" } else { "其他页" };
            let reached = match reading.reached {
                Reached::Reached => "时长已达到",
                Reached::Possible => "时长可能达到",
                Reached::NotReached => "时长未达到",
            };
            let source = if grade.verified { "终稿" } else { "2023 年征求意见稿，终稿未核" };
            format!("{name}（{page} ≥ {threshold}，{source}）：{reached}。适用于{}", grade.subjects.get(lang))
        }
        Lang::En => {
            let page = if home { "home page" } else { "other page" };
            let reached = match reading.reached {
                Reached::Reached => "reached by duration",
                Reached::Possible => "possibly reached",
                Reached::NotReached => "not reached",
            };
            let source = if grade.verified { "final text" } else { "2023 draft, final text unverified" };
            format!("{name} ({page} ≥ {threshold}, {source}): {reached}; for {}", grade.subjects.get(lang))
        }
    }
}
