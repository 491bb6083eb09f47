//! What a walk over a site did not look at, in words for people.

use crate::finding::{NotAssessed, Reason};
use crate::frontier::Passed;
use crate::frontier::trap::Trap;
use crate::lang::Bilingual;

/// What is to be said of the addresses that were passed over on a walk from a seed.
pub(super) fn said(
    passed: &Passed,
    seed: &str,
    limit: u32,
    given_up: Option<&NotAssessed>,
) -> Vec<NotAssessed> {
    let mut said: Vec<NotAssessed> =
        passed.forbidden.iter().map(|url| gap(url.as_str(), Reason::Robots, forbidden())).collect();
    let unnamed = passed.forbidden_count - passed.forbidden.len() as u64;
    if unnamed > 0 {
        let words = Bilingual::new(
            format!("robots.txt 不允许抓取的另有 {unnamed} 个网址，未查看。"),
            format!("robots.txt asks not to crawl {unnamed} more addresses; they were not looked at."),
        );
        said.push(gap(seed, Reason::Robots, words));
    }
    for (trap, (count, first)) in &passed.traps {
        said.push(gap(first.as_str(), Reason::Budget, trapped(*trap, *count)));
    }
    match given_up {
        Some(trouble) if passed.waiting > 0 => {
            said.push(gap(seed, trouble.reason, gave_up(passed.waiting)));
        }
        None if passed.waiting > 0 => said.push(gap(seed, Reason::Budget, left_over(passed.waiting, limit))),
        _ => {}
    }
    said
}

fn gap(url: &str, reason: Reason, detail: Bilingual) -> NotAssessed {
    NotAssessed { url: url.to_owned(), reason, detail }
}

fn forbidden() -> Bilingual {
    Bilingual::new(
        "robots.txt 不允许抓取；如确需检查，请对该网址单独运行 xuncha scan。",
        "robots.txt asks not to crawl it; scan this address by itself if it must be checked.",
    )
}

fn left_over(count: u64, limit: u32) -> Bilingual {
    Bilingual::new(
        format!("已达页数上限 {limit}，另有至少 {count} 个页面未查看；可用 --max-pages 提高上限。"),
        format!(
            "the limit of {limit} pages was reached, at least {count} more were not looked at; raise --max-pages."
        ),
    )
}

fn gave_up(count: u64) -> Bilingual {
    Bilingual::new(
        format!("连续多个页面无法取得，已停止以免加重负担；另有至少 {count} 个页面未查看，请稍后重试。"),
        format!(
            "several pages in a row could not be got, so the scan stopped asking; at least {count} more were not looked at. Try again later."
        ),
    )
}

/// What sort of trap, how many addresses, and what to do if one of them matters.
fn trapped(trap: Trap, count: u64) -> Bilingual {
    let (zh, en) = match trap {
        Trap::EndlessPath => ("路径循环或无穷延伸", "their paths repeat themselves without end"),
        Trap::Calendar => ("日历翻页，离今天过远", "they leaf a calendar far from today"),
        Trap::Facets => ("筛选条件的排列组合", "they combine filters"),
        Trap::Maze => ("不同网址返回同一页面", "different addresses answer with the same page"),
    };
    Bilingual::new(
        format!("{count} 个网址按抓取陷阱略过（{zh}），此为其一；如确需检查，请单独运行 xuncha scan。"),
        format!(
            "{count} addresses like this one were passed over as a trap: {en}; scan one by itself if it must be checked."
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use url::Url;

    use super::*;

    #[test]
    fn everything_that_was_passed_over_is_said_once() {
        let url = |path: &str| Url::parse(&format!("http://a.test{path}")).unwrap();
        let passed = Passed {
            waiting: 7,
            deep: 3,
            traps: BTreeMap::from([(Trap::Calendar, (90, url("/cal?y=2044")))]),
            forbidden: vec![url("/private/1")],
            forbidden_count: 5,
        };
        let told = |given_up| {
            let said = said(&passed, "http://a.test/", 20, given_up);
            said.iter().map(|gap| format!("{} {} {}", gap.reason, gap.url, gap.detail.en)).collect::<Vec<_>>()
        };
        let lines = told(None);
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert!(lines[0].starts_with("robots http://a.test/private/1"), "{lines:?}");
        assert!(lines[1].contains("4 more"), "{lines:?}");
        assert!(lines[2].contains("/cal?y=2044") && lines[2].contains("90 addresses"), "{lines:?}");
        assert!(lines[3].contains("limit of 20 pages") && lines[3].contains("7 more"), "{lines:?}");
        let down = gap("http://a.test/x", Reason::ServerError, forbidden());
        assert!(told(Some(&down))[3].starts_with("server-error http://a.test/ several"));
        assert!(said(&Passed::default(), "http://a.test/", 20, Some(&down)).is_empty());
    }
}
