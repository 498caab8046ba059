//! The inside of the machine: what belongs behind the shop and is open by mistake.

use super::answer::{Answer, Refusal, list, ok, text};
use super::call::Call;
use super::route::{Route, Security};
use super::schema::{list_of, object, string};
use crate::apis::shop::weakness::Weakness;
use axum::response::IntoResponse;
use axum::routing::get;
use http::StatusCode;
use serde_json::json;
use std::backtrace::Backtrace;

const PLAIN: &str = "text/plain; charset=utf-8";

pub(crate) fn routes() -> Vec<Route> {
    let open =
        |path, handler| Route::get(path, handler).carries(Weakness::DebugPathsExposed).hidden();
    let file = |path, handler| Route::get(path, handler).carries(Weakness::DotFilesServed).hidden();
    let slots = |path| {
        Route::get(path, get(slots))
            .needs(Security::Public)
            .query("day", super::schema::date(), "A day, for example 2027-03-09")
            .says("When we deliver")
            .answers(list_of(object(&[("from", string()), ("until", string())])))
    };
    vec![
        open("/actuator", get(actuator)),
        open("/actuator/env", get(environment)),
        open("/debug/pprof/", get(profiler)),
        open("/metrics", get(metrics)),
        file("/.git/HEAD", get(git_head)),
        file("/.git/config", get(git_config)),
        file("/.env", get(settings)),
        slots("/delivery-slots").carries(Weakness::StackTraceShown),
        slots("/v2/delivery-slots"),
    ]
}

fn only_if_weak(call: &Call) -> Result<(), Refusal> {
    if call.is_weak() { Ok(()) } else { Err(Refusal::NotFound) }
}

async fn actuator(call: Call) -> Answer {
    only_if_weak(&call)?;
    let base = &call.shop.base_url;
    ok(json!({"_links": {
        "self": {"href": format!("{base}/actuator"), "templated": false},
        "env": {"href": format!("{base}/actuator/env"), "templated": false},
    }}))
}

async fn environment(call: Call) -> Answer {
    only_if_weak(&call)?;
    ok(json!({
        "activeProfiles": ["production"],
        "propertySources": [
            {"name": "server.ports", "properties": {
                "local.server.port": {"value": call.shop.base_url},
            }},
            {"name": "systemProperties", "properties": {
                "java.version": {"value": "17.0.9"},
                "user.dir": {"value": call.shop.folder.path().display().to_string()},
            }},
        ],
    }))
}

async fn profiler(call: Call) -> Answer {
    only_if_weak(&call)?;
    text(
        "text/html; charset=utf-8",
        "<html><head><title>/debug/pprof/</title></head><body>/debug/pprof/<br>\
         Types of profiles available:<table><tr><td>3</td><td><a href='goroutine?debug=1'>\
         goroutine</a></td></tr><tr><td>1</td><td><a href='heap?debug=1'>heap</a></td></tr>\
         </table></body></html>",
    )
}

async fn metrics(call: Call) -> Answer {
    only_if_weak(&call)?;
    let mut page = format!(
        "# HELP shop_requests_total Requests served.\n# TYPE shop_requests_total counter\n\
         shop_requests_total {}\n# HELP shop_calls_total Calls of each operation.\n\
         # TYPE shop_calls_total counter\n",
        call.shop.counters.requests()
    );
    for (key, count) in call.shop.counters.operations() {
        let count = count.to_string();
        page.extend(["shop_calls_total{operation=\"", &key, "\"} ", &count, "\n"]);
    }
    text("text/plain; version=0.0.4; charset=utf-8", page)
}

async fn git_head(call: Call) -> Answer {
    only_if_weak(&call)?;
    text(PLAIN, "ref: refs/heads/main\n")
}

async fn git_config(call: Call) -> Answer {
    only_if_weak(&call)?;
    text(PLAIN, "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n")
}

async fn settings(call: Call) -> Answer {
    only_if_weak(&call)?;
    text(
        PLAIN,
        "APP_ENV=production\nAPP_PORT=8080\nDB_HOST=db.internal\nDB_USER=shop\n\
         DB_PASSWORD=correct-horse-battery\n",
    )
}

async fn slots(call: Call) -> Answer {
    let day = call.query("day").unwrap_or("2027-03-09");
    if !is_day(day) {
        if call.is_weak() {
            let trace = Backtrace::force_capture();
            let page = format!("internal error: `{day}` is no day\nstack backtrace:\n{trace}");
            return Ok((StatusCode::INTERNAL_SERVER_ERROR, page).into_response());
        }
        return Err(Refusal::Invalid("`day` must be a day such as 2027-03-09"));
    }
    list(vec![
        json!({"from": format!("{day}T08:00:00Z"), "until": format!("{day}T12:00:00Z")}),
        json!({"from": format!("{day}T13:00:00Z"), "until": format!("{day}T18:00:00Z")}),
    ])
}

fn is_day(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut next = |digits: usize, most: u32| {
        let part = parts.next().filter(|part| part.len() == digits);
        let number = part.and_then(|part| part.parse::<u32>().ok());
        number.is_some_and(|number| (1..=most).contains(&number))
    };
    next(4, 9999) && next(2, 12) && next(2, 31) && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::is_day;

    #[test]
    fn days_are_told_from_other_text() {
        assert!(is_day("2027-03-09"));
        for text in ["", "2027", "2027-13-01", "2027-03-09-01", "'", "2027-3-9", "aaaa-bb-cc"] {
            assert!(!is_day(text), "{text}");
        }
    }
}
