//! Names that scripts come from: look-alikes of well-known services, and hosts that served altered scripts.
//!
//! The list is data (`hosts.txt`, with its sources). A name is compared only where a script comes from it; what a
//! link leads to is no business of this file.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::exchange::host::registrable_name;

/// What is known of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Imitated,
    Alternate,
    Poisoned,
    Malware,
}

/// What a script's host turned out to be by its name alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// It is written like that service, and is not it.
    LookAlike {
        /// The service.
        of: &'static str,
        /// Whether no honest reading is left: letters exchanged for like ones, or the whole name of the service
        /// within a foreign one.
        certain: bool,
    },
    /// A public network that served altered scripts to selected visitors.
    Poisoned,
    /// A name registered for the second stage of such an attack.
    Malware,
}

static LIST: LazyLock<HashMap<&'static str, Vec<Sort>>> = LazyLock::new(|| {
    let mut list: HashMap<&'static str, Vec<Sort>> = HashMap::new();
    for line in include_str!("hosts.txt").lines() {
        let Some((sort, host)) = line.split_once(' ') else { continue };
        let sort = match sort {
            "imitated" => Sort::Imitated,
            "alternate" => Sort::Alternate,
            "poisoned" => Sort::Poisoned,
            "malware" => Sort::Malware,
            _ => continue,
        };
        list.entry(host).or_default().push(sort);
    }
    list
});

/// Words that such services have in their names. A brand beside one of them is no accident.
const TRADE: &[&str] = &[
    "cdn",
    "js",
    "tongji",
    "stat",
    "stats",
    "static",
    "count",
    "counter",
    "analytics",
    "analysis",
    "tag",
    "api",
    "hm",
    "lib",
    "libs",
    "min",
    "code",
    "ajax",
    "tj",
    "log",
    "pixel",
    "metrics",
    "cloud",
    "jscdn",
    "assets",
];

/// What that host is by its name alone.
pub(super) fn named(host: &str) -> Option<Named> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let sorts = sorts(&host);
    if sorts.contains(&Sort::Malware) {
        return Some(Named::Malware);
    }
    if sorts.contains(&Sort::Poisoned) {
        return Some(Named::Poisoned);
    }
    if !sorts.is_empty() {
        return None;
    }
    look_alike(&host)
}

/// What is known of a host or of a name it lies below.
fn sorts(host: &str) -> Vec<Sort> {
    let mut rest = host;
    let mut sorts = Vec::new();
    loop {
        sorts.extend(LIST.get(rest).into_iter().flatten());
        match rest.split_once('.') {
            Some((_, above)) => rest = above,
            None => return sorts,
        }
    }
}

/// A service that is imitated, with what a host is compared with.
struct Service {
    name: &'static str,
    /// The label of its registrable domain.
    brand: &'static str,
    /// The brand with like letters made the same.
    plain: String,
    /// All labels but the last run together; `None` where they are too few to mean anything.
    squeezed: Option<String>,
}

/// The imitated services, shortest name first: many share a brand, and the shortest stands for all of them.
static SERVICES: LazyLock<Vec<Service>> = LazyLock::new(|| {
    let imitated = LIST.iter().filter(|(_, sorts)| sorts.contains(&Sort::Imitated));
    let mut services: Vec<Service> = imitated
        .map(|(name, _)| {
            let own = squeezed(name.rsplit_once('.').map_or(name, |(own, _)| own));
            let several = name.matches('.').count() >= 2;
            let brand = brand(name);
            Service {
                name,
                brand,
                plain: plain(brand),
                squeezed: Some(own).filter(|own| several && own.len() >= 7),
            }
        })
        .collect();
    services.sort_unstable_by_key(|service| (service.name.len(), service.name));
    services
});

/// A host as it is compared with services.
struct Candidate<'h> {
    host: &'h str,
    /// All labels before the public suffix.
    own: &'h str,
    squeezed: String,
    /// The label of its registrable domain.
    label: &'h str,
    /// The label with like letters made the same.
    plain: String,
}

fn look_alike(host: &str) -> Option<Named> {
    let domain = registrable_name(host);
    let label = domain.split('.').next().unwrap_or_default();
    let suffix = domain.split_once('.').map_or("", |(_, suffix)| suffix);
    let own = host.strip_suffix(suffix).unwrap_or(host).trim_end_matches('.');
    let candidate = Candidate { host, own, squeezed: squeezed(own), label, plain: plain(label) };
    let mut found = None;
    for service in SERVICES.iter() {
        match candidate.imitates(service) {
            Some(true) => return Some(Named::LookAlike { of: service.name, certain: true }),
            Some(false) => {
                found.get_or_insert(Named::LookAlike { of: service.name, certain: false });
            }
            None => {}
        }
    }
    found
}

