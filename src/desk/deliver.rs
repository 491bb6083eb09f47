//! Alerts on their way: events of the store become messages over every channel, at least once and in order.
//!
//! Each channel remembers in the store how far it came, and moves on only once a message was taken; while it fails, it is
//! asked again after ever longer times and everything waits. One process delivers at a time. What holds an event back
//! (grouping, quiet hours, rate limits) is for `alert` to say, from times alone, so that a restart changes nothing.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alert::{
    self, Batch, Channel, ChannelKind, Network, Notice, Purpose, SendError, Settings, Step, What, plan,
};
use crate::id::{IncidentId, sha256_hex};
use crate::incident::Standing;
use crate::lang::Bilingual;
use crate::report::words;
use crate::scan::patrol::{Stop, holder};
use crate::store::{Case, Numbered, Store, StoreError};
use crate::target::Registry;

/// A channel that is new begins with what happened so long before: not with the history of years.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);
/// How often is looked for something to tell.
const EVERY: Duration = Duration::from_secs(2);
/// Events read at once, and kept in memory while they wait.
const AT_ONCE: u32 = 500;
const WINDOW: usize = 20_000;
/// Messages over a channel in one round, and the time after which no further one is begun.
const MESSAGES: usize = 50;
const ROUND: Duration = Duration::from_secs(20);
/// The first wait after a failure, which doubles, and the longest.
const FIRST_WAIT: i64 = 30;
const LONGEST_WAIT: i64 = 3600;
/// How long the right to deliver holds after the last round began.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// The span for which sent messages are remembered, for rate limits.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);
/// How long after its time a look is overdue, how often is asked for such, and how many are told at the most.
const OVERDUE: SignedDuration = SignedDuration::from_hours(24);
const OVERDUE_EVERY: SignedDuration = SignedDuration::from_mins(10);
const OVERDUE_MOST: u32 = 500;
/// How many of those told are remembered for a channel.
const OVERDUE_TOLD: usize = 2000;
/// The version of what a channel remembers.
const VERSION: u32 = 1;

/// Delivers alerts.
pub struct Deliverer {
    settings: Settings,
    store: Arc<dyn Store>,
    network: Arc<dyn Network>,
    /// Where sites are registered; one that is not there or does not read leaves names out and nothing else.
    registered: Option<PathBuf>,
    registry: Option<Registry>,
    holder: String,
    /// Whether a channel that failed is left alone for a time.
    patient: bool,
    /// Events to be told that some channel is not past yet, by their numbers.
    known: BTreeMap<i64, Notice>,
    /// The number of the last event that was read.
    read_to: Option<i64>,
    /// Looks that are overdue, each under a number of its own below zero, and when was asked for them.
    overdue: BTreeMap<i64, Notice>,
    asked: Option<Timestamp>,
}

/// How a channel stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelStatus {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ChannelKind,
    /// The number of the event up to which everything was told, or was not for this channel.
    pub after: i64,
    /// Events that are to be told and are not yet.
    pub waiting: usize,
    /// Until when those that wait are held back by grouping, quiet hours or a rate limit.
    pub held_until: Option<Timestamp>,
    /// Events told so far.
    pub delivered: u64,
    /// When a message was taken last.
    pub last_success: Option<Timestamp>,
    /// When a message last failed, and why.
    pub last_error: Option<Trouble>,
    /// Failures in a row; 0: it works, as far as is known.
    pub failures: u32,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// When it is asked again after a failure.
    pub retry_at: Option<Timestamp>,
}

/// A failure of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// When.
    pub at: Timestamp,
    /// What, in words.
    pub what: String,
}

/// What a channel remembers between rounds, in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Progress {
    version: u32,
    /// When the channel was first seen in the settings.
    began: Timestamp,
    after: i64,
    /// Events told beyond that number, ahead of others that are held back.
    #[serde(default)]
    ahead: Vec<i64>,
    /// Overdue looks that were told, by their numbers, the latest last.
    #[serde(default)]
    overdue: Vec<i64>,
    /// Messages of the last hour, with the route of each.
    #[serde(default)]
    sent: Vec<(Timestamp, String)>,
    #[serde(default)]
    delivered: u64,
    #[serde(default)]
    failures: u32,
    #[serde(default)]
    failing_since: Option<Timestamp>,
    retry_at: Option<Timestamp>,
    last_success: Option<Timestamp>,
    last_error: Option<Trouble>,
}

