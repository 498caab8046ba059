"""What honest and dishonest writers share: signing, texts, trees, sealing.

Framing only; arithmetic (curve, AES, hashes) is taken from verify.py, where published vectors hold
it.
"""
import base64
import hashlib
import json
import struct

import verify as v

DAY_MS = 86400000
START_MS = 1767225600000  # 2026-01-01
KINDS = {"record": 0x01, "log": 0x52}
KINDS.update({name: kind for kind, (name, _) in v.CONTROL.items()})


def sha(data):
    return hashlib.sha256(data).digest()


def to_json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def day_of(time_ms):
    days, year = time_ms // DAY_MS, 1970
    while True:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        if days < 365 + leap:
            break
        days, year = days - 365 - leap, year + 1
    for month, length in enumerate((31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1):
        if days < length:
            return "%04d-%02d-%02d" % (year, month, days + 1)
        days -= length


class Signer:
    """An Ed25519 key pair out of a seed of 32 bytes (RFC 8032)."""

    def __init__(self, seed):
        self.seed = seed
        digest = hashlib.sha512(seed).digest()
        self.scalar = (int.from_bytes(digest[:32], "little") & ((1 << 254) - 8)) | 1 << 254
        self.prefix = digest[32:]
        self.public = v.point_encode(v.BASE_MULTIPLES.times(self.scalar))

    def sign(self, message):
        r = int.from_bytes(hashlib.sha512(self.prefix + message).digest(), "little") % v.ORDER
        point = v.point_encode(v.BASE_MULTIPLES.times(r))
        k = int.from_bytes(hashlib.sha512(point + self.public + message).digest(), "little")
        return point + ((r + k * self.scalar) % v.ORDER).to_bytes(32, "little")


def note_line(name, kind, public, signature):
    key = sha(name.encode() + b"\n" + bytes([kind]) + public)[:4]
    return "\u2014 %s %s\n" % (name, base64.b64encode(key + signature).decode())


def signed_note(text, name, signer):
    return text + "\n" + note_line(name, 1, signer.public, signer.sign(text.encode()))


def cosign_line(text, name, signer, seconds):
    signature = signer.sign(("cosignature/v1\ntime %d\n%s" % (seconds, text)).encode())
    return note_line(name, 4, signer.public, struct.pack(">Q", seconds) + signature)


def checkpoint_text(origin, size, root):
    return "%s\n%d\n%s\n" % (origin, size, base64.b64encode(root).decode())


def root_of(leaves):
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\x01" + root_of(leaves[:half]) + root_of(leaves[half:]))


def path_to(index, leaves):
    if len(leaves) <= 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return path_to(index, leaves[:half]) + [root_of(leaves[half:])]
    return path_to(index - half, leaves[half:]) + [root_of(leaves[:half])]


def xaes(key, nonce, plain, extra):
    sealed, tag = v.gcm(v.record_key(key, nonce), nonce[12:], plain, extra, True)
    return sealed + tag
