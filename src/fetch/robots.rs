//! Robots exclusion (RFC 9309), which binds breadth crawling only.

use std::time::Duration;

use url::Url;

use crate::exchange::Exchange;

/// How much of a file is read, in bytes (RFC 9309 section 2.5 asks for at least this).
pub const LONGEST_FILE: usize = 500 * 1024;
/// How many rules are kept; a file with more is an attack.
const MOST_RULES: usize = 2_000;
/// Longer patterns are passed over, and only so much of a path is matched, in bytes: both are hostile input.
const LONGEST_PATTERN: usize = 1024;
const LONGEST_PATH: usize = 2048;

/// What a site asks of crawlers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Robots {
    /// Refuses everything, whatever the groups say: the file could not be got.
    closed: bool,
    groups: Vec<Group>,
    /// The sitemaps that the file names, as written.
    pub sitemaps: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Group {
    /// Product tokens in lower case; `*` for everybody.
    agents: Vec<String>,
    rules: Vec<Rule>,
    delay: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    allow: bool,
    /// Percent-encoding normalised.
    pattern: Vec<u8>,
}

impl Robots {
    /// The rules behind what came when `robots.txt` was asked for: a file that is not there allows everything, a server
    /// that fails or cannot be reached refuses everything (RFC 9309 section 2.3.1).
    pub fn of(exchange: &Exchange) -> Self {
        match &exchange.result {
            Ok(response) => match response.status {
                200..=299 => Self::parse(&response.body),
                500..=599 => Self { closed: true, ..Self::default() },
                _ => Self::default(),
            },
            Err(_) => Self { closed: true, ..Self::default() },
        }
    }

    /// The rules of a file. Whatever is not understood is passed over.
    pub fn parse(file: &[u8]) -> Self {
        let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
        let file = &file[..file.len().min(LONGEST_FILE)];
        let mut robots = Self::default();
        let mut rules = 0;
        // Agent lines in a row make one group; the first other rule closes the row.
        let mut row = false;
        for line in file.split(|byte| matches!(byte, b'\n' | b'\r')) {
            let line = line.split(|byte| *byte == b'#').next().unwrap_or_default();
            let Some(colon) = memchr::memchr(b':', line) else { continue };
            let key = line[..colon].trim_ascii().to_ascii_lowercase();
            let value = line[colon + 1..].trim_ascii();
            let text = || String::from_utf8_lossy(value).into_owned();
            match key.as_slice() {
                b"user-agent" | b"useragent" | b"user agent" => {
                    if !row {
                        robots.groups.push(Group::default());
                    }
                    row = true;
                    if let Some(group) = robots.groups.last_mut() {
                        group.agents.push(product(&text()));
                    }
                }
                b"allow" | b"disallow" => {
                    row = false;
                    if let Some(group) = robots
                        .groups
                        .last_mut()
                        .filter(|_| (1..=LONGEST_PATTERN).contains(&value.len()) && rules < MOST_RULES)
                    {
                        rules += 1;
                        group.rules.push(Rule { allow: key == b"allow", pattern: normalised(value) });
                    }
                }
                b"crawl-delay" => {
                    row = false;
                    let seconds =
                        text().parse::<f64>().ok().filter(|seconds| (0.0..=86_400.0).contains(seconds));
                    if let Some(group) = robots.groups.last_mut() {
                        group.delay = seconds.map(Duration::from_secs_f64);
                    }
                }
                b"sitemap" if robots.sitemaps.len() < 100 => robots.sitemaps.push(text()),
                _ => {}
            }
        }
        robots
    }

    /// Whether the crawler with that product token may ask for the address.
    pub fn allows(&self, agent: &str, url: &Url) -> bool {
        if url.path() == "/robots.txt" {
            return true;
        }
        if self.closed {
            return false;
        }
        let mut path = url.path().to_owned();
        if let Some(query) = url.query() {
            path.push('?');
            path.push_str(query);
        }
        let mut path = normalised(path.as_bytes());
        path.truncate(LONGEST_PATH);
        let best = self
            .groups_for(agent)
            .flat_map(|group| &group.rules)
            .filter(|rule| matches(&rule.pattern, &path))
            .max_by_key(|rule| (rule.pattern.len(), rule.allow));
        best.is_none_or(|rule| rule.allow)
    }

    /// The gap between requests that the site asks of that crawler.
    pub fn crawl_delay(&self, agent: &str) -> Option<Duration> {
        self.groups_for(agent).filter_map(|group| group.delay).max()
    }

    /// The groups that name the crawler, or else those for everybody.
    fn groups_for(&self, agent: &str) -> impl Iterator<Item = &Group> {
        let agent = product(agent);
        let named = self.groups.iter().any(|group| group.agents.contains(&agent));
        let wanted = if named { agent } else { "*".to_owned() };
        self.groups.iter().filter(move |group| group.agents.contains(&wanted))
    }
}

