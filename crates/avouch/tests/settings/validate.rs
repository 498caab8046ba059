//! `[guard.validate]`: only what is described comes in.

use crate::gate::{DESCRIBED, Gate, differ};

shown! {
    mode: "guard.validate.mode",
    unknown_properties: "guard.validate.unknown_properties",
    unknown_query: "guard.validate.unknown_query",
    read_only: "guard.validate.read_only",
    opaque_bodies: "guard.validate.opaque_bodies",
    body_bytes_max: "guard.validate.bounds.body_bytes_max",
    depth_max: "guard.validate.bounds.depth_max",
    string_bytes_max: "guard.validate.bounds.string_bytes_max",
    array_items_max: "guard.validate.bounds.array_items_max",
    properties_max: "guard.validate.bounds.properties_max",
    form_parts_max: "guard.validate.bounds.form_parts_max",
}

/// One key with two values, of which the first refuses with this status.
#[track_caller]
fn refuses(key: &str, (strict, lax): (&str, &str), status: u16, ask: impl Fn(&Gate) -> u16) {
    let line = |value: &str| format!("guard.validate.{key} = {value}");
    let (strict, lax) = (line(strict), line(lax));
    differ(&[DESCRIBED], (&[&strict], (status, 0)), (&[&lax], (200, 1)), |gate| {
        (ask(gate), gate.upstream().seen().len())
    });
}

const REFUSES: (&str, &str) = ("\"refuse\"", "\"allow\"");

fn mode() {
    refuses("mode", ("\"enforce\"", "\"learn\""), 400, |gate| {
        gate.get("/things?limit=many", &[]).status
    });
}

fn unknown_properties() {
    refuses("unknown_properties", REFUSES, 422, |gate| {
        gate.post("/things", "{\"admin\": true}").status
    });
}

fn unknown_query() {
    refuses("unknown_query", REFUSES, 400, |gate| gate.get("/things?debug=1", &[]).status);
}

fn read_only() {
    refuses("read_only", REFUSES, 422, |gate| gate.post("/things", "{\"id\": 7}").status);
}

fn opaque_bodies() {
    refuses("opaque_bodies", REFUSES, 415, |gate| {
        gate.ask("POST", "/xml", &["Content-Type: application/xml"], "<a/>").status
    });
}

fn body_bytes_max() {
    refuses("bounds.body_bytes_max", ("10", "100"), 413, |gate| {
        gate.post("/things", "{\"name\": \"something\"}").status
    });
}

fn depth_max() {
    refuses("bounds.depth_max", ("3", "9"), 400, |gate| {
        gate.post("/things", "{\"list\": [[[[[1]]]]]}").status
    });
}

fn string_bytes_max() {
    refuses("bounds.string_bytes_max", ("8", "80"), 400, |gate| {
        gate.post("/things", "{\"name\": \"something long\"}").status
    });
}

fn array_items_max() {
    refuses("bounds.array_items_max", ("3", "9"), 400, |gate| {
        gate.post("/things", "{\"list\": [1, 2, 3, 4, 5]}").status
    });
}

fn properties_max() {
    refuses("bounds.properties_max", ("3", "9"), 400, |gate| {
        gate.post("/things", "{\"more\": {\"a\": 1, \"b\": 2, \"c\": 3, \"d\": 4}}").status
    });
}

fn form_parts_max() {
    refuses("bounds.form_parts_max", ("3", "9"), 400, |gate| {
        let form = "Content-Type: application/x-www-form-urlencoded";
        gate.ask("POST", "/form", &[form], "a=1&b=2&c=3&d=4&e=5").status
    });
}
