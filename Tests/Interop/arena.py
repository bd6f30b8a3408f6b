"""A gateway of a scenario's own, for what would disturb others: attacks, limits, reloads, certificates.

    client or attacker ──▶ bulla ──▶ origin (origin.py)
                             └──▶ issuer (servers/issuer.py)

`Grounds` is what the arenas of a run share; `Arena` is one gateway with its origin and policy.
"""

import contextlib
import http.client
import json
import re
import shutil
import signal
import socket
import ssl
import threading
import time
from dataclasses import dataclass

import env
import http1
import idp
import procs
import rpc
from audit_log import AuditLog
from origin import Loop, Origin
from procs import Process, free_port

ENVIRONMENTS = ["verifiers", "sslyze-6.3.1", "tlslite-0.8.2"]
SCOPE = "mcp:read"
TOOLS = ["echo", "hold", "slow", "drip", "silent", "big"]
START_SECONDS = 20
DRAIN_SECONDS = 3
STOP_SECONDS = 15


class Grounds:
    """Certificates and identity provider of a run, made by whoever asks first."""

    def __init__(self, folder, bulla, here):
        self.folder, self.bulla, self._here = folder / "arenas", bulla, here
        self.certificates = self.folder / "certificates"
        self.issuer_port, self.tls_issuer_port = free_port(), free_port()
        self._issuer, self._tokens, self._lock, self._count = None, {}, threading.Lock(), 0

    @property
    def issuer(self):
        return f"http://127.0.0.1:{self.issuer_port}"

    @property
    def tls_issuer(self):
        return f"https://localhost:{self.tls_issuer_port}"

    def start(self):
        with self._lock:
            if self._issuer:
                return self
            self.certificates.mkdir(parents=True)
            make = [env.python("verifiers"), str(self._here / "clients" / "certificates.py"), str(self.certificates)]
            status, _, err = procs.run(make, 30)
            if status != 0:
                raise procs.NotReady(f"no certificates: {err[-500:]}")
            settings = {"port": self.issuer_port, "tls_port": self.tls_issuer_port,
                        "certificate": self.certificate("issuer"), "key": self.key("issuer")}
            command = [env.python("verifiers"), str(self._here / "servers" / "issuer.py"), json.dumps(settings)]
            self._issuer = Process("issuer", command, self.folder)
            self._issuer.await_http(self.issuer_port, "/jwks")
            return self

    def end(self):
        if self._issuer:
            self._issuer.end()

    def certificate(self, name):
        return str(self.certificates / f"{name}.pem")

    def key(self, name):
        return str(self.certificates / f"{name}.key")

    def server_context(self, name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate(name), self.key(name))
        return context

    def client_context(self, shown=None, version=None):
        """Knows the house's authority and nobody else; shows the certificate `shown`."""
        context = ssl.create_default_context(cafile=self.certificate("house"))
        if shown:
            context.load_cert_chain(self.certificate(shown), self.key(shown))
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def tokens(self, subjects, audience, issuer=None):
        issuer = issuer or self.issuer
        with self._lock:
            wanted = [subject for subject in subjects if (issuer, subject, audience) not in self._tokens]
            if wanted:
                asked = {"subjects": wanted, "audience": audience, "scope": SCOPE, "issuer": issuer}
                made = idp.fetch_json(f"{self.issuer}/mint", json_body=asked)["tokens"]
                self._tokens.update({(issuer, who, audience): token for who, token in zip(wanted, made)})
            return [self._tokens[issuer, subject, audience] for subject in subjects]

    def new_folder(self, name):
        with self._lock:
            self._count += 1
            folder = self.folder / f"{self._count:02}-{name}"
        folder.mkdir()
        return folder


@dataclass
class Timed:
    """An answer and how long it took; `error` where there was none."""

    response: http1.Response | None
    seconds: float
    error: str = ""

    @property
    def status(self):
        return self.response.status if self.response else self.error


