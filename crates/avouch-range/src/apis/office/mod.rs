//! The office: employees, their expenses and badges, and what only administrators should do.
//!
//! Its mistakes are about functions and properties: who may call what, and which fields a caller may
//! set or is shown. It has no paths under which ids of others could be read.

mod administration;
mod api;
mod call;
mod desk;
mod papers;
mod route;
mod state;
mod things;
mod wallet;

pub(crate) use api::API;
