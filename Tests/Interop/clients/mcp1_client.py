"""The client of `mcp` 1.x: initialize handshake, revision 2025-06-18."""

import tour
from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamablehttp_client
from mcp.shared.auth import OAuthClientMetadata


def oauth(plan, wallet):
    if not plan["oauth"]:
        return None
    browser = tour.Browser(plan)

    async def callback():
        return browser.answer()["code"], browser.answer().get("state")

    metadata = OAuthClientMetadata(
        client_name="interop mcp 1", redirect_uris=[tour.REDIRECT_URI], response_types=["code"],
        grant_types=["authorization_code", "refresh_token"], token_endpoint_auth_method="client_secret_post",
    )
    return OAuthClientProvider(plan["url"], metadata, wallet, browser.redirect, callback)


async def visit(plan, wallet):
    async with streamablehttp_client(plan["url"], auth=oauth(plan, wallet)) as (reads, writes, _):
        async with ClientSession(reads, writes) as session:
            protocol = (await session.initialize()).protocolVersion

            async def list_tools():
                return [tool.name for tool in (await session.list_tools()).tools]

            async def call(name, arguments, on_progress):
                answer = await session.call_tool(name, arguments, progress_callback=on_progress)
                return tour.outcome(answer.isError, answer.content)

            return await tour.take(plan, protocol, list_tools, call)


if __name__ == "__main__":
    tour.main(visit)
