"""Verifies an envelope with three libraries as their manuals say: {"token", "keys", "issuer", "audience"} on stdin.

Prints, for each library, the verified claims or the error, and whether it refuses a tampered twin.
"""

import base64
import json
import sys

import joserfc.jwk
import joserfc.jwt
import jwcrypto.jwk
import jwcrypto.jwt
import jwt

LEEWAY_SECONDS = 30


def with_pyjwt(token, question):
    kid = jwt.get_unverified_header(token)["kid"]
    key = next(key for key in jwt.PyJWKSet.from_dict(question["keys"]).keys if key.key_id == kid)
    return jwt.decode(
        token, key, algorithms=["ES256"], issuer=question["issuer"], audience=question["audience"],
        leeway=LEEWAY_SECONDS, options={"require": ["exp", "iat", "iss", "aud", "sub"]},
    )


def with_joserfc(token, question):
    keys = joserfc.jwk.KeySet.import_key_set(question["keys"])
    decoded = joserfc.jwt.decode(token, keys, algorithms=["ES256"])
    registry = joserfc.jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS, iss={"essential": True, "value": question["issuer"]},
        aud={"essential": True, "value": question["audience"]}, exp={"essential": True}, sub={"essential": True},
    )
    registry.validate(decoded.claims)
    return decoded.claims


def with_jwcrypto(token, question):
    keys = jwcrypto.jwk.JWKSet.from_json(json.dumps(question["keys"]))
    required = {"iss": question["issuer"], "aud": question["audience"], "exp": None, "iat": None, "sub": None}
    checked = jwcrypto.jwt.JWT(jwt=token, key=keys, algs=["ES256"], check_claims=required)
    return json.loads(checked.claims)


def tampered(token):
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    claims["sub"] = "acme|somebody_else"
    forged = base64.urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).rstrip(b"=").decode()
    return ".".join((header, forged, signature))


def judge(verify, question):
    try:
        claims = verify(question["token"], question)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    try:
        verify(tampered(question["token"]), question)
        return {"error": "accepted a tampered twin"}
    except Exception:
        return {"claims": claims}


question = json.load(sys.stdin)
libraries = {"PyJWT": with_pyjwt, "joserfc": with_joserfc, "jwcrypto": with_jwcrypto}
print(json.dumps({name: judge(verify, question) for name, verify in libraries.items()}))
