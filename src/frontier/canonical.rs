//! One spelling for one page: RFC 3986 normalisation, without fragments, sessions, trackers and the order of parameters.
//!
//! What a particular site lets one leave out, such as a trailing `index.html`, is learned from twins: two addresses that
//! gave the same bytes. Nothing of that is assumed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use url::Url;

/// Parameters by which campaigns and counters follow visitors; they never choose a page.
const TRACKERS: &[&str] = &[
    "fbclid",
    "gclid",
    "dclid",
    "msclkid",
    "yclid",
    "spm",
    "scm",
    "mc_cid",
    "mc_eid",
    "_hsenc",
    "_hsmi",
    "hmsr",
    "hmpl",
    "hmcu",
    "hmkw",
    "hmci",
    "bd_vid",
    "wt_mc",
    "tdsourcetag",
    "share_token",
    "isappinstalled",
    "from_source",
    "vd_source",
];

/// Parameters and path parameters that name a visitor's session.
const SESSIONS: &[&str] = &[
    "jsessionid",
    "phpsessid",
    "sessionid",
    "session_id",
    "sessid",
    "sid",
    "cfid",
    "cftoken",
    "zenid",
    "oscsid",
    "aspsessionid",
];

/// Parameters that keep caches from answering; only where their value looks like a clock or a draw.
const CACHE_BREAKERS: &[&str] =
    &["_", "_t", "t", "ts", "time", "timestamp", "rnd", "rand", "random", "nocache"];

/// How often a parameter must have made no difference before it is left out everywhere on the site.
const TWINS: u8 = 2;
/// Parameters and index names that are learned at the most.
const LEARNED: usize = 64;

/// What a site was seen to let one leave out. Remembered between visits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Learned {
    /// File names that stand for their folder, such as `index.html`.
    pub indexes: BTreeSet<String>,
    /// Parameters that make no difference, with how often that was seen.
    pub parameters: BTreeMap<String, u8>,
}

impl Learned {
    /// Learns from two addresses that gave the same bytes.
    pub fn twins(&mut self, one: &Url, other: &Url) {
        if one.host() != other.host() || one == other {
            return;
        }
        if one.path() == other.path() {
            self.learn_parameter(one, other);
            return;
        }
        let (short, long) = if one.path().len() < other.path().len() { (one, other) } else { (other, one) };
        let Some(name) = long.path().strip_prefix(short.path()) else { return };
        let is_file = short.path().ends_with('/') && !name.is_empty() && !name.contains('/');
        if is_file && short.query().is_none() && long.query().is_none() && self.indexes.len() < LEARNED {
            self.indexes.insert(name.to_owned());
        }
    }

    /// Two addresses of one path that differ in one parameter alone. Only where its value looks drawn: a page that says
    /// "no such entry" to every number must not teach that numbers do not matter.
    fn learn_parameter(&mut self, one: &Url, other: &Url) {
        let (one, other) = (pairs(one), pairs(other));
        let differing: BTreeSet<&String> = one
            .iter()
            .filter(|pair| !other.contains(pair))
            .chain(other.iter().filter(|pair| !one.contains(pair)))
            .map(|(name, _)| name)
            .collect();
        let [name] = differing.into_iter().collect::<Vec<_>>()[..] else { return };
        let mut values = one.iter().chain(&other).filter(|(key, _)| key == name).map(|(_, value)| value);
        if !values.all(|value| is_token(value)) {
            return;
        }
        if self.parameters.len() < LEARNED || self.parameters.contains_key(name) {
            let seen = self.parameters.entry(name.clone()).or_default();
            *seen = seen.saturating_add(1);
        }
    }

    fn leaves_out(&self, parameter: &str) -> bool {
        self.parameters.get(parameter).is_some_and(|seen| *seen >= TWINS)
    }
}

/// The one spelling of an address on a site of which that much is learned.
pub fn canonical(url: &Url, learned: &Learned) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    // Fails only for addresses that cannot have either, which then have none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let path = path(url.path(), learned);
    url.set_path(&path);
    let query = query(&url, learned);
    url.set_query(query.as_deref());
    url
}

