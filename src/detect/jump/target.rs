//! What a jump leads to: illegal content, an honest neighbour, or something that nobody looked at yet.

use url::{Host, Url};

use super::Jump;
use crate::detect::Context;
use crate::detect::dossier::{Dossier, Landing};
use crate::detect::known::Service;
use crate::exchange::stand_in::StandIn;
use crate::finding::Category;

/// What an outside address turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// It was looked at, and promotes something illegal.
    Illegal {
        /// What.
        category: Category,
        /// 0 to 1: how sure.
        score: f64,
        /// Its title.
        title: String,
        /// Jargon met there.
        terms: Vec<String>,
        /// Where the way ended.
        end: Url,
    },
    /// Its address alone looks like that of a gambling platform (0.7 to 1).
    Dubious(f64),
    /// It is an app or a profile to install.
    Install,
    /// Nobody looked at it, and its address says nothing.
    Unknown,
    /// It was looked at, and nothing is wrong with it.
    Ordinary,
    /// It is parked or for sale.
    Parked,
    /// A sign-in of the same operator, an authority, a known service, a provider's notice.
    Honest,
}

impl Target {
    /// Whether it bears a payload or might.
    pub fn is_loud(&self) -> bool {
        matches!(self, Self::Illegal { .. } | Self::Dubious(_) | Self::Install | Self::Unknown)
    }
}

/// What a landing with that address turned out to be, if anybody looked.
pub fn landing<'a>(dossier: &'a Dossier, url: &Url) -> Option<&'a Landing> {
    let host = url.host_str();
    dossier.landing(url).or_else(|| {
        // Kits add a random tail to the address: the same host is the same place.
        dossier
            .landings
            .iter()
            .find(|landing| landing.asked.host_str() == host && landing.asked.port() == url.port())
    })
}

/// Judges where a jump leads.
pub fn judge(dossier: &Dossier, jump: &Jump, context: &Context<'_>) -> Target {
    judge_address(dossier, &jump.to, context)
}

/// Judges an outside address.
pub fn judge_address(dossier: &Dossier, to: &Url, context: &Context<'_>) -> Target {
    let landing = landing(dossier, to);
    if let Some(landing) = landing
        && let Some(category) = landing.category
    {
        return Target::Illegal {
            category,
            score: landing.score,
            title: landing.title.clone(),
            terms: landing.terms.clone(),
            end: landing.end.clone(),
        };
    }
    if is_honest(dossier, to, context) {
        return Target::Honest;
    }
    let address = context.lexicon.address_score(to);
    match landing {
        Some(landing) if landing.stand_in == Some(StandIn::Parked) => Target::Parked,
        Some(Landing { stand_in: Some(StandIn::ProviderBlock { .. } | StandIn::Shutdown), .. }) => {
            Target::Honest
        }
        Some(landing) if !context.known.outside(dossier, &landing.end) => Target::Honest,
        _ if installs(to) => Target::Install,
        _ if address >= 0.7 => Target::Dubious(address),
        Some(landing) if landing.not_assessed.is_none() && landing.stand_in.is_none() => Target::Ordinary,
        _ => Target::Unknown,
    }
}

/// Whether an address is that of a package or profile that phones install.
fn installs(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    [".apk", ".ipa", ".mobileconfig", ".plist"].iter().any(|end| path.ends_with(end))
}

/// Words in a host or path that say sign-in.
const SIGN_IN: [&str; 12] = [
    "sso",
    "cas",
    "login",
    "passport",
    "oauth",
    "oauth2",
    "authserver",
    "auth",
    "idp",
    "account",
    "accounts",
    "signin",
];
/// Hosts of notices that providers put before sites without filing.
const NOTICES: [&str; 4] = ["batit.aliyun.com", "dnspod.qcloud.com", "webblock", "beian.aliyun.com"];

fn is_honest(dossier: &Dossier, url: &Url, context: &Context<'_>) -> bool {
    let Some(host) = url.host_str() else { return true };
    if NOTICES.iter().any(|notice| url.as_str().contains(notice)) {
        return true;
    }
    // Anybody may put a page into a bucket or behind a content network.
    if context.known.service(host).is_some_and(|service| service != Service::Network) {
        return true;
    }
    signs_in(dossier, url)
}

/// A sign-in that says where to come back to, and comes back here.
fn signs_in(dossier: &Dossier, url: &Url) -> bool {
    if matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_)) | None) {
        return false;
    }
    let mut words =
        url.host_str().unwrap_or_default().split(['.', '-']).chain(url.path().split(['/', '.', '_', '-']));
    let speaks = words.any(|word| SIGN_IN.contains(&word.to_ascii_lowercase().as_str()));
    speaks
        && url.query_pairs().any(|(_, value)| {
            Url::parse(&value).is_ok_and(|back| crate::exchange::host::same_site(&dossier.url, &back))
        })
}
