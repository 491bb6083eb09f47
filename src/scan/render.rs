//! The browser as last resort: what is unsure and matters is looked at as it is painted, and what was found is pictured.
//!
//! The page's own bytes, style sheets and scripts are served from what was fetched; what else it needs passes the same
//! guard and waits for the same turns. Every picture and rendered document is kept as evidence before anybody looks at it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use url::Url;

use super::verdict::Judged;
use super::visit::Gatherer;
use super::{BrowserUse, Progress, ScanError, Scanner, legal_day};
use crate::browser::{
    Browser, BrowserError, Finder, Guard, Marked, Means, Order, Outcome, Place, Rendered, Screen, Settings,
};
use crate::detect::dossier::{Dossier, Rendering, View};
use crate::detect::unsettled::{Unsettled, unsettled};
use crate::evidence::{KeptResource, Made};
use crate::exchange::host::same_site;
use crate::exchange::profile::Profile;
use crate::exchange::{Exchange, Purpose};
use crate::finding::{EvidenceRef, EvidenceRole, Finding, NotAssessed, Picture, Reason, Severity, State};
use crate::id::ProfileId;
use crate::lang::Bilingual;

use crate::script::visitor::{Client, Remembers, Visitor};

/// Views of one page that a browser settles.
const SETTLED: usize = 3;
/// Visits to one page for pictures of findings.
const PICTURED: usize = 3;
/// Findings pictured in one visit.
const PLACES: usize = 8;
/// How much time passes for a page whose scripts are in doubt: as much as for a virtual visitor.
const PATIENCE: Duration = Duration::from_secs(120);

/// Something that a rendering left to be kept: what it is, type, extension, bytes, when.
struct Leaf<'a>(&'static str, &'a Url, &'static str, &'static str, &'a [u8], Timestamp);

impl Scanner {
    /// The browser, started when it is first asked; `None` where there is none or none may be used.
    async fn browser(&self) -> Option<&Browser> {
        if self.settings.browser == BrowserUse::Never {
            return None;
        }
        self.browser.get_or_init(|| self.start_browser()).await.as_ref()
    }

    async fn start_browser(&self) -> Option<Browser> {
        let settings = Settings::found()?;
        let (admits, turns) = (Arc::clone(&self.fetcher), Arc::clone(&self.fetcher));
        let guard = Guard::of(move |url| {
            let fetcher = Arc::clone(&admits);
            Box::pin(async move { fetcher.admit(&url).await })
        });
        let guard = guard.paced(move |url| {
            let fetcher = Arc::clone(&turns);
            Box::pin(async move { fetcher.turn(&url).await })
        });
        match Browser::launch(settings, guard).await {
            Ok(browser) => Some(browser),
            Err(error) => {
                tracing::warn!(%error, "no browser could be started");
                None
            }
        }
    }
}

