"""An MCP server that verifies its callers' tokens itself: notes.py PORT ISSUER KEYS_URL [AUDIENCE]

What stands behind the proxy, and behind the egress as one of its services. It tells what it saw at /seen.
"""

import sys

from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token, get_http_headers
from starlette.responses import JSONResponse

port, issuer, keys_url = int(sys.argv[1]), sys.argv[2], sys.argv[3]
audience = sys.argv[4] if len(sys.argv) > 4 else None
server = FastMCP("interop-notes", auth=JWTVerifier(
    jwks_uri=keys_url, issuer=issuer, audience=audience, algorithm="ES256"))
seen = []


@server.tool
def note(user: str, number: str) -> dict:
    """Keeps a note of a user."""
    claims = get_access_token().claims
    fields = get_http_headers(include_all=True)
    seen.append({"user": user, "number": number, "claims": claims, "fields": sorted(fields),
                 "handle": any("eieh_" in value for value in fields.values())})
    return {"user": user, "number": number, "claims": claims}


@server.custom_route("/seen", methods=["GET"])
async def told(_):
    return JSONResponse(seen)


server.run(transport="http", host="127.0.0.1", port=port, show_banner=False)
