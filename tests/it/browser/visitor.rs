//! What a visitor is led to, appears as, and sees.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use xuncha::browser::{Finder, Gesture, Kept, Means, Outcome, Place};
use xuncha::lang::{Bilingual, Lang};

use super::server::{Server, document, missing, moved};
use super::{browser, order, show, visit};

#[tokio::test]
async fn every_hop_is_seen_with_status_and_means() {
    let Some(browser) = browser().await else { return };
    let server = Server::start(|path| match path {
        "/" => moved("/script"),
        "/script" => document("<script>location.replace('/meta')</script>"),
        "/meta" => document("<meta http-equiv=refresh content='0;url=/timer'>"),
        "/timer" => document("<script>setTimeout(() => { location.href = '/link' }, 100)</script>"),
        "/link" => document("<a id=a href=/form>x</a><script>a.click()</script>"),
        "/form" => {
            document("<form id=f action=/end><input name=q value=1></form><script>f.submit()</script>")
        }
        "/end?q=1" => document("<title>到了</title><script>document.body.append('由脚本写入')</script>"),
        _ => missing(),
    })
    .await;
    let seen = visit(&browser, "m", &server.at("a.test", "/")).await;
    let hops: Vec<(&str, Means, Option<u16>)> =
        seen.hops.iter().map(|hop| (&hop.url[url::Position::BeforePath..], hop.by, hop.status)).collect();
    assert_eq!(
        hops,
        [
            ("/", Means::Visitor, Some(302)),
            ("/script", Means::Status, Some(200)),
            ("/meta", Means::Script, Some(200)),
            ("/timer", Means::MetaRefresh, Some(200)),
            ("/link", Means::Script, Some(200)),
            ("/form", Means::Link, Some(200)),
            ("/end?q=1", Means::Form, Some(200)),
        ]
    );
    assert_eq!((seen.outcome, seen.title.as_str()), (Outcome::Complete, "到了"));
    assert_eq!(seen.final_url.unwrap().as_str(), server.at("a.test", "/end?q=1"));
    assert!(seen.html.unwrap().contains("由脚本写入"));
    assert!(seen.view.unwrap().starts_with(b"\x89PNG") && seen.page.unwrap().starts_with(b"\x89PNG"));
    browser.shutdown().await;
}

#[tokio::test]
async fn header_and_scripts_tell_the_story_of_the_profile() {
    const ASK: &str = "<script>document.title = [document.referrer, navigator.userAgent, navigator.language, \
        navigator.maxTouchPoints, screen.width, new Date().getTimezoneOffset(), navigator.webdriver, \
        navigator.userAgentData ? navigator.userAgentData.mobile : '-', navigator.platform].join('|')</script>";
    let Some(browser) = browser().await else { return };
    let server = Server::page(ASK).await;
    for (profile, referrer, touch, width) in [
        ("m", "https://m.baidu.com/", "5", "390"),
        ("d", "", "0", "1366"),
        ("b", "https://www.baidu.com/", "0", "1366"),
    ] {
        let asked = order(profile, &server.at("a.test", "/"));
        let seen = browser.visit(&asked).await.unwrap();
        let told: Vec<&str> = seen.title.split('|').collect();
        assert_eq!(told[..4], [referrer, asked.user_agent.as_str(), "zh-CN", touch], "{profile}");
        assert_eq!(told[4..7], [width, "-480", "false"], "{profile}");
        let head = server.seen().into_iter().rfind(|head| head.starts_with("GET / ")).unwrap();
        let field = |name: &str| {
            head.lines()
                .find_map(|line| line.strip_prefix(&format!("{name}: ")))
                .unwrap_or_default()
                .to_owned()
        };
        assert_eq!(field("User-Agent"), asked.user_agent, "{head}");
        assert_eq!(field("Referer"), referrer, "{head}");
        assert_eq!(field("Accept-Language"), "zh-CN,zh;q=0.9", "{head}");
        assert!(!head.contains("Proxy") && !head.contains("Headless"), "{head}");
    }
    browser.shutdown().await;
}

