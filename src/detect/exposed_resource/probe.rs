//! The short, fixed list of addresses at which something may lie open, and which of them is to be asked for next.
//!
//! Only with written authorisation, and nothing beyond this list: no names are guessed, nothing is logged in to,
//! submitted, uploaded or downloaded. Of a file no more is read than tells what it is, of a page its beginning. The list
//! and its limits: section 8.3 of the detection catalogue. Asking is the business of `scan`.

use url::Url;

use super::answer::{Answer, Exposure};
use super::listing::listing;
use super::panel::{admin_login, console, environment, office};
use super::technique::{self, Technique};
use super::{script, sign};
use crate::detect::dossier::{Asked, Dossier, Exposures, ProbeRole};
use crate::exchange::host::{domain_of, same_site};
use crate::exchange::stand_in::{self, StandIn};
use crate::exchange::{Exchange, Response};
use crate::finding::Reason;
use crate::id::sha256_hex;
use crate::page::{Page, Viewport};

/// How much is read of a page, in bytes: title and beginning.
const PAGE: usize = 16 * 1024;
/// Folders of the site's own files whose listing is asked for.
const FOLDERS: usize = 4;
/// Source maps that are asked for.
const MAPS: usize = 3;
/// Failures in a row after which nothing more is asked.
const FAILURES: usize = 2;
/// Refusals in a row after which nothing more is asked: something guards the site.
const REFUSALS: usize = 10;

/// One address at which something may lie open.
#[derive(Debug, Clone)]
pub struct Probe {
    /// The address.
    pub url: Url,
    technique: &'static Technique,
    looks: Looks,
}

