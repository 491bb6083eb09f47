//! The oracle's cases: pages whose scripts lead visitors away under some condition, made by multiplying gates, deliveries and
//! obfuscations; and honest pages that lead nobody away.

use std::fmt::Write as _;

use xuncha::browser::Gesture;

/// Where bad pages lead.
pub(crate) const LANDING: &str = "https://lucky.oracle-bc.test/";
/// The address of every page.
pub(crate) const PAGE: &str = "http://www.oracle.test/index.html";

/// One page with the visitors that meet it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Gate, delivery and obfuscation, or what the honest page is.
    pub(crate) name: String,
    /// The document.
    pub(crate) html: String,
    /// What the visitor does once it has loaded.
    pub(crate) gestures: Vec<Gesture>,
    /// Scripts beside the document, by address.
    pub(crate) parts: Vec<(String, String)>,
    /// The virtual visitors that are held against the browser.
    pub(crate) visitors: Vec<&'static str>,
}

/// Name, condition, a visitor for whom it holds, one for whom it does not.
const GATES: &[(&str, &str, &str, &str)] = &[
    ("none", "true", "V1", "V8"),
    ("referrer", "/baidu|sogou|so\\.com/i.test(document.referrer)", "V1", "V4"),
    ("referrer-part", "document.referrer.indexOf('baidu.com')>-1", "V7", "V8"),
    ("no-referrer", "document.referrer===''", "V4", "V1"),
    ("ua", "/Android|iPhone|Mobile/i.test(navigator.userAgent)", "V1", "V8"),
    ("ua-match", "navigator.userAgent.toLowerCase().match(/(phone|pad|pod|ios|android|mobile)/)", "V5", "V8"),
    ("wechat", "/MicroMessenger/i.test(navigator.userAgent)", "V6", "V1"),
    ("spider", "!/spider|bot/i.test(navigator.userAgent)", "V8", "V11"),
    ("platform", "!/^(Win|Mac)/.test(navigator.platform)", "V1", "V8"),
    (
        "platform-list",
        "function(){var p=navigator.platform;return !(p.indexOf('Win')==0||p.indexOf('Mac')==0)}()",
        "V5",
        "V7",
    ),
    ("screen", "screen.width<768", "V1", "V8"),
    ("width", "window.innerWidth<800", "V1", "V8"),
    ("client-width", "document.documentElement.clientWidth<=760", "V1", "V7"),
    ("media", "window.matchMedia('(max-width: 767px)').matches", "V1", "V8"),
    ("touch", "'ontouchstart' in window", "V1", "V8"),
    ("touch-points", "navigator.maxTouchPoints>0", "V1", "V7"),
    ("orientation", "typeof window.orientation!=='undefined'", "V1", "V8"),
    ("hour", "function(){var h=new Date().getHours();return h>=21||h<6}()", "V1", "V2"),
    ("day", "[0,6].indexOf(new Date().getDay())>=0", "V3", "V2"),
    ("date", "new Date()>new Date(2026,10,18)", "V1", "V2"),
    ("zone", "new Date().getTimezoneOffset()===-480", "V1", "V8"),
    ("random", "Math.random()<0.3", "V1", "V3"),
    ("random-floor", "Math.floor(Math.random()*10)===9", "V3", "V1"),
    (
        "cookie",
        "function(){var s=/v_seen=1/.test(document.cookie);document.cookie='v_seen=1;path=/';return !s}()",
        "V1",
        "V9",
    ),
    (
        "storage",
        "function(){var s=localStorage.getItem('v_seen');localStorage.setItem('v_seen','1');return !s}()",
        "V1",
        "V9",
    ),
    ("session", "function(){var s=sessionStorage.v_seen;sessionStorage.v_seen=1;return !s}()", "V1", "V9"),
    ("opener", "window.opener", "V7", "V8"),
    ("language", "/^zh/i.test(navigator.language)", "V1", "V8"),
    ("languages", "(navigator.languages||[]).some(function(l){return /^en/.test(l)})", "V1", "V8"),
    ("webdriver", "!navigator.webdriver", "V1", "V8"),
    ("iframe", "window.top===window.self", "V1", "V8"),
    ("referrer-and-ua", "document.referrer.match(/baidu/)&&/Mobile/.test(navigator.userAgent)", "V1", "V7"),
    (
        "all",
        "/baidu/.test(document.referrer)&&screen.width<768&&new Date().getHours()>20&&!/x1=/.test(document.cookie)",
        "V1",
        "V2",
    ),
];

