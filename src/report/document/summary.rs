//! The periodic summary: what was found, put right and could not be looked at in a span of days.

use std::collections::BTreeMap;

use askama::Template;
use jiff::civil::Date;
use jiff::tz::offset;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::list::Listed;
use crate::finding::{Kind, NotAssessed, Reason, Severity};
use crate::id::sha256_hex;
use crate::incident::Course;
use crate::lang::Lang;
use crate::report::escape::visible;
use crate::report::history::span;
use crate::report::html::{STYLE, base64_of_hex};
use crate::report::{ReportError, words};
use crate::target::OperatorKind;

/// Rows of a table; the rest is summed up in one.
const ROWS: usize = 20;

/// What a summary is made of.
#[derive(Debug)]
pub struct Period<'a> {
    /// The first day, Beijing time.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Every incident that is known, with its site.
    pub incidents: Vec<Listed<'a>>,
    /// The kind of operator of each, in the same order.
    pub operators: Vec<OperatorKind>,
    /// Visits that ended in the span.
    pub visits: u64,
    /// Sites visited in it.
    pub sites: u64,
    /// Requests sent in it.
    pub requests: u64,
    /// What could not be looked at in it.
    pub not_assessed: Vec<&'a NotAssessed>,
    /// When it is made.
    pub now: Timestamp,
}

/// The figures of a summary, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Incidents first seen in the span.
    pub opened: usize,
    /// Of them, those that are gone by the end.
    pub opened_and_gone: usize,
    /// Incidents of which a look in the span saw nothing any more.
    pub gone: usize,
    /// Incidents that came back in the span.
    pub returned: usize,
    /// Incidents that still show or are not settled when it is made.
    pub open: usize,
    /// Minutes from first sight to first clean look, for those gone in the span: least, median, most.
    pub fix: Option<(u64, u64, u64)>,
    /// Opened and gone by week, oldest first: the week's first day.
    pub weeks: Vec<(Date, usize, usize)>,
}

impl Period<'_> {
    fn begin(&self) -> Timestamp {
        offset(8).to_timestamp(self.from.at(0, 0, 0, 0)).unwrap_or(Timestamp::MIN)
    }

    fn end(&self) -> Timestamp {
        let next = self.to.tomorrow().unwrap_or(self.to);
        offset(8).to_timestamp(next.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX)
    }

    fn holds(&self, at: Timestamp) -> bool {
        at >= self.begin() && at < self.end()
    }

    /// Counts.
    pub fn figures(&self) -> Figures {
        let incidents = || self.incidents.iter().map(|one| one.incident);
        let opened: Vec<_> = incidents().filter(|one| self.holds(one.first_seen)).collect();
        let gone: Vec<_> =
            incidents().filter(|one| one.first_clean_after.is_some_and(|at| self.holds(at))).collect();
        let mut minutes: Vec<u64> = gone
            .iter()
            .filter_map(|one| Some(one.first_clean_after?.duration_since(one.first_seen)))
            .map(|span: SignedDuration| u64::try_from(span.as_mins()).unwrap_or(0))
            .collect();
        minutes.sort_unstable();
        let fix = minutes.first().zip(minutes.last());
        let fix = fix.map(|(least, most)| (*least, minutes[minutes.len() / 2], *most));
        let mut weeks = Vec::new();
        let mut day = self.from;
        while day <= self.to && weeks.len() < 120 {
            let next = day.checked_add(7.days()).unwrap_or(Date::MAX);
            let inside = |at: Timestamp| {
                let date = offset(8).to_datetime(at).date();
                date >= day && date < next && date <= self.to
            };
            let new = incidents().filter(|one| inside(one.first_seen)).count();
            let old = incidents().filter(|one| one.first_clean_after.is_some_and(inside)).count();
            weeks.push((day, new, old));
            day = next;
        }
        Figures {
            opened: opened.len(),
            opened_and_gone: opened.iter().filter(|one| one.course != Course::Active).count(),
            gone: gone.len(),
            returned: incidents().filter(|one| one.reopened.iter().any(|at| self.holds(*at))).count(),
            open: incidents().filter(|one| one.course != Course::Rectified).count(),
            fix,
            weeks,
        }
    }
}