class Arena:
    """One gateway. `limits` are those of the policy; `change` edits the policy document before it is written."""

    def __init__(self, grounds, name, limits=None, tls=None, loops=None, change=None, origin_tls=None,
                 patience=START_SECONDS):
        self.grounds, self.folder = grounds, grounds.new_folder(name)
        self.client_port, self.admin_port, self.origin_port = free_port(), free_port(), free_port()
        self.tls, self._loops, self._patience, self._loop = tls, loops, patience, Loop(f"origin of {name}")
        self.host = "localhost" if tls else "127.0.0.1"
        self.public_url = f"{'https' if tls else 'http'}://{self.host}:{self.client_port}"
        self.origin = Origin(self._loop, self.origin_port, grounds.server_context(origin_tls) if origin_tls else None)
        self.policy_file, self.gateway, self._ended = self.folder / "policy.yaml", None, []
        self.killed = set()  # processes whose end says nothing
        self.policy = self._document(limits or {}, "https" if origin_tls else "http")
        if change:
            change(self.policy)

    @property
    def path(self):
        return "/mcp/arena"

    def __enter__(self):
        try:
            self.origin.start()
            self.write_policy()
            self.check_policy()
            self.gateway = self.run()
            self.await_ready()
        except BaseException:
            self._shut()
            raise
        return self

    def __exit__(self, kind, *_):
        status = self._shut()
        if kind is None and status not in (0, None):
            raise RuntimeError(f"the gateway ended with status {status} on SIGTERM\n{self.log()[-1500:]}")

    def run(self, *options, under=()):
        """Another process of the gateway on the same policy, `under` a program that starts it."""
        loops = ["--loops", str(self._loops)] if self._loops else []
        name = f"bulla-{len(self._ended)}"
        command = [*under, str(self.grounds.bulla), "run", *options, *loops, str(self.policy_file)]
        process = Process(name, command, self.folder)
        self._ended.append(process)
        return process

    def await_ready(self):
        self.gateway.await_http(self.admin_port, "/readyz", self._patience, status=200)

    def write_policy(self):
        """JSON is YAML. The file appears whole: a reload may read it at any time."""
        draft = self.policy_file.with_suffix(".draft")
        draft.write_text(json.dumps(self.policy, indent=1))
        draft.rename(self.policy_file)

    def check_policy(self):
        status, out, err = procs.run([str(self.grounds.bulla), "check", str(self.policy_file)], 30)
        if status != 0:
            raise procs.NotReady(f"bulla check says {status}\n{out}{err}")

    def reload(self):
        self.gateway.signal(signal.SIGHUP)

    def log(self):
        return "".join(process.log.read_text(errors="replace") for process in self._ended)

    def await_log(self, pattern, seconds=5):
        return wait_for(lambda: re.search(pattern, self.log()), seconds)

    def audit(self):
        return AuditLog(self.folder, self.grounds.bulla).records()

    def metrics(self, name, **labels):
        """The sum over all samples of `name` whose labels include these; 0 where there is none."""
        text, total = http1.request(self.admin_port, "GET", "/metrics").body.decode(), 0.0
        for line in text.splitlines():
            if re.match(rf"{re.escape(name)}[{{ ]", line):
                if all(f'{label}="{value}"' in line for label, value in labels.items()):
                    total += float(line.rsplit(" ", 1)[1])
        return total

    def resident_bytes(self):
        with open(f"/proc/{self.gateway.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))

    def token(self, user="alice", issuer=None):
        return self.grounds.tokens([user], self.public_url + self.path, issuer)[0]

    def tokens(self, users):
        return self.grounds.tokens(users, self.public_url + self.path)

    def head(self, token, length, tool="echo", extra=()):
        """The head of a tools/call whose body has `length` bytes."""
        fields = [("Host", f"{self.host}:{self.client_port}"), ("Content-Length", str(length)),
                  *rpc.fields("tools/call", token, tool), *extra]
        lines = [f"POST {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields)]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def raw_call(self, token, tool="echo", extra=(), **arguments):
        """The bytes of a tools/call."""
        body = rpc.message("tools/call", "raw", name=tool, arguments=arguments)
        return self.head(token, len(body), tool, extra) + body

    def connection(self, seconds=15, source="127.0.0.1", context=None):
        """A new HTTP connection, not yet opened."""
        options = {"timeout": seconds, "source_address": (source, 0)}
        if self.tls:
            context = context or self.grounds.client_context()
            return http.client.HTTPSConnection(self.host, self.client_port, context=context, **options)
        return http.client.HTTPConnection(self.host, self.client_port, **options)

    def start_call(self, tool="echo", user="alice", connection=None, token=None, extra=(), **arguments):
        """Sends a tools/call: (connection, answer), the answer's body not yet read."""
        connection = connection or self.connection()
        body = rpc.message("tools/call", "one", name=tool, arguments=arguments)
        fields = dict([*rpc.fields("tools/call", token or self.token(user), tool), *extra])
        connection.request("POST", self.path, body, fields)
        return connection, connection.getresponse()

    def call(self, tool="echo", user="alice", timeout=15, source="127.0.0.1", context=None, connection=None, **more):
        """A tools/call to its end. Never raises: what goes wrong is in the result."""
        started, own = time.monotonic(), connection is None
        connection = connection or self.connection(timeout, source, context)
        try:
            _, answer = self.start_call(tool, user, connection, **more)
            return Timed(rpc.response(answer), time.monotonic() - started)
        except (OSError, http.client.HTTPException) as error:
            return Timed(None, time.monotonic() - started, f"{type(error).__name__}: {error}")
        finally:
            if own:
                connection.close()

    def _document(self, limits, scheme):
        gateway = {
            "public_url": self.public_url, "keys": {"directory": "keys"}, "audit": {"file": "audit.jsonl"},
            "listen": {"clients": f"127.0.0.1:{self.client_port}", "admin": f"127.0.0.1:{self.admin_port}"},
        }
        gateway["limits"] = {"drain_timeout": f"{DRAIN_SECONDS}s", **limits}
        if self.tls:
            gateway["tls"] = self.tls
            for name in ("gateway", "gateway-next"):
                shutil.copy(self.grounds.key(name), self.folder)
                shutil.copy(self.grounds.certificate(name), self.folder)
        shutil.copy(self.grounds.certificate("house"), self.folder)
        host = "localhost" if scheme == "https" else "127.0.0.1"
        server = {
            "path": self.path, "upstream": f"{scheme}://{host}:{self.origin_port}/mcp", "issuers": ["own"],
            "scopes": [SCOPE], "tools": {tool: {"require": [SCOPE]} for tool in TOOLS},
        }
        if scheme == "https":
            server["ca"] = "file:house.pem"
        issuer = {"issuer": self.grounds.issuer, "tenant": "acme", "algorithms": ["ES256"]}
        return {"version": 1, "gateway": gateway, "issuers": {"own": issuer}, "servers": {"arena": server}}

    def _shut(self):
        ended = [(process, process.end(STOP_SECONDS)) for process in reversed(self._ended)]
        statuses = [status for process, status in ended if process not in self.killed]
        with contextlib.suppress(Exception):
            self.origin.end()
        self._loop.end()
        return next((status for status in statuses if status), 0) if statuses else None


def wait_for(what, seconds=10, every=0.05):
    """The first true value of `what()`; its last value when time is up."""
    deadline = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < deadline:
        time.sleep(every)
    return found


def read_until(answer, wanted, seconds=5):
    """Reads a streaming answer until `wanted` is in it; what was read."""
    read, deadline = b"", time.monotonic() + seconds
    with contextlib.suppress(OSError, http.client.HTTPException):
        while wanted not in read and time.monotonic() < deadline:
            part = answer.read1(65_536)
            if not part:
                break
            read += part
    return read


def reset(connection):
    """Closes without a goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
