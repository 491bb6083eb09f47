//! Folders of evidence as one WACZ file (Web Archive Collection Zipped 1.1.1, specs.webrecorder.net), which public viewers
//! replay: WARC files with an index and a list of pages, and beside them the manifest, sums and pictures as kept.
//!
//! Nothing is changed on the way: every file of the folders is in the package byte for byte under its own digest.
//! Streams from file to file; memory grows with the index alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;
use url::{Host, Url};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::sign::PackageKey;
use super::warc::read_records_at;
use super::{BODIES, EvidenceError, MANIFEST, SHA256SUMS, SM3SUMS, WARC, manifest};
use crate::id::sha256_hex;

/// The version of the format that is written.
const WACZ: &str = "1.1.1";

/// What a package is called inside.
#[derive(Debug, Clone)]
pub struct Cover {
    /// Its title.
    pub title: String,
    /// What it is and is not.
    pub description: String,
    /// When it is made.
    pub at: Timestamp,
}

/// What was packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Folders.
    pub folders: usize,
    /// Files in the package.
    pub files: usize,
    /// SHA-256 of `datapackage.json`, which names the digest of every other file.
    pub sha256: String,
}

/// Packs closed folders of evidence into a file, signed where there is a key.
///
/// # Errors
/// A folder is no closed evidence or is damaged; the file cannot be written.
pub fn pack(
    folders: &[PathBuf],
    output: &mut (impl Write + Seek),
    cover: &Cover,
    key: Option<&PackageKey>,
) -> Result<Packed, EvidenceError> {
    let failed = |error: io::Error| EvidenceError::Write { path: PathBuf::from("WACZ"), source: error };
    let mut package = Package { zip: ZipWriter::new(output), resources: Vec::new() };
    let mut index: Vec<String> = Vec::new();
    let mut pages: BTreeMap<String, serde_json::Value> = BTreeMap::new();
    for (number, folder) in folders.iter().enumerate() {
        let facts = manifest(folder)?;
        let name = format!("{:03}-{}", number + 1, slug(&facts.facts.visit));
        let warc = format!("{name}.warc.gz");
        package.add_file(&folder.join(WARC), &format!("archive/{warc}"), true)?;
        index_records(&folder.join(WARC), &warc, &mut index)?;
        for url in &facts.facts.urls {
            let page = json!({ "id": format!("{name}"), "url": url, "ts": facts.facts.started.to_string(), "title": url });
            pages.entry(format!("{name} {url}")).or_insert(page);
        }
        for file in [MANIFEST, SHA256SUMS, SM3SUMS] {
            package.add_file(
                &folder.join(file),
                &format!("evidence/{name}-{}", file.to_lowercase()),
                false,
            )?;
        }
        for resource in &facts.resources {
            let file = resource.file.rsplit('/').next().unwrap_or(&resource.file);
            let inside = format!("evidence/{name}-{file}");
            if !package.holds(&inside) {
                package.add_file(&folder.join(BODIES).join(file), &inside, true)?;
            }
        }
    }
    index.sort();
    package.add_text("indexes/index.cdx", &index.concat())?;
    let mut list =
        json!({ "format": "json-pages-1.0", "id": "pages", "title": "All Pages" }).to_string() + "\n";
    for page in pages.values() {
        list.push_str(&page.to_string());
        list.push('\n');
    }
    package.add_text("pages/pages.jsonl", &list)?;
    package.finish(folders.len(), cover, key).map_err(failed)
}

/// A package that is being written.
struct Package<W: Write + Seek> {
    zip: ZipWriter<W>,
    resources: Vec<serde_json::Value>,
}

impl<W: Write + Seek> Package<W> {
    fn holds(&self, path: &str) -> bool {
        self.resources.iter().any(|resource| resource["path"] == path)
    }

    /// Copies a file; what is compressed already is stored, as viewers need to read archives from the middle.
    fn add_file(&mut self, file: &Path, inside: &str, stored: bool) -> Result<(), EvidenceError> {
        let mut source = BufReader::new(File::open(file).map_err(EvidenceError::read(file))?);
        let mut digest = crate::id::Hashing::default();
        let mut length = 0_u64;
        let method = if stored { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        self.begin(inside, method)?;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = source.read(&mut buffer).map_err(EvidenceError::read(file))?;
            if read == 0 {
                break;
            }
            digest.update(&buffer[..read]);
            length += read as u64;
            self.zip.write_all(&buffer[..read]).map_err(EvidenceError::write(Path::new(inside)))?;
        }
        self.list(inside, &digest.finish(), length);
        Ok(())
    }

    fn add_text(&mut self, inside: &str, text: &str) -> Result<(), EvidenceError> {
        self.begin(inside, CompressionMethod::Deflated)?;
        self.zip.write_all(text.as_bytes()).map_err(EvidenceError::write(Path::new(inside)))?;
        self.list(inside, &sha256_hex(text.as_bytes()), text.len() as u64);
        Ok(())
    }

    fn begin(&mut self, inside: &str, method: CompressionMethod) -> Result<(), EvidenceError> {
        let options = SimpleFileOptions::default().compression_method(method).large_file(true);
        self.zip
            .start_file(inside, options)
            .map_err(|error| EvidenceError::write(Path::new(inside))(error.into()))
    }

    fn list(&mut self, path: &str, sha256: &str, bytes: u64) {
        let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
        self.resources
            .push(json!({ "name": name, "path": path, "hash": format!("sha256:{sha256}"), "bytes": bytes }));
    }

