//! Looking again at an incident under the very conditions that showed it.
//!
//! Every page on which it was seen is visited once more, by the profiles that saw it first, then by the usual ones as
//! controls. What comes of it is remembered like any visit, so that the incident's course moves on.

use std::collections::BTreeSet;

use url::Url;

use super::plan::VisitPlan;
use super::remember::{Turn, remember};
use super::{Progress, ScanError, Scanned, Scanner, Settings};
use crate::exchange::profile::Profile;
use crate::store::{Case, Store, StoreError};

/// Why an incident could not be looked at again.
#[derive(Debug, thiserror::Error)]
pub enum RecheckError {
    /// The look itself.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// What it saw could not be remembered.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Looks again at every page of an incident and remembers what was seen.
///
/// # Errors
/// Evidence cannot be kept, the store refused, or the program itself is at fault.
pub async fn recheck(
    scanner: &Scanner,
    store: &dyn Store,
    case: &Case,
    watch: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Scanned>, RecheckError> {
    let usual = scanner.settings();
    let profiles = profiles(case, &usual.profiles);
    let scanner = scanner.with(Settings { profiles, max_pages: 1, depth: 0, ..usual.clone() });
    let known = store.pages(&case.incident.target).await?;
    let accepted = store.baselines(&case.incident.target).await?;
    let mut all = Vec::new();
    for page in pages(case) {
        let plan = VisitPlan::ad_hoc(&page, scanner.settings());
        let plan = plan.knowing(known.clone(), 0).accepting(accepted.clone());
        let mut scanned = scanner.visit(&page, plan, watch).await?;
        let turn = Turn { keep_page_states: true, ..Turn::default() };
        remember(store, &mut scanned, &case.incident.target, turn).await?;
        all.push(scanned);
    }
    Ok(all)
}

/// The pages of an incident.
fn pages(case: &Case) -> BTreeSet<Url> {
    case.findings.iter().filter_map(|stored| Url::parse(&stored.tracked.page).ok()).collect()
}

/// The profiles that saw the incident, then the usual ones, each once.
fn profiles(case: &Case, usual: &[Profile]) -> Vec<Profile> {
    let findings = case.findings.iter().map(|stored| &stored.tracked.finding);
    let saw = findings.flat_map(|finding| finding.place.profile.iter().chain(&finding.conditions.profiles));
    let known = saw.filter_map(|id| Profile::by_id(id.as_str()));
    let mut seen = BTreeSet::new();
    known.chain(usual.iter().cloned()).filter(|profile| seen.insert(profile.id.clone())).collect()
}
