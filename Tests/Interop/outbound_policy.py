"""The policy of the second gateway, through which servers call APIs: who may call what, with whose credential."""

import authorities
import env
import idp

SCOPES = authorities.SCOPES
AGENT_CLIENT, AGENT_ID = "known-agent", "agent_789"
EXCHANGE_SECONDS = 3  # what an authorization server may take
FIRST_BYTE_SECONDS = 10  # what an API may take
GRACE_SECONDS = 1
CALLS, CALLS_AT_ONCE = 400, 250
READ_TOOLS = {"*": {"require": ["orders:read"]}}
# Each of these is a client of our own authorization server, and the service that it gets tokens for. Grouped by the
# server that calls them: an envelope names 32 services at most.
LIES = [
    "good", "other_subject", "other_audience", "no_audience", "other_issuer", "wider_scope", "wider_token", "expired",
    "unsigned", "forged", "opaque", "mac_token", "refresh_token", "split_token", "no_act", "patient",
]
FAILURES = [
    "bad_grant", "bad_client", "bad_target", "bad_scope", "bad_actor", "consent", "broken", "busy", "odd_words", "slow",
    "trickle", "hang_up", "redirect", "html", "empty", "no_json", "twice", "huge", "down",
]
# Servers of third parties that run already, one process for all users each.
STOCK = ("openapi", "proxy", "passthrough")
# The servers whose part the test itself plays; each has an issuer whose users it serves.
PUPPETS = {
    "puppet": ("idpyoidc", ["orders", "introspected", "unverified", "ledger", "places", "geo", "house", "nobody"]),
    "handled": ("idpyoidc", ["orders", "ledger"]),
    "neighbour": ("idpyoidc", ["orders"]),
    "authgent": ("authgent", ["delegated", "impersonated"]),
    "liar": ("hostile", LIES),
    "failing": ("hostile", FAILURES),
    "foreign": ("foreign", ["misled"]),
}


def audience(service):
    """For which API a token of the service is."""
    return f"http://127.0.0.1/{service}"


def secrets(outbound):
    """The environment in which the gateway finds the secrets to which its policy refers."""
    found = {
        "INTEROP_IDPYOIDC": outbound.idpyoidc.gateway_secret, "INTEROP_AUTHGENT": outbound.authgent_client.secret,
        "INTEROP_NANOIDP": idp.SERVICE_SECRET, "INTEROP_HOSTILE": "hostile-secret",
    }
    return {**found, "INTEROP_GLEWLWYD": outbound.glewlwyd.secret} if outbound.glewlwyd else found


def document(outbound):
    """JSON, which is YAML. Its files lie beside it."""
    return {
        "version": 1, "gateway": _gateway(outbound), "issuers": _issuers(outbound),
        "agents": {"assistant": {"id": AGENT_ID, "issuer": "hostile", "client_id": AGENT_CLIENT}},
        "clients": _clients(outbound), "servers": _servers(outbound), "services": _services(outbound),
    }


def _gateway(outbound):
    return {
        "public_url": outbound.public_url,
        "listen": {"clients": f"127.0.0.1:{outbound.client_port}", "egress": f"127.0.0.1:{outbound.egress_port}",
                   "admin": f"127.0.0.1:{outbound.admin_port}"},
        "keys": {"directory": "keys"},
        "audit": {"file": "audit.jsonl", "rotate_bytes": "256KiB", "checkpoints": ["file", "stdout"]},
        "limits": {
            "exchange_timeout": f"{EXCHANGE_SECONDS}s", "transaction_grace": f"{GRACE_SECONDS}s",
            "upstream_first_byte_timeout": f"{FIRST_BYTE_SECONDS}s", "stream_idle_timeout": f"{FIRST_BYTE_SECONDS}s",
            "transaction_calls": CALLS, "transaction_concurrent_calls": CALLS_AT_ONCE,
        },
    }


def _issuers(outbound):
    found = {
        "idpyoidc": {"issuer": outbound.idpyoidc.issuer, "tenant": "acme", "algorithms": ["ES256"],
                     "audiences": ["app"]},
        "authgent": {"issuer": outbound.authgent.issuer, "tenant": "globex", "algorithms": ["ES256"]},
        "nanoidp": {"issuer": outbound.nanoidp.issuer, "tenant": "initech", "algorithms": ["RS256"]},
        "hostile": {"issuer": outbound.hostile.issuer, "tenant": "umbrella", "algorithms": ["ES256"]},
        "foreign": {"issuer": outbound.hostile.foreign_issuer, "tenant": "hooli", "algorithms": ["ES256"]},
    }
    if outbound.glewlwyd:
        found["glewlwyd"] = {"issuer": outbound.glewlwyd.issuer, "tenant": "vandelay", "algorithms": ["RS256"]}
    return found


