//! The header fields that a profile sends, in the order its client sends them, so that name, client hints, accepted
//! types, codings and fetch metadata tell one story. Host comes first, cookies are placed where the client puts them.
//!
//! Sources: Chromium's `GenerateBrandVersionList`, W3C Fetch Metadata, Referrer Policy (strict-origin-when-cross-origin).

use url::{Host, Url};

use super::agent::{CHROME_MAJOR, WECHAT_CHROME_MAJOR};
use super::{Agent, Arrival, Profile};
use crate::exchange::Purpose;
use crate::exchange::host::same_site;

/// What is asked for, as far as the header depends on it.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The address.
    pub url: &'a Url,
    /// What for.
    pub purpose: Purpose,
    /// The page that embeds it or whose meta refresh leads to it; `None`: as the profile arrives.
    pub from: Option<&'a Url>,
    /// The addresses that redirected here, since `from`.
    pub via: &'a [Url],
    /// Whether the connection is one that browsers trust with client hints, fetch metadata and modern codings:
    /// https, or this very machine. [`trusted`] says so for an address.
    pub trusted: bool,
    /// The `Cookie` value, where the jar has one.
    pub cookie: Option<&'a str>,
}

impl<'a> Ask<'a> {
    /// The address as a page, without cookies.
    pub fn page(url: &'a Url) -> Self {
        Self { url, purpose: Purpose::Page, from: None, via: &[], trusted: trusted(url), cookie: None }
    }
}

/// Whether browsers treat the address as potentially trustworthy: https, or a loopback name or address.
pub fn trusted(url: &Url) -> bool {
    url.scheme() == "https"
        || match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
}

/// The `Referer` that a page causes towards an address: all of it within one origin, else the origin alone, and
/// nothing from https to plain http.
pub fn referrer_of(page: &Url, towards: &Url) -> Option<String> {
    if !matches!(page.scheme(), "http" | "https") || (page.scheme() == "https" && towards.scheme() == "http")
    {
        return None;
    }
    if page.origin() != towards.origin() {
        return Some(format!("{}/", page.origin().ascii_serialization()));
    }
    let mut page = page.clone();
    page.set_fragment(None);
    // Cannot fail: http and https addresses have a host.
    let _ = page.set_username("");
    let _ = page.set_password(None);
    Some(page.into())
}

impl Profile {
    /// The header fields of that request, in order.
    pub fn headers(&self, ask: &Ask<'_>) -> Vec<(String, String)> {
        let mut fields = Fields(Vec::with_capacity(18));
        match Engine::of(self.agent) {
            Engine::Chromium { major, brand, platform, mobile } => {
                let hints = Hints { major, brand, platform, mobile };
                self.chromium_headers(ask, &hints, &mut fields);
            }
            Engine::Safari => self.safari_headers(ask, &mut fields),
            Engine::Spider => self.spider_headers(ask, &mut fields),
        }
        fields.0
    }

    fn chromium_headers(&self, ask: &Ask<'_>, hints: &Hints, fields: &mut Fields) {
        let to = Destination::of(ask.purpose);
        fields.start(ask);
        if to.is_navigation() {
            if ask.trusted {
                fields.add("sec-ch-ua", hints.brands());
                fields.add("sec-ch-ua-mobile", hints.mobile());
                fields.add("sec-ch-ua-platform", hints.platform());
            }
            fields.add("Upgrade-Insecure-Requests", "1");
            fields.add("User-Agent", self.agent.user_agent());
        } else {
            if ask.trusted {
                fields.add("sec-ch-ua-platform", hints.platform());
            }
            fields.add("User-Agent", self.agent.user_agent());
            if ask.trusted {
                fields.add("sec-ch-ua", hints.brands());
                fields.add("sec-ch-ua-mobile", hints.mobile());
            }
        }
        fields.add("Accept", self.accept(to));
        if self.agent == Agent::Wechat {
            fields.add("X-Requested-With", "com.tencent.mm");
        }
        if ask.trusted {
            fields.add("Sec-Fetch-Site", self.fetch_site(ask));
            fields.add("Sec-Fetch-Mode", to.mode());
            if to == Destination::Document {
                fields.add("Sec-Fetch-User", "?1");
            }
            fields.add("Sec-Fetch-Dest", to.name());
        }
        fields.add_some("Referer", self.referrer(ask));
        fields.add("Accept-Encoding", if ask.trusted { "gzip, deflate, br, zstd" } else { "gzip, deflate" });
        fields.add_some("Accept-Language", self.language);
        fields.add_some("Cookie", ask.cookie);
    }

