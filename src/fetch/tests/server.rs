//! Servers on loopback that answer as a test says, in bytes, and remember what they were asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use url::Url;

/// What the server does with a request.
pub(super) enum Reply {
    /// Sends the bytes and closes.
    Send(Vec<u8>),
    /// Sends the bytes and keeps the connection open without another word.
    SendAndHold(Vec<u8>),
    /// Sends the first bytes, then the second ones again and again, as long as anybody listens.
    Endless(Vec<u8>, Vec<u8>),
    /// Resets the connection.
    Reset,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Path and query.
    pub(super) target: String,
    /// Header fields in order.
    pub(super) headers: Vec<(String, String)>,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// A server that lives as long as the test's runtime.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    scheme: &'static str,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(super) async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::serve(answer, None).await
    }

    pub(super) async fn start_tls(
        config: ServerConfig,
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::serve(answer, Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn serve(
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
        tls: Option<TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (answer, log) = (Arc::new(answer), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, log, tls) = (Arc::clone(&answer), Arc::clone(&log), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => speak(stream, &*answer, &log).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                speak(stream, &*answer, &log).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, scheme, seen }
    }

    pub(super) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("{}://{}{path}", self.scheme, self.address)).unwrap()
    }

    /// The requests so far.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// A plain answer.
pub(super) fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let mut bytes =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len())
            .into_bytes();
    bytes.extend_from_slice(body);
    Reply::Send(bytes)
}

/// A page.
pub(super) fn page(body: &str) -> Reply {
    answer("200 OK", "Content-Type: text/html; charset=utf-8\r\n", body)
}

trait Linger {
    /// Makes closing send a reset.
    fn reset_on_close(&self);
}

impl Linger for TcpStream {
    fn reset_on_close(&self) {
        self.set_zero_linger().unwrap();
    }
}

impl Linger for tokio_rustls::server::TlsStream<TcpStream> {
    fn reset_on_close(&self) {
        self.get_ref().0.set_zero_linger().unwrap();
    }
}

async fn speak<S>(mut stream: S, answer: &(impl Fn(&Seen) -> Reply + ?Sized), log: &Mutex<Vec<Seen>>)
where
    S: AsyncRead + AsyncWrite + Linger + Unpin,
{
    let Some(seen) = read_request(&mut stream).await else { return };
    log.lock().unwrap().push(seen.clone());
    // The client may hang up at any time; that is what many tests are about.
    match answer(&seen) {
        Reply::Send(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reply::SendAndHold(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.flush().await;
            std::future::pending::<()>().await;
        }
        Reply::Endless(first, again) => {
            let mut sent = stream.write_all(&first).await;
            while sent.is_ok() {
                sent = stream.write_all(&again).await;
            }
        }
        Reply::Reset => stream.reset_on_close(),
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Seen> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let target = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Some(Seen { target, headers })
}

/// Limits so small that a test meets them at once.
pub(super) fn tiny_limits() -> super::super::settings::Limits {
    super::super::settings::Limits {
        raw_body: 10_000,
        decoded_body: 30_000,
        header: 4_000,
        redirects: 4,
        total: Duration::from_secs(10),
        connect: Duration::from_secs(5),
        min_rate: 0,
        rate_window: Duration::from_millis(40),
        ..super::super::settings::Limits::PAGE
    }
}
