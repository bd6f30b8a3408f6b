"""A disk that is full, breaks, stalls or goes away under the audit log: who needs a record is refused before anybody
else is asked, and all is as before once the disk is, without repair."""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import threading
import time

import egress_arena
import strace
from arena import wait_for
from audit_log import AuditLog, verdicts
from scenarios import Scenario, Skipped
from scenarios.crash import Victim

WRITES, SYNCS = "write,writev,pwrite64,pwritev", "fdatasync,fsync,sync_file_range"
FAULTS = [
    ("a full disk", WRITES, "error=ENOSPC"), ("a disk that does not write", WRITES, "error=EIO"),
    ("a disk over quota", WRITES, "error=EDQUOT"), ("a disk that does not sync", SYNCS, "error=EIO"),
    ("a disk that is full when it syncs", SYNCS, "error=ENOSPC"),
]
HARMLESS = [("signals while it writes", WRITES, "error=EINTR:when=1+2"),
            ("signals while it syncs", SYNCS, "error=EINTR:when=1+2")]
RECOVERY_SECONDS = 10
NOTICED_SECONDS = 3
QUEUE, LOSSES = 16, 60
SLOW_SECONDS = 0.5
DURABLE = {"ingress": "durable"}


def scenarios():
    return [
        Scenario("diskfault/durable", _durable, arena=True),
        Scenario("diskfault/enqueued", _enqueued, arena=True),
        Scenario("diskfault/best-effort", _best_effort, arena=True),
        Scenario("diskfault/slow", _slow, arena=True),
        Scenario("diskfault/file-size", _file_size, arena=True),
        Scenario("diskfault/full", _full, arena=True),
        Scenario("diskfault/gone", _gone, arena=True),
        Scenario("diskfault/second", _second, arena=True),
        Scenario("diskfault/killed", _killed, arena=True),
    ]


def fault(field, calls, what):
    """A context in which the system refuses these calls on the live file."""
    log = AuditLog(field.folder, field.grounds.bulla)
    return strace.Strace(field.folder, field.gateway.pid, "-P", str(log.live), "-e", f"trace={calls}",
                         f"--inject={calls}:{what}")


def _refused(field, checks, what, times=3):
    """Nobody is asked for anything."""
    before = field.contacts()
    statuses = [field.call("echo").status for _ in range(times)] + [field.order("alice", 0)[0]]
    checks.equal(statuses, [503] * (times + 1), f"{what}: calls")
    checks.equal(field.contacts(), before, f"{what}: who was asked")


def _recovered(field, checks, what):
    healthy = wait_for(lambda: field.call("echo").status == 200, RECOVERY_SECONDS)
    checks.that(healthy, f"{what}: no call succeeds {RECOVERY_SECONDS} s after it is over")
    told = verdicts(checks, AuditLog(field.folder, field.grounds.bulla), what)
    checks.note(f"{told['verdict']:10} {what}")


def _durable(stage, checks):
    """Every request is refused from the first one on."""
    with egress_arena.EgressArena(stage.grounds(), "durable", DURABLE) as field:
        checks.equal(field.order("alice", 0), (200, 200), "an order before")
        for what, calls, how in FAULTS:
            with fault(field, calls, how):
                _refused(field, checks, what)
            _recovered(field, checks, what)
        for what, calls, how in HARMLESS:
            with fault(field, calls, how):
                statuses = [field.call("echo").status for _ in range(5)]
            checks.equal(statuses, [200] * 5, f"{what}: calls")
        field.gateway.end(15)
        log = AuditLog(field.folder, stage.bulla)
        verdicts(checks, log, "in the end", ("whole",))
        _told(field, checks, log)


def _told(field, checks, log):
    """The log says of each request that was let in whether it was forwarded, by the span that the upstream saw."""
    seen = {value.split("-")[2] for _, request in field.upstream.requests() for value in request.values("traceparent")}
    let_in, failed = ({record["span_id"] for record in log.records(event)}
                      for event in ("ingress.accepted", "ingress.failed"))
    checks.equal(let_in - seen, failed, "requests that were let in and not forwarded")
    checks.equal(seen - let_in, set(), "requests that were forwarded without a record")
    checks.note(f"{len(failed)} of {len(let_in)} requests were let in and not forwarded")


