//! What each client calls itself. Kits test substrings only, so one well-formed string per client is enough; what
//! matters is that the rest of the header agrees with it.

use super::{Agent, AgentClass};

/// The major version of Chrome that desktop and phone claim; client hints are computed from it.
pub(super) const CHROME_MAJOR: u32 = 145;
/// The major version of the web view that WeChat brings along; it lags behind Chrome.
pub(super) const WECHAT_CHROME_MAJOR: u32 = 130;

impl Agent {
    /// Every client.
    pub const ALL: [Self; 11] = [
        Self::DesktopChrome,
        Self::AndroidChrome,
        Self::IphoneSafari,
        Self::Wechat,
        Self::BaiduSpider,
        Self::SogouSpider,
        Self::So360Spider,
        Self::ShenmaSpider,
        Self::ByteSpider,
        Self::BingSpider,
        Self::GoogleSpider,
    ];

    /// What sort of client it is.
    pub fn class(self) -> AgentClass {
        match self {
            Self::DesktopChrome => AgentClass::Desktop,
            Self::AndroidChrome | Self::IphoneSafari => AgentClass::Mobile,
            Self::Wechat => AgentClass::Wechat,
            Self::BaiduSpider
            | Self::SogouSpider
            | Self::So360Spider
            | Self::ShenmaSpider
            | Self::ByteSpider
            | Self::BingSpider
            | Self::GoogleSpider => AgentClass::Spider,
        }
    }

    /// The `User-Agent` value.
    pub fn user_agent(self) -> String {
        let chrome = CHROME_MAJOR;
        match self {
            Self::DesktopChrome => format!(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/{chrome}.0.0.0 Safari/537.36"
            ),
            Self::AndroidChrome => format!(
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/{chrome}.0.0.0 Mobile Safari/537.36"
            ),
            Self::IphoneSafari => "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) \
                 AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
                .to_owned(),
            Self::Wechat => format!(
                "Mozilla/5.0 (Linux; Android 14; 23127PN0CC Build/UKQ1.230804.001; wv) AppleWebKit/537.36 \
                 (KHTML, like Gecko) Version/4.0 Chrome/{WECHAT_CHROME_MAJOR}.0.6723.103 Mobile Safari/537.36 \
                 XWEB/1300333 MMWEBSDK/20241202 MMWEBID/6173 MicroMessenger/8.0.56.2800(0x28003855) \
                 WeChat/arm64 Weixin NetType/4G Language/zh_CN ABI/arm64"
            ),
            Self::BaiduSpider => {
                "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"
                    .to_owned()
            }
            Self::SogouSpider => {
                "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)".to_owned()
            }
            Self::So360Spider => {
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/78.0.3904.108 Safari/537.36; 360Spider"
                    .to_owned()
            }
            Self::ShenmaSpider => {
                "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/69.0.3497.81 YisouSpider/5.0 Safari/537.36"
                    .to_owned()
            }
            Self::ByteSpider => "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Mobile Safari/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)"
                .to_owned(),
            Self::BingSpider => format!(
                "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; \
                 +http://www.bing.com/bingbot.htm) Chrome/{chrome}.0.0.0 Safari/537.36"
            ),
            Self::GoogleSpider => format!(
                "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 \
                 (KHTML, like Gecko) Chrome/{chrome}.0.0.0 Mobile Safari/537.36 \
                 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
            ),
        }
    }

    /// The `Accept-Language` value that such a client sends in China.
    pub fn language(self) -> Option<&'static str> {
        match self {
            Self::DesktopChrome | Self::AndroidChrome => Some("zh-CN,zh;q=0.9"),
            Self::IphoneSafari => Some("zh-CN,zh-Hans;q=0.9"),
            Self::Wechat => Some("zh-CN,zh;q=0.9,en-US;q=0.8,en;q=0.7"),
            Self::BaiduSpider => Some("zh-cn,zh-tw"),
            Self::SogouSpider | Self::So360Spider | Self::ShenmaSpider | Self::ByteSpider => Some("zh-CN"),
            Self::BingSpider | Self::GoogleSpider => None,
        }
    }
}
