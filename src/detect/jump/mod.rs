//! stub
mod code;
mod fold;
mod lex;
mod literal;
