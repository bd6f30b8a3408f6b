"""The client of `fastmcp` 4.x with its own OAuth: a callback server, and the browser that BROWSER names."""

import os
import sys
import warnings

import tour
import useragent
from fastmcp import Client
from fastmcp.client.auth import OAuth
from key_value.aio.stores.memory import MemoryStore


async def visit(plan, wallet):
    # A browser in the background, as a desktop has it; unmodified, the client opens it with `webbrowser`.
    os.environ["BROWSER"] = f"{sys.executable} {useragent.__file__} %s &"
    os.environ.update(INTEROP_USER=plan["user"] or "", INTEROP_PASSWORD=plan["password"] or "")
    auth = OAuth(callback_host="127.0.0.1", callback_timeout=20, token_storage=MemoryStore()) if plan["oauth"] else None
    async with Client(plan["url"], auth=auth, timeout=20) as client:

        async def list_tools():
            return [tool.name for tool in await client.list_tools()]

        async def call(name, arguments, on_progress):
            answer = await client.call_tool(name, arguments, progress_handler=on_progress, raise_on_error=False)
            return tour.outcome(answer.is_error, answer.content)

        report = await tour.take(plan, client.protocol_version, list_tools, call)
        if auth:
            await wallet.set_tokens(await auth.token_storage_adapter.get_tokens())
        return report


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    tour.main(visit)
