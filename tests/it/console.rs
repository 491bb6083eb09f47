//! The console and the API from the outside: a person in a real browser, programs with tokens, hostile pages, other
//! people's checkers.

mod alerts;
mod browser;
mod client;
mod documents;

use std::process::Command;
use std::sync::{Arc, Mutex};

use self::browser::Browser;
use self::client::{Client, Console};
use crate::cli::Run;
use crate::server::{INFECTED, Server, html};

const PASSWORD: &str = "correct horse 42";

/// A page that is known, and the same site redesigned.
const KNOWN: &str = "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>某某县教育局门户网站</title></head><body><nav><a href=/a>机构概况</a>\
    <a href=/b>政务公开</a><a href=/c>办事服务</a><a href=/d>互动交流</a></nav><h2>工作动态</h2><ul><li><a href=/n/1>通报一</a><li><a href=/n/2>通报二</a>\
    </ul><p>本局负责全县教育工作的规划与管理，统筹各类教育资源。</p><footer>主办：某某县教育局 地址：人民路一号 \
    <a href=https://beian.miit.gov.cn/>蜀ICP备12009876号-1</a></footer></body></html>";
const REDESIGN: &str = "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>某某县教育局欢迎您</title></head><body><div class=wrap><main>\
    <section class=hero><h1>某某县教育局</h1><p>全新版本正式上线，提供更加便捷的查询与办理体验。</p></section><section><article><a href=/a>关于我们</a>\
    <a href=/b>信息公开目录</a><a href=/c>在线办理大厅</a><a href=/d>意见征集专栏</a></article></section></main></div>\
    <p class=copyright>蜀ICP备12009876号-1</p></body></html>";

