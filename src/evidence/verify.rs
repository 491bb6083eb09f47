//! Finding what was changed in a folder of evidence, by any byte or file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::keep::{KeptFile, Manifest, kept_file, sums};
use super::stored::is_body_name;
use super::warc::read_records;
use super::{BODIES, EvidenceError, MANIFEST, SHA256SUMS, SM3SUMS, WARC};
use crate::id::Digest;
use crate::lang::Bilingual;

/// What a verification found.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    /// Whether the folder was closed; an unfinished one was checked record by record.
    pub finished: bool,
    /// Files whose bytes were read.
    pub files: usize,
    /// What is wrong; empty for an intact folder.
    pub problems: Vec<Problem>,
    /// The signature of a package, where it bears one that holds. Whose key it is, only people know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<super::sign::PackageSignature>,
}

impl Verification {
    /// Closed, and every byte as it was.
    pub fn is_intact(&self) -> bool {
        self.finished && self.problems.is_empty()
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What sort of thing.
    pub kind: ProblemKind,
    /// The file, within the folder.
    pub path: String,
    /// In words.
    pub detail: Bilingual,
}

/// What sort of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The bytes are not those that were kept.
    Changed,
    /// It is gone.
    Missing,
    /// It was not there when the folder was closed.
    Added,
    /// The folder was never closed.
    Unfinished,
}

/// Checks every byte and file of a folder.
///
/// # Errors
/// The folder cannot be read, or holds no evidence at all.
pub fn verify(dir: &Path) -> Result<Verification, EvidenceError> {
    let mut found = Verification { finished: true, files: 0, problems: Vec::new(), signature: None };
    let mut files = BTreeMap::new();
    walk(dir, "", &mut files, &mut found)?;
    if ![WARC, MANIFEST, SHA256SUMS, SM3SUMS].iter().any(|name| files.contains_key(*name)) {
        return Err(EvidenceError::NotEvidence { path: dir.to_owned() });
    }
    found.files = files.len();
    let closed = [MANIFEST, SHA256SUMS, SM3SUMS].iter().any(|name| files.contains_key(*name));
    if closed {
        against_sums(dir, &files, &mut found);
    } else {
        by_records(dir, &files, &mut found);
    }
    found.problems.sort_by(|one, other| one.path.cmp(&other.path));
    found.problems.dedup();
    Ok(found)
}

