//! A cookie jar: one for each profile and visit, so that no profile learns what another was told (RFC 6265).

use std::sync::{Mutex, PoisonError};

use cookie_store::{CookieStore, RawCookie};
use url::Url;

use crate::exchange::Response;
use crate::exchange::profile::Cookies;

/// How many cookies a jar takes.
const MOST_COOKIES: usize = 300;
/// The longest cookie taken, in bytes (RFC 6265 section 6.1).
const LONGEST_COOKIE: usize = 4096;

/// A cookie jar.
#[derive(Debug)]
pub struct Jar {
    /// `None`: takes no cookie, gives none.
    store: Option<Mutex<CookieStore>>,
}

impl Jar {
    /// An empty jar for a profile; a spider's jar stays empty.
    pub fn new(cookies: Cookies) -> Self {
        let takes = !matches!(cookies, Cookies::None);
        Self { store: takes.then(|| Mutex::new(CookieStore::new())) }
    }

    /// The `Cookie` value for an address, longest path first, then by name.
    pub fn header(&self, url: &Url) -> Option<String> {
        let store = self.store.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        let mut cookies = store.matches(url);
        if cookies.is_empty() {
            return None;
        }
        cookies.sort_by_key(|cookie| (std::cmp::Reverse(cookie.path.len()), cookie.name().to_owned()));
        let pairs: Vec<String> =
            cookies.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value())).collect();
        Some(pairs.join("; "))
    }

    /// Takes what a response sets, unless it is too much, malformed or for a whole public suffix.
    pub fn take(&self, url: &Url, response: &Response) {
        let Some(store) = &self.store else { return };
        let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
        for value in response.header_all("set-cookie").filter(|value| value.len() <= LONGEST_COOKIE) {
            // Browsers drop these, and they could not be sent back.
            if value.contains(|c: char| c.is_control() && c != '\t') {
                continue;
            }
            let Ok(cookie) = RawCookie::parse(value) else { continue };
            if store.iter_any().count() >= MOST_COOKIES
                || cookie.domain().is_some_and(|name| is_suffix(name, url))
            {
                continue;
            }
            // A cookie that the rules reject is what a browser would drop, too.
            let _ = store.insert_raw(&cookie.into_owned(), url);
        }
    }

    /// How many cookies are in it.
    pub fn len(&self) -> usize {
        self.store
            .as_ref()
            .map_or(0, |store| store.lock().unwrap_or_else(PoisonError::into_inner).iter_unexpired().count())
    }

    /// Whether there is none in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Whether a cookie's domain is a public suffix (`gov.cn`) and not the host itself.
fn is_suffix(domain: &str, url: &Url) -> bool {
    let domain = domain.trim_start_matches('.').to_ascii_lowercase();
    url.host_str() != Some(domain.as_str()) && psl::domain_str(&domain).is_none()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn setting(cookies: &[&str]) -> Response {
        Response {
            status: 200,
            version: "HTTP/1.1",
            headers: cookies
                .iter()
                .map(|value| ("Set-Cookie".to_owned(), value.as_bytes().to_vec()))
                .collect(),
            raw: Bytes::new(),
            body: Bytes::new(),
            cut: None,
        }
    }

    fn check(cookies: &[&str], asked: &str, expected: Option<&str>) {
        let jar = Jar::new(Cookies::Empty);
        jar.take(&Url::parse("http://www.a.gov.cn/x/").unwrap(), &setting(cookies));
        assert_eq!(jar.header(&Url::parse(asked).unwrap()).as_deref(), expected, "{cookies:?} {asked}");
    }

    #[test]
    fn cookies_go_back_only_where_they_belong() {
        check(&["a=1; Path=/", "b=2"], "http://www.a.gov.cn/x/y", Some("b=2; a=1"));
        check(&["a=1; Path=/", "b=2"], "http://www.a.gov.cn/", Some("a=1"));
        check(&["a=1"], "http://m.a.gov.cn/x/", None);
        check(&["a=1; Domain=a.gov.cn; Path=/"], "http://m.a.gov.cn/", Some("a=1"));
        check(&["a=1; Domain=gov.cn; Path=/"], "http://www.b.gov.cn/", None);
        check(&["a=1; Domain=b.gov.cn"], "http://www.b.gov.cn/x/", None);
        check(&["a=1; Secure; Path=/"], "http://www.a.gov.cn/", None);
        check(&["a=1; Max-Age=0"], "http://www.a.gov.cn/x/", None);
        check(&["", "=;;", "\u{0}=1"], "http://www.a.gov.cn/x/", None);
    }

    #[test]
    fn a_spiders_jar_stays_empty_and_a_greedy_site_is_stopped() {
        let url = Url::parse("http://a.test/").unwrap();
        let spider = Jar::new(Cookies::None);
        spider.take(&url, &setting(&["a=1"]));
        assert_eq!(spider.header(&url), None);
        let many: Vec<String> = (0..1000).map(|n| format!("c{n}=1")).collect();
        let long = format!("x={}", "y".repeat(5000));
        let mut all: Vec<&str> = vec![&long];
        all.extend(many.iter().map(String::as_str));
        let jar = Jar::new(Cookies::Empty);
        jar.take(&url, &setting(&all));
        assert_eq!(jar.len(), MOST_COOKIES);
    }
}