impl Gatherer<'_> {
    /// Lets a browser decide what is open and matters, and says what stays open without one.
    pub(super) async fn settle(&mut self, dossier: &mut Dossier) -> Result<(), ScanError> {
        let mut open = unsettled(dossier, &self.context());
        if self.scanner.settings.browser == BrowserUse::Always {
            add_first_view(dossier, &mut open);
        }
        if open.is_empty() {
            return Ok(());
        }
        let scanner = self.scanner;
        let Some(browser) = scanner.browser().await else {
            dossier.not_assessed.push(left_open(&dossier.url, &open, scanner.settings.browser));
            return Ok(());
        };
        for one in open.iter().take(SETTLED) {
            self.settle_view(browser, dossier, one).await?;
        }
        if open.len() > SETTLED {
            let rest = &open[SETTLED..];
            dossier.not_assessed.push(left_open(&dossier.url, rest, scanner.settings.browser));
        }
        Ok(())
    }

    async fn settle_view(
        &mut self,
        browser: &Browser,
        dossier: &mut Dossier,
        open: &Unsettled,
    ) -> Result<(), ScanError> {
        let Some(view) = dossier.views.get(open.view).cloned() else { return Ok(()) };
        let (Some(mut order), Some(mut shared)) = (self.order(dossier, &view), view.page.clone()) else {
            return Ok(());
        };
        if let Some(first) = Visitor::all(legal_day(dossier.started)).first().filter(|_| open.scripts) {
            // Scripts in doubt are watched for as long as a virtual visitor would have been, on the same evening.
            order = at_the_time_of(order, first);
        }
        let links = open.links.iter().map(|&index| &shared.links[index]);
        let mut places: Vec<Place> =
            links.map(|link| place(&link.selector, [&link.href, &link.text])).collect();
        let blocks = open.blocks.iter().map(|&index| &shared.blocks[index]);
        places.extend(blocks.map(|block| place(&block.selector, [&beginning(&block.text)])));
        let shown = self.show(browser, &order, &places, &view).await;
        let (rendered, marked) = match shown {
            Ok(shown) => shown,
            Err(error) => {
                tracing::warn!(url = %dossier.url, %error, "the browser did not show a page");
                dossier.not_assessed.push(lost(&dossier.url, &error.to_string()));
                return Ok(());
            }
        };
        self.keep_rendering(&rendered, &view)?;
        // What was painted for this visitor is said of his page alone.
        let page = Arc::make_mut(&mut shared);
        for (&index, mark) in open.links.iter().zip(&marked) {
            if mark.found {
                page.links[index].visibility.settle(mark.visible);
            }
        }
        for (&index, mark) in open.blocks.iter().zip(&marked[open.links.len().min(marked.len())..]) {
            if mark.found {
                page.blocks[index].visibility.settle(mark.visible);
            }
        }
        if let Some(gap) = gap(&dossier.url, &rendered, open) {
            dossier.not_assessed.push(gap);
        }
        let rendering = self.rendering(&view, &rendered, dossier).await?;
        if let Some(view) = dossier.views.get_mut(open.view) {
            view.page = Some(shared);
            view.rendering = Some(Arc::new(rendering));
        }
        Ok(())
    }

    /// What a browser showed, in the terms that detectors read.
    async fn rendering(
        &mut self,
        view: &View,
        rendered: &Rendered,
        dossier: &mut Dossier,
    ) -> Result<Rendering, ScanError> {
        let mut led: Vec<(Url, &'static str)> = Vec::new();
        for hop in rendered.hops.iter().skip(1) {
            if let Some(method) = method(hop.by) {
                led.push((hop.url.clone(), method));
            }
        }
        let sent = rendered.withheld.iter().filter_map(|one| Url::parse(&one.url).ok());
        let forms = sent.filter(|to| !same_site(to, &dossier.url));
        led.extend(forms.map(|to| (to, "js-synthetic-click")));
        let at_home = rendered.final_url.as_ref().filter(|end| same_site(end, &dossier.url)).cloned();
        let page = match (&rendered.html, at_home) {
            (Some(html), Some(end)) => Some(self.page(html, &end, &view.profile, dossier).await?),
            _ => None,
        };
        Ok(Rendering { led, page })
    }

    /// Takes pictures of the places of findings that stand.
    pub(super) async fn illustrate(
        &mut self,
        dossier: &Dossier,
        judged: &mut Judged,
    ) -> Result<(), ScanError> {
        let scanner = self.scanner;
        // A picture of such a page would show in reports what the words mask, whatever it was taken for.
        if judged.findings.iter().any(|reported| reported.finding.detail.contains_key("personal_data")) {
            tracing::info!(url = %dossier.url, "no picture was taken of a page that shows personal data");
            return Ok(());
        }
        let mut groups: Vec<(usize, Option<String>, Vec<usize>)> = Vec::new();
        for (index, reported) in judged.findings.iter().enumerate() {
            let finding = &reported.finding;
            let stands = finding.severity >= Severity::Medium || finding.state != State::Risk;
            let Some(view) = view_of(dossier, finding).filter(|_| stands) else { continue };
            let visitor = finding.conditions.visitors.first().cloned();
            match groups.iter_mut().find(|(known, as_who, _)| *known == view && *as_who == visitor) {
                Some((_, _, findings)) if findings.len() >= PLACES => {}
                Some((_, _, findings)) => findings.push(index),
                None => groups.push((view, visitor, vec![index])),
            }
        }
        if groups.is_empty() {
            return Ok(());
        }
        let Some(browser) = scanner.browser().await else { return Ok(()) };
        for (view, visitor, findings) in groups.into_iter().take(PICTURED) {
            let view = &dossier.views[view];
            let Some(mut order) = self.order(dossier, view) else { continue };
            let visitors = Visitor::all(legal_day(dossier.started));
            let visitor = visitor.and_then(|id| visitors.iter().find(|visitor| visitor.id == id));
            if let Some(visitor) = visitor {
                order = visited_as(order, visitor);
            }
            let places: Vec<Place> =
                findings.iter().map(|&index| place_of(&judged.findings[index].finding)).collect();
            match self.show(browser, &order, &places, view).await {
                Ok((rendered, marked)) => {
                    for (index, mark) in findings.into_iter().zip(&marked) {
                        let pictures = self.pictures(&rendered, mark, view)?;
                        judged.findings[index].evidence.extend(pictures);
                    }
                }
                Err(error) => tracing::warn!(url = %dossier.url, %error, "no picture could be taken"),
            }
        }
        Ok(())
    }

    /// The pictures of one place, kept: framed and revealed where it was found, else what visitors see first.
    fn pictures(
        &mut self,
        rendered: &Rendered,
        mark: &Marked,
        view: &View,
    ) -> Result<Vec<EvidenceRef>, ScanError> {
        let at = Timestamp::now();
        let end = rendered.final_url.as_ref().or_else(|| view.end());
        let Some(end) = end.cloned() else { return Ok(Vec::new()) };
        let id = &view.profile.id;
        let mut wanted: Vec<(&'static str, &Option<Vec<u8>>, Bilingual)> = Vec::new();
        if mark.found && mark.visible {
            wanted.push((
                "urn:marked:",
                &mark.picture,
                caption(id, "红框标出问题所在", "the place in a red frame"),
            ));
        } else if mark.found {
            let zh = "为取证而显示的隐藏内容，访客原本看不到";
            wanted.push((
                "urn:revealed:",
                &mark.revealed,
                caption(id, zh, "hidden content, revealed for evidence"),
            ));
            wanted.push(("urn:marked:", &mark.picture, caption(id, "访客所见", "as visitors see it")));
        } else {
            wanted.push(("urn:view:", &rendered.view, caption(id, "访客所见", "as visitors see it")));
        }
        let mut kept = Vec::new();
        for (what, png, mut caption) in wanted {
            let Some(png) = png else { continue };
            if view.end().is_some_and(|asked| !same_site(asked, &end)) {
                caption.zh += &format!("（已被带往 {end}）");
                caption.en += &format!(" (led to {end})");
            }
            let leaf = Leaf(what, &end, "image/png", "png", png, at);
            if let Some(resource) = self.keep_leaf(&leaf)? {
                kept.push(reference(&self.folder, &resource, caption, png));
            }
        }
        Ok(kept)
    }

    /// Keeps what a visit for a verdict showed: the rendered document, the view and the whole page, the way it went.
    fn keep_rendering(&mut self, rendered: &Rendered, view: &View) -> Result<(), ScanError> {
        let Some(end) = rendered.final_url.as_ref().or_else(|| view.end()).cloned() else { return Ok(()) };
        let at = Timestamp::now();
        let way = serde_json::json!({
            "format": 1, "profile": view.profile.id, "outcome": format!("{:?}", rendered.outcome),
            "hops": rendered.hops.iter().map(|hop| serde_json::json!({
                "url": hop.url, "by": format!("{:?}", hop.by).to_lowercase(), "status": hop.status, "error": hop.error,
            })).collect::<Vec<_>>(),
            "final_url": rendered.final_url, "title": rendered.title,
            "dialogs": rendered.dialogs.iter().map(|dialog| &dialog.message).collect::<Vec<_>>(),
            "popups": rendered.popups.iter().map(|popup| &popup.url).collect::<Vec<_>>(),
            "downloads": rendered.downloads.iter().map(|download| &download.url).collect::<Vec<_>>(),
            "withheld": rendered.withheld.iter().map(|one| format!("{} {}", one.method, one.url)).collect::<Vec<_>>(),
        });
        let way = way.to_string();
        let mut leaves = vec![Leaf("urn:rendering:", &end, "application/json", "json", way.as_bytes(), at)];
        if let Some(html) = &rendered.html {
            leaves.push(Leaf("urn:rendered:", &end, "text/html; charset=utf-8", "html", html.as_bytes(), at));
        }
        for (what, png) in [("urn:view:", &rendered.view), ("urn:fullPage:", &rendered.page)] {
            if let Some(png) = png {
                leaves.push(Leaf(what, &end, "image/png", "png", png, at));
            }
        }
        for leaf in &leaves {
            self.keep_leaf(leaf)?;
        }
        Ok(())
    }

    fn keep_leaf(&mut self, leaf: &Leaf<'_>) -> Result<Option<KeptResource>, ScanError> {
        let Leaf(what, url, content_type, extension, bytes, at) = *leaf;
        let Some(keeper) = &mut self.keeper else { return Ok(None) };
        let uri = format!("{what}{url}");
        Ok(Some(keeper.keep_made(Made { uri: &uri, content_type, extension, bytes, at })?))
    }

    async fn show(
        &self,
        browser: &Browser,
        order: &Order,
        places: &[Place],
        view: &View,
    ) -> Result<(Rendered, Vec<Marked>), BrowserError> {
        let profile = view.profile.id.to_string();
        (self.watch)(Progress::Rendering { url: order.url.clone(), profile });
        browser.mark(order, places, self.scanner.settings.lang).await
    }

    /// A visit under the view's profile to where its way ended, with everything that is at hand.
    fn order(&self, dossier: &Dossier, view: &View) -> Option<Order> {
        let exchange = dossier.exchange(view.last()?)?;
        let mut order = Order::new(exchange.request.url.clone(), &view.profile);
        let mut headers = exchange.request.headers.iter();
        order.referrer =
            headers.find(|(name, _)| name.eq_ignore_ascii_case("referer")).map(|(_, value)| value.clone());
        order.kept = Some(kept(exchange)?);
        let mut parts: HashMap<String, crate::browser::Kept> = HashMap::new();
        for (url, text) in self.resources.at_hand() {
            let kind = if url.path().ends_with(".css") { "text/css" } else { "text/javascript" };
            parts.insert(url.to_string(), made_up(kind, text));
        }
        let fetched = dossier.exchanges.iter().filter(|exchange| {
            matches!(exchange.purpose, Purpose::Script | Purpose::StyleSheet | Purpose::Frame)
        });
        parts.extend(fetched.filter_map(|part| Some((part.request.url.to_string(), kept(part)?))));
        order.parts = Arc::new(parts);
        Some(order)
    }
}

/// The same visit as a virtual visitor: client, referrer, clock, chance, and as much time as he has.
pub fn visited_as(order: Order, visitor: &Visitor) -> Order {
    let screen = if visitor.client.is_phone() { Screen::PHONE } else { Screen::DESKTOP };
    let like = match visitor.client {
        Client::Android => Profile::by_id("m"),
        Client::Desktop => Profile::by_id("d"),
        Client::Iphone | Client::Wechat | Client::Spider => None,
    };
    let hints = like.and_then(|profile| Order::new(order.url.clone(), &profile).hints);
    Order {
        user_agent: visitor.client.agent().to_owned(),
        hints,
        referrer: (!visitor.referrer.is_empty()).then(|| visitor.referrer.to_owned()),
        screen,
        opener: visitor.opener,
        returning: visitor.remembers != Remembers::Nothing,
        ..at_the_time_of(order, visitor)
    }
}

/// The same visit with a virtual visitor's clock and chance, and as much time as he has.
fn at_the_time_of(order: Order, visitor: &Visitor) -> Order {
    // A small drift, as for the virtual visitor: a page that draws until two draws differ gets on.
    let drift = |draw: u32| f64::from(draw % 7) * 1e-9;
    let draw = |number| if visitor.random == 0.0 { drift(number) } else { visitor.random - drift(number) };
    Order {
        clock: Timestamp::from_millisecond(visitor.clock_ms()).ok(),
        random: (1..=7).map(draw).collect(),
        fast_forward: Some(PATIENCE),
        ..order
    }
}

/// Where every page is looked at, the first view that has one is looked at even if nothing is open.
fn add_first_view(dossier: &Dossier, open: &mut Vec<Unsettled>) {
    let first = dossier.views.iter().position(|view| !view.probe && view.page.is_some());
    if let Some(view) = first.filter(|view| open.iter().all(|one| one.view != *view)) {
        open.insert(
            0,
            Unsettled { view, links: Vec::new(), blocks: Vec::new(), scripts: false, marks: false },
        );
    }
}

/// The view whose page a finding is about.
fn view_of(dossier: &Dossier, finding: &Finding) -> Option<usize> {
    let rests = |view: &View| view.hops.iter().any(|hop| finding.exchanges.contains(&hop.exchange));
    let whole = |view: &View| view.page.is_some() && rests(view);
    let named = |view: &View| finding.place.profile.as_ref() == Some(&view.profile.id);
    let views = || dossier.views.iter();
    views().position(|view| whole(view) && named(view)).or_else(|| views().position(whole))
}

/// Where a finding points in the rendered page.
fn place_of(finding: &Finding) -> Place {
    let mut holds: Vec<String> = finding.payload.urls.iter().take(8).cloned().collect();
    let anchors = finding.detail.get("anchors").and_then(|anchors| anchors.as_array());
    let anchors = anchors.into_iter().flatten().filter_map(|text| text.as_str());
    holds.extend(anchors.filter(|text| text.chars().count() > 1).take(4).map(str::to_owned));
    holds.extend(finding.payload.terms.iter().take(4).cloned());
    let label = |text: &str| text.chars().take(40).collect::<String>();
    Place {
        by: Finder::Selector(finding.place.selector.clone().unwrap_or_default()),
        holds,
        pictured: true,
        label: Bilingual::new(label(&finding.title.zh), label(&finding.title.en)),
    }
}

fn place<'a>(selector: &str, holds: impl IntoIterator<Item = &'a String>) -> Place {
    Place {
        by: Finder::Selector(selector.to_owned()),
        holds: holds.into_iter().filter(|piece| !piece.trim().is_empty()).cloned().collect(),
        pictured: false,
        label: Bilingual::new("", ""),
    }
}

