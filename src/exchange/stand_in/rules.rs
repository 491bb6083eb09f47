//! The rules by which stand-ins are recognised, as data. The first that applies decides.
//!
//! Needles are in lower case. Within a list any needle will do; every list that is not empty must have one that fits.

use std::ops::RangeInclusive;

/// One rule.
pub(super) struct Rule {
    /// What it recognises.
    pub(super) finds: Finds,
    /// Status codes; empty: any.
    pub(super) status: &'static [RangeInclusive<u16>],
    /// Header fields by name and part of their value.
    pub(super) header: &'static [(&'static str, &'static str)],
    /// The host of the page, or a parent of it.
    pub(super) host: &'static [&'static str],
    /// In the title.
    pub(super) title: &'static [&'static str],
    /// In the source.
    pub(super) text: &'static [&'static str],
    /// In what a person reads.
    pub(super) says: &'static [&'static str],
    /// The most characters that a person may read on it.
    pub(super) longest: usize,
    /// Where its links may lead.
    pub(super) links: Links,
}

/// Where the links of a page may lead.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Links {
    /// Anywhere.
    Any,
    /// To the site itself and to makers of servers and networks: on a bare notice, other links are somebody's payload.
    Own,
}

/// What a rule recognises.
#[derive(Clone, Copy)]
pub(super) enum Finds {
    Challenge(&'static str),
    ProviderBlock(&'static str),
    /// By the provider whose name stands on the page.
    AnyProviderBlock,
    Shutdown,
    Parked,
    Default(&'static str),
    Maintenance,
    GatewayError,
    MissingBucket,
}

/// A rule without conditions, to be filled in.
const fn rule(finds: Finds) -> Rule {
    Rule {
        finds,
        status: &[],
        header: &[],
        host: &[],
        title: &[],
        text: &[],
        says: &[],
        longest: usize::MAX,
        links: Links::Any,
    }
}

const REFUSED: &[RangeInclusive<u16>] = &[400..=599];
const NOT_FOUND: &[RangeInclusive<u16>] = &[404..=404, 410..=410];

/// Every rule, in the order of trying: what names its product first, what goes by phrases last.
pub(super) static RULES: &[Rule] = &[
    // Challenges and refusals of protection products.
    Rule { status: &[521..=521], header: &[("set-cookie", "__jsl")], ..rule(Finds::Challenge("加速乐")) },
    Rule {
        status: &[521..=521],
        text: &["__jsl_clearance", "document.cookie"],
        longest: 100,
        ..rule(Finds::Challenge("加速乐"))
    },
    Rule {
        status: &[200..=202, 400..=400, 412..=412],
        text: &["$_ts"],
        longest: 100,
        ..rule(Finds::Challenge("瑞数"))
    },
    Rule {
        text: &["acw_sc__v2", "aliyun_waf_aa", "aliyun_waf_bb", "u_atoken"],
        longest: 300,
        ..rule(Finds::Challenge("阿里云"))
    },
    Rule {
        status: &[405..=405],
        text: &["errors.aliyun.com", "aliyuncs.com", "您的访问被阻断"],
        longest: 800,
        ..rule(Finds::Challenge("阿里云"))
    },
    Rule {
        text: &["waf.tencent-cloud.com", "/501page.html"],
        longest: 600,
        ..rule(Finds::Challenge("腾讯云"))
    },
    Rule { status: &[566..=567], ..rule(Finds::Challenge("腾讯云")) },
    Rule {
        status: &[418..=418],
        header: &[("set-cookie", "hwwafses"), ("server", "cw"), ("server", "hwwaf")],
        ..rule(Finds::Challenge("华为云"))
    },
    Rule {
        status: &[418..=418],
        text: &["hwwaf", "waf", "拦截", "事件id", "event id"],
        longest: 800,
        ..rule(Finds::Challenge("华为云"))
    },
    Rule {
        status: REFUSED,
        header: &[("set-cookie", "hwwafses")],
        longest: 400,
        ..rule(Finds::Challenge("华为云"))
    },
    Rule { title: &["安全狗防护验证页面"], longest: 800, ..rule(Finds::Challenge("安全狗")) },
    Rule {
        text: &["服务器安全狗防护验证页面", "safedog.cn", "网站安全狗", "safedogsite"],
        longest: 400,
        ..rule(Finds::Challenge("安全狗"))
    },
    Rule {
        text: &[
            "yunsuo_session_verify",
            "security_session_verify",
            "security_session_mid_verify",
            "security_verify_data",
        ],
        longest: 200,
        ..rule(Finds::Challenge("云锁"))
    },
    Rule {
        header: &[("set-cookie", "yunsuo_session_verify"), ("set-cookie", "security_session_verify")],
        longest: 40,
        ..rule(Finds::Challenge("云锁"))
    },
    Rule {
        status: REFUSED,
        text: &["365cyd.com", "创宇盾", "知道创宇云防御", "yunaq.com"],
        longest: 800,
        ..rule(Finds::Challenge("创宇盾"))
    },
    Rule {
        text: &["已被创宇盾拦截", "疑似黑客攻击，已被"],
        longest: 400,
        ..rule(Finds::Challenge("创宇盾"))
    },
    Rule {
        text: &[
            "wzws-waf-cgi",
            "wzwsconfirm",
            "wzwschallenge",
            "wzws_reurl",
            "wangzhan.360.cn",
            "wangshan.360.cn",
        ],
        longest: 400,
        ..rule(Finds::Challenge("360网站卫士"))
    },
    Rule { status: &[493..=493], ..rule(Finds::Challenge("360网站卫士")) },
    Rule {
        text: &["/.safeline/", "safeline_bot_challenge", "safelinechallenge", "sl-challenge-server"],
        longest: 600,
        ..rule(Finds::Challenge("长亭雷池"))
    },
    Rule {
        status: &[403..=403, 467..=468],
        text: &["safeline", "雷池", "chaitin"],
        longest: 600,
        ..rule(Finds::Challenge("长亭雷池"))
    },
    Rule { title: &["d盾_拦截提示", "d盾"], longest: 600, ..rule(Finds::Challenge("D盾")) },
    Rule {
        title: &["宝塔网站防火墙", "宝塔云waf", "bt-waf"],
        longest: 800,
        ..rule(Finds::Challenge("宝塔防火墙"))
    },
    Rule {
        status: REFUSED,
        text: &["btwaf", "宝塔网站防火墙", "已被网站管理员设置拦截"],
        longest: 800,
        ..rule(Finds::Challenge("宝塔防火墙"))
    },
    Rule { header: &[("cf-mitigated", "challenge")], ..rule(Finds::Challenge("Cloudflare")) },
    Rule {
        status: &[403..=403, 429..=429, 503..=503],
        text: &["_cf_chl_opt", "cf-browser-verification", "cf_chl_", "cf-error-details", "cf-challenge"],
        longest: 2500,
        ..rule(Finds::Challenge("Cloudflare"))
    },
    Rule {
        title: &["just a moment...", "attention required! | cloudflare"],
        text: &["cdn-cgi", "cloudflare"],
        longest: 2500,
        ..rule(Finds::Challenge("Cloudflare"))
    },
    Rule {
        status: &[403..=403, 429..=429, 503..=503],
        header: &[("server", "yunjiasu")],
        longest: 800,
        ..rule(Finds::Challenge("百度云加速"))
    },
    Rule {
        status: &[403..=403, 429..=429],
        header: &[("server", "akamaighost"), ("server", "akamainetstorage")],
        longest: 800,
        ..rule(Finds::Challenge("Akamai"))
    },
    Rule {
        status: REFUSED,
        text: &["errors.edgesuite.net", "edgesuite&#46;net"],
        longest: 800,
        ..rule(Finds::Challenge("Akamai"))
    },
    Rule {
        text: &["_incapsula_resource", "incapsula incident id"],
        longest: 400,
        ..rule(Finds::Challenge("Imperva"))
    },
    Rule {
        header: &[("x-amzn-waf-action", "challenge"), ("x-amzn-waf-action", "captcha")],
        ..rule(Finds::Challenge("AWS WAF"))
    },
    Rule {
        status: &[403..=403],
        text: &["captcha-delivery.com"],
        longest: 400,
        ..rule(Finds::Challenge("DataDome"))
    },
    Rule {
        status: &[403..=403],
        header: &[("server", "sucuri")],
        longest: 1500,
        ..rule(Finds::Challenge("Sucuri"))
    },
    Rule {
        status: &[403..=403],
        header: &[("server", "ddos-guard")],
        longest: 800,
        ..rule(Finds::Challenge("DDoS-Guard"))
    },
    // Providers that block sites without ICP filing.
    Rule { host: &["batit.aliyun.com"], ..rule(Finds::ProviderBlock("阿里云")) },
    Rule { host: &["dnspod.qcloud.com"], ..rule(Finds::ProviderBlock("腾讯云")) },
    Rule {
        text: &["batit.aliyun.com", "alww.html"], longest: 600, ..rule(Finds::ProviderBlock("阿里云"))
    },
    Rule {
        text: &["dnspod.qcloud.com/static/webblock"],
        longest: 600,
        ..rule(Finds::ProviderBlock("腾讯云"))
    },
    Rule {
        title: &["未备案", "备案拦截", "备案提示"],
        longest: 600,
        links: Links::Any,
        says: &["备案"],
        status: &[200..=200, 403..=403, 404..=404, 451..=451],
        text: &["尚未", "没有", "无法访问", "不能访问", "禁止访问", "拦截", "未进行", "未办理", "未完成"],
        ..rule(Finds::AnyProviderBlock)
    },
    Rule {
        says: &[
            "尚未进行备案",
            "尚未备案",
            "尚未完成备案",
            "尚未取得备案",
            "未完成备案",
            "未进行备案",
            "未办理备案",
            "没有进行备案",
            "未进行icp备案",
            "未取得icp备案",
            "尚未办理icp备案",
            "未在我司备案",
            "未接入备案",
            "未备案，",
            "未备案,",
            "未备案或",
            "非法阻断",
            "not been filed with the miit",
            "has not obtained an icp",
            "without icp filing",
            "no icp license",
            "due to the lack of icp",
        ],
        longest: 400,
        ..rule(Finds::AnyProviderBlock)
    },
    Rule {
        status: REFUSED,
        says: &["该网站暂时无法进行访问", "该网站暂时无法访问", "网站暂时无法访问"],
        text: &["备案", "icp"],
        longest: 600,
        ..rule(Finds::AnyProviderBlock)
    },
    // Sites shut down by a regulator or provider.
    Rule {
        says: &[
            "该网站因违规被关停",
            "因违法违规被关停",
            "已被依法关停",
            "已被依法关闭",
            "网站已被关停",
            "因违规已被关闭",
            "已被有关部门关停",
            "已被公安机关依法查封",
            "网站已被查封",
            "涉嫌违法违规，已被",
            "涉嫌违法违规,已被",
            "涉嫌电信网络诈骗，已",
            "涉嫌诈骗，已被",
            "您访问的网站涉嫌",
            "该网站涉嫌违法",
            "含有违法违规信息，已",
            "该域名已被clienthold",
            "因涉诈被",
            "this domain has been seized",
            "this website has been seized",
            "domain name has been seized",
            "account has been suspended",
            "this account has been suspended",
            "this site has been suspended",
        ],
        longest: 600,
        ..rule(Finds::Shutdown)
    },
    Rule {
        title: &["account suspended", "网站已关停", "网站已关闭", "站点已关停"],
        longest: 600,
        ..rule(Finds::Shutdown)
    },
    // Buckets and sites of hosting services that somebody else could take.
    Rule {
        status: NOT_FOUND,
        text: &[
            "<code>nosuchbucket</code>",
            "code: nosuchbucket",
            "the specified bucket does not exist",
            "<code>nosuchwebsiteconfiguration</code>",
        ],
        longest: 800,
        ..rule(Finds::MissingBucket)
    },
    Rule {
        status: NOT_FOUND,
        text: &[
            "there isn't a github pages site here",
            "there isn’t a github pages site here",
            "there isn&#39;t a github pages site here",
        ],
        longest: 1500,
        ..rule(Finds::MissingBucket)
    },
    Rule {
        status: &[404..=404, 410..=410, 500..=500],
        text: &[
            "herokucdn.com/error-pages/no-such-app",
            "fastly error: unknown domain",
            "deployment_not_found",
            "404 web site not found",
            "project not found",
            "azurefd.net",
        ],
        longest: 300,
        ..rule(Finds::MissingBucket)
    },
    // Default pages of servers and panels.
    Rule {
        title: &["welcome to nginx", "test page for the nginx http server"],
        longest: 1500,
        links: Links::Own,
        ..rule(Finds::Default("nginx"))
    },
    Rule {
        title: &["welcome to openresty"],
        longest: 1500,
        links: Links::Own,
        ..rule(Finds::Default("OpenResty"))
    },
    Rule {
        title: &["welcome to tengine"],
        longest: 1500,
        links: Links::Own,
        ..rule(Finds::Default("Tengine"))
    },
    Rule {
        title: &[
            "iis windows server",
            "iis windows",
            "iis7",
            "iis 7.0",
            "iis8",
            "iis 8.5",
            "iis10",
            "internet information services",
        ],
        longest: 600,
        links: Links::Own,
        ..rule(Finds::Default("IIS"))
    },
    Rule {
        text: &["iisstart.png", "iisstart.htm", "iis-85.png", "pagerror.gif"],
        title: &["under construction", "iis", "建设中"],
        longest: 800,
        links: Links::Own,
        ..rule(Finds::Default("IIS"))
    },
    Rule {
        title: &[
            "apache2 ubuntu default page",
            "apache2 debian default page",
            "apache2 default page",
            "apache http server test page",
            "test page for the apache http server",
            "http server test page",
            "test page for apache installation",
        ],
        longest: 4500,
        links: Links::Own,
        ..rule(Finds::Default("Apache"))
    },
    Rule { says: &["it works!"], longest: 90, links: Links::Own, ..rule(Finds::Default("Apache")) },
    Rule {
        title: &["apache tomcat"],
        says: &["successfully installed tomcat", "tomcat setup", "this is the default tomcat home page"],
        longest: 4500,
        links: Links::Own,
        ..rule(Finds::Default("Tomcat"))
    },
    Rule {
        title: &["没有找到站点"], longest: 800, links: Links::Own, ..rule(Finds::Default("宝塔"))
    },
    Rule {
        says: &[
            "您没有将此域名或ip绑定到对应站点",
            "没有将此域名或ip绑定",
            "本页面由系统自动生成",
            "恭喜, 站点创建成功",
            "恭喜，站点创建成功",
            "恭喜,站点创建成功",
        ],
        text: &["phpstudy", "小皮"],
        longest: 600,
        links: Links::Own,
        ..rule(Finds::Default("phpStudy"))
    },
    Rule {
        says: &[
            "您没有将此域名或ip绑定到对应站点",
            "没有将此域名或ip绑定",
            "恭喜, 站点创建成功",
            "恭喜，站点创建成功",
            "恭喜,站点创建成功",
            "默认index.html，本页面由系统自动生成",
            "默认index.html,本页面由系统自动生成",
        ],
        longest: 600,
        links: Links::Own,
        ..rule(Finds::Default("宝塔"))
    },
    Rule {
        title: &["phpstudy", "小皮面板", "php 探针", "小皮"],
        longest: 800,
        links: Links::Own,
        ..rule(Finds::Default("phpStudy"))
    },
    Rule {
        title: &["lnmp一键安装包", "lnmp 一键安装包"],
        longest: 2500,
        links: Links::Own,
        ..rule(Finds::Default("LNMP"))
    },
    Rule {
        says: &["lnmp一键安装包安装成功", "lnmp一键安装成功", "congratulations, oneinstack installed"],
        longest: 2000,
        links: Links::Own,
        ..rule(Finds::Default("LNMP"))
    },
    Rule {
        title: &["error 404--not found"],
        says: &["from rfc 2068"],
        longest: 1500,
        ..rule(Finds::Default("WebLogic"))
    },
    Rule {
        title: &["oracle weblogic server", "welcome to weblogic"],
        longest: 2000,
        ..rule(Finds::Default("WebLogic"))
    },
    Rule {
        title: &["welcome to wildfly", "welcome to jboss"],
        longest: 1500,
        ..rule(Finds::Default("JBoss"))
    },
    Rule {
        title: &[
            "default web site page",
            "domain default page",
            "web server's default page",
            "default plesk page",
        ],
        longest: 2500,
        ..rule(Finds::Default("Plesk"))
    },
    Rule {
        title: &[
            "caddy works!",
            "welcome to xampp",
            "wampserver homepage",
            "placeholder page",
            "welcome to centos",
        ],
        longest: 3000,
        links: Links::Own,
        ..rule(Finds::Default("Web server"))
    },
    // Parked domains and domains for sale.
    Rule {
        host: &[
            "sedoparking.com",
            "parkingcrew.net",
            "bodis.com",
            "hugedomains.com",
            "dan.com",
            "afternic.com",
            "mi.aliyun.com",
            "am.22.cn",
            "above.com",
            "parklogic.com",
            "sedo.com",
        ],
        ..rule(Finds::Parked)
    },
    Rule {
        text: &[
            "sedoparking.com",
            "parkingcrew.net",
            "bodis.com",
            "parking-lander",
            "parklogic.com",
            "hugedomains.com/domain_profile",
            "afternic.com/forsale",
            "dan.com/buy-domain",
            "window.park ",
            "window.park=",
            "window.location.href=\"/lander\"",
            "d38psrni17bvxu.cloudfront.net",
        ],
        longest: 1200,
        ..rule(Finds::Parked)
    },
    Rule {
        says: &[
            "该域名正在出售",
            "此域名正在出售",
            "该域名可出售",
            "此域名可出售",
            "本域名出售",
            "此域名出售",
            "该域名出售",
            "域名正在转让",
            "本域名可转让",
            "此域名可转让",
            "该域名可转让",
            "您访问的域名可以转让",
            "您正在访问的域名可以转让",
            "您正在访问的域名",
            "域名停靠",
            "该域名已过期",
            "此域名已过期",
            "this domain is for sale",
            "this domain may be for sale",
            "buy this domain",
            "the domain is for sale",
            "is parked free",
            "this domain is parked",
            "domain parking",
            "this domain has expired",
            "domain name has expired",
            "this domain name is for sale",
            "make an offer on this domain",
        ],
        longest: 800,
        ..rule(Finds::Parked)
    },
    // Gateways and content networks.
    Rule {
        status: &[502..=502, 504..=504, 520..=520, 522..=527, 530..=530],
        longest: 1500,
        links: Links::Own,
        ..rule(Finds::GatewayError)
    },
    Rule { status: &[521..=521], header: &[("server", "cloudflare")], ..rule(Finds::GatewayError) },
    Rule {
        status: &[500..=500, 503..=503],
        says: &[
            "service temporarily unavailable",
            "no server is available to handle",
            "backend fetch failed",
            "upstream connect error",
            "the requested url could not be retrieved",
            "varnish cache server",
            "http error 503. the service is unavailable",
            "connection timed out to the origin",
            "guru meditation",
        ],
        longest: 600,
        links: Links::Own,
        ..rule(Finds::GatewayError)
    },
    // Maintenance.
    Rule {
        status: &[403..=403, 500..=500, 503..=503],
        says: MAINTENANCE,
        longest: 600,
        links: Links::Own,
        ..rule(Finds::Maintenance)
    },
    Rule { title: MAINTENANCE, longest: 500, links: Links::Own, ..rule(Finds::Maintenance) },
    Rule { says: MAINTENANCE, longest: 160, links: Links::Own, ..rule(Finds::Maintenance) },
    Rule {
        status: &[503..=503],
        says: &["service unavailable"],
        longest: 200,
        links: Links::Own,
        ..rule(Finds::GatewayError)
    },
    // Refusals without a known product.
    Rule {
        status: &[401..=401, 403..=403, 405..=406, 412..=412, 429..=429, 444..=444, 460..=499, 503..=503],
        says: &[
            "您的访问被阻断",
            "访问被拦截",
            "请求被拦截",
            "已被拦截",
            "访问已被拦截",
            "请求已被阻断",
            "疑似攻击",
            "攻击行为",
            "存在安全威胁",
            "安全威胁",
            "人机验证",
            "安全验证",
            "访问过于频繁",
            "请求过于频繁",
            "访问频率过高",
            "web应用防火墙",
            "网站防火墙",
            "blocked by waf",
            "web application firewall",
            "request blocked",
            "request was blocked",
            "checking your browser",
            "are you a robot",
            "are you human",
            "captcha",
            "unusual traffic",
            "too many requests",
        ],
        longest: 600,
        ..rule(Finds::Challenge("WAF"))
    },
    Rule {
        says: &[
            "checking your browser before accessing",
            "请完成安全验证后继续访问",
            "请完成以下验证后继续",
            "请完成人机验证",
            "请进行人机验证",
            "正在进行安全检查",
            "正在检查您的浏览器",
            "浏览器安全检查中",
            "请拖动滑块完成",
            "verify you are human",
            "verifying you are human",
        ],
        longest: 250,
        ..rule(Finds::Challenge("WAF"))
    },
];

const MAINTENANCE: &[&str] = &[
    "正在维护",
    "维护中",
    "升级维护",
    "停机维护",
    "维护公告",
    "维护通知",
    "网站维护",
    "系统维护",
    "正在升级",
    "升级中",
    "网站升级",
    "系统升级",
    "暂停访问",
    "暂停服务",
    "改版升级",
    "网站改版",
    "网站正在建设",
    "网站建设中",
    "正在建设中",
    "已经被管理员停止运行",
    "站点已暂停",
    "系统检修",
    "under maintenance",
    "scheduled maintenance",
    "down for maintenance",
    "site maintenance",
    "maintenance mode",
    "be back soon",
    "under construction",
    "coming soon",
];

/// Providers by what stands on their pages.
pub(super) static PROVIDERS: &[(&str, &[&str])] = &[
    ("阿里云", &["阿里云", "aliyun", "万网", "net.cn"]),
    ("腾讯云", &["腾讯云", "qcloud", "dnspod", "tencent"]),
    ("华为云", &["华为云", "huaweicloud", "hwcloud"]),
    ("百度智能云", &["百度云", "百度智能云", "baidubce", "bce.baidu"]),
    ("天翼云", &["天翼云", "ctyun"]),
    ("移动云", &["移动云", "ecloud.10086"]),
    ("联通云", &["联通云", "cucloud"]),
    ("京东云", &["京东云", "jdcloud"]),
    ("金山云", &["金山云", "ksyun"]),
    ("火山引擎", &["火山引擎", "volcengine"]),
    ("UCloud", &["ucloud"]),
    ("西部数码", &["西部数码", "west.cn", "west263"]),
    ("景安网络", &["景安", "zzidc", "gainet"]),
    ("新网", &["新网", "xinnet"]),
];

/// Makers whose pages these notices link to.
pub(super) static MAKERS: &[&str] = &[
    "nginx.org",
    "nginx.com",
    "openresty.org",
    "openresty.com",
    "taobao.org",
    "apache.org",
    "ubuntu.com",
    "launchpad.net",
    "debian.org",
    "centos.org",
    "redhat.com",
    "rockylinux.org",
    "almalinux.org",
    "fedoraproject.org",
    "microsoft.com",
    "iis.net",
    "msdn.com",
    "bt.cn",
    "xp.cn",
    "phpstudy.net",
    "lnmp.org",
    "vpser.net",
    "oneinstack.com",
    "cloudflare.com",
    "aliyun.com",
    "tencent.com",
    "qcloud.com",
    "huaweicloud.com",
    "baidu.com",
    "fastly.com",
    "varnish-cache.org",
    "squid-cache.org",
    "amazon.com",
    "w3.org",
    "oracle.com",
    "beian.gov.cn",
    "miit.gov.cn",
    "wordpress.org",
    "licensebuttons.net",
    "mysql.com",
    "php.net",
    "eclipse.org",
    "jboss.org",
];
