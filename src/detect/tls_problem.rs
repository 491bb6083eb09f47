//! Transport that is not protected as it should be: certificates that browsers refuse or will refuse soon, old
//! protocol versions, and pages that come without any protection.
//!
//! **What it finds.** What the handshake showed. **Why it matters.** Without a valid certificate a visitor cannot tell the
//! site from a forgery, and content can be changed on the way. **How it can be wrong.** A proxy between here and the site
//! may have shown its own certificate. Plain HTTP alone is information: no rule asks a public page for more.

use jiff::{SignedDuration, Timestamp};

use super::card::{Card, Example, Seen, Text};
use super::dossier::{Dossier, View};
use super::rehearsal::{Answer, Rehearsal};
use super::{Context, Detector};
use crate::exchange::{Exchange, Failure, TlsFacts, TlsProblem};
use crate::finding::{
    Finding, FindingBuilder, IncompleteFinding, Kind, Outcome, Place, Severity, Signal, State,
};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kind: Kind::TlsProblem, card: CARD, detect };

const CARD: Card = Card {
    since: "0.1.0",
    severity: Severity::Medium,
    looks_at: Text {
        zh: "本站各次 TLS 握手所见的证书与协议版本，以及未加密的访问。",
        en: "Certificate and protocol version of every TLS handshake with the site, and visits without TLS.",
    },
    finds: Text {
        zh: "证书过期、域名不符、自签名、签发者不受信任、被吊销或即将到期，协议版本过低，以及全程未加密。",
        en: "Certificates that are expired, for another name, self-signed, of an unknown issuer, revoked or soon to expire; \
             old protocol versions; no encryption at all.",
    },
    matters: Text {
        zh: "证书无效时访问者无法辨别真伪，内容可能在传输途中被篡改。",
        en: "With an invalid certificate visitors cannot tell the site from a forgery, and content may be changed on its way.",
    },
    errs: Text {
        zh: "出口代理可能替换证书；仅使用 HTTP 只作提示，不等于违规。",
        en: "A proxy on the way may show its own certificate; plain HTTP is information, not a breach.",
    },
    references: &["https://www.rfc-editor.org/rfc/rfc5280", "https://www.rfc-editor.org/rfc/rfc8996"],
    must_find: &[
        Example {
            name: "an expired certificate",
            seen: Seen::Visit(|| secure(TlsFacts { problems: vec![TlsProblem::Expired], ..facts() })),
        },
        Example {
            name: "a certificate for another name",
            seen: Seen::Visit(|| secure(TlsFacts { problems: vec![TlsProblem::NameMismatch], ..facts() })),
        },
    ],
    must_spare: &[
        Example { name: "a valid certificate", seen: Seen::Visit(|| secure(facts())) },
        Example {
            name: "plain HTTP is no more than information",
            seen: Seen::Page("<title>某某学校</title><p>简介"),
        },
    ],
};

/// How long before its end a certificate should have been renewed.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

fn facts() -> TlsFacts {
    TlsFacts {
        version: "TLS 1.3".to_owned(),
        certificate_sha256: "0".repeat(64),
        names: vec!["www.example.test".to_owned()],
        issuer: "CN=Example CA".to_owned(),
        not_before: None,
        not_after: None,
        problems: Vec::new(),
    }
}

fn secure(facts: TlsFacts) -> Dossier {
    Rehearsal::at("https://www.example.test/")
        .view("d", Answer::Html("<title>x</title><p>x"))
        .tls(facts)
        .end()
}

/// One fault of the transport.
struct Fault {
    method: &'static str,
    severity: Severity,
    zh: String,
    en: String,
}

impl Fault {
    fn new(method: &'static str, severity: Severity, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { method, severity, zh: zh.into(), en: en.into() }
    }
}

