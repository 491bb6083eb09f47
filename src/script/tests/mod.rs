//! What scripts do, for one visitor or for several.

mod obfuscated;
mod visitors;

use std::sync::Arc;

use jiff::civil::{Date, date};

use url::Url;

use crate::script::behaviour::{Behaviour, Ending, Memory, Sink};
use crate::script::engine::{Document, Piece, Resources, Terms, run};
use crate::script::observe::observe_document;
use crate::script::visitor::Visitor;

/// A Friday.
const DAY: Date = date(2026, 11, 20);

fn document(code: &str) -> Document {
    let url = Url::parse("http://www.a.test/index.html").unwrap();
    Document {
        base: url.clone(),
        url,
        title: "某局".to_owned(),
        scripts: vec![Piece::Code(code.to_owned())],
        outline: Arc::from(
            r#"[["div",{"id":"q1","class":"box"},"",-1],["a",{"href":"http://b.test/x"},"text",0]]"#,
        ),
    }
}

fn visit(code: &str, visitor: &str) -> Behaviour {
    let document = document(code);
    let visitor = Visitor::all(DAY).into_iter().find(|one| one.id == visitor).unwrap();
    run(&document, &visitor, &Memory::default(), &Resources::default(), Terms::on(DAY).time)
}

/// Where the first visitor ends up.
fn check(code: &str, expected: Option<&str>) {
    let behaviour = visit(code, "V1");
    let last = behaviour.navigations().last().map(|(_, effect)| effect.data.as_str());
    assert_eq!(last, expected, "{code}\n{behaviour:#?}");
}

const BC: Option<&str> = Some("https://bc.test/");

#[test]
fn every_form_of_location_is_seen() {
    for code in [
        "location='https://bc.test/'",
        "location.href='https://bc.test/'",
        "window.location.href='https://bc.test/'",
        "top.location='https://bc.test/'",
        "self.location.replace('https://bc.test/')",
        "document.location.assign('https://bc.test/')",
        "parent['loc'+'ation']['hr'+'ef']='https://bc.test/'",
        "window['\\x6c\\x6f\\x63\\x61\\x74\\x69\\x6f\\x6e']='https://bc.test/'",
        "window.navigate('https://bc.test/')",
        "window.open('https://bc.test/','_self')",
        "var a=document.createElement('a');a.href='https://bc.test/';a.rel='noreferrer';a.click()",
        "var f=document.createElement('form');f.action='https://bc.test/';document.body.appendChild(f);f.submit()",
        "document.write('<meta http-equiv=refresh content=\"0;url=https://bc.test/\">')",
        "document.write('<scr'+'ipt>location=\"https://bc.test/\"</scr'+'ipt>')",
        "setTimeout(function(){location='https://bc.test/'},8000)",
        "setTimeout(\"location='https://bc.test/'\",100)",
        "var n=0;var t=setInterval(function(){if(++n>5){clearInterval(t);location='https://bc.test/'}},1000)",
        "requestAnimationFrame(function(){location='https://bc.test/'})",
        "Promise.resolve().then(function(){location='https://bc.test/'})",
        "(async()=>{await new Promise(r=>setTimeout(r,500));location='https://bc.test/'})()",
        "window.onload=function(){location='https://bc.test/'}",
        "document.addEventListener('DOMContentLoaded',()=>{location='https://bc.test/'})",
        "location.href='javascript:location=\"https://bc.test/\"'",
        "var i=new Image();i.onerror=function(){location='https://bc.test/'};i.src='x'",
        "document.body.innerHTML='<img src=x onerror=\"location=\\'https://bc.test/\\'\">'",
        "var m=document.createElement('meta');m.httpEquiv='refresh';m.content='0; url=https://bc.test/';document.head.appendChild(m)",
        "[]['filter']['constructor'](\"location='https://bc.test/'\")()",
        "eval(String.fromCharCode(108,111,99,97,116,105,111,110)+\"='https://bc.test/'\")",
        "location=atob('aHR0cHM6Ly9iYy50ZXN0Lw==')",
        "history.pushState(0,0,'');onpopstate=function(){location.href='https://bc.test/'}",
        "document.addEventListener('click',function(){location='https://bc.test/'},{once:true})",
        "document.body.addEventListener('touchstart',function(){location='https://bc.test/'})",
        "window.addEventListener('scroll',function(){location='https://bc.test/'})",
        "if(/Android|iPhone/i.test(navigator.userAgent))location='https://bc.test/'",
        "if(/baidu|sogou/.test(document.referrer))location='https://bc.test/'",
        "var h=new Date().getHours();if(h>21||h<7)location='https://bc.test/'",
        "if(Math.random()<.2)location='https://bc.test/'",
        "if(!/v1=1/.test(document.cookie)){document.cookie='v1=1;max-age=86400';location='https://bc.test/'}",
        "if(screen.width<768)location='https://bc.test/'",
        "if(!navigator.webdriver&&'ontouchstart' in window)location='https://bc.test/'",
    ] {
        check(code, BC);
    }
}

