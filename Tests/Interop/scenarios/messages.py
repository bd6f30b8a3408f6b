"""What a message says inside: no second reading of it, no identity in it, one trace with its headers, and a session
that belongs to one user."""

import json

import http1
import rpc
from scenarios import Scenario
from scenarios.envelope import delivered

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADER_MISMATCH = -32020


def scenarios():
    return [
        Scenario("message/one-reading", _one_reading),
        Scenario("message/reserved-meta", _reserved_meta),
        Scenario("message/trace", _trace),
        Scenario("session/one-user", _one_user),
    ]


def _one_reading(stage, checks):
    """Policy is decided on the body, and whatever a server might read otherwise is refused."""
    server = stage.server("v2-nanoidp")
    token, marker = stage.token(server), rpc.marker()
    call = rpc.message("tools/call", marker, name="forbidden", arguments={"name": "x"})
    honest = rpc.message("tools/call", marker, name="echo", arguments={"text": "x"})
    twice = honest.replace(b'"name": "echo"', b'"name": "forbidden", "name": "echo"')
    escaped = honest.replace(b'"name": "echo"', b'"n\\u0061me": "forbidden", "name": "echo"')
    for what, method, name, body, code in (
        ("Mcp-Name names another tool", "tools/call", "echo", call, HEADER_MISMATCH),
        ("Mcp-Method names another method", "tools/list", "echo", honest, HEADER_MISMATCH),
        ("Mcp-Name in another case", "tools/call", "Echo", honest, HEADER_MISMATCH),
        ("no Mcp-Name", "tools/call", None, honest, HEADER_MISMATCH),
        ("a duplicate member", "tools/call", "echo", twice, None),
        ("a duplicate member in disguise", "tools/call", "echo", escaped, None),
        ("a batch", "tools/call", "echo", b"[" + honest + b"]", None),
        ("a byte order mark", "tools/call", "echo", b"\xef\xbb\xbf" + honest, None),
        ("a second message", "tools/call", "echo", honest + call, None),
    ):
        answer = http1.request(stage.public_port, "POST", server.path, rpc.fields(method, token, name), body)
        checks.equal(answer.status, 400, what)
        if code is not None:
            checks.equal(answer.json()["error"]["code"], code, f"{what}: code")
    fields = [*rpc.fields("tools/call", token, "echo"), ("Mcp-Name", "forbidden")]
    checks.equal(http1.request(stage.public_port, "POST", server.path, fields, honest).status, 400, "two Mcp-Name")
    fields = [*rpc.fields("tools/call", token, "echo"), ("Content-Encoding", "gzip")]
    checks.equal(http1.request(stage.public_port, "POST", server.path, fields, honest).status, 415, "an encoded body")
    checks.that(not server.relay.requests(marker), "reached the upstream")


def _reserved_meta(stage, checks):
    server = stage.server("v2-nanoidp")
    token = stage.token(server)
    for key in ("dev.bulla/envelope", "Dev.Bulla/envelope", "txn-token", "x_actor_sub"):
        marker = rpc.marker()
        call = json.loads(rpc.message("tools/call", marker, name="echo", arguments={"text": "x"}))
        call["params"]["_meta"][key] = "forged"
        fields, body = rpc.fields("tools/call", token, "echo"), json.dumps(call).encode()
        answer = http1.request(stage.public_port, "POST", server.path, fields, body)
        checks.equal(answer.status, 400, f"_meta.{key}")
        checks.that(not server.relay.requests(marker), f"_meta.{key} reached the upstream")


def _trace(stage, checks):
    """The trace inside the message is the caller's; upstream, header and message continue it alike."""
    server = stage.server("v2-nanoidp")
    token, marker = stage.token(server), rpc.marker()
    call = json.loads(rpc.message("tools/call", marker, name="echo", arguments={"text": "x"}))
    call["params"]["_meta"]["traceparent"] = f"00-{TRACE}-00f067aa0ba902b7-01"
    fields, body = rpc.fields("tools/call", token, "echo"), json.dumps(call).encode()
    answer = http1.request(stage.public_port, "POST", server.path, fields, body)
    checks.equal(rpc.outcome(answer, marker), ("result", "echo:x"), "echo")
    for request in server.relay.requests(marker):
        inside = json.loads(request.body)["params"]["_meta"]["traceparent"]
        checks.equal(request.values("traceparent"), [inside], "traceparent of header and message")
        checks.equal(inside.split("-")[1], TRACE, "trace id")
        checks.equal(request.values("x-trace-id"), [TRACE], "X-Trace-Id")
    request = delivered(stage, checks, server, token, [("traceparent", "00-not-a-trace")])
    if request:
        found = [value for value in request.values("traceparent") if "not-a-trace" in value]
        checks.equal(found, [], "an invalid traceparent went upstream")


def _one_user(stage, checks):
    """A session id of one user is nothing in the hands of another, and it is not what the upstream knows it by."""
    server = stage.server("v1-nanoidp")
    alice, bob = stage.token(server), stage.token(server, account=server.provider.other_account)
    opened = _legacy(stage, server, alice, None, "initialize", {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "interop-raw", "version": "1"},
    })[1]
    session = opened.first("mcp-session-id")
    if not checks.that(opened.status == 200 and session, f"initialize: {opened.status}, session {session}"):
        return
    answer = opened.messages()[0]
    checks.that("result" in answer, f"initialize: {answer}")
    upstream_ids = [data for data in server.relay.bytes_to_client() if session.encode() in data]
    checks.that(not upstream_ids, "the client was given the upstream's own session id")
    for what, token, expected in (("its user", alice, 200), ("another user", bob, 404), ("nobody", None, 401)):
        marker, answer = _legacy(stage, server, token, session, "ping", {})
        checks.equal(answer.status, expected, f"a session in the hands of {what}")
        reached = bool(server.relay.requests(marker))
        checks.equal(reached, expected == 200, f"a session in the hands of {what}: reached the upstream")


def _legacy(stage, server, token, session, method, params):
    marker = rpc.marker()
    body = json.dumps({"jsonrpc": "2.0", "id": marker, "method": method, "params": params}).encode()
    fields = [("Accept", "application/json, text/event-stream"), ("Content-Type", "application/json")]
    fields += [("Authorization", f"Bearer {token}")] if token else []
    fields += [("Mcp-Session-Id", session), ("MCP-Protocol-Version", "2025-06-18")] if session else []
    return marker, http1.request(stage.public_port, "POST", server.path, fields, body)