/// Name, code that leads to `U`, gestures that set it off.
const DELIVERIES: &[(&str, &str, &[Gesture])] = &[
    ("location", "location='U'", &[]),
    ("location.href", "location.href='U'", &[]),
    ("window.location.href", "window.location.href='U'", &[]),
    ("top.location", "top.location='U'", &[]),
    ("self.replace", "self.location.replace('U')", &[]),
    ("document.assign", "document.location.assign('U')", &[]),
    ("brackets", "window['location']['href']='U'", &[]),
    ("reflect", "Reflect.set(location,'href','U')", &[]),
    ("parent", "(window.parent||window).location.href='U'", &[]),
    ("javascript-address", "location.href='javascript:location.replace(\"U\")'", &[]),
    ("open-self", "window.open('U','_self')", &[]),
    ("open", "window.open('U')", &[]),
    ("write-meta", "document.write('<meta http-equiv=\"refresh\" content=\"0;url=U\">')", &[]),
    ("write-script", "document.write('<scr'+'ipt>location.href=\"U\"</scr'+'ipt>')", &[]),
    (
        "write-frame",
        "document.write('<iframe src=\"U\" style=\"position:fixed;top:0;left:0;width:100%;height:100%;border:0;z-index:9999\"></iframe>')",
        &[],
    ),
    (
        "write-after-load",
        "window.onload=function(){document.open();document.write('<scr'+'ipt>location=\"U\"</scr'+'ipt>');document.close()}",
        &[],
    ),
    (
        "meta",
        "var m=document.createElement('meta');m.httpEquiv='refresh';m.content='1;url=U';document.getElementsByTagName('head')[0].appendChild(m)",
        &[],
    ),
    (
        "form",
        "var f=document.createElement('form');f.action='U';f.method='get';var i=document.createElement('input');i.name='a';i.value='1';f.appendChild(i);document.body.appendChild(f);f.submit()",
        &[],
    ),
    (
        "form-post",
        "var f=document.createElement('form');f.action='U';f.method='post';document.body.appendChild(f);f.submit()",
        &[],
    ),
    (
        "form-markup",
        "document.body.insertAdjacentHTML('beforeend','<form id=ff action=\"U\"><button id=bb>x</button></form>');document.getElementById('bb').click()",
        &[],
    ),
    ("click", "var a=document.createElement('a');a.href='U';document.body.appendChild(a);a.click()", &[]),
    (
        "click-event",
        "var a=document.createElement('a');a.href='U';document.body.appendChild(a);a.dispatchEvent(new MouseEvent('click',{bubbles:true,cancelable:true}))",
        &[],
    ),
    (
        "frame",
        "var f=document.createElement('iframe');f.src='U';f.style.cssText='position:fixed;top:0;left:0;width:100%;height:100%;border:0;z-index:99999';document.body.appendChild(f)",
        &[],
    ),
    (
        "frame-markup",
        "document.body.innerHTML='<iframe src=\"U\" width=\"100%\" height=\"100%\" frameborder=0></iframe>'",
        &[],
    ),
    (
        "frame-srcdoc",
        "var f=document.createElement('iframe');f.srcdoc='<scr'+'ipt>top.location.href=\"U\"</scr'+'ipt>';document.body.appendChild(f)",
        &[],
    ),
    ("delay", "setTimeout(function(){location.href='U'},3000)", &[]),
    ("delay-text", "setTimeout(\"location.href='U'\",8000)", &[]),
    (
        "countdown",
        "var n=5,t=setInterval(function(){if(--n<=0){clearInterval(t);location.replace('U')}},1000)",
        &[],
    ),
    ("minute", "setTimeout(function(){window.location='U'},60000)", &[]),
    ("frame-tick", "requestAnimationFrame(function(){location='U'})", &[]),
    ("promise", "Promise.resolve('U').then(function(u){location.assign(u)})", &[]),
    ("async", "(async()=>{await new Promise(r=>setTimeout(r,700));location='U'})()", &[]),
    ("onload", "window.addEventListener('load',function(){setTimeout(function(){location='U'},100)})", &[]),
    ("ready", "document.addEventListener('DOMContentLoaded',function(){location.href='U'})", &[]),
    (
        "ready-state",
        "document.onreadystatechange=function(){if(document.readyState=='complete')location.href='U'}",
        &[],
    ),
    (
        "image-error",
        "var i=new Image();i.onerror=function(){location='U'};i.src='data:image/png;base64,xx'",
        &[],
    ),
    (
        "markup-error",
        "document.body.insertAdjacentHTML('beforeend','<img src=\"data:,x\" onerror=\"location.href=\\'U\\'\">')",
        &[],
    ),
    (
        "svg-load",
        "var s=document.createElement('div');s.innerHTML='<svg onload=\"location=\\'U\\'\"></svg>';document.body.appendChild(s)",
        &[],
    ),
    (
        "script-text",
        "var s=document.createElement('script');s.text='location.href=\"U\"';document.body.appendChild(s)",
        &[],
    ),
    (
        "script-data",
        "var s=document.createElement('script');s.src='data:text/javascript,location.href=%22U%22';document.head.appendChild(s)",
        &[],
    ),
    (
        "script-blob",
        "var s=document.createElement('script');s.src=URL.createObjectURL(new Blob(['location.href=\"U\"'],{type:'text/javascript'}));document.head.appendChild(s)",
        &[],
    ),
    (
        "script-load",
        "var s=document.createElement('script');s.async=true;s.src='/js/loader.js?'+(1);(document.head||document.body).appendChild(s)",
        &[],
    ),
    (
        "script-onload",
        "var s=document.createElement('script');s.src='/js/lib.js';s.onload=function(){LIB.go('U')};document.head.appendChild(s)",
        &[],
    ),
    (
        "observer",
        "var o=new MutationObserver(function(){o.disconnect();location='U'});o.observe(document.documentElement,{childList:true,subtree:true});setTimeout(function(){document.body.appendChild(document.createElement('i'))},50)",
        &[],
    ),
    (
        "message",
        "window.addEventListener('message',function(e){location=e.data});window.postMessage('U','*')",
        &[],
    ),
    (
        "channel",
        "var c=new MessageChannel();c.port1.onmessage=function(e){location.href=e.data};c.port2.postMessage('U')",
        &[],
    ),
    ("hash", "window.onhashchange=function(){location.replace('U')};location.hash='#go'", &[]),
    (
        "custom-event",
        "document.addEventListener('go',function(e){location=e.detail});document.dispatchEvent(new CustomEvent('go',{detail:'U'}))",
        &[],
    ),
    (
        "getter",
        "Object.defineProperty(window,'__go',{get:function(){return 'U'}});location.href=window.__go",
        &[],
    ),
    ("class", "class Go{constructor(u){this.u=u}run(){location.assign(this.u)}}new Go('U').run()", &[]),
    ("json", "location.href=JSON.parse('{\"u\":\"U\"}').u", &[]),
    ("url-parts", "var u=new URL('U');location.href=u.protocol+'//'+u.host+u.pathname", &[]),
    ("attribute", "var a=document.createElement('a');a.setAttribute('href','U');location.href=a.href", &[]),
    ("title-text", "var d=document.createElement('div');d.innerHTML='U';location.href=d.textContent", &[]),
    (
        "back",
        "history.pushState(null,'',location.href);window.onpopstate=function(){location.href='U'}",
        &[Gesture::Back],
    ),
    (
        "back-listener",
        "history.pushState({a:1},'','#b');window.addEventListener('popstate',function(){location.replace('U')})",
        &[Gesture::Back],
    ),
    ("click-anywhere", "document.onclick=function(){location.href='U'}", &[Gesture::Click]),
    (
        "click-once",
        "document.addEventListener('click',function(){location='U'},{once:true})",
        &[Gesture::Click],
    ),
    ("popunder", "document.body.addEventListener('click',function(){window.open('U')})", &[Gesture::Click]),
    (
        "cover",
        "var d=document.createElement('a');d.href='U';d.style.cssText='position:fixed;left:0;top:0;width:100%;height:100%;z-index:99999';document.body.appendChild(d);d.onclick=function(){location.href='U';return false}",
        &[Gesture::Click],
    ),
    ("pointer", "window.addEventListener('mousedown',function(){location.href='U'})", &[Gesture::Click]),
    ("scroll", "window.addEventListener('scroll',function(){location.href='U'})", &[Gesture::Scroll]),
    (
        "wheel",
        "window.onscroll=function(){if((document.documentElement.scrollTop||window.pageYOffset)>50)location='U'}",
        &[Gesture::Scroll],
    ),
];

