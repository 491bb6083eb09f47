//! What is remembered, from the outside: listing, deciding, looking again, and the care of the store.

use crate::cli::Run;
use crate::server::{CLEAN, INFECTED, Server, html};

/// A site that was scanned into a store, and the folder in which that happened.
struct Remembered {
    folder: tempfile::TempDir,
    server: Server,
}

impl Remembered {
    fn site(page: &'static str) -> Self {
        let server = Server::start(move |_| html(page));
        let folder = tempfile::tempdir().unwrap();
        let this = Self { folder, server };
        let (exit, _, told) = this.scan(&["--store", "sqlite://x.db"]);
        assert_eq!(exit, 1, "{told}");
        this
    }

    fn scan(&self, arguments: &[&str]) -> (i32, String, String) {
        let url = self.server.url("/");
        let mut all = vec![url.as_str()];
        all.extend(arguments);
        Run::scan(&all).within(self.folder.path()).ends()
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut all = arguments.to_vec();
        all.extend(["--store", "sqlite://x.db"]);
        Run::of(&all).within(self.folder.path()).ends()
    }

    /// The lines of `findings list` as values.
    fn listed(&self) -> Vec<serde_json::Value> {
        let (exit, lines, told) = self.run(&["findings", "list", "--format", "jsonl"]);
        assert_eq!(exit, 0, "{told}");
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn incident(&self) -> String {
        let lines = self.listed();
        let hidden =
            lines.iter().find(|line| line["kind"] == "hidden-link").expect("the hidden links are listed");
        hidden["incident"]["id"].as_str().expect("it belongs to an incident").to_owned()
    }
}

#[test]
fn stored_findings_are_listed_with_their_duties() {
    let site = Remembered::site(INFECTED);
    let lines = site.listed();
    let hidden = lines.iter().find(|line| line["kind"] == "hidden-link").unwrap();
    assert!(!hidden["obligations"].as_array().unwrap().is_empty());
    assert!(!hidden["evidence"].as_array().unwrap().is_empty());
    assert_eq!(lines.last().unwrap()["type"], "summary");
    let (exit, none, _) = site.run(&["findings", "list", "--format", "jsonl", "--kind", "defacement"]);
    assert_eq!((exit, none.lines().count()), (0, 1), "{none}");
    let (exit, ..) = site.run(&["findings", "list", "--fail-on", "high"]);
    assert_eq!(exit, 1);
}

#[test]
fn an_incident_is_shown_with_the_grading_that_its_duration_may_reach() {
    let site = Remembered::site(INFECTED);
    let incident = site.incident();
    let (exit, told, _) = site.run(&["findings", "show", &incident, "--operator", "cii"]);
    for expected in
        ["分级参考", "特别重大", "征求意见稿，终稿未核", "暗链常人不可见", "1 小时内首报", "须由人补充"]
    {
        assert!(exit == 0 && told.contains(expected), "{expected} in {told}");
    }
    let (_, told, _) = site.run(&["findings", "show", &incident, "--operator", "enterprise", "--lang", "en"]);
    assert!(told.contains("within 4 hours") && told.contains("possibly reached"), "{told}");
    let (exit, page, _) = site.run(&["findings", "show", &incident, "--format", "html"]);
    assert!(exit == 0 && page.starts_with("<!doctype html>") && page.contains("隐藏链接"), "{page}");
}

#[test]
fn sites_that_share_a_landing_are_one_campaign() {
    let one = Remembered::site(INFECTED);
    let (_, none, _) = one.run(&["findings", "campaigns", "--lang", "en"]);
    assert!(none.contains("no sites share"), "{none}");
    let second = Server::start(|_| html(INFECTED));
    let url = second.url("/");
    Run::scan(&[&url, "--store", "sqlite://x.db"]).within(one.folder.path()).ends();
    let (exit, told, _) = one.run(&["findings", "campaigns", "--lang", "en"]);
    assert!(exit == 0 && told.contains("2 sites") && told.contains("bc.test"), "{told}");
}

#[test]
fn a_decision_is_kept_and_survives_a_new_scan() {
    let site = Remembered::site(INFECTED);
    let incident = site.incident();
    let (exit, told, _) = site.run(&[
        "findings",
        "dismiss",
        &incident,
        "--by",
        "张三",
        "--why",
        "演练",
        "--until",
        "2199-01-01",
    ]);
    assert!(exit == 0 && told.contains("已搁置") && told.contains("张三") && told.contains("演练"), "{told}");
    site.scan(&["--store", "sqlite://x.db"]);
    let (_, shown, _) = site.run(&["findings", "show", &incident, "--lang", "en"]);
    assert!(shown.contains("dismissed") && shown.contains("演练") && shown.contains("last seen"), "{shown}");
}

#[test]
fn a_decision_without_reason_or_for_nothing_is_refused() {
    let site = Remembered::site(INFECTED);
    let incident = site.incident();
    for (arguments, word) in [
        (vec!["findings", "dismiss", &incident, "--by", "a"], "--why"),
        (
            vec!["findings", "dismiss", &incident, "--by", "a", "--why", "b", "--until", "2001-01-01"],
            "--until",
        ),
        (vec!["findings", "confirm", &incident, "--by", " "], "--by"),
        (vec!["findings", "confirm", "inc-nothing", "--by", "a"], "inc-nothing"),
        (vec!["findings", "show", "inc-nothing"], "inc-nothing"),
        (vec!["recheck", "inc-nothing"], "inc-nothing"),
    ] {
        let (exit, _, told) = site.run(&arguments);
        assert!(exit == 2 && told.contains(word), "{arguments:?}: {exit} {told}");
    }
}

#[test]
fn a_recheck_sees_it_again_and_then_sees_it_gone() {
    let fixed = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let state = std::sync::Arc::clone(&fixed);
    let server = Server::start(move |_| {
        html(if state.load(std::sync::atomic::Ordering::Relaxed) { CLEAN } else { INFECTED })
    });
    let site = Remembered { folder: tempfile::tempdir().unwrap(), server };
    site.scan(&["--store", "sqlite://x.db"]);
    let incident = site.incident();
    let visit = ["--allow-private", "--profile-gap", "0", "--rate", "0", "--no-landings", "--lang", "en"];
    let recheck = |site: &Remembered| {
        let mut arguments = vec!["recheck", incident.as_str()];
        arguments.extend(visit);
        site.run(&arguments)
    };
    let (exit, told, _) = recheck(&site);
    assert!(exit == 1 && told.contains("still shows"), "{exit} {told}");
    fixed.store(true, std::sync::atomic::Ordering::Relaxed);
    let (exit, told, error) = recheck(&site);
    assert!(exit == 0 && told.contains("first clean after"), "{exit} {told} {error}");
    assert!(told.contains("no longer seen"), "{told}");
}

/// To phones from a search engine: a page that sends them to a gambling site; to all others the page itself.
fn cloaking(head: &str) -> Vec<u8> {
    let head = head.to_ascii_lowercase();
    let lured = head.contains("baidu.com") && (head.contains("iphone") || head.contains("android"));
    match head.split(' ').nth(1) {
        Some("/casino") => html("<title>澳门新葡京娱乐城</title><h1>百家乐 时时彩 真人娱乐 注册送彩金</h1>"),
        Some("/") if lured => html(&CLEAN.replace("<h1>", "<script>location.href='/casino'</script><h1>")),
        _ => html(CLEAN),
    }
}

#[test]
fn kept_evidence_is_judged_again_without_asking_anybody() {
    let server = Server::start(cloaking);
    let url = server.url("/");
    let folder = tempfile::tempdir().unwrap();
    let told = |lines: &str| {
        let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let told = lines.filter(|line| line["type"] == "finding");
        told.map(|line| (line["id"].clone(), line["conditions"]["shows"].clone(), line["evidence"].clone()))
            .collect::<Vec<_>>()
    };
    let visit = ["--allow-private", "--profile-gap", "0", "--rate", "0", "--lang", "en"];
    let arguments = [&["scan", &url, "--format", "jsonl", "--evidence", "kept"], &visit[..]].concat();
    let scan = Run::of(&arguments).within(folder.path()).ends();
    assert!(!told(&scan.1).is_empty(), "{} {}", scan.1, scan.2);
    let asked = server.asked();
    let again =
        Run::of(&["rejudge", "kept", "--format", "jsonl", "--lang", "en"]).within(folder.path()).ends();
    assert_eq!(server.asked(), asked, "nobody was asked");
    assert_eq!((again.0, told(&again.1)), (scan.0, told(&scan.1)), "{}", again.2);
    assert!(again.2.contains("0 new, 0 no longer found"), "{}", again.2);
    let none = Run::of(&["rejudge", "nowhere", "--lang", "en"]).within(folder.path()).ends();
    assert!(none.0 == 2 && none.2.contains("nowhere"), "{}", none.2);
}

/// Every file of a package by its path, after holding each against the digest that the package names.
fn unpacked(path: &std::path::Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut files = std::collections::BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        files.insert(file.name().to_owned(), bytes);
    }
    let description: serde_json::Value = serde_json::from_slice(&files["datapackage.json"]).unwrap();
    let listed = description["resources"].as_array().unwrap();
    assert_eq!(listed.len() + 2, files.len(), "every file but two is listed");
    for resource in listed {
        let bytes = &files[resource["path"].as_str().unwrap()];
        let sha256 = format!("sha256:{}", xuncha::id::sha256_hex(bytes));
        assert_eq!(
            (resource["hash"].as_str().unwrap(), resource["bytes"].as_u64().unwrap()),
            (sha256.as_str(), bytes.len() as u64)
        );
    }
    files
}

