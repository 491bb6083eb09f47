//! Everything gathered about one address in one visit. Detectors read this and nothing else.

use std::sync::Arc;

use jiff::Timestamp;
use url::Url;

use crate::baseline::Baseline;
use crate::exchange::profile::Profile;
use crate::exchange::stand_in::StandIn;
use crate::exchange::{Exchange, Hop, Method, Purpose, Request, Response};
use crate::finding::{Category, NotAssessed};
use crate::id::{ExchangeId, TargetId};
use crate::page::{Page, Viewport};
use crate::script::observe::Observation;

/// Everything gathered about one address in one visit.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// The address that was asked for.
    pub url: Url,
    /// Whether it is a home page (marks are looked for there).
    pub home: bool,
    /// The registered site and what the registry says of it.
    pub target: Option<TargetFacts>,
    /// Every exchange of the visit, in the order of sending; `ExchangeId` is the index.
    pub exchanges: Vec<Exchange>,
    /// One view for each profile and repetition, in the order of visiting.
    pub views: Vec<View>,
    /// Pages as their scripts leave them for the most victim-like visitor, with the view they come from; only where scripts
    /// add something that speaks.
    pub written: Vec<(usize, Arc<Page>)>,
    /// What outside addresses turned out to be.
    pub landings: Vec<Landing>,
    /// What was asked for because something might lie open there; `None` where nobody allowed it in writing.
    pub exposures: Option<Exposures>,
    /// What could not be gathered.
    pub not_assessed: Vec<NotAssessed>,
    /// The accepted state of the page, where it is known.
    pub baseline: Option<Arc<Baseline>>,
    /// Whether the site was known by other pages already when this one was seen first.
    pub newcomer: bool,
    /// When the visit began.
    pub started: Timestamp,
}

impl Dossier {
    /// A dossier with nothing gathered yet.
    pub fn empty(url: Url) -> Self {
        Self {
            home: url.path() == "/" && url.query().is_none(),
            url,
            target: None,
            exchanges: Vec::new(),
            views: Vec::new(),
            written: Vec::new(),
            landings: Vec::new(),
            exposures: None,
            not_assessed: Vec::new(),
            baseline: None,
            newcomer: false,
            started: Timestamp::UNIX_EPOCH,
        }
    }

    /// What a single desktop visit that got this document would have gathered: one exchange, one view under
    /// profile `d`. An address that is none becomes `http://invalid.test/`.
    pub fn of_page(url: &str, html: &str) -> Self {
        let url = Url::parse(url).unwrap_or_else(|_| {
            Url::parse("http://invalid.test/").expect("a fixed address that the parser accepts")
        });
        let profile = Profile::by_id("d").expect("the desktop profile is part of the matrix");
        let id = ExchangeId(0);
        let body = bytes::Bytes::copy_from_slice(html.as_bytes());
        let mut dossier = Self::empty(url.clone());
        dossier.exchanges.push(Exchange {
            id,
            profile: profile.id.clone(),
            purpose: Purpose::Page,
            request: Request { method: Method::Get, url: url.clone(), headers: Vec::new() },
            result: Ok(Response {
                status: 200,
                version: "HTTP/1.1",
                headers: vec![("content-type".to_owned(), b"text/html; charset=utf-8".to_vec())],
                raw: body.clone(),
                body,
                cut: None,
            }),
            remote: None,
            tls: None,
            started: dossier.started,
            elapsed: std::time::Duration::ZERO,
        });
        dossier.views.push(View {
            profile,
            repetition: 0,
            hops: vec![Hop { exchange: id, url: url.clone(), status: Some(200), onward: None }],
            page: Some(Arc::new(Page::parse(html, &url, &[], Viewport::DESKTOP))),
            observation: None,
            rendering: None,
            stand_in: None,
            not_assessed: None,
            probe: false,
        });
        dossier
    }

    /// One exchange.
    pub fn exchange(&self, id: ExchangeId) -> Option<&Exchange> {
        self.exchanges.get(id.0 as usize)
    }

