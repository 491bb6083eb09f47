//! Lists of incidents and findings, for spreadsheets.

use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::incident::{Incident, Standing};
use crate::lang::Lang;
use crate::report::escape::{cell, defanged, visible};
use crate::report::reading::{clip, time};
use crate::report::{ReportError, Reported, words};

/// Characters of a cell at the most: a spreadsheet takes 32,767.
const LONGEST: usize = 4000;

/// An incident with what is registered of its site.
#[derive(Debug, Clone)]
pub struct Listed<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// How it stands.
    pub standing: Standing,
    /// The name of the site.
    pub site: Option<&'a str>,
    /// The operator.
    pub operator: Option<&'a str>,
    /// Administrative division.
    pub division: Option<&'a str>,
}

fn at(when: Option<jiff::Timestamp>) -> String {
    when.map(|when| time(when, jiff::tz::offset(8))).unwrap_or_default()
}

fn incident_heads(lang: Lang) -> [&'static str; 14] {
    match lang {
        Lang::Zh => [
            "事件编号",
            "级别",
            "状态",
            "网站",
            "网站名称",
            "主办单位",
            "行政区划",
            "种类",
            "内容类别",
            "涉及域名",
            "首次发现",
            "最后所见",
            "此前最后正常",
            "此后首次正常",
        ],
        Lang::En => [
            "incident",
            "severity",
            "state",
            "site",
            "name",
            "operator",
            "division",
            "kinds",
            "content",
            "domains",
            "first seen",
            "last seen",
            "last clean before",
            "first clean after",
        ],
    }
}

fn incident_row(one: &Listed<'_>, lang: Lang) -> Vec<String> {
    let incident = one.incident;
    let maybe = |text: Option<&str>| text.map(visible).unwrap_or_default();
    let kinds: Vec<_> = incident.kinds.iter().map(|kind| words::kind(*kind).get(lang)).collect();
    let hosts: Vec<_> = incident.hosts.iter().map(|host| defanged(host)).collect();
    vec![
        visible(incident.id.as_str()),
        words::severity(incident.severity).get(lang).to_owned(),
        words::standing(one.standing).get(lang).to_owned(),
        visible(incident.target.as_str()),
        maybe(one.site),
        maybe(one.operator),
        maybe(one.division),
        kinds.join(if lang == Lang::Zh { "、" } else { ", " }),
        incident.category.map(|category| words::category(category).get(lang)).unwrap_or_default().to_owned(),
        hosts.join(" "),
        at(Some(incident.first_seen)),
        at(Some(incident.last_seen)),
        at(incident.last_clean_before),
        at(incident.first_clean_after),
    ]
}

fn finding_heads(lang: Lang) -> [&'static str; 10] {
    match lang {
        Lang::Zh => [
            "事件编号",
            "发现编号",
            "级别",
            "种类",
            "标题",
            "网址",
            "出现条件",
            "指向",
            "首次发现",
            "最后所见",
        ],
        Lang::En => [
            "incident",
            "finding",
            "severity",
            "kind",
            "title",
            "address",
            "shows",
            "leads to",
            "first seen",
            "last seen",
        ],
    }
}

fn finding_row(reported: &Reported, lang: Lang) -> Vec<String> {
    let finding = &reported.finding;
    let leads: Vec<_> = finding.payload.urls.iter().take(10).map(|url| defanged(url)).collect();
    vec![
        reported.incident.as_ref().map(|incident| visible(incident.id.as_str())).unwrap_or_default(),
        visible(finding.id.as_str()),
        words::severity(finding.severity).get(lang).to_owned(),
        words::kind(finding.kind).get(lang).to_owned(),
        visible(finding.title.get(lang)),
        defanged(finding.url.as_str()),
        words::conditions(&finding.conditions, lang),
        leads.join(" "),
        at(Some(finding.first_seen)),
        at(Some(finding.last_seen)),
    ]
}

/// Incidents and findings as a workbook of two sheets. Every cell is text: nothing is taken for a formula or a link.
///
/// # Errors
/// When the workbook cannot be written.
pub fn xlsx(incidents: &[Listed<'_>], findings: &[Reported], lang: Lang) -> Result<Vec<u8>, ReportError> {
    let packed = |error: XlsxError| ReportError::Pack(error.to_string());
    let mut book = Workbook::new();
    let names = if lang == Lang::Zh { ["事件", "发现"] } else { ["incidents", "findings"] };
    let rows = incidents.iter().map(|one| incident_row(one, lang)).collect::<Vec<_>>();
    fill(book.add_worksheet().set_name(names[0]).map_err(packed)?, &incident_heads(lang), &rows)
        .map_err(packed)?;
    let rows = findings.iter().map(|one| finding_row(one, lang)).collect::<Vec<_>>();
    fill(book.add_worksheet().set_name(names[1]).map_err(packed)?, &finding_heads(lang), &rows)
        .map_err(packed)?;
    book.save_to_buffer().map_err(packed)
}

fn fill(sheet: &mut Worksheet, heads: &[&str], rows: &[Vec<String>]) -> Result<(), XlsxError> {
    let head = Format::new().set_bold().set_background_color("EDF1F6");
    let body = Format::new().set_align(FormatAlign::Top).set_text_wrap();
    for (column, name) in (0_u16..).zip(heads) {
        sheet.write_string_with_format(0, column, *name, &head)?;
        let longest =
            rows.iter().filter_map(|row| row.get(usize::from(column))).map(|text| text.chars().count()).max();
        let wide = longest.unwrap_or(0).clamp(8, 40);
        sheet.set_column_width(column, u32::try_from(wide).map_or(12.0, f64::from) * 1.3)?;
    }
    for (number, row) in (1_u32..).zip(rows) {
        for (column, text) in (0_u16..).zip(row) {
            sheet.write_string_with_format(number, column, clip(text, LONGEST), &body)?;
        }
    }
    let last = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let columns = u16::try_from(heads.len()).unwrap_or(1).saturating_sub(1);
    sheet.autofilter(0, 0, last, columns)?.set_freeze_panes(1, 0)?;
    Ok(())
}

/// Incidents as CSV in UTF-8 with a mark, so that spreadsheets read Chinese; cells that look like formulas are quoted.
///
/// # Errors
/// When a row cannot be written.
pub fn csv(incidents: &[Listed<'_>], lang: Lang) -> Result<Vec<u8>, ReportError> {
    table(&incident_heads(lang), incidents.iter().map(|one| incident_row(one, lang)))
}

/// Findings as CSV, as [`csv()`] writes incidents.
///
/// # Errors
/// When a row cannot be written.
pub fn csv_of_findings(findings: &[Reported], lang: Lang) -> Result<Vec<u8>, ReportError> {
    table(&finding_heads(lang), findings.iter().map(|one| finding_row(one, lang)))
}

fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, ReportError> {
    let packed = |error: ::csv::Error| ReportError::Pack(error.to_string());
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(heads).map_err(packed)?;
    for row in rows {
        writer.write_record(row.iter().map(|text| cell(&clip(text, LONGEST)))).map_err(packed)?;
    }
    writer.into_inner().map_err(|error| ReportError::Pack(error.to_string()))
}
