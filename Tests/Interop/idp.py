"""The identity providers, third-party software configured for the run, and a scripted OAuth client for raw tokens."""

import base64
import contextlib
import hashlib
import json
import secrets
import threading
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

import env
from clients import useragent
from procs import Process

REDIRECT_URI = "http://127.0.0.1:19999/callback"  # nothing listens there
SCOPES = ["mcp:read", "mcp:write"]
NANOIDP_ACCOUNT, NANOIDP_OTHER_ACCOUNT = ("testuser", "test123"), ("otheruser", "other123")
AGENT_CLIENT = "interop-agent"  # registered at nanoidp; the policy maps it to an agent
SERVICE_CLIENT, SERVICE_SECRET, SERVICE_SCOPE = "interop-gateway", secrets.token_urlsafe(24), "geo:read"
GEO_API = "http://127.0.0.1/geo"  # what the service client's tokens are for


@dataclass
class Provider:
    """A running authorization server and the user who logs in there. `tenant` is the policy's label for it."""

    name: str
    port: int
    tenant: str
    algorithm: str
    subject: str
    account: tuple = (None, None)  # user name and password
    other_account: tuple | None = None  # a second user, where there is one
    turn: object = field(default_factory=contextlib.nullcontext)  # held by whoever runs a flow there

    @property
    def issuer(self):
        return f"http://127.0.0.1:{self.port}"

    def token(self, resource, client_id=None, scopes=SCOPES, account=None):
        """An access token by code and PKCE: for a newly registered public client unless one is named."""
        with self.turn:
            return self._flow(resource, client_id, scopes, account or self.account)

    def _flow(self, resource, client_id, scopes, account):
        metadata = fetch_json(f"{self.issuer}/.well-known/oauth-authorization-server")
        secret = None
        if client_id is None:
            registered = fetch_json(metadata["registration_endpoint"], json_body={
                "client_name": "interop raw", "redirect_uris": [REDIRECT_URI], "response_types": ["code"],
                "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none",
                "scope": " ".join(scopes),
            })
            client_id, secret = registered["client_id"], registered.get("client_secret")
        verifier = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        landed = useragent.authorize(metadata["authorization_endpoint"] + "?" + urlencode({
            "response_type": "code", "client_id": client_id, "redirect_uri": REDIRECT_URI, "scope": " ".join(scopes),
            "state": "s", "resource": resource, "code_challenge": challenge, "code_challenge_method": "S256",
        }), *account)
        code = parse_qs(urlsplit(landed).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI,
                "client_id": client_id, "code_verifier": verifier, "resource": resource}
        if secret:
            form["client_secret"] = secret
        return fetch_json(metadata["token_endpoint"], form=form)["access_token"]


def start_nanoidp(port, folder, resources):
    """nanoidp: RS256, `typ: JWT`, login form, dynamic registration, RFC 8707."""
    folder.mkdir()
    # JSON is YAML.
    (folder / "settings.yaml").write_text(json.dumps({
        "config_version": 1,
        "server": {"host": "127.0.0.1", "port": port},
        "oauth": {
            "issuer": f"http://127.0.0.1:{port}", "audience": "nobody", "token_expiry_minutes": 60,
            "scopes_supported": [*SCOPES, SERVICE_SCOPE], "dynamic_registration": {"enabled": True},
            "clients": [{
                "client_id": AGENT_CLIENT, "token_endpoint_auth_method": "none", "redirect_uris": [REDIRECT_URI],
                "allowed_scopes": SCOPES, "allowed_resources": resources,
            }, {
                "client_id": SERVICE_CLIENT, "client_secret": SERVICE_SECRET, "redirect_uris": [REDIRECT_URI],
                "allowed_scopes": [SERVICE_SCOPE], "allowed_resources": [GEO_API],
            }],
        },
    }))
    (folder / "users.yaml").write_text(json.dumps({
        "config_version": 1,
        "users": {
            name: {"password": password, "email": f"{name}@example.org", "roles": ["USER"]}
            for name, password in (NANOIDP_ACCOUNT, NANOIDP_OTHER_ACCOUNT)
        },
    }))
    command = [env.program("nanoidp-3.4.0", "nanoidp"), "--config", str(folder), "--host", "127.0.0.1", "--port"]
    process = Process("nanoidp", [*command, str(port)], folder)
    provider = Provider("nanoidp", port, "acme", "RS256", "testuser", NANOIDP_ACCOUNT, NANOIDP_OTHER_ACCOUNT)
    return provider, process


def start_authgent(port, folder):
    """authgent: ES256, `typ: JWT`, consent approved without a form, dynamic registration."""
    folder.mkdir()
    command = [env.program("authgent-0.3.4", "authgent-server"), "run", "--host", "127.0.0.1", "--port", str(port)]
    process = Process("authgent", command, folder, {
        "AUTHGENT_SERVER_URL": f"http://127.0.0.1:{port}", "AUTHGENT_SECRET_KEY": secrets.token_hex(32),
        "AUTHGENT_REGISTRATION_POLICY": "open", "AUTHGENT_CONSENT_MODE": "auto_approve",
        "AUTHGENT_TOKEN_RATE_LIMIT": "100000", "AUTHGENT_REGISTER_RATE_LIMIT": "100000", "NO_COLOR": "1",
        "AUTHGENT_SCOPES_SUPPORTED": json.dumps(SCOPES),
    })
    # All its requests share one SQLite connection: two at a time end in "cannot commit transaction".
    return Provider("authgent", port, "globex", "ES256", "auto_approved_user", turn=threading.Lock()), process


def claims(token):
    """What a JWT says, unverified."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


READY_PATH = "/.well-known/openid-configuration"


def fetch_json(url, json_body=None, form=None):
    if json_body is not None:
        data, kind = json.dumps(json_body).encode(), "application/json"
    else:
        data, kind = (urlencode(form).encode() if form else None), "application/x-www-form-urlencoded"
    request = urllib.request.Request(url, data, {"Accept": "application/json", "Content-Type": kind})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=15) as answer:
        return json.load(answer)
