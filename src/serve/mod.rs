//! The console and the API: what an officer looks at every morning, for people in a browser and for programs.
//!
//! Pages are made here and need no script to be read; the script that there is only keeps progress up to date. Everything
//! that changes something goes through `desk`, is asked for by an account whose role allows it, and stands in the audit
//! log before it is done. Text that came from web sites is hostile: it is escaped, never linked, and the policy of every
//! page lets nothing run but the console's own script. Judges nothing.

mod alerts;
mod api;
mod gate;
mod jobs;
mod login;
mod metrics;
mod pages;
mod password;
mod problem;
mod who;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderMap;
use axum::middleware::from_fn_with_state;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use url::Url;

pub use self::alerts::{Alerts, Channels};
use self::jobs::Jobs;
use self::problem::Problem;
use crate::desk::{Desk, Operators};
use crate::evidence::PackageKey;
use crate::id::TargetId;
use crate::lang::{Bilingual, Lang};
use crate::scan::Scanner;
use crate::scan::patrol::Scanners;
use crate::scan::remember::site_of;
use crate::store::accounts::{Account, Role};
use crate::store::{Filter, Store};
use crate::target::{OperatorKind, Registry, Target};

/// The largest request that is read, in bytes: a register of some ten thousand sites.
const LARGEST: usize = 16 << 20;
/// How often the registry's files are looked at.
const REGISTRY: Duration = Duration::from_secs(5);
/// How long the numbers of pages that wait for a decision, and of incidents that nobody looked at, are kept.
const PENDING: Duration = Duration::from_secs(60);
const UNSEEN: Duration = Duration::from_secs(5);
/// Passwords hashed at the same time: each takes 19 MiB.
const HASHES: usize = 2;
/// Papers printed at the same time: each takes a browser of its own.
const PRINTS: usize = 1;

/// How the console is set up.
#[derive(Clone)]
pub struct Settings {
    /// The registry, a file or a folder.
    pub registry: PathBuf,
    /// The kind of operator where nothing else is known.
    pub operator: OperatorKind,
    /// The address under which people reach it, where that is not where it listens.
    pub public: Option<Url>,
    /// The language of those who did not choose one.
    pub lang: Lang,
    /// With what packages of evidence are signed.
    pub key: Option<Arc<PackageKey>>,
}

/// Everything that requests share.
pub struct Console {
    store: Arc<dyn Store>,
    scanners: Scanners,
    settings: Settings,
    alerts: Alerts,
    listens: SocketAddr,
    registry: RwLock<Known>,
    jobs: Jobs,
    answers: api::Answers,
    set_up: Mutex<Option<String>>,
    pending: Counted,
    unseen: Counted,
    hashing: Semaphore,
    printing: Semaphore,
    requests: AtomicU64,
    started: Timestamp,
}

/// The registry as it was read last.
struct Known {
    registry: Arc<Registry>,
    looked: Instant,
    /// How many mistakes keep a changed one from being taken up.
    mistakes: usize,
}

/// A number that is too dear to be counted for every page.
struct Counted {
    lasts: Duration,
    kept: Mutex<Option<(Instant, usize)>>,
}

impl Counted {
    fn lasting(lasts: Duration) -> Self {
        Self { lasts, kept: Mutex::new(None) }
    }

