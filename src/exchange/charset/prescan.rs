//! The prescan of the WHATWG HTML standard: which encoding a document names in its first bytes.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use memchr::memmem;

use super::usable_in_markup;

/// The encoding that `<meta charset>`, `<meta http-equiv=content-type>` or an XML declaration names in these bytes.
pub fn declared_in_markup(bytes: &[u8]) -> Option<&'static Encoding> {
    if bytes.starts_with(b"\x3c\x00\x3f\x00\x78\x00") {
        return Some(UTF_16LE);
    }
    if bytes.starts_with(b"\x00\x3c\x00\x3f\x00\x78") {
        return Some(UTF_16BE);
    }
    declared_in_tags(bytes).or_else(|| xml_declaration(bytes))
}

/// Gives up where the bytes end within a tag or a comment, as the standard does (and so reads each byte once).
fn declared_in_tags(bytes: &[u8]) -> Option<&'static Encoding> {
    let mut at = 0;
    while let Some(offset) = memchr::memchr(b'<', bytes.get(at..)?) {
        at += offset;
        let rest = &bytes[at..];
        if rest.starts_with(b"<!--") {
            // The dashes of the opening may be those of the end: `<!-->`.
            at += 2 + memmem::find(&rest[2..], b"-->")? + 3;
        } else if is_tag(rest, b"<meta") {
            at += 5;
            if let Some(encoding) = meta_encoding(bytes, &mut at) {
                return Some(encoding);
            }
        } else if is_name_start(rest.get(1)) || (rest.get(1) == Some(&b'/') && is_name_start(rest.get(2))) {
            at += rest.iter().position(|byte| is_space(*byte) || *byte == b'>')?;
            while next_attribute(bytes, &mut at).is_some() {}
            bytes.get(at).filter(|byte| **byte == b'>')?;
        } else if matches!(rest.get(1), Some(b'!' | b'/' | b'?')) {
            at += memchr::memchr(b'>', rest)?;
        } else {
            at += 1;
        }
    }
    None
}

/// The next attribute of the tag that `at` stands in, with its name in lower case and its value as written; `None` at
/// the end of the tag or of the bytes. Moves `at` past it.
pub fn next_attribute(bytes: &[u8], at: &mut usize) -> Option<(Vec<u8>, Vec<u8>)> {
    skip_while(bytes, at, |byte| is_space(byte) || byte == b'/');
    if *bytes.get(*at)? == b'>' {
        return None;
    }
    let mut name = Vec::new();
    loop {
        let byte = *bytes.get(*at)?;
        match byte {
            b'=' if !name.is_empty() => break,
            byte if is_space(byte) => {
                skip_while(bytes, at, is_space);
                if bytes.get(*at) == Some(&b'=') {
                    break;
                }
                return Some((name, Vec::new()));
            }
            b'/' | b'>' => return Some((name, Vec::new())),
            byte => name.push(byte.to_ascii_lowercase()),
        }
        *at += 1;
    }
    *at += 1;
    skip_while(bytes, at, is_space);
    let value = match *bytes.get(*at)? {
        quote @ (b'"' | b'\'') => {
            let start = *at + 1;
            let end = start + memchr::memchr(quote, &bytes[start..])?;
            *at = end + 1;
            &bytes[start..end]
        }
        b'>' => &[],
        _ => {
            let start = *at;
            skip_while(bytes, at, |byte| !is_space(byte) && byte != b'>');
            &bytes[start..*at]
        }
    };
    Some((name, value.to_vec()))
}

fn meta_encoding(bytes: &[u8], at: &mut usize) -> Option<&'static Encoding> {
    let (mut pragma, mut needs_pragma, mut found) = (false, None, None);
    let mut seen: Vec<Vec<u8>> = Vec::new();
    while let Some((name, value)) = next_attribute(bytes, at) {
        // A tag with very many attributes is an attack, not a declaration.
        if seen.contains(&name) || seen.len() > 64 {
            continue;
        }
        match name.as_slice() {
            b"http-equiv" => pragma |= value.eq_ignore_ascii_case(b"content-type"),
            b"content" => {
                if found.is_none()
                    && let Some(encoding) = charset_in_content(&value).and_then(usable_in_markup)
                {
                    found = Some(encoding);
                    needs_pragma = Some(true);
                }
            }
            b"charset" => {
                found = usable_in_markup(&value);
                needs_pragma = Some(false);
            }
            _ => {}
        }
        seen.push(name);
    }
    if bytes.get(*at) != Some(&b'>') {
        return None;
    }
    match needs_pragma? {
        true if !pragma => None,
        _ => found,
    }
}

/// The algorithm for extracting a character encoding from a `content` attribute.
fn charset_in_content(value: &[u8]) -> Option<&[u8]> {
    let lower = value.to_ascii_lowercase();
    let mut at = 0;
    loop {
        at += memmem::find(lower.get(at..)?, b"charset")? + 7;
        skip_while(&lower, &mut at, is_space);
        if lower.get(at) == Some(&b'=') {
            break;
        }
    }
    at += 1;
    skip_while(value, &mut at, is_space);
    match *value.get(at)? {
        quote @ (b'"' | b'\'') => {
            let start = at + 1;
            let end = start + memchr::memchr(quote, &value[start..])?;
            Some(&value[start..end])
        }
        _ => {
            let start = at;
            skip_while(value, &mut at, |byte| !is_space(byte) && byte != b';');
            Some(&value[start..at])
        }
    }
}

/// `<?xml … encoding="…"?>` at the very start.
fn xml_declaration(bytes: &[u8]) -> Option<&'static Encoding> {
    let declaration = bytes.strip_prefix(b"<?xml")?;
    let declaration = &declaration[..memchr::memchr(b'>', declaration)?];
    let mut at = memmem::find(declaration, b"encoding")? + 8;
    skip_while(declaration, &mut at, |byte| byte <= b' ');
    if declaration.get(at) != Some(&b'=') {
        return None;
    }
    at += 1;
    skip_while(declaration, &mut at, |byte| byte <= b' ');
    let quote = *declaration.get(at).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let start = at + 1;
    let end = start + memchr::memchr(quote, &declaration[start..])?;
    usable_in_markup(&declaration[start..end])
}

fn is_tag(rest: &[u8], tag: &[u8]) -> bool {
    rest.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag))
        && rest.get(tag.len()).is_some_and(|byte| is_space(*byte) || *byte == b'/')
}

fn is_name_start(byte: Option<&u8>) -> bool {
    byte.is_some_and(u8::is_ascii_alphabetic)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn skip_while(bytes: &[u8], at: &mut usize, wanted: impl Fn(u8) -> bool) {
    while bytes.get(*at).is_some_and(|byte| wanted(*byte)) {
        *at += 1;
    }
}
