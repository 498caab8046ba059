//! Sockets that listen: one for each thread at each address, so that the kernel spreads connections.

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpListener};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// As many sockets at one address as there are threads. Port 0 is one that is free, the same for all.
pub(crate) fn listen(address: SocketAddr, count: usize) -> io::Result<Vec<TcpListener>> {
    let mut sockets: Vec<TcpListener> = Vec::with_capacity(count);
    for _ in 0..count {
        let address = sockets.first().map_or(Ok(address), TcpListener::local_addr)?;
        sockets.push(bound(address)?);
    }
    Ok(sockets)
}

fn bound(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
