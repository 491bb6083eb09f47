//! Trusted time stamps of packages (RFC 3161): a request for an authority, and what its answer says.
//!
//! The stamp stands beside the package as `PACKAGE.tsr`, as an authority gave it, so that public tools check it:
//! `openssl ts -verify -in case.wacz.tsr -data case.wacz -CAfile authority.pem`. Here is only told whether it is of these
//! bytes, and which time it states; whether the authority's signature holds is for those tools to say.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::EvidenceError;
use crate::id::{Hashing, unhex};

/// Media types of request and answer (RFC 3161, section 3.4).
pub const QUERY: &str = "application/timestamp-query";

/// The largest answer that is kept, in bytes.
const LARGEST: usize = 64 << 10;
/// `AlgorithmIdentifier` of SHA-256 with no parameters but NULL.
const SHA256: [u8; 15] =
    [0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00];

/// A request that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampRequest {
    /// What is sent to the authority.
    pub query: Vec<u8>,
    imprint: Vec<u8>,
    nonce: Vec<u8>,
}

/// Why an answer is no stamp of the package; each fits after "failed to".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    /// The authority refused.
    #[error("get a time stamp: the authority refused with status {0}")]
    Refused(u8),
    /// It is no answer of an authority.
    #[error("read the answer as a time stamp (RFC 3161)")]
    Unreadable,
    /// It is of other bytes.
    #[error("match the time stamp with the package: it is of other bytes")]
    Other,
    /// It answers another request.
    #[error("match the time stamp with the request: it answers another one")]
    Replayed,
}

/// Where the stamp of a package stands.
pub fn stamp_of(package: &Path) -> PathBuf {
    let mut name = package.as_os_str().to_owned();
    name.push(".tsr");
    PathBuf::from(name)
}

/// A request for a stamp of a file; `nonce` is random.
///
/// # Errors
/// The file cannot be read.
pub fn stamp_request(file: &Path, nonce: [u8; 8]) -> Result<StampRequest, EvidenceError> {
    let imprint = imprint_of(file)?;
    // A positive number in the shortest form that DER has for it.
    let mut number = nonce;
    number[0] = number[0] & 0x3F | 0x40;
    let nonce = [&[0x02, 8][..], &number].concat();
    let content = [&[0x02, 0x01, 0x01][..], &imprint, &nonce, &[0x01, 0x01, 0xFF]].concat();
    let length = u8::try_from(content.len()).unwrap_or(0);
    Ok(StampRequest { query: [&[0x30, length][..], &content].concat(), imprint, nonce })
}

/// `MessageImprint` of a file.
fn imprint_of(path: &Path) -> Result<Vec<u8>, EvidenceError> {
    let mut file = File::open(path).map_err(EvidenceError::read(path))?;
    let mut hashing = Hashing::default();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut buffer).map_err(EvidenceError::read(path))?;
        if read == 0 {
            break;
        }
        hashing.update(&buffer[..read]);
    }
    let bytes = unhex(&hashing.finish()).unwrap_or_default();
    Ok([&[0x30, 0x31][..], &SHA256, &[0x04, 0x20], &bytes].concat())
}

impl StampRequest {
    /// Whether an answer is a stamp of what was asked for; gives the time that it states, `YYYYMMDDhhmmss` in UTC.
    ///
    /// # Errors
    /// [`StampError`]
    pub fn accepts(&self, answer: &[u8]) -> Result<String, StampError> {
        let time = stated(answer, &self.imprint)?;
        if find(answer, &self.nonce).is_none() {
            return Err(StampError::Replayed);
        }
        Ok(time)
    }
}

/// The time that the stamp beside a package states, where there is one; an error where it is not of these bytes.
///
/// # Errors
/// A file cannot be read.
pub fn stamped(package: &Path) -> Result<Option<Result<String, StampError>>, EvidenceError> {
    let path = stamp_of(package);
    if !path.is_file() {
        return Ok(None);
    }
    let mut answer = Vec::new();
    let file = File::open(&path).map_err(EvidenceError::read(&path))?;
    file.take(LARGEST as u64).read_to_end(&mut answer).map_err(EvidenceError::read(&path))?;
    Ok(Some(stated(&answer, &imprint_of(package)?)))
}

