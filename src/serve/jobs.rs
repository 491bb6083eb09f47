//! Looks out of turn that somebody asked for: scans of an address, of a registered site, re-checks. They run here, a few
//! at a time, and tell how they go while they do.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::{Semaphore, watch};
use url::Url;
use utoipa::ToSchema;

use super::Console;
use super::problem::Problem;
use crate::desk::told;
use crate::id::{IncidentId, TargetId};
use crate::lang::Bilingual;
use crate::scan::plan::VisitPlan;
use crate::scan::remember::{Turn, remember};
use crate::scan::{Progress, RecheckError, ScanError, Scanned, Scanner, recheck};
use crate::store::{Case, StoreError};

/// Looks at the same time; politeness per host and address holds across them.
const AT_ONCE: usize = 4;
/// Looks that wait.
const WAITING: usize = 64;
/// Looks remembered after their end.
const KEPT: usize = 500;
/// Lines kept of one look.
const LINES: usize = 400;

/// What is to be looked at.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// One address.
    Address(Url),
    /// A registered site.
    Site(TargetId),
    /// An incident, under the conditions that showed it.
    Incident(IncidentId),
}

/// How far a look is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// Others go first.
    Waiting,
    /// Under way.
    Running,
    /// Ended, and remembered.
    Done,
    /// It could not be carried out or remembered.
    Failed,
}

/// How a look goes.
#[derive(Debug, Clone)]
pub(super) struct Course {
    pub(super) state: State,
    /// What it did, oldest first.
    pub(super) lines: Vec<Bilingual>,
    /// Lines that were there in all.
    pub(super) told: usize,
    /// The site under which its findings are kept.
    pub(super) site: Option<TargetId>,
    /// Incidents that it saw.
    pub(super) incidents: Vec<IncidentId>,
    /// Findings that it saw.
    pub(super) findings: usize,
    /// Requests sent.
    pub(super) requests: u64,
    /// What could not be assessed: address and reason in words.
    pub(super) not_assessed: Vec<(String, Bilingual)>,
    /// Why it failed.
    pub(super) why: Option<Bilingual>,
    pub(super) ended: Option<Timestamp>,
}

/// A look that somebody asked for.
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) what: What,
    pub(super) who: String,
    pub(super) asked: Timestamp,
    course: Mutex<Course>,
    changed: watch::Sender<u64>,
}

/// All of them.
pub(super) struct Jobs {
    all: Mutex<VecDeque<Arc<Job>>>,
    next: AtomicU64,
    free: Semaphore,
}

impl Jobs {
    pub(super) fn new() -> Self {
        Self { all: Mutex::default(), next: AtomicU64::new(1), free: Semaphore::new(AT_ONCE) }
    }

    pub(super) fn get(&self, id: u64) -> Option<Arc<Job>> {
        self.locked().iter().find(|job| job.id == id).cloned()
    }

    /// The latest first.
    pub(super) fn list(&self) -> Vec<Arc<Job>> {
        self.locked().iter().rev().cloned().collect()
    }

    /// How many wait or run.
    pub(super) fn open(&self) -> usize {
        self.locked().iter().filter(|job| job.is_open()).count()
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, VecDeque<Arc<Job>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    pub(super) fn course(&self) -> Course {
        self.course.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells when something changes.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.course().state, State::Waiting | State::Running)
    }

