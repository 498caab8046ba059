"""Takes a log's directory apart and puts it together again, for attackers.

It knows nothing of the writer: it works on any log of the format, whoever wrote it. A storage
attacker uses `Log` alone; a key-holding one also has `secrets` (see `honest.Secrets.as_json`).
"""
import base64
import json
import os
import random
import struct
import zlib

import verify as v
from tests.parts import KINDS, Signer, checkpoint_text, cosign_line, sha, signed_note, to_json


class Hole:
    def __init__(self, period, level, value, redacted=False):
        self.period, self.level, self.hash, self.redacted = period, level, value, redacted


class File:
    """A segment (blocks of items) or a kept file (one block)."""

    def __init__(self, kept, blocks, uuid=None, size=0, last=None):
        self.kept, self.blocks, self.uuid, self.size, self.last = kept, blocks, uuid, size, last


def kind_of(item):
    return item[1] if isinstance(item, bytes) else 0x01


def time_of(entry):
    return struct.unpack(">Q", entry[8:16])[0]


def value_of(entry):
    return json.loads(entry[72:].decode("utf-8"))


def with_time(entry, time_ms):
    return entry[:8] + struct.pack(">Q", time_ms) + entry[16:]


def control(name, time_ms, value):
    return struct.pack(">BBHIQ", 1, KINDS[name], 0, 0, time_ms) + bytes(56) + to_json(value)


