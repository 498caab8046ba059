"""A package that the program makes, and every way in which it is altered.

Each mutation says what the three verifiers must name: code, file, record. Those that end in `sealed`
are the operator's: the list of files is made and signed again, so that only proofs can show them.
"""
import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import time

from tests.parts import Signer

NONCE = "00112233445566778899aabbccddeeff"


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Made:
    """A ledger with some facts, and a package of it."""

    def __init__(self, program, folder):
        self.program, self.folder = program, pathlib.Path(folder)
        self.run("ledger", "init", "ledger", "--origin", "example.com/audit")
        keys = [{"id": "key-%d" % at, "event": "issued", "key_kind": "api-key",
                 "owner": "shop%d" % at, "actor": "anna",
                 "approved_by": ["anna" if at == 7 else "otto"], "request": "OPS-%d" % at,
                 "scopes": ["orders:read", "=1+1"]} for at in range(30)]
        keys.append({"id": "key-3", "event": "revoked", "key_kind": "api-key",
                     "because": "left, \"at once\"\nä"})
        self.append("key", keys)
        self.append("training", [{"person": "emma", "event": event, "course": "security"}
                                 for event in ("assigned", "completed")])
        self.append("request", [
            {"id": "r%d" % at, "seen_by": "import", "within": "canary-%d" % at, "method": "GET",
             "host": "shop", "path": "/orders", "answer": "allow"} for at in range(12) if at != 5])
        self.sent = "".join("canary-%d\n" % at for at in range(12))
        (self.folder / "sent.txt").write_text(self.sent, encoding="utf-8")
        self.run("audit", "key", "auditor.key")
        self.open("test", 0, "engagement.json")
        self.say("add", "--id", "R-1", "--says", "All keys that were given out",
                 "--population", "credential-issued", "--filter", "event=issued")
        self.say("add", "--id", "R-2", "--says", "All incidents", "--population", "incident")
        self.say("add", "--id", "R-3", "--says", "The report of the penetration test")
        self.redacted = self.entry("key-11")
        (self.folder / "redact.json").write_text(json.dumps([
            {"index": self.redacted, "fields": ["owner"], "by": "anna", "reason": "privacy"}]))
        self.package("begun")
        for name in ("R-1", "R-2"):
            self.run("audit", "request", "answer", "ledger", "--id", name, "--package", "begun")
        (self.folder / "report.pdf").write_bytes(b"%PDF")
        self.run("audit", "request", "answer", "ledger", "--id", "R-3", "--document", "report.pdf")
        self.say("close", "--id", "R-2", "--says", "none, and proven")
        self.run("audit", "request", "comment", "ledger", "--side", "management", "--id", "R-1",
                 "--says", "key-7 was approved by its own requester")
        self.good = self.package("good")
        self.key = (self.folder / "ledger" / "identity.vkey").read_text().strip()
        text = (self.folder / "ledger" / "private" / "package").read_text().split()
        self.signer = Signer(bytes.fromhex(text[1]))

    def run(self, *words, given=None):
        done = subprocess.run([self.program, *words], cwd=self.folder, input=given,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise RuntimeError("%s: %s" % (words, done.stderr.decode()))
        return done.stdout.decode()

    def append(self, kind, facts):
        lines = "".join(json.dumps(fact) + "\n" for fact in facts)
        self.run("ledger", "append", "ledger", "--kind", kind, given=lines.encode())

    def entry(self, name):
        return json.loads(self.run("ledger", "query", "ledger", "object=" + name).split("\n")[0])["index"]

    def say(self, *words):
        """An act of the auditor, signed where the ledger is not, and recorded by its keeper."""
        (self.folder / "act.ndjson").unlink(missing_ok=True)
        self.run("audit", "request", words[0], "ledger", "--auditor-key", "auditor.key",
                 "--out", "act.ndjson", *words[1:])
        self.run("audit", "request", "import", "ledger", "--file", "act.ndjson")

    def open(self, name, days_ago, out, moment=None):
        """An engagement about one day, or until a moment of it."""
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400 * days_ago))
        self.run("audit", "open", "ledger", "--id", name, "--system", "Shop", "--auditor", "CPAs",
                 "--from", day, "--to", moment or day, "--out", out,
                 "--nonce-commitment", hashlib.sha256(bytes.fromhex(NONCE)).hexdigest(),
                 "--auditor-key", Signer(bytes.fromhex(
                     (self.folder / "auditor.key").read_text().split()[1])).public.hex(),
                 "--canaries-commitment", hashlib.sha256(self.sent.encode()).hexdigest())

    def package(self, name, *words):
        self.run("audit", "package", "ledger", "--nonce", NONCE, "--canaries", "sent.txt",
                 *(words or ("--redact", "redact.json")), "--out", name)
        return self.folder / name

    def mutated(self, name, mutation):
        """A copy that a mutation was done to."""
        copy = self.folder / ("mutated-" + name)
        shutil.copytree(self.good, copy)
        mutation(Copy(copy))
        if name.endswith("sealed"):
            self.seal(copy)
        return copy

    def seal(self, folder):
        """Makes the list of files and signs it, as the operator can."""
        path = folder / "manifest.json"
        manifest = json.loads(path.read_text(encoding="utf-8"))
        known = {one["path"]: one for one in manifest["files"]}
        files = []
        for file in sorted(folder.rglob("*")):
            name = file.relative_to(folder).as_posix()
            if file.is_file() and name not in ("manifest.json", "manifest.dsse.json",
                                               "package-key.pem"):
                data = file.read_bytes()
                one = dict(known.get(name, {"media_type": "text/plain", "role": "other"}))
                one.update(path=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
                files.append(one)
        manifest["files"] = sorted(files, key=lambda one: one["path"].encode())
        text = canonical(manifest)
        path.write_text(text, encoding="utf-8")
        payload = canonical({
            "_type": "https://in-toto.io/Statement/v1", "predicate": {},
            "predicateType": "other",
            "subject": [{"digest": {"sha256": hashlib.sha256(text.encode()).hexdigest()},
                         "name": "manifest.json"}]}).encode()
        kind = "application/vnd.in-toto+json"
        message = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
        (folder / "manifest.dsse.json").write_text(canonical({
            "payload": base64.b64encode(payload).decode(), "payloadType": kind,
            "signatures": [{"keyid": "", "sig": base64.b64encode(
                self.signer.sign(message)).decode()}]}), encoding="utf-8")


class Copy:
    """The files of a copy."""

    def __init__(self, folder):
        self.folder = folder

    def text(self, name, change):
        path = self.folder / name
        before = path.read_bytes().decode("utf-8")
        after = change(before)
        assert before != after, name
        path.write_bytes(after.encode("utf-8"))

    def lines(self, name, change):
        self.text(name, lambda text: "".join(change(text.splitlines(keepends=True))))

    def json(self, name, change):
        def changed(text):
            value = json.loads(text)
            change(value)
            return canonical(value)
        self.text(name, changed)

    def line(self, name, at, change):
        def changed(lines):
            value = json.loads(lines[at])
            change(value)
            return lines[:at] + [canonical(value) + "\n"] + lines[at + 1:]
        self.lines(name, changed)

    def remove(self, name):
        (self.folder / name).unlink()

    def add(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")


ISSUED = "populations/credential-issued.ndjson"
SHEET = "populations/credential-issued.ipe.json"
SAMPLE = "samples/credential-issued.json"
KEYS = "ledger/kinds/key.ndjson"
ACTS = "requests/acts.ndjson"
TALK = "requests/proof.ndjson"


def other_mark(marks):
    """Which item is drawn second, and what it has by rights, is chance."""
    name = "approved by another"
    marks[name] = "met" if marks[name] == "withheld" else "withheld"


def applicable(marks):
    """Of each training one line speaks and another does not."""
    name = next(name for name, mark in marks.items() if mark == "not-applicable")
    marks[name] = "met"


def put(name, value):
    return lambda of: of.__setitem__(name, value)


def swapped(lines):
    return [lines[1], lines[0]] + lines[2:]


def flipped(text):
    """Hexadecimal digits of which the last is another one."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def mutations(made):
    """Name, what is done, and what must be named."""
    first = json.loads((made.good / ISSUED).read_text().split("\n")[0])["index"]
    second = json.loads((made.good / ISSUED).read_text().split("\n")[1])["index"]
    lines = [json.loads(line) for line in (made.good / KEYS).read_text().splitlines()]
    entries = [at for at, line in enumerate(lines)
               if line["type"] == "entry" and line.get("key")]
    at = entries[0]
    shown = lines[at]["index"]
    answer = next(n for n, line in enumerate(lines) if line["type"] == "answer")
    opened = next(n for n, line in enumerate((made.good / "ledger/kinds/evidence.ndjson")
                                             .read_text().splitlines())
                  if json.loads(line).get("key"))
    entry = "entry %d" % first

    acts = [json.loads(line) for line in (made.good / ACTS).read_text().splitlines()]
    said = ["entry %d" % act["index"] for act in acts]
    answered = next(at for at, act in enumerate(acts) if act["fact"]["event"] == "answered")
    talk = [json.loads(line) for line in (made.good / TALK).read_text().splitlines()]
    spoken = next(n for n, line in enumerate(talk)
                  if line["type"] == "entry" and line["index"] == acts[answered]["index"])

    def unfilled(lines):
        return lines[:spoken] + lines[spoken + 1:-1] + [counted(lines[-1])]

    def owner(row):
        row["fact"]["owner"] = "mallory"

    def cut(lines):
        return lines[:at] + lines[at + 1:-1] + [counted(lines[-1])]

    def counted(line):
        value = json.loads(line)
        value["entries"], value["lines"] = value["entries"] - 1, value["lines"] - 1
        return canonical(value) + "\n"

    def narrowed(redactions):
        redactions["redactions"][0]["commitments"]["owner"] = flipped(
            redactions["redactions"][0]["commitments"]["owner"])

    return [
        ("row", lambda c: c.line(ISSUED, 0, owner), [("file-changed", ISSUED, None),
                                                     ("row-changed", ISSUED, entry)]),
        ("row-sealed", lambda c: c.line(ISSUED, 0, owner), [("row-changed", ISSUED, entry)]),
        ("row-gone-sealed", lambda c: c.lines(ISSUED, lambda l: l[1:]),
         [("row-missing", ISSUED, entry), ("sheet-changed", SHEET, "count")]),
        ("last-row-gone-sealed", lambda c: c.lines(ISSUED, lambda l: l[:-1]),
         [("row-missing", ISSUED, "entry %d" % lines[entries[-2]]["index"])]),
        ("row-twice-sealed", lambda c: c.lines(ISSUED, lambda l: l[:1] + l),
         [("row-unproven", ISSUED, entry)]),
        ("rows-swapped-sealed", lambda c: c.lines(ISSUED, swapped),
         [("row-missing", ISSUED, entry)]),
        ("row-forged-sealed", lambda c: c.lines("populations/incident.ndjson", lambda l: [
            canonical({"fact": {"id": "INC-1"}, "index": 3, "kind": "incident", "leaf": "00" * 32,
                       "time_ms": 5}) + "\n"]),
         [("row-unproven", "populations/incident.ndjson", "entry 3")]),
        ("row-backdated-sealed", lambda c: c.line(ISSUED, 1, put("time_ms", 1)),
         [("row-changed", ISSUED, "entry %d" % second)]),
        ("row-torn-sealed", lambda c: c.text(ISSUED, lambda t: t.replace("{", "{ ", 1)),
         [("row-malformed", ISSUED, "line 1")]),
        ("table-sealed", lambda c: c.text("populations/credential-issued.csv",
                                          lambda t: t.replace("shop2", "shop9", 1)),
         [("table-changed", "populations/credential-issued.csv", "line 4")]),
        ("count-sealed", lambda c: c.json(SHEET, put("count", 3)),
         [("sheet-changed", SHEET, "count")]),
        ("root-sealed", lambda c: c.json(SHEET, put("population_root", "00" * 32)),
         [("sheet-changed", SHEET, "population_root")]),
        ("covered-sealed", lambda c: c.json(SHEET, put("covered_until_ms", 2 ** 50)),
         [("sheet-changed", SHEET, "covered_until_ms")]),
        ("sample-item-sealed", lambda c: c.json(SAMPLE, lambda s: s["items"].reverse()),
         [("sample-changed", SAMPLE, "item 1")]),
        ("sample-mark-sealed", lambda c: c.json(SAMPLE, lambda s: other_mark(s["items"][1]["marks"])),
         [("sample-changed", SAMPLE, "item 2")]),
        ("sample-short-sealed", lambda c: c.json(SAMPLE, lambda s: s["items"].pop()),
         [("sample-changed", SAMPLE, "item 5")]),
        ("sample-bound-sealed", lambda c: c.json(SAMPLE, put("bound_ppm", 1000)),
         [("sample-changed", SAMPLE, "bound_ppm")]),
        ("sample-judged-sealed", lambda c: c.json(SAMPLE, put("judged", 4)),
         [("sample-changed", SAMPLE, "judged")]),
        ("sample-applicable-sealed", lambda c: c.json("samples/training.json", lambda s: applicable(
            s["items"][0]["marks"])), [("sample-changed", "samples/training.json", "item 1")]),
        ("sample-seed-sealed", lambda c: c.json(SAMPLE, put("seed", "11" * 32)),
         [("sample-changed", SAMPLE, "seed")]),
        ("nonce-sealed", lambda c: c.json(SAMPLE, put("nonce", "11" * 16)),
         [("sample-nonce", SAMPLE, None)]),
        ("entry-sealed", lambda c: c.line(KEYS, at, lambda l: l.update(entry=flipped(l["entry"]))),
         [("proof-invalid", KEYS, "line %d" % (at + 1))]),
        ("entry-gone-sealed", lambda c: c.lines(KEYS, cut),
         [("proof-incomplete", KEYS, "entry %d" % shown)]),
        ("entry-key-sealed", lambda c: c.line(KEYS, at, lambda l: l.update(key=flipped(l["key"]))),
         [("proof-invalid", KEYS, "line %d" % (at + 1))]),
        ("entry-hidden-sealed", lambda c: c.line(KEYS, at, lambda l: l.pop("key")),
         [("record-sealed", KEYS, "entry %d" % shown)]),
        ("path-sealed", lambda c: c.line(KEYS, at, lambda l: l["proof"].__setitem__(
            0, flipped(l["proof"][0]))), [("proof-invalid", KEYS, "line %d" % (at + 1))]),
        ("answer-sealed", lambda c: c.line(KEYS, answer, put("present", False)),
         [("proof-invalid", KEYS, "line %d" % (answer + 1))]),
        ("term-sealed", lambda c: c.line(KEYS, 0, lambda l: l["query"].update(value="6b65")),
         [("proof-invalid", KEYS, None)]),
        ("another-kind-sealed", lambda c: c.add(KEYS, (c.folder / "ledger/kinds/training.ndjson")
                                                .read_text(encoding="utf-8")),
         [("proof-other", KEYS, None), ("row-unproven", ISSUED, entry)]),
        ("checkpoint-sealed", lambda c: c.text("ledger/checkpoint",
                                               lambda t: t.replace("example.com", "example.org")),
         [("checkpoint-invalid", "ledger/checkpoint", None)]),
        ("size-sealed", lambda c: c.json("manifest.json", lambda m: m["checkpoint"].update(size=9)),
         [("checkpoint-other", "manifest.json", None)]),
        ("engagement-sealed", lambda c: c.json("engagement.json", put("system", "Other")),
         [("engagement-unproven", "engagement.json", None)]),
        ("table-of-facts-sealed", lambda c: c.json("schemas/populations.json",
                                                   lambda d: d[0]["sources"][0]["words"].pop()),
         [("table-unknown", "schemas/populations.json", None)]),
        ("canary-proof-sealed", lambda c: c.line("canaries/found.ndjson", 2, lambda l: l.update(
            entry=flipped(l["entry"]))), [("canary-invalid", "canaries/found.ndjson",
                                           "canary canary-2")]),
        ("canary-other-sealed", lambda c: c.line("canaries/found.ndjson", 2, put(
            "canary", "canary-3")), [("canary-invalid", "canaries/found.ndjson",
                                      "canary canary-2")]),
        ("canary-list-sealed", lambda c: c.text("canaries/sent.txt",
                                                lambda t: t.replace("canary-5\n", "")),
         [("canaries-other", "canaries/sent.txt", None)]),
        ("loss-sealed", lambda c: c.json("canaries/summary.json", put("loss_bound_ppm", 1)),
         [("summary-changed", "canaries/summary.json", "loss_bound_ppm")]),
        ("withheld-sealed", lambda c: c.json("redactions.json", narrowed),
         [("row-changed", ISSUED, "entry %d" % made.redacted)]),
        ("withheld-unsaid-sealed", lambda c: c.json("redactions.json", put("redactions", [])),
         [("record-sealed", KEYS, "entry %d" % made.redacted)]),
        ("population-dropped-sealed", lambda c: c.remove("populations/incident.ndjson"),
         [("file-missing", "populations/incident.ndjson", None)]),
        ("evidence-sealed", lambda c: c.line("ledger/kinds/evidence.ndjson", opened,
                                             lambda l: l.pop("key")),
         [("record-sealed", "ledger/kinds/evidence.ndjson",
           "entry %d" % made.entry("engagement/test"))]),
        ("act-sealed", lambda c: c.line(ACTS, 0, lambda r: r["fact"].update(text="No keys")),
         [("row-changed", ACTS, said[0])]),
        ("act-gone-sealed", lambda c: c.lines(ACTS, lambda l: l[1:]),
         [("row-missing", ACTS, said[0])]),
        ("act-twice-sealed", lambda c: c.lines(ACTS, lambda l: l[:1] + l),
         [("row-unproven", ACTS, said[0])]),
        ("act-torn-sealed", lambda c: c.text(ACTS, lambda t: t.replace("{", "{ ", 1)),
         [("row-malformed", ACTS, "line 1")]),
        ("act-hidden-sealed", lambda c: c.line(TALK, spoken, lambda l: l.pop("key")),
         [("record-sealed", TALK, said[answered])]),
        ("act-left-out-sealed", lambda c: c.lines(TALK, unfilled),
         [("proof-incomplete", TALK, said[answered])]),
        ("act-forged-sealed", lambda c: c.line(TALK, spoken, lambda l: l.update(
            entry=flipped(l["entry"]))), [("proof-invalid", TALK, "line %d" % (spoken + 1))]),
        ("another-talk-sealed", lambda c: c.add(TALK, (c.folder / KEYS).read_text()),
         [("proof-other", TALK, None)]),
        ("talk-grown-sealed", lambda c: c.add("requests/consistency.json", "{}"),
         [("consistency-invalid", "requests/consistency.json", None)]),
        ("answered-row-gone-sealed", lambda c: c.lines(ISSUED, lambda l: l[1:]),
         [("answer-unproven", ACTS, said[answered]), ("row-missing", ISSUED, entry)]),
        ("answered-population-gone-sealed", lambda c: c.remove(ISSUED),
         [("answer-unproven", ACTS, said[answered]), ("file-missing", ISSUED, None)]),
        ("report", lambda c: c.text("verify/verify.py", lambda t: t + "\n"),
         [("file-changed", "verify/verify.py", None)]),
        ("file-gone", lambda c: c.remove("ledger/identity"),
         [("file-missing", "ledger/identity", None)]),
        ("file-new", lambda c: c.add("report.txt", "trust us"),
         [("file-unlisted", "report.txt", None)]),
        ("list", lambda c: c.json("manifest.json", put("system", "Other")),
         [("seal-invalid", "manifest.dsse.json", None)]),
        ("seal", lambda c: c.json("manifest.dsse.json", lambda s: s["signatures"][0].update(
            sig=base64.b64encode(bytes(64)).decode())),
         [("seal-invalid", "manifest.dsse.json", None)]),
    ]
