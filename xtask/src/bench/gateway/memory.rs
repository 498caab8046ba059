//! What the gateway holds: before anybody asked, and for each connection that rests.

use super::super::cpu::held_bytes;
use super::servers::{Server, pause};
use anyhow::{Context, Result};
use serde::Serialize;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// How long it is waited until what was freed is given back.
const SETTLE: Duration = Duration::from_millis(500);
/// Bytes of an answer that are read at once.
const READ_BYTES: usize = 16 * 1024;

/// What was held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Memory {
    /// Bytes before anybody asked.
    pub(crate) idle_bytes: u64,
    /// Bytes more for each connection that asked once and rests.
    pub(crate) idle_connection_bytes: f64,
}

/// Opens connections, asks once on each, and leaves them open while it looks.
pub(super) fn measure(server: &Server, rest: &str, connections: u32) -> Result<Memory> {
    let held = || held_bytes(server.process()).context("what the gateway holds");
    let idle_bytes = held()?;
    let mut open = Vec::new();
    for _ in 0..connections {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port))?;
        let request =
            format!("GET /orders/order-1 HTTP/1.1\r\nhost: api.example.com\r\n{rest}\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = [0; READ_BYTES];
        let length = stream.read(&mut answer)?;
        anyhow::ensure!(answer.starts_with(b"HTTP/1.1 200"), "no answer came ({length} bytes)");
        open.push(stream);
    }
    pause(SETTLE);
    let busy_bytes = held()?;
    drop(open);
    #[expect(clippy::cast_precision_loss, reason = "far fewer bytes than 2^52")]
    let more = busy_bytes.saturating_sub(idle_bytes) as f64;
    Ok(Memory { idle_bytes, idle_connection_bytes: more / f64::from(connections) })
}
