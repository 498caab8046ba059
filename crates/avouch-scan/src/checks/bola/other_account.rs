//! BOLA-17: one person's account is changed, or removed, by another.

use super::account_change::{Change, Mark, Named, ids_of, named, what};
use crate::accounts::{self, Account, Desk};
use crate::check::{Check, Family, Oracle, Scope, Tier};
use crate::checks::prop::wishes::record_of;
use crate::context::Context;
use crate::objects::accepted;
use crate::oracle::leaves::leaves;
use crate::oracle::refusal::refuses;
use crate::oracle::rights::{decides, is_high, rights_of, shows_the_caller};
use crate::step::{Request, Step};
use crate::tape::{Flow, Reply, Tape};
use avouch_model::operation::{Method, Operation};
use avouch_model::reference::{Cwe, Owasp};
use avouch_model::severity::{Confidence, Severity};
use avouch_model::verdict::{Proof, Verdict};
use serde_json::{Map, Value};

/// BOLA-17
pub(super) const CHECK: Check = Check {
    id: "BOLA-17",
    name: "other-users-account-writable",
    title: "Another user's account can be changed or taken over",
    family: Family::Bola,
    severity: Severity::Critical,
    confidence: Confidence::Confirmed,
    oracles: &[Oracle::ReadBack, Oracle::Contrast, Oracle::Canary, Oracle::CleanUp],
    tier: Tier::Active,
    needs: &[],
    scope: Scope::Operation,
    cwe: Cwe(639),
    owasp: &[Owasp::Api(1)],
    criteria: &["CC6.1", "CC6.3"],
    page: include_str!("other_account.md"),
    applies,
    run,
};

/// LIMIT: readings that may show an account.
const SIGHTS_MAX: usize = 3;

fn applies(ctx: &Context<'_>) -> bool {
    ctx.operation.is_some_and(|operation| {
        named(operation).is_some()
            && accounts::desk(ctx).is_some_and(|desk| desk.register.id != operation.id)
    })
}

/// Two accounts of the scanner's own, and where the first is seen.
struct Stage<'a, 't> {
    operation: &'a Operation,
    named: Named,
    desk: Desk<'a>,
    victim: Account<'t>,
    other: Account<'t>,
    address: String,
    /// Reads the victim's record, as the victim; `None` where nothing shows it.
    read: Option<Request>,
    before: Option<Reply<'t>>,
    record: Value,
}

fn run(ctx: &Context<'_>, tape: &mut Tape<'_>) -> Flow {
    let stage = stage(ctx, tape)?;
    let change = stage.change(ctx)?;
    let by_other = tape.send(stage.other.speaking(change.request.clone()))?;
    let Some(effect) = stage.effect(ctx, tape, &change, &by_other)? else {
        return stage.control(ctx, tape, by_other.status);
    };
    let operation = stage.operation;
    let did = if change.mark == Mark::Gone { "removed" } else { "changed" };
    let summary = format!("one user {did} another's {}", what(operation, &change.mark));
    let proof = Proof::new(Severity::Critical, Confidence::Confirmed, summary)
        .because("two accounts were registered for this, and neither is an administrator's")
        .because(format!("the second sent `{}` for the first: {}", operation.id, by_other.status))
        .because(effect.told)
        .shown_by([by_other.index].into_iter().chain(effect.shown_by))
        .shown_by([stage.victim.reply.index, stage.other.reply.index]);
    Ok(Verdict::fail(proof))
}

/// What a change did.
struct Effect {
    told: String,
    shown_by: Vec<usize>,
}

