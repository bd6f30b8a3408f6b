"""The egress itself: who may call what, and what a call may carry."""

import concurrent.futures
import hashlib
import os
import secrets

import egress
import rpc
from outbound_policy import CALLS, CALLS_AT_ONCE
from scenarios import Scenario

BODY_BYTES = 1 << 20
FORGED = [
    ("X-Actor-Sub", "mallory"), ("x_actor_sub", "mallory"), ("X.Actor.Sub", "mallory"), ("X-Delegation-Mode", "none"),
    ("Cookie", "session=mallory"), ("Proxy-Authorization", "Basic bWFsbG9yeQ=="), ("X-Forwarded-User", "mallory"),
    ("X-Remote-User", "mallory"), ("Workload-Identity-Token", "a.b.c"), ("DPoP", "a.b.c"),
]


def scenarios():
    return [
        Scenario("call/as-sent", _as_sent),
        Scenario("call/forged-fields", _forged),
        Scenario("call/whose", _whose),
        Scenario("call/allowed", _allowed),
        Scenario("call/many", _many),
    ]


def _as_sent(stage, checks):
    """Method, query and body arrive as the server sent them; the answer comes back as the API gave it, but for fields
    that speak of identity or belong to a browser."""
    outbound, marker = stage.outbound(), rpc.marker()
    token, subject = outbound.user("alice")
    path, body = f"/ledger/users/{subject}/items/{marker}", os.urandom(BODY_BYTES)
    talk = f"/ledger/talkative/0/{marker}"

    def work(shown):
        return [egress.call(outbound, "puppet", shown, path + "?a=1&b=%20", "POST", [("X-Custom", "kept")], body),
                egress.call(outbound, "puppet", shown, path, "HEAD"),
                egress.call(outbound, "puppet", shown, path, "DELETE"), egress.call(outbound, "puppet", shown, talk)]

    posted, headed, deleted, talkative = outbound.act("puppet", token, work)
    for what, answer in (("POST", posted), ("HEAD", headed), ("DELETE", deleted), ("GET", talkative)):
        checks.equal(answer.outcome, (200, None), what)
    checks.equal(headed.response.body, b"", "body of an answer to HEAD")
    checks.equal((posted.json()["number"], posted.json()["claims"]["sub"]), (marker, f"acme|{subject}"), "answer")
    for record in outbound.records(f"{marker}?"):
        checks.equal(record["target"], f"{path}?a=1&b=%20", "target")
        checks.equal(record["body"], hashlib.sha256(body).hexdigest(), "body")
        checks.that("x-custom" in record["fields"], "a field of the server is lost")
    for name in ("set-cookie", "x-actor-sub", "txn-token", "x-custom"):
        checks.equal(talkative.response.values(name), [], f"answer: {name}")


def _forged(stage, checks):
    """What a server says of identity does not reach an API; what the gateway says does, once."""
    outbound, marker = stage.outbound(), rpc.marker()
    token, subject = outbound.user("bob")
    path = f"/ledger/users/{subject}/items/{marker}"
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answers = outbound.act("puppet", token, lambda shown: [
        egress.call(outbound, "puppet", shown, path, fields=[*FORGED, ("Authorization", "Bearer of-the-server")]),
        egress.call(outbound, "puppet", shown, path, fields=[("traceparent", trace), ("baggage", "user=mallory,a=b")]),
        egress.call(outbound, "puppet", shown, path, fields=[("Connection", "close, X-Actor-Sub, Authorization")]),
    ])
    for answer in answers[:2]:
        checks.equal(answer.outcome, (200, None), "answer")
    checks.that(answers[2].status in (200, 400), f"Connection names our fields: {answers[2].status}")
    records = outbound.records(marker)
    checks.equal(len(records), sum(answer.status == 200 for answer in answers), "calls that the API saw")
    for record in records:
        strays = [stray for stray in record["strays"] if stray != "field baggage"]
        checks.equal((record["error"], strays), (None, []), "what the API saw")
        checks.equal((record["claims"] or {}).get("sub"), f"acme|{subject}", "sub")
        for name in ("x-actor-sub", "x-delegation-mode", "x-trace-id"):
            checks.equal(len(record["audit"][name]), 1, name)
        checks.equal([value.split("-")[1] for value in record["trace"]], record["audit"]["x-trace-id"], "trace")
    everything = b"".join(request.raw for request in outbound.relays["api"].requests(marker))
    for word in (b"mallory", b"bWFsbG9yeQ", b"of-the-server", trace.split("-")[1].encode()):
        checks.that(word not in everything, f"{word!r} reached the API")