/// A name, and how code is written so that nobody reads it.
type Way = (&'static str, fn(&str) -> String);

/// Ways of writing code that nobody reads.
const OBFUSCATIONS: &[Way] = &[
    ("plain", str::to_owned),
    ("concat", concat),
    ("char-codes", |code| format!("eval(String.fromCharCode({}))", codes(code, ","))),
    ("escape", |code| format!("eval(unescape('{}'))", hex(code, "%"))),
    ("hex", |code| format!("eval('{}')", hex(code, "\\x"))),
    ("unicode", |code| format!("eval('{}')", hex(code, "\\u00"))),
    ("base64", |code| format!("eval(atob('{}'))", base64(code))),
    ("base64-window", |code| format!("window['ev'+'al'](window['at'+'ob']('{}'))", base64(code))),
    ("function", |code| format!("new Function({})()", quoted(code))),
    ("constructor", |code| format!("[]['filter']['constructor']({})()", quoted(code))),
    ("six-characters", |code| format!("[][{}][{}]({})()", six("flat"), six("constructor"), quoted(code))),
    ("reversed", |code| {
        format!("eval({}.split('').reverse().join(''))", quoted(&code.chars().rev().collect::<String>()))
    }),
    ("xor", |code| {
        let sum: Vec<String> = code.bytes().map(|byte| (byte ^ 118).to_string()).collect();
        format!("eval([{}].map(function(c){{return String.fromCharCode(c^118)}}).join(''))", sum.join(","))
    }),
    ("packer", packer),
    ("string-table", string_table),
    ("write", |code| {
        format!("document.write(unescape('{}'))", hex(&format!("<script>{code}</script>"), "%"))
    }),
    ("timer-text", |code| format!("setTimeout({},10)", quoted(code))),
    ("zero-width", |code| {
        let bits: String = code.bytes().map(|byte| format!("{byte:08b}")).collect();
        let hidden = bits.replace('0', "\\u200b").replace('1', "\\u200c");
        format!(
            "eval('{hidden}'.replace(/.{{8}}/g,function(b){{return String.fromCharCode(parseInt(b.replace(/\\u200b/g,'0').replace(/\\u200c/g,'1'),2))}}))"
        )
    }),
];

/// Every case. Bad ones meet the visitor for whom the gate opens, and every third one also meets one for whom it stays shut.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let (gates, deliveries, ways) = (GATES.len(), DELIVERIES.len(), OBFUSCATIONS.len());
    // Strides that share no factor with the tables, so that every pairing is as likely as any other.
    for number in 0..4 * deliveries {
        let gate = &GATES[(number * 7 + number / deliveries) % gates];
        let delivery = &DELIVERIES[number % deliveries];
        let way = &OBFUSCATIONS[(number * 5 + 3 * (number / deliveries)) % ways];
        cases.push(bad(gate, delivery, way, number));
    }
    cases.extend(HONEST.iter().map(|(name, html)| honest(name, html)));
    cases
}

