//! Every key of the configuration that protects something, shown to bite.
//!
//! In scope: `[gateway]`, `[guard]` and `[ledger]`, by the real program over real sockets. Each key has a
//! test with two configurations that differ in this key and in nothing else, and two outcomes that
//! differ: a program that ignored the key would fail it. `types` reads from the types of the settings
//! themselves which keys there are, and fails when one of them has neither a test nor a reason. `ignored`
//! takes each key away and sees its test fail.
//!
//! Out of scope: every way in which a policy decides, which is tested where the policy is.

#![expect(clippy::disallowed_methods, reason = "slow clients and servers are played here")]

/// Lists keys with the functions that show them, and makes a test of each function: what is in the list
/// is run.
macro_rules! shown {
    ($($name:ident: $key:literal,)+) => {
        pub(crate) const SHOWN: &[(&str, &str)] = &[
            $(($key, concat!(module_path!(), "::shown::", stringify!($name)))),+
        ];

        mod shown {
            $(
                #[test]
                fn $name() {
                    super::$name();
                }
            )+
        }
    };
}

#[cfg(test)]
mod acme;
#[cfg(test)]
mod admit;
#[cfg(test)]
mod authorize;
#[cfg(test)]
mod callers;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod counted;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod failing;
#[cfg(test)]
mod filter;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod health;
#[cfg(test)]
mod ignored;
#[cfg(test)]
mod issuer;
#[cfg(test)]
mod issuers;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod limit;
#[cfg(test)]
mod listen;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod own;
#[cfg(test)]
mod pebble;
#[cfg(test)]
mod reconciled;
#[cfg(test)]
mod route;
#[cfg(test)]
mod times;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod tunnels;
#[cfg(test)]
mod types;
#[cfg(test)]
mod upstream;
#[cfg(test)]
mod validate;
#[cfg(test)]
mod wire;
