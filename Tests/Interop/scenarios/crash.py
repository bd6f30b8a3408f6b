"""kill -9 at every step of a request, of a rotation, of a start and of an end, found and done by strace.

A step is a call of the system that leaves something on a disk or with somebody else; the process is killed before it.
After each the gateway starts again on what is there, without repair: no record is gone, no verifier calls the log
corrupt, and whatever upstream, authorization server and API saw is on record.
"""

import hashlib
import re
import signal
import time

import egress_arena
import strace
from arena import wait_for
from audit_log import AuditLog, verdicts
from scenarios import Scenario

MOST_STEPS = 40  # of one kind: more than any request has
ROTATE_BYTES = 65_536
RECORD_BYTES = 1_500  # less than those of an order
STARTS = ("write", "fdatasync", "fsync", "ftruncate", "rename", "renameat2", "linkat", "unlink", "openat")


def scenarios():
    return [
        Scenario("crash/writer", lambda stage, checks: _request(stage, checks, "writer"), arena=True),
        Scenario("crash/loop", lambda stage, checks: _request(stage, checks, "loop"), arena=True),
        Scenario("crash/rotation", _rotation, arena=True),
        Scenario("crash/start", _start, arena=True),
        Scenario("crash/end", _end, arena=True),
    ]


class Victim:
    """A gateway that is killed again and again on one folder."""

    def __init__(self, field, checks):
        self.field, self.checks, self.log = field, checks, AuditLog(field.folder, field.grounds.bulla)
        self.orders, self._number, self._known, self.points = {}, 0, [], []

    def order(self):
        """A request of a user of its own, so that it needs a token of its own."""
        self._number += 1
        user = f"user{self._number}"
        self.orders[str(self._number)] = user
        return self.field.order(user, self._number)

    def roles(self):
        """The ids of the threads that write the log and that serve requests, by a request that goes no further."""
        with strace.Strace(self.field.folder, self.field.gateway.pid, "-e", "trace=write") as traced:
            self.field.call("echo", token="nobody")
            wait_for(lambda: len(_on_file(traced, self.log.live)) > 0, 2)
        serving = [one.thread for one in traced.events() if one.place.isdigit()]
        return {"writer": _on_file(traced, self.log.live)[0].thread, "loop": serving[0]}

    def fresh(self):
        """Another process, with no connection and no token."""
        self.field.gateway.signal(signal.SIGKILL)
        wait_for(lambda: not self.field.gateway.alive())
        self.killed("between two requests")

    def killed(self, point):
        """The process is gone: what it left must do. The next one is running when this returns."""
        field, checks = self.field, self.checks
        field.killed.add(field.gateway)
        told = self._judge(f"killed at {point}")
        field.gateway = field.run()
        field.await_ready()
        self._judge(f"started after {point}")
        checks.equal(field.call("echo").status, 200, f"a call after {point}")
        self.points.append(f"{told['verdict']:10} {point}")

    def _judge(self, when):
        lines = self.log.lines()
        self.checks.that(lines[:len(self._known)] == self._known, f"{when}: records are gone")
        self._known = lines
        self._covered(when)
        return verdicts(self.checks, self.log, when)

    def _covered(self, when):
        """Whatever anybody saw of an order is on record."""
        accepted = {record["actor_sub"] for record in self.log.records("ingress.accepted")}
        intents = {record["actor_sub"] for record in self.log.records("egress.intent")}
        field, seen = self.field, {"upstream": set(), "authorization server": set(), "API": set()}
        for _, request in field.upstream.requests():
            if found := re.search(rb'"number": ?(\d+)', request.body):
                seen["upstream"].add(self.orders[found[1].decode()])
        for _, request in field.api.requests():
            seen["API"].add(self.orders[request.target.rpartition("/")[2]])
        seen["authorization server"].update(field.asked_for())
        for who, users in seen.items():
            lacking = sorted(users - (accepted if who == "upstream" else intents))
            self.checks.that(not lacking, f"{when}: the {who} saw {lacking}, of whom there is no record")

    def finish(self):
        self.field.gateway.end(15)
        told = verdicts(self.checks, self.log, "in the end")
        self.checks.equal(told["covered"], told["size"], "records that a checkpoint covers after a clean end")
        self.checks.note(f"{len(self.points)} points, {told['size']} records, {told['checkpoints']} checkpoints")
        for point in self.points:
            self.checks.note(point)


def _on_file(traced, path):
    return [one for one in traced.events() if one.place == path.name]


def _request(stage, checks, role):
    """One request that makes one call: before each step of one of the two threads."""
    audit = {"ingress": "durable", "checkpoint_records": 1}
    with egress_arena.EgressArena(stage.grounds(), f"crash-{role}", audit) as field:
        victim = Victim(field, checks)
        _each_step(victim, role, lambda: None)
        victim.finish()


def _rotation(stage, checks):
    """The same with a request whose records make the log go on in another file, and a checkpoint."""
    audit = {"ingress": "durable", "rotate_bytes": f"{ROTATE_BYTES // 1024}KiB"}
    with egress_arena.EgressArena(stage.grounds(), "crash-rotation", audit) as field:
        victim = Victim(field, checks)
        _each_step(victim, "writer", lambda: _fill(victim))
        checks.that(len(victim.log.segments()) > 3, f"only {len(victim.log.segments())} segments")
        victim.finish()


