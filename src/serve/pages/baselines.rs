//! Accepted states of pages, and what differs from them, side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::{Chrome, Seat, page, part, to};
use crate::baseline::{Accepted, Baseline, Decided, Face, Snapshot, compare};
use crate::id::TargetId;
use crate::report::difference;
use crate::report::escape::{defanged, visible};
use crate::serve::Console;
use crate::serve::api::baselines::{BaselineOrder, Wanted, decided, wanted};
use crate::serve::problem::Problem;
use crate::serve::who::Signed;

/// Rows of the list.
const ROWS: usize = 200;
/// Values shown of one part.
const VALUES: usize = 40;

#[derive(Template)]
#[template(path = "console/baselines.html")]
struct List {
    c: Chrome,
    rows: Vec<Row>,
    count: usize,
    pending: bool,
    site: String,
}

struct Row {
    site: String,
    page: String,
    href: String,
    title: String,
    looks: u32,
    pending: bool,
}

fn href(site: &TargetId, page: &str) -> String {
    format!("/baselines/page?site={}&page={}", part(site.as_str()), part(page))
}

pub(super) async fn list(
    seat: Seat,
    State(console): State<Arc<Console>>,
    Query(asked): Query<Wanted>,
) -> Result<Response, Problem> {
    let c = seat.chrome.at("baselines");
    let all = wanted(&console, &asked).await?;
    let row = |(site, page, baseline): &(TargetId, String, Baseline)| Row {
        site: visible(site.as_str()),
        page: visible(page),
        href: href(site, page),
        title: baseline
            .faces
            .values()
            .find_map(|accepted| accepted.titles.last())
            .map(|title| visible(title))
            .unwrap_or_default(),
        looks: baseline.faces.values().map(|accepted| accepted.looks).max().unwrap_or(0),
        pending: !baseline.pending.is_empty(),
    };
    let list = List {
        rows: all.iter().take(ROWS).map(row).collect(),
        count: all.len(),
        pending: asked.pending,
        site: asked.site.as_deref().map(visible).unwrap_or_default(),
        c,
    };
    page(&list)
}

#[derive(Template)]
#[template(path = "console/baseline.html")]
struct Page {
    c: Chrome,
    site: String,
    site_href: String,
    page: String,
    /// As they are kept, for the form.
    site_kept: String,
    page_kept: String,
    faces: Vec<FaceView>,
    journal: Vec<(String, &'static str, String, String)>,
    pending: bool,
}

struct FaceView {
    name: &'static str,
    looks: u32,
    since: String,
    until: String,
    lines: Vec<String>,
    rows: Vec<Side>,
    pending: bool,
}

/// One part of a page: what is accepted, and what is pending.
struct Side {
    heading: &'static str,
    /// Each with whether the other side lacks it.
    accepted: Vec<(String, bool)>,
    pending: Vec<(String, bool)>,
}

/// Which page.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    site: String,
    page: String,
}

pub(super) async fn show(
    seat: Seat,
    State(console): State<Arc<Console>>,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let c = seat.chrome.at("baselines");
    let site = TargetId::new(which.site.as_str());
    let known = console.store.baselines(&site).await?.into_iter().find(|(page, _)| *page == which.page);
    let (_, baseline) = known.ok_or_else(|| Problem::unknown(&which.page))?;
    let faces: BTreeSet<Face> = baseline.faces.keys().chain(baseline.pending.keys()).copied().collect();
    let journal = baseline.journal.iter().rev().map(|entry| {
        let what = match entry.what {
            Decided::Approve => c.t("确认", "approved"),
            Decided::Reset => c.t("重学", "reset"),
        };
        (c.time(entry.at), what, visible(&entry.who), visible(&entry.why))
    });
    let view = Page {
        site: visible(site.as_str()),
        site_href: format!("/sites/{}", part(site.as_str())),
        page: visible(&which.page),
        faces: faces.iter().map(|face| face_view(*face, &baseline, &c)).collect(),
        journal: journal.collect(),
        pending: !baseline.pending.is_empty(),
        site_kept: which.site,
        page_kept: which.page,
        c,
    };
    page(&view)
}

fn face_view(face: Face, baseline: &Baseline, c: &Chrome) -> FaceView {
    let nothing = Accepted::default();
    let accepted = baseline.faces.get(&face).unwrap_or(&nothing);
    let pending = baseline.pending.get(&face);
    FaceView {
        name: match face {
            Face::Desktop => c.t("电脑版", "Desktop"),
            Face::Phone => c.t("手机版", "Phone"),
        },
        looks: accepted.looks,
        since: c.maybe(accepted.since),
        until: c.maybe(accepted.until),
        lines: pending
            .map(|pending| difference::lines(&compare(accepted, pending), c.lang))
            .unwrap_or_default(),
        rows: sides(accepted, pending, c),
        pending: pending.is_some(),
    }
}

fn sides(accepted: &Accepted, pending: Option<&Snapshot>, c: &Chrome) -> Vec<Side> {
    let counted = |known: &BTreeMap<String, u32>| -> BTreeSet<String> { known.keys().cloned().collect() };
    let nothing = Snapshot::default();
    let now = pending.unwrap_or(&nothing);
    let titles = |texts: &[String]| -> BTreeSet<String> { texts.iter().cloned().collect() };
    let parts = [
        (c.t("标题", "Titles"), titles(&accepted.titles), BTreeSet::from([now.title.clone()]), false),
        (c.t("备案号", "Filing numbers"), accepted.marks.clone(), now.marks.clone(), false),
        (c.t("链接的域名", "Linked domains"), counted(&accepted.hosts), now.hosts.clone(), true),
        (
            c.t("脚本与框架来源", "Scripts and frames from"),
            counted(&accepted.sources),
            now.sources.clone(),
            true,
        ),
        (c.t("表单提交到", "Forms send to"), accepted.forms.clone(), now.forms.clone(), true),
    ];
    let marked = |own: &BTreeSet<String>, other: &BTreeSet<String>, addresses: bool| {
        let mut all: Vec<(String, bool)> = own
            .iter()
            .filter(|text| !text.is_empty())
            .map(|text| {
                let shown = if addresses { defanged(text) } else { visible(text) };
                (shown, pending.is_some() && !other.contains(text))
            })
            .collect();
        // What differs is seen first.
        all.sort_by_key(|(text, differs)| (!differs, text.clone()));
        all.truncate(VALUES);
        all
    };
    let side = |(heading, old, new, addresses): (&'static str, BTreeSet<String>, BTreeSet<String>, bool)| {
        Side { heading, accepted: marked(&old, &new, addresses), pending: marked(&new, &old, addresses) }
    };
    parts.into_iter().map(side).filter(|side| !side.accepted.is_empty() || !side.pending.is_empty()).collect()
}

pub(super) async fn decide(
    State(console): State<Arc<Console>>,
    Signed { who, form }: Signed<BaselineOrder>,
) -> Result<Response, Problem> {
    decided(&console, &who, &form).await?;
    let done = if form.what == "approve" { "approved" } else { "reset" };
    let site = TargetId::new(form.site.as_str());
    Ok(match form.page.as_deref().filter(|page| !page.is_empty()) {
        Some(page) => to(&format!("{}&done={done}", href(&site, page))),
        None => to(&format!("/baselines?site={}&done={done}", part(&form.site))),
    })
}
