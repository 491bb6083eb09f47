//! Pages that themselves promote something illegal.
//!
//! **What it finds.** Text blocks that promote gambling, fraud, covert devices, exam cheating, attack tools, false
//! documents or pornography; copies of somebody's sign-in page. **Why it matters.** Visitors are led into crime or
//! become its victims. **How it can be wrong.** Publicity against these things uses the same words and is silent when
//! it reads as publicity; advertising without words is not read.

mod phishing;

use super::analysis::{Analysis, Section, Sort, terms};
use super::card::{Card, Example, Seen, Text};
use super::dossier::Dossier;
use super::sighting::{Sighting, distinct_sightings};
use super::{Context, Detector};
use crate::finding::{Category, Finding, Kind, Outcome, Payload, Severity, Signal, State};
use crate::lexicon::{Hit, Judgement, Weight};

/// The detector.
pub(super) static DETECTOR: Detector = Detector { kind: Kind::IllegalContent, card: CARD, detect };

const CARD: Card = Card {
    since: "0.1.0",
    severity: Severity::Critical,
    looks_at: Text {
        zh: "访客可见的每一文字块、标题和表单；以最严重的文字块而非全页平均为准。",
        en: "Every block of text that visitors see, the title and the forms; the worst block decides, not the mean.",
    },
    finds: Text {
        zh: "页面本身推广赌博、投资诈骗、窃听窃照器材、考试作弊、黑客工具、假证件、色情，或仿冒他人登录页面。",
        en: "Pages that promote gambling, investment fraud, covert devices, exam cheating, attack tools, false documents or \
             pornography, or that copy somebody's sign-in page.",
    },
    matters: Text {
        zh: "访客可能因此参与违法活动或成为受害人；如页面属于被登记单位，往往意味着站点被入侵或域名被他人接手。",
        en: "Visitors are led into crime or become its victims; on a registered site it often means that somebody broke in or \
             took over the domain.",
    },
    errs: Text {
        zh: "反诈、禁赌宣传、新闻、法条和福彩体彩公告即使用词相同也不报；只有图片没有文字的推广无法识别。",
        en: "Publicity, news, statutes and official lotteries use the same words and stay silent; promotion in pictures only \
             cannot be read.",
    },
    references: &["https://developers.google.com/search/docs/essentials/spam-policies"],
    must_find: &[
        Example {
            name: "a casino's front page",
            seen: Seen::Page(
                "<title>某某娱乐城官网-真人百家乐-注册送88</title><h1>注册送88元彩金</h1><ul><li>真人视讯<li>体育投注<li>电子游艺\
                 <li>彩票游戏</ul><p>首存返水1.2%，百家乐、龙虎斗、时时彩24小时客服在线，提款秒到账，立即开户。</p>",
            ),
        },
        Example {
            name: "a copy of a sign-in page whose parts come from the true site",
            seen: Seen::Page(
                "<title>Sign in | Northbank</title><link rel=icon href='https://www.northbank.test/i.ico'>\
                 <form action='next.php' method=post><input name=user><input type=password name=pw></form>\
                 <a href='https://www.northbank.test/help'>Help</a><a href='https://www.northbank.test/legal'>Legal</a>\
                 <a href='https://www.northbank.test/privacy'>Privacy</a><a href='https://www.northbank.test/jobs'>Jobs</a>",
            ),
        },
    ],
    must_spare: &[
        Example {
            name: "a police warning",
            seen: Seen::Page(
                "<title>网警提醒：远离网络赌博</title><h1>网警提醒：远离网络赌博</h1><p>2024年3月1日 来源：某某市公安局</p>\
                 <p>近日，某某市公安局查处一起网络赌博案，抓获犯罪嫌疑人十二名。该团伙以注册送彩金为诱饵，组织他人参与百家乐等赌博活动。\
                 警方提醒：网络赌博是违法行为，请广大群众提高警惕，发现线索请拨打110举报。</p>",
            ),
        },
        Example {
            name: "a bank's own sign-in page",
            seen: Seen::Page(
                "<title>Sign in | Example</title><form action='/login' method=post><input name=user><input type=password name=pw></form>\
                 <a href='/help'>Help</a><a href='/legal'>Legal</a><a href='/privacy'>Privacy</a>",
            ),
        },
    ],
};

fn detect(dossier: &Dossier, context: &Context<'_>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut looked = false;
    for sighting in distinct_sightings(dossier) {
        looked = true;
        outcomes.extend(of_page(&sighting, context));
    }
    match (looked, outcomes.is_empty()) {
        (false, _) => vec![Outcome::NotApplicable(Kind::IllegalContent)],
        (true, true) => vec![Outcome::Pass(Kind::IllegalContent)],
        (true, false) => outcomes,
    }
}

