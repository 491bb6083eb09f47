//! Admitted time: what windows leave after what is to be avoided, as stretches of the week that can be walked both ways.
//!
//! Windows are texts of a day; here they are one list of seconds of the week, made once and asked often.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::cadence::Window;

/// When a site may be visited, by the clock of a week that begins on Monday.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hours {
    /// From and to in seconds of the week, in order, apart from each other; one span of the whole week: always.
    open: Vec<(i64, i64)>,
}

/// A stretch of time without a break: its first moment, and the first after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Its first moment.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
}

impl Stretch {
    /// How long it is.
    pub fn length(&self) -> SignedDuration {
        self.end.duration_since(self.start)
    }

    /// All of time.
    const ALWAYS: Self = Self { start: Timestamp::MIN, end: Timestamp::MAX };
}

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;
/// The first Monday of 1970: weeks are counted from it.
const MONDAY: i64 = 4 * DAY;

impl Default for Hours {
    fn default() -> Self {
        Self { open: vec![(0, WEEK)] }
    }
}

impl Hours {
    /// What windows (none: any time) and what is to be avoided leave.
    pub fn of(windows: &[Window], avoid: &[Window]) -> Self {
        let open = if windows.is_empty() { vec![(0, WEEK)] } else { spans(windows) };
        let mut closed = rest(&open);
        closed.extend(spans(avoid));
        Self { open: rest(&joined(closed)) }
    }

    /// Whether every moment is admitted.
    pub fn is_always(&self) -> bool {
        self.open == [(0, WEEK)]
    }

    /// Whether none is.
    pub fn is_never(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether a moment is admitted.
    pub fn admit(&self, at: Timestamp, zone: &TimeZone) -> bool {
        let moment = clock(at, zone).rem_euclid(WEEK);
        self.open.iter().any(|(from, to)| (*from..*to).contains(&moment))
    }

    /// The first admitted stretch that is not over at a moment; it may have begun before. `None`: there is none.
    pub fn from(&self, at: Timestamp, zone: &TimeZone) -> Option<Stretch> {
        if self.is_always() {
            return Some(Stretch::ALWAYS);
        }
        let moment = clock(at, zone);
        let week = moment.div_euclid(WEEK);
        let mut spans =
            (week - 1..=week + 1).flat_map(|week| self.open.iter().map(move |span| (week * WEEK, *span)));
        let (monday, span) = spans.find(|(monday, (_, to))| monday + to > moment)?;
        self.stretch(monday, span, zone)
    }

    /// The last admitted stretch that has begun at a moment; it may go on after it. `None`: there is none.
    pub fn until(&self, at: Timestamp, zone: &TimeZone) -> Option<Stretch> {
        if self.is_always() {
            return Some(Stretch::ALWAYS);
        }
        let moment = clock(at, zone);
        let week = moment.div_euclid(WEEK);
        let mut spans = [week, week - 1]
            .into_iter()
            .flat_map(|week| self.open.iter().rev().map(move |span| (week * WEEK, *span)));
        let (monday, span) = spans.find(|(monday, (from, _))| monday + from <= moment)?;
        self.stretch(monday, span, zone)
    }

    /// A span of the week as a stretch of time; what ends with the week goes on in the next.
    fn stretch(&self, monday: i64, (from, to): (i64, i64), zone: &TimeZone) -> Option<Stretch> {
        let (first, last) = (self.open.first()?, self.open.last()?);
        let over = first.0 == 0 && last.1 == WEEK;
        let start = if over && from == 0 { monday - WEEK + last.0 } else { monday + from };
        let end = if over && to == WEEK { monday + WEEK + first.1 } else { monday + to };
        Some(Stretch { start: moment(start, zone)?, end: moment(end, zone)? })
    }
}

/// Seconds that a clock on the wall shows, from a Monday long ago.
fn clock(at: Timestamp, zone: &TimeZone) -> i64 {
    let shown = zone.to_datetime(at);
    TimeZone::UTC.to_timestamp(shown).map_or(at.as_second(), Timestamp::as_second) - MONDAY
}

/// When a clock on the wall shows so many seconds.
fn moment(clock: i64, zone: &TimeZone) -> Option<Timestamp> {
    let shown = Timestamp::from_second(clock.checked_add(MONDAY)?).ok()?;
    zone.to_timestamp(TimeZone::UTC.to_datetime(shown)).ok()
}

/// Windows as spans of the week; one over the end of Sunday becomes two.
fn spans(windows: &[Window]) -> Vec<(i64, i64)> {
    let mut spans = Vec::new();
    for (from, to) in windows.iter().flat_map(Window::seconds_of_the_week) {
        spans.push((from, to.min(WEEK)));
        if to > WEEK {
            spans.push((0, to - WEEK));
        }
    }
    joined(spans)
}

/// Spans in order, those that touch as one.
fn joined(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.sort_unstable();
    let mut all: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
    for (from, to) in spans {
        match all.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => all.push((from, to)),
        }
    }
    all
}

