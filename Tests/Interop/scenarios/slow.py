"""Many clients that are slow, idle or too many: others are served as before, memory is bounded, and it passes.

Bounds, stated once: a call of somebody else takes CALL_SECONDS at the most and half of them HALF_SECONDS (the attackers
are on the same cores), the process grows by no more than each scenario says, and RECOVERY_SECONDS after the attack no
connection is left.
"""

import os
import resource
import shutil
import statistics
import time

import arena
import attackers
import procs
from origin import Loop
from scenarios import Scenario, Skipped
from scenarios.tls import settings

CALL_SECONDS, HALF_SECONDS, CALLS = 2.0, 0.25, 25
RECOVERY_SECONDS = 15
MIB = 1 << 20
HEAVY = os.environ.get("BULLA_HEAVY") == "1"
STREAMS = 8_000 if HEAVY else 2_000
USERS = 200
SPARE_FILES = 600
UNREAD_SECONDS = 75  # twice the bound and some: the first 30 s may have seen the kernel take something
TOLD = 50  # of a crowd that is turned away at once, so many are told why; for the rest that would be too much trouble
PER_TLS_CONNECTION = 160 << 10  # with a session of OpenSSL on either side
PER_CONNECTION = 64 << 10  # what one that is open and silent may cost, with all that belongs to it


def scenarios():
    alone = {"arena": True, "last": True}
    return [
        Scenario("slow/heads", _heads, **alone),
        Scenario("slow/bodies", _bodies, **alone),
        Scenario("slow/peer", _peer, **alone),
        Scenario("slow/flood", _flood, **alone, heavy=True),
        Scenario("slow/readers", _readers, **alone, heavy=True),
        Scenario("slow/streams", _streams, **alone, heavy=True),
        Scenario("slow/tls-streams", _tls_streams, **alone, heavy=True),
        Scenario("slow/handshakes", _handshakes, **alone, heavy=True),
        Scenario("slow/strangers", _strangers, **alone, heavy=True),
        Scenario("slow/slowhttptest", _slowhttptest, **alone, heavy=True),
    ]


class Watch:
    """Memory before, and what others experience meanwhile."""

    def __init__(self, field, checks, growth):
        self._field, self._checks, self._growth = field, checks, growth
        self.others = dict(user="victim", source="127.0.0.9", timeout=10)
        for _ in range(20):
            field.call(**self.others)
        self._before = field.resident_bytes()

    def served(self, what):
        """Calls of somebody else, on new connections and on one that is kept."""
        kept, seconds = self._field.connection(10, self.others["source"]), []
        for index in range(CALLS):
            told = self._field.call(user="victim", connection=kept) if index % 2 else self._field.call(**self.others)
            self._checks.equal(told.status, 200, f"{what}: a call of somebody else")
            seconds.append(told.seconds)
        kept.close()
        slowest, half = max(seconds), statistics.median(seconds)
        self._checks.that(slowest <= CALL_SECONDS, f"{what}: a call took {slowest:.2f} s, and may take {CALL_SECONDS}")
        self._checks.that(half <= HALF_SECONDS, f"{what}: half of the calls took {half:.2f} s, and may {HALF_SECONDS}")
        return half

    def bounded(self, what):
        grown = self._field.resident_bytes() - self._before
        most = self._growth
        self._checks.that(grown <= most, f"{what}: {grown / MIB:.0f} MiB more, and {most / MIB:.0f} may be")
        return grown

    def recovered(self, what):
        field = self._field
        for gauge in ("bulla_connections_active", "bulla_ingress_active", "bulla_ingress_streams"):
            gone = arena.wait_for(lambda: field.metrics(gauge) == 0, RECOVERY_SECONDS, 0.2)
            self._checks.that(gone, f"{what}: {gauge} is {field.metrics(gauge)} {RECOVERY_SECONDS} s afterwards")
        self.served(f"{what}, afterwards")
        self.bounded(f"{what}, afterwards")


class Field:
    """An arena, a loop for attackers, and the watch."""

    def __init__(self, stage, checks, name, limits, growth, **options):
        self._arena = arena.Arena(stage.grounds(), name, limits, **options)
        self._checks, self._growth, self.loop = checks, growth, None

    def __enter__(self):
        field = self._arena.__enter__()
        try:
            self.loop = Loop("attackers")
            self.watch = Watch(field, self._checks, self._growth)
        except BaseException as error:
            self._arena.__exit__(type(error), error, None)
            raise
        return field, self.watch, (self.loop, field.client_port)

    def __exit__(self, *error):
        self.loop.end()
        return self._arena.__exit__(*error)


def _heads(stage, checks):
    """Heads that never end: each connection is told 408 when `head_timeout` is over."""
    count, limits = 1_000, {"head_timeout": "3s"}
    with Field(stage, checks, "slow-heads", limits, count * PER_CONNECTION) as (field, watch, place):
        begin = f"POST {field.path} HTTP/1.1\r\nHost: 127.0.0.1:{field.client_port}\r\nX-Slow: ".encode()
        with attackers.Dripping(*place, count, begin=lambda _: begin, rest=b"a" * 200, pause=0.5) as attack:
            watch.served("slow heads")
            watch.bounded("slow heads")
            out = arena.wait_for(lambda: attack.open == 0, 3 + 7, 0.2)
            checks.that(out, f"{attack.open} of {count} slow heads are still there 10 s after they began")
            checks.that(attack.told(b" 408 ") >= 0.95 * count, f"only {attack.told(b' 408 ')} of {count} were told 408")
        watch.recovered("slow heads")


