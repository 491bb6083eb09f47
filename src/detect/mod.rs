//! The detectors, one file each, and the table of them.
//!
//! Detectors are pure: no network, no files, no clock, no state. The same dossier gives the same outcomes. A detector
//! never names a law; duties name detectors, in `obligation`.

pub mod card;
mod defacement;
pub mod dossier;
pub mod jump;
pub mod known;
pub mod marks;
pub mod script_effects;
pub mod sighting;
pub mod trigger;

use crate::finding::{Finding, Kind, Outcome};
use card::Card;
use dossier::Dossier;
use known::KnownHosts;

/// One detector: the kind of finding it makes, its card, and the function.
#[derive(Debug)]
pub struct Detector {
    /// The kind of its findings; its stable id.
    pub kind: Kind,
    /// What people may read about it.
    pub card: Card,
    /// The function. It gives at least one outcome.
    pub detect: fn(&Dossier, &Context<'_>) -> Vec<Outcome>,
}

/// Every detector, in the order of `finding::Kind`. A detector registers here with one line, and nowhere else.
pub static DETECTORS: &[&Detector] = &[&defacement::DETECTOR];

/// What detectors know beside the dossier.
#[derive(Debug)]
pub struct Context<'a> {
    /// Hosts that are nobody's black-link: statistics, content networks, authorities, media.
    pub known: &'a KnownHosts,
}

/// The detector of that kind, where there is one.
pub fn detector(kind: Kind) -> Option<&'static Detector> {
    DETECTORS.iter().copied().find(|detector| detector.kind == kind)
}

/// Runs every detector over a dossier. What several views show is one finding that names them all; what could not
/// be gathered stands beside the outcomes as it came.
pub fn judge(dossier: &Dossier, context: &Context<'_>) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = dossier.not_assessed.iter().cloned().map(Outcome::NotAssessed).collect();
    for detector in DETECTORS {
        for outcome in (detector.detect)(dossier, context) {
            admit(&mut outcomes, outcome);
        }
    }
    outcomes
}

/// Adds an outcome; a finding that is there already takes over the views of the new one.
fn admit(outcomes: &mut Vec<Outcome>, outcome: Outcome) {
    let (Outcome::Violation(new) | Outcome::NeedsReview(new)) = &outcome else {
        outcomes.push(outcome);
        return;
    };
    for known in outcomes.iter_mut() {
        if let Outcome::Violation(known) | Outcome::NeedsReview(known) = known
            && known.id == new.id
        {
            join(known, new);
            return;
        }
    }
    outcomes.push(outcome);
}

/// Joins a second sighting into a finding: the worse verdict stays, views and exchanges add up.
fn join(known: &mut Finding, new: &Finding) {
    if (new.state, new.severity) > (known.state, known.severity) {
        let older = std::mem::replace(known, new.clone());
        join(known, &older);
        return;
    }
    for profile in &new.conditions.profiles {
        if !known.conditions.profiles.contains(profile) {
            known.conditions.profiles.push(profile.clone());
        }
    }
    for exchange in &new.exchanges {
        if !known.exchanges.contains(exchange) {
            known.exchanges.push(*exchange);
        }
    }
    known.signals.extend(new.signals.iter().copied());
}
