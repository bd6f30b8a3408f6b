"""An identity provider without a login: issuer.py '{"port": N, "tls_port": M, "certificate": FILE, "key": FILE}'.

One issuer on each port, over plain HTTP and over TLS, with the same keys. POST /mint makes ES256 access tokens for
whoever it is told, which a scenario with hundreds of users needs in a second.
"""

import json
import ssl
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

KEY = ec.generate_private_key(ec.SECP256R1())
JWK = {**json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key())), "kid": "k1", "alg": "ES256", "use": "sig"}
LIFETIME_SECONDS = 3_600


def token(issuer, subject, audience, scope):
    now = int(time.time())
    claims = {
        "iss": issuer, "sub": subject, "aud": audience, "iat": now, "exp": now + LIFETIME_SECONDS, "scope": scope,
        "client_id": "attacker", "jti": str(uuid.uuid4()),
    }
    return jwt.encode(claims, KEY, "ES256", {"kid": "k1"})


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    issuer = ""

    def do_GET(self):
        if self.path == "/jwks":
            return self.answer({"keys": [JWK]})
        if self.path.startswith("/.well-known/"):
            endpoints = {name: f"{self.issuer}/{name}" for name in ("authorize", "token")}
            return self.answer({
                "issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", "response_types_supported": ["code"],
                "authorization_endpoint": endpoints["authorize"], "token_endpoint": endpoints["token"],
            })
        self.send_error(404)

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        made = [token(asked["issuer"], subject, asked["audience"], asked["scope"]) for subject in asked["subjects"]]
        self.answer({"tokens": made})

    def answer(self, document):
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(port, issuer, context=None):
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Bound", (Handler,), {"issuer": issuer}))
    server.daemon_threads = True
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()


def main():
    settings = json.loads(sys.argv[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings["certificate"], settings["key"])
    secured = (settings["tls_port"], f"https://localhost:{settings['tls_port']}", context)
    threading.Thread(target=serve, args=secured, daemon=True).start()
    serve(settings["port"], f"http://127.0.0.1:{settings['port']}")


main()
