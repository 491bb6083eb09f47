//! The one room that knows the whole path of an address: gather first, judge afterwards, link duties, report.
//!
//! The other rooms take values and give values; this one decides what is asked for next and when it is enough.
//! It judges nothing itself.

mod accept;
mod escalate;
mod expose;
mod gather;
mod landing;
mod passed;
pub mod patrol;
pub mod plan;
mod recheck;
mod rejudge;
pub mod remember;
mod render;
mod verdict;
mod visit;
mod walk;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::JoinError;
use url::Url;

use crate::browser::Browser;
use crate::detect::Context;
use crate::detect::dossier::TargetFacts;
use crate::detect::known::KnownHosts;
use crate::evidence::EvidenceError;
use crate::exchange::profile::Profile;
use crate::fetch::Fetcher;
use crate::finding::NotAssessed;
use crate::lang::Lang;
use crate::lexicon::Lexicon;
use crate::report::Reported;
use crate::target::OperatorKind;
use plan::VisitPlan;
use remember::Looked;

pub use recheck::{RecheckError, recheck};
pub use rejudge::{Rejudged, rejudge};
pub use render::visited_as;
pub use verdict::{duties, legal_day, link_duties};

/// What a scan may do and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The profiles, in the order of visiting: most victim-like first.
    pub profiles: Vec<Profile>,
    /// Time from the beginning of one visit of an address to that of the next, a third more or less each time.
    pub profile_gap: Duration,
    /// Outside addresses looked at per page at the most; 0 looks at none.
    pub landings: usize,
    /// Further requests that may be spent on finding the smallest trigger.
    pub trigger_probes: usize,
    /// Style sheets and scripts fetched per address at the most.
    pub resources: usize,
    /// Pages per address at the most.
    pub max_pages: u32,
    /// How many links deep.
    pub depth: u32,
    /// Whether a path that should not exist is asked for, as a control of error handlers.
    pub probe_missing_path: bool,
    /// Which version of the law; the day of observation when left out.
    pub as_of: Option<Date>,
    /// What is known of the operator.
    pub operator: OperatorKind,
    /// The folder under which each scanned address gets a folder of its own.
    pub evidence: PathBuf,
    /// Keep the evidence of addresses on which nothing was found, too.
    pub keep_clean: bool,
    /// When a real browser is asked.
    pub browser: BrowserUse,
    /// The language of the labels on pictures.
    pub lang: Lang,
    /// What the registry says of the site, where it is registered.
    pub target: Option<TargetFacts>,
    /// On what authority it is visited, in one line for the evidence.
    pub authorisation: Option<String>,
    /// Number or words of the written authorisation for exposure checks; without one, not a single such question is put.
    pub exposure: Option<String>,
}

/// When a real browser is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BrowserUse {
    /// About what is unsure and matters, and for pictures of findings.
    #[default]
    Auto,
    /// About every page.
    Always,
    /// About nothing.
    Never,
}

impl FromStr for BrowserUse {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            other => Err(format!("`{other}`: auto always never")),
        }
    }
}

/// Scans addresses. Shared by all scans of a run, so that politeness holds across them.
pub struct Scanner {
    fetcher: Arc<Fetcher>,
    lexicon: Arc<Lexicon>,
    known: &'static KnownHosts,
    settings: Settings,
    /// Started when it is first asked; `None` inside where there is none.
    browser: Arc<OnceCell<Option<Browser>>>,
    /// Room for heavy work: more threads than processors would only hold memory each.
    heavy: Arc<Semaphore>,
}

/// What came of one address.
#[derive(Debug)]
pub struct Scanned {
    /// The address as asked.
    pub url: Url,
    /// Findings with their duties and evidence.
    pub findings: Vec<Reported>,
    /// What could not be looked at.
    pub not_assessed: Vec<NotAssessed>,
    /// Addresses visited.
    pub urls: u64,
    /// Those of them that were what they were at a judgement of late, and so were not judged anew.
    pub unchanged: u64,
    /// Requests sent.
    pub requests: u64,
    /// The pages that were looked at or tried, in that order, for those who remember.
    pub pages: Vec<Looked>,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
}

