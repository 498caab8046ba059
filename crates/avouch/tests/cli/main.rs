//! The program as a person meets it: what is typed, what is printed, what the shell is told.
//!
//! In scope: the real binary against servers of this process on loopback. Out of scope: what each
//! check proves, which is tested where the check is.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod archives;
#[cfg(test)]
mod arguments;
#[cfg(test)]
mod demos;
#[cfg(test)]
mod descriptions;
#[cfg(test)]
mod endings;
#[cfg(test)]
mod engagements;
#[cfg(test)]
mod gateways;
#[cfg(test)]
mod gone;
mod identities;
#[cfg(test)]
mod interop;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod ledgers;
#[cfg(test)]
mod outputs;
#[cfg(test)]
mod packages;
#[cfg(test)]
mod program;
#[cfg(test)]
mod proofs;
#[cfg(test)]
mod purges;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod registries;
#[cfg(test)]
mod replays;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod targets;
#[cfg(test)]
mod witnesses;
