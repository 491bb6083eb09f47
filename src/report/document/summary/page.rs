//! The summary as one self-contained page with its charts, made for A4. Every figure of a chart stands in a table, too.

use askama::Template;

use super::Period;
use super::told::{Gap, Told, columns};
use crate::id::sha256_hex;
use crate::lang::Lang;
use crate::report::ReportError;
use crate::report::history::span;
use crate::report::html::{STYLE, base64_of_hex};

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
    fix: Vec<(&'static str, String)>,
    heads: [&'static str; 5],
    monthly: bool,
    chart: Chart,
    tables: Vec<Table>,
    gaps: Vec<Gap>,
    unvisited: Vec<String>,
    unvisited_more: usize,
}

/// What happened by weeks or months, as groups of three bars.
struct Chart {
    lines: Vec<(usize, usize)>,
    groups: Vec<Group>,
    /// Where labels of days stand, and what they say.
    labels: Vec<(usize, String)>,
}

struct Group {
    day: String,
    opened: usize,
    rectified: usize,
    reopened: usize,
    median: String,
    bars: Vec<Bar>,
}

struct Bar {
    class: &'static str,
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

/// Incidents by one of their properties.
struct Table {
    heading: &'static str,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    opened: usize,
    rectified: usize,
    reopened: usize,
    open: usize,
    median: String,
    /// The width of the bar in hundredths.
    bar: usize,
}

impl Chart {
    /// The base line, the left margin, the width of the drawing and the height of the tallest bar.
    const BASE: usize = 150;
    const LEFT: usize = 34;
    const WIDTH: usize = 720;
    const TALL: usize = 132;

    fn of(told: &Told, lang: Lang) -> Self {
        let steps = &told.figures.steps;
        let tallest = steps.iter().map(|(_, one)| one.opened.max(one.rectified).max(one.reopened)).max();
        let most = tallest.unwrap_or(0).max(1);
        let step = ((Self::WIDTH - Self::LEFT) / steps.len().max(1)).clamp(4, 120);
        let width = (step * 2 / 9).clamp(1, 16);
        let height = |count: usize| count * Self::TALL / most;
        let group = |(index, (day, counts)): (usize, &(jiff::civil::Date, super::Counts))| {
            let x = Self::LEFT + index * step + step.saturating_sub(width * 3 + 2) / 2;
            let bars = [("opened", counts.opened), ("gone", counts.rectified), ("back", counts.reopened)];
            let bar = |(at, (class, count)): (usize, (&'static str, usize))| Bar {
                class,
                x: x + at * (width + 1),
                y: Self::BASE - height(count),
                width,
                height: height(count),
            };
            Group {
                day: day.to_string(),
                opened: counts.opened,
                rectified: counts.rectified,
                reopened: counts.reopened,
                median: counts.spread().map_or_else(|| "—".to_owned(), |spread| span(spread.median, lang)),
                bars: bars.into_iter().enumerate().map(bar).collect(),
            }
        };
        let apart = (steps.len() / 9 + 1).max(46_usize.div_ceil(step));
        let labels = steps.iter().enumerate().step_by(apart).map(|(index, (day, _))| {
            let label = if told.figures.monthly { day.strftime("%Y-%m") } else { day.strftime("%m-%d") };
            (Self::LEFT + index * step + step / 2, label.to_string())
        });
        let mut lines: Vec<_> = [most, most / 2, 0].map(|count| (Self::BASE - height(count), count)).to_vec();
        lines.dedup_by_key(|(_, count)| *count);
        Self { labels: labels.collect(), groups: steps.iter().enumerate().map(group).collect(), lines }
    }
}

/// The summary as a page.
///
/// # Errors
/// When the template cannot be rendered.
pub fn html(period: &Period<'_>, lang: Lang) -> Result<String, ReportError> {
    let told = Told::of(period, lang);
    let style = format!("{STYLE}{CHARTS}");
    let chart = Chart::of(&told, lang);
    let table = |table: super::told::Tabled| {
        let most = table.rows.iter().map(|row| row.counts.opened).max().unwrap_or(0).max(1);
        let row = |row: super::told::Row| Row {
            bar: row.counts.opened * 100 / most,
            name: row.name,
            opened: row.counts.opened,
            rectified: row.counts.rectified,
            reopened: row.counts.reopened,
            open: row.counts.open,
            median: row.median,
        };
        Table { heading: table.heading, rows: table.rows.into_iter().map(row).collect() }
    };
    let paper = Paper {
        zh: lang == Lang::Zh,
        html_lang: if lang == Lang::Zh { "zh-CN" } else { "en" },
        style_digest: base64_of_hex(&sha256_hex(style.as_bytes())),
        style,
        span: told.span,
        made: told.made,
        tally: told.tally,
        fix: told.fix,
        heads: columns(lang),
        monthly: told.figures.monthly,
        chart,
        tables: told.tables.into_iter().map(table).collect(),
        gaps: told.gaps,
        unvisited: told.unvisited.0,
        unvisited_more: told.unvisited.1,
    };
    Ok(paper.render()?)
}

/// What the page adds to the style of reports.
const CHARTS: &str = "\
main,header,footer{max-width:860px}svg{display:block;max-width:100%;height:auto}\
svg .opened{fill:var(--high)}svg .gone{fill:var(--clean)}svg .back{fill:var(--unknown)}svg .axis{stroke:var(--rule)}\
svg text{font-size:11px;fill:var(--soft)}svg text.n{text-anchor:end}svg text.day{text-anchor:middle}\
.key{font-size:13px;color:var(--soft);margin:4px 0 10px}.key b.opened{color:var(--high)}.key b.gone{color:var(--clean)}.key b.back{color:var(--unknown)}\
td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}td.bar{width:24%}td.bar svg{width:100%}\
table{table-layout:auto}td,th{padding:5px 10px}table.by td:first-child{width:26%}\
.tally li{flex:1 1 150px;border-top-color:var(--rule)}.tally b{font-size:16.5px;line-height:1.5;color:var(--ink)}\
ul.gaps{margin:4px 0;padding-left:1.2em;font-size:13px}section{break-inside:avoid}\
@media (max-width:640px){td.bar,th.bar{display:none}main table{display:block;overflow-x:auto}table.by td:first-child{min-width:7.5em}}\
@page{size:A4}@media print{header{padding-top:0}footer{padding:8px 0 0}footer p{font-size:9pt}h2{margin:16px 0 6px}.tally{gap:7px}.tally li{padding:3px 10px}svg,tr{break-inside:avoid}td,th{padding:3px 10px;font-size:9.5pt}}";
