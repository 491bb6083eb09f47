//! Registered sites, when they are visited, and what was found on them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path as FilePath;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::views::{CheckView, IncidentView, SiteView, VisitView};
use super::{Listed, Part, part};
use crate::desk::{self, RegisterError};
use crate::id::TargetId;
use crate::incident::Course;
use crate::serve::Console;
use crate::serve::jobs::{self, Job, What};
use crate::serve::problem::{Problem, ProblemBody};
use crate::serve::who::Who;
use crate::store::accounts::Role;
use crate::store::{Filter, SiteState};
use crate::target::Target;

/// Visits shown of a site.
const VISITS: u32 = 20;
/// Sites read from the store at once.
const AT_ONCE: u32 = 1000;

/// Which sites.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(in crate::serve) struct Wanted {
    /// Part of the name, the id, an address or the operator.
    pub(in crate::serve) q: Option<String>,
    /// The beginning of the division's code, or its name.
    pub(in crate::serve) division: Option<String>,
    /// With that label.
    pub(in crate::serve) label: Option<String>,
    /// Only those with incidents that are not rectified.
    #[serde(default)]
    pub(in crate::serve) open: bool,
}

/// A site as a row: what is registered, what is remembered, how many incidents are open.
#[derive(Debug, Clone)]
pub(in crate::serve) struct Row {
    pub(in crate::serve) id: TargetId,
    pub(in crate::serve) target: Option<Target>,
    pub(in crate::serve) state: Option<SiteState>,
    /// When it was visited last, by the patrol or out of turn; see [`visited`].
    pub(in crate::serve) visited: Option<Timestamp>,
    pub(in crate::serve) open: usize,
}

/// Every site that is registered, or remembered with incidents, in the order of ids.
pub(in crate::serve) async fn rows(console: &Console, wanted: &Wanted) -> Result<Vec<Row>, Problem> {
    let mut states: BTreeMap<TargetId, SiteState> = BTreeMap::new();
    let mut after: Option<TargetId> = None;
    loop {
        let some = console.store.sites(after.as_ref(), AT_ONCE).await?;
        let Some(last) = some.last() else { break };
        after = Some(last.target.clone());
        states.extend(some.into_iter().map(|state| (state.target.clone(), state)));
    }
    let mut open: BTreeMap<TargetId, usize> = BTreeMap::new();
    for incident in console.store.incidents(&Filter::default()).await? {
        *open.entry(incident.target).or_default() += usize::from(incident.course != Course::Rectified);
    }
    let registry = console.registry();
    let mut ids: BTreeSet<TargetId> = registry.iter().map(|target| target.id.clone()).collect();
    ids.extend(open.keys().cloned());
    let row = |id: TargetId| Row {
        target: registry.get(&id).cloned(),
        state: states.get(&id).cloned(),
        open: open.get(&id).copied().unwrap_or(0),
        visited: None,
        id,
    };
    Ok(ids.into_iter().map(row).filter(|row| is_wanted(row, wanted)).collect())
}

/// Rows that are shown, each with its last visit: the patrol notes its own alone, the store keeps every one.
pub(in crate::serve) async fn visited(console: &Console, mut rows: Vec<Row>) -> Result<Vec<Row>, Problem> {
    let ids: Vec<TargetId> = rows.iter().map(|row| row.id.clone()).collect();
    let last = console.store.last_visits(&ids).await?;
    for row in &mut rows {
        let own = row.state.as_ref().and_then(|state| state.visited);
        row.visited = own.max(last.get(&row.id).copied());
    }
    Ok(rows)
}