/// What is found on one page.
pub(super) fn of_page(sighting: &Sighting<'_>, context: &Context<'_>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let analysis = context.analysis(sighting);
    let promoted = promotion(&analysis).filter(|promotion| {
        // Words of phishing are only words where nothing can be typed.
        promotion.category != Category::Phishing || !sighting.page.forms.is_empty()
    });
    let promoted = promoted.and_then(|promotion| finding(sighting, &analysis, &promotion));
    outcomes.extend(promoted.map(|finding| Outcome::Violation(Box::new(finding))));
    let phishing = phishing::judge(sighting, &analysis, context);
    outcomes.extend(phishing.map(|finding| Outcome::NeedsReview(Box::new(finding))));
    outcomes
}

/// What a page promotes in words that people see.
#[derive(Debug, Clone, Copy)]
pub(super) struct Promotion<'a> {
    /// What is promoted.
    pub(super) category: Category,
    /// 0 to 1.
    pub(super) score: f64,
    /// The words that say so.
    judgement: &'a Judgement,
    /// Where, as an index into the sections.
    section: usize,
    /// How many pieces promote it.
    pieces: usize,
    /// The title promotes it too.
    titled: bool,
    /// Only what users wrote promotes it.
    by_users: bool,
    /// No piece says it alone; title, heading and what follows do together.
    together: bool,
}

/// What the visible words of a page promote: the worst piece, or what the page opens with, and how much else agrees.
pub(super) fn promotion(analysis: &Analysis) -> Option<Promotion<'_>> {
    // Where nearly everything is judged hidden, it is the page itself: a script or a picture behind it shows it.
    // So it is where the site's own links, folded into a menu, say it over and over.
    let own_menu = analysis.links.iter().filter(|link| !link.outside && link.category.is_some()).count() >= 4;
    let bulk = (analysis.mostly_hidden || own_menu).then(|| worst(analysis, Sort::Hidden)).flatten();
    let piece = worst(analysis, Sort::Visible).or(bulk);
    let opening = opening(analysis);
    let (section, judgement, together) = match (piece, opening) {
        (Some(piece), Some(opening)) if opening.1.score > analysis.sections[piece].judgement.score => {
            (opening.0, opening.1, true)
        }
        (Some(piece), _) => (piece, &analysis.sections[piece].judgement, false),
        (None, Some(opening)) => (opening.0, opening.1, true),
        (None, None) => {
            let section = worst(analysis, Sort::UserContent)?;
            (section, &analysis.sections[section].judgement, false)
        }
    };
    let by_users = analysis.sections[section].sort == Sort::UserContent;
    let category = judgement.category?;
    let agrees = |piece: &&Section| piece.sort != Sort::Aside && piece.judgement.category == Some(category);
    let pieces = analysis.sections.iter().filter(agrees).count().max(1);
    let titled = analysis.title.category == Some(category);
    let agree = if titled { 0.15 } else { 0.0 } + 0.05 * (pieces - 1).min(4) as f64;
    let score = (judgement.score + agree).min(0.99);
    Some(Promotion { category, score, judgement, section, pieces, titled, by_users, together })
}

/// What title and first blocks say together, where both are about it, and the first visible piece that is. What the title
/// alone says was written into the title, and is the business of `injected-keywords`.
fn opening(analysis: &Analysis) -> Option<(usize, &Judgement)> {
    let category = analysis.opening.category?;
    let goes_on = |hit: &Hit| hit.range.start >= analysis.title_length && !is_support(&hit.family);
    if !analysis.opening.hits.iter().any(|hit| hit.category == category && goes_on(hit)) {
        return None;
    }
    let about = |judgement: &Judgement| {
        judgement.hits.iter().any(|hit| hit.category == category && hit.weight >= Weight::Medium)
    };
    let visible = || analysis.sections.iter().enumerate().filter(|(_, piece)| piece.sort == Sort::Visible);
    let first = visible().next()?.0;
    let place = visible().find(|(_, piece)| about(&piece.judgement)).map_or(first, |(index, _)| index);
    (about(&analysis.title) || analysis.title.category == Some(category))
        .then_some((place, &analysis.opening))
}

/// Whether words of that family stand on the pages of any shop.
fn is_support(family: &str) -> bool {
    matches!(family, "entry" | "contact" | "offer")
}

fn worst(analysis: &Analysis, sort: Sort) -> Option<usize> {
    let decided =
        |section: &&(usize, &Section)| section.1.sort == sort && section.1.judgement.category.is_some();
    let pieces: Vec<_> = analysis.sections.iter().enumerate().collect();
    pieces
        .iter()
        .filter(decided)
        .max_by(|(_, a), (_, b)| a.judgement.score.total_cmp(&b.judgement.score))
        .map(|(index, _)| *index)
}

