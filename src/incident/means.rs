//! What a look at a page had at hand beside its profiles. A look with less than a finding needs cannot say that it is
//! gone: who does not follow links does not see where they lead, who has no browser does not see what scripts hide.

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Kind};

/// What a look at a page had at hand, or what a finding needs to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Means {
    /// Outside addresses on the page were looked at.
    pub landings: bool,
    /// A path that should not exist was asked for.
    pub missing_path: bool,
    /// It was asked, with written authorisation, whether something lies open. Looks of older programs did not.
    #[serde(default)]
    pub exposures: bool,
    /// Nothing was left open for want of a browser.
    pub settled: bool,
}

impl Means {
    /// A look that could see everything.
    pub const ALL: Self = Self { landings: true, missing_path: true, exposures: true, settled: true };

    /// What it takes to see a finding again that a look with these means saw.
    pub fn needed_by(finding: &Finding, had: Self) -> Self {
        let led = finding.payload.landing.is_some() || finding.kind == Kind::HijackedOutlink;
        Self {
            landings: had.landings && led,
            missing_path: finding.conditions.shows.iter().any(|word| word == "path:not-found"),
            exposures: finding.kind == Kind::ExposedResource && finding.detail.contains_key("authorisation"),
            settled: had.settled,
        }
    }

    /// Whether a look with these means has what is needed.
    pub fn cover(self, needed: Self) -> bool {
        (self.landings || !needed.landings)
            && (self.missing_path || !needed.missing_path)
            && (self.exposures || !needed.exposures)
            && (self.settled || !needed.settled)
    }
}

impl Default for Means {
    fn default() -> Self {
        Self::ALL
    }
}
