//! Looks out of turn: begun, followed, listed.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{Chrome, IncidentRow, Seat, page, part, to, under};
use crate::report::escape::visible;
use crate::serve::Console;
use crate::serve::api::checks::check_now;
use crate::serve::jobs::{Job, State as JobState};
use crate::serve::problem::Problem;
use crate::serve::who::Signed;
use crate::store::Filter;

/// Rows of the list.
const ROWS: usize = 50;

fn in_words(state: JobState, c: &Chrome) -> &'static str {
    match state {
        JobState::Waiting => c.t("排队中", "waiting"),
        JobState::Running => c.t("检查中", "under way"),
        JobState::Done => c.t("已完成", "done"),
        JobState::Failed => c.t("未能完成", "failed"),
    }
}

/// What is looked at, in words.
fn subject(job: &Job) -> String {
    visible(&job.subject())
}

#[derive(Template)]
#[template(path = "console/checks.html")]
struct List {
    c: Chrome,
    url: String,
    wrong: String,
    rows: Vec<Row>,
}

struct Row {
    id: u64,
    subject: String,
    who: String,
    asked: String,
    state: &'static str,
    open: bool,
    findings: usize,
    incidents: usize,
    gaps: usize,
}

fn rows(console: &Console, c: &Chrome) -> Vec<Row> {
    let row = |job: &Arc<Job>| {
        let course = job.course();
        Row {
            id: job.id,
            subject: subject(job),
            who: visible(&job.who),
            asked: c.time(job.asked),
            state: in_words(course.state, c),
            open: job.is_open(),
            findings: course.findings,
            incidents: course.incidents.len(),
            gaps: course.not_assessed.len(),
        }
    };
    console.jobs.list().iter().take(ROWS).map(row).collect()
}

pub(super) async fn list(seat: Seat, State(console): State<Arc<Console>>) -> Result<Response, Problem> {
    let c = seat.chrome.at("checks");
    page(&List { rows: rows(&console, &c), url: String::new(), wrong: String::new(), c })
}

/// An address.
#[derive(Debug, Deserialize)]
pub(super) struct Order {
    #[serde(default)]
    url: String,
}

pub(super) async fn begin(
    State(console): State<Arc<Console>>,
    headers: axum::http::HeaderMap,
    Signed { who, form }: Signed<Order>,
) -> Result<Response, Problem> {
    match check_now(&console, &who, &form.url).await {
        Ok(job) => Ok(to(&format!("/checks/{}", job.id))),
        Err(problem) if problem.status == StatusCode::BAD_REQUEST => {
            let lang = console.lang_of(&headers, None);
            let c = Chrome::inside(&who, lang, "/checks");
            let wrong = problem.said(lang).to_owned();
            let list = List { rows: rows(&console, &c), url: visible(&form.url), wrong, c: c.at("checks") };
            Ok(under(problem.status, page(&list)?))
        }
        Err(problem) => Err(problem),
    }
}

#[derive(Template)]
#[template(path = "console/check.html")]
struct Page {
    c: Chrome,
    id: u64,
    subject: String,
    who: String,
    asked: String,
    state: &'static str,
    open: bool,
    failed: bool,
    why: String,
    lines: Vec<String>,
    incidents: Vec<IncidentRow>,
    findings: usize,
    requests: u64,
    gaps: Vec<(String, String)>,
    site_href: String,
    seconds: i64,
}

pub(super) async fn show(
    seat: Seat,
    State(console): State<Arc<Console>>,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    let c = seat.chrome.at("checks");
    let job = console.jobs.get(id).ok_or_else(|| Problem::unknown(&id.to_string()))?;
    let course = job.course();
    let operators = console.operators();
    let filter = Filter { target: course.site.clone(), ..Filter::default() };
    let mut incidents = match &course.site {
        Some(_) => console.desk(&operators).incidents(&filter).await?,
        None => Vec::new(),
    };
    incidents.sort_by_key(|(incident, _)| std::cmp::Reverse(incident.severity));
    let seen = incidents.iter().filter(|(incident, _)| course.incidents.contains(&incident.id));
    let lang = c.lang;
    let view = Page {
        id,
        subject: subject(&job),
        who: visible(&job.who),
        asked: c.time(job.asked),
        state: in_words(course.state, &c),
        open: job.is_open(),
        failed: course.state == JobState::Failed,
        why: course.why.as_ref().map(|why| visible(why.get(lang))).unwrap_or_default(),
        lines: course.lines.iter().map(|line| visible(line.get(lang))).collect(),
        incidents: seen.map(|one| IncidentRow::of(one, &operators, &c)).collect(),
        findings: course.findings,
        requests: course.requests,
        gaps: course.not_assessed.iter().map(|(url, why)| (visible(url), visible(why.get(lang)))).collect(),
        site_href: course.site.map(|site| format!("/sites/{}", part(site.as_str()))).unwrap_or_default(),
        seconds: course.ended.map_or(0, |ended| ended.duration_since(job.asked).as_secs()),
        c,
    };
    page(&view)
}
