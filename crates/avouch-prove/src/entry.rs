//! A fact of the ledger with its place and its time.

use avouch_model::coding::{DecodeError, Fact};
use avouch_model::fact;
use avouch_model::fact::administration::Administration;
use avouch_model::fact::authentication::Authentication;
use avouch_model::fact::configuration::Configuration;
use avouch_model::fact::control_run::ControlRun;
use avouch_model::fact::decision::Decision;
use avouch_model::fact::disclosure::Disclosure;
use avouch_model::fact::engagement::Engagement;
use avouch_model::fact::evidence::Evidence;
use avouch_model::fact::export::Export;
use avouch_model::fact::finding::Finding;
use avouch_model::fact::incident::Incident;
use avouch_model::fact::key::Key;
use avouch_model::fact::ledger::Ledger;
use avouch_model::fact::person::Person;
use avouch_model::fact::policy::Policy;
use avouch_model::fact::request::Request;
use avouch_model::fact::risk::Risk;
use avouch_model::fact::scan::Scan;
use avouch_model::fact::tally::Tally;
use avouch_model::fact::training::Training;
use avouch_model::fact::tunnel::Tunnel;
use avouch_model::fact::vendor::Vendor;

/// A fact with its place in the ledger and the time at which the ledger took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<F = Said> {
    /// Its index in the ledger.
    pub index: u64,
    /// When the ledger took it, in milliseconds since 1970: the date of receipt.
    pub time_ms: u64,
    /// What it says.
    pub fact: F,
}

/// Why a record is no fact that can be folded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// This version knows no facts of that kind.
    #[error("this version knows no facts of the kind {0}")]
    Kind(u16),
    /// Its bytes are no fact.
    #[error("a fact of the kind {kind} cannot be read")]
    Decode {
        /// The number of the kind.
        kind: u16,
        /// What is wrong with it.
        source: DecodeError,
    },
}

macro_rules! said {
    ($($kind:ident)+) => {
        /// What an entry says: a fact of any kind.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Said {
            $(#[doc = concat!("A fact of the kind `", stringify!($kind), "`.")] $kind(Box<$kind>),)+
        }

        impl Said {
            /// Reads the body of a record. `None` for a line of JSON of another program, which is no
            /// fact.
            pub fn read(kind: u16, body: &[u8]) -> Result<Option<Self>, ReadError> {
                let unreadable = |source| ReadError::Decode { kind, source };
                match kind {
                    fact::JSON_KIND => Ok(None),
                    $($kind::NUMBER => $kind::decode(body)
                        .map(|fact| Some(Self::$kind(Box::new(fact))))
                        .map_err(unreadable),)+
                    other => Err(ReadError::Kind(other)),
                }
            }

            /// Reads a fact as JSON, as [`Said::json`] gives it. `None` for a kind that is no fact.
            pub fn of_json(
                kind: &str,
                value: &serde_json::Value,
            ) -> Result<Option<Self>, avouch_model::coding::JsonError> {
                match kind {
                    $($kind::NAME => {
                        $kind::of_json(value).map(|fact| Some(Self::$kind(Box::new(fact))))
                    })+
                    _ => Ok(None),
                }
            }

            /// The name of its kind.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$kind(_) => $kind::NAME,)+ }
            }

            /// It as JSON.
            pub fn json(&self) -> serde_json::Value {
                match self { $(Self::$kind(fact) => fact.json(),)+ }
            }
        }

        $(impl From<$kind> for Said {
            fn from(fact: $kind) -> Self {
                Self::$kind(Box::new(fact))
            }
        })+
    };
}

said! {
    Scan Finding Request Authentication Decision Key Configuration Policy Risk Training Incident
    ControlRun Evidence Export Administration Ledger Vendor Person Disclosure Tunnel
    Engagement Tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_fact_can_be_said() {
        for kind in fact::ALL {
            let encoded = (kind.of_json)(&(kind.example)()).unwrap();
            let said = Said::read(kind.number, &encoded.body).unwrap().unwrap();
            assert_eq!(said.kind(), kind.name);
            assert_eq!(said.json(), (kind.example)());
            assert_eq!(Said::of_json(kind.name, &said.json()), Ok(Some(said)));
        }
        assert_eq!(Said::read(fact::JSON_KIND, b"{}"), Ok(None));
        assert_eq!(Said::read(999, b""), Err(ReadError::Kind(999)));
        assert!(Said::read(2, b"\x02").is_err());
    }
}