#[test]
fn the_evidence_of_an_incident_is_packed_so_that_others_replay_it() {
    let site = Remembered::site(INFECTED);
    let incident = site.incident();
    let (exit, told, error) =
        site.run(&["evidence", "export", &incident, "--output", "case.wacz", "--lang", "en"]);
    assert!(exit == 0 && told.contains("1 folders"), "{told} {error}");
    let path = site.folder.path().join("case.wacz");
    let files = unpacked(&path);
    let index = String::from_utf8(files["indexes/index.cdx"].clone()).unwrap();
    assert!(index.lines().count() >= 10 && index.lines().is_sorted(), "{index}");
    for line in index.lines() {
        let entry: serde_json::Value = serde_json::from_str(line.splitn(3, ' ').nth(2).unwrap()).unwrap();
        let number = |key: &str| entry[key].as_str().unwrap().parse::<usize>().unwrap();
        let warc = &files[&format!("archive/{}", entry["filename"].as_str().unwrap())];
        let member = &warc[number("offset")..number("offset") + number("length")];
        let mut record = String::new();
        let mut reader = std::io::BufReader::new(flate2::read::GzDecoder::new(member));
        std::io::BufRead::read_line(&mut reader, &mut record).unwrap();
        assert_eq!(record, "WARC/1.1\r\n");
    }
    let verify =
        |name: &str| Run::of(&["evidence", "verify", name, "--lang", "en"]).within(site.folder.path()).ends();
    let (exit, told, _) = verify("case.wacz");
    assert!(exit == 0 && told.starts_with("intact"), "{told}");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(12).position(|bytes| bytes.starts_with(b"archive/001-")).unwrap() + 200;
    bytes[at] ^= 1;
    std::fs::write(site.folder.path().join("changed.wacz"), bytes).unwrap();
    let (exit, told, _) = verify("changed.wacz");
    assert!(exit == 1 && told.contains("archive/001-"), "{exit} {told}");
    std::fs::write(site.folder.path().join("rubbish.wacz"), "PK rubbish").unwrap();
    assert_eq!(verify("rubbish.wacz").0, 2);
    let (exit, _, told) = site.run(&["evidence", "export", "nothing", "--output", "x.wacz"]);
    assert!(exit == 2 && told.contains("nothing") && !site.folder.path().join("x.wacz").exists(), "{told}");
    let Some(program) = std::env::var_os("XUNCHA_WACZ") else {
        eprintln!("left out: the public checker of packages; set XUNCHA_WACZ to the program `wacz`");
        return;
    };
    let checked = std::process::Command::new(&program).args(["validate", "-f"]).arg(&path).output().unwrap();
    let told = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success() && told.contains("is valid"), "{told}");
    // The public indexer, which comes with the checker, looks addresses up under the same keys.
    let (name, warc) = files.iter().find(|(name, _)| name.starts_with("archive/")).unwrap();
    let archive = site.folder.path().join(name.replace('/', "-"));
    std::fs::write(&archive, warc).unwrap();
    let indexer = std::path::Path::new(&program).with_file_name("cdxj-indexer");
    let theirs = std::process::Command::new(indexer).arg(&archive).output().unwrap();
    let theirs = String::from_utf8(theirs.stdout).unwrap();
    let keys = |index: &str| -> std::collections::BTreeSet<String> {
        let responses =
            index.lines().filter(|line| line.contains("\"url\": \"http") || line.contains("\"url\":\"http"));
        responses.map(|line| line.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" ")).collect()
    };
    assert!(!keys(&theirs).is_empty());
    assert_eq!(keys(&index), keys(&theirs));
}

