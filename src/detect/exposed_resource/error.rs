//! Errors and debugging pages that a server shows to everybody.
//!
//! Frameworks are known by the markup of their own error pages. Bare messages count only where they are what the page
//! is: with an error status, or with hardly any other text. What stands in code blocks, quotations and links is what a
//! page talks about.

use super::answer::{Answer, Exposure, shortened};
use super::technique::ERROR;
use crate::page::{Block, Role};

/// A page with less text than this, in bytes, is about the message that it shows.
const BARE: usize = 900;
/// Frames of a stack trace that make one.
const FRAMES: usize = 3;
/// Longest part of a message that is shown, in characters.
const SHOWN: usize = 160;

/// The error that a page shows, if it shows one.
pub(super) fn error(answer: &Answer<'_>) -> Option<Exposure> {
    framework(answer).or_else(|| php(answer)).or_else(|| trace(answer)).or_else(|| message(answer))
}

/// An error page of a framework.
fn framework(answer: &Answer<'_>) -> Option<Exposure> {
    let title = answer.title();
    let heading = answer.page.blocks.iter().find(|block| block.role == Role::Heading);
    let heading = heading.map_or("", |block| block.text.trim());
    let yellow = (heading.starts_with("Server Error in '") && heading.ends_with("Application."))
        || heading.ends_with("应用程序中的服务器错误。");
    let product = if yellow
        && answer.has(&["Stack Trace:</b>", "堆栈跟踪:</b>", "Source Error:</b>", "源错误:</b>"])
    {
        "ASP.NET"
    } else if title == "系统发生错误"
        && answer.has(&["ThinkPHP", "thinkphp"])
        && answer.has(&["错误位置", "Call Stack", "TRACE"])
    {
        "ThinkPHP"
    } else if answer.has(&["window.ignite(", "<title>Whoops! There was an error.</title>"]) {
        "Laravel"
    } else if answer.has(&["<div id=\"summary\">", "<div id=\"explanation\">"])
        && answer.has(&["You're seeing this error because you have <code>DEBUG = True</code>"])
    {
        "Django"
    } else if title.ends_with("// Werkzeug Debugger") {
        "Werkzeug"
    } else if title == "Action Controller: Exception caught" {
        "Ruby on Rails"
    } else {
        return None;
    };
    let shown = if heading.is_empty() { title } else { heading };
    Some(Exposure::new(&ERROR, product, shortened(shown, SHOWN)))
}

/// How PHP begins a message in markup.
const PHP_SORTS: [&str; 6] =
    ["Warning", "Notice", "Fatal error", "Parse error", "Deprecated", "Strict Standards"];

/// A message as PHP writes it: in its own markup, which prose about it does not have.
fn php(answer: &Answer<'_>) -> Option<Exposure> {
    let source = answer.source.as_str();
    for sort in PHP_SORTS {
        let head = format!("<b>{sort}</b>:");
        for (at, _) in source.match_indices(&head) {
            let line = source[at..].lines().next().unwrap_or_default();
            if line.contains(" in <b>") && line.contains("</b> on line <b>") && !is_quoted(source, at) {
                let text = line.replace("<b>", "").replace("</b>", "").replace("<br />", "");
                return Some(
                    Exposure::new(&ERROR, format!("PHP {sort}"), shortened(&text, SHOWN))
                        .at("", line_of(source, at)),
                );
            }
        }
    }
    None
}

/// A stack trace of a Java program: on a page with an error status, or outside of code blocks.
fn trace(answer: &Answer<'_>) -> Option<Exposure> {
    let whole = answer.status >= 500;
    let blocks = answer.page.blocks.iter().filter(|block| whole || block.role != Role::Quoted);
    let found = blocks.into_iter().find(|block| frames(&block.text) >= FRAMES)?;
    if !whole && !is_bare(answer, found.text.len()) {
        return None;
    }
    let sign = shortened(&found.text, SHOWN);
    Some(Exposure::new(&ERROR, "Java", sign).at(&found.selector, found.line))
}

