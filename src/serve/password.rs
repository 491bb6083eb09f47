//! Passwords and keys: hashed, made and compared.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::id::{hex, sha256_hex};

/// Characters of a password at the least (NIST SP 800-63B asks for 15 where nothing else is asked, 8 at the least).
pub(super) const SHORTEST: usize = 10;
/// Bytes of a password at the most: hashing a long one would keep the program busy.
pub(super) const LONGEST: usize = 256;

/// Argon2id with 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet).
fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).unwrap_or_default())
}

/// A password as a salted hash in PHC form; `None` where the system has no randomness.
pub(super) fn hashed(password: &str) -> Option<String> {
    hasher().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string())
}

/// Whether a password has that hash. Takes as long where there is no hash to compare with, so that nobody can tell by the
/// time which accounts there are.
pub(super) fn matches(password: &str, kept: Option<&str>) -> bool {
    /// The hash of nothing that anybody knows, with the parameters of today.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$3q2+7wAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    if password.len() > LONGEST {
        return false;
    }
    let Ok(hash) = PasswordHash::new(kept.unwrap_or(NOBODY)) else { return false };
    hasher().verify_password(password.as_bytes(), &hash).is_ok() && kept.is_some()
}

/// A key that nobody can guess: 32 random bytes in hexadecimal; `None` where the system has no randomness.
pub(super) fn key() -> Option<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(hex(&bytes))
}

/// Under what a key is kept.
pub(super) fn digest(key: &str) -> String {
    sha256_hex(key.as_bytes())
}

/// The mark that a form of a session carries, so that no other site's form passes for it.
pub(super) fn form_mark(key: &str) -> String {
    sha256_hex(format!("form {key}").as_bytes())[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_alone() {
        let hash = hashed("correct horse 电池").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(matches("correct horse 电池", Some(&hash)));
        for (password, kept) in [("correct horse", Some(hash.as_str())), ("x", None), ("", Some("no hash"))] {
            assert!(!matches(password, kept), "{password}");
        }
        assert!(!matches(&"x".repeat(LONGEST + 1), Some(&hash)));
    }

    #[test]
    fn keys_differ_and_their_digests_do_not_tell_them() {
        let (one, other) = (key().unwrap(), key().unwrap());
        assert!(one != other && one.len() == 64);
        assert!(digest(&one) != one && form_mark(&one) != digest(&one)[..32]);
    }
}
