//! A server on loopback that answers by path and remembers what it was asked.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A server that lives as long as the test's runtime.
pub(super) struct Server {
    pub(super) port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers with what `answer` makes of the path with its query: a whole response.
    pub(super) async fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(speak(stream, Arc::clone(&answer), Arc::clone(&log)));
            }
        });
        Self { port, seen }
    }

    /// Serves one document at `/`, nothing elsewhere.
    pub(super) async fn page(html: &str) -> Self {
        let html = html.to_owned();
        Self::start(move |path| if path == "/" { document(&html) } else { missing() }).await
    }

    pub(super) fn at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    /// The requests so far, header and all.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// The paths asked for so far, icons apart.
    pub(super) fn paths(&self) -> Vec<String> {
        let path = |head: &String| head.split(' ').nth(1).unwrap_or_default().to_owned();
        self.seen().iter().map(path).filter(|path| path != "/favicon.ico").collect()
    }
}

async fn speak<A: Fn(&str) -> Vec<u8>>(mut stream: TcpStream, answer: Arc<A>, log: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(count) if count > 0 => head.extend_from_slice(&buffer[..count]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().unwrap().push(head);
    let response = answer(&path);
    let _ = stream.write_all(&response).await;
    let _ = stream.shutdown().await;
}

pub(super) fn document(html: &str) -> Vec<u8> {
    with("200 OK", "Content-Type: text/html; charset=utf-8", html)
}

pub(super) fn missing() -> Vec<u8> {
    with("404 Not Found", "Content-Type: text/plain", "nothing here")
}

pub(super) fn moved(to: &str) -> Vec<u8> {
    with("302 Found", &format!("Location: {to}"), "")
}

pub(super) fn with(status: &str, field: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{field}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
