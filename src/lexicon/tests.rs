//! What is promotion, what is publicity, and which evasions are undone. Every text is worded for these tests.

use std::path::Path;

use proptest::prelude::*;

use super::context::Context;
use super::{Evasion, Lexicon, Role, Weight};
use crate::finding::Category;

fn check_promotion(role: Role, text: &str, category: Category) {
    let judgement = Lexicon::builtin().judge(role, text);
    assert_eq!(judgement.category, Some(category), "{role:?} {text}\n{judgement:#?}");
    assert!(judgement.score >= 0.5 && judgement.score <= 1.0, "{text}: {}", judgement.score);
}

fn check_silent(role: Role, text: &str) {
    let judgement = Lexicon::builtin().judge(role, text);
    assert_eq!(judgement.category, None, "{role:?} {text}\n{judgement:#?}");
    assert!(judgement.score < 0.5, "{text}: {}", judgement.score);
}

#[test]
fn promotion_of_gambling_is_found_in_many_languages() {
    for (role, text) in [
        (Role::Title, "某某娱乐 注册送88 真人百家乐 首存返水"),
        (Role::Text, "本平台开设真人百家乐、电子游艺，注册送彩金，二十四小时在线客服，立即注册"),
        (Role::Title, "开云体育(中国)官方网站-登录入口"),
        (Role::Title, "乐鱼·体育app下载 最新版本"),
        (Role::Title, "无名体育(中国)官方网站-app下载"),
        (Role::Title, "某校 | 无名国际娱乐（中国）官方网站-登录入口"),
        (Role::Title, "无名娱乐-最新地址"),
        (Role::Anchor, "澳门六合彩开奖直播"),
        (Role::Text, "欧洲杯滚球投注，存送百分之百，提款秒到账，点击进入官网"),
        (Role::Text, "某某棋牌 上下分加微信 abc888 秒到账"),
        (Role::Hidden, "时时彩 北京赛车 快三 幸运飞艇"),
        (Role::Hidden, "situs slot gacor terpercaya daftar sekarang"),
        (Role::Title, "Daftar Togel Online Resmi Bonus New Member 100"),
        (Role::Title, "สล็อตเว็บตรง ฝากถอนไม่มีขั้นต่ำ"),
        (Role::Title, "Nhà cái uy tín, đăng ký nhận khuyến mãi nạp"),
        (Role::Title, "オンラインカジノ 入金不要ボーナス"),
        (Role::Anchor, "онлайн казино на деньги"),
        (Role::Anchor, "Deneme bonusu veren siteler"),
        (Role::Anchor, "카지노사이트 가입머니"),
        (Role::Anchor, "casas de apostas com bônus sem depósito"),
        (Role::Hidden, "سایت شرط بندی"),
        (Role::Anchor, "best online casino no deposit bonus"),
    ] {
        check_promotion(role, text, Category::Gambling);
    }
}

#[test]
fn promotion_of_every_other_category_is_found() {
    for (role, text, category) in [
        (Role::Text, "投资一万 日静态收益百分之一点五 直推奖一成 邀请码 8866", Category::InvestmentFraud),
        (Role::Text, "稳赚不赔，老师带单，日赚三千，扫码进群", Category::InvestmentFraud),
        (Role::Text, "手机兼职点赞返佣，一单五元，加微信 task9001", Category::InvestmentFraud),
        (Role::Text, "超小密拍，伪装充电宝，夜视无光，手机远程看，加微信 eye2024", Category::CovertDevices),
        (Role::Title, "针孔摄像头 隐形摄像头批发", Category::CovertDevices),
        (Role::Text, "公考答案考前两小时发，米粒耳机，包过，联系qq 55667788", Category::ExamCheating),
        (Role::Text, "专业黑客接单，查聊天记录，先办事后付款", Category::AttackTools),
        (Role::Anchor, "DDoS压力测试平台", Category::AttackTools),
        (Role::Anchor, "办证刻章", Category::FalseDocuments),
        (Role::Text, "毕业证办理，学历可查，货到付款，加微信 diploma66", Category::FalseDocuments),
        (Role::Text, "收卡，四件套，跑分日结，飞机号 carddaily", Category::FalseDocuments),
        (Role::Hidden, "国产精品无码_亚洲无码_一区二区三区", Category::Pornography),
        (Role::Title, "2025年个人劳动补贴申领 逾期视为放弃", Category::Phishing),
        (Role::Hidden, "cheap replica watches", Category::Spam),
        (Role::Anchor, "buy viagra without prescription", Category::Spam),
        (Role::Anchor, "payday loans online", Category::Spam),
        (Role::Anchor, "custom essay", Category::Spam),
        (Role::Anchor, "新开传奇私服", Category::Spam),
        (Role::Anchor, "スーパーコピー 時計コピー", Category::Spam),
    ] {
        check_promotion(role, text, category);
    }
}

