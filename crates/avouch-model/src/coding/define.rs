//! How a kind of fact is written down: its fields once, and all else follows.

/// Makes a type of facts of its fields. Each field is a tag, a name and a type; `=> Search` after it
/// says by what the fact can be found through it. Tags ascend and are never used again for something
/// else.
macro_rules! fact {
    (
        $(#[doc = $about:literal])+
        $number:literal $name:literal $kind:ident {
            $($(#[doc = $doc:literal])+ $tag:literal $field:ident: $type:ty $(=> $search:ident)?,)+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $kind {
            $($(#[doc = $doc])+ pub $field: $type,)+
            /// What a later version added.
            pub later: $crate::coding::Later,
        }

        impl $crate::coding::Fact for $kind {
            const NUMBER: u16 = $number;
            const NAME: &'static str = $name;
            const ABOUT: &'static [&'static str] = &[$($about),+];
            const FIELDS: &'static [$crate::coding::FieldFacts] = &[
                $($crate::coding::FieldFacts {
                    tag: $tag,
                    name: stringify!($field),
                    about: &[$($doc),+],
                    form: <$type as $crate::coding::Field>::FORM,
                    times: <$type as $crate::coding::Field>::TIMES,
                    search: $crate::coding::searched!($($search)?),
                },)+
            ];

            fn put(&self, out: &mut Vec<u8>) {
                $($crate::coding::Field::put(&self.$field, $tag, out);)+
                self.later.put(128..=u8::MAX, out);
            }

            fn take(
                mut reader: $crate::coding::Reader<'_>,
            ) -> Result<Self, $crate::coding::DecodeError> {
                $(let $field = $crate::coding::Field::take(&mut reader, $tag, stringify!($field))?;)+
                Ok(Self { $($field,)+ later: reader.end()? })
            }

            fn members(&self) -> serde_json::Map<String, serde_json::Value> {
                let mut members = serde_json::Map::new();
                $(if let Some(value) = $crate::coding::Field::json(&self.$field) {
                    members.insert(stringify!($field).to_owned(), value);
                })+
                self.later.json(&mut members);
                members
            }

            fn of_members(
                members: &serde_json::Map<String, serde_json::Value>,
            ) -> Result<Self, $crate::coding::JsonError> {
                Ok(Self {
                    $($field: $crate::coding::Field::of_json(
                        members.get(stringify!($field)),
                        stringify!($field),
                    )?,)+
                    later: $crate::coding::Later::of_json(members.get("later"))?,
                })
            }

            fn terms(&self, terms: &mut Vec<$crate::coding::Term>) {
                $($($crate::coding::Field::terms(
                    &self.$field,
                    $crate::coding::Search::$search,
                    terms,
                );)?)+
            }

            fn personal(
                &mut self,
            ) -> Vec<(Option<$crate::coding::Search>, &mut $crate::coding::Personal)> {
                let mut all = Vec::new();
                $({
                    let mut values = Vec::new();
                    $crate::coding::Field::personal(&mut self.$field, &mut values);
                    let search = $crate::coding::searched!($($search)?);
                    all.extend(values.into_iter().map(|value| (search, value)));
                })+
                all
            }
        }
    };
}
pub(crate) use fact;

/// By what a fact can be found through a field, if by anything.
macro_rules! searched {
    () => {
        None
    };
    ($search:ident) => {
        Some($crate::coding::Search::$search)
    };
}
pub(crate) use searched;
