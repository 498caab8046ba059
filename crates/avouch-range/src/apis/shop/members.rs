//! The public list of members: people who agreed to be shown by their first name.

use super::answer::{Answer, list};
use super::call::Call;
use super::route::Route;
use super::schema::{list_of, object, string};
use crate::apis::shop::weakness::Weakness;
use axum::routing::get;

pub(crate) fn routes() -> Vec<Route> {
    let member = || object(&[("name", string()), ("joined", string())]);
    vec![
        Route::get("/members", get(members))
            .carries(Weakness::PeopleWithoutAuth)
            .says("Members of the club")
            .answers(list_of(member())),
        Route::get("/v2/members", get(members))
            .says("Members of the club")
            .answers(list_of(member())),
    ]
}

async fn members(call: Call) -> Answer {
    let whole = "SELECT json_object('name', name, 'joined', joined, 'email', email,
        'phone', phone, 'birthDate', birth_date)
        FROM users WHERE role = 'customer' ORDER BY joined, id";
    let first_names = "SELECT json_object('name', substr(name, 1, instr(name, ' ') - 1),
        'joined', joined) FROM users WHERE role = 'customer' ORDER BY joined, id";
    let sql = if call.is_weak() { whole } else { first_names };
    list(call.shop.store.rows(sql, &[]).await?)
}
