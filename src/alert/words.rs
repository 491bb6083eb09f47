//! The words of messages in both languages, short, for a telephone in the night; and of the settings, for those who look
//! them over.

use super::{ChannelKind, Route, What};
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

impl ChannelKind {
    /// What people call it.
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Mail => say(lang, "邮件", "mail"),
            Self::Webhook => say(lang, "Webhook", "webhook"),
            Self::DingTalk => say(lang, "钉钉群机器人", "DingTalk robot"),
            Self::WeCom => say(lang, "企业微信群机器人", "WeCom robot"),
            Self::Feishu => say(lang, "飞书群机器人", "Feishu robot"),
            Self::Syslog => say(lang, "Syslog", "syslog"),
        }
    }
}

impl Route {
    /// What it takes, and when it tells it, in one line.
    pub fn told(&self, lang: Lang) -> String {
        let comma = say(lang, "、", ", ");
        let least = severity(self.severity, lang);
        let events: Vec<_> = self.events.iter().map(|what| happening(*what, lang)).collect();
        let events = events.join(comma);
        let mut clauses = vec![match lang {
            Lang::Zh => format!("“{least}”及以上：{events}"),
            Lang::En => format!("{least} or worse: {events}"),
        }];
        for (zh, en, wanted) in [("标签", "labels", &self.labels), ("行政区划", "divisions", &self.divisions)]
        {
            if !wanted.is_empty() {
                clauses.push(format!("{} {}", say(lang, zh, en), wanted.join(comma)));
            }
        }
        if let Some(quiet) = &self.quiet {
            let windows: Vec<_> = quiet.windows.iter().map(ToString::to_string).collect();
            let passes = match quiet.critical_passes {
                true => say(lang, "（“严重”照发）", " (critical ones are told all the same)"),
                false => "",
            };
            clauses.push(format!("{} {}{passes}", say(lang, "免打扰", "quiet"), windows.join(comma)));
        }
        let minutes = self.group.as_mins();
        if minutes > 0 {
            clauses.push(match lang {
                Lang::Zh => format!("合并 {minutes} 分钟内的动态"),
                Lang::En => format!("what happens within {minutes} min is told together"),
            });
        }
        if let Some(most) = self.per_hour {
            clauses.push(match lang {
                Lang::Zh => format!("每小时至多 {most} 条"),
                Lang::En => format!("at most {most} messages an hour"),
            });
        }
        clauses.join(say(lang, "；", "; "))
    }
}