fn is_wanted(row: &Row, wanted: &Wanted) -> bool {
    let target = row.target.as_ref();
    let text = |text: &str| {
        let text = text.to_lowercase();
        let inside = |hay: &str| hay.to_lowercase().contains(&text);
        inside(row.id.as_str())
            || target.is_some_and(|target| {
                inside(&target.name)
                    || target.operator.name.as_deref().is_some_and(inside)
                    || target.urls.iter().any(|url| inside(url.as_str()))
            })
    };
    let said = |value: &Option<String>| {
        value.as_deref().map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned)
    };
    said(&wanted.q).is_none_or(|q| text(&q))
        && said(&wanted.division).is_none_or(|division| {
            target.and_then(|target| target.division.as_deref()).is_some_and(|own| own.starts_with(&division))
        })
        && said(&wanted.label).is_none_or(|label| target.is_some_and(|target| target.labels.contains(&label)))
        && (!wanted.open || row.open > 0)
}

/// Sites, in the order of their ids.
#[utoipa::path(
    get, path = "/sites", tag = "sites", params(Wanted, Part), security(("token" = []), ("session" = [])),
    responses((status = 200, body = Listed<SiteView>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn list(
    _who: Who,
    State(console): State<Arc<Console>>,
    Query(wanted): Query<Wanted>,
    Query(asked): Query<Part>,
) -> Result<Json<Listed<SiteView>>, Problem> {
    let rows = rows(&console, &wanted).await?;
    let shown = part(rows, &asked, |row| row.id.to_string(), |row| row)?;
    let items = visited(&console, shown.items).await?.into_iter().map(SiteView::of).collect();
    Ok(Json(Listed { items, next: shown.next }))
}

/// A site with its incidents and latest visits.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SitePage {
    site: SiteView,
    incidents: Vec<IncidentView>,
    visits: Vec<VisitView>,
}

/// One site.
#[utoipa::path(
    get, path = "/sites/{id}", tag = "sites", params(("id" = String, Path, description = "id of a site")),
    security(("token" = []), ("session" = [])),
    responses((status = 200, body = SitePage), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn one(
    _who: Who,
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<Json<SitePage>, Problem> {
    let site = TargetId::new(id.as_str());
    let target = console.registry().get(&site).cloned();
    let state = console.store.site(&site).await?;
    let operators = console.operators();
    let filter = Filter { target: Some(site.clone()), ..Filter::default() };
    let incidents = console.desk(&operators).incidents(&filter).await?;
    if target.is_none() && state.is_none() && incidents.is_empty() {
        return Err(Problem::unknown(&id));
    }
    let open = incidents.iter().filter(|(incident, _)| incident.course != Course::Rectified).count();
    let visits = console.store.visits(Some(&site), None, VISITS).await?;
    let last = visits.first().map(|visit| visit.ended);
    let visited = state.as_ref().and_then(|state| state.visited).max(last);
    Ok(Json(SitePage {
        site: SiteView::of(Row { id: site, target, state, visited, open }),
        incidents: incidents
            .iter()
            .map(|(incident, standing)| IncidentView::new(incident, *standing))
            .collect(),
        visits: visits.iter().map(VisitView::from).collect(),
    }))
}

/// Begins to look at a registered site.
pub(in crate::serve) async fn check_now(
    console: &Arc<Console>,
    who: &Who,
    id: &str,
) -> Result<Arc<Job>, Problem> {
    who.may(Role::Analyst)?;
    let site = TargetId::new(id);
    if console.registry().get(&site).is_none() {
        return Err(Problem::unknown(id));
    }
    who.notes(console, "site.check", id, json!({})).await?;
    jobs::begin(console, What::Site(site), who.name())
}

/// Looks at a registered site now, out of turn.
#[utoipa::path(
    post, path = "/sites/{id}/checks", tag = "sites", params(("id" = String, Path, description = "id of a registered site")),
    security(("token" = []), ("session" = [])),
    responses((status = 202, body = CheckView), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn check(
    who: Who,
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<CheckView>), Problem> {
    let job = check_now(&console, &who, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(CheckView::of(&job))))
}

/// What an import came to.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::serve) struct ImportView {
    /// Sites of the table that are registered now.
    pub(in crate::serve) sites: usize,
    pub(in crate::serve) added: usize,
    pub(in crate::serve) changed: usize,
    /// Registered by an earlier import and no longer in the table; they stay.
    pub(in crate::serve) missing: Vec<String>,
    /// Registered by another file; left out.
    pub(in crate::serve) clashes: Vec<String>,
    /// Mistakes and doubts by row and column; rows with mistakes were left out.
    pub(in crate::serve) mistakes: Vec<MistakeView>,
}

/// Something wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::serve) struct MistakeView {
    pub(in crate::serve) at: String,
    pub(in crate::serve) zh: String,
    pub(in crate::serve) en: String,
    /// Whether the row was left out for it.
    pub(in crate::serve) fatal: bool,
}

/// The name of the table.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct Named {
    /// The file's name, such as `sites.csv`: the registry file is named after it, and one imported under the same name
    /// before is brought up to date.
    name: String,
}

