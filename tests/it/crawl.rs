//! Walks over whole sites on loopback: traps, orphans, robots, conditional requests, made-up sub-domains, politeness.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use xuncha::exchange::profile::Profile;
use xuncha::fetch::Fetcher;
use xuncha::fetch::settings::{FetchSettings, Override};
use xuncha::lang::Lang;
use xuncha::lexicon::Lexicon;
use xuncha::scan::plan::VisitPlan;
use xuncha::scan::{BrowserUse, Scanned, Scanner, Settings};
use xuncha::store::PageState;
use xuncha::target::OperatorKind;

use crate::cli::{Run, kinds};
use crate::server::{Server, html, redirect, response};

const INFECTED: &str = "<title>某市水务局</title><p>通知公告</p><div style='position:absolute;left:-4000px'>\
    <a href='http://bc.test/'>百家乐投注</a><a href='http://bd.test/'>时时彩平台</a><a href='http://be.test/'>真人娱乐城</a></div>";

/// An honest page with these links on it.
fn page(title: &str, links: &[&str]) -> Vec<u8> {
    let links: String = links.iter().map(|link| format!("<a href='{link}'>详情</a> ")).collect();
    html(&format!(
        "<!DOCTYPE html><title>{title}</title><h1>{title}</h1><p>本局负责全市水务工作的规划与管理。</p><p>{links}</p>"
    ))
}

fn path_of(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or("/")
}

/// A scanner with few profiles and no pauses.
struct Rig {
    scanner: Scanner,
    _evidence: tempfile::TempDir,
}

impl Rig {
    fn new(profiles: &[&str], max_pages: u32, fetch: FetchSettings) -> Self {
        let evidence = tempfile::tempdir().unwrap();
        let settings = Settings {
            profiles: profiles.iter().filter_map(|id| Profile::by_id(id)).collect(),
            profile_gap: Duration::ZERO,
            landings: 0,
            trigger_probes: 2,
            resources: 20,
            max_pages,
            depth: 50,
            probe_missing_path: true,
            as_of: None,
            operator: OperatorKind::Unknown,
            target: None,
            authorisation: None,
            exposure: None,
            evidence: evidence.path().to_owned(),
            keep_clean: false,
            browser: BrowserUse::Never,
            lang: Lang::En,
        };
        let scanner = Scanner::new(Fetcher::new(fetch).unwrap(), Lexicon::with_sets(&[]).unwrap(), settings);
        Self { scanner, _evidence: evidence }
    }

    fn quick(profiles: &[&str], max_pages: u32) -> Self {
        let mut fetch = FetchSettings { allow_private: true, ..FetchSettings::default() };
        fetch.manners.rate = 0.0;
        Self::new(profiles, max_pages, fetch)
    }

    async fn visit(&self, url: &str, known: Vec<PageState>) -> Scanned {
        let url = url.parse().unwrap();
        let mut plan = VisitPlan::ad_hoc(&url, self.scanner.settings()).knowing(known, 1);
        plan.judge_seeds = false;
        self.scanner.visit(&url, plan, &|_| {}).await.unwrap()
    }
}

fn states(scanned: &Scanned) -> Vec<PageState> {
    scanned.pages.iter().map(|page| page.state.clone()).collect()
}

fn paths(scanned: &Scanned) -> Vec<String> {
    scanned.pages.iter().map(|page| page.url[url::Position::BeforePath..].to_owned()).collect()
}

