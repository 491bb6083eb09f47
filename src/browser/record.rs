//! Reads the events of a visit into what is reported, and says what must be answered at once.
//!
//! Every list has a cap: a page can make events for ever.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use super::rendered::{Asked, Dialog, Download, Hop, Means, Popup, Withheld};
use super::wire::Event;

/// Entries of hops, dialogs, downloads and popups each.
const FEW: usize = 100;
/// Entries of requests.
const MANY: usize = 2000;
/// Characters of a message or an address that is no http address.
const LONG: usize = 2000;

/// What has been seen so far.
#[derive(Debug)]
pub(super) struct Record {
    /// The page's own target; windows it opens have others.
    target: String,
    context: String,
    main_frame: Option<String>,
    pub(super) hops: Vec<Hop>,
    pub(super) dialogs: Vec<Dialog>,
    pub(super) downloads: Vec<Download>,
    pub(super) popups: Vec<Popup>,
    pub(super) requests: Vec<Asked>,
    pub(super) withheld: Vec<Withheld>,
    pub(super) console: Vec<String>,
    /// Requests by the browser's number: place in `requests`.
    places: HashMap<String, usize>,
    open: HashSet<String>,
    /// The main document that is being loaded, by the browser's number.
    loading: Option<String>,
    /// What the next navigation of the main frame is due to.
    announced: Option<Means>,
    /// The last hop's means is a guess: page and browser speak independently, and the page's word may come later.
    guessed: bool,
    /// Set while the visitor presses Back.
    pub(super) going_back: bool,
    /// Refreshes that are due.
    pub(super) due: Option<Instant>,
    refresh_delay: Duration,
    /// When the main document last finished loading.
    pub(super) loaded: Option<Instant>,
    /// When something last happened on the network.
    pub(super) active: Instant,
    pub(super) crashed: bool,
    /// A main document was committed since the last look.
    pub(super) committed: bool,
    pub(super) forwarded: bool,
    /// Why the main document did not load, in the browser's words.
    pub(super) error: Option<String>,
    /// The kept response has been served.
    served: bool,
}

