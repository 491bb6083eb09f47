//! What TLS shows: every problem is written down, and the visit goes on.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::server::{Reply, page};
use super::*;
use crate::exchange::TlsProblem;

/// A certification authority made for the test.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "Test, Authority");
    params.distinguished_name.push(DnType::CountryName, "CN");
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

struct Case {
    name: &'static str,
    /// First and last year of validity.
    years: (i32, i32),
    signed_by_authority: bool,
    authority_trusted: bool,
}

const GOOD: Case =
    Case { name: "127.0.0.1", years: (2020, 4000), signed_by_authority: true, authority_trusted: true };

async fn look(case: &Case) -> Exchange {
    let authority = authority();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![case.name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(case.years.0, 1, 1);
    params.not_after = date_time_ymd(case.years.1, 1, 1);
    let certificate = if case.signed_by_authority {
        params.signed_by(&key, &authority).unwrap()
    } else {
        params.self_signed(&key).unwrap()
    };
    let config = server_config(vec![certificate.der().clone()], &key, rustls::DEFAULT_VERSIONS);
    let server = Server::start_tls(config, |_| page("behind")).await;
    let roots = if case.authority_trusted { vec![authority.der().clone()] } else { Vec::new() };
    let fetcher = Fetcher::new(FetchSettings { trust: settings::Trust::Only(roots), ..settings() }).unwrap();
    get(&fetcher, &server.url("/")).await
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: &KeyPair,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ServerConfig {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap()
}

async fn check(case: Case, expected: &[TlsProblem]) {
    let exchange = look(&case).await;
    assert_eq!(exchange.result.unwrap().body, "behind");
    assert_eq!(exchange.tls.unwrap().problems, expected, "{} {:?}", case.name, case.years);
}

#[tokio::test]
async fn each_problem_of_a_certificate_is_named_and_the_page_is_seen() {
    use TlsProblem::{Expired, NameMismatch, NotYetValid, SelfSigned, UnknownIssuer};
    check(GOOD, &[]).await;
    check(Case { years: (2001, 2002), ..GOOD }, &[Expired]).await;
    check(Case { years: (3000, 3001), ..GOOD }, &[NotYetValid]).await;
    check(Case { name: "other.test", ..GOOD }, &[NameMismatch]).await;
    check(Case { authority_trusted: false, ..GOOD }, &[UnknownIssuer]).await;
    check(Case { signed_by_authority: false, ..GOOD }, &[SelfSigned]).await;
    check(
        Case {
            name: "other.test",
            years: (2001, 2002),
            signed_by_authority: false,
            authority_trusted: false,
        },
        &[Expired, NameMismatch, SelfSigned],
    )
    .await;
}

#[tokio::test]
async fn the_facts_of_a_certificate_are_kept() {
    let facts = look(&GOOD).await.tls.unwrap();
    assert_eq!(facts.version, "TLS 1.3");
    assert_eq!(facts.issuer, r"C=CN,CN=Test\, Authority");
    assert!(facts.names.contains(&"127.0.0.1".to_owned()), "{:?}", facts.names);
    assert_eq!(facts.not_before.unwrap().to_string(), "2020-01-01T00:00:00Z");
    assert_eq!(facts.certificate_sha256.len(), 64);
}

#[tokio::test]
async fn an_older_version_is_spoken_and_named() {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    let config = server_config(vec![certificate.der().clone()], &key, &[&rustls::version::TLS12]);
    let server = Server::start_tls(config, |_| page("behind")).await;
    let exchange = get(&fetcher(), &server.url("/")).await;
    assert_eq!(exchange.tls.unwrap().version, "TLS 1.2");
}

#[tokio::test]
async fn a_handshake_that_fails_is_a_value() {
    // A handshake_failure alert, as from a server without a version in common.
    let alert = [0x15, 3, 1, 0, 2, 2, 40].to_vec();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut hello = [0; 5];
            let _ = stream.read_exact(&mut hello).await;
            let _ = stream.write_all(&alert).await;
            let mut rest = [0; 4096];
            while matches!(stream.read(&mut rest).await, Ok(1..)) {}
        }
    });
    let exchange = get(&fetcher(), &Url::parse(&format!("https://{address}/")).unwrap()).await;
    assert!(matches!(exchange.result, Err(Failure::Tls(_))), "{:?}", exchange.result);

    let plain = Server::start(|_| Reply::Send(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())).await;
    let url = Url::parse(&format!("https://{}/", plain.address)).unwrap();
    // A server of plain HTTP waits for the end of a request line that never comes.
    let hasty = Fetcher::new(FetchSettings {
        limits: Limits { total: std::time::Duration::from_millis(100), ..tiny_limits() },
        ..settings()
    })
    .unwrap();
    assert!(get(&hasty, &url).await.result.is_err());
}

#[tokio::test]
async fn a_reset_right_after_the_client_hello_is_told_from_others() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        use tokio::io::AsyncReadExt;
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut hello = [0; 5];
            let _ = stream.read_exact(&mut hello).await;
            stream.set_zero_linger().unwrap();
        }
    });
    let exchange = get(&fetcher(), &Url::parse(&format!("https://{address}/")).unwrap()).await;
    let Err(Failure::Closed(why)) = exchange.result else { panic!("{:?}", exchange.result) };
    assert!(why.starts_with("during the TLS handshake"), "{why}");
}
