//! Alert channels: how they stand, and test messages.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::views::Said;
use crate::desk::ChannelStatus;
use crate::serve::Console;
use crate::serve::alerts::{self, Alerts};
use crate::serve::problem::{Problem, ProblemBody};
use crate::serve::who::Who;
use crate::store::accounts::Role;

/// The alert channels.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlertsView {
    channels: Vec<ChannelView>,
    /// What is wrong with their settings, where they could not be taken up.
    #[serde(skip_serializing_if = "Option::is_none")]
    wrong: Option<Said>,
}

/// A channel. Its address and its secrets are never shown.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChannelView {
    name: String,
    /// `mail`, `webhook`, `dingtalk`, `wecom`, `feishu`, `syslog`
    kind: String,
    /// `failing`, `held`, `waiting`, `works`, `unused`
    state: String,
    /// Events told so far.
    delivered: u64,
    /// Events that are to be told and are not yet.
    waiting: usize,
    /// Until when those are held back by grouping, quiet hours or a limit.
    #[schema(value_type = Option<String>, format = DateTime)]
    held_until: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_success: Option<Timestamp>,
    /// Failures in a row.
    failures: u32,
    #[schema(value_type = Option<String>, format = DateTime)]
    failing_since: Option<Timestamp>,
    /// The last failure; it stays when the channel works again.
    last_failure: Option<TroubleView>,
    /// When it is asked again after a failure.
    #[schema(value_type = Option<String>, format = DateTime)]
    retry_at: Option<Timestamp>,
    /// What goes over it, in order: the first route that takes an event decides.
    routes: Vec<RouteView>,
}

/// A failure of a channel.
#[derive(Debug, Serialize, ToSchema)]
struct TroubleView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    what: String,
}

/// A route in words.
#[derive(Debug, Serialize, ToSchema)]
struct RouteView {
    name: String,
    takes: Said,
}

fn view(status: ChannelStatus, channels: &alerts::Channels) -> ChannelView {
    let routes = channels.routes(&status.name).into_iter();
    ChannelView {
        state: alerts::State::of(&status).as_str().to_owned(),
        routes: routes.map(|(name, takes)| RouteView { name, takes: (&takes).into() }).collect(),
        name: status.name,
        kind: status.kind.as_str().to_owned(),
        delivered: status.delivered,
        waiting: status.waiting,
        held_until: status.held_until,
        last_success: status.last_success,
        failures: status.failures,
        failing_since: status.failing_since,
        last_failure: status.last_error.map(|trouble| TroubleView { at: trouble.at, what: trouble.what }),
        retry_at: status.retry_at,
    }
}

/// The alert channels with how each stands; for approvers and administrators.
#[utoipa::path(
    get, path = "/alerts", tag = "alerts", security(("token" = []), ("session" = [])),
    responses((status = 200, body = AlertsView), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn list(who: Who, State(console): State<Arc<Console>>) -> Result<Json<AlertsView>, Problem> {
    who.may(Role::Approver)?;
    Ok(Json(match &console.alerts {
        Alerts::Nothing => AlertsView { channels: Vec::new(), wrong: None },
        Alerts::Wrong(what) => AlertsView { channels: Vec::new(), wrong: Some(what.into()) },
        Alerts::Channels(channels) => {
            let statuses = console.channels().await?.into_iter();
            AlertsView { channels: statuses.map(|status| view(status, channels)).collect(), wrong: None }
        }
    }))
}

/// What became of a test message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TestView {
    /// Whether the receiver took it.
    delivered: bool,
    /// What it answered, or why nothing arrived.
    answer: String,
}

/// Sends a test message over a channel; for administrators.
#[utoipa::path(
    post, path = "/alerts/{channel}/test", tag = "alerts",
    params(("channel" = String, Path, description = "name of a channel")), security(("token" = []), ("session" = [])),
    responses((status = 200, body = TestView), (status = "4XX", body = ProblemBody, content_type = "application/problem+json"))
)]
pub(super) async fn test(
    who: Who,
    State(console): State<Arc<Console>>,
    Path(channel): Path<String>,
) -> Result<Json<TestView>, Problem> {
    Ok(Json(match alerts::tried(&console, &who, &channel).await? {
        Ok(answer) => TestView { delivered: true, answer },
        Err(answer) => TestView { delivered: false, answer },
    }))
}