#[test]
fn publicity_and_honest_texts_stay_silent() {
    for (role, text) in [
        (Role::Title, "警方捣毁一跨境赌博团伙 抓获犯罪嫌疑人四十余名"),
        (
            Role::Text,
            "近日，公安机关侦破一起网络赌博案，犯罪嫌疑人以真人百家乐、时时彩等形式招揽参赌人员，涉案资金巨大，已被依法刑事拘留。",
        ),
        (
            Role::Text,
            "网警提醒：凡是以“注册送彩金”“稳赚不赔”为诱饵的都是骗局，切勿轻信，谨防上当受骗，举报电话110。",
        ),
        (
            Role::Text,
            "《中华人民共和国刑法》第三百零三条规定，以营利为目的，聚众赌博或者以赌博为业的，处三年以下有期徒刑，开设赌场的，处五年以下有期徒刑。",
        ),
        (Role::Text, "中国福利彩票双色球开奖公告，本期销量与公益金筹集情况如下。"),
        (Role::Text, "今日库水位较昨日上涨，水位站实时水位流量见下表。"),
        (Role::Text, "菠菜种植技术：本季菠菜每亩产量高，批发价格每斤三元。"),
        (Role::Text, "小牛电动新车下线，牛牛车友会成立。"),
        (Role::Text, "渔政部门公布捕鱼许可证办理流程，禁渔期内禁止捕鱼。"),
        (Role::Text, "省棋牌协会举办象棋公开赛，欢迎报名。"),
        (
            Role::Text,
            "The slot attribute assigns a slot in a shadow tree; named slots are filled by name. Download the library from GitHub.",
        ),
        (Role::Text, "Planning poker is an estimation technique used by software teams online."),
        (Role::Text, "Casino Royale is a 2006 spy film directed by Martin Campbell."),
        (Role::Title, "Casino Royale (film)"),
        (Role::Text, "澳门旅游局公布春节期间酒店入住率，博彩业收入同比上升。"),
        (Role::Text, "国家教育考试严禁携带隐形耳机等作弊器材，诚信应考，违纪作弊将依法追究刑事责任。"),
        (Role::Text, "如何发现酒店里的针孔摄像头？民警提醒入住时检查插座和烟感，发现偷拍设备及时报警。"),
        (Role::Text, "税务局办税服务厅可代开发票，请携带营业执照。"),
        (Role::Text, "渗透测试工程师发现该漏洞后提交给厂商，攻击者可借此入侵服务器。"),
        (Role::Text, "本公司生产返水管、注射用品，欢迎联系客服咨询价格，登录官网下载样本。"),
        (Role::Text, "开户行：某某银行某某支行，联系电话见下。"),
        (Role::Title, "南京六合区人民政府"),
        (Role::Title, "皇冠假日酒店预订"),
        (Role::Title, "某某体育用品(中国)有限公司官方网站"),
        (Role::Title, "某某体育(中国)有限公司官方网站"),
        (Role::Title, "某市体育局官方网站-登录入口"),
        (Role::Title, "某某娱乐官方网站"),
        (
            Role::Text,
            "Problem gambling is a disorder; if you or someone you know needs help with online casino addiction, call the helpline.",
        ),
        (Role::Text, "The TOTO Ltd toilet range is available to order online."),
        (Role::Anchor, "首页"),
        (Role::Anchor, "登录"),
    ] {
        check_silent(role, text);
    }
}

#[test]
fn publicity_does_not_cover_an_account_to_write_to() {
    check_promotion(
        Role::Text,
        "警方提醒理性娱乐。本站真人百家乐，注册送彩金，首存返水，加微信 lucky8888 立即注册",
        Category::Gambling,
    );
}

