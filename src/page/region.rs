//! Which part of the page something stands in, told by tag names, roles, classes, ids and headings.

use super::Region;

/// The part that an element opens by its name or `role`.
pub(super) fn by_name(name: &str, role: &str) -> Option<Region> {
    match (name, role) {
        ("header", _) | (_, "banner") => Some(Region::Header),
        ("nav", _) | (_, "navigation" | "menubar" | "menu") => Some(Region::Nav),
        ("main" | "article", _) | (_, "main" | "article") => Some(Region::Main),
        ("footer", _) | (_, "contentinfo") => Some(Region::Footer),
        _ => None,
    }
}

/// The part that an element opens by the words of its class or id.
pub(super) fn by_words(words: &str) -> Option<Region> {
    let mut found = None;
    for word in words.as_bytes().split(|byte| !byte.is_ascii_alphanumeric()) {
        if let Some(region) = by_word(word) {
            if matches!(region, Region::FriendLinks | Region::UserContent) {
                return Some(region);
            }
            found.get_or_insert(region);
        }
    }
    found
}

/// One table, tried in order: the beginning or the end of a word decides.
const WORDS: &[(&str, bool, Region)] = &[
    ("friendlink", true, Region::FriendLinks),
    ("friendslink", true, Region::FriendLinks),
    ("friendlylink", true, Region::FriendLinks),
    ("linkfriend", true, Region::FriendLinks),
    ("flink", false, Region::FriendLinks),
    ("flinks", false, Region::FriendLinks),
    ("frilink", true, Region::FriendLinks),
    ("yqlj", true, Region::FriendLinks),
    ("youqing", true, Region::FriendLinks),
    ("youlian", true, Region::FriendLinks),
    ("blogroll", true, Region::FriendLinks),
    ("partner", true, Region::FriendLinks),
    ("comment", true, Region::UserContent),
    ("guestbook", true, Region::UserContent),
    ("liuyan", true, Region::UserContent),
    ("pinglun", true, Region::UserContent),
    ("reply", true, Region::UserContent),
    ("replies", true, Region::UserContent),
    ("disqus", true, Region::UserContent),
    ("postlist", true, Region::UserContent),
    ("postmessage", true, Region::UserContent),
    ("ugc", false, Region::UserContent),
    ("foot", true, Region::Footer),
    ("copyright", true, Region::Footer),
    ("beian", true, Region::Footer),
    ("nav", true, Region::Nav),
    ("subnav", true, Region::Nav),
    ("topnav", true, Region::Nav),
    ("mainnav", true, Region::Nav),
    ("menu", true, Region::Nav),
    ("submenu", true, Region::Nav),
    ("breadcrumb", true, Region::Nav),
    ("header", true, Region::Header),
    ("head", false, Region::Header),
    ("topbar", true, Region::Header),
    ("banner", true, Region::Header),
    ("main", false, Region::Main),
    ("content", true, Region::Main),
    ("article", true, Region::Main),
];

/// Length of the shortest word of the table.
const SHORTEST: usize = 3;

/// The letters that words of the table begin with: most class names are none of them.
const FIRST: [bool; 256] = {
    let mut first = [false; 256];
    let mut at = 0;
    while at < WORDS.len() {
        first[WORDS[at].0.as_bytes()[0] as usize] = true;
        at += 1;
    }
    first
};

fn by_word(word: &[u8]) -> Option<Region> {
    let first = word.first()?.to_ascii_lowercase();
    if word.len() < SHORTEST || !FIRST[usize::from(first)] {
        return None;
    }
    WORDS
        .iter()
        .filter(|(known, ..)| known.as_bytes()[0] == first)
        .find(|(known, prefix, _)| {
            let length = if *prefix { known.len().min(word.len()) } else { word.len() };
            word[..length].eq_ignore_ascii_case(known.as_bytes())
        })
        .map(|&(.., region)| region)
}

/// The part that a short heading announces for what follows it.
pub(super) fn by_heading(text: &str) -> Option<Region> {
    if text.len() > 60 {
        return None;
    }
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    let friend = [
        "友情链接",
        "友情鏈接",
        "友情連結",
        "友链",
        "合作伙伴",
        "相关链接",
        "Friend Links",
        "Friendly Links",
    ];
    if friend.iter().any(|label| text.starts_with(label) && text.len() <= label.len() + 24) {
        return Some(Region::FriendLinks);
    }
    let user =
        ["网友评论", "评论列表", "最新评论", "留言列表", "访客留言", "在线留言", "Comments", "Guestbook"];
    user.iter().any(|label| text.starts_with(label)).then_some(Region::UserContent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_name_their_part() {
        for (words, expected) in [
            ("friend-link", None),
            ("friendLink", Some(Region::FriendLinks)),
            ("w1200 yqlj clearfix", Some(Region::FriendLinks)),
            ("comment-list", Some(Region::UserContent)),
            ("article-comments", Some(Region::UserContent)),
            ("FOOTER", Some(Region::Footer)),
            ("main_nav", Some(Region::Main)),
            ("navbar navbar-default", Some(Region::Nav)),
            ("row col-md-3", None),
            ("commentary", Some(Region::UserContent)),
            ("", None),
        ] {
            assert_eq!(by_words(words), expected, "{words}");
        }
    }

    #[test]
    fn headings_announce_what_follows() {
        assert_eq!(by_heading("友情链接："), Some(Region::FriendLinks));
        assert_eq!(by_heading("【友情链接】LINKS"), Some(Region::FriendLinks));
        assert_eq!(by_heading("关于我们"), None);
    }
}
