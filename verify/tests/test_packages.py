"""Three verifiers of packages must name the same in every altered package: the program, this folder's
`verify.py`, and the page in the package, which a headless Chromium opens from disk.

Runs when AVOUCH names the program `avouch`; with CHROMIUM, the page is judged too.
"""
import hmac
import json
import math
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
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

    def test_a_file_of_any_length_is_looked_at_in_bounded_memory(self):
        def grow(copy):
            with open(copy.folder / "report" / "large.bin", "wb") as file:
                for _ in range(96):
                    file.write(bytes(1 << 20))
        large = self.made.mutated("large-sealed", grow)
        self.assertEqual(self.judged(large), self.by_python(self.made.good))
        if self.browser:
            held = self.browser.run("performance.memory.usedJSHeapSize")
            self.assertLess(held, 64 << 20)
        with open(large / "report" / "large.bin", "r+b") as file:
            file.seek(50 << 20)
            file.write(b"1")
        self.assertIn(("file-changed", "report/large.bin", ""), self.judged(large)[1])

    @unittest.skipUnless(CHROMIUM, "CHROMIUM names no program")
    def test_a_page_that_cannot_look_never_says_that_all_is_well(self):
        for method in ("stream", "arrayBuffer"):
            said = self.browser.verify(self.made.good, self.made.key, before=(
                "File.prototype.%s = () => { throw new RangeError('there is no room') }" % method))
            self.assertIn("Not judged: there is no room", said["verdict"])
            self.assertIn("verify/verify.py", said["verdict"])
            self.assertEqual(self.browser.run(
                "document.getElementById('verdict').className"), "unknown")

    def test_acts_that_nobody_signed_and_answers_to_nothing_are_named_by_all(self):
        self.made.open("talk", 1, "talk.json")
        self.made.package("talk-begun", "--engagement", "talk.json")
        act = {"id": "engagement/talk", "said_ms": 1, "request": "R-1"}
        root = v.Frontier().root().hex()
        acts = [
            dict(act, event="asked", side="auditor", population="incident"),
            dict(act, event="closed", side="auditor", signature="00" * 64),
            dict(act, event="answered", side="management", population="nothing", count=0, end=9),
            dict(act, event="answered", side="management", population="incident", count=1,
                 root=root, end=99),
            dict(act, event="answered", side="management", evidence="E-1", digest="11" * 32),
            dict(act, event="answered", side="management", population="incident", count=0,
                 root=root, end=99, filter=["severity=sev1"]),
        ]
        self.made.append("engagement", acts)
        package = self.made.package("talk", "--engagement", "talk.json")
        at = {n: "entry %d" % json.loads(line)["index"] for n, line in enumerate(
            (package / "requests" / "acts.ndjson").read_text().splitlines())}
        verdict, findings = self.judged(package)
        name = "requests/acts.ndjson"
        self.assertEqual([one for one in findings if one[1] == name], sorted([
            ("act-unsigned", name, at[0]), ("act-invalid", name, at[1]),
            ("answer-unproven", name, at[2]), ("answer-unproven", name, at[3]),
            ("answer-unproven", name, at[4])]))
        self.assertEqual(verdict, "tampered")
        # What is said after the period is under a later checkpoint, by which no sample is drawn.
        self.assertTrue((package / "requests" / "consistency.json").is_file())
        report = (package / "report" / "report.html").read_text(encoding="utf-8")
        self.assertIn("is not in the package", report)
        self.assertIn("not signed", report)

    def test_another_key_is_no_key_of_this_ledger(self):
        name, _ = v.parse_vkey(self.made.key, 1)
        judged = v.Package(str(self.made.good), self.made.signer.public, name).run()
        self.assertEqual(judged.verdict(), "tampered")

    def same_bytes(self, first, again):
        files = {path.relative_to(first) for path in first.rglob("*")}
        self.assertEqual(files, {path.relative_to(again) for path in again.rglob("*")})
        for name in files:
            if (first / name).is_file():
                self.assertEqual((first / name).read_bytes(), (again / name).read_bytes(), name)

    def policy(self, version, *events):
        self.made.append("policy", [
            {"id": "P", "event": event, "version": version, "title": "Access, version " + version,
             "digest": version * 64, "actor": "anna"}
            for event in events])

    def test_a_period_that_is_over_stays_what_it_was(self):
        """Whatever comes behind its end: policies, keys of the ledger, other facts."""
        self.policy("1", "drafted", "approved", "published")
        end = math.ceil(time.time()) + 1
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end))
        time.sleep(end + 0.1 - time.time())
        self.made.open("over", 1, "over.json", moment)
        first = self.made.package("over", "--engagement", "over.json")
        self.assertEqual([one for one in self.judged(first)[1] if one[0] != "canary-missing"], [])
        self.policy("2", "drafted", "approved", "published")
        self.made.run("ledger", "rotate", "ledger")
        self.made.append("key", [{"id": "key-later", "event": "issued", "key_kind": "api-key",
                                  "owner": "shop", "actor": "anna"}])
        self.made.append("request", [
            {"id": "later%d" % at, "seen_by": "import", "method": "GET", "host": "shop",
             "path": "/orders", "answer": "allow"} for at in range(500)])
        again = self.made.package("over-again", "--engagement", "over.json")
        self.same_bytes(first, again)
        changes = [json.loads(line)["fact"] for line in (
            again / "populations" / "change.ndjson").read_text(encoding="utf-8").splitlines()]
        self.assertEqual([(fact["event"], fact["version"]) for fact in changes
                          if fact.get("id") == "P"], [("approved", "1"), ("published", "1")])
        for path in again.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"Access, version 2", path.read_bytes(), path)
        # Who makes a package about both gets both.
        self.made.open("both", 0, "both.json")
        both = self.made.package("both", "--engagement", "both.json")
        self.assertIn("Access, version 2",
                      (both / "populations" / "change.ndjson").read_text(encoding="utf-8"))

    def test_two_packages_of_an_empty_period_are_the_same_bytes(self):
        # A day that is over: nothing that is written down later is about it.
        self.made.open("past", 1, "past.json")
        first = self.made.package("first", "--engagement", "past.json")
        self.policy("3", "drafted")
        self.same_bytes(first, self.made.package("again", "--engagement", "past.json"))

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
        self.no_value_can_be_tried(row, key)

    def no_value_can_be_tried(self, row, key):
        """Who tries the few values that there are needs the key that is not given away."""
        committed = row["withheld"]["owner"]
        entry = [json.loads(line) for line in (
            self.made.good / "ledger" / "kinds" / "key.ndjson").read_text().splitlines()]
        entry = v.from_hex([one["entry"] for one in entry if one.get("index") == row["index"]][0])
        public = {
            b"", bytes(32), entry, entry[:72], entry[16:40], entry[40:72],
            bytes.fromhex(row["leaf"]), str(row["index"]).encode(),
            (self.made.good / "ledger" / "checkpoint").read_bytes(), self.made.key.encode()}
        values = ["shop%d" % at for at in range(30)]
        messages = {value: [end % value for end in ("%s", "\"%s\"")] for value in values}

        def fits(given):
            found = set()
            for value, forms in messages.items():
                for form in forms:
                    for label in (b"", b"owner", b"owner\0", v.WITHHELD, v.WITHHELD + b"owner\0"):
                        message = label + form.encode()
                        digests = [hmac.new(given, message, "sha256").hexdigest(),
                                   v.sha256(given + message).hex()]
                        if committed in digests:
                            found.add(value)
            return found

        for known in public:
            self.assertEqual(fits(known), set())
        # With its key the same search finds the value, so that it could have been found.
        self.assertEqual(fits(key), {"shop11"})

    def test_it_says_whose_it_is_and_never_that_somebody_is_certified(self):
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
            return done.stdout.decode()

        trestle("init")
        # It looks for what a document refers to in its own folder.
        for path in (self.made.good / "oscal").iterdir():
            shutil.copy(path, place)
        for path in sorted((self.made.good / "oscal").iterdir()):
            trestle("import", "-f", str(path), "-o", path.stem)
        judged = trestle("validate", "-a")
        self.assertEqual(judged.count("VALID: "), 9, judged)
        self.assertNotIn("INVALID", judged)
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
