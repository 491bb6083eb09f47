//! Registered sites: found, read, imported, visited now, and when they are visited.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Multipart, Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::{Chrome, IncidentRow, Seat, neighbours, page, part, to};
use crate::id::TargetId;
use crate::report::escape::visible;
use crate::report::words;
use crate::serve::Console;
use crate::serve::api::sites::{ImportView, Row, Wanted, brought, check_now, rows, visited};
use crate::serve::api::visiting::{self, Visiting};
use crate::serve::problem::Problem;
use crate::serve::who::{Nothing, Signed, Who, is_marked};
use crate::store::Filter;
use crate::store::accounts::Role;

/// Rows of a page.
const ROWS: usize = 100;
/// Visits shown of a site.
const VISITS: u32 = 20;
/// Things not assessed shown of a visit.
const GAPS: usize = 6;
/// Mistakes of an import shown.
const MISTAKES: usize = 200;

#[derive(Template)]
#[template(path = "console/sites.html")]
struct List {
    c: Chrome,
    rows: Vec<SiteRow>,
    count: usize,
    q: String,
    division: String,
    label: String,
    open: bool,
    labels: Vec<String>,
    before: Option<String>,
    after: Option<String>,
    mistakes: usize,
}

struct SiteRow {
    href: String,
    id: String,
    name: String,
    operator: String,
    kind: String,
    division: String,
    visited: String,
    due: String,
    under_way: bool,
    open: usize,
    registered: bool,
}

impl SiteRow {
    fn of(row: &Row, c: &Chrome) -> Self {
        let target = row.target.as_ref();
        let text = |text: Option<&str>| text.map(visible).unwrap_or_default();
        Self {
            href: format!("/sites/{}", part(row.id.as_str())),
            id: visible(row.id.as_str()),
            name: text(target.map(|target| target.name.as_str())),
            operator: text(target.and_then(|target| target.operator.name.as_deref())),
            kind: target.map(|target| target.operator.kind.name().get(c.lang).to_owned()).unwrap_or_default(),
            division: text(target.and_then(|target| target.division.as_deref())),
            visited: c.maybe(row.visited),
            due: c.maybe(row.state.as_ref().and_then(|state| state.due)),
            under_way: row.state.as_ref().is_some_and(|state| state.lease.is_some()),
            open: row.open,
            registered: target.is_some(),
        }
    }
}

/// Which page of the list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct At {
    #[serde(default)]
    page: usize,
}

pub(super) async fn list(
    seat: Seat,
    State(console): State<Arc<Console>>,
    Query(wanted): Query<Wanted>,
    Query(at): Query<At>,
) -> Result<Response, Problem> {
    let c = seat.chrome.at("sites");
    let all = rows(&console, &wanted).await?;
    let mut labels: Vec<String> = console
        .registry()
        .iter()
        .flat_map(|target| target.labels.iter().map(|label| visible(label)))
        .collect();
    labels.sort_unstable();
    labels.dedup();
    labels.truncate(200);
    let text = |text: &Option<String>| text.as_deref().map(visible).unwrap_or_default();
    let open = wanted.open.then(|| "true".to_owned());
    let filter = [
        ("q", wanted.q.as_ref()),
        ("division", wanted.division.as_ref()),
        ("label", wanted.label.as_ref()),
        ("open", open.as_ref()),
    ];
    let more = all.len() > (at.page + 1).saturating_mul(ROWS);
    let (before, after) = neighbours(&filter, at.page, more);
    let count = all.len();
    let shown = all.into_iter().skip(at.page.saturating_mul(ROWS)).take(ROWS).collect();
    let list = List {
        rows: visited(&console, shown).await?.iter().map(|row| SiteRow::of(row, &c)).collect(),
        count,
        q: text(&wanted.q),
        division: text(&wanted.division),
        label: text(&wanted.label),
        open: wanted.open,
        labels,
        before,
        after,
        mistakes: console.registry_mistakes(),
        c,
    };
    page(&list)
}

