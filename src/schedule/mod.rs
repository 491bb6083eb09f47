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

use jiff::SignedDuration;
use jiff::tz::TimeZone;

pub use due::{catch_up, first_due, next_due};
pub use memory::{Came, Memory};

use crate::target::cadence::Window;

/// How long a site is left alone between visits when nobody says.
pub const USUAL: SignedDuration = SignedDuration::from_hours(24);

/// The shortest time between two visits of a site that a budget may buy.
pub const SOONEST: SignedDuration = SignedDuration::from_mins(30);

/// When a site may be visited, and how often it is to be.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm<'a> {
    /// The name of the site: its visits are scattered by it.
    pub name: &'a str,
    /// From one visit to the next.
    pub period: SignedDuration,
    /// When it may be visited; empty: at any time.
    pub windows: &'a [Window],
    /// When it must not be.
    pub avoid: &'a [Window],
    /// The zone of the windows.
    pub zone: &'a TimeZone,
}
