//! The filtering proxy of one visit: a forward proxy on loopback that resolves names itself, asks the address guard, and
//! connects to the judged address and nothing else. The browser has no other way out.
//!
//! It sees every connection of whatever kind (documents, scripts, sockets, workers), counts bytes and keeps a log. What it
//! refuses looks to the page like a network that does not answer.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use url::Url;

use super::guard::Guard;
use super::settings::Limits;
use crate::exchange::Failure;

/// Bytes of a request or response header.
const HEADER: usize = 256 * 1024;
/// How long a header may take, and a connection may be silent.
const SILENCE: Duration = Duration::from_secs(30);

/// A running proxy; it ends with all its connections when dropped.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// One connection that the browser asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contact {
    /// The address for plain http; scheme, host and port for what is tunnelled (https and web sockets).
    pub(super) url: Url,
    /// Whether it was a tunnel.
    pub(super) tunnel: bool,
    /// The address connected to, or why not.
    pub(super) result: Result<SocketAddr, Failure>,
}

#[derive(Debug)]
struct Shared {
    guard: Guard,
    connect: Duration,
    contacts: usize,
    /// Bytes that may still be received.
    left: AtomicU64,
    /// Loopback ports of the machinery itself.
    own_ports: Vec<u16>,
    log: Mutex<Vec<Contact>>,
}

impl Proxy {
    /// Starts one; `own_ports` are never connected to, whatever the guard says.
    pub(super) async fn start(guard: Guard, limits: &Limits, mut own_ports: Vec<u16>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        own_ports.push(address.port());
        let shared = Arc::new(Shared {
            guard,
            connect: limits.connect,
            contacts: limits.contacts,
            left: AtomicU64::new(limits.bytes),
            own_ports,
            log: Mutex::default(),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, task })
    }

    /// What has been asked for so far, in order.
    pub(super) fn contacts(&self) -> Vec<Contact> {
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the bytes of the visit were used up.
    pub(super) fn is_exhausted(&self) -> bool {
        self.shared.left.load(Ordering::Relaxed) == 0
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Dropped with this task, and all connections with it.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            // A broken connection is the page's affair; what matters is in the log.
            let _ = serve(client, &shared).await;
        });
    }
}

async fn serve(mut client: TcpStream, shared: &Shared) -> io::Result<()> {
    let (head, rest) = timeout(SILENCE, read_head(&mut client)).await??;
    let Some(request) = Request::read(&head) else { return Ok(()) };
    let result = match request.is_harmless() {
        true => shared.connect(&request.url).await,
        false => Err(Failure::Other(format!("{} is not sent", request.method))),
    };
    let contact = Contact {
        url: request.url.clone(),
        tunnel: request.is_tunnel,
        result: result.as_ref().map(|(_, address)| *address).map_err(Clone::clone),
    };
    if !shared.note(contact) {
        return Ok(());
    }
    let Ok((mut server, _)) = result else {
        if request.is_tunnel {
            client
                .write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .await?;
        }
        return Ok(());
    };
    if request.is_tunnel {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        server.write_all(&rest).await?;
        return relay(client, server, shared).await;
    }
    server.write_all(&request.towards_server(&head)).await?;
    server.write_all(&rest).await?;
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let upward = pass(&mut from_client, &mut to_server, None);
    let downward = async {
        loop {
            let (head, rest) = timeout(SILENCE, read_head(&mut from_server)).await??;
            let interim = head.get(9..12).is_some_and(|status| status[0] == b'1');
            to_client.write_all(&towards_client(&head, interim)).await?;
            shared.spend((head.len() + rest.len()) as u64)?;
            to_client.write_all(&rest).await?;
            if !interim {
                break;
            }
        }
        pass(&mut from_server, &mut to_client, Some(shared)).await
    };
    // A request without body leaves its direction open: the response alone decides.
    tokio::select! {
        done = downward => done,
        broken = async { upward.await?; std::future::pending::<io::Result<()>>().await } => broken,
    }
}

impl Shared {
    async fn connect(&self, url: &Url) -> Result<(TcpStream, SocketAddr), Failure> {
        let addresses =
            timeout(self.connect, self.guard.admit(url)).await.map_err(|_| Failure::TimedOut)??;
        let mut last = Failure::Unresolvable(url.host_str().unwrap_or_default().to_owned());
        for address in addresses {
            if address.ip().to_canonical().is_loopback() && self.own_ports.contains(&address.port()) {
                return Err(Failure::ForbiddenAddress(address.to_string()));
            }
            match timeout(self.connect, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok((stream, address)),
                Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => last = Failure::Refused,
                Ok(Err(error)) => last = Failure::Other(error.to_string()),
                Err(_) => last = Failure::TimedOut,
            }
        }
        Err(last)
    }

    /// Writes a contact down; false when there were too many.
    fn note(&self, contact: Contact) -> bool {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let room = log.len() < self.contacts;
        if room {
            log.push(contact);
        }
        room
    }