fn beginning(text: &str) -> String {
    text.chars().take(24).collect()
}

/// The technique's id of what led the main frame on; `None` for what no script or markup did.
fn method(by: Means) -> Option<&'static str> {
    match by {
        Means::Script => Some("js-location-assign"),
        Means::Form | Means::Link => Some("js-synthetic-click"),
        Means::MetaRefresh => Some("meta-refresh"),
        Means::RefreshHeader => Some("refresh-header"),
        Means::Visitor | Means::Status | Means::Reload | Means::Back | Means::Other => None,
    }
}

fn kept(exchange: &Exchange) -> Option<crate::browser::Kept> {
    let response = exchange.response()?;
    Some(crate::browser::Kept {
        status: response.status,
        headers: response.headers.clone(),
        body: response.body.clone(),
    })
}

fn made_up(kind: &str, text: &str) -> crate::browser::Kept {
    crate::browser::Kept {
        status: 200,
        headers: vec![("content-type".to_owned(), format!("{kind}; charset=utf-8").into_bytes())],
        body: Bytes::copy_from_slice(text.as_bytes()),
    }
}

fn caption(id: &ProfileId, zh: &str, en: &str) -> Bilingual {
    Bilingual::new(format!("{zh}（访问身份 {id}）"), format!("{en} (profile {id})"))
}

