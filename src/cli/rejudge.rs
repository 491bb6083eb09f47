//! `xuncha rejudge`: judges kept evidence again with the rules of today; nobody is asked for anything.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;

use super::args::{ReportArgs, VisitArgs};
use super::config::Config;
use super::output::{Sink, note};
use super::scan::{Reach, assemble, exit, lexicon_of, runtime, settings, write};
use super::{Exit, Failed, say};
use crate::evidence::MANIFEST;
use crate::lang::Lang;
use crate::report::escape::visible;
use crate::scan::{self, Rejudged, ScanError};

pub(super) const EXAMPLES: &str = "\
例 Examples:
  xuncha rejudge xuncha-evidence/www.example.gov.cn-20261126T010203.000000Z
  xuncha rejudge xuncha-evidence --format jsonl --as-of 2025-06-01";

/// How deep evidence folders are looked for below a folder that is none.
const DEPTH: usize = 3;

/// `xuncha rejudge`
#[derive(Debug, Args)]
pub(super) struct RejudgeArgs {
    /// 证据目录，或其上级目录 / evidence folders, or folders that hold such
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    #[command(flatten)]
    report: ReportArgs,
    /// 按该日期有效的法律判断；不给出则按取证之日 / the law in force on that date instead of the day of observation
    #[arg(long, value_name = "DATE")]
    as_of: Option<jiff::civil::Date>,
    /// 运营者性质 / kind of operator, as for scan
    #[arg(long, value_name = "KIND")]
    operator: Option<String>,
    /// 自定义词库文件，可重复 / an own jargon set; may be repeated
    #[arg(long, value_name = "FILE")]
    lexicon: Vec<PathBuf>,
}

pub(super) fn run(args: &RejudgeArgs, config: &Config, lang: Lang) -> Result<Exit, Failed> {
    let mut folders = Vec::new();
    for dir in &args.dirs {
        let before = folders.len();
        collect(dir, DEPTH, &mut folders);
        if folders.len() == before {
            let name = dir.display();
            return Err(Failed::usage(
                format!("{name} 中没有已封存的证据"),
                format!("{name} holds no closed evidence"),
            )
            .advise(
                "请给出含 manifest.json 的证据目录或其上级目录。",
                "name an evidence folder, one that holds manifest.json, or a folder above it.",
            ));
        }
    }
    let visit = VisitArgs {
        as_of: args.as_of,
        operator: args.operator.clone(),
        lexicon: args.lexicon.clone(),
        ..VisitArgs::default()
    };
    let settings = settings(&visit, None, Reach { max_pages: 1, depth: 0 }, config, lang)?;
    let mut sink = Sink::open(args.report.output.as_deref())?;
    let started = Timestamp::now();
    let mut all = Vec::new();
    let mut gaps = Vec::new();
    let (runtime, lexicon) = (runtime()?, Arc::new(lexicon_of(&visit, config)?));
    for folder in &folders {
        let judged = runtime.block_on(scan::rejudge(folder, Arc::clone(&lexicon), settings.clone()));
        let judged = judged.map_err(|error| failed(folder, &error))?;
        note(&compared(folder, &judged, lang));
        gaps.extend(judged.now.not_assessed.iter().cloned());
        all.push(judged.now);
    }
    let report = assemble(&settings, all, gaps, started);
    write(&report, &args.report, lang, &mut sink)?;
    sink.finish()?;
    Ok(exit(&report, args.report.fail_on))
}

/// Closed evidence folders at or below a folder, in the order of their names.
fn collect(dir: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if dir.join(MANIFEST).is_file() {
        found.push(dir.to_owned());
        return;
    }
    let Some(depth) = depth.checked_sub(1) else { return };
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect();
    folders.sort();
    for folder in folders {
        collect(&folder, depth, found);
    }
}

/// What changed between the judgement then and now.
fn compared(folder: &Path, judged: &Rejudged, lang: Lang) -> String {
    let then: BTreeSet<&str> = judged.then.iter().map(String::as_str).collect();
    let now: BTreeSet<&str> = judged.now.findings.iter().map(|one| one.finding.id.as_str()).collect();
    let (new, gone, same) =
        (now.difference(&then).count(), then.difference(&now).count(), then.intersection(&now).count());
    let folder = visible(&folder.display().to_string());
    let rules = visible(&judged.rules_then);
    say(
        lang,
        &format!("{folder}（规则 {rules}）：相同 {same}，新增 {new}，不再成立 {gone}"),
        &format!("{folder} (rules {rules}): {same} the same, {new} new, {gone} no longer found"),
    )
}

fn failed(folder: &Path, error: &ScanError) -> Failed {
    match error {
        ScanError::Evidence(error) => {
            let name = folder.display();
            Failed::usage(format!("无法重新判断 {name}：{error}"), format!("failed to {error}")).advise(
                "用 `xuncha evidence verify` 查明哪里不符。",
                "`xuncha evidence verify` tells what does not match.",
            )
        }
        ScanError::Broken { .. } => Failed::internal(error),
    }
}
