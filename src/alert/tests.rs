//! Routing, times, escapes, limits, signatures and settings.

use std::net::SocketAddr;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::*;
use crate::finding::{Category, Kind, Severity};
use crate::lang::{Bilingual, Lang};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Noon in Beijing.
fn noon() -> Timestamp {
    time("2026-11-27T04:00:00Z")
}

fn notice(number: i64) -> Notice {
    Notice {
        number,
        at: noon(),
        what: What::Opened,
        incident: "6d66925f3147".into(),
        site: "www.a.test".into(),
        name: "某某县教育局".to_owned(),
        operator: Some("某某县教育局".to_owned()),
        division: Some("511502".to_owned()),
        labels: vec!["重点".to_owned()],
        severity: Severity::High,
        kinds: vec![(Kind::HiddenLink, Bilingual::new("暗链", "hidden links"))],
        category: Some(Category::Gambling),
        page: Some("http://www.a.test/".to_owned()),
        title: Bilingual::new("页面含有 3 条不可见的链接", "3 links that nobody sees"),
        first_seen: noon(),
        last_seen: noon(),
        last_clean_before: None,
        first_clean_after: None,
        recheck_due: None,
    }
}

fn read(text: &str) -> Result<Settings, Vec<Bilingual>> {
    let written: Written = toml::from_str(text).unwrap();
    written.checked(Lang::Zh, &|reference| match reference {
        "env:KEY" => Ok("SECkey\n".to_owned()),
        "env:HOOK" => Ok("https://hook.test/robot/send?access_token=abc".to_owned()),
        other => Err(Bilingual::new(format!("没有 {other}"), format!("there is no {other}"))),
    })
}

/// A channel of a kind, and a route to it with these lines.
fn routed(kind: &str, route: &str) -> (Channel, Route) {
    let more = match kind {
        "mail" => {
            "address = \"smtp://mail.test\"\nfrom = \"巡查 <xuncha@a.test>\"\nto = [\"值班 <duty@a.test>\"]"
        }
        "syslog" => "address = \"udp://log.test\"",
        "wecom" => "address = \"https://hook.test/send?key=k\"",
        _ => "address = \"env:HOOK\"\nsecret = \"env:KEY\"",
    };
    let text = format!(
        "[[channel]]\nname = \"a\"\nkind = \"{kind}\"\n{more}\n[[route]]\nchannels = [\"a\"]\n{route}\n"
    );
    let mut settings = read(&text).unwrap();
    (settings.channels.remove(0), settings.routes.remove(0))
}