fn reference(folder: &Path, resource: &KeptResource, caption: Bilingual, png: &[u8]) -> EvidenceRef {
    EvidenceRef {
        sha256: resource.digest.sha256.clone(),
        sm3: resource.digest.sm3.clone(),
        role: EvidenceRole::Screenshot,
        at: resource.at,
        picture: Some(Picture {
            caption,
            file: folder.join(&resource.file).display().to_string(),
            png: Bytes::copy_from_slice(png),
        }),
    }
}

/// What stays open because no browser was asked.
fn left_open(url: &Url, open: &[Unsettled], usage: BrowserUse) -> NotAssessed {
    let places: usize = open.iter().map(|one| one.links.len() + one.blocks.len()).sum();
    let scripts = open.iter().any(|one| one.scripts);
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    if places > 0 {
        zh.push(format!("{places} 处可疑内容访客是否看得到"));
        en.push(format!("whether visitors can see {places} suspicious places"));
    }
    if scripts {
        zh.push("可疑脚本未能在模拟环境中执行完，其最终行为".to_owned());
        en.push("what suspicious scripts do that did not come to their end in simulation".to_owned());
    }
    if open.iter().any(|one| one.marks) {
        zh.push("由脚本生成的首页是否标明备案标识".to_owned());
        en.push("whether a home page that scripts make shows its marks".to_owned());
    }
    if zh.is_empty() {
        zh.push("脚本执行后的页面".to_owned());
        en.push("the page as scripts leave it".to_owned());
    }
    let (why_zh, why_en) = match usage {
        BrowserUse::Never => {
            ("已用 --browser never 关闭浏览器", "the browser was turned off by --browser never")
        }
        _ => (
            "没有可用的浏览器，或已达每页渲染次数上限；请安装 chromium-headless-shell，或用 XUNCHA_CHROMIUM 指明程序",
            "no browser was at hand, or the page's share was used up; install chromium-headless-shell, or name a program in XUNCHA_CHROMIUM",
        ),
    };
    NotAssessed {
        url: url.to_string(),
        reason: Reason::NeedsBrowser,
        detail: Bilingual::new(
            format!("未能确定：{}（{why_zh}）。", zh.join("；")),
            format!("left open: {} ({why_en}).", en.join("; ")),
        ),
    }
}

/// What a visit that did not come to its end leaves open, where something hung on it.
fn gap(url: &Url, rendered: &Rendered, open: &Unsettled) -> Option<NotAssessed> {
    let hangs = open.scripts || !open.links.is_empty() || !open.blocks.is_empty();
    let finished = matches!(rendered.outcome, Outcome::Complete | Outcome::TimedOut { hung: false });
    // A page that was led on has shown what its scripts do, wherever that ends.
    if !hangs || finished || rendered.hops.len() > 1 {
        return None;
    }
    Some(lost(url, &format!("{:?}", rendered.outcome)))
}

fn lost(url: &Url, why: &str) -> NotAssessed {
    NotAssessed {
        url: url.to_string(),
        reason: Reason::NeedsBrowser,
        detail: Bilingual::new(
            format!("浏览器未能完成渲染（{why}），可疑之处未能确定；请稍后重试，或人工用浏览器查看。"),
            format!(
                "the browser did not finish ({why}), what is suspicious stays open; try again later, or look by hand."
            ),
        ),
    }
}
