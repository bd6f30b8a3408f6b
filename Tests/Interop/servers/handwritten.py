"""Tools as people write them, each with another HTTP library. The API's address is in the environment and nothing of
identity is anywhere: PORT, ORDERS_API_URL.
"""

import asyncio
import json
import os
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import httpx
import requests
from fastmcp import FastMCP

API = os.environ["ORDERS_API_URL"]
server = FastMCP("interop-handwritten")
shared = httpx.AsyncClient(timeout=30)
session = requests.Session()
pool = ThreadPoolExecutor(4)
outcomes = {}


def address(user, number):
    return f"{API}/users/{user}/items/{number}"


@server.tool
async def by_httpx(user: str, number: str) -> dict:
    """Reads an item with httpx."""
    return (await shared.get(address(user, number))).json()


@server.tool
def by_requests(user: str, number: str) -> dict:
    """Reads an item with requests."""
    return session.get(address(user, number), timeout=30).json()


@server.tool
async def by_aiohttp(user: str, number: str) -> dict:
    """Writes an item with aiohttp."""
    async with aiohttp.ClientSession() as client:
        async with client.post(address(user, number), json={"note": number}) as answer:
            return await answer.json()


@server.tool
def by_urllib(user: str, number: str) -> dict:
    """Reads an item with urllib."""
    with urllib.request.urlopen(address(user, number), timeout=30) as answer:
        return json.load(answer)


@server.tool
async def by_threads(user: str, number: str) -> dict:
    """Reads an item in a pool of threads that other calls use too."""
    return await asyncio.get_running_loop().run_in_executor(pool, by_urllib, user, number)


@server.tool
def later(user: str, number: str, seconds: float) -> str:
    """Answers at once and does its work afterwards."""

    def work():
        time.sleep(seconds)
        try:
            with urllib.request.urlopen(address(user, number), timeout=30) as answer:
                outcomes[number] = {"status": answer.status}
        except urllib.error.HTTPError as refused:
            outcomes[number] = {"status": refused.code, "body": refused.read().decode("utf-8", "replace")}
        except OSError as error:
            outcomes[number] = {"error": str(error)}

    threading.Thread(target=work).start()
    return "begun"


@server.tool
def outcome(number: str) -> dict:
    """What became of the work that `later` began."""
    return outcomes.get(number, {})


@server.tool
def about() -> dict:
    """Which process this is, and what it was given."""
    return {"process": os.getpid(), "environment": dict(os.environ)}


@server.tool
def crash(user: str, number: str) -> str:
    """Ends the process in the middle of a call."""
    os._exit(3)


server.run(transport="http", host="127.0.0.1", port=int(os.environ["PORT"]), show_banner=False)
