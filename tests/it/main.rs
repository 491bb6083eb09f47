//! The program from the outside, one module per edge.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod alerts;
mod architecture;
mod baseline;
mod browser;
mod cli;
mod console;
mod crawl;
mod evidence;
mod exposure;
mod findings;
mod fuzz;
mod oracle;
mod patrol;
mod rendering;
mod scan;
mod server;
mod targets;
mod visibility;
mod year;
