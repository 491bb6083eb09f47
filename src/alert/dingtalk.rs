//! Robots of DingTalk groups: Markdown, signed in the address.
//!
//! <https://open.dingtalk.com/document/orgapp/custom-robot-access>: 20 messages a minute, 20,000 bytes a message.

use jiff::Timestamp;
use serde_json::json;

use super::escape::folded;
use super::message::{of, subject_line};
use super::robot::{blocks, json, markdown};
use super::{Batch, Channel, ChannelKind, Post, sign};

/// Bytes of the text; the rest of the body and the escapes of JSON need room, too.
const MOST: usize = 16_000;

pub(super) fn post(channel: &Channel, batch: &Batch<'_>, now: Timestamp) -> Post {
    let (lang, message) = of(channel, batch);
    let title = folded(&subject_line(&message));
    let blocks = blocks(&message, lang, MOST, |item| markdown(item, ChannelKind::DingTalk, lang));
    let text = format!("#### {title}\n\n{}", blocks.join("\n\n"));
    let mut url = channel.address.0.clone();
    if let Some(secret) = &channel.secret {
        let time = now.as_millisecond();
        let sign = sign::dingtalk(&secret.0, time);
        url.query_pairs_mut().append_pair("timestamp", &time.to_string()).append_pair("sign", &sign);
    }
    let body = json!({
        "msgtype": "markdown",
        "markdown": { "title": title, "text": text },
        "at": { "isAtAll": false },
    });
    json(channel, url, &body)
}
