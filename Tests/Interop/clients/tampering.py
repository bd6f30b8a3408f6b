"""The mutants of an audit log: what was done to which line, and what a verifier may call it."""

import base64
import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "verifier"))

import merkle
import notes
import records

KEPT = "kept"  # a checkpoint that the auditor has from elsewhere
LINK = re.compile(rb'"prev":"sha256:[0-9a-f]{64}"')
TREE = re.compile(rb'"tree":\[[^\]]*\]')


@dataclass
class Mutant:
    """`kinds` and `seqs` are what a verifier may call it, and where; what is wrong with a note has no place."""

    name: str
    at: int
    files: dict
    kinds: tuple
    seqs: range

    def __str__(self):
        return f"{self.name} at {self.at}"

    def may_be(self, kind, seq):
        is_placed = seq in self.seqs or seq is None and self.name.startswith("a checkpoint")
        return kind in self.kinds and is_placed


class Tampered:
    """A log that can be had with other lines, or with other notes."""

    def __init__(self, paths, checkpoints):
        self.paths = sorted(map(Path, paths), key=lambda path: records.Segment.read(path).lines[0].seq)
        self.segments = [path.read_bytes().split(b"\n")[:-1] for path in self.paths]
        self.lines = [line for segment in self.segments for line in segment]
        self.notes_name, self.notes = Path(checkpoints).name, notes.split_notes(Path(checkpoints).read_bytes())[0]
        self.checkpoints = [notes.Checkpoint.parse(note) for note in self.notes]

    def covered_before(self, seq):
        """The size of the largest checkpoint that says nothing of the record `seq`."""
        return max([0, *(checkpoint.size for checkpoint in self.checkpoints if checkpoint.size <= seq)])

    def files(self, changes=None, signed=None):
        """The files with, for some lines, other lines in their place. A file without lines does not exist."""
        found, at = {}, 0
        for path, segment in zip(self.paths, self.segments):
            kept = [line for index, old in enumerate(segment, at) for line in (changes or {}).get(index, [old])]
            at += len(segment)
            if kept:
                found[path.name] = b"\n".join(kept) + b"\n"
        found[self.notes_name] = b"".join(note + b"\n" for note in (self.notes if signed is None else signed))
        return found

    def cut(self, seq, torn=b""):
        changes = {index: [] for index in range(seq, len(self.lines))}
        files = self.files(changes)
        last = [name for name in files if name != self.notes_name][-1]
        files[last] += torn
        return files

    def rechained(self, seq, line):
        """A forgery that is whole in itself: what follows the changed line is linked anew, trees included."""
        lines, tree = [*self.lines[:seq], line, *self.lines[seq + 1:]], merkle.CompactRange()
        for index, old in enumerate(lines):
            if index > seq:
                prev = hashlib.sha256(lines[index - 1]).hexdigest().encode()
                lines[index] = LINK.sub(b'"prev":"sha256:%s"' % prev, old, count=1)
                subtrees = b",".join(b'"%s"' % base64.b64encode(subtree) for subtree in tree.hashes)
                lines[index] = TREE.sub(lambda _: b'"tree":[%s]' % subtrees, lines[index])
            tree.append(merkle.leaf_hash(lines[index]))
        return self.files({index: [line] for index, line in enumerate(lines)})


