//! Tests against servers on loopback: what they see, and what comes of whatever they do.

mod certificates;
mod failures;
mod posts;
mod server;
mod visits;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use super::names::{Answer, Lookup};
use super::settings::{FetchSettings, Manners};
use super::*;
use crate::exchange::Failure;
use crate::exchange::profile::Cookies;
use server::{Server, tiny_limits};

/// A resolver that knows two names and asks nobody.
#[derive(Debug)]
struct Table;

impl Lookup for Table {
    fn lookup<'a>(&'a self, host: &'a str) -> Answer<'a> {
        Box::pin(async move {
            match host {
                "here.test" => Ok(vec![IpAddr::from([127, 0, 0, 1])]),
                "metadata.test" => Ok(vec![IpAddr::from([169, 254, 169, 254])]),
                "empty.test" => Ok(Vec::new()),
                _ => Err(io::Error::other("no such name")),
            }
        })
    }
}

fn settings() -> FetchSettings {
    FetchSettings {
        allow_private: true,
        limits: tiny_limits(),
        manners: Manners { rate: 0.0, ..Manners::default() },
        trust: settings::Trust::Only(Vec::new()),
        lookup: Arc::new(Table),
        ..FetchSettings::default()
    }
}

fn fetcher() -> Fetcher {
    Fetcher::new(settings()).unwrap()
}

fn profile(id: &str) -> Profile {
    Profile::by_id(id).unwrap()
}

fn jar() -> Jar {
    Jar::new(Cookies::Empty)
}

async fn get(fetcher: &Fetcher, url: &Url) -> Exchange {
    fetcher.get(&Order::page(url.clone(), profile("d")), &jar(), ExchangeId(0)).await
}

async fn visit(fetcher: &Fetcher, url: Url) -> Visit {
    fetcher.visit(&Order::page(url, profile("m")), &jar(), ExchangeId(0)).await
}
