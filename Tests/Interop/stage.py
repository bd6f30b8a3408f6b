"""Everything a run needs, started once: providers, upstream servers, relays on both sides, and the gateway.

    client ──▶ relay "public" ──▶ bulla ──▶ relay NAME ──▶ upstream server
"""

import os
import threading
from dataclasses import dataclass
from pathlib import Path

import env
import http1
import idp
import policy
from arena import Grounds
from outbound import Outbound
from procs import NotReady, Process, free_port, run
from relay import Relay, Relays

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Name, environment, program. All serve streamable HTTP on /mcp.
UPSTREAMS = [
    ("v2", "mcp-2.3.0", "mcp2.py"),
    ("v1", "mcp-1.13.1", "mcp1.py"),
    ("fast", "fastmcp-4.1.2", "fastmcp4.py"),
]
ENVIRONMENTS = ["mcp-2.3.0", "mcp-1.13.1", "fastmcp-4.1.2", "nanoidp-3.4.0", "authgent-0.3.4"]


@dataclass
class Server:
    """One server of the policy. `relay` stands between the gateway and the upstream."""

    name: str
    upstream: str
    provider: idp.Provider
    relay: Relay
    public_url: str

    @property
    def path(self):
        return f"/mcp/{self.name}"

    @property
    def resource(self):
        return self.public_url + self.path

    @property
    def envelope_audience(self):
        return f"{self.public_url}/.eie/{self.name}"


def find_bulla():
    """The program to test: BULLA, or the newest build of this repository; None when there is none."""
    if named := os.environ.get("BULLA"):
        return Path(named).resolve()
    built = [ROOT / ".build" / kind / "bulla" for kind in ("debug", "release")]
    return max((path for path in built if path.exists()), key=lambda path: path.stat().st_mtime, default=None)


class Stage:
    def __init__(self, folder, bulla):
        self.folder, self.bulla, self.here = folder, bulla, HERE
        self.providers, self.upstream_ports, self.servers = {}, {}, []
        self.gateway = None
        self.public_port, self.client_port, self.admin_port = free_port(), free_port(), free_port()
        self.public_url = f"http://127.0.0.1:{self.public_port}"
        self._relays, self._processes = Relays(), []
        self._tokens, self._lock = set(), threading.Lock()
        self._outbound, self._outbound_error, self._outbound_lock = None, None, threading.Lock()
        self._grounds = Grounds(folder, bulla, HERE)

    def start(self, with_gateway):
        self._start_upstreams()
        ports = {name: free_port() for name in ("nanoidp", "authgent")}
        resources = [f"{self.public_url}/mcp/{upstream}-nanoidp" for upstream, _, _ in UPSTREAMS]
        for provider, process in (
            idp.start_nanoidp(ports["nanoidp"], self.folder / "nanoidp", resources),
            idp.start_authgent(ports["authgent"], self.folder / "authgent"),
        ):
            self.providers[provider.name] = provider
            self._processes.append((process, provider.port, idp.READY_PATH))
        for process, port, path in self._processes:
            process.await_http(port, path)
        if with_gateway:
            self._start_gateway()

    def outbound(self):
        """The second gateway, through which servers call APIs; started by whoever asks first."""
        with self._outbound_lock:
            if self._outbound_error:
                raise NotReady(f"the gateway for outbound calls did not start: {self._outbound_error}")
            if self._outbound is None:
                self._outbound = Outbound(self)
                try:
                    self._outbound.start()
                except Exception as error:
                    self._outbound_error = error
                    raise
            return self._outbound

    def grounds(self):
        """Where scenarios set up gateways of their own."""
        return self._grounds.start()

    def gateways(self):
        """Those that were started, by the names of their logs."""
        found = {"bulla": self.gateway, "outbound/bulla": self._outbound and self._outbound.gateway}
        return {name: gateway for name, gateway in found.items() if gateway}

    def server(self, name):
        return next(server for server in self.servers if server.name == name)

    def keep_token(self, token):
        """Remembers a credential of a client, for the canary sweep."""
        with self._lock:
            self._tokens.add(token)

    def tokens(self):
        with self._lock:
            return set(self._tokens)

    def token(self, server, **options):
        """An access token of the server's provider for the server, by a flow outside any SDK."""
        token = server.provider.token(server.resource, **options)
        self.keep_token(token)
        return token

    def admin(self, path):
        return http1.request(self.admin_port, "GET", path)

    def end(self):
        """Ends all processes; returns the exit statuses of the gateways that ran."""
        statuses = [self._outbound.end()] if self._outbound else []
        statuses += [self.gateway.end(10)] if self.gateway else []
        for process, _, _ in self._processes:
            process.signal_end()
        for process, _, _ in self._processes:
            process.end()
        self._grounds.end()
        self._relays.end()
        return [status for status in statuses if status is not None]

    def _start_upstreams(self):
        for name, environment, program in UPSTREAMS:
            port = self.upstream_ports[name] = free_port()
            command = [env.python(environment), str(HERE / "servers" / program), str(port)]
            self._processes.append((Process(f"upstream-{name}", command, self.folder), port, "/mcp"))

    def _start_gateway(self):
        for upstream, _, _ in UPSTREAMS:
            for provider in self.providers.values():
                name = f"{upstream}-{provider.name}"
                relay = self._relays.start(name, free_port(), self.upstream_ports[upstream])
                self.servers.append(Server(name, upstream, provider, relay, self.public_url))
        self.public = self._relays.start("public", self.public_port, self.client_port)
        file = self.folder / "policy.yaml"
        ports = (self.public_port, self.client_port, self.admin_port)
        file.write_text(policy.text(*ports, self.providers.values(), self.servers))
        status, out, err = run([str(self.bulla), "check", str(file)], 30)
        if status != 0:
            raise NotReady(f"bulla check says {status}\n{out}{err}")
        self.gateway = Process("bulla", [str(self.bulla), "run", str(file)], self.folder)
        self.gateway.await_http(self.admin_port, "/readyz", 20, status=200)
