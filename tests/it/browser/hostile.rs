//! Pages that hang, crash, flood, offer and reach out.

use std::path::Path;
use std::time::Duration;

use xuncha::browser::{Outcome, Settings};
use xuncha::exchange::Failure;

use super::server::{Server, document, missing, with};
use super::{browser, browser_with, visit};

#[tokio::test]
async fn dialogs_without_end_are_answered_and_time_runs_out() {
    let Some(browser) = browser_with(|settings| settings.limits.total = Duration::from_secs(4)).await else {
        return;
    };
    let server = Server::page("<p>x<script>while (1) alert('您的账户存在风险')</script>").await;
    let seen = visit(&browser, "m", &server.at("a.test", "/")).await;
    assert!(matches!(seen.outcome, Outcome::TimedOut { .. }), "{:?}", seen.outcome);
    assert!(seen.dialogs.len() > 10, "{}", seen.dialogs.len());
    assert_eq!(seen.dialogs[0].message, "您的账户存在风险");
    let finite = Server::page(
        "<script>if (confirm('进入？')) document.title = prompt('名') === '' ? '是' : '否'</script>",
    )
    .await;
    let seen = visit(&browser, "m", &finite.at("a.test", "/")).await;
    let kinds: Vec<&str> = seen.dialogs.iter().map(|dialog| dialog.kind.as_str()).collect();
    assert_eq!((kinds, seen.title.as_str()), (vec!["confirm", "prompt"], "是"));
    browser.shutdown().await;
}

#[tokio::test]
async fn a_script_that_never_returns_ends_with_its_process() {
    let profiles = tempfile::tempdir().unwrap();
    let Some(browser) = browser_with(|settings| {
        settings.limits.total = Duration::from_secs(4);
        settings.profiles = Some(profiles.path().to_owned());
    })
    .await
    else {
        return;
    };
    let server = Server::start(|path| match path {
        "/hang" => document("<title>h</title><script>while (1);</script>"),
        "/later" => {
            document("<title>h</title><script>onload = () => setTimeout(() => { while (1); }, 50)</script>")
        }
        _ => document("<title>fine</title>"),
    })
    .await;
    for path in ["/hang", "/later"] {
        let before = processes_of(profiles.path());
        let seen = visit(&browser, "m", &server.at("a.test", path)).await;
        assert!(matches!(seen.outcome, Outcome::TimedOut { .. }), "{path}: {:?}", seen.outcome);
        assert_eq!(seen.html, None, "{path}");
        let after = processes_of(profiles.path());
        assert!(before.iter().all(|process| !after.contains(process)), "{path}: {before:?} {after:?}");
        assert_eq!(visit(&browser, "m", &server.at("a.test", "/")).await.title, "fine", "{path}");
    }
    browser.shutdown().await;
}

#[tokio::test]
async fn nothing_is_submitted() {
    const PAGE: &str = "<title>stays</title><form id=f method=post action=/login><input name=a value=b></form><script>\
        fetch('/api', { method: 'POST', body: 'x' }).catch(() => {}); navigator.sendBeacon('/beacon', 'x'); \
        let x = new XMLHttpRequest(); x.open('PUT', '/put'); x.send('x'); \
        new Worker(URL.createObjectURL(new Blob([`fetch('${location.origin}/worker', { method: 'POST' })`]))); \
        onload = () => setTimeout(() => f.submit(), 300)</script>";
    let Some(browser) = browser().await else { return };
    let server = Server::page(PAGE).await;
    let seen = visit(&browser, "m", &server.at("a.test", "/")).await;
    assert!(server.seen().iter().all(|head| head.starts_with("GET ")), "{:?}", server.seen());
    assert_eq!((seen.outcome, seen.title.as_str()), (Outcome::Complete, "stays"));
    let withheld: Vec<_> = seen.withheld.iter().map(|one| format!("{} {}", one.method, one.url)).collect();
    for (method, path) in [("POST", "/api"), ("POST", "/beacon"), ("PUT", "/put"), ("POST", "/login")] {
        let wanted = format!("{method} {}", server.at("a.test", path));
        assert!(withheld.contains(&wanted), "{wanted} is not among {withheld:?}");
    }
    browser.shutdown().await;
}

