//! Whatever a server or an address does ends in a value.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::net::TcpListener;

use super::server::{Reply, answer, page};
use super::*;
use crate::exchange::Cut;

async fn failure(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Failure {
    let server = Server::start(move |_| reply()).await;
    get(&fetcher(), &server.url("/")).await.result.unwrap_err()
}

async fn response(
    fetcher: &Fetcher,
    reply: impl Fn() -> Reply + Send + Sync + 'static,
) -> crate::exchange::Response {
    let server = Server::start(move |_| reply()).await;
    get(fetcher, &server.url("/")).await.result.unwrap()
}

fn with_limits(change: impl Fn(&mut Limits)) -> Fetcher {
    let mut settings = settings();
    change(&mut settings.limits);
    Fetcher::new(settings).unwrap()
}

#[tokio::test]
async fn a_server_that_nobody_runs_refuses() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let exchange = get(&fetcher(), &url).await;
    assert_eq!((exchange.result.unwrap_err(), exchange.remote), (Failure::Refused, None));
}

#[tokio::test]
async fn names_without_address_do_not_resolve() {
    for name in ["nobody.test", "empty.test"] {
        let exchange = get(&fetcher(), &Url::parse(&format!("http://{name}/")).unwrap()).await;
        assert_eq!(exchange.result.unwrap_err(), Failure::Unresolvable(name.to_owned()));
    }
}

#[tokio::test]
async fn the_guard_stands_before_literals_names_and_overrides() {
    let server = Server::start(|_| page("secret")).await;
    let port = server.address.port();
    let shut = Fetcher::new(FetchSettings {
        allow_private: false,
        overrides: vec![format!("mine.test:{port}:127.0.0.1").parse().unwrap()],
        ..settings()
    })
    .unwrap();
    for host in ["127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "here.test", "mine.test", "metadata.test"] {
        let exchange = get(&shut, &Url::parse(&format!("http://{host}:{port}/")).unwrap()).await;
        assert!(matches!(exchange.result, Err(Failure::ForbiddenAddress(_))), "{host} {:?}", exchange.result);
    }
    let open = fetcher();
    let metadata = get(&open, &Url::parse("http://metadata.test/").unwrap()).await;
    assert_eq!(metadata.result.unwrap_err(), Failure::ForbiddenAddress("169.254.169.254".to_owned()));
    assert!(server.seen().is_empty());
    let one_order = Order {
        allow_private: true,
        ..Order::page(Url::parse(&format!("http://mine.test:{port}/")).unwrap(), profile("d"))
    };
    assert!(shut.get(&one_order, &jar(), ExchangeId(0)).await.result.is_ok());
    assert_eq!(server.seen()[0].header("host"), Some(format!("mine.test:{port}").as_str()));
}

#[tokio::test]
async fn schemes_and_ports_of_other_protocols_are_refused() {
    let fetcher = fetcher();
    let scheme = get(&fetcher, &Url::parse("javascript:alert(1)").unwrap()).await;
    assert_eq!(scheme.result.unwrap_err(), Failure::Scheme("javascript".to_owned()));
    let port = get(&fetcher, &Url::parse("http://127.0.0.1:25/").unwrap()).await;
    assert!(matches!(port.result, Err(Failure::Other(_))));
}

#[tokio::test]
async fn a_connection_closed_or_reset_before_an_answer_is_tried_once_more_and_named() {
    assert!(matches!(failure(|| Reply::Send(Vec::new())).await, Failure::Closed(_)));
    let server = Server::start(|_| Reply::Reset).await;
    let exchange = get(&fetcher(), &server.url("/")).await;
    assert!(matches!(exchange.result, Err(Failure::Closed(_))), "{:?}", exchange.result);
    assert_eq!(server.seen().len(), 2);
    let once = std::sync::atomic::AtomicBool::new(true);
    let server = Server::start(move |_| {
        if once.swap(false, std::sync::atomic::Ordering::SeqCst) { Reply::Reset } else { page("hello") }
    })
    .await;
    assert_eq!(get(&fetcher(), &server.url("/")).await.result.unwrap().body, "hello");
}

#[tokio::test]
async fn what_is_not_http_is_named() {
    for bytes in ["SSH-2.0-OpenSSH_9.2\r\n", "220 mail.test ESMTP\r\n", "<html>no header</html>\r\n\r\n"] {
        let failure = failure(move || Reply::Send(bytes.as_bytes().to_vec())).await;
        assert!(matches!(failure, Failure::NotHttp(_)), "{bytes} {failure:?}");
    }
    let failure = failure(|| answer("200 OK", &format!("X: {}\r\n", "x".repeat(5000)), "")).await;
    assert!(matches!(failure, Failure::NotHttp(_)), "{failure:?}");
}

