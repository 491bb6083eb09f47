//! Every field of a target: its key in registry files, its headings in tables. One table for reading, writing,
//! importing and exporting, so that none of them forgets one.

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its key, with a dot between table and key.
    pub key: &'static str,
    /// The heading in Chinese tables.
    pub zh: &'static str,
    /// The heading in English tables.
    pub en: &'static str,
    /// Other headings under which registers carry it, in small letters.
    pub aliases: &'static [&'static str],
    /// What may stand there.
    pub form: Form,
}

/// What may stand in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One text.
    Text,
    /// Any number of texts; in a cell separated by line breaks, semicolons or commas.
    Texts,
    /// A number.
    Number,
    /// Yes or no.
    Switch,
    /// A day.
    Day,
}

const fn field(
    key: &'static str,
    zh: &'static str,
    en: &'static str,
    aliases: &'static [&'static str],
    form: Form,
) -> Field {
    Field { key, zh, en, aliases, form }
}

/// Every field, in the order of writing.
pub const FIELDS: &[Field] = &[
    field("id", "编号", "id", &["网站编号", "target"], Form::Text),
    field("name", "网站名称", "name", &["名称", "站点名称", "网站", "site", "title"], Form::Text),
    field(
        "urls",
        "网址",
        "url",
        &["urls", "网站地址", "首页网址", "域名", "链接", "address", "domain", "website", "首页地址"],
        Form::Texts,
    ),
    field(
        "operator.name",
        "主办单位",
        "operator",
        &[
            "operator_name",
            "单位名称",
            "运营单位",
            "运营者",
            "开办单位",
            "备案主体",
            "organisation",
            "organization",
        ],
        Form::Text,
    ),
    field(
        "operator.kind",
        "单位性质",
        "operator_kind",
        &["单位类型", "主办单位性质", "运营者性质", "kind", "operator_type"],
        Form::Text,
    ),
    field(
        "division",
        "行政区划",
        "division",
        &["区划", "所属地区", "属地", "地区", "区划代码", "region"],
        Form::Text,
    ),
    field("icp", "ICP备案号", "icp", &["icp备案", "备案号", "网站备案号", "icp许可证号"], Form::Text),
    field(
        "police",
        "公安备案号",
        "police",
        &["公网安备", "公安备案", "联网备案号", "公安联网备案号"],
        Form::Text,
    ),
    field("site_code", "网站标识码", "site_code", &["标识码", "政府网站标识码"], Form::Text),
    field(
        "protection_level",
        "等保级别",
        "protection_level",
        &["等级保护级别", "等保等级", "mlps"],
        Form::Number,
    ),
    field("contacts", "联系人", "contacts", &["联系方式", "联络人", "contact"], Form::Texts),
    field("labels", "标签", "labels", &["分类", "label", "tags"], Form::Texts),
    field("scope.hosts", "范围主机", "scope_hosts", &["其他主机", "子域名", "hosts"], Form::Texts),
    field("scope.paths", "范围路径", "scope_paths", &["路径", "paths"], Form::Texts),
    field("scope.exclude", "排除路径", "scope_exclude", &["排除", "exclude"], Form::Texts),
    field("scope.siblings", "同属域名", "scope_siblings", &["同主体域名", "siblings"], Form::Texts),
    field("visit.cadence", "周期", "cadence", &["巡检周期", "频率", "检查周期"], Form::Text),
    field("visit.windows", "允许时段", "windows", &["巡检时段", "时段"], Form::Texts),
    field("visit.avoid", "避开时段", "avoid", &["禁止时段"], Form::Texts),
    field("visit.rate", "每秒请求数", "rate", &["速率"], Form::Number),
    field("visit.max_pages", "页数上限", "max_pages", &["最多页数", "pages"], Form::Number),
    field("visit.depth", "链接深度", "depth", &["深度"], Form::Number),
    field("visit.profiles", "访问身份", "profiles", &["身份"], Form::Texts),
    field("visit.allow_private", "允许内网", "private", &["allow_private", "内网", "是否内网"], Form::Switch),
    field("authorisation.basis", "授权依据", "authorisation_basis", &["依据", "basis"], Form::Text),
    field("authorisation.notice", "告知日期", "authorisation_notice", &["通知日期", "notice"], Form::Day),
    field(
        "authorisation.published",
        "公布范围",
        "authorisation_published",
        &["公示地址", "published"],
        Form::Text,
    ),
    field(
        "authorisation.officers",
        "承办人",
        "authorisation_officers",
        &["民警", "责任人", "officers"],
        Form::Texts,
    ),
    field(
        "authorisation.written",
        "书面授权",
        "authorisation_written",
        &["授权书编号", "written"],
        Form::Text,
    ),
];

impl Field {
    /// The field of a key in a registry file.
    pub fn by_key(key: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.key == key)
    }

    /// The field of a heading in a table, in any case and spelling of blanks, with a remark in brackets or a star of
    /// forms passed over.
    pub fn by_heading(heading: &str) -> Option<&'static Self> {
        let plain = heading.split(['(', '（', '[', '【']).next().unwrap_or(heading);
        let plain: String = plain
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '*' | ':' | '：' | '\u{feff}' | '"'))
            .collect::<String>()
            .to_lowercase();
        let joined = plain.replace(['-', '.'], "_");
        let is = |name: &str| {
            let name = name.to_lowercase();
            name == plain || name.replace('.', "_") == joined
        };
        FIELDS.iter().find(|field| {
            is(field.key) || is(field.zh) || is(field.en) || field.aliases.iter().any(|alias| is(alias))
        })
    }

    /// The key that was most likely meant: the nearest by edit distance, if it is near.
    pub fn near(key: &str) -> Option<&'static str> {
        let near = FIELDS.iter().map(|field| (distance(field.key, key), field.key)).min()?;
        (near.0 <= 1 + key.chars().count() / 4).then_some(near.1)
    }
}

/// Levenshtein's distance of two short texts.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut left_above = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (left_above + usize::from(a != *b)).min(above + 1).min(row[j] + 1);
            left_above = above;
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_known_as_registers_write_them() {
        for (heading, key) in [
            ("网站名称", "name"),
            (" 网站 名称* ", "name"),
            ("网址（首页）", "urls"),
            ("URL", "urls"),
            ("Operator-Kind", "operator.kind"),
            ("operator_kind", "operator.kind"),
            ("ICP备案号", "icp"),
            ("icp", "icp"),
            ("公安备案号：", "police"),
            ("允许内网", "visit.allow_private"),
            ("private", "visit.allow_private"),
            ("visit.max_pages", "visit.max_pages"),
        ] {
            assert_eq!(Field::by_heading(heading).map(|field| field.key), Some(key), "{heading}");
        }
        assert_eq!(Field::by_heading("备注"), None);
    }

    #[test]
    fn no_heading_means_two_fields() {
        let mut seen = std::collections::BTreeMap::new();
        for field in FIELDS {
            let names = [field.key, field.zh, field.en].into_iter().chain(field.aliases.iter().copied());
            for name in names {
                let before = seen.insert(name.to_lowercase(), field.key);
                assert!(before.is_none_or(|key| key == field.key), "{name}: {before:?} and {}", field.key);
            }
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        assert_eq!(Field::near("operator.knd"), Some("operator.kind"));
        assert_eq!(Field::near("visit.cadense"), Some("visit.cadence"));
        assert_eq!(Field::near("weather"), None);
    }
}