    fn safari_headers(&self, ask: &Ask<'_>, fields: &mut Fields) {
        let to = Destination::of(ask.purpose);
        fields.start(ask);
        fields.add_some("Cookie", ask.cookie);
        if ask.trusted {
            fields.add("Sec-Fetch-Dest", to.name());
        }
        fields.add("User-Agent", self.agent.user_agent());
        if to.is_navigation() {
            fields.add("Upgrade-Insecure-Requests", "1");
        }
        fields.add("Accept", self.accept(to));
        fields.add_some("Referer", self.referrer(ask));
        if ask.trusted {
            fields.add("Sec-Fetch-Site", self.fetch_site(ask));
            fields.add("Sec-Fetch-Mode", to.mode());
        }
        fields.add_some("Accept-Language", self.language);
        fields.add("Accept-Encoding", if ask.trusted { "gzip, deflate, br" } else { "gzip, deflate" });
    }

    fn spider_headers(&self, ask: &Ask<'_>, fields: &mut Fields) {
        fields.start(ask);
        fields.add("User-Agent", self.agent.user_agent());
        fields.add("Accept", self.accept(Destination::of(ask.purpose)));
        fields.add_some("Accept-Language", self.language);
        match self.agent {
            Agent::GoogleSpider => {
                fields.add("Accept-Encoding", "gzip, deflate, br");
                fields.add("From", "googlebot(at)googlebot.com");
            }
            Agent::BingSpider => {
                fields.add("Accept-Encoding", "gzip, deflate, br");
                fields.add("From", "bingbot(at)microsoft.com");
            }
            _ => fields.add("Accept-Encoding", "gzip, deflate"),
        }
        if self.arrival != Arrival::Direct {
            fields.add_some("Referer", self.referrer(ask));
        }
        fields.add_some("Cookie", ask.cookie);
    }