#[tokio::test]
async fn clock_chance_and_time_are_as_ordered() {
    let Some(browser) = browser().await else { return };
    let server = Server::start(|path| match path {
        "/night" => document("<script>document.title = new Date().getHours() + ' ' + Math.random() + ' ' + Math.random() + ' ' + (Date.now() > 1e12) + ' ' + (new Date() instanceof Date)</script>"),
        "/late" => document("<script>const first = new Date().getHours(); setTimeout(() => { location.href = '/end?' + first + new Date().getHours() }, 1900000)</script>"),
        _ => document("<title>end</title>"),
    })
    .await;
    let night: jiff::Timestamp = "2026-03-01T23:30:00+08:00".parse().unwrap();
    let mut asked = order("m", &server.at("a.test", "/night"));
    (asked.clock, asked.random) = (Some(night), vec![0.25, 0.75]);
    assert_eq!(browser.visit(&asked).await.unwrap().title, "23 0.25 0.75 true true");
    let mut asked = order("m", &server.at("a.test", "/late"));
    (asked.clock, asked.fast_forward) = (Some(night), Some(Duration::from_secs(2000)));
    let seen = browser.visit(&asked).await.unwrap();
    // The first script sees the ordered time, and half an hour later is past midnight.
    assert_eq!(seen.final_url.as_ref().unwrap().as_str(), server.at("a.test", "/end?230"), "{seen:?}");
    browser.shutdown().await;
}

#[tokio::test]
async fn a_second_visit_remembers_the_first_and_other_visits_do_not() {
    const COUNT: &str = "<script>localStorage.n = +(localStorage.n || 0) + 1; \
        document.cookie = 'seen=' + localStorage.n; document.title = localStorage.n + document.cookie</script>";
    let Some(browser) = browser().await else { return };
    let server = Server::page(COUNT).await;
    let mut asked = order("m", &server.at("a.test", "/"));
    assert_eq!(browser.visit(&asked).await.unwrap().title, "1seen=1");
    asked.returning = true;
    let seen = browser.visit(&asked).await.unwrap();
    assert_eq!((seen.title.as_str(), seen.hops.len()), ("2seen=2", 1));
    asked.returning = false;
    assert_eq!(browser.visit(&asked).await.unwrap().title, "1seen=1");
    browser.shutdown().await;
}

#[tokio::test]
async fn gestures_reach_the_page() {
    let Some(browser) = browser().await else { return };
    let server = Server::start(|path| match path {
        "/" => document("<body style='height:3000px'><script>document.onclick = () => open('/popunder'); \
            onscroll = () => { document.title = 'scrolled' }</script>"),
        "/back" => document("<script>history.pushState(1, '', '/back?1'); onpopstate = () => { location.href = '/caught' }</script>"),
        _ => document("<title>caught</title>"),
    })
    .await;
    for profile in ["m", "d"] {
        let mut asked = order(profile, &server.at("a.test", "/"));
        asked.gestures = vec![Gesture::Click, Gesture::Scroll];
        let seen = browser.visit(&asked).await.unwrap();
        assert!(!seen.popups.is_empty() && seen.popups[0].url.ends_with("/popunder"), "{profile} {seen:?}");
        assert_eq!(seen.title, "scrolled", "{profile}");
    }
    let mut asked = order("m", &server.at("a.test", "/back"));
    asked.gestures = vec![Gesture::Back];
    let seen = browser.visit(&asked).await.unwrap();
    assert_eq!(seen.title, "caught", "{:?}", seen.hops);
    browser.shutdown().await;
}

#[tokio::test]
async fn a_kept_response_is_shown_without_asking_for_it_again() {
    let Some(browser) = browser().await else { return };
    let server = Server::start(|path| match path {
        "/x.js" => {
            super::server::with("200 OK", "Content-Type: text/javascript", "document.title += '+script'")
        }
        _ => document("<title>changed</title>"),
    })
    .await;
    let mut asked = order("m", &server.at("a.test", "/"));
    asked.kept = Some(Kept {
        status: 200,
        headers: vec![
            ("Content-Type".to_owned(), b"text/html; charset=utf-8".to_vec()),
            ("Content-Encoding".to_owned(), b"gzip".to_vec()),
        ],
        body: "<title>留存</title><script src=x.js></script><script src=y.js></script>".into(),
    });
    let part = Kept {
        status: 200,
        headers: vec![("Content-Type".to_owned(), b"text/javascript".to_vec())],
        body: "document.title += '+part'".into(),
    };
    asked.parts = Arc::new(HashMap::from([(server.at("a.test", "/y.js"), part)]));
    let seen = browser.visit(&asked).await.unwrap();
    assert_eq!((seen.title.as_str(), server.paths()), ("留存+script+part", vec!["/x.js".to_owned()]));
    browser.shutdown().await;
}

#[tokio::test]
async fn scripts_can_be_off_and_frames_are_read() {
    let Some(browser) = browser().await else { return };
    let server = Server::start(|path| match path {
        "/" => document(
            "<title>a</title><script>document.title = 'b'</script><iframe srcdoc='<p>within'></iframe>",
        ),
        _ => document("<p>frame</p>"),
    })
    .await;
    let mut asked = order("d", &server.at("a.test", "/"));
    asked.console = true;
    let seen = browser.visit(&asked).await.unwrap();
    assert_eq!(seen.title, "b");
    assert!(
        seen.frames.iter().any(|frame| frame.url == "about:srcdoc" && frame.html.contains("within")),
        "{:?}",
        seen.frames
    );
    asked.scripts = false;
    let seen = browser.visit(&asked).await.unwrap();
    assert_eq!(seen.title, "a");
    browser.shutdown().await;
}

