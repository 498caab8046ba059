//! Answers questions.

use super::data::{Graph, type_in};
use super::language::{Document, Field, Selection};
use super::schema;
use serde_json::{Map, Value, json};

/// Who asks: the number of a person, and whether it is the staff's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    pub(super) number: usize,
    pub(super) staff: bool,
}

/// One answer under way.
pub(super) struct Execution<'e> {
    pub(super) graph: &'e Graph,
    pub(super) caller: Option<Caller>,
    pub(super) document: &'e Document,
    /// Which event of a subscription is told; of no matter elsewhere.
    pub(super) event: usize,
    pub(super) errors: Vec<Value>,
}

/// A refusal: its code and its words.
type Refusal = (&'static str, &'static str);

const STRANGER: Refusal = ("UNAUTHENTICATED", "Not authenticated");
const FORBIDDEN: Refusal = ("FORBIDDEN", "Not allowed");

/// Says whether everything of a person is shown here.
fn open(person: &mut Value, shown: bool) {
    if let Some(members) = person.as_object_mut() {
        members.insert("open".to_owned(), json!(shown));
    }
}

/// The member of that name, or nothing.
fn member(value: &Value, name: &str) -> Value {
    value.get(name).cloned().unwrap_or_default()
}

/// People with nothing of them hidden.
fn opened(people: &[Value]) -> Value {
    let each = people.iter().cloned().map(|mut person| {
        open(&mut person, true);
        person
    });
    each.collect()
}

