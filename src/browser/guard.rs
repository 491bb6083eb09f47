//! The address guard as this room needs it: handed in, since the rules live with the HTTP client.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use url::{Host, Url};

use crate::exchange::Failure;

/// What a resolver gives: the addresses of a name for a port.
pub type Addresses = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// The addresses at which something may be asked, or why it may not be.
pub type Admission = Pin<Box<dyn Future<Output = Result<Vec<SocketAddr>, Failure>> + Send>>;

/// Waits until a request may go out.
pub type Turn = Pin<Box<dyn Future<Output = ()> + Send>>;

type Check = dyn Fn(&Url, IpAddr) -> Result<(), Failure> + Send + Sync;

/// Judges every address that the browser wants to reach, after resolving its name, and says when its turn comes.
#[derive(Clone)]
pub struct Guard {
    admit: Arc<dyn Fn(Url) -> Admission + Send + Sync>,
    turn: Option<Arc<dyn Fn(Url) -> Turn + Send + Sync>>,
}

impl Guard {
    /// A guard that admits what `admit` admits. The addresses that it gives are the only ones connected to. Tunnels
    /// (https, web sockets) are judged by scheme, host and port.
    pub fn of(admit: impl Fn(Url) -> Admission + Send + Sync + 'static) -> Self {
        Self { admit: Arc::new(admit), turn: None }
    }

    /// A guard that admits nothing: for documents of ours, which ask for nothing.
    pub fn shut() -> Self {
        Self::of(|url| Box::pin(async move { Err(Failure::Unresolvable(url.to_string())) }))
    }

    /// A guard that resolves names with `resolve` (name, port) and judges each address with `check`.
    pub fn new(
        resolve: impl Fn(String, u16) -> Addresses + Send + Sync + 'static,
        check: impl Fn(&Url, IpAddr) -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Self {
        let check: Arc<Check> = Arc::new(check);
        Self::of(move |url| {
            let named = url.host().and_then(|host| match host {
                Host::Domain(name) => {
                    Some(resolve(name.to_owned(), url.port_or_known_default().unwrap_or(80)))
                }
                _ => None,
            });
            Box::pin(judged(url, named, Arc::clone(&check)))
        })
    }

    /// The same, where each request of a page waits for its turn before it goes out.
    pub fn paced(self, turn: impl Fn(Url) -> Turn + Send + Sync + 'static) -> Self {
        Self { turn: Some(Arc::new(turn)), ..self }
    }

    /// The addresses at which that may be asked, or why it may not be.
    pub(super) async fn admit(&self, url: &Url) -> Result<Vec<SocketAddr>, Failure> {
        (self.admit)(url.clone()).await
    }

    /// What a request for that has to wait for; `None` where nothing has to.
    pub(super) fn turn(&self, url: &Url) -> Option<Turn> {
        self.turn.as_ref().map(|turn| turn(url.clone()))
    }
}

/// The addresses of `url` that pass the check; `named` resolves its name, where it has one.
async fn judged(url: Url, named: Option<Addresses>, check: Arc<Check>) -> Result<Vec<SocketAddr>, Failure> {
    let port = url.port_or_known_default().unwrap_or(80);
    let unresolvable = || Failure::Unresolvable(url.host_str().unwrap_or_default().to_owned());
    let found = match (url.host(), named) {
        (_, Some(named)) => named.await.map_err(|_| unresolvable())?,
        (Some(Host::Ipv4(ip)), None) => vec![IpAddr::V4(ip)],
        (Some(Host::Ipv6(ip)), None) => vec![IpAddr::V6(ip)],
        _ => Vec::new(),
    };
    let mut refusal = unresolvable();
    let mut admitted = Vec::new();
    for ip in found {
        match check(&url, ip) {
            Ok(()) => admitted.push(SocketAddr::new(ip, port)),
            Err(failure) => refusal = failure,
        }
    }
    if admitted.is_empty() { Err(refusal) } else { Ok(admitted) }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}
