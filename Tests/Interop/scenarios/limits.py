"""Every limit answers with its documented status and code, moves its metric, harms nobody else, and lets go again."""

import contextlib
import socket
import time

import arena
import http1
import rpc
from scenarios import Scenario

REFUSED = "bulla_ingress_refused_total"
TURNED_AWAY = "bulla_connections_turned_away_total"
LOOPS = 2
MARGIN_SECONDS = 3.0  # for a busy machine


def scenarios():
    return [
        Scenario("limits/sizes", _sizes, arena=True),
        Scenario("limits/time", _time, arena=True),
        Scenario("limits/connections", _connections, arena=True),
        Scenario("limits/connections-per-peer", _connections_per_peer, arena=True),
        Scenario("limits/requests", _requests, arena=True),
        Scenario("limits/requests-per-principal", _requests_per_principal, arena=True),
        Scenario("limits/streams-per-principal", _streams_per_principal, arena=True),
        Scenario("limits/buffered-bytes", _buffered_bytes, arena=True),
        Scenario("limits/upstream-queue", _upstream_queue, arena=True),
        Scenario("limits/upstream-time", _upstream_time, arena=True),
    ]


def code(response):
    """The refusal's code, in whichever shape it came."""
    try:
        document = response.json()
    except ValueError:
        return None
    if "jsonrpc" in document:
        error = document.get("error", {})
        return error.get("data", {}).get("code") or ("json" if error.get("code") == -32700 else None)
    return document.get("title") or document.get("error")


def refused(checks, response, status, name, what, retry=False):
    """`response` is the refusal `name`, with a Retry-After where the client shall come again."""
    if not checks.that(response is not None, f"{what}: no answer"):
        return
    checks.equal((response.status, code(response)), (status, name), what)
    if retry:
        after = response.first("retry-after") or ""
        checks.that(after.isdigit() and 1 <= int(after) <= 60, f"{what}: Retry-After is {after!r}")


def exchange(field, data, seconds=15, source="127.0.0.1"):
    """Sends `data` on a connection of its own and reads one answer; None where there is none."""
    with contextlib.suppress(OSError, http1.http.client.HTTPException):
        with socket.create_connection(("127.0.0.1", field.client_port), seconds, (source, 0)) as connection:
            connection.sendall(data)
            answer = http1.http.client.HTTPResponse(connection, method="POST")
            answer.begin()
            return rpc.response(answer)


class Busy:
    """Calls that stay open: each holds one connection, and is let go when the block ends."""

    def __init__(self, field):
        self.field, self._open = field, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.field.origin.release()
        for connection in self._open:
            connection.close()

    def hold(self, user):
        """A tool call that streams: its answer, which is read whole if it is a refusal."""
        connection = self._connect()
        return self._begun(self.field.start_call("hold", user, connection)[1])

    def stream(self, user):
        """The stream of a session, by GET."""
        connection = self._connect()
        fields = {"Accept": "text/event-stream", "Authorization": f"Bearer {self.field.token(user)}",
                  "MCP-Protocol-Version": "2025-06-18"}
        connection.request("GET", self.field.path, headers=fields)
        return self._begun(connection.getresponse())

    def _connect(self):
        self._open.append(self.field.connection())
        return self._open[-1]

    @staticmethod
    def _begun(answer):
        if answer.status == 200 and "event-stream" in (answer.getheader("content-type") or ""):
            return answer
        return rpc.response(answer)

    def send(self, user, tool):
        """Sends a call and does not wait for its answer."""
        connection = socket.create_connection(("127.0.0.1", self.field.client_port), 15)
        self._open.append(connection)
        connection.sendall(self.field.raw_call(self.field.token(user), tool))
        return connection


def recovers(checks, field, what, user="alice"):
    """Requests work again and nothing is left open."""
    good = arena.wait_for(lambda: field.call(user=user).status == 200, 5)
    checks.that(good, f"{what}: no call works afterwards: {field.call(user=user)}")
    for gauge in ("bulla_connections_active", "bulla_ingress_active", "bulla_ingress_streams"):
        gone = arena.wait_for(lambda: field.metrics(gauge) == 0, 8)
        checks.that(gone, f"{what}: {gauge} stays {field.metrics(gauge)}")


def moved(checks, field, name, at_least=1):
    found = arena.wait_for(lambda: field.metrics(REFUSED, code=name) >= at_least, 3)
    checks.that(found, f"{REFUSED}{{code=\"{name}\"}} is {field.metrics(REFUSED, code=name)}, not {at_least}")