fn path(path: &str, learned: &Learned) -> String {
    let mut segments: Vec<String> = Vec::new();
    for segment in path.split('/') {
        if !is_session_segment(segment) {
            segments.push(normalised(without_session(segment)));
        }
    }
    if let Some(last) = segments.last_mut()
        && learned.indexes.contains(last.as_str())
    {
        last.clear();
    }
    segments.join("/")
}

/// A segment without `;jsessionid=…`.
fn without_session(segment: &str) -> &str {
    match segment.split_once(';') {
        Some((head, parameter)) if names_session(parameter.split('=').next().unwrap_or_default()) => head,
        _ => segment,
    }
}

/// `(S(lit3py55t21z5v55vlm25s55))`: a session without cookies, as ASP.NET writes it.
fn is_session_segment(segment: &str) -> bool {
    let inner = segment.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    inner.is_some_and(|inner| ["S(", "A(", "F(", "X("].iter().any(|head| inner.starts_with(head)))
}

fn query(url: &Url, learned: &Learned) -> Option<String> {
    let mut kept: Vec<(String, &str)> = Vec::new();
    for part in url.query()?.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let lower = name.to_ascii_lowercase();
        if !is_noise(&lower, value) && !learned.leaves_out(name) {
            kept.push((normalised(part), name));
        }
    }
    // Stable, so that a name that comes twice keeps its order, which may carry meaning.
    kept.sort_by(|one, other| one.1.cmp(other.1));
    let parts: Vec<&str> = kept.iter().map(|(part, _)| part.as_str()).collect();
    (!parts.is_empty()).then(|| parts.join("&"))
}

fn is_noise(name: &str, value: &str) -> bool {
    let clock = value.len() >= 10 && value.bytes().all(|byte| byte.is_ascii_digit());
    let draw = value.starts_with("0.") && value.len() > 6;
    name.starts_with("utm_")
        || TRACKERS.contains(&name)
        || (names_session(name) && (name.len() > 3 || is_token(value)))
        || (CACHE_BREAKERS.contains(&name) && (clock || draw))
}

fn names_session(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SESSIONS.contains(&name.as_str()) || name.starts_with("aspsessionid")
}

/// Whether a value looks drawn rather than chosen: 16 letters and digits or more, with digits among them.
pub(super) fn is_token(value: &str) -> bool {
    value.len() >= 16
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Percent-encodings in capitals, and none for what needs none (RFC 3986 section 6.2.2).
fn normalised(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = (*byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(plain) if plain.is_ascii_alphanumeric() || b"-._~".contains(&plain) => {
                out.push(char::from(plain));
                at += 3;
            }
            Some(_) => {
                out.push('%');
                out.push_str(&code.unwrap_or_default().to_ascii_uppercase());
                at += 3;
            }
            // The parts of a parsed address are ASCII.
            None => {
                out.push(char::from(*byte));
                at += 1;
            }
        }
    }
    out
}

