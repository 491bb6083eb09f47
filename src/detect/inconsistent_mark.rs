//! Filing marks that are malformed, placeholders, hidden, or contradict themselves, their link or the registry.
//!
//! **What it finds.** Doubtful numbers with everything that is doubtful about them. **Why it matters.** A template's number or
//! somebody else's number hides that nothing was filed. **How it can be wrong.** Old filings have odd lengths; the two filings
//! may lawfully lie in different provinces, and a filing's site number may differ. Only the register proves forgery.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::card::{Card, Example, Seen, Text};
use super::dossier::{Dossier, TargetFacts};
use super::marks::{HomePage, ICP_HOSTS, Mark, STALE_HOSTS, Source, home_page, is_police};
use super::sighting::Sighting;
use super::{Context, Detector};
use crate::finding::{Finding, IncompleteFinding, Kind, Outcome, Severity, State};
use crate::page::Sight;
use crate::target::filing::{Flaw, Number, Register, numbers};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kind: Kind::InconsistentMark, card: CARD, detect };

const CARD: Card = Card {
    since: "0.1.0",
    severity: Severity::Medium,
    looks_at: Text {
        zh: "首页各备案编号的格式、省份简称、链接地址、可见性，以及与登记信息是否一致。",
        en: "Form, province, link and visibility of the numbers on the home page, and whether they agree with the registry.",
    },
    finds: Text {
        zh: "占位或错误的编号、与省份简称矛盾的编号、链接失效或号码不一致、隐藏的标识、与登记不符的编号。",
        en: "Placeholders and malformed numbers, numbers that contradict their province, stale links or links to another number, \
             hidden marks, numbers that differ from the registry.",
    },
    matters: Text {
        zh: "套用模板编号或他人编号，可能掩盖未备案的事实。",
        en: "A template's or somebody else's number may hide that nothing was filed.",
    },
    errs: Text {
        zh: "早期编号长度不一；两项备案可以分属不同省份；是否冒用须查询备案系统。",
        en: "Old numbers differ in length; the two filings may lie in different provinces; only the register proves misuse.",
    },
    references: &["https://beian.miit.gov.cn/", "https://beian.mps.gov.cn/"],
    must_find: &[
        Example {
            name: "the number of a template",
            seen: Seen::Page(
                "<title>某某公司</title><p>本公司主要从事建筑材料的生产与销售。</p><a href='https://beian.miit.gov.cn/'>京ICP备12345678号</a>",
            ),
        },
        Example {
            name: "a police number of another province than its sign",
            seen: Seen::Page(
                "<title>某某公司</title><p>本公司主要从事建筑材料的生产与销售。</p><a href='https://beian.mps.gov.cn/#/query/webSearch?code=11010402000001'>川公网安备11010402000001号</a>",
            ),
        },
        Example {
            name: "a link to another number",
            seen: Seen::Page(
                "<title>某某公司</title><p>本公司主要从事建筑材料的生产与销售。</p><a href='https://beian.mps.gov.cn/#/query/webSearch?code=51010402000009'>川公网安备51010402000001号</a>",
            ),
        },
    ],
    must_spare: &[
        Example {
            name: "two filings in different provinces",
            seen: Seen::Page(
                "<title>某某公司</title><p>本公司主要从事建筑材料的生产与销售。</p><a href='https://beian.miit.gov.cn/'>京ICP备20001234号-1</a> <a href='https://beian.mps.gov.cn/#/query/webSearch?code=51010402000001'>川公网安备51010402000001号</a>",
            ),
        },
        Example {
            name: "the signs of Sichuan differ in the two registers",
            seen: Seen::Page(
                "<title>某某学校</title><p>欢迎访问某某学校网站。</p><a href='https://beian.miit.gov.cn'>蜀ICP备19012345号-2</a> <a href='http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=51010402000001'>川公网安备 51010402000001号</a>",
            ),
        },
    ],
};

/// One doubt about a mark.
struct Doubt {
    word: &'static str,
    severity: Severity,
    zh: String,
    en: String,
}

impl Doubt {
    fn new(word: &'static str, severity: Severity, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { word, severity, zh: zh.into(), en: en.into() }
    }
}

fn detect(dossier: &Dossier, context: &Context<'_>) -> Vec<Outcome> {
    let HomePage::Seen(seen) = home_page(dossier, context) else {
        return vec![Outcome::NotApplicable(Kind::InconsistentMark)];
    };
    let mut outcomes = Vec::new();
    let mut told = BTreeSet::new();
    let mut any = false;
    for sighting in &seen {
        let year = year(sighting);
        let marks = context.marks(sighting);
        for mark in marks.iter() {
            any = true;
            let doubts = doubts(mark, &marks, dossier.target.as_ref(), year);
            if !doubts.is_empty()
                && told.insert(mark.number.text.clone())
                && let Ok(finding) = finding(sighting, mark, &doubts)
            {
                outcomes.push(Outcome::Violation(Box::new(finding)));
            }
        }
    }
    match (outcomes.is_empty(), any) {
        (false, _) => outcomes,
        (true, true) => vec![Outcome::Pass(Kind::InconsistentMark)],
        (true, false) => vec![Outcome::NotApplicable(Kind::InconsistentMark)],
    }
}