/// The product token at the start of a name (`xuncha/0.1` → `xuncha`); `*` stays.
fn product(name: &str) -> String {
    let name = name.trim();
    if name.starts_with('*') {
        return "*".to_owned();
    }
    let end = name.find(|c: char| !(c.is_ascii_alphabetic() || c == '_' || c == '-')).unwrap_or(name.len());
    name[..end].to_ascii_lowercase()
}

/// Bytes above ASCII percent-encoded and needless encodings undone, so that one path has one spelling.
fn normalised(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    let mut at = 0;
    while let Some(&byte) = path.get(at) {
        let encoded = path.get(at + 1..at + 3).filter(|_| byte == b'%').and_then(hex_byte);
        at += if encoded.is_some() { 3 } else { 1 };
        match encoded {
            Some(plain) if plain.is_ascii_alphanumeric() || b"-._~".contains(&plain) => out.push(plain),
            Some(other) => push_encoded(&mut out, other),
            None if byte.is_ascii_graphic() => out.push(byte),
            None => push_encoded(&mut out, byte),
        }
    }
    out
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()
}

fn push_encoded(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend([b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

/// Whether a pattern with `*` and a final `$` matches the start of a path. Greedy with one step back: no pattern
/// takes more than pattern × path steps.
fn matches(pattern: &[u8], path: &[u8]) -> bool {
    let (pattern, whole) = match pattern.strip_suffix(b"$") {
        Some(start) => (start, true),
        None => (pattern, false),
    };
    let (mut p, mut s) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        if p == pattern.len() && (!whole || s == path.len()) {
            return true;
        }
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, s));
                p += 1;
            }
            Some(byte) if path.get(s) == Some(byte) => {
                p += 1;
                s += 1;
            }
            _ => match star {
                Some((after, from)) if from < path.len() => {
                    star = Some((after, from + 1));
                    (p, s) = (after, from + 1);
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, agent: &str, path: &str, expected: bool) {
        let url = Url::parse("https://a.test/").unwrap().join(path).unwrap();
        assert_eq!(Robots::parse(file.as_bytes()).allows(agent, &url), expected, "{file:?} {agent} {path}");
    }

    #[test]
    fn the_longest_matching_rule_decides_and_allow_wins_a_tie() {
        let file = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\n";
        check(file, "xuncha", "/", true);
        check(file, "xuncha", "/ax", false);
        check(file, "xuncha", "/a/b/x", true);
        check(file, "xuncha", "/a/b/c", false);
        check("user-agent:*\nallow:/p\ndisallow:/p", "xuncha", "/p", true);
        check("User-agent: *\nDisallow:", "xuncha", "/x", true);
        check("User-agent: *\nDisallow: /", "xuncha", "/robots.txt", true);
        check("Disallow: /", "xuncha", "/x", true);
        check("", "xuncha", "/x", true);
        check("<html>nothing", "xuncha", "/x", true);
    }

    #[test]
    fn wildcards_and_ends_are_honoured() {
        let rule = |pattern: &str| format!("User-agent: *\nDisallow: {pattern}");
        check(&rule("/*.php"), "x", "/a/b.php?x=1", false);
        check(&rule("/*.php$"), "x", "/a/b.php?x=1", true);
        check(&rule("/*.php$"), "x", "/a.php.php", false);
        check(&rule("/fish*"), "x", "/fishheads", false);
        check(&rule("/fish$"), "x", "/fishheads", true);
        check(&rule("*x*"), "x", "/a/b/x", false);
        check(&rule("/a?b"), "x", "/a?b=1", false);
        check(&rule("/%E4%B8%AD"), "x", "/中文", false);
        check(&rule("/中"), "x", "/%e4%b8%ad", false);
        check(&rule("/%7Ejoe"), "x", "/~joe/", false);
        check(&rule(&format!("/{}b", "*a".repeat(400))), "x", &format!("/{}", "a".repeat(2000)), true);
    }

    #[test]
    fn groups_are_found_by_product_and_joined() {
        let file = "User-agent: Foo/1.2\nUser-agent: bar\nDisallow: /x\n\nUser-agent: *\nDisallow: /\n\
                    User-agent: foo\nDisallow: /y\nSitemap: https://a.test/map.xml\nCrawl-delay: 2.5";
        check(file, "FOO", "/x", false);
        check(file, "foo", "/y", false);
        check(file, "foo", "/z", true);
        check(file, "bar", "/y", true);
        check(file, "other", "/z", false);
        check("\u{feff}User-agent: *\r\nDisallow: /x # why\r\n", "a", "/x", false);
        let robots = Robots::parse(file.as_bytes());
        assert_eq!(robots.sitemaps, ["https://a.test/map.xml"]);
        assert_eq!(robots.crawl_delay("foo"), Some(Duration::from_millis(2500)));
        assert_eq!(robots.crawl_delay("bar"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_file_is_read(file in "(?s).{0,300}", path in "/[a-z*$%]{0,20}") {
            let url = Url::parse("https://a.test/").unwrap().join(&path).unwrap();
            let _ = Robots::parse(file.as_bytes()).allows("x", &url);
        }
    }
}