def mutants(log, foreign):
    """All of them."""
    lines, count = log.lines, len(log.lines)
    any_order = ("edited", "reordered", "deleted", "forked")

    def edited(seq):
        """Of the last record only a checkpoint tells, which cannot say what was done."""
        return ("edited",) if seq < count - 1 else ("edited", "forked")

    def near(seq):
        """The record, the one before it, and for what only a checkpoint shows, all that it is the first to show."""
        return range(min(max(seq - 1, 0), log.covered_before(seq) if seq >= count - 1 else seq), seq + 1)

    for what, place in (("a flipped bit in its number", b'"seq":'), ("a flipped bit in its link", b'sha256:'),
                        ("a flipped bit in its time", b'T'), ("a flipped bit in its event", b'"event":"'),
                        ("a flipped bit in its decision", b'"decision":"')):
        for seq, line in enumerate(lines):
            kinds = any_order if "number" in what else edited(seq)
            yield Mutant(what, seq, log.files({seq: [flipped(line, line.index(place) + len(place))]}), kinds, near(seq))
    for seq, line in enumerate(lines):
        files = log.files({seq: [flipped(line, -1)]})
        yield Mutant("a flipped bit in its last byte", seq, files, edited(seq), near(seq))
    for seq in range(count - 1):
        joined = {seq: [lines[seq] + b"\x0b" + lines[seq + 1]], seq + 1: []}
        yield Mutant("a flipped bit in its end", seq, log.files(joined), ("edited",), near(seq))
    yield Mutant("a flipped bit in the last end", count - 1, log.cut(count - 1, lines[-1] + b"\x0b"), ("truncated",),
                 range(count - 1, count))
    for seq in range(count):
        kinds = ("deleted",) if seq < count - 1 else ("truncated",)
        yield Mutant("a deletion", seq, log.files({seq: []}), kinds, range(seq, seq + 1))
    for seq in range(count - 1):
        yield Mutant("a swap", seq, log.files({seq: [lines[seq + 1]], seq + 1: [lines[seq]]}), ("reordered",),
                     range(seq, seq + 1))
    for seq in range(count):
        yield Mutant("a duplicate", seq, log.files({seq: [lines[seq]] * 2}), ("reordered",), range(seq, seq + 2))
    for seq in range(3, count):
        yield Mutant("an earlier line again", seq, log.files({seq: [lines[seq], lines[seq - 3]]}), ("reordered",),
                     range(seq - 3, seq + 2))
    for seq in range(min(count, len(foreign.lines))):
        yield Mutant("a line of another log before it", seq, log.files({seq: [foreign.lines[seq], lines[seq]]}),
                     any_order, range(max(seq - 1, 0), seq + 2))
        # A first line of another log is whole in itself: the second is the first that does not fit.
        files = log.files({seq: [foreign.lines[seq]]})
        yield Mutant("a line of another log instead", seq, files, ("edited", "forked"), near(seq) if seq else range(2))
        rest = {index: foreign.lines[index:index + 1] for index in range(seq, count)}
        yield Mutant("another log from it on", seq, log.files(rest), ("edited", "forked", "truncated"), near(seq))
    for seq in range(1, count):
        yield Mutant("a truncation", seq, log.cut(seq), ("truncated",), range(seq, seq + 1))
        torn = lines[seq][:len(lines[seq]) // 2]
        yield Mutant("a truncation inside it", seq, log.cut(seq, torn), ("truncated",), range(seq, seq + 1))
    for seq in range(count):
        forged = lines[seq].replace(b'"decision":"', b'"decision":"x', 1)
        # Of the last record nobody can say whether it was edited alone or the log was made anew from it on.
        kinds = ("forked",) if seq < count - 1 else ("forked", "edited")
        yield Mutant("a forgery linked anew", seq, log.rechained(seq, forged), kinds,
                     range(log.covered_before(seq), seq + 1))
    yield from of_checkpoints(log, foreign)


def of_checkpoints(log, foreign):
    everywhere, unproven = range(len(log.lines) + 1), ("bad_signature", "forked", "other_log")
    signed = log.notes
    stranger = Ed25519PrivateKey.generate()
    for at, checkpoint in enumerate(log.checkpoints):
        origin, size, root, *_ = checkpoint.raw.decode().split("\n")
        name, ident, signature = checkpoint.signatures[0]
        own_key = notes.key_id(origin, stranger.public_key().public_bytes_raw())

        def with_note(what, raw, kinds=unproven):
            return Mutant(f"a checkpoint {what}", at, log.files(signed=[*signed[:at], raw, *signed[at + 1:]]), kinds,
                          everywhere)

        def note(origin=origin, size=size, root=root, ident=ident, signature=signature, text=None):
            text = text or f"{origin}\n{size}\n{root}\n"
            proof = base64.b64encode(ident + (signature if isinstance(signature, bytes) else signature(text.encode())))
            return f"{text}\n— {origin} {proof.decode()}\n".encode()

        other = log.checkpoints[at - 1]
        yield with_note("with a flipped bit in its signature", note(signature=flipped(signature, 7)))
        yield with_note("with another root", note(root=base64.b64encode(flipped(checkpoint.root, 5)).decode()))
        yield with_note("of another size", note(size=int(size) - 1), (*unproven, "truncated"))
        yield with_note("of another origin", note(origin=foreign.checkpoints[0].origin))
        yield with_note("with the signature of another", note(signature=other.signatures[0][2]))
        yield with_note("by a key of the same name", note(ident=own_key, signature=stranger.sign))
        yield with_note("by a key that claims the same id", note(signature=stranger.sign))
        yield with_note("of another log", foreign.notes[0])
        yield with_note("without a signature", checkpoint.text + "\n— \n".encode())
    for at, old in enumerate(log.checkpoints[:-1]):
        # The log and its notes go back together: only who kept a checkpoint can tell.
        files = {**log.cut(old.size), log.notes_name: b"".join(note + b"\n" for note in signed[:at + 1]),
                 KEPT: signed[-1]}
        yield Mutant("an old checkpoint as the last one", at, files, ("truncated",), range(old.size, old.size + 1))


def flipped(data, at):
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)
