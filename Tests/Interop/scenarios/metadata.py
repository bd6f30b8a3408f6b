"""Protected-resource metadata (RFC 9728), the envelope keys, and the paths that a gateway must not serve."""

import json

import http1
import rpc
from idp import SCOPES, fetch_json
from scenarios import Scenario

WELL_KNOWN = "/.well-known/oauth-protected-resource"
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}


def scenarios():
    return [
        Scenario("metadata/documents", _documents),
        Scenario("metadata/methods", _methods),
        Scenario("metadata/no-authorization-server", _no_authorization_server),
        Scenario("metadata/jwks", _jwks),
    ]


def _documents(stage, checks):
    for server in stage.servers:
        answer = http1.request(stage.public_port, "GET", WELL_KNOWN + server.path)
        if not checks.equal(answer.status, 200, f"{server.name}: status"):
            continue
        _json_answer(checks, answer, server.name)
        document = answer.json()
        checks.equal(document.get("resource"), server.resource, f"{server.name}: resource")
        checks.equal(document.get("authorization_servers"), [server.provider.issuer], f"{server.name}: servers")
        checks.equal(sorted(document.get("scopes_supported", [])), sorted(SCOPES), f"{server.name}: scopes_supported")
        checks.equal(document.get("bearer_methods_supported"), ["header"], f"{server.name}: bearer_methods_supported")
        empty = [name for name, value in document.items() if value in (None, "", [], {})]
        checks.that(not empty, f"{server.name}: empty members {empty}")
        # mcp 2.x refuses an authorization server whose metadata names another issuer, by as little as a slash.
        issuer = fetch_json(server.provider.issuer + "/.well-known/oauth-authorization-server")["issuer"]
        checks.equal(document.get("authorization_servers"), [issuer], f"{server.name}: issuer of the metadata")


def _methods(stage, checks):
    path = WELL_KNOWN + stage.servers[0].path
    versioned = [("MCP-Protocol-Version", rpc.REVISION), ("Origin", "https://browser.example")]
    answer = http1.request(stage.public_port, "GET", path, versioned)
    checks.equal(answer.status, 200, "GET with a protocol version and an origin")
    checks.equal(answer.values("access-control-allow-origin"), ["*"], "CORS")
    checks.that(answer.first("cache-control"), "the document says nothing of caching")
    head = http1.request(stage.public_port, "HEAD", path)
    checks.equal((head.status, head.body), (200, b""), "HEAD")
    preflight = http1.request(stage.public_port, "OPTIONS", path, [
        ("Origin", "https://browser.example"), ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "mcp-protocol-version"),
    ])
    checks.that(preflight.status in (200, 204), f"preflight: {preflight.status}")
    checks.equal(preflight.values("access-control-allow-origin"), ["*"], "preflight origin")
    allowed = (preflight.first("access-control-allow-headers") or "").lower()
    checks.that("mcp-protocol-version" in allowed or allowed == "*", f"preflight headers: {allowed!r}")
    checks.that(http1.request(stage.public_port, "POST", path, body=b"{}").status in (404, 405), "POST is refused")


def _no_authorization_server(stage, checks):
    """Clients that find no metadata try these at the origin, with a registration: only an honest 404 stops them."""
    path = stage.servers[0].path
    for method, target in (
        ("GET", "/.well-known/oauth-authorization-server"),
        ("GET", "/.well-known/oauth-authorization-server" + path),
        ("GET", "/.well-known/openid-configuration"),
        ("GET", "/.well-known/openid-configuration" + path),
        ("GET", WELL_KNOWN),  # one document per server: the origin is not a resource
        ("GET", WELL_KNOWN + "/mcp/unknown"),
        ("GET", "/authorize"),
        ("POST", "/register"),
        ("POST", "/token"),
        ("GET", "/"),
    ):
        marker = rpc.marker()
        body = json.dumps({"client_name": marker}).encode() if method == "POST" else b""
        fields = [("Content-Type", "application/json")] if body else []
        answer = http1.request(stage.public_port, method, f"{target}?{marker}", fields, body)
        checks.equal(answer.status, 404, f"{method} {target}")
        _json_answer(checks, answer, f"{method} {target}")
        for server in stage.servers:
            checks.that(not server.relay.requests(marker), f"{method} {target} reached {server.name}")


def _jwks(stage, checks):
    answer = http1.request(stage.public_port, "GET", "/.well-known/jwks.json")
    checks.equal(answer.status, 200, "status")
    checks.that("max-age=300" in (answer.first("cache-control") or ""), f"caching: {answer.first('cache-control')}")
    keys = answer.json()["keys"]
    checks.that(keys, "no keys")
    for key in keys:
        checks.equal((key.get("kty"), key.get("crv"), key.get("alg")), ("EC", "P-256", "ES256"), "key type")
        checks.equal(len(key.get("kid", "")), 16, "length of kid")
        checks.that(not PRIVATE_MEMBERS & set(key), f"private members {PRIVATE_MEMBERS & set(key)}")


def _json_answer(checks, answer, what):
    kind = (answer.first("content-type") or "").split(";")[0].strip()
    allowed = ("application/json",) if answer.status == 200 else ("application/json", "application/problem+json")
    checks.that(kind in allowed, f"{what}: content type {kind!r}")
    try:
        answer.json()
    except ValueError:
        checks.that(False, f"{what}: not JSON: {answer.body[:80]!r}")
