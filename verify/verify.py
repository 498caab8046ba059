#!/usr/bin/env python3
"""Verifies an Avouch ledger offline: one file, Python 3.9 or later, no other packages.

Written from docs/ledger-format.md and from nothing else, so that it does not share a mistake with
the program that writes ledgers. Section numbers in comments are those of that document.

    verify.py LOG --public-key VKEY [--origin O] [--checkpoint F] [--witness-policy F --latest F]
              [--keys F] [--as-of SECONDS] [--json]
    verify.py proof FILE --public-key VKEY [--witness-policy F]
    verify.py export FILE --public-key VKEY
    verify.py logs REGISTRY LOG... --public-key VKEY --log-key VKEY...

Exit codes: 0 intact, 1 tampering proven, 2 incomplete or unproven tail, 3 cannot be checked.
Signatures and AES are computed in plain Python: about a thousand checkpoints and a few hundred
opened records a second. Memory does not grow with the number of entries.
"""
import argparse
import array
import base64
import datetime
import hashlib
import heapq
import hmac
import json
import math
import os
import re
import struct
import sys
import zlib

# ---------------------------------------------------------------- findings (section 18)

TAMPERED, INCOMPLETE, UNCHECKED = 1, 2, 3
INCOMPLETE_CODES = """checkpoint-torn head-stale uncheckpointed-tail purge-unfinished index-overdue
    torn-tail index-file-mismatch tile-mismatch quorum-missing unwitnessed-tail destruction-unproven
    stale export-terms-unproven""".split()
UNCHECKED_CODES = """genesis-missing checkpoint-missing earlier-checkpoint-invalid
    earlier-checkpoint-uncheckable period-key-wrong receipt-invalid limit-exceeded
    unreadable""".split()
CLASS_OF = {code: INCOMPLETE for code in INCOMPLETE_CODES}
CLASS_OF.update({code: UNCHECKED for code in UNCHECKED_CODES})
FINDINGS_PER_CODE = 20
VERDICTS = {0: "intact", 1: "tampered", 2: "incomplete", 3: "unchecked"}


class Stop(Exception):
    """Nothing behind this point can be verified."""


class Bad(Exception):
    """A value does not have the form it must have."""


class Report:
    """What was found, and what is worth knowing without being wrong."""

    def __init__(self):
        self.findings, self.notes, self.counts = [], [], {}
        self.origin, self.size, self.proven_size, self.quorum_size = None, 0, 0, None

    def add(self, code, message, file=None, offset=None, index=None, evidence=None):
        self.counts[code] = self.counts.get(code, 0) + 1
        if self.counts[code] > FINDINGS_PER_CODE:
            return
        finding = {"class": CLASS_OF.get(code, TAMPERED), "code": code, "message": message}
        for name, value in (("file", file), ("offset", offset), ("index", index)):
            if value is not None:
                finding[name] = value
        if evidence:
            finding["evidence"] = [str(part)[:4096] for part in evidence]
        self.findings.append(finding)

    def note(self, message):
        if len(self.notes) < 1000:
            self.notes.append(message)

    def exit(self):
        classes = {finding["class"] for finding in self.findings}
        for wanted in (TAMPERED, UNCHECKED, INCOMPLETE):
            if wanted in classes:
                return wanted
        return 0

    def as_json(self):
        value = {"exit": self.exit(), "findings": self.findings, "notes": self.notes,
                 "origin": self.origin, "proven_size": self.proven_size, "size": self.size,
                 "verdict": VERDICTS[self.exit()]}
        if self.quorum_size is not None:
            value["quorum_size"] = self.quorum_size
        for code, count in self.counts.items():
            if count > FINDINGS_PER_CODE:
                value.setdefault("more", {})[code] = count - FINDINGS_PER_CODE
        return value

    def print(self, out):
        """For people. What a log says of itself must not move their cursor."""
        def show(text):
            out.write("".join(char if char.isprintable() or char == "\n" else
                              "\\u%04x" % ord(char) for char in text))

        for finding in self.findings:
            where = ", ".join("%s %s" % (name, finding[name])
                              for name in ("file", "offset", "index") if name in finding)
            show("%s: %s%s\n" % (finding["code"], finding["message"],
                                 " (%s)" % where if where else ""))
            for part in finding.get("evidence", ()):
                show("".join("    | %s\n" % line for line in part.splitlines()))
        for code, count in self.counts.items():
            if count > FINDINGS_PER_CODE:
                show("%s: %d more\n" % (code, count - FINDINGS_PER_CODE))
        for note in self.notes:
            show("note: %s\n" % note)
        quorum = "" if self.quorum_size is None else ", cosigned to %d" % self.quorum_size
        show("%s: %s, %d entries, signed to %d%s\n" % (
            VERDICTS[self.exit()], self.origin, self.size, self.proven_size, quorum))


# ---------------------------------------------------------------- hashes

def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(entry):
    return sha256(b"\x00" + entry)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def hkdf(salt, secret, label):
    """RFC 5869 for 32 bytes of output."""
    key = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(key, label + b"\x01", hashlib.sha256).digest()


def labelled(label, *parts):
    return sha256(label + b"\x00" + b"".join(parts))


# ---------------------------------------------------------------- Ed25519 (RFC 8032)

P = 2 ** 255 - 19
ORDER = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
D2 = 2 * D % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)


def point_add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    left = (y1 - x1) * (y2 - x2) % P
    right = (y1 + x1) * (y2 + x2) % P
    c = t1 * D2 * t2 % P
    d = 2 * z1 * z2 % P
    e, f, g, h = right - left, d - c, d + c, right + left
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_decode(data):
    """The point, or None if the encoding is not canonical or not on the curve."""
    if len(data) != 32:
        return None
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2 ** 255 - 1)
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == (-u) % P:
        x = x * SQRT_MINUS_1 % P
    if v * x * x % P != u or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def point_encode(point):
    x, y, z, _ = point
    inverse = pow(z, P - 2, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


class Multiples:
    """Multiples of one point for every hex digit of a scalar, so that a product is 64 additions."""

    def __init__(self, point):
        self.rows = []
        for _ in range(64):
            row = [IDENTITY]
            for _ in range(15):
                row.append(point_add(row[-1], point))
            self.rows.append(row)
            point = point_add(row[-1], point)

    def times(self, scalar):
        total = IDENTITY
        for row in self.rows:
            digit = scalar & 15
            if digit:
                total = point_add(total, row[digit])
            scalar >>= 4
        return total


BASE = point_decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
BASE_MULTIPLES = Multiples(BASE)
KEY_CACHE = {}


def key_multiples(key):
    """Multiples of the negated public key; None for a key that must be rejected."""
    if key in KEY_CACHE:
        return KEY_CACHE[key]
    if len(KEY_CACHE) >= 64:
        KEY_CACHE.clear()
    point, multiples = point_decode(key), None
    if point is not None:
        eight = point
        for _ in range(3):
            eight = point_add(eight, eight)
        if eight[0] % P != 0:
            x, y, z, t = point
            multiples = Multiples((P - x, y, z, P - t))
    KEY_CACHE[key] = multiples
    return multiples


def signature_valid(key, message, signature):
    if len(signature) != 64 or len(key) != 32:
        return False
    multiples = key_multiples(bytes(key))
    s = int.from_bytes(signature[32:], "little")
    if multiples is None or s >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    k = int.from_bytes(digest, "little") % ORDER
    return point_encode(point_add(BASE_MULTIPLES.times(s), multiples.times(k))) == signature[:32]


# ---------------------------------------------------------------- AES-256-GCM and XAES (section 6)

def aes_tables():
    exponent, logarithm, value = [0] * 512, [0] * 256, 1
    for power in range(255):
        exponent[power] = exponent[power + 255] = value
        logarithm[value] = power
        value ^= (value << 1) ^ (0x11b if value & 0x80 else 0)
        value &= 0xff
    box = [0x63] * 256
    for byte in range(1, 256):
        inverse = exponent[255 - logarithm[byte]]
        result = 0x63
        for shift in range(5):
            result ^= (inverse << shift | inverse >> (8 - shift)) & 0xff
        box[byte] = result
    tables = [[], [], [], []]
    for byte in range(256):
        s = box[byte]
        double = (s << 1) ^ (0x11b if s & 0x80 else 0)
        word = double << 24 | s << 16 | s << 8 | (double ^ s)
        for number in range(4):
            tables[number].append((word >> 8 * number | word << 32 - 8 * number) & 0xffffffff)
    return box, tables


SBOX, (T0, T1, T2, T3) = aes_tables()


class Aes256:
    """The block cipher, encrypting only: all that GCM and XAES need."""

    def __init__(self, key):
        words = list(struct.unpack(">8I", key))
        factor = 1
        for number in range(8, 60):
            word = words[-1]
            if number % 8 == 0:
                word = (word << 8 | word >> 24) & 0xffffffff
            if number % 4 == 0:
                word = (SBOX[word >> 24] << 24 | SBOX[word >> 16 & 255] << 16
                        | SBOX[word >> 8 & 255] << 8 | SBOX[word & 255])
            if number % 8 == 0:
                word ^= factor << 24
                factor = factor << 1
            words.append(words[number - 8] ^ word)
        self.words = words

    def encrypt(self, block):
        w = self.words
        a, b, c, d = struct.unpack(">4I", block)
        a, b, c, d = a ^ w[0], b ^ w[1], c ^ w[2], d ^ w[3]
        for i in range(4, 56, 4):
            a, b, c, d = (
                T0[a >> 24] ^ T1[b >> 16 & 255] ^ T2[c >> 8 & 255] ^ T3[d & 255] ^ w[i],
                T0[b >> 24] ^ T1[c >> 16 & 255] ^ T2[d >> 8 & 255] ^ T3[a & 255] ^ w[i + 1],
                T0[c >> 24] ^ T1[d >> 16 & 255] ^ T2[a >> 8 & 255] ^ T3[b & 255] ^ w[i + 2],
                T0[d >> 24] ^ T1[a >> 16 & 255] ^ T2[b >> 8 & 255] ^ T3[c & 255] ^ w[i + 3])
        state = (a, b, c, d)
        out = []
        for i in range(4):
            out.append((SBOX[state[i] >> 24] << 24 | SBOX[state[(i + 1) % 4] >> 16 & 255] << 16
                        | SBOX[state[(i + 2) % 4] >> 8 & 255] << 8
                        | SBOX[state[(i + 3) % 4] & 255]) ^ w[56 + i])
        return struct.pack(">4I", *out)


GCM_REDUCE = 0xe1 << 120


def ghash(key, data):
    """GHASH over whole blocks; the key's multiples by each hex digit are made once."""
    rows = []
    value = key
    for _ in range(32):
        doubled = []
        for _ in range(4):
            doubled.append(value)
            value = value >> 1 ^ (GCM_REDUCE if value & 1 else 0)
        row = [0] * 16
        for digit in range(16):
            for bit in range(4):
                if digit >> (3 - bit) & 1:
                    row[digit] ^= doubled[bit]
        rows.append(row)
    total = 0
    for start in range(0, len(data), 16):
        total ^= int.from_bytes(data[start:start + 16], "big")
        product = 0
        for number, row in enumerate(rows):
            product ^= row[total >> (124 - 4 * number) & 15]
        total = product
    return total


def gcm(key, nonce, data, extra, sealing):
    """The transformed data and the tag over the ciphertext."""
    cipher = Aes256(key)
    stream = bytearray()
    for counter in range(2, 2 + (len(data) + 15) // 16):
        stream += cipher.encrypt(nonce + struct.pack(">I", counter))
    out = (int.from_bytes(data, "big") ^ int.from_bytes(stream[:len(data)], "big")
           ).to_bytes(len(data), "big")
    secret = out if sealing else data
    padded = (extra + bytes(-len(extra) % 16) + secret + bytes(-len(secret) % 16)
              + struct.pack(">QQ", 8 * len(extra), 8 * len(secret)))
    total = ghash(int.from_bytes(cipher.encrypt(bytes(16)), "big"), padded)
    mask = int.from_bytes(cipher.encrypt(nonce + b"\x00\x00\x00\x01"), "big")
    return out, (total ^ mask).to_bytes(16, "big")


def record_key(seal_key, nonce):
    """The AES-256-GCM key XAES-256-GCM derives for a nonce of 24 bytes."""
    cipher = Aes256(seal_key)
    value = int.from_bytes(cipher.encrypt(bytes(16)), "big")
    value = (value << 1 & (2 ** 128 - 1)) ^ (0x87 if value >> 127 else 0)
    halves = []
    for counter in (1, 2):
        block = int.from_bytes(struct.pack(">HBB", counter, 0x58, 0) + nonce[:12], "big")
        halves.append(cipher.encrypt((block ^ value).to_bytes(16, "big")))
    return b"".join(halves)


def gcm_open(key, nonce, sealed, extra):
    """The plaintext, or None."""
    if len(sealed) < 16:
        return None
    plain, tag = gcm(key, nonce, sealed[:-16], extra, False)
    return plain if hmac.compare_digest(tag, sealed[-16:]) else None


# ---------------------------------------------------------------- canonical JSON (section 1)

NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}\Z")
JSON_INTEGER_MAX = 2 ** 53 - 1


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"),
                      ensure_ascii=False).encode("utf-8")


def check_json(value, depth, lowest=0x20):
    if depth > 8:
        raise Bad("nested too deeply")
    if isinstance(value, dict):
        for name, member in value.items():
            if not NAME.match(name):
                raise Bad("member name")
            check_json(member, depth + 1, lowest)
    elif isinstance(value, list):
        for member in value:
            check_json(member, depth + 1, lowest)
    elif isinstance(value, str):
        if any(ord(char) < 0x20 and ord(char) != lowest for char in value):
            raise Bad("control character")
    elif isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value <= JSON_INTEGER_MAX:
            raise Bad("integer out of range")


def refuse(text):
    raise Bad("number")


def integer(text):
    if len(text) > 16:
        raise Bad("integer out of range")
    return int(text)


def parse_json(data, names=True, newlines=False):
    """The value of canonical JSON; anything else is Bad. Proofs and exports hold newlines too."""
    try:
        value = json.loads(data.decode("utf-8"), parse_float=refuse, parse_constant=refuse,
                           parse_int=integer)
        if names:
            check_json(value, 1, 0x0a if newlines else 0x20)
            if canonical(value) != data:
                raise Bad("not canonical")
        return value
    except (ValueError, RecursionError, UnicodeError) as error:
        raise Bad("not JSON: %s" % error)


def number_of(text):
    """A decimal without leading zeros below 2^63."""
    if not re.match(r"(0|[1-9][0-9]{0,18})\Z", text) or int(text) >= 2 ** 63:
        raise Bad("number `%s`" % text[:40])
    return int(text)


def from_hex(value, size=None):
    if not isinstance(value, str) or not re.match(r"([0-9a-f]{2})*\Z", value):
        raise Bad("hex")
    data = bytes.fromhex(value)
    if size is not None and len(data) != size:
        raise Bad("hex of %d bytes" % size)
    return data


def from_base64(text, size=None):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        raise Bad("base64")
    if base64.b64encode(data).decode("ascii") != text or (size and len(data) != size):
        raise Bad("base64")
    return data


# ---------------------------------------------------------------- notes (section 8)

NOTE_BYTES, NOTE_SIGNATURES = 16384, 16
DASH = "\u2014 "


def key_id(name, kind, key):
    return sha256(name.encode("utf-8") + b"\n" + bytes([kind]) + key)[:4]


