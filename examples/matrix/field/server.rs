//! One server for all sites, told apart by `Host`.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use jiff::tz::offset;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::case::{Case, Delivery, Gate, Habit, ScriptGate};
use super::honest;
use super::payload::{carrier, gated, head, links, notice, platform, script, target};

/// The running server.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

/// A request as a site looks at it.
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a Method,
    pub(crate) host: &'a str,
    pub(crate) domain: String,
    pub(crate) path: &'a str,
    pub(crate) agent: &'a str,
    pub(crate) referrer: &'a str,
    pub(crate) cookie: &'a str,
    pub(crate) language: &'a str,
    pub(crate) port: u16,
    /// The site's number.
    pub(crate) index: usize,
    /// How many requests came before, from the one address that there is.
    pub(crate) count: usize,
}

/// What a site answers.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) fields: Vec<(HeaderName, String)>,
    pub(crate) body: String,
}

/// The sites, and how often each was asked.
struct Sites {
    cases: Vec<Case>,
    counts: Mutex<HashMap<usize, usize>>,
    /// The hour in China at the start.
    hour: i8,
}

impl Server {
    /// Serves these sites on a free loopback port.
    pub(crate) async fn start(cases: Vec<Case>) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let sites = Arc::new(Sites { cases, counts: Mutex::default(), hour: hour() });
        let app = Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap| {
            let sites = Arc::clone(&sites);
            async move { sites.answer(address.port(), &method, &uri, &headers).into_response() }
        });
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { address, task })
    }

    /// The address of a site's home page.
    pub(crate) fn url(&self, case: &Case) -> String {
        format!("http://www.{}:{}/", domain(case.index), self.address.port())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A site's domain.
fn domain(index: usize) -> String {
    format!("unit-{index}.test")
}

fn hour() -> i8 {
    offset(8).to_datetime(jiff::Timestamp::now()).hour()
}

impl Sites {
    fn answer(&self, port: u16, method: &Method, uri: &Uri, headers: &HeaderMap) -> Reply {
        let field =
            |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let host = field(header::HOST).split(':').next().unwrap_or_default();
        if host.ends_with("-landing.test") {
            return self.landing(host, uri.path(), port);
        }
        let Some(case) = number(host).and_then(|index| self.cases.get(index)) else {
            return Reply::html(notice("合作伙伴", "本站提供常规商品与服务信息，欢迎浏览。"));
        };
        if matches!(uri.path(), "/robots.txt" | "/favicon.ico") || uri.path().ends_with(".js") {
            return Reply { status: StatusCode::NOT_FOUND, ..Reply::html(String::new()) };
        }
        let count = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(case.index).or_default();
            *count += 1;
            *count - 1
        };
        let ask = Ask {
            method,
            host,
            domain: domain(case.index),
            path: uri.path(),
            agent: field(header::USER_AGENT),
            referrer: field(header::REFERER),
            cookie: field(header::COOKIE),
            language: field(header::ACCEPT_LANGUAGE),
            port,
            index: case.index,
            count,
        };
        match case.habit {
            Habit::Honest(twin) => honest::answer(twin, &ask),
            Habit::Infected { gate, script, delivery } => self.infected(case, gate, script, delivery, &ask),
        }
    }

    /// A platform, or the script that leads there.
    fn landing(&self, host: &str, path: &str, port: u16) -> Reply {
        let number = path.trim_start_matches('/').strip_suffix(".js").and_then(|name| name.parse().ok());
        if let Some(case) = number.and_then(|index: usize| self.cases.get(index))
            && let Habit::Infected { script, .. } = case.habit
        {
            let reply = Reply::html(gated(script, &target(case, port)));
            return reply.field(header::CONTENT_TYPE, "text/javascript; charset=utf-8");
        }
        Reply::html(platform(host.len() + host.bytes().map(usize::from).sum::<usize>()))
    }

    fn infected(
        &self,
        case: &Case,
        gate: Gate,
        script_gate: ScriptGate,
        delivery: Delivery,
        ask: &Ask<'_>,
    ) -> Reply {
        let marked = |reply: Reply| match gate {
            Gate::FirstVisit | Gate::Returning | Gate::MobileFirstVisit | Gate::SearchFirstVisit => {
                reply.cookie("PHPSESSID_t=1; Path=/; Max-Age=86400")
            }
            _ => reply,
        };
        // Half of the kits sit in one page, the others in front of every path.
        let everywhere = case.index.is_multiple_of(2) || ask.path == "/";
        if !(self.opens(gate, ask) && (everywhere || is_about_paths(gate))) {
            return marked(if ask.missing() {
                honest::not_found()
            } else {
                Reply::html(carrier(case.index, "", ""))
            });
        }
        marked(served(case, script_gate, delivery, ask))
    }

    fn opens(&self, gate: Gate, ask: &Ask<'_>) -> bool {
        let first = !ask.cookie.contains("PHPSESSID_t");
        let inner = ask.path.starts_with("/news/");
        match gate {
            Gate::All => true,
            Gate::GetOnly => ask.method == Method::GET,
            Gate::OpenHour => (hour() - self.hour + 24) % 24 < 6,
            Gate::Mobile => ask.phone(),
            Gate::MobileBrowser => ask.phone() && !ask.spider() && !ask.agent.contains("MicroMessenger"),
            Gate::Desktop => ask.agent.contains("Windows NT") && !ask.spider(),
            Gate::Wechat => ask.agent.contains("MicroMessenger"),
            Gate::Spider => ask.spider(),
            Gate::BaiduSpider => ask.agent.contains("Baiduspider"),
            Gate::GoogleSpider => ask.agent.contains("Googlebot"),
            Gate::NotSpider => !ask.spider(),
            Gate::Search | Gate::InnerSearch => ask.search() && (gate == Gate::Search || inner),
            Gate::Engine(engine) => ask.referrer.contains(engine),
            Gate::ChineseSearch => {
                ["baidu.", "sogou.", "soso.", "so.com", "sm.cn"].iter().any(|one| ask.referrer.contains(one))
            }
            Gate::AnyReferrer => !ask.referrer.is_empty(),
            Gate::Iphone => ask.agent.contains("iPhone"),
            Gate::WechatSearch => ask.agent.contains("MicroMessenger") && ask.search(),
            Gate::MobileChinese => {
                ask.phone() && !ask.spider() && ask.language.to_ascii_lowercase().starts_with("zh")
            }
            Gate::SpiderOrMobile => ask.spider() || ask.phone(),
            Gate::MobileSearch => ask.phone() && ask.search(),
            Gate::DesktopSearch => ask.agent.contains("Windows NT") && !ask.spider() && ask.search(),
            Gate::SpiderOrSearch => ask.spider() || ask.search(),
            Gate::SpiderOrMobileSearch => ask.spider() || (ask.phone() && ask.search()),
            Gate::FirstVisit => first,
            Gate::Returning => !first,
            Gate::MobileFirstVisit => first && ask.phone(),
            Gate::SearchFirstVisit => first && ask.search(),
            Gate::Chinese => ask.language.to_ascii_lowercase().starts_with("zh"),
            Gate::OncePerAddress => ask.count == 0,
            Gate::Chance(percent) => ask.chance(percent),
            Gate::MobileChance(percent) => ask.phone() && ask.chance(percent),
            Gate::Missing => ask.missing(),
            Gate::MissingSpider => ask.missing() && ask.spider(),
            Gate::MissingSearch => ask.missing() && ask.search(),
            Gate::Inner => inner,
        }
    }
}

