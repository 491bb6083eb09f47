//! Kept bytes: every exchange behind a finding, written down before anybody judges it.
//!
//! A folder of evidence holds `exchanges.warc.gz` (WARC/1.1, ISO 28500), `bodies/` (decoded bodies, pictures and rendered
//! documents under their SHA-256), `manifest.json`, `SHA256SUMS` and `SM3SUMS`. The sums come last: a folder without them is unfinished and
//! still verifiable record by record. Judges nothing and asks no network; times and facts come in as arguments. It is a
//! worksheet for an extraction record, not the record itself (提取笔录), which only investigators make.

mod keep;
mod package;
mod sign;
mod stamp;
mod stored;
mod unpack;
mod verify;
mod warc;

use std::path::{Path, PathBuf};

pub use keep::{
    Condition, FORMAT, Keeper, Kept, KeptFile, KeptResource, Made, Manifest, Requested, VisitFacts, manifest,
};
pub use package::{Cover, Packed, pack};
pub use sign::{PackageKey, PackageSignature};
pub use stamp::{QUERY as STAMP_QUERY, StampError, StampRequest, stamp_of, stamp_request, stamped};
pub use stored::read;
pub use unpack::verify_package;
pub use verify::{Problem, ProblemKind, Verification, verify};

/// The WARC file of a folder.
pub const WARC: &str = "exchanges.warc.gz";
/// The folder of decoded bodies.
pub const BODIES: &str = "bodies";
/// The manifest of a folder.
pub const MANIFEST: &str = "manifest.json";
/// SHA-256 of every file, as `sha256sum -c` reads it.
pub const SHA256SUMS: &str = "SHA256SUMS";
/// SM3 of every file, in the same form.
pub const SM3SUMS: &str = "SM3SUMS";

/// What went wrong with a folder of evidence.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The folder cannot be made or written.
    #[error("write to the evidence folder {path}: {source}; choose a folder that you may write to")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// The folder holds evidence of an earlier visit, which is never written over.
    #[error("start evidence in {path}: it already holds evidence; choose a new or empty folder")]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("write the evidence file {path}: {source}; check free space and permissions")]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// A file or folder cannot be read.
    #[error("read the evidence at {path}: {source}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// There is no evidence in the folder.
    #[error("find evidence in {path}: it holds neither {WARC} nor {MANIFEST}")]
    NotEvidence {
        /// The folder.
        path: PathBuf,
    },
    /// Stored data are damaged or hostile.
    #[error("use the evidence file {path}: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

impl EvidenceError {
    fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }

    fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Read { path, source }
    }

    /// Something in it is not as it was kept.
    pub(crate) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), what: what.into() }
    }
}

#[cfg(test)]
mod tests;
