"""The envelope that an upstream received, checked with libraries that know nothing of the gateway."""

import base64
import json
import time

import env
import http1
import policy
import procs
import rpc
from idp import AGENT_CLIENT, SCOPES
from scenarios import Scenario
from stage import HERE

LIFETIME_SECONDS = 300
SKEW_SECONDS = 30
MIRRORS = [  # registered claim, the same in tctx
    ("iat", ("meta", "created_at")), ("exp", ("meta", "expires_at")), ("sub_profile", ("actor", "type")),
]


def scenarios():
    return [
        Scenario("envelope/nanoidp", lambda stage, checks: _verified(stage, checks, "v2-nanoidp")),
        Scenario("envelope/authgent", lambda stage, checks: _verified(stage, checks, "fast-authgent")),
        Scenario("envelope/known-agent", lambda stage, checks: _verified(stage, checks, "v2-nanoidp", AGENT_CLIENT)),
        Scenario("envelope/headers", _headers),
        Scenario("envelope/fresh", _fresh),
        Scenario("envelope/no-access-token", _no_access_token),
    ]


def delivered(stage, checks, server, token, extra=()):
    """The upstream request of one echo call, or None when the call failed."""
    marker = rpc.marker()
    answer = rpc.call_tool(stage, server, token, "echo", {"text": "hello"}, marker, extra)
    checks.equal(rpc.outcome(answer, marker), ("result", "echo:hello"), f"{server.name}: echo")
    seen = server.relay.requests(marker)
    return seen[0] if checks.equal(len(seen), 1, f"{server.name}: requests upstream") else None


def envelope_of(checks, request):
    found = request.values("txn-token")
    checks.equal(len(found), 1, "Txn-Token fields")
    return found[0] if found else None


def _verified(stage, checks, name, client_id=None):
    server = stage.server(name)
    request = delivered(stage, checks, server, stage.token(server, client_id=client_id))
    envelope = request and envelope_of(checks, request)
    if not envelope:
        return
    checks.that(len(envelope) <= 4096, f"{len(envelope)} bytes")
    keys = http1.request(stage.public_port, "GET", "/.well-known/jwks.json").json()
    question = {"token": envelope, "keys": keys, "issuer": stage.public_url, "audience": server.envelope_audience}
    command = [env.python("verifiers"), str(HERE / "clients" / "verify_envelope.py")]
    status, out, err = procs.run(command, 30, json.dumps(question))
    if not checks.equal(status, 0, f"verifiers: {err[-500:]}"):
        return
    judged = json.loads(out)
    for library, verdict in judged.items():
        checks.that("claims" in verdict, f"{library}: {verdict.get('error')}")
    header = json.loads(_decoded(envelope.split(".")[0]))
    kid = header.get("kid")
    checks.equal(header, {"alg": "ES256", "typ": "txntoken+jwt", "kid": kid}, "header")
    checks.that(kid in [key["kid"] for key in keys["keys"]], f"kid {kid} is not published")
    claims = judged["PyJWT"].get("claims")
    if claims:
        _claims(stage, checks, server, claims, client_id)


