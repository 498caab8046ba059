//! Headers of answers.

use crate::settings::filter::Filter as Settings;
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Method};

/// Headers that tell of software, versions and machines.
const TELLING: [&str; 22] = [
    "server",
    "x-powered-by",
    "x-powered-cms",
    "x-aspnet-version",
    "x-aspnetmvc-version",
    "x-sourcefiles",
    "x-generator",
    "x-runtime",
    "x-rack-cache",
    "x-drupal-cache",
    "x-php-version",
    "x-debug",
    "x-debug-token",
    "x-debug-token-link",
    "x-debug-exception",
    "x-debug-exception-file",
    "x-application-context",
    "x-backend-server",
    "x-served-by",
    "x-server-name",
    "x-envoy-upstream-service-time",
    "x-envoy-decorator-operation",
];

/// What is done to the headers of answers.
#[derive(Debug)]
pub(super) struct Headers {
    removed: Vec<HeaderName>,
    careful: bool,
    hsts: Option<HeaderValue>,
}

/// What is known of an answer that decides about its headers.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    pub(super) tls: bool,
    /// Whether it is for whoever asked, and nobody else.
    pub(super) private: bool,
}

impl Headers {
    /// Ready for use; the error is a name in the settings that is none.
    pub(super) fn new(settings: &Settings) -> Result<Self, String> {
        let own = settings.remove_headers.iter().map(String::as_str);
        let names = TELLING.into_iter().chain(own);
        let removed =
            names.map(|name| HeaderName::from_bytes(name.as_bytes()).map_err(|_| name.to_owned()));
        let hsts = (settings.hsts_s > 0)
            .then(|| HeaderValue::from_str(&format!("max-age={}", settings.hsts_s)).ok());
        Ok(Self {
            removed: removed.collect::<Result<_, _>>()?,
            careful: settings.security_headers,
            hsts: hsts.flatten(),
        })
    }

    /// Names of the headers to be taken out.
    pub(super) fn removed(&self, headers: &HeaderMap) -> Vec<HeaderName> {
        self.removed.iter().filter(|name| headers.contains_key(*name)).cloned().collect()
    }

    /// Headers to be set. What the API set itself stays, but for those that it cannot know better.
    pub(super) fn added(
        &self,
        headers: &HeaderMap,
        about: About,
    ) -> Vec<(HeaderName, HeaderValue)> {
        let mut added = Vec::new();
        if !self.careful {
            return added;
        }
        added.push((header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")));
        let mut unless_set = |name: HeaderName, value: HeaderValue| {
            if !headers.contains_key(&name) {
                added.push((name, value));
            }
        };
        if about.private {
            unless_set(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        unless_set(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        // A page of HTML brings scripts of its own; all else has no business running any.
        let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        if !kind.to_ascii_lowercase().starts_with(b"text/html") {
            let nothing = "default-src 'none'; frame-ancestors 'none'";
            unless_set(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(nothing));
        }
        if let Some(hsts) = self.hsts.clone().filter(|_| about.tls) {
            unless_set(header::STRICT_TRANSPORT_SECURITY, hsts);
        }
        added
    }
}

/// Whether an answer has no body (RFC 9110, section 6.4.1).
pub(super) fn is_bodiless(method: &str, status: u16) -> bool {
    method == Method::HEAD.as_str() || matches!(status, 100..=199 | 204 | 304)
}
