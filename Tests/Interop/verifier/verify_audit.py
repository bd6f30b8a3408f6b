#!/usr/bin/env python3
"""verify_audit.py LOG... [--vkey KEY]... [--checkpoints FILE]... [--from-checkpoint FILE]... [--json]

Verifies an audit log from its files alone. LOG are segments, in any order; those before the first one may be missing.
--checkpoints is the log's own file of checkpoints, --from-checkpoint one that was kept elsewhere. Without --vkey the
key is the one that the log names itself, which proves nothing about who wrote it.
Exit status: 0 whole or incomplete, 1 corrupt, 2 it cannot be read. Python 3.11 and `cryptography`, nothing else.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import judgement
import notes


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("logs", nargs="+", metavar="LOG")
    parser.add_argument("--vkey", action="append", default=[])
    parser.add_argument("--checkpoints", action="append", default=[], metavar="FILE")
    parser.add_argument("--from-checkpoint", action="append", default=[], metavar="FILE")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        told, trusted_key, rest = verify(options.logs, options.vkey, options.checkpoints, options.from_checkpoint)
    except (OSError, notes.Malformed) as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({"verdict": told.verdict, **asdict(told)}))
    else:
        print(f"{told.verdict}: records {told.first} to {told.size - 1} of {told.origin}, "
              f"{told.checkpoints} checkpoints, proved up to {told.covered}")
        print("\n".join([f"  {fault.kind} at {fault.seq}: {fault.reason}" for fault in told.faults] + [
            f"  incomplete: {what}" for what in told.incomplete + rest]).rstrip())
        if not trusted_key:
            print("  the key is the log's own word: name it with --vkey")
    return 1 if told.faults else 0


def verify(logs, vkeys=(), checkpoint_files=(), kept_files=()):
    """The judgement, whether the key was named from outside, and torn ends of checkpoint files."""
    log = judgement.Log(logs)
    keys = [notes.VerifierKey.parse(text) for text in vkeys or own_keys(log)]
    signed, kept, rest = [], [], []
    for file in checkpoint_files:
        whole, torn = notes.split_notes(Path(file).read_bytes())
        signed += whole
        rest += [f"{file} ends in a torn note"] if torn else []
    for file in kept_files:
        # A single note has no empty line after it.
        kept += notes.split_notes(Path(file).read_bytes().rstrip(b"\n") + b"\n\n")[0]
    return log.judge(keys, signed, kept), bool(vkeys), rest


def own_keys(log):
    return {line.body["vkey"] for line in log.lines if isinstance(line.body.get("vkey"), str)}


if __name__ == "__main__":
    sys.exit(main())