    /// What is looked at, as people name it.
    pub(super) fn subject(&self) -> String {
        match &self.what {
            What::Address(url) => url.to_string(),
            What::Site(site) => site.to_string(),
            What::Incident(id) => id.to_string(),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Course)) {
        change(&mut self.course.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_modify(|count| *count += 1);
    }

    fn tell(&self, line: Bilingual) {
        self.change(|course| {
            course.told += 1;
            if course.lines.len() < LINES {
                course.lines.push(line);
            }
        });
    }
}

/// Why a look failed.
enum Failed {
    Scan(ScanError),
    Store(StoreError),
    Gone,
}

impl From<ScanError> for Failed {
    fn from(error: ScanError) -> Self {
        Self::Scan(error)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<RecheckError> for Failed {
    fn from(error: RecheckError) -> Self {
        match error {
            RecheckError::Scan(error) => Self::Scan(error),
            RecheckError::Store(error) => Self::Store(error),
        }
    }
}

impl Failed {
    fn said(&self) -> Bilingual {
        match self {
            Self::Scan(error) => {
                Bilingual::new(format!("检查未能进行：{error}"), format!("failed to {error}"))
            }
            Self::Store(error) => {
                Bilingual::new(format!("记忆库出错：{error}"), format!("failed to {error}"))
            }
            Self::Gone => Bilingual::new("该网站或事件已不存在", "the site or incident is gone"),
        }
    }
}

/// Begins a look. The same one asked for again while it is open is that one.
pub(super) fn begin(console: &Arc<Console>, what: What, who: &str) -> Result<Arc<Job>, Problem> {
    let mut all = console.jobs.locked();
    let subject = |job: &Job| job.subject();
    let job = Job {
        id: console.jobs.next.fetch_add(1, Ordering::Relaxed),
        what,
        who: who.to_owned(),
        asked: Timestamp::now(),
        course: Mutex::new(Course {
            state: State::Waiting,
            lines: Vec::new(),
            told: 0,
            site: None,
            incidents: Vec::new(),
            findings: 0,
            requests: 0,
            not_assessed: Vec::new(),
            why: None,
            ended: None,
        }),
        changed: watch::Sender::new(0),
    };
    if let Some(same) = all.iter().find(|other| other.is_open() && subject(other) == subject(&job)) {
        return Ok(Arc::clone(same));
    }
    if all.iter().filter(|job| job.is_open()).count() >= WAITING {
        return Err(Problem::busy(
            "排队的检查过多，请稍后再试。",
            "too many checks are waiting; try again later.",
            60,
        ));
    }
    while all.len() >= KEPT {
        let Some(oldest) = all.iter().position(|job| !job.is_open()) else { break };
        all.remove(oldest);
    }
    let job = Arc::new(job);
    all.push_back(Arc::clone(&job));
    drop(all);
    let (console, running) = (Arc::clone(console), Arc::clone(&job));
    tokio::spawn(async move {
        let Ok(_turn) = console.jobs.free.acquire().await else { return };
        running.change(|course| course.state = State::Running);
        // In a task of its own, so that one that breaks down says so.
        let inner = {
            let (console, job) = (Arc::clone(&console), Arc::clone(&running));
            tokio::spawn(async move { look(&console, &job).await })
        };
        let why = match inner.await {
            Ok(Ok(())) => None,
            Ok(Err(failed)) => Some(failed.said()),
            Err(error) => {
                tracing::error!(%error, "a look broke down; this is a fault of the program");
                Some(Bilingual::new("程序故障，详见服务日志", "a fault of the program; see its log"))
            }
        };
        console.unseen.forget();
        running.change(|course| {
            course.state = if why.is_none() { State::Done } else { State::Failed };
            course.why = why;
            course.ended = Some(Timestamp::now());
        });
    });
    Ok(job)
}

async fn look(console: &Console, job: &Job) -> Result<(), Failed> {
    let watch = |progress: Progress| job.tell(told(&progress));
    match &job.what {
        What::Address(url) => {
            let (site, scanner) = console.scanner_for(url);
            let plan = VisitPlan::ad_hoc(url, scanner.settings()).remembering(&*console.store, &site).await?;
            visit(console, job, &scanner, (url, plan), &site, &watch).await
        }
        What::Site(site) => {
            let (target, scanner) = console.registered(site).ok_or(Failed::Gone)?;
            let plan = VisitPlan::registered(&target, scanner.settings());
            let mut plan = plan.remembering(&*console.store, site).await?;
            plan.judge_seeds = true;
            visit(console, job, &scanner, (target.home(), plan), site, &watch).await
        }
        What::Incident(id) => {
            let case: Case = console.store.case(id.as_str()).await?.ok_or(Failed::Gone)?;
            let site = case.incident.target.clone();
            let scanner = match console.registered(&site) {
                Some((_, scanner)) => scanner,
                None => console.scanner(),
            };
            for scanned in recheck(&scanner, &*console.store, &case, &watch).await? {
                ended(job, &site, &scanned);
            }
            Ok(())
        }
    }
}

async fn visit(
    console: &Console,
    job: &Job,
    scanner: &Scanner,
    (url, plan): (&Url, VisitPlan),
    site: &TargetId,
    watch: &(dyn Fn(Progress) + Sync),
) -> Result<(), Failed> {
    let mut scanned = scanner.visit(url, plan, watch).await?;
    remember(&*console.store, &mut scanned, site, Turn::default()).await?;
    ended(job, site, &scanned);
    Ok(())
}

/// What a look came to, added to what its job says.
fn ended(job: &Job, site: &TargetId, scanned: &Scanned) {
    job.change(|course| {
        course.site = Some(site.clone());
        course.findings += scanned.findings.len();
        course.requests += scanned.requests;
        for gap in &scanned.not_assessed {
            course.not_assessed.push((gap.url.clone(), gap.detail.clone()));
        }
        for incident in scanned.findings.iter().filter_map(|reported| reported.incident.as_ref()) {
            if !course.incidents.contains(&incident.id) {
                course.incidents.push(incident.id.clone());
            }
        }
    });
}