fn is_about_paths(gate: Gate) -> bool {
    matches!(
        gate,
        Gate::Missing | Gate::MissingSpider | Gate::MissingSearch | Gate::Inner | Gate::InnerSearch
    )
}

fn served(case: &Case, gate: ScriptGate, delivery: Delivery, ask: &Ask<'_>) -> Reply {
    let to = target(case, ask.port);
    let page = |head: &str, body: &str| Reply::html(carrier(case.index, head, body));
    match delivery {
        Delivery::Status(status) => Reply::to(status, to),
        Delivery::RefreshField => {
            page("", "").field(HeaderName::from_static("refresh"), &format!("0;url={to}"))
        }
        Delivery::MetaRefresh => page(&format!("<meta http-equiv=refresh content='0;url={to}'>"), ""),
        Delivery::Frame => page(
            "",
            &format!(
                "<iframe src='{to}' style='position:fixed;top:0;left:0;width:100%;height:100%;border:0;z-index:99999'></iframe>"
            ),
        ),
        Delivery::Literal | Delivery::Packed | Delivery::Written => {
            let code = script(case, gate, delivery, ask.port);
            if case.index.is_multiple_of(3) { page(&code, "") } else { page("", &code) }
        }
        Delivery::Page => Reply {
            status: if ask.missing() && case.index % 4 == 1 { StatusCode::NOT_FOUND } else { StatusCode::OK },
            ..Reply::html(platform(case.index))
        },
        Delivery::Links => page("", &links(case, ask.port)),
        Delivery::Head => page(&head(case), ""),
    }
}

