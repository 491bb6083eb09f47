//! Outside links and scripts whose place now belongs to somebody else.
//!
//! **What it finds.** Ordinary links, friend links and script hosts that land on illegal content or on a name that is
//! parked or for sale. **Why it matters.** Names of old partners lapse and are registered by gambling platforms; the link on
//! an official page lends them its good name, and a script from there runs in every visitor's browser. **How it can be
//! wrong.** The landing may be a passing fault, or it may cloak. Hidden links are told by their own detector.

use std::collections::BTreeSet;

use super::card::{Card, Example, Seen, Text};
use super::dossier::{Dossier, Landing};
use super::jump::target;
use super::landing::is_abandoned;
use super::rehearsal::{Answer, Rehearsal};
use super::sighting::{Sighting, distinct_sightings};
use super::{Context, Detector, analysis};
use crate::exchange::host::registrable_domain;
use crate::finding::{Category, Finding, IncompleteFinding, Kind, Outcome, Payload, Severity, Signal, State};
use crate::page::{Link, Script};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kind: Kind::HijackedOutlink, card: CARD, detect };

const CARD: Card = Card {
    since: "0.1.0",
    severity: Severity::High,
    looks_at: Text {
        zh: "页面上可见的站外链接、友情链接和外部脚本所在主机的落地页。",
        en: "Where visible outside links, friend links and the hosts of outside scripts land.",
    },
    finds: Text {
        zh: "原本正常的外链或脚本域名失效后被他人注册，现指向博彩、色情等违法内容，或处于停放、出售状态。",
        en: "Links or script hosts whose lapsed names now serve gambling, pornography and the like, or are parked or for sale.",
    },
    matters: Text {
        zh: "官方页面的链接为违法网站背书；脚本域名被占用等于把网站交给他人。",
        en: "A link on an official page lends its good name; whoever owns a script's host owns the page.",
    },
    errs: Text {
        zh: "落地页可能临时异常或按条件变化；停放只说明有被占用的风险。隐藏链接由 hidden-link 报告。",
        en: "A landing may be passing or cloaked; a parked name is a risk only. Hidden links are told by hidden-link.",
    },
    references: &["https://cwe.mitre.org/data/definitions/829.html"],
    must_find: &[
        Example {
            name: "a friend link lands on a gambling platform",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("d", Answer::Html("<title>某某学校</title><p>友情链接：<a href='http://old.partner1.test/'>某某协会</a></p>"))
                    .landing("http://old.partner1.test/", "某某娱乐城", Some(Category::Gambling))
                    .end()
            }),
        },
        Example {
            name: "a script comes from a host that now belongs to a gambling platform",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("d", Answer::Html("<title>某某学校</title><p>简介<script src='http://js.counter1.test/c.js'></script>"))
                    .landing("http://js.counter1.test/", "某某娱乐城", Some(Category::Gambling))
                    .end()
            }),
        },
    ],
    must_spare: &[
        Example {
            name: "a friend link lands on its partner",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view(
                        "d",
                        Answer::Html(
                            "<title>某某学校</title><p><a href='http://old.partner1.test/'>某某协会</a></p>",
                        ),
                    )
                    .landing("http://old.partner1.test/", "某某协会", None)
                    .end()
            }),
        },
        Example {
            name: "a link that nobody looked at",
            seen: Seen::Page(
                "<title>某某学校</title><p><a href='http://old.partner1.test/'>某某协会</a></p>",
            ),
        },
    ],
};

