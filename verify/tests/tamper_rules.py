"""Cases beyond the design's list, 72 onwards: who breaks a rule of the format with valid signatures.

Most are a host that misbehaves in time for its witnesses; some have administrators on their side.
"""
import struct

import verify as v
from tests.forge import Hole, Log, note_size, time_of, value_of
from tests.parts import Signer, checkpoint_text, cosign_line, sha, signed_note, to_json
from tests.tamper_keys import added, in_current_epoch, open_period, purge_of, record, rewritten
from tests.tamper_storage import everywhere, only

DAY_MS = 86400000


def sign_at(log, time_ms, epoch=-1):
    """A checkpoint of all, cosigned at a time of the witnesses' own."""
    text = checkpoint_text(log.origin, log.size(), log.roots()[log.size()])
    note = signed_note(text, log.origin, Signer(bytes.fromhex(log.secrets["epochs"][epoch])))
    for witness in log.secrets["witnesses"]:
        note += cosign_line(text, witness["name"], Signer(bytes.fromhex(witness["seed"])),
                            time_ms // 1000)
    log.notes.append(note)


def purge_by_stepped_clock(case):
    log = Log(case.path, case.secrets)
    true_ms = log.last_ms()
    log.append_control("clock", after_ms=11 * DAY_MS, from_ms=true_ms, to_ms=true_ms + 11 * DAY_MS)
    purge_of("admin")(log)
    sign_at(log, true_ms + 1000)
    log.save()
    case.latest = log.notes[-1]


def purged_at_once(between):
    """`purge` and `purged` with nothing, or nothing cosigned, between them."""
    def mutation(case):
        log = Log(case.path, case.secrets)
        true_ms = log.last_ms()
        log.append_control("clock", after_ms=11 * DAY_MS, from_ms=true_ms,
                           to_ms=true_ms + 11 * DAY_MS)
        purge_of("admin")(log)
        if between:
            log.sign()
        act = value_of(log.entry(log.find("purge", -1)))["id"]
        log.append_control("purged", destroyed={"id": "test", "version": 1},
                           kek={"id": "test", "version": 2}, purge=act, receipt="")
        sign_at(log, true_ms + 12 * DAY_MS)
        log.save()
        case.latest = log.notes[-1]
        case.keys.pop("destroyed")
    return mutation


def purge_again(log):
    number = value_of(log.entry(log.find("purge", 0)))["periods"]
    log.append_control("purge", **log.approve("purge", (0, 1), {"periods": number, "reason": ""}))


def purged_without_purge(log):
    log.append_control("purged", destroyed={"id": "x", "version": 1}, purge="00" * 16, receipt="",
                       kek={"id": "x", "version": 2})


def weaken_policy(log):
    value = value_of(log.entry(log.find("policy", -1)))
    new = {"admins": value["admins"], "approvals_needed": 1, "policy": value["policy"]}
    log.append_control("policy", **log.approve("policy", (0,), new))


def recover_without_identity(log):
    mine = Signer(bytes(32))
    old = Signer(bytes.fromhex(log.secrets["epochs"][-1])).public.hex()
    epoch = value_of(log.entry(log.find("epoch-rotate", -1)))["epoch"] + 1
    rest = "/v1\n%s\n%d\n%s\n%s\n%d\n" % (log.origin, epoch, old, mine.public.hex(), log.size())
    value = {"epoch": epoch, "key": mine.public.hex(),
             "possession": mine.sign(("avouch/possess" + rest).encode()).hex(),
             "signature": mine.sign(("avouch/recover" + rest).encode()).hex()}
    log.append_control("epoch-recover", **log.approve("epoch-recover", (0, 1), value))
    log.secrets["epochs"].append(mine.seed.hex())


def old_key_kept(case):
    """K did not erase the last epoch's key and signs the present with it."""
    log = Log(case.path, case.secrets)
    record(log, open_period(log), [(1, b"mallory")])
    sign_at(log, log.last_ms(), -2)
    log.save()


def new_key_too_early(case):
    """The end of an epoch signed by the next one's key."""
    log = Log(case.path, case.secrets)
    size = log.epoch_start()
    log.sign(size)
    note = log.notes.pop()
    place = [note_size(n) for n in log.notes].index(size)
    log.notes[place + 1:place + 1] = [note]
    log.save_notes()


def possession_of_another(log):
    mine, old = Signer(bytes(32)), Signer(bytes.fromhex(log.secrets["epochs"][-1]))
    epoch = value_of(log.entry(log.find("epoch-rotate", -1)))["epoch"] + 1
    rest = "/v1\n%s\n%d\n%s\n%s\n%d\n" % (log.origin, epoch, old.public.hex(), mine.public.hex(),
                                         log.size())
    log.append_control("epoch-rotate", epoch=epoch, key=mine.public.hex(),
                       possession=old.sign(("avouch/possess" + rest).encode()).hex(),
                       signature=old.sign(("avouch/rotate" + rest).encode()).hex())


def close_with(entries=0, members=None):
    """The open period is closed, but its records or their number are another's."""
    def change(log):
        period = open_period(log)
        found = [i for i, e in log.items() if (struct.unpack(">I", e[4:8])[0] if isinstance(
            e, bytes) else e.period) == period and (not isinstance(e, bytes) or e[1] == 1)]
        runs = []
        for index in found:
            if runs and sum(runs[-1]) == index:
                runs[-1][1] += 1
            else:
                runs.append([index, 1])
        true = sha(b"".join(struct.pack(">QQ", *run) for run in runs)).hex()
        log.append_control("period-close", entries=len(found) + entries, members=members or true,
                           period=period)
    return change


def round_with(first=0, records=0):
    def change(log):
        last = value_of(log.entry(log.find("index", -1)))["end"]
        period, end = open_period(log), log.size()
        count = sum(e[1] == 1 for i, e in log.items() if i >= last)
        log.append_control("index", first=last + first, end=end, parts=[
            {"period": period, "records": count + records, "root": "00" * 32, "terms": 1}])
    return change


def hidden_by_redaction(log):
    """A record is taken out and no `redact` says so."""
    index = in_current_epoch(log)
    entry = log.entry(index)
    for file in log.files:
        if any(entry is item for block in file.blocks for item in block):
            items = [item for block in file.blocks for item in block]
            items[[i is entry for i in items].index(True)] = Hole(
                struct.unpack(">I", entry[4:8])[0], 0, v.leaf_hash(entry), True)
            file.kept, file.blocks, file.last = True, [items], bytes(32)
    return log.size()


def control_hidden_as_redacted(log):
    """The last gap becomes a redacted record, with approvals for the redaction."""
    index = log.find("gap", -1)
    log.append_control("redact", **log.approve("redact", (0, 1), {"entry": index, "reason": "x"}))
    entry = log.entry(index)
    for file in log.files:
        if any(entry is item for block in file.blocks for item in block):
            items = [item for block in file.blocks for item in block]
            items[[i is entry for i in items].index(True)] = Hole(
                open_period(log), 0, v.leaf_hash(entry), True)
            file.kept, file.blocks, file.last = True, [items], bytes(32)


def redact_the_future(log):
    log.append_control("redact", **log.approve("redact", (0, 1), {
        "entry": log.size() + 5, "reason": "x"}))


def chain_restarted(log):
    index = log.append_control("gap", count=1, from_ms=0, to_ms=0, reason="x")
    value = value_of(log.entry(index))
    value["prev"] = None
    log.replace(index, log.entry(index)[:72] + to_json(value))


def second_genesis(log):
    log.append_control("genesis", genesis=value_of(log.entry(0))["genesis"])


def unknown_member(log):
    log.append_control("gap", count=1, from_ms=0, to_ms=0, reason="x", note="x")


def short_control(log):
    log.append(b"\x01\x13\0\0" + bytes(20))


def period_in_control(log):
    index = log.append_control("gap", count=1, from_ms=0, to_ms=0, reason="x")
    entry = bytearray(log.entry(index))
    entry[7] = 1
    log.replace(index, bytes(entry))


def two_roots(case):
    """Two checkpoints of one size, both signed: the host told two stories."""
    log = Log(case.path, case.secrets)
    text = checkpoint_text(log.origin, note_size(log.notes[-1]), bytes(32))
    signer = Signer(bytes.fromhex(case.secrets["epochs"][-1]))
    log.notes.append(signed_note(text, log.origin, signer))
    log.save()


def boot_with(**lie):
    def change(log):
        value = {"boot": "11" * 16, "clean": False, "size": log.size(), "software": "x",
                 "last_ms": time_of(log.entry(log.size() - 1))}
        log.append_control("boot", **dict(value, **lie))
    return change


def end_with_waiting(log):
    """Records that were counted as waiting and never came, at an orderly end."""
    boot = value_of(log.entry(log.find("boot", -1)))["boot"]
    counted = value_of(log.entry(log.find("heartbeat", -1)))
    since = sum(kind == 1 for index, kind in (
        (i, e[1]) for i, e in log.items() if isinstance(e, bytes)) if index > log.find("heartbeat", -1))
    recorded = counted["recorded"] + since
    log.append_control("heartbeat", boot=boot, lost=counted["lost"], pending=4, recorded=recorded,
                       submitted=recorded + counted["lost"] + 4)
    log.append_control("shutdown", boot=boot)


def clock_over_silence(log):
    """A clock step that begins hours after the last entry."""
    log.append_control("clock", after_ms=0, from_ms=log.last_ms() + 5 * 3600000,
                       to_ms=log.last_ms())


CASES = {
    "72 purge early behind a stepped clock": (purge_by_stepped_clock,
                                              only("QF", "purge-before-expiry")),
    "73 destroyed before anything was published": (purged_at_once(False), everywhere(
        "purge-unwitnessed")),
    "73b destroyed before anything was cosigned": (purged_at_once(True), {
        "P": {"purge-unfinished"}, "C": {"purge-unfinished"}, "Q": {"purge-unwitnessed"},
        "F": {"purge-unwitnessed"}}),
    "74 purged twice": (added(purge_again), everywhere("purge-invalid")),
    "75 destroyed without purge": (added(purged_without_purge), everywhere("purge-invalid")),
    "76 policy weakened by one": (added(weaken_policy), everywhere("approval-insufficient")),
    "77 recovery without the identity key": (added(recover_without_identity),
                                             everywhere("epoch-rotation-invalid")),
    "78 signed with a key that should be erased": (old_key_kept,
                                                   everywhere("checkpoint-signature-invalid")),
    "78b signed with the next key too early": (new_key_too_early,
                                               everywhere("checkpoint-signature-invalid")),
    "79 rotation without possession": (added(possession_of_another),
                                       everywhere("epoch-rotation-invalid")),
    "80 close with another count": (added(close_with(entries=1)),
                                    everywhere("period-members-mismatch")),
    "80b close with other members": (added(close_with(members="00" * 32)),
                                     everywhere("period-members-mismatch")),
    "81 close of what the index does not cover": (added(close_with()), everywhere("index-gap")),
    "82 index round that leaves entries out": (added(round_with(first=2)), everywhere("index-gap")),
    "83 index round with another count": (added(round_with(records=1)),
                                          everywhere("index-count-mismatch")),
    "84 record taken out and not said": (rewritten(hidden_by_redaction),
                                         everywhere("missing-without-purge")),
    "85 control entry redacted": (added(control_hidden_as_redacted),
                                  everywhere("control-chain-broken")),
    "86 redaction of what is not there": (added(redact_the_future),
                                          everywhere("redaction-invalid")),
    "87 control chain begun anew": (added(chain_restarted), everywhere("control-chain-broken")),
    "88 second genesis": (added(second_genesis), everywhere("genesis-not-committed")),
    "89 unknown member": (added(unknown_member), everywhere("control-malformed")),
    "90 entry too short": (added(short_control), everywhere("entry-malformed")),
    "90b control entry with a period": (added(period_in_control), everywhere("entry-malformed")),
    "91 two roots of one size": (two_roots, everywhere("checkpoints-out-of-order")),
    "92 boot that hides its size": (added(boot_with(size=1)), everywhere("boot-false")),
    "92b boot that hides the time before": (added(boot_with(last_ms=1)), everywhere("boot-false")),
    "94 records that wait for ever": (added(end_with_waiting), everywhere("counter-mismatch")),
    "93 clock step over a silence": (added(clock_over_silence), everywhere("silence")),
}