/// How an answer is judged.
#[derive(Debug, Clone, Copy)]
enum Looks {
    /// By so many first bytes of a file.
    Bytes(usize, fn(&[u8]) -> Option<String>),
    /// As a page.
    Page(fn(&Answer<'_>) -> Option<Exposure>),
}

/// What is to be asked for next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The address.
    pub url: Url,
    /// What for.
    pub role: ProbeRole,
    /// How many bytes of the body are wanted.
    pub most: usize,
    /// Whether redirects within the site are followed.
    pub follow: bool,
}

/// The paths of the list; `{host}`, `{domain}` and `{label}` stand for the names of the site.
const LIST: &[(&Technique, &str, Looks)] = &[
    (&technique::REPOSITORY, "/.git/HEAD", Looks::Bytes(64, sign::git_head)),
    (&technique::REPOSITORY, "/.svn/entries", Looks::Bytes(64, sign::svn_entries)),
    (&technique::REPOSITORY, "/.svn/wc.db", Looks::Bytes(16, sign::sqlite)),
    (&technique::REPOSITORY, "/.hg/requires", Looks::Bytes(64, sign::hg_requires)),
    (&technique::LEFT_OVER, "/.env", Looks::Bytes(12, sign::env)),
    (&technique::LEFT_OVER, "/web.config.bak", Looks::Bytes(64, sign::web_config)),
    (&technique::LEFT_OVER, "/config.php.bak", Looks::Bytes(16, sign::php_source)),
    (&technique::LEFT_OVER, "/config.php~", Looks::Bytes(16, sign::php_source)),
    (&technique::LEFT_OVER, "/.DS_Store", Looks::Bytes(16, sign::ds_store)),
    (&technique::LEFT_OVER, "/.idea/workspace.xml", Looks::Bytes(64, sign::idea)),
    (&technique::BACKUP, "/wwwroot.zip", Looks::Bytes(8, sign::archive)),
    (&technique::BACKUP, "/wwwroot.rar", Looks::Bytes(8, sign::archive)),
    (&technique::BACKUP, "/www.zip", Looks::Bytes(8, sign::archive)),
    (&technique::BACKUP, "/www.rar", Looks::Bytes(8, sign::archive)),
    (&technique::BACKUP, "/www.tar.gz", Looks::Bytes(8, sign::archive)),
    (&technique::BACKUP, "/web.zip", Looks::Bytes(8, sign::archive)),
    (&technique::BACKUP, "/web.rar", Looks::Bytes(8, sign::archive)),
    (&technique::BACKUP, "/backup.zip", Looks::Bytes(8, sign::archive)),
    (&technique::BACKUP, "/backup.tar.gz", Looks::Bytes(8, sign::archive)),
    (&technique::BACKUP, "/backup.sql", Looks::Bytes(24, sign::dump)),
    (&technique::BACKUP, "/{host}.zip", Looks::Bytes(8, sign::archive)),
    (&technique::BACKUP, "/{host}.rar", Looks::Bytes(8, sign::archive)),
    (&technique::BACKUP, "/{host}.tar.gz", Looks::Bytes(8, sign::archive)),
    (&technique::BACKUP, "/{domain}.zip", Looks::Bytes(8, sign::archive)),
    (&technique::BACKUP, "/{domain}.rar", Looks::Bytes(8, sign::archive)),
    (&technique::BACKUP, "/{label}.zip", Looks::Bytes(8, sign::archive)),
    (&technique::BACKUP, "/{label}.rar", Looks::Bytes(8, sign::archive)),
    (&technique::PHPINFO, "/phpinfo.php", Looks::Page(environment)),
    (&technique::PHPINFO, "/info.php", Looks::Page(environment)),
    (&technique::PHPINFO, "/l.php", Looks::Page(environment)),
    (&technique::PHPINFO, "/tz.php", Looks::Page(environment)),
    (&technique::CONSOLE, "/swagger-ui.html", Looks::Page(console)),
    (&technique::CONSOLE, "/swagger-ui/index.html", Looks::Page(console)),
    (&technique::CONSOLE, "/doc.html", Looks::Page(console)),
    (&technique::CONSOLE, "/druid/index.html", Looks::Page(console)),
    (&technique::CONSOLE, "/actuator", Looks::Page(console)),
    (&technique::CONSOLE, "/nacos/", Looks::Page(console)),
    (&technique::CONSOLE, "/phpmyadmin/", Looks::Page(console)),
    (&technique::ADMIN, "/admin/", Looks::Page(admin_login)),
    (&technique::ADMIN, "/admin.php", Looks::Page(admin_login)),
    (&technique::ADMIN, "/admin/login", Looks::Page(admin_login)),
    (&technique::ADMIN, "/manage/", Looks::Page(admin_login)),
    (&technique::ADMIN, "/houtai/", Looks::Page(admin_login)),
    (&technique::ADMIN, "/ewebeditor/admin_login.asp", Looks::Page(admin_login)),
    (&technique::OFFICE, "/seeyon/", Looks::Page(office)),
    (&technique::OFFICE, "/yyoa/", Looks::Page(office)),
    (&technique::OFFICE, "/wui/index.html", Looks::Page(office)),
];

/// Everything that would be asked for on the site of a dossier: the list, folders of its own files, source maps that its
/// scripts name. What a page of the site links to is offered to everybody and not among them.
pub fn probes(dossier: &Dossier) -> Vec<Probe> {
    let root = root_of(dossier);
    let names = Names::of(&root);
    let mut probes: Vec<Probe> = Vec::new();
    let mut add = |url: Option<Url>, technique, looks| {
        if let Some(url) = url
            && !probes.iter().any(|known| known.url == url)
            && !is_linked(dossier, &url)
        {
            probes.push(Probe { url, technique, looks });
        }
    };
    for (technique, path, looks) in LIST {
        add(names.fill(path).and_then(|path| root.join(&path).ok()), *technique, *looks);
    }
    for folder in folders(dossier, &root) {
        add(Some(folder), &technique::LISTING, Looks::Page(listing));
    }
    for map in source_maps(dossier) {
        add(Some(map), &technique::SOURCE_MAP, Looks::Bytes(32, sign::source_map));
    }
    probes
}

/// What is to be asked for next of those probes: a path that should not exist, then each address in turn; where one shows
/// something, its twin and the address once more. `None` when everything was asked for, or the site had better be left
/// alone ([`trouble`]).
pub fn next(dossier: &Dossier, probes: &[Probe]) -> Option<Step> {
    let exposures = dossier.exposures.as_ref()?;
    if trouble(dossier).is_some() {
        return None;
    }
    let control = twin(&root_of(dossier));
    if !exposures.has(&control, ProbeRole::Control) {
        return Some(Step { url: control, role: ProbeRole::Control, most: PAGE, follow: false });
    }
    // They are asked for in turn: only the last one begun can want more.
    let begun = probes.iter().rposition(|probe| exposures.has(&probe.url, ProbeRole::First));
    let further = begun.and_then(|at| probes[at].further(dossier, exposures));
    further.or_else(|| {
        let probe = probes.get(begun.map_or(0, |at| at + 1))?;
        Some(probe.step(ProbeRole::First, probe.url.clone()))
    })
}

/// Why nothing more should be asked for: the site fails, refuses or defends itself.
pub fn trouble(dossier: &Dossier) -> Option<Reason> {
    let asked = &dossier.exposures.as_ref()?.asked;
    let answers: Vec<&Exchange> = asked.iter().filter_map(|one| dossier.exchange(one.exchange?)).collect();
    let last = answers.last()?;
    let in_a_row = |most: usize, is: fn(&Exchange) -> bool| {
        answers.len() >= most && answers.iter().rev().take(most).all(|exchange| is(exchange))
    };
    if in_a_row(FAILURES, |exchange| exchange.result.is_err()) {
        return Some(Reason::Unreachable);
    }
    let refused =
        |exchange: &Exchange| exchange.response().is_some_and(|answer| matches!(answer.status, 403 | 405));
    if in_a_row(REFUSALS, refused) {
        return Some(Reason::Blocked);
    }
    let response = last.response()?;
    if matches!(response.status, 429 | 503) {
        return Some(Reason::Blocked);
    }
    let text = super::answer::source_of(response);
    let found = stand_in::recognise(response.status, &response.headers, &last.request.url, &text);
    matches!(found, Some(StandIn::Challenge { .. })).then_some(Reason::Challenge)
}

/// What a probe found.
pub(super) struct Found {
    /// What lies open.
    pub(super) exposure: Exposure,
    /// Where: the address asked for, or where it led.
    pub(super) url: Url,
    /// The answers, first, twin and again.
    pub(super) answers: Vec<crate::id::ExchangeId>,
    /// Whether it was seen twice.
    pub(super) again: bool,
    /// The bytes that were asked for.
    pub(super) most: usize,
}

/// Everything that the probes of a dossier found.
pub(super) fn found(dossier: &Dossier) -> Vec<Found> {
    let Some(exposures) = &dossier.exposures else { return Vec::new() };
    probes(dossier).iter().filter_map(|probe| probe.found(dossier, exposures)).collect()
}

impl Exposures {
    /// The question to an address, if it was put.
    fn question(&self, url: &Url, role: ProbeRole) -> Option<&Asked> {
        self.asked.iter().find(|asked| asked.role == role && asked.url == *url)
    }

