use super::*;
use crate::storage::SystemRng;
use crate::storage::simulated::{Fault, SimulatedDisk};

const QUARTER: &str = "2026-Q4";

fn keks() -> Keks {
    let kek = Kek::new("file", 1, Secret32::new([7; 32])).unwrap();
    Keks { current: Some(Arc::new(kek)), ..Keks::default() }
}

fn vault(disk: &SimulatedDisk) -> Result<Vault, VaultError> {
    Vault::open(Arc::new(disk.clone()), &Origin::parse("log.example/a").unwrap(), &keks())
}

fn seal(vault: &mut Vault, name: &str) -> Result<Personal, VaultError> {
    let (keks, value) = (keks(), name.as_bytes());
    vault.seal(QUARTER, (1, value), (1, value), (keks.current.as_ref().unwrap(), &SystemRng))
}

#[test]
fn what_is_sealed_is_revealed_until_its_subject_is_erased() {
    let disk = SimulatedDisk::new(1);
    let mut keys = vault(&disk).unwrap();
    let (anna, bert) = (seal(&mut keys, "anna").unwrap(), seal(&mut keys, "bert").unwrap());
    assert_eq!(anna.pseudonym, seal(&mut keys, "anna").unwrap().pseudonym);
    assert_ne!(anna.pseudonym, bert.pseudonym);
    let keys_of = |vault: &Vault| (vault.reveal(&anna), vault.reveal(&bert));
    assert_eq!(keys_of(&keys), (Some(b"anna".to_vec()), Some(b"bert".to_vec())));
    drop(keys);
    let mut keys = vault(&disk).unwrap();
    let held = keks();
    let wraps = (&**held.current.as_ref().unwrap(), &SystemRng as &dyn Rng);
    keys.erase(QUARTER, (&anna.subject, 1), wraps).unwrap();
    assert_eq!(keys_of(&keys), (None, Some(b"bert".to_vec())));
    drop(keys);
    let keys = vault(&disk).unwrap();
    assert_eq!(keys_of(&keys), (None, Some(b"bert".to_vec())));
    assert_eq!(keys.pseudonym(QUARTER, 1, b"anna"), Some(anna.pseudonym));
    assert!(!keys.must_erase(QUARTER, &anna.subject, 1));
    assert!(keys.must_erase(QUARTER, &anna.subject, 2));
    assert!(!keys.must_erase("2027-Q1", &anna.subject, 1), "a quarter that is gone");
}

#[test]
fn a_subject_is_known_or_erased_wherever_the_power_goes() {
    for seed in 0..400 {
        let disk = SimulatedDisk::new(seed);
        let mut keys = vault(&disk).unwrap();
        let names: Vec<String> = (0..60).map(|number| format!("subject {number}")).collect();
        let sealed: Vec<Personal> =
            names.iter().map(|name| seal(&mut keys, name).unwrap()).collect();
        disk.fail_after(1 + seed % 40, Fault::Crash);
        let held = keks();
        let wraps = (&**held.current.as_ref().unwrap(), &SystemRng as &dyn Rng);
        let more = seal(&mut keys, "one more");
        let erased = keys.erase(QUARTER, (&sealed[3].subject, 1), wraps).is_ok();
        let again = seal(&mut keys, "and one");
        disk.restart();
        let keys = vault(&disk).unwrap();
        for (place, (name, personal)) in names.iter().zip(&sealed).enumerate() {
            let revealed = keys.reveal(personal);
            let whole = revealed.as_deref() == Some(name.as_bytes());
            assert!(whole || (place == 3 && revealed.is_none()), "seed {seed}: {name}");
            assert!(!(erased && place == 3 && whole), "seed {seed}");
        }
        for personal in [more, again].into_iter().flatten() {
            assert!(keys.reveal(&personal).is_some(), "seed {seed}");
        }
    }
}

#[test]
fn a_quarter_without_records_is_forgotten() {
    let disk = SimulatedDisk::new(1);
    let mut keys = vault(&disk).unwrap();
    let anna = seal(&mut keys, "anna").unwrap();
    keys.keep_only(&BTreeSet::from(["2027-Q1".to_owned()])).unwrap();
    assert!(keys.is_empty() && keys.reveal(&anna).is_none());
    assert!(disk.list("vault").unwrap().is_empty());
}
