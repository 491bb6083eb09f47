//! One turn of one site: its visit, what is remembered of it, and when it is due again.

use std::sync::atomic::Ordering;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::roster::rhythm;
use super::{Counts, LEASE, PatrolError, RENEW};
use crate::id::TargetId;
use crate::incident::{Event, Happening};
use crate::scan::accept::is_infection;
use crate::scan::plan::VisitPlan;
use crate::scan::remember::{self, remember};
use crate::scan::{self, RecheckError, ScanError, Scanned, Scanner};
use crate::schedule::{Came, Memory, Rhythm, next_due, put_off};
use crate::store::{Case, Next, Store, StoreError};
use crate::target::Target;
use crate::target::hours::Hours;

/// What a visit came to, once it is remembered.
#[derive(Debug)]
pub struct Told {
    /// The site.
    pub site: TargetId,
    /// What was seen.
    pub scanned: Scanned,
    /// What happened to its incidents.
    pub events: Vec<Event>,
}

/// A leased site with everything its visit needs.
pub(super) struct Turn {
    pub(super) scanner: Scanner,
    pub(super) target: Target,
    pub(super) memory: Memory,
    pub(super) period: SignedDuration,
    pub(super) hours: Hours,
    pub(super) zone: TimeZone,
}

impl Turn {
    /// When the site may be visited, if that is not now: it waited for its turn until its hours were over.
    pub(super) fn later(&self, now: Timestamp) -> Option<Timestamp> {
        put_off(&self.rhythm(), &self.memory, now)
    }

    fn rhythm(&self) -> Rhythm<'_> {
        rhythm(&self.target, self.period, &self.hours, &self.zone)
    }

    /// Visits the site while the lease is renewed, then remembers what was seen and when to come again.
    pub(super) async fn take(
        self,
        store: &dyn Store,
        holder: &str,
        counts: &Counts,
        hear: &(dyn Fn(Told) + Send + Sync),
    ) -> Result<(), PatrolError> {
        let mut scanned = match self.visit_on_lease(store, holder).await {
            Ok(Some(scanned)) => scanned,
            // Another visits it now; what this one saw would be told twice.
            Ok(None) => return Ok(()),
            Err(ScanError::Broken { url, why }) => {
                counts.failures.fetch_add(1, Ordering::Relaxed);
                tracing::error!(site = %self.target.id, %url, why, "a judgement broke down; this is a fault of the program");
                return self.put_off(store, holder).await;
            }
            Err(error) => return Err(error.into()),
        };
        counts.pages.fetch_add(scanned.urls, Ordering::Relaxed);
        counts.requests.fetch_add(scanned.requests, Ordering::Relaxed);
        let next = self.next(&scanned);
        let turn =
            remember::Turn { holder: Some(holder.to_owned()), next: Some(next), keep_page_states: false };
        match remember(store, &mut scanned, &self.target.id, turn).await {
            Ok(recorded) => {
                counts.visits.fetch_add(1, Ordering::Relaxed);
                let opened = recorded.events.iter().filter(|event| is_new(event.what)).count();
                counts.incidents.fetch_add(opened as u64, Ordering::Relaxed);
                hear(Told { site: self.target.id.clone(), scanned, events: recorded.events });
            }
            Err(StoreError::LeaseLost { .. }) => {
                tracing::warn!(site = %self.target.id, "the lease was lost before the visit could be remembered");
            }
            Err(error) => {
                counts.failures.fetch_add(1, Ordering::Relaxed);
                tracing::error!(site = %self.target.id, %error, "a visit could not be remembered; it will be made again");
            }
        }
        Ok(())
    }

    /// The visit while the lease is renewed; `None` when it was lost to another.
    async fn visit_on_lease(&self, store: &dyn Store, holder: &str) -> Result<Option<Scanned>, ScanError> {
        let visit = self.visit(store);
        tokio::pin!(visit);
        loop {
            tokio::select! {
                scanned = &mut visit => return scanned.map(Some),
                () = tokio::time::sleep(RENEW) => {
                    if !self.still_holds(store, holder).await {
                        tracing::warn!(site = %self.target.id, "the lease was lost, the visit is given up");
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Gives a site back that could not be judged, to be tried again after its period.
    async fn put_off(&self, store: &dyn Store, holder: &str) -> Result<(), PatrolError> {
        let due = next_due(&self.rhythm(), &self.memory, Timestamp::now());
        store.reschedule(&self.target.id, due, false, None).await?;
        Ok(store.release(&self.target.id, holder).await?)
    }

    /// The visit, with what the store knows of the site's pages. A store that cannot say makes it a first visit.
    async fn visit(&self, store: &dyn Store) -> Result<Scanned, ScanError> {
        let first = VisitPlan::registered(&self.target, self.scanner.settings());
        let plan = first.clone().remembering(store, &self.target.id).await.unwrap_or_else(|error| {
            tracing::warn!(site = %self.target.id, %error, "what is known of the site's pages could not be read");
            first
        });
        self.scanner.visit(self.target.home(), plan, &|_| {}).await
    }

    async fn still_holds(&self, store: &dyn Store, holder: &str) -> bool {
        let until = Timestamp::now().checked_add(LEASE).unwrap_or(Timestamp::MAX);
        match store.renew(&self.target.id, holder, until).await {
            Ok(held) => held,
            Err(error) => {
                tracing::warn!(site = %self.target.id, %error, "a lease could not be renewed");
                true
            }
        }
    }

    /// When to come again, by what was learned. An infection counts once: when it shows and did not at the look before.
    fn next(&self, scanned: &Scanned) -> Next {
        let answered = scanned.pages.iter().any(|page| !page.profiles.is_empty() || page.unchanged);
        let infected = scanned.findings.iter().any(|one| is_infection(&one.finding));
        let before = self.memory.looked.is_some();
        let came = Came {
            at: scanned.ended,
            answered,
            requests: scanned.requests,
            incidents: u32::from(infected && before && !self.memory.infected),
            infected,
        };
        let memory = self.memory.after(came);
        let due = next_due(&self.rhythm(), &memory, scanned.ended);
        Next { due, schedule: memory.write() }
    }
}

fn is_new(what: Happening) -> bool {
    matches!(what, Happening::Opened | Happening::Reopened)
}

/// Looks again at an incident whose time has come. As with a visit, only lost evidence ends the patrol.
pub(super) async fn recheck(
    scanner: &Scanner,
    store: &dyn Store,
    case: &Case,
    counts: &Counts,
    hear: &(dyn Fn(Told) + Send + Sync),
) -> Result<(), PatrolError> {
    let looked = match scan::recheck(scanner, store, case, &|_| {}).await {
        Ok(looked) => looked,
        Err(RecheckError::Scan(error @ ScanError::Evidence(_))) => return Err(error.into()),
        Err(error) => {
            counts.failures.fetch_add(1, Ordering::Relaxed);
            tracing::error!(incident = %case.incident.id, %error, "an incident could not be looked at again");
            return Ok(());
        }
    };
    for scanned in looked {
        counts.pages.fetch_add(scanned.urls, Ordering::Relaxed);
        counts.requests.fetch_add(scanned.requests, Ordering::Relaxed);
        hear(Told { site: case.incident.target.clone(), scanned, events: Vec::new() });
    }
    Ok(())
}
