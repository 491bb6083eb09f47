//! Writing a folder of evidence: records as they come, the manifest and the sums at the end.

use std::collections::{BTreeSet, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::stored::{Stored, Sums, record_id, records};
use super::warc::{Packer, Record};
use super::{BODIES, EvidenceError, MANIFEST, SHA256SUMS, SM3SUMS, WARC};
use crate::exchange::{Exchange, TlsFacts};
use crate::id::{Digest, ExchangeId, ProfileId};
use crate::lang::Bilingual;

/// The format version of a folder.
pub const FORMAT: u32 = 1;

/// Bodies whose digests are remembered for the next exchange.
const SUMMED: usize = 4;

/// The facts of a visit that its exchanges do not hold themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VisitFacts {
    /// A name for the visit, unique on this machine.
    pub visit: String,
    /// The registered site, if it is one.
    pub target: Option<String>,
    /// The addresses asked for.
    pub urls: Vec<String>,
    /// Who allowed the visit and where that is written, where recorded.
    pub authorisation: Option<String>,
    /// Number or words of the written authorisation for exposure checks, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<String>,
    /// Version of the program.
    pub tool_version: String,
    /// Version of detectors, lexicon and catalogue.
    pub rule_set_version: String,
    /// The ways in which it appeared to the server.
    pub conditions: Vec<Condition>,
    /// From which network it went out, as the user states it.
    pub egress_note: Option<String>,
    /// IANA name of the zone in which local times are meant; every stored time is UTC.
    pub time_zone: String,
    /// What is known of the clock: source, offset.
    pub clock_note: String,
    /// When the visit began.
    pub started: Timestamp,
}

/// One way in which the program appeared to the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The profile's short name.
    pub profile: ProfileId,
    /// The user agent sent.
    pub user_agent: String,
    /// The referrer sent.
    pub referrer: Option<String>,
    /// The state of the cookie jar at the start.
    pub cookies: String,
    /// The language asked for.
    pub language: Option<String>,
}

/// What was kept of an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The exchange.
    pub exchange: ExchangeId,
    /// Digests of the decoded body; `None` without response.
    pub body: Option<Digest>,
    /// The body's file within the folder, `/` between parts; `None` for an empty body.
    pub file: Option<String>,
    /// Offset in bytes of its first record in the WARC file.
    pub offset: u64,
}

/// One file of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// Its path within the folder, `/` between parts.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its digests.
    #[serde(flatten)]
    pub digest: Digest,
}

/// One exchange as the manifest lists it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    id: ExchangeId,
    profile: ProfileId,
    purpose: crate::exchange::Purpose,
    method: crate::exchange::Method,
    url: String,
    started: Timestamp,
    elapsed_ms: u64,
    remote: Option<String>,
    tls: Option<TlsFacts>,
    status: Option<u16>,
    cut: Option<crate::exchange::Cut>,
    failure: Option<String>,
    raw: Option<Digest>,
    body: Option<Digest>,
    body_file: Option<String>,
    warc_offset: u64,
}

/// Something made while visiting, such as a picture of a page.
#[derive(Debug, Clone, Copy)]
pub struct Made<'a> {
    /// What it is: `urn:view:` and its like with the address behind it.
    pub uri: &'a str,
    /// Its media type.
    pub content_type: &'a str,
    /// The extension of its file, one to five small letters.
    pub extension: &'a str,
    /// The bytes.
    pub bytes: &'a [u8],
    /// When it was made.
    pub at: Timestamp,
}

/// Something made while visiting, as kept and as the manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptResource {
    /// What it is, with the address behind it.
    pub uri: String,
    /// Its media type.
    pub content_type: String,
    /// When it was made.
    pub at: Timestamp,
    /// Its file within the folder, `/` between parts.
    pub file: String,
    /// Its digests.
    #[serde(flatten)]
    pub digest: Digest,
    /// Offset in bytes of its record in the WARC file.
    pub warc_offset: u64,
}

/// The manifest of a folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format_version: u32,
    /// What this folder is and is not.
    pub statement: Bilingual,
    /// The facts of the visit.
    pub facts: VisitFacts,
    /// When the folder was closed.
    pub ended: Timestamp,
    /// What the caller adds: findings, what was not assessed.
    pub summary: serde_json::Value,
    /// Every exchange in the order of keeping.
    exchanges: Vec<Entry>,
    /// Pictures and rendered documents in the order of keeping.
    #[serde(default)]
    pub resources: Vec<KeptResource>,
    /// Every file but the manifest and the sums.
    pub files: Vec<KeptFile>,
}

/// One request as the manifest lists it.
#[derive(Debug, Clone, Copy)]
pub struct Requested<'a> {
    /// When it began.
    pub started: Timestamp,
    /// As whom it was sent.
    pub profile: &'a ProfileId,
    /// What for.
    pub purpose: crate::exchange::Purpose,
    /// Its method.
    pub method: crate::exchange::Method,
    /// Its address.
    pub url: &'a str,
    /// The status of the answer.
    pub status: Option<u16>,
    /// The address of the server.
    pub remote: Option<&'a str>,
    /// SHA-256 of the server's certificate.
    pub certificate: Option<&'a str>,
    /// SHA-256 of the decoded body.
    pub body_sha256: Option<&'a str>,
}

