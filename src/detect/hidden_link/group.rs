//! Hidden links by cause: one group for everything that one rule, comment or place hides.

use std::collections::HashMap;

use super::Group;
use crate::detect::Context;
use crate::detect::analysis::{Analysis, LinkReading, Sort};
use crate::detect::jump::target;
use crate::detect::sighting::Sighting;
use crate::finding::{Category, Finding, Kind, Payload, Severity, Signal, State};
use crate::page::{Frame, Link, Origin, Reveal, Sight};

/// How a link is kept from people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Means {
    /// A style or attribute hides it, and nothing shows it again.
    Style(&'static str),
    /// A style hides it, and something may show it again.
    Shown(&'static str, Reveal),
    /// It stands where no element of a page should: this alone is odd.
    Outside(&'static str),
    /// It stands where people do not look, and honest pages have links there too.
    Aside(&'static str),
    /// Its anchor is a dot.
    Dot,
}

impl Means {
    fn method(self) -> &'static str {
        match self {
            Self::Style(method) | Self::Shown(method, _) | Self::Outside(method) | Self::Aside(method) => {
                method
            }
            Self::Dot => "html-dot-anchor",
        }
    }
}

/// Groups of concealed links that are worth a finding.
pub(super) fn concealed<'a>(sighting: &Sighting<'a>, analysis: &'a Analysis) -> Vec<Group<'a>> {
    let mut order: Vec<(Means, &str)> = Vec::new();
    let mut groups: HashMap<(Means, &str), Vec<(&'a Link, &'a LinkReading)>> = HashMap::new();
    let mut own: HashMap<(Means, &str), usize> = HashMap::new();
    for (link, reading) in sighting.page.links.iter().zip(&analysis.links) {
        let Some(means) = means(link) else { continue };
        if !(reading.foreign || reading.category.is_some()) {
            // What leads on within the site; jumps within the page and scripts lead nowhere.
            let leads_on = !reading.outside && link.url.is_some() && !link.href.starts_with('#');
            *own.entry((means, link.visibility.reason.as_str())).or_default() += usize::from(leads_on);
            continue;
        }
        if means.method() == "html-noscript-links" && analysis.is_open(link) {
            continue;
        }
        if reading.category.is_none() && reading.address < 0.6 && analysis.linked_openly(&reading.domain) {
            continue;
        }
        let key = (means, link.visibility.reason.as_str());
        groups.entry(key).or_insert_with(|| {
            order.push(key);
            Vec::new()
        });
        if let Some(links) = groups.get_mut(&key) {
            links.push((link, reading));
        }
    }
    order
        .into_iter()
        .filter_map(|key| {
            let links = groups.remove(&key)?;
            // A menu of the house has a few links to its sister sites; what is planted has none of the house's own.
            let menu = own.get(&key).is_some_and(|own| *own * 2 >= links.len());
            judge(sighting, analysis, key, menu, links)
        })
        .collect()
}

fn means(link: &Link) -> Option<Means> {
    let technique = link.visibility.technique.unwrap_or("css-hidden");
    if link.visibility.sight == Sight::Hidden
        && matches!(link.origin, Origin::Body | Origin::AfterEnd | Origin::BeforeDoctype | Origin::Head)
    {
        return Some(match link.visibility.reveal {
            None => Means::Style(technique),
            Some(reveal) => Means::Shown(technique, reveal),
        });
    }
    match link.origin {
        Origin::AfterEnd => Some(Means::Outside("html-after-closing-tag")),
        Origin::BeforeDoctype => Some(Means::Outside("html-before-doctype")),
        Origin::Head => Some(Means::Outside("html-links-in-head")),
        Origin::NoScript => Some(Means::Aside("html-noscript-links")),
        Origin::Inert => Some(Means::Aside("html-template-inert")),
        Origin::Comment => Some(Means::Aside("html-comment-links")),
        Origin::ConditionalComment => Some(Means::Aside("html-conditional-comment")),
        Origin::Attribute => Some(Means::Aside("html-hidden-attr")),
        Origin::Body if dot(link) => Some(Means::Dot),
        // Structured data is read by `injected-keywords`; lists and spelt-out addresses are visible.
        Origin::Body | Origin::JsonLd | Origin::Option | Origin::PlainText => None,
    }
}

/// Whether the anchor is a sign that nobody would click.
fn dot(link: &Link) -> bool {
    let text = link.text.trim();
    let source = link.snippet.0.get(link.snippet.1.0..link.snippet.1.1).unwrap_or_default();
    let pictured =
        ["<img", "<i", "<svg", "<span", "class=", "background"].iter().any(|sign| source.contains(sign));
    !pictured
        && matches!(
            text,
            "." | "。" | "·" | "," | "，" | "|" | "-" | "_" | "、" | "`" | "'" | "•" | "…" | ":"
        )
}

fn judge<'a>(
    sighting: &Sighting<'_>,
    analysis: &Analysis,
    (means, reason): (Means, &str),
    menu: bool,
    links: Vec<(&'a Link, &'a LinkReading)>,
) -> Option<Group<'a>> {
    let mut group = Group {
        method: means.method().to_owned(),
        cause: format!("{}\n{reason}", means.method()),
        reason: reason.to_owned(),
        mechanism: true,
        visible: false,
        category: category_of(analysis, &links),
        landing: None,
        links,
        state: State::Suspected,
        severity: Severity::Low,
        confidence: 0.5,
    };
    if let Some((landing, category)) = illegal_landing(sighting, &group.links) {
        group.landing = Some(landing);
        group.category = group.category.or(Some(category));
    }
    let payload = group.has_payload();
    let strange = |reading: &LinkReading| reading.foreign && !analysis.linked_openly(&reading.domain);
    let foreign = group.links.iter().any(|(_, reading)| strange(reading));
    // Hidden links of the house itself need more than one telling word: a headline may have one.
    if !foreign
        && group.landing.is_none()
        && group.links.iter().filter(|(_, reading)| reading.score >= 0.7).count() < 2
    {
        return None;
    }
    let mut domains: Vec<&str> = group
        .links
        .iter()
        .filter(|(_, reading)| if payload { reading.outside } else { strange(reading) })
        .map(|(_, reading)| reading.domain.as_str())
        .collect();
    domains.sort_unstable();
    domains.dedup();
    let domains = domains.len();
    let worded = group.links.iter().any(|(link, _)| link.text.chars().any(char::is_alphanumeric));
    let unlike = strange_language(sighting, &group.links);
    let (state, severity, confidence) = match (means, payload) {
        (Means::Aside("html-comment-links" | "html-conditional-comment"), true) => {
            (State::Risk, Severity::Low, 0.8)
        }
        (Means::Style(_) | Means::Outside(_), true) => (State::Confirmed, Severity::High, 0.97),
        (Means::Shown(_, _), true) if domains >= 2 || group.landing.is_some() => {
            (State::Confirmed, Severity::High, 0.85)
        }
        (Means::Shown(_, _), true) => (State::Suspected, Severity::Medium, 0.7),
        (Means::Aside(_), true) => (State::Confirmed, Severity::High, 0.85),
        (Means::Dot, true) => (State::Confirmed, Severity::High, 0.95),
        (Means::Style(_), false) if foreign && menu && !unlike => (State::Suspected, Severity::Low, 0.3),
        // A document that simply goes on behind a stray end tag.
        (Means::Outside("html-after-closing-tag"), false) if menu => return None,
        // Grounds, clips and sizes that only a picture could settle never speak for themselves.
        (Means::Style(method), false) if foreign && (doubtful(method) || !worded) => {
            (State::Suspected, Severity::Low, 0.4)
        }
        (Means::Style(_), false) if foreign && (domains >= 3 || domains == 2 && unlike) => {
            (State::Suspected, Severity::Medium, 0.8)
        }
        (Means::Style(_), false) if foreign => (State::Suspected, Severity::Low, 0.6),
        (Means::Outside(method), false) if foreign && domains >= 3 && method != "html-links-in-head" => {
            (State::Suspected, Severity::Medium, 0.7)
        }
        (Means::Outside(_), false) if foreign && domains >= 2 => (State::Suspected, Severity::Low, 0.5),
        (Means::Aside("html-noscript-links"), false) if foreign && domains >= 3 => {
            (State::Suspected, if unlike { Severity::Medium } else { Severity::Low }, 0.5)
        }
        (Means::Dot, false) if foreign && domains >= 2 => (State::Suspected, Severity::Medium, 0.7),
        (Means::Dot, false) if foreign => (State::Suspected, Severity::Low, 0.6),
        _ => return None,
    };
    (group.state, group.severity, group.confidence) = (state, severity, confidence);
    Some(group)
}

