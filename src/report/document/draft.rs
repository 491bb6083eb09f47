//! Drafts for a word processor: rectification notice, talk record, worksheet of an online extraction.
//!
//! A draft is first a list of blocks, then a DOCX file. Blanks 〔　〕 stay for what only people know; every draft says that
//! it is one. These are Chinese forms and exist in Chinese alone.

use std::io::Cursor;

use docx_rs::{
    AlignmentType, Docx, Footer, LineSpacing, PageMargin, Paragraph, Run, RunFonts, Shading, Table,
    TableCell, TableRow, WidthType,
};

use super::CaseSheet;
use crate::lang::Lang;
use crate::report::escape::visible;
use crate::report::reading::{Shown, clip};
use crate::report::{Relation, ReportError};

/// A blank that a person fills in.
const BLANK: &str = "〔　　　　〕";
/// A day that a person fills in.
const DAY: &str = "〔　　　　〕年〔　　〕月〔　　〕日";
/// Characters of any text from a page.
const LONGEST: usize = 300;

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

/// One way in which pages were visited, as the manifests of the evidence state it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// The folder of evidence.
    pub folder: String,
    /// Begin and end, with the zone.
    pub time: String,
    /// Profile, user agent, referrer, cookies, language.
    pub conditions: Vec<String>,
    /// Program and rules.
    pub tool: String,
    /// What is known of the clock.
    pub clock: String,
    /// From which network it went out.
    pub egress: String,
    /// Requests: time, method, address, status, server address, digest of the body.
    pub requests: Vec<[String; 6]>,
    /// SHA-256 of the manifest.
    pub manifest: String,
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
        Item(format!(
            "《{}》{}：{}",
            get(&duty.title).trim_matches(['《', '》']),
            get(&duty.article),
            get(&duty.duty)
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
pub fn extraction(sheet: &CaseSheet<'_>, accesses: &[Access]) -> Draft {
    let row = |name: &str, text: String| vec![name.to_owned(), text];
    let urls: Vec<_> = sheet.site.urls.iter().map(|url| visible(url)).collect();
    let pages: std::collections::BTreeSet<_> =
        sheet.tracked.iter().map(|one| clip(&visible(&one.page), LONGEST)).collect();
    let list =
        |texts: &mut dyn Iterator<Item = &String>| texts.map(String::as_str).collect::<Vec<_>>().join("\n");
    let each = |get: fn(&Access) -> &String| {
        let mut texts: Vec<&String> = accesses.iter().map(get).filter(|text| !text.is_empty()).collect();
        texts.dedup();
        list(&mut texts.into_iter())
    };
    let or_blank = |text: String| if text.is_empty() { BLANK.to_owned() } else { text };
    let conditions: std::collections::BTreeSet<&String> =
        accesses.iter().flat_map(|one| &one.conditions).collect();
    let head = vec![
        row("案由", BLANK.to_owned()),
        row("委托（办案）单位", BLANK.to_owned()),
        row("授权或依据", or_blank(sheet.site.authorisation.as_deref().map(visible).unwrap_or_default())),
        row("提取对象", format!("{}\n{}", sheet.site_name(), or_blank(urls.join("\n")))),
        row("页面", list(&mut pages.iter())),
        row("访问时间（北京时间）", or_blank(each(|one| &one.time))),
        row("时钟", or_blank(each(|one| &one.clock))),
        row("地点", BLANK.to_owned()),
        row("网络出口", or_blank(each(|one| &one.egress))),
        row("访问方式", or_blank(conditions.iter().map(|text| text.as_str()).collect::<Vec<_>>().join("\n"))),
        row("工具", or_blank(each(|one| &one.tool))),
        row(
            "截图录像",
            if sheet.is_pictured() {
                "已截图，见证据清单；录像：〔有/无〕".to_owned()
            } else {
                "未截图；录像：〔有/无〕".to_owned()
            },
        ),
        row(
            "证据目录与清单摘要",
            or_blank(
                accesses
                    .iter()
                    .map(|one| format!("{}\nmanifest.json SHA-256 {}", one.folder, one.manifest))
                    .collect::<Vec<_>>()
                    .join("\n"),
            ),
        ),
    ];
    let mut blocks = vec![
        Remark(
            "工作底稿：本表由程序生成，供办案人员制作《网络在线提取笔录》时参考，本身不是笔录；笔录只能由侦查（办案）人员依法制作并签名。〔　〕处由人填写。"
                .to_owned(),
        ),
        Block::Table(vec![("项目".to_owned(), 22), ("内容".to_owned(), 78)], head),
        Heading("步骤（他人可据此重复）".to_owned()),
    ];
    let mut steps: Vec<String> = Vec::new();
    for reported in sheet.findings {
        let step = visible(&reported.finding.reproduce);
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    blocks.extend(steps.into_iter().map(Item));
    let requests: Vec<Vec<String>> =
        accesses.iter().flat_map(|one| &one.requests).map(|row| row.to_vec()).collect();
    if !requests.is_empty() {
        blocks.push(Heading("请求与响应".to_owned()));
        let columns = [
            ("时间", 16),
            ("方法", 7),
            ("网址", 33),
            ("状态", 7),
            ("服务器地址", 15),
            ("响应体 SHA-256", 22),
        ];
        blocks.push(Block::Table(columns.map(|(name, width)| (name.to_owned(), width)).to_vec(), requests));
    }
    blocks.push(Heading("电子数据清单".to_owned()));
    let columns = [("类别", 12), ("完整性校验值（SHA-256 / SM3）", 66), ("时间", 22)];
    let rows = sheet
        .evidence(Lang::Zh)
        .into_iter()
        .map(|[role, sha256, sm3, at]| vec![role, format!("{sha256}\n{sm3}"), at]);
    blocks.push(Block::Table(columns.map(|(name, width)| (name.to_owned(), width)).to_vec(), rows.collect()));
    blocks.extend([
        Text("网页数据可能随时变化，事后可能无法重复提取；原始响应、截图及清单随证据包保存，可用 xuncha evidence verify 离线核验。".to_owned()),
        Text(format!("提取人（签名）：{BLANK}、{BLANK}　　{DAY}")),
        Text(format!("持有人／见证人（签名，无则注明原因）：{BLANK}　　{DAY}")),
    ]);
    Draft {
        title: "网络在线提取笔录工作底稿".to_owned(),
        blocks,
        foot: foot(sheet, "网络在线提取笔录工作底稿"),
    }
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
