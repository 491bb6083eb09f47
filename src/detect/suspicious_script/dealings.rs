//! What scripts had to do with foreign places that nobody can read in the source, or that only some visitors meet.
//!
//! An address is *concealed* when its registrable domain stands nowhere in the page and the scripts at hand, and still
//! a virtual visitor was led there: whoever wrote it took care that nobody reads it. This tells injected code from the
//! lawful use of the same obfuscators, which reaches only hosts that the page names or that everybody knows.

use memchr::memmem;
use url::Url;

use crate::detect::Context;
use crate::detect::jump::jumps;
use crate::detect::jump::target::{Target, judge, judge_address};
use crate::detect::sighting::Sighting;
use crate::exchange::host::registrable_domain;
use crate::exchange::{Exchange, Purpose};
use crate::script::behaviour::Sink;
use crate::script::deed::Deed;
use crate::script::observe::{Act, Observation};

/// What was done towards a foreign place.
#[derive(Debug, Clone)]
pub(super) struct Dealing {
    /// The technique's id.
    pub(super) method: &'static str,
    /// The place.
    pub(super) to: Url,
    /// Whether its name stands nowhere in the source.
    pub(super) concealed: bool,
    /// Under which conditions, in the words of `conditions.shows`.
    pub(super) shows: Vec<String>,
    /// Whether every condition was proven to be needed.
    pub(super) minimal: bool,
    /// The visitors that met it.
    pub(super) visitors: Vec<String>,
    /// The script that was being read, by its place on the page.
    pub(super) piece: Option<usize>,
    /// Whether what comes from there runs in the page.
    pub(super) runs: bool,
}

impl Dealing {
    /// Conditions that choose victims: where they come from, when, what they hold in hand, chance.
    pub(super) fn gates(&self) -> impl Iterator<Item = &str> {
        let chooses = |word: &&str| {
            ["referer:", "ua:", "time:", "random", "cookie:", "region:", "zone:", "opener"]
                .iter()
                .any(|head| word.starts_with(head))
        };
        self.shows.iter().map(String::as_str).filter(chooses)
    }

    /// Whether it waits for visitors that come from a search engine.
    pub(super) fn is_for_searchers(&self) -> bool {
        self.gates().any(|word| matches!(word, "referer:search" | "referer:baidu" | "referer:google"))
    }

    /// Conditions that honest pages have no use for when they load a script.
    pub(super) fn is_evasive(&self) -> bool {
        let strong = |word: &str| word.starts_with("referer:") || word.starts_with("time:");
        let mut count = 0;
        for word in self.gates() {
            if strong(word) {
                return true;
            }
            count += 1;
        }
        count >= 2
    }
}

/// Every dealing of a view's scripts that is concealed or gated, each place once. Empty where a redirect of the view is
/// proven: that finding tells the whole story.
pub(super) fn dealings(sighting: &Sighting<'_>, context: &Context<'_>) -> Vec<Dealing> {
    let Some(observation) = &sighting.view.observation else { return Vec::new() };
    if is_told_as_redirect(sighting, context) {
        return Vec::new();
    }
    let source = Source::of(sighting);
    let mut found: Vec<Dealing> = Vec::new();
    let acts = observation.acts.iter().filter_map(|act| of_act(act, observation, sighting, context));
    for mut dealing in acts.chain(requests(observation)) {
        let known = found.iter().any(|one| registrable_domain(&one.to) == registrable_domain(&dealing.to));
        if known || !context.known.foreign(sighting.dossier, &dealing.to) {
            continue;
        }
        dealing.concealed = !source.names(&dealing.to);
        if dealing.concealed || dealing.runs && dealing.gates().next().is_some() {
            found.push(dealing);
        }
    }
    found
}

/// Whether `illicit-redirect` tells of these scripts already.
fn is_told_as_redirect(sighting: &Sighting<'_>, context: &Context<'_>) -> bool {
    jumps(sighting.dossier, sighting.view, context).iter().any(|jump| {
        match judge(sighting.dossier, jump, context) {
            Target::Illegal { .. } | Target::Dubious(_) | Target::Install => true,
            Target::Unknown => {
                !jump.gates.is_empty() || jump.met.as_ref().is_some_and(|met| !met.shows.is_empty())
            }
            Target::Ordinary | Target::Parked | Target::Honest => false,
        }
    })
}

