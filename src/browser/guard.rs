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

type Check = dyn Fn(&Url, IpAddr) -> Result<(), Failure> + Send + Sync;

/// Judges every address that the browser wants to reach, after resolving its name.
#[derive(Clone)]
pub struct Guard {
    resolve: Arc<dyn Fn(String, u16) -> Addresses + Send + Sync>,
    check: Arc<Check>,
}

impl Guard {
    /// A guard that resolves names with `resolve` (name, port) and judges each address with `check`. The address judged
    /// is the one connected to. Tunnels (https, web sockets) are judged by scheme, host and port.
    pub fn new(
        resolve: impl Fn(String, u16) -> Addresses + Send + Sync + 'static,
        check: impl Fn(&Url, IpAddr) -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Self {
        Self { resolve: Arc::new(resolve), check: Arc::new(check) }
    }

    /// The addresses at which that may be asked, or why it may not be.
    pub(super) async fn admit(&self, url: &Url) -> Result<Vec<SocketAddr>, Failure> {
        let port = url.port_or_known_default().unwrap_or(80);
        let found = match url.host() {
            Some(Host::Ipv4(ip)) => vec![IpAddr::V4(ip)],
            Some(Host::Ipv6(ip)) => vec![IpAddr::V6(ip)],
            Some(Host::Domain(name)) => (self.resolve)(name.to_owned(), port)
                .await
                .map_err(|_| Failure::Unresolvable(name.to_owned()))?,
            None => Vec::new(),
        };
        let mut refusal = Failure::Unresolvable(url.host_str().unwrap_or_default().to_owned());
        let mut admitted = Vec::new();
        for ip in found {
            match (self.check)(url, ip) {
                Ok(()) => admitted.push(SocketAddr::new(ip, port)),
                Err(failure) => refusal = failure,
            }
        }
        if admitted.is_empty() { Err(refusal) } else { Ok(admitted) }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}
