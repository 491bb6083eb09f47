//! The registry from files, as a unit writes them.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::lang::Lang;

const GOOD: &str = r#"
[defaults.visit]
cadence = "12h"

[[target]]
name = "某某市图书馆"
urls = ["https://lib.example.cn/", "lib.example.cn/en/"]
division = "511502"
icp = "蜀ICP备12009876号-1"
police = "川公网安备51150202000123号"
protection_level = 2
labels = ["教育", "重点"]

[target.operator]
name = "某某学院"
kind = "事业单位"

[target.visit]
avoid = ["周一至周五 09:00-11:00"]
rate = 0.5

[target.authorisation]
basis = "网络安全法第五十条"
notice = 2026-11-01
officers = ["张三", "李四"]

[[target]]
id = "gas"
name = "某某燃气"
urls = "http://gas.example.cn"
operator = { name = "某某燃气公司", kind = "cii" }
"#;

fn load(text: &str) -> Registry {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.toml"), text).unwrap();
    Registry::load(folder.path()).unwrap()
}

#[test]
fn a_good_file_becomes_targets() {
    let registry = load(GOOD);
    assert!(registry.is_sound(), "{:?}", registry.mistakes);
    let library = registry.get(&"lib.example.cn".into()).unwrap();
    assert_eq!(library.operator.kind, OperatorKind::Institution);
    assert_eq!(library.urls[1].as_str(), "http://lib.example.cn/en/");
    assert_eq!(library.visit.cadence.as_ref().map(ToString::to_string).as_deref(), Some("12h"));
    assert_eq!(library.authorisation.officers, ["张三", "李四"]);
    assert!(library.may_probe());
    let gas = registry.get(&"gas".into()).unwrap();
    assert!(!gas.may_probe(), "critical infrastructure without written authorisation");
    assert!(registry.mistakes.iter().any(|mistake| !mistake.fatal && mistake.what.zh.contains("书面授权")));
}

#[test]
fn every_mistake_is_named_with_its_line() {
    let registry = load(
        "[[target]]\nname = 'a'\nurls = ['ftp://a.test/']\ncolour = 1\n[target.visit]\ncadence = 'soon'\nrate = 900\n\
         [target.operator]\nknd = '企业'\nkind = '火星'\n[[target]]\nname = 'b'\n",
    );
    let told: Vec<_> =
        registry.mistakes.iter().filter(|mistake| mistake.fatal).map(|mistake| mistake.at.line).collect();
    assert_eq!(told, [3, 4, 6, 7, 9, 10, 11], "{:?}", registry.mistakes);
    assert!(registry.mistakes.iter().any(|mistake| mistake.what.en.contains("`operator.kind` meant")));
}

#[test]
fn what_is_no_toml_is_told_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.toml"), "[[target]\nname = ").unwrap();
    std::fs::write(folder.path().join("b.toml"), [0xFF, 0xFE]).unwrap();
    std::fs::write(folder.path().join("c.toml"), GOOD).unwrap();
    let registry = Registry::load(folder.path()).unwrap();
    assert_eq!(registry.len(), 2);
    let files: std::collections::BTreeSet<_> =
        registry.mistakes.iter().filter(|one| one.fatal).filter_map(|one| one.at.file.file_name()).collect();
    assert_eq!(files.len(), 2, "{:?}", registry.mistakes);
}

#[test]
fn an_id_stands_for_one_site() {
    let registry = load("[[target]]\nurls='http://a.test/'\n[[target]]\nurls='http://a.test/'\n");
    assert_eq!(registry.len(), 1);
    assert!(
        registry.mistakes.iter().any(|mistake| mistake.fatal && mistake.at.line == 3),
        "{:?}",
        registry.mistakes
    );
}

#[test]
fn a_changed_folder_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.toml"), GOOD).unwrap();
    let registry = Registry::load(folder.path()).unwrap();
    assert!(!registry.has_changed(folder.path()));
    std::fs::write(folder.path().join("b.toml"), "[[target]]\nurls='http://b.test/'\n").unwrap();
    assert!(registry.has_changed(folder.path()));
}

#[test]
fn targets_survive_every_format() {
    let registry = load(GOOD);
    let before: Vec<_> = registry.iter().cloned().collect();
    let again = load(&toml(&before));
    assert_eq!(again.iter().cloned().collect::<Vec<_>>(), before);
    for lang in [Lang::Zh, Lang::En] {
        for bytes in [table::csv(&before, lang).unwrap(), table::xlsx(&before, lang).unwrap()] {
            let imported = table::read(Path::new("x"), &bytes).unwrap();
            assert_eq!(imported.targets, before, "{:?}", imported.mistakes);
        }
    }
}

#[test]
fn a_register_is_imported_by_its_headings() {
    let text = "网站登记表,,,\n网站名称,网址,主办单位,单位性质,行政区划,ICP备案号,公安备案号,允许内网,备注\n\
                某某局,127.0.0.1:8080,某某局,机关,511500,蜀ICP备12009876号-1,,是,x\n坏,://,,,,,,,\n";
    for bytes in [text.as_bytes().to_vec(), encoding_rs::GB18030.encode(text).0.into_owned()] {
        let imported = table::read(Path::new("登记表.csv"), &bytes).unwrap();
        let target = &imported.targets[0];
        assert_eq!((target.id.as_str(), target.operator.kind), ("127.0.0.1:8080", OperatorKind::StateOrgan));
        assert!(target.visit.allow_private);
        assert_eq!(imported.unknown, ["备注"]);
        let wrong: Vec<_> = imported
            .mistakes
            .iter()
            .filter(|one| one.fatal)
            .map(|one| (one.at.line, one.at.column))
            .collect();
        assert_eq!(wrong, [(4, 2)], "{:?}", imported.mistakes);
    }
    assert!(matches!(table::read(Path::new("x"), b"a,b\n1,2\n"), Err(table::TableError::NoHeadings(_))));
    assert!(matches!(
        table::read(Path::new("x"), b"PK\x03\x04rubbish"),
        Err(table::TableError::Unreadable(_))
    ));
}

#[test]
fn no_cell_is_run_by_a_spreadsheet() {
    let registry = load("[[target]]\nname = \"=HYPERLINK(1)\"\nurls = 'http://a.test/'\n");
    let csv = String::from_utf8(table::csv(registry.iter(), Lang::Zh).unwrap()).unwrap();
    assert!(csv.contains("'=HYPERLINK(1)"), "{csv}");
    let back = table::read(Path::new("x"), csv.as_bytes()).unwrap();
    assert_eq!(back.targets[0].name, "=HYPERLINK(1)");
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_fail(text in "\\PC{0,200}", name in "\\PC{0,40}") {
        let mut mistakes = mistake::Mistakes::default();
        written::read(&std::sync::Arc::from(Path::new("x")), &text, &mut mistakes, &mut |_, _| {});
        let _ = table::read(Path::new("x"), text.as_bytes());
        let quoted = ::toml::Value::String(name).to_string();
        let registry = load(&format!("[[target]]\nname = {quoted}\nurls = 'http://a.test/'\n"));
        prop_assert_eq!(registry.len(), 1);
        let before: Vec<_> = registry.iter().cloned().collect();
        let again = load(&toml(&before));
        prop_assert_eq!(again.iter().cloned().collect::<Vec<_>>(), before);
    }
}
