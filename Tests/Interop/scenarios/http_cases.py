"""Requests that servers read differently: whatever arrives upstream has one reading, and is one request for one sent.

The table is the one that the codec's own tests use; here it goes over real connections, through the whole gateway and,
where PLAINPROXY names that program, through the bare HTTP layer, which refuses nothing that is valid.
"""

import json
import os
import re
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import arena
import rpc
from origin import Loop
from procs import Process, free_port
from recorder import Recorder
from scenarios import Scenario, Skipped
from wirecheck import Reading

TABLE = Path(__file__).resolve().parent.parent.parent / "HTTPCodecTests" / "Vectors" / "http-cases.json"
FIRST_SECONDS, QUIET_SECONDS, TOTAL_SECONDS = 1.2, 0.2, 5.0
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


def scenarios():
    return [
        Scenario("http/judge", _judge, gateway=False, arena=True),
        Scenario("http/cases", _cases, arena=True),
        Scenario("http/framing", _framing, arena=True),
        Scenario("http/plain-proxy", _plain_proxy, gateway=False, arena=True),
    ]


@dataclass
class Told:
    """What the sender saw: the final statuses, and how it ended."""

    statuses: list
    ending: str  # closed, open or reset

    @property
    def refused(self):
        return self.statuses[0] >= 400 if self.statuses else self.ending != "open"

    @property
    def accepted(self):
        return bool(self.statuses) and self.statuses[0] < 400


def send(port, data, first=FIRST_SECONDS):
    told, ending, deadline = b"", "open", time.monotonic() + TOTAL_SECONDS
    with socket.create_connection(("127.0.0.1", port), timeout=first) as connection:
        try:
            connection.sendall(data)
            while time.monotonic() < deadline:
                part = connection.recv(65_536)
                if not part:
                    ending = "closed"
                    break
                told += part
                connection.settimeout(QUIET_SECONDS)
        except TimeoutError:
            pass
        except OSError:
            ending = "reset"
    return Told([status for status in map(int, STATUS.findall(told)) if status >= 200], ending)


def judge(case, told, arrived):
    """What is wrong with how `case` went; None when all is well."""
    readings = [Reading(data) for data in arrived]
    faults = [fault for reading in readings for fault in reading.faults]
    smuggled = [data for data in arrived if b"/s/" in data.split(b"\r\n")[0] or b"SMUGGLED" in data.split(b"\r\n")[0]]
    if len(arrived) > case["max_requests"] or (smuggled and case["max_requests"] == 1):
        return f"smuggled: {len(arrived)} requests arrived for one, {[data[:60] for data in smuggled or arrived]}"
    # Trailers with such names are harmless in a request that is refused anyway.
    if faults and not (told.refused and not any(reading.complete for reading in readings)):
        return f"ambiguous bytes arrived: {faults[:3]}"
    if case["expect"] == "wait" and (told.accepted or any(reading.complete for reading in readings)):
        return "an incomplete request was answered"
    if case["expect"] == "reject" and told.accepted and not arrived:
        return "a malformed request was accepted"
    return None


def table():
    return json.loads(TABLE.read_text(encoding="utf-8"))["cases"]


def for_gateway(case, host, path, token):
    """The bytes of a case for one path and Host, with a token: what remains is the syntax alone."""
    raw = case["raw"].encode("latin-1")
    for mark, place in (("/c/", path), ("/s/", path)):
        query = case["id"] if mark == "/c/" else f"SMUGGLED-{case['id']}"
        raw = raw.replace(f"{mark}{case['id']}".encode(), f"{place}?case={query}".encode())
    raw = raw.replace(b"h.test", host.encode())
    start = len(raw) - len(raw.lstrip(b"\r\n"))
    line_end = raw.find(b"\r\n", start)
    if line_end < 0 or case["expect"] == "wait":
        return raw
    return raw[:line_end + 2] + f"Authorization: Bearer {token}\r\n".encode() + raw[line_end + 2:]


def recorded(stage, name, work):
    """An arena whose upstream is a recorder."""
    def change(policy):
        policy["servers"]["arena"]["upstream"] = f"http://127.0.0.1:{port}/mcp"

    port, loop = free_port(), Loop("recorder")
    recorder = Recorder(loop, port).start()
    try:
        with arena.Arena(stage.grounds(), name, {"head_timeout": "3s", "body_timeout": "3s"}, change=change) as field:
            work(field, recorder)
    finally:
        recorder.end()
        loop.end()


