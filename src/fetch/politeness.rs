//! How many requests a host bears: a gap between requests, a bound on connections, and waiting when told to, for each
//! host and for each address, since many units share one server. Time comes from tokio, so that tests can stop it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::settings::Manners;
use crate::exchange::Response;

/// How many hosts and addresses are remembered before idle ones are forgotten.
const REMEMBERED: usize = 20_000;

/// Keeps the turns of all hosts and addresses.
#[derive(Debug)]
pub struct Politeness {
    manners: Manners,
    lanes: Mutex<HashMap<Lane, Arc<State>>>,
    /// Requests per second that single hosts bear, where somebody said.
    rates: Mutex<HashMap<String, f64>>,
}

/// Whose turns are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Lane {
    Host(String),
    Address(IpAddr),
}

#[derive(Debug)]
struct State {
    connections: Arc<Semaphore>,
    pace: Mutex<Pace>,
}

/// When the next request may go out.
#[derive(Debug, Clone, Copy, Default)]
struct Pace {
    /// The time at which the allowance is full again (generic cell rate algorithm); `None` before the first request.
    full: Option<Instant>,
    /// Nothing goes out before.
    not_before: Option<Instant>,
    /// Refusals in a row without `Retry-After`.
    refusals: u32,
}

/// The right to one request; gives the connections back when dropped.
#[derive(Debug)]
pub struct Turn {
    lanes: [Arc<State>; 2],
    _permits: [OwnedSemaphorePermit; 2],
}

impl Politeness {
    /// Turns under these manners.
    pub fn new(manners: Manners) -> Self {
        Self { manners, lanes: Mutex::default(), rates: Mutex::default() }
    }

    /// Sets how many requests per second a host bears; its address bears at least as many.
    pub fn set_rate(&self, host: &str, rate: f64) {
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        rates.insert(host.to_owned(), rate);
    }

    /// Waits until a request to that host at that address may go out.
    pub async fn turn(&self, host: &str, address: IpAddr) -> Turn {
        // Always host before address, so that two waiters never hold what the other one wants.
        let lanes = [self.lane(Lane::Host(host.to_owned())), self.lane(Lane::Address(address))];
        let first = permit(&lanes[0]).await;
        let second = permit(&lanes[1]).await;
        // A refusal may move the time while this one sleeps; then it waits again.
        let gaps = self.gaps(host);
        while let Err(until) = self.take(&lanes, gaps, Instant::now()) {
            tokio::time::sleep_until(until).await;
        }
        Turn { lanes, _permits: [first, second] }
    }

    /// Notes what a response says about further requests: refusals put them off, answers end the putting off.
    pub fn heed(&self, turn: &Turn, response: &Response, now: Timestamp) {
        let refused = matches!(response.status, 429 | 503);
        let told =
            response.header("retry-after").filter(|_| refused).and_then(|value| retry_after(&value, now));
        for lane in &turn.lanes {
            let mut pace = lane.pace.lock().unwrap_or_else(PoisonError::into_inner);
            if !refused {
                pace.refusals = 0;
                continue;
            }
            let wait = match told {
                Some(wait) => wait,
                None if self.manners.rate > 0.0 => {
                    self.manners.first_backoff * 2_u32.pow(pace.refusals.min(16))
                }
                None => Duration::ZERO,
            };
            pace.refusals = pace.refusals.saturating_add(1);
            let until = Instant::now() + wait.min(self.manners.longest_wait);
            pace.not_before = Some(pace.not_before.map_or(until, |earlier| earlier.max(until)));
        }
    }

    /// Takes the turn in both lanes if it has come, or says when to ask again.
    fn take(&self, lanes: &[Arc<State>; 2], gaps: [Duration; 2], now: Instant) -> Result<(), Instant> {
        let mut host = lanes[0].pace.lock().unwrap_or_else(PoisonError::into_inner);
        let mut address = lanes[1].pace.lock().unwrap_or_else(PoisonError::into_inner);
        let at = [&*host, &*address]
            .into_iter()
            .zip(gaps)
            .flat_map(|(pace, gap)| {
                let allowance = gap * self.manners.burst.max(1).saturating_sub(1);
                [pace.full.map(|full| full.checked_sub(allowance).unwrap_or(full)), pace.not_before]
            })
            .flatten()
            .max();
        if let Some(at) = at.filter(|at| *at > now) {
            return Err(at);
        }
        for (pace, gap) in [&mut host, &mut address].into_iter().zip(gaps) {
            pace.full = Some(pace.full.map_or(now, |full| full.max(now)) + gap);
        }
        Ok(())
    }

    /// The gaps between requests to a host and to its address.
    fn gaps(&self, host: &str) -> [Duration; 2] {
        let usual = self.gap(self.manners.rate);
        let own = self.rates.lock().unwrap_or_else(PoisonError::into_inner).get(host).copied();
        own.map_or([usual, usual], |rate| [self.gap(rate), usual.min(self.gap(rate))])
    }

