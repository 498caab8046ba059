//! Made values meet the schema they were made for.

use super::*;
use proptest::prelude::*;
use serde_json::json;
use std::sync::Arc;

fn of(kind: Kind) -> Schema {
    Schema { kinds: vec![kind], ..Schema::default() }
}

fn object(properties: &[(&str, Schema)], required: &[&str]) -> Schema {
    let properties =
        properties.iter().map(|(name, schema)| ((*name).to_owned(), Arc::new(schema.clone())));
    Schema {
        properties: properties.collect(),
        required: required.iter().map(|&name| name.to_owned()).collect(),
        ..of(Kind::Object)
    }
}

#[test]
fn a_value_is_the_same_for_the_same_salt_and_another_for_another() {
    let schema = Schema { format: Some("uuid".to_owned()), ..of(Kind::String) };
    let made = |salt| value_for("id", &schema, salt);
    assert_eq!(made(1), made(1));
    assert_ne!(made(1), made(2));
    assert_ne!(value_for("email", &of(Kind::String), 1), value_for("email", &of(Kind::String), 2));
}

#[test]
fn what_the_description_shows_comes_first() {
    let shown = Schema { examples: vec![json!(7), json!("seven")], ..of(Kind::Integer) };
    assert_eq!(value_for("x", &shown, 1), json!(7), "an example of another type is passed over");
    let allowed = Schema { allowed: vec![json!("a"), json!("b")], ..shown };
    assert_eq!(value_for("x", &allowed, 1), json!("b"));
}

#[test]
fn an_object_takes_what_its_example_shows_and_leaves_out_what_is_read_only() {
    let id = Schema { read_only: true, ..of(Kind::String) };
    let all = [("id", id), ("city", of(Kind::String)), ("age", of(Kind::Integer))];
    let shown = json!({"id": "7", "city": "Oslo", "age": "wrong"});
    let schema = Schema { examples: vec![shown], ..object(&all, &["id", "city", "age"]) };
    assert_eq!(value_for("", &schema, 0), json!({"age": 1, "city": "Oslo"}));
}

#[test]
fn alternatives_in_alternatives_take_bounded_time() {
    let mut schema = of(Kind::Integer);
    for _ in 0..60 {
        let inner = Arc::new(schema);
        schema = Schema { variants: vec![inner.clone(), inner], ..Schema::default() };
    }
    assert!(!fits(&json!("text"), &schema));
    let with_example = Schema { examples: vec![json!("text")], ..schema };
    let _ = value_for("x", &with_example, 3);
}

#[test]
fn a_request_has_what_is_required_and_nothing_read_only() {
    let id = Schema { read_only: true, ..of(Kind::String) };
    let list = Schema { items: Some(Arc::new(of(Kind::Integer))), ..of(Kind::Array) };
    let all =
        [("id", id), ("email", of(Kind::String)), ("note", of(Kind::String)), ("sizes", list)];
    let schema = object(&all, &["id", "email", "extra"]);
    let made = value_for("", &schema, 0);
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&made), ["email", "extra"]);
    assert_eq!(made["email"], "avouch+0@example.com");
    let full = value_filled("", &schema, 0, Fill::All);
    assert_eq!(names(&full), ["email", "note", "sizes", "extra"]);
    assert_eq!(full["sizes"].as_array().map(Vec::len), Some(1));
}

#[test]
fn names_give_values_their_look() {
    let made = |name: &str| value_for(name, &of(Kind::String), 4).as_str().unwrap().to_owned();
    assert!(made("contactEmail").contains('@'));
    assert!(made("callback_url").starts_with("https://example.com/"));
    assert!(made("mobile-phone").starts_with("+1202555"));
    assert!(made("createdAt").ends_with('Z'));
    assert!(made("format").starts_with("avouch"), "`at` inside a word is no word");
}

#[test]
fn patterns_of_usual_forms_are_met() {
    for wanted in [
        "^[A-Z]{3}-\\d{4,6}$",
        "^(foo|bar)+$",
        "[a-z0-9_-]{8,}",
        "^\\+?[1-9]\\d{1,14}$",
        "^$",
        "^#[0-9a-fA-F]{6}$",
        "^(?:[a-f]{2}:){5}[a-f]{2}$",
        "^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$",
        "^\\w+\\.(png|jpg)$",
        "^v[0-9]+(\\.[0-9]+)?$",
    ] {
        let made = pattern::example(wanted, 0, 5);
        assert!(made.is_some(), "{wanted}");
    }
    assert_eq!(pattern::example("^a*$", 9, 0).map(|made| made.len()), Some(9));
    assert_eq!(pattern::example("^(?=.*a)b$", 0, 0), None);
    assert_eq!(pattern::example("a{100000}", 0, 0), None);
}

