//! Baselines by what they must tell apart: the same site on another day, and somebody else's page.

use jiff::Timestamp;
use url::Url;

use super::*;
use crate::page::{Page, Viewport};

fn snapshot(html: &str) -> Snapshot {
    let url = Url::parse("http://www.example.test/").unwrap();
    Snapshot::of(&Page::parse(html, &url, &[], Viewport::DESKTOP))
}

fn at(day: usize) -> Timestamp {
    Timestamp::from_second(i64::try_from(day).unwrap() * 86_400).unwrap()
}

/// The page of a school on a day: news and counters differ.
fn school(day: usize) -> String {
    let news: String = (0..6)
        .map(|item| {
            format!(
                "<li><a href=/news/{}.html>第{}号通知：某某工作安排{}</a></li>",
                day * 6 + item,
                day * 6 + item,
                "甲乙丙丁戊己庚辛壬癸".chars().nth((day + item) % 10).unwrap()
            )
        })
        .collect();
    format!(
        "<html lang=zh><title>某某实验学校 - 首页</title><nav><a href=/a>学校概况</a><a href=/b>教学科研</a><a href=/c>招生就业</a>\
         <a href=/d>校园文化</a></nav><h2>通知公告</h2><ul>{news}</ul><p>今日访问 {} 次</p><h2>校园风光</h2><p>学校位于城南，占地八十亩。</p>\
         <footer>地址：人民路一号 蜀ICP备12009876号-1</footer><script>var t={day};count('x{day}')</script>",
        day * 731
    )
}

fn learned(days: usize) -> Baseline {
    let mut baseline = Baseline::default();
    for day in 0..days {
        baseline.learn(Face::Desktop, &snapshot(&school(day)), at(day));
    }
    baseline
}

fn changes(baseline: &Baseline, html: &str) -> Changes {
    compare(baseline.known(Face::Desktop).unwrap(), &snapshot(html))
}

#[test]
fn news_and_counters_are_no_changes() {
    let baseline = learned(3);
    for day in 3..20 {
        let changes = changes(&baseline, &school(day));
        assert!(changes.all.is_empty(), "{day}: {:?}", changes.all);
    }
}

#[test]
fn a_page_is_known_after_two_looks_and_not_before() {
    assert!(learned(1).known(Face::Desktop).is_none());
    assert!(learned(2).known(Face::Desktop).is_some() && learned(2).known(Face::Phone).is_none());
}

#[test]
fn another_page_shares_neither_texts_nor_shapes_nor_identity() {
    let changes =
        changes(&learned(3), "<title>Owned</title><center><h1>game over</h1><p>nothing is safe</center>");
    assert!(changes.texts_kept < 0.1 && changes.shapes_kept < 0.3 && changes.identity == 0, "{changes:?}");
    let told = |wanted: fn(&Change) -> bool| changes.all.iter().any(wanted);
    assert!(
        told(|change| matches!(change, Change::Title { .. }))
            && told(|change| matches!(change, Change::Language { .. }))
    );
}

#[test]
fn a_redesign_keeps_the_identity() {
    let redesign = "<title>某某实验学校欢迎您</title><main><div class=new><section><article><a href=/a>概况</a><a href=/b>科研</a><a href=/c>招生</a>\
                    <p>全新改版，敬请关注。</p></article></section></div></main><p class=copy>蜀ICP备12009876号-1</p>";
    assert!(changes(&learned(3), redesign).identity >= 2);
}

#[test]
fn what_is_planted_is_told_by_its_kind() {
    let planted = school(4).replace(
        "<footer>",
        "<div style=display:none><a href=http://bad.test/>x</a></div><script src=http://evil.test/x.js></script>\
         <form action=http://phish.test/><input name=q></form><script>(function(){document.write(unescape('%3c'))})()</script><footer>",
    );
    let changes = changes(&learned(3), &planted).all;
    let has = |wanted: &Change| assert!(changes.contains(wanted), "{wanted:?} in {changes:?}");
    has(&Change::Host { domain: "bad.test".to_owned() });
    has(&Change::Source { domain: "evil.test".to_owned() });
    has(&Change::Form { domain: "phish.test".to_owned() });
    assert!(changes.iter().any(|change| matches!(change, Change::Hidden { .. })), "{changes:?}");
    assert!(changes.iter().any(|change| matches!(change, Change::Script { count: 1 })), "{changes:?}");
}