impl Execution<'_> {
    /// The data of the answer.
    pub(super) fn run(&mut self) -> Value {
        let root = self.document.root.name();
        let document = self.document;
        self.object(root, &Value::Null, &document.selections, &mut Vec::new())
    }

    fn object(
        &mut self,
        of: &str,
        value: &Value,
        selections: &[Selection],
        path: &mut Vec<String>,
    ) -> Value {
        let mut data = Map::new();
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    path.push(field.alias.clone());
                    let given = self.field(of, value, field, path);
                    path.pop();
                    data.insert(field.alias.clone(), given);
                }
                Selection::On(name, inside) if name == of => {
                    if let Value::Object(more) = self.object(of, value, inside, path) {
                        data.extend(more);
                    }
                }
                Selection::On(..) | Selection::Spread(_) => (),
            }
        }
        Value::Object(data)
    }

    fn field(&mut self, of: &str, value: &Value, field: &Field, path: &mut Vec<String>) -> Value {
        match field.name.as_str() {
            "__typename" => return json!(of),
            "__schema" => return self.project(&schema::told(), &field.inside),
            _ => (),
        }
        let given = match of {
            "Query" => self.query(field),
            "Mutation" => self.mutation(field),
            "Subscription" => self.event(field),
            _ => self.inside(of, value, field),
        };
        match given {
            Ok(given) => {
                let inner = schema::fields(of).and_then(|it| it.get(&field.name));
                let inner = inner.map(|it| it.inner().to_owned()).unwrap_or_default();
                self.complete(&inner, &given, field, path)
            }
            Err((code, message)) => {
                let error = json!({"message": message, "path": path, "extensions": {"code": code}});
                self.errors.push(error);
                Value::Null
            }
        }
    }

    fn complete(
        &mut self,
        of: &str,
        given: &Value,
        field: &Field,
        path: &mut Vec<String>,
    ) -> Value {
        match given {
            Value::Array(items) => {
                items.iter().map(|item| self.complete(of, item, field, path)).collect()
            }
            Value::Object(_) => {
                let stated = given.get("__typename").and_then(Value::as_str).unwrap_or(of);
                self.object(stated, given, &field.inside, path)
            }
            other => other.clone(),
        }
    }

    fn caller(&self) -> Result<Caller, Refusal> {
        self.caller.ok_or(STRANGER)
    }

    fn query(&self, field: &Field) -> Result<Value, Refusal> {
        let graph = self.graph;
        Ok(match field.name.as_str() {
            "viewer" => graph.customer(self.caller()?.number).cloned().unwrap_or_default(),
            "orders" => {
                let own = graph.orders_of(self.caller()?.number);
                let edge = |node: &Value| json!({"node": node, "cursor": member(node, "id")});
                json!({"edges": own.iter().map(edge).collect::<Vec<_>>(), "totalCount": own.len()})
            }
            "order" => self.one(field, "Order", graph.has("order-owner-unchecked"))?,
            "ownOrder" => self.one(field, "Order", false)?,
            "node" => self.one(field, "", graph.has("node-owner-unchecked"))?,
            "entity" => self.one(field, "", false)?,
            "customer" => self.one(field, "Customer", true)?,
            "customers" if graph.has("customers-open") => opened(graph.customers()),
            "customers" | "members" => {
                if !self.caller()?.staff {
                    return Err(FORBIDDEN);
                }
                json!(graph.customers())
            }
            "articles" => json!(graph.articles()),
            "article" => self.one(field, "Article", true).unwrap_or_default(),
            "reviews" => json!(graph.reviews_of(self.caller()?.number)),
            // Anybody who asks this has ignored its name.
            "resetDemo" => json!(true),
            _ => Value::Null,
        })
    }

    /// A thing by its id: the caller's own, or anybody's.
    fn one(&self, field: &Field, of: &str, anybodys: bool) -> Result<Value, Refusal> {
        let id = field.arguments.get("id").and_then(Value::as_str).unwrap_or_default();
        let kind = type_in(id).unwrap_or_default();
        let public = kind == "Article";
        let caller = if public { None } else { Some(self.caller()?) };
        let found = self.graph.find(id).filter(|_| of.is_empty() || of == kind);
        let may = |owner: usize| {
            public || anybodys || caller.is_some_and(|it| it.staff || it.number == owner)
        };
        Ok(found.filter(|(owner, _)| may(*owner)).map_or(Value::Null, |(_, it)| it))
    }

    /// What happened: the latest order or article, again and again.
    fn event(&self, field: &Field) -> Result<Value, Refusal> {
        let graph = self.graph;
        let latest = |all: Vec<Value>| all.get(self.event % all.len().max(1)).cloned();
        let event = match field.name.as_str() {
            // The mistake: who listens is asked on no way but that of questions.
            "orderChanged" if graph.has("subscription-open") => latest(graph.orders_of(0)),
            "orderChanged" | "ownOrderChanged" => latest(graph.orders_of(self.caller()?.number)),
            "articlePublished" => latest(graph.articles()),
            _ => None,
        };
        Ok(event.unwrap_or_default())
    }

    fn mutation(&self, field: &Field) -> Result<Value, Refusal> {
        let text =
            |name: &str| field.arguments.get(name).and_then(Value::as_str).unwrap_or_default();
        Ok(match field.name.as_str() {
            "createReview" => {
                let caller = self.caller()?;
                let input = field.arguments.get("input").cloned().unwrap_or_default();
                let trusted = caller.staff;
                let approved = trusted && member(&input, "approved") == true;
                let text = member(&input, "text").as_str().unwrap_or_default().to_owned();
                self.graph.add_review(caller.number, &text, approved)
            }
            "changeNote" => {
                self.caller()?;
                Value::Null
            }
            "signIn" => match self.graph.sessions.sign_in(text("email"), text("password")) {
                Ok(Some(token)) => json!(token),
                _ => return Err(("BAD_USER_INPUT", "No such account")),
            },
            _ => Value::Null,
        })
    }

    /// A field of a thing: what is private of a person is for that person and the staff.
    fn inside(&self, of: &str, value: &Value, field: &Field) -> Result<Value, Refusal> {
        let owner = member(value, "owner").as_u64().and_then(|it| usize::try_from(it).ok());
        let own = self.caller.is_some_and(|it| it.staff || Some(it.number) == owner);
        Ok(match (of, field.name.as_str()) {
            ("Customer", "email" | "phone") => {
                let shown = own || member(value, "open") == true;
                if shown { member(value, &field.name) } else { return Err(FORBIDDEN) }
            }
            ("Customer", "orders") => {
                if !own {
                    return Err(FORBIDDEN);
                }
                json!(self.graph.orders_of(owner.unwrap_or(usize::MAX)))
            }
            ("Order", "customer") => {
                let mut customer = self.person(owner);
                open(&mut customer, self.graph.has("order-owner-unchecked"));
                customer
            }
            ("Article", "author") => {
                let mut author = self.person(owner);
                open(&mut author, self.graph.has("author-email-shown"));
                author
            }
            (_, name) => member(value, name),
        })
    }

    fn person(&self, owner: Option<usize>) -> Value {
        owner.and_then(|owner| self.graph.customer(owner)).cloned().unwrap_or_default()
    }

    /// The selected members of what the graph says of itself.
    fn project(&self, value: &Value, selections: &[Selection]) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|it| self.project(it, selections)).collect(),
            Value::Object(members) if !selections.is_empty() => {
                let mut shown = Map::new();
                for selection in selections {
                    match selection {
                        Selection::Field(field) => {
                            let member = members.get(&field.name).unwrap_or(&Value::Null);
                            shown.insert(field.alias.clone(), self.project(member, &field.inside));
                        }
                        Selection::Spread(name) => {
                            let inside = self.document.fragments.get(name);
                            let inside = inside.map(Vec::as_slice).unwrap_or_default();
                            if let Value::Object(more) = self.project(value, inside) {
                                shown.extend(more);
                            }
                        }
                        Selection::On(..) => (),
                    }
                }
                Value::Object(shown)
            }
            other => other.clone(),
        }
    }
}
