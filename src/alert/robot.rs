//! What the robots of group chats have in common: a text in blocks under a limit, and answers that say in their body
//! whether the message was taken, whatever the status.

use super::escape::{address, cut, folded};
use super::message::{Item, Message, Value};
use super::words::say;
use super::{Answer, ChannelKind, Post};
use crate::alert::Channel;
use crate::lang::Lang;
use url::Url;

/// Items listed at the most: nobody reads more on a telephone.
const LISTED: usize = 30;
/// Bytes kept free for what was left out and the last line.
const RESERVED: usize = 400;

/// The text of a message in blocks: title, items, what was left out, last line. `block` writes an item; all blocks together
/// take at most so many bytes.
pub(super) fn blocks(
    message: &Message,
    lang: Lang,
    most: usize,
    block: impl Fn(&Item) -> String,
) -> Vec<String> {
    let room = most.saturating_sub(RESERVED + message.subject.len() * 3);
    let mut blocks = Vec::new();
    let mut used = 0;
    for item in message.items.iter().take(LISTED) {
        let text = block(item);
        if used + text.len() > room && !blocks.is_empty() {
            break;
        }
        let text = cut(&text, room);
        used += text.len() + 2;
        blocks.push(text);
    }
    let left = message.items.len() - blocks.len();
    if left > 0 {
        blocks.push(Message::more(left, lang));
    }
    if !message.foot.is_empty() {
        blocks.push(message.foot.clone());
    }
    blocks
}

/// An item in Markdown, every line of it a line of its own through `end`.
pub(super) fn markdown(item: &Item, kind: ChannelKind, lang: Lang) -> String {
    let mut lines = Vec::new();
    if !item.head.is_empty() {
        lines.push(format!("**{}**", folded(&item.head)));
    }
    let colon = say(lang, "：", ": ");
    for (label, value) in &item.fields {
        let value = match value {
            Value::Text(text) => folded(text),
            Value::Address(text) => address(text),
            Value::Link(url) => format!("[{}]({url})", say(lang, "在控制台查看", "see it in the console")),
        };
        lines.push(format!("{label}{colon}{value}"));
    }
    // DingTalk joins lines unless they end in two blanks.
    lines.join(if kind == ChannelKind::DingTalk { "  \n" } else { "\n" })
}

/// A JSON body to be posted to a robot.
pub(super) fn json(channel: &Channel, url: Url, body: &serde_json::Value) -> Post {
    Post {
        url,
        headers: vec![("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned())],
        body: body.to_string().into_bytes(),
        allow_private: channel.allow_private,
    }
}

/// Whether a robot took the message: status 2xx, and 0 in the first of these fields that the answer has.
pub(super) fn takes(answer: &Answer, fields: &[&str]) -> bool {
    let said: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
    let code = said.as_ref().and_then(|said| fields.iter().find_map(|field| said.get(field)));
    (200..300).contains(&answer.status) && code.and_then(serde_json::Value::as_i64) == Some(0)
}
