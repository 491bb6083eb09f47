//! Documents, lists, summaries and the visiting of sites over the API and in the console.

use super::PASSWORD;
use super::client::Console;
use crate::cli::Run;
use crate::server::{INFECTED, Server, html};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_are_those_of_the_command_line() {
    let infected = Server::start(|_| html(INFECTED));
    let console = Console::start(&["--browser", "never"]);
    let client = console.first_administrator(PASSWORD).await;
    let check = client.post("/api/v1/checks", &serde_json::json!({ "url": infected.url("/") })).await;
    let incident = client.ended(&check).await["incidents"][0].as_str().unwrap().to_owned();
    let documents = format!("/api/v1/incidents/{incident}/documents");
    for name in ["notice.docx", "talk.docx", "extraction.docx"] {
        let came = client.get(&format!("{documents}/{name}")).await;
        assert!(came.status == 200 && came.header("content-disposition").contains(name), "{name}");
        assert!(came.header("content-type").contains("wordprocessingml"), "{name}");
    }
    let english = client.get(&format!("{documents}/report.html?lang=en")).await;
    assert!(
        english.text().contains("Evidence") && english.text().contains("<html lang=\"en\""),
        "{}",
        english.text()
    );
    assert!(english.header("content-security-policy").contains("sandbox"));
    // Without a browser, PDF is refused and what to do is said.
    for path in [format!("{documents}/report.pdf"), "/api/v1/summary?from=2026-01-01&format=pdf".to_owned()] {
        let came = client.get(&path).await;
        assert_eq!((came.status, came.header("content-type")), (409, "application/problem+json"), "{path}");
        let problem = came.json();
        assert!(problem["type"] == "urn:xuncha:problem:no-browser", "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("chromium-headless-shell"), "{problem}");
    }
    // Lists, by the filter.
    let told = |args: &[&str]| {
        let all = [&["report"], args, &["--store", "sqlite://x.db"]].concat();
        Run::of(&all).within(console.folder.path()).ends().1
    };
    let list = client.get("/api/v1/lists/incidents.csv").await;
    assert_eq!(list.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(list.text(), told(&["list", "--format", "csv"]));
    assert!(list.text().contains(&incident), "{}", list.text());
    let findings = client.get("/api/v1/lists/findings.csv?kind=hidden-link&lang=en").await.text();
    assert!(findings.contains("leads to") && findings.lines().count() == 2, "{findings}");
    for nothing in ["kind=defacement", "standing=rectified", "q=nothing-like-it", "severity=critical&site=x"]
    {
        for name in ["incidents.csv", "findings.csv"] {
            let list = client.get(&format!("/api/v1/lists/{name}?{nothing}")).await.text();
            assert_eq!(list.lines().count(), 1, "{name} {nothing}: {list}");
        }
    }
    assert!(client.bytes("/lists/incidents.xlsx?open=true").await.starts_with(b"PK"));
    let summary = client.get("/api/v1/summary?from=2026-01-01").await;
    let same = told(&["summary", "--from", "2026-01-01", "--format", "html"]);
    let made = |text: &str| text.lines().filter(|line| !line.contains("制作")).collect::<Vec<_>>().join("\n");
    assert_eq!(made(&summary.text()), made(&same));
    for wrong in [
        "/api/v1/summary",
        "/api/v1/summary?from=2026-13-01",
        "/api/v1/summary?from=2026-02-01&to=2026-01-01",
        "/api/v1/summary?from=2026-01-01&format=docx",
        "/api/v1/lists/incidents.csv?severity=worst",
        "/api/v1/lists/incidents.csv?lang=fr",
    ] {
        assert_eq!(client.get(wrong).await.status, 400, "{wrong}");
    }
    for nothing in [format!("{documents}/x.html"), "/api/v1/lists/x.csv".to_owned()] {
        assert_eq!(client.get(&nothing).await.status, 404, "{nothing}");
    }
    // A viewer reads and drafts nothing; whatever left the house stands in the log.
    let account = serde_json::json!({ "name": "v", "role": "viewer", "password": "some pass word 9" });
    client.post("/api/v1/accounts", &account).await;
    let viewer = console.logged_in("v", "some pass word 9").await;
    assert_eq!(viewer.get(&format!("{documents}/report.html")).await.status, 200);
    assert_eq!(viewer.get(&format!("{documents}/notice.docx")).await.status, 403);
    let audit = client.json("/api/v1/audit?limit=200").await;
    let made = audit.as_array().unwrap().iter().filter(|deed| deed["what"] == "document.make");
    let on: Vec<_> = made.map(|deed| deed["on"].as_str().unwrap()).collect();
    for expected in [incident.as_str(), "incidents.xlsx", "findings.csv"] {
        assert!(on.contains(&expected), "{expected} in {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_visiting_of_a_site_is_read_and_set() {
    let infected = Server::start(|_| html(INFECTED));
    let console = Console::start(&["--browser", "never"]);
    let client = console.first_administrator(PASSWORD).await;
    let file = console.folder.path().join("targets/x.toml");
    let registered = format!(
        "# ours\n[[target]]\nid = \"x\"\nname = \"x\"\nurls = [\"{}\"]\n[target.visit]\ncadence = \"6h\"\nallow_private = true\n",
        infected.url("/")
    );
    std::fs::write(&file, registered).unwrap();
    // Brings the registry up to date without waiting for its turn.
    client.send_bytes("/api/v1/sites/import?name=empty.csv", b"url,name\n").await;
    let path = "/api/v1/sites/x/visiting";
    assert_eq!(client.json(path).await["cadence"], "6h");
    let wanted = serde_json::json!({ "cadence": "2d", "windows": ["22:00-06:00"], "max_pages": 7 });
    let came = client.try_put(path, &wanted).await;
    let kept = came.json();
    assert!(came.status == 200 && kept["cadence"] == "2d" && kept["max_pages"] == 7, "{kept}");
    assert!(kept["windows"][0] == "22:00-06:00" && kept["avoid"].as_array().unwrap().is_empty(), "{kept}");
    assert_eq!(client.json(path).await, kept);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("# ours") && text.contains("allow_private") && text.contains("2d"), "{text}");
    for wrong in
        [serde_json::json!({ "cadence": "whenever" }), serde_json::json!({ "cadence": "1d", "rate": 9 })]
    {
        let came = client.try_put(path, &wrong).await;
        assert!((400..500).contains(&came.status), "{wrong} {}", came.text());
    }
    assert_eq!(client.json(path).await, kept, "what is wrong changes nothing");
    assert_eq!(client.try_put("/api/v1/sites/nobody/visiting", &wanted).await.status, 404);
    assert_eq!(client.get("/api/v1/sites/nobody/visiting").await.status, 404);
    let audit = client.json("/api/v1/audit?limit=200").await;
    assert!(audit.as_array().unwrap().iter().any(|deed| deed["what"] == "site.visiting"), "{audit}");
    // A look out of turn is a visit, too: lists and pages say when.
    let sites = "/api/v1/sites";
    assert!(client.json(sites).await["items"][0]["visited"].is_null());
    let check = client.post("/api/v1/sites/x/checks", &serde_json::json!({})).await;
    client.ended(&check).await;
    let visited = client.json(sites).await["items"][0]["visited"].clone();
    assert!(visited.is_string() && client.json("/api/v1/sites/x").await["site"]["visited"] == visited);
    let day = &visited.as_str().unwrap()[..4];
    let row = client.get("/sites").await.text();
    assert!(row.split("<tbody>").nth(1).unwrap().contains(&format!(">{day}-")), "{row}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_badge_falls_with_the_decision() {
    let infected = Server::start(|_| html(INFECTED));
    let console = Console::start(&["--browser", "never"]);
    let client = console.first_administrator(PASSWORD).await;
    let badge = async || {
        let page = client.get("/law").await.text();
        let number =
            page.split_once("<span class=\"n\"").map(|(_, rest)| rest.split(['>', '<']).nth(1).unwrap());
        number.map_or(0, |number| number.parse::<usize>().unwrap())
    };
    assert_eq!(badge().await, 0);
    let check = client.post("/api/v1/checks", &serde_json::json!({ "url": infected.url("/") })).await;
    let ended = client.ended(&check).await;
    let incidents = ended["incidents"].as_array().unwrap();
    assert_eq!(badge().await, incidents.len());
    let confirm = serde_json::json!({ "what": "confirm", "why": "" });
    let path = format!("/api/v1/incidents/{}/decisions", incidents[0].as_str().unwrap());
    client.post(&path, &confirm).await;
    assert_eq!(badge().await, incidents.len() - 1);
}
