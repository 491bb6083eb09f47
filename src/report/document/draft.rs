//! Drafts for a word processor: rectification notice, talk record, worksheet of an online extraction.
//!
//! A draft is first a list of blocks, then a DOCX file. Blanks 〔　〕 stay for what only people know; every draft says that
//! it is one. These are Chinese forms and exist in Chinese alone.

use std::collections::BTreeSet;
use std::io::Cursor;

use docx_rs::{
    AlignmentType, Docx, Footer, LineSpacing, PageMargin, Paragraph, Run, RunFonts, Shading, Table,
    TableCell, TableRow, WidthType,
};

use super::CaseSheet;
use super::access::{self, Asked, Guise};
use crate::lang::Lang;
use crate::report::escape::visible;
use crate::report::reading::{Shown, clip};
use crate::report::{Confidence, Relation, ReportError, words};

/// A blank that a person fills in.
const BLANK: &str = "〔　　　　〕";
/// A day that a person fills in.
const DAY: &str = "〔　　　　〕年〔　　〕月〔　　〕日";
/// Characters of any text from a page.
const LONGEST: usize = 300;

/// SHA-256 of nothing.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A piece of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// An item of a list, numbered by the draft itself.
    Item(String),
    /// What is said about the draft, not part of its text.
    Remark(String),
    /// Headings of columns, their widths in hundredths of the page, rows.
    Table(Vec<(String, usize)>, Vec<Vec<String>>),
    /// A line at the right margin, for names and dates.
    Right(String),
}

use Block::{Heading, Item, Remark, Right, Text};

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its title.
    pub title: String,
    /// Its pieces in order.
    pub blocks: Vec<Block>,
    /// What stands below each page.
    pub foot: String,
}

fn foot(sheet: &CaseSheet<'_>, what: &str) -> String {
    format!(
        "{what}（草稿） · 事件编号 {} · {}",
        visible(sheet.incident.id.as_str()),
        CaseSheet::time(sheet.now)
    )
}

fn draft_remark() -> Block {
    Remark(
        "草稿：由程序依据外部访问所得线索生成，须由承办人核实、修改、审批后方可使用；所列情况和义务均为线索，不是认定。〔　〕处由人填写，本行使用前删除。"
            .to_owned(),
    )
}

/// What was seen, an item for each finding.
fn seen(sheet: &CaseSheet<'_>) -> Vec<Block> {
    sheet
        .findings
        .iter()
        .zip(&sheet.tracked)
        .map(|(reported, tracked)| {
            let shown = Shown::of(reported, Lang::Zh, jiff::tz::offset(8));
            let page = clip(&visible(&tracked.page), LONGEST);
            Item(format!(
                "{}：{}。页面 {page}；出现条件：{}；所见时间 {}。",
                shown.kind, shown.title, shown.conditions, shown.seen
            ))
        })
        .collect()
}

fn operator(sheet: &CaseSheet<'_>) -> String {
    sheet.site.operator.as_deref().map_or_else(|| BLANK.to_owned(), visible)
}

/// The duties of the operator that may be touched, an item each. What another person may have done to the site is no duty
/// of its operator.
fn duties(sheet: &CaseSheet<'_>) -> Vec<Block> {
    let duty = |duty: &&crate::report::Duty| {
        let get = |text: &crate::lang::Bilingual| visible(text.get(Lang::Zh));
        let unread = duty.confidence != Confidence::V || !duty.verified;
        Item(format!(
            "《{}》{}：{}{}",
            get(&duty.title).trim_matches(['《', '》']),
            get(&duty.article),
            get(&duty.duty).trim_end_matches('。'),
            if unread { "。〔条文未全文核对，须由承办人查证〕" } else { "。" }
        ))
    };
    let own = |duty: &&&crate::report::Duty| duty.relation != Relation::ThirdPartyOffence;
    sheet.duties().iter().filter(own).map(duty).collect()
}

