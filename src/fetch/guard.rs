//! The address guard: which addresses and ports may be asked at all. Every hop, sub-resource and resolved name passes it.
//!
//! Judges values only; resolving is the business of `names`. Sources: the IANA special-purpose address registries
//! (RFC 6890 and successors), the port blocking list of the Fetch standard.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use ipnet::{Ipv4Net, Ipv6Net};
use url::{Host, Url};

use crate::exchange::Failure;

/// How far an address may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Anybody may ask it.
    Public,
    /// Private or loopback: only where the user or the target permits.
    Private,
    /// Never: link-local, metadata services, multicast, documentation, reserved.
    Forbidden,
}

impl Standing {
    /// Whether it may be asked, given the permission for private addresses.
    pub fn admits(self, allow_private: bool) -> bool {
        match self {
            Self::Public => true,
            Self::Private => allow_private,
            Self::Forbidden => false,
        }
    }
}

/// The standing of an address. An IPv6 address that carries an IPv4 one stands as that one does.
pub fn standing(ip: IpAddr) -> Standing {
    match ip {
        IpAddr::V4(ip) => standing_v4(ip),
        IpAddr::V6(ip) => match embedded_v4(ip) {
            Some(inner) => standing_v4(inner),
            None => standing_v6(ip),
        },
    }
}

/// Refuses schemes, ports and literal addresses that are not to be asked. Names pass: they are judged once resolved.
pub fn check_url(url: &Url, allow_private: bool) -> Result<(), Failure> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Failure::Scheme(url.scheme().to_owned()));
    }
    if let Some(port) = url.port().filter(|port| BLOCKED_PORTS.binary_search(port).is_ok()) {
        return Err(Failure::Other(format!("port {port} belongs to another protocol, browsers refuse it")));
    }
    let literal = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        Some(Host::Domain(name)) if !name.trim_matches('.').is_empty() => return Ok(()),
        _ => return Err(Failure::Other("the address has no host".to_owned())),
    };
    if standing(literal).admits(allow_private) {
        Ok(())
    } else {
        Err(Failure::ForbiddenAddress(literal.to_string()))
    }
}

fn standing_v4(ip: Ipv4Addr) -> Standing {
    BLOCKS_V4
        .iter()
        .find(|(block, _)| block.contains(&ip))
        .map_or(Standing::Public, |(_, standing)| *standing)
}

fn standing_v6(ip: Ipv6Addr) -> Standing {
    BLOCKS_V6
        .iter()
        .find(|(block, _)| block.contains(&ip))
        .map_or(Standing::Public, |(_, standing)| *standing)
}

/// The IPv4 address within a mapped, compatible, NAT64, 6to4 or Teredo address.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = ip.octets();
    let at = |from: usize| Ipv4Addr::new(octets[from], octets[from + 1], octets[from + 2], octets[from + 3]);
    match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(at(12)),
        // IPv4-translated (RFC 2765).
        [0, 0, 0, 0, 0xffff, 0, ..] => Some(at(12)),
        // IPv4-compatible; `::` and `::1` are not.
        [0, 0, 0, 0, 0, 0, high, low] if (high, low) > (0, 1) => Some(at(12)),
        [0x2002, ..] => Some(at(2)),
        [0x2001, 0, ..] => {
            let [a, b, c, d] = at(12).octets();
            Some(Ipv4Addr::new(!a, !b, !c, !d))
        }
        _ => None,
    }
}

static BLOCKS_V4: LazyLock<Vec<(Ipv4Net, Standing)>> = LazyLock::new(|| {
    use Standing::{Forbidden, Private};
    let blocks = [
        ("0.0.0.0/8", Forbidden),
        ("10.0.0.0/8", Private),
        // Carrier-grade NAT; a large cloud keeps its metadata service in it.
        ("100.64.0.0/10", Forbidden),
        ("127.0.0.0/8", Private),
        // Link-local, with the metadata services of most clouds.
        ("169.254.0.0/16", Forbidden),
        ("172.16.0.0/12", Private),
        ("192.0.0.0/24", Forbidden),
        ("192.0.2.0/24", Forbidden),
        ("192.88.99.0/24", Forbidden),
        ("192.168.0.0/16", Private),
        ("198.18.0.0/15", Forbidden),
        ("198.51.100.0/24", Forbidden),
        ("203.0.113.0/24", Forbidden),
        ("224.0.0.0/4", Forbidden),
        ("240.0.0.0/4", Forbidden),
    ];
    blocks.map(|(block, standing)| (block.parse().expect("the table holds valid blocks"), standing)).into()
});

static BLOCKS_V6: LazyLock<Vec<(Ipv6Net, Standing)>> = LazyLock::new(|| {
    use Standing::{Forbidden, Private};
    let blocks = [
        ("::/128", Forbidden),
        ("::1/128", Private),
        // NAT64 for local use: the network behind it is not known.
        ("64:ff9b:1::/48", Forbidden),
        ("100::/64", Forbidden),
        ("2001::/23", Forbidden),
        ("2001:db8::/32", Forbidden),
        ("3fff::/20", Forbidden),
        ("5f00::/16", Forbidden),
        // A cloud's metadata service within the private range.
        ("fd00:ec2::/32", Forbidden),
        ("fc00::/7", Private),
        ("fe80::/10", Forbidden),
        ("fec0::/10", Forbidden),
        ("ff00::/8", Forbidden),
    ];
    blocks.map(|(block, standing)| (block.parse().expect("the table holds valid blocks"), standing)).into()
});

/// Ports that browsers refuse, ascending.
const BLOCKED_PORTS: &[u16] = &[
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103,
    104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514,
    515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723,
    2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_table_is_sorted() {
        assert!(BLOCKED_PORTS.is_sorted());
    }

    #[test]
    fn every_spelling_of_an_inner_address_is_seen_through() {
        fn check(url: &str, expected: Standing) {
            let parsed = Url::parse(url).unwrap();
            let outcome = [false, true].map(|allow| check_url(&parsed, allow).is_ok());
            let wanted = [false, true].map(|allow| expected.admits(allow));
            assert_eq!(outcome, wanted, "{url} read as {parsed}");
        }
        use Standing::{Forbidden, Private, Public};
        for url in [
            "http://93.184.216.34/",
            "https://[2606:4700::1111]/",
            "http://a.test:8080/",
            "http://[2002:5db8:d822::]/",
        ] {
            check(url, Public);
        }
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://127.0.0.1./",
            "http://①②⑦.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[::127.0.0.1]/",
            "http://[64:ff9b::10.0.0.1]/",
            "http://[2002:c0a8:101::]/",
            "http://[2001:0:0:0:0:0:80ff:fffe]/",
            "http://10.1.2.3/",
            "http://172.31.0.1/",
            "http://192.168.1.1/",
            "http://[fd12::1]/",
        ] {
            check(url, Private);
        }
        for url in [
            "http://0.0.0.0/",
            "http://0/",
            "http://169.254.169.254/latest/",
            "http://[::ffff:169.254.169.254]/",
            "http://[64:ff9b::a9fe:a9fe]/",
            "http://100.100.100.200/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "http://203.0.113.9/",
            "http://[fe80::1]/",
            "http://[fd00:ec2::254]/",
            "http://[ff02::1]/",
            "http://[2001:db8::1]/",
            "http://[::]/",
            "http://a.test:25/",
            "http://a.test:6667/",
            "ftp://a.test/",
            "javascript:alert(1)",
            "file:///etc/hostname",
            "weixin://dl/chat",
            "data:text/html,x",
        ] {
            check(url, Forbidden);
        }
    }
}
