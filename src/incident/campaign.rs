//! Campaigns: incidents on several sites that share a landing, a script or a redirector host.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Kind;
use crate::id::{IncidentId, TargetId, sha256_hex};

/// One incident as far as campaigns are concerned.
#[derive(Debug, Clone)]
pub struct Member {
    /// The incident.
    pub incident: IncidentId,
    /// Its site.
    pub target: TargetId,
    /// Its kinds of finding; what is a site's own fault joins nobody's campaign.
    pub kinds: BTreeSet<Kind>,
    /// The registrable domains it leads to or loads from.
    pub hosts: BTreeSet<String>,
}

/// Incidents that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Computed from the smallest host that its members share, so that it keeps its name as it grows.
    pub id: String,
    /// The incidents.
    pub incidents: BTreeSet<IncidentId>,
    /// The sites; two at least.
    pub targets: BTreeSet<TargetId>,
    /// Hosts that at least two of its sites lead to.
    pub hosts: BTreeSet<String>,
}

/// Puts incidents together that share a host over at least two sites, directly or through others; the largest first.
pub fn campaigns(members: &[Member]) -> Vec<Campaign> {
    let mut by_host: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, member) in members.iter().enumerate() {
        if member.kinds.iter().any(|kind| kind.is_planted()) {
            for host in &member.hosts {
                by_host.entry(host).or_default().push(index);
            }
        }
    }
    let mut groups = Groups((0..members.len()).collect());
    let mut shared: Vec<(&str, usize)> = Vec::new();
    for (host, found) in by_host {
        let sites: BTreeSet<_> = found.iter().map(|&index| &members[index].target).collect();
        if sites.len() < 2 {
            continue;
        }
        for &index in &found {
            groups.join(found[0], index);
        }
        shared.push((host, found[0]));
    }
    let mut campaigns: BTreeMap<usize, Campaign> = BTreeMap::new();
    for (host, index) in shared {
        let root = groups.root(index);
        let campaign = campaigns.entry(root).or_insert_with(|| Campaign {
            id: name(host),
            incidents: BTreeSet::new(),
            targets: BTreeSet::new(),
            hosts: BTreeSet::new(),
        });
        campaign.hosts.insert(host.to_owned());
    }
    for (index, member) in members.iter().enumerate() {
        if let Some(campaign) = campaigns.get_mut(&groups.root(index)) {
            campaign.incidents.insert(member.incident.clone());
            campaign.targets.insert(member.target.clone());
        }
    }
    let mut campaigns: Vec<_> = campaigns.into_values().collect();
    campaigns.sort_by(|one, other| other.targets.len().cmp(&one.targets.len()).then(one.id.cmp(&other.id)));
    campaigns
}

fn name(host: &str) -> String {
    let mut text = sha256_hex(host.as_bytes());
    text.truncate(8);
    text
}

/// Disjoint sets of indices.
struct Groups(Vec<usize>);

impl Groups {
    fn root(&mut self, mut index: usize) -> usize {
        while self.0[index] != index {
            self.0[index] = self.0[self.0[index]];
            index = self.0[index];
        }
        index
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other)] = one.min(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(incident: &str, target: &str, kind: Kind, hosts: &[&str]) -> Member {
        Member {
            incident: IncidentId::new(incident),
            target: TargetId::new(target),
            kinds: [kind].into(),
            hosts: hosts.iter().map(|&host| host.to_owned()).collect(),
        }
    }

    #[test]
    fn incidents_that_share_a_host_over_sites_are_one_campaign() {
        let found = campaigns(&[
            member("a", "one", Kind::HiddenLink, &["x.test", "y.test"]),
            member("b", "two", Kind::IllicitRedirect, &["y.test"]),
            member("c", "three", Kind::Cloaking, &["y.test", "z.test"]),
            member("d", "four", Kind::HiddenLink, &["other.test"]),
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].targets.len(), 3);
        assert_eq!(found[0].hosts.iter().collect::<Vec<_>>(), ["y.test"]);
    }

    #[test]
    fn one_site_alone_is_no_campaign_and_own_faults_join_none() {
        let found = campaigns(&[
            member("a", "one", Kind::HiddenLink, &["x.test"]),
            member("b", "one", Kind::IllicitRedirect, &["x.test"]),
            member("c", "two", Kind::InconsistentMark, &["x.test"]),
        ]);
        assert_eq!(found, []);
    }
}
