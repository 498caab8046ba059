mod differential;

use super::*;
use crate::refusal::Refusal;
use crate::request::{Peer, Request};
use crate::settings::validate::{Bounds, Opaque, Unknown, Validate};
use avouch_catalog::{Catalog, Document, read};
use http::{HeaderMap, HeaderName, HeaderValue, Version};
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

fn catalog(yaml: &str) -> Catalog {
    let document = Document { name: "api.yaml".into(), bytes: yaml.as_bytes().to_vec() };
    read(&document, &[]).unwrap().catalog
}

/// A description with one operation, `POST /a`, whose body is JSON of that schema.
fn with_body(schema: &str) -> Catalog {
    catalog(&format!(
        "openapi: 3.1.0\npaths:\n  /a:\n    post:\n      requestBody: {{required: true, content: {{application/json: {{schema: {schema}}}}}}}\n      responses: {{}}\ncomponents:\n  schemas:\n    Tree: {{type: object, properties: {{name: {{type: string}}, below: {{type: array, items: {{$ref: '#/components/schemas/Tree'}}}}}}}}\n"
    ))
}

fn validator(catalog: &Catalog, settings: &Validate) -> Validator {
    Validator::new(catalog, settings, |_| None)
}

/// What comes of a refusal: its code and its places.
fn said(outcome: Result<(), Refusal>) -> String {
    let Err(refusal) = outcome else { return "ok".to_owned() };
    let places: Vec<_> =
        refusal.places.iter().map(|wrong| format!(" {}: {}", wrong.place, wrong.because)).collect();
    format!("{} {}{}", refusal.status, refusal.code, places.join(","))
}

fn judged(validator: &Validator, body: &str) -> String {
    said(validator.body(0, Some("application/json"), body.as_bytes()))
}

fn check(schema: &str, cases: &[(&str, &str)]) {
    let validator = validator(&with_body(schema), &Validate::default());
    assert_eq!(validator.unchecked(), []);
    for (body, expected) in cases {
        let expected = match *expected {
            "ok" => "ok".to_owned(),
            places => format!("422 body-invalid {places}"),
        };
        assert_eq!(judged(&validator, body), expected, "{schema} {body}");
    }
}

#[test]
fn values_are_judged_by_type_and_bounds() {
    check(
        "{type: integer, minimum: 1, maximum: 9}",
        &[
            ("5", "ok"),
            ("5.0", "ok"),
            ("0", ": is less than described"),
            ("10", ": is greater than described"),
            ("1.5", ": is of a type that may not stand here"),
            ("\"5\"", ": is of a type that may not stand here"),
        ],
    );
    check(
        "{type: integer, format: int32}",
        &[
            ("2147483647", "ok"),
            ("2147483648", ": does not fit its format"),
            ("1e9", "ok"),
            ("1e10", ": does not fit its format"),
        ],
    );
    check(
        "{type: integer, format: int64}",
        &[
            ("9223372036854775807", "ok"),
            ("9223372036854775808", ": does not fit its format"),
            ("-9223372036854775809", ": does not fit its format"),
        ],
    );
    check(
        "{type: string, minLength: 2, maxLength: 3, pattern: '^[a-zé]+$'}",
        &[
            ("\"ab\"", "ok"),
            ("\"\\u00e9a\"", "ok"),
            ("\"a\"", ": has fewer than 2 characters"),
            ("\"ééé\"", "ok"),
            ("\"éééé\"", ": has more than 3 characters"),
            ("\"AB\"", ": does not have the form that is described"),
        ],
    );
    check(
        "{type: [string, 'null'], enum: [a, null]}",
        &[
            ("\"a\"", "ok"),
            ("null", "ok"),
            ("\"b\"", ": is none of the values that may stand here"),
        ],
    );
    check(
        "{type: number, multipleOf: 0.01}",
        &[("19.99", "ok"), ("19.999", ": is no multiple of what is described")],
    );
    check(
        "{const: {a: [1, 2]}}",
        &[
            ("{\"a\": [1.0, 2]}", "ok"),
            ("{\"a\": [2, 1]}", ": is none of the values that may stand here"),
        ],
    );
}