    fn spend(&self, bytes: u64) -> io::Result<()> {
        let spent = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(left.saturating_sub(bytes)));
        match spent {
            Ok(left) if left > bytes => Ok(()),
            _ => Err(io::Error::other("the bytes of the visit are used up")),
        }
    }
}

/// Both directions until one ends or the bytes are used up.
async fn relay(mut client: TcpStream, mut server: TcpStream, shared: &Shared) -> io::Result<()> {
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    tokio::select! {
        done = pass(&mut from_client, &mut to_server, None) => done,
        done = pass(&mut from_server, &mut to_client, Some(shared)) => done,
    }
}

/// One direction; bytes received are paid for.
async fn pass<R, W>(from: &mut R, to: &mut W, payer: Option<&Shared>) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        if let Some(shared) = payer {
            shared.spend(count as u64)?;
        }
        to.write_all(&buffer[..count]).await?;
    }
}

/// A header up to and with its empty line, and what came after it.
async fn read_head<R: AsyncRead + Unpin>(from: &mut R) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut head = Vec::with_capacity(2048);
    let mut buffer = [0; 4096];
    loop {
        let count = from.read(&mut buffer).await?;
        let searched = head.len().saturating_sub(3);
        head.extend_from_slice(&buffer[..count]);
        if let Some(end) = memchr::memmem::find(&head[searched..], b"\r\n\r\n") {
            let rest = head.split_off(searched + end + 4);
            return Ok((head, rest));
        }
        if count == 0 || head.len() > HEADER {
            return Err(io::Error::other("no header"));
        }
    }
}

/// A request to the proxy.
struct Request {
    method: String,
    url: Url,
    is_tunnel: bool,
}

impl Request {
    fn read(head: &[u8]) -> Option<Self> {
        let line = head.split(|byte| *byte == b'\r').next()?;
        let mut words = std::str::from_utf8(line).ok()?.split(' ');
        let (method, to) = (words.next()?.to_owned(), words.next()?);
        let is_tunnel = method == "CONNECT";
        let url = if is_tunnel { Url::parse(&format!("https://{to}/")) } else { Url::parse(to) }.ok()?;
        (url.scheme() == if is_tunnel { "https" } else { "http" }).then_some(Self { method, url, is_tunnel })
    }

    /// Whether it submits nothing. (What goes through a tunnel is judged before it is sent, on the page's wire.)
    fn is_harmless(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "CONNECT")
    }

    /// The header as the server is to see it: from a browser, not from a proxy.
    fn towards_server(&self, head: &[u8]) -> Vec<u8> {
        let path = &self.url[url::Position::BeforePath..url::Position::AfterQuery];
        let mut out = format!("{} {path} HTTP/1.1\r\n", self.method).into_bytes();
        for line in fields(head) {
            match name_of(line).as_str() {
                "proxy-connection" => out.extend_from_slice(b"Connection: keep-alive"),
                "proxy-authorization" => continue,
                _ => out.extend_from_slice(line),
            }
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
        out
    }
}

/// The header of a response as the browser is to see it: the connection is not used twice, since the next request may be
/// for another server.
fn towards_client(head: &[u8], interim: bool) -> Vec<u8> {
    let mut out = head.split(|byte| *byte == b'\r').next().unwrap_or_default().to_vec();
    out.extend_from_slice(b"\r\n");
    for line in fields(head) {
        if !matches!(
            name_of(line).as_str(),
            "connection" | "keep-alive" | "proxy-connection" | "proxy-authenticate"
        ) {
            out.extend_from_slice(line);
            out.extend_from_slice(b"\r\n");
        }
    }
    if !interim {
        out.extend_from_slice(b"Connection: close\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// The lines after the first, without their ends.
fn fields(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    head.split(|byte| *byte == b'\n')
        .skip(1)
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty())
}

fn name_of(line: &[u8]) -> String {
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    String::from_utf8_lossy(name).trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_sees_a_browser() {
        let head = b"GET http://a.test:81/x?y HTTP/1.1\r\nHost: a.test:81\r\nProxy-Connection: keep-alive\r\nAccept: */*\r\n\r\n";
        let request = Request::read(head).unwrap();
        assert_eq!(request.url.as_str(), "http://a.test:81/x?y");
        let sent = String::from_utf8(request.towards_server(head)).unwrap();
        assert_eq!(
            sent,
            "GET /x?y HTTP/1.1\r\nHost: a.test:81\r\nConnection: keep-alive\r\nAccept: */*\r\n\r\n"
        );
    }

    #[test]
    fn a_connection_serves_one_request() {
        let head = b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\n";
        let seen = String::from_utf8(towards_client(head, false)).unwrap();
        assert_eq!(seen, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
    }

    #[test]
    fn what_is_no_proxy_request_is_dropped() {
        for head in [
            &b""[..],
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET ftp://a.test/ HTTP/1.1\r\n\r\n",
            b"\xff\xfe \xff",
            b"CONNECT",
        ] {
            assert!(Request::read(head).is_none(), "{head:?}");
        }
    }
}
