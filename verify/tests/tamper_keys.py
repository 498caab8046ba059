"""Cases 35 to 54 and their like: root on the ledger's host, with the newest epoch's signing key.

`K` rewrites and signs again; witnesses cosign only what extends what they saw, so a rewritten tail
has no cosignatures while something wrong from the start (`cosign=True`) has them.
"""
import os
import struct

import verify as v
from tests.forge import Log, note_size, time_of, value_of, with_time
from tests.honest import build_postings
from tests.parts import Signer, sha, to_json, xaes
from tests.tamper_storage import everywhere, only


def rewritten(change, after=None):
    """Changes entries, links and signs again everything behind the change."""
    def mutation(case):
        log = Log(case.path, case.secrets)
        index = change(log)
        log.resign(index if after is None else after(log))
        log.save()
    return mutation


def added(change, cosign=True):
    """Adds entries as a dishonest host does, in time for the witnesses."""
    def mutation(case):
        log = Log(case.path, case.secrets)
        change(log)
        log.sign(cosign=cosign)
        log.save()
        if cosign:
            case.latest = log.notes[-1]
    return mutation


def keep_purged_key(case):
    path = os.path.join(case.path, "keys")
    with open(path, "rb") as file:
        value = v.parse_json(file.read()[:-1])
    item = {"commitment": value_of(Log(case.path).entry(Log(case.path).find("period-open")))[
        "commitment"], "period": 1, "wrapped": "00" * 72}
    value["periods"].insert(0, item)
    with open(path, "wb") as file:
        file.write(v.canonical(value) + b"\n")


def hand_out_purged_key(case):
    case.keys["periods"]["1"] = case.secrets["periods"]["1"]


def lose_a_key(case):
    del case.keys["periods"][max(case.keys["periods"], key=int)]


def spaced_json(log):
    value = {"boot": value_of(log.entry(log.find("boot", -1)))["boot"]}
    index = log.append_control("shutdown", **value)
    entry = log.entry(index)
    log.replace(index, entry.replace(b'":', b'": '))


def alter_record(index_of):
    def change(log):
        index = index_of(log)
        entry = log.entry(index)
        log.replace(index, entry[:-1] + bytes([entry[-1] ^ 1]))
        return index
    return change


def in_closed_epoch(log):
    return log.find("record", -1, log.find("epoch-rotate", 0) - 5)


def closed_epoch_record(log):
    return [i for i, e in log.items() if isinstance(e, bytes) and e[1] == 1][0]


def in_current_epoch(log):
    """A record behind the last index round, which the auditor's checkpoint covers."""
    return log.find("record", 1, log.find("index", -1))


def delete_in_current(log):
    index = in_current_epoch(log)
    log.replace(index)
    return index


def forge_rotation(case):
    """K puts a key of its own where the newest epoch's key was announced."""
    log = Log(case.path, case.secrets)
    index = log.find("epoch-rotate", -1)
    value, mine = value_of(log.entry(index)), Signer(bytes(32))
    rest = "/v1\n%s\n%d\n%s\n%s\n%d\n" % (
        log.origin, value["epoch"], Signer(bytes.fromhex(case.secrets["epochs"][-2])).public.hex(),
        mine.public.hex(), index)
    value["key"] = mine.public.hex()
    value["possession"] = mine.sign(("avouch/possess" + rest).encode()).hex()
    value["signature"] = mine.sign(("avouch/rotate" + rest).encode()).hex()
    log.replace(index, log.entry(index)[:72] + to_json(value))
    case.secrets["epochs"].append(mine.seed.hex())
    log.resign(index)
    log.save()


def drop_newest(case):
    log = Log(case.path, case.secrets)
    log.truncate(note_size(case.early) + 1)
    log.sign()
    log.save()


def backdate(log):
    index = in_current_epoch(log)
    entry = log.entry(index)
    log.replace(index, with_time(entry, time_of(entry) - 3600000))
    return index


def purge_of(class_name, by=(0, 1)):
    """A purge of the closed period of a class, with approvals, all through to its end."""
    def change(log):
        opened = [value_of(e) for _, e in log.items() if isinstance(e, bytes) and e[1] == 0x30]
        number = [o["period"] for o in opened if o["class"] == class_name][0]
        log.append_control("purge", **log.approve("purge", by, {
            "periods": [number], "reason": "so"}))
    return change


def last_hold(log):
    return value_of(log.entry(log.find("hold", 0)))["id"]


