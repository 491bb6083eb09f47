//! The patrol: registered sites are visited when they are due, for ever or for one round, and what comes of each visit
//! is remembered in one transaction before anybody hears of it.
//!
//! Sites are leased from the store, so that several patrols may share one: a site that another holds is left alone, and
//! one whose holder died is taken over when its lease ends. Killed at any moment, a patrol loses the visits it was on and
//! nothing else. Shutdown comes in as an argument.

pub mod holder;
mod roster;
mod stop;
mod turn;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep};

pub use roster::{Roster, Rules};
pub use stop::{Stop, Stopper};
pub use turn::Told;

use super::{ScanError, Scanner};
use crate::incident::Incident;
use crate::store::{Retention, SiteState, Store, StoreError};
use crate::target::Registry;
use crate::target::registry::Refresh;

/// How long a lease holds before it must be renewed.
pub const LEASE: SignedDuration = SignedDuration::from_mins(15);
/// How often a visit renews its lease.
const RENEW: Duration = Duration::from_secs(300);
/// How long a patrol with nothing due sleeps at the most before it looks again, for changes by others.
const IDLE: Duration = Duration::from_secs(5);
/// How often the registry's files are looked at.
const REGISTRY: Duration = Duration::from_secs(10);
/// How often periods are set anew by what was learned.
const LEARNING: Duration = Duration::from_secs(3600);
/// A difference between the clock and the time that passed from which on the clock was set, or the machine slept.
const JUMP: SignedDuration = SignedDuration::from_mins(5);
/// How often what is over its time is removed, and how many folders at once.
const CLEANING: Duration = Duration::from_secs(600);
const FOLDERS: u32 = 500;
/// Incidents looked through for those to be looked at again. What could not be seen stays due, so that an attempt counts
/// for an hour.
const RECHECKS: u32 = 200;
const AGAIN: Duration = Duration::from_secs(3600);
/// Failures of the store in a row after which the patrol gives up.
const STORE_FAILURES: u32 = 10;

/// How a patrol goes.
#[derive(Debug, Clone)]
pub struct Orders {
    /// Sites visited at the same time.
    pub at_once: usize,
    /// End when nothing that was due at the beginning is left.
    pub once: bool,
    /// Visit every registered site, due or not.
    pub all: bool,
    /// How periods are set.
    pub rules: Rules,
    /// How long things are kept.
    pub retention: Retention,
    /// The name under which sites are leased.
    pub holder: String,
}

/// The patrol, ready to go.
pub struct Patrol {
    scanners: Scanners,
    store: Arc<dyn Store>,
    registry: PathBuf,
    orders: Orders,
    zone: TimeZone,
    counts: Arc<Counts>,
}

/// The scanner for the open net, and the one for sites that may lie at private addresses.
pub struct Scanners {
    /// For most.
    pub open: Scanner,
    /// For targets that say so; its guard lets private addresses pass.
    pub private: Scanner,
}

/// What a patrol did so far, for those who watch.
#[derive(Debug, Default)]
pub struct Counts {
    /// Visits begun and not ended.
    pub under_way: AtomicU64,
    /// Visits ended and remembered.
    pub visits: AtomicU64,
    /// Pages looked at.
    pub pages: AtomicU64,
    /// Requests sent.
    pub requests: AtomicU64,
    /// Incidents opened or come back.
    pub incidents: AtomicU64,
    /// Visits that could not be remembered or broke down.
    pub failures: AtomicU64,
    /// Visits put off because the hours of the site were over when its turn came.
    pub put_off: AtomicU64,
}

/// Why a patrol ends before it is told to.
#[derive(Debug, thiserror::Error)]
pub enum PatrolError {
    /// The store refused again and again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Evidence cannot be kept, or the program is at fault.
    #[error(transparent)]
    Scan(#[from] ScanError),
}

impl Patrol {
    /// A patrol of the sites registered at a path.
    pub fn new(
        scanners: Scanners,
        store: Arc<dyn Store>,
        registry: PathBuf,
        orders: Orders,
        zone: TimeZone,
    ) -> Self {
        Self { scanners, store, registry, orders, zone, counts: Arc::default() }
    }

