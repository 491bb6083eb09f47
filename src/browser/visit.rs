//! One visit: a context and a page of its own, dressed as the visitor, led to the address, watched until it comes to rest,
//! looked at, and taken down.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chromiumoxide::types::CallId;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::guard::Guard;
use super::order::{Gesture, Kept, Order};
use super::record::{Record, Reply, text};
use super::rendered::Frame;
use super::settings::Limits;
use super::wire::{Incoming, Lost, Wire};

/// A page that is open.
pub(super) struct Visit<'a> {
    wire: Wire,
    order: &'a Order,
    limits: &'a Limits,
    guard: &'a Guard,
    /// Requests of the page whose turn has come.
    turns: (mpsc::UnboundedSender<String>, mpsc::UnboundedReceiver<String>),
    pub(super) record: Record,
    context: String,
    /// When the whole visit must be over.
    deadline: Instant,
    /// Answers that came in while another was waited for.
    answers: HashMap<CallId, Result<Value, String>>,
    awaited: Option<CallId>,
    /// The world of our own scripts, which the page's scripts cannot reach.
    world: Option<i64>,
    main_frame: String,
}

/// How watching a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Watched {
    /// It came to rest.
    Rest,
    /// It did not in time.
    Late,
}

/// What the page looks like in the end.
#[derive(Debug, Default)]
pub(super) struct Look {
    pub(super) url: Option<Url>,
    pub(super) title: String,
    pub(super) html: String,
    pub(super) cut: bool,
    pub(super) frames: Vec<Frame>,
    pub(super) view: Option<Vec<u8>>,
    pub(super) page: Option<Vec<u8>>,
}

/// Frames whose documents are read.
const FRAMES: usize = 20;

impl<'a> Visit<'a> {
    /// Opens a page in a context of its own behind the proxy.
    pub(super) async fn open(
        address: &Url,
        order: &'a Order,
        limits: &'a Limits,
        guard: &'a Guard,
        proxy: std::net::SocketAddr,
    ) -> Result<Self, Lost> {
        let wire = Wire::connect(address, limits.answer).await?;
        let mut visit = Self {
            wire,
            order,
            limits,
            guard,
            turns: mpsc::unbounded_channel(),
            record: Record::new(String::new(), String::new(), limits.refresh_delay),
            context: String::new(),
            deadline: Instant::now() + limits.total,
            answers: HashMap::new(),
            awaited: None,
            world: None,
            main_frame: String::new(),
        };
        let context = visit
            .call(
                "Target.createBrowserContext",
                json!({
                    "disposeOnDetach": true,
                    "proxyServer": format!("http://{proxy}"),
                    "proxyBypassList": "<-loopback>",
                }),
            )
            .await?;
        visit.context = text(&context["browserContextId"]).to_owned();
        let context = visit.context.clone();
        visit.wire.send(
            "Browser.setDownloadBehavior",
            json!({ "behavior": "deny", "browserContextId": context, "eventsEnabled": true }),
        )?;
        visit
            .wire
            .send("Browser.grantPermissions", json!({ "permissions": [], "browserContextId": context }))?;
        let target = visit
            .call("Target.createTarget", json!({ "url": "about:blank", "browserContextId": context }))
            .await?;
        let target = text(&target["targetId"]).to_owned();
        visit.record = Record::new(target.clone(), context, limits.refresh_delay);
        visit.wire.send("Target.setDiscoverTargets", json!({ "discover": true }))?;
        let attached =
            visit.call("Target.attachToTarget", json!({ "targetId": target, "flatten": true })).await?;
        visit.wire.session = Some(text(&attached["sessionId"]).to_owned());
        let tree = visit.call("Page.getFrameTree", json!({})).await?;
        visit.main_frame = text(&tree["frameTree"]["frame"]["id"]).to_owned();
        visit.record.set_main_frame(&visit.main_frame);
        visit.dress().await?;
        Ok(visit)
    }

