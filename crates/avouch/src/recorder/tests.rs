use super::facts::path_of;
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

#[test]
fn a_path_is_kept_as_it_was_captured() {
    let cases = [
        (
            "https://a.example/orders/‹email:0123456789abcdef›?x=/y",
            Some("/orders/‹email:0123456789abcdef›"),
        ),
        ("https://a.example/a/../b//c;d#e", Some("/a/../b//c;d")),
        ("https://a.example?x=/y", None),
        ("https://a.example", None),
        ("nonsense", None),
    ];
    for (address, path) in cases {
        assert_eq!(path_of(address), path, "{address}");
    }
}
