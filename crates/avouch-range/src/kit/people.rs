//! The people every API of the range knows.

use serde::Serialize;

/// A person who can sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The name used at login: an e-mail address.
    pub email: &'static str,
    /// The password, in clear.
    pub password: &'static str,
    /// `customer` or `admin`.
    pub role: &'static str,
    /// The name that is shown.
    pub name: &'static str,
}

/// The identities a scanner is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accounts {
    /// A customer.
    pub a: Account,
    /// Another customer.
    pub b: Account,
    /// An administrator.
    pub admin: Account,
    /// The key of the export operations.
    pub export_key: &'static str,
}

/// The accounts every API has, whatever its seed.
pub fn accounts() -> Accounts {
    Accounts {
        a: Account {
            email: "mara.lindqvist@fjordpost-mail.net",
            password: "otter-brass-41-window",
            role: "customer",
            name: "Mara Lindqvist",
        },
        b: Account {
            email: "tomas.oyelaran@harborline-post.net",
            password: "quince-lantern-77-mill",
            role: "customer",
            name: "Tomas Oyelaran",
        },
        admin: Account {
            email: "ines.varga@shop-staff.net",
            password: "granite-violet-19-ferry",
            role: "admin",
            name: "Ines Varga",
        },
        export_key: "exp-7f2c9a1be04d4c58",
    }
}
