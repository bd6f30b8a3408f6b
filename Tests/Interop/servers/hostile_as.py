"""An authorization server that answers as each of its clients is called: hostile_as.py PORT CONTROL_PORT ORIGIN

Client `good` gets what it asks for (RFC 8693, client credentials); every other name is a way to go wrong, see `Lies`.
It has two issuers: ORIGIN, and ORIGIN/foreign, whose metadata names a token endpoint somewhere else.
The control port makes users' tokens (GET /mint?sub=…&aud=…), tells what was asked (GET /requests), and records whoever
was led there (GET /elsewhere).
"""

import base64
import hashlib
import json
import socket
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
KID = "hostile-1"
HUGE_BYTES = 10 << 20
PATIENT_SECONDS = 1.5  # long enough for a crowd to wait for one answer
ENDLESS_SECONDS = 30

port, control_port = int(sys.argv[1]), int(sys.argv[2])
origin, elsewhere = sys.argv[3], f"http://127.0.0.1:{control_port}/elsewhere"
key, strange_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
requests, lock = [], threading.Lock()


def signed(claims, signing_key=key, lifetime=300):
    now = int(time.time())
    claims = {"iat": now, "exp": now + lifetime, "jti": str(uuid.uuid4()), **claims}
    return jwt.encode(claims, signing_key, algorithm="ES256", headers={"kid": KID, "typ": "at+jwt"})


def unsigned(claims):
    now = int(time.time())
    return jwt.encode({"iat": now, "exp": now + 300, **claims}, None, algorithm="none")


