"""An honest little writer of ledgers, for the tests only.

It frames everything itself, from docs/ledger-format.md; only arithmetic (curve, AES, hashes) is
taken from verify.py, where published vectors hold it.
"""
import hashlib
import os
import random
import struct
import zlib

import verify as v
from tests.parts import (KINDS, START_MS, Signer, checkpoint_text, cosign_line, day_of, root_of, sha,
                         signed_note, to_json, xaes)


class Secrets:
    """Every key of a log. `as_json` is what the mutations of a key-holding attacker are given."""

    def __init__(self, rng, admins=3, witnesses=3):
        self.identity, self.epochs = Signer(rng.randbytes(32)), [Signer(rng.randbytes(32))]
        self.admins = [Signer(rng.randbytes(32)) for _ in range(admins)]
        self.witnesses = [("witness.example/w%d" % n, Signer(rng.randbytes(32)))
                          for n in range(witnesses)]
        self.kek, self.kek_version, self.periods = rng.randbytes(32), 1, {}

    def as_json(self):
        return {"identity": self.identity.seed.hex(), "epochs": [e.seed.hex() for e in self.epochs],
                "admins": [a.seed.hex() for a in self.admins],
                "witnesses": [{"name": n, "seed": w.seed.hex()} for n, w in self.witnesses],
                "periods": {str(p): s.hex() for p, s in self.periods.items()}}

    def policy_text(self, quorum=2):
        lines = ["witness w%d %s" % (n, v.show_vkey(name, 4, w.public))
                 for n, (name, w) in enumerate(self.witnesses)]
        names = " ".join("w%d" % n for n in range(len(self.witnesses)))
        return "\n".join(lines + ["group all-of-them %d %s" % (quorum, names),
                                  "quorum all-of-them", ""])


def build_postings(items, first):
    """(number of terms, root, file's tail) of a round's postings of one period."""
    postings = {}
    for index, terms in items:
        for term in set(terms):
            postings.setdefault(term, []).append(index - first)
    leaves = [term + struct.pack(">I%dI" % len(p), len(p), *p) for term, p in sorted(postings.items())]
    return leaves, root_of([sha(b"\x00" + leaf) for leaf in leaves])


