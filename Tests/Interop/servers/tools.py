"""The tools that every upstream server offers. They know nothing of identity: the model fills in `user_id`."""

import asyncio

STEPS = 4
STEP_SECONDS = 0.15


def echo(text: str) -> str:
    """Echo the text."""
    return "echo:" + text


def get_balance(user_id: str) -> str:
    """Balance of a user's account."""
    return f"balance of {user_id}: 42"


def get_order_status(user_id: str, order_id: str) -> str:
    """Status of a user's order."""
    return f"order {order_id} of {user_id}: shipped"


def forbidden(name: str) -> str:
    """A tool that the policy does not list."""
    return "done to " + name


async def count(report) -> str:
    """Takes its time and reports each step through `report(done, total)`."""
    for step in range(1, STEPS + 1):
        await report(step, STEPS)
        # The pause comes last: an old server reports on another stream than it answers on, and the answer must not win.
        await asyncio.sleep(STEP_SECONDS)
    return f"counted to {STEPS}"