    fn has(&self, url: &Url, role: ProbeRole) -> bool {
        self.question(url, role).is_some()
    }
}

impl Probe {
    fn step(&self, role: ProbeRole, url: Url) -> Step {
        Step { url, role, most: self.most(), follow: matches!(self.looks, Looks::Page(_)) }
    }

    /// What is to be asked for beside the address itself, where that showed something.
    fn further(&self, dossier: &Dossier, exposures: &Exposures) -> Option<Step> {
        self.shown(dossier, &self.url, ProbeRole::First)?;
        let twin = twin(&self.url);
        if !exposures.has(&twin, ProbeRole::Twin) {
            return Some(self.step(ProbeRole::Twin, twin));
        }
        let everywhere = self.shown(dossier, &twin, ProbeRole::Twin).is_some();
        let wants = !everywhere && !exposures.has(&self.url, ProbeRole::Again);
        wants.then(|| self.step(ProbeRole::Again, self.url.clone()))
    }

    fn most(&self) -> usize {
        match self.looks {
            Looks::Bytes(most, _) => most,
            Looks::Page(_) => PAGE,
        }
    }

    /// What the answer to a question shows.
    fn shown(&self, dossier: &Dossier, url: &Url, role: ProbeRole) -> Option<Exposure> {
        let asked = dossier.exposures.as_ref()?.question(url, role)?;
        let exchange = dossier.exchange(asked.exchange?)?;
        let response = exchange.response().filter(|response| matches!(response.status, 200 | 206))?;
        match self.looks {
            Looks::Bytes(most, sign) => {
                let sign = sign(&response.body[..response.body.len().min(most)])?;
                let size = size_of(response).map(|bytes| format!(" · {bytes} B")).unwrap_or_default();
                Some(Exposure::new(self.technique, self.url.path(), format!("{sign}{size}")))
            }
            Looks::Page(recognise) => {
                // A part of a page is judged as the page.
                let whole = Response { status: 200, ..response.clone() };
                let text = super::answer::source_of(&whole);
                let page = Page::parse(&text, &exchange.request.url, &[], Viewport::DESKTOP);
                recognise(&Answer::read(&whole, &page))
            }
        }
    }

