"""Writes every tamper case out, for another verifier to be judged by.

    python3 -m tests.corpus [--judge] OUT [CASE | plain]

CASE is a folder with `log` and `auditor` (see `Case.save`) of a log that any writer wrote in the
shape `scenario.py` asks for; without it our own honest log is taken, with `plain` one without purge
and redaction. For each case OUT holds `log`, `auditor` (public-key, early, latest, policy,
keys.json) and `expected.json`: for each level the codes that must be among the findings, an empty
list where there must be none. With `--judge` each case is judged by this verifier too, and what it
says otherwise is told.
"""
import json
import os
import shutil
import sys

from tests import scenario, tamper_keys, tamper_rules, tamper_storage


def judged(case, expected):
    """What this verifier says otherwise than expected, level by level."""
    for level in scenario.LEVELS:
        found = {finding["code"] for finding in case.verify(level).findings}
        wanted = set(filter(None, expected[level]))
        if not wanted <= found or (found and not wanted):
            yield "%s: %s in place of %s" % (level, sorted(found), sorted(wanted))


def write(out, honest, judge=False):
    """Writes all cases; returns what the log's shape does not allow, and what is judged wrongly."""
    lacking = []
    cases = dict(tamper_storage.CASES, **tamper_keys.CASES, **tamper_rules.CASES)
    cases["00 honest"] = (lambda case: None, tamper_storage.only(""))
    for name, (mutation, expected) in sorted(cases.items()):
        folder = os.path.join(out, name.replace(" ", "-").replace(",", "").replace("'", ""))
        case = honest.copy(os.path.join(folder, "log"))
        try:
            mutation(case)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            shutil.rmtree(folder)
            lacking.append("%s: not possible with this log: %r" % (name, error))
            continue
        lacking += ["%s, %s" % (name, said) for said in (judged(case, expected) if judge else ())]
        if case.path != os.path.join(folder, "log"):
            os.rename(os.path.join(folder, "log"), os.path.join(folder, "honest-log"))
            os.rename(case.path, os.path.join(folder, "log"))
        case.save(os.path.join(folder, "auditor"))
        with open(os.path.join(folder, "expected.json"), "w", encoding="utf-8") as file:
            json.dump({level: sorted(codes) for level, codes in expected.items()}, file, indent=1)
    return lacking


def main(arguments):
    judge = arguments[:1] == ["--judge"]
    arguments = arguments[judge:]
    if len(arguments) not in (1, 2):
        sys.stderr.write(__doc__)
        return 2
    out = arguments[0]
    os.makedirs(out)
    if len(arguments) == 2 and arguments[1] != "plain":
        honest = scenario.Case.load(arguments[1])
    else:
        honest = scenario.standard(os.path.join(out, "honest", "log"),
                                   purged=len(arguments) == 1)
        honest.save(os.path.join(out, "honest", "auditor"))
    for said in write(out, honest, judge):
        print(said)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
