//! What a sitemap or feed names: sitemaps and their indexes (sitemaps.org), plain lists, RSS and Atom.
//!
//! Read by hand from start to end: no document is built, no entity is expanded beyond the five of XML and characters by
//! number, nothing outside is asked for. Hostile files end in what was read so far.

use jiff::civil::Date;
use url::Url;

/// How much of a file is read, in bytes, once its content coding is off.
pub const LONGEST: usize = 10 << 20;
/// How many addresses one file may name (sitemaps.org).
pub const MOST: usize = 50_000;
/// The longest address, in bytes (sitemaps.org says 2,048).
const LONGEST_ADDRESS: usize = 2048;

/// What a file names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sitemap {
    /// Pages.
    pub pages: Vec<Entry>,
    /// Further sitemaps.
    pub sitemaps: Vec<Url>,
    /// Whether more was there than is read.
    pub cut: bool,
}

/// A page that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its address.
    pub url: Url,
    /// The day of its last change, as claimed.
    pub changed: Option<Date>,
}

/// Reads a file that was found at an address. What is no sitemap names nothing.
pub fn read(file: &[u8], at: &Url) -> Sitemap {
    let cut = file.len() > LONGEST;
    let text = String::from_utf8_lossy(&file[..file.len().min(LONGEST)]);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut sitemap = if text.starts_with('<') { read_markup(text, at) } else { read_list(text) };
    sitemap.cut |= cut;
    sitemap
}

/// One address a line.
fn read_list(text: &str) -> Sitemap {
    let mut sitemap = Sitemap::default();
    for line in text.lines() {
        let Some(url) = address(line, None) else { continue };
        if sitemap.pages.len() >= MOST {
            sitemap.cut = true;
            break;
        }
        sitemap.pages.push(Entry { url, changed: None });
    }
    sitemap
}

fn read_markup(text: &str, at: &Url) -> Sitemap {
    let mut sitemap = Sitemap::default();
    let mut index = false;
    let mut known = false;
    let mut entry: (Option<Url>, Option<Date>) = (None, None);
    for piece in Pieces(text) {
        match piece {
            Piece::Opens { name, attributes, text } => match local(name) {
                "sitemapindex" => (index, known) = (true, true),
                "urlset" | "rss" | "feed" | "RDF" => known = true,
                "url" | "sitemap" | "item" | "entry" => entry = (None, None),
                "loc" if !name.starts_with("image:") => entry.0 = address(&plain(text), Some(at)).or(entry.0),
                "link" => {
                    let href = attribute(attributes, "href").filter(|_| is_alternate(attributes));
                    let written = href.map_or_else(|| plain(text), plain);
                    entry.0 = entry.0.or_else(|| address(&written, Some(at)));
                }
                "lastmod" | "pubDate" | "updated" | "published" | "date" => {
                    entry.1 = claimed_day(&plain(text)).or(entry.1);
                }
                _ => {}
            },
            Piece::Closes(name) => {
                let ends = matches!(local(name), "url" | "sitemap" | "item" | "entry");
                let (Some(url), changed) = (if ends { entry.0.take() } else { None }, entry.1) else {
                    continue;
                };
                if sitemap.pages.len() + sitemap.sitemaps.len() >= MOST {
                    sitemap.cut = true;
                    break;
                }
                if index {
                    sitemap.sitemaps.push(url);
                } else {
                    sitemap.pages.push(Entry { url, changed });
                }
            }
        }
    }
    if known { sitemap } else { Sitemap::default() }
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn address(written: &str, base: Option<&Url>) -> Option<Url> {
    let written = written.trim();
    if written.is_empty() || written.len() > LONGEST_ADDRESS {
        return None;
    }
    let url = match base {
        Some(base) => base.join(written).ok()?,
        None => Url::parse(written).ok()?,
    };
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// A day, as W3C and RFC 2822 write it.
fn claimed_day(written: &str) -> Option<Date> {
    let written = written.trim();
    let iso = written.get(..10).and_then(|head| head.parse::<Date>().ok());
    iso.or_else(|| jiff::fmt::rfc2822::parse(written).ok().map(|zoned| zoned.date()))
}

fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = attributes;
    while let Some(equals) = rest.find('=') {
        let key = rest[..equals].trim();
        let value = rest[equals + 1..].trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let end = value[1..].find(quote)? + 1;
        if key == name {
            return Some(&value[1..end]);
        }
        rest = &value[end + 1..];
    }
    None
}

/// Whether a `<link>` of Atom leads to the entry's page.
fn is_alternate(attributes: &str) -> bool {
    attribute(attributes, "rel").is_none_or(|rel| rel == "alternate")
}

/// The text of an element: CDATA opened, the five entities of XML and characters by number resolved, others left.
fn plain(text: &str) -> String {
    let text = text.trim();
    let inner = text.strip_prefix("<![CDATA[").map(|rest| rest.split("]]>").next().unwrap_or(rest));
    if let Some(inner) = inner {
        return inner.trim().to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        match end.and_then(|end| Some((end, character(&rest[1..end])?))) {
            Some((end, character)) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']);
            char::from_u32(hex.map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16)).ok()?)
        }
    }
}

