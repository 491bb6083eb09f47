//! Gets what a visitor gets: one HTTP client that appears as any profile, follows redirects by hand and keeps every hop.
//!
//! Whatever a server does ends in a value: an [`Exchange`] holds a response, whole or cut, or the reason why there is
//! none. Every address passes the guard. Knows nothing of documents or verdicts; keeps nothing. Home of reqwest.

pub mod guard;
pub mod names;
pub mod onward;
pub mod politeness;
pub mod robots;
pub mod settings;

mod body;
mod coding;
mod jar;
mod post;
mod replay;
mod send;
mod tls;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use jiff::Timestamp;
use url::Url;

pub use jar::Jar;
use names::Names;
use onward::{onward, onward_by_status};
use politeness::Politeness;
pub use post::Posted;
use replay::Answers;
use settings::{FetchSettings, Limits};
use tls::Witness;

use crate::exchange::profile::Profile;
use crate::exchange::{Exchange, Failure, Hop, Method, Onward, Purpose};
use crate::id::ExchangeId;

/// Why no fetcher could be made.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The TLS library or the HTTP client would not start.
    #[error("set up the HTTP client: {0}")]
    Client(String),
    /// An override is not written as it should be.
    #[error("read the override {text:?}: {why}")]
    Override {
        /// As written.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// What to get, and as whom.
#[derive(Debug, Clone)]
pub struct Order {
    /// The address. Its fragment is not sent.
    pub url: Url,
    /// The visitor to appear as.
    pub profile: Profile,
    /// What for; decides header, limits and which redirects are followed.
    pub purpose: Purpose,
    /// GET or HEAD.
    pub method: Method,
    /// The page that embeds it or leads to it; `None`: as the profile arrives.
    pub from: Option<Url>,
    /// Permits private and loopback addresses for this order, beside the setting for all.
    pub allow_private: bool,
    /// Asks for the body only if it is no longer this one. Not for redirects that follow.
    pub unless: Option<Validators>,
    /// Asks for no more than so many bytes of the body, as they lie on the server, and reads no more.
    pub most: Option<usize>,
}

/// What a server said earlier about the version of a page, as it said it (RFC 9110 section 8.8).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

impl Order {
    /// A page, asked for as the profile arrives.
    pub fn page(url: Url, profile: Profile) -> Self {
        Self {
            url,
            profile,
            purpose: Purpose::Page,
            method: Method::Get,
            from: None,
            allow_private: false,
            unless: None,
            most: None,
        }
    }

    /// The same for another purpose.
    pub fn purpose(self, purpose: Purpose) -> Self {
        Self { purpose, ..self }
    }

    /// The same, if it is no longer that version. Without validators nothing changes.
    pub fn unless(self, known: Validators) -> Self {
        let some = known.etag.is_some() || known.last_modified.is_some();
        Self { unless: some.then_some(known), ..self }
    }

    /// The same, but only the beginning of the body.
    pub fn most(self, bytes: usize) -> Self {
        Self { most: Some(bytes.max(1)), ..self }
    }

    /// The same, embedded by or linked from that page.
    pub fn from(self, page: Url) -> Self {
        Self { from: Some(page), ..self }
    }
}

/// The way from an address to where it ends.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Every exchange, numbered in a row.
    pub exchanges: Vec<Exchange>,
    /// One hop for each exchange.
    pub hops: Vec<Hop>,
    /// Why the way ends there.
    pub end: End,
}

impl Visit {
    /// The last exchange; there always is one.
    pub fn last(&self) -> &Exchange {
        self.exchanges.last().expect("a visit has at least one exchange")
    }
}

/// Why the way ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The last response leads nowhere else.
    Arrived,
    /// The last exchange has no response.
    Failed,
    /// The same address came up again with the same cookies.
    Loop,
    /// The limit of redirects was reached.
    TooManyRedirects,
    /// The last response leads on, but only after a long delay.
    Delayed,
}

/// The HTTP client with its guard, manners and witness. Cheap to share, costly to make.
#[derive(Debug)]
pub struct Fetcher {
    settings: FetchSettings,
    names: Arc<Names>,
    politeness: Politeness,
    witness: Arc<Witness>,
    tls: rustls::ClientConfig,
    clients: Mutex<HashMap<send::ClientKey, reqwest::Client>>,
    /// Kept exchanges that answer instead of the network.
    answers: Option<Answers>,
}

impl Fetcher {
    /// A fetcher with these settings.
    pub fn new(settings: FetchSettings) -> Result<Self, FetchError> {
        let witness = Arc::new(Witness::new(&settings.trust));
        let tls = witness.client_config()?;
        let names =
            Names::new(Arc::clone(&settings.lookup), settings.overrides.clone(), settings.limits.connect);
        let fetcher = Self {
            names: Arc::new(names),
            politeness: Politeness::new(settings.manners.clone()),
            witness,
            tls,
            clients: Mutex::default(),
            answers: None,
            settings,
        };
        // Whatever keeps a client from being made shows here, not at the first request.
        fetcher.build_client(&send::ClientKey::default())?;
        Ok(fetcher)
    }

    /// A fetcher that asks nobody: kept exchanges answer, each once, and what was not asked then has no answer.
    pub fn replaying(exchanges: Vec<Exchange>) -> Result<Self, FetchError> {
        Ok(Self { answers: Some(Answers::of(exchanges)), ..Self::new(FetchSettings::default())? })
    }

