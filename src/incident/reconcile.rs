//! One visit against what is known: what is new, what still shows, what is worse, what is gone, what came back.

use jiff::Timestamp;

use super::cause::{absorb, hosts, incident_for, name, shows};
use super::decision::Standing;
use super::{
    Course, Event, Happening, Incident, Ledger, Look, Looks, Means, PageLook, RECTIFIED_AFTER, Seen, Spell,
    Tracked, next_recheck,
};
use crate::finding::Finding;
use crate::id::{IncidentId, ProfileId, TargetId, VisitId};

impl Ledger {
    /// Takes in what a visit saw. Gives what happened, for alerts and history; the ledger then holds the new state.
    ///
    /// A finding is gone only where a profile that had seen it got the page and did not see it again. What could not be
    /// looked at changes nothing.
    pub fn take(&mut self, target: &TargetId, visit: &VisitId, pages: &[PageLook]) -> Vec<Event> {
        let mut happened = Vec::new();
        for page in pages {
            let looks = self.looks.entry(page.page.clone()).or_default().clone();
            match &page.seen {
                Seen::NotAssessed => continue,
                Seen::Judged(findings) => {
                    for finding in findings {
                        self.sight(target, page, finding, &looks, &mut happened);
                    }
                    self.miss(page, |tracked| {
                        findings.iter().any(|finding| finding.id == tracked.finding.id)
                    });
                }
                Seen::Unchanged => self.same(page),
            }
            let looks = self.looks.entry(page.page.clone()).or_default();
            for profile in &page.profiles {
                let look = Look { at: page.at, rules: page.rules.clone(), means: page.means };
                looks.insert(profile.clone(), look);
            }
        }
        self.settle(pages, &mut happened);
        happened.dedup();
        happened
            .into_iter()
            .map(|(incident, at, what)| Event { incident, at, what, visit: Some(visit.clone()) })
            .collect()
    }

    /// A finding was seen on a page.
    fn sight(
        &mut self,
        target: &TargetId,
        page: &PageLook,
        finding: &Finding,
        looks: &Looks,
        happened: &mut Vec<(IncidentId, Timestamp, Happening)>,
    ) {
        let known = self
            .tracked
            .iter_mut()
            .find(|tracked| tracked.finding.id == finding.id && tracked.page == page.page);
        if let Some(tracked) = known {
            tracked.seen_again(finding, page);
            let incident = tracked.incident.clone();
            if let Some(incident) = self.incidents.iter_mut().find(|known| known.id == incident) {
                absorb(incident, finding, hosts(finding));
                incident.last_seen = incident.last_seen.max(page.at);
                if finding.severity > incident.severity {
                    incident.severity = finding.severity;
                    happened.push((incident.id.clone(), page.at, Happening::Worsened));
                }
            }
            return;
        }
        let needs = Means::needed_by(finding, page.means);
        let clean = last_clean(looks, &finding.conditions.profiles, &page.rules, needs);
        let incident = self.assign(target, page, finding, clean, happened);
        let mut finding = finding.clone();
        finding.first_seen = page.at;
        finding.last_seen = page.at;
        self.tracked.push(Tracked {
            finding,
            page: page.page.clone(),
            home: page.home,
            incident,
            present: true,
            spells: vec![Spell {
                last_clean_before: clean,
                first_seen: page.at,
                last_seen: page.at,
                first_clean_after: None,
            }],
            last_clean: clean,
            needs,
        });
    }

    /// The incident of a finding that is new on its page: a known one, or a new one.
    fn assign(
        &mut self,
        target: &TargetId,
        page: &PageLook,
        finding: &Finding,
        clean: Option<Timestamp>,
        happened: &mut Vec<(IncidentId, Timestamp, Happening)>,
    ) -> IncidentId {
        let hosts = hosts(finding);
        let decisions = &self.decisions;
        let dismissed = |incident: &Incident| incident.standing(decisions, page.at) == Standing::Dismissed;
        if let Some(incident) = incident_for(&mut self.incidents, &dismissed, finding, &hosts) {
            absorb(incident, finding, hosts);
            incident.last_seen = incident.last_seen.max(page.at);
            if incident.course == Course::Active {
                happened.push((incident.id.clone(), page.at, Happening::Grown));
            }
            if finding.severity > incident.severity {
                incident.severity = finding.severity;
                happened.push((incident.id.clone(), page.at, Happening::Worsened));
            }
            return incident.id.clone();
        }
        let mut incident = Incident {
            id: name(target, &page.page, finding, page.at),
            target: target.clone(),
            kinds: [finding.kind].into(),
            category: None,
            hosts: Default::default(),
            severity: finding.severity,
            course: Course::Active,
            first_seen: page.at,
            last_seen: page.at,
            last_clean_before: clean,
            first_clean_after: None,
            clean_looks: 0,
            next_recheck: None,
            reopened: Vec::new(),
        };
        absorb(&mut incident, finding, hosts);
        let id = incident.id.clone();
        happened.push((id.clone(), page.at, Happening::Opened));
        self.incidents.push(incident);
        id
    }

