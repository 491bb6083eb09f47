//! Which visitors meet what, and under which conditions.

use url::Url;

use crate::page::{Page, Viewport};
use crate::script::behaviour::Ending;
use crate::script::deed::Deed;
use crate::script::engine::{Document, Resources, Terms};
use crate::script::observe::{Observation, observe, observe_document};

fn page(html: &str) -> Page {
    Page::parse(html, &Url::parse("http://www.a.test/index.html").unwrap(), &[], Viewport::PHONE)
}

fn seen(html: &str) -> Observation {
    observe(&page(html), html, &Resources::default(), Terms::on(super::DAY))
}

fn script(code: &str) -> String {
    format!(
        "<title>某局</title><body><div id=q1 class=box>x</div><a href=/n>n</a><script>{code}</script></body>"
    )
}

/// The conditions under which the code leads to the address.
fn check(code: &str, shows: &[&str]) {
    let observation = seen(&script(code));
    let act = observation
        .acts
        .iter()
        .find(|act| act.moment.deed.address().is_some_and(|to| to.starts_with("https://bc.test/")))
        .unwrap_or_else(|| panic!("{code}: {observation:?}"));
    let trigger = act.trigger.as_ref().unwrap();
    assert_eq!(trigger.shows, shows, "{code}: {trigger:?}");
    assert!(trigger.minimal, "{code}: {trigger:?}");
}

#[test]
fn the_smallest_condition_is_named() {
    let go = "location='https://bc.test/'";
    let gated = |gate: &str| format!("if({gate}){go}");
    check(go, &[]);
    check(&gated("/Android|iPhone/i.test(navigator.userAgent)"), &["ua:mobile"]);
    check(&gated("/MicroMessenger/.test(navigator.userAgent)"), &["ua:wechat"]);
    check(&gated("/Windows/.test(navigator.userAgent)"), &["ua:desktop"]);
    check(&gated("/iPhone/.test(navigator.userAgent)"), &["ua:iphone"]);
    check(&gated("!/spider|bot/i.test(navigator.userAgent)"), &["ua:browser"]);
    check(&gated("screen.width<768"), &["ua:mobile"]);
    check(&gated("'ontouchstart' in window"), &["ua:mobile"]);
    check(&gated("/baidu|sogou|so\\.com|sm\\.cn/.test(document.referrer)"), &["referer:search"]);
    check(&gated("document.referrer.indexOf('baidu')>0"), &["referer:baidu"]);
    check(&gated("document.referrer"), &["referer:any"]);
    check(&gated("!document.referrer"), &["referer:none"]);
    check(&gated("new Date().getHours()>=21||new Date().getHours()<6"), &["time:21-06"]);
    check(&gated("Math.random()<.2"), &["probability"]);
    check(
        "if(!/v=1/.test(document.cookie)){document.cookie='v=1';location='https://bc.test/'}",
        &["cookie:first-visit"],
    );
    check(
        "if(!localStorage.getItem('v')){localStorage.setItem('v',1);location='https://bc.test/'}",
        &["cookie:first-visit"],
    );
    check(
        &gated("/baidu/.test(document.referrer)&&/Mobile/.test(navigator.userAgent)"),
        &["ua:mobile", "referer:baidu"],
    );
    check("setTimeout(function(){location='https://bc.test/'},8000)", &["delay:8s"]);
    check("document.addEventListener('click',function(){open('https://bc.test/')})", &["gesture:click"]);
    check("history.pushState(0,0,'');onpopstate=function(){location='https://bc.test/'}", &["gesture:back"]);
}

#[test]
fn a_chance_is_estimated() {
    let observation = seen(&script("if(Math.random()<.3)location='https://bc.test/'"));
    let chance = observation.acts[0].trigger.as_ref().unwrap().probability.unwrap();
    assert!((chance - 0.3).abs() < 0.03, "{chance}");
}

