//! Which pages of an address are looked at in one ad hoc scan: the address itself, then what it links to, breadth first.
//!
//! The first page is visited under every profile; further pages under the first two (victim and control), unless the
//! first page already gave cause. `robots.txt` is asked before going further than the first page (RFC 9309).

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use url::Url;

use super::remember::{Looked, looked};
use super::visit::Gatherer;
use super::{Progress, ScanError, Scanner, verdict};
use crate::exchange::host::same_site;
use crate::fetch::robots::Robots;
use crate::finding::{NotAssessed, Reason};
use crate::lang::Bilingual;
use crate::page::{Link, Origin, Page, Sight};
use crate::report::Reported;

/// Profiles under which pages beyond the first are visited.
const FURTHER_PROFILES: usize = 2;

/// The name by which `robots.txt` may speak to the scanner.
const ROBOTS_NAME: &str = "xuncha";

/// Endings of addresses that are no pages.
const NOT_PAGES: &[&str] = &[
    "7z", "apk", "avi", "bmp", "css", "csv", "doc", "docx", "exe", "flv", "gif", "gz", "ico", "iso", "jpeg",
    "jpg", "js", "json", "mov", "mp3", "mp4", "msi", "pdf", "png", "ppt", "pptx", "rar", "svg", "tar", "txt",
    "wav", "webp", "woff", "woff2", "wps", "xls", "xlsx", "xml", "zip",
];

/// What a crawl brought together.
#[derive(Debug, Default)]
pub(super) struct Crawled {
    pub(super) findings: Vec<Reported>,
    pub(super) not_assessed: Vec<NotAssessed>,
    pub(super) urls: u64,
    pub(super) requests: u64,
    pub(super) pages: Vec<Looked>,
}

/// Visits the address and what it leads to.
pub(super) async fn crawl(
    scanner: &Scanner,
    start: &Url,
    watch: &(dyn Fn(Progress) + Sync),
) -> Result<Crawled, ScanError> {
    let mut crawled = Crawled::default();
    let mut queue = VecDeque::from([(start.clone(), 0_u32)]);
    let mut seen = HashSet::from([without_fragment(start)]);
    let mut gatherer = Gatherer::new(scanner, watch);
    let mut robots: Option<Robots> = None;
    while let Some((url, depth)) = queue.pop_front() {
        if crawled.urls >= u64::from(scanner.settings.max_pages) {
            crawled.not_assessed.push(left_over(start, queue.len() + 1, scanner.settings.max_pages));
            break;
        }
        if depth > 0 && !robots.as_ref().is_none_or(|robots| robots.allows(ROBOTS_NAME, &url)) {
            crawled.not_assessed.push(forbidden(&url));
            continue;
        }
        let profiles = if depth == 0 { usize::MAX } else { FURTHER_PROFILES };
        let dossier = gatherer.visit(&url, profiles, depth == 0).await?;
        crawled.urls += 1;
        if depth < scanner.settings.depth && scanner.settings.max_pages > 1 {
            if robots.is_none() {
                robots = Some(gatherer.robots(start).await);
            }
            let pages = dossier.views.iter().filter(|view| !view.probe).filter_map(|view| view.page.as_ref());
            for next in pages.flat_map(onward_links) {
                if same_site(&next, start) && seen.insert(next.clone()) {
                    queue.push_back((next, depth + 1));
                }
            }
        }
        let dossier = Arc::new(dossier);
        let mut judged = verdict::judge(scanner, &dossier, gatherer.kept(), watch).await?;
        gatherer.illustrate(&dossier, &mut judged).await?;
        let (findings, gaps) = (&judged.findings, &judged.not_assessed);
        let mut page = looked(&dossier, findings, gaps, &scanner.settings, depth);
        page.folder = gatherer.close(&judged)?;
        page.findings = crawled.findings.len()..crawled.findings.len() + judged.findings.len();
        crawled.pages.push(page);
        crawled.findings.extend(judged.findings);
        crawled.not_assessed.extend(judged.not_assessed);
    }
    crawled.requests = gatherer.requests();
    Ok(crawled)
}

/// Links of a page that a visitor would follow, without fragments, in order.
fn onward_links(page: &Page) -> impl Iterator<Item = Url> {
    let followed = |link: &&Link| link.origin == Origin::Body && link.visibility.sight != Sight::Hidden;
    page.links
        .iter()
        .filter(followed)
        .filter_map(|link| link.url.as_ref())
        .map(without_fragment)
        .filter(is_page)
}

fn is_page(url: &Url) -> bool {
    let name = url.path().rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    matches!(url.scheme(), "http" | "https")
        && !ending.is_some_and(|ending| NOT_PAGES.contains(&ending.as_str()))
}

fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}

fn left_over(start: &Url, count: usize, limit: u32) -> NotAssessed {
    NotAssessed {
        url: start.to_string(),
        reason: Reason::Budget,
        detail: Bilingual::new(
            format!("已达页数上限 {limit}，另有至少 {count} 个页面未查看；可用 --max-pages 提高上限。"),
            format!(
                "the limit of {limit} pages was reached, at least {count} more were not looked at; raise --max-pages."
            ),
        ),
    }
}

fn forbidden(url: &Url) -> NotAssessed {
    NotAssessed {
        url: url.to_string(),
        reason: Reason::Robots,
        detail: Bilingual::new(
            "robots.txt 不允许抓取；如确需检查，请对该网址单独运行 xuncha scan。",
            "robots.txt asks not to crawl it; scan this address by itself if it must be checked.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_no_pages() {
        for (url, expected) in [
            ("http://a.test/", true),
            ("http://a.test/x.html", true),
            ("http://a.test/v1.2/news", true),
            ("http://a.test/x.PDF", false),
            ("http://a.test/a.b/x.zip?y", false),
            ("mailto:a@a.test", false),
        ] {
            assert_eq!(is_page(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
