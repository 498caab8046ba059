//! A real shell, in which there is one program and no way to name a file.

use super::state::Lab;
use axum::Json;
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Command;

type Shared = State<Arc<Lab>>;
type Asked = Query<BTreeMap<String, String>>;

/// LIMIT: characters of a host.
const HOST_CHARS_MAX: usize = 400;
/// LIMIT: seconds a command may take.
const COMMAND_SECONDS_MAX: u64 = 8;

/// A folder that holds a way to sleep and nothing else: all that a command can start.
static PROGRAMS: LazyLock<Option<TempDir>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().ok()?;
    let sleep =
        ["/bin/sleep", "/usr/bin/sleep"].into_iter().find(|path| Path::new(path).exists())?;
    std::os::unix::fs::symlink(sleep, folder.path().join("sleep")).ok()?;
    Some(folder)
});

/// What the shell prints for that line. Signs that name files are refused before, so that nothing
/// outside can be read, written or started, whatever the line says.
async fn danger_run(line: String) -> String {
    let refused = line.contains(['/', '<', '>', '~', '\\']) || line.len() > HOST_CHARS_MAX;
    let Some(programs) = PROGRAMS.as_ref().filter(|_| !refused) else { return String::new() };
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(line).env_clear().env("PATH", programs.path());
    command.current_dir(programs.path()).kill_on_drop(true);
    let limit = Duration::from_secs(COMMAND_SECONDS_MAX);
    match tokio::time::timeout(limit, command.output()).await {
        Ok(Ok(output)) => {
            let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.push_str(&String::from_utf8_lossy(&output.stderr));
            text
        }
        _ => String::new(),
    }
}

fn host_of(body: &Value) -> Option<&str> {
    body.get("host").and_then(Value::as_str)
}

pub(super) async fn ping(
    State(lab): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if !lab.has("shell-started") {
        return answer_ping(&lab, &headers, &body);
    }
    let Some(host) = host_of(&body).filter(|_| lab.caller(&headers).is_some()) else {
        return answer_ping(&lab, &headers, &body);
    };
    let output = danger_run(format!("echo PING {host}: 1 packet")).await;
    lab.good(&json!({"output": output}))
}

pub(super) async fn safe_ping(
    State(lab): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    answer_ping(&lab, &headers, &body)
}

fn answer_ping(lab: &Lab, headers: &HeaderMap, body: &Value) -> Response {
    if lab.caller(headers).is_none() {
        return lab.stranger();
    }
    match host_of(body) {
        Some(host) => lab.good(&json!({"output": format!("PING {host}: 1 packet\n")})),
        None => lab.bad(StatusCode::UNPROCESSABLE_ENTITY, "`host` must be a text"),
    }
}

pub(super) async fn trace(State(lab): Shared, headers: HeaderMap, Query(asked): Asked) -> Response {
    if lab.has("shell-started-blind") && lab.caller(&headers).is_some() {
        let host = asked.get("host").map(String::as_str).unwrap_or_default();
        danger_run(format!("echo \"{host}\"")).await;
    }
    done(&lab, &headers)
}

pub(super) async fn safe_trace(State(lab): Shared, headers: HeaderMap) -> Response {
    done(&lab, &headers)
}

fn done(lab: &Lab, headers: &HeaderMap) -> Response {
    match lab.caller(headers) {
        Some(_) => lab.good(&json!({"done": true})),
        None => lab.stranger(),
    }
}
