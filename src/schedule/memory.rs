//! What the schedule learns of a site, as the store keeps it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The version of what is written.
const VERSION: u32 = 1;

/// Failures in a row after which a site counts as dead, if they span [`DEAD_AFTER`].
const DEAD_FAILURES: u32 = 6;
/// How long a site must fail to count as dead.
const DEAD_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How fast the learned cost follows: the newest visit counts for a fifth.
const NEWEST: f64 = 0.2;

/// The most that one visit adds to the years a site was watched; more is a wrong clock.
const LONGEST_GAP: f64 = 1.0;

/// What is learned of one site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    version: u32,
    /// Visits in a row that met nobody.
    pub failures: u32,
    /// When the first of them was.
    pub failing_since: Option<Timestamp>,
    /// Visits made; scatters the next one.
    pub visits: u64,
    /// Requests a visit takes, smoothed; 0: not known yet.
    pub cost: f64,
    /// Years for which the site has been watched while clean.
    pub exposure: f64,
    /// Incidents that were opened or came back in that time.
    pub incidents: u32,
    /// When it was looked at last.
    pub looked: Option<Timestamp>,
    /// Whether an infection showed then.
    #[serde(default)]
    pub infected: bool,
}

/// How a visit came out, as far as the schedule has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Came {
    /// When it ended.
    pub at: Timestamp,
    /// Whether anybody answered.
    pub answered: bool,
    /// Requests it took.
    pub requests: u64,
    /// Incidents that it opened or saw come back.
    pub incidents: u32,
    /// Whether some incident shows now: then nothing can be learned of the next infection.
    pub infected: bool,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            version: VERSION,
            failures: 0,
            failing_since: None,
            visits: 0,
            cost: 0.0,
            exposure: 0.0,
            incidents: 0,
            looked: None,
            infected: false,
        }
    }
}

impl Memory {
    /// What the store kept; what does not read, or was written by a newer program, is learned anew.
    pub fn read(kept: &serde_json::Value) -> Self {
        let memory: Option<Self> = serde_json::from_value(kept.clone()).ok();
        let sane = |memory: &Self| {
            memory.version == VERSION
                && memory.cost.is_finite()
                && memory.cost >= 0.0
                && memory.exposure.is_finite()
                && memory.exposure >= 0.0
        };
        memory.filter(sane).unwrap_or_default()
    }

    /// For the store.
    pub fn write(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or(serde_json::Value::Null)
    }

    /// What is known after a visit.
    pub fn after(&self, came: Came) -> Self {
        let mut memory = self.clone();
        memory.visits = memory.visits.saturating_add(1);
        if !came.answered {
            memory.failures = memory.failures.saturating_add(1);
            // A clock that was ahead leaves times behind that are still to come.
            memory.failing_since = Some(memory.failing_since.map_or(came.at, |since| since.min(came.at)));
            return memory;
        }
        memory.failures = 0;
        memory.failing_since = None;
        #[expect(clippy::cast_precision_loss, reason = "a visit never takes 2^52 requests")]
        let requests = came.requests.max(1) as f64;
        memory.cost =
            if memory.cost == 0.0 { requests } else { memory.cost + NEWEST * (requests - memory.cost) };
        if let Some(before) = memory.looked
            && (!came.infected || came.incidents > 0)
        {
            let years = came.at.duration_since(before).as_secs_f64() / SECONDS_A_YEAR;
            memory.exposure += years.clamp(0.0, LONGEST_GAP);
        }
        memory.incidents = memory.incidents.saturating_add(came.incidents);
        memory.looked = Some(came.at);
        memory.infected = came.infected;
        memory
    }

    /// Whether the site counts as dead: then it is only looked for now and then.
    pub fn is_dead(&self, now: Timestamp) -> bool {
        self.failures >= DEAD_FAILURES
            && self.failing_since.is_some_and(|since| now.duration_since(since) >= DEAD_AFTER)
    }
}

/// Seconds of a year of 365.25 days.
pub(super) const SECONDS_A_YEAR: f64 = 31_557_600.0;
