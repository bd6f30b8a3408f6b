"""The lines of an audit log, as they stand in its files."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

HEAD = re.compile(
    rb'\{"v":1,"seq":(0|[1-9][0-9]{0,17}),"prev":"sha256:([0-9a-f]{64})",'
    rb'"ts":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z)","event":"([a-z._]+)"[,}]')
CONTROLS = re.compile(rb"[\x00-\x1f\x7f]")
SEGMENT_NAME = re.compile(r"\.([0-9]{12})\.jsonl$")


@dataclass
class Line:
    """One line without its LF. `seq` is None where the line is no record."""

    raw: bytes
    seq: int | None = None
    prev: str = ""
    ts: str = ""
    event: str = ""
    body: dict = field(default_factory=dict)

    @property
    def digest(self):
        return hashlib.sha256(self.raw).hexdigest()

    @staticmethod
    def parse(raw):
        head = HEAD.match(raw)
        if not head or CONTROLS.search(raw):
            return Line(raw)
        try:
            body = json.loads(raw.decode(), object_pairs_hook=_members_once)
        except (ValueError, RecursionError):
            return Line(raw)
        seq, prev, ts, event = (part.decode() for part in head.groups())
        return Line(raw, int(seq), prev, ts, event, body)


@dataclass
class Segment:
    """One file. `torn` is what follows its last LF."""

    path: Path
    lines: list
    torn: bytes

    @staticmethod
    def read(path):
        path = Path(path)
        *whole, torn = path.read_bytes().split(b"\n")
        return Segment(path, [Line.parse(raw) for raw in whole], torn)

    @property
    def first(self):
        """The number of its first record: by the file's name or, for the live file, by that record."""
        return self.lines[0].seq if self.named is None and self.lines else self.named

    @property
    def named(self):
        """The number of the first record by the file's name; None for the live file."""
        found = SEGMENT_NAME.search(self.path.name)
        return int(found[1]) if found else None


def genesis(origin):
    return hashlib.sha256(f"eie-audit-genesis\n{origin}\n".encode()).hexdigest()


def _members_once(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member twice")
    return found
