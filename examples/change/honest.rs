//! How honest pages change from look to look. Each change takes a page and gives another of the same site.

/// Numbers that look random and can be drawn again.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % end.max(1)
    }
}

/// A change: the page before, and the dice.
type Change = fn(&str, &mut Dice) -> String;

/// Every kind of honest change, by name.
pub(crate) const CHANGES: &[(&str, Change)] = &[
    ("nothing", |page, _| page.to_owned()),
    ("counters and dates", |page, dice| digits(page, dice, 3)),
    ("news rotation", |page, dice| rotated(page, dice)),
    ("half of the items gone", |page, dice| thinned(page, dice)),
    ("a notice on top", |page, dice| {
        into_body(
            page,
            &format!(
                "<div class=notice><p>关于第{}期工作安排的紧急通知，请各单位遵照执行。</p></div>",
                dice.below(99)
            ),
        )
    }),
    ("news of an attack elsewhere", |page, _| {
        into_body(page, "<ul><li><a href=/n/1>警方通报：某公司网站遭黑客攻击被篡改，已立案侦查</a></li></ul>")
    }),
    ("security awareness week", |page, _| {
        into_body(
            page,
            "<div class=banner><h2>国家网络安全宣传周</h2><p>防范黑客入侵与勒索病毒，守护网络安全。</p></div>",
        )
    }),
    ("an advertising frame", |page, dice| {
        at_end(
            page,
            &format!(
                "<iframe src=https://ads{}.adnet.test/slot width=300 height=250></iframe>",
                dice.below(9)
            ),
        )
    }),
    ("a statistics script", |page, dice| {
        at_end(
            page,
            &format!(
                "<script>var _s={};(function(){{var h=document.createElement('script');h.src='https://hm.baidu.com/hm.js?'+_s;document.body.appendChild(h)}})()</script>",
                dice.below(99999)
            ),
        )
    }),
    ("mourning grey", |page, _| {
        into_head(page, "<style>html{filter:grayscale(100%);-webkit-filter:grayscale(1)}</style>")
    }),
    ("a holiday skin", |page, _| {
        into_body(
            &into_head(page, "<style>body{background:#c00 url(/lantern.png)}</style>"),
            "<div class=festival><h2>欢度国庆 喜迎中秋</h2></div>",
        )
    }),
    ("season's greetings in the title", |page, _| titled(page, |title| format!("{title} 新春快乐"))),
    ("messages counted in the title", |page, dice| {
        let count = dice.below(40);
        titled(page, |title| format!("({count}条新消息) {title}"))
    }),
    ("classes made anew", |page, dice| page.replace("class=\"", &format!("class=\"v{} ", dice.below(999)))),
    ("another order of blocks", |page, dice| swapped(page, dice)),
    ("a floating window", |page, _| {
        at_end(
            page,
            "<div id=float style=position:fixed;top:50px><a href=/topic><img src=/t.png alt=专题></a></div>",
        )
    }),
    ("a new friend link", |page, dice| {
        at_end(page, &format!("<a href=http://www.partner{}.test/>合作单位</a>", dice.below(999)))
    }),
    ("tokens in scripts", |page, dice| {
        into_head(
            page,
            &format!(
                "<script>window.__csrf=\"{:016x}\";window.__t={}</script>",
                dice.below(1 << 30),
                dice.below(1 << 30)
            ),
        )
    }),
    ("versions of files", |page, dice| {
        page.replace(".css", &format!(".css?v={}", dice.below(999)))
            .replace(".js\"", &format!(".js?v={}\"", dice.below(999)))
    }),
    ("a new frame around everything", |page, _| framed(page)),
    ("an A/B test of the banner", |page, dice| {
        into_body(
            page,
            if dice.below(2) == 0 {
                "<div class=a><h1>服务提升 便民利企</h1></div>"
            } else {
                "<section class=b><b>一网通办 高效便捷</b></section>"
            },
        )
    }),
    ("a cookie banner", |page, _| {
        at_end(
            page,
            "<div role=dialog>We use cookies to improve this site. <button>Accept</button> <a href=/privacy>Privacy</a></div>",
        )
    }),
    ("a redesign", |page, _| redesigned(page)),
    ("a content network's error", |_, _| {
        "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>".to_owned()
    }),
    ("maintenance", |_, _| {
        "<html><head><meta charset=utf-8><title>网站维护公告</title></head><body><h1>网站维护公告</h1><p>本网站正在进行系统升级维护，请稍后访问。</p></body></html>".to_owned()
    }),
];

/// The page on one of its days: what counts, counts; what rotates, rotates.
pub(crate) fn day(page: &str, dice: &mut Dice) -> String {
    rotated(&digits(page, dice, 9), dice)
}

/// Every so-manieth digit outside of tags is another.
fn digits(page: &str, dice: &mut Dice, one_in: usize) -> String {
    let mut inside = false;
    page.chars()
        .map(|c| {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                _ => {}
            }
            if !inside && c.is_ascii_digit() && dice.below(one_in) == 0 {
                char::from(b'0' + u8::try_from(dice.below(10)).unwrap_or(0))
            } else {
                c
            }
        })
        .collect()
}

