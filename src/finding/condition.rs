//! The words of `conditions.shows`: their classes, and the sentence that a person reads of them.
//!
//! A word is stable and precise; a sentence says it as people do: 「只有手机从搜索引擎进入、21 时至次日 6 时、首次访问时出现」.

use super::Conditions;
use crate::lang::Bilingual;

/// What part of a visit a word speaks of; the order of parts in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Who,
    From,
    Path,
    When,
    Visit,
    Manner,
    Act,
    Chance,
}

/// The word by which `conditions.shows` has it: which phone, engine or spider exactly stands in a finding's detail.
pub fn class(word: &str) -> &str {
    match word {
        "referer:baidu" | "referer:google" | "referer:sogou" | "referer:360" | "referer:shenma"
        | "referer:bing" | "referer:search-cn" | "referer:keyword" => "referer:search",
        "ua:android" | "ua:iphone" | "ua:mobile-browser" => "ua:mobile",
        "language:zh" => "accept-language:zh",
        "cookie:kept" => "cookie:returning",
        "random" => "probability",
        word if word.starts_with("ua:spider") => "ua:spider",
        word => word,
    }
}

impl Conditions {
    /// The conditions of sets of which one suffices, each of words that must all hold; not proven, without profiles.
    pub fn of(sets: Vec<Vec<String>>) -> Self {
        let mut alternatives: Vec<Vec<String>> = Vec::new();
        let mut shows: Vec<String> = Vec::new();
        for mut words in sets {
            let said = words.clone();
            words.retain(|word| !said.iter().any(|other| implies(other, word)));
            for word in &words {
                if !shows.iter().any(|known| known == class(word)) {
                    shows.push(class(word).to_owned());
                }
            }
            if !alternatives.contains(&words) {
                alternatives.push(words);
            }
        }
        if alternatives.len() == 1 && alternatives[0] == shows {
            alternatives.clear();
        }
        Self { shows, alternatives, ..Self::default() }
    }
}

/// Whether a word says more than another, which can then be left out.
fn implies(word: &str, other: &str) -> bool {
    let people = ["ua:mobile", "ua:mobile-browser", "ua:wechat", "ua:desktop"];
    word != other
        && match other {
            "ua:browser" => people.contains(&class(word)),
            "referer:any" => matches!(class(word), "referer:search" | "referer:page"),
            _ => class(word) == other,
        }
}

