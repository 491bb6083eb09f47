//! A target as written: texts under keys, each with its place. Registry files and tables both become this.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::At;
use super::block::{Block, blocks};
use super::field::Field;
use super::mistake::{Mistakes, quoted};

/// The texts of a target by the keys of [`super::FIELDS`]; never an empty list.
pub(super) type Pieces = BTreeMap<&'static str, Vec<Piece>>;

/// One text and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) at: At,
}

/// What was written of one target.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) pieces: Pieces,
    /// Where the target begins.
    pub(super) at: At,
}

/// The tables that a registry file may hold at its top.
const TARGETS: &str = "target";
const DEFAULTS: &str = "defaults";

/// Nesting of tables that is looked into.
const DEEPEST: usize = 4;

/// The longest block that is parsed, in bytes: its tree takes up to sixty times as much memory.
const LONGEST_BLOCK: usize = 2 * 1024 * 1024;

/// The most values of one field.
const MOST_VALUES: usize = 500;

/// Reads a registry file and gives each target as it comes. What reads is given even where something else is wrong.
pub(super) fn read(
    file: &Arc<Path>,
    text: &str,
    mistakes: &mut Mistakes,
    each: &mut dyn FnMut(&Written, &mut Mistakes),
) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let blocks = blocks(text);
    // Defaults hold for the whole file, wherever in it they stand.
    let mut defaults = Pieces::new();
    for block in blocks.iter().filter(|block| block.text.contains(DEFAULTS)) {
        Reading::new(file, *block, mistakes).defaults(&mut defaults);
    }
    for block in blocks {
        for mut target in Reading::new(file, block, mistakes).targets() {
            for (key, pieces) in &defaults {
                target.pieces.entry(key).or_insert_with(|| pieces.clone());
            }
            each(&target, mistakes);
        }
    }
}

/// One block being read.
struct Reading<'a> {
    file: &'a Arc<Path>,
    block: Block<'a>,
    /// Where every line of the block begins.
    lines: Vec<usize>,
    /// How many characters stand before every [`STRIDE`]th byte, so that a column in an endless line is cheap.
    marks: Vec<usize>,
    mistakes: &'a mut Mistakes,
}

const STRIDE: usize = 1024;

impl<'a> Reading<'a> {
    fn new(file: &'a Arc<Path>, block: Block<'a>, mistakes: &'a mut Mistakes) -> Self {
        let bytes = block.text.as_bytes();
        let breaks = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(breaks).collect();
        let mut marks = vec![0];
        for stride in bytes.chunks(STRIDE) {
            marks.push(marks[marks.len() - 1] + characters(stride));
        }
        Self { file, block, lines, marks, mistakes }
    }

    /// The defaults in the block; a value that was set before is a mistake.
    fn defaults(&mut self, defaults: &mut Pieces) {
        if self.block.text.len() > LONGEST_BLOCK {
            return;
        }
        let (root, _) = DeTable::parse_recoverable(self.block.text);
        let Some(value) = root.get_ref().get(DEFAULTS) else { return };
        let at = self.at(value.span().start);
        let DeValue::Table(table) = value.get_ref() else {
            let (zh, en) = (
                "defaults 须是表，写作 [defaults] 或 [defaults.visit]",
                "defaults is a table: write [defaults] or [defaults.visit]",
            );
            return self.mistakes.wrong(at, zh, en);
        };
        let mut found = Pieces::new();
        self.table("", table, &mut found, DEEPEST);
        for (key, pieces) in found {
            if key == "id" || key == "urls" {
                let at = pieces[0].at.clone();
                self.mistakes.wrong(
                    at,
                    format!("`{key}` 因站而异，不能作默认值"),
                    format!("`{key}` differs from site to site and cannot be a default"),
                );
            } else if let Some(before) = defaults.insert(key, pieces) {
                let at = defaults[key][0].at.clone();
                let first = &before[0].at;
                self.mistakes.wrong(
                    at,
                    format!("默认值 `{key}` 已写在 {first}"),
                    format!("the default `{key}` is set at {first} already"),
                );
            }
        }
    }

