//! Incidents: listed, read, decided on, looked at again, packed.

use std::path::Path as FilePath;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::views::{CheckView, DecisionView, EventView, IncidentView, finding};
use super::{Listed, Part, part};
use crate::desk::{self, CaseFile, Wish};
use crate::id::TargetId;
use crate::incident::{Course, Decided, Incident, Standing};
use crate::report::grading;
use crate::serve::Console;
use crate::serve::jobs::{self, What};
use crate::serve::problem::{Problem, ProblemBody};
use crate::serve::who::Who;
use crate::store::Filter;
use crate::store::accounts::Role;

/// Which incidents.
#[derive(Debug, Default, Serialize, Deserialize, IntoParams)]
pub(in crate::serve) struct Wanted {
    /// Of one site.
    pub(in crate::serve) site: Option<String>,
    /// Only those that are not rectified.
    #[serde(default)]
    pub(in crate::serve) open: bool,
    /// `new`, `confirmed`, `dismissed`, `notified`, `rectified`, `reopened`
    pub(in crate::serve) standing: Option<String>,
    /// With a finding of that kind.
    pub(in crate::serve) kind: Option<String>,
    /// At or above that severity.
    pub(in crate::serve) severity: Option<String>,
    /// Seen on or after that day, Beijing time.
    pub(in crate::serve) since: Option<String>,
    /// Part of the site's name, the id or a host.
    pub(in crate::serve) q: Option<String>,
}

/// A word of a query; nothing where it is empty, as forms send it.
pub(super) fn word<T: std::str::FromStr>(name: &str, text: Option<&String>) -> Result<Option<T>, Problem> {
    let Some(text) = text.map(|text| text.trim()).filter(|text| !text.is_empty()) else { return Ok(None) };
    let read = text.parse().map_err(|_| {
        let text: String = text.chars().take(60).collect();
        Problem::bad(format!("{name} 的值 `{text}` 有误。"), format!("{name} has a wrong value `{text}`."))
    });
    read.map(Some)
}

impl Wanted {
    /// As the desk takes it.
    pub(in crate::serve) fn read(&self) -> Result<desk::Wanted, Problem> {
        let since: Option<Date> = word("since", self.since.as_ref())?;
        let site: Option<String> = word("site", self.site.as_ref())?;
        Ok(desk::Wanted {
            filter: Filter {
                target: site.map(TargetId::new),
                open: self.open,
                since: since.and_then(desk::start_of),
                ..Filter::default()
            },
            standing: word("standing", self.standing.as_ref())?,
            kind: word("kind", self.kind.as_ref())?,
            severity: word("severity", self.severity.as_ref())?,
            text: word("q", self.q.as_ref())?,
        })
    }
}

/// The incidents that are wanted, the latest seen first.
pub(in crate::serve) async fn wanted(
    console: &Console,
    wanted: &Wanted,
) -> Result<Vec<(Incident, Standing)>, Problem> {
    let operators = console.operators();
    Ok(console.desk(&operators).wanted(&wanted.read()?).await?)
}

