//! What is remembered between visits: sites and when they are due, pages, findings, incidents, decisions.
//!
//! One trait, [`Store`], and one contract that every implementation passes (`tests`). One visit is one transaction:
//! either all of it is remembered or nothing. Decisions of people stand in a table of their own and survive re-scans.
//! What is written carries a format version. Judges nothing and asks no network; times come in as arguments.

pub mod accounts;
mod address;
mod sql;
#[cfg(test)]
mod tests;
mod visit;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use address::{Address, AddressError, DEFAULT};
pub use visit::{Evidence, Next, PageState, PageVisit, Recorded, Sight, Visit, VisitFacts};

use crate::baseline::Baseline;
use crate::finding::EvidenceRef;
use crate::id::{Fingerprint, IncidentId, TargetId, VisitId};
use crate::incident::{Decision, Event, Incident, Tracked};

/// The version of the format that this program writes; it reads this one and every older one.
pub const FORMAT: i64 = sql::FORMAT;

/// Opens the store at an address, makes it where there is none, and brings an older format up to date.
///
/// # Errors
/// When it cannot be reached or made, or was written by a newer program.
pub async fn open(address: &Address) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(sql::SqlStore::open(address).await?))
}

/// What is remembered between visits. Safe to share; several processes may use one store at the same time.
#[async_trait]
pub trait Store: accounts::Accounts {
    /// Makes sites known with the time of their first visit. Sites that are known already keep their state; those that
    /// were retired are due again. Gives how many were new.
    async fn enrol(&self, sites: &[(TargetId, Timestamp)]) -> Result<u64, StoreError>;

    /// Stops visiting sites that are registered no longer; what is known of them stays.
    async fn retire(&self, targets: &[TargetId]) -> Result<(), StoreError>;

    /// The state of one site.
    async fn site(&self, target: &TargetId) -> Result<Option<SiteState>, StoreError>;

    /// Known sites in the order of their names, after the given one; retired ones are not among them.
    async fn sites(&self, after: Option<&TargetId>, limit: u32) -> Result<Vec<SiteState>, StoreError>;

    /// When a site is to be visited next, and whether ahead of the others. For changes outside of visits: a changed
    /// registry file, an ad hoc check, quarantine. `None` for the schedule leaves it as it is.
    async fn reschedule(
        &self,
        target: &TargetId,
        due: Timestamp,
        ahead: bool,
        schedule: Option<&serde_json::Value>,
    ) -> Result<(), StoreError>;

    /// Takes sites that are due: those to be checked ahead first, then the longest due. Each is leased to one holder
    /// until the lease is over or [`Store::record`] ends it; a holder that died loses it by time.
    async fn lease(
        &self,
        now: Timestamp,
        until: Timestamp,
        holder: &str,
        limit: u32,
    ) -> Result<Vec<SiteState>, StoreError>;

    /// Prolongs a lease; `false` when it is no longer the holder's, who should then stop and record nothing.
    async fn renew(&self, target: &TargetId, holder: &str, until: Timestamp) -> Result<bool, StoreError>;

    /// Gives a lease back without a visit, so that another may take it.
    async fn release(&self, target: &TargetId, holder: &str) -> Result<(), StoreError>;

    /// How many sites are due at a time, and when the next one will be.
    async fn backlog(&self, now: Timestamp) -> Result<Backlog, StoreError>;

    /// Everything known of the pages of a site.
    async fn pages(&self, target: &TargetId) -> Result<Vec<PageState>, StoreError>;

    /// The accepted states of the pages of a site, by address.
    async fn baselines(&self, target: &TargetId) -> Result<Vec<(String, Baseline)>, StoreError>;

    /// The sites of which pages have an accepted state.
    async fn sites_with_baselines(&self) -> Result<Vec<TargetId>, StoreError>;

    /// Keeps what a person decided of a baseline: a visit under way does not overwrite it.
    async fn decide_baseline(
        &self,
        target: &TargetId,
        page: &str,
        baseline: &Baseline,
    ) -> Result<(), StoreError>;

    /// Remembers a visit, in one transaction: page states, findings with evidence, incidents, events, the next due time.
    /// A visit that is known already changes nothing and gives no events.
    async fn record(&self, visit: &Visit) -> Result<Recorded, StoreError>;