#[tokio::test]
async fn downloads_and_windows_are_written_down_and_not_taken() {
    let Some(browser) = browser().await else { return };
    let server = Server::start(|path| match path {
        "/file" => with(
            "200 OK",
            "Content-Disposition: attachment; filename=\"vip.apk\"\r\nContent-Type: application/octet-stream",
            "PK",
        ),
        "/offers" => {
            document("<title>offers</title><script>onload = () => { location.href = '/file' }</script>")
        }
        "/opens" => document("<title>opens</title><script>open('/popped?by=script')</script>"),
        _ => missing(),
    })
    .await;
    for path in ["/file", "/offers"] {
        let seen = visit(&browser, "m", &server.at("a.test", path)).await;
        assert_eq!(seen.downloads.len(), 1, "{path}: {seen:?}");
        assert_eq!(seen.downloads[0].name, "vip.apk", "{path}");
        assert_eq!(seen.downloads[0].url, server.at("a.test", "/file"), "{path}");
    }
    let seen = visit(&browser, "m", &server.at("a.test", "/opens")).await;
    assert_eq!(seen.popups.len(), 1, "{seen:?}");
    assert!(seen.popups[0].url.ends_with("/popped?by=script"));
    assert_eq!((seen.outcome, seen.title.as_str()), (Outcome::Complete, "opens"));
    assert!(server.seen().iter().all(|head| !head.contains("Headless")), "{:?}", server.seen());
    browser.shutdown().await;
}

#[tokio::test]
async fn the_guard_judges_names_and_addresses_of_the_main_frame() {
    let Some(browser) = browser().await else { return };
    for url in [
        "http://127.0.0.2/",
        "http://127.0.0.2:8080/",
        "https://127.0.0.2/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://inner.test/",
        "https://inner.test/",
        "http://metadata.test/",
        "http://other-loopback.test/",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://2130706434/",
    ] {
        let seen = visit(&browser, "d", url).await;
        assert!(
            matches!(seen.outcome, Outcome::Blocked(Failure::ForbiddenAddress(_))),
            "{url}: {:?}",
            seen.outcome
        );
        assert!(seen.requests.iter().any(|asked| asked.is_blocked()), "{url}: {:?}", seen.requests);
    }
    let nowhere = visit(&browser, "d", "http://nowhere.invalid/").await;
    assert_eq!(nowhere.outcome, Outcome::Failed(Failure::Unresolvable("nowhere.invalid".to_owned())));
    browser.shutdown().await;
}

#[tokio::test]
async fn only_the_judged_address_of_a_name_is_connected_to() {
    let Some(browser) = browser().await else { return };
    let server = Server::page("<title>home</title>").await;
    let seen = visit(&browser, "d", &server.at("both.test", "/")).await;
    assert_eq!(seen.title, "home");
    let remote = seen.requests[0].remote.unwrap();
    assert_eq!((remote.ip().to_string().as_str(), remote.port()), ("127.0.0.1", server.port));
    browser.shutdown().await;
}

