//! Duties with their texts and versions, and what the detectors look for.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use super::{Chrome, Seat, page};
use crate::detect::{DETECTORS, detector};
use crate::finding::Kind;
use crate::lang::Bilingual;
use crate::obligation::{Article, Catalogue, Version};
use crate::report::words;
use crate::scan::legal_day;
use crate::serve::problem::Problem;

#[derive(Template)]
#[template(path = "console/law.html")]
struct Law {
    c: Chrome,
    on: String,
    all: bool,
    instruments: Vec<InstrumentView>,
}

struct InstrumentView {
    title: String,
    enforcer: String,
    versions: Vec<VersionView>,
}

struct VersionView {
    in_force: String,
    issued: String,
    articles: Vec<(String, String, String)>,
}

/// When a version holds, in words.
fn in_force(version: &Version, c: &Chrome) -> String {
    let since = format!("{}{}", version.from, c.t(" 起施行", " in force"));
    match version.to {
        Some(to) => format!("{} {} {to} {}", version.from, c.t("至", "to"), c.t("施行", "in force")),
        None => since,
    }
}

/// On which day; everything where it says `all`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct On {
    #[serde(default)]
    on: String,
    #[serde(default)]
    all: bool,
}

pub(super) async fn law(seat: Seat, Query(asked): Query<On>) -> Result<Response, Problem> {
    let c = seat.chrome.at("law");
    let day: Date = match asked.on.trim() {
        "" => legal_day(Timestamp::now()),
        text => text.parse().map_err(|_| Problem::bad("日期有误。", "a wrong date."))?,
    };
    let lang = c.lang;
    let listed = Catalogue::builtin().list((!asked.all).then_some(day));
    let instruments = listed.iter().map(|listed| InstrumentView {
        title: listed.instrument.title.get(lang).to_owned(),
        enforcer: listed.instrument.enforcer.get(lang).to_owned(),
        versions: listed
            .versions
            .iter()
            .map(|(version, articles)| VersionView {
                in_force: in_force(version, &c),
                issued: version.issued.clone(),
                articles: articles
                    .iter()
                    .map(|article| {
                        let (label, duty) = (article.label.get(lang), article.duty.get(lang));
                        (article.id.to_string(), label.to_owned(), duty.to_owned())
                    })
                    .collect(),
            })
            .collect(),
    });
    page(&Law { instruments: instruments.collect(), on: day.to_string(), all: asked.all, c })
}

#[derive(Template)]
#[template(path = "console/article.html")]
struct ArticlePage {
    c: Chrome,
    id: String,
    title: String,
    label: String,
    duty: String,
    words: String,
    in_force: String,
    issued: String,
    enforcer: String,
    note: String,
    confidence: String,
    verified: bool,
    penalties: Vec<PenaltyView>,
    tiers: Vec<String>,
    kinds: Vec<(&'static str, &'static str)>,
    supersedes: Option<String>,
    superseded_by: Option<String>,
}

struct PenaltyView {
    id: String,
    label: String,
    tiers: Vec<String>,
}

pub(super) async fn article(seat: Seat, Path(id): Path<String>) -> Result<Response, Problem> {
    let c = seat.chrome.at("law");
    let lang = c.lang;
    let shown = Catalogue::builtin().show(&id).map_err(|_| Problem::unknown(&id))?;
    let text = |text: &Bilingual| text.get(lang).to_owned();
    let tiers = |article: &Article| article.tiers.iter().map(|tier| text(&tier.text())).collect::<Vec<_>>();
    let mut kinds: Vec<Kind> = shown.links.iter().flat_map(|link| link.kinds.iter().copied()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let article = shown.article;
    let view = ArticlePage {
        id: article.id.to_string(),
        title: text(&shown.instrument.title),
        label: text(&article.label),
        duty: text(&article.duty),
        words: article.words.clone().unwrap_or_default(),
        in_force: in_force(shown.version, &c),
        issued: shown.version.issued.clone(),
        enforcer: text(&article.enforcer),
        note: article.note.as_ref().map(text).unwrap_or_default(),
        confidence: text(&article.confidence.name()),
        verified: article.confidence.verified(),
        penalties: shown
            .penalties
            .iter()
            .map(|penalty| PenaltyView {
                id: penalty.id.to_string(),
                label: text(&penalty.label),
                tiers: tiers(penalty),
            })
            .collect(),
        tiers: tiers(article),
        kinds: kinds.iter().map(|&kind| (kind.as_str(), words::kind(kind).get(lang))).collect(),
        supersedes: article.supersedes.as_ref().map(ToString::to_string),
        superseded_by: shown.superseded_by.map(|later| later.id.to_string()),
        c,
    };
    page(&view)
}

#[derive(Template)]
#[template(path = "console/detectors.html")]
struct Detectors {
    c: Chrome,
    rows: Vec<DetectorRow>,
}

struct DetectorRow {
    id: &'static str,
    name: &'static str,
    severity_id: &'static str,
    severity: &'static str,
    finds: &'static str,
}

pub(super) async fn detectors(seat: Seat) -> Result<Response, Problem> {
    let c = seat.chrome.at("detectors");
    let rows = DETECTORS.iter().map(|one| DetectorRow {
        id: one.kind.as_str(),
        name: words::kind(one.kind).get(c.lang),
        severity_id: one.card.severity.as_str(),
        severity: words::severity(one.card.severity).get(c.lang),
        finds: one.card.finds.get(c.lang),
    });
    page(&Detectors { rows: rows.collect(), c })
}

#[derive(Template)]
#[template(path = "console/detector.html")]
struct DetectorPage {
    c: Chrome,
    id: &'static str,
    name: &'static str,
    severity_id: &'static str,
    severity: &'static str,
    parts: Vec<(&'static str, &'static str)>,
    references: &'static [&'static str],
    must_find: Vec<&'static str>,
    must_spare: Vec<&'static str>,
}

pub(super) async fn detector_page(seat: Seat, Path(id): Path<String>) -> Result<Response, Problem> {
    let c = seat.chrome.at("detectors");
    let known = id.parse::<Kind>().ok().and_then(detector);
    let one = known.ok_or_else(|| Problem::unknown(&id))?;
    let card = &one.card;
    let view = DetectorPage {
        id: one.kind.as_str(),
        name: words::kind(one.kind).get(c.lang),
        severity_id: card.severity.as_str(),
        severity: words::severity(card.severity).get(c.lang),
        parts: vec![
            (c.t("看什么", "Looks at"), card.looks_at.get(c.lang)),
            (c.t("发现什么", "Finds"), card.finds.get(c.lang)),
            (c.t("为何要紧", "Why it matters"), card.matters.get(c.lang)),
            (c.t("可能如何出错", "How it can be wrong"), card.errs.get(c.lang)),
        ],
        references: card.references,
        must_find: card.must_find.iter().map(|example| example.name).collect(),
        must_spare: card.must_spare.iter().map(|example| example.name).collect(),
        c,
    };
    page(&view)
}
