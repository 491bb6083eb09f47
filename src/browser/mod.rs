//! Pages as a real browser shows them: the last resort for what scripts decide, and the camera for evidence.
//!
//! A pool of pages in one headless Chromium process. Every visit has a context, a proxy and a wire of its own; the proxy
//! resolves names and asks the address guard for every connection, and there is no other way out (see `guard`).
//! Nothing is submitted: a request that is not GET, HEAD or OPTIONS is withheld and written down. What was fetched already
//! is served from memory, and what is not waits for its turn like any request of the scanner. Hangs, crashes, dialogs, windows and downloads end in values; a process in which a page was lost takes no further
//! visit and is killed with its whole group.
//!
//! Knows nothing about findings. Without a Chromium, [`Settings::found`] gives `None`, and everything else works.
//! As root, Chromium runs without its own sandbox (it refuses otherwise): run the scanner as an ordinary user.

mod guard;
mod mark;
mod order;
mod process;
mod proxy;
mod record;
mod rendered;
mod settings;
mod visit;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::sync::{Mutex, Semaphore};

pub use guard::{Addresses, Admission, Guard, Turn};
pub use mark::{Finder, Marked, Place};
pub use order::{Gesture, Hints, Kept, Order, Screen};
pub use rendered::{Asked, Dialog, Download, Frame, Hop, Means, Outcome, Popup, Rendered, Withheld};
pub use settings::{Limits, PROGRAM_VARIABLE, Settings, find_program};

use crate::exchange::Failure;
use crate::exchange::profile::Profile;
use crate::lang::Lang;
use process::Process;
use proxy::{Contact, Proxy};
use record::Record;
use visit::{Look, Visit, Watched};
use wire::Lost;

/// Why a visit could not begin. What goes wrong later is an [`Outcome`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrowserError {
    /// The program did not start.
    #[error("start {0}: {1}")]
    Start(String, String),
    /// There was no place for an empty profile.
    #[error("make an empty profile: {0}")]
    Profile(String),
    /// The proxy found no port.
    #[error("listen for the browser: {0}")]
    Proxy(String),
    /// The browser did not open a page, twice in a row.
    #[error("open a page: {0}")]
    Page(String),
    /// The address is not one of a page.
    #[error("visit {0}: only http and https addresses are visited")]
    Address(String),
    /// The browser was shut down.
    #[error("visit: the browser is shut down")]
    ShutDown,
}

/// How long the browser may take to print a document.
const PRINTING: Duration = Duration::from_secs(120);

/// A pool of pages.
#[derive(Debug)]
pub struct Browser {
    settings: Settings,
    guard: Guard,
    places: Semaphore,
    current: Mutex<Option<Arc<Process>>>,
}

impl Browser {
    /// Starts a process; later ones are started as needed.
    ///
    /// # Errors
    /// When the program does not start.
    pub async fn launch(settings: Settings, guard: Guard) -> Result<Self, BrowserError> {
        let first = Process::start(&settings).await?;
        let places = Semaphore::new(settings.pages.max(1));
        Ok(Self { settings, guard, places, current: Mutex::new(Some(Arc::new(first))) })
    }

    /// Visits an address.
    ///
    /// # Errors
    /// When no page could be opened; whatever the page does is an [`Outcome`].
    pub async fn visit(&self, order: &Order) -> Result<Rendered, BrowserError> {
        self.run(order, &[], Lang::Zh).await.map(|(rendered, _)| rendered)
    }

    /// Visits an address and takes pictures of places in it, each with a frame around it, labelled in that language.
    /// One [`Marked`] for each place, in order; none are found where the page was lost.
    ///
    /// # Errors
    /// When no page could be opened.
    pub async fn mark(
        &self,
        order: &Order,
        places: &[Place],
        lang: Lang,
    ) -> Result<(Rendered, Vec<Marked>), BrowserError> {
        self.run(order, places, lang).await
    }