#[tokio::test]
async fn an_offending_place_is_framed_and_what_is_hidden_is_revealed() {
    const PAGE: &str = "<!doctype html><meta charset=utf-8><title>图书馆</title><style>body{font:16px sans-serif;margin:20px}</style>\
        <h1>图书馆公告</h1><p id=seen>这里有 <a href='http://x.test/'>可见的外链</a></p>\
        <div id=none style='display:none'><a href='http://x.test/1'>隐藏一</a> <a href='http://x.test/2'>隐藏二</a></div>\
        <div id=far style='position:absolute;left:-9999px;top:-9999px'><a href='http://x.test/3'>屏外链接</a></div>\
        <div id=flat style='height:0;overflow:hidden'><a id=inner href='http://x.test/4'>零高链接</a></div>\
        <p id=faint style='opacity:0'>透明的字</p><p id=tiny style='font-size:0'>无大小的字</p>\
        <div id=under style='position:relative;z-index:-1'>页脚</div><marquee id=mq width=1 height=1><a href='/5'>跑马灯</a></marquee>\
        <p id=white style='color:#fff'>与底色相同</p><p id=blue style='color:#00f'>可见的字</p>";
    let Some(browser) = browser().await else { return };
    let server = Server::page(PAGE).await;
    let label = || Bilingual::new("暗链", "hidden link");
    let cases: [(Finder, bool, bool); 11] = [
        (Finder::Selector("#seen a".into()), true, true),
        (Finder::Selector("#none".into()), true, false),
        (Finder::Selector("#far > a".into()), true, false),
        (Finder::Text("零高链接".into()), true, false),
        (Finder::Selector("#faint".into()), true, false),
        (Finder::Selector("#tiny".into()), true, false),
        (Finder::Selector("#mq".into()), true, false),
        (Finder::Selector("#white".into()), true, false),
        (Finder::Selector("#blue".into()), true, true),
        (Finder::Text("没有这样的话".into()), false, false),
        (Finder::Selector(":::".into()), false, false),
    ];
    for profile in ["d", "m"] {
        for (index, (by, found, visible)) in cases.iter().enumerate() {
            let place = Place { by: by.clone(), holds: Vec::new(), pictured: true, label: label() };
            let asked = order(profile, &server.at("a.test", "/"));
            let (_, marked) = browser.mark(&asked, &[place], Lang::Zh).await.unwrap();
            let mark = &marked[0];
            assert_eq!((mark.found, mark.visible), (*found, *visible), "{profile} {by:?}");
            assert_eq!(
                (mark.picture.is_some(), mark.revealed.is_some()),
                (*found, *found && !visible),
                "{by:?}"
            );
            show(&format!("{profile}-{index}-seen"), mark.picture.as_ref());
            show(&format!("{profile}-{index}-revealed"), mark.revealed.as_ref());
            if let Some(revealed) = &mark.revealed {
                assert_ne!(mark.picture.as_ref(), Some(revealed), "{by:?}");
            }
        }
    }
    browser.shutdown().await;
}

#[tokio::test]
async fn an_element_that_moved_is_found_by_what_it_holds() {
    const PAGE: &str = "<title>x</title><p>一</p><script>document.body.prepend(document.createElement('p'))</script>\
        <p><a href='http://x.test/9?a=1&b=2'>移动的链接</a></p><p>三</p>";
    let Some(browser) = browser().await else { return };
    let server = Server::page(PAGE).await;
    let place = |holds: &[&str]| Place {
        by: Finder::Selector("body > p:nth-of-type(2)".into()),
        holds: holds.iter().map(|&piece| piece.to_owned()).collect(),
        pictured: false,
        label: Bilingual::new("暗链", "hidden link"),
    };
    let places =
        [place(&["http://x.test/9?a=1&b=2"]), place(&["移动的链接"]), place(&["不在页上"]), place(&[])];
    let asked = order("d", &server.at("a.test", "/"));
    let (_, marked) = browser.mark(&asked, &places, Lang::Zh).await.unwrap();
    let found: Vec<_> = marked.iter().map(|mark| (mark.found, mark.picture.is_some())).collect();
    assert_eq!(found, [(true, false), (true, false), (false, false), (true, false)]);
    browser.shutdown().await;
}
