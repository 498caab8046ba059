//! The samples, once the auditor has revealed what they are drawn by.

use super::kinds::Done;
use super::{BuildError, Folder};
use crate::books::Books;
use crate::canonical;
use crate::engagement::Engagement;
use crate::populations::Row;
use crate::samples::{Drawing, Plan};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};

/// Draws the sample of each population; none without a nonce.
pub(crate) fn write(
    folder: &Folder,
    books: &Books,
    done: &Done,
    engagement: &Engagement,
    nonce: Option<[u8; 16]>,
) -> Result<Vec<Value>, BuildError> {
    let Some(nonce) = nonce else { return Ok(Vec::new()) };
    let mut samples = Vec::new();
    let plan = Plan { nonce, root: books.signed.root, table: &engagement.sampling };
    for population in &done.populations {
        let name = &population.definition.name;
        let mut drawing =
            Drawing::begin(&population.definition, plan, (population.count, population.root));
        let path = folder.path(&format!("populations/{name}.ndjson"));
        let mut rows =
            BufReader::new(File::open(&path).map_err(|error| BuildError::io(&path, error))?);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = rows.read_until(b'\n', &mut line);
            if read.map_err(|error| BuildError::io(&path, error))? == 0 {
                break;
            }
            // What was written a moment ago is a row.
            if let Ok(row) = Row::parse(&line) {
                drawing.push(&row);
            }
        }
        let sample = drawing.finish();
        folder.write(&format!("samples/{name}.json"), "sample", &canonical::encode(&sample))?;
        samples.push(sample);
    }
    Ok(samples)
}
