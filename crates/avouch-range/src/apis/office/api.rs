//! The descriptor: switches, scenes, and the way in.

use super::route::answer;
use super::state::Office;
use crate::api::{ALL, Api, HARDENED, LOGIN, On, Options, Scene, Starting};
use crate::kit::serving;
use axum::Router;
use serde_json::Value;
use std::sync::Arc;

/// The description, as a person would have written it.
const DESCRIPTION: &str = include_str!("openapi.json");
/// What only the user can tell: vouchers may be redeemed once.
const FLOWS: &str = "[told]\nflows = [\"POST /vouchers/redeem\", \"POST /coupons/redeem\"]\n";

/// The office.
pub(crate) const API: Api = Api {
    name: "office",
    title: "an office: roles, administrators' functions, and fields that a caller may set",
    switches: &[
        ("register-sets-role", "Whoever registers names its own role (CWE-915)"),
        ("profile-sets-role", "A profile's owner sets its role and balance (CWE-915)"),
        ("expense-approves-itself", "A change of an expense may set its status (CWE-915)"),
        ("expense-names-owner", "An expense may be filed in another's name (CWE-915)"),
        ("payroll-role-unchecked", "The payroll asks for a token and not for the role (CWE-285)"),
        (
            "announcements-role-unchecked",
            "Announcements are written without asking for the role (CWE-862)",
        ),
        ("role-from-header", "The role is believed as a header says it (CWE-602)"),
        ("method-overridden", "A header's method counts after the guard has judged (CWE-650)"),
        ("removing-undescribed", "Badges may be thrown away, which nobody described (CWE-749)"),
        ("salary-shown-to-all", "Colleagues are shown with their salary (CWE-213)"),
        ("pin-returned", "A pin that is only for writing is read back (CWE-213)"),
        ("fields-show-anything", "Any field may be asked for by name (CWE-213)"),
        ("voucher-redeemed-twice", "A voucher is looked up first and written later (CWE-362)"),
    ],
    apart: &[],
    truth: include_str!("truth.toml"),
    login: LOGIN,
    scenes: &[
        Scene { disruptive: &["FLOW-01"], configuration: FLOWS, ..ALL },
        Scene { disruptive: &["FLOW-01"], configuration: FLOWS, ..HARDENED },
        Scene { name: "one-employee", people: &["a"], only_named: true, active: false, ..ALL },
    ],
    openapi,
    start,
};

fn openapi(base_url: &str, _: &On) -> Option<Value> {
    serving::described(DESCRIPTION, base_url)
}

fn start(options: Options) -> Starting {
    Box::pin(serving::serve(options, |options, _| {
        Router::new().fallback(answer).with_state(Arc::new(Office::open(options.on)))
    }))
}
