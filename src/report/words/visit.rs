//! Ways of visiting: profiles, and the conditions under which a finding shows, as sentences.

use super::super::escape::visible;
use super::{Words, words};
use crate::finding::Conditions;
use crate::lang::Lang;

/// The profiles of the matrix by their short names.
const PROFILES: &[(&str, Words)] = &[
    ("m", words("手机浏览器，从百度搜索进入", "phone browser, arriving from Baidu search")),
    ("d", words("电脑浏览器，直接访问", "desktop browser, typed in")),
    ("b", words("电脑浏览器，从百度搜索进入", "desktop browser, arriving from Baidu search")),
    ("s", words("百度搜索爬虫", "Baidu's spider")),
    ("s2", words("其他国内搜索爬虫", "another Chinese search spider")),
    ("g", words("谷歌搜索爬虫", "Google's spider")),
    ("w", words("微信内置浏览器", "WeChat's built-in browser")),
    ("r", words("同一手机访客再次到访", "the same phone visitor again")),
    ("p", words("不存在的路径（对照）", "a path that should not exist (control)")),
    ("h", words("主机名与协议变体", "host and scheme variants")),
    ("a", words("站点辅助文件", "auxiliary files of the site")),
    ("k", words("带搜索词的来源", "a referrer with the searched word")),
    ("n", words("夜间的手机访客", "a phone visitor at night")),
    ("v", words("另一网络出口", "another network exit")),
];

/// What a control changes, in names such as `m-referer`.
const CONTROLS: &[(&str, Words)] = &[
    ("referer", words("来源", "referrer")),
    ("ua", words("客户端", "client")),
    ("cookie", words("Cookie", "cookies")),
    ("language", words("语言", "language")),
    ("path", words("路径", "path")),
];

/// The words of `conditions.shows`. Chinese is a verb phrase after 「仅当」, English one after "the visitor".
const CONDITIONS: &[(&str, Words)] = &[
    ("referer:search", words("来自搜索引擎", "comes from a search engine")),
    ("referer:baidu", words("来自百度", "comes from Baidu")),
    ("referer:google", words("来自谷歌", "comes from Google")),
    ("referer:keyword", words("来源带有搜索词", "comes from a search for certain words")),
    ("referer:page", words("由站内页面进入", "follows a link on the site")),
    ("referer:none", words("没有来源（直接输入网址）", "has no referrer")),
    ("referer:direct", words("直接输入网址", "types the address in")),
    ("ua:mobile", words("使用手机", "uses a phone")),
    ("ua:desktop", words("使用电脑浏览器", "uses a desktop browser")),
    ("ua:wechat", words("使用微信打开", "opens it in WeChat")),
    ("ua:spider", words("是搜索引擎爬虫", "is a search engine's spider")),
    ("cookie:first-visit", words("首次到访", "visits for the first time")),
    ("cookie:empty", words("首次到访（无 Cookie）", "visits for the first time (no cookies)")),
    ("cookie:kept", words("再次到访", "comes back")),
    ("cookie:none", words("不接受 Cookie", "takes no cookies")),
    ("language:zh", words("浏览器语言为中文", "prefers Chinese")),
    ("language:none", words("不声明语言", "states no language")),
    ("path:missing", words("访问不存在的路径", "asks for a path that does not exist")),
    ("time:night", words("在夜间访问", "visits at night")),
    ("random", words("被随机选中", "is chosen by chance")),
];

/// A profile in words with its short name, such as `手机浏览器，从百度搜索进入（m）`.
pub fn profile(id: &str, lang: Lang) -> String {
    let (base, change) = id.split_once('-').map_or((id, None), |(base, change)| (base, Some(change)));
    let Some(words) = lookup(PROFILES, base) else {
        return match lang {
            Lang::Zh => format!("访问方式 {}", visible(id)),
            Lang::En => format!("profile {}", visible(id)),
        };
    };
    let changed = change.map(|change| match lookup(CONTROLS, change) {
        Some(words) => words.get(lang).to_owned(),
        None => visible(change),
    });
    match (lang, changed) {
        (Lang::Zh, None) => format!("{}（{base}）", words.zh),
        (Lang::Zh, Some(changed)) => format!("{}，改变{changed}作对照（{}）", words.zh, visible(id)),
        (Lang::En, None) => format!("{} ({base})", words.en),
        (Lang::En, Some(changed)) => {
            format!("{}, with another {changed} as a control ({})", words.en, visible(id))
        }
    }
}

