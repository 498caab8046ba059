"""Reads facts with nothing but docs/facts.md: its tables say what the bytes of its examples mean.

The decoder here is written from the page's text. Where it and the page's examples differ, the page does not
say enough.
"""

import json
import pathlib
import re
import unittest

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "facts.md"

ROW = re.compile(r"^\| (\d+) \| `(\w+)` \| ([\w ]+) \| (1|0 or 1|any) \|")
WORDS = re.compile(r"^Words of `(\w+)`:$")
WORD = re.compile(r"^- (\d+) `([\w-]+)`:")


class Malformed(Exception):
    """Bytes that a reader must refuse."""


def kinds():
    """The kinds of the page: name, fields by tag, example as JSON, its bytes."""
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        if "An example, and its bytes:" not in section:
            continue
        fields, words, current = {}, {}, None
        for line in section.splitlines():
            if row := ROW.match(line):
                fields[int(row[1])] = (row[2], row[3], row[4])
            elif heading := WORDS.match(line):
                current = words.setdefault(heading[1], {})
            elif word := WORD.match(line):
                current[int(word[1])] = word[2]
        example, data = re.findall(r"```(?:json)?\n(.*?)```", section, re.DOTALL)[-2:]
        yield section.splitlines()[0], fields, words, json.loads(example), bytes.fromhex(data)


def length(data, at):
    """A length in groups of seven bits, and where it ends."""
    value = 0
    for group in range(3):
        if at >= len(data):
            raise Malformed("cut off")
        byte, at = data[at], at + 1
        value |= (byte & 0x7F) << 7 * group
        if byte < 0x80:
            if group and not byte:
                raise Malformed("a length that could be shorter")
            return value, at
    raise Malformed("a length that is too long")


def value(form, data, words):
    """A value of a form."""
    if form == "text":
        return data.decode("utf-8")
    if form == "number":
        if len(data) > 8 or data[:1] == b"\0":
            raise Malformed("a number that could be shorter")
        return int.from_bytes(data, "big")
    if form == "yes or no":
        return {b"\0": False, b"\1": True}[data]
    if form == "digest":
        assert len(data) == 32
        return data.hex()
    if form == "word":
        assert len(data) == 1
        return words[data[0]]
    assert form == "personal"
    if data[0] == 0:
        return data[1:].decode("utf-8")
    assert data[0] == 1
    return {"pseudonym": data[1:17].hex(), "quarter": data[33:40].decode("ascii"),
            "sealed": data[40:].hex(), "subject": data[17:33].hex()}


def decode(fields, words, data):
    """A fact as JSON."""
    if data[:1] != b"\1":
        raise Malformed("another version")
    fact, at, last = {}, 1, 0
    while at < len(data):
        tag, (size, begin) = data[at], length(data, at + 1)
        at = begin + size
        if at > len(data) or tag < max(last, 1):
            raise Malformed("cut off, or out of order")
        last = tag
        if tag not in fields:
            if tag < 128:
                raise Malformed("a tag that may change the meaning")
            fact.setdefault("later", []).append([tag, data[begin:at].hex()])
            continue
        name, form, times = fields[tag]
        read = value(form, data[begin:at], words.get(name))
        if times == "any":
            fact.setdefault(name, []).append(read)
        elif name in fact:
            raise Malformed("a field that stands there twice")
        else:
            fact[name] = read
    missing = [name for name, _, times in fields.values() if times == "1" and name not in fact]
    if missing:
        raise Malformed(f"{missing} missing")
    return fact


class Facts(unittest.TestCase):
    """The page is enough."""

    def test_a_stranger_reads_every_example(self):
        names = []
        for name, fields, words, example, data in kinds():
            with self.subTest(name):
                self.assertEqual(decode(fields, words, data), example)
                self.assertEqual({field for field, _, _ in fields.values()}, set(example))
            names.append(name)
        listed = re.findall(r"^\| \d+ \| \[([\w-]+)\]\(#", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
        self.assertEqual(names, listed)
        self.assertGreaterEqual(len(names), 16)

    def test_a_stranger_refuses_what_the_page_refuses(self):
        for name, fields, words, example, data in kinds():
            with self.subTest(name):
                for wrong in (b"\2" + data[1:], data[:-1], data + b"\x7f\0", data + data[1:], b"\1"):
                    with self.assertRaises(Malformed):
                        decode(fields, words, wrong)
                later = decode(fields, words, data + b"\xff\1a")
                self.assertEqual(later, {**example, "later": [[255, "61"]]})


if __name__ == "__main__":
    unittest.main()
