"""What is wrong with an audit log, by class and record, and what is merely not finished.

Classes: edited, deleted, reordered, truncated, forked, bad_signature. Whatever is incomplete (a torn last line, calls
without a result, records that no checkpoint covers yet) is no fault.
"""

import base64
from collections import Counter
from dataclasses import dataclass, field

import merkle
import notes
import records

OWN_STARTS = ("audit.opened", "audit.started")


@dataclass(frozen=True)
class Fault:
    kind: str
    seq: int
    reason: str


@dataclass
class Judgement:
    """`covered` is the size of the largest checkpoint that was proved; `incomplete` says what is not finished."""

    origin: str = ""
    first: int = 0
    size: int = 0
    covered: int = 0
    checkpoints: int = 0
    faults: list = field(default_factory=list)
    incomplete: list = field(default_factory=list)

    @property
    def verdict(self):
        return "corrupt" if self.faults else "incomplete" if self.incomplete else "whole"


class Log:
    """Segments in the order of their records, and the checkpoints over them."""

    def __init__(self, paths):
        # The live file is the last one, whatever its first line has become.
        self.segments = sorted(map(records.Segment.read, paths), key=lambda segment: (
            segment.named is None, segment.named or segment.first or 0))
        self.lines = [line for segment in self.segments for line in segment.lines]
        self.first = (self.segments[0].first if self.segments else 0) or 0
        opening = self.lines[0].body if self.lines else {}
        self.origin = opening.get("origin") if isinstance(opening.get("origin"), str) else ""

    def judge(self, keys, signed=(), trusted=()):
        """`signed`: the notes of the log's own file. `trusted`: notes that were kept elsewhere."""
        told = Judgement(self.origin, self.first, self.first + len(self.lines))
        told.faults += self._chain()
        if not told.faults and keys and self.origin not in {key.name for key in keys}:
            told.faults.append(Fault("forked", self.first, f"the log of {self.origin}"))
        sizes_and_roots = [] if told.faults else self._contents(told)
        self._checkpoints(told, keys, signed, trusted, sizes_and_roots)
        if not told.faults:
            self._open_ends(told)
        return told

    def _chain(self):
        """The first place where numbers or links do not fit, as a list of at most one fault."""
        if not self.lines:
            return [Fault("deleted", self.first, "there is no record")]
        for index, line in enumerate(self.lines):
            if line.seq != self.first + index or not self._is_linked(index):
                return [self._named(index)]
        at = self.first
        for segment in self.segments[:-1]:
            at += len(segment.lines)
            if segment.torn:
                return [Fault("edited", at, f"{segment.path.name} ends in no LF")]
        return []

    def _is_linked(self, index):
        line = self.lines[index]
        if index:
            return line.prev == self.lines[index - 1].digest
        return line.seq == self.first and (line.seq > 0 or line.prev == records.genesis(self.origin))

    def _follows(self, index, before, seq):
        """Whether the record at `index` is the one that comes after the record `before`."""
        if index >= len(self.lines):
            return False
        return self.lines[index].seq == seq and self.lines[index].prev == self.lines[before].digest

    def _named(self, index):
        """What happened where the record at `index` is not the one that must be there."""
        line, seq = self.lines[index], self.first + index
        if line.seq is None:
            return Fault("edited", seq, "no record")
        if index and self._follows(index + 1, index - 1, seq):
            own = any(line.prev == other.digest for at, other in enumerate(self.lines) if at != index)
            return Fault(*("reordered", seq, f"record {line.seq} stands in its place") if own or line.seq == 0
                         else ("forked", seq, "a foreign record"))
        if line.seq == seq:
            return self._broken_link(index)
        if self._is_linked(index):
            return Fault("edited", seq, f"the record says that it is {line.seq}")
        if any(other.seq == seq for other in self.lines[index + 1:]):
            return Fault("reordered", seq, f"record {line.seq} stands in its place")
        if line.seq > seq:
            return Fault("deleted", seq, f"record {line.seq} follows")
        return Fault("reordered", seq, f"record {line.seq} comes again")

    def _broken_link(self, index):
        """The numbers fit and the link does not: this record or the one before was changed, or another log begins."""
        seq = self.first + index
        goes_on = self._follows(index + 1, index, seq + 1)
        if index == 0:
            return Fault(*("forked", 0, "the beginning of another origin") if goes_on else ("edited", 0, "edited"))
        others = {line.body.get("origin") for line in self.lines[index:] if line.event in OWN_STARTS}
        if others - {self.origin}:
            return Fault("forked", seq, "another log goes on here")
        if index + 1 < len(self.lines) and not goes_on:
            return Fault("edited", seq, "neither its link nor that of the next record fits")
        return Fault("edited", seq - 1, "the next record's link does not fit")

    def _contents(self, told):
        """The roots by size; what a chain that is whole in itself says wrongly of itself goes to `told`."""
        opening, tree = self.lines[0].body, merkle.CompactRange()
        starts, at = {}, self.first
        for segment in self.segments:
            starts[at] = segment
            at += len(segment.lines)
        try:
            if self.first:
                tree = merkle.CompactRange(self.first, [notes.decoded(text) for text in opening["tree"]])
        except (KeyError, TypeError, ValueError):
            told.faults.append(Fault("edited", self.first, "no opening of a segment"))
        roots, last = {tree.size: tree.root()}, ""
        for seq, line in enumerate(self.lines, self.first):
            if reason := self._wrong(line, seq, last, starts.get(seq), tree):
                told.faults.append(Fault(*reason))
            tree.append(merkle.leaf_hash(line.raw))
            roots[seq + 1], last = tree.root(), line.ts
        return roots

    def _wrong(self, line, seq, last, segment, tree):
        if line.ts < last:
            return "edited", seq, "time goes back"
        if line.event in OWN_STARTS and line.body.get("origin") != self.origin:
            return "forked", seq, "another origin"
        if not segment:
            return None
        if segment.named not in (None, seq):
            return "edited", seq, f"{segment.path.name} is named for another record"
        if line.event != "audit.opened":
            return "deleted", max(seq - 1, 0), "a segment without its opening"
        own = [base64.b64encode(subtree).decode() for subtree in tree.hashes]
        if line.body.get("size") != seq or line.body.get("tree") != own:
            return "edited", seq, "the opening tells of other records"
        return None

    def _checkpoints(self, told, keys, signed, trusted, roots):
        for raw in [*signed, *trusted]:
            try:
                checkpoint = notes.Checkpoint.parse(raw)
                if checkpoint.origin != self.origin and not (told.faults and told.faults[0].seq == 0):
                    told.faults.append(Fault("forked", 0, f"a checkpoint of {checkpoint.origin}"))
                    continue
                checkpoint.check(keys)
            except (notes.Malformed, notes.Unproven) as error:
                told.faults.append(Fault("bad_signature", told.covered, str(error)))
                continue
            if checkpoint.size > told.size:
                told.faults.append(Fault("truncated", told.size, f"a checkpoint has {checkpoint.size} records"))
            elif roots and checkpoint.size in roots and roots[checkpoint.size] != checkpoint.root:
                reason = f"the checkpoint of {checkpoint.size} has another root"
                told.faults.append(Fault("forked", told.covered, reason))
            elif roots and checkpoint.size in roots:
                told.covered, told.checkpoints = max(told.covered, checkpoint.size), told.checkpoints + 1

    def _open_ends(self, told):
        if torn := self.segments[-1].torn:
            told.incomplete.append(f"the last line is torn after {len(torn)} bytes")
        begun, ended = Counter(), Counter()
        for line in self.lines:
            names = ("txn", "jti", "trace_id", "span_id", "presenter", "target", "path")
            call = tuple(line.body.get(name) for name in names)
            begun[call] += line.event == "egress.intent"
            ended[call] += line.event == "egress.result"
        if unended := sum((begun - ended).values()):
            told.incomplete.append(f"{unended} calls without a result")
        if told.covered < told.size:
            told.incomplete.append(f"no checkpoint over the last {told.size - max(told.covered, told.first)} records")
