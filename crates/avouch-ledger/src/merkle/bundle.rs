//! Entry bundles: entries one after another, each with its length before it in two bytes.

/// LIMIT: the most bytes of one entry: what two bytes of length can say.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// Why bytes are not a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It ends within an entry, or within a length.
    #[error("the bundle ends within an entry")]
    Truncated,
    /// An entry is too long to be written.
    #[error("the entry has {0} bytes, more than 65,535")]
    TooLong(usize),
}

/// Appends an entry to a bundle.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), BundleError> {
    let length = u16::try_from(entry.len()).map_err(|_| BundleError::TooLong(entry.len()))?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle, one after another. After an error there is no more.
#[derive(Clone, Debug)]
pub struct Bundle<'a>(&'a [u8]);

impl<'a> Bundle<'a> {
    /// Reads entries from bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

impl<'a> Iterator for Bundle<'a> {
    type Item = Result<&'a [u8], BundleError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let split = self.0.split_first_chunk::<2>().and_then(|(length, rest)| {
            rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        });
        let Some((entry, rest)) = split else {
            self.0 = &[];
            return Some(Err(BundleError::Truncated));
        };
        self.0 = rest;
        Some(Ok(entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_entry_that_does_not_fit_is_refused() {
        let mut bundle = Vec::new();
        assert_eq!(push_entry(&mut bundle, &vec![0; ENTRY_BYTES_MAX]), Ok(()));
        let long = vec![0; ENTRY_BYTES_MAX + 1];
        assert_eq!(push_entry(&mut bundle, &long), Err(BundleError::TooLong(65_536)));
        assert_eq!(bundle.len(), 2 + ENTRY_BYTES_MAX);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20)) {
            let mut bundle = Vec::new();
            for entry in &entries {
                push_entry(&mut bundle, entry).unwrap();
            }
            let read: Vec<Vec<u8>> = Bundle::new(&bundle).map(|entry| entry.unwrap().to_vec()).collect();
            prop_assert_eq!(&read, &entries);
            if bundle.len() > 1 && entries.last().is_some_and(|last| !last.is_empty()) {
                bundle.pop();
                prop_assert_eq!(Bundle::new(&bundle).last(), Some(Err(BundleError::Truncated)));
            }
        }
    }
}
