//! The audit log.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::{Chrome, Seat, page};
use crate::report::escape::visible;
use crate::report::reading::clip;
use crate::serve::Console;
use crate::serve::problem::Problem;
use crate::store::accounts::Role;

/// Entries of a page.
const ROWS: u32 = 100;

#[derive(Template)]
#[template(path = "console/audit.html")]
struct Audit {
    c: Chrome,
    rows: Vec<Row>,
    older: Option<i64>,
}

struct Row {
    number: i64,
    at: String,
    who: String,
    what: String,
    on: String,
    detail: String,
    hash: String,
}

/// From where.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Before {
    before: Option<i64>,
}

pub(super) async fn show(
    seat: Seat,
    State(console): State<Arc<Console>>,
    Query(asked): Query<Before>,
) -> Result<Response, Problem> {
    seat.who.may(Role::Administrator)?;
    let c = seat.chrome.at("audit");
    let entries = console.store.deeds(asked.before, ROWS).await?;
    let rows = entries.iter().map(|entry| Row {
        number: entry.number,
        at: c.time(entry.deed.at),
        who: visible(&entry.deed.who),
        what: visible(&entry.deed.what),
        on: clip(&visible(&entry.deed.on), 200),
        detail: clip(&visible(&entry.deed.detail.to_string()), 300),
        hash: entry.hash.chars().take(12).collect(),
    });
    let rows: Vec<Row> = rows.collect();
    let full = rows.len() == ROWS as usize;
    let older = entries.last().map(|entry| entry.number).filter(|number| full && *number > 1);
    page(&Audit { rows, older, c })
}