def _bodies(stage, checks):
    """Bodies that never end, of users who are known and of one who is not."""
    count, limits = 400, {"body_timeout": "3s"}
    with Field(stage, checks, "slow-bodies", limits, count * PER_CONNECTION) as (field, watch, place):
        tokens = field.tokens([f"slow{index}" for index in range(USERS)])
        heads = [field.head(token, 4_000_000) + b"{" for token in tokens]
        with attackers.Dripping(
                *place, count, begin=lambda index: heads[index % USERS], rest=b" " * 200, pause=0.5) as attack:
            watch.served("slow bodies")
            watch.bounded("slow bodies")
            out = arena.wait_for(lambda: attack.open == 0, 3 + 7, 0.2)
            checks.that(out, f"{attack.open} of {count} slow bodies are still there")
            checks.that(attack.told(b" 408 ") >= 0.95 * count, f"only {attack.told(b' 408 ')} of {count} were told 408")
        nobody = field.head("nonsense", 4_000_000)
        with attackers.Dripping(*place, 100, begin=lambda _: nobody, rest=b" " * 100, pause=0.5) as attack:
            refused = arena.wait_for(lambda: attack.told(b" 401 ") == 100, 5)
            checks.that(refused, f"{attack.told(b' 401 ')} of 100 unknown users were told so before their message")
        checks.equal(field.origin.seen, {"echo": field.origin.seen.get("echo")}, "calls that reached the upstream")
        watch.recovered("slow bodies")


def _peer(stage, checks):
    """One address that takes all the connections it may have: another address is served."""
    most, count = 100, 600
    limits = {"connections_per_peer": most, "idle_timeout": "5s"}
    with Field(stage, checks, "peer", limits, count * PER_CONNECTION) as (field, watch, place):
        with attackers.Streaming(*place, count, request=lambda _: b"") as attack:
            arena.wait_for(lambda: attack.open <= most, 5)
            checks.that(attack.open <= most, f"{attack.open} connections of one address are open, {most} may be")
            checks.that(attack.told(b" 503 ") >= TOLD, f"only {attack.told(b' 503 ')} were told 503")
            watch.served("a flood from one address")
            watch.bounded("a flood from one address")
        watch.recovered("a flood from one address")


def _flood(stage, checks):
    """Connections up to the limit and beyond, opened again as soon as they are closed, with requests of nobody."""
    count, seconds, most = 300, 10, 1_000
    with Field(stage, checks, "flood", {"connections": most}, most * PER_CONNECTION) as (field, watch, place):
        request = field.raw_call("nonsense")
        with attackers.Calling(*place, count, request=lambda _: request) as attack:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                watch.served("a flood of connections")
            watch.bounded("a flood of connections")
            checks.that(attack.rounds > 10 * count, f"only {attack.rounds} connections in {seconds} s: no flood")
        watch.recovered("a flood of connections")
        with attackers.Streaming(*place, 2 * most, request=lambda _: b"") as attack:
            arena.wait_for(lambda: attack.open <= most, 5)
            checks.that(attack.open <= most, f"{attack.open} connections are open, {most} may be")
            checks.that(attack.told(b" 503 ") >= TOLD, f"only {attack.told(b' 503 ')} were told 503")
            watch.bounded("connections beyond the limit")
        watch.recovered("connections beyond the limit")


def _readers(stage, checks):
    """Large answers that nobody reads: they wait at the server, not in memory, and are cut."""
    count, size = 100, 8 * MIB
    with Field(stage, checks, "readers", {}, count * MIB) as (field, watch, place):
        tokens = field.tokens([f"deaf{index}" for index in range(count)])
        requests = [field.raw_call(token, "big", bytes=size) for token in tokens]
        with attackers.Deaf(*place, count, request=lambda index: requests[index]):
            arena.wait_for(lambda: field.origin.seen.get("big") == count, 20)
            time.sleep(2)
            watch.served("answers that nobody reads")
            watch.bounded("answers that nobody reads")
            gone = arena.wait_for(lambda: field.metrics("bulla_ingress_active") == 0, UNREAD_SECONDS, 0.5)
            checks.that(gone, f"{field.metrics('bulla_ingress_active')} of {count} unread answers are not cut")
        watch.recovered("answers that nobody reads")


def _streams(stage, checks):
    """Thousands of idle event streams of many users."""
    _idle(stage, checks, "streams", STREAMS, PER_CONNECTION)


