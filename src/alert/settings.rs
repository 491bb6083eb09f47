//! Channels and routes, checked.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use lettre::message::Mailbox;
use url::Url;

use super::{Notice, What};
use crate::finding::{Severity, words};
use crate::lang::Lang;
use crate::target::cadence::Window;
use crate::target::hours::Hours;

/// Who is told of what.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where the console can be reached, for links in messages.
    pub console: Option<Url>,
    /// The channels; names are unique.
    pub channels: Vec<Channel>,
    /// The routes in order; of those that name a channel, the first that takes an event decides.
    pub routes: Vec<Route>,
}

words! {
    /// The kinds of channel.
    ChannelKind {
        /// Mail by SMTP.
        Mail = "mail",
        /// A signed JSON body posted to any receiver.
        Webhook = "webhook",
        /// A robot of a DingTalk (钉钉) group.
        DingTalk = "dingtalk",
        /// A robot of a WeCom (企业微信) group.
        WeCom = "wecom",
        /// A robot of a Feishu (飞书) group.
        Feishu = "feishu",
        /// RFC 5424 with a CEF body, over UDP or TCP.
        Syslog = "syslog",
    }
}

impl ChannelKind {
    /// Messages a minute that the service bears; beyond them it locks the robot out for a while. One below what DingTalk
    /// and WeCom document (20), ten below Feishu's 100.
    pub fn per_minute(self) -> Option<usize> {
        match self {
            Self::DingTalk | Self::WeCom => Some(19),
            Self::Feishu => Some(90),
            Self::Mail | Self::Webhook | Self::Syslog => None,
        }
    }

    /// How many events one message takes; robots and mail list as many as fit and count the rest.
    pub fn most(self) -> usize {
        match self {
            Self::Webhook | Self::Syslog => 100,
            Self::Mail | Self::DingTalk | Self::WeCom | Self::Feishu => 1000,
        }
    }
}

/// A way to tell people or machines.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its name in routes, status and logs.
    pub name: String,
    /// What it is.
    pub kind: ChannelKind,
    /// Where it leads. It may hold a key: never shown.
    pub address: Secret<Url>,
    /// What signs or opens.
    pub secret: Option<Secret<String>>,
    /// Mail: who logs in.
    pub user: Option<String>,
    /// Mail: who writes.
    pub from: Option<Mailbox>,
    /// Mail: to whom.
    pub to: Vec<Mailbox>,
    /// Mail: a certification authority in PEM beside the usual ones.
    pub authority: Option<Vec<u8>>,
    /// Whether it may lie at a private or loopback address.
    pub allow_private: bool,
    /// The language of its messages.
    pub lang: Lang,
}

/// Characters from which on a part of an address may be a key; shorter ones are words of the service.
const SHORTEST_KEY: usize = 8;

impl Channel {
    /// A text without anything secret of the channel: receivers quote what they were asked with.
    pub fn hiding(&self, text: &str) -> String {
        let address = &self.address.0;
        let path = &address[url::Position::BeforePath..url::Position::AfterQuery];
        let parts = address.path_segments().into_iter().flatten().map(str::to_owned);
        let values = address.query_pairs().map(|(_, value)| value.into_owned());
        let raw = address.query().into_iter().flat_map(|query| query.split(['&', '='])).map(str::to_owned);
        let mut secrets: Vec<String> = parts.chain(values).chain(raw).chain([path.to_owned()]).collect();
        secrets.extend(address.password().map(str::to_owned));
        secrets.retain(|part| part.chars().count() >= SHORTEST_KEY);
        secrets.extend(self.secret.iter().map(|secret| secret.0.clone()));
        secrets.extend(self.user.clone());
        // The longest first: what holds another goes whole.
        secrets.sort_by_key(|part| std::cmp::Reverse(part.len()));
        let mut text = text.to_owned();
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            text = text.replace(secret.as_str(), "…");
        }
        text
    }
}

/// A value that does not show in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(pub T);

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Which events go where, and when.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its name in status; unique.
    pub name: String,
    /// Names of channels.
    pub channels: Vec<String>,
    /// Incidents at least that severe.
    pub severity: Severity,
    /// Sites with one of these labels; empty: all.
    pub labels: Vec<String>,
    /// Sites in one of these divisions: leading digits of the code, or the name; empty: all.
    pub divisions: Vec<String>,
    /// These happenings.
    pub events: Vec<What>,
    /// When nobody is to be disturbed.
    pub quiet: Option<Quiet>,
    /// Events of that span are told together.
    pub group: SignedDuration,
    /// Messages an hour over each channel at the most.
    pub per_hour: Option<usize>,
}

/// When nobody is to be disturbed.
#[derive(Debug, Clone)]
pub struct Quiet {
    /// The windows.
    pub windows: Vec<Window>,
    /// By whose clock.
    pub zone: TimeZone,
    /// Whether critical incidents are told all the same.
    pub critical_passes: bool,
}

impl Quiet {
    /// When the quiet that holds at a time is over; `None` where none holds.
    pub fn until(&self, now: Timestamp) -> Option<Timestamp> {
        let loud = Hours::of(&[], &self.windows);
        if loud.admit(now, &self.zone) {
            return None;
        }
        let end = loud.from(now, &self.zone).map(|stretch| stretch.start);
        // Checked settings always leave a minute; a wrong one is asked again in an hour.
        end.or_else(|| now.checked_add(SignedDuration::from_hours(1)).ok())
    }
}

impl Route {
    /// Whether it takes an event.
    pub fn takes(&self, notice: &Notice) -> bool {
        let label = |label: &String| notice.labels.contains(label);
        let division = |wanted: &String| notice.division.as_deref().is_some_and(|own| lies_in(own, wanted));
        notice.severity >= self.severity
            && self.events.contains(&notice.what)
            && (self.labels.is_empty() || self.labels.iter().any(label))
            && (self.divisions.is_empty() || self.divisions.iter().any(division))
    }
}

/// Codes lie in what they begin with (`330106` in `33`, `3301` and `330100`); names are compared as they are.
fn lies_in(own: &str, wanted: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(own) || !digits(wanted) {
        return own == wanted;
    }
    // A province ends in four zeros, a city in two.
    let stem = match wanted.len() {
        6 => wanted.strip_suffix("0000").or_else(|| wanted.strip_suffix("00")).unwrap_or(wanted),
        _ => wanted,
    };
    own.starts_with(stem)
}

impl Settings {
    /// The route by which an event goes over a channel: the first that names the channel and takes the event.
    pub fn route(&self, channel: &Channel, notice: &Notice) -> Option<usize> {
        self.routes.iter().position(|route| route.channels.contains(&channel.name) && route.takes(notice))
    }
}
