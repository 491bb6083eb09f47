//! The program from the outside, one module per edge.

mod architecture;
mod cli;
mod evidence;
mod server;
mod visibility;
