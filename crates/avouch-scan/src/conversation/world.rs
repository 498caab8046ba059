//! Sets up what a conversation says is known: its directives and the exchanges under `given:`.

use super::drive::{answer, answered};
use super::graphs;
use super::parse::{Conversation, Reply, Turn};
use super::pattern::Captures;
use super::shorthand::operation;
use crate::context::{Input, InputPlace, OutOfBand, TargetFacts};
use crate::corpus::{Binding, Corpus, Sample, Source};
use crate::known_accounts::Accounts;
use crate::links;
use crate::oracle::soft_not_found::{Calibration, PathKind};
use crate::step::Request;
use crate::told::Told;
use avouch_catalog::{Catalog, Document};
use avouch_model::identity::{Carrier, IdentityFacts, Who};
use avouch_model::operation::{Method, OperationId, Place};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::Proof;

/// The world a conversation takes place in.
pub(super) struct World {
    pub(super) target: TargetFacts,
    pub(super) catalog: Catalog,
    pub(super) corpus: Corpus,
    pub(super) identities: Vec<IdentityFacts>,
    pub(super) distinct: bool,
    pub(super) subject: Option<OperationId>,
    pub(super) input: Option<Input>,
    pub(super) now: jiff::Timestamp,
    pub(super) out_of_band: Option<OutOfBand>,
    pub(super) told: Told,
    pub(super) found: Option<Proof>,
    pub(super) accounts: Accounts,
    /// What is answered to a plain request that is not the next turn's.
    pub(super) otherwise: Option<Reply>,
}

/// Builds the world that the directives and given exchanges tell of.
pub(super) fn world(conversation: &Conversation) -> Result<World, String> {
    let mut world = World {
        target: TargetFacts {
            origin: "http://api.test".into(),
            base_path: String::new(),
            host: "api.test".into(),
            secure: false,
            loopback: false,
            tls: None,
            not_found: Calibration::default(),
            front: None,
            documents: Vec::new(),
            met_paths: Vec::new(),
            graphs: Vec::new(),
        },
        catalog: Catalog::empty(),
        corpus: Corpus::default(),
        identities: [Who::A, Who::B].map(identity).to_vec(),
        distinct: true,
        subject: None,
        input: None,
        now: "2026-01-01T00:00:00Z".parse().map_err(|e| format!("{e}"))?,
        out_of_band: None,
        told: Told::default(),
        found: None,
        accounts: Accounts::default(),
        otherwise: None,
    };
    for (key, value) in &conversation.directives {
        directive(&mut world, key, value).map_err(|error| format!("`{key}: {value}`: {error}"))?;
    }
    for turn in &conversation.given {
        give(&mut world, turn)?;
    }
    Ok(world)
}

fn identity(who: Who) -> IdentityFacts {
    IdentityFacts {
        who,
        label: who.to_string(),
        carrier: Carrier::Header { name: "authorization".into(), prefix: "Bearer ".into() },
        token: None,
        own_values: Vec::new(),
        scopes: None,
        expired: None,
        other_audience: None,
    }
}

fn who(name: &str) -> Result<Who, String> {
    Who::ALL
        .into_iter()
        .find(|who| who.to_string() == name)
        .ok_or_else(|| format!("`{name}` is nobody we know"))
}

fn directive(world: &mut World, key: &str, value: &str) -> Result<(), String> {
    let (key, argument) = key.split_once(' ').unwrap_or((key, ""));
    match key {
        "operation" | "also" => {
            let operation = operation(value);
            if key == "operation" {
                world.subject = Some(operation.id.clone());
            }
            world.catalog.operations.push(operation);
        }
        "openapi" => {
            let document = Document { name: "api.yaml".into(), bytes: value.as_bytes().to_vec() };
            let reading = avouch_catalog::read(&document, &[]).map_err(|e| e.to_string())?;
            world.catalog = reading.catalog;
        }
        "graph" => graphs::graph(world, value)?,
        "subject" => world.subject = Some(OperationId(value.to_owned())),
        "input" => world.input = Some(input(value)?),
        "identities" => {
            let names = value.split_whitespace();
            world.identities =
                names.map(|name| who(name).map(identity)).collect::<Result<_, _>>()?;
        }
        "distinct" => world.distinct = value == "yes",
        "scheme" => {
            let (place, name) = value.split_once(' ').ok_or("place and name")?;
            let place = if place == "query" { Place::Query } else { Place::Header };
            let scheme = avouch_catalog::SecurityScheme::ApiKey { name: name.to_owned(), place };
            world.catalog.schemes.insert(argument.to_owned(), scheme);
        }
        "own" | "token" | "expired" | "other-audience" | "cookie" | "query" => {
            let who = who(argument)?;
            let facts =
                world.identities.iter_mut().find(|f| f.who == who).ok_or("no such identity")?;
            match key {
                "own" => facts.own_values = value.split(", ").map(str::to_owned).collect(),
                "cookie" => facts.carrier = Carrier::Cookie(value.to_owned()),
                "query" => facts.carrier = Carrier::Query(value.to_owned()),
                _ => {
                    let said = Some(serde_json::from_str(value).map_err(|e| e.to_string())?);
                    *match key {
                        "expired" => &mut facts.expired,
                        "other-audience" => &mut facts.other_audience,
                        _ => &mut facts.token,
                    } = said;
                    facts.scopes = facts.token.as_ref().and_then(|token| token.scopes.clone());
                }
            }
        }
        "target" => target(&mut world.target, value)?,
        "tls" => world.target.tls = Some(serde_json::from_str(value).map_err(|e| e.to_string())?),
        "now" => world.now = value.parse().map_err(|e| format!("{e}"))?,
        "found" => world.found = Some(found(value)),
        "told" => world.told = serde_json::from_str(value).map_err(|e| e.to_string())?,
        "accounts" => world.accounts = serde_json::from_str(value).map_err(|e| e.to_string())?,
        "listener" => world.out_of_band = Some(OutOfBand { base_url: value.to_owned() }),
        "otherwise" => world.otherwise = Some(short_reply(value)),
        "met" => world.target.met_paths = value.split_whitespace().map(str::to_owned).collect(),
        "not-found" => {
            let (path, text) = value.split_once(' ').ok_or("path and answer")?;
            let known = answer(&short_reply(text), &Captures::new());
            world.target.not_found.learn(PathKind::of(path), known);
        }
        other => return Err(format!("`{other}` is no directive")),
    }
    Ok(())
}