    /// Makes the page the visitor that was ordered. Each order is waited for: the first navigation changes the renderer,
    /// and only what the old one has confirmed is carried over to the new one.
    async fn dress(&mut self) -> Result<(), Lost> {
        let (order, screen) = (self.order, self.order.screen);
        for domain in ["Page.enable", "Network.enable", "Log.enable", "Inspector.enable"] {
            self.call(domain, json!({})).await?;
        }
        if order.console {
            self.call("Runtime.enable", json!({})).await?;
        }
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": screen.width, "height": screen.height, "deviceScaleFactor": screen.scale,
                "mobile": screen.phone, "screenWidth": screen.width, "screenHeight": screen.height,
            }),
        )
        .await?;
        if screen.phone {
            self.call("Emulation.setTouchEmulationEnabled", json!({ "enabled": true, "maxTouchPoints": 5 }))
                .await?;
        }
        self.call("Emulation.setUserAgentOverride", user_agent(order)).await?;
        self.call("Emulation.setTimezoneOverride", json!({ "timezoneId": "Asia/Shanghai" })).await?;
        self.call("Emulation.setLocaleOverride", json!({ "locale": "zh-CN" })).await?;
        self.call("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })).await?;
        if !order.scripts {
            self.call("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await?;
        }
        if let Some(script) = super::order::overrides(order, Timestamp::now()) {
            self.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await?;
        }
        // A service worker would answer and ask behind our back.
        self.call("Network.setBypassServiceWorker", json!({ "bypass": true })).await?;
        let all = json!({ "patterns": [{ "urlPattern": "*", "requestStage": "Request" }] });
        self.call("Fetch.enable", all).await?;
        self.call("Page.bringToFront", json!({})).await.map(drop)
    }

    /// Leads the page to the address and watches it until it comes to rest.
    pub(super) async fn travel(&mut self) -> Result<Watched, Lost> {
        let mut params = json!({ "url": self.order.url.as_str() });
        if let Some(referrer) = &self.order.referrer {
            params["referrer"] = json!(referrer);
            params["referrerPolicy"] = json!("unsafeUrl");
        }
        if self.order.returning {
            self.wire.send("Page.navigate", params.clone())?;
            self.watch(false).await?;
            self.wire.send("Page.navigate", json!({ "url": "about:blank" }))?;
            self.pause(Duration::from_millis(200)).await?;
            self.record.reset();
        }
        self.wire.send("Page.navigate", params)?;
        let mut watched = self.watch(true).await?;
        if !self.order.gestures.is_empty() && self.order.fast_forward.is_some() {
            // What gestures set off needs time that passes.
            self.wire.send("Emulation.setVirtualTimePolicy", json!({ "policy": "advance" }))?;
        }
        for gesture in &self.order.gestures {
            if watched == Watched::Rest {
                self.gesture(*gesture).await?;
                watched = self.watch(false).await?;
            }
        }
        Ok(watched)
    }

    /// Reads events until the page is at rest.
    async fn watch(&mut self, forward: bool) -> Result<Watched, Lost> {
        let begun = Instant::now();
        let mut forward = self.order.fast_forward.filter(|_| forward);
        loop {
            let now = Instant::now();
            if now >= self.deadline {
                return Ok(Watched::Late);
            }
            if self.record.committed
                && let Some(budget) = forward.take()
            {
                self.forward(budget)?;
            }
            if self.is_at_rest(begun, now) {
                return Ok(Watched::Rest);
            }
            let tick = now + Duration::from_millis(50);
            if let Ok(incoming) = timeout_at(tick.min(self.deadline), self.next()).await {
                self.take(incoming?)?;
            }
            if self.record.crashed {
                return Err(Lost::Crashed);
            }
        }
    }

    fn is_at_rest(&self, begun: Instant, now: Instant) -> bool {
        let (record, limits) = (&self.record, self.limits);
        if record.error.is_some() {
            return true;
        }
        let Some(loaded) = record.loaded else {
            // Where the way on was withheld, some documents never say that they have loaded.
            return record.committed && record.is_still() && now >= record.active + limits.restless;
        };
        if record.due.is_some_and(|due| now < due + Duration::from_millis(500)) {
            return false;
        }
        if self.order.fast_forward.is_some() && !record.forwarded {
            // A page whose time does not come to its end is watched as any other, for longer.
            return now >= loaded + limits.restless;
        }
        let since = loaded.max(begun);
        let still = record.is_still() && now >= record.active + limits.still;
        now >= since + limits.linger && (still || now >= since + limits.restless)
    }

    /// Lets that much time pass for the page at once.
    fn forward(&mut self, budget: Duration) -> Result<(), Lost> {
        let policy = json!({
            "policy": "pauseIfNetworkFetchesPending",
            "budget": budget.as_secs_f64() * 1000.0,
            "maxVirtualTimeTaskStarvationCount": 100_000,
        });
        self.wire.send("Emulation.setVirtualTimePolicy", policy).map(drop)
    }

    async fn gesture(&mut self, gesture: Gesture) -> Result<(), Lost> {
        let (x, y) = (self.order.screen.width / 2, self.order.screen.height / 2);
        match gesture {
            Gesture::Click if self.order.screen.phone => {
                let points = json!([{ "x": x, "y": y }]);
                self.wire.send(
                    "Input.dispatchTouchEvent",
                    json!({ "type": "touchStart", "touchPoints": points }),
                )?;
                self.wire
                    .send("Input.dispatchTouchEvent", json!({ "type": "touchEnd", "touchPoints": [] }))?;
                self.mouse("mousePressed", x, y)?;
                self.mouse("mouseReleased", x, y)?;
            }
            Gesture::Click => {
                self.mouse("mouseMoved", x, y)?;
                self.mouse("mousePressed", x, y)?;
                self.mouse("mouseReleased", x, y)?;
            }
            Gesture::Scroll => {
                let wheel = json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": 600 });
                self.wire.send("Input.dispatchMouseEvent", wheel)?;
            }
            Gesture::Back => {
                let history = self.call("Page.getNavigationHistory", json!({})).await?;
                let place = history["currentIndex"].as_u64().and_then(|place| usize::try_from(place).ok());
                let before =
                    place.and_then(|place| place.checked_sub(1)).map(|place| &history["entries"][place]);
                // The blank page before the first one is where the visitor came from.
                if let Some(entry) = before {
                    self.record.going_back = true;
                    self.wire.send("Page.navigateToHistoryEntry", json!({ "entryId": entry["id"] }))?;
                }
            }
        }
        self.pause(Duration::from_millis(300)).await
    }

    fn mouse(&mut self, kind: &str, x: u32, y: u32) -> Result<(), Lost> {
        let press = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
        self.wire.send("Input.dispatchMouseEvent", press).map(drop)
    }

    /// Reads events for that long.
    async fn pause(&mut self, length: Duration) -> Result<(), Lost> {
        let until = (Instant::now() + length).min(self.deadline);
        while let Ok(incoming) = timeout_at(until, self.next()).await {
            self.take(incoming?)?;
        }
        Ok(())
    }

    /// What comes next from the browser; requests whose turn has come go out meanwhile. Cancelling loses nothing.
    async fn next(&mut self) -> Result<Incoming, Lost> {
        loop {
            let request = tokio::select! {
                incoming = self.wire.next() => return incoming,
                Some(request) = self.turns.1.recv() => request,
            };
            self.wire.send("Fetch.continueRequest", json!({ "requestId": request }))?;
        }
    }

    /// Takes in what came, and answers what must be answered at once.
    fn take(&mut self, incoming: Incoming) -> Result<(), Lost> {
        match incoming {
            Incoming::Answer(id, result) => {
                if self.awaited == Some(id) {
                    self.answers.insert(id, result);
                }
            }
            Incoming::Event(event) => match self.record.event(&event) {
                Some(Reply::Page(method, params)) => drop(self.wire.send(method, params)?),
                Some(Reply::Browser(method, params)) => drop(self.wire.send_to_browser(method, params)?),
                Some(Reply::Kept(request)) => match &self.order.kept {
                    Some(kept) => self.serve(&request, kept)?,
                    None => self.queue(request, &self.order.url)?,
                },
                Some(Reply::Part(request, mut url)) => {
                    url.set_fragment(None);
                    match self.order.parts.get(url.as_str()) {
                        Some(kept) => self.serve(&request, kept)?,
                        None => self.queue(request, &url)?,
                    }
                }
                None => {}
            },
        }
        Ok(())
    }

    /// Lets a request out when its turn comes: at once where no turns are kept.
    fn queue(&mut self, request: String, url: &Url) -> Result<(), Lost> {
        let Some(turn) = self.guard.turn(url).filter(|_| matches!(url.scheme(), "http" | "https")) else {
            return self.wire.send("Fetch.continueRequest", json!({ "requestId": request })).map(drop);
        };
        let gate = self.turns.0.clone();
        tokio::spawn(async move {
            // A request that waits longer than the visit lasts is left out.
            tokio::select! {
                () = turn => drop(gate.send(request)),
                () = gate.closed() => {}
            }
        });
        Ok(())
    }

    /// Answers a request with a kept response.
    fn serve(&mut self, request: &str, kept: &Kept) -> Result<(), Lost> {
        let headers: Vec<Value> = kept
            .headers
            .iter()
            .filter(|(name, _)| !LEFT_OUT.contains(&name.to_ascii_lowercase().as_str()))
            .map(|(name, value)| json!({ "name": name, "value": String::from_utf8_lossy(value) }))
            .collect();
        let params = json!({
            "requestId": request, "responseCode": kept.status, "responseHeaders": headers,
            "body": BASE64_STANDARD.encode(&kept.body),
        });
        self.wire.send("Fetch.fulfillRequest", params).map(drop)
    }

    /// Sends an order to the page and waits for its answer, reading events meanwhile.
    pub(super) async fn call(&mut self, method: &'static str, params: Value) -> Result<Value, Lost> {
        let id = self.wire.send(method, params)?;
        self.awaited = Some(id);
        // A page that answers slowly again and again may not outstay its time either.
        let until = (Instant::now() + self.limits.answer).min(self.deadline + 2 * self.limits.answer);
        loop {
            if let Some(result) = self.answers.remove(&id) {
                self.awaited = None;
                return result.map_err(Lost::Refused);
            }
            if self.record.crashed {
                return Err(Lost::Crashed);
            }
            match timeout_at(until, self.next()).await {
                Ok(incoming) => self.take(incoming?)?,
                Err(_) => return Err(Lost::Silent),
            }
        }
    }

    /// Runs a script of ours in a world that the page's scripts cannot reach.
    pub(super) async fn ask(&mut self, script: &str) -> Result<Value, Lost> {
        if self.world.is_none() {
            let frame = self.main_frame.clone();
            self.world = self.world_of(&frame).await?;
        }
        self.ask_in(self.world, script).await
    }

    async fn world_of(&mut self, frame: &str) -> Result<Option<i64>, Lost> {
        let world =
            self.call("Page.createIsolatedWorld", json!({ "frameId": frame, "worldName": "xuncha" })).await?;
        Ok(world["executionContextId"].as_i64())
    }

    async fn ask_in(&mut self, world: Option<i64>, script: &str) -> Result<Value, Lost> {
        let params = json!({
            "expression": script, "contextId": world, "returnByValue": true, "awaitPromise": true,
            "timeout": self.limits.answer.as_millis() as u64 / 2,
        });
        let answer = self.call("Runtime.evaluate", params).await?;
        if answer["exceptionDetails"].is_null() {
            Ok(answer["result"]["value"].clone())
        } else {
            Err(Lost::Refused(answer["exceptionDetails"]["exception"]["description"].to_string()))
        }
    }

    /// Reads the document and its frames and takes the pictures.
    pub(super) async fn look(&mut self) -> Result<Look, Lost> {
        if self.order.fast_forward.is_some() {
            // Pictures need time that passes.
            self.wire.send("Emulation.setVirtualTimePolicy", json!({ "policy": "advance" }))?;
        }
        let mut look = Look::default();
        let cap = self.limits.html;
        let seen = self.ask(&document_script(cap)).await?;
        look.url = Url::parse(text(&seen["url"])).ok();
        look.title = text(&seen["title"]).to_owned();
        look.html = text(&seen["html"]).to_owned();
        look.cut = seen["cut"] == true;
        look.frames = self.frames().await?;
        if !self.order.pictured {
            return Ok(look);
        }
        look.view = self.picture(None).await?;
        let (width, height) = (seen["width"].as_f64().unwrap_or(0.0), seen["height"].as_f64().unwrap_or(0.0));
        let view = self.order.screen;
        let clip = Clip {
            x: 0.0,
            y: 0.0,
            width: width.clamp(1.0, f64::from(view.width) * 2.0),
            height: height.clamp(1.0, f64::from(self.limits.picture_height)),
        };
        look.page = self.picture(Some(clip)).await?;
        Ok(look)
    }

    async fn frames(&mut self) -> Result<Vec<Frame>, Lost> {
        let tree = self.call("Page.getFrameTree", json!({})).await?;
        let mut found = Vec::new();
        let mut waiting: Vec<&Value> =
            tree["frameTree"]["childFrames"].as_array().into_iter().flatten().collect();
        while let Some(node) = waiting.pop() {
            if found.len() >= FRAMES {
                break;
            }
            waiting.extend(node["childFrames"].as_array().into_iter().flatten());
            let (id, url) = (text(&node["frame"]["id"]), text(&node["frame"]["url"]));
            // A frame may be gone by now, or show the browser's own error page.
            let Ok(world) = self.world_of(id).await else { continue };
            if let Ok(seen) = self.ask_in(world, &document_script(self.limits.html / FRAMES)).await {
                found.push(Frame { url: url.to_owned(), html: text(&seen["html"]).to_owned() });
            }
        }
        Ok(found)
    }

    /// A picture of the view, or of a part of the page.
    pub(super) async fn picture(&mut self, clip: Option<Clip>) -> Result<Option<Vec<u8>>, Lost> {
        let mut params = json!({ "format": "png" });
        if let Some(clip) = clip {
            params["captureBeyondViewport"] = json!(true);
            params["clip"] = json!({
                "x": clip.x, "y": clip.y, "width": clip.width, "height": clip.height,
                "scale": 1.0 / self.order.screen.scale,
            });
        }
        match self.call("Page.captureScreenshot", params).await {
            Ok(answer) => {
                Ok(BASE64_STANDARD.decode(text(&answer["data"])).ok().filter(|png| !png.is_empty()))
            }
            Err(Lost::Refused(_) | Lost::Silent) => Ok(None),
            Err(lost) => Err(lost),
        }
    }

    /// Prints a document of ours, on A4 with page numbers and a line of ours below; PDF in base64.
    pub(super) async fn print(&mut self, html: &str, foot: &str) -> Result<String, Lost> {
        let frame = self.main_frame.clone();
        self.call("Page.setDocumentContent", json!({ "frameId": frame, "html": html })).await?;
        let foot = format!(
            "<div style='width:100%;font-size:8px;color:#555;padding:0 15mm;display:flex;justify-content:space-between;font-family:sans-serif'>\
             <span>{foot}</span><span><span class=pageNumber></span> / <span class=totalPages></span></span></div>"
        );
        let paper = json!({
            "printBackground": true, "paperWidth": 8.27, "paperHeight": 11.69, "marginTop": 0.55, "marginBottom": 0.65,
            "marginLeft": 0.55, "marginRight": 0.55, "displayHeaderFooter": true, "headerTemplate": "<span></span>",
            "footerTemplate": foot, "generateTaggedPDF": true, "generateDocumentOutline": true,
        });
        let printed = self.call("Page.printToPDF", paper).await?;
        Ok(text(&printed["data"]).to_owned())
    }

    /// Takes the page down with everything it kept. False when the browser did not say that it did.
    pub(super) async fn close(mut self) -> bool {
        self.wire.session = None;
        self.deadline = Instant::now();
        let context = self.context.clone();
        self.call("Target.disposeBrowserContext", json!({ "browserContextId": context })).await.is_ok()
    }
}