/// A tag; that which opens has what stands up to the next tag.
enum Piece<'a> {
    Opens { name: &'a str, attributes: &'a str, text: &'a str },
    Closes(&'a str),
}

/// The tags of a file, one after another. Declarations, comments and instructions are passed over, a document type with
/// all it declares.
struct Pieces<'a>(&'a str);

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        loop {
            let rest = &self.0[self.0.find('<')?..];
            let passed = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
            if let Some((_, end)) = passed.iter().find(|(head, _)| rest.starts_with(head)) {
                self.0 = &rest[rest.find(end)? + end.len()..];
                continue;
            }
            if rest.starts_with("<!") {
                self.0 = after_doctype(rest)?;
                continue;
            }
            let end = rest.find('>')?;
            let tag = &rest[1..end];
            self.0 = &rest[end + 1..];
            if let Some(name) = tag.strip_prefix('/') {
                return Some(Piece::Closes(name.trim()));
            }
            let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
            return Some(Piece::Opens {
                name: name.trim_end_matches('/'),
                attributes: attributes.trim_end_matches('/'),
                text: leading_text(self.0),
            });
        }
    }
}

/// What stands up to the next tag; a CDATA section is text.
fn leading_text(rest: &str) -> &str {
    let start = rest.trim_start();
    if start.starts_with("<![CDATA[") {
        let end = start.find("]]>").map_or(start.len(), |end| end + 3);
        return &start[..end];
    }
    &rest[..rest.find('<').unwrap_or(rest.len())]
}

fn after_doctype(rest: &str) -> Option<&str> {
    let close = rest.find('>')?;
    match rest.find('[').filter(|open| *open < close) {
        Some(_) => rest.find("]>").map(|end| &rest[end + 2..]),
        None => Some(&rest[close + 1..]),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn names(file: &str) -> (Vec<String>, Vec<String>) {
        let sitemap = read(file.as_bytes(), &Url::parse("http://a.test/sitemap.xml").unwrap());
        (
            sitemap.pages.iter().map(|entry| entry.url.to_string()).collect(),
            sitemap.sitemaps.iter().map(Url::to_string).collect(),
        )
    }

    fn check(file: &str, pages: &[&str], sitemaps: &[&str]) {
        let (found, further) = names(file);
        assert_eq!(
            (found, further),
            (
                pages.iter().map(ToString::to_string).collect(),
                sitemaps.iter().map(ToString::to_string).collect()
            ),
            "{file}"
        );
    }

    #[test]
    fn every_usual_form_is_read() {
        check(
            "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>http://a.test/x?a=1&amp;b=2</loc>\
             <lastmod>2026-11-01</lastmod></url><url><loc><![CDATA[ http://a.test/y ]]></loc></url></urlset>",
            &["http://a.test/x?a=1&b=2", "http://a.test/y"],
            &[],
        );
        check(
            "<sitemapindex><sitemap><loc>/s1.xml</loc></sitemap><sitemap><loc>http://a.test/s2.xml.gz</loc></sitemap></sitemapindex>",
            &[],
            &["http://a.test/s1.xml", "http://a.test/s2.xml.gz"],
        );
        check(
            "\u{feff}http://a.test/1\r\nhttp://a.test/2\nftp://a.test/3\nrubbish\n",
            &["http://a.test/1", "http://a.test/2"],
            &[],
        );
        check(
            "<rss><channel><link>http://a.test/</link><item><title>x</title><link>http://a.test/n/1</link></item></channel></rss>",
            &["http://a.test/n/1"],
            &[],
        );
        check(
            "<feed><link href='http://a.test/'/><entry><link rel='self' href='/atom/1'/><link href='/n/1'/></entry></feed>",
            &["http://a.test/n/1"],
            &[],
        );
        check(
            "<sm:urlset><sm:url><sm:loc>http://a.test/p</sm:loc></sm:url></sm:urlset>",
            &["http://a.test/p"],
            &[],
        );
    }

    #[test]
    fn the_claimed_day_is_kept() {
        let file = "<urlset><url><loc>/x</loc><lastmod>2026-11-01T08:00:00+08:00</lastmod></url></urlset>";
        let sitemap = read(file.as_bytes(), &Url::parse("http://a.test/").unwrap());
        assert_eq!(sitemap.pages[0].changed, Some(date(2026, 11, 1)));
        assert_eq!(claimed_day("Sun, 01 Nov 2026 08:00:00 +0800"), Some(date(2026, 11, 1)));
    }

    #[test]
    fn hostile_files_name_nothing_that_was_not_written() {
        let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'><!ENTITY c SYSTEM 'file:///etc/passwd'>]>\
                    <urlset><url><loc>http://a.test/&b;&c;</loc></url><url><loc>javascript:alert(1)</loc></url></urlset>";
        check(bomb, &["http://a.test/&b;&c;"], &[]);
        check("<html><body><a href='http://a.test/'>x</a><url><loc>/x</loc></url></body></html>", &[], &[]);
        check("<urlset><url><loc>/cut", &[], &[]);
        check("<urlset><!-- <url><loc>/x</loc></url> --></urlset>", &[], &[]);
        let many = format!("<urlset>{}</urlset>", "<url><loc>/x</loc></url>".repeat(MOST + 1));
        let sitemap = read(many.as_bytes(), &Url::parse("http://a.test/").unwrap());
        assert_eq!((sitemap.pages.len(), sitemap.cut), (MOST, true));
    }

    proptest! {
        #[test]
        fn no_file_makes_it_fail(file in "(<|>|&|;|urlset|<url>|<loc>|</url>|<!\\[CDATA\\[|]]>|<!--|-->|<!DOCTYPE|\\[|#x41|\"|'|=|[a-z彩]){0,60}") {
            let _ = read(file.as_bytes(), &Url::parse("http://a.test/").unwrap());
            let _ = read(format!("<urlset>{file}").as_bytes(), &Url::parse("http://a.test/").unwrap());
        }
    }
}