class Writer:
    """One log, written block by block."""

    def __init__(self, path, seed=0, origin="example.com/ledger", segment_bytes=32768,
                 heartbeat_s=3600, retention=None, approvals=2, block_entries=4):
        self.path, self.rng, self.origin = path, random.Random(seed), origin
        self.origin_hash, self.now, self.segment_bytes = sha(origin.encode()), START_MS, segment_bytes
        # Few different keys, so that the tables made for each serve many logs.
        self.secrets, self.block_entries = Secrets(random.Random(seed % 4)), block_entries
        self.entries, self.buffer, self.leaves, self.kinds = [], [], [], []
        self.prev, self.boot, self.recorded, self.lost = None, None, 0, 0
        self.last_block, self.segment, self.position, self.uuid = bytes(32), None, 0, None
        self.segments, self.period_of, self.members, self.next_period = [], {}, {}, 1
        self.classes, self.closed, self.terms, self.round_end = {}, {}, {}, 0
        self.notes, self.gone, self.redacted, self.index_leaves = [], set(), set(), {}
        self.policy = {"classes": {c: {"retention_s": s} for c, s in
                                   (retention or {"request": 7200, "admin": 700000}).items()},
                       "clock_slack_ms": 5000, "cosign_lag_s": 60, "heartbeat_s": heartbeat_s,
                       "pack_entries": 256}
        self.approvals_needed, self.generation = approvals, 0
        self.skew_ms, self.closed_truly = 0, {}  # witnesses have clocks of their own
        for folder in ("seg", "kept", "index", "pack"):
            os.makedirs(os.path.join(path, folder), exist_ok=True)
        self.write_genesis()

    # -- files

    def save(self, name, data):
        with open(os.path.join(self.path, name), "wb") as file:
            file.write(data)

    def write_genesis(self):
        value = {"admins": self.admin_list(), "approvals": self.approvals_needed,
                 "created_ms": self.now, "epoch_key": self.secrets.epochs[0].public.hex(),
                 "policy": self.policy}
        text = "avouch/genesis/v1\n%s\n%s\n" % (self.origin, to_json(value).decode())
        self.genesis = signed_note(text, self.origin, self.secrets.identity)
        self.save("genesis", self.genesis.encode())
        self.control("genesis", genesis=sha(text.encode()).hex())
        self.start()

    def admin_list(self):
        return [{"key": a.public.hex(), "name": "admin %d" % n}
                for n, a in enumerate(self.secrets.admins)]

    def new_segment(self, first):
        self.segment, self.uuid = first, self.rng.randbytes(16)
        head = (b"AVLSEG1\n" + self.origin_hash + self.uuid + struct.pack(">Q", first)
                + self.last_block + bytes(16))
        data = bytearray(self.segment_bytes)
        data[:116] = head + struct.pack(">I", zlib.crc32(head))
        self.save("seg/%016x" % first, data)
        self.segments.append(first)
        self.position = 4096

    def commit(self):
        """Writes what waits as one block."""
        if not self.buffer:
            return
        first = len(self.entries) - len(self.buffer)
        body = b"".join(struct.pack(">H", len(e)) + e for e in self.buffer)
        size = (112 + len(body) + 4095) // 4096 * 4096
        if self.segment is None or self.position + size > self.segment_bytes:
            self.new_segment(first)
        head = (b"AVB1" + bytes(4) + self.uuid + struct.pack(
            ">QII", first, len(self.buffer), len(body)) + root_of(self.leaves) + self.last_block
            + struct.pack(">I", zlib.crc32(body)))
        head += struct.pack(">I", zlib.crc32(head))
        with open(os.path.join(self.path, "seg/%016x" % self.segment), "r+b") as file:
            file.seek(self.position)
            file.write(head + body)
        self.position, self.last_block, self.buffer = self.position + size, sha(head), []

    def append(self, kind, period, nonce, commitment, payload_of):
        head = (struct.pack(">BBHIQ", 1, kind, 0, period, self.now) + nonce + commitment)
        entry = head + payload_of(head)
        self.entries.append(entry)
        self.leaves.append(sha(b"\x00" + entry))
        self.kinds.append(kind)
        self.buffer.append(entry)
        if len(self.buffer) >= self.block_entries:
            self.commit()
        return len(self.entries) - 1

    def control(self, name, **members):
        members["prev"] = self.prev
        index = self.append(KINDS[name], 0, bytes(24), bytes(32), lambda _: to_json(members))
        self.prev = {"index": index, "leaf": self.leaves[index].hex()}
        return index

    def approved(self, name, by=(0, 1), **members):
        members.setdefault("id", self.rng.randbytes(16).hex())
        members.setdefault("valid_until_ms", self.now + 3600000)
        text = ("avouch/approve/v1\n%s\n%s\n%s\n" % (
            self.origin, name, sha(to_json(members)).hex())).encode()
        signers = sorted((self.secrets.admins[n] for n in by), key=lambda s: s.public)
        members["approvals"] = [{"key": s.public.hex(), "signature": s.sign(text).hex()}
                                for s in signers]
        self.control(name, **members)
        return members["id"]

    # -- life

    def last_ms(self):
        return struct.unpack(">Q", self.entries[-1][8:16])[0]

    def start(self):
        clean = self.kinds[-1] in (0x10, 0x12)
        self.boot, self.recorded, self.lost = self.rng.randbytes(16).hex(), 0, 0
        self.control("boot", boot=self.boot, clean=clean, last_ms=self.last_ms(),
                     size=len(self.entries), software="test")

    def stop(self, clean=True):
        if clean:
            self.heartbeat()
            self.control("shutdown", boot=self.boot)
            self.checkpoint()
        else:
            self.commit()
        self.now += 7200000
        self.start()

    def wait(self, seconds):
        """Lets time pass, with heartbeats as the policy wants them."""
        step = (self.policy["heartbeat_s"] + 1) // 2
        while seconds > 0:
            self.now += min(step, seconds) * 1000
            seconds -= step
            self.heartbeat()

    def heartbeat(self, pending=0):
        self.control("heartbeat", boot=self.boot, lost=self.lost, pending=pending,
                     recorded=self.recorded, submitted=self.recorded + self.lost + pending)

    def gap(self, count):
        self.lost += count
        self.control("gap", count=count, from_ms=self.now, reason="queue full", to_ms=self.now)

    def clock(self, to_ms):
        was, self.now = self.now, to_ms
        self.skew_ms += to_ms - was
        self.control("clock", from_ms=was, to_ms=to_ms)

    def checkpoint(self, cosign=(0, 1, 2)):
        """Signs what there is; what ended an epoch was signed already, by a key that is gone."""
        self.commit()
        if self.kinds[-1] == 0x20 and len(self.secrets.epochs) > sum(
                kind == 0x20 for kind in self.kinds):
            return self.notes[-1]
        text = checkpoint_text(self.origin, len(self.entries), root_of(self.leaves))
        note = signed_note(text, self.origin, self.secrets.epochs[-1])
        for number in cosign:
            name, signer = self.secrets.witnesses[number]
            note += cosign_line(text, name, signer, (self.now - self.skew_ms) // 1000)
        return self.publish(note)

    def publish(self, note):
        self.notes.append(note)
        self.save("checkpoints", "".join("\x1e" + n for n in self.notes).encode())
        self.save("checkpoint", note.encode())
        return note

    def rotate(self):
        old, new = self.secrets.epochs[-1], Signer(self.rng.randbytes(32))
        rest = "/v1\n%s\n%d\n%s\n%s\n%d\n" % (self.origin, len(self.secrets.epochs),
                                             old.public.hex(), new.public.hex(), len(self.entries))
        self.control("epoch-rotate", epoch=len(self.secrets.epochs), key=new.public.hex(),
                     possession=new.sign(("avouch/possess" + rest).encode()).hex(),
                     signature=old.sign(("avouch/rotate" + rest).encode()).hex())
        self.checkpoint()
        self.secrets.epochs.append(new)

    # -- periods and records

    def open_period(self, name):
        number, secret = self.next_period, self.rng.randbytes(32)
        self.next_period += 1
        self.secrets.periods[number] = secret
        self.classes[number], self.members[number] = name, []
        commitment = self.commitment(secret).hex()
        self.control("period-open", **{"class": name, "commitment": commitment,
                                       "day": day_of(self.now), "period": number})
        self.write_keys()
        return number

    def commitment(self, secret):
        keys = [v.hkdf(self.origin_hash, secret, label)
                for label in (b"avouch/seal/v1", b"avouch/index/v1")]
        return sha(b"avouch/period-key/v1\0" + self.origin_hash + b"".join(map(sha, keys)))

    def record(self, period, terms, body=b"fact", kind=1):
        secret, nonce = self.secrets.periods[period], self.rng.randbytes(24)
        key = v.hkdf(self.origin_hash, secret, b"avouch/seal/v1")
        terms = sorted(set(terms))
        plain = bytes([1]) + struct.pack(">H", kind) + bytes([len(terms)]) + b"".join(
            struct.pack(">BH", field, len(value)) + value for field, value in terms) + body
        commitment = sha(b"avouch/record-key/v1\0" + v.record_key(key, nonce))
        index = self.append(1, period, nonce, commitment, lambda head: xaes(
            key, nonce, plain, self.origin_hash + head))
        blind = v.hkdf(self.origin_hash, secret, b"avouch/index/v1")
        self.terms[index] = [v.hmac.new(blind, bytes([f]) + t, hashlib.sha256).digest()[:8]
                             for f, t in terms]
        self.members[period].append(index)
        self.period_of[index] = period
        self.recorded += 1
        return index

    def round(self):
        """Commits to the index of everything since the last round."""
        first, end, parts = self.round_end, len(self.entries), []
        for period in sorted({self.period_of[i] for i in range(first, end) if i in self.period_of}):
            items = [(i, self.terms[i]) for i in range(first, end) if self.period_of.get(i) == period]
            leaves, root = build_postings(items, first)
            self.index_leaves[(first, period)] = leaves
            parts.append({"period": period, "records": len(items), "root": root.hex(),
                          "terms": len(leaves)})
            self.write_postings(period, first, end, leaves, root)
        self.write_control_list(first, end)
        self.round_end = end
        return self.control("index", end=end, first=first, parts=parts)

    def write_postings(self, period, first, end, leaves, root):
        head = b"AVLIDX1\n" + self.origin_hash + struct.pack(
            ">IIQQ", period, len(leaves), first, end) + root
        at, directory, positions = len(head) + 20 * len(leaves), b"", b""
        for leaf in leaves:
            directory += leaf[:12] + struct.pack(">Q", at + len(positions))
            positions += leaf[12:]
        groups = b"".join(root_of([sha(b"\0" + leaf) for leaf in leaves[at:at + 256]])
                          for at in range(0, len(leaves), 256))
        self.save("index/%08x-%016x" % (period, first), head + directory + positions + groups)

    def write_control_list(self, first, end):
        """The control entries of a round by their type."""
        types = {}
        for index in range(first, end):
            if self.kinds[index] != 1:
                types.setdefault(struct.pack(">Q", self.kinds[index]), []).append(index - first)
        leaves = [v.posting_leaf(term, positions) for term, positions in sorted(types.items())]
        self.write_postings(0, first, end, leaves, root_of([sha(b"\0" + x) for x in leaves]))

    def close_period(self, period):
        self.round()
        runs = []
        for index in self.members[period]:
            if runs and runs[-1][0] + runs[-1][1] == index:
                runs[-1][1] += 1
            else:
                runs.append([index, 1])
        members = sha(b"".join(struct.pack(">QQ", *run) for run in runs)).hex()
        self.closed[period] = self.now
        self.closed_truly[period] = self.now - self.skew_ms
        self.control("period-close", entries=len(self.members[period]), members=members,
                     period=period)

    def write_keys(self):
        self.generation += 1
        periods = []
        for number in sorted(set(self.secrets.periods) - self.gone):
            secret, nonce = self.secrets.periods[number], self.rng.randbytes(24)
            extra = b"avouch/wrap/v1\0" + self.origin_hash + struct.pack(
                ">II", number, self.secrets.kek_version) + b"test"
            periods.append({
                "commitment": self.commitment(secret).hex(),
                "period": number,
                "wrapped": (nonce + xaes(self.secrets.kek, nonce, secret, extra)).hex()})
        self.save("keys", to_json({
            "generation": self.generation, "origin": self.origin, "periods": periods,
            "kek": {"id": "test", "version": self.secrets.kek_version}}) + b"\n")

    def purge(self, periods, by=(0, 1), level=0):
        act = self.approved("purge", by, periods=sorted(periods), reason="retention ended")
        self.checkpoint()
        self.finish_purge(act, periods, level)
        return act

    def finish_purge(self, act, periods, level=0):
        self.gone |= set(periods)
        old = self.secrets.kek_version
        self.secrets.kek, self.secrets.kek_version = self.rng.randbytes(32), old + 1
        self.write_keys()
        self.control("purged", destroyed={"id": "test", "version": old},
                     kek={"id": "test", "version": old + 1}, purge=act, receipt="file shredded")
        self.commit()
        self.prune(level)
        for name in os.listdir(os.path.join(self.path, "index")):
            if int(name[:8], 16) in self.gone:
                os.unlink(os.path.join(self.path, "index", name))

    def redact(self, index):
        self.approved("redact", entry=index, reason="secret in a path")
        self.redacted.add(index)
        self.commit()
        self.prune()

    def block_hash(self, first):
        """Hash of the last block of the segment that begins at `first`."""
        with open(os.path.join(self.path, "seg/%016x" % first), "rb") as file:
            data = file.read()
        last, position = None, 4096
        while data[position:position + 4] == b"AVB1":
            last = sha(data[position:position + 112])
            length = struct.unpack(">I", data[position + 36:position + 40])[0]
            position += (112 + length + 4095) // 4096 * 4096
        return last

    def prune(self, level=0):
        """Replaces segments that hold something that must go by kept files."""
        for number, first in enumerate(self.segments):
            end = self.segments[number + 1] if number + 1 < len(self.segments) else len(self.entries)
            out = [i for i in range(first, end)
                   if self.period_of.get(i) in self.gone or i in self.redacted]
            if not out:
                continue
            name = "seg/%016x" % first
            if first == self.segment:
                self.segment = None
            there = os.path.exists(os.path.join(self.path, name))
            kept = "kept/%016x" % first
            last = self.block_hash(first) if there else self.kept_hash(kept)
            self.save(kept, self.kept_file(first, end, last, set(out), level))
            if there:
                os.unlink(os.path.join(self.path, name))

    def kept_hash(self, name):
        with open(os.path.join(self.path, name), "rb") as file:
            return file.read(88)[56:]

    def kept_file(self, first, end, last, out, level):
        head = b"AVLKEPT1" + self.origin_hash + struct.pack(">QQ", first, end) + last
        items, index = b"", first
        sizes = {int(note.split("\n")[1]) for note in self.notes}
        while index < end:
            period = self.period_of.get(index)
            if index not in out:
                entry = self.entries[index]
                items += b"\x01" + struct.pack(">H", len(entry)) + entry
                index += 1
                continue
            if index in self.redacted and period not in self.gone:
                items += b"\x02" + struct.pack(">I", period) + self.leaves[index]
                index += 1
                continue
            deep = 0
            while deep < level and self.joins(index, 2 << deep, end, period, sizes):
                deep += 1
            items += b"\x00" + struct.pack(">IB", period, deep) + root_of(
                self.leaves[index:index + (1 << deep)])
            index += 1 << deep
        return (head + struct.pack(">I", zlib.crc32(head)) + items + b"\xff"
                + struct.pack(">I", zlib.crc32(items)))

    def joins(self, index, count, end, period, sizes):
        return index % count == 0 and index + count <= end and all(
            self.period_of.get(i) == period for i in range(index, index + count)) \
            and not any(index < size < index + count for size in sizes)
