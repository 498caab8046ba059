//! The people and goods of a new shop: the same seed gives the same ones.

use super::accounts::password_hash;
use crate::kit::people::accounts;
use crate::kit::random::Sequence;
use crate::kit::store::Store;
use serde_json::{Value, json};
use std::io;
use std::path::Path;

/// Customers besides the ones that sign in.
const CUSTOMERS: u64 = 20;
/// Goods for sale.
const PRODUCTS: u64 = 400;
/// Rows of the event log: enough for a page size without bound to show.
const EVENTS: u64 = 1_600;
/// Orders, addresses and the like that each customer owns.
const OWNED: u64 = 4;
const FIRST_INVOICE: u64 = 50_017;

const GIVEN: &[&str] = &[
    "Anneke", "Bram", "Chidi", "Dalia", "Emre", "Freya", "Goran", "Hana", "Ilya", "Jonna", "Kofi",
    "Leila", "Matteo", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Sanna", "Tariq",
];
const FAMILY: &[&str] = &[
    "Abbott", "Brandt", "Castell", "Dvorak", "Eriksen", "Falk", "Grimaldi", "Halonen", "Ivers",
    "Jansson", "Kowal", "Laurent", "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi",
];
const HOSTS: &[&str] = &["fjordpost-mail.net", "harborline-post.net", "lindenmail-box.org"];
const THINGS: &[&str] =
    &["kettle", "lamp", "basket", "chair", "blanket", "teapot", "mirror", "shelf", "clock", "vase"];
const MATERIALS: &[&str] = &["oak", "brass", "linen", "glass", "wool", "copper", "clay", "birch"];
/// The categories that goods are sold in.
pub(crate) const CATEGORIES: &[&str] = &["kitchen", "garden", "office", "bedroom"];
const WORDS: &[&str] = &[
    "amber", "bramble", "cobalt", "drizzle", "ember", "fennel", "gable", "hollow", "indigo",
    "juniper", "kelp", "lichen", "marble", "nettle", "orchard", "pebble", "quartz", "russet",
    "saffron", "thistle", "umber", "velvet", "willow", "yarrow", "zephyr",
];
const STREETS: &[&str] = &["Mill Lane", "Harbour Street", "Linden Way", "Station Road"];
const CITIES: &[&str] = &["Norrvik", "Eastholm", "Tarn Bridge", "Selby Ford"];

const TABLES: &str = "
CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT, name TEXT, phone TEXT, birth_date TEXT,
    role TEXT, password_hash TEXT, joined TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, owner TEXT, status TEXT, total_cents INTEGER,
    note TEXT, product_id INTEGER);
CREATE TABLE addresses (id TEXT PRIMARY KEY, owner TEXT, recipient TEXT, street TEXT, city TEXT,
    door_note TEXT);
CREATE TABLE notes (id TEXT PRIMARY KEY, owner TEXT, title TEXT, body TEXT);
CREATE TABLE messages (id TEXT PRIMARY KEY, owner TEXT, subject TEXT, body TEXT);
CREATE TABLE invoices (id INTEGER PRIMARY KEY, owner TEXT, amount_cents INTEGER, memo TEXT);
CREATE TABLE reviews (id TEXT PRIMARY KEY, owner TEXT, product_id INTEGER, text TEXT,
    approved INTEGER);
CREATE TABLE deliveries (id TEXT PRIMARY KEY, owner TEXT, carrier TEXT, status TEXT,
    margin_percent INTEGER, courier_phone TEXT);
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, category TEXT, price_cents INTEGER,
    withdrawn INTEGER);
CREATE TABLE events (id INTEGER PRIMARY KEY, kind TEXT, detail TEXT);
CREATE TABLE subscriptions (id TEXT PRIMARY KEY, owner TEXT, topic TEXT, role TEXT);
";

/// One user, also held in memory for signing in.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) phone: String,
    pub(crate) birth_date: String,
    pub(crate) role: String,
    pub(crate) password_hash: String,
    pub(crate) joined: String,
    /// What staff wrote about the person.
    pub(crate) staff_note: String,
}

