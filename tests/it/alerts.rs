//! Alerts from the outside: events of scans reach receivers on loopback, once and in order, whatever fails between.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::cli::Run;
use crate::server::{CLEAN, INFECTED, Server, html, redirect, response};

/// What came to a receiver.
#[derive(Debug, Clone)]
struct Came {
    head: String,
    body: serde_json::Value,
    raw: Vec<u8>,
}

/// A receiver of hooks on loopback, which answers what a function says.
struct Receiver {
    address: SocketAddr,
    came: Arc<(Mutex<Vec<Came>>, Condvar)>,
}

impl Receiver {
    /// `answer` gets how many posts came before.
    fn start(answer: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let came = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let (all, answer) = (Arc::clone(&came), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (all, answer) = (Arc::clone(&all), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let Some(one) = read_post(&stream) else { return };
                    let mut came = all.0.lock().unwrap();
                    let before = came.len();
                    came.push(one);
                    drop(came);
                    all.1.notify_all();
                    let _ = (&stream).write_all(&answer(before));
                });
            }
        });
        Self { address, came }
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    fn came(&self) -> Vec<Came> {
        self.came.0.lock().unwrap().clone()
    }

    /// The numbers of all events that came, message by message.
    fn numbers(&self) -> Vec<i64> {
        let came = self.came();
        let events = came.iter().flat_map(|one| one.body["events"].as_array().unwrap().clone());
        events.map(|event| event["number"].as_i64().unwrap()).collect()
    }

    fn waits_for(&self, count: usize) {
        let missing = |came: &mut Vec<Came>| came.len() < count;
        let came = self.came.0.lock().unwrap();
        let (came, _) = self.came.1.wait_timeout_while(came, Duration::from_secs(60), missing).unwrap();
        assert!(came.len() >= count, "{count} posts did not come: {came:?}");
    }
}

fn read_post(stream: &TcpStream) -> Option<Came> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned))?;
    let mut raw = vec![0; length.trim().parse().ok()?];
    reader.read_exact(&mut raw).ok()?;
    Some(Came { head, body: serde_json::from_slice(&raw).ok()?, raw })
}

fn ok() -> Vec<u8> {
    response("200 OK", "application/json", "{\"errcode\":0,\"code\":0}")
}

/// A folder with a store, and settings.
struct Unit {
    folder: tempfile::TempDir,
}

impl Unit {
    fn new(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), "s3cret\n").unwrap();
        let unit = Self { folder };
        unit.set(settings);
        unit
    }

    fn set(&self, settings: &str) {
        std::fs::write(self.folder.path().join("xuncha.toml"), settings).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Scans a page into the store.
    fn scan(&self, url: &str) {
        let (exit, _, told) =
            Run::scan(&[url, "--store", "sqlite://x.db", "--browser", "never"]).within(self.path()).ends();
        assert!(exit == 0 || exit == 1 || exit == 3, "{told}");
    }

    fn alert(&self, arguments: &[&str]) -> (i32, String, String) {
        let config = ["--config", "xuncha.toml", "--lang", "en"];
        Run::of(&[&["alert"], arguments, &config[..]].concat()).within(self.path()).ends()
    }

    fn once(&self) -> (i32, String, String) {
        self.alert(&["run", "--once", "--store", "sqlite://x.db"])
    }

    fn status(&self) -> serde_json::Value {
        let (_, json, _) = self.alert(&["status", "--json", "--store", "sqlite://x.db"]);
        serde_json::from_str(&json).unwrap()
    }

    /// Delivers for ever, until it is killed.
    fn daemon(&self) -> Child {
        Command::new(env!("CARGO_BIN_EXE_xuncha"))
            .args(["alert", "run", "--store", "sqlite://x.db", "--config", "xuncha.toml"])
            .current_dir(self.path())
            .env_clear()
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }
}

fn webhook(url: &str) -> String {
    format!(
        "[[alert.channel]]\nname = \"hook\"\nkind = \"webhook\"\naddress = \"{url}\"\nsecret = \"file:key\"\nallow_private = true\n\
         [[alert.route]]\nchannels = [\"hook\"]\nseverity = \"info\"\nevents = [\"opened\", \"grown\", \"worsened\", \"cleared\", \"reopened\"]\n"
    )
}

