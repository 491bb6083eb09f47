//! stub
pub mod number;
