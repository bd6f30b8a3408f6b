"""TLS as clients, upstreams and operators see it: who is believed, who is not, and what is said about it."""

import contextlib
import http.client
import json
import re
import shutil
import socket
import ssl

import arena
import procs
import rpc
from scenarios import Scenario
from scenarios.limits import code

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def settings(certificate="gateway", clients=None):
    found = {"certificate": f"file:{certificate}.pem", "key": f"file:{certificate}.key"}
    if clients:
        found |= {"client_ca": "file:house.pem", "client_certificates": clients}
    return found


def scenarios():
    return [
        Scenario("tls/round-trip", _round_trip, arena=True),
        Scenario("tls/old-versions", _old_versions, arena=True),
        Scenario("tls/client-certificates", _client_certificates, arena=True),
        Scenario("tls/upstream", _upstream, arena=True),
        Scenario("tls/issuer", _issuer, arena=True),
        Scenario("tls/plain-http", _plain_http, arena=True),
        Scenario("tls/new-certificate", _new_certificate, arena=True),
        Scenario("tls/resumption", _resumption, arena=True),
        Scenario("tls/large", _large, arena=True),
        Scenario("tls/silent", _silent, arena=True),
    ]


def curl(field, *options, token=None):
    """(exit status, HTTP status, TLS version or error) of a tools/call by curl."""
    body = rpc.message("tools/call", "one", name="echo", arguments={"text": "x"})
    fields = [part for name, value in rpc.fields("tools/call", token or field.token(), "echo")
              for part in ("-H", f"{name}: {value}")]
    command = ["curl", "-sS", "--max-time", "10", "--cacert", field.grounds.certificate("house"), *options, *fields,
               "--data-binary", body.decode(), "-o", "answer.json", "-w", "%{http_code} %{http_version}",
               field.public_url + field.path]
    status, out, err = procs.run(command, 20, cwd=field.folder)
    return status, out, err.strip()


