//! Paths of a recording: where the server's own path ends, and which segments are values.

use super::call::Call;
use crate::discovery::templates;
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

/// Segments that stand before all operations of many APIs and name none of them.
const LEADING: [&str; 10] =
    ["api", "rest", "service", "services", "public", "gateway", "backend", "apis", "json", "web"];
/// Segments a base path may have.
// LIMIT: 4 segments.
const LEADING_MAX: usize = 4;

/// A path taken apart.
#[derive(Debug)]
pub(super) struct Placed {
    /// The template below the base path.
    pub(super) template: String,
    /// Parameters of the template with the values they had, in order.
    pub(super) values: Vec<(String, Option<String>)>,
}

/// The path that all calls begin with, and every call's path below it.
pub(super) fn settle(calls: &[Call]) -> (String, Vec<Placed>) {
    let same_base = calls.windows(2).all(|pair| match pair {
        [one, two] => one.base == two.base,
        _ => true,
    });
    let first = calls.first().map(|call| call.base.clone()).unwrap_or_default();
    let base = if same_base { first } else { String::new() };
    let below: Vec<String> = calls
        .iter()
        .map(
            |call| {
                if same_base { call.path.clone() } else { format!("{}{}", call.base, call.path) }
            },
        )
        .collect();
    let leading = if base.is_empty() { leading(&below) } else { String::new() };
    let below: Vec<String> = below
        .iter()
        .map(|path| path.strip_prefix(leading.as_str()).unwrap_or(path))
        .map(|path| if path.is_empty() { "/".to_owned() } else { path.to_owned() })
        .collect();
    // What is a parameter already looks like a value to what follows.
    let concrete: Vec<String> = below.iter().map(|path| without_names(path)).collect();
    let templates = templates::infer_each(&concrete);
    let placed = calls.iter().zip(below.iter().zip(&templates));
    let placed = placed.map(|(call, (path, template))| place(call, path, template));
    let placed = placed.collect();
    (format!("{base}{leading}"), placed)
}

/// Leading segments that all paths have and that name no operation.
fn leading(paths: &[String]) -> String {
    let segments = |path: &str| -> Vec<String> {
        path.split('/').skip(1).take(LEADING_MAX).map(str::to_owned).collect()
    };
    let mut paths = paths.iter();
    let mut common = paths.next().map(|path| segments(path)).unwrap_or_default();
    for path in paths {
        let other = segments(path);
        let same = common.iter().zip(&other).take_while(|(one, two)| one == two).count();
        common.truncate(same);
    }
    let plain = common.iter().take_while(|segment| is_leading(segment)).count();
    common.truncate(plain);
    common.iter().map(|segment| format!("/{segment}")).collect::<Vec<_>>().concat()
}

fn is_leading(segment: &str) -> bool {
    let version = segment.strip_prefix('v').unwrap_or_default();
    let is_version =
        !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_version || LEADING.contains(&segment)
}

/// The name of a segment that is a parameter.
fn parameter_of(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}').filter(|name| !name.is_empty())
}

fn without_names(path: &str) -> String {
    let segments = path.split('/').map(|s| if parameter_of(s).is_some() { "0" } else { s });
    segments.collect::<Vec<_>>().join("/")
}

/// The template with the names the recording itself gives, and what stood in their place.
fn place(call: &Call, path: &str, template: &str) -> Placed {
    let mut values = Vec::new();
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    let mut written = Vec::new();
    for (pattern, segment) in template.split('/').zip(path.split('/')) {
        let Some(inferred) = parameter_of(pattern) else {
            written.push(pattern.to_owned());
            continue;
        };
        let stated = parameter_of(segment);
        let name = stated.unwrap_or(inferred);
        let again = names.entry(name.to_owned()).or_insert(0);
        *again += 1;
        let unique = if *again == 1 { name.to_owned() } else { format!("{name}{again}") };
        let value = match stated {
            Some(stated) => call.known.get(stated).cloned(),
            None => Some(percent_decode_str(segment).decode_utf8_lossy().into_owned()),
        };
        written.push(format!("{{{unique}}}"));
        values.push((unique, value.filter(|value| !value.is_empty())));
    }
    Placed { template: written.join("/"), values }
}
