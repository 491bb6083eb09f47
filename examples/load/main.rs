//! A patrol under load: many small sites on loopback behind nginx, visited in two rounds, beside a bare client that only
//! fetches the same pages: `cargo run --release --example load -- [SITES] [PAGES]`.
//!
//! Prints pages and requests a second, processor seconds per 1,000 pages, peak memory, and the most requests that any
//! host got in one second, read from the server's own log. Needs nginx (`apt-get install nginx-light`) and builds of the
//! program and of this example of the same profile. Nothing leaves the machine.

#![expect(clippy::print_stdout, reason = "a benchmark is there to print")]

mod bare;
mod process;
mod server;

use std::error::Error;
use std::path::{Path, PathBuf};

use process::Used;
use server::Server;

/// Sites at the same time, for the patrol and for the bare client.
const AT_ONCE: usize = 64;
/// Requests per second and host that the patrol is told to keep to.
const RATE: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let numbers: Vec<usize> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let (sites, pages) = (numbers.first().copied().unwrap_or(2000), numbers.get(1).copied().unwrap_or(5));
    let folder = tempfile::tempdir()?;
    let server = Server::start(folder.path(), pages)?;
    let hosts: Vec<String> = (0..sites).map(|number| host(number, server.port)).collect();
    register(folder.path(), &hosts)?;
    println!("{sites} sites of {pages} pages, {} bytes each, on {} cores", server.page_bytes, cores());
    let bare = bare::fetch(&hosts, pages, AT_ONCE)?;
    println!("bare client     {bare}");
    for (round, all) in [("first round", false), ("second round", true)] {
        server.forget();
        let used = patrol(folder.path(), pages, all)?;
        let count = sites * pages;
        let rate = count_of(count) / used.seconds;
        let beside = count_of(count) / bare.pages_a_second;
        println!(
            "{round:<15} {rate:8.0} pages/s  {:6.2} CPU s per 1,000 pages  {:5} MB  {} requests, at most {} a second and host  {:.2} × the \
             bare client's time",
            used.processor / count_of(count) * 1000.0,
            used.peak_megabytes,
            server.requests()?,
            server.busiest()?,
            used.seconds / beside,
        );
    }
    Ok(())
}

/// One address of loopback for every site.
fn host(number: usize, port: u16) -> String {
    let (a, b, c) = (number / 62_500 + 1, number / 250 % 250, number % 250 + 1);
    format!("127.{a}.{b}.{c}:{port}")
}

fn register(folder: &Path, hosts: &[String]) -> std::io::Result<()> {
    let mut text = String::from(
        "[defaults.visit]\nallow_private = true\n[defaults.authorisation]\nbasis = \"load test on loopback\"\n",
    );
    for host in hosts {
        text += &format!("[[target]]\nurls = \"http://{host}/\"\n");
    }
    std::fs::create_dir_all(folder.join("targets"))?;
    std::fs::write(folder.join("targets/load.toml"), text)
}

/// One round of the program itself, as a user would start it.
fn patrol(folder: &Path, pages: usize, all: bool) -> Result<Used, Box<dyn Error>> {
    let mut arguments: Vec<String> =
        ["patrol", "targets", "--once", "--no-landings", "--browser", "never"].map(str::to_owned).to_vec();
    arguments
        .extend(["--profile-gap", "0", "--format", "jsonl", "--output", "round.jsonl"].map(str::to_owned));
    arguments.extend(["--rate".to_owned(), RATE.to_string(), "--at-once".to_owned(), AT_ONCE.to_string()]);
    arguments.extend(["--max-pages".to_owned(), pages.to_string()]);
    if all {
        arguments.push("--all".to_owned());
    }
    process::run(&program()?, &arguments, folder)
}

/// The program built beside this example.
fn program() -> Result<PathBuf, Box<dyn Error>> {
    let own = std::env::current_exe()?;
    let built = own.parent().and_then(Path::parent).ok_or("the example stands in no build folder")?;
    let program = built.join("xuncha");
    if program.exists() { Ok(program) } else { Err("build the program first: cargo build --release".into()) }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[expect(clippy::cast_precision_loss, reason = "counts of pages are far below 2^52")]
fn count_of(count: usize) -> f64 {
    count as f64
}
