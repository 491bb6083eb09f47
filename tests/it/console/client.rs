//! A running console, and those who ask it without a browser.

#![expect(clippy::panic, clippy::print_stderr, reason = "a test that cannot go on has failed, and says why")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// A console in a folder of its own; it ends with this value.
pub(super) struct Console {
    child: Child,
    pub(super) folder: tempfile::TempDir,
    base: String,
    /// The link by which the first administrator is made.
    pub(super) set_up: String,
}

impl Console {
    pub(super) fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("targets")).unwrap();
        let store = ["--store", "sqlite://x.db"];
        Self::within(folder, &[&store, arguments].concat())
    }

    /// With a settings file, which is named `xuncha.toml`.
    pub(super) fn with_settings(settings: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("targets")).unwrap();
        std::fs::write(folder.path().join("xuncha.toml"), settings).unwrap();
        Self::within(folder, &[&["--store", "sqlite://x.db", "--config", "xuncha.toml"], arguments].concat())
    }

    /// In a folder that holds a registry, and the store `demo.db` where no other is named. With `--browser never`, the
    /// machine seems to have no Chromium.
    pub(super) fn within(folder: tempfile::TempDir, arguments: &[&str]) -> Self {
        let usual: &[&str] =
            if arguments.contains(&"--store") { &[] } else { &["--store", "sqlite://demo.db"] };
        let mut child = Command::new(env!("CARGO_BIN_EXE_xuncha"))
            .args(["serve", "targets", "--listen", "127.0.0.1:0"])
            .args(usual)
            .args(["--allow-private", "--rate", "0", "--profile-gap", "0", "--no-landings"])
            .args(arguments)
            .current_dir(folder.path())
            .env_clear()
            .envs(arguments.contains(&"never").then_some(("XUNCHA_CHROMIUM", "/nowhere/chromium")))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let link =
            |line: &str| line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned);
        let base = lines.find_map(|line| link(line.split_once("控制台：").map(|(_, rest)| rest)?)).unwrap();
        let set_up = lines.find_map(|line| link(&line)).unwrap();
        std::thread::spawn(move || lines.for_each(|line| eprintln!("console: {line}")));
        Self { child, folder, base: base.trim_end_matches('/').to_owned(), set_up }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Makes `admin` and logs in.
    pub(super) async fn first_administrator(&self, password: &str) -> Client {
        let key = self.set_up.split_once("key=").unwrap().1;
        let fields = [("key", key), ("name", "admin"), ("password", password), ("again", password)];
        let came = Client::outside(self).form("/setup", &fields).await;
        assert_eq!(came.status, 303, "{}", came.text());
        self.logged_in("admin", password).await
    }

    pub(super) async fn logged_in(&self, name: &str, password: &str) -> Client {
        let came = Client::outside(self).form("/login", &[("name", name), ("password", password)]).await;
        assert_eq!(came.status, 303, "{}", came.text());
        let cookie = came.header("set-cookie");
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        let key = cookie.split(';').next().unwrap().split_once('=').unwrap().1.to_owned();
        Client::of_session(self, &key)
    }
}

impl Drop for Console {
    /// As a service is ended, so that its browser ends with it; one that does not end is killed.
    #[expect(clippy::disallowed_methods, reason = "the process under test ends by real time")]
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        for _ in 0..100 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer.
pub(super) struct Came {
    pub(super) status: u16,
    headers: reqwest::header::HeaderMap,
    body: Vec<u8>,
}

impl Came {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }
}

/// Somebody who asks.
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    session: Option<String>,
    token: Option<String>,
}

impl Client {
    pub(super) fn outside(console: &Console) -> Self {
        // Whichever test is first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        Self { http: http.build().unwrap(), base: console.base.clone(), session: None, token: None }
    }

    pub(super) fn of_session(console: &Console, key: &str) -> Self {
        Self { session: Some(key.to_owned()), ..Self::outside(console) }
    }

    pub(super) fn of_token(console: &Console, key: &str) -> Self {
        Self { token: Some(key.to_owned()), ..Self::outside(console) }
    }