/// The year of the visit. One that is dated before the register existed has no date to compare with.
fn year(sighting: &Sighting<'_>) -> i16 {
    let year = TimeZone::UTC.to_datetime(sighting.exchange.started).year();
    if year < 2005 { i16::MAX } else { year }
}

/// Everything doubtful about one mark, worst first.
fn doubts(mark: &Mark, all: &[Mark], target: Option<&TargetFacts>, year: i16) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    // A badge without text: only its link can be doubted, and that is done with the number it stands beside.
    if mark.source != Source::Link {
        doubts.extend(mark.number.flaws(year).into_iter().filter_map(|flaw| flawed(flaw, &mark.number)));
        doubts.extend(linked(mark, all));
        if mark.source == Source::Text && mark.sight == Sight::Hidden {
            doubts.push(Doubt::new(
                "hidden",
                Severity::Low,
                "标识被隐藏，访问者看不到",
                "The mark is hidden from visitors",
            ));
        }
    }
    doubts.extend(target.and_then(|target| registered(&mark.number, target)));
    doubts.sort_by_key(|doubt| std::cmp::Reverse(doubt.severity));
    doubts
}

fn flawed(flaw: Flaw, number: &Number) -> Option<Doubt> {
    let word = flaw.as_str();
    Some(match flaw {
        Flaw::Placeholder => {
            Doubt::new(word, Severity::Medium, "编号为模板占位号", "The number is a template's placeholder")
        }
        Flaw::ZeroSerial => {
            Doubt::new(word, Severity::Medium, "编号的流水号为零", "The serial of the number is zero")
        }
        Flaw::FutureYear => {
            Doubt::new(word, Severity::Medium, "编号所示年份不合理", "The year in the number is impossible")
        }
        Flaw::AreaContradictsSign => Doubt::new(
            word,
            Severity::Medium,
            "编号前两位与省份简称不符",
            "The first two digits contradict the sign of the province",
        ),
        // Old filings of either register are shorter; that alone is a small fault.
        Flaw::Length => Doubt::new(
            word,
            Severity::Low,
            format!("编号位数（{}）不符合现行格式", number.digits.len()),
            format!("The number has {} digits, which is not today's form", number.digits.len()),
        ),
        Flaw::OtherRegistersSign => Doubt::new(
            word,
            Severity::Low,
            "省份简称不是 ICP 备案所用的字",
            "The sign of the province is not the one that ICP filings use",
        ),
        // A label with digits is often enough the mark of a page that leaves the sign out.
        Flaw::NoProvince if number.register == Register::Police => return None,
        Flaw::NoProvince => {
            Doubt::new(word, Severity::Low, "编号缺少省份简称", "The sign of the province is missing")
        }
    })
}

fn linked(mark: &Mark, all: &[Mark]) -> Option<Doubt> {
    let register = mark.number.register;
    if !matches!(register, Register::Icp | Register::Police) || mark.source == Source::Script {
        return None;
    }
    let Some(link) = &mark.link else {
        // A police badge beside the text is a link, too.
        let badge = all.iter().any(|other| other.source == Source::Link && other.number.register == register);
        let wanted = register == Register::Icp || !badge;
        return (wanted && mark.source == Source::Text).then(|| {
            Doubt::new(
                "not-linked",
                Severity::Low,
                "编号未链接到备案系统",
                "The number does not link to the register",
            )
        });
    };
    let host = link.host.as_deref().unwrap_or_default();
    if register == Register::Police
        && let Some(code) = &link.code
        && is_police(host)
        && *code != mark.number.digits
    {
        let (zh, en) =
            (format!("链接中的编号 {code} 与文字不一致"), format!("The link holds another number ({code})"));
        return Some(Doubt::new("link-differs", Severity::Medium, zh, en));
    }
    if STALE_HOSTS.contains(&host) {
        let (zh, en) = ("链接指向已停用的旧备案系统", "The link leads to the register's former address");
        return Some(Doubt::new("stale-link", Severity::Low, zh, en));
    }
    let right = match register {
        Register::Police => is_police(host),
        _ => ICP_HOSTS.contains(&host) || host.ends_with(".miit.gov.cn"),
    };
    (!right).then(|| {
        let (zh, en) = (
            format!("编号链接到 {}，不是备案系统", link.href),
            format!("The number links to {}, not to the register", link.href),
        );
        Doubt::new("wrong-link", Severity::Low, zh, en)
    })
}

