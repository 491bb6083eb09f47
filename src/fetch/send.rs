//! One exchange: address guard, turn, header, response, body, and a reason for whatever goes wrong.

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use super::names::GuardedResolver;
use super::settings::Limits;
use super::{FetchError, Fetcher, Jar, Order, body, coding};
use crate::exchange::profile::headers::{Ask, trusted};
use crate::exchange::{Exchange, Failure, Method, Purpose, Request, Response, TlsFacts};
use crate::id::{ExchangeId, ProfileId};

/// How many clients are kept; each has connections of its own.
const MOST_CLIENTS: usize = 64;
/// How much of a picture, film, archive or program is read: enough to tell what it is, in bytes. Such bodies are not
/// judged, and downloads are not what a scanner is for.
const DOWNLOAD_SAMPLE: usize = 4096;
/// How long a connection is kept for the next request.
const IDLE: Duration = Duration::from_secs(15);

/// Whose connections a client holds. Profiles never share one: a server that sees two user agents on one connection
/// knows what it talks to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct ClientKey {
    profile: Option<ProfileId>,
    allow_private: bool,
    /// The name and the addresses that the user gave for it.
    overridden: Option<(String, Vec<SocketAddr>)>,
}

impl ClientKey {
    /// For what is no visit.
    pub(super) fn without_profile(allow_private: bool) -> Self {
        Self { allow_private, ..Self::default() }
    }
}

/// What came of one attempt.
struct Attempt {
    result: Result<Response, Failure>,
    remote: Option<SocketAddr>,
    tls: Option<TlsFacts>,
}

impl Attempt {
    fn failed(failure: Failure) -> Self {
        Self { result: Err(failure), remote: None, tls: None }
    }
}

impl Fetcher {
    /// One exchange. Cookies that the response sets go into the jar.
    pub(super) async fn exchange(&self, order: &Order, jar: &Jar, via: &[Url], id: ExchangeId) -> Exchange {
        if let Some(answers) = &self.answers {
            let exchange = answers.take(order, id);
            if let Some(response) = exchange.response() {
                jar.take(&order.url, response);
            }
            return exchange;
        }
        let allow_private = self.settings.allow_private || order.allow_private;
        let admitted = self.names.admit(&order.url, allow_private).await;
        let addresses = match admitted {
            Ok(addresses) => addresses,
            Err(failure) => {
                let now = (Timestamp::now(), Instant::now());
                return finished(order, id, Vec::new(), now, Attempt::failed(failure));
            }
        };
        let headers = header_of(order, jar, via, &addresses);
        let turn = match addresses.first() {
            Some(address) => {
                Some(self.politeness.turn(order.url.host_str().unwrap_or_default(), address.ip()).await)
            }
            None => None,
        };
        let mut limits = self.limits(order.purpose);
        if let Some(most) = order.most {
            limits.raw_body = limits.raw_body.min(most);
        }
        let now = (Timestamp::now(), Instant::now());
        let deadline = now.1 + limits.total;
        let mut attempt = self.attempt(order, &headers, &addresses, allow_private, &limits, deadline).await;
        // A server may close an idle connection just when it is used again, and some drop the first one; asking for a
        // page twice does no harm. Slow hosts and refusals are not asked again.
        if matches!(attempt.result, Err(Failure::Closed(_))) && Instant::now() < deadline {
            attempt = self.attempt(order, &headers, &addresses, allow_private, &limits, deadline).await;
        }
        if let Ok(response) = &attempt.result {
            jar.take(&order.url, response);
            if let Some(turn) = &turn {
                self.politeness.heed(turn, response, Timestamp::now());
            }
        }
        finished(order, id, headers, now, attempt)
    }

