//! The quay: a few reads behind TLS, with the faults of endpoints and certificates.
//!
//! The server is real: rustls, or for what rustls refuses to serve (withdrawn versions, weak suites,
//! keys and signatures) OpenSSL by way of Python, in front of the same API. The API is reached under
//! a name that exists nowhere, so that certificates and headers mean what they mean elsewhere: whoever
//! scans it says where the name is, and trusts the authority that the quay makes at each start.
//!
//! Not served, because neither server can be made to: SSL 3.0, RC4 and 3DES (Debian's OpenSSL is built
//! without them), and the flaws of old implementations (Heartbleed, early `ChangeCipherSpec`,
//! compression, unbound renegotiation).

mod api;
mod authority;
mod doors;
mod front;
mod shown;

pub(crate) use api::API;
