"""Upstream on `mcp` 2.x, streamable HTTP in both eras: mcp2.py PORT"""

import sys

import tools
from mcp.server import MCPServer
from mcp.server.mcpserver import Context

server = MCPServer("interop-mcp2")
for tool in (tools.echo, tools.get_balance, tools.get_order_status, tools.forbidden):
    server.tool()(tool)


@server.tool()
async def slow(ctx: Context) -> str:
    """Counts slowly and reports progress."""
    return await tools.count(ctx.report_progress)


server.run(transport="streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
