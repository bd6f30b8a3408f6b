"""A stock fastmcp proxy in front of another MCP server: proxy.py PORT URL

It forwards the Authorization that it gets, as proxies do that leave the checking to the server behind them.
"""

import sys

from fastmcp.server import create_proxy

create_proxy(sys.argv[2], name="interop-proxy").run(
    transport="http", host="127.0.0.1", port=int(sys.argv[1]), show_banner=False)