    fn accept(&self, to: Destination) -> &'static str {
        match (to, Engine::of(self.agent), self.agent) {
            (_, Engine::Spider, Agent::GoogleSpider) => {
                "text/html,application/xhtml+xml,application/signed-exchange;v=b3,application/xml;q=0.9,*/*;q=0.8"
            }
            (_, Engine::Spider, _) => "*/*",
            (Destination::Style, ..) => "text/css,*/*;q=0.1",
            (Destination::Script, ..) => "*/*",
            (_, Engine::Safari, _) => "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            (_, _, Agent::Wechat) => {
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/wxpic,image/tpg,image/webp,image/apng,\
                 */*;q=0.8,application/signed-exchange;v=b3;q=0.7"
            }
            _ => {
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,\
                 application/signed-exchange;v=b3;q=0.7"
            }
        }
    }

    fn referrer(&self, ask: &Ask<'_>) -> Option<String> {
        match ask.from {
            Some(page) => referrer_of(page, ask.url),
            None => self.arrival.referrer(ask.url),
        }
    }

    /// `Sec-Fetch-Site`: how the farthest address on the way relates to where it began.
    fn fetch_site(&self, ask: &Ask<'_>) -> &'static str {
        let start = match (ask.from, &self.arrival) {
            (Some(page), _) | (None, Arrival::Page(page)) => page,
            (None, Arrival::Direct) => return "none",
            (None, _) => return "cross-site",
        };
        let way = || ask.via.iter().chain([ask.url]);
        if way().all(|url| url.origin() == start.origin()) {
            "same-origin"
        } else if way().all(|url| url.scheme() == start.scheme() && same_site(url, start)) {
            "same-site"
        } else {
            "cross-site"
        }
    }
}

/// The header under construction.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn add(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    fn add_some(&mut self, name: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    /// Host and Connection, over plain HTTP only: https mostly ends in HTTP/2, which has neither.
    fn start(&mut self, ask: &Ask<'_>) {
        if ask.url.scheme() == "http" {
            let host = ask.url.host_str().unwrap_or_default();
            let host = ask.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
            self.add("Host", host);
            self.add("Connection", "keep-alive");
        }
    }
}

/// What renders for a client.
enum Engine {
    Chromium { major: u32, brand: &'static str, platform: &'static str, mobile: bool },
    Safari,
    Spider,
}

impl Engine {
    fn of(agent: Agent) -> Self {
        match agent {
            Agent::DesktopChrome => Self::Chromium {
                major: CHROME_MAJOR,
                brand: "Google Chrome",
                platform: "Windows",
                mobile: false,
            },
            Agent::AndroidChrome => Self::Chromium {
                major: CHROME_MAJOR,
                brand: "Google Chrome",
                platform: "Android",
                mobile: true,
            },
            Agent::Wechat => Self::Chromium {
                major: WECHAT_CHROME_MAJOR,
                brand: "Android WebView",
                platform: "Android",
                mobile: true,
            },
            Agent::IphoneSafari => Self::Safari,
            _ => Self::Spider,
        }
    }
}

/// Client hints.
struct Hints {
    major: u32,
    brand: &'static str,
    platform: &'static str,
    mobile: bool,
}

impl Hints {
    /// The brand list: Chromium, the brand, and a third that changes with the version so that nobody relies on it.
    fn brands(&self) -> String {
        const SIGNS: [char; 11] = [' ', '(', ':', '-', '.', '/', ')', ';', '=', '?', '_'];
        const GREASE_VERSIONS: [&str; 3] = ["8", "99", "24"];
        const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let major = self.major;
        let seed = major as usize;
        let (first, second) = (SIGNS[seed % 11], SIGNS[(seed + 1) % 11]);
        let order = ORDERS[seed % 6];
        let mut list: [String; 3] = Default::default();
        list[order[0]] = format!("\"Not{first}A{second}Brand\";v=\"{}\"", GREASE_VERSIONS[seed % 3]);
        list[order[1]] = format!("\"Chromium\";v=\"{major}\"");
        list[order[2]] = format!("\"{}\";v=\"{major}\"", self.brand);
        list.join(", ")
    }

    fn mobile(&self) -> &'static str {
        if self.mobile { "?1" } else { "?0" }
    }

    fn platform(&self) -> String {
        format!("\"{}\"", self.platform)
    }
}

/// What the response is to become, in the words of `Sec-Fetch-Dest`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Destination {
    Document,
    Frame,
    Style,
    Script,
}

impl Destination {
    fn of(purpose: Purpose) -> Self {
        match purpose {
            Purpose::StyleSheet => Self::Style,
            Purpose::Script => Self::Script,
            Purpose::Frame => Self::Frame,
            Purpose::Page
            | Purpose::Landing
            | Purpose::Robots
            | Purpose::Sitemap
            | Purpose::Probe
            | Purpose::Exposure => Self::Document,
        }
    }

    fn is_navigation(self) -> bool {
        matches!(self, Self::Document | Self::Frame)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Frame => "iframe",
            Self::Style => "style",
            Self::Script => "script",
        }
    }

    fn mode(self) -> &'static str {
        if self.is_navigation() { "navigate" } else { "no-cors" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brand_lists_are_those_that_chrome_was_seen_to_send() {
        let brands =
            |major| Hints { major, brand: "Google Chrome", platform: "Windows", mobile: false }.brands();
        assert_eq!(brands(141), r#""Google Chrome";v="141", "Not?A_Brand";v="8", "Chromium";v="141""#);
        assert_eq!(brands(142), r#""Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99""#);
    }

    #[test]
    fn a_referrer_is_the_origin_except_within_it() {
        fn check(page: &str, towards: &str, expected: Option<&str>) {
            let (page, towards) = (Url::parse(page).unwrap(), Url::parse(towards).unwrap());
            assert_eq!(referrer_of(&page, &towards).as_deref(), expected, "{page} → {towards}");
        }
        check("https://a.test/x?y#z", "https://a.test/1.js", Some("https://a.test/x?y"));
        check("https://u:p@a.test/x", "https://a.test/1.js", Some("https://a.test/x"));
        check("https://a.test/x", "https://b.test/1.js", Some("https://a.test/"));
        check("http://a.test:81/x", "https://a.test/", Some("http://a.test:81/"));
        check("https://a.test/x", "http://a.test/", None);
        check("data:text/html,x", "http://a.test/", None);
    }
}
