//! What samples are taken from: every fact of one type.

use crate::entry::Said;
use avouch_model::fact::configuration::ConfigurationEvent;
use avouch_model::fact::decision::DecisionAbout;
use avouch_model::fact::incident::IncidentEvent;
use avouch_model::fact::key::KeyEvent;
use avouch_model::fact::policy::PolicyEvent;

macro_rules! populations {
    ($($name:ident $word:literal $about:literal)+) => {
        /// A type of occurrences of which a period has all, or provably none.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Population {
            $(#[doc = $about] $name,)+
        }

        impl Population {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name, such as `credential-issued`.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What is in it.
            pub fn about(self) -> &'static str {
                match self { $(Self::$name => $about,)+ }
            }

            /// The type of that name.
            pub fn named(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

populations! {
    CredentialIssued "credential-issued" "Each key, token or certificate that was given out or rotated."
    CredentialRevoked "credential-revoked" "Each key, token or certificate that was taken back, ran out or was destroyed."
    AccessReview "access-review" "Each decision of an access review: keep or revoke."
    Change "change" "Each configuration that came into force, was refused, or was found to differ from the approved one."
    Deploy "deploy" "Each program that began to run with a configuration."
    AdministratorLogin "administrator-login" "Each sign-in to the console and each act of an administrator."
    Alert "alert" "Each suspicion of an incident."
    Incident "incident" "Each act in the life of an incident that was declared."
    Exception "exception" "Each decision about leaving a rule."
    Finding "finding" "Each weakness that was proven, and what became of it."
    ScanRun "scan-run" "Each scan, at its beginning and its end."
    Training "training" "Each training that was assigned, done, failed or ran out."
    Disclosure "disclosure" "Each time that personal data was given to a third party."
    PolicyVersion "policy-version" "Each version of a policy: drafted, approved, published, reviewed, retired."
    Acknowledgement "acknowledgement" "Each time that a person took note of a policy."
    Person "person" "Each person who joined, changed roles or left."
    Vendor "vendor" "Each act in the register of vendors."
    Risk "risk" "Each act in the register of risks."
    ControlRun "control-run" "Each test of a control or a check."
    Evidence "evidence" "Each document and statement that was handed in, reviewed or withdrawn."
    LedgerCare "ledger-care" "Each verification, archiving, restoring and reconciliation of a ledger, and each gap in it."
    Export "export" "Each time that entries were taken out of the ledger."
}

impl Population {
    /// The types a fact belongs to. Requests belong to none: there are too many, and the ledger
    /// itself is their population.
    pub fn of(fact: &Said) -> &'static [Self] {
        match fact {
            Said::Key(key) => match key.event {
                KeyEvent::Issued | KeyEvent::Rotated => &[Self::CredentialIssued],
                KeyEvent::Revoked | KeyEvent::Expired | KeyEvent::Destroyed => {
                    &[Self::CredentialRevoked]
                }
                KeyEvent::Seen | KeyEvent::Misused => &[],
            },
            Said::Decision(decision) => match decision.about {
                DecisionAbout::AccessReview => &[Self::AccessReview],
                DecisionAbout::Exception => &[Self::Exception],
                DecisionAbout::Change => &[Self::Change],
                _ => &[],
            },
            Said::Configuration(change) => match change.event {
                ConfigurationEvent::Loaded => &[Self::Change, Self::Deploy],
                _ => &[Self::Change],
            },
            Said::Authentication(_) | Said::Administration(_) => &[Self::AdministratorLogin],
            Said::Incident(incident) => match incident.event {
                IncidentEvent::Suspected | IncidentEvent::Dismissed => &[Self::Alert],
                // A suspicion that was confirmed is an alert with its outcome, too.
                IncidentEvent::Declared => &[Self::Alert, Self::Incident],
                _ => &[Self::Incident],
            },
            Said::Finding(_) => &[Self::Finding],
            Said::Scan(_) => &[Self::ScanRun],
            Said::Training(_) => &[Self::Training],
            Said::Disclosure(_) => &[Self::Disclosure],
            Said::Policy(policy) => match policy.event {
                PolicyEvent::Acknowledged => &[Self::Acknowledgement],
                _ => &[Self::PolicyVersion],
            },
            Said::Person(_) => &[Self::Person],
            Said::Vendor(_) => &[Self::Vendor],
            Said::Risk(_) => &[Self::Risk],
            Said::ControlRun(_) => &[Self::ControlRun],
            Said::Evidence(_) => &[Self::Evidence],
            Said::Ledger(_) => &[Self::LedgerCare],
            Said::Export(_) => &[Self::Export],
            Said::Request(_) | Said::Tunnel(_) | Said::Engagement(_) | Said::Tally(_) => &[],
        }
    }
}