#[tokio::test]
async fn whatever_a_page_reaches_for_passes_the_guard() {
    let Some(browser) = browser().await else { return };
    // A listener where nothing may arrive, by whatever door.
    let inner = tokio::net::TcpListener::bind(("127.0.0.2", 0)).await.unwrap();
    let port = inner.local_addr().unwrap().port();
    let knocked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&knocked);
    tokio::spawn(async move {
        while inner.accept().await.is_ok() {
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    });
    let datagrams = tokio::net::UdpSocket::bind(("127.0.0.2", 0)).await.unwrap();
    let stun = datagrams.local_addr().unwrap().port();
    let html = format!(
        r#"<title>reach</title><link rel=stylesheet href="http://127.0.0.2:{port}/css"><img src="http://127.0.0.2:{port}/img">
        <script src="http://other-loopback.test:{port}/script"></script><iframe src="http://127.0.0.2:{port}/frame"></iframe>
        <iframe src="file:///etc/hostname"></iframe>
        <script>
        fetch('http://127.0.0.2:{port}/fetch', {{ mode: 'no-cors' }}).catch(() => {{}});
        fetch('https://127.0.0.2:{port}/tls', {{ mode: 'no-cors' }}).catch(() => {{}});
        new WebSocket('ws://127.0.0.2:{port}/socket');
        navigator.sendBeacon('http://127.0.0.2:{port}/beacon', 'x');
        new Worker(URL.createObjectURL(new Blob(["fetch('http://127.0.0.2:{port}/worker', {{ mode: 'no-cors' }}).catch(() => {{}})"])));
        try {{
          const peer = new RTCPeerConnection({{ iceServers: [{{ urls: 'stun:127.0.0.2:{stun}' }}] }});
          peer.createDataChannel('x'); peer.createOffer().then(offer => peer.setLocalDescription(offer));
        }} catch {{}}
        </script>"#
    );
    let server = Server::page(&html).await;
    let seen = visit(&browser, "d", &server.at("a.test", "/")).await;
    assert_eq!(knocked.load(std::sync::atomic::Ordering::SeqCst), 0);
    let mut buffer = [0; 64];
    assert!(datagrams.try_recv(&mut buffer).is_err(), "a datagram arrived");
    let blocked: Vec<&str> =
        seen.requests.iter().filter(|asked| asked.is_blocked()).map(|asked| asked.url.as_str()).collect();
    for part in ["/css", "/img", "/script", "/frame", "/fetch", "/tls", "/socket", "/worker"] {
        assert!(blocked.iter().any(|url| url.ends_with(part)), "{part} not among {blocked:#?}");
    }
    assert!(seen.withheld.iter().any(|one| one.url.ends_with("/beacon")), "{:?}", seen.withheld);
    assert_eq!((seen.outcome, seen.title.as_str()), (Outcome::Complete, "reach"));
    browser.shutdown().await;
}

#[tokio::test]
async fn bytes_have_a_cap() {
    let Some(browser) = browser_with(|settings| settings.limits.bytes = 100_000).await else { return };
    let server = Server::page(&format!("<title>big</title>{}", "<p>word</p>".repeat(100_000))).await;
    let seen = visit(&browser, "d", &server.at("a.test", "/")).await;
    assert_eq!(seen.outcome, Outcome::Exhausted);
    browser.shutdown().await;
}

