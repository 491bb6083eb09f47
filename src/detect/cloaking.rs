//! Cloaking: some visitors get payload-bearing content that others do not get.
//!
//! **What it finds.** Pages, titles, links or redirects with a payload that show to some profiles only, with the
//! smallest condition that makes the difference. **Why it matters.** The difference is the proof of intent: staff and
//! ordinary checks see a clean page. **How it can be wrong.** Kits that check the true address of spiders, other regions
//! or hours cannot be opened from here; adverts, mobile sites and rendered copies for spiders differ lawfully and stay
//! silent because only payloads are compared.

use super::card::{Card, Example, Seen, Text};
use super::dossier::Dossier;
use super::gate::{Question, Shown, Sign, joined, path_trigger, samples, shown};
use super::jump::Jump;
use super::jump::target::Target;
use super::rehearsal::{Answer, Rehearsal};
use super::trigger::{Trigger, smallest};
use super::{Context, Detector};
use crate::finding::{
    Category, Conditions, Finding, FindingBuilder, IncompleteFinding, Kind, Outcome, Payload, Place,
    Severity, Signal, Snippet, State, condition,
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kind: Kind::Cloaking, card: CARD, detect };

const CARD: Card = Card {
    since: "0.1.0",
    severity: Severity::Critical,
    looks_at: Text {
        zh: "同一地址在不同访问身份（终端、来路、Cookie、语言、不存在的路径）下取得的页面与跳转。",
        en: "What one address answers to different profiles: client, referrer, cookies, language, and a path that should not exist.",
    },
    finds: Text {
        zh: "只给搜索引擎蜘蛛、搜索来路或手机用户看的违法内容、暗链或跳转，并给出触发差异的最小条件。",
        en: "Illegal content, links or redirects for spiders, search visitors or phones only, with the smallest condition \
             that makes the difference.",
    },
    matters: Text {
        zh: "有选择地展示说明是人为设置，管理员正常访问看不到，搜索结果却已被污染。",
        en: "Choosing who sees it is deliberate: staff see a clean page while search results are polluted.",
    },
    errs: Text {
        zh: "只比较带有违法内容特征的差异，广告、移动版、预渲染页面不报；校验真实蜘蛛地址、限定地区或时段的手法从本机无法触发。",
        en: "Only differences with a payload count, so adverts, mobile sites and rendered copies stay silent; kits that verify \
             the spider's address, a region or an hour cannot be opened from here.",
    },
    references: &["https://developers.google.com/search/docs/essentials/spam-policies#cloaking"],
    must_find: &[
        Example {
            name: "a spider gets a gambling title",
            seen: Seen::Visit(|| {
                let spam = "<title>百家乐真人视讯注册送彩金</title><p>欢迎光临</p>";
                Rehearsal::new()
                    .view("m", Answer::Html(HONEST))
                    .view("d", Answer::Html(HONEST))
                    .view("s", Answer::Html(spam))
                    .end()
            }),
        },
        Example {
            name: "phones from a search engine are sent to a gambling platform",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("m", Answer::To("http://lucky.bc1.test/"))
                    .view("d", Answer::Html(HONEST))
                    .landing("http://lucky.bc1.test/", "某某娱乐城", Some(Category::Gambling))
                    .end()
            }),
        },
    ],
    must_spare: &[
        Example {
            name: "a spider is refused",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("m", Answer::Html(HONEST))
                    .view("d", Answer::Html(HONEST))
                    .view("s", Answer::Refused)
                    .end()
            }),
        },
        Example {
            name: "a spider gets the rendered page and people its shell",
            seen: Seen::Visit(|| {
                let shell = "<title>某某学校</title><div id=app></div><script src=/app.js></script>";
                Rehearsal::new()
                    .view("m", Answer::Html(shell))
                    .view("d", Answer::Html(shell))
                    .view("s", Answer::Html(HONEST))
                    .end()
            }),
        },
    ],
};

/// A page with nothing wrong.
const HONEST: &str = "<title>某某学校</title><h1>某某学校</h1><p>学校简介与通知公告。</p><a href=/news>新闻</a>\
    <a href=http://one.partner1.test/>友好学校</a><a href=http://two.partner2.test/>兄弟单位</a><a href=http://three.partner3.test/>协会</a>";

