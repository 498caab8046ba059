"""Honest logs of every kind raise no alarm, at any level."""
import io
import os
import random
import shutil
import tempfile
import unittest
from contextlib import redirect_stdout

import verify as v
from tests import scenario
from tests.honest import Writer

LOGS = int(os.environ.get("AVOUCH_HONEST_LOGS", "200"))


class Life:
    """A random but honest life of a log."""

    def __init__(self, path, seed):
        self.rng = random.Random(seed)
        rng = self.rng
        self.log = Writer(path, seed, segment_bytes=rng.choice([16384, 32768, 65536]),
                          retention={"request": rng.choice([0, 60, 7200]), "admin": 86400 * 400},
                          heartbeat_s=rng.choice([60, 3600, 86400]),
                          approvals=rng.choice([1, 2, 3]), block_entries=rng.randrange(1, 9))
        self.open, self.closed, self.holds, self.early = [], [], [], []

    def run(self, steps):
        self.open.append(self.log.open_period("request"))
        for _ in range(steps):
            self.rng.choice(self.ACTS)(self)
            self.log.now += self.rng.randrange(2000)
        if self.rng.random() < 0.5:
            self.log.stop(self.rng.random() < 0.5)
        latest = self.log.checkpoint()
        early = self.rng.choice(self.early or [latest])
        return scenario.of_writer(self.log, early, latest)

    def by(self):
        return range(self.log.approvals_needed)

    def records(self):
        if self.open:
            scenario.some_records(self.log, self.rng.choice(self.open), self.rng.randrange(1, 9))

    def out_of_order(self):
        if self.open:
            self.log.now -= 900
            scenario.some_records(self.log, self.open[-1], 1)
            self.log.now += 900

    def checkpoint(self):
        self.early.append(self.log.checkpoint(self.rng.sample(range(3), self.rng.choice([2, 3]))))

    def uncosigned(self):
        self.log.checkpoint(self.rng.sample(range(3), self.rng.randrange(2)))

    def new_period(self):
        if len(self.open) < 4:
            self.open.append(self.log.open_period(self.rng.choice(["request", "admin"])))

    def close(self):
        if self.open:
            period = self.open.pop(self.rng.randrange(len(self.open)))
            self.log.close_period(period)
            self.closed.append(period)

    def round(self):
        self.log.round()

    def rotate(self):
        self.log.rotate()

    def wait(self):
        self.log.wait(self.rng.randrange(1, 3 * self.log.policy["heartbeat_s"]))

    def restart(self):
        self.log.stop(self.rng.random() < 0.5)

    def gap(self):
        self.log.gap(self.rng.randrange(1, 9))
        self.log.heartbeat(pending=self.rng.randrange(3))

    def clock(self):
        self.log.clock(self.log.now + self.rng.choice([-86400000, 60000, 86400000 * 365]))

    def hold(self):
        self.holds.append(self.log.approved("hold", self.by(), **{
            "class": self.rng.choice(["*", "request"]), "from_day": "2020-01-01",
            "to_day": "2040-01-01", "reason": "Ge\u00adheim \"x\" \\ \u2014"}))

    def release(self):
        if self.holds:
            self.log.approved("release", self.by(), hold=self.holds.pop(), reason="")

    def purge(self):
        log = self.log
        keep = log.policy["classes"]["request"]["retention_s"] * 1000
        ready = [p for p in self.closed if log.classes[p] == "request" and p not in log.gone
                 and log.now >= log.closed[p] + keep
                 and log.now - log.skew_ms >= log.closed_truly[p] + keep]
        if ready and not self.holds:
            log.purge(ready, self.by(), level=self.rng.randrange(5))

    def redact(self):
        there = [i for i in self.log.period_of if i not in self.log.redacted
                 and self.log.period_of[i] not in self.log.gone]
        if there:
            act = self.rng.choice(there)
            self.log.approved("redact", self.by(), entry=act, reason="a secret")
            self.log.redacted.add(act)
            self.log.commit()
            self.log.prune()

    def policy(self):
        needed = self.rng.choice([1, 2, 3])
        self.log.approved("policy", self.by(), admins=self.log.admin_list(),
                          approvals_needed=needed, policy=self.log.policy)
        self.log.approvals_needed = needed

    def others(self):
        self.log.control("key-use", actor="auditor", periods=[1], purpose="sample", query="00" * 32)
        self.log.approved("erase", self.by(), subject="00" * 16, quarter="2026-Q1", receipt="")

    ACTS = [records, records, records, records, out_of_order, checkpoint, checkpoint, uncosigned,
            new_period, close, close, round, rotate, wait, restart, gap, clock, hold, release,
            release, purge, purge, redact, policy, others]


class Honest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()

    def tearDown(self):
        shutil.rmtree(self.folder)

    def test_random_honest_logs_raise_no_alarm(self):
        for seed in range(LOGS):
            path = os.path.join(self.folder, str(seed))
            case = Life(path, seed).run(12 + seed % 30)
            for level in scenario.LEVELS if seed % 4 == 0 else ("P", "F"):
                with self.subTest(seed=seed, level=level):
                    self.assertEqual([], case.verify(level).findings)
            shutil.rmtree(path)

    def test_the_command_line_says_and_ends_as_it_must(self):
        path = os.path.join(self.folder, "log")
        case, auditor = scenario.standard(path), os.path.join(self.folder, "auditor")
        case.save(auditor)
        given = [path, "--public-key", os.path.join(auditor, "public-key"),
                 "--checkpoint", os.path.join(auditor, "early"),
                 "--latest", os.path.join(auditor, "latest"),
                 "--witness-policy", os.path.join(auditor, "policy"),
                 "--keys", os.path.join(auditor, "keys.json")]
        self.assertIn("intact", self.run_main(given, 0))
        self.assertIn('"verdict": "intact"', self.run_main(given + ["--json"], 0))
        self.assertIn("stale", self.run_main(given + ["--as-of", "99999999999"], 2))
        os.unlink(os.path.join(path, "checkpoints"))
        os.unlink(os.path.join(path, "checkpoint"))
        self.assertIn("checkpoint-missing", self.run_main(given[:3], 1))
        os.unlink(os.path.join(path, "genesis"))
        self.assertIn("genesis-missing", self.run_main(given[:3], 3))

    def run_main(self, arguments, code):
        out = io.StringIO()
        with redirect_stdout(out):
            self.assertEqual(code, v.main(arguments))
        return out.getvalue()


if __name__ == "__main__":
    unittest.main()
