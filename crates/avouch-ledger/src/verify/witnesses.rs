//! What an auditor with a witness policy can check besides (C2SP `tlog-policy`).

use crate::note::{Note, NoteError, VerifierKey, cosigned_at};
use std::collections::BTreeMap;

/// LIMIT: bytes of a policy.
const POLICY_BYTES_MAX: usize = 64 * 1024;

/// Who must have cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    Witness(VerifierKey),
    /// So many of the members.
    Group(usize, Vec<String>),
}

/// Which witnesses are trusted, and how many of them are enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessPolicy {
    rules: BTreeMap<String, Rule>,
    /// Witnesses and where they can be asked, in the order of the text.
    witnesses: Vec<(VerifierKey, Option<String>)>,
    /// The rule that must be fulfilled; none if no witness is asked for.
    quorum: Option<String>,
}

/// A line of a policy is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {0} of the witness policy is not one")]
pub struct PolicyError(pub usize);

impl WitnessPolicy {
    /// Reads a policy. Names must be said before they are used.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        if text.len() > POLICY_BYTES_MAX {
            return Err(PolicyError(0));
        }
        let mut policy = Self { rules: BTreeMap::new(), witnesses: Vec::new(), quorum: None };
        let mut said = false;
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let wrong = PolicyError(number);
            match words.as_slice() {
                [] | ["log", _] | ["log", _, _] => (),
                ["witness", name, key, rest @ ..] if rest.len() < 2 => {
                    let key = VerifierKey::parse(key).ok().filter(VerifierKey::is_cosigner);
                    let key = key.ok_or(wrong)?;
                    policy.witnesses.push((key.clone(), rest.first().map(|at| (*at).to_owned())));
                    policy.add(name, Rule::Witness(key)).ok_or(wrong)?;
                }
                ["group", name, needed, members @ ..] => {
                    let needed = match *needed {
                        "all" => members.len(),
                        "any" => 1,
                        number => number.parse().map_err(|_| wrong)?,
                    };
                    let known = members.iter().all(|member| policy.rules.contains_key(*member));
                    let fits = known && (1..=members.len()).contains(&needed);
                    let members = members.iter().map(|member| (*member).to_owned()).collect();
                    let group = fits.then_some(Rule::Group(needed, members)).ok_or(wrong)?;
                    policy.add(name, group).ok_or(wrong)?;
                }
                ["quorum", name] if !said => {
                    let known = *name == "none" || policy.rules.contains_key(*name);
                    said = known;
                    policy.quorum = (*name != "none").then(|| (*name).to_owned());
                    known.then_some(()).ok_or(wrong)?;
                }
                _ => return Err(wrong),
            }
        }
        if said { Ok(policy) } else { Err(PolicyError(text.lines().count())) }
    }

    fn add(&mut self, name: &str, rule: Rule) -> Option<()> {
        let free = name != "none" && !self.rules.contains_key(name);
        free.then(|| drop(self.rules.insert(name.to_owned(), rule)))
    }

    /// All witnesses: their keys, and where they can be asked.
    pub fn witnesses(&self) -> &[(VerifierKey, Option<String>)] {
        &self.witnesses
    }

    /// Since when the witnesses vouch for a checkpoint, in seconds since 1970: the latest time so
    /// that those who cosigned then or later are enough. `None` when they are not.
    pub fn witnessed_at(&self, note: &Note) -> Result<Option<u64>, NoteError> {
        let Some(quorum) = &self.quorum else { return Ok(Some(u64::MAX)) };
        Ok(self.time_of(quorum, &self.times(note, |_| true)?))
    }

    /// Whether those vouch for a checkpoint who are asked at an address: one whose folder lies beside
    /// the ledger is whose the ledger is. A policy that asks nobody is fulfilled by nobody.
    pub fn witnessed_elsewhere(&self, note: &Note) -> Result<bool, NoteError> {
        let Some(quorum) = &self.quorum else { return Ok(false) };
        let elsewhere = |key: &VerifierKey| {
            self.witnesses.iter().any(|(known, place)| {
                known == key && place.as_deref().is_some_and(|place| !place.starts_with("file:"))
            })
        };
        Ok(self.time_of(quorum, &self.times(note, elsewhere)?).is_some())
    }

    /// When each of the witnesses that count cosigned.
    fn times(
        &self,
        note: &Note,
        counts: impl Fn(&VerifierKey) -> bool,
    ) -> Result<BTreeMap<&str, u64>, NoteError> {
        let mut times = BTreeMap::new();
        for (name, rule) in &self.rules {
            let Rule::Witness(key) = rule else { continue };
            match cosigned_at(note, key) {
                Ok(time) if counts(key) => drop(times.insert(name.as_str(), time)),
                Ok(_) | Err(NoteError::NotSigned(_)) => (),
                Err(error) => return Err(error),
            }
        }
        Ok(times)
    }

    fn time_of(&self, name: &str, times: &BTreeMap<&str, u64>) -> Option<u64> {
        match self.rules.get(name)? {
            Rule::Witness(_) => times.get(name).copied(),
            // Members were said before the group, so this ends.
            Rule::Group(needed, members) => {
                let mut known: Vec<u64> =
                    members.iter().filter_map(|member| self.time_of(member, times)).collect();
                known.sort_unstable_by(|a, b| b.cmp(a));
                known.get(needed.checked_sub(1)?).copied()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::{Cosigner, Signer};

    fn witness(seed: u8) -> Cosigner {
        Cosigner::new(&format!("w{seed}.example"), &[seed; 32]).unwrap()
    }

    fn policy(quorum: &str) -> Result<WitnessPolicy, PolicyError> {
        let lines = (1..4).map(|seed| format!("witness w{seed} {}\n", witness(seed).verifier()));
        WitnessPolicy::parse(&format!("# who\n{}{quorum}\n", lines.collect::<Vec<_>>().concat()))
    }

    fn note(by: &[(u8, u64)]) -> Note {
        let signer = Signer::of_note("log", &[9; 32]).unwrap();
        let mut note = Note::sign("log\n1\nx\n".to_owned(), &signer);
        let signatures = by.iter().map(|(seed, time)| witness(*seed).cosign(&note.text, *time));
        let signatures: Vec<_> = signatures.collect();
        note.signatures.extend(signatures);
        note
    }

    #[test]
    fn who_lies_beside_the_ledger_is_no_stranger() {
        let with = |place: &str, quorum: &str| {
            let key = witness(1).verifier().to_string();
            WitnessPolicy::parse(&format!("witness w1 {key}{place}\nquorum {quorum}\n")).unwrap()
        };
        let cosigned = note(&[(1, 50)]);
        let said = |policy: &WitnessPolicy| policy.witnessed_elsewhere(&cosigned).unwrap();
        assert!(said(&with(" https://witness.example/", "w1")));
        for (place, quorum) in
            [(" file:witness", "w1"), ("", "w1"), (" https://witness.example/", "none")]
        {
            let policy = with(place, quorum);
            assert!(!said(&policy), "{place} {quorum}");
            assert!(policy.witnessed_at(&cosigned).unwrap().is_some());
        }
        assert!(!with(" https://witness.example/", "w1").witnessed_elsewhere(&note(&[])).unwrap());
    }

    #[test]
    fn enough_witnesses_vouch_since_the_last_that_was_needed() {
        let two = policy("group g 2 w1 w2 w3\nquorum g").unwrap();
        let at = |by: &[(u8, u64)]| two.witnessed_at(&note(by)).unwrap();
        assert_eq!(at(&[(1, 5)]), None);
        assert_eq!(at(&[(1, 5), (3, 9)]), Some(5));
        assert_eq!(at(&[(1, 5), (2, 7), (3, 9)]), Some(7));
        let all = policy("group a any w1 w2\ngroup g all a w3\nquorum g").unwrap();
        assert_eq!(all.witnessed_at(&note(&[(2, 7), (3, 9)])).unwrap(), Some(7));
        assert_eq!(
            policy("quorum none").unwrap().witnessed_at(&note(&[])).unwrap(),
            Some(u64::MAX)
        );
    }

    #[test]
    fn a_wrong_cosignature_of_a_known_witness_is_an_error() {
        let policy = policy("quorum w1").unwrap();
        let mut note = note(&[(1, 5)]);
        note.signatures[1].bytes[9] ^= 1;
        assert!(policy.witnessed_at(&note).is_err());
    }

    #[test]
    fn what_is_no_policy_is_refused_by_its_line() {
        for (quorum, line) in [
            ("group g 4 w1 w2 w3\nquorum g", 5),
            ("group g 1 w9\nquorum g", 5),
            ("quorum w9", 5),
            ("quorum w1\nquorum w2", 6),
            ("witness w1 x", 5),
            ("", 5),
        ] {
            assert_eq!(policy(quorum), Err(PolicyError(line)), "{quorum}");
        }
    }
}
