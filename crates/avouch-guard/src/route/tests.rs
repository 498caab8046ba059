use super::*;
use crate::settings::route::{Operation as Settings, Options, Route, Unknown};
use avouch_catalog::Catalog;
use avouch_model::operation::{Method, Operation, Security};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::ptr;

fn catalog(operations: &[&str]) -> Catalog {
    let operations = operations.iter().map(|line| {
        let (method, path) = line.split_once(' ').unwrap();
        Operation::discovered(Method::parse(method), path)
    });
    Catalog { operations: operations.collect(), ..Catalog::empty() }
}

fn router(catalog: &Catalog) -> Router {
    Router::new(catalog, &Route::default(), &[]).unwrap()
}

/// The operation's id and its parameters, or the refusal's code.
fn outcome(router: &Router, catalog: &Catalog, method: &str, path: &str) -> String {
    match router.route(method, path) {
        Ok(Routed::Described(found)) => {
            let mut text = catalog.operations[found.operation].id.0.clone();
            for (name, value) in found.parameters {
                let _ = write!(text, " {name}={value}");
            }
            text
        }
        Ok(Routed::Options { allow, forward }) => format!("options {forward} {allow}"),
        Ok(Routed::Shadow) => "shadow".to_owned(),
        Err(refusal) => {
            let allow = refusal.allow.unwrap_or_default();
            format!("{} {} {allow}", refusal.status, refusal.code).trim_end().to_owned()
        }
    }
}

#[test]
fn the_most_literal_operation_is_found_with_its_parameters() {
    let catalog = catalog(&[
        "GET /{a}/{b}",
        "GET /orders/{id}",
        "GET /orders/mine",
        "DELETE /orders/{key}",
        "GET /files/{name}.{ending}",
        "POST /orders",
    ]);
    let router = router(&catalog);
    for (method, path, expected) in [
        ("GET", "/orders/mine", "GET /orders/mine"),
        ("GET", "/orders/7", "GET /orders/{id} id=7"),
        ("HEAD", "/orders/7", "GET /orders/{id} id=7"),
        ("GET", "/orders/a%2Fb%20c", "GET /orders/{id} id=a/b c"),
        // The literal one is not described with this method, the other one is.
        ("DELETE", "/orders/mine", "DELETE /orders/{key} key=mine"),
        ("GET", "/files/a.b.txt", "GET /files/{name}.{ending} name=a ending=b.txt"),
        ("GET", "/users/mine", "GET /{a}/{b} a=users b=mine"),
        ("GET", "/orders", "405 method-unknown POST"),
        ("get", "/orders/7", "405 method-unknown DELETE, GET, HEAD"),
        ("PUT", "/orders/7", "405 method-unknown DELETE, GET, HEAD"),
        ("GET", "/orders/", "404 operation-unknown"),
        ("GET", "/orders/7/lines", "404 operation-unknown"),
        ("GET", "/orders/%ff", "400 path-malformed"),
        ("OPTIONS", "/orders", "405 method-unknown POST"),
        ("GET", "", "404 operation-unknown"),
    ] {
        assert_eq!(outcome(&router, &catalog, method, path), expected, "{method} {path}");
    }
}

#[test]
fn only_paths_below_a_server_are_known() {
    let mut catalog = catalog(&["GET /orders"]);
    catalog.servers = vec!["https://shop.example/v1".into(), "https://shop.example/v2/".into()];
    let described = router(&catalog);
    assert_eq!(outcome(&described, &catalog, "GET", "/v1/orders"), "GET /orders");
    assert_eq!(outcome(&described, &catalog, "GET", "/v2/orders"), "GET /orders");
    assert_eq!(outcome(&described, &catalog, "GET", "/orders"), "404 operation-unknown");
    assert_eq!(outcome(&described, &catalog, "GET", "/v1orders"), "404 operation-unknown");
    let route = Route { base_path: Some(String::new()), ..Route::default() };
    let set = Router::new(&catalog, &route, &[]).unwrap();
    assert_eq!(outcome(&set, &catalog, "GET", "/orders"), "GET /orders");
    let route = Route { base_path: Some("/v1/".into()), ..Route::default() };
    assert!(Router::new(&catalog, &route, &[]).is_err());
}

#[test]
fn settings_say_what_becomes_of_the_unknown_and_of_options() {
    let catalog = catalog(&["GET /orders", "POST /orders"]);
    let with = |unknown, options| {
        Router::new(&catalog, &Route { unknown, options, ..Route::default() }, &[]).unwrap()
    };
    let shadow = with(Unknown::Shadow, Options::Refuse);
    assert_eq!(outcome(&shadow, &catalog, "GET", "/other"), "shadow");
    assert_eq!(outcome(&shadow, &catalog, "PUT", "/orders"), "shadow");
    let answer = with(Unknown::Refuse, Options::Answer);
    let allow = "GET, HEAD, OPTIONS, POST";
    let options = |router| outcome(router, &catalog, "OPTIONS", "/orders");
    assert_eq!(options(&answer), format!("options false {allow}"));
    assert_eq!(options(&with(Unknown::Refuse, Options::Forward)), format!("options true {allow}"));
    assert_eq!(outcome(&answer, &catalog, "OPTIONS", "/other"), "404 operation-unknown");
}

