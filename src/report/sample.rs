//! Realistic findings for the tests of every format, built as detectors build them.

use jiff::Timestamp;
use jiff::civil::date;
use url::Url;

use super::duty::{Confidence, Duty, Enforcement, Penalty, Relation};
use super::{Belonging, Report, Reported, Summary};
use crate::finding::{
    Category, Conditions, EvidenceRef, EvidenceRole, Finding, FindingBuilder, Kind, NotAssessed, Payload,
    Place, Reason, Severity, Signal, Snippet, State,
};
use crate::id::{Digest, ExchangeId, ObligationId, ProfileId, TargetId};
use crate::incident::Standing;
use crate::lang::Bilingual;

/// A report as a run over two pages of one site would give it.
pub(super) fn report() -> Report {
    let mut findings = vec![mark(), redirect(), hidden_links()];
    findings[1].incident = Some(Belonging {
        id: "3f2a91c07b5e".into(),
        standing: Standing::Notified,
        site: "city-portal".into(),
    });
    Report {
        summary: summary(findings.len(), 3),
        findings,
        not_assessed: vec![
            gap(
                "http://oa.example.test/",
                Reason::Challenge,
                "防护产品返回人机验证页面",
                "a protection product answered with a challenge",
            ),
            gap(
                "http://mail.example.test/",
                Reason::Challenge,
                "防护产品返回人机验证页面",
                "a protection product answered with a challenge",
            ),
            gap(
                "http://old.example.test/",
                Reason::Unreachable,
                "域名 old.example.test 无法解析",
                "the name old.example.test did not resolve",
            ),
        ],
    }
}

/// A report of a run that found nothing.
pub(super) fn clean() -> Report {
    Report { findings: Vec::new(), not_assessed: Vec::new(), summary: summary(0, 0) }
}

