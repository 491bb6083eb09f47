//! Links that people cannot see, and visible links that were slipped in among honest ones.
//!
//! **What it finds.** Links to other sites in hidden blocks, comments, noscript, behind `</html>`; dots as anchors; link
//! farms; visible links with jargon anchors. **Why it matters.** They lend a site's standing to gambling and fraud.
//! **How it can be wrong.** A template maker's hidden credit and bait for mail harvesters look alike; menus and tabs
//! that a rule or script shows again stay silent unless their words are jargon.

mod group;
mod visible;

use super::analysis::LinkReading;
use super::card::{Card, Example, Seen, Text};
use super::dossier::Dossier;
use super::sighting::{Sighting, distinct_sightings};
use super::{Context, Detector};
use crate::finding::{Category, Finding, IncompleteFinding, Kind, Outcome, Payload, Severity, Signal, State};
use crate::page::{Link, Region};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kind: Kind::HiddenLink, card: CARD, detect };

const CARD: Card = Card {
    since: "0.1.0",
    severity: Severity::High,
    looks_at: Text {
        zh: "每个访问身份所得页面上的全部链接及其所在位置：正文、注释、noscript、模板、</html> 之后、文档头之前、属性，以及层叠样式决定的可见性。",
        en: "Every link of every view, wherever it stands: body, comments, noscript, templates, after </html>, before the \
             doctype, attributes; and what the style sheets let people see of it.",
    },
    finds: Text {
        zh: "访客看不见却指向外站的链接（暗链），以及混入友情链接、正文、页脚的赌博、药品、仿品等推广链接。",
        en: "Links to other sites that visitors cannot see, and links to gambling, pharmacy or counterfeit shops slipped in \
             among friend links, articles and footers.",
    },
    matters: Text {
        zh: "暗链借本站的信誉为违法网站引流，说明页面或模板已被他人写入。",
        en: "They lend the site's standing to illegal ones, and show that somebody else writes to its pages or templates.",
    },
    errs: Text {
        zh: "模板作者的隐藏署名链接、反垃圾诱饵链接与暗链形态相同，仅报低危；由样式或脚本再次显示的菜单、选项卡不报，除非文字是黑话。",
        en: "A template maker's hidden credit and bait for harvesters have the same shape and are reported low; menus and \
             tabs that a rule or script shows again are not reported unless their words are jargon.",
    },
    references: &[
        "https://developers.google.com/search/docs/essentials/spam-policies#hidden-text-and-links",
        "https://cwe.mitre.org/data/definitions/506.html",
    ],
    must_find: &[
        Example {
            name: "a hidden block of gambling links",
            seen: Seen::Page(
                "<title>某某学校</title><p>欢迎访问本校网站。</p><div style='display:none'>\
                 <a href='http://bc.a1b2.test/'>百家乐</a><a href='http://bc.c3d4.test/'>时时彩</a></div>",
            ),
        },
        Example {
            name: "hidden links to several strange sites, whatever they say",
            seen: Seen::Page(
                "<title>某某公司</title><p>公司简介</p><div style='display:none'><a href='http://a1b2.test/'>网络</a>\
                 <a href='http://c3d4.test/'>科技</a><a href='http://e5f6.test/'>服务</a></div>",
            ),
        },
    ],
    must_spare: &[
        Example {
            name: "a hidden menu of the site's own pages",
            seen: Seen::Page(
                "<title>某某学校</title><ul style='display:none'><li><a href='/a'>概况</a><li><a href='/b'>新闻</a></ul><p>正文",
            ),
        },
        Example {
            name: "a hidden badge of a statistics service",
            seen: Seen::Page(
                "<title>某某公司</title><p>正文</p><div style='display:none'><a href='https://www.cnzz.com/stat/?id=1'>站长统计</a></div>",
            ),
        },
        Example {
            name: "visible friend links",
            seen: Seen::Page(
                "<title>某某学校</title><p>正文</p><div class='links'><h3>友情链接</h3><a href='http://www.a1b2.test/'>某某中学</a>\
                 <a href='http://www.c3d4.test/'>某某教育集团</a></div>",
            ),
        },
    ],
};

/// Links of one cause: what one finding is made of.
#[derive(Debug)]
struct Group<'a> {
    method: String,
    /// What keeps the group together, for the fingerprint.
    cause: String,
    /// Selector and declaration that hide it, for people.
    reason: String,
    mechanism: bool,
    visible: bool,
    links: Vec<(&'a Link, &'a LinkReading)>,
    /// What the group as a whole promotes.
    category: Option<Category>,
    /// Where the first link ends, where it was looked at and is illegal.
    landing: Option<String>,
    state: State,
    severity: Severity,
    confidence: f64,
}

fn detect(dossier: &Dossier, context: &Context<'_>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut links = 0;
    let mut looked = false;
    for sighting in distinct_sightings(dossier) {
        looked = true;
        links += sighting.page.links.len() + sighting.page.frames.len();
        outcomes.extend(of_page(&sighting, context));
    }
    match (looked && links > 0, outcomes.is_empty()) {
        (false, true) => vec![Outcome::NotApplicable(Kind::HiddenLink)],
        (true, true) => vec![Outcome::Pass(Kind::HiddenLink)],
        (_, false) => outcomes,
    }
}