#[derive(Template)]
#[template(path = "console/site.html")]
struct Page {
    c: Chrome,
    id: String,
    href: String,
    name: String,
    registered: bool,
    facts: Vec<(&'static str, String)>,
    cadence: String,
    windows: String,
    avoid: String,
    max_pages: String,
    place: String,
    incidents: Vec<IncidentRow>,
    visits: Vec<VisitRow>,
    baselines: usize,
    baselines_href: String,
}

struct VisitRow {
    at: String,
    seconds: i64,
    requests: u64,
    findings: u64,
    gaps: Vec<(&'static str, String)>,
    more: usize,
}

pub(super) async fn show(
    seat: Seat,
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let c = seat.chrome.at("sites");
    let site = TargetId::new(id.as_str());
    let registry = console.registry();
    let target = registry.get(&site);
    let state = console.store.site(&site).await?;
    let operators = console.operators();
    let filter = Filter { target: Some(site.clone()), ..Filter::default() };
    let incidents = console.desk(&operators).incidents(&filter).await?;
    let visits = console.store.visits(Some(&site), None, VISITS).await?;
    if target.is_none() && state.is_none() && incidents.is_empty() && visits.is_empty() {
        return Err(Problem::unknown(&id));
    }
    let mut facts = Vec::new();
    let mut fact = |heading: &'static str, text: String| {
        if !text.is_empty() {
            facts.push((heading, text));
        }
    };
    if let Some(target) = target {
        let list = |texts: &[String], between: &str| {
            texts.iter().map(|text| visible(text)).collect::<Vec<_>>().join(between)
        };
        let maybe = |text: &Option<String>| text.as_deref().map(visible).unwrap_or_default();
        let urls: Vec<String> = target.urls.iter().map(|url| visible(url.as_str())).collect();
        fact(c.t("网址", "Addresses"), urls.join(" "));
        let kind = target.operator.kind.name().get(c.lang).to_owned();
        let operator = maybe(&target.operator.name);
        fact(
            c.t("主办单位", "Operator"),
            if operator.is_empty() { kind } else { format!("{operator} · {kind}") },
        );
        fact(c.t("行政区划", "Division"), maybe(&target.division));
        fact(c.t("ICP备案号", "ICP filing"), maybe(&target.icp));
        fact(c.t("公安备案号", "Police filing"), maybe(&target.police));
        fact(c.t("网站标识码", "Site code"), maybe(&target.site_code));
        let level = target.protection_level.map(|level| level.to_string()).unwrap_or_default();
        fact(c.t("等保级别", "Protection level"), level);
        fact(c.t("联系人", "Contacts"), list(&target.contacts, "；"));
        fact(c.t("标签", "Labels"), list(&target.labels, " · "));
        let stated = &target.authorisation;
        let basis = [maybe(&stated.basis), maybe(&stated.written), list(&stated.officers, " ")];
        fact(
            c.t("授权", "Authorisation"),
            basis.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · "),
        );
    }
    let visited = state.as_ref().and_then(|state| state.visited).max(visits.first().map(|visit| visit.ended));
    fact(c.t("上次访问", "Last visit"), c.maybe(visited));
    if let Some(state) = &state {
        fact(c.t("下次访问", "Next visit"), c.maybe(state.due));
    }
    let visiting = target.map(Visiting::of).unwrap_or_default();
    let view = Page {
        href: format!("/sites/{}", part(&id)),
        id: visible(&id),
        name: target.map(|target| visible(&target.name)).unwrap_or_default(),
        registered: target.is_some(),
        facts,
        cadence: visiting.cadence.unwrap_or_default(),
        windows: visiting.windows.join("\n"),
        avoid: visiting.avoid.join("\n"),
        max_pages: visiting.max_pages.map(|pages| pages.to_string()).unwrap_or_default(),
        place: registry.place(&site).map(|at| visible(&at.to_string())).unwrap_or_default(),
        incidents: incidents.iter().map(|one| IncidentRow::of(one, &operators, &c)).collect(),
        visits: visits
            .iter()
            .map(|visit| VisitRow {
                at: c.time(visit.started),
                seconds: visit.ended.duration_since(visit.started).as_secs().max(0),
                requests: visit.requests,
                findings: visit.findings,
                gaps: visit
                    .not_assessed
                    .iter()
                    .take(GAPS)
                    .map(|gap| {
                        let text = format!("{} {}", gap.url, gap.detail.get(c.lang));
                        (
                            words::reason(gap.reason).get(c.lang),
                            crate::report::reading::clip(&visible(&text), 200),
                        )
                    })
                    .collect(),
                more: visit.not_assessed.len().saturating_sub(GAPS),
            })
            .collect(),
        baselines: console.store.baselines(&site).await?.len(),
        baselines_href: format!("/baselines?site={}", part(&id)),
        c,
    };
    page(&view)
}

pub(super) async fn check(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
    Signed { who, form: Nothing {} }: Signed<Nothing>,
) -> Result<Response, Problem> {
    let job = check_now(&console, &who, &id).await?;
    Ok(to(&format!("/checks/{}", job.id)))
}

/// When a site is visited, as people write it.
#[derive(Debug, Deserialize)]
pub(super) struct VisitingForm {
    #[serde(default)]
    cadence: String,
    #[serde(default)]
    windows: String,
    #[serde(default)]
    avoid: String,
    #[serde(default)]
    max_pages: String,
}

pub(super) async fn visiting(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
    Signed { who, form }: Signed<VisitingForm>,
) -> Result<Response, Problem> {
    let lines = |text: &str| -> Vec<String> {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let pages = form.max_pages.trim();
    let wrong = |_| Problem::bad("每次页数须为数字。", "pages a visit must be a number.");
    let wanted = Visiting {
        cadence: Some(form.cadence.trim().to_owned()).filter(|text| !text.is_empty()),
        windows: lines(&form.windows),
        avoid: lines(&form.avoid),
        max_pages: if pages.is_empty() { None } else { Some(pages.parse().map_err(wrong)?) },
    };
    visiting::set(&console, &who, &id, wanted).await?;
    Ok(to(&format!("/sites/{}?done=visiting", part(&id))))
}

#[derive(Template)]
#[template(path = "console/import.html")]
struct Import {
    c: Chrome,
    came: Option<ImportView>,
    wrong: String,
}

pub(super) async fn import_form(seat: Seat) -> Result<Response, Problem> {
    seat.who.may(Role::Analyst)?;
    page(&Import { c: seat.chrome.at("sites"), came: None, wrong: String::new() })
}

pub(super) async fn import(
    seat: Seat,
    State(console): State<Arc<Console>>,
    form: Multipart,
) -> Result<Response, Problem> {
    seat.who.may(Role::Analyst)?;
    let (name, bytes) = table(form, &seat.who).await?;
    let c = seat.chrome.at("sites");
    let (came, wrong, status) = match brought(&console, &seat.who, &name, bytes).await {
        Ok(mut came) => {
            came.mistakes.truncate(MISTAKES);
            (Some(came), String::new(), axum::http::StatusCode::OK)
        }
        Err(problem) if problem.status.is_client_error() => {
            (None, visible(problem.said(c.lang)), problem.status)
        }
        Err(problem) => return Err(problem),
    };
    let mut response = page(&Import { c, came, wrong })?;
    *response.status_mut() = status;
    Ok(response)
}

/// The file of a form that carries the mark of its session before it.
async fn table(mut form: Multipart, who: &Who) -> Result<(String, Bytes), Problem> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        Problem::bad("上传未完成或文件过大。", format!("the upload was cut off or is too large: {error}"))
    };
    let mut marked = false;
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("mark") => {
                is_marked(who, &field.text().await.map_err(broken)?)?;
                marked = true;
            }
            Some("file") if marked => {
                let name = field.file_name().unwrap_or_default().to_owned();
                return Ok((name, field.bytes().await.map_err(broken)?));
            }
            _ => {}
        }
    }
    is_marked(who, if marked { &who.mark } else { "" })?;
    Err(Problem::bad("请选择要导入的表格。", "choose the table to import."))
}
