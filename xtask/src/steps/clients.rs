//! The step `clients`: clients and servers that others wrote, at both sides of the gateway.

use super::{End, Options, left_out};
use crate::processes::{answers, command};

/// The packages: WebSocket, gRPC, and the messages of OpenTelemetry.
const PACKAGES: [&str; 3] = ["websockets==17.4", "grpcio==1.85.1", "opentelemetry-proto==1.45.2"];
/// What tells that they are there.
const IMPORTS: &str = "import websockets, grpc, opentelemetry.proto.trace.v1.trace_pb2";

/// Installs them below `target` and runs the tests that need them.
pub(super) fn run(_: Options) -> End {
    let folder = crate::tree::root().join("target/clients");
    if !answers(folder.join("bin/python"), &["-c", IMPORTS]) {
        let made = command("python3").args(["-m", "venv", "--clear"]).arg(&folder).status();
        if !made.is_ok_and(|status| status.success()) {
            return End::Skipped("no Python environment: is `python3-venv` there?".to_owned());
        }
        let mut pip = command(folder.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES);
        if !pip.status().is_ok_and(|status| status.success()) {
            return End::Skipped("`pip` could not install the clients: no network?".to_owned());
        }
    }
    let passed = left_out::pass(&["--test", "settings"], "clients::");
    End::of(passed, "a client that others wrote did not get on with the gateway")
}
