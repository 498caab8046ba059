//! The samples, whole and broken.

use super::*;
use crate::{Flow, Format, SecurityScheme};
use avouch_model::operation::{Method, Place, Requirement, Security, Style};
use avouch_model::schema::{Additional, Kind};
use std::path::Path;

fn sample(name: &str) -> Document {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name);
    Document { name: name.to_owned(), bytes: std::fs::read(path).unwrap() }
}

fn text(name: &str, text: &str) -> Document {
    Document { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
}

fn messages(reading: &Reading) -> Vec<String> {
    let shown = |warning: &avouch_model::report::Warning| {
        let place = warning.place.as_ref().map(|place| format!("{}:{}: ", place.file, place.line));
        format!("{}{}", place.unwrap_or_default(), warning.message)
    };
    reading.catalog.warnings.iter().map(shown).collect()
}

#[test]
fn the_3_0_sample_is_read_whole() {
    let reading = read(&sample("shop-3.0.yaml"), &[]).unwrap();
    assert_eq!(messages(&reading), [""; 0]);
    let catalog = reading.catalog;
    assert_eq!((&*catalog.title, &*catalog.version), ("Shop", "2.4.1"));
    assert_eq!(catalog.format, Format::OpenApi30);
    assert_eq!(catalog.base_path(), "/v2");
    let ids: Vec<_> = catalog.operations.iter().map(|operation| &*operation.id.0).collect();
    assert_eq!(
        ids,
        [
            "GET /orders",
            "POST /orders",
            "GET /orders/{orderId}",
            "DELETE /orders/{orderId}",
            "GET /health"
        ]
    );
    let list = &catalog.operations[0];
    assert_eq!(list.described_at.as_ref().map(|place| place.line), Some(17));
    let styles: Vec<_> =
        list.parameters.iter().map(|p| (&*p.name, p.style, p.explode, p.examples.len())).collect();
    assert_eq!(
        styles,
        [
            ("page", Style::Form, true, 0),
            ("status", Style::PipeDelimited, false, 0),
            ("filter", Style::DeepObject, true, 1)
        ]
    );
    let create = &catalog.operations[1];
    assert!(create.body_required);
    assert_eq!(create.body.len(), 2);
    assert_eq!(create.body[0].examples, [serde_json::json!({"item": "7", "quantity": 2})]);
    assert_eq!(create.answers[1].status, "4XX");
    let one = |names: &[(&str, &[&str])]| Requirement {
        schemes: names
            .iter()
            .map(|(name, scopes)| {
                ((*name).to_owned(), scopes.iter().map(|s| (*s).to_owned()).collect())
            })
            .collect(),
    };
    assert_eq!(
        create.security,
        Security::Required(vec![one(&[("bearer", &[])]), one(&[("key", &[])])])
    );
    let both = one(&[("bearer", &["orders.read"]), ("key", &[])]);
    assert_eq!(catalog.operations[2].security, Security::Required(vec![both]));
    assert_eq!(catalog.operations[3].roles, ["admin"]);
    assert_eq!(catalog.operations[3].sunset.as_deref(), Some("2027-06-30"));
    assert_eq!(catalog.operations[4].security, Security::Open);
}

#[test]
fn all_of_is_merged_and_a_cycle_is_cut() {
    let reading = read(&sample("shop-3.0.yaml"), &[]).unwrap();
    let list = &reading.catalog.operations[0];
    let order = list.answers[0].media[0].schema.items.clone().unwrap();
    let names: Vec<_> = order.properties.keys().map(String::as_str).collect();
    assert_eq!(names, ["customer", "gift", "id", "item", "quantity"]);
    assert_eq!(order.required, ["customer", "id", "item"]);
    assert!(order.properties["id"].read_only);
    assert_eq!(order.properties["gift"].kinds, [Kind::Boolean, Kind::Null]);
    let customer = &order.properties["customer"];
    assert!(customer.properties["password"].write_only);
    let again = customer.properties["orders"].items.clone().unwrap();
    assert_eq!(again.cut.as_deref(), Some("#/components/schemas/Order"));
    // The same shape is the same value, wherever it is referred to.
    let made = &reading.catalog.operations[1].answers[0].media[0].schema;
    assert!(std::sync::Arc::ptr_eq(made, &order));
}

#[test]
fn the_3_1_sample_is_read_whole() {
    let reading = read(&sample("notes-3.1.json"), &[]).unwrap();
    assert_eq!(messages(&reading), [""; 0]);
    let operation = &reading.catalog.operations[0];
    assert_eq!(operation.security, Security::Undeclared);
    assert_eq!(operation.parameters[0].schema.minimum, Some(1.0));
    let note = &operation.answers[0].media[0].schema;
    assert_eq!(note.properties["kind"].allowed, ["note"]);
    assert_eq!(note.properties["text"].kinds, [Kind::String, Kind::Null]);
    assert_eq!(note.properties["text"].examples, ["first", "second"]);
    let author = &note.properties["author"];
    assert_eq!(author.kinds, [Kind::Object, Kind::Null]);
    assert_eq!(author.additional, Additional::Forbidden);
    assert_eq!(note.properties["shape"].variants.len(), 2);
}

#[test]
fn the_2_0_sample_is_read_whole() {
    let reading = read(&sample("pets-2.0.yaml"), &[]).unwrap();
    assert_eq!(messages(&reading), [""; 0]);
    let catalog = reading.catalog;
    assert_eq!(catalog.format, Format::Swagger20);
    assert_eq!(catalog.servers, ["https://pets.example/v1", "http://pets.example/v1"]);
    let SecurityScheme::OAuth2 { flows } = &catalog.schemes["login"] else {
        panic!("not read as OAuth 2")
    };
    let flow = Flow {
        token_url: Some("https://id.pets.example/token".to_owned()),
        scopes: [("read".to_owned(), "read pets".to_owned())].into(),
        ..Flow::default()
    };
    assert_eq!(flows["clientCredentials"], flow);
    let list = &catalog.operations[0];
    assert!(matches!(&list.security, Security::Optional(one) if one.len() == 1));
    assert_eq!(
        (list.parameters[0].style, list.parameters[0].explode),
        (Style::SpaceDelimited, false)
    );
    assert_eq!(list.parameters[0].schema.kinds, [Kind::Array]);
    assert_eq!(list.answers[0].media[0].examples, [serde_json::json!([{"name": "Rex"}])]);
    let types: Vec<_> = catalog.operations[1].body.iter().map(|m| &*m.media_type).collect();
    assert_eq!(types, ["application/json", "application/xml"]);
    let pet = &catalog.operations[1].body[0].schema;
    assert_eq!(pet.properties["parent"].cut.as_deref(), Some("#/definitions/Pet"));
    assert_eq!(pet.properties["name"].examples, ["Rex"]);
}

#[test]
fn documents_that_are_referred_to_are_asked_for_until_all_are_there() {
    let main = sample("many/openapi.yaml");
    let first = read(&main, &[]).unwrap();
    assert_eq!(first.wanted, ["many/paths/order.yaml", "many/schemas.json"]);
    let others: Vec<_> = first.wanted.iter().map(|name| sample(name)).collect();
    let whole = read(&main, &others).unwrap();
    assert_eq!(whole.wanted, [""; 0]);
    assert_eq!(messages(&whole), [""; 0]);
    let order = &whole.catalog.operations[0];
    assert_eq!(order.parameters[0].schema.format.as_deref(), Some("uuid"));
    let place = order.described_at.as_ref().unwrap();
    assert_eq!((&*place.file, place.line), ("many/paths/order.yaml", 1));
    let user = &whole.catalog.operations[1].answers[0].media[0].schema;
    assert_eq!(user.properties["id"].format.as_deref(), Some("uuid"));

    let remote = Document { name: "https://x.example/api/openapi.yaml".to_owned(), ..main };
    let wanted = read(&remote, &[]).unwrap().wanted;
    assert_eq!(wanted[0], "https://x.example/api/paths/order.yaml");
}

#[test]
fn a_referred_document_that_is_broken_is_a_warning_and_not_wanted_again() {
    let main = sample("many/openapi.yaml");
    let others = [text("many/schemas.json", "{\n\"a\": ]"), sample("many/paths/order.yaml")];
    let reading = read(&main, &others).unwrap();
    assert_eq!(reading.wanted, [""; 0]);
    let shown = messages(&reading).join("\n");
    assert!(shown.contains("`many/schemas.json`, line 2: `]` begins no value"), "{shown}");
    assert_eq!(reading.catalog.operations.len(), 2);
    let schema = &reading.catalog.operations[0].parameters[0].schema;
    assert_eq!(schema.cut.as_deref(), Some("../schemas.json#/definitions/Id"));
}

#[test]
fn each_fault_is_a_warning_with_its_line_and_the_rest_is_read() {
    let reading = read(&sample("broken/many-faults.yaml"), &[]).unwrap();
    let ids: Vec<_> = reading.catalog.operations.iter().map(|o| &*o.id.0).collect();
    assert_eq!(ids, ["POST /a/{id}", "PUT /a/{id}"]);
    assert_eq!(reading.catalog.operations[0].security, Security::Undeclared);
    let id = &reading.catalog.operations[1].parameters[0];
    assert_eq!((&*id.name, id.place), ("id", Place::Path));
    assert_eq!(id.schema.cut.as_deref(), Some("#/components/schemas/Gone"));
    let shown: Vec<_> = messages(&reading)
        .iter()
        .map(|message| message.replace("broken/many-faults.yaml:", ""))
        .collect();
    assert_eq!(
        shown,
        [
            "3: `security` is a list, not a text",
            "5: a server without `url` is left out",
            "8: an operation is needed here, not a text",
            "10: a requirement is a map, not a number",
            "10: the path parameter `id` is not described; a text is assumed",
            "11: `parameters` is a list, not a map",
            "12: the body has no `content`: how to send it is not described",
            "13: `responses` describes no answer",
            "15: servers of a path or operation are not used; requests go to the target's address",
            "15: the path `/a/{id}` has no `{other}`",
            "18: the reference `#/components/schemas/Gone` leads nowhere",
            "19: the parameter `q` is in `body`, which is no place",
            "20: the parameter `s` has no schema; any value is assumed",
            "20: the style `matrix` does not exist in a query",
            "21: `soon` is no date such as `2027-01-31`",
            "22: references lead in a circle, or through too many others",
            "23: `/b` holds a list where methods are needed",
            "29: `magic` is no type of security scheme",
            "30: an API key needs `name` and `in` (header, query or cookie)",
            "31: a security scheme of type `http` needs `scheme`",
        ]
    );
}

#[test]
fn a_document_that_is_none_is_an_error_that_says_why() {
    let refused = |name: &str, content: &[u8]| {
        let document = Document { name: name.to_owned(), bytes: content.to_vec() };
        read(&document, &[]).unwrap_err().to_string()
    };
    assert_eq!(refused("a", b""), "`a` is empty");
    assert_eq!(refused("a", b" \n"), "`a` is empty");
    assert_eq!(refused("a", b"a: \n\xff"), "`a`, line 2: this is not UTF-8 text");
    assert_eq!(refused("a", b"<!doctype html>"), "`a` is a web page, not an API description");
    let nothing =
        "`a` is no API description: no OpenAPI, no Swagger, no Postman collection, no HAR";
    assert_eq!(refused("a", b"{\"name\": 1}"), nothing);
    assert_eq!(refused("a", b"just text"), nothing);
    assert_eq!(refused("a", b"[1]"), nothing);
    assert_eq!(
        refused("a", b"\nswagger: '1.2'"),
        "`a`, line 2: version `1.2` of this format is not supported"
    );
    assert_eq!(
        refused("a", b"{\"a\": 1} x"),
        "`a`, line 1: there is something after the end of the document"
    );
    let cut = sample("broken/cut-short.json");
    assert_eq!(
        read(&cut, &[]).unwrap_err().to_string(),
        "`broken/cut-short.json`, line 6: the document ends where a name in quotes or `}` is needed"
    );
    let bad = read(&sample("broken/bad-indent.yaml"), &[]).unwrap_err();
    assert!(matches!(bad, ReadError::Broken { line: 5..=7, .. }), "{bad}");
}

#[test]
fn a_name_that_stands_twice_is_said_and_the_later_one_counts() {
    let main = text(
        "a",
        "{\"openapi\": \"3.0.0\", \"paths\": {},\n\"paths\": {\"/b\": {\"get\": {\"responses\": {\"200\": {}}}}}}",
    );
    let reading = read(&main, &[]).unwrap();
    assert_eq!(messages(&reading), ["a:2: `paths` is named twice; the later one counts"]);
    assert!(reading.catalog.find(&Method::Get, "/b").is_some());
}

#[test]
fn anchors_merge_keys_and_json_in_yaml_are_read() {
    let yaml = "openapi: 3.0.0\nx: &x {deprecated: true, tags: [a]}\npaths:\n  /b:\n    get:\n      <<: *x\n      tags: [b]\n      responses: {200: {}}\n";
    let reading = read(&text("a.yaml", yaml), &[]).unwrap();
    let operation = &reading.catalog.operations[0];
    assert!(operation.deprecated);
    assert_eq!(operation.tags, ["b"]);
    assert_eq!(operation.answers[0].status, "200");
    let flow = "{openapi: 3.0.0, paths: {/b: {get: {responses: {200: {}}}}}}";
    assert_eq!(read(&text("a.yml", flow), &[]).unwrap().catalog.operations.len(), 1);
    assert!(read(&text("a.json", flow), &[]).is_err());
}

#[test]
fn a_json_text_is_read_to_the_letter() {
    let tree = crate::node::json::parse(
        r#"["a\"\\\/\b\n\u00e9\ud83d\ude00\ud800x", -1.5e2, 1e999, {"b":[],}]"#,
    )
    .unwrap();
    let mut budget = u64::MAX;
    let plain = tree.root.plain(&mut budget).unwrap();
    let expected = serde_json::json!(["a\"\\/\u{8}\né😀\u{fffd}x", -150.0, null, {"b": []}]);
    assert_eq!(plain, expected);
}