fn batch<'a>(notices: &'a [&'a Notice]) -> Batch<'a> {
    Batch { notices, purpose: Purpose::Alert, id: "d1", console: None }
}

#[test]
fn routes_choose_by_severity_label_division_and_event() {
    fn check(route: &str, change: impl Fn(&mut Notice), expected: bool) {
        let mut notice = notice(1);
        change(&mut notice);
        assert_eq!(routed("webhook", route).1.takes(&notice), expected, "{route}");
    }
    check("", |_| (), true);
    check("", |notice| notice.severity = Severity::Low, false);
    check("severity = \"critical\"", |_| (), false);
    check("severity = \"info\"", |notice| notice.severity = Severity::Info, true);
    check("labels = [\"其他\", \"重点\"]", |_| (), true);
    check("labels = [\"其他\"]", |_| (), false);
    for (division, expected) in [
        ("511502", true),
        ("511500", true),
        ("510000", true),
        ("5115", true),
        ("51", true),
        ("511503", false),
        ("52", false),
    ] {
        check(&format!("divisions = [\"{division}\"]"), |_| (), expected);
    }
    check("divisions = [\"宜宾市\"]", |notice| notice.division = Some("宜宾市".to_owned()), true);
    check("divisions = [\"宜宾市\"]", |notice| notice.division = None, false);
    check("", |notice| notice.what = What::Rectified, true);
    check("", |notice| notice.what = What::Cleared, false);
    check("events = [\"cleared\", \"grown\"]", |notice| notice.what = What::Cleared, true);
    check("events = [\"cleared\"]", |_| (), false);
}

#[test]
fn the_first_route_that_takes_an_event_decides() {
    let settings = read(
        "[[channel]]\nname = \"a\"\nkind = \"webhook\"\naddress = \"env:HOOK\"\n\
         [[route]]\nname = \"grave\"\nchannels = [\"a\"]\nseverity = \"critical\"\n[[route]]\nname = \"rest\"\nchannels = [\"a\"]\n",
    )
    .unwrap();
    let mut notice = notice(1);
    assert_eq!(settings.route(&settings.channels[0], &notice), Some(1));
    notice.severity = Severity::Critical;
    assert_eq!(settings.route(&settings.channels[0], &notice), Some(0));
    notice.severity = Severity::Low;
    assert_eq!(settings.route(&settings.channels[0], &notice), None);
}

fn asked(route: &str, waiting: &[Notice], sent: &[(Timestamp, bool)], now: &str) -> Step {
    let (channel, route) = routed("webhook", route);
    let waiting: Vec<&Notice> = waiting.iter().collect();
    plan(&route, &channel, &waiting, sent, time(now))
}

#[test]
fn what_happens_within_a_span_is_told_together() {
    let mut later = notice(2);
    later.at = time("2026-11-27T04:09:00Z");
    let both = [notice(1), later];
    let group = "group = \"10m\"";
    assert_eq!(asked(group, &both, &[], "2026-11-27T04:09:59Z"), Step::Wait(time("2026-11-27T04:10:00Z")));
    assert_eq!(asked(group, &both, &[], "2026-11-27T04:10:00Z"), Step::Send(vec![1, 2]));
    assert_eq!(asked("", &both, &[], "2026-11-27T04:10:00Z"), Step::Send(vec![1]));
    assert_eq!(asked("", &[], &[], "2026-11-27T04:10:00Z"), Step::Nothing);
    let many: Vec<Notice> = (1..=5).map(notice).collect();
    assert_eq!(asked("", &many, &[], "2026-11-27T04:10:00Z"), Step::Send(vec![1, 2, 3, 4, 5]));
}

#[test]
fn quiet_hours_hold_over_midnight_and_critical_may_pass() {
    let quiet = "quiet = [\"22:00-07:00\"]";
    let morning = Step::Wait(time("2026-11-27T23:00:00Z"));
    // 22:00, 23:59, midnight and 06:59 in Beijing, then 07:00.
    for now in
        ["2026-11-27T14:00:00Z", "2026-11-27T15:59:00Z", "2026-11-27T16:00:00Z", "2026-11-27T22:59:30Z"]
    {
        assert_eq!(asked(quiet, &[notice(1)], &[], now), morning, "{now}");
    }
    for now in ["2026-11-27T13:59:59Z", "2026-11-27T23:00:00Z"] {
        assert_eq!(asked(quiet, &[notice(1)], &[], now), Step::Send(vec![1]), "{now}");
    }
    let mut grave = notice(2);
    grave.severity = Severity::Critical;
    let both = [notice(1), grave];
    assert_eq!(asked(quiet, &both, &[], "2026-11-27T15:00:00Z"), morning);
    let passing = "quiet = [\"22:00-07:00\"]\ncritical_passes = true";
    assert_eq!(asked(passing, &both, &[], "2026-11-27T15:00:00Z"), Step::Send(vec![2]));
    assert_eq!(asked(passing, &both[..1], &[], "2026-11-27T15:00:00Z"), morning);
    let elsewhere = "quiet = [\"22:00-07:00\"]\nzone = \"+00:00\"";
    assert_eq!(asked(elsewhere, &[notice(1)], &[], "2026-11-27T15:00:00Z"), Step::Send(vec![1]));
}

#[test]
fn a_rate_limit_holds_back_and_then_tells_all_at_once() {
    let limit = "per_hour = 2";
    let sent = [(time("2026-11-27T04:00:00Z"), true), (time("2026-11-27T04:20:00Z"), true)];
    let waiting = [notice(1), notice(2)];
    assert_eq!(
        asked(limit, &waiting, &sent, "2026-11-27T04:30:00Z"),
        Step::Wait(time("2026-11-27T05:00:00Z"))
    );
    // One message is left, so both go in it.
    assert_eq!(asked(limit, &waiting, &sent, "2026-11-27T05:00:00Z"), Step::Send(vec![1, 2]));
    let others = [(time("2026-11-27T04:29:00Z"), false); 5];
    assert_eq!(asked(limit, &waiting, &others, "2026-11-27T04:30:00Z"), Step::Send(vec![1]));
    // What the service itself bears, whatever the route.
    let (channel, route) = routed("dingtalk", "");
    let full = [(time("2026-11-27T04:29:30Z"), false); 19];
    let now = time("2026-11-27T04:30:00Z");
    assert_eq!(plan(&route, &channel, &[&waiting[0]], &full, now), Step::Wait(time("2026-11-27T04:30:30Z")));
}

/// What stands in pages of those who would like to speak through an alert.
const HOSTILE: &str = "[点我](http://bc.test/)\r\nBcc: x@bc.test\n@所有人 <at user_id=\"all\"></at> **x** |a=b\\ `c` # \u{202e}\u{200b}";

fn hostile() -> Notice {
    let mut notice = notice(1);
    notice.title = Bilingual::new(HOSTILE, HOSTILE);
    notice.name = HOSTILE.to_owned();
    notice.operator = Some(HOSTILE.to_owned());
    notice.page = Some("http://www.a.test/_a_(b)?u=[c](http://bc.test/)&d=`e`".to_owned());
    notice
}

#[test]
fn page_text_cannot_speak_through_a_robot() {
    let (hostile, now) = (hostile(), noon());
    let bodies = [
        dingtalk::post(&routed("dingtalk", "").0, &batch(&[&hostile]), now),
        wecom::post(&routed("wecom", "").0, &batch(&[&hostile]), now),
        feishu::post(&routed("feishu", "").0, &batch(&[&hostile]), now),
    ];
    for body in bodies {
        let body: serde_json::Value = serde_json::from_slice(&body.body).unwrap();
        let shown = texts(&body);
        assert!(shown.contains("某某县") || shown.contains("点我"));
        for forbidden in
            ["](", "<at", "@所有人", "http://", "**x**", "`c`", "\u{202e}", "\u{200b}", "\nBcc", "<", "_a_"]
        {
            assert!(!shown.contains(forbidden), "{forbidden:?} in {shown}");
        }
        assert!(shown.contains("hxxp://www.a.test/%5Fa%5F%28b%29"), "{shown}");
    }
}

/// Every text in a value, a line each.
fn texts(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => format!("{text}\n"),
        serde_json::Value::Array(all) => all.iter().map(texts).collect(),
        serde_json::Value::Object(all) => all.values().map(texts).collect(),
        _ => String::new(),
    }
}

