"""The policy file that the gateway runs with: two issuers, and one server per pair of upstream and issuer."""

from idp import AGENT_CLIENT, SCOPES

AGENT_ID = "agent_456"
TOOLS = {
    "echo": "{require: [mcp:read]}",
    "slow": "{require: [mcp:read]}",
    "get_balance": "{require: [mcp:read], arguments: {user_id: {from: actor.sub, mode: require}}}",
    # `forbidden` is not here: no rule is a denial.
    "get_order_status": "{require: [mcp:write], arguments: {user_id: {from: actor.sub, mode: require}}}",
}


def text(public_port, client_port, admin_port, providers, servers):
    """The YAML. Its files lie beside it: `keys` and `audit.jsonl`."""
    lines = [
        "version: 1",
        "gateway:",
        f"  public_url: http://127.0.0.1:{public_port}",
        f"  listen: {{clients: '127.0.0.1:{client_port}', admin: '127.0.0.1:{admin_port}'}}",
        "  keys: {directory: keys}",
        "  audit: {file: audit.jsonl, rotate_bytes: 64KiB, checkpoints: [file, stdout]}",
        "issuers:",
    ]
    for provider in providers:
        rule = f"profile: generic, tenant: {provider.tenant}, algorithms: [{provider.algorithm}]"
        lines.append(f"  {provider.name}: {{issuer: '{provider.issuer}', {rule}}}")
    lines += ["agents:", f"  assistant: {{id: {AGENT_ID}, issuer: nanoidp, client_id: {AGENT_CLIENT}}}", "servers:"]
    for server in servers:
        lines += [
            f"  {server.name}:",
            f"    path: {server.path}",
            f"    upstream: http://127.0.0.1:{server.relay.port}/mcp",
            f"    issuers: [{server.provider.name}]",
            f"    scopes: {SCOPES}".replace("'", ""),
            "    tools:",
            *(f"      {tool}: {rule}" for tool, rule in TOOLS.items()),
        ]
    return "\n".join(lines) + "\n"
