"""An authorization server that lies, breaks, stalls or leads astray: the call ends in time, no API sees it, and nobody
else's credential is used instead. And a crowd at an honest one: one question for all of them."""

import asyncio
import concurrent.futures
import threading

import egress
import rpc
from authorities import digest
from outbound_policy import AGENT_CLIENT, EXCHANGE_SECONDS, audience
from scenarios import Scenario

MARGIN_SECONDS = 3.0  # for a busy machine
REJECTED, MISCONFIGURED, UNAVAILABLE = (502, "exchange_rejected"), (502, "exchange_misconfigured"), (
    503, "exchange_unavailable")
# Why, as the audit says it.
LIES = {
    "other_subject": "wrong_subject", "other_audience": "wrong_audience", "no_audience": "audience_missing",
    "other_issuer": "wrong_issuer", "wider_scope": "scope_wider", "wider_token": "scope_wider", "expired": "expired",
    "unsigned": "unverifiable", "forged": "bad_signature", "opaque": "unverifiable", "mac_token": "token_type",
    "refresh_token": "issued_token_type", "split_token": "token_missing", "no_act": "actor_missing",
}
REFUSALS = {
    "bad_grant": (403, "subject_rejected"), "bad_actor": (403, "actor_rejected"),
    "consent": (403, "interaction_required"), "bad_client": MISCONFIGURED, "bad_target": MISCONFIGURED,
    "bad_scope": MISCONFIGURED, "broken": UNAVAILABLE, "busy": UNAVAILABLE,
    "odd_words": None,  # any refusal, in our own words
}
FAILURES = {
    "slow": UNAVAILABLE, "trickle": UNAVAILABLE, "hang_up": UNAVAILABLE, "down": UNAVAILABLE, "redirect": "redirect",
    "html": "not_json", "empty": "token_missing", "no_json": "not_json", "twice": "not_json", "huge": "too_large",
}
CROWD, CROWD_CALLS = 250, 4  # calls at once in one request, requests at once
OTHERS = 100


def scenarios():
    return [
        # An outcome, or why the answer is rejected.
        Scenario("hostile/lies", lambda stage, checks: _wrong(stage, checks, "liar", LIES)),
        Scenario("hostile/refusals", lambda stage, checks: _wrong(stage, checks, "failing", REFUSALS)),
        Scenario("hostile/failures", lambda stage, checks: _wrong(stage, checks, "failing", FAILURES)),
        Scenario("hostile/foreign-endpoint", _foreign),
        Scenario("hostile/honest", _honest),
        Scenario("hostile/crowd", _crowd, last=True),  # a thousand calls at once hold up everybody else's
    ]


def _wrong(stage, checks, server, expected):
    outbound, marker = stage.outbound(), rpc.marker()
    token = outbound.hostile_token("alice", server, client_id=AGENT_CLIENT)

    def work(shown):
        with concurrent.futures.ThreadPoolExecutor(len(expected)) as pool:
            return dict(zip(expected, pool.map(lambda name: egress.call(
                outbound, server, shown, f"/{name}/users/alice/items/{marker}-{name}"), expected)))

    for name, answer in outbound.act(server, token, work).items():
        if isinstance(expected[name], str):
            checks.equal(answer.outcome, REJECTED, name)
            reasons = {line.get("reason") for line in outbound.audit() if line.get("target") == name}
            checks.that(f"exchange_rejected: {expected[name]}" in reasons, f"{name}: the audit says {reasons}")
        elif expected[name]:
            checks.equal(answer.outcome, expected[name], name)
        checks.that(answer.status in (403, 502, 503) and answer.code, f"{name}: {answer.status} {answer.code}")
        checks.that(answer.seconds < EXCHANGE_SECONDS + MARGIN_SECONDS, f"{name}: {answer.seconds:.1f} s")
        if answer.status == 503:
            checks.that(answer.response.first("retry-after"), f"{name}: no Retry-After")
        for theirs in (b"words of the authorization", b"all\\u001b", b"\x1b", "\u2028".encode(), b"mallory"):
            checks.that(theirs not in answer.response.body, f"{name}: words of the authorization server are passed on")
        # Nothing was asked for in anybody else's name, and what was given was not sent anywhere.
        asked = outbound.hostile.requests(name)
        checks.that(name == "down" or asked, f"{name}: it was not asked")
        checks.equal({one["grant"] for one in asked} - {"urn:ietf:params:oauth:grant-type:token-exchange"}, set(),
                     f"{name}: other grants")
    checks.equal(outbound.records(marker), [], "calls that the API saw")
    checks.equal(outbound.hostile.led_elsewhere(), [], "who followed a redirect of the authorization server")


