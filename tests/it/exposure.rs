//! Exposure checks from the outside: who is asked for what, with written authorisation and without.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::cli::Run;
use crate::server::{Server, html, redirect, response};

/// The secret that a settings file of the site holds; it must never be read, kept or shown.
const SECRET: &str = "hunter2-never-shown";
/// The site's size of backup: far more than may be read of it.
const BACKUP: usize = 3 << 20;

/// A site with a log of what it was asked for.
struct Site {
    server: Server,
    log: Arc<Mutex<Vec<String>>>,
}

impl Site {
    fn answering(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let log = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&log);
        let server = Server::start(move |head| {
            let mut words = head.split(' ');
            let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            into.lock().unwrap().push(format!("{method} {path}"));
            answer(path)
        });
        Self { server, log }
    }

    fn address(&self) -> String {
        format!("http://www.office.test:{}/", self.server.address.port())
    }

    /// What was asked for since the last time, with how often; what any visit asks for left out.
    fn asked(&self) -> BTreeMap<String, usize> {
        let mut asked = BTreeMap::new();
        for line in self.log.lock().unwrap().drain(..) {
            let path = line.strip_prefix("GET ").unwrap_or(&line);
            if !is_usual(path) {
                *asked.entry(path.to_owned()).or_default() += 1;
            }
        }
        asked
    }

    /// The lines of a scan, its exit status, and the folder that it ran in.
    fn scan(&self, arguments: &[&str]) -> (i32, Vec<Value>, Run) {
        let (address, resolve) = (self.address(), self.resolve());
        let usual = [address.as_str(), "--resolve", &resolve, "--format", "jsonl", "--evidence", "kept"];
        let run = Run::scan(&[&usual, arguments].concat());
        let (exit, lines, told) = run.ends();
        assert!((0..=3).contains(&exit) && exit != 2, "{exit} {told}");
        (exit, lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), run)
    }

    fn resolve(&self) -> String {
        format!("www.office.test:{}:127.0.0.1", self.server.address.port())
    }
}

/// The home page, its script, and the path that should not exist.
fn is_usual(path: &str) -> bool {
    let missing = path.strip_prefix('/').and_then(|path| path.strip_suffix(".html"));
    let missing =
        missing.is_some_and(|name| name.len() == 10 && name.bytes().all(|byte| byte.is_ascii_hexdigit()));
    missing || matches!(path, "/" | "/js/app.js")
}

/// A site that lays open what it should not.
fn open(path: &str) -> Vec<u8> {
    let text = |body: &str| response("200 OK", "text/plain", body);
    match path {
        "/" => html(
            "<title>某某办公室</title><p>通知公告：<a href=/uploads/a.pdf>办事指南</a></p><script src=/js/app.js></script>",
        ),
        "/js/app.js" => response("200 OK", "text/javascript", "var a=1;\n//# sourceMappingURL=app.js.map\n"),
        "/robots.txt" => text("User-agent: *\nDisallow: /manage/\n"),
        "/.git/HEAD" => text("ref: refs/heads/master\n"),
        "/.env" => text(&format!("DB_PASSWORD={SECRET}\n")),
        "/wwwroot.zip" => {
            let mut body = b"PK\x03\x04".to_vec();
            body.resize(BACKUP, b'x');
            response("200 OK", "application/zip", body)
        }
        "/phpinfo.php" => {
            html("<title>phpinfo()</title><table><tr><td><h1 class=\"p\">PHP Version 5.2.17</h1></table>")
        }
        "/druid/index.html" => html("<title>Druid Stat Index</title><script src=js/druid.js></script>"),
        "/admin/" => redirect("/admin/in"),
        "/admin/in" => {
            html("<title>网站后台管理系统</title><form><input name=u><input type=password name=p></form>")
        }
        "/uploads/" => {
            html("<title>Index of /uploads/</title><pre><a href=../>../</a> <a href=b.xls>b.xls</a></pre>")
        }
        "/js/app.js.map" => {
            response("200 OK", "application/json", "{\"version\":3,\"sources\":[\"src/a.ts\"]}")
        }
        _ => response("404 Not Found", "text/html", "<title>404</title><p>没有找到"),
    }
}

