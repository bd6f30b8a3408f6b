"""A client that claims identities in every spelling: the upstream sees exactly the gateway's."""

import http1
import rpc
from scenarios import Scenario
from scenarios.envelope import envelope_of

# Field names a server, a framework or a log pipeline might take for ours or for another gateway's.
LOOK_ALIKES = [
    "Txn-Token", "txn-token", "TXN-TOKEN", "Txn_Token", "TXN_TOKEN", "Txn.Token", "Txn-Token-2",
    "X-Actor-Sub", "x-actor-sub", "X_Actor_Sub", "X.Actor.Sub", "X-Actor_Sub", "X-Actor-Tenant", "X-Actor-Admin",
    "X-Agent-Id", "X_Agent_Id", "X-Delegation-Mode", "X-Trace-Id", "X-EIE-Handle", "EIE-Envelope",
    "X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Access-Token", "X-Auth-Request-User", "X-Remote-User",
    "Remote-User", "X-User-Id", "X-Goog-IAP-JWT-Assertion", "Cf-Access-Jwt-Assertion", "X-Pomerium-Jwt-Assertion",
    "Teleport-Jwt-Assertion", "X-Amzn-Oidc-Data", "X-MS-Client-Principal", "Workload-Identity-Token", "Client-Cert",
    "Proxy-Authorization", "X-Original-URL", "X-HTTP-Method-Override", "Cookie", "Forwarded", "X-Forwarded-For",
]
GENUINE = ["txn-token", "x-actor-sub", "x-actor-tenant", "x-agent-id", "x-delegation-mode", "x-trace-id"]


def scenarios():
    return [
        Scenario("spoofing/look-alikes", _look_alikes),
        Scenario("spoofing/repeated", _repeated),
        Scenario("spoofing/connection", _connection),
        Scenario("spoofing/malformed", _malformed),
        Scenario("spoofing/trailer", _trailer),
    ]


def _look_alikes(stage, checks):
    """Each alone: it is either dropped or the whole request refused, and nothing of it travels on."""
    server = stage.server("v2-nanoidp")
    token = stage.token(server)
    for name in LOOK_ALIKES:
        _spoof(stage, checks, server, token, [(name, f"evil-{rpc.marker()}")], name)


def _repeated(stage, checks):
    server = stage.server("v2-nanoidp")
    token = stage.token(server)
    word = f"evil-{rpc.marker()}"
    twice = [("X-Actor-Sub", word), ("X-Actor-Sub", word), ("Txn-Token", word), ("Txn-Token", word)]
    _spoof(stage, checks, server, token, twice, "repeated")
    # Servers differ in which of two fields they read; a stale envelope must not even come second.
    request = _spoof(stage, checks, server, token, [], "honest")
    if request:
        stale = envelope_of(checks, request)
        again = _spoof(stage, checks, server, token, [("Txn-Token", stale)], "stale envelope")
        checks.that(again and envelope_of(checks, again) != stale, "a stale envelope was passed on")


def _spoof(stage, checks, server, token, fields, what):
    """Returns the upstream request, or None when the gateway refused with 400."""
    marker, words = rpc.marker(), [value for _, value in fields if value.startswith("evil-")]
    answer = rpc.call_tool(stage, server, token, "echo", {"text": "x"}, marker, fields)
    for word in words:
        seen = any(word.encode() in data for data in server.relay.bytes_to_server())
        checks.that(not seen, f"{what}: the forged value reached the upstream")
    requests = server.relay.requests(marker)
    if answer.status == 400 and fields:
        checks.that(not requests, f"{what}: refused, and yet the upstream was called")
        return None
    checks.equal(rpc.outcome(answer, marker), ("result", "echo:x"), what)
    if not checks.equal(len(requests), 1, f"{what}: requests upstream"):
        return None
    _exactly_ours(checks, requests[0], server, what)
    return requests[0]


