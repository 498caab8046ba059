//! The lab: an API that hands what callers send to every interpreter there is.
//!
//! A real database, a real shell (with one program and no files), and small ones of our own: a
//! template engine, a document store, an XML reader, a merge, a fetcher. Each mistake has a twin
//! below `/api/safe` that looks alike and makes none, and there are decoys: inputs that are repeated,
//! searches that find everything, errors that have nothing to do with what was sent.

mod api;
mod books;
mod decoys;
mod documents;
mod fetch;
mod login;
mod pages;
mod settings;
mod shell;
mod state;
mod template;
mod xml;

pub(crate) use api::API;
