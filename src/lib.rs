//! 巡查 (xuncha) looks at web sites from the outside, as visitors do, and tells what is wrong with them.

pub mod browser;
pub mod detect;
pub mod evidence;
pub mod exchange;
pub mod fetch;
pub mod finding;
pub mod id;
pub mod lang;
pub mod lexicon;
pub mod obligation;
pub mod page;
pub mod report;
pub mod script;
