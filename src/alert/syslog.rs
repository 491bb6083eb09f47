//! Syslog (RFC 5424) with a body in ArcSight's Common Event Format, for log collectors: a line for each event.
//!
//! Over TCP lines are framed by their length (RFC 6587, 3.4.1). Over UDP nobody answers: what was sent counts as delivered.
//! No byte order mark stands before the body, since readers of CEF look for `CEF:` at its beginning.

use std::time::Duration;

use jiff::Timestamp;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use super::escape::{cut, line};
use super::message::{Purpose, link, subject};
use super::{Batch, Channel, Network, Notice, SendError, What};
use crate::finding::Severity;
use crate::lang::Lang;

/// The facility "log audit" (RFC 5424, table 1).
const FACILITY: u8 = 13;
/// Bytes of a line over UDP, which every receiver should take (RFC 5424, 6.1), and over TCP.
const LONGEST_UDP: usize = 2048;
const LONGEST_TCP: usize = 8192;
/// For connecting, and for writing.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn send(
    channel: &Channel,
    batch: &Batch<'_>,
    network: &dyn Network,
    now: Timestamp,
) -> Result<String, SendError> {
    let unreachable = |why: String| SendError::Unreachable { channel: channel.name.clone(), why };
    let address = &channel.address.0;
    let host = address.host_str().unwrap_or_default();
    let tcp = address.scheme() == "tcp";
    let port = address.port().unwrap_or(if tcp { 601 } else { 514 });
    let admitted = network.admit(host, port, channel.allow_private).await.map_err(unreachable)?;
    let at = admitted.first().copied().ok_or_else(|| unreachable(format!("{host} has no address")))?;
    let lines = lines(channel, batch, now, if tcp { LONGEST_TCP } else { LONGEST_UDP });
    let count = lines.len();
    let sending = async {
        if tcp {
            let mut stream = TcpStream::connect(at).await?;
            for line in &lines {
                stream.write_all(format!("{} {line}", line.len()).as_bytes()).await?;
            }
            stream.shutdown().await
        } else {
            let here = if at.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
            let socket = UdpSocket::bind(here).await?;
            socket.connect(at).await?;
            for line in &lines {
                socket.send(line.as_bytes()).await?;
            }
            Ok(())
        }
    };
    match timeout(PATIENCE, sending).await {
        Ok(Ok(())) => Ok(format!("{count} lines sent")),
        Ok(Err(error)) => Err(unreachable(error.to_string())),
        Err(_) => Err(unreachable("it took too long".to_owned())),
    }
}

fn lines(channel: &Channel, batch: &Batch<'_>, now: Timestamp, most: usize) -> Vec<String> {
    if batch.purpose == Purpose::Test {
        let version = env!("CARGO_PKG_VERSION");
        return vec![framed(
            5,
            now,
            "test",
            &format!("CEF:0|xuncha|xuncha|{version}|test|test|0|msg=test"),
            most,
        )];
    }
    let line = |notice: &&Notice| {
        let what = notice.what.as_str();
        framed(priority(notice), notice.at, what, &cef(notice, batch, channel.lang), most)
    };
    batch.notices.iter().map(line).collect()
}

fn framed(severity: u8, at: Timestamp, what: &str, body: &str, most: usize) -> String {
    let priority = FACILITY * 8 + severity;
    // The syntax takes six digits of a second at the most.
    let at = at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
    cut(&format!("<{priority}>1 {at} - xuncha - {what} - {body}"), most)
}

/// The severity of syslog.
fn priority(notice: &Notice) -> u8 {
    match (notice.what, notice.severity) {
        (What::Cleared | What::Rectified, _) => 5,
        (_, Severity::Critical) => 2,
        (_, Severity::High) => 3,
        (_, Severity::Medium) => 4,
        (_, Severity::Low) => 5,
        (_, Severity::Info) => 6,
    }
}

/// A line in the Common Event Format. Cut lines end within the last field, so the shortest stand first.
fn cef(notice: &Notice, batch: &Batch<'_>, lang: Lang) -> String {
    let weight = match notice.severity {
        Severity::Info => 1,
        Severity::Low => 3,
        Severity::Medium => 5,
        Severity::High => 8,
        Severity::Critical => 10,
    };
    let version = env!("CARGO_PKG_VERSION");
    let name = header(&subject(notice, lang));
    let kinds: Vec<&str> = notice.kinds.iter().map(|(kind, _)| kind.as_str()).collect();
    let mut fields = vec![
        ("externalId", notice.number.to_string()),
        ("rt", notice.at.as_millisecond().to_string()),
        ("act", notice.what.to_string()),
        ("start", notice.first_seen.as_millisecond().to_string()),
        ("end", notice.last_seen.as_millisecond().to_string()),
        ("cs1Label", "incident".to_owned()),
        ("cs1", notice.incident.to_string()),
        ("cs2Label", "site".to_owned()),
        ("cs2", notice.site.to_string()),
        ("cs3Label", "kinds".to_owned()),
        ("cs3", kinds.join(",")),
    ];
    if let Some(category) = notice.category {
        fields.push(("cat", category.to_string()));
    }
    if let Some(division) = &notice.division {
        fields.extend([("cs4Label", "division".to_owned()), ("cs4", division.clone())]);
    }
    if let Some(link) = batch.console.and_then(|console| link(console, notice)) {
        fields.extend([("cs5Label", "link".to_owned()), ("cs5", link)]);
    }
    fields.push(("msg", notice.title.get(lang).to_owned()));
    if let Some(page) = &notice.page {
        fields.push(("request", page.clone()));
    }
    let fields: Vec<String> =
        fields.iter().map(|(key, value)| format!("{key}={}", extension(&line(value, 1000)))).collect();
    format!("CEF:0|xuncha|xuncha|{version}|{}|{name}|{weight}|{}", notice.what, fields.join(" "))
}

/// A field of the header: bars and backslashes are escaped.
fn header(text: &str) -> String {
    line(text, 250).replace('\\', "\\\\").replace('|', "\\|")
}

/// A value of the extension: equals signs and backslashes are escaped; line ends are gone already.
fn extension(text: &str) -> String {
    text.replace('\\', "\\\\").replace('=', "\\=")
}
