"""The providers alone: discovery, dynamic registration and code flow with PKCE give a token for the asked resource."""

import base64
import json

from idp import AGENT_CLIENT, SCOPES
from scenarios import Scenario


def scenarios():
    return [Scenario(f"provider/{name}", _flow(name), gateway=False) for name in ("nanoidp", "authgent")]


def _flow(name):
    def run(stage, checks):
        provider = stage.providers[name]
        resource = f"{stage.public_url}/mcp/v2-{name}"
        for client_id in (None, AGENT_CLIENT) if name == "nanoidp" else (None,):
            token = provider.token(resource, client_id=client_id)
            stage.keep_token(token)
            header, claims = (_decoded(part) for part in token.split(".")[:2])
            checks.equal(header["alg"], provider.algorithm, "alg")
            checks.equal(claims["iss"], provider.issuer, "iss")
            checks.equal(claims["sub"], provider.subject, "sub")
            checks.equal(claims["aud"], resource, "aud")
            checks.equal(sorted(claims["scope"].split()), sorted(SCOPES), "scope")

    return run


def _decoded(segment):
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
