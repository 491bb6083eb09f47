//! From responses to pages: text, what stands in for the page, style sheets, scripts.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use url::Url;

use super::visit::{Gatherer, next_id};
use super::{ScanError, legal_day};
use crate::detect::dossier::{Dossier, View};
use crate::detect::landing::is_bare;
use crate::exchange::profile::{AgentClass, Profile};
use crate::exchange::stand_in::{self, StandIn};
use crate::exchange::{Exchange, Failure, Hop, Purpose, Response, charset};
use crate::fetch::Order;
use crate::finding::{NotAssessed, Reason};
use crate::id::sha256_hex;
use crate::lang::Bilingual;
use crate::page::{Page, Sheet, Viewport};
use crate::script::engine::{Document, Resources as ScriptResources, Terms};
use crate::script::observe::{Observation, observe_document};

/// How often scripts that scripts asked for are fetched and everything is run again.
const SCRIPT_ROUNDS: usize = 2;

/// Scripts fetched in one such round.
const SCRIPTS_A_ROUND: usize = 6;

/// Documents kept with what their scripts did, for pages that have the same.
const REHEARSED: usize = 6;

/// Style sheets and scripts that were fetched once and serve every view.
#[derive(Debug)]
pub(super) struct Resources {
    texts: HashMap<Url, Option<Arc<str>>>,
    left: usize,
}

impl Resources {
    pub(super) fn new(budget: usize) -> Self {
        Self { texts: HashMap::new(), left: budget }
    }

    /// What is at hand, by address.
    pub(super) fn at_hand(&self) -> impl Iterator<Item = (&Url, &str)> {
        self.texts.iter().filter_map(|(url, text)| Some((url, text.as_deref()?)))
    }

    /// What is at hand, as the script engine takes it.
    fn for_scripts(&self) -> ScriptResources {
        let at_hand =
            self.texts.iter().filter_map(|(url, text)| Some((url.to_string(), Arc::clone(text.as_ref()?))));
        ScriptResources { texts: at_hand.collect() }
    }
}

