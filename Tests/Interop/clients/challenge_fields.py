"""What an SDK reads in WWW-Authenticate headers, by its own code: [[status, header], ...] on standard input."""

import json
import sys

try:
    import httpx2
    from mcp.client.auth import utils

    def fields(status, header):
        response = httpx2.Response(status, headers={"WWW-Authenticate": header})
        return {"resource_metadata": utils.extract_resource_metadata_from_www_auth(response),
                "scope": utils.extract_scope_from_www_auth(response),
                "error": utils.extract_field_from_www_auth(response, "error")}
except ImportError:  # mcp 1.13: the challenge names the metadata only, and only in a 401
    import httpx
    from mcp.client.auth import OAuthClientProvider

    provider = object.__new__(OAuthClientProvider)  # the method needs no state

    def fields(status, header):
        response = httpx.Response(status, headers={"WWW-Authenticate": header})
        return {"resource_metadata": provider._extract_resource_metadata_from_www_auth(response)}


print(json.dumps([fields(status, header) for status, header in json.load(sys.stdin)]))
