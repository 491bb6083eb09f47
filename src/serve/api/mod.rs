//! The API under `/api/v1`: everything that the console does, for programs. Its description is made from the code.

mod alerts;
pub(super) mod baselines;
mod catalogue;
pub(super) mod checks;
pub(super) mod documents;
pub(super) mod incidents;
pub(super) mod people;
mod repeat;
pub(super) mod sites;
mod views;
pub(super) mod visiting;

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoParams, Modify, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) use repeat::Answers;

use super::Console;
use super::metrics::metrics;
use super::problem::{Problem, ProblemBody};

/// Items of a page when nobody says.
const USUAL: usize = 50;
/// Items of a page at the most.
const MOST: usize = 500;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "xuncha API",
        description = "巡查的程序接口 / the interface of xuncha for programs. \
            Every path wants a token (`Authorization: Bearer …`, made in the console under 账户) or a session. \
            Errors are problem details (RFC 9457). A POST with an `Idempotency-Key` may be sent again within a day \
            and is carried out once."
    ),
    components(schemas(ProblemBody)),
    modifiers(&Keys),
    tags(
        (name = "sites", description = "registered sites and when they are visited"),
        (name = "checks", description = "looks out of turn"),
        (name = "incidents", description = "what was found, and what people decide of it"),
        (name = "documents", description = "reports, drafts, lists and summaries as files"),
        (name = "baselines", description = "accepted states of pages"),
        (name = "alerts", description = "channels by which people are told, and how they stand"),
        (name = "catalogue", description = "duties and detectors"),
        (name = "people", description = "accounts, tokens, the audit log"),
        (name = "service", description = "how the service is")
    )
)]
struct Description;

struct Keys;

impl Modify for Keys {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_with(Default::default);
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        let cookie = ApiKey::Cookie(ApiKeyValue::new(super::who::COOKIE_NAME));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

fn described() -> OpenApiRouter<Arc<Console>> {
    let v1 = OpenApiRouter::new()
        .routes(routes!(sites::list))
        .routes(routes!(sites::one))
        .routes(routes!(sites::check))
        .routes(routes!(sites::import))
        .routes(routes!(visiting::read, visiting::write))
        .routes(routes!(checks::list, checks::begin))
        .routes(routes!(checks::one))
        .routes(routes!(checks::follow))
        .routes(routes!(incidents::list))
        .routes(routes!(incidents::one))
        .routes(routes!(incidents::decide))
        .routes(routes!(incidents::look_again))
        .routes(routes!(incidents::evidence))
        .routes(routes!(documents::document))
        .routes(routes!(documents::lists))
        .routes(routes!(documents::summary))
        .routes(routes!(incidents::events))
        .routes(routes!(incidents::campaigns))
        .routes(routes!(incidents::findings))
        .routes(routes!(baselines::list))
        .routes(routes!(baselines::decide))
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::test))
        .routes(routes!(catalogue::law))
        .routes(routes!(catalogue::article))
        .routes(routes!(catalogue::detectors))
        .routes(routes!(people::accounts, people::make_account))
        .routes(routes!(people::change_account))
        .routes(routes!(people::tokens, people::make_token))
        .routes(routes!(people::end_token))
        .routes(routes!(people::audit));
    OpenApiRouter::with_openapi(Description::openapi())
        .nest("/api/v1", v1)
        .routes(routes!(health))
        .routes(routes!(ready))
}

/// The paths of the API.
pub(super) fn router(console: &Arc<Console>) -> Router<Arc<Console>> {
    let (router, _) = described().split_for_parts();
    router
        .route("/api/openapi.json", get(description_as_json))
        .route("/metrics", get(metrics))
        .route("/api/{*rest}", axum::routing::any(nothing))
        .layer(from_fn_with_state(Arc::clone(console), repeat::once))
}

/// The description of the API as JSON.
pub(super) fn description() -> String {
    let (_, openapi) = described().split_for_parts();
    openapi.to_pretty_json().unwrap_or_default() + "\n"
}

async fn description_as_json() -> Response {
    ([(CONTENT_TYPE, "application/json")], description()).into_response()
}

async fn nothing() -> Problem {
    Problem::unknown("path")
}

/// How the service is.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `ok`
    status: &'static str,
    /// Of the program.
    version: &'static str,
}

/// Whether the process answers. Says nothing about the store.
#[utoipa::path(get, path = "/health", tag = "service", responses((status = 200, body = Health)))]
async fn health() -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Whether requests can be served: the store answers.
#[utoipa::path(
    get, path = "/ready", tag = "service",
    responses((status = 200, body = Health), (status = 503, body = ProblemBody, content_type = "application/problem+json"))
)]
async fn ready(State(console): State<Arc<Console>>) -> Result<Json<Health>, Problem> {
    match console.store.value("format").await {
        Ok(_) => Ok(Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            Err(Problem::new(
                axum::http::StatusCode::SERVICE_UNAVAILABLE,
                "not-ready",
                "记忆库没有响应。",
                "the store does not answer.",
            ))
        }
    }
}

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
struct Part {
    /// Items at the most: 50 unless said, 500 at the most.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// The `next` of the part before.
    after: Option<String>,
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
struct Listed<T> {
    /// The items.
    items: Vec<T>,
    /// What to give as `after` for the next part; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The part of a list that was asked for; items are told apart by a key.
fn part<T, U>(
    all: Vec<T>,
    asked: &Part,
    key: impl Fn(&T) -> String,
    view: impl FnMut(T) -> U,
) -> Result<Listed<U>, Problem> {
    let limit = asked.limit.unwrap_or(USUAL);
    if limit == 0 || limit > MOST {
        return Err(Problem::bad(
            format!("limit 须在 1 到 {MOST} 之间。"),
            format!("limit must be between 1 and {MOST}."),
        ));
    }
    let from = match &asked.after {
        None => 0,
        Some(after) => all.iter().position(|item| key(item) == *after).map_or(all.len(), |at| at + 1),
    };
    let more = all.len() > from + limit;
    let items: Vec<T> = all.into_iter().skip(from).take(limit).collect();
    let next = more.then(|| items.last().map(&key)).flatten();
    Ok(Listed { items: items.into_iter().map(view).collect(), next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_in_parts_to_its_end() {
        let mut after = None;
        let mut seen = Vec::new();
        loop {
            let asked = Part { limit: Some(2), after };
            let part = part(vec![1, 2, 3, 4, 5], &asked, ToString::to_string, |item| item).unwrap();
            seen.extend(part.items);
            after = part.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, [1, 2, 3, 4, 5]);
        assert!(
            part(vec![1], &Part { limit: Some(0), after: None }, ToString::to_string, |one| one).is_err()
        );
    }

    #[test]
    fn the_kept_description_is_that_of_the_code() {
        let kept = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json"));
        assert_eq!(
            kept.unwrap_or_default(),
            description(),
            "write it anew with `xuncha serve --openapi > docs/openapi.json`"
        );
    }
}
