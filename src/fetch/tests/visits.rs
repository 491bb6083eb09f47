//! Redirects, cookies and what servers see.

use super::server::{Reply, answer, page};
use super::*;
use crate::exchange::RedirectMeans;

/// A site whose pages lead from one to the next by every means.
async fn chain() -> Server {
    Server::start(|seen| match seen.target.as_str() {
        "/" => answer("302 Found", "Location: /two?a=b#part\r\nSet-Cookie: step=1; Path=/\r\n", ""),
        "/two?a=b" => answer("200 OK", "Refresh: 0; url=three\r\n", "<p>two"),
        "/three" => page("<meta http-equiv='refresh' content='1;url=/four'>"),
        "/four" => page("<title>end</title>"),
        "/self" => page("<meta http-equiv=refresh content='60;url=/self'>"),
        "/late" => page("<meta http-equiv=refresh content='300;url=/four'>"),
        "/loop" => answer("302 Found", "Location: /pool\r\n", ""),
        "/pool" => answer("302 Found", "Location: /loop\r\n", ""),
        "/app" => answer("302 Found", "Location: weixin://dl/chat\r\n", ""),
        "/inner" => answer("302 Found", "Location: http://169.254.169.254/latest/\r\n", ""),
        "/nowhere" => answer("302 Found", "", "moved"),
        "/gate" if seen.header("cookie") == Some("pass=1") => page("inside"),
        "/gate" => answer("302 Found", "Location: /gate\r\nSet-Cookie: pass=1\r\n", ""),
        endless => {
            let next = endless.len();
            answer("301 Moved", &format!("Location: /{}\r\n", "x".repeat(next)), "")
        }
    })
    .await
}

fn paths(visit: &Visit) -> Vec<String> {
    visit.hops.iter().map(|hop| hop.url[url::Position::BeforePath..].to_owned()).collect()
}

#[tokio::test]
async fn every_hop_is_kept_with_what_led_on() {
    let server = chain().await;
    let order = Order::page(server.url("/#top"), profile("m"));
    let visit = fetcher().visit(&order, &jar(), ExchangeId(7)).await;
    assert_eq!(paths(&visit), ["/", "/two?a=b", "/three", "/four"]);
    let means: Vec<_> = visit.hops.iter().map(|hop| hop.onward.as_ref().map(|onward| onward.by)).collect();
    assert_eq!(
        means,
        [
            Some(RedirectMeans::Status),
            Some(RedirectMeans::RefreshHeader),
            Some(RedirectMeans::MetaRefresh),
            None
        ]
    );
    assert_eq!(visit.hops[0].onward.as_ref().unwrap().to.fragment(), Some("part"));
    let ids: Vec<u32> = visit.exchanges.iter().map(|exchange| exchange.id.0).collect();
    assert_eq!((ids, visit.end), (vec![7, 8, 9, 10], End::Arrived));
    assert_eq!(visit.last().remote, Some(server.address));

    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    // The status redirect keeps the referrer; a refresh comes from the page itself.
    let referrers: Vec<_> = seen.iter().map(|seen| seen.header("referer").unwrap().to_owned()).collect();
    let from = |path: &str| server.url(path).to_string();
    assert_eq!(
        referrers,
        [
            "https://m.baidu.com/".to_owned(),
            "https://m.baidu.com/".to_owned(),
            from("/two?a=b"),
            from("/three")
        ]
    );
    assert_eq!(seen[0].header("cookie"), None);
    assert!(seen[1..].iter().all(|seen| seen.header("cookie") == Some("step=1")));
}

