//! When to look again after a fix: about one cleaned site in eight is infected again within 30 days.

use jiff::{SignedDuration, Timestamp};

/// A second clean look counts as putting right only after this long: planted content flickers and cloaks.
pub const RECTIFIED_AFTER: SignedDuration = SignedDuration::from_mins(30);

/// After the first clean look: one hour, one day, three days, a week, two weeks, thirty days.
const AFTER: [SignedDuration; 6] = [
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(24),
    SignedDuration::from_hours(3 * 24),
    SignedDuration::from_hours(7 * 24),
    SignedDuration::from_hours(14 * 24),
    SignedDuration::from_hours(30 * 24),
];

/// The next look after `now` for an incident that was first seen clean then; `None` when it has been watched for the
/// whole time and the usual cadence is enough.
pub fn next_recheck(first_clean: Timestamp, now: Timestamp) -> Option<Timestamp> {
    AFTER.iter().filter_map(|after| first_clean.checked_add(*after).ok()).find(|at| *at > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_thin_out_and_end() {
        let start = Timestamp::UNIX_EPOCH;
        let mut now = start;
        let mut looks = Vec::new();
        while let Some(next) = next_recheck(start, now) {
            looks.push(next.as_second() / 3600);
            now = next;
        }
        assert_eq!(looks, [1, 24, 72, 168, 336, 720]);
    }
}