def parse_vkey(text, kind):
    """Name and key of a vkey whose type is `kind`."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or not parts[0] or re.search(r"\s", parts[0]):
        raise Bad("vkey")
    data = from_base64(parts[2], 33)
    if data[0] != kind or from_hex(parts[1], 4) != key_id(parts[0], kind, data[1:]):
        raise Bad("vkey")
    return parts[0], data[1:]


def show_vkey(name, kind, key):
    return "%s+%s+%s" % (name, key_id(name, kind, key).hex(),
                         base64.b64encode(bytes([kind]) + key).decode("ascii"))


class Note:
    """Text and signature lines: (name, key id, signature bytes)."""

    def __init__(self, data):
        if len(data) > NOTE_BYTES:
            raise Bad("note too long")
        try:
            whole = data.decode("utf-8")
        except UnicodeError:
            raise Bad("note is not UTF-8")
        if any(ord(char) < 0x20 and char != "\n" for char in whole):
            raise Bad("control character in a note")
        text, gap, lines = whole.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise Bad("note without signatures")
        self.data, self.whole, self.text, self.lines = data, whole, text + "\n", []
        for line in lines[:-1].split("\n"):
            parts = line[len(DASH):].split(" ")
            if not line.startswith(DASH) or len(parts) != 2 or not parts[0]:
                raise Bad("signature line")
            if "+" in parts[0] or re.search(r"\s", parts[0]):
                raise Bad("key name")
            signature = from_base64(parts[1])
            if len(signature) < 5:
                raise Bad("signature line")
            self.lines.append((parts[0], signature[:4], signature[4:]))
        if len(self.lines) > NOTE_SIGNATURES:
            raise Bad("too many signatures")
        if len({line[:2] for line in self.lines}) != len(self.lines):
            raise Bad("two signatures by one key")

    def by(self, name, kind, key):
        """The signature of a key: its bytes, or None if there is no such line."""
        for line_name, line_id, signature in self.lines:
            if line_name == name and line_id == key_id(name, kind, key):
                return signature
        return None

    def signed_by(self, name, key):
        signature = self.by(name, 1, key)
        return signature is not None and signature_valid(
            key, self.text.encode("utf-8"), signature)


class Checkpoint(Note):
    def __init__(self, data):
        super().__init__(data)
        lines = self.text.split("\n")
        if len(lines) != 4 or not lines[0]:
            raise Bad("checkpoint of %d lines" % (len(lines) - 1))
        self.origin, self.size = lines[0], number_of(lines[1])
        self.root = from_base64(lines[2], 32)


class WitnessPolicy:
    """C2SP tlog-policy: who must have cosigned."""

    def __init__(self, data):
        if len(data) > 65536:
            raise Bad("policy too long")
        self.witnesses, self.groups, self.quorum, self.logs = {}, {}, None, []
        used = set()
        for line in data.decode("latin-1").split("\n"):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if words[0] == "log" and len(words) in (2, 3):
                self.logs.append(words[1])
            elif words[0] == "witness" and len(words) in (3, 4):
                self.define(words[1])
                self.witnesses[words[1]] = parse_vkey(words[2], 4)
            elif words[0] == "group" and len(words) >= 4:
                self.define(words[1])
                members = words[3:]
                count = {"any": "1", "all": str(len(members))}.get(words[2], words[2])
                if any(m not in self.witnesses and m not in self.groups or m in used
                       for m in members) or not 1 <= number_of(count) <= len(members):
                    raise Bad("group `%s`" % words[1])
                used.update(members)
                self.groups[words[1]] = (number_of(count), members)
            elif words[0] == "quorum" and len(words) == 2 and self.quorum is None:
                self.quorum = words[1]
            else:
                raise Bad("policy line `%s`" % line[:80])
        if len({key for _, key in self.witnesses.values()}) != len(self.witnesses):
            raise Bad("duplicate witness")
        if self.quorum != "none" and self.quorum not in self.witnesses \
                and self.quorum not in self.groups:
            raise Bad("quorum")

    def define(self, name):
        if name == "none" or name in self.witnesses or name in self.groups:
            raise Bad("name `%s`" % name)

    def satisfied(self, name, signed):
        if name in self.witnesses:
            return name in signed
        needed, members = self.groups[name]
        return sum(self.satisfied(member, signed) for member in members) >= needed

    def witness_time(self, times):
        """The largest time by which the quorum is fulfilled by cosignatures not older than it."""
        for limit in sorted(set(times.values()), reverse=True):
            if self.satisfied(self.quorum, {n for n, at in times.items() if at >= limit}):
                return limit
        return None

    def judge(self, note):
        """(times of valid cosignatures, names whose line does not verify)."""
        times, wrong = {}, []
        for name, (key_name, key) in self.witnesses.items():
            signature = note.by(key_name, 4, key)
            if signature is None:
                continue
            at = int.from_bytes(signature[:8], "big")
            message = ("cosignature/v1\ntime %d\n%s" % (at, note.text)).encode("utf-8")
            if len(signature) == 72 and at < 2 ** 63 and signature_valid(key, message,
                                                                        signature[8:]):
                times[name] = at
            else:
                wrong.append(key_name)
        return times, wrong


# ---------------------------------------------------------------- the tree (section 8)

EMPTY_ROOT = sha256(b"")


class Frontier:
    """The roots of the complete subtrees of a growing tree, largest first."""

    def __init__(self):
        self.size, self.nodes = 0, []

    def push(self, value, level=0):
        """Adds 2^level leaves. Returns the roots that became complete: (level, hash)."""
        complete, size = [(level, value)], self.size >> level
        while size & 1:
            value = node_hash(self.nodes.pop(), value)
            level, size = level + 1, size >> 1
            complete.append((level, value))
        self.nodes.append(value)
        self.size += 1 << complete[0][0]
        return complete

    def root(self):
        if not self.nodes:
            return EMPTY_ROOT
        total = self.nodes[-1]
        for value in reversed(self.nodes[:-1]):
            total = node_hash(value, total)
        return total


def inclusion_root(leaf, index, size, path):
    """The root that an inclusion proof leads to; Bad if the path has the wrong length."""
    if not 0 <= index < size:
        raise Bad("index outside of the tree")
    last, steps, value = size - 1, list(path), leaf
    while last:
        if index & 1 or index < last:
            if not steps:
                raise Bad("path too short")
            other = steps.pop(0)
            value = node_hash(other, value) if index & 1 else node_hash(value, other)
        index, last = index >> 1, last >> 1
    if steps:
        raise Bad("path too long")
    return value


# ---------------------------------------------------------------- files (sections 2, 4, 11)

BLOCK, BODY_MAX, SEGMENT_MAX, KEPT_LEVEL_MAX = 4096, 4 << 20, 1 << 30, 16
ENTRY_HEAD = 72


def read_small(path, limit):
    """The bytes of a regular file, or None if there is none."""
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Bad("`%s` is larger than %d bytes" % (os.path.basename(path), limit))
    return data


class Hole:
    """Records that are gone and left the root of their subtree."""

    __slots__ = ("level", "period", "hash", "redacted")

    def __init__(self, level, period, value, redacted):
        self.level, self.period, self.hash, self.redacted = level, period, value, redacted


class Store:
    """Entries and holes in index order, out of segments and kept files."""

    def __init__(self, path, report, origin_hash):
        self.path, self.report, self.origin_hash = path, report, origin_hash
        self.index, self.last_block, self.uuid = 0, bytes(32), None
        self.file, self.offset, self.damage = None, 0, None

    def damaged(self, message):
        """A damaged block: a crash's torn tail if nothing signed lies behind it."""
        self.damage = (message, self.file, self.offset, self.index)

    def fault(self, code, message):
        self.report.add(code, message, self.file, self.offset, self.index)
        raise Stop()

    def items(self):
        """Yields (kind, value): an entry's bytes, a Hole, or the root a block claims."""
        while True:
            name = "%016x" % self.index
            kept, seg = os.path.join("kept", name), os.path.join("seg", name)
            has_kept = os.path.isfile(os.path.join(self.path, kept))
            has_seg = os.path.isfile(os.path.join(self.path, seg))
            if not has_kept and not has_seg:
                return
            self.file, self.offset = kept if has_kept else seg, 0
            if has_kept and has_seg:
                self.report.add("purge-unfinished", "a segment was replaced and is still there", seg)
            before = self.index
            with open(os.path.join(self.path, self.file), "rb") as file:
                for item in (self.kept(file) if has_kept else self.segment(file)):
                    yield item
            if self.index == before or self.damage:
                return

    def segment(self, file):
        head = file.read(BLOCK)
        if len(head) < BLOCK or head[:8] != b"AVLSEG1\n" or any(head[96:112]) \
                or any(head[116:]) or zlib.crc32(head[:112]) != int.from_bytes(head[112:116], "big"):
            self.fault("segment-malformed", "header of a segment")
        if head[8:40] != self.origin_hash:
            self.fault("origin-mismatch", "segment of another log")
        if int.from_bytes(head[56:64], "big") != self.index or head[64:96] != self.last_block:
            self.fault("segment-malformed", "a segment does not continue the one before")
        size = os.fstat(file.fileno()).st_size
        if size > SEGMENT_MAX:
            self.fault("limit-exceeded", "segment larger than 1 GiB")
        self.uuid, position = head[40:56], BLOCK
        while position + BLOCK <= size:
            file.seek(position)
            head = file.read(112)
            if len(head) < 112 or head[:8] != b"AVB1\0\0\0\0" or head[8:24] != self.uuid:
                return
            self.offset = position
            first, count, length = struct.unpack(">QII", head[24:40])
            if zlib.crc32(head[:108]) != int.from_bytes(head[108:112], "big") \
                    or first != self.index or head[72:104] != self.last_block \
                    or not 1 <= count <= 65536 or length > BODY_MAX:
                return self.damaged("header of a block")
            whole = (112 + length + BLOCK - 1) // BLOCK * BLOCK
            rest = file.read(whole - 112)
            body = rest[:length]
            if len(rest) != whole - 112 or any(rest[length:]) \
                    or zlib.crc32(body) != int.from_bytes(head[104:108], "big"):
                return self.damaged("body of a block")
            for item in self.body(body, count, position + 112):
                yield item
            self.offset = position
            yield "root", head[40:72]
            self.last_block = sha256(head)
            position += whole

    def body(self, body, count, start):
        at = 0
        for _ in range(count):
            length = int.from_bytes(body[at:at + 2], "big")
            entry = body[at + 2:at + 2 + length]
            self.offset = start + at
            if at + 2 + length > len(body):
                self.fault("block-damaged", "entries overrun their block")
            yield "entry", entry
            self.index += 1
            at += 2 + length
        if at != len(body):
            self.fault("block-damaged", "bytes behind the last entry of a block")

    def kept(self, file):
        head = file.read(92)
        if len(head) < 92 or head[:8] != b"AVLKEPT1" \
                or zlib.crc32(head[:88]) != int.from_bytes(head[88:92], "big"):
            self.fault("kept-malformed", "header of a kept file")
        if head[8:40] != self.origin_hash:
            self.fault("origin-mismatch", "kept file of another log")
        first, end = struct.unpack(">QQ", head[40:56])
        if first != self.index or end <= first:
            self.fault("kept-malformed", "range of a kept file")
        crc, self.offset = 0, 92
        while True:
            kind = file.read(1)
            if kind == b"\xff":
                break
            size = {b"\x00": 37, b"\x01": 2, b"\x02": 36}.get(kind, 0)
            rest = file.read(size)
            if not size or len(rest) != size:
                self.fault("kept-malformed", "item of a kept file")
            crc = zlib.crc32(kind + rest, crc)
            if kind == b"\x01":
                value = file.read(int.from_bytes(rest, "big"))
                crc = zlib.crc32(value, crc)
                count, size, item = 1, size + len(value), ("entry", value)
            else:
                level = rest[4] if kind == b"\x00" else 0
                count = 1 << min(level, KEPT_LEVEL_MAX)
                if level > KEPT_LEVEL_MAX or self.index % count:
                    self.fault("kept-malformed", "subtree of a kept file")
                item = "hole", Hole(level, int.from_bytes(rest[:4], "big"), rest[-32:],
                                    kind == b"\x02")
            if self.index + count > end:
                self.fault("kept-malformed", "more items than the kept file says")
            yield item
            self.index += count
            self.offset += 1 + size
        if self.index != end or file.read(5) != struct.pack(">I", crc):
            self.fault("kept-malformed", "end of a kept file")
        self.last_block = head[56:88]

    def explain_end(self, wanted):
        """Says why the entries ended before the size that a checkpoint speaks of."""
        names = set()
        for folder in ("seg", "kept"):
            path = os.path.join(self.path, folder)
            for entry in (os.scandir(path) if os.path.isdir(path) else ()):
                if re.match(r"[0-9a-f]{16}\Z", entry.name) and int(entry.name, 16) > self.index:
                    names.add(entry.name)
                    if len(names) > 1000:
                        break
        place = self.hidden_block()
        if self.damage:
            message, file, offset, index = self.damage
            self.report.add("block-damaged", message, file, offset, index)
        elif place is not None:
            self.report.add("block-damaged", "a block of this segment lies behind a damaged one",
                            self.file, place, self.index)
        elif names or self.file is None:
            self.report.add("segment-missing", "no file begins at %d, the next one at %s"
                            % (self.index, int(min(names), 16) if names else "no index"),
                            self.file, index=self.index)
        self.report.add("entries-missing", "a signed checkpoint speaks of %d entries, %d are there"
                        % (wanted, self.index), self.file, index=self.index)

    def hidden_block(self):
        """Where the damaged place is if a block of the same segment follows it."""
        if self.file is None or not self.file.startswith("seg") or self.uuid is None:
            return None
        with open(os.path.join(self.path, self.file), "rb") as file:
            end = min(os.fstat(file.fileno()).st_size, SEGMENT_MAX)
            start = (self.offset // BLOCK + 1) * BLOCK
            for position in range(start, end, BLOCK):
                file.seek(position)
                head = file.read(40)
                if head[:8] == b"AVB1\0\0\0\0" and head[8:24] == self.uuid \
                        and int.from_bytes(head[24:32], "big") > self.index:
                    return position
        return None


class Checkpoints:
    """The published checkpoints, one after the other."""

    def __init__(self, path, report, origin):
        self.path, self.report, self.origin = path, report, origin
        self.last_data, self.any, self.previous = None, False, None

    def notes(self):
        """Raw notes of the file."""
        path = os.path.join(self.path, "checkpoints")
        if not os.path.isfile(path):
            return
        with open(path, "rb") as file:
            held, offset = b"", 0
            while True:
                more = file.read(65536)
                held += more
                parts = held.split(b"\x1e")
                if offset == 0 and parts[0]:
                    yield 0, parts[0][:NOTE_BYTES + 1], False
                if not more:
                    for part in parts[1:]:
                        yield offset, part, part is parts[-1]
                    return
                for part in parts[1:-1]:
                    yield offset, part, False
                    offset += 1 + len(part)
                held = b"\x1e" + parts[-1] if len(parts) > 1 else b"\x1e"
                if len(held) > 2 * NOTE_BYTES + 65536:
                    yield offset, held[:NOTE_BYTES + 2], False
                    return

    def __iter__(self):
        for offset, data, last in self.notes():
            self.any = True
            try:
                note = Checkpoint(data)
            except Bad as error:
                torn = last and not (data.endswith(b"\n") and b"\n\n" in data)
                self.report.add("checkpoint-torn" if torn else "checkpoint-malformed", str(error),
                                "checkpoints", offset, evidence=[data.decode("utf-8", "replace")])
                continue
            note.offset = offset
            if note.origin != self.origin:
                self.report.add("origin-mismatch", "checkpoint of another log", "checkpoints",
                                offset, evidence=[note.whole])
                continue
            before = self.previous
            if before and (note.size < before.size
                           or note.size == before.size and note.root != before.root):
                self.report.add("checkpoints-out-of-order", "a checkpoint of size %d follows one "
                                "of size %d" % (note.size, before.size), "checkpoints", offset,
                                evidence=[before.whole, note.whole])
                continue
            self.previous, self.last_data = note, data
            yield note
        try:
            copy = read_small(os.path.join(self.path, "checkpoint"), NOTE_BYTES)
            if copy is None or copy == self.last_data:
                return
            self.report.add("head-stale", "`checkpoint` is not the last of `checkpoints`",
                            "checkpoint")
            note = Checkpoint(copy)
            note.offset = None
            if note.origin == self.origin and (not self.previous
                                               or note.size > self.previous.size):
                self.any = True
                yield note
        except Bad as error:
            self.report.add("checkpoint-malformed", str(error), "checkpoint")


# ---------------------------------------------------------------- forms of control entries (section 7)

DAY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z")
CLASS = re.compile(r"[a-z0-9][a-z0-9.-]{0,31}\Z")
ORIGIN = re.compile(r"(?!avouch/)(?!cosignature/v1\Z)[A-Za-z0-9._~/-]{1,200}\Z")


def need(condition, what):
    if not condition:
        raise Bad(what)


def is_number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_hex(size):
    return lambda v: isinstance(v, str) and len(v) == 2 * size and re.match(r"[0-9a-f]*\Z", v)


def is_text(value, limit=4096):
    return isinstance(value, str) and len(value.encode("utf-8")) <= limit


def is_ascending(value):
    return isinstance(value, list) and value and all(map(is_number, value)) \
        and all(a < b for a, b in zip(value, value[1:]))


def is_object(**forms):
    def check(value):
        return isinstance(value, dict) and value.keys() == forms.keys() \
            and all(form(value[name]) for name, form in forms.items())
    return check


def is_list(form, most, ascending=None):
    def check(value):
        return isinstance(value, list) and len(value) <= most and all(map(form, value)) and (
            ascending is None or all(a[ascending] < b[ascending]
                                     for a, b in zip(value, value[1:])))
    return check


def is_classes(value):
    return isinstance(value, dict) and 1 <= len(value) <= 64 and all(
        CLASS.match(name) and is_object(retention_s=is_number)(member)
        for name, member in value.items())


IS_POLICY = is_object(
    classes=is_classes, clock_slack_ms=lambda v: is_number(v) and v <= 600000,
    cosign_lag_s=is_number, heartbeat_s=lambda v: is_number(v) and 1 <= v <= 86400,
    pack_entries=lambda v: is_number(v) and 256 <= v <= 65536 and v % 256 == 0)


def is_admins(value):
    return is_list(is_object(key=is_hex(32), name=is_text), 32)(value) and value \
        and len({admin["key"] for admin in value}) == len(value)


def is_bool(value):
    return isinstance(value, bool)


def day_of(time_ms):
    """The UTC day; times beyond year 9999 are of its last day."""
    return datetime.date.fromordinal(min(719163 + time_ms // 86400000, 3652059)).isoformat()


def is_class(value):
    return isinstance(value, str) and CLASS.match(value)


def is_day(value):
    return isinstance(value, str) and DAY.match(value)


N, S, B, H16, H32, H64 = is_number, is_text, is_bool, is_hex(16), is_hex(32), is_hex(64)
KEK = is_object(id=S, version=N)
CONTROL = {
    0x10: ("genesis", dict(genesis=H32)),
    0x11: ("boot", dict(boot=H16, clean=B, last_ms=N, size=N, software=S)),
    0x12: ("shutdown", dict(boot=H16)),
    0x13: ("heartbeat", dict(boot=H16, lost=N, pending=N, recorded=N, submitted=N)),
    0x14: ("clock", dict(from_ms=N, to_ms=N)),
    0x15: ("gap", dict(count=lambda v: N(v) and v >= 1, from_ms=N, reason=S, to_ms=N)),
    0x20: ("epoch-rotate", dict(epoch=N, key=H32, possession=H64, signature=H64)),
    0x21: ("epoch-recover", dict(epoch=N, key=H32, possession=H64, signature=H64)),
    0x22: ("policy", dict(admins=is_admins, approvals_needed=N, policy=IS_POLICY)),
    0x30: ("period-open", {"class": is_class, "commitment": H32, "day": is_day, "period": N}),
    0x31: ("period-close", dict(entries=N, members=H32, period=N)),
    0x32: ("index", dict(end=N, first=N, parts=is_list(
        is_object(period=N, records=N, root=H32, terms=N), 100000, "period"))),
    0x33: ("archive", dict(locator=S, pack=N, retain_until_ms=N, sha256=H32, version=S)),
    0x40: ("hold", {"class": lambda v: v == "*" or is_class(v), "from_day": is_day,
                    "reason": S, "to_day": is_day}),
    0x41: ("release", dict(hold=H16, reason=S)),
    0x42: ("purge", dict(periods=is_ascending, reason=S)),
    0x43: ("purged", dict(destroyed=KEK, kek=KEK, purge=H16, receipt=S)),
    0x44: ("redact", dict(entry=N, reason=S)),
    0x45: ("erase", dict(quarter=S, receipt=S, subject=H16)),
    0x50: ("anchor", dict(kind=lambda v: v in ("rfc3161", "log", "other"), origin=S, root=H32,
                          size=N, token=lambda v: is_text(v, 49152)
                          and re.match(r"([0-9a-f]{2})*\Z", v))),
    0x51: ("key-use", dict(actor=S, periods=lambda v: v == [] or is_ascending(v), purpose=S,
                           query=H32)),
}
LOG_EVENTS = {
    "birth": dict(event=S, identity=S, origin=S),
    "head": dict(event=S, origin=S, root=H32, size=N),
    "close": dict(clean=B, event=S, origin=S, root=H32, size=N),
}
APPROVED = {0x21, 0x22, 0x40, 0x41, 0x42, 0x44, 0x45}
APPROVAL = dict(approvals=is_list(is_object(key=H32, signature=H64), 32, "key"), id=H16,
                valid_until_ms=N)
IS_PREV = is_object(index=N, leaf=H32)


def control_fields(kind, value):
    """Checks the members of a control entry. Bad names the first wrong one."""
    need(isinstance(value, dict), "not an object")
    if kind == 0x52:
        need(value.get("event") in LOG_EVENTS, "member `event`")
        forms = dict(LOG_EVENTS[value["event"]])
    else:
        forms = dict(CONTROL[kind][1])
    if kind in APPROVED:
        forms.update(APPROVAL)
    forms["prev"] = lambda v: v is None or IS_PREV(v)
    for name in value:
        need(name in forms, "unknown member `%s`" % name)
    for name, form in forms.items():
        need(name in value, "member `%s` is missing" % name)
        need(form(value[name]), "member `%s`" % name)


def type_name(kind):
    return "log" if kind == 0x52 else CONTROL[kind][0]


class Genesis:
    """Section 3. Bad if it is not one; the signature is judged by the caller."""

    def __init__(self, data):
        self.note = Note(data)
        lines = self.note.text.split("\n")
        need(len(lines) == 4 and lines[0] == "avouch/genesis/v1", "not a genesis note")
        need(ORIGIN.match(lines[1]), "origin")
        self.origin, value = lines[1], parse_json(lines[2].encode("utf-8"))
        need(is_object(admins=is_admins, approvals=N, created_ms=N, epoch_key=H32,
                       policy=IS_POLICY)(value), "members of the genesis")
        need(1 <= value["approvals"] <= len(value["admins"]), "number of approvals")
        self.value, self.hash = value, sha256(self.note.text.encode("utf-8"))
        self.origin_hash = sha256(self.origin.encode("ascii"))
        self.epoch_key = bytes.fromhex(value["epoch_key"])
        self.created_ms = value["created_ms"]


def rotation_valid(origin, identity, kind, value, old_key, index):
    """Whether the statement of section 9 is signed by old (or identity) and new key."""
    new_key = bytes.fromhex(value["key"])
    rest = "/v1\n%s\n%d\n%s\n%s\n%d\n" % (origin, value["epoch"], old_key.hex(), value["key"], index)
    signer, word = (old_key, "rotate") if kind == 0x20 else (identity, "recover")
    return signature_valid(signer, ("avouch/" + word + rest).encode("ascii"),
                           bytes.fromhex(value["signature"])) and \
        signature_valid(new_key, ("avouch/possess" + rest).encode("ascii"),
                        bytes.fromhex(value["possession"]))


def approval_text(origin, kind, value):
    bare = {name: member for name, member in value.items() if name not in ("approvals", "prev")}
    return ("avouch/approve/v1\n%s\n%s\n%s\n" % (
        origin, type_name(kind), sha256(canonical(bare)).hex())).encode("ascii")


# ---------------------------------------------------------------- the rules (sections 8 to 13)

PERIODS_MAX, ACTS_MAX, HOLDS_MAX, REDACTIONS_MAX = 100000, 262144, 1024, 65536
ROUND_MAX, ROUND_BEHIND_MAX, ANCHORABLE = 65536, 131072, 4096


class Period:
    """What is known of one period; the running digest exists while it is open."""

    __slots__ = ("retention_class", "day", "commitment", "opened", "closed_ms", "close_index",
                 "count", "run", "digest", "last", "holes", "present", "purge", "gone",
                 "witness_before")

    def __init__(self, retention_class, day, commitment, opened):
        self.retention_class, self.day, self.commitment = retention_class, day, commitment
        self.opened, self.closed_ms, self.close_index = opened, None, None
        self.count, self.run, self.digest, self.last = 0, None, hashlib.sha256(), None
        self.holes, self.present, self.purge, self.gone = None, None, None, False
        self.witness_before = None

    def take(self, index, count):
        self.count += count
        self.last = index + count - 1
        if self.run and self.run[0] + self.run[1] == index:
            self.run[1] += count
            return
        self.flush()
        self.run = [index, count]

    def flush(self):
        if self.run:
            self.digest.update(struct.pack(">QQ", *self.run))

    def members(self):
        self.flush()
        return self.digest.hexdigest()


class Known:
    """What the auditor brings: levels C, Q and F."""

    def __init__(self):
        self.checkpoints, self.policy, self.keys, self.as_of_ms = [], None, None, None
        self.heads, self.closed_clean = [], None


class Verifier:
    """One pass over a log."""

    def __init__(self, path, identity, origin, known, report):
        self.path, self.identity, self.origin = path, identity, origin
        self.known, self.report = known, report
        self.frontier = Frontier()
        self.index, self.last_ms, self.latest_ms, self.last_kind = 0, 0, 0, None
        self.control, self.boot, self.boot_index = None, None, None
        self.recorded = self.lost = self.left_waiting = 0
        self.epoch, self.epoch_keys, self.closing, self.epoch_start = 0, [], None, 0
        self.periods, self.open, self.next_period = {}, set(), 1
        self.holds, self.acts, self.redacted_holes = {}, set(), {}
        self.unfinished, self.destroyed = {}, []
        self.pending, self.round_end, self.rounds_lost = array.array("I"), 0, False
        self.controls = []
        self.archives, self.logs = {}, {}
        self.next_checkpoint, self.good_size, self.root_bad, self.block_bad = None, None, 0, 0
        self.recent_roots, self.quorum_ms, self.quorum_any = {}, None, 0
        self.tiles = Tiles(path, report)

    # -- beginning and end

    def run(self):
        try:
            self.begin()
            self.walk()
            self.finish()
        except Stop:
            pass
        except Bad as error:
            self.report.add("limit-exceeded", str(error))
        except OSError as error:
            self.report.add("unreadable", str(error))
        self.report.size = self.index
        self.report.proven_size = self.good_size or 0
        if self.known.policy:
            self.report.quorum_size = self.quorum_any
        return self.report

    def begin(self):
        try:
            data = read_small(os.path.join(self.path, "genesis"), NOTE_BYTES)
        except Bad as error:
            data = None
            self.stop("genesis-malformed", str(error), "genesis")
        if data is None:
            self.stop("genesis-missing", "there is no genesis", "genesis")
        try:
            self.genesis = genesis = Genesis(data)
            self.tiles.origin_hash = genesis.origin_hash
        except Bad as error:
            self.stop("genesis-malformed", str(error), "genesis")
        if self.origin is not None and genesis.origin != self.origin:
            self.stop("origin-mismatch", "the genesis is of `%s`, not of `%s`"
                      % (genesis.origin, self.origin), "genesis")
        self.origin = self.report.origin = genesis.origin
        if not genesis.note.signed_by(genesis.origin, self.identity):
            self.stop("genesis-signature-invalid", "not signed by the identity key %s"
                      % show_vkey(genesis.origin, 1, self.identity), "genesis",
                      [genesis.note.whole])
        self.policy, self.needed = genesis.value["policy"], genesis.value["approvals"]
        self.admins = {admin["key"] for admin in genesis.value["admins"]}
        self.epoch_keys.append(genesis.epoch_key)
        self.store = Store(self.path, self.report, genesis.origin_hash)
        self.published = Checkpoints(self.path, self.report, self.origin)
        self.checkpoints = iter(self.published)
        self.next_checkpoint = next(self.checkpoints, None)
        self.waiting = sorted(self.known.checkpoints, key=lambda note: note.size)
        self.heads = sorted(self.known.heads)
        self.opener = Opener(self)

    def stop(self, code, message, file=None, evidence=None):
        self.report.add(code, message, file, evidence=evidence)
        raise Stop()

    def find(self, code, message, evidence=None):
        """A finding about the entry in hand."""
        self.report.add(code, message, self.store.file, self.store.offset, self.index, evidence)

    def walk(self):
        for kind, value in self.store.items():
            if kind == "root":
                if not self.block_bad and value != self.frontier.root():
                    self.block_bad = 1
                    self.report.add("block-root-mismatch", "the entries up to %d do not give the "
                                    "root their block states" % self.index, self.store.file,
                                    self.store.offset, self.index)
                continue
            self.advance()
            if self.closing and self.index >= self.closing[0]:
                self.find("epoch-close-missing", "no checkpoint of size %d by the key of epoch %d"
                          % (self.closing[0], self.epoch - 1))
                self.closing = None
            if kind == "entry":
                self.entry(value)
            else:
                self.hole(value)
        self.advance()

    def finish(self):
        wanted = 0
        while self.next_checkpoint is not None:
            note, self.next_checkpoint = self.next_checkpoint, next(self.checkpoints, None)
            key = self.epoch_keys[-1]
            if note.by(self.origin, 1, key) is not None and not note.signed_by(self.origin, key):
                self.report.add("checkpoint-signature-invalid", "the checkpoint of size %d does "
                                "not verify" % note.size, "checkpoints", note.offset,
                                evidence=[note.whole])
            else:
                wanted, last = max(wanted, note.size), note
        if wanted > self.index:
            self.store.explain_end(wanted)
            self.report.findings[-1]["evidence"] = [last.whole]
        elif self.store.damage:
            message, file, offset, index = self.store.damage
            self.report.add("torn-tail", message, file, offset, index)
        self.finish_known(wanted)
        self.note_epoch()
        if self.index == 0:
            self.report.add("genesis-not-committed", "there is no entry 0")
        if not self.published.any:
            self.report.add("checkpoint-missing", "there is no checkpoint", "checkpoints")
        elif (self.good_size or 0) < self.index and not self.root_bad and wanted <= self.index:
            self.report.add("uncheckpointed-tail", "entries %d to %d are under no checkpoint"
                            % (self.good_size or 0, self.index - 1), self.store.file,
                            index=self.good_size or 0)
        self.finish_periods()
        self.finish_witness()
        finish_files(self)
        self.opener.finish()

    def note_epoch(self):
        """How far the key in use now could have signed another past."""
        self.report.note("epoch %d since entry %d: who holds its key could sign other entries from "
                         "there on, up to the last checkpoint somebody else knows"
                         % (self.epoch, self.epoch_start))

    def finish_known(self, wanted):
        for note in self.waiting:
            if note.size <= wanted:
                continue  # the log itself speaks of more: entries are missing
            signed = any(note.by(self.origin, 1, key) for key in self.epoch_keys)
            if signed and not any(note.signed_by(self.origin, key) for key in self.epoch_keys):
                self.report.add("earlier-checkpoint-invalid", "the given checkpoint of size %d is "
                                "not signed by an epoch's key" % note.size, evidence=[note.whole])
                continue
            head = self.published.previous
            self.report.add("rolled-back", "a known checkpoint speaks of %d entries, the log has %d"
                            % (note.size, self.index),
                            evidence=[note.whole] + ([head.whole] if head else []))
        for size, _ in self.heads:
            self.report.add("registry-contradicted", "the registry knows %d entries, the log has %d"
                            % (size, self.index))

    def finish_periods(self):
        for number, period in self.periods.items():
            if period.holes and not period.gone:
                self.report.add("missing-without-purge", "records of period %d are gone, but it "
                                "was not purged" % number, *period.holes)
            if period.gone and period.present:
                self.report.add("purge-unfinished", "records of purged period %d are still there"
                                % number, *period.present)
        for index, place in self.redacted_holes.items():
            self.report.add("missing-without-purge", "a record is gone and no redaction names it",
                            place[0], place[1], index)

    def finish_witness(self):
        policy, as_of = self.known.policy, self.known.as_of_ms
        lag, last_ms = self.policy["cosign_lag_s"] * 1000, self.last_ms or self.latest_ms
        if as_of is not None and self.last_kind != 0x12 and as_of > (
                last_ms + lag + self.policy["heartbeat_s"] * 1000):
            self.report.add("stale", "the last entry is %d s older than the time of asking"
                            % ((as_of - last_ms) // 1000))
        if not policy or policy.quorum == "none":
            return
        if self.quorum_ms is None:
            self.report.add("quorum-missing", "no checkpoint has quorum")
        elif self.quorum_any < self.index:
            tail = max(last_ms, as_of or 0) - self.quorum_ms
            message = "entries %d to %d are not cosigned, up to %d s after the last quorum" % (
                self.quorum_any, self.index - 1, max(tail, 0) // 1000)
            if tail > lag:
                self.report.add("unwitnessed-tail", message, index=self.quorum_any)
            else:
                self.report.note(message)

    # -- checkpoints (section 8)

    def advance(self):
        """Judges every checkpoint whose size the tree has reached."""
        while self.next_checkpoint is not None and self.next_checkpoint.size <= self.index:
            note = self.next_checkpoint
            if note.size < self.index:
                self.report.add("checkpoint-uncheckable", "size %d lies inside of a kept subtree"
                                % note.size, "checkpoints", note.offset, evidence=[note.whole])
            else:
                self.published_checkpoint(note)
            self.next_checkpoint = next(self.checkpoints, None)
        while self.waiting and self.waiting[0].size <= self.index:
            self.known_checkpoint(self.waiting.pop(0))
        while self.heads and self.heads[0][0] <= self.index:
            size, root = self.heads.pop(0)
            if size == self.index and root != self.frontier.root():
                self.report.add("registry-contradicted", "another root at size %d" % size,
                                evidence=[root.hex(), self.frontier.root().hex()])

    def key_at(self, size):
        if size <= self.epoch_start and self.epoch:
            return self.epoch_keys[-2]
        return self.epoch_keys[-1]

    def published_checkpoint(self, note):
        root = self.frontier.root()
        if not note.signed_by(self.origin, self.key_at(note.size)):
            self.report.add("checkpoint-signature-invalid", "the checkpoint of size %d is not "
                            "signed by the key of its epoch" % note.size, "checkpoints",
                            note.offset, evidence=[note.whole])
            return
        if note.root != root:
            self.root_bad += 1
            if self.root_bad == 1:
                self.report.add("checkpoint-root-mismatch", "between %d and %d there is an entry "
                                "that is not the one that was signed"
                                % (self.good_size or 0, note.size), "checkpoints", note.offset,
                                evidence=[note.whole, base64.b64encode(root).decode("ascii")])
            return
        self.good_size = note.size
        if self.closing and note.size == self.closing[0]:
            self.closing = None
        self.recent_roots[note.size] = root
        if len(self.recent_roots) > ANCHORABLE:
            del self.recent_roots[next(iter(self.recent_roots))]
        quorum = self.cosigned(note) if self.known.policy else True
        for purge in self.unfinished.values():
            if note.size > purge["index"] and quorum:
                purge["covered"] = True

    def cosigned(self, note):
        """Whether the checkpoint has quorum; keeps the times."""
        policy = self.known.policy
        times, wrong = policy.judge(note)
        for name in wrong:
            self.report.add("cosignature-invalid", "the line of witness `%s` does not verify"
                            % name, "checkpoints", note.offset, evidence=[note.whole])
        if policy.quorum == "none":
            return True
        seconds = policy.witness_time(times)
        if seconds is None:
            return False
        at = seconds * 1000
        slack = self.policy["clock_slack_ms"] + self.policy["cosign_lag_s"] * 1000
        for purge in self.unfinished.values():
            if not purge["judged"] and note.size > purge["index"]:
                purge["judged"] = True
                for limit in purge["not_before"]:
                    if at + slack < limit:
                        self.report.add("purge-before-expiry", "by the witnesses' time the purge "
                                        "is %d s early" % ((limit - at) // 1000),
                                        index=purge["index"], evidence=[note.whole])
        self.quorum_ms, self.quorum_any = max(self.quorum_ms or 0, at), note.size
        return True

    def known_checkpoint(self, note):
        if note.origin != self.origin:
            self.report.add("earlier-checkpoint-invalid", "the given checkpoint is of another log",
                            evidence=[note.whole])
            return
        if note.size < self.index:
            self.report.add("earlier-checkpoint-uncheckable", "size %d lies inside of a kept "
                            "subtree" % note.size, evidence=[note.whole])
            return
        key = self.key_at(note.size)
        if note.by(self.origin, 1, key) is not None and not note.signed_by(self.origin, key):
            self.report.add("earlier-checkpoint-invalid", "the given checkpoint of size %d does "
                            "not verify" % note.size, evidence=[note.whole])
        elif note.root != self.frontier.root():
            ours = self.published.previous
            self.report.add("history-rewritten", "a known checkpoint has another root at size %d"
                            % note.size, index=note.size,
                            evidence=[note.whole, ours.whole if ours else ""])

    # -- entries

    def grow(self, value, level):
        for complete in self.frontier.push(value, level):
            self.tiles.take(*complete, self.index)
        self.index += 1 << level

    def period_of(self, number, count):
        """Counts records into their period, whether they are there or not."""
        self.recorded += count
        period = self.periods.get(number)
        if period is None or number not in self.open:
            self.find("record-outside-period", "a record in period %d, which is not open" % number)
        else:
            period.take(self.index, count)
        self.waiting_for_index(number, count)
        return period

    def waiting_for_index(self, number, count):
        if self.rounds_lost:
            return
        self.pending.extend([number] * count)
        if len(self.pending) > ROUND_BEHIND_MAX:
            self.rounds_lost = True
            self.pending = array.array("I")
            self.find("index-overdue", "no index since entry %d" % self.round_end)

    def hole(self, hole):
        place = (self.store.file, self.store.offset, self.index)
        period = self.period_of(hole.period, 1 << hole.level)
        if hole.redacted:
            self.redacted_holes[self.index] = place
            if len(self.redacted_holes) > REDACTIONS_MAX:
                self.stop("limit-exceeded", "too many redactions")
        elif period is not None and not period.holes:
            period.holes = place
        self.opener.hole(self.index, hole)
        self.last_kind, self.last_ms = 0x01, None
        self.grow(hole.hash, hole.level)

    def entry(self, data):
        if len(data) < ENTRY_HEAD:
            self.find("entry-malformed", "an entry of %d bytes" % len(data))
            self.grow(leaf_hash(data), 0)
            return
        version, kind, flags, period, time_ms = struct.unpack(">BBHIQ", data[:16])
        leaf = leaf_hash(data)
        if self.index == 0 and kind != 0x10:
            self.find("genesis-not-committed", "entry 0 is not the genesis")
        if version != 1 or flags or kind not in CONTROL and kind not in (0x01, 0x52):
            self.find("entry-unknown", "version %d, type %02x, flags %04x" % (version, kind, flags))
        elif kind == 0x01:
            self.time(time_ms, kind)
            known = self.period_of(period, 1)
            if known is not None and not known.present:
                known.present = (self.store.file, self.store.offset, self.index)
            if len(data) < ENTRY_HEAD + 16:
                self.find("entry-malformed", "a record without a tag")
            else:
                self.opener.record(data, period)
        else:
            if period or any(data[16:ENTRY_HEAD]):
                self.find("entry-malformed", "a control entry with period, nonce or commitment")
            self.control_entry(kind, data[ENTRY_HEAD:], time_ms, leaf)
            self.waiting_for_index(0, 1)
            self.controls.append((self.index, kind))
            del self.controls[:-ROUND_BEHIND_MAX]
        self.opener.leaf(self.index, leaf)
        self.last_ms, self.last_kind = time_ms, kind
        self.grow(leaf, 0)

    def time(self, time_ms, kind):
        """Section 13: order and silence."""
        slack = self.policy["clock_slack_ms"]
        if kind not in (0x10, 0x11, 0x14):
            if time_ms + slack < self.latest_ms:
                self.find("time-backwards", "an entry of %d ms after one of %d ms"
                          % (time_ms, self.latest_ms))
            if self.quiet_since(time_ms):
                self.find("silence", "%d s without an entry" % ((time_ms - self.latest_ms) // 1000))
            self.latest_ms = max(self.latest_ms, time_ms)
        else:
            self.latest_ms = time_ms

    def quiet_since(self, time_ms):
        """Whether too long a time passed; behind a hole nobody knows."""
        longest = self.policy["heartbeat_s"] * 1000 + self.policy["clock_slack_ms"]
        return self.last_ms is not None and time_ms > self.latest_ms + longest

    def control_entry(self, kind, payload, time_ms, leaf):
        try:
            value = parse_json(payload)
        except Bad as error:
            self.find("control-not-canonical", str(error))
            self.control = (self.index, leaf)
            return
        try:
            control_fields(kind, value)
        except Bad as error:
            self.find("control-malformed", "%s: %s" % (type_name(kind), error))
            self.control = (self.index, leaf)
            return
        expected = None if self.control is None else {
            "index": self.control[0], "leaf": self.control[1].hex()}
        if value["prev"] != expected:
            self.find("control-chain-broken", "`prev` is not the control entry before",
                      [canonical(value["prev"]).decode("utf-8"),
                       canonical(expected).decode("utf-8")])
        self.control = (self.index, leaf)
        if kind == 0x14:
            self.clock_step(value, time_ms)
        self.time(time_ms, kind)
        if kind in APPROVED:
            self.approvals(kind, value, time_ms)
        getattr(self, "on_" + type_name(kind).replace("-", "_"))(value, time_ms)

    def approvals(self, kind, value, time_ms):
        """Section 10."""
        text, valid = approval_text(self.origin, kind, value), 0
        for approval in value["approvals"]:
            if approval["key"] in self.admins and signature_valid(
                    bytes.fromhex(approval["key"]), text, bytes.fromhex(approval["signature"])):
                valid += 1
            else:
                self.find("approval-invalid", "an approval by %s does not verify or is by no "
                          "administrator" % approval["key"], [text.decode("ascii")])
        if valid < self.needed:
            self.find("approval-insufficient", "%s has %d valid approvals of %d"
                      % (type_name(kind), valid, self.needed))
        if value["id"] in self.acts:
            self.find("approval-replayed", "id %s was used before" % value["id"])
        if time_ms > value["valid_until_ms"]:
            self.find("approval-expired", "approved until %d ms" % value["valid_until_ms"])
        self.acts.add(value["id"])
        if len(self.acts) > ACTS_MAX:
            self.stop("limit-exceeded", "too many approved entries")

    # -- one method per type of control entry

    def on_genesis(self, value, time_ms):
        if self.index or value["genesis"] != self.genesis.hash.hex():
            self.find("genesis-not-committed", "the entry speaks of another genesis",
                      [value["genesis"], self.genesis.hash.hex()])

    def on_boot(self, value, time_ms):
        clean = self.last_kind in (0x10, 0x12)
        if value["clean"] != clean or value["size"] != self.index \
                or self.last_ms is not None and value["last_ms"] != self.last_ms:
            self.find("boot-false", "clean %s, size %d, last_ms %d; in truth %s, %d, %d" % (
                value["clean"], value["size"], value["last_ms"], clean, self.index, self.last_ms))
        closes = self.known.closed_clean
        if closes and not clean and closes.get(self.index):
            self.find("boot-false", "the registry says that the log was closed cleanly here")
        self.report.note("entry %d: boot after %s end, %d s down" % (
            self.index, "a clean" if clean else "an unclean",
            max(0, time_ms - value["last_ms"]) // 1000))
        self.boot, self.recorded, self.lost, self.left_waiting = value["boot"], 0, 0, 0

    def same_boot(self, value):
        if value["boot"] != self.boot:
            self.find("boot-false", "boot id %s, expected %s" % (value["boot"], self.boot))

    def on_shutdown(self, value, time_ms):
        self.same_boot(value)
        if self.left_waiting:
            self.find("counter-mismatch", "an orderly end, and %d records still wait"
                      % self.left_waiting)

    def on_heartbeat(self, value, time_ms):
        self.same_boot(value)
        if value["recorded"] != self.recorded or value["lost"] != self.lost \
                or value["submitted"] != value["recorded"] + value["lost"] + value["pending"]:
            self.find("counter-mismatch", "heartbeat says %d recorded and %d lost of %d; counted "
                      "%d and %d" % (value["recorded"], value["lost"], value["submitted"],
                                     self.recorded, self.lost))
        self.left_waiting = value["pending"]
        self.opener.heartbeat(value)

    def clock_step(self, value, time_ms):
        slack = self.policy["clock_slack_ms"]
        if value["to_ms"] != time_ms:
            self.find("control-malformed", "clock: `to_ms` is not the entry's time")
        if value["from_ms"] + slack < self.latest_ms:
            self.find("time-backwards", "a clock step begins before the last entry")
        if self.quiet_since(value["from_ms"]):
            self.find("silence", "a clock step begins long after the last entry")

    def on_clock(self, value, time_ms):
        self.report.note("entry %d: clock stepped from %d to %d ms"
                         % (self.index, value["from_ms"], value["to_ms"]))

    def on_gap(self, value, time_ms):
        self.lost += value["count"]
        self.report.note("entry %d: %d records lost: %s"
                         % (self.index, value["count"], value["reason"]))

    def on_epoch_rotate(self, value, time_ms):
        self.rotate(0x20, value)

    def on_epoch_recover(self, value, time_ms):
        self.rotate(0x21, value)
        self.report.note("entry %d: epoch %d recovered with the identity key"
                         % (self.index, value["epoch"]))

    def rotate(self, kind, value):
        old = self.epoch_keys[-1]
        if value["epoch"] != self.epoch + 1 or not rotation_valid(
                self.origin, self.identity, kind, value, old, self.index):
            self.find("epoch-rotation-invalid", "epoch %d after epoch %d: the statement does not "
                      "verify" % (value["epoch"], self.epoch))
        self.epoch, self.epoch_start = self.epoch + 1, self.index + 1
        self.epoch_keys.append(bytes.fromhex(value["key"]))
        if kind == 0x20:
            self.closing = (self.index + 1, old)

    def on_policy(self, value, time_ms):
        if not 1 <= value["approvals_needed"] <= len(value["admins"]):
            self.find("control-malformed", "policy: `approvals_needed`")
        self.admins = {admin["key"] for admin in value["admins"]}
        self.policy, self.needed = value["policy"], value["approvals_needed"]
        self.report.note("entry %d: policy changed" % self.index)

    def on_period_open(self, value, time_ms):
        number = value["period"]
        if number != self.next_period or value["class"] not in self.policy["classes"] \
                or value["day"] != day_of(time_ms):
            self.find("period-invalid", "period %d of class `%s` and day %s"
                      % (number, value["class"], value["day"]))
        if number in self.periods:
            return
        if len(self.periods) >= PERIODS_MAX:
            self.stop("limit-exceeded", "too many periods")
        self.next_period = number + 1
        period = Period(value["class"], value["day"], value["commitment"], self.index)
        self.periods[number] = period
        self.open.add(number)
        self.opener.period(number, period)

    def on_period_close(self, value, time_ms):
        number = value["period"]
        period = self.periods.get(number)
        if period is None or number not in self.open:
            self.find("period-invalid", "close of period %d, which is not open" % number)
            return
        self.open.discard(number)
        period.closed_ms, period.close_index = time_ms, self.index
        period.witness_before = self.quorum_ms
        members = period.members()
        period.digest = period.run = None
        if value["entries"] != period.count or value["members"] != members:
            self.find("period-members-mismatch", "period %d states %d records, %d were seen"
                      % (number, value["entries"], period.count), [value["members"], members])
        if period.last is not None and period.last >= self.round_end and not self.rounds_lost:
            self.find("index-gap", "period %d closes before its last record is in the index"
                      % number)

    def on_index(self, value, time_ms):
        first, end, parts = value["first"], value["end"], value["parts"]
        if first != self.round_end or not first < end <= self.index or end - first > ROUND_MAX:
            self.find("index-gap", "round of %d to %d after one that ended at %d"
                      % (first, end, self.round_end))
            self.rounds_lost = True
        if self.rounds_lost:
            return
        counts = {}
        for number in self.pending[:end - first]:
            counts[number] = counts.get(number, 0) + 1
        counts.pop(0, None)
        stated = {part["period"]: part["records"] for part in parts}
        if counts != stated:
            self.find("index-count-mismatch", "round of %d to %d: records by period"
                      % (first, end), [stated, counts])
        self.pending, self.round_end = self.pending[end - first:], end
        for part in parts:
            check_index_file(self, part, first, end)
        check_control_list(self, [c for c in self.controls if c[0] < end], first, end)
        self.controls = [c for c in self.controls if c[0] >= end]
        self.opener.index(first, end, parts)

    def on_archive(self, value, time_ms):
        if value["pack"] * self.policy["pack_entries"] >= self.index:
            self.find("control-malformed", "archive: pack %d is not full" % value["pack"])
        self.archives[value["pack"]] = value["sha256"]

    def on_hold(self, value, time_ms):
        if value["from_day"] > value["to_day"]:
            self.find("hold-invalid", "the days are reversed")
        self.holds[value["id"]] = (value["class"], value["from_day"], value["to_day"])
        if len(self.holds) > HOLDS_MAX:
            self.stop("limit-exceeded", "too many holds")

    def on_release(self, value, time_ms):
        if self.holds.pop(value["hold"], None) is None:
            self.find("hold-invalid", "release of hold %s, which is not in force" % value["hold"])

    def on_purge(self, value, time_ms):
        not_before = []
        for number in value["periods"]:
            period = self.periods.get(number)
            if period is None or period.closed_ms is None or period.purge is not None:
                self.find("purge-invalid", "period %d is unknown, open or purged" % number)
                continue
            period.purge = self.index
            keep = self.policy["classes"].get(period.retention_class, {}).get("retention_s")
            if keep is None or time_ms < period.closed_ms + keep * 1000:
                self.find("purge-before-expiry", "period %d, closed at %d ms, is kept for %s s"
                          % (number, period.closed_ms, keep))
            elif period.witness_before is not None:
                not_before.append(period.witness_before + keep * 1000)
            for held, (name, first, last) in self.holds.items():
                if name in ("*", period.retention_class) and period.day <= last \
                        and first <= day_of(period.closed_ms):
                    self.find("purge-under-hold", "period %d is under hold %s" % (number, held))
        self.unfinished[value["id"]] = {"index": self.index, "periods": value["periods"],
                                        "covered": False, "judged": False,
                                        "not_before": not_before}
        self.report.note("entry %d: purge of periods %s: %s" % (
            self.index, ", ".join(map(str, value["periods"][:20])), value["reason"]))

    def on_purged(self, value, time_ms):
        purge = self.unfinished.pop(value["purge"], None)
        if purge is None:
            self.find("purge-invalid", "`purged` without `purge`")
            return
        if not purge["covered"]:
            self.find("purge-unwitnessed", "no %scheckpoint between entries %d and %d" % (
                "cosigned " if self.known.policy else "", purge["index"], self.index))
        for number in purge["periods"]:
            if number in self.periods:
                self.periods[number].gone = True
        self.destroyed.append((value["destroyed"]["id"], value["destroyed"]["version"]))

    def on_redact(self, value, time_ms):
        if value["entry"] >= self.index:
            self.find("redaction-invalid", "entry %d is not an earlier record" % value["entry"])
        self.redacted_holes.pop(value["entry"], None)
        self.report.note("entry %d: redaction of entry %d: %s"
                         % (self.index, value["entry"], value["reason"]))

    def on_erase(self, value, time_ms):
        self.report.note("entry %d: erasure of subject %s" % (self.index, value["subject"]))

    def on_anchor(self, value, time_ms):
        if value["kind"] == "log":
            self.log_head(value["origin"], value["size"], value["root"])
            return
        root = self.recent_roots.get(value["size"])
        if value["origin"] != self.origin or root is not None and value["root"] != root.hex():
            self.find("anchor-mismatch", "the anchor is of another checkpoint")
        elif root is None:
            self.report.note("entry %d: anchor of size %d, which is no recent checkpoint"
                             % (self.index, value["size"]))
        if value["kind"] == "rfc3161":
            text = "%s\n%d\n%s\n" % (value["origin"], value["size"], base64.b64encode(
                bytes.fromhex(value["root"])).decode("ascii"))
            for code, message in judge_token(bytes.fromhex(value["token"]), text.encode("utf-8")):
                self.find(code, message)

    def on_key_use(self, value, time_ms):
        self.report.note("entry %d: keys used by %s" % (self.index, value["actor"]))

    def on_log(self, value, time_ms):
        log = self.logs.setdefault(value["origin"], {"heads": [], "identity": None, "closes": {}})
        if len(self.logs) > 65536:
            self.stop("limit-exceeded", "too many logs")
        if value["event"] == "birth":
            log["identity"] = value["identity"]
            return
        self.log_head(value["origin"], value["size"], value["root"])
        if value["event"] == "close":
            log["closes"][value["size"]] = value["clean"]

    def log_head(self, origin, size, root):
        log = self.logs.setdefault(origin, {"heads": [], "identity": None, "closes": {}})
        log["heads"].append((size, bytes.fromhex(root)))
        if len(log["heads"]) > 1000000 or len(self.logs) > 65536:
            self.stop("limit-exceeded", "too many registered heads")


# ---------------------------------------------------------------- level F: opening records (section 6)

SEAL, INDEX_KEY = b"avouch/seal/v1", b"avouch/index/v1"
PERIOD_COMMITMENT, RECORD_COMMITMENT = b"avouch/period-key/v1", b"avouch/record-key/v1"


class Keys:
    """The auditor's file for level F (section 16)."""

    MEMBERS = {"origin", "complete", "periods", "records", "receipts", "canaries", "upstream",
               "destroyed"}
    RECEIPT = staticmethod(is_object(epoch=N, index=N, leaf=H32, signature=H64, time_ms=N))

    def __init__(self, data):
        value = parse_json(data, names=False)
        need(isinstance(value, dict) and set(value) <= self.MEMBERS and "origin" in value,
             "members of the keys file")
        self.origin, self.complete = value["origin"], value.get("complete") is True
        self.periods = {number_of(p): from_hex(k, 32) for p, k in value.get("periods", {}).items()}
        self.records = {number_of(i): from_hex(k, 32) for i, k in value.get("records", {}).items()}
        self.receipts, self.upstream, self.destroyed = {}, {}, None
        need(isinstance(value.get("receipts", []), list), "receipts")
        for receipt in value.get("receipts", []):
            need(self.RECEIPT(receipt), "receipt")
            self.receipts.setdefault(receipt["index"], []).append(receipt)
        need(is_list(is_object(field=N, value=S), 1 << 20)(value.get("canaries", [])), "canaries")
        self.canaries = {(c["field"], from_hex(c["value"])) for c in value.get("canaries", [])}
        need(is_list(is_object(boot=H16, submitted=N), 1 << 20)(value.get("upstream", [])),
             "upstream")
        for count in value.get("upstream", []):
            self.upstream[count["boot"]] = count["submitted"]
        if "destroyed" in value:
            need(is_list(KEK, 1 << 20)(value["destroyed"]), "destroyed")
            self.destroyed = {(kek["id"], kek["version"]) for kek in value["destroyed"]}


def parse_record(plain):
    """(kind, terms, body) of a record's plaintext; Bad if it has another form."""
    need(len(plain) >= 4 and plain[0] == 1 and plain[3] <= 32, "plaintext of a record")
    terms, at = [], 4
    for _ in range(plain[3]):
        need(at + 3 <= len(plain), "terms of a record")
        length = int.from_bytes(plain[at + 1:at + 3], "big")
        term = (plain[at], plain[at + 3:at + 3 + length])
        need(len(term[1]) == length and (not terms or terms[-1] < term), "terms of a record")
        terms.append(term)
        at += 3 + length
    return int.from_bytes(plain[1:3], "big"), terms, plain[at:]


def period_commitment(origin_hash, seal_hash, index_key):
    """Binds both keys of a period, so that the index key can be shown without the other."""
    return labelled(PERIOD_COMMITMENT, origin_hash, seal_hash, sha256(index_key)).hex()


def blind(index_key, field, value):
    return hmac.new(index_key, bytes([field]) + value, hashlib.sha256).digest()[:8]


def open_record(key, entry, origin_hash):
    """The plaintext; Bad with the finding's code first."""
    if labelled(RECORD_COMMITMENT, key) != entry[40:72]:
        raise Bad("commitment-mismatch")
    plain = gcm_open(key, entry[28:40], entry[72:], origin_hash + entry[:72])
    if plain is None:
        raise Bad("record-unreadable")
    return plain


class Opener:
    """Opens what the given keys open, rebuilds the index, compares receipts."""

    def __init__(self, verifier):
        self.verifier, self.keys = verifier, verifier.known.keys
        self.seal, self.blind, self.terms, self.leaves = {}, {}, [], {}
        self.submitted, self.opened = {}, 0
        if self.keys and self.keys.origin != verifier.origin:
            verifier.stop("origin-mismatch", "the keys are of another log")

    def period(self, number, period):
        secret = self.keys and self.keys.periods.get(number)
        if not secret:
            return
        origin_hash = self.verifier.genesis.origin_hash
        seal, index = hkdf(origin_hash, secret, SEAL), hkdf(origin_hash, secret, INDEX_KEY)
        if period_commitment(origin_hash, sha256(seal), index) != period.commitment:
            self.verifier.find("period-key-wrong", "the secret given for period %d is another one"
                               % number)
            return
        self.seal[number], self.blind[number] = seal, index

    def record(self, data, number):
        if not self.keys:
            return
        index, verifier = self.verifier.index, self.verifier
        key = self.keys.records.get(index)
        if number in self.seal:
            key = record_key(self.seal[number], data[16:40])
        terms = None
        if key is not None:
            try:
                plain = open_record(key, data, verifier.genesis.origin_hash)
                self.opened += 1
                terms = parse_record(plain)[1]
                self.keys.canaries.difference_update(terms)
            except Bad as error:
                code = str(error)
                if code not in ("commitment-mismatch", "record-unreadable"):
                    code = "record-unreadable"
                verifier.find(code, "record in period %d: %s" % (number, error))
        if number in self.blind:
            blinded = None if terms is None else sorted(
                {blind(self.blind[number], field, value) for field, value in terms})
            self.remember(index, number, blinded)

    def remember(self, index, number, blinded):
        if self.verifier.rounds_lost:
            self.terms = []
        else:
            self.terms.append((index, number, blinded))

    def hole(self, index, hole):
        if hole.period in self.blind:
            self.remember(index, hole.period, None)
        if hole.level == 0:
            self.leaf(index, hole.hash)

    def leaf(self, index, leaf):
        if self.keys and index in self.keys.receipts:
            self.leaves[index] = leaf

    def index(self, first, end, parts):
        taken = [item for item in self.terms if item[0] < end]
        self.terms = self.terms[len(taken):]
        for part in parts:
            number = part["period"]
            if number not in self.blind:
                continue
            records = [item for item in taken if item[1] == number]
            if any(blinded is None for _, _, blinded in records):
                self.verifier.report.note("round of %d to %d: period %d cannot be rebuilt, not all "
                                          "records open" % (first, end, number))
                continue
            postings = {}
            for index, _, blinded in records:
                for term in blinded:
                    postings.setdefault(term, []).append(index - first)
            frontier = Frontier()
            for term in sorted(postings):
                frontier.push(leaf_hash(posting_leaf(term, postings[term])))
            if frontier.root().hex() != part["root"] or len(postings) != part["terms"]:
                self.verifier.find("index-mismatch", "round of %d to %d, period %d: the index is "
                                   "not that of the records" % (first, end, number),
                                   [part["root"], frontier.root().hex()])

    def heartbeat(self, value):
        if self.keys and value["boot"] in self.keys.upstream:
            self.submitted[value["boot"]] = value["submitted"]

    def finish(self):
        if not self.keys:
            return
        verifier, report, keys = self.verifier, self.verifier.report, self.keys
        for number, period in verifier.periods.items():
            if period.gone and number in self.seal:
                report.add("key-outlives-purge", "the secret of purged period %d exists" % number,
                           index=period.purge)
            elif not period.gone and keys.complete and number not in keys.periods:
                report.add("key-lost", "there is no key for period %d" % number,
                           index=period.opened)
        for kek in verifier.destroyed if keys.destroyed is not None else ():
            if kek not in keys.destroyed:
                report.add("destruction-unproven", "nobody confirms that version %d of `%s` was "
                           "destroyed" % (kek[1], kek[0]))
        for field, value in sorted(keys.canaries):
            report.add("canary-missing", "field %d, value %s" % (field, value.hex()))
        for boot, count in keys.upstream.items():
            if count > self.submitted.get(boot, 0):
                report.add("upstream-mismatch", "boot %s: upstream counted %d, submitted were %d"
                           % (boot, count, self.submitted.get(boot, 0)))
        self.finish_receipts()
        report.note("%d records opened" % self.opened)

    def finish_receipts(self):
        verifier, report = self.verifier, self.verifier.report
        for index, receipts in self.keys.receipts.items():
            for receipt in receipts:
                text = "avouch/receipt/v1\n%s\n%d\n%s\n%d\n" % (
                    verifier.origin, index, receipt["leaf"], receipt["time_ms"])
                keys = verifier.epoch_keys
                if receipt["epoch"] >= len(keys) or not signature_valid(
                        keys[receipt["epoch"]], text.encode("ascii"),
                        bytes.fromhex(receipt["signature"])):
                    report.add("receipt-invalid", "receipt for entry %d" % index, index=index)
                elif index >= verifier.index or index in self.leaves and \
                        self.leaves[index].hex() != receipt["leaf"]:
                    here = self.leaves[index].hex() if index in self.leaves else "nothing"
                    report.add("receipt-contradicted", "entry %d is not what was acknowledged"
                               % index, index=index, evidence=[text + receipt["signature"], here])


# ---------------------------------------------------------------- files beside the entries

def posting_leaf(term, positions):
    return term + struct.pack(">I%dI" % len(positions), len(positions), *positions)


def check_index_file(verifier, part, first, end):
    """Section 12: a file of postings against what was committed. A missing file can be rebuilt."""
    name = "index/%08x-%016x" % (part["period"], first)
    path = os.path.join(verifier.path, name)
    if not os.path.isfile(path):
        return
    head = b"AVLIDX1\n" + verifier.genesis.origin_hash + struct.pack(
        ">IIQQ", part["period"], part["terms"] & 0xffffffff, first, end) + bytes.fromhex(part["root"])
    try:
        with open(path, "rb") as file:
            need(file.read(len(head)) == head, "head")
            frontier, previous, at = Frontier(), b"", len(head) + 20 * part["terms"]
            groups, group = [], Frontier()
            for number in range(part["terms"]):
                file.seek(len(head) + 20 * number)
                term, count, offset = struct.unpack(">8sIQ", file.read(20))
                need(term > previous and offset == at and 1 <= count <= ROUND_MAX, "directory")
                file.seek(offset)
                positions = file.read(4 * count)
                need(len(positions) == 4 * count, "positions")
                leaf = leaf_hash(term + struct.pack(">I", count) + positions)
                frontier.push(leaf)
                group.push(leaf)
                if group.size == 256 or number + 1 == part["terms"]:
                    groups.append(group.root())
                    group = Frontier()
                previous, at = term, at + 4 * count
            need(frontier.root().hex() == part["root"], "root")
            file.seek(at)
            need(file.read(32 * len(groups) + 1) == b"".join(groups), "roots of groups")
    except (Bad, struct.error) as error:
        verifier.report.add("index-file-mismatch", str(error), name, index=verifier.index)


def is_file_of(path, expected):
    return os.path.getsize(path) == len(expected) and read_small(path, len(expected)) == expected


def check_control_list(verifier, controls, first, end):
    """Section 12: the list of control entries of a round, to which nothing commits."""
    name = "index/%08x-%016x" % (0, first)
    if not os.path.isfile(os.path.join(verifier.path, name)):
        return
    leaves = {}
    for index, kind in controls:
        if index >= first:
            leaves.setdefault(struct.pack(">Q", kind), []).append(index - first)
    leaves = [posting_leaf(term, positions) for term, positions in sorted(leaves.items())]
    tree = Frontier()
    for leaf in leaves:
        tree.push(leaf_hash(leaf))
    head = b"AVLIDX1\n" + verifier.genesis.origin_hash + struct.pack(
        ">IIQQ", 0, len(leaves), first, end) + tree.root()
    at, directory = len(head) + 20 * len(leaves), b""
    for leaf in leaves:
        directory += leaf[:12] + struct.pack(">Q", at)
        at += len(leaf) - 12
    expected = head + directory + b"".join(leaf[12:] for leaf in leaves)
    # There are fewer types than a group has terms.
    expected += tree.root() if leaves else b""
    if not is_file_of(os.path.join(verifier.path, name), expected):
        verifier.report.add("index-file-mismatch", "the list of control entries", name,
                            index=verifier.index)


class Tiles:
    """Hash tiles, if there are any, against the tree. Derived, so never proof of anything."""

    def __init__(self, path, report):
        self.path, self.report, self.rows = os.path.join(path, "tile"), report, {}
        self.there = os.path.isdir(self.path)
        self.hashes, self.origin_hash = os.path.join(path, "hash"), None
        self.packed, self.pack = os.path.isdir(self.hashes), [b"", b""]

    def take(self, level, value, index):
        if self.packed and level in (0, 8, 16):
            self.collect(level, value, index)
        if not self.there or level % 8:
            return
        row = self.rows.setdefault(level // 8, [0, b""])
        row[1] += value
        if len(row[1]) == 8192:
            self.compare(level // 8, row[0], row[1])
            self.rows[level // 8] = [row[0] + 1, b""]

    def collect(self, level, value, index):
        """Section 8: files of the leaf hashes of 65536 entries, of their groups, of all."""
        if level < 16:
            self.pack[level // 8] += value
            return
        (leaves, rows), self.pack, number = self.pack, [b"", b""], index >> 16
        name = "%016x" % number
        whole = len(leaves) == 32 << 16 and len(rows) == 32 << 8
        if not whole or not os.path.exists(os.path.join(self.hashes, name)):
            return
        head = b"AVLHASH1" + self.origin_hash + struct.pack(">Q", number)
        expected = head + leaves + rows + value
        if not is_file_of(os.path.join(self.hashes, name), expected):
            self.report.add("tile-mismatch", "leaf hashes are not the tree's", "hash/" + name)

    def compare(self, level, number, hashes):
        digits = "%03d" % (number % 1000)
        while number >= 1000:
            number //= 1000
            digits = "x%03d/%s" % (number % 1000, digits)
        name = "%d/%s" % (level, digits)
        data = read_small(os.path.join(self.path, name), 8192)
        if data is not None and data != hashes:
            self.report.add("tile-mismatch", "a hash tile is not the tree's", "tile/" + name)


def finish_files(verifier):
    """Wrapped keys, postings and packs against what the log says of them."""
    report, periods = verifier.report, verifier.periods
    try:
        data = read_small(os.path.join(verifier.path, "keys"), 64 << 20)
        if data is None:
            report.note("wrapped keys were not presented")
        else:
            check_keys_file(verifier, data)
    except Bad as error:
        report.add("keys-file-malformed", str(error), "keys")
    for name, entry in listed(verifier.path, "index", r"[0-9a-f]{8}-[0-9a-f]{16}\Z"):
        period = periods.get(int(name[:8], 16))
        if period is not None and period.gone:
            report.add("purge-unfinished", "postings of a purged period", "index/" + name)
    for name, entry in listed(verifier.path, "pack", r"[0-9a-f]{16}\Z"):
        check_pack(verifier, int(name, 16), "pack/" + name)


def listed(path, folder, pattern):
    path = os.path.join(path, folder)
    for entry in (os.scandir(path) if os.path.isdir(path) else ()):
        if re.match(pattern, entry.name) and entry.is_file():
            yield entry.name, entry


def check_keys_file(verifier, data):
    report, there = verifier.report, set()
    need(data.endswith(b"\n"), "no newline at the end")
    value = parse_json(data[:-1])
    wrapped = is_object(commitment=H32, period=N, wrapped=lambda v: isinstance(v, str))
    need(is_object(generation=N, kek=KEK, origin=S,
                   periods=is_list(wrapped, PERIODS_MAX, "period"))(value), "members")
    need(value["origin"] == verifier.origin, "keys of another log")
    for item in value["periods"]:
        there.add(item["period"])
        period = verifier.periods.get(item["period"])
        if period is None:
            continue
        need(item["commitment"] == period.commitment, "commitment of period %d" % item["period"])
        if period.gone:
            report.add("key-kept-after-purge", "the key of purged period %d is still stored"
                       % item["period"], "keys")
    if (value["kek"]["id"], value["kek"]["version"]) in verifier.destroyed:
        report.add("key-kept-after-purge", "keys are wrapped by a destroyed version", "keys")
    for number, period in verifier.periods.items():
        if number not in there and period.purge is None:
            report.add("key-lost", "period %d was not purged and has no stored key" % number,
                       "keys", index=period.opened)


def check_pack(verifier, number, name):
    """Section 14: the pack's digest is the one archived last, and no purged record is in it."""
    report = verifier.report
    path = os.path.join(verifier.path, name)
    digest, gone = hashlib.sha256(), None
    with open(path, "rb") as file:
        for part in iter(lambda: file.read(1 << 20), b""):
            digest.update(part)
        file.seek(0)
        head = file.read(88)
        bundles = int.from_bytes(head[48:52], "big") if len(head) == 88 else 0
        file.seek(88 + 8 * (min(bundles, 256) + 1))
        for _ in range(256 * min(bundles, 256)):
            length = int.from_bytes(file.read(2), "big")
            entry = file.read(length)
            period = verifier.periods.get(int.from_bytes(entry[4:8], "big"))
            if entry[1:2] == b"\x01" and period is not None and period.gone:
                gone = True
                break
    if verifier.archives.get(number) != digest.hexdigest():
        report.add("pack-stale", "pack %d is not the one archived last" % number, name,
                   evidence=[verifier.archives.get(number), digest.hexdigest()])
    if gone:
        report.add("purge-unfinished", "a pack holds records of a purged period", name)


# ---------------------------------------------------------------- time stamps (section 15)

def der(data, tag=None):
    """(content, rest) of the first DER element, which must have the tag if one is given."""
    need(len(data) >= 2 and (tag is None or data[0] == tag), "time stamp")
    length, at = data[1], 2
    if length & 0x80:
        count = length & 0x7f
        need(1 <= count <= 4 and len(data) >= 2 + count, "time stamp")
        length, at = int.from_bytes(data[2:2 + count], "big"), 2 + count
    need(len(data) >= at + length, "time stamp")
    return data[at:at + length], data[at + length:]


def der_time(data):
    """Digits YYYYMMDDHHMMSS of a GeneralizedTime or UTCTime, and what follows."""
    tag, (content, rest) = data[:1], der(data)
    need(tag in (b"\x17", b"\x18") and re.match(rb"[0-9]{12,14}", content), "time stamp")
    text = content.decode("ascii", "replace")
    if tag == b"\x17":
        text = ("20" if text < "5" else "19") + text
    return text[:14], rest


def judge_token(token, text):
    """Findings about a time-stamp token. Its own signature needs a tool that knows X.509."""
    try:
        signed = der(der(der(der(token, 0x30)[0], 0x06)[1], 0xa0)[0], 0x30)[0]
        content, rest = der(der(der(signed, 0x02)[1], 0x31)[1], 0x30)
        info = der(der(der(der(content, 0x06)[1], 0xa0)[0], 0x04)[0], 0x30)[0]
        imprint, after = der(der(der(info, 0x02)[1], 0x06)[1], 0x30)
        digest = der(der(imprint, 0x30)[1], 0x04)[0]
        at, _ = der_time(der(after, 0x02)[1])
        findings = []
        if digest != sha256(text):
            findings.append(("anchor-mismatch", "the time stamp is of something else"))
        if rest[:1] == b"\xa0":
            body = der(der(der(rest, 0xa0)[0], 0x30)[0], 0x30)[0]
            body = der(body, 0xa0)[1] if body[:1] == b"\xa0" else body
            validity = der(der(der(der(body, 0x02)[1], 0x30)[1], 0x30)[1], 0x30)[0]
            begin, tail = der_time(validity)
            if not begin <= at <= der_time(tail)[0]:
                findings.append(("anchor-expired", "the time stamp is not of the time its "
                                 "certificate was valid"))
        return findings
    except Bad:
        return [("anchor-mismatch", "the token is no time stamp")]


# ---------------------------------------------------------------- proofs and exports (section 16)

class Chain:
    """Epoch keys out of a genesis and the rotations that a proof or an export carries."""

    def __init__(self, genesis, identity, origin):
        self.genesis = Genesis(genesis.encode("utf-8"))
        need(origin is None or self.genesis.origin == origin, "genesis of another log")
        need(self.genesis.note.signed_by(self.genesis.origin, identity),
             "the genesis is not signed by the identity key")
        self.origin, self.identity = self.genesis.origin, identity
        self.keys, self.ends = [self.genesis.epoch_key], []

    def rotate(self, index, kind, value):
        control_fields(kind, value)
        need(value["epoch"] == len(self.keys) and (not self.ends or index >= self.ends[-1]),
             "order of rotations")
        need(rotation_valid(self.origin, self.identity, kind, value, self.keys[-1], index),
             "rotation to epoch %d" % value["epoch"])
        self.ends.append(index + 1)
        self.keys.append(bytes.fromhex(value["key"]))

    def judge(self, note, policy):
        need(note.origin == self.origin, "checkpoint of another log")
        epoch = sum(end < note.size for end in self.ends)
        need(note.signed_by(self.origin, self.keys[epoch]),
             "the checkpoint is not signed by the key of epoch %d" % epoch)
        if policy and policy.quorum != "none":
            times, wrong = policy.judge(note)
            need(not wrong, "cosignature of `%s`" % ", ".join(wrong))
            need(policy.witness_time(times) is not None, "the checkpoint has no quorum")


PROOF_HEAD = "c2sp.org/tlog-proof@v1\n"


def verify_proof(path, identity, origin, policy, entry_path, report):
    """A C2SP tlog-proof. `identity` may also be the very key that signed the checkpoint."""
    try:
        text = (read_small(path, 262144) or b"").decode("utf-8")
        need(text.startswith(PROOF_HEAD), "not a proof")
        head, gap, tail = text[len(PROOF_HEAD):].partition("\n\n")
        need(gap, "no checkpoint")
        lines, extra = head.split("\n"), {}
        if lines[0].startswith("extra "):
            extra = parse_json(from_base64(lines.pop(0)[6:]), newlines=True)
            need(isinstance(extra, dict), "extra")
        need(lines and lines[0].startswith("index "), "no index")
        index, path_hashes = number_of(lines[0][6:]), [from_base64(h, 32) for h in lines[1:]]
        need(len(path_hashes) <= 64, "path too long")
        note = Checkpoint(tail.encode("utf-8"))
        entry = read_small(entry_path, 65535) if entry_path else from_hex(extra.get("entry"))
        need(entry is not None, "no entry")
    except (Bad, UnicodeError) as error:
        report.add("proof-malformed", str(error), path)
        return report
    try:
        report.origin, report.size = note.origin, note.size
        if "genesis" in extra:
            chain = Chain(extra["genesis"] if isinstance(extra["genesis"], str) else "",
                          identity, origin)
            for step in extra.get("epochs", ()):
                need(is_object(index=N, kind=N, payload=S)(step)
                     and step["kind"] in (0x20, 0x21), "epoch")
                chain.rotate(step["index"], step["kind"],
                             parse_json(step["payload"].encode("utf-8")))
            chain.judge(note, policy)
        else:
            need(origin is None or note.origin == origin, "checkpoint of another log")
            need(note.signed_by(note.origin, identity), "checkpoint's signature")
            if policy and policy.quorum != "none":
                need(policy.witness_time(policy.judge(note)[0]) is not None, "no quorum")
        need(inclusion_root(leaf_hash(entry), index, note.size, path_hashes) == note.root,
             "the path does not lead from the entry to the signed root")
        report.proven_size = note.size
        report.note("entry %d of %d, %d bytes" % (index, note.size, len(entry)))
        if isinstance(extra.get("key"), str):
            plain = open_record(from_hex(extra["key"], 32), entry, sha256(note.origin.encode()))
            report.note("opened: kind %d, %d bytes" % (parse_record(plain)[0], len(plain)))
    except (Bad, TypeError) as error:
        code = str(error)
        known = code in ("commitment-mismatch", "record-unreadable")
        report.add(code if known else "proof-invalid", code, path)
    return report


LINE_MAX = 1 << 20


class Export:
    """An export, line by line. Keeps index rounds and answers in memory, entries never."""

    HEAD = {"checkpoint", "end", "first", "genesis", "origin", "query", "type", "version"}

    def __init__(self, identity, origin, policy, report):
        self.identity, self.origin, self.policy, self.report = identity, origin, policy, report
        self.head, self.note, self.chain, self.signed = None, None, None, False
        self.entries, self.lines, self.last, self.done = 0, 0, -1, False
        self.rounds, self.answered, self.wanted, self.purged = {}, {}, set(), set()
        self.covered, self.next_plain, self.opened = None, None, {}
        self.commitments, self.redacted, self.holes, self.edges = {}, set(), 0, {}

    def line(self, data):
        need(not self.done, "lines behind the end")
        value = parse_json(data, newlines=True)
        need(isinstance(value, dict), "not an object")
        kind = value.get("type")
        if self.head is None:
            need(kind == "export", "does not begin with a head")
            self.begin(value)
        elif kind in ("entry", "answer", "hole"):
            getattr(self, kind)(value)
        else:
            need(is_object(entries=N, lines=N, type=S)(value) and kind == "end", "type of a line")
            need(value["entries"] == self.entries and value["lines"] == self.lines, "counts")
            self.done = True
        self.lines += 1

    def begin(self, value):
        need(set(value) == self.HEAD and value["version"] == 1, "members of the head")
        need(N(value["first"]) and N(value["end"]) and value["first"] <= value["end"], "range")
        self.head, self.note = value, Checkpoint(value["checkpoint"].encode("utf-8"))
        self.chain = Chain(value["genesis"], self.identity, self.origin)
        need(value["origin"] == self.chain.origin == self.note.origin, "origin")
        need(value["end"] <= self.note.size, "range beyond the checkpoint")
        self.report.origin, self.report.size = self.note.origin, self.note.size
        self.query, self.next_plain = value["query"], value["first"]
        self.covered = value["first"]
        if self.query is not None:
            term = is_object(index_key=lambda v: v is None or H32(v), period=N,
                             seal_hash=lambda v: v is None or H32(v), term=is_hex(8))
            need(is_object(field=lambda v: N(v) and v < 256, terms=is_list(
                term, PERIODS_MAX, "period"), value=S)(self.query), "query")
            self.terms = {t["period"]: bytes.fromhex(t["term"]) for t in self.query["terms"]}

    def judge_checkpoint(self):
        """Once all rotations were read."""
        if not self.signed:
            self.chain.judge(self.note, self.policy)
            self.signed = True

    def entry(self, value):
        need(set(value) - {"key"} == {"entry", "index", "proof", "type"} and N(value["index"])
             and is_list(H32, 64)(value["proof"]), "members of an entry")
        entry, index = from_hex(value["entry"]), value["index"]
        need(ENTRY_HEAD <= len(entry) <= 65535, "length of an entry")
        kind = entry[1]
        if index in (self.head["first"], self.head["end"] - 1):
            self.edges[index] = int.from_bytes(entry[8:16], "big")
        root = inclusion_root(leaf_hash(entry), index, self.note.size,
                              [bytes.fromhex(h) for h in value["proof"]])
        need(root == self.note.root, "entry %d is not under the signed root" % index)
        self.entries += 1
        control = parse_json(entry[ENTRY_HEAD:]) if kind != 1 else None
        if kind in (0x20, 0x21) and index + 1 not in self.chain.ends:
            need(not self.signed, "rotation %d comes too late" % index)
            self.chain.rotate(index, kind, control)
            self.seen(index)
            return
        if kind == 0x32 and self.query is not None and index not in self.answered:
            self.round(index, control)
        elif kind == 0x42 and self.query is not None:
            self.purged.update(control["periods"])
        elif kind == 0x30:
            self.commitments[control["period"]] = control["commitment"]
        elif kind == 0x44:
            self.redacted.add(control["entry"])
        if self.query is None:
            self.listed(index)
        self.wanted.discard(index)
        self.plain = None
        if "key" in value:
            self.plain = open_record(from_hex(value["key"], 32), entry,
                                     self.chain.genesis.origin_hash)
        self.seen(index)

    def seen(self, index):
        if self.query is not None and index >= self.covered:
            self.opened[index] = True
            need(len(self.opened) <= 2 * ROUND_BEHIND_MAX, "tail too long")

    def listed(self, index):
        """One more of a listing without query, in its place."""
        self.judge_checkpoint()
        need(index == self.next_plain or index < self.head["first"],
             "entry %d is missing" % self.next_plain)
        self.next_plain = max(self.next_plain, index + 1)

    def hole(self, value):
        need(is_object(hash=H32, index=N, proof=is_list(H32, 64), type=S)(value),
             "members of a hole")
        root = inclusion_root(bytes.fromhex(value["hash"]), value["index"], self.note.size,
                              [bytes.fromhex(h) for h in value["proof"]])
        need(root == self.note.root, "hole %d is not under the signed root" % value["index"])
        self.holes += 1
        if self.query is None:
            self.listed(value["index"])
        elif value["index"] in self.redacted:
            self.seen(value["index"])

    def round(self, index, control):
        control_fields(0x32, control)
        first, end = control["first"], control["end"]
        if end <= self.head["first"] or first >= self.head["end"]:
            return
        need(first <= self.covered, "the round before entry %d is missing" % first)
        self.covered = max(self.covered, end)
        self.answered[index] = set()
        self.rounds[index] = first, {part["period"]: part for part in control["parts"]}

    def answer(self, value):
        self.judge_checkpoint()
        need(is_object(index=N, neighbours=lambda v: isinstance(v, list) and len(v) <= 2,
                       period=N, present=B, type=S)(value), "members of an answer")
        need(value["index"] in self.rounds, "answer of a round that is not there")
        first, parts = self.rounds[value["index"]]
        part = parts.get(value["period"])
        need(part and value["period"] in self.terms, "answer of a period that is not there")
        term = self.terms[value["period"]]
        leaves = []
        for item in value["neighbours"]:
            need(is_object(leaf=lambda v: isinstance(v, str), position=N,
                           proof=is_list(H32, 64))(item), "neighbour")
            leaf = from_hex(item["leaf"])
            need(len(leaf) >= 12 and len(leaf) == 12 + 4 * int.from_bytes(leaf[8:12], "big"), "leaf")
            root = inclusion_root(leaf_hash(leaf), item["position"], part["terms"],
                                  [bytes.fromhex(h) for h in item["proof"]])
            need(root.hex() == part["root"], "the leaf is not in the index")
            leaves.append((item["position"], leaf))
        if value["present"]:
            need(len(leaves) == 1 and leaves[0][1][:8] == term, "presence")
            count = int.from_bytes(leaves[0][1][8:12], "big")
            for position in struct.unpack(">%dI" % count, leaves[0][1][12:]):
                index = first + position
                if self.head["first"] <= index < self.head["end"]:
                    self.wanted.add(index)
            need(len(self.wanted) <= 1 << 22, "too many hits")
        else:
            self.absent(leaves, term, part["terms"])
        self.answered[value["index"]].add(value["period"])

    @staticmethod
    def absent(leaves, term, size):
        ends = [(p, leaf[:8]) for p, leaf in leaves]
        if size == 0:
            need(not ends, "absence")
        elif len(ends) == 2:
            need(ends[0][0] + 1 == ends[1][0] and ends[0][1] < term < ends[1][1], "absence")
        else:
            need(len(ends) == 1 and (ends[0][0] == 0 and term < ends[0][1]
                                     or ends[0][0] == size - 1 and ends[0][1] < term), "absence")

    def finish(self):
        self.judge_checkpoint()
        if self.query is not None:
            self.judge_terms()
        missing, _ = self.missing()
        for _, what in missing:
            self.report.add("export-incomplete", what)
        self.report.note("entries %d to %d of %d, %s; from %s to %s" % (
            self.head["first"], self.head["end"], self.note.size,
            "all" if self.query is None else "field %d = %s" % (
                self.query["field"], self.query["value"]),
            self.edges.get(self.head["first"], "a time not shown"),
            self.edges.get(self.head["end"] - 1, "a time not shown")))
        if self.holes:
            self.report.note("%d records are purged or redacted" % self.holes)
        self.report.proven_size = self.note.size


    def missing(self):
        """What is left out, as places and words; and how many parts of rounds were purged."""
        missing, purged = [], 0
        if not self.done:
            missing.append(("end", "the end line is missing"))
        if self.query is None:
            if self.next_plain < self.head["end"]:
                missing.append(("end", "entries from %d on are missing" % self.next_plain))
            return missing, purged
        for index, (_, parts) in sorted(self.rounds.items()):
            for period in parts:
                if period in self.answered[index]:
                    continue
                if period in self.purged:
                    purged += 1
                else:
                    missing.append(("period %d of round %d" % (period, index),
                                    "no answer for period %d in the round of entry %d"
                                    % (period, index)))
        missing += [("entry %d" % i, "entry %d, which the index names" % i) for i in sorted(
            self.wanted - self.redacted)[:20]]
        missing += [("entry %d" % i, "entry %d of the tail" % i) for i in range(
            self.covered, min(self.head["end"], self.covered + 2 * ROUND_BEHIND_MAX))
            if i not in self.opened][:20]
        return missing, purged

    def judge_terms(self):
        """Whether the terms asked for are those of the value: the index keys say so."""
        asked = {period for _, answered in self.answered.items() for period in answered}
        for term in self.query["terms"]:
            period, key, seal = term["period"], term["index_key"], term["seal_hash"]
            if period not in asked:
                continue
            if key is None or seal is None or period not in self.commitments:
                self.report.add("export-terms-unproven", "that term %s of period %d is that of "
                                "the value asked for is not shown" % (term["term"], period),
                                "period %d" % period)
                continue
            need(period_commitment(self.chain.genesis.origin_hash, bytes.fromhex(seal),
                                   bytes.fromhex(key)) == self.commitments[period],
                 "index key of period %d" % period)
            value = from_hex(self.query["value"])
            need(blind(bytes.fromhex(key), self.query["field"], value).hex() == term["term"],
                 "term of period %d" % period)


def verify_export(path, identity, origin, policy, report):
    export = Export(identity, origin, policy, report)
    number = 0
    try:
        with open(path, "rb") as file:
            for number in range(1, 1 << 62):
                data = file.readline(LINE_MAX + 1)
                if not data:
                    break
                need(data.endswith(b"\n") and len(data) <= LINE_MAX, "length of a line")
                export.line(data[:-1])
        need(export.head is not None, "empty")
    except OSError as error:
        report.add("unreadable", str(error), path)
        return report
    except (Bad, AttributeError, KeyError, TypeError, struct.error) as error:
        code = str(error)
        malformed = export.head is None or code.startswith(("not JSON", "not canonical", "length"))
        if code not in ("commitment-mismatch", "record-unreadable"):
            code = "export-malformed" if malformed else "export-invalid"
        report.add(code, str(error), path, index=number)
        return report
    try:
        export.finish()
    except Bad as error:
        report.add("export-invalid", str(error), path)
    return report


# ---------------------------------------------------------------- packages (docs/package-format.md)

# The tables of docs/package-format.md that this verifier knows, by their digests.
PACKAGE_TABLES = {
    "schemas/facts.json": ["41225a85e9c3cab7d430f2e438dcdcf0dfe2296c8dcc903676a64f93b9a273a3"],
    "schemas/populations.json": ["b0f1cc131a9c08729499b38867507869bfc634806569a0a9cba021c5aa45803c"],
}
PACKAGE_GAPS = {"act-unsigned", "canary-missing", "period-not-covered", "purged", "quorum-missing",
                "table-unknown", "terms-unproven"}
PACKAGE_UNLISTED = {"manifest.json", "manifest.dsse.json", "package-key.pem"}
PACKAGE_PAYLOAD = "application/vnd.in-toto+json"
PACKAGE_FILE_MAX = 64 << 20
WITHHELD = b"avouch/withheld/v1\0"
ACT_PAYLOAD = b"application/vnd.avouch.engagement-act+json"
ACTS_MAX = 10000
CONDITIONS_MAX = 16


def package_json(data):
    """Canonical JSON whose member names are free."""
    value = parse_json(data, names=False)
    need(canonical(value) == data and is_plain(value), "not canonical")
    return value


def is_plain(value):
    if isinstance(value, dict):
        return all(is_plain(member) for member in value.values())
    if isinstance(value, list):
        return all(is_plain(member) for member in value)
    return not isinstance(value, float) and (
        isinstance(value, bool) or not isinstance(value, int) or 0 <= value <= JSON_INTEGER_MAX)


def fact_value(field, data):
    form = field["form"]
    if form == "text":
        return data.decode("utf-8")
    if form == "number":
        need(len(data) <= 8 and data[:1] != b"\0", "number")
        number = int.from_bytes(data, "big")
        return number if number <= JSON_INTEGER_MAX else str(number)
    if form == "yes-no":
        need(data in (b"\0", b"\1"), "yes or no")
        return data == b"\1"
    if form == "digest":
        need(len(data) == 32, "digest")
        return data.hex()
    if form == "word":
        need(len(data) == 1 and str(data[0]) in field["words"], "word")
        return field["words"][str(data[0])]
    if data[:1] == b"\0":
        return data[1:].decode("utf-8")
    need(data[:1] == b"\1" and len(data) >= 40, "personal")
    return {"pseudonym": data[1:17].hex(), "quarter": data[33:40].decode("ascii"),
            "sealed": data[40:].hex(), "subject": data[17:33].hex()}


def fact_of(kind, data):
    """A fact as JSON; Bad if the bytes are none of the kind."""
    need(data[:1] == b"\1", "version")
    fields = {field["tag"]: field for field in kind["fields"]}
    fact, at, last = {}, 1, 0
    try:
        while at < len(data):
            tag, at, size = data[at], at + 1, 0
            for group in range(4):
                need(group < 3, "length")
                byte, at = data[at], at + 1
                need(byte or not group, "length")
                size |= (byte & 127) << 7 * group
                if byte < 128:
                    break
            value, at = data[at:at + size], at + size
            need(len(value) == size and tag >= max(last, 1), "order")
            last, field = tag, fields.get(tag)
            if field is None:
                need(tag >= 128, "tag")
                fact.setdefault("later", []).append([tag, value.hex()])
            elif field["times"] == "any":
                fact.setdefault(field["name"], []).append(fact_value(field, value))
            else:
                need(field["name"] not in fact, "twice")
                fact[field["name"]] = fact_value(field, value)
    except (IndexError, UnicodeError):
        raise Bad("cut off")
    need(all(field["name"] in fact for field in kind["fields"] if field["times"] == "once"),
         "missing field")
    return fact


def consistent(old, old_root, size, root, path):
    """RFC 9162, section 2.1.4.2."""
    if old > size:
        return False
    if old == size or old == 0:
        return not path and (old == 0 or old_root == root)
    steps = list(path)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    low, last = old - 1, size - 1
    while low & 1:
        low, last = low >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if low & 1 or low == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while low and not low & 1:
                low, last = low >> 1, last >> 1
        else:
            second = node_hash(second, step)
        low, last = low >> 1, last >> 1
    return last == 0 and first == old_root and second == root


class KindExport(Export):
    """An export whose records are shown as they come."""

    def __init__(self, identity, origin, show):
        super().__init__(identity, origin, None, Report())
        self.show, self.last_ms = show, None

    def entry(self, value):
        super().entry(value)
        entry, index = from_hex(value["entry"]), value["index"]
        if index + 1 == self.head["end"]:
            self.last_ms = int.from_bytes(entry[8:16], "big")
        if entry[1] != 1:
            return
        record = None if self.plain is None else parse_record(self.plain)
        asked = self.query and (self.query["field"], from_hex(self.query["value"]))
        if record is None or asked in record[1]:
            self.show(index, entry, record)


class PackageRows:
    """The rows of a population, compared with what the exports show."""

    def __init__(self, package, definition):
        self.package, self.definition = package, definition
        self.name = "populations/%s.ndjson" % definition["type"]
        self.file, self.line, self.row = package.open(self.name), 0, None
        self.advance()

    def advance(self):
        self.row = None
        if self.file is None:
            return
        self.line += 1
        try:
            data = self.file.readline(LINE_MAX)
            if data:
                self.row = package_row(data)
        except Bad:
            self.file = None
            self.package.tell("row-malformed", self.name, "line %d" % self.line, "no row")

    def expect(self, expected):
        wanted = (self.package.number(expected["kind"]), expected["index"])
        while self.row is not None:
            key = (self.package.number(self.row["kind"]), self.row["index"])
            if key > wanted:
                break
            if key == wanted:
                if not self.fits(expected):
                    self.tell("row-changed", wanted[1], "it does not say what the ledger says")
                return self.advance()
            self.tell("row-unproven", key[1], "the ledger does not show it in this period")
            self.advance()
        if self.file is not None:
            self.tell("row-missing", wanted[1],
                      "the ledger holds it and the population does not")

    def fits(self, expected):
        if "fact" in expected:
            return self.row == expected
        return all(self.row.get(name, {}) == expected[name]
                   for name in ("leaf", "time_ms", "withheld"))

    def skip(self, number):
        while self.row is not None and self.package.number(self.row["kind"]) == number:
            self.advance()

    def end(self):
        while self.row is not None:
            self.tell("row-unproven", self.row["index"],
                      "the ledger does not show it in this period")
            self.advance()

    def tell(self, code, index, what):
        self.package.tell(code, self.name, "entry %d" % index, what)


def package_row(data):
    need(data.endswith(b"\n"), "torn line")
    row = package_json(data[:-1])
    need(isinstance(row, dict) and set(row) - {"withheld"} == {
        "fact", "index", "kind", "leaf", "time_ms"}, "row")
    need(isinstance(row["fact"], dict) and is_number(row["index"]) and is_hex(32)(row["leaf"])
         and isinstance(row["kind"], str) and is_number(row["time_ms"]), "row")
    need("withheld" not in row or isinstance(row["withheld"], dict) and row["withheld"], "row")
    return row


def belongs(definition, kind, fact):
    return any(source["kind"] == kind and (
        not source["words"] or fact.get(source["field"]) in source["words"])
        for source in definition["sources"])


def fact_values(fact, name):
    value = fact.get(name)
    return [] if value is None else value if isinstance(value, list) else [value]


def package_mark(attribute, row):
    """`met`, `not-met`, `withheld` or `not-applicable`."""
    only = [source for source in attribute.get("only", []) if source["kind"] == row["kind"]]
    if any(source["field"] in row.get("withheld", {}) for source in only):
        return "withheld"
    if "only" in attribute and not belongs({"sources": only}, row["kind"], row["fact"]):
        return "not-applicable"
    others = attribute.get("from", [])
    if any(name in row.get("withheld", {}) for name in [attribute["field"]] + others):
        return "withheld"
    own = [canonical(value) for value in fact_values(row["fact"], attribute["field"])]
    met = bool(own)
    if attribute["test"] == "equals":
        met = own == [canonical(attribute["value"])]
    elif attribute["test"] == "differs":
        known = {canonical(v) for name in others for v in fact_values(row["fact"], name)}
        met = met and not known.intersection(own)
    return "met" if met else "not-met"


def conditions_of(filters):
    """[(field, value)] of conditions `field=value`; Bad if they are none."""
    need(len(filters) <= CONDITIONS_MAX, "conditions")
    pairs = []
    for text in filters:
        field, equals, value = text.partition("=")
        need(equals and re.fullmatch("[a-z_]+", field), "condition")
        pairs.append((field, value))
    return pairs


def row_fits(row, pairs):
    return all(field not in row.get("withheld", {}) and any(
        table_cell(one) == value for one in (
            row["fact"].get(field) if isinstance(row["fact"].get(field), list)
            else [row["fact"][field]] if field in row["fact"] else []))
        for field, value in pairs)


def table_cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(table_cell(one) for one in value)
    if isinstance(value, dict):
        pseudonym = value.get("pseudonym")
        return pseudonym if isinstance(pseudonym, str) else "?"
    return str(value)


def table_line(cells):
    def cell(text):
        return '"%s%s"' % ("'" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else "",
                           text.replace('"', '""'))
    return (",".join(map(cell, cells)) + "\r\n").encode("utf-8")


def table_time(ms):
    try:
        at = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms)
    except OverflowError:
        return str(ms)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (ms % 1000)


def table_row(definition, row):
    def cell(name):
        if name in row.get("withheld", {}):
            return "(withheld)"
        return table_cell(row["fact"].get(name))
    return table_line([str(row["index"]), table_time(row["time_ms"]), row["kind"]]
                      + [cell(name) for name in definition["columns"]] + [row["leaf"]])


def bound_ppm(count, bad):
    """The exact upper bound of a rate at 95 %, in parts per million."""
    if count == 0:
        return None
    if bad >= count:
        return 1000000
    low, high = 0.0, 1.0
    for _ in range(64):
        middle, total, ways = (low + high) / 2, 0.0, 0.0
        for hit in range(bad + 1):
            if hit:
                ways += math.log(count - hit + 1) - math.log(hit)
            total += math.exp(ways + hit * math.log(middle)
                              + (count - hit) * math.log1p(-middle)) if middle < 1 else 0.0
        low, high = (middle, high) if total > 0.05 else (low, middle)
    return min(1000000, math.ceil(high * 1e6))


def near(one, two):
    return one == two or is_number(one) and is_number(two) and abs(one - two) <= 2


def sample_size(table, count):
    for rule in table["rules"]:
        if "up_to" not in rule or count <= rule["up_to"]:
            if "take" in rule:
                return min(rule["take"], count)
            return min(-(-count * rule["percent"] // 100), count) if "percent" in rule else count
    return count


class PackageDrawing:
    """A sample that is drawn row by row: what is not drawn is counted and not kept."""

    def __init__(self, definition, root, nonce, size):
        self.definition, self.root, self.nonce, self.size = definition, root, nonce, size
        self.seed = sha256(b"soc2api-sample-v1\0" + root + bytes.fromhex(nonce))
        # The drawn ones, with the largest rank first.
        self.count, self.drawn = 0, []
        self.full = [self.marks() for _ in definition["attributes"]]

    @staticmethod
    def marks():
        return {"met": 0, "not-applicable": 0, "not-met": 0, "withheld": 0}

    def push(self, row):
        marks = [package_mark(attribute, row) for attribute in self.definition["attributes"]]
        for tally, mark in zip(self.full, marks):
            tally[mark] += 1
        rank = int.from_bytes(sha256(self.seed + bytes.fromhex(row["leaf"])), "big")
        item = (-rank, -self.count, row["index"], row["kind"], row["leaf"], marks)
        self.count += 1
        if len(self.drawn) < self.size:
            heapq.heappush(self.drawn, item)
        elif self.drawn and item > self.drawn[0]:
            heapq.heapreplace(self.drawn, item)

    def finish(self, tree):
        """The sample as its file must say it."""
        drawn = sorted(self.drawn, reverse=True)
        names = [attribute["name"] for attribute in self.definition["attributes"]]
        sample = [self.marks() for _ in names]
        for item in drawn:
            for tally, mark in zip(sample, item[5]):
                tally[mark] += 1
        bad = sum(any(mark in ("not-met", "withheld") for mark in item[5]) for item in drawn)
        judged = sum(any(mark != "not-applicable" for mark in item[5]) for item in drawn)
        return {
            "attributes": [{"name": name, "population": full, "sample": part}
                           for name, full, part in zip(names, self.full, sample)],
            "bound_ppm": bound_ppm(judged, bad), "count": self.count, "deviations": bad,
            "judged": judged,
            "items": [{"index": index, "kind": kind, "leaf": leaf, "rank": "%064x" % -rank,
                       "marks": dict(zip(names, marks))}
                      for rank, _, index, kind, leaf, marks in drawn],
            "nonce": self.nonce, "population_root": tree.root().hex(), "root": self.root.hex(),
            "seed": self.seed.hex(), "size": len(drawn), "type": self.definition["type"]}


class Package:
    """A package in a folder, judged with the public key of the ledger alone."""

    def __init__(self, folder, identity, origin, known=None, canaries=None, records=None):
        self.folder, self.identity, self.origin = folder, identity, origin
        self.policy = known.policy if known else None
        self.sent, self.records = canaries, records or {}
        self.findings, self.lines, self.proven, self.purged = [], [], None, {}
        self.names, self.handles = set(), []
        for path, _, files in os.walk(folder):
            for name in files:
                full = os.path.relpath(os.path.join(path, name), folder)
                self.names.add(full.replace(os.sep, "/"))

    def tell(self, code, file, record, message):
        alike = sum(1 for f in self.findings if (f["code"], f["file"]) == (code, file))
        if alike < FINDINGS_PER_CODE:
            self.findings.append({"code": code, "file": file, "message": message,
                                  "record": record})

    def open(self, name):
        try:
            file = open(os.path.join(self.folder, *name.split("/")), "rb")
        except OSError:
            return None
        self.handles.append(file)
        return file

    def bytes(self, name):
        file = self.open(name)
        if file is None:
            return b""
        with file:
            data = file.read(PACKAGE_FILE_MAX + 1)
        return data if len(data) <= PACKAGE_FILE_MAX else b""

    def json(self, name):
        try:
            value = package_json(self.bytes(name))
            return value if isinstance(value, dict) else {}
        except Bad:
            return {}

    def digest(self, name):
        """(bytes, SHA-256) of a file."""
        file, total, length = self.open(name), hashlib.sha256(), 0
        if file is None:
            return 0, ""
        with file:
            for data in iter(lambda: file.read(1 << 16), b""):
                total.update(data)
                length += len(data)
        return length, total.hexdigest()

    def number(self, kind):
        return self.facts[kind]["number"] if kind in self.facts else 0

    def within(self, time_ms):
        period = self.engagement["period"]
        return period["from_ms"] <= time_ms < period["to_ms"]

    def run(self):
        try:
            return self.judge()
        finally:
            for file in self.handles:
                file.close()

    def judge(self):
        self.read_engagement()
        self.judge_seal()
        if self.engagement is None:
            self.tell("engagement-malformed", "engagement.json", None, "it is no engagement")
            return self
        if not self.judge_tables():
            return self
        self.read_requests()
        self.judge_kinds()
        self.judge_checkpoints()
        for definition in self.definitions:
            self.judge_population(definition)
        self.judge_requests()
        self.judge_canaries()
        if self.proven:
            self.lines.append("%d entries of `%s` are under the signed checkpoint" % (
                self.proven.note.size, self.proven.note.origin))
        return self

    def read_engagement(self):
        data = self.bytes("engagement.json")
        self.agreed, self.engagement = sha256(data).hex(), None
        try:
            value = package_json(data)
            need(value["version"] == 1 and value["period"]["from_ms"] < value["period"]["to_ms"]
                 and is_hex(32)(value["nonce_commitment"]) and is_hex(32)(value["package_key"])
                 and isinstance(value["sampling"]["rules"], list)
                 and is_hex(32)(value.get("auditor_key", "00" * 32)), "engagement")
            self.engagement = value
        except (Bad, KeyError, TypeError):
            pass

    def judge_seal(self):
        data, listed = self.bytes("manifest.json"), {}
        try:
            self.manifest, before = package_json(data), b""
            for file in self.manifest["files"]:
                path = file["path"].encode("utf-8")
                parts = file["path"].split("/")
                need(path > before and not {"", ".", ".."}.intersection(parts)
                     and "\\" not in file["path"], "path")
                need(is_number(file["bytes"]) and is_hex(32)(file["sha256"]), "file")
                before, listed[file["path"]] = path, (file["bytes"], file["sha256"])
        except (Bad, KeyError, TypeError, AttributeError):
            self.tell("manifest-malformed", "manifest.json", None, "it is no list of files")
            self.manifest, listed = {}, {}
        if self.engagement is not None and not self.sealed(sha256(data).hex()):
            self.tell("seal-invalid", "manifest.dsse.json", None,
                      "the key of the engagement did not sign this list of files")
        for name, known in listed.items():
            if name not in self.names:
                self.tell("file-missing", name, None, "it is listed and not there")
            elif self.digest(name) != known:
                self.tell("file-changed", name, None, "it has not the digest that is listed")
        for name in sorted(self.names - set(listed) - PACKAGE_UNLISTED):
            self.tell("file-unlisted", name, None, "it is there and not listed")
        self.listed = listed

    def sealed(self, digest):
        try:
            envelope = package_json(self.bytes("manifest.dsse.json"))
            need(envelope["payloadType"] == PACKAGE_PAYLOAD, "type")
            payload = from_base64(envelope["payload"])
            message = b"DSSEv1 %d %s %d %s" % (len(PACKAGE_PAYLOAD), PACKAGE_PAYLOAD.encode(),
                                               len(payload), payload)
            key = bytes.fromhex(self.engagement["package_key"])
            need(any(signature_valid(key, message, from_base64(one["sig"]))
                     for one in envelope["signatures"]), "signature")
            statement = package_json(payload)
            return statement["_type"] == "https://in-toto.io/Statement/v1" and statement[
                "subject"] == [{"digest": {"sha256": digest}, "name": "manifest.json"}]
        except (Bad, KeyError, TypeError, AttributeError):
            return False

    def judge_tables(self):
        for name, known in sorted(PACKAGE_TABLES.items(), reverse=True):
            if name in self.names and self.digest(name)[1] not in known:
                self.tell("table-unknown", name, None, "it is not a table that this verifier "
                          "knows: use the verifier of that version")
        self.facts, self.definitions, self.kinds = {}, [], []
        try:
            self.facts = package_json(self.bytes("schemas/facts.json"))
            self.definitions = package_json(self.bytes("schemas/populations.json"))
            self.kinds = sorted((kind["number"], name) for name, kind in self.facts.items()
                                if name not in ("engagement", "request"))
        except (Bad, KeyError, TypeError, AttributeError):
            pass
        names = ["engagement.json", "redactions.json", "ledger/checkpoint",
                 "requests/acts.ndjson", "requests/proof.ndjson",
                 "schemas/facts.json", "schemas/populations.json"]
        names += ["ledger/kinds/%s.ndjson" % name for _, name in self.kinds]
        samples = any(name.startswith("samples/") for name in self.names)
        for definition in self.definitions:
            names += ["populations/%s.%s" % (definition["type"], end)
                      for end in ("ndjson", "csv", "ipe.json")]
            names += ["samples/%s.json" % definition["type"]] if samples else []
        for name in names:
            if name not in self.names and name not in self.listed:
                self.tell("file-missing", name, None, "a package must have it")
        return bool(self.facts and self.definitions)

    def read_proof(self, file, path, export):
        """Reads a proof to its end; gives what it leaves out and how much was purged. What was
        told on the way is taken back if it is unsound, and None given."""
        before, line = len(self.findings), None
        try:
            with file:
                for at, data in enumerate(iter(lambda: file.readline(LINE_MAX + 1), b""), 1):
                    line = "line %d" % at
                    need(data.endswith(b"\n"), "length of a line")
                    export.line(data[:-1])
            line = None
            need(export.head is not None, "empty")
            export.judge_checkpoint()
            export.judge_terms()
            return export.missing()
        except (Bad, AttributeError, KeyError, TypeError, IndexError, struct.error) as error:
            del self.findings[before:]
            self.tell("proof-invalid", path, line, str(error))
            return None

    def tell_gaps(self, path, export, left_out):
        missing, purged = left_out
        for record, what in missing:
            self.tell("proof-incomplete", path, record, what)
        for finding in export.report.findings:
            self.tell("terms-unproven", path, finding["file"], finding["message"])
        if purged:
            self.tell("purged", path, None, "parts of the index were purged: what they named is "
                      "not known any more")

    def read_requests(self):
        """What the proof of the engagement shows."""
        path = "requests/proof.ndjson"
        self.acts, self.pieces, self.referred, self.later = {}, set(), set(), None
        file = self.open(path)
        if file is None:
            return
        ident = "engagement/" + self.engagement["id"]
        export = KindExport(self.identity, self.origin, lambda index, entry, record:
                            self.take_act(ident, path, index, entry, record))
        left_out = self.read_proof(file, path, export)
        if left_out is None:
            self.acts, self.pieces = {}, set()
            return
        query = export.query
        if query is None or export.head["first"] != 0 or (query["field"], query["value"]) != (
                4, ident.encode("utf-8").hex()):
            self.tell("proof-other", path, None, "it is not about all acts of this engagement")
        self.tell_gaps(path, export, left_out)
        self.later = export
        self.referred = {(act["fact"].get("evidence"), act["fact"].get("digest"))
                         for act in self.acts.values()}

    def take_act(self, ident, path, index, entry, record):
        place = "entry %d" % index
        if record is None:
            return self.tell("record-sealed", path, place,
                             "it is sealed, and may be an act of the engagement")
        for kind in ("engagement", "evidence"):
            if record[0] != self.number(kind):
                continue
            try:
                fact = fact_of(self.facts[kind], record[2])
            except Bad:
                return self.tell("fact-malformed", path, place, "it is no fact of this kind")
            if fact["id"] != ident:
                return
            if kind == "evidence":
                self.pieces.add((fact["id"], fact["digest"]))
            elif len(self.acts) < ACTS_MAX:
                self.acts[index] = {"fact": fact, "index": index, "kind": kind,
                                    "leaf": leaf_hash(entry).hex(),
                                    "time_ms": int.from_bytes(entry[8:16], "big")}
            else:
                self.tell("fact-malformed", path, place, "these are too many acts")

    def judge_requests(self):
        if self.later is None:
            return
        self.judge_later()
        self.compare_acts()
        path, key = "requests/acts.ndjson", self.engagement.get("auditor_key")
        standing = {}
        for index, act in sorted(self.acts.items()):
            fact, place, by_auditor = act["fact"], "entry %d" % index, False
            event, request = fact["event"], fact.get("request")
            if "signature" in fact:
                by_auditor = self.act_signed(fact, key)
                if not by_auditor:
                    self.tell("act-invalid", path, place,
                              "its signature is not one of the auditor's key")
            elif key is None:
                by_auditor = True
            elif fact["side"] == "auditor":
                self.tell("act-unsigned", path, place, "it is said to be the auditor's, and the "
                          "auditor's key did not sign it")
            holds = event == "answered" and self.answer_holds(fact)
            if event == "answered" and not holds:
                self.tell("answer-unproven", path, place, "the answer to %s refers to what is "
                          "not in the package" % (request or "no request"))
            if request is None:
                continue
            now = standing.setdefault(request, "open")
            if holds and now == "open":
                standing[request] = "answered"
            elif event in ("closed", "reopened") and by_auditor and fact["side"] == "auditor":
                standing[request] = "closed" if event == "closed" else "open"
        words = list(standing.values())
        self.lines.append("%d requests: %d closed, %d answered, %d open; what was said in entries "
                          "from %d on is not in it" % (
                              len(words), words.count("closed"), words.count("answered"),
                              words.count("open"), self.later.head["end"]))

    def act_signed(self, fact, key):
        payload = canonical({name: value for name, value in fact.items()
                             if name not in ("actor", "signature")})
        message = b"DSSEv1 %d %s %d %s" % (len(ACT_PAYLOAD), ACT_PAYLOAD, len(payload), payload)
        return key is not None and is_hex(64)(fact["signature"]) and signature_valid(
            bytes.fromhex(key), message, bytes.fromhex(fact["signature"]))

    def answer_holds(self, fact):
        if "evidence" in fact and "digest" in fact:
            return (fact["evidence"], fact["digest"]) in self.pieces
        name = fact.get("population")
        if name not in [definition["type"] for definition in self.definitions]:
            return False
        file, tree, end = self.open("populations/%s.ndjson" % name), Frontier(), fact.get("end", 0)
        try:
            need(file is not None, "no such population")
            pairs = conditions_of(fact.get("filter", []))
            with file:
                for data in iter(lambda: file.readline(LINE_MAX), b""):
                    row = package_row(data)
                    if row["index"] < end and row_fits(row, pairs):
                        tree.push(bytes.fromhex(row["leaf"]))
        except Bad:
            return False
        return (fact.get("count"), fact.get("root")) == (tree.size, tree.root().hex())

    def judge_later(self):
        """The proof is under a later checkpoint of the same log, or under that of the package."""
        if self.proven is None:
            return
        name, mine, later = "requests/consistency.json", self.proven.note, self.later.note
        try:
            need(mine.origin == later.origin, "log")
            if (mine.size, mine.root) == (later.size, later.root):
                need(name not in self.names, "nothing grew")
                return
            value = package_json(self.bytes(name))
            note = Checkpoint(value["later"].encode("utf-8"))
            self.later.chain.judge(note, None)
            need((note.size, note.root) == (later.size, later.root), "checkpoint")
            need(is_list(H32, 64)(value["proof"]), "form")
            need(consistent(mine.size, mine.root, later.size, later.root,
                            [bytes.fromhex(h) for h in value["proof"]]), "proof")
        except (Bad, KeyError, TypeError, AttributeError):
            self.tell("consistency-invalid", name, None, "the ledger of the requests is not that "
                      "of the package, grown")

    def compare_acts(self):
        path, line = "requests/acts.ndjson", 0
        file, left = self.open(path), sorted(self.acts)
        if file is None:
            return

        def missing(index):
            self.tell("row-missing", path, "entry %d" % index,
                      "the ledger holds it and the list of acts does not")

        with file:
            for data in iter(lambda: file.readline(LINE_MAX), b""):
                line += 1
                try:
                    row = package_row(data)
                except Bad:
                    return self.tell("row-malformed", path, "line %d" % line, "it is no row")
                while left and left[0] < row["index"]:
                    missing(left.pop(0))
                if left and left[0] == row["index"]:
                    if self.acts[left.pop(0)] != row:
                        self.tell("row-changed", path, "entry %d" % row["index"],
                                  "it does not say what the ledger says")
                else:
                    self.tell("row-unproven", path, "entry %d" % row["index"],
                              "the ledger does not show it")
        for index in left:
            missing(index)

    def judge_kinds(self):
        try:
            listed = package_json(self.bytes("redactions.json"))["redactions"]
            self.redactions = {one["index"]: one for one in listed}
        except (Bad, KeyError, TypeError):
            self.redactions = {}
            if "redactions.json" in self.names:
                self.tell("redactions-malformed", "redactions.json", None,
                          "it is no list of them")
        self.unseen, self.opened = set(self.redactions), False
        self.readers = [PackageRows(self, definition) for definition in self.definitions]
        for number, name in self.kinds:
            self.judge_kind(number, name)
        for rows in self.readers:
            rows.end()
        if not self.opened:
            self.tell("engagement-unproven", "engagement.json", None,
                      "no entry of the ledger holds its digest")
        for index in sorted(self.unseen):
            self.tell("redaction-unproven", "redactions.json", "entry %d" % index,
                      "no proof shows a sealed record there")

    def judge_kind(self, number, name):
        path = "ledger/kinds/%s.ndjson" % name
        file = self.open(path)
        if file is None:
            return [rows.skip(number) for rows in self.readers]
        export = KindExport(self.identity, self.origin, lambda index, entry, record: self.take(
            number, name, path, index, entry, record))
        left_out = self.read_proof(file, path, export)
        if left_out is None:
            return [rows.skip(number) for rows in self.readers]
        query, note = export.query, export.note
        whole = query is not None and (query["field"], query["value"]) == (6, name.encode().hex())
        known = self.proven is None or (note.origin, note.size, note.root) == (
            self.proven.note.origin, self.proven.note.size, self.proven.note.root)
        if not (whole and known and (export.head["first"], export.head["end"]) == (0, note.size)):
            self.tell("proof-other", path, None,
                      "it is not about all facts of this kind under the package's checkpoint")
        self.tell_gaps(path, export, left_out)
        self.purged[name] = left_out[1]
        self.proven = self.proven or export

    def take(self, number, kind, path, index, entry, record):
        time_ms, place = int.from_bytes(entry[8:16], "big"), "entry %d" % index
        row = {"index": index, "kind": kind, "leaf": leaf_hash(entry).hex(), "time_ms": time_ms}
        if record is not None:
            if record[0] != number:
                return
            try:
                fact = fact_of(self.facts[kind], record[2])
            except Bad:
                return self.tell("fact-malformed", path, place, "it is no fact of this kind")
            if kind == "evidence" and fact["digest"] == self.agreed and fact[
                    "id"] == "engagement/%s" % self.engagement["id"]:
                self.opened = True
            if self.within(time_ms):
                if kind == "evidence" and (fact["id"], fact["digest"]) in self.referred:
                    self.pieces.add((fact["id"], fact["digest"]))
                self.expect(dict(row, fact=fact), kind)
        elif self.within(time_ms):
            withheld = self.redactions.get(index)
            if withheld is None or withheld["kind"] != kind:
                return self.tell("record-sealed", path, place, "it is sealed, and nothing says "
                                 "that something of it is withheld")
            self.unseen.discard(index)
            row["withheld"] = withheld["commitments"]
            if index in self.records:
                try:
                    row = self.revealed(number, kind, row, entry, withheld)
                except Bad:
                    return self.tell("commitment-mismatch", "redactions.json", place,
                                     "what is withheld is not what the ledger holds")
            for rows in self.readers:
                if rows.definition["type"] in withheld["populations"]:
                    rows.expect(row)

    def expect(self, row, kind):
        for rows in self.readers:
            if belongs(rows.definition, kind, row["fact"]):
                rows.expect(row)

    def revealed(self, number, kind, row, entry, withheld):
        key = self.records[row["index"]]
        record = parse_record(open_record(key, entry, sha256(self.origin.encode("utf-8"))))
        need(record[0] == number, "kind")
        fact = fact_of(self.facts[kind], record[2])
        need([d["type"] for d in self.definitions if belongs(d, kind, fact)]
             == withheld["populations"], "populations")
        for name, committed in withheld["commitments"].items():
            need(name in fact, "field")
            message = WITHHELD + name.encode("utf-8") + b"\0" + canonical(fact.pop(name))
            need(hmac.new(key, message, hashlib.sha256).hexdigest() == committed, "commitment")
        return dict(row, fact=fact)

    def signed_note(self, data):
        """The checkpoint in a note that the ledger signed, or None."""
        try:
            note = Checkpoint(data)
            self.proven.chain.judge(note, None)
            return note
        except Bad:
            return None

    def judge_checkpoints(self):
        if self.proven is None:
            return
        mine, name = self.proven.note, "ledger/checkpoint"
        if name in self.names:
            note = self.signed_note(self.bytes(name))
            if note is None:
                self.tell("checkpoint-invalid", name, None, "the ledger's key did not sign it")
            elif (note.size, note.root) != (mine.size, mine.root):
                self.tell("checkpoint-other", name, None, "the proofs are under another one")
            else:
                self.judge_witnesses(note)
                if self.manifest.get("checkpoint") != {
                        "origin": note.origin, "root": note.root.hex(), "size": note.size}:
                    self.tell("checkpoint-other", "manifest.json", None,
                              "it speaks of another checkpoint than the proofs")
        earlier = "ledger/consistency.json"
        if earlier in self.names:
            try:
                value = package_json(self.bytes(earlier))
                note = self.signed_note(value["earlier"].encode("utf-8"))
                need(note is not None and is_list(H32, 64)(value["proof"]), "form")
                need(consistent(note.size, note.root, mine.size, mine.root,
                                [bytes.fromhex(h) for h in value["proof"]]), "proof")
            except (Bad, KeyError, TypeError, AttributeError):
                self.tell("consistency-invalid", earlier, None, "the ledger of the checkpoint "
                          "is not the one from before the period, grown")
        last = self.proven.last_ms
        if last is None or last < self.engagement["period"]["to_ms"]:
            self.tell("period-not-covered", name, None, "the last entry under the checkpoint is "
                      "from before the end of the period")

    def judge_witnesses(self, note):
        if self.policy is None or self.policy.quorum == "none":
            return
        times, wrong = self.policy.judge(note)
        if wrong:
            self.tell("cosignature-invalid", "ledger/checkpoint", None, ", ".join(wrong))
        elif self.policy.witness_time(times) is None:
            self.tell("quorum-missing", "ledger/checkpoint", None,
                      "too few of the witnesses cosigned the checkpoint")

    def judge_population(self, definition):
        kind, tree = definition["type"], Frontier()
        name = "populations/%s.ndjson" % kind
        file = self.open(name)
        if file is None:
            return
        drawing = self.drawing(definition, name)
        table_name, line = "populations/%s.csv" % kind, 0
        table = self.open(table_name)
        first = last = None
        withheld = 0

        def compare(expected):
            nonlocal table, line
            if table is None:
                return
            line += 1
            if table.read(len(expected) or 1) != expected:
                table = None
                self.tell("table-changed", table_name, "line %d" % line,
                          "it does not say what the population says")

        compare(table_line(["entry", "time", "kind"] + definition["columns"] + ["leaf"]))
        try:
            with file:
                for data in iter(lambda: file.readline(LINE_MAX), b""):
                    row = package_row(data)
                    compare(table_row(definition, row))
                    tree.push(bytes.fromhex(row["leaf"]))
                    first = row["index"] if first is None else min(first, row["index"])
                    last = row["index"] if last is None else max(last, row["index"])
                    withheld += "withheld" in row
                    if drawing:
                        drawing.push(row)
        except Bad:
            return
        compare(b"")
        self.judge_sheet(definition, tree, first, last, withheld)
        if drawing:
            self.judge_sample(definition, drawing.finish(tree))

    def drawing(self, definition, rows):
        """The sample of a population that is to be drawn again; None if there is none."""
        name = "samples/%s.json" % definition["type"]
        if name not in self.names or self.proven is None:
            return None
        nonce = self.json(name).get("nonce")
        if not is_hex(16)(nonce) or sha256(bytes.fromhex(nonce)).hex() != self.engagement[
                "nonce_commitment"]:
            self.tell("sample-nonce", name, None,
                      "it is not the nonce that the auditor committed to")
            return None
        with self.open(rows) as file:
            count = sum(data.count(b"\n") for data in iter(lambda: file.read(1 << 16), b""))
        size = sample_size(self.engagement["sampling"], count)
        return PackageDrawing(definition, self.proven.note.root, nonce, size)

    def judge_sheet(self, definition, tree, first, last, withheld):
        kind = definition["type"]
        name = "populations/%s.ipe.json" % kind
        if name not in self.names:
            return
        said, period = self.json(name), self.engagement["period"]
        sources = sorted(known for _, known in self.kinds
                         if any(s["kind"] == known for s in definition["sources"]))
        expected = {
            "count": tree.size, "first": first, "last": last, "type": kind,
            "covered_until_ms": self.proven and self.proven.last_ms or 0,
            "digest": self.digest("populations/%s.ndjson" % kind)[1],
            "parameters": {"from_ms": period["from_ms"], "timezone": "UTC",
                           "to_ms": period["to_ms"]},
            "population_root": tree.root().hex(), "sources": sources,
            "purged_parts": sum(self.purged.get(source, 0) for source in sources),
            "table_digest": self.digest("populations/%s.csv" % kind)[1], "withheld": withheld}
        for member, value in expected.items():
            if member not in said or said[member] != value:
                self.tell("sheet-changed", name, member,
                          "the sheet says something else than the rows and proofs")

    def judge_sample(self, definition, expected):
        name = "samples/%s.json" % definition["type"]
        said, what = self.json(name), "it is not what anyone draws again"
        for member, value in expected.items():
            if member == "items":
                items = said.get("items") if isinstance(said.get("items"), list) else []
                for at in range(max(len(items), len(value))):
                    if items[at:at + 1] != value[at:at + 1]:
                        self.tell("sample-changed", name, "item %d" % (at + 1), what)
            elif not (near(said.get(member), value) if member == "bound_ppm"
                      else member in said and said[member] == value):
                self.tell("sample-changed", name, member, what)
        for member in said:
            if member not in expected:
                self.tell("sample-changed", name, member, what)

    def judge_canaries(self):
        sent_name, found, summary = ("canaries/sent.txt", "canaries/found.ndjson",
                                     "canaries/summary.json")
        if not self.names.intersection((sent_name, found, summary)):
            if self.sent is not None:
                self.tell("canaries-other", sent_name, None,
                          "the marked requests were not looked for")
            return
        sent = self.bytes(sent_name)
        if sha256(sent).hex() != self.engagement["canaries"] or self.sent not in (None, sent):
            self.tell("canaries-other", sent_name, None, "it is not the auditor's list")
        markers = [line.strip() for line in sent.decode("utf-8", "replace").split("\n")]
        markers = [line for line in markers if line and not line.startswith("#")]
        lines, missing = self.open(found) if found in self.names else None, 0
        for marker in markers:
            data = lines.readline(LINE_MAX) if lines else b""
            try:
                value = package_json(data[:-1])
            except Bad:
                value = None
            if value == {"canary": marker, "missing": True}:
                missing += 1
                self.tell("canary-missing", found, "canary " + marker,
                          "the ledger does not hold it")
            elif not self.canary(value, marker):
                self.tell("canary-invalid", found, "canary " + marker,
                          "nothing proves that the ledger holds it")
        if lines and lines.read(1):
            self.tell("canary-invalid", found, "more", "nobody sent it")
        said, bound = self.json(summary), bound_ppm(len(markers), missing)
        expected = {"confidence_percent": 95, "found": len(markers) - missing,
                    "loss_bound_ppm": bound, "missing": missing, "sent": len(markers)}
        for member, value in expected.items():
            if not (near(said.get(member), value) if member == "loss_bound_ppm"
                    else said.get(member) == value):
                self.tell("summary-changed", summary, member,
                          "it is not what the marked requests come to")
        self.lines.append("%d of %d marked requests are missing: at most %s in a million "
                          "requests were lost, 95 %% sure" % (missing, len(markers), bound))

    def canary(self, value, marker):
        try:
            entry, index = from_hex(value["entry"]), value["index"]
            need(is_number(index) and is_list(H32, 64)(value["proof"]) and len(entry) >= 72,
                 "form")
            root = inclusion_root(leaf_hash(entry), index, self.proven.note.size,
                                  [bytes.fromhex(h) for h in value["proof"]])
            need(root == self.proven.note.root, "proof")
            origin_hash = sha256(self.proven.note.origin.encode("utf-8"))
            record = parse_record(open_record(from_hex(value["key"], 32), entry, origin_hash))
            need(value["canary"] == marker and entry[1] == 1
                 and self.within(int.from_bytes(entry[8:16], "big")), "marker")
            return any((field, marker.encode("utf-8")) in record[1] for field in (8, 4, 1))
        except (Bad, KeyError, TypeError, AttributeError):
            return False

    def verdict(self):
        if not self.findings:
            return "intact"
        gaps = all(finding["code"] in PACKAGE_GAPS for finding in self.findings)
        return "incomplete" if gaps else "tampered"

    def exit(self):
        return {"intact": 0, "tampered": TAMPERED}.get(self.verdict(), INCOMPLETE)

    def print(self, out):
        out.write("%s  %d findings\n" % (self.verdict().upper(), len(self.findings)))
        for finding in self.findings:
            place = finding["file"] + (", " + finding["record"] if finding["record"] else "")
            out.write("  %s  %s: %s\n" % (finding["code"], place, finding["message"]))
        for line in self.lines:
            out.write("  %s\n" % line)

    def as_json(self):
        return {"findings": self.findings, "lines": self.lines, "verdict": self.verdict()}


def package_records(path):
    """Keys of withheld records in a file for auditors (section 16)."""
    with open(path, "rb") as file:
        records = json.loads(file.read(PACKAGE_FILE_MAX))["records"]
    return {int(index): from_hex(key, 32) for index, key in records.items()}


# ---------------------------------------------------------------- command line

def given_key(text, origin):
    """(name or None, key) of a vkey, 64 hex digits, or a file that holds one of them."""
    if os.path.isfile(text):
        with open(text, "r", encoding="utf-8") as file:
            text = file.read(1024).strip()
    if re.match(r"[0-9a-f]{64}\Z", text):
        return origin, bytes.fromhex(text)
    return parse_vkey(text, 1)


def given_checkpoint(path):
    data = read_small(path, NOTE_BYTES)
    need(data is not None, "cannot read `%s`" % path)
    return Checkpoint(data)


def verify_log(path, identity, origin=None, known=None):
    """The report on one log; what the command line and the tests call."""
    verifier = Verifier(path, identity, origin, known or Known(), Report())
    verifier.run()
    return verifier


def verify_logs(registry, paths, identity, log_keys, known):
    """Section 15: a registry and the logs it speaks of."""
    main = verify_log(registry, identity, known=known)
    report, keys = main.report, {}
    for text in log_keys:
        name, key = given_key(text, None)
        keys[name] = key
    seen = set()
    for path in paths:
        try:
            genesis = Genesis(read_small(os.path.join(path, "genesis"), NOTE_BYTES) or b"")
            origin, log = genesis.origin, main.logs.get(genesis.origin)
            if log is None or log["identity"] is None:
                report.add("log-unregistered", "`%s` was never born in the registry" % origin, path)
            seen.add(origin)
            key = keys.get(origin)
            if log and log["identity"]:
                name, born = parse_vkey(log["identity"], 1)
                if name != origin or key is not None and key != born:
                    report.add("log-unregistered", "`%s` has another identity in the registry"
                               % origin, path)
                key = key or born
            if key is None:
                continue  # said above: nobody vouches for a key
            mine = Known()
            mine.heads, mine.closed_clean = (log["heads"], log["closes"]) if log else ([], None)
            result = verify_log(path, key, origin, mine).report
            for finding in result.findings:
                finding["file"] = os.path.join(path, finding.get("file", ""))
                report.counts[finding["code"]] = report.counts.get(finding["code"], 0) + 1
                report.findings.append(finding)
        except (Bad, OSError) as error:
            report.add("genesis-malformed", str(error), path)
    for origin, log in main.logs.items():
        if log["identity"] is not None and origin not in seen:
            report.add("log-missing", "`%s` is registered and was not presented" % origin)
    return report


def parser():
    top = argparse.ArgumentParser(description="Verifies an Avouch ledger, a proof, an export or a package.")
    top.add_argument("what", nargs="+", help="LOG, or `proof FILE`, `export FILE`, "
                     "`logs REGISTRY LOG...`, `package FOLDER`")
    top.add_argument("--public-key", required=True, help="identity key: vkey, hex or a file")
    top.add_argument("--origin")
    top.add_argument("--checkpoint", action="append", default=[], help="an earlier checkpoint")
    top.add_argument("--witness-policy", help="C2SP tlog-policy")
    top.add_argument("--latest", action="append", default=[],
                     help="the newest checkpoint the witnesses or a mirror show")
    top.add_argument("--keys", help="period keys and receipts")
    top.add_argument("--as-of", type=int, help="the time of asking, in seconds since 1970")
    top.add_argument("--entry", help="for `proof`: the entry's bytes")
    top.add_argument("--log-key", action="append", default=[], help="for `logs`: a log's vkey")
    top.add_argument("--canaries", help="for `package`: the auditor's list of marked requests")
    top.add_argument("--records", help="for `package`: keys of withheld records")
    top.add_argument("--json", action="store_true")
    return top


def given(options):
    """(identity, origin, what else is known); Bad or OSError if an argument cannot be used."""
    name, identity = given_key(options.public_key, options.origin)
    origin, known = options.origin or name, Known()
    need(options.origin is None or name in (None, options.origin), "key of another origin")
    known.checkpoints = [given_checkpoint(p) for p in options.checkpoint + options.latest]
    if options.witness_policy:
        known.policy = WitnessPolicy(read_small(options.witness_policy, 65536) or b"")
    if options.keys:
        known.keys = Keys((read_small(options.keys, 256 << 20) or b"").strip())
    if options.as_of is not None:
        known.as_of_ms = options.as_of * 1000
    return identity, origin, known


def main(arguments=None):
    options = parser().parse_args(arguments)
    try:
        identity, origin, known = given(options)
    except (Bad, OSError, AttributeError) as error:
        sys.stderr.write("verify.py: %s\n" % error)
        return UNCHECKED
    what = options.what
    if what[0] == "proof" and len(what) == 2:
        report = verify_proof(what[1], identity, origin, known.policy, options.entry, Report())
    elif what[0] == "export" and len(what) == 2:
        report = verify_export(what[1], identity, origin, known.policy, Report())
    elif what[0] == "logs" and len(what) >= 2:
        report = verify_logs(what[1], what[2:], identity, options.log_key, known)
    elif what[0] == "package" and len(what) == 2:
        sent = read_small(options.canaries, PACKAGE_FILE_MAX) if options.canaries else None
        records = package_records(options.records) if options.records else None
        report = Package(what[1], identity, origin, known, sent, records).run()
    elif len(what) == 1:
        report = verify_log(what[0], identity, origin, known).report
    else:
        sys.stderr.write("verify.py: see --help\n")
        return UNCHECKED
    if options.json:
        sys.stdout.write(json.dumps(report.as_json(), indent=1, ensure_ascii=False) + "\n")
    else:
        report.print(sys.stdout)
    return report.exit()


if __name__ == "__main__":
    sys.exit(main())