#[tokio::test]
async fn the_pool_outlives_twenty_hostile_pages_in_a_row() {
    let pages = [
        "<script>while (1);</script>",
        "<script>while (1) alert(1)</script>",
        "<script>let a = []; while (1) a.push(new Array(1e6).fill(a.length))</script>",
        "<script>let s = 'x'; while (1) s += s</script>",
        "<script>(function f() { f() })()</script>",
        "<script>for (let i = 0; i < 50; i++) open('/p' + i)</script>",
        "<script>setInterval(() => { location.href = '/?' + Math.random() }, 1)</script>",
        "<script>setInterval(() => history.pushState(0, '', '/?' + Math.random()), 0)</script>",
        "<meta http-equiv=refresh content='0'>",
        "<script>onbeforeunload = () => 'stay'; location = '/next'</script>",
        "<script>document.documentElement.remove()</script>",
        "<script>document.write('<p>'.repeat(1e5))</script>",
        "<script>Object.defineProperty(document, 'title', { get() { while (1); } })</script>",
        "<script>(function f() { Promise.resolve().then(f) })()</script>",
        "<script>for (;;) new Worker(URL.createObjectURL(new Blob(['while(1);'])))</script>",
        "<script>print()</script><script>debugger</script>",
        "<iframe src='/'></iframe><iframe src='/'></iframe>",
        "<script>close(); window.stop()</script>",
        "<body style='zoom:1000;font-size:1e9px'><p>huge</p><div style='height:1e9px'></div>",
        "<script>navigator.serviceWorker && navigator.serviceWorker.register('/sw.js'); setInterval(() => fetch('/' + Math.random()), 1)</script>",
    ];
    let profiles = tempfile::tempdir().unwrap();
    let Some(browser) = browser_with(|settings| {
        settings.limits.total = Duration::from_secs(3);
        settings.limits.answer = Duration::from_secs(2);
        settings.profiles = Some(profiles.path().to_owned());
    })
    .await
    else {
        return;
    };
    let fine = Server::page("<title>fine</title>").await;
    let begun = std::time::Instant::now();
    for html in pages {
        let server = Server::start(move |_| document(html)).await;
        let seen = visit(&browser, "m", &server.at("a.test", "/")).await;
        println!("{:?} after {:?}: {html}", seen.outcome, begun.elapsed());
    }
    assert_eq!(visit(&browser, "m", &fine.at("a.test", "/")).await.title, "fine");
    println!("fine after {:?}", begun.elapsed());
    browser.shutdown().await;
    println!("ended after {:?}", begun.elapsed());
    assert_eq!(processes_of(profiles.path()), Vec::<String>::new());
    assert_eq!(std::fs::read_dir(profiles.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn nothing_is_left_of_a_browser_that_is_merely_dropped() {
    let profiles = tempfile::tempdir().unwrap();
    let Some(browser) = browser_with(|settings| settings.profiles = Some(profiles.path().to_owned())).await
    else {
        return;
    };
    let server = Server::page("<title>x</title>").await;
    visit(&browser, "d", &server.at("a.test", "/")).await;
    assert!(!processes_of(profiles.path()).is_empty());
    drop(browser);
    assert_eq!(processes_of(profiles.path()), Vec::<String>::new());
    assert_eq!(std::fs::read_dir(profiles.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_program_that_is_no_browser_is_an_error() {
    for (program, word) in [("/bin/true", "ended"), ("/nowhere/chromium", "No such file")] {
        let failed =
            xuncha::browser::Browser::launch(Settings::with_program(program.into()), super::guard()).await;
        let error = failed.unwrap_err().to_string();
        assert!(error.contains(program) && error.contains(word), "{error}");
    }
}

/// The processes whose command line names that directory, zombies apart, as number and command.
fn processes_of(profiles: &Path) -> Vec<String> {
    let wanted = profiles.as_os_str().as_encoded_bytes();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(command) = std::fs::read(entry.path().join("cmdline")) else { continue };
        if memchr::memmem::find(&command, wanted).is_some() {
            found.push(format!("{} {}", entry.file_name().display(), String::from_utf8_lossy(&command)));
        }
    }
    found
}

#[tokio::test]
async fn a_printed_document_reaches_nobody_and_runs_nothing() {
    let Some(browser) = browser().await else { return };
    let server = Server::page("<title>x</title>").await;
    let outside = server.at("a.test", "/pixel.png");
    let inside = server.at("127.0.0.1", "/pixel.png");
    let html = format!(
        "<!doctype html><title>事件报告</title><body><h1>事件报告</h1><p id=a>text</p><img src='{outside}'><img src='{inside}'>\
         <link rel=stylesheet href='{inside}'><iframe src='{inside}'></iframe><script>document.title = 'ran';\
         document.body.innerHTML = ''; new Image().src = '{inside}?ran'</script>"
    );
    let pdf = browser.print(&html, "inc-1 <b onclick=x>&amp;").await.unwrap();
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 4000, "{} bytes", pdf.len());
    assert!(memchr::memmem::find(&pdf, b"/StructTreeRoot").is_some(), "it is tagged for screen readers");
    assert_eq!(server.paths(), Vec::<String>::new());
    // The browser goes on visiting as before.
    assert_eq!(visit(&browser, "d", &server.at("a.test", "/")).await.title, "x");
    browser.shutdown().await;
}