#[test]
fn publicity_is_said_where_it_silences() {
    let text = "公安机关查处一家网络赌场，涉案人员以注册送彩金招揽，民警提醒切勿参与。";
    let judgement = Lexicon::builtin().judge(Role::Text, text);
    assert!(judgement.publicity && judgement.category.is_none(), "{judgement:#?}");
}

#[test]
fn a_page_of_police_news_lends_its_context() {
    let lexicon = Lexicon::builtin();
    let blocks = [
        "全市公安机关严厉打击跨境赌博",
        "来源：市公安局 发布时间：2026年3月1日 记者近日获悉，民警抓获犯罪嫌疑人，提醒群众谨防诈骗。",
    ];
    assert!(lexicon.page_context("平安网", blocks.into_iter()).publicity);
    assert!(!lexicon.page_context("某某娱乐官网", ["注册送彩金"].into_iter()).publicity);
}

#[test]
fn a_word_of_publicity_within_jargon_is_none() {
    let lexicon = Lexicon::builtin();
    let context = Context { publicity: true, ..Context::default() };
    let judged = |title| lexicon.judge_in(Role::Title, title, &context).category;
    // 讯 is "news" by itself.
    assert_eq!(judged("百家乐平台_真人视讯"), Some(Category::Gambling));
    assert_eq!(judged("讯：百家乐平台被查处"), None);
}

/// Judges a paragraph of a page of which title and paragraph are all there is.
fn judged_on_page(title: &str, text: &str) -> Option<Category> {
    let lexicon = Lexicon::builtin();
    let context = lexicon.page_context(title, [text].into_iter());
    lexicon.judge_in(Role::Text, text, &context).category
}

#[test]
fn a_trade_explains_its_own_words_and_no_others() {
    for (title, text) in [
        (
            "水库水情日报",
            "今日八时水库水位三十五米，闸门泄洪，盘口以下禁止捕鱼，返水段堤防正常，防汛值班电话见下。",
        ),
        (
            "度假酒店预订",
            "客房含双早，棋牌、娱乐场、温泉俱全，会员注册享优惠活动，皇冠套房可入住，宴会厅承接婚宴。",
        ),
        (
            "商城活动",
            "七天无理由退货，优惠券满减，充值送积分，余额可提现，消费返利，邀请好友返现赚佣金，红包天天领。",
        ),
        (
            "考生须知",
            "考生须带准考证入场，严禁携带隐形耳机，对替考、代考、传递答案者取消当次成绩，违纪处理见考务通知。",
        ),
        (
            "男科常见疾病",
            "患者应到医院就医挂号，医嘱服药；早泄、阳痿可治疗，包皮手术为日间手术，三唑仑须凭处方。",
        ),
    ] {
        assert_eq!(judged_on_page(title, text), None, "{title}");
    }
    for (title, text) in [
        (
            "水库水情日报",
            "防汛水文水位泄洪闸门。真人百家乐、时时彩、注册送彩金，首存返水，加微信 abc888 立即注册。",
        ),
        (
            "度假酒店预订",
            "客房入住双早。澳门金沙娱乐场真人视讯百家乐，注册送88彩金，提款秒到账，立即开户投注。",
        ),
        ("考生须知", "准考证考务监考。考前答案出售，内部原题，包过，考后付款，加微信 kaoshi8888。"),
    ] {
        assert!(judged_on_page(title, text).is_some(), "{title}");
    }
}

#[test]
fn a_title_may_name_a_thing_once() {
    for title in ["百家乐（纸牌游戏）", "记一次针孔摄像头固件分析", "DDoS攻击原理"] {
        check_silent(Role::Title, title);
    }
    for title in ["百家乐_真人视讯", "针孔摄像头批发 货到付款", "DDoS攻击 接单"] {
        assert!(Lexicon::builtin().judge(Role::Title, title).category.is_some(), "{title}");
    }
}

#[test]
fn what_only_outsiders_call_it_is_no_advertising_in_sentences() {
    check_silent(Role::Text, "在网上建立赌博网站，或者为赌博网站担任代理，接受投注的，属于开设赌场。");
    check_promotion(Role::Anchor, "澳门赌博网站 赌场官网", Category::Gambling);
}

fn check_evasion(text: &str, evasive: &str, evasion: Evasion) {
    let judgement = Lexicon::builtin().judge(Role::Hidden, text);
    let from = text.find(evasive).expect("the evasive part stands in the text");
    let covered = judgement.hits.iter().any(|hit| hit.range == (from..from + evasive.len()));
    assert!(covered, "{text}: no hit covers `{evasive}`\n{judgement:#?}");
    assert!(judgement.evasions.contains(&evasion), "{text}\n{judgement:#?}");
}