/// Frames in the form `at package.Class.method(File.java:12)`.
fn frames(text: &str) -> usize {
    let places = text.match_indices("at ");
    places.filter(|(at, _)| is_frame(&text[at + 3..])).count()
}

fn is_frame(rest: &str) -> bool {
    let Some((name, after)) = rest.split_once('(') else { return false };
    let place = after.split(')').next().unwrap_or_default();
    let names = name.split('.').count() >= 3 && !name.contains(char::is_whitespace);
    let numbered = place.rsplit_once(".java:").is_some_and(|(_, line)| line.parse::<u32>().is_ok());
    names && (numbered || matches!(place, "Native Method" | "Unknown Source"))
}

/// Messages of databases, and of whose.
const MESSAGES: [(&str, &str); 9] = [
    ("SQLSTATE[", "SQL"),
    ("You have an error in your SQL syntax; check the manual that corresponds to your", "MySQL"),
    ("Microsoft OLE DB Provider for ", "ADO"),
    ("Microsoft JET Database Engine", "Access"),
    ("Unclosed quotation mark after the character string", "SQL Server"),
    ("Incorrect syntax near '", "SQL Server"),
    ("pg_query(): Query failed", "PostgreSQL"),
    ("ORA-00942:", "Oracle"),
    ("ORA-00933:", "Oracle"),
];

/// A database's message that is what the page is about.
fn message(answer: &Answer<'_>) -> Option<Exposure> {
    if answer.status < 500 && !is_bare(answer, 0) {
        return None;
    }
    let source = answer.source.as_str();
    let spoken = |message: &str| source.match_indices(message).any(|(at, _)| !is_quoted(source, at));
    for (message, product) in MESSAGES.iter().filter(|(message, _)| spoken(message)) {
        let plain = |block: &&Block| block.linked == 0 && block.role != Role::Quoted;
        for block in answer.page.blocks.iter().filter(plain) {
            if let Some(at) = block.text.find(message) {
                let sign = shortened(&block.text[at..], SHOWN);
                return Some(Exposure::new(&ERROR, *product, sign).at(&block.selector, block.line));
            }
        }
    }
    None
}

/// Whether there is hardly any text on the page beside so many bytes.
fn is_bare(answer: &Answer<'_>, beside: usize) -> bool {
    let all: usize = answer.page.blocks.iter().map(|block| block.text.len()).sum();
    all.saturating_sub(beside) < BARE
}

/// Whether a place in the source stands within a code block, a text area or a comment.
fn is_quoted(source: &str, at: usize) -> bool {
    let before = &source[..at];
    let open = |start: &str, end: &str| before.rfind(start) > before.rfind(end);
    open("<pre", "</pre") || open("<code", "</code") || open("<textarea", "</textarea") || open("<!--", "-->")
}

fn line_of(source: &str, at: usize) -> u32 {
    let lines = source[..at].bytes().filter(|&byte| byte == b'\n').count();
    u32::try_from(lines).map_or(0, |lines| lines + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_from_prose() {
        for (text, expected) in [
            ("at com.a.B.c(B.java:12) at com.a.D.e(D.java:3) at sun.x.Y.z(Native Method)", 3),
            ("at com.a.B.c(B.java:x)", 0),
            ("look at the manual (page 3)", 0),
            ("at a(B.java:1)", 0),
        ] {
            assert_eq!(frames(text), expected, "{text}");
        }
    }

    #[test]
    fn a_place_in_a_code_block_is_quoted() {
        let source = "<p>x <pre>a</pre> b <code>c";
        for (part, quoted) in [("x", false), ("a<", true), ("b", false), ("c", true)] {
            let at = source.rfind(part).unwrap();
            assert_eq!(is_quoted(source, at), quoted, "{part}");
        }
    }
}
