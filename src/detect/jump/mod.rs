//! What sends a visitor of a view off the site without his doing: status, `Refresh`, frame, script.
//!
//! Facts only: where to, by which means, under which condition a script says so. Whether the target is honest is
//! judged in [`target`]; what runs code is the business of virtual visitors.

mod code;
mod fold;
mod lex;
mod literal;
pub mod target;

use std::collections::BTreeSet;

use url::Url;

use super::Context;
use super::dossier::{Dossier, View};
use super::script_effects::effects;
use crate::exchange::host::same_site;
use crate::exchange::{Hop, Purpose, RedirectMeans, Response};
use crate::id::ExchangeId;
use crate::page::{Frame, Page, Script, ScriptKind, Sight};

/// Every word that a jump's gates can be told in, before classes.
pub fn vocabulary() -> impl Iterator<Item = &'static str> {
    literal::GATES.iter().copied().chain(["no-script"])
}

/// A way off the site that needs no visitor to act.
#[derive(Debug, Clone)]
pub struct Jump {
    /// Where to: the first address outside the site.
    pub to: Url,
    /// How, as a stable word: `status`, `refresh-header`, `meta-refresh`, `frame`, `script-literal` …
    pub method: &'static str,
    /// The conditions that a script spells out, in the words of `conditions.shows`; empty: none.
    pub gates: BTreeSet<&'static str>,
    /// What virtual visitors showed of it, where they met it.
    pub met: Option<Met>,
    /// Seconds until it happens.
    pub delay: f64,
    /// The response that holds it.
    pub exchange: ExchangeId,
    /// A selector that leads to it, where it stands in a document.
    pub selector: String,
    /// Its line, from 1; 0 where there is none.
    pub line: u32,
    /// Its source, shortened.
    pub source: String,
}

/// A jump as virtual visitors met it.
#[derive(Debug, Clone, PartialEq)]
pub struct Met {
    /// The visitors, `V1` … `V12`.
    pub visitors: Vec<&'static str>,
    /// Its conditions, in the words of `conditions.shows`; empty: always.
    pub shows: Vec<String>,
    /// Whether every condition was proven to be needed.
    pub minimal: bool,
}

/// The longest wait after which a refresh still takes the visitor by surprise, in seconds.
const SURPRISE: f64 = 60.0;
/// Bytes of a script that are shown before and behind a redirect.
const AROUND: usize = 160;

/// Every jump of a view to another site, or to a page of the site itself that was looked at and promotes something
/// illegal, in the order in which a visitor meets them.
pub fn jumps(dossier: &Dossier, view: &View, context: &Context<'_>) -> Vec<Jump> {
    let leads_away = |url: &Url| {
        let planted = |url| dossier.landing(url).is_some_and(|landing| landing.category.is_some());
        context.known.outside(dossier, url) || planted(url)
    };
    let mut jumps = ways(dossier, view, context);
    jumps.retain(|jump| leads_away(&jump.to));
    jumps.extend(shown_in_frames(dossier, view));
    jumps
}

/// Frames of a part of the window that were looked at and show something illegal, by themselves or by breaking out.
fn shown_in_frames(dossier: &Dossier, view: &View) -> Vec<Jump> {
    let (Some(page), Some(exchange)) = (&view.page, view.last()) else { return Vec::new() };
    let partly =
        page.frames.iter().filter(|frame| !frame.full_window && frame.visibility.sight != Sight::Hidden);
    let illegal = partly.filter_map(|frame| {
        let landing =
            target::landing(dossier, frame.url.as_ref()?).filter(|landing| landing.category.is_some())?;
        let moved = landing.end.host_str() != landing.asked.host_str();
        Some((frame, if moved { "js-top-location-frame" } else { "frame" }))
    });
    illegal.filter_map(|(frame, method)| of_frame(frame, method, exchange)).collect()
}

/// Pages of the site itself to which scripts or refreshes lead a visitor of the view without his doing, each once.
pub fn inner_ways(dossier: &Dossier, view: &View, context: &Context<'_>) -> Vec<Url> {
    let here = |url: &Url| view.hops.iter().any(|hop| hop.url.path() == url.path());
    let mut inner: Vec<Url> = Vec::new();
    for mut way in ways(dossier, view, context).into_iter().map(|jump| jump.to) {
        way.set_fragment(None);
        if same_site(&dossier.url, &way) && !here(&way) && !inner.contains(&way) {
            inner.push(way);
        }
    }
    inner
}

/// Where the page at the end of an outside way leads its visitor on without his doing: the stepping stones that kits put
/// between a site and what it is abused for.
pub fn onward(dossier: &Dossier, view: &View, context: &Context<'_>) -> Option<Url> {
    let end = view.hops.last()?;
    let alone = View { hops: vec![Hop { onward: None, ..end.clone() }], ..view.clone() };
    let elsewhere = |url: &Url| matches!(url.scheme(), "http" | "https") && !is_same_page(url, &end.url);
    ways(dossier, &alone, context).into_iter().map(|jump| jump.to).find(elsewhere)
}

