//! Takes content codings off a body, never making more of it than the cap allows.

use std::io::{self, Read};

use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::exchange::Cut;

/// How many codings are taken off one body; more is an attack.
const MOST_CODINGS: usize = 3;
/// The largest window of a zstd frame, as a power of two (RFC 9659 allows 8 MB on the web).
const ZSTD_WINDOW: u32 = 23;

/// The body without its codings, and why it is not whole. A body that does not decode at all is given as it is: servers
/// that name a coding and send plain text exist, and their text is still to be judged.
pub(super) fn decoded(raw: &Bytes, codings: &str, cap: usize) -> (Bytes, Option<Cut>) {
    let codings: Vec<String> = codings
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    if codings.len() > MOST_CODINGS {
        return (raw.clone(), Some(Cut::Broken));
    }
    let mut body = raw.clone();
    let mut cut = None;
    for coding in codings.iter().rev().filter(|name| *name != "identity") {
        if body.is_empty() {
            break;
        }
        let (next, reason) = one(&body, coding, cap);
        cut = cut.or(reason);
        if next.is_empty() && reason == Some(Cut::Broken) {
            return (body, cut);
        }
        body = next;
    }
    if body.len() > cap {
        body.truncate(cap);
        cut = cut.or(Some(Cut::TooLargeDecompressed));
    }
    (body, cut)
}

fn one(body: &Bytes, coding: &str, cap: usize) -> (Bytes, Option<Cut>) {
    let bytes = body.as_ref();
    match coding {
        "gzip" | "x-gzip" => capped(MultiGzDecoder::new(bytes), cap),
        "deflate" if is_zlib(bytes) => capped(ZlibDecoder::new(bytes), cap),
        "deflate" => capped(DeflateDecoder::new(bytes), cap),
        "br" => capped(brotli::Decompressor::new(bytes, 4096), cap),
        "zstd" => match zstd::stream::read::Decoder::with_buffer(bytes) {
            Ok(mut decoder) => match decoder.window_log_max(ZSTD_WINDOW) {
                Ok(()) => capped(decoder, cap),
                Err(_) => (Bytes::new(), Some(Cut::Broken)),
            },
            Err(_) => (Bytes::new(), Some(Cut::Broken)),
        },
        _ => (Bytes::new(), Some(Cut::Broken)),
    }
}

fn capped(mut decoder: impl Read, cap: usize) -> (Bytes, Option<Cut>) {
    let mut out = Vec::new();
    let mut piece = [0_u8; 16 * 1024];
    loop {
        match decoder.read(&mut piece) {
            Ok(0) => return (out.into(), None),
            Ok(length) => {
                let room = cap - out.len();
                out.extend_from_slice(&piece[..length.min(room)]);
                if length > room {
                    return (out.into(), Some(Cut::TooLargeDecompressed));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return (out.into(), Some(Cut::Broken)),
        }
    }
}

/// Whether the bytes begin with a zlib header (RFC 1950); "deflate" on the web comes with and without one.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [first, second, ..] if first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] = b"plain text, plain text, plain text";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn check(raw: Vec<u8>, codings: &str, body: &[u8], cut: Option<Cut>) {
        let (got, reason) = decoded(&raw.into(), codings, 1000);
        assert_eq!((got.as_ref(), reason), (body, cut), "{codings}");
    }

    #[test]
    fn every_coding_that_profiles_accept_comes_off() {
        check(TEXT.to_vec(), "", TEXT, None);
        check(TEXT.to_vec(), "identity", TEXT, None);
        check(gzip(TEXT), "gzip", TEXT, None);
        check([gzip(TEXT), gzip(TEXT)].concat(), "x-gzip", &TEXT.repeat(2), None);
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(TEXT).unwrap();
        check(encoder.finish().unwrap(), "Deflate", TEXT, None);
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(TEXT).unwrap();
        check(encoder.finish().unwrap(), "deflate", TEXT, None);
        check(zstd::stream::encode_all(TEXT, 3).unwrap(), "zstd", TEXT, None);
        let mut packed = Vec::new();
        brotli::CompressorWriter::new(&mut packed, 4096, 5, 22).write_all(TEXT).unwrap();
        check(packed, "br", TEXT, None);
        check(gzip(&zstd::stream::encode_all(TEXT, 3).unwrap()), "zstd, gzip", TEXT, None);
        check(Vec::new(), "gzip", b"", None);
    }

    #[test]
    fn a_bomb_is_cut_at_the_cap_in_every_coding() {
        let zeros = vec![b'0'; 5_000_000];
        let full = vec![b'0'; 1000];
        check(gzip(&zeros), "gzip", &full, Some(Cut::TooLargeDecompressed));
        check(
            zstd::stream::encode_all(zeros.as_slice(), 3).unwrap(),
            "zstd",
            &full,
            Some(Cut::TooLargeDecompressed),
        );
        let (body, cut) = decoded(&gzip(&gzip(&zeros)).into(), "gzip, gzip", 1000);
        assert!(body.len() <= 1000);
        assert!(cut.is_some());
    }

    #[test]
    fn a_coding_that_does_not_decode_leaves_what_there_is() {
        let whole = gzip(&TEXT.repeat(20));
        let (body, cut) = decoded(&Bytes::from(whole[..whole.len() - 9].to_vec()), "gzip", 1000);
        assert_eq!(cut, Some(Cut::Broken));
        assert!(TEXT.repeat(20).starts_with(&body));
        check(TEXT.to_vec(), "gzip", TEXT, Some(Cut::Broken));
        check(TEXT.to_vec(), "compress", TEXT, Some(Cut::Broken));
        check(TEXT.to_vec(), "gzip,gzip,gzip,gzip", TEXT, Some(Cut::Broken));
    }
}
