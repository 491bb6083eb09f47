//! What scripts do, as other detectors need it: which deeds lead visitors to foreign places, and how. Judges nothing.

use url::Url;

use crate::script::deed::Deed;
use crate::script::observe::{Act, Observation};
use crate::script::trigger::Trigger;

/// A place that scripts lead visitors to.
#[derive(Debug, Clone)]
pub struct ScriptRedirect {
    /// Where to.
    pub to: Url,
    /// The technique's id, such as `js-location-assign`.
    pub method: &'static str,
    /// The virtual visitors that met it.
    pub visitors: Vec<&'static str>,
    /// Under which conditions; `None` where they were not looked for.
    pub trigger: Option<Trigger>,
    /// Milliseconds it waits, by the virtual clock.
    pub delay_ms: f64,
    /// The gesture that sets it off.
    pub gesture: Option<String>,
}

/// The places that scripts lead visitors to by themselves and that matter, in the order met. What a press on the very
/// element opens is a link and stays out.
pub fn effects(observation: &Observation, matters: impl Fn(&Url) -> bool) -> Vec<ScriptRedirect> {
    observation.acts.iter().filter_map(|act| redirect(act, &matters)).collect()
}

fn redirect(act: &Act, matters: impl Fn(&Url) -> bool) -> Option<ScriptRedirect> {
    let moment = &act.moment;
    if moment.gesture.as_deref() == Some("press") {
        return None;
    }
    let method = method(&moment.deed, moment.at_ms, moment.gesture.as_deref())?;
    let to = Url::parse(moment.deed.address()?).ok().filter(matters)?;
    Some(ScriptRedirect {
        to,
        method,
        visitors: act.visitors.clone(),
        trigger: act.trigger.clone(),
        delay_ms: moment.at_ms,
        gesture: moment.gesture.clone(),
    })
}

/// The technique's id of a deed that leads elsewhere.
fn method(deed: &Deed, at_ms: f64, gesture: Option<&str>) -> Option<&'static str> {
    Some(match (deed, gesture) {
        (Deed::Opener { .. }, _) => "js-opener-hijack",
        (Deed::Frame { covers: true, .. }, _) => "js-fullscreen-iframe",
        (Deed::Navigation { .. } | Deed::Popup { .. }, Some("back")) => "js-back-hijack",
        (Deed::Navigation { .. } | Deed::Popup { .. }, Some("click" | "touch" | "key")) => "js-click-hijack",
        (Deed::Navigation { .. } | Deed::Popup { .. }, Some(_)) => "js-gesture-gate",
        (Deed::Popup { .. }, None) => "js-click-hijack",
        (Deed::Navigation { by, .. }, None) => match by.as_str() {
            "click" | "form" => "js-synthetic-click",
            "meta" => "js-docwrite-redirect",
            _ if at_ms >= 3_000.0 => "js-delay-timer",
            _ => "js-location-assign",
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::dossier::Dossier;
    use crate::detect::known::KnownHosts;
    use crate::page::{Page, Viewport};
    use crate::script::engine::{Resources, Terms};
    use crate::script::observe::observe;

    fn check(code: &str, expected: &[&str]) {
        let url = Url::parse("http://www.a.test/").unwrap();
        let html = format!("<body><a href=/n>n</a><script>{code}</script></body>");
        let page = Page::parse(&html, &url, &[], Viewport::PHONE);
        let observation =
            observe(&page, &html, &Resources::default(), Terms::on(jiff::civil::date(2026, 11, 20)));
        let dossier = Dossier::empty(url);
        let found = effects(&observation, |to| KnownHosts::builtin().foreign(&dossier, to));
        let methods: Vec<_> = found.iter().map(|redirect| redirect.method).collect();
        assert_eq!(methods, expected, "{code}: {:?}", observation.acts);
    }

    #[test]
    fn what_leads_to_foreign_places_is_named_by_its_technique() {
        check("location='https://bc.test/'", &["js-location-assign"]);
        check("setTimeout(function(){location='https://bc.test/'},9000)", &["js-delay-timer"]);
        check("document.onclick=function(){open('https://bc.test/')}", &["js-click-hijack"]);
        check(
            "history.pushState(0,0,'');onpopstate=function(){location='https://bc.test/'}",
            &["js-back-hijack"],
        );
        check("if(opener)opener.location='https://bc.test/'", &["js-opener-hijack"]);
        check(
            "document.body.innerHTML='<iframe src=\"https://bc.test/\" style=\"position:fixed;inset:0;width:100%;height:100%\"></iframe>'",
            &["js-fullscreen-iframe"],
        );
    }

    #[test]
    fn own_and_known_places_are_no_redirects() {
        check("location='http://m.a.test/'", &[]);
        check("if(/Mobile/.test(navigator.userAgent))location='/m/'", &[]);
        check("location='https://www.gov.cn/'", &[]);
        check(
            "var s=document.createElement('script');s.src='https://hm.baidu.com/hm.js?1';document.head.appendChild(s)",
            &[],
        );
    }
}