    /// Prints a self-contained document of ours as PDF, with page numbers and a line below each page. Nothing is asked
    /// of the network and no script runs. `foot` is plain text.
    ///
    /// # Errors
    /// When no page could be opened, or the browser does not print.
    pub async fn print(&self, html: &str, foot: &str) -> Result<Vec<u8>, BrowserError> {
        let _place = self.places.acquire().await.map_err(|_| BrowserError::ShutDown)?;
        let blank = url::Url::parse("http://127.0.0.1/").expect("a constant address");
        let usual = Profile::by_id("d").ok_or_else(|| BrowserError::Page("no usual visitor".to_owned()))?;
        let order = Order { scripts: false, ..Order::new(blank, &usual) };
        let foot = foot.replace('&', "&amp;").replace('<', "&lt;");
        let process = self.process().await?;
        // A long document with many pictures takes its time; no page of anybody else's is at work here.
        let limits = Limits {
            answer: self.settings.limits.answer.max(PRINTING),
            total: self.settings.limits.total.max(PRINTING),
            ..self.settings.limits.clone()
        };
        let (limits, shut) = (&limits, Guard::shut());
        let ports = process.port().into_iter().collect();
        let proxy = Proxy::start(shut.clone(), limits, ports)
            .await
            .map_err(|error| BrowserError::Proxy(error.to_string()))?;
        let opened = Visit::open(&process.wire, &order, limits, &shut, proxy.address).await;
        let printed = match opened {
            Ok(mut visit) => {
                let printed = visit.print(html, &foot).await;
                if !visit.close().await || printed.is_err() {
                    process.condemn();
                }
                printed
            }
            Err(lost) => {
                process.condemn();
                Err(lost)
            }
        };
        self.give_back(process).await;
        let data = printed.map_err(|lost| BrowserError::Page(format!("{lost:?}")))?;
        let decoded = BASE64_STANDARD.decode(data);
        decoded.map_err(|error| BrowserError::Page(error.to_string()))
    }

    /// Waits for visits under way and ends the process.
    pub async fn shutdown(&self) {
        let pages = u32::try_from(self.settings.pages.max(1)).unwrap_or(u32::MAX);
        let _all = self.places.acquire_many(pages).await;
        self.places.close();
        if let Some(process) = self.current.lock().await.take() {
            end(process).await;
        }
    }

    async fn run(
        &self,
        order: &Order,
        places: &[Place],
        lang: Lang,
    ) -> Result<(Rendered, Vec<Marked>), BrowserError> {
        if !matches!(order.url.scheme(), "http" | "https") {
            return Err(BrowserError::Address(order.url.to_string()));
        }
        let _place = self.places.acquire().await.map_err(|_| BrowserError::ShutDown)?;
        let mut last = String::new();
        for _ in 0..2 {
            let process = self.process().await?;
            let ports = process.port().into_iter().collect();
            let proxy = Proxy::start(self.guard.clone(), &self.settings.limits, ports)
                .await
                .map_err(|error| BrowserError::Proxy(error.to_string()))?;
            match Visit::open(&process.wire, order, &self.settings.limits, &self.guard, proxy.address).await {
                Ok(visit) => {
                    let (seen, healthy) = see(visit, &proxy, places, lang).await;
                    if !healthy {
                        process.condemn();
                    }
                    self.give_back(process).await;
                    return Ok(seen);
                }
                Err(lost) => {
                    last = format!("{lost:?}");
                    process.condemn();
                    self.give_back(process).await;
                }
            }
        }
        Err(BrowserError::Page(last))
    }

