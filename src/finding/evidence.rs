//! What a finding rests on: digests of kept bytes, the bytes themselves only for pictures at hand.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::lang::Bilingual;

/// One kept piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRef {
    /// SHA-256 of the kept bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// SM3 of the same bytes, 64 hexadecimal digits.
    pub sm3: String,
    /// What the bytes are.
    pub role: EvidenceRole,
    /// When they were received or made.
    pub at: Timestamp,
    /// The picture itself, where it is one and at hand; never part of the contract.
    #[serde(skip)]
    pub picture: Option<Picture>,
}

/// A kept picture, to be shown in a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What it shows.
    pub caption: Bilingual,
    /// Where it is kept.
    pub file: String,
    /// PNG.
    pub png: Bytes,
}

/// What a kept piece of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceRole {
    /// A response as received.
    Response,
    /// A script of the page.
    Script,
    /// A picture of the page.
    Screenshot,
}

impl EvidenceRole {
    /// Every role.
    pub const ALL: &'static [Self] = &[Self::Response, Self::Script, Self::Screenshot];
}
