//! When a site is due: period or cron times, scatter, admitted hours, back-off, quarantine, and what happens after
//! downtime or when the clock was wrong. Whatever is said here lies in the admitted hours, where there are any.

use jiff::{SignedDuration, Timestamp};

use super::{Memory, Rhythm};
use crate::target::hours::Stretch;

/// The part of a period by which visits are scattered, so that sites registered together do not stay together and nobody
/// can set a clock by the visitor. Always earlier: a cadence is the longest time between two visits.
pub(super) const SCATTER: f64 = 0.1;
/// The part of an opening by which they are scattered at the most: a visit wanders backwards through its opening, and
/// each time it comes to the beginning one more visit takes it to the end.
const SCATTER_WITHIN: f64 = 0.05;
/// How long after a time of a cron expression a visit may come.
const AFTER_ITS_TIME: SignedDuration = SignedDuration::from_mins(10);

/// The first look again after a visit that met nobody; it doubles with every further one.
const RETRY: SignedDuration = SignedDuration::from_mins(15);
/// How often a dead site is looked for.
pub const DEAD: SignedDuration = SignedDuration::from_hours(7 * 24);

/// When a site that was never visited is due: scattered over its first period, at most a day.
pub fn first_due(rhythm: &Rhythm<'_>, now: Timestamp) -> Timestamp {
    let span = rhythm.period.min(SignedDuration::from_hours(24));
    let drawn = chance(rhythm.name, 0);
    held(rhythm, later(now, span, drawn), rhythm.period, drawn)
}

/// When a site is due after a visit that ended at a time.
pub fn next_due(rhythm: &Rhythm<'_>, memory: &Memory, ended: Timestamp) -> Timestamp {
    let drawn = chance(rhythm.name, memory.visits);
    if memory.failures == 0 {
        return at_its_times(rhythm, ended, drawn).unwrap_or_else(|| in_its_period(rhythm, ended, drawn));
    }
    let wait = wait(rhythm.period, memory, ended);
    let due = held(rhythm, later(ended, wait, 1.0 - SCATTER * drawn), wait, drawn);
    if memory.is_dead(ended) {
        return due;
    }
    at_its_times(rhythm, ended, drawn).map_or(due, |regular| due.min(regular))
}

/// The time until a site that met nobody is tried again: retries come soon and thin out until the period is reached; a
/// site that stays dead is only looked for once a week.
fn wait(period: SignedDuration, memory: &Memory, now: Timestamp) -> SignedDuration {
    if memory.is_dead(now) {
        return period.max(DEAD);
    }
    let before = memory.failures.saturating_sub(1);
    RETRY
        .checked_mul(1_i32.checked_shl(before).filter(|times| *times > 0).unwrap_or(i32::MAX))
        .map_or(period, |retry| retry.min(period))
}

/// The next time of the cron expression, a little later by the name; `None` where there is no expression, or it never
/// comes true again.
fn at_its_times(rhythm: &Rhythm<'_>, ended: Timestamp, drawn: f64) -> Option<Timestamp> {
    let cron = rhythm.cron()?;
    let time = cron.next(&ended.to_zoned_datetime(rhythm.zone.clone()))?;
    let little = part(rhythm.period, SCATTER);
    let due = later(time, little.min(AFTER_ITS_TIME), drawn);
    // An opening may end just after its time.
    if rhythm.admits(time) && !rhythm.admits(due) {
        return Some(time);
    }
    Some(held(rhythm, due, little, drawn))
}

/// A period after the visit before, never later where an admitted moment of its later half allows it, and spread over
/// openings so that those held back neither begin nor end together.
fn in_its_period(rhythm: &Rhythm<'_>, ended: Timestamp, drawn: f64) -> Timestamp {
    let period = rhythm.period;
    let latest = later(ended, period, 1.0);
    if rhythm.hours.is_always() {
        return later(ended, period, 1.0 - SCATTER * drawn);
    }
    let Some(opening) = rhythm.hours.until(latest, rhythm.zone) else { return latest };
    if opening.end > latest {
        let reach = reach(period, &opening);
        let room = latest.duration_since(opening.start.max(later(ended, period, 0.5)));
        if room >= reach {
            return earlier(latest, reach, drawn);
        }
        // So near the beginning all would gather there in time; the visit goes to the end of the opening before.
        let before = opening.start.checked_sub(SignedDuration::from_nanos(1)).ok();
        let before = before.and_then(|at| rhythm.hours.until(at, rhythm.zone));
        return before
            .and_then(|before| at_the_end(&before, ended, period, drawn))
            .unwrap_or_else(|| earlier(latest, room, drawn));
    }
    let from = opening.start.max(later(ended, period, 0.5));
    if from < opening.end {
        return later(from, opening.end.duration_since(from), drawn);
    }
    next_opening(rhythm, latest, ended, drawn)
}

