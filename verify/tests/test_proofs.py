"""Cases 55 to 61: proof and export files."""
import copy
import os
import random
import shutil
import tempfile
import unittest

import verify as v
from tests.honest import Writer
from tests.proofs import Exporter, ndjson, proof
from tests.scenario import some_records


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        cls.writer = w = Writer(os.path.join(cls.folder, "log"), 3)
        cls.period = w.open_period("request")
        cls.some = some_records(w, cls.period, 12)
        w.round()
        w.rotate()
        some_records(w, cls.period, 9)
        w.round()
        cls.rare = w.record(cls.period, [(1, b"dave")])
        some_records(w, cls.period, 3)
        cls.note = w.checkpoint()
        cls.policy = v.WitnessPolicy(w.secrets.policy_text(3).encode())

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def save(self, data):
        path = os.path.join(self.folder, "file")
        with open(path, "wb") as file:
            file.write(data)
        return path

    def proof_codes(self, text):
        report = v.verify_proof(self.save(text.encode()), self.writer.secrets.identity.public,
                                self.writer.origin, self.policy, None, v.Report())
        return {finding["code"] for finding in report.findings}

    def export_codes(self, lines):
        data = lines if isinstance(lines, bytes) else ndjson(lines)
        report = v.verify_export(self.save(data), self.writer.secrets.identity.public,
                                 self.writer.origin, self.policy, v.Report())
        return {finding["code"] for finding in report.findings}

    def test_an_honest_proof_of_each_entry_is_accepted(self):
        for index in range(len(self.writer.entries)):
            text = proof(self.writer, index, self.note, index in self.writer.period_of)
            self.assertEqual(set(), self.proof_codes(text), index)

    def test_each_mutated_proof_is_rejected(self):
        good = proof(self.writer, self.some[3], self.note)
        head, tail = good.split("\n\n", 1)
        lines = head.split("\n")
        path = lines[3:]
        older = self.writer.notes[0]
        other = proof(self.writer, self.some[4], self.note).split("\n")[1]
        cases = {
            "55 index + 1": [lines[:2] + ["index %d" % (self.some[3] + 1)] + path, tail],
            "55 index - 1": [lines[:2] + ["index %d" % (self.some[3] - 1)] + path, tail],
            "56 path truncated": [lines[:3] + path[:-1], tail],
            "56 path extended": [lines[:3] + path + path[:1], tail],
            "56 path reversed": [lines[:3] + path[::-1], tail],
            "57 foreign checkpoint": [lines, older],
            "58 wrong leaf": [lines[:1] + [other] + lines[2:], tail],
            "59 size altered": [lines, tail.replace("\n%d\n" % len(self.writer.entries), "\n%d\n"
                                                    % (len(self.writer.entries) + 1))],
            "60 cosignatures stripped": [lines, "\n".join(tail.split("\n")[:5]) + "\n"],
        }
        for name, (head_lines, rest) in cases.items():
            with self.subTest(name):
                self.assertIn("proof-invalid", self.proof_codes(
                    "\n".join(head_lines) + "\n\n" + rest))

    def test_a_proof_with_any_bit_flipped_is_rejected(self):
        good = bytearray(proof(self.writer, self.some[3], self.note).encode())
        rng = random.Random(5)
        for _ in range(300):
            at = rng.randrange(len(good))
            data = bytearray(good)
            data[at] ^= 1 << rng.randrange(8)
            report = v.verify_proof(self.save(bytes(data)), self.writer.secrets.identity.public,
                                    self.writer.origin, self.policy, None, v.Report())
            self.assertNotEqual([], report.findings, at)

    def test_honest_exports_are_accepted(self):
        size = len(self.writer.entries)
        for first, end in ((0, size), (5, 11), (20, size), (7, 7)):
            self.assertEqual(set(), self.export_codes(
                Exporter(self.writer, self.note, first, end).export()))
            for query in ((1, b"alice"), (1, b"dave"), (1, b"nobody"), (5, b"r")):
                self.assertEqual(set(), self.export_codes(
                    Exporter(self.writer, self.note, first, end, query).export()), query)

    def test_terms_are_proven_to_be_those_of_the_value(self):
        good = Exporter(self.writer, self.note, 0, len(self.writer.entries), (1, b"alice")).export()
        term = good[0]["query"]["terms"][0]
        for change, expected in (({"index_key": None}, "export-terms-unproven"),
                                 ({"index_key": "00" * 32}, "export-invalid"),
                                 ({"seal_hash": "00" * 32}, "export-invalid")):
            lines = copy.deepcopy(good)
            lines[0]["query"]["terms"][0] = dict(term, **change)
            self.assertEqual({expected}, self.export_codes(lines))
        other = Exporter(self.writer, self.note, 0, len(self.writer.entries), (1, b"nobody"))
        lines = other.export()
        lines[0]["query"]["value"] = b"alice".hex()
        self.assertEqual({"export-invalid"}, self.export_codes(lines))

    def test_what_is_purged_or_redacted_is_shown_as_such(self):
        writer = Writer(os.path.join(self.folder, "purged"), 5, retention={"request": 10})
        old, new = writer.open_period("request"), writer.open_period("request")
        some_records(writer, old, 6)
        redacted = some_records(writer, new, 6)[2]
        writer.close_period(old)
        writer.rotate()
        writer.rotate()
        writer.wait(20)
        writer.purge([old])
        writer.redact(redacted)
        note = writer.checkpoint()
        self.writer, self.policy = writer, None
        for first in range(0, len(writer.entries), 3):
            for query in (None, (1, b"alice"), (5, b"w"), (1, b"nobody")):
                lines = Exporter(writer, note, first, len(writer.entries), query).export()
                self.assertEqual(set(), self.export_codes(lines), (first, query))

    def test_61_an_answer_that_omits_or_lies_is_not_accepted(self):
        size = len(self.writer.entries)
        good = Exporter(self.writer, self.note, 0, size, (1, b"alice")).export()
        answers = [n for n, line in enumerate(good) if line["type"] == "answer"]
        records = [n for n, line in enumerate(good) if line["type"] == "entry"
                   and line["entry"][2:4] == "01"]
        rounds = [n for n, line in enumerate(good) if line["type"] == "entry"
                  and line["entry"][2:4] == "32"]
        for number in answers + records + rounds:
            lines = copy.deepcopy(good[:number] + good[number + 1:])
            lines[-1]["lines"] -= 1
            lines[-1]["entries"] -= good[number]["type"] == "entry"
            with self.subTest(dropped=number):
                self.assertTrue(self.export_codes(lines) & {"export-incomplete", "export-invalid"})
        for change in (self.absent, self.shortened, self.other_term):
            lines = copy.deepcopy(good)
            change(lines[answers[0]])
            self.assertEqual({"export-invalid"}, self.export_codes(lines), change.__name__)
        self.assertEqual({"export-invalid"}, self.export_codes(good[:-2] + good[-1:]))
        self.assertEqual({"export-incomplete"}, self.export_codes(good[:-1]))

    @staticmethod
    def absent(answer):
        answer["present"] = False

    @staticmethod
    def shortened(answer):
        leaf = bytearray.fromhex(answer["neighbours"][0]["leaf"])
        leaf[11] -= 1
        answer["neighbours"][0]["leaf"] = leaf[:-4].hex()

    @staticmethod
    def other_term(answer):
        answer["neighbours"] = answer["neighbours"][:0]

    def test_a_listing_that_leaves_out_an_entry_is_incomplete(self):
        good = Exporter(self.writer, self.note, 0, len(self.writer.entries)).export()
        for number in range(2, len(good) - 1, 5):
            lines = copy.deepcopy(good[:number] + good[number + 1:])
            lines[-1]["lines"] -= 1
            lines[-1]["entries"] -= 1
            self.assertTrue(self.export_codes(lines) & {"export-incomplete", "export-invalid"})

    def test_a_disclosed_key_that_is_not_the_records_is_named(self):
        lines = Exporter(self.writer, self.note, 0, len(self.writer.entries)).export()
        line = [line for line in lines if "key" in line][0]
        line["key"] = "00" * 32
        self.assertEqual({"commitment-mismatch"}, self.export_codes(lines))


if __name__ == "__main__":
    unittest.main()
