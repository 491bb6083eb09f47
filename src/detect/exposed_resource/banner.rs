//! Versions that a header names and that nobody has maintained for years.
//!
//! Information, never a fault: distributors patch old versions without changing the number.

use super::answer::Exposure;
use super::technique::VERSION;
use crate::exchange::Response;

/// A product as it stands in a header, and the first version that is not far past its end of life.
struct Product {
    /// As it is written, before the slash.
    name: &'static str,
    /// Everything below is long unmaintained.
    first_maintained: (u32, u32),
    /// When the last of the older versions ended; others ended before.
    ended: &'static str,
}

/// Ends of life of at least two years ago: php.net/eol.php, httpd.apache.org, learn.microsoft.com/lifecycle,
/// openssl-library.org, nginx.org.
const PRODUCTS: &[Product] = &[
    Product { name: "PHP", first_maintained: (8, 0), ended: "2022-11-28" },
    Product { name: "Apache", first_maintained: (2, 4), ended: "2017-12-31" },
    Product { name: "Microsoft-IIS", first_maintained: (8, 5), ended: "2023-10-10" },
    Product { name: "OpenSSL", first_maintained: (1, 1), ended: "2019-12-31" },
    Product { name: "nginx", first_maintained: (1, 18), ended: "2020-04-21" },
    Product { name: "Apache-Coyote", first_maintained: (9, 0), ended: "2018-06-30" },
];

/// The header fields in which software names itself.
const FIELDS: [&str; 2] = ["server", "x-powered-by"];

/// What a header names that is long unmaintained, each product once.
pub(super) fn old_versions(response: &Response) -> Vec<Exposure> {
    let mut found: Vec<Exposure> = Vec::new();
    for field in FIELDS {
        for value in response.header_all(field) {
            for (product, version) in value.split([' ', ',', '(', ')']).filter_map(named) {
                let what = format!("{}/{version}", product.name);
                if !found.iter().any(|known| known.what == what) {
                    let sign = format!(
                        "{field}: {} (EOL ≤ {})",
                        super::answer::shortened(&value, 120),
                        product.ended
                    );
                    let exposure = Exposure::new(&VERSION, what, sign);
                    found.push(Exposure { cause: product.name.to_owned(), ..exposure });
                }
            }
        }
    }
    found
}

/// A product with its version, where that is an old one.
fn named(token: &str) -> Option<(&'static Product, &str)> {
    let (name, version) = token.split_once('/')?;
    let product = PRODUCTS.iter().find(|product| product.name.eq_ignore_ascii_case(name))?;
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().ok());
    let major = numbers.next()??;
    let minor = numbers.next().flatten().unwrap_or_default();
    ((major, minor) < product.first_maintained).then_some((product, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_versions_are_told_from_current_ones() {
        for (token, old) in [
            ("PHP/5.2.17", true),
            ("PHP/7.4.33", true),
            ("PHP/8.2.1", false),
            ("Apache/2.2.15", true),
            ("Apache/2.4.57", false),
            ("Apache", false),
            ("Microsoft-IIS/6.0", true),
            ("Microsoft-IIS/10.0", false),
            ("nginx/1.24.0", false),
            ("nginx/1.4.6", true),
            ("OpenSSL/1.0.2k-fips", true),
            ("OpenSSL/3.0.7", false),
            ("Apache-Coyote/1.1", true),
            ("Other/0.1", false),
            ("PHP/x", false),
        ] {
            assert_eq!(named(token).is_some(), old, "{token}");
        }
    }
}
