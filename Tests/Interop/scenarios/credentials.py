"""Credentials of third-party authorization servers: what an API gets when a server calls it through the gateway."""

import concurrent.futures
import time

import authorities
import egress
import idp
import outbound_policy
import rpc
from outbound_policy import audience
from scenarios import Scenario, Skipped

JWT_SECONDS = 60  # what idpyoidc's exchanged tokens live, whatever `expires_in` says


def scenarios():
    return [
        Scenario("credential/authgent", _authgent),
        Scenario("credential/idpyoidc/fixed-audience", lambda stage, checks: _idpyoidc(stage, checks, "orders")),
        Scenario("credential/idpyoidc/introspection", lambda stage, checks: _idpyoidc(stage, checks, "introspected")),
        Scenario("credential/idpyoidc/unverified", _unverified),
        Scenario("credential/nanoidp", lambda stage, checks: _account(
            stage, checks, "geo", idp.SERVICE_CLIENT, idp.GEO_API, idp.SERVICE_SCOPE)),
        Scenario("credential/glewlwyd", _glewlwyd),
        Scenario("credential/reissued", _reissued),
        Scenario("credential/envelope", _envelope),
    ]


def called(stage, checks, server, token, service, times=1):
    """The records of `times` calls of a service in one request of `token`'s user."""
    outbound, marker = stage.outbound(), rpc.marker()
    path = f"/{service}/users/somebody/items/{marker}"
    answers = outbound.act(server, token, lambda shown: [
        egress.call(outbound, server, shown, path) for _ in range(times)])
    for answer in answers:
        checks.equal(answer.outcome, (200, None), f"{service}: answer ({answer.response.body[:300]!r})")
    records = outbound.records(marker)
    checks.equal(len(records), times, f"{service}: calls that the API saw")
    for record in records:
        checks.equal((record["error"], record["strays"]), (None, []), f"{service}: what the API saw")
    return records


def _authgent(stage, checks):
    """RFC 8693 with an audience: delegation names who acts, impersonation gives the same user."""
    outbound = stage.outbound()
    provider = outbound.authgent
    token = outbound.keep_token(provider.token(outbound.server("authgent").resource))
    with provider.turn:  # it serves one request at a time
        for service, mode in (("delegated", "on_behalf_of"), ("impersonated", "restricted_user")):
            for record in called(stage, checks, "authgent", token, service, times=2):
                claims = record["claims"] or {}
                checks.equal(claims.get("sub"), provider.subject, f"{service}: sub")
                checks.equal(claims.get("aud"), audience(service), f"{service}: aud")
                checks.equal(claims.get("scope"), "mcp:read", f"{service}: scope")
                checks.equal(record["audit"]["x-delegation-mode"], [mode], f"{service}: mode")
                if service == "delegated":
                    checks.equal(claims.get("act", {}).get("sub"), f"client:{outbound.authgent_client.client_id}",
                                 "who acts")


def _idpyoidc(stage, checks, service):
    """Its tokens name no audience. With `fixed_audience` the policy vouches for it, with `introspection` idpyoidc says
    it when asked."""
    for user in ("alice", "bob"):
        token, subject = stage.outbound().user(user)
        for record in called(stage, checks, "puppet", token, service, times=2):
            claims = record["claims"] or {}
            checks.equal(claims.get("sub"), subject, f"{user}: sub")
            checks.equal(claims.get("client_id"), "gateway", f"{user}: client")
            checks.that("aud" not in claims, f"{user}: idpyoidc has learnt to write audiences: {claims.get('aud')}")
            checks.that(claims.get("exp", 0) - claims.get("iat", 0) <= JWT_SECONDS, f"{user}: {claims}")


def _unverified(stage, checks):
    """Without either, a token that does not say for whom it is goes nowhere, and the audit says why."""
    outbound, marker = stage.outbound(), rpc.marker()
    token, _ = outbound.user("alice")
    path = f"/unverified/users/somebody/items/{marker}"
    answer = outbound.act("puppet", token, lambda shown: egress.call(outbound, "puppet", shown, path))
    checks.equal(answer.outcome, (502, "exchange_rejected"), "a token without an audience")
    checks.that("verify" in answer.json().get("detail", ""), f"the problem does not name the way out: {answer.json()}")
    checks.equal(outbound.records(marker), [], "calls that the API saw")
    reasons = {line["reason"] for line in outbound.audit() if line.get("target") == "unverified" and "reason" in line}
    checks.equal(reasons, {"exchange_rejected: audience_missing"}, "what the audit says")