fn detect(dossier: &Dossier, _: &Context<'_>) -> Vec<Outcome> {
    let own = |exchange: &&Exchange| crate::exchange::host::same_site(&exchange.request.url, &dossier.url);
    let mut outcomes = Vec::new();
    let mut told: Vec<&str> = Vec::new();
    let mut secure = false;
    for exchange in dossier.exchanges.iter().filter(own) {
        let fault = match (&exchange.tls, &exchange.result) {
            (Some(facts), _) => {
                secure = true;
                fault_of(facts, exchange.started)
            }
            (None, Err(Failure::Tls(words))) => Some(Fault::new(
                "handshake-failed",
                Severity::Medium,
                format!("TLS 握手失败：{words}"),
                format!("The TLS handshake failed: {words}"),
            )),
            (None, _) => None,
        };
        if let Some(fault) = fault
            && !told.contains(&fault.method)
            && let Ok(finding) = finding(dossier, exchange, &fault)
        {
            told.push(fault.method);
            outcomes.push(Outcome::Violation(Box::new(finding)));
        }
    }
    if !outcomes.is_empty() {
        return outcomes;
    }
    if secure {
        return vec![Outcome::Pass(Kind::TlsProblem)];
    }
    // On loopback nothing travels that could be read on its way.
    let travels = |exchange: &&Exchange| exchange.remote.is_none_or(|remote| !remote.ip().is_loopback());
    let reached =
        dossier.exchanges.iter().filter(own).filter(travels).find(|exchange| exchange.result.is_ok());
    let plain = Fault::new(
        "plain-http",
        Severity::Info,
        "页面以未加密的 HTTP 提供",
        "The page comes over plain HTTP",
    );
    match reached.map(|exchange| finding(dossier, exchange, &plain)) {
        Some(Ok(finding)) => vec![Outcome::NeedsReview(Box::new(finding))],
        _ => vec![Outcome::NotApplicable(Kind::TlsProblem)],
    }
}

/// The worst fault of a handshake.
fn fault_of(facts: &TlsFacts, now: Timestamp) -> Option<Fault> {
    let has = |problem| facts.problems.contains(&problem);
    let names = facts.names.join(", ");
    let until = facts.not_after.map(|until| until.to_string()).unwrap_or_default();
    if has(TlsProblem::Revoked) {
        return Some(Fault::new("revoked", Severity::Medium, "证书已被吊销", "The certificate is revoked"));
    }
    if has(TlsProblem::Expired) {
        let (zh, en) = (format!("证书已过期（{until}）"), format!("The certificate has expired ({until})"));
        return Some(Fault::new("expired", Severity::Medium, zh, en));
    }
    if has(TlsProblem::NameMismatch) {
        let (zh, en) = (
            format!("证书与域名不符（证书所载：{names}）"),
            format!("The certificate is for other names ({names})"),
        );
        return Some(Fault::new("name-mismatch", Severity::Medium, zh, en));
    }
    if has(TlsProblem::SelfSigned) {
        return Some(Fault::new(
            "self-signed",
            Severity::Medium,
            "证书为自签名",
            "The certificate is self-signed",
        ));
    }
    if has(TlsProblem::UnknownIssuer) {
        let issuer = &facts.issuer;
        let (zh, en) =
            (format!("证书签发者不受信任（{issuer}）"), format!("The issuer is not trusted ({issuer})"));
        return Some(Fault::new("unknown-issuer", Severity::Medium, zh, en));
    }
    if has(TlsProblem::NotYetValid) {
        return Some(Fault::new(
            "not-yet-valid",
            Severity::Medium,
            "证书尚未生效",
            "The certificate is not valid yet",
        ));
    }
    if has(TlsProblem::Invalid) {
        return Some(Fault::new(
            "invalid",
            Severity::Medium,
            "证书校验失败",
            "The certificate fails verification",
        ));
    }
    if matches!(facts.version.as_str(), "TLS 1.0" | "TLS 1.1" | "SSL 3.0" | "SSL 2.0") {
        let version = &facts.version;
        let (zh, en) =
            (format!("协议版本过低（{version}）"), format!("The protocol version is old ({version})"));
        return Some(Fault::new("old-version", Severity::Low, zh, en));
    }
    // Certificates that live for a few days are renewed in the last third of their life, not two weeks ahead.
    let life = facts.not_before.zip(facts.not_after).map(|(from, until)| until.duration_since(from));
    let left = facts.not_after.map(|until| until.duration_since(now))?;
    let soon = life.map_or(SOON, |life| SOON.min(life / 10));
    (left < soon).then(|| {
        let (zh, en) =
            (format!("证书即将到期（{until}）"), format!("The certificate will expire soon ({until})"));
        Fault::new("expires-soon", Severity::Low, zh, en)
    })
}

