//! An issuer that signs whatever a test wants, and requests to show it.

use crate::identify::algorithm::Algorithm;
use crate::identify::text::digits;
use crate::identify::{Answer, Identified, Identifier, Keys, Learnt, Question};
use crate::request::{ClientCertificate, Handshake, Peer, Request};
use crate::settings::identify::IdentifySettings;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self as signing, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaEncoding,
    RsaKeyPair,
};
use http::{HeaderMap, HeaderName, HeaderValue, Version};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

/// Seconds since 1970 at which tests begin.
pub(super) const NOW_S: u64 = 1_800_000_000;

/// The issuer, as its tokens name it.
pub(super) const ISSUER: &str = "https://id.example";

/// The settings most tests have.
pub(super) const SETTINGS: &str = r#"
[[issuer]]
name = "id"
issuer = "https://id.example"
audience = ["shop"]
algorithms = ["RS256", "PS384", "ES256", "ES384", "ES512", "EdDSA"]
jwks_url = "https://id.example/jwks"
roles_claim = "realm_access.roles"
"#;

/// A key pair that signs.
pub(super) enum Signer {
    Rsa(RsaKeyPair),
    Curve(EcdsaKeyPair),
    Edwards(Ed25519KeyPair),
}

static SIGNERS: LazyLock<Mutex<HashMap<(String, &'static str), &'static Signer>>> =
    LazyLock::new(Mutex::default);

/// The key of that name for that algorithm, made when it is first asked for.
pub(super) fn signer(name: &str, algorithm: Algorithm) -> &'static Signer {
    let family = family(algorithm);
    let mut signers = SIGNERS.lock().unwrap();
    signers.entry((name.to_owned(), family)).or_insert_with(|| {
        let curve = |curve: &'static EcdsaSigningAlgorithm| {
            Signer::Curve(EcdsaKeyPair::generate(curve).unwrap())
        };
        Box::leak(Box::new(match family {
            "rsa" => Signer::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
            "p256" => curve(&signing::ECDSA_P256_SHA256_FIXED_SIGNING),
            "p384" => curve(&signing::ECDSA_P384_SHA384_FIXED_SIGNING),
            "p521" => curve(&signing::ECDSA_P521_SHA512_FIXED_SIGNING),
            _ => Signer::Edwards(Ed25519KeyPair::generate().unwrap()),
        }))
    })
}

fn family(algorithm: Algorithm) -> &'static str {
    match algorithm.word() {
        "ES256" => "p256",
        "ES384" => "p384",
        "ES512" => "p521",
        "EdDSA" => "ed25519",
        _ => "rsa",
    }
}

impl Signer {
    fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Curve(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Edwards(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Rsa(pair) => {
                let encoding: &'static dyn RsaEncoding = match algorithm.word() {
                    "RS384" => &signing::RSA_PKCS1_SHA384,
                    "RS512" => &signing::RSA_PKCS1_SHA512,
                    "PS256" => &signing::RSA_PSS_SHA256,
                    "PS384" => &signing::RSA_PSS_SHA384,
                    "PS512" => &signing::RSA_PSS_SHA512,
                    _ => &signing::RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// Its public part, without id.
    pub(super) fn jwk(&self) -> Value {
        match self {
            Self::Edwards(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": digits(pair.public_key().as_ref())})
            }
            Self::Curve(pair) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let curve = match x.len() {
                    32 => "P-256",
                    48 => "P-384",
                    _ => "P-521",
                };
                json!({"kty": "EC", "crv": curve, "x": digits(x), "y": digits(y)})
            }
            Self::Rsa(pair) => {
                let (n, e) = rsa_numbers(pair.public_key().as_ref());
                json!({"kty": "RSA", "n": digits(&n), "e": digits(&e)})
            }
        }
    }
}

/// The two numbers of an `RSAPublicKey` (RFC 8017, appendix A.1.1).
fn rsa_numbers(der: &[u8]) -> (Vec<u8>, Vec<u8>) {
    fn element(bytes: &[u8]) -> (&[u8], &[u8]) {
        let (length, head) = match bytes[1] {
            0x81 => (usize::from(bytes[2]), 3),
            0x82 => (usize::from(bytes[2]) << 8 | usize::from(bytes[3]), 4),
            short => (usize::from(short), 2),
        };
        bytes[head..].split_at(length)
    }
    let (inside, _) = element(der);
    let (n, rest) = element(inside);
    let (e, _) = element(rest);
    (n.to_vec(), e.to_vec())
}

/// The id of a key.
pub(super) fn kid(name: &str, algorithm: Algorithm) -> String {
    format!("{name}-{}", family(algorithm))
}

/// What an issuer with these keys publishes.
pub(super) fn published(names: &[&str]) -> Vec<u8> {
    let mut keys = Vec::new();
    for name in names {
        for word in ["RS256", "ES256", "ES384", "ES512", "EdDSA"] {
            let algorithm = Algorithm::parse(word).unwrap();
            let mut key = signer(name, algorithm).jwk();
            key["kid"] = json!(kid(name, algorithm));
            keys.push(key);
        }
    }
    json!({ "keys": keys }).to_string().into_bytes()
}

/// A token to be signed.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) head: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
    pub(super) key: String,
    pub(super) algorithm: Algorithm,
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => unreachable!("an object was written"),
    }
}

