//! Incidents as a list, and those that several sites share.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::{Chrome, IncidentRow, Seat, neighbours, page, part, query};
use crate::desk;
use crate::finding::{Kind, Severity};
use crate::incident::Standing;
use crate::report::escape::visible;
use crate::report::words;
use crate::serve::Console;
use crate::serve::api::documents;
use crate::serve::api::incidents::{Wanted, wanted};
use crate::serve::problem::Problem;
use crate::serve::who::Who;

/// Rows of a page.
const ROWS: usize = 50;

/// A choice of a form.
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) words: &'static str,
    pub(super) chosen: bool,
}

#[derive(Template)]
#[template(path = "console/incidents.html")]
struct List {
    c: Chrome,
    rows: Vec<IncidentRow>,
    count: usize,
    q: String,
    site: String,
    since: String,
    open: bool,
    standings: Vec<Choice>,
    severities: Vec<Choice>,
    kinds: Vec<Choice>,
    /// The query of the filter in force, for the lists as files.
    filter: String,
    /// Queries of the neighbouring pages.
    before: Option<String>,
    after: Option<String>,
}

/// Which page of the list.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct At {
    #[serde(default)]
    page: usize,
}

pub(super) async fn list(
    seat: Seat,
    State(console): State<Arc<Console>>,
    Query(asked): Query<Wanted>,
    Query(at): Query<At>,
) -> Result<Response, Problem> {
    let c = seat.chrome.at("incidents");
    let mut all = wanted(&console, &asked).await?;
    // What nobody looked at yet comes first, the worst of it before the rest.
    all.sort_by_key(|(incident, standing)| {
        (!standing.is_unseen(), std::cmp::Reverse(incident.severity), std::cmp::Reverse(incident.last_seen))
    });
    let operators = console.operators();
    let chosen = |text: &Option<String>, value: &str| text.as_deref() == Some(value);
    let text = |text: &Option<String>| text.as_deref().map(visible).unwrap_or_default();
    let open = asked.open.then(|| "true".to_owned());
    let filter = [
        ("q", asked.q.as_ref()),
        ("site", asked.site.as_ref()),
        ("standing", asked.standing.as_ref()),
        ("severity", asked.severity.as_ref()),
        ("kind", asked.kind.as_ref()),
        ("since", asked.since.as_ref()),
        ("open", open.as_ref()),
    ];
    let more = all.len() > (at.page + 1).saturating_mul(ROWS);
    let (before, after) = neighbours(&filter, at.page, more);
    let list = List {
        count: all.len(),
        rows: all
            .iter()
            .skip(at.page.saturating_mul(ROWS))
            .take(ROWS)
            .map(|one| IncidentRow::of(one, &operators, &c))
            .collect(),
        q: text(&asked.q),
        site: text(&asked.site),
        since: text(&asked.since),
        open: asked.open,
        standings: Standing::ALL
            .iter()
            .map(|&one| Choice {
                value: one.as_str(),
                words: words::standing(one).get(c.lang),
                chosen: chosen(&asked.standing, one.as_str()),
            })
            .collect(),
        severities: Severity::ALL
            .iter()
            .rev()
            .map(|&one| Choice {
                value: one.as_str(),
                words: words::severity(one).get(c.lang),
                chosen: chosen(&asked.severity, one.as_str()),
            })
            .collect(),
        kinds: Kind::ALL
            .iter()
            .map(|&one| Choice {
                value: one.as_str(),
                words: words::kind(one).get(c.lang),
                chosen: chosen(&asked.kind, one.as_str()),
            })
            .collect(),
        filter: query(&filter).finish(),
        before,
        after,
        c,
    };
    page(&list)
}

/// A list of what the filter takes, as a file.
pub(super) async fn file(
    who: Who,
    State(console): State<Arc<Console>>,
    Path(name): Path<String>,
    Query(asked): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    documents::list(&console, &who, &asked, &name, console.lang_of(&headers, None)).await
}

#[derive(Template)]
#[template(path = "console/campaigns.html")]
struct Campaigns {
    c: Chrome,
    rows: Vec<CampaignRow>,
}

struct CampaignRow {
    id: String,
    hosts: Vec<String>,
    /// Words and address of each.
    sites: Vec<(String, String)>,
    incidents: Vec<String>,
}

pub(super) async fn campaigns(seat: Seat, State(console): State<Arc<Console>>) -> Result<Response, Problem> {
    let operators = console.operators();
    let campaigns = desk::campaigns(&*console.store).await?;
    let rows = campaigns.into_iter().map(|one| CampaignRow {
        id: visible(&one.id),
        hosts: one.hosts.iter().map(|host| crate::report::escape::defanged(host)).collect(),
        sites: one
            .targets
            .iter()
            .map(|site| {
                let name = operators
                    .target(site)
                    .map_or_else(|| visible(site.as_str()), |target| visible(&target.name));
                (name, format!("/sites/{}", part(site.as_str())))
            })
            .collect(),
        incidents: one.incidents.iter().map(ToString::to_string).collect(),
    });
    let rows = rows.collect();
    page(&Campaigns { c: seat.chrome.at("campaigns"), rows })
}