#[test]
fn a_scan_is_told_to_a_hook_that_can_check_the_signature() {
    let (site, receiver) = (Server::start(|_| html(INFECTED)), Receiver::start(|_| ok()));
    let unit = Unit::new(&webhook(&receiver.url()));
    unit.scan(&site.url("/"));
    let (exit, told, err) = unit.once();
    assert_eq!(exit, 0, "{told}{err}");
    let came = receiver.came();
    let hidden = came.iter().flat_map(|one| one.body["events"].as_array().unwrap());
    let hidden =
        hidden.clone().find(|event| event["kinds"][0] == "hidden-link").expect("hidden links are told");
    assert_eq!((&hidden["what"], &hidden["category"]), (&"opened".into(), &"gambling".into()));
    for one in &came {
        let header = |name: &str| {
            let line = one.head.lines().find(|line| line.to_ascii_lowercase().starts_with(name)).unwrap();
            line.split_once(": ").unwrap().1.to_owned()
        };
        let signature = header("x-xuncha-signature");
        let seconds = signature.strip_prefix("t=").unwrap().split(',').next().unwrap().parse().unwrap();
        assert_eq!(signature, xuncha::alert::webhook_signature("s3cret", seconds, &one.raw));
        assert_eq!(header("x-xuncha-delivery"), one.body["id"].as_str().unwrap());
    }
    unit.once();
    assert_eq!(receiver.came().len(), came.len(), "nothing is told twice");
}

#[test]
fn a_channel_that_was_down_gets_everything_once_and_in_order() {
    let site = Server::start(|_| html(INFECTED));
    let receiver = Receiver::start(|before| match before {
        0 | 1 => response("503 Service Unavailable", "text/plain", "down for a while"),
        _ => ok(),
    });
    let unit = Unit::new(&webhook(&receiver.url()));
    unit.scan(&site.url("/a.html"));
    let (exit, told, _) = unit.once();
    assert!(exit == 3 && told.contains("503 down for a while") && told.contains("tried again"), "{told}");
    unit.scan(&site.url("/b.html"));
    assert_eq!(unit.once().0, 3);
    let status = unit.status();
    let waiting = status[0]["waiting"].as_i64().unwrap();
    assert!(waiting >= 2 && status[0]["failures"] == 2, "{status}");
    let (exit, told, _) = unit.once();
    assert_eq!(exit, 0, "{told}");
    // Two posts were refused; what came after them is everything.
    let refused = receiver.came()[..2].iter().map(|one| one.body["events"].as_array().unwrap().len()).sum();
    let numbers = receiver.numbers().split_off(refused);
    assert_eq!(numbers.len() as i64, waiting);
    assert!(numbers.is_sorted_by(|one, other| one < other), "{numbers:?}");
    let status = unit.status();
    assert!(status[0]["waiting"] == 0 && status[0]["failures"] == 0, "{status}");
    assert!(status[0]["last_error"]["what"].as_str().unwrap().contains("503"), "{status}");
}

#[test]
fn what_was_put_right_and_comes_back_is_told() {
    let infected = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let shown = Arc::clone(&infected);
    let site = Server::start(move |_| {
        html(if shown.load(std::sync::atomic::Ordering::Relaxed) { INFECTED } else { CLEAN })
    });
    let receiver = Receiver::start(|_| ok());
    let unit = Unit::new(&webhook(&receiver.url()));
    unit.scan(&site.url("/"));
    unit.once();
    infected.store(false, std::sync::atomic::Ordering::Relaxed);
    unit.scan(&site.url("/"));
    unit.once();
    let events: Vec<_> =
        receiver.came().iter().flat_map(|one| one.body["events"].as_array().unwrap().clone()).collect();
    let cleared = events.iter().find(|event| event["what"] == "cleared").expect("that it is gone is told");
    assert!(cleared["first_clean_after"].is_string() && cleared["kinds"][0] == "hidden-link", "{cleared}");
}