    /// The description of the package and its digest come last: they name everything else.
    fn finish(mut self, folders: usize, cover: &Cover, key: Option<&PackageKey>) -> io::Result<Packed> {
        let at = cover.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let files = self.resources.len();
        let description = json!({
            "profile": "data-package",
            "wacz_version": WACZ,
            "title": cover.title,
            "description": cover.description,
            "created": at,
            "modified": at,
            "software": concat!("xuncha ", env!("CARGO_PKG_VERSION")),
            "resources": self.resources,
        });
        let text = serde_json::to_string_pretty(&description)?;
        let sha256 = sha256_hex(text.as_bytes());
        let mut digest = json!({ "path": "datapackage.json", "hash": format!("sha256:{sha256}") });
        if let Some(key) = key {
            digest["xunchaSignature"] = serde_json::to_value(key.sign(&sha256, cover.at))?;
        }
        let digest = digest.to_string();
        for (inside, text) in [("datapackage.json", &text), ("datapackage-digest.json", &digest)] {
            self.zip.start_file(inside, SimpleFileOptions::default())?;
            self.zip.write_all(text.as_bytes())?;
        }
        self.zip.finish()?;
        Ok(Packed { folders, files, sha256 })
    }
}

/// One line of the index for every response and resource of an archive.
fn index_records(warc: &Path, filename: &str, index: &mut Vec<String>) -> Result<(), EvidenceError> {
    read_records_at(warc, |record, offset, length| {
        let kind = record.field("WARC-Type").unwrap_or_default();
        let (Some(uri), Some(date)) = (record.field("WARC-Target-URI"), record.field("WARC-Date")) else {
            return Ok(());
        };
        let (status, mime) = match kind {
            "response" => http_facts(&record.block),
            "resource" => ("200".to_owned(), record.field("Content-Type").unwrap_or("unk").to_owned()),
            _ => return Ok(()),
        };
        let entry = json!({
            "url": uri,
            "mime": mime,
            "status": status,
            "digest": record.field("WARC-Payload-Digest").or_else(|| record.field("WARC-Block-Digest")),
            "length": length.to_string(),
            "offset": offset.to_string(),
            "filename": filename,
        });
        index.push(format!("{} {} {entry}\n", surt(uri), stamp(date)));
        Ok(())
    })
}

/// Status and media type of a response as HTTP.
fn http_facts(block: &[u8]) -> (String, String) {
    let end = block.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(block.len());
    let head = String::from_utf8_lossy(&block[..end]);
    let status = head.split(' ').nth(1).unwrap_or("-").to_owned();
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let mime = fields.clone().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let mime = mime.map(|(_, value)| value.split(';').next().unwrap_or_default().trim().to_owned());
    (status, mime.filter(|mime| !mime.is_empty()).unwrap_or_else(|| "unk".to_owned()))
}

/// The key under which an address is looked up: host turned round without `www`, then path and sorted arguments, all in
/// small letters (Sort-friendly URI Reordering Transform, as the public `surt` package and the viewers compute it).
fn surt(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return address.replace(' ', "%20") };
    let mut key = match url.host() {
        Some(Host::Domain(name)) => turned(without_www(name)),
        Some(Host::Ipv4(address)) => turned(&address.to_string()),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => return address.replace(' ', "%20"),
    };
    if let Some(port) = url.port() {
        let _ = write!(key, ":{port}");
    }
    let path: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let mut arguments: Vec<&str> = url.query().unwrap_or_default().split('&').collect();
    arguments.sort_unstable();
    let query = arguments.join("&");
    let query = if query.is_empty() { query } else { format!("?{query}") };
    format!("{key})/{}{query}", path.join("/")).to_lowercase()
}

fn turned(name: &str) -> String {
    name.rsplit('.').collect::<Vec<_>>().join(",")
}

/// A name without `www.`, `www2.` and their like in front.
fn without_www(name: &str) -> &str {
    match name.split_once('.') {
        Some((first, rest))
            if first.strip_prefix("www").is_some_and(|end| end.bytes().all(|byte| byte.is_ascii_digit())) =>
        {
            rest
        }
        _ => name,
    }
}

/// The fourteen digits of a time.
fn stamp(date: &str) -> String {
    date.chars().filter(char::is_ascii_digit).take(14).collect()
}

/// A name that is safe as a file's in any archive.
fn slug(name: &str) -> String {
    let plain = name.chars().map(|c| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c.to_ascii_lowercase() } else { '-' }
    });
    plain.take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_sort_by_their_hosts() {
        // As the public package gives them.
        for (address, expected) in [
            ("http://www.Example.test/A?b=C", "test,example)/a?b=c"),
            ("http://www2.a.test/p/", "test,a)/p"),
            ("https://a.test:8443/", "test,a:8443)/"),
            ("http://127.0.0.1:80/x", "1,0,0,127)/x"),
            ("http://127.0.0.1:8080/x", "1,0,0,127:8080)/x"),
            ("http://[::1]:8080/x", "::1:8080)/x"),
            ("http://a.test/p//q?b=2&a=1", "test,a)/p/q?a=1&b=2"),
            ("http://a.test/x?", "test,a)/x"),
            ("http://a.test/x?a&b=&a=1", "test,a)/x?a&a=1&b="),
            ("http://a.test/%E4%B8%AD?q=%e4", "test,a)/%e4%b8%ad?q=%e4"),
            ("http://a.test/x#f", "test,a)/x"),
            ("urn:view:http://a.test/ x", "urn:view:http://a.test/%20x"),
        ] {
            assert_eq!(surt(address), expected);
        }
        assert_eq!(stamp("2026-11-26T21:13:07.526Z"), "20261126211307");
    }

    #[test]
    fn names_leave_no_folder() {
        assert_eq!(slug("../../etc/Passwd 巡"), "..-..-etc-passwd--");
    }
}
