//! `xuncha law`.

use jiff::Timestamp;

use super::args::LawCommand;
use super::output::print;
use super::{Exit, Failed};
use crate::finding::Category;
use crate::lang::Lang;
use crate::obligation::{Catalogue, Query, render_for, render_list, render_show};
use crate::scan::legal_day;
use crate::target::OperatorKind;

pub(super) fn run(command: &LawCommand, lang: Lang) -> Result<Exit, Failed> {
    let catalogue = Catalogue::builtin();
    let text = match command {
        LawCommand::List { on } => render_list(catalogue, *on, lang),
        LawCommand::Show { id } => render_show(catalogue, id, lang).map_err(|error| {
            Failed::usage(format!("目录中没有 `{id}`"), format!("failed to {error}")).advise(
                format!("用 `xuncha law list` 查看编号。{}", near(&error.near)),
                format!("`xuncha law list` shows the ids.{}", near(&error.near)),
            )
        })?,
        LawCommand::For { kind, category, operator, on } => {
            let on = on.unwrap_or_else(|| legal_day(Timestamp::now()));
            let category = category.as_deref().map(parse_category).transpose()?;
            let query = Query::new(*kind, parse_operator(operator.as_deref())?, on).category(category);
            render_for(catalogue, &query, lang)
        }
    };
    print(&text);
    Ok(Exit::Clean)
}

fn near(ids: &[String]) -> String {
    if ids.is_empty() { String::new() } else { format!(" {}", ids.join(" ")) }
}

/// The operator kind as written on the command line or in the settings; unknown where nothing is said.
pub(super) fn parse_operator(text: Option<&str>) -> Result<OperatorKind, Failed> {
    let Some(text) = text else { return Ok(OperatorKind::Unknown) };
    text.parse().map_err(|_| {
        Failed::usage(format!("不认识的运营者性质 `{text}`"), format!("`{text}` is no kind of operator"))
            .advise(
                "可用：enterprise institution state_organ cii platform unknown，或中文“企业”“事业单位”“国家机关”等。",
                "known: enterprise institution state_organ cii platform unknown.",
            )
    })
}

fn parse_category(text: &str) -> Result<Category, Failed> {
    text.parse()
        .map_err(|error: String| Failed::usage(format!("类别有误：{error}"), format!("category: {error}")))
}