class Log:
    def __init__(self, path, secrets=None):
        self.path, self.secrets, self.rng = path, secrets, random.Random(7)
        with open(os.path.join(path, "genesis"), encoding="utf-8") as file:
            self.origin = file.read().split("\n")[1]
        self.origin_hash, self.files, self.known = sha(self.origin.encode()), [], {}
        index = 0
        while True:
            name = "%016x" % index
            if os.path.exists(self.at("kept", name)):
                self.files.append(self.load_kept(self.read("kept", name)))
            elif os.path.exists(self.at("seg", name)):
                self.files.append(self.load_segment(self.read("seg", name)))
            else:
                break
            index = self.size()
        self.notes = self.read("checkpoints").decode("utf-8").split("\x1e")[1:]

    def at(self, *names):
        return os.path.join(self.path, *names)

    def read(self, *names):
        with open(self.at(*names), "rb") as file:
            return file.read()

    def write(self, name, data):
        with open(self.at(name), "wb") as file:
            file.write(data)

    @staticmethod
    def load_segment(data):
        file, position = File(False, [], data[40:56], len(data)), 4096
        while data[position:position + 4] == b"AVB1" and data[position + 8:position + 24] == file.uuid:
            count, length = struct.unpack(">II", data[position + 32:position + 40])
            at, block = position + 112, []
            for _ in range(count):
                size = struct.unpack(">H", data[at:at + 2])[0]
                block.append(data[at + 2:at + 2 + size])
                at += 2 + size
            file.blocks.append(block)
            position += (112 + length + 4095) // 4096 * 4096
        return file

    @staticmethod
    def load_kept(data):
        items, at = [], 92
        while data[at] != 0xff:
            if data[at] == 1:
                size = struct.unpack(">H", data[at + 1:at + 3])[0]
                items.append(data[at + 3:at + 3 + size])
                at += 3 + size
            else:
                period = struct.unpack(">I", data[at + 1:at + 5])[0]
                level = data[at + 5] if data[at] == 0 else 0
                start = at + (6 if data[at] == 0 else 5)
                items.append(Hole(period, level, data[start:start + 32], data[at] == 2))
                at = start + 32
        return File(True, [items], last=data[56:88])

    # -- looking

    def items(self):
        """(index, item) of all."""
        index = 0
        for file in self.files:
            for block in file.blocks:
                for item in block:
                    yield index, item
                    index += 1 if isinstance(item, bytes) else 1 << item.level

    def size(self):
        return sum(1 if isinstance(i, bytes) else 1 << i.level
                   for f in self.files for b in f.blocks for i in b)

    def roots(self):
        """Root at each size that is no inside of a hole."""
        frontier, roots = v.Frontier(), {0: sha(b"")}
        for _, item in self.items():
            if isinstance(item, bytes):
                frontier.push(sha(b"\x00" + item))
            else:
                frontier.push(item.hash, item.level)
            roots[frontier.size] = frontier.root()
        return roots

    def entry(self, index):
        return dict(self.items())[index]

    def find(self, name, number=0, since=0):
        """Index of the number-th entry of a type at or after `since` (negative from the end)."""
        found = [i for i, item in self.items()
                 if isinstance(item, bytes) and item[1] == KINDS[name] and i >= since]
        return found[number]

    def epoch_start(self):
        """First index of the current epoch."""
        found = [i for i, item in self.items() if kind_of(item) in (0x20, 0x21)]
        return found[-1] + 1 if found else 0

    # -- changing

    def place(self, index):
        at = 0
        for file in self.files:
            for block in file.blocks:
                for number, item in enumerate(block):
                    if at == index:
                        return block, number
                    at += 1 if isinstance(item, bytes) else 1 << item.level
        raise KeyError(index)

    def replace(self, index, *items):
        block, number = self.place(index)
        block[number:number + 1] = items

    def truncate(self, size):
        """Forgets everything from `size` on, and the checkpoints that speak of it."""
        for index, _ in reversed(list(self.items())):
            if index >= size:
                self.replace(index)
        self.notes = [n for n in self.notes if note_size(n) <= size]

    def append(self, *entries):
        self.files[-1].blocks.append(list(entries))

    def append_control(self, name, after_ms=0, **value):
        """A control entry in its place in the chain."""
        last = [(i, e) for i, e in self.items() if isinstance(e, bytes) and e[1] != 1][-1]
        value["prev"] = {"index": last[0], "leaf": sha(b"\x00" + last[1]).hex()}
        self.append(control(name, self.last_ms() + after_ms, value))
        return self.size() - 1

    def last_ms(self):
        times = [(index, time_of(item)) for index, item in self.items() if isinstance(item, bytes)]
        start = self.epoch_start()
        return max([time for index, time in times if index >= start] or [times[-1][1]])

    def relink(self):
        """Gives every control entry the `prev` it must have."""
        prev = None
        for index, item in list(self.items()):
            if not isinstance(item, bytes) or item[1] == 1:
                continue
            value = value_of(item)
            if value.get("prev") != prev:
                value["prev"] = prev
                item = item[:72] + to_json(value)
                self.replace(index, item)
            prev = {"index": index, "leaf": sha(b"\x00" + item).hex()}

    def approve(self, name, by, value):
        """Adds approvals by the administrators with these numbers."""
        value.setdefault("id", self.rng.randbytes(16).hex())
        value.setdefault("valid_until_ms", self.last_ms() + 86400000)
        text = ("avouch/approve/v1\n%s\n%s\n%s\n" % (
            self.origin, name, sha(to_json(value)).hex())).encode()
        signers = [Signer(bytes.fromhex(self.secrets["admins"][n])) for n in by]
        value["approvals"] = [{"key": s.public.hex(), "signature": s.sign(text).hex()}
                              for s in sorted(signers, key=lambda s: s.public)]
        return value

    def sign(self, size=None, cosign=False):
        """A checkpoint by the newest epoch's key; witnesses sign what is consistent."""
        size = self.size() if size is None else size
        text = checkpoint_text(self.origin, size, self.roots()[size])
        note = signed_note(text, self.origin, Signer(bytes.fromhex(self.secrets["epochs"][-1])))
        for witness in self.secrets["witnesses"] if cosign else ():
            note += cosign_line(text, witness["name"], Signer(bytes.fromhex(witness["seed"])),
                                self.last_ms() // 1000)
        self.notes.append(note)

    def resign(self, after):
        """What K does after a change: every checkpoint beyond it again, by the key K holds."""
        self.relink()
        sizes = sorted({min(note_size(n), self.size()) for n in self.notes if note_size(n) > after})
        self.notes = [n for n in self.notes if note_size(n) <= after]
        for size in sizes:
            self.sign(size)

    # -- writing

    def save(self):
        """Writes everything with right CRCs, roots and block hashes."""
        for folder in ("seg", "kept"):
            os.makedirs(self.at(folder), exist_ok=True)
            for name in os.listdir(self.at(folder)):
                os.unlink(self.at(folder, name))
        frontier, last = v.Frontier(), bytes(32)
        for file in self.files:
            if file.kept:
                last = self.save_kept(file, frontier)
            elif any(file.blocks):
                last = self.save_segment(file, frontier, last)
        self.save_notes()

    def save_notes(self):
        self.write("checkpoints", "".join("\x1e" + n for n in self.notes).encode("utf-8"))
        if self.notes:
            self.write("checkpoint", self.notes[-1].encode("utf-8"))

    def save_segment(self, file, frontier, last):
        head = (b"AVLSEG1\n" + self.origin_hash + file.uuid + struct.pack(">Q", frontier.size)
                + last + bytes(16))
        name, out = "seg/%016x" % frontier.size, head + struct.pack(">I", zlib.crc32(head))
        out += bytes(4096 - len(out))
        for block in filter(None, file.blocks):
            first = frontier.size
            for entry in block:
                frontier.push(sha(b"\x00" + entry))
            body = b"".join(struct.pack(">H", len(e)) + e for e in block)
            head = (b"AVB1" + bytes(4) + file.uuid + struct.pack(">QII", first, len(block), len(body))
                    + frontier.root() + last + struct.pack(">I", zlib.crc32(body)))
            head += struct.pack(">I", zlib.crc32(head))
            last = sha(head)
            out += head + body + bytes(-len(head + body) % 4096)
        self.write(name, out + bytes(max(0, file.size - len(out))))
        return last

    def save_kept(self, file, frontier):
        first, items = frontier.size, b""
        for item in file.blocks[0]:
            if isinstance(item, bytes):
                frontier.push(sha(b"\x00" + item))
                items += b"\x01" + struct.pack(">H", len(item)) + item
            else:
                frontier.push(item.hash, item.level)
                items += (b"\x02" + struct.pack(">I", item.period) if item.redacted else
                          b"\x00" + struct.pack(">IB", item.period, item.level)) + item.hash
        head = b"AVLKEPT1" + self.origin_hash + struct.pack(">QQ", first, frontier.size) + file.last
        self.write("kept/%016x" % first, head + struct.pack(">I", zlib.crc32(head)) + items + b"\xff"
                   + struct.pack(">I", zlib.crc32(items)))
        return file.last


def note_size(note):
    return int(note.split("\n")[1])


def note_lines(note):
    """(text, signature lines) of a note."""
    text, _, lines = note.rpartition("\n\n")
    return text + "\n\n", lines.splitlines(True)


def flip_base64(line, byte, bit=1):
    """A signature line with one bit of its bytes flipped."""
    head, _, tail = line.rstrip("\n").rpartition(" ")
    data = bytearray(base64.b64decode(tail))
    data[byte] ^= bit
    return "%s %s\n" % (head, base64.b64encode(data).decode())
