use super::*;
use crate::catalog::Catalog;
use avouch_model::operation::GraphRoot;

fn asked(field: &str, wanted: &Wanted) -> String {
    let graph = sample();
    let field = graph.queries().iter().find(|it| it.name == field).unwrap();
    graph.ask(GraphRoot::Query, field, wanted).unwrap().text
}

fn deep(depth: usize) -> Wanted {
    Wanted { depth, ..Wanted::default() }
}

#[test]
fn a_question_selects_values_and_a_few_things() {
    assert_eq!(asked("me", &deep(1)), "query{me{id email}}");
    assert_eq!(asked("me", &deep(2)), "query{me{id email orders{id total note}}}");
    assert_eq!(
        asked("order", &deep(2)),
        "query($id:ID!){order(id:$id){id total note customer{id email}}}"
    );
}

#[test]
fn a_connection_is_no_depth_and_its_page_is_bounded() {
    assert_eq!(asked("orders", &deep(1)), "query{orders(first:10){edges{node{id total note}}}}");
}

#[test]
fn kinds_are_told_apart_without_naming_one_field_twice() {
    assert_eq!(
        asked("node", &deep(1)),
        "query($id:ID!){node(id:$id){__typename id ...on Order{total note} ...on User{email}}}"
    );
}

#[test]
fn what_is_left_out_is_not_selected() {
    let without = ["me.email".to_owned(), "Order.note".to_owned()].into();
    let wanted = Wanted { depth: 2, without };
    assert_eq!(asked("me", &wanted), "query{me{id orders{id total}}}");
}

#[test]
fn a_schema_reads_the_same_from_both_notations() {
    let text = r#"{"data": {"__schema": {"queryType": {"name": "Query"}, "mutationType": null,
        "types": [
            {"kind": "OBJECT", "name": "Query", "fields": [
                {"name": "orders", "description": "of them", "args": [{"name": "kinds", "defaultValue": "[OPEN]",
                    "type": {"kind": "LIST", "ofType": {"kind": "ENUM", "name": "Kind"}}}],
                 "type": {"kind": "NON_NULL", "ofType": {"kind": "LIST", "ofType":
                    {"kind": "NON_NULL", "ofType": {"kind": "OBJECT", "name": "Order"}}}}}]},
            {"kind": "OBJECT", "name": "Order", "fields": [
                {"name": "id", "type": {"kind": "SCALAR", "name": "ID"}}]},
            {"kind": "ENUM", "name": "Kind", "enumValues": [{"name": "OPEN"}]}]}}}"#;
    let told = introspection::read(text).unwrap();
    let written = sdl::read(
        "\"\"\"all\"\"\" type Query { \"of them\" orders(kinds: [Kind] = [OPEN]): [Order!]! }
         type Order { id: ID } enum Kind { OPEN @deprecated(reason: \"old (very)\") }",
    )
    .unwrap();
    assert_eq!(told.types, written.types);
    assert_eq!(told.queries()[0].of.text, "[Order!]!");
    assert!(!told.queries()[0].arguments[0].is_required());
}

#[test]
fn other_texts_are_no_schema() {
    for text in ["", "openapi: 3.0.0", "type: object", "{}", "type Query {", "<html>type a"] {
        assert_eq!(sdl::read(text), None, "{text}");
        assert_eq!(introspection::read(text), None, "{text}");
    }
}

#[test]
fn fields_become_operations() {
    let mut catalog = Catalog::empty();
    let mut graph = sample();
    graph.path = "/graphql".into();
    catalog.add_graph(graph);
    let ids: Vec<&str> = catalog.operations.iter().map(|o| o.id.0.as_str()).collect();
    assert_eq!(ids[0], "POST /graphql#/me");
    assert!(ids.contains(&"POST /graphql#/createOrder"));
    let create = catalog.operations.last().unwrap();
    assert_eq!(create.graph, Some(GraphRoot::Mutation));
    let example = &create.body[0].examples[0];
    assert!(example["variables"]["input"]["note"].is_string(), "{example}");
    assert_eq!(catalog.graph_field(create).unwrap().1.name, "createOrder");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_fail(text in "(type|input|Query|[{}()\\[\\]:!=@|& \"a-z\n]){0,60}") {
        let _ = sdl::read(&text);
    }

    #[test]
    fn no_type_makes_the_reader_fail(text in "[\\[\\]!A-Za ]{0,20}") {
        let _ = TypeRef::parse(&text);
    }
}