    /// What it did so far.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// Goes until it is stopped, or for one round. `hear` is told of every visit once it is remembered. A visit under
    /// way is finished before this returns, unless the stop is pressed twice.
    ///
    /// # Errors
    /// The store refuses again and again, evidence cannot be kept, or the program is at fault.
    pub async fn run(
        &self,
        registry: Registry,
        mut stop: Stop,
        hear: Arc<dyn Fn(Told) + Send + Sync>,
    ) -> Result<(), PatrolError> {
        let began = Timestamp::now();
        let mut roster = Roster::new(registry, self.orders.rules, self.zone.clone());
        roster.enrol(&*self.store, began, &self.orders).await?;
        let mut under_way: JoinSet<Result<(), PatrolError>> = JoinSet::new();
        let (mut looked, mut learned, mut cleaned) = (Instant::now(), Instant::now(), None::<Instant>);
        let mut clock = Clock::read();
        let mut failures = 0;
        let (mut attempted, mut held) = (HashMap::new(), 0);
        let ended = loop {
            while let Some(done) = under_way.try_join_next() {
                finished(done)?;
            }
            if stop.is_pressed() {
                break Ok(());
            }
            if looked.elapsed() >= REGISTRY {
                looked = Instant::now();
                self.follow_registry(&mut roster).await;
            }
            let jumped = clock.jumped();
            if !self.orders.once && (jumped || learned.elapsed() >= LEARNING) {
                learned = Instant::now();
                self.learn(&mut roster, jumped).await;
            }
            if cleaned.is_none_or(|at| at.elapsed() >= CLEANING) {
                cleaned = Some(Instant::now());
                self.clean().await;
            }
            let free = self.orders.at_once.saturating_sub(under_way.len());
            let due = if self.orders.once { began } else { Timestamp::now() };
            let unable = attempted.len() + held;
            let (leased, rechecks) = match self.take(due, free, unable).await {
                Ok(taken) => taken,
                Err(error) => {
                    failures += 1;
                    tracing::warn!(%error, failures, "the store refused to say what is due");
                    if failures >= STORE_FAILURES {
                        break Err(error.into());
                    }
                    stop.or_sleep(Duration::from_secs(2)).await;
                    continue;
                }
            };
            failures = 0;
            let mut begun = leased.len();
            for site in leased {
                self.begin(&roster, site, &mut under_way, &hear).await;
            }
            attempted.retain(|_, at: &mut Instant| at.elapsed() < AGAIN);
            held = 0;
            for incident in rechecks {
                if !roster.admits(&incident.target, Timestamp::now()) {
                    held += 1;
                } else if begun < free && !attempted.contains_key(&incident.id) {
                    attempted.insert(incident.id.clone(), Instant::now());
                    begun += usize::from(self.recheck(&roster, incident, &mut under_way, &hear).await);
                }
            }
            if begun == 0 && self.orders.once && under_way.is_empty() {
                break Ok(());
            }
            if begun > 0 && under_way.len() < self.orders.at_once {
                continue;
            }
            tokio::select! {
                Some(done) = under_way.join_next(), if !under_way.is_empty() => finished(done)?,
                () = stop.pressed() => {}
                () = sleep(self.pause().await) => {}
            }
        };
        self.finish(under_way, &mut stop).await;
        ended
    }

    /// What is due where there is room for more: the most pressing sites, leased, and incidents to be looked at again, beyond
    /// those for which that cannot be done now. These are read first, so that a store that refuses leaves no site leased
    /// for nothing.
    async fn take(
        &self,
        due: Timestamp,
        free: usize,
        unable: usize,
    ) -> Result<(Vec<SiteState>, Vec<Incident>), StoreError> {
        let limit = u32::try_from(free).unwrap_or(u32::MAX);
        if limit == 0 {
            return Ok((Vec::new(), Vec::new()));
        }
        let rechecks = self
            .store
            .rechecks(due, RECHECKS.saturating_add(u32::try_from(unable).unwrap_or(u32::MAX)))
            .await?;
        let until = Timestamp::now().checked_add(LEASE).unwrap_or(Timestamp::MAX);
        Ok((self.store.lease(due, until, &self.orders.holder, limit).await?, rechecks))
    }

    /// Begins the visit of a leased site. One that is registered no longer is given back and retired.
    async fn begin(
        &self,
        roster: &Roster,
        site: SiteState,
        under_way: &mut JoinSet<Result<(), PatrolError>>,
        hear: &Arc<dyn Fn(Told) + Send + Sync>,
    ) {
        let Some(turn) = roster.turn(&site, &self.scanners) else {
            let id = std::slice::from_ref(&site.target);
            let given = self.store.release(&site.target, &self.orders.holder).await;
            if let Err(error) = given.and(self.store.retire(id).await) {
                tracing::warn!(site = %site.target, %error, "a site that is registered no longer could not be retired");
            }
            return;
        };
        // What a person wants looked at now is looked at now; everybody else waits for the hours of the site.
        if !site.ahead
            && let Some(later) = turn.later(Timestamp::now())
        {
            return self.put_off(&site, later).await;
        }
        let (store, counts, hear) = (Arc::clone(&self.store), Arc::clone(&self.counts), Arc::clone(hear));
        let holder = self.orders.holder.clone();
        counts.under_way.fetch_add(1, Ordering::Relaxed);
        under_way.spawn(async move {
            let came = turn.take(&*store, &holder, &counts, &*hear).await;
            counts.under_way.fetch_sub(1, Ordering::Relaxed);
            came
        });
    }

    /// Gives back a leased site whose hours were over when its turn came.
    async fn put_off(&self, site: &SiteState, later: Timestamp) {
        self.counts.put_off.fetch_add(1, Ordering::Relaxed);
        let moved = self.store.reschedule(&site.target, later, false, None).await;
        let given = self.store.release(&site.target, &self.orders.holder).await;
        if let Err(error) = moved.and(given) {
            tracing::warn!(site = %site.target, %error, "a site could not be put off");
        }
    }

