//! What is taken from small documents.

use super::super::{Note, Origin, Page, Region, Role, ScriptKind, Sight};
use super::page;

/// Every link as `Origin text href`.
fn links(html: &str, expected: &[&str]) {
    let found: Vec<_> = page(html)
        .links
        .iter()
        .map(|link| {
            format!("{:?} {} {}", link.origin, link.text, link.url.as_ref().map_or("-", |url| url.as_str()))
        })
        .collect();
    assert_eq!(found, expected, "in {html}");
}

#[test]
fn links_are_found_wherever_they_stand() {
    links("<a href=x>a  <b>b</b></a>", &["Body a b http://example.test/dir/x"]);
    links("<a href=/x><img alt='图 片'></a>", &["Body 图 片 http://example.test/x"]);
    links("<a name=x>a</a><a href='javascript:x()'>b</a>", &["Body b -"]);
    links("<map><area href=//bc.test alt=z></map>", &["Body z http://bc.test/"]);
    links("<a href=//bc.test/><div>a</div><p>b</a>", &["Body a http://bc.test/", "Body b http://bc.test/"]);
    links("<!-- <a href=//bc.test/>a</a> -->", &["Comment a http://bc.test/"]);
    links("<!--[if IE]><a href=//bc.test/>a</a><![endif]-->", &["ConditionalComment a http://bc.test/"]);
    links("<noscript><a href=//bc.test/>&#21338;</a></noscript>", &["NoScript 博 http://bc.test/"]);
    links("<head><noscript><a href=//bc.test/>a</a></noscript></head>", &["NoScript a http://bc.test/"]);
    for name in ["template", "xmp", "noframes", "textarea", "script type=text/html"] {
        let close = name.split(' ').next().expect("a name");
        links(&format!("<body><{name}><a href=//bc.test/>a</a></{close}>"), &["Inert a http://bc.test/"]);
    }
    links("<html><body>x</body></html>\n<a href=//bc.test/>a</a>", &["AfterEnd a http://bc.test/"]);
    links("<html><body>x</body><a href=//bc.test/>a</a></html>", &["AfterEnd a http://bc.test/"]);
    links("<a href=//bc.test/>a</a><!doctype html><html>", &["BeforeDoctype a http://bc.test/"]);
    links("<html><head><a href=//bc.test/>a</a></head><body>", &["Head a http://bc.test/"]);
    links("<title>x</title><a href=//bc.test/>a</a>", &["Body a http://bc.test/"]);
    links(
        r#"<script type="application/ld+json">{"@context":"https://schema.org","url":"https:\/\/bc.test\/x"}</script>"#,
        &["JsonLd  https://bc.test/x"],
    );
    links("<input type=hidden value='<a href=//bc.test/>a</a>'>", &["Attribute a http://bc.test/"]);
    links("<iframe srcdoc='&lt;a href=//bc.test/>a&lt;/a>'></iframe>", &["Attribute a http://bc.test/"]);
    links("<div data-url=http://bc.test/>", &["Attribute  http://bc.test/"]);
    links("<select><option value=http://bc.test/>友链</select>", &["Option 友链 http://bc.test/"]);
    links(
        "<p>见 www.bc.test/x，以及https://b.test/。",
        &["PlainText www.bc.test/x http://www.bc.test/x", "PlainText https://b.test/ https://b.test/"],
    );
    links("<?php if ($a->b) { ?><a href=x>a</a><% x %>", &["Body a http://example.test/dir/x"]);
    links("<base href=//cdn.test/><a href=x>a</a>", &["Body a http://cdn.test/x"]);
}

#[test]
fn a_link_knows_its_place() {
    let html = "<html>\n<body>\n<ul id=top>\n<li>x</li>\n<li>前<a\nhref=x rel='NoFollow'>链</a></li></ul>";
    let page = page(html);
    let link = &page.links[0];
    assert_eq!((link.line, link.rel.as_str()), (5, "nofollow"));
    assert_eq!(link.selector, "#top > li:nth-child(2) > a:nth-child(1)");
    let (text, (from, to)) = &link.snippet;
    assert_eq!(&text[*from..*to], "<a\nhref=x rel='NoFollow'>链</a>");
    let block = &page.blocks[link.block.expect("a block")];
    assert_eq!((block.text.as_str(), block.role, block.linked), ("前链", Role::Item, 3));
}