def _exactly_ours(checks, request, server, what):
    names = [name.decode("latin-1").lower() for name, _ in request.fields]
    canonical = ["".join(c if c.isalnum() else "-" for c in name) for name in names]
    for genuine in GENUINE:
        found = [name for name, plain in zip(names, canonical) if plain == genuine]
        checks.equal(found, [genuine], f"{what}: fields like {genuine}")
    checks.equal(request.values("x-actor-sub"), [server.provider.subject], f"{what}: X-Actor-Sub")
    checks.that("authorization" not in canonical, f"{what}: Authorization went upstream")


def _connection(stage, checks):
    """`Connection` must not make the gateway delete what it adds (or what frames the message)."""
    server = stage.server("v2-nanoidp")
    token = stage.token(server)
    for nominated in ("Txn-Token", "x-actor-sub", "X-Agent-Id, close", "authorization", "Mcp-Method", "content-length"):
        marker = rpc.marker()
        fields = [("Connection", nominated)]
        answer = rpc.call_tool(stage, server, token, "echo", {"text": "x"}, marker, fields)
        checks.equal(answer.status, 400, f"Connection: {nominated}")
        checks.that(not server.relay.requests(marker), f"Connection: {nominated}: reached the upstream")
    fields = [("Connection", "close, X-Custom"), ("X-Custom", "evil-custom")]
    _spoof(stage, checks, server, token, fields, "Connection: close, X-Custom")


def _malformed(stage, checks):
    server = stage.server("v2-nanoidp")
    token = stage.token(server)
    for what, line in (
        ("space before the colon", b"Txn-Token : forged"), ("leading space", b" X-Actor-Sub: forged"),
        ("folded value", b"X-Custom: a\r\n X-Actor-Sub: forged"), ("bare CR", b"X-Custom: a\rX-Actor-Sub: forged"),
        ("NUL in the value", b"X-Custom: a\x00b"), ("no colon", b"X-Actor-Sub"), ("no name", b": forged"),
    ):
        marker = rpc.marker()
        body = rpc.message("tools/call", marker, name="echo", arguments={"text": "x"})
        fields = b"".join(f"{n}: {v}\r\n".encode() for n, v in rpc.fields("tools/call", token, "echo"))
        head = f"POST {server.path} HTTP/1.1\r\nHost: 127.0.0.1:{stage.public_port}\r\n".encode()
        raw = head + fields + line + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        checks.equal(http1.exchange(stage.public_port, raw).status, 400, what)
        checks.that(not server.relay.requests(marker), f"{what}: reached the upstream")


def _trailer(stage, checks):
    server = stage.server("v2-nanoidp")
    token, marker, word = stage.token(server), rpc.marker(), f"evil-{rpc.marker()}"
    body = rpc.message("tools/call", marker, name="echo", arguments={"text": "x"})
    fields = b"".join(f"{n}: {v}\r\n".encode() for n, v in rpc.fields("tools/call", token, "echo"))
    head = f"POST {server.path} HTTP/1.1\r\nHost: 127.0.0.1:{stage.public_port}\r\nConnection: close\r\n".encode()
    head += b"Trailer: Txn-Token\r\nTransfer-Encoding: chunked\r\n\r\n"
    trailers = f"Txn-Token: {word}\r\nX-Actor-Sub: {word}\r\n\r\n".encode()
    raw = head.replace(b"Trailer:", fields + b"Trailer:") + b"%x\r\n%s\r\n0\r\n" % (len(body), body) + trailers
    answer = http1.exchange(stage.public_port, raw)
    seen = any(word.encode() in data for data in server.relay.bytes_to_server())
    checks.that(not seen, "the trailer reached the upstream")
    if answer.status != 400:
        checks.equal(rpc.outcome(answer, marker), ("result", "echo:x"), "a request with trailers")
        for request in server.relay.requests(marker):
            _exactly_ours(checks, request, server, "trailer")
