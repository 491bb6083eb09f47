//! The registry from the outside: checked, listed, imported and exported by the real program.

use std::path::Path;

use crate::cli::Run;

const GOOD: &str = "[[target]]\nname = '某某市图书馆'\nurls = ['https://lib.example.cn/']\ndivision = '511502'\n\
    labels = ['教育', '重点']\noperator = { name = '某某学院', kind = '事业单位' }\nauthorisation = { basis = '约定' }\n\
    [[target]]\nid = 'gas'\nname = '某某燃气'\nurls = ['http://gas.example.cn/']\ndivision = '511600'\n\
    operator = { kind = 'cii' }\nauthorisation = { basis = '约定', written = '授权一号' }\n";

/// A folder in which the program is run several times.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with(files: &[(&str, &[u8])]) -> Self {
        let this = Self(tempfile::tempdir().unwrap());
        for (name, bytes) in files {
            this.put(name, bytes);
        }
        this
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut all = vec!["targets"];
        all.extend(arguments);
        Run::of(&all).within(self.0.path()).ends()
    }
}

#[test]
fn what_is_shipped_is_sound() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("targets");
    let (exit, told, notes) = Run::of(&["targets", "check", &shipped.display().to_string()]).ends();
    assert_eq!(exit, 0, "{told}{notes}");
}

#[test]
fn every_mistake_is_named_by_file_and_line_at_once() {
    let folder = Folder::with(&[
        ("targets/a.toml", GOOD.as_bytes()),
        (
            "targets/b.toml",
            "[[target]]\nurls = 'http://gas.example.cn/'\nid = 'gas'\n[[target]]\nnmae = 'x'\nurls = 'ftp://x.test/'\n\
             [target.visit]\ncadence = '偶尔'\nwindows = ['09:00-10:00']\navoid = ['08:00-12:00']\nprofiles = ['zz']\n\
             [[target\n[[target]]\nurls = 'http://late.test/'\n[target.visit]\nprofiles = ['zz']\n"
                .as_bytes(),
        ),
    ]);
    for (lang, label) in [("zh", "错误"), ("en", "error")] {
        let (exit, told, notes) = folder.run(&["check", "--lang", lang]);
        assert_eq!(exit, 2, "{told}{notes}");
        let errors: Vec<_> = notes.lines().filter(|line| line.contains(&format!(": {label}: "))).collect();
        for place in
            ["b.toml:1:", "b.toml:5:1:", "b.toml:6:8:", "b.toml:8:", "b.toml:10:", "b.toml:12:", "b.toml:13:"]
        {
            assert!(errors.iter().any(|line| line.contains(place)), "{place} is missing in\n{notes}");
        }
        assert!(notes.contains("`name`"), "what was meant is not named:\n{notes}");
        assert!(lang == "en" || !notes.contains("failed to"), "{notes}");
    }
    let (exit, ..) = Folder::with(&[("targets/a.toml", GOOD.as_bytes())]).run(&["check"]);
    assert_eq!(exit, 0);
    let (exit, _, notes) = Folder::with(&[]).run(&["check"]);
    assert!(exit == 2 && notes.contains("targets/example.toml"), "{notes}");
}

#[test]
fn sites_are_chosen_by_label_division_and_kind() {
    let folder = Folder::with(&[("targets/a.toml", GOOD.as_bytes())]);
    for (arguments, ids) in [
        (&[][..], &["gas", "lib.example.cn"][..]),
        (&["--label", "重点"], &["lib.example.cn"]),
        (&["--label", "重点", "--label", "医疗"], &[]),
        (&["--division", "5115"], &["lib.example.cn"]),
        (&["--kind", "cii"], &["gas"]),
        (&["--kind", "事业单位", "--division", "5116"], &[]),
    ] {
        let mut all = vec!["list", "--format", "json"];
        all.extend(arguments);
        let (exit, text, notes) = folder.run(&all);
        assert_eq!(exit, 0, "{notes}");
        let listed: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        let found: Vec<_> = listed.iter().map(|target| target["id"].as_str().unwrap()).collect();
        assert_eq!(found, ids, "{arguments:?}");
    }
    let (exit, _, notes) = folder.run(&["list", "--kind", "火星"]);
    assert!(exit == 2 && notes.contains("火星"), "{notes}");
}

