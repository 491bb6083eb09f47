//! What the site's own scripts give away: their source maps, keys of cloud services, addresses of the inner network.
//!
//! Keys that are made for the public, such as those of maps, have other forms and are left alone. What is shown of a key
//! cannot be used.

use url::Url;

use super::answer::{Answer, Exposure, shortened};
use super::technique::{SCRIPT_SECRET, SOURCE_MAP};
use crate::exchange::host::same_site;
use crate::page::Script;

/// How much of the end of a script is looked at for its source map, in bytes.
const TAIL: usize = 512;
/// How much of a script is searched for keys, in bytes.
const LONGEST: usize = 1 << 20;

/// A form of cloud key: how it begins, and how many further characters it has.
struct Form {
    product: &'static str,
    head: &'static str,
    length: std::ops::RangeInclusive<usize>,
}

/// Access key ids of which the secret half must stand beside them, as their makers document the forms.
const FORMS: [Form; 3] = [
    Form { product: "Aliyun AccessKey", head: "LTAI", length: 12..=26 },
    Form { product: "Tencent Cloud SecretId", head: "AKID", length: 32..=32 },
    Form { product: "AWS access key", head: "AKIA", length: 16..=16 },
];

/// Everything that the scripts of a page's own site give away.
pub(super) fn leaks(answer: &Answer<'_>) -> Vec<Exposure> {
    let mut found = Vec::new();
    for script in answer.page.scripts.iter().filter(|script| is_own(script, answer.url())) {
        if let Some(map) = source_map(script) {
            let what = shortened(map.path(), 120);
            let sign = format!("sourceMappingURL={what}");
            found
                .push(Exposure::new(&SOURCE_MAP, what, sign).informative().at(&script.selector, script.line));
        }
        found.extend(key(script).map(|exposure| exposure.at(&script.selector, script.line)));
        found.extend(inner_address(script).map(|exposure| exposure.at(&script.selector, script.line)));
    }
    found
}

fn is_own(script: &Script, page: &Url) -> bool {
    script.url.as_ref().is_none_or(|url| same_site(url, page))
}

/// The source map that an external script names, on its own site.
pub(super) fn source_map(script: &Script) -> Option<Url> {
    let url = script.url.as_ref()?;
    let tail = &script.code[script.code.floor_char_boundary(script.code.len().saturating_sub(TAIL))..];
    let (_, named) = tail.rsplit_once("# sourceMappingURL=")?;
    let named = named.split_whitespace().next().filter(|named| !named.starts_with("data:"))?;
    url.join(named).ok().filter(|map| same_site(map, url))
}

/// A cloud key with its secret, or a private key.
fn key(script: &Script) -> Option<Exposure> {
    let code = &script.code[..script.code.floor_char_boundary(LONGEST.min(script.code.len()))];
    for form in FORMS {
        for (at, _) in code.match_indices(form.head) {
            let id: &str = quoted_word(code, at);
            if form.length.contains(&id.len().saturating_sub(form.head.len()))
                && has_secret_beside(code, at, id)
            {
                return Some(Exposure::new(&SCRIPT_SECRET, form.product, format!("{}…", &id[..6])));
            }
        }
    }
    let at =
        code.find("-----BEGIN RSA PRIVATE KEY-----").or_else(|| code.find("-----BEGIN PRIVATE KEY-----"))?;
    let body = code[at..].split("KEY-----").nth(1).unwrap_or_default();
    let dense = body.bytes().filter(|byte| byte.is_ascii_alphanumeric()).take(200).count();
    (dense >= 200).then(|| Exposure::new(&SCRIPT_SECRET, "PRIVATE KEY", "-----BEGIN … PRIVATE KEY-----"))
}

/// The whole string literal at a place, where the place is its beginning; else empty.
fn quoted_word(code: &str, at: usize) -> &str {
    let quote = code[..at].chars().next_back().filter(|c| matches!(c, '"' | '\'' | '`'));
    let Some(quote) = quote else { return "" };
    let word = code[at..].split(quote).next().unwrap_or_default();
    if word.bytes().all(|byte| byte.is_ascii_alphanumeric()) { word } else { "" }
}

/// Whether another literal that looks like a secret stands within a few lines.
fn has_secret_beside(code: &str, at: usize, id: &str) -> bool {
    let from = code.floor_char_boundary(at.saturating_sub(300));
    let to = code.floor_char_boundary((at + 300).min(code.len()));
    code[from..to].split(['"', '\'', '`']).any(|literal| {
        (30..=44).contains(&literal.len())
            && literal != id
            && literal.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
            && literal.bytes().any(|byte| byte.is_ascii_digit())
            && literal.bytes().any(|byte| byte.is_ascii_lowercase())
    })
}

/// An address of the inner network to which a script sends.
fn inner_address(script: &Script) -> Option<Exposure> {
    let code = &script.code[..script.code.floor_char_boundary(LONGEST.min(script.code.len()))];
    for (at, _) in code.match_indices("://") {
        let host: String =
            code[at + 3..].chars().take_while(|c| c.is_ascii_digit() || *c == '.').take(15).collect();
        if host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_private()) {
            let network = host.rsplit_once('.').map_or("", |(network, _)| network);
            let exposure = Exposure::new(&SCRIPT_SECRET, format!("{network}.*"), format!("://{network}.*"));
            return Some(exposure.informative());
        }
    }
    None
}
