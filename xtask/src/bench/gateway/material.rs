//! What requests and answers are made of: an order of a kilobyte, its description, tokens, policies.

use super::load::Wanted;
use crate::processes::command;
use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Who vouches for the tokens.
pub(super) const ISSUER: &str = "https://id.example.com";
/// What the tokens are for.
pub(super) const AUDIENCE: &str = "shop";
/// How many people ask, each with a token and for an order of their own.
const PEOPLE: usize = 64;
/// The policies that a decision rests on.
const POLICIES: usize = 20;
/// What an answer holds that its description does not name: the filter takes it out.
pub(super) const UNDESCRIBED: &str = "internal_margin";

/// An order of about a kilobyte, as the API answers.
pub(super) fn order() -> Value {
    let item = |number: u32| {
        json!({
            "sku": format!("BK-{:05}", 10_417 * number),
            "name": format!("A book about the {number} rivers of the north, second edition"),
            "quantity": number,
            "price": { "amount": 1_999 * number, "currency": "NOK" }
        })
    };
    json!({
        "id": "ord_01JD8Z5K3W7Q",
        "status": "paid",
        "created": "2026-11-26T09:15:27Z",
        UNDESCRIBED: 0.31,
        "customer": { "id": "cus_88213", "name": "Anna Example", "email": "anna@example.com" },
        "address": {
            "street": "Strandgaten 18", "postcode": "5013", "city": "Bergen", "country": "NO"
        },
        "items": [item(1), item(2), item(3), item(4), item(5)],
        "note": "please leave it with the neighbour on the second floor"
    })
}

/// The same as a body that the description names in full.
pub(super) fn new_order() -> Value {
    let mut order = order();
    if let Some(members) = order.as_object_mut() {
        for name in [UNDESCRIBED, "id", "status", "created"] {
            members.remove(name);
        }
    }
    order
}

/// What a description says, apart from the operations.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Says {
    /// The schema of bodies of requests.
    pub(super) requests: bool,
    /// The schema of answers.
    pub(super) answers: bool,
    /// That a token with scopes is needed.
    pub(super) tokens: bool,
}

/// A description of the API.
pub(super) fn description(says: Says) -> Value {
    let text = json!({ "type": "string", "maxLength": 100 });
    let texts = |names: &[&str]| -> Value {
        let pairs = names.iter().map(|name| ((*name).to_owned(), text.clone()));
        json!({ "type": "object", "properties": pairs.collect::<serde_json::Map<_, _>>() })
    };
    let price = json!({
        "type": "object", "required": ["amount", "currency"],
        "properties": {
            "amount": { "type": "integer", "minimum": 0 },
            "currency": { "type": "string", "enum": ["NOK", "EUR", "USD"] }
        }
    });
    let item = json!({
        "type": "object", "required": ["sku", "quantity"],
        "properties": {
            "sku": { "type": "string", "pattern": "^[A-Z]{2}-[0-9]{5,6}$" },
            "name": text, "price": price,
            "quantity": { "type": "integer", "minimum": 1, "maximum": 999 }
        }
    });
    let named = json!({
        "customer": {
            "type": "object", "required": ["id"],
            "properties": { "id": text, "name": text, "email": { "type": "string", "format": "email" } }
        },
        "address": texts(&["street", "postcode", "city", "country"]),
        "items": { "type": "array", "minItems": 1, "maxItems": 50, "items": item },
        "note": text
    });
    let new = json!({ "type": "object", "required": ["customer", "items"], "properties": named });
    let mut named = named;
    if let Some(members) = named.as_object_mut() {
        members.insert("id".to_owned(), text.clone());
        members.insert("created".to_owned(), json!({ "type": "string", "format": "date-time" }));
        members.insert("status".to_owned(), json!({ "type": "string", "enum": ["open", "paid"] }));
    }
    let order = json!({ "type": "object", "required": ["id"], "properties": named });
    let content = |schema: &Value| json!({ "application/json": { "schema": schema } });
    let answer = if says.answers {
        json!({ "200": { "description": "an order", "content": content(&order) } })
    } else {
        json!({ "200": { "description": "an order" } })
    };
    let body = if says.requests { content(&new) } else { content(&json!({})) };
    let needs = |scope: &str| if says.tokens { json!([{ "id": [scope] }]) } else { json!([]) };
    let id = json!({
        "name": "orderId", "in": "path", "required": true,
        "schema": { "type": "string", "pattern": "^[a-z0-9-]{1,40}$" }
    });
    json!({
        "openapi": "3.1.0",
        "info": { "title": "shop", "version": "1" },
        "components": { "securitySchemes": { "id": {
            "type": "openIdConnect", "openIdConnectUrl": format!("{ISSUER}/.well-known/openid-configuration")
        } } },
        "paths": {
            "/orders/{orderId}": { "get": {
                "tags": ["orders"], "parameters": [id], "security": needs("orders:read"),
                "responses": answer
            } },
            "/orders": { "post": {
                "tags": ["orders"], "security": needs("orders:write"),
                "requestBody": { "required": true, "content": body }, "responses": answer
            } }
        }
    })
}

