//! The words of messages in both languages: short, for a telephone in the night.

use crate::finding::Severity;
use crate::incident::Happening;
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
pub(super) fn happening(what: Happening, lang: Lang) -> &'static str {
    match what {
        Happening::Opened => say(lang, "新发现", "new"),
        Happening::Grown => say(lang, "又见一项", "grown"),
        Happening::Worsened => say(lang, "危害加重", "worse"),
        Happening::Cleared => say(lang, "不再可见，待复查", "no longer seen, to be looked at again"),
        Happening::Rectified => say(lang, "已整改", "rectified"),
        Happening::Reopened => say(lang, "整改后复发", "came back"),
    }
}
