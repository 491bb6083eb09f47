//! Who is registered, how often each site is visited, and how.

use std::collections::HashMap;
use std::path::Path;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::turn::Turn;
use super::{LEASE, Orders, Scanners, holder};
use crate::detect::dossier::TargetFacts;
use crate::exchange::profile::Profile;
use crate::id::TargetId;
use crate::scan::{Scanner, Settings};
use crate::schedule::plan::{Known, Plan, Share, spread_in_hours};
use crate::schedule::{DEAD, Memory, Rhythm, SOONEST, USUAL, catch_up, prior, pulled_in};
use crate::store::{SiteState, Store, StoreError};
use crate::target::cadence::LONGEST;
use crate::target::hours::Hours;
use crate::target::registry::Refresh;
use crate::target::{Registry, Target};

/// Sites read from the store at once.
const PAGE: u32 = 1000;
/// A site this long overdue was missed while nobody patrolled.
const MISSED: SignedDuration = SignedDuration::from_mins(30);
/// What a visit is reckoned to take, for spreading sites over time.
const A_VISIT: SignedDuration = SignedDuration::from_secs(20);

/// How periods are set.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules {
    /// Requests a day for all sites together; `None`: every site by its cadence alone.
    pub budget: Option<f64>,
}

/// The registry with the period of every site.
#[derive(Debug)]
pub struct Roster {
    registry: Registry,
    rules: Rules,
    zone: TimeZone,
    periods: HashMap<TargetId, SignedDuration>,
}

impl Roster {
    /// A roster of a registry; periods come with [`Roster::enrol`].
    pub fn new(registry: Registry, rules: Rules, zone: TimeZone) -> Self {
        Self { registry, rules, zone, periods: HashMap::new() }
    }

    /// The registry in force.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Takes up what changed at a path; where that is broken, the registry in force stays.
    pub fn refresh(&mut self, path: &Path) -> Refresh {
        self.registry.refresh(path)
    }

    /// Brings the store and the registry together: new sites are enrolled, others retired, missed ones spread, due times
    /// and leases that a wrong clock left are put right, and every period is set.
    pub async fn enrol(
        &mut self,
        store: &dyn Store,
        now: Timestamp,
        orders: &Orders,
    ) -> Result<(), StoreError> {
        let known = self.known(store).await?;
        free(&known, store, now, &orders.holder).await?;
        self.periods = self.periods_of(&known, now);
        let gone: Vec<_> = known.keys().filter(|id| self.registry.get(id).is_none()).cloned().collect();
        store.retire(&gone).await?;
        let new: Vec<_> = self.registry.iter().filter(|target| !known.contains_key(&target.id)).collect();
        // In a round, everything new is due; a patrol without end spreads a long list over the time it takes.
        let span = if orders.once { SignedDuration::ZERO } else { time_for(new.len(), orders.at_once) };
        let due = |(rank, target): (usize, &&Target)| {
            let hours = hours(target);
            let due = catch_up(&self.rhythm(target, &hours), rank, new.len(), now, span);
            (target.id.clone(), due)
        };
        let sites: Vec<_> = new.iter().enumerate().map(due).collect();
        store.enrol(&sites).await?;
        if orders.all {
            for target in self.registry.iter() {
                store.reschedule(&target.id, now, false, None).await?;
            }
        } else {
            self.pull_in(store, &known, now).await?;
            if !orders.once {
                self.spread_missed(store, &known, now, orders).await?;
            }
        }
        Ok(())
    }

    /// Sets every period anew by what was learned since; it counts from a site's next visit on. Leases and due times that
    /// a wrong clock left are put right; where the clock just jumped, what is overdue by it is spread as after downtime.
    pub async fn learn(
        &mut self,
        store: &dyn Store,
        now: Timestamp,
        orders: &Orders,
        jumped: bool,
    ) -> Result<(), StoreError> {
        let known = self.known(store).await?;
        free(&known, store, now, &orders.holder).await?;
        self.periods = self.periods_of(&known, now);
        self.pull_in(store, &known, now).await?;
        if jumped {
            self.spread_missed(store, &known, now, orders).await?;
        }
        Ok(())
    }

    /// Sites that are due later than they could be by now are due in time again.
    async fn pull_in(
        &self,
        store: &dyn Store,
        known: &HashMap<TargetId, SiteState>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for site in known.values() {
            let (Some(due), Some(target)) = (site.due, self.registry.get(&site.target)) else { continue };
            let (memory, hours) = (Memory::read(&site.schedule), hours(target));
            if let Some(due) = pulled_in(&self.rhythm(target, &hours), &memory, due, now) {
                store.reschedule(&site.target, due, site.ahead, None).await?;
            }
        }
        Ok(())
    }

