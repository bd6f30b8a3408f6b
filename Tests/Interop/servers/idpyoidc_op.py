"""An OpenID provider of the published `idpyoidc` package: idpyoidc_op.py PORT ISSUER FOLDER

idpyoidc has no server of its own; Flask carries its endpoints. Client `app` logs users in (code and PKCE, login form),
client `gateway` exchanges their tokens (RFC 8693) and asks about them (RFC 7662). Secrets and users are in the
environment: IDP_APP_SECRET, IDP_GATEWAY_SECRET, IDP_USERS (JSON, name to password), IDP_SCOPES (JSON).
"""

import json
import logging
import os
import sys
import threading

from flask import Flask, make_response, redirect, request
from idpyoidc.message.oauth2 import ResponseMessage, TokenExchangeRequest
from idpyoidc.message.oidc import AccessTokenRequest, AuthorizationRequest
from idpyoidc.server import Server
from idpyoidc.server.configure import OPConfiguration

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
REDIRECT_URI = "http://127.0.0.1:19999/callback"
CLIENT_AUTHENTICATION = ["client_secret_basic", "client_secret_post"]
FORM = """<html><body><form action="{{ action }}" method="post"><input type="hidden" name="token" value="{{ token }}">
<input name="username"><input type="password" name="password"><input type="submit" name="go" value="login">
</form></body></html>"""

port, issuer, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
users, scopes = json.loads(os.environ["IDP_USERS"]), json.loads(os.environ["IDP_SCOPES"])
os.makedirs(f"{folder}/private", exist_ok=True)
os.makedirs(f"{folder}/templates", exist_ok=True)
os.chdir(folder)
logging.basicConfig(level=logging.WARNING)


def write(name, text):
    with open(name, "w") as file:
        file.write(text)


def keys(file, *definitions):
    return {"private_path": f"private/{file}.json", "key_defs": list(definitions), "read_only": False}


def endpoint(path, name, **settings):
    return {"path": path, "class": f"idpyoidc.server.{name}", "kwargs": {"client_authn_method": None, **settings}}


def configuration():
    write("passwords.json", json.dumps(users))
    write("users.json", json.dumps({name: {"name": name.title()} for name in users}))
    write("templates/login.jinja2", FORM)
    mints = ["access_token", "refresh_token", "id_token"]
    policy = {"": {"function": "idpyoidc.server.oauth2.token_helper.validate_token_exchange_policy",
                   "kwargs": {"scope": scopes}}}
    exchange = {"requested_token_types_supported": [ACCESS_TOKEN], "default_requested_token_type": ACCESS_TOKEN,
                "policy": policy}
    helper = "idpyoidc.server.oidc.token_helper"
    database = {"class": "idpyoidc.server.util.JSONDictDB", "kwargs": {"filename": "passwords.json"}}
    symmetric = {"type": "oct", "bytes": 24, "use": ["enc"]}
    return {
        "issuer": issuer, "entity_id": issuer, "httpc_params": {}, "template_dir": "templates",
        "keys": {**keys("keys", {"type": "EC", "crv": "P-256", "use": ["sig"]}, {"type": "RSA", "use": ["sig"]}),
                 "uri_path": "jwks"},
        "preference": {"subject_types_supported": ["public"],
                       "grant_types_supported": ["authorization_code", "refresh_token", EXCHANGE]},
        "add_on": {"pkce": {"function": "idpyoidc.server.oauth2.add_on.pkce.add_support",
                            "kwargs": {"essential": False, "code_challenge_method": "S256"}}},
        "authz": {"class": "idpyoidc.server.authz.AuthzHandling", "kwargs": {"grant_config": {
            "expires_in": 3600, "usage_rules": {
                "authorization_code": {"supports_minting": mints, "max_usage": 1},
                "access_token": {"supports_minting": ["access_token"], "expires_in": 3600},
                "refresh_token": {"supports_minting": mints, "expires_in": 3600}}}}},
        "authentication": {"user": {
            "acr": "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword",
            "class": "idpyoidc.server.user_authn.user.UserPassJinja2",
            "kwargs": {"verify_endpoint": "verify/user", "template": "login.jinja2", "db": database,
                       "page_header": "", "submit_btn": "", "user_label": "", "passwd_label": ""}}},
        "claims_interface": {"class": "idpyoidc.server.session.claims.ClaimsInterface", "kwargs": {}},
        "cookie_handler": {"class": "idpyoidc.server.cookie_handler.CookieHandler", "kwargs": {
            "keys": keys("cookies", {"type": "OCT", "use": ["enc"], "kid": "enc"},
                         {"type": "OCT", "use": ["sig"], "kid": "sig"}),
            "name": {"session": "op", "register": "op_rp", "session_management": "op_sm"}}},
        "scopes_to_claims": {"openid": ["sub"], **{scope: [] for scope in scopes}},
        "endpoint": {
            "provider_config": endpoint(".well-known/openid-configuration",
                                        "oidc.provider_config.ProviderConfiguration"),
            "authorization": endpoint("authorization", "oidc.authorization.Authorization",
                                      response_types_supported=["code"], response_modes_supported=["query"]),
            "token": endpoint("token", "oidc.token.Token", client_authn_method=CLIENT_AUTHENTICATION,
                              grant_types_helpers={
                                  "authorization_code": {"class": f"{helper}.access_token.AccessTokenHelper"},
                                  EXCHANGE: {"class": f"{helper}.token_exchange.TokenExchangeHelper",
                                             "kwargs": exchange}}),
            "introspection": endpoint("introspection", "oauth2.introspection.Introspection",
                                      client_authn_method=CLIENT_AUTHENTICATION,
                                      enforce_audience_restriction=False),
            "userinfo": {"path": "userinfo", "class": "idpyoidc.server.oidc.userinfo.UserInfo",
                         "kwargs": {"claim_types_supported": ["normal"]}},
        },
        "token_handler_args": {
            "jwks_def": keys("tokens", {**symmetric, "kid": "code"}, {**symmetric, "kid": "refresh"}),
            "code": {"kwargs": {"lifetime": 600}}, "refresh": {"kwargs": {"lifetime": 3600}},
            "token": {"class": "idpyoidc.server.token.jwt_token.JWTToken",
                      "kwargs": {"lifetime": 3600, "add_claims_by_scope": True}},
            "id_token": {"class": "idpyoidc.server.token.id_token.IDToken", "kwargs": {}},
        },
        "userinfo": {"class": "idpyoidc.server.user_info.UserInfo", "kwargs": {"db_file": "users.json"}},
    }