/// Who delivers, and until when nobody else does.
#[derive(Debug, Serialize, Deserialize)]
struct Lease {
    holder: String,
    until: Timestamp,
}

/// The name under which the right to deliver stands in the store.
const LEASE_NAME: &str = "alert-lease";

impl Deliverer {
    /// Delivers what the settings say, of the events in a store; names of sites come from the registry at a path.
    pub fn new(
        settings: Settings,
        store: Arc<dyn Store>,
        network: Arc<dyn Network>,
        registered: Option<PathBuf>,
    ) -> Self {
        Self {
            settings,
            store,
            network,
            registered,
            registry: None,
            holder: holder::this(),
            patient: true,
            known: BTreeMap::new(),
            read_to: None,
            overdue: BTreeMap::new(),
            asked: None,
        }
    }

    /// The same, asking channels that failed again at once: for a person who put something right.
    pub fn impatient(self) -> Self {
        Self { patient: false, ..self }
    }

    /// Delivers until it is stopped, then once more. What goes wrong is logged and tried again: it ends for nothing else.
    pub async fn run(&mut self, mut stop: Stop) {
        let mut others = false;
        loop {
            let last = stop.is_pressed();
            match self.round(Timestamp::now()).await {
                Ok(Some(_)) => others = false,
                Ok(None) if others => {}
                Ok(None) => {
                    others = true;
                    tracing::info!("another process delivers the alerts of this store; this one waits");
                }
                Err(error) => tracing::warn!("failed to {error}; alerts wait"),
            }
            if last {
                if let Err(error) = self.release(Timestamp::now()).await {
                    tracing::warn!("failed to {error}");
                }
                return;
            }
            stop.or_sleep(EVERY).await;
        }
    }

    /// Delivers everything that is due at a time; gives how each channel then stands. `None`: another process delivers.
    ///
    /// # Errors
    /// The store refuses. What was sent may then be sent again.
    pub async fn round(&mut self, now: Timestamp) -> Result<Option<Vec<ChannelStatus>>, StoreError> {
        if !self.lease(now).await? {
            return Ok(None);
        }
        let mut all = Vec::new();
        for channel in &self.settings.channels {
            let (progress, new) = self.progress(channel, now).await?;
            if new {
                self.save(channel, &progress).await?;
            }
            all.push(progress);
        }
        self.read(&all).await?;
        self.ask_overdue(now).await?;
        let channels = self.settings.channels.iter().zip(all);
        let ended = join_all(channels.map(|(channel, progress)| self.deliver(channel, progress, now))).await;
        let statuses = ended.into_iter().collect::<Result<Vec<_>, _>>()?;
        self.forget(&statuses);
        Ok(Some(statuses))
    }

    /// Forgets the events that every channel is past.
    fn forget(&mut self, statuses: &[ChannelStatus]) {
        let past = statuses.iter().map(|status| status.after).min().unwrap_or(0);
        self.known = self.known.split_off(&(past + 1));
    }