fn detect(dossier: &Dossier, context: &Context<'_>) -> Vec<Outcome> {
    let all = shown(dossier, context);
    if dossier.views.len() < 2 || all.is_empty() {
        return vec![Outcome::NotApplicable(Kind::Cloaking)];
    }
    let mut found = Vec::new();
    for question in [Question::Jump, Question::Page] {
        let samples = samples(dossier, &all, question);
        let differs = samples.iter().any(|sample| sample.shows == Some(false));
        if let Some(trigger) = smallest(&samples).filter(|_| differs) {
            let shows = |one: &&Shown<'_>| {
                let index = dossier
                    .views
                    .iter()
                    .filter(|view| !view.probe)
                    .position(|view| std::ptr::eq(view, one.view));
                index.is_some_and(|index| samples[index].shows == Some(true))
            };
            found.extend(all.iter().find(shows).map(|one| (one, trigger, question, false)));
        }
    }
    for question in [Question::Jump, Question::Page] {
        let path = path_trigger(dossier, &all, question);
        found.extend(path.map(|(one, trigger)| (one, trigger, question, true)));
    }
    let outcomes: Vec<_> = found
        .into_iter()
        .filter_map(|(one, trigger, question, probe)| {
            finding(dossier, &all, one, &trigger, question, probe).ok()
        })
        .map(|finding| Outcome::Violation(Box::new(finding)))
        .collect();
    if outcomes.is_empty() { vec![Outcome::Pass(Kind::Cloaking)] } else { outcomes }
}

