//! The detectors, one file each, and the table of them.
//!
//! Detectors are pure: no network, no files, no clock, no state. The same dossier gives the same outcomes. A detector
//! never names a law; duties name detectors, in `obligation`.

pub mod analysis;
pub mod card;
mod cloaking;
mod defacement;
pub mod dossier;
pub mod exposed_resource;
pub mod gate;
mod hidden_link;
mod hijacked_outlink;
mod illegal_content;
mod illicit_redirect;
mod inconsistent_mark;
mod injected_keywords;
pub mod jump;
pub mod known;
pub mod landing;
pub mod marks;
mod missing_icp_mark;
mod missing_police_mark;
mod novelty;
mod readings;
pub mod rehearsal;
pub mod script_effects;
pub mod sighting;
pub mod suspicious_script;
mod tls_problem;
pub mod trigger;
mod unreachable_site;
pub mod unsettled;
pub mod written;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use crate::finding::{Conditions, Finding, Kind, Outcome, Severity, Signal};
use crate::lexicon::Lexicon;
use analysis::Analysis;
use card::Card;
use dossier::{Dossier, View};
use gate::{Question, Told};
use known::KnownHosts;
use marks::Mark;
pub use readings::Readings;
use sighting::{Sighting, sightings};

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
pub static DETECTORS: &[&Detector] = &[
    &hidden_link::DETECTOR,
    &injected_keywords::DETECTOR,
    &illicit_redirect::DETECTOR,
    &cloaking::DETECTOR,
    &defacement::DETECTOR,
    &illegal_content::DETECTOR,
    &hijacked_outlink::DETECTOR,
    &suspicious_script::DETECTOR,
    &missing_icp_mark::DETECTOR,
    &missing_police_mark::DETECTOR,
    &inconsistent_mark::DETECTOR,
    &exposed_resource::DETECTOR,
    &tls_problem::DETECTOR,
    &unreachable_site::DETECTOR,
];

/// What detectors know beside the dossier.
#[derive(Debug)]
pub struct Context<'a> {
    /// The jargon.
    pub lexicon: &'a Lexicon,
    /// Hosts that are nobody's black-link: statistics, content networks, authorities, media.
    pub known: &'a KnownHosts,
    /// The words of the pages that were read already.
    readings: Readings,
    /// What else was worked out about the dossier at hand; `None` outside [`judge`].
    worked: Option<Worked>,
}

/// What several detectors ask of one dossier: each worked out once, whoever asks first.
#[derive(Debug)]
struct Worked {
    /// For each view the first that shares its page.
    first: Vec<usize>,
    /// The filing marks of each view's page.
    marks: Vec<OnceLock<Arc<[Mark]>>>,
    /// What each view shows.
    told: OnceLock<Arc<[Arc<Told>]>>,
    /// Whether the site seems to be a mainland operator's.
    mainland: OnceLock<bool>,
}

impl Context<'static> {
    /// The jargon and the known hosts that come with the program.
    pub fn builtin() -> Self {
        Self::new(Lexicon::builtin(), KnownHosts::builtin())
    }
}

impl<'a> Context<'a> {
    /// Jargon and known hosts of the caller's choice.
    pub fn new(lexicon: &'a Lexicon, known: &'a KnownHosts) -> Self {
        Self { lexicon, known, readings: Readings::default(), worked: None }
    }

    /// With what was read of the dossier's pages before.
    pub fn sharing(self, readings: &Readings) -> Self {
        Self { readings: readings.clone(), ..self }
    }

    /// The words of a view's page.
    pub fn analysis(&self, sighting: &Sighting<'_>) -> Arc<Analysis> {
        self.readings.of(sighting.page, || Analysis::of(sighting, self.lexicon, self.known))
    }

    /// The filing marks of a view's page.
    pub fn marks(&self, sighting: &Sighting<'_>) -> Arc<[Mark]> {
        self.once(|worked| worked.marks.get(worked.slot(sighting)), || marks::marks(sighting.page).into())
    }

    /// What the views show, as it was told first.
    fn told(&self, tell: impl FnOnce() -> Vec<Arc<Told>>) -> Arc<[Arc<Told>]> {
        self.once(|worked| Some(&worked.told), || tell().into())
    }