#[test]
fn either_of_two_conditions_leaves_one_that_suffices() {
    let observation =
        seen(&script("if(/Mobile/.test(navigator.userAgent)||document.referrer)location='https://bc.test/'"));
    let trigger = observation.acts[0].trigger.as_ref().unwrap();
    assert_eq!(trigger.shows.len(), 1, "{trigger:?}");
}

#[test]
fn pages_without_scripts_of_interest_skip_the_engine() {
    for code in ["var year=2026;", "function add(a,b){return a+b}"] {
        assert_eq!(seen(&script(code)).visits, 0, "{code}");
    }
    assert_eq!(seen("<p>x</p>").visits, 0);
}

#[test]
fn visitors_that_cannot_differ_stay_away() {
    assert_eq!(seen(&script("location='https://bc.test/'")).visits, 1);
    assert!(seen(&script("if(document.referrer)document.title='x'")).visits < 6);
}

#[test]
fn what_scripts_write_and_hide_stands_in_the_rewritten_page() {
    let html = "<body><script>document.write('<div style=\"display:none\">')</script><a href=\"http://b.test/\">b</a>\
                <script>document.write('</div>')</script><p id=p>x</p><script>document.getElementById('p').style.display='none'</script>";
    let page = page(html);
    let observation = observe(&page, html, &Resources::default(), Terms::on(super::DAY));
    let rewritten = observation.rewritten(0, &page, html).unwrap();
    assert!(rewritten.contains("</script><div style=\"display:none\"><a href"), "{rewritten}");
    assert!(rewritten.contains("</script></div>"), "{rewritten}");
    assert!(rewritten.contains("#p{display: none}"), "{rewritten}");
}

#[test]
fn a_frame_over_the_whole_window_is_told() {
    let observation = seen(&script(
        "var f=document.createElement('iframe');document.body.appendChild(f);f.src='https://bc.test/';\
         f.style.cssText='position:fixed;top:0;left:0;width:100%;height:100%;z-index:9999'",
    ));
    assert!(
        observation
            .acts
            .iter()
            .any(|act| matches!(&act.moment.deed, Deed::Frame { covers: true, hidden: false, .. })),
        "{:?}",
        observation.acts
    );
}

#[test]
fn jquery_that_is_not_at_hand_has_a_stand_in() {
    let observation = seen(
        "<script src=/js/jquery.min.js></script><body><script>$(function(){$('body').append('<iframe src=\"https://bc.test/\" width=\"100%\" height=\"100%\"></iframe>')})</script>",
    );
    assert!(
        observation.acts.iter().any(|act| act.moment.deed.address() == Some("https://bc.test/")),
        "{observation:?}"
    );
}

#[test]
fn scripts_that_scripts_load_are_wanted_and_run_once_at_hand() {
    let html = script(
        "var s=document.createElement('script');s.src='https://js.b.test/a.js';document.head.appendChild(s)",
    );
    let page = page(&html);
    let first = observe(&page, &html, &Resources::default(), Terms::on(super::DAY));
    assert!(first.wanted.iter().any(|wanted| wanted.url == "https://js.b.test/a.js" && wanted.script));
    let mut resources = Resources::default();
    resources.texts.insert("https://js.b.test/a.js".to_owned(), "location='https://bc.test/'".into());
    let second = observe(&page, &html, &resources, Terms::on(super::DAY));
    assert!(second.acts.iter().any(|act| act.moment.deed.address() == Some("https://bc.test/")));
}

#[test]
fn elements_of_the_page_are_reached_by_whoever_waits_for_them() {
    let leads = |html: &str| {
        let observation = seen(html);
        observation.acts.iter().any(|act| act.moment.deed.address() == Some("https://bc.test/"))
    };
    let go = "location='https://bc.test/'";
    assert!(leads(&script(&format!(
        "document.addEventListener('click',function(e){{if(e.target.tagName=='A'){go}}})"
    ))));
    assert!(leads(&script(&format!("document.onclick=function(e){{if(e.target.href){go}}}"))));
    assert!(leads(&script(&format!("var q=document.getElementById('q1');if(q&&q.className=='box'){go}"))));
    assert!(leads(&script(&format!(
        "if(document.querySelector('.box')&&!document.querySelector('.none')){go}"
    ))));
    assert!(leads(&script(&format!("if(document.querySelectorAll('div>a,#no,.box').length){go}"))));
    let attribute =
        |name: &str| format!("<body><p {name}=\"{go}\">x</p><script>document.createElement('i')</script>");
    assert!(
        leads(&attribute("ontouchstart"))
            && leads(&attribute("onclick"))
            && !leads(&attribute("data-onclick"))
    );
}

