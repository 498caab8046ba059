//! The collections: what is alike in all of them, as a table.

/// Who may do something with a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Whoever made it.
    Owner,
    /// Everybody who is signed in.
    Member,
    /// Whoever made it; everybody who is signed in when that switch is on.
    OwnerUnless(&'static str),
    /// Whoever made it; anybody at all when that switch is on.
    OwnerUnlessOpen(&'static str),
    /// Administrators.
    Staff,
    /// The operation is not offered.
    Absent,
}

/// How things are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ids {
    /// Counted.
    Number,
    /// Random.
    Uuid,
    /// A number in base64.
    Base64,
    /// By the name that their makers give them, in that property.
    Name(&'static str),
}

/// What the answer to a creation says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// The thing.
    Thing,
    /// A link to it.
    Link,
    /// That it worked.
    Nothing,
}

/// A kind of thing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Collection {
    /// Where its list is.
    pub(super) list: &'static str,
    /// Where one is read, with `{id}`.
    pub(super) item: &'static str,
    /// Where one is made.
    pub(super) make: &'static str,
    /// The parameter that names one.
    pub(super) parameter: &'static str,
    /// How they are told apart.
    pub(super) ids: Ids,
    /// The property with a text that is written freely.
    pub(super) text: &'static str,
    /// What creating answers.
    pub(super) says: Says,
    /// Whether the list shows everybody's.
    pub(super) shared: bool,
    /// Who reads one.
    pub(super) read: Rule,
    /// Who changes one, by which method.
    pub(super) change: (&'static str, Rule),
    /// Who removes one.
    pub(super) remove: Rule,
}

/// A collection in which everything asks for the owner; the others vary it.
const STRICT: Collection = Collection {
    list: "",
    item: "",
    make: "",
    parameter: "id",
    ids: Ids::Number,
    text: "note",
    says: Says::Thing,
    shared: false,
    read: Rule::Owner,
    change: ("PUT", Rule::Owner),
    remove: Rule::Owner,
};

/// Every kind of thing.
pub(super) const COLLECTIONS: &[Collection] = &[
    plain("/v2/calls", "/v2/calls/{id}", Ids::Number),
    plain("/v2/records", "/v2/records/{id}", Ids::Number),
    plain("/v2/appointments", "/v2/appointments/{id}", Ids::Base64)
        .reads("appointment-read-unchecked"),
    plain("/v2/sittings", "/v2/sittings/{id}", Ids::Base64),
    Collection {
        change: ("PUT", Rule::OwnerUnless("visit-update-unchecked")),
        ..plain("/v2/visits", "/v2/visits/{id}", Ids::Uuid)
    },
    plain("/v2/stays", "/v2/stays/{id}", Ids::Uuid),
    Collection {
        remove: Rule::OwnerUnless("booking-delete-unchecked"),
        ..plain("/v2/bookings", "/v2/bookings/{id}", Ids::Number)
    },
    plain("/v2/slots", "/v2/slots/{id}", Ids::Number),
    named("/journals/v1", "/journals/v1/{journal_title}", "journal_title")
        .reads("journal-secret-unchecked"),
    named("/diaries/v1", "/diaries/v1/{diary_title}", "diary_title"),
    linked("/v2/reports", "/v2/report?report_id={id}", "/v2/report/create", "report_id")
        .reads("report-query-unchecked"),
    linked(
        "/v2/statements",
        "/v2/statement?statement_id={id}",
        "/v2/statement/create",
        "statement_id",
    ),
    Collection { says: Says::Nothing, ..plain("/v2/reminders", "/v2/reminders/{id}", Ids::Number) },
    plain("/v2/alarms", "/v2/alarms/{id}", Ids::Number),
    Collection {
        change: ("PATCH", Rule::OwnerUnlessOpen("label-write-unguarded")),
        ..plain("/v2/labels", "/v2/labels/{id}", Ids::Uuid)
    },
    Collection {
        change: ("PATCH", Rule::Owner),
        ..plain("/v2/stickers", "/v2/stickers/{id}", Ids::Uuid)
    },
    Collection {
        change: ("PUT", Rule::OwnerUnless("board-put-unguarded")),
        ..shared("/v2/boards", "/v2/boards/{id}")
    },
    shared("/v2/charts", "/v2/charts/{id}"),
    Collection {
        change: ("PUT", Rule::Member),
        remove: Rule::Member,
        ..shared("/v2/rotas", "/v2/rotas/{id}")
    },
    Collection {
        change: ("PUT", Rule::Member),
        remove: Rule::Staff,
        ..shared("/v2/notices", "/v2/notices/{id}")
    },
    plain("/v2/samples", "/v2/samples/{id}", Ids::Number),
    plain("/v2/patients", "/v2/patients/{id}", Ids::Uuid),
];

const fn plain(list: &'static str, item: &'static str, ids: Ids) -> Collection {
    Collection { list, item, make: list, ids, ..STRICT }
}

/// What everybody is shown, by design.
const fn shared(list: &'static str, item: &'static str) -> Collection {
    Collection { shared: true, read: Rule::Member, ..plain(list, item, Ids::Number) }
}

/// What everybody knows by name, with a secret inside.
const fn named(list: &'static str, item: &'static str, parameter: &'static str) -> Collection {
    Collection {
        parameter,
        ids: Ids::Name(parameter),
        text: "secret",
        says: Says::Nothing,
        shared: true,
        change: ("PUT", Rule::Absent),
        remove: Rule::Absent,
        ..plain(list, item, Ids::Number)
    }
}

/// What is made beside where it is read, and chosen by the query.
const fn linked(
    list: &'static str,
    item: &'static str,
    make: &'static str,
    parameter: &'static str,
) -> Collection {
    Collection {
        make,
        parameter,
        says: Says::Link,
        change: ("PUT", Rule::Absent),
        remove: Rule::Absent,
        ..plain(list, item, Ids::Number)
    }
}

impl Collection {
    const fn reads(self, switch: &'static str) -> Self {
        Self { read: Rule::OwnerUnless(switch), ..self }
    }

    /// The last name in the address of its list.
    pub(super) fn noun(&self) -> &'static str {
        let named = |part: &&str| !part.is_empty() && *part != "v1";
        self.list.rsplit('/').find(named).unwrap_or_default()
    }
}
