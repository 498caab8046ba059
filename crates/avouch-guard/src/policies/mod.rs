//! The policies of a request's life, in their order. One file and one page each.

pub mod admit;
pub mod authorize;
pub mod contain;
pub mod filter;
pub mod identify;
pub mod limit;
pub mod own;
pub mod route;
#[cfg(test)]
mod tests;
pub mod validate;

/// What people need to know about a policy.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Its name: in settings, records and metrics.
    pub id: &'static str,
    /// What it does, in one line.
    pub title: &'static str,
    /// What it refuses with: the code of [`crate::Refusal`], the status, what it means.
    pub refusals: &'static [(&'static str, u16, &'static str)],
    /// Sources: RFCs, OWASP ids, CWE ids.
    pub references: &'static [&'static str],
    /// The Trust Services Criteria it serves, by id.
    pub criteria: &'static [&'static str],
    /// Its page.
    pub page: &'static str,
}

/// All policies, in the order of a request's life.
pub static POLICIES: &[&Policy] = &[
    &admit::POLICY,
    &contain::POLICY,
    &identify::POLICY,
    &route::POLICY,
    &limit::POLICY,
    &authorize::POLICY,
    &own::POLICY,
    &validate::POLICY,
    &filter::POLICY,
];