    async fn attempt(
        &self,
        order: &Order,
        headers: &[(String, String)],
        addresses: &[SocketAddr],
        allow_private: bool,
        limits: &Limits,
        deadline: Instant,
    ) -> Attempt {
        let sent = match self.request(order, headers, addresses, allow_private) {
            Ok(request) => timeout_at(deadline, request.send()).await,
            Err(failure) => return Attempt::failed(failure),
        };
        let only = if let [one] = addresses { Some(*one) } else { None };
        let mut response = match sent {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let failure = failure_of(&error);
                let remote = only.filter(|_| failure != Failure::Refused);
                return Attempt { remote, ..Attempt::failed(failure) };
            }
            Err(_) => return Attempt { remote: only, ..Attempt::failed(Failure::TimedOut) },
        };
        let remote = response.remote_addr().or(only);
        let tls = self.tls_facts(&order.url, &response);
        let result = self.receive(order, &mut response, limits, deadline).await;
        Attempt { result, remote, tls }
    }

    fn request(
        &self,
        order: &Order,
        headers: &[(String, String)],
        addresses: &[SocketAddr],
        allow_private: bool,
    ) -> Result<reqwest::RequestBuilder, Failure> {
        let port = order.url.port_or_known_default().unwrap_or(80);
        let overridden = match order.url.host() {
            Some(Host::Domain(name)) if self.names.overridden(name, port).is_some() => {
                Some((name.to_owned(), addresses.to_vec()))
            }
            _ => None,
        };
        let key = ClientKey { profile: Some(order.profile.id.clone()), allow_private, overridden };
        let client = self.client(key).map_err(|error| Failure::Other(error.to_string()))?;
        let method = match order.method {
            Method::Get => http::Method::GET,
            Method::Head => http::Method::HEAD,
        };
        let mut map = HeaderMap::with_capacity(headers.len());
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
                map.append(name, value);
            }
        }
        Ok(client.request(method, order.url.clone()).headers(map))
    }

    async fn receive(
        &self,
        order: &Order,
        response: &mut reqwest::Response,
        limits: &Limits,
        deadline: Instant,
    ) -> Result<Response, Failure> {
        let headers: Vec<(String, Vec<u8>)> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
            .collect();
        let length: usize = headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        if length > limits.header {
            let cap = limits.header;
            return Err(Failure::NotHttp(format!("its header of {length} bytes is over the cap of {cap}")));
        }
        // Sitemaps come as archives, too.
        let sampled = is_download(&headers) && order.purpose != Purpose::Sitemap;
        let (raw, cut) = match order.method {
            Method::Get if sampled => {
                let sample = Limits { raw_body: limits.raw_body.min(DOWNLOAD_SAMPLE), ..limits.clone() };
                body::read(response, &sample, deadline).await
            }
            Method::Get => body::read(response, limits, deadline).await,
            Method::Head => (Bytes::new(), None),
        };
        let codings: Vec<String> = header_values(&headers, "content-encoding").collect();
        let (body, broken) = coding::decoded(&raw, &codings.join(","), limits.decoded_body);
        // A body that was cut on the wire cannot decode to its end; that it was cut is the reason to name.
        let cut = cut.or(broken);
        Ok(Response {
            status: response.status().as_u16(),
            version: version(response),
            headers,
            raw,
            body,
            cut,
        })
    }

    fn tls_facts(&self, url: &Url, response: &reqwest::Response) -> Option<TlsFacts> {
        let info = response.extensions().get::<reqwest::tls::TlsInfo>()?;
        let version = match info.version() {
            Some(reqwest::tls::Version::TLS_1_3) => "TLS 1.3",
            Some(reqwest::tls::Version::TLS_1_2) => "TLS 1.2",
            _ => "TLS",
        };
        Some(self.witness.facts(url.host_str()?, info.peer_certificate()?, version))
    }

    pub(super) fn client(&self, key: ClientKey) -> Result<reqwest::Client, FetchError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        if clients.len() >= MOST_CLIENTS {
            clients.clear();
        }
        let client = self.build_client(&key)?;
        clients.insert(key, client.clone());
        Ok(client)
    }

    pub(super) fn build_client(&self, key: &ClientKey) -> Result<reqwest::Client, FetchError> {
        let resolver = GuardedResolver { names: Arc::clone(&self.names), allow_private: key.allow_private };
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .tls_info(true)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .dns_resolver(Arc::new(resolver))
            .connect_timeout(self.settings.limits.connect)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(self.settings.manners.connections)
            .http1_title_case_headers()
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true);
        if let Some((name, addresses)) = &key.overridden {
            builder = builder.resolve_to_addrs(name, addresses);
        }
        builder.build().map_err(|error| {
            FetchError::Client(causes(&error).iter().map(ToString::to_string).collect::<Vec<_>>().join(": "))
        })
    }
}