    /// What lies open at this address; `None` where nothing does, or where the site shows the same at an address that
    /// should not exist.
    fn found(&self, dossier: &Dossier, exposures: &Exposures) -> Option<Found> {
        let exposure = self.shown(dossier, &self.url, ProbeRole::First)?;
        let twin = twin(&self.url);
        // Without the twin's answer nothing is said.
        exposures.question(&twin, ProbeRole::Twin)?.exchange?;
        if self.shown(dossier, &twin, ProbeRole::Twin).is_some() {
            return None;
        }
        let again = self.shown(dossier, &self.url, ProbeRole::Again).is_some();
        let questions =
            [(&self.url, ProbeRole::First), (&twin, ProbeRole::Twin), (&self.url, ProbeRole::Again)];
        let answers: Vec<_> =
            questions.iter().filter_map(|(url, role)| exposures.question(url, *role)?.exchange).collect();
        let url = dossier.exchange(*answers.first()?)?.request.url.clone();
        Some(Found { exposure, url, answers, again, most: self.most() })
    }
}

/// How large a file is, as the server says.
fn size_of(response: &Response) -> Option<u64> {
    let range = response.header("content-range");
    let whole = range.as_deref().and_then(|range| range.rsplit('/').next().map(str::to_owned));
    whole
        .or_else(|| response.header("content-length").filter(|_| response.status == 200))?
        .trim()
        .parse()
        .ok()
}

/// The root of the site, where the first visitor met it.
fn root_of(dossier: &Dossier) -> Url {
    let ends =
        dossier.views.iter().filter(|view| !view.probe && view.page.is_some()).filter_map(|view| view.end());
    let met = ends.into_iter().find(|end| same_site(end, &dossier.url));
    let mut root = met.unwrap_or(&dossier.url).clone();
    root.set_path("/");
    root.set_query(None);
    root.set_fragment(None);
    root
}

/// The names of a site by which backups of it are called.
struct Names {
    host: String,
    domain: Option<String>,
    label: Option<String>,
}

impl Names {
    fn of(root: &Url) -> Self {
        let host = root.host_str().unwrap_or_default().to_owned();
        let named = matches!(root.host(), Some(url::Host::Domain(_)));
        let domain =
            domain_of(root).filter(|domain| named && domain.contains('.')).map(|domain| domain.into_owned());
        let label = domain.as_deref().and_then(|domain| domain.split('.').next()).map(str::to_owned);
        Self { host, domain, label }
    }

