//! The alert channels as the console shows them. Whoever patrols delivers; here they are looked at and tried.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Mutex;

use super::Console;
use super::problem::Problem;
use super::who::Who;
use crate::alert::{Channel, Network, Settings};
use crate::desk::{ChannelStatus, Deliverer, try_channel};
use crate::lang::Bilingual;
use crate::store::Store;
use crate::store::accounts::Role;

/// What the console knows of alert channels.
pub enum Alerts {
    /// None is set up.
    Nothing,
    /// The settings hold mistakes, or a secret cannot be read; in words. The console serves all the same.
    Wrong(Bilingual),
    /// These.
    Channels(Box<Channels>),
}

/// Channels with what it takes to look at them.
pub struct Channels {
    settings: Settings,
    network: Arc<dyn Network>,
    /// Looks how they stand and delivers nothing; it remembers which events it read.
    looking: Mutex<Deliverer>,
}

/// How a channel stands, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The last message did not arrive.
    Failing,
    /// Events wait for the end of a span, of quiet hours or of a limit.
    Held,
    /// Events wait to be told.
    Waiting,
    /// The last message arrived, and nothing waits.
    Works,
    /// No message went over it yet.
    Unused,
}

impl State {
    pub(super) fn of(status: &ChannelStatus) -> Self {
        match status {
            status if status.failures > 0 => Self::Failing,
            ChannelStatus { held_until: Some(_), .. } => Self::Held,
            status if status.waiting > 0 => Self::Waiting,
            ChannelStatus { last_success: Some(_), .. } => Self::Works,
            _ => Self::Unused,
        }
    }

    /// The stable word.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::Works => "works",
            Self::Unused => "unused",
        }
    }
}

impl Channels {
    /// Channels of checked settings; names of sites come from the registry at a path.
    pub fn new(
        settings: Settings,
        store: Arc<dyn Store>,
        network: Arc<dyn Network>,
        registry: PathBuf,
    ) -> Self {
        let looking = Deliverer::new(settings.clone(), store, Arc::clone(&network), Some(registry));
        Self { settings, network, looking: Mutex::new(looking) }
    }

    /// The routes of a channel in both languages, in their order.
    pub(super) fn routes(&self, channel: &str) -> Vec<(String, Bilingual)> {
        let own = self.settings.routes.iter().filter(|route| route.channels.iter().any(|one| one == channel));
        let told = |lang| move |route: &crate::alert::Route| route.told(lang);
        let (zh, en) = (told(crate::lang::Lang::Zh), told(crate::lang::Lang::En));
        own.map(|route| (route.name.clone(), Bilingual::new(zh(route), en(route)))).collect()
    }
}

impl Console {
    /// How each channel stands; empty where none is set up.
    pub(super) async fn channels(&self) -> Result<Vec<ChannelStatus>, Problem> {
        let Alerts::Channels(channels) = &self.alerts else { return Ok(Vec::new()) };
        Ok(channels.looking.lock().await.status(Timestamp::now()).await?)
    }
}

/// Sends a test message over a channel; gives what the receiver answered, or why it did not arrive.
pub(super) async fn tried(
    console: &Console,
    who: &Who,
    name: &str,
) -> Result<Result<String, String>, Problem> {
    who.may(Role::Administrator)?;
    let unknown = || Problem::unknown(&name.chars().take(60).collect::<String>());
    let Alerts::Channels(channels) = &console.alerts else { return Err(unknown()) };
    let named = |channel: &&Channel| channel.name == name;
    let channel = channels.settings.channels.iter().find(named).ok_or_else(unknown)?;
    who.notes(console, "alert.test", name, serde_json::json!({})).await?;
    let came = try_channel(&channels.settings, channel, &*channels.network, Timestamp::now()).await;
    Ok(came.map_err(|error| error.reason()))
}
