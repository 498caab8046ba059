//! The descriptor: switches, scenes, and the way in.

use super::description::openapi;
use super::handlers::handle;
use super::state::Clinic;
use crate::api::{ALL, Api, HARDENED, LOGIN, Options, Scene, Starting};
use crate::kit::serving;
use axum::Router;
use std::sync::Arc;

/// The clinic.
pub(crate) const API: Api = Api {
    name: "clinic",
    title: "whose object it is: odd ids, parents, tenants, versions, writes",
    switches: &[
        ("appointment-read-unchecked", "Appointments are read by any member (CWE-639)"),
        ("visit-update-unchecked", "Visits are changed by any member (CWE-639)"),
        ("booking-delete-unchecked", "Bookings are removed by any member (CWE-639)"),
        ("journal-secret-unchecked", "Journals are read by title by any member (CWE-639)"),
        ("report-query-unchecked", "Reports are read by a query parameter by any member (CWE-639)"),
        ("reminder-lives-on", "Reminders are read after they were deleted (CWE-672)"),
        ("label-write-unguarded", "Labels are changed without a credential (CWE-306)"),
        ("board-put-unguarded", "Boards ask for the owner on DELETE and not on PUT (CWE-863)"),
        ("sample-refusal-tells", "Samples of others are forbidden, not absent (CWE-204)"),
        ("file-parent-unchecked", "Files are read below any patient (CWE-639)"),
        ("bill-named-in-query", "Whose bills are shown is taken from the query (CWE-639)"),
        ("bed-tenant-believed", "The tenant's header is believed (CWE-639)"),
        ("record-old-version", "The first version of records does not ask (CWE-639)"),
        ("call-id-twice", "The id of a call is read twice, from two places (CWE-639)"),
        ("scan-file-served", "Scans are served to whoever has their address (CWE-425)"),
    ],
    apart: &[],
    truth: include_str!("truth.toml"),
    login: LOGIN,
    scenes: &[ALL, HARDENED, READING],
    openapi,
    start,
};

/// What is seen without writing anything.
const READING: Scene = Scene { name: "reading", active: false, only_named: true, ..ALL };

fn start(options: Options) -> Starting {
    Box::pin(serving::serve(options, |options, base_url| {
        let clinic = Clinic::open(options.on, base_url);
        Router::new().fallback(handle).with_state(Arc::new(clinic))
    }))
}
