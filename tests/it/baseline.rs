//! Baselines from the outside: a site that is known, then defaced, then redesigned.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use crate::cli::Run;
use crate::server::{Server, html};

/// An ordinary page on one of its days.
fn ordinary(day: u8) -> String {
    let news: String = (0..8)
        .map(|item| {
            format!("<li><a href=/news/{day}{item}.html>第{day}期通报：某某工作第{item}项安排</a></li>")
        })
        .collect();
    format!(
        "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>某某县教育局门户网站</title></head><body><nav><a href=/a>机构概况</a>\
         <a href=/b>政务公开</a><a href=/c>办事服务</a><a href=/d>互动交流</a></nav><h2>工作动态</h2><ul>{news}</ul><p>本局负责全县教育工作的规划与\
         管理，统筹各类教育资源。</p><p>访问量 {}</p><footer>主办：某某县教育局 地址：人民路一号 \
         <a href=https://beian.miit.gov.cn/>蜀ICP备12009876号-1</a></footer></body></html>",
        u32::from(day) * 3571
    )
}

const REPLACED: &str = "<html><head><title>~ Zx Team ~</title></head><body bgcolor=black><center><img src=http://img.test/skull.gif>\
                        <h1>the sheep sleep well</h1><p>we never do. see you soon, admin</p></center></body></html>";

const REDESIGN: &str = "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>某某县教育局欢迎您</title></head><body><div class=wrap><main>\
    <section class=hero><h1>某某县教育局</h1><p>全新版本正式上线，提供更加便捷的查询与办理体验。</p></section><section><article><a href=/a>关于我们</a>\
    <a href=/b>信息公开目录</a><a href=/c>在线办理大厅</a><a href=/d>意见征集专栏</a></article></section></main></div>\
    <p class=copyright>蜀ICP备12009876号-1</p></body></html>";

/// A site whose page a test changes, and the folder of its store.
struct Site {
    server: Server,
    folder: tempfile::TempDir,
    page: Arc<Mutex<String>>,
}

impl Site {
    fn start() -> Self {
        let page = Arc::new(Mutex::new(ordinary(1)));
        let shown = Arc::clone(&page);
        let server = Server::start(move |_| html(&shown.lock().unwrap()));
        Self { server, folder: tempfile::tempdir().unwrap(), page }
    }

    fn show(&self, page: &str) {
        page.clone_into(&mut self.page.lock().unwrap());
    }

    /// The defacement findings of a scan, by form and severity.
    fn scan(&self) -> Vec<(String, String)> {
        let url = self.server.url("/");
        let run =
            Run::scan(&[&url, "--format", "jsonl", "--store", "sqlite://x.db", "--profiles", "m,d,w,g"]);
        let (exit, lines, told) = run.within(self.folder.path()).ends();
        assert!((0..=3).contains(&exit), "{exit} {told}");
        let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let found = lines.filter(|line| line["kind"] == "defacement");
        found
            .map(|line| {
                (
                    line["detail"]["form"].as_str().unwrap().to_owned(),
                    line["severity"].as_str().unwrap().to_owned(),
                )
            })
            .collect()
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let all = [arguments, &["--store", "sqlite://x.db", "--lang", "en"]].concat();
        Run::of(&all).within(self.folder.path()).ends()
    }

    fn name(&self) -> String {
        self.server.address.to_string()
    }
}

#[test]
fn days_pass_in_silence_and_a_replaced_page_is_told() {
    let site = Site::start();
    for day in 1..5 {
        site.show(&ordinary(day));
        assert_eq!(site.scan(), [], "{day}");
    }
    site.show(REPLACED);
    let found = site.scan();
    assert_eq!(found, [("replaced".to_owned(), "high".to_owned())]);
    // What was found taught nothing: it is told again, and the page is known when it comes back.
    assert_eq!(site.scan(), found);
    site.show(&ordinary(9));
    assert_eq!(site.scan(), []);
}

