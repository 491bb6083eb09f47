//! The browser as last resort, through the real program: what is unsure is settled, what was found is pictured, and without
//! a browser the report says what stays open.

#![expect(clippy::print_stdout, reason = "a skipped check says so")]

use std::process::Command;

use xuncha::browser::find_program;

use crate::cli::{Run, kinds, reasons};
use crate::server::{INFECTED, Server, html, response};

/// Nothing of it is there before its script has run.
const SHELL: &str = "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>某某县教育局门户网站</title></head><body>\
    <div id=app></div><script src=/app.js></script></body></html>";

const APP: &str = "document.getElementById('app').innerHTML = '<h1>某某县教育局</h1><p>本局负责全县教育工作的规划与管理。</p>' + \
    '<footer><a href=https://beian.miit.gov.cn/>' + ['蜀', 'ICP备', 12009876, '号-1'].join('') + '</a> <a href=\"https://beian.mps.gov.cn/#/query/webSearch?code=' + 510104 + '02000123\">' + \
    ['川', '公网安备', 510104, '02000123', '号'].join('') + '</a></footer>'";

/// Works longer than a virtual visitor is let work, then leads away.
const SLOW: &str = "<!DOCTYPE html><meta charset=utf-8><title>某某县教育局</title><h1>某某县教育局</h1><p>本局负责全县教育工作的规划与管理，办公地址为人民路一号，工作日上午九时至下午五时接待来访，欢迎广大家长监督。</p><script>\
    var k = 0; for (var i = 0; i < 40000000; i++) k = (k * 31 + i) % 65521; \
    if (k >= 0 && /baidu/.test(document.referrer) && /Android/.test(navigator.userAgent)) \
    eval([CODES].map(function(c){return String.fromCharCode(c^7)}).join(''))</script>";

const LANDING: &str = "<!DOCTYPE html><meta charset=utf-8><title>金樽娱乐城-百家乐真人开户</title><h1>金樽娱乐城</h1>\
    <p>澳门百家乐、真人娱乐、时时彩投注平台，开户注册即送彩金188元，充值提现秒到账。</p>";

fn site(page: &str) -> Server {
    let page = page.to_owned();
    Server::start(move |head| {
        if head.starts_with("GET / ") {
            html(&page)
        } else {
            response("404 Not Found", "text/html", "<p>404</p>")
        }
    })
}

fn is_installed() -> bool {
    let found = find_program().is_some();
    if !found {
        println!("skipped: no Chromium is installed");
    }
    found
}

#[test]
fn marks_that_come_by_script_are_seen_in_the_browser() {
    let server = Server::start(|head| match head.split(' ').nth(1) {
        Some("/") => html(SHELL),
        Some("/app.js") => response("200 OK", "text/javascript", APP),
        _ => response("404 Not Found", "text/html", "<p>404</p>"),
    });
    let arguments = [&server.url("/"), "--format", "jsonl", "--profiles", "m,d"];
    let (_, out, err) = Run::scan(&arguments).ends();
    assert!(reasons(&out).contains(&"needs-browser".to_owned()), "{out}{err}");
    if !is_installed() {
        return;
    }
    let (_, out, err) = Run::scan(&arguments).with_browser().ends();
    assert!(!reasons(&out).contains(&"needs-browser".to_owned()), "{out}{err}");
    assert!(!kinds(&out).iter().any(|kind| kind.starts_with("missing-")), "{out}{err}");
}

#[test]
fn scripts_that_do_not_end_in_simulation_are_watched_in_the_browser() {
    let landing = site(LANDING);
    let code = format!("location='{}'", landing.url("/?c=1"));
    let codes: Vec<String> = code.bytes().map(|byte| (byte ^ 7).to_string()).collect();
    let server = site(&SLOW.replace("CODES", &codes.join(",")));
    let arguments = [&server.url("/"), "--format", "jsonl", "--profiles", "m", "--browser", "never"];
    let (_, out, err) = Run::scan(&arguments).ends();
    assert!(reasons(&out).contains(&"needs-browser".to_owned()), "{out}{err}");
    if !is_installed() {
        return;
    }
    let (_, out, err) = Run::scan(&arguments[..5]).with_browser().ends();
    assert!(kinds(&out).contains(&"illicit-redirect".to_owned()), "{out}{err}");
    assert!(!reasons(&out).contains(&"needs-browser".to_owned()), "{out}{err}");
    assert!(out.contains(&landing.url("/?c=1")), "{out}");
}

#[test]
fn findings_are_pictured_and_the_pictures_kept() {
    if !is_installed() {
        return;
    }
    let server = site(INFECTED);
    let run = Run::scan(&[
        &server.url("/"),
        "--format",
        "html",
        "--output",
        "report.html",
        "--evidence",
        "kept",
        "--profiles",
        "m,d",
    ])
    .with_browser();
    let (status, _, err) = run.ends();
    assert_eq!(status, 1, "{err}");
    let report = std::fs::read_to_string(run.folder.path().join("report.html")).unwrap();
    assert!(report.contains("<img src=\"data:image/png;base64,iVBOR"), "{report}");
    assert!(report.len() < 4 << 20, "{}", report.len());
    let folder = std::fs::read_dir(run.folder.path().join("kept")).unwrap().next().unwrap().unwrap().path();
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let pictures = manifest["resources"].as_array().unwrap();
    let revealed =
        pictures.iter().find(|one| one["uri"].as_str().unwrap().starts_with("urn:revealed:")).unwrap();
    assert!(std::fs::read(folder.join(revealed["file"].as_str().unwrap())).unwrap().starts_with(b"\x89PNG"));
    let verified = Command::new(env!("CARGO_BIN_EXE_xuncha"))
        .args(["evidence", "verify", folder.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(verified.status.success(), "{verified:?}");
}

#[test]
fn every_page_is_rendered_where_that_is_asked_for_and_asked_no_more_of_the_server() {
    if !is_installed() {
        return;
    }
    let page = "<!DOCTYPE html><meta charset=utf-8><title>某某县教育局</title><h1>某某县教育局</h1><script src=/x.js></script>";
    let server = Server::start(move |head| match head.split(' ').nth(1) {
        Some("/") => html(page),
        Some("/x.js") => response("200 OK", "text/javascript", "document.body.append('由脚本写入的话')"),
        _ => response("404 Not Found", "text/html", "<p>404</p>"),
    });
    let arguments = [
        &server.url("/"),
        "--format",
        "jsonl",
        "--profiles",
        "m",
        "--evidence",
        "kept",
        "--browser",
        "always",
    ];
    Run::scan(&arguments[..7]).ends();
    let without = server.asked();
    let run = Run::scan(&arguments).with_browser();
    let (_, out, err) = run.ends();
    // The icon is all that the browser asks for besides.
    assert!(server.asked() - without <= without + 1, "{} after {without}: {out}{err}", server.asked());
    let folder = std::fs::read_dir(run.folder.path().join("kept")).unwrap().next().unwrap().unwrap().path();
    let kept = std::fs::read_dir(folder.join("bodies")).unwrap().map(|entry| entry.unwrap().path());
    let documents: Vec<_> = kept.filter(|path| path.extension().is_some_and(|end| end == "html")).collect();
    let written =
        |path: &std::path::PathBuf| std::fs::read_to_string(path).unwrap().contains("由脚本写入的话");
    assert!(documents.iter().any(written), "{documents:?}");
}
