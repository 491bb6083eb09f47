//! Tests of the matrix: names, conditions, controls, and that every header tells one story.

use std::collections::BTreeSet;

use super::headers::Ask;
use super::*;
use crate::exchange::Purpose;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn profile(id: &str) -> Profile {
    Profile::by_id(id).unwrap()
}

fn field(headers: &[(String, String)], name: &str) -> Option<String> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
}

fn sent(id: &str, to: &str, purpose: Purpose, from: Option<&str>) -> Vec<(String, String)> {
    let (to, from) = (url(to), from.map(url));
    profile(id).headers(&Ask { purpose, from: from.as_ref(), ..Ask::page(&to) })
}

#[test]
fn every_profile_of_the_matrix_is_found_by_its_name_once() {
    let ids: Vec<String> = Profile::matrix().map(|profile| profile.id.to_string()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    for tier in [Profile::TIER0, Profile::TIER1, Profile::TIER2, Profile::TIER3] {
        for id in tier {
            assert!(ids.iter().any(|known| known == id), "{id}");
        }
    }
    assert_eq!(Profile::by_id("x"), None);
}

#[test]
fn spiders_come_last_and_never_carry_cookies_referrers_or_fetch_metadata() {
    let classes: Vec<AgentClass> = Profile::matrix().map(|profile| profile.agent.class()).collect();
    let first_spider = classes.iter().position(|class| *class == AgentClass::Spider).unwrap();
    assert!(classes[first_spider..].iter().all(|class| *class == AgentClass::Spider));
    for cycle in 0..5 {
        for profile in Profile::matrix().chain([Profile::other_spider(cycle)]) {
            if profile.agent.class() == AgentClass::Spider {
                assert_eq!(profile.cookies, Cookies::None);
                let headers = profile.headers(&Ask::page(&url("https://a.test/")));
                for (name, _) in &headers {
                    let name = name.to_ascii_lowercase();
                    assert!(!name.starts_with("sec-") && name != "referer", "{} {name}", profile.id);
                }
            }
        }
    }
}

#[test]
fn name_hints_and_platform_agree_for_every_client() {
    for agent in Agent::ALL {
        let profile = profile("d").with(Change::Agent(agent));
        let headers = profile.headers(&Ask::page(&url("https://a.test/")));
        let name = field(&headers, "user-agent").unwrap();
        let Some(brands) = field(&headers, "sec-ch-ua") else {
            assert!(agent == Agent::IphoneSafari || agent.class() == AgentClass::Spider, "{agent:?}");
            continue;
        };
        let major = name.split("Chrome/").nth(1).unwrap().split('.').next().unwrap();
        assert!(brands.contains(&format!("\"Chromium\";v=\"{major}\"")), "{name} {brands}");
        let mobile = field(&headers, "sec-ch-ua-mobile").unwrap();
        assert_eq!(mobile == "?1", name.contains("Mobile"), "{name}");
        let platform = field(&headers, "sec-ch-ua-platform").unwrap();
        assert!(name.contains(platform.trim_matches('"')), "{name} {platform}");
        assert!(field(&headers, "accept-language").unwrap().starts_with("zh-CN"));
        assert!(field(&headers, "accept-encoding").unwrap().contains("br"));
    }
}

#[test]
fn header_order_is_that_of_the_browser() {
    let names: Vec<String> =
        sent("m", "http://127.0.0.1:81/", Purpose::Page, None).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "Host",
            "Connection",
            "sec-ch-ua",
            "sec-ch-ua-mobile",
            "sec-ch-ua-platform",
            "Upgrade-Insecure-Requests",
            "User-Agent",
            "Accept",
            "Sec-Fetch-Site",
            "Sec-Fetch-Mode",
            "Sec-Fetch-User",
            "Sec-Fetch-Dest",
            "Referer",
            "Accept-Encoding",
            "Accept-Language"
        ]
    );
}

#[test]
fn plain_http_gets_no_hints_no_metadata_and_old_codings_as_from_a_browser() {
    let headers = sent("m", "http://a.test:81/", Purpose::Page, None);
    assert_eq!(headers[0], ("Host".to_owned(), "a.test:81".to_owned()));
    assert!(headers.iter().all(|(name, _)| !name.to_ascii_lowercase().starts_with("sec-")));
    assert_eq!(field(&headers, "accept-encoding").unwrap(), "gzip, deflate");
    assert_eq!(field(&headers, "referer").unwrap(), "https://m.baidu.com/");
}

