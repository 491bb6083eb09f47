//! What leads from a response to the next address without scripts: status, `Refresh` field, meta refresh.

use std::time::Duration;

use memchr::memmem;
use url::Url;

use crate::exchange::charset::{decode, looks_binary, next_attribute};
use crate::exchange::{Exchange, Onward, RedirectMeans, Response};

/// How much of a document is searched for a meta refresh, in bytes; they are written where they take effect at once.
const SEARCHED: usize = 1 << 20;

/// What leads on from an exchange: its status, else its `Refresh` field, else the first meta refresh outside
/// `noscript`, comments, scripts and other raw text. A page that merely reloads itself leads nowhere.
pub fn onward(exchange: &Exchange) -> Option<Onward> {
    let response = exchange.response()?;
    by_status(exchange, response)
        .or_else(|| by_refresh_field(exchange, response))
        .or_else(|| by_meta(exchange, response))
}

/// Redirects by status alone: what a script, a style sheet or `robots.txt` follows.
pub fn onward_by_status(exchange: &Exchange) -> Option<Onward> {
    by_status(exchange, exchange.response()?)
}

fn by_status(exchange: &Exchange, response: &Response) -> Option<Onward> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let to = resolve(&exchange.request.url, &response.header("location")?)?;
    Some(Onward { by: RedirectMeans::Status, to, delay: 0.0 })
}

fn by_refresh_field(exchange: &Exchange, response: &Response) -> Option<Onward> {
    let here = &exchange.request.url;
    let (delay, target) = declared_refresh(&response.header("refresh")?)?;
    let to = elsewhere(here, here, &target)?;
    Some(Onward { by: RedirectMeans::RefreshHeader, to, delay: delay.as_secs_f64() })
}

fn by_meta(exchange: &Exchange, response: &Response) -> Option<Onward> {
    let content_type = response.header("content-type");
    let markup = content_type.as_deref().is_none_or(|kind| {
        let kind = kind.to_ascii_lowercase();
        kind.contains("html") || kind.trim().is_empty()
    });
    if !markup || looks_binary(&response.body) {
        return None;
    }
    let body = &response.body[..response.body.len().min(SEARCHED)];
    // Most pages have none: one pass over the bytes says so. UTF-16 hides the word from that pass.
    let wide = body.starts_with(b"\xff\xfe") || body.starts_with(b"\xfe\xff") || body.get(1) == Some(&0);
    if !wide && !mentions(body, b"refresh") {
        return None;
    }
    let text = decode(body, content_type.as_deref()).text;
    let here = &exchange.request.url;
    let found = meta_refresh(text.as_bytes())?;
    let base = found.base.and_then(|base| resolve(here, &base)).unwrap_or_else(|| here.clone());
    let to = elsewhere(here, &base, &found.target)?;
    Some(Onward { by: RedirectMeans::MetaRefresh, to, delay: found.delay.as_secs_f64() })
}

/// A meta refresh as found in markup.
struct MetaRefresh {
    delay: Duration,
    target: String,
    base: Option<String>,
}

/// The first refresh that names a target. A light scan of tags, not a parse.
fn meta_refresh(markup: &[u8]) -> Option<MetaRefresh> {
    let mut base = None;
    let mut at = 0;
    while let Some(offset) = memchr::memchr(b'<', markup.get(at..)?) {
        at += offset;
        let rest = &markup[at..];
        if rest.starts_with(b"<!--") {
            at += 2 + memmem::find(&rest[2..], b"-->")? + 3;
            continue;
        }
        let length = rest[1..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let name = rest[1..=length].to_ascii_lowercase();
        at += 1 + length;
        if name.is_empty() {
            continue;
        }
        let mut attributes = Vec::new();
        while let Some(attribute) = next_attribute(markup, &mut at) {
            if attributes.len() < 16 {
                attributes.push(attribute);
            }
        }
        let value = |wanted: &[u8]| {
            let found = attributes.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| unescaped(&String::from_utf8_lossy(value)))
        };
        match name.as_slice() {
            b"base" if base.is_none() => base = value(b"href"),
            b"meta"
                if value(b"http-equiv").is_some_and(|name| name.trim().eq_ignore_ascii_case("refresh")) =>
            {
                if let Some((delay, target)) = value(b"content").as_deref().and_then(declared_refresh) {
                    return Some(MetaRefresh { delay, target, base });
                }
            }
            b"script" | b"style" | b"noscript" | b"textarea" | b"title" | b"xmp" | b"template"
            | b"iframe" => {
                at += end_of_raw(markup.get(at..)?, &name)?;
            }
            _ => {}
        }
    }
    None
}

/// Where the text of an element whose content is not markup to this visitor ends; `None` when it never does.
fn end_of_raw(rest: &[u8], name: &[u8]) -> Option<usize> {
    memmem::find_iter(rest, b"</").find(|start| {
        rest.get(start + 2..start + 2 + name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name))
    })
}

