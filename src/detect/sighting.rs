//! Starting a finding from what one view shows: address, time, exchange, profile, and the command that shows it again.

use std::sync::Arc;

use super::dossier::{Dossier, View};
use crate::exchange::host::same_site;
use crate::exchange::{Exchange, Response};
use crate::finding::{Conditions, FindingBuilder, Kind, Place, Snippet};
use crate::page::Page;

/// A view with a page worth judging: not a stand-in, with an exchange behind it.
#[derive(Debug, Clone, Copy)]
pub struct Sighting<'a> {
    /// The visit.
    pub dossier: &'a Dossier,
    /// Which of the visit's views it is.
    pub index: usize,
    /// The view.
    pub view: &'a View,
    /// Its page: as it came, or as a browser rendered it.
    pub page: &'a Arc<Page>,
    /// Whether it is the page as rendered.
    pub rendered: bool,
    /// The exchange that brought the page.
    pub exchange: &'a Exchange,
}

/// Every view of a dossier whose page can be judged as the site's own, in the order of visiting; behind the page as it
/// came stands the page as a browser rendered it, where one did.
///
/// Not among them: what a visitor sees who was sent to another site, as long as others stay (that page is a landing, and
/// the redirect is the finding); and the answers for paths that should not exist.
pub fn sightings(dossier: &Dossier) -> impl Iterator<Item = Sighting<'_>> {
    let stays = |view: &View| view.end().is_some_and(|end| same_site(end, &dossier.url));
    let own = dossier.views.iter().any(|view| !view.probe && view.page.is_some() && stays(view));
    every_sighting(dossier).filter(move |sighting| !sighting.view.probe && (!own || stays(sighting.view)))
}

/// As [`sightings`], each page once: of views that share a page, the first. Whoever makes findings of these has
/// [`super::judge`] add the views that saw the same.
pub fn distinct_sightings(dossier: &Dossier) -> impl Iterator<Item = Sighting<'_>> {
    let mut seen: Vec<(*const Page, bool)> = Vec::new();
    sightings(dossier).filter(move |sighting| {
        let page = (Arc::as_ptr(sighting.page), sighting.rendered);
        let new = !seen.contains(&page);
        seen.extend(new.then_some(page));
        new
    })
}

/// Every view of a dossier whose page can be judged, wherever it ended and whatever it asked for.
pub fn every_sighting(dossier: &Dossier) -> impl Iterator<Item = Sighting<'_>> {
    let whole = dossier.views.iter().enumerate().filter(|(_, view)| view.stand_in.is_none());
    whole.flat_map(move |(index, view)| {
        let exchange = view.last().and_then(|id| dossier.exchange(id));
        let rendered = view.rendering.as_ref().and_then(|rendering| rendering.page.as_ref());
        let pages = [(view.page.as_ref(), false), (rendered, true)];
        pages.into_iter().filter_map(move |(page, rendered)| {
            Some(Sighting { dossier, index, view, page: page?, rendered, exchange: exchange? })
        })
    })
}

/// The pages of [`sightings`] as their scripts leave them.
pub fn written_sightings(dossier: &Dossier) -> impl Iterator<Item = Sighting<'_>> {
    let raw = sightings(dossier).filter(|sighting| !sighting.rendered);
    raw.filter_map(|sighting| {
        let (_, page) = dossier.written.iter().find(|(view, _)| *view == sighting.index)?;
        Some(Sighting { page, ..sighting })
    })
}

impl<'a> Sighting<'a> {
    /// Starts a finding of that kind with everything that the view itself tells.
    pub fn finding(&self, kind: Kind, cause: impl Into<String>) -> FindingBuilder {
        let exchange = self.exchange;
        let conditions = Conditions { profiles: vec![self.view.profile.id.clone()], ..Conditions::default() };
        FindingBuilder::new(kind, &self.page.url, cause)
            .target(self.dossier.target.as_ref().map(|target| target.id.clone()))
            .seen(exchange.started)
            .exchange(exchange.id)
            .conditions(conditions)
            .reproduce(self.view.profile.to_curl(&self.dossier.url))
    }

    /// A place on this view's page.
    pub fn place(
        &self,
        method: &str,
        selector: &str,
        line: u32,
        source: &str,
        mark: (usize, usize),
    ) -> Place {
        Place {
            profile: Some(self.view.profile.id.clone()),
            selector: (!selector.is_empty()).then(|| selector.to_owned()),
            line: (line > 0).then_some(line),
            snippet: (!source.is_empty()).then(|| snippet(source, mark)),
            method: Some(method.to_owned()),
        }
    }

    /// The body as bytes, empty where there was none. For facts that the page model does not hold.
    pub fn body(&self) -> &'a [u8] {
        self.exchange.response().map_or(&[], |response: &Response| &response.body)
    }
}

/// The longest snippet that a finding carries, in bytes.
const SNIPPET: usize = 600;

/// A snippet of at most [`SNIPPET`] bytes around the mark, cut on character boundaries.
fn snippet(source: &str, mark: (usize, usize)) -> Snippet {
    let start = source.floor_char_boundary(mark.0.min(source.len()));
    let end = source.floor_char_boundary(mark.1.clamp(start, source.len()).min(start + SNIPPET));
    let room = SNIPPET - (end - start);
    let from = source.floor_char_boundary(start.saturating_sub(room / 2));
    let to = source.floor_char_boundary((end + room / 2).min(source.len()));
    Snippet { text: source[from..to].to_owned(), mark: (start - from, end - from) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_keeps_the_mark_and_cuts_on_characters() {
        let source = format!("{}<a href=x>彩</a>{}", "博".repeat(400), "彩".repeat(400));
        let start = source.find("<a").unwrap();
        let cut = snippet(&source, (start, start + 17));
        assert!(cut.text.len() <= SNIPPET + 4, "{}", cut.text.len());
        assert_eq!(&cut.text[cut.mark.0..cut.mark.1], "<a href=x>彩</a>");
        assert_eq!(snippet("ab", (7, 3)).mark, (2, 2));
        assert_eq!(snippet("博", (1, 2)).mark, (0, 0));
    }
}
