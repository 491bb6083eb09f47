//! The words of messages in both languages: short, for a telephone in the night.

use super::What;
use crate::finding::Severity;
use crate::lang::Lang;

/// One of two texts.
pub(super) fn say<'a>(lang: Lang, zh: &'a str, en: &'a str) -> &'a str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// A severity.
pub(super) fn severity(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::Info => say(lang, "提示", "info"),
        Severity::Low => say(lang, "低危", "low"),
        Severity::Medium => say(lang, "中危", "medium"),
        Severity::High => say(lang, "高危", "high"),
        Severity::Critical => say(lang, "严重", "critical"),
    }
}

/// What happened.
pub(super) fn happening(what: What, lang: Lang) -> &'static str {
    match what {
        What::Opened => say(lang, "新发现", "new"),
        What::Grown => say(lang, "又见一项", "grown"),
        What::Worsened => say(lang, "危害加重", "worse"),
        What::Cleared => say(lang, "不再可见，待复查", "no longer seen, to be looked at again"),
        What::Rectified => say(lang, "已整改", "rectified"),
        What::Reopened => say(lang, "整改后复发", "came back"),
        What::Overdue => say(lang, "复查逾期", "overdue to be looked at again"),
    }
}
