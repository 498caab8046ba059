//! Operations behind which a language model may stand, and how one is spoken to.

use crate::bodies;
use crate::context::{Context, Input};
use crate::inputs::{with_json, with_value};
use crate::oracle::leaves::plain_key;
use crate::step::{Request, Step};
use crate::tape::Flow;
use avouch_model::operation::{Method, Operation};
use avouch_model::schema::{Kind, Schema};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::{Value, json};
use std::sync::Arc;

/// Properties that hold what is said to a model, without separators, the most certain first.
const PROMPTS: [&str; 13] = [
    "messages",
    "prompt",
    "question",
    "userprompt",
    "usermessage",
    "message",
    "input",
    "query",
    "userinput",
    "text",
    "content",
    "ask",
    "msg",
];
/// Properties that say by themselves that a model reads them.
const CERTAIN: usize = 5;
/// Parts of paths, summaries and tags behind which models stand.
const WORDS: [&str; 14] = [
    "chat",
    "completion",
    "completions",
    "assistant",
    "ask",
    "llm",
    "ai",
    "gpt",
    "copilot",
    "bot",
    "chatbot",
    "agent",
    "generate",
    "converse",
];
/// Addresses of software that serves models, and whether each takes a list of messages.
const KNOWN: [(&str, bool); 4] = [
    ("/v1/chat/completions", true),
    ("/api/chat", true),
    ("/api/generate", false),
    ("/chat/completions", true),
];

/// Properties that hold what a model is to read, without separators.
const DOCUMENTS: [&str; 9] =
    ["document", "context", "article", "email", "page", "transcript", "source", "text", "content"];

/// Whether a described operation may be a model.
pub(super) fn has_chat(ctx: &Context<'_>) -> bool {
    ctx.catalog.operations.iter().any(|operation| property_of(operation).is_some())
}

/// One way to speak to what may be a model.
#[derive(Clone, Debug)]
pub(super) struct Chat<'a> {
    /// The operation, when it is described.
    pub(super) operation: Option<&'a Operation>,
    /// Path from the root.
    pub(super) target: String,
    property: Property,
}

/// Where in the body the words go.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Property {
    /// A text under that name.
    Text(String),
    /// A list of messages under that name.
    Messages(String),
}

/// What was found at one model.
pub(super) enum Judged {
    /// The weakness.
    Found(Box<Proof>),
    /// It withstood.
    Held,
    /// The question makes no sense of it.
    Nothing,
    /// It cannot be told; why.
    Unclear(String),
}

/// Asks each described model until one fails. A pass needs one that withstood, and none of which it
/// cannot be told.
pub(super) fn each_described(
    ctx: &Context<'_>,
    at_most: usize,
    mut ask: impl FnMut(&Chat<'_>) -> Result<Judged, Step>,
) -> Flow {
    let mut gap = None;
    let mut held = false;
    for chat in chats(ctx).into_iter().filter(|chat| chat.operation.is_some()).take(at_most) {
        match ask(&chat)? {
            Judged::Found(proof) => return Ok(Verdict::Fail(proof)),
            Judged::Held => held = true,
            Judged::Nothing => (),
            Judged::Unclear(why) => gap = Some(format!("`{}`: {why}", chat.target)),
        }
    }
    Ok(match (gap, held) {
        (Some(why), _) => Verdict::inconclusive(why),
        (None, true) => Verdict::Pass,
        (None, false) => Verdict::NotApplicable,
    })
}

/// Everything that may be a model: described operations first, then known addresses.
pub(super) fn chats<'a>(ctx: &Context<'a>) -> Vec<Chat<'a>> {
    let operations = &ctx.catalog.operations;
    let mut found: Vec<Chat<'a>> = operations
        .iter()
        .filter_map(|operation| {
            let property = property_of(operation)?;
            Some(Chat { operation: Some(operation), target: ctx.path(&operation.path), property })
        })
        .collect();
    for (path, list) in KNOWN {
        if found.iter().any(|chat| chat.target == path) {
            continue;
        }
        let name = if list { "messages" } else { "prompt" };
        let property =
            if list { Property::Messages(name.into()) } else { Property::Text(name.into()) };
        found.push(Chat { operation: None, target: path.to_owned(), property });
    }
    found
}

/// Where words go in a described operation that may be a model.
fn property_of(operation: &Operation) -> Option<Property> {
    if operation.method != Method::Post || operation.path_parameters().next().is_some() {
        return None;
    }
    let worded = is_worded(operation);
    let Some(media) = operation.body.iter().find(|media| media.media_type.contains("json")) else {
        // A body nobody described: only a path that says so is spoken to, in the usual form.
        return worded.then(|| Property::Text("message".into()));
    };
    PROMPTS.iter().enumerate().find_map(|(place, prompt)| {
        let (name, schema) = media
            .schema
            .properties
            .iter()
            .map(|(name, schema)| (name.clone(), schema))
            .chain(inside(&media.schema))
            .find(|(name, _)| plain_key(name.rsplit('/').next().unwrap_or(name)) == **prompt)?;
        let certain = place < CERTAIN && (*prompt != "messages" || holds_messages(schema));
        if !(worded || (certain && *prompt != "question")) {
            return None;
        }
        Some(if *prompt == "messages" && schema.may_be(Kind::Array) {
            Property::Messages(name)
        } else {
            Property::Text(name)
        })
    })
}