#[test]
fn long_digests_stay_within_what_each_service_takes() {
    let mut long = hostile();
    long.name = "长".repeat(500);
    long.title = Bilingual::new("*".repeat(5000), "*".repeat(5000));
    long.page = Some(format!("http://www.a.test/{}", "_".repeat(5000)));
    let many: Vec<Notice> = (0..1000).map(|number| Notice { number, ..long.clone() }).collect();
    for count in [1, 2, 30, 1000] {
        let notices: Vec<&Notice> = many.iter().take(count).collect();
        let batch = batch(&notices);
        for (kind, most) in [("wecom", 4096), ("dingtalk", 20_000), ("feishu", 20_000)] {
            let channel = routed(kind, "").0;
            let post = match kind {
                "wecom" => wecom::post(&channel, &batch, noon()),
                "dingtalk" => dingtalk::post(&channel, &batch, noon()),
                _ => feishu::post(&channel, &batch, noon()),
            };
            let length = match kind {
                "wecom" => {
                    let body: serde_json::Value = serde_json::from_slice(&post.body).unwrap();
                    body["markdown"]["content"].as_str().unwrap().len()
                }
                _ => post.body.len(),
            };
            assert!(length <= most, "{kind} {count}: {length}");
        }
    }
}

#[test]
fn a_digest_counts_what_it_does_not_list() {
    let many: Vec<Notice> = (0..100).map(notice).collect();
    let notices: Vec<&Notice> = many.iter().collect();
    let post = wecom::post(&routed("wecom", "").0, &batch(&notices), noon());
    let shown = texts(&serde_json::from_slice(&post.body).unwrap());
    let listed = shown.matches("hxxp://www.a.test/").count();
    assert!(shown.contains("100 项动态：新发现 100"), "{shown}");
    assert!(shown.contains(&format!("另有 {} 项未列出", 100 - listed)), "{listed} {shown}");
}