    /// The targets of the block.
    fn targets(&mut self) -> Vec<Written> {
        let mut written = Vec::new();
        if self.block.text.len() > LONGEST_BLOCK {
            let at = self.at(0);
            self.mistakes.wrong(
                at,
                "自此的一段超过 2 MB：请把每个网站写成单独的 [[target]]，或拆成几个文件",
                "what begins here is over 2 MB in one piece: write every site as a [[target]] of its own, or split the file",
            );
            return written;
        }
        let (root, errors) = DeTable::parse_recoverable(self.block.text);
        for error in errors {
            let at = self.at(error.span().map_or(0, |span| span.start));
            let what = error.message();
            let zh = fault(what);
            self.mistakes.wrong(at, format!("不是合法的 TOML：{zh}（{what}）"), format!("not TOML: {what}"));
        }
        for (key, value) in root.get_ref() {
            let at = self.at(key.span().start);
            match (key.get_ref().as_ref(), value.get_ref()) {
                (DEFAULTS, _) => {}
                (TARGETS, DeValue::Array(targets)) => {
                    for target in targets {
                        let at = self.at(target.span().start);
                        match target.get_ref() {
                            DeValue::Table(table) => written.push(self.target(table, at)),
                            _ => {
                                self.mistakes.wrong(
                                    at,
                                    "target 中只能是表",
                                    "only tables belong into target",
                                );
                            }
                        }
                    }
                }
                (TARGETS, DeValue::Table(table)) => written.push(self.target(table, at)),
                (other, _) => {
                    let other = quoted(other);
                    self.mistakes.wrong(
                        at,
                        format!("不认识的 `{other}`：文件顶层只有 [[target]] 与 [defaults]"),
                        format!("`{other}` is unknown: at the top of a file stand [[target]] and [defaults]"),
                    );
                }
            }
        }
        written
    }

    fn target(&mut self, table: &DeTable<'_>, at: At) -> Written {
        let mut pieces = Pieces::new();
        self.table("", table, &mut pieces, DEEPEST);
        Written { pieces, at }
    }

    /// The fields of a table and of the tables within it.
    fn table(&mut self, above: &str, table: &DeTable<'_>, pieces: &mut Pieces, deeper: usize) {
        for (key, value) in table {
            let name = match above {
                "" => key.get_ref().to_string(),
                above => format!("{above}.{}", key.get_ref()),
            };
            if let Some(field) = Field::by_key(&name) {
                let found = self.values(field.key, value);
                if !found.is_empty() {
                    pieces.insert(field.key, found);
                }
            } else if let (DeValue::Table(inner), Some(deeper)) = (value.get_ref(), deeper.checked_sub(1)) {
                self.table(&name, inner, pieces, deeper);
            } else {
                let at = self.at(key.span().start);
                self.unknown(&name, at);
            }
        }
    }

    fn unknown(&mut self, name: &str, at: At) {
        let (zh, en) = match Field::near(name) {
            Some(near) => (format!("；是否指 `{near}`？"), format!("; was `{near}` meant?")),
            None => {
                ("；可用的项见 docs/targets.md".to_owned(), "; docs/targets.md lists the fields".to_owned())
            }
        };
        let name = quoted(name);
        self.mistakes.wrong(at, format!("不认识的项 `{name}`{zh}"), format!("`{name}` is no field{en}"));
    }

    /// The texts of a field: of one value, or of a list.
    fn values(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Vec<Piece> {
        let list = match value.get_ref() {
            DeValue::Array(values) => values.iter().collect(),
            _ => vec![value],
        };
        let mut found = Vec::new();
        if let Some(beyond) = list.get(MOST_VALUES) {
            let at = self.at(beyond.span().start);
            self.mistakes.wrong(
                at,
                format!("`{key}` 至多 {MOST_VALUES} 个值"),
                format!("`{key}` takes {MOST_VALUES} values at the most"),
            );
        }
        for value in list.into_iter().take(MOST_VALUES) {
            let at = self.at(value.span().start);
            match text_of(value.get_ref()) {
                Some(text) if text.trim().is_empty() => {}
                Some(text) => found.push(Piece { text, at }),
                None => self.mistakes.wrong(
                    at,
                    format!("`{key}` 应为文字、数字或其列表"),
                    format!("`{key}` takes a text, a number or a list of them"),
                ),
            }
        }
        found
    }

    /// The place of a byte of the block.
    fn at(&self, byte: usize) -> At {
        let byte = byte.min(self.block.text.len());
        let line = self.lines.partition_point(|start| *start <= byte).max(1);
        let column = self.characters_before(byte) - self.characters_before(self.lines[line - 1]) + 1;
        At { file: Arc::clone(self.file), line: self.block.line + line - 1, column }
    }

    fn characters_before(&self, byte: usize) -> usize {
        let stride = byte / STRIDE;
        self.marks[stride] + characters(&self.block.text.as_bytes()[stride * STRIDE..byte])
    }
}

/// How many characters begin in a piece of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| *byte & 0xC0 != 0x80).count()
}

fn text_of(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(switch) => Some(switch.to_string()),
        DeValue::Datetime(day) => Some(day.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// The parser speaks English; what it most often says, in Chinese.
fn fault(message: &str) -> &'static str {
    const FAULTS: &[(&str, &str)] = &[
        ("duplicate key", "同一项写了两次"),
        ("must be quoted", "文字须加引号"),
        ("unclosed", "括号没有闭合"),
        ("string", "引号没有闭合或转义有误"),
        ("key with no value", "缺少等号与值"),
        ("equals", "缺少等号"),
        ("number", "数字写法有误"),
        ("datetime", "日期写法有误"),
    ];
    let known = FAULTS.iter().find(|(part, _)| message.contains(part));
    known.map_or("写法有误", |(_, zh)| *zh)
}
