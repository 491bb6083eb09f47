//! The virtual visitors: simulated environments in which a page's scripts are run. Data, after section 7.1 of the
//! detection catalogue; each costs the target nothing.

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime, Weekday};

/// One simulated environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Visitor {
    /// `V1` … `V12`.
    pub id: &'static str,
    /// The client.
    pub client: Client,
    /// The referrer, empty for none.
    pub referrer: &'static str,
    /// Local time (China Standard Time) at which the page is opened.
    pub at: DateTime,
    /// What `Math.random` draws: 0 or just under 1.
    pub random: f64,
    /// What the browser remembers at the start.
    pub remembers: Remembers,
    /// Whether another window opened this one.
    pub opener: bool,
    /// The city that look-ups by address answer.
    pub city: Option<City>,
    /// `navigator.language`.
    pub language: &'static str,
    /// Minutes that local time is ahead of UTC.
    pub zone: i16,
    /// Draws by chance follow this seed instead of [`Visitor::random`] where it is not 0.
    pub seed: u32,
    /// `navigator.webdriver`, as automated browsers have it.
    pub webdriver: bool,
}

/// A client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Client {
    /// Chrome on Android.
    Android,
    /// Safari on iPhone.
    Iphone,
    /// WeChat on Android.
    Wechat,
    /// Chrome on Windows.
    Desktop,
    /// Baidu's spider.
    Spider,
}

/// What a browser remembers at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remembers {
    /// Nothing: a first visit.
    Nothing,
    /// What the first visitor's visit left.
    FirstVisit,
    /// Several earlier visits.
    ManyVisits,
}

/// A city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct City {
    /// Its name.
    pub name: &'static str,
    /// Its province.
    pub province: &'static str,
    /// Its division code (GB/T 2260).
    pub code: &'static str,
}

/// Cities that look-ups by address may answer.
pub const CITIES: &[City] = &[GUANGZHOU];

const GUANGZHOU: City = City { name: "广东省广州市", province: "广东省", code: "440100" };

impl Client {
    /// `navigator.userAgent`.
    pub fn agent(self) -> &'static str {
        match self {
            Self::Android => {
                "Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36"
            }
            Self::Iphone => {
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1"
            }
            Self::Wechat => {
                "Mozilla/5.0 (Linux; Android 14; V2309A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36 MMWEBID/2247 MicroMessenger/8.0.50.2701 NetType/4G Language/zh_CN"
            }
            Self::Desktop => {
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
            }
            Self::Spider => {
                "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"
            }
        }
    }

    /// Whether it is a phone.
    pub fn is_phone(self) -> bool {
        matches!(self, Self::Android | Self::Iphone | Self::Wechat)
    }

    pub(super) fn platform(self) -> &'static str {
        match self {
            Self::Android | Self::Wechat => "Linux armv81",
            Self::Iphone => "iPhone",
            Self::Desktop => "Win32",
            Self::Spider => "Linux x86_64",
        }
    }

    pub(super) fn brands(self) -> Option<&'static str> {
        match self {
            Self::Android | Self::Wechat => Some("Android"),
            Self::Desktop => Some("Windows"),
            Self::Iphone | Self::Spider => None,
        }
    }

    pub(super) fn size(self) -> (u32, u32) {
        if self.is_phone() { (390, 844) } else { (1366, 768) }
    }
}

impl Visitor {
    /// The twelve visitors about that day, most victim-like first: on the evening and the morning of a working day, and
    /// in the small hours of a Sunday.
    pub fn all(day: Date) -> Vec<Self> {
        let (night, morning) = (night(day), morning(day));
        let small_hours = next(day, |day| day.weekday() == Weekday::Sunday).at(3, 0, 0, 0);
        let first = Self {
            id: "V1",
            client: Client::Android,
            referrer: "https://m.baidu.com/",
            at: night,
            random: 0.0,
            remembers: Remembers::Nothing,
            opener: false,
            city: None,
            language: "zh-CN",
            zone: 480,
            seed: 0,
            webdriver: false,
        };
        let like_first = |id| Self { id, ..first.clone() };
        vec![
            first.clone(),
            Self { at: morning, ..like_first("V2") },
            Self { at: small_hours, random: 0.999, ..like_first("V3") },
            Self { referrer: "", ..like_first("V4") },
            Self { client: Client::Iphone, referrer: "https://m.sogou.com/", ..like_first("V5") },
            Self { client: Client::Wechat, referrer: "", ..like_first("V6") },
            Self {
                client: Client::Desktop,
                referrer: "https://www.baidu.com/",
                opener: true,
                ..like_first("V7")
            },
            Self { client: Client::Desktop, referrer: "", at: morning, ..like_first("V8") },
            Self { remembers: Remembers::FirstVisit, ..like_first("V9") },
            Self { remembers: Remembers::ManyVisits, ..like_first("V10") },
            Self { client: Client::Spider, referrer: "", at: morning, ..like_first("V11") },
            Self { city: Some(GUANGZHOU), ..like_first("V12") },
        ]
    }

    /// The instant of [`Visitor::at`] in milliseconds since 1970 (UTC).
    pub fn clock_ms(&self) -> i64 {
        let zone = jiff::tz::offset(8);
        zone.to_timestamp(self.at).map_or(0, |instant| instant.as_millisecond())
    }
}

/// Half past eleven at night of the first working day from that one on.
pub(super) fn night(day: Date) -> DateTime {
    working_day(day).at(23, 30, 0, 0)
}

/// Ten in the morning of the first working day from that one on.
pub(super) fn morning(day: Date) -> DateTime {
    working_day(day).at(10, 0, 0, 0)
}

fn working_day(day: Date) -> Date {
    next(day, |day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
}

/// The first day of that sort, from the given one on; within a week there is one.
fn next(day: Date, is: impl Fn(Date) -> bool) -> Date {
    let week = day.series(1.day()).take(7);
    week.into_iter().find(|day| is(*day)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn visitors_come_on_working_days_and_on_a_sunday() {
        for day in date(2026, 12, 28).series(1.day()).take(14) {
            let visitors = Visitor::all(day);
            assert!(visitors.iter().all(|visitor| visitor.at.date() >= day), "{day}");
            assert!((visitors[0].at.date() - day).get_days() <= 2, "{day}");
            assert_eq!(visitors[2].at.date().weekday(), Weekday::Sunday, "{day}");
            assert!(visitors[1].at.date().weekday().to_monday_one_offset() < 6, "{day}");
        }
    }
}