/// Every regular file below a folder with its digests; anything else is a problem, and never followed.
fn walk(
    dir: &Path,
    below: &str,
    files: &mut BTreeMap<String, KeptFile>,
    found: &mut Verification,
) -> Result<(), EvidenceError> {
    let folder = dir.join(below);
    for entry in std::fs::read_dir(&folder).map_err(EvidenceError::read(&folder))? {
        let entry = entry.map_err(EvidenceError::read(&folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = if below.is_empty() { name } else { format!("{below}/{name}") };
        let kind = entry.file_type().map_err(EvidenceError::read(&folder))?;
        if kind.is_dir() && below.is_empty() && name == BODIES {
            walk(dir, &name, files, found)?;
        } else if kind.is_file() {
            match kept_file(dir, &name) {
                Ok(file) => drop(files.insert(name, file)),
                Err(error) => found.add(ProblemKind::Changed, &name, "无法读取", &error.to_string()),
            }
        } else {
            found.add(ProblemKind::Added, &name, "不是留证时的普通文件", "not a regular file that was kept");
        }
    }
    Ok(())
}

/// A closed folder: the sums, the manifest and the files must say the same.
fn against_sums(dir: &Path, files: &BTreeMap<String, KeptFile>, found: &mut Verification) {
    let text = |name: &str| match files.contains_key(name) {
        true => std::fs::read(dir.join(name)).ok().map(|text| String::from_utf8_lossy(&text).into_owned()),
        false => None,
    };
    let (sha256_text, sm3_text) = (text(SHA256SUMS), text(SM3SUMS));
    let lists = [
        (SHA256SUMS, sha256_text.as_deref(), sha256 as fn(&Digest) -> &str),
        (SM3SUMS, sm3_text.as_deref(), sm3 as fn(&Digest) -> &str),
    ];
    let mut listed = std::collections::BTreeSet::new();
    for (name, text, _) in &lists {
        match text {
            Some(text) => {
                listed.extend(text.lines().filter_map(|line| line.split_once("  ")).map(|(_, path)| path));
            }
            None => found.add(ProblemKind::Missing, name, "校验清单缺失", "the list of sums is missing"),
        }
    }
    // A file is as it was kept when either list or the manifest says so; a list that disagrees was itself changed.
    let vouched = |file: &KeptFile| {
        lists.iter().any(|(_, text, digest)| {
            let line = format!("{}  {}", digest(&file.digest), file.path);
            text.is_some_and(|text| text.lines().any(|known| known == line))
        })
    };
    let mut kept = Vec::new();
    for file in files.values().filter(|file| file.path != SHA256SUMS && file.path != SM3SUMS) {
        if vouched(file) {
            kept.push(file.clone());
        } else if listed.contains(file.path.as_str()) {
            found.add(
                ProblemKind::Changed,
                &file.path,
                "内容与校验值不符",
                "the bytes are not those of its sum",
            );
        } else {
            found.add(ProblemKind::Added, &file.path, "清单外的文件", "the file is in no list");
        }
    }
    let in_both = |path: &str| {
        lists.iter().all(|(_, text, _)| {
            text.is_none_or(|text| {
                text.lines().any(|line| line.split_once("  ").is_some_and(|(_, known)| known == path))
            })
        })
    };
    for path in listed.iter().filter(|path| !files.contains_key(**path) && in_both(path)) {
        found.add(ProblemKind::Missing, path, "文件缺失", "the file is missing");
    }
    for (name, text, digest) in &lists {
        let expected = sums(&mut kept, digest);
        let lost =
            expected.lines().any(|line| text.is_some_and(|text| !text.lines().any(|known| known == line)));
        let clean = found.problems.is_empty();
        if text.is_some_and(|text| lost || (clean && text != expected)) {
            found.add(ProblemKind::Changed, name, "校验清单被改动", "the list of sums was changed");
        }
    }
    against_manifest(dir, files, found);
}

fn against_manifest(dir: &Path, files: &BTreeMap<String, KeptFile>, found: &mut Verification) {
    if !files.contains_key(MANIFEST) {
        found.add(ProblemKind::Missing, MANIFEST, "清单缺失", "the manifest is missing");
        return;
    }
    let manifest = std::fs::read(dir.join(MANIFEST)).ok();
    let Some(manifest) = manifest.and_then(|text| serde_json::from_slice::<Manifest>(&text).ok()) else {
        found.add(ProblemKind::Changed, MANIFEST, "清单无法解析", "the manifest cannot be read");
        return;
    };
    for listed in &manifest.files {
        match files.get(&listed.path) {
            None => found.add(ProblemKind::Missing, &listed.path, "文件缺失", "the file is missing"),
            Some(file) if file != listed => {
                found.add(
                    ProblemKind::Changed,
                    &listed.path,
                    "内容与清单不符",
                    "the bytes are not those of the manifest",
                );
            }
            Some(_) => {}
        }
    }
}

/// An unfinished folder: every record by its own digests, every body by its name.
fn by_records(dir: &Path, files: &BTreeMap<String, KeptFile>, found: &mut Verification) {
    found.finished = false;
    found.add(
        ProblemKind::Unfinished,
        MANIFEST,
        "留证未完成：没有清单，只能逐条校验",
        "never closed: no manifest, checked record by record",
    );
    if !files.contains_key(WARC) {
        found.add(ProblemKind::Missing, WARC, "文件缺失", "the file is missing");
        return;
    }
    let mut broken = 0;
    let read = read_records(&dir.join(WARC), |record| {
        broken += usize::from(!record.digests_hold());
        Ok(())
    });
    if broken > 0 {
        found.add(ProblemKind::Changed, WARC, "记录与其摘要不符", "a record is not what its digest says");
    }
    if let Err(error) = read {
        found.add(ProblemKind::Changed, WARC, "记录损坏或者不完整", &error.to_string());
    }
    for (path, file) in files.iter().filter(|(path, _)| *path != WARC) {
        let body = path
            .strip_prefix(BODIES)
            .and_then(|name| name.strip_prefix('/'))
            .filter(|name| is_body_name(name));
        match body {
            Some(name) if name.starts_with(&file.digest.sha256) => {}
            Some(_) => found.add(
                ProblemKind::Changed,
                path,
                "内容与文件名摘要不符",
                "the bytes are not those of its name",
            ),
            None => found.add(ProblemKind::Added, path, "不属于留证的文件", "not a file that was kept"),
        }
    }
}

impl Verification {
    pub(super) fn add(&mut self, kind: ProblemKind, path: &str, zh: &str, en: &str) {
        self.problems.push(Problem { kind, path: path.to_owned(), detail: Bilingual::new(zh, en) });
    }
}

fn sha256(digest: &Digest) -> &str {
    &digest.sha256
}

fn sm3(digest: &Digest) -> &str {
    &digest.sm3
}