/// 限期整改通知书, a draft.
pub fn notice(sheet: &CaseSheet<'_>) -> Draft {
    let mut remedies: Vec<String> = Vec::new();
    for reported in sheet.findings {
        let remedy = visible(reported.finding.remedy.get(Lang::Zh));
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    let name = sheet.site_name();
    let url = sheet
        .site
        .urls
        .first()
        .map(|url| visible(url))
        .unwrap_or_else(|| visible(sheet.incident.target.as_str()));
    let mut blocks = vec![
        draft_remark(),
        Right(format!("{BLANK}〔　　　　〕第〔　　〕号")),
        Text(format!("{}：", operator(sheet))),
        Text(format!(
            "经{BLANK}（检查方式、依据由承办人填写），发现你单位运营的网站“{name}”（{url}）存在下列情况："
        )),
    ];
    blocks.extend(seen(sheet));
    blocks.push(Text("上述情况可能涉及下列义务（是否违反以核查认定为准，承办人据实取舍）：".to_owned()));
    blocks.extend(duties(sheet));
    blocks.push(Text(format!(
        "依据{BLANK}（由承办人核定），请你单位于 {DAY}前完成下列整改，并将整改情况书面报送我单位："
    )));
    blocks.extend(remedies.into_iter().map(Item));
    blocks.extend([
        Text("整改期间请注意保存系统日志、网页文件、访问记录等，不得删除或覆盖。".to_owned()),
        Text(format!("逾期未整改的后果：{BLANK}（由承办人依法核定）。")),
        Text(format!("联系人：{BLANK}　　电话：{BLANK}")),
        Right(format!("{BLANK}（单位印章）")),
        Right(DAY.to_owned()),
        Text(format!("签收人：{BLANK}　　签收时间：{DAY}")),
    ]);
    Draft { title: "限期整改通知书".to_owned(), blocks, foot: foot(sheet, "限期整改通知书") }
}

/// 约谈记录, a draft.
pub fn talk(sheet: &CaseSheet<'_>) -> Draft {
    let row = |name: &str, text: String| vec![name.to_owned(), text];
    let head = vec![
        row("时间", format!("{DAY}〔　　〕时〔　　〕分 至〔　　〕时〔　　〕分")),
        row("地点", BLANK.to_owned()),
        row("约谈单位", BLANK.to_owned()),
        row("约谈人", format!("{BLANK}、{BLANK}（出示证件：〔是/否〕）")),
        row("记录人", BLANK.to_owned()),
        row("被约谈单位", operator(sheet)),
        row("参加人及职务", BLANK.to_owned()),
        row("涉及网站", format!("{}（{}）", sheet.site_name(), visible(sheet.incident.target.as_str()))),
    ];
    let mut blocks = vec![
        draft_remark(),
        Block::Table(vec![("项目".to_owned(), 20), ("内容".to_owned(), 80)], head),
        Heading("一、约谈事由".to_owned()),
        Text(format!(
            "外部访问所得线索，首次所见 {}，最后所见 {}：",
            CaseSheet::time(sheet.incident.first_seen),
            CaseSheet::time(sheet.incident.last_seen)
        )),
    ];
    blocks.extend(seen(sheet));
    blocks.push(Heading("二、告知".to_owned()));
    blocks.push(Text(format!("告知事项及依据：{BLANK}")));
    blocks.push(Heading("三、谈话内容".to_owned()));
    for question in [
        "单位网络安全负责人、该网站的管理与运维单位及联系方式？",
        "是否知悉上述情况？何时、如何发现？是否曾收到通报？",
        "网站采用何种系统与服务商？最近一次更新、备份的时间？",
        "已采取哪些处置措施？网站日志保存多久、是否完整？",
        "是否查明入侵途径、影响范围，有无数据泄露？是否按规定报告？",
        "整改措施、责任人和完成时限？",
    ] {
        blocks.push(Text(format!("问：{question}")));
        blocks.push(Text(format!("答：{BLANK}")));
    }
    blocks.push(Heading("四、约谈要求".to_owned()));
    blocks.push(Text(BLANK.to_owned()));
    blocks.push(Text("以上记录经本人核对无误。".to_owned()));
    blocks.push(Text(format!("被约谈人（签名）：{BLANK}　　{DAY}")));
    blocks.push(Text(format!("约谈人（签名）：{BLANK}、{BLANK}　　记录人（签名）：{BLANK}")));
    Draft { title: "约谈记录".to_owned(), blocks, foot: foot(sheet, "约谈记录") }
}

/// A worksheet that fills in a record of an online extraction (网络在线提取笔录), which only investigators make.
pub fn extraction(sheet: &CaseSheet<'_>) -> Draft {
    let mut blocks = vec![
        Remark(
            "工作底稿：本表由程序生成，供办案人员制作《网络在线提取笔录》时参考，本身不是笔录；笔录只能由侦查（办案）人员依法制作并签名。须由人核实，〔　〕处由人填写。"
                .to_owned(),
        ),
        Block::Table(vec![("项目".to_owned(), 22), ("内容".to_owned(), 78)], particulars(sheet)),
        Heading("一、步骤（他人可据此重复）".to_owned()),
    ];
    let mut steps: Vec<String> = Vec::new();
    for reported in sheet.findings {
        let step = visible(&reported.finding.reproduce);
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    blocks.extend(steps.into_iter().map(Item));
    blocks.push(Heading("二、请求与响应".to_owned()));
    let asked = || sheet.accesses.iter().flat_map(|one| &one.asked);
    let row = |one: &Asked| {
        vec![
            CaseSheet::time(one.at),
            format!("{} {}", one.method, one.status.map(|status| status.to_string()).unwrap_or_default()),
            format!("{}（身份 {}）", clip(&visible(&one.url), LONGEST), visible(one.profile.as_str())),
            one.remote.as_deref().map(visible).unwrap_or_default(),
            one.body.as_deref().map(body).unwrap_or_default(),
        ]
    };
    let columns = [("时间", 16), ("方法 状态", 10), ("网址", 34), ("服务器地址", 16), ("响应体 SHA-256", 24)];
    blocks.push(grid(&columns, asked().map(row).collect()));
    let left_out: usize = sheet.accesses.iter().map(|one| one.left_out).sum();
    let rest = if left_out > 0 {
        format!("另有 {left_out} 次请求（样式表等）未列，")
    } else {
        String::new()
    };
    blocks.push(Text(format!(
        "{rest}全部请求头、响应头和响应体原文见证据目录内 exchanges.warc.gz，逐项清单见 manifest.json。"
    )));
    blocks.push(Heading("三、电子数据清单".to_owned()));
    let columns = [("类别、格式、大小", 24), ("完整性校验值（SHA-256 / SM3）", 54), ("时间", 22)];
    blocks.push(grid(&columns, holdings(sheet)));
    blocks.extend([
        Text("网页数据可能随时变化，事后可能无法重复提取；原始响应、截图及清单随证据包保存，可用 xuncha evidence verify 离线核验。".to_owned()),
        Text(format!("可信时间戳：{BLANK}　　录像：{BLANK}")),
        Text(format!("提取人（签名）：{BLANK}、{BLANK}　　{DAY}")),
        Text(format!("持有人／见证人（签名，无则注明原因）：{BLANK}　　{DAY}")),
    ]);
    Draft {
        title: "网络在线提取笔录工作底稿".to_owned(),
        blocks,
        foot: foot(sheet, "网络在线提取笔录工作底稿"),
    }
}

/// What the head of the worksheet says, as far as the program knows it.
fn particulars(sheet: &CaseSheet<'_>) -> Vec<Vec<String>> {
    let row = |name: &str, lines: Vec<String>| {
        let lines = if lines.is_empty() { BLANK.to_owned() } else { lines.join("\n") };
        vec![name.to_owned(), lines]
    };
    let blank = |name: &str| row(name, Vec::new());
    let set = |texts: &mut dyn Iterator<Item = String>| {
        texts.collect::<BTreeSet<_>>().into_iter().collect::<Vec<String>>()
    };
    let accesses = &sheet.accesses;
    let asked = || accesses.iter().flat_map(|one| &one.asked);
    let host = |url: &str| url::Url::parse(url).ok().and_then(|url| url.host_str().map(visible));
    let at_host = |get: fn(&Asked) -> Option<&String>| {
        set(&mut asked().filter_map(|one| Some(format!("{} → {}", host(&one.url)?, visible(get(one)?)))))
    };
    let ends = sheet.findings.iter().filter_map(|one| {
        let payload = &one.finding.payload;
        payload.landing.as_ref().or_else(|| payload.urls.first())
    });
    let guise = |one: &Guise| {
        let referrer = one.referrer.as_deref().map_or_else(|| "无".to_owned(), visible);
        let language = one.language.as_deref().map_or_else(|| "无".to_owned(), visible);
        format!(
            "{}：Referer {referrer}；Cookie {}；Accept-Language {language}；User-Agent {}",
            words::profile(one.profile.as_str(), Lang::Zh),
            access::cookies(&one.cookies, Lang::Zh),
            visible(&one.user_agent),
        )
    };
    let site: Vec<String> =
        std::iter::once(sheet.site_name()).chain(sheet.site.urls.iter().map(|url| visible(url))).collect();
    let pictured = if sheet.is_pictured() {
        "已截图，见电子数据清单；录像：〔有/无〕"
    } else {
        "未截图；录像：〔有/无〕"
    };
    vec![
        blank("案由"),
        blank("委托（办案）单位"),
        row("授权或依据", sheet.site.authorisation.iter().map(|text| visible(text)).collect()),
        row("提取对象", site),
        row("涉案页面", set(&mut sheet.tracked.iter().map(|one| clip(&visible(&one.page), LONGEST)))),
        row("所指向的地址", set(&mut ends.map(|url| clip(&visible(url), LONGEST)))),
        row("域名与实际连接的地址", at_host(|one| one.remote.as_ref())),
        row(
            "TLS 证书指纹（SHA-256）",
            match at_host(|one| one.certificate.as_ref()) {
                none if none.is_empty() && !accesses.is_empty() => vec!["未使用 TLS".to_owned()],
                some => some,
            },
        ),
        row(
            "起止时间（北京时间，UTC+8）",
            accesses
                .iter()
                .map(|one| format!("{} 至 {}", CaseSheet::time(one.began), CaseSheet::time(one.ended)))
                .collect(),
        ),
        row("时钟来源与偏差", set(&mut accesses.iter().map(|one| visible(&one.clock)))),
        blank("地点"),
        row("网络出口", set(&mut accesses.iter().filter_map(|one| one.egress.as_deref().map(visible)))),
        row("访问方式", access::guises(accesses).into_iter().map(guise).collect()),
        row(
            "工具与规则版本",
            set(&mut accesses
                .iter()
                .map(|one| format!("巡查 xuncha {}；规则 {}", visible(&one.version), visible(&one.rules)))),
        ),
        blank("运行环境（设备、系统）"),
        row("截图录像", vec![pictured.to_owned()]),
        row("证据目录", accesses.iter().map(|one| visible(&one.folder)).collect()),
    ]
}

/// The list of electronic data: pieces of evidence, then the files that hold everything.
fn holdings(sheet: &CaseSheet<'_>) -> Vec<Vec<String>> {
    let kept =
        |digest: &str| sheet.accesses.iter().flat_map(|one| &one.pieces).find(|one| one.sha256 == digest);
    let mut rows = Vec::new();
    for [role, sha256, sm3, at] in sheet.evidence(Lang::Zh) {
        let what = match kept(&sha256) {
            Some(file) => format!("{role}\n{}，{} 字节", visible(file.format()), file.size),
            None if sha256 == NOTHING => format!("{role}\n空，0 字节"),
            None => role,
        };
        rows.push(vec![what, format!("{sha256}\n{sm3}"), at]);
    }
    for file in sheet.accesses.iter().flat_map(|one| &one.whole) {
        let name = file.name.as_str();
        let role = match name {
            _ if name.ends_with(".warc.gz") => "全部请求与响应",
            _ if name.ends_with(".json") => "清单",
            _ => "校验值",
        };
        let what = format!("{role}\n{}，{} 字节", visible(name), file.size);
        rows.push(vec![
            what,
            format!("{}\n{}", visible(&file.sha256), visible(&file.sm3)),
            CaseSheet::time(file.at),
        ]);
    }
    rows
}

/// A body by its digest.
fn body(sha256: &str) -> String {
    if sha256 == NOTHING { "（空）".to_owned() } else { visible(sha256) }
}

fn grid(columns: &[(&str, usize)], rows: Vec<Vec<String>>) -> Block {
    Block::Table(columns.iter().map(|(name, width)| ((*name).to_owned(), *width)).collect(), rows)
}

/// A draft as a DOCX file.
///
/// # Errors
/// When the file cannot be packed.
pub fn docx(draft: &Draft) -> Result<Vec<u8>, ReportError> {
    let fonts = || RunFonts::new().ascii("Times New Roman").hi_ansi("Times New Roman").east_asia("仿宋");
    let black = || RunFonts::new().ascii("Times New Roman").hi_ansi("Times New Roman").east_asia("黑体");
    let run = |text: &str| lines(Run::new().fonts(fonts()), text);
    let spaced = |paragraph: Paragraph| paragraph.line_spacing(LineSpacing::new().after(120).line(400));
    let margin = PageMargin::new().top(1440).bottom(1300).left(1500).right(1500);
    let foot = Paragraph::new()
        .align(AlignmentType::Center)
        .add_run(Run::new().add_text(&draft.foot).size(16).color("666666"));
    let title = lines(Run::new().fonts(black()).size(36), &draft.title);
    let title = Paragraph::new()
        .align(AlignmentType::Center)
        .line_spacing(LineSpacing::new().after(240))
        .add_run(title);
    let mut word = Docx::new()
        .page_size(11906, 16838)
        .page_margin(margin)
        .default_size(24)
        .default_fonts(fonts())
        .footer(Footer::new().add_paragraph(foot))
        .add_paragraph(title);
    let mut number = 0;
    for block in &draft.blocks {
        if !matches!(block, Item(_)) {
            number = 0;
        }
        let paragraph = match block {
            Heading(text) => spaced(
                Paragraph::new().keep_next(true).add_run(lines(Run::new().fonts(black()).size(26), text)),
            ),
            Text(text) => spaced(Paragraph::new().first_line_chars(200).add_run(run(text))),
            Item(text) => {
                number += 1;
                spaced(Paragraph::new().first_line_chars(200).add_run(run(&format!("{number}．{text}"))))
            }
            Remark(text) => {
                let remark = lines(Run::new().fonts(fonts()).size(20).color("C00000"), text);
                spaced(Paragraph::new().add_run(remark))
            }
            Right(text) => spaced(Paragraph::new().align(AlignmentType::Right).add_run(run(text))),
            Block::Table(columns, rows) => {
                word = word.add_table(table(columns, rows)).add_paragraph(Paragraph::new());
                continue;
            }
        };
        word = word.add_paragraph(paragraph);
    }
    let mut packed = Cursor::new(Vec::new());
    word.build().pack(&mut packed).map_err(|error| ReportError::Pack(error.to_string()))?;
    Ok(packed.into_inner())
}

/// Text with its line ends.
fn lines(run: Run, text: &str) -> Run {
    let mut run = run;
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            run = run.add_break(docx_rs::BreakType::TextWrapping);
        }
        run = run.add_text(line);
    }
    run
}

/// A table across the page.
fn table(columns: &[(String, usize)], rows: &[Vec<String>]) -> Table {
    /// The width between the margins, in twentieths of a point.
    const PAGE: usize = 8906;
    let widths: Vec<usize> = columns.iter().map(|(_, share)| PAGE * share / 100).collect();
    let small = columns.len() > 2;
    let cell = |text: &str, width: usize, head: bool| {
        let size = if small { 17 } else { 21 };
        let run = lines(Run::new().size(size), text);
        let run = if head { run.bold() } else { run };
        let cell = TableCell::new().width(width, WidthType::Dxa).add_paragraph(Paragraph::new().add_run(run));
        if head { cell.shading(Shading::new().fill("EDF1F6")) } else { cell }
    };
    let head = columns.iter().zip(&widths).map(|((name, _), width)| cell(name, *width, true)).collect();
    let mut all = vec![TableRow::new(head)];
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate();
        // In a table of two columns the first says what the second is.
        all.push(TableRow::new(
            cells.map(|(at, (text, width))| cell(text, *width, at == 0 && !small)).collect(),
        ));
    }
    Table::new(all).set_grid(widths).width(PAGE, WidthType::Dxa).layout(docx_rs::TableLayoutType::Fixed)
}
