//! Figures for Prometheus (text format 0.0.4). Every one is listed, with its meaning, in `docs/api.md`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use jiff::{SignedDuration, Timestamp};

use super::Console;
use super::problem::Problem;
use crate::finding::Severity;
use crate::incident::{Course, Standing};
use crate::store::Filter;

/// `GET /metrics`
pub(super) async fn metrics(State(console): State<Arc<Console>>) -> Result<impl IntoResponse, Problem> {
    let now = Timestamp::now();
    let operators = console.operators();
    let incidents = console.desk(&operators).incidents(&Filter::default()).await?;
    let backlog = console.store.backlog(now).await?;
    let day = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
    let visits = console.store.visits(None, Some(day), 0).await?;
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, rows: &[(String, u64)]| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in rows {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let plain = |value: u64| vec![(String::new(), value)];
    let open: Vec<_> = incidents.iter().filter(|(one, _)| one.course != Course::Rectified).collect();
    let by_severity: Vec<_> = Severity::ALL
        .iter()
        .map(|&severity| {
            let count = open.iter().filter(|(one, _)| one.severity == severity).count();
            (format!("{{severity=\"{severity}\"}}"), count as u64)
        })
        .collect();
    gauge("xuncha_incidents_open", "Incidents that are not rectified, by worst severity.", &by_severity);
    let by_standing: Vec<_> = Standing::ALL
        .iter()
        .map(|&standing| {
            let count = incidents.iter().filter(|(_, other)| *other == standing).count();
            (format!("{{standing=\"{}\"}}", standing.as_str()), count as u64)
        })
        .collect();
    gauge("xuncha_incidents", "Incidents by how they stand.", &by_standing);
    gauge("xuncha_sites", "Sites that are visited.", &plain(backlog.sites));
    gauge("xuncha_sites_due", "Sites that are due and not leased.", &plain(backlog.due));
    let overdue =
        |(one, _): &&(crate::incident::Incident, Standing)| one.next_recheck.is_some_and(|at| at <= now);
    gauge(
        "xuncha_rechecks_due",
        "Incidents whose time to look again has come.",
        &plain(incidents.iter().filter(overdue).count() as u64),
    );
    gauge("xuncha_visits_last_day", "Visits that ended in the last 24 hours.", &plain(visits.len() as u64));
    let gaps: usize = visits.iter().map(|visit| visit.not_assessed.len()).sum();
    gauge(
        "xuncha_not_assessed_last_day",
        "What could not be looked at in those visits.",
        &plain(gaps as u64),
    );
    gauge(
        "xuncha_requests_last_day",
        "Requests sent in those visits.",
        &plain(visits.iter().map(|visit| visit.requests).sum()),
    );
    gauge("xuncha_checks_open", "Checks out of turn that wait or run.", &plain(console.jobs.open() as u64));
    gauge(
        "xuncha_registry_mistakes",
        "Mistakes that keep the registry's files from being taken up.",
        &plain(console.registry_mistakes() as u64),
    );
    let channels = console.channels().await?;
    let failing = channels.iter().filter(|channel| channel.failures > 0).count();
    gauge("xuncha_alert_channels", "Alert channels that are set up.", &plain(channels.len() as u64));
    gauge(
        "xuncha_alert_channels_failing",
        "Alert channels whose last message did not arrive.",
        &plain(failing as u64),
    );
    gauge(
        "xuncha_alerts_waiting",
        "Events that wait to be told, over all channels.",
        &plain(channels.iter().map(|channel| channel.waiting as u64).sum()),
    );
    gauge(
        "xuncha_start_time_seconds",
        "When the console started, since 1970.",
        &plain(console.started.as_second().unsigned_abs()),
    );
    let served = console.requests.load(Ordering::Relaxed);
    let _ = writeln!(
        text,
        "# HELP xuncha_http_requests_total Requests answered since the start.\n# TYPE xuncha_http_requests_total counter\nxuncha_http_requests_total {served}"
    );
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}