def _account(stage, checks, service, client_id, aud, scope):
    """The gateway's own account: one token for all users, who are named beside it."""
    outbound, digests = stage.outbound(), set()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        done = {user: pool.submit(called, stage, checks, "puppet", outbound.user(user)[0], service, 3)
                for user in ("alice", "bob")}
    for user, records in done.items():
        for record in records.result():
            claims = record["claims"] or {}
            checks.equal((claims.get("sub"), claims.get("aud"), claims.get("scope")), (client_id, aud, scope),
                         f"{service}: token")
            checks.equal(record["audit"]["x-delegation-mode"], ["service_identity"], f"{service}: mode")
            actor = record["audit"]["x-actor-sub"]
            checks.that(len(actor) == 1 and actor[0].startswith("p-"), f"{service}: an external API sees {actor}")
            digests.update(record["credentials"])
    checks.equal(len(digests), 1, f"{service}: tokens for one account")


def _glewlwyd(stage, checks):
    try:
        authorities.Glewlwyd.demand()
    except authorities.Unavailable as reason:
        raise Skipped(str(reason)) from None
    _account(stage, checks, "places", "gateway", authorities.GLEWLWYD_SCOPE, authorities.GLEWLWYD_SCOPE)


def _reissued(stage, checks):
    """A token that the gateway signs itself: PyJWT verifies it from the keys that the gateway publishes for that."""
    outbound = stage.outbound()
    for user in ("alice", "bob"):
        token, subject = outbound.user(user)
        for record in called(stage, checks, "puppet", token, "ledger"):
            claims = record["claims"] or {}
            checks.equal(claims.get("iss"), f"{outbound.public_url}/reissue", "iss")
            checks.equal((claims.get("sub"), claims.get("aud")), (f"acme|{subject}", audience("ledger")), "sub and aud")
            checks.equal(claims.get("scope"), "orders:read", "scope")
            checks.that(0 < claims.get("exp", 0) - time.time() <= 65, f"exp: {claims}")
            checks.equal(record["audit"]["x-delegation-mode"], ["restricted_user"], "mode")
    keys = idp.fetch_json(f"{outbound.public_url}/reissue/.well-known/jwks.json")["keys"]
    others = idp.fetch_json(f"{outbound.public_url}/.well-known/jwks.json")["keys"]
    checks.that(not {key["kid"] for key in keys} & {key["kid"] for key in others}, "one key for tokens and envelopes")
    checks.that(all("d" not in key for key in keys), "a private key is published")


def _envelope(stage, checks):
    """A service of the house gets an envelope of its own, and the user's own name; never the server's envelope."""
    outbound, marker, shown_there = stage.outbound(), rpc.marker(), []
    token, subject = outbound.user("alice")

    def work(shown):
        shown_there.append(shown.envelope)
        return egress.call(outbound, "puppet", shown, f"/house/users/{subject}/items/{marker}")

    checks.equal(outbound.act("puppet", token, work).outcome, (200, None), "answer")
    for record in outbound.records(marker):
        checks.equal(record["strays"], ["field txn-token"], "what the API saw")
        checks.equal(record["audit"]["x-actor-sub"], [subject], "the user's name")
    requests = outbound.relays["api"].requests(marker)
    if not checks.equal(len(requests), 1, "calls on the wire"):
        return
    (envelope,) = requests[0].values("txn-token")
    checks.that(envelope != shown_there[0], "the server's own envelope went to the API")
    claims, original = idp.claims(envelope), idp.claims(shown_there[0])
    checks.equal(claims["aud"], f"{outbound.public_url}/.eie/house", "aud")
    checks.equal((claims["sub"], claims["txn"]), (original["sub"], original["txn"]), "sub and txn")
    checks.that(claims["jti"] != original["jti"], "one jti for two envelopes")
    checks.that(set(claims["scope"].split()) <= set(outbound_policy.SCOPES), f"scope {claims['scope']}")