impl Candidate<'_> {
    /// Whether the host imitates a service, and whether that is certain.
    fn imitates(&self, service: &Service) -> Option<bool> {
        let (label, brand) = (self.label, service.brand);
        // The whole name, as further labels of a foreign one: hm.baidu.com.a.test.
        if has_labels(self.own, service.name) {
            return Some(true);
        }
        // The labels of the name run together or divided otherwise: hmbaidu.test, hm.bai.du.a.test.
        if service.squeezed.as_ref().is_some_and(|own| self.squeezed.contains(own)) {
            return Some(self.host != service.name);
        }
        if label == brand {
            // The same name below another suffix may be the same house.
            return (brand.len() >= 7).then_some(false);
        }
        if brand.len() >= 5 && label.len() >= 5 && self.plain == service.plain {
            return Some(true);
        }
        let slips = match brand.len() {
            11.. => 2,
            7..11 => 1,
            _ => 0,
        };
        let first = label.as_bytes().first() == brand.as_bytes().first();
        if slips > 0 && first && distance(label, brand) <= slips {
            return Some(brand.len() >= 8);
        }
        let trade = |part: &str| TRADE.contains(&part);
        let mut parts = label.split('-');
        (brand.len() >= 4 && parts.clone().any(|part| part == brand) && parts.any(trade)).then_some(false)
    }
}

/// Whether the labels of a name stand in another in a row.
fn has_labels(host: &str, name: &str) -> bool {
    host.match_indices(name).any(|(at, _)| {
        let (before, after) = (&host[..at], &host[at + name.len()..]);
        (before.is_empty() || before.ends_with('.')) && (after.is_empty() || after.starts_with('.'))
    })
}

/// The label of a service's registrable domain.
fn brand(service: &str) -> &str {
    let mut labels = service.rsplit('.');
    labels.next();
    labels.next().unwrap_or(service)
}

fn squeezed(name: &str) -> String {
    name.chars().filter(|ch| *ch != '.' && *ch != '-').collect()
}

/// A label with the letters that look alike made the same.
fn plain(label: &str) -> String {
    let text = label.replace("rn", "m").replace("vv", "w").replace("cl", "d");
    text.chars()
        .map(|ch| match ch {
            '0' => 'o',
            '1' | 'i' | 'j' => 'l',
            '5' => 's',
            '3' => 'e',
            other => other,
        })
        .collect()
}

/// Insertions, deletions, exchanges and swaps of neighbours that make one label of another (optimal string alignment).
fn distance(one: &str, other: &str) -> usize {
    let (a, b) = (one.as_bytes(), other.as_bytes());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut rows: [Vec<usize>; 3] = [vec![0; b.len() + 1], (0..=b.len()).collect(), vec![0; b.len() + 1]];
    for i in 1..=a.len() {
        rows[2][0] = i;
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[1][j] + 1).min(rows[2][j - 1] + 1).min(rows[1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[0][j - 2] + 1);
            }
            rows[2][j] = best;
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::known::KnownHosts;

    fn certain(host: &str) -> Option<bool> {
        match named(host) {
            Some(Named::LookAlike { certain, .. }) => Some(certain),
            _ => None,
        }
    }

    #[test]
    fn borrowed_names_are_look_alikes() {
        for host in [
            "hm.baidu.com.js-cdn.test",
            "hm.bai.du.js-cdn.test",
            "hmbaidu.test",
            "hm-baidu.test",
            "zz.bdstatic.com.a1.test",
            "www.googie-analytics.test",
            "www.google-anaiytics.test",
            "google-analitics.test",
            "www.googletagmanger.test",
            "cdn.jsdeliver.test",
            "code-jquery.test",
            "code.jquery.com.a1.test",
            "cdn.b00tcdn.test",
            "cdn.bootstrapcnd.test",
        ] {
            assert_eq!(certain(host), Some(true), "{host}");
        }
        for host in ["cnzz-stat.test", "jquery-cdn.test", "cdnjs-cloudflare.test", "static-alicdn.test"] {
            assert!(certain(host).is_some(), "{host}");
        }
    }

    #[test]
    fn true_names_and_strangers_are_none() {
        for host in [
            "hm.baidu.com",
            "s4.cnzz.com",
            "www.google-analytics.com",
            "www.google-analytics.cn",
            "code.jquery.com",
            "g.alicdn.com",
            "query.test",
            "jquery.a1.test",
            "matomo.a1.test",
            "jsdelivr.mirror.test",
            "www.baidu.com",
            "baidu.test",
            "51lawyer.test",
            "static.a1.test",
            "umang.test",
            "cdn.a1.test",
            "cloud-flora.test",
        ] {
            assert_eq!(named(host), None, "{host}");
        }
    }

    #[test]
    fn poisoned_networks_and_their_second_stage_are_known() {
        assert_eq!(named("cdn.polyfill.io"), Some(Named::Poisoned));
        assert_eq!(named("cdn.bootcss.com"), Some(Named::Poisoned));
        assert_eq!(named("www.googie-anaiytics.com"), Some(Named::Malware));
        assert_eq!(named("kuurza.com"), Some(Named::Malware));
    }

    #[test]
    fn no_known_host_is_taken_for_a_look_alike() {
        let list = include_str!("../known_hosts.txt").lines().filter(|line| !line.starts_with('#'));
        for host in list.filter_map(|line| line.split_once(' ')).map(|(_, host)| host) {
            let known = KnownHosts::builtin().service(host).is_some();
            assert!(
                known && !matches!(named(host), Some(Named::LookAlike { .. })),
                "{host}: {:?}",
                named(host)
            );
        }
    }
}
