//! A loopback server for tests: answers each request with bytes that a function makes of its head.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a test server was asked, and what it answers: raw bytes of a whole response.
pub(crate) type Answer = dyn Fn(&str) -> Vec<u8> + Send + Sync;

/// A running server; it ends with the test process.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Server {
    /// Serves on a free loopback port; the function gets the request's head, header fields in any case.
    pub(crate) fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let (answer, count): (Arc<Answer>, _) = (Arc::new(answer), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, count) = (Arc::clone(&answer), Arc::clone(&count));
                std::thread::spawn(move || serve(stream, &*answer, &count));
            }
        });
        Self { address, asked }
    }

    /// An address on this server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How many requests came.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// A response with a body of that type.
pub(crate) fn response(status: &str, kind: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// A page.
pub(crate) fn html(body: &str) -> Vec<u8> {
    response("200 OK", "text/html; charset=utf-8", body)
}

/// A redirect.
pub(crate) fn redirect(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .into_bytes()
}

fn serve(mut stream: TcpStream, answer: &Answer, count: &AtomicUsize) {
    let mut head = Vec::new();
    let mut buffer = [0_u8; 4096];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(read) => head.extend_from_slice(&buffer[..read]),
        }
        if head.len() > 1 << 20 {
            return;
        }
    }
    count.fetch_add(1, Ordering::Relaxed);
    let _ = stream.write_all(&answer(&String::from_utf8_lossy(&head)));
}

/// The home page of an office with links to gambling that nobody sees.
pub(crate) const INFECTED: &str = "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>某某县教育局</title></head><body>\
    <h1>某某县教育局</h1><p>本局负责全县教育工作的规划与管理。</p><div style='position:absolute;left:-4000px'>\
    <a href=http://bc.test/>百家乐投注</a> <a href=http://bd.test/>时时彩平台</a> <a href=http://be.test/>真人娱乐城</a></div></body></html>";

/// The same without them.
pub(crate) const CLEAN: &str = "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>某某县教育局</title></head><body>\
    <h1>某某县教育局</h1><p>本局负责全县教育工作的规划与管理。</p></body></html>";
