//! Honest habits of sites that look like cloaking or redirects.

use axum::http::StatusCode;

use super::payload::{carrier, notice};
use super::server::{Ask, Reply};

/// An honest habit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twin {
    /// Phones go to `m.` of the same site.
    MobileSite,
    /// Phones go to a builder of mobile sites under another domain.
    MobileVendor,
    /// A script sends phones to `/m/`.
    MobileScript,
    /// Visitors who prefer another language go to `/en/`.
    Language,
    /// Everybody goes to a sign-in under another domain that leads back.
    Login,
    /// Half of the visitors get another title and layout.
    Experiment,
    /// A script sends half of the visitors to another version of the page.
    ScriptExperiment,
    /// Adverts and partners rotate.
    Adverts,
    /// Spiders meet a challenge.
    SpiderChallenge,
    /// Spiders are refused.
    SpiderRefused,
    /// Spiders get the whole text, people its beginning.
    Paywall,
    /// Spiders get the rendered page, people a shell.
    Rendered,
    /// Visitors go to the page of their region.
    Region,
    /// Maintenance at night.
    Maintenance,
    /// A first visit meets a consent wall.
    Consent,
    /// WeChat's browser meets a guide to open another one, and a link to an app.
    WechatGuide,
    /// WeChat's browser goes to WeChat's sign-in.
    WechatLogin,
    /// A short-link service sends everybody to an ordinary article.
    ShortLink,
    /// Everybody goes to the same host's encrypted twin.
    Https,
    /// A path that does not exist shows the home page, or leads there.
    SoftMissing,
    /// A path that does not exist shows missing children.
    CharityMissing,
    /// Visitors from a search engine meet a warning against gambling.
    Warning,
    /// Visitors from a search engine get the searched word highlighted and related articles.
    Welcome,
    /// A first visit meets a festive page and goes on by itself.
    Splash,
    /// The whole site moved to a neighbour's portal.
    Merged,
}

impl Twin {
    /// Every habit.
    pub(crate) const ALL: &'static [Self] = &[
        Self::MobileSite,
        Self::MobileVendor,
        Self::MobileScript,
        Self::Language,
        Self::Login,
        Self::Experiment,
        Self::ScriptExperiment,
        Self::Adverts,
        Self::SpiderChallenge,
        Self::SpiderRefused,
        Self::Paywall,
        Self::Rendered,
        Self::Region,
        Self::Maintenance,
        Self::Consent,
        Self::WechatGuide,
        Self::WechatLogin,
        Self::ShortLink,
        Self::Https,
        Self::SoftMissing,
        Self::CharityMissing,
        Self::Warning,
        Self::Welcome,
        Self::Splash,
        Self::Merged,
    ];
}

