//! The summary as plain text, for terminals and mail.

use std::fmt::Write as _;

use super::Period;
use super::told::{Told, columns as heads};
use crate::lang::Lang;
use crate::report::wrap::{clipped, columns, padded};

/// Columns of a name.
const NAME: usize = 28;

/// The summary as text; ends with a line break.
pub fn text(period: &Period<'_>, lang: Lang) -> String {
    let t = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    let told = Told::of(period, lang);
    let mut out = String::new();
    let mut line = |text: &str| {
        let _ = writeln!(out, "{}", text.trim_end());
    };
    line(&format!("{} {}", t("网站巡查情况", "Summary of the patrol"), told.span));
    line(&format!("  {} {}", t("制作时间", "made"), told.made));
    line("");
    for (name, value) in &told.tally {
        line(&format!("  {}{value}", padded(name, NAME)));
    }
    for (name, value) in &told.fix {
        line(&format!("  {}{value}", padded(&format!("{} · {name}", t("整改用时", "time to fix")), NAME)));
    }
    let heads = heads(lang);
    let wide: Vec<usize> = heads.iter().map(|head| columns(head).max(6) + 2).collect();
    let row = |name: &str, cells: [String; 5]| {
        let cells: String = cells
            .iter()
            .zip(&wide)
            .map(|(cell, wide)| format!("{}{cell}", " ".repeat(wide.saturating_sub(columns(cell)))))
            .collect();
        format!("  {}{cells}", padded(&clipped(name, NAME - 1), NAME))
    };
    line("");
    let steps = &told.figures.steps;
    line(&row(
        if told.figures.monthly {
            t("按月（起始日）", "By month (from)")
        } else {
            t("按周（起始日）", "By week (from)")
        },
        [heads[0].into(), heads[1].into(), heads[2].into(), String::new(), heads[4].into()],
    ));
    for (day, counts) in steps {
        let median = counts.spread().map(|spread| crate::report::history::span(spread.median, lang));
        let cells = [
            counts.opened.to_string(),
            counts.rectified.to_string(),
            counts.reopened.to_string(),
            String::new(),
            median.unwrap_or_else(|| "—".to_owned()),
        ];
        line(&row(&day.to_string(), cells));
    }
    for table in &told.tables {
        line("");
        line(&row(table.heading, heads.map(str::to_owned)));
        for one in &table.rows {
            let counts = &one.counts;
            let numbers =
                [counts.opened, counts.rectified, counts.reopened, counts.open].map(|n| n.to_string());
            let [opened, rectified, reopened, open] = numbers;
            line(&row(&one.name, [opened, rectified, reopened, open, one.median.clone()]));
        }
    }
    line("");
    line(t("未能评估", "Not assessed"));
    if told.gaps.is_empty() {
        line(t("  无", "  nothing"));
    }
    for gap in &told.gaps {
        let sites = match lang {
            Lang::Zh => format!("{} 次，{} 个网站", gap.count, gap.sites),
            Lang::En => format!("{} times at {} sites", gap.count, gap.sites),
        };
        line(&format!("  {}{sites}", padded(gap.reason, NAME)));
        for example in &gap.examples {
            line(&format!("    {example}"));
        }
    }
    let (names, more) = &told.unvisited;
    if !names.is_empty() {
        let more = match (more, lang) {
            (0, _) => String::new(),
            (more, Lang::Zh) => format!(" 等，另有 {more} 个"),
            (more, Lang::En) => format!(" and {more} more"),
        };
        line(&format!(
            "  {}{}{more}",
            padded(t("期内未访问的登记网站", "registered, not visited"), NAME),
            names.join(" · ")
        ));
    }
    line("");
    line(t(
        "事件为供人核实的线索，不是认定；“已整改”指在同样条件下两次未再观察到。",
        "Incidents are leads for a person to confirm; “rectified” means not observed at two looks under the same conditions.",
    ));
    out
}
