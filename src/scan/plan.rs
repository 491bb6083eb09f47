//! What a visit of a site covers, and what is remembered of a page beside its answer. Values only.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::Settings;
use super::remember::RULES;
use crate::baseline::Baseline;
use crate::frontier::canonical::Learned;
use crate::frontier::scope::Scope;
use crate::frontier::{KnownPage, Limits};
use crate::id::{ProfileId, TargetId};
use crate::store::{PageState, Store, StoreError};
use crate::target::Target;

/// How old the last judgement of an unchanged home page may be before it is judged anew.
///
/// The same bytes can come to mean something else: a script decides by the clock, an outside host changes hands.
const HOME_STAYS_JUDGED: SignedDuration = SignedDuration::from_hours(20);
/// The same for any other page.
const PAGE_STAYS_JUDGED: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The shortest time between two looks at a made-up sub-domain: at most two a week.
const LABEL_EVERY: SignedDuration = SignedDuration::from_hours(84);

/// The shortest time between two rounds of exposure checks that nobody asks for: once a week, give or take half a day.
const EXPOSURES_EVERY: SignedDuration = SignedDuration::from_hours(7 * 24 - 12);

/// Seconds after which another visit looks at another sample of old pages.
const SECONDS_A_ROUND: u64 = 60;

/// What a visit of a site covers.
#[derive(Debug, Clone)]
pub struct VisitPlan {
    /// What belongs to the site; its seeds are asked for first, whatever `robots.txt` says.
    pub scope: Scope,
    /// What the visit may cost.
    pub limits: Limits,
    /// Pages known from earlier visits, as the store has them.
    pub known: Vec<PageState>,
    /// Their accepted states, by address.
    pub baselines: HashMap<String, Arc<Baseline>>,
    /// Moves the sample of old pages on: the number of the visit, or anything that changes from visit to visit.
    pub round: u64,
    /// Judges seeds even where nothing changed since a judgement of late, as a person who asks expects.
    pub judge_seeds: bool,
}

impl VisitPlan {
    /// An ad hoc look at one address and, as far as the settings say, the pages of its site.
    pub fn ad_hoc(url: &Url, settings: &Settings) -> Self {
        Self {
            scope: Scope::site(url.clone()),
            limits: Limits {
                pages: settings.max_pages,
                depth: settings.depth,
                per_template: per_template(settings.max_pages),
            },
            known: Vec::new(),
            baselines: HashMap::new(),
            round: 0,
            judge_seeds: true,
        }
    }

    /// A registered site: all its addresses as seeds, in its own scope, within the budget of the settings.
    pub fn registered(target: &Target, settings: &Settings) -> Self {
        let seeds = u32::try_from(target.urls.len()).unwrap_or(u32::MAX);
        let pages = settings.max_pages.max(seeds);
        Self {
            scope: Scope::of(&target.urls, &target.scope),
            limits: Limits { pages, depth: settings.depth, per_template: per_template(pages) },
            known: Vec::new(),
            baselines: HashMap::new(),
            round: 0,
            judge_seeds: false,
        }
    }

    /// The same, with what the store knows of the site's pages.
    pub fn knowing(self, known: Vec<PageState>, round: u64) -> Self {
        Self { known, round, ..self }
    }

    /// The same, with the accepted states of the pages.
    pub fn accepting(self, baselines: Vec<(String, Baseline)>) -> Self {
        let baselines = baselines.into_iter().map(|(page, baseline)| (page, Arc::new(baseline)));
        Self { baselines: baselines.collect(), ..self }
    }

    /// The same, with everything that a store remembers of the site's pages.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn remembering(self, store: &dyn Store, site: &TargetId) -> Result<Self, StoreError> {
        let (known, accepted) = (store.pages(site).await?, store.baselines(site).await?);
        let round = Timestamp::now().as_second().unsigned_abs() / SECONDS_A_ROUND;
        Ok(self.knowing(known, round).accepting(accepted))
    }

    /// What was learned of the site's addresses on earlier visits.
    pub(super) fn learned(&self) -> Learned {
        self.known.iter().find_map(|page| PageFacts::of(page).learned).unwrap_or_default()
    }

    /// The known pages as the frontier takes them.
    pub(super) fn known_pages(&self) -> impl Iterator<Item = KnownPage> {
        self.known.iter().filter_map(|page| {
            Some(KnownPage {
                url: Url::parse(&page.page).ok()?,
                depth: page.depth,
                asked: page.asked,
                changes: PageFacts::of(page).changes,
            })
        })
    }
}

