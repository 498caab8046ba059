//! Who owns what.

use crate::api::On;
use crate::kit::people::accounts;
use crate::kit::sessions::Sessions;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};

/// LIMIT: reviews that are kept.
const REVIEWS_MAX: usize = 500;

/// What a running graph holds. Owners are numbers of people: 0 and 1 are customers, 2 the staff.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) on: On,
    pub(super) sessions: Sessions,
    customers: Vec<Value>,
    orders: Vec<(usize, Value)>,
    articles: Vec<(usize, Value)>,
    reviews: Mutex<Vec<(usize, Value)>>,
}

/// A global id: the type and a number, in Base64.
pub(super) fn global(of: &str, number: usize) -> String {
    STANDARD.encode(format!("{of}:{number}"))
}

/// The type in a global id.
pub(super) fn type_in(id: &str) -> Option<String> {
    let inner = String::from_utf8(STANDARD.decode(id).ok()?).ok()?;
    inner.split_once(':').map(|(of, _)| of.to_owned())
}

impl Graph {
    /// Fills it.
    pub(super) fn open(on: On) -> Self {
        let people = accounts();
        let customer = |(n, it): (usize, &crate::kit::people::Account)| {
            let phone = format!("+4670{:07}", 1_740_613 + n * 812_377);
            json!({"__typename": "Customer", "id": global("Customer", 310 + n), "name": it.name,
                "email": it.email, "phone": phone, "owner": n})
        };
        let order = |n: usize| {
            let note = format!(
                "behind the {} door, key {}",
                if n.is_multiple_of(2) { "green" } else { "brass" },
                4117 + n * 31
            );
            let shown = json!({"__typename": "Order", "id": global("Order", 7_204 + n * 9),
                "doorNote": note, "grams": 240 + n * 37, "owner": n % 2});
            (n % 2, shown)
        };
        let article = |(n, title): (usize, &&str)| {
            let shown = json!({"__typename": "Article", "id": global("Article", 51 + n),
                "title": title, "body": format!("On {title}, for everybody."), "owner": n % 2});
            (n % 2, shown)
        };
        let titles = ["tar and rope", "nets in winter", "the third lock"];
        Self {
            on,
            sessions: Sessions::default(),
            customers: [people.a, people.b, people.admin]
                .iter()
                .enumerate()
                .map(customer)
                .collect(),
            orders: (0..6).map(order).collect(),
            articles: titles.iter().enumerate().map(article).collect(),
            reviews: Mutex::default(),
        }
    }

    /// Whether this mistake is made.
    pub(super) fn has(&self, switch: &str) -> bool {
        self.on.has(switch)
    }

    pub(super) fn customers(&self) -> &[Value] {
        &self.customers
    }

    pub(super) fn customer(&self, owner: usize) -> Option<&Value> {
        self.customers.get(owner)
    }

    pub(super) fn orders_of(&self, owner: usize) -> Vec<Value> {
        self.orders.iter().filter(|(of, _)| *of == owner).map(|(_, it)| it.clone()).collect()
    }

    pub(super) fn articles(&self) -> Vec<Value> {
        self.articles.iter().map(|(_, it)| it.clone()).collect()
    }

    pub(super) fn reviews_of(&self, owner: usize) -> Vec<Value> {
        let kept = self.reviews.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().filter(|(of, _)| *of == owner).map(|(_, it)| it.clone()).collect()
    }

    /// Keeps a review, approved only as far as the caller is trusted.
    pub(super) fn add_review(&self, owner: usize, text: &str, approved: bool) -> Value {
        let mut kept = self.reviews.lock().unwrap_or_else(PoisonError::into_inner);
        let id = global("Review", 900 + kept.len());
        let review = json!({"__typename": "Review", "id": id, "text": text, "approved": approved,
            "owner": owner});
        if kept.len() < REVIEWS_MAX {
            kept.push((owner, review.clone()));
        }
        review
    }

    /// The thing with this id, and whose it is.
    pub(super) fn find(&self, id: &str) -> Option<(usize, Value)> {
        let is_it = |it: &Value| it.get("id").and_then(Value::as_str) == Some(id);
        let people = self.customers.iter().enumerate().map(|(n, it)| (n, it.clone()));
        self.orders
            .iter()
            .chain(&self.articles)
            .find(|it| is_it(&it.1))
            .cloned()
            .or_else(|| people.into_iter().find(|it| is_it(&it.1)))
    }
}
