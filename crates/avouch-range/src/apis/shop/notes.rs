//! Notes a customer keeps.

use super::answer::{Answer, Refusal, created, done, list, ok};
use super::call::{Call, required};
use super::route::{Route, Security};
use super::schema::{list_of, object, string, uuid};
use crate::apis::shop::weakness::Weakness;
use crate::kit::random;
use axum::routing::{delete, get, post};
use serde_json::json;

pub(crate) fn routes() -> Vec<Route> {
    let note = || object(&[("id", uuid()), ("title", string()), ("body", string())]);
    let draft = || object(&[("title", string()), ("body", string())]);
    let of = |route: Route| route.needs(Security::Bearer);
    let found = |path| {
        of(Route::get(path, get(search)))
            .query_required("q", string(), "Words of the title or the text")
            .says("Find notes")
            .answers(list_of(note()))
    };
    vec![
        found("/notes/search").carries(Weakness::NoteSearchCrossesOwners),
        found("/v2/notes/search"),
        of(Route::get("/notes", get(mine))).says("Your notes").answers(list_of(note())),
        of(Route::post("/notes", post(create)))
            .says("Keep a note")
            .takes(draft())
            .answers(note())
            .status(201),
        of(Route::get("/notes/{noteId}", get(one)))
            .carries(Weakness::NoteOwnerUnchecked)
            .says("One of your notes")
            .answers(note()),
        of(Route::delete("/notes/{noteId}", delete(forget))).says("Throw a note away"),
        of(Route::get("/v2/notes", get(mine))).says("Your notes").answers(list_of(note())),
        of(Route::post("/v2/notes", post(create)))
            .says("Keep a note")
            .takes(draft())
            .answers(note())
            .status(201),
        of(Route::get("/v2/notes/{noteId}", get(one))).says("One of your notes").answers(note()),
        of(Route::delete("/v2/notes/{noteId}", delete(forget))).says("Throw a note away"),
    ]
}

const OF_OWNER: &str = "SELECT json_object('id', id, 'title', title, 'body', body)
    FROM notes WHERE owner = ? ORDER BY id";
const OF_OWNER_BY_ID: &str = "SELECT json_object('id', id, 'title', title, 'body', body)
    FROM notes WHERE id = ? AND owner = ?";
const BY_ID: &str = "SELECT json_object('id', id, 'title', title, 'body', body)
    FROM notes WHERE id = ?";

async fn mine(call: Call) -> Answer {
    let caller = call.customer()?;
    list(call.shop.store.rows(OF_OWNER, &[&caller.id]).await?)
}

async fn one(call: Call) -> Answer {
    let caller = call.customer()?;
    let id = call.path("noteId");
    let note = if call.is_weak() {
        call.shop.store.first(BY_ID, &[id]).await?
    } else {
        call.shop.store.first(OF_OWNER_BY_ID, &[id, &caller.id]).await?
    };
    ok(note.ok_or(Refusal::NotFound)?)
}

async fn search(call: Call) -> Answer {
    let caller = call.customer()?;
    let words = call.query("q").filter(|words| !words.is_empty());
    let words = words.ok_or(Refusal::Invalid("`q` is missing"))?;
    let of_owner = "SELECT json_object('id', id, 'title', title, 'body', body) FROM notes
        WHERE instr(title || ' ' || body, ?) > 0 AND owner = ? ORDER BY id";
    let of_all = "SELECT json_object('id', id, 'title', title, 'body', body) FROM notes
        WHERE instr(title || ' ' || body, ?) > 0 ORDER BY id";
    if call.is_weak() {
        return list(call.shop.store.rows(of_all, &[words]).await?);
    }
    list(call.shop.store.rows(of_owner, &[words, &caller.id]).await?)
}

async fn create(call: Call) -> Answer {
    let caller = call.customer()?;
    let fields = call.object()?;
    let title = required(&fields, "title", "`title` is missing")?;
    let body = required(&fields, "body", "`body` is missing")?;
    let id = random::secret_uuid()?;
    let insert = "INSERT INTO notes VALUES (?, ?, ?, ?)";
    call.shop.store.run(insert, &[&id, &caller.id, title, body]).await?;
    created(json!({"id": id, "title": title, "body": body}))
}

async fn forget(call: Call) -> Answer {
    let caller = call.customer()?;
    let delete = "DELETE FROM notes WHERE id = ? AND owner = ?";
    match call.shop.store.run(delete, &[call.path("noteId"), &caller.id]).await? {
        0 => Err(Refusal::NotFound),
        _ => done(),
    }
}