/// The pieces of a page between list items: before the first, each item, and what follows the last.
fn items(page: &str) -> Option<(&str, Vec<&str>, &str)> {
    let first = page.find("<li")?;
    let last = page.rfind("</li>")? + "</li>".len();
    if last <= first {
        return None;
    }
    let items: Vec<&str> = page[first..last].split_inclusive("</li>").collect();
    Some((&page[..first], items, &page[last..]))
}

/// A fifth of the texts of list items are others.
fn rotated(page: &str, dice: &mut Dice) -> String {
    let Some((before, items, after)) = items(page) else { return page.to_owned() };
    let mut text = before.to_owned();
    for item in items {
        let plain = item.matches('<').count() <= 6;
        match (plain && dice.below(5) == 0, item.rfind("</a>"), item.rfind("\">")) {
            (true, Some(end), Some(start)) if start + 2 < end => {
                text.push_str(&item[..start + 2]);
                text.push_str(&format!("关于第{}号事项的工作通报", dice.below(1000)));
                text.push_str(&item[end..]);
            }
            _ => text.push_str(item),
        }
    }
    text + after
}

/// Half of the list items are gone.
fn thinned(page: &str, dice: &mut Dice) -> String {
    let Some((before, items, after)) = items(page) else { return page.to_owned() };
    let kept: String =
        items.into_iter().filter(|item| item.matches("<ul").count() > 0 || dice.below(2) == 0).collect();
    format!("{before}{kept}{after}")
}

/// Two neighbouring items change places.
fn swapped(page: &str, dice: &mut Dice) -> String {
    let Some((before, mut items, after)) = items(page) else { return page.to_owned() };
    if items.len() > 2 {
        let at = dice.below(items.len() - 1);
        items.swap(at, at + 1);
    }
    format!("{before}{}{after}", items.concat())
}

/// Where a tag ends, behind its opening bracket: the first that stands neither in a comment nor in a script.
fn end_of_tag(page: &str, tag: &str) -> Option<usize> {
    let lower = page.to_ascii_lowercase();
    let within = |at: usize, open: &str, end: &str| {
        lower[..at].rfind(open).is_some_and(|from| !lower[from..at].contains(end))
    };
    let is_tag = |at: &usize| !within(*at, "<!--", "-->") && !within(*at, "<script", "</script");
    let start = lower.match_indices(tag).map(|(at, _)| at).find(is_tag)?;
    Some(start + lower[start..].find('>')? + 1)
}

pub(crate) fn into_body(page: &str, piece: &str) -> String {
    let at = end_of_tag(page, "<body").unwrap_or(0);
    format!("{}{piece}{}", &page[..at], &page[at..])
}

fn into_head(page: &str, piece: &str) -> String {
    let at = end_of_tag(page, "<head").unwrap_or(0);
    format!("{}{piece}{}", &page[..at], &page[at..])
}

fn at_end(page: &str, piece: &str) -> String {
    let at = page.to_ascii_lowercase().rfind("</body").unwrap_or(page.len());
    format!("{}{piece}{}", &page[..at], &page[at..])
}

/// The title's place in a page.
pub(crate) fn title(page: &str) -> Option<(usize, usize)> {
    let start = end_of_tag(page, "<title")?;
    let end = start + page[start..].to_ascii_lowercase().find("</title")?;
    Some((start, end))
}

fn titled(page: &str, make: impl Fn(&str) -> String) -> String {
    let Some((start, end)) = title(page) else { return page.to_owned() };
    format!("{}{}{}", &page[..start], make(&page[start..end]), &page[end..])
}

/// The whole body in a new frame of elements.
fn framed(page: &str) -> String {
    at_end(&into_body(page, "<div class=app><div class=layout><main class=content>"), "</main></div></div>")
}

/// Everything new but the name, the ways into the site and the filing marks.
fn redesigned(page: &str) -> String {
    let name = title(page).map_or("", |(start, end)| page[start..end].trim());
    let ways: String = page
        .split("<a ")
        .skip(1)
        .filter_map(|piece| {
            let start = piece.find("href=\"")? + 6;
            let path = &piece[start..start + piece[start..].find('"')?];
            path.starts_with('/').then(|| format!("<section><article><a href=\"{path}\">全新栏目</a><p>敬请浏览改版后的内容。</p></article></section>"))
        })
        .take(12)
        .collect();
    let mark = page.find("ICP备").map_or("", |at| {
        let start = page[..at].char_indices().next_back().map_or(at, |(before, _)| before);
        let end = page[at..].char_indices().nth(20).map_or(page.len(), |(after, _)| at + after);
        page[start..end].split('<').next().unwrap_or_default()
    });
    format!(
        "<html><head><meta charset=utf-8><title>{name}</title></head><body><div class=new><h1>{name}</h1>{ways}<p>{mark}</p></div></body></html>"
    )
}
