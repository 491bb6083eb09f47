//! What is assumed of a site before anything is known of it. Assumptions, not measurements: they only decide which sites
//! are looked at more often at first, and give way to what each site shows.

use crate::target::{OperatorKind, Target};

/// Infections a year and site, by the kind of operator. Assumed; public reports count infections, not sites.
pub const fn hazard(kind: OperatorKind) -> f64 {
    match kind {
        OperatorKind::Enterprise => 0.10,
        OperatorKind::Institution => 0.12,
        OperatorKind::StateOrgan => 0.06,
        OperatorKind::Cii => 0.03,
        OperatorKind::Platform | OperatorKind::Unknown => 0.08,
    }
}

/// How many infections the assumption is worth beside those seen: half of one gives way soon.
const WORTH: f64 = 0.5;

/// Infections a year by what was seen and assumed together (the mean of a gamma distribution after Poisson counts).
pub fn learned(kind: OperatorKind, incidents: u32, exposure_years: f64) -> f64 {
    let assumed = hazard(kind);
    (WORTH + f64::from(incidents)) / (WORTH / assumed + exposure_years)
}

/// Requests a visit takes before one was made.
pub const COST: f64 = 30.0;

/// Requests a look for a dead site takes.
pub const DEAD_COST: f64 = 2.0;

/// The label that marks sites of weight.
pub const KEY_LABELS: [&str; 2] = ["重点", "key"];

/// What an hour of unseen infection weighs, against an ordinary company's site: the reach of public bodies, the heavier
/// duties of critical infrastructure and of protection level 3 and above, and what the unit itself marks.
pub fn weight(target: &Target) -> f64 {
    let kind = match target.operator.kind {
        OperatorKind::Cii => 5.0,
        OperatorKind::StateOrgan => 3.0,
        OperatorKind::Institution | OperatorKind::Platform => 2.0,
        OperatorKind::Enterprise | OperatorKind::Unknown => 1.0,
    };
    let level = if target.protection_level.is_some_and(|level| level >= 3) { 1.5 } else { 1.0 };
    let key = target.labels.iter().any(|label| KEY_LABELS.contains(&label.as_str()));
    kind * level * if key { 2.0 } else { 1.0 }
}
