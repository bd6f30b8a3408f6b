"""Bulla's policies for the benchmarks."""
import json, os, re, subprocess
from . import places, tools

UPSTREAM = f"http://127.0.0.1:{places.SERVER}"

# Bounds that protect one user from another; here a handful of users make all of the load from one address.
WIDE = {"connections": 30000, "connections_per_peer": 30000, "requests": 100000, "requests_per_principal": 30000, "streams_per_principal": 30000,
        "upstream_connections": 20000, "transaction_calls": 1000000, "transaction_concurrent_calls": 10000, "transactions_per_principal": 30000}


def unknown_limits(complaint):
    """The limits that an older program does not know yet."""
    return set(re.findall(r"unknown key `(\w+)` in `gateway\.limits`", complaint))


class Gateway:
    """One policy in a folder of its own, with keys and audit file beside it."""

    def __init__(self, folder, name, servers=1, tls=None, **limits):
        self.folder = folder / name
        self.folder.mkdir()
        self.path = self.folder / "policy.yaml"
        self.public_url = places.PUBLIC_URL.replace("http:", "https:") if tls else places.PUBLIC_URL
        gateway = {"public_url": self.public_url,
                   "listen": {"clients": f"127.0.0.1:{places.CLIENTS}", "egress": f"127.0.0.1:{places.EGRESS}", "admin": f"127.0.0.1:{places.ADMIN}"},
                   "keys": {"directory": str(self.folder / "keys")}, "audit": {"file": str(self.folder / "audit.jsonl")},
                   "limits": {**WIDE, **limits}}
        if tls:
            gateway["tls"] = {"certificate": f"file:{tls[0]}", "key": f"file:{tls[1]}"}
        issuer = {"issuer": places.ISSUER_URL, "profile": "rfc9068", "tenant": "acme"}
        if servers > 1:
            issuer["audiences"] = [places.SHARED_AUDIENCE]
        rule = {"require": ["orders:read"]}
        server = {"upstream": UPSTREAM + "/mcp", "issuers": ["corp"], "scopes": ["orders:read", "orders:write"],
                  "tools": {"get_order_status": rule, "hold": rule}, "services": ["orders_api"]}
        paths = ["/mcp/orders"] if servers == 1 else [f"/mcp/orders-{number}" for number in range(servers)]
        service = {"url": UPSTREAM + "/api", "mode": "service_identity", "credential": {"bearer": "env:BENCHMARK_CREDENTIAL"},
                   "allow": [{"methods": ["POST"], "paths": ["/orders/*"], "require": ["orders:read"]}]}
        policy = {"version": 1, "gateway": gateway, "issuers": {"corp": issuer},
                  "agents": {"webapp": {"id": "agent_456", "issuer": "corp", "client_id": "webapp-prod"}},
                  "servers": {path[5:]: {"path": path, **server} for path in paths}, "services": {"orders_api": service}}
        self.environment = dict(os.environ, BENCHMARK_CREDENTIAL=places.CREDENTIAL)
        self.write(policy)
        self.complaint = self.check()
        for key in unknown_limits(self.complaint or ""):
            del gateway["limits"][key]
            self.write(policy)
            self.complaint = None
        self.complaint = self.complaint or self.check()

    def write(self, policy):
        # JSON is YAML.
        self.path.write_text(json.dumps(policy, indent=1))

    def check(self):
        """The loader's complaint, or None."""
        done = subprocess.run([places.BULLA, "check", self.path], capture_output=True, text=True, env=self.environment)
        return (done.stderr or done.stdout).strip() if done.returncode else None

    def command(self):
        return [places.BULLA, "run", self.path, "--loops", "1", "--log-level", "warning"]

    def egress_path(self):
        """The base path under which the server `orders` calls the service."""
        url = tools.quietly([places.BULLA, "egress-url", self.path, "orders", "orders_api"], "bulla egress-url", env=self.environment).strip()
        return "/" + url.split("/", 3)[3]