/// The words with a fixed text: Chinese as a person says it of a visitor or visit, English to follow "only".
const WORDS: &[(&str, Part, &str, &str)] = &[
    ("ua:mobile", Part::Who, "手机", "on a phone"),
    ("ua:mobile-browser", Part::Who, "手机浏览器（微信除外）", "in a phone's browser, not in WeChat"),
    ("ua:android", Part::Who, "安卓手机", "on an Android phone"),
    ("ua:iphone", Part::Who, "苹果手机", "on an iPhone"),
    ("ua:wechat", Part::Who, "微信内置浏览器", "in WeChat"),
    ("ua:desktop", Part::Who, "电脑浏览器", "in a desktop browser"),
    ("ua:browser", Part::Who, "普通浏览器（爬虫除外）", "in ordinary browsers, not for spiders"),
    ("ua:old-browser", Part::Who, "旧版浏览器", "in an outdated browser"),
    ("ua:some", Part::Who, "部分终端", "on some devices"),
    ("ua:spider", Part::Who, "搜索引擎爬虫", "for search engines' spiders"),
    ("ua:spider-cn", Part::Who, "国内搜索引擎爬虫", "for Chinese search engines' spiders"),
    ("ua:spider-baidu", Part::Who, "百度爬虫", "for Baidu's spider"),
    ("ua:spider-google", Part::Who, "谷歌爬虫", "for Google's spider"),
    ("ua:spider-sogou", Part::Who, "搜狗爬虫", "for Sogou's spider"),
    ("ua:spider-360", Part::Who, "360 搜索爬虫", "for 360's spider"),
    ("ua:spider-shenma", Part::Who, "神马搜索爬虫", "for Shenma's spider"),
    ("ua:spider-bytedance", Part::Who, "字节跳动爬虫", "for ByteDance's spider"),
    ("ua:spider-bing", Part::Who, "必应爬虫", "for Bing's spider"),
    ("referer:search", Part::From, "从搜索引擎进入", "arriving from a search engine"),
    ("referer:baidu", Part::From, "从百度进入", "arriving from Baidu"),
    ("referer:google", Part::From, "从谷歌进入", "arriving from Google"),
    ("referer:search-cn", Part::From, "从国内搜索引擎进入", "arriving from a Chinese search engine"),
    ("referer:sogou", Part::From, "从搜狗进入", "arriving from Sogou"),
    ("referer:360", Part::From, "从 360 搜索进入", "arriving from 360's search"),
    ("referer:shenma", Part::From, "从神马搜索进入", "arriving from Shenma"),
    ("referer:bing", Part::From, "从必应进入", "arriving from Bing"),
    ("referer:keyword", Part::From, "搜索特定词语后进入", "arriving from a search for certain words"),
    ("referer:any", Part::From, "从其他网页进入", "arriving from any other page"),
    ("referer:page", Part::From, "从特定网页进入", "arriving from certain pages"),
    ("referer:none", Part::From, "直接输入网址进入", "with the address typed in"),
    ("path:not-found", Part::Path, "访问不存在的页面", "at addresses that do not exist"),
    ("path:unlinked", Part::Path, "访问网站未公开的地址", "at an address that the site does not offer"),
    ("time", Part::When, "特定时间", "at certain times"),
    ("time:hours", Part::When, "一天中的某些时段", "at certain hours"),
    ("time:night", Part::When, "夜间", "at night"),
    ("time:weekend", Part::When, "周末", "at weekends"),
    ("time:workday", Part::When, "工作日", "on working days"),
    ("time:date", Part::When, "特定日期", "on certain dates"),
    ("cookie:first-visit", Part::Visit, "首次访问", "on the first visit"),
    ("cookie:returning", Part::Visit, "再次访问", "on a later visit"),
    ("cookie:never", Part::Visit, "不接受 Cookie", "without cookies"),
    ("ip:first-visit", Part::Visit, "同一网络地址首次访问", "on the first visit from a network address"),
    ("accept-language:zh", Part::Manner, "浏览器语言为中文", "with Chinese as the browser's language"),
    (
        "accept-language:other",
        Part::Manner,
        "浏览器语言不是中文",
        "with a browser's language other than Chinese",
    ),
    ("accept-language:none", Part::Manner, "未声明浏览器语言", "with no language stated"),
    ("zone:china", Part::Manner, "时区为中国", "in China's time zone"),
    ("region", Part::Manner, "身处特定地区", "in certain regions"),
    ("region:none", Part::Manner, "身处特定地区之外", "outside certain regions"),
    ("opener", Part::Manner, "由其他页面打开", "opened by another page"),
    ("opener:none", Part::Manner, "不由其他页面打开", "not opened by another page"),
    ("no-script", Part::Manner, "浏览器不执行脚本", "with scripts switched off"),
    ("script-condition", Part::Manner, "满足脚本所设条件", "under a condition that a script sets"),
    ("gesture:click", Part::Act, "点击页面后", "after a click on the page"),
    ("gesture:touch", Part::Act, "触摸页面后", "after a touch on the page"),
    ("gesture:key", Part::Act, "按下按键后", "after a key is pressed"),
    ("gesture:scroll", Part::Act, "滚动页面后", "after scrolling"),
    ("gesture:back", Part::Act, "按返回键后", "after the Back button is pressed"),
    ("gesture:move", Part::Act, "移动鼠标或手机后", "after the mouse or the phone is moved"),
    ("gesture:hide", Part::Act, "切换到其他页面后", "after switching to another page"),
    ("gesture:press", Part::Act, "点按页面元素后", "after a press on an element"),
    ("probability", Part::Chance, "按概率", "by chance, not every time"),
];

/// A word as people say it; `None` for a word that is none.
fn said(word: &str) -> Option<(Part, String, String)> {
    if let Some((_, part, zh, en)) = WORDS.iter().find(|(name, ..)| *name == word) {
        return Some((*part, (*zh).to_owned(), (*en).to_owned()));
    }
    let (sort, rest) = word.split_once(':')?;
    match sort {
        "time" => {
            let (from, to) = rest.split_once('-')?;
            let (start, end): (u8, u8) = (from.parse().ok()?, to.parse().ok()?);
            let next = if end <= start { "次日 " } else { "" };
            Some((
                Part::When,
                format!("{start} 时至{}{end} 时", gap(next)),
                format!("{start:02}:00–{end:02}:00"),
            ))
        }
        "delay" => {
            let seconds: u32 = rest.strip_suffix('s')?.parse().ok()?;
            Some((Part::Act, format!("停留约 {seconds} 秒后"), format!("after about {seconds} s")))
        }
        "region" => {
            rest.parse::<u32>().ok()?;
            Some((Part::Manner, format!("身处行政区划 {rest}"), format!("in the division {rest}")))
        }
        _ => None,
    }
}

