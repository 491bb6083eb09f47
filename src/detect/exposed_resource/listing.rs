//! Directory listings that a server makes by itself.
//!
//! Servers write the path of the very address into the title, so a page about listings, whose title says something
//! else, is told apart without reading it.

use percent_encoding::percent_decode_str;

use super::answer::{Answer, Exposure, shortened};
use super::technique::LISTING;
use crate::page::{Link, Origin};

/// What stands before the path: Apache, nginx and lighttpd; Tomcat; Python; Express; HFS and others.
const HEADS: [&str; 6] = [
    "Index of ",
    "Directory Listing For ",
    "Directory listing for ",
    "listing directory ",
    "目录列表 ",
    "Directory: ",
];
/// IIS links to the parent with these words.
const IIS_PARENT: [&str; 2] = ["[To Parent Directory]", "[转到父目录]"];
/// First labels of hosts and first parts of paths at which files are offered on purpose.
const OFFERED: [&str; 14] = [
    "mirror",
    "mirrors",
    "ftp",
    "download",
    "downloads",
    "dl",
    "pub",
    "archive",
    "archives",
    "release",
    "releases",
    "dist",
    "repo",
    "packages",
];

/// The listing that a page is, if it is one.
pub(super) fn listing(answer: &Answer<'_>) -> Option<Exposure> {
    if answer.status != 200 || !is_titled_as_listing(answer) {
        return None;
    }
    let own = answer.url().path().to_owned();
    let entries: Vec<&Link> = answer.page.links.iter().filter(|link| is_entry(link, &own)).collect();
    if entries.is_empty() {
        return None;
    }
    let names: Vec<&str> = entries.iter().map(|link| link.href.as_str()).take(5).collect();
    let sign = format!("{} … {}", answer.title(), shortened(&names.join(" "), 200));
    let exposure =
        Exposure::new(&LISTING, shortened(&own, 120), sign).at(&entries[0].selector, entries[0].line);
    Some(if is_offered(answer) { exposure.informative() } else { exposure })
}

/// Whether the title is a server's for exactly this address.
fn is_titled_as_listing(answer: &Answer<'_>) -> bool {
    let title = answer.title();
    let path = percent_decode_str(answer.url().path()).decode_utf8_lossy();
    let path = path.trim_matches('/');
    let same = |named: &str| named.trim().trim_matches(['/', '[', ']']).trim_end_matches('/') == path;
    if HEADS.iter().filter_map(|head| title.strip_prefix(head)).any(same) {
        return true;
    }
    // IIS: `host - /path/`, with a link to the parent everywhere but at the root.
    let iis = title
        .split_once(" - /")
        .is_some_and(|(host, named)| Some(host) == answer.url().host_str() && same(named));
    iis && (path.is_empty() || answer.has(&IIS_PARENT))
}

/// Whether a link leads to something right within that directory.
fn is_entry(link: &Link, directory: &str) -> bool {
    let Some(url) = link.url.as_ref().filter(|_| link.origin == Origin::Body) else { return false };
    let within = url.path().strip_prefix(directory).map(|rest| rest.trim_matches('/'));
    within.is_some_and(|name| !name.is_empty() && !name.contains('/'))
}

/// Whether the place looks like one where files are offered to everybody.
fn is_offered(answer: &Answer<'_>) -> bool {
    let url = answer.url();
    let label = url.host_str().and_then(|host| host.split('.').next()).unwrap_or_default();
    let part = url.path().split('/').nth(1).unwrap_or_default().to_ascii_lowercase();
    OFFERED.contains(&label) || OFFERED.contains(&part.as_str())
}