/// Properties of what stands in a property that wraps others: `input/question`.
fn inside(schema: &Schema) -> impl Iterator<Item = (String, &Arc<Schema>)> {
    let wrapped = schema.properties.iter().filter(|(_, inner)| !inner.properties.is_empty());
    wrapped.flat_map(|(outer, inner)| {
        inner.properties.iter().map(move |(name, schema)| (format!("{outer}/{name}"), schema))
    })
}

/// Whether a list's items have a role and a content, as those of models have.
fn holds_messages(schema: &Schema) -> bool {
    schema.items.as_ref().is_some_and(|item| {
        item.properties.contains_key("role") && item.properties.contains_key("content")
    })
}

fn is_worded(operation: &Operation) -> bool {
    let mut text = operation.path.to_ascii_lowercase();
    for part in operation.tags.iter().chain(&operation.summary).chain(&operation.name) {
        text.push(' ');
        text.push_str(&part.to_ascii_lowercase());
    }
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| WORDS.contains(&word))
}

impl Chat<'_> {
    /// A request, by nobody, that says this.
    pub(super) fn say(&self, ctx: &Context<'_>, words: &str) -> Request {
        match (&self.property, self.operation) {
            (Property::Text(name), Some(operation)) => {
                let input = Input::Body(format!("/{name}"));
                let made = bodies::minimal(ctx, operation, &input).and_then(|request| {
                    with_value(&request, operation, &ctx.target.base_path, &input, words)
                });
                made.unwrap_or_else(|| self.plain(&json!({ name: words })))
            }
            (Property::Text(name), None) => {
                self.plain(&json!({ "model": "default", name: words, "stream": false }))
            }
            (Property::Messages(name), operation) => {
                let messages = json!([{ "role": "user", "content": words }]);
                let mut body = operation
                    .and_then(|o| bodies::minimal(ctx, o, &Input::Body(format!("/{name}"))))
                    .and_then(|request| serde_json::from_str(&request.body?).ok())
                    .unwrap_or_else(|| json!({ "model": "default", "stream": false }));
                if let Value::Object(members) = &mut body {
                    members.insert(name.clone(), messages);
                }
                self.plain(&body)
            }
        }
    }

    /// The property of the same body that holds a document to be read, when there is one.
    pub(super) fn document(&self) -> Option<String> {
        let operation = self.operation?;
        let media = operation.body.iter().find(|media| media.media_type.contains("json"))?;
        let (Property::Text(prompt) | Property::Messages(prompt)) = &self.property;
        let mut texts = media.schema.properties.iter().filter(|(name, schema)| {
            *name != prompt && schema.may_be(Kind::String) && schema.properties.is_empty()
        });
        let found = texts.find(|(name, _)| DOCUMENTS.contains(&plain_key(name).as_str()))?;
        Some(found.0.clone())
    }

    /// As [`Chat::say`], with a document in that property.
    pub(super) fn say_beside(
        &self,
        ctx: &Context<'_>,
        words: &str,
        name: &str,
        document: &str,
    ) -> Option<Request> {
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        with_json(&self.say(ctx, words), &pointer, Value::String(document.to_owned()))
    }

    fn plain(&self, body: &Value) -> Request {
        Request::new(Method::Post, &self.target).json(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use avouch_model::operation::Media;

    fn operation(path: &str, property: &str) -> Operation {
        let mut operation = Operation::discovered(Method::Post, path);
        let mut schema = Schema { kinds: vec![Kind::Object], ..Schema::default() };
        schema.properties.insert(property.into(), Arc::default());
        operation.body = vec![Media {
            media_type: "application/json".into(),
            schema: Arc::new(schema),
            examples: Vec::new(),
        }];
        operation
    }

    #[test]
    fn a_model_is_known_by_its_words() {
        let text = |name: &str| Some(Property::Text(name.to_owned()));
        assert_eq!(property_of(&operation("/support/chat", "message")), text("message"));
        assert_eq!(property_of(&operation("/summaries", "prompt")), text("prompt"));
        assert_eq!(property_of(&operation("/contact", "message")), None);
        assert_eq!(property_of(&operation("/faq", "question")), None);
        assert_eq!(property_of(&operation("/maintenance", "text")), None);
        let list = Some(Property::Messages("messages".into()));
        assert_eq!(property_of(&operation("/v1/chat/completions", "messages")), list);
    }
}
