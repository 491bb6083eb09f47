//! From what a scan of one site came to, to what is remembered of it: one visit, one transaction.
//!
//! Whoever scans with a store calls [`remember`], whether an officer pasted an address or the patrol is on its round. What
//! could not be looked at changes nothing: a finding is gone only where a look that could have shown it did not.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;

use jiff::Timestamp;
use url::Url;

use super::{Scanned, Settings};
use crate::baseline::Baseline;
use crate::detect::dossier::Dossier;
use crate::detect::sighting::sightings;
use crate::exchange::host::same_site;
use crate::finding::{Finding, Kind, NotAssessed, Reason};
use crate::id::{ProfileId, TargetId, VisitId};
use crate::incident::{Means, PageLook, Seen};
use crate::report::{Belonging, Reported};
use crate::store::{Evidence, Next, PageState, PageVisit, Recorded, Sight, Store, StoreError, Visit};

/// Version of detectors, jargon and catalogue, which change with the program.
pub const RULES: &str = concat!("xuncha-rules-", env!("CARGO_PKG_VERSION"));

/// What a scan saw of one page, as far as the next one has to know.
#[derive(Debug, Clone)]
pub struct Looked {
    /// The address that was asked for, without fragment.
    pub url: Url,
    /// Whether it is a home page; the law counts it separately.
    pub home: bool,
    /// When the look began.
    pub at: Timestamp,
    /// The profiles that got a page of the site to judge.
    pub profiles: Vec<ProfileId>,
    /// What the look had at hand beside profiles.
    pub means: Means,
    /// The same bytes as at the last look under the same rules: nothing was judged anew.
    pub unchanged: bool,
    /// Where its findings stand among [`Scanned::findings`].
    pub findings: Range<usize>,
    /// What is to be remembered for the next request.
    pub state: PageState,
    /// The folder of evidence, where it was kept.
    pub folder: Option<PathBuf>,
    /// The accepted state of the page after the look, where it taught something.
    pub baseline: Option<Baseline>,
}

/// How a visit stands to the schedule.
#[derive(Debug, Clone, Default)]
pub struct Turn {
    /// Whose lease the visit fulfils and ends; `None` for a check out of turn.
    pub holder: Option<String>,
    /// When to come again; `None` leaves it as it is.
    pub next: Option<Next>,
    /// Leaves page states as they are: a check out of turn knows nothing of what the crawl of rounds learned.
    pub keep_page_states: bool,
}

