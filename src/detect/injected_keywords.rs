//! Jargon where search engines read and people do not.
//!
//! **What it finds.** Jargon in the title, meta elements, JSON-LD, attributes and hidden text; canonical, alternate
//! and base addresses, in the document or a `Link` field, that hand the page's standing to another site. **Why it matters.** The site answers searches for
//! gambling and fraud. **How it can be wrong.** Titles of news and warnings use the words too and are silent when they
//! read as publicity; a lawful move to another domain looks like a canonical hijack and is reported low.

pub(super) mod hijack;

use super::analysis::{Analysis, Sort, terms};
use super::card::{Card, Example, Seen, Text};
use super::dossier::Dossier;
use super::illegal_content::{named, promotion};
use super::sighting::{Sighting, distinct_sightings};
use super::{Context, Detector};
use crate::finding::{Category, Finding, Kind, Outcome, Payload, Severity, Signal, State};
use crate::lexicon::{Judgement, Role};
use crate::page::{Note, Spot};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kind: Kind::InjectedKeywords, card: CARD, detect };

const CARD: Card = Card {
    since: "0.1.0",
    severity: Severity::High,
    looks_at: Text {
        zh: "标题、关键词与描述、社交媒体元信息、JSON-LD、图片与控件的属性文字、隐藏文字，以及 canonical、alternate、base 地址。",
        en: "Title, keywords and description, social metadata, JSON-LD, attribute texts, hidden text, and the canonical, \
             alternate and base addresses.",
    },
    finds: Text {
        zh: "写在搜索引擎会读、访客不会看之处的赌博等黑话（标题、关键词篡改）。",
        en: "Jargon of gambling and the like written where search engines read and visitors do not look.",
    },
    matters: Text {
        zh: "搜索结果会以本站名义显示违法推广内容，通常同时伴有针对搜索来客的跳转。",
        en: "Search results show illegal promotion under the site's name, mostly together with a redirect for those who come \
             from there.",
    },
    errs: Text {
        zh: "反赌反诈新闻的标题、福彩公告不报；单位依法更换域名时的 canonical 指向仅作低危提示。",
        en: "Titles of news against gambling and of official lotteries are silent; a canonical address after a lawful move is \
             reported low.",
    },
    references: &["https://developers.google.com/search/docs/essentials/spam-policies#keyword-stuffing"],
    must_find: &[
        Example {
            name: "a title and keywords in numeric entities",
            seen: Seen::Page(
                "<title>&#21271;&#20140;&#36187;&#36710;pk10&#24320;&#22870;&#30452;&#25773;-&#26102;&#26102;&#24425;&#24179;&#21488;</title>\
                 <meta name=keywords content='&#21271;&#20140;&#36187;&#36710;,&#26102;&#26102;&#24425;,&#30334;&#23478;&#20048;'>\
                 <body><h1>某某县农业局</h1><p>今年全县小麦长势良好，预计六月上旬开镰收割。</p>",
            ),
        },
        Example {
            name: "a title of which the page itself knows nothing",
            seen: Seen::Page(
                "<title>某某县农业局_真人荷官_百家乐在线投注</title><body><h1>某某县农业局</h1>\
                 <p>今年全县小麦长势良好，预计六月上旬开镰收割。</p>",
            ),
        },
        Example {
            name: "a description that has nothing to do with the page",
            seen: Seen::Page(
                "<title>某某小学</title><meta name=description content='注册送彩金,真人视讯,百家乐,体育投注,棋牌电子'>\
                 <body><h1>某某小学</h1><p>本周五下午召开家长会。</p>",
            ),
        },
    ],
    must_spare: &[
        Example {
            name: "news of a raid in title and description",
            seen: Seen::Page(
                "<title>某市警方查处一起网络赌博案 抓获12人</title><meta name=description content='2024年3月1日，某市公安局查处一起网络赌博案，\
                 警方提醒群众远离赌博。'><body><p>来源：某市公安局</p><p>警方提醒：参与网络赌博属于违法行为，请积极举报。</p>",
            ),
        },
        Example {
            name: "an ordinary school",
            seen: Seen::Page(
                "<title>某某中学</title><meta name=keywords content='某某中学,教育,招生'><body><p>欢迎访问。</p>",
            ),
        },
    ],
};