    pub(super) fn session(&self) -> String {
        self.session.clone().unwrap()
    }

    fn ask(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(session) = &self.session {
            request = request.header("cookie", format!("lang=zh; xuncha={session}"));
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if path.starts_with("/api/") { request } else { request.header("accept", "text/html") }
    }

    async fn came(request: reqwest::RequestBuilder) -> Came {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let came = Came { status, headers, body: response.bytes().await.unwrap().to_vec() };
        assert_eq!(came.header("x-content-type-options"), "nosniff");
        assert!(came.header("content-security-policy").contains("default-src 'none'"));
        assert!(came.header("content-security-policy").contains("frame-ancestors 'none'"));
        came
    }

    pub(super) async fn get(&self, path: &str) -> Came {
        Self::came(self.ask(reqwest::Method::GET, path)).await
    }

    /// The same under another name of the host.
    pub(super) async fn get_as(&self, path: &str, host: &str) -> Came {
        Self::came(self.ask(reqwest::Method::GET, path).header("host", host)).await
    }

    pub(super) async fn bytes(&self, path: &str) -> Vec<u8> {
        let came = self.get(path).await;
        assert_eq!(came.status, 200, "{}", came.text());
        came.body
    }

    pub(super) async fn json(&self, path: &str) -> Value {
        let came = self.get(path).await;
        assert_eq!(came.status, 200, "{}", came.text());
        came.json()
    }

    fn same_site(request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.header("sec-fetch-site", "same-origin")
    }

    pub(super) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Came {
        self.form_from(path, fields, Some("same-origin"), None).await
    }

    pub(super) async fn form_from(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        site: Option<&str>,
        origin: Option<&str>,
    ) -> Came {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = self.ask(reqwest::Method::POST, path).body(body);
        request = request.header("content-type", "application/x-www-form-urlencoded");
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        Self::came(request).await
    }

    /// The mark that this session's forms carry.
    pub(super) async fn mark(&self) -> String {
        let page = self.get("/account").await.text();
        page.split_once("name=\"mark\" value=\"").unwrap().1.split('"').next().unwrap().to_owned()
    }

    pub(super) async fn try_post(&self, path: &str, body: &Value) -> Came {
        let request = self.ask(reqwest::Method::POST, path).header("content-type", "application/json");
        Self::came(Self::same_site(request.body(body.to_string()))).await
    }

    pub(super) async fn try_patch(&self, path: &str, body: &Value) -> Came {
        let request = self.ask(reqwest::Method::PATCH, path).header("content-type", "application/json");
        Self::came(Self::same_site(request.body(body.to_string()))).await
    }

    pub(super) async fn try_put(&self, path: &str, body: &Value) -> Came {
        let request = self.ask(reqwest::Method::PUT, path).header("content-type", "application/json");
        Self::came(Self::same_site(request.body(body.to_string()))).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Value {
        let came = self.try_post(path, body).await;
        assert!((200..300).contains(&came.status), "{path} {} {}", came.status, came.text());
        came.json()
    }

    pub(super) async fn post_with_key(&self, path: &str, body: &Value, key: &str) -> Came {
        let request = self.ask(reqwest::Method::POST, path).header("content-type", "application/json");
        Self::came(Self::same_site(request.header("idempotency-key", key).body(body.to_string()))).await
    }

    pub(super) async fn send_bytes(&self, path: &str, bytes: &[u8]) -> Came {
        let request =
            self.ask(reqwest::Method::POST, path).header("content-type", "application/octet-stream");
        Self::came(Self::same_site(request.body(bytes.to_vec()))).await
    }

    /// A check when it has ended.
    pub(super) async fn ended(&self, check: &Value) -> Value {
        for _ in 0..1200 {
            let now = self.json(&format!("/api/v1/checks/{}", check["id"])).await;
            if now["state"] == "done" || now["state"] == "failed" {
                assert_eq!(now["state"], "done", "{now}");
                return now;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the check does not end");
    }
}
