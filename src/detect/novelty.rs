//! What the accepted state of a page adds to findings: a payload that was never there before is new, and a payload that
//! is new is confirmed (verdict rule: payload and mechanism or novelty).

use url::Url;

use super::dossier::Dossier;
use crate::baseline::{Accepted, Face};
use crate::exchange::host::registrable_domain;
use crate::exchange::profile::Profile;
use crate::finding::{Finding, Kind, Outcome, Signal, State};

/// Notes on every finding that leads somewhere whether the page ever led there.
pub(super) fn note(outcomes: &mut [Outcome], dossier: &Dossier) {
    let Some(baseline) = &dossier.baseline else { return };
    for outcome in outcomes {
        let (Outcome::Violation(finding) | Outcome::NeedsReview(finding)) = outcome else { continue };
        let profile = finding.place.profile.as_ref().and_then(|id| Profile::by_id(id.as_str()));
        let Some(profile) = profile else { continue };
        if let Some(accepted) = Face::of(profile.agent.class()).and_then(|face| baseline.known(face))
            && is_new(finding, accepted)
        {
            finding.signals.insert(Signal::Novelty);
            if finding.state == State::Suspected && finding.signals.contains(&Signal::Payload) {
                finding.state = State::Confirmed;
            }
        }
    }
}

/// Whether everywhere it leads is a domain that the page never named.
fn is_new(finding: &Finding, accepted: &Accepted) -> bool {
    let planted = matches!(
        finding.kind,
        Kind::HiddenLink
            | Kind::IllicitRedirect
            | Kind::HijackedOutlink
            | Kind::SuspiciousScript
            | Kind::IllegalContent
    );
    let addresses = finding.payload.urls.iter().filter_map(|url| Url::parse(url).ok());
    let domains: Vec<String> = addresses.filter_map(|url| registrable_domain(&url)).collect();
    let known =
        |domain: &String| accepted.hosts.contains_key(domain) || accepted.sources.contains_key(domain);
    planted && !domains.is_empty() && !domains.iter().any(known)
}