server = Server(OPConfiguration(configuration(), base_path=folder, domain="127.0.0.1", port=port), cwd=folder)
context = server.get_context()
for name, secret, grants in (
    ("app", os.environ["IDP_APP_SECRET"], ["authorization_code", "refresh_token"]),
    ("gateway", os.environ["IDP_GATEWAY_SECRET"], [EXCHANGE]),
):
    context.cdb[name] = {
        "client_id": name, "client_secret": secret, "client_salt": "salt", "redirect_uris": [(REDIRECT_URI, {})],
        "response_types_supported": ["code"], "allowed_scopes": scopes, "grant_types_supported": grants,
        "id_token_signed_response_alg": "ES256", "token_endpoint_auth_method": "client_secret_basic",
    }
    context.keyjar.add_symmetric(name, secret)
app = Flask(__name__)
# Its session database is a plain dictionary without a lock.
turn = threading.Lock()


def perform(name):
    with turn:
        part = server.get_endpoint(name)
        heard = {
            "headers": {field: value for field, value in request.headers.items(lower=True) if field != "cookie"},
            "method": request.method, "url": request.url,
            "cookie": [{"name": cookie, "value": value} for cookie, value in request.cookies.items()],
        }
        asked = request.args.to_dict() if request.method == "GET" else dict(request.form.items())
        try:
            parsed = part.parse_request(asked, http_info=heard)
            if isinstance(parsed, ResponseMessage) and "error" in parsed:
                return refusal(parsed.to_json())
            if name == "token":
                kind = TokenExchangeRequest if parsed.get("grant_type") == EXCHANGE else AccessTokenRequest
                parsed = kind(**parsed)
            done = part.process_request(parsed, http_info=heard)
        except Exception as error:
            wrong_client = "Auth" in type(error).__name__
            code = "invalid_client" if wrong_client else "invalid_request"
            return refusal(json.dumps({"error": code}), 401 if wrong_client else 400)
        if isinstance(done, ResponseMessage) and "error" in done:
            return refusal(done.to_json())
        if "http_response" in done:
            return make_response(done["http_response"], 200)
        return emit(part, parsed, done) if "redirect_location" not in done else redirect(done["redirect_location"])


def emit(part, asked, done):
    told = part.do_response(request=asked, **done)
    as_url = told.get("response_placement", part.response_placement) == "url"
    answer = redirect(told["response"]) if as_url else make_response(told["response"], told.get("response_code", 200))
    for field, value in told["http_headers"]:
        answer.headers[field] = value
    return answer


def refusal(text, status=400):
    answer = make_response(text, status)
    answer.headers["Content-Type"] = "application/json"
    return answer


@app.post("/verify/user")
def verify():
    with turn:
        method = context.authn_broker.get_method_by_id("user")
        user = method.verify(**dict(request.form.items()))
        if not user:
            return make_response("no such account", 403)
        ticket = method.unpack_token(request.form["token"])
        asked, part = AuthorizationRequest().from_urlencoded(ticket["query"]), server.get_endpoint("authorization")
        session = part.create_session(asked, user, ticket["authn_class_ref"], ticket["iat"], method)
        return emit(part, asked, part.authz_part2(request=asked, session_id=session))


for place, name, methods in (
    ("/.well-known/openid-configuration", "provider_config", ["GET"]), ("/authorization", "authorization", ["GET"]),
    ("/token", "token", ["POST"]), ("/introspection", "introspection", ["POST"]), ("/userinfo", "userinfo", ["GET"]),
):
    app.add_url_rule(place, name, lambda name=name: perform(name), methods=methods)
app.add_url_rule("/jwks", "jwks", lambda: (context.keyjar.export_jwks(), 200))
app.run(host="127.0.0.1", port=port, threaded=True)