fn blocks(html: &str, expected: &[(&str, Role, Sight)]) {
    let page = page(html);
    let found: Vec<_> =
        page.blocks.iter().map(|block| (block.text.as_str(), block.role, block.visibility.sight)).collect();
    assert_eq!(found, expected, "in {html}");
}

#[test]
fn text_is_joined_by_block() {
    use Role::{Control, Heading, Item, Quoted, Text};
    use Sight::{Hidden, Visible};
    blocks("<p>博<b></b>彩<!--x-->网 \n a<br>b", &[("博彩网 a b", Text, Visible)]);
    blocks("<div>a<p>b</p>c</div>", &[("a", Text, Visible), ("b", Text, Visible), ("c", Text, Visible)]);
    blocks(
        "<p>看<span style='display:none'>彩票</span>见",
        &[("看见", Text, Visible), ("彩票", Text, Hidden)],
    );
    blocks("<h2>a</h2><ul><li>b</ul>", &[("a", Heading, Visible), ("b", Item, Visible)]);
    blocks(
        "<blockquote><p>a</blockquote><button>b</button>",
        &[("a", Quoted, Visible), ("b", Control, Visible)],
    );
    blocks("<script>a</script><style>b</style><title>c</title>", &[]);
}

#[test]
fn parts_of_the_page_are_told() {
    for (html, expected) in [
        ("<header><a href=x>a</a></header>", Region::Header),
        ("<div role=navigation><a href=x>a</a></div>", Region::Nav),
        ("<footer><div class=friendLinks><a href=x>a</a></div></footer>", Region::FriendLinks),
        ("<div><h3>友情链接</h3><ul><li><a href=x>a</a></ul></div>", Region::FriendLinks),
        ("<div><div><b>友情链接：</b></div><div><a href=x>a</a></div></div>", Region::FriendLinks),
        ("<p>友情链接</p><p><a href=x>a</a></p>", Region::Other),
        ("<div id=comments><p><a href=x>a</a></div>", Region::UserContent),
        ("<article><p><a href=x>a</a></article>", Region::Main),
        ("<div class=row><a href=x>a</a></div>", Region::Other),
    ] {
        assert_eq!(page(html).links[0].region, expected, "{html}");
    }
}

#[test]
fn the_head_is_read() {
    let page = page(
        "<title> 某&#22823;学 </title><meta NAME=Keywords content='a,b'><meta http-equiv=Refresh content='3; URL=/x'>
         <link rel=Canonical href=/c><link rel=alternate hreflang=zh href=/z><script src=/s.js></script>
         <script>run()</script><script type=module>m()</script><script type=application/json>{}</script>
         <noscript><meta http-equiv=refresh content='0;url=//bc.test/'></noscript><title>二</title>",
    );
    assert_eq!(page.title.expect("a title").text, "某大学");
    assert_eq!(page.other_titles[0].text, "二");
    assert_eq!((page.metas[0].name.as_str(), page.metas[0].content.text.as_str()), ("keywords", "a,b"));
    let refreshes: Vec<_> = page
        .refreshes
        .iter()
        .map(|refresh| (refresh.delay, refresh.url.as_ref().map_or("", |url| url.as_str()), refresh.noscript))
        .collect();
    assert_eq!(refreshes, [(3.0, "http://example.test/x", false), (0.0, "http://bc.test/", true)]);
    let relations: Vec<_> = page.relations.iter().map(|r| (r.rel.as_str(), r.variant.as_str())).collect();
    assert_eq!(relations, [("canonical", ""), ("alternate", "zh")]);
    let scripts: Vec<_> = page.scripts.iter().map(|s| (s.url.is_some(), s.code.as_str(), &s.kind)).collect();
    assert_eq!(
        scripts,
        [
            (true, "", &ScriptKind::Classic),
            (false, "run()", &ScriptKind::Classic),
            (false, "m()", &ScriptKind::Module),
        ]
    );
}

