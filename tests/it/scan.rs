//! Whole scans, through the library: what cannot be seen in one command.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use xuncha::exchange::profile::Profile;
use xuncha::fetch::Fetcher;
use xuncha::fetch::settings::{FetchSettings, Override};
use xuncha::lang::Lang;
use xuncha::lexicon::Lexicon;
use xuncha::scan::{BrowserUse, Scanner, Settings};
use xuncha::target::OperatorKind;

use crate::cli::Run;
use crate::server::{Server, html, response};

/// Far more than the scan takes, so that a scan that would wait for ever fails the test.
const FOR_EVER: Duration = Duration::from_secs(120);

/// Site and outside hosts on one address that bears one connection: whoever holds the turn must come to its end.
#[tokio::test(flavor = "multi_thread")]
async fn a_scan_never_waits_for_itself_on_a_shared_address() {
    let server = Server::start(|_| {
        html(
            "<title>某市水务局</title><p>通知公告</p><div style='display:none'>\
             <a href='http://one.test/'>永利娱乐城</a><a href='http://two.test/'>澳门新葡京</a>\
             <a href='http://three.test/'>彩票开户</a><a href='http://four.test/'>百家乐</a></div>",
        )
    });
    let everywhere = ["site.test", "one.test", "two.test", "three.test", "four.test"];
    let overrides =
        everywhere.iter().flat_map(|host| [80, server.address.port()].map(|port| (host, port))).map(
            |(host, port)| Override { host: (*host).to_owned(), port, addresses: vec![server.address.ip()] },
        );
    let mut fetch =
        FetchSettings { allow_private: true, overrides: overrides.collect(), ..FetchSettings::default() };
    fetch.manners.rate = 0.0;
    fetch.manners.connections = 1;
    let evidence = tempfile::tempdir().unwrap();
    let settings = Settings {
        profiles: ["m", "d", "s"].iter().filter_map(|id| Profile::by_id(id)).collect(),
        profile_gap: Duration::ZERO,
        landings: 4,
        trigger_probes: 2,
        resources: 2,
        max_pages: 1,
        depth: 0,
        probe_missing_path: true,
        as_of: None,
        operator: OperatorKind::Unknown,
        evidence: evidence.path().to_owned(),
        keep_clean: false,
        browser: BrowserUse::Never,
        lang: Lang::Zh,
        target: None,
        authorisation: None,
        exposure: None,
    };
    let scanner = Scanner::new(Fetcher::new(fetch).unwrap(), Lexicon::with_sets(&[]).unwrap(), settings);
    let url = format!("http://site.test:{}/", server.address.port()).parse().unwrap();
    let scanned = tokio::time::timeout(FOR_EVER, scanner.scan(&url, &|_| {})).await.unwrap().unwrap();
    assert!(!scanned.findings.is_empty());
    assert!(scanned.requests >= 8, "{} requests: site, control and four landings", scanned.requests);
}

/// What a page shows only after it asked an interface is judged; nothing is sent anywhere, nothing is asked for that takes
/// a visitor's doing, and each text is asked for once.
#[test]
fn what_a_page_asks_for_by_itself_is_fetched_once_and_nothing_else() {
    const PAGE: &str = "<!DOCTYPE html><meta charset=utf-8><title>某市水务局</title><h1>某市水务局</h1><p>本局负责全市水资源的管理和保护，\
        统筹城乡供水与防汛抗旱工作。</p><div id=list></div><button id=more>更多</button><script>\
        fetch('/api/list.json').then(function(r){return r.json()}).then(function(d){document.getElementById('list').innerHTML=d.text});\
        var x=new XMLHttpRequest();x.open('POST','/api/count');x.send('n=1');\
        document.getElementById('more').onclick=function(){fetch('/api/more.json')};</script>";
    const LIST: &str = r#"{"text":"<a href='http://one.test/'>澳门新葡京娱乐城开户</a> <a href='http://two.test/'>百家乐时时彩注册送彩金</a>"}"#;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let server = Server::start(move |head| {
        let line: String = head.split(' ').take(2).collect::<Vec<_>>().join(" ");
        log.lock().unwrap().push(line.clone());
        match line.as_str() {
            "GET /" => html(PAGE),
            "GET /api/list.json" => response("200 OK", "application/json", LIST),
            _ => response("404 Not Found", "text/html", "<h1>404</h1>"),
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let run = Run::scan(&[&server.url("/"), "--format", "jsonl", "--profiles", "m,d"]);
    let (exit, lines, told) = run.within(folder.path()).ends();
    assert!((0..=1).contains(&exit), "{exit} {told}");
    let of_api = |asked: &[String]| -> Vec<String> {
        asked.iter().filter(|line| line.contains("/api/")).cloned().collect()
    };
    assert_eq!(of_api(&asked.lock().unwrap()), ["GET /api/list.json"]);
    let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let grave = lines.filter(|line| line["severity"] == "high" || line["severity"] == "medium");
    let grave: Vec<String> =
        grave.map(|line| line["kind"].to_string()).filter(|kind| !kind.contains("mark")).collect();
    assert!(!grave.is_empty(), "what the interface brought was judged");
}
