//! When a registered site is visited: read, and changed in the file where it stands.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::desk::{self, VisitingError};
use crate::id::TargetId;
use crate::lang::Bilingual;
use crate::serve::Console;
use crate::serve::problem::{Problem, ProblemBody};
use crate::serve::who::Who;
use crate::store::accounts::Role;
use crate::target::Target;
use crate::target::cadence::Window;
use crate::target::edit::VisitingWish;

/// When a site is visited; what is left out is up to the defaults of the patrol.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::serve) struct Visiting {
    /// Such as `12h`, `daily` or a cron expression.
    #[schema(example = "12h")]
    pub(in crate::serve) cadence: Option<String>,
    /// When it may be visited, such as `22:00-06:00`.
    pub(in crate::serve) windows: Vec<String>,
    /// When it must not be.
    pub(in crate::serve) avoid: Vec<String>,
    /// Pages a visit.
    pub(in crate::serve) max_pages: Option<u32>,
}

impl Visiting {
    /// As registered.
    pub(in crate::serve) fn of(target: &Target) -> Self {
        let texts = |windows: &[Window]| windows.iter().map(ToString::to_string).collect();
        Self {
            cadence: target.visit.cadence.as_ref().map(ToString::to_string),
            windows: texts(&target.visit.windows),
            avoid: texts(&target.visit.avoid),
            max_pages: target.visit.max_pages,
        }
    }
}

/// Changes when a site is visited.
pub(in crate::serve) async fn set(
    console: &Console,
    who: &Who,
    id: &str,
    wanted: Visiting,
) -> Result<(), Problem> {
    who.may(Role::Analyst)?;
    let site = TargetId::new(id);
    let registry = console.registry();
    if registry.get(&site).is_none() {
        return Err(Problem::unknown(id));
    }
    who.notes(console, "site.visiting", id, json!(wanted)).await?;
    let wish = VisitingWish {
        cadence: wanted.cadence,
        windows: wanted.windows,
        avoid: wanted.avoid,
        max_pages: wanted.max_pages,
    };
    let kept = tokio::task::spawn_blocking(move || desk::set_visiting(&registry, &site, &wish)).await;
    kept.map_err(|error| Problem::internal(&error))?.map_err(refused)?;
    console.reload();
    Ok(())
}

fn refused(error: VisitingError) -> Problem {
    match error {
        VisitingError::Unknown(id) => Problem::bad(
            format!("`{id}` 不是登记文件中可直接修改的 [[target]]，请手工修改登记文件。"),
            format!("`{id}` is no [[target]] of its own in a registry file; edit the file by hand."),
        ),
        VisitingError::Wrong(mistakes) => {
            let said = |get: fn(&Bilingual) -> &str| {
                let texts: Vec<_> =
                    mistakes.iter().filter(|one| one.fatal).map(|one| get(&one.what)).take(5).collect();
                texts.join("；")
            };
            Problem::bad(said(|text| &text.zh), said(|text| &text.en))
        }
        error @ VisitingError::Write { .. } => Problem::internal(&error),
    }
}

fn registered(console: &Console, id: &str) -> Result<Json<Visiting>, Problem> {
    let registry = console.registry();
    let target = registry.get(&TargetId::new(id)).ok_or_else(|| Problem::unknown(id))?;
    Ok(Json(Visiting::of(target)))
}

/// When a registered site is visited, as its registry file says.
#[utoipa::path(
    get, path = "/sites/{id}/visiting", tag = "sites", params(("id" = String, Path, description = "id of a registered site")),
    security(("token" = []), ("session" = [])),
    responses((status = 200, body = Visiting), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn read(
    _who: Who,
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<Json<Visiting>, Problem> {
    registered(&console, &id)
}

/// Changes when a registered site is visited, in its registry file; everything else in the file stays. The patrol takes
/// it up by itself. Gives what holds then.
#[utoipa::path(
    put, path = "/sites/{id}/visiting", tag = "sites", request_body = Visiting,
    params(("id" = String, Path, description = "id of a registered site")), security(("token" = []), ("session" = [])),
    responses((status = 200, body = Visiting), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn write(
    who: Who,
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
    Json(wanted): Json<Visiting>,
) -> Result<Json<Visiting>, Problem> {
    set(&console, &who, &id, wanted).await?;
    registered(&console, &id)
}
