//! How often and when: cadences (`6h`, `daily`, cron) and windows of the day (`22:00-06:00`, `mon-fri 09:00-11:00`).
//!
//! Texts become values here; when a site is due is for the schedule to say. Times are those of Beijing unless a unit
//! sets another zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use serde::{Serialize, Serializer};

use super::cron;
use super::hours::Hours;

/// The shortest interval that makes sense for somebody else's site.
pub const SHORTEST: SignedDuration = SignedDuration::from_mins(1);
/// The longest interval.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// How often a site is visited at the least.
#[derive(Debug, Clone)]
pub enum Cadence {
    /// So long after the visit before.
    Every(SignedDuration),
    /// At the times of a cron expression with five fields, as written.
    Cron(String, Box<croner::Cron>),
}

impl PartialEq for Cadence {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(span) => {
                let minutes = span.as_mins();
                match (minutes % 1440, minutes % 60) {
                    (0, _) => write!(f, "{}d", minutes / 1440),
                    (_, 0) => write!(f, "{}h", minutes / 60),
                    _ => write!(f, "{minutes}m"),
                }
            }
            Self::Cron(text, _) => f.write_str(text),
        }
    }
}

impl Serialize for Cadence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that is no cadence or window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CadenceError {
    /// Not a cadence.
    #[error(
        "read `{0}` as a cadence; write 30m, 6h, 2d, hourly, daily, weekly or a cron expression such as `15 */4 * * *`"
    )]
    Cadence(String),
    /// Out of bounds.
    #[error("use the cadence `{0}`; it must lie between 1 minute and 366 days")]
    Bounds(String),
    /// Not a window.
    #[error(
        "read `{0}` as a time window; write 22:00-06:00, `mon-fri 09:00-11:00` or `周一至周五 09:00-11:00`"
    )]
    Window(String),
}

impl FromStr for Cadence {
    type Err = CadenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || CadenceError::Cadence(text.trim().to_owned());
        let word = text.trim().to_lowercase();
        let hours = |hours: i64| Ok(Self::Every(SignedDuration::from_hours(hours)));
        match word.as_str() {
            "hourly" | "每小时" => return hours(1),
            "daily" | "每天" | "每日" => return hours(24),
            "weekly" | "每周" => return hours(7 * 24),
            "monthly" | "每月" => return hours(30 * 24),
            _ => {}
        }
        if word.split_whitespace().count() == 5 {
            let cron = croner::Cron::from_str(&word).map_err(|_| wrong())?;
            return Ok(Self::Cron(word, Box::new(cron)));
        }
        let digits = word.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (count, unit) = word.split_at(digits);
        let count: i64 = count.parse().map_err(|_| wrong())?;
        let minutes = match unit.trim() {
            "m" | "min" | "分钟" => 1,
            "h" | "小时" => 60,
            "d" | "天" | "日" => 1440,
            "w" | "周" => 7 * 1440,
            _ => return Err(wrong()),
        };
        let span = count.checked_mul(minutes).map(SignedDuration::from_mins);
        match span {
            Some(span) if (SHORTEST..=LONGEST).contains(&span) => Ok(Self::Every(span)),
            _ => Err(CadenceError::Bounds(text.trim().to_owned())),
        }
    }
}

impl Cadence {
    /// The next time after one; `None` where a cron expression never comes true again.
    pub fn next(&self, after: &ZonedDateTime) -> Option<Timestamp> {
        match self {
            Self::Every(span) => after.timestamp().checked_add(*span).ok(),
            Self::Cron(_, cron) => cron::next(cron, after),
        }
    }

    /// The mean time between visits, by which a plan reckons; a cron expression is asked from a time on.
    pub fn mean(&self, from: &ZonedDateTime) -> SignedDuration {
        const TIMES: i32 = 32;
        let Self::Cron(_, cron) = self else { return self.every().unwrap_or(LONGEST) };
        let Some(first) = cron::next(cron, from) else { return LONGEST };
        let (mut last, mut count) = (first, 0);
        while count < TIMES {
            let Some(next) = cron::next(cron, &last.to_zoned_datetime(from.time_zone().clone())) else {
                break;
            };
            (last, count) = (next, count + 1);
        }
        last.duration_since(first).checked_div(count).filter(|mean| mean.is_positive()).unwrap_or(LONGEST)
    }

