"""Handshakes that no honest client makes (clients/tls_conversations.py): each ends as RFC 8446 and RFC 5246 say."""

import json

import arena
import env
import procs
from scenarios import Scenario
from scenarios.tls import settings
from stage import HERE

SECONDS = 120


def scenarios():
    return [Scenario("tls/conversations", _conversations, arena=True)]


def _conversations(stage, checks):
    with arena.Arena(stage.grounds(), "conversations", {"head_timeout": "3s"}, tls=settings()) as field:
        place = {"port": field.client_port, "request": field.raw_call(field.token()).decode("latin-1")}
        command = [env.python("tlslite-0.8.2"), str(HERE / "clients" / "tls_conversations.py")]
        status, out, err = procs.run(command, SECONDS, json.dumps(place))
        if not checks.equal(status, 0, f"tls_conversations.py: {err[-800:]}"):
            return
        results = json.loads(out)
        for name, fault in results.items():
            checks.that(fault is None, f"{name}: {fault}")
        checks.that(len(results) >= 25, f"only {len(results)} conversations were held")
        checks.equal(field.call().status, 200, "a call afterwards")
        gone = arena.wait_for(lambda: field.metrics("bulla_connections_active") == 0, 8)
        checks.that(gone, f"{field.metrics('bulla_connections_active')} connections are left")
