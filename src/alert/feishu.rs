//! Robots of Feishu groups: rich text, signed in the body.
//!
//! <https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot>: 100 messages a minute, 5 a second, 20 KB a body.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::escape::{address, folded};
use super::message::{Item, Value, of, subject_line};
use super::robot::{blocks, json};
use super::words::say;
use super::{Batch, Channel, Post, sign};
use crate::lang::Lang;

/// Bytes of the text; every line becomes an object of its own, which takes room.
const MOST: usize = 10_000;

pub(super) fn post(channel: &Channel, batch: &Batch<'_>, now: Timestamp) -> Post {
    let (lang, message) = of(channel, batch);
    let mut lines: Vec<Json> = Vec::new();
    for block in blocks(&message, lang, MOST, |item| text(item, lang)) {
        for line in block.lines() {
            lines.push(json!([element(line, lang)]));
        }
    }
    let language = say(lang, "zh_cn", "en_us");
    let title = folded(&subject_line(&message));
    let mut body = json!({
        "msg_type": "post",
        "content": { "post": { language: { "title": title, "content": lines } } },
    });
    if let (Some(secret), Some(fields)) = (&channel.secret, body.as_object_mut()) {
        let seconds = now.as_second();
        fields.insert("timestamp".to_owned(), seconds.to_string().into());
        fields.insert("sign".to_owned(), sign::feishu(&secret.0, seconds).into());
    }
    json(channel, channel.address.0.clone(), &body)
}

/// Marks a line that is a page of the console; cannot come from elsewhere, as controls are gone from every text.
const LINK: char = '\u{1}';

fn text(item: &Item, lang: Lang) -> String {
    let mut lines = Vec::new();
    if !item.head.is_empty() {
        lines.push(folded(&item.head));
    }
    let colon = say(lang, "：", ": ");
    for (label, value) in &item.fields {
        lines.push(match value {
            Value::Text(text) => format!("{label}{colon}{}", folded(text)),
            Value::Address(text) => format!("{label}{colon}{}", address(text)),
            Value::Link(url) => format!("{LINK}{url}"),
        });
    }
    lines.push(String::new());
    lines.join("\n")
}

fn element(line: &str, lang: Lang) -> Json {
    match line.strip_prefix(LINK) {
        Some(url) => {
            json!({ "tag": "a", "text": say(lang, "在控制台查看", "see it in the console"), "href": url })
        }
        None => json!({ "tag": "text", "text": line }),
    }
}