def _enqueued(stage, checks):
    """What a server calls is refused from the first call on; requests as soon as it is known."""
    with egress_arena.EgressArena(stage.grounds(), "enqueued") as field:
        for number, (what, calls, how) in enumerate(FAULTS):
            before = field.contacts()
            with fault(field, calls, how):
                told = field.order(f"user{number}", number)
                checks.that(told == (200, 503) or told[0] == 503, f"{what}: an order's call: {told}")
                after = field.contacts()
                for who in ("authorization server", "API"):
                    checks.equal(after[who], before[who], f"{what}: bytes at the {who}")
                checks.that(wait_for(lambda: field.call("echo").status == 503, NOTICED_SECONDS),
                            f"{what}: requests are served on")
                _refused(field, checks, what)
            _recovered(field, checks, what)


def _best_effort(stage, checks):
    """Calls go on, and the log says how many records are lost."""
    with egress_arena.EgressArena(stage.grounds(), "best-effort", {"mode": "best_effort"},
                                  limits={"audit_queue": QUEUE}) as field:
        log, tokens = AuditLog(field.folder, stage.bulla), field.tokens([f"user{number}" for number in range(LOSSES)])
        modes = [record["mode"] for record in log.records("audit.opened", "audit.started")]
        checks.equal(modes, ["best_effort"], "the mode on record")
        with fault(field, WRITES, "error=ENOSPC"):
            statuses = {field.call("echo", token=token).status for token in tokens}
            statuses.add(field.order("alice", 0))
        checks.equal(statuses, {200, (200, 200)}, "calls while the disk is full")
        _recovered(field, checks, "after it was full")
        found = wait_for(lambda: log.records("audit.lost"), RECOVERY_SECONDS)
        if checks.that(found, "no record says that records are lost"):
            lost = sum(record["records"] for record in found)
            # An order has three records; calls since then are those that looked whether it works again.
            on_record = {record["actor_sub"] for record in log.records("ingress.accepted")}
            users = sum(f"user{number}" in on_record for number in range(LOSSES))
            checks.that(LOSSES - users <= lost <= LOSSES - users + 3,
                        f"{lost} records are said to be lost, of {LOSSES} users {users} are on record")
            checks.note(f"{lost} of {LOSSES + 3} records lost, and said so")


def _slow(stage, checks):
    """A slow sync delays and loses nothing: those who wait share one."""
    with egress_arena.EgressArena(stage.grounds(), "slow", DURABLE) as field:
        tokens = field.tokens([f"user{number}" for number in range(20)])
        with fault(field, SYNCS, f"delay_enter={int(SLOW_SECONDS * 1e6)}"):
            told, started = [], time.monotonic()
            callers = [threading.Thread(target=lambda token=token: told.append(field.call("echo", token=token)))
                       for token in tokens]
            for caller in callers:
                caller.start()
            for caller in callers:
                caller.join(30)
            seconds = time.monotonic() - started
        checks.equal([one.status for one in told], [200] * 20, "calls")
        checks.that(min(one.seconds for one in told) >= SLOW_SECONDS, "a call did not wait for the sync")
        checks.that(seconds < 8 * SLOW_SECONDS, f"20 calls at once took {seconds:.1f} s: they do not share a sync")
        _recovered(field, checks, "a slow disk")


def _file_size(stage, checks):
    """A limit of the file's size tears the line that does not fit: it is not left in the file."""
    with egress_arena.EgressArena(stage.grounds(), "file-size", DURABLE) as field:
        log, everything = AuditLog(field.folder, stage.bulla), (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        for room in (0, 1, 100, 500):
            size = log.live.stat().st_size + room
            resource.prlimit(field.gateway.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            _refused(field, checks, f"room for {room} bytes")
            resource.prlimit(field.gateway.pid, resource.RLIMIT_FSIZE, everything)
            _recovered(field, checks, f"room for {room} bytes")


@contextlib.contextmanager
def _small_disk(folder):
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k,mode=700", "none", str(folder)],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Skipped(f"a small disk needs root: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)])


