//! Each stand-in with the honest page that resembles it.

use super::*;

fn facts(fields: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect()
}

fn look(status: u16, fields: &[(&str, &str)], url: &str, text: &str) -> Option<StandIn> {
    recognise(status, &facts(fields), &Url::parse(url).unwrap(), text)
}

fn check(status: u16, fields: &[(&str, &str)], text: &str, expected: impl Into<Option<StandIn>>) {
    let found = look(status, fields, "https://www.a.test/", text);
    assert_eq!(found, expected.into(), "{status} {fields:?} {text:.200}");
}

fn challenge(vendor: &str) -> Option<StandIn> {
    Some(StandIn::Challenge { vendor: vendor.to_owned() })
}

fn block(vendor: &str) -> Option<StandIn> {
    Some(StandIn::ProviderBlock { vendor: vendor.to_owned() })
}

fn default_page(product: &str) -> Option<StandIn> {
    Some(StandIn::DefaultServerPage { product: product.to_owned() })
}

/// A page with plenty to read around a phrase.
fn article(phrase: &str) -> String {
    let filler =
        "本报讯，记者从有关部门获悉，近日多家单位的网站在例行检查中发现问题，技术人员随即开展了处置工作。";
    format!(
        "<html><head><title>某某日报 技术周刊</title></head><body><h1>新闻</h1><p>{}</p><p>{phrase}</p></body></html>",
        filler.repeat(100)
    )
}

#[test]
fn challenges_are_named_by_their_product() {
    check(
        521,
        &[("Set-Cookie", "__jsluid_s=0a; path=/")],
        "<script>document.cookie=('_')</script>",
        challenge("加速乐"),
    );
    check(521, &[], "<script>document.cookie=x;__jsl_clearance_s=1</script>", challenge("加速乐"));
    check(
        521,
        &[("Server", "cloudflare")],
        "<title>521: Web server is down</title>",
        Some(StandIn::GatewayError),
    );
    check(
        412,
        &[],
        "<meta content='x'><script>$_ts=window['$_ts'];</script><script src=/a.js></script>",
        challenge("瑞数"),
    );
    check(202, &[], "<script>if($_ts.cd){}</script>", challenge("瑞数"));
    check(200, &[], "<script>var arg1='AB12';var acw_sc__v2;</script>", challenge("阿里云"));
    check(
        405,
        &[],
        "<title>405</title><p>很抱歉，您的访问被阻断。<img src=//errors.aliyun.com/x.png>",
        challenge("阿里云"),
    );
    check(403, &[], "<script src='https://waf.tencent-cloud.com/x.js'></script>", challenge("腾讯云"));
    check(418, &[("Set-Cookie", "HWWAFSESID=1")], "", challenge("华为云"));
    check(200, &[], "<title>服务器安全狗防护验证页面</title><p>请稍候</p>", challenge("安全狗"));
    check(200, &[], "<script>document.cookie='yunsuo_session_verify='</script>", challenge("云锁"));
    check(200, &[], "<script src=/WZWSConfirm></script>", challenge("360网站卫士"));
    check(403, &[], "<p>当前访问疑似黑客攻击，已被创宇盾拦截</p>", challenge("创宇盾"));
    check(468, &[], "<div id=x></div><script src=/.safeline/static/c.js></script>", challenge("长亭雷池"));
    check(403, &[("cf-mitigated", "challenge")], "<title>Just a moment...</title>", challenge("Cloudflare"));
    check(403, &[("Server", "AkamaiGHost")], "<h1>Access Denied</h1>", challenge("Akamai"));
    check(200, &[], "<iframe src='/_Incapsula_Resource?x'>", challenge("Imperva"));
    check(403, &[], "<h1>您的请求被拦截</h1><p>事件编号 123</p>", challenge("WAF"));
}

#[test]
fn block_pages_of_providers_are_named() {
    check(403, &[], "<script>location='https://batit.aliyun.com/alww.html'</script>", block("阿里云"));
    assert_eq!(
        look(200, &[], "https://dnspod.qcloud.com/static/webblock.html?d=a.test", "x"),
        block("腾讯云")
    );
    check(200, &[], "<p>您访问的域名尚未备案，请联系华为云。</p>", block("华为云"));
    check(200, &[], "<title>未备案提示</title><p>该网站没有备案，无法访问。</p>", block("未署名"));
}