/// The list, as a site named `www.office.test` with such a home page is asked; where nothing answers, each once.
const LIST: &[&str] = &[
    "/.DS_Store",
    "/.env",
    "/.git/HEAD",
    "/.hg/requires",
    "/.idea/workspace.xml",
    "/.svn/entries",
    "/.svn/wc.db",
    "/actuator",
    "/admin.php",
    "/admin/",
    "/admin/login",
    "/backup.sql",
    "/backup.tar.gz",
    "/backup.zip",
    "/config.php.bak",
    "/config.php~",
    "/doc.html",
    "/druid/index.html",
    "/ewebeditor/admin_login.asp",
    "/houtai/",
    "/info.php",
    "/js/",
    "/js/app.js.map",
    "/l.php",
    "/manage/",
    "/nacos/",
    "/office.rar",
    "/office.test.rar",
    "/office.test.zip",
    "/office.zip",
    "/phpinfo.php",
    "/phpmyadmin/",
    "/seeyon/",
    "/swagger-ui.html",
    "/swagger-ui/index.html",
    "/tz.php",
    "/uploads/",
    "/web.config.bak",
    "/web.rar",
    "/web.zip",
    "/wui/index.html",
    "/www.office.test.rar",
    "/www.office.test.tar.gz",
    "/www.office.test.zip",
    "/www.rar",
    "/www.tar.gz",
    "/www.zip",
    "/wwwroot.rar",
    "/wwwroot.zip",
    "/yyoa/",
];

const AUTHORISED: &[&str] = &["--exposure-authorised", "授权〔2026〕1号"];

/// Technique and severity of what lies open, in order.
fn exposures(lines: &[Value]) -> Vec<(String, String)> {
    let found = lines.iter().filter(|line| line["kind"] == "exposed-resource");
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut all: Vec<_> =
        found.map(|line| (word(&line["where"]["method"]), word(&line["severity"]))).collect();
    all.sort();
    all
}

#[test]
fn without_authorisation_not_one_question_is_put() {
    let site = Site::answering(open);
    let (_, lines, _) = site.scan(&[]);
    assert_eq!(site.asked(), BTreeMap::new());
    // What the page itself names is told: it offers its source map.
    assert_eq!(exposures(&lines), [("exp-sourcemap".to_owned(), "info".to_owned())]);
}

#[test]
fn with_authorisation_the_list_is_asked_and_nothing_else() {
    let site = Site::answering(open);
    let (exit, lines, run) = site.scan(AUTHORISED);
    let mut asked = site.asked();
    let twins: Vec<String> = asked.keys().filter(|path| path.contains("/x")).cloned().collect();
    for twin in &twins {
        assert_eq!(asked.remove(twin), Some(1), "{twin}");
    }
    // The control, and a twin for each of the eight that answered; two folders share theirs.
    assert_eq!(twins.len(), 8, "{twins:?}");
    assert_eq!(asked.remove("/robots.txt"), Some(1));
    assert_eq!(asked.remove("/admin/in"), Some(2), "a redirect within the site is followed");
    let open = [
        "/.git/HEAD",
        "/.env",
        "/wwwroot.zip",
        "/phpinfo.php",
        "/druid/index.html",
        "/admin/",
        "/uploads/",
        "/js/app.js.map",
    ];
    for path in LIST.iter().filter(|path| **path != "/manage/") {
        let expected = if open.contains(path) { 2 } else { 1 };
        assert_eq!(asked.remove(*path), Some(expected), "{path}");
    }
    assert_eq!(asked, BTreeMap::new(), "nothing beyond the list");
    assert_eq!(exit, 1);
    let expected = [
        ("exp-admin-login", "low"),
        ("exp-api-console", "medium"),
        ("exp-backup", "critical"),
        ("exp-config-bak", "high"),
        ("exp-dir-listing", "medium"),
        ("exp-phpinfo", "medium"),
        ("exp-robots-leak", "info"),
        ("exp-sourcemap", "low"),
        ("exp-vcs", "high"),
    ];
    assert_eq!(exposures(&lines), expected.map(|(id, severity)| (id.to_owned(), severity.to_owned())));
    let backup = lines.iter().find(|line| line["where"]["method"] == "exp-backup").unwrap();
    assert_eq!(
        (&backup["state"], &backup["detail"]["authorisation"]),
        (&"risk".into(), &"授权〔2026〕1号".into())
    );
    assert_eq!(backup["evidence"].as_array().unwrap().len(), 3, "first, twin and again are kept");
    let forbidden =
        lines.iter().find(|line| line["type"] == "not-assessed" && line["reason"] == "robots").unwrap();
    assert!(forbidden["url"].as_str().unwrap().ends_with("/manage/"));
    look_into_evidence(&run);
}