/// Under which conditions a finding shows, as a sentence.
pub fn conditions(conditions: &Conditions, lang: Lang) -> String {
    if conditions.shows.is_empty() {
        return always(conditions, lang);
    }
    let phrases: Vec<String> = conditions
        .shows
        .iter()
        .map(|word| match lookup(CONDITIONS, word) {
            Some(words) => words.get(lang).to_owned(),
            None => unknown(word, lang),
        })
        .collect();
    let joined = joined(&phrases, lang);
    match (lang, conditions.minimal) {
        (Lang::Zh, true) => format!("仅当{joined}时出现（已用对照访问验证，缺一不现）"),
        (Lang::Zh, false) => format!("在{joined}时观察到（是否必要条件未逐项验证）"),
        (Lang::En, true) => {
            format!("only when the visitor {joined} (controls show that each condition is needed)")
        }
        (Lang::En, false) => {
            format!("seen when the visitor {joined} (not tested which conditions are needed)")
        }
    }
}

fn always(conditions: &Conditions, lang: Lang) -> String {
    match (lang, conditions.minimal) {
        (Lang::Zh, true) => "任何访客都会遇到（多种访问方式均已验证）".to_owned(),
        (Lang::Zh, false) => "未发现出现条件，普通访客即可遇到".to_owned(),
        (Lang::En, true) => "every visitor meets it (verified under several profiles)".to_owned(),
        (Lang::En, false) => "no condition found: an ordinary visitor meets it".to_owned(),
    }
}

fn unknown(word: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("满足 {}", visible(word)),
        Lang::En => format!("meets {}", visible(word)),
    }
}

fn joined(phrases: &[String], lang: Lang) -> String {
    match (phrases, lang) {
        ([], _) => String::new(),
        ([one], _) => one.clone(),
        ([first @ .., last], Lang::Zh) => format!("{}且{last}", first.join("、")),
        ([first @ .., last], Lang::En) => format!("{} and {last}", first.join(", ")),
    }
}

fn lookup(table: &[(&str, Words)], word: &str) -> Option<Words> {
    table.iter().find(|(name, _)| *name == word).map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::profile::AgentClass;

    fn check(shows: &[&str], minimal: bool, zh: &str, en: &str) {
        let met = Conditions {
            shows: shows.iter().map(|&word| word.to_owned()).collect(),
            minimal,
            ..Conditions::default()
        };
        assert_eq!(conditions(&met, Lang::Zh), zh);
        assert_eq!(conditions(&met, Lang::En), en);
    }

    #[test]
    fn conditions_read_as_sentences() {
        check(
            &["referer:search", "ua:mobile"],
            true,
            "仅当来自搜索引擎且使用手机时出现（已用对照访问验证，缺一不现）",
            "only when the visitor comes from a search engine and uses a phone \
             (controls show that each condition is needed)",
        );
        check(
            &["referer:search", "ua:mobile", "cookie:first-visit"],
            false,
            "在来自搜索引擎、使用手机且首次到访时观察到（是否必要条件未逐项验证）",
            "seen when the visitor comes from a search engine, uses a phone and visits for the first time \
             (not tested which conditions are needed)",
        );
        check(
            &[],
            true,
            "任何访客都会遇到（多种访问方式均已验证）",
            "every visitor meets it (verified under several profiles)",
        );
        check(
            &["x\u{1b}"],
            true,
            "仅当满足 x<U+001B>时出现（已用对照访问验证，缺一不现）",
            "only when the visitor meets x<U+001B> (controls show that each condition is needed)",
        );
    }

    #[test]
    fn profiles_are_told_in_words() {
        let check = |id: &str, zh: &str, en: &str| {
            assert_eq!(profile(id, Lang::Zh), zh);
            assert_eq!(profile(id, Lang::En), en);
        };
        check("m", "手机浏览器，从百度搜索进入（m）", "phone browser, arriving from Baidu search (m)");
        check(
            "m-referer",
            "手机浏览器，从百度搜索进入，改变来源作对照（m-referer）",
            "phone browser, arriving from Baidu search, with another referrer as a control (m-referer)",
        );
        check("zz", "访问方式 zz", "profile zz");
    }

    #[test]
    fn every_class_of_agent_has_its_condition_in_words() {
        for class in [AgentClass::Desktop, AgentClass::Mobile, AgentClass::Wechat, AgentClass::Spider] {
            assert!(lookup(CONDITIONS, class.condition()).is_some(), "{class:?}");
        }
    }
}
