//! Where words go: reports to standard output or a file, everything else to standard error.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use tracing_subscriber::EnvFilter;

use super::Failed;
use crate::lang::Lang;

/// Log lines on standard error: warnings by default, more with each `-v`, or as `XUNCHA_LOG` says.
pub(super) fn start_log(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "xuncha=info",
        2 => "xuncha=debug",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("XUNCHA_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .try_init();
}

/// One line for the user on standard error.
pub(super) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// A failed command on standard error, with what to do next.
pub(super) fn complain(failed: &Failed, lang: Lang) {
    let label = match lang {
        Lang::Zh => "错误",
        Lang::En => "error",
    };
    note(&format!("{label}: {}", crate::report::escape::visible(failed.what.get(lang))));
    if let Some(advice) = &failed.advice {
        note(&format!("  → {}", advice.get(lang)));
    }
}

/// Text on standard output; a reader that went away is no error.
pub(super) fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Where a report goes.
pub(super) struct Sink {
    writer: Box<dyn Write>,
    /// Whether colour is wanted there.
    pub(super) colour: bool,
    /// Columns to fit.
    pub(super) width: usize,
}

impl Sink {
    /// Opens the file, or standard output.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failed> {
        let Some(path) = path else {
            let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            return Ok(Self {
                writer: Box::new(BufWriter::new(io::stdout())),
                colour,
                width: terminal_width(),
            });
        };
        let name = path.display();
        let file = File::create(path).map_err(|error| {
            Failed::usage(format!("无法写入 {name}：{error}"), format!("cannot write {name}: {error}"))
                .advise("请换一个可写的位置。", "choose a place that can be written to.")
        })?;
        Ok(Self { writer: Box::new(BufWriter::new(file)), colour: false, width: 100 })
    }

    /// The writer itself.
    pub(super) fn writer(&mut self) -> &mut dyn Write {
        &mut *self.writer
    }

    /// Writes what is buffered. A closed pipe is no error: the reader has seen enough.
    pub(super) fn finish(mut self) -> Result<(), Failed> {
        match self.writer.flush() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(cannot_write(&error)),
            _ => Ok(()),
        }
    }
}

/// A report that could not be written whole.
pub(super) fn cannot_write(error: &dyn std::fmt::Display) -> Failed {
    Failed::usage(format!("无法写出报告：{error}"), format!("cannot write the report: {error}"))
        .advise("请检查磁盘空间与权限。", "check the disk's space and permissions.")
}

/// The columns of the terminal as the shell says them, else 100.
fn terminal_width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    columns.unwrap_or(100).clamp(40, 160)
}
