//! The closed list of ids of criteria.

macro_rules! ids {
    ($($variant:ident $id:literal)+) => {
        /// The id of a criterion. There are no others.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CriterionId {
            $(#[doc = $id] $variant,)+
        }

        impl CriterionId {
            /// All of them, in the order of the publication.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As it is written, such as `CC6.1`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $id,)+ }
            }
        }

        impl std::str::FromStr for CriterionId {
            type Err = UnknownCriterion;

            fn from_str(text: &str) -> Result<Self, UnknownCriterion> {
                match text { $($id => Ok(Self::$variant),)+ _ => Err(UnknownCriterion(text.to_owned())) }
            }
        }
    };
}

/// An id that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of a criterion")]
pub struct UnknownCriterion(pub String);

impl std::fmt::Display for CriterionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

ids! {
    Cc1_1 "CC1.1" Cc1_2 "CC1.2" Cc1_3 "CC1.3" Cc1_4 "CC1.4"
    Cc1_5 "CC1.5" Cc2_1 "CC2.1" Cc2_2 "CC2.2" Cc2_3 "CC2.3"
    Cc3_1 "CC3.1" Cc3_2 "CC3.2" Cc3_3 "CC3.3" Cc3_4 "CC3.4"
    Cc4_1 "CC4.1" Cc4_2 "CC4.2" Cc5_1 "CC5.1" Cc5_2 "CC5.2"
    Cc5_3 "CC5.3" Cc6_1 "CC6.1" Cc6_2 "CC6.2" Cc6_3 "CC6.3"
    Cc6_4 "CC6.4" Cc6_5 "CC6.5" Cc6_6 "CC6.6" Cc6_7 "CC6.7"
    Cc6_8 "CC6.8" Cc7_1 "CC7.1" Cc7_2 "CC7.2" Cc7_3 "CC7.3"
    Cc7_4 "CC7.4" Cc7_5 "CC7.5" Cc8_1 "CC8.1" Cc9_1 "CC9.1"
    Cc9_2 "CC9.2" A1_1 "A1.1" A1_2 "A1.2" A1_3 "A1.3"
    C1_1 "C1.1" C1_2 "C1.2" Pi1_1 "PI1.1" Pi1_2 "PI1.2"
    Pi1_3 "PI1.3" Pi1_4 "PI1.4" Pi1_5 "PI1.5" P1_1 "P1.1"
    P2_1 "P2.1" P3_1 "P3.1" P3_2 "P3.2" P4_1 "P4.1"
    P4_2 "P4.2" P4_3 "P4.3" P5_1 "P5.1" P5_2 "P5.2"
    P6_1 "P6.1" P6_2 "P6.2" P6_3 "P6.3" P6_4 "P6.4"
    P6_5 "P6.5" P6_6 "P6.6" P6_7 "P6.7" P7_1 "P7.1"
    P8_1 "P8.1"
}
