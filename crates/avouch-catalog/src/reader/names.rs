//! Names of documents: URLs and paths, joined and compared.

use url::Url;

/// Joins a reference to the name of the document it stands in. An error says for a person why the
/// reference is not followed: a document from the network never names a file of this machine.
pub(crate) fn join(base: &str, reference: &str) -> Result<String, &'static str> {
    let base_is_remote = is_remote(base);
    if let Some((scheme, _)) = reference.split_once("://") {
        return match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => Ok(reference.to_owned()),
            "file" if !base_is_remote => Ok(reference.to_owned()),
            "file" => Err("a document from the network names a local file"),
            _ => Err("its scheme is not http, https or file"),
        };
    }
    if base.contains("://") {
        let joined = Url::parse(base).and_then(|base| base.join(reference));
        let joined = joined.map_err(|_| "it cannot be joined to the name of its document")?;
        let same_kind = is_remote(joined.as_str()) == base_is_remote;
        let known = matches!(joined.scheme(), "http" | "https" | "file");
        return (same_kind && known)
            .then(|| joined.into())
            .ok_or("its scheme is not that of its document");
    }
    let folder = base.rfind(['/', '\\']).and_then(|at| base.get(..=at)).unwrap_or_default();
    let absolute = reference.starts_with('/');
    Ok(tidy(&if absolute { reference.to_owned() } else { format!("{folder}{reference}") }))
}

/// One spelling for all spellings of a name.
pub(crate) fn canonical(name: &str) -> String {
    if name.contains("://") {
        return Url::parse(name).map_or_else(
            |_| name.to_owned(),
            |mut url| {
                url.set_fragment(None);
                url.into()
            },
        );
    }
    tidy(name)
}

fn is_remote(name: &str) -> bool {
    let lower = name.get(..8).unwrap_or(name).to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}

/// A path without `.` and with `..` taken back where something stands before it.
fn tidy(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let absolute = path.starts_with('/');
    for part in path.split('/') {
        match part {
            "" | "." => (),
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => (),
            other => parts.push(other),
        }
    }
    format!("{}{}", if absolute { "/" } else { "" }, parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_joined_to_paths() {
        assert_eq!(join("api/openapi.yaml", "parts/order.yaml").unwrap(), "api/parts/order.yaml");
        assert_eq!(join("api/openapi.yaml", "./../x.yaml").unwrap(), "x.yaml");
        assert_eq!(join("openapi.yaml", "../x.yaml").unwrap(), "../x.yaml");
        assert_eq!(join("/a/b.yaml", "../../../c.yaml").unwrap(), "/c.yaml");
        assert_eq!(join("/a/b.yaml", "/c.yaml").unwrap(), "/c.yaml");
        assert_eq!(join("b.yaml", "https://x.example/c").unwrap(), "https://x.example/c");
    }

    #[test]
    fn references_are_joined_to_urls() {
        let base = "https://x.example/api/openapi.json?v=2";
        assert_eq!(join(base, "order.json").unwrap(), "https://x.example/api/order.json");
        assert_eq!(join(base, "/order.json").unwrap(), "https://x.example/order.json");
        assert_eq!(join(base, "//y.example/z").unwrap(), "https://y.example/z");
    }

    #[test]
    fn a_document_from_the_network_names_no_local_file() {
        assert!(join("https://x.example/openapi.json", "file:///etc/passwd").is_err());
        assert!(join("https://x.example/openapi.json", "file:/etc/passwd").is_err());
        assert!(join("https://x.example/openapi.json", "gopher://x/").is_err());
        assert!(join("https://x.example/openapi.json", "data:,x").is_err());
        assert!(join("HTTPS://x.example/openapi.json", "file:///etc/passwd").is_err());
    }

    #[test]
    fn spellings_of_a_name_are_one() {
        assert_eq!(canonical("./a/../b.yaml"), canonical("b.yaml"));
        assert_eq!(canonical("https://X.example:443/b#c"), "https://x.example/b");
    }
}