#[test]
fn nothing_from_a_page_ends_a_line_of_a_mail_header() {
    let hostile = hostile();
    let mail = mail::compose(&routed("mail", "").0, &batch(&[&hostile]), noon()).unwrap();
    let bytes = mail.formatted();
    let text = String::from_utf8(bytes).unwrap();
    let (header, _) = text.split_once("\r\n\r\n").unwrap();
    let names: Vec<&str> = header
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .filter_map(|line| Some(line.split_once(':')?.0))
        .collect();
    assert!(!names.contains(&"Bcc"), "{header}");
    assert!(
        header.contains("Auto-Submitted: auto-generated") && header.contains("Message-ID: <d1@a.test>"),
        "{header}"
    );
    assert!(header.is_ascii());
}

/// Gives what was sent over syslog to a socket of the test.
struct Here(SocketAddr);

#[async_trait]
impl Network for Here {
    async fn post(&self, _: &Post) -> Result<Answer, String> {
        Err("nobody is posted to".to_owned())
    }

    async fn admit(&self, _: &str, _: u16, _: bool) -> Result<Vec<SocketAddr>, String> {
        Ok(vec![self.0])
    }
}

#[tokio::test]
async fn a_line_of_syslog_is_one_line_with_its_fields_escaped() {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let network = Here(socket.local_addr().unwrap());
    let (mut hostile, channel) = (hostile(), routed("syslog", "").0);
    hostile.name = "甲|乙\\丙=丁\n戊".to_owned();
    send(&channel, &batch(&[&hostile]), &network, noon()).await.unwrap();
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).await.unwrap();
    let line = std::str::from_utf8(&buffer[..length]).unwrap();
    assert!(
        line.starts_with("<107>1 2026-11-27T04:00:00.000Z - xuncha - opened - CEF:0|xuncha|xuncha|"),
        "{line}"
    );
    assert!(line.contains("msg=[点我](http://bc.test/)") && line.contains("|a\\=b\\\\ `c`"), "{line}");
    assert!(line.contains("甲\\|乙\\\\丙=丁 戊"), "the name is a field of the header: {line}");
    assert!(!line.contains(['\n', '\r', '\u{202e}']) && length <= 2048, "{line}");
}

#[tokio::test]
async fn lines_over_tcp_say_their_length() {
    use tokio::io::AsyncReadExt as _;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let network = Here(listener.local_addr().unwrap());
    let mut channel = routed("syslog", "").0;
    channel.address = Secret(Url::parse("tcp://log.test").unwrap());
    let (one, two) = (notice(1), notice(2));
    let sent = tokio::spawn(async move { send(&channel, &batch(&[&one, &two]), &network, noon()).await });
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).await.unwrap();
    sent.await.unwrap().unwrap();
    let mut rest = all.as_str();
    for number in [1, 2] {
        let (length, after) = rest.split_once(' ').unwrap();
        let (line, next) = after.split_at(length.parse().unwrap());
        assert!(line.contains(&format!("externalId={number} ")), "{line}");
        rest = next;
    }
    assert_eq!(rest, "");
}

#[test]
fn signatures_are_those_that_receivers_compute() {
    // By the sample programs of the two services' documentation, and by hand for our own.
    assert_eq!(
        sign::dingtalk("this is secret", 1_577_262_236_757),
        "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="
    );
    assert_eq!(sign::feishu("demo", 1_599_360_473), "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=");
    assert_eq!(
        sign::webhook("whsec", 1_764_200_000, "{\"a\":\"巡查\"}".as_bytes()),
        "t=1764200000,v1=637a39e69bd3b1718a69e8837f0f133cea0892d4793098482c2196c9e18bb82c"
    );
}

