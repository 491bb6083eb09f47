//! The incident report: one self-contained page in the order in which a reader needs it, made for A4.

use askama::Template;

use super::CaseSheet;
use super::access::{self, Access};
use super::chain::Chain;
use crate::finding::Finding;
use crate::id::sha256_hex;
use crate::incident::Course;
use crate::lang::Lang;
use crate::report::escape::{defanged, visible};
use crate::report::history;
use crate::report::html::{AROUND, OFFENDING, PICTURES, STYLE, base64_of_hex, embed};
use crate::report::reading::{Shown, ShownDuty, clip};
use crate::report::words::{self, Labels};
use crate::report::{Duty, Relation, ReportError, difference, grading};

#[derive(Template)]
#[template(path = "incident_paper.html")]
struct Paper {
    l: Labels,
    zh: bool,
    style: String,
    style_digest: String,
    title: String,
    severity_id: &'static str,
    severity: &'static str,
    standing: &'static str,
    facts: Vec<(&'static str, String)>,
    times: Vec<(&'static str, String)>,
    grading: Vec<String>,
    findings: Vec<Part>,
    law: Vec<ShownDuty>,
    /// Provisions on what others may have done to the site.
    offences: Vec<ShownDuty>,
    unchecked: usize,
    changes: Vec<(String, Vec<String>)>,
    seen: Vec<Seen>,
    visits: Vec<String>,
    evidence: Vec<[String; 4]>,
    history: Vec<(String, String)>,
    blind_spots: Vec<&'static str>,
    id: String,
    made: String,
}

/// A finding with the drawing of its redirect.
struct Part {
    shown: Shown,
    chain: Option<Chain>,
    page: String,
    /// What it says of the way in which the page was altered.
    altered: Option<String>,
}

/// A way of visiting, and whether something showed to it.
struct Seen {
    profile: String,
    referrer: String,
    cookies: String,
    user_agent: String,
    /// How many of the findings it met.
    met: usize,
}

/// The report as a page.
///
/// # Errors
/// When the template cannot be rendered.
pub fn html(sheet: &CaseSheet<'_>, lang: Lang) -> Result<String, ReportError> {
    let t = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    let style = format!("{STYLE}{PAPER}");
    let mut room = PICTURES;
    let findings = sheet.findings.iter().zip(&sheet.tracked).map(|(reported, tracked)| {
        let mut shown = Shown::of(reported, lang, jiff::tz::offset(8));
        shown.shorten(AROUND, OFFENDING);
        embed(&mut shown, reported, &mut room);
        shown.explanation = defanged(&shown.explanation);
        Part {
            chain: Chain::of(&reported.finding, &sheet.accesses, lang),
            page: clip(&visible(&tracked.page), 300),
            altered: altered(&reported.finding, lang),
            shown,
        }
    });
    let duties = sheet.duties();
    let all: std::collections::BTreeSet<_> =
        sheet.findings.iter().flat_map(|one| &one.obligations).map(|duty| duty.id.clone()).collect();
    let (others, own): (Vec<&Duty>, Vec<&Duty>) =
        duties.iter().partition(|duty| duty.relation == Relation::ThirdPartyOffence);
    let shown = |duties: &[&Duty]| duties.iter().map(|duty| ShownDuty::of(duty, lang)).collect();
    let paper = Paper {
        l: words::labels(lang),
        zh: lang == Lang::Zh,
        style_digest: base64_of_hex(&sha256_hex(style.as_bytes())),
        style,
        title: format!("{}{}{}", sheet.site_name(), t("：", ": "), sheet.kinds(lang)),
        severity_id: sheet.incident.severity.as_str(),
        severity: words::severity(sheet.incident.severity).get(lang),
        standing: words::standing(sheet.standing).get(lang),
        facts: facts(sheet, lang),
        times: times(sheet, lang),
        grading: grading::lines(&sheet.tracked, sheet.operator, lang),
        findings: findings.collect(),
        unchecked: all.len() - duties.len(),
        law: shown(&own),
        offences: shown(&others),
        changes: sheet
            .changes
            .iter()
            .map(|(page, changes)| (clip(&visible(page), 300), difference::lines(changes, lang)))
            .collect(),
        seen: seen(sheet, lang),
        visits: sheet.accesses.iter().map(|access| visit(access, lang)).collect(),
        evidence: sheet.evidence(lang),
        history: happened(sheet, lang),
        blind_spots: words::BLIND_SPOTS.iter().map(|spot| spot.get(lang)).collect(),
        id: visible(sheet.incident.id.as_str()),
        made: CaseSheet::time(sheet.now),
    };
    Ok(paper.render()?)
}

/// What the paper adds to the style of reports.
const PAPER: &str = "\
.paper main,.paper header,.paper footer{max-width:860px}\
.paper table{margin:6px 0}\
.paper svg{max-width:100%;height:auto;margin:6px 0}\
.paper svg rect{fill:var(--code);stroke:var(--rule)}\
.paper svg rect.last{stroke:var(--critical);stroke-width:2}\
.paper svg text{font:12.5px ui-monospace,Menlo,Consolas,\"Noto Sans Mono CJK SC\",monospace;fill:var(--ink)}\
.paper svg text.head{font-size:11px;fill:var(--soft)}\
.paper dd.chain{grid-column:1/-1}\
.paper .guises{font-size:13px}.paper .guises td{padding:5px 10px;white-space:nowrap}.paper .guises td:first-child{white-space:normal;line-height:1.45}\
.paper .guises code{display:block;font-size:10.5px;line-height:1.35;word-break:break-all}\
.paper svg path{stroke:var(--soft);fill:none;stroke-width:1.5}\
.paper .digests code{font-size:10.5px;word-break:break-all}\
.paper figure img{max-height:24rem}\
.paper section.law h4{margin:0;font-size:15px}.paper main h3{font-size:15.5px;margin:18px 0 8px}.paper article h3{font-size:17px;margin:8px 0 2px}\
@media (max-width:640px){.paper .guises td{white-space:normal}.paper .guises td:nth-child(2){word-break:break-all}}\
@page{size:A4}\
@media print{.paper h2{margin-top:20px}.paper section.law{padding:7px 14px;margin-bottom:7px}.paper section.law p,.paper section.law li{font-size:9.5pt;line-height:1.5}.paper dl.facts{font-size:10pt}.paper .meta,.paper article h3{break-after:avoid}.paper article{break-inside:auto;border-left-width:3px}.paper figure,.paper svg{break-inside:avoid}}";

fn facts(sheet: &CaseSheet<'_>, lang: Lang) -> Vec<(&'static str, String)> {
    let t = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    let site = &sheet.site;
    let maybe = |text: &Option<String>| text.as_deref().map(visible).unwrap_or_default();
    let list =
        |texts: &[String]| texts.iter().map(|text| visible(text)).collect::<Vec<_>>().join(t("；", "; "));
    let kind = sheet.operator.name();
    let operator = match &site.operator {
        Some(name) => format!("{} · {}", visible(name), kind.get(lang)),
        None => kind.get(lang).to_owned(),
    };
    let hosts: Vec<_> = sheet.incident.hosts.iter().map(|host| defanged(host)).collect();
    let facts = vec![
        (t("网站", "Site"), format!("{} · {}", sheet.site_name(), visible(sheet.incident.target.as_str()))),
        (t("网址", "Addresses"), list(&site.urls)),
        (t("主办单位", "Operator"), operator),
        (t("行政区划", "Division"), maybe(&site.division)),
        (t("ICP备案号", "ICP filing"), maybe(&site.icp)),
        (t("公安备案号", "Police filing"), maybe(&site.police)),
        (t("联系人", "Contacts"), list(&site.contacts)),
        (t("巡查依据", "Watched on"), maybe(&site.authorisation)),
        (t("涉及域名", "Domains"), hosts.join(" ")),
    ];
    facts.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

fn times(sheet: &CaseSheet<'_>, lang: Lang) -> Vec<(&'static str, String)> {
    let t = |zh: &'static str, en: &'static str| if lang == Lang::Zh { zh } else { en };
    let mut times = history::key_times(sheet.incident, &sheet.tracked, lang, &CaseSheet::time);
    let now = match sheet.incident.course {
        Course::Active => t("制作本报告时仍可见", "still shows"),
        Course::Clean => t("已不可见，待复查", "no longer shows; to be looked at again"),
        Course::Rectified => t("复查未再见", "gone at the second look"),
    };
    times.push((t("现状", "Now"), now.to_owned()));
    times
}

/// The ways of visiting, with those that met something first.
fn seen(sheet: &CaseSheet<'_>, lang: Lang) -> Vec<Seen> {
    let findings = || sheet.findings.iter().map(|one| &one.finding);
    let mut all: Vec<Seen> = access::guises(&sheet.accesses)
        .into_iter()
        .map(|guise| Seen {
            profile: words::profile(guise.profile.as_str(), lang),
            referrer: guise
                .referrer
                .as_deref()
                .map_or_else(|| "—".to_owned(), |text| clip(&visible(text), 120)),
            cookies: access::cookies(&guise.cookies, lang),
            user_agent: clip(&visible(&guise.user_agent), 240),
            met: findings().filter(|one| one.conditions.profiles.contains(&guise.profile)).count(),
        })
        .collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.met));
    all
}

/// One visit in a sentence.
fn visit(access: &Access, lang: Lang) -> String {
    let (from, to) = (CaseSheet::time(access.began), CaseSheet::time(access.ended));
    let told = |text: &str| visible(text);
    // The clock note is written in both languages, one after the other.
    let clock = access.clock.split_once(" / ").map(|(zh, en)| if lang == Lang::Zh { zh } else { en });
    let clock = told(clock.unwrap_or(&access.clock));
    let (version, rules) = (told(&access.version), told(&access.rules));
    let egress = access.egress.as_deref().map(told);
    match lang {
        Lang::Zh => {
            let egress = egress.unwrap_or_else(|| "未记录".to_owned());
            format!("{from} 至 {to}；xuncha {version}，规则 {rules}；时钟：{clock}；网络出口：{egress}")
        }
        Lang::En => {
            let egress = egress.unwrap_or_else(|| "not recorded".to_owned());
            format!("{from} to {to}; xuncha {version}, rules {rules}; clock: {clock}; network exit: {egress}")
        }
    }
}

/// How a page was altered, as the finding has it.
fn altered(finding: &Finding, lang: Lang) -> Option<String> {
    let form = finding.detail.get("form")?.as_str()?;
    let (zh, en) = match form {
        "replaced" => ("整页被替换", "the whole page was replaced"),
        "inserted" => ("原页面中被插入内容", "content was put into the page"),
        "signature" => ("页面带有攻击者签名", "the page bears an intruder's signature"),
        "ransom-note" => ("页面是勒索信", "the page is a ransom note"),
        "changed-title" => ("标题被改", "the title was changed"),
        "altered" => ("联系或收款方式被更换", "where to call, write or pay is another"),
        "added-page" => ("新增了不属于该站的页面", "a page was added that does not belong to the site"),
        _ => return None,
    };
    let words = finding.detail.get("words").and_then(serde_json::Value::as_str).unwrap_or_default();
    let words = clip(&defanged(words), 200);
    Some(match (lang, words.is_empty()) {
        (Lang::Zh, true) => zh.to_owned(),
        (Lang::Zh, false) => format!("{zh}：“{words}”"),
        (Lang::En, true) => en.to_owned(),
        (Lang::En, false) => format!("{en}: “{words}”"),
    })
}

fn happened(sheet: &CaseSheet<'_>, lang: Lang) -> Vec<(String, String)> {
    let events =
        sheet.events.iter().map(|event| (event.at, words::happening(event.what).get(lang).to_owned()));
    let decisions = sheet
        .decisions
        .iter()
        .map(|decision| (decision.at, history::decided(decision, lang, &CaseSheet::time)));
    let mut all: Vec<_> = events.chain(decisions).collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(at, what)| (CaseSheet::time(at), what)).collect()
}
