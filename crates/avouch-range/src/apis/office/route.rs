//! Which function a request is for, and who may call it.

use super::call::{Call, missing, stranger};
use super::papers::Ways;
use super::state::Office;
use super::{administration, desk, papers, things, wallet};
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header;
use std::sync::Arc;

/// LIMIT: bytes of a body.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// Takes a request apart and answers it.
pub(super) async fn answer(State(office): State<Arc<Office>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await.unwrap_or_default();
    let segments = parts.uri.path().split('/').filter(|segment| !segment.is_empty());
    let call = Call {
        method: parts.method,
        path: segments.map(str::to_owned).collect(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    dispatch(&office, &call).await
}

async fn dispatch(office: &Office, call: &Call) -> Response {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match (call.method.as_str(), path.as_slice()) {
        ("POST", ["auth", "register"]) => return desk::register(office, call),
        ("POST", ["auth", "login"]) => return desk::login(office, call),
        _ => (),
    }
    let bearer = call.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let caller = office.held().caller(bearer);
    let Some(caller) = caller else {
        return if is_there(&path) { stranger() } else { missing() };
    };
    let has = |switch: &str| office.has(switch);
    match (call.method.as_str(), path.as_slice()) {
        ("GET", ["me" | "account"]) => desk::me(&caller),
        ("PATCH", ["me"]) => desk::change(office, call, &caller, has("profile-sets-role")),
        ("PATCH", ["account"]) => desk::change(office, call, &caller, false),
        (_, [kind @ ("expenses" | "trips")]) => {
            papers::collection(office, call, &caller, ways(office, kind))
        }
        (_, [kind @ ("expenses" | "trips"), id]) => {
            papers::one(office, call, &caller, ways(office, kind), id)
        }
        ("GET", ["colleagues" | "workmates"]) => things::colleagues(office),
        ("GET", ["colleagues", id]) => {
            things::colleague(office, &caller, id, has("salary-shown-to-all"))
        }
        ("GET", ["workmates", id]) => things::colleague(office, &caller, id, false),
        ("GET" | "POST", ["badges"]) => {
            things::pinned(office, call, &caller, "badges", has("pin-returned"))
        }
        ("GET" | "POST", ["lockers"]) => things::pinned(office, call, &caller, "lockers", false),
        (_, ["badges", id]) => {
            things::one(office, call, &caller, ("badges", id), has("removing-undescribed"))
        }
        (_, ["lockers", id]) => things::one(office, call, &caller, ("lockers", id), false),
        ("GET", ["rooms"]) => things::places(call, "room", has("fields-show-anything")),
        ("GET", ["desks"]) => things::places(call, "desk", false),
        ("GET", ["wallet"]) => wallet::balance(office, &caller),
        ("POST", ["vouchers", "redeem"]) => {
            wallet::redeem(office, call, &caller, "v", has("voucher-redeemed-twice")).await
        }
        ("POST", ["coupons", "redeem"]) => wallet::redeem(office, call, &caller, "c", false).await,
        ("GET", ["admin", "payroll"]) => {
            administration::payroll(office, &caller, has("payroll-role-unchecked"))
        }
        ("GET", ["admin", "employees"]) => administration::payroll(office, &caller, false),
        ("GET", ["admin", "reports", "spending"]) => {
            administration::report(call, &caller, has("role-from-header"), 4_821_337)
        }
        ("GET", ["admin", "reports", "savings"]) => {
            administration::report(call, &caller, false, 918_204)
        }
        (_, ["admin", kind @ ("announcements" | "policies")]) => {
            let (kind, open) = notice_kind(office, kind);
            administration::notices(office, call, &caller, kind, open)
        }
        (_, ["admin", kind @ ("announcements" | "policies"), id]) => {
            let (kind, open) = notice_kind(office, kind);
            administration::notice(office, call, &caller, (kind, id), open)
        }
        _ => missing(),
    }
}

/// Whether something is at that path for whoever is signed in.
fn is_there(path: &[&str]) -> bool {
    let names = [
        "me",
        "account",
        "expenses",
        "trips",
        "colleagues",
        "workmates",
        "badges",
        "lockers",
        "rooms",
        "desks",
        "wallet",
        "vouchers",
        "coupons",
        "admin",
    ];
    path.first().is_some_and(|first| names.contains(first))
}

fn ways(office: &Office, kind: &str) -> Ways {
    if kind == "trips" {
        return Ways { kind: "trips", names_owner: false, sets_status: false, overridden: false };
    }
    Ways {
        kind: "expenses",
        names_owner: office.has("expense-names-owner"),
        sets_status: office.has("expense-approves-itself"),
        overridden: office.has("method-overridden"),
    }
}

fn notice_kind(office: &Office, kind: &str) -> (&'static str, bool) {
    if kind == "policies" {
        return ("policies", false);
    }
    ("announcements", office.has("announcements-role-unchecked"))
}
