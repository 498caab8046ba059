//! `[guard.authorize]`: who may do what.

use crate::gate::{DESCRIBED, Setup};
use crate::issuer::{OURS, bearer, issuer};
use serde_json::json;

shown! {
    mode: "guard.authorize.mode",
    policies: "guard.authorize.policies",
    description: "guard.authorize.description",
    claims: "guard.authorize.claims",
}

/// What somebody without roles and scopes is answered.
fn status(lines: &[&str], path: &str) -> u16 {
    let shared = [DESCRIBED, "guard.identify.anybody = false", &issuer(&[])];
    let setup = Setup::of(&[&shared[..], lines].concat())
        .file("jwks.json", OURS.published())
        .file("all.cedar", "permit (principal, action, resource);")
        .file("none.cedar", "forbid (principal, action, resource);")
        .file(
            "tenant.cedar",
            "permit (principal is User, action, resource) when { principal.claims has tenant && principal.claims.tenant == \"a\" };",
        );
    setup.start().get(path, &[&bearer(&OURS.token(&json!({"tenant": "a"})))]).status
}

fn mode() {
    assert_eq!(status(&["guard.authorize.mode = \"enforce\""], "/admin"), 403);
    assert_eq!(status(&["guard.authorize.mode = \"learn\""], "/admin"), 200);
}

fn policies() {
    assert_eq!(status(&["guard.authorize.policies = [\"all.cedar\"]"], "/guarded"), 200);
    assert_eq!(status(&["guard.authorize.policies = [\"none.cedar\"]"], "/guarded"), 403);
    let both = "guard.authorize.policies = [\"all.cedar\", \"none.cedar\"]";
    assert_eq!(status(&[both], "/guarded"), 403);
}

fn description() {
    assert_eq!(status(&["guard.authorize.description = true"], "/scoped"), 403);
    assert_eq!(status(&["guard.authorize.description = false"], "/scoped"), 200);
}

/// Policies read the claims that are named, as the type that is said; one of another type is not there.
fn claims() {
    let policies = "guard.authorize.policies = [\"tenant.cedar\"]";
    assert_eq!(
        status(&[policies, "guard.authorize.claims = { tenant = \"string\" }"], "/guarded"),
        200
    );
    let lines = [DESCRIBED, policies, "guard.authorize.claims = { other = \"string\" }"];
    let setup = Setup::of(&lines).file(
        "tenant.cedar",
        "permit (principal is User, action, resource) when { principal.claims.tenant == \"a\" };",
    );
    let refused = setup.refused();
    assert!(refused.contains("tenant"), "{refused}");
}
