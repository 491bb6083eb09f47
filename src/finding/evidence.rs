//! What a finding rests on: digests of kept bytes, never the bytes themselves.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