fn is_same_page(one: &Url, other: &Url) -> bool {
    one[..url::Position::AfterQuery] == other[..url::Position::AfterQuery]
}

/// Every way on from a view that a visitor is led without his doing; where the server leads off the site, that alone.
fn ways(dossier: &Dossier, view: &View, context: &Context<'_>) -> Vec<Jump> {
    let outside = |url: &Url| context.known.outside(dossier, url);
    for hop in &view.hops {
        let Some(onward) = hop.onward.as_ref().filter(|onward| outside(&onward.to)) else { continue };
        let method = match onward.by {
            RedirectMeans::Status => "status",
            RedirectMeans::RefreshHeader => "refresh-header",
            RedirectMeans::MetaRefresh => "meta-refresh",
        };
        let status = hop.status.map_or_else(String::new, |status| format!("HTTP {status} "));
        // What comes after is another site's.
        return vec![Jump {
            to: onward.to.clone(),
            method,
            gates: BTreeSet::new(),
            met: None,
            delay: onward.delay,
            exchange: hop.exchange,
            selector: String::new(),
            line: 0,
            source: format!("{status}→ {}", onward.to),
        }];
    }
    let Some(exchange) = view.last() else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(response) = dossier.exchange(exchange).and_then(|exchange| exchange.response()) {
        found.extend(refresh_header(dossier, response, exchange));
    }
    if let Some(page) = &view.page {
        markup(page, exchange, &mut found);
        scripts(dossier, view, page, exchange, &mut found);
        observed(dossier, view, context, exchange, &mut found);
    }
    rendered(view, exchange, &mut found);
    found.retain(|jump| jump.met.is_some() || jump.delay <= SURPRISE);
    found
}

fn refresh_header(dossier: &Dossier, response: &Response, exchange: ExchangeId) -> Option<Jump> {
    let field = response.header("refresh")?;
    let (delay, rest) = field.split_once([';', ','])?;
    let rest = rest.trim();
    let target = match rest.get(..3) {
        Some(key) if key.eq_ignore_ascii_case("url") => rest[3..].trim_start().strip_prefix('=')?,
        _ => rest,
    };
    let target = target.trim().trim_matches(['\'', '"']);
    Some(Jump {
        to: dossier.url.join(target).ok()?,
        method: "refresh-header",
        gates: BTreeSet::new(),
        met: None,
        delay: delay.trim().parse().unwrap_or(0.0),
        exchange,
        selector: String::new(),
        line: 0,
        source: format!("Refresh: {field}"),
    })
}

fn markup(page: &Page, exchange: ExchangeId, found: &mut Vec<Jump>) {
    for refresh in &page.refreshes {
        let Some(to) = refresh.url.clone() else { continue };
        found.push(Jump {
            to,
            method: if refresh.noscript { "noscript-refresh" } else { "meta-refresh" },
            gates: refresh.noscript.then_some("no-script").into_iter().collect(),
            met: None,
            delay: refresh.delay,
            exchange,
            selector: "meta[http-equiv=refresh]".to_owned(),
            line: refresh.line,
            source: refresh.source.clone(),
        });
    }
    let covering =
        page.frames.iter().filter(|frame| frame.full_window && frame.visibility.sight != Sight::Hidden);
    found.extend(covering.filter_map(|frame| of_frame(frame, "frame", exchange)));
}

fn of_frame(frame: &Frame, method: &'static str, exchange: ExchangeId) -> Option<Jump> {
    Some(Jump {
        to: frame.url.clone()?,
        method,
        gates: BTreeSet::new(),
        met: None,
        delay: 0.0,
        exchange,
        selector: frame.selector.clone(),
        line: frame.line,
        source: frame.source.clone(),
    })
}

fn scripts(dossier: &Dossier, view: &View, page: &Page, exchange: ExchangeId, found: &mut Vec<Jump>) {
    for script in page.scripts.iter().filter(|script| runs(script)) {
        let (code, exchange) = match &script.url {
            None => (script.code.clone(), exchange),
            Some(url) => match fetched(dossier, view, url) {
                Some(fetched) => fetched,
                None => continue,
            },
        };
        for literal in literal::literals(&code) {
            let Ok(to) = page.base.join(literal.to.trim()) else { continue };
            let lines =
                code[..literal.at.min(code.len())].bytes().filter(|byte| *byte == b'\n').count() as u32;
            let from = code.floor_char_boundary(literal.at.saturating_sub(AROUND));
            let to_byte = code.floor_char_boundary((literal.at + AROUND).min(code.len()));
            found.push(Jump {
                to,
                method: literal.method,
                gates: literal.gates,
                met: None,
                delay: 0.0,
                exchange,
                selector: script.selector.clone(),
                line: if script.url.is_some() { lines + 1 } else { script.line + lines },
                source: code[from..to_byte].to_owned(),
            });
        }
    }
}

