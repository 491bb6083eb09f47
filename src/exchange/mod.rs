//! One request and its response, as sent and received; the profile it was sent under; what its bytes say as text.
//!
//! Knows nothing about documents, verdicts or the network: values only. The rooms above read these values,
//! so that every judgement can be made again from what was kept.

pub mod charset;
pub mod host;
pub mod profile;
pub mod stand_in;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::id::{ExchangeId, ProfileId};

/// One request with its response or with the reason why there is none.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Its number within the visit.
    pub id: ExchangeId,
    /// The profile under which it was sent.
    pub profile: ProfileId,
    /// What it was sent for.
    pub purpose: Purpose,
    /// As sent.
    pub request: Request,
    /// As received, or why nothing usable was.
    pub result: Result<Response, Failure>,
    /// The address that answered, after name resolution and the address guard.
    pub remote: Option<SocketAddr>,
    /// What the TLS handshake showed; `None` over plain HTTP.
    pub tls: Option<TlsFacts>,
    /// When the request was sent.
    pub started: Timestamp,
    /// From sending to the last byte.
    pub elapsed: Duration,
}

impl Exchange {
    /// The response, where there is one.
    pub fn response(&self) -> Option<&Response> {
        self.result.as_ref().ok()
    }
}

/// What a request was sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// A page of the site.
    Page,
    /// A style sheet of a page.
    StyleSheet,
    /// A script of a page.
    Script,
    /// A frame of a page.
    Frame,
    /// The page to which an outside link or redirect leads.
    Landing,
    /// `robots.txt` (RFC 9309).
    Robots,
    /// A sitemap.
    Sitemap,
    /// A path that should not exist, as a control.
    Probe,
    /// A path at which something may lie open; asked for with written authorisation only.
    Exposure,
}

/// A request as sent. Nothing is ever submitted: the method is GET or HEAD.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET` or `HEAD`.
    pub method: Method,
    /// The address asked for, without fragment.
    pub url: Url,
    /// The header fields in the order sent.
    pub headers: Vec<(String, String)>,
}

/// The only two methods that the scanner has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Fetch.
    Get,
    /// Fetch the header only.
    Head,
}

impl Method {
    /// As written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
        }
    }
}

/// A response as received.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
    pub version: &'static str,
    /// The header fields in the order received; values are bytes, as servers send anything.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body as received, content coding still on it (transfer coding is gone).
    pub raw: Bytes,
    /// The body with its content coding taken off, up to the cap.
    pub body: Bytes,
    /// Why the body is not whole, when it is not.
    pub cut: Option<Cut>,
}

impl Response {
    /// The first field of that name (any case) as text, bytes above ASCII read as UTF-8 where they are,
    /// else as Latin-1.
    pub fn header(&self, name: &str) -> Option<String> {
        self.header_all(name).next()
    }

    /// Every field of that name (any case), in order.
    pub fn header_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + 'a {
        self.headers.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| {
            match std::str::from_utf8(value) {
                Ok(text) => text.to_owned(),
                Err(_) => value.iter().map(|&byte| char::from(byte)).collect(),
            }
        })
    }
}

/// Why a body was cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cut {
    /// The bytes on the wire reached the cap.
    TooLarge,
    /// The bytes after decompression reached the cap.
    TooLargeDecompressed,
    /// The sender fell below the minimum rate.
    TooSlow,
    /// The total time for the exchange ran out.
    OutOfTime,
    /// The connection broke, or the content coding did not decode.
    Broken,
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "failure", content = "of")]
pub enum Failure {
    /// The name did not resolve.
    #[error("resolve the name {0}")]
    Unresolvable(String),
    /// Nobody listened at the address.
    #[error("connect: the connection was refused")]
    Refused,
    /// The connection or the response header took too long.
    #[error("get an answer in time")]
    TimedOut,
    /// The connection was reset or closed before a response.
    #[error("read a response: the connection was closed ({0})")]
    Closed(String),
    /// The TLS handshake failed.
    #[error("agree on TLS: {0}")]
    Tls(String),
    /// What came was not HTTP, or its header was over the cap.
    #[error("read a response: {0}")]
    NotHttp(String),
    /// The address is private, loopback or otherwise not to be asked (`--allow-private` opens it).
    #[error("ask {0}: a private or reserved address")]
    ForbiddenAddress(String),
    /// A scheme other than http and https.
    #[error("ask by the scheme {0}")]
    Scheme(String),
    /// It was not asked when the exchanges that are replayed were kept.
    #[error("find an answer among the kept exchanges")]
    NotKept,
    /// Any other failure, in words.
    #[error("finish the exchange: {0}")]
    Other(String),
}

/// What a TLS handshake showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsFacts {
    /// `TLS 1.2`, `TLS 1.3`.
    pub version: String,
    /// SHA-256 of the end certificate in DER, hexadecimal.
    pub certificate_sha256: String,
    /// Subject names of the end certificate (common name and alternative names).
    pub names: Vec<String>,
    /// Issuer in RFC 4514 form.
    pub issuer: String,
    /// Start of validity.
    pub not_before: Option<Timestamp>,
    /// End of validity.
    pub not_after: Option<Timestamp>,
    /// Why a browser would not trust it; empty when it would.
    pub problems: Vec<TlsProblem>,
}

/// Why a browser would not trust a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsProblem {
    /// Past its end of validity.
    Expired,
    /// Before its start of validity.
    NotYetValid,
    /// For other names.
    NameMismatch,
    /// Signed by itself.
    SelfSigned,
    /// Signed by nobody known.
    UnknownIssuer,
    /// Revoked.
    Revoked,
    /// Anything else that fails verification.
    Invalid,
}

/// The way from the first address to the last one: every exchange with what led on from it.
#[derive(Debug, Clone)]
pub struct Hop {
    /// The exchange at this step.
    pub exchange: ExchangeId,
    /// The address asked for.
    pub url: Url,
    /// The status code, where there was a response.
    pub status: Option<u16>,
    /// What led on to the next step; `None` at the last.
    pub onward: Option<Onward>,
}

/// What leads from one address to the next without the visitor doing anything.
#[derive(Debug, Clone, PartialEq)]
pub struct Onward {
    /// By which means.
    pub by: RedirectMeans,
    /// Where to, resolved against the address of the hop.
    pub to: Url,
    /// Seconds until it happens (0 for status redirects).
    pub delay: f64,
}

/// The means of a redirect that a client without scripts follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RedirectMeans {
    /// Status 301, 302, 303, 307 or 308 with `Location`.
    Status,
    /// The `Refresh` header field.
    RefreshHeader,
    /// `<meta http-equiv=refresh>`.
    MetaRefresh,
}