impl Draft {
    /// A good one, of key `a`.
    pub(super) fn at(now_s: u64) -> Self {
        let claims = json!({
            "iss": ISSUER, "aud": "shop", "sub": "anna", "client_id": "app", "jti": "t-1",
            "iat": now_s, "exp": now_s + 600,
        });
        let head = json!({"typ": "at+jwt"});
        Self {
            head: members(head),
            claims: members(claims),
            key: "a".to_owned(),
            algorithm: Algorithm::Es256,
        }
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    pub(super) fn head(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.head.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn key(mut self, key: &str, algorithm: &str) -> Self {
        self.key = key.to_owned();
        self.algorithm = Algorithm::parse(algorithm).unwrap();
        self
    }

    /// It as text. What the head says already stands.
    pub(super) fn sign(&self) -> String {
        let mut head = self.head.clone();
        head.entry("alg").or_insert(json!(self.algorithm.word()));
        head.entry("kid").or_insert(json!(kid(&self.key, self.algorithm)));
        head.retain(|_, value| !value.is_null());
        self.sign_texts(&Value::Object(head).to_string(), &json!(self.claims).to_string())
    }

    /// Signs what is not JSON as it should be.
    pub(super) fn sign_texts(&self, head: &str, claims: &str) -> String {
        let signed = format!("{}.{}", digits(head.as_bytes()), digits(claims.as_bytes()));
        let signature = signer(&self.key, self.algorithm).sign(self.algorithm, signed.as_bytes());
        format!("{signed}.{}", digits(&signature))
    }
}

/// A request to be shown.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) method: String,
    pub(super) host: String,
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) tls: Option<Handshake>,
}

impl Shown {
    pub(super) fn get(target: &str) -> Self {
        Self {
            method: "GET".to_owned(),
            host: "api.example".to_owned(),
            target: target.to_owned(),
            headers: HeaderMap::new(),
            tls: Some(Handshake::default()),
        }
    }

    pub(super) fn bearer(token: &str) -> Self {
        Self::get("/orders").header("authorization", &format!("Bearer {token}"))
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers.append(name, HeaderValue::from_str(value).unwrap());
        self
    }

    pub(super) fn certificate(mut self, digest: [u8; 32], subject: &str, names: &[&str]) -> Self {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let client = ClientCertificate { digest, subject: subject.to_owned(), names };
        self.tls = Some(Handshake { client: Some(client), ..Handshake::default() });
        self
    }

    pub(super) fn request(&self) -> Request<'_> {
        let (path, query) = match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.target.as_str(), None),
        };
        Request {
            method: &self.method,
            host: &self.host,
            path,
            query,
            headers: &self.headers,
            version: Version::HTTP_11,
            peer: Peer { address: [192, 0, 2, 7].into(), tls: self.tls.as_ref() },
        }
    }
}

/// An identifier, the issuer it asks, and the time.
pub(super) struct Scene {
    pub(super) identifier: Identifier,
    pub(super) now_ms: u64,
    /// What the issuer publishes; `None` while it is down.
    pub(super) published: Option<Vec<u8>>,
    /// What the issuer says of tokens; `None` while it is down.
    pub(super) introspection: Option<Value>,
    pub(super) fetches: usize,
    pub(super) questions: usize,
}

/// Reads settings as they stand below `[guard.identify]`.
pub(super) fn settings(text: &str) -> IdentifySettings {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

impl Scene {
    pub(super) fn new(text: &str) -> Self {
        Self::with_keys(text, None)
    }

    pub(super) fn with_keys(text: &str, keys: Option<Keys>) -> Self {
        Self {
            identifier: Identifier::new(settings(text), keys, 7).unwrap(),
            now_ms: NOW_S * 1_000,
            published: Some(published(&["a"])),
            introspection: None,
            fetches: 0,
            questions: 0,
        }
    }

    pub(super) fn usual() -> Self {
        Self::new(SETTINGS)
    }

    pub(super) fn draft(&self) -> Draft {
        Draft::at(self.now_ms / 1_000)
    }

    pub(super) fn pass_s(&mut self, seconds: u64) {
        self.now_ms += seconds * 1_000;
    }

    /// Asks the issuer what is to be asked by the clock.
    pub(super) fn tick(&mut self) {
        for question in self.identifier.due(self.now_ms) {
            self.ask(&question);
        }
    }

    pub(super) fn ask(&mut self, question: &Question) -> Learnt {
        let said = match question {
            Question::KeySet { .. } => {
                self.fetches += 1;
                self.published.clone()
            }
            Question::Introspect { .. } => {
                self.questions += 1;
                self.introspection.as_ref().map(|said| said.to_string().into_bytes())
            }
        };
        let answer = match &said {
            Some(bytes) => Answer::Body { bytes, max_age_s: None },
            None => Answer::Failed,
        };
        self.identifier.answer(question, answer, self.now_ms)
    }

    /// Identifies as the gateway does: asks when it must, and identifies again.
    pub(super) fn identify(&mut self, shown: &Shown) -> Identified {
        for _ in 0..3 {
            match self.identifier.identify(&shown.request(), self.now_ms) {
                Identified::Ask(question) => {
                    self.ask(&question);
                }
                Identified::Wait(pending) => {
                    return Identified::Refused(self.identifier.give_up(pending));
                }
                other => return other,
            }
        }
        panic!("it asks without end");
    }

    /// Who asks, or the code of the refusal.
    pub(super) fn outcome(&mut self, shown: &Shown) -> String {
        said(&self.identify(shown))
    }

    pub(super) fn token(&mut self, token: &str) -> String {
        self.outcome(&Shown::bearer(token))
    }
}

/// What became of a credential, in a word or two.
pub(super) fn said(identified: &Identified) -> String {
    match identified {
        Identified::Known { principal, .. } => format!("known {}", principal.id),
        Identified::Nobody => "nobody".to_owned(),
        Identified::Refused(refusal) => format!("{} {}", refusal.status, refusal.code),
        Identified::Ask(question) => format!("ask {:?}", question.pending()),
        Identified::Wait(pending) => format!("wait {pending:?}"),
    }
}