def _claims(stage, checks, server, claims, client_id):
    provider, tctx, now = server.provider, claims["tctx"], time.time()
    checks.equal(claims["iss"], stage.public_url, "iss")
    checks.equal(claims["aud"], server.envelope_audience, "aud")
    checks.equal(claims["sub"], f"{provider.tenant}|{provider.subject}", "sub")
    checks.equal(claims["eie"], 1, "eie")
    checks.equal(claims["scope"], " ".join(sorted(SCOPES)), "scope")
    checks.that(claims["exp"] - claims["iat"] <= LIFETIME_SECONDS, f"lifetime {claims['exp'] - claims['iat']}")
    checks.that(abs(now - claims["iat"]) <= SKEW_SECONDS, f"iat is {now - claims['iat']:.0f} s old")
    for registered, (part, member) in MIRRORS:
        checks.equal(tctx[part][member], claims[registered], f"mirror of {registered}")
    checks.equal(tctx["actor"], {"type": "user", "sub": provider.subject, "tenant": provider.tenant,
                                 "iss": provider.issuer}, "tctx.actor")
    checks.equal(tctx["authorization"]["scopes"], sorted(SCOPES), "tctx.authorization.scopes")
    agent = tctx["agent"]
    if client_id:
        checks.equal((agent["id"], agent["client_id"]), (policy.AGENT_ID, client_id), "tctx.agent")
        expected = {"sub": policy.AGENT_ID, "iss": stage.public_url, "sub_profile": "ai_agent"}
        checks.equal(claims.get("act"), expected, "act")
        checks.equal(tctx["authorization"]["confidence"], "verified", "confidence")
    else:
        # A dynamically registered client is nobody's known agent: it is named, but not vouched for.
        checks.equal(agent["id"], f"client:{agent['client_id']}", "tctx.agent.id")
        checks.that("act" not in claims, "act for an unknown agent")
        checks.equal(tctx["authorization"]["confidence"], "estimated", "confidence")
        checks.equal(tctx["authorization"].get("estimated"), ["agent.id"], "estimated")


def _headers(stage, checks):
    """The readable headers agree with the envelope, and the trace of the caller is continued."""
    server, trace = stage.server("v2-nanoidp"), "0af7651916cd43dd8448eb211c80319c"
    token = stage.token(server, client_id=AGENT_CLIENT)
    span = f"00-{trace}-b7ad6b7169203331-01"
    request = delivered(stage, checks, server, token, [("traceparent", span)])
    envelope = request and envelope_of(checks, request)
    if not envelope:
        return
    tctx = json.loads(_decoded(envelope.split(".")[1]))["tctx"]
    for name, value in (
        ("X-Actor-Sub", tctx["actor"]["sub"]), ("X-Actor-Tenant", tctx["actor"]["tenant"]),
        ("X-Agent-Id", tctx["agent"]["id"]), ("X-Delegation-Mode", tctx["delegation"]["mode"]), ("X-Trace-Id", trace),
    ):
        checks.equal(request.values(name), [value], name)
    checks.equal(tctx["session"]["trace_id"], trace, "trace_id")
    forwarded = request.values("traceparent")
    checks.equal([value.split("-")[1] for value in forwarded], [trace], "traceparent")
    checks.that(forwarded != [span], "the span is the caller's own")
    checks.equal(request.values("host"), [f"127.0.0.1:{server.relay.port}"], "Host")
    for name in ("authorization", "cookie", "origin"):
        checks.equal(request.values(name), [], name)


def _fresh(stage, checks):
    """One envelope per request: each has its own jti and transaction, one token has one session."""
    server = stage.server("v2-nanoidp")
    token, seen = stage.token(server), []
    for _ in range(3):
        request = delivered(stage, checks, server, token)
        envelope = request and envelope_of(checks, request)
        if envelope:
            seen.append(json.loads(_decoded(envelope.split(".")[1])))
    for claim in ("jti", "txn"):
        checks.equal(len({claims[claim] for claims in seen}), 3, f"distinct {claim}")
    checks.equal(len({claims["tctx"]["session"]["id"] for claims in seen}), 1, "sessions")


def _no_access_token(stage, checks):
    """An envelope opens no door: neither that of the server it was made for nor another's."""
    server = stage.server("v2-nanoidp")
    request = delivered(stage, checks, server, stage.token(server))
    envelope = request and envelope_of(checks, request)
    if not envelope:
        return
    for name in ("v2-nanoidp", "v2-authgent"):
        other, marker = stage.server(name), rpc.marker()
        answer = rpc.call_tool(stage, other, envelope, "echo", {"text": "x"}, marker)
        checks.equal(answer.status, 401, f"envelope as bearer token at {name}")
        checks.that(not other.relay.requests(marker), f"envelope as bearer token reached {name}")


def _decoded(segment):
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