    /// A path of the list with the names put in; `None` where the site has no such name.
    fn fill(&self, path: &str) -> Option<String> {
        let path = path.replace("{host}", &self.host);
        let path =
            if path.contains("{domain}") { path.replace("{domain}", self.domain.as_deref()?) } else { path };
        Some(if path.contains("{label}") { path.replace("{label}", self.label.as_deref()?) } else { path })
    }
}

/// Whether a page of the site links to it.
fn is_linked(dossier: &Dossier, url: &Url) -> bool {
    let pages = dossier.views.iter().filter_map(|view| view.page.as_deref());
    pages.flat_map(|page| &page.links).any(|link| link.url.as_ref() == Some(url))
}

/// Files that people put up, by their extension.
const FILES: [&str; 9] = [".pdf", ".doc", ".docx", ".xls", ".xlsx", ".zip", ".rar", ".jpg", ".png"];

/// Folders of the site's own files: those of files that people put up first, then those of scripts and style sheets.
fn folders(dossier: &Dossier, root: &Url) -> Vec<Url> {
    let pages: Vec<&Page> =
        dossier.views.iter().filter(|view| !view.probe).filter_map(|view| view.page.as_deref()).collect();
    let is_file = |url: &&Url| FILES.iter().any(|end| url.path().to_ascii_lowercase().ends_with(end));
    let put_up =
        pages.iter().flat_map(|page| &page.links).filter_map(|link| link.url.as_ref()).filter(is_file);
    let scripts = pages.iter().flat_map(|page| &page.scripts).filter_map(|script| script.url.as_ref());
    let relations = pages.iter().flat_map(|page| &page.relations).map(|relation| &relation.url);
    let mut folders: Vec<Url> = Vec::new();
    for url in put_up.chain(scripts).chain(relations).filter(|url| url.origin() == root.origin()) {
        let Ok(mut folder) = url.join(".") else { continue };
        folder.set_query(None);
        if folder.path() != "/" && !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders.truncate(FOLDERS);
    folders
}

/// The source maps that the site's own scripts name.
fn source_maps(dossier: &Dossier) -> Vec<Url> {
    let pages = dossier.views.iter().filter(|view| !view.probe).filter_map(|view| view.page.as_deref());
    let scripts = pages.flat_map(|page| &page.scripts);
    let mut maps: Vec<Url> = Vec::new();
    for map in scripts.filter_map(script::source_map).filter(|map| same_site(map, &dossier.url)) {
        if !maps.contains(&map) {
            maps.push(map);
        }
    }
    maps.truncate(MAPS);
    maps
}

/// An address beside another one, with the same ending, at which nothing should be. The same on every visit.
fn twin(url: &Url) -> Url {
    let digest = sha256_hex(url.host_str().unwrap_or_default().as_bytes());
    let stem = format!("x{}", &digest[..9]);
    let path = url.path();
    let (folder, name) = match path.trim_end_matches('/').rsplit_once('/') {
        Some((folder, name)) => (folder, name),
        None => ("", ""),
    };
    let ending =
        if name.ends_with(".tar.gz") { ".tar.gz" } else { name.rfind('.').map_or("", |at| &name[at..]) };
    let slash = if name.is_empty() {
        ".html"
    } else if path.ends_with('/') {
        "/"
    } else {
        ""
    };
    let mut twin = url.clone();
    twin.set_path(&format!("{folder}/{stem}{ending}{slash}"));
    twin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_twin_differs_in_its_name_alone() {
        for (path, expected) in [
            ("/", "/S.html"),
            ("/.git/HEAD", "/.git/S"),
            ("/.env", "/S.env"),
            ("/www.tar.gz", "/S.tar.gz"),
            ("/www.example.test.zip", "/S.zip"),
            ("/admin/", "/S/"),
            ("/a/b/c.html", "/a/b/S.html"),
        ] {
            let url = Url::parse(&format!("http://www.example.test{path}")).unwrap();
            let stem = twin(&Url::parse("http://www.example.test/").unwrap()).path()[1..11].to_owned();
            assert_eq!(twin(&url).path(), expected.replace('S', &stem), "{path}");
        }
    }

    #[test]
    fn the_list_is_short_and_holds_to_its_limits() {
        let dossier = Dossier::of_page("http://www.example.test/", "<title>x</title>");
        let probes = probes(&dossier);
        let of =
            |technique: &Technique| probes.iter().filter(|probe| probe.technique.id == technique.id).count();
        assert!(probes.len() <= 50, "{}", probes.len());
        assert!(of(&technique::BACKUP) <= 20 && of(&technique::ADMIN) <= 10);
        for probe in &probes {
            let most = if matches!(probe.looks, Looks::Page(_)) { PAGE } else { 64 };
            assert!(probe.most() <= most, "{}", probe.url);
        }
        for name in ["/www.example.test.zip", "/example.test.rar", "/example.zip"] {
            assert!(probes.iter().any(|probe| probe.url.path() == name), "{name}");
        }
    }

    #[test]
    fn what_a_page_offers_is_not_asked_for() {
        let html = "<a href=/backup.zip>下载</a><a href=/files/a.pdf>公告</a><script src=/js/a.js></script>";
        let dossier = Dossier::of_page("http://www.example.test/", html);
        let paths: Vec<String> = probes(&dossier).iter().map(|probe| probe.url.path().to_owned()).collect();
        assert!(!paths.iter().any(|path| path == "/backup.zip"));
        assert!(paths.iter().any(|path| path == "/files/") && paths.iter().any(|path| path == "/js/"));
    }

    #[test]
    fn without_authorisation_there_is_no_next_step() {
        let dossier = Dossier::of_page("http://www.example.test/", "<title>x</title>");
        assert_eq!(next(&dossier, &probes(&dossier)), None);
    }
}