fn stage<'a, 't>(ctx: &Context<'a>, tape: &mut Tape<'t>) -> Result<Stage<'a, 't>, Step> {
    let not_applicable = || Step::Done(Verdict::NotApplicable);
    let operation = ctx.operation()?;
    let named = named(operation).ok_or_else(not_applicable)?;
    let desk = accounts::desk(ctx).ok_or_else(not_applicable)?;
    let (desk, person, reply) = accounts::open(ctx, tape, desk, "first")?;
    if !accepted(reply.answer()) {
        return Err(Step::inconclusive(format!("a registration was answered {}", reply.status)));
    }
    let victim = accounts::enter(ctx, tape, &desk, person, reply)?;
    let (person, reply) = accounts::register(ctx, tape, &desk, "second", &Map::new())?;
    let other = accounts::enter(ctx, tape, &desk, person, reply)?;
    if victim.session.is_none() || other.session.is_none() || victim.session == other.session {
        return Err(Step::inconclusive(
            "accounts that were registered have no sessions of their own",
        ));
    }
    let name = match &named {
        Named::Path(name) | Named::Body(name) => name.as_str(),
        Named::Beside => "id",
    };
    let known_as = victim.person.known_as(&victim.reply);
    let mut seen = None;
    let mut address = accounts::address_of(&desk, &victim, name);
    for request in sights(ctx, operation, &named, address.as_deref()) {
        let request = victim.speaking(request);
        let reply = tape.send(request.clone())?;
        if !refuses(reply.answer()) {
            seen = Some((request, reply));
            break;
        }
    }
    let json = seen.as_ref().and_then(|(_, reply)| reply.answer().json()).unwrap_or_default();
    let record = record_of(&json, &known_as).unwrap_or(&json).clone();
    let id = || accounts::id_in(&record, name);
    address = address.or_else(id);
    let address =
        address.ok_or_else(|| Step::inconclusive("how the new account is called is not told"))?;
    if rights_of(&record).iter().any(|(name, value)| privileged(name, value)) {
        return Err(Step::inconclusive("whoever registers here is an administrator"));
    }
    if named == Named::Beside && ids_of(&record).is_empty() {
        return Err(Step::Done(Verdict::NotApplicable));
    }
    let (read, before) = seen.unzip();
    Ok(Stage { operation, named, desk, victim, other, address, read, before, record })
}

fn privileged(name: &str, value: &Value) -> bool {
    let high = *value == Value::Bool(true) || value.as_str().is_some_and(is_high);
    decides(name) == Some(Severity::Critical) && high
}

/// Readings that may show an account, best first: at the same place, one part above, one's own.
fn sights(
    ctx: &Context<'_>,
    operation: &Operation,
    named: &Named,
    address: Option<&str>,
) -> Vec<Request> {
    let gets = || ctx.catalog.operations.iter().filter(|o| o.method == Method::Get);
    let above = operation.path.rsplit_once('/').map_or("", |(above, _)| above);
    let mut paths = Vec::new();
    if let (Named::Path(name), Some(address)) = (named, address) {
        let blank = format!("{{{name}}}");
        let places = [operation.path.as_str(), above].into_iter().filter(|p| p.contains(&blank));
        let there = places.filter(|place| gets().any(|o| o.path == **place));
        paths.extend(there.map(|place| place.replace(&blank, address)));
    }
    let own = gets().filter(|o| shows_the_caller(ctx, o));
    paths.extend(own.map(|o| o.path.clone()));
    paths.truncate(SIGHTS_MAX);
    paths.into_iter().map(|path| Request::read(ctx.path(&path))).collect()
}

impl Stage<'_, '_> {
    fn change(&self, ctx: &Context<'_>) -> Result<Change, Step> {
        self.prepared(ctx, &self.other, &self.record, "by another")
    }

    /// As the account's own person sends it: without what is described nowhere.
    fn own_change(&self, ctx: &Context<'_>) -> Result<Change, Step> {
        let plain = Value::Null;
        let record = if self.named == Named::Beside { &plain } else { &self.record };
        self.prepared(ctx, &self.victim, record, "by itself")
    }

    fn prepared(
        &self,
        ctx: &Context<'_>,
        by: &Account<'_>,
        record: &Value,
        label: &str,
    ) -> Result<Change, Step> {
        let (named, address) = (&self.named, &self.address);
        Change::new(ctx, self.operation, named, address, &by.person, record, label)
            .ok_or_else(|| Step::inconclusive("nothing in the change could be told again"))
    }