/// A quarter of the pages, and at least four: so that four templates at the least share a visit.
pub fn per_template(pages: u32) -> u32 {
    (pages / 4).max(4)
}

/// What is remembered of a page beside its answer, in [`PageState::facts`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PageFacts {
    /// The shape of its address.
    pub(super) template: String,
    /// When it was looked at first.
    pub(super) first_seen: Option<Timestamp>,
    /// Whether the site was known by other pages then.
    pub(super) newcomer: bool,
    /// When its bytes were found changed last.
    pub(super) last_changed: Option<Timestamp>,
    /// How often they were.
    pub(super) changes: u32,
    /// How many links led to it at the last visit.
    pub(super) in_degree: u32,
    /// When it was judged last, not merely found unchanged.
    pub(super) judged: Option<Timestamp>,
    /// Whether that judgement left anything open: a finding, or something not assessed.
    pub(super) open: bool,
    /// What each profile got, as digests.
    pub(super) answers: BTreeMap<String, String>,
    /// Style sheets and scripts, as digests; of home pages only.
    pub(super) parts: BTreeMap<String, String>,
    /// Outside domains that it links to or loads from.
    pub(super) outside: BTreeSet<String>,
    /// Where it leads within the site; of home pages and columns only.
    pub(super) onward: Vec<String>,
    /// What was learned of the site's addresses; of the first seed only.
    pub(super) learned: Option<Learned>,
    /// When a made-up sub-domain was asked for last; of the first seed only.
    pub(super) label: Option<Timestamp>,
    /// When it was asked last whether something lies open; of seeds only.
    pub(super) exposed: Option<Timestamp>,
}

impl PageFacts {
    /// What is remembered of a page; nothing where an older program wrote something else.
    pub(super) fn of(page: &PageState) -> Self {
        serde_json::from_value(page.facts.clone()).unwrap_or_default()
    }

    /// As the store keeps them.
    pub(super) fn value(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Whether a made-up sub-domain may be asked for again.
    pub(super) fn label_is_due(&self, now: Timestamp) -> bool {
        self.label.is_none_or(|last| now.duration_since(last) >= LABEL_EVERY)
    }

    /// Whether it may be asked again whether something lies open.
    pub(super) fn exposures_are_due(&self, now: Timestamp) -> bool {
        self.exposed.is_none_or(|last| now.duration_since(last) >= EXPOSURES_EVERY)
    }

    /// Whether the same bytes would need no judgement: the last one is of late, by the same rules, and left nothing open.
    pub(super) fn stay_judged(&self, page: &PageState, home: bool, now: Timestamp) -> bool {
        let longest = if home { HOME_STAYS_JUDGED } else { PAGE_STAYS_JUDGED };
        let of_late = self.judged.is_some_and(|then| {
            let age = now.duration_since(then);
            !age.is_negative() && age < longest
        });
        of_late && !self.open && !self.answers.is_empty() && page.rules.as_deref() == Some(RULES)
    }

    /// Whether that profile got something the last time.
    pub(super) fn knows(&self, profile: &ProfileId) -> bool {
        self.answers.contains_key(profile.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
    }

    #[test]
    fn a_judgement_holds_for_a_time_under_the_same_rules_and_when_nothing_is_open() {
        let facts = PageFacts {
            judged: Some(at(100)),
            answers: [("m".to_owned(), "x".to_owned())].into(),
            ..PageFacts::default()
        };
        let page = PageState { rules: Some(RULES.to_owned()), ..PageState::new("http://a.test/", 0) };
        let other = PageState { rules: Some("older".to_owned()), ..page.clone() };
        let open = PageFacts { open: true, ..facts.clone() };
        for (facts, page, home, hour, expected) in [
            (&facts, &page, true, 110, true),
            (&facts, &page, true, 121, false),
            (&facts, &page, false, 121, true),
            (&facts, &page, false, 300, false),
            (&facts, &page, false, 99, false),
            (&facts, &other, false, 110, false),
            (&open, &page, false, 110, false),
            (&PageFacts::default(), &page, false, 110, false),
        ] {
            assert_eq!(facts.stay_judged(page, home, at(hour)), expected, "{home} {hour}");
        }
    }

    #[test]
    fn what_an_older_program_remembered_reads_as_far_as_it_goes() {
        let page =
            PageState { facts: serde_json::json!({"changes": 3, "later": 1}), ..PageState::new("x", 0) };
        assert_eq!(PageFacts::of(&page).changes, 3);
        assert_eq!(PageFacts::of(&PageState::new("x", 0)), PageFacts::default());
    }
}
