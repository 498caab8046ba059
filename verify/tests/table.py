"""The table of cases as `README.md` shows it: `python3 -m tests.table`."""
from tests import tamper_keys, tamper_rules, tamper_storage

CASES = dict(tamper_storage.CASES, **tamper_keys.CASES, **tamper_rules.CASES)
MEANT = {"P": "the public key alone", "C": "an earlier checkpoint", "Q": "the witnesses",
         "F": "keys and receipts"}


def row(name, expected):
    """One line: what each level that sees the case says, from the least knowledge up."""
    number, _, words = name.partition(" ")
    seen = [level for level in "PCQF" if expected[level]]
    least = "P" if "P" in seen else seen[0] + (", Q" if seen[:2] == ["C", "Q"] else "")
    codes = sorted(set().union(*expected.values()))
    return "| %s | %s | %s | %s |" % (number.lstrip("0"), words, least,
                                      ", ".join("`%s`" % code for code in codes))


def lines():
    return ["| case | what | seen from | named |", "|---|---|---|---|"] + [
        row(name, expected) for name, (_, expected) in sorted(CASES.items())]


if __name__ == "__main__":
    print("\n".join(lines()))
