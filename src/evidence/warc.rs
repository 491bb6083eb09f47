//! WARC/1.1 records, each its own gzip member: writing them, and reading them back from a file that may be hostile.
//!
//! Source: ISO 28500:2017; the digest form `sha256:<hex>` is one that warcio accepts.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Seek as _};
use std::path::Path;

use flate2::bufread::GzDecoder;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};

use super::EvidenceError;
use crate::id::sha256_hex;

/// Longest record header that is read back.
const MAX_HEAD: u64 = 256 * 1024;
/// Longest block that is read back; more than any body the scanner takes.
const MAX_BLOCK: u64 = 512 * 1024 * 1024;

/// How hard members are compressed, of 9: most of what is kept is gone again when its visit turns out clean.
const EFFORT: u32 = 1;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// Header fields in order, `WARC-Type` and `WARC-Record-ID` among them; without `Content-Length`.
    pub(super) fields: Vec<(String, String)>,
    pub(super) block: Vec<u8>,
}

impl Record {
    /// A record with its digest. `fields` hold what only this type has.
    pub(super) fn new(kind: &str, id: &str, date: &str, content_type: &str, block: Vec<u8>) -> Self {
        let fields = [
            ("WARC-Type", kind.to_owned()),
            ("WARC-Record-ID", id.to_owned()),
            ("WARC-Date", date.to_owned()),
            ("Content-Type", content_type.to_owned()),
            ("WARC-Block-Digest", format!("sha256:{}", sha256_hex(&block))),
        ];
        Self { fields: fields.map(|(name, value)| (name.to_owned(), value)).to_vec(), block }
    }

    /// With one more field; line breaks in its value cannot break the record.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        let value: String = value.into().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.fields.push((name.to_owned(), value));
        self
    }

    /// The first field of that name.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The record as it is written.
    fn to_bytes(&self) -> Vec<u8> {
        let mut head = String::from("WARC/1.1\r\n");
        for (name, value) in &self.fields {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let _ = write!(head, "Content-Length: {}\r\n\r\n", self.block.len());
        [head.as_bytes(), &self.block, b"\r\n\r\n"].concat()
    }

    /// Whether the block is what its digest says, and the payload at its end what the payload digest says.
    pub(super) fn digests_hold(&self) -> bool {
        let block = format!("sha256:{}", sha256_hex(&self.block));
        let payload_at = self.block.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
        let payload = || format!("sha256:{}", sha256_hex(&self.block[payload_at..]));
        self.field("WARC-Block-Digest") == Some(&block)
            && self.field("WARC-Payload-Digest").is_none_or(|stored| stored == payload())
    }
}

/// Makes gzip members (RFC 1952) of records, one after the other with the same working memory: to lay that out anew costs
/// more than most records do.
#[derive(Debug)]
pub(super) struct Packer(Compress);

impl Packer {
    pub(super) fn new() -> Self {
        Self(Compress::new(Compression::new(EFFORT), false))
    }

    /// The record as one member.
    pub(super) fn pack(&mut self, record: &Record) -> std::io::Result<Vec<u8>> {
        /// Deflated, no name, no time, no system.
        const HEAD: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
        let bytes = record.to_bytes();
        let mut member = Vec::with_capacity(bytes.len() / 4 + 512);
        member.extend(HEAD);
        self.0.reset();
        loop {
            let taken = usize::try_from(self.0.total_in()).unwrap_or(bytes.len());
            match self.0.compress_vec(&bytes[taken..], &mut member, FlushCompress::Finish)? {
                Status::StreamEnd => break,
                Status::Ok | Status::BufError => member.reserve(member.capacity()),
            }
        }
        let mut sum = Crc::new();
        sum.update(&bytes);
        member.extend(sum.sum().to_le_bytes());
        member.extend(sum.amount().to_le_bytes());
        Ok(member)
    }
}

/// Reads every record of a file in order and gives it to `take`.
///
/// # Errors
/// The file cannot be read, or is not what this room writes; records before the damage were given.
pub(super) fn read_records(
    path: &Path,
    mut take: impl FnMut(Record) -> Result<(), EvidenceError>,
) -> Result<(), EvidenceError> {
    read_records_at(path, |record, _, _| take(record))
}

/// As [`read_records`], with the offset of each record's member in the file and its length there, in bytes.
pub(super) fn read_records_at(
    path: &Path,
    mut take: impl FnMut(Record, u64, u64) -> Result<(), EvidenceError>,
) -> Result<(), EvidenceError> {
    let file = std::fs::File::open(path).map_err(EvidenceError::read(path))?;
    let mut file = BufReader::new(file);
    let mut number = 0;
    while !file.fill_buf().map_err(EvidenceError::read(path))?.is_empty() {
        number += 1;
        let offset = file.stream_position().map_err(EvidenceError::read(path))?;
        let damaged = |what: &str| EvidenceError::damaged(path, format!("record {number}: {what}"));
        let mut member = BufReader::new(GzDecoder::new(&mut file));
        let record = read_record(&mut member).map_err(|what| damaged(&what))?;
        let mut rest = [0; 1];
        match member.read(&mut rest) {
            Ok(0) => {}
            Ok(_) => return Err(damaged("there are bytes after its end")),
            Err(error) => return Err(damaged(&error.to_string())),
        }
        let end = file.stream_position().map_err(EvidenceError::read(path))?;
        take(record, offset, end - offset)?;
    }
    Ok(())
}

fn read_record(input: &mut impl BufRead) -> Result<Record, String> {
    let mut head = input.take(MAX_HEAD);
    let mut line = || {
        let mut bytes = Vec::new();
        head.read_until(b'\n', &mut bytes).map_err(|error| error.to_string())?;
        match bytes.strip_suffix(b"\r\n") {
            Some(line) => String::from_utf8(line.to_vec()).map_err(|_| "its header is not UTF-8".to_owned()),
            None => Err("its header is cut short or too long".to_owned()),
        }
    };
    if line()? != "WARC/1.1" {
        return Err("it does not begin with WARC/1.1".to_owned());
    }
    let mut fields = Vec::new();
    let mut length = None;
    loop {
        let line = line()?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").ok_or("a header line has no colon")?;
        if name == "Content-Length" {
            length = value.parse::<u64>().ok();
        } else {
            fields.push((name.to_owned(), value.to_owned()));
        }
    }
    let length = length.filter(|&length| length <= MAX_BLOCK).ok_or("its length is missing or too large")?;
    let mut block = Vec::new();
    let read = input.take(length).read_to_end(&mut block).map_err(|error| error.to_string())?;
    let mut end = [0; 4];
    if read as u64 != length || input.read_exact(&mut end).is_err() || &end != b"\r\n\r\n" {
        return Err("it is cut short".to_owned());
    }
    Ok(Record { fields, block })
}
