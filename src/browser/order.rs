//! What a visit is to be: the address and the visitor, down to clock and chance.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use url::Url;

use crate::exchange::profile::headers::Ask;
use crate::exchange::profile::{AgentClass, Profile};

/// One visit.
#[derive(Debug, Clone)]
pub struct Order {
    /// The address, http or https.
    pub url: Url,
    /// The `User-Agent` value, also for scripts.
    pub user_agent: String,
    /// Client hints that go with it; `None` for clients that send none.
    pub hints: Option<Hints>,
    /// The `Referer` value, also for scripts.
    pub referrer: Option<String>,
    /// The `Accept-Language` value, quality values included.
    pub language: Option<String>,
    /// Screen and touch.
    pub screen: Screen,
    /// Whether scripts run. (What stands in `<noscript>` stays text either way.)
    pub scripts: bool,
    /// Whether uncaught errors and console messages of scripts are collected; pages can notice that, so it is off unless
    /// asked for.
    pub console: bool,
    /// What the clock says when the page starts; `None`: the true time.
    pub clock: Option<Timestamp>,
    /// How much time passes for the page: timers run at once, up to this much. `None`: time passes as it does.
    pub fast_forward: Option<Duration>,
    /// What `Math.random` gives, in turn and over again; empty: chance.
    pub random: Vec<f64>,
    /// Whether the same visitor was there before: the address is visited twice with the same cookies and storage, and
    /// the second visit is reported.
    pub returning: bool,
    /// What the visitor does once the page has loaded, in order.
    pub gestures: Vec<Gesture>,
    /// The response to the first request, kept from an earlier fetch; the server is then not asked for it again.
    pub kept: Option<Kept>,
    /// Responses to other requests of the page, by address without fragment; they are not asked for again either.
    pub parts: Arc<HashMap<String, Kept>>,
    /// Whether pictures of the view and the whole page are taken.
    pub pictured: bool,
    /// Whether another window seems to have opened this one.
    pub opener: bool,
}

impl Order {
    /// A visit under a fetch profile.
    pub fn new(url: Url, profile: &Profile) -> Self {
        let screen = match profile.agent.class() {
            AgentClass::Mobile | AgentClass::Wechat => Screen::PHONE,
            AgentClass::Desktop | AgentClass::Spider => Screen::DESKTOP,
        };
        Self {
            user_agent: profile.agent.user_agent(),
            hints: Hints::of(profile),
            referrer: profile.arrival.referrer(&url),
            language: profile.language.map(str::to_owned),
            screen,
            scripts: true,
            console: false,
            clock: None,
            fast_forward: None,
            random: Vec::new(),
            returning: false,
            gestures: Vec::new(),
            kept: None,
            parts: Arc::default(),
            pictured: true,
            opener: false,
            url,
        }
    }
}

/// Screen and touch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Screen {
    /// Width of the view, in CSS pixels.
    pub width: u32,
    /// Height of the view, in CSS pixels.
    pub height: u32,
    /// Device pixels per CSS pixel, as scripts see it.
    pub scale: f64,
    /// Whether it is a phone: viewport tags count, and fingers touch it.
    pub phone: bool,
}

impl Screen {
    /// A laptop.
    pub const DESKTOP: Self = Self { width: 1366, height: 768, scale: 1.0, phone: false };
    /// A phone; the scale is kept low so that pictures stay small.
    pub const PHONE: Self = Self { width: 390, height: 844, scale: 2.0, phone: true };
}

/// User agent client hints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hints {
    /// Names and major versions, in the order sent.
    pub brands: Vec<(String, String)>,
    /// `Android`, `Windows`.
    pub platform: String,
    /// Whether it says that it is a phone.
    pub mobile: bool,
}

impl Hints {
    /// Those that the profile sends to a trusted address, read from its own header so that both tell one story.
    fn of(profile: &Profile) -> Option<Self> {
        let trusted = Url::parse("https://example.test/").expect("a constant address");
        let headers = profile.headers(&Ask::page(&trusted));
        let value = |name: &str| {
            headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
        };
        Some(Self {
            brands: read_brands(value("sec-ch-ua")?),
            platform: value("sec-ch-ua-platform")?.trim_matches('"').to_owned(),
            mobile: value("sec-ch-ua-mobile") == Some("?1"),
        })
    }
}

/// `"A";v="1", "B";v="2"`: a brand never holds a quotation mark.
fn read_brands(list: &str) -> Vec<(String, String)> {
    let mut quoted = list.split('"').skip(1).step_by(2);
    let mut brands = Vec::new();
    while let (Some(brand), Some(version)) = (quoted.next(), quoted.next()) {
        brands.push((brand.to_owned(), version.to_owned()));
    }
    brands
}

/// Something a visitor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gesture {
    /// A tap or click into the middle of the view.
    Click,
    /// A turn of the wheel.
    Scroll,
    /// The Back button.
    Back,
}

/// A response kept from an earlier fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The status code.
    pub status: u16,
    /// The header fields; those of content coding and length are left out when it is served again.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, content coding taken off.
    pub body: Bytes,
}

/// The script that bends clock, chance and opener before the page's own scripts run, where any is ordered. The clock is
/// shifted by the same time in every document of the visit: the browser's own would only be set once a document is there,
/// and its first scripts would see the true time.
pub(super) fn overrides(order: &Order, now: Timestamp) -> Option<String> {
    let mut script = String::new();
    if let Some(clock) = order.clock {
        let shift = clock.as_millisecond() - now.as_millisecond();
        script.push_str(&CLOCK.replace("SHIFT", &shift.to_string()));
    }
    if !order.random.is_empty() {
        let values = serde_json::to_string(&order.random).unwrap_or_default();
        script.push_str(&RANDOM.replace("VALUES", &values));
    }
    if order.opener {
        script.push_str(OPENER);
    }
    (!script.is_empty()).then_some(script)
}

const CLOCK: &str = "(() => { const True = Date, shift = SHIFT;
  globalThis.Date = new Proxy(True, {
    construct: (on, args, as) => Reflect.construct(on, args.length ? args : [on.now() + shift], as),
    apply: on => new on(on.now() + shift).toString(),
    get: (on, key) => key === 'now' ? () => on.now() + shift : Reflect.get(on, key),
  });
  True.prototype.constructor = globalThis.Date; })();";

const OPENER: &str =
    "if (self === top) Object.defineProperty(window, 'opener', { configurable: true, writable: true,
  value: { closed: false, location: {}, postMessage() {}, focus() {} } });";

const RANDOM: &str = "(() => { const values = VALUES; let turn = 0;
  Math.random = () => values[turn++ % values.length]; })();";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_tells_the_story_of_the_profile() {
        let url = Url::parse("http://www.example.test/").unwrap();
        let phone = Order::new(url.clone(), &Profile::by_id("m").unwrap());
        let hints = phone.hints.unwrap();
        assert!(hints.mobile && hints.platform == "Android" && phone.screen.phone);
        assert!(hints.brands.iter().any(|(brand, _)| brand == "Chromium"), "{:?}", hints.brands);
        assert_eq!(hints.brands.len(), 3);
        assert_eq!(phone.referrer.as_deref(), Some("https://m.baidu.com/"));
        let spider = Order::new(url, &Profile::by_id("s").unwrap());
        assert_eq!((spider.hints, spider.referrer), (None, None));
    }
}