fn header_of(order: &Order, jar: &Jar, via: &[Url], addresses: &[SocketAddr]) -> Vec<(String, String)> {
    let cookie = jar.header(&order.url);
    // A rehearsal server under a made-up name sees what the true site would see over https.
    let here = addresses.iter().all(|address| address.ip().to_canonical().is_loopback());
    let mut headers = order.profile.headers(&Ask {
        url: &order.url,
        purpose: order.purpose,
        from: order.from.as_ref(),
        via,
        trusted: here || trusted(&order.url),
        cookie: cookie.as_deref(),
    });
    if let Some(known) = &order.unless {
        let fields = [("If-None-Match", &known.etag), ("If-Modified-Since", &known.last_modified)];
        headers
            .extend(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))));
    }
    if let Some(most) = order.most {
        // A part of a coded body tells nothing.
        headers.retain(|(name, _)| name != "Accept-Encoding");
        headers.push(("Accept-Encoding".to_owned(), "identity".to_owned()));
        headers.push(("Range".to_owned(), format!("bytes=0-{}", most - 1)));
    }
    headers
}

fn finished(
    order: &Order,
    id: ExchangeId,
    headers: Vec<(String, String)>,
    (started, since): (Timestamp, Instant),
    attempt: Attempt,
) -> Exchange {
    Exchange {
        id,
        profile: order.profile.id.clone(),
        purpose: order.purpose,
        request: Request { method: order.method, url: order.url.clone(), headers },
        result: attempt.result,
        remote: attempt.remote,
        tls: attempt.tls,
        started,
        elapsed: since.elapsed(),
    }
}

/// Whether a response is a file to be saved or shown, not a document.
fn is_download(headers: &[(String, Vec<u8>)]) -> bool {
    const FILES: &[&str] = &[
        "application/octet-stream",
        "application/vnd.android",
        "application/zip",
        "application/x-zip",
        "application/x-rar",
        "application/x-7z",
        "application/gzip",
        "application/x-msdownload",
        "application/x-apple",
        "application/font",
        "image/",
        "audio/",
        "video/",
        "font/",
    ];
    let attached = header_values(headers, "content-disposition")
        .any(|value| value.trim_start().to_ascii_lowercase().starts_with("attachment"));
    let kind = header_values(headers, "content-type").next().unwrap_or_default().to_ascii_lowercase();
    // SVG is a document with links and scripts.
    attached || (!kind.contains("svg") && FILES.iter().any(|file| kind.trim_start().starts_with(file)))
}

fn header_values<'a>(headers: &'a [(String, Vec<u8>)], name: &'a str) -> impl Iterator<Item = String> + 'a {
    let named = headers.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name));
    named.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
}

fn version(response: &reqwest::Response) -> &'static str {
    match response.version() {
        http::Version::HTTP_09 => "HTTP/0.9",
        http::Version::HTTP_10 => "HTTP/1.0",
        http::Version::HTTP_2 => "HTTP/2",
        http::Version::HTTP_3 => "HTTP/3",
        _ => "HTTP/1.1",
    }
}

/// What went wrong, from the chain of causes that the client gives.
pub(super) fn failure_of(error: &reqwest::Error) -> Failure {
    let causes = causes(error);
    if let Some(failure) = causes.iter().find_map(|cause| cause.downcast_ref::<Failure>()) {
        return failure.clone();
    }
    if let Some(tls) = causes.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return Failure::Tls(tls.to_string());
    }
    let words: Vec<String> = causes.iter().map(ToString::to_string).collect();
    let last = words.last().cloned().unwrap_or_default();
    let says = |part: &str| words.iter().any(|word| word.contains(part));
    let closed = |why: String| {
        // Sites without filing are cut off right after ClientHello, so the moment matters.
        let shaking = error.is_connect() && error.url().is_some_and(|url| url.scheme() == "https");
        Failure::Closed(if shaking { format!("during the TLS handshake: {why}") } else { why })
    };
    match causes.iter().rev().find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => return Failure::Refused,
        Some(io::ErrorKind::TimedOut) => return Failure::TimedOut,
        Some(
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::NotConnected,
        ) => return closed(last),
        _ => {}
    }
    if error.is_timeout() {
        Failure::TimedOut
    } else if says("invalid HTTP")
        || says("message head is too large")
        || says("error parsing")
        || says("frame")
    {
        Failure::NotHttp(last)
    } else if says("connection closed")
        || says("connection reset")
        || says("channel closed")
        || says("GOAWAY")
    {
        closed(last)
    } else {
        Failure::Other(last)
    }
}

/// An error and its causes, outermost first. What an I/O error wraps is not its source, but it is its cause.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> Vec<&'a (dyn StdError + 'static)> {
    let mut causes = vec![error];
    while let Some(&last) = causes.last() {
        let wrapped = last.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match wrapped.map(|inner| inner as &(dyn StdError + 'static)).or_else(|| last.source()) {
            Some(next) if causes.len() < 32 => causes.push(next),
            _ => break,
        }
    }
    causes
}