    /// Sites that were missed while nobody patrolled do not all come at once.
    async fn spread_missed(
        &self,
        store: &dyn Store,
        known: &HashMap<TargetId, SiteState>,
        now: Timestamp,
        orders: &Orders,
    ) -> Result<(), StoreError> {
        let overdue =
            |site: &&SiteState| site.due.is_some_and(|due| now.duration_since(due) > MISSED) && !site.ahead;
        let mut missed: Vec<_> = known.values().filter(overdue).collect();
        missed.sort_by(|one, other| self.urgency(other, now).total_cmp(&self.urgency(one, now)));
        let span = time_for(missed.len(), orders.at_once);
        for (rank, site) in missed.iter().enumerate() {
            let Some(target) = self.registry.get(&site.target) else { continue };
            let hours = hours(target);
            let due = catch_up(&self.rhythm(target, &hours), rank, missed.len(), now, span);
            store.reschedule(&site.target, due, false, None).await?;
        }
        Ok(())
    }

    /// What each further hour without a look costs: weight, hazard, and how long it is due.
    fn urgency(&self, site: &SiteState, now: Timestamp) -> f64 {
        let Some(target) = self.registry.get(&site.target) else { return 0.0 };
        let memory = Memory::read(&site.schedule);
        let hazard = prior::learned(target.operator.kind, memory.incidents, memory.exposure);
        let since = site.visited.or(site.due).map_or(0.0, |at| now.duration_since(at).as_secs_f64());
        prior::weight(target) * hazard * since.max(0.0)
    }

    async fn known(&self, store: &dyn Store) -> Result<HashMap<TargetId, SiteState>, StoreError> {
        let mut known = HashMap::new();
        let mut after: Option<TargetId> = None;
        loop {
            let sites = store.sites(after.as_ref(), PAGE).await?;
            let Some(last) = sites.last() else { return Ok(known) };
            after = Some(last.target.clone());
            known.extend(sites.into_iter().map(|site| (site.target.clone(), site)));
        }
    }

    /// The plan for every registered site, by what the store learned of each, with what the hours of each make of it.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn plan(&self, store: &dyn Store, now: Timestamp) -> Result<Plan, StoreError> {
        Ok(self.plan_of(&self.known(store).await?, now))
    }

    fn plan_of(&self, known: &HashMap<TargetId, SiteState>, now: Timestamp) -> Plan {
        let hours: Vec<Hours> = self.registry.iter().map(hours).collect();
        let rhythm = |(target, hours)| rhythm(target, USUAL, hours, &self.zone);
        let rhythms: Vec<_> = self.registry.iter().zip(&hours).map(rhythm).collect();
        spread_in_hours(&self.known_sites(known, now), &rhythms, self.rules.budget, now)
    }

    /// The period of every site. A dead one that answers again is not held to the weekly looks of the dead.
    fn periods_of(
        &self,
        known: &HashMap<TargetId, SiteState>,
        now: Timestamp,
    ) -> HashMap<TargetId, SignedDuration> {
        let shares = self.plan_of(known, now).shares;
        let period = |(share, target): (Share, &Target)| {
            let demanded =
                target.visit.cadence.as_ref().map_or(USUAL, |cadence| cadence.every().unwrap_or(LONGEST));
            (share.site, share.period.min(demanded))
        };
        shares.into_iter().zip(self.registry.iter()).map(period).collect()
    }

    /// What the plan has to know, in the order of the registry.
    fn known_sites(&self, known: &HashMap<TargetId, SiteState>, now: Timestamp) -> Vec<Known> {
        let zoned = now.to_zoned_datetime(self.zone.clone());
        let mut means = HashMap::new();
        let site = |target: &Target| {
            let memory = known.get(&target.id).map(|site| Memory::read(&site.schedule)).unwrap_or_default();
            let demanded = target.visit.cadence.as_ref().map_or(USUAL, |cadence| {
                cadence.every().unwrap_or_else(|| {
                    *means.entry(cadence.to_string()).or_insert_with(|| cadence.mean(&zoned))
                })
            });
            known_of(target, &memory, demanded, now)
        };
        self.registry.iter().map(site).collect()
    }

    fn rhythm<'a>(&'a self, target: &'a Target, hours: &'a Hours) -> Rhythm<'a> {
        let period = self.periods.get(&target.id).copied().unwrap_or(USUAL);
        rhythm(target, period, hours, &self.zone)
    }

    /// The turn of a leased site; `None` where it is registered no longer.
    pub(super) fn turn(&self, site: &SiteState, scanners: &Scanners) -> Option<Turn> {
        let scanner = self.scanner(&site.target, scanners)?;
        let target = self.registry.get(&site.target)?.clone();
        let period = self.periods.get(&target.id).copied().unwrap_or(USUAL);
        let (memory, hours) = (Memory::read(&site.schedule), hours(&target));
        Some(Turn { scanner, memory, period, hours, zone: self.zone.clone(), target })
    }

    /// Whether a registered site may be visited at a time.
    pub(super) fn admits(&self, site: &TargetId, at: Timestamp) -> bool {
        self.registry.get(site).is_some_and(|target| hours(target).admit(at, &self.zone))
    }

    /// The scanner for a registered site, as its target wishes.
    pub(super) fn scanner(&self, site: &TargetId, scanners: &Scanners) -> Option<Scanner> {
        Some(scanners.of(self.registry.get(site)?))
    }
}