/// A moment towards the end of an opening in which, or in the one after which, the last visit was; `None` where too
/// little of it is left for one more visit to be of use.
fn at_the_end(opening: &Stretch, ended: Timestamp, period: SignedDuration, drawn: f64) -> Option<Timestamp> {
    let reach = reach(period, opening);
    let room = opening.end.duration_since(ended);
    let enough = part(period, 0.5).min(part(opening.length(), 0.5));
    (room >= enough && room > reach).then(|| earlier(opening.end, reach, 1.0 - drawn))
}

/// How far visits are scattered in an opening.
fn reach(period: SignedDuration, opening: &Stretch) -> SignedDuration {
    part(period, SCATTER).min(part(opening.length(), SCATTER_WITHIN))
}

/// The next opening after a moment, spread over as much of it as the period allows: who is to be visited often does not
/// wait for its end. What the unit demands is kept where that is in time.
fn next_opening(rhythm: &Rhythm<'_>, after: Timestamp, ended: Timestamp, drawn: f64) -> Timestamp {
    let Some(opening) = rhythm.hours.from(after, rhythm.zone) else { return after };
    let demanded = later(ended, rhythm.demanded(), 1.0);
    let end = if demanded > opening.start { opening.end.min(demanded) } else { opening.end };
    let start = opening.start.max(after);
    later(start, end.duration_since(start).min(rhythm.period), drawn)
}

/// A due time where it is admitted; else a moment of the next opening, the span after its beginning or its length,
/// whichever is shorter, shared out by what was drawn. Where nothing is ever admitted, the time itself: a site that can
/// never be visited would be forgotten.
fn held(rhythm: &Rhythm<'_>, due: Timestamp, span: SignedDuration, drawn: f64) -> Timestamp {
    match rhythm.hours.from(due, rhythm.zone) {
        Some(opening) if opening.start > due => later(opening.start, opening.length().min(span), drawn),
        _ => due,
    }
}

/// When a site that was about to be visited outside of its hours may be; `None`: now.
pub fn put_off(rhythm: &Rhythm<'_>, memory: &Memory, now: Timestamp) -> Option<Timestamp> {
    let due = held(rhythm, now, rhythm.period, chance(rhythm.name, memory.visits));
    (due > now).then_some(due)
}

/// The new due time of a site that should have been visited while the patrol stood still: the `rank`th of `count` such
/// sites, the most pressing first, spread evenly over a span instead of all at once; over the span after its next
/// opening where it is not admitted by then.
pub fn catch_up(
    rhythm: &Rhythm<'_>,
    rank: usize,
    count: usize,
    now: Timestamp,
    span: SignedDuration,
) -> Timestamp {
    #[expect(clippy::cast_precision_loss, reason = "counts of sites are far below 2^52")]
    let share = rank as f64 / count.max(1) as f64;
    held(rhythm, later(now, span, share), span, share)
}

/// The new due time of a site whose due time lies further ahead than any that could have been given by now: the clock was
/// wrong, or the cadence has become shorter. `None`: it is well as it is.
pub fn pulled_in(rhythm: &Rhythm<'_>, memory: &Memory, due: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let drawn = chance(rhythm.name, memory.visits);
    let dead = memory.is_dead(now);
    let regular = if dead { None } else { at_its_times(rhythm, now, drawn) };
    let span = if dead { rhythm.period.max(DEAD) } else { rhythm.period.max(rhythm.demanded()) };
    let last = regular.unwrap_or_else(|| later(now, span, 1.0));
    let last = match rhythm.hours.from(last, rhythm.zone) {
        Some(opening) if !rhythm.hours.is_always() => later(last.max(opening.start), span, 1.0),
        _ => last,
    };
    if due <= later(last, part(span, SCATTER).max(AFTER_ITS_TIME), 1.0) {
        return None;
    }
    Some(regular.unwrap_or_else(|| first_due(rhythm, now)))
}

/// A time after another by a part of a span; the end of time where it does not fit.
fn later(from: Timestamp, span: SignedDuration, share: f64) -> Timestamp {
    from.checked_add(part(span, share)).unwrap_or(Timestamp::MAX)
}

/// A time before another by a part of a span; the beginning of time where it does not fit.
fn earlier(from: Timestamp, span: SignedDuration, share: f64) -> Timestamp {
    from.checked_sub(part(span, share)).unwrap_or(Timestamp::MIN)
}

fn part(span: SignedDuration, share: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64(span.as_secs_f64() * share).unwrap_or(span)
}

/// A number from 0 to below 1 that follows from a name and a count: FNV-1a over the name, then the mixer of splitmix64. A
/// plan draws millions of them.
fn chance(name: &str, count: u64) -> f64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    let named = name.bytes().fold(0xCBF2_9CE4_8422_2325, step);
    let mut mixed = named.wrapping_add(count.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^= mixed >> 31;
    let [a, b, c, d, ..] = mixed.to_be_bytes();
    f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
}