/// Twenty policies, of which some speak of who, some of what, some of which order. With `anybody`
/// the first of them lets nobody in particular in.
pub(super) fn policies(anybody: bool) -> String {
    let first = if anybody {
        "permit(principal is Anybody, action, resource);\n"
    } else {
        "permit(principal is User, action in Action::\"read\", resource)\n\
         when { principal.scopes.contains(\"orders:read\") };\n"
    };
    let mut text = String::from(first);
    text.push_str(
        "permit(principal is User, action in Action::\"write\", resource)\n\
         when { principal.scopes.contains(\"orders:write\") };\n\
         permit(principal in Role::\"admin\", action, resource);\n\
         forbid(principal in Role::\"suspended\", action, resource);\n",
    );
    for number in 4..POLICIES {
        let _ = match number % 3 {
            0 => writeln!(
                text,
                "forbid(principal, action == Action::\"GET /orders/{{orderId}}\", resource)\n\
                 when {{ context.path.orderId == \"withheld-{number}\" }};"
            ),
            1 => writeln!(
                text,
                "forbid(principal is User, action in Action::\"tag:orders\", resource)\n\
                 when {{ principal.scopes.contains(\"no-orders-{number}\") }};"
            ),
            _ => writeln!(
                text,
                "forbid(principal in Role::\"auditor-{number}\", action in Action::\"write\", \
                 resource);"
            ),
        };
    }
    text
}

/// The key that tokens are signed with, and the certificate of listeners: made by `openssl`.
#[derive(Debug)]
pub(super) struct Keys<'f> {
    folder: &'f Path,
}

impl<'f> Keys<'f> {
    /// Makes them in a folder: `token.pem`, `jwks.json`, `tls.key`, `tls.pem`.
    pub(super) fn make(folder: &'f Path) -> Result<Self> {
        let keys = Self { folder };
        said(keys.openssl().args(["genrsa", "-out", "token.pem", "2048"]))?;
        let modulus = said(keys.openssl().args(["rsa", "-in", "token.pem", "-noout", "-modulus"]))?;
        let modulus = String::from_utf8_lossy(&modulus).into_owned();
        let hex = modulus.trim().strip_prefix("Modulus=").context("`openssl` names no modulus")?;
        let key = json!({ "keys": [{
            "kty": "RSA", "kid": "bench", "alg": "RS256", "use": "sig", "e": "AQAB",
            "n": BASE64_URL_SAFE_NO_PAD.encode(bytes(hex).context("a modulus in hexadecimal")?)
        }] });
        std::fs::write(folder.join("jwks.json"), key.to_string())?;
        said(keys.openssl().args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-keyout",
            "tls.key",
            "-out",
            "tls.pem",
        ]))?;
        // Caddy and HAProxy have no option for a key apart.
        Ok(keys)
    }

    fn openssl(&self) -> Command {
        let mut openssl = command("openssl");
        openssl.current_dir(self.folder);
        openssl
    }

    /// A token of one of the people.
    fn token(&self, person: usize) -> Result<String> {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let head = json!({ "alg": "RS256", "typ": "at+jwt", "kid": "bench" });
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": format!("person-{person}"), "client_id": "web",
            "jti": format!("token-{person}"), "iat": 1_700_000_000, "exp": 4_102_444_800_u64,
            "scope": "orders:read orders:write", "roles": ["clerk"]
        });
        let signed = format!("{}.{}", part(&head), part(&claims));
        std::fs::write(self.folder.join("signed"), &signed)?;
        let sign = ["dgst", "-sha256", "-sign", "token.pem", "signed"];
        let signature = said(self.openssl().args(sign))?;
        Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }

    /// A token for each of the people.
    pub(super) fn tokens(&self) -> Result<Vec<String>> {
        (0..PEOPLE).map(|person| self.token(person)).collect()
    }
}

/// Each of the people asks for an order, with what proves who they are.
pub(super) fn reads(proofs: &[(&'static str, String)]) -> Vec<Wanted> {
    let one = |number: usize| Wanted {
        method: "GET",
        path: format!("/orders/order-{number}"),
        headers: proofs.get(number % proofs.len().max(1)).cloned().into_iter().collect(),
        body: String::new(),
    };
    (0..PEOPLE).map(one).collect()
}

/// Each of the people makes an order.
pub(super) fn writes(proofs: &[(&'static str, String)]) -> Vec<Wanted> {
    let json = ("Content-Type", "application/json".to_owned());
    let one = |read: Wanted| Wanted {
        method: "POST",
        path: "/orders".to_owned(),
        headers: read.headers.into_iter().chain([json.clone()]).collect(),
        body: new_order().to_string(),
    };
    reads(proofs).into_iter().map(one).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    hex.as_bytes().chunks(2).map(pair).collect()
}

/// What a command prints.
pub(super) fn said(command: &mut Command) -> Result<Vec<u8>> {
    let name = command.get_program().display().to_string();
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| {
        format!("`{name}` does not start: is Debian's package of that name installed?")
    })?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{name}` ended with {}: {}", output.status, told.trim());
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_about_a_kilobyte_and_policies_are_twenty() {
        for body in [order(), new_order()] {
            assert!((900..1_200).contains(&body.to_string().len()), "{}", body.to_string().len());
        }
        for anybody in [true, false] {
            let count = policies(anybody).matches(';').count();
            assert_eq!(count, POLICIES);
        }
        assert_eq!(bytes("00fF"), Some(vec![0, 255]));
    }
}
