//! Where a store is: `sqlite://file.db` (the embedded default) or `postgres://user@host/database`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use url::Url;

/// The store when none is named: a file in the working folder, beside `targets/` and the evidence.
pub const DEFAULT: &str = "sqlite://xuncha.db";

/// A checked address of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A file of the embedded engine.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(Url),
}

/// Why a text is no address of a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "read `{0}` as the address of a store; it should look like sqlite://file.db or postgres://user@host/database"
)]
pub struct AddressError(String);

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || AddressError(without_password(text));
        if let Some(rest) = text.strip_prefix("sqlite:") {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            // Words after `?` are settings of other programs; the few that matter are decided here.
            let path = path.split('?').next().unwrap_or(path);
            if path.is_empty() || path.ends_with('/') || path == ":memory:" {
                return Err(wrong());
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let url = Url::parse(text).map_err(|_| wrong())?;
            let named = url.path().len() > 1 || url.query().is_some_and(|query| query.contains("dbname="));
            return if named { Ok(Self::Postgres(url)) } else { Err(wrong()) };
        }
        Err(wrong())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url.as_str())),
        }
    }
}

impl Address {
    /// The address as the engine's driver takes it.
    pub(super) fn for_driver(&self) -> Result<Url, AddressError> {
        match self {
            Self::Postgres(url) => Ok(url.clone()),
            Self::Sqlite(path) => {
                let wrong = || AddressError(self.to_string());
                let path = std::path::absolute(path).map_err(|_| wrong())?;
                let mut url = Url::from_file_path(&path).map_err(|()| wrong())?;
                url.set_query(Some("mode=rwc"));
                let text = url.as_str().replacen("file://", "sqlite://", 1);
                Url::parse(&text).map_err(|_| wrong())
            }
        }
    }

    /// The same address, a relative file taken as one beneath that folder.
    pub fn beside(self, folder: &Path) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(folder.join(path)),
            Self::Postgres(_) => self,
        }
    }

    /// The file, where the store is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

/// A password is never shown.
fn without_password(text: &str) -> String {
    match Url::parse(text) {
        Ok(mut url) if url.password().is_some() => {
            let _ = url.set_password(Some("***"));
            url.to_string()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked() {
        for (text, good) in [
            ("sqlite://xuncha.db", true),
            ("sqlite:///var/lib/巡查 库.db", true),
            ("sqlite:xuncha.db?mode=rwc", true),
            ("postgres://u:p@localhost/xuncha", true),
            ("postgresql:///xuncha?host=/run/postgresql", true),
            ("sqlite://", false),
            ("sqlite://:memory:", false),
            ("sqlite://folder/", false),
            ("postgres://localhost", false),
            ("mysql://localhost/x", false),
            ("xuncha.db", false),
        ] {
            assert_eq!(Address::from_str(text).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let address = Address::from_str("postgres://u:secret@localhost/x").unwrap();
        assert!(!address.to_string().contains("secret"), "{address}");
        let error = Address::from_str("postgres://u:secret@localhost").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
