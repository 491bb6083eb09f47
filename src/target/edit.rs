//! Registry files changed in place: what people wrote beside it, comments and order, stays.

use toml_edit::{Array, DocumentMut, Item, Table, Value, value};
use url::Url;

use crate::id::TargetId;

/// How a site is to be visited, as people write it; `None` or empty leaves it to the defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VisitingWish {
    /// Such as `12h`, `daily` or a cron expression.
    pub cadence: Option<String>,
    /// When it may be visited, such as `22:00-06:00`.
    pub windows: Vec<String>,
    /// When it must not be.
    pub avoid: Vec<String>,
    /// Pages a visit.
    pub max_pages: Option<u32>,
}

/// The text of a registry file with another visiting of one target; `None` where the file does not hold the target as a
/// `[[target]]` of its own, or does not parse.
pub fn visiting(text: &str, id: &TargetId, wish: &VisitingWish) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let targets = document.get_mut("target")?.as_array_of_tables_mut()?;
    let target = targets.iter_mut().find(|target| names(target, id))?;
    if target.get("visit").is_none() {
        target.insert("visit", Item::Table(Table::new()));
    }
    let visit = target.get_mut("visit")?.as_table_like_mut()?;
    let mut set = |key: &str, written: Option<Item>| match written {
        Some(written) => drop(visit.insert(key, written)),
        None => drop(visit.remove(key)),
    };
    let list = |texts: &[String]| {
        (!texts.is_empty()).then(|| Item::Value(Value::Array(texts.iter().collect::<Array>())))
    };
    set("cadence", wish.cadence.as_ref().filter(|text| !text.is_empty()).map(value));
    set("windows", list(&wish.windows));
    set("avoid", list(&wish.avoid));
    set("max_pages", wish.max_pages.map(|pages| value(i64::from(pages))));
    Some(document.to_string())
}

/// Whether a table registers that target: by its id, or by the host of its first address where it says none.
fn names(target: &Table, id: &TargetId) -> bool {
    if let Some(own) = target.get("id") {
        return own.as_str() == Some(id.as_str());
    }
    let first = target.get("urls").or_else(|| target.get("url"));
    let first = first.and_then(|item| item.as_str().or_else(|| item.as_array()?.get(0)?.as_str()));
    let url = first.and_then(|text| Url::parse(text).ok());
    url.is_some_and(|url| url.host_str().is_some_and(|host| id.as_str().starts_with(host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# ours\n[[target]]\nid = \"a\" # first\nurls = [\"https://a.test/\"]\n\n[target.visit]\ncadence = \"6h\" # 周期\nrate = 0.5\n\n[[target]]\nurls = [\"https://b.test/\"]\n";

    #[test]
    fn only_what_was_asked_for_changes() {
        let wish = VisitingWish {
            cadence: Some("2d".to_owned()),
            windows: vec!["22:00-06:00".to_owned()],
            ..VisitingWish::default()
        };
        let changed = visiting(FILE, &"a".into(), &wish).unwrap();
        for expected in ["# ours", "# first", "cadence = \"2d\"", "rate = 0.5", "windows = [\"22:00-06:00\"]"]
        {
            assert!(changed.contains(expected), "{expected} in\n{changed}");
        }
        let back = visiting(&changed, &"a".into(), &VisitingWish::default()).unwrap();
        assert!(!back.contains("cadence") && !back.contains("windows") && back.contains("rate"), "{back}");
    }

    #[test]
    fn a_target_without_id_is_known_by_its_host() {
        let wish = VisitingWish { max_pages: Some(7), ..VisitingWish::default() };
        let changed = visiting(FILE, &"b.test".into(), &wish).unwrap();
        assert!(changed.ends_with("[target.visit]\nmax_pages = 7\n"), "{changed}");
        assert_eq!(visiting(FILE, &"c.test".into(), &wish), None);
        assert_eq!(visiting("[[target", &"a".into(), &wish), None);
    }
}
