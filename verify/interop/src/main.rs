//! Reads what a ledger of ours publishes, and makes a log for ours to read, with an implementation of
//! the same specifications that is not ours (the crates `tlog_tiles` and `signed_note`).
//!
//! ```text
//! interop check KEY < PROOF     exit 0 if the signed checkpoint proves the entry
//! interop log                   prints a log: its key, requests to a witness, a proof; divided by 0x1e
//! ```

use rand_core::OsRng;
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList, generate_key};
use std::error::Error;
use std::io::Read;
use tlog_tiles::{
    Checkpoint, Error as LogError, Hash, HashReader, check_record, check_tree, prove_record,
    prove_tree, record_hash, stored_hash_index, stored_hashes, tree_hash,
};

const ORIGIN: &str = "other.example/log";
const SIZES: [u64; 4] = [1, 7, 256, 300];
const ENTRY: u64 = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["check", key] => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            check(&text, key)
        }
        ["log"] => log(),
        _ => Err("give `check KEY` or `log`".into()),
    }
}

/// Checks a file of the form `c2sp.org/tlog-proof@v1`.
fn check(text: &str, key: &str) -> Result<(), Box<dyn Error>> {
    let (head, note) = text.split_once("\n\n").ok_or("no checkpoint")?;
    let mut lines = head.lines();
    if lines.next() != Some("c2sp.org/tlog-proof@v1") {
        return Err("no proof".into());
    }
    let extra = lines.next().and_then(|line| line.strip_prefix("extra ")).ok_or("no extra")?;
    let index = lines.next().and_then(|line| line.strip_prefix("index ")).ok_or("no index")?;
    let (index, extra) = (index.parse()?, String::from_utf8(base64(extra).ok_or("no base64")?)?);
    let proof = lines.map(Hash::parse_hash).collect::<Result<Vec<_>, _>>()?;
    let (_, rest) = extra.split_once("\"entry\":\"").ok_or("no entry")?;
    let entry = unhex(rest.split('"').next().unwrap_or_default()).ok_or("no hexadecimal")?;
    let note = Note::from_bytes(note.as_bytes())?;
    note.verify(&VerifierList::new(vec![Box::new(StandardVerifier::new(key)?)]))?;
    let checkpoint = Checkpoint::from_bytes(note.text()).map_err(|_| "no checkpoint")?;
    check_record(&proof, checkpoint.size(), *checkpoint.hash(), index, record_hash(&entry))?;
    println!("{} {} {index}", checkpoint.origin(), checkpoint.size());
    Ok(())
}

struct Stored(Vec<Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, LogError> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

fn entry(number: u64) -> Vec<u8> {
    format!("entry {number}").into_bytes()
}

/// Prints a log that grows.
fn log() -> Result<(), Box<dyn Error>> {
    let (private, public) = generate_key(&mut OsRng, ORIGIN);
    let signer = StandardSigner::new(&private)?;
    let (mut stored, mut size, mut parts) = (Stored(Vec::new()), 0, vec![public]);
    let mut note = String::new();
    let mut before = None;
    for next in SIZES {
        for number in size..next {
            assert_eq!(stored.0.len() as u64, stored_hash_index(0, number));
            let hashes = stored_hashes(number, &entry(number), &stored)?;
            stored.0.extend(hashes);
        }
        let root = tree_hash(next, &stored)?;
        let proof = if size == 0 { Vec::new() } else { prove_tree(next, size, &stored)? };
        if let Some(before) = before {
            check_tree(&proof, next, root, size, before)?;
        }
        let text = Checkpoint::new(ORIGIN, next, root, "").map_err(|_| "no checkpoint")?.to_bytes();
        let mut signed = Note::new(&text, &[])?;
        signed.add_sigs(&[&signer])?;
        note = String::from_utf8(signed.to_bytes())?;
        let lines: String = proof.iter().map(|hash| format!("{hash}\n")).collect();
        parts.push(format!("old {size}\n{lines}\n{note}"));
        (size, before) = (next, Some(root));
    }
    let path = prove_record(size, ENTRY, &stored)?;
    let path: String = path.iter().map(|hash| format!("{hash}\n")).collect();
    parts.push(format!("c2sp.org/tlog-proof@v1\nindex {ENTRY}\n{path}\n{note}"));
    print!("{}", parts.join("\u{1e}"));
    Ok(())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|c| c.to_digit(16)).collect::<Option<Vec<_>>>()?;
    Some(digits.chunks(2).map(|pair| (pair[0] * 16 + pair.get(1).unwrap_or(&0)) as u8).collect())
}

fn base64(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let digit = DIGITS.iter().position(|other| *other == byte)?;
        (bits, held) = (bits << 6 | digit as u32, held + 6);
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}
