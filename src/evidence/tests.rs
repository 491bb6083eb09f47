//! Folders of evidence, written, read back, damaged and verified.

use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use url::Url;

use super::*;
use crate::exchange::{Cut, Exchange, Failure, Method, Purpose, Request, Response, TlsFacts};
use crate::id::{ExchangeId, ProfileId, sha256_hex};

fn facts() -> VisitFacts {
    VisitFacts {
        visit: "v1".into(),
        target: None,
        urls: vec!["http://a.test/".into()],
        authorisation: None,
        exposure: None,
        tool_version: "0.1.0".into(),
        rule_set_version: "1".into(),
        conditions: vec![Condition {
            profile: ProfileId::new("m"),
            user_agent: "Mozilla/5.0".into(),
            referrer: Some("https://m.baidu.com/".into()),
            cookies: "empty".into(),
            language: Some("zh-CN".into()),
        }],
        egress_note: None,
        time_zone: "Asia/Shanghai".into(),
        clock_note: "系统时钟，未校准".into(),
        started: Timestamp::UNIX_EPOCH,
    }
}

fn answered(id: u32, headers: Vec<(String, Vec<u8>)>, raw: &[u8], body: &[u8]) -> Exchange {
    Exchange {
        id: ExchangeId(id),
        profile: ProfileId::new("m"),
        purpose: Purpose::Page,
        request: Request {
            method: Method::Get,
            url: Url::parse("http://a.test/列表?q=1").unwrap(),
            headers: vec![("Host".into(), "a.test".into()), ("Cookie".into(), "s=1".into())],
        },
        result: Ok(Response {
            status: 200,
            version: "HTTP/1.1",
            headers,
            raw: raw.to_vec().into(),
            body: body.to_vec().into(),
            cut: None,
        }),
        remote: Some("203.0.113.7:80".parse().unwrap()),
        tls: None,
        started: Timestamp::new(1_795_000_000, 123_456_789).unwrap(),
        elapsed: Duration::from_micros(12_345),
    }
}

fn hostile() -> Vec<Exchange> {
    let field = |name: &str, value: &[u8]| (name.to_owned(), value.to_vec());
    let html = field("Content-Type", b"text/html; charset=gbk");
    let mut all = vec![
        answered(0, vec![html.clone(), field("Content-Length", b"7")], b"<p>a</p>", b"<p>a</p>"),
        answered(1, vec![html.clone(), field("Transfer-Encoding", b"chunked")], b"<p>a</p>", b"<p>a</p>"),
        answered(
            2,
            vec![field("X", b"a\r\nWARC/1.1\r\n\r\n"), field("Y\r\n\r\n", b"\0\xff\xfe"), field("", b"")],
            b"",
            b"",
        ),
        answered(3, vec![field("Content-Encoding", b"gzip")], b"\x1f\x8bnot gzip at all", b"half"),
        answered(
            4,
            vec![field("Content-Length", b"8"), field("content-length", b"8")],
            b"\r\n\r\n\r\n\r\n",
            b"\r\n\r\n\r\n\r\n",
        ),
        answered(5, vec![html], b"<p>a</p>", b"<p>a</p>"),
    ];
    let Ok(cut) = &mut all[3].result else { unreachable!() };
    (cut.cut, cut.version, cut.status) = (Some(Cut::Broken), "HTTP/2", 7);
    let mut failed = answered(6, Vec::new(), b"", b"");
    failed.result = Err(Failure::Unresolvable("a.test\r\nX: y".into()));
    failed.remote = None;
    failed.tls = Some(TlsFacts {
        version: "TLS 1.3".into(),
        certificate_sha256: "00".into(),
        names: vec!["a.test".into()],
        issuer: "CN=A".into(),
        not_before: None,
        not_after: Some(Timestamp::UNIX_EPOCH),
        problems: Vec::new(),
    });
    all.push(failed);
    all
}

