//! Which of many pages a visit looks at: the newest first, of old ones a sample that moves on from visit to visit.

use jiff::civil::Date;
use url::Url;

use super::template::{day, ordinal, serial};

/// Days for which a page counts as new.
const RECENT: i32 = 60;

/// The golden ratio of 2⁶⁴: steps of it fall ever between the places of earlier steps, so that windows behind them
/// soon cover everything, however many pages and visits there are.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Where a page stands in a lane; the smallest comes first.
pub(super) type Rank = (u8, u64, u64);

/// The place of a page in the sample of a round. Pages with the smallest places are looked at; from round to round the
/// window moves on over all of them.
pub fn rotated(page: u64, round: u64) -> u64 {
    page.wrapping_sub(round.wrapping_mul(GOLDEN))
}

/// The rank of a page that was never looked at: what is dated of late, newest first; then what people link to, by the
/// number it bears; then the moving sample.
pub(super) fn of_new(
    url: &Url,
    claimed: Option<Date>,
    linked: bool,
    today: Date,
    page: u64,
    round: u64,
) -> Rank {
    let dated = claimed.or_else(|| day(url)).filter(|day| is_recent(*day, today));
    match dated {
        Some(day) => (0, u64::MAX - ordinal(day), page),
        None if linked => (1, u64::MAX - serial(url), rotated(page, round)),
        None => (2, rotated(page, round), page),
    }
}

/// The rank of a page that was looked at before: the one not seen longest first.
pub(super) fn of_known(asked: i64, page: u64, round: u64) -> Rank {
    (0, u64::try_from(asked.max(0)).unwrap_or(0), rotated(page, round))
}

fn is_recent(day: Date, today: Date) -> bool {
    today.since((jiff::Unit::Day, day)).is_ok_and(|age| (-1..=RECENT).contains(&age.get_days()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    /// Rounds until every page was among the `take` first of one.
    fn rounds_for(pages: &[u64], take: usize) -> u64 {
        let mut left: BTreeSet<u64> = pages.iter().copied().collect();
        for round in 0..10_000 {
            let mut order = pages.to_vec();
            order.sort_by_key(|page| rotated(*page, round));
            for page in order.iter().take(take) {
                left.remove(page);
            }
            if left.is_empty() {
                return round + 1;
            }
        }
        10_000
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn over_the_rounds_every_page_is_seen(pages in prop::collection::btree_set(any::<u64>(), 50..400), take in 5_usize..40) {
            let pages: Vec<u64> = pages.into_iter().collect();
            let least = pages.len().div_ceil(take) as u64;
            prop_assert!(rounds_for(&pages, take) <= 12 * least + 12);
        }
    }

    #[test]
    fn what_is_dated_of_late_comes_before_all_else() {
        let rank = |path: &str, linked| {
            let url = Url::parse(&format!("http://a.test{path}")).unwrap();
            of_new(&url, None, linked, date(2026, 11, 26), 7, 0)
        };
        let order = [
            rank("/2026/11/25/x", true),
            rank("/2026/11/20/x", false),
            rank("/n/900", true),
            rank("/n/8", true),
            rank("/2009/01/01/x", false),
        ];
        assert!(order.is_sorted(), "{order:?}");
    }
}
