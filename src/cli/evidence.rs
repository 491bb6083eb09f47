//! `xuncha evidence verify`.

use std::path::Path;

use super::args::EvidenceCommand;
use super::output::print;
use super::{Exit, Failed, say};
use crate::evidence::{self, Verification};
use crate::lang::Lang;
use crate::report::escape;

pub(super) fn run(command: &EvidenceCommand, lang: Lang) -> Result<Exit, Failed> {
    let EvidenceCommand::Verify { dirs } = command;
    let mut sound = true;
    for dir in dirs {
        let verification = evidence::verify(dir).map_err(|error| {
            Failed::usage(format!("无法核验 {}：{error}", dir.display()), format!("failed to {error}"))
                .advise(
                    "请给出含 manifest.json 的证据目录。",
                    "name an evidence folder, one that holds manifest.json.",
                )
        })?;
        sound &= verification.is_intact();
        print(&told(dir, &verification, lang));
    }
    if sound {
        return Ok(Exit::Clean);
    }
    super::output::note(&say(
        lang,
        "证据与清单不符，不得作为原始证据使用。",
        "the evidence does not match its manifest.",
    ));
    Ok(Exit::Findings)
}

/// A verification in words.
fn told(dir: &Path, verification: &Verification, lang: Lang) -> String {
    let files = verification.files;
    let dir = dir.display();
    let mut text = match (verification.is_intact(), lang) {
        (true, Lang::Zh) => format!("完好　{dir}：{files} 个文件，与清单逐字节一致\n"),
        (true, Lang::En) => format!("intact  {dir}: {files} files, every byte as listed\n"),
        (false, Lang::Zh) => format!("有异　{dir}：{} 处不符\n", verification.problems.len()),
        (false, Lang::En) => format!("differs  {dir}: {} problems\n", verification.problems.len()),
    };
    for problem in &verification.problems {
        let path = escape::visible(&problem.path);
        text += &format!("  ✗ {path}：{}\n", escape::visible(problem.detail.get(lang)));
    }
    text
}
