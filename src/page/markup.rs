//! A linear scanner over markup that the tree does not hold: comments, `<noscript>`, attribute values, what lies
//! beyond a budget.
//!
//! It builds no tree and cannot be made to work more than once over the same bytes. It is not a parser: the document
//! proper goes through html5ever.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr3, memmem};

use super::text::decode;

/// One piece of markup.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A start tag.
    Open(Tag<'a>),
    /// An end tag: its name as written.
    Close(&'a str),
    /// Text, entities not decoded.
    Text(&'a str),
    /// What stands between `<!--` and `-->`, and where the comment begins.
    Comment(&'a str, usize),
}

/// A start tag in a source.
#[derive(Debug, PartialEq, Eq, Clone)]
pub(super) struct Tag<'a> {
    /// As written.
    pub(super) name: &'a str,
    /// What stands between the name and `>`.
    attributes: &'a str,
    /// The whole tag in the source.
    pub(super) range: Range<usize>,
}

impl<'a> Tag<'a> {
    /// The tag that begins at `start` (a `<`), if one does.
    pub(super) fn at(source: &'a str, start: usize) -> Option<Self> {
        let bytes = source.as_bytes();
        if bytes.get(start) != Some(&b'<') || !bytes.get(start + 1)?.is_ascii_alphabetic() {
            return None;
        }
        let name_end = name_end(bytes, start + 1);
        let end = tag_end(bytes, name_end)?;
        Some(Self {
            name: &source[start + 1..name_end],
            attributes: &source[name_end..end - 1],
            range: start..end,
        })
    }

    /// Whether it is called so (in lower case).
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value of an attribute, entities decoded.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        self.attributes().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| decode(value))
    }

    /// Names and values as written.
    pub(super) fn attributes(&self) -> Attributes<'a> {
        Attributes { rest: self.attributes }
    }
}

/// The attributes of a tag, as written.
pub(super) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            self.rest = rest;
            return None;
        }
        let bytes = rest.as_bytes();
        let end = bytes[1..]
            .iter()
            .position(|&byte| byte == b'=' || byte == b'/' || byte.is_ascii_whitespace())
            .map_or(bytes.len(), |at| at + 1);
        let name = &rest[..end];
        let after = rest[end..].trim_start_matches(|c: char| c.is_ascii_whitespace());
        let Some(value) = after.strip_prefix('=') else {
            self.rest = after;
            return Some((name, ""));
        };
        let value = value.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let (value, rest) = match value.as_bytes().first() {
            Some(&quote @ (b'"' | b'\'')) => match memchr(quote, &value.as_bytes()[1..]) {
                Some(close) => (&value[1..=close], &value[close + 2..]),
                None => (&value[1..], ""),
            },
            _ => {
                let end = value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len());
                value.split_at(end)
            }
        };
        self.rest = rest;
        Some((name, value))
    }
}

/// Walks over a source piece by piece.
pub(super) struct Pieces<'a> {
    source: &'a str,
    at: usize,
    raw: Option<&'a str>,
}

