"""Asks `bulla audit prove` for a proof of every record, and between any two checkpoints, and verifies them.

audit_proofs.py '{"logs", "checkpoints", "vkey", "bulla", "place"}' prints JSON: how many there were, and what is wrong.
"""

import base64
import concurrent.futures
import itertools
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / "verifier"), str(HERE.parent)]

import bulla_audit
import judgement
import merkle
import notes

AT_ONCE = 3
MOST_CHECKPOINTS = 12  # of which all pairs are tried


def main():
    plan = json.loads(sys.argv[1])
    log, key = judgement.Log(plan["logs"]), notes.VerifierKey.parse(plan["vkey"])
    signed = [notes.Checkpoint.parse(note) for note in notes.split_notes(Path(plan["checkpoints"]).read_bytes())[0]]
    for checkpoint in signed:
        checkpoint.check([key])
    sizes = sorted({checkpoint.size for checkpoint in signed})
    chosen = sorted({*sizes[::max(1, len(sizes) // MOST_CHECKPOINTS)], sizes[-1]})
    pairs = [(older, newer) for older, newer in itertools.product(chosen, repeat=2) if older < newer]
    by_size = {checkpoint.size: checkpoint for checkpoint in signed}
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        wrong = list(pool.map(lambda seq: inclusion(plan, log, key, by_size, seq), range(log.first, sizes[-1])))
        wrong += pool.map(lambda pair: consistency(plan, key, by_size, *pair), pairs)
    told = {"inclusions": sizes[-1] - log.first, "consistencies": len(pairs)}
    print(json.dumps({**told, "wrong": [text for text in wrong if text][:20]}))


def inclusion(plan, log, key, by_size, seq):
    try:
        told = bulla_audit.prove(plan["bulla"], plan["place"], "--seq", seq)
        checkpoint = notes.Checkpoint.parse(told["checkpoint"].encode())
        checkpoint.check([key])
    except (bulla_audit.Unreadable, notes.Malformed, notes.Unproven, KeyError) as error:
        return f"record {seq}: {error!r}"
    line, proof = log.lines[seq - log.first].raw, hashes(told)
    leaf, flipped = merkle.leaf_hash(line), merkle.leaf_hash(line + b" ")
    if (told["seq"], told["size"], base64.b64decode(told["line_base64"])) != (seq, checkpoint.size, line):
        return f"record {seq}: a proof of something else"
    if checkpoint != by_size.get(checkpoint.size):
        return f"record {seq}: a proof by a checkpoint of {checkpoint.size} records that the log does not have"
    if not merkle.verify_inclusion(leaf, seq, checkpoint.size, proof, checkpoint.root):
        return f"record {seq}: the proof proves nothing"
    if merkle.verify_inclusion(flipped, seq, checkpoint.size, proof, checkpoint.root):
        return f"record {seq}: the proof proves another record"
    return None


def consistency(plan, key, by_size, older, newer):
    try:
        told = bulla_audit.prove(plan["bulla"], plan["place"], "--consistency", older, newer)
        for name in ("first_checkpoint", "second_checkpoint"):
            notes.Checkpoint.parse(told[name].encode()).check([key])
    except (bulla_audit.Unreadable, notes.Malformed, notes.Unproven, KeyError) as error:
        return f"{older} to {newer}: {error!r}"
    roots = by_size[older].root, by_size[newer].root
    if not merkle.verify_consistency(older, newer, hashes(told), *roots):
        return f"{older} to {newer}: the proof proves nothing"
    if merkle.verify_consistency(older, newer, hashes(told), *reversed(roots)):
        return f"{older} to {newer}: the proof proves the opposite"
    return None


def hashes(told):
    return [notes.decoded(text) for text in told["path"]]


if __name__ == "__main__":
    main()
