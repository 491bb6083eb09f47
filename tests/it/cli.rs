//! The program from the outside: what it prints, where, and how it ends.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::server::{INFECTED, Server, html, redirect, response};

const HONEST: &str = "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>某某县教育局</title></head><body>\
    <h1>某某县教育局</h1><p>本局负责全县教育工作的规划与管理，办公地址为人民路一号。</p><p><a href=/xx/>学校名录</a></p>\
    <footer>主办：某某县教育局 <a href=https://beian.miit.gov.cn/>蜀ICP备12009876号-1</a> \
    <a href='https://beian.mps.gov.cn/#/query/webSearch?code=51010402000123'>川公网安备51010402000123号</a></footer></body></html>";

pub(crate) struct Run {
    pub(crate) folder: tempfile::TempDir,
    /// Where it runs, if not in a folder of its own.
    elsewhere: Option<std::path::PathBuf>,
    arguments: Vec<String>,
    input: Option<String>,
    browser: bool,
}

impl Run {
    pub(crate) fn scan(arguments: &[&str]) -> Self {
        let mut all = vec!["scan"];
        all.extend(["--allow-private", "--profile-gap", "0", "--rate", "0", "--no-landings", "--lang", "en"]);
        all.extend(arguments);
        Self::of(&all)
    }

    pub(crate) fn of(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Self { folder: tempfile::tempdir().unwrap(), elsewhere: None, arguments, input: None, browser: false }
    }

    /// In a folder that other runs share.
    pub(crate) fn within(self, folder: &Path) -> Self {
        Self { elsewhere: Some(folder.to_owned()), ..self }
    }

    fn input(mut self, text: &str) -> Self {
        self.input = Some(text.to_owned());
        self
    }

    /// With the Chromium of this machine; other runs see none.
    pub(crate) fn with_browser(self) -> Self {
        Self { browser: true, ..self }
    }

    fn output(&self) -> Output {
        let hidden = [("XUNCHA_CHROMIUM", "/nowhere/chromium")];
        let mut child = Command::new(env!("CARGO_BIN_EXE_xuncha"))
            .args(&self.arguments)
            .current_dir(self.elsewhere.as_deref().unwrap_or(self.folder.path()))
            .env_clear()
            .envs(hidden.into_iter().filter(|_| !self.browser))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(self.input.as_deref().unwrap_or_default().as_bytes()).unwrap();
        drop(stdin);
        child.wait_with_output().unwrap()
    }