/// Every page of a console that knows an incident, by a name for its picture.
fn pages(incident: &str, site: &str) -> Vec<(&'static str, String)> {
    vec![
        ("overview", "/".to_owned()),
        ("incidents", "/incidents".to_owned()),
        ("incident", format!("/incidents/{incident}")),
        ("campaigns", "/campaigns".to_owned()),
        ("sites", "/sites".to_owned()),
        ("site", format!("/sites/{site}")),
        ("import", "/sites/import".to_owned()),
        ("checks", "/checks".to_owned()),
        ("check", "/checks/1".to_owned()),
        ("baselines", "/baselines".to_owned()),
        ("summary", "/summary".to_owned()),
        ("alerts", "/alerts".to_owned()),
        ("law", "/law".to_owned()),
        ("article", "/law/CSL.2026.23".to_owned()),
        ("detectors", "/detectors".to_owned()),
        ("detector", "/detectors/hidden-link".to_owned()),
        ("account", "/account".to_owned()),
        ("accounts", "/accounts".to_owned()),
        ("audit", "/audit".to_owned()),
        ("refusal", "/nothing-here".to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_officer_works_the_console_in_a_browser() {
    let Some(mut browser) = Browser::open().await else {
        eprintln!("left out: the console in a browser; there is no Chromium on this machine");
        return;
    };
    let infected = Server::start(|_| html(INFECTED));
    let page = Arc::new(Mutex::new(KNOWN));
    let shown = Arc::clone(&page);
    let changing = Server::start(move |_| html(*shown.lock().unwrap()));
    let console = Console::with_settings(&alerts::failing("值班群", &alerts::refusing("x")), &[]);

    // The first administrator, by the link that the program printed.
    browser.go(&console.set_up).await;
    browser.picture("setup").await;
    browser.fill("name", "李警官").await;
    browser.fill("password", PASSWORD).await;
    browser.fill("again", PASSWORD).await;
    browser.press("form button").await;
    browser.picture("login").await;
    browser.fill("name", "李警官").await;
    browser.fill("password", "wrong password 1").await;
    browser.press("form button").await;
    assert!(browser.text().await.contains("用户名或密码不正确"));
    browser.fill("password", PASSWORD).await;
    browser.press("form button").await;
    assert!(browser.text().await.contains("待核实事件"), "{}", browser.text().await);

    // A register of two sites.
    let table = console.folder.path().join("登记表.csv");
    let rows = format!(
        "网站名称,网址,主办单位,单位性质,允许内网\n某县政府网,{},某县人民政府,国家机关,是\n某县教育局,{},某县教育局,事业单位,是\n坏行,ftp://a.test/,,,\n",
        infected.url("/"),
        changing.url("/")
    );
    std::fs::write(&table, rows).unwrap();
    browser.go(&console.url("/sites/import")).await;
    browser.choose("file", &table).await;
    browser.press("main form button").await;
    let told = browser.text().await;
    assert!(told.contains("新增 2") && told.contains("未导入"), "{told}");

    // A look out of turn, followed to its end.
    browser.go(&console.url("/")).await;
    browser.fill("url", &infected.url("/")).await;
    browser.press("header form button").await;
    let told = browser.until("所见事件").await;
    assert!(told.contains("已完成") && told.contains("隐藏链接"), "{told}");
    browser.press("table.rows a").await;
    let incident = browser.address().await.rsplit('/').next().unwrap().to_owned();
    let told = browser.text().await;
    for expected in ["出现条件", "涉及的义务", "SHA-256", "盲区", "分级参考", "某县政府网"]
    {
        assert!(told.contains(expected), "{expected} in {told}");
    }
    let pictures = "(async () => { await Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode(); })); \
                    return [...document.images].filter(i => i.naturalWidth > 100).length })()";
    assert!(browser.number(pictures).await >= 1.0);

    // Confirmed by a person.
    browser.run("document.querySelectorAll('.side details')[0].open = true").await;
    browser.fill("why", "实地核实属实").await;
    browser.press(".side details[open] button").await;
    let told = browser.text().await;
    assert!(told.contains("已核实") && told.contains("实地核实属实") && told.contains("已记录"), "{told}");

    // A site that is known and then redesigned waits for a decision.
    let site = changing.address.to_string();
    let site = format!("/sites/{}", site.split(':').next().unwrap());
    browser.go(&console.url("/sites?q=教育局")).await;
    browser.press("td a").await;
    let own = browser.address().await;
    for _ in 0..2 {
        browser.go(&own).await;
        browser.press("header form button").await;
        browser.until("已完成").await;
    }
    *page.lock().unwrap() = REDESIGN;
    browser.go(&own).await;
    browser.press("header form button").await;
    browser.until("已完成").await;
    browser.go(&console.url("/baselines?pending=true")).await;
    assert!(browser.text().await.contains("改版待确认"), "{site} {}", browser.text().await);
    browser.press("td a").await;
    browser.picture("baseline").await;
    let told = browser.text().await;
    assert!(told.contains("某某县教育局门户网站") && told.contains("某某县教育局欢迎您"), "{told}");
    browser.fill("why", "来函说明改版").await;
    browser.press(".side form button").await;
    let told = browser.text().await;
    assert!(told.contains("已确认为新基线") && told.contains("没有待确认的变化"), "{told}");

    // How often a site is visited.
    browser.go(&own).await;
    browser.fill("cadence", "2d").await;
    browser.press("form.fields button").await;
    assert!(browser.text().await.contains("访问安排已保存"), "{}", browser.text().await);
    let registered = std::fs::read_to_string(console.folder.path().join("targets/登记表.toml")).unwrap();
    assert!(registered.contains("cadence = \"2d\""), "{registered}");
    browser.fill("cadence", "whenever").await;
    browser.press("form.fields button").await;
    assert!(browser.text().await.contains("whenever"), "{}", browser.text().await);

    // The package is whole.
    let client = Client::of_session(&console, &browser.cookie("xuncha").await);
    let package = client.bytes(&format!("/incidents/{incident}/evidence.wacz")).await;
    std::fs::write(console.folder.path().join("case.wacz"), package).unwrap();
    let (exit, told, _) = Run::of(&["evidence", "verify", "case.wacz"]).within(console.folder.path()).ends();
    assert!(exit == 0 && told.contains("完好"), "{told}");

    // The report as people file it, printed.
    let (exit, told, err) = Run::of(&[
        "report",
        "incident",
        &incident,
        "--format",
        "pdf",
        "--output",
        "case.pdf",
        "--store",
        "sqlite://x.db",
    ])
    .within(console.folder.path())
    .with_browser()
    .ends();
    assert!(exit == 0, "{told}{err}");
    let pdf = std::fs::read(console.folder.path().join("case.pdf")).unwrap();
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 20_000, "{}", pdf.len());
    let pdf = client.bytes(&format!("/incidents/{incident}/documents/report.pdf")).await;
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 20_000, "{}", pdf.len());
    let draft = client.bytes(&format!("/incidents/{incident}/documents/notice.docx")).await;
    assert!(draft.starts_with(b"PK"));

    // Lists and the summary.
    browser.go(&console.url("/incidents?severity=medium")).await;
    let link = "document.querySelector('.files a').getAttribute('href')";
    assert_eq!(browser.string(link).await, "/lists/incidents.xlsx?severity=medium");
    browser.go(&console.url("/summary")).await;
    browser.press("main form button").await;
    let told = browser.text().await;
    assert!(told.contains("网站巡查情况") && told.contains("新发现"), "{told}");

    // A channel that fails is shown, and tried.
    alerts::deliver(&console);
    browser.go(&console.url("/")).await;
    assert!(browser.text().await.contains("告警送不出去"), "{}", browser.text().await);
    browser.press("p[role=alert] a").await;
    let told = browser.text().await;
    assert!(told.contains("送不出去") && told.contains("持续失败自") && told.contains("及以上"), "{told}");
    browser.press("main form button").await;
    browser.picture("tried").await;
    assert!(browser.text().await.contains("测试消息未送达"), "{}", browser.text().await);

    // Every page, as it looks and as machines that read aloud see it.
    let site = own.rsplit('/').next().unwrap().to_owned();
    let axe = std::env::var("XUNCHA_AXE").ok().map(|file| std::fs::read_to_string(file).unwrap());
    if axe.is_none() {
        eprintln!("left out: axe-core; set XUNCHA_AXE to its axe.min.js");
    }
    for lang in ["zh", "en"] {
        browser.go(&console.url(&format!("/language?to={lang}&back=/"))).await;
        for (name, path) in pages(&incident, &site) {
            for width in [1366, 390] {
                browser.size(width).await;
                browser.go(&console.url(&path)).await;
                let wide = browser.number("document.documentElement.scrollWidth - innerWidth").await;
                assert!(wide <= 0.0, "{name} is {wide} wider than {width}");
                browser.picture(&format!("{name}-{lang}-{width}")).await;
            }
            if let Some(axe) = &axe {
                let faults = browser.faults(axe).await;
                assert!(faults.is_empty(), "{name} {lang}: {faults}");
            }
            if lang == "en" {
                let chrome = "[...document.querySelectorAll('nav,th,label,button,dt')].filter(e => \
                              !e.matches('.nav [lang=zh-CN]')).map(e => e.textContent).join(' ')";
                let words = browser.string(chrome).await;
                let chinese: String =
                    words.chars().filter(|c| ('\u{4e00}'..'\u{9fff}').contains(c)).collect();
                let own = chinese.replace("中文", "").replace("李警官", "");
                assert!(own.is_empty(), "{name} has headings in Chinese alone: {own}");
            }
        }
    }
    browser.size(1366).await;

    // Out again.
    browser.go(&console.url("/")).await;
    browser.press(".nav .foot button").await;
    browser.go(&console.url("/incidents")).await;
    assert!(browser.address().await.contains("/login?next="));
    assert_eq!(browser.complaints(), Vec::<String>::new());
    browser.close().await;
}

/// Text that tries to run, to break out, to reorder and to hide, in every way that pages show text.
const HOSTILE: &[&str] = &[
    "<script>pwned=1</script>",
    "\"><img src=x onerror=pwned=1>",
    "'><svg onload=pwned=1>",
    "</title></style></textarea></pre><script>pwned=1</script>",
    "{{7*7}}${7*7}<%=7*7%>",
    "javascript:pwned=1",
    "<a href=javascript:pwned=1>x</a>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<base href=//evil.test/><meta http-equiv=refresh content='0;url=//evil.test/'>",
    "\u{202e}txet desrever\u{202c}\u{200b}\u{feff}",
    "<form action=//evil.test/><input name=mark>",
    "&lt;script&gt;pwned=1&lt;/script&gt;&#x3c;script&#x3e;",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=pwned=1>",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_text_shows_as_text_on_every_page() {
    let Some(mut browser) = Browser::open().await else {
        eprintln!("left out: hostile text in a browser; there is no Chromium on this machine");
        return;
    };
    let all = HOSTILE.join(" ");
    let escaped = all.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let page = format!(
        "<!DOCTYPE html><title>{escaped} 澳门新葡京娱乐城 在线博彩</title><body><p>某某单位网站，欢迎访问。</p><div style='position:absolute;left:-9999px'>\
         <a href='http://bc.test/{escaped}' title='{escaped}'>澳门博彩 时时彩 百家乐 {escaped}</a><a href=http://bd.test/>棋牌娱乐城 老虎机 {escaped}</a></div>\
         <div style='display:none'>{all}<a href=http://be.test/>时时彩投注 彩票平台</a></div>"
    );
    let server = Server::start(move |_| html(&page));
    // Names have 60 characters at the most.
    let name =
        |(number, text): (usize, &&str)| format!("{number} {text}").chars().take(60).collect::<String>();
    let names = HOSTILE.iter().enumerate().map(name);
    let channels: String = names.map(|name| alerts::failing(&name, &alerts::refusing(&all))).collect();
    let console = Console::with_settings(&channels, &[]);
    let client = console.first_administrator(PASSWORD).await;
    // In the registry, in a decision, in a name of a token, in names of channels and in what their receivers answer.
    std::fs::create_dir_all(console.folder.path().join("targets")).unwrap();
    let quoted = |text: &str| {
        serde_json::to_string(&text.replace(['\u{202e}', '\u{202c}', '\u{200b}', '\u{feff}'], "")).unwrap()
    };
    let registered = format!(
        "[[target]]\nid = \"x\"\nname = {0}\nurls = [{1}]\nlabels = [{0}]\ncontacts = [{0}]\n[target.operator]\nname = {0}\nkind = \"企业\"\n[target.visit]\nallow_private = true\n",
        quoted(&HOSTILE.concat()),
        quoted(&server.url("/")),
    );
    std::fs::write(console.folder.path().join("targets/x.toml"), registered).unwrap();
    client.post("/api/v1/tokens", &serde_json::json!({ "label": HOSTILE[1] })).await;
    let check = client.post("/api/v1/checks", &serde_json::json!({ "url": server.url("/") })).await;
    let incident = client.ended(&check).await["incidents"][0].as_str().unwrap().to_owned();
    for text in HOSTILE {
        let note = serde_json::json!({ "what": "note", "why": text });
        client.post(&format!("/api/v1/incidents/{incident}/decisions"), &note).await;
    }
    alerts::deliver(&console);
    browser.set_cookie(&console, "xuncha", &client.session()).await;
    let mut paths: Vec<String> = pages(&incident, "x").into_iter().map(|(_, path)| path).collect();
    for text in HOSTILE {
        let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        paths.extend([
            format!("/incidents?q={text}&site={text}"),
            format!("/sites?q={text}&label={text}&division={text}"),
            format!("/baselines?site={text}"),
            format!("/login?next={text}"),
            format!("/incidents/{text}"),
            format!("/setup?key={text}"),
        ]);
    }
    paths.push(format!("/incidents/{incident}/documents/report.html"));
    paths.push("/summary/report.html?from=2026-01-01".to_owned());
    for path in paths {
        browser.go(&console.url(&path)).await;
        let state = browser
            .string(
                "[typeof pwned, document.scripts.length, document.querySelectorAll('iframe,base,math,[srcdoc]').length, \
                 [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on/i.test(a.name))).length, \
                 [...document.querySelectorAll('a')].filter(a => !a.href.startsWith(location.origin) && !a.getAttribute('href').startsWith('#')).length].join()",
            )
            .await;
        let scripts = if path.contains("report.html") { "0" } else { "1" };
        assert_eq!(state, format!("undefined,{scripts},0,0,0"), "{path}");
        let reordered = browser
            .number("(document.body.innerText.match(/[\\u202a-\\u202e\\u2066-\\u2069]/g) || []).length")
            .await;
        assert!(reordered == 0.0, "{path}");
        assert!(browser.address().await.starts_with(&console.url("/")), "{path}");
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_in_or_changes_anything_without_leave() {
    let console = Console::start(&[]);
    let outside = Client::outside(&console);
    // Before there is an account, only the printed key founds one.
    let wrong = outside
        .form(
            "/setup",
            &[("key", "0".repeat(64).as_str()), ("name", "x"), ("password", PASSWORD), ("again", PASSWORD)],
        )
        .await;
    assert_eq!(wrong.status, 403);
    let client = console.first_administrator(PASSWORD).await;
    let again = outside
        .form("/setup", &[("key", "x"), ("name", "y"), ("password", PASSWORD), ("again", PASSWORD)])
        .await;
    assert_eq!(again.status, 403, "the key works once");
    for path in
        ["/", "/incidents", "/sites", "/audit", "/incidents/x/evidence.wacz", "/incidents/x/picture/y"]
    {
        let came = outside.get(path).await;
        assert!(
            came.status == 303 && came.header("location").starts_with("/login"),
            "{path} {}",
            came.status
        );
    }
    for path in ["/api/v1/sites", "/api/v1/incidents", "/api/v1/audit", "/api/v1/checks/1/events"] {
        let came = outside.get(path).await;
        assert_eq!((came.status, came.header("content-type")), (401, "application/problem+json"), "{path}");
    }
    // Roles.
    for (name, role) in [("viewer", "viewer"), ("analyst", "analyst"), ("approver", "approver")] {
        client
            .post(
                "/api/v1/accounts",
                &serde_json::json!({ "name": name, "role": role, "password": "some pass word 9" }),
            )
            .await;
    }
    let viewer = console.logged_in("viewer", "some pass word 9").await;
    let analyst = console.logged_in("analyst", "some pass word 9").await;
    let order = serde_json::json!({ "url": "http://127.0.0.1:9/" });
    assert_eq!(viewer.try_post("/api/v1/checks", &order).await.status, 403);
    assert_eq!(analyst.try_post("/api/v1/checks", &order).await.status, 202);
    let approve = serde_json::json!({ "site": "x", "what": "approve", "why": "x" });
    assert_eq!(analyst.try_post("/api/v1/baselines/decisions", &approve).await.status, 403);
    assert_eq!(analyst.get("/audit").await.status, 403);
    assert_eq!(
        analyst
            .try_post("/api/v1/tokens", &serde_json::json!({ "label": "x", "role": "administrator" }))
            .await
            .status,
        403
    );
    // Forms of other sites, of other sessions, to other names.
    let mark = client.mark().await;
    let fields = [("mark", mark.as_str()), ("url", "http://127.0.0.1:9/")];
    assert_eq!(client.form_from("/checks", &fields, Some("cross-site"), None).await.status, 403);
    assert_eq!(client.form_from("/checks", &fields, None, Some("http://evil.test")).await.status, 403);
    assert_eq!(viewer.form("/checks", &fields).await.status, 403, "the mark of another session");
    assert_eq!(client.form("/checks", &[("url", "http://127.0.0.1:9/")]).await.status, 403, "no mark");
    assert_eq!(client.form("/checks", &fields).await.status, 303);
    assert_eq!(outside.get_as("/login", "evil.test").await.status, 421);
    // Guessing.
    for _ in 0..5 {
        let came = outside.form("/login", &[("name", "viewer"), ("password", "guess guess 1")]).await;
        assert_eq!(came.status, 401);
    }
    let came = outside.form("/login", &[("name", "viewer"), ("password", "some pass word 9")]).await;
    assert!(came.status == 429 && !came.header("retry-after").is_empty(), "{}", came.status);
    // The last administrator stays, a disabled account is out, a token is bounded and can be ended.
    let change = |role: &str, disabled: bool| serde_json::json!({ "role": role, "disabled": disabled });
    assert_eq!(client.try_patch("/api/v1/accounts/admin", &change("viewer", false)).await.status, 409);
    let made = analyst.post("/api/v1/tokens", &serde_json::json!({ "label": "monitor" })).await;
    let token = Client::of_token(&console, made["key"].as_str().unwrap());
    assert_eq!(token.get("/api/v1/sites").await.status, 200);
    assert_eq!(token.try_post("/api/v1/checks", &order).await.status, 403, "a viewer's token of an analyst");
    assert_eq!(client.try_patch("/api/v1/accounts/analyst", &change("analyst", true)).await.status, 200);
    assert_eq!(token.get("/api/v1/sites").await.status, 401);
    assert_eq!(analyst.get("/api/v1/sites").await.status, 401);
    // All of it stands in the log, bound together.
    let deeds: Vec<String> = client
        .json("/api/v1/audit?limit=200")
        .await
        .as_array()
        .unwrap()
        .iter()
        .map(|deed| deed["what"].as_str().unwrap().to_owned())
        .collect();
    for expected in [
        "account.found",
        "account.make",
        "address.check",
        "token.make",
        "account.change",
        "login.failed",
        "login",
    ] {
        assert!(deeds.iter().any(|deed| deed == expected), "{expected} in {deeds:?}");
    }
    let (exit, told, _) =
        Run::of(&["store", "check", "--store", "sqlite://x.db"]).within(console.folder.path()).ends();
    assert!(exit == 0, "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_do_all_of_it_over_the_api() {
    let infected = Server::start(|_| html(INFECTED));
    let console = Console::start(&[]);
    let client = console.first_administrator(PASSWORD).await;
    let made = client
        .post("/api/v1/tokens", &serde_json::json!({ "label": "x", "role": "administrator", "days": 1 }))
        .await;
    let program = Client::of_token(&console, made["key"].as_str().unwrap());
    let table = format!("url,name,private\n{},one,yes\n", infected.url("/"));
    let came = program.send_bytes("/api/v1/sites/import?name=a.csv", table.as_bytes()).await;
    assert_eq!(came.json()["added"], 1);
    let site = program.json("/api/v1/sites").await["items"][0]["id"].as_str().unwrap().to_owned();
    let check = program.post(&format!("/api/v1/sites/{site}/checks"), &serde_json::json!({})).await;
    let ended = program.ended(&check).await;
    assert!(ended["state"] == "done" && ended["findings"].as_u64().unwrap() >= 1, "{ended}");
    let followed = program.get(&format!("/api/v1/checks/{}/events", check["id"])).await;
    assert!(followed.text().contains("event: end"), "{}", followed.text());
    let incident = ended["incidents"][0].as_str().unwrap().to_owned();
    // A post that is sent twice is carried out once.
    let note = serde_json::json!({ "what": "note", "why": "once" });
    let path = format!("/api/v1/incidents/{incident}/decisions");
    for _ in 0..2 {
        let came = program.post_with_key(&path, &note, "k1").await;
        assert!(
            came.status == 200 && came.json()["decisions"].as_array().unwrap().len() == 1,
            "{}",
            came.text()
        );
    }
    let other = serde_json::json!({ "what": "note", "why": "twice" });
    assert_eq!(program.post_with_key(&path, &other, "k1").await.status, 422);
    let bad = program.try_post(&path, &serde_json::json!({ "what": "dismiss", "why": " " })).await;
    assert!(bad.status == 400 && bad.json()["detail"].as_str().unwrap().contains("reason"), "{}", bad.text());
    let case = program.json(&format!("/api/v1/incidents/{incident}")).await;
    assert!(!case["findings"][0]["obligations"].as_array().unwrap().is_empty());
    let parts = program.json("/api/v1/incidents?limit=1").await;
    assert!(parts["items"].as_array().unwrap().len() == 1);
    assert_eq!(program.get("/api/v1/incidents?limit=0").await.status, 400);
    let events = program.json("/api/v1/events").await;
    assert_eq!(events[0]["what"], "opened");
    let package = program.bytes(&format!("/api/v1/incidents/{incident}/evidence")).await;
    assert!(package.starts_with(b"PK"));
    for path in ["/health", "/ready", "/metrics", "/api/openapi.json"] {
        assert_eq!(Client::outside(&console).get(path).await.status, 200, "{path}");
    }
    let metrics = program.get("/metrics").await.text();
    let documented = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/api.md")).unwrap();
    for name in metrics.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next()) {
        assert!(documented.contains(name), "{name} is not documented in docs/api.md");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_keeps_to_its_description() {
    let Ok(program) = std::env::var("XUNCHA_SCHEMATHESIS") else {
        eprintln!(
            "left out: the public checker of APIs; set XUNCHA_SCHEMATHESIS to the program `schemathesis`"
        );
        return;
    };
    let infected = Server::start(|_| html(INFECTED));
    let console = Console::start(&["--browser", "never"]);
    let client = console.first_administrator(PASSWORD).await;
    let check = client.post("/api/v1/checks", &serde_json::json!({ "url": infected.url("/") })).await;
    client.ended(&check).await;
    let made =
        client.post("/api/v1/tokens", &serde_json::json!({ "label": "x", "role": "administrator" })).await;
    let key = format!("Authorization: Bearer {}", made["key"].as_str().unwrap());
    let address = console.url("/api/openapi.json");
    let mut command = Command::new(program);
    command.args(["run", &address, "-H", &key, "--max-examples", "20", "--workers", "1", "--no-color"]);
    // Streams do not end, a token that is ended ends the test, and nothing outside this machine is asked for.
    command.args(["--exclude-path-regex", "/events$|/checks$", "--exclude-method", "DELETE"]);
    command.args(["--exclude-checks", "unsupported_method,positive_data_acceptance"]);
    command.current_dir(console.folder.path()).env("HOME", console.folder.path());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
}

/// The ten sites of the demonstration, visited, and the pictures of `README.md` taken of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes docs/pictures; run it by name when the console changes its looks"]
async fn pictures_for_the_readme() {
    use std::io::BufRead as _;
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_xuncha"))
        .args(["demo", "--serve-only", "--register", "targets"])
        .current_dir(folder.path())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufReader::new(demo.stderr.take().unwrap()).lines().map_while(Result::ok);
    let command = lines.find(|line| line.contains("xuncha patrol")).unwrap();
    let words: Vec<&str> = command.split_whitespace().skip(1).collect();
    let resolve: Vec<&str> = words.iter().copied().skip_while(|word| *word != "--resolve").collect();
    Run::of(&words).within(folder.path()).with_browser().ends();
    let console = Console::within(folder, &resolve);
    let client = console.first_administrator(PASSWORD).await;
    let incidents = client.json("/api/v1/incidents?kind=cloaking").await;
    let incident = incidents["items"][0]["id"].as_str().unwrap().to_owned();
    let mut browser = Browser::open().await.expect("a Chromium");
    browser.set_cookie(&console, "xuncha", &client.session()).await;
    let pictures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    std::fs::create_dir_all(&pictures).unwrap();
    for (name, path) in [
        ("overview", "/".to_owned()),
        ("incident", format!("/incidents/{incident}")),
        ("report", format!("/incidents/{incident}/documents/report.html")),
    ] {
        browser.go(&console.url(&path)).await;
        let picture = browser.view().await;
        std::fs::write(pictures.join(format!("{name}.png")), picture).unwrap();
    }
    browser.close().await;
    demo.kill().unwrap();
    demo.wait().unwrap();
}