/// Why a scan could not be carried out at all. What a site does is never such an error.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// Evidence could not be kept; nothing may be judged without.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// A judgement broke down: a fault of the program.
    #[error("judge {url}: {why}")]
    Broken {
        /// The address.
        url: Url,
        /// What the program said.
        why: String,
    },
}

/// Something that happened, for those who watch.
#[derive(Debug, Clone)]
pub enum Progress {
    /// A profile is about to visit an address.
    Visiting {
        /// The address.
        url: Url,
        /// The profile.
        profile: String,
    },
    /// An outside address is about to be looked at.
    Landing {
        /// The address.
        url: Url,
    },
    /// A browser is about to be asked about an address.
    Rendering {
        /// The address.
        url: Url,
        /// The profile.
        profile: String,
    },
    /// What was gathered is being judged.
    Judging {
        /// The address.
        url: Url,
    },
}

impl Scanner {
    /// Puts the parts together.
    pub fn new(fetcher: Fetcher, lexicon: impl Into<Arc<Lexicon>>, settings: Settings) -> Self {
        Self {
            fetcher: Arc::new(fetcher),
            lexicon: lexicon.into(),
            known: KnownHosts::builtin(),
            settings,
            browser: Arc::default(),
            heavy: Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from))),
        }
    }

    /// The same scanner with other settings: politeness, browser and jargon stay shared.
    pub fn with(&self, settings: Settings) -> Self {
        Self {
            fetcher: Arc::clone(&self.fetcher),
            lexicon: Arc::clone(&self.lexicon),
            known: self.known,
            settings,
            browser: Arc::clone(&self.browser),
            heavy: Arc::clone(&self.heavy),
        }
    }

    /// Sets how many requests per second a host bears.
    pub fn set_rate(&self, host: &str, rate: f64) {
        self.fetcher.set_rate(host, rate);
    }

    /// Ends the browser, where one was started, and waits for its end.
    pub async fn shutdown(&self) {
        if let Some(Some(browser)) = self.browser.get() {
            browser.shutdown().await;
        }
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Scans one address and, within the budget of the settings, the pages it leads to.
    ///
    /// # Errors
    /// Only when evidence cannot be kept or the program itself is at fault.
    pub async fn scan(&self, url: &Url, watch: &(dyn Fn(Progress) + Sync)) -> Result<Scanned, ScanError> {
        self.visit(url, VisitPlan::ad_hoc(url, &self.settings), watch).await
    }

    /// Visits a site as a plan says; the address is the one under which the visit is reported.
    ///
    /// # Errors
    /// Only when evidence cannot be kept or the program itself is at fault.
    pub async fn visit(
        &self,
        url: &Url,
        plan: VisitPlan,
        watch: &(dyn Fn(Progress) + Sync),
    ) -> Result<Scanned, ScanError> {
        let started = Timestamp::now();
        let walked = walk::walk(self, plan, watch).await?;
        Ok(Scanned {
            url: url.clone(),
            findings: walked.findings,
            not_assessed: walked.not_assessed,
            urls: walked.urls,
            unchanged: walked.unchanged,
            requests: walked.requests,
            pages: walked.pages,
            started,
            ended: Timestamp::now(),
        })
    }

    /// Does heavy work on a thread for it, when there is room; an error where it broke down.
    async fn heavily<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let _room = self.heavy.acquire().await;
        tokio::task::spawn_blocking(work).await
    }

    fn context(&self) -> Context<'_> {
        Context::new(&self.lexicon, self.known)
    }

    /// A folder named after host, port and time, so that a person finds it again.
    fn evidence_folder(&self, url: &Url, at: Timestamp) -> PathBuf {
        let host = url.host_str().unwrap_or("unknown").replace(['[', ']', ':'], "-");
        let port = url.port().map(|port| format!("-{port}")).unwrap_or_default();
        let stamp = at.strftime("%Y%m%dT%H%M%S");
        let fraction = at.subsec_nanosecond() / 1000;
        self.settings.evidence.join(format!("{host}{port}-{stamp}.{fraction:06}Z"))
    }
}