fn kept(dir: &Path, exchanges: &[Exchange]) -> Manifest {
    let mut keeper = Keeper::create(dir, facts()).unwrap();
    for exchange in exchanges {
        keeper.keep(exchange).unwrap();
    }
    keeper.close(Timestamp::UNIX_EPOCH, serde_json::json!({"findings": []})).unwrap()
}

fn same(one: &[Exchange], other: &[Exchange]) {
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(other) {
        assert_eq!(format!("{one:?}"), format!("{other:?}"));
    }
}

fn files(dir: &Path) -> Vec<String> {
    let names = |below: &Path| -> Vec<_> {
        fs::read_dir(below).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let all = names(dir).into_iter().chain(names(&dir.join(BODIES))).filter(|path| path.is_file());
    let mut all: Vec<_> =
        all.map(|path| path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned()).collect();
    all.sort();
    all
}

#[test]
fn exchanges_come_back_byte_for_byte() {
    let dir = tempfile::tempdir().unwrap();
    let exchanges = hostile();
    let manifest = kept(dir.path(), &exchanges);
    same(&read(dir.path()).unwrap(), &exchanges);
    assert!(verify(dir.path()).unwrap().is_intact());
    assert_eq!(
        manifest.files.len(),
        4,
        "three bodies differ, one file holds the records: {:?}",
        manifest.files
    );
}

#[test]
fn kept_bodies_stand_under_their_digest() {
    let dir = tempfile::tempdir().unwrap();
    let mut keeper = Keeper::create(dir.path(), facts()).unwrap();
    let kept: Vec<_> = hostile().iter().map(|exchange| keeper.keep(exchange).unwrap()).collect();
    assert_eq!(kept[0].file, Some(format!("bodies/{}.html", sha256_hex(b"<p>a</p>"))));
    assert_eq!(kept[0].body.as_ref().unwrap().sha256, sha256_hex(b"<p>a</p>"));
    assert_eq!(kept[0].file, kept[1].file);
    assert_eq!((&kept[2].file, &kept[6].body), (&None, &None));
    assert!(kept.windows(2).all(|pair| pair[0].offset < pair[1].offset));
}

#[test]
fn every_flipped_byte_is_found_and_named() {
    let dir = tempfile::tempdir().unwrap();
    kept(dir.path(), &hostile());
    for name in files(dir.path()) {
        let path = dir.path().join(&name);
        let good = fs::read(&path).unwrap();
        for at in (0..good.len()).step_by(1 + good.len() / 60) {
            let mut bad = good.clone();
            bad[at] ^= 0x11;
            fs::write(&path, &bad).unwrap();
            let found = verify(dir.path()).unwrap();
            let named = found.problems.iter().any(|problem| problem.path == name);
            assert!(!found.is_intact() && named, "{name} at {at}: {:?}", found.problems);
        }
        fs::write(&path, &good[..good.len() - 1]).unwrap();
        assert!(!verify(dir.path()).unwrap().is_intact(), "{name} cut short");
        fs::write(&path, &good).unwrap();
    }
    assert!(verify(dir.path()).unwrap().is_intact());
}

#[test]
fn missing_and_added_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    kept(dir.path(), &hostile());
    let check = |name: &str, kind| {
        let found = verify(dir.path()).unwrap();
        let hit = found.problems.iter().any(|problem| (problem.path.as_str(), problem.kind) == (name, kind));
        assert!(hit && !found.is_intact(), "{name} {kind:?}: {:?}", found.problems);
    };
    for name in files(dir.path()) {
        let path = dir.path().join(&name);
        let good = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        check(&name, ProblemKind::Missing);
        fs::write(&path, good).unwrap();
    }
    for name in ["x", "bodies/x.html"] {
        fs::write(dir.path().join(name), b"").unwrap();
        check(name, ProblemKind::Added);
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    fs::create_dir(dir.path().join("more")).unwrap();
    check("more", ProblemKind::Added);
    fs::remove_dir(dir.path().join("more")).unwrap();
    assert!(verify(dir.path()).unwrap().is_intact());
}

/// Somebody who changes a body and its line in one list is still found by the other and by the manifest.
#[test]
fn a_forged_list_does_not_hide_a_change() {
    let dir = tempfile::tempdir().unwrap();
    kept(dir.path(), &hostile());
    let name = files(dir.path()).into_iter().find(|name| name.ends_with(".html")).unwrap();
    fs::write(dir.path().join(&name), b"forged").unwrap();
    let sums = fs::read_to_string(dir.path().join(SHA256SUMS)).unwrap();
    fs::write(
        dir.path().join(SHA256SUMS),
        sums.replacen(&sha256_hex(b"<p>a</p>"), &sha256_hex(b"forged"), 1),
    )
    .unwrap();
    let found = verify(dir.path()).unwrap();
    assert!(found.problems.iter().any(|problem| problem.path == name), "{:?}", found.problems);
}

#[test]
fn an_unfinished_folder_says_so_and_is_checked_by_records() {
    let dir = tempfile::tempdir().unwrap();
    let mut keeper = Keeper::create(dir.path(), facts()).unwrap();
    for exchange in hostile() {
        keeper.keep(&exchange).unwrap();
    }
    drop(keeper);
    let found = verify(dir.path()).unwrap();
    let kinds: Vec<_> = found.problems.iter().map(|problem| problem.kind).collect();
    assert_eq!((found.finished, kinds), (false, vec![ProblemKind::Unfinished]));
    same(&read(dir.path()).unwrap(), &hostile());

    let warc = dir.path().join(WARC);
    let good = fs::read(&warc).unwrap();
    fs::write(&warc, &good[..good.len() - 5]).unwrap();
    assert!(verify(dir.path()).unwrap().problems.iter().any(|problem| problem.path == WARC));
    assert!(read(dir.path()).is_err());
}

#[test]
fn folders_that_cannot_be_used_are_refused_with_advice() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), b"").unwrap();
    let error = Keeper::create(&dir.path().join("file/x"), facts()).unwrap_err();
    assert!(
        matches!(error, EvidenceError::Folder { .. }) && error.to_string().contains("choose a folder"),
        "{error}"
    );
    kept(&dir.path().join("one"), &[]);
    let error = Keeper::create(&dir.path().join("one"), facts()).unwrap_err();
    assert!(matches!(error, EvidenceError::InUse { .. }), "{error}");
    assert!(matches!(verify(dir.path()), Err(EvidenceError::NotEvidence { .. })));
    assert!(matches!(read(dir.path()), Err(EvidenceError::NotEvidence { .. })));
    assert!(matches!(verify(&dir.path().join("none")), Err(EvidenceError::Read { .. })));
}

