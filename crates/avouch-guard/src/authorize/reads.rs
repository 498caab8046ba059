//! What policies read of a request: by this a decision may be remembered.
//!
//! Read from the form in which Cedar writes policies as JSON. What is not understood counts as reading
//! everything.

use cedar_policy::Policy;
use serde_json::Value;

/// What some policies read. The operation and the type of the principal are always read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reads {
    /// Which principal it is.
    pub(super) id: bool,
    pub(super) issuer: bool,
    pub(super) scopes: bool,
    pub(super) roles: bool,
    pub(super) claims: bool,
    pub(super) path: bool,
    pub(super) query: bool,
    pub(super) address: bool,
    pub(super) tls: bool,
    pub(super) time: bool,
}

impl Reads {
    const EVERYTHING: Self = Self {
        id: true,
        issuer: true,
        scopes: true,
        roles: true,
        claims: true,
        path: true,
        query: true,
        address: true,
        tls: true,
        time: true,
    };

    /// What these policies read.
    pub(super) fn of<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> Self {
        let mut reads = Self::default();
        for policy in policies {
            match policy.to_json() {
                Ok(policy) => reads.policy(&policy),
                Err(_) => reads = Self::EVERYTHING,
            }
        }
        reads
    }

    /// Whether what is read is the same in many requests. Time, address and query are not.
    pub(super) fn can_be_remembered(&self) -> bool {
        !(self.query || self.address || self.time)
    }

    fn policy(&mut self, policy: &Value) {
        match policy.get("principal") {
            Some(scope) => self.scope(scope),
            None => *self = Self::EVERYTHING,
        }
        match policy.get("conditions").and_then(Value::as_array) {
            Some(conditions) => {
                for condition in conditions {
                    match condition.get("body") {
                        Some(body) => self.walk(body),
                        None => self.everything(),
                    }
                }
            }
            None => *self = Self::EVERYTHING,
        }
    }

    fn everything(&mut self) {
        *self = Self::EVERYTHING;
    }

    /// The part of a policy that says whom it is about.
    fn scope(&mut self, scope: &Value) {
        match scope.get("op").and_then(Value::as_str) {
            // The type is always read.
            Some("All") => (),
            Some("is") => match scope.get("in").and_then(|within| within.get("entity")) {
                Some(entity) => self.within(entity),
                None if scope.get("in").is_none() => (),
                None => self.everything(),
            },
            Some("==") => self.id = true,
            Some("in") => match scope.get("entity") {
                Some(entity) => self.within(entity),
                None => self.everything(),
            },
            _ => self.everything(),
        }
    }

    /// `principal in` that entity: only roles have principals in them, but a principal is in itself.
    fn within(&mut self, entity: &Value) {
        self.roles = true;
        let entity = entity.get("__entity").unwrap_or(entity);
        self.id |= entity.get("type").and_then(Value::as_str) != Some("Role");
    }

    fn walk(&mut self, expression: &Value) {
        match expression {
            Value::Object(entries) => {
                for (operator, operands) in entries {
                    self.operator(operator, operands);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.walk(item)),
            _ => (),
        }
    }

    fn operator(&mut self, operator: &str, operands: &Value) {
        let left = operands.get("left");
        let is_principal = left.and_then(variable) == Some("principal");
        match operator {
            "Value" => (),
            "Var" => match operands.as_str() {
                Some("principal") => self.id = true,
                Some("resource" | "action") => (),
                _ => self.everything(),
            },
            "." | "has" => match (left.and_then(variable), attribute(operands)) {
                (Some("principal"), Some(name)) => self.of_principal(name),
                (Some("context"), Some(name)) => self.of_context(name),
                _ => self.walk(operands),
            },
            "in" if is_principal => {
                let right = operands.get("right");
                if let Some(entity) = right.and_then(|right| right.get("Value")) {
                    self.within(entity);
                } else {
                    (self.roles, self.id) = (true, true);
                    self.walk(operands);
                }
            }
            "is" if is_principal => {
                if let Some(within) = operands.get("in") {
                    (self.roles, self.id) = (true, true);
                    self.walk(within);
                }
            }
            _ => self.walk(operands),
        }
    }

    fn of_principal(&mut self, name: &str) {
        match name {
            "id" => self.id = true,
            "issuer" => self.issuer = true,
            "scopes" => self.scopes = true,
            "roles" => self.roles = true,
            "claims" => self.claims = true,
            _ => self.everything(),
        }
    }

    fn of_context(&mut self, name: &str) {
        match name {
            "path" => self.path = true,
            "query" => self.query = true,
            "address" => self.address = true,
            "tls" | "certificate" => self.tls = true,
            "hour" | "weekday" => self.time = true,
            _ => self.everything(),
        }
    }
}

/// The variable that an expression is, and nothing else.
fn variable(expression: &Value) -> Option<&str> {
    expression.get("Var").and_then(Value::as_str)
}

/// The attribute of `.` or `has`; of a way of several, the first.
fn attribute(operands: &Value) -> Option<&str> {
    let attribute = operands.get("attr")?;
    attribute.as_str().or_else(|| attribute.as_array()?.first()?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(policy: &str) -> Reads {
        Reads::of([&policy.parse::<Policy>().unwrap()])
    }

    #[test]
    fn what_a_policy_reads_is_found() {
        let none = Reads::default();
        for (condition, expected) in [
            ("true", none),
            ("resource.deprecated && action in Action::\"read\"", none),
            ("principal is User", none),
            ("principal.scopes.contains(\"a\")", Reads { scopes: true, ..none }),
            ("principal in Role::\"admin\"", Reads { roles: true, ..none }),
            ("principal in User::\"a\"", Reads { roles: true, id: true, ..none }),
            ("principal in [Role::\"a\"]", Reads { roles: true, id: true, ..none }),
            ("principal is User in Role::\"a\"", Reads { roles: true, id: true, ..none }),
            ("principal == User::\"a\"", Reads { id: true, ..none }),
            ("context.path.id == principal.id", Reads { path: true, id: true, ..none }),
            (
                "principal.claims has tenant && principal.claims.tenant == \"x\"",
                Reads { claims: true, ..none },
            ),
            ("context has query && context.query has a", Reads { query: true, ..none }),
            ("context.address.isLoopback()", Reads { address: true, ..none }),
            (
                "if context.tls then context.hour > 9 else false",
                Reads { tls: true, time: true, ..none },
            ),
            ("{a: context} == {a: context}", Reads::EVERYTHING),
            ("[principal.issuer].contains(\"a\")", Reads { issuer: true, ..none }),
            ("principal.other", Reads::EVERYTHING),
        ] {
            let policy = format!("permit(principal, action, resource) when {{ {condition} }};");
            assert_eq!(read(&policy), expected, "{condition}");
        }
        let scope = |scope| read(&format!("permit({scope}, action, resource);"));
        assert_eq!(scope("principal == User::\"a\""), Reads { id: true, ..none });
        assert_eq!(scope("principal in Role::\"a\""), Reads { roles: true, ..none });
        assert_eq!(scope("principal is Key"), none);
        assert_eq!(scope("principal is User in Role::\"a\""), Reads { roles: true, ..none });
    }
}
