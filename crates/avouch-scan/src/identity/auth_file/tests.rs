use super::*;
use proptest::prelude::*;

const TWO: &str = r#"
auth:
  - name: foo
    loginEndpointAuth:
      payloadRaw: "{\"username\": \"foo\", \"password\": \"123\"}"
  - name: bar
    loginEndpointAuth:
      payloadUserPwd:
        username: bar
        password: "45\"6"
        usernameField: login name
        passwordField: password
  - name: the admin
    fixedHeaders:
      - name: X-Key
        value: k-889
      - name: Authorization
        value: Bearer t-123
authTemplate:
  loginEndpointAuth:
    endpoint: /login
    verb: POST
    contentType: application/json
    expectCookies: true
configs: {}
"#;

fn login(spec: &IdentitySpec) -> &LoginSpec {
    let CredentialSource::Login(login) = &spec.source else { panic!("{spec:?}") };
    login
}

#[test]
fn users_and_their_template_become_identities() {
    let text = TWO.replace("authTemplate:", "xTemplate:");
    assert!(read(text.as_bytes()).is_err());
    // The administrator's headers are fixed; a template with a login would give it one.
    let mut users = read(TWO.replace("  - name: the admin", "  - name: c").as_bytes()).unwrap();
    assert_eq!(users.len(), 2);
    let bar = users.pop().unwrap();
    let foo = users.pop().unwrap();
    assert_eq!((foo.who, foo.label.as_str()), (Who::A, "foo"));
    assert_eq!(login(&foo).take, Take::Cookies);
    assert_eq!(login(&foo).payload.as_ref().unwrap().danger_reveal().len(), 38);
    assert_eq!(bar.who, Who::B);
    assert_eq!(login(&bar).body, r#"{"login name":"{user}","password":"{password}"}"#);
    assert_eq!(login(&bar).values["password"].danger_reveal(), "45\"6");
    assert_eq!(login(&bar).target, "/login");
    assert!(!format!("{foo:?}{bar:?}").contains("123"));
}

#[test]
fn fixed_headers_are_a_credential_and_what_travels_besides() {
    let text = "auth:\n  - name: admin\n    fixedHeaders:\n      - {name: X-Key, value: k-889}\n      \
                - {name: Authorization, value: Bearer t-123}\n";
    let users = read(text.as_bytes()).unwrap();
    assert_eq!(users[0].who, Who::High);
    let bearer = Carrier::Header { name: "Authorization".into(), prefix: "Bearer ".into() };
    assert_eq!(users[0].carrier, Some(bearer));
    let CredentialSource::Fixed(token) = &users[0].source else { panic!() };
    assert_eq!(token.danger_reveal(), "t-123");
    assert_eq!(users[0].also[0].1.danger_reveal(), "k-889");
}

#[test]
fn both_spellings_of_a_token_are_read() {
    let with = |token: &str| {
        let text = format!(
            r#"{{"auth": [{{"name": "b", "loginEndpointAuth": {{"endpoint": "in", "verb": "POST",
            "token": {token}}}}}]}}"#
        );
        read(text.as_bytes()).map(|mut users| users.remove(0))
    };
    let new = r#"{"extractFrom": "body", "extractSelector": "/t", "sendIn": "header",
        "sendName": "Authorization", "sendTemplate": "JWT {token}"}"#;
    let old = r#"{"extractFromField": "/t", "httpHeaderName": "Authorization",
        "headerPrefix": "JWT "}"#;
    for spelling in [new, old] {
        let user = with(spelling).unwrap();
        assert_eq!(user.who, Who::B);
        assert_eq!(login(&user).target, "/in");
        assert_eq!(login(&user).take, Take::Pointer("/t".into()));
        let carrier = Carrier::Header { name: "Authorization".into(), prefix: "JWT ".into() };
        assert_eq!(user.carrier, Some(carrier));
    }
    let query = r#"{"extractFrom": "header", "extractSelector": "X-T", "sendIn": "query",
        "sendName": "key"}"#;
    let user = with(query).unwrap();
    assert_eq!(login(&user).take, Take::Header("X-T".into()));
    assert_eq!(user.carrier, Some(Carrier::Query("key".into())));
    assert!(with("{}").unwrap_err().to_string().contains("extractSelector"));
}

#[test]
fn a_mistake_names_its_line_and_no_value() {
    let says = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
    let wrong = TWO.replace("usernameField", "userField");
    assert!(says(&wrong).starts_with("line 11:"), "{}", says(&wrong));
    let number = TWO.replace("\"45\\\"6\"", "456");
    assert!(
        says(&number).contains("quotes") && !says(&number).contains("456"),
        "{}",
        says(&number)
    );
    assert!(says("auth: []").contains("no user"));
    assert!(says("auth: {").contains("neither JSON nor YAML"));
    assert!(says("auth:\n  - name: a\n").starts_with("line 2"), "{}", says("auth:\n  - name: a\n"));
    let created = "auth:\n  - name: a\n    createUsers: {verb: POST}\n";
    assert!(says(created).starts_with("line 3"), "{}", says(created));
    let split = "auth:\n  - name: a\n    fixedHeaders:\n      - {name: \"X: y\", value: z}\n";
    assert!(says(split).contains("no header"));
}

#[test]
fn names_decide_who_is_who() {
    let cast = |names: &[&str]| cast(names.iter().copied());
    assert_eq!(cast(&["Admin", "joe", "ann", "eve"]), [(1, Who::A), (2, Who::B), (0, Who::High)]);
    assert_eq!(cast(&["high", "b", "x"]), [(2, Who::A), (1, Who::B), (0, Who::High)]);
    assert_eq!(cast(&["admin", "root"]), [(0, Who::High)]);
}

proptest! {
    #[test]
    fn no_file_panics(text in "(auth|name|fixedHeaders|token|[-:{}\\[\\]\", \n]|[a-z]){0,60}") {
        let _ = read(text.as_bytes());
    }
}
