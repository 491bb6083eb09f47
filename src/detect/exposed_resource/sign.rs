//! By what the first bytes of a file give themselves away. Status alone never decides: many sites answer 200 to
//! everything.
//!
//! Each function gives what may be shown of the bytes, with values left out, or `None` where they are something else.

/// `.git/HEAD`: a reference, or a commit.
pub(super) fn git_head(bytes: &[u8]) -> Option<String> {
    let line = first_line(bytes)?;
    let reference = line.starts_with("ref: refs/");
    let commit = line.len() == 40 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
    (reference || commit).then(|| line.to_owned())
}

/// `.svn/entries`: the format's number on a line of its own, from version 1.4 on; XML before.
pub(super) fn svn_entries(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (line, rest) = text.split_once('\n')?;
    let number = line.trim_end().parse::<u8>().is_ok_and(|format| (7..=31).contains(&format));
    let follows = rest.is_empty() || rest.starts_with("\ndir") || rest.starts_with("\r\ndir");
    let xml = text.starts_with("<?xml") && text.contains("<wc-entries");
    (xml || (number && follows)).then(|| line.trim_end().to_owned())
}

/// An SQLite database, as `.svn/wc.db` is.
pub(super) fn sqlite(bytes: &[u8]) -> Option<String> {
    bytes.starts_with(b"SQLite format 3\0").then(|| "SQLite format 3".to_owned())
}

/// `.hg/requires`: names of features, one a line.
pub(super) fn hg_requires(bytes: &[u8]) -> Option<String> {
    const FEATURES: [&str; 6] = ["dotencode", "fncache", "generaldelta", "revlogv1", "store", "share-safe"];
    let line = first_line(bytes)?;
    FEATURES.contains(&line).then(|| line.to_owned())
}

/// `.env`: a name in capitals before an equals sign, or the beginning of a long one. So few bytes are asked for that no
/// value comes with them, or next to nothing of it; what does is not shown.
pub(super) fn env(bytes: &[u8]) -> Option<String> {
    let line = first_line(bytes)?;
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, cut) = match line.split_once('=') {
        Some((name, _)) => (name, "="),
        None if line.len() >= 12 && line.contains('_') => (line, ""),
        None => return None,
    };
    let mut characters = name.bytes();
    let fits = characters.next().is_some_and(|first| first.is_ascii_uppercase())
        && characters.all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    (fits && name.len() >= 3).then(|| format!("{name}{cut}…"))
}

/// A settings file of ASP.NET.
pub(super) fn web_config(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    text.contains("<configuration").then(|| "<configuration".to_owned())
}

/// The source of a PHP program, which a server that runs it never sends.
pub(super) fn php_source(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.starts_with(b"<?php").then(|| "<?php".to_owned())
}

/// `.DS_Store`: the names of a folder's files, as macOS keeps them.
pub(super) fn ds_store(bytes: &[u8]) -> Option<String> {
    bytes.starts_with(b"\x00\x00\x00\x01Bud1").then(|| "00 00 00 01 Bud1".to_owned())
}

/// A project file of a JetBrains editor.
pub(super) fn idea(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    (text.starts_with("<?xml") && text.contains("<project ")).then(|| "<project …>".to_owned())
}

/// An archive.
pub(super) fn archive(bytes: &[u8]) -> Option<String> {
    const HEADS: [(&[u8], &str); 4] = [
        (b"PK\x03\x04", "ZIP (PK 03 04)"),
        (b"Rar!\x1a\x07", "RAR (Rar! 1A 07)"),
        (b"\x1f\x8b\x08", "GZIP (1F 8B 08)"),
        (b"7z\xbc\xaf\x27\x1c", "7z (7z BC AF 27 1C)"),
    ];
    HEADS.iter().find(|(head, _)| bytes.starts_with(head)).map(|(_, name)| (*name).to_owned())
}