def _round_trip(stage, checks):
    """curl and Python, TLS 1.2 and 1.3, a call with a token: the answer, over HTTP/1.1 by ALPN."""
    with arena.Arena(stage.grounds(), "round-trip", tls=settings()) as field:
        for version, number in VERSIONS.items():
            options = [f"--tlsv{version}", "--tls-max", version]
            checks.equal(curl(field, *options)[:2], (0, "200 1.1"), f"curl, TLS {version}")
            answer = json.loads((field.folder / "answer.json").read_bytes())
            checks.equal(answer["result"]["content"][0]["text"], "echo:x", f"what curl got, TLS {version}")
            checks.equal(curl(field, *options, "--http2")[:2], (0, "200 1.1"), f"curl offering HTTP/2, TLS {version}")
            told = field.call(context=stage.grounds().client_context(version=number))
            checks.equal(told.status, 200, f"Python, TLS {version} ({told.error})")
            for offered, chosen in ((["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), ([], None)):
                with _handshake(field, version=number, alpn=offered) as connection:
                    checks.equal(connection.selected_alpn_protocol(), chosen, f"ALPN of {offered}, TLS {version}")
        checks.equal(curl(field, "--insecure", token="nonsense")[1], "401 1.1", "a bad token over TLS")
        status, _, err = curl(field, "--cacert", stage.grounds().certificate("stranger"))
        checks.equal(status, 60, f"curl that knows another authority ({err})")
        with contextlib.suppress(ssl.SSLError, OSError):
            with _handshake(field, alpn=["h2"]) as connection:
                checks.that(connection.selected_alpn_protocol() != "h2", "HTTP/2 was agreed, and is not spoken")
        kept = field.connection()
        statuses = [field.call(connection=kept).status for _ in range(20)]
        checks.equal(statuses, [200] * 20, "twenty calls on one connection")
        kept.close()
        events = [record["event"] for record in field.audit()]
        checks.that("ingress.accepted" in events, "no call is on record")


def _handshake(field, shown=None, version=None, alpn=(), context=None):
    context = context or field.grounds.client_context(shown, version)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    plain = socket.create_connection(("127.0.0.1", field.client_port), 5)
    try:
        return context.wrap_socket(plain, server_hostname=field.host)
    except BaseException:
        plain.close()
        raise


def _old_versions(stage, checks):
    """What is older than TLS 1.2, and what is weak in it, is refused by an alert."""
    with arena.Arena(stage.grounds(), "old", tls=settings()) as field:
        # The security level of this client is put aside: it is the gateway that must refuse.
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            context = stage.grounds().client_context()
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
            _refuses(checks, field, context, version.name)
        for ciphers in ("AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384",
                        "aNULL", "DHE-RSA-AES256-GCM-SHA384"):
            context = stage.grounds().client_context(version=ssl.TLSVersion.TLSv1_2)
            context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
            _refuses(checks, field, context, f"TLS 1.2 with {ciphers}")
        checks.equal(field.call().status, 200, "a call afterwards")


def _refuses(checks, field, context, what):
    try:
        with _handshake(field, context=context) as connection:
            checks.that(False, f"{what} was accepted: {connection.cipher()}")
    except ssl.SSLError as error:
        alert = re.search(r"alert|UNEXPECTED_EOF|EOF occurred", str(error), re.IGNORECASE)
        checks.that(alert, f"{what}: the client gave up by itself: {error}")
    except OSError:
        pass  # closed without an alert


def _client_certificates(stage, checks):
    """Required: no HTTP without one. Optional: a bad one ends the handshake, none does not."""
    expected = {
        "required": {None: False, "client": True, "client-unknown": False, "gateway": False},
        "optional": {None: True, "client": True, "client-unknown": False, "gateway": False},
    }
    for mode, plans in expected.items():
        with arena.Arena(stage.grounds(), f"mtls-{mode}", tls=settings(clients=mode)) as field:
            for shown, good in plans.items():
                for version, number in VERSIONS.items():
                    told = field.call(context=stage.grounds().client_context(shown, number))
                    what = f"{mode}, TLS {version}, certificate {shown}: {told.status}"
                    checks.that((told.status == 200) if good else told.response is None, what)
            sent = field.origin.seen.get("echo", 0)
            checks.equal(sent, 2 * sum(plans.values()), f"{mode}: calls that reached the upstream")


def _upstream(stage, checks):
    """An upstream that does not prove who it is gets nothing; the log says why."""
    reasons = {
        "upstream": None, "expired": "has expired", "wrong-name": "another name", "unknown": "authority",
    }
    for certificate, reason in reasons.items():
        with arena.Arena(stage.grounds(), f"upstream-{certificate}", origin_tls=certificate) as field:
            told = field.call()
            if reason is None:
                checks.equal(told.status, 200, "an upstream with a good certificate")
                continue
            checks.equal((told.status, told.response and code(told.response)), (502, "upstream_untrusted"), certificate)
            checks.equal(field.origin.seen, {}, f"{certificate}: calls that reached the upstream")
            lines = [line for line in field.log().splitlines() if "no trusted TLS connection" in line]
            said = any(re.search(reason, line) and "arena" in line for line in lines)
            checks.that(said, f"{certificate}: no line of the log says why\n{field.log()[-600:]}")
            checks.that(field.metrics("bulla_ingress_refused_total", code="upstream_untrusted") >= 1,
                        f"{certificate}: the metric did not move")

    def nobody_known(policy):
        del policy["servers"]["arena"]["ca"]

    with arena.Arena(stage.grounds(), "upstream-system", origin_tls="upstream", change=nobody_known) as field:
        told = field.call()
        checks.equal((told.status, told.response and code(told.response)), (502, "upstream_untrusted"),
                     "a private authority where only the machine's are known")

    def plain_server(policy):
        policy["servers"]["arena"]["upstream"] = f"https://localhost:{plain.getsockname()[1]}/mcp"

    with socket.create_server(("127.0.0.1", 0)) as plain:
        with arena.Arena(stage.grounds(), "upstream-plain", {"upstream_connect_timeout": "2s"}, origin_tls="upstream",
                         change=plain_server) as field:
            told = field.call(timeout=20)
            checks.that(told.status in (502, 504), f"an upstream that is silent in the handshake: {told.status}")
            checks.that(told.seconds < 6, f"it took {told.seconds:.1f} s")


def _issuer(stage, checks):
    """An identity provider over TLS: its keys are taken where its certificate is good, and nowhere else."""
    def secured(policy, authority="file:house.pem"):
        policy["issuers"]["own"] |= {"issuer": stage.grounds().tls_issuer, "allow_private": True}
        if authority:
            policy["issuers"]["own"]["ca"] = authority

    with arena.Arena(stage.grounds(), "issuer", change=secured) as field:
        told = field.call(token=field.token(issuer=stage.grounds().tls_issuer))
        checks.equal(told.status, 200, f"a token of an issuer over TLS ({told.error})")
    try:
        with arena.Arena(stage.grounds(), "issuer-bad", change=lambda policy: secured(policy, None), patience=5):
            checks.that(False, "ready although no authority of the machine signed the issuer's certificate")
    except procs.NotReady as error:
        checks.that("authority that is not trusted" in str(error), f"the log does not say why: {error}")


def _plain_http(stage, checks):
    """Plain HTTP at a port with TLS, and TLS at one without: nobody hangs, nothing is served."""
    with arena.Arena(stage.grounds(), "plain-http", tls=settings()) as field:
        plans = {"HTTP": field.raw_call(field.token()), "nothing but a byte": b"G", "zeros": b"\0" * 500}
        for what, data in plans.items():
            with socket.create_connection(("127.0.0.1", field.client_port), 15) as connection:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                told = _all_of(connection)
                checks.that(b"200 OK" not in told and b"echo" not in told, f"{what}: was answered {told[:80]}")
        checks.equal(field.origin.seen, {}, "calls that reached the upstream")
        checks.equal(field.call().status, 200, "a call afterwards")
    with arena.Arena(stage.grounds(), "tls-at-plain") as field:
        with contextlib.suppress(OSError):
            _handshake(field, context=stage.grounds().client_context()).close()
            checks.that(False, "TLS at a plain port")
        checks.equal(field.call().status, 200, "a call afterwards, without TLS")


def _all_of(connection):
    told = b""
    with contextlib.suppress(OSError):
        while part := connection.recv(4_096):
            told += part
    return told


def _new_certificate(stage, checks):
    """The file changes, SIGHUP: new connections see the new certificate, an open stream goes on under the old one."""
    with arena.Arena(stage.grounds(), "new-certificate", tls=settings()) as field:
        connection, stream = field.start_call("hold")
        checks.that(arena.read_until(stream, b"progress"), "the stream does not begin")
        serial = _serial(field)
        for ending in ("pem", "key"):
            shutil.copy(field.folder / f"gateway-next.{ending}", field.folder / f"gateway.{ending}")
        field.reload()
        changed = arena.wait_for(lambda: _serial(field) != serial, 5)
        checks.that(changed, "the old certificate is still served 5 s after SIGHUP")
        checks.equal(field.call().status, 200, "a call under the new certificate")
        field.origin.say("still-here")
        checks.that(b"still-here" in arena.read_until(stream, b"still-here"), "the open stream was dropped")
        # A key that does not fit changes nothing.
        serial = _serial(field)
        shutil.copy(stage.grounds().key("upstream"), field.folder / "gateway.key")
        log = len(field.log())
        field.reload()
        said = arena.wait_for(lambda: re.search(r"(?i)key|certificate", field.log()[log:]), 5)
        checks.that(said, "the log does not say that key and certificate do not fit")
        checks.equal(_serial(field), serial, "the certificate after a reload with a key that does not fit")
        field.origin.release()
        checks.that(b"hold:done" in arena.read_until(stream, b"hold:done"), "the stream did not end well")
        connection.close()


def _serial(field):
    with _handshake(field) as connection:
        return connection.getpeercert()["serialNumber"]


def _resumption(stage, checks):
    """openssl s_client -reconnect, and a session of TLS 1.3: resumed, also on another event loop."""
    with arena.Arena(stage.grounds(), "resumption", tls=settings(), loops=2) as field:
        if program := shutil.which("openssl"):
            command = [program, "s_client", "-connect", f"127.0.0.1:{field.client_port}", "-servername", "localhost",
                       "-CAfile", stage.grounds().certificate("house"), "-tls1_2", "-reconnect"]
            status, out, err = procs.run(command, 20, "")
            checks.equal(status, 0, f"openssl s_client: {err[-300:]}")
            checks.that(out.count("Reused, TLSv1.2") >= 4, f"TLS 1.2: {out.count('Reused, TLSv1.2')} of 5 were resumed")
        context, session, resumed = stage.grounds().client_context(version=ssl.TLSVersion.TLSv1_3), None, 0
        for _ in range(8):
            plain = socket.create_connection(("127.0.0.1", field.client_port), 5)
            with context.wrap_socket(plain, server_hostname=field.host, session=session) as connection:
                connection.sendall(field.raw_call(field.token()))
                answer = http.client.HTTPResponse(connection, method="POST")
                answer.begin()
                checks.equal(answer.status, 200, "a call in a resumed session")
                answer.read()
                resumed += connection.session_reused
                session = connection.session
        checks.that(resumed >= 6, f"TLS 1.3: {resumed} of 7 sessions were resumed")
    # A session that proved a certificate is not one that may be resumed without it.
    with arena.Arena(stage.grounds(), "resumption-mtls", tls=settings(clients="required")) as field:
        told = field.call(context=stage.grounds().client_context("client"))
        checks.equal(told.status, 200, "with a certificate")
        checks.that(field.call().response is None, "without a certificate, after somebody with one")


def _large(stage, checks):
    """Megabytes in both directions, whole; a client that closes in the middle harms nobody."""
    with arena.Arena(stage.grounds(), "large", tls=settings(), origin_tls="upstream") as field:
        for version, number in VERSIONS.items():
            context = stage.grounds().client_context(version=number)
            told = field.call("big", bytes=5_000_000, context=context)
            checks.that(told.response and len(told.response.body) > 5_000_000, f"TLS {version}: {told.status}")
            told = field.call("echo", text="y" * 3_000_000, context=context)
            checks.that(told.response and len(told.response.body) > 3_000_000, f"TLS {version}, sent: {told.status}")
        for _ in range(10):
            connection, answer = field.start_call("big", bytes=5_000_000)
            answer.read(1_000)
            arena.reset(connection.sock)
            answer.close()
        checks.equal(field.call().status, 200, "a call after ten that broke off")
        for gauge in ("bulla_connections_active", "bulla_ingress_active"):
            checks.that(arena.wait_for(lambda: field.metrics(gauge) == 0, 10), f"{gauge} is {field.metrics(gauge)}")


def _silent(stage, checks):
    """Who never finishes the handshake is let go of after `head_timeout`; an idle connection gets a close_notify."""
    with arena.Arena(stage.grounds(), "silent", {"head_timeout": "2s", "idle_timeout": "3s"}, tls=settings()) as field:
        begun = [socket.create_connection(("127.0.0.1", field.client_port), 10) for _ in range(50)]
        for index, connection in enumerate(begun):
            connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[:index % 11 + 1])
        checks.equal(field.call().status, 200, "a call meanwhile")
        gone = arena.wait_for(lambda: field.metrics("bulla_connections_active") == 0, 8)
        checks.that(gone, f"{field.metrics('bulla_connections_active')} unfinished handshakes are open after 8 s")
        for connection in begun:
            connection.close()
        with _handshake(field) as connection:
            connection.settimeout(8)
            # b"" is a goodbye by close_notify; without it Python raises.
            try:
                checks.equal(connection.recv(1), b"", "an idle connection")
            except (ssl.SSLError, OSError) as error:
                checks.that(False, f"an idle connection ends without close_notify: {error}")
        checks.equal(field.call().status, 200, "a call afterwards")
