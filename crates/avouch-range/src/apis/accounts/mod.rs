//! The accounts: a club that lets people in, or does so carelessly.
//!
//! Anybody registers and logs in; logins that tell too much, limits that count wrongly, logouts that
//! forget nothing, headers that are believed and tokens that live too long are switches. Under `/v2`
//! stand operations that look alike and make none of these mistakes.

mod api;
mod bar;
mod desk;
mod members;
mod rooms;
mod state;
mod token;

pub(crate) use api::API;
