//! Sites that cannot be reached, or that show something else in place of themselves.
//!
//! **What it finds.** Every visit failed, or met a parked, default, error or shutdown page or a provider's notice. **Why it
//! matters.** An abandoned name or bucket can be taken by others; a provider's notice says that a filing is missing. **How
//! it can be wrong.** The fault may lie in this network, or the site may refuse this scanner. Downtime is not unlawful by
//! itself, so nothing here is worse than medium. A challenge is no fault and is told as not assessed.

use super::card::{Card, Example, Seen, Text};
use super::dossier::{Dossier, View};
use super::rehearsal::{Answer, Rehearsal};
use super::{Context, Detector};
use crate::exchange::stand_in::StandIn;
use crate::exchange::{Failure, host};
use crate::finding::{
    Finding, FindingBuilder, IncompleteFinding, Kind, Outcome, Place, Severity, Signal, State,
};
use crate::id::ExchangeId;

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kind: Kind::UnreachableSite, card: CARD, detect };

const CARD: Card = Card {
    since: "0.1.0",
    severity: Severity::Medium,
    looks_at: Text {
        zh: "各访问身份的连接结果、状态码，以及停放页、默认页、阻断页等替代页面。",
        en: "How each profile's visit ended: connection, status, and pages that stand in for the site's own.",
    },
    finds: Text {
        zh: "域名无法解析、连接被拒、超时、服务器错误、域名停放、服务器默认页、存储桶不存在、接入商未备案阻断或关停页。",
        en: "Names that do not resolve, refused or timed-out connections, server errors, parked names, default pages, missing \
             buckets, providers' notices and shutdowns.",
    },
    matters: Text {
        zh: "弃用的域名或存储桶可能被他人占用；长期不可用影响公共服务。",
        en: "Others can take an abandoned name or bucket; long outages harm public services.",
    },
    errs: Text {
        zh: "可能是本机网络、地域限制或防护设备所致；一次不可达不等于违规，须换出口、隔时复测。防护质询页不在此列。",
        en: "This network, a regional limit or a firewall may be the cause; one failure is no breach: try again later and from \
             elsewhere. Challenges are not counted.",
    },
    references: &["https://www.rfc-editor.org/rfc/rfc9110#name-server-error-5xx"],
    must_find: &[
        Example {
            name: "a name that does not resolve",
            seen: Seen::Visit(|| {
                let gone = || Failure::Unresolvable("www.example.test".to_owned());
                Rehearsal::new().failure("m", gone()).failure("d", gone()).end()
            }),
        },
        Example {
            name: "the site's own name is parked",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("d", Answer::Html("<title>域名出售</title>"))
                    .stands_in(StandIn::Parked)
                    .end()
            }),
        },
    ],
    must_spare: &[
        Example {
            name: "one profile is refused and another is served",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .failure("m", Failure::TimedOut)
                    .view("d", Answer::Html("<title>x</title><p>x"))
                    .end()
            }),
        },
        Example {
            name: "a challenge stands in the way",
            seen: Seen::Visit(|| {
                Rehearsal::new()
                    .view("d", Answer::Status(521, ""))
                    .stands_in(StandIn::Challenge { vendor: "加速乐".to_owned() })
                    .end()
            }),
        },
    ],
};

/// Why a site is not there, by how much it matters.
struct Cause {
    method: &'static str,
    severity: Severity,
    zh: String,
    en: String,
    view: usize,
}

fn detect(dossier: &Dossier, _: &Context<'_>) -> Vec<Outcome> {
    let views: Vec<(usize, &View)> =
        dossier.views.iter().enumerate().filter(|(_, view)| !view.probe).collect();
    if views.is_empty() {
        return vec![Outcome::NotApplicable(Kind::UnreachableSite)];
    }
    let mut causes: Vec<Cause> =
        views.iter().filter_map(|(index, view)| cause(dossier, *index, view)).collect();
    // Somebody was served, or stands before a challenge: the site is there.
    if causes.len() < views.len() {
        return vec![Outcome::Pass(Kind::UnreachableSite)];
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.severity));
    let tried = causes.len();
    match causes.first().map(|cause| finding(dossier, cause, tried)) {
        Some(Ok(finding)) if finding.severity == Severity::Info => {
            vec![Outcome::NeedsReview(Box::new(finding))]
        }
        Some(Ok(finding)) => vec![Outcome::Violation(Box::new(finding))],
        _ => vec![Outcome::NotApplicable(Kind::UnreachableSite)],
    }
}

