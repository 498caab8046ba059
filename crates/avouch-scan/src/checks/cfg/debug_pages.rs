//! Pages and endpoints made for the people who run a service, and how each is known.

use super::exposed::{Exposed, holds_secret};
use avouch_model::exchange::Answer;
use avouch_model::severity::Severity;
use serde_json::Value;

/// What is looked for, those that show most first. Nothing here changes anything or costs the target
/// more than a page.
pub(super) const LIST: &[Exposed] = &[
    below("/actuator/env", "the environment of a Spring application", spring_env),
    below("/actuator/configprops", "the settings of a Spring application", spring_beans),
    below("/actuator/mappings", "the routes of a Spring application", spring_beans),
    below("/actuator/httpexchanges", "requests of other callers", spring_exchanges),
    below("/actuator/httptrace", "requests of other callers", spring_exchanges),
    below("/actuator/threaddump", "the threads of the application", thread_dump),
    below("/actuator", "the list of a Spring application's endpoints", actuator_index),
    below("/actuator/prometheus", "the metrics of the application", metrics),
    below("/actuator/health", "a statement that the application is well", health),
    at("/env", "the environment of the application", any_env),
    below("/debug", "the environment of the application", any_env),
    at("/debug/env", "the environment of the application", any_env),
    below("/metrics", "the metrics of the application", metrics),
    at("/debug/pprof/", "profiles of a Go application", pprof),
    at("/debug/vars", "the variables of a Go application", expvar),
    at("/phpinfo.php", "the settings of PHP", php_info),
    at("/info.php", "the settings of PHP", php_info),
    at("/_profiler/", "the profiler of Symfony", symfony),
    at("/telescope/requests", "the request log of Laravel", telescope),
    at("/_ignition/health-check", "the debugger of Laravel", ignition),
    at("/console", "an interactive console", console),
    at("/rails/info/properties", "the properties of a Rails application", rails),
    at("/server-status", "the requests Apache is serving", apache_status),
    at("/nginx_status", "the connections nginx is serving", nginx_status),
    at("/jolokia/version", "the management interface of Java", jolokia),
    at("/h2-console/", "the console of a database", h2_console),
    at("/elmah.axd", "the error log of ASP.NET", elmah),
    at("/trace.axd", "the request trace of ASP.NET", asp_trace),
];

const fn at(path: &'static str, what: &'static str, judge: super::exposed::Judge) -> Exposed {
    Exposed { path, what, judge, below_base: false }
}

const fn below(path: &'static str, what: &'static str, judge: super::exposed::Judge) -> Exposed {
    Exposed { path, what, judge, below_base: true }
}

/// The severity when all texts are in the body.
fn when_all(answer: &Answer, texts: &[&str], severity: Severity) -> Option<Severity> {
    texts.iter().all(|text| answer.body.contains(text)).then_some(severity)
}

fn has_list(json: &Value, name: &str) -> bool {
    json.get(name).and_then(Value::as_array).is_some_and(|items| !items.is_empty())
}

/// High with a secret in clear, which capture has replaced; masked values are worth less.
fn environment(answer: &Answer) -> Severity {
    if holds_secret(&answer.body) { Severity::High } else { Severity::Medium }
}

fn spring_env(answer: &Answer) -> Option<Severity> {
    let json = answer.json()?;
    has_list(&json, "propertySources").then(|| environment(answer))
}

/// A JSON object of environment variables, at the top or one level down; or Spring Boot 1.
fn any_env(answer: &Answer) -> Option<Severity> {
    let json = answer.json()?;
    let is_env = |value: &Value| {
        value.get("PATH").and_then(Value::as_str).is_some_and(|path| path.contains('/'))
            && ["HOME", "HOSTNAME", "PWD", "USER", "LANG"].iter().any(|k| value.get(k).is_some())
    };
    let members = json.as_object()?;
    let spring = members.contains_key("systemProperties") && members.contains_key("profiles");
    (spring || is_env(&json) || members.values().any(is_env)).then(|| environment(answer))
}

fn spring_beans(answer: &Answer) -> Option<Severity> {
    let json = answer.json()?;
    let contexts = json.get("contexts")?.as_object()?;
    let spring = contexts
        .values()
        .any(|context| context.get("beans").is_some() || context.get("mappings").is_some());
    spring.then(|| environment(answer))
}

fn spring_exchanges(answer: &Answer) -> Option<Severity> {
    let json = answer.json()?;
    let list = json.get("exchanges").or_else(|| json.get("traces"))?.as_array()?;
    list.iter().any(|entry| entry.get("request").is_some()).then_some(Severity::High)
}

fn thread_dump(answer: &Answer) -> Option<Severity> {
    let json = answer.json()?;
    let threads = json.get("threads")?.as_array()?;
    threads.iter().any(|thread| thread.get("threadName").is_some()).then_some(Severity::Medium)
}

/// The list names what is exposed. A dump of memory is believed by its name: asking for one makes
/// the application stop and write it.
fn actuator_index(answer: &Answer) -> Option<Severity> {
    let json = answer.json()?;
    let links = json.get("_links")?.as_object()?;
    if !links.get("self")?.get("href")?.as_str()?.contains("actuator") {
        return None;
    }
    let harmless = ["self", "health", "health-path", "info"];
    let grave = ["heapdump", "shutdown", "env", "logfile", "jolokia"];
    let names = |list: &[&str]| links.keys().any(|name| list.contains(&name.as_str()));
    let others = links.keys().any(|name| !harmless.contains(&name.as_str()));
    Some(match (names(&grave), others) {
        (true, _) => Severity::Medium,
        (false, true) => Severity::Low,
        (false, false) => Severity::Info,
    })
}