/// Techniques whose verdict rests on colours and boxes that a script, a picture or a font may change.
fn doubtful(method: &str) -> bool {
    matches!(
        method,
        "css-same-color"
            | "css-bg-image-blend"
            | "css-zindex-under"
            | "css-overlay-cover"
            | "css-overflow-scrolled"
            | "html-object-embed-zero"
            | "css-line-height-zero"
            | "html-long-blank-pad"
            | "html-table-far-right"
    )
}

/// What the links promote, by their own words, their addresses, and the hidden text they stand in.
fn category_of(analysis: &Analysis, links: &[(&Link, &LinkReading)]) -> Option<Category> {
    let worded = || links.iter().filter(|(_, reading)| reading.category.is_some());
    // What a site calls its own pages is its own affair, unless it does so again and again.
    let leading_out = || worded().filter(|(_, reading)| reading.outside);
    if leading_out().count() > 0 || worded().count() >= 3 {
        let worst = worded().max_by(|(_, a), (_, b)| a.score.total_cmp(&b.score));
        return worst.and_then(|(_, worst)| worst.category);
    }
    if links.iter().any(|(_, reading)| reading.foreign && reading.address >= 0.6) {
        return Some(Category::Gambling);
    }
    let sections = links.iter().filter_map(|(link, _)| analysis.section_of(link.block?));
    sections.filter(|section| section.sort == Sort::Hidden).find_map(|section| section.judgement.category)
}

