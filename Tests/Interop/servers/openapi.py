"""A stock `FastMCP.from_openapi` server, one process for all users: openapi.py PORT NAME=BASE_URL...

It is what its authors document and nothing else: an OpenAPI document and a client with a base address.
"""

import sys

import httpx2
from fastmcp import FastMCP

ITEM = {"name": "number", "in": "path", "required": True, "schema": {"type": "string"}}
USER = {"name": "user", "in": "path", "required": True, "schema": {"type": "string"}}
ANYTHING = {"200": {"description": "what was seen", "content": {"application/json": {"schema": {"type": "object"}}}}}
CONTENT = {"content": {"application/json": {"schema": {
    "type": "object", "properties": {"note": {"type": "string"}}, "required": ["note"]}}}}


def document(name):
    read = {"operationId": f"read_{name}", "parameters": [USER, ITEM], "responses": ANYTHING}
    write = {"operationId": f"write_{name}", "parameters": [USER, ITEM], "requestBody": CONTENT, "responses": ANYTHING}
    return {"openapi": "3.1.0", "info": {"title": name, "version": "1"},
            "paths": {"/users/{user}/items/{number}": {"get": read, "post": write}}}


server = FastMCP("interop-openapi")
for argument in sys.argv[2:]:
    name, base_url = argument.split("=", 1)
    client = httpx2.AsyncClient(base_url=base_url, timeout=30, trust_env=False)
    server.mount(FastMCP.from_openapi(openapi_spec=document(name), client=client, name=name))
server.run(transport="http", host="127.0.0.1", port=int(sys.argv[1]), show_banner=False)