#[test]
fn objects_are_judged_by_their_properties() {
    let order = "{type: object, required: [item, count], properties: {item: {type: string}, count: {type: integer}, 'a/b': {type: boolean}, id: {type: integer, readOnly: true}}}";
    check(
        order,
        &[
            ("{\"item\": \"x\", \"count\": 1}", "ok"),
            ("{\"item\": \"x\"}", "/count: is missing"),
            ("{}", "/count: is missing, /item: is missing"),
            (
                "{\"item\": 1, \"count\": 1, \"a/b\": 0}",
                "/item: is of a type that may not stand here, /a~1b: is of a type that may not stand here",
            ),
            (
                "{\"item\": \"x\", \"count\": 1, \"role\": \"admin\"}",
                ": holds a property that is not described",
            ),
            ("{\"item\": \"x\", \"count\": 1, \"id\": 7}", "/id: may not be sent"),
            ("[]", ": is of a type that may not stand here"),
        ],
    );
    check(
        "{type: object, properties: {a: {type: integer}}, additionalProperties: {type: string}}",
        &[
            ("{\"a\": 1, \"b\": \"x\"}", "ok"),
            ("{\"a\": 1, \"b\": 2}", "/*: is of a type that may not stand here"),
        ],
    );
    check("{type: object}", &[("{\"any\": {\"thing\": [1]}}", "ok")]);
    check(
        "{type: object, minProperties: 1, maxProperties: 2, additionalProperties: true}",
        &[
            ("{}", ": has fewer than 1 properties"),
            ("{\"a\": 1, \"b\": 2, \"c\": 3}", ": has more than 2 properties"),
        ],
    );
}

#[test]
fn lists_are_judged_item_by_item() {
    check(
        "{type: array, minItems: 1, maxItems: 3, uniqueItems: true, items: {type: [integer, object], additionalProperties: true}}",
        &[
            ("[1, 2]", "ok"),
            ("[]", ": has fewer than 1 items"),
            ("[1, 2, 3, 4]", ": has more than 3 items"),
            ("[1, 1.0]", ": holds two equal items"),
            ("[{\"a\": 1, \"b\": 2}, {\"b\": 2, \"a\": 1}]", ": holds two equal items"),
            ("[1, true]", "/1: is of a type that may not stand here"),
        ],
    );
    check(
        "{type: array, prefixItems: [{type: string}], items: {type: integer}}",
        &[("[\"a\", 1, 2]", "ok"), ("[\"a\", \"b\"]", "/1: is of a type that may not stand here")],
    );
}

#[test]
fn alternatives_are_read_together() {
    let pet = "{oneOf: [{type: object, required: [bark], properties: {bark: {type: boolean}}}, {type: object, required: [meow], properties: {meow: {type: boolean}}}]}";
    check(
        pet,
        &[
            ("{\"bark\": true}", "ok"),
            ("{\"meow\": true}", "ok"),
            ("{\"bark\": true, \"meow\": true}", ": is more than one of the alternatives"),
            ("{}", ": is none of the alternatives"),
            ("{\"bark\": 1}", ": is none of the alternatives"),
            ("{\"bark\": true, \"x\": 1}", ": holds a property that is not described"),
        ],
    );
    // The alternatives that fit are found before it is asked what nobody knows.
    let base = "{type: object, required: [kind], properties: {kind: {type: string}}, anyOf: [{type: object, properties: {a: {type: integer}}, required: [a]}, {type: object, properties: {b: {type: integer}}, required: [b]}]}";
    check(
        base,
        &[
            ("{\"kind\": \"x\", \"a\": 1}", "ok"),
            ("{\"kind\": \"x\", \"a\": 1, \"b\": 2}", "ok"),
            (
                "{\"kind\": \"x\", \"a\": 1, \"b\": \"2\"}",
                ": holds a property that is not described",
            ),
            ("{\"kind\": 1, \"a\": 1}", "/kind: is of a type that may not stand here"),
        ],
    );
    let inside = "{type: object, properties: {of: {oneOf: [{type: object, properties: {a: {type: integer}}, required: [a]}, {type: string}]}}}";
    check(
        inside,
        &[
            ("{\"of\": {\"a\": 1}}", "ok"),
            ("{\"of\": \"x\"}", "ok"),
            ("{\"of\": {\"a\": 1, \"b\": 1}}", "/of: holds a property that is not described"),
            ("{\"of\": 1}", "/of: is none of the alternatives"),
        ],
    );
    check(
        "{oneOf: [{type: 'null'}, {type: string, enum: [a]}]}",
        &[("null", "ok"), ("\"a\"", "ok"), ("\"b\"", ": is none of the alternatives")],
    );
}

