//! What no outside caller can bring about: pages of the browser itself.

use std::net::IpAddr;
use std::time::Duration;

use url::Url;

use super::*;
use crate::exchange::profile::Profile;

#[tokio::test]
async fn a_crashed_renderer_is_a_value_and_condemns_its_process() {
    let Some(settings) = Settings::found() else {
        println!("skipped: no Chromium is installed");
        return;
    };
    let guard = Guard::new(
        |_, _| Box::pin(async { Ok(Vec::<IpAddr>::new()) }),
        |_, ip| Err(Failure::ForbiddenAddress(ip.to_string())),
    );
    let process = Process::start(&settings).await.unwrap();
    let mut order = Order::new(Url::parse("http://a.test/").unwrap(), &Profile::by_id("d").unwrap());
    order.url = Url::parse("chrome://crash").unwrap();
    let limits = Limits { total: Duration::from_secs(10), ..Limits::default() };
    let proxy = Proxy::start(guard.clone(), &limits, Vec::new()).await.unwrap();
    let visit = Visit::open(&process.wire, &order, &limits, &guard, proxy.address).await.unwrap();
    let ((rendered, _), healthy) = see(visit, &proxy, &[], Lang::Zh).await;
    assert!(!healthy);
    if settings.program.ends_with("chromium-headless-shell") {
        assert_eq!(rendered.outcome, Outcome::Crashed);
    } else {
        assert!(matches!(rendered.outcome, Outcome::Crashed | Outcome::TimedOut { .. }));
    }
    assert_eq!(rendered.html, None);
}
