//! What redaction takes and, as important, what it leaves.

use super::Redactor;
use avouch_model::data_class::DataClass;
use avouch_model::placeholder::Placeholder;
use avouch_model::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

const JSON: &str = "application/json";
const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

fn redactor() -> Redactor {
    Redactor::new([7; 32])
}

/// The classes and details found in a body.
fn seen(media_type: &str, text: &str) -> Vec<(DataClass, String)> {
    let redacted = redactor().body(media_type, text);
    Placeholder::find_all(&redacted).into_iter().map(|p| (p.class, p.detail)).collect()
}

fn check(text: &str, class: DataClass, detail: &str) {
    assert_eq!(seen(JSON, text), [(class, detail.to_owned())], "{text}");
}

#[test]
fn each_class_is_found_by_form_or_key() {
    use DataClass as C;
    let bcrypt = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";
    for (text, class, detail) in [
        (r#"{"a":"Mail ada@lovelace.org now"}"#, C::Email, ""),
        (r#"{"a":"ada@example.com"}"#, C::Email, "example"),
        (r#"{"a":"call +49 30 1234567 x"}"#, C::Phone, ""),
        (r#"{"phone":"(415) 555-2671"}"#, C::Phone, ""),
        (r#"{"phone":4155552671}"#, C::Phone, ""),
        (r#"{"a":"4539 5787 6362 1486"}"#, C::PaymentCard, ""),
        (r#"{"cardNumber":4242424242424242}"#, C::PaymentCard, "test"),
        (r#"{"a":"GB82 WEST 1234 5698 7654 32"}"#, C::Iban, ""),
        (r#"{"a":"536-90-4399"}"#, C::NationalId, "us-ssn"),
        (r#"{"ssn":536904399}"#, C::NationalId, "us-ssn"),
        (r#"{"dob":"1984-06-02"}"#, C::BirthDate, ""),
        (r#"{"password":"hunter2"}"#, C::Password, ""),
        (r#"{"pin":"4711"}"#, C::Password, ""),
        (r#"{"passwords":["hunter2"]}"#, C::Password, ""),
        (r#"{"session_id":"0f8fad5b-d9cb-469f-a165-70867728950e"}"#, C::SessionToken, ""),
        (r#"{"client_secret":"f00dbabe1234"}"#, C::ApiSecret, ""),
        (r#"{"a":"postgres://app:s3cret@db.internal:5432/app"}"#, C::ConnectionString, "postgres"),
        (r#"{"a":"Server=db;Database=x;Password=s3cret;"}"#, C::ConnectionString, "ado"),
        (
            r#"{"a":"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"}"#,
            C::PrivateKey,
            "rsa",
        ),
        (r#"{"a":"AKIAIOSFODNN7EXAMPLE"}"#, C::ProviderKey, "aws"),
        (r#"{"a":"sk_live_4eC39HqLyjWDarjtT1zdp7dc"}"#, C::ProviderKey, "stripe"),
    ] {
        check(text, class, detail);
    }
    check(&format!(r#"{{"password":"{bcrypt}"}}"#), C::PasswordHash, "bcrypt");
    check(&format!(r#"{{"access_token":"{TOKEN}"}}"#), C::Jwt, "hs256");
    check(&format!(r#"{{"a":"{TOKEN}"}}"#), C::Jwt, "hs256");
}

#[test]
fn what_is_not_sensitive_is_left_to_the_byte() {
    for text in [
        r#"{"id":"0f8fad5b-d9cb-469f-a165-70867728950e","n":4539578763621486,"f":1.50}"#,
        r#"{"orderId":"4539578763621486","created":"2026-01-02T03:04:05+00:00"}"#,
        r#"{"etag":"d41d8cd98f00b204e9800998ecf8427e","sha":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}"#,
        r#"{"password":["This field is required."],"errors":{"password":"is too short"}}"#,
        r#"{"password":"********","token_type":"Bearer","nextPageToken":"abcdef0123456789abcdef"}"#,
        r#"{"publishableKey":"pk_live_51H8abcdefABCDEF0123","icon":"logo@2x.png"}"#,
        r#"{"hasPassword":true,"pin":null,"phone":"","session":"morning session"}"#,
        "{\n    \"version\": \"1.2.3\",\r\n\t\"ts\": 1767225600000, \"a\": \"\\u0041\\/\"\n}\n",
        r#"{"pin":"blue dress","lastSession":"2026-01-02T03:04:05Z","auth":"bearer","sin":"0.841470"}"#,
        r#"{"dsn":"postgres://app:****@db/app","href":"https://a.test:8443/x@y"}"#,
    ] {
        assert_eq!(redactor().body(JSON, text), text);
    }
}

#[test]
fn what_documentation_writes_is_no_connection_string() {
    let help = "mailtos://user:pass@mail.domain.com?to=you, or http://username:password@proxy";
    let classes = seen("text/plain", help).into_iter().map(|(class, _)| class);
    assert!(classes.into_iter().all(|class| class != DataClass::ConnectionString));
    let real = seen("text/plain", "postgres://postgres:password@db/app");
    assert_eq!(real, [(DataClass::ConnectionString, "postgres".to_owned())]);
}

#[test]
fn text_forms_and_xml_are_read_by_key_too() {
    assert_eq!(
        seen("text/plain", "A=1\nDB_PASSWORD=hunter2\n"),
        [(DataClass::Password, String::new())]
    );
    assert_eq!(
        seen("application/x-www-form-urlencoded", "user=ada%40lovelace.org&password=a%26b&x=1"),
        [(DataClass::Email, String::new()), (DataClass::Password, String::new())]
    );
    assert_eq!(seen("text/xml", "<u><password>hunter2</password></u>").len(), 1);
    assert_eq!(
        seen("text/html", r#"<script>var apiKey = "f00dbabe1234f00dbabe";</script>"#).len(),
        1
    );
    for plain in [
        "<label>Password: required</label> <input name=password>",
        "password = document.getElementById('password')",
        "Your session: morning; token: see below",
    ] {
        assert_eq!(redactor().body("text/html", plain), plain);
    }
}

#[test]
fn keys_in_addresses_within_a_sentence_are_found() {
    let text =
        r#"{"error":"GET https://api.skies.net/v3?q=oslo&api_key=9fK2mQ7xTz41LbVw83Rd: 503"}"#;
    let redacted = redactor().body(JSON, text);
    assert_eq!(seen(JSON, text), [(DataClass::ApiSecret, String::new())]);
    assert!(redacted.contains("q=oslo&api_key=‹") && redacted.contains("›: 503"), "{redacted}");
}

#[test]
fn own_credentials_are_found_in_every_spelling() {
    let redactor = redactor();
    let own = "s3cr3t/\"töken\"+value";
    redactor.know(&Secret::new(own), "Identity A");
    let encoded = super::spelling::percent_encoded(own);
    for text in [
        own.to_owned(),
        encoded.clone(),
        format!("x{encoded}y"),
        format!("Basic {}", STANDARD.encode(own)),
        STANDARD.encode(format!("user:{own}!")),
        super::spelling::json_escaped(own),
    ] {
        let redacted = redactor.text(&text);
        let found = Placeholder::find_all(&redacted);
        assert_eq!(found.len(), 1, "{text} became {redacted}");
        assert!(found.iter().all(|p| p.digest == redactor.digest(own)));
        assert!(found.iter().all(|p| p.detail.starts_with("identity-a")));
    }
    let echoed = serde_json::json!({ "echo": own }).to_string();
    assert!(redactor.body(JSON, &echoed).contains("own-credential"));
    assert!(redactor.url(&format!("http://a/?q={encoded}")).contains("own-credential"));
}

#[test]
fn a_short_own_credential_leaves_words_alone() {
    let redactor = redactor();
    redactor.know(&Secret::new("abc"), "a");
    redactor.know(&Secret::new(""), "a");
    assert_eq!(redactor.text("abcdef abc"), "abcdef abc");
    assert!(redactor.body(JSON, r#"{"x":"abc"}"#).contains("own-credential"));
}

#[test]
fn a_target_cannot_forge_a_placeholder() {
    let redactor = redactor();
    let forged = "‹own-credential:0123456789abcdef:a›";
    for text in
        [format!(r#"{{"a":"{forged}"}}"#), r#"{"a":"\u2039jwt:0123456789abcdef\u203a"}"#.into()]
    {
        assert!(Placeholder::find_all(&redactor.body(JSON, &text)).is_empty(), "{text}");
    }
    assert!(!redactor.header("x-a", forged).contains('‹'));
    assert_eq!(redactor.url("/%E2%80%B9jwt:0%e2%80%ba"), "/%3Cjwt:0%3E");
    assert_eq!(redactor.resolve(forged), forged);
}

#[test]
fn headers_show_everything_but_the_credential() {
    let redactor = redactor();
    let check = |name: &str, value: &str, start: &str, class: DataClass| {
        let redacted = redactor.header(name, value);
        assert!(redacted.starts_with(&format!("{start}‹{class}:")), "{name}: {redacted}");
        redacted
    };
    check("Authorization", &format!("Bearer {TOKEN}"), "Bearer ", DataClass::Jwt);
    check("authorization", "Bearer opaque", "Bearer ", DataClass::SessionToken);
    check("authorization", "Basic dTpw", "Basic ", DataClass::Password);
    check("authorization", "bare-secret", "", DataClass::ApiSecret);
    check("x-api-key", "f00dbabe1234", "", DataClass::ApiSecret);
    check(
        "cookie",
        "theme=dark; sid=abcdef0123456789",
        "theme=dark; sid=",
        DataClass::SessionToken,
    );
    let set = check(
        "set-cookie",
        "sid=abcdef0123456789; Path=/; HttpOnly; SameSite=Lax",
        "sid=",
        DataClass::SessionToken,
    );
    assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{set}");
    for (name, value) in [
        ("etag", "\"4539578763621486\""),
        ("server", "nginx/1.25.3"),
        ("set-cookie", "sid=; Max-Age=0"),
        ("location", "/login?next=%2Fa"),
        ("www-authenticate", "Bearer realm=\"x\""),
    ] {
        assert_eq!(redactor.header(name, value), value, "{name}");
    }
}

#[test]
fn values_are_given_back_in_the_spelling_of_their_place() {
    let redactor = redactor();
    let value = "a\"b@lovelace.org";
    let shown = redactor.placeholder(DataClass::Email, value, "");
    assert_eq!(redactor.resolve(&format!("<{shown}>")), format!("<{value}>"));
    assert_eq!(redactor.resolve_json(&shown), "a\\\"b@lovelace.org");
    assert_eq!(redactor.resolve_url(&format!("/u/{shown}?x")), "/u/a%22b%40lovelace.org?x");
    let url = url::Url::parse(&format!("http://h/{shown}")).expect("a url");
    assert_eq!(redactor.resolve_url(url.path()), "/a%22b%40lovelace.org");
}

#[test]
fn keys_and_addresses_are_looked_at() {
    let redactor = redactor();
    assert!(redactor.body(JSON, r#"{"ada@lovelace.org":1}"#).contains("{\"‹email:"));
    let url = redactor.url("https://h/u/ada%40lovelace.org?access_token=f00dbabe12345678&p=2#x");
    assert!(url.starts_with("https://h/u/‹email:") && url.ends_with("&p=2#x"), "{url}");
    assert!(url.contains("access_token=‹session-token:"), "{url}");
}

#[test]
fn secrets_in_addresses_that_are_values_are_found() {
    let text = r#"{"next":"https://h/cb?access_token=f00dbabe12345678&p=2"}"#;
    check(text, DataClass::SessionToken, "");
    let redactor = redactor();
    let url = redactor.url("/cb?next=a%26b%3Dada%40lovelace.org%2Fx&p=2");
    assert!(url.starts_with("/cb?next=a%26b%3D‹email:") && url.ends_with("›%2Fx&p=2"), "{url}");
}

#[test]
fn a_cut_body_is_redacted_as_far_as_it_goes() {
    let redacted =
        redactor().body(JSON, r#"[{"password":"hunter2","mail":"ada@lovelace.org","x":"a@b.or"#);
    assert!(!redacted.contains("hunter2") && !redacted.contains("lovelace"), "{redacted}");
}

/// Texts in which something is likely to be found.
fn rich() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[a-z@.:/=‹›\"\\\\{}\\[\\],0-9+ -]{0,30}",
        Just("ada@lovelace.org".to_owned()),
        Just("+49301234567".to_owned()),
        Just("4539578763621486".to_owned()),
        Just("own-credential-1".to_owned()),
        Just(TOKEN.to_owned()),
        Just("\"password\":\"hunter2\",".to_owned()),
        Just("api_key=f00dbabe1234f00dbabe".to_owned()),
        Just("redis://:pw@h:1/".to_owned()),
        Just("https://h/?a=b&access_token=f00dbabe12345678&x=".to_owned()),
        Just("x%26password%3Dhunter2%2F".to_owned()),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_value_behind_what_only_looks_like_one_is_found_at_once() {
    let redactor = redactor();
    let text = format!("{TOKEN}redis://:pw@h:1/redis://:pw@h:1/");
    let once = redactor.body("text/plain", &text);
    assert_eq!(redactor.body("text/plain", &once), once);
}

proptest! {
    #[test]
    fn redacting_twice_changes_nothing_more(text in rich(), kind in 0_usize..4) {
        let redactor = redactor();
        redactor.know(&Secret::new("own-credential-1"), "a");
        let media_type = ["application/json", "text/plain", "text/html", "application/x-www-form-urlencoded"][kind];
        let once = redactor.body(media_type, &text);
        prop_assert_eq!(redactor.body(media_type, &once), once);
        let url = redactor.url(&text);
        prop_assert_eq!(redactor.url(&url), url);
        for name in ["cookie", "authorization", "set-cookie", "x-api-key", "etag"] {
            let value = redactor.header(name, &text);
            prop_assert_eq!(redactor.header(name, &value), value);
        }
    }

    #[test]
    fn a_json_value_comes_back_as_it_was(texts in prop::collection::vec(rich(), 0..4)) {
        let redactor = redactor();
        let clean: Vec<String> = texts.iter().map(|t| t.replace(['‹', '›'], "")).collect();
        let original = serde_json::json!({ "mail": clean, "password": clean.first() });
        let redacted = redactor.body(JSON, &original.to_string());
        let back: serde_json::Value = serde_json::from_str(&redactor.resolve_json(&redacted)).expect("still JSON");
        prop_assert_eq!(back, original);
    }

    #[test]
    fn equal_values_have_equal_placeholders(value in "[a-z]{3,12}[0-9]{3,6}") {
        let redactor = redactor();
        let text = serde_json::json!([{ "password": value }, { "b": { "password": value } }]).to_string();
        let found = Placeholder::find_all(&redactor.body(JSON, &text));
        prop_assert_eq!(found.len(), 2);
        prop_assert_eq!(found.first(), found.last());
    }
}

#[test]
fn an_own_credential_that_is_a_number_is_found_as_a_number() {
    let redactor = redactor();
    redactor.know(&Secret::new("48151623"), "a");
    redactor.know(&Secret::new("12"), "b");
    let redacted = redactor.body(JSON, r#"{"n":48151623,"m":12,"x":"12"}"#);
    assert!(redacted.starts_with(r#"{"n":"‹own-credential:"#), "{redacted}");
    assert!(redacted.contains(r#""m":12,"x":"‹own-credential:"#), "{redacted}");
}