fn pairs(url: &Url) -> Vec<(String, String)> {
    url.query_pairs().take(64).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn one_page_has_one_spelling() {
        for (written, expected) in [
            ("HTTP://WWW.A.test:80", "http://www.a.test/"),
            ("http://a.test/x/../y/./z#part", "http://a.test/y/z"),
            ("http://a.test/%7Euser/%e4%bd%a0", "http://a.test/~user/%E4%BD%A0"),
            ("http://a.test/100%", "http://a.test/100%"),
            ("http://a.test/x?", "http://a.test/x"),
            ("http://a.test/x?b=2&a=1&b=1", "http://a.test/x?a=1&b=2&b=1"),
            ("http://a.test/x?utm_source=w&id=3&spm=1.2", "http://a.test/x?id=3"),
            ("http://a.test/x;jsessionid=0A1B?id=3", "http://a.test/x?id=3"),
            ("http://a.test/x;v=1", "http://a.test/x;v=1"),
            ("http://a.test/(S(lit3py55t21z5v55vlm25s55))/x.aspx", "http://a.test/x.aspx"),
            ("http://a.test/x?PHPSESSID=abc&id=3", "http://a.test/x?id=3"),
            ("http://a.test/x?sid=12", "http://a.test/x?sid=12"),
            ("http://a.test/x?sid=f3a9c1b2d4e5f6a7b8", "http://a.test/x"),
            ("http://a.test/x?_t=1700000000000", "http://a.test/x"),
            ("http://a.test/x?t=3", "http://a.test/x?t=3"),
            ("http://u:p@a.test/", "http://a.test/"),
            ("http://a.test/index.html", "http://a.test/index.html"),
            ("http://例子.测试/", "http://xn--fsqu00a.xn--0zwm56d/"),
        ] {
            assert_eq!(canonical(&url(written), &Learned::default()).as_str(), expected, "{written}");
        }
    }

    #[test]
    fn index_pages_are_learned_from_twins_and_not_assumed() {
        let mut learned = Learned::default();
        learned.twins(&url("http://a.test/x/index.html"), &url("http://a.test/x/"));
        learned.twins(&url("http://a.test/x/"), &url("http://b.test/x/default.asp"));
        learned.twins(&url("http://a.test/x/y/z.html"), &url("http://a.test/x/"));
        assert_eq!(learned.indexes.iter().collect::<Vec<_>>(), ["index.html"]);
        assert_eq!(canonical(&url("http://a.test/q/index.html"), &learned).as_str(), "http://a.test/q/");
        assert_eq!(
            canonical(&url("http://a.test/q/index.htm"), &learned).as_str(),
            "http://a.test/q/index.htm"
        );
    }

    #[test]
    fn a_parameter_is_left_out_once_it_made_no_difference_twice() {
        let mut learned = Learned::default();
        let (one, two, three) = ("8f3a9c1b2d4e5f6a", "77aa9c1b2d4e5f60", "0b3a9c1b2d4e5f6c");
        let address = |path: &str, value: &str| url(&format!("http://a.test{path}&v={value}"));
        learned.twins(&address("/x?id=1", one), &address("/x?id=1", two));
        assert_eq!(canonical(&address("/y?id=2", three), &learned), address("/y?id=2", three));
        learned.twins(&url("http://a.test/z?id=1"), &address("/z?id=1", two));
        assert_eq!(canonical(&address("/y?id=2", three), &learned).as_str(), "http://a.test/y?id=2");
    }

    #[test]
    fn numbers_never_stop_to_matter() {
        let mut learned = Learned::default();
        for number in 0..9 {
            learned.twins(&url(&format!("http://a.test/x?id={number}")), &url("http://a.test/x?id=77"));
            learned.twins(&url(&format!("http://a.test/x?id={number}")), &url("http://a.test/x"));
        }
        assert!(learned.parameters.is_empty(), "{learned:?}");
    }

    proptest! {
        #[test]
        fn the_spelling_of_a_spelling_is_itself(tail in "[ -~\u{4e00}-\u{4e20}]{0,60}") {
            let written = format!("http://a.test/{tail}");
            if let Ok(address) = Url::parse(&written) {
                let once = canonical(&address, &Learned::default());
                prop_assert_eq!(canonical(&once, &Learned::default()), once);
            }
        }

        #[test]
        fn the_order_of_parameters_makes_no_difference(mut names in prop::collection::btree_set("[a-c][a-z]{2,4}", 1..6)) {
            let forward: Vec<String> = names.iter().map(|name| format!("{name}=1")).collect();
            let mut backward = forward.clone();
            backward.reverse();
            names.clear();
            let spelled = |parts: &[String]| canonical(&url(&format!("http://a.test/?{}", parts.join("&"))), &Learned::default());
            prop_assert_eq!(spelled(&forward), spelled(&backward));
        }
    }
}
