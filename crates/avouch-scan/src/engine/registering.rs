//! Identities that the scan registers itself, where nobody gave any and the API lets people in.
//!
//! Only in the active tier. The accounts are made up and marked, and known to the clean-up. What is
//! learnt on the way (which body, where the credential is, how it travels) serves the checks too.

mod ways;

use self::ways::{address_of, carriers, removal, spellings};
use super::identities::tests;
use super::sender::Sender;
use crate::identity::blanks::{self, Fill};
use crate::identity::credential_place::usual;
use crate::identity::doors;
use crate::identity::spec::{CredentialSource, IdentitySpec, LoginSpec, Take};
use crate::known_accounts::{Account, Accounts, Form, Registration, made_up};
use crate::nonce::Nonces;
use crate::objects::accepted;
use crate::oracle::refusal::refuses;
use crate::step::Credential;
use avouch_catalog::Catalog;
use avouch_model::data_class::DataClass;
use avouch_model::exchange::Answer;
use avouch_model::identity::{Carrier, Who};
use avouch_model::operation::{Method, Operation};
use avouch_model::secret::Secret;
use std::collections::BTreeMap;

/// LIMIT: bodies tried on one operation.
const BODIES_MAX: usize = 6;
/// LIMIT: reads that are asked to find out how the credential travels.
const PROBES_MAX: usize = 3;

/// What is needed to register.
#[derive(Clone, Copy, Debug)]
pub(super) struct Registrar<'r> {
    pub(super) sender: &'r Sender,
    pub(super) catalog: &'r Catalog,
    pub(super) base_path: &'r str,
    pub(super) nonces: &'r Nonces,
    /// How a bare credential usually travels here.
    pub(super) usual_carrier: &'r Carrier,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Registered {
    /// The new identities.
    pub(super) specs: Vec<IdentitySpec>,
    /// How an account is made.
    pub(super) registration: Option<Registration>,
    /// For a person: what was tried in vain.
    pub(super) in_vain: Option<String>,
}

type Person = BTreeMap<String, String>;

/// A way in that worked.
struct WayIn {
    login: Option<Form>,
    take: Take,
    credential: Secret,
}

impl Registrar<'_> {
    /// Registers an account for each of these.
    pub(super) async fn register(&self, missing: &[Who]) -> Registered {
        let mut registered = Registered::default();
        let Some((first, others)) = missing.split_first() else { return registered };
        for operation in doors::registrations(self.catalog) {
            let person = self.person(*first);
            let Some((form, answer)) = self.make(operation, *first, &person).await else {
                registered.in_vain = Some(format!("{} refused every body tried", operation.id));
                continue;
            };
            let Some(way) = self.way_in(operation, &form, &person, &answer).await else {
                let id = &operation.id;
                registered.in_vain = Some(format!("{id} worked, but no way to log in was found"));
                continue;
            };
            let carrier = self.carrier(*first, &way).await;
            let registration = Registration {
                operation: operation.id.clone(),
                form,
                remove: removal(self.catalog, operation),
                login: way.login.clone(),
                take: way.take.clone(),
            };
            registered.in_vain = None;
            registered.specs.push(spec(*first, &registration, &person, &way, carrier.clone()));
            for who in others {
                registered.specs.extend(self.another(*who, &registration, carrier.clone()).await);
            }
            registered.registration = Some(registration);
            return registered;
        }
        registered
    }

    fn person(&self, who: Who) -> Person {
        made_up(self.nonces, who.name())
    }

    /// Tries bodies until one makes the account.
    async fn make(
        &self,
        operation: &Operation,
        who: Who,
        person: &Person,
    ) -> Option<(Form, Answer)> {
        let described = |fill| blanks::draft(operation, fill, 1);
        let mut draft = described(Fill::Required).unwrap_or_else(|| blanks::guessed(operation));
        let whole = described(Fill::All).filter(|whole| *whole != draft);
        let mut spare = whole.into_iter();
        for _ in 0..BODIES_MAX {
            let form = draft.form(self.base_path);
            let answer = self.send_registration(operation, &form, who, person).await?;
            if accepted(&answer) {
                return Some((form, answer));
            }
            // What may not be asked, or is not there, takes no other body either.
            let about_body = answer.is_success() || matches!(answer.status, 400 | 409 | 422 | 500);
            if !about_body {
                return None;
            }
            let learnt = draft.learn(&answer.body);
            if let Some(whole) = (!learnt).then(|| spare.next()).flatten() {
                draft = whole;
            } else if !learnt && !draft.in_digits() {
                return None;
            }
        }
        None
    }

    async fn send_registration(
        &self,
        operation: &Operation,
        form: &Form,
        who: Who,
        person: &Person,
    ) -> Option<Answer> {
        let registration = Registration {
            operation: operation.id.clone(),
            form: form.clone(),
            remove: removal(self.catalog, operation),
            login: None,
            take: Take::Usual,
        };
        let exchange = self.sender.send(&registration.request(person)).await;
        let answer = exchange.answer()?.clone();
        let marker = person.get("user").map(String::as_str).unwrap_or_default();
        let address = registration.remove.and_then(|r| address_of(self.base_path, &r, person));
        if accepted(&answer) {
            self.sender.cleanup().belongs_to(marker, who, address.as_deref());
        } else {
            self.sender.cleanup().not_created(marker);
        }
        Some(answer)
    }

    /// Logs in, or takes what the registration answered.
    async fn way_in(
        &self,
        registration: &Operation,
        made: &Form,
        person: &Person,
        answer: &Answer,
    ) -> Option<WayIn> {
        for operation in doors::logins(self.catalog, Some(registration)) {
            let draft = blanks::draft(operation, Fill::Required, 1)
                .unwrap_or_else(|| blanks::guessed(operation));
            let form = draft.form(self.base_path);
            for form in spellings(&form, made, &draft.blanks()) {
                let exchange = self.sender.send(&form.fill(person)).await;
                let Some(answer) = exchange.answer() else { continue };
                let found = usual(answer);
                let by_cookie = matches!(found, Some((Take::Cookie(_), _)));
                let good = accepted(answer) || by_cookie && matches!(answer.status, 302 | 303);
                if let Some((take, found)) = found.filter(|_| good) {
                    return Some(WayIn {
                        login: Some(form),
                        take,
                        credential: self.secret(&found),
                    });
                }
            }
        }
        let (take, found) = usual(answer)?;
        Some(WayIn { login: None, take, credential: self.secret(&found) })
    }

    /// Capture has put placeholders where credentials were; here the true value is needed.
    fn secret(&self, found: &str) -> Secret {
        Secret::new(self.sender.client().options().redactor.resolve(found))
    }

    /// How the credential travels: as the first way by which reads that refuse strangers do not
    /// refuse it.
    async fn carrier(&self, who: Who, way: &WayIn) -> Carrier {
        if let Take::Cookie(name) = &way.take {
            return Carrier::Cookie(name.clone());
        }
        let mut guarded = Vec::new();
        for request in tests(self.catalog, self.base_path) {
            let exchange = self.sender.send(&request).await;
            let refused = exchange.answer().filter(|a| refuses(a) && a.status != 404);
            guarded.extend(refused.map(|answer| (request, answer.status)));
            if guarded.len() == PROBES_MAX {
                break;
            }
        }
        let mut known_by_status = None;
        for carrier in carriers(self.usual_carrier, &way.take) {
            let credential = way.credential.clone();
            self.sender.vault().keep(who, &label(who), carrier.clone(), credential);
            for (request, refused) in &guarded {
                let asked = request.clone().with(Credential::Of(who));
                let exchange = self.sender.send(&asked).await;
                let Some(answer) = exchange.answer() else { continue };
                if !refuses(answer) {
                    return carrier;
                }
                // Forbidden where strangers are told to log in: it was recognised.
                if *refused == 401 && matches!(answer.status, 403 | 404) {
                    known_by_status.get_or_insert_with(|| carrier.clone());
                }
            }
        }
        known_by_status.unwrap_or_else(|| self.usual_carrier.clone())
    }

    /// Another account, made as the first one.
    async fn another(
        &self,
        who: Who,
        registration: &Registration,
        carrier: Carrier,
    ) -> Option<IdentitySpec> {
        let operation = self.catalog.operations.iter().find(|o| o.id == registration.operation)?;
        let person = self.person(who);
        let answer = self.send_registration(operation, &registration.form, who, &person).await?;
        if !accepted(&answer) {
            return None;
        }
        let credential = match registration.login {
            Some(_) => Secret::new(""),
            None => self.secret(&usual(&answer)?.1),
        };
        let take = registration.take.clone();
        let way = WayIn { login: registration.login.clone(), take, credential };
        Some(spec(who, registration, &person, &way, carrier))
    }
}