#[derive(Template)]
#[template(path = "summary_paper.html")]
struct Paper {
    zh: bool,
    html_lang: &'static str,
    style: String,
    style_digest: String,
    span: String,
    made: String,
    tally: Vec<(&'static str, String)>,
    weeks: Vec<Week>,
    width: usize,
    tables: Vec<Tabled>,
    gaps: Vec<(&'static str, usize)>,
}

struct Week {
    x: usize,
    label: String,
    opened: usize,
    gone: usize,
    opened_height: usize,
    gone_height: usize,
}

impl Week {
    const HEIGHT: usize = 120;

    fn opened_y(&self) -> usize {
        Self::HEIGHT - self.opened_height
    }

    fn gone_y(&self) -> usize {
        Self::HEIGHT - self.gone_height
    }
}

/// Incidents opened in the span, by one of their properties.
struct Tabled {
    heading: &'static str,
    /// Name, opened, still open, the bar's width in hundredths.
    rows: Vec<(String, usize, usize, usize)>,
}

/// The summary as a page.
///
/// # Errors
/// When the template cannot be rendered.
pub fn html(period: &Period<'_>, lang: Lang) -> Result<String, ReportError> {
    let t = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    let figures = period.figures();
    let style = format!("{STYLE}{CHARTS}");
    let most = figures.weeks.iter().map(|(_, opened, gone)| *opened.max(gone)).max().unwrap_or(0).max(1);
    let height = |count: usize| count * (Week::HEIGHT - 14) / most;
    let step = (700 / figures.weeks.len().max(1)).clamp(8, 80);
    let week = |(index, (day, opened, gone)): (usize, &(Date, usize, usize))| Week {
        x: index * step + 4,
        label: if index % (figures.weeks.len() / 9 + 1) == 0 {
            day.strftime("%m-%d").to_string()
        } else {
            String::new()
        },
        opened: *opened,
        gone: *gone,
        opened_height: height(*opened),
        gone_height: height(*gone),
    };
    let fix = match figures.fix {
        Some((least, median, most)) => format!(
            "{} {}（{} – {}）",
            t("中位数", "median"),
            span(median, lang),
            span(least, lang),
            span(most, lang)
        ),
        None => t("无", "none").to_owned(),
    };
    let paper = Paper {
        zh: lang == Lang::Zh,
        html_lang: t("zh-CN", "en"),
        style_digest: base64_of_hex(&sha256_hex(style.as_bytes())),
        style,
        span: format!("{} – {}", period.from, period.to),
        made: super::CaseSheet::time(period.now),
        tally: vec![
            (t("新发现事件", "opened"), figures.opened.to_string()),
            (t("其中已消失", "of them gone"), figures.opened_and_gone.to_string()),
            (t("期内消失", "gone in the span"), figures.gone.to_string()),
            (t("复发", "came back"), figures.returned.to_string()),
            (t("现未整改", "open now"), figures.open.to_string()),
            (t("整改用时", "time to fix"), fix),
            (t("访问网站", "sites visited"), period.sites.to_string()),
            (t("访问次数", "visits"), period.visits.to_string()),
            (t("请求", "requests"), period.requests.to_string()),
            (t("未能评估", "not assessed"), period.not_assessed.len().to_string()),
        ],
        width: figures.weeks.len() * step + 8,
        weeks: figures.weeks.iter().enumerate().map(week).collect(),
        tables: tables(period, lang),
        gaps: gaps(period, lang),
    };
    Ok(paper.render()?)
}

const CHARTS: &str = "\
main,header,footer{max-width:860px}svg{display:block;max-width:100%;height:auto}\
svg .opened{fill:var(--high)}svg .gone{fill:var(--clean)}svg .axis{stroke:var(--rule)}svg text{font-size:11px;fill:var(--soft)}\
.key{font-size:13px;color:var(--soft)}.key b.opened{color:var(--high)}.key b.gone{color:var(--clean)}td.n{text-align:right;white-space:nowrap}\
.tally li{flex:1 1 150px}.tally b{font-size:19px;color:var(--ink)}@page{size:A4}@media print{table,svg{break-inside:avoid}}";

fn tables(period: &Period<'_>, lang: Lang) -> Vec<Tabled> {
    let t = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    let rows = || {
        period
            .incidents
            .iter()
            .zip(&period.operators)
            .filter(|(one, _)| period.holds(one.incident.first_seen))
    };
    let unknown = || t("未登记", "not registered").to_owned();
    let table = |heading, names: Vec<(Vec<String>, bool)>| {
        let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (names, open) in names {
            for name in names {
                let count = counts.entry(name).or_default();
                count.0 += 1;
                count.1 += usize::from(open);
            }
        }
        let mut rows: Vec<_> = counts.into_iter().map(|(name, (all, open))| (name, all, open)).collect();
        rows.sort_by_key(|(name, all, _)| (std::cmp::Reverse(*all), name.clone()));
        if rows.len() > ROWS {
            let rest = rows.split_off(ROWS);
            let sum = |get: fn(&(String, usize, usize)) -> usize| rest.iter().map(get).sum();
            rows.push((t("其他", "others").to_owned(), sum(|row| row.1), sum(|row| row.2)));
        }
        let most = rows.iter().map(|row| row.1).max().unwrap_or(1).max(1);
        let rows = rows.into_iter().map(|(name, all, open)| (name, all, open, all * 100 / most));
        Tabled { heading, rows: rows.collect() }
    };
    let open = |one: &Listed<'_>| one.incident.course != Course::Rectified;
    let by = |get: &dyn Fn(&Listed<'_>, OperatorKind) -> Vec<String>| {
        rows().map(|(one, operator)| (get(one, *operator), open(one))).collect::<Vec<_>>()
    };
    let kinds = |one: &Listed<'_>, _: OperatorKind| {
        one.incident.kinds.iter().map(|kind: &Kind| words::kind(*kind).get(lang).to_owned()).collect()
    };
    let severity = |one: &Listed<'_>, _: OperatorKind| {
        let severity: Severity = one.incident.severity;
        vec![words::severity(severity).get(lang).to_owned()]
    };
    vec![
        table(t("按种类", "By kind"), by(&kinds)),
        table(t("按级别", "By severity"), by(&severity)),
        table(
            t("按单位性质", "By kind of operator"),
            by(&|_, operator| vec![operator.name().get(lang).to_owned()]),
        ),
        table(t("按行政区划", "By division"), by(&|one, _| vec![one.division.map_or_else(unknown, visible)])),
    ]
}

fn gaps(period: &Period<'_>, lang: Lang) -> Vec<(&'static str, usize)> {
    let mut counts: BTreeMap<Reason, usize> = BTreeMap::new();
    for gap in &period.not_assessed {
        *counts.entry(gap.reason).or_default() += 1;
    }
    let mut gaps: Vec<_> =
        counts.into_iter().map(|(reason, count)| (words::reason(reason).get(lang), count)).collect();
    gaps.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    gaps
}