    /// The exit status, standard output and standard error.
    pub(crate) fn ends(&self) -> (i32, String, String) {
        let output = self.output();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

/// The reasons of the not-assessed lines, once each.
pub(crate) fn reasons(jsonl: &str) -> Vec<String> {
    let mut reasons = Vec::new();
    for line in jsonl.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(reason) = record["reason"].as_str()
            && !reasons.contains(&reason.to_owned())
        {
            reasons.push(reason.to_owned());
        }
    }
    reasons
}

pub(crate) fn kinds(jsonl: &str) -> Vec<String> {
    let lines = jsonl.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines
        .filter(|record| record["type"] == "finding")
        .map(|record| record["kind"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_healthy_page_is_clean_and_leaves_nothing_behind() {
    let server = Server::start(|head| {
        if head.starts_with("GET / ") {
            html(HONEST)
        } else {
            response("404 Not Found", "text/html", "<p>404</p>")
        }
    });
    let run = Run::scan(&[&server.url("/"), "--format", "jsonl"]);
    let (status, out, err) = run.ends();
    assert_eq!(status, 0, "{out}{err}");
    assert_eq!(out.lines().count(), 1, "{out}");
    assert!(out.starts_with("{\"type\":\"summary\""), "{out}");
    assert!(!run.folder.path().join("xuncha-evidence").exists());
}

#[test]
fn a_hidden_link_is_found_with_evidence_that_verifies() {
    let server = Server::start(|_| html(INFECTED));
    let run = Run::scan(&[&server.url("/a.html"), "--format", "jsonl", "--evidence", "kept"]);
    let (status, out, err) = run.ends();
    assert_eq!(status, 1, "{out}{err}");
    assert!(kinds(&out).contains(&"hidden-link".to_owned()), "{out}");
    let folder = std::fs::read_dir(run.folder.path().join("kept")).unwrap().next().unwrap().unwrap().path();
    let verify = || Run::of(&["evidence", "verify", folder.to_str().unwrap()]).ends();
    assert_eq!(verify().0, 0, "{:?}", verify());
    let body = first_file(&folder.join("bodies"));
    let mut bytes = std::fs::read(&body).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&body, bytes).unwrap();
    assert_eq!(verify().0, 1);
}

fn first_file(folder: &Path) -> std::path::PathBuf {
    std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
}

#[test]
fn every_format_is_written() {
    let server = Server::start(|_| html(INFECTED));
    for (format, start) in [
        ("text", ""),
        ("json", "{"),
        ("jsonl", "{\"type\":"),
        ("sarif", "{"),
        ("html", "<!"),
        ("csv", "\u{feff}"),
    ] {
        let (status, out, err) = Run::scan(&[&server.url("/a.html"), "--format", format]).ends();
        assert_eq!(status, 1, "{format} {out}{err}");
        assert!(out.to_ascii_lowercase().starts_with(start), "{format}: {out}");
    }
}

#[test]
fn bad_usage_ends_with_two_and_says_what_to_do() {
    for arguments in [
        vec!["scan"],
        vec!["scan", "ftp://a.test/"],
        vec!["scan", "http://"],
        vec!["scan", "http://a.test/", "--format", "pdf"],
        vec!["scan", "http://a.test/", "--profiles", "zz"],
        vec!["scan", "http://a.test/", "--resolve", "nonsense"],
        vec!["scan", "http://a.test/", "--operator", "nobody"],
        vec!["scan", "http://a.test/", "--config", "/nowhere.toml"],
        vec!["scan", "http://a.test/", "--lexicon", "/nowhere.toml"],
        vec!["scan", "http://127.0.0.1:9/", "--output", "/nowhere/report.txt"],
        vec!["law", "show", "NO.SUCH"],
        vec!["law", "for", "no-such-kind"],
        vec!["evidence", "verify", "/nowhere"],
        vec!["nonsense"],
    ] {
        let (status, _, err) = Run::of(&arguments).ends();
        assert_eq!(status, 2, "{arguments:?}: {err}");
        assert!(!err.trim().is_empty() && !err.contains("panicked"), "{arguments:?}: {err}");
    }
}

#[test]
fn an_unwritable_evidence_folder_stops_before_anything_is_judged() {
    let server = Server::start(|_| html(INFECTED));
    let (status, out, err) = Run::scan(&[&server.url("/"), "--evidence", "/proc/nowhere"]).ends();
    assert_eq!((status, out.as_str()), (2, ""), "{err}");
    assert!(err.contains("--evidence"), "{err}");
}

#[test]
fn what_cannot_be_reached_is_not_assessed() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, reason) in [
        (format!("http://{closed}/"), "unreachable"),
        ("http://no-such-host.invalid/".to_owned(), "unreachable"),
        (format!("https://{}/", Server::start(|_| b"no tls here".to_vec()).address), "unreachable"),
    ] {
        let (status, out, err) = Run::scan(&[&url, "--format", "jsonl"]).ends();
        assert!(matches!(status, 1 | 3), "{url}: {status} {out}{err}");
        assert!(reasons(&out).contains(&reason.to_owned()), "{url}: {out}");
    }
}

#[test]
fn private_addresses_need_permission() {
    let server = Server::start(|_| html(HONEST));
    let arguments = ["scan", &server.url("/"), "--profile-gap", "0", "--rate", "0", "--format", "jsonl"];
    let (status, out, _) = Run::of(&arguments).ends();
    assert_eq!((status, reasons(&out)), (3, vec!["scope".to_owned()]), "{out}");
    assert_eq!(server.asked(), 0);
}

#[test]
fn odd_responses_are_named_and_nothing_is_lost() {
    let server = Server::start(|head| {
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        match path.as_str() {
            "/loop" => redirect("/loop"),
            "/binary" => response("200 OK", "application/octet-stream", [0_u8, 1, 2, 255, 0, 7].repeat(300)),
            "/empty" => response("200 OK", "text/html", ""),
            "/big" => response("200 OK", "text/html", "<p>x</p>".repeat(50 << 17)),
            "/refused" => response("403 Forbidden", "text/html", "<h1>403 Forbidden</h1>"),
            "/broken" => response("500 Internal Server Error", "text/html", "<h1>500</h1>"),
            "/nonsense" => b"\x00\x01\x02 not http at all\r\n\r\n".to_vec(),
            "/wrong-charset" => response("200 OK", "text/html; charset=nonsense", "<p>\u{4e2d}\u{6587}</p>"),
            _ => response("404 Not Found", "text/html", "<p>404</p>"),
        }
    });
    for (path, expected) in [
        ("/binary", "not-a-page"),
        ("/empty", "not-a-page"),
        ("/big", "too-large"),
        ("/refused", "blocked"),
        ("/broken", "server-error"),
        ("/nonsense", "not-a-page"),
    ] {
        let (status, out, err) = Run::scan(&[&server.url(path), "--format", "jsonl"]).ends();
        assert!(matches!(status, 1 | 3), "{path}: {status} {out}{err}");
        assert!(reasons(&out).contains(&expected.to_owned()), "{path}: {out}");
    }
    for path in ["/loop", "/wrong-charset"] {
        let (status, out, err) = Run::scan(&[&server.url(path), "--format", "jsonl"]).ends();
        assert!(matches!(status, 0 | 1 | 3), "{path}: {status} {out}{err}");
    }
}

#[test]
fn addresses_come_from_standard_input() {
    let server = Server::start(|_| html(HONEST));
    let text = format!("# ours\n{}\nnot a url\n", server.url("/a.html"));
    let (status, out, err) = Run::scan(&["-", "--format", "jsonl"]).input(&text).ends();
    assert_eq!(status, 3, "{out}{err}");
    assert_eq!(reasons(&out), ["bad-url"], "{out}");
}

#[test]
fn the_catalogue_of_duties_can_be_read() {
    for arguments in [
        vec!["law", "list"],
        vec!["law", "list", "--on", "2019-02-01"],
        vec!["law", "show", "CSL.2026.23"],
        vec!["law", "for", "hidden-link", "--on", "2019-02-01"],
        vec!["law", "for", "illegal-content", "--category", "gambling", "--operator", "企业"],
        vec!["detectors", "list"],
        vec!["detectors", "explain", "hidden-link"],
    ] {
        for lang in ["zh", "en"] {
            let mut arguments = arguments.clone();
            arguments.extend(["--lang", lang]);
            let (status, out, err) = Run::of(&arguments).ends();
            assert_eq!(status, 0, "{arguments:?}: {err}");
            assert!(out.len() > 100, "{arguments:?}: {out}");
        }
    }
}

#[test]
fn a_search_visitor_sent_away_is_told_with_the_trigger() {
    let platform = Server::start(|_| {
        html(
            "<title>金樽娱乐城 百家乐 投注平台 注册送彩金</title><h1>注册送彩金 真人百家乐</h1><p>首存返水，提款秒到账，24小时客服</p>",
        )
    });
    let away = platform.url("/vip.html");
    let server = Server::start(move |head| {
        let head = head.to_ascii_lowercase();
        if head.contains("referer: https://m.baidu.com") || head.contains("referer: https://www.baidu.com") {
            redirect(&away)
        } else {
            html(HONEST)
        }
    });
    let arguments = [
        "scan",
        &server.url("/x.html"),
        "--allow-private",
        "--profile-gap",
        "0",
        "--rate",
        "0",
        "--format",
        "jsonl",
    ];
    let (status, out, err) = Run::of(&arguments).ends();
    assert_eq!(status, 1, "{out}{err}");
    let found: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let redirect =
        found.iter().find(|record| record["kind"] == "illicit-redirect").unwrap_or_else(|| panic!("{out}"));
    assert_eq!(redirect["conditions"]["shows"], serde_json::json!(["referer:search"]), "{redirect}");
    assert_eq!(redirect["severity"], "critical", "{redirect}");
}

#[test]
fn a_script_that_waits_for_its_victim_is_seen_through() {
    let platform = Server::start(|_| {
        html(
            "<title>金樽娱乐城 百家乐 投注平台 注册送彩金</title><h1>注册送彩金 真人百家乐</h1><p>首存返水，提款秒到账，24小时客服</p>",
        )
    });
    // The address stands nowhere in the page: it is put together while the script runs.
    let codes: Vec<String> =
        platform.url("/vip.html").bytes().map(|byte| (u32::from(byte) + 3).to_string()).collect();
    let script = format!(
        "var k=[{}].map(function(c){{return String.fromCharCode(c-3)}}).join('');\
         if(/baidu|sogou|so\\.com|sm\\.cn|bing|google/.test(document['ref'+'errer'])&&/Mobile|Android|iPhone/.test(navigator.userAgent))\
         setTimeout(function(){{window['loc'+'ation']['hr'+'ef']=k}},800);",
        codes.join(",")
    );
    let page = HONEST.replace("</body>", &format!("<script>{script}</script></body>"));
    let server = Server::start(move |_| html(&page));
    let arguments =
        ["scan", &server.url("/x.html"), "--allow-private", "--profile-gap", "0", "--format", "jsonl"];
    let (status, out, err) = Run::of(&arguments).ends();
    assert_eq!(status, 1, "{out}{err}");
    let found: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let redirect =
        found.iter().find(|record| record["kind"] == "illicit-redirect").unwrap_or_else(|| panic!("{out}"));
    let mut shows: Vec<_> = redirect["conditions"]["shows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    shows.sort_unstable();
    assert_eq!(shows, ["referer:search", "ua:mobile"], "{redirect}");
    assert_eq!(redirect["severity"], "critical", "{redirect}");
    assert!(redirect["conditions"]["visitors"].as_array().unwrap().contains(&"V1".into()), "{redirect}");
}
