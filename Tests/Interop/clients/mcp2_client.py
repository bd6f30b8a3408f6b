"""The client of `mcp` 2.x: mode `auto` is its high-level Client (2026-07-28 where the server has it), mode `legacy` a
ClientSession with the initialize handshake."""

from contextlib import asynccontextmanager

import httpx2
import tour
from mcp import Client, ClientSession
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata


def oauth(plan, wallet):
    if not plan["oauth"]:
        return None
    browser = tour.Browser(plan)

    async def callback():
        answer = browser.answer()
        return AuthorizationCodeResult(code=answer["code"], state=answer.get("state"), iss=answer.get("iss"))

    metadata = OAuthClientMetadata(
        client_name="interop mcp 2", redirect_uris=[tour.REDIRECT_URI], response_types=["code"],
        grant_types=["authorization_code", "refresh_token"], token_endpoint_auth_method="client_secret_post",
    )
    return OAuthClientProvider(plan["url"], metadata, wallet, browser.redirect, callback)


@asynccontextmanager
async def connected(plan, transport):
    if plan["mode"] == "legacy":
        async with transport as streams, ClientSession(streams[0], streams[1]) as session:
            yield session, (await session.initialize()).protocol_version
    else:
        async with Client(transport, mode=plan["mode"]) as client:
            yield client, client.protocol_version


async def visit(plan, wallet):
    async with httpx2.AsyncClient(auth=oauth(plan, wallet), timeout=20, trust_env=False) as http:
        async with connected(plan, streamable_http_client(plan["url"], http_client=http)) as (peer, protocol):

            async def list_tools():
                return [tool.name for tool in (await peer.list_tools()).tools]

            async def call(name, arguments, on_progress):
                answer = await peer.call_tool(name, arguments, progress_callback=on_progress)
                return tour.outcome(answer.is_error, answer.content)

            return await tour.take(plan, protocol, list_tools, call)


if __name__ == "__main__":
    tour.main(visit)