#[test]
fn fetch_metadata_follows_purpose_and_origin() {
    fn check(purpose: Purpose, from: Option<&str>, expected: [&str; 3], user: bool) {
        let headers = sent("d", "https://www.a.test/x", purpose, from);
        let got =
            ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"].map(|name| field(&headers, name).unwrap());
        assert_eq!(got, expected, "{purpose:?} {from:?}");
        assert_eq!(field(&headers, "sec-fetch-user").is_some(), user);
        assert_eq!(field(&headers, "upgrade-insecure-requests").is_some(), expected[1] == "navigate");
    }
    check(Purpose::Page, None, ["none", "navigate", "document"], true);
    check(Purpose::Landing, Some("https://b.test/"), ["cross-site", "navigate", "document"], true);
    check(Purpose::Script, Some("https://www.a.test/"), ["same-origin", "no-cors", "script"], false);
    check(Purpose::StyleSheet, Some("https://a.test/"), ["same-site", "no-cors", "style"], false);
    check(Purpose::Frame, Some("http://www.a.test/"), ["cross-site", "navigate", "iframe"], false);
}

#[test]
fn a_redirect_over_a_foreign_host_stays_cross_site() {
    let (page, foreign, back) = (url("https://a.test/"), url("https://b.test/"), url("https://a.test/x"));
    let via = [foreign];
    let ask = Ask { from: Some(&page), via: &via, ..Ask::page(&back) };
    assert_eq!(field(&profile("d").headers(&ask), "sec-fetch-site").unwrap(), "cross-site");
}

#[test]
fn referrers_carry_keywords_in_both_encodings_and_never_an_operator() {
    fn check(arrival: &Arrival, expected: Option<&str>) {
        assert_eq!(arrival.referrer(&url("http://a.test/")).as_deref(), expected, "{arrival:?}");
    }
    check(&Arrival::Direct, None);
    check(&Arrival::Google, Some("https://www.google.com/"));
    check(&Arrival::Keyword("博彩".into()), Some("https://www.baidu.com/s?wd=%E5%8D%9A%E5%BD%A9"));
    check(&Arrival::KeywordGbk("博彩".into()), Some("https://www.baidu.com/s?wd=%B2%A9%B2%CA"));
    check(&Arrival::Keyword("site:a.test".into()), Some("https://www.baidu.com/"));
    check(&Arrival::KeywordGbk("inurl:a".into()), Some("https://www.baidu.com/"));
}

#[test]
fn conditions_name_every_attribute() {
    let words = |id| profile(id).conditions().join(" ");
    assert_eq!(words("m"), "ua:mobile referer:search cookie:first-visit accept-language:zh");
    assert_eq!(words("d"), "ua:desktop referer:none cookie:first-visit accept-language:zh");
    assert_eq!(words("k"), "ua:desktop referer:search referer:keyword cookie:first-visit accept-language:zh");
    assert_eq!(words("g"), "ua:spider referer:none cookie:never accept-language:none");
    assert_eq!(words("r"), "ua:mobile referer:search cookie:returning accept-language:zh");
}

#[test]
fn a_control_differs_in_one_attribute_and_says_which() {
    fn check(id: &str, change: Change, name: &str) {
        let before = profile(id);
        let after = before.with(change);
        assert_eq!(after.id.as_str(), name);
        let differences = [
            before.agent != after.agent,
            before.arrival != after.arrival,
            before.cookies != after.cookies,
            before.language != after.language,
        ];
        assert_eq!(differences.into_iter().filter(|differs| *differs).count(), 1, "{name}");
    }
    check("m", Change::Arrival(Arrival::Direct), "m-referer");
    check("m", Change::Agent(Agent::DesktopChrome), "m+ua:desktop");
    check("d", Change::Arrival(Arrival::Baidu), "d+referer:search");
    check("m", Change::Cookies(Cookies::Kept), "m+cookie:returning");
    check("m", Change::Language(None), "m-language");
    check("m", Change::Language(Some("en-US")), "m+accept-language:other");
}

#[test]
fn the_reproducing_command_survives_a_hostile_address() {
    let hostile = url("http://a.test/?x=';touch /tmp/y;'&z[1]={2}");
    let command = profile("b").to_curl(&hostile);
    assert!(command.starts_with("curl -g "), "{command}");
    assert!(command.contains("-e 'https://www.baidu.com/'"), "{command}");
    assert!(command.contains("-A 'Mozilla/5.0 (Windows NT"), "{command}");
    assert!(!command.contains("Host:") && !command.contains("Accept-Encoding"), "{command}");
    // Outside quotes nothing but the options may stand.
    let outside: String = command.replace(r"'\''", "").split('\'').step_by(2).collect();
    assert!(outside.chars().all(|c| c.is_ascii_alphabetic() || " -".contains(c)), "{outside}");
    let query = url("http://a.test/o'brien");
    assert!(profile("d").to_curl(&query).ends_with(r"'http://a.test/o'\''brien'"));
}