fn bad(
    (gate, condition, open, shut): &(&str, &str, &'static str, &'static str),
    (delivery, code, gestures): &(&str, &str, &[Gesture]),
    (way, obfuscate): &Way,
    number: usize,
) -> Case {
    let code = format!("if({condition}){{{}}}", code.replace('U', LANDING));
    // `U` stands for itself in names of the language.
    let code = code.replace(&format!("{LANDING}RL"), "URL");
    // Code that a timer brings waits for events that are over by then on a fast line: nothing to agree about.
    let code = match (*way, *delivery) {
        ("timer-text", "onload" | "ready" | "ready-state") => code,
        _ => obfuscate(&code),
    };
    let html = format!(
        "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>某某县教育局</title></head><body style=\"min-height:3000px\"><h1>某某县教育局</h1><p id=p1>通知公告</p>\
         <a href=/news/1.html>新闻</a><script>{code}</script><p>主办：某某县教育局</p></body></html>"
    );
    let mut visitors = vec![*open];
    if number.is_multiple_of(3) {
        visitors.push(shut);
    }
    Case {
        name: format!("{gate} / {delivery} / {way}"),
        html,
        gestures: gestures.to_vec(),
        parts: vec![
            ("http://www.oracle.test/js/loader.js?1".to_owned(), format!("location.href='{LANDING}'")),
            (
                "http://www.oracle.test/js/lib.js".to_owned(),
                "var LIB={go:function(u){location.href=u}}".to_owned(),
            ),
        ],
        visitors,
    }
}

