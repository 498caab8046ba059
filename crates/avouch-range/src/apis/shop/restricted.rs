//! Operations that show every caller the same, and so depend on the door alone: the warehouse,
//! the loyalty club, the partners' prices, the wallet and the coupons.

use super::answer::{Answer, Refusal, list, ok};
use super::call::Call;
use super::route::{Route, Security};
use super::schema::{array, integer, list_of, object, string};
use super::state::bearer;
use super::token::Leniency;
use crate::apis::shop::weakness::Weakness;
use axum::routing::{MethodRouter, get};
use serde_json::{Value, json};

pub(crate) fn routes() -> Vec<Route> {
    let shelf = || list_of(object(&[("shelf", string()), ("pieces", integer())]));
    let offers = || list_of(object(&[("code", string()), ("percent", integer())]));
    let prices = || list_of(object(&[("article", string()), ("netCents", integer())]));
    let wallet = || object(&[("currency", string()), ("balanceCents", integer())]);
    let coupons = || object(&[("codes", array(string()))]);
    [
        pair("/warehouse/stock", "/v2/warehouse/stock", || get(stock), shelf(), "Stock by shelf")
            .map(Weakness::DeclaredAuthIgnored),
        pair("/loyalty/offers", "/v2/loyalty/offers", || get(offers_of_club), offers(), "Offers")
            .map(Weakness::TokenPresenceOnly),
        pair("/loyalty/tiers", "/v2/loyalty/tiers", || get(tiers), offers(), "Tiers of the club")
            .map(Weakness::TokenPresenceOnly),
        pair(
            "/partners/prices",
            "/v2/partners/prices",
            || get(prices_of_partners),
            prices(),
            "Net prices",
        )
        .map(Weakness::PathSpellingBypass),
        pair("/wallet", "/v2/wallet", || get(wallet_of), wallet(), "What you have in store")
            .map(Weakness::JwtNoneAccepted),
        pair("/coupons", "/v2/coupons", || get(coupons_of), coupons(), "Your coupons")
            .map(Weakness::JwtBlankKeyAccepted),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// An operation and its twin, alike but for the path.
struct Pair([Route; 2]);

fn pair(
    path: &'static str,
    twin: &'static str,
    handler: fn() -> MethodRouter<super::call::Bound>,
    answer: Value,
    says: &'static str,
) -> Pair {
    let of = |path| Route::get(path, handler()).needs(Security::Bearer).says(says);
    Pair([of(path).answers(answer.clone()), of(twin).answers(answer)])
}

impl Pair {
    fn map(self, weakness: Weakness) -> [Route; 2] {
        let Self([route, twin]) = self;
        [route.carries(weakness), twin]
    }
}

async fn stock(call: Call) -> Answer {
    if !call.is_weak() {
        call.customer()?;
    }
    let sql = "SELECT json_object('shelf', category || '-' || (id % 7), 'pieces', count(*) * 3)
        FROM products GROUP BY category, id % 7 ORDER BY category, id % 7";
    list(call.shop.store.rows(sql, &[]).await?)
}

/// Lets in whoever signed in; by mistake, whoever sends any token.
fn club_door(call: &Call) -> Result<(), Refusal> {
    if call.is_weak() && bearer(&call.headers).is_some_and(|token| !token.is_empty()) {
        return Ok(());
    }
    call.customer().map(drop)
}

async fn offers_of_club(call: Call) -> Answer {
    club_door(&call)?;
    list(vec![
        json!({"code": "CLUB-SPRING-GARDEN", "percent": 15}),
        json!({"code": "CLUB-OFFICE-CHAIRS", "percent": 20}),
        json!({"code": "CLUB-COPPER-KETTLES", "percent": 10}),
    ])
}

async fn tiers(call: Call) -> Answer {
    club_door(&call)?;
    list(vec![
        json!({"code": "CLUB-BIRCH", "percent": 3}),
        json!({"code": "CLUB-OAK", "percent": 5}),
        json!({"code": "CLUB-BRASS", "percent": 8}),
    ])
}

async fn prices_of_partners(call: Call) -> Answer {
    call.customer()?;
    net_prices(&call).await
}

async fn net_prices(call: &Call) -> Answer {
    let sql = "SELECT json_object('article', name, 'netCents', price_cents * 6 / 10)
        FROM products WHERE withdrawn = 0 ORDER BY id LIMIT 30";
    list(call.shop.store.rows(sql, &[]).await?)
}

/// What is asked for under a path the table does not have.
///
/// By mistake, a rewriting layer older than the guard is still in place: it reads a path more
/// freely than the guard does, and goes straight to the handler behind it.
pub(crate) async fn other_spelling(call: Call) -> Answer {
    if call.is_weak() { rewritten(&call).await } else { Err(Refusal::NotFound) }
}

/// Serves what the rewriting layer takes the request for.
pub(crate) async fn rewritten(call: &Call) -> Answer {
    let asked = ["x-original-url", "x-rewrite-url"]
        .into_iter()
        .find_map(|name| call.headers.get(name)?.to_str().ok())
        .unwrap_or(call.uri.path());
    if plain_path(asked) == "/partners/prices" {
        return net_prices(call).await;
    }
    Err(Refusal::NotFound)
}

/// The path without empty segments, parameters after `;`, dots, and capitals.
fn plain_path(path: &str) -> String {
    let decoded = path.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/");
    let mut plain = String::new();
    for segment in decoded.split('/') {
        let segment = segment.split(';').next().unwrap_or_default();
        if !segment.is_empty() && segment != "." {
            plain.push('/');
            plain.push_str(segment);
        }
    }
    plain
}

async fn wallet_of(call: Call) -> Answer {
    let caller = call.customer_unless_weak(Leniency::NoneAccepted)?;
    // Each customer's own, and not moved by orders that are placed meanwhile.
    let sql = "SELECT json_object('currency', 'SEK',
        'balanceCents', 12800 + 37 * unicode(substr(?, 6, 1)) + unicode(substr(?, 7, 1)))";
    ok(call.shop.store.first(sql, &[&caller.id, &caller.id]).await?.ok_or(Refusal::NotFound)?)
}

async fn coupons_of(call: Call) -> Answer {
    let caller = call.customer_unless_weak(Leniency::BlankKeyAccepted)?;
    let code = caller.id.trim_start_matches("cus_").get(..6).unwrap_or_default().to_owned();
    ok(json!({"codes": [format!("THANKS-{code}"), format!("BACK-{code}")]}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_of_a_path_read_as_the_plain_one() {
        for path in ["/partners/prices/", "//partners/prices", "/partners/./prices"] {
            assert_eq!(plain_path(path), "/partners/prices");
        }
        for path in ["/partners/prices;x=1", "/PARTNERS/prices", "/partners/%2e/prices"] {
            assert_eq!(plain_path(path), "/partners/prices");
        }
        assert_eq!(plain_path("/partners/other/"), "/partners/other");
    }
}
