//! Drawing the samples of a package again, perhaps larger ones.

use super::files::Files;
use super::rows::RowReader;
use crate::canonical;
use crate::populations::Definition;
use crate::samples::{Drawing, Plan};
use crate::sampling::Table;
use avouch_ledger::merkle::Frontier;
use avouch_ledger::note::{Checkpoint, Note};
use std::io;
use std::path::Path;

/// The sample of each population of a package. Its proofs are not judged here.
pub fn draw(folder: &Path, nonce: [u8; 16], table: &Table) -> io::Result<Vec<(String, String)>> {
    let files = Files::open(folder)?;
    let malformed = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let note = files.whole("ledger/checkpoint").and_then(|bytes| Note::parse(&bytes).ok());
    let signed = note.and_then(|note| Checkpoint::parse(&note.text).ok());
    let signed = signed.ok_or_else(|| malformed("`ledger/checkpoint` is no checkpoint"))?;
    let plan = Plan { nonce, root: signed.root, table };
    let mut samples = Vec::new();
    for definition in Definition::all()? {
        let missing = || malformed(&format!("the population `{}` is not there", definition.name));
        let broken = || malformed(&format!("a line of `{}` is no row", definition.name));
        let mut tree = Frontier::new();
        let mut rows = RowReader::open(&files, &definition.name).ok_or_else(missing)?;
        while let Some(row) = rows.next() {
            tree.push(row.map_err(|_| broken())?.leaf);
        }
        let mut drawing = Drawing::begin(&definition, plan, (tree.size(), tree.root()));
        let mut rows = RowReader::open(&files, &definition.name).ok_or_else(missing)?;
        while let Some(row) = rows.next() {
            drawing.push(&row.map_err(|_| broken())?);
        }
        samples.push((definition.name.clone(), canonical::encode(&drawing.finish())));
    }
    Ok(samples)
}
