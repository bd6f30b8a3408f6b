"""The scenarios: each is independent of the others and leaves the stage usable."""

from dataclasses import dataclass
from typing import Callable


@dataclass
class Scenario:
    """`last` scenarios run alone, when all others are through; those without `gateway` need no bulla.

    Those in an `arena` bring a gateway of their own and need nothing else of the stage; `heavy` ones run with --heavy.
    """

    name: str
    run: Callable
    gateway: bool = True
    last: bool = False
    arena: bool = False
    heavy: bool = False


class Skipped(Exception):
    """What this machine does not have, and how to get it."""


class Checks:
    """Collects what does not hold, so that one run shows every fault, and what was tried where that is worth a line."""

    def __init__(self):
        self.failures, self.notes = [], []

    def note(self, text):
        self.notes.append(text)

    def that(self, holds, message):
        if not holds and message not in self.failures:
            self.failures.append(message)
        return bool(holds)

    def equal(self, found, expected, what):
        return self.that(found == expected, f"{what}: expected {expected!r}, found {found!r}")


def everything():
    from scenarios import (
        apis, audit, authlab, calls, canary, canary_outbound, challenge, clients, conversations, credentials, crossing,
        crash, diskfault, durable, envelope, hostile, http_cases, instances, life, limits, messages, metadata,
        providers, scanners, slow, spoofing, tls,
    )

    modules = (
        crossing, instances, providers, clients, metadata, challenge, envelope, spoofing, messages, authlab,
        credentials, hostile, calls, apis, http_cases, limits, life, audit, crash, durable, diskfault, tls,
        conversations, scanners, slow, canary, canary_outbound,
    )
    return [scenario for module in modules for scenario in module.scenarios()]
