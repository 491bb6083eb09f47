//! Visits made up for examples and tests: what a server would have answered to each profile, without a network.

use std::sync::Arc;

use jiff::Timestamp;
use url::Url;

use super::dossier::{Dossier, Landing, View};
use crate::exchange::profile::Profile;
use crate::exchange::stand_in::StandIn;
use crate::exchange::{
    Exchange, Failure, Hop, Method, Onward, Purpose, RedirectMeans, Request, Response, TlsFacts,
};
use crate::finding::{Category, NotAssessed, Reason};
use crate::id::ExchangeId;
use crate::lang::Bilingual;
use crate::page::{Page, Viewport};
use crate::script::engine::{Resources, Terms};
use crate::script::observe::observe;

/// What a server answers.
#[derive(Debug, Clone, Copy)]
pub enum Answer<'a> {
    /// A document.
    Html(&'a str),
    /// A document with one header field besides.
    HtmlWith(&'a str, (&'a str, &'a str)),
    /// A redirect by status 302.
    To(&'a str),
    /// An error status with a document.
    Status(u16, &'a str),
    /// A refusal of spiders.
    Refused,
}

/// The site of every rehearsal.
pub const SITE: &str = "http://www.example.test/";

/// A visit in the making.
#[derive(Debug)]
pub struct Rehearsal(Dossier);

impl Rehearsal {
    /// A visit to the home page of [`SITE`] in November 2026.
    pub fn new() -> Self {
        Self::at(SITE)
    }

    /// A visit to another address; one that is none becomes [`SITE`].
    pub fn at(url: &str) -> Self {
        let url =
            Url::parse(url).ok().or_else(|| Url::parse(SITE).ok()).expect("the address of the site is one");
        let mut dossier = Dossier::empty(url);
        dossier.started =
            Timestamp::from_second(1_795_000_000).expect("a second within the years of the type");
        Self(dossier)
    }

    /// What the profile of that name gets; a name that is none is passed over.
    pub fn view(self, id: &str, answer: Answer<'_>) -> Self {
        match Profile::by_id(id) {
            Some(profile) => self.profile(profile, answer, false),
            None => self,
        }
    }

    /// What that profile gets at a path that should not exist.
    pub fn probe(self, id: &str, answer: Answer<'_>) -> Self {
        match Profile::by_id(id) {
            Some(profile) => self.profile(profile, answer, true),
            None => self,
        }
    }

    /// What any profile gets.
    pub fn profile(mut self, profile: Profile, answer: Answer<'_>, probe: bool) -> Self {
        let dossier = &mut self.0;
        let mut url = dossier.url.clone();
        if probe {
            url.set_path("/q7x2k9.html");
        }
        let id = ExchangeId(dossier.exchanges.len() as u32);
        let (status, html, field) = match answer {
            Answer::Html(html) => (200, html, None),
            Answer::HtmlWith(html, (name, value)) => (200, html, Some((name, value))),
            Answer::To(to) => (302, "", Some(("location", to))),
            Answer::Status(status, html) => (status, html, None),
            Answer::Refused => (403, "", None),
        };
        let headers =
            field.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).into_iter().collect();
        let mut exchange = exchange(id, &profile, url.clone(), dossier.started);
        exchange.result = Ok(response(status, headers, html));
        dossier.exchanges.push(exchange);
        let onward = match answer {
            Answer::To(to) => {
                url.join(to).ok().map(|to| Onward { by: RedirectMeans::Status, to, delay: 0.0 })
            }
            _ => None,
        };
        let refused = matches!(answer, Answer::Refused | Answer::Status(500.., _));
        let not_assessed = refused.then(|| not_assessed(&url, Reason::Blocked));
        let repetition = dossier.views.iter().filter(|view| view.profile.id == profile.id).count();
        dossier.views.push(View {
            page: (!refused && onward.is_none())
                .then(|| Arc::new(Page::parse(html, &url, &[], Viewport::DESKTOP))),
            hops: vec![Hop { exchange: id, url, status: Some(status), onward }],
            repetition: repetition as u8,
            observation: None,
            rendering: None,
            stand_in: None,
            not_assessed,
            probe,
            profile,
        });
        self
    }

    /// What an outside address turned out to be.
    pub fn landing(mut self, asked: &str, title: &str, category: Option<Category>) -> Self {
        if let Ok(asked) = Url::parse(asked) {
            let score = if category.is_some() { 0.9 } else { 0.0 };
            let end = asked.clone();
            self.0.landings.push(Landing {
                asked,
                end,
                title: title.to_owned(),
                category,
                score,
                terms: Vec::new(),
                stand_in: None,
                exchanges: Vec::new(),
                not_assessed: None,
            });
        }
        self
    }

    /// The profile of that name gets no answer.
    pub fn failure(mut self, id: &str, failure: Failure) -> Self {
        let Some(profile) = Profile::by_id(id) else { return self };
        let dossier = &mut self.0;
        let (url, id) = (dossier.url.clone(), ExchangeId(dossier.exchanges.len() as u32));
        let mut exchange = exchange(id, &profile, url.clone(), dossier.started);
        exchange.result = Err(failure);
        dossier.exchanges.push(exchange);
        dossier.views.push(View {
            profile,
            repetition: 0,
            not_assessed: Some(not_assessed(&url, Reason::Unreachable)),
            hops: vec![Hop { exchange: id, url, status: None, onward: None }],
            page: None,
            observation: None,
            rendering: None,
            stand_in: None,
            probe: false,
        });
        self
    }

    /// Runs the scripts of the last view's page as every virtual visitor.
    pub fn observed(mut self) -> Self {
        let Some(view) = self.0.views.last() else { return self };
        let body = view.last().and_then(|id| self.0.exchange(id)).and_then(|exchange| exchange.response());
        let html =
            body.map(|response| String::from_utf8_lossy(&response.body).into_owned()).unwrap_or_default();
        let terms = Terms::on(jiff::tz::TimeZone::UTC.to_datetime(self.0.started).date());
        let seen =
            view.page.as_ref().map(|page| Arc::new(observe(page, &html, &Resources::default(), terms)));
        if let Some(view) = self.0.views.last_mut() {
            view.observation = seen;
        }
        self
    }

    /// Says that the last view met a page that stands in for the site's own.
    pub fn stands_in(mut self, stand_in: StandIn) -> Self {
        if let Some(view) = self.0.views.last_mut() {
            view.stand_in = Some(stand_in);
        }
        self
    }

    /// Says what the last exchange's TLS handshake showed.
    pub fn tls(mut self, facts: TlsFacts) -> Self {
        if let Some(exchange) = self.0.exchanges.last_mut() {
            exchange.tls = Some(facts);
        }
        self
    }

    /// The dossier.
    pub fn end(self) -> Dossier {
        self.0
    }
}

impl From<Dossier> for Rehearsal {
    /// Goes on with a visit.
    fn from(dossier: Dossier) -> Self {
        Self(dossier)
    }
}

impl Default for Rehearsal {
    fn default() -> Self {
        Self::new()
    }
}

fn exchange(id: ExchangeId, profile: &Profile, url: Url, started: Timestamp) -> Exchange {
    Exchange {
        id,
        profile: profile.id.clone(),
        purpose: Purpose::Page,
        request: Request { method: Method::Get, url, headers: Vec::new() },
        result: Err(Failure::TimedOut),
        remote: None,
        tls: None,
        started,
        elapsed: std::time::Duration::ZERO,
    }
}

fn response(status: u16, headers: Vec<(String, Vec<u8>)>, html: &str) -> Response {
    let body = bytes::Bytes::copy_from_slice(html.as_bytes());
    Response { status, version: "HTTP/1.1", headers, raw: body.clone(), body, cut: None }
}

fn not_assessed(url: &Url, reason: Reason) -> NotAssessed {
    NotAssessed {
        url: url.to_string(),
        reason,
        detail: Bilingual::new("未取得内容。", "No content was obtained."),
    }
}