impl Gatherer<'_> {
    /// Reads the page at the end of the hops.
    pub(super) async fn read(
        &mut self,
        profile: &Profile,
        hops: Vec<Hop>,
        dossier: &mut Dossier,
    ) -> Result<View, ScanError> {
        let mut view = View {
            profile: profile.clone(),
            repetition: 0,
            hops,
            page: None,
            observation: None,
            rendering: None,
            stand_in: None,
            not_assessed: None,
            probe: false,
        };
        let Some(last) = view.last().and_then(|id| dossier.exchange(id)).cloned() else { return Ok(view) };
        let response = match &last.result {
            Ok(response) => response,
            Err(failure) => {
                view.not_assessed = Some(failed(&last, failure));
                return Ok(view);
            }
        };
        let decoded = charset::decode(&response.body, response.header("content-type").as_deref());
        view.stand_in =
            stand_in::recognise(response.status, &response.headers, &last.request.url, &decoded.text);
        view.not_assessed = not_a_page(&last, response, view.stand_in.as_ref());
        if !readable(response) {
            return Ok(view);
        }
        let page = self.page(&decoded.text, &last.request.url, profile, dossier).await?;
        // What a landing does not say, its scripts may do.
        let stone = last.purpose == Purpose::Landing && is_bare(&page);
        if last.purpose == Purpose::Page || stone {
            view.observation = self.observe(&page, &decoded.text, profile, dossier).await?;
        }
        view.page = Some(page);
        Ok(view)
    }

    /// What the page's scripts do for every virtual visitor. The same page is observed once a scan, and so are pages with
    /// the same scripts where those would do the same.
    async fn observe(
        &mut self,
        page: &Page,
        text: &str,
        profile: &Profile,
        dossier: &mut Dossier,
    ) -> Result<Option<Arc<Observation>>, ScanError> {
        let key = sha256_hex(text.as_bytes());
        if let Some(known) = self.observed.get(&key) {
            return Ok(Some(Arc::clone(known)));
        }
        let document = Document::of(page, text);
        if !document.is_of_interest() {
            return Ok(Some(Arc::default()));
        }
        let document = Arc::new(document);
        let resources = self.resources.for_scripts();
        let taken =
            self.rehearsed.iter().find_map(|(like, known)| known.taken_over(like, &document, &resources));
        let observation = match taken {
            Some(taken) => Arc::new(taken),
            None => {
                let observed = self.observe_anew(&document, resources, page, profile, dossier).await?;
                let Some(observed) = observed else {
                    return Ok(None);
                };
                let observed = Arc::new(observed);
                self.rehearsed.truncate(REHEARSED - 1);
                self.rehearsed.push_front((document, Arc::clone(&observed)));
                observed
            }
        };
        self.observed.insert(key, Arc::clone(&observation));
        Ok(Some(observation))
    }

    /// Runs the scripts of a document, and again with those that they asked for.
    async fn observe_anew(
        &mut self,
        document: &Arc<Document>,
        resources: ScriptResources,
        page: &Page,
        profile: &Profile,
        dossier: &mut Dossier,
    ) -> Result<Option<Observation>, ScanError> {
        let Some(mut observation) = self.run_scripts(document, resources, dossier.started).await else {
            return Ok(None);
        };
        for _ in 0..SCRIPT_ROUNDS {
            let mut fetched = false;
            for url in self.asked_for(&observation) {
                fetched |= self.resource(&url, Purpose::Script, &page.url, profile, dossier).await?.is_some();
            }
            if !fetched {
                break;
            }
            let resources = self.resources.for_scripts();
            let Some(again) = self.run_scripts(document, resources, dossier.started).await else { break };
            observation = again;
        }
        Ok(Some(observation))
    }

    /// Scripts and texts that scripts asked for and that nobody has fetched yet.
    fn asked_for(&self, observation: &Observation) -> Vec<Url> {
        let scripts = observation.wanted.iter().filter(|wanted| wanted.script);
        let texts = observation.wanted_texts().filter_map(|url| Url::parse(url).ok());
        let texts =
            texts.filter(|url| matches!(url.scheme(), "http" | "https") && !self.scanner.known.is_known(url));
        let addresses = scripts.filter_map(|wanted| Url::parse(&wanted.url).ok()).chain(texts);
        addresses.filter(|url| !self.resources.texts.contains_key(url)).take(SCRIPTS_A_ROUND).collect()
    }

    /// On a thread for heavy work. A fault of the engine leaves the page unobserved.
    async fn run_scripts(
        &self,
        document: &Arc<Document>,
        resources: ScriptResources,
        day: Timestamp,
    ) -> Option<Observation> {
        let document = Arc::clone(document);
        let terms = Terms::on(legal_day(day));
        let work = move || observe_document(&document, &resources, terms);
        self.scanner.heavily(work).await.ok()
    }

    /// Parses a document with the style sheets and scripts it asks for; the same bytes at the same address once.
    pub(super) async fn page(
        &mut self,
        text: &str,
        url: &Url,
        profile: &Profile,
        dossier: &mut Dossier,
    ) -> Result<Arc<Page>, ScanError> {
        let phone = matches!(profile.agent.class(), AgentClass::Mobile | AgentClass::Wechat);
        let key = (sha256_hex(text.as_bytes()), url.clone(), phone);
        if let Some(known) = self.parsed.get(&key) {
            return Ok(Arc::clone(known));
        }
        let viewport = if phone { Viewport::PHONE } else { Viewport::DESKTOP };
        let sheets = self.sheets(text, url, profile, dossier).await?;
        let mut page = Page::parse(text, url, &sheets, viewport);
        for index in 0..page.scripts.len() {
            if let Some(source) = page.scripts[index].url.clone()
                && let Some(code) = self.resource(&source, Purpose::Script, url, profile, dossier).await?
            {
                page.scripts[index].code = code.to_string();
            }
        }
        let page = Arc::new(page);
        self.parsed.insert(key, Arc::clone(&page));
        Ok(page)
    }

    /// The style sheets of a page, and those that they import, as far as the budget goes.
    async fn sheets(
        &mut self,
        text: &str,
        url: &Url,
        profile: &Profile,
        dossier: &mut Dossier,
    ) -> Result<Vec<Sheet>, ScanError> {
        let mut sheets: Vec<Sheet> = Vec::new();
        let mut given_up: Vec<Url> = Vec::new();
        loop {
            let mut wanted = Page::wanted_sheets(text, url, &sheets);
            wanted.retain(|sheet| !given_up.contains(sheet));
            if wanted.is_empty() {
                return Ok(sheets);
            }
            for sheet in wanted {
                match self.resource(&sheet, Purpose::StyleSheet, url, profile, dossier).await? {
                    Some(text) => sheets.push(Sheet { url: sheet, text: text.to_string() }),
                    None => given_up.push(sheet),
                }
            }
        }
    }

    /// A style sheet or script, fetched once per scan, with the page as referrer.
    pub(super) async fn resource(
        &mut self,
        url: &Url,
        purpose: Purpose,
        page: &Url,
        profile: &Profile,
        dossier: &mut Dossier,
    ) -> Result<Option<Arc<str>>, ScanError> {
        if let Some(known) = self.resources.texts.get(url) {
            return Ok(known.clone());
        }
        if !matches!(url.scheme(), "http" | "https") || self.resources.left == 0 {
            return Ok(None);
        }
        self.resources.left -= 1;
        let order = Order::page(url.clone(), profile.clone()).purpose(purpose).from(page.clone());
        let jar = crate::fetch::Jar::new(profile.cookies);
        let exchange = self.scanner.fetcher.get(&order, &jar, next_id(dossier)).await;
        let text = exchange
            .response()
            .filter(|response| response.status == 200)
            .map(|response| charset::decode(&response.body, response.header("content-type").as_deref()).text)
            .map(Arc::<str>::from);
        self.keep(dossier, exchange)?;
        self.resources.texts.insert(url.clone(), text.clone());
        Ok(text)
    }
}

