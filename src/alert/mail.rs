//! Mail by SMTP, plain text in UTF-8. The header is built by the mail library from checked values, so that nothing from a
//! page can end a line of it.
//!
//! The receiver is connected to at an address that the guard admitted; the certificate is checked against its name.

use std::time::{Duration, UNIX_EPOCH};

use jiff::Timestamp;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message as Mail, Tokio1Executor};

use super::escape::line;
use super::message::{Message, of, plain, subject_line};
use super::{Batch, Channel, Network, QUOTED, SendError};
use crate::lang::Lang;

/// Items listed at the most.
const LISTED: usize = 200;
/// From connecting to the last answer.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) async fn send(
    channel: &Channel,
    batch: &Batch<'_>,
    network: &dyn Network,
    now: Timestamp,
) -> Result<String, SendError> {
    let mail = compose(channel, batch, now)?;
    let unreachable = |why: String| SendError::Unreachable { channel: channel.name.clone(), why };
    let address = &channel.address.0;
    let host = address.host_str().unwrap_or_default();
    let port = address.port().unwrap_or(if address.scheme() == "smtps" { 465 } else { 587 });
    let admitted = network.admit(host, port, channel.allow_private).await.map_err(unreachable)?;
    let mut failed = unreachable(format!("{host} has no address"));
    for at in admitted {
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(at.ip().to_string())
            .port(at.port())
            .tls(tls(channel, host)?)
            .timeout(Some(PATIENCE));
        if let (Some(user), Some(secret)) = (&channel.user, &channel.secret) {
            transport = transport.credentials(Credentials::new(user.clone(), secret.0.clone()));
        }
        match tokio::time::timeout(PATIENCE * 2, transport.build().send(mail.clone())).await {
            Ok(Ok(answer)) => {
                let said: Vec<&str> = answer.message().collect();
                return Ok(line(&format!("{} {}", answer.code(), said.join(" ")), QUOTED));
            }
            // What was answered is the receiver's word; another of its addresses would say the same.
            Ok(Err(error)) if error.is_permanent() || error.is_transient() => {
                let answer = line(&error.to_string(), QUOTED);
                return Err(SendError::Refused { channel: channel.name.clone(), answer });
            }
            Ok(Err(error)) => failed = unreachable(line(&error.to_string(), QUOTED)),
            Err(_) => failed = unreachable("it took too long".to_owned()),
        }
    }
    Err(failed)
}

fn tls(channel: &Channel, host: &str) -> Result<Tls, SendError> {
    let wrong = |error: lettre::transport::smtp::Error| SendError::Compose {
        channel: channel.name.clone(),
        why: error.to_string(),
    };
    let scheme = channel.address.0.scheme();
    if scheme == "smtp+plain" {
        return Ok(Tls::None);
    }
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(pem) = &channel.authority {
        parameters = parameters.add_root_certificate(Certificate::from_pem(pem).map_err(wrong)?);
    }
    let parameters = parameters.build().map_err(wrong)?;
    Ok(if scheme == "smtps" { Tls::Wrapper(parameters) } else { Tls::Required(parameters) })
}

/// The mail as it is sent.
pub(super) fn compose(channel: &Channel, batch: &Batch<'_>, now: Timestamp) -> Result<Mail, SendError> {
    let wrong = |why: String| SendError::Compose { channel: channel.name.clone(), why };
    let (lang, message) = of(channel, batch);
    let from = channel.from.clone().ok_or_else(|| wrong("it has no sender".to_owned()))?;
    let mut mail = Mail::builder()
        .message_id(Some(format!("<{}@{}>", batch.id, from.email.domain())))
        .from(from)
        .subject(subject_line(&message))
        .date(UNIX_EPOCH + Duration::from_secs(u64::try_from(now.as_second()).unwrap_or(0)))
        .header(AutoSubmitted);
    for to in &channel.to {
        mail = mail.to(to.clone());
    }
    mail.header(ContentType::TEXT_PLAIN).body(text(&message, lang)).map_err(|error| wrong(error.to_string()))
}

fn text(message: &Message, lang: Lang) -> String {
    let mut text = String::new();
    for item in message.items.iter().take(LISTED) {
        if !item.head.is_empty() {
            text += &format!("● {}\n", item.head);
        }
        for (label, value) in &item.fields {
            text += &format!("{}\n", plain(label, value, lang));
        }
        text.push('\n');
    }
    if let Some(left) = message.items.len().checked_sub(LISTED).filter(|left| *left > 0) {
        text += &format!("{}\n\n", Message::more(left, lang));
    }
    text + &message.foot
}

/// Keeps absence notices and other robots from answering (RFC 3834).
#[derive(Debug, Clone, Copy)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
