//! Redirects that send visitors to illegal content, without their doing.
//!
//! **What it finds.** Ways off the site, or to a planted page of its own, by status, `Refresh`, meta refresh,
//! full-window frame or script, judged by where they lead. **Why it matters.** Visitors who trust the site end on a gambling or
//! fraud platform, often only when they come from a search engine by phone, so that its operator never sees it. **How it
//! can be wrong.** A landing that cloaks looks ordinary; redirects that scripts compute are the business of virtual
//! visitors; mergers of sites and sign-ins elsewhere are honest and stay silent.

use std::collections::BTreeSet;

use super::card::{Card, Example, Seen, Text};
use super::dossier::Dossier;
use super::gate::{Shown, joined, jump_trigger, shown};
use super::jump::Jump;
use super::jump::target::Target;
use super::rehearsal::{Answer, Rehearsal};
use super::trigger::Trigger;
use super::{Context, Detector};
use crate::exchange::host::{registrable_domain, same_site};
use crate::finding::{
    Category, Conditions, Finding, FindingBuilder, IncompleteFinding, Kind, Outcome, Payload, Place,
    Severity, Signal, Snippet, State, condition,
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kind: Kind::IllicitRedirect, card: CARD, detect };

const CARD: Card = Card {
    since: "0.1.0",
    severity: Severity::Critical,
    looks_at: Text {
        zh: "每个访问身份的跳转链、Refresh 响应头、meta 刷新、全屏框架，以及脚本中写明的跳转语句，并查看跳转落地页。",
        en: "For every profile: the chain of redirects, the Refresh header, meta refresh, full-window frames and jumps \
             that scripts spell out; and where they land.",
    },
    finds: Text {
        zh: "访问者未作任何操作即被送往博彩、诈骗等站外页面，包括只对搜索引擎来路或手机用户触发的跳转。",
        en: "Visitors who are sent to gambling, fraud and the like without doing anything, also when only those are who come \
             from a search engine or by phone.",
    },
    matters: Text {
        zh: "网站成为违法内容的引流入口；条件跳转使管理员自查时看不到。",
        en: "The site feeds visitors to illegal content; conditions keep its own staff from seeing it.",
    },
    errs: Text {
        zh: "站点合并、统一身份认证、移动版和运营商阻断页不报；落地页若也设条件，可能看不出违法内容；由脚本计算得出的地址不在此判断。",
        en: "Mergers, sign-ins, mobile sites and providers' notices stay silent; a landing that cloaks may look ordinary; \
             addresses that scripts compute are not judged here.",
    },
    references: &[
        "https://attack.mitre.org/techniques/T1584/",
        "https://cwe.mitre.org/data/definitions/601.html",
    ],
    must_find: &[
        Example {
            name: "phones that come from a search engine are sent to a gambling platform",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("m", Answer::To("http://lucky.bc1.test/?c=1"))
                    .view("d", Answer::Html(HONEST))
                    .landing("http://lucky.bc1.test/?c=1", "某某娱乐城", Some(Category::Gambling))
                    .end()
            }),
        },
        Example {
            name: "a script sends phones to a page planted on the site itself",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("m", Answer::Html(TO_OWN_PAGE))
                    .view("d", Answer::Html(TO_OWN_PAGE))
                    .landing("http://www.example.test/wap/", "某某娱乐城", Some(Category::Gambling))
                    .end()
            }),
        },
        Example {
            name: "a script sends those who come from a search engine elsewhere",
            seen: Seen::Page(
                "<title>某某学校</title><script>if(/baidu|sogou/.test(document.referrer)){top.location.href='http://x9.bc1.test/'}</script><p>学校简介",
            ),
        },
        Example {
            name: "a script makes phones install an app from elsewhere",
            seen: Seen::Page(
                "<title>某某学校</title><script>if(/Android/.test(navigator.userAgent))location.href='http://dl.x9.test/a.apk'</script><p>学校简介",
            ),
        },
    ],
    must_spare: &[
        Example {
            name: "a link to an app",
            seen: Seen::Page(
                "<title>某某学校</title><p>学校简介</p><a href='http://dl.x9.test/a.apk'>下载客户端</a>",
            ),
        },
        Example {
            name: "a script sends phones to the mobile page of the same site",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("m", Answer::Html(TO_OWN_PAGE))
                    .view("d", Answer::Html(TO_OWN_PAGE))
                    .landing("http://www.example.test/wap/", "某某学校手机版", None)
                    .end()
            }),
        },
        Example {
            name: "phones are sent to the mobile site",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("m", Answer::To("https://m.example.test/"))
                    .view("d", Answer::Html(HONEST))
                    .end()
            }),
        },
        Example {
            name: "a site that moved to another domain",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("m", Answer::To("https://portal.neighbour.test/"))
                    .view("d", Answer::To("https://portal.neighbour.test/"))
                    .landing("https://portal.neighbour.test/", "某某市政务服务平台", None)
                    .end()
            }),
        },
    ],
};