impl Manifest {
    /// The requests in the order of keeping.
    pub fn requests(&self) -> impl Iterator<Item = Requested<'_>> {
        self.exchanges.iter().map(|entry| Requested {
            started: entry.started,
            profile: &entry.profile,
            purpose: entry.purpose,
            method: entry.method,
            url: &entry.url,
            status: entry.status,
            remote: entry.remote.as_deref(),
            certificate: entry.tls.as_ref().map(|tls| tls.certificate_sha256.as_str()),
            body_sha256: entry.body.as_ref().map(|digest| digest.sha256.as_str()),
        })
    }
}

/// The manifest of a closed folder, as written; [`super::verify`] says whether it is to be believed.
///
/// # Errors
/// The folder holds no manifest, or one that does not read.
pub fn manifest(dir: &Path) -> Result<Manifest, EvidenceError> {
    let path = dir.join(MANIFEST);
    if !path.is_file() {
        return Err(EvidenceError::NotEvidence { path: dir.to_owned() });
    }
    let text = std::fs::read(&path).map_err(EvidenceError::read(&path))?;
    serde_json::from_slice(&text).map_err(|error| EvidenceError::damaged(&path, error.to_string()))
}

/// A folder of evidence that is being written.
#[derive(Debug)]
pub struct Keeper {
    dir: PathBuf,
    facts: VisitFacts,
    warc: File,
    offset: u64,
    bodies: BTreeSet<String>,
    entries: Vec<Entry>,
    resources: Vec<KeptResource>,
    summed: VecDeque<(Bytes, Digest)>,
    packer: Packer,
}

impl Keeper {
    /// Starts a folder; it is made where it is not there, for the owner alone.
    ///
    /// # Errors
    /// The folder cannot be written, or already holds evidence.
    pub fn create(dir: &Path, facts: VisitFacts) -> Result<Self, EvidenceError> {
        let folder = |source| EvidenceError::Folder { path: dir.to_owned(), source };
        make_folder(dir).map_err(folder)?;
        if [WARC, MANIFEST, SHA256SUMS, BODIES].iter().any(|name| dir.join(name).exists()) {
            return Err(EvidenceError::InUse { path: dir.to_owned() });
        }
        make_folder(&dir.join(BODIES)).map_err(folder)?;
        let warc = create_file(&dir.join(WARC)).map_err(folder)?;
        let mut keeper = Self {
            dir: dir.to_owned(),
            facts,
            warc,
            offset: 0,
            bodies: BTreeSet::new(),
            entries: Vec::new(),
            resources: Vec::new(),
            summed: VecDeque::new(),
            packer: Packer::new(),
        };
        keeper.append(&keeper.warcinfo())?;
        Ok(keeper)
    }

