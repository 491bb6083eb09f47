//! Registers as tables: rows of CSV or XLSX under Chinese or English headings, read and written.
//!
//! A spreadsheet runs what begins with an equals sign; cells that would are written as text.

use std::path::Path;
use std::sync::Arc;

use super::field::{FIELDS, Field, Form};
use super::mistake::Mistakes;
use super::sheet::{self, Row, guarded};
use super::written::{Piece, Pieces, Written};
use super::{At, Mistake, Target, check, write};
use crate::lang::{Bilingual, Lang};

/// Rows that are looked through for the headings: registers often begin with a title.
const HEAD_ROWS: usize = 10;

/// Why a table cannot be read or written at all.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// No workbook that can be opened, though it begins as one.
    #[error("read the table: {0}")]
    Unreadable(String),
    /// Text in none of the encodings of spreadsheets.
    #[error("read the table: it is neither UTF-8, UTF-16 nor GB18030 text")]
    Encoding,
    /// More than any register holds.
    #[error("read the table: it holds over {0} rows, or too much text; split it")]
    TooLarge(usize),
    /// No row holds a heading for the address.
    #[error("find the headings: a row must hold url (or 网址); headings found: {0}")]
    NoHeadings(String),
    /// It cannot be written.
    #[error("write the table: {0}")]
    Write(String),
}

impl TableError {
    /// What failed, for people.
    pub fn said(&self) -> Bilingual {
        let zh = match self {
            Self::Unreadable(what) => format!("无法读取表格：{what}"),
            Self::Encoding => "无法读取表格：既非 UTF-8、UTF-16，也非 GB18030 文本".to_owned(),
            Self::TooLarge(rows) => format!("表格超过 {rows} 行或文字过多，请拆分"),
            Self::NoHeadings(found) => format!("找不到列名：须有一行含“网址”（或 url）；首行为：{found}"),
            Self::Write(what) => format!("无法写出表格：{what}"),
        };
        Bilingual::new(zh, format!("failed to {self}"))
    }
}

/// What a table holds.
#[derive(Debug)]
pub struct Imported {
    /// The targets, in the order of rows.
    pub targets: Vec<Target>,
    /// The fields that the table has columns for.
    pub columns: Vec<&'static Field>,
    /// Mistakes and doubts by row and column.
    pub mistakes: Vec<Mistake>,
    /// Headings that mean no field; their columns are passed over.
    pub unknown: Vec<String>,
}

/// Reads a table from the bytes of a file; its name is for messages alone, its bytes say what it is.
///
/// # Errors
/// It is no table, or has no headings.
pub fn read(file: &Path, bytes: &[u8]) -> Result<Imported, TableError> {
    let rows = sheet::rows(bytes)?;
    let (at, columns, unknown) = headings(&rows)?;
    let file: Arc<Path> = Arc::from(file);
    let mut mistakes = Mistakes::default();
    let mut checked = Vec::new();
    for row in &rows[at + 1..] {
        let written = written(&file, row, &columns);
        checked.extend(check::check(&written, &mut mistakes).map(|target| (target, written.at)));
    }
    let keep = check::duplicates(&checked, &mut mistakes);
    let targets =
        checked.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|((target, _), _)| target).collect();
    let columns = columns.into_iter().flatten().collect();
    Ok(Imported { targets, columns, mistakes: mistakes.finish(), unknown })
}