    /// What was not seen again on a page although a profile that had seen it looked.
    fn miss(&mut self, page: &PageLook, seen: impl Fn(&Tracked) -> bool) {
        for tracked in self.tracked.iter_mut().filter(|tracked| tracked.page == page.page) {
            if !seen(tracked) && tracked.covered_by(page) {
                tracked.missed(page.at);
            }
        }
    }

    /// The page is byte for byte what it was: what showed still shows, what did not still does not.
    fn same(&mut self, page: &PageLook) {
        for tracked in self.tracked.iter_mut().filter(|tracked| tracked.page == page.page) {
            if !tracked.covered_by(page) {
                continue;
            }
            if !tracked.present {
                tracked.missed(page.at);
                continue;
            }
            tracked.finding.last_seen = page.at;
            if let Some(spell) = tracked.spells.last_mut() {
                spell.last_seen = page.at;
            }
            if let Some(incident) = self.incidents.iter_mut().find(|known| known.id == tracked.incident) {
                incident.last_seen = incident.last_seen.max(page.at);
            }
        }
    }

    /// The course of every incident that the visit could say something about.
    fn settle(&mut self, pages: &[PageLook], happened: &mut Vec<(IncidentId, Timestamp, Happening)>) {
        let Some(now) = pages.iter().map(|page| page.at).max() else { return };
        for incident in &mut self.incidents {
            if shows(&incident.id, &self.tracked) {
                if incident.course == Course::Rectified {
                    incident.reopened.push(now);
                    happened.push((incident.id.clone(), now, Happening::Reopened));
                }
                incident.course = Course::Active;
                incident.first_clean_after = None;
                incident.clean_looks = 0;
                incident.next_recheck = None;
                continue;
            }
            let looked = self.tracked.iter().any(|tracked| {
                tracked.incident == incident.id
                    && pages.iter().any(|page| {
                        page.page == tracked.page && tracked.last_clean.is_some_and(|clean| clean >= page.at)
                    })
            });
            if looked {
                incident.cleaned(now, happened);
            }
        }
    }
}

impl Incident {
    /// Nothing of it shows, at a look that could have shown it.
    fn cleaned(&mut self, now: Timestamp, happened: &mut Vec<(IncidentId, Timestamp, Happening)>) {
        let first = *self.first_clean_after.get_or_insert(now);
        self.clean_looks += 1;
        match self.course {
            Course::Active => {
                self.course = Course::Clean;
                happened.push((self.id.clone(), now, Happening::Cleared));
            }
            Course::Clean if now.duration_since(first) >= RECTIFIED_AFTER => {
                self.course = Course::Rectified;
                happened.push((self.id.clone(), now, Happening::Rectified));
            }
            Course::Clean | Course::Rectified => {}
        }
        self.next_recheck = next_recheck(first, now);
    }
}

impl Tracked {
    /// Whether a look could have shown it. What no profile is named for, any look could show.
    fn covered_by(&self, page: &PageLook) -> bool {
        let saw = &self.finding.conditions.profiles;
        let by_profile = saw.is_empty() || saw.iter().any(|profile| page.profiles.contains(profile));
        !page.profiles.is_empty() && by_profile && page.means.cover(self.needs)
    }

    fn seen_again(&mut self, finding: &Finding, page: &PageLook) {
        let at = page.at;
        self.needs = Means::needed_by(finding, page.means);
        let first = self.finding.first_seen;
        let mut profiles = std::mem::take(&mut self.finding.conditions.profiles);
        self.finding = finding.clone();
        self.finding.first_seen = first;
        self.finding.last_seen = at;
        // A profile that saw it once could see it again; a later visit may have used fewer.
        profiles.retain(|profile| !finding.conditions.profiles.contains(profile));
        self.finding.conditions.profiles.extend(profiles);
        match self.spells.last_mut().filter(|_| self.present) {
            Some(spell) => spell.last_seen = at,
            None => self.spells.push(Spell {
                last_clean_before: self.last_clean,
                first_seen: at,
                last_seen: at,
                first_clean_after: None,
            }),
        }
        self.present = true;
    }

    fn missed(&mut self, at: Timestamp) {
        if self.present
            && let Some(spell) = self.spells.last_mut()
        {
            spell.first_clean_after = Some(at);
        }
        self.present = false;
        self.last_clean = Some(at);
    }
}

/// The last look under the same rules, with what it takes, by a profile that now sees the finding.
fn last_clean(looks: &Looks, saw: &[ProfileId], rules: &str, needs: Means) -> Option<Timestamp> {
    let counts = |(profile, look): &(&ProfileId, &Look)| {
        look.rules == rules && look.means.cover(needs) && (saw.is_empty() || saw.contains(*profile))
    };
    looks.iter().filter(counts).map(|(_, look)| look.at).max()
}
