//! Finding what was changed in a package: every file against the digest that its description names, the description
//! against its own. Reads a hostile archive piece by piece and writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use serde::Deserialize;
use zip::ZipArchive;

use super::EvidenceError;
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
}

/// Checks every byte of a package.
///
/// # Errors
/// The file cannot be read, or is no package.
pub fn verify_package(path: &Path) -> Result<Verification, EvidenceError> {
    let damaged = |what: &dyn std::fmt::Display| EvidenceError::damaged(path, what.to_string());
    let file = File::open(path).map_err(EvidenceError::read(path))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(&error))?;
    let text = small(&mut archive, DESCRIPTION).map_err(|error| damaged(&error))?;
    let digest = small(&mut archive, DIGEST).map_err(|error| damaged(&error))?;
    let description: Description =
        serde_json::from_slice(&text).map_err(|error| damaged(&format!("{DESCRIPTION}: {error}")))?;
    let digest: Digest =
        serde_json::from_slice(&digest).map_err(|error| damaged(&format!("{DIGEST}: {error}")))?;
    let mut found = Verification { finished: true, files: archive.len(), problems: Vec::new() };
    if digest.hash != format!("sha256:{}", crate::id::sha256_hex(&text)) {
        found.add(ProblemKind::Changed, DESCRIPTION, "与其摘要不符", "it is not what its digest says");
    }
    let listed: BTreeMap<&str, &Resource> =
        description.resources.iter().map(|resource| (resource.path.as_str(), resource)).collect();
    let mut seen = BTreeSet::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(|error| damaged(&error))?;
        let name = file.name().to_owned();
        if !seen.insert(name.clone()) {
            found.add(ProblemKind::Added, &name, "同名文件出现两次", "it is there twice");
        }
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
    for path in listed.keys().filter(|path| !seen.contains(**path)) {
        found.add(ProblemKind::Missing, path, "清单中有而包内没有", "it is listed and not there");
    }
    Ok(found)
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
