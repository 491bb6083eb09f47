//! How the fetcher behaves: limits, politeness, overrides of name resolution, trust. All of it has a measured or
//! published default.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;

use super::FetchError;
use super::names::{Lookup, SystemNames};

/// What one exchange and one chain of redirects may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a body on the wire.
    pub raw_body: usize,
    /// Bytes of a body once its content coding is off.
    pub decoded_body: usize,
    /// Bytes of a response header.
    pub header: usize,
    /// Redirects followed, by whatever means.
    pub redirects: usize,
    /// A meta refresh that waits longer is not followed: the visitor reads the page meanwhile.
    pub refresh_delay: Duration,
    /// From sending to the last byte.
    pub total: Duration,
    /// For resolving the name, and for connecting.
    pub connect: Duration,
    /// Bytes a second that a body must arrive with, averaged over `rate_window`; 0 = any.
    pub min_rate: u64,
    /// The window of `min_rate`.
    pub rate_window: Duration,
}

impl Limits {
    /// For pages: 4 MB on the wire, 10 MB unpacked, 20 s (techniques 8.4 proposes 2 MB; home pages with inlined
    /// images are larger and must not look cut).
    pub const PAGE: Self = Self {
        raw_body: 4 << 20,
        decoded_body: 10 << 20,
        header: 64 << 10,
        redirects: 10,
        refresh_delay: Duration::from_secs(30),
        total: Duration::from_secs(20),
        connect: Duration::from_secs(10),
        min_rate: 100,
        rate_window: Duration::from_secs(5),
    };
    /// For landings of spam: at most 2 MB and 15 s, five redirects.
    pub const LANDING: Self = Self {
        raw_body: 2 << 20,
        decoded_body: 5 << 20,
        redirects: 5,
        total: Duration::from_secs(15),
        ..Self::PAGE
    };
    /// For scripts, style sheets and frames: at most 2 MB on the wire, 5 MB unpacked.
    pub const PART: Self = Self { raw_body: 2 << 20, decoded_body: 5 << 20, redirects: 5, ..Self::PAGE };
}

/// How many requests a host bears.
#[derive(Debug, Clone, PartialEq)]
pub struct Manners {
    /// Requests a second for each host and for each address; 0 = no limit.
    pub rate: f64,
    /// How many requests may follow each other at once before the gap applies, as a browser loads a page; at least 1.
    pub burst: u32,
    /// Connections at a time for each host and for each address.
    pub connections: usize,
    /// The longest wait that `Retry-After` or a back-off can impose.
    pub longest_wait: Duration,
    /// The first wait after 429 or 503 without `Retry-After`; doubles each time. None where `rate` is 0.
    pub first_backoff: Duration,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            rate: 1.0,
            burst: 1,
            connections: 2,
            longest_wait: Duration::from_secs(60),
            first_backoff: Duration::from_secs(1),
        }
    }
}

/// Which certification authorities are trusted.
#[derive(Debug, Clone, Default)]
pub enum Trust {
    /// Mozilla's list and the system's own.
    #[default]
    Public,
    /// These alone.
    Only(Vec<CertificateDer<'static>>),
}

/// How the fetcher behaves.
#[derive(Debug, Clone)]
pub struct FetchSettings {
    /// Permits private and loopback addresses.
    pub allow_private: bool,
    /// What pages may cost; landings and parts of pages take the lower of this and their own.
    pub limits: Limits,
    /// How many requests a host bears.
    pub manners: Manners,
    /// `HOST:PORT:ADDR`, as curl.
    pub overrides: Vec<Override>,
    /// Which certification authorities are trusted.
    pub trust: Trust,
    /// Who resolves names.
    pub lookup: Arc<dyn Lookup>,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            allow_private: false,
            limits: Limits::PAGE,
            manners: Manners::default(),
            overrides: Vec::new(),
            trust: Trust::Public,
            lookup: Arc::new(SystemNames),
        }
    }
}

/// A name and port whose addresses are given by the user: `HOST:PORT:ADDR[,ADDR]`, as curl's `--resolve`. The address
/// guard applies to them as to any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// In lower case; `*` stands for every name.
    pub host: String,
    /// The port it is for.
    pub port: u16,
    /// Where the name leads.
    pub addresses: Vec<IpAddr>,
}

impl FromStr for Override {
    type Err = FetchError;

    fn from_str(text: &str) -> Result<Self, FetchError> {
        let wrong = |why| FetchError::Override { text: text.to_owned(), why };
        let rest = text.strip_prefix('+').unwrap_or(text);
        let (host, rest) = rest.split_once(':').ok_or_else(|| wrong("it is written HOST:PORT:ADDRESS"))?;
        let (port, list) = rest.split_once(':').ok_or_else(|| wrong("it is written HOST:PORT:ADDRESS"))?;
        if host.is_empty() {
            return Err(wrong("the host is empty"));
        }
        let host = match host {
            "*" => "*".to_owned(),
            name => match url::Host::parse(name) {
                Ok(url::Host::Domain(name)) => name,
                _ => return Err(wrong("the host is not a name")),
            },
        };
        let port = port.parse().map_err(|_| wrong("the port is not a number from 1 to 65535"))?;
        let addresses = list
            .split(',')
            .map(|address| address.trim_matches(['[', ']']).parse())
            .collect::<Result<Vec<IpAddr>, _>>()
            .map_err(|_| wrong("the address is not an IP address"))?;
        Ok(Self { host, port, addresses })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_are_written_as_for_curl() {
        fn check(text: &str, expected: Option<(&str, u16, &[&str])>) {
            let expected = expected.map(|(host, port, addresses)| Override {
                host: host.to_owned(),
                port,
                addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
            });
            assert_eq!(text.parse::<Override>().ok(), expected, "{text}");
        }
        check("A.test:80:127.0.0.1", Some(("a.test", 80, &["127.0.0.1"])));
        check("a.test:443:[::1],10.0.0.1", Some(("a.test", 443, &["::1", "10.0.0.1"])));
        check("a.test:443:2001:db8::1", Some(("a.test", 443, &["2001:db8::1"])));
        check("*:80:127.0.0.1", Some(("*", 80, &["127.0.0.1"])));
        check("+a.test:80:127.0.0.1", Some(("a.test", 80, &["127.0.0.1"])));
        check("a.test:80:localhost", None);
        check("a.test:http:127.0.0.1", None);
        check("a.test:80", None);
        check(":80:127.0.0.1", None);
        check("127.0.0.1:80:127.0.0.1", None);
        check("", None);
    }
}