impl<'a> Pieces<'a> {
    /// Over a whole source.
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, at: 0, raw: None }
    }

    fn text(&mut self, end: usize) -> Piece<'a> {
        let text = &self.source[self.at..end];
        self.at = end;
        Piece::Text(text)
    }

    /// `<!…`, `<?…`, `</` followed by anything but a letter.
    fn declaration(&mut self, start: usize) -> Piece<'a> {
        let rest = &self.source[start..];
        if let Some(body) = rest.strip_prefix("<!--") {
            let (text, end) = match memmem::find(body.as_bytes(), b"-->") {
                Some(end) => (&body[..end], end + 3),
                None => (body, body.len()),
            };
            self.at = start + 4 + end;
            return Piece::Comment(text, start);
        }
        self.at = memchr(b'>', rest.as_bytes()).map_or(self.source.len(), |end| start + end + 1);
        Piece::Text("")
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let bytes = self.source.as_bytes();
        if let Some(name) = self.raw.take() {
            let end = raw_end(self.source, self.at, name);
            return Some(self.text(end));
        }
        if self.at >= bytes.len() {
            return None;
        }
        let mut from = self.at;
        loop {
            let Some(start) = memchr(b'<', &bytes[from..]).map(|at| from + at) else {
                return Some(self.text(bytes.len()));
            };
            let follower = bytes.get(start + 1).copied().unwrap_or(b' ');
            if !(follower.is_ascii_alphabetic() || matches!(follower, b'/' | b'!' | b'?')) {
                from = start + 1;
                continue;
            }
            if start > self.at {
                return Some(self.text(start));
            }
            if follower.is_ascii_alphabetic() {
                let Some(tag) = Tag::at(self.source, start) else {
                    self.at = bytes.len();
                    return None;
                };
                self.at = tag.range.end;
                self.raw = is_raw(tag.name).then_some(tag.name);
                return Some(Piece::Open(tag));
            }
            if follower == b'/' && bytes.get(start + 2).is_some_and(u8::is_ascii_alphabetic) {
                let name_end = name_end(bytes, start + 2);
                self.at = memchr(b'>', &bytes[name_end..]).map_or(bytes.len(), |end| name_end + end + 1);
                return Some(Piece::Close(&self.source[start + 2..name_end]));
            }
            return Some(self.declaration(start));
        }
    }
}

/// Where the raw text that begins at `from` ends: at `</name`, or at the end of the source.
pub(super) fn raw_end(source: &str, from: usize, name: &str) -> usize {
    let bytes = source.as_bytes();
    let mut at = from.min(bytes.len());
    while let Some(found) = memmem::find(&bytes[at..], b"</") {
        let start = at + found;
        let after = start + 2 + name.len();
        if bytes.get(start + 2..after).is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
            && bytes.get(after).is_none_or(|byte| !byte.is_ascii_alphanumeric())
        {
            return start;
        }
        at = start + 2;
    }
    bytes.len()
}

fn is_raw(name: &str) -> bool {
    ["script", "style", "textarea", "title", "xmp", "noframes", "iframe", "noembed"]
        .iter()
        .any(|raw| name.eq_ignore_ascii_case(raw))
}

fn name_end(bytes: &[u8], from: usize) -> usize {
    bytes[from..]
        .iter()
        .position(|&byte| byte.is_ascii_whitespace() || byte == b'/' || byte == b'>')
        .map_or(bytes.len(), |at| from + at)
}

/// Just behind the `>` that ends the tag; a quote opens only right after `=`.
fn tag_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let found = at + memchr3(b'>', b'"', b'\'', &bytes[at..])?;
        if bytes[found] == b'>' {
            return Some(found + 1);
        }
        let before = bytes[from..found].iter().rev().find(|byte| !byte.is_ascii_whitespace());
        at = found + 1;
        if before == Some(&b'=') {
            at += memchr(bytes[found], &bytes[at..])? + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        let mut seen = Vec::new();
        for piece in Pieces::new(source) {
            seen.push(match piece {
                Piece::Open(tag) => {
                    let attributes: Vec<_> = tag.attributes().map(|(k, v)| format!(" {k}={v}")).collect();
                    format!("<{}{}>", tag.name, attributes.concat())
                }
                Piece::Close(name) => format!("</{name}>"),
                Piece::Text(text) => format!("'{text}'"),
                Piece::Comment(text, _) => format!("!{text}!"),
            });
        }
        assert_eq!(seen.join(" "), expected, "in {source:?}");
    }

    #[test]
    fn pieces_are_told_apart() {
        check("a<b>c</b>", "'a' <b> 'c' </b>");
        check("<a href='x>y' b = \"<\" c>t", "<a href=x>y b=< c=> 't'");
        check("<a href=x\"y>t", "<a href=x\"y> 't'");
        check("1 < 2 <p", "'1 < 2 '");
        check("<!-- <a> --><br/>", "! <a> ! <br>");
        check("<!-- open", "! open!");
        check("<script>if(a<b)'</a>'</SCRIPT >x", "<script> 'if(a<b)'</a>'' </SCRIPT> 'x'");
        check("<textarea>", "<textarea> ''");
        check("<?php echo 1 ?>x", "'' 'x'");
        check("<a b='", "");
    }
}
