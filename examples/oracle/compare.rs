//! Where a case leads a visitor: by the virtual visitors and by Chromium under the same conditions. Nothing reaches a
//! network: documents, scripts and landings are served from memory, and the guard refuses every address.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::{Date, date};
use url::Url;
use xuncha::browser::{
    Browser, BrowserError, Gesture, Guard, Kept, Limits, Order, Outcome, Rendered, Settings,
};
use xuncha::exchange::Failure;
use xuncha::exchange::profile::Profile;
use xuncha::page::{Page, Viewport};
use xuncha::scan::visited_as;
use xuncha::script::deed::{Deed, Moment, deeds};
use xuncha::script::engine::{Resources, Terms};
use xuncha::script::observe::{Observation, observe};
use xuncha::script::visitor::Visitor;

use super::cases::{Case, LANDING, PAGE};

/// The day on which visitors come, a Friday.
pub(crate) const DAY: Date = date(2026, 11, 20);

/// What becomes of a visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Landing {
    /// He stays on the page.
    Stays,
    /// He is sent to another address.
    Goes(String),
    /// A window is opened.
    Opens(String),
    /// A frame shows another site.
    Frames(String),
    /// It could not be told.
    Unknown(String),
}

impl fmt::Display for Landing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stays => f.write_str("stays"),
            Self::Goes(to) => write!(f, "goes to {to}"),
            Self::Opens(to) => write!(f, "opens {to}"),
            Self::Frames(to) => write!(f, "frames {to}"),
            Self::Unknown(why) => write!(f, "unknown: {why}"),
        }
    }
}

/// A browser that reaches nothing.
pub(crate) async fn browser(mut settings: Settings) -> Result<Browser, BrowserError> {
    settings.limits = Limits {
        total: Duration::from_secs(20),
        linger: Duration::from_millis(150),
        still: Duration::from_millis(100),
        restless: Duration::from_secs(3),
        ..Limits::default()
    };
    // One process for everything, so that its time can be read at the end.
    settings.recycle_after = u32::MAX;
    let nowhere = Guard::of(|url| Box::pin(async move { Err(Failure::ForbiddenAddress(url.to_string())) }));
    Browser::launch(settings, nowhere).await
}

/// All virtual visitors of a case.
pub(crate) fn observed(case: &Case) -> Option<Observation> {
    let url = Url::parse(PAGE).ok()?;
    let page = Page::parse(&case.html, &url, &[], Viewport::PHONE);
    let texts = case.parts.iter().map(|(url, code)| (url.clone(), Arc::from(code.as_str())));
    Some(observe(&page, &case.html, &Resources { texts: texts.collect() }, Terms::on(DAY)))
}

/// Where one virtual visitor of a case lands.
pub(crate) fn virtually(case: &Case, observation: &Observation, visitor: &str) -> Landing {
    if observation.runs.is_empty() {
        return Landing::Stays;
    }
    let Some(run) = observation.runs.iter().find(|run| run.visitors.contains(&visitor)) else {
        return Landing::Unknown("no run".to_owned());
    };
    let all = deeds(&run.behaviour);
    let met = |moment: &&Moment| moment.gesture.as_deref().is_none_or(|gesture| makes(case, gesture));
    let places = |moment: &Moment| match &moment.deed {
        Deed::Navigation { to, .. } => Some(Landing::Goes(plain(to))),
        Deed::Popup { to } => Some(Landing::Opens(plain(to))),
        Deed::Frame { to, .. } if to.starts_with("http") => Some(Landing::Frames(plain(to))),
        _ => None,
    };
    let found: Vec<Landing> = all.iter().filter(met).filter_map(places).collect();
    best(found)
}

/// Where Chromium lands as that visitor.
pub(crate) async fn really(browser: &Browser, case: &Case, visitor: &Visitor) -> Landing {
    let (Ok(url), Some(profile)) = (Url::parse(PAGE), Profile::by_id("m")) else {
        return Landing::Unknown("no page".to_owned());
    };
    let mut order = visited_as(Order::new(url, &profile), visitor);
    order.pictured = false;
    order.gestures.clone_from(&case.gestures);
    order.kept = Some(kept("text/html; charset=utf-8", &case.html));
    let mut parts: HashMap<String, Kept> = HashMap::new();
    for (url, code) in &case.parts {
        parts.insert(url.clone(), kept("text/javascript", code));
    }
    for tail in ["", "?", "?a=1"] {
        parts.insert(format!("{LANDING}{tail}"), kept("text/html", "<title>landing</title>"));
    }
    for own in ["http://m.oracle.test/", "http://www.oracle.test/m/"] {
        parts.insert(own.to_owned(), kept("text/html", "<title>own</title>"));
    }
    order.parts = Arc::new(parts);
    match browser.visit(&order).await {
        Ok(rendered) => landed(&rendered),
        Err(error) => Landing::Unknown(error.to_string()),
    }
}

fn landed(rendered: &Rendered) -> Landing {
    let mut found = Vec::new();
    found.extend(rendered.hops.iter().skip(1).map(|hop| Landing::Goes(plain(hop.url.as_str()))));
    let sent = rendered.withheld.iter().filter(|one| one.url.starts_with(LANDING));
    found.extend(sent.map(|one| Landing::Goes(plain(&one.url))));
    found.extend(rendered.popups.iter().map(|popup| Landing::Opens(plain(&popup.url))));
    let frames = rendered.frames.iter().filter(|frame| frame.url.starts_with("http"));
    found.extend(frames.map(|frame| Landing::Frames(plain(&frame.url))));
    match &rendered.outcome {
        Outcome::Complete | Outcome::TimedOut { hung: false } => best(found),
        _ if !found.is_empty() => best(found),
        other => Landing::Unknown(format!("{other:?}")),
    }
}

/// What weighs most: leaving, then windows, then frames; of several, the last.
fn best(found: Vec<Landing>) -> Landing {
    let rank = |landing: &Landing| match landing {
        Landing::Goes(_) => 3,
        Landing::Opens(_) => 2,
        Landing::Frames(_) => 1,
        _ => 0,
    };
    found.into_iter().max_by_key(rank).unwrap_or(Landing::Stays)
}

/// Whether a case's visitor makes a gesture of that name.
fn makes(case: &Case, gesture: &str) -> bool {
    case.gestures.iter().any(|made| match made {
        Gesture::Click => matches!(gesture, "touch" | "click" | "press"),
        Gesture::Scroll => gesture == "scroll",
        Gesture::Back => gesture == "back",
    })
}

fn plain(url: &str) -> String {
    url.split('#').next().unwrap_or_default().trim_end_matches('?').to_owned()
}

fn kept(kind: &str, text: &str) -> Kept {
    Kept {
        status: 200,
        headers: vec![("content-type".to_owned(), kind.as_bytes().to_vec())],
        body: text.to_owned().into(),
    }
}