#[test]
fn a_schema_that_leads_back_into_itself_is_followed() {
    check(
        "{$ref: '#/components/schemas/Tree'}",
        &[
            (
                "{\"name\": \"a\", \"below\": [{\"below\": [{\"below\": [{\"name\": \"d\"}]}]}]}",
                "ok",
            ),
            (
                "{\"below\": [{\"below\": [{\"below\": [{\"name\": 4}]}]}]}",
                "/below/0/below/0/below/0/name: is of a type that may not stand here",
            ),
        ],
    );
}

#[test]
fn a_body_that_can_be_read_in_two_ways_is_refused() {
    let validator =
        validator(&with_body("{type: object, properties: {a: {}}}"), &Validate::default());
    for body in [
        "{\"a\": 1, \"a\": 2}",
        "{\"a\": 1, \"\\u0061\": 2}",
        "{\"a\": {\"x\": 1, \"x\": 2}}",
        "{\"a\": NaN}",
        "{\"a\": 01}",
        "{\"a\": 1,}",
        "{\"a\": \"\\ud800\"}",
        "{\"a\": \"\u{1}\"}",
        "\u{feff}{}",
        "{} {}",
        "{'a': 1}",
        "{\"a\": 1 /* */}",
        "{\"a\": +1}",
        "",
    ] {
        let expected = if body.is_empty() { "400 body-missing" } else { "400 body-malformed" };
        assert_eq!(judged(&validator, body), expected, "{body}");
    }
    let invalid = validator.body(0, Some("application/json"), b"{\"a\": \"\xff\"}");
    assert_eq!(said(invalid), "400 body-malformed");
    assert_eq!(judged(&validator, "{\"a\": 1e999}"), "400 body-beyond-bounds");
}

#[test]
fn bounds_hold_whatever_the_schema_says() {
    let bounds = Bounds {
        depth_max: 3,
        string_bytes_max: 4,
        array_items_max: 2,
        properties_max: 2,
        body_bytes_max: 40,
        ..Bounds::default()
    };
    let settings = Validate { bounds, ..Validate::default() };
    let validator = validator(&with_body("{}"), &settings);
    for (body, expected) in [
        ("[[[1]]]", "ok"),
        ("[[[[1]]]]", "400 body-beyond-bounds"),
        ("\"abcde\"", "400 body-beyond-bounds"),
        ("[1,2,3]", "400 body-beyond-bounds"),
        ("{\"a\":1,\"b\":1,\"c\":1}", "400 body-beyond-bounds"),
        ("[\"a\",           \"b\"                      ]", "413 body-too-large"),
    ] {
        assert_eq!(judged(&validator, body), expected, "{body}");
    }
    // However deep the settings allow, the stack is not what ends it.
    let bounds = Bounds { depth_max: usize::MAX, body_bytes_max: u64::MAX, ..Bounds::default() };
    let settings = Validate { bounds, ..Validate::default() };
    let deep = "[".repeat(100_000);
    let catalog = with_body("{}");
    let validator = super::Validator::new(&catalog, &settings, |_| None);
    assert_eq!(judged(&validator, &deep), "400 body-beyond-bounds");
}

#[test]
fn at_most_ten_places_are_named_and_no_value_is() {
    let validator =
        validator(&with_body("{type: array, items: {type: integer}}"), &Validate::default());
    let body = format!("[{}]", vec!["\"s3cret\""; 50].join(","));
    let refusal = validator.body(0, Some("application/json"), body.as_bytes()).unwrap_err();
    assert_eq!(refusal.places.len(), 10);
    assert!(!format!("{refusal:?}").contains("s3cret"));
}

#[test]
fn settings_may_let_pass_what_is_not_described() {
    let schema =
        "{type: object, properties: {a: {type: integer}, id: {type: integer, readOnly: true}}}";
    let settings = Validate {
        unknown_properties: Unknown::Allow,
        read_only: Unknown::Allow,
        ..Validate::default()
    };
    let validator = validator(&with_body(schema), &settings);
    assert_eq!(judged(&validator, "{\"b\": 1, \"id\": 2}"), "ok");
    assert_eq!(judged(&validator, "{\"a\": \"1\"}").split(' ').nth(1), Some("body-invalid"));
}

