//! Alert channels in the console and over the API: whether they work, why not, test messages; and no secret of theirs.

use super::PASSWORD;
use super::client::{Client, Console};
use crate::cli::Run;
use crate::server::{INFECTED, Server, html, response};

/// Keys that no page may show.
const KEY: &str = "k3y-of-the-hook";
const SECRET: &str = "s3cret";

/// A receiver that takes nothing and says why, with everything that it was asked.
pub(super) fn refusing(why: &str) -> Server {
    let why = why.to_owned();
    Server::start(move |head| {
        response("500 No", "text/plain; charset=utf-8", format!("{why} asked: {head} {SECRET}"))
    })
}

/// The settings of a channel to a receiver.
pub(super) fn failing(name: &str, receiver: &Server) -> String {
    let address = receiver.url(&format!("/{KEY}/send?access_token={KEY}"));
    let name = toml::Value::from(name);
    format!(
        "[[alert.channel]]\nname = {name}\nkind = \"webhook\"\naddress = \"{address}\"\nsecret = \"{SECRET}\"\nallow_private = true\n"
    )
}

/// Delivers what is due, as a patrol does.
pub(super) fn deliver(console: &Console) {
    let arguments = ["alert", "run", "--once", "--config", "xuncha.toml", "--store", "sqlite://x.db"];
    let (exit, told, err) = Run::of(&arguments).within(console.folder.path()).ends();
    assert!(exit == 3 && told.contains('✗'), "{exit} {told} {err}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn channels_are_shown_and_tried_without_their_secrets() {
    let infected = Server::start(|_| html(INFECTED));
    let taking = Server::start(|_| response("200 OK", "text/plain", "taken"));
    let settings = failing("值班群", &refusing("no room"))
        + &failing("平台", &taking)
        + "[[alert.route]]\nname = \"重大\"\nchannels = [\"值班群\", \"平台\"]\nlabels = [\"重点\"]\nquiet = [\"22:00-07:00\"]\nper_hour = 20\n\
           [[alert.route]]\nchannels = [\"值班群\", \"平台\"]\nseverity = \"info\"\n";
    let console = Console::with_settings(&settings, &["--browser", "never"]);
    let client = console.first_administrator(PASSWORD).await;
    for (name, role) in [("analyst", "analyst"), ("approver", "approver")] {
        let account = serde_json::json!({ "name": name, "role": role, "password": "some pass word 9" });
        client.post("/api/v1/accounts", &account).await;
    }
    let analyst = console.logged_in("analyst", "some pass word 9").await;
    let approver = console.logged_in("approver", "some pass word 9").await;
    let of = |all: &serde_json::Value, name: &str| {
        let own = all["channels"].as_array().unwrap().iter().find(|one| one["name"] == name);
        own.unwrap().clone()
    };
    let before = client.json("/api/v1/alerts").await;
    assert!(of(&before, "平台")["state"] == "unused", "{before}");
    assert!(of(&before, "平台")["routes"][0]["takes"]["zh"].as_str().unwrap().contains("免打扰 22:00-07:00"));
    let check = client.post("/api/v1/checks", &serde_json::json!({ "url": infected.url("/") })).await;
    client.ended(&check).await;
    let waiting = of(&client.json("/api/v1/alerts").await, "平台");
    let events = waiting["waiting"].as_u64().unwrap();
    assert!(waiting["state"] == "waiting" && events > 0, "{waiting}");
    deliver(&console);
    let after = approver.json("/api/v1/alerts").await;
    let (bad, good) = (of(&after, "值班群"), of(&after, "平台"));
    assert!(bad["state"] == "failing" && bad["failures"] == 1 && bad["waiting"] == events, "{bad}");
    assert!(bad["failing_since"].is_string() && bad["retry_at"].is_string(), "{bad}");
    assert!(bad["last_failure"]["what"].as_str().unwrap().contains("no room"), "{bad}");
    assert!(good["state"] == "works" && good["delivered"] == events && good["failures"] == 0, "{good}");
    // Pages say the same.
    for (who, path, expected) in [
        (&analyst, "/", "告警送不出去"),
        (&approver, "/alerts", "no room"),
        (&approver, "/alerts", "持续失败自"),
        (&approver, "/alerts", "每小时至多 20 条"),
        (&client, "/alerts", "发测试消息"),
    ] {
        let told = who.get(path).await.text();
        assert!(told.contains(expected), "{expected} in {told}");
    }
    assert!(!approver.get("/alerts").await.text().contains("/alerts/test"), "only administrators try");
    // Tests are tried by administrators, and stand in the log.
    let mark = client.mark().await;
    let told = client.form("/alerts/test", &[("mark", &mark), ("channel", "平台")]).await.text();
    assert!(told.contains("已送达") && told.contains("taken"), "{told}");
    assert_eq!(client.form("/alerts/test", &[("channel", "平台")]).await.status, 403, "no mark");
    let path = |name: &str| {
        format!(
            "/api/v1/alerts/{}/test",
            url::form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>()
        )
    };
    let nothing = serde_json::json!({});
    let tried = client.post(&path("值班群"), &nothing).await;
    assert!(tried["delivered"] == false && tried["answer"].as_str().unwrap().contains("no room"), "{tried}");
    assert_eq!(client.try_post(&path("nobody"), &nothing).await.status, 404);
    assert_eq!(approver.try_post(&path("平台"), &nothing).await.status, 403);
    for (path, status) in [("/api/v1/alerts", 403), ("/alerts", 403)] {
        assert_eq!(analyst.get(path).await.status, status, "{path}");
    }
    let audit = client.json("/api/v1/audit?limit=200").await;
    let tests = audit.as_array().unwrap().iter().filter(|deed| deed["what"] == "alert.test");
    assert_eq!(tests.count(), 2, "{audit}");
    let metrics = Client::outside(&console).get("/metrics").await.text();
    for expected in [
        "xuncha_alert_channels 2\n",
        "xuncha_alert_channels_failing 1\n",
        &format!("xuncha_alerts_waiting {events}\n"),
    ] {
        assert!(metrics.contains(expected), "{expected} in {metrics}");
    }
    // No key, no secret anywhere: receivers quote what they were asked with.
    let everything = [
        after.to_string(),
        tried.to_string(),
        audit.to_string(),
        metrics,
        client.get("/alerts").await.text(),
        client.form("/alerts/test", &[("mark", &mark), ("channel", "值班群")]).await.text(),
    ]
    .concat();
    assert!(!everything.contains(KEY) && !everything.contains(SECRET), "{everything}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_console_without_channels_or_with_wrong_ones_works_and_says_so() {
    let console = Console::start(&["--browser", "never"]);
    let client = console.first_administrator(PASSWORD).await;
    let told = client.get("/alerts").await.text();
    assert!(told.contains("尚未设置告警通道") && told.contains("docs/alerts.md"), "{told}");
    assert_eq!(client.json("/api/v1/alerts").await, serde_json::json!({ "channels": [] }));
    let settings =
        "[[alert.channel]]\nname = \"值班群\"\nkind = \"dingtalk\"\naddress = \"env:NOBODY_SET_IT\"\n";
    let console = Console::with_settings(settings, &["--browser", "never"]);
    let client = console.first_administrator(PASSWORD).await;
    let told = client.get("/alerts").await.text();
    assert!(told.contains("NOBODY_SET_IT") && told.contains("不能采用告警设置"), "{told}");
    assert!(client.get("/").await.text().contains("告警设置有误"), "the overview warns");
    let wrong = client.json("/api/v1/alerts").await["wrong"]["en"].to_string();
    assert!(wrong.contains("NOBODY_SET_IT"), "{wrong}");
}
