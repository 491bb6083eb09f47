//! When what waits on a route is told: grouping, quiet hours, rate limit. Plain functions of time.

use jiff::{SignedDuration, Timestamp};

use super::{Channel, Notice, Route};
use crate::finding::Severity;

/// So many events are told one by one where no grouping is set; more are told together, as after an outage.
const ONE_BY_ONE: usize = 3;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Nothing waits.
    Nothing,
    /// Send one message about these, by their numbers.
    Send(Vec<i64>),
    /// Ask again then, not before.
    Wait(Timestamp),
}

/// What to do with the events that wait on a route for a channel, oldest first, given when messages went over the channel
/// in the last hour, each with whether it was by this route.
pub fn plan(
    route: &Route,
    channel: &Channel,
    waiting: &[&Notice],
    sent: &[(Timestamp, bool)],
    now: Timestamp,
) -> Step {
    if waiting.is_empty() {
        return Step::Nothing;
    }
    let quiet = route.quiet.as_ref().and_then(|quiet| Some((quiet.until(now)?, quiet.critical_passes)));
    let passes = |notice: &&&Notice| match quiet {
        None => true,
        Some((_, critical_passes)) => critical_passes && notice.severity == Severity::Critical,
    };
    let ready: Vec<&&Notice> = waiting.iter().filter(passes).collect();
    let Some(first) = ready.first() else {
        return quiet.map_or(Step::Nothing, |(until, _)| Step::Wait(until));
    };
    let grouped = first.at.checked_add(route.group).unwrap_or(now);
    if now < grouped {
        return Step::Wait(grouped);
    }
    let own: Vec<Timestamp> = sent.iter().filter(|(_, own)| *own).map(|(at, _)| *at).collect();
    let all: Vec<Timestamp> = sent.iter().map(|(at, _)| *at).collect();
    let (left, free) =
        least([left(&own, route.per_hour, HOUR, now), left(&all, channel.kind.per_minute(), MINUTE, now)]);
    if left == 0 {
        return Step::Wait(free);
    }
    let one_by_one = route.group.is_zero() && ready.len() <= ONE_BY_ONE.min(left);
    let count = if one_by_one { 1 } else { ready.len().min(channel.kind.most()) };
    Step::Send(ready.iter().take(count).map(|notice| notice.number).collect())
}

/// How many more messages a limit lets out now, and when the next one where it lets out none.
fn left(sent: &[Timestamp], most: Option<usize>, span: SignedDuration, now: Timestamp) -> (usize, Timestamp) {
    let Some(most) = most else { return (usize::MAX, now) };
    let over = |at: &Timestamp| at.checked_add(span).unwrap_or(now);
    let mut within: Vec<Timestamp> = sent.iter().map(over).filter(|over| *over > now).collect();
    within.sort();
    let left = most.saturating_sub(within.len());
    // One more is free once so many are over that fewer than the limit are left.
    let free = within.len().checked_sub(most).and_then(|index| within.get(index).copied());
    (left, free.unwrap_or(now))
}

/// The narrower of two limits; of two that let out nothing, the one that holds longer.
fn least([one, other]: [(usize, Timestamp); 2]) -> (usize, Timestamp) {
    (
        one.0.min(other.0),
        if one.0 == 0 && other.0 == 0 {
            one.1.max(other.1)
        } else if one.0 == 0 {
            one.1
        } else {
            other.1
        },
    )
}
