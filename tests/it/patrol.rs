//! The patrol from the outside: registry in, rounds, what is remembered, and what a kill leaves behind.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::cli::Run;
use crate::server::{CLEAN, INFECTED, Server, html};

/// A folder with a registry of sites on loopback.
struct Unit {
    folder: tempfile::TempDir,
}

/// What a patrol is told in tests: no waiting, no browser, nothing outside.
const FAST: &[&str] =
    &["--profile-gap", "0", "--rate", "0", "--no-landings", "--lang", "en", "--store", "sqlite://x.db"];

impl Unit {
    fn registered(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("targets")).unwrap();
        std::fs::write(folder.path().join("targets/a.toml"), text).unwrap();
        Self { folder }
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        Run::of(arguments).within(self.folder.path()).ends()
    }

    fn patrol(&self, arguments: &[&str]) -> (i32, String, String) {
        self.run(&[&["patrol", "targets"], FAST, arguments].concat())
    }

    /// The lines of a round by type.
    fn round(&self, arguments: &[&str]) -> Vec<serde_json::Value> {
        let (exit, lines, told) = self.patrol(&[&["--once", "--format", "jsonl"], arguments].concat());
        assert!((0..=3).contains(&exit), "{exit} {told}");
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn findings(lines: &[serde_json::Value]) -> Vec<&serde_json::Value> {
    lines.iter().filter(|line| line["type"] == "finding" && line["kind"] == "hidden-link").collect()
}

fn urls(lines: &[serde_json::Value]) -> u64 {
    lines.last().unwrap()["urls"].as_u64().unwrap()
}

#[test]
fn a_register_becomes_a_patrol_that_visits_what_is_due_and_remembers() {
    let server = Server::start(|_| html(INFECTED));
    let folder = tempfile::tempdir().unwrap();
    let unit = Unit { folder };
    let address = server.url("/");
    let register = format!(
        "网站名称,网址,主办单位,单位性质,行政区划,ICP备案号,公安备案号,允许内网\n某某县教育局,{address},某某县教育局,国家机关,511502,\
         蜀ICP备12009876号-1,川公网安备51150202000123号,是\n"
    );
    std::fs::write(unit.folder.path().join("登记.csv"), register).unwrap();
    let (exit, told, error) =
        unit.run(&["targets", "import", "登记.csv", "--into", "targets", "--lang", "en"]);
    assert!(exit == 0 && told.contains("imported 1 sites"), "{told} {error}");
    let first = unit.round(&[]);
    assert_eq!((findings(&first).len(), urls(&first)), (1, 1));
    assert_eq!(findings(&first)[0]["target"].as_str().unwrap(), server.address.to_string());
    let second = unit.round(&[]);
    assert_eq!((findings(&second).len(), urls(&second)), (0, 0), "nothing is due");
    let all = unit.round(&["--all"]);
    assert_eq!(findings(&all)[0]["id"], findings(&first)[0]["id"]);
    assert_eq!(findings(&all)[0]["first_seen"], findings(&first)[0]["first_seen"]);
    let (_, listed, _) = unit.run(&["findings", "list", "--store", "sqlite://x.db", "--format", "jsonl"]);
    let listed: Vec<serde_json::Value> =
        listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(findings(&listed).len(), 1);
    // A state organ's network is not fined; the registry says that it is one.
    assert_eq!(findings(&listed)[0]["obligations"], findings(&all)[0]["obligations"]);
}

#[test]
fn mistakes_in_the_registry_are_named_before_anybody_is_visited() {
    let unit =
        Unit::registered("[[target]]\nurls = 'http://127.0.0.1:9/'\n[target.visit]\ncadence = 'soon'\n");
    let (exit, _, told) = unit.patrol(&["--once"]);
    assert!(exit == 2 && told.contains("a.toml:4:") && told.contains("soon"), "{exit} {told}");
    let (exit, ..) = unit.run(&["patrol", "nowhere", "--once"]);
    assert_eq!(exit, 2);
}

#[test]
fn critical_infrastructure_is_not_probed_without_written_authorisation() {
    let missing = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&missing);
    let server = Server::start(move |head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        if path != "/" && path.ends_with(".html") {
            count.fetch_add(1, Ordering::Relaxed);
        }
        html(CLEAN)
    });
    let address = server.url("/");
    for (written, probed) in [("", false), ("written = '授权〔2026〕1号'", true)] {
        missing.store(0, Ordering::Relaxed);
        let unit = Unit::registered(&format!(
            "[[target]]\nurls = '{address}'\nvisit.allow_private = true\noperator.kind = 'cii'\n[target.authorisation]\nbasis = 'x'\n{written}\n"
        ));
        unit.round(&[]);
        assert_eq!(missing.load(Ordering::Relaxed) > 0, probed, "{written}");
    }
}