/// Jumps that virtual visitors met. One that the code spells out as well keeps its place there.
fn observed(
    dossier: &Dossier,
    view: &View,
    context: &Context<'_>,
    exchange: ExchangeId,
    found: &mut Vec<Jump>,
) {
    let Some(observation) = &view.observation else { return };
    let matters = |to: &Url| context.known.foreign(dossier, to) || same_site(&dossier.url, to);
    for redirect in effects(observation, matters) {
        let (shows, minimal) =
            redirect.trigger.map(|trigger| (trigger.shows, trigger.minimal)).unwrap_or_default();
        let met = Some(Met { visitors: redirect.visitors, shows, minimal });
        let delay = redirect.delay_ms / 1000.0;
        match found.iter_mut().find(|jump| jump.to == redirect.to && jump.met.is_none()) {
            Some(spelled) => (spelled.met, spelled.delay) = (met, delay),
            None => found.push(Jump {
                source: format!("{} → {}", redirect.method, redirect.to),
                to: redirect.to,
                method: redirect.method,
                gates: BTreeSet::new(),
                met,
                delay,
                exchange,
                selector: String::new(),
                line: 0,
            }),
        }
    }
}

/// Jumps that a browser made where nothing else showed them.
fn rendered(view: &View, exchange: ExchangeId, found: &mut Vec<Jump>) {
    for (to, method) in view.rendering.iter().flat_map(|rendering| &rendering.led) {
        if !found.iter().any(|jump| jump.to.host_str() == to.host_str() && jump.to.path() == to.path()) {
            found.push(Jump {
                to: to.clone(),
                method,
                gates: BTreeSet::new(),
                met: None,
                delay: 0.0,
                exchange,
                selector: String::new(),
                line: 0,
                source: format!("{method} → {to}"),
            });
        }
    }
}

/// Whether a script runs when the page is looked at.
fn runs(script: &Script) -> bool {
    match &script.kind {
        ScriptKind::Classic | ScriptKind::Module => true,
        ScriptKind::Event(event) => code::comes_by_itself(event),
        ScriptKind::Address => false,
    }
}

/// An external script as it was fetched, by the same profile if possible.
fn fetched(dossier: &Dossier, view: &View, url: &Url) -> Option<(String, ExchangeId)> {
    let same = |exchange: &&crate::exchange::Exchange| {
        exchange.purpose == Purpose::Script && exchange.request.url == *url && exchange.result.is_ok()
    };
    let mut all = dossier.exchanges.iter().filter(same);
    let first = all.clone().find(|exchange| exchange.profile == view.profile.id).or_else(|| all.next())?;
    let body = &first.response()?.body;
    Some((String::from_utf8_lossy(body).into_owned(), first.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a landing with that document leads on.
    fn onward_of(html: &str) -> Option<String> {
        let dossier = Dossier::of_page("http://s.a.test/go", html);
        onward(&dossier, &dossier.views[0], &Context::builtin()).map(String::from)
    }

    #[test]
    fn a_frame_in_the_page_counts_where_it_shows_something_illegal() {
        use crate::detect::rehearsal::{Answer, Rehearsal};
        use crate::finding::Category;

        let page = Answer::Html(
            "<title>某某学校</title><iframe src='http://x.b.test/f' width=300 height=90></iframe>",
        );
        for (category, expected) in [(Some(Category::Gambling), vec!["frame"]), (None, vec![])] {
            let dossier =
                Rehearsal::new().view("d", page).landing("http://x.b.test/f", "某某", category).end();
            let found = jumps(&dossier, &dossier.views[0], &Context::builtin());
            assert_eq!(found.iter().map(|jump| jump.method).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn a_stepping_stone_leads_on_by_script_frame_or_refresh() {
        let to = Some("http://x.b.test/".to_owned());
        assert_eq!(onward_of("<script>location.replace('http://x.b.test/')</script>"), to);
        assert_eq!(onward_of("<meta http-equiv=refresh content='1;url=http://x.b.test/'>"), to);
        assert_eq!(
            onward_of(
                "<iframe src='http://x.b.test/' style='position:fixed;inset:0;width:100%;height:100%'>"
            ),
            to
        );
        assert_eq!(onward_of("<meta http-equiv=refresh content='1;url=/go#again'><p>正文"), None);
        assert_eq!(onward_of("<a href='http://x.b.test/'>进入</a>"), None);
    }
}
