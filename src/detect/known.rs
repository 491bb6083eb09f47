//! Hosts that are nobody's black-link, and which address is foreign to a visit.
//!
//! The list is data (`known_hosts.txt`), exact by label: `hm.baidu.com.a.test` is not `hm.baidu.com`. It says
//! nothing about the good will of a page there; it only takes the signal *foreignness* away.

use std::collections::HashMap;
use std::sync::LazyLock;

use url::{Host, Url};

use super::dossier::Dossier;
use crate::exchange::host;

/// What a known host is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Governments, regulators, filing marks.
    Authority,
    /// Schools, science, exams.
    Education,
    /// Visitor statistics, tags, consent.
    Statistics,
    /// Content networks, fonts, public libraries.
    Network,
    /// Search engines.
    Search,
    /// News.
    Media,
    /// Social networks, video, blogs.
    Social,
    /// Share buttons and feeds.
    Share,
    /// Encyclopedias, standards, vocabularies.
    Reference,
    /// Makers of software and their sites.
    Software,
    /// Shops, banks, carriers, job exchanges.
    Commerce,
}

/// The known hosts.
#[derive(Debug)]
pub struct KnownHosts {
    suffixes: HashMap<String, Service>,
}

static BUILTIN: LazyLock<KnownHosts> = LazyLock::new(|| KnownHosts::read(include_str!("known_hosts.txt")));

impl KnownHosts {
    /// The list that comes with the program.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads a list of lines `sort suffix`; a line of another shape is passed over.
    pub fn read(list: &str) -> Self {
        let suffixes = list
            .lines()
            .filter_map(|line| {
                let (sort, suffix) = line.split_once(' ')?;
                Some((suffix.trim().to_ascii_lowercase(), service(sort)?))
            })
            .collect();
        Self { suffixes }
    }

    /// What that host is known for.
    pub fn service(&self, host: &str) -> Option<Service> {
        let mut rest = host.trim_end_matches('.');
        loop {
            if let Some(service) = self.suffixes.get(rest) {
                return Some(*service);
            }
            rest = rest.split_once('.')?.1;
        }
    }

    /// Whether an address is foreign to the visit: http or https, on another registrable domain than the site and
    /// the registry's siblings of it, and not a known host.
    pub fn foreign(&self, dossier: &Dossier, url: &Url) -> bool {
        self.outside(dossier, url) && !self.is_known(url)
    }

    /// Whether the host of an address is a known one.
    pub fn is_known(&self, url: &Url) -> bool {
        url.host_str().is_some_and(|host| self.service(host).is_some())
    }

    /// Whether an address is on another site than the visited one and its siblings, known or not.
    pub fn outside(&self, dossier: &Dossier, url: &Url) -> bool {
        if !matches!(url.scheme(), "http" | "https") || host::same_site(&dossier.url, url) {
            return false;
        }
        let Some(domain) = host::domain_of(url) else { return false };
        if local(url) && !local(&dossier.url) {
            return false;
        }
        let siblings = dossier.target.iter().flat_map(|target| &target.siblings);
        !siblings.into_iter().any(|sibling| sibling.eq_ignore_ascii_case(&domain))
    }
}

fn service(sort: &str) -> Option<Service> {
    Some(match sort {
        "authority" => Service::Authority,
        "education" => Service::Education,
        "statistics" => Service::Statistics,
        "network" => Service::Network,
        "search" => Service::Search,
        "media" => Service::Media,
        "social" => Service::Social,
        "share" => Service::Share,
        "reference" => Service::Reference,
        "software" => Service::Software,
        "commerce" => Service::Commerce,
        _ => return None,
    })
}

/// A loopback, private or bare name: on a public page the slip of an editor, not a place anybody promotes.
fn local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            !name.contains('.') || name.ends_with(".local") || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(ip)) => {
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified()
        }
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local(),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(page: &str, link: &str, foreign: bool) {
        let dossier = Dossier::empty(Url::parse(page).unwrap());
        let link = Url::parse(link).unwrap();
        assert_eq!(KnownHosts::builtin().foreign(&dossier, &link), foreign, "{page} -> {link}");
    }

    #[test]
    fn another_registrable_domain_is_foreign_unless_it_is_known() {
        check("http://www.a.test/", "http://bc.b.test/", true);
        check("http://www.a.test/", "http://m.a.test/", false);
        check("http://www.a.test/", "https://hm.baidu.com/hm.js?1", false);
        check("http://www.a.test/", "https://hm.baidu.com.b.test/hm.js?1", true);
        check("http://www.a.test/", "https://hmbaidu.com/", true);
        check("http://www.a.test/", "http://www.city.gov.cn/", false);
        check("http://www.a.test/", "mailto:x@b.test", false);
    }

    #[test]
    fn private_addresses_are_foreign_only_to_private_sites() {
        check("http://www.a.test/", "http://192.168.1.4/", false);
        check("http://www.a.test/", "http://localhost:8080/", false);
        check("http://127.0.0.1:81/", "http://127.0.0.1:82/", true);
        check("http://127.0.0.1:81/", "http://127.0.0.1:81/x", false);
    }

    #[test]
    fn siblings_in_the_registry_are_not_foreign() {
        let mut dossier = Dossier::empty(Url::parse("http://www.a.test/").unwrap());
        dossier.target = Some(crate::detect::dossier::TargetFacts {
            id: "a".into(),
            icp: None,
            police: None,
            siblings: vec!["b.test".to_owned()],
        });
        assert!(!KnownHosts::builtin().foreign(&dossier, &Url::parse("http://www.b.test/").unwrap()));
    }

    #[test]
    fn every_line_of_the_list_is_read() {
        let lines = include_str!("known_hosts.txt").lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let (sort, suffix) = line.split_once(' ').unwrap();
            assert_eq!(KnownHosts::builtin().service(suffix), service(sort), "{line}");
        }
    }
}
