//! The overview: what an officer looks at first.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::{IncidentRow, Seat, ZONE, page};
use crate::finding::Reason;
use crate::incident::{Incident, Standing};
use crate::report::escape::visible;
use crate::report::words;
use crate::serve::Console;
use crate::serve::alerts::Alerts;
use crate::serve::api::incidents::is_open;
use crate::serve::problem::Problem;
use crate::store::{Filter, VisitFacts};

/// Rows of each list.
const ROWS: usize = 10;
/// Days of the chart.
const DAYS: usize = 30;
/// Visits looked through for what was not assessed.
const VISITS: u32 = 5000;

#[derive(Template)]
#[template(path = "console/overview.html")]
struct Overview {
    c: super::Chrome,
    sites: u64,
    due: u64,
    open: usize,
    new: usize,
    rechecks: usize,
    gaps: usize,
    pending: usize,
    mistakes: usize,
    /// Whether the alert settings could not be taken up, and the names of channels that fail.
    no_alerts: bool,
    failing: Vec<String>,
    urgent: Vec<IncidentRow>,
    overdue: Vec<IncidentRow>,
    not_assessed: Vec<Gap>,
    chart: Chart,
    severities: Vec<(&'static str, &'static str, usize)>,
    visits: usize,
    requests: u64,
    last: String,
}

/// Why things could not be looked at.
struct Gap {
    reason: &'static str,
    count: usize,
    example: String,
}

/// Incidents opened and rectified by day.
struct Chart {
    bars: Vec<Bar>,
    width: u32,
    most: u32,
}

struct Bar {
    day: String,
    x: u32,
    opened: u32,
    closed: u32,
    opened_height: u32,
    closed_height: u32,
    /// The day's label, under every fifth bar.
    label: String,
}

impl Bar {
    fn opened_y(&self) -> u32 {
        Chart::HEIGHT - self.opened_height
    }

    fn closed_y(&self) -> u32 {
        Chart::HEIGHT - self.closed_height
    }
}

impl Chart {
    const HEIGHT: u32 = 110;
    const STEP: u32 = 24;

    /// Counts by day, oldest first.
    fn of(incidents: &[(Incident, Standing)], today: Date) -> Self {
        let mut days: BTreeMap<Date, (u32, u32)> = BTreeMap::new();
        for back in 0..DAYS {
            let back = i64::try_from(back).unwrap_or(0);
            if let Ok(day) = today.checked_sub(back.days()) {
                days.insert(day, (0, 0));
            }
        }
        let day_of = |at: Timestamp| ZONE.to_datetime(at).date();
        for (incident, _) in incidents {
            if let Some(counts) = days.get_mut(&day_of(incident.first_seen)) {
                counts.0 += 1;
            }
            if let Some(counts) = incident.first_clean_after.and_then(|at| days.get_mut(&day_of(at))) {
                counts.1 += 1;
            }
        }
        let most = days.values().map(|(opened, closed)| *opened.max(closed)).max().unwrap_or(0).max(1);
        let height = |count: u32| count * (Self::HEIGHT - 10) / most;
        let bar = |(index, (day, (opened, closed))): (usize, (&Date, &(u32, u32)))| Bar {
            day: day.to_string(),
            x: u32::try_from(index).unwrap_or(0) * Self::STEP + 4,
            opened: *opened,
            closed: *closed,
            opened_height: height(*opened),
            closed_height: height(*closed),
            label: if index % 5 == 4 { day.strftime("%m-%d").to_string() } else { String::new() },
        };
        let bars: Vec<Bar> = days.iter().enumerate().map(bar).collect();
        Self { width: u32::try_from(DAYS).unwrap_or(0) * Self::STEP + 8, bars, most }
    }
}

pub(super) async fn show(seat: Seat, State(console): State<Arc<Console>>) -> Result<Response, Problem> {
    let c = seat.chrome.at("overview");
    let now = Timestamp::now();
    let operators = console.operators();
    let mut all = console.desk(&operators).incidents(&Filter::default()).await?;
    let backlog = console.store.backlog(now).await?;
    let day = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
    let visits = console.store.visits(None, Some(day), VISITS).await?;
    let last = console.store.visits(None, None, 1).await?;
    let chart = Chart::of(&all, ZONE.to_datetime(now).date());
    all.retain(|(incident, standing)| is_open(incident, *standing));
    all.sort_by_key(|(incident, _)| {
        (std::cmp::Reverse(incident.severity), std::cmp::Reverse(incident.last_seen))
    });
    let severities = crate::finding::Severity::ALL.iter().rev().map(|&severity| {
        let count = all.iter().filter(|(one, _)| one.severity == severity).count();
        (severity.as_str(), words::severity(severity).get(c.lang), count)
    });
    let severities = severities.collect();
    let is_new = |(_, standing): &&(Incident, Standing)| standing.is_unseen();
    let overdue = all.iter().filter(|(incident, _)| incident.next_recheck.is_some_and(|at| at <= now));
    let row = |one| IncidentRow::of(one, &operators, &c);
    let channels = console.channels().await?;
    let failing = channels.iter().filter(|channel| channel.failures > 0);
    let overview = Overview {
        sites: backlog.sites.max(operators.registry.as_ref().map_or(0, |registry| registry.len() as u64)),
        due: backlog.due,
        open: all.len(),
        new: all.iter().filter(is_new).count(),
        rechecks: overdue.clone().count(),
        gaps: visits.iter().map(|visit| visit.not_assessed.len()).sum(),
        pending: console.pending_baselines().await?,
        mistakes: console.registry_mistakes(),
        no_alerts: matches!(console.alerts, Alerts::Wrong(_)),
        failing: failing.map(|channel| visible(&channel.name)).collect(),
        urgent: all
            .iter()
            .filter(is_new)
            .chain(all.iter().filter(|one| !is_new(one)))
            .take(ROWS)
            .map(row)
            .collect(),
        overdue: overdue.take(ROWS).map(row).collect(),
        not_assessed: gaps(&visits, &c),
        chart,
        severities,
        visits: visits.len(),
        requests: visits.iter().map(|visit| visit.requests).sum(),
        last: c.maybe(last.first().map(|visit| visit.ended)),
        c,
    };
    page(&overview)
}

/// What could not be looked at, by reason, the most frequent first.
fn gaps(visits: &[VisitFacts], c: &super::Chrome) -> Vec<Gap> {
    let mut by_reason: BTreeMap<Reason, (usize, String)> = BTreeMap::new();
    for gap in visits.iter().flat_map(|visit| &visit.not_assessed) {
        let one = by_reason.entry(gap.reason).or_insert_with(|| (0, gap.url.chars().take(120).collect()));
        one.0 += 1;
    }
    let mut gaps: Vec<Gap> = by_reason
        .into_iter()
        .map(|(reason, (count, example))| Gap {
            reason: words::reason(reason).get(c.lang),
            count,
            example: visible(&example),
        })
        .collect();
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.count));
    gaps.truncate(ROWS);
    gaps
}
