//! What a person can see, held against Chromium.
//!
//! The table says of each small document whether its link is painted and whether it may raise alarm. One test holds
//! [`Page`]'s verdicts against the table; the other holds the table against what Chromium paints, by the pixels that
//! differ once the link's letters are taken away.

mod cases;
mod chromium;

use url::Url;
use xuncha::page::{Page, Sight, Viewport, Visibility};

use cases::{CASES, Case, Expect, TARGET};
pub(crate) use chromium::PROGRAMS;

/// The case's document.
fn document(case: &Case) -> String {
    let body = case.3.replace("{T}", TARGET);
    if body.starts_with("<html") { body } else { format!("<!DOCTYPE html><meta charset=utf-8>{body}") }
}

fn verdict(case: &Case) -> Visibility {
    let url = Url::parse("http://site.test/").expect("a URL");
    let page = Page::parse(&document(case), &url, &[], Viewport::DESKTOP);
    let link = page.links.iter().find(|link| link.href == "http://t.test/").expect("every case has a target");
    link.visibility.clone()
}

fn is_painted(expect: Expect) -> bool {
    matches!(expect, Expect::Seen | Expect::Odd)
}

#[test]
fn verdicts_are_what_the_table_says() {
    let mut wrong = Vec::new();
    for case in CASES {
        let (name, technique, expect, _) = *case;
        let seen = verdict(case);
        let sight = if is_painted(expect) { Sight::Visible } else { Sight::Hidden };
        let odd = seen.sight == Sight::Hidden || seen.technique.is_some();
        let alarm = odd && seen.reveal.is_none();
        let right = match expect {
            Expect::Seen | Expect::Honest => !alarm,
            Expect::Planted | Expect::Odd => alarm,
            Expect::Hidden => true,
        };
        let named = technique.is_empty() || seen.technique == Some(technique);
        if seen.sight != sight || !right || !named {
            wrong.push(format!("{name} ({expect:?}, {technique}): {seen:?}"));
        }
    }
    println!("verdicts: {} of {} as the table says", CASES.len() - wrong.len(), CASES.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_is_what_chromium_paints() {
    let Some(mut eye) = chromium::Eye::open().await else {
        println!(
            "skipped: no Chromium at /usr/bin (chromium-headless-shell, chromium); the table was not held against it"
        );
        return;
    };
    let (mut table, mut ours) = (Vec::new(), Vec::new());
    for case in CASES {
        let painted = eye.paints(&document(case)).await;
        let (name, _, expect, _) = *case;
        if painted != is_painted(expect) {
            table.push(format!(
                "{name}: Chromium {}",
                if painted { "paints it" } else { "does not paint it" }
            ));
        }
        let sight = if painted { Sight::Visible } else { Sight::Hidden };
        let seen = verdict(case);
        if seen.sight != sight {
            ours.push(format!("{name}: {:?}, {:?}", seen.sight, seen.technique));
        }
    }
    eye.close().await;
    let agreed = CASES.len() - ours.len();
    println!("agreement with Chromium: {agreed} of {}; unsure counts as a miss", CASES.len());
    assert!(table.is_empty(), "the table is wrong:\n{}", table.join("\n"));
    assert!(agreed * 100 >= CASES.len() * 95, "too few verdicts agree:\n{}", ours.join("\n"));
}