/// Whether a body may be read as a document.
fn readable(response: &Response) -> bool {
    let kind = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let declared = [
        "image/",
        "video/",
        "audio/",
        "font/",
        "application/zip",
        "application/pdf",
        "application/octet-stream",
    ];
    let other = declared.iter().any(|head| kind.trim_start().starts_with(head));
    !(other || response.body.is_empty() || charset::looks_binary(&response.body))
}

/// Why there is no page to judge although there was a response; `None` when there is one.
fn not_a_page(exchange: &Exchange, response: &Response, stand_in: Option<&StandIn>) -> Option<NotAssessed> {
    let gap = |reason, zh: String, en: String| {
        Some(NotAssessed { url: exchange.request.url.to_string(), reason, detail: Bilingual::new(zh, en) })
    };
    if let Some(stand_in) = stand_in {
        let (reason, words) = stood_in(stand_in);
        return gap(reason, words.zh, words.en);
    }
    let status = response.status;
    match status {
        401 | 403 | 405 | 429 | 451 => gap(
            Reason::Blocked,
            format!("服务器拒绝了访问（状态 {status}）；可放慢速度，或请网站运营者放行。"),
            format!(
                "the server refused (status {status}); go slower, or ask the operator to let the scanner in."
            ),
        ),
        500.. => gap(
            Reason::ServerError,
            format!("服务器出错（状态 {status}）；请稍后重试。"),
            format!("the server failed (status {status}); try again later."),
        ),
        _ if response.body.is_empty() && !(300..400).contains(&status) => gap(
            Reason::NotAPage,
            "响应没有内容；请用浏览器确认，可能需要执行脚本。".to_owned(),
            "the response is empty; look with a browser, it may need scripts.".to_owned(),
        ),
        _ if !readable(response) && !response.body.is_empty() => gap(
            Reason::NotAPage,
            "响应不是网页（二进制内容），未作判断。".to_owned(),
            "the response is no document but binary content; it was not judged.".to_owned(),
        ),
        _ => cut(exchange, response),
    }
}

/// What stood in for the page, and what to do about it.
fn stood_in(stand_in: &StandIn) -> (Reason, Bilingual) {
    match stand_in {
        StandIn::Challenge { vendor } => (
            Reason::Challenge,
            Bilingual::new(
                format!("被防护（{vendor}）拦截，未取得内容；请联系网站运营者放行本机出口地址，不要绕过。"),
                format!(
                    "stopped by {vendor}: no content was got; ask the operator to let this network in, do not evade it."
                ),
            ),
        ),
        StandIn::ProviderBlock { vendor } => (
            Reason::ProviderBlock,
            Bilingual::new(
                format!("接入商（{vendor}）以未备案为由阻断；请到备案系统核实该域名。"),
                format!(
                    "blocked by the provider ({vendor}) for lack of filing; check the domain in the filing system."
                ),
            ),
        ),
        StandIn::Shutdown => (
            Reason::StandIn,
            Bilingual::new(
                "网站已被主管部门或接入商关停，显示的是关停告示。",
                "the site was shut down; what is shown is the notice.",
            ),
        ),
        StandIn::Parked => (
            Reason::StandIn,
            Bilingual::new(
                "域名处于停放或出售状态；如曾是本单位域名，请核实是否过期失守。",
                "the domain is parked or for sale; if it was the unit's own, check whether it lapsed.",
            ),
        ),
        StandIn::DefaultServerPage { product } => (
            Reason::StandIn,
            Bilingual::new(
                format!("显示的是 {product} 的默认页面，网站未配置或已迁走。"),
                format!("this is the default page of {product}: the site is not set up or has moved."),
            ),
        ),
        StandIn::Maintenance => (
            Reason::StandIn,
            Bilingual::new(
                "网站正在维护；请在维护结束后复查。",
                "the site is under maintenance; look again afterwards.",
            ),
        ),
        StandIn::GatewayError => (
            Reason::ServerError,
            Bilingual::new(
                "网关或内容分发网络报错；请稍后重试。",
                "a gateway or content network failed; try again later.",
            ),
        ),
        StandIn::MissingBucket => (
            Reason::StandIn,
            Bilingual::new(
                "指向的存储桶或托管站点不存在，可能被他人抢注接管；请尽快清理解析。",
                "the storage bucket or hosted site behind the name does not exist and could be taken over; remove the record.",
            ),
        ),
    }
}

