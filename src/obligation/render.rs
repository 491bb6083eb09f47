//! The catalogue as plain text for a terminal: `law list`, `law show`, `law for`.
//!
//! Chinese or English whole; ids come first so that columns line up whatever the width of the characters after them.

use std::fmt::Write as _;

use jiff::civil::Date;

use super::entry::{Article, Link};
use super::resolve::{Obligation, Query};
use super::{Catalogue, Confidence, Shown, UnknownObligation, Version};
use crate::lang::{Bilingual, Lang};

/// Every instrument with its articles; with a day, only what was in force on it.
pub fn render_list(catalogue: &Catalogue, on: Option<Date>, lang: Lang) -> String {
    let mut out = String::new();
    let listed = catalogue.list(on);
    let width = listed.iter().flat_map(|one| &one.versions).flat_map(|(_, articles)| articles);
    let width = width.map(|article| article.id.as_str().len()).max().unwrap_or(0);
    for one in &listed {
        line(&mut out, 0, &format!("{}  {}", one.instrument.id, one.instrument.title.get(lang)));
        for (version, articles) in &one.versions {
            let in_force = pick(lang, "有效期间", "in force");
            line(
                &mut out,
                2,
                &format!("{}  {in_force} {}{}", version.id, version.in_force(), dates_mark(version, lang)),
            );
            for article in articles {
                let (id, mark) = (article.id.as_str(), confidence_mark(article.confidence, lang));
                let (label, duty) = (article.label.get(lang), article.duty.get(lang));
                line(&mut out, 4, &format!("{id:width$}  {label}{mark}  {duty}"));
            }
        }
        out.push('\n');
    }
    line(&mut out, 0, legend(lang));
    out
}

/// One article with its words, penalties, versions and the findings that touch it.
///
/// # Errors
/// The id is not in the catalogue.
pub fn render_show(catalogue: &Catalogue, id: &str, lang: Lang) -> Result<String, UnknownObligation> {
    let shown = catalogue.show(id)?;
    let Shown { article, instrument, version, .. } = &shown;
    let mut out = String::new();
    line(&mut out, 0, &format!("{}  {}", article.id, cite(&instrument.title, &article.label, lang)));
    let issued = match version.issued.is_empty() {
        false => format!("（{}）", version.issued),
        true => String::new(),
    };
    let dates = dates_mark(version, lang);
    field(&mut out, lang, ("有效期间", "in force"), &format!("{}{dates} {issued}", version.in_force()));
    field(&mut out, lang, ("内容", "content"), article.duty.get(lang));
    for (operator, duty) in &article.duty_for {
        field(&mut out, lang, ("其中", "for"), &format!("{}: {}", operator.name().get(lang), duty.get(lang)));
    }
    if let Some(words) = &article.words {
        field(&mut out, lang, ("原文要点", "its words"), &format!("“{words}”"));
    }
    field(&mut out, lang, ("执法主体", "enforced by"), article.enforcer.get(lang));
    let confidence = format!("{:?} {}", article.confidence, article.confidence.name().get(lang));
    field(&mut out, lang, ("核对程度", "checked"), &confidence);
    if let Some(earlier) = &article.supersedes {
        field(&mut out, lang, ("前身", "supersedes"), earlier.as_str());
    }
    if let Some(later) = &shown.superseded_by {
        field(&mut out, lang, ("后继", "superseded by"), later.id.as_str());
    }
    for note in [&article.note, &instrument.note].into_iter().flatten() {
        field(&mut out, lang, ("注意", "note"), note.get(lang));
    }
    tiers(&mut out, article, lang, 2);
    if !shown.penalties.is_empty() {
        line(&mut out, 2, pick(lang, "罚则（择一适用，不相加）：", "penalties (one applies, never a sum):"));
    }
    for penalty in &shown.penalties {
        let mark = confidence_mark(penalty.confidence, lang);
        line(&mut out, 4, &format!("{}  {}{mark}", penalty.id, penalty.label.get(lang)));
        tiers(&mut out, penalty, lang, 6);
    }
    if !shown.links.is_empty() {
        line(&mut out, 2, pick(lang, "涉及的发现：", "findings that touch it:"));
    }
    for link in &shown.links {
        let kinds: Vec<_> = link.kinds.iter().map(|kind| kind.as_str()).collect();
        line(
            &mut out,
            4,
            &format!("{}  {}{}", kinds.join(" "), link.relation.name().get(lang), conditions(link, lang)),
        );
    }
    Ok(out)
}