fn of_act(
    act: &Act,
    observation: &Observation,
    sighting: &Sighting<'_>,
    context: &Context<'_>,
) -> Option<Dealing> {
    let moment = &act.moment;
    if moment.gesture.as_deref() == Some("press") {
        return None;
    }
    let to = Url::parse(moment.deed.address()?).ok()?;
    let (method, runs) = match &moment.deed {
        Deed::Loader { .. } if writes_scripts(observation) => ("js-loader-docwrite", true),
        Deed::Loader { .. } => ("js-loader-createelement", true),
        Deed::ServiceWorker { .. } => ("js-service-worker", true),
        Deed::Frame { hidden: true, .. } => ("html-iframe-zero", false),
        Deed::Frame { covers: true, .. } => ("js-fullscreen-iframe", false),
        Deed::Frame { .. } => ("js-docwrite-redirect", false),
        Deed::Link { .. } => ("html-anchor-inline-insert", false),
        Deed::Navigation { .. } | Deed::Popup { .. } | Deed::Opener { .. } => ("js-location-assign", false),
        _ => return None,
    };
    let target = judge_address(sighting.dossier, &to, context);
    if matches!(target, Target::Honest | Target::Parked) {
        return None;
    }
    let (shows, minimal) =
        act.trigger.as_ref().map(|trigger| (trigger.shows.clone(), trigger.minimal)).unwrap_or_default();
    let visitors = act.visitors.iter().map(|&visitor| visitor.to_owned()).collect();
    Some(Dealing { method, to, concealed: false, shows, minimal, visitors, piece: moment.piece, runs })
}

fn writes_scripts(observation: &Observation) -> bool {
    let effects = observation.runs.iter().flat_map(|run| &run.behaviour.effects);
    effects
        .into_iter()
        .any(|effect| effect.sink == Sink::Write && effect.data.to_ascii_lowercase().contains("<script"))
}

/// Texts that scripts asked a foreign place for, and channels they opened.
fn requests(observation: &Observation) -> Vec<Dealing> {
    let mut found = Vec::new();
    for run in &observation.runs {
        for effect in &run.behaviour.effects {
            let Sink::Other(name) = &effect.sink else { continue };
            if !matches!(name.as_str(), "request" | "socket" | "worker") {
                continue;
            }
            let Ok(to) = Url::parse(&effect.data) else { continue };
            found.push(Dealing {
                method: "js-remote-config",
                to,
                concealed: false,
                shows: Vec::new(),
                minimal: false,
                visitors: run.visitors.iter().map(|&visitor| visitor.to_owned()).collect(),
                piece: effect.piece,
                runs: false,
            });
        }
    }
    found
}

/// The source of a view as anybody may read it: the document and the scripts at hand.
struct Source<'a> {
    texts: Vec<&'a [u8]>,
}

impl<'a> Source<'a> {
    fn of(sighting: &Sighting<'a>) -> Self {
        let mut texts = vec![sighting.body()];
        texts.extend(sighting.page.scripts.iter().map(|script| script.code.as_bytes()));
        let scripts =
            sighting.dossier.exchanges.iter().filter(|exchange| exchange.purpose == Purpose::Script);
        texts.extend(scripts.filter_map(Exchange::response).map(|response| &response.body[..]));
        Self { texts }
    }

    /// Whether the registrable domain of an address can be read somewhere. Names in other alphabets are written
    /// otherwise in the source than in addresses, and count as readable.
    fn names(&self, url: &Url) -> bool {
        let Some(domain) = registrable_domain(url) else { return true };
        if domain.contains("xn--") {
            return true;
        }
        let finder = memmem::Finder::new(domain.as_bytes());
        self.texts.iter().any(|text| finder.find(text).is_some())
            || self.texts.iter().any(|text| finder.find(&text.to_ascii_lowercase()).is_some())
    }
}
