//! Values that are one of some words.

use super::{Form, Scalar, WordFacts};
use serde_json::{Value, json};

/// One of some words, each with a number that stands for it in bytes. A number that is not known
/// here is refused: what it says is not known either.
pub trait Word: Copy + Sized + 'static {
    /// All words with their numbers.
    const WORDS: &'static [WordFacts];
    /// All values, in the order of [`Word::WORDS`].
    const VALUES: &'static [Self];

    /// Its number.
    fn number(self) -> u8;

    /// It as a word.
    fn word(self) -> &'static str {
        let mut words = Self::WORDS.iter();
        words.find(|known| known.number == self.number()).map_or("", |known| known.word)
    }

    /// The value of that word.
    fn parse(word: &str) -> Option<Self> {
        let mut known = Self::WORDS.iter().zip(Self::VALUES);
        known.find(|(known, _)| known.word == word).map(|(_, value)| *value)
    }
}

/// Makes a type of words, and each of them a value of a fact.
macro_rules! words {
    ($(#[doc = $about:literal])+ $name:ident {
        $($(#[doc = $doc:literal])+ $number:literal $word:literal $value:ident,)+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[doc = $doc])+ $value,)+
        }

        impl $crate::coding::Word for $name {
            const WORDS: &'static [$crate::coding::WordFacts] = &[
                $($crate::coding::WordFacts {
                    number: $number,
                    word: $word,
                    about: &[$($doc),+],
                },)+
            ];
            const VALUES: &'static [Self] = &[$(Self::$value),+];

            fn number(self) -> u8 {
                match self {
                    $(Self::$value => $number,)+
                }
            }
        }
    };
}
pub(crate) use words;

impl<T: Word> Scalar for T {
    const FORM: Form = Form::Word(T::WORDS);

    #[inline]
    fn bytes(&self) -> usize {
        1
    }

    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.number());
    }

    fn take(bytes: &[u8]) -> Result<Self, &'static str> {
        let [number] = bytes else { return Err("no word") };
        let mut known = T::WORDS.iter().zip(T::VALUES);
        let value = known.find(|(known, _)| known.number == *number).map(|(_, value)| *value);
        value.ok_or("a word that is not known here")
    }

    fn json(&self) -> Value {
        json!(self.word())
    }

    fn of_json(value: &Value) -> Option<Self> {
        T::parse(value.as_str()?)
    }
}