#[test]
fn the_store_is_looked_over_and_a_missing_one_is_not_made() {
    let site = Remembered::site(INFECTED);
    let (exit, told, _) = site.run(&["store", "check", "--lang", "en"]);
    assert!(exit == 0 && told.starts_with("sound"), "{told}");
    let missing =
        Run::of(&["store", "check", "--store", "sqlite://nothing.db"]).within(site.folder.path()).ends();
    assert!(missing.0 == 2 && missing.2.contains("nothing.db"), "{}", missing.2);
    assert!(!site.folder.path().join("nothing.db").exists());
}

#[test]
fn an_incident_becomes_documents() {
    let site = Remembered::site(INFECTED);
    let incident = site.incident();
    for (document, start) in
        [("notice", "PK"), ("talk", "PK"), ("extraction", "PK"), ("incident", "<!doctype html>")]
    {
        let file = format!("{document}.out");
        let (exit, told, err) = site.run(&["report", document, &incident, "--output", &file]);
        assert!(exit == 0 && told.contains(&file), "{document} {told}{err}");
        let bytes = std::fs::read(site.folder.path().join(&file)).unwrap();
        assert!(bytes.starts_with(start.as_bytes()), "{document}");
    }
    let (exit, csv, _) = site.run(&["report", "list", "--format", "csv"]);
    assert!(exit == 0 && csv.contains(&incident) && csv.contains("隐藏链接"), "{csv}");
    let (exit, page, _) = site.run(&["report", "summary", "--from", "2020-01-01", "--lang", "en"]);
    assert!(exit == 0 && page.contains("By kind of operator") && page.contains("Hidden link"), "{page}");
    let (exit, _, told) = site.run(&["report", "notice", "nothing"]);
    assert!(exit == 2 && told.contains("nothing"), "{told}");
    let (exit, text, _) =
        site.run(&["report", "summary", "--from", "2020-01-01", "--format", "text", "--lang", "en"]);
    assert!(exit == 0 && text.contains("By severity") && text.contains("median time to fix"), "{text}");
    let findings = ["report", "list", "--format", "csv", "--table", "findings", "--kind", "hidden-link"];
    let (exit, csv, _) = site.run(&findings);
    assert!(exit == 0 && csv.contains("隐藏链接") && csv.lines().count() == 2, "{csv}");
    let (exit, csv, _) = site.run(&["report", "list", "--format", "csv", "--kind", "unreachable-site"]);
    assert!(exit == 0 && csv.lines().count() == 1, "{csv}");
    // Without a browser there is no PDF, and that is said.
    let (exit, _, told) = site.run(&["report", "incident", &incident, "--format", "pdf"]);
    assert!(exit == 2 && told.contains("chromium"), "{told}");
}