fn honest(name: &str, body: &str) -> Case {
    let html = format!(
        "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>某某县教育局</title></head><body>{body}</body></html>"
    );
    Case {
        name: format!("honest: {name}"),
        html,
        gestures: vec![Gesture::Click, Gesture::Scroll],
        parts: vec![(
            "http://www.oracle.test/js/lib.js".to_owned(),
            "var LIB={go:function(u){location.href=u}}".to_owned(),
        )],
        visitors: vec!["V1", "V8"],
    }
}

const HONEST: &[(&str, &str)] = &[
    (
        "menu",
        "<ul id=nav><li>机构<ul style='display:none'><li><a href=/a>概况</a></ul></ul><script>document.querySelectorAll('#nav>li').forEach(function(l){l.onmouseover=function(){l.lastChild.style.display='block'}})</script>",
    ),
    (
        "tabs",
        "<div class=tab>一</div><div class=pane>甲</div><div class=pane style='display:none'>乙</div><script>document.querySelector('.tab').addEventListener('click',function(){document.querySelectorAll('.pane')[1].style.display='block'})</script>",
    ),
    (
        "analytics",
        "<script>var _hmt=_hmt||[];(function(){var h=document.createElement('script');h.src='https://hm.statistics.test/hm.js?abc';var s=document.getElementsByTagName('script')[0];s.parentNode.insertBefore(h,s)})()</script>",
    ),
    (
        "pixel",
        "<script>(new Image).src='https://log.statistics.test/p.gif?r='+encodeURIComponent(document.referrer)+'&t='+new Date().getTime()</script>",
    ),
    (
        "mobile-site",
        "<script>if(/Android|iPhone/i.test(navigator.userAgent)){location.href='http://m.oracle.test/'}</script>",
    ),
    (
        "mobile-folder",
        "<script>if(screen.width<768&&location.pathname.indexOf('/m/')<0)location.replace('/m/')</script>",
    ),
    (
        "anchors",
        "<a href=#c>目录</a><div id=c>内容</div><script>if(!location.hash)location.hash='c'</script>",
    ),
    (
        "scroll-top",
        "<a href='javascript:void(0)' onclick='window.scrollTo(0,0)'>回到顶部</a><script>onscroll=function(){document.title='x'}</script>",
    ),
    (
        "router",
        "<div id=app></div><script>function r(p){history.pushState({},'',p);document.getElementById('app').textContent=p}r('/home');onpopstate=function(){r(location.pathname)}</script>",
    ),
    (
        "hash-router",
        "<div id=app></div><script>function r(){document.getElementById('app').innerHTML='<p>'+location.hash+'</p>'}onhashchange=r;r();location.hash='#/list'</script>",
    ),
    (
        "consent",
        "<div id=ck style='position:fixed;bottom:0'><button id=ok>同意</button></div><script>if(localStorage.ck)document.getElementById('ck').remove();document.getElementById('ok').onclick=function(){localStorage.ck=1;document.getElementById('ck').remove()}</script>",
    ),
    (
        "clock",
        "<span id=t></span><script>setInterval(function(){document.getElementById('t').innerHTML=new Date().toLocaleString()},1000)</script>",
    ),
    (
        "carousel",
        "<div id=s><img><img style='display:none'></div><script>var i=0;setInterval(function(){var m=document.querySelectorAll('#s img');m[i].style.display='none';i=(i+1)%2;m[i].style.display='block'},3000)</script>",
    ),
    (
        "lazy-images",
        "<img data-src=data:image/gif;base64,R0lGODlhAQABAAAAACw=><script>var o=new IntersectionObserver(function(e){e.forEach(function(x){if(x.isIntersecting)x.target.src=x.target.dataset.src})});document.querySelectorAll('img').forEach(function(i){o.observe(i)})</script>",
    ),
    (
        "search-form",
        "<form action=/search><input name=q></form><script>document.forms[0].onsubmit=function(){return this.q.value.length>0}</script>",
    ),
    (
        "outside-links",
        "<a href=https://www.gov.test/ target=_blank>政府网</a><script>document.querySelectorAll('a').forEach(function(a){a.rel='noopener'})</script>",
    ),
    (
        "outside-warning",
        "<a id=o href=https://out.test/>外链</a><script>document.getElementById('o').onclick=function(){return confirm('即将离开本站')}</script>",
    ),
    (
        "friend-select",
        "<select onchange=\"if(this.value)window.open(this.value)\"><option value=''>友情链接<option value=https://a.test/>甲</select>",
    ),
    ("no-frames", "<script>if(top!==self)top.location=self.location</script>"),
    ("https-upgrade", "<script>if(location.protocol==='ftp:')location.protocol='https:'</script>"),
    ("old-browser", "<script>if(!window.addEventListener)location.href='/upgrade.html'</script>"),
    ("old-ie", "<script>if(navigator.userAgent.indexOf('MSIE ')>0)location='/ie.html'</script>"),
    ("login-check", "<script>if(/token=/.test(document.cookie))location.href='/user/'</script>"),
    ("storage-theme", "<script>document.documentElement.className=localStorage.theme||'light'</script>"),
    ("webfont", "<script>document.write('<link rel=stylesheet href=\"/css/font.css\">')</script>"),
    (
        "written-footer",
        "<script>document.write('<p>版权所有 &copy; '+new Date().getFullYear()+'</p>')</script>",
    ),
    (
        "packed-menu",
        "<script>eval(function(p,a,c,k,e,d){e=function(c){return c};while(c--){if(k[c]){p=p.replace(new RegExp('\\\\b'+e(c)+'\\\\b','g'),k[c])}}return p}('0.1(\"2\")',3,3,'document|getElementById|menu'.split('|'),0,{}))</script>",
    ),
    (
        "template",
        "<script type=text/template><a href=\"https://x.test/\">{{name}}</a></script><div id=l></div><script>document.getElementById('l').innerHTML=document.querySelector('[type=\"text/template\"]').textContent.replace('{{name}}','甲')</script>",
    ),
    (
        "map-frame",
        "<iframe width=300 height=200 src=\"data:text/html,<p>map</p>\"></iframe><script>document.querySelector('iframe').onload=function(){document.title='loaded'}</script>",
    ),
    (
        "fetch-list",
        "<ul id=l></ul><script>fetch('/api/list').then(function(r){return r.json()}).then(function(d){document.getElementById('l').textContent=d.length}).catch(function(){document.getElementById('l').textContent='暂无'})</script>",
    ),
    (
        "old-request",
        "<p id=n></p><script>var x=new XMLHttpRequest();x.open('GET','/api/n');x.onerror=x.onload=function(){document.getElementById('n').textContent=x.status};x.send()</script>",
    ),
    (
        "error-report",
        "<script>window.onerror=function(m){(new Image).src='/log?'+encodeURIComponent(m)};undefinedFunction()</script>",
    ),
    (
        "module",
        "<div id=m></div><script>'use strict';const {a=1,...rest}={b:2};document.getElementById('m').textContent=`${a}${rest?.b??0}`</script>",
    ),
    (
        "custom-element",
        "<x-card></x-card><script>customElements.define('x-card',class extends HTMLElement{connectedCallback(){this.textContent='卡片'}})</script>",
    ),
    (
        "print",
        "<a id=pr href=javascript:;>打印</a><script>document.getElementById('pr').onclick=function(){window.print()}</script>",
    ),
    (
        "accessibility",
        "<script>document.addEventListener('keydown',function(e){if(e.altKey&&e.key=='1')location='#main'})</script>",
    ),
    (
        "visibility",
        "<script>var t=document.title;document.addEventListener('visibilitychange',function(){document.title=document.hidden?'请回来':t})</script>",
    ),
    (
        "leave-warning",
        "<textarea></textarea><script>var dirty=false;document.querySelector('textarea').oninput=function(){dirty=true};onbeforeunload=function(){if(dirty)return '未保存'}</script>",
    ),
    (
        "font-size",
        "<script>(function(d,w){function s(){d.documentElement.style.fontSize=d.documentElement.clientWidth/10+'px'}s();w.addEventListener('resize',s)})(document,window)</script>",
    ),
    ("anti-bot-note", "<script>if(navigator.webdriver){document.body.innerHTML='请使用正常浏览器'}</script>"),
];

