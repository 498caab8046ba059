//! The engine against whole servers: APIs of the range in one process, a provider of identities.

#[cfg(test)]
mod misfits;
#[cfg(test)]
mod provider;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod whole_shop;
