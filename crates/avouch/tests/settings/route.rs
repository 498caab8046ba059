//! `guard.openapi` and `[guard.route]`: what can be asked for at all.

use crate::gate::{DESCRIBED, Setup, differ};
use crate::issuer::{OURS, issuer};

shown! {
    openapi: "guard.openapi",
    mode: "guard.route.mode",
    unknown: "guard.route.unknown",
    base_path: "guard.route.base_path",
    public: "guard.route.public",
    options: "guard.route.options",
    announce_deprecation: "guard.route.announce_deprecation",
}

fn openapi() {
    differ(&[], (&[DESCRIBED], 404), (&[], 200), |gate| gate.get("/hidden", &[]).status);
}

fn mode() {
    differ(
        &[DESCRIBED],
        (&["guard.route.mode = \"enforce\""], (404, 405)),
        (&["guard.route.mode = \"learn\""], (200, 200)),
        |gate| (gate.get("/hidden", &[]).status, gate.ask("DELETE", "/things", &[], "").status),
    );
}

fn unknown() {
    differ(
        &[DESCRIBED],
        (&["guard.route.unknown = \"refuse\""], 404),
        (&["guard.route.unknown = \"shadow\""], 200),
        |gate| gate.get("/hidden", &[]).status,
    );
}

fn base_path() {
    differ(
        &[DESCRIBED],
        (&["guard.route.base_path = \"/v1\""], (200, 404)),
        (&["guard.route.base_path = \"/v2\""], (404, 200)),
        |gate| (gate.get("/v1/things", &[]).status, gate.get("/v2/things", &[]).status),
    );
}

fn public() {
    let status = |pattern: &str| {
        let line = format!("guard.route.public = [\"{pattern}\"]");
        let lines = [DESCRIBED, "guard.identify.anybody = false", &issuer(&[]), &line];
        // What needs a role is not reached by nobody: `/guarded` has no role, but needs somebody.
        let lines = [&lines[..], &["guard.authorize.description = false"]].concat();
        Setup::of(&lines).file("jwks.json", OURS.published()).start().get("/guarded", &[]).status
    };
    assert_eq!((status("GET /guarded"), status("GET /things")), (200, 401));
}

fn options() {
    differ(
        &[DESCRIBED],
        (&["guard.route.options = \"answer\""], (204, 0)),
        (&["guard.route.options = \"forward\""], (200, 1)),
        |gate| {
            let answer = gate.ask("OPTIONS", "/things", &[], "");
            // Whoever answers: the client learns under which id it is recorded.
            assert!(answer.head.contains("\r\nx-request-id: "), "{answer:?}");
            (answer.status, gate.upstream().seen().len())
        },
    );
    differ(
        &[DESCRIBED],
        (&["guard.route.options = \"refuse\""], 405),
        (&["guard.route.options = \"answer\""], 204),
        |gate| gate.ask("OPTIONS", "/things", &[], "").status,
    );
}

fn announce_deprecation() {
    differ(
        &[DESCRIBED],
        (&["guard.route.announce_deprecation = true"], true),
        (&["guard.route.announce_deprecation = false"], false),
        |gate| gate.get("/old", &[]).head.contains("\r\ndeprecation: "),
    );
}