/// 「至次日 6 时」 and 「至 17 时」 both stand with one space before a number.
fn gap(next: &str) -> &str {
    if next.is_empty() { " " } else { next }
}

/// Whether people can be told what a word means.
pub fn is_known(word: &str) -> bool {
    said(word).is_some() && said(class(word)).is_some()
}

/// Under which conditions something shows, as a sentence without a full stop; it follows "it shows" in English.
pub fn sentence(conditions: &Conditions) -> Bilingual {
    if conditions.shows.is_empty() {
        return if conditions.minimal {
            Bilingual::new(
                "任何访客都会遇到（多种访问方式均已验证）",
                "to every visitor (verified under several profiles)",
            )
        } else {
            Bilingual::new("未发现出现条件，普通访客即可遇到", "to ordinary visitors; no condition was found")
        };
    }
    let shows = std::slice::from_ref(&conditions.shows);
    let alternatives =
        if conditions.alternatives.is_empty() { shows } else { conditions.alternatives.as_slice() };
    let phrases: Vec<Phrase> = alternatives.iter().map(|words| phrase(words)).collect();
    let chance = phrases.iter().any(|phrase| phrase.chance);
    let zh = phrases
        .iter()
        .map(|phrase| phrase.zh.as_str())
        .filter(|zh| !zh.is_empty())
        .collect::<Vec<_>>()
        .join("，或");
    let en = phrases
        .iter()
        .map(|phrase| phrase.en.as_str())
        .filter(|en| !en.is_empty())
        .collect::<Vec<_>>()
        .join(", or ");
    Bilingual::new(whole_zh(&zh, chance, conditions.minimal), whole_en(&en, chance, conditions.minimal))
}

/// The words of one alternative, without chance.
struct Phrase {
    zh: String,
    en: String,
    chance: bool,
}

fn phrase(words: &[String]) -> Phrase {
    let mut said: Vec<(Part, String, String)> = words
        .iter()
        .map(|word| {
            said(word).unwrap_or_else(|| {
                (Part::Manner, format!("满足条件 {word}"), format!("under the condition {word}"))
            })
        })
        .collect();
    said.sort_by_key(|(part, ..)| *part);
    let chance = said.iter().any(|(part, ..)| *part == Part::Chance);
    said.retain(|(part, ..)| *part != Part::Chance);
    let en: Vec<&str> = said.iter().map(|(.., en)| en.as_str()).collect();
    let en = en.join(", ");
    // Who, from where and to what are one phrase: 手机 + 从搜索引擎进入.
    let mut visitor = String::new();
    let mut rest = Vec::new();
    for (part, zh, _) in &said {
        match part {
            Part::Who | Part::From | Part::Path => visitor.push_str(zh),
            _ => rest.push(zh.as_str()),
        }
    }
    if said.iter().any(|(part, ..)| *part == Part::Who)
        && !said.iter().any(|(part, ..)| matches!(part, Part::From | Part::Path | Part::Visit))
    {
        visitor.push_str("访问");
    }
    let zh =
        [visitor.as_str()].into_iter().filter(|zh| !zh.is_empty()).chain(rest).collect::<Vec<_>>().join("、");
    Phrase { zh, en, chance }
}

fn whole_zh(phrases: &str, chance: bool, minimal: bool) -> String {
    if phrases.is_empty() {
        return "按概率出现，并非每次访问都有".to_owned();
    }
    let when = if phrases.ends_with('后') || phrases.ends_with('时') { "" } else { "时" };
    match (minimal, chance) {
        (true, false) => format!("只有{phrases}{when}出现"),
        (true, true) => format!("只有{phrases}{when}出现，且按概率，并非每次都有"),
        (false, false) => format!("{phrases}{when}见到（各条件是否都必要，未逐一验证）"),
        (false, true) => {
            format!("{phrases}{when}见到，且按概率，并非每次都有（各条件是否都必要，未逐一验证）")
        }
    }
}