def forged_release(log):
    value = {"hold": last_hold(log), "id": "00" * 16, "reason": "so",
             "valid_until_ms": log.last_ms() + 1000}
    keys = sorted(Signer(bytes.fromhex(s)).public.hex() for s in log.secrets["admins"])[:2]
    value["approvals"] = [{"key": k, "signature": "00" * 64} for k in keys]
    log.append_control("release", **value)


def replayed(change_object):
    """The approvals of an earlier hold on another object, or again on the same."""
    def change(log):
        value = value_of(log.entry(log.find("hold", 0)))
        del value["prev"]
        if change_object:
            value["to_day"] = "2027-12-31"
        else:
            value["valid_until_ms"] = value["valid_until_ms"]
        log.append_control("hold", **value)
    return change


def late_approval(log):
    value = {"class": "request", "from_day": "2026-01-01", "to_day": "2026-01-01", "reason": "so",
             "valid_until_ms": log.last_ms() - 1}
    log.append_control("hold", **log.approve("hold", (0, 1), value))


def unapproved_redaction(log):
    from tests.forge import Hole
    index = in_current_epoch(log)
    log.append_control("redact", **log.approve("redact", (), {"entry": index, "reason": "so"}))
    file = [f for f in log.files if any(log.entry(index) in b for b in f.blocks)][0]
    items = [item for block in file.blocks for item in block]
    place = items.index(log.entry(index))
    items[place] = Hole(struct.unpack(">I", items[place][4:8])[0], 0, v.leaf_hash(items[place]),
                        True)
    file.kept, file.blocks, file.last = True, [items], last_block(log, file)


def last_block(log, wanted):
    """The hash that the next segment states, so that the chain of blocks goes on."""
    first = 0
    for file in log.files:
        first += sum(1 if isinstance(i, bytes) else 1 << i.level for b in file.blocks for i in b)
        if file is wanted:
            break
    path = log.at("seg", "%016x" % first)
    if not os.path.exists(path):
        return bytes(32)
    with open(path, "rb") as file:
        return file.read(96)[64:]


def record(log, period, terms, key=None, lie=None, after_ms=100):
    """A record sealed under a period, or under another key with a false commitment."""
    secret = bytes.fromhex(log.secrets["periods"][str(period)])
    nonce = log.rng.randbytes(24)
    seal = v.hkdf(log.origin_hash, secret, b"avouch/seal/v1")
    plain = bytes([1, 0, 1, len(terms)]) + b"".join(
        struct.pack(">BH", f, len(t)) + t for f, t in terms)
    commit = sha(b"avouch/record-key/v1\0" + v.record_key(lie or seal, nonce))
    head = struct.pack(">BBHIQ", 1, 1, 0, period, log.last_ms() + after_ms) + nonce + commit
    log.append(head + xaes(key or seal, nonce, plain, log.origin_hash + head))


def open_period(log):
    return struct.unpack(">I", log.entry(log.find("record", -1))[4:8])[0]


def add_record(**how):
    return lambda log: record(log, how.pop("period", None) or open_period(log), [(1, b"mallory")],
                              **how)


def closed_period(log):
    record(log, value_of(log.entry(log.find("period-close", -1)))["period"], [(1, b"mallory")])


def omit_posting(log):
    """An index round over the open tail in which one value is missing."""
    first = value_of(log.entry(log.find("index", -1)))["end"]
    period, end = open_period(log), log.size()
    secret = bytes.fromhex(log.secrets["periods"][str(period)])
    blind = v.hkdf(log.origin_hash, secret, b"avouch/index/v1")
    seal = v.hkdf(log.origin_hash, secret, b"avouch/seal/v1")
    items = []
    for index in range(first, end):
        entry = log.entry(index)
        if entry[1] == 1:
            key = v.record_key(seal, entry[16:40])
            plain = v.open_record(key, entry, log.origin_hash)
            terms = [v.blind(blind, f, t) for f, t in v.parse_record(plain)[1]]
            items.append((index, terms if index % 3 else terms[1:]))
    leaves, root = build_postings(items, first)
    log.append_control("index", first=first, end=end, parts=[
        {"period": period, "records": len(items), "root": root.hex(), "terms": len(leaves)}])


def unknown_type(kind=0x7f, flags=0):
    def change(log):
        log.append(struct.pack(">BBHIQ", 1, kind, flags, 0, log.last_ms()) + bytes(56) + b"{}")
    return change


def clean_lie(log):
    """A boot after an unclean end that says otherwise."""
    boot = log.rng.randbytes(16).hex()
    log.append_control("boot", boot=boot, clean=True, last_ms=time_of(log.entry(log.size() - 1)),
                       size=log.size(), software="x")


