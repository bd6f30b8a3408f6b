"""An arena whose server calls an API through the gateway; everybody whom the gateway may ask is a witness.

    client ──▶ bulla ──▶ upstream ──▶ bulla's egress ──▶ API
                             authorization server ◀──┘
"""

import contextlib
import json
import os
import secrets
from urllib.parse import parse_qs

import arena
import http1
import idp
from procs import free_port
from witness import Witness

API, AGENT = "urn:example:orders", "agent_456"


class EgressArena(arena.Arena):
    """`echo` answers at once, `order` calls the API and says what it was told. `audit` are keys of the policy's."""

    def __init__(self, grounds, name, audit=None, change=None, **options):
        self.upstream_port, self.api_port, self.authority_port = free_port(), free_port(), free_port()
        self.egress_port, self.secret, self._witnesses = free_port(), secrets.token_urlsafe(32), []
        self._audit = audit or {}
        options.setdefault("loops", 1)
        super().__init__(grounds, name, change=change, **options)
        for file, secret in (("presenter", self.secret), ("client", secrets.token_urlsafe(24))):
            with open(os.open(self.folder / file, os.O_CREAT | os.O_WRONLY, 0o600), "w") as opened:
                opened.write(secret)

    def __enter__(self):
        self.upstream = Witness(self.upstream_port, self._as_upstream)
        self.api = Witness(self.api_port, lambda request: {"seen": request.target})
        self.authority = Witness(self.authority_port, self._as_authority)
        self._witnesses = [self.upstream, self.api, self.authority]
        try:
            return super().__enter__()
        except BaseException:
            self._end_witnesses()
            raise

    def __exit__(self, *error):
        try:
            return super().__exit__(*error)
        finally:
            self._end_witnesses()

    def contacts(self):
        return {name: witness.contacts() for name, witness in self.witnesses().items()}

    def witnesses(self):
        return {"upstream": self.upstream, "API": self.api, "authorization server": self.authority}

    def asked_for(self):
        """The users for whom the authorization server was asked for a token."""
        return {_subject(request) for _, request in self.authority.requests()}

    def order(self, user, number, **options):
        """A call whose tool calls the API; what the API's answer was, by the tool's own account, or the refusal."""
        told = self.call("order", user, number=number, **options)
        if told.status != 200:
            return told.status, None
        text = told.response.json()["result"]["content"][0]["text"]
        return 200, int(text.rsplit(" ", 1)[1])

    def _document(self, limits, scheme):
        document = super()._document(limits, scheme)
        document["gateway"]["listen"]["egress"] = f"127.0.0.1:{self.egress_port}"
        document["gateway"]["audit"] |= self._audit
        document["agents"] = {"assistant": {"id": AGENT, "issuer": "own", "client_id": "attacker"}}
        document["clients"] = {"gateway": {
            "issuer": "own", "client_id": "gateway", "auth": "client_secret_basic", "secret": "file:client",
            "token_endpoint": f"http://127.0.0.1:{self.authority_port}/token"}}
        document["services"] = {"orders": {
            "url": f"http://127.0.0.1:{self.api_port}", "mode": "on_behalf_of",
            "exchange": {"client": "gateway", "audience": API, "scopes": [arena.SCOPE]},
            "allow": [{"methods": ["GET"], "paths": ["/orders/*"], "require": [arena.SCOPE]}]}}
        server = document["servers"]["arena"]
        server |= {"upstream": f"http://127.0.0.1:{self.upstream_port}/mcp", "services": ["orders"],
                   "presenter": {"path_secret": "file:presenter"}}
        server["tools"]["order"] = {"require": [arena.SCOPE]}
        return document

    def _as_upstream(self, request):
        message = json.loads(request.body)
        params = message.get("params") or {}
        arguments, text = params.get("arguments") or {}, "done"
        if params.get("name") == "order":
            target = f"/{self.secret}/orders/orders/{arguments['number']}"
            text = "no answer 0"
            with contextlib.suppress(OSError, http1.http.client.HTTPException):
                proof = [("Txn-Token", request.values("txn-token")[0])]
                text = f"the API says {http1.request(self.egress_port, 'GET', target, proof).status}"
        content = {"content": [{"type": "text", "text": text}], "isError": False}
        return {"jsonrpc": "2.0", "id": message.get("id"), "result": content}

    def _as_authority(self, request):
        """A token of the arena's issuer, for whom the gateway asks one."""
        form = _form(request)
        asked = {"subjects": [_subject(request)], "audience": form["audience"], "scope": form["scope"],
                 "issuer": self.grounds.issuer}
        token = idp.fetch_json(f"{self.grounds.issuer}/mint", json_body=asked)["tokens"][0]
        return {"access_token": token, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
                "token_type": "Bearer", "expires_in": 300, "scope": form["scope"]}

    def _end_witnesses(self):
        for witness in self._witnesses:
            witness.end()


def _form(request):
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def _subject(request):
    return idp.claims(_form(request)["subject_token"])["sub"]