#[test]
fn what_is_not_checked_is_told() {
    let schema = "{type: object, properties: {a: {not: {type: string}}, b: {type: string, pattern: '(?=a)'}, c: {type: string, format: iban}, d: {$ref: '#/nowhere'}}}";
    let validator = validator(&with_body(schema), &Validate::default());
    let told: Vec<_> =
        validator.unchecked().iter().map(|one| format!("{} {}", one.place, one.what)).collect();
    assert_eq!(
        told,
        [
            "body application/json/a `not`",
            "body application/json/b `pattern` that has no form in linear time",
            "body application/json/c `format: iban`",
            "body application/json/d what `#/nowhere` stands for",
        ]
    );
}

const PARAMETERS: &str = "
openapi: 3.1.0
paths:
  /orders/{id}:
    get:
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer, minimum: 1}}
        - {name: limit, in: query, schema: {type: integer, maximum: 100}}
        - {name: tag, in: query, schema: {type: array, items: {type: string, enum: [a, b]}, maxItems: 2}}
        - {name: sort, in: query, explode: false, schema: {type: array, items: {type: string, enum: [x, y]}}}
        - {name: filter, in: query, style: deepObject, schema: {type: object, properties: {state: {type: string, enum: [open]}}}}
        - {name: open, in: query, schema: {type: boolean}}
        - {name: year, in: query, schema: {enum: [2026, next]}}
        - {name: code, in: query, schema: {type: [string, integer], pattern: '^[0-9]{2}$', maximum: 5}}
        - {name: X-Trace, in: header, required: true, schema: {type: string, format: uuid}}
        - {name: theme, in: cookie, schema: {type: string, enum: [dark]}}
      responses: {}
components:
  securitySchemes:
    key: {type: apiKey, in: query, name: api_key}
";

fn head(
    validator: &Validator,
    id: &str,
    query: &str,
    headers: &[(&str, &str)],
) -> Result<BodyPlan, Refusal> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        map.append(name, HeaderValue::from_str(value).unwrap());
    }
    let request = Request {
        method: "GET",
        host: "shop.example",
        path: "/orders/7",
        query: (!query.is_empty()).then_some(query),
        headers: &map,
        version: Version::HTTP_11,
        peer: Peer { address: IpAddr::V4(Ipv4Addr::LOCALHOST), tls: None },
    };
    validator.head(0, &request, &[("id", Cow::Borrowed(id))])
}

#[test]
fn parameters_are_judged_by_place_and_style() {
    let validator = validator(&catalog(PARAMETERS), &Validate::default());
    let trace = ("x-trace", "0f8fad5b-d9cb-469f-a165-70867728950e");
    let invalid = |places: &str| format!("400 parameter-invalid {places}");
    for (id, query, expected) in [
        ("7", "", "ok".to_owned()),
        (
            "7",
            "limit=5&open=true&tag=a&tag=b&sort=x,y&filter[state]=open&api_key=k",
            "ok".to_owned(),
        ),
        ("7", "filter%5Bstate%5D=open", "ok".to_owned()),
        ("7", "year=2026&code=17", "ok".to_owned()),
        ("7", "year=next&code=4", "ok".to_owned()),
        ("7", "year=2027", invalid("query:year: is none of the values that may stand here")),
        ("7", "code=170", invalid("query:code: is greater than described")),
        ("x", "", invalid("path:id: is of a type that may not stand here")),
        ("0", "", invalid("path:id: is less than described")),
        ("7", "limit=500", invalid("query:limit: is greater than described")),
        ("7", "limit=1&limit=2", invalid("query:limit: stands twice or cannot be read")),
        ("7", "limit=", invalid("query:limit: is of a type that may not stand here")),
        ("7", "limit=1%", invalid("query:*: is not written as a query")),
        ("7", "tag=c", invalid("query:tag/0: is none of the values that may stand here")),
        ("7", "tag=a&tag=b&tag=a", invalid("query:tag: has more than 2 items")),
        ("7", "sort=x%2Cz", invalid("query:sort/1: is none of the values that may stand here")),
        (
            "7",
            "filter[state]=shut",
            invalid("query:filter/state: is none of the values that may stand here"),
        ),
        ("7", "filter[other]=1", invalid("query:filter: holds a property that is not described")),
        ("7", "debug=1", "400 parameter-unknown".to_owned()),
        ("7", "open=yes", invalid("query:open: is of a type that may not stand here")),
    ] {
        let outcome = said(head(&validator, id, query, &[trace]).map(|_| ()));
        assert_eq!(outcome, expected, "{id} {query}");
    }
    for (headers, expected) in [
        (&[][..], invalid("header:X-Trace: is missing")),
        (&[("x-trace", "7")], invalid("header:X-Trace: is no UUID")),
        (&[trace, trace], invalid("header:X-Trace: stands twice or cannot be read")),
        (&[trace, ("cookie", "a=b; theme=dark")], "ok".to_owned()),
        (
            &[trace, ("cookie", "theme=light")],
            invalid("cookie:theme: is none of the values that may stand here"),
        ),
        (
            &[trace, ("cookie", "theme=dark; theme=light")],
            invalid("cookie:theme: stands twice or cannot be read"),
        ),
    ] {
        let outcome = said(head(&validator, "7", "", headers).map(|_| ()));
        assert_eq!(outcome, expected, "{headers:?}");
    }
    let settings = Validate { unknown_query: Unknown::Allow, ..Validate::default() };
    let lenient = super::Validator::new(&catalog(PARAMETERS), &settings, |_| None);
    assert!(head(&lenient, "7", "debug=1", &[trace]).is_ok());
}

