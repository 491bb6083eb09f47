//! The queue of a site's pages: what belongs to it, what is worth a look next, what goes on for ever.
//!
//! Pure: it asks no network and no clock. Addresses come in ([`Frontier::offer`]), tasks go out ([`Frontier::next`]),
//! answers teach it ([`Frontier::answered`]). What `robots.txt` says is a question it puts to its caller. Its memory is
//! bounded however many addresses a site makes up: pages are known by 64-bit hashes (an accidental clash among 100,000
//! has odds of one to several thousand millions), lanes drop their last.

pub mod canonical;
pub mod sample;
pub mod scope;
pub mod sitemap;
pub mod template;
#[cfg(test)]
mod tests;
pub mod trap;

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hasher as _};

use jiff::Timestamp;
use jiff::civil::Date;
use url::Url;

use canonical::{Learned, canonical};
use sample::Rank;
use scope::Scope;
use template::{is_item, template};
use trap::Trap;

/// Addresses that are remembered as seen; a site that names more is told no further apart.
const MOST_SEEN: usize = 200_000;
/// Addresses that wait in one lane.
const LONGEST_LANE: usize = 5_000;
/// Addresses of one path with two parameters or more, before they count as facets.
const FACETS: u16 = 64;
/// Paths for which that is counted.
const FACETED_PATHS: usize = 10_000;
/// Pages of one template that may answer with the same bytes before it counts as a maze.
const SAME_ANSWERS: u16 = 3;
/// Forbidden addresses that are named one by one.
const NAMED: usize = 10;

/// Endings of addresses that are no pages.
const NOT_PAGES: &[&str] = &[
    "7z", "apk", "avi", "bmp", "css", "csv", "doc", "docx", "exe", "flv", "gif", "gz", "ico", "iso", "jpeg",
    "jpg", "js", "json", "mov", "mp3", "mp4", "msi", "pdf", "png", "ppt", "pptx", "rar", "svg", "tar", "txt",
    "wav", "webp", "woff", "woff2", "wps", "xls", "xlsx", "xml", "zip",
];

/// In which order lanes have their turn once the seeds are done: columns and new pages most often, and none starves.
const TURNS: &[Lane] =
    &[Lane::Column, Lane::New, Lane::Orphan, Lane::Old, Lane::Column, Lane::New, Lane::Changed, Lane::New];

/// What a visit may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Pages.
    pub pages: u32,
    /// Links from a seed.
    pub depth: u32,
    /// Pages of one template that go before those of others; more are looked at only when nothing else is left.
    pub per_template: u32,
}

/// A page known from earlier visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPage {
    /// Its address, as [`Task::url`] had it.
    pub url: Url,
    /// Links from a seed.
    pub depth: u32,
    /// When it was asked for last.
    pub asked: Option<Timestamp>,
    /// How often it was found changed.
    pub changes: u32,
}

/// How a page came to be queued; the lane in which it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// The site is known by it.
    Seed,
    /// A page that leads to others.
    Column,
    /// Linked, and never looked at.
    New,
    /// Named by a sitemap alone, and never looked at.
    Orphan,
    /// Looked at before, and known to change.
    Changed,
    /// Looked at before; the one not seen longest comes first.
    Old,
    /// One more of a template of which enough were looked at.
    Spare,
}

/// Where an address was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A page links to it.
    Link,
    /// A sitemap or feed names it, with the day of its last change as claimed.
    Sitemap(Option<Date>),
}

/// A page to look at next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its address; seeds as written, all others in their one spelling.
    pub url: Url,
    /// Links from a seed.
    pub depth: u32,
    /// How it came to be queued.
    pub lane: Lane,
}

/// What a page answered, as far as the frontier learns from it.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    /// The address at the end of redirects.
    pub end: &'a Url,
    /// The body, if it came with a status of success.
    pub body: Option<&'a [u8]>,
}

/// What was passed over and why, for those who must say it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passed {
    /// Addresses still waiting, or dropped for lack of room.
    pub waiting: u64,
    /// Addresses too many links away.
    pub deep: u64,
    /// Traps, with how many addresses and the first of them.
    pub traps: BTreeMap<Trap, (u64, Url)>,
    /// The first addresses that `robots.txt` forbids.
    pub forbidden: Vec<Url>,
    /// How many it forbids in all.
    pub forbidden_count: u64,
}

/// What a template's pages were like on this visit.
#[derive(Debug, Default)]
struct Kind {
    given: u32,
    answers: HashMap<u64, u16>,
    closed: bool,
}