/// One place that bears jargon.
struct Stain {
    method: &'static str,
    selector: String,
    line: u32,
    text: String,
    judgement: Judgement,
    severity: Severity,
    confidence: f64,
}

fn detect(dossier: &Dossier, context: &Context<'_>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut looked = false;
    for sighting in distinct_sightings(dossier) {
        looked = true;
        let analysis = context.analysis(&sighting);
        let mut stains = head(&sighting, &analysis, context);
        stains.extend(body(&sighting, &analysis, context));
        outcomes.extend(
            finding(&sighting, &analysis, &stains).map(|finding| Outcome::Violation(Box::new(finding))),
        );
        let hijacks = hijack::findings(&sighting, context);
        outcomes.extend(hijacks.into_iter().map(|finding| Outcome::NeedsReview(Box::new(finding))));
    }
    match (looked, outcomes.is_empty()) {
        (false, _) => vec![Outcome::NotApplicable(Kind::InjectedKeywords)],
        (true, true) => vec![Outcome::Pass(Kind::InjectedKeywords)],
        (true, false) => outcomes,
    }
}

/// Jargon in title, meta elements and structured data.
fn head(sighting: &Sighting<'_>, analysis: &Analysis, context: &Context<'_>) -> Vec<Stain> {
    let page = sighting.page;
    let encoded = page.notes.contains(&Note::EntityEncoded);
    let mut stains = Vec::new();
    let title_method = if encoded { "html-title-entity-encoded" } else { "html-title-stuffing" };
    if let Some(title) = &page.title {
        stains.extend(stain(title_method, title, analysis.title.clone(), Severity::High));
    }
    for title in page.other_titles.iter().take(8) {
        let judgement = context.lexicon.judge_in(Role::Title, &title.text, &analysis.surroundings);
        stains.extend(stain("html-title-stuffing", title, judgement, Severity::High));
    }
    for meta in page.metas.iter().take(200) {
        let (role, method) = match meta.name.as_str() {
            "keywords" | "description" | "abstract" | "subject" => (Role::Meta, "html-meta-stuffing"),
            name if name.starts_with("og:") || name.starts_with("twitter:") => {
                (Role::Meta, "html-social-meta-stuffing")
            }
            "mobile-agent" | "author" | "copyright" | "application-name" => {
                (Role::Meta, "html-social-meta-stuffing")
            }
            _ => continue,
        };
        let judgement = context.lexicon.judge_in(role, &meta.content.text, &analysis.surroundings);
        stains.extend(stain(method, &meta.content, judgement, Severity::High));
    }
    for block in page.structured.iter().take(20) {
        let text = &block.text[..block.text.floor_char_boundary(16 << 10)];
        let judgement = context.lexicon.judge_in(Role::Meta, text, &analysis.surroundings);
        stains.extend(stain("html-jsonld-injection", block, judgement, Severity::High));
    }
    stains
}

/// Jargon in attributes and in hidden text without links; hidden links are the business of `hidden-link`.
fn body(sighting: &Sighting<'_>, analysis: &Analysis, context: &Context<'_>) -> Vec<Stain> {
    let page = sighting.page;
    let mut stains = Vec::new();
    for attribute in page.attributes.iter().take(600).filter(|attribute| attribute.spot.text.len() >= 24) {
        let judgement = context.lexicon.judge_in(Role::Meta, &attribute.spot.text, &analysis.surroundings);
        if judgement.score >= 0.8 && distinct(&judgement) >= 3 {
            stains.extend(stain("html-attr-stuffing", &attribute.spot, judgement, Severity::Medium));
        }
    }
    for section in analysis.sections.iter().filter(|section| section.sort == Sort::Hidden) {
        let linked = page.links.iter().zip(&analysis.links).any(|(link, reading)| {
            reading.outside && link.block.is_some_and(|block| section.blocks.contains(&block))
        });
        let Some(block) = page.blocks.get(section.blocks.start).filter(|_| !linked) else { continue };
        if section.judgement.category.is_some() && distinct(&section.judgement) >= 2 {
            stains.push(Stain {
                method: block.visibility.technique.unwrap_or("css-hidden"),
                selector: block.selector.clone(),
                line: block.line,
                text: block.text.clone(),
                judgement: section.judgement.clone(),
                severity: Severity::High,
                confidence: section.judgement.score,
            });
        }
    }
    stains
}

