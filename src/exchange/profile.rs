//! The fetch profiles: the ways to appear to a server, as sets of attributes.
//!
//! Profiles are data, so that two of them can be compared and the smallest attribute that makes a difference can be
//! named. Which header fields an attribute set is sent as is `headers` below; sending is the business of `fetch`.
//!
//! Source: the profile matrix of the detection catalogue (sections 1 and 7).

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
    /// From Baidu with the searched word in the address, for old kits.
    Keyword(String),
    /// From the page that links to it or embeds it.
    Page(url::Url),
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