#[test]
fn refreshes_are_read_as_browsers_do() {
    for (content, expected) in [
        ("5", Some((5.0, None))),
        ("0;url=x", Some((0.0, Some("x")))),
        ("0; URL = 'x y'z", Some((0.0, Some("x y")))),
        ("1.5,x", Some((1.5, Some("x")))),
        (";url=x", Some((0.0, Some("x")))),
        ("0;url=", Some((0.0, None))),
        ("url=x", None),
        ("", None),
    ] {
        assert_eq!(super::super::walk::refresh_of(content), expected, "{content}");
    }
}

#[test]
fn code_in_attributes_is_taken() {
    let page = page(
        "<body onload=a()><a href='&#106;ava\tscript:b()' onclick='c()'>x</a><iframe src=javascript:d()>",
    );
    let found: Vec<_> = page.scripts.iter().map(|script| (script.code.trim(), script.kind.clone())).collect();
    assert_eq!(found[0], ("a()", ScriptKind::Event("load".to_owned())));
    assert!(found.iter().any(|(code, kind)| code.contains("b()") && *kind == ScriptKind::Address));
    assert!(found.contains(&("c()", ScriptKind::Event("click".to_owned()))));
    assert!(found.contains(&("javascript:d()", ScriptKind::Address)));
}

#[test]
fn frames_that_fill_the_window_are_told() {
    for (html, expected) in [
        ("<iframe src=x width=100% height=100%></iframe>", true),
        ("<iframe src=x style='width:100vw; height: 100vh'></iframe>", true),
        ("<iframe src=x width=560 height=315></iframe>", false),
        ("<iframe src=x></iframe>", false),
        ("<frameset rows='100%,*'><frame src=x><frame src=y></frameset>", true),
        ("<frameset cols='200,*'><frame src=x><frame src=y></frameset>", false),
    ] {
        assert_eq!(page(html).frames[0].full_window, expected, "{html}");
    }
}

#[test]
fn forms_and_attribute_texts_are_read() {
    let page = page(
        "<form action=/in><input name=u placeholder=帐号><input type=Password name=p></form><img alt=图>",
    );
    let form = &page.forms[0];
    assert!(form.password);
    assert_eq!(form.fields, ["u 帐号", "Password p"]);
    let texts: Vec<_> = page.attributes.iter().map(|a| (a.name.as_str(), a.spot.text.as_str())).collect();
    assert_eq!(texts, [("placeholder", "帐号"), ("alt", "图")]);
}

fn noted(html: &str, note: &Note) -> bool {
    let page: Page = page(html);
    page.notes.contains(note)
}

#[test]
fn oddities_are_noted() {
    assert!(noted("<title>&#21338;&#24425;</title>", &Note::EntityEncoded));
    assert!(noted("<meta name=keywords content='&#21338;&#24425;'>", &Note::EntityEncoded));
    assert!(!noted("<title>大学 &#8211; 首页</title>", &Note::EntityEncoded));
    assert!(noted("<html></html><script>x</script>", &Note::OutsideDocument));
    assert!(!noted("<!-- x --><!doctype html><html></html> <!-- y -->", &Note::OutsideDocument));
    let sheet = "http://example.test/x.css".parse().expect("a URL");
    assert!(noted("<link rel=stylesheet href=/x.css>", &Note::SheetMissing(sheet)));
    let inert = page("<template><a href=x>a</a></template>");
    assert_eq!((inert.links[0].origin, inert.links[0].visibility.sight), (Origin::Inert, Sight::Hidden));
}

#[test]
fn an_option_is_seen_as_its_list_is() {
    let sight = |html: &str| page(html).links[0].visibility.sight;
    let list = "<select><option>友情链接<option value=http://bc.test/>某某</select>";
    assert_eq!(sight(list), crate::page::Sight::Visible);
    assert_eq!(sight(&format!("<div style='display:none'>{list}</div>")), crate::page::Sight::Hidden);
}