#[test]
fn what_is_exported_is_imported_without_loss() {
    let folder = Folder::with(&[("targets/a.toml", GOOD.as_bytes())]);
    let (_, before, _) = folder.run(&["list", "--format", "json"]);
    for (format, lang) in [("csv", "zh"), ("csv", "en"), ("xlsx", "zh"), ("xlsx", "en")] {
        let (table, into) = (format!("{lang}.{format}"), format!("{lang}-{format}"));
        let (exit, ..) = folder.run(&["export", "--format", format, "--output", &table, "--lang", lang]);
        assert_eq!(exit, 0);
        let (exit, told, notes) = folder.run(&["import", &table, "--into", &into]);
        assert_eq!(exit, 0, "{told}{notes}");
        let (_, after, _) = folder.run(&["list", &into, "--format", "json"]);
        assert_eq!(after, before, "{table}");
    }
    folder.run(&["export", "--format", "toml", "--output", "copy.toml"]);
    let (_, after, _) = folder.run(&["list", "copy.toml", "--format", "json"]);
    assert_eq!(after, before);
}

#[test]
fn an_import_destroys_nothing_and_imported_again_brings_up_to_date() {
    let by_hand = b"# by hand\n[[target]]\nid = 'own'\nurls = 'http://own.test/'\n";
    let folder = Folder::with(&[
        ("targets/sites.toml", by_hand),
        ("sites.csv", "网站名称,网址,单位性质\n甲,http://a.test/,企业\n乙,http://own.test/;http://b.test/,机关\n坏,:/,\n".as_bytes()),
    ]);
    let (exit, told, notes) = folder.run(&["import", "sites.csv"]);
    assert!(exit == 2 && notes.contains("sites.csv:4:2: 错误") && told.contains("新增 2"), "{told}{notes}");
    assert_eq!(folder.text("targets/sites.toml").as_bytes(), by_hand);
    let imported = folder.text("targets/sites.imported.toml");
    folder.put(
        "targets/sites.imported.toml",
        imported.replace("name = \"甲\"", "name = \"甲\"\nprotection_level = 3").as_bytes(),
    );

    folder.put("sites.csv", "url,name\nhttp://a.test/,甲改\nhttp://c.test/,丙\n".as_bytes());
    let (exit, told, notes) = folder.run(&["import", "sites.csv", "--lang", "en"]);
    assert!(exit == 0 && told.contains("1 new, 1 changed") && told.contains("own.test"), "{told}{notes}");
    let (_, text, _) = folder.run(&["list", "--format", "json"]);
    let listed: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let a = listed.iter().find(|target| target["id"] == "a.test").unwrap();
    assert_eq!((&a["name"], &a["protection_level"]), (&"甲改".into(), &3.into()));
    assert_eq!(a["operator"]["kind"], "enterprise");
    let ids: Vec<_> = listed.iter().map(|target| target["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["a.test", "c.test", "own", "own.test"]);

    folder.put("other.csv", b"url,name\nhttp://a.test/,x\n");
    let (exit, _, notes) = folder.run(&["import", "other.csv"]);
    assert!(exit == 2 && notes.contains("sites.imported.toml"), "{notes}");
}

#[test]
fn what_is_no_table_is_refused_with_advice() {
    let folder = Folder::with(&[
        ("a.csv", b"a,b\n1,2\n"),
        ("b.xlsx", b"PK\x03\x04rubbish"),
        ("c.csv", b"url\ncaf\xE9,\n"),
    ]);
    for file in ["a.csv", "b.xlsx", "c.csv", "missing.csv"] {
        let (exit, told, notes) = folder.run(&["import", file, "--into", "new"]);
        assert!(exit == 2 && told.is_empty() && notes.contains("  → "), "{file}: {told}{notes}");
    }
    assert!(!folder.0.path().join("new").exists());
}
