//! A target as a registry file has it.

use super::Target;
use super::field::{FIELDS, Form};

/// The texts of every field of a target that has one, in the order of [`FIELDS`].
pub(super) fn texts(target: &Target) -> Vec<(&'static super::Field, Vec<String>)> {
    let fields = FIELDS.iter().map(|field| (field, of_key(target, field.key)));
    fields.filter(|(_, texts)| !texts.is_empty()).collect()
}

fn of_key(target: &Target, key: &str) -> Vec<String> {
    let one = |text: Option<String>| text.into_iter().collect();
    let Target { operator, scope, visit, authorisation, .. } = target;
    match key {
        "id" => vec![target.id.to_string()],
        "name" => vec![target.name.clone()],
        "urls" => target.urls.iter().map(ToString::to_string).collect(),
        "operator.name" => one(operator.name.clone()),
        "operator.kind" => vec![operator.kind.to_string()],
        "division" => one(target.division.clone()),
        "icp" => one(target.icp.clone()),
        "police" => one(target.police.clone()),
        "site_code" => one(target.site_code.clone()),
        "protection_level" => one(target.protection_level.map(|level| level.to_string())),
        "contacts" => target.contacts.clone(),
        "labels" => target.labels.clone(),
        "scope.hosts" => scope.hosts.clone(),
        "scope.paths" => scope.paths.clone(),
        "scope.exclude" => scope.exclude.clone(),
        "scope.siblings" => scope.siblings.clone(),
        "visit.cadence" => one(visit.cadence.as_ref().map(ToString::to_string)),
        "visit.windows" => visit.windows.iter().map(ToString::to_string).collect(),
        "visit.avoid" => visit.avoid.iter().map(ToString::to_string).collect(),
        "visit.rate" => one(visit.rate.map(|rate| rate.to_string())),
        "visit.max_pages" => one(visit.max_pages.map(|pages| pages.to_string())),
        "visit.depth" => one(visit.depth.map(|depth| depth.to_string())),
        "visit.profiles" => visit.profiles.clone(),
        "visit.allow_private" => one(visit.allow_private.then(|| "true".to_owned())),
        "authorisation.basis" => one(authorisation.basis.clone()),
        "authorisation.notice" => one(authorisation.notice.map(|day| day.to_string())),
        "authorisation.published" => one(authorisation.published.clone()),
        "authorisation.officers" => authorisation.officers.clone(),
        "authorisation.written" => one(authorisation.written.clone()),
        _ => Vec::new(),
    }
}

/// Targets as the text of a registry file that reads back as the same targets.
pub fn toml<'a>(targets: impl IntoIterator<Item = &'a Target>) -> String {
    let mut text = String::new();
    for target in targets {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str("[[target]]\n");
        let mut table = "";
        let mut fields = texts(target);
        // What stands in the target itself comes before its tables.
        fields.sort_by_key(|(field, _)| field.key.contains('.'));
        for (field, texts) in fields {
            let (above, key) = field.key.rsplit_once('.').unwrap_or(("", field.key));
            if above != table {
                table = above;
                text.push_str(&format!("\n[target.{above}]\n"));
            }
            text.push_str(&format!("{key} = {}\n", value(field.form, &texts)));
        }
    }
    text
}

fn value(form: Form, texts: &[String]) -> String {
    let quoted = |text: &String| toml::Value::String(text.clone()).to_string();
    match form {
        Form::Texts => format!("[{}]", texts.iter().map(quoted).collect::<Vec<_>>().join(", ")),
        Form::Number | Form::Switch | Form::Day => texts.concat(),
        Form::Text => texts.first().map(quoted).unwrap_or_default(),
    }
}