def _sizes(stage, checks):
    limits = {"head_bytes": "4KiB", "header_fields": 32, "body_bytes": "4KiB", "json_depth": 8, "token_bytes": "1KiB"}
    with arena.Arena(stage.grounds(), "sizes", limits) as field:
        token = field.token()
        deep = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":' + b'{"a":' * 12 + b"1" + b"}" * 13
        plans = [
            ("head_bytes", field.raw_call(token, extra=[("X-Long", "x" * 5_000)]), 431, "head_too_large"),
            ("header_fields", field.raw_call(token, extra=[("X-Many", "1")] * 40), 431, "too_many_fields"),
            ("body_bytes", field.raw_call(token, text="x" * 5_000), 413, "body_too_large"),
            ("body_bytes, not sent", field.head(token, 1 << 40), 413, "body_too_large"),
            ("json_depth", field.head(token, len(deep)) + deep, 400, "json"),
            ("token_bytes", field.raw_call(token + "x" * 1_500), 401, "token_too_large"),
        ]
        for what, data, status, name in plans:
            refused(checks, exchange(field, data), status, name, what)
            moved(checks, field, name)
        checks.equal(field.origin.seen, {}, "calls that reached the upstream")
        recovers(checks, field, "sizes")


def _time(stage, checks):
    limits = {"head_timeout": "1s", "body_timeout": "1s", "idle_timeout": "2s"}
    with arena.Arena(stage.grounds(), "time", limits) as field:
        for what, data in (("head_timeout", b"POST /mcp/arena HTTP/1.1\r\nHost: "),
                           ("body_timeout", field.head(field.token(), 100) + b"{")):
            started = time.monotonic()
            refused(checks, exchange(field, data), 408, "timed_out", what)
            checks.that(time.monotonic() - started < 1 + MARGIN_SECONDS, f"{what}: {time.monotonic() - started:.1f} s")
        moved(checks, field, "timed_out", 2)
        with socket.create_connection(("127.0.0.1", field.client_port), 2 + MARGIN_SECONDS) as idle:
            checks.equal(idle.recv(1), b"", "a connection on which nothing comes is closed; read")
        recovers(checks, field, "time")


def _connections(stage, checks):
    most = 20
    with arena.Arena(stage.grounds(), "connections", {"connections": most}) as field, contextlib.ExitStack() as held:
        field.call()  # so that the keys are known
        arena.wait_for(lambda: field.metrics("bulla_connections_active") == 0)
        kept = field.connection()
        held.callback(kept.close)
        checks.equal(field.call(connection=kept).status, 200, "the first connection")
        for _ in range(most - 1):
            held.enter_context(socket.create_connection(("127.0.0.1", field.client_port), 5))
        full = arena.wait_for(lambda: field.metrics("bulla_connections_active") >= most)
        checks.that(full, f"{field.metrics('bulla_connections_active')} connections are open, not {most}")
        refused(checks, field.call().response, 503, "overloaded", "one connection more", retry=True)
        checks.equal(field.call(connection=kept).status, 200, "a call on a connection from before")
        checks.that(field.metrics(TURNED_AWAY) >= 1, f"{TURNED_AWAY} did not move")
        held.close()
        recovers(checks, field, "connections")


def _connections_per_peer(stage, checks):
    most = 10
    with arena.Arena(stage.grounds(), "peers", {"connections_per_peer": most}) as field, contextlib.ExitStack() as held:
        checks.equal(field.call(source="127.0.0.2").status, 200, "a first call")
        for _ in range(most):
            held.enter_context(socket.create_connection(("127.0.0.1", field.client_port), 5))
        arena.wait_for(lambda: field.metrics("bulla_connections_active") >= most)
        before = field.metrics(TURNED_AWAY)
        told = field.call()
        checks.equal(told.status, 503, f"one connection more of the peer ({told.error})")
        checks.that(told.response and told.response.first("retry-after"), "503 without Retry-After")
        checks.that(field.metrics(TURNED_AWAY) > before, f"{TURNED_AWAY} did not move")
        for _ in range(5):
            checks.equal(field.call(source="127.0.0.2").status, 200, "a call from another address")
        held.close()
        recovers(checks, field, "connections_per_peer")


