//! Documents made to stall or break a parser end in a usable page. Outcomes are asserted, never times.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::super::{Note, Page};
use super::page;

const LINK: &str = "<a href=http://bc.test/>x</a>";

/// Both links are found, the one in front and the one behind.
fn check(name: &str, middle: &str, notes: &[Note]) -> Page {
    let page = page(&format!("{LINK}{middle}<a href=http://end.test/>y</a>"));
    let hosts: Vec<_> = page.links.iter().filter_map(|link| link.url.as_ref()?.host_str()).collect();
    assert!(hosts.contains(&"bc.test"), "the first link of {name}");
    assert!(hosts.contains(&"end.test"), "the last link of {name}");
    assert_eq!(page.notes, notes, "notes of {name}");
    page
}

fn repeat(text: &str) -> String {
    text.repeat(100_000)
}

#[test]
fn nesting_is_flattened() {
    check("divs", &repeat("<div>"), &[Note::Budget("depth")]);
    check("spans", &repeat("<span>"), &[Note::Budget("depth")]);
    check("tables", &repeat("<table><tr><td>"), &[Note::Budget("depth")]);
    check("lists", &repeat("<ul><li>"), &[Note::Budget("depth")]);
    check("fostered", &repeat("<table><div>"), &[]);
    check("svg", &repeat("<svg><g>"), &[Note::Budget("depth")]);
    check("templates", &repeat("<template>"), &[Note::Budget("depth")]);
    check("unclosed ends", &repeat("</div></p></x>"), &[]);
    check("selects", &repeat("<select><option>x"), &[]);
    let balanced = format!("{}{}", repeat("<div>"), repeat("</div>"));
    check("balanced", &balanced, &[Note::Budget("depth")]);
}

#[test]
fn text_and_links_below_the_depth_stay() {
    let page = check("deep text", &format!("{}博彩{LINK}", repeat("<div>")), &[Note::Budget("depth")]);
    assert!(page.blocks.iter().any(|block| block.text.contains("博彩")));
    assert_eq!(page.links.len(), 3);
}

#[test]
fn formatting_bombs_end() {
    let bombs = [
        "<a><b><font>",
        "<b><p>",
        "<i><table>",
        "<a href=x><table><a href=y>",
        "<b></p><i></b><u></i>",
        "<nobr><nobr>",
    ];
    for bomb in bombs {
        let page = page(&format!("{LINK}{}<a href=http://end.test/>y</a>", bomb.repeat(30_000)));
        assert!(page.links.iter().any(|link| link.href == "http://end.test/"), "{bomb} {:?}", page.notes);
    }
    let mut different = String::new();
    for number in 0..20_000 {
        let _ = write!(different, "<p><font size={number}>");
    }
    let page = page(&format!("{LINK}{different}<a href=http://end.test/>y</a>"));
    assert!(page.links.iter().any(|link| link.href == "http://end.test/"));
}

#[test]
fn giant_tags_are_trimmed() {
    let mut attributes = String::new();
    for number in 0..100_000 {
        let _ = write!(attributes, " a{number}=1");
    }
    let tag = format!("<div{attributes}>");
    let page = check("attributes", &format!("{tag}<p>text</p>"), &[Note::Budget("attributes")]);
    assert!(page.blocks.iter().any(|block| block.text.starts_with("text")));
    check("many giant tags", &tag.repeat(8), &[Note::Budget("attributes")]);
    check("quoted", &format!("<div{}>", attributes.replace("=1", "='>'")), &[Note::Budget("attributes")]);
    page_is_read(&format!("{LINK}<div{attributes}"));
    check("value", &format!("<img src='{}'>", repeat("data: , ")), &[]);
}

fn page_is_read(html: &str) {
    assert!(page(html).links.iter().any(|link| link.href == "http://bc.test/"), "{html:.60}");
}

#[test]
fn rules_that_all_match_everything_run_out() {
    let rules = ".x{color:red}".repeat(20_000);
    let html = format!("<style>{rules}</style>{}", "<p class=x>y".repeat(20_000));
    check("equal rules", &html, &[Note::Budget("selectors")]);
    let hidden = "<p class=x style=display:none>y".repeat(20_000);
    check(
        "rules for what is hidden",
        &format!("<style>{rules}</style>{hidden}"),
        &[Note::Budget("selectors")],
    );
}

#[test]
fn odd_input_is_read() {
    check("NULs", &repeat("\0"), &[]);
    check("entities", &repeat("&#0;&amp"), &[]);
    check("lines", &repeat("\r\n"), &[]);
    check("lone angles", &repeat("<"), &[]);
    check("comments", &repeat("<!-- <a> -->"), &[]);
    check("processing instructions", &repeat("<?php echo '<a href=1>'; ?>"), &[]);
    check("many links", &LINK.repeat(50_000), &[]);
    for open in
        ["<!--", "<script>", "<textarea>", "<title>", "<a href='", "<svg><![CDATA[", "<plaintext>", "<style>"]
    {
        page_is_read(&format!("{LINK}{}", open.repeat(20_000)));
    }
}

#[test]
fn what_lies_beyond_the_nodes_is_still_read_for_links() {
    let page = check("nodes", &"<br>".repeat(500_000), &[Note::Budget("nodes")]);
    let last = page.links.last().expect("a link");
    assert_eq!((last.href.as_str(), last.text.as_str()), ("http://end.test/", "y"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        page(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_soup_is_read(pieces in proptest::collection::vec(0..SOUP.len(), 0..60)) {
        let html: String = pieces.iter().map(|&at| SOUP[at]).collect();
        let page = page(&html);
        for link in &page.links {
            let (text, (from, to)) = &link.snippet;
            prop_assert!(text.get(*from..*to).is_some(), "{:?} in {}", link, html);
            prop_assert!(link.block.is_none_or(|block| block < page.blocks.len()));
        }
    }
}

const SOUP: &[&str] = &[
    "<a href=x>",
    "</a>",
    "<a href='http://bc.test/",
    "'>",
    "<b>",
    "</b>",
    "<p>",
    "</p>",
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<div id=\"",
    "\">",
    "<div class=friendlink>",
    "</div>",
    "<svg>",
    "<title>",
    "</title>",
    "<script>",
    "</script>",
    "<noscript>",
    "</noscript>",
    "<template>",
    "</template>",
    "<select><option value=http://a.test/>",
    "<!--[if IE]>",
    "<!--",
    "-->",
    "<![endif]-->",
    "<html>",
    "</html>",
    "<head>",
    "</head>",
    "<body>",
    "</body>",
    "<!doctype html>",
    "<?php ?>",
    "&#21338;",
    "&amp",
    "博彩",
    "友情链接",
    "\0",
    "\r\n",
    " ",
    "=",
    "<",
    ">",
    "<textarea>",
    "</textarea>",
    "<math><mi>",
    "<frameset>",
    "<frame src=x>",
    "<iframe>",
    "http://www.b.test/x",
    "<form>",
    "<input value='<a href=y>'>",
    "<base href=z>",
    "<plaintext>",
    "<meta http-equiv=refresh content='0;url=",
    "<li>",
    "<h1>",
    "<font size=1>",
    "<i>",
    "<object data=x>",
    "<button>",
    "<annotation-xml>",
    "<colgroup>",
];