fn stain(method: &'static str, spot: &Spot, judgement: Judgement, severity: Severity) -> Option<Stain> {
    judgement.category?;
    let confidence = judgement.score;
    Some(Stain {
        method,
        selector: spot.selector.clone(),
        line: spot.line,
        text: spot.text.clone(),
        judgement,
        severity,
        confidence,
    })
}

fn distinct(judgement: &Judgement) -> usize {
    terms(judgement).count()
}

/// One finding for a view: the worst place stands for all, the others are told in the detail.
fn finding(sighting: &Sighting<'_>, analysis: &Analysis, stains: &[Stain]) -> Option<Finding> {
    let rank = |stain: &Stain| (stain.severity, (stain.confidence * 1000.0) as u32);
    let worst = stains.iter().max_by_key(|stain| rank(stain))?;
    let category = worst.judgement.category?;
    let places: Vec<&str> = {
        let mut places: Vec<&str> = stains.iter().map(|stain| stain.method).collect();
        places.sort_unstable();
        places.dedup();
        places
    };
    // Where the page says openly what its head says, it is a promoting page, not one with words slipped in.
    let open = promotion(analysis).is_some_and(|promotion| promotion.category == category);
    let alone = places == ["html-attr-stuffing"] || worst.confidence < 0.6;
    let severity = match (open, alone || category == Category::Spam && stains.len() == 1) {
        (true, _) => Severity::Low,
        (false, true) => Severity::Medium,
        (false, false) => worst.severity,
    };
    let all: Vec<String> =
        stains.iter().flat_map(|stain| terms(&stain.judgement)).fold(Vec::new(), |mut all, term| {
            if all.len() < 20 && !all.contains(&term) {
                all.push(term);
            }
            all
        });
    let (zh, en) = named(category);
    let mark =
        worst.judgement.hits.iter().fold((worst.text.len(), 0), |mark, hit| {
            (mark.0.min(hit.range.start), mark.1.max(hit.range.end))
        });
    let mut builder = sighting
        .finding(Kind::InjectedKeywords, format!("{}\n{category}", worst.method))
        .verdict(State::Confirmed, severity, worst.confidence)
        .title(format!("页面标题、元信息或隐藏文字中含{zh}黑话"), format!("Title, metadata or hidden text promote {en}"))
        .explanation(
            format!("在搜索引擎会读、访客不会留意的位置（{}）出现：{}。", places.join("、"), all.join("、")),
            format!("Where search engines read and visitors do not look ({}): {}.", places.join(", "), all.join(", ")),
        )
        .remedy(
            "恢复标题和元信息，检查模板、配置和数据库，同时以搜索来源、手机身份复查是否存在跳转。",
            "Restore title and metadata, look through templates, settings and database, and check with a search referrer and \
             as a phone for redirects.",
        )
        .detail("places", places)
        .place(sighting.place(worst.method, &worst.selector, worst.line, &worst.text, mark))
        .payload(Payload { category: Some(category), terms: all, ..Payload::default() })
        .signal(Signal::Payload);
    if open {
        builder = builder.detail("same_as", Kind::IllegalContent.as_str());
    } else {
        builder = builder.signal(Signal::Mechanism);
    }
    builder.build().ok()
}