def _whose(stage, checks):
    """Two proofs are needed, whose server and whose request; one without the other, or one of each, is nothing."""
    outbound, marker = stage.outbound(), rpc.marker()
    token, subject = outbound.user("alice")
    path = f"/orders/users/{subject}/items/{marker}"
    no_secret = secrets.token_urlsafe(32)

    def work(shown):
        def asked(**options):
            return egress.call(outbound, "puppet", shown, options.pop("path", path), **options).outcome

        other = shown.envelope.split(".")
        tampered = ".".join([other[0], other[1], other[2][:-4] + "AAAA"])
        handle = [("Authorization", "Bearer eieh_" + secrets.token_urlsafe(32))]
        return {
            "the secret of nobody": (asked(secret=no_secret), "presenter_unknown"),
            "no secret": (asked(path="/users/x", secret="orders"), "presenter_unknown"),
            "another server's secret": (asked(secret=outbound.secrets["neighbour"]), "envelope_invalid"),
            "no envelope": (asked(proof=None), "unattributed"),
            "a handle of nobody": (asked(proof=None, fields=handle), "unattributed"),
            "a tampered envelope": (asked(proof=None, fields=[("Txn-Token", tampered)]), "envelope_invalid"),
            "two envelopes": (asked(fields=[("txn_token", shown.envelope)]), "envelope_invalid"),
            "the envelope as bearer token": (
                asked(proof=None, fields=[("Authorization", f"Bearer {shown.envelope}")]), ("unattributed",
                                                                                           "identity_leak")),
            "the user's token as bearer token": (
                asked(proof=None, fields=[("Authorization", f"Bearer {token}")]), "unattributed"),
            "the envelope in the query": (asked(path=f"{path}?t={shown.envelope}"), "identity_leak"),
            "the envelope in another field": (asked(fields=[("X-Token", shown.envelope)]), "identity_leak"),
            "an envelope and a handle of nobody": (asked(fields=handle), ("unattributed", "ambiguous")),
        }

    for what, ((status, code), expected) in outbound.act("puppet", token, work).items():
        checks.that(status == 403 and code in (expected if isinstance(expected, tuple) else (expected,)),
                    f"{what}: {status} {code}")

    def handled(shown):
        inside = outbound.act("handled", outbound.user("bob")[0], lambda other: {
            "a handle in the query": (egress.call(
                outbound, "handled", shown, f"{path}?h={shown.authorization.split()[1]}", proof="handle"), 403),
            "one user's envelope, another's handle": (egress.call(
                outbound, "handled", shown, path, fields=[("Authorization", other.authorization)]), 403),
            "a handle at another server": (egress.call(
                outbound, "handled", shown, path, proof="handle", secret=outbound.secrets["puppet"]), 403),
        })
        return {**inside, "envelope and handle": (
            egress.call(outbound, "handled", shown, f"{path}-both", proof="both"), 200)}

    for what, (answer, expected) in outbound.act("handled", token, handled).items():
        checks.equal(answer.status, expected, f"{what} ({answer.code})")
    seen = [record["number"] for record in outbound.records(marker)]
    checks.equal(seen, [f"{marker}-both"], "calls that the API saw")


def _allowed(stage, checks):
    """The policy decides about service, method, path and scopes, on the path as the API would read it."""
    outbound, marker = stage.outbound(), rpc.marker()
    token, subject = outbound.user("alice")
    reader = outbound.keep_token(outbound.idpyoidc.token("alice", ["orders:read"]))
    item = f"/ledger/users/{subject}/items/{marker}"
    denied = (403, "target_not_allowed")
    plans = {
        "another server's service": ("GET", f"/notes/mcp?{marker}", denied),
        "a service of nobody": ("GET", f"/nothing/{marker}", denied),
        "a method without a rule": ("PUT", item, denied),
        "a path without a rule": ("DELETE", f"/ledger/users/{subject}/{marker}", denied),
        "dot segments": ("DELETE", f"/ledger/users/{subject}/items/../{marker}", None),
        "encoded dot segments": ("DELETE", f"/ledger/users/{subject}/items/%2e%2e/{marker}", None),
        "an encoded slash": ("DELETE", f"/ledger/users/{subject}%2fitems%2f{marker}", None),
        "a double slash": ("DELETE", f"/ledger//users/{subject}/items/{marker}", None),
        "out of the service": ("GET", f"/ledger/../orders/users/{subject}/items/{marker}", None),
        "a null byte": ("DELETE", f"/ledger/users/{subject}/items/{marker}%00", None),
    }
    answers = outbound.act("puppet", token, lambda shown: {
        what: egress.call(outbound, "puppet", shown, path, method) for what, (method, path, _) in plans.items()})
    for what, answer in answers.items():
        expected = plans[what][2]
        if expected:
            checks.equal(answer.outcome, expected, what)
        checks.that(answer.status in (400, 403) and answer.code, f"{what}: {answer.status} {answer.code}")
    lacking = outbound.act("puppet", reader, lambda shown: egress.call(outbound, "puppet", shown, item, "DELETE"))
    checks.equal(lacking.outcome, (403, "scope_exceeds_actor"), "a scope that the user has not granted")
    alone = outbound.act("neighbour", token, lambda shown: egress.call(outbound, "neighbour", shown, item))
    checks.equal(alone.outcome, denied, "a service that is not this server's")
    checks.equal(outbound.records(marker), [], "calls that the API saw")


def _many(stage, checks):
    """A request makes so many calls in all, and so many at once; a further one is refused and reaches no API."""
    outbound, marker = stage.outbound(), rpc.marker()
    token, subject = outbound.user("bob")

    def work(shown):
        def ask(index):
            return egress.call(outbound, "puppet", shown, f"/ledger/slow/8/users/{subject}/items/{marker}-{index}")

        with concurrent.futures.ThreadPoolExecutor(CALLS_AT_ONCE + 10) as pool:
            return [answer.outcome for answer in pool.map(ask, range(CALLS_AT_ONCE + 10))]

    outcomes = outbound.act("puppet", token, work)
    checks.equal({outcome: outcomes.count(outcome) for outcome in set(outcomes)},
                 {(200, None): CALLS_AT_ONCE, (429, "call_concurrency"): 10}, "calls at once")

    def in_all(shown):
        def ask(index):
            return egress.call(outbound, "puppet", shown, f"/ledger/users/{subject}/items/{marker}-in-all-{index}")

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            return [answer.outcome for answer in pool.map(ask, range(CALLS + 5))]

    outcomes = outbound.act("puppet", token, in_all)
    checks.equal({outcome: outcomes.count(outcome) for outcome in set(outcomes)},
                 {(200, None): CALLS, (429, "call_budget"): 5}, "calls in all")
    checks.equal(len(outbound.records(f"{marker}-in-all")), CALLS, "calls that the API saw")
