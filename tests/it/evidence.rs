//! Folders of evidence as other tools read them.

use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use url::Url;
use xuncha::evidence::{Keeper, VisitFacts, WARC, verify};
use xuncha::exchange::{Cut, Exchange, Failure, Method, Purpose, Request, Response};
use xuncha::id::{ExchangeId, ProfileId};

fn facts() -> VisitFacts {
    VisitFacts {
        visit: "it".into(),
        target: None,
        urls: vec!["http://a.test/".into()],
        authorisation: None,
        exposure: None,
        tool_version: env!("CARGO_PKG_VERSION").into(),
        rule_set_version: "1".into(),
        conditions: Vec::new(),
        egress_note: None,
        time_zone: "UTC".into(),
        clock_note: "system clock".into(),
        started: Timestamp::UNIX_EPOCH,
    }
}

fn exchange(id: u32, headers: &[(&str, &[u8])], raw: &[u8]) -> Exchange {
    Exchange {
        id: ExchangeId(id),
        profile: ProfileId::new("m"),
        purpose: Purpose::Page,
        request: Request {
            method: Method::Get,
            url: Url::parse(&format!("http://a.test/{id}?q=\u{9875}")).expect("a valid address"),
            headers: vec![("Host".into(), "a.test".into()), ("X-Odd".into(), "a\r\nb\0".into())],
        },
        result: Ok(Response {
            status: 200,
            version: "HTTP/1.1",
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect(),
            raw: raw.to_vec().into(),
            body: raw.to_vec().into(),
            cut: None,
        }),
        remote: Some("203.0.113.7:80".parse().expect("a valid address")),
        tls: None,
        started: Timestamp::new(1_795_000_000, 123_456_789).expect("a valid time"),
        elapsed: Duration::from_millis(12),
    }
}

/// What servers send, plain and hostile: codings, wrong lengths, broken fields, cut bodies, failures.
fn exchanges() -> Vec<Exchange> {
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff\x4b\x04\0\x43\xbe\xb7\xe8\x01\0\0\0";
    let mut all = vec![
        exchange(0, &[("Content-Type", b"text/html"), ("Content-Length", b"8")], b"<p>a</p>"),
        exchange(1, &[("Transfer-Encoding", b"chunked"), ("Set-Cookie", b"s=1")], b"<p>a</p>"),
        exchange(2, &[("Content-Encoding", b"gzip"), ("Content-Length", b"21")], gzip),
        exchange(3, &[("X", b"a\r\n\r\nWARC/1.1\r\n"), ("Y\r\n", b"\0\xff\xfe"), ("", b"")], b""),
        exchange(4, &[("Content-Length", b"999999")], b"\r\n\r\n\r\n\r\nWARC/1.1\r\n"),
        exchange(5, &[("Content-Encoding", b"gzip")], b"\x1f\x8b broken"),
        exchange(6, &[], &[0x5a; 300_000]),
        exchange(7, &[], b"x"),
    ];
    if let Ok(response) = &mut all[5].result {
        (response.cut, response.version) = (Some(Cut::Broken), "HTTP/2");
    }
    all[7].result = Err(Failure::Refused);
    all[7].remote = None;
    all
}

#[expect(clippy::print_stdout, reason = "a skipped check says so")]
/// `XUNCHA_WARCIO` names the `warcio` program (`tests/run` installs it); else one on the path is used.
fn warcio(arguments: &[&str]) -> Option<std::process::Output> {
    let program = std::env::var_os("XUNCHA_WARCIO").unwrap_or_else(|| "warcio".into());
    match Command::new(&program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            assert!(
                std::env::var_os("XUNCHA_WARCIO").is_none(),
                "{} does not run: {error}",
                program.display()
            );
            println!("skipped: warcio is not installed; set XUNCHA_WARCIO to its program");
            None
        }
    }
}

#[test]
fn warcio_finds_every_digest_and_record_in_order() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut keeper = Keeper::create(dir.path(), facts()).expect("an empty folder");
    for exchange in exchanges() {
        keeper.keep(&exchange).expect("kept");
    }
    keeper.close(Timestamp::UNIX_EPOCH, serde_json::Value::Null).expect("closed");
    assert!(verify(dir.path()).expect("readable").is_intact());

    let path = dir.path().join(WARC);
    let path = path.to_str().expect("a path in UTF-8");
    let Some(check) = warcio(&["check", "-v", path]) else { return };
    let said = String::from_utf8_lossy(&check.stdout).into_owned() + &String::from_utf8_lossy(&check.stderr);
    assert!(check.status.success(), "{said}");
    assert_eq!(
        said.matches("digest pass").count(),
        1 + 8 * 3 - 1,
        "warcinfo, eight of three, one without response\n{said}"
    );

    let index =
        warcio(&["index", "-f", "warc-type,warc-target-uri,http:status", path]).expect("it ran before");
    let index = String::from_utf8_lossy(&index.stdout).into_owned();
    let types: Vec<_> = index.lines().filter_map(|line| line.split('"').nth(3)).collect();
    let mut expected = vec!["warcinfo"];
    expected.extend(["request", "response", "metadata"].repeat(7));
    expected.extend(["request", "metadata"]);
    assert_eq!(types, expected, "{index}");
    assert_eq!(index.matches(r#""http:status": "200""#).count(), 7, "{index}");
}

#[test]
fn sha256sum_accepts_the_sums() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut keeper = Keeper::create(dir.path(), facts()).expect("an empty folder");
    for exchange in exchanges() {
        keeper.keep(&exchange).expect("kept");
    }
    keeper.close(Timestamp::UNIX_EPOCH, serde_json::Value::Null).expect("closed");
    let check =
        || Command::new("sha256sum").args(["-c", "--strict", "SHA256SUMS"]).current_dir(dir.path()).output();
    let Ok(output) = check() else {
        println!("skipped: sha256sum is not installed");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::write(dir.path().join("manifest.json"), b"{}").expect("writable");
    assert!(!check().expect("it ran before").status.success());
}