/// What points outside.
enum Pointer<'a> {
    Link(&'a Link),
    Script(&'a Script),
}

fn detect(dossier: &Dossier, context: &Context<'_>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut told = BTreeSet::new();
    let mut any = false;
    for sighting in distinct_sightings(dossier) {
        let links = sighting.page.links.iter().filter(|link| !analysis::concealed(link));
        let links = links.filter_map(|link| Some((link.url.as_ref()?, Pointer::Link(link))));
        let scripts = sighting.page.scripts.iter();
        let scripts = scripts.filter_map(|script| Some((script.url.as_ref()?, Pointer::Script(script))));
        for (url, pointer) in links.chain(scripts) {
            if !context.known.outside(dossier, url) {
                continue;
            }
            any = true;
            let Some(landing) = target::landing(dossier, url) else { continue };
            let script = matches!(pointer, Pointer::Script(_));
            if (landing.category.is_none() && !is_abandoned(landing.stand_in.as_ref()))
                || !told.insert((registrable_domain(url), script))
            {
                continue;
            }
            if let Ok(finding) = finding(&sighting, &pointer, url, landing) {
                outcomes.push(Outcome::Violation(Box::new(finding)));
            }
        }
    }
    match (outcomes.is_empty(), any) {
        (false, _) => outcomes,
        (true, true) => vec![Outcome::Pass(Kind::HijackedOutlink)],
        (true, false) => vec![Outcome::NotApplicable(Kind::HijackedOutlink)],
    }
}

fn finding(
    sighting: &Sighting<'_>,
    pointer: &Pointer<'_>,
    url: &url::Url,
    landing: &Landing,
) -> Result<Finding, IncompleteFinding> {
    let domain = registrable_domain(url).unwrap_or_default();
    let (place, script) = match pointer {
        Pointer::Link(link) => {
            let method = if landing.category.is_none() {
                "link-parked"
            } else if registrable_domain(&landing.end) == registrable_domain(url) {
                "link-dropcatch-external"
            } else {
                "link-redirect-chain"
            };
            (sighting.place(method, &link.selector, link.line, &link.snippet.0, link.snippet.1), false)
        }
        Pointer::Script(script) => {
            let source = url.as_str();
            (
                sighting.place(
                    "js-expired-thirdparty",
                    &script.selector,
                    script.line,
                    source,
                    (0, source.len()),
                ),
                true,
            )
        }
    };
    let illegal = landing.category.is_some();
    let (state, severity) = match (illegal, script) {
        (true, _) => (State::Confirmed, Severity::High),
        (false, true) => (State::Risk, Severity::Medium),
        (false, false) => (State::Risk, Severity::Low),
    };
    let mut signals = vec![Signal::Foreignness];
    if illegal {
        signals.push(Signal::Payload);
    }
    if script {
        signals.push(Signal::Mechanism);
    }
    let (zh, en) = match (illegal, script) {
        (true, false) => ("外部链接现指向违法内容", "An outside link now leads to illegal content"),
        (true, true) => ("外部脚本所在主机现提供违法内容", "A script's host now serves illegal content"),
        (false, false) => ("外部链接的域名已停放或待售", "An outside link's name is parked or for sale"),
        (false, true) => ("外部脚本的域名已停放或待售", "A script's host is parked or for sale"),
    };
    let builder = sighting
        .finding(Kind::HijackedOutlink, format!("{domain} {script}"))
        .verdict(state, severity, if illegal { landing.score.max(0.8) } else { 0.6 })
        .title(zh, en)
        .explanation(
            format!("{url} 的落地页为 {}，标题“{}”。多因原域名失效后被他人注册，不代表本站主动发布。", landing.end, landing.title),
            format!("{url} lands on {} (“{}”). Most often the name lapsed and somebody else registered it; the site need not have \
                     published it.", landing.end, landing.title),
        )
        .remedy(
            "删除或更换该链接（脚本），排查其他页面中的同一域名，并建立外链定期核查。",
            "Remove or replace the link or script, look for the same name on other pages, and check outside links regularly.",
        )
        .detail("landing_title", landing.title.clone())
        .place(place)
        .payload(Payload {
            category: landing.category,
            urls: vec![url.to_string()],
            terms: landing.terms.clone(),
            landing: Some(landing.end.to_string()),
        })
        .signals(signals);
    landing.exchanges.iter().fold(builder, |builder, exchange| builder.exchange(*exchange)).build()
}