    /// Keeps one exchange: body file first, then its records, all handed to the system when this returns, so that the end of
    /// this process does them no harm.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn keep(&mut self, exchange: &Exchange) -> Result<Kept, EvidenceError> {
        let response = exchange.response();
        let sums = response
            .map(|response| Sums { raw: self.digest(&response.raw), body: self.digest(&response.body) });
        let stored = Stored::of(exchange, sums.as_ref());
        let file = stored.response.as_ref().and_then(|response| response.body_file.clone());
        if let (Some(file), Some(response)) = (&file, response)
            && !self.bodies.contains(file)
        {
            write_file(&self.dir.join(file), &response.body)?;
            self.bodies.insert(file.clone());
        }
        let path = self.dir.join(WARC);
        let offset = self.offset;
        for record in records(exchange, &stored, &self.facts.visit).map_err(EvidenceError::write(&path))? {
            self.append(&record)?;
        }
        self.warc.flush().map_err(EvidenceError::write(&path))?;
        let (raw, body) = sums.map(|sums| (sums.raw, sums.body)).unzip();
        self.entries.push(Entry {
            id: stored.id,
            profile: stored.profile,
            purpose: stored.purpose,
            method: stored.method,
            url: stored.url.into(),
            started: stored.started,
            elapsed_ms: u64::try_from(exchange.elapsed.as_millis()).unwrap_or(u64::MAX),
            remote: stored.remote.map(|remote| remote.to_string()),
            tls: stored.tls,
            status: response.map(|response| response.status),
            cut: response.and_then(|response| response.cut),
            failure: stored.failure.map(|failure| failure.to_string()),
            raw,
            body: body.clone(),
            body_file: file.clone(),
            warc_offset: offset,
        });
        Ok(Kept { exchange: exchange.id, body, file, offset })
    }

    /// Keeps something made while visiting: its file, then a resource record, both on their way to the disk when this
    /// returns.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn keep_made(&mut self, made: Made<'_>) -> Result<KeptResource, EvidenceError> {
        let digest = Digest::of(made.bytes);
        let file = format!("{BODIES}/{}.{}", digest.sha256, made.extension);
        if !self.bodies.contains(&file) {
            write_file(&self.dir.join(&file), made.bytes)?;
            self.bodies.insert(file.clone());
        }
        let (offset, number) = (self.offset, self.resources.len());
        let date = made.at.to_string();
        let id = record_id(&format!("{}\n{}\n{date}\n{number}\nresource", self.facts.visit, made.uri));
        let record = Record::new("resource", &id, &date, made.content_type, made.bytes.to_vec())
            .with("WARC-Target-URI", made.uri);
        self.append(&record)?;
        self.warc.flush().map_err(EvidenceError::write(&self.dir.join(WARC)))?;
        let kept = KeptResource {
            uri: made.uri.to_owned(),
            content_type: made.content_type.to_owned(),
            at: made.at,
            file,
            digest,
            warc_offset: offset,
        };
        self.resources.push(kept.clone());
        Ok(kept)
    }

    /// Closes the folder: everything to the disk, then the manifest, then the sums.
    ///
    /// # Errors
    /// A file cannot be read back or written; the folder is then unfinished and says so when verified.
    pub fn close(self, ended: Timestamp, summary: serde_json::Value) -> Result<Manifest, EvidenceError> {
        let mut files = Vec::with_capacity(self.bodies.len() + 1);
        for name in self.bodies.iter().map(String::as_str).chain([WARC]) {
            synced(&self.dir.join(name))?;
            files.push(kept_file(&self.dir, name)?);
        }
        let manifest = Manifest {
            format_version: FORMAT,
            statement: Bilingual::new(
                "本文件夹为网站外部访问的留证材料，可供填写电子数据提取笔录参考，本身不是笔录；网页内容可能随时变化。",
                "Material kept from visits to a site from the outside; it may help to fill in an extraction record and is not one itself; pages may change at any time.",
            ),
            facts: self.facts,
            ended,
            summary,
            exchanges: self.entries,
            resources: self.resources,
            files,
        };
        let path = self.dir.join(MANIFEST);
        let mut text = serde_json::to_vec_pretty(&manifest).map_err(|error| EvidenceError::Write {
            path: path.clone(),
            source: std::io::Error::other(error),
        })?;
        text.push(b'\n');
        write_last(&path, &text)?;
        let mut files = manifest.files.clone();
        files.push(kept_file(&self.dir, MANIFEST)?);
        write_last(&self.dir.join(SM3SUMS), sums(&mut files, |digest| &digest.sm3).as_bytes())?;
        write_last(&self.dir.join(SHA256SUMS), sums(&mut files, |digest| &digest.sha256).as_bytes())?;
        Ok(manifest)
    }

    /// The digests of a body; most visitors get the same one.
    fn digest(&mut self, body: &Bytes) -> Digest {
        if let Some((_, known)) = self.summed.iter().find(|(bytes, _)| bytes == body) {
            return known.clone();
        }
        let digest = Digest::of(body);
        self.summed.truncate(SUMMED - 1);
        self.summed.push_front((body.clone(), digest.clone()));
        digest
    }

    fn warcinfo(&self) -> Record {
        let facts = &self.facts;
        let block = format!(
            "software: xuncha/{}\r\nformat: WARC File Format 1.1\r\n\
             conformsTo: https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n",
            facts.tool_version.replace(char::is_control, " "),
        );
        let id = record_id(&format!("{}\n{}\nwarcinfo", facts.visit, facts.started));
        let date = facts.started.to_string();
        Record::new("warcinfo", &id, &date, "application/warc-fields", block.into_bytes())
            .with("WARC-Filename", WARC)
    }

    fn append(&mut self, record: &Record) -> Result<(), EvidenceError> {
        let path = self.dir.join(WARC);
        let member = self.packer.pack(record).map_err(EvidenceError::write(&path))?;
        self.warc.write_all(&member).map_err(EvidenceError::write(&path))?;
        self.offset += member.len() as u64;
        Ok(())
    }
}

/// The sums in the form that `sha256sum -c` reads, by path.
pub(super) fn sums(files: &mut [KeptFile], digest: impl Fn(&Digest) -> &str) -> String {
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files.iter().map(|file| format!("{}  {}\n", digest(&file.digest), file.path)).collect()
}

/// A file of the folder with its digests.
pub(super) fn kept_file(dir: &Path, name: &str) -> Result<KeptFile, EvidenceError> {
    let path = dir.join(name);
    let bytes = std::fs::read(&path).map_err(EvidenceError::read(&path))?;
    Ok(KeptFile { path: name.to_owned(), size: bytes.len() as u64, digest: Digest::of(&bytes) })
}

fn make_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn create_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), EvidenceError> {
    let write = || create_file(path)?.write_all(bytes);
    write().map_err(EvidenceError::write(path))
}

/// Makes sure that a file is on the disk itself, whatever happens to the machine.
fn synced(path: &Path) -> Result<(), EvidenceError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(EvidenceError::write(path))
}

/// Writes a file whole or not at all.
fn write_last(path: &Path, bytes: &[u8]) -> Result<(), EvidenceError> {
    let part = path.with_extension("part");
    write_file(&part, bytes)?;
    synced(&part)?;
    std::fs::rename(&part, path).map_err(EvidenceError::write(path))
}
