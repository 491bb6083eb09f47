//! Finding what was changed in a package: every file against the digest that its description names, the description
//! against its own. Reads a hostile archive piece by piece and writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;

use serde::Deserialize;
use zip::ZipArchive;

use super::EvidenceError;
use super::sign::PackageSignature;
use super::verify::{ProblemKind, Verification};
use crate::id::Hashing;

/// The description of a package, and the file that holds its digest.
const DESCRIPTION: &str = "datapackage.json";
const DIGEST: &str = "datapackage-digest.json";
/// The largest description that is read, in bytes.
const LARGEST: u64 = 64 << 20;
/// How much more a file may unfold to than its description says; a bomb stops there.
const SLACK: u64 = 1 << 10;

#[derive(Debug, Deserialize)]
struct Description {
    resources: Vec<Resource>,
}

#[derive(Debug, Deserialize)]
struct Resource {
    path: String,
    hash: String,
    bytes: u64,
}

#[derive(Debug, Deserialize)]
struct Digest {
    hash: String,
    #[serde(rename = "xunchaSignature")]
    signature: Option<PackageSignature>,
}

/// Checks every byte of a package.
///
/// # Errors
/// The file cannot be read, or is no package.
pub fn verify_package(path: &Path) -> Result<Verification, EvidenceError> {
    let damaged = |what: &dyn std::fmt::Display| EvidenceError::damaged(path, what.to_string());
    let mut file = File::open(path).map_err(EvidenceError::read(path))?;
    let stated = stated_entries(&mut file).map_err(EvidenceError::read(path))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(&error))?;
    let text = small(&mut archive, DESCRIPTION).map_err(|error| damaged(&error))?;
    let digest = small(&mut archive, DIGEST).map_err(|error| damaged(&error))?;
    let description: Description =
        serde_json::from_slice(&text).map_err(|error| damaged(&format!("{DESCRIPTION}: {error}")))?;
    let digest: Digest =
        serde_json::from_slice(&digest).map_err(|error| damaged(&format!("{DIGEST}: {error}")))?;
    let mut found =
        Verification { finished: true, files: archive.len(), problems: Vec::new(), signature: None };
    if digest.hash != format!("sha256:{}", crate::id::sha256_hex(&text)) {
        found.add(ProblemKind::Changed, DESCRIPTION, "与其摘要不符", "it is not what its digest says");
    }
    match digest.signature {
        Some(signature) if signature.is_good(&crate::id::sha256_hex(&text)) => {
            found.signature = Some(signature);
        }
        Some(_) => found.add(ProblemKind::Changed, DIGEST, "签名无效", "its signature does not hold"),
        None => {}
    }
    let listed: BTreeMap<&str, &Resource> =
        description.resources.iter().map(|resource| (resource.path.as_str(), resource)).collect();
    let mut seen = BTreeSet::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(|error| damaged(&error))?;
        let name = file.name().to_owned();
        seen.insert(name.clone());
        if name == DESCRIPTION || name == DIGEST {
            continue;
        }
        match listed.get(name.as_str()) {
            None => {
                found.add(ProblemKind::Added, &name, "清单中没有此文件", "the description does not list it");
            }
            Some(resource) => {
                if hash_of(&mut file, resource.bytes + SLACK).as_deref() != Some(resource.hash.as_str()) {
                    found.add(
                        ProblemKind::Changed,
                        &name,
                        "内容与清单不符",
                        "it is not what the description says",
                    );
                }
            }
        }
    }
    if stated.is_some_and(|stated| usize::from(stated) != archive.len()) {
        found.add(
            ProblemKind::Added,
            "ZIP",
            "有同名文件，读取方各取其一",
            "two files bear one name; readers differ in which they take",
        );
    }
    for path in listed.keys().filter(|path| !seen.contains(**path)) {
        found.add(ProblemKind::Missing, path, "清单中有而包内没有", "it is listed and not there");
    }
    Ok(found)
}

/// How many files the end of an archive says that there are, since a reader sees one of those that bear the same name;
/// `None` where it does not say (section 4.3.16 of the ZIP format).
fn stated_entries(file: &mut File) -> std::io::Result<Option<u16>> {
    /// The end record with the longest comment that it may carry.
    const LONGEST: u64 = 22 + 0xFFFF;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(LONGEST)))?;
    let mut end = Vec::new();
    file.take(LONGEST).read_to_end(&mut end)?;
    file.rewind()?;
    let at = end.windows(4).rposition(|four| four == b"PK\x05\x06");
    let count =
        at.and_then(|at| end.get(at + 10..at + 12)).map(|count| u16::from_le_bytes([count[0], count[1]]));
    // The largest number stands for "see elsewhere".
    Ok(count.filter(|count| *count != u16::MAX))
}

/// A small file of the archive, whole.
fn small(archive: &mut ZipArchive<BufReader<File>>, name: &str) -> Result<Vec<u8>, String> {
    let file = archive.by_name(name).map_err(|error| format!("{name}: {error}"))?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).map_err(|error| format!("{name}: {error}"))?;
    Ok(bytes)
}

/// The digest of a file, as descriptions write it; `None` where it does not unfold or unfolds to more than it may.
fn hash_of(file: &mut impl Read, most: u64) -> Option<String> {
    let mut hashing = Hashing::default();
    let mut buffer = vec![0; 64 << 10];
    let mut length = 0_u64;
    loop {
        let read = file.read(&mut buffer).ok()?;
        if read == 0 {
            return Some(format!("sha256:{}", hashing.finish()));
        }
        length += read as u64;
        if length > most {
            return None;
        }
        hashing.update(&buffer[..read]);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use serde_json::json;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::id::sha256_hex;

    /// A package of two files.
    fn package(first: &str, second: &str) -> Vec<u8> {
        let resource = |path: &str| json!({ "path": path, "hash": format!("sha256:{}", sha256_hex(path.as_bytes())), "bytes": path.len() });
        let description = json!({ "resources": [resource(first), resource(second)] }).to_string();
        let digest = json!({ "hash": format!("sha256:{}", sha256_hex(description.as_bytes())) }).to_string();
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, text) in [(first, first), (second, second), (DESCRIPTION, &description), (DIGEST, &digest)]
        {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn problems(bytes: &[u8]) -> Vec<ProblemKind> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        verify_package(file.path()).unwrap().problems.into_iter().map(|problem| problem.kind).collect()
    }

    #[test]
    fn an_intact_package_is_told_from_one_with_two_files_of_one_name() {
        let bytes = package("one.txt", "two.txt");
        assert_eq!(problems(&bytes), []);
        let mut doubled = bytes;
        // In the headers and the central directory; the contents are compressed.
        let at: Vec<usize> = doubled
            .windows(7)
            .enumerate()
            .filter(|(_, name)| *name == b"two.txt")
            .map(|(at, _)| at)
            .collect();
        for at in at {
            doubled[at..at + 3].copy_from_slice(b"one");
        }
        let found = problems(&doubled);
        assert!(found.contains(&ProblemKind::Added) && found.contains(&ProblemKind::Missing), "{found:?}");
    }
}
