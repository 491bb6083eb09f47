//! Hosts and registrable domains: which address belongs to the site itself and which is foreign.
//!
//! Source: the Public Suffix List, through the `psl` crate.

use std::borrow::Cow;

use url::{Host, Url};

/// The registrable domain of an address (`www.a.gov.cn` → `a.gov.cn`), its IP address as text where it has one,
/// or `None` for an address without host.
pub fn registrable_domain(url: &Url) -> Option<String> {
    domain_of(url).map(Cow::into_owned)
}

/// The same, borrowed where the address spells it.
pub fn domain_of(url: &Url) -> Option<Cow<'_, str>> {
    match url.host()? {
        // The host of a parsed address is in lower case.
        Host::Domain(name) => Some(Cow::Borrowed(domain_within(name.trim_end_matches('.')))),
        Host::Ipv4(ip) => Some(Cow::Owned(ip.to_string())),
        Host::Ipv6(ip) => Some(Cow::Owned(ip.to_string())),
    }
}

/// The registrable domain of a host name; the name itself where it is a public suffix or has a single label.
pub fn registrable_name(name: &str) -> String {
    domain_within(&name.trim_end_matches('.').to_ascii_lowercase()).to_owned()
}

fn domain_within(name: &str) -> &str {
    psl::domain_str(name).unwrap_or(name)
}

/// Whether two addresses belong to one registrable domain. On an IP literal or a loopback name, the port counts
/// too: two ports of one address are two sites.
pub fn same_site(one: &Url, other: &Url) -> bool {
    // Most links of a page lead to its own host, and need no list of suffixes.
    if one.host() != other.host() {
        let (Some(a), Some(b)) = (domain_of(one), domain_of(other)) else { return false };
        if a != b {
            return false;
        }
    } else if one.host().is_none() {
        return false;
    }
    let literal = !matches!(one.host(), Some(Host::Domain(name)) if name.contains('.'));
    !literal || one.port_or_known_default() == other.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(one: &str, other: &str, expected: bool) {
        let (one, other) = (Url::parse(one).unwrap(), Url::parse(other).unwrap());
        assert_eq!(same_site(&one, &other), expected, "{one} {other}");
    }

    #[test]
    fn a_site_is_its_registrable_domain() {
        check("http://www.a.gov.cn/", "https://b.a.gov.cn/x", true);
        check("http://a.gov.cn/", "http://b.gov.cn/", false);
        check("http://a.com.cn/", "http://a.cn/", false);
        check("http://127.0.0.1:81/", "http://127.0.0.1:82/", false);
        check("http://127.0.0.1/", "http://127.0.0.1/x", true);
        check("http://localhost:81/", "http://localhost:82/", false);
        check("http://x.github.io/", "http://y.github.io/", false);
    }
}
