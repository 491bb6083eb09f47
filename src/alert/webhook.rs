//! The generic webhook: a JSON body with every event in full, signed in the header.
//!
//! Addresses and texts stand in it as found, since machines read it; `docs/alerts.md` says how to check the signature.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::message::{Message, Purpose, link, subject_line};
use super::{Batch, Channel, Notice, Post, sign};

/// The version of the body.
const VERSION: u32 = 1;

pub(super) fn post(channel: &Channel, batch: &Batch<'_>, now: Timestamp) -> Post {
    let body = body(channel, batch, now).to_string().into_bytes();
    let mut headers = vec![
        ("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned()),
        ("X-Xuncha-Delivery".to_owned(), batch.id.to_owned()),
    ];
    if let Some(secret) = &channel.secret {
        headers.push(("X-Xuncha-Signature".to_owned(), sign::webhook(&secret.0, now.as_second(), &body)));
    }
    Post { url: channel.address.0.clone(), headers, body, allow_private: channel.allow_private }
}

fn body(channel: &Channel, batch: &Batch<'_>, now: Timestamp) -> Json {
    let message = Message::of(batch, channel.lang);
    json!({
        "version": VERSION,
        "type": match batch.purpose { Purpose::Alert => "alert", Purpose::Test => "test" },
        "id": batch.id,
        "at": now,
        "channel": channel.name,
        "subject": subject_line(&message),
        "events": batch.notices.iter().map(|notice| event(notice, batch)).collect::<Vec<_>>(),
    })
}

fn event(notice: &Notice, batch: &Batch<'_>) -> Json {
    json!({
        "number": notice.number,
        "at": notice.at,
        "what": notice.what,
        "incident": notice.incident,
        "site": {
            "id": notice.site,
            "name": notice.name,
            "operator": notice.operator,
            "division": notice.division,
            "labels": notice.labels,
        },
        "severity": notice.severity,
        "kinds": notice.kinds.iter().map(|(kind, _)| kind).collect::<Vec<_>>(),
        "category": notice.category,
        "page": notice.page,
        "title": notice.title,
        "first_seen": notice.first_seen,
        "last_seen": notice.last_seen,
        "last_clean_before": notice.last_clean_before,
        "first_clean_after": notice.first_clean_after,
        "recheck_due": notice.recheck_due,
        "link": batch.console.and_then(|console| link(console, notice)),
    })
}
