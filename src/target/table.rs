//! Registers as tables: rows of CSV or XLSX under Chinese or English headings, read and written.
//!
//! A spreadsheet runs what begins with an equals sign; cells that would are written as text.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use calamine::{Data, Reader as _};

use super::field::{FIELDS, Field, Form};
use super::written::{Piece, Written};
use super::{At, Mistake, Target, check, write};
use crate::lang::{Bilingual, Lang};

/// Rows that are looked through for the headings: registers often begin with a title.
const HEAD_ROWS: usize = 10;
/// The most rows and columns that are read.
const MOST_ROWS: usize = 1_000_000;
const MOST_COLUMNS: usize = 256;

/// Why a table cannot be read or written at all.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Neither a spreadsheet nor text.
    #[error("read the table: {0}")]
    Unreadable(String),
    /// No row holds a heading for the address.
    #[error("find the headings: a row must hold url (or 网址); headings found: {0}")]
    NoHeadings(String),
    /// It cannot be written.
    #[error("write the table: {0}")]
    Write(String),
}

/// What a table holds.
#[derive(Debug)]
pub struct Imported {
    /// The targets, in the order of rows.
    pub targets: Vec<Target>,
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
    let rows = if bytes.starts_with(b"PK") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        sheet(bytes)?
    } else {
        text_rows(bytes)?
    };
    let (at, columns, unknown) = headings(&rows)?;
    let file: Arc<Path> = Arc::from(file);
    let mut mistakes = Vec::new();
    let mut checked = Vec::new();
    for (index, row) in rows.iter().enumerate().skip(at + 1) {
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let written = written(&file, index + 1, row, &columns);
        checked.extend(check::check(&written, &mut mistakes).map(|target| (target, written.at)));
    }
    let keep = check::duplicates(&checked, &mut mistakes);
    let targets =
        checked.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|((target, _), _)| target).collect();
    Ok(Imported { targets, mistakes, unknown })
}

/// The row of headings, the field of each column, and headings that mean none.
type Headings = (usize, Vec<Option<&'static Field>>, Vec<String>);

fn headings(rows: &[Vec<String>]) -> Result<Headings, TableError> {
    for (at, row) in rows.iter().enumerate().take(HEAD_ROWS) {
        let columns: Vec<_> = row.iter().map(|cell| Field::by_heading(cell)).collect();
        if columns.iter().flatten().any(|field| field.key == "urls") {
            let strange =
                row.iter().zip(&columns).filter(|(cell, field)| field.is_none() && !cell.trim().is_empty());
            let unknown = strange.map(|(cell, _)| cell.trim().to_owned()).collect();
            return Ok((at, columns, unknown));
        }
    }
    let first = rows.first().map(|row| row.join(", ")).unwrap_or_default();
    Err(TableError::NoHeadings(first.chars().take(200).collect()))
}

fn written(file: &Arc<Path>, line: usize, row: &[String], columns: &[Option<&'static Field>]) -> Written {
    let mut pieces = std::collections::BTreeMap::new();
    for (column, (cell, field)) in row.iter().zip(columns).enumerate() {
        let Some(field) = field else { continue };
        let at = At { file: Arc::clone(file), line, column: column + 1 };
        let cell = unguarded(cell.trim_start_matches(' '));
        let texts: Vec<&str> = match field.form {
            // Where lines separate the texts, other marks belong to them.
            Form::Texts if cell.contains('\n') => cell.split('\n').collect(),
            Form::Texts => cell.split([';', '；', '、', ',', '，']).collect(),
            _ => vec![cell],
        };
        let texts = texts.into_iter().map(str::trim).filter(|text| !text.is_empty());
        let found: Vec<_> = texts.map(|text| Piece { text: text.to_owned(), at: at.clone() }).collect();
        if !found.is_empty() {
            pieces.insert(field.key, found);
        }
    }
    Written { pieces, at: At { file: Arc::clone(file), line, column: 1 } }
}

/// The first sheet of a workbook.
fn sheet(bytes: &[u8]) -> Result<Vec<Vec<String>>, TableError> {
    let unreadable = |error: &dyn std::fmt::Display| TableError::Unreadable(error.to_string());
    let mut book =
        calamine::open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let Some(range) = book.worksheet_range_at(0) else {
        return Err(TableError::Unreadable("the workbook holds no sheet".to_owned()));
    };
    let range = range.map_err(|error| unreadable(&error))?;
    let rows = range.rows().take(MOST_ROWS);
    Ok(rows.map(|row| row.iter().take(MOST_COLUMNS).map(cell).collect()).collect())
}

fn cell(data: &Data) -> String {
    match data {
        Data::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::Error(_) | Data::Empty => String::new(),
        other => other.to_string(),
    }
}

/// The rows of a text: UTF-8, or GB18030 as Chinese spreadsheets save it; commas, semicolons or tabs between cells.
fn text_rows(bytes: &[u8]) -> Result<Vec<Vec<String>>, TableError> {
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            let (text, _, damaged) = encoding_rs::GB18030.decode(bytes);
            if damaged {
                return Err(TableError::Unreadable(
                    "it is neither UTF-8 nor GB18030 text, nor XLSX".to_owned(),
                ));
            }
            text.into_owned()
        }
    };
    let head: String = text.lines().take(HEAD_ROWS).collect();
    let separator =
        *b",;\t".iter().max_by_key(|mark| head.bytes().filter(|byte| byte == *mark).count()).unwrap_or(&b',');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records().take(MOST_ROWS) {
        let record = record.map_err(|error| TableError::Unreadable(error.to_string()))?;
        rows.push(record.iter().take(MOST_COLUMNS).map(str::to_owned).collect());
    }
    Ok(rows)
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

/// A cell that no spreadsheet takes for a formula.
fn guarded(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

/// The cell without the mark that kept a spreadsheet from running it.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
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
