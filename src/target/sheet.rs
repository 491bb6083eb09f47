//! Rows of cells from the bytes of a table: XLSX and XLS workbooks, and text with separators in the encodings in which
//! spreadsheets save it. Files come from anywhere, so everything is bounded; what the cells mean is for `table` to say.

use std::io::{Cursor, Read as _};

use calamine::{Data, DataRef, Reader as _, Xls, Xlsx};

use super::table::TableError;

/// The largest file that is read, in bytes.
const LARGEST: usize = 64 * 1024 * 1024;
/// What the parts of a workbook may unfold to, in bytes.
const LARGEST_UNFOLDED: u64 = 256 * 1024 * 1024;
/// The most rows and columns that are read, and the most bytes that all cells may hold.
const MOST_ROWS: usize = 200_000;
const MOST_COLUMNS: usize = 256;
const MOST_TEXT: usize = 128 * 1024 * 1024;

/// Rows whose beginning tells which mark separates the cells of a text.
const HEAD_LINES: usize = 10;

/// One row that holds something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Its number as a spreadsheet shows it, from 1.
    pub(super) number: usize,
    /// Its cells from the first column on.
    pub(super) cells: Vec<String>,
}

/// The rows of a table; the bytes say what it is.
pub(super) fn rows(bytes: &[u8]) -> Result<Vec<Row>, TableError> {
    if bytes.len() > LARGEST {
        return Err(too_large());
    }
    if bytes.starts_with(b"PK") {
        xlsx(bytes)
    } else if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        xls(bytes)
    } else {
        separated(&text_of(bytes)?)
    }
}

fn too_large() -> TableError {
    TableError::TooLarge(MOST_ROWS)
}

fn unreadable(error: &dyn std::fmt::Display) -> TableError {
    TableError::Unreadable(error.to_string())
}

/// Rows as they are gathered, within the bounds.
#[derive(Default)]
struct Gathered {
    rows: Vec<Row>,
    text: usize,
}

impl Gathered {
    /// Puts a text into a cell, counted from 0. Rows come in their order.
    fn put(&mut self, row: usize, column: usize, text: String) -> Result<(), TableError> {
        if text.trim().is_empty() || column >= MOST_COLUMNS {
            return Ok(());
        }
        self.text += text.len();
        if self.rows.last().is_none_or(|last| last.number != row + 1) {
            self.rows.push(Row { number: row + 1, cells: Vec::new() });
        }
        if self.rows.len() > MOST_ROWS || self.text > MOST_TEXT {
            return Err(too_large());
        }
        if let Some(last) = self.rows.last_mut() {
            if last.cells.len() <= column {
                last.cells.resize(column + 1, String::new());
            }
            last.cells[column] = text;
        }
        Ok(())
    }
}

/// The first sheet of a workbook, cell by cell: a sheet with one cell at each end of it has billions between.
fn xlsx(bytes: &[u8]) -> Result<Vec<Row>, TableError> {
    unfolds_within_bounds(bytes)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let Some(first) = book.sheet_names().into_iter().next() else {
        return Err(TableError::Unreadable("the workbook holds no sheet".to_owned()));
    };
    let mut cells = book.worksheet_cells_reader(&first).map_err(|error| unreadable(&error))?;
    let mut gathered = Gathered::default();
    while let Some(cell) = cells.next_cell().map_err(|error| unreadable(&error))? {
        let (row, column) = cell.get_position();
        let text = match cell.get_value() {
            DataRef::SharedString(text) => (*text).to_owned(),
            other => shown(&Data::from(other.clone())),
        };
        gathered.put(row as usize, column as usize, text)?;
    }
    Ok(gathered.rows)
}

/// Unfolds every part of an archive once, keeping nothing: what its directory says of sizes need not be true.
fn unfolds_within_bounds(bytes: &[u8]) -> Result<(), TableError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let mut left = LARGEST_UNFOLDED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| unreadable(&error))?;
        let unfolded = std::io::copy(&mut part.take(left + 1), &mut std::io::sink())
            .map_err(|error| unreadable(&error))?;
        left = left.checked_sub(unfolded).ok_or_else(too_large)?;
    }
    Ok(())
}

/// The first sheet of a workbook of the old kind, which has 65,536 rows of 256 columns at the most.
fn xls(bytes: &[u8]) -> Result<Vec<Row>, TableError> {
    let mut book = Xls::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let Some(range) = book.worksheet_range_at(0) else {
        return Err(TableError::Unreadable("the workbook holds no sheet".to_owned()));
    };
    let range = range.map_err(|error| unreadable(&error))?;
    let (top, left) = range.start().unwrap_or_default();
    let mut gathered = Gathered::default();
    for (row, column, cell) in range.used_cells() {
        gathered.put(top as usize + row, left as usize + column, shown(cell))?;
    }
    Ok(gathered.rows)
}

