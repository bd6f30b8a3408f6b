"""Calls at the gateway's egress, as a server makes them and as no honest server would."""

import json
import time
from dataclasses import dataclass

import http1

PROBLEM = "urn:eie:error:"


@dataclass
class Answer:
    """What came back. `code` is the problem's, where the gateway itself answered."""

    status: int
    code: str | None
    seconds: float
    response: http1.Response

    @property
    def outcome(self):
        return self.status, self.code

    def json(self):
        return self.response.json()


def call(outbound, server, shown, path, method="GET", fields=(), body=b"", secret=None, proof="envelope", seconds=20.0):
    """One call of `path` (`/service/…`) by `server` with what it was shown: its "envelope", its "handle", "both", or
    None."""
    proofs = []
    if proof in ("envelope", "both"):
        proofs.append(("Txn-Token", shown.envelope))
    if proof in ("handle", "both"):
        proofs.append(("Authorization", shown.authorization))
    target = f"/{secret or outbound.secrets[server]}{path}"
    started = time.monotonic()
    response = http1.request(outbound.egress_port, method, target, [*proofs, *fields], body, seconds=seconds)
    return Answer(response.status, problem(response), time.monotonic() - started, response)


def problem(response):
    """The code of a problem document (RFC 9457), or None for any other answer."""
    if not (response.first("content-type") or "").startswith("application/problem+json"):
        return None
    kind = response.json().get("type", "")
    return kind[len(PROBLEM):] if kind.startswith(PROBLEM) else f"another type: {kind}"


def problem_of(text):
    """The code of a problem document in a text that a tool reported."""
    try:
        return json.loads(text).get("type", "").removeprefix(PROBLEM)
    except (ValueError, AttributeError):
        return None


def names(sub, subject):
    """Whether a token's `sub` names the user: as the identity provider does, or, in a token that the gateway signs for
    users of several providers, with the tenant before it."""
    return sub in (subject, f"acme|{subject}")