    /// The number as it was counted last, or counted now.
    async fn or(&self, count: impl Future<Output = Result<usize, Problem>>) -> Result<usize, Problem> {
        {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((at, count)) = *kept
                && at.elapsed() < self.lasts
            {
                return Ok(count);
            }
        }
        let count = count.await?;
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), count));
        Ok(count)
    }

    /// Counts anew when it is asked for next: something was done here that changes it.
    fn forget(&self) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Console {
    /// A console over a store, listening at an address.
    pub fn new(
        store: Arc<dyn Store>,
        scanners: Scanners,
        settings: Settings,
        alerts: Alerts,
        listens: SocketAddr,
    ) -> Self {
        let registry = Registry::load(&settings.registry).unwrap_or_default();
        Self {
            store,
            scanners,
            alerts,
            listens,
            registry: RwLock::new(Known {
                registry: Arc::new(registry),
                looked: Instant::now(),
                mistakes: 0,
            }),
            settings,
            jobs: Jobs::new(),
            answers: api::Answers::default(),
            set_up: Mutex::new(None),
            pending: Counted::lasting(PENDING),
            unseen: Counted::lasting(UNSEEN),
            hashing: Semaphore::new(HASHES),
            printing: Semaphore::new(PRINTS),
            requests: AtomicU64::new(0),
            started: Timestamp::now(),
        }
    }

    /// The address at which the first administrator is made; `None` where there are accounts already. No password is
    /// ever shipped: whoever started the program reads the key in this address.
    ///
    /// # Errors
    /// The store refuses, or the system has no randomness; in words.
    pub async fn first_set_up(&self) -> Result<Option<Url>, String> {
        if !self.store.accounts().await.map_err(|error| error.to_string())?.is_empty() {
            return Ok(None);
        }
        let key = password::key().ok_or("the system has no randomness")?;
        let mut url = self.address();
        url.set_path("/setup");
        url.query_pairs_mut().append_pair("key", &key);
        *self.set_up.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
        Ok(Some(url))
    }

    /// The address under which people reach it.
    pub fn address(&self) -> Url {
        let own = || Url::parse(&format!("http://{}/", self.listens)).ok();
        self.settings
            .public
            .clone()
            .or_else(own)
            .unwrap_or_else(|| Url::parse("http://127.0.0.1/").expect("a fixed address is well-formed"))
    }

    /// Scanners, ended when the console ends.
    pub async fn shutdown(&self) {
        self.scanners.open.shutdown().await;
        self.scanners.private.shutdown().await;
    }

    fn desk<'a>(&'a self, operators: &'a Operators) -> Desk<'a> {
        Desk { store: &*self.store, operators, as_of: None, now: Timestamp::now() }
    }

    fn operators(&self) -> Operators {
        Operators { said: None, registry: Some(self.registry()), usual: self.settings.operator }
    }

    /// The registry, read again where its files changed. One with mistakes leaves the last good one in force.
    fn registry(&self) -> Arc<Registry> {
        {
            let known = self.registry.read().unwrap_or_else(PoisonError::into_inner);
            if known.looked.elapsed() < REGISTRY {
                return Arc::clone(&known.registry);
            }
        }
        self.reload()
    }

    /// Looks at the registry's files now.
    fn reload(&self) -> Arc<Registry> {
        let mut known = self.registry.write().unwrap_or_else(PoisonError::into_inner);
        known.looked = Instant::now();
        if known.registry.has_changed(&self.settings.registry)
            && let Ok(read) = Registry::load(&self.settings.registry)
        {
            known.mistakes = read.mistakes.iter().filter(|mistake| mistake.fatal).count();
            if read.is_sound() {
                known.registry = Arc::new(read);
            }
        }
        Arc::clone(&known.registry)
    }

    /// Mistakes that keep the files of the registry from being taken up.
    fn registry_mistakes(&self) -> usize {
        self.registry.read().unwrap_or_else(PoisonError::into_inner).mistakes
    }

    /// How many pages wait for a decision on their baseline: every baseline is read for it.
    async fn pending_baselines(&self) -> Result<usize, Problem> {
        let wanted = api::baselines::Wanted { site: None, pending: true };
        let count = async { Ok(api::baselines::wanted(self, &wanted).await?.len()) };
        self.pending.or(count).await
    }

    /// How many incidents nobody looked at yet: every open one is read for it, with what was decided of it.
    async fn unseen_incidents(&self) -> Result<usize, Problem> {
        let operators = self.operators();
        let open = Filter { open: true, ..Filter::default() };
        let count = async {
            let incidents = self.desk(&operators).incidents(&open).await?;
            Ok(incidents.iter().filter(|(_, standing)| standing.is_unseen()).count())
        };
        self.unseen.or(count).await
    }

    fn scanner(&self) -> Scanner {
        self.scanners.open.with(self.scanners.open.settings().clone())
    }

    /// A registered site and the scanner that its target wishes.
    fn registered(&self, site: &TargetId) -> Option<(Target, Scanner)> {
        let target = self.registry().get(site)?.clone();
        let scanner = self.scanners.of(&target);
        Some((target, scanner))
    }

    /// Under which site an address is remembered, and how it is visited: as registered, where its host is.
    fn scanner_for(&self, url: &Url) -> (TargetId, Scanner) {
        let same = |known: &Url| {
            known.host_str() == url.host_str() && known.port_or_known_default() == url.port_or_known_default()
        };
        let registry = self.registry();
        match registry.iter().find(|target| target.urls.iter().any(same)) {
            Some(target) => (target.id.clone(), self.scanners.of(target)),
            None => (site_of(url), self.scanner()),
        }
    }

    /// Whether requests may name that host: where it listens, its names on this machine, or its public one.
    fn is_own_host(&self, host: &str) -> bool {
        if let Some(public) = &self.settings.public {
            let port = public.port().map(|port| format!(":{port}")).unwrap_or_default();
            if public.host_str().is_some_and(|own| format!("{own}{port}").eq_ignore_ascii_case(host)) {
                return true;
            }
        }
        let port = self.listens.port();
        let named = ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| *host == format!("{name}:{port}"));
        named || host == self.listens.to_string() || self.is_own_number(host, port)
    }

    /// Listening at every address of the machine, any number is its own; names are not.
    fn is_own_number(&self, host: &str, port: u16) -> bool {
        let number = host.strip_suffix(&format!(":{port}")).unwrap_or(if port == 80 { host } else { "" });
        self.listens.ip().is_unspecified()
            && number.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok()
    }

    fn is_secure(&self) -> bool {
        self.settings.public.as_ref().is_some_and(|public| public.scheme() == "https")
    }

    fn is_set_up_key(&self, key: &str) -> bool {
        let kept = self.set_up.lock().unwrap_or_else(PoisonError::into_inner);
        // Digests are compared, so that the time taken says nothing about the key.
        kept.as_deref().is_some_and(|kept| password::digest(kept) == password::digest(key))
    }

    fn end_set_up(&self) {
        *self.set_up.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The language of a request: as asked for, as chosen before, as set up.
    fn lang_of(&self, headers: &HeaderMap, query: Option<&str>) -> Lang {
        let read = |text: &str| match text {
            "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        };
        let asked = query.and_then(|query| {
            let mut pairs = url::form_urlencoded::parse(query.as_bytes());
            pairs.find(|(name, _)| name == "lang").and_then(|(_, value)| read(&value))
        });
        asked.or_else(|| read(&who::cookie(headers, "lang")?)).unwrap_or(self.settings.lang)
    }

    async fn hash(&self, password: String) -> Result<String, Problem> {
        let _turn = self.hashing.acquire().await.map_err(|error| Problem::internal(&error))?;
        let hashed = tokio::task::spawn_blocking(move || password::hashed(&password)).await;
        hashed
            .map_err(|error| Problem::internal(&error))?
            .ok_or_else(|| Problem::internal(&"the system has no randomness"))
    }

    async fn compare(&self, password: String, kept: Option<String>) -> Result<bool, Problem> {
        let _turn = self.hashing.acquire().await.map_err(|error| Problem::internal(&error))?;
        tokio::task::spawn_blocking(move || password::matches(&password, kept.as_deref()))
            .await
            .map_err(|error| Problem::internal(&error))
    }
}

/// Makes an account or gives a known one another role and password, for the command line; it stands in the audit log.
///
/// # Errors
/// Name or password are not good enough, or the store refuses; in words.
pub async fn put_account(
    store: &dyn Store,
    name: &str,
    role: Role,
    password: &str,
) -> Result<Account, Bilingual> {
    login::put(store, name, role, password).await.map_err(|problem| problem.what)
}

/// Every page and every path of the API.
fn router(console: Arc<Console>) -> Router {
    Router::new()
        .merge(pages::router())
        .merge(api::router(&console))
        .layer(DefaultBodyLimit::max(LARGEST))
        .layer(from_fn_with_state(Arc::clone(&console), gate::pass))
        .with_state(console)
}

/// The description of the API, as it is served.
pub fn openapi() -> String {
    api::description()
}

/// Serves until the end is awaited; requests under way are finished.
///
/// # Errors
/// The network refuses.
pub async fn run(
    console: Arc<Console>,
    listener: TcpListener,
    end: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(console).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(end).await
}
