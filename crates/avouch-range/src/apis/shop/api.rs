//! The shop as one API of the range.

use super::running::{Shop, ShopOptions};
use super::weakness::{Switches, Weakness};
use crate::api::{ALL, Api, HARDENED, LOGIN, On, Options, Scene, Starting};
use serde_json::Value;

/// The shop.
pub(crate) const API: Api = Api {
    name: "shop",
    title: "a REST API of a small trader, with the usual mistakes",
    switches: Weakness::TABLE,
    apart: &["jwt-key-confusion"],
    truth: include_str!("truth.toml"),
    login: LOGIN,
    scenes: &[
        ALL,
        HARDENED,
        Scene { name: "rs256", switches: "jwt-key-confusion", ..ALL },
        Scene { name: "cors", switches: "cors-trusts-null,cors-trusts-suffix", ..ALL },
        // With everything on, the same contacts are open to strangers elsewhere.
        Scene { name: "contacts", switches: "author-contacts-shown", ..ALL },
        Scene {
            name: "one identity",
            switches: "invoice-owner-unchecked",
            people: &["a"],
            only_named: true,
            ..ALL
        },
    ],
    openapi,
    start,
};

#[expect(clippy::unnecessary_wraps, reason = "not every API has a description")]
fn openapi(base_url: &str, on: &On) -> Option<Value> {
    Some(super::openapi::openapi(base_url, &switches(on)))
}

fn start(options: Options) -> Starting {
    Box::pin(async move {
        let shop = Shop::start(ShopOptions {
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