#[test]
fn a_redesign_waits_for_a_person_and_is_silent_once_accepted() {
    let site = Site::start();
    for _ in 0..2 {
        assert_eq!(site.scan(), []);
    }
    site.show(REDESIGN);
    assert_eq!(site.scan(), [("replaced".to_owned(), "info".to_owned())]);
    let (exit, told, _) = site.run(&["baseline", "diff", &site.name()]);
    assert!(exit == 1 && told.contains("texts") && told.contains("desktop"), "{told}");
    let (exit, _, told) = site.run(&["baseline", "approve", &site.name(), "--by", "张三", "--why", " "]);
    assert!(exit == 2 && told.contains("--why"), "{told}");
    let (exit, ..) =
        site.run(&["baseline", "approve", &site.name(), "--by", "张三", "--why", "来函说明改版"]);
    assert_eq!(exit, 0);
    assert_eq!(site.scan(), []);
    let (_, told, _) = site.run(&["baseline", "show", &site.name()]);
    assert!(told.contains("张三") && told.contains("来函说明改版") && told.contains("approved"), "{told}");
    let (_, told, _) = site.run(&["baseline", "list"]);
    assert!(told.contains(&site.name()) && !told.contains("pending"), "{told}");
}

#[test]
fn a_site_that_is_infected_at_the_first_look_teaches_nothing() {
    let site = Site::start();
    site.show("<title>Hacked by Zx</title><body bgcolor=black><h1>HACKED BY ZX</h1>");
    assert_eq!(site.scan().len(), 1);
    let (exit, _, told) = site.run(&["baseline", "show", &site.name()]);
    assert!(exit == 2 && told.contains("no baseline"), "{told}");
    site.show(&ordinary(2));
    assert_eq!(site.scan(), [], "an ordinary page is no change from a defaced one");
}

#[test]
fn pages_that_stand_in_for_a_site_are_no_changes_of_it() {
    let failing = Arc::new(AtomicU8::new(0));
    let state = Arc::clone(&failing);
    let server = Server::start(move |_| match state.load(Ordering::Relaxed) {
        0 => html(&ordinary(1)),
        1 => crate::server::response(
            "502 Bad Gateway",
            "text/html",
            "<title>502 Bad Gateway</title><h1>502 Bad Gateway</h1><hr>nginx",
        ),
        _ => html("<title>系统维护中</title><h1>网站维护公告</h1><p>本网站正在升级维护，请稍后访问。</p>"),
    });
    let site = Site { server, folder: tempfile::tempdir().unwrap(), page: Arc::default() };
    for state in [0, 0, 1, 2, 0] {
        failing.store(state, Ordering::Relaxed);
        assert_eq!(site.scan(), [], "{state}");
    }
}

/// The defacements that are open.
fn open(folder: &std::path::Path) -> Vec<serde_json::Value> {
    let list = ["findings", "list", "--format", "jsonl", "--store", "sqlite://x.db"];
    let (exit, lines, told) = Run::of(&list).within(folder).ends();
    assert!(exit <= 1, "{exit} {told}");
    let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.filter(|line| line["kind"] == "defacement").collect()
}

/// Their forms.
fn forms(found: &[serde_json::Value]) -> Vec<&str> {
    found.iter().map(|line| line["detail"]["form"].as_str().unwrap()).collect()
}

#[test]
fn an_added_page_is_told_as_such_by_visits_and_rechecks_alike() {
    let hacked = Arc::new(AtomicU8::new(0));
    let state = Arc::clone(&hacked);
    let server = Server::start(move |head| {
        let added = state.load(Ordering::Relaxed) > 0;
        match head.split(' ').nth(1) {
            Some("/x.html") if added => html(&REPLACED.replace("~ Zx", "Hacked by Zx")),
            Some("/") if added => html(&ordinary(1).replace("<h2>", "<a href=/x.html>x</a><h2>")),
            Some("/" | "/a" | "/b" | "/c" | "/d") => html(&ordinary(1)),
            _ => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let url = server.url("/");
    let visit = || {
        let pages = ["--max-pages", "8", "--depth", "1", "--profiles", "m,d"];
        let run = Run::scan(&[&[url.as_str(), "--store", "sqlite://x.db"], &pages[..]].concat());
        let (exit, _, told) = run.within(folder.path()).ends();
        assert!((0..=3).contains(&exit), "{exit} {told}");
    };
    visit();
    visit();
    assert_eq!(forms(&open(folder.path())), [""; 0]);
    hacked.store(1, Ordering::Relaxed);
    visit();
    let found = open(folder.path());
    assert_eq!(forms(&found), ["added-page"]);
    let incident = found[0]["incident"]["id"].as_str().unwrap();
    let options =
        ["--allow-private", "--profile-gap", "0", "--rate", "0", "--no-landings", "--profiles", "m,d"];
    let again = [&["recheck", incident, "--store", "sqlite://x.db"], &options[..]].concat();
    let (exit, _, told) = Run::of(&again).within(folder.path()).ends();
    assert_eq!(exit, 1, "{told}");
    assert_eq!(forms(&open(folder.path())), ["added-page"]);
}
