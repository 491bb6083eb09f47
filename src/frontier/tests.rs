//! The queue as a whole: order, budgets, traps, what is learned, what is said of what was passed over.

use std::collections::BTreeSet;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn url(path: &str) -> Url {
    Url::parse(&format!("http://www.a.test{path}")).unwrap()
}

fn limits(pages: u32) -> Limits {
    Limits { pages, depth: 9, per_template: 10 }
}

fn frontier(pages: u32) -> Frontier {
    Frontier::new(Scope::site(url("/")), limits(pages), Learned::default(), date(2026, 11, 26), 0)
}

/// The paths that come out when everything is allowed and nothing new turns up.
fn drain(frontier: &mut Frontier) -> Vec<String> {
    let mut given = Vec::new();
    while let Some(task) = frontier.next(|_| true) {
        given.push(task.url[url::Position::BeforePath..].to_owned());
    }
    given
}

fn known(path: &str, asked: i64, changes: u32) -> KnownPage {
    let asked = Timestamp::from_second(asked).ok();
    KnownPage { url: url(path), depth: 2, asked, changes }
}

#[test]
fn home_comes_first_then_every_lane_has_its_turn() {
    let mut queue = frontier(9);
    for path in ["/news/", "/n/1.html", "/n/2.html", "/news/#top", "/n/1.html?utm_source=x"] {
        queue.offer(&url(path), 1, Source::Link);
    }
    queue.offer(&url("/hidden/8.html"), 1, Source::Sitemap(None));
    queue.know([known("/o/5.html", 200, 0), known("/o/4.html", 100, 0), known("/c/7.html", 300, 2)]);
    assert_eq!(
        drain(&mut queue),
        ["/", "/news/", "/n/2.html", "/hidden/8.html", "/o/4.html", "/n/1.html", "/c/7.html", "/o/5.html"]
    );
}

#[test]
fn budget_depth_and_scope_hold() {
    let mut queue = frontier(3);
    for number in 0..20 {
        queue.offer(&url(&format!("/n/{number}.html")), 1, Source::Link);
    }
    assert!(!queue.offer(&url("http://other.test/"), 1, Source::Link));
    assert!(!queue.offer(&url("/x.pdf"), 1, Source::Link));
    assert!(!queue.offer(&url("/deep.html"), 10, Source::Link));
    assert_eq!(drain(&mut queue).len(), 3);
    let passed = queue.passed();
    assert_eq!((passed.waiting, passed.deep), (18, 1));
}

#[test]
fn one_template_does_not_eat_the_budget_and_spares_come_last() {
    let mut queue = Frontier::new(
        Scope::site(url("/")),
        Limits { pages: 100, depth: 9, per_template: 2 },
        Learned::default(),
        date(2026, 11, 26),
        0,
    );
    for number in 0..5 {
        queue.offer(&url(&format!("/n/{number}.html")), 1, Source::Link);
    }
    queue.offer(&url("/q/1.html"), 1, Source::Link);
    let given = drain(&mut queue);
    assert_eq!(given.len(), 7, "{given:?}");
    assert_eq!(given[..4], ["/", "/n/4.html", "/n/3.html", "/q/1.html"], "{given:?}");
}

#[test]
fn what_robots_forbid_is_counted_and_named_and_seeds_are_asked_all_the_same() {
    let mut queue = frontier(50);
    for number in 0..15 {
        queue.offer(&url(&format!("/private/{number}.html")), 1, Source::Link);
    }
    queue.offer(&url("/open.html"), 1, Source::Link);
    let mut given = Vec::new();
    while let Some(task) = queue.next(|url| url.path() == "/open.html") {
        given.push(task.url.path().to_owned());
    }
    assert_eq!(given, ["/", "/open.html"]);
    let passed = queue.passed();
    assert_eq!((passed.forbidden_count, passed.forbidden.len()), (15, NAMED));
}

#[test]
fn traps_are_passed_over_and_said() {
    let mut queue = frontier(1000);
    for year in 2030..2040 {
        queue.offer(&url(&format!("/cal?year={year}&month=1")), 1, Source::Link);
    }
    queue.offer(&url("/a/b/a/b/a/b/"), 1, Source::Link);
    for (colour, size) in (0..10).flat_map(|colour| (0..10).map(move |size| (colour, size))) {
        queue.offer(&url(&format!("/shop?colour={colour}&size={size}")), 1, Source::Link);
    }
    let traps: Vec<(Trap, u64)> =
        queue.passed().traps.into_iter().map(|(trap, (count, _))| (trap, count)).collect();
    assert_eq!(traps, [(Trap::EndlessPath, 1), (Trap::Calendar, 10), (Trap::Facets, 36)]);
}

