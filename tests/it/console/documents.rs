//! Documents, lists, summaries and the visiting of sites over the API and in the console.

use super::PASSWORD;
use super::client::Console;
use crate::server::{INFECTED, Server, html};

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
