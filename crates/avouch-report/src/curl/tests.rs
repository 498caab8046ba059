//! The command is run by a real shell, with a function in curl's place that shows its arguments.

use super::*;
use avouch_model::exchange::Headers;
use proptest::prelude::*;
use std::process::Command;

const OWN: &str = "‹own-credential:0123456789abcdef›";
const MAIL: &str = "‹email:00000000000000aa›";

fn request(method: &str, url: &str, headers: &[(&str, &str)], body: Option<&str>) -> SentRequest {
    let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    SentRequest {
        method: method.into(),
        url: url.into(),
        headers: Headers(headers),
        body: body.map(Into::into),
        who: Who::B,
        credential_note: None,
    }
}

fn bearer() -> Carrier {
    Carrier::Header { name: "Authorization".into(), prefix: "Bearer ".into() }
}

/// The arguments curl gets when a shell runs the command. They are separated by NUL.
fn arguments(command: &str) -> Vec<String> {
    let script = format!(
        "AVOUCH_TOKEN_B='tok en$HOME'\nEMAIL_1='it'\\''s@x.test'\nset -u\n\
         curl() {{ for a in \"$@\"; do printf '%s\\000' \"$a\"; done; }}\n{command}\n"
    );
    let output = Command::new("sh").arg("-c").arg(script).env_clear().output().unwrap();
    assert!(output.stderr.is_empty(), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_terminator('\0').map(str::to_owned).collect()
}

fn after(arguments: &[String], flag: &str) -> Vec<String> {
    let pairs = arguments.iter().zip(arguments.iter().skip(1));
    pairs.filter(|(name, _)| *name == flag).map(|(_, value)| value.clone()).collect()
}

#[test]
fn a_request_is_sent_again_with_secrets_as_variables() {
    let request = request(
        "PATCH",
        "https://api.test/orders/17?q=a%20b",
        &[("authorization", &format!("Bearer {OWN}")), ("content-type", "application/json")],
        Some(&format!("{{\"mail\":\"{MAIL}\",\"cc\":\"{MAIL}\",\"note\":\"it's $HOME `id`\"}}")),
    );
    let command = command(&request, Some(&bearer()));
    insta::assert_snapshot!(command, @r#"
    # AVOUCH_TOKEN_B: the credential of identity B, without Bearer before it
    # EMAIL_1: the email with digest 00000000000000aa
    curl -sS -i --globoff --path-as-is \
      -X 'PATCH' \
      --url 'https://api.test/orders/17?q=a%20b' \
      -H 'authorization: Bearer '"${AVOUCH_TOKEN_B}" \
      -H 'content-type: application/json' \
      --data-raw '{"mail":"'"${EMAIL_1}"'","cc":"'"${EMAIL_1}"'","note":"it'\''s $HOME `id`"}'
    "#);
    let arguments = arguments(&command);
    assert_eq!(after(&arguments, "-X"), ["PATCH"]);
    assert_eq!(after(&arguments, "--url"), ["https://api.test/orders/17?q=a%20b"]);
    assert_eq!(
        after(&arguments, "-H"),
        ["authorization: Bearer tok en$HOME", "content-type: application/json"]
    );
    assert_eq!(
        after(&arguments, "--data-raw"),
        [r#"{"mail":"it's@x.test","cc":"it's@x.test","note":"it's $HOME `id`"}"#]
    );
}

#[test]
fn what_curl_would_take_for_something_else_is_avoided() {
    let headers = [("x-empty", ""), ("@/etc/passwd", "x"), ("content-length", "3")];
    let command =
        command(&request("HEAD", "https://api.test/[1-9]", &headers, Some("@/etc/passwd")), None);
    let arguments = arguments(&command);
    assert_eq!(after(&arguments, "-H"), ["x-empty;", "Content-Type:"]);
    assert_eq!(after(&arguments, "--data-raw"), ["@/etc/passwd"]);
    assert!(arguments.contains(&"--globoff".to_owned()));
    assert!(command.starts_with("# one header is left out"), "{command}");
}

#[test]
fn a_head_does_not_wait_for_a_body_that_never_comes() {
    let head = |body| arguments(&command(&request("HEAD", "https://api.test/", &[], body), None));
    assert!(head(None).contains(&"--head".to_owned()));
    assert_eq!(after(&head(Some("x")), "-X"), ["HEAD"]);
    assert_eq!(after(&head(Some("x")), "--max-time"), ["10"]);
}

#[test]
fn a_changed_credential_is_said_and_cannot_break_out_of_its_comment() {
    let mut request = request("GET", "https://api.test/", &[], None);
    request.credential_note = Some("alg none\n$(touch /tmp/x)'".into());
    let command = command(&request, None);
    assert!(
        command.contains("# the credential was changed before it was sent: alg none??"),
        "{command}"
    );
    assert_eq!(after(&arguments(&command), "--url"), ["https://api.test/"]);
}

#[test]
fn the_credential_of_someone_else_is_not_taken_for_ones_own() {
    let other = "‹own-credential:fedcba9876543210›";
    let headers = [("x-first", other), ("authorization", OWN)];
    let command = command(&request("GET", "https://api.test/", &headers, None), Some(&bearer()));
    assert!(command.contains("'authorization: '\"${AVOUCH_TOKEN_B}\""), "{command}");
    assert!(command.contains("'x-first: '\"${OTHER_CREDENTIAL_1}\""), "{command}");
}

#[test]
fn the_true_credential_does_not_stand_where_a_changed_one_was_sent() {
    let headers = [("authorization", "Bearer ‹jwt:00000000000000bb›")];
    let mut request = request("GET", "https://api.test/", &headers, None);
    request.credential_note = Some("alg none".into());
    let command = command(&request, Some(&bearer()));
    assert!(command.contains("'authorization: Bearer '\"${AVOUCH_CHANGED_TOKEN_B}\""), "{command}");
    assert!(!command.contains("AVOUCH_TOKEN_B"), "{command}");
}

#[test]
fn a_credential_is_found_where_its_carrier_says() {
    let other = "‹own-credential:fedcba9876543210›";
    let url = format!("https://api.test/?first={other}&key={OWN}");
    let cookie = format!("sid={OWN}; lang=en");
    let request = request("GET", &url, &[("x-first", other), ("cookie", &cookie)], None);
    for carrier in [Carrier::Query("key".into()), Carrier::Cookie("sid".into())] {
        let command = command(&request, Some(&carrier));
        assert!(command.contains("&key='\"${AVOUCH_TOKEN_B}\""), "{carrier:?}: {command}");
        assert!(command.contains("'cookie: sid='\"${AVOUCH_TOKEN_B}\"'; lang=en'"), "{command}");
    }
}

#[test]
fn a_text_that_only_looks_like_a_placeholder_stays_text() {
    let arguments =
        arguments(&command(&request("GET", "https://api.test/‹email:x›‹", &[], None), None));
    assert_eq!(after(&arguments, "--url"), ["https://api.test/‹email:x›‹"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_shell_passes_on_any_text_as_it_was(text in "[^\0]{0,24}", tail in "['\"$`\\\\!\n\r\t\u{1b} a]{0,12}") {
        let text = format!("x{text}{tail}");
        let command = command(&request("POST", &text, &[("x-any", &text)], Some(&text)), None);
        prop_assert!(!command.chars().any(|c| c != '\n' && crate::text::acts(c)));
        let arguments = arguments(&command);
        prop_assert_eq!(after(&arguments, "--data-raw"), [text.clone()]);
        prop_assert_eq!(after(&arguments, "--url"), [text.clone()]);
        prop_assert_eq!(after(&arguments, "-H").first().cloned(), Some(format!("x-any: {text}")));
    }
}
