"""Three verifiers of packages must name the same in every altered package: the program, this folder's
`verify.py`, and the page in the package, which a headless Chromium opens from disk.

Runs when AVOUCH names the program `avouch`; with CHROMIUM, the page is judged too.
"""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import verify as v
from tests.browser import Browser
from tests.packages import Made, mutations

AVOUCH, CHROMIUM = os.environ.get("AVOUCH"), os.environ.get("CHROMIUM")
TRESTLE = os.environ.get("TRESTLE")


def named(findings):
    return sorted((one["code"], one["file"], one["record"] or "") for one in findings)


@unittest.skipUnless(AVOUCH, "AVOUCH names no program")
class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.made = Made(os.path.abspath(AVOUCH), cls.folder.name)
        cls.browser = Browser(CHROMIUM) if CHROMIUM else None

    @classmethod
    def tearDownClass(cls):
        if cls.browser:
            cls.browser.close()
        cls.folder.cleanup()

    def by_rust(self, package):
        said = subprocess.run(
            [self.made.program, "audit", "verify", str(package), "--key", self.made.key, "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        value = json.loads(said.stdout.decode("utf-8"))
        # Only the program looks at references within the documents.
        both = [one for one in value["findings"] if not one["code"].startswith("document-")]
        return value["verdict"], named(both)

    def by_python(self, package, records=None):
        name, key = v.parse_vkey(self.made.key, 1)
        judged = v.Package(str(package), key, name, records=records).run()
        return judged.verdict(), named(judged.findings)

    def by_page(self, package):
        value = self.browser.verify(package, self.made.key)
        return value["verdict"], named(value["findings"])

    def judged(self, package):
        """What all of them say."""
        said = self.by_python(package)
        self.assertEqual(self.by_rust(package), said)
        if self.browser:
            self.assertEqual(self.by_page(package), said)
        return said

    def test_a_good_package_has_the_gaps_that_it_has(self):
        verdict, findings = self.judged(self.made.good)
        self.assertEqual(verdict, "incomplete")
        self.assertEqual(findings, [
            ("canary-missing", "canaries/found.ndjson", "canary canary-5"),
            ("period-not-covered", "ledger/checkpoint", "")])

    def test_each_mutation_is_named_by_all_of_them(self):
        gaps = set(self.by_python(self.made.good)[1])
        cases = mutations(self.made)
        self.assertGreaterEqual(len(cases), 25)
        for name, mutation, wanted in cases:
            with self.subTest(name):
                verdict, findings = self.judged(self.made.mutated(name, mutation))
                new = set(findings) - gaps
                for code, file, record in wanted:
                    self.assertIn((code, file, record or ""), new)
                if any(code not in v.PACKAGE_GAPS for code, _, _ in wanted):
                    self.assertEqual(verdict, "tampered")

    def test_another_key_is_no_key_of_this_ledger(self):
        name, _ = v.parse_vkey(self.made.key, 1)
        judged = v.Package(str(self.made.good), self.made.signer.public, name).run()
        self.assertEqual(judged.verdict(), "tampered")

    def test_two_packages_of_a_period_are_the_same_bytes(self):
        # A day that is over: nothing that is written down later is about it.
        self.made.open("past", 1, "past.json")
        first = self.made.package("first", "--engagement", "past.json")
        self.made.append("policy", [{"id": "P", "event": "drafted", "version": "2", "title": "T",
                                     "digest": "00" * 32}])
        again = self.made.package("again", "--engagement", "past.json")
        files = {path.relative_to(first) for path in first.rglob("*")}
        self.assertEqual(files, {path.relative_to(again) for path in again.rglob("*")})
        for name in files:
            if (first / name).is_file():
                self.assertEqual((first / name).read_bytes(), (again / name).read_bytes(), name)

    def test_what_is_withheld_is_in_no_file_and_verifies_with_its_key(self):
        for path in self.made.good.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"shop11\"", path.read_bytes(), path)
        proof = self.made.run("ledger", "prove", "ledger", "--entry", str(self.made.redacted),
                              "--disclose")
        extra = json.loads(v.from_base64(proof.split("\n")[1][6:]))
        key = v.from_hex(extra["key"], 32)
        verdict, _ = self.by_python(self.made.good, {self.made.redacted: key})
        self.assertEqual(verdict, "incomplete")
        row = [json.loads(line) for line in (self.made.good / "populations" /
               "credential-issued.ndjson").read_text().splitlines()]
        row = [one for one in row if one["index"] == self.made.redacted][0]
        self.assertEqual(list(row["withheld"]), ["owner"])
        # Who tries values against the commitment needs the key that is not given away.
        for guess in ("shop11", "\"shop11\""):
            for plain in (guess, "owner" + guess, "owner\0" + guess):
                self.assertNotEqual(v.sha256(plain.encode()).hex(), row["withheld"]["owner"])

    def test_it_says_whose_it_is_and_claims_nothing(self):
        report = (self.made.good / "report" / "report.html").read_text(encoding="utf-8")
        self.assertIn("Prepared by management. This is not a SOC 2 report", report)
        for path in self.made.good.rglob("*"):
            if path.suffix in (".html", ".json", ".csv"):
                text = path.read_text(encoding="utf-8").lower()
                for word in ("soc 2 certified", "soc2 certified", "compliant"):
                    self.assertNotIn(word, text, path)

    @unittest.skipUnless(TRESTLE, "TRESTLE names no program")
    def test_a_program_of_others_reads_the_documents_and_the_seal(self):
        place = pathlib.Path(self.folder.name) / "trestle"
        place.mkdir()

        def trestle(*words):
            done = subprocess.run([TRESTLE, *words], cwd=place, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, check=False)
            self.assertEqual(done.returncode, 0, (words, done.stdout.decode()))

        trestle("init")
        # It looks for what a document refers to in its own folder.
        for path in (self.made.good / "oscal").iterdir():
            shutil.copy(path, place)
        for path in sorted((self.made.good / "oscal").iterdir()):
            trestle("import", "-f", str(path), "-o", path.stem)
        seal = ["verify", "--beta", "-f", str(self.made.good / "manifest.json"), "--signature",
                str(self.made.good / "manifest.dsse.json"), "--public-key",
                str(self.made.good / "package-key.pem")]
        trestle(*seal)
        changed = self.made.mutated("for-trestle", lambda c: c.json(
            "manifest.json", lambda m: m.update(system="Other")))
        seal[3], seal[5] = str(changed / "manifest.json"), str(changed / "manifest.dsse.json")
        with self.assertRaises(AssertionError):
            trestle(*seal)


if __name__ == "__main__":
    unittest.main()