/// The queue.
#[derive(Debug)]
pub struct Frontier {
    scope: Scope,
    limits: Limits,
    learned: Learned,
    today: Date,
    round: u64,
    lanes: BTreeMap<Lane, BTreeMap<Rank, Task>>,
    /// Pages met, with how many links led to them.
    seen: HashMap<u64, u32>,
    kinds: HashMap<u64, Kind>,
    facets: HashMap<u64, u16>,
    /// Bodies of this visit and the first address that gave them.
    bodies: HashMap<u64, Url>,
    given: u32,
    turn: usize,
    passed: Passed,
}

impl Frontier {
    /// A queue that holds the scope's seeds. `round` moves the sample of old pages; `today` is the day of the visit.
    pub fn new(scope: Scope, limits: Limits, learned: Learned, today: Date, round: u64) -> Self {
        let mut frontier = Self {
            limits,
            learned,
            today,
            round,
            lanes: BTreeMap::new(),
            seen: HashMap::new(),
            kinds: HashMap::new(),
            facets: HashMap::new(),
            bodies: HashMap::new(),
            given: 0,
            turn: 0,
            passed: Passed::default(),
            scope,
        };
        for (place, mut url) in frontier.scope.seeds.clone().into_iter().enumerate() {
            url.set_fragment(None);
            if frontier.meet(&canonical(&url, &frontier.learned)).is_none() {
                let task = Task { url, depth: 0, lane: Lane::Seed };
                frontier.queue((0, place as u64, 0), task);
            }
        }
        frontier
    }

    /// Takes in pages known from earlier visits.
    pub fn know(&mut self, pages: impl IntoIterator<Item = KnownPage>) {
        for page in pages {
            let url = canonical(&page.url, &self.learned);
            if !self.scope.admits(&url) || self.meet(&url).is_some() {
                continue;
            }
            let lane = match () {
                () if !is_item(&url) => Lane::Column,
                () if page.changes > 0 => Lane::Changed,
                () => Lane::Old,
            };
            let asked = page.asked.map_or(0, Timestamp::as_second);
            let rank = sample::of_known(asked, hash(&url), self.round);
            self.queue(rank, Task { url, depth: page.depth, lane });
        }
    }

    /// Takes in an address that was met that many links from a seed. Gives whether it is new to the frontier.
    pub fn offer(&mut self, url: &Url, depth: u32, source: Source) -> bool {
        if !self.scope.admits(url) || !is_page(url) {
            return false;
        }
        let url = canonical(url, &self.learned);
        if let Some(trap) = trap::trap(&url, self.today) {
            self.note_trap(trap, &url);
            return false;
        }
        if self.meet(&url).is_some() {
            return false;
        }
        if depth > self.limits.depth {
            self.passed.deep += 1;
            return false;
        }
        if self.is_facet(&url) {
            self.note_trap(Trap::Facets, &url);
            return false;
        }
        let linked = source == Source::Link;
        let lane = match source {
            Source::Link if is_item(&url) => Lane::New,
            Source::Link => Lane::Column,
            Source::Sitemap(_) => Lane::Orphan,
        };
        let claimed = if let Source::Sitemap(day) = source { day } else { None };
        let rank = match lane {
            // Columns breadth first.
            Lane::Column => (0, u64::from(depth), self.seen.len() as u64),
            _ => sample::of_new(&url, claimed, linked, self.today, hash(&url), self.round),
        };
        self.queue(rank, Task { url, depth, lane });
        true
    }

    /// The next page to look at, as long as the budget lasts. `allows` says what `robots.txt` says; seeds are asked for
    /// whatever it says.
    pub fn next(&mut self, allows: impl Fn(&Url) -> bool) -> Option<Task> {
        while self.given < self.limits.pages {
            let (rank, task) = self.take()?;
            if task.lane == Lane::Seed {
                self.given += 1;
                return Some(task);
            }
            if !allows(&task.url) {
                self.forbid(&task.url);
                continue;
            }
            let per_template = self.limits.per_template;
            let kind = self.kinds.entry(hash(&template(&task.url))).or_default();
            if kind.closed {
                self.note_trap(Trap::Maze, &task.url);
                continue;
            }
            if task.lane != Lane::Spare && kind.given >= per_template && is_item(&task.url) {
                self.queue(rank, Task { lane: Lane::Spare, ..task });
                continue;
            }
            kind.given += 1;
            self.given += 1;
            return Some(task);
        }
        None
    }

    /// Takes a task back that `robots.txt` turned out to forbid, as when its host was not asked before.
    pub fn refuse(&mut self, task: &Task) {
        self.given = self.given.saturating_sub(1);
        self.forbid(&task.url);
    }

    /// Puts a task back that was not carried out after all.
    pub fn put_back(&mut self, task: Task) {
        self.given = self.given.saturating_sub(1);
        self.queue((0, 0, 0), task);
    }

