//! What scripts write and insert, judged where the page as it came is silent: links and words that come from a string, a
//! file or an interface, and documents that take the place of the page.
//!
//! Scripts make up much of most pages, lawfully. So only jargon counts here.

use super::dossier::Dossier;
use super::sighting::{Sighting, written_sightings};
use super::{Context, admit, hidden_link, illegal_content};
use crate::finding::{Finding, Kind, Outcome, Signal};
use crate::lexicon::{Lexicon, Weight};
use crate::script::deed::Deed;
use crate::script::observe::Observation;

/// The run of the visitor that kits wait for: a phone that comes from a search engine in the evening.
pub const VICTIM: usize = 0;

/// Most bytes of what scripts added that are read for jargon.
const ADDED: usize = 256 << 10;

/// Whether what scripts added to a page bears jargon, so that the page they leave is worth reading.
pub fn says_more(observation: &Observation, lexicon: &Lexicon) -> bool {
    let mut left = ADDED;
    for text in observation.added(VICTIM) {
        let part = &text[..text.floor_char_boundary(left)];
        left -= part.len();
        if lexicon.hits(part).iter().any(|hit| hit.weight >= Weight::Medium) {
            return true;
        }
    }
    false
}

/// Adds what only the pages show that scripts leave.
pub(super) fn judge(outcomes: &mut Vec<Outcome>, dossier: &Dossier, context: &Context<'_>) {
    for sighting in written_sightings(dossier) {
        let mut found = hidden_link::of_page(&sighting, context);
        found.extend(illegal_content::of_page(&sighting, context));
        for outcome in found {
            let Outcome::Violation(mut finding) = outcome else { continue };
            if finding.signals.contains(&Signal::Payload) && !is_told(outcomes, finding.kind) {
                let means = means(&sighting, &finding).map(str::to_owned);
                finding.place.method = means.or(finding.place.method);
                admit(outcomes, Outcome::Violation(finding));
            }
        }
    }
}

/// Whether the page as it came tells as much.
fn is_told(outcomes: &[Outcome], kind: Kind) -> bool {
    outcomes.iter().any(|outcome| match outcome {
        Outcome::Violation(known) | Outcome::NeedsReview(known) => {
            known.kind == kind && known.signals.contains(&Signal::Payload)
        }
        _ => false,
    })
}

/// The technique of words that a script brings; links have that which hides them.
fn means(sighting: &Sighting<'_>, finding: &Finding) -> Option<&'static str> {
    let observation = sighting.view.observation.as_ref().filter(|_| finding.kind == Kind::IllegalContent)?;
    let replaced = observation.deeds(VICTIM).any(|deed| matches!(deed, Deed::Replaced { .. }));
    Some(if replaced { "js-document-replace" } else { "js-written-content" })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use url::Url;

    use super::*;
    use crate::detect;
    use crate::page::{Page, Viewport};
    use crate::script::engine::{Resources, Terms};
    use crate::script::observe::observe;

    /// Kinds and methods of what is found of jargon once scripts have run, as the scan room puts it together.
    fn check(body: &str, expected: &[(Kind, &str)]) {
        let html = format!("<title>某某学校</title><body><h1>某某学校</h1><p>通知公告与新闻。</p>{body}");
        let mut dossier = Dossier::of_page("http://www.a.test/", &html);
        let url = Url::parse("http://www.a.test/").unwrap();
        let page = Page::parse(&html, &url, &[], Viewport::DESKTOP);
        let terms = Terms::on(jiff::civil::date(2026, 11, 20));
        let observation = observe(&page, &html, &Resources::default(), terms);
        if says_more(&observation, Lexicon::builtin()) {
            let written = observation.rewritten(VICTIM, &page, &html).unwrap();
            dossier.written.push((0, Arc::new(Page::parse(&written, &url, &[], Viewport::DESKTOP))));
        }
        dossier.views[0].observation = Some(Arc::new(observation));
        let found: Vec<(Kind, String)> = detect::judge(&dossier, &Context::builtin())
            .into_iter()
            .filter_map(|outcome| match outcome {
                Outcome::Violation(finding) if finding.signals.contains(&Signal::Payload) => {
                    Some((finding.kind, finding.place.method.unwrap_or_default()))
                }
                _ => None,
            })
            .collect();
        let expected: Vec<_> = expected.iter().map(|(kind, method)| (*kind, (*method).to_owned())).collect();
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn links_that_a_script_writes_out_of_sight_are_found() {
        check(
            "<script>var h='<div style=\"display:none\">',l='<a href=\"http://x.b1.test/\">真人百家'+'乐投注</a>';document.write(h+l+'</div>')</script>",
            &[(Kind::HiddenLink, "css-display-none-inline")],
        );
    }

    #[test]
    fn words_that_a_script_brings_are_found() {
        check(
            "<div id=n></div><script>document.getElementById('n').innerHTML='<p>真人百家乐，注册送88，首存返水，提款秒到，立即注册</p>'</script>",
            &[(Kind::IllegalContent, "js-written-content")],
        );
    }

    #[test]
    fn a_document_that_takes_the_place_of_the_page_is_found() {
        check(
            "<script>document.body.innerHTML='<h1>无名娱乐</h1><p>真人百家乐，注册送88，首存返水，提款秒到，立即注册</p>'</script>",
            &[(Kind::IllegalContent, "js-document-replace")],
        );
    }

    #[test]
    fn what_scripts_move_about_lawfully_is_none() {
        check(
            "<div id=t><a href='http://x.b1.test/'>某某协会</a></div><script>document.getElementById('t').style.display='none'</script>",
            &[],
        );
        check(
            "<div id=n></div><script>document.getElementById('n').innerHTML='<a href=/n/1.html>放假通知</a>'</script>",
            &[],
        );
    }
}
