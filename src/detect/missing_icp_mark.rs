//! Home pages on which no ICP filing mark was seen.
//!
//! **What it finds.** No filing number and no telecom licence in text, attributes, links or scripts. **Why it matters.** The
//! number is to stand at the foot of the home page with a link to the register. **How it can be wrong.** The number may be in
//! a picture or drawn by a script; sites hosted outside the mainland need none. "Not seen" never means "not filed".

use super::card::{Card, Example, Seen, Text};
use super::dossier::Dossier;
use super::marks::{HomePage, has, home_page, unseen};
use super::sighting::Sighting;
use super::{Context, Detector};
use crate::finding::{Kind, NotAssessed, Outcome, Reason, Severity, State};
use crate::lang::Bilingual;
use crate::target::filing::Register;

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kind: Kind::MissingIcpMark, card: CARD, detect };

const CARD: Card = Card {
    since: "0.1.0",
    severity: Severity::Medium,
    looks_at: Text {
        zh: "首页文字、图片说明、链接和内嵌脚本中的 ICP 备案号与电信业务许可证号。",
        en: "ICP filing numbers and telecom licences in text, alternative texts, links and inline scripts of the home page.",
    },
    finds: Text { zh: "首页未见 ICP 备案标识。", en: "Home pages without an ICP filing mark." },
    matters: Text {
        zh: "备案编号应当标明在主页底部并链接到备案系统。",
        en: "The number is to stand at the foot of the home page and link to the register.",
    },
    errs: Text {
        zh: "标识可能在图片中或由脚本生成；服务器在境外的网站不适用。未见标识不等于未备案，须查询备案系统。",
        en: "The mark may be in a picture or drawn by a script; sites outside the mainland need none. Not seen is not the same as not filed: ask the register.",
    },
    references: &["https://beian.miit.gov.cn/"],
    must_find: &[
        Example {
            name: "a Chinese home page without any mark",
            seen: Seen::Page(
                "<title>某某学校</title><p>欢迎访问某某学校网站，学校简介、通知公告与招生信息在此发布，请多关注。</p><p>版权所有 某某学校，地址在城南路一号，电话见通讯录。</p>",
            ),
        },
        Example {
            name: "a mark in a comment does not count",
            seen: Seen::Page(
                "<title>某某公司</title><p>本公司主要从事建筑材料的生产与销售，产品远销各地，欢迎新老客户来电洽谈合作事宜。</p><!-- 蜀ICP备20250001号-1 -->",
            ),
        },
    ],
    must_spare: &[
        Example {
            name: "a mark at the foot",
            seen: Seen::Page(
                "<title>某某学校</title><p>欢迎访问某某学校网站</p><footer><a href='https://beian.miit.gov.cn/'>蜀ICP备20250001号-1</a></footer>",
            ),
        },
        Example {
            name: "an English page on a foreign name",
            seen: Seen::Page(
                "<title>Example school</title><p>Welcome to our school. News and dates are found here.",
            ),
        },
        Example {
            name: "a licence of a commercial service",
            seen: Seen::Page(
                "<title>某某公司</title><p>本公司提供互联网信息服务。</p><p>增值电信业务经营许可证：川B2-20200123</p>",
            ),
        },
    ],
};

fn detect(dossier: &Dossier, context: &Context<'_>) -> Vec<Outcome> {
    let what = Missing {
        kind: Kind::MissingIcpMark,
        registers: &[Register::Icp, Register::Licence],
        method: "icp-missing",
        severity: Severity::Medium,
        zh: "首页未见 ICP 备案标识",
        en: "No ICP filing mark was seen on the home page",
        remedy_zh: "先在备案系统核实：已备案的，在首页底部标明备案编号并链接到 beian.miit.gov.cn；未备案的，依法办理。",
        remedy_en: "Ask the register first. If the site is filed, show the number at the foot of the home page with a link to beian.miit.gov.cn; if not, file it.",
    };
    what.detect(dossier, context)
}

/// A mark that may be missing.
pub(super) struct Missing {
    pub kind: Kind,
    pub registers: &'static [Register],
    pub method: &'static str,
    pub severity: Severity,
    pub zh: &'static str,
    pub en: &'static str,
    pub remedy_zh: &'static str,
    pub remedy_en: &'static str,
}

impl Missing {
    /// Present on any view is present; unseen parts make it not assessed; else it is missing.
    pub(super) fn detect(&self, dossier: &Dossier, context: &Context<'_>) -> Vec<Outcome> {
        let HomePage::Seen(seen) = home_page(dossier, context) else {
            return vec![Outcome::NotApplicable(self.kind)];
        };
        if seen.iter().any(|sighting| has(&context.marks(sighting), self.registers)) {
            return vec![Outcome::Pass(self.kind)];
        }
        // The desktop page is where people look for marks; any other will do where there is none.
        let sighting =
            seen.iter().find(|sighting| sighting.view.profile.id.as_str() == "d").unwrap_or(&seen[0]);
        // What scripts make was seen where a browser rendered it.
        let rendered = seen.iter().any(|sighting| sighting.rendered);
        let open = |why: &&str| !(rendered && why.starts_with("script"));
        if let Some(why) = seen.iter().filter_map(|sighting| unseen(sighting.page)).find(open) {
            return vec![Outcome::NotAssessed(self.not_assessed(dossier, why))];
        }
        vec![self.violation(sighting, seen.len())]
    }

    fn not_assessed(&self, dossier: &Dossier, why: &str) -> NotAssessed {
        NotAssessed {
            url: dossier.url.to_string(),
            reason: Reason::NeedsBrowser,
            detail: Bilingual::new(
                format!("页脚或正文由脚本、框架生成（{why}），未运行浏览器，无法判断首页是否标明备案标识。"),
                format!(
                    "Footer or text come by script or frame ({why}); without a browser it cannot be told whether the mark is shown."
                ),
            ),
        }
    }

    fn violation(&self, sighting: &Sighting<'_>, views: usize) -> Outcome {
        let finding = sighting
            .finding(self.kind, self.method)
            .verdict(State::Risk, self.severity, 0.7)
            .title(self.zh, self.en)
            .explanation(
                format!("在首页的文字、图片说明、链接和脚本中均{}（查看 {views} 次）。未见标识不等于未备案，须以备案系统查询为准。", self.zh.trim_start_matches("首页")),
                format!("{}: not in text, alternative texts, links or scripts ({views} views). Not seen is not the same as not filed; the register decides.", self.en),
            )
            .remedy(self.remedy_zh, self.remedy_en)
            .detail("views", views)
            .place(sighting.place(self.method, "", 0, "", (0, 0)))
            .build();
        match finding {
            Ok(finding) => Outcome::Violation(Box::new(finding)),
            Err(_) => Outcome::NotApplicable(self.kind),
        }
    }
}
