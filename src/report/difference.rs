//! What differs from a baseline, as a person reads it. Takes values, escapes what came from pages.

use super::escape::visible;
use crate::baseline::{Change, Changes};
use crate::lang::Lang;

/// One line for each difference, the widest first.
pub fn lines(changes: &Changes, lang: Lang) -> Vec<String> {
    let mut all: Vec<&Change> = changes.all.iter().collect();
    all.sort_by_key(|change| weight(change));
    all.into_iter().map(|change| line(change, lang)).collect()
}

/// The order in which differences are told.
fn weight(change: &Change) -> u8 {
    match change {
        Change::Title { .. } => 0,
        Change::Template { .. } => 1,
        Change::Texts { .. } => 2,
        Change::Contacts { .. } => 3,
        Change::Language { .. } => 4,
        Change::Marks { .. } => 5,
        Change::Form { .. } => 6,
        Change::Source { .. } => 7,
        Change::Script { .. } => 8,
        Change::Hidden { .. } => 9,
        Change::Host { .. } => 10,
        Change::Description { .. } => 11,
    }
}

fn line(change: &Change, lang: Lang) -> String {
    let zh = lang == Lang::Zh;
    match change {
        Change::Title { from, to } => other(if zh { "标题　" } else { "title  " }, from, to),
        Change::Description { from, to } => other(if zh { "页面描述　" } else { "description  " }, from, to),
        Change::Contacts { gone, new } => {
            let (gone, new) = (list(gone), list(new));
            if zh {
                format!("联系或收款方式　[{gone}] → [{new}]")
            } else {
                format!("where to call, write or pay  [{gone}] → [{new}]")
            }
        }
        Change::Template { kept } if zh => format!("结构　仅余 {kept}% 与基线相同"),
        Change::Template { kept } => format!("structure  {kept}% of it is left"),
        Change::Texts { kept } if zh => format!("文字　常在的文字仅余 {kept}%"),
        Change::Texts { kept } => format!("texts  {kept}% of those that always stood there are left"),
        Change::Language { from, to } => {
            let (from, to) = (language(from, zh), language(to, zh));
            if zh { format!("语言　{from} → {to}") } else { format!("language  {from} → {to}") }
        }
        Change::Marks { gone, new } => {
            let (gone, new) = (list(gone), list(new));
            if zh {
                format!("备案号　减少 [{gone}] 增加 [{new}]")
            } else {
                format!("filing numbers  gone [{gone}] new [{new}]")
            }
        }
        Change::Form { domain } => named("表单提交到", "a form sends to", domain, zh),
        Change::Source { domain } => named("脚本或框架来自", "a script or frame comes from", domain, zh),
        Change::Host { domain } => named("链接到", "links to", domain, zh),
        Change::Script { count } if zh => format!("内嵌脚本　新增 {count} 段"),
        Change::Script { count } => format!("inline scripts  {count} new"),
        Change::Hidden { count } if zh => format!("隐藏部分　新增 {count} 处"),
        Change::Hidden { count } => format!("hidden parts  {count} new"),
    }
}

fn other(what: &str, from: &str, to: &str) -> String {
    format!("{what}{} → {}", visible(from), visible(to))
}

fn list(all: &[String]) -> String {
    all.iter().map(|one| visible(one)).collect::<Vec<_>>().join(" ")
}

fn named(zh_words: &str, en_words: &str, domain: &str, zh: bool) -> String {
    let domain = visible(domain);
    if zh { format!("{zh_words}　{domain}") } else { format!("{en_words}  {domain}") }
}

fn language(language: &str, zh: bool) -> &'static str {
    match (language, zh) {
        ("zh", true) => "中文",
        ("zh", false) => "Chinese",
        (_, true) => "其他语言",
        (_, false) => "another language",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_told_in_both_languages_and_escaped() {
        let changes = Changes {
            all: vec![
                Change::Host { domain: "bad\u{202e}.test".to_owned() },
                Change::Title { from: "某局".to_owned(), to: "owned\u{1b}[2J".to_owned() },
                Change::Language { from: "zh".to_owned(), to: "other".to_owned() },
            ],
            ..Changes::default()
        };
        let zh = lines(&changes, Lang::Zh);
        assert!(zh[0].starts_with("标题") && zh[2].starts_with("链接到"), "{zh:?}");
        let en = lines(&changes, Lang::En).join("\n");
        assert!(en.contains("Chinese → another language"), "{en}");
        assert!(!en.contains('\u{1b}') && !en.contains('\u{202e}'));
    }
}