/// The evidence verifies, names the authorisation, holds neither secret nor backup, and judges the same again.
fn look_into_evidence(run: &Run) {
    let kept = run.folder.path().join("kept");
    let folder = std::fs::read_dir(&kept).unwrap().next().unwrap().unwrap().path();
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["facts"]["exposure"], "授权〔2026〕1号");
    for file in std::fs::read_dir(folder.join("bodies")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(bytes.len() <= 16 * 1024 && !String::from_utf8_lossy(&bytes).contains(SECRET));
    }
    let name = folder.to_str().unwrap();
    let (exit, ..) = Run::of(&["evidence", "verify", name]).ends();
    assert_eq!(exit, 0);
    let (_, told, error) = Run::of(&["rejudge", name, "--format", "jsonl", "--lang", "en"]).ends();
    let again: Vec<Value> = told.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let found = exposures(&again);
    assert!(found.iter().any(|(id, severity)| id == "exp-vcs" && severity == "high"), "{told} {error}");
}

#[test]
fn reports_show_no_secret() {
    let site = Site::answering(open);
    for format in ["text", "html", "json", "csv", "sarif"] {
        let (address, resolve) = (site.address(), site.resolve());
        let run =
            Run::scan(&[&[address.as_str(), "--resolve", &resolve, "--format", format], AUTHORISED].concat());
        let (_, report, _) = run.ends();
        assert!(report.contains(".git/HEAD") && report.contains("DB_PASSWORD=…"), "{format}");
        assert!(!report.contains("hunter"), "{format}");
    }
}

#[test]
fn a_site_that_answers_everything_lays_nothing_open() {
    let page = "<title>网站后台管理系统</title><p>ref: refs/heads/master</p><form><input name=u><input type=password></form>";
    let site = Site::answering(move |_| html(page));
    let (_, lines, _) = site.scan(AUTHORISED);
    assert!(site.asked().len() > 40);
    // That the home page itself is a login is what the page shows.
    assert_eq!(exposures(&lines), [("exp-admin-login".to_owned(), "low".to_owned())]);
}

#[test]
fn a_site_that_refuses_is_left_alone_and_not_assessed() {
    let site = Site::answering(|path| match path {
        "/" => open("/"),
        "/robots.txt" => response("404 Not Found", "text/plain", ""),
        _ => response("403 Forbidden", "text/html", "<title>403</title>"),
    });
    let (_, lines, _) = site.scan(AUTHORISED);
    assert!(site.asked().len() <= 12, "it went on");
    let gap =
        lines.iter().find(|line| line["type"] == "not-assessed" && line["reason"] == "blocked").unwrap();
    assert!(gap["detail"].as_str().unwrap().contains("exposure checks ended"), "{gap}");
}

#[test]
fn an_authorisation_must_say_something() {
    let (exit, _, told) = Run::scan(&["http://127.0.0.1:9/", "--exposure-authorised", "  "]).ends();
    assert!(exit == 2 && told.contains("文号"), "{exit} {told}");
}

#[test]
fn a_patrol_asks_where_the_registry_says_so_and_once_a_week() {
    let site = Site::answering(open);
    let address = site.server.url("/");
    for (written, asks) in [("", false), ("written = '授权〔2026〕7号'", true)] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("targets")).unwrap();
        let registry = format!(
            "[[target]]\nid = 'office'\nurls = '{address}'\nvisit.allow_private = true\n[target.authorisation]\nbasis = 'x'\n{written}\n"
        );
        std::fs::write(folder.path().join("targets/a.toml"), registry).unwrap();
        let round = || {
            let arguments = [
                "patrol",
                "targets",
                "--once",
                "--all",
                "--profile-gap",
                "0",
                "--rate",
                "0",
                "--no-landings",
                "--lang",
                "en",
                "--store",
                "sqlite://x.db",
                "--format",
                "jsonl",
                "--max-pages",
                "1",
            ];
            let (exit, lines, told) = Run::of(&arguments).within(folder.path()).ends();
            assert!((0..=3).contains(&exit) && exit != 2, "{exit} {told}");
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
        };
        let lines = round();
        let asked = site.asked();
        assert_eq!(asked.contains_key("/.git/HEAD"), asks);
        assert_eq!(exposures(&lines).iter().any(|(id, _)| id == "exp-vcs"), asks);
        round();
        assert!(!site.asked().contains_key("/.git/HEAD"), "a second round within the week asks nothing");
        let list = ["findings", "list", "--store", "sqlite://x.db", "--format", "jsonl"];
        let (_, listed, _) = Run::of(&list).within(folder.path()).ends();
        let listed: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        // Who did not ask cannot say that it is gone.
        assert_eq!(exposures(&listed).iter().any(|(id, _)| id == "exp-vcs"), asks);
    }
}