fn health(answer: &Answer) -> Option<Severity> {
    let json = answer.json()?;
    let status = json.get("status")?.as_str()?;
    ["UP", "DOWN", "OUT_OF_SERVICE"].contains(&status).then_some(Severity::Info)
}

/// The text format of Prometheus: a `# TYPE` line and a sample of that name.
fn metrics(answer: &Answer) -> Option<Severity> {
    let kinds = ["counter", "gauge", "histogram", "summary", "untyped", "unknown"];
    let mut named = answer.body.lines().filter_map(|line| {
        let mut words = line.strip_prefix("# TYPE ")?.split_whitespace();
        let name = words.next()?;
        words.next().filter(|kind| kinds.contains(kind)).map(|_| name)
    });
    // A counter that nothing has counted yet has no sample.
    let sampled = |name: &str| answer.body.lines().any(|line| line.starts_with(name));
    named.any(sampled).then_some(Severity::Low)
}

fn pprof(answer: &Answer) -> Option<Severity> {
    when_all(answer, &["/debug/pprof/", "goroutine", "heap"], Severity::Medium)
}

fn expvar(answer: &Answer) -> Option<Severity> {
    let json = answer.json()?;
    (json.get("cmdline").is_some() && json.get("memstats").is_some()).then_some(Severity::Medium)
}

fn php_info(answer: &Answer) -> Option<Severity> {
    when_all(answer, &["phpinfo()", "PHP Version"], Severity::Medium)
}

fn symfony(answer: &Answer) -> Option<Severity> {
    when_all(answer, &["Symfony Profiler", "/_profiler/"], Severity::High)
}

fn telescope(answer: &Answer) -> Option<Severity> {
    when_all(answer, &["Telescope", "id=\"telescope\""], Severity::High)
}

fn ignition(answer: &Answer) -> Option<Severity> {
    let json = answer.json()?;
    let can = json.get("can_execute_commands")?.as_bool()?;
    Some(if can { Severity::High } else { Severity::Medium })
}

fn console(answer: &Answer) -> Option<Severity> {
    when_all(answer, &["Interactive Console", "EVALEX"], Severity::High)
}

fn rails(answer: &Answer) -> Option<Severity> {
    when_all(answer, &["Rails version", "Ruby version", "Middleware"], Severity::Medium)
}

fn apache_status(answer: &Answer) -> Option<Severity> {
    when_all(answer, &["Apache Server Status for", "Server uptime"], Severity::Medium)
}

fn nginx_status(answer: &Answer) -> Option<Severity> {
    when_all(answer, &["Active connections:", "server accepts handled requests"], Severity::Low)
}

fn jolokia(answer: &Answer) -> Option<Severity> {
    let json = answer.json()?;
    let value = json.get("value")?;
    (value.get("agent").is_some() && value.get("protocol").is_some()).then_some(Severity::High)
}

fn h2_console(answer: &Answer) -> Option<Severity> {
    when_all(answer, &["<title>H2 Console</title>"], Severity::High)
}

fn elmah(answer: &Answer) -> Option<Severity> {
    when_all(answer, &["Error Log for", "ELMAH"], Severity::High)
}

fn asp_trace(answer: &Answer) -> Option<Severity> {
    when_all(answer, &["Application Trace", "Requests to this Application"], Severity::High)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::markers::tests::answer;

    #[test]
    fn contents_are_known_and_weighed() {
        let secret = "‹password:0123456789abcdef›";
        let env = format!(r#"{{"propertySources":[{{"name":"x","p":"{secret}"}}]}}"#);
        assert_eq!(spring_env(&answer(200, &env)), Some(Severity::High));
        let masked = r#"{"propertySources":[{"name":"x","p":"******"}]}"#;
        assert_eq!(spring_env(&answer(200, masked)), Some(Severity::Medium));
        let variables = r#"{"env":{"PATH":"/usr/bin","HOME":"/root"}}"#;
        assert_eq!(any_env(&answer(200, variables)), Some(Severity::Medium));
        let text = "# HELP up x\n# TYPE up gauge\nup 1\n";
        assert_eq!(metrics(&answer(200, text)), Some(Severity::Low));
        let later = format!("# TYPE uploads_count counter\n{text}");
        assert_eq!(metrics(&answer(200, &later)), Some(Severity::Low));
        assert_eq!(health(&answer(200, r#"{"status":"UP"}"#)), Some(Severity::Info));
        let index = |more: &str| {
            let own = r#""self":{"href":"http://a.example/actuator"}"#;
            actuator_index(&answer(200, &format!(r#"{{"_links":{{{own}{more}}}}}"#)))
        };
        assert_eq!(index(""), Some(Severity::Info));
        assert_eq!(index(r#","metrics":{}"#), Some(Severity::Low));
        assert_eq!(index(r#","heapdump":{}"#), Some(Severity::Medium));
    }

    #[test]
    fn other_answers_are_not_taken_for_them() {
        assert_eq!(any_env(&answer(200, r#"{"PATH":"a","name":"x"}"#)), None);
        assert_eq!(metrics(&answer(200, r#"{"requests": 5}"#)), None);
        assert_eq!(health(&answer(200, r#"{"status":"ok"}"#)), None);
        assert_eq!(spring_beans(&answer(200, r#"{"contexts":{"a":1}}"#)), None);
    }

    #[test]
    fn the_list_stays_within_its_share_of_requests() {
        let below = LIST.iter().filter(|exposed| exposed.below_base).count();
        assert!(LIST.len() + below <= 44, "{}", LIST.len() + below);
    }
}
