//! The elements of a document that its scripts may look for, read from the source by one pass over its tags.
//!
//! Not a parser: scripts look for elements by id, class and name, and a flat list with parents is enough for that.
//! The page itself is read in `page`.

use std::sync::Arc;

use memchr::{memchr, memmem};
use serde_json::{Map, Value};

/// Elements taken at the most.
const ELEMENTS: usize = 3_000;
/// Bytes of text taken of an element.
const TEXT: usize = 120;
/// Bytes of one attribute's value.
const VALUE: usize = 400;
/// Attributes taken of an element.
const ATTRIBUTES: usize = 16;
/// Open elements at a time.
const DEPTH: usize = 256;

/// Elements that have no content.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];
/// Elements whose content is not markup.
const RAW: &[&str] = &["script", "style", "textarea", "title", "xmp", "noscript", "noframes", "template"];

/// The elements of a decoded document as JSON: `[[tag, {attributes}, text, parent index or -1], …]`, scripts left out.
pub(super) fn outline(html: &str) -> Arc<str> {
    let mut elements: Vec<Value> = Vec::new();
    let mut open: Vec<(String, i64)> = Vec::new();
    let mut at = 0;
    while let Some(found) = html.get(at..).and_then(|rest| memchr(b'<', rest.as_bytes())) {
        let start = at + found;
        let rest = &html[start + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            at = memmem::find(comment.as_bytes(), b"-->").map_or(html.len(), |end| start + 4 + end + 3);
            continue;
        }
        let closing = rest.starts_with('/');
        let name = tag_name(&rest[usize::from(closing)..]);
        if name.is_empty() {
            at = start + 1;
            continue;
        }
        let after = start + 1 + usize::from(closing) + name.len();
        let (attributes, end) = attributes(html, after);
        at = end;
        if closing {
            if let Some(depth) = open.iter().rposition(|(one, _)| *one == name) {
                open.truncate(depth);
            }
            continue;
        }
        let raw = RAW.contains(&name.as_str());
        let text = text_after(html, at);
        if raw {
            at = raw_end(html, at, &name);
        }
        if matches!(
            name.as_str(),
            "script" | "style" | "html" | "head" | "body" | "meta" | "link" | "title" | "br"
        ) {
            continue;
        }
        if elements.len() == ELEMENTS {
            break;
        }
        let parent = open.last().map_or(-1, |(_, index)| *index);
        let index = i64::try_from(elements.len()).unwrap_or(i64::MAX);
        if !VOID.contains(&name.as_str()) && !raw && open.len() < DEPTH {
            open.push((name.clone(), index));
        }
        elements.push(Value::from(vec![
            Value::from(name),
            Value::Object(attributes),
            Value::from(text),
            Value::from(parent),
        ]));
    }
    Value::from(elements).to_string().into()
}

fn tag_name(rest: &str) -> String {
    let end =
        rest.bytes().position(|byte| !byte.is_ascii_alphanumeric() && byte != b'-').unwrap_or(rest.len());
    let name = &rest[..end];
    if name.len() < 32 && name.starts_with(|ch: char| ch.is_ascii_alphabetic()) {
        name.to_ascii_lowercase()
    } else {
        String::new()
    }
}

/// The attributes of a tag whose name ends at `at`, and where the tag ends.
fn attributes(html: &str, mut at: usize) -> (Map<String, Value>, usize) {
    let bytes = html.as_bytes();
    let mut attributes = Map::new();
    loop {
        while at < bytes.len() && (bytes[at].is_ascii_whitespace() || bytes[at] == b'/') {
            at += 1;
        }
        if at >= bytes.len() {
            return (attributes, at);
        }
        if bytes[at] == b'>' {
            return (attributes, at + 1);
        }
        let start = at;
        while at < bytes.len() && !bytes[at].is_ascii_whitespace() && !matches!(bytes[at], b'=' | b'>' | b'/')
        {
            at += 1;
        }
        let name = html.get(start..at).unwrap_or_default().to_ascii_lowercase();
        while at < bytes.len() && bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        let mut value = "";
        if at < bytes.len() && bytes[at] == b'=' {
            at += 1;
            while at < bytes.len() && bytes[at].is_ascii_whitespace() {
                at += 1;
            }
            let quote = bytes.get(at).copied().filter(|byte| matches!(byte, b'"' | b'\''));
            let from = at + usize::from(quote.is_some());
            at = match quote {
                Some(quote) => {
                    memchr(quote, bytes.get(from..).unwrap_or_default()).map_or(bytes.len(), |end| from + end)
                }
                None => bytes[from.min(bytes.len())..]
                    .iter()
                    .position(|byte| byte.is_ascii_whitespace() || *byte == b'>')
                    .map_or(bytes.len(), |end| from + end),
            };
            value = html.get(from..at).unwrap_or_default();
            at += usize::from(quote.is_some());
        } else if at == start {
            at += 1;
        }
        if attributes.len() < ATTRIBUTES && !name.is_empty() && !attributes.contains_key(&name) {
            let value = &value[..value.floor_char_boundary(VALUE.min(value.len()))];
            attributes.insert(name, Value::from(unescaped(value)));
        }
    }
}

/// The few references that stand in attribute values of elements scripts look for.
fn unescaped(value: &str) -> String {
    if !value.contains('&') {
        return value.to_owned();
    }
    value
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// The text between a tag and the next one.
fn text_after(html: &str, at: usize) -> String {
    let rest = html.get(at..).unwrap_or_default();
    let end = memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
    let text = rest[..end].trim();
    text[..text.floor_char_boundary(TEXT.min(text.len()))].to_owned()
}

/// Where the content of a raw element ends, its closing tag included.
fn raw_end(html: &str, at: usize, name: &str) -> usize {
    let rest = html.get(at..).unwrap_or_default();
    for found in memmem::find_iter(rest.as_bytes(), b"</") {
        let after = &rest.as_bytes()[found + 2..];
        if after.len() >= name.len() && after[..name.len()].eq_ignore_ascii_case(name.as_bytes()) {
            let close = memchr(b'>', after).map_or(rest.len(), |end| found + 2 + end + 1);
            return at + close;
        }
    }
    html.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expected: &str) {
        assert_eq!(&*outline(html), expected, "{html}");
    }

    #[test]
    fn elements_keep_their_attributes_text_and_parent() {
        check(
            "<body><div id=a class='x y'>hi<b>there</b></div><img src=\"p.png\"><p>",
            r#"[["div",{"id":"a","class":"x y"},"hi",-1],["b",{},"there",0],["img",{"src":"p.png"},"",-1],["p",{},"",-1]]"#,
        );
        check("<script>var a='<div id=no>'</script><a href='?a&amp;b'>", r#"[["a",{"href":"?a&b"},"",-1]]"#);
        check("<!-- <div> --><ul><li>1</ul><i>", r#"[["ul",{},"",-1],["li",{},"1",0],["i",{},"",-1]]"#);
    }

    #[test]
    fn broken_markup_ends() {
        for html in [
            "<",
            "<a",
            "<a b",
            "<a b=",
            "<a b='",
            "<a =",
            "<a ==>",
            "</",
            "<!--",
            "<script>",
            "<博 彩=",
            "<a/ / b=彩>",
        ] {
            let read = outline(html);
            assert!(read.starts_with('['), "{html}");
        }
    }
}