/// Everything a new shop holds.
#[derive(Debug)]
pub(crate) struct Stock {
    pub(crate) users: Vec<User>,
    tables: Vec<(&'static str, Vec<Value>)>,
}

/// Makes the stock of a shop. Errors: the system gives no randomness for salts.
pub(crate) fn stock(seed: u64, sequential_orders: bool) -> io::Result<Stock> {
    let mut sequence = Sequence::new(seed);
    let users = people(&mut sequence)?;
    let mut tables = vec![("users", users.iter().map(user_row).collect())];
    tables.extend(owned(&users, sequential_orders, &mut sequence));
    tables.push(("products", (1..=PRODUCTS).map(|id| product(id, &mut sequence)).collect()));
    tables.push(("events", (1..=EVENTS).map(|id| event(id, &mut sequence)).collect()));
    Ok(Stock { users, tables })
}

impl Stock {
    /// Creates the tables and fills them.
    pub(crate) async fn fill(&self, store: &Store) -> Result<(), sqlx::Error> {
        store.script(TABLES).await?;
        for (table, rows) in &self.tables {
            let rows = Value::Array(rows.clone()).to_string();
            store.run(insert_into(table), &[&rows]).await?;
        }
        Ok(())
    }
}

/// The statement that fills a table from a JSON list of rows.
fn insert_into(table: &str) -> &'static str {
    match table {
        "users" => {
            "INSERT INTO users SELECT value->>0, value->>1, value->>2, value->>3, value->>4,
                value->>5, value->>6, value->>7 FROM json_each(?)"
        }
        "orders" => {
            "INSERT INTO orders SELECT value->>0, value->>1, value->>2, value->>3, value->>4,
                value->>5 FROM json_each(?)"
        }
        "addresses" => {
            "INSERT INTO addresses SELECT value->>0, value->>1, value->>2, value->>3, value->>4,
                value->>5 FROM json_each(?)"
        }
        "notes" => {
            "INSERT INTO notes SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(?)"
        }
        "messages" => {
            "INSERT INTO messages SELECT value->>0, value->>1, value->>2, value->>3
                FROM json_each(?)"
        }
        "invoices" => {
            "INSERT INTO invoices SELECT value->>0, value->>1, value->>2, value->>3
                FROM json_each(?)"
        }
        "reviews" => {
            "INSERT INTO reviews SELECT value->>0, value->>1, value->>2, value->>3, value->>4
                FROM json_each(?)"
        }
        "deliveries" => {
            "INSERT INTO deliveries SELECT value->>0, value->>1, value->>2, value->>3, value->>4,
                value->>5 FROM json_each(?)"
        }
        "products" => {
            "INSERT INTO products SELECT value->>0, value->>1, value->>2, value->>3, value->>4
                FROM json_each(?)"
        }
        _ => "INSERT INTO events SELECT value->>0, value->>1, value->>2 FROM json_each(?)",
    }
}

fn people(sequence: &mut Sequence) -> io::Result<Vec<User>> {
    let known = accounts();
    let mut users = Vec::new();
    for account in [known.a, known.b, known.admin] {
        let hash = password_hash(account.password)?;
        users.push(person(account.email.into(), account.name.into(), account.role, hash, sequence));
    }
    for number in 0..CUSTOMERS {
        let (given, family) = (sequence.pick(GIVEN), sequence.pick(FAMILY));
        let host = sequence.pick(HOSTS);
        let name = format!("{given} {family}");
        let email = format!("{given}.{family}{}@{host}", number + 11).to_lowercase();
        // Nobody signs in as these: the hash of a password that is then forgotten.
        let hash = password_hash(&sequence.uuid())?;
        users.push(person(email, name, "customer", hash, sequence));
    }
    Ok(users)
}

fn person(email: String, name: String, role: &str, hash: String, from: &mut Sequence) -> User {
    let (year, month, day) = (from.between(1958, 2002), from.between(1, 13), from.between(1, 29));
    User {
        id: format!("cus_{:012x}", from.next() >> 16),
        email,
        name,
        phone: format!("+4670{:07}", from.between(1_000_000, 9_999_999)),
        birth_date: format!("{year}-{month:02}-{day:02}"),
        role: role.to_owned(),
        password_hash: hash,
        joined: format!("20{}-{:02}-03", from.between(19, 25), from.between(1, 13)),
        staff_note: format!("Chargeback {} refused; watch this buyer", phrase(from)),
    }
}

fn user_row(user: &User) -> Value {
    json!([
        user.id,
        user.email,
        user.name,
        user.phone,
        user.birth_date,
        user.role,
        user.password_hash,
        user.joined
    ])
}

