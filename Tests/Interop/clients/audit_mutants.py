"""Every way to tamper with an audit log, applied to each of its lines in turn, and who notices.

audit_mutants.py '{"logs", "checkpoints", "vkey", "foreign", "scratch", "bulla"?, "every"?}' prints JSON: how many
mutants of each kind were judged, and what a verifier said of those that it misjudged. `foreign` are the segments of
another log; with `every` only each n-th mutant of a kind is judged; without `bulla` the suite's verifier judges alone.
"""

import concurrent.futures
import itertools
import json
import operator
import shutil
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / "verifier"), str(HERE.parent)]

import bulla_audit
import judgement
import notes
import tampering

JUDGES_AT_ONCE = 3


def main():
    plan = json.loads(sys.argv[1])
    log = tampering.Tampered(plan["logs"], plan["checkpoints"])
    foreign = tampering.Tampered(plan["foreign"], plan["foreign_checkpoints"])
    mutants = chosen(tampering.mutants(log, foreign), plan.get("every", 1))
    scratch = Path(plan["scratch"])
    scratch.mkdir(parents=True, exist_ok=True)
    judges = {"verifier": by_verifier}
    if plan.get("bulla"):
        judges["bulla"] = lambda folder, vkey: bulla_audit.verify(plan["bulla"], folder, vkey, kept(folder))
    counts, misjudged = Counter(), []
    with concurrent.futures.ThreadPoolExecutor(JUDGES_AT_ONCE) as pool:
        for mutant, wrong in pool.map(lambda one: judged(one, scratch, judges, plan["vkey"]), enumerate(mutants)):
            counts[mutant.name] += 1
            misjudged += wrong
    print(json.dumps({"counts": counts, "judges": sorted(judges), "misjudged": misjudged}))


def chosen(mutants, every):
    """The last of each kind is always among them: the end of a log is where mistakes are made."""
    by_name = operator.attrgetter("name")
    for _, alike in itertools.groupby(sorted(mutants, key=by_name), by_name):
        alike = list(alike)
        yield from (one for index, one in enumerate(alike) if index % every == 0 or index == len(alike) - 1)


def judged(numbered, scratch, judges, vkey):
    number, mutant = numbered
    folder, wrong = scratch / str(number), []
    folder.mkdir()
    for name, data in mutant.files.items():
        (folder / name).write_bytes(data)
    for judge, ask in judges.items():
        fault = ask(folder, vkey)
        if not fault or not mutant.may_be(*fault):
            expected = f"{' or '.join(mutant.kinds)} at {mutant.seqs.start} to {mutant.seqs.stop - 1}"
            wrong.append({"judge": judge, "mutant": str(mutant), "said": fault, "expected": expected})
    shutil.rmtree(folder)
    return mutant, wrong


def kept(folder):
    return list(folder.glob(tampering.KEPT))


def by_verifier(folder, vkey):
    log = judgement.Log([path for path in folder.iterdir() if path.suffix == ".jsonl"])
    signed = [note for path in folder.glob("*.checkpoints") for note in notes.split_notes(path.read_bytes())[0]]
    told = log.judge([notes.VerifierKey.parse(vkey)], signed, [path.read_bytes() for path in kept(folder)])
    return (told.faults[0].kind, told.faults[0].seq) if told.faults else None


if __name__ == "__main__":
    main()
