//! The program from the outside, one module per edge.

mod browser;
mod evidence;
