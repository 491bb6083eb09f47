//! Whole scans, through the library: what cannot be seen in one command.

use std::time::Duration;

use xuncha::exchange::profile::Profile;
use xuncha::fetch::Fetcher;
use xuncha::fetch::settings::{FetchSettings, Override};
use xuncha::lang::Lang;
use xuncha::lexicon::Lexicon;
use xuncha::scan::{BrowserUse, Scanner, Settings};
use xuncha::target::OperatorKind;

use crate::server::{Server, html};

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
