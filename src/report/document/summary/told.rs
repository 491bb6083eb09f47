//! The figures of a summary in words, for every form of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Counts, Figures, Period, Spread};
use crate::finding::{Kind, Reason, Severity};
use crate::id::TargetId;
use crate::lang::Lang;
use crate::report::document::CaseSheet;
use crate::report::document::list::Listed;
use crate::report::escape::visible;
use crate::report::history::span;
use crate::report::reading::clip;
use crate::report::words;

/// Rows of a table; the rest is summed up in one.
const ROWS: usize = 20;
/// Examples named of what was not assessed, and sites named that nobody visited.
const EXAMPLES: usize = 3;
const UNVISITED: usize = 20;

/// A summary in words.
pub(super) struct Told {
    pub(super) span: String,
    pub(super) made: String,
    pub(super) figures: Figures,
    pub(super) tally: Vec<(&'static str, String)>,
    /// The times to fix: heading and value, none where nothing was put right.
    pub(super) fix: Vec<(&'static str, String)>,
    pub(super) tables: Vec<Tabled>,
    pub(super) gaps: Vec<Gap>,
    /// Registered sites that nobody visited, and how many more there are.
    pub(super) unvisited: (Vec<String>, usize),
}

/// Incidents by one of their properties.
pub(super) struct Tabled {
    pub(super) heading: &'static str,
    pub(super) rows: Vec<Row>,
}

/// One row of such a table.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) counts: Counts,
    /// Half of what was put right took no longer.
    pub(super) median: String,
}

/// What could not be looked at, for one reason.
pub(super) struct Gap {
    pub(super) reason: &'static str,
    pub(super) advice: &'static str,
    pub(super) count: usize,
    pub(super) sites: usize,
    pub(super) examples: Vec<String>,
}

/// The headings of the columns of every table.
pub(super) fn columns(lang: Lang) -> [&'static str; 5] {
    match lang {
        Lang::Zh => ["新发现", "已整改", "复发", "现未整改", "整改用时中位数"],
        Lang::En => ["opened", "rectified", "came back", "open now", "median time to fix"],
    }
}

impl Told {
    pub(super) fn of(period: &Period<'_>, lang: Lang) -> Self {
        let t = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
        let figures = period.figures();
        let all = &figures.all;
        let none = t("无", "none");
        let median = all.spread().map_or_else(|| none.to_owned(), |spread| span(spread.median, lang));
        let mut visited = period.visited.len().to_string();
        if !period.registered.is_empty() {
            visited += &format!(" / {}", period.registered.len());
        }
        let tally = vec![
            (t("新发现事件", "opened"), all.opened.to_string()),
            (t("期内已整改", "rectified"), all.rectified.to_string()),
            (t("复发", "came back"), all.reopened.to_string()),
            (t("现未整改", "open now"), all.open.to_string()),
            (t("整改用时中位数", "median time to fix"), median),
            (t("访问网站 / 登记", "sites visited / registered"), visited),
            (t("访问次数", "visits"), period.visits.to_string()),
            (t("请求", "requests"), period.requests.to_string()),
            (t("未能评估", "not assessed"), period.not_assessed.len().to_string()),
            (t("已搁置", "set aside"), figures.dismissed.to_string()),
        ];
        Self {
            span: format!("{} – {}", period.from, period.to),
            made: CaseSheet::time(period.now),
            fix: all.spread().map(|spread| spread_in_words(spread, lang)).unwrap_or_default(),
            tally,
            tables: tables(period, lang),
            gaps: gaps(period, lang),
            unvisited: unvisited(period),
            figures,
        }
    }
}

fn spread_in_words(spread: Spread, lang: Lang) -> Vec<(&'static str, String)> {
    let t = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    vec![
        (t("最短", "least"), span(spread.least, lang)),
        (t("四分之一不超过", "a quarter within"), span(spread.lower, lang)),
        (t("中位数", "median"), span(spread.median, lang)),
        (t("四分之三不超过", "three quarters within"), span(spread.upper, lang)),
        (t("最长", "most"), span(spread.most, lang)),
    ]
}

fn tables(period: &Period<'_>, lang: Lang) -> Vec<Tabled> {
    let t = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    let row = |name: String, counts: Counts| Row {
        median: counts.spread().map_or_else(|| "—".to_owned(), |spread| span(spread.median, lang)),
        name,
        counts,
    };
    let largest_first = |groups: BTreeMap<String, Counts>| {
        let mut rows: Vec<_> = groups.into_iter().collect();
        rows.sort_by_key(|(name, counts)| (Reverse((counts.opened, counts.open)), name.clone()));
        if rows.len() > ROWS {
            let mut rest = Counts::default();
            rows.split_off(ROWS).iter().for_each(|(_, counts)| rest.add(counts));
            rows.push((t("其他", "others").to_owned(), rest));
        }
        rows.into_iter().map(|(name, counts)| row(name, counts)).collect::<Vec<_>>()
    };
    let kinds = period.grouped(|one, _| {
        one.incident.kinds.iter().map(|kind: &Kind| words::kind(*kind).get(lang).to_owned()).collect()
    });
    let severities = period.grouped(|one, _| vec![Reverse(one.incident.severity)]);
    let severities = severities.into_iter().map(|(Reverse(severity), counts): (Reverse<Severity>, _)| {
        row(words::severity(severity).get(lang).to_owned(), counts)
    });
    let operators = period.grouped(|_, operator| vec![operator.name().get(lang).to_owned()]);
    let division = |one: &Listed<'_>| {
        one.division.map_or_else(|| t("未登记", "not registered").to_owned(), |name| clip(&visible(name), 60))
    };
    let divisions = period.grouped(|one, _| vec![division(one)]);
    vec![
        Tabled { heading: t("按级别", "By severity"), rows: severities.collect() },
        Tabled { heading: t("按种类", "By kind"), rows: largest_first(kinds) },
        Tabled { heading: t("按单位性质", "By kind of operator"), rows: largest_first(operators) },
        Tabled { heading: t("按行政区划", "By division"), rows: largest_first(divisions) },
    ]
}

fn gaps(period: &Period<'_>, lang: Lang) -> Vec<Gap> {
    let mut by_reason: BTreeMap<Reason, (usize, BTreeSet<&TargetId>, BTreeSet<&str>)> = BTreeMap::new();
    for (site, gap) in &period.not_assessed {
        let (count, sites, urls) = by_reason.entry(gap.reason).or_default();
        *count += 1;
        sites.insert(site);
        urls.insert(&gap.url);
    }
    let mut gaps: Vec<_> = by_reason
        .into_iter()
        .map(|(reason, (count, sites, urls))| Gap {
            reason: words::reason(reason).get(lang),
            advice: words::advice(reason).get(lang),
            count,
            sites: sites.len(),
            examples: urls.into_iter().take(EXAMPLES).map(|url| clip(&visible(url), 120)).collect(),
        })
        .collect();
    gaps.sort_by_key(|gap| Reverse(gap.count));
    gaps
}

fn unvisited(period: &Period<'_>) -> (Vec<String>, usize) {
    let missed = || period.registered.iter().filter(|(id, _)| !period.visited.contains(*id));
    let names = missed().take(UNVISITED).map(|(_, name)| clip(&visible(name), 60)).collect();
    (names, missed().count().saturating_sub(UNVISITED))
}
