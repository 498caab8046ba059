//! Frames of stack traces, by the grammar each language writes them in.
//!
//! A frame names a place in code: a file with a line, or a method of a class. One alone may be a
//! sentence; two different ones of the same language are a trace.

use regex::{Regex, RegexBuilder};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// LIMIT: characters of an answer that are searched.
const SEARCHED_MAX: usize = 200_000;
/// LIMIT: frames of one answer that are kept.
const FRAMES_MAX: usize = 200;

/// Languages and how a frame is written. Text may be escaped for JSON or HTML: quotes are optional
/// and may be entities.
const GRAMMARS: [(&str, &str); 9] = [
    (
        "Python",
        r#"File (?:\\?"|&quot;|&#34;|&#x27;)?[^"\s<>&\\]{1,300}(?:\\?"|&quot;|&#34;|&#x27;)?, line [0-9]+, in [A-Za-z_<&][0-9A-Za-z_<>&;.]*"#,
    ),
    (
        "Java",
        r"(?-u:\b)at (?:[a-z][0-9A-Za-z_.$]*/)?(?:[0-9A-Za-z_$]+\.){2,20}[0-9A-Za-z_$<>&;]+\((?:[0-9A-Za-z_$]+\.(?:java|kt|scala|groovy):[0-9]+|Native Method|Unknown Source)\)",
    ),
    (
        "Node.js",
        r"(?-u:\b)at (?:async )?(?:[0-9A-Za-z_$.<>&; \[\]]{1,160} \()?(?:file://|node:|/|[A-Za-z]:\\{1,2})[^\s():]{1,300}:[0-9]+:[0-9]+\)?",
    ),
    (
        ".NET",
        r"(?-u:\b)at [A-Z][0-9A-Za-z_.`&;<>+\[\]]{2,200}\([^()\r\n]{0,300}\)(?: in [^\r\n]{1,300}?:line [0-9]+|(?:\\r)?(?:\\n|\r?\n)\s*at [A-Z])",
    ),
    ("Go", r"(?:/|[A-Za-z]:\\{1,2})[^\s:]{1,300}\.go:[0-9]+ \+0x[0-9a-f]+"),
    (
        "Ruby",
        r"[0-9A-Za-z_./\-]{1,300}\.(?:rb|erb|rake):[0-9]+:in (?:`|'|&#39;|&#x27;|&#96;|\\u0060)[^\s'&]{1,120}",
    ),
    (
        "PHP",
        r"#[0-9]{1,3} (?:\\?/|[A-Za-z]:\\{1,2})[^\s()]{1,300}\.php\([0-9]+\): [0-9A-Za-z_\\:>&;{}\-]+",
    ),
    ("Rust", r"(?-u:\b)at (?:\./|/)[^\s:]{1,300}\.rs:[0-9]+(?::[0-9]+)?"),
    // Without debug information only the functions are named.
    ("Rust", r"(?:^|\\n|\n) {0,5}[0-9]{1,3}: [<A-Za-z_][^\r\n\\]{1,400}::[^\r\n\\]{1,300}"),
];

static COMPILED: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    GRAMMARS.iter().filter_map(|(language, form)| Some((*language, compiled(form)?))).collect()
});

// LIMIT: bytes of one compiled grammar: long repetitions need more than the usual.
const COMPILED_BYTES_MAX: usize = 4 << 20;

fn compiled(form: &str) -> Option<Regex> {
    RegexBuilder::new(form).size_limit(COMPILED_BYTES_MAX).build().ok()
}

/// A stack trace in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The language its frames are written in.
    pub language: &'static str,
    /// Its different frames, in the order of their text.
    pub frames: BTreeSet<String>,
}

/// The trace with the most frames in a text: two different ones or more, none of them in the text
/// it is compared with.
pub fn trace_in(text: &str, usual: &str) -> Option<Trace> {
    let searched: String = text.chars().take(SEARCHED_MAX).collect();
    let traces = COMPILED.iter().map(|(language, form)| {
        let found = form.find_iter(&searched).take(FRAMES_MAX).map(|found| found.as_str());
        let frames = found.filter(|frame| !usual.contains(*frame)).map(str::to_owned).collect();
        Trace { language, frames }
    });
    traces.filter(|trace| trace.frames.len() >= 2).max_by_key(|trace| trace.frames.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grammar_compiles() {
        assert_eq!(COMPILED.len(), GRAMMARS.len());
    }

    #[test]
    fn traces_of_each_language_are_told() {
        for (language, text) in [
            (
                "Python",
                "Traceback (most recent call last):\n  File \"/app/main.py\", line 7, in show\n    x\n  File \"/app/db.py\", line 31, in <module>\nKeyError",
            ),
            (
                "Python",
                r#"{"t":"File \"/app/a.py\", line 7, in show\n  File \"/app/b.py\", line 9, in get"}"#,
            ),
            (
                "Java",
                "\tat com.shop.api.Orders.show(Orders.java:41)\n\tat java.base/java.lang.Thread.run(Thread.java:833)",
            ),
            (
                "Node.js",
                "Error: x\\n    at decode (/srv/app/node_modules/express/lib/router/layer.js:172:12)\\n    at node:internal/process/task_queues:95:5",
            ),
            (
                ".NET",
                "   at Shop.Api.Orders.Show(Int32 id) in /src/Orders.cs:line 12\n   at Shop.Api.Program.<Main>b__0(HttpContext c) in /src/Program.cs:line 9",
            ),
            (
                "Go",
                "main.show(...)\n\t/src/shop/main.go:31 +0x1d\nnet/http.serve()\n\t/usr/lib/go/net/http/server.go:2136 +0x29",
            ),
            ("Ruby", "app/models/order.rb:12:in `find'\nlib/router.rb:7:in `call'"),
            (
                "PHP",
                "#0 /var/www/app/Orders.php(12): Shop\\Orders->show('x')\n#1 /var/www/public/index.php(9): run()",
            ),
            (
                "Rust",
                "stack backtrace:\n   0: shop::orders::show\n   1: <F as web::Handler<T>>::call::{{closure}}\n",
            ),
            (
                "Rust",
                "   3: shop::show\n             at ./src/orders.rs:41:9\n   4: shop::main\n             at ./src/main.rs:7:5",
            ),
        ] {
            let trace = trace_in(text, "").map(|trace| trace.language);
            assert_eq!(trace, Some(language), "{text}");
        }
    }

    #[test]
    fn one_frame_prose_and_what_was_there_before_are_no_trace() {
        for text in [
            "  File \"/app/main.py\", line 7, in show",
            "meet me at noon (room 12:30) or at Orders.show",
            r#"{"error": "invalid JSON at line 3, column 14"}"#,
            "at 10:30:15 and at 11:45:20 the train leaves",
        ] {
            assert_eq!(trace_in(text, ""), None, "{text}");
        }
        let logs = "a.rb:1:in `x'\nb.rb:2:in `y'";
        assert!(trace_in(logs, "").is_some());
        assert_eq!(trace_in(logs, logs), None);
    }
}