    /// The time between two visits, where it is one.
    pub fn every(&self) -> Option<SignedDuration> {
        match self {
            Self::Every(span) => Some(*span),
            Self::Cron(..) => None,
        }
    }
}

/// A span of every day, or of some days of the week; one that ends before it begins runs over midnight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The days on which it begins; Monday first.
    days: [bool; 7],
    from: Time,
    to: Time,
}

/// The days as written, Monday first.
const DAYS: [(&str, char); 7] =
    [("mon", '一'), ("tue", '二'), ("wed", '三'), ("thu", '四'), ("fri", '五'), ("sat", '六'), ("sun", '日')];

impl FromStr for Window {
    type Err = CadenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || CadenceError::Window(text.trim().to_owned());
        let plain =
            text.trim().to_lowercase().replace(['－', '–', '—', '~', '至', '到'], "-").replace('：', ":");
        let (days, hours) = match plain.rsplit_once(char::is_whitespace) {
            Some((days, hours)) => (days_of(days.trim()).ok_or_else(wrong)?, hours),
            None => ([true; 7], plain.as_str()),
        };
        let (first, last) = hours.split_once('-').ok_or_else(wrong)?;
        let (from, to) = (time_of(first).ok_or_else(wrong)?, time_of(last).ok_or_else(wrong)?);
        // From midnight to midnight is the whole day, if it is written so.
        if from == to && last.trim() != "24:00" {
            return Err(wrong());
        }
        Ok(Self { days, from, to })
    }
}

fn time_of(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute) = (hour.parse::<i8>().ok()?, minute.parse::<i8>().ok()?);
    // Midnight at the end of a day is written so.
    if (hour, minute) == (24, 0) {
        return Some(Time::midnight());
    }
    Time::new(hour, minute, 0, 0).ok()
}

/// `mon-fri`, `sat,sun`, `周一-周五`, `工作日`.
fn days_of(text: &str) -> Option<[bool; 7]> {
    let mut days = [false; 7];
    for part in text.split([',', '，', '、', '/']) {
        let part = part.trim();
        let (first, last) = match part {
            "workdays" | "工作日" => (0, 4),
            "weekend" | "周末" => (5, 6),
            "daily" | "每天" => (0, 6),
            _ => match part.split_once('-') {
                Some((first, last)) => (day_of(first)?, day_of(last)?),
                None => (day_of(part)?, day_of(part)?),
            },
        };
        let mut day = first;
        days[day] = true;
        while day != last {
            day = (day + 1) % 7;
            days[day] = true;
        }
    }
    Some(days)
}

