//! The officer's desk: what people do with what is remembered. Stored incidents with the duties that their operators
//! had, decisions, baselines approved, packages and documents made.
//!
//! Commands and the console are two ways to this one room, so that both do and refuse the same. It visits nobody and
//! judges nothing; whatever it changes, a person asked for and is named.

mod baselines;
mod cases;
mod decide;
mod deliver;
mod documents;
mod hooks;
mod operators;
mod package;
mod papers;
mod progress;
mod register;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

pub use baselines::{BaselineError, decide_baselines};
pub use cases::{CaseFile, Desk, campaigns, report_of};
pub use decide::{DecideError, Wish, decide};
pub use deliver::{ChannelStatus, Deliverer, Trouble, try_channel};
pub use documents::{Gathered, is_digest, picture};
pub use hooks::Hooks;
pub use operators::Operators;
pub use package::{PackageError, evidence_folders, package};
pub use papers::{CasePapers, Draft, List, Lists, Paper, PrintError, Wanted, print};
pub use progress::told;
pub use register::{Brought, RegisterError, VisitingError, import, set_visiting};

/// How long a dismissal holds when the user says no date: long enough not to nag, short enough that nothing is
/// silenced for good.
pub const DISMISSED_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The first instant of a day in Beijing, where the law applies; `None` beyond the end of time.
pub fn start_of(day: Date) -> Option<Timestamp> {
    jiff::tz::offset(8).to_timestamp(day.at(0, 0, 0, 0)).ok()
}

/// The first instant after a day in Beijing; `None` beyond the end of time.
pub fn end_of(day: Date) -> Option<Timestamp> {
    start_of(day.tomorrow().ok()?)
}
