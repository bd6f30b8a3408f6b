"""Sets a fresh glewlwyd up through its administration API: {"url", "client_id", "client_secret", "scope"} on stdin.

Makes the OpenID plugin with keys of its own, one scope, and one client for client credentials.
"""

import http.cookiejar
import json
import sys
import urllib.error
import urllib.request

from joserfc import jwk

ADMINISTRATOR = {"username": "admin", "password": "password"}  # as its database comes

plan = json.load(sys.stdin)
cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
opener = urllib.request.build_opener(cookies, urllib.request.ProxyHandler({}))


def post(path, content):
    request = urllib.request.Request(plan["url"] + path, json.dumps(content).encode(),
                                     {"Content-Type": "application/json"})
    try:
        opener.open(request, timeout=10).read()
    except urllib.error.HTTPError as refused:
        sys.exit(f"{path}: {refused.code} {refused.read()[:500]!r}")


def signing_keys():
    keys = []
    for made, algorithm in ((jwk.RSAKey.generate_key(2048), "RS256"), (jwk.ECKey.generate_key("P-256"), "ES256")):
        keys.append({**made.as_dict(private=True), "alg": algorithm, "use": "sig", "kid": algorithm.lower()})
    return json.dumps({"keys": keys})


post("/auth/", ADMINISTRATOR)
post("/scope/", {"name": plan["scope"], "display_name": plan["scope"], "description": plan["scope"],
                 "password_required": True, "scheme": {}})
post("/mod/plugin/", {"module": "oidc", "name": "oidc", "display_name": "oidc", "parameters": {
    "iss": plan["url"] + "/oidc", "jwks-private": signing_keys(), "default-kid": "rs256", "jwks-show": True,
    "access-token-duration": 3600, "refresh-token-duration": 3600, "code-duration": 60, "allow-non-oidc": True,
    "auth-type-code-enabled": False, "auth-type-token-enabled": False, "auth-type-id-token-enabled": False,
    "auth-type-device-enabled": False, "auth-type-client-enabled": True, "auth-type-refresh-enabled": False,
    "auth-type-password-enabled": False, "register-client-allowed": False,
}})
post("/client/", {
    "client_id": plan["client_id"], "client_name": plan["client_id"], "client_secret": plan["client_secret"],
    "confidential": True, "authorization_type": ["client_credentials"], "scope": [plan["scope"]], "enabled": True,
    "redirect_uri": [], "token_endpoint_auth_method": ["client_secret_basic", "client_secret_post"],
})
