//! Which site is due, and how a budget of requests is best spread over sites. Pure: time and memory come in as
//! arguments, nothing here waits, asks or keeps.
//!
//! A unit's cadence is the longest time between two visits. Whatever a budget allows beyond that goes where it shortens
//! the time from infection to first look most ([`plan`]).

mod due;
mod memory;
pub mod plan;
pub mod prior;
#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub use due::{DEAD, catch_up, first_due, next_due, pulled_in, put_off};
pub use memory::{Came, Memory};

use crate::target::cadence::Cadence;
use crate::target::hours::Hours;

/// How long a site is left alone between visits when nobody says.
pub const USUAL: SignedDuration = SignedDuration::from_hours(24);

/// The shortest period of a site that a budget may buy.
pub const SOONEST: SignedDuration = SignedDuration::from_mins(30);

/// When a site may be visited, and how often it is to be.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm<'a> {
    /// The name of the site: its visits are scattered by it.
    pub name: &'a str,
    /// The longest time from one visit to the next, by the plan.
    pub period: SignedDuration,
    /// What the unit demands; where it is a cron expression its times count, and the period is their mean distance.
    pub cadence: Option<&'a Cadence>,
    /// When it may be visited.
    pub hours: &'a Hours,
    /// The zone of the hours and of cron expressions.
    pub zone: &'a TimeZone,
}

impl Rhythm<'_> {
    /// The cron expression by whose times the site is visited.
    fn cron(&self) -> Option<&Cadence> {
        self.cadence.filter(|cadence| cadence.every().is_none())
    }

    /// The longest time between two visits that the unit allows.
    fn demanded(&self) -> SignedDuration {
        self.cadence.map_or(USUAL, |cadence| cadence.every().unwrap_or(self.period))
    }

    /// Whether a visit may begin at a time.
    pub fn admits(&self, at: Timestamp) -> bool {
        self.hours.admit(at, self.zone)
    }
}
