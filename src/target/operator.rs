//! What kind of operator a site has. It changes the consequence of the same fault, never the fault itself.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::lang::Bilingual;

/// The kind of operator (单位性质) of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorKind {
    /// A company or other enterprise.
    Enterprise,
    /// A public institution: school, hospital, library (事业单位).
    Institution,
    /// A party or state organ; its government network is not fined under the Cybersecurity Law.
    StateOrgan,
    /// An operator of critical information infrastructure (关键信息基础设施); heavier tiers.
    Cii,
    /// A platform whose users publish.
    Platform,
    /// Not registered.
    #[default]
    Unknown,
}

/// A text that names no kind of operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "read `{0}` as a kind of operator: use one of 企业, 事业单位, 国家机关, 关键信息基础设施, 平台, 未知"
)]
pub struct UnknownOperatorKind(pub String);

impl OperatorKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Enterprise, Self::Institution, Self::StateOrgan, Self::Cii, Self::Platform, Self::Unknown];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enterprise => "enterprise",
            Self::Institution => "institution",
            Self::StateOrgan => "state_organ",
            Self::Cii => "cii",
            Self::Platform => "platform",
            Self::Unknown => "unknown",
        }
    }

    /// The name for people.
    pub fn name(self) -> Bilingual {
        match self {
            Self::Enterprise => Bilingual::new("企业", "enterprise"),
            Self::Institution => Bilingual::new("事业单位", "public institution"),
            Self::StateOrgan => Bilingual::new("国家机关", "state organ"),
            Self::Cii => {
                Bilingual::new("关键信息基础设施运营者", "operator of critical information infrastructure")
            }
            Self::Platform => Bilingual::new("网络平台", "platform"),
            Self::Unknown => Bilingual::new("未登记", "not registered"),
        }
    }
}

impl fmt::Display for OperatorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for OperatorKind {
    type Err = UnknownOperatorKind;

    /// Reads the stable word or what registers write in Chinese; an empty cell is [`OperatorKind::Unknown`].
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = text.trim().to_lowercase().replace([' ', '-', '\u{3000}'], "_");
        let kind = match word.as_str() {
            "enterprise" | "company" | "企业" | "企业单位" | "公司" | "民营企业" | "私营企业"
            | "国有企业" | "国企" | "外资企业" | "个体工商户" => Self::Enterprise,
            "institution" | "public_institution" | "事业单位" | "事业" | "学校" | "高校" | "医院" => {
                Self::Institution
            }
            "state_organ" | "government" | "organ" | "国家机关" | "机关" | "党政机关" | "行政机关"
            | "政府机关" | "政府" | "党委机关" => Self::StateOrgan,
            "cii" | "关键信息基础设施" | "关键信息基础设施运营者" | "关基" => Self::Cii,
            "platform" | "平台" | "网络平台" | "互联网平台" => Self::Platform,
            "" | "unknown" | "未知" | "其他" | "未登记" | "不详" => Self::Unknown,
            _ => return Err(UnknownOperatorKind(text.trim().to_owned())),
        };
        Ok(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_registers_are_read() {
        for (text, expected) in [
            ("企业", OperatorKind::Enterprise),
            (" 事业单位 ", OperatorKind::Institution),
            ("机关", OperatorKind::StateOrgan),
            ("国家机关", OperatorKind::StateOrgan),
            ("state-organ", OperatorKind::StateOrgan),
            ("关键信息基础设施", OperatorKind::Cii),
            ("CII", OperatorKind::Cii),
            ("平台", OperatorKind::Platform),
            ("", OperatorKind::Unknown),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        assert!("火星".parse::<OperatorKind>().is_err());
    }

    #[test]
    fn every_stable_word_reads_back() {
        for kind in OperatorKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(kind.name().zh.parse(), Ok(kind));
        }
    }
}
