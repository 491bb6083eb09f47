//! A headless Chromium with one page, worked as a person works it.

#![expect(clippy::panic, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chromiumoxide::browser::{Browser as Chromium, BrowserConfig};
use chromiumoxide::cdp::browser_protocol::dom::{
    GetDocumentParams, QuerySelectorParams, SetFileInputFilesParams,
};
use chromiumoxide::cdp::browser_protocol::emulation::SetDeviceMetricsOverrideParams;
use chromiumoxide::cdp::browser_protocol::log::EventEntryAdded;
use chromiumoxide::cdp::browser_protocol::network::CookieParam;
use chromiumoxide::page::{Page, ScreenshotParams};
use futures_util::StreamExt as _;

use super::client::Console;
use crate::visibility::PROGRAMS;

pub(super) struct Browser {
    chromium: Chromium,
    page: Page,
    complaints: Arc<Mutex<Vec<String>>>,
    /// Where pictures are kept, for people to look at.
    pictures: PathBuf,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub(super) async fn open() -> Option<Self> {
        let program = PROGRAMS.into_iter().find(|program| Path::new(program).exists())?;
        let profile = tempfile::tempdir().unwrap();
        let config = BrowserConfig::builder()
            .chrome_executable(program)
            .no_sandbox()
            .user_data_dir(profile.path())
            .args([
                "--headless",
                "--hide-scrollbars",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            ])
            .build()
            .unwrap();
        let (chromium, mut handler) = Chromium::launch(config).await.unwrap();
        tokio::spawn(async move { while handler.next().await.is_some() {} });
        let page = chromium.new_page("about:blank").await.unwrap();
        let complaints = Arc::new(Mutex::new(Vec::new()));
        let mut log = page.event_listener::<EventEntryAdded>().await.unwrap();
        page.enable_log().await.unwrap();
        let heard = Arc::clone(&complaints);
        tokio::spawn(async move {
            while let Some(event) = log.next().await {
                heard.lock().unwrap().push(event.entry.text.clone());
            }
        });
        let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("console");
        std::fs::create_dir_all(&pictures).unwrap();
        let this = Self { chromium, page, complaints, pictures, _profile: profile };
        this.size(1366).await;
        Some(this)
    }

    /// What the browser complained of, but for refusals that a test asked for.
    pub(super) fn complaints(&self) -> Vec<String> {
        let all = self.complaints.lock().unwrap();
        all.iter().filter(|text| !text.contains("Failed to load resource")).cloned().collect()
    }

    pub(super) async fn size(&self, width: i64) {
        let size = SetDeviceMetricsOverrideParams::new(width, 768, 1.0, width < 600);
        self.page.execute(size).await.unwrap();
    }

    pub(super) async fn go(&mut self, url: &str) {
        self.page.goto(url).await.unwrap();
        self.settle().await;
    }

    /// Waits until the page stands.
    async fn settle(&self) {
        for _ in 0..200 {
            let ready = self.page.evaluate("document.readyState === 'complete'").await;
            if ready.is_ok_and(|value| value.into_value::<bool>().unwrap_or(false)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the page does not stand");
    }

    pub(super) async fn run(&self, script: &str) {
        self.page.evaluate(script).await.unwrap();
    }

    pub(super) async fn number(&self, script: &str) -> f64 {
        self.page.evaluate(script).await.unwrap().into_value().unwrap()
    }

    pub(super) async fn string(&self, script: &str) -> String {
        self.page.evaluate(script).await.unwrap().into_value().unwrap()
    }

    pub(super) async fn text(&self) -> String {
        self.string("document.body.textContent").await
    }

    pub(super) async fn address(&self) -> String {
        self.string("location.href").await
    }

    /// Types into the first visible field of a name.
    pub(super) async fn fill(&self, name: &str, text: &str) {
        let text = serde_json::to_string(text).unwrap();
        let script = format!(
            "(() => {{ const f = [...document.querySelectorAll('[name={name}]')].find(f => f.offsetParent); f.value = {text}; return !!f; }})()"
        );
        assert!(self.page.evaluate(script).await.unwrap().into_value::<bool>().unwrap(), "{name}");
    }

    /// Chooses a file.
    pub(super) async fn choose(&self, name: &str, file: &Path) {
        let document = self.page.execute(GetDocumentParams::default()).await.unwrap();
        let field = QuerySelectorParams::new(document.root.node_id, format!("[name={name}]"));
        let field = self.page.execute(field).await.unwrap().node_id;
        let mut chosen = SetFileInputFilesParams::new(vec![file.to_str().unwrap().to_owned()]);
        chosen.node_id = Some(field);
        self.page.execute(chosen).await.unwrap();
    }

    /// Clicks the first element that matches and waits for the page that comes.
    pub(super) async fn press(&mut self, selector: &str) {
        let selector = serde_json::to_string(selector).unwrap();
        self.run("window.left = true").await;
        let click = format!("setTimeout(() => document.querySelector({selector}).click())");
        self.run(&click).await;
        for _ in 0..400 {
            let gone = self.page.evaluate("typeof window.left").await;
            if gone.is_ok_and(|value| value.into_value::<String>().is_ok_and(|kind| kind == "undefined")) {
                return self.settle().await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("pressing {selector} led nowhere: {}", self.text().await);
    }

    /// Waits until the page, by itself, says something; gives its text.
    pub(super) async fn until(&self, words: &str) -> String {
        for _ in 0..1200 {
            let text = self.page.evaluate("document.body.textContent").await;
            let text = text.ok().and_then(|value| value.into_value::<String>().ok()).unwrap_or_default();
            if text.contains(words) {
                self.settle().await;
                return self.text().await;
            }
            assert!(!text.contains("未能完成"), "{text}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("`{words}` never came: {}", self.text().await);
    }

    /// What stands in the window.
    pub(super) async fn view(&self) -> Vec<u8> {
        let images = "Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode(); })).then(() => 1)";
        let _ = self.page.evaluate(images).await;
        self.page.screenshot(ScreenshotParams::builder().build()).await.unwrap()
    }

    /// Keeps a picture of the whole page.
    pub(super) async fn picture(&self, name: &str) {
        let picture = self.page.screenshot(ScreenshotParams::builder().full_page(true).build()).await;
        std::fs::write(self.pictures.join(format!("{name}.png")), picture.unwrap()).unwrap();
    }

    /// The serious faults that axe-core sees, a line each.
    pub(super) async fn faults(&self, axe: &str) -> String {
        self.run(axe).await;
        let script = "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.filter(v => \
            ['serious', 'critical'].includes(v.impact)).map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html).join(' | ')).join('\\n'))";
        self.string(script).await
    }

    pub(super) async fn cookie(&self, name: &str) -> String {
        let cookies = self.page.get_cookies().await.unwrap();
        cookies.into_iter().find(|cookie| cookie.name == name).unwrap().value
    }

    pub(super) async fn set_cookie(&self, console: &Console, name: &str, value: &str) {
        let mut cookie = CookieParam::new(name, value);
        cookie.url = Some(console.url("/"));
        self.page.set_cookie(cookie).await.unwrap();
    }

    pub(super) async fn close(mut self) {
        let _ = self.chromium.close().await;
        let _ = self.chromium.wait().await;
    }
}
