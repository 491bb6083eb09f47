//! The fetch profiles: the ways to appear to a server, as sets of attributes.
//!
//! Profiles are data, so that two of them can be compared and the smallest attribute that makes a difference can be
//! named. Which header fields an attribute set is sent as stands in [`headers`]; sending is the business of `fetch`.
//!
//! Source: the profile matrix of the detection catalogue (sections 1 and 7).

mod agent;
pub mod headers;

use encoding_rs::GBK;
use url::Url;

use crate::id::ProfileId;

/// One way to appear to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its short name: `m`, `d`, `b`, `s`, … or, for a control made to find the smallest trigger, `m-referer` and so on.
    pub id: ProfileId,
    /// Which client it claims to be.
    pub agent: Agent,
    /// Where the visitor claims to come from.
    pub arrival: Arrival,
    /// What the jar holds at the start.
    pub cookies: Cookies,
    /// The `Accept-Language` value; `None` sends none.
    pub language: Option<&'static str>,
}

impl Profile {
    /// What every visit of every site begins with, in this order: the visitor that kits wait for, then the control.
    pub const TIER0: &'static [&'static str] = &["m", "d"];
    /// What comes next for every site, or at once on suspicion: the spider that Chinese kits test for.
    pub const TIER1: &'static [&'static str] = &["s"];
    /// For suspects and samples.
    pub const TIER2: &'static [&'static str] = &["b", "w", "i", "b-360", "b-bing", "r", "g", "s2"];
    /// For confirmed and high-value targets.
    pub const TIER3: &'static [&'static str] = &["k", "k-gbk", "n"];

    /// The profile of that short name.
    ///
    /// `m` phone from Baidu · `d` desktop, typed in · `b` desktop from Baidu · `i` iPhone from Google · `b-360`, `b-bing`
    /// desktop from those · `s` Baidu's spider · `s2` another Chinese spider · `g` Google's spider · `w` WeChat, from
    /// Sogou · `r` as `m`, coming back, this time from Shenma · `p` Baidu's spider at a path that should not exist ·
    /// `k`, `k-gbk` desktop from Baidu with the searched word in the address · `n` as `m`, at night. Each comes from an
    /// engine of its own, so that a server that looks for one engine is found without a visit more; what it was that
    /// mattered is told by controls.
    /// (`h`, `a`, `e` of the catalogue are lists of addresses asked under `d`; `v` is another egress.)
    pub fn by_id(id: &str) -> Option<Self> {
        use Agent as A;
        let word = || KEYWORD.to_owned();
        let (agent, arrival, cookies) = match id {
            "m" | "n" => (A::AndroidChrome, Arrival::BaiduMobile, Cookies::Empty),
            "r" => (A::AndroidChrome, Arrival::Shenma, Cookies::Kept),
            "i" => (A::IphoneSafari, Arrival::Google, Cookies::Empty),
            "b-360" => (A::DesktopChrome, Arrival::So360, Cookies::Empty),
            "b-bing" => (A::DesktopChrome, Arrival::Bing, Cookies::Empty),
            "d" => (A::DesktopChrome, Arrival::Direct, Cookies::Empty),
            "b" => (A::DesktopChrome, Arrival::Baidu, Cookies::Empty),
            "w" => (A::Wechat, Arrival::Sogou, Cookies::Empty),
            "k" => (A::DesktopChrome, Arrival::Keyword(word()), Cookies::Empty),
            "k-gbk" => (A::DesktopChrome, Arrival::KeywordGbk(word()), Cookies::Empty),
            "s" | "p" => (A::BaiduSpider, Arrival::Direct, Cookies::None),
            "s2" => (A::SogouSpider, Arrival::Direct, Cookies::None),
            "g" => (A::GoogleSpider, Arrival::Direct, Cookies::None),
            _ => return None,
        };
        Some(Self { id: ProfileId::new(id), agent, arrival, cookies, language: agent.language() })
    }

    /// Every profile of the matrix, in the order of visiting: most victim-like first, spiders last.
    pub fn matrix() -> impl Iterator<Item = Self> {
        ["m", "d", "b", "w", "i", "b-360", "b-bing", "r", "k", "k-gbk", "n", "s", "p", "g", "s2"]
            .into_iter()
            .filter_map(Self::by_id)
    }

    /// Profile `s2` with the spider whose turn it is in that cycle.
    pub fn other_spider(cycle: usize) -> Self {
        const TURNS: [Agent; 5] = [
            Agent::SogouSpider,
            Agent::So360Spider,
            Agent::ShenmaSpider,
            Agent::ByteSpider,
            Agent::BingSpider,
        ];
        let agent = TURNS[cycle % TURNS.len()];
        let (arrival, cookies) = (Arrival::Direct, Cookies::None);
        Self { id: ProfileId::new("s2"), agent, arrival, cookies, language: agent.language() }
    }

    /// A control: the same profile with one attribute changed, named after what changed (`m-referer`,
    /// `d+referer:search`, `m+ua:desktop`).
    pub fn with(&self, change: Change) -> Self {
        let mut changed = self.clone();
        let name = match &change {
            Change::Arrival(Arrival::Direct) => "-referer".to_owned(),
            Change::Arrival(arrival) => format!("+{}", arrival.condition()),
            Change::Agent(agent) => format!("+{}", agent.class().condition()),
            Change::Cookies(cookies) => format!("+{}", cookies.condition()),
            Change::Language(None) => "-language".to_owned(),
            Change::Language(Some(tag)) => format!("+{}", language_condition(tag)),
        };
        match change {
            Change::Agent(agent) => changed.agent = agent,
            Change::Arrival(arrival) => changed.arrival = arrival,
            Change::Cookies(cookies) => changed.cookies = cookies,
            Change::Language(language) => changed.language = language,
        }
        changed.id = ProfileId::new(format!("{}{name}", self.id));
        changed
    }

    /// The same client arriving from a page that links to the address: how landings are looked at.
    pub fn arriving_from(&self, page: &Url) -> Self {
        Self { arrival: Arrival::Page(page.clone()), ..self.clone() }
    }

    /// The attributes as words of `conditions.shows`, in a fixed order.
    pub fn conditions(&self) -> Vec<&'static str> {
        let mut words = vec![self.agent.class().condition(), self.arrival.condition()];
        if matches!(self.arrival, Arrival::Keyword(_) | Arrival::KeywordGbk(_)) {
            words.push("referer:keyword");
        }
        words.push(self.cookies.condition());
        words.push(self.language.map_or("accept-language:none", language_condition));
        words
    }

    /// A command line for a POSIX shell that sends the same request once more.
    pub fn to_curl(&self, url: &Url) -> String {
        let ask = headers::Ask::page(url);
        let mut words = vec!["curl -g -sS -i --compressed".to_owned()];
        for (name, value) in self.headers(&ask) {
            match name.as_str() {
                "Host" | "Connection" | "Accept-Encoding" => {}
                "User-Agent" => words.push(format!("-A {}", shell_quote(&value))),
                "Referer" => words.push(format!("-e {}", shell_quote(&value))),
                _ => words.push(format!("-H {}", shell_quote(&format!("{name}: {value}")))),
            }
        }
        words.push(shell_quote(url.as_str()));
        words.join(" ")
    }
}

