//! One incident: what was seen, under which conditions, which duties it touches, what people did, and what can be done.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::{Chrome, Seat, ZONE, page, part, to};
use crate::desk::{self, CaseFile};
use crate::finding::EvidenceRole;
use crate::report::escape::{defanged, visible};
use crate::report::reading::{Shown, clip};
use crate::report::{grading, history, words};
use crate::serve::Console;
use crate::serve::api::documents;
use crate::serve::api::incidents::{DecisionOrder, again, decided, file, packed};
use crate::serve::problem::Problem;
use crate::serve::who::{Nothing, Signed, Who};

/// Characters of a snippet shown on each side of the offending part, and of the part itself.
const AROUND: usize = 400;
const OFFENDING: usize = 900;
/// Characters of an address in a chain.
const ADDRESS: usize = 300;

#[derive(Template)]
#[template(path = "console/incident.html")]
struct Page {
    c: Chrome,
    id: String,
    site: String,
    site_href: String,
    name: String,
    operator: String,
    severity_id: &'static str,
    severity: &'static str,
    standing_id: &'static str,
    standing: &'static str,
    kinds: String,
    hosts: Vec<String>,
    facts: Vec<(&'static str, String)>,
    grading: Vec<String>,
    findings: Vec<FindingView>,
    timeline: Vec<Happened>,
    blind_spots: Vec<&'static str>,
    baseline_href: String,
}

struct FindingView {
    shown: Shown,
    chain: Vec<String>,
    /// Digests of its pictures.
    pictures: Vec<String>,
    home: bool,
    present: bool,
    page: String,
}

struct Happened {
    at: String,
    what: String,
    /// Whether a person did it.
    person: bool,
}

pub(super) async fn show(
    seat: Seat,
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let c = seat.chrome.at("incidents");
    let file = file(&console, &id).await?;
    page(&view(c, &file, &console))
}

fn view(c: Chrome, file: &CaseFile, console: &Console) -> Page {
    let incident = &file.case.incident;
    let operators = console.operators();
    let target = operators.target(&incident.target);
    let kinds: Vec<_> = incident.kinds.iter().map(|kind| words::kind(*kind).get(c.lang)).collect();
    let operator = target.and_then(|target| target.operator.name.as_deref()).map(visible);
    let kind = file.operator.name();
    let findings = file.findings.iter().zip(&file.case.findings).map(|(reported, stored)| {
        let mut shown = Shown::of(reported, c.lang, ZONE);
        shown.shorten(AROUND, OFFENDING);
        let pictures = reported.evidence.iter().filter(|kept| kept.role == EvidenceRole::Screenshot);
        FindingView {
            chain: chain(&reported.finding.detail),
            pictures: pictures
                .map(|kept| kept.sha256.clone())
                .filter(|digest| desk::is_digest(digest))
                .collect(),
            home: stored.tracked.home,
            present: stored.tracked.present,
            page: clip(&defanged(&stored.tracked.page), ADDRESS),
            shown,
        }
    });
    Page {
        id: incident.id.to_string(),
        site: visible(incident.target.as_str()),
        site_href: format!("/sites/{}", part(incident.target.as_str())),
        name: target.map(|target| visible(&target.name)).unwrap_or_default(),
        operator: match operator {
            Some(name) => format!("{name} · {}", kind.get(c.lang)),
            None => kind.get(c.lang).to_owned(),
        },
        severity_id: incident.severity.as_str(),
        severity: words::severity(incident.severity).get(c.lang),
        standing_id: file.standing.as_str(),
        standing: words::standing(file.standing).get(c.lang),
        kinds: kinds.join(c.t("、", ", ")),
        hosts: incident.hosts.iter().map(|host| defanged(host)).collect(),
        facts: facts(file, &c),
        grading: grading::lines(&file.tracked(), file.operator, c.lang),
        findings: findings.collect(),
        timeline: timeline(file, &c),
        blind_spots: words::BLIND_SPOTS.iter().map(|spot| spot.get(c.lang)).collect(),
        baseline_href: format!("/baselines?site={}", part(incident.target.as_str())),
        c,
    }
}

/// The addresses of a redirect, defanged.
fn chain(detail: &serde_json::Map<String, serde_json::Value>) -> Vec<String> {
    let hops = detail.get("chain").and_then(serde_json::Value::as_array);
    let texts = hops.into_iter().flatten().filter_map(serde_json::Value::as_str);
    texts.take(20).map(|address| clip(&defanged(address), ADDRESS)).collect()
}

/// The times that the law's clocks turn on.
fn facts(file: &CaseFile, c: &Chrome) -> Vec<(&'static str, String)> {
    let incident = &file.case.incident;
    let mut facts = history::key_times(incident, &file.tracked(), c.lang, &|at| c.time(at));
    if let Some(at) = incident.next_recheck {
        facts.push((c.t("下次复查", "Next re-check"), c.time(at)));
    }
    facts
}

/// Events and decisions in the order of time, the latest first.
fn timeline(file: &CaseFile, c: &Chrome) -> Vec<Happened> {
    let events = file.case.events.iter().map(|numbered| {
        let event = &numbered.event;
        (event.at, words::happening(event.what).get(c.lang).to_owned(), false)
    });
    let at = |when| c.time(when);
    let decisions = file.case.decisions.iter();
    let decisions = decisions.map(|one| (one.at, history::decided(one, c.lang, &at), true));
    let mut all: Vec<(Timestamp, String, bool)> = events.chain(decisions).collect();
    all.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    all.into_iter().map(|(at, what, person)| Happened { at: c.time(at), what, person }).collect()
}

pub(super) async fn decide(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
    Signed { who, form }: Signed<DecisionOrder>,
) -> Result<Response, Problem> {
    let file = decided(&console, &who, &id, &form).await?;
    Ok(to(&format!("/incidents/{}?done=decided", part(file.case.incident.id.as_str()))))
}

pub(super) async fn recheck(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
    Signed { who, form: Nothing {} }: Signed<Nothing>,
) -> Result<Response, Problem> {
    let job = again(&console, &who, &id).await?;
    Ok(to(&format!("/checks/{}", job.id)))
}

pub(super) async fn evidence(
    who: Who,
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    packed(&console, &who, &id).await
}

/// A kept picture of the incident, its bytes compared with their digest.
pub(super) async fn picture(
    _who: Who,
    State(console): State<Arc<Console>>,
    Path((id, digest)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let unknown = || Problem::unknown("picture");
    let file = file(&console, &id).await?;
    let of_incident = file.findings.iter().flat_map(|one| &one.evidence).any(|kept| kept.sha256 == digest);
    if !of_incident {
        return Err(unknown());
    }
    let folders = desk::evidence_folders(&*console.store, &id).await?.unwrap_or_default();
    let read = tokio::task::spawn_blocking(move || desk::picture(&folders, &digest));
    let bytes = read.await.map_err(|error| Problem::internal(&error))?.ok_or_else(unknown)?;
    Ok(([(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "private, max-age=86400, immutable")], bytes)
        .into_response())
}

/// A document about the incident, by its name.
pub(super) async fn document(
    who: Who,
    State(console): State<Arc<Console>>,
    Path((id, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    documents::of_incident(&console, &who, &id, &name, console.lang_of(&headers, None)).await
}
