//! The stable words of findings. The list of kinds is a public promise; a test pins it.

/// An enum of stable words, with all of them, their text and reading them back.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|word| word.as_str()).collect();
                    format!("`{text}` is none of: {}", known.join(", "))
                })
            }
        }
    };
}

pub(crate) use words;

words! {
    /// A kind of finding; also the id of the detector that makes it.
    Kind {
        /// Links people cannot see.
        HiddenLink = "hidden-link",
        /// Jargon in title, meta, JSON-LD or hidden text.
        InjectedKeywords = "injected-keywords",
        /// Visitors are sent to illegal content.
        IllicitRedirect = "illicit-redirect",
        /// Search engines or some visitors are served other, payload-bearing content.
        Cloaking = "cloaking",
        /// The page was replaced or marked by an intruder.
        Defacement = "defacement",
        /// The page itself promotes something illegal.
        IllegalContent = "illegal-content",
        /// An outside link or script host now serves illegal content.
        HijackedOutlink = "hijacked-outlink",
        /// Obfuscated or look-alike injected script without proven effect.
        SuspiciousScript = "suspicious-script",
        /// No ICP filing mark was seen.
        MissingIcpMark = "missing-icp-mark",
        /// No public-security filing mark was seen.
        MissingPoliceMark = "missing-police-mark",
        /// A mark is malformed, a placeholder, or contradicts itself or its link.
        InconsistentMark = "inconsistent-mark",
        /// Something is reachable that should not be; only with written authorisation.
        ExposedResource = "exposed-resource",
        /// The transport is not protected as it should be.
        TlsProblem = "tls-problem",
        /// The site cannot be reached.
        UnreachableSite = "unreachable-site",
    }
}

impl Kind {
    /// Whether somebody else brought it about, rather than the operator's own content or neglect.
    pub fn is_planted(self) -> bool {
        matches!(
            self,
            Self::HiddenLink
                | Self::InjectedKeywords
                | Self::IllicitRedirect
                | Self::Cloaking
                | Self::SuspiciousScript
                | Self::HijackedOutlink
                | Self::Defacement
        )
    }
}

words! {
    /// How bad a finding is, from least to worst.
    Severity {
        /// Worth knowing.
        Info = "info",
        /// A small fault.
        Low = "low",
        /// Should be put right.
        Medium = "medium",
        /// Must be put right soon.
        High = "high",
        /// Visitors reach illegal content, or the page is defaced.
        Critical = "critical",
    }
}

words! {
    /// How sure the verdict rule is.
    State {
        /// A weakness without payload.
        Risk = "risk",
        /// Mechanism and foreignness.
        Suspected = "suspected",
        /// Payload, and mechanism or novelty.
        Confirmed = "confirmed",
    }
}

words! {
    /// The five independent kinds of signal.
    Signal {
        /// Hidden, cloaked, obfuscated, gated.
        Mechanism = "mechanism",
        /// Jargon after normalisation, a known host, a landing judged illegal.
        Payload = "payload",
        /// Another registrable domain, not a sibling, not a known service.
        Foreignness = "foreignness",
        /// Absent from the baseline.
        Novelty = "novelty",
        /// Seen again, or by another profile.
        Reproduction = "reproduction",
    }
}

words! {
    /// Sorts of illegal content.
    Category {
        /// Gambling: casinos, sports betting, private lotteries, cash chess-card games.
        Gambling = "gambling",
        /// Investment fraud and pyramid schemes.
        InvestmentFraud = "investment-fraud",
        /// Covert cameras and eavesdropping devices.
        CovertDevices = "covert-devices",
        /// Exam cheating.
        ExamCheating = "exam-cheating",
        /// Attack tools and hacking for hire.
        AttackTools = "attack-tools",
        /// Pornography.
        Pornography = "pornography",
        /// False documents, invoices, personal data, bank cards.
        FalseDocuments = "false-documents",
        /// Phishing pages.
        Phishing = "phishing",
        /// Counterfeit goods, pharmacy and other search-engine spam.
        Spam = "spam",
        /// Any set that a user added.
        Other = "other",
    }
}

words! {
    /// Why something was not assessed.
    Reason {
        /// The site or its protection refused.
        Blocked = "blocked",
        /// An anti-bot challenge stood in the way.
        Challenge = "challenge",
        /// The provider's page for a site without filing stood in the way.
        ProviderBlock = "provider-block",
        /// It could not be reached.
        Unreachable = "unreachable",
        /// `robots.txt` asks not to.
        Robots = "robots",
        /// Time, requests or another budget ran out.
        Budget = "budget",
        /// It was larger than the cap.
        TooLarge = "too-large",
        /// It lies outside the scope, or at a private address.
        Scope = "scope",
        /// It was not a document.
        NotAPage = "not-a-page",
        /// The server answered with an error.
        ServerError = "server-error",
        /// A page stood in for the site: parked, default, maintenance.
        StandIn = "stand-in",
        /// The answer needs a browser, and none was used.
        NeedsBrowser = "needs-browser",
        /// The address given was not one.
        BadUrl = "bad-url",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_are_a_public_promise() {
        let words: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(
            words.join(" "),
            "hidden-link injected-keywords illicit-redirect cloaking defacement illegal-content hijacked-outlink \
             suspicious-script missing-icp-mark missing-police-mark inconsistent-mark exposed-resource tls-problem \
             unreachable-site"
        );
    }

    #[test]
    fn severities_are_ordered() {
        assert!(Severity::Critical > Severity::High && Severity::Low > Severity::Info);
    }
}
