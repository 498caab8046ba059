//! The score and how it came about.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A grade: A from 90, B from 80, C from 70, D from 50, F below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Grade {
    /// 90 and above.
    A,
    /// 80 and above.
    B,
    /// 70 and above.
    C,
    /// 50 and above.
    D,
    /// Below 50.
    F,
}

impl Grade {
    /// The grade of a score of 0 to 100.
    pub fn of(score: u8) -> Self {
        match score {
            90.. => Self::A,
            80.. => Self::B,
            70.. => Self::C,
            50.. => Self::D,
            _ => Self::F,
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A ceiling on the score, with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// The score can be no higher.
    pub at: u8,
    /// Why, for a person.
    pub because: String,
}

/// The score of one category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryScore {
    /// The family's short name, such as `BOLA`.
    pub family: String,
    /// What it is called.
    pub title: String,
    /// 0 to 100; `None` when nothing in it could be evaluated.
    pub score: Option<u8>,
    /// Weight in the mean.
    pub weight: u8,
    /// Points lost, in tenths.
    pub lost_tenths: u32,
}

/// The score of a scan. `value` is `None` when nothing could be said: a failure of the gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// 0 to 100.
    pub value: Option<u8>,
    /// The grade of the value; `None` also when it is withheld.
    pub grade: Option<Grade>,
    /// Why there is a value and no grade: a letter would say more than is known.
    #[serde(default)]
    pub grade_withheld_because: Option<String>,
    /// The weighted mean before any cap.
    pub before_caps: Option<u8>,
    /// What the value would be if the suppressed findings were gone; `None` when there are none.
    #[serde(default)]
    pub without_suppressed: Option<u8>,
    /// Ceilings that apply, lowest first.
    pub caps: Vec<Cap>,
    /// Each category.
    pub categories: Vec<CategoryScore>,
    /// Why there is no score.
    pub absent_because: Option<String>,
}
