//! Looks out of turn: begun, listed, followed.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use serde::Deserialize;
use serde_json::json;
use url::Url;
use utoipa::ToSchema;

use super::views::CheckView;
use super::{Listed, Part, part};
use crate::serve::Console;
use crate::serve::jobs::{self, Job, What};
use crate::serve::problem::{Problem, ProblemBody};
use crate::serve::who::Who;
use crate::store::accounts::Role;

/// Characters of an address at the most.
const LONGEST: usize = 2048;

/// What to look at.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Order {
    /// `http://` or `https://`
    #[schema(max_length = 2048)]
    url: String,
}

/// Begins to look at an address, as a person wrote it.
pub(in crate::serve) async fn check_now(
    console: &Arc<Console>,
    who: &Who,
    text: &str,
) -> Result<Arc<Job>, Problem> {
    who.may(Role::Analyst)?;
    let url = address(text)?;
    who.notes(console, "address.check", url.as_str(), json!({})).await?;
    jobs::begin(console, What::Address(url), who.name())
}

/// An address that may be looked at.
fn address(text: &str) -> Result<Url, Problem> {
    let text = text.trim();
    let spelled = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&spelled).ok().filter(|_| text.len() <= LONGEST);
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    let url = url.filter(|url| url.username().is_empty() && url.password().is_none());
    url.ok_or_else(|| {
        Problem::bad(
            "网址有误；应形如 https://www.example.gov.cn/，且不含用户名与密码。",
            "not an address; it should look like https://www.example.gov.cn/ and hold no user name.",
        )
    })
}

/// Looks at an address now.
#[utoipa::path(
    post, path = "/checks", tag = "checks", request_body = Order, security(("token" = []), ("session" = [])),
    responses((status = 202, body = CheckView), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn begin(
    who: Who,
    State(console): State<Arc<Console>>,
    Json(order): Json<Order>,
) -> Result<(StatusCode, Json<CheckView>), Problem> {
    let job = check_now(&console, &who, &order.url).await?;
    Ok((StatusCode::ACCEPTED, Json(CheckView::of(&job))))
}

/// Looks since the service started, the latest first.
#[utoipa::path(
    get, path = "/checks", tag = "checks", params(Part), security(("token" = []), ("session" = [])),
    responses((status = 200, body = Listed<CheckView>), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn list(
    _who: Who,
    State(console): State<Arc<Console>>,
    Query(asked): Query<Part>,
) -> Result<Json<Listed<CheckView>>, Problem> {
    let jobs = console.jobs.list();
    Ok(Json(part(jobs, &asked, |job| job.id.to_string(), |job| CheckView::of(&job))?))
}

/// One look.
#[utoipa::path(
    get, path = "/checks/{id}", tag = "checks", params(("id" = u64, Path, description = "number of a look")),
    security(("token" = []), ("session" = [])),
    responses((status = 200, body = CheckView), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn one(
    _who: Who,
    State(console): State<Arc<Console>>,
    Path(id): Path<u64>,
) -> Result<Json<CheckView>, Problem> {
    Ok(Json(CheckView::of(&*known(&console, id)?)))
}

fn known(console: &Console, id: u64) -> Result<Arc<Job>, Problem> {
    console.jobs.get(id).ok_or_else(|| Problem::unknown(&id.to_string()))
}

/// Follows a look as server-sent events: each `data` is the look as it is, the last one when it has ended.
#[utoipa::path(
    get, path = "/checks/{id}/events", tag = "checks", params(("id" = u64, Path, description = "number of a look")),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, content_type = "text/event-stream", body = String),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(super) async fn follow(
    _who: Who,
    State(console): State<Arc<Console>>,
    Path(id): Path<u64>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let job = known(&console, id)?;
    let watch = job.watch();
    let stream = futures_util::stream::unfold((job, watch, Some(true)), |(job, mut watch, go)| async move {
        let first = go?;
        // What comes in bursts is told a few times a second.
        if !first {
            watch.changed().await.ok()?;
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        watch.borrow_and_update();
        let open = job.is_open();
        let event = Event::default().json_data(CheckView::of(&job)).unwrap_or_default();
        let event = event.event(if open { "progress" } else { "end" });
        Some((Ok(event), (job, watch, open.then_some(false))))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}