/// What is found on one page.
pub(super) fn of_page(sighting: &Sighting<'_>, context: &Context<'_>) -> Vec<Outcome> {
    let analysis = context.analysis(sighting);
    let mut groups = group::concealed(sighting, &analysis);
    groups.extend(visible::slipped_in(sighting, &analysis));
    let mut findings: Vec<Finding> =
        groups.iter().filter_map(|group| finding(sighting, group).ok()).collect();
    findings.extend(group::frames(sighting, context));
    findings.into_iter().map(|finding| Outcome::Violation(Box::new(finding))).collect()
}

impl Group<'_> {
    fn payload(&self) -> Payload {
        let mut payload =
            Payload { category: self.category, landing: self.landing.clone(), ..Payload::default() };
        for (link, reading) in &self.links {
            let url = link.url.as_ref().map_or(link.href.as_str(), |url| url.as_str());
            if payload.urls.len() < 20 && !payload.urls.iter().any(|known| known == url) {
                payload.urls.push(url.to_owned());
            }
            for term in &reading.terms {
                if payload.terms.len() < 20 && !payload.terms.contains(term) {
                    payload.terms.push(term.clone());
                }
            }
        }
        payload
    }

    fn domains(&self) -> Vec<&str> {
        let mut domains: Vec<&str> = self
            .links
            .iter()
            .map(|(_, reading)| reading.domain.as_str())
            .filter(|domain| !domain.is_empty())
            .collect();
        domains.sort_unstable();
        domains.dedup();
        domains
    }

    fn has_payload(&self) -> bool {
        self.category.is_some() || self.landing.is_some()
    }
}

fn finding(sighting: &Sighting<'_>, group: &Group<'_>) -> Result<Finding, IncompleteFinding> {
    let Some((first, _)) = group.links.first() else {
        return sighting.finding(Kind::HiddenLink, group.cause.as_str()).build();
    };
    let domains = group.domains();
    let count = group.links.len();
    let (zh, en) = titles(group, count);
    let named = domains.iter().take(5).copied().collect::<Vec<_>>().join("、");
    let mut signals = Vec::new();
    if group.mechanism {
        signals.push(Signal::Mechanism);
    }
    if group.has_payload() {
        signals.push(Signal::Payload);
    }
    if group.links.iter().any(|(_, reading)| reading.foreign) {
        signals.push(Signal::Foreignness);
    }
    let (text, mark) = &first.snippet;
    sighting
        .finding(Kind::HiddenLink, group.cause.as_str())
        .verdict(group.state, group.severity, group.confidence)
        .title(zh, en)
        .explanation(
            format!("{count} 个链接（指向 {named}）{}。{}", why_zh(group), "这类链接通常由入侵者或被篡改的模板写入，为外站引流。"),
            format!(
                "{count} link(s) to {}: {}. Links of this kind are usually written by an intruder or a tampered template, \
                 to lend the site's standing to others.",
                domains.iter().take(5).copied().collect::<Vec<_>>().join(", "),
                why_en(group)
            ),
        )
        .remedy(
            "删除该链接块，检查模板、数据库和近期被修改的文件，查清写入途径并修补；确属模板署名的，删除隐藏样式或整个链接。",
            "Remove the block, look through templates, database and recently changed files, find and close the way in; if \
             it is a template maker's credit, show it or take it out.",
        )
        .detail("links", count)
        .detail("domains", domains)
        .detail("visible", group.visible)
        .detail("hidden_by", group.reason.as_str())
        .detail("user_content", first.region == Region::UserContent)
        .detail("anchors", group.links.iter().take(10).map(|(link, _)| link.text.clone()).collect::<Vec<_>>())
        .place(sighting.place(&group.method, &first.selector, first.line, text, *mark))
        .payload(group.payload())
        .signals(signals)
        .build()
}

fn titles(group: &Group<'_>, count: usize) -> (String, String) {
    match (group.visible, group.has_payload()) {
        (true, _) => (
            format!("页面上混入 {count} 个推广违法内容的外部链接"),
            format!("{count} visible link(s) promote illegal content elsewhere"),
        ),
        (false, true) => (
            format!("页面藏有 {count} 个推广违法内容的暗链"),
            format!("{count} hidden link(s) promote illegal content elsewhere"),
        ),
        (false, false) => (
            format!("页面藏有 {count} 个指向外站的链接"),
            format!("{count} link(s) to other sites are hidden from visitors"),
        ),
    }
}

fn why_zh(group: &Group<'_>) -> String {
    match (group.visible, group.reason.is_empty()) {
        (true, _) => "可见，但锚文本或去向与本站无关且属推广用语".to_owned(),
        (false, true) => "处于访客看不到的位置".to_owned(),
        (false, false) => format!("被隐藏（{}）", group.reason),
    }
}

fn why_en(group: &Group<'_>) -> String {
    match (group.visible, group.reason.is_empty()) {
        (true, _) => "visible, but in the words of illicit promotion and foreign to the site".to_owned(),
        (false, true) => "in a place that visitors do not see".to_owned(),
        (false, false) => format!("hidden ({})", group.reason),
    }
}
