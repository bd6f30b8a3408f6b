"""The APIs behind the gateway's egress: downstream.py '{"port", "control_port", "services", "issuers"}'

`services` maps the first segment of a path to {"audience", "issuers"}: whose tokens the API takes, and for whom they
must be (null where the authorization server writes no audience). `issuers` maps an issuer to the address of its keys.
Every call is recorded as this API saw it, allowed or not: GET /records?marker=… at the control port, which also takes
POST /forbidden (SHA-256 digests of credentials that must never arrive).

    /SERVICE/users/USER/items/NUMBER   what is asked for; answers with what the token said
    /SERVICE/slow/SECONDS/…            answers late               /SERVICE/once401/ID/…   401 the first time
    /SERVICE/stall/SECONDS/…           stops inside its body      /SERVICE/always401/…    401
    /SERVICE/redirect/…                302 to the control port    /SERVICE/hangup/…       closes without an answer
    /SERVICE/talkative/…               an answer with fields that no caller should see
"""

import hashlib
import json
import re
import socket
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt

ALGORITHMS = ["RS256", "ES256"]
LEEWAY_SECONDS = 5
# What the gateway adds about the actor, once each; everything else that looks like identity was somebody's forgery.
AUDIT_FIELDS = {"x-actor-sub", "x-actor-tenant", "x-agent-id", "x-delegation-mode", "x-trace-id"}
LOOKS_LIKE_IDENTITY = re.compile(
    r"^(txn-token|x-(actor|agent|delegation|trace|eie|user|remote|auth|original|rewrite|http-method|goog|amzn|ms)-?.*"
    r"|x-forwarded-(user|email|groups|access-token|preferred-username).*|workload-.*|remote-user|dpop|cookie"
    r"|proxy-authorization|baggage)$")
TOKEN = re.compile(rb"[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}|[A-Za-z0-9_-]{32,}")


class Keys:
    """Public keys of the issuers, fetched when a token names one that is not known yet."""

    def __init__(self, places):
        self._places, self._known, self._lock = places, {}, threading.Lock()

    def find(self, issuer, kid):
        with self._lock:
            if (issuer, kid) not in self._known:
                self._fetch(issuer)
            return self._known.get((issuer, kid))

    def _fetch(self, issuer):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        found = jwt.PyJWKSet.from_dict(json.load(opener.open(self._places[issuer], timeout=5)))
        self._known.update({(issuer, key.key_id): key for key in found.keys})


class State:
    def __init__(self, config):
        self.services, self.control_port = config["services"], config["control_port"]
        self.keys = Keys(config["issuers"])
        self._records, self._forbidden, self._visits = [], set(), {}
        self._lock = threading.Lock()

    def keep(self, record):
        with self._lock:
            self._records.append(record)

    def records(self, marker):
        with self._lock:
            return [record for record in self._records if marker in record["target"]]

    def forbid(self, digests):
        with self._lock:
            self._forbidden.update(digests)

    def is_forbidden(self, text):
        return hashlib.sha256(text).hexdigest() in self._forbidden

    def visits(self, name):
        """How often `name` was asked for, this time included."""
        with self._lock:
            self._visits[name] = self._visits.get(name, 0) + 1
            return self._visits[name]

    def verified(self, service, token):
        """The claims of a token that this API accepts; raises when it does not."""
        rule = self.services[service]
        unverified = jwt.decode(token, options={"verify_signature": False})
        if unverified.get("iss") not in rule["issuers"]:
            raise ValueError(f"a token of {unverified.get('iss')}")
        key = self.keys.find(unverified["iss"], jwt.get_unverified_header(token).get("kid"))
        if key is None:
            raise ValueError("an unknown key")
        return jwt.decode(
            token, key, algorithms=ALGORITHMS, issuer=unverified["iss"], audience=rule["audience"],
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "sub"], "verify_aud": rule["audience"] is not None},
        )