/// A page whose script leads phones to another page of the same site.
const TO_OWN_PAGE: &str = "<title>某某学校</title><script>if(/iPhone|Android/.test(navigator.userAgent))location.href='/wap/'</script>\
                           <h1>某某学校</h1><p>学校简介与通知公告。</p><a href=/news>新闻</a>";

/// A page with nothing wrong.
const HONEST: &str =
    "<title>某某学校</title><h1>某某学校</h1><p>学校简介与通知公告。</p><a href=/news>新闻</a>";

fn detect(dossier: &Dossier, context: &Context<'_>) -> Vec<Outcome> {
    let all = shown(dossier, context);
    if all.is_empty() {
        return vec![Outcome::NotApplicable(Kind::IllicitRedirect)];
    }
    let mut outcomes = Vec::new();
    let mut told = BTreeSet::new();
    for one in &all {
        let trigger = jump_trigger(dossier, &all, one).filter(|_| !one.jumps.is_empty());
        for (jump, target) in &one.jumps {
            let cause = (jump.method, registrable_domain(&jump.to));
            if !told.insert(cause) {
                continue;
            }
            let case = Case { dossier, all: &all, one, jump, target, trigger: trigger.as_ref() };
            if let Ok(finding) = case.finding(context) {
                let sure = finding.state != State::Risk;
                let finding = Box::new(finding);
                outcomes.push(if sure { Outcome::Violation(finding) } else { Outcome::NeedsReview(finding) });
            }
        }
    }
    if outcomes.is_empty() { vec![Outcome::Pass(Kind::IllicitRedirect)] } else { outcomes }
}

/// One jump with all that bears on it.
struct Case<'a> {
    dossier: &'a Dossier,
    all: &'a [Shown<'a>],
    one: &'a Shown<'a>,
    jump: &'a Jump,
    target: &'a Target,
    trigger: Option<&'a Trigger>,
}