def _judge(stage, checks):
    """The control: where bytes pass as they are, the judge finds most of what is malformed."""
    loop, upstream = Loop("recorder"), free_port()
    recorder = Recorder(loop, upstream).start()
    try:
        found, malformed = [], [case for case in table() if case["expect"] == "reject"]
        for case in malformed:
            told = send(upstream, case["raw"].encode("latin-1"), 0.3)
            found += [case["id"]] if judge(case, told, recorder.take(0.3)) else []
        checks.that(len(found) >= 0.8 * len(malformed), f"it finds {len(found)} of {len(malformed)}")
    finally:
        recorder.end()
        loop.end()


def _cases(stage, checks):
    """The whole table against the gateway, each with a good token: the syntax is the only thing that is wrong."""
    def work(field, recorder):
        token, arrived_at_all = field.token(), 0
        for case in table():
            data = for_gateway(case, f"127.0.0.1:{field.client_port}", field.path, token)
            told = send(field.client_port, data, 0.5 if case["expect"] == "wait" else FIRST_SECONDS)
            arrived = recorder.take()
            arrived_at_all += len(arrived)
            if fault := judge(case, told, arrived):
                checks.that(False, f"{case['id']}: {fault} (told {told.statuses} {told.ending})")
        checks.that(arrived_at_all >= 10, f"only {arrived_at_all} requests arrived upstream: the table proves nothing")
        checks.equal(field.call().status, 200, "a plain call after the table")

    recorded(stage, "http-cases", work)


def _framings(field, token):
    """(name, bytes, whether it may arrive): a call that the policy allows, in a framing that is good or is not."""
    body = rpc.message("tools/call", "raw", name="echo", arguments={"text": "x"})
    length, half = len(body), len(body) // 2
    fields = [("Host", f"127.0.0.1:{field.client_port}"), *rpc.fields("tools/call", token, "echo")]
    lines = [f"{name}: {value}" for name, value in fields]

    def post(*framing, content):
        head = [f"POST {field.path}?case=raw HTTP/1.1", *lines, *framing]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + content

    chunked = "Transfer-Encoding: chunked"
    chunk = b"%x\r\n%s\r\n" % (length, body)
    whole = chunk + b"0\r\n\r\n"
    smuggled = post(f"Content-Length: {length}", content=body).replace(b"case=raw", b"case=SMUGGLED")
    unknown = smuggled.replace(token.encode(), b"nonsense")
    return [
        ("length", post(f"Content-Length: {length}", content=body), True),
        ("length with spaces", post(f"Content-Length: \t{length} ", content=body), True),
        ("chunked", post(chunked, content=whole), True),
        ("two chunks", post(chunked, content=b"%x\r\n%s\r\n%X\r\n%s\r\n0\r\n\r\n" % (
            half, body[:half], length - half, body[half:])), True),
        ("chunk extension", post(chunked, content=b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (length, body)), True),
        ("trailers", post(chunked, content=chunk + b"0\r\nX-Actor-Sub: bob\r\nAuthorization: Bearer x\r\n\r\n"), None),
        ("trailer that frames", post(chunked, content=chunk + b"0\r\nContent-Length: 5\r\n\r\n"), None),
        ("chunked in capitals", post("TRANSFER-ENCODING: ChUnKeD", content=whole), True),
        ("both framings", post(f"Content-Length: {length}", chunked, content=whole), False),
        ("both, the other order", post(chunked, "Content-Length: 3", content=whole + smuggled), False),
        ("two lengths", post(f"Content-Length: {length}", f"Content-Length: {length}", content=body), False),
        ("two different lengths", post(f"Content-Length: {length}", "Content-Length: 0", content=body), False),
        ("list of lengths", post(f"Content-Length: {length}, {length}", content=body), False),
        ("length with a sign", post(f"Content-Length: +{length}", content=body), False),
        ("length in hexadecimal", post(f"Content-Length: {length:#x}", content=body), False),
        ("length over 64 bits", post(f"Content-Length: {2**64 + length}", content=body), False),
        ("negative length", post("Content-Length: -1", content=body), False),
        ("chunked, identity", post("Transfer-Encoding: chunked, identity", content=whole), False),
        ("identity, chunked", post("Transfer-Encoding: identity, chunked", content=whole), False),
        ("chunked twice", post(chunked, chunked, content=whole), False),
        ("xchunked", post("Transfer-Encoding: xchunked", f"Content-Length: {length}", content=body), False),
        ("vertical tab before chunked", post("Transfer-Encoding: \x0bchunked", content=whole), False),
        ("space before colon", post("Transfer-Encoding : chunked", f"Content-Length: {length}", content=whole), False),
        ("folded coding", post("Transfer-Encoding:\r\n chunked", content=whole), False),
        ("bare line feed in the head", post(f"X: y\nContent-Length: {length}", content=body), False),
        ("chunk size 0x", post(chunked, content=b"0x%x\r\n%s\r\n0\r\n\r\n" % (length, body)), False),
        ("chunk size over 64 bits", post(chunked, content=b"1%016x\r\n%s\r\n0\r\n\r\n" % (length, body)), False),
        ("chunk line with a bare line feed", post(chunked, content=b"%x\n%s\r\n0\r\n\r\n" % (length, body)), False),
        ("chunk longer than it says", post(chunked, content=b"%x\r\n%s\r\n0\r\n\r\n" % (half, body)), False),
        ("last chunk without its end", post(chunked, content=chunk + b"0\r\nX"), False),
        ("length shorter than the body", post(f"Content-Length: {half}", content=body), False),
        ("a second request nobody vouches for", post(f"Content-Length: {length}", content=body + unknown), True),
    ]