impl Scanners {
    /// The scanner for a registered site, as its target wishes.
    pub fn of(&self, target: &Target) -> Scanner {
        let base = if target.visit.allow_private { &self.private } else { &self.open };
        if let Some(rate) = target.visit.rate {
            for host in target.urls.iter().filter_map(|url| url.host_str()) {
                base.set_rate(host, rate);
            }
        }
        base.with(settings(target, base.settings()))
    }
}

/// Gives back the leases of processes that were killed on this machine, and those that end later than any lease taken by
/// now can: a clock was ahead when they were taken. A visit of this process goes on with a lease of the usual length.
async fn free(
    known: &HashMap<TargetId, SiteState>,
    store: &dyn Store,
    now: Timestamp,
    own: &str,
) -> Result<(), StoreError> {
    for site in known.values() {
        let Some((holder, until)) = &site.lease else { continue };
        let is_too_long = until.duration_since(now) > LEASE + LEASE;
        if is_too_long && holder == own {
            store.renew(&site.target, holder, now.checked_add(LEASE).unwrap_or(Timestamp::MAX)).await?;
        } else if is_too_long || holder::is_gone(holder) {
            store.release(&site.target, holder).await?;
        }
    }
    Ok(())
}

/// What the plan has to know of a target.
fn known_of(target: &Target, memory: &Memory, demanded: SignedDuration, now: Timestamp) -> Known {
    let cost = if memory.cost > 0.0 { memory.cost } else { prior::COST };
    let cron = target.visit.cadence.as_ref().is_some_and(|cadence| cadence.every().is_none());
    let alive = Known {
        site: target.id.clone(),
        cost,
        weight: prior::weight(target),
        hazard: prior::learned(target.operator.kind, memory.incidents, memory.exposure),
        soonest: if cron { demanded } else { SOONEST },
        latest: demanded,
        fixed: cron,
    };
    if !memory.is_dead(now) {
        return alive;
    }
    // Nobody is there to be infected, and a visit ends at the first request: the living have what it gives up.
    let latest = demanded.max(DEAD);
    Known { cost: prior::DEAD_COST, hazard: 0.0, soonest: latest, latest, fixed: true, ..alive }
}

/// When a target may be visited.
fn hours(target: &Target) -> Hours {
    Hours::of(&target.visit.windows, &target.visit.avoid)
}

/// The settings of a scan as a target wishes them.
fn settings(target: &Target, usual: &Settings) -> Settings {
    let own: Vec<Profile> = target.visit.profiles.iter().filter_map(|id| Profile::by_id(id)).collect();
    Settings {
        profiles: if own.is_empty() { usual.profiles.clone() } else { own },
        max_pages: target.visit.max_pages.unwrap_or(usual.max_pages),
        depth: target.visit.depth.unwrap_or(usual.depth),
        probe_missing_path: usual.probe_missing_path && target.may_probe(),
        operator: target.operator.kind,
        target: Some(TargetFacts {
            id: target.id.clone(),
            icp: target.icp.clone(),
            police: target.police.clone(),
            siblings: target.scope.siblings.clone(),
        }),
        authorisation: authorisation(target),
        exposure: target.authorisation.written.clone().filter(|_| target.may_check_exposure()),
        ..usual.clone()
    }
}

/// The authorisation in one line, as evidence names it.
fn authorisation(target: &Target) -> Option<String> {
    let stated = &target.authorisation;
    let parts = [
        stated.basis.clone(),
        stated.written.clone(),
        stated.notice.map(|day| day.to_string()),
        stated.published.clone(),
        (!stated.officers.is_empty()).then(|| stated.officers.join(" ")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// The time that so many visits are reckoned to take, so many at once.
fn time_for(sites: usize, at_once: usize) -> SignedDuration {
    let rounds = i32::try_from(sites / at_once.max(1)).unwrap_or(i32::MAX);
    A_VISIT.checked_mul(rounds).unwrap_or(SignedDuration::MAX)
}

/// When a site may be visited and how often.
pub(super) fn rhythm<'a>(
    target: &'a Target,
    period: SignedDuration,
    hours: &'a Hours,
    zone: &'a TimeZone,
) -> Rhythm<'a> {
    let cadence = target.visit.cadence.as_ref();
    Rhythm { name: target.id.as_str(), period, cadence, hours, zone }
}
