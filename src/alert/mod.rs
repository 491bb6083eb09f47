//! Alerts: what people are told when something happens to an incident, over which channel, and when.
//!
//! Routes choose ([`Route`]), grouping, quiet hours and rate limits say when ([`plan`]), one file per channel says how.
//! Messages are composed and signed here and leave through a [`Network`] that the caller gives, so that every hook passes
//! the one address guard. Time comes in as an argument. Knows nothing of storage, and judges nothing.

mod dingtalk;
mod escape;
mod feishu;
mod mail;
mod message;
mod notice;
mod plan;
mod robot;
mod settings;
mod sign;
mod syslog;
mod webhook;
mod wecom;
mod words;
mod written;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;

use async_trait::async_trait;
use jiff::Timestamp;
use url::Url;

pub use message::{Batch, Purpose};
pub use notice::{Notice, What};
pub use plan::{Step, plan};
pub use settings::{Channel, ChannelKind, Quiet, Route, Secret, Settings};
pub use sign::webhook as webhook_signature;
pub use written::{Lookup, Written};

/// How messages leave: the guarded client of the room that has it.
#[async_trait]
pub trait Network: Send + Sync {
    /// Posts a body and gives what was answered; follows no redirect.
    ///
    /// # Errors
    /// Why nothing was sent or nothing came back, in words.
    async fn post(&self, post: &Post) -> Result<Answer, String>;

    /// The addresses at which a host may be asked, after name resolution and the guard; for mail and syslog.
    ///
    /// # Errors
    /// Why it may not be asked, in words.
    async fn admit(&self, host: &str, port: u16, allow_private: bool) -> Result<Vec<SocketAddr>, String>;
}

/// A body to be posted.
#[derive(Debug, Clone)]
pub struct Post {
    /// Where to.
    pub url: Url,
    /// Fields of the header beside length and host.
    pub headers: Vec<(String, String)>,
    /// What.
    pub body: Vec<u8>,
    /// Whether it may go to a private or loopback address.
    pub allow_private: bool,
}

/// What was answered to a post.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

/// Why a message did not arrive; each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The receiver cannot be asked.
    #[error("reach {channel}: {why}")]
    Unreachable {
        /// The channel's name.
        channel: String,
        /// In the words of the network.
        why: String,
    },
    /// The receiver did not take it.
    #[error("deliver to {channel}: it answered {answer}")]
    Refused {
        /// The channel's name.
        channel: String,
        /// What it answered.
        answer: String,
    },
    /// The message could not be made.
    #[error("write the message for {channel}: {why}")]
    Compose {
        /// The channel's name.
        channel: String,
        /// In what way.
        why: String,
    },
}

impl SendError {
    /// What went wrong, without the name of the channel, for those who show it beside the name.
    pub fn reason(&self) -> String {
        match self {
            Self::Unreachable { why, .. } | Self::Compose { why, .. } => why.clone(),
            Self::Refused { answer, .. } => format!("answered {answer}"),
        }
    }
}

/// Sends one message about a batch of events over a channel; gives what the receiver answered, without any secret of the
/// channel that it quotes.
///
/// # Errors
/// It did not arrive, or nobody can say that it did.
pub async fn send(
    channel: &Channel,
    batch: &Batch<'_>,
    network: &dyn Network,
    now: Timestamp,
) -> Result<String, SendError> {
    let hiding = |text: &str| channel.hiding(text);
    match sent(channel, batch, network, now).await {
        Ok(answer) => Ok(hiding(&answer)),
        Err(mut error) => {
            match &mut error {
                SendError::Unreachable { why: text, .. }
                | SendError::Compose { why: text, .. }
                | SendError::Refused { answer: text, .. } => *text = hiding(text),
            }
            Err(error)
        }
    }
}

async fn sent(
    channel: &Channel,
    batch: &Batch<'_>,
    network: &dyn Network,
    now: Timestamp,
) -> Result<String, SendError> {
    let post = match channel.kind {
        ChannelKind::Mail => return mail::send(channel, batch, network, now).await,
        ChannelKind::Syslog => return syslog::send(channel, batch, network, now).await,
        ChannelKind::Webhook => webhook::post(channel, batch, now),
        ChannelKind::DingTalk => dingtalk::post(channel, batch, now),
        ChannelKind::WeCom => wecom::post(channel, batch, now),
        ChannelKind::Feishu => feishu::post(channel, batch, now),
    };
    let unreachable = |why| SendError::Unreachable { channel: channel.name.clone(), why };
    let answer = network.post(&post).await.map_err(unreachable)?;
    let told = told(&answer);
    let taken = match channel.kind {
        ChannelKind::DingTalk | ChannelKind::WeCom => robot::takes(&answer, &["errcode"]),
        ChannelKind::Feishu => robot::takes(&answer, &["code", "StatusCode"]),
        _ => (200..300).contains(&answer.status),
    };
    if taken { Ok(told) } else { Err(SendError::Refused { channel: channel.name.clone(), answer: told }) }
}

/// The longest piece of an answer that is repeated, in characters.
const QUOTED: usize = 240;

/// An answer in one line.
fn told(answer: &Answer) -> String {
    let body = String::from_utf8_lossy(&answer.body);
    let status = answer.status;
    match escape::line(body.trim(), QUOTED) {
        body if body.is_empty() => status.to_string(),
        body => format!("{status} {body}"),
    }
}