pub(super) fn gap(url: &str, reason: Reason, zh: &str, en: &str) -> NotAssessed {
    NotAssessed { url: url.to_owned(), reason, detail: Bilingual::new(zh, en) }
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn summary(findings: usize, not_assessed: usize) -> Summary {
    Summary {
        urls: 2,
        requests: 31,
        findings: findings as u64,
        not_assessed: not_assessed as u64,
        profiles: ["m", "d", "b", "s"].map(ProfileId::from).to_vec(),
        started: at("2026-03-02T01:02:03Z"),
        ended: at("2026-03-02T01:02:41Z"),
        law_as_of: date(2026, 3, 2),
        version: "0.1.0".to_owned(),
    }
}

fn reported(finding: Finding, obligations: Vec<Duty>) -> Reported {
    let digest = Digest::of(finding.id.as_str().as_bytes());
    let kept = EvidenceRef {
        sha256: digest.sha256,
        sm3: digest.sm3,
        role: EvidenceRole::Response,
        at: finding.first_seen,
        picture: None,
    };
    Reported { finding, obligations, evidence: vec![kept], incident: None, extra: serde_json::Map::new() }
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// A snippet with one stretch of it marked.
pub(super) fn snippet(text: &str, marked: &str) -> Snippet {
    let start = text.find(marked).unwrap();
    Snippet { text: text.to_owned(), mark: (start, start + marked.len()) }
}

fn redirect() -> Reported {
    let finding = FindingBuilder::new(Kind::IllicitRedirect, &url("http://portal.example.test/"), "land.test")
        .target(Some(TargetId::from("city-portal")))
        .verdict(State::Confirmed, Severity::Critical, 0.97)
        .title(
            "手机访客从搜索引擎进入时，被送往网络赌博平台",
            "Phone visitors who arrive from a search engine are sent to a gambling platform",
        )
        .explanation(
            "首页对从百度搜索进入的手机访客返回 302，跳往站外；落地页推广网络赌博。直接访问和电脑访问都得到正常页面，因此管理员平时看不到。",
            "To phone visitors arriving from Baidu search the home page answers 302 to another site whose landing page promotes gambling. Typed-in and desktop visits get the normal page, so that administrators do not notice.",
        )
        .remedy(
            "先留存证据，按所列条件复现，检查服务器配置、入口程序和被引用脚本。",
            "Keep the evidence, reproduce under the conditions shown, examine server configuration, entry program and scripts.",
        )
        .place(Place {
            profile: Some(ProfileId::from("m")),
            selector: None,
            line: Some(1),
            snippet: Some(snippet("HTTP/1.1 302 Found\r\nLocation: http://bc.test/?from=1\r\n", "http://bc.test/?from=1")),
            method: Some("status".to_owned()),
        })
        .payload(Payload {
            category: Some(Category::Gambling),
            urls: vec!["http://bc.test/?from=1".to_owned()],
            terms: vec!["真人百家乐".to_owned(), "注册送彩金".to_owned()],
            landing: Some("https://land.test/home".to_owned()),
        })
        .conditions(Conditions {
            shows: vec!["referer:search".to_owned(), "ua:mobile".to_owned()],
            minimal: true,
            profiles: vec![ProfileId::from("m")],
            ..Conditions::default()
        })
        .signals([Signal::Mechanism, Signal::Payload, Signal::Foreignness, Signal::Reproduction])
        .detail("hops", 2)
        .seen(at("2026-03-02T01:02:05Z"))
        .exchange(ExchangeId(0))
        .reproduce(
            "curl -sS -i -A 'Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 Mobile' -e 'https://m.baidu.com/' 'http://portal.example.test/'",
        )
        .build()
        .unwrap();
    reported(finding, vec![protection(), incident()])
}

fn hidden_links() -> Reported {
    let source = "<p>版权所有</p>\n<div style=\"position:absolute;left:-9999px\"><a href=\"http://bc.test/1\">澳门新葡京</a> <a href=\"http://bc.test/2\">时时彩平台</a></div>\n</body>";
    let finding = FindingBuilder::new(Kind::HiddenLink, &url("http://portal.example.test/"), "div>a bc.test")
        .target(Some(TargetId::from("city-portal")))
        .verdict(State::Confirmed, Severity::High, 0.95)
        .title("2 条指向赌博网站的链接被移出屏幕", "2 links to gambling sites are positioned off the screen")
        .explanation(
            "链接容器以绝对定位移到屏幕左侧 9999 像素之外，访客看不到，搜索引擎能读到。",
            "The container of the links is positioned 9999 pixels left of the screen: visitors cannot see it, search engines can.",
        )
        .remedy(
            "先留存证据，再清除所列代码，查清写入途径并修补。",
            "Keep the evidence, remove the code shown, find and close the way it was written.",
        )
        .place(Place {
            profile: Some(ProfileId::from("d")),
            selector: Some("body > div:nth-of-type(3)".to_owned()),
            line: Some(214),
            snippet: Some(snippet(source, "position:absolute;left:-9999px")),
            method: Some("css-offscreen-position".to_owned()),
        })
        .payload(Payload {
            category: Some(Category::Gambling),
            urls: vec!["http://bc.test/1".to_owned(), "http://bc.test/2".to_owned()],
            terms: vec!["澳门新葡京".to_owned(), "时时彩".to_owned()],
            landing: None,
        })
        .conditions(Conditions {
            minimal: true,
            profiles: ["m", "d", "b", "s"].map(ProfileId::from).to_vec(),
            ..Conditions::default()
        })
        .signals([Signal::Mechanism, Signal::Payload, Signal::Foreignness])
        .seen(at("2026-03-02T01:02:09Z"))
        .exchange(ExchangeId(1))
        .reproduce("curl -sS 'http://portal.example.test/' | grep -n -F 'left:-9999px'")
        .build()
        .unwrap();
    reported(finding, vec![protection()])
}

fn mark() -> Reported {
    let finding = FindingBuilder::new(Kind::MissingPoliceMark, &url("http://portal.example.test/about"), "mark")
        .verdict(State::Risk, Severity::Low, 0.8)
        .title("页面底部未见公安备案标识", "No public-security filing mark at the foot of the page")
        .explanation(
            "全文未见公安备案号及其链接；不等于未备案。",
            "Neither number nor link was seen anywhere on the page; this does not mean that the site is not filed.",
        )
        .remedy("在首页底部标明公安备案号与图标。", "Show number and emblem at the foot of the home page.")
        .signal(Signal::Mechanism)
        .seen(at("2026-03-02T01:02:30Z"))
        .exchange(ExchangeId(2))
        .reproduce("curl -sS 'http://portal.example.test/about' | grep -c '公网安备'")
        .build()
        .unwrap();
    reported(finding, vec![filing()])
}

fn penalty(id: &str, article: (&str, &str), range: (&str, &str)) -> Penalty {
    Penalty {
        id: ObligationId::from(id),
        article: Bilingual::new(article.0, article.1),
        range: Bilingual::new(range.0, range.1),
    }
}

fn protection() -> Duty {
    Duty {
        id: ObligationId::from("CSL.2026.23"),
        title: Bilingual::new("中华人民共和国网络安全法", "Cybersecurity Law"),
        article: Bilingual::new("第二十三条", "Article 23"),
        duty: Bilingual::new(
            "采取防范计算机病毒和网络攻击、网络侵入等危害网络安全行为的技术措施。",
            "Take technical measures against viruses, network attacks and intrusion.",
        ),
        penalties: vec![
            penalty(
                "CSL.2026.61.1",
                ("第六十一条第一款", "Article 61(1)"),
                ("责令改正，给予警告，可以并处罚款", "order to correct, warning, a fine may be added"),
            ),
            penalty(
                "CSL.2026.61.2",
                ("第六十一条第二款", "Article 61(2)"),
                ("拒不改正或者导致危害后果的，处罚款", "a fine where correction is refused or harm results"),
            ),
        ],
        relation: Relation::BreachIndicator,
        in_force: Enforcement { from: Some(date(2026, 1, 1)), to: None },
        confidence: Confidence::V,
        verified: true,
        caveats: vec![Bilingual::new(
            "国家机关政务网络由上级机关责令改正，并对责任人员给予处分。",
            "For networks of state organs, the superior organ orders correction and disciplines those responsible.",
        )],
    }
}

fn incident() -> Duty {
    Duty {
        id: ObligationId::from("CSL.2026.27"),
        article: Bilingual::new("第二十七条", "Article 27"),
        duty: Bilingual::new(
            "发生网络安全事件时，立即启动应急预案，采取补救措施，并按照规定向有关主管部门报告。",
            "On an incident, start the contingency plan at once, remedy it and report as required.",
        ),
        relation: Relation::ReportingDuty,
        confidence: Confidence::P,
        caveats: Vec::new(),
        penalties: Vec::new(),
        ..protection()
    }
}

fn filing() -> Duty {
    Duty {
        id: ObligationId::from("MPS33.1997.12"),
        title: Bilingual::new(
            "计算机信息网络国际联网安全保护管理办法",
            "Measures for Security Protection of International Networking",
        ),
        article: Bilingual::new("第十二条", "Article 12"),
        duty: Bilingual::new(
            "自网络正式联通之日起三十日内，到公安机关办理备案手续。",
            "File with the public-security organ within thirty days of going online.",
        ),
        penalties: Vec::new(),
        relation: Relation::Precondition,
        in_force: Enforcement { from: Some(date(1997, 12, 30)), to: Some(date(2026, 12, 31)) },
        confidence: Confidence::M,
        verified: false,
        caveats: Vec::new(),
    }
}
