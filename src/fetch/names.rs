//! From names to addresses: the user's overrides, a short memory so that what was judged is what is connected to, and
//! the address guard over every answer. Also serves the HTTP client, which therefore cannot reach anything else.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::time::Instant;
use url::{Host, Url};

use super::guard::{check_url, standing};
use super::settings::Override;
use crate::exchange::Failure;

/// How long an answer is remembered: longer than one exchange, so that the judged address is the one connected to.
const MEMORY: Duration = Duration::from_secs(60);
/// How many names are remembered.
const REMEMBERED: usize = 10_000;

/// Resolves names; the system does so unless a test says otherwise.
pub trait Lookup: Send + Sync + fmt::Debug {
    /// The addresses of a name, in order of preference; none or an error where there are none.
    fn lookup<'a>(&'a self, host: &'a str) -> Answer<'a>;
}

/// What a [`Lookup`] gives.
pub type Answer<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// The system's resolver.
#[derive(Debug, Clone, Copy)]
pub struct SystemNames;

impl Lookup for SystemNames {
    fn lookup<'a>(&'a self, host: &'a str) -> Answer<'a> {
        Box::pin(async move {
            Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
        })
    }
}

/// Names with their overrides and memory.
#[derive(Debug)]
pub(super) struct Names {
    lookup: Arc<dyn Lookup>,
    overrides: Vec<Override>,
    memory: Mutex<HashMap<String, (Instant, Vec<IpAddr>)>>,
    patience: Duration,
}

impl Names {
    pub(super) fn new(lookup: Arc<dyn Lookup>, overrides: Vec<Override>, patience: Duration) -> Self {
        Self { lookup, overrides, memory: Mutex::default(), patience }
    }

    /// The addresses that an URL may be asked at, or why it may not be asked.
    pub(super) async fn admit(&self, url: &Url, allow_private: bool) -> Result<Vec<SocketAddr>, Failure> {
        check_url(url, allow_private)?;
        let port = url.port_or_known_default().unwrap_or(80);
        let found = match url.host() {
            Some(Host::Ipv4(ip)) => vec![IpAddr::V4(ip)],
            Some(Host::Ipv6(ip)) => vec![IpAddr::V6(ip)],
            Some(Host::Domain(name)) => match self.overridden(name, port) {
                Some(addresses) => addresses.to_vec(),
                None => self.resolve(name).await?,
            },
            None => Vec::new(),
        };
        let admitted = admitted(&found, allow_private)?;
        Ok(admitted.into_iter().map(|ip| SocketAddr::new(ip, port)).collect())
    }

    /// The addresses that a host may be asked at by other protocols than HTTP, or why it may not be asked.
    pub(super) async fn admit_host(
        &self,
        host: &str,
        port: u16,
        allow_private: bool,
    ) -> Result<Vec<SocketAddr>, Failure> {
        let found = match host.trim_matches(['[', ']']).parse() {
            Ok(ip) => vec![ip],
            Err(_) => match self.overridden(host, port) {
                Some(addresses) => addresses.to_vec(),
                None => self.resolve(host).await?,
            },
        };
        let admitted = admitted(&found, allow_private)?;
        Ok(admitted.into_iter().map(|ip| SocketAddr::new(ip, port)).collect())
    }

    /// What the user says of that name and port.
    pub(super) fn overridden(&self, name: &str, port: u16) -> Option<&[IpAddr]> {
        let named =
            |host: &str| self.overrides.iter().rev().find(|entry| entry.host == host && entry.port == port);
        named(name).or_else(|| named("*")).map(|entry| entry.addresses.as_slice())
    }

    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, Failure> {
        if let Some(known) = self.remembered(name) {
            return Ok(known);
        }
        let unresolvable = || Failure::Unresolvable(name.to_owned());
        let answer = tokio::time::timeout(self.patience, self.lookup.lookup(name)).await;
        let addresses = answer.map_err(|_| unresolvable())?.map_err(|_| unresolvable())?;
        if addresses.is_empty() {
            return Err(unresolvable());
        }
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() >= REMEMBERED {
            memory.clear();
        }
        memory.insert(name.to_owned(), (Instant::now(), addresses.clone()));
        Ok(addresses)
    }

    fn remembered(&self, name: &str) -> Option<Vec<IpAddr>> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.get(name).filter(|(since, _)| since.elapsed() < MEMORY).map(|(_, addresses)| addresses.clone())
    }
}

/// Those addresses that may be asked; the failure names one where none may.
fn admitted(found: &[IpAddr], allow_private: bool) -> Result<Vec<IpAddr>, Failure> {
    let admitted: Vec<IpAddr> =
        found.iter().copied().filter(|ip| standing(*ip).admits(allow_private)).collect();
    match (admitted.is_empty(), found.first()) {
        (true, Some(ip)) => Err(Failure::ForbiddenAddress(ip.to_string())),
        _ => Ok(admitted),
    }
}

/// The resolver handed to the HTTP client: it knows no way around the guard.
pub(super) struct GuardedResolver {
    pub(super) names: Arc<Names>,
    pub(super) allow_private: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, allow_private) = (Arc::clone(&self.names), self.allow_private);
        Box::pin(async move {
            let found = names.resolve(name.as_str()).await?;
            let addresses: Addrs =
                Box::new(admitted(&found, allow_private)?.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}