/// A dump of a database.
pub(super) fn dump(bytes: &[u8]) -> Option<String> {
    const HEADS: [&str; 9] = [
        "-- MySQL dump",
        "-- MariaDB dump",
        "-- phpMyAdmin SQL",
        "-- PostgreSQL dat",
        "-- Adminer",
        "/*!40",
        "DROP TABLE ",
        "CREATE TABLE ",
        "INSERT INTO ",
    ];
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    HEADS.iter().find(|head| text.starts_with(**head)).map(|head| format!("{head}…"))
}

/// A source map, version 3.
pub(super) fn source_map(bytes: &[u8]) -> Option<String> {
    let text: String = String::from_utf8_lossy(bytes).split_whitespace().collect();
    let text = text.trim_start_matches('\u{feff}');
    (text.starts_with("{\"version\":3,") || text.starts_with("{\"version\":3}"))
        .then(|| "{\"version\":3,…".to_owned())
}

/// The first line of a text that is no markup, without the end of line.
fn first_line(bytes: &[u8]) -> Option<&str> {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let line = std::str::from_utf8(&bytes[..end]).ok()?.trim_end();
    (!line.contains(['<', '\0'])).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a sign reads, and what it must not read.
    fn check(sign: fn(&[u8]) -> Option<String>, yes: &[&[u8]], no: &[&[u8]]) {
        for bytes in yes {
            assert!(sign(bytes).is_some(), "{}", String::from_utf8_lossy(bytes));
        }
        let pages: [&[u8]; 4] =
            [b"", b"<!DOCTYPE html><html><title>ref: refs/heads/x", b"404 Not Found\n", b"OK"];
        for bytes in no.iter().chain(&pages) {
            assert!(sign(bytes).is_none(), "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn files_give_themselves_away_and_pages_do_not() {
        check(
            git_head,
            &[b"ref: refs/heads/master\n", b"0123456789abcdef0123456789abcdef01234567\n"],
            &[b"ref: x", b"0123456789abcdef"],
        );
        check(svn_entries, &[b"12\n", b"10\n\ndir\n1234\n"], &[b"12", b"200\n", b"12\nhello"]);
        check(sqlite, &[b"SQLite format 3\0\x10\x00"], &[b"SQLite format 3 is"]);
        check(hg_requires, &[b"dotencode\nfncache\n"], &[b"store it\n"]);
        check(
            env,
            &[b"APP_NAME=Lar", b"export DB_HOST=x", b"DB_CONNECTIO"],
            &[b"a=b", b"# comment\n", b"ID=3", b"README FIRST"],
        );
        check(
            web_config,
            &[b"\xef\xbb\xbf<?xml version=\"1.0\"?>\r\n<configuration>"],
            &[b"<?xml version=\"1.0\"?><rss>"],
        );
        check(php_source, &[b"<?php\n$x", b"\xef\xbb\xbf<?php"], &[b" <?php"]);
        check(ds_store, &[b"\x00\x00\x00\x01Bud1\x00"], &[b"Bud1"]);
        check(
            idea,
            &[b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project version=\"4\">"],
            &[b"<?xml version=\"1.0\"?><rss>"],
        );
        check(
            archive,
            &[b"PK\x03\x04\x14\x00\x00\x00", b"Rar!\x1a\x07\x01", b"\x1f\x8b\x08\x00"],
            &[b"PK", b"\x1f\x8b"],
        );
        check(
            dump,
            &[b"-- MySQL dump 10", b"/*!40101 SET NAM", b"DROP TABLE IF EX"],
            &[b"-- a poem", b"/* x */"],
        );
        check(
            source_map,
            &[b"{\"version\":3,\"file\"", b"{\n  \"version\": 3,\n"],
            &[b"{\"version\":30", b"{\"a\":1}"],
        );
    }

    #[test]
    fn the_value_of_a_setting_is_not_shown() {
        assert_eq!(env(b"DB_PASSWORD=hunter2").as_deref(), Some("DB_PASSWORD=…"));
    }
}
