//! The words of reports in both languages: every stable word that a finding carries, as people say it.
//!
//! Tables only; a test holds them complete and without gaps in either language.

mod kind;
mod label;
mod method;
mod visit;

pub use kind::{kind, kind_about, kind_remedy};
pub use label::{BLIND_SPOTS, Labels, labels};
pub use method::method;
pub use visit::{conditions, profile};

use super::duty::{Confidence, Relation};
use crate::finding::{Category, EvidenceRole, Kind, Reason, Severity, Signal, State};
use crate::incident::{Decided, Happening, Standing};
use crate::lang::Lang;

/// A fixed text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// The Chinese text.
    pub zh: &'static str,
    /// The English text.
    pub en: &'static str,
}

impl Words {
    /// The text in one language.
    pub const fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }
}

/// Both texts at once, so that neither is forgotten.
pub(super) const fn words(zh: &'static str, en: &'static str) -> Words {
    Words { zh, en }
}

/// A severity.
pub fn severity(severity: Severity) -> Words {
    match severity {
        Severity::Info => words("提示", "info"),
        Severity::Low => words("低危", "low"),
        Severity::Medium => words("中危", "medium"),
        Severity::High => words("高危", "high"),
        Severity::Critical => words("严重", "critical"),
    }
}

/// How an incident stands.
pub fn standing(standing: Standing) -> Words {
    match standing {
        Standing::New => words("新发现，待核实", "new, to be looked at"),
        Standing::Confirmed => words("已核实", "confirmed"),
        Standing::Dismissed => words("已搁置", "dismissed"),
        Standing::Notified => words("已通知整改", "notified"),
        Standing::Rectified => words("已整改", "rectified"),
        Standing::Reopened => words("整改后复发", "reopened"),
    }
}

/// What happened, in words.
pub fn happening(what: Happening) -> Words {
    match what {
        Happening::Opened => words("首次发现", "seen for the first time"),
        Happening::Grown => words("又见一项发现", "another finding joined"),
        Happening::Worsened => words("危害加重", "became more severe"),
        Happening::Cleared => words("不再可见，待复查", "no longer seen; to be looked at again"),
        Happening::Rectified => words("复查仍未再见，视为已整改", "still gone at the second look: rectified"),
        Happening::Reopened => words("整改后复发", "came back"),
    }
}

/// What a person decided, in words.
pub fn decided(what: Decided) -> Words {
    match what {
        Decided::Confirm => words("核实", "confirmed"),
        Decided::Dismiss => words("搁置", "dismissed"),
        Decided::Notify => words("已通知运营者整改", "operator notified"),
        Decided::Note => words("备注", "note"),
    }
}

/// A state.
pub fn state(state: State) -> Words {
    match state {
        State::Risk => words("隐患", "risk"),
        State::Suspected => words("疑似", "suspected"),
        State::Confirmed => words("证据充分", "strong evidence"),
    }
}

/// A kind of signal that speaks for a finding of that kind. Where something lies open nobody hid anything: the mechanism
/// is a weakness.
pub fn signal(kind: Kind, signal: Signal) -> Words {
    match signal {
        Signal::Mechanism if kind == Kind::ExposedResource => words("安全弱点", "a weakness"),
        Signal::Mechanism => words("隐藏或伪装手法", "hiding or cloaking mechanism"),
        Signal::Payload => words("违法有害内容", "illegal payload"),
        Signal::Foreignness => words("外来域名", "foreign domain"),
        Signal::Novelty => words("与基线不同", "absent from the baseline"),
        Signal::Reproduction => words("重复访问可复现", "reproduced"),
    }
}

/// A sort of illegal content.
pub fn category(category: Category) -> Words {
    match category {
        Category::Gambling => words("网络赌博", "gambling"),
        Category::InvestmentFraud => words("投资诈骗、传销", "investment fraud or pyramid scheme"),
        Category::CovertDevices => words("偷拍窃听器材", "covert cameras or eavesdropping devices"),
        Category::ExamCheating => words("考试作弊", "exam cheating"),
        Category::AttackTools => words("黑客工具与攻击服务", "attack tools or hacking for hire"),
        Category::Pornography => words("淫秽色情", "pornography"),
        Category::FalseDocuments => {
            words("假证、发票、个人信息买卖", "false documents or trade in personal data")
        }
        Category::Phishing => words("钓鱼仿冒", "phishing"),
        Category::Spam => words("垃圾推广", "search-engine spam"),
        Category::Other => words("自定义词库", "a set added by the user"),
    }
}

/// Why something was not assessed.
pub fn reason(reason: Reason) -> Words {
    match reason {
        Reason::Blocked => words("访问被拒绝", "access refused"),
        Reason::Challenge => words("遇到人机验证", "anti-bot challenge"),
        Reason::ProviderBlock => words("接入商拦截页（未备案阻断）", "block page of the access provider"),
        Reason::Unreachable => words("无法访问", "unreachable"),
        Reason::Robots => words("robots.txt 要求不抓取", "robots.txt asks not to"),
        Reason::Budget => words("达到时间或请求上限", "time or request budget ran out"),
        Reason::TooLarge => words("内容超过大小上限", "larger than the cap"),
        Reason::Scope => words("超出检查范围", "outside the scope"),
        Reason::NotAPage => words("不是网页文档", "not a document"),
        Reason::ServerError => words("服务器返回错误", "server error"),
        Reason::StandIn => words("返回的是替代页面", "another page stood in for the site"),
        Reason::NeedsBrowser => words("需要浏览器渲染", "needs a browser"),
        Reason::BadUrl => words("网址无效", "not an address"),
    }
}