def _full(stage, checks):
    """A disk of 128 KiB that really is full, by the log and by somebody else's file."""
    def on_disk(policy):
        policy["gateway"]["audit"]["file"] = "disk/audit.jsonl"

    field = egress_arena.EgressArena(stage.grounds(), "full", DURABLE, on_disk)
    (field.folder / "disk").mkdir()
    with _small_disk(field.folder / "disk"), field:
        log = AuditLog(field.folder / "disk", stage.bulla)
        filler = field.folder / "disk" / "filler"
        for room in (4_096, 0):
            _fill_up(filler, room)
            connection = field.connection()
            full = wait_for(lambda: field.call("echo", connection=connection).status == 503, 20, every=0)
            connection.close()
            checks.that(full, "requests are served on a full disk")
            _refused(field, checks, "a full disk")
            filler.unlink()
            healthy = wait_for(lambda: field.call("echo").status == 200, RECOVERY_SECONDS)
            checks.that(healthy, "no call succeeds after there is room again")
            verdicts(checks, log, "after the disk was full")


def _fill_up(path, room):
    """Leaves `room` bytes on the disk."""
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4_096)
    os.truncate(path, max(path.stat().st_size - room, 0))


def _gone(stage, checks):
    """The file is moved away and back, and so is its folder; then the file is removed for good."""
    def in_folder(policy):
        policy["gateway"]["audit"]["file"] = "log/audit.jsonl"

    field = egress_arena.EgressArena(stage.grounds(), "gone", DURABLE, in_folder)
    folder = field.folder / "log"
    folder.mkdir()
    with field:
        log = AuditLog(folder, stage.bulla)
        for what, path in (("the file is moved away", log.live), ("its folder is moved away", folder)):
            path.rename(aside := path.with_name("aside"))
            noticed = wait_for(lambda: field.call("echo").status == 503, NOTICED_SECONDS)
            if checks.that(noticed, f"{what}: requests are served on"):
                _refused(field, checks, what)
            aside.rename(path)
            checks.that(wait_for(lambda: field.call("echo").status == 200, RECOVERY_SECONDS),
                        f"{what}: no call succeeds after it is back")
            verdicts(checks, log, what)
        log.live.unlink()
        noticed = wait_for(lambda: field.call("echo").status == 503, NOTICED_SECONDS)
        if checks.that(noticed, "the file is removed: requests are served on, and their records are nowhere"):
            _refused(field, checks, "the file is removed")
        # It says at its end that records could not be written.
        field.killed.add(field.gateway)
        shutil.rmtree(folder)


def _second(stage, checks):
    """Two gateways never share a log."""
    with egress_arena.EgressArena(stage.grounds(), "second", DURABLE) as field:
        log = AuditLog(field.folder, stage.bulla)
        with egress_arena.EgressArena(stage.grounds(), "first-of-two") as other:
            other.gateway.end(15)
            other.policy["gateway"]["audit"]["file"] = str(log.live)
            other.write_policy()
            second = other.run()
            other.killed.add(second)
            checks.that(wait_for(lambda: not second.alive(), 10), "a second gateway writes the same log")
            checks.that(second.status not in (0, None), f"the second gateway ended with {second.status}")
            checks.that("audit" in second.tail() and "in use" in second.tail(), f"it says: {second.tail()[-300:]}")
        checks.equal(field.order("alice", 1), (200, 200), "an order at the first")
        verdicts(checks, log, "after a second gateway")


def _killed(stage, checks):
    """Killed while the disk fails: what was promised is there."""
    with egress_arena.EgressArena(stage.grounds(), "killed", DURABLE) as field:
        victim = Victim(field, checks)
        for what, calls, how in FAULTS:
            victim.order()
            with fault(field, calls, how):
                victim.order()
                field.gateway.signal(signal.SIGKILL)
                wait_for(lambda: not field.gateway.alive())
            victim.killed(what)
        victim.finish()