/// A page that was cut short is judged as far as it goes, and the rest is said to be missing.
fn cut(exchange: &Exchange, response: &Response) -> Option<NotAssessed> {
    use crate::exchange::Cut;
    let (reason, zh, en) = match response.cut? {
        Cut::TooLarge => (
            Reason::TooLarge,
            "页面超过大小上限，只判断了前面的部分。",
            "the page is over the size cap; only its beginning was judged.",
        ),
        Cut::TooLargeDecompressed => (
            Reason::TooLarge,
            "页面解压后超过上限（可能是压缩炸弹），只判断了前面的部分。",
            "the page is over the cap after decompression (perhaps a bomb); only its beginning was judged.",
        ),
        Cut::TooSlow => (
            Reason::Budget,
            "服务器发送过慢，已中止；只判断了收到的部分。",
            "the server sent too slowly and was cut off; only what had come was judged.",
        ),
        Cut::OutOfTime => (
            Reason::Budget,
            "传输超过总时限，只判断了收到的部分；请稍后重试。",
            "the transfer ran out of time; only what had come was judged. Try again later.",
        ),
        Cut::Broken => (
            Reason::ServerError,
            "传输中断或内容编码损坏，只判断了收到的部分；请重试。",
            "the transfer broke or its coding is damaged; only what had come was judged. Try again.",
        ),
    };
    Some(NotAssessed { url: exchange.request.url.to_string(), reason, detail: Bilingual::new(zh, en) })
}

/// Why there was no response, with what to do.
fn failed(exchange: &Exchange, failure: &Failure) -> NotAssessed {
    let (reason, zh, en) = match failure {
        Failure::Unresolvable(name) => (
            Reason::Unreachable,
            format!("域名 {name} 无法解析；请核对拼写，或检查 DNS。"),
            format!("the name {name} does not resolve; check its spelling or the DNS."),
        ),
        Failure::Refused => (
            Reason::Unreachable,
            "连接被拒绝：该地址与端口上没有服务；请核对端口。".to_owned(),
            "the connection was refused: nobody listens there; check the port.".to_owned(),
        ),
        Failure::TimedOut => (
            Reason::Unreachable,
            "在时限内没有应答；请稍后或换一条线路再试。".to_owned(),
            "no answer in time; try again later or from another network.".to_owned(),
        ),
        Failure::Closed(why) => (
            Reason::Unreachable,
            format!("连接在应答之前被关闭（{why}）；境内主机上常见于未备案域名被阻断，请换线路复核。"),
            format!(
                "the connection was closed before an answer ({why}); in the mainland this is how hosts without filing are often blocked."
            ),
        ),
        Failure::Tls(why) => (
            Reason::Unreachable,
            format!("TLS 握手失败（{why}）；可改用 http:// 再查一次。"),
            format!("the TLS handshake failed ({why}); try http:// as well."),
        ),
        Failure::NotHttp(why) => (
            Reason::NotAPage,
            format!("对方的应答不是 HTTP（{why}）；请核对端口。"),
            format!("the answer is not HTTP ({why}); check the port."),
        ),
        Failure::ForbiddenAddress(address) => (
            Reason::Scope,
            format!("{address} 是内网或保留地址，未访问；确需检查请加 --allow-private。"),
            format!(
                "{address} is a private or reserved address and was not asked; add --allow-private if it must be."
            ),
        ),
        Failure::Scheme(scheme) => (
            Reason::Scope,
            format!("不支持 {scheme} 地址；只检查 http 与 https。"),
            format!("{scheme} addresses are not followed; only http and https are."),
        ),
        Failure::NotKept => (
            Reason::Budget,
            "当时未访问此址，证据中没有应答；如需判断请重新检查。".to_owned(),
            "it was not asked at the time, the evidence holds no answer; scan again to judge it.".to_owned(),
        ),
        Failure::Other(why) => (
            Reason::Unreachable,
            format!("未能完成访问（{why}）；请重试。"),
            format!("the visit was not finished ({why}); try again."),
        ),
    };
    NotAssessed { url: exchange.request.url.to_string(), reason, detail: Bilingual::new(zh, en) }
}