/// The shared declarative refresh steps of the HTML standard: `5; url='…'` and its sloppy relatives.
fn declared_refresh(value: &str) -> Option<(Duration, String)> {
    let value = value.trim_start();
    let digits = value.len() - value.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits == 0 && !value.starts_with('.') {
        return None;
    }
    let seconds = if digits == 0 { 0 } else { value[..digits].parse::<u32>().unwrap_or(u32::MAX) };
    let rest = value[digits..].trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let rest = rest.strip_prefix(|c: char| c == ';' || c == ',' || c.is_whitespace())?;
    let rest = rest.trim_start_matches(|c: char| c == ';' || c == ',' || c.is_whitespace());
    let mut target = rest;
    if rest.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("url"))
        && let Some(after) = rest[3..].trim_start().strip_prefix('=')
    {
        target = after.trim_start();
    }
    if let Some(quote) = target.chars().next().filter(|c| matches!(c, '"' | '\''))
        && let Some(inner) = target[1..].split(quote).next()
    {
        target = inner;
    }
    let target = target.trim();
    (!target.is_empty()).then(|| (Duration::from_secs(seconds.into()), target.to_owned()))
}

/// The character references that addresses in attributes are written with.
fn unescaped(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let (c, length) = reference(rest).unwrap_or(('&', 1));
        out.push(c);
        rest = &rest[length..];
    }
    out + rest
}

fn reference(text: &str) -> Option<(char, usize)> {
    for (name, c) in
        [("&amp;", '&'), ("&quot;", '"'), ("&apos;", '\''), ("&lt;", '<'), ("&gt;", '>'), ("&colon;", ':')]
    {
        if text.starts_with(name) {
            return Some((c, name.len()));
        }
    }
    let number = text.strip_prefix("&#")?;
    let (digits, radix, skipped) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16, 3),
        None => (number, 10, 2),
    };
    let length = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let c = char::from_u32(u32::from_str_radix(digits.get(..length)?, radix).ok()?)?;
    let semicolon = usize::from(digits[length..].starts_with(';'));
    Some((c, skipped + length + semicolon))
}

fn resolve(base: &Url, target: &str) -> Option<Url> {
    base.join(target.trim()).ok()
}

/// The target, unless it is the page itself.
fn elsewhere(here: &Url, base: &Url, target: &str) -> Option<Url> {
    let to = resolve(base, target)?;
    let (mut one, mut other) = (here.clone(), to.clone());
    one.set_fragment(None);
    other.set_fragment(None);
    (one != other).then_some(to)
}

fn mentions(haystack: &[u8], word: &[u8]) -> bool {
    let (lower, upper) = (word[0].to_ascii_lowercase(), word[0].to_ascii_uppercase());
    memchr::memchr2_iter(lower, upper, haystack)
        .any(|at| haystack.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word)))
        // The word may be written in character references.
        || memmem::find(haystack, b"http-equiv=\"&#").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_is_read_as_browsers_read_it() {
        fn check(value: &str, expected: Option<(u64, &str)>) {
            let got = declared_refresh(value).map(|(delay, target)| (delay.as_secs(), target));
            assert_eq!(got, expected.map(|(delay, target)| (delay, target.to_owned())), "{value}");
        }
        check("0;url=https://b.test/", Some((0, "https://b.test/")));
        check(" 5 ; URL = 'x y' ", Some((5, "x y")));
        check("0, \"/a\"", Some((0, "/a")));
        check("0 /a", Some((0, "/a")));
        check("1.5;url=/a", Some((1, "/a")));
        check(".5;url=/a", Some((0, "/a")));
        check("0;urlx", Some((0, "urlx")));
        check("99999999999;url=/a", Some((u32::MAX.into(), "/a")));
        check("5", None);
        check("5;", None);
        check("url=/a", None);
        check("", None);
        check("0;url=", None);
        check("0;网址", Some((0, "网址")));
    }

    #[test]
    fn a_meta_refresh_counts_where_it_takes_effect() {
        fn check(markup: &str, expected: Option<&str>) {
            let got = meta_refresh(markup.as_bytes()).map(|found| found.target);
            assert_eq!(got.as_deref(), expected, "{markup}");
        }
        const REFRESH: &str = "<meta http-equiv=refresh content='0;url=/x?a&amp;b'>";
        check(REFRESH, Some("/x?a&b"));
        check("<META CONTENT=\"0; URL=//b.test\" HTTP-EQUIV=\" Refresh \"/>", Some("//b.test"));
        check("<meta http-equiv=refresh content='0;url=&#104;ttp&#58;//b.test'>", Some("http://b.test"));
        check(&format!("<body>text{REFRESH}"), Some("/x?a&b"));
        check(&format!("<title>a < b</title><a title='>'>{REFRESH}"), Some("/x?a&b"));
        check(&format!("<noscript>{REFRESH}</noscript>"), None);
        check(&format!("<noscript></NOSCRIPT>{REFRESH}"), Some("/x?a&b"));
        check(&format!("<!--{REFRESH}-->"), None);
        check(&format!("<script>'{REFRESH}'</script>"), None);
        check(&format!("<textarea>{REFRESH}"), None);
        check("<meta http-equiv=refresh content=30>", None);
        check("<meta name=refresh content='0;url=/x'>", None);
        check("<meta http-equiv=refresh content='0;url=/x", None);
    }

    proptest::proptest! {
        #[test]
        fn any_markup_is_scanned(markup in "(<meta|<!--|-->|http-equiv|refresh|content|=|'|\"|>|</|noscript|&#x|;|0|url| |你){0,30}") {
            let _ = meta_refresh(markup.as_bytes());
            let _ = declared_refresh(&markup);
            let _ = unescaped(&markup);
        }
    }
}
