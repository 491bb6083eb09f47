//! The `xuncha` command.

use std::process::ExitCode;

/// Parsing is many small allocations on many threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    xuncha::cli::run()
}
