//! Signatures of packages (Ed25519, RFC 8032): who made a package, and that its description is the one they made.
//!
//! What is signed is the digest of the description, which names the digest of every file, and the time that the signer
//! states. The signature stands in `datapackage-digest.json`, which other readers pass over.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::EvidenceError;
use crate::id::{hex, unhex};

/// What a signature is over begins so, so that it is good for nothing else.
const PURPOSE: &str = "xuncha package signature 1";

/// A key that signs packages.
pub struct PackageKey(SigningKey);

/// A signature as a package holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageSignature {
    /// `Ed25519`
    pub algorithm: String,
    /// 32 bytes in hexadecimal.
    pub public_key: String,
    /// 64 bytes in hexadecimal.
    pub signature: String,
    /// When it was signed, as the signer's clock says.
    pub signed: Timestamp,
}

impl PackageKey {
    /// Makes a key and keeps it in a new file that only its owner may read.
    ///
    /// # Errors
    /// The file exists already or cannot be written, or the system has no randomness.
    pub fn make(path: &Path) -> Result<Self, EvidenceError> {
        let mut seed = [0_u8; 32];
        getrandom::fill(&mut seed).map_err(|error| EvidenceError::damaged(path, error.to_string()))?;
        let mut options = OpenOptions::new();
        let opened = options.write(true).create_new(true).mode(0o600).open(path);
        let text = format!("{}\n", hex(&seed));
        let written =
            opened.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
        written.map_err(EvidenceError::write(path))?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Reads a kept key.
    ///
    /// # Errors
    /// There is no such file, or it holds no key.
    pub fn read(path: &Path) -> Result<Self, EvidenceError> {
        let text = std::fs::read_to_string(path).map_err(EvidenceError::read(path))?;
        let seed: [u8; 32] = unhex(text.trim()).and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
            EvidenceError::damaged(path, "it holds no key of 64 hexadecimal digits".to_owned())
        })?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The key by which others check, in hexadecimal.
    pub fn public_key(&self) -> String {
        hex(self.0.verifying_key().as_bytes())
    }

    /// Signs the digest of a description.
    pub(super) fn sign(&self, digest: &str, at: Timestamp) -> PackageSignature {
        let signature = self.0.sign(&message(digest, at));
        PackageSignature {
            algorithm: "Ed25519".to_owned(),
            public_key: self.public_key(),
            signature: hex(&signature.to_bytes()),
            signed: at,
        }
    }
}

impl PackageSignature {
    /// Whether it is a good signature, by the key that it names, of a description with that digest. Whose key that is,
    /// only people know.
    pub(super) fn is_good(&self, digest: &str) -> bool {
        let checked = || {
            let key: [u8; 32] = unhex(&self.public_key)?.try_into().ok()?;
            let signature: [u8; 64] = unhex(&self.signature)?.try_into().ok()?;
            let key = VerifyingKey::from_bytes(&key).ok()?;
            key.verify_strict(&message(digest, self.signed), &Signature::from_bytes(&signature)).ok()
        };
        self.algorithm == "Ed25519" && checked().is_some()
    }
}

fn message(digest: &str, at: Timestamp) -> Vec<u8> {
    format!("{PURPOSE}\n{digest}\n{at}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_what_was_signed_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let made = PackageKey::make(&file).unwrap();
        let key = PackageKey::read(&file).unwrap();
        assert_eq!(made.public_key(), key.public_key());
        assert!(PackageKey::make(&file).is_err(), "a key is never written over");
        let at: Timestamp = "2026-11-27T00:00:00Z".parse().unwrap();
        let good = key.sign("abc", at);
        assert!(good.is_good("abc") && !good.is_good("abd"));
        let later = PackageSignature { signed: "2026-11-28T00:00:00Z".parse().unwrap(), ..good.clone() };
        let other = PackageSignature { public_key: hex(&[7; 32]), ..good.clone() };
        let garbage = PackageSignature { signature: "zz".to_owned(), ..good };
        assert!(!later.is_good("abc") && !other.is_good("abc") && !garbage.is_good("abc"));
    }

    #[test]
    fn a_key_reads_as_the_standard_says() {
        // The first test vector of RFC 8032, section 7.1.
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n").unwrap();
        let key = PackageKey::read(&file).unwrap();
        assert_eq!(key.public_key(), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        std::fs::write(&file, "no key").unwrap();
        assert!(PackageKey::read(&file).is_err());
    }
}