fn shown(data: &Data) -> String {
    match data {
        Data::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::Error(_) | Data::Empty => String::new(),
        other => other.to_string(),
    }
}

/// Text in UTF-8, with or without its mark, in UTF-16 with its mark (“Unicode text”), or in GB18030.
fn text_of(bytes: &[u8]) -> Result<String, TableError> {
    let decoded = encoding_rs::Encoding::for_bom(bytes)
        .map(|(encoding, mark)| encoding.decode_without_bom_handling(&bytes[mark..]));
    if let Some((text, damaged)) = decoded {
        return if damaged { Err(TableError::Encoding) } else { Ok(text.into_owned()) };
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let (text, damaged) = encoding_rs::GB18030.decode_without_bom_handling(bytes);
    if damaged { Err(TableError::Encoding) } else { Ok(text.into_owned()) }
}

/// Rows of cells between commas, semicolons or tabs.
fn separated(text: &str) -> Result<Vec<Row>, TableError> {
    // One sort of line break, so that breaks can be counted.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let head: String = text.lines().take(HEAD_LINES).collect();
    let separator =
        *b"\t;,".iter().max_by_key(|mark| head.bytes().filter(|byte| byte == *mark).count()).unwrap_or(&b',');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let mut gathered = Gathered::default();
    let mut record = csv::StringRecord::new();
    let (mut row, mut line) = (0, reader.position().line());
    while reader.read_record(&mut record).map_err(|error| unreadable(&error))? {
        // Empty lines are no records but rows nevertheless; breaks within cells are no rows.
        let now = reader.position().line();
        let within: usize = record.iter().map(|cell| cell.matches('\n').count()).sum();
        let passed = usize::try_from(now - line).unwrap_or(1);
        row += passed.saturating_sub(within).max(1);
        line = now;
        for (column, cell) in record.iter().enumerate() {
            gathered.put(row - 1, column, unguarded(cell.trim_start_matches(' ')).to_owned())?;
        }
    }
    Ok(gathered.rows)
}

/// What a spreadsheet takes for the beginning of a formula, in some of its languages also in full width.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// A cell of a text that no spreadsheet takes for a formula.
pub(super) fn guarded(cell: &str) -> String {
    if cell.starts_with(FORMULA) || cell.starts_with('\'') { format!("'{cell}") } else { cell.to_owned() }
}

/// The cell without the mark that kept a spreadsheet from running it.
fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA) || rest.starts_with('\'') => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn check(bytes: &[u8], expected: &[(usize, &[&str])]) {
        let found = rows(bytes).unwrap();
        let found: Vec<_> = found.iter().map(|row| (row.number, row.cells.clone())).collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(number, cells)| (*number, cells.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn rows_of_text_are_numbered_as_a_spreadsheet_shows_them() {
        check(b"a,b\n1,2\n", &[(1, &["a", "b"]), (2, &["1", "2"])]);
        check(b"a\r\n\r\n\r\nb\r\n\"c\r\nd\"\r\ne", &[(1, &["a"]), (4, &["b"]), (5, &["c\nd"]), (6, &["e"])]);
        check(b"\n\na\n", &[(3, &["a"])]);
        check(b"a;b,c\n1;2\n", &[(1, &["a", "b,c"]), (2, &["1", "2"])]);
        check(b"a\tb\n", &[(1, &["a", "b"])]);
        check(b"'=x,''y,'z\n", &[(1, &["=x", "'y", "'z"])]);
    }

    #[test]
    fn text_is_read_in_the_encodings_of_spreadsheets() {
        let text = "网址,名称\n";
        let (gb, ..) = encoding_rs::GB18030.encode(text);
        let wide: Vec<u8> =
            "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        for bytes in [text.as_bytes().to_vec(), format!("\u{feff}{text}").into_bytes(), gb.into_owned(), wide]
        {
            check(&bytes, &[(1, &["网址", "名称"])]);
        }
        assert!(matches!(rows(b"caf\xE9,x\n"), Err(TableError::Encoding)));
    }

    #[test]
    fn cells_far_apart_take_no_room_and_keep_their_places() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_string(2, 1, "a").unwrap();
        sheet.write_string(1_048_575, 1, "b").unwrap();
        sheet.write_string(1_048_575, 16_383, "beyond every column").unwrap();
        check(&book.save_to_buffer().unwrap(), &[(3, &["", "a"]), (1_048_576, &["", "b"])]);
    }

    #[test]
    fn what_unfolds_without_end_is_refused() {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let zeros = vec![0; 1 << 20];
        archive.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).unwrap();
        for _ in 0..=LARGEST_UNFOLDED >> 20 {
            archive.write_all(&zeros).unwrap();
        }
        let bytes = archive.finish().unwrap().into_inner();
        assert!(matches!(rows(&bytes), Err(TableError::TooLarge(_))), "{} bytes", bytes.len());
        assert!(matches!(rows(b"PK\x03\x04rubbish"), Err(TableError::Unreadable(_))));
    }
}
