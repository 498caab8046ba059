//! What can be found. The codes and their classes are those of `docs/ledger-format.md`, section 18.

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each code is explained in docs/ledger-format.md, section 18")]
pub enum Code {
    GenesisMissing,
    GenesisMalformed,
    GenesisSignatureInvalid,
    OriginMismatch,
    GenesisNotCommitted,
    SegmentMissing,
    SegmentMalformed,
    BlockDamaged,
    BlockRootMismatch,
    TornTail,
    EntriesMissing,
    EntryMalformed,
    EntryUnknown,
    ControlNotCanonical,
    ControlMalformed,
    ControlChainBroken,
    CheckpointMissing,
    CheckpointMalformed,
    CheckpointTorn,
    CheckpointSignatureInvalid,
    CheckpointRootMismatch,
    CheckpointsOutOfOrder,
    HeadStale,
    UncheckpointedTail,
    Stale,
    EpochRotationInvalid,
    EpochCloseMissing,
    ApprovalInvalid,
    ApprovalInsufficient,
    ApprovalReplayed,
    ApprovalExpired,
    PeriodInvalid,
    PeriodMembersMismatch,
    RecordOutsidePeriod,
    PurgeInvalid,
    PurgeBeforeExpiry,
    PurgeUnderHold,
    PurgeUnfinished,
    PurgeUnwitnessed,
    HoldInvalid,
    RedactionInvalid,
    IndexGap,
    IndexCountMismatch,
    IndexOverdue,
    TimeBackwards,
    Silence,
    BootFalse,
    CounterMismatch,
    KeysFileMalformed,
    KeyKeptAfterPurge,
    KeyLost,
    RolledBack,
    HistoryRewritten,
    EarlierCheckpointInvalid,
    LimitExceeded,
    Unreadable,
}

impl Code {
    /// Every code, its name, and its class: 1 tampering, 2 incomplete, 3 cannot be checked.
    pub const ALL: [(Self, &'static str, u8); 56] = [
        (Self::GenesisMissing, "genesis-missing", 3),
        (Self::GenesisMalformed, "genesis-malformed", 1),
        (Self::GenesisSignatureInvalid, "genesis-signature-invalid", 1),
        (Self::OriginMismatch, "origin-mismatch", 1),
        (Self::GenesisNotCommitted, "genesis-not-committed", 1),
        (Self::SegmentMissing, "segment-missing", 1),
        (Self::SegmentMalformed, "segment-malformed", 1),
        (Self::BlockDamaged, "block-damaged", 1),
        (Self::BlockRootMismatch, "block-root-mismatch", 1),
        (Self::TornTail, "torn-tail", 2),
        (Self::EntriesMissing, "entries-missing", 1),
        (Self::EntryMalformed, "entry-malformed", 1),
        (Self::EntryUnknown, "entry-unknown", 1),
        (Self::ControlNotCanonical, "control-not-canonical", 1),
        (Self::ControlMalformed, "control-malformed", 1),
        (Self::ControlChainBroken, "control-chain-broken", 1),
        (Self::CheckpointMissing, "checkpoint-missing", 3),
        (Self::CheckpointMalformed, "checkpoint-malformed", 1),
        (Self::CheckpointTorn, "checkpoint-torn", 2),
        (Self::CheckpointSignatureInvalid, "checkpoint-signature-invalid", 1),
        (Self::CheckpointRootMismatch, "checkpoint-root-mismatch", 1),
        (Self::CheckpointsOutOfOrder, "checkpoints-out-of-order", 1),
        (Self::HeadStale, "head-stale", 2),
        (Self::UncheckpointedTail, "uncheckpointed-tail", 2),
        (Self::Stale, "stale", 2),
        (Self::EpochRotationInvalid, "epoch-rotation-invalid", 1),
        (Self::EpochCloseMissing, "epoch-close-missing", 1),
        (Self::ApprovalInvalid, "approval-invalid", 1),
        (Self::ApprovalInsufficient, "approval-insufficient", 1),
        (Self::ApprovalReplayed, "approval-replayed", 1),
        (Self::ApprovalExpired, "approval-expired", 1),
        (Self::PeriodInvalid, "period-invalid", 1),
        (Self::PeriodMembersMismatch, "period-members-mismatch", 1),
        (Self::RecordOutsidePeriod, "record-outside-period", 1),
        (Self::PurgeInvalid, "purge-invalid", 1),
        (Self::PurgeBeforeExpiry, "purge-before-expiry", 1),
        (Self::PurgeUnderHold, "purge-under-hold", 1),
        (Self::PurgeUnfinished, "purge-unfinished", 2),
        (Self::PurgeUnwitnessed, "purge-unwitnessed", 1),
        (Self::HoldInvalid, "hold-invalid", 1),
        (Self::RedactionInvalid, "redaction-invalid", 1),
        (Self::IndexGap, "index-gap", 1),
        (Self::IndexCountMismatch, "index-count-mismatch", 1),
        (Self::IndexOverdue, "index-overdue", 2),
        (Self::TimeBackwards, "time-backwards", 1),
        (Self::Silence, "silence", 1),
        (Self::BootFalse, "boot-false", 1),
        (Self::CounterMismatch, "counter-mismatch", 1),
        (Self::KeysFileMalformed, "keys-file-malformed", 1),
        (Self::KeyKeptAfterPurge, "key-kept-after-purge", 1),
        (Self::KeyLost, "key-lost", 1),
        (Self::RolledBack, "rolled-back", 1),
        (Self::HistoryRewritten, "history-rewritten", 1),
        (Self::EarlierCheckpointInvalid, "earlier-checkpoint-invalid", 3),
        (Self::LimitExceeded, "limit-exceeded", 3),
        (Self::Unreadable, "unreadable", 3),
    ];

    fn row(self) -> (&'static str, u8) {
        let mut rows = Self::ALL.iter();
        rows.find(|(code, ..)| *code == self).map_or(("unreadable", 3), |row| (row.1, row.2))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Its class: 1 tampering is proven, 2 something is incomplete, 3 it cannot be checked.
    pub fn class(self) -> u8 {
        self.row().1
    }
}
