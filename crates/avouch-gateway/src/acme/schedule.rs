//! When a certificate is renewed, and when an authority that failed is asked again. Pure.

/// The first pause after a failure.
const PAUSE_MS: u64 = 60_000;
/// LIMIT: the longest pause after failures.
const PAUSE_MS_MAX: u64 = 6 * 3_600_000;
/// The least pause where the authority said that it is asked too often.
const RATE_LIMITED_MS: u64 = 3_600_000;

/// When a certificate is renewed: at two thirds of its lifetime, and up to a twentieth of the lifetime
/// before, so that many gateways do not ask at the same moment. `random` is any number.
pub(super) fn renewal_ms(not_before_ms: u64, not_after_ms: u64, random: u64) -> u64 {
    let lifetime = not_after_ms.saturating_sub(not_before_ms);
    let at = not_before_ms.saturating_add(lifetime / 3 * 2);
    at.saturating_sub(below(lifetime / 20, random))
}

/// Before this moment no certificate is renewed.
pub(super) fn earliest_ms(not_before_ms: u64, not_after_ms: u64) -> u64 {
    renewal_ms(not_before_ms, not_after_ms, not_after_ms.saturating_sub(not_before_ms) / 20)
}

/// How long to wait after so many failures in a row, each pause three times the one before: an authority
/// takes about five attempts an hour. Up to a fifth is added by chance.
pub(super) fn pause_ms(failures: u32, is_rate_limited: bool, random: u64) -> u64 {
    let factor = 3_u64.saturating_pow(failures.saturating_sub(1));
    let pause = PAUSE_MS.saturating_mul(factor).min(PAUSE_MS_MAX);
    let pause = if is_rate_limited { pause.max(RATE_LIMITED_MS) } else { pause };
    pause.saturating_add(below(pause / 5, random))
}

/// A number from 0 up to a bound, by chance.
fn below(bound: u64, random: u64) -> u64 {
    random.checked_rem(bound.saturating_add(1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: u64 = 24 * 3_600_000;

    #[test]
    fn a_certificate_of_ninety_days_is_renewed_after_sixty_or_a_little_before() {
        assert_eq!(renewal_ms(DAY, 91 * DAY, 0), 61 * DAY);
        assert_eq!(renewal_ms(DAY, 91 * DAY, 4_500 * DAY / 1_000), 61 * DAY - 4_500 * DAY / 1_000);
    }

    #[test]
    fn pauses_grow_and_five_attempts_make_an_hour() {
        let pauses: Vec<u64> = (1..8).map(|failures| pause_ms(failures, false, 0)).collect();
        let minutes: Vec<u64> = pauses.iter().map(|pause| pause / 60_000).collect();
        assert_eq!(minutes, [1, 3, 9, 27, 81, 243, 360]);
        assert_eq!(pause_ms(1, true, 0), RATE_LIMITED_MS);
        assert_eq!(pause_ms(u32::MAX, false, 0), PAUSE_MS_MAX);
    }

    proptest! {
        #[test]
        fn a_renewal_is_within_the_lifetime(from in 0..u64::MAX / 2, long in 1..u64::MAX / 2, random: u64) {
            let at = renewal_ms(from, from + long, random);
            prop_assert!(at >= earliest_ms(from, from + long) && at < from + long);
            prop_assert!(earliest_ms(from, from + long) >= from);
        }

        #[test]
        fn a_pause_is_never_shorter_than_the_first_nor_without_end(failures: u32, limited: bool, random: u64) {
            let pause = pause_ms(failures, limited, random);
            prop_assert!((PAUSE_MS..=PAUSE_MS_MAX / 5 * 6).contains(&pause));
        }
    }
}