#[test]
fn a_killed_delivery_goes_on_where_it_was() {
    let site = Server::start(|_| html(INFECTED));
    // The second post is never answered, as if the line were cut.
    let receiver = Receiver::start(|before| match before {
        1 => {
            std::thread::park_timeout(Duration::from_secs(60));
            Vec::new()
        }
        _ => ok(),
    });
    let unit = Unit::new(&webhook(&receiver.url()));
    unit.scan(&site.url("/"));
    let events = unit.status()[0]["waiting"].as_i64().unwrap();
    assert!((2..=3).contains(&events), "few enough to be told one by one: {events}");
    let mut daemon = unit.daemon();
    receiver.waits_for(2);
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    let (exit, told, err) = unit.once();
    assert_eq!(exit, 0, "{told}{err}");
    let mut numbers = receiver.numbers();
    assert!(numbers.is_sorted(), "{numbers:?}");
    assert_eq!(
        numbers[1], numbers[2],
        "what nobody answered for is told again, and nothing else: {numbers:?}"
    );
    numbers.dedup();
    assert_eq!(numbers.len() as i64, events);
}

#[test]
fn a_hook_at_a_private_address_needs_permission_and_redirects_are_not_followed() {
    let inner = Receiver::start(|_| ok());
    let refused = webhook(&inner.url()).replace("allow_private = true\n", "").replace("http://", "https://");
    let (exit, told, _) = Unit::new(&refused).alert(&["test"]);
    assert!(
        exit == 3 && told.contains("private or reserved") && told.contains("allow_private = true"),
        "{told}"
    );
    for scheme in ["udp", "tcp"] {
        let syslog = format!(
            "[[alert.channel]]\nname = \"log\"\nkind = \"syslog\"\naddress = \"{scheme}://{}\"\n",
            inner.address
        );
        let (exit, told, _) = Unit::new(&syslog).alert(&["test"]);
        assert!(exit == 3 && told.contains("private or reserved"), "{told}");
    }
    let mail = format!(
        "[[alert.channel]]\nname = \"mail\"\nkind = \"mail\"\naddress = \"smtp://{}\"\nfrom = \"a@a.test\"\nto = [\"b@a.test\"]\n",
        inner.address
    );
    let (exit, told, _) = Unit::new(&mail).alert(&["test"]);
    assert!(exit == 3 && told.contains("private or reserved"), "{told}");
    let to = inner.url();
    let outer = Receiver::start(move |_| redirect(&to));
    let (exit, told, _) = Unit::new(&webhook(&outer.url())).alert(&["test"]);
    assert!(exit == 3 && told.contains("302"), "{told}");
    assert_eq!((outer.came().len(), inner.came().len()), (1, 0));
}

#[test]
fn robots_are_asked_in_their_own_way_and_their_answers_are_read() {
    let receiver = Receiver::start(|before| match before {
        0 => ok(),
        _ => response(
            "200 OK",
            "application/json",
            "{\"errcode\":310000,\"code\":19021,\"msg\":\"sign match fail\"}",
        ),
    });
    for kind in ["dingtalk", "feishu"] {
        let settings = webhook(&receiver.url()).replace("\"webhook\"", &format!("\"{kind}\""));
        let unit = Unit::new(&settings);
        let (exit, told, _) = unit.alert(&["test", "hook"]);
        let taken = kind == "dingtalk";
        assert_eq!(exit, if taken { 0 } else { 3 }, "{told}");
        assert!(taken || told.contains("19021"), "{told}");
    }
    let came = receiver.came();
    assert!(came[0].head.contains("timestamp=") && came[0].body["msgtype"] == "markdown", "{came:?}");
    assert!(came[1].body["sign"].is_string() && came[1].body["msg_type"] == "post", "{came:?}");
    let (exit, _, told) = Unit::new(&webhook("http://127.0.0.1:9/")).alert(&["test", "other"]);
    assert!(exit == 2 && told.contains("no channel \"other\"") && told.contains("known: hook"), "{told}");
}

/// How a mail server of a test is spoken to.
#[derive(Clone)]
enum Talk {
    Plain,
    /// Encrypted from the first byte.
    Wrapped(Arc<rustls::ServerConfig>),
    /// Encrypted after `STARTTLS`.
    Upgraded(Arc<rustls::ServerConfig>),
}

