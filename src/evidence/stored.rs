//! An exchange as it is written down: the three WARC records, and the way back to the value.
//!
//! The metadata record holds everything exactly (header fields byte for byte); the request and response records are the
//! same in the form that other tools read, where line breaks inside a hostile field cannot stand.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::warc::{Record, read_records};
use super::{BODIES, EvidenceError, WARC};
use crate::exchange::{Cut, Exchange, Failure, Method, Purpose, Request, Response, TlsFacts};
use crate::id::{Digest, ExchangeId, ProfileId, sha256_hex};

/// Largest body file that is read back.
const MAX_BODY: u64 = 512 * 1024 * 1024;

/// The content of a metadata record, format version 1.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    format: u32,
    pub(super) id: ExchangeId,
    pub(super) profile: ProfileId,
    pub(super) purpose: Purpose,
    pub(super) method: Method,
    pub(super) url: Url,
    request_headers: Vec<(String, String)>,
    pub(super) remote: Option<std::net::SocketAddr>,
    pub(super) tls: Option<TlsFacts>,
    pub(super) started: Timestamp,
    elapsed_ns: u64,
    pub(super) response: Option<StoredResponse>,
    pub(super) failure: Option<Failure>,
}

/// The response part of a metadata record.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredResponse {
    pub(super) status: u16,
    version: String,
    headers: Vec<(String, Value)>,
    raw_length: u64,
    pub(super) raw_sha256: String,
    body_length: u64,
    pub(super) body_sha256: String,
    pub(super) body_file: Option<String>,
    pub(super) cut: Option<Cut>,
}

/// The digests of a response, for all who name them.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    /// Of the body as received.
    pub(super) raw: Digest,
    /// Of the body with its content coding taken off.
    pub(super) body: Digest,
}

/// A header value: text where it is clean, else its bytes in hexadecimal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Bytes { hex: String },
}

impl Stored {
    /// An exchange with the digests of its response.
    pub(super) fn of(exchange: &Exchange, sums: Option<&Sums>) -> Self {
        Self {
            format: 1,
            id: exchange.id,
            profile: exchange.profile.clone(),
            purpose: exchange.purpose,
            method: exchange.request.method,
            url: exchange.request.url.clone(),
            request_headers: exchange.request.headers.clone(),
            remote: exchange.remote,
            tls: exchange.tls.clone(),
            started: exchange.started,
            elapsed_ns: u64::try_from(exchange.elapsed.as_nanos()).unwrap_or(u64::MAX),
            response: exchange
                .response()
                .zip(sums)
                .map(|(response, sums)| StoredResponse::of(response, sums)),
            failure: exchange.result.as_ref().err().cloned(),
        }
    }

    /// Back to the value, with the raw payload of the response record and the body file beside it.
    fn into_exchange(self, dir: &Path, raw: Option<Vec<u8>>) -> Result<Exchange, EvidenceError> {
        let warc = dir.join(WARC);
        let result = match (self.response, self.failure, raw) {
            (Some(response), None, Some(raw)) => Ok(response.into_response(dir, raw)?),
            (None, Some(failure), _) => Err(failure),
            _ => {
                return Err(EvidenceError::damaged(
                    &warc,
                    format!("exchange {} has no single result", self.id),
                ));
            }
        };
        Ok(Exchange {
            id: self.id,
            profile: self.profile,
            purpose: self.purpose,
            request: Request { method: self.method, url: self.url, headers: self.request_headers },
            result,
            remote: self.remote,
            tls: self.tls,
            started: self.started,
            elapsed: Duration::from_nanos(self.elapsed_ns),
        })
    }
}

impl StoredResponse {
    fn of(response: &Response, sums: &Sums) -> Self {
        let body_sha256 = sums.body.sha256.clone();
        let body_file =
            (!response.body.is_empty()).then(|| format!("{BODIES}/{body_sha256}.{}", extension(response)));
        Self {
            status: response.status,
            version: response.version.to_owned(),
            headers: response.headers.iter().map(|(name, value)| (name.clone(), Value::of(value))).collect(),
            raw_length: response.raw.len() as u64,
            raw_sha256: sums.raw.sha256.clone(),
            body_length: response.body.len() as u64,
            body_sha256,
            body_file,
            cut: response.cut,
        }
    }