    /// Learns from what a page answered: twins, redirects to other spellings, mazes.
    pub fn answered(&mut self, task: &Task, answer: &Answer<'_>) {
        if !self.scope.admits(answer.end) {
            return;
        }
        let Some(body) = answer.body.filter(|body| !body.is_empty()) else { return };
        if *answer.end != task.url {
            let mut end = answer.end.clone();
            end.set_fragment(None);
            self.learned.twins(&task.url, &end);
            self.meet(&canonical(&end, &self.learned));
        }
        let body = hash(body);
        match self.bodies.get(&body) {
            Some(first) => self.learned.twins(&first.clone(), &task.url),
            None if self.bodies.len() < LONGEST_LANE => {
                self.bodies.insert(body, task.url.clone());
            }
            None => {}
        }
        if task.lane != Lane::Seed {
            let kind = self.kinds.entry(hash(&template(&task.url))).or_default();
            let same = kind.answers.entry(body).or_default();
            *same = same.saturating_add(1);
            kind.closed |= *same >= SAME_ANSWERS;
        }
    }

    /// Whether an address is within the scope.
    pub fn admits(&self, url: &Url) -> bool {
        self.scope.admits(url)
    }

    /// What belongs to the site.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// What was learned of the site's addresses, for the next visit.
    pub fn learned(&self) -> &Learned {
        &self.learned
    }

    /// How many links led to a page on this visit.
    pub fn links_to(&self, url: &Url) -> u32 {
        self.seen.get(&hash(&canonical(url, &self.learned))).copied().unwrap_or(0)
    }

    /// Whether a next page could come without another offer.
    pub fn has_more(&self) -> bool {
        self.given < self.limits.pages && self.lanes.values().any(|lane| !lane.is_empty())
    }

    /// What was passed over up to now.
    pub fn passed(&self) -> Passed {
        let queued: usize = self.lanes.values().map(BTreeMap::len).sum();
        let mut passed = self.passed.clone();
        passed.waiting += queued as u64;
        passed
    }

    /// Notes that an address was met. `Some` where it was before.
    fn meet(&mut self, url: &Url) -> Option<()> {
        let page = hash(url);
        if let Some(links) = self.seen.get_mut(&page) {
            *links = links.saturating_add(1);
            return Some(());
        }
        if self.seen.len() >= MOST_SEEN {
            self.passed.waiting += 1;
            return Some(());
        }
        self.seen.insert(page, 1);
        None
    }

    fn queue(&mut self, rank: Rank, task: Task) {
        let lane = self.lanes.entry(task.lane).or_default();
        lane.insert(rank, task);
        if lane.len() > LONGEST_LANE {
            lane.pop_last();
            self.passed.waiting += 1;
        }
    }

    /// The first of the lane whose turn it is, or of the next one that has any.
    fn take(&mut self) -> Option<(Rank, Task)> {
        if let Some(first) = self.first_of(Lane::Seed) {
            return Some(first);
        }
        for step in 0..TURNS.len() {
            let at = (self.turn + step) % TURNS.len();
            if let Some(first) = self.first_of(TURNS[at]) {
                self.turn = (at + 1) % TURNS.len();
                return Some(first);
            }
        }
        self.first_of(Lane::Spare)
    }

    fn first_of(&mut self, lane: Lane) -> Option<(Rank, Task)> {
        self.lanes.get_mut(&lane)?.pop_first()
    }

    /// Whether an address is one of too many combinations of parameters on one path.
    fn is_facet(&mut self, url: &Url) -> bool {
        if url.query_pairs().take(2).count() < 2 {
            return false;
        }
        let path = hash(&(url.host_str(), url.path()));
        if self.facets.len() >= FACETED_PATHS && !self.facets.contains_key(&path) {
            return false;
        }
        let count = self.facets.entry(path).or_default();
        *count = count.saturating_add(1);
        *count > FACETS
    }

    fn note_trap(&mut self, trap: Trap, url: &Url) {
        let (count, _) = self.passed.traps.entry(trap).or_insert_with(|| (0, url.clone()));
        *count += 1;
    }

    fn forbid(&mut self, url: &Url) {
        self.passed.forbidden_count += 1;
        if self.passed.forbidden.len() < NAMED {
            self.passed.forbidden.push(url.clone());
        }
    }
}

/// Whether an address may be a page, as far as its ending says.
fn is_page(url: &Url) -> bool {
    let name = url.path().rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    !ending.is_some_and(|ending| NOT_PAGES.contains(&ending.as_str()))
}

/// The same from visit to visit within one version of the program, which is all that sampling needs.
fn hash<T: std::hash::Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
