//! Hostile style sheets, sheets by address, fonts and covering. What is painted is held in `tests/it/visibility.rs`.

use scraper::{Html, Selector};

use super::*;
use crate::page::Sight::{Hidden, Visible};

fn sights(html: &str, sheets: &[Sheet]) -> (Visibility, f32, bool, Vec<Note>) {
    let html = Html::parse_document(html);
    let sights = judge(&html, sheets, Viewport::DESKTOP);
    let target = html.select(&Selector::parse("#t").unwrap()).next().expect("a target").id();
    (sights.of(target), sights.font_px(target), sights.covers_window(target), sights.notes().to_vec())
}

fn check(html: &str, expected: Sight) {
    let (seen, ..) = sights(html, &[]);
    assert_eq!(seen.sight, expected, "{}: {seen:?}", &html[..html.len().min(200)]);
}

fn sheet(url: &str, text: &str) -> Sheet {
    Sheet { url: Url::parse(url).unwrap(), text: text.to_owned() }
}

#[test]
fn hostile_sheets_end_and_leave_a_verdict() {
    let target = "<div class=w><a id=t href=/>link</a></div>";
    let cases = [
        format!("{}{}", "a{".repeat(20_000), "}".repeat(20_000)),
        format!("{}{}", ".w{& & & &{".repeat(10_000), "}".repeat(20_000)),
        "(".repeat(50_000),
        format!(".w{{width:{}1{}}}", "calc(".repeat(20_000), ")".repeat(20_000)),
        format!("{}{}a", ":is(".repeat(20_000), ":not(".repeat(20_000)),
        (0..20_000).map(|n| format!(".c{n} .d{n}~.e{n},")).collect::<String>() + ".q{display:none}",
        (0..200).map(|n| format!(":root{{--v{n}:var(--v{}) var(--v{})}}", n + 1, n + 1)).collect::<String>()
            + ".w{color:var(--v0)}",
        ":root{--a:var(--b);--b:var(--a)}.w{display:var(--a)}".to_owned(),
        ".w:has(*:has(*)){display:none}".to_owned(),
        "@media ".to_owned() + &"(".repeat(5_000),
        "@import url(x.css);".repeat(5_000),
        "@keyframes x{".to_owned() + &"to{opacity:0}".repeat(20_000) + "}",
        "\u{0}\u{1}<!-- --> } ] ) ; ;; @ # . > + ~ * {{}} \\".repeat(1_000),
    ];
    for css in cases {
        check(&format!("<!doctype html><style>{css}</style>{target}"), Visible);
    }
}

#[test]
fn hostile_trees_end_and_leave_a_verdict() {
    let link = "<a id=t href=/>link</a>";
    for (open, close) in [("<div style='position:absolute'>", "</div>"), ("<span>", "</span>")] {
        check(&format!("<!doctype html>{}{link}{}", open.repeat(450), close.repeat(450)), Visible);
    }
    let wide = "<p style='position:relative;background:#fff'>x</p>".repeat(5_000);
    check(&format!("<!doctype html>{link}{wide}"), Visible);
    let huge = "<!doctype html><div style='width:1e38px;margin-left:1e38px;height:99999999999em'>x</div>";
    check(&format!("{huge}<p style='zoom:1e9;font-size:1e30px'>{link}</p>"), Visible);
}

#[test]
fn many_siblings_and_slow_selectors_run_out_of_fuel() {
    let css = "p~p~p~p~p~p+p:nth-last-child(2n+1 of .a){display:none} p:has(~p~p~p.zz){opacity:0}";
    let html = format!("<!doctype html><style>{css}</style>{}<a id=t href=/>x</a>", "<p>x</p>".repeat(4_000));
    check(&html, Visible);
}

#[test]
fn sheets_apply_by_address_order_and_media() {
    let check = |head: &str, sheets: &[Sheet], expected: Sight| {
        let html = format!("<!doctype html>{head}<div class=w><a id=t href=/>link</a></div>");
        assert_eq!(sights(&html, sheets).0.sight, expected, "{head}");
    };
    let hide = sheet("http://site.test/css/a.css", ".w{display:none}");
    let outer = sheet("http://site.test/css/main.css", "@import 'a.css';");
    let hide = std::slice::from_ref(&hide);
    let link = "<link rel=stylesheet href=/css/a.css>";
    check(link, hide, Hidden);
    check("<link rel=stylesheet href='../css/a.css' media=print>", hide, Visible);
    check(&format!("{link}<style>.w{{display:block}}</style>"), hide, Visible);
    check(&format!("<style>.w{{display:block}}</style>{link}"), hide, Hidden);
    let both = [hide[0].clone(), outer];
    check("<link rel=stylesheet href=main.css>", &both, Hidden);
    check("<style>@import '/css/a.css' print;</style>", hide, Visible);
}

#[test]
fn fonts_and_covering_are_told() {
    let (_, font, covers, _) =
        sights("<!doctype html><h1 style='font-size:2rem'><a id=t href=/>x</a></h1>", &[]);
    assert_eq!((font, covers), (32.0, false));
    for html in [
        "<iframe id=t src=/x style='position:fixed;top:0;left:0;width:100%;height:100%'></iframe>",
        "<!doctype html><iframe id=t src=/x style='width:100vw;height:100vh;border:0'></iframe>",
        "<body style='margin:0'><iframe id=t src=/x width=100% height=100%></iframe>",
        "<frameset rows='100%,*'><frame id=t src=/x><frame src=/y></frameset>",
    ] {
        assert!(sights(html, &[]).2, "{html}");
    }
    for html in [
        "<!doctype html><iframe id=t src=/x width=300 height=200></iframe>",
        "<frameset rows='60,*'><frame id=t src=/x><frame src=/y></frameset>",
    ] {
        assert!(!sights(html, &[]).2, "{html}");
    }
}

#[test]
fn reasons_name_the_rule() {
    let check = |html: &str, expected: &str| assert_eq!(sights(html, &[]).0.reason, expected, "{html}");
    check(
        "<!doctype html><style>div.x7{display:none}</style><div class=x7><a id=t href=/>x</a></div>",
        "div.x7 { display: none }",
    );
    check(
        "<!doctype html><div class=x7 style='left:-999px;position:absolute'><a id=t href=/>x</a></div>",
        "<div.x7 style> left: -999px",
    );
    check("<!doctype html><ul style='font-size:0'><li><a id=t href=/>x</a></ul>", "<ul style> font-size: 0");
}