    /// The first view under the profile of that short name.
    pub fn view(&self, profile: &str) -> Option<&View> {
        self.views.iter().find(|view| view.profile.id.as_str() == profile)
    }

    /// What an outside address turned out to be, if it was looked at.
    pub fn landing(&self, url: &Url) -> Option<&Landing> {
        self.landings.iter().find(|landing| landing.asked == *url)
    }
}

/// What was asked for, with written authorisation, because something might lie open there.
#[derive(Debug, Clone)]
pub struct Exposures {
    /// Number or words of the written authorisation.
    pub authorisation: String,
    /// The rules of the site for crawlers, where they were asked for.
    pub robots: Option<ExchangeId>,
    /// What was asked for, in that order.
    pub asked: Vec<Asked>,
    /// Whether everything that was allowed has been asked for.
    pub complete: bool,
}

/// One question whether something lies open.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The address asked for first; redirects may lead on from it.
    pub url: Url,
    /// What the question is for.
    pub role: ProbeRole,
    /// The last exchange of the answer; `None` where nobody could be asked.
    pub exchange: Option<ExchangeId>,
}

/// What a question whether something lies open is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeRole {
    /// An address that should not exist, to learn how the site says so.
    Control,
    /// The address itself.
    First,
    /// Its twin that should not exist: who shows the same there shows it everywhere.
    Twin,
    /// The address itself once more.
    Again,
}

/// What the registry says of a site.
#[derive(Debug, Clone)]
pub struct TargetFacts {
    /// Its name in the registry.
    pub id: TargetId,
    /// ICP filing number that the registry holds.
    pub icp: Option<String>,
    /// Public-security filing number that the registry holds.
    pub police: Option<String>,
    /// Registrable domains that belong to the same operator.
    pub siblings: Vec<String>,
}

/// What one profile got.
#[derive(Debug, Clone)]
pub struct View {
    /// The profile.
    pub profile: Profile,
    /// 0 for the first visit under this profile, 1 for a repetition with a fresh jar, …
    pub repetition: u8,
    /// The way from the address to the last response.
    pub hops: Vec<Hop>,
    /// The page at the end of the way; views that got the same bytes share it.
    pub page: Option<Arc<Page>>,
    /// What the page's scripts do for every virtual visitor; `None` where they were not run.
    pub observation: Option<Arc<Observation>>,
    /// What a browser showed of it; `None` where none was asked.
    pub rendering: Option<Arc<Rendering>>,
    /// What stood in for the page, if anything did.
    pub stand_in: Option<StandIn>,
    /// Why there is no page to judge.
    pub not_assessed: Option<NotAssessed>,
    /// Whether this view asked for a path that should not exist (profile `p`), as a control.
    pub probe: bool,
}

impl View {
    /// The last exchange of the way.
    pub fn last(&self) -> Option<ExchangeId> {
        self.hops.last().map(|hop| hop.exchange)
    }

    /// The address at the end of the way.
    pub fn end(&self) -> Option<&Url> {
        self.hops.last().map(|hop| &hop.url)
    }
}

/// What a real browser showed of a view's page.
#[derive(Debug, Clone)]
pub struct Rendering {
    /// Where scripts, forms and refreshes led the visitor from the page, in order, with the technique's id.
    pub led: Vec<(Url, &'static str)>,
    /// The document as scripts left it; `None` where the visitor was led to another site, or the browser lost it.
    pub page: Option<Arc<Page>>,
}

/// An outside page, looked at once and judged by the same eyes.
#[derive(Debug, Clone)]
pub struct Landing {
    /// The address as it stood on the page.
    pub asked: Url,
    /// The address at the end of the way.
    pub end: Url,
    /// The title there.
    pub title: String,
    /// What it promotes, if it is illegal.
    pub category: Option<Category>,
    /// 0 to 1: how sure.
    pub score: f64,
    /// Jargon met there.
    pub terms: Vec<String>,
    /// What stood in for it (parked, default page), if anything did.
    pub stand_in: Option<StandIn>,
    /// The exchanges behind it.
    pub exchanges: Vec<ExchangeId>,
    /// Why it could not be looked at.
    pub not_assessed: Option<NotAssessed>,
}
