"""The audit log alone: what a record costs, and how fast a log is verified and searched."""
import json, os, re, subprocess, time
from . import measure, places
from .measure import FOREIGN, Fault

RECORDS = 1_000_000
# Of the log that AuditCost writes: ten days, 500 users, three agents.
QUERIES = {
    "query of one user": ["--actor", "user-7@acme.example"],
    "query of refusals": ["--decision", "deny"],
    "query of one day": ["--since", "48h", "--until", "24h"],
}


def ran(command, output=subprocess.PIPE):
    """What a program printed, and its seconds, processor seconds, and the share of a core that other work took meanwhile."""
    before, used, start = measure.cores(), os.times(), time.monotonic()
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, timeout=300)
    span, after, now = time.monotonic() - start, measure.cores(), os.times()
    if done.returncode:
        raise Fault(f"{' '.join(map(str, command[:3]))} ended with {done.returncode}: {done.stderr.decode(errors='replace').strip()[-400:]}")
    own = now.children_user + now.children_system - used.children_user - used.children_system
    foreign = max(0, sum(after[core][0] - before[core][0] for core in after) - own) / span
    stolen = sum(after[core][1] - before[core][1] for core in after) / span
    return done.stdout, {"seconds": span, "processor": own, "foreign": foreign, "stolen": stolen, "dirty": foreign > FOREIGN or stolen > FOREIGN}


def clean(patience, take):
    """What `take` measured, again while other work disturbed it and there is patience."""
    for attempt in range(4):
        with patience.spent(attempt > 0):
            measure.wait_until_quiet(min(8, max(0, patience.seconds)) if attempt else 1)
            taken = take()
        if not taken["dirty"] or patience.seconds <= 0:
            break
    return taken


def record(*options):
    output, taken = ran([places.AUDIT_COST, *options])
    return {**taken, **json.loads(output)}


def reading(*command):
    return ran([places.BULLA, "audit", *command], subprocess.DEVNULL)[1]


def checked(log, vkey, records):
    """That the whole log is read and every query finds something."""
    verdict = json.loads(ran([places.BULLA, "audit", "verify", log, "--vkey", vkey, "--json"])[0])
    if verdict["records"] < records:
        raise Fault(f"verify read {verdict['records']} records of {records}")
    for name, options in QUERIES.items():
        if int(ran([places.BULLA, "audit", "query", log, "--count", *options])[0]) < records // 2_000:
            raise Fault(f"{name} finds too little")


def measured(folder, rounds, records, patience):
    """Samples by case, one a round. Writing first: a large log that the kernel still has to write would cost the others."""
    cores, _ = os.sched_getaffinity(0), os.sched_setaffinity(0, range(os.cpu_count()))
    try:
        written = interleaved(rounds, patience, {
            "record, flat out": lambda: record("--directory", folder, "--records", records // 2),
            "record, 20,000 a second": lambda: record("--directory", folder, "--records", records // 10, "--rate", 20_000),
        })
        log = folder / "audit"
        log.mkdir()
        output, _ = ran([places.AUDIT_COST, "--write", records, log / "audit.jsonl"])
        vkey = re.search(r"^vkey (.*)$", output.decode(), re.M).group(1)
        checked(log, vkey, records)
        read = interleaved(rounds, patience, {
            "verify": lambda: reading("verify", log, "--vkey", vkey),
            **{name: lambda options=options: reading("query", log, "--json", *options) for name, options in QUERIES.items()},
        })
    finally:
        os.sched_setaffinity(0, cores)
    return {"records": records, "samples": {**written, **read}}


def interleaved(rounds, patience, cases):
    """Every other round backwards, once the disk has what was written before."""
    samples = {name: [] for name in cases}
    for number in range(rounds):
        for name in list(cases)[:: 1 if number % 2 == 0 else -1]:
            os.sync()
            taken = clean(patience, cases[name])
            samples[name].append({"round": number, **taken})
            figure = f"{taken['processor_us']:8.2f} µs" if "processor_us" in taken else f"{taken['seconds']:8.2f} s"
            print(f"  round {number + 1}  {name:26} {figure}{'  dirty' if taken['dirty'] else ''}", flush=True)
    return samples