/// A notice that stays as it was published.
fn notice(account: &str, phone: &str) -> String {
    format!(
        "<title>缴费通知 - 某某实验学校</title><meta name=description content=缴费通知的有关事项><p>请于月底前缴清费用。</p>\
         <p>缴费账号：{account}</p><p>咨询电话：{phone}</p>"
    )
}

#[test]
fn another_account_on_a_page_that_never_changed_is_told() {
    let (account, phone) = ("6222021202001234567", "0831-2012345");
    let mut baseline = Baseline::default();
    for day in 0..3 {
        baseline.learn(Face::Desktop, &snapshot(&notice(account, phone)), at(day));
    }
    let altered = changes(&baseline, &notice("6222021202009999999", phone)).all;
    let told = Change::Contacts {
        gone: vec![format!("account:{account}")],
        new: vec!["account:6222021202009999999".to_owned()],
    };
    assert_eq!(altered, [told]);
    assert!(changes(&baseline, &notice(account, phone)).all.is_empty());
    let described = notice(account, phone).replace("缴费通知的有关事项", "best slots online");
    assert!(matches!(changes(&baseline, &described).all[..], [Change::Description { .. }]));
    // A number that is another at every look belongs to whoever is on duty.
    baseline.learn(Face::Desktop, &snapshot(&notice("6222021202008888888", phone)), at(4));
    assert!(changes(&baseline, &notice("6222021202007777777", phone)).all.is_empty());
}

#[test]
fn what_waits_for_a_person_is_accepted_by_a_person() {
    let mut baseline = learned(3);
    let new = snapshot("<title>新站</title><p>全新的内容在这里，欢迎访问。</p>");
    baseline.suspend(Face::Desktop, new.clone());
    baseline.learn(Face::Desktop, &new, at(9));
    assert!(compare(baseline.known(Face::Desktop).unwrap(), &new).texts_kept < 0.1, "nobody creeps in");
    assert!(baseline.approve("张三", at(10), "改版"));
    assert!(compare(baseline.known(Face::Desktop).unwrap(), &new).all.is_empty());
    let entry = baseline.journal.last().unwrap();
    assert_eq!((entry.who.as_str(), entry.what), ("张三", Decided::Approve));
    baseline.reset("李四", at(11), "重学");
    assert!(baseline.known(Face::Desktop).is_none() && baseline.journal.len() == 2);
}

#[test]
fn a_baseline_stays_small_and_reads_back() {
    let mut baseline = Baseline::default();
    for day in 0..200 {
        let html: String = (0..900)
            .map(|item| {
                format!(
                    "<p class=c{item}><a href=http://h{day}x{item}.test/{item}>text number {}</a></p>",
                    "abcdefghij".repeat(item % 7 + day)
                )
            })
            .collect();
        baseline.learn(Face::Desktop, &snapshot(&html), at(day));
    }
    let text = serde_json::to_vec(&baseline).unwrap();
    assert!(text.len() < 120_000, "{}", text.len());
    assert_eq!(Baseline::read(&serde_json::from_slice(&text).unwrap()), Some(baseline));
    assert_eq!(Baseline::read(&serde_json::json!({"version": 99, "faces": {}})), None);
}

/// A number in letters: digits do not make another text.
fn lettered(number: usize) -> String {
    number.to_string().bytes().map(|digit| char::from(b'a' + digit - b'0')).collect()
}

/// A page with some texts of its own and many that are there once.
fn busy(day: usize, items: usize) -> String {
    let items: String =
        (0..items).map(|item| format!("<p>item {}</p>", lettered(day * items + item + 10_000))).collect();
    format!("<title>busy page of a site</title><p>about this very site</p>{items}")
}

#[test]
fn a_page_whose_texts_rotate_for_months_still_knows_a_new_one() {
    let mut baseline = Baseline::default();
    for day in 0..60 {
        baseline.learn(Face::Desktop, &snapshot(&busy(day, 40)), at(day));
    }
    let accepted = baseline.known(Face::Desktop).unwrap();
    assert!(accepted.texts.len() > 1_000, "{}", accepted.texts.len());
    assert!(!accepted.is_new_text("about this very site") && accepted.is_new_text("hacked by somebody"));
    assert!(!snapshot(&busy(61, 40)).is_cut() && snapshot(&busy(61, 1_200)).is_cut());
}
