"""The verifier in Rust and this one must agree, on logs of either writer.

Runs when AVOUCH names the program `avouch`. Both judge the tamper cases with the public key alone,
with an earlier checkpoint, and with the witnesses: the codes each must name, and the same exit code.
"""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import verify as v
from tests import scenario, tamper_keys, tamper_rules, tamper_storage
from tests.honest import Writer
from tests.proofs import proof

AVOUCH = os.environ.get("AVOUCH")
LEVELS = "PCQ"


def by_rust(case, level):
    """(exit code of a verifier, codes) as `avouch ledger verify` says."""
    files = {}
    for name, text in (("early", case.early), ("latest", case.latest), ("policy", case.policy)):
        files[name] = "%s-%s" % (case.path, name)
        with open(files[name], "w", encoding="utf-8") as file:
            file.write(text)
    words = [AVOUCH, "ledger", "verify", case.path, "--json", "--at-rest", "--key",
             v.show_vkey(case.origin, 1, case.identity)]
    words += {"C": ["--earlier", files["early"]],
              "Q": ["--latest", files["latest"], "--witness-policy", files["policy"]]}.get(level, [])
    said = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    value = json.loads(said.stdout.decode("utf-8"))
    return value["exit"], {finding["code"] for finding in value["findings"]}


def by_python(case, level):
    report = case.verify(level)
    return report.exit(), {finding["code"] for finding in report.findings}


def run(words, text=""):
    done = subprocess.run([AVOUCH, "ledger"] + words, input=text.encode("utf-8"),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise AssertionError("%s: %s" % (words, done.stderr.decode("utf-8", "replace")))
    return done.stdout.decode("utf-8")


def written_by_rust(folder):
    """A log of two epochs, three lives and some records, by the program. Without a witness: where a
    checkpoint is published again with cosignatures, the case that changes one of the two is another."""
    home = os.path.join(folder, "home")
    lines = "".join('{"number":%d}\n' % number for number in range(40))
    run(["init", home, "--origin", "example.com/rust", "--no-witness"])
    run(["append", home], lines)
    run(["rotate", home])
    run(["append", home], lines)
    early = run(["checkpoint", home])
    run(["append", home], lines)
    latest = run(["checkpoint", home])
    with open(os.path.join(home, "identity.vkey"), encoding="utf-8") as file:
        origin, identity = v.parse_vkey(file.read(), 1)
    return scenario.Case(os.path.join(home, "log"), identity, origin, {}, early, latest,
                         "quorum none\n", {"origin": origin})


@unittest.skipUnless(AVOUCH, "AVOUCH does not name the program")
class Cross(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()

    def tearDown(self):
        shutil.rmtree(self.folder)

    def agree(self, name, case, expected):
        for level in LEVELS:
            rust, python = by_rust(case, level), by_python(case, level)
            with self.subTest(case=name, level=level, rust=rust, python=python):
                for exit_code, codes in (rust, python):
                    self.assertLessEqual(expected[level], codes)
                    self.assertEqual(bool(expected[level]), bool(codes))
                self.assertEqual(python[0], rust[0])

    def judge_all(self, honest, cases):
        honest_levels = {level: set() for level in LEVELS}
        self.agree("honest", honest, honest_levels)
        for name, (mutation, expected) in sorted(cases.items()):
            case = honest.copy(os.path.join(self.folder, name.split()[0]))
            try:
                mutation(case)
            except (IndexError, KeyError, OSError, TypeError, ValueError):
                continue  # the log has not the shape that this case needs
            self.agree(name, case, expected)

    def test_both_judge_a_log_of_ours_alike(self):
        honest = scenario.standard(os.path.join(self.folder, "honest"), purged=False)
        cases = dict(tamper_storage.CASES, **tamper_keys.CASES, **tamper_rules.CASES)
        self.judge_all(honest, {name: case for name, case in cases.items()
                                if not name.startswith("35 ")})

    def test_both_judge_a_log_with_a_purge_alike(self):
        honest = scenario.standard(os.path.join(self.folder, "honest"))
        self.judge_all(honest, dict(tamper_storage.CASES, **tamper_keys.CASES,
                                    **tamper_rules.CASES))

    def test_both_judge_a_log_of_the_program_alike(self):
        honest = written_by_rust(self.folder)
        # The later ones need cosignatures, another policy, or what a purge left.
        cases = {name: case for name, case in tamper_storage.CASES.items()
                 if name < "21" and name[:2] not in ("13", "14") or name[:2] in ("26", "30", "31", "32")}
        self.judge_all(honest, cases)

    def test_both_judge_a_log_whose_signing_key_was_lost_alike(self):
        case = written_by_rust(self.folder)
        home = os.path.dirname(case.path)
        private = os.path.join(home, "private")
        for name in os.listdir(private):
            if name.startswith("epoch-"):
                os.remove(os.path.join(private, name))
        run(["recover", home, "--identity", os.path.join(private, "identity"),
             "--approve", os.path.join(private, "admin")])
        run(["append", home], "{}\n")
        run(["rotate", home])
        run(["append", home], "{}\n")
        case.latest = run(["checkpoint", home])
        cases = {name: case for name, case in tamper_storage.CASES.items() if name < "12"}
        self.judge_all(case, cases)
        report = case.verify("P")
        self.assertTrue(any("recover" in note for note in report.notes), report.notes)

    def test_each_accepts_the_proofs_of_the_other(self):
        case = written_by_rust(self.folder)
        size, home = int(case.latest.split("\n")[1]), os.path.dirname(case.path)
        for index in (0, 3, size // 2, size - 2):
            path = os.path.join(self.folder, "proof")
            with open(path, "w", encoding="utf-8") as file:
                file.write(run(["prove", home, "--entry", str(index)]))
            report = v.verify_proof(path, case.identity, case.origin, None, None, v.Report())
            self.assertEqual([], report.findings, index)
        writer = Writer(os.path.join(self.folder, "ours"), 5)
        some = scenario.some_records(writer, writer.open_period("request"), 5)
        writer.rotate()
        writer.heartbeat()
        note = writer.checkpoint()
        key = v.show_vkey(writer.origin, 1, writer.secrets.identity.public)
        for index in [0, 1, len(writer.entries) - 1] + some:
            for size_change, code in ((0, 0), (1, 1)):
                text = proof(writer, index, note, index in some).replace(
                    "index %d\n" % index, "index %d\n" % (index + size_change))
                with open(os.path.join(self.folder, "proof"), "w", encoding="utf-8") as file:
                    file.write(text)
                done = subprocess.run(
                    [AVOUCH, "ledger", "prove", "--check", os.path.join(self.folder, "proof"),
                     "--key", key], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
                self.assertEqual(code, min(done.returncode, 1), (index, done.stderr))


if __name__ == "__main__":
    unittest.main()
