//! Ways in which a site goes on for ever: endless paths, calendars, facets, mazes of one page under many names.
//!
//! A trap is told by its shape or by what it answered; what is passed over is counted and said, never silent.

use jiff::civil::Date;
use url::Url;

use super::template::{day, is_item};

/// The longest address that is asked for, in bytes; servers commonly refuse longer ones.
const LONGEST: usize = 1024;
/// Folders deeper than this are made by machines.
const DEEPEST: usize = 12;
/// How often one segment may stand in a path.
const REPEATED: usize = 3;
/// Parameters of an address; filters stack up more.
const PARAMETERS: usize = 6;
/// Days ahead of today for which a calendar is looked at.
const AHEAD: i64 = 62;
/// Days back from today for which a calendar is looked at.
const BACK: i64 = 400;

/// Why an address is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trap {
    /// A path that repeats itself or has no end.
    EndlessPath,
    /// A calendar, leafed far from today.
    Calendar,
    /// Filters that multiply.
    Facets,
    /// Many addresses that all answered with the same page.
    Maze,
}

/// Whether an address is a trap by its shape alone.
pub fn trap(url: &Url, today: Date) -> Option<Trap> {
    if url.as_str().len() > LONGEST || is_endless(url.path()) {
        return Some(Trap::EndlessPath);
    }
    if is_far_calendar(url, today) {
        return Some(Trap::Calendar);
    }
    (url.query_pairs().take(PARAMETERS + 1).count() > PARAMETERS).then_some(Trap::Facets)
}

/// Whether a path goes round: one segment again and again, or a row of segments twice in a row and once more.
fn is_endless(path: &str) -> bool {
    let segments: Vec<&str> =
        path.split('/').filter(|segment| !segment.is_empty()).take(DEEPEST + 1).collect();
    if segments.len() > DEEPEST {
        return true;
    }
    let mut words = segments.iter().filter(|segment| !segment.bytes().all(|byte| byte.is_ascii_digit()));
    let again = |segment: &str| segments.iter().filter(|other| **other == segment).count() >= REPEATED;
    if words.any(|segment| again(segment)) {
        return true;
    }
    (2..=segments.len() / 2).any(|length| {
        segments.windows(2 * length).any(|window| {
            let (one, two) = window.split_at(length);
            one == two && one.iter().any(|segment| !segment.bytes().all(|byte| byte.is_ascii_digit()))
        })
    })
}

/// Whether an address is a leaf of a calendar that is far from today. Articles filed by their day are none: their last
/// segment is a name of its own.
fn is_far_calendar(url: &Url, today: Date) -> bool {
    let Some(leaf) = calendar_leaf(url) else { return false };
    let Ok(distance) = leaf.since((jiff::Unit::Day, today)) else { return true };
    let days = i64::from(distance.get_days());
    !(-BACK..=AHEAD).contains(&days)
}

/// The day that a calendar's leaf stands for.
fn calendar_leaf(url: &Url) -> Option<Date> {
    let parameter = |wanted: &[&str]| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(name, _)| wanted.contains(&name.to_ascii_lowercase().as_str()))
            .map(|(_, value)| value.into_owned())
    };
    let number = |wanted: &[&str]| parameter(wanted).and_then(|value| value.parse::<i16>().ok());
    if let Some(year) = number(&["year", "y", "yyyy"]).filter(|year| (1..=9999).contains(year)) {
        let month = number(&["month", "mon", "mm"]).and_then(|month| i8::try_from(month).ok());
        return month.and_then(|month| Date::new(year, month, 1).ok());
    }
    let written = parameter(&["date", "day", "month", "ym"]).filter(|value| value.len() >= 6);
    if let Some(written) = written {
        let spelled = Url::parse(&format!("http://x.invalid/{}/", written.replace('/', "-"))).ok()?;
        return day(&spelled);
    }
    // A path that ends in nothing but a day or a month, below something that names a calendar or holds no file.
    let calendar = ["calendar", "events", "event", "rili", "schedule", "archive"];
    let named =
        url.path().split('/').any(|segment| calendar.contains(&segment.to_ascii_lowercase().as_str()));
    let last = url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let bare = last.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') && !last.is_empty();
    (named && bare && (url.path().ends_with('/') || is_item(url))).then(|| day(url)).flatten()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn traps_are_told_by_their_shape() {
        let long = format!("/{}", "x".repeat(LONGEST));
        for (path, expected) in [
            ("/", None),
            ("/news/2019/05/02/art.html", None),
            ("/news/2019/2019/a.html", None),
            ("/a/b/a/b/", Some(Trap::EndlessPath)),
            ("/img/img/img/x", Some(Trap::EndlessPath)),
            ("/en/news/en/about", None),
            ("/1/2/3/4/5/6/7/8/9/10/11/12/13", Some(Trap::EndlessPath)),
            (long.as_str(), Some(Trap::EndlessPath)),
            ("/calendar?year=2031&month=5", Some(Trap::Calendar)),
            ("/calendar?year=2026&month=12", None),
            ("/calendar?month=1805-02", None),
            ("/cal?date=2044-01-01", Some(Trap::Calendar)),
            ("/calendar/2035/07/", Some(Trap::Calendar)),
            ("/events/2019-03-04", Some(Trap::Calendar)),
            ("/calendar/2026/10/", None),
            ("/archive/2019/05/art_3.html", None),
            ("/shop?a=1&b=2&c=3&d=4&e=5&f=6&g=7", Some(Trap::Facets)),
            ("/shop?a=1&b=2", None),
        ] {
            let url = Url::parse(&format!("http://a.test{path}")).unwrap();
            assert_eq!(trap(&url, date(2026, 11, 26)), expected, "{path}");
        }
    }
}
