"""APIs that refuse, stall, break or lead elsewhere: a documented problem in time, and nothing done twice."""

import concurrent.futures
import time

import egress
import rpc
from outbound_policy import FIRST_BYTE_SECONDS
from scenarios import Scenario

MARGIN_SECONDS = 4.0  # for a busy machine


def scenarios():
    return [Scenario("api/unauthorized", _unauthorized), Scenario("api/broken", _broken)]


def _unauthorized(stage, checks):
    """An API that does not accept a token gets a fresh one once, for a call that may be repeated."""
    outbound, marker = stage.outbound(), rpc.marker()
    token = outbound.hostile_token("dave", "liar")

    def work(shown):
        def ask(kind, method, body=b""):
            path = f"/good/{kind}/{marker}-{method}-{kind}/items/1"
            return egress.call(outbound, "liar", shown, path, method, body=body).outcome

        return [ask("once401", "GET"), ask("once401", "POST", b"{}"), ask("always401", "GET")]

    rejected = (502, "credential_rejected")
    once, posted, always = outbound.act("liar", token, work)
    checks.equal(once, (200, None), "401 once, GET")
    checks.equal(posted, rejected, "401 once, POST")
    checks.equal(always, rejected, "401 always")
    # A token that has just replaced a rejected one is not thrown away again: one bad path must not turn it over and over.
    for path, calls, tokens in ((f"{marker}-GET-once401", 2, 2), (f"{marker}-POST-once401", 1, 1),
                                (f"{marker}-GET-always401", 2, 1)):
        records = outbound.records(path)
        checks.equal(len(records), calls, f"{path}: calls that the API saw")
        checks.equal(len({tuple(record["credentials"]) for record in records}), tokens, f"{path}: tokens")


def _broken(stage, checks):
    """APIs that do not answer well: a documented problem, in time."""
    outbound, marker = stage.outbound(), rpc.marker()
    token, subject = outbound.user("alice")
    plans = {
        "slow": (f"/ledger/slow/40/{marker}", (504, "downstream_timeout"), FIRST_BYTE_SECONDS),
        "hangs up": (f"/ledger/hangup/0/{marker}", (502, "downstream_closed"), 0),
        "redirects": (f"/ledger/redirect/0/{marker}", (502, "downstream_redirected"), 0),
        "nobody there": (f"/nobody/{marker}", (502, "downstream_unreachable"), 0),
        "stalls": (f"/ledger/stall/40/{marker}", None, FIRST_BYTE_SECONDS),
    }

    def ask(shown, path):
        started = time.monotonic()
        try:
            answer = egress.call(outbound, "puppet", shown, path, seconds=30)
            return answer.outcome, answer.seconds, len(answer.response.body)
        except Exception as error:  # an answer that breaks off is one to the API's that breaks off
            return type(error).__name__, time.monotonic() - started, 0

    def work(shown):
        with concurrent.futures.ThreadPoolExecutor(len(plans)) as pool:
            return dict(zip(plans, pool.map(lambda plan: ask(shown, plan[0]), plans.values())))

    for what, (outcome, seconds, size) in outbound.act("puppet", token, work).items():
        _, expected, limit = plans[what]
        if expected:
            checks.equal(outcome, expected, what)
        else:
            checks.that(outcome == "IncompleteRead" or size < 100, f"{what}: {outcome}, {size} bytes")
        checks.that(seconds < limit + MARGIN_SECONDS, f"{what}: {seconds:.1f} s")
    checks.equal(outbound.records("/elsewhere"), [], "who followed the API's redirect")
