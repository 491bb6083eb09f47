//! The browser room from the outside: loopback servers and a real Chromium; skipped, with a word, where none is installed.

#![expect(clippy::print_stdout, reason = "a skipped check says so")]
#![expect(clippy::unwrap_used, reason = "servers and helpers of tests may fail the test they serve")]

mod hostile;
mod server;
mod visitor;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use url::Url;
use xuncha::browser::{Browser, Guard, Limits, Order, Rendered, Settings};
use xuncha::exchange::Failure;
use xuncha::exchange::profile::Profile;
use xuncha::fetch::guard::{check_url, standing};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A browser that may reach 127.0.0.1, and no other address that is not public. Every name ending in `.test` is
/// 127.0.0.1, except those that say where they lead.
async fn browser() -> Option<Browser> {
    browser_with(|_| {}).await
}

async fn browser_with(change: impl FnOnce(&mut Settings)) -> Option<Browser> {
    let Some(mut settings) = Settings::found() else {
        println!("skipped: no Chromium is installed");
        return None;
    };
    settings.limits = Limits {
        total: Duration::from_secs(20),
        answer: Duration::from_secs(3),
        linger: Duration::from_millis(300),
        still: Duration::from_millis(300),
        ..Limits::default()
    };
    change(&mut settings);
    Some(Browser::launch(settings, guard()).await.unwrap())
}

fn guard() -> Guard {
    Guard::new(
        |name, _| {
            Box::pin(async move {
                Ok(match name.as_str() {
                    "inner.test" => vec![IpAddr::from([10, 0, 0, 1])],
                    "other-loopback.test" => vec![IpAddr::from([127, 0, 0, 2])],
                    "metadata.test" => vec![IpAddr::from([169, 254, 169, 254])],
                    "both.test" => vec![IpAddr::from([169, 254, 169, 254]), HOME],
                    name if name.ends_with(".test") => vec![HOME],
                    _ => Vec::new(),
                })
            })
        },
        |url, ip| {
            check_url(url, ip == HOME)?;
            if standing(ip).admits(ip == HOME) {
                Ok(())
            } else {
                Err(Failure::ForbiddenAddress(ip.to_string()))
            }
        },
    )
}

fn order(profile: &str, url: &str) -> Order {
    Order::new(Url::parse(url).unwrap(), &Profile::by_id(profile).unwrap())
}

async fn visit(browser: &Browser, profile: &str, url: &str) -> Rendered {
    browser.visit(&order(profile, url)).await.unwrap()
}

/// Keeps a picture for a person to look at, where a directory for that is named.
fn show(name: &str, png: Option<&Vec<u8>>) {
    if let (Some(directory), Some(png)) = (std::env::var_os("XUNCHA_PICTURES"), png) {
        std::fs::write(std::path::Path::new(&directory).join(format!("{name}.png")), png).unwrap();
    }
}