#[test]
fn private_addresses_are_for_targets_that_say_so() {
    let server = Server::start(|_| html(INFECTED));
    let unit = Unit::registered(&format!("[[target]]\nurls = '{}'\n", server.url("/")));
    let lines = unit.round(&[]);
    assert!(lines.iter().any(|line| line["reason"] == "scope"), "{lines:?}");
    assert_eq!(server.asked(), 0);
}

#[test]
fn the_plan_tells_what_a_budget_buys() {
    let unit = Unit::registered(
        "[[target]]\nurls='http://a.test/'\noperator.kind='cii'\n[[target]]\nurls='http://b.test/'\n",
    );
    let (exit, told, _) = unit.patrol(&["--plan", "--budget", "1000"]);
    assert!(
        exit == 0 && told.contains("a.test") && told.contains("if every site were visited equally often"),
        "{told}"
    );
}

#[test]
fn nobody_is_visited_outside_of_its_hours_due_or_not() {
    let server = Server::start(|_| html(INFECTED));
    let today =
        jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).date();
    let days: Vec<String> = [today, today.tomorrow().unwrap()]
        .iter()
        .map(|day| format!("'{} 00:00-24:00'", day.strftime("%a").to_string().to_lowercase()))
        .collect();
    let unit = Unit::registered(&format!(
        "[[target]]\nurls = '{}'\nvisit.allow_private = true\nvisit.avoid = [{}]\n",
        server.url("/"),
        days.join(", ")
    ));
    for arguments in [&["--once"][..], &["--once", "--all"], &["--once"]] {
        let (exit, _, told) = unit.patrol(arguments);
        assert!(exit == 0 && server.asked() == 0, "{exit} {told}");
        assert_eq!(told.contains("1 put off"), arguments.len() == 2, "{told}");
    }
}

/// Waits for another process, which no clock of ours can hurry.
#[expect(clippy::disallowed_methods, reason = "the process under test runs by real time")]
fn wait(time: Duration) {
    std::thread::sleep(time);
}

/// A patrol without end in the background.
fn start(folder: &Path) -> Child {
    start_with(folder, &[])
}

