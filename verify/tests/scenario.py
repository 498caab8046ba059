"""The standard log that the tamper cases act on, and what each level of the auditor knows.

A log written by another program serves as well if it has the same shape: two epochs or more; a
period purged in the first; a redaction; a period closed and not expired, one expired and under
hold; in the newest epoch a gap, then a heartbeat, an index round and, behind them, at least six
records of an open period with the auditor's checkpoint after the fourth and the newest one at the
end; wrapped keys beside it. `Case` needs the directory, the secrets and the auditor's files.
"""
import json
import os
import shutil

import verify as v
from tests.honest import Writer

LEVELS = ("P", "C", "Q", "F")


class Case:
    """A log's directory with the secrets of its operator and the knowledge of its auditor."""

    def __init__(self, path, identity, origin, secrets, early, latest, policy, keys):
        self.path, self.identity, self.origin, self.secrets = path, identity, origin, secrets
        self.early, self.latest, self.policy, self.keys = early, latest, policy, keys

    def copy(self, path):
        shutil.copytree(self.path, path)
        return Case(path, self.identity, self.origin, json.loads(json.dumps(self.secrets)),
                    self.early, self.latest, self.policy, json.loads(json.dumps(self.keys)))

    def known(self, level):
        known = v.Known()
        if level in "CF":
            known.checkpoints.append(v.Checkpoint(self.early.encode()))
        if level in "QF":
            known.checkpoints.append(v.Checkpoint(self.latest.encode()))
            known.policy = v.WitnessPolicy(self.policy.encode())
        if level == "F":
            known.keys = v.Keys(json.dumps(self.keys).encode())
        return known

    def verify(self, level):
        return v.verify_log(self.path, self.identity, self.origin, self.known(level)).report

    @staticmethod
    def load(folder):
        """The case of a log that another program wrote: `log` and `auditor` in a folder."""
        def text(name):
            path = os.path.join(folder, "auditor", name)
            with open(path, encoding="utf-8") as file:
                return file.read()
        origin, identity = v.parse_vkey(text("public-key"), 1)
        return Case(os.path.join(folder, "log"), identity, origin, json.loads(text("secrets.json")),
                    text("early"), text("latest"), text("policy"), json.loads(text("keys.json")))

    def save(self, folder):
        """Writes secrets and the auditor's files, for other programs."""
        os.makedirs(folder, exist_ok=True)
        for name, text in (("secrets.json", json.dumps(self.secrets)), ("early", self.early),
                           ("latest", self.latest), ("policy", self.policy),
                           ("keys.json", json.dumps(self.keys)),
                           ("public-key", v.show_vkey(self.origin, 1, self.identity))):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)


def of_writer(writer, early, latest):
    """The case of a log that our own writer wrote."""
    keys = {"origin": writer.origin, "complete": True,
            "periods": {str(p): s.hex() for p, s in writer.secrets.periods.items()
                        if p not in writer.gone},
            "destroyed": [{"id": "test", "version": n}
                          for n in range(1, writer.secrets.kek_version)]}
    return Case(writer.path, writer.secrets.identity.public, writer.origin,
                writer.secrets.as_json(), early, latest, writer.secrets.policy_text(), keys)


def some_records(writer, period, count):
    found = []
    for _ in range(count):
        who, what = writer.rng.choice([b"alice", b"bob", b"carol"]), writer.rng.choice([b"r", b"w"])
        found.append(writer.record(period, [(1, who), (5, what)], writer.rng.randbytes(40)))
        writer.now += 100
    return found


def standard(path, seed=1, purged=True):
    """`purged` false leaves out purge and redaction, for verifiers that cannot read them yet."""
    writer = Writer(path, seed, segment_bytes=16384, retention={"request": 7200, "admin": 900000, "held": 60})
    request, admin, held = (writer.open_period(n) for n in ("request", "admin", "held"))
    some_records(writer, request, 9)
    some_records(writer, admin, 2)
    some_records(writer, held, 2)
    writer.gap(3)
    writer.heartbeat()
    writer.checkpoint()
    for period in (request, admin, held):
        writer.close_period(period)
    second = writer.open_period("request")
    secret = some_records(writer, second, 3)[1]
    writer.rotate()
    writer.approved("hold", **{"class": "held", "from_day": "2025-12-31", "to_day": "2026-12-31",
                               "reason": "case 7"})
    over = writer.approved("hold", **{"class": "request", "from_day": "2026-01-01",
                                      "to_day": "2026-01-01", "reason": "case 8"})
    writer.wait(7000)
    writer.checkpoint()
    writer.approved("release", hold=over, reason="case 8 is over")
    writer.wait(600)
    if purged:
        writer.purge([request])
        writer.redact(secret)
    writer.approved("policy", admins=writer.admin_list(), approvals_needed=2, policy=writer.policy)
    writer.stop()
    writer.rotate()
    writer.gap(2)
    some_records(writer, second, 2)
    writer.heartbeat()
    writer.round()
    some_records(writer, second, 4)
    early = writer.checkpoint()
    some_records(writer, second, 3)
    latest = writer.checkpoint()
    return of_writer(writer, early, latest)
