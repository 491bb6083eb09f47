//! Posts to hooks: the guard, redirects, sizes.

use super::server::answer;
use super::*;

const HEADERS: [(&str, &str); 1] = [("Content-Type", "application/json")];

fn headers() -> Vec<(String, String)> {
    HEADERS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_hook_at_a_private_address_needs_its_own_permission() {
    // The settings permit private addresses to visits, which says nothing about hooks.
    let fetcher = fetcher();
    for url in [
        "http://127.0.0.1:8009/",
        "http://here.test:8009/",
        "http://[::1]:8009/",
        "http://10.0.0.1/",
        "http://0x7f.1/",
    ] {
        let refused = fetcher.post(&url.parse().unwrap(), &headers(), b"{}".to_vec(), false).await;
        assert!(matches!(refused, Err(Failure::ForbiddenAddress(_))), "{url}: {refused:?}");
    }
    for url in ["http://metadata.test/", "http://169.254.169.254/", "http://[fd00:ec2::254]/"] {
        let refused = fetcher.post(&url.parse().unwrap(), &headers(), b"{}".to_vec(), true).await;
        assert!(matches!(refused, Err(Failure::ForbiddenAddress(_))), "{url}: {refused:?}");
    }
    for (host, allow, expected) in [
        ("here.test", false, false),
        ("here.test", true, true),
        ("127.0.0.1", false, false),
        ("[::1]", true, true),
        ("metadata.test", true, false),
    ] {
        assert_eq!(fetcher.admit_host(host, 25, allow).await.is_ok(), expected, "{host} {allow}");
    }
    let unknown = fetcher.admit_host("nowhere.test", 25, true).await;
    assert!(matches!(unknown, Err(Failure::Unresolvable(_))), "{unknown:?}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_answers_are_read_to_a_limit() {
    let server = Server::start(|seen| match seen.target.as_str() {
        "/long" => answer("200 OK", "", "x".repeat(1 << 20)),
        _ => answer("307 Temporary Redirect", "Location: http://127.0.0.1:8009/\r\n", ""),
    })
    .await;
    let fetcher = fetcher();
    let moved = fetcher.post(&server.url("/"), &headers(), b"{}".to_vec(), true).await.unwrap();
    assert_eq!((moved.status, moved.body.len()), (307, 0));
    let long = fetcher.post(&server.url("/long"), &headers(), b"{}".to_vec(), true).await.unwrap();
    assert_eq!((long.status, long.body.len()), (200, 64 << 10));
    let forged = vec![("X-A".to_owned(), "1\r\nX-B: 2".to_owned())];
    assert!(fetcher.post(&server.url("/"), &forged, Vec::new(), true).await.is_err());
}
