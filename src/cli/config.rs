//! The settings file: as written ([`Written`]), then as checked ([`Config`]).

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Failed;
use crate::alert;
use crate::lang::Lang;
use crate::scan::BrowserUse;
use crate::store::Address;

/// Settings after checking. Every value is optional; the command line wins over the file.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub(super) lang: Option<Lang>,
    pub(super) rate: Option<f64>,
    pub(super) profile_gap: Option<f64>,
    pub(super) profiles: Vec<String>,
    pub(super) allow_private: bool,
    pub(super) evidence: Option<PathBuf>,
    pub(super) evidence_key: Option<PathBuf>,
    pub(super) stamp_authority: Option<url::Url>,
    pub(super) operator: Option<String>,
    pub(super) lexicon: Vec<PathBuf>,
    pub(super) browser: Option<BrowserUse>,
    pub(super) store: Option<Address>,
    /// Checked where alerts are used: secrets may stand where other commands cannot read them.
    pub(super) alert: alert::Written,
    /// The folder of the file, beside which files named in it stand.
    pub(super) folder: PathBuf,
}

/// Settings as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    lang: Option<Lang>,
    rate: Option<f64>,
    profile_gap: Option<f64>,
    profiles: Vec<String>,
    allow_private: bool,
    evidence: Option<PathBuf>,
    evidence_key: Option<PathBuf>,
    stamp_authority: Option<url::Url>,
    operator: Option<String>,
    lexicon: Vec<PathBuf>,
    browser: Option<String>,
    store: Option<String>,
    alert: alert::Written,
}

impl Config {
    /// Reads the file, if one is named. Without one, everything is left to the command line and the defaults.
    pub(super) fn load(path: Option<&Path>) -> Result<Self, Failed> {
        let Some(path) = path else { return Ok(Self::default()) };
        let name = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failed::usage(
                format!("无法读取设置文件 {name}：{error}"),
                format!("cannot read the settings file {name}: {error}"),
            )
            .advise(
                "请核对路径与权限，或去掉 --config。",
                "check the path and its permissions, or leave --config out.",
            )
        })?;
        let written: Written = toml::from_str(&text).map_err(|error| {
            Failed::usage(
                format!("设置文件 {name} 有误：\n{error}"),
                format!("the settings file {name} is wrong:\n{error}"),
            )
            .advise(
                "可用的项见 README 的“设置”一节。",
                "the known keys are listed in the README under Settings.",
            )
        })?;
        written.checked(path)
    }
}

impl Written {
    fn checked(self, path: &Path) -> Result<Config, Failed> {
        for (key, value) in [("rate", self.rate), ("profile_gap", self.profile_gap)] {
            if value.is_some_and(|value| !value.is_finite() || value < 0.0) {
                let name = path.display();
                return Err(Failed::usage(
                    format!("设置文件 {name}：{key} 必须是不小于 0 的数"),
                    format!("the settings file {name}: {key} must be a number of 0 or more"),
                ));
            }
        }
        let browser = self.browser.as_deref().map(str::parse).transpose().map_err(|why| {
            let name = path.display();
            Failed::usage(
                format!("设置文件 {name}：browser 有误：{why}"),
                format!("the settings file {name}: browser is wrong: {why}"),
            )
        })?;
        let base = path.parent().unwrap_or(Path::new("."));
        let store = self.store.as_deref().map(str::parse::<Address>).transpose().map_err(|error| {
            let name = path.display();
            Failed::usage(
                format!(
                    "设置文件 {name}：store 有误：应形如 sqlite://file.db 或 postgres://user@host/database"
                ),
                format!("the settings file {name}: failed to {error}"),
            )
        })?;
        Ok(Config {
            lang: self.lang,
            rate: self.rate,
            profile_gap: self.profile_gap,
            profiles: self.profiles,
            allow_private: self.allow_private,
            evidence: self.evidence.map(|folder| base.join(folder)),
            stamp_authority: self.stamp_authority,
            evidence_key: self.evidence_key.map(|file| base.join(file)),
            operator: self.operator,
            lexicon: self.lexicon.into_iter().map(|file| base.join(file)).collect(),
            browser,
            store: store.map(|store| store.beside(base)),
            alert: self.alert,
            folder: base.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Config, Failed> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("xuncha.toml");
        std::fs::write(&file, text).unwrap();
        Config::load(Some(&file))
    }

    #[test]
    fn a_good_file_is_taken() {
        let config = load("lang = \"en\"\nrate = 0.5\nprofiles = [\"m\", \"d\"]\n").unwrap();
        assert_eq!((config.lang, config.rate, config.profiles.len()), (Some(Lang::En), Some(0.5), 2));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let failed = load("lang = \"zh\"\nspeed = 3\n").unwrap_err();
        assert!(failed.what.en.contains("speed") && failed.what.en.contains('2'), "{}", failed.what.en);
    }

    #[test]
    fn when_a_browser_is_asked_is_one_of_three_words() {
        assert_eq!(load("browser = \"never\"").unwrap().browser, Some(BrowserUse::Never));
        assert!(load("browser = \"sometimes\"").unwrap_err().what.en.contains("sometimes"));
    }

    #[test]
    fn a_store_stands_beside_the_file_that_names_it() {
        let store = load("store = \"sqlite://kept/x.db\"").unwrap().store.unwrap();
        let file = store.file().unwrap();
        assert!(file.is_absolute() && file.ends_with("kept/x.db"), "{}", file.display());
        assert!(load("store = \"mysql://x\"").unwrap_err().what.en.contains("mysql"));
    }

    #[test]
    fn a_negative_rate_is_refused() {
        assert!(load("rate = -1").unwrap_err().what.en.contains("rate"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let failed = Config::load(Some(Path::new("/nowhere/xuncha.toml"))).unwrap_err();
        assert!(failed.what.zh.contains("/nowhere/xuncha.toml"));
    }
}