    /// Whether the site seems to be a mainland operator's, as it was found first.
    fn mainland(&self, look: impl FnOnce() -> bool) -> bool {
        self.once(|worked| Some(&worked.mainland), look)
    }

    /// Within [`judge`] things are worked out once.
    fn once<T: Clone>(
        &self,
        cell: impl FnOnce(&Worked) -> Option<&OnceLock<T>>,
        work: impl FnOnce() -> T,
    ) -> T {
        match self.worked.as_ref().and_then(cell) {
            Some(cell) => cell.get_or_init(work).clone(),
            None => work(),
        }
    }
}

impl Worked {
    /// Where what was worked out of a sighting is kept; views that share a page share that, too.
    fn slot(&self, sighting: &Sighting<'_>) -> usize {
        match sighting.rendered {
            true => 2 * sighting.index + 1,
            false => 2 * self.first.get(sighting.index).copied().unwrap_or(sighting.index),
        }
    }
}

/// For each view the first that shares its page.
fn first_of_page(dossier: &Dossier) -> Vec<usize> {
    let same = |view: &View| {
        let page = view.page.as_ref();
        dossier.views.iter().position(|other| match (page, &other.page) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        })
    };
    dossier.views.iter().enumerate().map(|(index, view)| same(view).unwrap_or(index)).collect()
}

/// The detector of that kind, where there is one.
pub fn detector(kind: Kind) -> Option<&'static Detector> {
    DETECTORS.iter().copied().find(|detector| detector.kind == kind)
}

/// Runs every detector over a dossier. What several views show is one finding that names them all; what could not
/// be gathered stands beside the outcomes as it came.
pub fn judge(dossier: &Dossier, context: &Context<'_>) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = dossier.not_assessed.iter().cloned().map(Outcome::NotAssessed).collect();
    // Two pages a view: as it came, and as rendered.
    let pages = 2 * dossier.views.len();
    let first = first_of_page(dossier);
    let worked = Worked {
        first: first.clone(),
        marks: (0..pages).map(|_| OnceLock::new()).collect(),
        told: OnceLock::new(),
        mainland: OnceLock::new(),
    };
    let readings = context.readings.clone();
    let context = Context { lexicon: context.lexicon, known: context.known, readings, worked: Some(worked) };
    for detector in DETECTORS {
        for outcome in (detector.detect)(dossier, &context) {
            admit(&mut outcomes, outcome);
        }
    }
    written::judge(&mut outcomes, dossier, &context);
    spread(&mut outcomes, dossier, &first);
    settle(&mut outcomes, dossier, &context);
    novelty::note(&mut outcomes, dossier);
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
    if known.conditions.profiles.len() > 1 {
        known.signals.insert(Signal::Reproduction);
    }
}

/// Kinds whose detectors look at each page once, whoever got it.
const ONCE: [Kind; 7] = [
    Kind::HiddenLink,
    Kind::InjectedKeywords,
    Kind::Defacement,
    Kind::IllegalContent,
    Kind::HijackedOutlink,
    Kind::SuspiciousScript,
    Kind::ExposedResource,
];

/// Adds to what was found on a page the other views that got the very same page.
fn spread(outcomes: &mut [Outcome], dossier: &Dossier, first: &[usize]) {
    for outcome in outcomes {
        let (Outcome::Violation(finding) | Outcome::NeedsReview(finding)) = outcome else { continue };
        if !ONCE.contains(&finding.kind) {
            continue;
        }
        let saw = |view: &View| view.last().is_some_and(|id| finding.exchanges.contains(&id));
        let pages: BTreeSet<usize> =
            dossier.views.iter().zip(first).filter(|(view, _)| saw(view)).map(|(_, page)| *page).collect();
        for sighting in sightings(dossier).filter(|sighting| pages.contains(&first[sighting.index])) {
            let profile = &sighting.view.profile.id;
            if !finding.conditions.profiles.contains(profile) {
                finding.conditions.profiles.push(profile.clone());
            }
            if !finding.exchanges.contains(&sighting.exchange.id) {
                finding.exchanges.push(sighting.exchange.id);
            }
        }
        if finding.conditions.profiles.len() > 1 {
            finding.signals.insert(Signal::Reproduction);
        }
    }
}