    fn into_response(self, dir: &Path, raw: Vec<u8>) -> Result<Response, EvidenceError> {
        let warc = dir.join(WARC);
        if sha256_hex(&raw) != self.raw_sha256 {
            return Err(EvidenceError::damaged(&warc, "a payload is not what its digest says"));
        }
        let body = match &self.body_file {
            Some(name) => read_body(dir, name, &self.body_sha256)?,
            None => Vec::new(),
        };
        let mut headers = Vec::with_capacity(self.headers.len());
        for (name, value) in self.headers {
            let value = value
                .into_bytes()
                .ok_or_else(|| EvidenceError::damaged(&warc, "a header value is not hexadecimal"))?;
            headers.push((name, value));
        }
        let version = match self.version.as_str() {
            "HTTP/1.0" => "HTTP/1.0",
            "HTTP/1.1" => "HTTP/1.1",
            "HTTP/2" => "HTTP/2",
            other => return Err(EvidenceError::damaged(&warc, format!("`{other:.20}` is no HTTP version"))),
        };
        Ok(Response {
            status: self.status,
            version,
            headers,
            raw: raw.into(),
            body: Bytes::from(body),
            cut: self.cut,
        })
    }
}

impl Value {
    fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains(char::is_control) => Self::Text(text.to_owned()),
            _ => Self::Bytes { hex: crate::id::hex(bytes) },
        }
    }

    fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text.into_bytes()),
            Self::Bytes { hex } => crate::id::unhex(&hex),
        }
    }
}

/// The records of one exchange: request, response where there is one, metadata.
pub(super) fn records(exchange: &Exchange, stored: &Stored, visit: &str) -> std::io::Result<Vec<Record>> {
    let date = exchange.started.to_string();
    let id = |role: &str| record_id(&format!("{visit}\n{}\n{date}\n{role}", exchange.id));
    let common = |record: Record| {
        let record = record.with("WARC-Target-URI", exchange.request.url.as_str());
        match exchange.remote {
            Some(remote) => record.with("WARC-IP-Address", remote.ip().to_string()),
            None => record,
        }
    };
    let main = id(if exchange.response().is_some() { "response" } else { "request" });
    let request = Record::new(
        "request",
        &id("request"),
        &date,
        "application/http; msgtype=request",
        request_block(&exchange.request),
    );
    let mut request = common(request);
    let mut records = Vec::new();
    if let Some((response, stored_response)) = exchange.response().zip(stored.response.as_ref()) {
        request = request.with("WARC-Concurrent-To", &*main);
        let block = response_block(response);
        let record = Record::new("response", &main, &date, "application/http; msgtype=response", block);
        let mut record = common(record)
            .with("WARC-Payload-Digest", format!("sha256:{}", stored_response.raw_sha256))
            .with("WARC-Concurrent-To", id("request"));
        if response.version == "HTTP/2" {
            record = record.with("WARC-Protocol", "h2");
        }
        if let Some(cut) = response.cut {
            record = record.with("WARC-Truncated", truncated(cut));
        }
        records.push(request);
        records.push(record);
    } else {
        records.push(request);
    }
    let block = serde_json::to_vec(stored).map_err(std::io::Error::other)?;
    let metadata = Record::new("metadata", &id("metadata"), &date, "application/json", block);
    records.push(common(metadata).with("WARC-Concurrent-To", main));
    Ok(records)
}

/// A UUID of version 8 (RFC 9562) from a digest: the same record has the same name wherever it is computed.
pub(super) fn record_id(of: &str) -> String {
    let mut hex = sha256_hex(of.as_bytes());
    hex.truncate(32);
    hex.replace_range(12..13, "8");
    hex.replace_range(16..17, "a");
    let (a, b, c, d, e) = (&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    format!("<urn:uuid:{a}-{b}-{c}-{d}-{e}>")
}

fn truncated(cut: Cut) -> &'static str {
    match cut {
        Cut::TooLarge | Cut::TooLargeDecompressed => "length",
        Cut::TooSlow | Cut::OutOfTime => "time",
        Cut::Broken => "disconnect",
    }
}

fn request_block(request: &Request) -> Vec<u8> {
    let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut block =
        format!("{} {}{query} HTTP/1.1\r\n", request.method.as_str(), request.url.path()).into_bytes();
    for (name, value) in &request.headers {
        push_field(&mut block, "", name, value.as_bytes());
    }
    block.extend_from_slice(b"\r\n");
    block
}

/// The response as HTTP/1.1: transfer coding is gone from the payload, so fields that describe it are renamed.
fn response_block(response: &Response) -> Vec<u8> {
    let mut block = format!("HTTP/1.1 {:03} \r\n", response.status).into_bytes();
    let length = response.raw.len().to_string();
    let mut length_stands = false;
    for (name, value) in &response.headers {
        let as_stated =
            name.eq_ignore_ascii_case("content-length") && !length_stands && *value == length.as_bytes();
        length_stands |= as_stated;
        let renamed = name.eq_ignore_ascii_case("transfer-encoding")
            || (name.eq_ignore_ascii_case("content-length") && !as_stated);
        push_field(&mut block, if renamed { "X-Archive-Orig-" } else { "" }, name, value);
    }
    if !length_stands {
        push_field(&mut block, "", "Content-Length", length.as_bytes());
    }
    block.extend_from_slice(b"\r\n");
    block.extend_from_slice(&response.raw);
    block
}