/// The technique's id, by what the trigger is and what it shows.
fn method(one: &Shown<'_>, trigger: &Trigger, question: Question, probe: bool) -> &'static str {
    let has = |word: &str| trigger.words().any(|attribute| attribute.starts_with(word));
    let phone = has("ua:mobile") || has("ua:android") || has("ua:iphone");
    if probe {
        return if trigger.words().any(|word| word != "path:not-found") {
            "path-404-handler"
        } else {
            "path-catchall-200"
        };
    }
    match () {
        () if has("ip:") => "cloak-per-ip-once",
        () if has("probability") => "cloak-probability",
        () if has("cookie:") => "cloak-first-visit-cookie",
        () if has("ua:wechat") => "cloak-wechat-ua",
        () if has("accept-language") => "cloak-header-fingerprint",
        () if has("referer:keyword") => "cloak-referrer-keyword",
        () if phone && has("referer:") => "cloak-mobile-and-referrer",
        () if phone => "cloak-mobile-redirect",
        () if has("referer:") => match one.jumps.first() {
            Some((jump, _)) if jump.method == "status" => "cloak-referrer-30x",
            _ => "cloak-referrer-body",
        },
        () if question == Question::Page => match &one.signs {
            Some(signs) if signs.iter().all(|sign| matches!(sign, Sign::Title | Sign::Meta)) => {
                "cloak-spider-tdk"
            }
            Some(signs)
                if signs.iter().all(|sign| matches!(sign, Sign::Link(_) | Sign::Domains | Sign::Text)) =>
            {
                "cloak-spider-links"
            }
            _ => "cloak-spider-content",
        },
        () => "cloak-spider-content",
    }
}

/// The jump of a view that leads to the worst place.
fn worst<'a>(one: &'a Shown<'_>) -> Option<&'a (Jump, Target)> {
    one.jumps.iter().find(|(_, target)| matches!(target, Target::Illegal { .. })).or(one.jumps.first())
}

/// The conditions of what a view shows: for a jump, those of its script as well.
fn conditions(one: &Shown<'_>, trigger: &Trigger, question: Question) -> Conditions {
    let profiles = trigger.shown.clone();
    match worst(one).filter(|_| question == Question::Jump) {
        Some((jump, _)) => Conditions { profiles, ..joined(jump, Some(trigger)) },
        None => Conditions { profiles, ..trigger.conditions() },
    }
}

/// What a view shows, as a payload, with severity and the kinds of signal.
fn payload(one: &Shown<'_>, question: Question) -> (Payload, State, Severity, Vec<Signal>) {
    let mut signals = vec![Signal::Mechanism, Signal::Foreignness];
    if question == Question::Page {
        let payload = Payload {
            category: one.category,
            urls: one.urls.clone(),
            terms: one.terms.clone(),
            landing: None,
        };
        let jargon = one.signs.as_ref().is_some_and(|signs| signs.iter().any(|sign| *sign != Sign::Domains));
        if !jargon {
            return (payload, State::Suspected, Severity::Medium, signals);
        }
        signals.push(Signal::Payload);
        return (payload, State::Confirmed, Severity::High, signals);
    }
    let Some((jump, target)) = worst(one) else {
        return (Payload::default(), State::Suspected, Severity::Medium, signals);
    };
    let urls = vec![jump.to.to_string()];
    match target {
        Target::Illegal { category, terms, end, .. } => {
            signals.push(Signal::Payload);
            let landing = Some(end.to_string());
            let payload = Payload { category: Some(*category), urls, terms: terms.clone(), landing };
            (payload, State::Confirmed, Severity::Critical, signals)
        }
        Target::Dubious(_) => {
            signals.push(Signal::Payload);
            (
                Payload { category: Some(Category::Gambling), urls, ..Payload::default() },
                State::Suspected,
                Severity::High,
                signals,
            )
        }
        _ => (Payload { urls, ..Payload::default() }, State::Suspected, Severity::High, signals),
    }
}

fn finding(
    dossier: &Dossier,
    all: &[Shown<'_>],
    one: &Shown<'_>,
    trigger: &Trigger,
    question: Question,
    probe: bool,
) -> Result<Finding, IncompleteFinding> {
    let method = method(one, trigger, question, probe);
    let (payload, state, severity, mut signals) = payload(one, question);
    if trigger.shown.len() > 1 || trigger.seen.0 > 1 {
        signals.push(Signal::Reproduction);
    }
    let conditions = conditions(one, trigger, question);
    let when = condition::sentence(&conditions);
    let alternatives = conditions.alternatives.clone();
    let clean: Vec<_> = trigger.clean.iter().map(|id| id.as_str()).collect();
    let url = one.view.hops.first().map_or(&dossier.url, |hop| &hop.url);
    let (zh, en) = match question {
        Question::Jump => ("部分访问者被送往站外", "Some visitors are sent off the site"),
        Question::Page => ("部分访问者看到不同的违规内容", "Some visitors get other, unlawful content"),
    };
    let exchange = one.view.last();
    let seen =
        exchange.and_then(|id| dossier.exchange(id)).map_or(dossier.started, |exchange| exchange.started);
    let source = match worst(one) {
        Some((jump, _)) if question == Question::Jump => jump.source.clone(),
        _ => one.title.clone(),
    };
    let mark = (0, source.len());
    let mut builder = FindingBuilder::new(Kind::Cloaking, url, format!("{question:?} {probe}"))
        .target(dossier.target.as_ref().map(|target| target.id.clone()))
        .verdict(state, severity, if trigger.minimal { 0.97 } else { 0.85 })
        .title(zh, en)
        .explanation(
            format!("{}；换一种方式访问则见不到，因此直接访问和日常检查不易发现。", when.zh),
            format!("It shows {}; visits of other kinds do not get it, so direct visits and routine checks miss it.", when.en),
        )
        .remedy(
            "按所列条件复现并保存两种响应，检查服务器模块、入口文件和公共包含文件中的来路、终端判断代码，清除后用同样条件复测。",
            "Reproduce it under these conditions and keep both responses; look for code that tests client or referrer in server \
             modules, entry files and includes; remove it and test again under the same conditions.",
        )
        .detail("clean_profiles", clean.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>())
        .detail("trigger", trigger.words().map(str::to_owned).collect::<Vec<_>>())
        .detail("seen", trigger.seen.0)
        .detail("tried", trigger.seen.1)
        .place(Place {
            profile: Some(one.view.profile.id.clone()),
            selector: None,
            line: None,
            snippet: (!source.is_empty()).then_some(Snippet { text: source, mark }),
            method: Some(method.to_owned()),
        })
        .payload(payload)
        .conditions(conditions)
        .signals(signals)
        .seen(seen)
        .reproduce(one.view.profile.to_curl(url));
    if !alternatives.is_empty() {
        builder = builder.detail("alternatives", alternatives);
    }
    // The clean view is half of the proof.
    let counterpart = all.iter().find(|other| trigger.clean.contains(&other.view.profile.id));
    for exchange in exchange.into_iter().chain(counterpart.and_then(|other| other.view.last())) {
        builder = builder.exchange(exchange);
    }
    builder.build()
}
