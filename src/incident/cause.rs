//! Which findings have one cause: what an intruder planted on a site is one thing, however many links, pages and
//! techniques it takes; a missing mark is one thing on all pages; an outlink that was taken over is one thing per domain.

use std::collections::BTreeSet;

use url::Url;

use super::{Incident, Tracked};
use crate::exchange::host::registrable_domain;
use crate::finding::{Finding, Kind};
use crate::id::{IncidentId, TargetId, sha256_hex};
use jiff::Timestamp;

/// The sort of cause that a kind of finding speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// Somebody planted promotion: links, words, redirects, cloaks, scripts.
    Planted,
    /// Somebody marked or replaced pages.
    Defaced,
    /// An outside domain changed hands.
    Outside,
    /// The site itself promotes.
    Own,
    /// A weakness or omission: each kind for itself.
    Weakness,
}

fn sort(kind: Kind) -> Sort {
    match kind {
        Kind::HiddenLink
        | Kind::InjectedKeywords
        | Kind::IllicitRedirect
        | Kind::Cloaking
        | Kind::SuspiciousScript => Sort::Planted,
        Kind::Defacement => Sort::Defaced,
        Kind::HijackedOutlink => Sort::Outside,
        Kind::IllegalContent => Sort::Own,
        Kind::MissingIcpMark
        | Kind::MissingPoliceMark
        | Kind::InconsistentMark
        | Kind::ExposedResource
        | Kind::TlsProblem
        | Kind::UnreachableSite => Sort::Weakness,
    }
}

/// Most hosts that an incident remembers; lists of black-links rotate without end.
pub(super) const HOSTS: usize = 400;

/// The registrable domains that a finding leads to or loads from, each once.
pub fn hosts(finding: &Finding) -> BTreeSet<String> {
    let own = registrable_domain(&finding.url);
    let written = finding.payload.urls.iter().map(String::as_str).chain(finding.payload.landing.as_deref());
    let domains = written.filter_map(|text| registrable_domain(&Url::parse(text).ok()?));
    domains.filter(|domain| Some(domain) != own.as_ref()).take(HOSTS).collect()
}

/// How well a finding fits an incident; `None`: another cause.
///
/// Promotion that was planted is one cause when it shares a host or promotes the same sort of thing: lists of links
/// rotate by the day, and keywords, links and redirects of one intruder come together.
fn fit(incident: &Incident, finding: &Finding, hosts: &BTreeSet<String>) -> Option<u8> {
    let kind = *incident.kinds.iter().find(|kind| sort(**kind) == sort(finding.kind))?;
    let shared = !incident.hosts.is_disjoint(hosts);
    match sort(kind) {
        Sort::Weakness => incident.kinds.contains(&finding.kind).then_some(3),
        Sort::Defaced => Some(3),
        Sort::Outside => shared.then_some(3),
        Sort::Planted | Sort::Own if shared => Some(3),
        Sort::Planted | Sort::Own => match (incident.category, finding.payload.category) {
            (Some(one), Some(other)) => (one == other).then_some(2),
            // A finding that does not say what it promotes goes with what was found of the same kind.
            _ => incident.kinds.contains(&finding.kind).then_some(1),
        },
    }
}

/// The incident that a finding belongs to, the best fit first; among equals the latest seen.
///
/// A dismissed incident takes in only what the person who dismissed it knew: a finding with a host that is new to it
/// must not vanish in an old decision.
pub(super) fn incident_for<'a>(
    incidents: &'a mut [Incident],
    dismissed: &dyn Fn(&Incident) -> bool,
    finding: &Finding,
    hosts: &BTreeSet<String>,
) -> Option<&'a mut Incident> {
    let fits = |incident: &Incident| {
        let grade = fit(incident, finding, hosts)?;
        let known = hosts.is_subset(&incident.hosts) && incident.severity >= finding.severity;
        (known || !dismissed(incident)).then_some((grade, incident.last_seen))
    };
    let scored = incidents.iter_mut().filter_map(|incident| Some((fits(incident)?, incident)));
    scored.max_by(|one, other| one.0.cmp(&other.0)).map(|(_, incident)| incident)
}

/// The name of a new incident: the same when the same visit is reconciled again.
pub(super) fn name(target: &TargetId, page: &str, finding: &Finding, at: Timestamp) -> IncidentId {
    let mut text =
        sha256_hex(format!("{target}\n{page}\n{}\n{}", finding.id, at.as_microsecond()).as_bytes());
    text.truncate(12);
    IncidentId::new(text)
}

/// Takes what a finding says into its incident.
pub(super) fn absorb(incident: &mut Incident, finding: &Finding, hosts: BTreeSet<String>) {
    incident.kinds.insert(finding.kind);
    incident.category = incident.category.or(finding.payload.category);
    for host in hosts {
        if incident.hosts.len() < HOSTS {
            incident.hosts.insert(host);
        }
    }
}

/// Whether any finding of an incident shows.
pub(super) fn shows(incident: &IncidentId, tracked: &[Tracked]) -> bool {
    tracked.iter().any(|tracked| tracked.present && tracked.incident == *incident)
}