/// A site full of traps: a calendar without end, a new session on every link, paths that go round.
fn trapped(head: &str, sessions: &AtomicUsize) -> Vec<u8> {
    let path = path_of(head).to_owned();
    let session = format!("{:032x}", sessions.fetch_add(1, Ordering::Relaxed) + 0xabc_0000);
    let with = |path: &str| format!("{path}?PHPSESSID={session}");
    match path.split('?').next().unwrap_or_default() {
        "/robots.txt" | "/sitemap.xml" => response("404 Not Found", "text/html", "<p>404</p>"),
        "/" => page("首页", &[&with("/news.php"), &with("/about.php"), "/cal?year=2030&month=1", "/loop/"]),
        "/cal" => {
            let year: u32 =
                path.split("year=").nth(1).and_then(|rest| rest.get(..4)).unwrap_or("0").parse().unwrap();
            page("日历", &[&format!("/cal?year={}&month=1", year + 1)])
        }
        looping if looping.starts_with("/loop/") => page(looping, &["deeper/x/", "x/deeper/"]),
        "/news.php" | "/about.php" => page(&path, &[&with("/news.php"), &with("/about.php"), &with("/")]),
        _ => response("404 Not Found", "text/html", "<p>404</p>"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calendars_sessions_and_endless_paths_do_not_hold_a_walk() {
    let sessions = AtomicUsize::new(0);
    let server = Server::start(move |head| trapped(head, &sessions));
    let scanned = Rig::quick(&["d"], 500).visit(&server.url("/"), Vec::new()).await;
    let visited = paths(&scanned);
    assert!(
        visited.contains(&"/news.php".to_owned()) && visited.contains(&"/about.php".to_owned()),
        "{visited:?}"
    );
    assert!(
        !visited.iter().any(|path| path.starts_with("/cal") || path.contains("PHPSESSID")),
        "{visited:?}"
    );
    assert!(visited.len() < 40, "{} pages: {visited:?}", visited.len());
    let told: Vec<&str> = scanned.not_assessed.iter().map(|gap| gap.detail.en.as_str()).collect();
    assert!(told.iter().any(|told| told.contains("calendar")), "{told:?}");
    assert!(told.iter().any(|told| told.contains("repeat themselves")), "{told:?}");
}

/// A sitemap, packed, names a page that nothing links to.
fn with_orphan(head: &str, base: &str) -> Vec<u8> {
    match path_of(head) {
        "/robots.txt" => response(
            "200 OK",
            "text/plain",
            format!("User-agent: *\nDisallow: /inner/\nSitemap: {base}/index.xml\n"),
        ),
        "/index.xml" => response(
            "200 OK",
            "text/xml",
            format!("<sitemapindex><sitemap><loc>{base}/pages.xml.gz</loc></sitemap></sitemapindex>"),
        ),
        "/pages.xml.gz" => {
            let many: String =
                (0..2000).map(|number| format!("<!-- {number} a page that was here -->")).collect();
            let file = format!("<urlset>{many}<url><loc>{base}/old/zz.html</loc></url></urlset>");
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
            std::io::Write::write_all(&mut packed, file.as_bytes()).unwrap();
            response("200 OK", "application/gzip", packed.finish().unwrap())
        }
        "/" => page("首页", &["/news/", "/inner/a.html", "/inner/b.html"]),
        "/news/" => page("新闻", &["/"]),
        "/old/zz.html" => html(INFECTED),
        _ => response("404 Not Found", "text/html", "<p>404</p>"),
    }
}

#[test]
fn an_infected_page_that_only_a_sitemap_names_is_found_and_robots_are_heeded() {
    let base = Arc::new(Mutex::new(String::new()));
    let (asked, known) = (Arc::new(Mutex::new(Vec::new())), Arc::clone(&base));
    let log = Arc::clone(&asked);
    let server = Server::start(move |head| {
        log.lock().unwrap().push(path_of(head).to_owned());
        with_orphan(head, &known.lock().unwrap())
    });
    *base.lock().unwrap() = format!("http://{}", server.address);
    let url = server.url("/");
    let run =
        Run::scan(&[&url, "--max-pages", "20", "--depth", "3", "--format", "jsonl", "--browser", "never"]);
    let (exit, lines, told) = run.ends();
    assert_eq!(exit, 1, "{told}");
    assert!(kinds(&lines).contains(&"hidden-link".to_owned()), "{lines}");
    assert!(
        lines.lines().any(|line| line.contains("hidden-link") && line.contains("/old/zz.html")),
        "{lines}"
    );
    let forbidden =
        lines.lines().filter(|line| line.contains("\"robots\"") && line.contains("/inner/")).count();
    assert_eq!(forbidden, 2, "{lines}");
    assert!(!asked.lock().unwrap().iter().any(|path| path.starts_with("/inner/")));
}

/// Sixty articles with validators; counts what is asked conditionally.
struct Library {
    server: Server,
    unmodified: Arc<AtomicUsize>,
    cloaks: Arc<AtomicBool>,
}

impl Library {
    fn start() -> Self {
        let (unmodified, cloaks) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, lures) = (Arc::clone(&unmodified), Arc::clone(&cloaks));
        let server = Server::start(move |head| {
            let path = path_of(head);
            let lower = head.to_ascii_lowercase();
            if path == "/" && lures.load(Ordering::Relaxed) && lower.contains("baidu.com") {
                return tagged("/", &String::from_utf8(page("首页", &[])).unwrap(), INFECTED);
            }
            if lower.contains(&format!("if-none-match: \"{path}\"")) {
                count.fetch_add(1, Ordering::Relaxed);
                return format!("HTTP/1.1 304 Not Modified\r\nETag: \"{path}\"\r\nConnection: close\r\n\r\n")
                    .into_bytes();
            }
            match path {
                "/" => {
                    let links: Vec<String> = (0..60).map(|number| format!("/a/{number}.html")).collect();
                    let links: Vec<&str> = links.iter().map(String::as_str).collect();
                    with_tag("/", page("首页", &links))
                }
                article if article.starts_with("/a/") => with_tag(article, page(article, &["/"])),
                _ => response("404 Not Found", "text/html", "<p>404</p>"),
            }
        });
        Self { server, unmodified, cloaks }
    }
}

/// A response with a validator.
fn with_tag(tag: &str, bytes: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8(bytes).unwrap();
    text.replacen("Content-Type", &format!("ETag: \"{tag}\"\r\nContent-Type"), 1).into_bytes()
}

/// Another body under the same validator.
fn tagged(tag: &str, _honest: &str, body: &str) -> Vec<u8> {
    with_tag(tag, html(body))
}

#[tokio::test(flavor = "multi_thread")]
async fn unchanged_pages_cost_one_conditional_request_and_no_judgement() {
    let library = Library::start();
    let rig = Rig::quick(&["m", "d", "s"], 100);
    let first = rig.visit(&library.server.url("/"), Vec::new()).await;
    assert_eq!((first.urls, first.unchanged, first.findings.len()), (61, 0, first.findings.len()));
    let states: Vec<PageState> = states(&first)
        .into_iter()
        .map(|mut state| {
            // The marks that the home page lacks are findings; this test is about pages that are settled.
            state.facts["open"] = false.into();
            state
        })
        .collect();
    let second = rig.visit(&library.server.url("/"), states).await;
    assert_eq!((second.urls, second.unchanged), (61, 61));
    assert_eq!(
        library.unmodified.load(Ordering::Relaxed),
        60,
        "the home page is asked for as a new visitor does"
    );
    // Three profiles for the home page, robots, sitemap, and one request for each article.
    assert_eq!(second.requests, 3 + 2 + 60);
    assert!(second.pages.iter().all(|page| page.unchanged && page.state.etag.is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_page_that_lures_some_under_its_old_validator_is_found() {
    let library = Library::start();
    let rig = Rig::quick(&["m", "d", "s"], 4);
    let first = rig.visit(&library.server.url("/"), Vec::new()).await;
    let mut states = states(&first);
    for state in &mut states {
        state.facts["open"] = false.into();
    }
    library.cloaks.store(true, Ordering::Relaxed);
    let second = rig.visit(&library.server.url("/"), states).await;
    assert!(!second.pages[0].unchanged);
    let kinds: Vec<String> = second.findings.iter().map(|one| one.finding.kind.to_string()).collect();
    assert!(kinds.iter().any(|kind| kind == "hidden-link" || kind == "cloaking"), "{kinds:?}");
}

/// Every name below the domain leads somewhere, and names that nobody set up lead to a casino.
#[test]
fn a_gambling_page_under_every_made_up_sub_domain_is_found() {
    let server = Server::start(|head| {
        let host = head.to_ascii_lowercase().split("host: ").nth(1).unwrap_or_default().to_owned();
        match path_of(head) {
            "/" if host.starts_with("www.") => page("首页", &["/news/"]),
            "/" => html(
                "<title>澳门新葡京娱乐城官网</title><h1>百家乐 时时彩 真人娱乐</h1><p>澳门新葡京百家乐真人娱乐城，注册送彩金，立即开户投注。</p>",
            ),
            "/news/" => page("新闻", &["/"]),
            _ => response("404 Not Found", "text/html", "<p>404</p>"),
        }
    });
    let port = server.address.port();
    let url = format!("http://www.shuiwu.test:{port}/");
    let resolve = format!("*:{port}:127.0.0.1");
    let arguments = [
        &url,
        "--resolve",
        &resolve,
        "--max-pages",
        "10",
        "--depth",
        "2",
        "--format",
        "jsonl",
        "--browser",
        "never",
    ];
    let (exit, lines, told) = Run::scan(&arguments).ends();
    assert_eq!(exit, 1, "{told}");
    let found =
        lines.lines().any(|line| line.contains("\"illegal-content\"") && line.contains(".shuiwu.test"));
    assert!(found, "{lines}");
    let (_, single, _) =
        Run::scan(&[&url, "--resolve", &resolve, "--format", "jsonl", "--browser", "never"]).ends();
    assert!(
        !kinds(&single).contains(&"illegal-content".to_owned()),
        "one page alone asks for no sub-domain: {single}"
    );
}

/// A page that redirects within the site is one page, and a host that fails is left in peace.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_three_pages_in_a_row_is_left_in_peace() {
    let server = Server::start(|head| match path_of(head) {
        "/" => page("首页", &["/a/1.html", "/a/2.html", "/a/3.html", "/a/4.html", "/a/5.html", "/a/6.html"]),
        "/robots.txt" | "/sitemap.xml" => response("404 Not Found", "text/html", "<p>404</p>"),
        path if path.starts_with("/a/") => response("503 Service Unavailable", "text/html", "<p>503</p>"),
        _ => redirect("/"),
    });
    let scanned = Rig::quick(&["d"], 50).visit(&server.url("/"), Vec::new()).await;
    assert_eq!(scanned.urls, 4, "{:?}", paths(&scanned));
    let last = scanned.not_assessed.last().unwrap();
    assert!(
        last.detail.en.contains("stopped asking") && last.detail.en.contains("3 more"),
        "{}",
        last.detail.en
    );
}

/// Several sites on one address: requests to each and to all of them together keep the rate.
#[tokio::test(flavor = "multi_thread")]
async fn the_rate_holds_for_an_address_across_sites() {
    const RATE: f64 = 20.0;
    let asked: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let log = Arc::clone(&asked);
    let server = Server::start(move |head| {
        log.lock().unwrap().push(Instant::now());
        match path_of(head) {
            "/" => page("首页", &["/a/1.html", "/a/2.html"]),
            path if path.starts_with("/a/") => page(path, &[]),
            _ => response("404 Not Found", "text/html", "<p>404</p>"),
        }
    });
    let port = server.address.port();
    let mut fetch = FetchSettings {
        allow_private: true,
        overrides: vec![Override { host: "*".to_owned(), port, addresses: vec![server.address.ip()] }],
        ..FetchSettings::default()
    };
    fetch.manners.rate = RATE;
    fetch.manners.burst = 1;
    let rig = Arc::new(Rig::new(&["d"], 3, fetch));
    let visits: Vec<_> = (0..4)
        .map(|site| {
            let rig = Arc::clone(&rig);
            tokio::spawn(async move {
                rig.visit(&format!("http://site{site}.test:{port}/"), Vec::new()).await.urls
            })
        })
        .collect();
    for visit in visits {
        assert!(visit.await.unwrap() >= 3);
    }
    let times = asked.lock().unwrap().clone();
    assert!(times.len() >= 4 * 5, "{} requests", times.len());
    let mut seconds: BTreeMap<u64, usize> = BTreeMap::new();
    for time in &times {
        *seconds.entry(time.duration_since(times[0]).as_millis() as u64 / 1000).or_default() += 1;
    }
    // Arrival is a little later than sending, so that one more may fall into a second.
    assert!(seconds.values().all(|count| *count <= RATE as usize + 1), "{seconds:?}");
    let took = times[times.len() - 1].duration_since(times[0]).as_secs_f64();
    assert!(took >= (times.len() - 1) as f64 / RATE * 0.95, "{} requests in {took} s", times.len());
}

/// What a walk costs; run by hand: `cargo test --release --test it what_a_walk_costs -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, not a judgement"]
async fn what_a_walk_costs() {
    let filler = "本局负责全市水务工作的规划与管理，办公地址为人民路一号。".repeat(140);
    let server = Server::start(move |head| {
        let path = path_of(head);
        if head.contains(&format!("\"{path}\"")) {
            return format!("HTTP/1.1 304 Not Modified\r\nETag: \"{path}\"\r\nConnection: close\r\n\r\n")
                .into_bytes();
        }
        let number: u32 = path.trim_start_matches("/a/").trim_end_matches(".html").parse().unwrap_or(0);
        let links: String =
            (1..=5).map(|step| format!("<a href='/a/{}.html'>详情</a>", (number * 5 + step) % 200)).collect();
        match path {
            "/robots.txt" | "/sitemap.xml" => response("404 Not Found", "text/html", ""),
            path if path == "/" || path.starts_with("/a/") => {
                let body = format!(
                    "<!DOCTYPE html><title>{path}</title><p>{filler}</p>{links}<script>document.title</script>"
                );
                with_tag(path, html(&body))
            }
            _ => response("404 Not Found", "text/html", "<p>404</p>"),
        }
    });
    let rig = Rig::quick(&["m", "d", "s"], 201);
    let mut known = Vec::new();
    for round in ["first", "unchanged"] {
        let (before, cpu) = (Instant::now(), cpu_seconds());
        let scanned = rig.visit(&server.url("/"), known).await;
        let (took, cpu) = (before.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        let pages = scanned.urls as f64;
        eprintln!(
            "{round}: {} pages ({} unchanged), {:.2} requests/page, {:.2} ms CPU/page (server within), {:.0} pages/s",
            scanned.urls,
            scanned.unchanged,
            scanned.requests as f64 / pages,
            cpu * 1000.0 / pages,
            pages / took
        );
        known = states(&scanned);
        for state in &mut known {
            state.facts["open"] = false.into();
        }
    }
}

/// Processor time of this process, from `/proc`, at 100 ticks a second.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}
