//! The alert channels: whether they work, what waits, what goes over which.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::{Chrome, Seat, page};
use crate::desk::ChannelStatus;
use crate::report::escape::visible;
use crate::report::reading::clip;
use crate::serve::Console;
use crate::serve::alerts::{self, Alerts, Channels};
use crate::serve::problem::Problem;
use crate::serve::who::Signed;
use crate::store::accounts::Role;

/// Characters shown of what a receiver said.
const SAID: usize = 400;

#[derive(Template)]
#[template(path = "console/alerts.html")]
struct Page {
    c: Chrome,
    channels: Vec<ChannelRow>,
    /// What is wrong with the settings.
    wrong: String,
    /// What became of a test that was asked for just now.
    tried: Option<Tried>,
}

struct Tried {
    name: String,
    delivered: bool,
    answer: String,
}

struct ChannelRow {
    name: String,
    /// As it is kept, for the form.
    kept: String,
    kind: &'static str,
    state_id: &'static str,
    state: &'static str,
    facts: Vec<(&'static str, String)>,
    trouble: String,
    routes: Vec<(String, String)>,
}

impl ChannelRow {
    fn of(status: &ChannelStatus, channels: &Channels, c: &Chrome) -> Self {
        let state = alerts::State::of(status);
        let mut facts = vec![
            (c.t("已告知", "Told"), format!("{} {}", status.delivered, c.t("项", "events"))),
            (c.t("待告知", "Waiting"), format!("{} {}", status.waiting, c.t("项", "events"))),
        ];
        if let Some(at) = status.held_until {
            facts.push((c.t("暂缓至", "Held back until"), c.time(at)));
        }
        facts.push((c.t("最近送达", "Last success"), c.maybe(status.last_success)));
        facts.push((c.t("最近失败", "Last failure"), c.maybe(status.last_error.as_ref().map(|one| one.at))));
        if let Some(at) = status.failing_since {
            facts
                .push((c.t("持续失败自", "Failing since"), format!("{} ({}×)", c.time(at), status.failures)));
        }
        if let Some(at) = status.retry_at {
            facts.push((c.t("下次再试", "Next try"), c.time(at)));
        }
        let routes = channels.routes(&status.name).into_iter();
        Self {
            name: visible(&status.name),
            kept: status.name.clone(),
            kind: status.kind.name(c.lang),
            state_id: state.as_str(),
            state: in_words(state, c),
            facts,
            trouble: status.last_error.as_ref().map(|one| said(&one.what)).unwrap_or_default(),
            routes: routes.map(|(name, takes)| (visible(&name), visible(takes.get(c.lang)))).collect(),
        }
    }
}

fn in_words(state: alerts::State, c: &Chrome) -> &'static str {
    match state {
        alerts::State::Failing => c.t("送不出去", "fails"),
        alerts::State::Held => c.t("暂缓中", "held back"),
        alerts::State::Waiting => c.t("待送出", "waiting"),
        alerts::State::Works => c.t("正常", "works"),
        alerts::State::Unused => c.t("尚未用过", "not used yet"),
    }
}

/// What a receiver or the network said, as it can be shown.
fn said(text: &str) -> String {
    clip(&visible(text), SAID)
}

async fn all(console: &Console, c: Chrome, tried: Option<Tried>) -> Result<Response, Problem> {
    let c = c.at("alerts");
    let (channels, wrong) = match &console.alerts {
        Alerts::Nothing => (Vec::new(), String::new()),
        Alerts::Wrong(what) => (Vec::new(), visible(what.get(c.lang))),
        Alerts::Channels(channels) => {
            let statuses = console.channels().await?;
            (statuses.iter().map(|status| ChannelRow::of(status, channels, &c)).collect(), String::new())
        }
    };
    page(&Page { channels, wrong, tried, c })
}

pub(super) async fn show(seat: Seat, State(console): State<Arc<Console>>) -> Result<Response, Problem> {
    seat.who.may(Role::Approver)?;
    all(&console, seat.chrome, None).await
}

/// Which channel.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    channel: String,
}

pub(super) async fn test(
    State(console): State<Arc<Console>>,
    headers: HeaderMap,
    Signed { who, form }: Signed<Which>,
) -> Result<Response, Problem> {
    let came = alerts::tried(&console, &who, &form.channel).await?;
    let tried = Tried {
        name: visible(&form.channel),
        delivered: came.is_ok(),
        answer: said(&came.unwrap_or_else(|why| why)),
    };
    let c = Chrome {
        unseen: console.unseen_incidents().await?,
        ..Chrome::inside(&who, console.lang_of(&headers, None), "/alerts")
    };
    all(&console, c, Some(tried)).await
}
