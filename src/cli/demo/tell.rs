//! One case of the demonstration in words: what happened, what the scan sees, which duties it touched then and now.

use jiff::civil::Date;

use super::super::Failed;
use super::super::output::{Sink, cannot_write};
use crate::finding::{Finding, Kind, Severity};
use crate::lang::Lang;
use crate::obligation::{Obligation, SeedCase};
use crate::report::escape;
use crate::report::words;
use crate::scan::{Scanned, duties};
use crate::target::OperatorKind;

/// Duties named for one finding and one date; the rest is counted.
const DUTIES_NAMED: usize = 4;

/// Writes one case.
pub(super) fn tell(
    case: &SeedCase,
    scanned: &Scanned,
    today: Date,
    lang: Lang,
    sink: &mut Sink,
) -> Result<(), Failed> {
    let mut text = head(case, scanned, lang);
    let (core, aside): (Vec<_>, Vec<_>) =
        scanned.findings.iter().map(|reported| &reported.finding).partition(|finding| is_core(case, finding));
    for finding in core {
        text += &told(finding, lang);
        let labels = match lang {
            Lang::Zh => ["当时", "现在"],
            Lang::En => ["then", "now "],
        };
        for (label, date) in labels.into_iter().zip([case.date(), today]) {
            text += &touched(&duties(finding, case.operator, date), date, lang, label);
        }
    }
    let aside: Vec<_> = aside.into_iter().filter(|finding| finding.severity >= Severity::Low).collect();
    for finding in &aside {
        text += &told(finding, lang);
    }
    if scanned.findings.is_empty() {
        text += match lang {
            Lang::Zh => "  ○ 从外部未观察到任何问题。\n",
            Lang::En => "  ○ Nothing was observed from the outside.\n",
        };
    }
    let blind = match lang {
        Lang::Zh => "外部可见性",
        Lang::En => "From outside",
    };
    text += &format!("  {blind}：{}\n", case.outside.get(lang));
    if case.kinds.is_empty() {
        text += match lang {
            Lang::Zh => "  说明：真实案件从外部看不到；演示站点假定同样的内容出现在公开网页上。\n",
            Lang::En => {
                "  Note: the real case could not be seen from outside; the site shows it as if it were on a public page.\n"
            }
        };
    }
    text.push('\n');
    sink.writer().write_all(text.as_bytes()).map_err(|error| cannot_write(&error))
}

/// Whether a finding is what the case is about; the rest is told in one line each.
fn is_core(case: &SeedCase, finding: &Finding) -> bool {
    let shown = matches!(finding.kind, Kind::IllegalContent | Kind::Defacement)
        && finding.severity >= Severity::Medium;
    case.kinds.contains(&finding.kind) || (case.kinds.is_empty() && shown)
}

/// A finding in one line, with the conditions under which it shows.
fn told(finding: &Finding, lang: Lang) -> String {
    let severity = words::severity(finding.severity);
    let kind = words::kind(finding.kind);
    let title = escape::visible(finding.title.get(lang));
    let mut text = format!("  ● [{}] {} · {title}\n", severity.get(lang), kind.get(lang));
    if !finding.conditions.shows.is_empty() {
        text += &format!("      {}\n", escape::visible(&words::conditions(&finding.conditions, lang)));
    }
    text
}

fn head(case: &SeedCase, scanned: &Scanned, lang: Lang) -> String {
    let number = case.number;
    let (title, facts, outcome) = (case.title.get(lang), case.facts.get(lang), case.outcome.get(lang));
    let month = &case.month;
    let operator = operator(case.operator, lang);
    let url = &scanned.url;
    let requests = scanned.requests;
    match lang {
        Lang::Zh => format!(
            "案例 {number}　{title}（{month}，{operator}）\n  事实：{facts}\n  处理：{outcome}\n  检查：{url}　{requests} 次请求\n"
        ),
        Lang::En => format!(
            "Case {number}: {title} ({month}, {operator})\n  Facts: {facts}\n  Outcome: {outcome}\n  Scanned: {url}  {requests} requests\n"
        ),
    }
}

fn operator(kind: OperatorKind, lang: Lang) -> String {
    kind.name().get(lang).to_owned()
}

/// The duties in force on a date, the first few by name.
fn touched(duties: &[Obligation], on: Date, lang: Lang, label: &str) -> String {
    if duties.is_empty() {
        return match lang {
            Lang::Zh => format!("      {label} {on}　无对应条文\n"),
            Lang::En => format!("      {label} {on}  no matching article\n"),
        };
    }
    let mut text = String::new();
    for (index, duty) in duties.iter().take(DUTIES_NAMED).enumerate() {
        let lead = if index == 0 { format!("{label} {on}") } else { " ".repeat(15) };
        let mark = match (duty.verified, lang) {
            (true, _) => "",
            (false, Lang::Zh) => "（未核实）",
            (false, Lang::En) => " (unverified)",
        };
        text +=
            &format!("      {lead}　{} {}{mark}\n", duty.title_text.get(lang), duty.article_text.get(lang));
    }
    if duties.len() > DUTIES_NAMED {
        let more = duties.len() - DUTIES_NAMED;
        text += &match lang {
            Lang::Zh => format!("      {}　另有 {more} 条，见 --format html\n", " ".repeat(15)),
            Lang::En => format!("      {}  and {more} more, see --format html\n", " ".repeat(15)),
        };
    }
    text
}