    fn gap(&self, rate: f64) -> Duration {
        if rate > 0.0 {
            Duration::try_from_secs_f64(1.0 / rate).unwrap_or(self.manners.longest_wait)
        } else {
            Duration::ZERO
        }
    }

    fn lane(&self, key: Lane) -> Arc<State> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.len() >= REMEMBERED {
            let now = Instant::now();
            lanes.retain(|_, state| Arc::strong_count(state) > 1 || state.is_pending(now));
        }
        let connections = self.manners.connections.clamp(1, Semaphore::MAX_PERMITS);
        let fresh =
            || Arc::new(State { connections: Arc::new(Semaphore::new(connections)), pace: Mutex::default() });
        Arc::clone(lanes.entry(key).or_insert_with(fresh))
    }
}

impl State {
    /// Whether forgetting it would let a request out too early.
    fn is_pending(&self, now: Instant) -> bool {
        let pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        [pace.full, pace.not_before].into_iter().flatten().any(|until| until > now)
    }
}

async fn permit(state: &State) -> OwnedSemaphorePermit {
    let connections = Arc::clone(&state.connections);
    connections.acquire_owned().await.expect("the semaphore is never closed")
}

/// The wait that `Retry-After` asks for: seconds, or a date (RFC 9110 section 10.2.3).
fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn manners(rate: f64, burst: u32) -> Manners {
        Manners { rate, burst, ..Manners::default() }
    }

    fn answer(status: u16, retry_after: Option<&str>) -> Response {
        Response {
            status,
            version: "HTTP/1.1",
            headers: retry_after
                .map(|value| ("Retry-After".to_owned(), value.as_bytes().to_vec()))
                .into_iter()
                .collect(),
            raw: Bytes::new(),
            body: Bytes::new(),
            cut: None,
        }
    }

    /// The seconds at which requests to these hosts go out, one after another.
    async fn times(manners: Manners, hosts: &[(&str, u8)]) -> Vec<u64> {
        let politeness = Politeness::new(manners);
        let start = Instant::now();
        let mut times = Vec::new();
        for (host, last) in hosts {
            let _turn = politeness.turn(host, IpAddr::from([10, 0, 0, *last])).await;
            times.push(start.elapsed().as_secs());
        }
        times
    }

    #[tokio::test(start_paused = true)]
    async fn requests_keep_their_distance_by_host_and_by_address() {
        assert_eq!(
            times(manners(0.5, 1), &[("a", 1), ("a", 1), ("a", 2), ("b", 1), ("c", 3)]).await,
            [0, 2, 4, 4, 4]
        );
        assert_eq!(times(manners(1.0, 3), &[("a", 1); 5]).await, [0, 0, 0, 1, 2]);
        assert_eq!(times(manners(0.0, 1), &[("a", 1); 3]).await, [0, 0, 0]);
    }

    async fn wait_after(manners: Manners, answers: &[Response]) -> u64 {
        let politeness = Politeness::new(manners);
        for response in answers {
            let turn = politeness.turn("a", HERE).await;
            politeness.heed(&turn, response, Timestamp::UNIX_EPOCH);
        }
        let start = Instant::now();
        let _turn = politeness.turn("a", HERE).await;
        start.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_put_requests_off_within_bounds() {
        let none = || manners(0.0, 1);
        assert_eq!(wait_after(none(), &[answer(503, Some("7"))]).await, 7);
        assert_eq!(wait_after(none(), &[answer(429, Some("999999"))]).await, 60);
        assert_eq!(wait_after(none(), &[answer(503, Some("Thu, 01 Jan 1970 00:00:09 GMT"))]).await, 9);
        assert_eq!(wait_after(none(), &[answer(200, Some("7"))]).await, 0);
        assert_eq!(wait_after(none(), &[answer(503, None)]).await, 0);
        assert_eq!(wait_after(manners(1.0, 1), &[answer(503, None)]).await, 1);
        assert_eq!(
            wait_after(manners(1.0, 1), &[answer(503, None), answer(429, None), answer(503, None)]).await,
            4
        );
        assert_eq!(
            wait_after(manners(1.0, 1), &[answer(503, None), answer(200, None), answer(503, None)]).await,
            1
        );
        assert_eq!(wait_after(none(), &[answer(503, Some("soon"))]).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_the_allowed_connections_are_open_at_once() {
        let politeness = Politeness::new(manners(0.0, 1));
        let first = politeness.turn("a", HERE).await;
        let _second = politeness.turn("b", HERE).await;
        let third = tokio::time::timeout(Duration::from_secs(5), politeness.turn("c", HERE));
        assert!(third.await.is_err());
        drop(first);
        let _third = politeness.turn("c", HERE).await;
    }
}
