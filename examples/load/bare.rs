//! A bare client: the same pages, fetched and thrown away, for comparison.

use std::error::Error;
use std::fmt;
use std::time::Instant;

use futures_util::StreamExt as _;

use super::server::file;

/// What the bare client managed.
pub(crate) struct Bare {
    pub(crate) pages_a_second: f64,
}

impl fmt::Display for Bare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:8.0} pages/s, one request each", self.pages_a_second)
    }
}

/// Fetches every page of every host once, so many hosts at a time, the pages of a host one after the other.
pub(crate) fn fetch(hosts: &[String], pages: usize, at_once: usize) -> Result<Bare, Box<dyn Error>> {
    // The client will not be made without, though nothing here is encrypted. A second installation would do no harm.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let begun = Instant::now();
    let fetched: usize = runtime.block_on(async {
        let hosts = futures_util::stream::iter(hosts.iter().cloned()).map(|host| {
            let client = client.clone();
            async move {
                let mut fetched = 0;
                for number in 0..pages {
                    let page = client.get(format!("http://{host}/{}", file(number))).send().await;
                    if let Ok(page) = page
                        && page.bytes().await.is_ok_and(|body| !body.is_empty())
                    {
                        fetched += 1;
                    }
                }
                fetched
            }
        });
        hosts.buffer_unordered(at_once).fold(0, |sum, one| async move { sum + one }).await
    });
    if fetched != hosts.len() * pages {
        return Err(format!("the bare client got {fetched} of {} pages", hosts.len() * pages).into());
    }
    Ok(Bare { pages_a_second: super::count_of(fetched) / begun.elapsed().as_secs_f64() })
}
