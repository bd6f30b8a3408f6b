"""The sweep: after everything else, no credential of a client is in anything that an upstream received or that the
gateway wrote, and no envelope in anything that a client received."""

import base64
import json
import re

import rpc
from audit_log import AuditLog
from scenarios import Scenario

WORD = re.compile(rb"[A-Za-z0-9_-]{20,}")
CHUNK_FRAMING = re.compile(rb"\r\n[0-9A-Fa-f]{1,8}\r\n")


def scenarios():
    return [Scenario("canary", _sweep, last=True)]


def _sweep(stage, checks):
    _own_traffic(stage, checks)
    relays = [server.relay for server in stage.servers]
    checks.that(not any(relay.overflow for relay in [*relays, stage.public]), "a relay forgot bytes")
    upstream_bytes = {relay.name: relay.bytes_to_server() for relay in relays}
    metrics = stage.admin("/metrics")
    checks.equal(metrics.status, 200, "metrics page")
    log = AuditLog(stage.folder, stage.bulla)
    subjects = {record.get("actor_sub") for record in log.records()}
    checks.that(b'{"audit_checkpoint":' in stage.gateway.log.read_bytes(), "no checkpoint was printed")
    for provider in stage.providers.values():
        checks.that(provider.subject in subjects, f"no audit record names {provider.subject}")
    written = {"the gateway's log": [stage.gateway.log.read_bytes()], "the audit log": log.written(),
               "the metrics page": [metrics.body]}

    tokens = stage.tokens()
    checks.that(tokens, "no token was ever given out")
    for token in tokens:
        for where, data in {**upstream_bytes, **written}.items():
            checks.that(not found(traces(token), data), f"an access token of a client is in {where}")

    envelopes = _every_request(stage, checks)
    for envelope in envelopes:
        for where, data in {"what clients received": stage.public.bytes_to_client(), **written}.items():
            checks.that(not found(traces(envelope), data), f"an envelope is in {where}")


def _own_traffic(stage, checks):
    """So that the sweep has something to find when it runs alone, on good paths and on refusals."""
    for name in ("v2-nanoidp", "v2-authgent"):
        server = stage.server(name)
        token, ident = stage.token(server), rpc.marker()
        answer = rpc.call_tool(stage, server, token, "echo", {"text": "x"}, ident)
        checks.equal(rpc.outcome(answer, ident), ("result", "echo:x"), f"{name}: echo")
        rpc.call_tool(stage, server, token, "forbidden", {"name": "x"}, ident)
        rpc.call_tool(stage, server, token + "x", "echo", {"text": "x"}, ident)
        rpc.call_tool(stage, server, token, "echo", {"text": "x"}, ident, [("Connection", "txn-token")])


def _every_request(stage, checks):
    """Each request to an upstream carries one envelope, for that upstream, and no credential. Returns the envelopes."""
    envelopes = set()
    for server in stage.servers:
        for request in server.relay.requests():
            where = f"{server.name}: {request.method} {request.target}"
            found = request.values("txn-token")
            if checks.equal(len(found), 1, f"{where}: envelopes"):
                envelopes.add(found[0])
                payload = found[0].split(".")[1]
                claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
                checks.equal(claims["aud"], server.envelope_audience, f"{where}: aud")
            for name in ("authorization", "proxy-authorization", "cookie", "dpop"):
                checks.equal(request.values(name), [], f"{where}: {name}")
            call = json.loads(request.body) if request.body else {}
            asked = call.get("params", {}).get("name") if call.get("method") == "tools/call" else None
            checks.that(asked != "forbidden", f"{where}: a forbidden call")
    return envelopes


def words(data):
    """All stretches of the base64url alphabet that are long enough to be a part of a token."""
    return {word for stretch in data for word in WORD.findall(stretch)}


def parts(token):
    """The stretches of which a token consists, less the header that many tokens share."""
    return set(WORD.findall(token.partition(".")[2].encode() or token.encode()))


def traces(token):
    """What would give a token away: all of it, its payload and signature, and the signature encoded once more."""
    parts = token.split(".")
    secret = parts[-1].encode()
    found = [token.encode(), secret, *(part.encode() for part in parts[1:-1])]
    for shift in range(3):  # base64 of a text depends on where it starts
        encoded = base64.b64encode(b" " * shift + secret)
        found.append(encoded[4:-4])
    return found


def found(traces, data):
    for stretch in data:
        joined = CHUNK_FRAMING.sub(b"", stretch)  # a token that straddles two chunks is still a token
        if any(trace in stretch or trace in joined for trace in traces):
            return True
    return False