#[test]
fn a_package_is_signed_and_the_signature_is_asked_for() {
    let site = Remembered::site(INFECTED);
    let incident = site.incident();
    let run = |arguments: &[&str]| Run::of(arguments).within(site.folder.path()).ends();
    let (exit, key, _) = run(&["evidence", "key", "package.key"]);
    let key = key.trim().to_owned();
    assert!(exit == 0 && key.len() == 64, "{key}");
    let (exit, _, told) = run(&["evidence", "key", "package.key"]);
    assert!(exit == 2 && told.contains("package.key"), "a key is never written over: {told}");
    let (exit, _, told) =
        site.run(&["evidence", "export", &incident, "--output", "s.wacz", "--key", "package.key"]);
    assert_eq!(exit, 0, "{told}");
    let (exit, told, _) = run(&["evidence", "verify", "s.wacz", "--signed-by", &key]);
    assert!(exit == 0 && told.contains("签名有效") && told.contains(&key), "{told}");
    let other = "0".repeat(64);
    let (exit, told, _) = run(&["evidence", "verify", "s.wacz", "--signed-by", &other]);
    assert!(exit == 1 && told.contains("没有该公钥的有效签名"), "{told}");
    let (exit, _, told) = site.run(&["evidence", "export", &incident, "--output", "u.wacz"]);
    assert_eq!(exit, 0, "{told}");
    let (exit, ..) = run(&["evidence", "verify", "u.wacz", "--signed-by", &key]);
    assert_eq!(exit, 1, "an unsigned one");
    // The public checker takes a signed one like any other.
    if let Some(program) = std::env::var_os("XUNCHA_WACZ") {
        let file = site.folder.path().join("s.wacz");
        let checked =
            std::process::Command::new(program).args(["validate", "-f"]).arg(file).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    }
}

#[test]
fn a_package_gets_a_time_stamp_from_an_authority() {
    let site = Remembered::site(INFECTED);
    let incident = site.incident();
    let run = |arguments: &[&str]| Run::of(arguments).within(site.folder.path()).ends();
    site.run(&["evidence", "export", &incident, "--output", "t.wacz"]);
    // An authority that answers with rubbish, refuses, or lies in an own network.
    for (answer, expected) in [("<p>no", "RFC 3161"), ("0\u{5}0\u{3}\u{2}\u{1}\u{2}", "status 2")] {
        let authority =
            Server::start(move |_| crate::server::response("200 OK", "application/timestamp-reply", answer));
        let url = authority.url("/");
        let (exit, _, told) =
            run(&["evidence", "stamp", "t.wacz", "--authority", &url, "--allow-private", "--lang", "en"]);
        assert!(exit == 2 && told.contains(expected), "{told}");
        let (exit, _, told) = run(&["evidence", "stamp", "t.wacz", "--authority", &url, "--lang", "en"]);
        assert!(exit == 2 && authority.asked() == 1, "{told}");
    }
    assert!(!site.folder.path().join("t.wacz.tsr").exists());
}
