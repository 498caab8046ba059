//! The shop: a REST API of a small trader, one file per area.
//!
//! [`running`] starts it, [`state`] is what it holds, [`front`] is what every request passes,
//! [`call`] is what a handler gets and [`answer`] what it gives. [`route`] and [`schema`] describe an operation, and
//! [`openapi`] makes the document from the same table the router is made from.

pub(crate) mod accounts;
mod addresses;
mod admin;
mod answer;
mod api;
mod assistant;
mod call;
mod decoys;
mod events;
mod exports;
mod files;
mod front;
mod graph;
mod images;
mod integrations;
mod invoices;
mod legacy;
mod members;
mod messages;
mod notes;
pub(crate) mod openapi;
mod orders;
mod pages;
mod products;
mod profile;
mod restricted;
mod reviews;
mod route;
pub(crate) mod running;
mod schema;
mod seed;
mod state;

pub(crate) mod table;
mod token;
mod traps;
pub(crate) mod weakness;
mod workings;

pub(crate) use api::{BACKROOM, COUNTER};
