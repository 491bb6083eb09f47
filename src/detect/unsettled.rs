//! What only a browser could tell of a visit, as far as something hangs on it. Pure: the scan room asks the browser.

use std::collections::HashSet;

use super::Context;
use super::analysis::Analysis;
use super::dossier::Dossier;
use super::marks::{HomePage, home_page, marks, unseen};
use super::sighting::{Sighting, sightings};
use crate::id::sha256_hex;
use crate::page::{Page, Sight};
use crate::script::behaviour::{Attribute, Ending};
use crate::script::observe::Observation;

/// What is open on one view's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// Which of the visit's views.
    pub view: usize,
    /// Links that may or may not be seen, by their place in the page's list.
    pub links: Vec<usize>,
    /// Blocks that may or may not be seen, by their place in the page's list.
    pub blocks: Vec<usize>,
    /// Its scripts did not come to their end as virtual visitors, and something about them is suspicious.
    pub scripts: bool,
    /// It is a home page whose marks, if it has any, come by script.
    pub marks: bool,
}

/// Places of one page that are worth a look.
const PLACES: usize = 24;

/// What is open in a visit and matters: a verdict of *unsure* on a link to a foreign place or on promotion, and scripts
/// with suspicious signs that did not come to their end. Pages with the same bytes are asked about once.
pub fn unsettled(dossier: &Dossier, context: &Context<'_>) -> Vec<Unsettled> {
    let mut seen = HashSet::new();
    let home = matches!(home_page(dossier, context), HomePage::Seen(_));
    let mut open = Vec::new();
    for sighting in sightings(dossier).filter(|sighting| !sighting.rendered) {
        if sighting.view.rendering.is_some() || !seen.insert(sha256_hex(sighting.body())) {
            continue;
        }
        let analysis = context.analysis(&sighting);
        let one = Unsettled {
            view: sighting.index,
            links: unsure_links(sighting.page, &analysis),
            blocks: unsure_blocks(sighting.page, &analysis),
            scripts: sighting
                .view
                .observation
                .as_ref()
                .is_some_and(|observation| is_open(observation, &sighting, &analysis, context)),
            marks: home && comes_by_script(sighting.page),
        };
        if one.scripts || one.marks || !one.links.is_empty() || !one.blocks.is_empty() {
            open.push(one);
        }
    }
    open
}

/// Whether a page has no mark of its own, and scripts make what could hold one.
fn comes_by_script(page: &Page) -> bool {
    unseen(page).is_some_and(|why| why.starts_with("script")) && marks(page).is_empty()
}

/// Links of which nobody can say whether people see them, and that would be black-links if people did not.
fn unsure_links(page: &Page, analysis: &Analysis) -> Vec<usize> {
    let readings = page.links.iter().zip(&analysis.links).enumerate();
    let matters = readings.filter(|(_, (link, reading))| {
        link.visibility.sight == Sight::Unsure
            && (reading.jargon() || reading.foreign && !analysis.linked_openly(&reading.domain))
    });
    matters.map(|(index, _)| index).take(PLACES).collect()
}

/// Blocks of which nobody can say whether people see them, in text that promotes something.
fn unsure_blocks(page: &Page, analysis: &Analysis) -> Vec<usize> {
    let promoting = analysis.sections.iter().filter(|section| section.judgement.category.is_some());
    let blocks = promoting.flat_map(|section| section.blocks.clone());
    let unsure =
        |index: &usize| page.blocks.get(*index).is_some_and(|block| block.visibility.sight == Sight::Unsure);
    blocks.filter(unsure).take(PLACES).collect()
}

/// Whether scripts were left unfinished on a page on which that matters.
fn is_open(
    observation: &Observation,
    sighting: &Sighting<'_>,
    analysis: &Analysis,
    context: &Context<'_>,
) -> bool {
    if observation.ending == Ending::Complete {
        return false;
    }
    let asked = |attribute| observation.runs.iter().any(|run| run.behaviour.asked.contains(&attribute));
    let promotes = analysis.title.category.is_some()
        || analysis.sections.iter().any(|section| section.judgement.category.is_some());
    let stranger = |url: &url::Url| context.known.foreign(sighting.dossier, url);
    let codes = || sighting.page.scripts.iter().map(|script| script.code.as_str());
    promotes
        || observation.probes_for_machines
        || (asked(Attribute::Referrer) && asked(Attribute::Agent))
        || sighting.page.scripts.iter().filter_map(|script| script.url.as_ref()).any(stranger)
        || codes().any(is_obfuscated)
}

/// Whether code is written so that nobody reads it: escapes, made-up names or code made of text, in mass.
fn is_obfuscated(code: &str) -> bool {
    let count = |word: &str| memchr::memmem::find_iter(code.as_bytes(), word.as_bytes()).count();
    let escapes = count("\\x") + count("\\u") + count("%u") + count("_0x");
    let holds = |words: &[&str]| words.iter().any(|word| code.contains(word));
    let makes_code = holds(&["eval", "Function("]) && holds(&["fromCharCode", "unescape", "atob"]);
    let signs = code.bytes().filter(|byte| b"[]()!+".contains(byte)).count();
    escapes * 24 > code.len() || makes_code || signs * 10 > code.len() * 9
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn dossier(html: &str, sight: Sight, ending: Ending) -> Dossier {
        let mut dossier = Dossier::of_page("http://www.example.test/", html);
        let view = &mut dossier.views[0];
        if let Some(page) = view.page.as_mut().map(Arc::make_mut) {
            page.links.iter_mut().for_each(|link| link.visibility.sight = sight);
            page.blocks.iter_mut().for_each(|block| block.visibility.sight = sight);
        }
        let mut observation = Observation::default();
        observation.ending = ending;
        view.observation = Some(Arc::new(observation));
        dossier
    }

    fn check(html: &str, sight: Sight, ending: Ending, links: usize, blocks: usize, scripts: bool) {
        let found = unsettled(&dossier(html, sight, ending), &Context::builtin());
        let counted = found.first().map(|one| (one.links.len(), one.blocks.len(), one.scripts));
        let expected = (links + blocks > 0 || scripts).then_some((links, blocks, scripts));
        assert_eq!(counted, expected, "{html}");
    }

    #[test]
    fn only_what_is_unsure_and_matters_is_open() {
        let foreign = "<p>通知公告</p><a href='http://a.bc1.test/'>更多</a>";
        check(foreign, Sight::Unsure, Ending::Complete, 1, 0, false);
        check(foreign, Sight::Visible, Ending::Complete, 0, 0, false);
        check("<p>通知公告</p><a href='/x'>更多</a>", Sight::Unsure, Ending::Complete, 0, 0, false);
        check(
            "<p>澳门百家乐真人娱乐城开户送彩金，注册即送188</p>",
            Sight::Unsure,
            Ending::Complete,
            0,
            1,
            false,
        );
    }

    #[test]
    fn unfinished_scripts_are_open_where_something_about_them_is_suspicious() {
        let packed = "<script>eval(function(p){return String.fromCharCode(p)}(unescape('%u0041')))</script>";
        check(packed, Sight::Visible, Ending::OutOfTime, 0, 0, true);
        check(packed, Sight::Visible, Ending::Complete, 0, 0, false);
        check("<script>for(;;)render()</script><p>News</p>", Sight::Visible, Ending::OutOfTime, 0, 0, false);
    }
}