def _foreign(stage, checks):
    """Metadata that names a token endpoint of somebody else: the user's token does not go there."""
    outbound, marker = stage.outbound(), rpc.marker()
    token = outbound.keep_token(outbound.hostile.token("alice", outbound.server("foreign").resource, under="/foreign"))
    path = f"/misled/users/alice/items/{marker}"
    answer = outbound.act("foreign", token, lambda shown: egress.call(outbound, "foreign", shown, path))
    checks.equal(answer.outcome, REJECTED, "a foreign token endpoint")
    reasons = {line.get("reason") for line in outbound.audit() if line.get("target") == "misled"}
    checks.that("exchange_rejected: foreign_endpoint" in reasons, f"the audit says {reasons}")
    checks.equal(outbound.hostile.led_elsewhere(), [], "who was led to the foreign endpoint")
    checks.equal(outbound.records(marker), [], "calls that the API saw")


def _honest(stage, checks):
    """The control: what the lies differ from. One exchange serves the calls of a token that want the same."""
    outbound, marker = stage.outbound(), rpc.marker()
    token = outbound.hostile_token("carol", "liar", client_id=AGENT_CLIENT)
    path = f"/good/users/carol/items/{marker}"
    answers = outbound.act("liar", token, lambda shown: [
        egress.call(outbound, "liar", shown, path) for _ in range(3)])
    checks.equal([answer.outcome for answer in answers], [(200, None)] * 3, "answers")
    records = outbound.records(marker)
    for record in records:
        claims = record["claims"] or {}
        checks.equal((record["error"], record["strays"]), (None, []), "what the API saw")
        checks.equal((claims.get("sub"), claims.get("aud"), claims.get("act")),
                     ("carol", audience("good"), {"sub": "good"}), "token")
    checks.equal(len({tuple(record["credentials"]) for record in records}), 1, "tokens")
    asked = [one for one in outbound.hostile.requests("good") if one["subject"] == digest(token)]
    checks.equal(len(asked), 1, "exchanges")
    for one in asked:
        checks.equal((one["audience"], one["scope"]), (audience("good"), "orders:read orders:write"), "asked for")


def _crowd(stage, checks):
    """1,000 calls of one user want a token that nobody has yet, and 100 of another at the same moment: two exchanges,
    nothing crossed."""
    outbound, marker = stage.outbound(), rpc.marker()
    tokens = {user: outbound.hostile_token(user, "liar") for user in ("alice", "bob")}
    parts = [("alice", CROWD)] * CROWD_CALLS + [("bob", OTHERS)]
    meeting = threading.Barrier(len(parts), timeout=20)

    def part(index):
        user, calls = parts[index]
        target = f"/{outbound.secrets['liar']}/patient/users/{user}/items/{marker}-{index}"

        def work(shown):
            meeting.wait()
            return asyncio.run(_at_once(outbound.egress_port, target, shown.envelope, calls))

        return outbound.act("liar", tokens[user], work)

    with concurrent.futures.ThreadPoolExecutor(len(parts)) as pool:
        answers = [status for statuses in pool.map(part, range(len(parts))) for status in statuses]
    checks.equal({status: answers.count(status) for status in set(answers)},
                 {b"200": CROWD * CROWD_CALLS + OTHERS}, "answers")
    for user, token in tokens.items():
        asked = [one for one in outbound.hostile.requests("patient") if one["subject"] == digest(token)]
        checks.equal(len(asked), 1, f"exchanges for {user}")
    records = outbound.records(marker)
    checks.equal(len(records), CROWD * CROWD_CALLS + OTHERS, "calls that the API saw")
    crossed = [record for record in records if (record["claims"] or {}).get("sub") != record["user"]]
    checks.equal(len(crossed), 0, "crossed calls")


async def _at_once(port, target, envelope, calls):
    """The statuses of `calls` calls, each on its own connection."""

    async def one(number):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {target}-{number} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nTxn-Token: {envelope}\r\n"
                         "Connection: close\r\n\r\n".encode())
            head = await asyncio.wait_for(reader.read(), 30)
            writer.close()
            return head.split(b" ")[1] if head else b"nothing"
        except (OSError, asyncio.TimeoutError) as error:
            return repr(error).encode()

    return await asyncio.gather(*(one(number) for number in range(calls)))