fn illegal_landing(sighting: &Sighting<'_>, links: &[(&Link, &LinkReading)]) -> Option<(String, Category)> {
    links.iter().find_map(|(link, reading)| {
        let landing = sighting.dossier.landing(reading.leads_to(link)?)?;
        Some((landing.end.to_string(), landing.category?))
    })
}

/// Whether the anchors are in another script than the page: Latin or Thai words on a Chinese page.
fn strange_language(sighting: &Sighting<'_>, links: &[(&Link, &LinkReading)]) -> bool {
    let han = |text: &str| text.chars().filter(|c| matches!(c, '\u{4e00}'..='\u{9fff}')).count();
    let page: usize = sighting.page.blocks.iter().take(60).map(|block| han(&block.text)).sum();
    let anchors: String = links.iter().map(|(link, _)| link.text.as_str()).collect();
    page >= 20 && anchors.chars().filter(|c| c.is_alphabetic()).count() >= 6 && han(&anchors) == 0
}

/// The technique that a frame without size is: embedded objects load documents as frames do.
fn frame_method(frame: &Frame) -> &'static str {
    let embeds =
        |name: &str| frame.source.get(..name.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(name));
    if embeds("<object") || embeds("<embed") { "html-object-embed-zero" } else { "html-iframe-zero" }
}

/// Frames that nobody can see and that load another site: a finding each, louder where the address says gambling.
pub(super) fn frames(sighting: &Sighting<'_>, context: &Context<'_>) -> Vec<Finding> {
    let hidden = |frame: &&Frame| frame.visibility.sight == Sight::Hidden;
    let mut findings = Vec::new();
    for frame in sighting.page.frames.iter().filter(hidden).take(20) {
        let Some(url) = frame.url.as_ref().filter(|url| context.known.foreign(sighting.dossier, url)) else {
            continue;
        };
        let landing = target::landing(sighting.dossier, url).and_then(|landing| landing.category);
        let address = context.lexicon.address_score(url) >= 0.6;
        let category = landing.or(address.then_some(Category::Gambling));
        let (state, severity) = match category {
            Some(_) => (State::Confirmed, Severity::High),
            None => (State::Risk, Severity::Low),
        };
        let mut signals = vec![Signal::Mechanism, Signal::Foreignness];
        signals.extend(category.map(|_| Signal::Payload));
        let host = url.host_str().unwrap_or_default();
        let built = sighting
            .finding(Kind::HiddenLink, format!("frame\n{host}"))
            .verdict(state, severity, if category.is_some() { 0.9 } else { 0.4 })
            .title(format!("页面藏有载入 {host} 的不可见框架"), format!("An invisible frame loads {host}"))
            .explanation(
                "访客看不到该框架，它却在后台载入外站内容。正当用途（广告、登录保持、统计）也会这样做，须核对来源。",
                "Visitors cannot see this frame, yet it loads another site in the background. Adverts, sign-in and statistics \
                 do that too; check where it comes from.",
            )
            .remedy("核对该框架是否由本单位或已知服务商加入；不是则删除并排查写入途径。", "Check whether the operator or a known service put it there; if not, remove it and find the way in.")
            .place(sighting.place(frame_method(frame), &frame.selector, frame.line, &frame.source, (0, frame.source.len())))
            .payload(Payload { category, urls: vec![url.to_string()], ..Payload::default() })
            .detail("visible", false)
            .detail("hidden_by", frame.visibility.reason.as_str())
            .signals(signals)
            .build();
        findings.extend(built);
    }
    findings
}