#[cfg(unix)]
#[test]
fn kept_files_are_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("new");
    kept(&dir, &hostile());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&dir.join(BODIES))), (0o700, 0o700));
    for name in files(&dir) {
        assert_eq!(mode(&dir.join(&name)), 0o600, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a server sends comes back as it was.
    #[test]
    fn any_exchange_comes_back(
        headers in prop::collection::vec((".{0,12}", prop::collection::vec(any::<u8>(), 0..24)), 0..6),
        raw in prop::collection::vec(any::<u8>(), 0..200),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let exchange = answered(0, headers, &raw, &body);
        kept(dir.path(), std::slice::from_ref(&exchange));
        same(&read(dir.path()).unwrap(), &[exchange]);
        prop_assert!(verify(dir.path()).unwrap().is_intact());
    }

    /// Whatever stands in the files, reading and verifying end in a value.
    #[test]
    fn damaged_folders_end_in_a_value(at in 0_usize..4000, with in any::<u8>(), cut in any::<bool>()) {
        let dir = tempfile::tempdir().unwrap();
        kept(dir.path(), &hostile());
        let path = dir.path().join(WARC);
        let mut bytes = fs::read(&path).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= with;
        if cut { bytes.truncate(at); }
        fs::write(&path, &bytes).unwrap();
        prop_assert!(cut || with == 0 || !verify(dir.path()).unwrap().is_intact());
        let _ = read(dir.path());
    }
}
