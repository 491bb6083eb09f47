//! Delivery against a store, with receivers that are made up and times that are given.

use std::net::SocketAddr;
use std::sync::Mutex;

use async_trait::async_trait;
use serde_json::Value;

use super::*;
use crate::alert::{Answer, Post, Written};
use crate::finding::{Conditions, Finding, FindingBuilder, Kind, Payload, Severity, Signal, State};
use crate::id::{ExchangeId, TargetId, VisitId};
use crate::incident::{Decided, Decision, Means, PageLook, Seen};
use crate::lang::Lang;
use crate::store::{self, PageVisit, Visit};

/// Midnight in Beijing, and seconds after it.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_708_800 + seconds).unwrap()
}

const HOUR: i64 = 3600;

/// Receivers that take a post or not, as is said of each host.
#[derive(Default)]
struct Made {
    down: Mutex<Vec<String>>,
    came: Mutex<Vec<(String, Value)>>,
}

impl Made {
    fn set_down(&self, hosts: &[&str]) {
        *self.down.lock().unwrap() = hosts.iter().map(|&host| host.to_owned()).collect();
    }

    /// The numbers that came to a host, message by message.
    fn numbers(&self, host: &str) -> Vec<Vec<i64>> {
        let came = self.came.lock().unwrap();
        let own = came.iter().filter(|(to, _)| to == host);
        let number = |event: &Value| event["number"].as_i64().unwrap();
        own.map(|(_, body)| body["events"].as_array().unwrap().iter().map(number).collect()).collect()
    }
}

#[async_trait]
impl Network for Made {
    async fn post(&self, post: &Post) -> Result<Answer, String> {
        let host = post.url.host_str().unwrap().trim_end_matches(".test").to_owned();
        tokio::task::yield_now().await;
        if self.down.lock().unwrap().contains(&host) {
            return Err("failed to connect".to_owned());
        }
        self.came.lock().unwrap().push((host, serde_json::from_slice(&post.body).unwrap()));
        // Between a receiver's taking and its answer a process may end.
        tokio::task::yield_now().await;
        Ok(Answer { status: 200, body: b"ok".to_vec() })
    }

    async fn admit(&self, _: &str, _: u16, _: bool) -> Result<Vec<SocketAddr>, String> {
        Err("only hooks are made up".to_owned())
    }
}

/// A store in a folder, and receivers.
struct House {
    store: Arc<dyn Store>,
    network: Arc<Made>,
    settings: String,
    _folder: tempfile::TempDir,
}

impl House {
    /// With hooks of these names, and routes as written.
    async fn new(hooks: &[&str], routes: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite://{}", folder.path().join("x.db").display());
        let store = store::open(&address.parse().unwrap()).await.unwrap();
        let channel = |name: &&str| {
            format!(
                "[[channel]]\nname = \"{name}\"\nkind = \"webhook\"\naddress = \"https://{name}.test/\"\n"
            )
        };
        let settings = hooks.iter().map(channel).collect::<String>() + routes;
        Self { store, network: Arc::default(), settings, _folder: folder }
    }

    /// A process that delivers.
    fn process(&self) -> Deliverer {
        let written: Written = toml::from_str(&self.settings).unwrap();
        let settings = written.checked(Lang::Zh, &|_| Ok(String::new())).unwrap();
        Deliverer::new(settings, Arc::clone(&self.store), Arc::<Made>::clone(&self.network), None)
    }

    /// A visit of a site that sees a finding of that severity; an event each, as no two visits are of one site.
    async fn sees(&self, site: &str, seconds: i64, severity: Severity) {
        self.visits(site, seconds, vec![finding(site, severity, seconds)]).await;
    }

    /// A visit of a site that sees these findings.
    async fn visits(&self, site: &str, seconds: i64, findings: Vec<Finding>) {
        let id = VisitId::new(format!("{site}-{seconds}"));
        let mut visit = Visit::new(id, TargetId::new(site), at(seconds));
        visit.pages.push(PageVisit {
            look: PageLook {
                page: format!("http://{site}/"),
                home: true,
                at: at(seconds),
                rules: "1".to_owned(),
                profiles: vec!["m".into()],
                means: Means::ALL,
                seen: Seen::Judged(findings),
            },
            state: None,
            evidence: Vec::new(),
            folder: None,
            baseline: None,
        });
        self.store.record(&visit).await.unwrap();
    }

    async fn sees_one(&self, seconds: i64, severity: Severity) {
        self.sees(&format!("s{seconds}.test"), seconds, severity).await;
    }
}

