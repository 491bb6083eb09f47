//! Robots of WeCom groups: Markdown; the key stands in the address.
//!
//! <https://developer.work.weixin.qq.com/document/path/91770>: 20 messages a minute, 4,096 bytes of Markdown.

use jiff::Timestamp;
use serde_json::json;

use super::escape::{cut, folded};
use super::message::{of, subject_line};
use super::robot::{blocks, json, markdown};
use super::{Batch, Channel, ChannelKind, Post};

/// Bytes of Markdown.
const MOST: usize = 4096;

pub(super) fn post(channel: &Channel, batch: &Batch<'_>, _now: Timestamp) -> Post {
    let (lang, message) = of(channel, batch);
    let title = folded(&subject_line(&message));
    let blocks = blocks(&message, lang, MOST, |item| markdown(item, ChannelKind::WeCom, lang));
    let content = cut(&format!("#### {title}\n{}", blocks.join("\n\n")), MOST);
    let body = json!({ "msgtype": "markdown", "markdown": { "content": content } });
    json(channel, channel.address.0.clone(), &body)
}
