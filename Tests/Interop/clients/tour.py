"""What every client does with a server, whatever its SDK: the same calls, reported in the same JSON.

The plan is one JSON argument: {"url", "mode", "oauth", "user", "password", "own", "other"}. An outcome is
{"kind": "result" | "tool_error" | "error" | "timeout", "text"}.
"""

import asyncio
import json
import sys
import time
from urllib.parse import parse_qs, urlsplit

import useragent

# Nothing listens here: the scripted browser reads the code from the redirect.
REDIRECT_URI = "http://127.0.0.1:19999/callback"
CALL_SECONDS = 15.0


class Browser:
    """The two handlers that an SDK's OAuth provider asks for."""

    def __init__(self, plan):
        self._plan, self._answer = plan, {}

    async def redirect(self, url):
        landed = await asyncio.to_thread(useragent.authorize, url, self._plan["user"], self._plan["password"])
        self._answer = {name: values[0] for name, values in parse_qs(urlsplit(landed).query).items()}

    def answer(self):
        if "code" not in self._answer:
            raise RuntimeError(f"no code: {self._answer}")
        return self._answer


class Wallet:
    """Token storage of the SDKs, in memory, that remembers every token it was given."""

    def __init__(self):
        self.seen, self._tokens, self._client = [], None, None

    async def get_tokens(self):
        return self._tokens

    async def set_tokens(self, tokens):
        self._tokens = tokens
        self.seen += [token for token in (tokens.access_token, tokens.refresh_token) if token]

    async def get_client_info(self):
        return self._client

    async def set_client_info(self, client_info):
        self._client = client_info


def outcome(is_error, content):
    text = " ".join(getattr(item, "text", "") for item in content)
    return {"kind": "tool_error" if is_error else "result", "text": text}


async def take(plan, protocol, list_tools, call):
    """The tour. `list_tools()` gives names; `call(name, arguments, on_progress)` gives an outcome or raises."""

    async def attempt(tool, on_progress=None, **arguments):
        try:
            return await asyncio.wait_for(call(tool, arguments, on_progress), CALL_SECONDS)
        except asyncio.TimeoutError:
            return {"kind": "timeout", "text": f"{tool}: nothing in {CALL_SECONDS:.0f} s"}
        except Exception as error:
            return {"kind": "error", "text": "; ".join(map(describe, leaves(error)))}

    steps = []

    async def on_progress(done, total=None, message=None):
        steps.append([done, total, time.monotonic()])

    report = {"protocol": protocol, "tools": await asyncio.wait_for(list_tools(), CALL_SECONDS)}
    report["echo"] = await attempt("echo", text="one")
    report["slow"] = await attempt("slow", on_progress)
    ended = time.monotonic()
    report["progress"] = [[done, total, ended - at] for done, total, at in steps]
    report["own"] = await attempt("get_balance", user_id=plan["own"])
    report["other"] = await attempt("get_balance", user_id=plan["other"])
    report["after_other"] = await attempt("echo", text="two")
    report["order"] = await attempt("get_order_status", user_id=plan["own"], order_id="o-1")
    report["forbidden"] = await attempt("forbidden", name="nobody")
    report["after_forbidden"] = await attempt("echo", text="three")
    return report


def leaves(error):
    return [leaf for part in error.exceptions for leaf in leaves(part)] if hasattr(error, "exceptions") else [error]


def describe(error):
    return f"{type(error).__name__}: {str(error)[:300]}"


def main(visit):
    """Runs `visit(plan, wallet)` and prints one line of JSON, whatever happens."""
    plan, wallet = json.loads(sys.argv[1]), Wallet()
    try:
        report = asyncio.run(visit(plan, wallet))
    except BaseException as error:
        report = {"failed": "; ".join(map(describe, leaves(error)))}
    print(json.dumps({**report, "tokens": wallet.seen}))
    sys.exit(1 if "failed" in report else 0)
