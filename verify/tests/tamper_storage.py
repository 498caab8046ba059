"""Cases 1 to 34: an attacker who has the files and no key.

Each mutation acts on a `Case` in place. The table says what each level must report; an empty set
means that the level cannot know.
"""
import os
import re
import struct
import zlib

import verify as v
from tests.forge import Hole, Log, flip_base64, note_lines, note_size, with_time
from tests.honest import Writer

ALL = "PCQF"


def everywhere(*codes):
    return {level: set(codes) for level in ALL}


def only(levels, *codes):
    return {level: set(codes) if level in levels else set() for level in ALL}


def changed(case, change):
    """Opens, changes, saves with everything recomputed that needs no key."""
    log = Log(case.path)
    change(log)
    log.save()


def edit_file(case, name, change):
    path = os.path.join(case.path, name)
    with open(path, "rb") as file:
        data = bytearray(file.read())
    change(data)
    with open(path, "wb") as file:
        file.write(data)


def segments(case):
    return sorted(os.listdir(os.path.join(case.path, "seg")))


def long_segment(case):
    """The last segment with two blocks or more."""
    found = None
    for name in segments(case):
        with open(os.path.join(case.path, "seg", name), "rb") as file:
            found = name if len(blocks(file.read())) > 1 else found
    return "seg/" + found


def blocks(data):
    """(position, whole length) of a segment's blocks."""
    position, found = 4096, []
    while data[position:position + 4] == b"AVB1":
        length = struct.unpack(">I", data[position + 36:position + 40])[0]
        whole = (112 + length + 4095) // 4096 * 4096
        found.append((position, whole))
        position += whole
    return found


def target(log):
    """A record in the middle of the newest epoch, followed by another one."""
    return log.find("record", 2, log.epoch_start())


def bit_in_ciphertext(case):
    def flip(data):
        data[blocks(data)[0][0] + 112 + 2 + 80] ^= 1
    edit_file(case, "seg/" + segments(case)[-1], flip)


def bit_with_crcs_fixed(case):
    def flip(data):
        position = blocks(data)[0][0]
        length = struct.unpack(">I", data[position + 36:position + 40])[0]
        data[position + 112 + length - 1] ^= 1
        body = bytes(data[position + 112:position + 112 + length])
        data[position + 104:position + 108] = struct.pack(">I", zlib.crc32(body))
        head = bytes(data[position:position + 108])
        data[position + 108:position + 112] = struct.pack(">I", zlib.crc32(head))
        next_position = position + (112 + length + 4095) // 4096 * 4096
        if data[next_position:next_position + 4] == b"AVB1":
            hash_now = v.sha256(bytes(data[position:position + 112]))
            data[next_position + 72:next_position + 104] = hash_now
            head = bytes(data[next_position:next_position + 108])
            data[next_position + 108:next_position + 112] = struct.pack(">I", zlib.crc32(head))
    edit_file(case, "seg/" + segments(case)[-1], flip)


def clear_time(case):
    def change(log):
        index = target(log)
        entry = log.entry(index)
        log.replace(index, with_time(entry, struct.unpack(">Q", entry[8:16])[0] + 1))
    changed(case, change)


def delete_entry(case):
    changed(case, lambda log: log.replace(target(log)))


def duplicate_entry(case):
    changed(case, lambda log: log.replace(target(log), *[log.entry(target(log))] * 2))


def swap_entries(case):
    def change(log):
        index = target(log)
        one, two = log.entry(index), log.entry(index + 1)
        log.replace(index, two)
        log.replace(index + 1, one)
    changed(case, change)


def swap_blocks(case):
    def swap(data):
        (one, size), (two, _) = blocks(data)[:2]
        data[one:one + size], data[two:two + size] = data[two:two + size], data[one:one + size]
    edit_file(case, long_segment(case), swap)


def insert_forged(case):
    def change(log):
        index = target(log)
        entry = log.entry(index)
        log.replace(index, entry, entry[:72] + bytes(len(entry) - 72))
    changed(case, change)


def delete_segment(case):
    os.unlink(os.path.join(case.path, "seg", segments(case)[0]))


