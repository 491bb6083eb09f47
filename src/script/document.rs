//! From a page to what the engine runs, and the quick look that tells whether it is worth running.

use std::sync::{Arc, LazyLock};

use memchr::memmem;

use super::address::data_text;
use super::engine::{Document, Piece};
use super::outline::outline;
use crate::page::{Origin, Page, Script, ScriptKind};

/// Scripts of one page that are run.
const SCRIPTS: usize = 200;
/// Bytes of one script; longer ones are data or whole applications, and are left out.
const CODE: usize = 2 << 20;

/// Events that come by themselves, as far as attributes ask for them.
const BY_ITSELF: &[&str] = &[
    "load",
    "error",
    "pageshow",
    "focus",
    "begin",
    "toggle",
    "animationstart",
    "animationend",
    "transitionend",
    "readystatechange",
    "canplay",
    "loadstart",
    "resize",
];

/// Words without which a script can neither send anybody anywhere nor write, hide, load or make up code.
/// Anything that is spelled in pieces needs one of them too, as a bracket behind a window, or as an escape.
const WORTH_RUNNING: &[&str] = &[
    "location",
    "navigate",
    "open(",
    "write",
    "eval",
    "Function",
    "constructor",
    "HTML",
    "createElement",
    "append",
    "submit",
    "click(",
    "import(",
    "fromCharCode",
    "unescape",
    "decodeURI",
    "atob",
    "execScript",
    "srcdoc",
    "State",
    "popstate",
    "title",
    "display",
    "visibility",
    "hide(",
    "remove(",
    "removeChild",
    "opener",
    "serviceWorker",
    "html(",
    "\\x",
    "\\u00",
    "setTimeout",
    "setInterval",
    "cssText",
    "clipboard",
    "insert",
    "getScript",
    ".load(",
    "window[",
    "self[",
    "top[",
    "this[",
    "parent[",
    "document[",
    "globalThis",
    "[+",
    "=~[",
    "ﾟ",
    ".src",
    ".href",
    "while",
    "for(;",
    "Promise",
    "Reflect",
    "Proxy",
    "\u{200b}",
    "\u{200c}",
    "\u{fe00}",
    "replaceWith",
    "prepend",
    "after(",
    "before(",
];

static FINDERS: LazyLock<Vec<memmem::Finder<'static>>> =
    LazyLock::new(|| WORTH_RUNNING.iter().map(memmem::Finder::new).collect());

impl Document {
    /// What a page gives to the engine: its scripts in document order and the elements they may look for. `html` is
    /// the decoded source that the page was read from.
    pub fn of(page: &Page, html: &str) -> Self {
        Self {
            url: page.url.clone(),
            base: page.base.clone(),
            title: page.title.as_ref().map(|title| title.text.clone()).unwrap_or_default(),
            scripts: page.scripts.iter().map(piece).collect(),
            outline: if page.scripts.is_empty() { Arc::from("[]") } else { outline(html) },
        }
    }

    /// Whether any script could do anything to the visitor. A script that is not at hand could.
    pub fn is_of_interest(&self) -> bool {
        self.scripts.iter().any(|piece| match piece {
            Piece::External(_) => true,
            Piece::Code(code) | Piece::Fetched(_, code) | Piece::OnLoad(code) | Piece::OnPress(code) => {
                FINDERS.iter().any(|word| word.find(code.as_bytes()).is_some())
            }
        })
    }
}

/// How one script of a page is run; what does not run by itself is an empty piece, so that places stay the same.
fn piece(script: &Script) -> Piece {
    let runs =
        matches!(script.origin, Origin::Body | Origin::Head | Origin::BeforeDoctype | Origin::AfterEnd);
    if !runs || script.code.len() > CODE {
        return Piece::Code(String::new());
    }
    let code = script.code.clone();
    match (&script.kind, &script.url) {
        (ScriptKind::Classic | ScriptKind::Module, Some(url)) if url.scheme() == "data" => {
            Piece::Code(data_text(url.as_str()).unwrap_or_default())
        }
        (ScriptKind::Classic | ScriptKind::Module, Some(url)) if code.is_empty() => {
            Piece::External(url.clone())
        }
        (ScriptKind::Classic | ScriptKind::Module, Some(url)) => Piece::Fetched(url.clone(), code),
        (ScriptKind::Classic | ScriptKind::Module, None) => Piece::Code(code),
        (ScriptKind::Event(event), _) if BY_ITSELF.contains(&event.trim_start_matches("on")) => {
            Piece::OnLoad(code)
        }
        (ScriptKind::Address, _) => Piece::OnPress(code),
        (ScriptKind::Event(_), _) => Piece::Code(String::new()),
    }
}

/// The source with what each script wrote put behind it, and `tail` at the end of the body. Scripts are found by
/// their line and their text.
pub(super) fn rewritten(html: &str, page: &Page, written: &[(usize, &str)], tail: &str) -> String {
    let starts: Vec<usize> =
        std::iter::once(0).chain(memmem::find_iter(html.as_bytes(), b"\n").map(|at| at + 1)).collect();
    let mut at = 0;
    let mut source = String::with_capacity(html.len() + tail.len() + 1024);
    for (index, script) in page.scripts.iter().enumerate().take(SCRIPTS) {
        let text: String =
            written.iter().filter(|(piece, _)| *piece == index).map(|(_, text)| *text).collect();
        if text.is_empty() {
            continue;
        }
        let line = usize::try_from(script.line.saturating_sub(1)).unwrap_or(usize::MAX);
        let from = starts.get(line).copied().unwrap_or(at).max(at);
        let Some(end) = end_of_script(html, from, &script.code, script.url.is_some()) else { continue };
        source.push_str(&html[at..end]);
        source.push_str(&text);
        at = end;
    }
    let rest = &html[at..];
    let close = memmem::rfind(rest.as_bytes(), b"</body").unwrap_or(rest.len());
    source.push_str(&rest[..close]);
    source.push_str(tail);
    source.push_str(&rest[close..]);
    source
}

/// Where the script element ends that begins after `from` and has that code.
fn end_of_script(html: &str, from: usize, code: &str, external: bool) -> Option<usize> {
    let rest = html.get(from..)?;
    let inside = if external || code.is_empty() {
        memmem::find(rest.as_bytes(), b"<script").or_else(|| memmem::find(rest.as_bytes(), b"<SCRIPT"))?
    } else {
        memmem::find(rest.as_bytes(), code.as_bytes())? + code.len()
    };
    let close = memmem::find_iter(&rest.as_bytes()[inside..], b"</").find(|found| {
        rest.as_bytes()[inside + found + 2..]
            .get(..6)
            .is_some_and(|name| name.eq_ignore_ascii_case(b"script"))
    })?;
    let close = inside + close;
    Some(from + close + memchr::memchr(b'>', &rest.as_bytes()[close..])? + 1)
}