#[test]
fn what_is_not_said_to_be_open_is_not_public() {
    let mut catalog = catalog(&["GET /a", "GET /b", "GET /c", "POST /login"]);
    catalog.operations[1].security = Security::Open;
    catalog.operations[2].security = Security::Required(Vec::new());
    let route = Route { public: vec!["POST /login".into()], ..Route::default() };
    let router = Router::new(&catalog, &route, &[]).unwrap();
    let public: Vec<_> = (0..4).map(|at| router.rules(at).unwrap().public).collect();
    assert_eq!(public, [false, true, false, true]);
}

#[test]
fn later_settings_of_an_operation_count_one_by_one() {
    let catalog = catalog(&["GET /a", "GET /admin/{x}", "POST /admin"]);
    let settings =
        |matches: &str| Settings { matches: vec![matches.into()], ..Settings::default() };
    let all = Settings { body_bytes_max: Some(9), public: Some(true), ..settings("**") };
    let admin = Settings {
        public: Some(false),
        learn: Some(vec!["validate".into()]),
        ..settings("* /admin/**")
    };
    let router = Router::new(&catalog, &Route::default(), &[all, admin]).unwrap();
    let rules = router.rules(1).unwrap();
    assert_eq!((rules.public, rules.body_bytes_max), (false, Some(9)));
    assert_eq!(rules.learn, ["validate"]);
    assert!(router.rules(2).unwrap().public);
    let wrong = [
        settings("GET /adnim"),
        Settings { learn: Some(vec!["validat".into()]), ..settings("**") },
    ];
    let errors = Router::new(&catalog, &Route::default(), &wrong).unwrap_err();
    let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(errors[0], "`GET /adnim` names no operation of the description");
    assert!(errors[1].starts_with("`validat` is no policy that can learn"));
}

#[test]
fn deprecated_operations_say_so_where_that_is_wanted() {
    let mut catalog = catalog(&["GET /old"]);
    catalog.operations[0].deprecated = true;
    catalog.operations[0].sunset = Some("2027-01-31".into());
    let silent = router(&catalog);
    assert!(silent.rules(0).unwrap().announced.is_empty());
    let route = Route { announce_deprecation: true, ..Route::default() };
    let router = Router::new(&catalog, &route, &[]).unwrap();
    let announced = &router.rules(0).unwrap().announced;
    assert_eq!(announced[1], ("sunset", "Sun, 31 Jan 2027 00:00:00 GMT".to_owned()));
}

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ab]{1,2}",
        3 => "\\{[xy]\\}",
        1 => "a\\{x\\}",
        1 => "\\{x\\}b",
        1 => "\\{x\\}-\\{y\\}",
        1 => "\\{x\\}\\{y\\}",
    ]
}

fn template() -> impl Strategy<Value = String> {
    proptest::collection::vec(segment(), 1..4).prop_map(|parts| format!("/{}", parts.join("/")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_tree_finds_what_the_catalogue_finds(
        templates in proptest::collection::vec((template(), any::<bool>()), 1..12),
        path in proptest::collection::vec("[ab-]{0,3}", 1..4),
        post in any::<bool>(),
    ) {
        let method = |post| if post { Method::Post } else { Method::Get };
        let operations = templates.iter().map(|(path, post)| {
            Operation::discovered(method(*post), path.clone())
        });
        let catalog = Catalog { operations: operations.collect(), ..Catalog::empty() };
        let router = router(&catalog);
        let path = format!("/{}", path.join("/"));
        let method = method(post);
        let slow = catalog.find(&method, &path).map(ptr::from_ref::<Operation>);
        let fast = match router.route(method.name(), &path) {
            Ok(Routed::Described(found)) => Some(&catalog.operations[found.operation]),
            _ => None,
        };
        prop_assert_eq!(fast.map(ptr::from_ref::<Operation>), slow);
        // The values put in the places of the parameters give the path again.
        if let Ok(Routed::Described(found)) = router.route(method.name(), &path) {
            let mut filled = String::new();
            let mut values = found.parameters.iter();
            for piece in avouch_catalog::template::pieces(&catalog.operations[found.operation].path) {
                match piece {
                    avouch_catalog::template::Piece::Literal(text) => filled.push_str(text),
                    avouch_catalog::template::Piece::Parameter(_) => {
                        filled.push_str(&values.next().unwrap().1);
                    }
                }
            }
            prop_assert_eq!(filled, path);
        }
    }
}
