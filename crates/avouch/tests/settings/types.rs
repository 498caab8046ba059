//! Which keys there are, by the types that read them; and that each has a test or a reason.

use crate::{
    acme, admit, authorize, callers, failing, filter, health, issuers, ledger, limit, listen,
    metrics,
};
use crate::{operations, own, route, times, traces, upstream, validate};
use avouch_gateway::settings::GatewaySettings;
use avouch_guard::settings::GuardSettings;
use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use std::collections::{BTreeMap, BTreeSet};

/// Keys that protect nothing, and why. What stands here is not tested here.
const WITHOUT_EFFECT: [(&str, &str); 7] = [
    ("gateway.threads", "how many cores serve: every thread decides alike"),
    ("gateway.log.format", "the form of lines in which no request is named"),
    ("gateway.upstream.idle_max", "connections that are kept for the next request: only speed"),
    (
        "guard.identify.cached_tokens_max",
        "memory for speed: `remembering_changes_nothing` shows that no answer depends on it",
    ),
    (
        "guard.authorize.remembered_max",
        "memory for speed: `what_is_remembered_is_what_would_be_decided` shows that no decision depends on it",
    ),
    (
        "guard.owning.remembered_max",
        "memory for speed: what is not remembered is asked again, as with `remembered_ms = 0`",
    ),
    ("guard.limit.name", "what a client is told of the limit that it ran into"),
];

/// Sections of the whole file that are about scans, and about who owns which control. The gateway never
/// reads them.
const OTHERS: [&str; 6] = ["gate", "identity", "prove", "scan", "suppress", "told"];

/// Every key with its test.
pub(crate) fn shown() -> BTreeMap<&'static str, &'static str> {
    let all = [
        listen::SHOWN,
        acme::SHOWN,
        metrics::SHOWN,
        traces::SHOWN,
        times::SHOWN,
        upstream::SHOWN,
        health::SHOWN,
        ledger::SHOWN,
        failing::SHOWN,
        admit::SHOWN,
        issuers::SHOWN,
        callers::SHOWN,
        route::SHOWN,
        operations::SHOWN,
        limit::SHOWN,
        authorize::SHOWN,
        own::SHOWN,
        validate::SHOWN,
        filter::SHOWN,
    ];
    let all = all.concat();
    let count = all.len();
    let table: BTreeMap<_, _> = all.into_iter().collect();
    assert_eq!(table.len(), count, "a key stands in the table twice");
    table
}

/// Every key of a type, with its path below `section`.
fn keys_of<'de, T: Deserialize<'de>>(section: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let tracer = Tracer { path: section.to_owned(), keys: &mut keys };
    if let Err(Untraceable(why)) = T::deserialize(tracer) {
        panic!("the keys of `{section}` cannot be told: {why}; teach `Tracer` or `sample`");
    }
    keys
}

/// What a type of the program itself names as its keys, by what it says about one that is none.
fn asked_for(section: &str) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("avouch.toml"), format!("{section}no-key = 1\n")).unwrap();
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_avouch"));
    let output = program.args(["gateway", "check"]).current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let (_, expected) = said.split_once("expected one of ").expect(&said);
    let line = expected.lines().next().unwrap();
    line.split(", ").map(|key| key.trim_matches('`').to_owned()).collect()
}

#[test]
fn every_key_that_protects_is_shown_to_bite() {
    let mut sections = asked_for("");
    sections.retain(|section| !OTHERS.contains(&section.as_str()));
    let known = ["gateway", "guard", "ledger"].map(str::to_owned);
    assert_eq!(sections, BTreeSet::from(known), "a section that nobody looks at here");
    let mut keys = keys_of::<GatewaySettings>("gateway");
    keys.extend(keys_of::<GuardSettings>("guard"));
    keys.extend(asked_for("[ledger]\n").into_iter().map(|key| format!("ledger.{key}")));
    assert!(keys.len() > 90, "{keys:?}");

    let mut shown = shown();
    let mut reasons: BTreeMap<_, _> = WITHOUT_EFFECT.into_iter().collect();
    let mut missing = Vec::new();
    for key in &keys {
        match (shown.remove(key.as_str()), reasons.remove(key.as_str())) {
            (Some(test), None) => println!("{key}: {test}"),
            (None, Some(reason)) => println!("{key}: protects nothing: {reason}"),
            (Some(_), Some(_)) => panic!("`{key}` has a test and a reason for having none"),
            (None, None) => missing.push(key),
        }
    }
    assert!(missing.is_empty(), "keys without a test and without a reason: {missing:#?}");
    assert!(shown.is_empty() && reasons.is_empty(), "no such keys: {shown:?} {reasons:?}");
    println!("{} keys, {} of them protect nothing", keys.len(), WITHOUT_EFFECT.len());
}