def _framing(stage, checks):
    """A call that the policy allows, framed well and badly: it arrives whole and once, or not at all."""
    def work(field, recorder):
        token = field.token()
        for name, data, may_arrive in _framings(field, token):
            told, arrived = send(field.client_port, data), recorder.take()
            case = {"max_requests": 1, "expect": "accept" if may_arrive else "may"}
            if fault := judge(case, told, arrived):
                checks.that(False, f"{name}: {fault}")
            whole = [data for data in arrived if Reading(data).complete]
            if may_arrive:
                checks.that(told.accepted and len(whole) == 1, f"{name}: told {told}, {len(whole)} arrived")
            elif may_arrive is False:
                checks.that(not told.accepted, f"{name}: accepted, {told}")
                checks.equal(len(arrived), 0, f"{name}: requests that arrived")
            checks.that(not any(token.encode() in data for data in arrived), f"{name}: the token arrived")
            checks.that(not any(b"bob" in data for data in arrived), f"{name}: the forged identity arrived")

    recorded(stage, "http-framing", work)


def _plain_proxy(stage, checks):
    """The HTTP layer without policy: nothing ambiguous passes, and nothing valid is refused."""
    program = os.environ.get("PLAINPROXY")
    if not program:
        raise Skipped("PLAINPROXY names no program (swift build --product PlainProxy)")
    loop, listening, upstream = Loop("recorder"), free_port(), free_port()
    recorder = Recorder(loop, upstream).start()
    places = ["--listen", f"127.0.0.1:{listening}", "--upstream", f"127.0.0.1:{upstream}"]
    folder = stage.grounds().new_folder("plain-proxy")
    proxy = Process("plain-proxy", [str(Path(program).resolve()), *places], folder)
    try:
        ready = arena.wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", listening)) == 0, 10)
        if not checks.that(ready, f"PlainProxy does not listen\n{proxy.tail()}"):
            return
        recorder.take()
        for case in table():
            told = send(listening, case["raw"].encode("latin-1"), 0.5 if case["expect"] == "wait" else FIRST_SECONDS)
            arrived = recorder.take()
            if fault := judge(case, told, arrived):
                checks.that(False, f"{case['id']}: {fault} (told {told.statuses} {told.ending})")
            if case["expect"] == "accept":
                checks.that(told.accepted, f"{case['id']}: valid, and refused: {told.statuses} {told.ending}")
        checks.that(proxy.alive(), f"PlainProxy ended\n{proxy.tail()}")
    finally:
        proxy.end()
        recorder.end()
        loop.end()