def _fill(victim):
    """Until the next order is the one that does not fit any more."""
    connection = victim.field.connection()
    while victim.log.live.stat().st_size < ROTATE_BYTES - RECORD_BYTES:
        victim.field.call("echo", connection=connection)
    connection.close()


def _each_step(victim, role, prepare):
    field = victim.field
    thread = victim.roles()[role]
    with strace.Strace(field.folder, field.gateway.pid, "-e", f"trace={strace.LASTING}", thread=thread) as traced:
        prepare()
        victim.checks.equal(victim.order(), (200, 200), "an order with strace beside it")
        time.sleep(0.2)
    for call in sorted({event.call for event in traced.events()}):
        victim.fresh()
        for step in range(1, MOST_STEPS):
            prepare()
            options = ["-e", f"trace={strace.LASTING}", f"--inject={call}:signal=SIGKILL:when={step}"]
            with strace.Strace(field.folder, field.gateway.pid, *options, thread=victim.roles()[role]) as traced:
                victim.order()
                reached = wait_for(lambda: not field.gateway.alive(), 0.5)
            if not reached:
                break
            victim.killed(f"{role}: {call} #{step} on {_name(field, traced.events()[-1])}")


def _name(field, event):
    ports = {field.upstream_port: "upstream", field.api_port: "API", field.authority_port: "authorization server"}
    if not event.place.isdigit():
        return event.place or "?"
    return ports.get(int(event.place), "a client or a server's call")


def _start(stage, checks):
    """A start that has a torn line to mend, killed before each of its steps in the log's folder."""
    with egress_arena.EgressArena(stage.grounds(), "crash-start", {"ingress": "durable"}) as field:
        victim = Victim(field, checks)
        victim.order()
        for call in STARTS:
            for step in range(1, MOST_STEPS):
                field.killed.add(field.gateway)
                field.gateway.signal(signal.SIGKILL)
                wait_for(lambda: not field.gateway.alive())
                _tear(victim.log)
                traced = field.folder / f"start-{call}-{step}"
                field.gateway = field.run(under=_under(victim.log, traced, call, step))
                if wait_for(lambda: not field.gateway.alive() or _is_ready(field), 20) and field.gateway.alive():
                    break
                wait_for(lambda: strace.events(traced))
                victim.killed(f"start: {call} #{step} on {strace.events(traced)[-1].place}")
            victim.order()
        field.killed.add(field.gateway)
        field.gateway.end()
        wait_for(lambda: not field.gateway.alive())
        field.gateway = field.run()
        field.await_ready()
        recovered = {record["sha256"] for record in victim.log.records("audit.recovered")}
        aside = {hashlib.sha256(path.read_bytes()).hexdigest(): path.name for path in victim.log.files()
                 if ".torn-" in path.name and path.stat().st_size}
        checks.that(aside, "no torn line was put aside")
        untold = sorted(name for digest, name in aside.items() if digest not in recovered)
        checks.that(not untold, f"of what was put aside the log does not tell: {untold}")
        victim.finish()


def _tear(log):
    """What a power cut leaves: a part of the next line, and a part of the next checkpoint."""
    with open(log.live, "ab") as live, open(log.checkpoints, "ab") as checkpoints:
        live.write(b'{"v":1,"seq":%d,"prev":"sha256:00' % len(log.lines()))
        checkpoints.write(f"{log.records('audit.opened')[0]['origin']}\n{len(log.lines())}\nAAAA".encode())


def _under(log, traced, call, step):
    torn = [f"{log.live}.torn-{len(log.lines())}-{number}" for number in range(3)]
    places = [log.live, log.checkpoints, log.folder, *torn]
    watched = [option for place in places for option in ("-P", str(place))]
    # With -D it is the gateway that was started here, and strace looks on: what ends the gateway does not leave it behind.
    return ["strace", "-D", "-f", "-yy", "-ttt", "-o", str(traced), *watched, "-e", f"trace={strace.LASTING}",
            f"--inject={call}:signal=SIGKILL:when={step}"]


def _is_ready(field):
    try:
        field.gateway.await_http(field.admin_port, "/readyz", 0.2, status=200)
        return True
    except egress_arena.arena.procs.NotReady:
        return False


def _end(stage, checks):
    """A clean end, killed before each step of the writer's."""
    with egress_arena.EgressArena(stage.grounds(), "crash-end", {"ingress": "durable"}) as field:
        victim = Victim(field, checks)
        for call in ("write", "fdatasync", "fsync"):
            for step in range(1, MOST_STEPS):
                victim.order()
                options = ["-e", f"trace={strace.LASTING}", f"--inject={call}:signal=SIGKILL:when={step}"]
                gateway, thread = field.gateway, victim.roles()["writer"]
                with strace.Strace(field.folder, gateway.pid, *options, thread=thread) as traced:
                    gateway.signal(signal.SIGTERM)
                    wait_for(lambda: not gateway.alive(), 15)
                if gateway.status == 0:
                    field.gateway = field.run()
                    field.await_ready()
                    break
                victim.killed(f"end: {call} #{step} on {traced.events()[-1].place}")
        victim.finish()