    /// Whether there is anybody to ask: always on the network, only for what was kept where exchanges are replayed.
    pub fn can_ask(&self, order: &Order) -> bool {
        self.answers.as_ref().is_none_or(|answers| answers.knows(order))
    }

    /// When replayed exchanges began; `None` on the network.
    pub fn replayed_from(&self) -> Option<Timestamp> {
        self.answers.as_ref().and_then(Answers::began)
    }

    /// Goes from an address to where it ends, following redirects by status, `Refresh` field and meta refresh (parts of
    /// pages and auxiliary files: by status alone). Exchanges are numbered from `first` on.
    pub async fn visit(&self, order: &Order, jar: &Jar, first: ExchangeId) -> Visit {
        let document =
            matches!(order.purpose, Purpose::Page | Purpose::Landing | Purpose::Frame | Purpose::Probe);
        self.visit_by(order, jar, first, if document { onward } else { onward_by_status }).await
    }

    /// As [`Fetcher::visit`], with another eye for what leads on.
    pub async fn visit_by(
        &self,
        order: &Order,
        jar: &Jar,
        first: ExchangeId,
        leads_on: impl Fn(&Exchange) -> Option<Onward>,
    ) -> Visit {
        let limits = self.limits(order.purpose);
        let mut visit = Visit { exchanges: Vec::new(), hops: Vec::new(), end: End::Arrived };
        let mut step = order.clone();
        let mut via: Vec<Url> = Vec::new();
        let mut seen: HashSet<(Url, Option<String>)> = HashSet::new();
        loop {
            step.url.set_fragment(None);
            seen.insert((step.url.clone(), jar.header(&step.url)));
            let id = ExchangeId(first.0.saturating_add(u32::try_from(visit.hops.len()).unwrap_or(u32::MAX)));
            let exchange = self.exchange(&step, jar, &via, id).await;
            let onward = leads_on(&exchange);
            let status = exchange.response().map(|response| response.status);
            let failed = exchange.result.is_err();
            visit.exchanges.push(exchange);
            visit.hops.push(Hop { exchange: id, url: step.url.clone(), status, onward: onward.clone() });
            let Some(onward) = onward else {
                visit.end = if failed { End::Failed } else { End::Arrived };
                return visit;
            };
            let mut next = onward.to.clone();
            next.set_fragment(None);
            visit.end = if onward.delay > limits.refresh_delay.as_secs_f64() {
                End::Delayed
            } else if visit.hops.len() > limits.redirects {
                End::TooManyRedirects
            } else if seen.contains(&(next.clone(), jar.header(&next))) {
                End::Loop
            } else {
                follow(&mut step, &mut via, &onward, next);
                continue;
            };
            return visit;
        }
    }

    /// One exchange, without following anything: for controls and for HEAD.
    pub async fn get(&self, order: &Order, jar: &Jar, id: ExchangeId) -> Exchange {
        let mut order = order.clone();
        order.url.set_fragment(None);
        self.exchange(&order, jar, &[], id).await
    }

    /// The addresses at which that may be asked, after name resolution and the address guard: for those who ask by
    /// other means, such as a browser.
    ///
    /// # Errors
    /// Why it may not be asked.
    pub async fn admit(&self, url: &Url) -> Result<Vec<SocketAddr>, Failure> {
        self.names.admit(url, self.settings.allow_private).await
    }

    /// Sets how many requests per second a host bears, where its registered target says so.
    pub fn set_rate(&self, host: &str, rate: f64) {
        self.politeness.set_rate(host, rate);
    }

    /// Waits until politeness lets one more request to that out, for those who ask by other means.
    pub async fn turn(&self, url: &Url) {
        // What is refused is refused where it is connected.
        if let Ok([address, ..]) = self.admit(url).await.as_deref() {
            drop(self.politeness.turn(url.host_str().unwrap_or_default(), address.ip()).await);
        }
    }

    /// What exchanges of that purpose may cost.
    fn limits(&self, purpose: Purpose) -> Limits {
        let all = &self.settings.limits;
        let own = match purpose {
            Purpose::Landing => Limits::LANDING,
            Purpose::StyleSheet | Purpose::Script | Purpose::Frame | Purpose::Robots => Limits::PART,
            Purpose::Page | Purpose::Sitemap | Purpose::Probe | Purpose::Exposure => return all.clone(),
        };
        Limits {
            raw_body: own.raw_body.min(all.raw_body),
            decoded_body: own.decoded_body.min(all.decoded_body),
            redirects: own.redirects.min(all.redirects),
            total: own.total.min(all.total),
            ..all.clone()
        }
    }
}

/// Turns an order into the one for the next hop: a status redirect keeps the referrer, a refresh is made by the page.
fn follow(step: &mut Order, via: &mut Vec<Url>, onward: &Onward, next: Url) {
    if onward.by == crate::exchange::RedirectMeans::Status {
        via.push(step.url.clone());
    } else {
        step.from = Some(step.url.clone());
        via.clear();
    }
    step.url = next;
    step.unless = None;
}

/// A file with its gzip coding taken off, where it has one, as `sitemap.xml.gz` does; at most so many bytes of it.
pub fn unpacked(file: &Bytes, longest: usize) -> Bytes {
    if file.starts_with(&[0x1f, 0x8b]) { coding::decoded(file, "gzip", longest).0 } else { file.clone() }
}