/// One field; what would break the header's lines is replaced, the exact bytes stand in the metadata record.
fn push_field(block: &mut Vec<u8>, prefix: &str, name: &str, value: &[u8]) {
    let clean = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte) { byte } else { b'_' }
    };
    block.extend_from_slice(prefix.as_bytes());
    match name.is_empty() {
        true => block.extend_from_slice(b"X-Archive-Unnamed"),
        false => block.extend(name.bytes().map(clean)),
    }
    block.extend_from_slice(b": ");
    block.extend(value.iter().map(|&byte| if matches!(byte, b'\r' | b'\n' | 0) { b' ' } else { byte }));
    block.extend_from_slice(b"\r\n");
}

/// The file name extension by the declared type; it only helps people open the file.
fn extension(response: &Response) -> &'static str {
    let declared = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let types = [
        ("html", "html"),
        ("javascript", "js"),
        ("text/css", "css"),
        ("json", "json"),
        ("svg", "svg"),
        ("xml", "xml"),
        ("text/plain", "txt"),
        ("image/png", "png"),
        ("image/jpeg", "jpg"),
        ("image/gif", "gif"),
    ];
    types.iter().find(|(part, _)| declared.contains(part)).map_or("bin", |(_, extension)| extension)
}

/// Whether a name is one that this room gives to body files; no other is ever opened.
pub(super) fn is_body_name(name: &str) -> bool {
    let Some((digest, extension)) = name.split_once('.') else { return false };
    digest.len() == 64
        && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && (1..=5).contains(&extension.len())
        && extension.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn read_body(dir: &Path, name: &str, sha256: &str) -> Result<Vec<u8>, EvidenceError> {
    let path: PathBuf = dir.join(WARC);
    let file =
        name.strip_prefix(BODIES).and_then(|name| name.strip_prefix('/')).filter(|name| is_body_name(name));
    let Some(file) = file else {
        return Err(EvidenceError::damaged(&path, "it names a body file that is none"));
    };
    let path = dir.join(BODIES).join(file);
    let mut body = Vec::new();
    let input = std::fs::File::open(&path).map_err(EvidenceError::read(&path))?;
    input.take(MAX_BODY).read_to_end(&mut body).map_err(EvidenceError::read(&path))?;
    match sha256_hex(&body) == sha256 {
        true => Ok(body),
        false => Err(EvidenceError::damaged(&path, "it is not what its digest says")),
    }
}

/// Reads every exchange of a folder back, in the order of keeping, so that it can be judged again.
///
/// # Errors
/// The folder holds no evidence, or something in it is missing, damaged or of an unknown format.
pub fn read(dir: &Path) -> Result<Vec<Exchange>, EvidenceError> {
    let path = dir.join(WARC);
    if !path.is_file() {
        return Err(EvidenceError::NotEvidence { path: dir.to_owned() });
    }
    let mut exchanges = Vec::new();
    let mut response: Option<Record> = None;
    read_records(&path, |record| {
        if !record.digests_hold() {
            return Err(EvidenceError::damaged(&path, "a record is not what its digest says"));
        }
        match record.field("WARC-Type") {
            Some("response") => response = Some(record),
            Some("metadata") => {
                let stored: Stored = serde_json::from_slice(&record.block)
                    .map_err(|error| EvidenceError::damaged(&path, format!("a metadata record: {error}")))?;
                if stored.format != 1 {
                    return Err(EvidenceError::damaged(
                        &path,
                        format!("format {} is unknown", stored.format),
                    ));
                }
                let raw = response.take().and_then(|response| payload(response, &record, &stored));
                exchanges.push(stored.into_exchange(dir, raw)?);
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(exchanges)
}

/// The payload at the end of the response record that a metadata record belongs to.
fn payload(response: Record, metadata: &Record, stored: &Stored) -> Option<Vec<u8>> {
    let same = response.field("WARC-Record-ID") == metadata.field("WARC-Concurrent-To");
    let length = usize::try_from(stored.response.as_ref()?.raw_length).ok()?;
    let start = response.block.len().checked_sub(length).filter(|_| same)?;
    let mut block = response.block;
    Some(block.split_off(start))
}