    /// How each channel stands, without sending anything.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn status(&mut self, now: Timestamp) -> Result<Vec<ChannelStatus>, StoreError> {
        let mut all = Vec::new();
        for channel in &self.settings.channels {
            all.push(self.progress(channel, now).await?.0);
        }
        self.read(&all).await?;
        self.ask_overdue(now).await?;
        let channels = self.settings.channels.iter().zip(&all);
        let statuses: Vec<_> =
            channels.map(|(channel, progress)| self.look(channel, progress, now).status).collect();
        self.forget(&statuses);
        Ok(statuses)
    }

    /// Lets another process deliver.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn release(&self, now: Timestamp) -> Result<(), StoreError> {
        if self.leased(now).await?.is_none_or(|lease| lease.holder == self.holder) {
            let lease = Lease { holder: self.holder.clone(), until: now };
            self.store.set_value(LEASE_NAME, &json(&lease)).await?;
        }
        Ok(())
    }

    async fn lease(&self, now: Timestamp) -> Result<bool, StoreError> {
        let until = now.checked_add(LEASE).unwrap_or(now);
        if let Some(lease) = self.leased(now).await? {
            let own = lease.holder == self.holder;
            if !own && !holder::is_gone(&lease.holder) {
                return Ok(false);
            }
            // Half of it left is enough for this round, and writing less rests the disk.
            if own && until.duration_since(lease.until) < LEASE / 2 {
                return Ok(true);
            }
        }
        let lease = Lease { holder: self.holder.clone(), until };
        self.store.set_value(LEASE_NAME, &json(&lease)).await?;
        Ok(true)
    }

    /// The lease that holds; one that does not read holds nobody.
    async fn leased(&self, now: Timestamp) -> Result<Option<Lease>, StoreError> {
        let value = self.store.value(LEASE_NAME).await?;
        let lease: Option<Lease> = value.and_then(|text| serde_json::from_str(&text).ok());
        Ok(lease.filter(|lease| lease.until > now))
    }

    /// What a channel remembers, and whether it is new.
    async fn progress(&self, channel: &Channel, now: Timestamp) -> Result<(Progress, bool), StoreError> {
        if let Some(text) = self.store.value(&value_name(channel)).await? {
            let what = "how far an alert channel came";
            let read =
                serde_json::from_str(&text).map_err(|source| StoreError::Unreadable { what, source })?;
            return Ok((read, false));
        }
        let new = Progress {
            version: VERSION,
            began: now,
            after: 0,
            ahead: Vec::new(),
            overdue: Vec::new(),
            sent: Vec::new(),
            delivered: 0,
            failures: 0,
            failing_since: None,
            retry_at: None,
            last_success: None,
            last_error: None,
        };
        Ok((new, true))
    }

    async fn save(&self, channel: &Channel, progress: &Progress) -> Result<(), StoreError> {
        self.store.set_value(&value_name(channel), &json(progress)).await
    }

    /// Reads the events that some channel is not past yet, as far as they are not known.
    async fn read(&mut self, all: &[Progress]) -> Result<(), StoreError> {
        let Some(first) = all.iter().map(|progress| progress.after).min() else { return Ok(()) };
        let wanted = |event: &&Numbered| {
            let by = |one: &Progress| event.number > one.after && event.event.at >= one.from();
            all.iter().any(by)
        };
        let mut cases: HashMap<IncidentId, Option<Case>> = HashMap::new();
        // A long history is read over several rounds, so that the lease holds.
        let begun = Instant::now();
        while self.known.len() < WINDOW && begun.elapsed() < ROUND {
            let from = self.read_to.map_or(first, |read| read.max(first));
            let events = self.store.events(from, AT_ONCE).await?;
            let Some(last) = events.last() else { break };
            let last = last.number;
            for event in events.iter().filter(wanted) {
                if let Some(notice) = self.notice(event, &mut cases).await? {
                    self.known.insert(event.number, notice);
                }
            }
            self.read_to = Some(last);
        }
        Ok(())
    }

    /// Asks from time to time for looks that are overdue.
    async fn ask_overdue(&mut self, now: Timestamp) -> Result<(), StoreError> {
        if self.asked.is_some_and(|asked| now.duration_since(asked) < OVERDUE_EVERY) {
            return Ok(());
        }
        let before = now.checked_sub(OVERDUE).unwrap_or(Timestamp::UNIX_EPOCH);
        let incidents = self.store.rechecks(before, OVERDUE_MOST).await?;
        self.overdue.clear();
        for incident in incidents {
            let Some(due) = incident.next_recheck else { continue };
            let Some(case) = self.store.case(incident.id.as_str()).await? else { continue };
            let at = due.checked_add(OVERDUE).unwrap_or(due);
            let number = own_number(&incident.id, due);
            self.refresh();
            let told = self.told(&case, number, at, What::Overdue);
            self.overdue.extend(told.map(|notice| (number, notice)));
        }
        self.asked = Some(now);
        Ok(())
    }

    /// An event as it is told; `None` where its incident is unknown or set aside.
    async fn notice(
        &mut self,
        event: &Numbered,
        cases: &mut HashMap<IncidentId, Option<Case>>,
    ) -> Result<Option<Notice>, StoreError> {
        let id = &event.event.incident;
        if !cases.contains_key(id) {
            let case = self.store.case(id.as_str()).await?;
            cases.insert(id.clone(), case);
            self.refresh();
        }
        let Some(case) = cases.get(id).and_then(Option::as_ref) else { return Ok(None) };
        Ok(self.told(case, event.number, event.event.at, event.event.what.into()))
    }

    /// Something about an incident as it is told; `None` where a person set the incident aside.
    fn told(&self, case: &Case, number: i64, at: Timestamp, what: What) -> Option<Notice> {
        let incident = &case.incident;
        if incident.standing(&case.decisions, at) == Standing::Dismissed {
            return None;
        }
        let target = self.registry.as_ref().and_then(|registry| registry.get(&incident.target));
        let worst = case.findings.iter().map(|one| &one.tracked);
        let worst = worst.max_by_key(|one| (one.present, one.finding.severity, one.home));
        let named = |kind| Bilingual::new(words::kind(kind).zh, words::kind(kind).en);
        let kinds: Vec<_> = incident.kinds.iter().map(|kind| (*kind, named(*kind))).collect();
        let title = worst.map(|one| one.finding.title.clone());
        Some(Notice {
            number,
            at,
            what,
            incident: incident.id.clone(),
            site: incident.target.clone(),
            name: target.map_or_else(|| incident.target.to_string(), |target| target.name.clone()),
            operator: target.and_then(|target| target.operator.name.clone()),
            division: target.and_then(|target| target.division.clone()),
            labels: target.map(|target| target.labels.clone()).unwrap_or_default(),
            severity: incident.severity,
            title: title
                .or_else(|| kinds.first().map(|(_, name)| name.clone()))
                .unwrap_or_else(|| Bilingual::new("", "")),
            kinds,
            category: incident.category,
            page: worst.map(|one| one.page.clone()),
            first_seen: incident.first_seen,
            last_seen: incident.last_seen,
            last_clean_before: incident.last_clean_before,
            first_clean_after: incident.first_clean_after,
            recheck_due: incident.next_recheck,
        })
    }

    /// Reads the registry where it changed.
    fn refresh(&mut self) {
        let Some(path) = &self.registered else { return };
        match &mut self.registry {
            Some(registry) => drop(registry.refresh(path)),
            None => self.registry = Registry::load(path).ok(),
        }
    }

    /// Sends what is due over one channel, one message after the other.
    async fn deliver(
        &self,
        channel: &Channel,
        mut progress: Progress,
        now: Timestamp,
    ) -> Result<ChannelStatus, StoreError> {
        let begun = Instant::now();
        let before = progress.clone();
        if !self.patient {
            progress.retry_at = None;
        }
        for _ in 0..MESSAGES {
            let look = self.look(channel, &progress, now);
            progress.move_to(look.status.after);
            let Some((route, numbers)) = look.send.filter(|_| begun.elapsed() < ROUND) else { break };
            let notices: Vec<&Notice> = numbers
                .iter()
                .filter_map(|number| self.known.get(number).or_else(|| self.overdue.get(number)))
                .collect();
            let id = message_id(channel, &numbers);
            let console = self.settings.console.as_ref();
            let batch = Batch { notices: &notices, purpose: Purpose::Alert, id: &id, console };
            let came = alert::send(channel, &batch, &*self.network, now).await;
            match came {
                Ok(_) => progress.succeeded(&numbers, &self.settings.routes[route].name, now),
                Err(error) => {
                    progress.failed(error.reason(), now);
                    let waiting = look.status.waiting;
                    tracing::warn!(channel = channel.name, waiting, "failed to {error}; it is tried again");
                }
            }
            progress.move_to(self.look(channel, &progress, now).status.after);
            self.save(channel, &progress).await?;
        }
        let look = self.look(channel, &progress, now);
        if progress != before {
            self.save(channel, &progress).await?;
        }
        Ok(look.status)
    }

    /// What waits for a channel, and what is to be sent now.
    fn look(&self, channel: &Channel, progress: &Progress, now: Timestamp) -> Look {
        let mut lanes: BTreeMap<usize, Vec<&Notice>> = BTreeMap::new();
        let (from, mut waiting, mut first) = (progress.from(), 0, None);
        let told: BTreeSet<i64> = progress.ahead.iter().chain(&progress.overdue).copied().collect();
        for (number, notice) in self.known.range(progress.after + 1..).chain(&self.overdue) {
            if notice.at < from || told.contains(number) {
                continue;
            }
            if let Some(route) = self.settings.route(channel, notice) {
                lanes.entry(route).or_default().push(notice);
                if *number > 0 {
                    first.get_or_insert(*number);
                }
                waiting += 1;
            }
        }
        let after = match first {
            Some(first) => first - 1,
            None => self.read_to.unwrap_or(0).max(progress.after),
        };
        let mut steps = Vec::new();
        let mut held_until: Option<Timestamp> = None;
        for (route, waiting) in &lanes {
            let name = &self.settings.routes[*route].name;
            let sent: Vec<_> = progress.sent.iter().map(|(at, by)| (*at, by == name)).collect();
            match plan(&self.settings.routes[*route], channel, waiting, &sent, now) {
                Step::Nothing => {}
                Step::Send(numbers) => steps.push((*route, numbers)),
                Step::Wait(until) => held_until = Some(held_until.map_or(until, |other| other.min(until))),
            }
        }
        let resting = progress.retry_at.is_some_and(|at| at > now);
        let send = steps.into_iter().min_by_key(|(_, numbers)| numbers.first().copied());
        Look { status: progress.status(channel, after, waiting, held_until), send: send.filter(|_| !resting) }
    }
}

