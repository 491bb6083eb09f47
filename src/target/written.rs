//! A target as written: texts under keys, each with its place. Registry files and tables both become this.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::field::Field;
use super::{At, Mistake};
use crate::lang::Bilingual;

/// One text and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) at: At,
}

/// What was written of one target.
#[derive(Debug, Clone)]
pub(super) struct Written {
    /// By the keys of [`super::FIELDS`]; never an empty list.
    pub(super) pieces: BTreeMap<&'static str, Vec<Piece>>,
    /// Where the target begins.
    pub(super) at: At,
}

/// The tables that a registry file may hold at its top.
const TARGETS: &str = "target";
const DEFAULTS: &str = "defaults";

/// Nesting of tables that is looked into.
const DEEPEST: usize = 4;

/// Reads a registry file. What reads is given even where something else is wrong.
pub(super) fn read(file: &Arc<Path>, text: &str) -> (Vec<Written>, Vec<Mistake>) {
    let mut reading =
        Reading { file: Arc::clone(file), lines: line_starts(text), text, mistakes: Vec::new() };
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = reading.at(error.span().map_or(0, |span| span.start));
        let what = error.message().to_owned();
        reading.mistake(at, format!("不是合法的 TOML：{what}"), format!("not TOML: {what}"));
    }
    let mut defaults = BTreeMap::new();
    let mut written = Vec::new();
    for (key, value) in root.get_ref() {
        let at = reading.at(key.span().start);
        match (key.get_ref().as_ref(), value.get_ref()) {
            (DEFAULTS, DeValue::Table(table)) => reading.table("", table, &mut defaults, DEEPEST),
            (TARGETS, DeValue::Array(targets)) => {
                for target in targets {
                    let at = reading.at(target.span().start);
                    match target.get_ref() {
                        DeValue::Table(table) => written.push(reading.target(table, at)),
                        _ => reading.mistake(
                            at,
                            "target 中只能是表".to_owned(),
                            "only tables belong into target".to_owned(),
                        ),
                    }
                }
            }
            (TARGETS, DeValue::Table(table)) => {
                let target = reading.target(table, at);
                written.push(target);
            }
            (other, _) => reading.mistake(
                at,
                format!("不认识的 `{other}`：文件顶层只有 [[target]] 与 [defaults]"),
                format!("`{other}` is unknown: at the top of a file stand [[target]] and [defaults]"),
            ),
        }
    }
    for target in &mut written {
        for (key, pieces) in &defaults {
            target.pieces.entry(key).or_insert_with(|| pieces.clone());
        }
    }
    (written, reading.mistakes)
}

struct Reading<'a> {
    file: Arc<Path>,
    text: &'a str,
    lines: Vec<usize>,
    mistakes: Vec<Mistake>,
}

impl Reading<'_> {
    fn target(&mut self, table: &DeTable<'_>, at: At) -> Written {
        let mut pieces = BTreeMap::new();
        self.table("", table, &mut pieces, DEEPEST);
        Written { pieces, at }
    }

    /// The fields of a table and of the tables within it.
    fn table(
        &mut self,
        above: &str,
        table: &DeTable<'_>,
        pieces: &mut BTreeMap<&'static str, Vec<Piece>>,
        deeper: usize,
    ) {
        for (key, value) in table {
            let at = self.at(key.span().start);
            let name = match above {
                "" => key.get_ref().to_string(),
                above => format!("{above}.{}", key.get_ref()),
            };
            if let Some(field) = Field::by_key(&name) {
                let mut found = Vec::new();
                self.value(&name, value, &mut found);
                if !found.is_empty() {
                    pieces.insert(field.key, found);
                }
            } else if let (DeValue::Table(inner), Some(deeper)) = (value.get_ref(), deeper.checked_sub(1)) {
                self.table(&name, inner, pieces, deeper);
            } else {
                let near = Field::near(&name);
                let hint = |zh: bool| match (near, zh) {
                    (Some(near), true) => format!("；是否指 `{near}`？"),
                    (Some(near), false) => format!("; was `{near}` meant?"),
                    (None, _) => String::new(),
                };
                let (zh, en) = (hint(true), hint(false));
                self.mistake(at, format!("不认识的项 `{name}`{zh}"), format!("`{name}` is no field{en}"));
            }
        }
    }

    fn value(&mut self, name: &str, value: &Spanned<DeValue<'_>>, found: &mut Vec<Piece>) {
        let at = self.at(value.span().start);
        let text = match value.get_ref() {
            DeValue::Array(values) => {
                for value in values {
                    if matches!(value.get_ref(), DeValue::Array(_)) {
                        let at = self.at(value.span().start);
                        self.wrong_form(name, at);
                    } else {
                        self.value(name, value, found);
                    }
                }
                return;
            }
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Boolean(switch) => switch.to_string(),
            DeValue::Datetime(day) => day.to_string(),
            DeValue::Table(_) => return self.wrong_form(name, at),
        };
        if !text.trim().is_empty() {
            found.push(Piece { text, at });
        }
    }

    fn wrong_form(&mut self, name: &str, at: At) {
        self.mistake(
            at,
            format!("`{name}` 应为文字、数字或其列表"),
            format!("`{name}` takes a text, a number or a list of them"),
        );
    }

    fn mistake(&mut self, at: At, zh: String, en: String) {
        self.mistakes.push(Mistake { at, fatal: true, what: Bilingual::new(zh, en) });
    }

    /// The place of a byte.
    fn at(&self, byte: usize) -> At {
        let line = self.lines.partition_point(|start| *start <= byte).max(1);
        let start = self.lines[line - 1];
        let column = self.text.get(start..byte).map_or(0, |before| before.chars().count()) + 1;
        At { file: Arc::clone(&self.file), line, column }
    }
}

/// Where every line begins.
fn line_starts(text: &str) -> Vec<usize> {
    let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(breaks).collect()
}