fn finding(site: &str, severity: Severity, seconds: i64) -> Finding {
    FindingBuilder::new(Kind::HiddenLink, &format!("http://{site}/").parse().unwrap(), "bc.test")
        .title("题", "title")
        .explanation("说明", "explanation")
        .remedy("办法", "remedy")
        .seen(at(seconds))
        .exchange(ExchangeId(0))
        .reproduce("curl")
        .signals([Signal::Payload, Signal::Mechanism, Signal::Foreignness])
        .verdict(State::Confirmed, severity, 0.9)
        .payload(Payload { urls: vec!["http://bc.test/".to_owned()], ..Payload::default() })
        .conditions(Conditions { profiles: vec!["m".into()], ..Conditions::default() })
        .build()
        .unwrap()
}

async fn round(process: &mut Deliverer, seconds: i64) -> Vec<ChannelStatus> {
    process.round(at(seconds)).await.unwrap().expect("nobody else delivers")
}

#[test]
fn a_channel_that_fails_is_asked_ever_more_rarely() {
    let start = Timestamp::UNIX_EPOCH;
    let mut progress: Progress =
        serde_json::from_str(r#"{"version":1,"began":"1970-01-01T00:00:00Z","after":0}"#).unwrap();
    let mut waits = Vec::new();
    for _ in 0..9 {
        progress.failed("503".to_owned(), start);
        waits.push(progress.retry_at.unwrap().duration_since(start).as_secs());
    }
    assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
    progress.succeeded(&[7, 9], "a", start);
    progress.move_to(7);
    assert_eq!((progress.failures, progress.retry_at, &progress.ahead[..]), (0, None, &[9][..]));
}

#[tokio::test]
async fn critical_goes_ahead_in_quiet_hours_and_the_rest_follows_in_the_morning() {
    let route = "[[route]]\nchannels = [\"a\"]\nquiet = [\"22:00-07:00\"]\ncritical_passes = true\n";
    let house = House::new(&["a"], route).await;
    house.sees_one(HOUR, Severity::High).await;
    house.sees_one(2 * HOUR, Severity::Critical).await;
    house.sees_one(3 * HOUR, Severity::High).await;
    let status = round(&mut house.process(), 3 * HOUR).await.remove(0);
    assert_eq!((status.after, status.waiting, status.held_until), (0, 2, Some(at(7 * HOUR))));
    assert_eq!(house.network.numbers("a"), [[2]]);
    // Another process knows from the store what went ahead.
    let mut next = house.process();
    round(&mut next, 6 * HOUR).await;
    house.sees_one(6 * HOUR, Severity::Critical).await;
    round(&mut next, 6 * HOUR + 60).await;
    let status = round(&mut next, 7 * HOUR).await.remove(0);
    assert_eq!((status.after, status.waiting, status.delivered), (4, 0, 4));
    assert_eq!(house.network.numbers("a"), [[2], [4], [1], [3]]);
}

#[tokio::test]
async fn a_channel_that_is_down_waits_and_the_others_go_on() {
    let house = House::new(&["a", "b"], "[[route]]\nchannels = [\"a\", \"b\"]\n").await;
    house.network.set_down(&["b"]);
    let mut process = house.process();
    house.sees_one(0, Severity::High).await;
    round(&mut process, 0).await;
    house.sees_one(10, Severity::High).await;
    // Before its time, it is not even asked.
    house.network.set_down(&[]);
    let status = round(&mut process, 29).await;
    assert_eq!((status[0].waiting, status[1].waiting, status[1].failures), (0, 2, 1));
    assert_eq!(status[1].last_error.as_ref().unwrap().what, "failed to connect");
    let status = round(&mut process, 30).await;
    assert_eq!((status[1].waiting, status[1].failures, status[1].last_success), (0, 0, Some(at(30))));
    assert_eq!(
        (house.network.numbers("a"), house.network.numbers("b")),
        (vec![vec![1], vec![2]], vec![vec![1], vec![2]])
    );
}

#[tokio::test]
async fn one_process_delivers_at_a_time() {
    let house = House::new(&["a"], "").await;
    let (mut one, mut other) = (house.process(), house.process());
    other.holder = "elsewhere/0:1:1".to_owned();
    round(&mut one, 0).await;
    assert_eq!(other.round(at(60)).await.unwrap(), None);
    round(&mut one, 70).await;
    assert_eq!(other.round(at(180)).await.unwrap(), None, "it was prolonged");
    assert!(other.round(at(70 + 121)).await.unwrap().is_some(), "its time is over");
    assert_eq!(one.round(at(70 + 122)).await.unwrap(), None);
    other.release(at(70 + 123)).await.unwrap();
    round(&mut one, 70 + 123).await;
}

#[tokio::test]
async fn what_a_person_set_aside_is_not_told_and_neither_is_old_history() {
    let house = House::new(&["a"], "").await;
    house.sees_one(-25 * HOUR, Severity::High).await;
    house.sees_one(0, Severity::High).await;
    house.sees_one(1, Severity::High).await;
    let incident = house.store.incidents(&crate::store::Filter::default()).await.unwrap();
    let incident = incident.iter().find(|incident| incident.first_seen == at(0)).unwrap().id.clone();
    let decision = Decision {
        incident,
        what: Decided::Dismiss,
        who: "张三".to_owned(),
        at: at(2),
        why: "演练".to_owned(),
        until: None,
    };
    house.store.decide(&decision).await.unwrap();
    let status = round(&mut house.process(), 10).await.remove(0);
    assert_eq!((status.after, status.delivered), (3, 1));
    assert_eq!(house.network.numbers("a"), [[3]]);
}

#[tokio::test]
async fn a_look_that_is_overdue_is_told_once() {
    let house = House::new(&["a"], "").await;
    house.sees_one(0, Severity::High).await;
    // Gone an hour later, and to be looked at again an hour after that.
    house.visits("s0.test", HOUR, Vec::new()).await;
    let mut process = house.process();
    round(&mut process, 2 * HOUR).await;
    assert_eq!(house.network.numbers("a"), [[1]]);
    round(&mut process, 25 * HOUR).await;
    assert_eq!(house.network.numbers("a").len(), 1, "it is not a day late yet");
    let status = round(&mut process, 27 * HOUR).await.remove(0);
    assert_eq!((status.after, status.waiting, status.delivered), (2, 0, 2));
    round(&mut house.process(), 60 * HOUR).await;
    let came = house.network.came.lock().unwrap().clone();
    let event = &came[1].1["events"][0];
    assert_eq!((came.len(), &event["what"]), (2, &"overdue".into()), "{event}");
    assert_eq!(event["recheck_due"], at(2 * HOUR).to_string());
}

#[tokio::test]
async fn a_long_backlog_goes_out_in_order_in_few_messages() {
    let house = House::new(&["a"], "").await;
    for number in 0..370 {
        house.sees(&format!("s{number}.test"), number / 20, Severity::High).await;
    }
    let status = round(&mut house.process(), 20).await.remove(0);
    assert_eq!((status.delivered, status.waiting), (370, 0));
    let numbers = house.network.numbers("a");
    assert_eq!(numbers.iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 100, 70]);
    assert_eq!(numbers.concat(), (1..=370).collect::<Vec<_>>());
}