/// A mail server that takes one mail and gives all that was said to it; it gives up what breaks off.
fn smtp(talk: Talk) -> (SocketAddr, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let taken = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let encrypted = |config, stream: TcpStream| {
            rustls::StreamOwned::new(rustls::ServerConnection::new(config).unwrap(), stream)
        };
        match talk {
            Talk::Plain => said(&mut stream, true, true),
            Talk::Wrapped(config) => said(&mut encrypted(config, stream), true, true),
            Talk::Upgraded(config) => {
                let before = said(&mut stream, true, false);
                before + &said(&mut encrypted(config, stream), false, true)
            }
        }
    });
    (address, taken)
}

/// Speaks until the mail is there, or until the connection is to be encrypted where it is not `last`.
fn said(stream: &mut (impl Read + Write), greets: bool, last: bool) -> String {
    let say = |stream: &mut dyn Write, text: &str| {
        let _ = stream.write_all(format!("{text}\r\n").as_bytes()).and_then(|()| stream.flush());
    };
    if greets {
        say(stream, "220 mail.test");
    }
    let (mut all, mut data, mut from, mut byte) = (String::new(), false, 0, [0]);
    while matches!(stream.read(&mut byte), Ok(1)) {
        all.push(char::from(byte[0]));
        if byte[0] != b'\n' {
            continue;
        }
        let line = all[from..].to_owned();
        from = all.len();
        match line.split_whitespace().next().unwrap_or_default() {
            "." if data => {
                data = false;
                say(stream, "250 kept as 42");
            }
            _ if data => {}
            "EHLO" if last => say(stream, "250-mail.test\r\n250 AUTH PLAIN"),
            "EHLO" => say(stream, "250-mail.test\r\n250 STARTTLS"),
            "STARTTLS" => {
                say(stream, "220 go on");
                return all;
            }
            "AUTH" => say(stream, "235 come in"),
            "DATA" => {
                data = true;
                say(stream, "354 go on");
            }
            "QUIT" => {
                say(stream, "221 bye");
                return all;
            }
            _ => say(stream, "250 ok"),
        }
    }
    all
}

/// A certification authority of a unit in PEM, and a server with a certificate of it for `localhost`.
fn encrypted() -> (String, Arc<rustls::ServerConfig>) {
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = rcgen::CertifiedIssuer::self_signed(params, rcgen::KeyPair::generate().unwrap()).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let chain = vec![params.signed_by(&key, &authority).unwrap().der().clone()];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    (authority.pem(), Arc::new(config))
}

#[test]
fn mail_is_encrypted_and_the_server_known_before_a_password_is_said() {
    let (pem, config) = encrypted();
    for (scheme, talk) in [("smtps", Talk::Wrapped(Arc::clone(&config))), ("smtp", Talk::Upgraded(config))] {
        for trusted in [true, false] {
            let (address, taken) = smtp(talk.clone());
            let authority = if trusted { "authority = \"file:ca.pem\"\n" } else { "" };
            let unit = Unit::new(&format!(
                "[[alert.channel]]\nname = \"mail\"\nkind = \"mail\"\naddress = \"{scheme}://localhost:{}\"\nallow_private = true\n\
                 user = \"u\"\nsecret = \"file:key\"\n{authority}from = \"a@a.test\"\nto = [\"b@a.test\"]\n",
                address.port()
            ));
            std::fs::write(unit.path().join("ca.pem"), &pem).unwrap();
            let (exit, told, err) = unit.alert(&["test"]);
            let mail = taken.join().unwrap();
            assert_eq!(exit, if trusted { 0 } else { 3 }, "{scheme} {trusted}: {told}{err}");
            assert_eq!(mail.contains("AUTH PLAIN") && mail.contains("DATA"), trusted, "{scheme}: {mail}");
            assert!(trusted || told.contains("ertificate"), "{told}");
        }
    }
}

