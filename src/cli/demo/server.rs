//! The ten sites and the two gambling platforms, served on one loopback port and told apart by `Host`.
//!
//! Hosts end in `.test` (RFC 6761), so that no name of the demonstration can belong to anybody.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// One site of the demonstration.
pub(super) struct Site {
    /// The case it replays.
    pub(super) case: u8,
    /// Its host.
    pub(super) host: &'static str,
    html: &'static str,
}

/// The ten sites, in the order of the cases.
pub(super) const SITES: &[Site] = &[
    Site { case: 1, host: "bolv-demo.test", html: include_str!("sites/pyramid.html") },
    Site { case: 2, host: "jinzun-demo.test", html: include_str!("sites/casino.html") },
    Site { case: 3, host: "yingmi-demo.test", html: include_str!("sites/devices.html") },
    Site { case: 4, host: "mlib-demo.test", html: include_str!("sites/library.html") },
    Site { case: 5, host: "yunworld-demo.test", html: include_str!("sites/attack.html") },
    Site { case: 6, host: "jiangpan-demo.test", html: include_str!("sites/city.html") },
    Site { case: 7, host: "paper-demo.test", html: include_str!("sites/ransom.html") },
    Site { case: 8, host: "mushan-demo.test", html: include_str!("sites/company.html") },
    Site { case: 9, host: "jggw-demo.test", html: include_str!("sites/committee.html") },
    Site { case: 10, host: "invest-oa-demo.test", html: include_str!("sites/ransom.html") },
];

/// A second gambling platform, to which the planted links lead.
const SECOND_PLATFORM: &str = "yongsheng-demo.test";

/// Referrers that the redirect of case 9 waits for.
const ENGINES: &[&str] = &["baidu.", "sogou.", "so.com", "sm.cn", "bing.", "google."];

/// The running server.
pub(super) struct Server {
    /// Where it listens.
    pub(super) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens on a free loopback port.
    pub(super) async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let port = address.port();
        let app = Router::new()
            .fallback(move |uri: Uri, headers: HeaderMap| async move { answer(port, &uri, &headers) });
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                tracing::warn!(%error, "the demonstration server stopped");
            }
        });
        Ok(Self { address, task })
    }

    /// Every name that the demonstration uses, each to be resolved to the server's address.
    pub(super) fn hosts() -> impl Iterator<Item = &'static str> {
        SITES.iter().map(|site| site.host).chain([SECOND_PLATFORM])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn answer(port: u16, uri: &Uri, headers: &HeaderMap) -> Response {
    let host = field(headers, &header::HOST);
    let host = host.split(':').next().unwrap_or_default();
    let platform = SITES.iter().find(|site| site.case == 2);
    let site = if host == SECOND_PLATFORM { platform } else { SITES.iter().find(|site| site.host == host) };
    let Some(site) = site else { return (StatusCode::NOT_FOUND, "no such site\n").into_response() };
    match uri.path() {
        "/" if site.case == 9 && from_search_engine(headers) => {
            let landing = format!("http://jinzun-demo.test:{port}/?from=search");
            (StatusCode::FOUND, [(header::LOCATION, landing)]).into_response()
        }
        "/" => page(port, site.html),
        "/style.css" => {
            ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("sites/style.css"))
                .into_response()
        }
        "/robots.txt" => "User-agent: *\nAllow: /\n".into_response(),
        _ if site.case == 2 => page(port, site.html),
        _ => (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], NOT_FOUND)
            .into_response(),
    }
}

const NOT_FOUND: &str =
    "<!DOCTYPE html><meta charset=\"utf-8\"><title>404</title><p>您访问的页面不存在。</p>";

fn page(port: u16, html: &str) -> Response {
    let html = html.replace("{port}", &port.to_string());
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
}

fn from_search_engine(headers: &HeaderMap) -> bool {
    let referrer = field(headers, &header::REFERER);
    ENGINES.iter().any(|engine| referrer.contains(engine))
}

fn field<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