fn finding(dossier: &Dossier, exchange: &Exchange, fault: &Fault) -> Result<Finding, IncompleteFinding> {
    let view =
        dossier.views.iter().find(|view: &&View| view.hops.iter().any(|hop| hop.exchange == exchange.id));
    let profile = view.map(|view| view.profile.clone());
    let url = &exchange.request.url;
    let command = format!("curl -sSIv '{}'", url.as_str().replace('\'', "%27"));
    let mut builder = FindingBuilder::new(Kind::TlsProblem, &dossier.url, fault.method)
        .target(dossier.target.as_ref().map(|target| target.id.clone()))
        .verdict(State::Risk, fault.severity, 0.95)
        .title(fault.zh.clone(), fault.en.clone())
        .explanation(
            format!("访问 {url} 时所见。传输未受可靠保护时，内容可能被窃听或篡改；这是安全风险，不等于违法。"),
            format!("Seen when asking {url}. Without sound protection content may be read or changed on its way; a risk, not a breach."),
        )
        .remedy(
            "更换为受信任机构签发且域名匹配的有效证书，启用 TLS 1.2 以上版本并设置到期前自动续期。",
            "Install a valid certificate of a trusted issuer for this name, serve TLS 1.2 or newer, and renew it automatically.",
        )
        .place(Place {
            profile: profile.as_ref().map(|profile| profile.id.clone()),
            method: Some(fault.method.to_owned()),
            ..Place::default()
        })
        .signal(Signal::Mechanism)
        .seen(exchange.started)
        .exchange(exchange.id)
        .reproduce(profile.map_or(command, |profile| profile.to_curl(url)));
    if let Some(facts) = &exchange.tls {
        builder = builder
            .detail("version", facts.version.clone())
            .detail("issuer", facts.issuer.clone())
            .detail("names", facts.names.clone())
            .detail("not_after", facts.not_after.map(|until| until.to_string()))
            .detail("certificate_sha256", facts.certificate_sha256.clone());
    }
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(facts: &TlsFacts, expected: Option<(&str, Severity)>) {
        let now: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let fault = fault_of(facts, now);
        assert_eq!(fault.map(|fault| (fault.method, fault.severity)), expected);
    }

    fn until(from: &str, to: &str) -> TlsFacts {
        TlsFacts { not_before: from.parse().ok(), not_after: to.parse().ok(), ..facts() }
    }

    #[test]
    fn the_worst_fault_of_a_handshake_is_told() {
        check(&facts(), None);
        check(&until("2026-10-01T00:00:00Z", "2027-03-01T00:00:00Z"), None);
        check(&until("2026-01-01T00:00:00Z", "2026-11-26T00:00:00Z"), Some(("expires-soon", Severity::Low)));
        check(&until("2026-11-21T00:00:00Z", "2026-11-27T00:00:00Z"), None);
        check(&TlsFacts { version: "TLS 1.0".into(), ..facts() }, Some(("old-version", Severity::Low)));
        for (problem, word) in [
            (TlsProblem::Expired, "expired"),
            (TlsProblem::SelfSigned, "self-signed"),
            (TlsProblem::UnknownIssuer, "unknown-issuer"),
            (TlsProblem::Revoked, "revoked"),
            (TlsProblem::NotYetValid, "not-yet-valid"),
        ] {
            check(&TlsFacts { problems: vec![problem], ..facts() }, Some((word, Severity::Medium)));
        }
    }
}
