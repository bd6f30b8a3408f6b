"""Never crossed: two users' calls at once, through servers that know nothing of users, each with that user's token.

What counts is what the API saw: the number in a call's path says who asked for it, the token says for whom it came.
"""

import concurrent.futures
import http.client
import json
import time

import egress
import rpc
from outbound_policy import GRACE_SECONDS
from scenarios import Scenario

CALLS, AT_ONCE = 500, 8  # of each user
CALL_SECONDS = 60
USERS = ("alice", "bob")


def scenarios():
    def crossing(name, *way):
        return Scenario(f"crossing/{name}", lambda stage, checks: _cross(stage, checks, *way))

    return [
        # A proxy hands on both, the handle and the envelope; they must agree.
        crossing("proxy", "proxy", ["note"], "envelope"),
        crossing("handle", "passthrough", ["read"], "handle"),
        crossing("envelope", "openapi", ["read_orders", "write_orders", "read_ledger", "write_ledger"], "envelope"),
        crossing("instance", "handwritten", ["by_httpx", "by_requests", "by_aiohttp", "by_urllib", "by_threads"],
                 "instance"),
        Scenario("late/shared", _late_shared),
    ]


def _cross(stage, checks, name, tools, attribution):
    outbound, prefix = stage.outbound(), rpc.marker()
    server, users = outbound.server(name), {user: outbound.user(user) for user in USERS}
    # Numbers alternate between users, so that their calls interleave on the way.
    plans = [[(user, users[user], f"{prefix}-{user}-{index}", tools[index % len(tools)])
              for index in range(lane, CALLS, AT_ONCE)] for lane in range(AT_ONCE) for user in USERS]
    with concurrent.futures.ThreadPoolExecutor(len(plans)) as lanes:
        wrong = [fault for faults in lanes.map(lambda plan: _lane(outbound, server, plan), plans) for fault in faults]
    for fault in wrong[:5]:
        checks.that(False, fault)
    checks.equal(len(wrong), 0, "calls with a wrong answer")
    seen = _seen(outbound, name, prefix)
    for user in USERS:
        _all_and_only(checks, user, users[user][1], [record for record in seen if f"-{user}-" in record["number"]])
    checks.equal(len(seen), CALLS * len(USERS), "calls that the API saw")
    _audited(checks, outbound, name, {users[user][1] for user in USERS}, attribution)


def _audited(checks, outbound, name, subjects, attribution):
    """Each call is on record twice, before and after it, with its user and by what it was attributed."""
    def found(event):
        return [line for line in outbound.audit()
                if line.get("presenter") == name and line["event"] == event and line["actor_sub"] in subjects]

    # The record of a result is written after its answer has left.
    patience = time.monotonic() + 5
    while len(found("egress.result")) < CALLS * len(USERS) and time.monotonic() < patience:
        time.sleep(0.1)
    for event in ("egress.intent", "egress.result"):
        lines = found(event)
        checks.that(len(lines) >= CALLS * len(USERS), f"{event}: {len(lines)} records")
        checks.equal({line["attribution"] for line in lines}, {attribution}, f"{event}: attribution")


def _lane(outbound, server, plan):
    """Makes the calls of a plan one after the other on one connection; returns what was wrong with them."""
    connection, faults = http.client.HTTPConnection("127.0.0.1", outbound.public_port, timeout=CALL_SECONDS), []
    try:
        for user, (token, subject), number, tool in plan:
            arguments = {"user": subject, "number": number}
            arguments |= {"note": number} if tool.startswith("write_") else {}
            body = rpc.message("tools/call", number, name=tool, arguments=arguments)
            connection.request("POST", server.path, body, dict(rpc.fields("tools/call", token, tool)))
            answer = connection.getresponse()
            told = rpc.outcome(rpc.response(answer), number)
            if told[0] != "result" or not egress.names(_claims(told[1]).get("sub"), subject):
                faults.append(f"{user}'s call of {tool} ended in {answer.status} {told[0]} {told[1][:300]}")
    except (OSError, http.client.HTTPException) as error:
        faults.append(f"{plan[0][0]}: {type(error).__name__}: {error}")
    finally:
        connection.close()
    return faults


def _claims(text):
    try:
        return json.loads(text).get("claims") or {}
    except (ValueError, AttributeError):
        return {}


def _seen(outbound, name, prefix):
    if name == "proxy":
        return [{**note, "error": None, "strays": ["a handle"] if note["handle"] else []}
                for note in outbound.notes() if note["number"].startswith(prefix)]
    return outbound.records(prefix)


def _all_and_only(checks, user, subject, records):
    numbers = [record["number"] for record in records]
    checks.equal((len(numbers), len(set(numbers))), (CALLS, CALLS), f"calls of {user} that the API saw")
    for record in records:
        checks.equal(record["error"], None, f"{user}: a token that the API refused")
        claims = record["claims"] or {}
        checks.that(egress.names(claims.get("sub"), subject), f"{user}: the token's sub is {claims.get('sub')}")
        checks.equal(record["user"], subject, f"{user}: the path's user")
        checks.equal(record["strays"], [], f"{user}: what should not have come")


def _late_shared(stage, checks):
    """The envelope and the handle of an answered request open nothing any more, in whosever hands they are."""
    outbound, number = stage.outbound(), rpc.marker()
    token, subject = outbound.user("bob")
    path = f"/orders/users/{subject}/items/{number}"
    for server, proof in (("puppet", "envelope"), ("handled", "handle"), ("handled", "both")):
        shown = {}

        def work(given, server=server, proof=proof, shown=shown):
            shown["it"] = given
            return egress.call(outbound, server, given, f"{path}-in-time", proof=proof)

        checks.equal(outbound.act(server, token, work).status, 200, f"{proof} while the request lasts")
        time.sleep(GRACE_SECONDS + 0.7)
        late = egress.call(outbound, server, shown["it"], f"{path}-late", proof=proof)
        checks.equal(late.outcome, (403, "txn_closed"), f"{proof} after the answer")
    checks.equal(outbound.records(f"{number}-late"), [], "late calls that the API saw")
    checks.equal(len(outbound.records(f"{number}-in-time")), 3, "calls in time that the API saw")
