//! Posts to hooks that the user named: through the guard, under limits, without following anything.
//!
//! Alone among what leaves this room it is no visit: it goes to the user's own receivers, says who writes, keeps no cookies
//! and asks for no turn.

use std::net::SocketAddr;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::send::{ClientKey, failure_of};
use super::settings::Limits;
use super::{Fetcher, body};
use crate::exchange::Failure;

/// What an answer may cost: its beginning is enough to tell whether the message was taken.
const LIMITS: Limits = Limits {
    raw_body: 64 << 10,
    decoded_body: 64 << 10,
    redirects: 0,
    total: Duration::from_secs(15),
    min_rate: 0,
    ..Limits::PAGE
};

/// What a receiver answered.
#[derive(Debug, Clone)]
pub struct Posted {
    /// The status.
    pub status: u16,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

impl Fetcher {
    /// Posts a body to an address. A private or loopback address is asked only where `allow_private` says so for this post,
    /// whatever the settings; a redirect is an answer like any other.
    ///
    /// # Errors
    /// Why nothing was sent, or nothing came back.
    pub async fn post(
        &self,
        url: &Url,
        headers: &[(String, String)],
        content: Vec<u8>,
        allow_private: bool,
    ) -> Result<Posted, Failure> {
        if self.answers.is_some() {
            return Err(Failure::Other("kept exchanges are replayed, nobody is asked".to_owned()));
        }
        let deadline = Instant::now() + LIMITS.total;
        // Judged first, so that literal addresses, which are never resolved, pass the guard as well.
        self.names.admit(url, allow_private).await?;
        let key = ClientKey::without_profile(allow_private);
        let client = self.client(key).map_err(|error| Failure::Other(error.to_string()))?;
        let mut map = HeaderMap::with_capacity(headers.len() + 1);
        let own = concat!("xuncha/", env!("CARGO_PKG_VERSION"));
        map.insert(http::header::USER_AGENT, HeaderValue::from_static(own));
        for (name, value) in headers {
            let pair = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok());
            let (name, value) =
                pair.ok_or_else(|| Failure::Other(format!("the header field {name} cannot be sent")))?;
            map.insert(name, value);
        }
        let sending = client.post(url.clone()).headers(map).body(content).send();
        let mut response = match timeout_at(deadline, sending).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(failure_of(&error)),
            Err(_) => return Err(Failure::TimedOut),
        };
        let status = response.status().as_u16();
        let (answer, _) = body::read(&mut response, &LIMITS, deadline).await;
        Ok(Posted { status, body: answer.to_vec() })
    }

    /// The addresses at which a host may be asked by other protocols than HTTP, after name resolution and the guard.
    ///
    /// # Errors
    /// Why it may not be asked.
    pub async fn admit_host(
        &self,
        host: &str,
        port: u16,
        allow_private: bool,
    ) -> Result<Vec<SocketAddr>, Failure> {
        self.names.admit_host(host, port, allow_private).await
    }
}