#[tokio::test]
async fn every_way_has_an_end() {
    async fn check(path: &str, end: End, hops: usize) -> Visit {
        let server = chain().await;
        let visit = visit(&fetcher(), server.url(path)).await;
        assert_eq!((visit.end, visit.hops.len()), (end, hops), "{path} {:?}", paths(&visit));
        visit
    }
    check("/self", End::Arrived, 1).await;
    check("/late", End::Delayed, 1).await;
    check("/loop", End::Loop, 2).await;
    check("/x", End::TooManyRedirects, 5).await;
    check("/nowhere", End::Arrived, 1).await;
    let gate = check("/gate", End::Arrived, 2).await;
    assert_eq!(gate.last().response().unwrap().body, "inside");
    let app = check("/app", End::Failed, 2).await;
    assert_eq!(app.last().result.as_ref().unwrap_err(), &Failure::Scheme("weixin".to_owned()));
    let inner = check("/inner", End::Failed, 2).await;
    assert!(matches!(inner.last().result, Err(Failure::ForbiddenAddress(_))));
}

#[tokio::test]
async fn a_script_follows_status_alone() {
    let server = chain().await;
    let order = Order::page(server.url("/"), profile("m")).purpose(Purpose::Script).from(server.url("/page"));
    let visit = fetcher().visit(&order, &jar(), ExchangeId(0)).await;
    assert_eq!(paths(&visit), ["/", "/two?a=b"]);
    let seen = server.seen();
    assert_eq!(seen[0].header("accept"), Some("*/*"));
    assert_eq!(seen[0].header("sec-fetch-dest"), Some("script"));
    assert_eq!(seen[0].header("sec-fetch-site"), Some("same-origin"));
    assert_eq!(seen[0].header("accept-encoding"), Some("gzip, deflate, br, zstd"));
}

#[tokio::test]
async fn the_server_sees_the_header_of_the_profile_in_its_order() {
    let server = Server::start(|_| page("hello")).await;
    let fetcher = fetcher();
    for profile in Profile::matrix() {
        let jar = Jar::new(profile.cookies);
        let exchange = fetcher.get(&Order::page(server.url("/"), profile.clone()), &jar, ExchangeId(0)).await;
        let seen = server.seen().pop().unwrap();
        let lower = |headers: &[(String, String)]| -> Vec<(String, String)> {
            headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect()
        };
        assert_eq!(lower(&seen.headers), lower(&exchange.request.headers), "{}", profile.id);
        assert_eq!(seen.header("user-agent").unwrap(), profile.agent.user_agent());
    }
}

#[tokio::test]
async fn profiles_share_neither_cookies_nor_connections() {
    // Keeps connections open, so that a second request on one would never be answered.
    let server = Server::start(|_| {
        Reply::SendAndHold(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: who=me\r\n\r\nok".to_vec())
    })
    .await;
    let fetcher = fetcher();
    for id in ["m", "d", "s"] {
        let exchange = get_as(&fetcher, &server, id).await;
        assert!(exchange.result.is_ok(), "{id}");
    }
    assert!(server.seen().iter().all(|seen| seen.header("cookie").is_none()));
}

async fn get_as(fetcher: &Fetcher, server: &Server, id: &str) -> Exchange {
    let profile = profile(id);
    let jar = Jar::new(profile.cookies);
    fetcher.get(&Order::page(server.url("/"), profile), &jar, ExchangeId(0)).await
}

#[tokio::test]
async fn head_asks_for_no_body() {
    let server =
        Server::start(|_| Reply::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n".to_vec())).await;
    let order = Order { method: Method::Head, ..Order::page(server.url("/"), profile("d")) };
    let response = fetcher().get(&order, &jar(), ExchangeId(0)).await.result.unwrap();
    assert_eq!((response.body.len(), response.cut), (0, None));
}

#[tokio::test]
async fn an_override_is_for_its_port_alone() {
    let server = Server::start(|_| page("mine")).await;
    let port = server.address.port();
    let entry = format!("site.test:{port}:127.0.0.1").parse().unwrap();
    let fetcher = Fetcher::new(FetchSettings { overrides: vec![entry], ..settings() }).unwrap();
    let there = get(&fetcher, &Url::parse(&format!("http://site.test:{port}/")).unwrap()).await;
    assert_eq!(there.result.unwrap().body, "mine");
    let elsewhere = get(&fetcher, &Url::parse("http://site.test/").unwrap()).await;
    assert_eq!(elsewhere.result.unwrap_err(), Failure::Unresolvable("site.test".to_owned()));
}
