//! The periodic summary: what was found, put right, came back and could not be looked at in a span of days.
//!
//! This file counts; `told` puts the figures into words, `page` draws them, `text` writes them for a terminal.

mod page;
mod text;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::offset;
use jiff::{Timestamp, ToSpan as _};

pub use page::html;
pub use text::text;

use super::list::Listed;
use crate::finding::NotAssessed;
use crate::id::{IncidentId, TargetId};
use crate::incident::{Course, Event, Happening, Standing};
use crate::target::OperatorKind;

/// Weeks counted one by one; a longer span is counted by months.
const WEEKS: usize = 60;

/// What a summary is made of.
#[derive(Debug)]
pub struct Period<'a> {
    /// The first day, Beijing time.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Every incident that is known, with its site.
    pub incidents: Vec<Listed<'a>>,
    /// The kind of operator of each, in the same order.
    pub operators: Vec<OperatorKind>,
    /// What happened to incidents up to the end of the span, oldest first.
    pub events: Vec<&'a Event>,
    /// Visits that ended in the span.
    pub visits: u64,
    /// Sites visited in it.
    pub visited: BTreeSet<&'a TargetId>,
    /// Sites that are registered, with their names; empty where there is no registry.
    pub registered: Vec<(&'a TargetId, &'a str)>,
    /// Requests sent in it.
    pub requests: u64,
    /// What could not be looked at in it, with the site.
    pub not_assessed: Vec<(&'a TargetId, &'a NotAssessed)>,
    /// When it is made.
    pub now: Timestamp,
}

/// The figures of a summary, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Over all incidents.
    pub all: Counts,
    /// By week or month, oldest first: its first day.
    pub steps: Vec<(Date, Counts)>,
    /// Whether the steps are months.
    pub monthly: bool,
    /// Incidents that people set aside and that are counted nowhere as open.
    pub dismissed: usize,
}

/// How many incidents something happened to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Seen for the first time in the span.
    pub opened: usize,
    /// Put right in the span, seen at a second look.
    pub rectified: usize,
    /// Came back in the span.
    pub reopened: usize,
    /// Not put right when the summary is made.
    pub open: usize,
    /// Minutes from first sight (or return) to the first clean look, of what was put right in the span, least first.
    pub fixes: Vec<u64>,
}

/// The spread of times to fix, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// The least.
    pub least: u64,
    /// A quarter took no longer.
    pub lower: u64,
    /// Half took no longer.
    pub median: u64,
    /// Three quarters took no longer.
    pub upper: u64,
    /// The most.
    pub most: u64,
}

impl Counts {
    /// The spread of its times to fix; `None` where nothing was put right.
    pub fn spread(&self) -> Option<Spread> {
        let (least, most) = (*self.fixes.first()?, *self.fixes.last()?);
        // Between two times it lies in the middle of them, weighted by nearness.
        let at = |quarter: usize| {
            let scaled = (self.fixes.len() - 1) * quarter;
            let low = self.fixes[scaled / 4];
            let high = self.fixes[scaled.div_ceil(4)];
            low + (high - low) * (scaled % 4) as u64 / 4
        };
        Some(Spread { least, lower: at(1), median: at(2), upper: at(3), most })
    }

    fn is_nothing(&self) -> bool {
        (self.opened, self.rectified, self.reopened, self.open) == (0, 0, 0, 0)
    }

    fn add(&mut self, other: &Self) {
        self.opened += other.opened;
        self.rectified += other.rectified;
        self.reopened += other.reopened;
        self.open += other.open;
        self.fixes.extend(&other.fixes);
        self.fixes.sort_unstable();
    }
}

/// What happened to one incident in the span: when, and how long a fix took.
#[derive(Debug, Default)]
struct Story {
    opened: Vec<Date>,
    rectified: Vec<(Date, u64)>,
    reopened: Vec<Date>,
}