    /// Sets the periods anew; where the store refuses, those in force stay.
    async fn learn(&self, roster: &mut Roster, jumped: bool) {
        if jumped {
            tracing::warn!("the clock has jumped; what is due is set anew");
        }
        if let Err(error) = roster.learn(&*self.store, Timestamp::now(), &self.orders, jumped).await {
            tracing::warn!(%error, "the periods could not be set anew");
        }
    }

    /// Takes up changed registry files. A registry that no longer reads keeps the last good one in force.
    async fn follow_registry(&self, roster: &mut Roster) {
        match roster.refresh(&self.registry) {
            Refresh::Unchanged => {}
            Refresh::Taken => {
                tracing::info!(sites = roster.registry().len(), "the registry has changed");
                if let Err(error) = roster.enrol(&*self.store, Timestamp::now(), &self.orders).await {
                    tracing::warn!(%error, "the changed registry could not be taken up");
                }
            }
            Refresh::Kept(mistakes) => {
                let wrong = mistakes.iter().find(|mistake| mistake.fatal);
                let first = wrong.map(|mistake| mistake.at.to_string()).unwrap_or_default();
                tracing::warn!(first, "the registry has mistakes; the last good one stays in force");
            }
            Refresh::Unreadable(error) => {
                tracing::warn!(%error, "the registry is gone; the last good one stays in force");
            }
        }
    }

    /// Begins to look again at an incident of a registered site; whether that was begun.
    async fn recheck(
        &self,
        roster: &Roster,
        incident: Incident,
        under_way: &mut JoinSet<Result<(), PatrolError>>,
        hear: &Arc<dyn Fn(Told) + Send + Sync>,
    ) -> bool {
        let Some(scanner) = roster.scanner(&incident.target, &self.scanners) else { return false };
        let case = match self.store.case(incident.id.as_str()).await {
            Ok(Some(case)) => case,
            Ok(None) => return false,
            Err(error) => {
                tracing::warn!(incident = %incident.id, %error, "an incident to be looked at again could not be read");
                return false;
            }
        };
        let (store, counts, hear) = (Arc::clone(&self.store), Arc::clone(&self.counts), Arc::clone(hear));
        under_way.spawn(async move { turn::recheck(&scanner, &*store, &case, &counts, &*hear).await });
        true
    }

    /// Removes evidence that is over its time; a failure costs only space and is tried again.
    async fn clean(&self) {
        let now = Timestamp::now();
        let expired = match self.store.expired(now, &self.orders.retention, FOLDERS).await {
            Ok(expired) => expired,
            Err(error) => {
                return tracing::warn!(%error, "the store did not say which evidence is over its time");
            }
        };
        for one in &expired {
            if let Err(error) = std::fs::remove_dir_all(&one.folder)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!(folder = one.folder, %error, "evidence over its time could not be removed");
            }
        }
        if let Err(error) = self.store.forget(&expired, now, &self.orders.retention).await {
            tracing::warn!(%error, "the store did not forget what is over its time");
        }
    }

    /// Until the next site is due, or others may have changed something.
    async fn pause(&self) -> Duration {
        let now = Timestamp::now();
        let next = self.store.backlog(now).await.ok().and_then(|backlog| backlog.next);
        let wait = next.map(|at| at.duration_since(now));
        wait.and_then(|wait| Duration::try_from(wait).ok())
            .unwrap_or(IDLE)
            .clamp(Duration::from_millis(50), IDLE)
    }

    /// Lets visits under way come to their end; pressed again, gives their leases back.
    async fn finish(&self, mut under_way: JoinSet<Result<(), PatrolError>>, stop: &mut Stop) {
        stop.rearm();
        loop {
            tokio::select! {
                done = under_way.join_next() => match done {
                    None => return,
                    Some(done) => drop(finished(done)),
                },
                () = stop.pressed() => {
                    // Their leases end by themselves.
                    under_way.abort_all();
                    return;
                }
            }
        }
    }

    /// Ends the browsers.
    pub async fn shutdown(&self) {
        self.scanners.open.shutdown().await;
        self.scanners.private.shutdown().await;
    }
}

/// The clock beside the time that passed.
struct Clock {
    shown: Timestamp,
    at: Instant,
}

impl Clock {
    fn read() -> Self {
        Self { shown: Timestamp::now(), at: Instant::now() }
    }

    /// Whether it was set since it was read last, or the machine slept.
    fn jumped(&mut self) -> bool {
        let now = Self::read();
        let passed = SignedDuration::try_from(now.at.duration_since(self.at)).unwrap_or(SignedDuration::MAX);
        let off = now.shown.duration_since(self.shown).saturating_sub(passed);
        *self = now;
        off.abs() > JUMP
    }
}

/// What came of a visit's task. One that broke down says so and takes nothing else with it.
fn finished(done: Result<Result<(), PatrolError>, tokio::task::JoinError>) -> Result<(), PatrolError> {
    match done {
        Ok(came) => came,
        Err(error) => {
            tracing::error!(%error, "a visit broke down; this is a fault of the program");
            Ok(())
        }
    }
}