    /// Visits of a site, or of all, that ended at or after a time, the latest first.
    async fn visits(
        &self,
        target: Option<&TargetId>,
        since: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<VisitFacts>, StoreError>;

    /// When the last visit of each of those sites ended; sites that were never visited are left out. One step into an
    /// index for each, however many visits there were.
    async fn last_visits(&self, targets: &[TargetId]) -> Result<BTreeMap<TargetId, Timestamp>, StoreError>;

    /// Incidents that match, the latest seen first.
    async fn incidents(&self, filter: &Filter) -> Result<Vec<Incident>, StoreError>;

    /// One incident with everything about it; `id` may also name one of its findings.
    async fn case(&self, id: &str) -> Result<Option<Case>, StoreError>;

    /// The folders of evidence behind the findings of an incident that are still on disk, oldest first.
    async fn folders(&self, incident: &IncidentId) -> Result<Vec<String>, StoreError>;

    /// Findings that match, with the evidence of their last sight, the latest seen first.
    async fn findings(&self, filter: &Filter) -> Result<Vec<StoredFinding>, StoreError>;

    /// Incidents whose time to look again has come, the longest due first.
    async fn rechecks(&self, now: Timestamp, limit: u32) -> Result<Vec<Incident>, StoreError>;

    /// What happened after an event's number, in order: for alerts, each of whom remembers how far it came.
    async fn events(&self, after: i64, limit: u32) -> Result<Vec<Numbered>, StoreError>;

    /// Remembers what a person decided.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] where there is no such incident.
    async fn decide(&self, decision: &Decision) -> Result<(), StoreError>;

    /// Every decision, or those on one incident, oldest first.
    async fn decisions(&self, incident: Option<&IncidentId>) -> Result<Vec<Decision>, StoreError>;

    /// A small value under a name, such as how far an alert channel came.
    async fn value(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Sets a small value.
    async fn set_value(&self, name: &str, value: &str) -> Result<(), StoreError>;

    /// Evidence folders that may go by now, oldest first: those without any finding, past their time. The caller removes
    /// them and then calls [`Store::forget`]; a crash between only repeats the removal.
    async fn expired(&self, now: Timestamp, keep: &Retention, limit: u32)
    -> Result<Vec<Expired>, StoreError>;

    /// Forgets the evidence of those folders, and visits older than the limit that bear no finding.
    async fn forget(&self, gone: &[Expired], now: Timestamp, keep: &Retention) -> Result<u64, StoreError>;

    /// Looks the whole store over: the engine's own check, references between tables, values that do not read. Empty:
    /// sound.
    async fn check(&self) -> Result<Checked, StoreError>;
}

/// What is known of when to visit a site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteState {
    /// The site.
    pub target: TargetId,
    /// When it is to be visited next; `None`: retired.
    pub due: Option<Timestamp>,
    /// Whether it goes ahead of sites that are due longer.
    pub ahead: bool,
    /// When it was visited last.
    pub visited: Option<Timestamp>,
    /// Who holds it, and until when.
    pub lease: Option<(String, Timestamp)>,
    /// What the schedule learned of it; the store does not read it.
    pub schedule: serde_json::Value,
}

/// How much there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Sites in the store that are not retired.
    pub sites: u64,
    /// Those due and not leased.
    pub due: u64,
    /// The earliest due time of all that are not leased.
    pub next: Option<Timestamp>,
}

/// Which incidents or findings are wanted. Everything, where nothing is said.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one site.
    pub target: Option<TargetId>,
    /// Of one incident.
    pub incident: Option<IncidentId>,
    /// Only what shows: findings that are present, incidents that are not rectified.
    pub open: bool,
    /// Seen at or after that time.
    pub since: Option<Timestamp>,
    /// So many at the most; 0: no limit.
    pub limit: u32,
}

/// An incident with everything about it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The incident.
    pub incident: Incident,
    /// Its findings, with the evidence of their last sight.
    pub findings: Vec<StoredFinding>,
    /// What people decided, oldest first.
    pub decisions: Vec<Decision>,
    /// What happened, oldest first.
    pub events: Vec<Numbered>,
}

/// A finding with the evidence behind it.
#[derive(Debug, Clone)]
pub struct StoredFinding {
    /// The finding, its page and its spells.
    pub tracked: Tracked,
    /// Digests of what is kept, of the first and the last sight.
    pub evidence: Vec<EvidenceRef>,
}

/// An event with its number, which grows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// Its number.
    pub number: i64,
    /// The site.
    pub target: TargetId,
    /// The event.
    pub event: Event,
}

/// How long things are kept. Evidence of findings has no end here: only people remove it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Days for which the evidence of visits without findings is kept.
    pub healthy_days: u32,
    /// Days for which the facts of visits without findings are kept.
    pub visit_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { healthy_days: 7, visit_days: 400 }
    }
}

/// A folder of evidence that may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// The visit.
    pub visit: VisitId,
    /// The folder, as it was recorded.
    pub folder: String,
}

/// What a look over the whole store came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The format version.
    pub format: i64,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// What is wrong, in words.
    pub problems: Vec<String>,
    /// Findings without any evidence reference.
    pub without_evidence: Vec<Fingerprint>,
}

impl Checked {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty() && self.without_evidence.is_empty()
    }
}

/// Why the store could not do its work; each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached or made.
    #[error("open the store {address}: {why}")]
    Open {
        /// The address, without password.
        address: String,
        /// In the words of the engine.
        why: String,
    },
    /// A newer program wrote it.
    #[error("read the store: its format is {found}, this program knows {known}; use a newer xuncha")]
    Newer {
        /// The format found.
        found: i64,
        /// The format known.
        known: i64,
    },
    /// The engine refused.
    #[error("{doing} in the store: {source}")]
    Engine {
        /// What was being done.
        doing: &'static str,
        /// The engine's words.
        source: sqlx::Error,
    },
    /// A value that was written does not read.
    #[error("read {what} from the store: {source}; run `xuncha store check`")]
    Unreadable {
        /// What it was.
        what: &'static str,
        /// In what way.
        source: serde_json::Error,
    },
    /// There is no such thing.
    #[error("find `{0}` in the store")]
    Unknown(String),
    /// Evidence was handed over for a finding that neither the visit nor the store knows on that page.
    #[error(
        "record the visit of {target}: it brings evidence of the finding {finding}, which nobody saw on {page}"
    )]
    Stray {
        /// The site.
        target: TargetId,
        /// The page.
        page: String,
        /// The finding.
        finding: Fingerprint,
    },
    /// The visitor's lease ended before the visit did; another may be visiting.
    #[error("record the visit of {target}: its lease is no longer held by {holder}")]
    LeaseLost {
        /// The site.
        target: TargetId,
        /// Who held it.
        holder: String,
    },
}