/// What must be sent at once.
#[derive(Debug)]
pub(super) enum Reply {
    /// To the page.
    Page(&'static str, Value),
    /// To the browser.
    Browser(&'static str, Value),
    /// The kept response of the page itself is wanted by this paused request.
    Kept(String),
    /// A part of the page is wanted by this paused request: from memory, or in its turn.
    Part(String, Url),
}

impl Record {
    pub(super) fn new(target: String, context: String, refresh_delay: Duration) -> Self {
        Self {
            target,
            context,
            main_frame: None,
            hops: Vec::new(),
            dialogs: Vec::new(),
            downloads: Vec::new(),
            popups: Vec::new(),
            requests: Vec::new(),
            withheld: Vec::new(),
            console: Vec::new(),
            places: HashMap::new(),
            open: HashSet::new(),
            loading: None,
            announced: None,
            guessed: false,
            going_back: false,
            due: None,
            refresh_delay,
            loaded: None,
            active: Instant::now(),
            crashed: false,
            committed: false,
            forwarded: false,
            error: None,
            served: false,
        }
    }

    /// Forgets everything but who the page is, for a second visit.
    pub(super) fn reset(&mut self) {
        let mut fresh = Self::new(
            std::mem::take(&mut self.target),
            std::mem::take(&mut self.context),
            self.refresh_delay,
        );
        fresh.main_frame = self.main_frame.take();
        *self = fresh;
    }

    pub(super) fn set_main_frame(&mut self, frame: &str) {
        self.main_frame = Some(frame.to_owned());
    }

    /// Whether the network is still.
    pub(super) fn is_still(&self) -> bool {
        self.open.is_empty() && self.loading.is_none()
    }

    /// Takes an event in.
    pub(super) fn event(&mut self, event: &Event) -> Option<Reply> {
        let params = &event.params;
        match event.method.as_str() {
            "Target.targetCreated" => return self.opened(&params["targetInfo"]),
            "Target.targetCrashed" => self.crashed |= params["targetId"] == self.target.as_str(),
            "Inspector.targetCrashed" => self.crashed = true,
            "Browser.downloadWillBegin" => self.download(params),
            "Page.javascriptDialogOpening" => return Some(self.dialog(params)),
            "Page.windowOpen" => self.popup(params),
            "Page.frameScheduledNavigation" => self.scheduled(params),
            "Page.frameClearedScheduledNavigation" if self.is_main(&params["frameId"]) => self.due = None,
            "Page.frameRequestedNavigation" if self.is_main(&params["frameId"]) => {
                self.announce(means(text(&params["reason"])), text(&params["url"]));
            }
            "Page.frameNavigated" if params["frame"]["parentId"].is_null() => {
                self.committed = true;
                self.loaded = None;
                self.due = None;
                self.loading = None;
            }
            "Page.loadEventFired" => self.loaded = Some(Instant::now()),
            "Network.requestWillBeSent" => self.request(params),
            "Network.responseReceived" => self.response(params),
            "Network.loadingFinished" => self.finished(text(&params["requestId"])),
            "Network.loadingFailed" => self.failed(params),
            "Network.webSocketCreated" => self.push(Asked {
                url: cut(text(&params["url"])),
                kind: "websocket".to_owned(),
                status: None,
                remote: None,
                failure: None,
            }),
            "Log.entryAdded" => {
                let entry = &params["entry"];
                self.complain(&format!("{}: {}", text(&entry["level"]), text(&entry["text"])));
            }
            "Runtime.exceptionThrown" => {
                let details = &params["exceptionDetails"];
                let described = text(&details["exception"]["description"]);
                let said = if described.is_empty() { text(&details["text"]) } else { described };
                self.complain(&format!("exception: {said}"));
            }
            "Runtime.consoleAPICalled" => self.console_call(params),
            "Emulation.virtualTimeBudgetExpired" => self.forwarded = true,
            "Fetch.requestPaused" => return Some(self.paused(params)),
            _ => {}
        }
        None
    }

    fn is_main(&self, frame: &Value) -> bool {
        self.main_frame.as_deref() == frame.as_str()
    }

    /// Another window of this visit is closed as soon as it is there.
    fn opened(&mut self, info: &Value) -> Option<Reply> {
        let stranger = info["browserContextId"] == self.context.as_str()
            && info["targetId"] != self.target.as_str()
            && info["type"] == "page";
        stranger.then(|| Reply::Browser("Target.closeTarget", json!({ "targetId": info["targetId"] })))
    }

    fn download(&mut self, params: &Value) {
        if self.downloads.len() < FEW {
            let (url, name) = (cut(text(&params["url"])), cut(text(&params["suggestedFilename"])));
            self.downloads.push(Download { url, name });
        }
        // What turns out to be a download leaves the page that was there.
        self.loading = None;
        self.loaded.get_or_insert_with(Instant::now);
    }

    fn dialog(&mut self, params: &Value) -> Reply {
        if self.dialogs.len() < FEW {
            let (kind, message) = (text(&params["type"]).to_owned(), cut(text(&params["message"])));
            self.dialogs.push(Dialog { kind, message });
        }
        Reply::Page("Page.handleJavaScriptDialog", json!({ "accept": true }))
    }

    fn popup(&mut self, params: &Value) {
        if self.popups.len() < FEW {
            self.popups.push(Popup { url: cut(text(&params["url"])) });
        }
    }

    fn scheduled(&mut self, params: &Value) {
        let delay =
            Duration::try_from_secs_f64(params["delay"].as_f64().unwrap_or(0.0)).unwrap_or(Duration::MAX);
        if self.is_main(&params["frameId"]) && delay <= self.refresh_delay {
            self.due = Some(Instant::now() + delay);
        }
    }

    fn request(&mut self, params: &Value) {
        self.active = Instant::now();
        let id = text(&params["requestId"]);
        let url = text(&params["request"]["url"]);
        let redirect = &params["redirectResponse"];
        let is_main = self.is_main(&params["frameId"]) && params["type"] == "Document";
        if !redirect.is_null() {
            let status = status_of(redirect);
            self.settle(id, status);
            if is_main && let Some(hop) = self.hops.last_mut() {
                hop.status = status;
            }
        }
        if is_main {
            self.hop(params, url, !redirect.is_null());
            self.loading = Some(id.to_owned());
            self.error = None;
        }
        if url.starts_with("data:") || url.starts_with("blob:") {
            return;
        }
        self.open.insert(id.to_owned());
        self.places.insert(id.to_owned(), self.requests.len());
        let kind = text(&params["type"]).to_ascii_lowercase();
        self.push(Asked { url: cut(url), kind, status: None, remote: None, failure: None });
    }

    /// The page says why it goes to an address: of the last hop if that is one it is waiting for, else of the next.
    fn announce(&mut self, by: Means, url: &str) {
        let guessed =
            self.guessed.then(|| self.hops.iter_mut().rfind(|hop| hop.by != Means::Status)).flatten();
        match guessed.filter(|hop| Url::parse(url).is_ok_and(|url| url == hop.url)) {
            Some(hop) => {
                hop.by = by;
                self.guessed = false;
            }
            None => self.announced = Some(by),
        }
    }

    fn hop(&mut self, params: &Value, url: &str, redirected: bool) {
        // A redirect may overtake the word about where it began; that hop is then the one before.
        self.guessed &= redirected;
        let by = if redirected {
            Means::Status
        } else if self.hops.is_empty() {
            Means::Visitor
        } else if std::mem::take(&mut self.going_back) {
            Means::Back
        } else {
            let scripted = params["initiator"]["type"] == "script";
            self.guessed = self.announced.is_none();
            self.announced.take().unwrap_or(if scripted { Means::Script } else { Means::Other })
        };
        self.announced = None;
        if self.hops.len() < FEW
            && let Ok(url) = Url::parse(url)
        {
            self.hops.push(Hop { url, by, status: None, error: None });
        }
    }

    fn response(&mut self, params: &Value) {
        self.active = Instant::now();
        let (id, response) = (text(&params["requestId"]), &params["response"]);
        let status = status_of(response);
        self.settle(id, status);
        if self.loading.as_deref() == Some(id)
            && let Some(hop) = self.hops.last_mut()
        {
            hop.status = status;
        }
    }

    fn finished(&mut self, id: &str) {
        self.active = Instant::now();
        self.open.remove(id);
    }

    fn failed(&mut self, params: &Value) {
        let id = text(&params["requestId"]);
        self.finished(id);
        let cancelled = params["canceled"] == true;
        if self.loading.as_deref() == Some(id) {
            self.loading = None;
            if !cancelled {
                let error = text(&params["errorText"]).to_owned();
                if let Some(hop) = self.hops.last_mut() {
                    hop.error = Some(error.clone());
                }
                self.error = Some(error);
            }
        }
    }

    fn paused(&mut self, params: &Value) -> Reply {
        let id = text(&params["requestId"]).to_owned();
        let (method, address) = (text(&params["request"]["method"]), text(&params["request"]["url"]));
        if !matches!(method, "GET" | "HEAD" | "OPTIONS") {
            if self.withheld.len() < FEW {
                self.withheld.push(Withheld { method: cut(method), url: cut(address) });
            }
            // As if the visitor had pressed Stop: the page stays as it is.
            return Reply::Page("Fetch.failRequest", json!({ "requestId": id, "errorReason": "Aborted" }));
        }
        if !self.served && params["resourceType"] == "Document" && self.is_main(&params["frameId"]) {
            self.served = true;
            return Reply::Kept(id);
        }
        match Url::parse(address) {
            Ok(url) => Reply::Part(id, url),
            Err(_) => Reply::Page("Fetch.continueRequest", json!({ "requestId": id })),
        }
    }

    fn console_call(&mut self, params: &Value) {
        let kind = text(&params["type"]);
        if matches!(kind, "error" | "warning" | "assert") {
            let said = params["args"].as_array().into_iter().flatten();
            let said: Vec<&str> =
                said.map(|arg| arg["value"].as_str().unwrap_or_else(|| text(&arg["description"]))).collect();
            self.complain(&format!("{kind}: {}", said.join(" ")));
        }
    }

    fn complain(&mut self, complaint: &str) {
        if self.console.len() < FEW {
            self.console.push(cut(complaint));
        }
    }

    fn push(&mut self, asked: Asked) {
        if self.requests.len() < MANY {
            self.requests.push(asked);
        }
    }

    fn settle(&mut self, id: &str, status: Option<u16>) {
        if let Some(asked) = self.places.get(id).and_then(|place| self.requests.get_mut(*place)) {
            asked.status = status;
        }
    }
}

fn means(reason: &str) -> Means {
    match reason {
        "formSubmissionGet" | "formSubmissionPost" => Means::Form,
        "httpHeaderRefresh" => Means::RefreshHeader,
        "metaTagRefresh" => Means::MetaRefresh,
        "scriptInitiated" => Means::Script,
        "anchorClick" => Means::Link,
        "reload" => Means::Reload,
        _ => Means::Other,
    }
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn cut(text: &str) -> String {
    text.chars().take(LONG).collect()
}

fn status_of(response: &Value) -> Option<u16> {
    response["status"].as_u64().and_then(|status| u16::try_from(status).ok()).filter(|status| *status > 0)
}