#[test]
fn signatures_stand_where_each_service_looks() {
    let one = notice(1);
    let post = dingtalk::post(&routed("dingtalk", "").0, &batch(&[&one]), noon());
    let query: Vec<String> = post.url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(query, ["access_token", "timestamp", "sign"]);
    let post = feishu::post(&routed("feishu", "").0, &batch(&[&one]), noon());
    let body: serde_json::Value = serde_json::from_slice(&post.body).unwrap();
    assert_eq!(body["timestamp"], "1795752000");
    assert!(body["sign"].as_str().unwrap().ends_with('='));
    let post = webhook::post(&routed("webhook", "").0, &batch(&[&one]), noon());
    let signed = sign::webhook("SECkey", noon().as_second(), &post.body);
    assert!(post.headers.contains(&("X-Xuncha-Signature".to_owned(), signed)));
}

#[test]
fn answers_of_robots_are_read() {
    fn check(status: u16, body: &str, fields: &[&str], expected: bool) {
        let answer = Answer { status, body: body.as_bytes().to_vec() };
        assert_eq!(robot::takes(&answer, fields), expected, "{status} {body}");
    }
    let (ding, feishu) = (&["errcode"][..], &["code", "StatusCode"][..]);
    check(200, r#"{"errcode":0,"errmsg":"ok"}"#, ding, true);
    check(200, r#"{"errcode":310000,"errmsg":"sign not match"}"#, ding, false);
    check(200, r#"{"code":0,"msg":"success"}"#, feishu, true);
    check(200, r#"{"StatusCode":0,"StatusMessage":"success"}"#, feishu, true);
    check(200, r#"{"code":19021,"msg":"sign match fail","StatusCode":0}"#, feishu, false);
    check(200, "<html>login</html>", ding, false);
    check(200, "{}", ding, false);
    check(500, r#"{"errcode":0}"#, ding, false);
}

#[test]
fn messages_exist_in_both_languages() {
    let one = notice(1);
    let all = [&one];
    for (lang, expected) in [
        (Lang::Zh, "【巡查·高危】新发现：某某县教育局（暗链）"),
        (Lang::En, "[xuncha high] new: 某某县教育局 (hidden links)"),
    ] {
        let message = message::Message::of(&batch(&[&one]), lang);
        assert_eq!(message.subject, expected);
        let console = Url::parse("https://console.test/x/").unwrap();
        let linked = Batch { console: Some(&console), ..batch(&all) };
        let last = message::Message::of(&linked, lang).items[0].fields.last().unwrap().1.clone();
        assert_eq!(last, message::Value::Link("https://console.test/x/incidents/6d66925f3147".to_owned()));
    }
}

#[test]
fn every_mistake_in_the_settings_is_named_at_once() {
    let mistakes = read(
        "colour = 1\n\
         [[channel]]\nname = \"a\"\nkind = \"pager\"\naddress = \"env:NONE\"\n\
         [[channel]]\nname = \"b\"\nkind = \"mail\"\naddress = \"https://mail.test\"\nto = [\"nobody\"]\nuser = \"u\"\n\
         [[channel]]\nname = \"c\"\nkind = \"webhook\"\naddress = \"http://hook.test\"\nfrom = \"x@a.test\"\nlang = \"fr\"\n\
         [[channel]]\nkind = \"wecom\"\naddress = \"env:HOOK\"\nsecret = \"s\"\nallow_private = \"yes\"\n\
         [[route]]\nchannels = [\"z\"]\nseverity = \"bad\"\nevents = [\"born\"]\nquiet = [\"00:00-12:00\", \"12:00-24:00\"]\nzone = \"Mars\"\n\
         group = \"5x\"\nper_hour = 0\nlabels = \"a\"\n",
    )
    .unwrap_err();
    let all: Vec<&str> = mistakes.iter().map(|mistake| mistake.en.as_str()).collect();
    for expected in [
        "colour",
        "pager",
        "env:NONE",
        "smtps://",
        "nobody",
        "user and secret",
        "not encrypted",
        "from is for mail",
        "lang must",
        "name is missing",
        "has no secret",
        "allow_private must",
        "no channel \"z\"",
        "`bad`",
        "`born`",
        "no minute",
        "Mars",
        "5x",
        "per_hour",
        "labels must",
        "no route uses the channel \"a\"",
    ] {
        assert!(all.iter().any(|one| one.contains(expected)), "{expected}: {all:#?}");
    }
    assert!(mistakes.iter().all(|one| one.zh.chars().any(|c| c > '\u{2e80}')), "{mistakes:#?}");
}

#[test]
fn secrets_come_from_elsewhere_and_do_not_show() {
    let (channel, _) = routed("dingtalk", "");
    assert_eq!(channel.secret, Some(Secret("SECkey".to_owned())));
    let shown = format!("{channel:?}");
    assert!(!shown.contains("SECkey") && !shown.contains("access_token"), "{shown}");
}

#[test]
fn without_a_route_everything_of_weight_goes_everywhere() {
    let settings = read("[[channel]]\nname = \"a\"\nkind = \"webhook\"\naddress = \"env:HOOK\"\n").unwrap();
    assert_eq!(settings.route(&settings.channels[0], &notice(1)), Some(0));
    assert_eq!(settings.routes[0].group, SignedDuration::ZERO);
    assert!(read("").unwrap().channels.is_empty());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn no_text_whatever_speaks_through_a_channel(text in "(\\PC|[\\[\\]()*_`~#<>@|=\\\\\r\n\t\u{202e}\u{200b}]|https?://){0,60}") {
        let mut hostile = notice(1);
        hostile.title = Bilingual::new(text.clone(), text.clone());
        hostile.name = text.clone();
        hostile.operator = Some(text.clone());
        hostile.division = Some(text.clone());
        hostile.page = Some(text);
        let notices = [&hostile];
        let batch = batch(&notices);
        for kind in ["dingtalk", "wecom", "feishu"] {
            let channel = routed(kind, "").0;
            let post = match kind {
                "dingtalk" => dingtalk::post(&channel, &batch, noon()),
                "wecom" => wecom::post(&channel, &batch, noon()),
                _ => feishu::post(&channel, &batch, noon()),
            };
            let shown = texts(&serde_json::from_slice(&post.body).unwrap());
            // The heading of the message is the only markup that we write for one event without a console.
            let shown = shown.replacen("#### ", "", 1);
            proptest::prop_assert!(!shown.contains(['*', '`', '<', '>', '[', ']', '@', '\\', '~', '\r', '\u{202e}', '\u{200b}']), "{}", shown);
            let lower = shown.to_ascii_lowercase();
            proptest::prop_assert!(!lower.contains("http://") && !lower.contains("https://"), "{}", shown);
        }
        let mail = mail::compose(&routed("mail", "").0, &batch, noon()).unwrap().formatted();
        let mail = String::from_utf8(mail).unwrap();
        let header = mail.split("\r\n\r\n").next().unwrap();
        let fields = header.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).count();
        proptest::prop_assert_eq!(fields, 8, "{}", header);
    }
}

#[test]
fn what_a_receiver_quotes_is_shown_without_secrets() {
    let settings = read(
        "[[channel]]\nname = \"a\"\nkind = \"webhook\"\naddress = \"https://me:pass-word@hook.test/bot/v2/0123456789abcdef?access_token=t0ken%2Dlong&x=1\"\nsecret = \"own-secret\"\n",
    )
    .unwrap();
    let channel = &settings.channels[0];
    let quoted = "asked for /bot/v2/0123456789abcdef?access_token=t0ken%2Dlong&x=1 0123456789abcdef t0ken-long pass-word own-secret at hook.test";
    let shown = channel.hiding(quoted);
    for secret in ["0123456789abcdef", "t0ken", "pass-word", "own-secret"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(shown.ends_with("at hook.test"), "{shown}");
}

#[test]
fn a_route_is_told_in_words() {
    let (_, route) = routed(
        "webhook",
        "severity = \"high\"\nlabels = [\"重点\"]\ndivisions = [\"5115\"]\nevents = [\"opened\", \"overdue\"]\nquiet = [\"22:00-07:00\"]\ncritical_passes = true\ngroup = \"10m\"\nper_hour = 20",
    );
    assert_eq!(
        route.told(Lang::Zh),
        "“高危”及以上：新发现、复查逾期；标签 重点；行政区划 5115；免打扰 22:00-07:00（“严重”照发）；合并 10 分钟内的动态；每小时至多 20 条"
    );
    assert_eq!(
        routed("wecom", "").1.told(Lang::En),
        "medium or worse: new, worse, rectified, came back, overdue to be looked at again"
    );
}