fn label(who: Who) -> String {
    format!("{who}, registered by the scan")
}

fn spec(
    who: Who,
    registration: &Registration,
    person: &Person,
    way: &WayIn,
    carrier: Carrier,
) -> IdentitySpec {
    let source = match &way.login {
        None => CredentialSource::Fixed(way.credential.clone()),
        Some(form) => CredentialSource::Login(LoginSpec {
            headers: Vec::new(),
            payload: None,
            method: form.method.name().to_owned(),
            target: form.target.clone(),
            content_type: form.content_type.clone(),
            body: form.body.clone(),
            values: person
                .iter()
                .filter(|(name, _)| form.asks_for(name))
                .map(|(name, value)| (name.clone(), Secret::new(value.clone())))
                .collect(),
            take: registration.take.clone(),
        }),
    };
    IdentitySpec { carrier: Some(carrier), ..IdentitySpec::new(who, label(who), source) }
}

/// Accounts whose password is known, with placeholders for what is secret.
pub(super) fn accounts_of(
    specs: &[IdentitySpec],
    registered: &Registered,
    sender: &Sender,
) -> Accounts {
    let redactor = &sender.client().options().redactor;
    let own = specs.iter().filter_map(|spec| {
        let CredentialSource::Login(login) = &spec.source else { return None };
        let values: BTreeMap<String, String> = login
            .values
            .iter()
            .map(|(name, value)| {
                let value = value.danger_reveal();
                let shown = match name.as_str() {
                    "password" => redactor.placeholder(DataClass::Password, value, ""),
                    "user" | "email" | "phone" | "digits" => {
                        let key = if value.contains('@') { "email" } else { "user" };
                        redactor.value(Some(key), value)
                    }
                    _ => redactor.placeholder(DataClass::OwnCredential, value, spec.who.name()),
                };
                (name.clone(), shown)
            })
            .collect();
        values.contains_key("password").then(|| Account {
            who: spec.who,
            registered: registered.specs.iter().any(|made| made.who == spec.who),
            login: Form {
                method: Method::parse(&login.method),
                target: login.target.clone(),
                content_type: login.content_type.clone(),
                body: login.body.clone(),
            },
            values,
            take: login.take.clone(),
        })
    });
    Accounts { registration: registered.registration.clone(), own: own.collect() }
}

/// Whose are missing. An A that was given keeps its place.
pub(super) fn missing(given: &[IdentitySpec]) -> Vec<Who> {
    let has = |who| given.iter().any(|spec| spec.who == who);
    [Who::A, Who::B].into_iter().filter(|who| !has(*who)).collect()
}