#[test]
fn a_parameter_takes_a_shown_value_else_a_made_one() {
    let parameter = |examples| Parameter {
        name: "page".to_owned(),
        place: avouch_model::operation::Place::Query,
        required: true,
        schema: Arc::new(of(Kind::Integer)),
        style: avouch_model::operation::Style::Form,
        explode: true,
        examples,
        description: None,
    };
    assert_eq!(parameter_value(&parameter(vec![json!(3), json!(4)]), 1), json!(4));
    assert_eq!(parameter_value(&parameter(vec![]), 0), json!(1));
}

#[test]
fn a_body_is_the_shown_one_else_a_made_one() {
    let schema = Arc::new(object(&[("a", of(Kind::Boolean))], &["a"]));
    let media = |examples| Media { media_type: "a/b".to_owned(), schema: schema.clone(), examples };
    assert_eq!(body_for(&media(vec![json!(1), json!(2)]), 1), Some(json!(2)));
    assert_eq!(body_for(&media(vec![]), 0), Some(json!({"a": true})));
    let unknown = Media { schema: Arc::default(), ..media(vec![]) };
    assert_eq!(body_for(&unknown, 0), None);
}

fn schemas() -> impl Strategy<Value = Schema> {
    let number = (any::<bool>(), prop::option::of(-1e6..1e6_f64), prop::option::of(0.0..1e6_f64));
    let number = number.prop_map(|(whole, least, span)| Schema {
        minimum: least.map(f64::round),
        maximum: span.map(|span| (least.unwrap_or(0.0) + span).round()),
        ..of(if whole { Kind::Integer } else { Kind::Number })
    });
    let format = prop::option::of(prop::sample::select(vec![
        "uuid",
        "date",
        "date-time",
        "email",
        "uri",
        "ipv4",
        "ipv6",
        "byte",
        "password",
        "odd",
    ]));
    let text = (format, prop::option::of(0..50_u64), prop::option::of(0..50_u64), any::<bool>());
    let text = text.prop_map(|(format, least, more, nullable)| Schema {
        format: format.map(str::to_owned),
        length_min: least,
        length_max: more.map(|more| least.unwrap_or(0) + more),
        kinds: if nullable { vec![Kind::Null, Kind::String] } else { vec![Kind::String] },
        ..Schema::default()
    });
    let leaf = prop_oneof![number, text, Just(of(Kind::Boolean)), Just(Schema::default())];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let property = ("[a-z]{1,6}", inner.clone(), any::<bool>());
        let objects = prop::collection::vec(property, 0..4).prop_map(|all| {
            let required: Vec<&str> =
                all.iter().filter(|(_, _, must)| *must).map(|(name, ..)| &**name).collect();
            let properties: Vec<_> =
                all.iter().map(|(name, schema, _)| (&**name, schema.clone())).collect();
            Schema { additional: Additional::Forbidden, ..object(&properties, &required) }
        });
        let lists = inner
            .clone()
            .prop_map(|items| Schema { items: Some(Arc::new(items)), ..of(Kind::Array) });
        let variants = prop::collection::vec(inner, 1..4).prop_map(|variants| Schema {
            variants: variants.into_iter().map(Arc::new).collect(),
            ..Schema::default()
        });
        prop_oneof![objects, lists, variants]
    })
}

proptest! {
    #[test]
    fn a_made_value_meets_its_schema(schema in schemas(), name in "[a-zA-Z_]{0,10}", salt in any::<u64>()) {
        for fill in [Fill::Required, Fill::All] {
            let made = value_filled(&name, &schema, salt, fill);
            prop_assert!(fits(&made, &schema), "{} for {:?}", made, schema);
        }
    }

    #[test]
    fn no_pattern_panics_and_an_example_matches(wanted in r"[a-c\[\](){}|*+?^$.\\dw,0-9-]{0,20}", salt in any::<u64>()) {
        if let Some(made) = pattern::example(&wanted, 0, salt) {
            prop_assert_eq!(pattern::matches(&wanted, &made), Some(true));
        }
    }
}
