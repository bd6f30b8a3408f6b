"""The authorization servers that only the egress scenarios need: idpyoidc, glewlwyd, and our own that does everything
wrong. Whoever needs one starts it; what cannot be installed on this machine is skipped by name."""

import base64
import hashlib
import json
import re
import secrets
import shutil
import sqlite3
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import env
import procs
from clients import useragent
from idp import REDIRECT_URI, fetch_json
from procs import Process

HERE = Path(__file__).resolve().parent
USERS = {name: f"password-of-{name}" for name in ("alice", "bob", "carol", "dave", "erin", "frank")}
SCOPES = ["orders:read", "orders:write"]
GLEWLWYD_SCOPE = "places:read"
GLEWLWYD_CONFIGURATION = Path("/etc/glewlwyd/glewlwyd.conf")
GLEWLWYD_TABLES = Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")


class Unavailable(Exception):
    """Software that is not on this machine; the message says how to get it."""


@dataclass
class Idpyoidc:
    """Users log in at client `app`; client `gateway` exchanges and introspects their tokens.

    A user's access token is for `app`, an exchanged one for nobody: idpyoidc 5.0.0 writes no audience into it, but
    tells it when asked. It is good for 60 seconds, whatever `expires_in` says.
    """

    port: int  # where it listens
    issuer: str  # where it is found: a relay stands before it
    app_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    gateway_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def start(self, folder):
        command = [env.python("idpyoidc-5.0.0"), str(HERE / "servers" / "idpyoidc_op.py"), str(self.port), self.issuer]
        return Process("idpyoidc", [*command, str(folder / "idpyoidc")], folder, {
            "IDP_APP_SECRET": self.app_secret, "IDP_GATEWAY_SECRET": self.gateway_secret,
            "IDP_USERS": json.dumps(USERS), "IDP_SCOPES": json.dumps(["openid", *SCOPES]),
        })

    def token(self, user, scopes=SCOPES):
        """An access token of `user` by code, PKCE and the login form."""
        verifier = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        landed = useragent.authorize(f"{self.issuer}/authorization?" + urlencode({
            "response_type": "code", "client_id": "app", "redirect_uri": REDIRECT_URI, "nonce": "n", "state": "s",
            "scope": " ".join(["openid", *scopes]), "code_challenge": challenge, "code_challenge_method": "S256",
        }), user, USERS[user])
        answer = _basic(f"{self.issuer}/token", "app", self.app_secret, {
            "grant_type": "authorization_code", "redirect_uri": REDIRECT_URI, "code_verifier": verifier,
            "code": parse_qs(urlsplit(landed).query)["code"][0],
        })
        return answer["access_token"]


@dataclass
class Glewlwyd:
    """Debian's glewlwyd, on a database of its own: client credentials, issuer with a path, `typ: at+jwt`.

    The audience of its tokens is their scope.
    """

    port: int
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def issuer(self):
        return f"http://127.0.0.1:{self.port}/api/oidc"

    @staticmethod
    def demand():
        if not (shutil.which("glewlwyd") and GLEWLWYD_CONFIGURATION.exists() and GLEWLWYD_TABLES.exists()):
            raise Unavailable("glewlwyd is not here: apt-get install --no-install-recommends glewlwyd")

    def start(self, folder):
        self.demand()
        folder = folder / "glewlwyd"
        folder.mkdir()
        with sqlite3.connect(folder / "database") as database:
            database.executescript(GLEWLWYD_TABLES.read_text())
        text = GLEWLWYD_CONFIGURATION.read_text()
        for key, line in (
            ("port=", f'port={self.port}\nbind_address="127.0.0.1"'), ("log_mode=", 'log_mode="console"'),
            ("external_url=", f'external_url="http://127.0.0.1:{self.port}"'),
            ("@include ", f'database = {{ type = "sqlite3"; path = "{folder}/database"; }};'),
        ):
            text = re.sub(f"^{key}.*", lambda _, line=line: line, text, flags=re.MULTILINE)
        (folder / "configuration").write_text(text)
        process = Process("glewlwyd", ["glewlwyd", f"--config-file={folder}/configuration"], folder)
        try:
            process.await_http(self.port, "/api/")
            plan = {"url": f"http://127.0.0.1:{self.port}/api", "client_id": "gateway", "client_secret": self.secret,
                    "scope": GLEWLWYD_SCOPE}
            command = [env.python("verifiers"), str(HERE / "clients" / "glewlwyd_setup.py")]
            status, out, err = procs.run(command, 30, json.dumps(plan))
            if status != 0:
                raise procs.NotReady(f"glewlwyd cannot be set up: {out}{err}")
        except BaseException:
            process.end()
            raise
        return process


@dataclass
class Hostile:
    """`servers/hostile_as.py`. Its tokens of users are made on demand; it tells what it was asked."""

    port: int  # where it listens
    control_port: int
    issuer: str  # where it is found: a relay stands before it
    foreign_issuer: str = ""

    def __post_init__(self):
        self.foreign_issuer = f"{self.issuer}/foreign"

    def start(self, folder):
        command = [env.python("verifiers"), str(HERE / "servers" / "hostile_as.py"), str(self.port)]
        return Process("hostile", [*command, str(self.control_port), self.issuer], folder)

    def token(self, user, audience, under="", **claims):
        claims = {"sub": user, "aud": audience, "scope": " ".join(SCOPES), "client_id": "hostile-app", **claims}
        answer = fetch_json(f"http://127.0.0.1:{self.control_port}/mint?" + urlencode({"under": under, **claims}))
        return answer["access_token"]

    def requests(self, client=None, path="/token"):
        """What was asked at the token endpoint, by `client` or by anybody."""
        asked = fetch_json(f"http://127.0.0.1:{self.control_port}/requests")
        return [one for one in asked if one["path"] == path and client in (None, one["client"])]

    def led_elsewhere(self):
        asked = fetch_json(f"http://127.0.0.1:{self.control_port}/requests")
        return [one for one in asked if one.get("elsewhere")]


@dataclass
class Registration:
    """A client that somebody registered dynamically."""

    client_id: str
    secret: str


def digest(credential):
    """By which a credential is looked for without being told."""
    return hashlib.sha256(credential.encode()).hexdigest()


def register_at_authgent(provider, scopes):
    """A confidential client that may exchange tokens."""
    metadata = fetch_json(f"{provider.issuer}/.well-known/oauth-authorization-server")
    with provider.turn:
        made = fetch_json(metadata["registration_endpoint"], json_body={
            "client_name": "interop gateway", "redirect_uris": [REDIRECT_URI],
            "grant_types": ["urn:ietf:params:oauth:grant-type:token-exchange"], "scope": " ".join(scopes),
            "token_endpoint_auth_method": "client_secret_basic",
        })
    return Registration(made["client_id"], made["client_secret"])


def _basic(url, client, secret, form):
    credentials = base64.b64encode(f"{client}:{secret}".encode()).decode()
    request = urllib.request.Request(url, urlencode(form).encode(), {"Authorization": f"Basic {credentials}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=15) as answer:
        return json.load(answer)