#[test]
fn honest_scripts_go_nowhere() {
    for code in [
        "var _hmt=_hmt||[];(function(){var hm=document.createElement('script');hm.src='https://hm.baidu.com/hm.js?1';var s=document.getElementsByTagName('script')[0];if(s)s.parentNode.insertBefore(hm,s)})()",
        "document.title=document.title+' - x'",
        "if(top!=self)top.location=self.location",
        "history.pushState(null,null,document.URL);window.addEventListener('popstate',function(){history.pushState(null,null,document.URL)})",
        "document.getElementById('q1').style.display='block'",
        "if(/Googlebot/.test(navigator.userAgent))location='https://bc.test/'",
    ] {
        check(code, None);
    }
}

#[test]
fn what_is_not_asked_for_is_not_named() {
    assert!(visit("var a=1", "V1").asked.is_empty());
    assert_eq!(visit("document.referrer", "V1").asked.len(), 1);
}

#[test]
fn hostile_scripts_end() {
    for (code, expected) in [
        ("while(1){}", Ending::OutOfTime),
        ("var s='x';while(1)s+=s", Ending::Complete),
        ("function f(){f()}f()", Ending::OutOfMemory),
        ("(function p(){return Promise.resolve().then(p)})()", Ending::OutOfTime),
        ("for(var i=0;i<20;i++)setTimeout('throw '+i,0);setTimeout('let x = ;',1)", Ending::Failed),
        ("/(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')", Ending::OutOfTime),
        ("Object.defineProperty(window,'x',{get(){while(1);}});x", Ending::OutOfTime),
        ("var a=[];while(1)a.push(new Array(1e5).fill(1))", Ending::OutOfMemory),
        ("let x = ;", Ending::Failed),
    ] {
        let behaviour = visit(code, "V1");
        if expected != Ending::Complete {
            assert_eq!(behaviour.ending, expected, "{code} {:?}", behaviour.errors);
        }
    }
}

#[test]
fn text_that_is_no_unicode_and_code_with_a_nul_are_taken() {
    check("location='https://bc.test/?\\ud800'", Some("https://bc.test/?%EF%BF%BD"));
    check("location='https://bc.test/'//\0", BC);
    check("setTimeout(\"location='https://bc.test/'//\\ud800\\0\",1)", BC);
}

#[test]
fn code_kept_from_an_earlier_visitor_does_the_same() {
    let code =
        format!("var f=function(){{/*{}*/}};location='https://bc.test/?'+String(f).length", "x".repeat(600));
    let observation = observe_document(
        &document(&format!("{code};document.referrer;navigator.userAgent")),
        &Resources::default(),
        Terms::on(DAY),
    );
    assert!(observation.visits > 3, "{}", observation.visits);
    assert_eq!(observation.runs.len(), 1, "{observation:#?}");
}

#[test]
fn natives_look_native() {
    let behaviour =
        visit("if(!/native code/.test(document.write.toString()+''))location='https://bc.test/'", "V1");
    assert_eq!(behaviour.navigations().count(), 0);
}

#[test]
fn styles_of_the_page_are_seen_to_change() {
    let behaviour = visit("document.getElementById('q1').style.display='none'", "V1");
    assert!(
        behaviour.effects.iter().any(|e| e.sink == Sink::Style && e.data.contains("display: none")),
        "{behaviour:?}"
    );
}
