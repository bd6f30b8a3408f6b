"""Refusals at the door: which status, and a challenge that both generations of the SDK read rightly."""

import json

import env
import http1
import procs
import rpc
from idp import SCOPES
from scenarios import Scenario
from scenarios.metadata import WELL_KNOWN
from stage import HERE

SDKS = {"mcp-2.3.0": True, "mcp-1.13.1": False}  # whether it reads `scope` as well


def scenarios():
    return [
        Scenario("challenge/no-token", _no_token),
        Scenario("challenge/bad-token", _bad_token),
        Scenario("challenge/token-in-query", _token_in_query),
        Scenario("challenge/foreign-token", _foreign_token),
        Scenario("challenge/insufficient-scope", _insufficient_scope),
        Scenario("challenge/rebinding", _rebinding),
    ]


def _no_token(stage, checks):
    readings = []
    for server in stage.servers:
        challenges = []
        for method in ("POST", "GET", "DELETE"):
            marker = rpc.marker()
            body = rpc.message("tools/list", marker) if method == "POST" else b""
            fields = [*rpc.fields("tools/list"), ("X-Marker", marker)]
            answer = http1.request(stage.public_port, method, server.path, fields, body)
            challenges.append(_challenge(checks, answer, 401, f"{method} {server.path}"))
            checks.that("error=" not in challenges[-1], f"{method}: an error without a token: {challenges[-1]}")
            checks.that(not server.relay.requests(marker), f"{method} reached the upstream")
        readings.append((server, 401, challenges[0]))
    _as_sdks_read_them(stage, checks, readings)


def _bad_token(stage, checks):
    server = stage.servers[0]
    token = stage.token(server)
    tampered = token[:-8] + ("AAAAAAAA" if not token.endswith("AAAAAAAA") else "BBBBBBBB")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + token.split(".")[1] + "."
    readings = []
    for what, bad in (("tampered", tampered), ("unsigned", unsigned), ("no JWT", "nonsense")):
        marker = rpc.marker()
        answer = rpc.call_tool(stage, server, bad, "echo", {"text": "x"}, marker)
        challenge = _challenge(checks, answer, 401, what)
        checks.that('error="invalid_token"' in challenge, f"{what}: {challenge}")
        checks.that(not server.relay.requests(marker), f"{what}: reached the upstream")
        readings.append((server, 401, challenge))
    _as_sdks_read_them(stage, checks, readings)
    # Two Authorization fields are a malformed request, whatever they say.
    answer = rpc.call_tool(stage, server, token, "echo", {"text": "x"}, "two", [("Authorization", f"Bearer {token}")])
    checks.equal(answer.status, 400, "two Authorization fields")


def _token_in_query(stage, checks):
    server = stage.servers[0]
    token, marker = stage.token(server), rpc.marker()
    body = rpc.message("tools/call", marker, name="echo", arguments={"text": "x"})
    target = f"{server.path}?access_token={token}"
    answer = http1.request(stage.public_port, "POST", target, rpc.fields("tools/call", None, "echo"), body)
    checks.equal(answer.status, 401, "token in the query only")
    answer = http1.request(stage.public_port, "POST", target, rpc.fields("tools/call", token, "echo"), body)
    checks.equal(answer.status, 400, "token in query and header")
    checks.that(not server.relay.requests(marker), "reached the upstream")


def _foreign_token(stage, checks):
    """A token is good for one server: neither its neighbour's nor another issuer's is accepted."""
    server = stage.server("v2-nanoidp")
    for name in ("v1-nanoidp", "v2-authgent"):
        marker = rpc.marker()
        answer = rpc.call_tool(stage, server, stage.token(stage.server(name)), "echo", {"text": "x"}, marker)
        challenge = _challenge(checks, answer, 401, f"token for {name}")
        checks.that('error="invalid_token"' in challenge, f"token for {name}: {challenge}")
        checks.that(not server.relay.requests(marker), f"token for {name}: reached the upstream")


def _insufficient_scope(stage, checks):
    server = stage.server("v2-nanoidp")
    token, marker = stage.token(server, scopes=["mcp:read"]), rpc.marker()
    allowed = rpc.call_tool(stage, server, token, "echo", {"text": "x"}, "allowed")
    checks.equal(rpc.outcome(allowed, "allowed"), ("result", "echo:x"), "a tool within the scopes")
    arguments = {"user_id": server.provider.subject, "order_id": "o-1"}
    answer = rpc.call_tool(stage, server, token, "get_order_status", arguments, marker)
    challenge = _challenge(checks, answer, 403, "missing scope")
    checks.that('error="insufficient_scope"' in challenge, f"missing scope: {challenge}")
    checks.that(not server.relay.requests(marker), "reached the upstream")
    # The SDK of 2025 requests exactly what the challenge names, so the granted scope has to be in it.
    _as_sdks_read_them(stage, checks, [(server, 403, challenge)])


def _rebinding(stage, checks):
    """A page in a browser cannot drive a server: neither its Origin nor a name that it points here is accepted."""
    server = stage.servers[0]
    token, marker = stage.token(server), rpc.marker()
    answer = rpc.call_tool(stage, server, token, "echo", {"text": "x"}, marker, [("Origin", "https://evil.example")])
    checks.equal(answer.status, 403, "hostile Origin")
    body = rpc.message("tools/call", marker, name="echo", arguments={"text": "x"})
    fields = rpc.fields("tools/call", token, "echo")
    answer = http1.request(stage.public_port, "POST", server.path, fields, body, host="evil.example")
    checks.equal(answer.status, 421, "hostile Host")
    checks.that(not server.relay.requests(marker), "reached the upstream")


def _challenge(checks, answer, status, what):
    """The only challenge of `answer`, or an empty string."""
    checks.equal(answer.status, status, f"{what}: status")
    found = answer.values("www-authenticate")
    if not checks.equal(len(found), 1, f"{what}: challenges"):
        return ""
    checks.that(found[0].startswith("Bearer "), f"{what}: {found[0]}")
    checks.that(not answer.values("txn-token"), f"{what}: an envelope for a client")
    return found[0]


def _as_sdks_read_them(stage, checks, readings):
    """Both SDKs must find the server's metadata and all its scopes in each (server, status, challenge)."""
    question = json.dumps([[status, challenge] for _, status, challenge in readings])
    for environment, reads_scope in SDKS.items():
        command = [env.python(environment), str(HERE / "clients" / "challenge_fields.py")]
        code, out, err = procs.run(command, 30, question)
        if not checks.equal(code, 0, f"{environment}: {err[-500:]}"):
            continue
        for (server, status, challenge), read in zip(readings, json.loads(out)):
            where = f"{environment} reading {challenge!r}"
            if reads_scope:
                checks.equal(sorted((read["scope"] or "").split()), sorted(SCOPES), where)
            if reads_scope or status == 401:
                checks.equal(read["resource_metadata"], stage.public_url + WELL_KNOWN + server.path, where)
