//! How a block that was never there looks beside the page it stands on: another script, another voice, another place.
//! None of it says anything alone; it weighs on what the words say.

use std::collections::BTreeSet;

use crate::baseline::{Accepted, is_chinese};
use crate::page::Block;

/// Characters up to which a block can be an outcry; what is longer is prose.
const OUTCRY: usize = 600;
/// Latin letters by which a text is told to be of another script, and to be shouted.
const WRITTEN: usize = 4;
const SHOUTED: usize = 10;
/// Signs that are a picture, and how many sorts of them.
const DRAWN: usize = 60;
const SORTS: usize = 4;

/// Points for a new block that is strange to its page.
pub(super) fn points(block: &Block, accepted: &Accepted) -> u32 {
    let text = block.text.as_str();
    if text.chars().nth(OUTCRY).is_some() {
        return 0;
    }
    let letters = || text.chars().filter(char::is_ascii_alphabetic);
    let latin = letters().count();
    let foreign = accepted.language == "zh" && latin >= WRITTEN && !text.chars().any(is_chinese);
    let capitals = letters().filter(char::is_ascii_uppercase).count();
    let shouted = latin >= SHOUTED && capitals * 10 >= latin * 9;
    let displaced = accepted.is_new_place(&block.selector);
    // Pages get new places for honest words every day.
    2 * u32::from(foreign) + u32::from(shouted) + u32::from(displaced && (foreign || shouted))
}

/// Whether a text is a picture made of signs.
pub(super) fn is_drawn(text: &str) -> bool {
    let signs = || text.chars().filter(char::is_ascii_punctuation);
    let count = signs().count();
    count >= DRAWN
        && count > text.chars().filter(|c| c.is_alphanumeric()).count()
        && signs().collect::<BTreeSet<_>>().len() >= SORTS
}
