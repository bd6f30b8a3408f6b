"""The sweep of the second gateway: every credential of the run is where it belongs, and in no other byte that anybody
received or that the gateway wrote.

| credential | belongs to |
| --- | --- |
| a user's access token | the client, the gateway, and as `subject_token` the authorization server that made it |
| a forwarded envelope, a handle | the server it was forwarded to |
| the secret in an egress URL | the server whose address it is |
| a token that an authorization server gave, or that the gateway signed | the API |
| the gateway's own client secrets | the authorization server |
"""

import json
import re
from urllib.parse import parse_qsl

import egress
import rpc
from scenarios import Scenario
from scenarios.canary import found, parts, traces, words

ACCESS_TOKEN = re.compile(rb'"access_token"\s*:\s*"([^"]{8,})"')
SERVERS = ("openapi", "proxy", "passthrough", "puppet")
AUTHORITIES = ("idpyoidc", "hostile")
APIS = ("api", "notes")
SAMPLE = 20


def scenarios():
    return [Scenario("canary/outbound", _sweep, last=True)]


def _sweep(stage, checks):
    outbound = stage.outbound()
    _own_traffic(outbound, checks)
    overflown = [name for name, relay in outbound.relays.items() if relay.overflow]
    checks.equal(overflown, [], "relays that forgot bytes")
    events = [line["event"] for line in outbound.audit()]
    checks.equal(events.count("egress.intent"), events.count("egress.result"), "intents and results on record")
    places = _Places(outbound, checks)
    _tokens(outbound, checks, places)
    envelopes, handles = _shown(outbound, checks)
    written = [*SERVERS, *APIS, *AUTHORITIES, "public", "written"]
    for what, secrets, names in (
        ("an envelope", envelopes, [*APIS, *AUTHORITIES, "public", "written"]),
        ("a handle", handles, [*APIS, *AUTHORITIES, "public", "written"]),
        ("the secret of an egress URL", {*outbound.secrets.values(), *outbound.generated}, written),
        # A tool tells its client about its process.
        ("the secret of an instance", outbound.instance_secrets(), [*SERVERS, *APIS, *AUTHORITIES, "written"]),
        ("a secret of the gateway's own", outbound.client_secrets(), [*SERVERS, *APIS, "public", "written"]),
        ("a token for an API", _given(outbound), [*SERVERS, "public", "written"]),
    ):
        checks.that(secrets, f"{what} was never seen")
        places.lack(secrets, what, names)


class _Places:
    """All bytes of the run, by where they went."""

    def __init__(self, outbound, checks):
        self._checks = checks
        self._known_words = {}
        metrics = outbound.admin("/metrics")
        checks.equal(metrics.status, 200, "metrics page")
        self._bytes = {name: relay.bytes_to_server() for name, relay in outbound.relays.items()}
        self._bytes["public"] = outbound.relays["public"].bytes_to_client()
        self._bytes["written"] = [outbound.gateway.log.read_bytes(), metrics.body,
                                  *outbound.audit_log.written()]

    def lack(self, secrets, what, names):
        """Every secret is looked for as it is, and some of them also inside other words and encodings."""
        listed, looked_for = sorted(secrets), set().union(*map(parts, secrets))
        sample = listed[::max(1, len(listed) // SAMPLE)]
        for name in names:
            place = self._bytes[name]
            self._checks.that(not looked_for & self._words(name), f"{what} is in what {name} got")
            hidden = [secret for secret in sample if found(traces(secret), place)]
            self._checks.that(not hidden, f"{what} is hidden in what {name} got")

    def _words(self, name):
        if name not in self._known_words:
            self._known_words[name] = words(self._bytes[name])
        return self._known_words[name]


def _tokens(outbound, checks, places):
    """Users' tokens: nowhere but in the one parameter that is for them."""
    exchanged, requests = set(), [
        request for name in AUTHORITIES for request in outbound.relays[name].requests()]
    places.lack(outbound.tokens(), "an access token of a client", [*SERVERS, *APIS, "written"])
    for token in outbound.tokens():
        for request in requests:
            if token.encode() not in request.raw:
                continue
            form = parse_qsl(request.body.decode("latin-1"), keep_blank_values=True)
            holders = [name for name, value in form if token in value]
            checks.equal((holders, request.raw.count(token.encode())), (["subject_token"], 1),
                         "where an authorization server was told an access token of a client")
            exchanged.add(token)
    checks.that(exchanged, "no access token was ever exchanged")


def _shown(outbound, checks):
    """What servers were shown: one envelope each time, and a handle where the policy says so. Returns both."""
    envelopes, handles = set(), set()
    for name in SERVERS:
        for request in outbound.relays[name].requests():
            if request.method != "POST":
                continue
            values = request.values("txn-token")
            if checks.equal(len(values), 1, f"{name}: envelopes"):
                envelopes.add(values[0])
            for credential in request.values("authorization"):
                scheme, _, handle = credential.partition(" ")
                if checks.that(scheme == "Bearer" and handle.startswith("eieh_"), f"{name}: a credential, no handle"):
                    handles.add(handle)
    return envelopes, handles


def _given(outbound):
    """Tokens that were made for APIs, less those that users got."""
    given = {token.decode() for name in AUTHORITIES for data in outbound.relays[name].bytes_to_client()
             for token in ACCESS_TOKEN.findall(data)}
    for name in APIS:
        for request in outbound.relays[name].requests():
            given.update(value.split(" ")[-1] for value in request.values("authorization"))
    # Neither the huge one nor the one without a signature is a word to look for.
    return {token for token in given - outbound.tokens() if len(token) < 10_000 and not token.endswith(".")}


def _own_traffic(outbound, checks):
    """So that the sweep has something to find when it runs alone, on good paths and on refusals."""
    token, subject = outbound.user("alice")
    for name, tool in (
        ("openapi", "read_orders"), ("proxy", "note"), ("passthrough", "read"), ("handwritten", "by_httpx"),
    ):
        marker = rpc.marker()
        arguments = {"user": subject, "number": marker}
        answer = rpc.call_tool(outbound, outbound.server(name), token, tool, arguments, marker)
        kind, text = rpc.outcome(answer, marker)
        checks.equal(kind, "result", f"{name}: {text[:300]}")
    marker = rpc.marker()
    about = rpc.outcome(rpc.call_tool(
        outbound, outbound.server("handwritten"), token, "about", {}, marker), marker)[1]
    outbound.keep_instance_secrets([json.loads(about)["environment"]["ORDERS_API_URL"].split("/")[3]])
    liar = outbound.hostile_token("erin", "liar")

    def work(server, services):
        return lambda shown: [egress.call(outbound, server, shown, f"/{service}/users/{subject}/items/1").status
                              for service in services]

    statuses = outbound.act("puppet", token, work("puppet", ("orders", "ledger", "geo", "unverified", "nobody")))
    checks.equal(statuses, [200, 200, 200, 502, 502], "puppet: calls")
    statuses = outbound.act("liar", liar, work("liar", ("good", "other_subject", "opaque")))
    checks.equal(statuses, [200, 502, 502], "liar: calls")