/// The word of old referrer kits that profile `k` is said to have searched for.
const KEYWORD: &str = "博彩";

/// One attribute of a profile, with the value it is to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Another client.
    Agent(Agent),
    /// Another way of coming.
    Arrival(Arrival),
    /// Another jar.
    Cookies(Cookies),
    /// Another `Accept-Language`; `None` sends none.
    Language(Option<&'static str>),
}

fn language_condition(tag: &str) -> &'static str {
    if tag.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("zh")) {
        "accept-language:zh"
    } else {
        "accept-language:other"
    }
}

fn shell_quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A client that a profile claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Agent {
    /// Chrome on Windows.
    DesktopChrome,
    /// Chrome on Android.
    AndroidChrome,
    /// Safari on iPhone.
    IphoneSafari,
    /// WeChat's built-in browser on Android.
    Wechat,
    /// Baidu's spider for desktop pages.
    BaiduSpider,
    /// Sogou's spider.
    SogouSpider,
    /// 360's spider.
    So360Spider,
    /// Shenma's spider (YisouSpider).
    ShenmaSpider,
    /// ByteDance's spider.
    ByteSpider,
    /// Bing's spider.
    BingSpider,
    /// Google's smartphone spider.
    GoogleSpider,
}

/// What sort of client an agent is, in the words of conditions (`ua:mobile`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AgentClass {
    /// A desktop browser.
    Desktop,
    /// A phone browser.
    Mobile,
    /// WeChat's built-in browser.
    Wechat,
    /// A search engine's spider.
    Spider,
}