impl Case<'_> {
    /// The conditions: what the server looks at, and what the script says.
    fn conditions(&self) -> Conditions {
        let saw = self.all.iter().filter(|one| one.jumps.iter().any(|(jump, _)| self.is_same(jump)));
        let mut profiles = Vec::new();
        for one in saw {
            if !profiles.contains(&one.view.profile.id) {
                profiles.push(one.view.profile.id.clone());
            }
        }
        Conditions { profiles, ..joined(self.jump, self.trigger) }
    }

    fn is_same(&self, other: &Jump) -> bool {
        other.method == self.jump.method && registrable_domain(&other.to) == registrable_domain(&self.jump.to)
    }

    /// State, severity and confidence with the kinds of signal that carry them.
    fn verdict(&self, gated: bool) -> (State, Severity, f64, Vec<Signal>) {
        let mut signals = Vec::new();
        if !same_site(&self.dossier.url, &self.jump.to) {
            signals.push(Signal::Foreignness);
        }
        let seen = self.all.iter().filter(|one| one.jumps.iter().any(|(jump, _)| self.is_same(jump))).count();
        if seen > 1 {
            signals.push(Signal::Reproduction);
        }
        match self.target {
            Target::Illegal { score, .. } => {
                signals.extend([Signal::Payload, Signal::Mechanism]);
                (State::Confirmed, Severity::Critical, score.max(0.9), signals)
            }
            Target::Dubious(score) => {
                signals.extend([Signal::Payload, Signal::Mechanism]);
                (State::Suspected, Severity::High, 0.6 + score * 0.25, signals)
            }
            Target::Install => {
                signals.push(Signal::Mechanism);
                let severity = if gated { Severity::High } else { Severity::Medium };
                (State::Suspected, severity, 0.7, signals)
            }
            _ if gated => {
                signals.push(Signal::Mechanism);
                (State::Suspected, Severity::High, 0.7, signals)
            }
            // Everybody is sent to a place that nobody looked at: most often a merger of sites.
            _ => (State::Risk, Severity::Low, 0.4, signals),
        }
    }

    fn finding(&self, context: &Context<'_>) -> Result<Finding, IncompleteFinding> {
        let (dossier, view, jump) = (self.dossier, self.one.view, self.jump);
        let conditions = self.conditions();
        let evasive =
            |word: &String| !matches!(word.as_str(), "script-condition" | "ua:old-browser" | "no-script");
        let gated = conditions.shows.iter().any(evasive);
        let (state, severity, confidence, signals) = self.verdict(gated);
        let cause = format!("{} {}", jump.method, registrable_domain(&jump.to).unwrap_or_default());
        let url = view.hops.first().map_or(&dossier.url, |hop| &hop.url);
        let when = condition::sentence(&conditions);
        let (zh, en) = match self.target {
            Target::Illegal { .. } => ("访问者被自动送往违法内容", "Visitors are sent to illegal content"),
            _ => ("访问者被自动送往站外可疑地址", "Visitors are sent to a doubtful address off the site"),
        };
        let exchange = dossier.exchange(jump.exchange);
        let mut builder = FindingBuilder::new(Kind::IllicitRedirect, url, cause)
            .target(dossier.target.as_ref().map(|target| target.id.clone()))
            .verdict(state, severity, confidence)
            .title(zh, en)
            .explanation(
                format!("访问者未作操作或只作寻常操作，即被送往 {}。{}。", jump.to, when.zh),
                format!(
                    "Visitors are sent to {} without their doing, or by an ordinary gesture. It shows {}.",
                    jump.to, when.en
                ),
            )
            .remedy(
                "保存证据后排查服务器模块、重写规则、公共文件和脚本中的跳转代码并清除，查清入侵途径，按相同条件复测。",
                "Keep the evidence; then look for the redirect in server modules, rewrite rules, shared includes and scripts, \
                 remove it, find the way in, and test again under the same conditions.",
            )
            .detail("chain", self.chain())
            .detail("means", jump.method)
            .place(Place {
                profile: Some(view.profile.id.clone()),
                selector: (!jump.selector.is_empty()).then(|| jump.selector.clone()),
                line: (jump.line > 0).then_some(jump.line),
                snippet: Some(Snippet { text: jump.source.clone(), mark: (0, jump.source.len()) }),
                method: Some(self.method().to_owned()),
            })
            .payload(self.payload(context))
            .signals(signals)
            .seen(exchange.map_or(dossier.started, |exchange| exchange.started))
            .exchange(jump.exchange)
            .reproduce(view.profile.to_curl(url));
        if let Some(trigger) = self.trigger {
            let words: Vec<String> = trigger.words().map(str::to_owned).collect();
            builder = builder
                .detail("seen", trigger.seen.0)
                .detail("tried", trigger.seen.1)
                .detail("trigger", words);
        }
        if let Some(landing) = super::jump::target::landing(dossier, &jump.to) {
            builder = landing.exchanges.iter().fold(builder, |builder, exchange| builder.exchange(*exchange));
        }
        if let Some(met) = &jump.met {
            builder = builder.detail("script_trigger", met.shows.clone());
        }
        if !conditions.alternatives.is_empty() {
            builder = builder.detail("alternatives", conditions.alternatives.clone());
        }
        builder.conditions(conditions).build()
    }

    /// The technique: what is sent for installs an app, whichever way the script goes there.
    fn method(&self) -> &'static str {
        let scripted = self.jump.method.starts_with("js-") || self.jump.method.starts_with("script-");
        if scripted && *self.target == Target::Install { "js-app-lure" } else { self.jump.method }
    }

    fn payload(&self, context: &Context<'_>) -> Payload {
        let urls = vec![self.jump.to.to_string()];
        match self.target {
            Target::Illegal { category, terms, end, .. } => Payload {
                category: Some(*category),
                urls,
                terms: terms.clone(),
                landing: Some(end.to_string()),
            },
            Target::Dubious(_) => {
                let terms =
                    context.lexicon.hits(self.jump.to.as_str()).into_iter().map(|hit| hit.term).collect();
                Payload { category: Some(Category::Gambling), urls, terms, landing: None }
            }
            _ => Payload { urls, ..Payload::default() },
        }
    }

    /// Every address on the way.
    fn chain(&self) -> Vec<String> {
        let mut chain: Vec<String> = self.one.view.hops.iter().map(|hop| hop.url.to_string()).collect();
        let mut push = |address: String| {
            if chain.last() != Some(&address) {
                chain.push(address);
            }
        };
        push(self.jump.to.to_string());
        if let Target::Illegal { end, .. } = self.target {
            push(end.to_string());
        }
        chain
    }
}