const BODIES: &str = "
openapi: 3.0.3
paths:
  /a:
    post:
      requestBody:
        required: true
        content:
          application/json: {schema: {type: object, properties: {a: {type: integer}}}}
          application/x-www-form-urlencoded: {schema: {type: object, required: [a], properties: {a: {type: integer}, b: {type: array, items: {type: string}}}}}
          multipart/form-data: {schema: {type: object, properties: {a: {type: integer}, f: {type: string, format: binary}}}}
          image/*: {}
      responses: {}
";

#[test]
fn the_media_type_says_how_a_body_is_judged() {
    let described = catalog(BODIES);
    let validator = validator(&described, &Validate::default());
    let plan = |headers: &[(&str, &str)]| match head(&validator, "7", "", headers) {
        Ok(plan) => format!("{plan:?}"),
        Err(refusal) => format!("{} {}", refusal.status, refusal.code),
    };
    let json = ("content-type", "application/json; charset=utf-8");
    assert_eq!(plan(&[json]), "Judge { bytes_max: 1048576 }");
    assert_eq!(plan(&[("content-type", "image/png")]), "Forward { bytes_max: 1048576 }");
    assert_eq!(plan(&[("content-type", "text/xml")]), "415 media-type-unknown");
    assert_eq!(plan(&[json, json]), "415 media-type-unknown");
    assert_eq!(plan(&[json, ("content-encoding", "gzip")]), "415 content-encoding-unknown");
    assert_eq!(plan(&[]), "400 body-missing");

    let body = |kind: &str, body: &str| said(validator.body(0, Some(kind), body.as_bytes()));
    let form = "application/x-www-form-urlencoded";
    assert_eq!(body(form, "a=1&b=x&b=y"), "ok");
    assert_eq!(body(form, "b=x"), "422 body-invalid /a: is missing");
    assert_eq!(body(form, "a=1&a=2"), "400 body-malformed");
    assert_eq!(
        body(form, "a=1&admin=1"),
        "422 body-invalid : holds a property that is not described"
    );
    let multipart = "multipart/form-data; boundary=x";
    let part = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    assert_eq!(body(multipart, &(part("a", "1") + "--x--")), "ok");
    assert_eq!(
        body(multipart, &(part("b", "1") + "--x--")),
        "422 body-invalid : holds a property that is not described"
    );
    assert_eq!(body(multipart, "--y--"), "400 body-malformed");
    assert_eq!(body("application/json; charset=utf-16", "{}"), "415 media-type-unknown");

    let settings = Validate { opaque_bodies: Opaque::Refuse, ..Validate::default() };
    let strict = super::Validator::new(&described, &settings, |_| None);
    assert!(head(&strict, "7", "", &[("content-type", "image/png")]).is_err());
    let told: Vec<_> = validator.unchecked().iter().map(|one| &*one.place).collect();
    assert_eq!(told, ["body image/*"]);
}
