//! All visitors of one page: who has to come, what they met, and under which conditions.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::behaviour::{Attribute, Behaviour, Ending, Memory, Sink, Wanted};
use super::deed::{Deed, Moment, deeds};
use super::document::rewritten;
use super::engine::{Document, Resources, Round, Spent, Terms, run_again};
use super::grounds::Grounds;
use super::trigger::{Lab, Setting, Trigger, explain, timing};
use super::visitor::{Remembers, Visitor};
use crate::exchange::host;
use crate::page::Page;

/// All visitors of a page together may take this many times what one may.
const PATIENCE: u32 = 4;
/// Deeds whose conditions are looked for.
const EXPLAINED: usize = 6;

/// What a page's scripts do, for every visitor that could meet something else.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// One run for each way the page behaved, with the visitors that met it; empty where no script was worth running.
    pub runs: Vec<Run>,
    /// What was done, each once, with its conditions.
    pub acts: Vec<Act>,
    /// Scripts and texts that were wanted and not at hand; fetch and ask again.
    pub wanted: Vec<Wanted>,
    /// The worst end of all runs: anything but `Complete` leaves the page undecided, never clean.
    pub ending: Ending,
    /// Whether a script asked if a machine is looking.
    pub probes_for_machines: bool,
    /// Number of runs, those for conditions left out.
    pub visits: usize,
    grounds: Grounds,
}

/// One way the page behaved.
#[derive(Debug, Clone)]
pub struct Run {
    /// The visitors that met it, `V1` … `V12`.
    pub visitors: Vec<&'static str>,
    /// What they met.
    pub behaviour: Behaviour,
}

/// Something done, and to whom.
#[derive(Debug, Clone)]
pub struct Act {
    /// What, when, after which gesture, as its first visitor met it.
    pub moment: Moment,
    /// The visitors that met it.
    pub visitors: Vec<&'static str>,
    /// Its conditions; `None` where they were not looked for.
    pub trigger: Option<Trigger>,
}

/// Runs a page's scripts for all visitors. `html` is the decoded source that the page was read from.
pub fn observe(page: &Page, html: &str, resources: &Resources, terms: Terms) -> Observation {
    let document = Document::of(page, html);
    if !document.is_of_interest() {
        return Observation::default();
    }
    observe_document(&document, resources, terms)
}