def fake_purge(case):
    log = Log(case.path)
    file = [f for f in log.files if not f.kept and any(e[1] == 1 for b in f.blocks for e in b)][-1]
    items = [Hole(struct.unpack(">I", e[4:8])[0], 0, v.leaf_hash(e)) if e[1] == 1 else e
             for block in file.blocks for e in block]
    file.kept, file.blocks, file.last = True, [items], bytes(32)
    log.save()


def truncate_at_block(case):
    def cut(data):
        del data[blocks(data)[-1][0]:]
    edit_file(case, "seg/" + segments(case)[-1], cut)


def zero_last_block(case):
    def zero(data):
        position, size = blocks(data)[-1]
        data[position:position + size] = bytes(size)
    edit_file(case, "seg/" + segments(case)[-1], zero)


def roll_back(size_of):
    def mutation(case):
        def change(log):
            log.truncate(size_of(case, log))
        changed(case, change)
    return mutation


def before_early(case, log):
    return [note_size(n) for n in log.notes if note_size(n) < note_size(case.early)][-1]


def after_early(case, log):
    return note_size(case.early)


def old_checkpoint_file(case):
    log = Log(case.path)
    log.write("checkpoint", log.notes[-2].encode())


def edit_notes(change):
    def mutation(case):
        log = Log(case.path)
        change(log)
        log.save_notes()
    return mutation


def remove_epoch_close(log):
    ends = {i + 1 for i, item in log.items() if isinstance(item, bytes) and item[1] == 0x20}
    log.notes = [n for n in log.notes if note_size(n) not in ends]


def reorder(log):
    """The first checkpoint and the next one of another size; a size may be published again."""
    size = note_size(log.notes[0])
    other = [number for number, note in enumerate(log.notes) if note_size(note) != size][0]
    log.notes[0], log.notes[other] = log.notes[other], log.notes[0]


def last_note(change):
    """Changes the newest checkpoint, and forgets that its size was published before."""
    def edit(log):
        size = note_size(log.notes[-1])
        log.notes = [n for n in log.notes if note_size(n) != size] + [change(log, log.notes[-1])]
    return edit_notes(edit)


def edit_size(log, note):
    return note.replace("\n%d\n" % note_size(note), "\n%d\n" % (note_size(note) - 1), 1)


def edit_root(log, note):
    lines = note.split("\n")
    lines[2] = "AAAA" + lines[2][4:]
    return "\n".join(lines)


def add_extension(log, note):
    return note.replace("\n\n", "\nextension\n\n", 1)


def keep_lines(count):
    def edit(log):
        log.notes = ["".join([note_lines(n)[0]] + note_lines(n)[1][:count]) for n in log.notes]
    return edit_notes(edit)


def transplant(log, note):
    """The cosignature of the newest checkpoint of another size that has one."""
    text, lines = note_lines(note)
    others = [note_lines(n)[1] for n in log.notes if note_size(n) != note_size(note)]
    return text + lines[0] + lines[1] + [other[2] for other in others if len(other) > 2][-1]


def cosign_time(log, note):
    text, lines = note_lines(note)
    return text + lines[0] + flip_base64(lines[1], 11) + lines[2]


def remove_log_line(log, note):
    text, lines = note_lines(note)
    return text + "".join(lines[1:])


def edit_genesis_policy(case):
    def change(data):
        data[:] = re.sub(rb'"retention_s":[0-9]+', b'"retention_s":1', bytes(data), count=1)
    edit_file(case, "genesis", change)


def sibling(case):
    path = case.path + "-sibling"
    writer = Writer(path, 99, "example.com/sibling")
    writer.checkpoint()
    case.path = path


def flip_kept_leaf(case):
    def change(log):
        hole = [i for _, i in log.items() if not isinstance(i, bytes)][0]
        hole.hash = bytes([hole.hash[0] ^ 1]) + hole.hash[1:]
    changed(case, change)


def delete_kept(case):
    folder = os.path.join(case.path, "kept")
    os.unlink(os.path.join(folder, sorted(os.listdir(folder))[0]))


def stale_block(case):
    def put(data):
        position = blocks(data)[-1][0]
        data[position + 8:position + 24] = bytes(range(16))
        head = bytes(data[position:position + 108])
        data[position + 108:position + 112] = struct.pack(">I", zlib.crc32(head))
    edit_file(case, "seg/" + segments(case)[-1], put)


def append_block(case):
    def change(log):
        entry = log.entry(log.find("record", -1))
        log.append(entry[:16] + bytes(24) + entry[40:])
    changed(case, change)


