"""Upstream on `fastmcp` 4.x, streamable HTTP: fastmcp4.py PORT"""

import sys

import tools
from fastmcp import Context, FastMCP

server = FastMCP("interop-fastmcp4")
for tool in (tools.echo, tools.get_balance, tools.get_order_status, tools.forbidden):
    server.tool(tool)


@server.tool
async def slow(ctx: Context) -> str:
    """Counts slowly and reports progress."""
    return await tools.count(ctx.report_progress)


server.run(transport="http", host="127.0.0.1", port=int(sys.argv[1]), show_banner=False)