/// As [`observe`], for a document that is made already.
pub fn observe_document(document: &Document, resources: &Resources, terms: Terms) -> Observation {
    let (spent, round) = (Spent::now(), Round::default());
    let mut seen: Vec<(Setting, Behaviour)> = Vec::new();
    let mut shared: Vec<(&'static str, usize)> = Vec::new();
    let mut hurried = false;
    for visitor in Visitor::all(terms.day) {
        let memory = memory_of(&visitor, &seen);
        let setting = Setting { visitor, memory };
        let id = setting.visitor.id;
        if let Some(like) = seen.iter().position(|(known, met)| cannot_differ(known, &setting, &met.asked)) {
            shared.push((id, like));
            continue;
        }
        if hurried || spent.elapsed() > terms.time * PATIENCE {
            hurried = true;
            continue;
        }
        let behaviour = run_again(document, &setting.visitor, &setting.memory, resources, terms.time, &round);
        shared.push((id, seen.len()));
        hurried |= behaviour.ending == Ending::OutOfTime && seen.len() > 1;
        seen.push((setting, behaviour));
    }
    let mut observation = gathered(&seen, &shared);
    if hurried {
        observation.ending = Ending::OutOfTime;
    }
    let lab = Lab::new(document, resources, terms, &round, &seen);
    explained(&mut observation, &lab, &seen, &shared);
    observation.grounds = round.grounds.take();
    observation
}

/// What a visitor's browser remembers: what the first visitor's visit left, counters raised for frequent ones.
fn memory_of(visitor: &Visitor, seen: &[(Setting, Behaviour)]) -> Memory {
    let left = seen.first().map(|(_, first)| first.memory.clone()).unwrap_or_default();
    match visitor.remembers {
        Remembers::Nothing => Memory::default(),
        Remembers::FirstVisit => left,
        Remembers::ManyVisits => Memory {
            cookies: raised(&left.cookies),
            local: raised(&left.local),
            session: raised(&left.session),
        },
    }
}

/// Small numbers in remembered pairs, raised to ten.
fn raised(pairs: &str) -> String {
    let Ok(mut pairs) = serde_json::from_str::<Vec<(String, String)>>(pairs) else { return pairs.to_owned() };
    for (_, value) in &mut pairs {
        if value.len() < 3 && value.parse::<u32>().is_ok() {
            "10".clone_into(value);
        }
    }
    serde_json::to_string(&pairs).unwrap_or_default()
}

/// Whether a visitor would meet what another one met, as the scripts asked for nothing in which the two differ.
pub(super) fn cannot_differ(known: &Setting, other: &Setting, asked: &BTreeSet<Attribute>) -> bool {
    let (one, two) = (&known.visitor, &other.visitor);
    let differs = [
        (one.client != two.client, [Attribute::Agent, Attribute::Screen]),
        (one.referrer != two.referrer, [Attribute::Referrer; 2]),
        (one.at != two.at, [Attribute::Clock; 2]),
        (one.random.to_bits() != two.random.to_bits() || one.seed != two.seed, [Attribute::Random; 2]),
        (known.memory != other.memory, [Attribute::Cookie, Attribute::Storage]),
        (one.opener != two.opener, [Attribute::Opener; 2]),
        (one.city != two.city, [Attribute::Region; 2]),
        (one.language != two.language, [Attribute::Language; 2]),
        (one.zone != two.zone, [Attribute::Zone; 2]),
        (one.webdriver != two.webdriver, [Attribute::Webdriver; 2]),
    ];
    differs.iter().all(|(differs, attributes)| !differs || !attributes.iter().any(|one| asked.contains(one)))
}

/// Runs by what they showed, and every deed once.
fn gathered(seen: &[(Setting, Behaviour)], shared: &[(&'static str, usize)]) -> Observation {
    let mut observation = Observation { visits: seen.len(), ..Observation::default() };
    let mut traces: Vec<String> = Vec::new();
    for (index, (_, behaviour)) in seen.iter().enumerate() {
        let visitors: Vec<_> = shared.iter().filter(|(_, like)| *like == index).map(|(id, _)| *id).collect();
        for moment in deeds(behaviour) {
            match observation.acts.iter_mut().find(|act| act.moment.deed.is_like(&moment.deed)) {
                Some(act) => act.visitors.extend(&visitors),
                None => observation.acts.push(Act { moment, visitors: visitors.clone(), trigger: None }),
            }
        }
        for wanted in &behaviour.wanted {
            if !observation.wanted.contains(wanted) {
                observation.wanted.push(wanted.clone());
            }
        }
        observation.ending = observation.ending.worse(behaviour.ending);
        observation.probes_for_machines |= behaviour.asked.contains(&Attribute::Webdriver);
        let trace = behaviour.trace();
        match traces.iter().position(|known| *known == trace) {
            Some(known) => observation.runs[known].visitors.extend(visitors),
            None => {
                traces.push(trace);
                observation.runs.push(Run { visitors, behaviour: behaviour.clone() });
            }
        }
    }
    observation
}

/// Looks for the conditions of what leads elsewhere.
fn explained(
    observation: &mut Observation,
    lab: &Lab<'_>,
    seen: &[(Setting, Behaviour)],
    shared: &[(&'static str, usize)],
) {
    let url = &lab.document.url;
    let outside = |deed: &Deed| {
        deed.address().is_none_or(|to| url::Url::parse(to).map_or(true, |to| !host::same_site(url, &to)))
    };
    let mut explained = 0;
    for act in &mut observation.acts {
        if explained == EXPLAINED || !act.moment.deed.is_grave() || !outside(&act.moment.deed) {
            continue;
        }
        let gesture = act.moment.gesture.as_deref();
        if gesture == Some("press") || act.visitors.len() == shared.len() && gesture.is_none() {
            // A press on the very element is a link; what all visitors met has no condition but its delay.
            act.trigger = Some(Trigger { shows: timing(&act.moment), minimal: true, ..Trigger::default() });
            continue;
        }
        let first = act.visitors.first().and_then(|id| shared.iter().find(|(known, _)| known == id));
        let Some((setting, behaviour)) = first.and_then(|(_, index)| seen.get(*index)) else { continue };
        act.trigger = Some(explain(lab, setting, behaviour, &act.moment));
        explained += 1;
    }
}

impl Observation {
    /// What was observed of one document as it holds for another of the site, where every run would have gone the same
    /// way there: the same scripts, that learned nothing which the two do not have in common.
    pub fn taken_over(&self, from: &Document, to: &Document, resources: &Resources) -> Option<Self> {
        let titled = |run: &Run| run.behaviour.title == from.title;
        let whole = self.ending == Ending::Complete && self.runs.iter().all(titled);
        let retitled = self.acts.iter().any(|act| matches!(act.moment.deed, Deed::Title { .. }));
        if !whole || retitled || !self.grounds.hold(from, to, resources) {
            return None;
        }
        let mut taken = self.clone();
        for run in &mut taken.runs {
            run.behaviour.title.clone_from(&to.title);
        }
        Some(taken)
    }

    /// Texts that scripts asked for by themselves, without the visitor's doing, and that were not at hand.
    pub fn wanted_texts(&self) -> impl Iterator<Item = &str> {
        let unasked = |url: &&str| {
            let mut effects = self.runs.iter().flat_map(|run| &run.behaviour.effects);
            let request = |sink: &Sink| matches!(sink, Sink::Other(name) if name == "request");
            effects.any(|effect| effect.gesture.is_none() && effect.data == **url && request(&effect.sink))
        };
        let texts = self.wanted.iter().filter(|wanted| !wanted.script);
        texts.map(|wanted| wanted.url.as_str()).filter(unasked)
    }

    /// What scripts added to the page for the visitors of one run: what they wrote, inserted, and put in its place.
    pub fn added(&self, run: usize) -> impl Iterator<Item = &str> {
        let behaviour = self.runs.get(run).map(|run| &run.behaviour);
        let effects = behaviour.into_iter().flat_map(|behaviour| &behaviour.effects);
        let written = effects.filter(|effect| matches!(effect.sink, Sink::Write | Sink::Replace));
        let inserted = behaviour.map(|behaviour| behaviour.inserted.as_str());
        written.map(|effect| effect.data.as_str()).chain(inserted)
    }

    /// What scripts did to the visitors of one run.
    pub fn deeds(&self, run: usize) -> impl Iterator<Item = Deed> {
        self.runs.get(run).into_iter().flat_map(|run| deeds(&run.behaviour)).map(|moment| moment.deed)
    }

    /// The document as it stands for the visitors of one run after its scripts: what they wrote in its place, what
    /// they inserted at the end, what they hid by a rule. `None` where scripts changed nothing of it.
    pub fn rewritten(&self, run: usize, page: &Page, html: &str) -> Option<String> {
        let behaviour = &self.runs.get(run)?.behaviour;
        let written: Vec<(usize, &str)> = behaviour
            .effects
            .iter()
            .filter(|effect| effect.sink == Sink::Write)
            .filter_map(|effect| Some((effect.piece?, effect.data.as_str())))
            .collect();
        let mut tail = behaviour.inserted.clone();
        for replaced in behaviour.effects.iter().filter(|effect| effect.sink == Sink::Replace) {
            tail.push_str(&replaced.data);
        }
        for moment in deeds(behaviour) {
            match moment.deed {
                Deed::Hidden { selector, style } => {
                    let _ = write!(tail, "<style>{selector}{{{style}}}</style>");
                }
                Deed::Removed { selector } => {
                    let _ = write!(tail, "<style>{selector}{{display:none}}</style>");
                }
                _ => {}
            }
        }
        if written.is_empty() && tail.is_empty() {
            return None;
        }
        Some(rewritten(html, page, &written, &tail))
    }
}
