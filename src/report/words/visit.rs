//! Ways of visiting: profiles, and the conditions under which a finding shows, as sentences.

use super::super::escape::visible;
use super::{Words, words};
use crate::finding::Conditions;
use crate::finding::condition::sentence;
use crate::lang::Lang;

/// The profiles of the matrix by their short names.
const PROFILES: &[(&str, Words)] = &[
    ("m", words("手机浏览器，从百度搜索进入", "phone browser, arriving from Baidu search")),
    ("d", words("电脑浏览器，直接访问", "desktop browser, typed in")),
    ("b", words("电脑浏览器，从百度搜索进入", "desktop browser, arriving from Baidu search")),
    ("s", words("百度搜索爬虫", "Baidu's spider")),
    ("s2", words("其他国内搜索爬虫", "another Chinese search spider")),
    ("g", words("谷歌搜索爬虫", "Google's spider")),
    ("i", words("苹果手机，从谷歌搜索进入", "iPhone, arriving from Google search")),
    ("b-360", words("电脑浏览器，从 360 搜索进入", "desktop browser, arriving from 360's search")),
    ("b-bing", words("电脑浏览器，从必应搜索进入", "desktop browser, arriving from Bing search")),
    ("w", words("微信内置浏览器，从搜狗搜索进入", "WeChat's built-in browser, arriving from Sogou search")),
    (
        "r",
        words(
            "同一手机访客再次到访，从神马搜索进入",
            "the same phone visitor again, arriving from Shenma search",
        ),
    ),
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

/// The clients of controls named `t-iphone-baidu` and so on.
const CLIENTS: &[(&str, Words)] = &[
    ("android", words("安卓手机", "Android phone")),
    ("iphone", words("苹果手机", "iPhone")),
    ("wechat", words("微信内置浏览器", "WeChat's built-in browser")),
    ("desktop", words("电脑浏览器", "desktop browser")),
    ("spider", words("搜索引擎爬虫", "search spider")),
];

/// What follows the client in such a name.
const TRAITS: &[(&str, Words)] = &[
    ("none", words("直接访问", "typed in")),
    ("baidu", words("百度", "Baidu")),
    ("google", words("谷歌", "Google")),
    ("sogou", words("搜狗", "Sogou")),
    ("360", words("360", "360")),
    ("shenma", words("神马", "Shenma")),
    ("bing", words("必应", "Bing")),
    ("other", words("其他来源", "another origin")),
    ("returning", words("再次到访", "coming back")),
    ("en", words("英文浏览器", "preferring English")),
];

/// A profile in words with its short name, such as `手机浏览器，从百度搜索进入（m）`.
pub fn profile(id: &str, lang: Lang) -> String {
    if let Some(told) = control(id, lang) {
        return told;
    }
    let (base, change) = match lookup(PROFILES, id) {
        Some(_) => (id, None),
        None => id.split_once('-').map_or((id, None), |(base, change)| (base, Some(change))),
    };
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

/// A control that was made to find the smallest trigger, such as `t-iphone-baidu-returning`.
fn control(id: &str, lang: Lang) -> Option<String> {
    let mut parts = id.strip_prefix("t-")?.split('-');
    let client = lookup(CLIENTS, parts.next()?)?;
    let traits: Option<Vec<Words>> = parts.map(|part| lookup(TRAITS, part)).collect();
    let told: Vec<&str> = [client].into_iter().chain(traits?).map(|words| words.get(lang)).collect();
    Some(match lang {
        Lang::Zh => format!("对照：{}（{id}）", told.join("，")),
        Lang::En => format!("control: {} ({id})", told.join(", ")),
    })
}

/// Under which conditions a finding shows, as a sentence, and whether controls proved it.
pub fn conditions(conditions: &Conditions, lang: Lang) -> String {
    let told = visible(sentence(conditions).get(lang));
    if conditions.shows.is_empty() || !conditions.minimal {
        return told;
    }
    match lang {
        Lang::Zh => format!("{told}（已用对照访问验证）"),
        Lang::En => format!("{told} (controls proved it)"),
    }
}

fn lookup(table: &[(&str, Words)], word: &str) -> Option<Words> {
    table.iter().find(|(name, _)| *name == word).map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::profile::Profile;
    use crate::finding::condition::is_known;

    #[test]
    fn hostile_conditions_are_escaped() {
        let met = Conditions { shows: vec!["x\u{1b}".to_owned()], ..Conditions::default() };
        for lang in [Lang::Zh, Lang::En] {
            let told = conditions(&met, lang);
            assert!(told.contains("x<U+001B>") && !told.contains('\u{1b}'), "{told}");
        }
    }

    #[test]
    fn every_word_that_conditions_are_told_in_is_known() {
        let network = crate::detect::trigger::vocabulary().map(str::to_owned);
        let spelled = crate::detect::jump::vocabulary().map(str::to_owned);
        let profiles = Profile::matrix().flat_map(|profile| profile.conditions()).map(str::to_owned);
        let scripts = crate::script::trigger::vocabulary();
        let mut count = 0;
        for word in network.chain(spelled).chain(profiles).chain(scripts) {
            assert!(is_known(&word), "{word}");
            count += 1;
        }
        assert!(count > 80, "{count}");
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
        check(
            "t-iphone-baidu-returning",
            "对照：苹果手机，百度，再次到访（t-iphone-baidu-returning）",
            "control: iPhone, Baidu, coming back (t-iphone-baidu-returning)",
        );
        check("t-x", "访问方式 t-x", "profile t-x");
    }
}