#[tokio::test]
async fn a_header_without_end_is_cut_off() {
    let head = b"HTTP/1.1 200 OK\r\n".to_vec();
    let failure =
        failure(move || Reply::Endless(head.clone(), b"X-Header: and another one\r\n".to_vec())).await;
    assert!(matches!(failure, Failure::NotHttp(_)), "{failure:?}");
}

#[tokio::test]
async fn a_server_without_an_answer_runs_out_of_time_and_is_not_asked_again() {
    let hasty = with_limits(|limits| limits.total = Duration::from_millis(60));
    let server = Server::start(|_| Reply::SendAndHold(Vec::new())).await;
    assert_eq!(get(&hasty, &server.url("/")).await.result.unwrap_err(), Failure::TimedOut);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn an_endless_body_is_cut_at_the_cap() {
    let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
    let response = response(&fetcher(), move || Reply::Endless(head.clone(), vec![b'x'; 1000])).await;
    assert_eq!((response.raw.len(), response.cut), (10_000, Some(Cut::TooLarge)));
}

#[tokio::test]
async fn a_body_that_stops_coming_is_cut_by_the_minimum_rate_or_the_time() {
    let head = || Reply::SendAndHold(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nbegun".to_vec());
    let strict = with_limits(|limits| limits.min_rate = 1000);
    let slow = response(&strict, head).await;
    assert_eq!((slow.body.as_ref(), slow.cut), (b"begun".as_slice(), Some(Cut::TooSlow)));
    let hasty = with_limits(|limits| limits.total = Duration::from_millis(60));
    let late = response(&hasty, head).await;
    assert_eq!((late.body.as_ref(), late.cut), (b"begun".as_slice(), Some(Cut::OutOfTime)));
}

#[tokio::test]
async fn a_gzip_bomb_is_cut_once_unpacked() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![b'x'; 5_000_000]).unwrap();
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 10_000);
    let length = bomb.len();
    let response = response(&fetcher(), move || answer("200 OK", "Content-Encoding: gzip\r\n", &bomb)).await;
    assert_eq!((response.raw.len(), response.body.len()), (length, 30_000));
    assert_eq!(response.cut, Some(Cut::TooLargeDecompressed));
}

#[tokio::test]
async fn a_broken_body_keeps_what_came() {
    for bytes in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nbegun",
    ] {
        let response = response(&fetcher(), move || Reply::Send(bytes.as_bytes().to_vec())).await;
        assert_eq!(
            (response.body.as_ref(), response.cut),
            (b"begun".as_slice(), Some(Cut::Broken)),
            "{bytes}"
        );
    }
}

#[tokio::test]
async fn odd_but_readable_answers_are_read() {
    let old = response(&fetcher(), || Reply::Send(b"HTTP/1.0 200\r\n\r\nold".to_vec())).await;
    assert_eq!((old.version, old.body.as_ref(), old.cut), ("HTTP/1.0", b"old".as_slice(), None));
    let bytes =
        b"HTTP/1.1 200 OK\r\nX-Name: \xb0\xa1\r\nX-Name : two\r\nno colon\r\nContent-Length: 0\r\n\r\n";
    let odd = response(&fetcher(), || Reply::Send(bytes.to_vec())).await;
    assert_eq!(odd.header_all("x-name").collect::<Vec<_>>(), ["°¡", "two"]);
    assert!(odd.body.is_empty());
}

#[tokio::test]
async fn of_a_download_only_the_beginning_is_read() {
    async fn check(headers: &'static str, expected: usize) {
        let body = vec![b'x'; 9000];
        let response = response(&fetcher(), move || answer("200 OK", headers, &body)).await;
        assert_eq!(response.raw.len(), expected, "{headers}");
    }
    check("Content-Type: application/vnd.android.package-archive\r\n", 4096).await;
    check("Content-Type: text/html\r\nContent-Disposition: attachment; filename=x.apk\r\n", 4096).await;
    check("Content-Type: image/png\r\n", 4096).await;
    check("Content-Type: image/svg+xml\r\n", 9000).await;
    check("Content-Type: text/html\r\n", 9000).await;
}

#[tokio::test]
async fn a_host_that_asks_for_patience_is_left_alone() {
    let server = Server::start(|_| answer("503 Service Unavailable", "Retry-After: 3600\r\n", "")).await;
    let manners = Manners { rate: 0.0, longest_wait: Duration::from_secs(3600), ..Manners::default() };
    let fetcher = Fetcher::new(FetchSettings { manners, ..settings() }).unwrap();
    assert_eq!(get(&fetcher, &server.url("/")).await.result.unwrap().status, 503);
    let url = server.url("/");
    let again = tokio::time::timeout(Duration::from_millis(50), get(&fetcher, &url)).await;
    assert!(again.is_err());
    assert_eq!(server.seen().len(), 1);
}
