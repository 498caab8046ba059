//! Patterns that name operations: `GET /orders/*`.

/// Whether a pattern names an operation: `*` stands for anything within a segment, `**` for anything.
/// The work is bounded by the product of both lengths.
pub(super) fn names(pattern: &str, operation: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), operation.as_bytes());
    // Row by row: which beginnings of the text the beginning of the pattern fits.
    let mut fits = vec![false; text.len() + 1];
    if let Some(first) = fits.first_mut() {
        *first = true;
    }
    let mut at = 0;
    while let Some(&byte) = pattern.get(at) {
        let all = byte == b'*' && pattern.get(at + 1) == Some(&b'*');
        at += if all { 2 } else { 1 };
        let mut next = Vec::with_capacity(fits.len());
        let mut reached = false;
        for (end, fit) in fits.iter().enumerate() {
            let before = end.checked_sub(1).and_then(|before| text.get(before)).copied();
            if byte == b'*' {
                let goes_on = reached && (all || before.is_some_and(|b| b != b'/' && b != b' '));
                reached = *fit || goes_on;
                next.push(reached);
            } else {
                let one = end.checked_sub(1).and_then(|before| fits.get(before));
                next.push(one == Some(&true) && before == Some(byte));
            }
        }
        fits = next;
    }
    fits.last() == Some(&true)
}

/// Which operations patterns name, by their place; the first pattern that names none is an error.
pub fn matching<'p>(
    patterns: &'p [String],
    operations: &[std::sync::Arc<str>],
) -> Result<Vec<bool>, &'p String> {
    for pattern in patterns {
        if !operations.iter().any(|operation| names(pattern, operation)) {
            return Err(pattern);
        }
    }
    let named = |operation: &std::sync::Arc<str>| patterns.iter().any(|one| names(one, operation));
    Ok(operations.iter().map(named).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_within_its_segment_and_two_do_not() {
        for (pattern, operation, named) in [
            ("GET /a/{x}", "GET /a/{x}", true),
            ("GET /a/*", "GET /a/{x}", true),
            ("GET /a/*", "GET /a/{x}/b", false),
            ("GET /a/**", "GET /a/{x}/b", true),
            ("* /a", "POST /a", true),
            ("*", "POST /a", false),
            ("**", "POST /a", true),
            ("* /**", "POST /a", true),
            ("GET /a*c", "GET /abbc", true),
            ("GET /a*c", "GET /abb", false),
            ("", "GET /a", false),
            ("get /a", "GET /a", false),
        ] {
            assert_eq!(names(pattern, operation), named, "{pattern} {operation}");
        }
    }
}
