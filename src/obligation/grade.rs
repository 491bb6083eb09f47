//! Grading of tampering incidents by how long harmful information showed.
//!
//! A visit sees moments, not spans: the span lies between the first and last bad sight, and the clean sights around
//! them. So each threshold is reached, possible, or not reached. The thresholds are indicative (可判别为).

use serde::{Deserialize, Serialize};

use super::{Catalogue, Confidence};
use crate::lang::Bilingual;
use crate::target::OperatorKind;

/// A grade of incident with its thresholds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// Its stable word.
    pub level: String,
    /// Its name.
    pub name: Bilingual,
    /// Which sites it speaks of; a person must say whether a site is one.
    pub subjects: Bilingual,
    /// Minutes on the home page.
    pub home_minutes: u64,
    /// Minutes on another page.
    pub other_minutes: u64,
    /// Forwards; cannot be seen from outside.
    pub forwards: u64,
    /// Views or clicks; cannot be seen from outside.
    pub views: u64,
    /// Minutes of being unreachable by attack or fault.
    pub unreachable_minutes: u64,
    /// Whether the figures were seen in the final text.
    pub verified: bool,
    /// The sources in the fact sheet.
    pub sources: Vec<String>,
}

/// Within how many hours of finding or learning of it an incident of relatively large grade or above is first reported.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// For whom.
    pub operators: Vec<OperatorKind>,
    /// Hours.
    pub hours: u32,
    /// To whom.
    pub to: Bilingual,
    /// How well it is supported.
    pub confidence: Confidence,
    /// The sources in the fact sheet.
    pub sources: Vec<String>,
}

/// What an observed span says about one grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reached {
    /// The span that was seen is long enough.
    Reached,
    /// The span may have been long enough.
    Possible,
    /// Even the longest possible span is too short.
    NotReached,
}

/// One grade read against an observed span.
#[derive(Debug, Clone)]
pub struct GradeReading<'a> {
    /// The grade.
    pub grade: &'a Grade,
    /// Whether its duration is reached.
    pub reached: Reached,
}

impl Catalogue {
    /// The clocks that may run for a kind of operator, the shortest first.
    pub fn clocks(&self, operator: OperatorKind) -> impl Iterator<Item = &Clock> {
        self.clocks.iter().filter(move |clock| clock.operators.contains(&operator))
    }

    /// Reads a span of tampering against every grade, heaviest first. `seen` is the time in minutes from the first to
    /// the last bad sight, `most` that between the clean sights around them (`None`: no clean sight bounds it).
    pub fn grade_tampering(&self, home: bool, seen: u64, most: Option<u64>) -> Vec<GradeReading<'_>> {
        let reading = |grade| {
            let &Grade { home_minutes, other_minutes, .. } = grade;
            let threshold = if home { home_minutes } else { other_minutes };
            let reached = match most {
                _ if seen >= threshold => Reached::Reached,
                Some(most) if most < threshold => Reached::NotReached,
                _ => Reached::Possible,
            };
            GradeReading { grade, reached }
        };
        self.grades.iter().map(reading).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(home: bool, seen: u64, most: Option<u64>, expected: [Reached; 3]) {
        let readings = Catalogue::builtin().grade_tampering(home, seen, most);
        let reached: Vec<_> = readings.iter().map(|reading| reading.reached).collect();
        assert_eq!(reached, expected);
    }

    #[test]
    fn a_span_is_read_against_both_bounds() {
        use super::Reached::{NotReached, Possible, Reached};
        check(true, 360, None, [Reached, Reached, Reached]);
        check(true, 359, Some(359), [NotReached, Reached, Reached]);
        check(true, 0, Some(29), [NotReached, NotReached, NotReached]);
        check(true, 10, Some(130), [NotReached, Possible, Possible]);
        check(false, 360, Some(700), [NotReached, NotReached, Reached]);
        check(false, 0, None, [Possible, Possible, Possible]);
    }

    #[test]
    fn only_the_final_text_counts_as_verified() {
        let verified: Vec<_> = Catalogue::builtin().grades.iter().map(|grade| grade.verified).collect();
        assert_eq!(verified, [true, false, false]);
    }
}