/// Incidents, the latest seen first.
#[utoipa::path(
    get, path = "/incidents", tag = "incidents", params(Wanted, Part), security(("token" = []), ("session" = [])),
    responses((status = 200, body = Listed<IncidentView>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn list(
    _who: Who,
    State(console): State<Arc<Console>>,
    Query(asked): Query<Wanted>,
    Query(which): Query<Part>,
) -> Result<Json<Listed<IncidentView>>, Problem> {
    let incidents = wanted(&console, &asked).await?;
    let view = |(incident, standing): (Incident, Standing)| IncidentView::new(&incident, standing);
    Ok(Json(part(incidents, &which, |(incident, _)| incident.id.to_string(), view)?))
}

/// An incident with everything about it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CaseView {
    incident: IncidentView,
    /// Findings as in `docs/jsonl.schema.json`, with their duties and evidence.
    #[schema(value_type = Vec<Object>)]
    findings: Vec<serde_json::Value>,
    decisions: Vec<DecisionView>,
    events: Vec<EventView>,
    /// How its duration reads against the grades of incidents, indicative: lines in Chinese and in English.
    grading: Grading,
}

/// Lines on the grading, in both languages.
#[derive(Debug, Serialize, ToSchema)]
struct Grading {
    zh: Vec<String>,
    en: Vec<String>,
}

impl CaseView {
    fn of(file: &CaseFile) -> Self {
        let lines = |lang| grading::lines(&file.tracked(), file.operator, lang);
        let decision = |decision: &crate::incident::Decision| DecisionView {
            what: decision.what.as_str().to_owned(),
            who: decision.who.clone(),
            at: decision.at,
            why: decision.why.clone(),
            until: decision.until,
        };
        Self {
            incident: IncidentView::new(&file.case.incident, file.standing),
            findings: file.findings.iter().map(finding).collect(),
            decisions: file.case.decisions.iter().map(decision).collect(),
            events: file.case.events.iter().map(EventView::from).collect(),
            grading: Grading { zh: lines(crate::lang::Lang::Zh), en: lines(crate::lang::Lang::En) },
        }
    }
}

/// The case file of an incident.
pub(in crate::serve) async fn file(console: &Console, id: &str) -> Result<CaseFile, Problem> {
    let operators = console.operators();
    console.desk(&operators).case(id).await?.ok_or_else(|| Problem::unknown(id))
}

/// One incident; the id may also be that of one of its findings.
#[utoipa::path(
    get, path = "/incidents/{id}", tag = "incidents", params(("id" = String, Path, description = "id of an incident or a finding")),
    security(("token" = []), ("session" = [])),
    responses((status = 200, body = CaseView), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn one(
    _who: Who,
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<Json<CaseView>, Problem> {
    Ok(Json(CaseView::of(&file(&console, &id).await?)))
}

/// What is decided.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::serve) struct DecisionOrder {
    /// `confirm`, `dismiss`, `notify`, `note`
    #[schema(example = "confirm", pattern = "^(confirm|dismiss|notify|note)$")]
    pub(in crate::serve) what: String,
    /// Why, or the remark; a dismissal and a note need it.
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub(in crate::serve) why: String,
    /// How long a dismissal holds, through that day (Beijing time); 90 days unless said.
    #[schema(format = Date)]
    pub(in crate::serve) until: Option<String>,
}

/// Keeps a decision in the name of whoever asks.
pub(in crate::serve) async fn decided(
    console: &Console,
    who: &Who,
    id: &str,
    order: &DecisionOrder,
) -> Result<CaseFile, Problem> {
    /// Characters of a reason at the most.
    const LONGEST: usize = 4000;
    let what: Decided =
        word("what", Some(&order.what))?.ok_or_else(|| Problem::bad("缺少 what。", "what is missing."))?;
    who.may(if what == Decided::Dismiss { Role::Approver } else { Role::Analyst })?;
    if order.why.chars().count() > LONGEST {
        return Err(Problem::bad(
            format!("理由至多 {LONGEST} 字。"),
            format!("a reason has {LONGEST} characters at the most."),
        ));
    }
    let until: Option<Date> = word("until", order.until.as_ref())?;
    let wish = Wish {
        what,
        who: who.name().to_owned(),
        why: order.why.clone(),
        until: until.and_then(desk::end_of),
    };
    let known = file(console, id).await?;
    let incident = known.case.incident.id.to_string();
    let action = format!("incident.{}", what.as_str());
    let detail = json!({ "why": wish.why, "until": wish.until });
    who.notes(console, &action, &incident, detail).await?;
    let case = desk::decide(&*console.store, &incident, &wish, Timestamp::now()).await?;
    console.unseen.forget();
    let operators = console.operators();
    Ok(console.desk(&operators).file(case))
}

/// Decides on an incident, in the name of the account.
#[utoipa::path(
    post, path = "/incidents/{id}/decisions", tag = "incidents", request_body = DecisionOrder,
    params(("id" = String, Path, description = "id of an incident or a finding")), security(("token" = []), ("session" = [])),
    responses((status = 200, body = CaseView), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn decide(
    who: Who,
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
    Json(order): Json<DecisionOrder>,
) -> Result<Json<CaseView>, Problem> {
    Ok(Json(CaseView::of(&decided(&console, &who, &id, &order).await?)))
}

/// Begins to look again at an incident.
pub(in crate::serve) async fn again(
    console: &Arc<Console>,
    who: &Who,
    id: &str,
) -> Result<Arc<jobs::Job>, Problem> {
    who.may(Role::Analyst)?;
    let incident = file(console, id).await?.case.incident.id;
    who.notes(console, "incident.recheck", incident.as_str(), json!({})).await?;
    jobs::begin(console, What::Incident(incident), who.name())
}

/// Looks again at an incident, under the conditions that showed it.
#[utoipa::path(
    post, path = "/incidents/{id}/rechecks", tag = "incidents",
    params(("id" = String, Path, description = "id of an incident or a finding")), security(("token" = []), ("session" = [])),
    responses((status = 202, body = CheckView), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn look_again(
    who: Who,
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<CheckView>), Problem> {
    let job = again(&console, &who, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(CheckView::of(&job))))
}

/// The package of an incident's evidence, made anew.
pub(in crate::serve) async fn packed(console: &Console, who: &Who, id: &str) -> Result<Response, Problem> {
    let incident = file(console, id).await?.case.incident.id;
    let folders = desk::evidence_folders(&*console.store, incident.as_str()).await?.unwrap_or_default();
    who.notes(console, "evidence.export", incident.as_str(), json!({ "folders": folders.len() })).await?;
    let (title, key) = (incident.to_string(), console.settings.key.clone());
    let made = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().map_err(|error| Problem::internal(&error))?;
        let file = folder.path().join("evidence.wacz");
        desk::package(&title, &folders, FilePath::new(&file), Timestamp::now(), key.as_deref())?;
        std::fs::read(&file).map_err(|error| Problem::internal(&error))
    });
    let bytes = made.await.map_err(|error| Problem::internal(&error))??;
    let name = format!("attachment; filename=\"{}.wacz\"", plain(incident.as_str()));
    Ok(([(CONTENT_TYPE, "application/wacz+zip".to_owned()), (CONTENT_DISPOSITION, name)], bytes)
        .into_response())
}

/// A name that is safe in a header and on every disk.
pub(in crate::serve) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).take(80).collect()
}