fn start_with(folder: &Path, environment: &[(&str, &OsStr)]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_xuncha"))
        .args(["patrol", "targets"])
        .args(FAST)
        .current_dir(folder)
        .env_clear()
        .env("XUNCHA_CHROMIUM", "/nowhere/chromium")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_patrol_takes_up_new_targets_and_ends_when_told() {
    let server = Server::start(|_| html(INFECTED));
    let unit = Unit::registered(
        "[[target]]\nid = 'none'\nurls = 'http://127.0.0.1:9/'\nvisit.allow_private = true\n",
    );
    let mut patrol = start(unit.folder.path());
    let text = format!("[[target]]\nurls = '{}'\nvisit.allow_private = true\n", server.url("/"));
    wait(Duration::from_secs(1));
    std::fs::write(unit.folder.path().join("targets/b.toml"), text).unwrap();
    assert!(asked_beyond(&server, 8), "the new target was visited");
    terminate(&patrol);
    assert!(patrol.wait().unwrap().success());
    let (exit, told, _) = unit.run(&["store", "check", "--store", "sqlite://x.db", "--lang", "en"]);
    assert!(exit == 0 && told.starts_with("sound"), "{told}");
}

/// Waits until a server was asked more often than that; whether it was.
fn asked_beyond(server: &Server, count: usize) -> bool {
    for _ in 0..400 {
        if server.asked() > count {
            return true;
        }
        wait(Duration::from_millis(100));
    }
    false
}

#[test]
fn a_patrol_goes_by_its_clock_wherever_that_is_set() {
    let Some(library) = std::env::var_os("XUNCHA_FAKETIME") else {
        eprintln!("left out: a clock that is set while a patrol runs needs libfaketime in XUNCHA_FAKETIME");
        return;
    };
    let server = Server::start(|_| html(CLEAN));
    let registry = format!(
        "[[target]]\nurls = '{}'\nvisit.allow_private = true\nvisit.cadence = '6h'\n",
        server.url("/")
    );
    let unit = Unit::registered(&registry);
    let offset = unit.folder.path().join("offset");
    let set = |to: &str| std::fs::write(&offset, to).unwrap();
    set("+0");
    let mut patrol = start_with(
        unit.folder.path(),
        &[
            ("LD_PRELOAD", library.as_os_str()),
            ("FAKETIME_TIMESTAMP_FILE", offset.as_os_str()),
            ("FAKETIME_NO_CACHE", OsStr::new("1")),
            ("FAKETIME_DONT_FAKE_MONOTONIC", OsStr::new("1")),
        ],
    );
    // On behind the cadence; three days back, where the time of the next visit lies far ahead; and on from there.
    assert!(asked_beyond(&server, 0), "a new site is visited");
    let mut visits = 0;
    for (to, comes) in [("+20h", true), ("-3d", false), ("-65h", true)] {
        while server.asked() > visits {
            visits = server.asked();
            wait(Duration::from_secs(2));
        }
        set(to);
        if comes {
            assert!(asked_beyond(&server, visits), "the site was due after the clock was set to {to}");
        } else {
            wait(Duration::from_secs(8));
            assert_eq!(server.asked(), visits, "the site was not due after the clock was set to {to}");
        }
    }
    terminate(&patrol);
    assert!(patrol.wait().unwrap().success());
}

/// The signal by which services are ended.
fn terminate(child: &Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
}

/// How often the patrol is killed.
const KILLS: u32 = 50;

#[test]
fn a_kill_at_any_moment_loses_nothing_and_tells_nothing_twice() {
    let fixed = Arc::new(AtomicBool::new(false));
    let state = Arc::clone(&fixed);
    let server = Server::start(move |_| html(if state.load(Ordering::Relaxed) { CLEAN } else { INFECTED }));
    let sites = 6;
    let mut registry = String::new();
    for number in 0..sites {
        // One server under many ids: what is counted is what the store holds.
        registry += &format!(
            "[[target]]\nid = 'site{number}'\nurls = '{}'\nvisit.allow_private = true\nvisit.cadence = '1m'\n",
            server.url(&format!("/{number}/"))
        );
    }
    let unit = Unit::registered(&registry);
    let known = || {
        let (exit, listed, told) =
            unit.run(&["findings", "list", "--store", "sqlite://x.db", "--format", "jsonl"]);
        if exit == 2 {
            // Killed before there was a store.
            return std::collections::BTreeMap::new();
        }
        assert_eq!(exit, 0, "{told}");
        let lines = listed.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let mut found = std::collections::BTreeMap::new();
        for line in lines.filter(|line| line["type"] == "finding") {
            let key = (line["url"].to_string(), line["kind"].to_string(), line["id"].to_string());
            let before = found.insert(key, line["first_seen"].to_string());
            assert!(before.is_none(), "a finding is told once: {line}");
        }
        found
    };
    let mut before = std::collections::BTreeMap::new();
    let mut moment = 17_u64;
    for _ in 0..KILLS {
        let mut patrol = start(unit.folder.path());
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        wait(Duration::from_millis((moment >> 33) % 1500));
        patrol.kill().unwrap();
        patrol.wait().unwrap();
        let now = known();
        for (key, first_seen) in &before {
            assert_eq!(now.get(key), Some(first_seen), "{key:?} was committed and is gone or seen anew");
        }
        before = now;
    }
    let (exit, told, _) = unit.run(&["store", "check", "--store", "sqlite://x.db", "--lang", "en"]);
    assert!(exit == 0 && told.starts_with("sound"), "{told}");
    unit.round(&["--all"]);
    let incidents: std::collections::BTreeSet<_> = known().into_keys().map(|(url, ..)| url).collect();
    assert!(incidents.len() >= sites, "every site is known in the end: {incidents:?}");
}

#[test]
fn the_sites_of_the_demonstration_are_registered_and_patrolled() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_xuncha"))
        .args(["demo", "--serve-only", "--register", "targets", "--lang", "en"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(demo.stderr.take().unwrap()));
    let command = lines.map_while(Result::ok).find(|line| line.contains("xuncha patrol")).unwrap();
    let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
    let all = [&arguments[..], &["--format", "jsonl", "--browser", "never"]].concat();
    let (exit, lines, told) = Run::of(&all).within(folder.path()).ends();
    demo.kill().unwrap();
    demo.wait().unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let sites: std::collections::BTreeSet<String> =
        lines.filter(|line| line["type"] == "finding").map(|line| line["target"].to_string()).collect();
    assert!(exit == 1 && sites.len() == 10, "{exit} {sites:?} {told}");
}