/// What a person can do about something not assessed.
pub fn advice(reason: Reason) -> Words {
    match reason {
        Reason::Blocked => words(
            "请主办单位放行巡查地址，或换一个网络出口后重试。",
            "Ask the operator to admit the scanner's address, or retry from another network.",
        ),
        Reason::Challenge => words(
            "请主办单位把巡查地址加入防护白名单，或用浏览器人工核查。",
            "Ask the operator to admit the scanner in its protection, or look by hand in a browser.",
        ),
        Reason::ProviderBlock => words(
            "先向接入商和备案系统核实备案与接入状态，恢复访问后重新检查。",
            "Verify filing and hosting with the provider, then check again once the site answers.",
        ),
        Reason::Unreachable => words(
            "核对网址、域名解析和网络连通，稍后或换一个网络出口重试。",
            "Check the address, its name resolution and the network; retry later or from elsewhere.",
        ),
        Reason::Robots => words(
            "取得主办单位书面授权后登记该站点，再检查这一部分。",
            "Get the operator's written consent, register the site, then check this part.",
        ),
        Reason::Budget => words(
            "提高页数、深度或时间上限后重新检查。",
            "Raise the limit on pages, depth or time and check again.",
        ),
        Reason::TooLarge => words(
            "人工打开核查，或缩小检查到具体页面。",
            "Look at it by hand, or check single pages instead.",
        ),
        Reason::Scope => words(
            "确有必要时把它登记进检查范围；内网或本机地址需加 --allow-private。",
            "Register it if it belongs to the site; private and loopback addresses need --allow-private.",
        ),
        Reason::NotAPage => words(
            "核对网址是否指向网页；附件请人工核查。",
            "Check that the address leads to a page; look at attachments by hand.",
        ),
        Reason::ServerError => {
            words("稍后重试；持续出错请告知主办单位。", "Retry later; tell the operator if it persists.")
        }
        Reason::StandIn => words(
            "核实站点是否停用、维护、到期或解析有误，恢复后重新检查。",
            "Find out whether the site is closed, in maintenance, expired or misdirected, then check again.",
        ),
        Reason::NeedsBrowser => words(
            "安装 chromium-headless-shell 后加 --browser auto 重新检查。",
            "Install chromium-headless-shell and check again with --browser auto.",
        ),
        Reason::BadUrl => words(
            "按 http://主机名/ 或 https://主机名/ 的形式改正网址。",
            "Write the address as http://host/ or https://host/.",
        ),
    }
}

/// What a kept piece of evidence is.
pub fn role(role: EvidenceRole) -> Words {
    match role {
        EvidenceRole::Response => words("响应原文", "response"),
        EvidenceRole::Script => words("脚本", "script"),
        EvidenceRole::Screenshot => words("网页截图", "screenshot"),
    }
}

/// How a finding bears on a duty.
pub fn relation(relation: Relation) -> Words {
    match relation {
        Relation::BreachIndicator => {
            words("可能反映主办单位未尽义务", "may indicate that the operator's duty was not met")
        }
        Relation::Precondition => {
            words("仅为前提，须另行查证", "a precondition only, to be checked otherwise")
        }
        Relation::ThirdPartyOffence => words(
            "可能是他人侵害，网站为被侵害方",
            "may be another's offence of which the site is the victim",
        ),
        Relation::ReportingDuty => words("可能产生报告义务", "may give rise to a duty to report"),
        Relation::InspectionIndicator => words("监督检查关注事项", "a matter for inspection"),
    }
}

/// How well a provision was checked.
pub fn confidence(confidence: Confidence) -> Words {
    match confidence {
        Confidence::V => words("条文已逐字核对", "read in the statute"),
        Confidence::P => words("条文部分核对", "partly read in the statute"),
        Confidence::C => words("依据评述，条文未核对", "from commentary, not read in the statute"),
        Confidence::M => words("未核实，不得引用", "unverified, not to be cited"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every table is whole: no blank, no text twice, Chinese in the Chinese column and none in the English one.
    fn check(what: &str, table: Vec<Words>) {
        let han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        let mut seen = BTreeSet::new();
        for words in table {
            assert!(han(words.zh), "{what}: no Chinese in {words:?}");
            assert!(!han(words.en) && !words.en.trim().is_empty(), "{what}: no English in {words:?}");
            assert!(seen.insert((words.zh, words.en)), "{what}: {words:?} stands twice");
        }
    }

    #[test]
    fn every_word_is_said_in_both_languages() {
        check("kind", Kind::ALL.iter().copied().map(kind).collect());
        check("kind about", Kind::ALL.iter().copied().map(kind_about).collect());
        check("kind remedy", Kind::ALL.iter().copied().map(kind_remedy).collect());
        check("severity", Severity::ALL.iter().copied().map(severity).collect());
        check("state", State::ALL.iter().copied().map(state).collect());
        for kind in [Kind::HiddenLink, Kind::ExposedResource] {
            check("signal", Signal::ALL.iter().map(|&one| signal(kind, one)).collect());
        }
        check("category", Category::ALL.iter().copied().map(category).collect());
        check("reason", Reason::ALL.iter().copied().map(reason).collect());
        check("advice", Reason::ALL.iter().copied().map(advice).collect());
        check("role", EvidenceRole::ALL.iter().copied().map(role).collect());
        check("relation", Relation::ALL.iter().copied().map(relation).collect());
        check("confidence", Confidence::ALL.iter().copied().map(confidence).collect());
        check("blind spots", BLIND_SPOTS.to_vec());
    }
}