/// Gives a type one value for each key it asks for, and writes the keys down.
struct Tracer<'k> {
    path: String,
    keys: &'k mut BTreeSet<String>,
}

/// A type that asks for something unforeseen. A key must not be lost in it.
#[derive(Debug)]
struct Untraceable(String);

impl std::fmt::Display for Untraceable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Untraceable {}

impl de::Error for Untraceable {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// A text that a key of this path takes.
fn sample(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "address" | "listen" | "http_01" => "127.0.0.1:1",
        "rate" => "1/s",
        "trusted_proxies" => "127.0.0.1",
        "algorithms" => "ES256",
        _ => "x",
    }
}

macro_rules! leaves {
    ($($method:ident => $visit:ident($value:expr)),+ $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Untraceable> {
            self.keys.insert(self.path);
            visitor.$visit($value)
        })+
    };
}

macro_rules! unforeseen {
    ($($method:ident),+) => {
        $(fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Untraceable> {
            Err(Untraceable(format!("`{}` is read by `{}`", self.path, stringify!($method))))
        })+
    };
}

impl<'de> de::Deserializer<'de> for Tracer<'_> {
    type Error = Untraceable;

    leaves! {
        deserialize_bool => visit_bool(true),
        deserialize_u8 => visit_u8(1),
        deserialize_u16 => visit_u16(1),
        deserialize_u32 => visit_u32(1),
        deserialize_u64 => visit_u64(1),
        deserialize_i32 => visit_i32(1),
        deserialize_i64 => visit_i64(1),
        deserialize_f64 => visit_f64(1.0),
    }

    unforeseen!(
        deserialize_any,
        deserialize_ignored_any,
        deserialize_identifier,
        deserialize_i8,
        deserialize_i16,
        deserialize_f32,
        deserialize_char,
        deserialize_bytes,
        deserialize_byte_buf,
        deserialize_unit
    );

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Untraceable> {
        let text = sample(&self.path);
        self.keys.insert(self.path);
        visitor.visit_str(text)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Untraceable> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Untraceable> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Untraceable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Untraceable> {
        visitor.visit_seq(One(Some(self)))
    }

    /// The names in a map are the user's: the map itself is the key.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Untraceable> {
        self.keys.insert(self.path);
        visitor.visit_map(Fields {
            names: [].iter(),
            path: "",
            name: "",
            keys: &mut BTreeSet::new(),
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Untraceable> {
        let path = self.path.as_str();
        visitor.visit_map(Fields { names: fields.iter(), path, name: "", keys: self.keys })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Untraceable> {
        self.keys.insert(self.path);
        let first: StrDeserializer<'_, Untraceable> = variants[0].into_deserializer();
        visitor.visit_enum(first)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: V,
    ) -> Result<V::Value, Untraceable> {
        Err(Untraceable(format!("`{}` is `{name}`", self.path)))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Untraceable> {
        Err(Untraceable(format!("`{}` is a tuple", self.path)))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: usize,
        _: V,
    ) -> Result<V::Value, Untraceable> {
        Err(Untraceable(format!("`{}` is `{name}`", self.path)))
    }
}

/// The fields of a struct.
struct Fields<'k> {
    names: std::slice::Iter<'static, &'static str>,
    path: &'k str,
    name: &'static str,
    keys: &'k mut BTreeSet<String>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Untraceable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Untraceable> {
        let Some(name) = self.names.next() else { return Ok(None) };
        self.name = name;
        let name: StrDeserializer<'_, Untraceable> = self.name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Untraceable> {
        let path = format!("{}.{}", self.path, self.name);
        seed.deserialize(Tracer { path, keys: self.keys })
    }
}

/// A list of one.
struct One<'k>(Option<Tracer<'k>>);

impl<'de> SeqAccess<'de> for One<'_> {
    type Error = Untraceable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Untraceable> {
        self.0.take().map(|tracer| seed.deserialize(tracer)).transpose()
    }
}