fn day_of(text: &str) -> Option<usize> {
    let text = text.trim();
    let chinese = text.strip_prefix("周").or_else(|| text.strip_prefix("星期"));
    if let Some(sign) = chinese {
        let sign = if sign == "天" { "日" } else { sign };
        return DAYS.iter().position(|(_, own)| sign.chars().eq([*own]));
    }
    DAYS.iter().position(|(word, _)| text.starts_with(word))
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days != [true; 7] {
            let days: Vec<_> =
                DAYS.iter().zip(self.days).filter(|(_, on)| *on).map(|((word, _), _)| *word).collect();
            write!(f, "{} ", days.join("/"))?;
        }
        write!(f, "{}-", self.from.strftime("%H:%M"))?;
        if self.to == Time::midnight() {
            f.write_str("24:00")
        } else {
            write!(f, "{}", self.to.strftime("%H:%M"))
        }
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Window {
    /// From and to in seconds from Monday on, for each of its days; the last may reach into the next week.
    pub(super) fn seconds_of_the_week(&self) -> impl Iterator<Item = (i64, i64)> {
        let second = |time: Time| 3600 * i64::from(time.hour()) + 60 * i64::from(time.minute());
        let (from, to) = (second(self.from), second(self.to));
        let to = if from < to { to } else { to + 86_400 };
        let mut monday = 0;
        self.days.into_iter().filter_map(move |on| {
            let day = monday;
            monday += 86_400;
            on.then_some((day + from, day + to))
        })
    }
}

/// Whether windows and what is to be avoided leave no minute of the week.
pub fn is_never(windows: &[Window], avoid: &[Window]) -> bool {
    Hours::of(windows, avoid).is_never()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zoned(text: &str) -> ZonedDateTime {
        format!("{text}[Asia/Shanghai]").parse().unwrap()
    }

    #[test]
    fn cadences_are_read_as_people_write_them() {
        for (text, shown) in [
            ("6h", "6h"),
            (" 90m ", "90m"),
            ("每天", "1d"),
            ("weekly", "7d"),
            ("2 小时", "2h"),
            ("15 */4 * * *", "15 */4 * * *"),
        ] {
            assert_eq!(text.parse::<Cadence>().unwrap().to_string(), shown, "{text}");
        }
        for text in ["", "6", "h", "0h", "10000d", "* * *", "99 99 * * *", "sometimes"] {
            assert!(text.parse::<Cadence>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_cron_expression_goes_by_the_clock_of_the_zone() {
        let cadence: Cadence = "30 2 * * *".parse().unwrap();
        let next = cadence.next(&zoned("2026-11-26T12:00:00")).unwrap();
        assert_eq!(next, zoned("2026-11-27T02:30:00").timestamp());
        let now = zoned("2026-11-26T12:00:00");
        for (text, minutes) in [
            ("30 2 * * *", 1440),
            ("0 9 * * mon", 7 * 1440),
            ("0 8,20 * * *", 720),
            ("0 0 30 2 *", 366 * 1440),
        ] {
            assert_eq!(text.parse::<Cadence>().unwrap().mean(&now).as_mins(), minutes, "{text}");
        }
    }

    #[test]
    fn windows_hold_over_midnight_and_on_their_days() {
        let night: Window = "22:00-06:00".parse().unwrap();
        let work: Window = "周一至周五 09:00-11:00".parse().unwrap();
        let weekend: Window = "sat,sun 22:00-02:00".parse().unwrap();
        // 2026-11-26 is a Thursday.
        for (window, at, expected) in [
            (&night, "2026-11-26T23:00:00", true),
            (&night, "2026-11-26T05:59:00", true),
            (&night, "2026-11-26T06:00:00", false),
            (&work, "2026-11-26T09:00:00", true),
            (&work, "2026-11-28T09:30:00", false),
            (&weekend, "2026-11-30T01:00:00", true),
            (&weekend, "2026-11-28T01:00:00", false),
        ] {
            let hours = Hours::of(std::slice::from_ref(window), &[]);
            let at = zoned(at);
            assert_eq!(hours.admit(at.timestamp(), at.time_zone()), expected, "{window} {at}");
        }
        for text in ["mon/tue 09:00-11:00", "22:00-24:00", "00:00-24:00", "23:00-01:30"] {
            assert_eq!(text.parse::<Window>().unwrap().to_string(), text);
        }
        for text in ["", "9-11", "25:00-26:00", "09:00-09:00", "noday 09:00-10:00"] {
            assert!(text.parse::<Window>().is_err(), "{text}");
        }
    }

    #[test]
    fn windows_that_leave_nothing_are_known() {
        let read = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Window>>();
        for (windows, avoid, expected) in [
            (&[][..], &[][..], false),
            (&["09:00-11:00"], &["08:00-12:00"], true),
            (&["09:00-11:00"], &["工作日 08:00-12:00"], false),
            (&["22:00-06:00"], &["22:00-24:00", "00:00-05:59"], false),
            (&["22:00-06:00"], &["22:00-24:00", "00:00-06:00"], true),
            (&[], &["00:00-12:00", "12:00-24:00"], true),
            (&["sat 22:00-02:00"], &["sat 00:00-24:00"], false),
        ] {
            assert_eq!(is_never(&read(windows), &read(avoid)), expected, "{windows:?} {avoid:?}");
        }
    }
}
