//! Headings and fixed sentences of reports.

use super::{Words, words};
use crate::lang::Lang;

/// What an outside look cannot see, stated in every report.
pub const BLIND_SPOTS: &[Words] = &[
    words(
        "只对真实搜索引擎爬虫地址生效的伪装",
        "cloaking that tests for the true addresses of search spiders",
    ),
    words("每个地址只出现一次、已被消耗的载荷", "payloads shown once per address and already spent"),
    words("只对其他地区或运营商生效的内容", "content served to other regions or providers only"),
    words("登录后的页面、小程序和客户端应用", "pages behind a login, mini-programs and native apps"),
    words(
        "没有链接指向、也未被搜索引擎收录的页面",
        "pages that nobody links to and no search engine has indexed",
    ),
    words("定时在检查之后才生效的内容", "payloads scheduled for a later time"),
    words("出现概率低于访问次数倒数的内容", "content less likely than one in the number of visits"),
    words("图片和视频中的文字", "text within pictures and videos"),
    words("需要授权数据源才能核实的备案信息", "filing facts that need an authorised data source"),
    words("人机验证或防护产品背后的内容", "anything behind an anti-bot challenge"),
];

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident = $zh:literal, $en:literal;)+) => {
        /// The headings of a report in one language.
        #[derive(Debug, Clone, Copy)]
        pub struct Labels { $($(#[$doc])* pub $name: &'static str),+ }

        /// The headings in one language.
        pub fn labels(lang: Lang) -> Labels {
            Labels { $($name: words($zh, $en).get(lang)),+ }
        }

        #[cfg(test)]
        const TABLE: &[(&str, Words)] = &[$((stringify!($name), words($zh, $en))),+];
    };
}

labels! {
    /// The program's name.
    product = "巡查 xuncha", "xuncha 巡查";
    /// The document's name.
    document = "网站合规检查报告", "Website compliance report";
    /// The document's name on a terminal.
    document_short = "网站合规检查", "website compliance check";
    /// The `lang` attribute.
    html_lang = "zh-CN", "en";
    /// Findings, as a heading.
    findings = "发现", "Findings";
    /// Where the finding is.
    place = "位置", "Where";
    /// The offending source.
    source = "源码", "Source";
    /// Under which conditions it shows.
    conditions = "出现条件", "Shows";
    /// Where it leads.
    leads = "指向", "Leads to";
    /// Where the first address ends.
    landing = "落地页", "landing";
    /// Jargon met.
    terms = "推广词", "Terms";
    /// Kinds of signal.
    signals = "依据", "Signals";
    /// What was seen.
    explanation = "说明", "What";
    /// What to do.
    remedy = "处置", "Remedy";
    /// Duties.
    duties = "涉及义务", "Duties";
    /// Penalty range.
    penalty = "罚则", "Penalty";
    /// Kept evidence.
    evidence = "证据", "Evidence";
    /// Command that reproduces it.
    reproduce = "复现", "Reproduce";
    /// When it was seen.
    seen = "时间", "Seen";
    /// Its fingerprint.
    id = "编号", "Id";
    /// The registered site.
    target = "登记站点", "Target";
    /// Category of payload.
    category = "类别", "Category";
    /// Not assessed, as a heading.
    not_assessed = "未能评估", "Not assessed";
    /// What to do about it.
    advice = "办法", "To do";
    /// Blind spots, as a heading.
    blind_spots = "本次检查看不到的", "What this check cannot see";
    /// What "nothing found" means.
    clean_means = "未发现，是指在所列访问方式和时间内未观察到，不等于没有问题。",
        "Nothing found means: not observed under the profiles and at the times listed. It does not mean clean.";
    /// That a finding is a lead.
    lead = "以上为供核查的线索，不是违法认定；是否违反、如何处理，由主管机关依法认定。",
        "This is a lead to be checked, not a determination; whether there was a breach is for the authorities to decide.";
    /// That penalties are not added.
    no_sum = "各项罚则为可能适用的范围，同一行为不得重复罚款，不可相加。",
        "Penalties are ranges that may apply; one act is not fined twice, and they must not be added up.";
    /// That a duty was shown before.
    shown_above = "条文与罚则见上", "text and penalties above";
    /// That a provision was not verified.
    unverified = "未核实", "unverified";
    /// In force since.
    in_force = "施行", "in force";
    /// What a reader must know.
    caveat = "注意", "Note";
    /// That addresses are defanged.
    defanged = "站外地址以 hxxp 书写，以防误点。", "Outside addresses are written hxxp so that nobody opens them by mistake.";
    /// Summary, as a heading.
    summary = "本次检查", "This check";
    /// How many addresses and requests.
    scope = "范围", "Extent";
    /// Profiles.
    profiles = "访问方式", "Profiles";
    /// Start and end.
    period = "起止时间", "Period";
    /// Version of the law.
    law_as_of = "法律版本日期", "Law as of";
    /// Version of the program.
    version = "程序版本", "Version";
    /// Confidence.
    confidence = "把握", "confidence";
    /// Line.
    line = "行", "line";
    /// Severity.
    severity = "等级", "Severity";
    /// State.
    state = "状态", "State";
    /// Kind.
    kind = "类型", "Kind";
    /// Title.
    title = "标题", "Title";
    /// Page address.
    page = "网页", "Page";
    /// Profile.
    profile = "访问方式", "Profile";
    /// Selector.
    selector = "选择器", "Selector";
    /// Technique.
    method = "手法", "Method";
    /// Snippet.
    snippet = "源码片段", "Snippet";
    /// First sighting.
    first_seen = "首次发现", "First seen";
    /// Last sighting.
    last_seen = "最近发现", "Last seen";
    /// The incident it belongs to.
    incident = "所属事件", "Incident";
    /// The law that the duties stand in, as a heading of the appendix.
    law = "涉及的法律义务", "Duties touched";
    /// Contents.
    overview = "概览", "Overview";
    /// Between a heading and its text.
    colon = "：", ": ";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_heading_is_blank_in_either_language() {
        for (name, words) in TABLE {
            assert!(!words.zh.trim().is_empty() && !words.en.trim().is_empty(), "{name}");
            let han = words.en.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(!han || *name == "product", "{name}: Chinese in the English heading");
        }
    }
}