/// The number of a site, from `www.unit-7.test` and its other hosts.
fn number(host: &str) -> Option<usize> {
    let label = host.strip_suffix(".test")?.rsplit('.').next()?;
    label.strip_prefix("unit-")?.parse().ok()
}

impl Ask<'_> {
    /// Whether the client calls itself a phone, as kits look at it: WeChat and Google's spider do, too.
    pub(crate) fn phone(&self) -> bool {
        ["Android", "iPhone", "Mobile"].iter().any(|word| self.agent.contains(word))
    }

    /// Whether the client calls itself a spider.
    pub(crate) fn spider(&self) -> bool {
        let agent = self.agent.to_ascii_lowercase();
        ["spider", "bot"].iter().any(|word| agent.contains(word))
    }

    /// Whether the visitor comes from a search engine.
    pub(crate) fn search(&self) -> bool {
        let engines = ["baidu.", "sogou.", "so.com", "sm.cn", "google.", "bing."];
        engines.iter().any(|engine| self.referrer.contains(engine))
    }

    /// Whether the path does not exist.
    pub(crate) fn missing(&self) -> bool {
        let known = ["/", "/index.html", "/about.html"];
        let folders = ["/news/", "/m/", "/en/", "/v2/", "/jg/", "/product/", "/opac/", "/dept/"];
        !known.contains(&self.path) && !folders.iter().any(|folder| self.path.starts_with(folder))
    }

    /// Whether this request is one of so many in a hundred. The same run draws the same.
    pub(crate) fn chance(&self, percent: u32) -> bool {
        let mut state =
            (self.index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (self.count as u64 + 11);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((state ^ (state >> 31)) >> 11) % 100 < u64::from(percent)
    }

    /// Whether the host is that one of the site's.
    pub(crate) fn host_starts(&self, label: &str) -> bool {
        self.host.starts_with(label)
    }
}

impl Reply {
    /// A document.
    pub(crate) fn html(body: String) -> Self {
        let kind = (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned());
        Self { status: StatusCode::OK, fields: vec![kind], body }
    }

    /// A redirect.
    pub(crate) fn to(status: u16, to: String) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FOUND);
        Self { status, fields: vec![(header::LOCATION, to)], body: String::new() }
    }

    /// The same with a header field; one of that name gives way.
    pub(crate) fn field(mut self, name: HeaderName, value: &str) -> Self {
        self.fields.retain(|(known, _)| *known != name);
        self.fields.push((name, value.to_owned()));
        self
    }

    /// The same with a cookie.
    pub(crate) fn cookie(self, value: &str) -> Self {
        self.field(header::SET_COOKIE, value)
    }

    fn into_response(self) -> Response {
        let mut response = (self.status, self.body).into_response();
        for (name, value) in self.fields {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