/// The time that an answer states for an imprint.
fn stated(answer: &[u8], imprint: &[u8]) -> Result<String, StampError> {
    let body = inside(answer, 0x30).ok_or(StampError::Unreadable)?;
    let status = inside(body, 0x30).and_then(|status| inside(status, 0x02)).ok_or(StampError::Unreadable)?;
    // Granted, or granted with changes.
    if let [refused] = status
        && *refused > 1
    {
        return Err(StampError::Refused(*refused));
    }
    let at = find(answer, imprint).ok_or(StampError::Other)?;
    // `TSTInfo`: after the imprint come the serial number and the time.
    let rest = &answer[at + imprint.len()..];
    let serial = inside(rest, 0x02).ok_or(StampError::Unreadable)?;
    let from = serial.as_ptr() as usize - rest.as_ptr() as usize + serial.len();
    let time = inside(&rest[from..], 0x18).ok_or(StampError::Unreadable)?;
    let digits = time.get(..14).filter(|digits| digits.iter().all(u8::is_ascii_digit));
    digits.map(|digits| String::from_utf8_lossy(digits).into_owned()).ok_or(StampError::Unreadable)
}

/// The content of the DER value at the beginning, where it has that tag.
fn inside(der: &[u8], tag: u8) -> Option<&[u8]> {
    let (&first, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7F => (usize::from(length), rest),
        0x81..=0x83 => {
            let bytes = usize::from(length & 0x7F);
            let (number, rest) = rest.split_at_checked(bytes)?;
            (number.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    (first == tag).then(|| rest.get(..length)).flatten()
}

fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(hay, needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_stamp_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.wacz");
        std::fs::write(&file, "x").unwrap();
        let request = stamp_request(&file, [0xFF; 8]).unwrap();
        assert_eq!((request.query[0], usize::from(request.query[1])), (0x30, request.query.len() - 2));
        for (answer, expected) in [
            (&b""[..], StampError::Unreadable),
            (b"\x30\x84\xFF\xFF\xFF\xFF", StampError::Unreadable),
            (b"<html>", StampError::Unreadable),
            (b"\x30\x05\x30\x03\x02\x01\x02", StampError::Refused(2)),
            (b"\x30\x05\x30\x03\x02\x01\x00", StampError::Other),
        ] {
            assert_eq!(request.accepts(answer), Err(expected));
        }
        assert_eq!(stamped(&file).unwrap(), None);
        std::fs::write(stamp_of(&file), "no stamp").unwrap();
        assert_eq!(stamped(&file).unwrap(), Some(Err(StampError::Unreadable)));
    }

    #[test]
    fn a_stamp_of_openssl_is_taken_and_of_other_bytes_refused() {
        let folder = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| {
            let mut openssl = std::process::Command::new("openssl");
            openssl.args(arguments).current_dir(folder.path()).output()
        };
        if run(&["version"]).is_err() {
            eprintln!("left out: time stamps; there is no openssl on this machine");
            return;
        }
        let settings = "[req]\ndistinguished_name=n\nx509_extensions=e\nprompt=no\n[n]\nCN=stamp\n[e]\nextendedKeyUsage=critical,timeStamping\n\
            [tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_cert=c.pem\nsigner_key=k.pem\nsigner_digest=sha256\ndefault_policy=1.2.3\n\
            digests=sha256\naccuracy=secs:1\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n";
        std::fs::write(folder.path().join("s.cnf"), settings).unwrap();
        std::fs::write(folder.path().join("serial"), "01\n").unwrap();
        let made = run(&[
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.pem", "-config",
            "s.cnf",
        ]);
        assert!(made.unwrap().status.success());
        let file = folder.path().join("x.wacz");
        std::fs::write(&file, "the package").unwrap();
        let request = stamp_request(&file, [0x9A; 8]).unwrap();
        std::fs::write(folder.path().join("q.tsq"), &request.query).unwrap();
        let replied =
            run(&["ts", "-reply", "-config", "s.cnf", "-queryfile", "q.tsq", "-out", "x.wacz.tsr"]).unwrap();
        assert!(replied.status.success(), "{}", String::from_utf8_lossy(&replied.stderr));
        let answer = std::fs::read(stamp_of(&file)).unwrap();
        let time = request.accepts(&answer).unwrap();
        assert!(time.len() == 14 && time.starts_with("20"), "{time}");
        assert_eq!(stamped(&file).unwrap(), Some(Ok(time)));
        let judged =
            run(&["ts", "-verify", "-in", "x.wacz.tsr", "-data", "x.wacz", "-CAfile", "c.pem"]).unwrap();
        assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
        let other = stamp_request(&file, [0x5B; 8]).unwrap();
        assert_eq!(other.accepts(&answer), Err(StampError::Replayed));
        std::fs::write(&file, "another package").unwrap();
        assert_eq!(stamped(&file).unwrap(), Some(Err(StampError::Other)));
    }
}