/// `GET /admin/users` or `/.git/HEAD`: the operation or the parameter that was proven before.
fn found(value: &str) -> Proof {
    let proof = Proof::new(Severity::Critical, Confidence::Confirmed, "proven before");
    if value.contains(' ') { proof.at(OperationId(value.to_owned())) } else { proof.about(value) }
}

/// `404 {"error": "none"}`
fn short_reply(text: &str) -> Reply {
    let (line, body) = text.find(['{', '[', '<']).map_or((text, ""), |at| text.split_at(at));
    Reply { line: line.trim().into(), body: body.into(), headers: Vec::new() }
}

fn target(facts: &mut TargetFacts, value: &str) -> Result<(), String> {
    let url = url::Url::parse(value).map_err(|e| e.to_string())?;
    facts.origin = url.origin().ascii_serialization();
    facts.host = url.host_str().unwrap_or_default().to_owned();
    facts.base_path = url.path().trim_end_matches('/').to_owned();
    facts.secure = url.scheme() == "https";
    facts.loopback = facts.host.starts_with("127.");
    Ok(())
}

fn input(value: &str) -> Result<Input, String> {
    let (place, name) = value.split_once(' ').ok_or("place and name")?;
    let place = match place {
        "path" => InputPlace::Path,
        "query" => InputPlace::Query,
        "header" => InputPlace::Header,
        "cookie" => InputPlace::Cookie,
        "body" => return Ok(Input::Body(name.to_owned())),
        other => return Err(format!("`{other}` is no place")),
    };
    Ok(Input::Parameter(place, name.to_owned()))
}

/// Puts a given exchange where the engine would have put it.
fn give(world: &mut World, turn: &Turn) -> Result<(), String> {
    let mut words = turn.question.split_whitespace();
    let by = who(words.next().unwrap_or_default())?;
    let method = Method::parse(words.next().unwrap_or_default());
    let target = words.next().unwrap_or_default();
    if target.contains("#/") {
        let mut sample = graphs::field_sample(world, by, target, words)?;
        sample.exchange = answered(world, &sample.request, &turn.reply, &Captures::new());
        world.corpus.add(sample);
        return Ok(());
    }
    let mut request = Request::new(method.clone(), target).by(by);
    request.headers.clone_from(&turn.headers);
    request.body.clone_from(&turn.body);
    let exchange = answered(world, &request, &turn.reply, &Captures::new());
    let path = request.path().strip_prefix(&world.target.base_path).unwrap_or(request.path());
    let Some(operation) = world.catalog.find(&method, path).cloned() else {
        if let Some(answer) = exchange.answer() {
            if path.trim_end_matches('/').is_empty() {
                world.target.front = Some(answer.clone());
            } else {
                world.target.documents.push((target.to_owned(), answer.clone()));
            }
        }
        return Ok(());
    };
    let mut bindings: Vec<Binding> = Vec::new();
    let parts = operation.path.split('/').zip(path.split('/'));
    for (template, value) in parts.filter(|(template, _)| template.starts_with('{')) {
        let parameter = template.trim_matches(['{', '}']);
        let known =
            links::candidates(&world.catalog, &world.corpus, &operation, parameter, by, &bindings);
        let invented = || Binding {
            parameter: parameter.to_owned(),
            value: value.to_owned(),
            source: Source::Invented,
        };
        bindings.push(known.into_iter().find(|b| b.value == value).unwrap_or_else(invented));
    }
    world.corpus.add(Sample { operation: operation.id, who: by, request, bindings, exchange });
    Ok(())
}
