"""A server that hands on the token it gets, as the manual of fastmcp shows: passthrough.py PORT BASE_URL"""

import sys

import httpx2
from fastmcp import FastMCP
from fastmcp.server.dependencies import get_http_headers

server = FastMCP("interop-passthrough")
client = httpx2.AsyncClient(base_url=sys.argv[2], timeout=30, trust_env=False)


@server.tool
async def read(user: str, number: str) -> dict:
    """Reads an item with the caller's token."""
    token = get_http_headers(include={"authorization"})["authorization"]
    answer = await client.get(f"/users/{user}/items/{number}", headers={"Authorization": token})
    return answer.raise_for_status().json()


server.run(transport="http", host="127.0.0.1", port=int(sys.argv[1]), show_banner=False)
