//! Text from pages on its way into messages. It is hostile: it would mention everybody in a group, draw links, forge lines
//! of a header or of a log.
//!
//! Robots read Markdown, each in its own way and hardly any with escapes, so that what they would read is replaced by its
//! full-width look-alike; within addresses it is percent-encoded, which leaves the address what it was.

use std::fmt::Write as _;

/// Text for one line: line ends become blanks, what has no shape or reorders text becomes `�`; at most so many characters.
pub(super) fn line(text: &str, most: usize) -> String {
    let mut out = String::new();
    for (count, c) in text.chars().enumerate() {
        if count >= most {
            out.push('…');
            break;
        }
        out.push(match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
            c if is_unsafe(c) => '\u{fffd}',
            c => c,
        });
    }
    out
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Text in which no robot reads Markdown, markup, a mention or a link.
pub(super) fn folded(text: &str) -> String {
    let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c);
    let mut out = String::with_capacity(text.len());
    for c in defanged(text).chars() {
        out.push(match c {
            '*' | '_' | '`' | '~' | '#' | '[' | ']' | '(' | ')' | '<' | '>' | '!' | '|' | '\\' | '@'
            | '&' | '$' => wide(c),
            c => c,
        });
    }
    out
}

/// An address that no robot reads as Markdown or as a link, and that still is the same address.
pub(super) fn address(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in defanged(text).chars() {
        match c {
            '*' | '_' | '`' | '~' | '[' | ']' | '(' | ')' | '<' | '>' | '!' | '|' | '\\' | '@' | '$'
            | ' ' => {
                let _ = write!(out, "%{:02X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// Addresses as text that nothing turns into a link: `hxxp://…`.
pub(super) fn defanged(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (at, _) in lower.match_indices("http") {
        let rest = &lower[at + 4..];
        if rest.starts_with("://") || rest.starts_with("s://") {
            out.push_str(&text[from..at]);
            out.push_str("hxxp");
            from = at + 4;
        }
    }
    out.push_str(&text[from..]);
    out
}

/// Text of at most so many bytes, on a character boundary, with `…` where it was cut.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut end = most.saturating_sub('…'.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}
