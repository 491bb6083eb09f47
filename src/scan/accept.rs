//! What a look teaches the baseline of its page.
//!
//! A page on which something was found teaches nothing; one that differs as a redesign does waits for a person. Two
//! pages of one visit that the same kind of visitor got are two looks: what differs between them varies by itself.

use crate::baseline::{Baseline, Face, Snapshot};
use crate::detect::dossier::{Dossier, View};
use crate::exchange::host::same_site;
use crate::finding::{Finding, Kind, Severity};
use crate::report::Reported;

/// Looks of each face that one visit gives.
const LOOKS: usize = 2;

/// The baseline after a look; `None` where it stays as it was.
pub(super) fn learned(dossier: &Dossier, findings: &[Reported]) -> Option<Baseline> {
    let findings = || findings.iter().map(|reported| &reported.finding);
    if findings().any(is_infection) {
        return None;
    }
    let redesigned = findings().any(|finding| finding.kind == Kind::Defacement);
    let mut baseline = dossier.baseline.as_deref().cloned().unwrap_or_default();
    let mut taught = false;
    for face in [Face::Desktop, Face::Phone] {
        let views =
            dossier.views.iter().filter(|view| face_of(view) == Some(face) && is_whole(view, dossier));
        for view in views.take(LOOKS) {
            let Some(page) = &view.page else { continue };
            let snapshot = Snapshot::of(page);
            taught = true;
            if redesigned {
                baseline.suspend(face, snapshot);
            } else {
                baseline.learn(face, &snapshot, dossier.started);
            }
        }
    }
    taught.then_some(baseline)
}

fn face_of(view: &View) -> Option<Face> {
    Face::of(view.profile.agent.class())
}

/// Whether a view got the page itself, whole.
fn is_whole(view: &View, dossier: &Dossier) -> bool {
    let answered = view
        .last()
        .and_then(|id| dossier.exchange(id)?.response())
        .is_some_and(|answer| answer.status == 200);
    let own = view.end().is_some_and(|end| same_site(end, &dossier.url));
    !view.probe && own && answered && view.stand_in.is_none() && view.not_assessed.is_none()
}

/// Whether a finding speaks of harmful content on the page, rather than of a mark or certificate that is wanting.
pub(super) fn is_infection(finding: &Finding) -> bool {
    (finding.kind.is_planted() || finding.kind == Kind::IllegalContent)
        && finding.severity >= Severity::Medium
}
