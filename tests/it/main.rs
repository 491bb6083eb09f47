//! The program from the outside, one module per edge.

mod evidence;
mod visibility;