/// Sends a test message over a channel; gives what the receiver answered.
///
/// # Errors
/// It did not arrive, or nobody can say that it did.
pub async fn try_channel(
    settings: &Settings,
    channel: &Channel,
    network: &dyn Network,
    now: Timestamp,
) -> Result<String, SendError> {
    let id = message_id(channel, &[now.as_millisecond()]);
    let batch = Batch { notices: &[], purpose: Purpose::Test, id: &id, console: settings.console.as_ref() };
    alert::send(channel, &batch, network, now).await
}

/// What waits for a channel.
struct Look {
    status: ChannelStatus,
    /// The route and the events of the next message.
    send: Option<(usize, Vec<i64>)>,
}

impl Progress {
    /// Events from then on are told.
    fn from(&self) -> Timestamp {
        self.began.checked_sub(BEFORE).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn move_to(&mut self, after: i64) {
        self.after = self.after.max(after);
        self.ahead.retain(|number| *number > after);
    }

    fn succeeded(&mut self, numbers: &[i64], route: &str, now: Timestamp) {
        let (overdue, events): (Vec<i64>, Vec<i64>) = numbers.iter().partition(|number| **number < 0);
        self.ahead.extend(events);
        self.overdue.extend(overdue);
        let forgotten = self.overdue.len().saturating_sub(OVERDUE_TOLD);
        self.overdue.drain(..forgotten);
        self.sent.retain(|(at, _)| now.duration_since(*at) < REMEMBERED);
        self.sent.push((now, route.to_owned()));
        self.delivered += numbers.len() as u64;
        self.failures = 0;
        self.failing_since = None;
        self.retry_at = None;
        self.last_success = Some(now);
    }

    fn failed(&mut self, what: String, now: Timestamp) {
        let doubled = FIRST_WAIT.saturating_mul(1_i64 << self.failures.min(20));
        let wait = SignedDuration::from_secs(doubled.min(LONGEST_WAIT));
        self.failures = self.failures.saturating_add(1);
        self.failing_since.get_or_insert(now);
        self.retry_at = now.checked_add(wait).ok();
        self.last_error = Some(Trouble { at: now, what });
    }

    fn status(
        &self,
        channel: &Channel,
        after: i64,
        waiting: usize,
        held_until: Option<Timestamp>,
    ) -> ChannelStatus {
        ChannelStatus {
            name: channel.name.clone(),
            kind: channel.kind,
            after,
            waiting,
            held_until,
            delivered: self.delivered,
            last_success: self.last_success,
            last_error: self.last_error.clone(),
            failures: self.failures,
            failing_since: self.failing_since,
            retry_at: self.retry_at,
        }
    }
}

/// The name of what a channel remembers.
fn value_name(channel: &Channel) -> String {
    format!("alert-channel/{}", channel.name)
}

/// The number, below zero, of a look that was due at a time: the same in every process.
fn own_number(incident: &IncidentId, due: Timestamp) -> i64 {
    let digest = sha256_hex(format!("{incident}\n{due}").as_bytes());
    -i64::from_str_radix(&digest[..13], 16).unwrap_or(0) - 1
}

/// The same for the same events over the same channel.
fn message_id(channel: &Channel, numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    sha256_hex(format!("{}\n{}", channel.name, numbers.join(",")).as_bytes())[..32].to_owned()
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain values have a JSON form")
}
