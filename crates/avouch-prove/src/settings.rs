//! What a team decides about its controls: who answers for them, what is in scope, and the limits.

use crate::control::Control;
use crate::criteria::{Category, CriterionId};
use crate::frequency::Frequency;
use avouch_model::severity::Severity;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The settings, `[prove]` in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The name of the system that is examined.
    pub system: Option<String>,
    /// The categories in scope besides security, which always is.
    pub categories: Vec<String>,
    /// The first day of the period, such as `2026-01-01`.
    pub from: Option<String>,
    /// The last day of the period.
    pub to: Option<String>,
    /// Who answers for a control, by its id, or for a family such as `IAM`.
    pub owners: BTreeMap<String, String>,
    /// How often a control operates, by its id, where that differs from the library.
    pub frequency: BTreeMap<String, Frequency>,
    /// Controls that management leaves out, by id, and why.
    pub excluded: BTreeMap<String, String>,
    /// The limits.
    pub limits: Limits,
}

/// How old, how late, how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Days after which a key has to be replaced.
    pub key_days: u64,
    /// Hours within which access of who left has to be gone.
    pub leaver_hours: u64,
    /// Hours within which an alert has to be judged.
    pub alert_hours: u64,
    /// Days within which a revoked grant of an access review has to be gone.
    pub review_revoke_days: u64,
    /// Days within which an emergency change has to be looked at afterwards.
    pub emergency_days: u64,
    /// Days within which a grave incident has to be looked back upon.
    pub lessons_days: u64,
    /// Days for which a policy, a risk, a vendor or an exercise stays fresh.
    pub fresh_days: u64,
    /// Days within which somebody who joined has to be trained and know the policies.
    pub joiner_days: u64,
    /// Days within which a critical weakness has to be mended.
    pub critical_days: u64,
    /// The same for a high one.
    pub high_days: u64,
    /// The same for a medium one.
    pub medium_days: u64,
    /// The same for a low one.
    pub low_days: u64,
    /// Questions in per cent that a scan has to answer to count as one.
    pub coverage_percent: u64,
    /// Likelihood times impact from which a risk is high.
    pub high_risk: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            key_days: 90,
            leaver_hours: 24,
            alert_hours: 24,
            review_revoke_days: 7,
            emergency_days: 5,
            lessons_days: 14,
            fresh_days: 366,
            joiner_days: 30,
            critical_days: 7,
            high_days: 30,
            medium_days: 90,
            low_days: 180,
            coverage_percent: 80,
            high_risk: 12,
        }
    }
}

impl Limits {
    /// Days within which a weakness of a severity has to be mended; `None` for what is only worth
    /// knowing.
    pub fn remediation_days(&self, severity: Severity) -> Option<u64> {
        match severity {
            Severity::Critical => Some(self.critical_days),
            Severity::High => Some(self.high_days),
            Severity::Medium => Some(self.medium_days),
            Severity::Low => Some(self.low_days),
            Severity::Info => None,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            system: None,
            categories: Category::ALL.iter().map(|category| category.word().to_owned()).collect(),
            from: None,
            to: None,
            owners: BTreeMap::new(),
            frequency: BTreeMap::new(),
            excluded: BTreeMap::new(),
            limits: Limits::default(),
        }
    }
}

/// What is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A category is none.
    #[error(
        "`{0}` is not a category: security, availability, confidentiality, processing-integrity, privacy"
    )]
    Category(String),
    /// A control is none.
    #[error("`{0}` is not a control")]
    Control(String),
    /// An exclusion says nothing.
    #[error("`{0}` is left out without a reason")]
    Unexplained(String),
}

impl Settings {
    /// Whether they mean something.
    pub fn check(&self) -> Result<(), SettingsError> {
        let unknown = self.categories.iter().find(|word| Category::named(word).is_none());
        if let Some(word) = unknown {
            return Err(SettingsError::Category(word.clone()));
        }
        let named = self.frequency.keys().chain(self.excluded.keys());
        if let Some(id) = named.clone().find(|id| crate::controls::find(id).is_none()) {
            return Err(SettingsError::Control(id.clone()));
        }
        let families = self.owners.keys().filter(|id| crate::controls::find(id).is_none());
        if let Some(id) = families.into_iter().find(|id| !is_family(id)) {
            return Err(SettingsError::Control(id.clone()));
        }
        match self.excluded.iter().find(|(_, why)| why.trim().is_empty()) {
            Some((id, _)) => Err(SettingsError::Unexplained(id.clone())),
            None => Ok(()),
        }
    }

    /// Who answers for a control.
    pub fn owner(&self, control: &Control) -> Option<&str> {
        let family = control.id.split('-').next().unwrap_or_default();
        self.owners.get(control.id).or_else(|| self.owners.get(family)).map(String::as_str)
    }

    /// How often a control operates here.
    pub fn frequency(&self, control: &Control) -> Frequency {
        self.frequency.get(control.id).copied().unwrap_or(control.frequency)
    }

    /// Whether a category is in scope. Security always is.
    pub fn covers(&self, category: Category) -> bool {
        category == Category::Security || self.categories.iter().any(|word| word == category.word())
    }

    /// Whether a criterion is in scope.
    pub fn covers_criterion(&self, id: CriterionId) -> bool {
        crate::criteria::find(id).is_some_and(|criterion| self.covers(criterion.category))
    }

    /// Whether a control serves a criterion in scope.
    pub fn covers_control(&self, control: &Control) -> bool {
        control.criteria.iter().any(|id| self.covers_criterion(*id))
    }
}

fn is_family(word: &str) -> bool {
    crate::controls::ALL.iter().any(|control| control.id.split('-').next() == Some(word))
}
