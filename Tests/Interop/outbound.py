"""A second gateway, whose servers call APIs through it, and everything that stands around that gateway:

    client ──▶ relay "public" ──▶ bulla ──▶ relay NAME ──▶ server ──▶ bulla's egress ──▶ relay "api" ──▶ API
                                    └──▶ relay "idpyoidc" ──▶ authorization server

It is started by the first scenario that asks for it.
"""

import contextlib
import json
import os
import secrets
import threading
from dataclasses import dataclass
from urllib.parse import quote

import authorities
import env
import http1
import idp
import outbound_policy
from audit_log import AuditLog
from procs import NotReady, Process, free_port, run
from puppet import Puppet
from relay import Relays

# Nothing here speaks TLS, and the proxy makes two HTTP clients for each call: reading the machine's certificates for
# them would be most of the run.
NO_CERTIFICATES = {"SSL_CERT_FILE": "", "SSL_CERT_DIR": "."}
SERVICES_OF_IDPYOIDC = ("orders", "introspected", "unverified")


@dataclass
class Server:
    """One server of the policy, as `rpc` and the puppet need it."""

    name: str
    resource: str

    @property
    def path(self):
        return f"/mcp/{self.name}"


class Outbound:
    def __init__(self, stage):
        self.folder = stage.folder / "outbound"
        self.folder.mkdir()
        self._bulla, self._here = stage.bulla, stage.here
        self.nanoidp, self.authgent = stage.providers["nanoidp"], stage.providers["authgent"]
        self.public_port, self.client_port, self.egress_port, self.admin_port = (free_port() for _ in range(4))
        self.closed_port = free_port()  # nobody listens there
        self.public_url = f"http://127.0.0.1:{self.public_port}"
        self.gateway, self._processes, self._stack = None, [], contextlib.ExitStack()
        self._tokens, self._instance_secrets, self._lock = {}, set(), threading.Lock()

    def start(self):
        self.authgent_client = authorities.register_at_authgent(self.authgent, idp.SCOPES)
        self.glewlwyd = None
        with contextlib.suppress(authorities.Unavailable):
            authorities.Glewlwyd.demand()
            self.glewlwyd = authorities.Glewlwyd(free_port())
        self._start_relays()
        self._start_servers()
        self._start_gateway()
        self._start_stock_servers()

    def end(self):
        """Ends all processes; returns the gateway's exit status."""
        status = self.gateway.end(10) if self.gateway else None
        for process in self._processes:
            process.signal_end()
        for process in self._processes:
            process.end()
        self._stack.close()
        return status

    def program(self, name):
        return self._here / "servers" / f"{name}.py"

    def server(self, name):
        return Server(name, f"{self.public_url}/mcp/{name}")

    def user(self, name):
        """One access token of alice or bob at idpyoidc, the same for the whole run, and the user's `sub` there."""
        with self._lock:
            if name not in self._tokens:
                self._tokens[name] = self.idpyoidc.token(name)
                self.forbid([self._tokens[name]])
            token = self._tokens[name]
        return token, idp.claims(token)["sub"]

    def keep_token(self, token):
        """Remembers another access token of a client, for the canary sweep."""
        with self._lock:
            self._tokens[token] = token
        self.forbid([token])
        return token

    def tokens(self):
        with self._lock:
            return set(self._tokens.values())

    def keep_instance_secrets(self, secrets_of_instances):
        with self._lock:
            self._instance_secrets.update(secrets_of_instances)

    def instance_secrets(self):
        with self._lock:
            return set(self._instance_secrets)

    def client_secrets(self):
        """With which the gateway proves at authorization servers who it is."""
        return set(self._environment.values())

    def hostile_token(self, user, server, **claims):
        return self.keep_token(self.hostile.token(user, self.server(server).resource, **claims))

    def act(self, server, token, work):
        """What `work` did as the server `server` while it worked on a call of `token`'s user."""
        return self._puppet.act(self, self.server(server), token, work)[0]

    def records(self, marker):
        """The calls that the APIs saw whose path has `marker` in it."""
        return idp.fetch_json(f"http://127.0.0.1:{self._control_port}/records?marker={quote(marker)}")

    def notes(self):
        return idp.fetch_json(f"http://127.0.0.1:{self._notes_port}/seen")

    def forbid(self, credentials):
        """The APIs are to tell when one of these arrives."""
        digests = [authorities.digest(credential) for credential in credentials]
        idp.fetch_json(f"http://127.0.0.1:{self._control_port}/forbidden", json_body=digests)

    def audit(self):
        return self.audit_log.records()

    @property
    def audit_log(self):
        return AuditLog(self.folder, self._bulla)

    def admin(self, path):
        return http1.request(self.admin_port, "GET", path)

    def _start_relays(self):
        lines = Relays()
        self._stack.callback(lines.end)
        self._puppet_port, self._api_port, self._control_port, self._notes_port = (free_port() for _ in range(4))
        self._stock_ports = {name: free_port() for name in outbound_policy.STOCK}
        identity = {"idpyoidc": free_port(), "hostile": free_port()}
        targets = {"puppet": self._puppet_port, "api": self._api_port, "notes": self._notes_port, **identity,
                   **self._stock_ports}
        self.relays = {name: lines.start(name, free_port(), port) for name, port in targets.items()}
        self.relays["public"] = lines.start("public", self.public_port, self.client_port)
        at = {name: f"http://127.0.0.1:{self.relays[name].port}" for name in identity}
        self.idpyoidc = authorities.Idpyoidc(identity["idpyoidc"], at["idpyoidc"])
        self.hostile = authorities.Hostile(identity["hostile"], free_port(), at["hostile"])

    def _start_servers(self):
        self._puppet = Puppet(self._puppet_port)
        self._stack.callback(self._puppet.end)
        api = [env.python("verifiers"), str(self.program("downstream")), json.dumps(self._api_settings())]
        keys = f"{self.idpyoidc.issuer}/jwks"
        notes = [env.python("fastmcp-4.1.2"), str(self.program("notes")), str(self._notes_port), self.idpyoidc.issuer]
        started = [
            (Process("api", api, self.folder), self._control_port, "/"),
            (Process("notes", [*notes, keys], self.folder), self._notes_port, "/seen"),
            (self.idpyoidc.start(self.folder), self.idpyoidc.port, "/jwks"),
            (self.hostile.start(self.folder), self.hostile.port, "/jwks"),
        ]
        self._processes += [process for process, _, _ in started]
        if self.glewlwyd:
            self._processes.append(self.glewlwyd.start(self.folder))
        for process, port, path in started:
            process.await_http(port, path)

    def _api_settings(self):
        """Whose tokens each API takes. idpyoidc writes no audience into tokens, glewlwyd the scope."""
        audience, issuers = outbound_policy.audience, {}
        places = {
            self.idpyoidc.issuer: f"{self.idpyoidc.issuer}/jwks", self.hostile.issuer: f"{self.hostile.issuer}/jwks",
            self.authgent.issuer: f"{self.authgent.issuer}/.well-known/jwks.json",
            self.nanoidp.issuer: f"{self.nanoidp.issuer}/.well-known/jwks.json",
            f"{self.public_url}/reissue": f"{self.public_url}/reissue/.well-known/jwks.json",
        }

        def takes(issuer, names, of=audience):
            issuers.update({name: {"issuers": [issuer], "audience": of(name)} for name in names})

        takes(self.idpyoidc.issuer, SERVICES_OF_IDPYOIDC, lambda _: None)
        takes(f"{self.public_url}/reissue", ("ledger", "house"))
        takes(self.authgent.issuer, ("delegated", "impersonated"))
        takes(self.hostile.issuer, [*outbound_policy.LIES, *outbound_policy.FAILURES, "misled"])
        takes(self.nanoidp.issuer, ("geo",), lambda _: idp.GEO_API)
        if self.glewlwyd:
            places[self.glewlwyd.issuer] = f"{self.glewlwyd.issuer}/jwks"
            takes(self.glewlwyd.issuer, ("places",), lambda _: authorities.GLEWLWYD_SCOPE)
        return {"port": self._api_port, "control_port": self._control_port, "services": issuers, "issuers": places}

    def _start_gateway(self):
        self.policy_file = self.folder / "policy.yaml"
        self.policy_file.write_text(json.dumps(outbound_policy.document(self), indent=1))
        self.secrets = {name: secrets.token_urlsafe(32) for name in outbound_policy.PUPPETS}
        for name, secret in self.secrets.items():
            with open(os.open(self.folder / f"secret-{name}", os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
                file.write(secret)
        self._environment = outbound_policy.secrets(self)
        self._command("check", str(self.policy_file))
        command = [str(self._bulla), "run", str(self.policy_file)]
        self.gateway = Process("bulla", command, self.folder, self._environment)
        self.gateway.await_http(self.admin_port, "/readyz", 20, status=200)

    def _start_stock_servers(self):
        """Those whose operator is told the address of the egress."""
        orders, ledger, notes, passed = (self.egress_url(*names) for names in (
            ("openapi", "orders"), ("openapi", "ledger"), ("proxy", "notes"), ("passthrough", "orders")))
        self.generated = {url.split("/")[3] for url in (orders, notes, passed)}
        arguments = {"openapi": [f"orders={orders}", f"ledger={ledger}"], "proxy": [f"{notes}/mcp"],
                     "passthrough": [passed]}
        started = {}
        for name, port in self._stock_ports.items():
            command = [env.python("fastmcp-4.1.2"), str(self.program(name)), str(port), *arguments[name]]
            started[name] = Process(name, command, self.folder, NO_CERTIFICATES)
            self._processes.append(started[name])
        for name, process in started.items():
            process.await_http(self._stock_ports[name], "/mcp")

    def egress_url(self, server, service):
        return self._command("egress-url", str(self.policy_file), server, service).strip()

    def _command(self, *arguments):
        status, out, err = run([str(self._bulla), *arguments], 30, environment=self._environment)
        if status != 0:
            raise NotReady(f"bulla {arguments[0]} says {status}\n{out}{err}")
        return out
