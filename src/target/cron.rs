//! Cron expressions on the clock of a time zone: the library's search, told of our civil times.

use std::cmp::Ordering;

use croner::errors::CronError;
use croner::time::{CivilDate, CivilDateTime, CivilTime, CronDateTime, Resolution, Weekday};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

/// The next time of an expression after one, by the clock of the same zone. A time that a change of the clock skips
/// counts as the moment after it.
pub(super) fn next(cron: &croner::Cron, after: &ZonedDateTime) -> Option<Timestamp> {
    let next = cron.find_next_occurrence(&Wall(after.datetime()), false).ok()?;
    Some(next.0.to_zoned_datetime(after.time_zone().clone()).ok()?.timestamp())
}

/// A time as a clock on the wall shows it.
#[derive(Debug, Clone)]
struct Wall(DateTime);

impl CronDateTime for Wall {
    fn to_civil(&self) -> CivilDateTime {
        let at = self.0;
        let unsigned = |part: i8| u32::from(part.unsigned_abs());
        let date = CivilDate::from_ymd_opt(i32::from(at.year()), unsigned(at.month()), unsigned(at.day()));
        let time = CivilTime::from_hms_opt(unsigned(at.hour()), unsigned(at.minute()), unsigned(at.second()));
        CivilDateTime::new(
            date.expect("a valid date is one in either library"),
            time.expect("a valid time is one in either library"),
        )
    }

    fn civil_weekday(&self) -> Weekday {
        Weekday::from_days_from_sunday(u32::from(self.0.weekday().to_sunday_zero_offset().unsigned_abs()))
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let part = |part: u32| i8::try_from(part).map_err(|_| CronError::InvalidDate);
        let year = i16::try_from(civil.year()).map_err(|_| CronError::InvalidDate)?;
        let at = DateTime::new(
            year,
            part(civil.month())?,
            part(civil.day())?,
            part(civil.hour())?,
            part(civil.minute())?,
            part(civil.second())?,
            0,
        );
        at.map(|at| Resolution::Single(Self(at))).map_err(|_| CronError::InvalidDate)
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add(SignedDuration::from_secs(seconds)).ok().map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
