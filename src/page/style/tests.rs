//! First cases; the table against Chromium is in `tests/it/visibility.rs`.

use scraper::Html;

use super::*;
use crate::page::Sight::{Hidden, Visible};

fn check(html: &str, sight: Sight, technique: Option<&str>) {
    let html = Html::parse_document(html);
    let sights = judge(&html, &[], Viewport::DESKTOP);
    let target = scraper::Selector::parse("#t").unwrap();
    let target = html.select(&target).next().expect("a target");
    let seen = sights.of(target.id());
    assert_eq!((seen.sight, seen.technique), (sight, technique), "{}: {seen:?}", target.html());
}

#[test]
fn a_plain_link_is_visible() {
    check("<!doctype html><a id=t href=/>link</a>", Visible, None);
}

#[test]
fn an_inline_display_none_is_found() {
    check(
        "<!doctype html><div style='display:none'><a id=t href=/>link</a></div>",
        Hidden,
        Some("css-display-none-inline"),
    );
}

#[test]
fn a_class_that_hides_is_found() {
    check(
        "<!doctype html><style>.k{display:none}</style><div class=k><a id=t href=/>link</a></div>",
        Hidden,
        Some("css-display-none-class"),
    );
}