#[test]
fn evasions_are_undone_and_point_to_the_text_as_given() {
    for (text, evasive, evasion) in [
        ("看 &#30334;&#23478;&#20048; 好", "&#30334;&#23478;&#20048;", Evasion::Escapes),
        ("看 &amp;#30334;家乐 好", "&amp;#30334;家乐", Evasion::Escapes),
        ("看 \\u767e\\u5bb6\\u4e50 好", "\\u767e\\u5bb6\\u4e50", Evasion::Escapes),
        ("看 %u767e%u5bb6%u4e50 好", "%u767e%u5bb6%u4e50", Evasion::Escapes),
        ("看 %E7%99%BE%E5%AE%B6%E4%B9%90 好", "%E7%99%BE%E5%AE%B6%E4%B9%90", Evasion::Escapes),
        ("看 %B0%D9%BC%D2%C0%D6 好", "%B0%D9%BC%D2%C0%D6", Evasion::Escapes),
        ("看百\u{200B}家\u{200D}乐好", "百\u{200B}家\u{200D}乐", Evasion::Invisible),
        ("看ｂｅｔ３６５好", "ｂｅｔ３６５", Evasion::Compatibility),
        ("看bet③⑥⑤好", "bet③⑥⑤", Evasion::Compatibility),
        (
            "看bet3\u{FE0F}\u{20E3}6\u{FE0F}\u{20E3}5\u{FE0F}\u{20E3}好",
            "bet3\u{FE0F}\u{20E3}6\u{FE0F}\u{20E3}5\u{FE0F}\u{20E3}",
            Evasion::Compatibility,
        ),
        ("这个网站说百家樂最好", "百家樂", Evasion::Variant),
        ("看百佳乐好", "百佳乐", Evasion::Homophone),
        ("看六和采票", "六和采", Evasion::Homophone),
        ("贝者场官网", "贝者场官网", Evasion::SplitCharacter),
        ("看百*家*乐好", "百*家*乐", Evasion::Inserted),
        ("看百🎲家乐好", "百🎲家乐", Evasion::Inserted),
        ("看，百 家 乐，好", "百 家 乐", Evasion::Inserted),
        ("play сasinо online", "сasinо online", Evasion::LookAlike),
        ("see Ьеt ｂеt365 now", "ｂеt365", Evasion::LookAlike),
        ("看百(bǎi)家(jiā)乐好", "百(bǎi)家(jiā)乐", Evasion::PinyinNoise),
        ("乐家百，投注", "乐家百", Evasion::Reversed),
        ("看bet三六五好", "bet三六五", Evasion::Numerals),
    ] {
        check_evasion(text, evasive, evasion);
    }
}

#[test]
fn a_list_is_not_a_word_with_gaps() {
    for text in ["广博 彩色 电视", "代理 加盟 返 水果", "首页 | 新闻 | 百 | 家长 | 乐园"]
    {
        let judgement = Lexicon::builtin().judge(Role::Hidden, text);
        assert!(!judgement.evasions.contains(&Evasion::Inserted), "{text}\n{judgement:#?}");
    }
}

#[test]
fn ordinary_text_is_not_copied() {
    for text in ["今天天气很好，我们去公园散步。", "plain lower case text", "ไทย ภาษา", "обычный текст"]
    {
        let normalised = Lexicon::builtin().normalise(text);
        assert!(matches!(normalised.text, std::borrow::Cow::Borrowed(_)), "{text}");
        assert!(normalised.evasions.is_empty());
    }
}

#[test]
fn latin_words_need_boundaries_and_chinese_ones_do_not() {
    let terms =
        |text: &str| Lexicon::builtin().hits(text).into_iter().map(|hit| hit.term).collect::<Vec<_>>();
    assert!(!terms("the slots of alphabetically sorted items").iter().any(|term| term == "bet"));
    assert!(terms("我爱百家乐真好").iter().any(|term| term == "百家乐"));
}

