"""What an operator does while clients are at work: reload, hand over, stop. Nobody who may stay notices."""

import copy
import select
import signal
import threading
import time

import arena
import rpc
from scenarios import Scenario

RELOADS = "bulla_policy_reloads_total"
RELOAD_SECONDS = 5


def scenarios():
    return [
        Scenario("life/reload", _reload, arena=True),
        Scenario("life/reload-broken", _reload_broken, arena=True),
        Scenario("life/reload-under-load", _reload_under_load, arena=True),
        Scenario("life/take-over", _take_over, arena=True),
        Scenario("life/drain", _drain, arena=True),
    ]


def _reload(stage, checks):
    """A newly denied tool is denied, a newly served path served, and an open stream goes on."""
    with arena.Arena(stage.grounds(), "reload") as field:
        connection, stream = field.start_call("hold")
        checks.that(arena.read_until(stream, b"progress"), "the stream does not begin")
        checks.equal(field.call("echo").status, 200, "a tool before it is denied")
        del field.policy["servers"]["arena"]["tools"]["echo"]
        field.policy["servers"]["second"] = {**field.policy["servers"]["arena"], "path": "/mcp/second"}
        field.write_policy()
        field.check_policy()
        field.reload()
        checks.that(arena.wait_for(lambda: field.call("echo").status == 403, RELOAD_SECONDS),
                    f"echo is not denied after SIGHUP: {field.call('echo').status}")
        checks.equal(field.call("slow", seconds=0).status, 200, "a tool that stays allowed")
        token = field.grounds.tokens(["alice"], field.public_url + "/mcp/second")[0]
        listed = dict(rpc.fields("ping", token))
        other = field.connection()
        other.request("POST", "/mcp/second", rpc.message("ping", "one"), listed)
        checks.equal(other.getresponse().status, 200, "the server that the new policy adds")
        other.close()
        field.origin.say("after-the-reload")
        checks.that(b"after-the-reload" in arena.read_until(stream, b"after-the-reload"), "the open stream was dropped")
        field.origin.release()
        checks.that(b"hold:done" in arena.read_until(stream, b"hold:done"), "the open stream did not end well")
        connection.close()
        checks.equal(field.metrics("bulla_ingress_streams"), 0, "streams that are left")


def _reload_broken(stage, checks):
    """A policy with a mistake changes nothing, and the log and a metric say so."""
    with arena.Arena(stage.grounds(), "broken") as field:
        good = copy.deepcopy(field.policy)
        ways = {
            "a rule that is none": lambda policy: policy["servers"]["arena"]["tools"].update(echo={"requires": []}),
            "a key that nobody knows": lambda policy: policy.update(server={}),
            "no version": lambda policy: policy.pop("version"),
            "an unknown issuer": lambda policy: policy["servers"]["arena"].update(issuers=["nobody"]),
            "another address": lambda policy: policy["gateway"]["listen"].update(clients="127.0.0.1:1"),
        }
        for what, spoil in ways.items():
            field.policy = copy.deepcopy(good)
            spoil(field.policy)
            _still_the_old(field, checks, what, field.write_policy)
        _still_the_old(field, checks, "no YAML", lambda: field.policy_file.write_text("version: 1\n  gateway: [\n"))
        _still_the_old(field, checks, "no file", field.policy_file.unlink)
        field.policy = good
        field.policy["servers"]["arena"]["tools"].pop("echo")
        field.write_policy()
        field.reload()
        checks.that(arena.wait_for(lambda: field.call("echo").status == 403, RELOAD_SECONDS),
                    "a good policy after bad ones does not take effect")


def _still_the_old(field, checks, what, write):
    log, refused = len(field.log()), field.metrics(RELOADS, result="refused")
    write()
    field.reload()
    said = arena.wait_for(lambda: "reload" in field.log()[log:].lower() or "policy" in field.log()[log:].lower(), 5)
    checks.that(said, f"{what}: the log does not say that the policy was not taken")
    moved = arena.wait_for(lambda: field.metrics(RELOADS, result="refused") > refused, 3)
    checks.that(moved, f'{what}: {RELOADS}{{result="refused"}} did not move')
    checks.that(field.gateway.alive(), f"{what}: the gateway ended")
    checks.equal(field.call("echo").status, 200, f"{what}: a call under the old policy")