/// Imports a register: a CSV or XLSX table with headings, as the body.
#[utoipa::path(
    post, path = "/sites/import", tag = "sites", params(Named), security(("token" = []), ("session" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "CSV, XLSX or XLS"),
    responses((status = 200, body = ImportView), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn import(
    who: Who,
    State(console): State<Arc<Console>>,
    Query(named): Query<Named>,
    body: Bytes,
) -> Result<Json<ImportView>, Problem> {
    who.may(Role::Analyst)?;
    brought(&console, &who, &named.name, body).await.map(Json)
}

/// Brings a table in.
pub(in crate::serve) async fn brought(
    console: &Console,
    who: &Who,
    name: &str,
    bytes: Bytes,
) -> Result<ImportView, Problem> {
    // A name is a name, never a way to another folder.
    let name = FilePath::new(name.trim()).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let sound = !name.is_empty()
        && name.chars().count() <= 100
        && name.chars().all(|c| c.is_alphanumeric() || "-_. （）()".contains(c));
    if !sound {
        return Err(Problem::bad(
            "文件名只可含字母、数字、汉字与 - _ . ( )。",
            "the file's name may hold letters, digits and - _ . ( ) only.",
        ));
    }
    let folder = console.settings.registry.clone();
    if folder.is_file() {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "registry-is-a-file",
            "登记是单个文件，不能导入；请以目录启动服务。",
            "the registry is one file; start the service with a folder to import tables.",
        ));
    }
    who.notes(console, "sites.import", name, json!({ "bytes": bytes.len() })).await?;
    let name = name.to_owned();
    let done = tokio::task::spawn_blocking(move || desk::import(FilePath::new(&name), &bytes, &folder)).await;
    let brought = done.map_err(|error| Problem::internal(&error))?.map_err(|error| refused(&error))?;
    console.reload();
    Ok(ImportView {
        sites: brought.sites,
        added: brought.added,
        changed: brought.changed,
        missing: brought.missing.iter().map(ToString::to_string).collect(),
        clashes: brought.clashes.keys().cloned().collect(),
        mistakes: brought
            .mistakes
            .iter()
            .map(|mistake| MistakeView {
                at: mistake.at.to_string(),
                zh: mistake.what.zh.clone(),
                en: mistake.what.en.clone(),
                fatal: mistake.fatal,
            })
            .collect(),
    })
}

fn refused(error: &RegisterError) -> Problem {
    match error {
        RegisterError::Table(error) => {
            let said = error.said();
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no-table", said.zh, said.en)
        }
        RegisterError::Broken { .. } => Problem::new(
            StatusCode::CONFLICT,
            "registry-broken",
            "先前导入的登记文件有误，请先改正（xuncha targets check）。",
            "the registry file of an earlier import has mistakes; correct them first (xuncha targets check).",
        ),
        RegisterError::Registry(error) => Problem::internal(error),
        RegisterError::Write { .. } => Problem::internal(error),
    }
}