class API(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state = None
    disable_nagle_algorithm = True

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        record = self.record(body)
        words = urlsplit(self.path).path.strip("/").split("/")
        kind = words[1] if len(words) > 1 else ""
        self.state.keep(record)
        if record["error"] or kind == "always401":
            return self.answer(401, {"error": record["error"] or "always"}, [("WWW-Authenticate", "Bearer")])
        if kind == "once401" and self.state.visits(words[2]) == 1:
            return self.answer(401, {"error": "once"}, [("WWW-Authenticate", "Bearer")])
        if kind == "slow":
            time.sleep(float(words[2]))
        if kind == "stall":
            return self.stall(float(words[2]))
        if kind == "redirect":
            place = f"http://127.0.0.1:{self.state.control_port}/elsewhere"
            return self.answer(302, {}, [("Location", place)])
        if kind == "hangup":
            return self.hang_up()
        extra = []
        if kind == "talkative":
            extra = [("Set-Cookie", "session=of-the-api"), ("X-Actor-Sub", "mallory"), ("Txn-Token", "forged"),
                     ("Connection", "x-custom"), ("X-Custom", "hop")]
        self.answer(200, {name: record[name] for name in ("user", "number", "claims")}, extra)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_any

    def record(self, body):
        """The call as this API sees it."""
        words = urlsplit(self.path).path.strip("/").split("/")
        fields = [(name.lower(), value) for name, value in self.headers.items()]
        credentials = [value for name, value in fields if name == "authorization"]
        claims, error = None, None
        try:
            (credential,) = credentials
            scheme, token = credential.split(" ")
            if scheme.lower() != "bearer":
                raise ValueError(f"scheme {scheme}")
            claims = self.state.verified(words[0], token)
        except (ValueError, KeyError, OSError, jwt.PyJWTError) as refused:
            error = f"{type(refused).__name__}: {refused}"
        place = dict(zip(words[1::2], words[2::2]))
        return {
            "at": time.time(), "method": self.command, "target": self.path, "service": words[0],
            "user": place.get("users"), "number": place.get("items"), "claims": claims, "error": error,
            "credentials": [hashlib.sha256(value.split(" ")[-1].encode()).hexdigest() for value in credentials],
            "audit": {name: [value for field, value in fields if field == name] for name in sorted(AUDIT_FIELDS)},
            "trace": [value for name, value in fields if name == "traceparent"],
            "fields": sorted(name for name, _ in fields), "strays": self.strays(fields, body),
            "body": hashlib.sha256(body).hexdigest(), "body_bytes": len(body),
        }

    def strays(self, fields, body):
        """What must not have come here, each with the place where it stood."""
        found = []
        for name, value in fields:
            canonical = re.sub("[^a-z0-9]", "-", name)
            if LOOKS_LIKE_IDENTITY.match(canonical) and name not in AUDIT_FIELDS:
                found.append(f"field {name}")
        for name in AUDIT_FIELDS:
            if sum(field == name for field, _ in fields) > 1:
                found.append(f"field {name} twice")
        everything = [(name, f"{name}: {value}".encode()) for name, value in fields]
        for where, data in [("target", self.path.encode()), ("body", body), *everything]:
            if b"eieh_" in data:
                found.append(f"a handle in {where}")
            found += [f"a forbidden credential in {where}" for text in TOKEN.findall(data)
                      if self.state.is_forbidden(text)]
        return found

    def answer(self, status, content, fields=()):
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *fields]:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def stall(self, seconds):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"begun")
        self.wfile.flush()
        time.sleep(seconds)
        self.hang_up()

    def hang_up(self):
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def log_message(self, *_):
        pass


class Control(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state = None

    def do_GET(self):
        where = urlsplit(self.path)
        if where.path == "/records":
            found = self.state.records(parse_qs(where.query).get("marker", [""])[0])
            return self.answer(json.dumps(found).encode())
        if where.path != "/":
            # Nobody of this suite asks for anything else: whoever comes here followed a redirect.
            self.state.keep({"target": self.path, "elsewhere": True})
        self.answer(b"{}")

    def do_POST(self):
        self.state.forbid(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.answer(b"{}")

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024


if __name__ == "__main__":
    settings = json.loads(sys.argv[1])
    API.state = Control.state = State(settings)
    threading.Thread(target=Server(("127.0.0.1", settings["control_port"]), Control).serve_forever, daemon=True).start()
    Server(("127.0.0.1", settings["port"]), API).serve_forever()
