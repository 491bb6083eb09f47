//! What `window.js` leaves to the host: addresses, data addresses, base64.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;
use url::Url;

/// As `atob` reads (WHATWG forgiving-base64): padding may be missing.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// An address against a base; empty where it is none.
pub(super) fn resolve(address: &str, base: &str) -> String {
    let resolved = match Url::parse(base) {
        Ok(base) => base.join(address),
        Err(_) => Url::parse(address),
    };
    resolved.map(String::from).unwrap_or_default()
}

/// The parts of an address as `location` has them, in JSON.
pub(super) fn parts(address: &str) -> String {
    let Ok(url) = Url::parse(address) else {
        let part = ["protocol", "host", "hostname", "port", "pathname", "search", "hash", "origin"]
            .map(|name| (name, ""));
        let mut empty: serde_json::Map<_, _> =
            part.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
        empty.insert("href".to_owned(), address.into());
        return serde_json::Value::Object(empty).to_string();
    };
    let hostname = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| port.to_string()).unwrap_or_default();
    let host = if port.is_empty() { hostname.to_owned() } else { format!("{hostname}:{port}") };
    let after = |mark: &str, part: Option<&str>| {
        part.filter(|part| !part.is_empty()).map(|part| format!("{mark}{part}"))
    };
    serde_json::json!({
        "href": url.as_str(), "protocol": format!("{}:", url.scheme()), "host": host, "hostname": hostname,
        "port": port, "pathname": url.path(), "search": after("?", url.query()).unwrap_or_default(),
        "hash": after("#", url.fragment()).unwrap_or_default(), "origin": url.origin().ascii_serialization(),
    })
    .to_string()
}

/// The text of a `data:` address (RFC 2397); `None` where it is none.
pub(super) fn data_text(address: &str) -> Option<String> {
    let (kind, data) = address.get(5..)?.split_once(',')?;
    let plain: Vec<u8> = percent_decode_str(data).collect();
    let bytes = if kind.to_ascii_lowercase().trim_end().ends_with(";base64") {
        let text: String =
            plain.iter().map(|&byte| char::from(byte)).filter(|c| !c.is_whitespace()).collect();
        FORGIVING.decode(text).ok()?
    } else {
        plain
    };
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// `atob`: base64 to a string of one character a byte.
pub(super) fn atob(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    Some(FORGIVING.decode(text).ok()?.into_iter().map(char::from).collect())
}

/// `btoa`; characters above U+00FF are taken modulo 256, where browsers throw.
pub(super) fn btoa(text: &str) -> String {
    let bytes: Vec<u8> = text.chars().map(|c| (u32::from(c) & 0xFF) as u8).collect();
    FORGIVING.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_resolved_as_browsers_do() {
        assert_eq!(resolve("//b.test/x", "https://a.test/y/"), "https://b.test/x");
        assert_eq!(resolve("z", "https://a.test/y/"), "https://a.test/y/z");
        assert_eq!(resolve("http://[", "https://a.test/"), "");
    }

    #[test]
    fn base64_is_forgiving() {
        assert_eq!(atob("aHR0 cDov"), Some("http:/".to_owned()));
        assert_eq!(atob("YQ"), Some("a".to_owned()));
        assert_eq!(atob("!"), None);
        assert_eq!(btoa("http:/"), "aHR0cDov");
    }

    #[test]
    fn data_addresses_are_read() {
        assert_eq!(data_text("data:text/javascript,a%3D1"), Some("a=1".to_owned()));
        assert_eq!(data_text("data:text/javascript;base64,YT0x"), Some("a=1".to_owned()));
        assert_eq!(data_text("data:"), None);
    }
}