def _requests(stage, checks):
    most = 4
    with arena.Arena(stage.grounds(), "requests", {"requests": most}) as field:
        with Busy(field) as busy:
            for index in range(most):
                checks.equal(busy.hold(f"user{index}").status, 200, f"request {index + 1} of {most}")
            told = busy.hold("alice")
            checks.that(isinstance(told, http1.Response), "one request more was accepted")
            if isinstance(told, http1.Response):
                refused(checks, told, 503, "too_many_requests", "one request more", retry=True)
            moved(checks, field, "too_many_requests")
        recovers(checks, field, "requests")


def _of_one_user(stage, checks, name, limit, refusal, begin):
    """More than the event loops allow together: one is refused; another user is not."""
    most = 3
    with arena.Arena(stage.grounds(), name, {limit: most}, loops=LOOPS) as field:
        with Busy(field) as busy:
            answers = [begin(busy, "alice") for _ in range(most * LOOPS + 1)]
            told = [answer for answer in answers if isinstance(answer, http1.Response)]
            checks.that(told, f"{len(answers)} at once of one user, and none was refused")
            checks.that(len(answers) - len(told) >= most, f"only {len(answers) - len(told)} were accepted")
            for answer in told:
                refused(checks, answer, 429, refusal, f"one more than {limit}", retry=True)
            moved(checks, field, refusal, len(told))
            checks.equal([field.call(user="bob").status for _ in range(6)], [200] * 6, "another user's calls meanwhile")
        recovers(checks, field, name)


def _requests_per_principal(stage, checks):
    _of_one_user(stage, checks, "requests-of-user", "requests_per_principal", "too_many_requests_of_user", Busy.hold)


def _streams_per_principal(stage, checks):
    _of_one_user(stage, checks, "streams-of-user", "streams_per_principal", "too_many_streams_of_user", Busy.stream)


def _buffered_bytes(stage, checks):
    """Messages that are being sent, of several users: as many bytes as may be are held, and no more."""
    size, many = 60_000, 6
    limits = {"body_bytes": "64KiB", "buffered_bytes": "128KiB", "body_timeout": "20s"}
    with arena.Arena(stage.grounds(), "buffered", limits, loops=1) as field:
        with contextlib.ExitStack() as held:
            for index in range(many):
                connection = held.enter_context(socket.create_connection(("127.0.0.1", field.client_port), 5))
                connection.sendall(field.head(field.token(f"user{index}"), size) + b"[" + b" " * (size - 1_000))
            refusal = arena.wait_for(lambda: field.metrics(REFUSED, code="too_much_buffered"), 5)
            checks.that(refusal, f"{many} messages of {size} bytes are held where 128 KiB may be")
            told = exchange(field, field.raw_call(field.token(), text="x" * size))
            refused(checks, told, 503, "too_much_buffered", "one message more", retry=True)
        recovers(checks, field, "buffered_bytes")


def _upstream_queue(stage, checks):
    limits = {"upstream_connections": 2, "upstream_queue": 1}
    with arena.Arena(stage.grounds(), "queue", limits, loops=1) as field:
        with Busy(field) as busy:
            for index in range(2):
                checks.equal(busy.hold(f"user{index}").status, 200, "a stream within the limit")
            busy.send("carol", "echo")
            time.sleep(0.3)
            refused(checks, field.call().response, 503, "upstream_overloaded", "one more than waits", retry=True)
            moved(checks, field, "upstream_overloaded")
        recovers(checks, field, "upstream_queue")


def _upstream_time(stage, checks):
    limits = {"upstream_first_byte_timeout": "1s", "upstream_total_timeout": "3s", "stream_idle_timeout": "2s"}
    with arena.Arena(stage.grounds(), "upstream-time", limits) as field:
        told = field.call("silent")
        refused(checks, told.response, 504, "upstream_timeout", "upstream_first_byte_timeout")
        checks.that(told.seconds < 1 + MARGIN_SECONDS, f"upstream_first_byte_timeout after {told.seconds:.1f} s")
        moved(checks, field, "upstream_timeout")
        # An answer that began cannot be taken back: the connection is closed, and not as if all had come.
        told = field.call("drip", seconds=15, timeout=20)
        checks.that(told.response is None and 2 < told.seconds < 3 + MARGIN_SECONDS,
                    f"upstream_total_timeout: {told.status} after {told.seconds:.1f} s")
        told = field.call("hold")
        checks.that(told.response is None and 1 < told.seconds < 2 + MARGIN_SECONDS,
                    f"stream_idle_timeout: {told.status} after {told.seconds:.1f} s")
        recovers(checks, field, "upstream time")