#[tokio::test]
async fn whatever_moment_a_process_ends_every_event_arrives_in_order() {
    let house = House::new(&["a", "b"], "[[route]]\nchannels = [\"a\", \"b\"]\nper_hour = 10000\n").await;
    let mut ends = 0_u32;
    // A pseudo-random walk of given times; the numbers are those of a well-known generator.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for step in 0..150 {
        if step % 3 == 0 && step < 120 {
            house.sees_one(step, Severity::High).await;
        }
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let mut process = house.process();
        let limit = Duration::from_micros(state % 6000);
        if tokio::time::timeout(limit, process.round(at(step))).await.is_err() {
            ends += 1;
        }
    }
    round(&mut house.process(), 200).await;
    for host in ["a", "b"] {
        let told = house.network.numbers(host).concat();
        let mut once = Vec::new();
        for number in &told {
            if !once.contains(number) {
                once.push(*number);
            }
        }
        assert_eq!(once, (1..=40).collect::<Vec<_>>(), "{told:?}");
        assert!(
            told.len() - once.len() <= ends as usize,
            "{} came twice in {ends} ends",
            told.len() - once.len()
        );
    }
    assert!(ends >= 10, "only {ends} ended early");
}

#[tokio::test]
async fn who_only_looks_sees_what_another_delivers_and_forgets_it() {
    let house = House::new(&["a", "b"], "").await;
    let (mut looking, mut delivering) = (house.process(), house.process());
    house.sees("x.test", 0, Severity::High).await;
    let before = looking.status(at(1)).await.unwrap();
    assert_eq!((before[0].waiting, looking.known.len()), (1, 1));
    house.network.set_down(&["b"]);
    for seconds in [1, 100, 300] {
        round(&mut delivering, seconds).await;
    }
    let after = looking.status(at(301)).await.unwrap();
    assert_eq!((after[0].waiting, after[0].delivered, after[0].failing_since), (0, 1, None));
    assert!(after[1].failures > 1 && after[1].failing_since == Some(at(1)), "{:?}", after[1]);
    house.network.set_down(&[]);
    round(&mut delivering, 9000).await;
    let after = looking.status(at(9001)).await.unwrap();
    assert_eq!((after[1].waiting, after[1].failing_since, looking.known.len()), (0, None, 0));
}