/// What spans in order leave of the week.
fn rest(spans: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut left = Vec::with_capacity(spans.len() + 1);
    let mut at = 0;
    for (from, to) in spans {
        if *from > at {
            left.push((at, *from));
        }
        at = *to;
    }
    if at < WEEK {
        left.push((at, WEEK));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(8))
    }

    fn hours(windows: &[&str], avoid: &[&str]) -> Hours {
        let read = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Window>>();
        Hours::of(&read(windows), &read(avoid))
    }

    /// A time of Beijing.
    fn at(text: &str) -> Timestamp {
        format!("{text}+08:00").parse().unwrap()
    }

    fn stretch(start: &str, end: &str) -> Option<Stretch> {
        Some(Stretch { start: at(start), end: at(end) })
    }

    #[test]
    fn stretches_are_found_both_ways_and_over_the_end_of_the_week() {
        // 2026-11-26 is a Thursday.
        let night = hours(&["22:00-06:00"], &[]);
        let sunday = stretch("2026-11-29T22:00:00", "2026-11-30T06:00:00");
        for moment in
            ["2026-11-29T22:00:00", "2026-11-29T23:59:59", "2026-11-30T00:00:00", "2026-11-30T05:59:59"]
        {
            assert_eq!(night.from(at(moment), &zone()), sunday, "{moment}");
            assert_eq!(night.until(at(moment), &zone()), sunday, "{moment}");
        }
        assert_eq!(night.until(at("2026-11-30T12:00:00"), &zone()), sunday);
        assert_eq!(night.from(at("2026-11-29T12:00:00"), &zone()), sunday);
        let weekly = hours(&["mon 09:00-11:00"], &[]);
        let next = stretch("2026-11-30T09:00:00", "2026-11-30T11:00:00");
        assert_eq!(weekly.from(at("2026-11-23T11:00:00"), &zone()), next);
        assert_eq!(weekly.until(at("2026-12-07T08:59:59"), &zone()), next);
    }

    #[test]
    fn what_is_avoided_goes_before_windows() {
        let left = hours(&["20:00-08:00"], &["工作日 22:00-23:30", "sat 00:00-24:00"]);
        for (moment, expected) in [
            ("2026-11-26T21:59:59", true),
            ("2026-11-26T22:00:00", false),
            ("2026-11-26T23:30:00", true),
            ("2026-11-27T08:00:00", false),
            ("2026-11-27T23:59:59", true),
            ("2026-11-28T00:00:00", false),
            ("2026-11-29T00:00:00", true),
        ] {
            assert_eq!(left.admit(at(moment), &zone()), expected, "{moment}");
        }
        assert!(hours(&["00:00-12:00", "12:00-24:00"], &[]).is_always() && Hours::default().is_always());
        assert!(hours(&[], &["00:00-12:00", "12:00-24:00"]).is_never());
        assert_eq!(hours(&[], &["00:00-24:00"]).from(at("2026-11-28T00:00:00"), &zone()), None);
    }

    #[test]
    fn the_ends_of_time_break_nothing() {
        let night = hours(&["22:00-06:00"], &[]);
        for moment in [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH] {
            let _ = (night.from(moment, &zone()), night.until(moment, &zone()), night.admit(moment, &zone()));
        }
    }
}