impl AgentClass {
    /// The word used in `conditions.shows`.
    pub fn condition(self) -> &'static str {
        match self {
            Self::Desktop => "ua:desktop",
            Self::Mobile => "ua:mobile",
            Self::Wechat => "ua:wechat",
            Self::Spider => "ua:spider",
        }
    }
}

/// Where a visitor claims to come from. Only the origin is ever sent, as browsers do today, except for
/// [`Arrival::Keyword`]; `site:` and `inurl:` are never sent (kits go quiet for days).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Arrival {
    /// Typed in: no referrer.
    Direct,
    /// From a result page of Baidu for phones.
    BaiduMobile,
    /// From a result page of Baidu.
    Baidu,
    /// From a result page of Google.
    Google,
    /// From a result page of Sogou.
    Sogou,
    /// From a result page of 360.
    So360,
    /// From a result page of Shenma, which is for phones only.
    Shenma,
    /// From a result page of Bing.
    Bing,
    /// From Baidu with the searched word in the address, in UTF-8, for old kits.
    Keyword(String),
    /// The same with the word in GBK.
    KeywordGbk(String),
    /// From a site that is no search engine, as the control for those: a microblog.
    Elsewhere,
    /// From the page that links to it or embeds it.
    Page(url::Url),
}

impl Arrival {
    /// The `Referer` value towards that address.
    pub fn referrer(&self, towards: &Url) -> Option<String> {
        match self {
            Self::Direct => None,
            Self::BaiduMobile => Some("https://m.baidu.com/".to_owned()),
            Self::Baidu => Some("https://www.baidu.com/".to_owned()),
            Self::Google => Some("https://www.google.com/".to_owned()),
            Self::Keyword(word) => Some(searched(word, word.as_bytes())),
            Self::KeywordGbk(word) => Some(searched(word, &GBK.encode(word).0)),
            Self::Sogou => Some("https://www.sogou.com/".to_owned()),
            Self::So360 => Some("https://www.so.com/".to_owned()),
            Self::Shenma => Some("https://m.sm.cn/".to_owned()),
            Self::Bing => Some("https://cn.bing.com/".to_owned()),
            Self::Elsewhere => Some("https://weibo.com/".to_owned()),
            Self::Page(page) => headers::referrer_of(page, towards),
        }
    }

    /// The word used in `conditions.shows`.
    pub fn condition(&self) -> &'static str {
        match self {
            Self::Direct => "referer:none",
            Self::Elsewhere | Self::Page(_) => "referer:page",
            Self::BaiduMobile | Self::Baidu | Self::Google | Self::Sogou | Self::So360 => "referer:search",
            Self::Shenma | Self::Bing | Self::Keyword(_) | Self::KeywordGbk(_) => "referer:search",
        }
    }
}

/// Baidu's result page for a word. A word with a search operator gives the bare origin: kits go quiet on operators.
fn searched(word: &str, encoded: &[u8]) -> String {
    if word.is_empty() || word.contains([':', '：']) {
        return "https://www.baidu.com/".to_owned();
    }
    format!("https://www.baidu.com/s?wd={}", percent_encoded(encoded))
}

fn percent_encoded(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, &byte| {
        if byte.is_ascii_alphanumeric() {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

/// What the cookie jar holds when a visit starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cookies {
    /// Nothing: a first visit.
    Empty,
    /// What earlier visits under the same profile left.
    Kept,
    /// Never any: spiders.
    None,
}

impl Cookies {
    /// The word used in `conditions.shows`.
    pub fn condition(self) -> &'static str {
        match self {
            Self::Empty => "cookie:first-visit",
            Self::Kept => "cookie:returning",
            Self::None => "cookie:never",
        }
    }
}

#[cfg(test)]
mod tests;