/// What can only be said once every view is judged: promotion that several profiles saw is more than one keyword, and
/// what only some profiles saw shows under a condition.
fn settle(outcomes: &mut [Outcome], dossier: &Dossier, context: &Context<'_>) {
    let judged: BTreeSet<_> = sightings(dossier).map(|sighting| &sighting.view.profile.id).collect();
    let mut trigger = None;
    for outcome in outcomes {
        let (Outcome::Violation(finding) | Outcome::NeedsReview(finding)) = outcome else { continue };
        let carried =
            [Signal::Payload, Signal::Reproduction].iter().all(|signal| finding.signals.contains(signal));
        if finding.kind == Kind::IllegalContent && carried && finding.severity == Severity::Medium {
            finding.severity = Severity::High;
        }
        if finding.kind == Kind::ExposedResource {
            exposed_resource::settle(finding);
        }
        let seen = finding.conditions.profiles.iter().filter(|id| judged.contains(id)).count();
        if finding.conditions.shows.is_empty() && seen > 0 && seen < judged.len() {
            let shown = || gate::trigger(dossier, &gate::shown(dossier, context), Question::Page);
            if let Some(trigger) = trigger.get_or_insert_with(shown) {
                let (profiles, visitors) =
                    (finding.conditions.profiles.clone(), finding.conditions.visitors.clone());
                finding.conditions = Conditions { profiles, visitors, ..trigger.conditions() };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;
    use card::{Example, Seen};

    fn dossier(example: &Example) -> Dossier {
        match example.seen {
            Seen::Page(html) => Dossier::of_page("http://www.example.test/", html),
            Seen::Visit(visit) => visit(),
        }
    }

    fn findings(detector: &Detector, example: &Example) -> Vec<Finding> {
        let outcomes = (detector.detect)(&dossier(example), &Context::builtin());
        assert!(!outcomes.is_empty(), "{} says nothing of: {}", detector.kind, example.name);
        outcomes
            .into_iter()
            .filter_map(|outcome| match outcome {
                Outcome::Violation(finding) | Outcome::NeedsReview(finding) => Some(*finding),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn every_detector_finds_and_spares_its_examples() {
        for detector in DETECTORS {
            let (find, spare) = (detector.card.must_find, detector.card.must_spare);
            assert!(find.len() >= 2 && spare.len() >= 2, "{} has too few examples", detector.kind);
            for example in find {
                let found = findings(detector, example);
                assert!(
                    found.iter().any(|finding| finding.kind == detector.kind),
                    "{}: {}",
                    detector.kind,
                    example.name
                );
            }
            for example in spare {
                let found = findings(detector, example);
                let loud: Vec<_> = found.iter().filter(|finding| finding.severity >= Severity::Low).collect();
                assert!(loud.is_empty(), "{}: {}: {loud:#?}", detector.kind, example.name);
            }
        }
    }

    #[test]
    fn kinds_stand_in_the_table_once() {
        for detector in DETECTORS {
            let same = DETECTORS.iter().filter(|other| other.kind == detector.kind).count();
            assert_eq!(same, 1, "{}", detector.kind);
        }
    }

    #[test]
    fn two_views_of_one_cause_are_one_finding() {
        let html = "<title>x</title><div style='display:none'><a href='http://a.b1.test/'>百家乐</a></div>";
        let mut dossier = Dossier::of_page("http://www.example.test/", html);
        let mut again = dossier.views[0].clone();
        again.profile.id = "m".into();
        dossier.views.push(again);
        let outcomes = judge(&dossier, &Context::builtin());
        let found: Vec<_> = outcomes
            .iter()
            .filter_map(|outcome| match outcome {
                Outcome::Violation(finding) if finding.kind == Kind::HiddenLink => Some(finding),
                _ => None,
            })
            .collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].conditions.profiles.len(), 2);
        assert!(found[0].signals.contains(&crate::finding::Signal::Reproduction));
    }
}
