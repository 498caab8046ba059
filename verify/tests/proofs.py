"""Writes proof and export files out of what the honest writer remembers."""
import base64
import struct

import verify as v
from tests.parts import path_to, sha, to_json


def rotations(writer, size):
    return [{"index": i, "kind": e[1], "payload": e[72:].decode()}
            for i, e in enumerate(writer.entries[:size]) if e[1] in (0x20, 0x21)]


def record_key_of(writer, index):
    secret = writer.secrets.periods[writer.period_of[index]]
    seal = v.hkdf(writer.origin_hash, secret, b"avouch/seal/v1")
    return v.record_key(seal, writer.entries[index][16:40])


def proof(writer, index, note, open_it=True):
    size = int(note.split("\n")[1])
    extra = {"entry": writer.entries[index].hex(), "epochs": rotations(writer, size - 1),
             "genesis": writer.genesis}
    if open_it:
        extra["key"] = record_key_of(writer, index).hex()
    lines = ["c2sp.org/tlog-proof@v1", "extra " + base64.b64encode(to_json(extra)).decode(),
             "index %d" % index]
    lines += [base64.b64encode(h).decode() for h in path_to(index, writer.leaves[:size])]
    return "\n".join(lines) + "\n\n" + note


class Exporter:
    def __init__(self, writer, note, first, end, query=None):
        self.writer, self.note, self.first, self.end, self.query = writer, note, first, end, query
        self.size = int(note.split("\n")[1])
        self.leaves, self.lines = writer.leaves[:self.size], []

    def entry_line(self, index, key=False):
        value = {"entry": self.writer.entries[index].hex(), "index": index, "type": "entry",
                 "proof": [h.hex() for h in path_to(index, self.leaves)]}
        if key:
            value["key"] = record_key_of(self.writer, index).hex()
        return value

    def is_gone(self, index):
        writer = self.writer
        return index in writer.redacted or writer.period_of.get(index) in writer.gone

    def hole_line(self, index):
        return {"hash": self.leaves[index].hex(), "index": index, "type": "hole",
                "proof": [h.hex() for h in path_to(index, self.leaves)]}

    def head(self):
        query = None
        if self.query:
            field, value = self.query
            terms = [self.term_line(p) for p in sorted(self.writer.secrets.periods)]
            query = {"field": field, "terms": terms, "value": value.hex()}
        return {"checkpoint": self.note, "end": self.end, "first": self.first, "query": query,
                "genesis": self.writer.genesis, "origin": self.writer.origin, "type": "export",
                "version": 1}

    def term_line(self, period):
        seal, index = [v.hkdf(self.writer.origin_hash, self.writer.secrets.periods[period], label)
                       for label in (b"avouch/seal/v1", b"avouch/index/v1")]
        return {"index_key": index.hex(), "period": period, "seal_hash": sha(seal).hex(),
                "term": self.term(period).hex()}

    def term(self, period):
        secret = self.writer.secrets.periods[period]
        blind = v.hkdf(self.writer.origin_hash, secret, b"avouch/index/v1")
        return v.blind(blind, *self.query)

    def export(self):
        lines, writer = [self.head()], self.writer
        kinds = writer.kinds[:self.size]
        lines += [self.entry_line(i) for i, k in enumerate(kinds) if k in (0x20, 0x21)]
        if self.query is None:
            lines += [self.hole_line(i) if self.is_gone(i) else
                      self.entry_line(i, writer.kinds[i] == 1)
                      for i in range(self.first, self.end)]
        else:
            lines += self.answers(kinds)
        lines.append({"entries": sum(line["type"] == "entry" for line in lines),
                      "lines": len(lines), "type": "end"})
        return lines

    def answers(self, kinds):
        lines, answers, hits, covered = [], [], [], self.first
        for index in [i for i, k in enumerate(kinds) if k == 0x32]:
            value = v.parse_json(self.writer.entries[index][72:])
            if value["end"] <= self.first or value["first"] >= self.end:
                continue
            lines.append(self.entry_line(index))
            covered = value["end"]
            for part in value["parts"]:
                if part["period"] not in self.writer.gone:
                    answer, found = self.answer(index, value["first"], part["period"])
                    answers.append(answer)
                    hits += found
        lines += [self.entry_line(i) for i, k in enumerate(kinds) if k in (0x30, 0x42, 0x44)]
        hits += range(covered, self.end)
        hits = set(hits) - {line["index"] for line in lines} - {
            i for i, k in enumerate(kinds) if k in (0x20, 0x21)}
        return lines + answers + [self.entry_line(i, self.writer.kinds[i] == 1)
                                  for i in sorted(hits)
                                  if self.first <= i < self.end and not self.is_gone(i)]

    def answer(self, index, first, period):
        leaves, term = self.writer.index_leaves[(first, period)], self.term(period)
        hashes = [sha(b"\0" + leaf) for leaf in leaves]
        place = [n for n, leaf in enumerate(leaves) if leaf[:8] == term]
        if place:
            near = place
            count = struct.unpack(">I", leaves[near[0]][8:12])[0]
            hits = [first + p for p in struct.unpack(">%dI" % count, leaves[near[0]][12:])]
        else:
            after = sum(leaf[:8] < term for leaf in leaves)
            near, hits = [n for n in (after - 1, after) if 0 <= n < len(leaves)], []
        return {"index": index, "period": period, "present": bool(place), "type": "answer",
                "neighbours": [{"leaf": leaves[n].hex(), "position": n, "proof": [
                    h.hex() for h in path_to(n, hashes)]} for n in near]}, hits


def ndjson(lines):
    return b"".join(to_json(line) + b"\n" for line in lines)
