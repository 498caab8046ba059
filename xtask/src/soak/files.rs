//! The files of a run: settings, description, policies, and the API's own settings.

use super::tokens::{AUDIENCE, ISSUER};
use std::net::SocketAddr;

/// The description of the API.
pub(super) const DESCRIPTION: &str = include_str!("openapi.yaml");

/// Who may do what; somebody may do nothing from time to time.
pub(super) fn policies(forbidden: bool) -> String {
    let mut text = "@id(\"known\")\npermit (principal, action, resource) when { !(principal is Anybody) };\n\
        @id(\"open\")\npermit (principal, action in [Action::\"GET /public/{id}\", Action::\"GET /files/{id}\"], resource);\n"
        .to_owned();
    if forbidden {
        text.push_str(
            "@id(\"turned\")\nforbid (principal == User::\"id/turned\", action, resource);\n",
        );
    }
    text
}

/// Who is shut out.
pub(super) fn blocks(blocked: bool) -> &'static str {
    if blocked {
        "[[block]]\ntarget = \"principal\"\nvalue = \"blocked\"\nbecause = \"soak\"\nby = \"soak\"\n"
    } else {
        "# nobody\n"
    }
}

/// Bytes of a body, at most, where bodies are to be small.
pub(super) const NARROW_BYTES: usize = 2_000;
/// Bytes of a body that is too large only then.
pub(super) const LONG_BYTES: usize = 3_000;
/// What a limit lets one principal ask for.
pub(super) const GREEDY_PER_SECOND: u64 = 5;

/// The gateway's settings.
pub(super) fn settings(upstream: SocketAddr, issuer: SocketAddr, narrow: bool) -> String {
    let body_bytes_max = if narrow { NARROW_BYTES } else { 2 * LONG_BYTES };
    format!(
        r#"[gateway]
listen = [{{ address = "127.0.0.1:0" }}]
[gateway.upstream]
addresses = ["http://{upstream}"]
[ledger]
folder = "ledger"
[guard]
openapi = "openapi.yaml"
[guard.admit]
body_bytes_max = {body_bytes_max}
[guard.validate.bounds]
body_bytes_max = {body_bytes_max}
[guard.contain]
file = "blocks.toml"
[[guard.identify.issuer]]
name = "id"
issuer = "{ISSUER}"
audience = ["{AUDIENCE}"]
algorithms = ["RS256"]
jwks_url = "http://{issuer}/jwks"
profile = "any"
[guard.identify.keys]
file = "keys.json"
headers = ["X-API-Key"]
[[guard.limit]]
name = "greedy"
by = ["principal"]
rate = "{GREEDY_PER_SECOND}/s"
burst = {GREEDY_PER_SECOND}
match = ["GET /greedy/{{id}}"]
[guard.authorize]
policies = ["policies.cedar"]
"#
    )
}

/// Bytes of a file that the API gives.
pub(super) const FILE_BYTES: usize = 200_000;

/// The API: nginx, which says what reached it.
pub(super) fn nginx(upstream: SocketAddr) -> String {
    let seen = r#"'{"target":"$request_uri","method":"$request_method","request":"$http_x_request_id","credential":"$http_authorization$http_x_api_key","inner":"not described"}'"#;
    format!(
        "daemon off; pid nginx/pid; error_log nginx/error warn; worker_processes 1;\n\
         events {{ worker_connections 4096; }}\n\
         http {{\n\
         access_log off; keepalive_requests 500; keepalive_timeout 60s;\n\
         client_body_temp_path nginx/b; proxy_temp_path nginx/p; fastcgi_temp_path nginx/f;\n\
         uwsgi_temp_path nginx/u; scgi_temp_path nginx/s;\n\
         server {{ listen {upstream}; default_type application/json;\n\
         location /files/ {{ default_type application/octet-stream; alias nginx/; try_files file =404; }}\n\
         location / {{ if ($request_method = POST) {{ return 201 {seen}; }} return 200 {seen}; }}\n\
         }} }}\n"
    )
}
