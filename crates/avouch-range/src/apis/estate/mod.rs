//! The estate: an agency that lets flats, as its proxies, caches and old versions show it.
//!
//! Its people travel by a cookie. The mistakes are those of configuration: what is cached, which host
//! name is believed, what an old version still serves, what headers and errors say, who may open a
//! socket, and whose events are believed.

mod api;
mod cache;
mod deliveries;
mod flats;
mod hooks;
mod live;
mod pages;
mod state;

pub(crate) use api::API;