#[test]
fn shut_maintained_parked_and_broken_sites_are_told_apart() {
    check(200, &[], "<h1>该网站因违规被关停</h1>", Some(StandIn::Shutdown));
    check(200, &[], "<title>Account Suspended</title>", Some(StandIn::Shutdown));
    check(
        503,
        &[],
        "<title>通知</title><p>系统维护，预计今晚恢复，敬请谅解。某某局</p>",
        Some(StandIn::Maintenance),
    );
    check(200, &[], "<title>网站升级中</title><p>请稍后再来</p>", Some(StandIn::Maintenance));
    check(502, &[], "<title>502 Bad Gateway</title><center>nginx</center>", Some(StandIn::GatewayError));
    check(504, &[], "", Some(StandIn::GatewayError));
    check(503, &[], "<h1>Service Unavailable</h1>", Some(StandIn::GatewayError));
    check(200, &[], "<p>您正在访问的域名可以转让！</p>", Some(StandIn::Parked));
    check(200, &[], "<script>window.park='eyJ';</script>", Some(StandIn::Parked));
    assert_eq!(look(200, &[], "https://www.hugedomains.com/x", "x"), Some(StandIn::Parked));
    check(404, &[], "<Error><Code>NoSuchBucket</Code></Error>", Some(StandIn::MissingBucket));
    check(
        404,
        &[],
        "<p><strong>There isn't a GitHub Pages site here.</strong></p>",
        Some(StandIn::MissingBucket),
    );
}

#[test]
fn default_pages_are_named_by_their_product() {
    check(
        200,
        &[],
        "<title>Welcome to nginx!</title><h1>Welcome to nginx!</h1><a href='http://nginx.org/'>nginx.org</a>",
        default_page("nginx"),
    );
    check(200, &[], "<title>IIS Windows Server</title><img src=iisstart.png>", default_page("IIS"));
    check(200, &[], "<html><body><h1>It works!</h1></body></html>", default_page("Apache"));
    check(200, &[], "<title>Apache2 Debian Default Page: It works</title>", default_page("Apache"));
    check(
        200,
        &[],
        "<title>Apache Tomcat/9.0.1</title><h2>If you're seeing this, you've successfully installed Tomcat.</h2>",
        default_page("Tomcat"),
    );
    check(
        404,
        &[],
        "<title>没有找到站点</title><p>您没有将此域名或IP绑定到对应站点</p>",
        default_page("宝塔"),
    );
    check(200, &[], "<title>站点创建成功-phpStudy</title>", default_page("phpStudy"));
    check(200, &[], "<title>LNMP一键安装包 by Licess</title>", default_page("LNMP"));
    check(
        404,
        &[],
        "<title>Error 404--Not Found</title>From RFC 2068 <i>Hypertext Transfer Protocol</i>",
        default_page("WebLogic"),
    );
}

#[test]
fn articles_and_ordinary_pages_that_mention_them_are_no_stand_ins() {
    for phrase in [
        "加速乐返回 521，响应里有 __jsl_clearance",
        "瑞数的脚本里有 $_ts",
        "<code>acw_sc__v2 arg1=</code>",
        "服务器安全狗防护验证页面是什么",
        "该网站因违规被关停，负责人被约谈",
        "某网站尚未进行备案被处罚",
        "此域名正在出售的页面骗了不少人",
        "打开后显示 Welcome to nginx! 说明安装成功 It works!",
        "系统维护期间暂停服务",
        "NoSuchBucket 表示存储桶不存在",
        "<script src=/cdn-cgi/challenge-platform/scripts/jsd/main.js></script>",
    ] {
        check(200, &[("Server", "cloudflare")], &article(phrase), None);
        check(404, &[], &article(phrase), None);
    }
    check(200, &[("Set-Cookie", "__jsluid_s=1"), ("Set-Cookie", "HWWAFSESID=2")], &article(""), None);
    check(403, &[], "<title>403 Forbidden</title><h1>Forbidden</h1>", None);
    check(404, &[], "<title>404 Not Found</title><center>nginx</center>", None);
    check(200, &[], "<div id=app></div><script src=/app.js></script>", None);
    check(200, &[], "", None);
}

#[test]
fn what_hides_an_incident_is_never_taken_for_a_notice() {
    check(200, &[], "<title>Hacked by someone</title><p>site under maintenance</p>", None);
    check(200, &[], "<title>系统升级</title><a href='https://bc.b.test/'>最新网址</a>", None);
    check(502, &[], "<a href=//bc.b.test/>进入</a>", None);
    check(502, &[], "<a href=/>首页</a>", Some(StandIn::GatewayError));
}

#[test]
fn long_sources_are_judged_by_status_and_header() {
    let long = format!("<title>Just a moment...</title>{}", "<!-- x -->".repeat(10_000));
    check(403, &[("CF-Mitigated", "challenge")], &long, challenge("Cloudflare"));
    check(403, &[], &long, None);
}

proptest::proptest! {
    #[test]
    fn any_page_is_looked_at(status in 0_u16..1000, text in "(<|>|title|</title>|<script>|</|<!--|-->|href=|'|https://|维护中| |x){0,40}") {
        let _ = look(status, &[], "https://a.test/", &text);
    }
}