/// Strings cut into pieces.
fn concat(code: &str) -> String {
    let mut pieces = String::new();
    for (number, piece) in LANDING.as_bytes().chunks(5).enumerate() {
        let piece = std::str::from_utf8(piece).unwrap_or_default();
        let _ = write!(pieces, "{}{piece}", if number == 0 { "" } else { "'+'" });
    }
    code.replace(&format!("'{LANDING}'"), &format!("'{pieces}'"))
}

fn codes(code: &str, between: &str) -> String {
    code.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(between)
}

fn hex(code: &str, before: &str) -> String {
    code.bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{before}{byte:02x}");
        text
    })
}

/// A string literal that neither ends the script element nor hides anything from it.
fn quoted(code: &str) -> String {
    serde_json::to_string(code).unwrap_or_default().replace("</", "<\\/")
}

fn base64(code: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in code.as_bytes().chunks(3) {
        let at = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

/// A word spelled by indexing into `false`, `true`, `undefined` and the text of a function.
fn six(word: &str) -> String {
    let number = |n: usize| match n {
        0 => "+[]".to_owned(),
        1 => "+!+[]".to_owned(),
        n => vec!["!+[]"; n].join("+"),
    };
    let sources = [
        ("false", "(![]+[])"),
        ("true", "(!![]+[])"),
        ("undefined", "([][[]]+[])"),
        ("function flat() {", "([][(![]+[])[+[]]+(![]+[])[!+[]+!+[]]+(![]+[])[+!+[]]+(!![]+[])[+[]]]+[])"),
    ];
    let spelled = word.chars().filter_map(|ch| {
        let (text, code) = sources.iter().find(|(text, _)| text.contains(ch))?;
        Some(format!("{code}[{}]", number(text.find(ch)?)))
    });
    spelled.collect::<Vec<_>>().join("+")
}

/// The packer that replaces words by numbers to the base of 62.
fn packer(code: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut packed = String::new();
    let mut word = String::new();
    for ch in code.chars().chain([' ']) {
        if ch.is_ascii_alphanumeric() || ch == '_' {
            word.push(ch);
            continue;
        }
        if !word.is_empty() {
            let place = words.iter().position(|known| *known == word).unwrap_or_else(|| {
                words.push(word.clone());
                words.len() - 1
            });
            packed.push_str(&to_62(place));
            word.clear();
        }
        packed.push(ch);
    }
    let packed = packed.trim_end().replace('\\', "\\\\").replace('\'', "\\'").replace("</", "<\\/");
    format!(
        "eval(function(p,a,c,k,e,d){{e=function(c){{return(c<a?'':e(parseInt(c/a)))+((c=c%a)>35?String.fromCharCode(c+29):c.toString(36))}};\
         if(!''.replace(/^/,String)){{while(c--){{d[e(c)]=k[c]||e(c)}}k=[function(e){{return d[e]}}];e=function(){{return'\\\\w+'}};c=1}};\
         while(c--){{if(k[c]){{p=p.replace(new RegExp('\\\\b'+e(c)+'\\\\b','g'),k[c])}}}}return p}}('{packed}',62,{},'{}'.split('|'),0,{{}}))",
        words.len(),
        words.join("|")
    )
}

fn to_62(number: usize) -> String {
    const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let head = if number >= 62 { to_62(number / 62) } else { String::new() };
    head + &char::from(DIGITS[number % 62]).to_string()
}

/// Strings in a table that is turned before use, behind a function that counts from a strange number.
fn string_table(code: &str) -> String {
    let (host, rest) = LANDING.split_at(11);
    let code = code.replace(&format!("'{LANDING}'"), "(_0x2b('0x1')+_0x2b('0x2'))");
    let code = code.replace("location.href", "location[_0x2b('0x0')]");
    format!(
        "var _0x1a=['{rest}','x','href','{host}'];(function(_0x3c,_0x4d){{var _0x5e=function(_0x6f){{while(--_0x6f){{_0x3c['push'](_0x3c['shift']())}}}};_0x5e(++_0x4d)}}(_0x1a,0x2));\
         var _0x2b=function(_0x7a){{_0x7a=_0x7a-0x0;return _0x1a[_0x7a]}};{code}"
    )
}