class Lies:
    """How the answer to each client differs from the honest one: (claims, parameters) in, (token, parameters) out."""

    good = staticmethod(lambda claims, told: (signed(claims), told))
    no_act = good
    patient = good
    other_subject = staticmethod(lambda claims, told: (signed({**claims, "sub": "mallory"}), told))
    other_audience = staticmethod(lambda claims, told: (signed({**claims, "aud": "http://127.0.0.1/other"}), told))
    no_audience = staticmethod(
        lambda claims, told: (signed({name: claims[name] for name in claims if name != "aud"}), told))
    other_issuer = staticmethod(lambda claims, told: (signed({**claims, "iss": "http://127.0.0.1:1"}), told))
    wider_scope = staticmethod(lambda claims, told: (signed(claims), {**told, "scope": told["scope"] + " admin"}))
    wider_token = staticmethod(lambda claims, told: (signed({**claims, "scope": claims["scope"] + " admin"}), told))
    expired = staticmethod(lambda claims, told: (signed(claims, lifetime=-60), told))
    unsigned = staticmethod(lambda claims, told: (unsigned(claims), told))
    forged = staticmethod(lambda claims, told: (signed(claims, strange_key), told))
    opaque = staticmethod(lambda claims, told: (uuid.uuid4().hex, told))
    mac_token = staticmethod(lambda claims, told: (signed(claims), {**told, "token_type": "mac"}))
    refresh_token = staticmethod(lambda claims, told: (signed(claims), {
        **told, "issued_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}))
    split_token = staticmethod(lambda claims, told: (signed(claims) + "\r\nX-Actor-Sub: mallory", told))


REFUSALS = {  # client: status, error
    "bad_grant": (400, "invalid_grant"), "bad_client": (401, "invalid_client"), "bad_target": (400, "invalid_target"),
    "bad_scope": (400, "invalid_scope"), "bad_actor": (400, "actor_unauthorized"),
    "consent": (400, "interaction_required"), "broken": (500, "server_error"), "busy": (429, "slow_down"),
    "odd_words": (400, "ignore\u2028all\u001b[31m rules"),
}


class Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        endpoints = {"token_endpoint": f"{origin}/token", "introspection_endpoint": f"{origin}/introspect"}
        path = urlsplit(self.path).path
        if path == "/jwks":
            public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
            return self.answer(200, {"keys": [{**public, "kid": KID, "alg": "ES256", "use": "sig"}]})
        if path == "/.well-known/oauth-authorization-server":
            return self.answer(200, {"issuer": origin, "jwks_uri": f"{origin}/jwks", **endpoints})
        if path == "/.well-known/oauth-authorization-server/foreign":
            return self.answer(200, {"issuer": f"{origin}/foreign", "jwks_uri": f"{origin}/jwks",
                                     "token_endpoint": elsewhere, "introspection_endpoint": elsewhere})
        self.answer(404, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        form = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        client = self.client(form)
        with lock:
            requests.append({
                "at": time.time(), "client": client, "path": self.path, "grant": form.get("grant_type"),
                "audience": form.get("audience"), "scope": form.get("scope"), "names": sorted(form),
                "subject": hashlib.sha256(form.get("subject_token", "").encode()).hexdigest(),
            })
        if client in REFUSALS:
            status, error = REFUSALS[client]
            extra = [("Retry-After", "7")] if status == 429 else []
            told = {"error": error, "error_description": "words of the authorization server"}
            return self.answer(status, told, extra)
        if misbehaviour := getattr(self, f"be_{client}", None):
            return misbehaviour()
        if not hasattr(Lies, client):
            return self.answer(401, {"error": "invalid_client"})
        time.sleep(float(form.get("resource", "").rpartition("#wait=")[2] or 0))
        if client == "patient":
            time.sleep(PATIENT_SECONDS)
        self.answer(200, self.tokens(client, form))

    def client(self, form):
        scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            return base64.b64decode(encoded).decode().split(":")[0]
        return form.get("client_id", "")

    def tokens(self, client, form):
        claims = {"iss": origin, "client_id": client, "scope": form.get("scope", "")}
        told = {"token_type": "Bearer", "expires_in": 300, "scope": form.get("scope", "")}
        if "subject_token" in form:
            subject = jwt.decode(form["subject_token"], options={"verify_signature": False})
            claims["sub"], told["issued_token_type"] = subject["sub"], ACCESS_TOKEN
            if client != "no_act":
                claims["act"] = {"sub": client}
        else:
            claims["sub"] = client
        claims["aud"] = form.get("audience") or form.get("resource") or origin
        token, told = getattr(Lies, client)(claims, told)
        return {"access_token": token, **told}

    def answer(self, status, content, fields=()):
        self.raw(status, json.dumps(content).encode(), [("Content-Type", "application/json"), *fields])

    def raw(self, status, body, fields):
        self.send_response(status)
        for name, value in [*fields, ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]:
            self.send_header(name, value)
        self._headers_buffer.append(b"\r\n" + body)
        self.flush_headers()

    # Misbehaviour that is not a lie about the token.

    def be_slow(self):
        time.sleep(ENDLESS_SECONDS)
        self.answer(200, {})

    def be_trickle(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(ENDLESS_SECONDS * 4):
            self.wfile.write(b" ")
            time.sleep(0.25)

    def be_hang_up(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def be_redirect(self):
        self.raw(307, b"", [("Location", elsewhere)])

    def be_html(self):
        self.raw(200, b"<html><body>please log in</body></html>", [("Content-Type", "text/html")])

    def be_empty(self):
        self.answer(200, {})

    def be_no_json(self):
        self.raw(200, b"access_token=abc&token_type=Bearer", [("Content-Type", "application/json")])

    def be_twice(self):
        """Two members of one name: which of them would be checked, and which sent?"""
        one, other = signed({"iss": origin, "sub": "alice"}), signed({"iss": origin, "sub": "mallory"})
        rest = f'"token_type":"Bearer","issued_token_type":"{ACCESS_TOKEN}"'
        body = f'{{"access_token":"{one}",{rest},"access_token":"{other}"}}'
        self.raw(200, body.encode(), [("Content-Type", "application/json")])

    def be_huge(self):
        body = b'{"access_token":"' + b"a" * HUGE_BYTES + b'","token_type":"Bearer"}'
        try:
            self.raw(200, body, [("Content-Type", "application/json")])
        except OSError:
            self.close_connection = True

    def log_message(self, *_):
        pass


class Control(Endpoint):
    def do_GET(self):
        where = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(where.query).items()}
        if where.path == "/mint":
            issuer = origin + asked.pop("under", "")
            lifetime = int(asked.pop("lifetime", 300))
            return self.answer(200, {"access_token": signed({"iss": issuer, **asked}, lifetime=lifetime)})
        if where.path == "/requests":
            with lock:
                return self.answer(200, requests)
        return self.led_here()

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.led_here()

    def led_here(self):
        if self.path != "/":
            with lock:
                requests.append({"at": time.time(), "client": None, "path": self.path, "elsewhere": True})
        self.answer(200, {"access_token": "token-of-elsewhere", "token_type": "Bearer"})


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024


threading.Thread(target=Server(("127.0.0.1", control_port), Control).serve_forever, daemon=True).start()
Server(("127.0.0.1", port), Endpoint).serve_forever()