/// The row of headings, the field of each column, and headings that mean none.
type Headings = (usize, Vec<Option<&'static Field>>, Vec<String>);

fn headings(rows: &[Row]) -> Result<Headings, TableError> {
    for (at, Row { cells, .. }) in rows.iter().enumerate().take(HEAD_ROWS) {
        let columns: Vec<_> = cells.iter().map(|cell| Field::by_heading(cell)).collect();
        if columns.iter().flatten().any(|field| field.key == "urls") {
            let strange =
                cells.iter().zip(&columns).filter(|(cell, field)| field.is_none() && !cell.trim().is_empty());
            let unknown = strange.map(|(cell, _)| cell.trim().to_owned()).collect();
            return Ok((at, columns, unknown));
        }
    }
    let first = rows.first().map(|row| row.cells.join(", ")).unwrap_or_default();
    Err(TableError::NoHeadings(first.chars().take(200).collect()))
}

/// What a row says. Where two columns mean one field, lists are joined and of single values the first counts.
fn written(file: &Arc<Path>, row: &Row, columns: &[Option<&'static Field>]) -> Written {
    let mut pieces = Pieces::new();
    for (column, (cell, field)) in row.cells.iter().zip(columns).enumerate() {
        let Some(field) = field else { continue };
        let at = At { file: Arc::clone(file), line: row.number, column: column + 1 };
        let texts: Vec<&str> = match field.form {
            // Where lines separate the texts, other marks belong to them.
            Form::Texts if cell.contains('\n') => cell.split('\n').collect(),
            Form::Texts => cell.split([';', '；', '、', ',', '，']).collect(),
            _ => vec![cell.as_str()],
        };
        let texts = texts.into_iter().map(str::trim).filter(|text| !text.is_empty());
        let found: Vec<_> = texts.map(|text| Piece { text: text.to_owned(), at: at.clone() }).collect();
        match pieces.get_mut(field.key) {
            Some(before) if field.form == Form::Texts => before.extend(found),
            Some(_) => {}
            None if found.is_empty() => {}
            None => {
                pieces.insert(field.key, found);
            }
        }
    }
    Written { pieces, at: At { file: Arc::clone(file), line: row.number, column: 1 } }
}

/// The headings of every field, and the rows of targets.
fn rows<'a>(targets: impl IntoIterator<Item = &'a Target>, lang: Lang) -> Vec<Vec<String>> {
    let heading = |field: &Field| match lang {
        Lang::Zh => field.zh.to_owned(),
        Lang::En => field.en.to_owned(),
    };
    let mut rows = vec![FIELDS.iter().map(heading).collect::<Vec<_>>()];
    for target in targets {
        let texts = write::texts(target);
        let of = |field: &Field| {
            texts
                .iter()
                .find(|(own, _)| own.key == field.key)
                .map(|(_, texts)| lines(texts))
                .unwrap_or_default()
        };
        rows.push(FIELDS.iter().map(of).collect());
    }
    rows
}

/// Targets as CSV with a byte order mark, which spreadsheets need to read Chinese.
///
/// # Errors
/// A row cannot be written.
pub fn csv<'a>(targets: impl IntoIterator<Item = &'a Target>, lang: Lang) -> Result<Vec<u8>, TableError> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    for row in rows(targets, lang) {
        let cells = row.iter().map(|cell| guarded(cell));
        writer.write_record(cells).map_err(|error| TableError::Write(error.to_string()))?;
    }
    writer.into_inner().map_err(|error| TableError::Write(error.to_string()))
}

/// Targets as a workbook; every cell is text.
///
/// # Errors
/// The workbook cannot be made.
pub fn xlsx<'a>(targets: impl IntoIterator<Item = &'a Target>, lang: Lang) -> Result<Vec<u8>, TableError> {
    let failed = |error: rust_xlsxwriter::XlsxError| TableError::Write(error.to_string());
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let bold = rust_xlsxwriter::Format::new().set_bold();
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    for (number, row) in (0u32..).zip(rows(targets, lang)) {
        for (column, cell) in (0u16..).zip(row) {
            let written = match number {
                0 => sheet.write_string_with_format(number, column, &cell, &bold),
                _ => sheet.write_string(number, column, &cell),
            };
            written.map_err(failed)?;
        }
    }
    sheet.autofit();
    book.save_to_buffer().map_err(failed)
}

/// Texts as one cell, a line each; a single one that holds another separator keeps its line break.
fn lines(texts: &[String]) -> String {
    let alone = texts.len() == 1 && texts[0].contains([';', '；', '、', ',', '，']);
    texts.join("\n") + if alone { "\n" } else { "" }
}

/// What to tell of headings that mean no field.
pub fn passed_over(unknown: &[String]) -> Option<Bilingual> {
    if unknown.is_empty() {
        return None;
    }
    let names =
        unknown.iter().take(12).map(|name| name.escape_debug().to_string()).collect::<Vec<_>>().join("、");
    Some(Bilingual::new(
        format!("略过不认识的列：{names}"),
        format!("columns passed over, as their headings mean no field: {names}"),
    ))
}
