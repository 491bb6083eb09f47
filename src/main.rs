//! The `xuncha` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    xuncha::cli::run()
}