/// Why one visit did not meet the site; `None` where it did, or where the site refused on purpose.
fn cause(dossier: &Dossier, index: usize, view: &View) -> Option<Cause> {
    let cause =
        |method, severity, zh: String, en: String| Some(Cause { method, severity, zh, en, view: index });
    if let Some(stand_in) = &view.stand_in {
        let (method, severity, zh, en) = stood_in(stand_in)?;
        return cause(method, severity, zh, en);
    }
    let last = view.hops.last()?;
    // A redirect to elsewhere that failed there says nothing of this site.
    if !host::same_site(&last.url, &dossier.url) {
        return None;
    }
    let exchange = dossier.exchange(last.exchange)?;
    match &exchange.result {
        Err(failure) => {
            let (method, zh) = failed(failure)?;
            cause(method, Severity::Low, zh.to_owned(), format!("Failed to {failure}"))
        }
        Ok(response) if response.status >= 500 => {
            let status = response.status;
            cause(
                "server-error",
                Severity::Low,
                format!("服务器返回错误 {status}"),
                format!("The server answers {status}"),
            )
        }
        Ok(_) => None,
    }
}

fn stood_in(stand_in: &StandIn) -> Option<(&'static str, Severity, String, String)> {
    let told = |method, severity, zh: &str, en: &str| Some((method, severity, zh.to_owned(), en.to_owned()));
    match stand_in {
        StandIn::Challenge { .. } => None,
        StandIn::ProviderBlock { vendor } => told(
            "provider-block",
            Severity::Medium,
            &format!("接入商（{vendor}）以未备案为由阻断访问"),
            &format!("The provider ({vendor}) blocks the site for lack of a filing"),
        ),
        StandIn::Shutdown => told("shutdown", Severity::Medium, "网站已被关停处置", "The site was shut down"),
        StandIn::Parked => {
            told("parked", Severity::Medium, "域名处于停放或出售状态", "The name is parked or for sale")
        }
        StandIn::MissingBucket => told(
            "missing-bucket",
            Severity::Medium,
            "所指向的存储桶不存在，可能被他人占用",
            "The storage bucket does not exist and could be taken by others",
        ),
        StandIn::DefaultServerPage { product } => told(
            "default-page",
            Severity::Low,
            &format!("仅见服务器默认页（{product}）"),
            &format!("Only the server's default page ({product}) is there"),
        ),
        StandIn::Maintenance => {
            told("maintenance", Severity::Info, "网站处于维护状态", "The site is under maintenance")
        }
        StandIn::GatewayError => {
            told("gateway-error", Severity::Low, "网关返回错误页", "A gateway answers with an error")
        }
    }
}

fn failed(failure: &Failure) -> Option<(&'static str, &'static str)> {
    Some(match failure {
        Failure::Unresolvable(_) => ("unresolvable", "域名无法解析"),
        Failure::Refused => ("refused", "连接被拒绝"),
        Failure::TimedOut => ("timeout", "连接或响应超时"),
        Failure::Closed(_) => ("closed", "连接被中断"),
        Failure::NotHttp(_) => ("not-http", "返回内容不是 HTTP 响应"),
        Failure::Other(_) => ("failed", "访问未能完成"),
        // Faults of TLS are told there; what this program declines or has no need to ask is no fault of the site.
        Failure::Tls(_) | Failure::ForbiddenAddress(_) | Failure::Scheme(_) | Failure::NotKept => {
            return None;
        }
    })
}

fn finding(dossier: &Dossier, cause: &Cause, tried: usize) -> Result<Finding, IncompleteFinding> {
    let view = &dossier.views[cause.view];
    let exchange = view.last().unwrap_or(ExchangeId(0));
    let seen = dossier.exchange(exchange).map_or(dossier.started, |exchange| exchange.started);
    let mut builder = FindingBuilder::new(Kind::UnreachableSite, &dossier.url, cause.method)
        .target(dossier.target.as_ref().map(|target| target.id.clone()))
        .verdict(State::Risk, cause.severity, if tried > 1 { 0.8 } else { 0.6 })
        .title(cause.zh.clone(), cause.en.clone())
        .explanation(
            format!("共 {tried} 次访问均未取得网站内容。可能是网站故障，也可能是本机网络或防护所致，须换出口复测后再认定。"),
            format!("None of {tried} visits met the site itself. The fault may be the site's, this network's or a firewall's: test \
                     again from elsewhere before relying on it."),
        )
        .remedy(
            "确认域名、解析、服务器与备案接入状态；不再使用的域名、解析记录和存储桶应及时注销或收回。",
            "Check name, resolution, server and filing; withdraw names, records and buckets that are no longer used.",
        )
        .detail("visits", tried)
        .place(Place {
            profile: Some(view.profile.id.clone()),
            method: Some(cause.method.to_owned()),
            ..Place::default()
        })
        .signal(Signal::Mechanism)
        .seen(seen)
        .exchange(exchange)
        .reproduce(view.profile.to_curl(&dossier.url));
    if tried > 1 {
        builder = builder.signal(Signal::Reproduction);
    }
    builder.build()
}
