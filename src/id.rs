//! Names as types, so that one cannot stand where another is meant.
//!
//! Holds no behaviour beyond making, showing and comparing names and digests.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

name!(
    /// A registered site, as its registry file calls it.
    TargetId
);
name!(
    /// One way to appear to a server: `m`, `d`, `b`, `s` … (see `exchange::profile`).
    ProfileId
);
name!(
    /// A duty or a penalty tier in the catalogue, such as `CSL.2026.23`.
    ObligationId
);
name!(
    /// A finding, computed from its kind and place so that the next scan knows it again.
    Fingerprint
);

name!(
    /// One visit of a site; made by whoever visits, kept so that the same visit is never recorded twice.
    VisitId
);
name!(
    /// An incident: findings of one cause on one site.
    IncidentId
);

/// One exchange within one visit, counted from 0 in the order of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExchangeId(pub u32);

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "x{:04}", self.0)
    }
}

/// The SHA-256 (FIPS 180-4) and SM3 (GB/T 32905) of the same bytes, in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Digest {
    /// SHA-256, 64 digits.
    pub sha256: String,
    /// SM3, 64 digits.
    pub sm3: String,
}

impl Digest {
    /// Computes both digests.
    pub fn of(bytes: &[u8]) -> Self {
        Self { sha256: sha256_hex(bytes), sm3: sm3_hex(bytes) }
    }
}

/// SHA-256 alone, for places where national practice asks for nothing more.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&sha2::Sha256::digest(bytes))
}

/// SHA-256 of bytes that come in pieces.
#[derive(Debug, Clone, Default)]
pub struct Hashing(sha2::Sha256);

impl Hashing {
    /// Takes a piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all pieces, in hexadecimal.
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

fn sm3_hex(bytes: &[u8]) -> String {
    hex(&sm3::Sm3::digest(bytes))
}

/// Bytes in hexadecimal, small letters.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// The bytes of a text in hexadecimal; `None` where it is none.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_agree_with_the_published_vectors() {
        let digest = Digest::of(b"abc");
        assert_eq!(digest.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digest.sm3, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    }
}