#[test]
fn brands_count_in_the_shape_of_a_platform_name() {
    let weight = |text: &str| {
        let hits = Lexicon::builtin().hits(text);
        hits.into_iter().find(|hit| hit.family == "brand").map(|hit| hit.weight)
    };
    assert_eq!(weight("米兰的秋天"), Some(Weight::Innocent));
    assert_eq!(weight("星空娱乐"), Some(Weight::Medium));
    assert_eq!(weight("星空娱乐app下载"), Some(Weight::Strong));
    assert_eq!(weight("国际米兰"), None);
}

#[test]
fn platform_hosts_score_and_honest_hosts_do_not() {
    let lexicon = Lexicon::builtin();
    for host in ["ky888.vip", "www.hth365.cc", "slotgacor.example.test", "bet365-cn.test", "lucky88.bet"] {
        assert!(lexicon.host_score(host) > 0.5, "{host}: {}", lexicon.host_score(host));
    }
    for host in [
        "www.example.test",
        "alphabet.test",
        "github.com",
        "people.com.cn",
        "203.0.113.7",
        "",
        "kyoto-u.ac.jp",
        "vip.com",
        "win.test",
    ] {
        assert!(lexicon.host_score(host) <= 0.5, "{host}: {}", lexicon.host_score(host));
    }
}

#[test]
fn a_trade_that_explains_nothing_known_is_told_with_its_line() {
    let source =
        "category = \"trade\"\n[[family]]\nname = \"mine\"\nwords = [\"坑道\"]\nexplains = [\"无此词\"]\n";
    let error = Lexicon::with_sets(&[(Path::new("mine.toml"), source)]).unwrap_err().to_string();
    assert!(error.contains("mine.toml, line 5") && error.contains("无此词"), "{error}");
    let misplaced = source.replace("trade", "gambling");
    let error = Lexicon::with_sets(&[(Path::new("mine.toml"), &misplaced)]).unwrap_err().to_string();
    assert!(error.contains("line 5") && error.contains("trade"), "{error}");
}

#[test]
fn a_users_set_is_read_and_its_faults_are_told_with_file_and_line() {
    let set = "category = \"other\"\n[[family]]\nname = \"goods\"\nweight = \"S\"\nwords = [\"紫檀幽兰\"]\n";
    let lexicon = Lexicon::with_sets(&[(Path::new("own.toml"), set)]).unwrap();
    assert_eq!(lexicon.judge(Role::Title, "出售紫檀幽兰").category, Some(Category::Other));
    for (source, line) in [
        ("category = \"nonsense\"\n", "line 1"),
        ("category = \"other\"\n[[family]]\nname = \"a\"\nweight = \"Q\"\nwords = []\n", "line 4"),
        ("category = \"other\"\n[[family]]\nname = \"a\"\nwords = [\n\"ok then\",\n\"!\"]\n", "line 6"),
        ("category = \"other\"\n[[family]\n", "line 2"),
    ] {
        let message = Lexicon::with_sets(&[(Path::new("own.toml"), source)]).unwrap_err().to_string();
        assert!(message.contains("own.toml") && message.contains(line), "{message}");
    }
}

#[test]
fn an_outside_link_is_a_partner() {
    let lexicon = Lexicon::builtin();
    let outside = Context { outside_link: true, ..Context::default() };
    assert_eq!(lexicon.judge_in(Role::Anchor, "博彩", &outside).category, Some(Category::Gambling));
    assert_eq!(lexicon.judge(Role::Anchor, "博彩").category, None);
}

proptest! {
    #[test]
    fn normalising_never_panics_and_maps_to_whole_characters(
        text in "(\\PC|[&#;\\\\%uxX0-9a-fA-F()]|[百家乐博彩赌賭樂\u{200B}\u{FE0F}\u{20E3}\u{301} *·]){0,40}"
    ) {
        let lexicon = Lexicon::builtin();
        let normalised = lexicon.normalise(&text);
        let mut last = 0;
        for (at, character) in normalised.text.char_indices() {
            let raw = normalised.raw(at..at + character.len_utf8());
            prop_assert!(text.get(raw.clone()).is_some(), "{raw:?}");
            prop_assert!(raw.start >= last);
            last = raw.start;
        }
        for role in [Role::Title, Role::Text, Role::Hidden] {
            let judgement = lexicon.judge(role, &text);
            prop_assert!((0.0..=1.0).contains(&judgement.score));
            prop_assert_eq!(judgement.category.is_some(), judgement.score >= 0.5);
            for hit in &judgement.hits {
                prop_assert!(text.get(hit.range.clone()).is_some());
            }
        }
    }
}