#[test]
fn what_does_not_end_is_never_clean() {
    for code in [
        "while(1){}",
        "document.write('<script>while(1){}<\\/script>')",
        "(function w(){document.write('<script>w()<\\/script>')})();setInterval(function(){for(;;);},0)",
        "new Proxy({},{get(){for(;;);}}).x;location",
        "var s='location';for(;;)s+=s.replace(/o/g,'oo')",
    ] {
        assert_ne!(seen(&script(code)).ending, Ending::Complete, "{code}");
    }
}

/// Two pages of a site with the same script in them; whether what one did could be taken over for the other. Where it
/// could, the other must come to just that by itself.
fn shared(code: &str) -> bool {
    let resources = Resources::default();
    let document = |address: &str, html: &str| {
        let page = Page::parse(html, &Url::parse(address).unwrap(), &[], Viewport::PHONE);
        Document::of(&page, html)
    };
    let one = document("http://www.a.test/index.html", &script(code));
    let other = document(
        "http://www.a.test/news/2.html",
        &format!("<title>某局要闻</title><body><p id=q2 class=list>y</p><script>{code}</script></body>"),
    );
    let observed = observe_document(&one, &resources, Terms::on(super::DAY));
    let Some(taken) = observed.taken_over(&one, &other, &resources) else { return false };
    let own = observe_document(&other, &resources, Terms::on(super::DAY));
    let told = |observation: &Observation| {
        let runs = observation.runs.iter().map(|run| (run.visitors.clone(), run.behaviour.clone()));
        let acts = observation
            .acts
            .iter()
            .map(|act| format!("{:?} {:?} {:?}", act.moment, act.visitors, act.trigger));
        (runs.collect::<Vec<_>>(), acts.collect::<Vec<_>>(), observation.wanted.clone())
    };
    assert_eq!(told(&taken), told(&own), "{code}");
    true
}

#[test]
fn what_scripts_do_is_taken_over_where_they_learned_nothing_of_their_page() {
    for code in [
        "document.write('<p>x</p>')",
        "if(/baidu/.test(document.referrer))location='https://bc.test/'",
        "var h=document.createElement('script');h.src='https://hm.b.test/h.js';document.getElementsByTagName('script')[0].parentNode.insertBefore(h,null)",
        "var y=document.getElementById('nobody');if(y)y.innerHTML=new Date().getFullYear()",
        "if(location.protocol=='https:'||location.hostname=='b.test')location='https://bc.test/'",
        "window.onscroll=function(){document.body.className='s'};location.hash",
        "setTimeout(function(){location='/m/index.html'},800)",
    ] {
        assert_eq!(shared(code), !code.contains("hash"), "{code}");
    }
}

#[test]
fn what_scripts_do_by_their_page_holds_for_that_page_alone() {
    for code in [
        "if(document.getElementById('q1'))location='https://bc.test/'",
        "if(document.querySelector('.list'))location='https://bc.test/'",
        "if(location.pathname=='/index.html')location='https://bc.test/'",
        "if(location.href.length>30)document.write('x')",
        "document.write(document.title);location",
        "document.title='x'",
        "var u=document.URL;location='https://bc.test/?'+u",
        "location='m.html'",
        "location.host='bc.test'",
        "location.reload()",
        "if(typeof q1!='undefined')location='https://bc.test/'",
        "document.write('<a href=n.html>n</a>');document.links[0].click()",
        "document.write(document.baseURI)",
        "for(;;){}",
    ] {
        assert!(!shared(code), "{code}");
    }
}
