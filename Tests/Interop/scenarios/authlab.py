"""A judge that is not ours: the scan of mcp-authlab over a server behind the gateway, with authgent as its issuer.

It logs in by itself and sends, among others, unsigned tokens, tokens for another resource, tokens in the query, a
session without a token and a hostile Origin.
"""

import json

import env
import procs
from scenarios import Scenario

CHECKS = 33
LOOPBACK_WARNING = "TLS-01"  # plain http, which the run needs
LOGIN_SECONDS, SCAN_SECONDS = 30, 60


def scenarios():
    return [Scenario(f"authlab/{upstream}", _scan(f"{upstream}-authgent")) for upstream in ("v2", "v1")]


def _scan(name):
    def run(stage, checks):
        server, home = stage.server(name), stage.folder / f"authlab-{name}"
        home.mkdir()
        program, environment = env.program("authlab-0.2.2", "mcp-authlab"), {"XDG_CONFIG_HOME": str(home)}
        # With mcp:read only, so that the scan can meet a tool beyond the token's scopes.
        login = [program, "login", server.resource, "--no-browser", "--scope", "mcp:read", "--timeout", "20"]
        with server.provider.turn:
            status, out, err = procs.run(login, LOGIN_SECONDS, environment=environment)
        if not checks.equal(status, 0, f"login: {out[-500:]}{err[-1000:]}"):
            return
        stored = json.loads((home / "mcp-authlab" / "tokens.json").read_text())[server.resource]
        for token in (stored["access_token"], stored["refresh_token"], stored["foreign"]["access_token"]):
            stage.keep_token(token)
        scan = [program, "scan", server.resource, "--tool", "get_order_status", "--format", "json"]
        status, out, err = procs.run(scan, SCAN_SECONDS, environment=environment)
        if not checks.equal(status, 0, f"scan: {err[-1000:]}"):
            return
        verdict = json.loads(out)
        checks.equal(verdict["coverage"]["ran"], CHECKS, "checks that ran")
        for result in verdict["results"]:
            if result["status"] != "pass" and result["id"] != LOOPBACK_WARNING:
                checks.that(False, f"{result['id']} {result['status']}: {result['title']}: {result['message']}")

    return run