def false_heartbeat(log):
    boot = value_of(log.entry(log.find("boot", -1)))["boot"]
    log.append_control("heartbeat", boot=boot, lost=0, pending=0, recorded=5, submitted=5)


def remove_gap(log):
    index = log.find("gap", -1)
    log.replace(index)
    return log.epoch_start()


def open_on_another_day(log):
    number = max(value_of(e)["period"] for _, e in log.items()
                 if isinstance(e, bytes) and e[1] == 0x30)
    log.append_control("period-open", period=number + 1, day="2025-12-30", commitment="00" * 32,
                       **{"class": "held"})
    case_keys = Log(log.path).read("keys")
    value = v.parse_json(case_keys[:-1])
    value["periods"].append({"commitment": "00" * 32, "period": number + 1, "wrapped": ""})
    log.write("keys", v.canonical(value) + b"\n")


HISTORY = {"P": set(), "C": {"history-rewritten"}, "Q": {"history-rewritten"},
           "F": {"history-rewritten"}}
CASES = {
    "35 key kept after purge": (keep_purged_key, everywhere("key-kept-after-purge")),
    "35b purged key handed out": (hand_out_purged_key, only("F", "key-outlives-purge")),
    "35c key lost, by the auditor's file": (lose_a_key, only("F", "key-lost")),
    "36 non-canonical control entry": (added(spaced_json), everywhere("control-not-canonical")),
    "37 rewrite closed epoch and sign again": (
        rewritten(alter_record(closed_epoch_record)),
        everywhere("checkpoint-signature-invalid", "epoch-close-missing")),
    "38 rewrite current epoch": (rewritten(alter_record(in_current_epoch)), HISTORY),
    "39 delete in current epoch": (rewritten(delete_in_current), {
        "P": set(), "C": {"history-rewritten"}, "Q": {"rolled-back"},
        "F": {"history-rewritten", "rolled-back"}}),
    "40 forged rotation chain": (forge_rotation, everywhere("epoch-rotation-invalid")),
    "41 drop newest cosigned entries": (drop_newest, only("QF", "rolled-back")),
    "42 fork at the same size": (
        rewritten(alter_record(lambda log: log.find("record", -1))),
        only("QF", "history-rewritten")),
    "43 backdated entry": (rewritten(backdate), everywhere("time-backwards")),
    "44 purge before expiry": (added(purge_of("admin")), everywhere("purge-before-expiry")),
    "45 purge under hold": (added(purge_of("held")), everywhere("purge-under-hold")),
    "45b period of a day out of the hold's reach": (added(open_on_another_day),
                                                    everywhere("period-invalid")),
    "46 single approval": (added(purge_of("held", (0,))), everywhere("approval-insufficient")),
    "47 forged release": (added(forged_release), everywhere(
        "approval-invalid", "approval-insufficient")),
    "48 unapproved redaction": (added(unapproved_redaction), everywhere("approval-insufficient")),
    "49 silent logging stop": (added(add_record(after_ms=5 * 3600000)), everywhere("silence")),
    "50 record in a closed period": (added(closed_period), everywhere("record-outside-period")),
    "51 sealed with another key": (added(add_record(lie=bytes(32))),
                                   only("F", "commitment-mismatch")),
    "51b two plaintexts": (added(add_record(key=bytes(32))), only("F", "record-unreadable")),
    "52 index omits a posting": (added(omit_posting), only("F", "index-mismatch")),
    "53 unknown type": (added(unknown_type()), everywhere("entry-unknown")),
    "53b flag bits": (added(unknown_type(0x12, 1)), everywhere("entry-unknown")),
    "54 entries beyond the last quorum": (added(add_record(after_ms=120000), cosign=False),
                                          only("QF", "unwitnessed-tail")),
    "63 unclean close hidden": (added(clean_lie), everywhere("boot-false")),
    "64 heartbeat counter is not that of the entries": (added(false_heartbeat),
                                                        everywhere("counter-mismatch")),
    "67 approval replayed on another object": (added(replayed(True)),
                                               everywhere("approval-invalid")),
    "67b the same act again": (added(replayed(False)), everywhere("approval-replayed")),
    "67c approval used too late": (added(late_approval), everywhere("approval-expired")),
    "69 gap removed": (rewritten(remove_gap), everywhere("counter-mismatch")),
    "70 clock stepped back without an entry": (added(add_record(after_ms=-3600000)),
                                               everywhere("time-backwards")),
    "70b clock stepped forward without an entry": (added(add_record(after_ms=31536000000)),
                                                   everywhere("silence")),
}
