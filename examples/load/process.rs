//! What a process used: time, processor, memory, as the system counts them.

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// What a process used.
pub(crate) struct Used {
    /// Seconds by the clock.
    pub(crate) seconds: f64,
    /// Processor seconds of all its threads.
    pub(crate) processor: f64,
    /// The most memory it held.
    pub(crate) peak_megabytes: u64,
}

/// Runs a program to its end and watches it through `/proc`.
#[expect(clippy::disallowed_methods, reason = "another process is watched by the clock")]
pub(crate) fn run(program: &Path, arguments: &[String], folder: &Path) -> Result<Used, Box<dyn Error>> {
    let begun = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("XUNCHA_STORE", "sqlite://load.db")
        .spawn()?;
    let mut used = Used { seconds: 0.0, processor: 0.0, peak_megabytes: 0 };
    loop {
        if let Some((processor, peak)) = read(child.id()) {
            (used.processor, used.peak_megabytes) = (processor, peak.max(used.peak_megabytes));
        }
        if let Some(status) = child.try_wait()? {
            used.seconds = begun.elapsed().as_secs_f64();
            return match status.code() {
                Some(0..=3) => Ok(used),
                _ => Err(format!("the program ended with {status}").into()),
            };
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Processor seconds so far and peak memory in megabytes (`man 5 proc`).
fn read(id: u32) -> Option<(f64, u64)> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11).map(str::parse::<f64>);
    // Ticks are hundredths of a second on every Linux.
    let processor = (fields.next()?.ok()? + fields.next()?.ok()?) / 100.0;
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = peak.trim().trim_end_matches(" kB").trim().parse().ok()?;
    Some((processor, kilobytes / 1024))
}
