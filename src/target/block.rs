//! A registry file cut into blocks, one for each `[[target]]`, so that a file of a hundred thousand sites is parsed piece
//! by piece in little memory, and what is broken in one block leaves the others alone.
//!
//! Only looks for the heads of blocks; what TOML allows beyond that is for its parser to say.

/// One `[[target]]` with what belongs to it, or what stands before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block<'a> {
    pub(super) text: &'a str,
    /// The line on which it begins, from 1.
    pub(super) line: usize,
}

/// The blocks of a file; together they are the file.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open = None;
    let (mut start, mut first_line) = (0, 1);
    let mut at = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if open.is_none() && is_head(line) && at > start {
            blocks.push(Block { text: &text[start..at], line: first_line });
            (start, first_line) = (at, index + 1);
        }
        open = open_after(line, open);
        at += line.len();
    }
    if start < text.len() {
        blocks.push(Block { text: &text[start..], line: first_line });
    }
    blocks
}

/// Whether a line begins a target. Within an array these characters would be no TOML, so nothing else is cut by it.
fn is_head(line: &str) -> bool {
    let inner = line.trim_start().strip_prefix("[[").map(str::trim_start);
    let name = inner.and_then(|inner| inner.strip_prefix("target"));
    name.is_some_and(|rest| rest.trim_start().starts_with("]]"))
}

/// The mark of the text over several lines that is still open after a line.
fn open_after(line: &str, before: Option<&'static str>) -> Option<&'static str> {
    let mut rest = line;
    let mut open = before;
    loop {
        if let Some(mark) = open {
            match after_end(rest, mark) {
                // Up to two quotes more belong to the text itself.
                Some(after) => rest = after.trim_start_matches(&mark[..1]),
                None => return open,
            }
        }
        rest = &rest[rest.find(['"', '\'', '#'])?..];
        if rest.starts_with('#') {
            return None;
        }
        open = ["\"\"\"", "'''"].into_iter().find(|mark| rest.starts_with(mark));
        rest = match open {
            Some(mark) => &rest[mark.len()..],
            None => after_end(&rest[1..], if rest.starts_with('"') { "\"" } else { "'" })?,
        };
    }
}

/// What follows the mark that ends a text; in texts between double quotes a backslash takes the next character along.
fn after_end<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find(|sign| sign == '\\' || mark.starts_with(sign))?;
        let rest = &text[at..];
        if rest.starts_with('\\') {
            let taken =
                if mark.starts_with('"') { rest.chars().take(2).map(char::len_utf8).sum() } else { 1 };
            from = at + taken;
        } else if let Some(after) = rest.strip_prefix(mark) {
            return Some(after);
        } else {
            from = at + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, lines: &[usize]) {
        let found: Vec<_> = blocks(text).iter().map(|block| block.line).collect();
        assert_eq!(found, lines, "{text}");
    }

    #[test]
    fn a_file_is_cut_at_its_targets_alone() {
        check("", &[]);
        check("[[target]]\nurls='a'\n", &[1]);
        check("# x\n[defaults]\n[[target]]\n[target.visit]\n  [[ target ]] # y\n", &[1, 3, 5]);
        check("[[target]]\nname = \"\"\"\n[[target]]\n\"\"\"\n[[target]]\n", &[1, 5]);
        check("[[target]]\nname = '''\n[[target]]\n'''\n[[target]]\n", &[1, 5]);
        check("a = \"\\\"\"\"\" # '''\n[[target]]\n", &[1, 2]);
        check("a = '\\'\n# \"\"\"\n[[target]]\n", &[1, 3]);
        check("a = \"\"\"x\"\"\"\"\"\n[[target]]\n", &[1, 2]);
        check("a = \"never closed\n[[target]]\n", &[1, 2]);
        check("[[targets]]\n[[target.x]]\n", &[1]);
    }

    proptest! {
        #[test]
        fn the_blocks_are_the_file(text in "(\\[\\[target\\]\\]|\"|'''|\"\"\"|\n|\\\\|#|=|汉){0,60}") {
            let whole: String = blocks(&text).iter().map(|block| block.text).collect();
            prop_assert_eq!(&whole, &text);
            for block in blocks(&text) {
                let before = text.len() - text[(block.text.as_ptr() as usize - text.as_ptr() as usize)..].len();
                prop_assert_eq!(text[..before].matches('\n').count() + 1, block.line);
            }
        }
    }
}
