//! When a site is due: period, scatter, windows, back-off, quarantine, and what happens after downtime.

use jiff::{SignedDuration, Timestamp};

use super::{Memory, Rhythm};
use crate::id::sha256_hex;
use crate::target::cadence::admitted;

/// The part of a period by which visits are scattered, earlier or later, so that sites registered together do not stay
/// together and nobody can set a clock by the visitor.
const SCATTER: f64 = 0.1;

/// The first look again after a visit that met nobody; it doubles with every further one.
const RETRY: SignedDuration = SignedDuration::from_mins(15);
/// How often a dead site is looked for.
const DEAD: SignedDuration = SignedDuration::from_hours(7 * 24);

/// When a site that was never visited is due: scattered over its first period, at most a day.
pub fn first_due(rhythm: &Rhythm<'_>, now: Timestamp) -> Timestamp {
    let span = rhythm.period.min(SignedDuration::from_hours(24));
    let due = later(now, span, chance(rhythm.name, 0));
    within(rhythm, due)
}

/// When a site is due after a visit that ended at a time.
pub fn next_due(rhythm: &Rhythm<'_>, memory: &Memory, ended: Timestamp) -> Timestamp {
    let scatter = 1.0 + SCATTER * (2.0 * chance(rhythm.name, memory.visits) - 1.0);
    let due = later(ended, wait(rhythm.period, memory, ended), scatter);
    within(rhythm, due)
}

/// The time between two visits as the site behaves: retries come soon and thin out until the period is reached; a site
/// that stays dead is only looked for once a week.
fn wait(period: SignedDuration, memory: &Memory, now: Timestamp) -> SignedDuration {
    if memory.is_dead(now) {
        return period.max(DEAD);
    }
    match memory.failures.checked_sub(1) {
        None => period,
        Some(before) => RETRY
            .checked_mul(1_i32.checked_shl(before).unwrap_or(i32::MAX))
            .map_or(period, |retry| retry.min(period)),
    }
}

/// The new due time of a site that should have been visited while the patrol stood still: the `rank`th of `count` such
/// sites, the most pressing first, spread evenly over a span instead of all at once.
pub fn catch_up(rank: usize, count: usize, now: Timestamp, span: SignedDuration) -> Timestamp {
    #[expect(clippy::cast_precision_loss, reason = "counts of sites are far below 2^52")]
    let share = rank as f64 / count.max(1) as f64;
    later(now, span, share)
}

/// A time after another by a part of a span; the end of time where it does not fit.
fn later(from: Timestamp, span: SignedDuration, part: f64) -> Timestamp {
    let wait = SignedDuration::try_from_secs_f64(span.as_secs_f64() * part).unwrap_or(span);
    from.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// The first admitted time at or after one. Where the windows admit none, the time itself: a site that can never be
/// visited would be forgotten.
fn within(rhythm: &Rhythm<'_>, due: Timestamp) -> Timestamp {
    if rhythm.windows.is_empty() && rhythm.avoid.is_empty() {
        return due;
    }
    let zoned = due.to_zoned_datetime(rhythm.zone.clone());
    let Some(at) = admitted(&zoned, rhythm.windows, rhythm.avoid) else { return due };
    if at == zoned {
        return due;
    }
    // Those who waited for a window do not all go at its first minute.
    let scattered = at.timestamp().checked_add(SignedDuration::from_secs_f64(600.0 * chance(rhythm.name, 1)));
    match scattered.map(|time| time.to_zoned_datetime(rhythm.zone.clone())) {
        Ok(time) if admitted(&time, rhythm.windows, rhythm.avoid).as_ref() == Some(&time) => time.timestamp(),
        _ => at.timestamp(),
    }
}

/// A number from 0 to 1 that follows from a name and a count.
fn chance(name: &str, count: u64) -> f64 {
    let digest = sha256_hex(format!("{name} {count}").as_bytes());
    let drawn = u32::from_str_radix(&digest[..8], 16).unwrap_or(0);
    f64::from(drawn) / f64::from(u32::MAX)
}