/// The duties that a kind of finding touches on a day, then those it would touch under other circumstances.
pub fn render_for(catalogue: &Catalogue, query: &Query, lang: Lang) -> String {
    let mut out = String::new();
    let operator = query.operator.name();
    let category = query.category.map(|category| format!(" · {category}")).unwrap_or_default();
    line(&mut out, 0, &format!("{}{category} · {} · {}", query.kind, operator.get(lang), query.on));
    let mut relation = None;
    for obligation in catalogue.obligations_for(query) {
        if relation.replace(obligation.relation) != Some(obligation.relation) {
            out.push('\n');
            line(&mut out, 0, obligation.relation.name().get(lang));
        }
        render_obligation(&mut out, &obligation, lang);
    }
    if relation.is_none() {
        out.push('\n');
        line(
            &mut out,
            0,
            pick(lang, "在该日期未收录相应义务。", "The catalogue holds no duty for that day."),
        );
    }
    let others = catalogue.conditional_links(query);
    if !others.is_empty() {
        out.push('\n');
        line(&mut out, 0, pick(lang, "视情形还可能涉及", "Under other circumstances also"));
    }
    for link in others {
        let duties = link.duties.iter().filter_map(|id| catalogue.on_day(id, query.on));
        let duties: Vec<_> =
            duties.map(|duty| format!("{}{}", duty.id, confidence_mark(duty.confidence, lang))).collect();
        line(&mut out, 2, &format!("{}{}", link.relation.name().get(lang), conditions(link, lang)));
        line(&mut out, 4, &duties.join(" "));
    }
    out.push('\n');
    line(&mut out, 0, pick(lang, "注意", "Mind"));
    for caveat in catalogue.caveats_for(query) {
        line(&mut out, 2, &format!("- {}", caveat.get(lang)));
    }
    out
}

fn render_obligation(out: &mut String, obligation: &Obligation, lang: Lang) {
    let mark = confidence_mark(obligation.confidence, lang);
    let cited = cite(&obligation.title_text, &obligation.article_text, lang);
    line(out, 2, &format!("{}  {cited}{mark}", obligation.id));
    line(out, 6, obligation.duty_text.get(lang));
    line(out, 6, &format!("{} {}", pick(lang, "执法主体：", "enforced by:"), obligation.enforcer.get(lang)));
    for penalty in &obligation.penalties {
        let mark = confidence_mark(penalty.confidence, lang);
        line(out, 6, &format!("→ {}  {}{mark}", penalty.id, cite(&penalty.title, &penalty.article, lang)));
        for tier in penalty.lines() {
            line(out, 10, tier.get(lang));
        }
    }
    for caveat in &obligation.caveats {
        line(out, 6, &format!("* {}", caveat.get(lang)));
    }
}

fn tiers(out: &mut String, article: &Article, lang: Lang, indent: usize) {
    for tier in &article.tiers {
        line(out, indent, &format!("- {}", tier.text().get(lang)));
    }
}

fn cite(title: &Bilingual, label: &Bilingual, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("《{}》{}", title.zh, label.zh),
        Lang::En => format!("{}, {}", title.en, label.en),
    }
}

/// Under which conditions a rule applies, in brackets; empty where it always does.
fn conditions(link: &Link, lang: Lang) -> String {
    let mut parts: Vec<String> = Vec::new();
    let or = pick(lang, "或", " or ");
    let categories: Vec<_> = link.categories.iter().map(|category| category.as_str()).collect();
    let operators: Vec<_> = link.operators.iter().map(|kind| kind.name().get(lang).to_owned()).collect();
    if !categories.is_empty() {
        parts.push(categories.join(or));
    }
    if !operators.is_empty() {
        parts.push(operators.join(or));
    }
    parts.extend(link.when.iter().map(|it| it.name().get(lang).to_owned()));
    parts
        .extend(link.unless.iter().map(|it| format!("{}{}", pick(lang, "非", "not: "), it.name().get(lang))));
    match (parts.is_empty(), lang) {
        (true, _) => String::new(),
        (_, Lang::Zh) => format!("（{}）", parts.join("；")),
        (_, Lang::En) => format!(" ({})", parts.join("; ")),
    }
}

fn confidence_mark(confidence: Confidence, lang: Lang) -> &'static str {
    if confidence.verified() { "" } else { pick(lang, "〔未核实〕", " [unverified]") }
}

fn dates_mark(version: &Version, lang: Lang) -> &'static str {
    if version.dates_verified() { "" } else { pick(lang, "〔日期未核实〕", " [dates unverified]") }
}

fn legend(lang: Lang) -> &'static str {
    pick(
        lang,
        "目录为线索用的参考资料，不是法律意见；标〔未核实〕的条文不得作为依据引用。",
        "The catalogue is reference material for leads, not legal advice; what is marked [unverified] is not to be cited.",
    )
}

fn field(out: &mut String, lang: Lang, (zh, en): (&str, &str), value: &str) {
    match lang {
        Lang::Zh => line(out, 2, &format!("{zh}：{}", value.trim_end())),
        Lang::En => line(out, 2, &format!("{en}: {}", value.trim_end())),
    }
}

fn line(out: &mut String, indent: usize, text: &str) {
    let _ = writeln!(out, "{:indent$}{}", "", text.trim_end());
}

fn pick<'a>(lang: Lang, zh: &'a str, en: &'a str) -> &'a str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}
