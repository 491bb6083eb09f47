//! What belongs to a site and may be asked for: hosts, sub-domains, ports, paths.
//!
//! Answers for addresses alone. Whether an address is private is the guard's to say, after name resolution.

use url::{Host, Url};

use crate::exchange::host::{domain_of, same_site};
use crate::target;

/// What belongs to a site. Nothing outside is ever queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The addresses that the site is known by.
    pub seeds: Vec<Url>,
    /// Further host names, in lower case, that belong to it; `*.example.cn` stands for every name below.
    pub hosts: Vec<String>,
    /// Whether every sub-domain of a seed's registrable domain belongs to it.
    pub siblings: bool,
    /// Ports beside those of the seeds and, where a seed uses one of the two, 80 and 443.
    pub ports: Vec<u16>,
    /// Only paths that begin so; every path where it is empty.
    pub include: Vec<String>,
    /// No paths that begin so; stronger than `include`.
    pub exclude: Vec<String>,
}

impl Scope {
    /// A site that is known by one address, with all sub-domains of its registrable domain.
    pub fn site(seed: Url) -> Self {
        Self { siblings: true, ..Self::host(seed) }
    }

    /// A site that is one host, with and without `www.`.
    pub fn host(seed: Url) -> Self {
        Self {
            seeds: vec![seed],
            hosts: Vec::new(),
            siblings: false,
            ports: Vec::new(),
            include: Vec::new(),
            exclude: Vec::new(),
        }
    }

    /// A registered site: the hosts of its addresses and what the registry adds to them.
    pub fn of(urls: &[Url], registered: &target::Scope) -> Self {
        Self {
            seeds: urls.to_vec(),
            hosts: registered.hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
            siblings: false,
            ports: Vec::new(),
            include: registered.paths.clone(),
            exclude: registered.exclude.clone(),
        }
    }

    /// Whether an address may be asked for.
    pub fn admits(&self, url: &Url) -> bool {
        matches!(url.scheme(), "http" | "https")
            && self.seeds.iter().any(|seed| self.holds_host(seed, url) && self.holds_port(seed, url))
            && self.holds_path(url)
    }

    /// The registrable domain under which a made-up label belongs to the site; `None` where sub-domains do not, or where
    /// there is no such domain.
    pub fn wildcard_domain(&self) -> Option<String> {
        let seed = self.seeds.first()?;
        let named = matches!(seed.host(), Some(Host::Domain(name)) if name.contains('.'));
        let domain = domain_of(seed).filter(|_| named)?.into_owned();
        let below = self.hosts.iter().any(|host| host.strip_prefix("*.") == Some(domain.as_str()));
        (self.siblings || below).then_some(domain)
    }

    fn holds_host(&self, seed: &Url, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let is = |known: &String| match known.strip_prefix('*') {
            Some(below) => host.ends_with(below) && below.starts_with('.'),
            None => known == host,
        };
        if self.hosts.iter().any(is) {
            return true;
        }
        if self.siblings {
            return same_site(seed, url);
        }
        seed.host_str().is_some_and(|known| without_www(known) == without_www(host))
    }

    fn holds_port(&self, seed: &Url, url: &Url) -> bool {
        let (Some(own), Some(port)) = (seed.port_or_known_default(), url.port_or_known_default()) else {
            return false;
        };
        let usual = |port: u16| matches!(port, 80 | 443);
        port == own || self.ports.contains(&port) || usual(own) && usual(port)
    }

    fn holds_path(&self, url: &Url) -> bool {
        let begins = |prefix: &String| begins_with(url.path(), prefix);
        (self.include.is_empty() || self.include.iter().any(begins)) && !self.exclude.iter().any(begins)
    }
}

/// Whether a path lies at or below a prefix; `/a` holds `/a` and `/a/b`, not `/ab`.
fn begins_with(path: &str, prefix: &str) -> bool {
    let stem = prefix.trim_end_matches('/');
    path.strip_prefix(stem).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn check(scope: &Scope, cases: &[(&str, bool)]) {
        for (address, expected) in cases {
            assert_eq!(scope.admits(&url(address)), *expected, "{address}");
        }
    }

    #[test]
    fn a_host_is_itself_with_and_without_www() {
        check(
            &Scope::host(url("http://www.a.gov.cn/")),
            &[
                ("https://a.gov.cn/x", true),
                ("http://news.a.gov.cn/", false),
                ("http://www.b.gov.cn/", false),
                ("http://www.a.gov.cn:8080/", false),
                ("ftp://www.a.gov.cn/", false),
                ("javascript:1", false),
            ],
        );
    }

    #[test]
    fn a_site_has_its_sub_domains_further_hosts_and_ports() {
        let scope = Scope {
            hosts: vec!["mirror.b.cn".to_owned()],
            ports: vec![8080],
            ..Scope::site(url("http://www.a.gov.cn/"))
        };
        check(
            &scope,
            &[
                ("http://news.a.gov.cn/", true),
                ("http://mirror.b.cn:8080/", true),
                ("http://www.b.cn/", false),
                ("http://www.a.gov.cn:9000/", false),
            ],
        );
        let registered = target::Scope { hosts: vec!["*.a.gov.cn".to_owned()], ..target::Scope::default() };
        let registered = Scope::of(&[url("http://www.a.gov.cn/")], &registered);
        check(&registered, &[("http://x.y.a.gov.cn/", true), ("http://xa.gov.cn/", false)]);
        assert_eq!(registered.wildcard_domain().as_deref(), Some("a.gov.cn"));
        check(
            &Scope::site(url("http://127.0.0.1:81/")),
            &[
                ("http://127.0.0.1:81/x", true),
                ("http://127.0.0.1:82/", false),
                ("http://127.0.0.2:81/", false),
            ],
        );
    }

    #[test]
    fn paths_are_held_by_whole_segments_and_exclusions_are_stronger() {
        let scope = Scope {
            include: vec!["/dept".to_owned()],
            exclude: vec!["/dept/private/".to_owned()],
            ..Scope::site(url("http://www.a.gov.cn/dept/"))
        };
        check(
            &scope,
            &[
                ("http://www.a.gov.cn/dept/", true),
                ("http://www.a.gov.cn/dept/x.html", true),
                ("http://www.a.gov.cn/department", false),
                ("http://www.a.gov.cn/dept/private/x", false),
                ("http://www.a.gov.cn/", false),
            ],
        );
    }

    #[test]
    fn a_made_up_label_belongs_only_where_sub_domains_do() {
        let domain = |scope: Scope| scope.wildcard_domain();
        assert_eq!(domain(Scope::site(url("http://www.a.gov.cn/"))).as_deref(), Some("a.gov.cn"));
        assert_eq!(domain(Scope::host(url("http://www.a.gov.cn/"))), None);
        assert_eq!(domain(Scope::site(url("http://127.0.0.1/"))), None);
        assert_eq!(domain(Scope::site(url("http://localhost/"))), None);
    }
}