def _clients(outbound):
    def client(issuer, client_id, secret, **more):
        return {"issuer": issuer, "client_id": client_id, "auth": "client_secret_basic", "secret": f"env:{secret}",
                **more}

    found = {
        "idpyoidc": client("idpyoidc", "gateway", "INTEROP_IDPYOIDC"),
        "authgent": client("authgent", outbound.authgent_client.client_id, "INTEROP_AUTHGENT"),
        "nanoidp": client("nanoidp", idp.SERVICE_CLIENT, "INTEROP_NANOIDP"),
        "misled": client("foreign", "good", "INTEROP_HOSTILE"),
    }
    if outbound.glewlwyd:
        found["glewlwyd"] = client("glewlwyd", "gateway", "INTEROP_GLEWLWYD")
    for name in LIES + FAILURES:
        more = {"token_endpoint": f"http://127.0.0.1:{outbound.closed_port}/token"} if name == "down" else {}
        found[name] = client("hostile", name, "INTEROP_HOSTILE", **more)
    return found


def _servers(outbound):
    def server(name, issuer, services, **more):
        return {"path": f"/mcp/{name}", "issuers": [issuer],
                "scopes": idp.SCOPES if issuer == "authgent" else SCOPES, "services": services,
                "tools": {"*": {"require": []}} if issuer == "authgent" else READ_TOOLS, **more}

    def upstream(name):
        return f"http://127.0.0.1:{outbound.relays[name].port}/mcp"

    found = {
        "openapi": server("openapi", "idpyoidc", ["orders", "ledger"], upstream=upstream("openapi")),
        "proxy": server("proxy", "idpyoidc", ["notes"], upstream=upstream("proxy"), upstream_auth="handle"),
        "passthrough": server("passthrough", "idpyoidc", ["orders"], upstream=upstream("passthrough"),
                              upstream_auth="handle"),
        "handwritten": server("handwritten", "idpyoidc", ["orders"], launch={
            "command": [env.python("tools-httpclients"), str(outbound.program("handwritten"))], "port_env": "PORT",
            "env": {"ORDERS_API_URL": "${egress}/orders"}, "path": "/mcp", "instances": 8, "idle": "60s",
        }),
    }
    for name, (issuer, services) in PUPPETS.items():
        services = [service for service in services if service != "places" or outbound.glewlwyd]
        found[name] = server(name, issuer, services, upstream=upstream("puppet"),
                             presenter={"path_secret": f"file:secret-{name}"})
    found["handled"]["upstream_auth"] = "handle"
    return found


def _services(outbound):
    api = f"http://127.0.0.1:{outbound.relays['api'].port}"
    anything = [{"methods": ["GET", "HEAD", "POST"], "paths": ["/**"], "require": ["orders:read"]},
                {"methods": ["DELETE"], "paths": ["/users/*/items/*"], "require": ["orders:write"]}]

    def service(name, mode, allow=anything, **more):
        return {"url": f"{api}/{name}", "mode": mode, "allow": allow, **more}

    def exchanged(name, client, mode="on_behalf_of", scopes=SCOPES, allow=anything, **more):
        return service(name, mode, allow, exchange={
            "client": client, "flavor": "rfc8693", "audience": audience(name), "scopes": scopes, **more})

    def reissued(name, **more):
        return service(name, "restricted_user", reissue={
            "audience": audience(name), "scopes": ["orders:read"], "lifetime": "60s",
            "reason": "the API trusts this gateway's keys"}, **more)

    free = [{"methods": ["GET"], "paths": ["/**"], "require": ["mcp:read"]}]
    found = {
        "orders": exchanged("orders", "idpyoidc", verify="fixed_audience", allow=anything),
        "introspected": exchanged("introspected", "idpyoidc", verify="introspection"),
        "unverified": exchanged("unverified", "idpyoidc"),
        "notes": {**exchanged("notes", "idpyoidc", verify="fixed_audience", allow=[
            {"methods": ["GET", "POST", "DELETE"], "paths": ["/mcp"], "require": ["orders:read"]}]),
            "url": f"http://127.0.0.1:{outbound.relays['notes'].port}"},
        "ledger": reissued("ledger"),
        "house": {**reissued("house"), "identity": "envelope", "internal": True},
        "nobody": {**reissued("nobody"), "url": f"http://127.0.0.1:{outbound.closed_port}"},
        "geo": service("geo", "service_identity", credential={
            "client": "nanoidp", "scopes": [idp.SERVICE_SCOPE], "resource": idp.GEO_API}),
        "delegated": exchanged("delegated", "authgent", scopes=["mcp:read"], allow=free, require_act=True),
        "impersonated": exchanged("impersonated", "authgent", "restricted_user", ["mcp:read"], free),
        "misled": exchanged("misled", "misled"),
    }
    if outbound.glewlwyd:
        found["places"] = service("places", "service_identity", credential={
            "client": "glewlwyd", "scopes": [authorities.GLEWLWYD_SCOPE]})
    for name in LIES + FAILURES:
        found[name] = exchanged(name, name, **({"require_act": True} if name == "no_act" else {}))
    return found