/// Words that nobody else's object has.
fn phrase(sequence: &mut Sequence) -> String {
    let [one, two, three] = [(); 3].map(|()| sequence.pick(WORDS));
    format!("{one}-{two}-{three}-{}", sequence.between(1000, 9999))
}

/// What customers own. Objects of different owners alternate, so that neighbours in a sequence
/// of numbers belong to different people.
fn owned(
    users: &[User],
    sequential_orders: bool,
    sequence: &mut Sequence,
) -> Vec<(&'static str, Vec<Value>)> {
    let mut rows: [Vec<Value>; 7] = Default::default();
    let (mut order, mut invoice) = (104_200, FIRST_INVOICE);
    for _ in 0..OWNED {
        for user in users {
            let [orders, addresses, notes, messages, invoices, reviews, deliveries] = &mut rows;
            order = if sequential_orders {
                order + 1
            } else {
                sequence.between(100_000_000, 999_999_999)
            };
            invoice += 1;
            let cents = sequence.between(900, 90_000);
            let product = sequence.between(1, PRODUCTS);
            let words = [(); 6].map(|()| phrase(sequence));
            let [one, two, three, four, five, six] = words;
            orders.push(json!([
                order,
                user.id,
                "paid",
                cents,
                format!("Gift card text: {one}"),
                product
            ]));
            addresses.push(json!([
                sequence.uuid(),
                user.id,
                user.name,
                format!("{} {}", sequence.between(1, 200), sequence.pick(STREETS)),
                sequence.pick(CITIES),
                format!("Door word {two}")
            ]));
            notes.push(json!([
                sequence.uuid(),
                user.id,
                format!("Note {three}"),
                format!("Remember {three}")
            ]));
            messages.push(json!([
                sequence.uuid(),
                user.id,
                format!("About {four}"),
                format!("We put {four} aside for you")
            ]));
            invoices.push(json!([invoice, user.id, cents, format!("Project {five}")]));
            reviews.push(json!([
                sequence.uuid(),
                user.id,
                product,
                format!("Sturdy and {}", sequence.pick(WORDS)),
                1
            ]));
            deliveries.push(json!([
                sequence.uuid(),
                user.id,
                format!("Carrier {six}"),
                "on its way",
                sequence.between(8, 40),
                format!("+4676{:07}", sequence.between(1_000_000, 9_999_999))
            ]));
        }
    }
    let names = ["orders", "addresses", "notes", "messages", "invoices", "reviews", "deliveries"];
    names.into_iter().zip(rows).collect()
}

fn product(id: u64, sequence: &mut Sequence) -> Value {
    let name = format!("{} {} {id}", sequence.pick(MATERIALS), sequence.pick(THINGS));
    // The newest few are withdrawn: no honest query shows them.
    let withdrawn = u64::from(id + 5 > PRODUCTS);
    json!([id, name, sequence.pick(CATEGORIES), sequence.between(300, 40_000), withdrawn])
}

fn event(id: u64, sequence: &mut Sequence) -> Value {
    let kind = sequence.pick(&["stock-counted", "price-changed", "shelf-moved"]);
    json!([id, kind, format!("{} {}", sequence.pick(MATERIALS), sequence.pick(THINGS))])
}

/// Writes the documents that customers may fetch.
pub(crate) fn write_documents(folder: &Path) -> io::Result<()> {
    let documents = folder.join("documents");
    std::fs::create_dir(&documents)?;
    std::fs::write(documents.join("manual.txt"), "Fill the kettle. Close the lid. Wait.\n")?;
    std::fs::write(documents.join("returns.txt"), "Send it back within thirty days.\n")?;
    std::fs::write(documents.join("warranty.txt"), "Two years from the day of delivery.\n")?;
    std::fs::write(folder.join("till.conf"), "drawer = 4\nfloat_cents = 25000\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_goods() {
        let (one, two) = (stock(3, false).unwrap(), stock(3, false).unwrap());
        assert_eq!(one.tables[1..], two.tables[1..]);
        assert_ne!(one.tables[1..], stock(4, false).unwrap().tables[1..]);
    }

    #[test]
    fn no_two_people_share_an_address_or_an_id() {
        let users = stock(1, false).unwrap().users;
        let distinct = |key: fn(&User) -> &String| {
            users.iter().map(key).collect::<std::collections::BTreeSet<_>>().len()
        };
        assert_eq!(distinct(|user| &user.email), users.len());
        assert_eq!(distinct(|user| &user.id), users.len());
    }
}
