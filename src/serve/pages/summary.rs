//! The periodic summary: which days, in which language, to be read or kept.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan as _};

use super::{Chrome, Seat, page};
use crate::scan::legal_day;
use crate::serve::Console;
use crate::serve::api::documents::{Days, In, summed_up};
use crate::serve::problem::Problem;
use crate::serve::who::Who;

#[derive(Template)]
#[template(path = "console/summary.html")]
struct Page {
    c: Chrome,
    from: Date,
    to: Date,
    usual: Vec<Usual>,
}

/// A span of days that people often want.
struct Usual {
    name: &'static str,
    from: Date,
    to: Date,
}

/// The spans that people often want, on a day: weeks begin on Monday.
fn usual(today: Date, c: &Chrome) -> Vec<Usual> {
    let before = |day: Date, span: jiff::Span| day.checked_sub(span).unwrap_or(day);
    let monday = before(today, i64::from(today.weekday().since(Weekday::Monday)).days());
    let first = today.first_of_month();
    let quarter = before(first, i64::from((first.month() - 1) % 3).months());
    let last = before(first, 1.day());
    [
        (c.t("本周", "This week"), monday, today),
        (c.t("上周", "Last week"), before(monday, 7.days()), before(monday, 1.day())),
        (c.t("本月", "This month"), first, today),
        (c.t("上月", "Last month"), last.first_of_month(), last),
        (c.t("本季度", "This quarter"), quarter, today),
        (c.t("本年", "This year"), today.first_of_year(), today),
    ]
    .into_iter()
    .map(|(name, from, to)| Usual { name, from, to })
    .collect()
}

pub(super) async fn form(seat: Seat) -> Result<Response, Problem> {
    let c = seat.chrome.at("summary");
    let today = legal_day(Timestamp::now());
    page(&Page { from: today.first_of_month(), to: today, usual: usual(today, &c), c })
}

/// The summary as a page, or printed.
pub(super) async fn file(
    who: Who,
    State(console): State<Arc<Console>>,
    Path(name): Path<String>,
    Query(days): Query<Days>,
    Query(spoken): Query<In>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let printed = match name.as_str() {
        "report.html" => false,
        "report.pdf" => true,
        _ => return Err(Problem::unknown("document")),
    };
    summed_up(&console, &who, &days, printed, spoken.read(&console, &headers)?).await
}