/// The evidence behind an incident as a WACZ package.
#[utoipa::path(
    get, path = "/incidents/{id}/evidence", tag = "incidents",
    params(("id" = String, Path, description = "id of an incident or a finding")), security(("token" = []), ("session" = [])),
    responses(
        (status = 200, content_type = "application/wacz+zip", body = Vec<u8>),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(super) async fn evidence(
    who: Who,
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    packed(&console, &who, &id).await
}

/// From where events are read.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct From {
    /// The number of the last event known; 0 reads from the beginning.
    #[serde(default)]
    #[param(minimum = 0)]
    after: i64,
    /// Events at the most: 50 unless said, 500 at the most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// What happened to incidents, in order: read on from the last number known.
#[utoipa::path(
    get, path = "/events", tag = "incidents", params(From), security(("token" = []), ("session" = [])),
    responses((status = 200, body = Vec<EventView>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn events(
    _who: Who,
    State(console): State<Arc<Console>>,
    Query(from): Query<From>,
) -> Result<Json<Vec<EventView>>, Problem> {
    let limit = from.limit.unwrap_or(50);
    if limit == 0 || limit > 500 || from.after < 0 {
        return Err(Problem::bad("limit 须在 1 到 500 之间。", "limit must be between 1 and 500."));
    }
    let events = console.store.events(from.after, limit).await?;
    Ok(Json(events.iter().map(EventView::from).collect()))
}

/// Incidents on several sites that share a host.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CampaignView {
    id: String,
    hosts: Vec<String>,
    sites: Vec<String>,
    incidents: Vec<String>,
}

/// Campaigns, the largest first.
#[utoipa::path(
    get, path = "/campaigns", tag = "incidents", security(("token" = []), ("session" = [])),
    responses((status = 200, body = Vec<CampaignView>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn campaigns(
    _who: Who,
    State(console): State<Arc<Console>>,
) -> Result<Json<Vec<CampaignView>>, Problem> {
    let campaigns = desk::campaigns(&*console.store).await?;
    let view = |one: crate::incident::campaign::Campaign| CampaignView {
        id: one.id,
        hosts: one.hosts.into_iter().collect(),
        sites: one.targets.iter().map(ToString::to_string).collect(),
        incidents: one.incidents.iter().map(ToString::to_string).collect(),
    };
    Ok(Json(campaigns.into_iter().map(view).collect()))
}

/// Which findings.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct WantedFindings {
    /// Of one site.
    site: Option<String>,
    /// Only what shows.
    #[serde(default)]
    open: bool,
}

/// Findings as in `docs/jsonl.schema.json`, the latest seen first.
#[utoipa::path(
    get, path = "/findings", tag = "incidents", params(WantedFindings, Part), security(("token" = []), ("session" = [])),
    responses((status = 200, body = Listed<Object>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn findings(
    _who: Who,
    State(console): State<Arc<Console>>,
    Query(asked): Query<WantedFindings>,
    Query(which): Query<Part>,
) -> Result<Json<Listed<serde_json::Value>>, Problem> {
    let site: Option<String> = word("site", asked.site.as_ref())?;
    let filter = Filter { target: site.map(TargetId::new), open: asked.open, ..Filter::default() };
    let operators = console.operators();
    let (found, _) = console.desk(&operators).findings(&filter, |_| true, 0).await?;
    let key = |one: &crate::report::Reported| format!("{} {}", one.finding.id, one.finding.url);
    Ok(Json(part(found, &which, key, |one| finding(&one))?))
}

/// Whether an incident still needs somebody.
pub(in crate::serve) fn is_open(incident: &Incident, standing: Standing) -> bool {
    incident.course != Course::Rectified && standing != Standing::Dismissed
}
