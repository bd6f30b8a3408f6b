"""Raw MCP requests of revision 2026-07-28, for the checks that no SDK would make."""

import json
import secrets

import http1

REVISION = "2026-07-28"


def marker():
    """A word that occurs in one request only: where it arrives, that request arrived."""
    return "mark-" + secrets.token_hex(8)


def message(method, ident, **params):
    meta = {
        "io.modelcontextprotocol/protocolVersion": REVISION,
        "io.modelcontextprotocol/clientInfo": {"name": "interop-raw", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    return json.dumps({"jsonrpc": "2.0", "id": ident, "method": method, "params": {**params, "_meta": meta}}).encode()


def fields(method, token=None, name=None):
    """The header fields that go with `message`, as pairs."""
    listed = [
        ("Accept", "application/json, text/event-stream"), ("Content-Type", "application/json"),
        ("MCP-Protocol-Version", REVISION), ("Mcp-Method", method),
    ]
    if name is not None:
        listed.append(("Mcp-Name", name))
    if token is not None:
        listed.append(("Authorization", f"Bearer {token}"))
    return listed


def call_tool(stage, server, token, tool, arguments, ident, extra=(), seconds=http1.TIMEOUT_SECONDS):
    """tools/call through the gateway. `extra` fields come before and after ours would: first in the head."""
    body = message("tools/call", ident, name=tool, arguments=arguments)
    listed = [*extra, *fields("tools/call", token, tool)]
    return http1.request(stage.public_port, "POST", server.path, listed, body, seconds=seconds)


def response(answer):
    """A response of `http.client`, read to its end."""
    return http1.Response(answer.status, answer.getheaders(), answer.read())


def outcome(response, ident):
    """(kind, text) of the answer to `ident`: "result", "tool_error" or "error"."""
    for answer in response.messages():
        if answer.get("id") == ident:
            if "error" in answer:
                return "error", answer["error"].get("message", "")
            result = answer["result"]
            text = " ".join(item.get("text", "") for item in result.get("content", []))
            return ("tool_error" if result.get("isError") else "result"), text
    return "none", response.body[:200].decode("utf-8", "replace")