    /// The process for the next visit: the current one while it may take visits, else a fresh one.
    async fn process(&self) -> Result<Arc<Process>, BrowserError> {
        let mut current = self.current.lock().await;
        if let Some(process) = current.as_ref()
            && process.take_visit(self.settings.recycle_after)
        {
            return Ok(Arc::clone(process));
        }
        if let Some(old) = current.take() {
            end(old).await;
        }
        let fresh = Arc::new(Process::start(&self.settings).await?);
        fresh.take_visit(self.settings.recycle_after);
        *current = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    /// Ends a process that no visit uses any more.
    async fn give_back(&self, process: Arc<Process>) {
        let mut current = self.current.lock().await;
        if process.is_condemned() && current.as_ref().is_some_and(|current| Arc::ptr_eq(current, &process)) {
            *current = None;
        }
        drop(current);
        end(process).await;
    }
}

/// Ends a process unless somebody else still uses it.
async fn end(process: Arc<Process>) {
    if let Ok(process) = Arc::try_unwrap(process) {
        process.end().await;
    }
}

/// The visit itself, and whether the process is fit for another.
async fn see(
    mut visit: Visit<'_>,
    proxy: &Proxy,
    places: &[Place],
    lang: Lang,
) -> ((Rendered, Vec<Marked>), bool) {
    let travelled = visit.travel().await;
    let mut look = Look::default();
    let mut marked = Vec::new();
    let mut lost = travelled.as_ref().err().cloned();
    let mut seen = false;
    if lost.is_none() {
        match visit.look().await {
            Ok(found) => (look, seen) = (found, true),
            Err(why) => lost = Some(why),
        }
        for place in places {
            if lost.is_none() {
                match visit.mark(place, lang).await {
                    Ok(mark) => marked.push(mark),
                    Err(Lost::Refused(_)) => {}
                    Err(why) => lost = Some(why),
                }
            }
        }
    }
    let nothing = Marked { found: false, visible: false, picture: None, revealed: None };
    marked.resize(places.len(), nothing);
    let record =
        std::mem::replace(&mut visit.record, Record::new(String::new(), String::new(), Default::default()));
    let closed = visit.close().await;
    let healthy = closed && !matches!(lost, Some(Lost::Wire | Lost::Silent | Lost::Crashed));
    let outcome = outcome(&travelled, lost.as_ref(), &record, proxy);
    ((render(record, look, seen, outcome, &proxy.contacts()), marked), healthy)
}

fn outcome(
    travelled: &Result<Watched, Lost>,
    lost: Option<&Lost>,
    record: &Record,
    proxy: &Proxy,
) -> Outcome {
    match (travelled, lost) {
        (_, Some(Lost::Crashed | Lost::Wire)) => return Outcome::Crashed,
        (_, Some(Lost::Silent)) => return Outcome::TimedOut { hung: true },
        _ => {}
    }
    if let Some(error) = &record.error {
        let last = record.hops.last().map(|hop| &hop.url);
        let failure = last.and_then(|url| failure_of(url.as_str(), &proxy.contacts()));
        return match failure {
            Some(failure @ (Failure::ForbiddenAddress(_) | Failure::Scheme(_))) => Outcome::Blocked(failure),
            Some(failure) => Outcome::Failed(failure),
            None if proxy.is_exhausted() => Outcome::Exhausted,
            None => Outcome::Failed(Failure::Other(error.clone())),
        };
    }
    match travelled {
        _ if proxy.is_exhausted() => Outcome::Exhausted,
        Ok(Watched::Late) => Outcome::TimedOut { hung: false },
        _ => Outcome::Complete,
    }
}

fn render(record: Record, look: Look, seen: bool, outcome: Outcome, contacts: &[Contact]) -> Rendered {
    let mut requests = record.requests;
    for asked in &mut requests {
        match contact_of(&asked.url, contacts).map(|contact| &contact.result) {
            Some(Ok(address)) => asked.remote = Some(*address),
            Some(Err(failure)) if asked.status.is_none() => asked.failure = Some(failure.clone()),
            _ => {}
        }
    }
    for contact in contacts {
        let known = requests.iter().any(|asked| matches_contact(&asked.url, contact));
        if !known {
            requests.push(Asked {
                url: contact.url.to_string(),
                kind: "connection".to_owned(),
                status: None,
                remote: contact.result.as_ref().ok().copied(),
                failure: contact.result.as_ref().err().cloned(),
            });
        }
    }
    let final_url = look.url.or_else(|| record.hops.last().map(|hop| hop.url.clone()));
    Rendered {
        outcome,
        final_url: final_url.filter(|url| url.scheme() != "chrome-error"),
        hops: record.hops,
        title: look.title,
        html: seen.then_some(look.html),
        html_cut: look.cut,
        frames: look.frames,
        dialogs: record.dialogs,
        downloads: record.downloads,
        popups: record.popups,
        requests,
        withheld: record.withheld,
        console: record.console,
        view: look.view,
        page: look.page,
    }
}

fn failure_of(url: &str, contacts: &[Contact]) -> Option<Failure> {
    contact_of(url, contacts).and_then(|contact| contact.result.clone().err())
}

/// The last contact that a request led to.
fn contact_of<'a>(url: &str, contacts: &'a [Contact]) -> Option<&'a Contact> {
    contacts.iter().rev().find(|contact| matches_contact(url, contact))
}

fn matches_contact(url: &str, contact: &Contact) -> bool {
    let Ok(url) = url::Url::parse(url) else { return false };
    if contact.tunnel {
        matches!(url.scheme(), "https" | "ws" | "wss")
            && url.host_str() == contact.url.host_str()
            && url.port_or_known_default() == contact.url.port_or_known_default()
    } else {
        let position = ..url::Position::AfterQuery;
        url[position] == contact.url[position]
    }
}

#[cfg(test)]
mod tests;
