//! Accepted states of pages, and decisions on what differs from them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::{Listed, Part, part};
use crate::baseline::{Baseline, Decided, Face, compare};
use crate::desk;
use crate::id::TargetId;
use crate::lang::Lang;
use crate::report::difference;
use crate::serve::Console;
use crate::serve::problem::{Problem, ProblemBody};
use crate::serve::who::Who;
use crate::store::accounts::Role;

/// Which baselines.
#[derive(Debug, Default, Deserialize, IntoParams)]
pub(in crate::serve) struct Wanted {
    /// Of one site.
    pub(in crate::serve) site: Option<String>,
    /// Only those that wait for a decision.
    #[serde(default)]
    pub(in crate::serve) pending: bool,
}

/// The baseline of a page.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BaselineView {
    site: String,
    page: String,
    /// Looks it was learned from.
    looks: u32,
    /// Titles seen, the newest last.
    titles: Vec<String>,
    /// What waits for a decision, as lines in both languages; empty: nothing.
    pending: Vec<Difference>,
}

/// A difference in words.
#[derive(Debug, Serialize, ToSchema)]
struct Difference {
    /// `desktop` or `phone`
    face: &'static str,
    zh: String,
    en: String,
}

/// The baselines that are wanted, with their sites and pages.
pub(in crate::serve) async fn wanted(
    console: &Console,
    wanted: &Wanted,
) -> Result<Vec<(TargetId, String, Baseline)>, Problem> {
    let site = wanted.site.as_deref().map(str::trim).filter(|site| !site.is_empty());
    let sites = match site {
        Some(site) => vec![TargetId::new(site)],
        None => console.store.sites_with_baselines().await?,
    };
    let mut all = Vec::new();
    for site in sites {
        let baselines = console.store.baselines(&site).await?;
        all.extend(baselines.into_iter().map(|(page, baseline)| (site.clone(), page, baseline)));
    }
    all.retain(|(.., baseline)| !wanted.pending || !baseline.pending.is_empty());
    Ok(all)
}

fn view((site, page, baseline): (TargetId, String, Baseline)) -> BaselineView {
    let mut pending = Vec::new();
    for (face, snapshot) in &baseline.pending {
        let accepted = baseline.faces.get(face).cloned().unwrap_or_default();
        let changes = compare(&accepted, snapshot);
        let lines =
            difference::lines(&changes, Lang::Zh).into_iter().zip(difference::lines(&changes, Lang::En));
        pending.extend(lines.map(|(zh, en)| Difference { face: name(*face), zh, en }));
    }
    BaselineView {
        site: site.to_string(),
        page,
        looks: baseline.faces.values().map(|accepted| accepted.looks).max().unwrap_or(0),
        titles: baseline.faces.values().next().map(|accepted| accepted.titles.clone()).unwrap_or_default(),
        pending,
    }
}

/// The stable word of a face.
pub(in crate::serve) fn name(face: Face) -> &'static str {
    match face {
        Face::Desktop => "desktop",
        Face::Phone => "phone",
    }
}

/// Baselines, by site and page.
#[utoipa::path(
    get, path = "/baselines", tag = "baselines", params(Wanted, Part), security(("token" = []), ("session" = [])),
    responses((status = 200, body = Listed<BaselineView>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn list(
    _who: Who,
    State(console): State<Arc<Console>>,
    Query(asked): Query<Wanted>,
    Query(which): Query<Part>,
) -> Result<Json<Listed<BaselineView>>, Problem> {
    let all = wanted(&console, &asked).await?;
    Ok(Json(part(all, &which, |(site, page, _)| format!("{site} {page}"), view)?))
}

/// What is decided of baselines.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::serve) struct BaselineOrder {
    /// The site.
    pub(in crate::serve) site: String,
    /// The page; every page of the site when left out.
    pub(in crate::serve) page: Option<String>,
    /// `approve`: what is pending is accepted. `reset`: everything is learned anew.
    #[schema(pattern = "^(approve|reset)$")]
    pub(in crate::serve) what: String,
    /// Why.
    #[schema(min_length = 1, max_length = 4000)]
    pub(in crate::serve) why: String,
}

/// How many pages changed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Changed {
    pages: usize,
}

/// Keeps a decision on baselines in the name of whoever asks; gives how many pages changed.
pub(in crate::serve) async fn decided(
    console: &Console,
    who: &Who,
    order: &BaselineOrder,
) -> Result<usize, Problem> {
    who.may(Role::Approver)?;
    let what = match order.what.as_str() {
        "approve" => Decided::Approve,
        "reset" => Decided::Reset,
        _ => return Err(Problem::bad("what 须为 approve 或 reset。", "what must be approve or reset.")),
    };
    let site = TargetId::new(order.site.as_str());
    let page = order.page.as_deref().filter(|page| !page.is_empty());
    if console.store.baselines(&site).await?.iter().all(|(known, _)| page.is_some_and(|page| page != known)) {
        return Err(Problem::unknown(page.unwrap_or(&order.site)));
    }
    let action = format!("baseline.{}", order.what);
    who.notes(console, &action, site.as_str(), json!({ "page": page, "why": order.why })).await?;
    let reason = (who.name(), order.why.as_str());
    let changed =
        desk::decide_baselines(&*console.store, &site, page, what, reason, Timestamp::now()).await?;
    console.pending.forget();
    Ok(changed)
}

/// Decides on baselines, in the name of the account.
#[utoipa::path(
    post, path = "/baselines/decisions", tag = "baselines", request_body = BaselineOrder,
    security(("token" = []), ("session" = [])),
    responses((status = 200, body = Changed), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn decide(
    who: Who,
    State(console): State<Arc<Console>>,
    Json(order): Json<BaselineOrder>,
) -> Result<Json<Changed>, Problem> {
    Ok(Json(Changed { pages: decided(&console, &who, &order).await? }))
}