fn whole_en(phrases: &str, chance: bool, minimal: bool) -> String {
    let often = if chance { "by chance, not every time" } else { "" };
    let all = [phrases, often].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    match (minimal, phrases.is_empty()) {
        (_, true) => all,
        (true, false) => format!("only {all}"),
        (false, false) => format!("{all} (not tested whether all of this is needed)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(alternatives: &[&[&str]], minimal: bool, zh: &str, en: &str) {
        let alternatives: Vec<Vec<String>> =
            alternatives.iter().map(|words| words.iter().map(|&word| word.to_owned()).collect()).collect();
        let met = Conditions { minimal, ..Conditions::of(alternatives) };
        assert_eq!(sentence(&met), Bilingual::new(zh, en));
    }

    #[test]
    fn conditions_read_as_sentences() {
        check(
            &[&["time:21-06", "referer:search", "cookie:first-visit", "ua:mobile"]],
            true,
            "只有手机从搜索引擎进入、21 时至次日 6 时、首次访问时出现",
            "only on a phone, arriving from a search engine, 21:00–06:00, on the first visit",
        );
        check(&[&["ua:spider"]], true, "只有搜索引擎爬虫访问时出现", "only for search engines' spiders");
        check(
            &[&["path:not-found", "ua:spider"]],
            true,
            "只有搜索引擎爬虫访问不存在的页面时出现",
            "only for search engines' spiders, at addresses that do not exist",
        );
        check(
            &[&["ua:spider"], &["ua:mobile", "referer:search"]],
            true,
            "只有搜索引擎爬虫访问，或手机从搜索引擎进入时出现",
            "only for search engines' spiders, or on a phone, arriving from a search engine",
        );
        check(
            &[&["ua:mobile", "gesture:back"]],
            true,
            "只有手机访问、按返回键后出现",
            "only on a phone, after the Back button is pressed",
        );
        check(
            &[&["ua:mobile", "cookie:first-visit"]],
            true,
            "只有手机、首次访问时出现",
            "only on a phone, on the first visit",
        );
        check(
            &[&["time:9-17"]],
            false,
            "9 时至 17 时见到（各条件是否都必要，未逐一验证）",
            "09:00–17:00 (not tested whether all of this is needed)",
        );
        check(&[&["probability"]], true, "按概率出现，并非每次访问都有", "by chance, not every time");
        check(
            &[&["ua:mobile", "probability"]],
            true,
            "只有手机访问时出现，且按概率，并非每次都有",
            "only on a phone, by chance, not every time",
        );
        check(
            &[&[]],
            true,
            "任何访客都会遇到（多种访问方式均已验证）",
            "to every visitor (verified under several profiles)",
        );
    }

    #[test]
    fn shows_has_classes_and_alternatives_have_what_is_known() {
        let of = |sets: &[&[&str]]| {
            let sets = sets.iter().map(|words| words.iter().map(|&word| word.to_owned()).collect());
            let Conditions { shows, alternatives, .. } = Conditions::of(sets.collect());
            let alternatives: Vec<String> = alternatives.iter().map(|words| words.join("+")).collect();
            (shows.join(" "), alternatives.join(" "))
        };
        let check = |sets: &[&[&str]], shows: &str, alternatives: &str| {
            assert_eq!(of(sets), (shows.to_owned(), alternatives.to_owned()), "{sets:?}");
        };
        check(&[&["ua:mobile", "referer:search"]], "ua:mobile referer:search", "");
        check(&[&["ua:spider-google"]], "ua:spider", "ua:spider-google");
        check(&[&["ua:spider"], &["referer:search"]], "ua:spider referer:search", "ua:spider referer:search");
        check(&[&["ua:browser", "ua:mobile"]], "ua:mobile", "");
        check(&[&["referer:search", "referer:baidu"]], "referer:search", "referer:baidu");
        check(&[&["referer:any", "referer:google"]], "referer:search", "referer:google");
        check(&[&[]], "", "");
        check(&[], "", "");
    }

    #[test]
    fn classes_are_words_of_their_own() {
        for (name, ..) in WORDS {
            assert!(is_known(name), "{name}");
            assert_eq!(class(class(name)), class(name), "{name}");
        }
    }

    #[test]
    fn what_is_no_word_is_not_known() {
        for word in ["", "time:", "time:x-y", "delay:5", "region:here", "ua:"] {
            assert!(!is_known(word), "{word}");
        }
    }

    #[test]
    fn every_word_is_said_in_both_languages() {
        let han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for (name, _, zh, en) in WORDS {
            assert!(han(zh) && !en.is_empty() && !han(en), "{name}");
        }
    }
}