#[test]
fn a_maze_of_one_page_is_left_after_three_answers() {
    let mut queue = frontier(1000);
    for number in 0..50 {
        queue.offer(&url(&format!("/maze/{number}.html")), 1, Source::Link);
    }
    let mut asked = 0;
    while let Some(task) = queue.next(|_| true) {
        asked += 1;
        queue.answered(&task, &Answer { end: &task.url, body: Some(b"nothing here") });
    }
    assert_eq!(asked, 4);
    assert_eq!(queue.passed().traps[&Trap::Maze].0, 47);
}

#[test]
fn an_index_page_is_learned_from_its_answer_or_redirect() {
    let mut queue = frontier(100);
    queue.offer(&url("/x/"), 1, Source::Link);
    queue.offer(&url("/x/index.jsp"), 1, Source::Link);
    while let Some(task) = queue.next(|_| true) {
        let body: &[u8] = if task.url.path().starts_with("/x/") { b"one" } else { b"home" };
        queue.answered(&task, &Answer { end: &task.url, body: Some(body) });
    }
    queue.offer(&url("/y/"), 1, Source::Link);
    assert!(!queue.offer(&url("/y/index.jsp"), 1, Source::Link));
    assert_eq!(queue.links_to(&url("/y/")), 2);
}

#[test]
fn a_seed_is_asked_for_as_it_was_written() {
    let seed = url("/index.php?b=1&a=2&utm_source=x");
    let mut queue =
        Frontier::new(Scope::site(seed.clone()), limits(5), Learned::default(), date(2026, 11, 26), 0);
    assert_eq!(queue.next(|_| false).map(|task| task.url), Some(seed));
}

#[test]
fn many_addresses_take_little_room() {
    let mut queue = frontier(100);
    for number in 0..300_000 {
        queue.offer(&url(&format!("/a/{number}.html")), 1, Source::Sitemap(None));
    }
    let queued: usize = queue.lanes.values().map(BTreeMap::len).sum();
    assert_eq!((queue.seen.len(), queued), (MOST_SEEN, LONGEST_LANE + 1));
    assert!(queue.passed().waiting > 290_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Pages that were looked at are known with their time on the next visit; after enough visits all were looked at.
    #[test]
    fn over_the_visits_every_known_page_is_seen(count in 10_u32..120, budget in 4_u32..20) {
        let mut asked: Vec<i64> = vec![0; count as usize];
        for visit in 1..=i64::from(count) {
            let mut queue = frontier(budget);
            let pages = asked.iter().enumerate();
            queue.know(pages.map(|(number, asked)| known(&format!("/o/{number}.html"), *asked, 0)));
            while let Some(task) = queue.next(|_| true) {
                let number = task.url.path().trim_start_matches("/o/").trim_end_matches(".html").parse::<usize>();
                if let Ok(number) = number { asked[number] = visit; }
            }
            if asked.iter().all(|asked| *asked > 0) {
                prop_assert!(visit <= i64::from(count / (budget - 1)) + 1);
                return Ok(());
            }
        }
        prop_assert!(false, "some page was never seen");
    }

    #[test]
    fn no_address_comes_out_twice_nor_outside_of_the_scope(paths in prop::collection::vec("(/[a-c0-9]{0,3}){1,4}(\\?[a-c]=[0-9])?", 0..80)) {
        let mut queue = frontier(1000);
        for path in &paths {
            queue.offer(&url(path), 1, Source::Link);
        }
        let given = drain(&mut queue);
        let once: BTreeSet<&String> = given.iter().collect();
        prop_assert_eq!(once.len(), given.len());
    }
}

/// Resident bytes of this process, from `/proc`; pages of 4,096 bytes.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

/// Run by hand: `cargo test --lib what_the_queue_weighs -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement, not a judgement: other tests share the process"]
fn what_the_queue_weighs() {
    let before = resident();
    let mut queue = frontier(100);
    queue
        .know((0..100_000).map(|number| known(&format!("/news/2026/11/t20261112_{number}.html"), number, 0)));
    eprintln!("100,000 known pages: {} KB resident", (resident() - before) / 1024);
    assert!(queue.has_more() && resident() - before < 50 << 20);
}
