//! The engine against the whole vulnerable shop, in one process.

#[cfg(test)]
mod whole_shop;
