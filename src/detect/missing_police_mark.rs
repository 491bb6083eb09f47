//! Home pages on which no public-security filing mark (公安联网备案) was seen.
//!
//! **What it finds.** No number of the police register in text, attributes, links or scripts. **Why it matters.** Operators
//! file within thirty days of opening; the platform asks them to show the number. **How it can be wrong.** The site may be
//! younger than that, the mark may be a picture. The absence of the mark is a weak sign; the register decides.

use super::card::{Card, Example, Seen, Text};
use super::dossier::Dossier;
use super::missing_icp_mark::Missing;
use super::{Context, Detector};
use crate::finding::{Kind, Outcome, Severity};
use crate::target::filing::Register;

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kind: Kind::MissingPoliceMark, card: CARD, detect };

const CARD: Card = Card {
    since: "0.1.0",
    severity: Severity::Low,
    looks_at: Text {
        zh: "首页文字、图片说明、链接地址和内嵌脚本中的公安联网备案号。",
        en: "Numbers of the police register in text, alternative texts, links and inline scripts of the home page.",
    },
    finds: Text {
        zh: "首页未见公安联网备案标识。", en: "Home pages without a public-security filing mark."
    },
    matters: Text {
        zh: "网站开通后应在三十日内办理公安联网备案，备案平台要求在首页底部悬挂编号和图标。",
        en: "Operators file within thirty days of opening, and the platform asks them to show number and badge.",
    },
    errs: Text {
        zh: "新开通不满三十日、标识为图片或由脚本生成时不能据此认定；未见标识只是弱线索，须查询备案平台。",
        en: "New sites, marks in pictures or drawn by scripts prove nothing; the absence is a weak sign: ask the register.",
    },
    references: &["https://beian.mps.gov.cn/"],
    must_find: &[
        Example {
            name: "an ICP mark alone is not enough",
            seen: Seen::Page(
                "<title>某某学校</title><p>欢迎访问某某学校网站，学校简介、通知公告与招生信息在此发布，请多关注。</p><footer><a href='https://beian.miit.gov.cn/'>蜀ICP备20250001号-1</a></footer>",
            ),
        },
        Example {
            name: "a label without a number",
            seen: Seen::Page(
                "<title>某某公司</title><p>本公司主要从事建筑材料的生产与销售，产品远销各地，欢迎新老客户来电洽谈合作事宜。</p><p>公安备案</p>",
            ),
        },
    ],
    must_spare: &[
        Example {
            name: "a number at the foot",
            seen: Seen::Page(
                "<title>某某学校</title><p>欢迎访问某某学校网站</p><footer>川公网安备 51010402000001号</footer>",
            ),
        },
        Example {
            name: "a badge that links to the register",
            seen: Seen::Page(
                "<title>某某学校</title><p>欢迎访问某某学校网站</p><a href='https://beian.mps.gov.cn/#/query/webSearch?code=51010402000001'><img src=b.png></a>",
            ),
        },
    ],
};

fn detect(dossier: &Dossier, context: &Context<'_>) -> Vec<Outcome> {
    let what = Missing {
        kind: Kind::MissingPoliceMark,
        registers: &[Register::Police],
        method: "psb-missing",
        severity: Severity::Low,
        zh: "首页未见公安联网备案标识",
        en: "No public-security filing mark was seen on the home page",
        remedy_zh: "先在全国互联网安全管理服务平台核实：已备案的，在首页底部悬挂备案编号和图标；未备案的，依法办理。",
        remedy_en: "Ask the register (beian.mps.gov.cn) first. If the site is filed, show number and badge at the foot of the home page; if not, file it.",
    };
    what.detect(dossier, context)
}
