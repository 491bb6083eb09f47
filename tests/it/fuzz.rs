//! Soup of markup, style and code, thrown at the rooms that take hostile input: whatever comes, they end with a value.
//!
//! `XUNCHA_FUZZ_SECONDS` says how long each target runs (2 by default; `tests/run` gives them a minute). The same targets
//! run under libFuzzer with `cargo bolero test it::fuzz::…`.

use std::time::Duration;

use url::Url;
use xuncha::detect::dossier::Dossier;
use xuncha::detect::{Context, judge};
use xuncha::page::{Page, Viewport};
use xuncha::script::engine::{Resources, Terms};
use xuncha::script::observe::observe;

/// Pieces of documents: the more byte values name a piece, the likelier it is.
const MARKUP: &[&str] = &[
    "<div>",
    "</div>",
    "<p>",
    "<a href=http://a.test/>",
    "</a>",
    "<a href='",
    "\">",
    "<style>",
    "</style>",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "<![CDATA[",
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<svg>",
    "<math>",
    "<template>",
    "<noscript>",
    "<iframe srcdoc='",
    "<textarea>",
    "<title>",
    "</title>",
    "<select><option>",
    "<plaintext>",
    "<base href=//b.test/>",
    "<meta http-equiv=refresh content='0;url=",
    "{",
    "}",
    "@media (max-width:600px){",
    "@import url(x.css);",
    ":has(",
    ")",
    "display:none",
    ";",
    ":",
    "position:absolute;left:-9999px",
    "var(--a,var(--a))",
    "calc(1px*1e308)",
    "&#0;",
    "&#x110000;",
    "&amp;",
    "\u{0}",
    "\u{202e}",
    "百家乐",
    "时时彩",
    "hacked by",
    "\u{feff}",
    " ",
    "=",
    "'",
    "\"",
    "<",
    ">",
    "/",
    "&",
    "style=",
    "class=a",
    "id=a",
    "onclick=",
    "javascript:",
    "data:text/html,",
    "蜀ICP备",
    "\n",
    "\\",
    "é",
];

/// Pieces of programs.
const CODE: &[&str] = &[
    "var a=",
    "a",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    ",",
    "+",
    "function f(){",
    "f()",
    "while(1){",
    "for(;;)",
    "try{",
    "}catch(e){",
    "}finally{",
    "new Proxy(window,{get:function(){return a}})",
    "Object.defineProperty(document,'x',{get:f})",
    "setTimeout(f,0)",
    "setInterval(f,1)",
    "Promise.resolve().then(f)",
    "async function g(){await g()}",
    "document.write('",
    "')",
    "location.href=",
    "'http://bc.test/'",
    "eval(",
    "Function(",
    "String.fromCharCode(",
    "unescape('%u0041')",
    "'a'.repeat(1e9)",
    "new Array(1e9).join('x')",
    "/(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaa!')",
    "while(true)a+=a",
    "JSON.parse(",
    "navigator.userAgent",
    "document.referrer",
    "Math.random()",
    "new Date()",
    "history.pushState(0,0,'')",
    "document.createElement('script')",
    "document.body.appendChild(",
    "addEventListener('click',f)",
    "onpopstate=f",
    "throw a",
    "delete a",
    "with(a)",
    "`${f()}`",
    "class A extends A{}",
    "[...a]",
    "yield",
    "import('x')",
    "WebAssembly",
    "new Uint8Array(1e9)",
    "Symbol.iterator",
    "a=a=>a(a)",
    "1",
    "0x",
    "\n",
    "'",
    "\"",
    "\\u0041",
    "//",
    "/*",
    "*/",
    "this",
    "window",
    "top",
    "parent",
    "self",
];

/// How long each target runs.
fn time() -> Duration {
    let seconds = std::env::var("XUNCHA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(2))
}

/// What the bytes spell in pieces.
fn spelled(bytes: &[u8], pieces: &[&str]) -> String {
    bytes.iter().map(|byte| pieces[usize::from(*byte) % pieces.len()]).collect()
}

fn here() -> Url {
    Url::parse("http://www.a.test/").unwrap()
}

#[test]
fn any_soup_of_markup_is_parsed_and_judged() {
    bolero::check!().with_test_time(time()).for_each(|bytes: &[u8]| {
        let html = spelled(bytes, MARKUP);
        let page = Page::parse(&html, &here(), &[], Viewport::PHONE);
        assert!(page.links.len() <= html.len());
        assert!(!judge(&Dossier::of_page("http://www.a.test/", &html), &Context::builtin()).is_empty());
    });
}

#[test]
fn any_bytes_are_read_as_text_and_parsed() {
    bolero::check!().with_test_time(time()).for_each(|bytes: &[u8]| {
        let decoded = xuncha::exchange::charset::decode(bytes, None);
        let page = Page::parse(&decoded.text, &here(), &[], Viewport::DESKTOP);
        assert!(page.elements <= decoded.text.len() + 4);
    });
}

#[test]
fn any_soup_of_code_comes_to_an_end() {
    let terms = Terms::on(jiff::civil::date(2026, 11, 26));
    bolero::check!().with_test_time(time()).for_each(|bytes: &[u8]| {
        let html = format!("<body><a href=/x>x</a><script>{}</script>", spelled(bytes, CODE));
        let page = Page::parse(&html, &here(), &[], Viewport::PHONE);
        let observation = observe(&page, &html, &Resources::default(), terms);
        assert!(observation.acts.len() < 100_000);
    });
}
