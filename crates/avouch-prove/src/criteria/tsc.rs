//! The Trust Services Criteria by their ids, in our own words.
//!
//! The ids are those of TSP section 100 (2017, points of focus of 2022). Its text belongs to the AICPA
//! and is not here.

use super::{Category, CriteriaSet, Criterion, CriterionId, Level};

/// The set.
pub static SET: CriteriaSet = CriteriaSet {
    id: "tsc-2017",
    title: "Trust Services Criteria, ids of 2017",
    criteria: CRITERIA,
    page: include_str!("tsc.md"),
};

macro_rules! criteria {
    ($($variant:ident $id:literal $level:ident $meaning:literal [$($control:literal)+]
        test $test:literal evidence $evidence:literal people $people:literal)+) => {
        const CRITERIA: &[Criterion] = &[$(Criterion {
            id: CriterionId::$variant,
            category: Category::of($id),
            level: Level::$level,
            meaning: $meaning,
            controls: &[$($control),+],
            test: $test,
            evidence: $evidence,
            manual: match $people.as_bytes() {
                [] => None,
                _ => Some($people),
            },
        }),+];
    };
}

criteria! {
    Cc1_1 "CC1.1" Manual
        "People act ethically and the organisation shows it means it"
        ["GOV-1" "GOV-6"]
        test "acknowledgement coverage join; policy age"
        evidence "signed conduct/acceptable-use acknowledgements incl. API data handling"
        people "conduct code, sanctions cases, tone from leaders"
    Cc1_2 "CC1.2" Manual
        "A board or equivalent, independent of managers, watches over controls"
        ["GOV-7"]
        test "review pack produced on schedule (digest exists)"
        evidence "quarterly pack digest, score trend shown to the board"
        people "minutes, member independence"
    Cc1_3 "CC1.3" Hybrid
        "Structure, reporting lines and authority are set"
        ["GOV-5" "INV-2"]
        test "every API and control has an active owner; approver differs from requester"
        evidence "RACI export, ownership history"
        people "organisation chart, delegation of authority"
    Cc1_4 "CC1.4" Hybrid
        "Hire, train and keep competent people"
        ["GOV-3"]
        test "training completion joined to people list; reviewers of API changes are trained"
        evidence "completion population with dates"
        people "job descriptions, background checks, reviews"
    Cc1_5 "CC1.5" Hybrid
        "People answer for their control duties"
        ["GOV-5" "GOV-6" "MON-2"]
        test "overdue control tasks and alert SLAs by owner"
        evidence "task/alert ageing per owner"
        people "appraisal, consequence management"
    Cc2_1 "CC2.1" Auto
        "Decisions use good, complete information"
        ["INV-1" "INV-4" "LOG-1" "LOG-4" "DAT-1"]
        test "source reconciliation; gap register; field completeness"
        evidence "inventory snapshots, IPE sheet for each report, gap register"
        people "judgement that the information is fit for use"
    Cc2_2 "CC2.2" Hybrid
        "Duties and changes are communicated inside"
        ["GOV-1" "GOV-3" "CHG-2"]
        test "notices sent for breaking/security changes; acknowledgement rate"
        evidence "notification log, policy versions"
        people "meetings, onboarding"
    Cc2_3 "CC2.3" Hybrid
        "Customers, vendors and others get and can send relevant information"
        ["GOV-8" "IR-4" "GOV-4"]
        test "docs equal live spec; security.txt valid; inbound reports answered in SLA"
        evidence "published commitments, status history, disclosure-channel register"
        people "contracts, SLAs, user-side responsibilities"
    Cc3_1 "CC3.1" Manual
        "Objectives are clear enough to find risks against"
        ["GOV-2" "INV-2"]
        test "each in-scope API carries commitments and data class"
        evidence "system boundary and commitments list"
        people "management sets objectives"
    Cc3_2 "CC3.2" Hybrid
        "Risks are found, analysed and a response chosen"
        ["GOV-2" "INV-3" "DAT-1" "TST-2" "GOV-4"]
        test "risk candidates auto-raised from inventory, findings, egress; review age"
        evidence "risk register with links to live signals"
        people "rating and treatment decisions"
    Cc3_3 "CC3.3" Hybrid
        "Fraud and abuse are considered"
        ["GOV-2" "MON-1" "IAM-6" "IAM-8"]
        test "abuse-case detections live; SoD conflicts; privileged use outside change window"
        evidence "abuse-case catalogue, drill results"
        people "fraud brainstorming, incentives/pressure analysis"
    Cc3_4 "CC3.4" Hybrid
        "Significant change is spotted and assessed"
        ["INV-1" "INV-3" "CHG-2" "GOV-4"]
        test "new API/data class/vendor/egress triggers a risk review task"
        evidence "change signals with linked assessments"
        people "assessment of business change"
    Cc4_1 "CC4.1" Auto
        "Controls are checked continuously and separately"
        ["MON-4" "TST-1" "TST-2" "TST-3" "LOG-2"]
        test "expected control runs = actual runs; ledger self-audit; deliberate-fault drills"
        evidence "control-run history, pen-test digest, verifier output"
        people "internal audit, independence of testers"
    Cc4_2 "CC4.2" Hybrid
        "Weaknesses reach the people who must fix them, in time"
        ["MON-4" "GOV-6" "GOV-7" "TST-4"]
        test "time from failed run to owner notice and to fix"
        evidence "deficiency register with timestamps, retest"
        people "severity evaluation, board reporting"
    Cc5_1 "CC5.1" Hybrid
        "Controls are chosen to bring risk down"
        ["GOV-2" "GOV-5"]
        test "each high risk maps to >=1 passing control; each control maps to a risk"
        evidence "risk-control matrix"
        people "design judgement"
    Cc5_2 "CC5.2" Auto
        "General technology controls are chosen and built"
        ["IAM-6" "CHG-1" "EDG-1" "TST-5" "DAT-3"]
        test "gateway policy baseline checks; build provenance"
        evidence "baseline report, policy bundle hash"
        people "architecture decisions"
    Cc5_3 "CC5.3" Hybrid
        "Policies and procedures put controls to work"
        ["GOV-1" "GOV-6" "CHG-3"]
        test "policy statement -> control -> test traceability; stale policy check"
        evidence "policy-to-control map, exceptions"
        people "policy approval, procedure upkeep"
    Cc6_1 "CC6.1" Auto
        "Logical access protection over assets: know them, separate them, authenticate, authorise, encrypt, guard keys"
        ["INV-1" "IAM-1" "IAM-2" "IAM-3" "IAM-5" "IAM-6" "DAT-2" "DAT-3" "EDG-1" "CHG-5"]
        test "unauthenticated, forged-token, cross-tenant and role-matrix replays; TLS and at-rest probes; direct-origin probe"
        evidence "attack-replay transcripts, key/cert inventories, policy bundle, decision-log population"
        people "asset ownership, architecture approval"
    Cc6_2 "CC6.2" Hybrid
        "Users and systems are registered and approved before credentials; removed when done"
        ["IAM-4" "IAM-9" "IAM-3"]
        test "issuance joined to prior approval; last use after end date"
        evidence "population of issued/revoked credentials with proofs"
        people "HR leaver data, approver judgement"
    Cc6_3 "CC6.3" Hybrid
        "Access follows role, least privilege and separation of duties, and is reviewed"
        ["IAM-6" "IAM-7" "IAM-5" "IAM-9"]
        test "role x operation matrix vs policy; SoD rules; 100% review coverage; revoke executed"
        evidence "access-review record, before/after snapshots, policy diffs"
        people "owner review decisions"
    Cc6_4 "CC6.4" Manual
        "Physical access is restricted"
        ["PHY-0"]
        test "report-on-file age check"
        evidence "hosting vendor assurance report review"
        people "site visits/badges; normally inherited"
    Cc6_5 "CC6.5" Hybrid
        "Assets lose protection only after data is unrecoverable"
        ["DAT-5"]
        test "crypto-shred unreadability test; disposal log vs retention"
        evidence "disposal/key-destruction records"
        people "media destruction certificates"
    Cc6_6 "CC6.6" Auto
        "Guard against threats from outside the boundary"
        ["EDG-1" "EDG-2" "EDG-3" "EDG-4" "EDG-5" "IAM-1" "IAM-8" "DAT-2"]
        test "payload corpus, burst, schema-violation, direct-origin and admin-exposure probes"
        evidence "replay transcripts, blocked-request population, exposure inventory"
        people "boundary definition"
    Cc6_7 "CC6.7" Auto
        "Data in motion or leaving is restricted and protected"
        ["DAT-2" "DAT-4" "EDG-6" "PRV-3" "MON-1"]
        test "TLS probe; excessive-field probe; egress vs register; exfil-volume detector drill"
        evidence "egress inventory, transfer log, probe results"
        people "removable media, device rules"
    Cc6_8 "CC6.8" Hybrid
        "Unauthorised or malicious software is prevented or caught"
        ["TST-5" "CHG-3" "EDG-5" "CHG-1"]
        test "signature/provenance verify; running hash = approved hash; upload malware probe"
        evidence "SBOMs, provenance, drift alerts"
        people "endpoint protection outside the API estate"
    Cc7_1 "CC7.1" Auto
        "Configuration drift and new vulnerabilities are found"
        ["CHG-3" "CHG-2" "TST-1" "TST-2" "TST-5" "INV-3"]
        test "config hash drift; spec weakening diff; scheduled scans; known-exploited match"
        evidence "scan population with coverage, drift alerts"
        people "standards chosen, scan tuning"
    Cc7_2 "CC7.2" Auto
        "Behaviour is monitored for anomalies that may be attacks, failures or errors"
        ["MON-1" "LOG-1" "LOG-4" "LOG-5" "MON-3"]
        test "attack-corpus replay fires expected rules; heartbeat loss; count reconciliation"
        evidence "alert population, drill times, log-completeness report"
        people "analyst review of odd cases"
    Cc7_3 "CC7.3" Hybrid
        "Events are judged: incident or not, and was there impact"
        ["MON-2" "IR-2" "PRV-4" "DAT-1"]
        test "every alert has a disposition with reason within SLA; data-class impact query"
        evidence "alert->incident linkage, impact query + proof"
        people "severity and breach judgement"
    Cc7_4 "CC7.4" Hybrid
        "Incidents are handled by a defined programme: contain, fix, tell"
        ["IR-1" "IR-2" "IR-3" "IR-4" "IR-5" "IR-6"]
        test "containment drill timing; clock adherence; required-field check"
        evidence "incident files, action log, notices, exercise report"
        people "commander decisions, legal advice, approvals"
    Cc7_5 "CC7.5" Hybrid
        "Recover and learn"
        ["IR-5" "AVL-1" "AVL-2" "CHG-4"]
        test "restore with Merkle root check; corrective actions closed; rule added for the missed signal"
        evidence "recovery record, post-incident review, retest"
        people "root-cause analysis"
    Cc8_1 "CC8.1" Auto
        "Changes are authorised, designed, tested, approved and controlled"
        ["CHG-1" "CHG-2" "CHG-3" "CHG-4" "CHG-5" "TST-1"]
        test "each deploy joins to approved change + gate run; author != approver; running = approved"
        evidence "full change population with samples and proofs"
        people "design review, emergency approvals"
    Cc9_1 "CC9.1" Manual
        "Business disruption risk is mitigated"
        ["GOV-2" "AVL-2" "IR-1"]
        test "continuity exercise age; insurance/plan record present"
        evidence "continuity plan, exercise report"
        people "insurance, business impact analysis"
    Cc9_2 "CC9.2" Hybrid
        "Vendor and partner risk is managed"
        ["GOV-4" "EDG-6" "PRV-3"]
        test "egress destinations subset of vendor register; review age; vendor TLS/health probe"
        evidence "vendor register, reviews, contract terms index"
        people "due diligence, contract negotiation"
    A1_1 "A1.1" Auto
        "Capacity is measured, forecast and managed"
        ["AVL-3" "MON-3" "EDG-4"]
        test "headroom forecast; load test at planned peak; limit probes"
        evidence "capacity and SLO reports"
        people "budget/scale decisions"
    A1_2 "A1.2" Hybrid
        "Environment, backup and recovery means are built and run"
        ["AVL-1" "AVL-2" "PHY-0"]
        test "backup success; monthly restore with root verification"
        evidence "backup/restore populations"
        people "facility controls (inherited)"
    A1_3 "A1.3" Hybrid
        "Recovery plans are tested"
        ["AVL-2" "AVL-1"]
        test "measured recovery time/point vs objective"
        evidence "exercise report with timings"
        people "scenario choice, business sign-off"
    C1_1 "C1.1" Hybrid
        "Confidential information is identified and kept as promised"
        ["DAT-1" "DAT-3" "DAT-5" "IAM-5"]
        test "unclassified sensitive field check; access to confidential class by role; retention check"
        evidence "classification register, access population by class"
        people "what customers mark confidential"
    C1_2 "C1.2" Hybrid
        "Confidential information is disposed of"
        ["DAT-5"]
        test "object past retention; crypto-shred proof"
        evidence "disposal population, key destruction"
        people "disposal approval, holds"
    Pi1_1 "PI1.1" Hybrid
        "Data and processing are defined and specified"
        ["INV-2" "INV-4" "PIN-4"]
        test "spec completeness lint; spec equals behaviour"
        evidence "API contracts, data definitions"
        people "business meaning of data"
    Pi1_2 "PI1.2" Auto
        "Inputs are complete, accurate, valid"
        ["EDG-2" "PIN-1" "PIN-2"]
        test "schema-violation and replay probes; in-count reconciliation"
        evidence "validation-refusal and reconciliation reports"
        people "business validation rules"
    Pi1_3 "PI1.3" Auto
        "Processing does what it should, errors are handled"
        ["PIN-2" "PIN-3"]
        test "reconciliation; dead-letter age"
        evidence "error register"
        people "correction of bad items"
    Pi1_4 "PI1.4" Auto
        "Outputs are complete, accurate, timely, to the right party"
        ["PIN-4" "EDG-3" "IAM-5" "MON-3"]
        test "response conformance; entitlement probe; latency SLO"
        evidence "conformance and SLO reports"
        people "complaints handling"
    Pi1_5 "PI1.5" Auto
        "Stored items stay complete, accurate, available"
        ["PIN-5" "AVL-1" "LOG-2"]
        test "digest re-check; restore"
        evidence "integrity report"
        people "archive policy"
    P1_1 "P1.1" Manual
        "People are told how their data is handled, and of changes"
        ["PRV-1" "GOV-8"]
        test "notice version linked from API docs; purposes in spec equal purposes in notice"
        evidence "notice versions, link check"
        people "drafting and legal review of notice"
    P2_1 "P2.1" Hybrid
        "Choices and consent are offered, recorded, honoured"
        ["PRV-1"]
        test "call without required consent is refused; withdrawal stops processing in T"
        evidence "consent decision population"
        people "consent wording, basis choice"
    P3_1 "P3.1" Hybrid
        "Collection matches stated purposes"
        ["PRV-1" "DAT-1" "INV-3"]
        test "new personal field in traffic without purpose raises a finding"
        evidence "field-purpose register"
        people "necessity judgement"
    P3_2 "P3.2" Hybrid
        "Explicit consent is obtained where needed, before collection"
        ["PRV-1"]
        test "sensitive-class write without explicit-consent claim refused"
        evidence "consent population for sensitive classes"
        people "basis decision"
    P4_1 "P4.1" Hybrid
        "Use is limited to stated purposes"
        ["PRV-1" "DAT-4" "IAM-6"]
        test "purpose claim vs operation purpose; excessive-field probe"
        evidence "purpose-violation population"
        people "secondary-use approval"
    P4_2 "P4.2" Auto
        "Kept no longer than promised"
        ["DAT-5" "LOG-3"]
        test "object past retention check"
        evidence "retention report"
        people "retention schedule"
    P4_3 "P4.3" Hybrid
        "Securely disposed of"
        ["DAT-5" "PRV-2"]
        test "deletion verified at API and store; crypto-shred"
        evidence "disposal population"
        people "third-party deletion letters"
    P5_1 "P5.1" Hybrid
        "People can get at and receive their data"
        ["PRV-2"]
        test "request age vs deadline; identity check present"
        evidence "request population"
        people "hard cases, refusals"
    P5_2 "P5.2" Hybrid
        "People can correct it and third parties hear of it"
        ["PRV-2" "PRV-3"]
        test "correction propagated to recipients from the disclosure ledger"
        evidence "correction + onward-notice log"
        people "disputes"
    P6_1 "P6.1" Hybrid
        "Disclosed to third parties only as consented/allowed"
        ["PRV-3" "EDG-6" "PRV-1"]
        test "egress with personal data to unregistered recipient = fail"
        evidence "disclosure population"
        people "contract and basis review"
    P6_2 "P6.2" Auto
        "Authorised disclosures are recorded fully"
        ["PRV-3" "LOG-2" "LOG-4"]
        test "egress count = disclosure-ledger count"
        evidence "disclosure ledger with inclusion proofs"
        people ""
    P6_3 "P6.3" Hybrid
        "Unauthorised disclosures are recorded fully"
        ["PRV-4" "IR-2"]
        test "affected-subject query reproducible"
        evidence "privacy incident register"
        people "breach determination"
    P6_4 "P6.4" Manual
        "Vendors give privacy commitments and are checked"
        ["GOV-4"]
        test "vendor with personal data has signed terms and review in date"
        evidence "vendor register"
        people "due diligence, corrective action"
    P6_5 "P6.5" Manual
        "Vendors promise to report breaches, and such reports are handled"
        ["GOV-4" "IR-2"]
        test "contract-term flag present; vendor incident intake tested"
        evidence "vendor incident register"
        people "contract wording"
    P6_6 "P6.6" Hybrid
        "Affected people, regulators and others are notified"
        ["IR-4" "PRV-4"]
        test "sent_at <= due_at for each duty; approval recorded"
        evidence "notice decision records"
        people "legal decision and wording"
    P6_7 "P6.7" Hybrid
        "People can get an account of data held and disclosed"
        ["PRV-2" "PRV-3"]
        test "accounting generated from disclosure ledger in a drill"
        evidence "accounting report + proofs"
        people "identity edge cases"
    P7_1 "P7.1" Hybrid
        "Personal data is accurate, complete, relevant"
        ["EDG-2" "PIN-4" "PRV-2"]
        test "validation and correction metrics"
        evidence "quality report"
        people "relevance judgement"
    P8_1 "P8.1" Hybrid
        "Complaints and disputes are handled; compliance is monitored"
        ["PRV-2" "GOV-8" "MON-4"]
        test "complaint age vs SLA; privacy control-run history"
        evidence "complaint register, privacy control history"
        people "resolution, escalation"
}
