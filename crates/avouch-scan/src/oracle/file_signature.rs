//! Files that every machine of a kind has, known by what stands in them.

use regex::Regex;
use std::sync::LazyLock;

#[expect(clippy::expect_used, reason = "a constant pattern that a test compiles")]
static ACCOUNTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"root:[x*!]?:0:0:[^:\n]{0,80}:/[a-z/]{0,40}:/").expect("constant pattern")
});

/// Beginnings of the same in Base64, as some APIs wrap files.
const IN_BASE64: [(&str, &str); 2] =
    [("cm9vdDp4OjA6MD", "`root:x:0:0` in Base64"), ("OyBmb3IgMTYtYml0", "win.ini in Base64")];

/// What of a system's own file the text holds, for the record.
pub fn system_file(text: &str) -> Option<&'static str> {
    if ACCOUNTS.is_match(text) {
        return Some("the line of `root` as in /etc/passwd");
    }
    if text.contains("; for 16-bit app support") && text.contains("[fonts]") {
        return Some("the sections of win.ini");
    }
    IN_BASE64.iter().find(|(start, _)| text.contains(start)).map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn system_files_are_known_plain_in_json_and_in_base64() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/bin/sh\n";
        assert!(system_file(passwd).is_some());
        assert!(system_file(&serde_json::json!({ "content": passwd }).to_string()).is_some());
        assert!(system_file(&STANDARD.encode(passwd)).is_some());
        let ini = "; for 16-bit app support\r\n[fonts]\r\n[extensions]\r\n";
        assert!(system_file(ini).is_some());
        assert!(system_file(&STANDARD.encode(ini)).is_some());
    }

    #[test]
    fn talk_about_them_is_not_them() {
        assert!(system_file("cannot open /etc/passwd: root:x is not readable").is_none());
        assert!(system_file("[fonts] are listed in win.ini").is_none());
    }
}