def _tls_streams(stage, checks):
    """The same over TLS on both sides."""
    secured = {"tls": settings(), "origin_tls": "upstream"}
    _idle(stage, checks, "tls-streams", STREAMS // 2, PER_TLS_CONNECTION, **secured)


def _idle(stage, checks, name, wanted, each, **options):
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(wanted, (files - SPARE_FILES) // 2)
    tls = stage.grounds().client_context() if "tls" in options else None
    sources = [f"127.0.0.{number}" for number in range(2, 8)]
    limits = {"upstream_connections": 10_000, "stream_idle_timeout": "5m"}
    growth = count * each + 32 * MIB
    with Field(stage, checks, name, limits, growth, **options) as (field, watch, place):
        tokens = field.tokens([f"user{index}" for index in range(USERS)])
        requests = [field.raw_call(token, "hold") for token in tokens]
        started = time.monotonic()
        with attackers.Streaming(
                *place, count, request=lambda index: requests[index % USERS], sources=sources, tls=tls) as attack:
            opened = arena.wait_for(lambda: attack.told(b"notifications/progress") == count, 90, 0.5)
            seconds = time.monotonic() - started
            checks.that(opened, f"{attack.told(b'notifications/progress')} of {count} streams began in {seconds:.0f} s")
            checks.equal(field.metrics("bulla_ingress_streams"), count, "bulla_ingress_streams")
            half = watch.served(f"{count} idle streams")
            grown = watch.bounded(f"{count} idle streams")
            field.origin.say("to-everybody")
            heard = arena.wait_for(lambda: attack.told(b"to-everybody") == count, 30, 0.5)
            checks.that(heard, f"{attack.told(b'to-everybody')} of {count} streams heard an event")
            print(f"      {count} streams: {grown / max(count, 1) / 1024:.1f} KiB each, open after {seconds:.1f} s, "
                  f"a call meanwhile {half * 1000:.1f} ms", flush=True)
        watch.recovered("idle streams")


def _handshakes(stage, checks):
    """Handshakes that are begun and left, and such as end in nothing, as many as come."""
    limits = {"head_timeout": "3s"}
    with Field(stage, checks, "handshakes", limits, 64 * MIB, tls=settings()) as (field, watch, place):
        half = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(200)
        with attackers.Streaming(*place, 1_000, request=lambda _: half) as attack:
            watch.served("handshakes that are never finished")
            watch.bounded("handshakes that are never finished")
            out = arena.wait_for(lambda: attack.open == 0, 3 + 7, 0.2)
            checks.that(out, f"{attack.open} of 1000 unfinished handshakes are still there 10 s after they began")
        watch.recovered("handshakes that are never finished")
        tls = stage.grounds().client_context()
        with attackers.Calling(*place, 30, request=lambda _: b"GET / HTTP/1.1\r\n\r\n", tls=tls) as attack:
            end = time.monotonic() + 6
            while time.monotonic() < end:
                watch.served("a flood of handshakes")
            watch.bounded("a flood of handshakes")
            checks.that(attack.rounds > 300, f"only {attack.rounds} handshakes")
        watch.recovered("a flood of handshakes")


def _strangers(stage, checks):
    """Bytes that are no HTTP, and connections that say goodbye rudely."""
    with Field(stage, checks, "strangers", {"head_timeout": "3s"}, 64 * MIB) as (field, watch, place):
        heads = [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x00" * 40_000, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                 b"GET /" + b"a" * 40_000, b"\r\n" * 20_000, os.urandom(4_096)]
        with attackers.Calling(*place, 60, request=lambda index: heads[index % len(heads)]) as attack:
            end = time.monotonic() + 5
            while time.monotonic() < end:
                watch.served("bytes that are no HTTP")
            checks.that(attack.rounds > 500, f"only {attack.rounds} connections")
        watch.bounded("bytes that are no HTTP")
        watch.recovered("bytes that are no HTTP")


def _slowhttptest(stage, checks):
    """Debian's slowhttptest: slow heads, slow bodies, slow reading; it finds the service available all the time."""
    program = shutil.which("slowhttptest")
    if not program:
        raise Skipped("slowhttptest is not installed (apt-get install slowhttptest)")
    limits = {"head_timeout": "3s", "body_timeout": "3s"}
    with Field(stage, checks, "slowhttptest", limits, 96 * MIB) as (field, watch, _):
        url = f"{field.public_url}/.well-known/jwks.json"
        ways = {"slow heads": ["-H", "-i", "2"], "slow bodies": ["-B", "-i", "2", "-s", "8192"],
                "slow reading": ["-X", "-w", "1", "-y", "2", "-n", "1", "-z", "1", "-k", "3"]}
        for what, options in ways.items():
            command = [program, *options, "-c", "500", "-r", "250", "-l", "12", "-p", "3", "-u", url]
            status, out, err = procs.run(command, 60, cwd=field.folder)
            plain = "".join(part.split("m", 1)[-1] if index else part for index, part in enumerate(out.split("\x1b[")))
            states = [line.split(":")[1].strip() for line in plain.splitlines() if "service available:" in line]
            checks.equal(status, 0, f"{what}: slowhttptest's exit status {err[-200:]}")
            checks.that(states and set(states) == {"YES"}, f"{what}: service available: {states or plain[-300:]}")
            watch.bounded(what)
        watch.recovered("slowhttptest")