fn registered(number: &Number, target: &TargetFacts) -> Option<Doubt> {
    let held = match number.register {
        Register::Icp => target.icp.as_deref()?,
        Register::Police => target.police.as_deref()?,
        _ => return None,
    };
    let known = numbers(held);
    let digits: String = held.chars().filter(char::is_ascii_digit).collect();
    let agrees =
        known.iter().any(|other| other.same_filing(number)) || (known.is_empty() && digits == number.digits);
    (!agrees).then(|| {
        let (zh, en) = (format!("与登记的编号 {held} 不符"), format!("The registry holds {held}"));
        Doubt::new("differs-from-registry", Severity::Medium, zh, en)
    })
}

fn finding(sighting: &Sighting<'_>, mark: &Mark, doubts: &[Doubt]) -> Result<Finding, IncompleteFinding> {
    let police = mark.number.register == Register::Police;
    let register = if police { "psb" } else { "icp" };
    let number = &mark.number.text;
    let worst = doubts.first().map_or(Severity::Info, |doubt| doubt.severity);
    let word = doubts.first().map_or("", |doubt| doubt.word);
    let zh: Vec<_> = doubts.iter().map(|doubt| doubt.zh.as_str()).collect();
    let en: Vec<_> = doubts.iter().map(|doubt| doubt.en.as_str()).collect();
    let words: Vec<_> = doubts.iter().map(|doubt| doubt.word).collect();
    sighting
        .finding(Kind::InconsistentMark, format!("{register} {}", mark.number.digits))
        .verdict(State::Risk, worst, 0.8)
        .title(format!("备案标识不规范：{number}"), format!("A filing mark is not in order: {number}"))
        .explanation(
            format!("{number}：{}。是否冒用或未备案，须以备案系统查询为准。", zh.join("；")),
            format!("{number}: {}. Whether it is misused or nothing was filed, only the register can tell.", en.join("; ")),
        )
        .remedy(
            "核对备案系统中的编号，在首页底部完整标明并链接到对应的备案查询页面。",
            "Check the number in the register, show it in full at the foot of the home page, and link it to the register.",
        )
        .detail("number", number.clone())
        .detail("register", if police { "police" } else { "icp" })
        .detail("flaws", words)
        .place(sighting.place(&format!("{register}-{word}"), &mark.selector, mark.line, number, (0, number.len())))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, target: Option<(&str, &str)>, expected: &str) {
        let mut dossier =
            Dossier::of_page("http://www.example.test/", &format!("<p>欢迎访问某某学校网站</p>{html}"));
        dossier.exchanges[0].started = "2026-11-23T00:00:00Z".parse().unwrap();
        dossier.target = target.map(|(icp, police)| TargetFacts {
            id: "a".into(),
            icp: Some(icp.to_owned()),
            police: Some(police.to_owned()),
            siblings: Vec::new(),
        });
        let found: Vec<_> = detect(&dossier, &Context::builtin())
            .into_iter()
            .filter_map(|outcome| match outcome {
                Outcome::Violation(finding) => {
                    Some(format!("{} {}", finding.severity, finding.detail["flaws"]))
                }
                _ => None,
            })
            .collect();
        assert_eq!(found.join(" "), expected, "{html}");
    }

    #[test]
    fn doubts_about_a_mark_are_told_together() {
        let right = "<a href=https://beian.miit.gov.cn/>蜀ICP备20001234号-1</a>";
        check(right, None, "");
        check("蜀ICP备20001234号-1", None, r#"low ["not-linked"]"#);
        check("<a href=http://www.miitbeian.gov.cn>蜀ICP备20001234号-1</a>", None, r#"low ["stale-link"]"#);
        check("<a href='#'>蜀ICP备20001234号-1</a>", None, r#"low ["wrong-link"]"#);
        check("<a href=https://beian.miit.gov.cn/>京ICP备XXXXXXXX号</a>", None, r#"medium ["placeholder"]"#);
        check(
            "<a href=https://beian.miit.gov.cn/>京ICP备2031001234号</a>",
            None,
            r#"medium ["future-year"]"#,
        );
        check("京ICP备00000000号", None, r#"medium ["placeholder","not-linked"]"#);
        check(right, Some(("蜀ICP备20001234号", "")), "");
        check(right, Some(("蜀ICP备20009999号", "")), r#"medium ["differs-from-registry"]"#);
        check("川B2-20200123", None, "");
        check("<script>document.write('蜀ICP备20001234号-1')</script>", None, "");
    }

    #[test]
    fn police_marks_agree_with_their_links() {
        let badge = "<a href='http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=51010402000001'><img src=b.png></a>";
        check(&format!("{badge}<p>川公网安备51010402000001号"), None, "");
        check("<p>川公网安备51010402000001号", None, r#"low ["not-linked"]"#);
        check(
            "<a href='https://beian.mps.gov.cn/#/query/webSearch?code=51010402000002'>川公网安备51010402000001号</a>",
            None,
            r#"medium ["link-differs"]"#,
        );
    }
}
