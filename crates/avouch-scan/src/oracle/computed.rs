//! O9: a value that only a computation by the target can bring about.

use crate::nonce::Nonces;

/// A product to be computed: neither the product nor its digits in a row are in the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Product {
    /// One factor, three or four digits.
    pub left: u64,
    /// The other.
    pub right: u64,
}

impl Product {
    /// A product for that label, of seven digits or more.
    pub fn new(nonces: &Nonces, label: &str) -> Self {
        Self {
            left: nonces.number(&format!("{label} left"), 2003, 9973),
            right: nonces.number(&format!("{label} right"), 1009, 9967),
        }
    }

    /// The value the target must have computed.
    pub fn value(self) -> u64 {
        self.left * self.right
    }

    /// Whether the text holds the product, written plainly or with separators of thousands.
    pub fn is_in(self, text: &str) -> bool {
        let digits: String =
            text.chars().filter(|c| !matches!(c, ',' | '_' | '\u{202f}' | '\u{a0}')).collect();
        digits.contains(&self.value().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_is_recognised_and_is_not_in_the_question() {
        let product = Product::new(&Nonces::new([1; 32], "x"), "p");
        assert!(product.is_in(&format!("It is {}.", product.value())));
        assert!(!product.is_in(&format!("What is {} times {}?", product.left, product.right)));
        assert!(Product { left: 2003, right: 1009 }.is_in("2,021,027"));
    }
}
