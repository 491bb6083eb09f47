//! What makes a page that was looked at cheaply worth the look of every profile (techniques 7.4).

use std::collections::BTreeSet;

use crate::detect::Context;
use crate::detect::dossier::Dossier;
use crate::detect::sighting::sightings;
use crate::detect::unsettled::unsettled;
use crate::exchange::host::{registrable_domain, same_site};
use crate::frontier::template::is_item;

/// Outside domains remembered of one page.
const DOMAINS: usize = 64;

/// Why a page is looked at by every profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Scripts or styles left something open that matters.
    Unsure,
    /// Profiles got different statuses, or were sent to different places.
    Status,
    /// It promotes something, or links to what does.
    Jargon,
    /// It leads to outside domains that it did not lead to before.
    NewDomains,
}

/// Why a page should be looked at by every profile, if it should. `before` are the outside domains that site and page are
/// known to lead to; `None` on the first visit, when everything is new.
pub(super) fn cause(
    dossier: &Dossier,
    context: &Context<'_>,
    before: Option<&BTreeSet<String>>,
) -> Option<Cause> {
    if differs(dossier) {
        return Some(Cause::Status);
    }
    if promotes(dossier, context) {
        return Some(Cause::Jargon);
    }
    if !unsettled(dossier, context).is_empty() {
        return Some(Cause::Unsure);
    }
    let new = before.is_some_and(|before| !outside(dossier, context).is_subset(before));
    new.then_some(Cause::NewDomains)
}

/// The foreign domains that a dossier's pages link to, frame or load scripts from.
pub(super) fn outside(dossier: &Dossier, context: &Context<'_>) -> BTreeSet<String> {
    let mut domains = BTreeSet::new();
    for sighting in sightings(dossier) {
        let links = sighting.page.links.iter().filter_map(|link| link.url.as_ref());
        let scripts = sighting.page.scripts.iter().filter_map(|script| script.url.as_ref());
        for url in scripts.chain(links).filter(|url| context.known.foreign(dossier, url)) {
            if domains.len() < DOMAINS {
                domains.extend(registrable_domain(url));
            }
        }
    }
    domains
}

fn differs(dossier: &Dossier) -> bool {
    let mut ends = dossier.views.iter().filter(|view| !view.probe).map(|view| {
        let status = view.hops.last().and_then(|hop| hop.status);
        (status, view.end().is_some_and(|end| same_site(end, &dossier.url)))
    });
    let first = ends.next();
    first.is_some_and(|first| !first.1 || ends.any(|other| other != first))
}

fn promotes(dossier: &Dossier, context: &Context<'_>) -> bool {
    sightings(dossier).any(|sighting| {
        let analysis = context.analysis(&sighting);
        analysis.promotes() || analysis.links.iter().any(|link| link.foreign && link.jargon())
    })
}

/// Whether a page leads to others rather than being one of many items.
pub(super) fn is_column(url: &url::Url) -> bool {
    !is_item(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, before: Option<&[&str]>, expected: Option<Cause>) {
        let dossier = Dossier::of_page("http://www.example.test/n/1.html", html);
        let before = before.map(|domains| domains.iter().map(ToString::to_string).collect());
        assert_eq!(cause(&dossier, &Context::builtin(), before.as_ref()), expected, "{html}");
    }

    #[test]
    fn quiet_pages_stay_cheap() {
        check("<title>通知</title><p>关于召开会议的通知</p><a href=http://other.test/>外站</a>", None, None);
        check("<p>通知</p><a href=http://other.test/>外站</a>", Some(&["other.test"]), None);
    }

    #[test]
    fn jargon_and_new_domains_call_every_profile() {
        check("<p>通知</p><a href=http://other.test/>外站</a>", Some(&[]), Some(Cause::NewDomains));
        check("<title>澳门新葡京百家乐真人娱乐城开户</title><p>通知</p>", None, Some(Cause::Jargon));
        check(
            "<p>通知</p><div style='display:none'><a href=http://bc.test/>百家乐投注平台</a></div>",
            None,
            Some(Cause::Jargon),
        );
    }

    #[test]
    fn a_profile_that_gets_another_status_calls_every_profile() {
        let mut dossier = Dossier::of_page("http://www.example.test/n/1.html", "<p>通知</p>");
        let mut other = dossier.views[0].clone();
        other.hops[0].status = Some(404);
        dossier.views.push(other);
        assert_eq!(cause(&dossier, &Context::builtin(), None), Some(Cause::Status));
    }
}
