"""The audit log of a gateway, as its files: what is in them, and what verifiers say of them.

The suite's own verifier (`verifier/`) runs where `cryptography` is installed; the product's is `bulla audit verify`.
"""

import contextlib
import json
from pathlib import Path

import bulla_audit
import env
import procs

VERIFIER = Path(__file__).resolve().parent / "verifier" / "verify_audit.py"
SECONDS = 60


class AuditLog:
    """Files `<stem>.jsonl`, `<stem>.<number>.jsonl` and `<stem>.checkpoints` in a folder."""

    def __init__(self, folder, bulla, stem="audit"):
        self.folder, self.bulla, self._stem = Path(folder), str(bulla), stem
        self.live, self.checkpoints = self.folder / f"{stem}.jsonl", self.folder / f"{stem}.checkpoints"

    def segments(self):
        """All files with records, oldest first."""
        closed = sorted(self.folder.glob(f"{self._stem}.{'[0-9]' * 12}.jsonl"))
        return closed + ([self.live] if self.live.exists() else [])

    def files(self):
        """All files that belong to the log: segments, checkpoints, torn lines, locks."""
        return sorted(path for path in self.folder.iterdir() if path.name.lstrip(".").startswith(f"{self._stem}."))

    def written(self):
        """All bytes that may be shown to somebody: those of the files, and what `bulla audit` prints of them."""
        printed = [self.command(*arguments) for arguments in (
            ("query", *self.segments()), ("query", "--json", *self.segments()),
            ("verify", "--vkey", self.vkey(), self.folder), ("verify", "--json", "--vkey", self.vkey(), self.folder))]
        return [path.read_bytes() for path in self.files()] + [
            text.encode() for _, out, err in printed for text in (out, err)]

    def lines(self):
        """The whole lines of all segments."""
        while True:
            # The log may go on in another file while this one is read.
            before = self._places()
            with contextlib.suppress(FileNotFoundError):
                found = [line for path in self.segments() for line in path.read_bytes().split(b"\n")[:-1]]
                if self._places() == before:
                    return found

    def records(self, *events):
        found = [json.loads(line) for line in self.lines()]
        return [record for record in found if not events or record["event"] in events]

    def _places(self):
        return [(path, path.stat().st_ino) for path in self.segments() if path.exists()]

    def vkey(self):
        """The key that the log itself names."""
        return self.records("audit.opened")[0]["vkey"]

    def verify(self, vkey=None, kept=()):
        """What the suite's verifier says: its JSON."""
        command = [env.python("verifiers"), "-B", str(VERIFIER), "--json", *map(str, self.segments())]
        command += ["--vkey", vkey] if vkey else []
        command += ["--checkpoints", str(self.checkpoints)] if self.checkpoints.exists() else []
        for path in kept:
            command += ["--from-checkpoint", str(path)]
        status, out, err = procs.run(command, SECONDS)
        if status not in (0, 1):
            raise procs.NotReady(f"the verifier says {status}\n{out}{err}")
        return json.loads(out)

    def product(self, vkey=None, kept=()):
        """What `bulla audit verify` finds wrong, as (class, seq); None for nothing."""
        return bulla_audit.verify(self.bulla, self.folder, vkey or self.vkey(), kept)

    def command(self, *arguments):
        """`bulla audit …`: (status, stdout, stderr)."""
        return procs.run([self.bulla, "audit", *map(str, arguments)], SECONDS)


def verdicts(checks, log, what, allowed=("whole", "incomplete"), **options):
    """Both verifiers take the log for good, the suite's in one of the allowed ways. Returns what that one said."""
    told = log.verify(**options)
    checks.equal(log.product(**options), None, f"{what}: bulla audit verify")
    checks.that(told["verdict"] in allowed, f"{what}: the verifier says {told['verdict']}: "
                                            f"{told['faults'] or told['incomplete']}")
    return told
