//! Text as a person reads it: entities decoded, white space folded.

use std::borrow::Cow;

use html5ever::data::NAMED_ENTITIES;
use memchr::memchr;

/// Entities decoded, as far as they are closed by `;` (numeric ones also without).
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr(b'&', text.as_bytes()) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let used = if rest.as_bytes().get(1) == Some(&b'#') {
            numeric(rest).map(|(ch, used)| {
                out.push(ch);
                used
            })
        } else {
            named(rest, &mut out)
        };
        let used = used.unwrap_or_else(|| {
            out.push('&');
            1
        });
        rest = &rest[used..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character and the length of a numeric entity at the start of the text.
fn numeric(text: &str) -> Option<(char, usize)> {
    let hex = matches!(text.as_bytes().get(2), Some(b'x' | b'X'));
    let start = if hex { 3 } else { 2 };
    let radix = if hex { 16 } else { 10 };
    let digits = text[start..].bytes().take_while(|&byte| char::from(byte).is_digit(radix)).count();
    let end = start + digits;
    let code = u32::from_str_radix(text[start..end].trim_start_matches('0'), radix).ok();
    if digits == 0 {
        return None;
    }
    let ch = code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
    let used = end + usize::from(text.as_bytes().get(end) == Some(&b';'));
    Some((ch, used))
}

fn named(text: &str, out: &mut String) -> Option<usize> {
    let end = 1 + text.bytes().skip(1).take(32).position(|byte| byte == b';')?;
    let &(first, second) = NAMED_ENTITIES.get(text.get(1..=end)?)?;
    out.extend(char::from_u32(first));
    if second != 0 {
        out.extend(char::from_u32(second));
    }
    Some(end + 1)
}

/// Appends text with runs of white space folded into one space; nothing leads.
pub(super) fn fold_into(out: &mut String, text: &str) {
    out.reserve(text.len());
    let bytes = text.as_bytes();
    let (mut from, mut at) = (0, 0);
    while at < bytes.len() {
        let length = space_at(bytes, at);
        if length == 0 {
            at += 1;
            continue;
        }
        out.push_str(&text[from..at]);
        if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
        at += length;
        from = at;
    }
    out.push_str(&text[from..]);
}

/// Length of the white space character that begins at a byte; 0 if none does.
fn space_at(bytes: &[u8], at: usize) -> usize {
    match bytes[at] {
        b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' => 1,
        0xc2 if bytes.get(at + 1) == Some(&0xa0) => 2,
        0xe3 if bytes[at + 1..].starts_with(&[0x80, 0x80]) => 3,
        _ => 0,
    }
}

/// The text with white space folded and none at either end.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(&mut out, text);
    trim_end(&mut out);
    out
}

/// Drops a space at the end.
pub(super) fn trim_end(text: &mut String) {
    text.truncate(text.trim_end().len());
}

/// At most `limit` bytes of a text, cut on a character boundary.
pub(super) fn head(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit.min(text.len()))]
}

/// Whether more than half of the letters beyond digits and marks were written as numeric entities.
pub(super) fn is_entity_encoded(source: &str) -> bool {
    let mut encoded = 0_usize;
    let mut plain = 0_usize;
    let mut rest = source;
    while let Some(ch) = rest.chars().next() {
        if ch == '&'
            && rest.as_bytes().get(1) == Some(&b'#')
            && let Some((ch, used)) = numeric(rest)
        {
            encoded += usize::from(ch.is_alphabetic());
            rest = &rest[used..];
            continue;
        }
        plain += usize::from(ch.is_alphabetic());
        rest = &rest[ch.len_utf8()..];
    }
    encoded >= 2 && encoded > plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_decoded() {
        for (source, expected) in [
            ("a", "a"),
            ("&#21338;&#x5F69;", "博彩"),
            ("&#21338&#24425", "博彩"),
            ("a&amp;b&lt;&nosuch;&", "a&b<&nosuch;&"),
            ("&#;&#x;", "&#;&#x;"),
            ("&#99999999999;", "\u{fffd}"),
            ("&#0;", "\u{fffd}"),
        ] {
            assert_eq!(decode(source), expected, "{source}");
        }
    }

    #[test]
    fn white_space_is_folded() {
        for (source, expected) in
            [("  a \n b  ", "a b"), ("", ""), (" ", ""), ("友情\u{3000}链接", "友情 链接"), ("a", "a")]
        {
            assert_eq!(fold(source), expected, "{source:?}");
        }
        let mut text = String::from("a");
        fold_into(&mut text, "b ");
        fold_into(&mut text, " c");
        fold_into(&mut text, "\nd");
        assert_eq!(text, "ab c d");
    }

    #[test]
    fn entity_encoding_is_noticed() {
        assert!(is_entity_encoded("&#21338;&#24425;-a"));
        assert!(!is_entity_encoded("学校&#183;学院"));
        assert!(!is_entity_encoded("a &amp; b"));
    }
}
