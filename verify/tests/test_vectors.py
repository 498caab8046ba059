"""The vectors of section 21 of the format, as its page shows them."""
import os
import re
import struct
import unittest

import verify as v
from tests.parts import Signer, sha, to_json, xaes

PAGE = os.path.join(os.path.dirname(os.path.abspath(v.__file__)), "..", "docs", "ledger-format.md")
PACKAGES = os.path.join(os.path.dirname(os.path.abspath(v.__file__)), "..", "docs", "package-format.md")
ORIGIN, SECRET, NONCE = b"example.com/log", bytes(range(32)), b"ABCDEFGHIJKLMNOPQRSTUVWX"


def computed():
    """Name and value of each vector."""
    origin_hash = sha(ORIGIN)
    seal = v.hkdf(origin_hash, SECRET, b"avouch/seal/v1")
    index = v.hkdf(origin_hash, SECRET, b"avouch/index/v1")
    key = v.record_key(seal, NONCE)
    commitment = sha(b"avouch/record-key/v1\0" + key)
    head = struct.pack(">BBHIQ", 1, 1, 0, 1, 1767225600000) + NONCE + commitment
    plain = b"\x01\x00\x01\x01" + b"\x01\x00\x05alice" + b"fact"
    entry = head + xaes(seal, NONCE, plain, origin_hash + head)
    hold = to_json({"class": "request", "from_day": "2026-01-01", "id": "00" * 16,
                    "reason": "case 7", "to_day": "2026-01-31", "valid_until_ms": 1767225600000})
    admin = Signer(b"\x02" * 32)
    text = b"avouch/approve/v1\n" + ORIGIN + b"\nhold\n" + sha(hold).hex().encode() + b"\n"
    return {
        "origin_hash": origin_hash, "K_seal": seal, "K_index": index, "K_rec": key,
        "period commitment": sha(b"avouch/period-key/v1\0" + origin_hash + sha(seal) + sha(index)),
        "record commitment": commitment, "entry": entry, "leaf hash": sha(b"\0" + entry),
        "term": v.blind(index, 1, b"alice"), "administrator": admin.public,
        "approval digest": sha(hold), "approval": admin.sign(text)}


class Page(unittest.TestCase):
    def test_the_vectors_are_those_of_the_page(self):
        with open(PAGE, encoding="utf-8") as file:
            section = file.read().split("## 21. Test vectors")[1].split("\n## ")[0]
        shown = {}
        for name, value in re.findall(r"^([A-Za-z_ ]+?) {2,}((?:[0-9a-f]+\s+)+)", section, re.M):
            shown[name] = "".join(value.split())
        self.assertEqual({name: value.hex() for name, value in computed().items()}, shown)

    def test_every_code_is_in_the_table_of_findings_with_its_class(self):
        with open(PAGE, encoding="utf-8") as file:
            table = file.read().split("## 18. Findings")[1].split("\n## ")[0]
        listed = {}
        for codes, number in re.findall(r"^\| (`.*?) \| ([123]) \|", table, re.M):
            for code in re.findall(r"`([a-z-]+)`", codes):
                listed[code] = int(number)
        with open(v.__file__, encoding="utf-8") as file:
            used = set(re.findall(r'"([a-z]+(?:-[a-z0-9]+)+)"', file.read()))
        for code, number in listed.items():
            self.assertEqual(number, v.CLASS_OF.get(code, 1), code)
            self.assertTrue(code in used or code in v.CLASS_OF or "-" not in code, code)
        names = {name for name, _ in v.CONTROL.values()}
        options = {"witness-policy", "public-key", "log-key", "as-of", "utf-8", "latin-1"}
        # Codes about packages stand on a page of their own, and so do these words of populations.
        with open(PACKAGES, encoding="utf-8") as file:
            packages = set(re.findall(r"`([a-z]+(?:-[a-z0-9]+)+)`", file.read()))
        words = {"yes-no"}
        self.assertEqual(set(), used - set(listed) - names - options - packages - words)


if __name__ == "__main__":
    unittest.main()