def drop_wrapped_key(case):
    def change(data):
        value = v.parse_json(bytes(data[:-1]))
        del value["periods"][-1]
        data[:] = v.canonical(value) + b"\n"
    edit_file(case, "keys", change)


def kept_control(log):
    """The heartbeat in a kept file that tells of the first gap."""
    kept = [item for file in log.files if file.kept for item in file.blocks[0]]
    return [i for i, item in log.items() if item in kept and isinstance(item, bytes)
            and item[1] == 0x13 and b'"lost":3' in item][0]


def drop_kept_control(case):
    def change(log):
        index = kept_control(log)
        log.replace(index, Hole(1, 0, v.leaf_hash(log.entry(index))))
    changed(case, change)


def alter_kept_control(case):
    def change(log):
        index = kept_control(log)
        log.replace(index, log.entry(index).replace(b'"lost":3', b'"lost":4'))
    changed(case, change)


ROOT = everywhere("checkpoint-root-mismatch")
CASES = {
    "01 bit in ciphertext": (bit_in_ciphertext, everywhere("block-damaged", "entries-missing")),
    "02 the same with CRCs fixed": (bit_with_crcs_fixed, everywhere(
        "block-root-mismatch", "checkpoint-root-mismatch")),
    "03 clear time field": (clear_time, ROOT),
    "04 delete entry": (delete_entry, everywhere("checkpoint-root-mismatch", "entries-missing")),
    "05 duplicate entry": (duplicate_entry, ROOT),
    "06 swap entries": (swap_entries, ROOT),
    "07 swap blocks": (swap_blocks, everywhere("block-damaged", "entries-missing")),
    "08 insert forged entry": (insert_forged, ROOT),
    "09 delete segment": (delete_segment, everywhere("segment-missing", "entries-missing")),
    "10 fake purge": (fake_purge, everywhere("missing-without-purge")),
    "11 truncate at block": (truncate_at_block, everywhere("entries-missing")),
    "12 zero last block": (zero_last_block, everywhere("entries-missing")),
    "13 roll back before the auditor's checkpoint": (roll_back(before_early),
                                                     only("CQF", "rolled-back")),
    "14 roll back after the auditor's checkpoint": (roll_back(after_early),
                                                    only("QF", "rolled-back")),
    "15 old checkpoint file": (old_checkpoint_file, everywhere("head-stale")),
    "16 remove epoch-closing checkpoint": (edit_notes(remove_epoch_close),
                                           everywhere("epoch-close-missing")),
    "17 reorder checkpoints": (edit_notes(reorder), everywhere("checkpoints-out-of-order")),
    "18 edit size": (last_note(edit_size), everywhere("checkpoint-signature-invalid")),
    "19 edit root": (last_note(edit_root), everywhere("checkpoint-signature-invalid")),
    "20 add extension line": (last_note(add_extension), everywhere("checkpoint-malformed")),
    "21 strip cosignatures": (keep_lines(1), only("QF", "quorum-missing")),
    "22 below quorum": (keep_lines(2), only("QF", "quorum-missing")),
    "23 transplant cosignature": (last_note(transplant), only("QF", "cosignature-invalid")),
    "24 change cosignature time": (last_note(cosign_time), only("QF", "cosignature-invalid")),
    "25 remove log signature": (last_note(remove_log_line),
                                everywhere("checkpoint-signature-invalid")),
    "26 edit policy in genesis": (edit_genesis_policy, everywhere("genesis-signature-invalid")),
    "27 substitute sibling log": (sibling, everywhere("origin-mismatch")),
    "28 flip retained leaf hash": (flip_kept_leaf, ROOT),
    "29 delete retained leaves": (delete_kept, everywhere("segment-missing", "entries-missing")),
    "30 stale block of a recycled segment": (stale_block, everywhere("entries-missing")),
    "31 un-checkpointed block appended": (append_block, everywhere("uncheckpointed-tail")),
    "32 period key destroyed without purge": (drop_wrapped_key, everywhere("key-lost")),
    "33 drop retained control entry": (drop_kept_control, everywhere(
        "control-chain-broken", "period-members-mismatch")),
    "34 alter retained control entry": (alter_kept_control, everywhere(
        "control-chain-broken", "checkpoint-root-mismatch", "counter-mismatch")),
}
