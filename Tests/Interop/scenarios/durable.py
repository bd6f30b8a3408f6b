"""In which order things happen, by strace: nothing is done whose record is not on the disk."""

import re
import threading

import egress_arena
import strace
from audit_log import AuditLog, verdicts
from scenarios import Scenario

ORDERS, AT_ONCE = 6, 24
CALLS = "write,writev,pwrite64,sendto,sendmsg,fdatasync,fsync"
SYNCS = ("fdatasync", "fsync")
SPAN = re.compile(r"traceparent: 00-[0-9a-f]{32}-([0-9a-f]{16})-", re.IGNORECASE)
SIZE = re.compile(r"\\n(\d+)\\n")


def scenarios():
    return [Scenario("durable/order", _order, arena=True)]


def _order(stage, checks):
    """A record's sync is back before its request goes to the upstream, its call to the API, or its user's token to the
    authorization server; a checkpoint is written after the sync of all that it covers."""
    audit = {"ingress": "durable", "checkpoint_records": 10, "checkpoint_every": "1s"}
    with egress_arena.EgressArena(stage.grounds(), "order", audit) as field:
        log = AuditLog(field.folder, stage.bulla)
        # Tokens are made before, so that strace sees calls alone.
        tokens = field.tokens([f"user{number}" for number in range(AT_ONCE)])
        before = len(log.lines())
        options = ["-e", f"trace={CALLS}", "-s", "1000000"]
        with strace.Strace(field.folder, field.gateway.pid, *options) as traced:
            for number in range(ORDERS):
                checks.equal(field.order(f"buyer{number}", number), (200, 200), "an order")
            callers = [threading.Thread(target=field.call, args=["echo"], kwargs={"token": token}) for token in tokens]
            for caller in callers:
                caller.start()
            for caller in callers:
                caller.join(30)
            field.gateway.end(15)
        events = traced.events()
        synced = _Synced([one for one in events if one.place == log.live.name], before)
        requests = _each(checks, events, synced, field.upstream_port, "ingress.accepted", "upstream")
        calls = _each(checks, events, synced, field.api_port, "egress.intent", "API")
        asked = [one for one in events if one.place == str(field.authority_port)]
        for index, one in enumerate(asked):
            checks.that(synced.count("egress.intent", one.begun) > index, "a user's token left before its intent")
        notes = [one for one in events if one.place == log.checkpoints.name and one.call not in SYNCS]
        for one in notes:
            for size in map(int, SIZE.findall(one.arguments)):
                checks.that(synced.lines(one.begun) >= size, f"a checkpoint of {size} records before their sync")
        checks.that(notes, "no checkpoint was written")
        checks.equal((requests, calls), (ORDERS + AT_ONCE, ORDERS), "requests and calls")
        verdicts(checks, log, "in the end", ("whole",))
        checks.note(f"{requests} requests, {calls} calls, {len(asked)} exchanges and {len(notes)} checkpoints in order")


class _Synced:
    """What was written to the live file, and when it was on the disk for sure."""

    def __init__(self, events, before):
        self._before, self._written = before, []
        syncs = [one for one in events if one.call in SYNCS and one.ended and not one.failed]
        for one in events:
            if one.call not in SYNCS and one.ended:
                since = [sync.ended for sync in syncs if sync.begun >= one.ended]
                self._written.append((one.arguments, min(since, default=float("inf"))))

    def at(self, *words):
        """When the write that has all these words was on the disk."""
        return min((at for text, at in self._written if all(word in text for word in words)), default=float("inf"))

    def count(self, word, when):
        return sum(text.count(word) for text, at in self._written if at <= when)

    def lines(self, when):
        return self._before + sum(text.count("}\\n") for text, at in self._written if at <= when)


def _each(checks, events, synced, port, event, who):
    """Requests on connections to `port`; each one's record was on the disk before."""
    found = 0
    for one in events:
        for span in SPAN.findall(one.arguments) if one.place == str(port) else ():
            found += 1
            checks.that(synced.at(span, event) <= one.begun, f"the {who} was asked before {event} was on the disk")
    return found