    /// What the change did to the first account; `None` when it did nothing.
    fn effect(
        &self,
        ctx: &Context<'_>,
        tape: &mut Tape<'_>,
        change: &Change,
        sent: &Reply<'_>,
    ) -> Result<Option<Effect>, Step> {
        match &change.mark {
            Mark::Password(new) => self.new_password(ctx, tape, new),
            Mark::Gone => self.gone(ctx, tape),
            Mark::Shown(field) => {
                let read = self
                    .read
                    .clone()
                    .ok_or_else(|| Step::inconclusive("nothing reads the account"))?;
                let value = change.shown(sent).ok_or(Step::Done(Verdict::NotApplicable))?;
                let after = tape.send(read)?;
                if refuses(after.answer()) {
                    let because = format!("the account cannot be read again: {}", after.status);
                    return Err(Step::inconclusive(because));
                }
                let held = |reply: &Reply<'_>| {
                    leaves(reply.answer()).into_iter().any(|leaf| leaf.value == value)
                };
                let took = held(&after) && !self.before.as_ref().is_some_and(held);
                let told =
                    format!("the first then read its own account and found the new `{field}`");
                let before = self.before.as_ref().map(|reply| reply.index);
                let shown_by = [after.index].into_iter().chain(before).collect();
                Ok(took.then_some(Effect { told, shown_by }))
            }
        }
    }

    /// Whether the first account is let in with the new password, and no longer with its own.
    fn new_password(
        &self,
        ctx: &Context<'_>,
        tape: &mut Tape<'_>,
        new: &str,
    ) -> Result<Option<Effect>, Step> {
        let person = &self.victim.person;
        let mut login = |password: &str| accounts::lets_in(ctx, tape, &self.desk, person, password);
        let Some((by_new, first)) = login(new)? else {
            return Err(Step::inconclusive("no login tells whether a password was changed"));
        };
        if !by_new {
            return Ok(None);
        }
        let by_old = login(person.password())?;
        let Some((false, second)) = by_old else {
            return Err(Step::inconclusive(
                "the login lets in with the old password and the new one",
            ));
        };
        let told = "the first is then let in with the new password and no longer with its own";
        Ok(Some(Effect { told: told.to_owned(), shown_by: vec![first, second] }))
    }

    /// Whether the first account can neither be read nor entered any more, while the second can.
    fn gone(&self, ctx: &Context<'_>, tape: &mut Tape<'_>) -> Result<Option<Effect>, Step> {
        if !self.desk.has_login() || self.victim.entered.is_none() {
            return Err(Step::inconclusive("no login tells whether an account is still there"));
        }
        let enters = |tape: &mut Tape<'_>, account: &Account<'_>| {
            let person = &account.person;
            accounts::lets_in(ctx, tape, &self.desk, person, person.password())
        };
        let Some((false, first)) = enters(tape, &self.victim)? else { return Ok(None) };
        let Some((true, second)) = enters(tape, &self.other)? else {
            return Err(Step::inconclusive("neither account is let in any more"));
        };
        let told = "the first is then no longer let in with its password; the second still is";
        Ok(Some(Effect { told: told.to_owned(), shown_by: vec![first, second] }))
    }

    /// The other changed nothing: that counts only while the same works for the account's own person.
    fn control(&self, ctx: &Context<'_>, tape: &mut Tape<'_>, status: u16) -> Flow {
        if self.operation.method == Method::Delete && matches!(status, 401 | 403) {
            return Ok(Verdict::Pass);
        }
        let change = self.own_change(ctx)?;
        let sent = tape.send(self.victim.speaking(change.request.clone()))?;
        if self.effect(ctx, tape, &change, &sent)?.is_some() {
            return Ok(Verdict::Pass);
        }
        let status = sent.status;
        let because = format!("not even its own person could change the account: {status}");
        Ok(Verdict::inconclusive(because))
    }
}