impl Period<'_> {
    /// Counts.
    pub fn figures(&self) -> Figures {
        let mut all = Counts::default();
        let mut dismissed = 0;
        let courses = self.courses();
        for (listed, own) in self.incidents.iter().zip(self.counts(&courses)) {
            dismissed += usize::from(listed.standing == Standing::Dismissed);
            all.add(&own);
        }
        let (starts, monthly) = self.starts();
        let step = |(index, start): (usize, &Date)| {
            let end = starts.get(index + 1).copied();
            let inside = |day: &Date| *day >= *start && end.is_none_or(|end| *day < end);
            let mut counts = Counts::default();
            for course in courses.values() {
                counts.opened += course.opened.iter().filter(|day| inside(day)).count();
                counts.reopened += course.reopened.iter().filter(|day| inside(day)).count();
                let fixed = course.rectified.iter().filter(|(day, _)| inside(day));
                counts.fixes.extend(fixed.map(|(_, minutes)| *minutes));
            }
            counts.fixes.sort_unstable();
            counts.rectified = counts.fixes.len();
            (*start, counts)
        };
        Figures { all, steps: starts.iter().enumerate().map(step).collect(), monthly, dismissed }
    }

    /// The counts of incidents by some of their properties, those with nothing to tell left out.
    fn grouped<K: Ord>(&self, keys: impl Fn(&Listed<'_>, OperatorKind) -> Vec<K>) -> BTreeMap<K, Counts> {
        let courses = self.courses();
        let mut groups: BTreeMap<K, Counts> = BTreeMap::new();
        for ((listed, operator), own) in self.incidents.iter().zip(&self.operators).zip(self.counts(&courses))
        {
            if own.is_nothing() {
                continue;
            }
            for key in keys(listed, *operator) {
                groups.entry(key).or_default().add(&own);
            }
        }
        groups
    }

    /// The counts of each incident, in order.
    fn counts(&self, courses: &BTreeMap<&IncidentId, Story>) -> Vec<Counts> {
        let nothing = Story::default();
        let counts = |listed: &Listed<'_>| {
            let course = courses.get(&listed.incident.id).unwrap_or(&nothing);
            let mut fixes: Vec<u64> = course.rectified.iter().map(|(_, minutes)| *minutes).collect();
            fixes.sort_unstable();
            let settled =
                listed.standing == Standing::Dismissed || listed.incident.course == Course::Rectified;
            Counts {
                opened: course.opened.len(),
                rectified: fixes.len(),
                reopened: course.reopened.len(),
                open: usize::from(!settled),
                fixes,
            }
        };
        self.incidents.iter().map(counts).collect()
    }

    fn courses(&self) -> BTreeMap<&IncidentId, Story> {
        let mut courses: BTreeMap<&IncidentId, Story> = BTreeMap::new();
        // When it was last seen to begin, and last seen to be gone.
        let mut marks: BTreeMap<&IncidentId, (Timestamp, Option<Timestamp>)> = BTreeMap::new();
        for event in &self.events {
            let day = offset(8).to_datetime(event.at).date();
            let within = day >= self.from && day <= self.to;
            let course = courses.entry(&event.incident).or_default();
            let mark = marks.entry(&event.incident).or_insert((event.at, None));
            match event.what {
                Happening::Opened => {
                    *mark = (event.at, None);
                    course.opened.extend(within.then_some(day));
                }
                Happening::Reopened => {
                    *mark = (event.at, None);
                    course.reopened.extend(within.then_some(day));
                }
                Happening::Cleared => mark.1 = Some(event.at),
                Happening::Rectified => {
                    let took = mark.1.unwrap_or(event.at).duration_since(mark.0).as_mins();
                    let took = u64::try_from(took).unwrap_or(0);
                    course.rectified.extend(within.then_some((day, took)));
                }
                Happening::Grown | Happening::Worsened => {}
            }
        }
        courses
    }

    /// The first days of the weeks, or of the months where there are too many weeks.
    fn starts(&self) -> (Vec<Date>, bool) {
        let walk = |step: jiff::Span| {
            let mut starts = Vec::new();
            let mut day = self.from;
            while day <= self.to && starts.len() < 1200 {
                starts.push(day);
                match day.checked_add(step) {
                    Ok(next) => day = next,
                    Err(_) => break,
                }
            }
            starts
        };
        let weeks = walk(7.days());
        if weeks.len() <= WEEKS { (weeks, false) } else { (walk(1.month()), true) }
    }
}