class Traffic:
    """A client that calls without a pause, on new connections and on kept ones, and remembers what failed."""

    def __init__(self, field, kept):
        self._field, self._kept, self._end = field, kept, threading.Event()
        self.calls, self.failures, self.slowest = 0, [], 0.0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join(40)

    def _run(self):
        connection = None
        while not self._end.is_set():
            if connection and _is_closed(connection):
                connection.close()
                connection = None
            connection = connection or self._field.connection(30)
            told = self._field.call(connection=connection, timeout=30)
            self.calls, self.slowest = self.calls + 1, max(self.slowest, told.seconds)
            if told.status != 200:
                self.failures.append(f"{told.status} {told.response.body[:200] if told.response else ''}")
            # A client that keeps connections opens another when it was told that this is the last answer.
            last = told.response is None or (told.response.first("connection") or "").lower() == "close"
            if last or not self._kept:
                connection.close()
                connection = None
            time.sleep(0.01)


def _is_closed(connection):
    """Whether the other side closed a kept connection: HTTP libraries look before they send."""
    return bool(connection.sock) and bool(select.select([connection.sock], [], [], 0)[0])


def _reload_under_load(stage, checks):
    """Twenty reloads, to and fro, under traffic: no call fails and nothing is left behind."""
    with arena.Arena(stage.grounds(), "reload-load") as field:
        with Traffic(field, kept=True) as kept, Traffic(field, kept=False) as fresh:
            for turn in range(20):
                tools = field.policy["servers"]["arena"]["tools"]
                tools.pop("big", None) if turn % 2 else tools.update(big={"require": [arena.SCOPE]})
                field.write_policy()
                field.reload()
                time.sleep(0.1)
        for what, traffic in (("kept", kept), ("new", fresh)):
            checks.equal(traffic.failures[:5], [], f"failures on {what} connections, of {traffic.calls} calls")
            checks.that(traffic.calls > 20, f"only {traffic.calls} calls on {what} connections")


def _take_over(stage, checks):
    """A second process takes over: every call of every client succeeds, and the first process ends well."""
    with arena.Arena(stage.grounds(), "take-over", {"drain_timeout": "10s"}) as field:
        slow = {}
        caller = threading.Thread(target=lambda: slow.update(told=field.call("slow", seconds=2, timeout=30)))
        with Traffic(field, kept=True) as kept, Traffic(field, kept=False) as fresh:
            time.sleep(0.5)
            caller.start()
            time.sleep(0.3)
            first, field.gateway = field.gateway, field.run("--take-over")
            checks.that(arena.wait_for(lambda: not first.alive(), 15), "the first process does not end")
            field.await_ready()
            caller.join(30)
            time.sleep(0.7)
        checks.equal(first.status, 0, "the first process's exit status")
        checks.equal(slow["told"].status, 200, "a slow call over the change")
        for what, traffic in (("kept", kept), ("new", fresh)):
            checks.equal(traffic.failures[:5], [], f"failures on {what} connections, of {traffic.calls} calls")
            checks.that(traffic.calls > 20, f"only {traffic.calls} calls on {what} connections")
            checks.that(traffic.slowest < 10, f"the slowest call on {what} connections took {traffic.slowest:.1f} s")
        checks.equal(field.call().status, 200, "a call after the change")
        requests = [entry for entry in field.audit() if entry.get("event", "").startswith("ingress")]
        calls = kept.calls + fresh.calls
        checks.that(len(requests) >= calls, f"{len(requests)} records of {calls} calls")


def _drain(stage, checks):
    """SIGTERM: a running call gets its answer, new connections are not taken, the process ends with 0 in time."""
    with arena.Arena(stage.grounds(), "drain", {"drain_timeout": "8s"}) as field:
        told = {}
        calls = [threading.Thread(target=lambda key=key: told.update({key: field.call("slow", seconds=2, timeout=15)}))
                 for key in range(3)]
        idle = field.connection()
        checks.equal(field.call(connection=idle).status, 200, "a call before")
        for call in calls:
            call.start()
        arena.wait_for(lambda: field.origin.seen.get("slow") == 3)
        started = time.monotonic()
        field.gateway.signal(signal.SIGTERM)
        time.sleep(0.5)
        checks.that(field.call().status != 200, "a new connection was served after SIGTERM")
        for call in calls:
            call.join(15)
        checks.equal([told[key].status for key in sorted(told)], [200] * 3, "calls that ran when the signal came")
        ended = arena.wait_for(lambda: not field.gateway.alive(), 8)
        checks.that(ended, "the process does not end")
        checks.equal(field.gateway.status, 0, "exit status")
        checks.that(time.monotonic() - started < 6, f"it took {time.monotonic() - started:.1f} s, and the calls 2")
        idle.close()
