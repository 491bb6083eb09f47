//! What differs from a baseline, as a person reads it. Takes values, escapes what came from pages.

use super::escape::{defanged, visible};
use crate::baseline::{Change, Changes};
use crate::lang::Lang;

/// One line for each difference, the widest first.
pub fn lines(changes: &Changes, lang: Lang) -> Vec<String> {
    let mut all: Vec<&Change> = changes.all.iter().collect();
    all.sort_by_key(|change| weight(change));
    all.into_iter().map(|change| line(change, lang)).collect()
}

/// A difference as it stands side by side: what always was, and what is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Side {
    pub(crate) what: &'static str,
    pub(crate) before: String,
    pub(crate) now: String,
}

/// One row for each sort of difference, the widest first.
pub(crate) fn sides(changes: &[Change], lang: Lang) -> Vec<Side> {
    let mut all: Vec<&Change> = changes.iter().collect();
    all.sort_by_key(|change| weight(change));
    let mut rows: Vec<Side> = Vec::new();
    for change in all {
        let side = side(change, lang == Lang::Zh);
        match rows.last_mut().filter(|row| row.what == side.what) {
            Some(row) => row.now = format!("{} {}", row.now, side.now),
            None => rows.push(side),
        }
    }
    rows
}

fn side(change: &Change, zh: bool) -> Side {
    let row = |what: (&'static str, &'static str), before: String, now: String| Side {
        what: if zh { what.0 } else { what.1 },
        before,
        now,
    };
    let left = |kept: u32| if zh { format!("仅余 {kept}%") } else { format!("{kept}% left") };
    let added = |count: usize| if zh { format!("新增 {count} 处") } else { format!("{count} new") };
    match change {
        Change::Title { from, to } => row(("标题", "Title"), visible(from), visible(to)),
        Change::Description { from, to } => row(("页面描述", "Description"), visible(from), visible(to)),
        Change::Contacts { gone, new } => {
            row(("联系或收款方式", "Where to call, write or pay"), contacts(gone, zh), contacts(new, zh))
        }
        Change::Language { from, to } => {
            row(("语言", "Language"), language(from, zh).to_owned(), language(to, zh).to_owned())
        }
        Change::Marks { gone, new } => row(("备案号", "Filing numbers"), list(gone), list(new)),
        Change::Template { kept } => row(("结构", "Structure"), "100%".to_owned(), left(*kept)),
        Change::Texts { kept } => {
            row(("常在的文字", "Texts that always stood there"), "100%".to_owned(), left(*kept))
        }
        Change::Host { domain } => row(("链接的域名", "Linked domains"), String::new(), defanged(domain)),
        Change::Source { domain } => {
            row(("脚本与框架来源", "Scripts and frames from"), String::new(), defanged(domain))
        }
        Change::Form { domain } => row(("表单提交到", "Forms send to"), String::new(), defanged(domain)),
        Change::Script { count } => row(("内嵌脚本", "Inline scripts"), String::new(), added(*count)),
        Change::Hidden { count } => row(("隐藏部分", "Hidden parts"), String::new(), added(*count)),
    }
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
            let (gone, new) = (contacts(gone, zh), contacts(new, zh));
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

/// Contacts with their sort in words.
fn contacts(all: &[String], zh: bool) -> String {
    let told = all.iter().map(|contact| {
        let (sort, value) = contact.split_once(':').unwrap_or(("", contact));
        let sort = match (sort, zh) {
            ("account", true) => "账号",
            ("account", false) => "account",
            ("mail", true) => "邮箱",
            ("mail", false) => "mail",
            (_, true) => "电话",
            (_, false) => "telephone",
        };
        format!("{sort} {}", visible(value))
    });
    told.collect::<Vec<_>>().join(if zh { "、" } else { ", " })
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
    fn sides_stand_once_for_each_sort_and_show_what_came_from_pages_harmless() {
        let changes = [
            Change::Host { domain: "one.test".to_owned() },
            Change::Title { from: "某局".to_owned(), to: "owned\u{1b}[2J".to_owned() },
            Change::Host { domain: "two.test".to_owned() },
            Change::Contacts { gone: vec!["tel:1".to_owned()], new: vec!["tel:2".to_owned()] },
        ];
        let rows = sides(&changes, Lang::Zh);
        let told: Vec<_> = rows.iter().map(|row| (row.what, row.before.as_str())).collect();
        assert_eq!(told, [("标题", "某局"), ("联系或收款方式", "电话 1"), ("链接的域名", "")]);
        assert!(!rows[0].now.contains('\u{1b}') && rows[0].now.starts_with("owned"));
        assert!(rows[2].now.contains("one") && rows[2].now.contains("two"), "{rows:?}");
        assert!(sides(&changes, Lang::En).iter().all(|row| row.what.is_ascii()));
    }

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
