//! The registry from files, as a unit writes them.

use std::path::Path;

use proptest::prelude::*;

use super::registry::Refresh;
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
fn a_broken_change_leaves_the_last_good_registry_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.toml");
    std::fs::write(&file, GOOD).unwrap();
    let mut registry = Registry::load(folder.path()).unwrap();
    std::fs::write(&file, "[[target]]\nurls = 'http://b.test/'\nid = 'a b'\n").unwrap();
    let kept = registry.refresh(folder.path());
    let is_told = |one: &Mistake| one.fatal && one.at.line == 3;
    assert!(matches!(&kept, Refresh::Kept(mistakes) if mistakes.iter().any(is_told)), "{kept:?}");
    assert_eq!(registry.len(), 2);
    assert!(matches!(registry.refresh(folder.path()), Refresh::Unchanged), "a broken file is told of once");
    std::fs::write(&file, "[[target]]\nurls = 'http://c.test/'\n").unwrap();
    assert!(matches!(registry.refresh(folder.path()), Refresh::Taken));
    assert_eq!(registry.iter().map(|target| target.id.as_str()).collect::<Vec<_>>(), ["c.test"]);
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(registry.refresh(folder.path()), Refresh::Unreadable(RegistryError::Empty { .. })));
    assert_eq!(registry.len(), 1);
}

#[test]
fn what_contradicts_itself_or_cannot_be_is_told_where_it_stands() {
    for (text, fatal, line) in [
        ("[target.visit]\nwindows = ['09:00-10:00']\navoid = ['08:00-12:00']", true, 5),
        ("[target.scope]\npaths = ['/x/']\nexclude = ['/x/']", true, 5),
        ("[target.scope]\nexclude = ['/']", true, 4),
        ("[target.scope]\npaths = ['/x/']", false, 2),
        ("division = '995115'", false, 3),
        ("icp = '京ICP备12345678号'", false, 3),
        ("police = '川公网安备11010402000001号'", false, 3),
        ("site_code = '51090300'", false, 3),
        ("protection_level = '六级'", true, 3),
        ("id = ''\nid = 'x'", true, 4),
    ] {
        let head = "[[target]]\nurls = 'http://a.test/'\n";
        let registry = load(&format!("{head}{text}\n[target.authorisation]\nbasis = 'x'\n"));
        let told: Vec<_> = registry.mistakes.iter().map(|one| (one.fatal, one.at.line)).collect();
        assert!(told.contains(&(fatal, line)), "{text}: {:?}", registry.mistakes);
    }
    let level = load("[[target]]\nurls = 'http://a.test/'\nprotection_level = '第三级'\n");
    assert_eq!(level.iter().next().and_then(|target| target.protection_level), Some(3));
}

#[test]
fn defaults_hold_wherever_they_stand_and_the_site_goes_first() {
    let registry = load(
        "[[target]]\nurls='http://a.test/'\n[target.visit]\nrate = 2\n[[target]]\nurls='http://b.test/'\n\
         [defaults.visit]\nrate = 1\ndepth = 3\n",
    );
    assert!(registry.is_sound(), "{:?}", registry.mistakes);
    let visits: Vec<_> = registry.iter().map(|target| (target.visit.rate, target.visit.depth)).collect();
    assert_eq!(visits, [(Some(2.0), Some(3)), (Some(1.0), Some(3))]);
    let twice = load("[defaults]\nid='x'\n[[target]]\nurls='http://a.test/'\n");
    assert!(twice.mistakes.iter().any(|one| one.fatal && one.at.line == 2), "{:?}", twice.mistakes);
}

#[test]
fn a_file_made_to_stall_ends_in_a_mistake() {
    let line: Vec<_> = (0..40_000).map(|site| format!("{{urls='http://s{site}.test/'}}")).collect();
    for (text, targets) in [
        (format!("target=[{}]", line.join(",")), 40_000),
        (format!("[[target]]\nurls=['{}']", vec!["http://a.test/"; 90_000].join("','")), 1),
        (format!("a{}=1", ".a".repeat(1_200_000)), 0),
        (format!("a={}", "[".repeat(2_200_000)), 0),
        (format!("[[target]]\nurls='{}'", "x:".repeat(900_000)), 0),
        ("[[target]]\nurl=1\n".repeat(30_000), 0),
    ] {
        let started = std::time::Instant::now();
        let registry = load(&text);
        assert_eq!(registry.len(), targets);
        assert_eq!(registry.is_sound(), targets > 1, "{}", &text[..40]);
        assert!(registry.mistakes.len() <= 20_002);
        // Seconds where a square of the length would take hours.
        assert!(started.elapsed().as_secs() < 120, "{}", &text[..40]);
    }
}

#[test]
fn targets_survive_every_format() {
    let registry = load(GOOD);
    let before: Vec<_> = registry.iter().cloned().collect();
    let again = load(&toml(&before));
    assert!(again.is_sound(), "{:?}\n{}", again.mistakes, toml(&before));
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
        prop_assert!(again.is_sound(), "{:?}", again.mistakes);
        prop_assert_eq!(again.iter().cloned().collect::<Vec<_>>(), before);
    }
}
