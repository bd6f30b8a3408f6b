"""Servers that the gateway runs itself, one process for each user: what a process is given, late work, and its end."""

import json
import time

import egress
import rpc
from outbound_policy import GRACE_SECONDS
from scenarios import Scenario

CALL_SECONDS = 60
LATE_SECONDS = GRACE_SECONDS + 2
MARGIN_SECONDS = 4.0  # for a busy machine
PAUSE_SECONDS = 1.5  # after an instance's end, before another is started for its user


def scenarios():
    return [
        Scenario("late/instance", _late_instance),
        Scenario("instance/own", _own_instance),
        Scenario("instance/crash", _crash),
    ]


def _late_instance(stage, checks):
    """Work that a launched server goes on with after its answer is refused, and seen by no API."""
    outbound, number = stage.outbound(), rpc.marker()
    token, subject = outbound.user("dave")  # who has no other business with this server
    begun = _tool(outbound, token, "later", {"user": subject, "number": number, "seconds": LATE_SECONDS})
    checks.equal(begun, ("result", "begun"), "later")
    time.sleep(LATE_SECONDS + 1.5)
    kind, text = _tool(outbound, token, "outcome", {"number": number})
    outcome = json.loads(text) if kind == "result" else {"status": text}
    checks.equal(outcome.get("status"), 403, "late work of an instance")
    refused = egress.problem_of(outcome.get("body", ""))
    checks.that(refused in ("txn_closed", "unattributed"), f"late work of an instance: {refused}")
    checks.equal(outbound.records(number), [], "late work that the API saw")


def _own_instance(stage, checks):
    """Each user has a process of their own, with a secret of its own and none of the gateway's."""
    outbound, seen, users = stage.outbound(), {}, ("erin", "frank")  # who have no other business with this server
    for user in users:
        kind, text = _tool(outbound, outbound.user(user)[0], "about", {})
        if checks.equal(kind, "result", f"about: {text[:300]}"):
            seen[user] = json.loads(text)
            again = json.loads(_tool(outbound, outbound.user(user)[0], "about", {})[1])
            checks.equal(again["process"], seen[user]["process"], f"{user}'s process")
    if len(seen) < 2:
        return
    checks.equal(len({about["process"] for about in seen.values()}), 2, "processes of two users")
    urls = {user: about["environment"]["ORDERS_API_URL"] for user, about in seen.items()}
    checks.equal(len(set(urls.values())), 2, "secrets of two users")
    for user, about in seen.items():
        inherited = [name for name in about["environment"] if name.startswith("INTEROP_")]
        checks.equal(inherited, [], f"{user}: secrets of the gateway in the server's environment")
    outbound.keep_instance_secrets([url.split("/")[3] for url in urls.values()])
    # The secret of an instance that works on nothing opens nothing.
    time.sleep(GRACE_SECONDS + 0.7)
    for user in users:
        secret = urls[user].split("/")[3]
        answer = egress.call(outbound, None, None, "/orders/users/x/items/y", secret=secret, proof=None)
        refused = [(403, "unattributed"), (403, "txn_closed")]
        checks.that(answer.outcome in refused, f"an idle instance: {answer.outcome}")


def _crash(stage, checks):
    """An instance that dies in the middle of a call: the client is told in time, and soon has a new one."""
    outbound, marker = stage.outbound(), rpc.marker()
    token, subject = outbound.user("carol")  # who has no other business with this server
    arguments = {"user": subject, "number": marker}
    before = json.loads(_tool(outbound, token, "about", {})[1])["process"]
    started, ident = time.monotonic(), rpc.marker()
    answer = rpc.call_tool(outbound, outbound.server("handwritten"), token, "crash", arguments, ident, seconds=40)
    told = rpc.outcome(answer, ident)
    checks.that(answer.status in (502, 503) and told[0] == "error", f"crash: {answer.status} {told}")
    checks.that(time.monotonic() - started < MARGIN_SECONDS, f"crash: {time.monotonic() - started:.1f} s")
    # Lest it starts and crashes for ever, there is a pause before the next one.
    time.sleep(PAUSE_SECONDS)
    kind, text = _tool(outbound, token, "by_httpx", arguments)
    if checks.equal(kind, "result", f"afterwards: {text[:300]}"):
        checks.equal(json.loads(text)["claims"]["sub"], subject, "afterwards: sub")
        after = json.loads(_tool(outbound, token, "about", {})[1])["process"]
        checks.that(after != before, "the same process after its end")
    checks.equal([record["error"] for record in outbound.records(marker)], [None], "calls that the API saw")


def _tool(outbound, token, tool, arguments):
    ident = rpc.marker()
    server = outbound.server("handwritten")
    answer = rpc.call_tool(outbound, server, token, tool, arguments, ident, seconds=CALL_SECONDS)
    return rpc.outcome(answer, ident)