/// The name under which a site is remembered that is not registered: its host, with the port where it is not the usual.
pub fn site_of(url: &Url) -> TargetId {
    let host = url.host_str().unwrap_or("unknown");
    TargetId::new(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// Remembers what came of a site, in one transaction, and tells each of its findings since when it is known and to
/// which incident it belongs. Evidence must be closed by then.
///
/// # Errors
/// The store refused; then nothing of the visit is remembered, and the findings stay as they were.
pub async fn remember(
    store: &dyn Store,
    scanned: &mut Scanned,
    target: &TargetId,
    turn: Turn,
) -> Result<Recorded, StoreError> {
    let recorded = store.record(&visit(scanned, target, turn)).await?;
    for page in &scanned.pages {
        let name = page.url.as_str();
        for reported in scanned.findings.get_mut(page.findings.clone()).into_iter().flatten() {
            let same = |sight: &&Sight| sight.finding == reported.finding.id && sight.page == name;
            let Some(sight) = recorded.sights.iter().find(same) else { continue };
            reported.finding.first_seen = sight.first_seen;
            reported.finding.last_seen = sight.last_seen;
            reported.incident = Some(Belonging {
                id: sight.incident.clone(),
                standing: sight.standing,
                site: target.clone(),
            });
        }
    }
    Ok(recorded)
}

/// What came of a site, as a visit. Its name holds site and time, so that recording it twice changes nothing.
pub fn visit(scanned: &Scanned, target: &TargetId, turn: Turn) -> Visit {
    let id = VisitId::new(format!("{target}@{}", scanned.started));
    let mut visit = Visit::new(id, target.clone(), scanned.started);
    visit.ended = scanned.ended;
    visit.requests = scanned.requests;
    visit.not_assessed = scanned.not_assessed.clone();
    visit.pages = scanned
        .pages
        .iter()
        .map(|page| {
            let findings = scanned.findings.get(page.findings.clone()).unwrap_or_default();
            page_visit(page, findings, turn.keep_page_states)
        })
        .collect();
    visit.holder = turn.holder;
    visit.next = turn.next;
    visit
}

fn page_visit(page: &Looked, findings: &[Reported], keep_state: bool) -> PageVisit {
    let seen = match (page.unchanged, page.profiles.is_empty() && findings.is_empty()) {
        (true, _) => Seen::Unchanged,
        (false, true) => Seen::NotAssessed,
        (false, false) => Seen::Judged(findings.iter().map(|reported| reported.finding.clone()).collect()),
    };
    let evidence = findings.iter().flat_map(|reported| {
        let finding = &reported.finding.id;
        reported.evidence.iter().map(|kept| Evidence { finding: finding.clone(), kept: kept.clone() })
    });
    let folder = page.folder.as_ref().map(|folder| {
        let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
        whole.to_string_lossy().into_owned()
    });
    PageVisit {
        look: PageLook {
            page: page.url.to_string(),
            home: page.home,
            at: page.at,
            rules: RULES.to_owned(),
            profiles: page.profiles.clone(),
            means: page.means,
            seen,
        },
        state: (!keep_state).then(|| page.state.clone()),
        evidence: evidence.collect(),
        folder,
        baseline: page.baseline.clone().filter(|_| !keep_state),
    }
}

/// What a dossier's look saw of its page; the findings' place and the folder are the caller's to say.
pub(super) fn looked(
    dossier: &Dossier,
    findings: &[Reported],
    gaps: &[NotAssessed],
    settings: &Settings,
    depth: u32,
) -> Looked {
    let mut url = dossier.url.clone();
    url.set_fragment(None);
    let settled = !gaps.iter().any(|gap| gap.reason == Reason::NeedsBrowser);
    Looked {
        home: dossier.home,
        at: dossier.started,
        profiles: profiles(dossier, findings.iter().map(|reported| &reported.finding)),
        means: Means {
            landings: settings.landings > 0,
            missing_path: dossier.views.iter().any(|view| view.probe),
            exposures: dossier.exposures.as_ref().is_some_and(|exposures| exposures.complete),
            settled,
        },
        unchanged: false,
        findings: 0..0,
        state: state(dossier, &url, depth),
        folder: None,
        baseline: None,
        url,
    }
}

/// The profiles that got a page of the site. Who was sent to illegal content elsewhere did not get to see it.
fn profiles<'a>(dossier: &Dossier, mut findings: impl Iterator<Item = &'a Finding>) -> Vec<ProfileId> {
    let sent_away = findings.any(|finding| finding.kind == Kind::IllicitRedirect);
    let mut seen = BTreeSet::new();
    let mut profiles = Vec::new();
    for view in sightings(dossier).map(|sighting| sighting.view) {
        let stays = view.end().is_some_and(|end| same_site(end, &dossier.url));
        if view.not_assessed.is_none() && (stays || !sent_away) && seen.insert(&view.profile.id) {
            profiles.push(view.profile.id.clone());
        }
    }
    profiles
}

/// What the first answer for the page itself said.
fn state(dossier: &Dossier, url: &Url, depth: u32) -> PageState {
    let mut state = PageState::new(url.to_string(), depth);
    state.asked = Some(dossier.started);
    state.rules = Some(RULES.to_owned());
    let ways = dossier.views.iter().filter(|view| !view.probe).filter_map(|view| view.last());
    let mut answers = ways.filter_map(|id| dossier.exchange(id)?.response());
    if let Some(answer) = answers.next() {
        state.status = Some(answer.status);
        state.sha256 = Some(crate::id::sha256_hex(&answer.body));
        state.etag = answer.header("etag");
        state.last_modified = answer.header("last-modified");
    }
    state
}