/// A part of the page, in CSS pixels from its upper left corner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clip {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Header fields that do not fit a body served from memory, unpacked.
const LEFT_OUT: [&str; 5] =
    ["content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive"];

fn user_agent(order: &Order) -> Value {
    let mut params = json!({ "userAgent": order.user_agent });
    // The browser weighs the list itself; quality values are its business.
    if let Some(language) = &order.language {
        let tags: Vec<&str> =
            language.split(',').filter_map(|tag| tag.split(';').next()).map(str::trim).collect();
        params["acceptLanguage"] = json!(tags.join(","));
    }
    let platforms = [("iPhone", "iPhone"), ("Android", "Linux armv81"), ("Windows", "Win32")];
    if let Some((_, platform)) = platforms.iter().find(|(word, _)| order.user_agent.contains(word)) {
        params["platform"] = json!(platform);
    }
    if let Some(hints) = &order.hints {
        let brands: Vec<Value> = hints
            .brands
            .iter()
            .map(|(brand, version)| json!({ "brand": brand, "version": version }))
            .collect();
        params["userAgentMetadata"] = json!({
            "brands": brands, "platform": hints.platform,
            "platformVersion": if hints.mobile { "10.0.0" } else { "15.0.0" },
            "architecture": if hints.mobile { "" } else { "x86" },
            "bitness": if hints.mobile { "" } else { "64" },
            "model": if hints.mobile { "K" } else { "" },
            "mobile": hints.mobile,
        });
    }
    params
}

fn document_script(cap: usize) -> String {
    format!(
        "(() => {{ const root = document.documentElement; \
         const type = document.doctype ? new XMLSerializer().serializeToString(document.doctype) + '\\n' : ''; \
         const html = type + (root ? root.outerHTML : ''); const body = document.body; \
         return {{ url: location.href, title: document.title, html: html.slice(0, {cap}), cut: html.length > {cap}, \
         width: root ? root.scrollWidth : 0, \
         height: Math.max(root ? root.scrollHeight : 0, body ? body.scrollHeight : 0) }}; }})()"
    )
}
