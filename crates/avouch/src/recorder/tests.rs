use super::words::{cut, first};

#[test]
fn what_is_cut_says_so() {
    assert_eq!(cut("ab"), "ab");
    let long = "ö".repeat(2001);
    assert!(cut(&long).ends_with("ö…") && cut(&long).chars().count() == 2001);
    let texts = || (0..5).map(|number| number.to_string());
    assert_eq!(first(texts(), 9).len(), 5);
    assert_eq!(first(texts(), 3), ["0", "1", "2", "… and 2 more"]);
}