/// What an honest site answers.
pub(crate) fn answer(twin: Twin, ask: &Ask<'_>) -> Reply {
    let plain = || Reply::html(carrier(ask.index, "", ""));
    let with = |head: &str, body: &str| Reply::html(carrier(ask.index, head, body));
    let port = ask.port;
    let own = |sub: &str, path: &str| format!("http://{sub}.{}:{port}{path}", ask.domain);
    match twin {
        _ if ask.missing() && !matches!(twin, Twin::SoftMissing | Twin::CharityMissing) => not_found(),
        Twin::MobileSite if ask.phone() && ask.host_starts("www.") => Reply::to(302, own("m", "/")),
        Twin::MobileVendor if ask.phone() => {
            Reply::to(302, format!("http://site{}.mobile-builder.test:{port}/", ask.index))
        }
        Twin::MobileScript => {
            with("<script>if(/Android|iPhone/i.test(navigator.userAgent)){location.href='/m/'}</script>", "")
        }
        Twin::Language if !ask.language.starts_with("zh") && ask.path == "/" => Reply::to(302, "/en/".into()),
        Twin::Login => Reply::to(
            302,
            format!(
                "http://passport.campus{}.test:{port}/cas/login?service=http%3A%2F%2F{}%3A{port}%2F",
                ask.index, ask.host
            ),
        ),
        Twin::Experiment if ask.chance(50) => {
            Reply::html(notice("新版首页体验", "欢迎体验新版首页，您的意见将帮助我们改进服务。"))
        }
        Twin::ScriptExperiment => with("<script>if(Math.random()<.5)location.replace('/v2/')</script>", ""),
        Twin::Adverts => with("", &adverts(ask)),
        Twin::SpiderChallenge if ask.spider() => Reply {
            status: StatusCode::from_u16(412).unwrap_or_default(),
            ..Reply::html("<script>$_ts=window['$_ts'];if(!$_ts)$_ts={};</script><script src=/4QbVtADbnLVIc/c.js></script>".into())
        },
        Twin::SpiderRefused if ask.spider() => Reply {
            status: StatusCode::FORBIDDEN,
            ..Reply::html("<title>403 Forbidden</title><h1>403 Forbidden</h1>".into())
        },
        Twin::Paywall if ask.spider() => with("", &"<p>调查显示，今年全市粮食总产量较去年增长百分之三，玉米单产创下新高。</p>".repeat(8)),
        Twin::Paywall => with("", "<p>调查显示，今年全市粮食总产量……</p><div>登录后阅读全文</div>"),
        Twin::Rendered if !ask.spider() => Reply::html(
            "<!DOCTYPE html><html lang=zh-CN><meta charset=utf-8><title>加载中</title><div id=app></div>".into(),
        ),
        Twin::Region if ask.path == "/" && ask.host_starts("www.") => Reply::to(302, own("guangzhou", "/")),
        Twin::Maintenance => Reply {
            status: StatusCode::SERVICE_UNAVAILABLE,
            ..Reply::html(notice("系统维护公告", "因系统升级，本网站每日23时至次日6时暂停服务，敬请谅解。"))
        },
        Twin::Consent if ask.cookie.is_empty() => Reply::html(notice(
            "Cookie 使用提示",
            "本网站使用 Cookie 改善浏览体验，请选择同意或仅限必要。",
        ))
        .cookie("seen=1; Path=/"),
        Twin::WechatGuide if ask.agent.contains("MicroMessenger") => with(
            "",
            "<div style='position:fixed;inset:0;background:rgba(0,0,0,.8);color:#fff'>请点击右上角，选择在浏览器中打开\
             <a href='https://a.app.qq.com/o/simple.jsp?pkgname=cn.example.app'>下载客户端</a></div>",
        ),
        Twin::WechatLogin if ask.agent.contains("MicroMessenger") => Reply::to(
            302,
            "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1&redirect_uri=http%3A%2F%2Fwww.a.test%2F".into(),
        ),
        Twin::ShortLink => Reply::to(302, format!("http://www.article{}.test:{port}/news/1.html", ask.index)),
        Twin::Https => Reply::to(301, format!("https://{}:{port}{}", ask.host, ask.path)),
        Twin::SoftMissing if ask.missing() => match ask.index % 3 {
            0 => Reply::html(notice(
                "页面不存在",
                "您访问的页面不存在，三秒后返回首页。<meta http-equiv=refresh content='3;url=/'>",
            )),
            1 => Reply::to(302, "/".into()),
            _ => plain(),
        },
        Twin::CharityMissing if ask.missing() => Reply {
            status: StatusCode::NOT_FOUND,
            ..Reply::html(
                "<!DOCTYPE html><meta charset=utf-8><title>404</title><script src='//qzonestyle.gtimg.cn/qzone/hybrid/app/404/search_children.js' \
                 homePageUrl='/' homePageName='返回首页'></script>"
                    .into(),
            )
        },
        Twin::Warning if ask.search() => with(
            "",
            "<div class=tip>反诈提示：网络赌博属于违法行为，所谓百家乐、时时彩平台均为骗局，请勿参与，发现线索请拨打110举报。</div>",
        ),
        Twin::Welcome if ask.search() => {
            with("", "<p>欢迎从搜索引擎访问本站，为您推荐：</p><ul><li><a href=/news/2.html>办事指南</a></ul>")
        }
        Twin::Splash if ask.cookie.is_empty() => Reply::html(notice(
            "喜迎国庆",
            "热烈庆祝中华人民共和国成立。<script>setTimeout(function(){location.href='/index.html'},5000)</script>",
        ))
        .cookie("splash=1; Path=/"),
        Twin::Merged => Reply::to(301, format!("http://www.portal{}.test:{port}/", ask.index)),
        _ => plain(),
    }
}

/// A path that does not exist.
pub(crate) fn not_found() -> Reply {
    Reply {
        status: StatusCode::NOT_FOUND,
        ..Reply::html(notice("404", "抱歉，您访问的页面不存在或已被删除。"))
    }
}

fn adverts(ask: &Ask<'_>) -> String {
    const GOODS: &[&str] =
        &["农用机械", "办公家具", "少儿英语", "体检套餐", "装修设计", "二手车", "健身器材"];
    (0..4)
        .map(|slot| {
            let at = (ask.count + slot * 3 + ask.index) % GOODS.len();
            format!("<a class=ad href='http://www.goods{}.test:{}/?from=ad'>{}</a> ", at, ask.port, GOODS[at])
        })
        .collect()
}
