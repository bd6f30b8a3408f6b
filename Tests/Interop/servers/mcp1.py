"""Upstream on `mcp` 1.x, streamable HTTP of 2025-06-18: mcp1.py PORT"""

import sys

import tools
from mcp.server.fastmcp import Context, FastMCP

server = FastMCP("interop-mcp1", host="127.0.0.1", port=int(sys.argv[1]))
for tool in (tools.echo, tools.get_balance, tools.get_order_status, tools.forbidden):
    server.tool()(tool)


@server.tool()
async def slow(ctx: Context) -> str:
    """Counts slowly and reports progress."""
    return await tools.count(ctx.report_progress)


server.run(transport="streamable-http")
