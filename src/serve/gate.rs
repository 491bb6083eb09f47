//! What every request and every answer passes: hosts by which the console may be reached, requests made by other sites,
//! headers that keep hostile text from running, refusals shown as pages where a person asked.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, LOCATION,
    ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::pages::refusal;
use super::problem::Problem;
use super::{Console, who};

/// What pages of the console may do: show themselves, their own style, script and pictures, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Passes a request on, or refuses it, and marks the answer.
pub(super) async fn pass(State(console): State<Arc<Console>>, request: Request, next: Next) -> Response {
    let wants_page = wants_page(&request);
    let lang = console.lang_of(request.headers(), request.uri().query());
    let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    console.requests.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut response = match admitted(&request, &console) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    if response.status().is_client_error() && !is_worded(&response) {
        response = explained(response).await;
    }
    if wants_page && let Some(problem) = response.extensions().get::<Problem>().cloned() {
        response = as_page(&problem, lang, &path);
    }
    mark(&mut response, &console);
    response
}

/// Whether a refusal says already what is wrong, as a problem or a page.
fn is_worded(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.is_some_and(|kind| !kind.starts_with(b"text/plain"))
}

/// A refusal of the framework (a body that does not parse, a method that is not there) as a problem like all others.
async fn explained(response: Response) -> Response {
    /// Bytes of its words that are read.
    const LONGEST: usize = 4096;
    let (parts, body) = response.into_parts();
    let text = axum::body::to_bytes(body, LONGEST).await.unwrap_or_default();
    let text: String = String::from_utf8_lossy(&text).chars().take(500).collect();
    let kind = match parts.status {
        StatusCode::METHOD_NOT_ALLOWED => "method-not-allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "too-large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported-media-type",
        _ => "bad-request",
    };
    let mut response = Problem::new(parts.status, kind, format!("请求有误：{text}"), text).into_response();
    if let Some(allow) = parts.headers.get(ALLOW) {
        response.headers_mut().insert(ALLOW, allow.clone());
    }
    response
}

/// Whether a person in a browser waits for the answer.
fn wants_page(request: &Request) -> bool {
    let accepts = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepts.contains("text/html") && !request.uri().path().starts_with("/api/")
}

/// A refusal as a page; who is not logged in is led to the log-in and comes back from there.
fn as_page(problem: &Problem, lang: crate::lang::Lang, path: &str) -> Response {
    if problem.status == StatusCode::UNAUTHORIZED && problem.kind == "unauthorised" {
        let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
        let to = HeaderValue::try_from(format!("/login?next={next}"));
        let to = to.unwrap_or(HeaderValue::from_static("/login"));
        return (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response();
    }
    let mut response = refusal(problem, lang);
    problem.mark(&mut response);
    response
}

/// Refuses names by which this console is not reached (a foreign name that points here would share its cookies'
/// origin with a stranger), and changes that another site's page asked for.
fn admitted(request: &Request, console: &Console) -> Result<(), Problem> {
    let headers = request.headers();
    let host = headers.get(HOST).and_then(|value| value.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str));
    if !host.is_some_and(|host| console.is_own_host(host)) {
        return Err(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "unknown-host",
            "请通过启动时设定的地址访问；经由域名或反向代理访问时用 --public-url 说明。",
            "use the address given at the start; --public-url names the one of a reverse proxy.",
        ));
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && !headers.contains_key(AUTHORIZATION) && !is_same_origin(headers, console) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "other-site",
            "该请求来自其他网站的页面，已拒绝。",
            "a page of another site sent this request; it was refused.",
        ));
    }
    Ok(())
}

/// Whether a browser says that the request comes from a page of the console; one that says nothing has no cookie of a
/// session either, or is too old to be let in.
fn is_same_origin(headers: &HeaderMap, console: &Console) -> bool {
    let value = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = value(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin" || site == "none";
    }
    match value(ORIGIN) {
        Some(origin) => origin.split_once("://").is_some_and(|(_, host)| console.is_own_host(host)),
        None => who::cookie(headers, who::COOKIE_NAME).is_none(),
    }
}

fn mark(response: &mut Response, console: &Console) {
    let headers = response.headers_mut();
    let page = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A report that is its own document brings a stricter policy of its own.
    if page || !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if console.is_secure() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}