fn finding(sighting: &Sighting<'_>, analysis: &Analysis, promotion: &Promotion<'_>) -> Option<Finding> {
    let page = sighting.page;
    let section = &analysis.sections[promotion.section];
    let block = page.blocks.get(section.blocks.start)?;
    let judgement = promotion.judgement;
    let alone = promotion.pieces == 1 && !promotion.titled;
    let contact = judgement.hits.iter().any(|hit| hit.family == "contact");
    let severity = match (promotion.by_users, alone && promotion.score < 0.8) {
        // People quote and complain; who names an account wants to be found.
        (true, _) if contact && promotion.score >= 0.8 => Severity::Medium,
        (true, _) => Severity::Low,
        // Short blocks that only stand together may not belong together.
        (false, true) if !promotion.together && (promotion.score < 0.7 || section.blocks.len() > 1) => {
            Severity::Low
        }
        (false, true) => Severity::Medium,
        (false, false) if promotion.category == Category::Spam => Severity::Medium,
        (false, false) => Severity::Critical,
    };
    let mut signals = vec![Signal::Payload];
    if !judgement.evasions.is_empty() {
        signals.push(Signal::Mechanism);
    }
    if analysis.links.iter().any(|link| link.foreign && link.category == Some(promotion.category)) {
        signals.push(Signal::Foreignness);
    }
    let text: String = page.blocks[section.blocks.clone()]
        .iter()
        .map(|block| block.text.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    let mark = section
        .judgement
        .hits
        .iter()
        .fold((text.len(), 0), |mark, hit| (mark.0.min(hit.range.start), mark.1.max(hit.range.end)));
    let mark = if mark.0 < mark.1 { mark } else { (0, 0) };
    let (zh, en) = named(promotion.category);
    let by_users = promotion.by_users;
    sighting
        .finding(Kind::IllegalContent, promotion.category.as_str())
        .verdict(State::Confirmed, severity, promotion.score)
        .title(format!("页面推广{zh}"), format!("The page promotes {en}"))
        .explanation(
            format!(
                "访客可见的文字{}出现推广{zh}的用语组合（{}），并非新闻或警示宣传的写法。",
                if by_users { "（用户发表区）" } else { "" },
                terms(judgement).collect::<Vec<_>>().join("、")
            ),
            format!(
                "Visible text{} combines words that promote {en} ({}); it does not read as news or a warning.",
                if by_users { " written by users" } else { "" },
                terms(judgement).collect::<Vec<_>>().join(", ")
            ),
        )
        .remedy(
            "核实页面归属：属本单位的，立即下线并排查入侵；域名或子站已被他人使用的，收回或停止解析；用户发布的，删除并加强审核。",
            "Find out whose page it is: if the operator's, take it down and look for the intrusion; if the domain or sub-site \
             is in other hands, take it back or stop resolving it; if users wrote it, delete it and moderate.",
        )
        .detail("pieces", promotion.pieces)
        .detail("in_title", promotion.titled)
        .detail("user_content", by_users)
        .place(sighting.place("promotion-text", &block.selector, block.line, &text, mark))
        .payload(Payload { category: Some(promotion.category), terms: terms(judgement).collect(), ..Payload::default() })
        .signals(signals)
        .build()
        .ok()
}

/// What a category is called in a sentence.
pub(super) fn named(category: Category) -> (&'static str, &'static str) {
    match category {
        Category::Gambling => ("赌博", "gambling"),
        Category::InvestmentFraud => ("投资诈骗、传销", "investment fraud or a pyramid scheme"),
        Category::CovertDevices => ("窃听窃照器材", "covert devices"),
        Category::ExamCheating => ("考试作弊", "exam cheating"),
        Category::AttackTools => ("黑客工具或攻击服务", "attack tools or hacking for hire"),
        Category::Pornography => ("色情", "pornography"),
        Category::FalseDocuments => ("假证件、假发票或个人信息买卖", "false documents or stolen data"),
        Category::Phishing => ("钓鱼欺诈", "phishing"),
        Category::Spam => ("仿品、药品等垃圾推广", "counterfeits, pharmacy or other spam"),
        Category::Other => ("违规内容", "content of a user's own set"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::judge;

    fn severities(html: &str) -> Vec<Severity> {
        let outcomes = judge(&Dossier::of_page("http://www.a.test/", html), &Context::builtin());
        let findings = outcomes.into_iter().filter_map(|outcome| match outcome {
            Outcome::Violation(finding) if finding.kind == Kind::IllegalContent => Some(finding.severity),
            _ => None,
        });
        findings.collect()
    }

    #[test]
    fn what_users_write_weighs_more_where_it_names_an_account() {
        let board = |post: &str| {
            format!(
                "<title>某某县</title><p>县情概况，欢迎留言。</p><ul class=comments><li>请问如何办理户口？<li>{post}</ul>"
            )
        };
        let named = severities(&board("真人百家乐，注册送88，首存返水，提款秒到，加微信 lucky8888"));
        assert_eq!(named, [Severity::Medium]);
        let quoted = severities(&board("真人百家乐，注册送88，首存返水，提款秒到"));
        assert_eq!(quoted, [Severity::Low]);
    }

    #[test]
    fn a_title_alone_does_not_make_a_promoting_page() {
        let page =
            |title: &str| format!("<title>{title}</title><h1>某某医院</h1><p>门诊时间与专家介绍。</p>");
        assert_eq!(severities(&page("真人荷官_百家乐在线投注")), []);
    }
}
