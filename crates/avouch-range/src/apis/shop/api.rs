//! The shop as one API of the range.

use super::openapi::describe;
use super::running::{Shop, ShopOptions};
use super::table::Part;
use super::weakness::{Switches, Weakness};
use crate::api::{ALL, Api, HARDENED, LOGIN, On, Options, Scene, Starting};

/// The shop as its customers see it.
pub(crate) const COUNTER: Api = Api {
    name: "shop",
    title: "a REST API of a small trader, with the usual mistakes",
    switches: Weakness::TABLE,
    apart: &["jwt-key-confusion"],
    truth: include_str!("counter.toml"),
    login: LOGIN,
    scenes: &[
        ALL,
        HARDENED,
        Scene { name: "rs256", switches: "jwt-key-confusion", ..ALL },
        Scene { name: "cors", switches: "cors-trusts-null,cors-trusts-suffix", ..ALL },
        // With everything on, the same contacts are open to strangers elsewhere.
        Scene { name: "contacts", switches: "author-contacts-shown", ..ALL },
    ],
    openapi: |base_url, on| Some(describe(base_url, &switches(on), Part::Counter)),
    start: |options| start(options, Part::Counter),
};

/// What lies behind the counter.
pub(crate) const BACKROOM: Api = Api {
    name: "backroom",
    title: "the rest of the shop: notes, invoices, files, feeds, a graph, an assistant",
    truth: include_str!("backroom.toml"),
    scenes: &[
        ALL,
        HARDENED,
        Scene {
            name: "one identity",
            switches: "invoice-owner-unchecked",
            people: &["a"],
            only_named: true,
            ..ALL
        },
    ],
    openapi: |base_url, on| Some(describe(base_url, &switches(on), Part::Backroom)),
    start: |options| start(options, Part::Backroom),
    ..COUNTER
};

fn start(options: Options, part: Part) -> Starting {
    Box::pin(async move {
        let shop = Shop::start(ShopOptions {
            part,
            switches: switches(&options.on),
            bind: options.bind,
            seed: options.seed,
            trouble: options.trouble,
            kill_tokens_after: options.kill_tokens_after,
            rs256: options.rs256,
        });
        Ok(shop.await?.serving)
    })
}

fn switches(on: &On) -> Switches {
    // Every name comes from the table that is read here.
    Switches::only(on.names().filter_map(|name| name.parse().ok()))
}