#[test]
fn mail_reaches_a_server_with_its_header_whole() {
    let site = Server::start(|_| html(INFECTED));
    let (address, taken) = smtp(Talk::Plain);
    let unit = Unit::new(&format!(
        "[[alert.channel]]\nname = \"mail\"\nkind = \"mail\"\naddress = \"smtp+plain://{address}\"\nallow_private = true\nlang = \"zh\"\n\
         from = \"巡查 <xuncha@a.test>\"\nto = [\"值班 <duty@a.test>\"]\n[[alert.route]]\nchannels = [\"mail\"]\ngroup = \"1m\"\n"
    ));
    unit.scan(&site.url("/"));
    let (_, told, _) = unit.once();
    assert!(told.contains("held back until"), "grouping holds for a minute: {told}");
    unit.set(
        &std::fs::read_to_string(unit.path().join("xuncha.toml"))
            .unwrap()
            .replace("group = \"1m\"", "per_hour = 1"),
    );
    let (exit, told, err) = unit.once();
    assert_eq!(exit, 0, "{told}{err}");
    let mail = taken.join().unwrap();
    for expected in [
        "MAIL FROM:<xuncha@a.test>",
        "RCPT TO:<duty@a.test>",
        "Auto-Submitted: auto-generated",
        "Subject: =?utf-8?b?",
    ] {
        assert!(mail.contains(expected), "{expected} in {mail}");
    }
}

#[test]
fn every_mistake_in_the_settings_is_told_with_the_file() {
    let unit =
        Unit::new("[[alert.channel]]\nname = \"a\"\nkind = \"pager\"\naddress = \"env:NOT_SET\"\nsize = 3\n");
    let (exit, _, told) = unit.alert(&["status"]);
    assert_eq!(exit, 2);
    for expected in ["pager", "NOT_SET", "unknown key size", "docs/alerts.md"] {
        assert!(told.contains(expected), "{expected} in {told}");
    }
    let (exit, _, told) = Unit::new("").alert(&["status"]);
    assert!(exit == 2 && told.contains("no alert channel is set"), "{told}");
}

#[test]
fn a_patrol_tells_while_it_runs_and_a_dead_channel_stops_nobody() {
    let (site, receiver) = (Server::start(|_| html(INFECTED)), Receiver::start(|_| ok()));
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let unit = Unit::new(&format!(
        "[[alert.channel]]\nname = \"hook\"\nkind = \"webhook\"\naddress = \"{}\"\nallow_private = true\n\
         [[alert.channel]]\nname = \"dead\"\nkind = \"webhook\"\naddress = \"http://{dead}/\"\nallow_private = true\n\
         [[alert.route]]\nchannels = [\"hook\", \"dead\"]\nlabels = [\"重点\"]\n",
        receiver.url()
    ));
    std::fs::create_dir(unit.path().join("targets")).unwrap();
    std::fs::write(
        unit.path().join("targets/a.toml"),
        format!(
            "[[target]]\nid = \"edu\"\nname = \"某某县教育局\"\nurls = [\"{}\"]\nlabels = [\"重点\"]\ndivision = \"511502\"\n\
             [target.visit]\nallow_private = true\n",
            site.url("/")
        ),
    )
    .unwrap();
    let arguments = [
        "patrol",
        "targets",
        "--once",
        "--profile-gap",
        "0",
        "--rate",
        "0",
        "--no-landings",
        "--store",
        "sqlite://x.db",
        "--config",
        "xuncha.toml",
        "--lang",
        "en",
        "--format",
        "jsonl",
    ];
    let (exit, lines, told) = Run::of(&arguments).within(unit.path()).ends();
    assert!(exit == 1 && lines.contains("hidden-link"), "{exit} {lines} {told}");
    let came = receiver.came();
    let event = &came[0].body["events"][0];
    assert_eq!(event["site"]["name"], "某某县教育局", "{event}");
    assert_eq!(event["site"]["division"], "511502", "{event}");
    let status = unit.status();
    assert!(status[0]["waiting"] == 0 && status[1]["failures"].as_i64().unwrap() > 0, "{status}");
    assert_eq!(status[1]["waiting"].as_u64().unwrap(), receiver.numbers().len() as u64, "{status}");
}
