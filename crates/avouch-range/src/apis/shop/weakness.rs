//! The switches: one per weakness.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Declares the weaknesses once: variant, name and meaning cannot drift apart.
macro_rules! weaknesses {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// A mistake the shop makes on purpose when its switch is on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Weakness {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Weakness {
            /// Every weakness.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Name and meaning of each.
            pub(crate) const TABLE: &[(&'static str, &'static str)] =
                &[$(($name, concat!($($doc),+)),)+];

            /// The name used on the command line and in the ground truth.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

weaknesses! {
    /// An operation that declares authentication does not ask for it (CWE-306).
    DeclaredAuthIgnored = "declared-auth-ignored",
    /// Any bearer token opens the loyalty operations (CWE-287).
    TokenPresenceOnly = "token-presence-only",
    /// The public list of members carries their contact data (CWE-306).
    PeopleWithoutAuth = "people-without-auth",
    /// Other spellings of a guarded path reach its handler unguarded (CWE-863).
    PathSpellingBypass = "path-spelling-bypass",
    /// The export key travels in the query (CWE-598).
    KeyInQuery = "key-in-query",
    /// The profile operations read a token without verifying its signature (CWE-347).
    JwtSignatureUnchecked = "jwt-signature-unchecked",
    /// The wallet accepts tokens with the algorithm `none` (CWE-347).
    JwtNoneAccepted = "jwt-none-accepted",
    /// The coupons accept tokens signed with an empty key (CWE-347).
    JwtBlankKeyAccepted = "jwt-blank-key-accepted",
    /// The issuer signs with a secret from every word list (CWE-1391).
    JwtWeakSecret = "jwt-weak-secret",
    /// The issuer signs RS256, and the verifier takes the public key as an HMAC key (CWE-347).
    /// It replaces the HS256 issuer, so [`Switches::all`] leaves it out.
    JwtKeyConfusion = "jwt-key-confusion",
    /// Tokens carry personal data and never expire (CWE-359).
    JwtSensitiveClaims = "jwt-sensitive-claims",
    /// Orders are read without asking whose they are (CWE-639).
    OrderOwnerUnchecked = "order-owner-unchecked",
    /// Addresses are read without asking whose they are (CWE-639).
    AddressOwnerUnchecked = "address-owner-unchecked",
    /// Notes are read without asking whose they are (CWE-639).
    NoteOwnerUnchecked = "note-owner-unchecked",
    /// The list of messages holds everyone's (CWE-639).
    MessagesCrossOwners = "messages-cross-owners",
    /// The search through notes looks into everyone's (CWE-639).
    NoteSearchCrossesOwners = "note-search-crosses-owners",
    /// Invoices are read without asking whose they are (CWE-639).
    InvoiceOwnerUnchecked = "invoice-owner-unchecked",
    /// Order numbers are consecutive (CWE-340).
    SequentialIds = "sequential-ids",
    /// The list of users asks for a token but not for the role (CWE-285).
    AdminRoleUnchecked = "admin-role-unchecked",
    /// An undocumented administrative path is open to customers (CWE-425).
    HiddenAdminPath = "hidden-admin-path",
    /// An answer carries fields its schema does not name (CWE-213).
    UndocumentedFields = "undocumented-fields",
    /// The profile carries internal notes and privilege flags (CWE-213).
    ProfileOverShares = "profile-over-shares",
    /// Reviews can be created already approved (CWE-915).
    ReviewMassAssignment = "review-mass-assignment",
    /// Orders can be created with a status and total of the caller's choice (CWE-915).
    OrderMassAssignment = "order-mass-assignment",
    /// The search concatenates SQL and shows the database's errors (CWE-89).
    SqlInjectionError = "sql-injection-error",
    /// The filter concatenates SQL and swallows errors (CWE-89).
    SqlInjectionBlind = "sql-injection-blind",
    /// A file name leaves the folder of documents (CWE-22).
    FilePathTraversal = "file-path-traversal",
    /// No answer speaks of a rate limit, and there is none (CWE-770).
    RateLimitUnannounced = "rate-limit-unannounced",
    /// The page size of the event log has no bound (CWE-770).
    PageSizeUnbounded = "page-size-unbounded",
    /// Reviews carry the contact data of their authors (CWE-359).
    AuthorContactsShown = "author-contacts-shown",
    /// An answer carries another provider's key in clear (CWE-200).
    ProviderKeyShown = "provider-key-shown",
    /// A malformed date answers with a stack trace (CWE-209).
    StackTraceShown = "stack-trace-shown",
    /// An answer carries the hash of the caller's password (CWE-522).
    PasswordHashShown = "password-hash-shown",
    /// Any origin is allowed to read with credentials (CWE-942).
    CorsReflectsOrigin = "cors-reflects-origin",
    /// The origin `null` is allowed to read with credentials (CWE-942).
    CorsTrustsNull = "cors-trusts-null",
    /// Any origin that ends in the shop's name is allowed to read with credentials (CWE-942).
    CorsTrustsSuffix = "cors-trusts-suffix",
    /// TRACE echoes the request (CWE-693).
    TraceEnabled = "trace-enabled",
    /// Actuator, profiler and metrics are open (CWE-489).
    DebugPathsExposed = "debug-paths-exposed",
    /// Repository metadata and settings are served as files (CWE-538).
    DotFilesServed = "dot-files-served",
    /// A URL from the caller is fetched without asking where it leads (CWE-918).
    UrlFetchedUnchecked = "url-fetched-unchecked",
    /// The description of the API, administration included, is open to anyone (CWE-200).
    DescriptionExposed = "description-exposed",
    /// An operation nobody described is live and linked (CWE-1125).
    ShadowOperation = "shadow-operation",
    /// An operation answers long after its announced end (CWE-477).
    SunsetIgnored = "sunset-ignored",
    /// The graph answers introspection to anyone (CWE-200).
    GraphIntrospection = "graph-introspection",
    /// The assistant answers anyone (CWE-306).
    AssistantWithoutAuth = "assistant-without-auth",
    /// The guide loads a third party's script in clear (CWE-829).
    InsecureThirdPartyScript = "insecure-third-party-script",
}

/// A name that is no weakness.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no weakness of the shop")]
pub struct UnknownWeakness(pub String);

impl FromStr for Weakness {
    type Err = UnknownWeakness;

    fn from_str(name: &str) -> Result<Self, UnknownWeakness> {
        Self::ALL
            .iter()
            .copied()
            .find(|weakness| weakness.name() == name)
            .ok_or_else(|| UnknownWeakness(name.to_owned()))
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// The weaknesses that are switched on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switches(BTreeSet<Weakness>);

impl Switches {
    /// Every weakness that can live beside the others: all but [`Weakness::JwtKeyConfusion`].
    pub fn all() -> Self {
        let together = Weakness::ALL.iter().copied();
        Self(together.filter(|weakness| *weakness != Weakness::JwtKeyConfusion).collect())
    }

    /// No weakness: the shop is well made.
    pub fn none() -> Self {
        Self::default()
    }

    /// Exactly these.
    pub fn only(weaknesses: impl IntoIterator<Item = Weakness>) -> Self {
        Self(weaknesses.into_iter().collect())
    }

    /// Whether this weakness is switched on.
    pub fn has(&self, weakness: Weakness) -> bool {
        self.0.contains(&weakness)
    }

    /// The weaknesses that are on, in order.
    pub fn iter(&self) -> impl Iterator<Item = Weakness> {
        self.0.iter().copied()
    }
}

impl FromStr for Switches {
    type Err = UnknownWeakness;

    /// Reads `all`, `none`, or names separated by commas.
    fn from_str(text: &str) -> Result<Self, UnknownWeakness> {
        match text {
            "all" => Ok(Self::all()),
            "none" => Ok(Self::none()),
            names => {
                names.split(',').map(|name| name.trim().parse()).collect::<Result<_, _>>().map(Self)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_its_weakness() {
        for weakness in Weakness::ALL {
            assert_eq!(weakness.name().parse(), Ok(*weakness));
        }
    }

    #[test]
    fn switches_read_from_a_list_of_names() {
        let both: Switches = "trace-enabled, jwt-key-confusion".parse().unwrap();
        assert_eq!(both, Switches::only([Weakness::TraceEnabled, Weakness::JwtKeyConfusion]));
        assert_eq!("all".parse(), Ok(Switches::all()));
        assert_eq!("none".parse(), Ok(Switches::none()));
        assert_eq!("tracing".parse::<Switches>(), Err(UnknownWeakness("tracing".into())));
    }

    #[test]
    fn all_leaves_out_the_switch_that_hides_others() {
        assert!(!Switches::all().has(Weakness::JwtKeyConfusion));
        assert_eq!(Switches::all().iter().count(), Weakness::ALL.len() - 1);
    }
}
