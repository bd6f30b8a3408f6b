"""What is measured once and not in rounds: that the identity is right, start-up, memory, idle event streams, the bare round trip."""
import base64, http.client, http.server, json, socket, threading, time, urllib.request
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from . import measure, places, tokens
from .measure import Fault


def post(call, timeout=5):
    """Sends one prepared request; its status and body."""
    with socket.create_connection(("127.0.0.1", places.CLIENTS), timeout) as connection:
        connection.sendall(call)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read()


def decode(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def verify(envelope):
    """The claims of an envelope whose signature one of the published keys made."""
    head, claims, signature = envelope.split(".")
    with urllib.request.urlopen(places.PUBLIC_URL + "/.well-known/jwks.json", timeout=5) as answer:
        keys = {key["kid"]: key for key in json.load(answer)["keys"]}
    key = keys[json.loads(decode(head))["kid"]]
    x, y = (int.from_bytes(decode(key[name]), "big") for name in "xy")
    raw = decode(signature)
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key().verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    return json.loads(decode(claims))


def identity(stage):
    """One call through Bulla: the server must get this user's envelope, well signed, the whole body and no token."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            seen.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            answer = b'{"jsonrpc":"2.0","id":7,"result":{}}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", places.SERVER), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with measure.proxy(stage.bulla("bulla")):
            status, _ = post(stage.call(stage.tokens[3]))
            if status != 200 or len(seen) != 1:
                raise Fault(f"one call through bulla ended with {status}")
            fields, body = seen[0]
            claims = verify(fields["Txn-Token"])
            if claims["tctx"]["actor"]["sub"] != "user-000003" or claims["aud"] != places.PUBLIC_URL + "/.eie/orders":
                raise Fault(f"the envelope names another: {claims}")
            if fields["Authorization"] or body != tokens.body().encode():
                raise Fault("the token or another body reached the server")
    finally:
        server.shutdown()
        server.server_close()


def listening_server(*options):
    server = measure.load("server", "--server", places.SERVER, *options)
    if server.stdout.readline() != "listening\n":
        raise Fault(f"the server does not listen: {server.communicate()[1].strip()}")
    return server


def end(process):
    """The load generator ends with its standard input."""
    process.communicate(timeout=20)


def start_up(stage, times=5):
    """From starting the program to its first answered call, with keys on disk, the issuer's to be fetched; milliseconds. And idle memory."""
    case, call, took, memory = stage.bulla("bulla"), stage.call(stage.tokens[0]), [], []
    server = listening_server("--expect", "envelope")
    try:
        for _ in range(times):
            before = time.monotonic()
            with measure.proxy(case) as process:
                status, _ = post(call)
                took.append((time.monotonic() - before) * 1000)
                if status != 200:
                    raise Fault(f"the first call ended with {status}")
                time.sleep(1)
                memory.append(measure.resident_kilobytes(process.pid) / 1024)
    finally:
        end(server)
    return took, memory


def streams(stage, count, seconds=3):
    """Idle event streams of 64 users: resident memory of each, and the CPU that they take while nothing happens."""
    requests = stage.streams()
    with measure.proxy(stage.bulla("bulla")) as process:
        warm = measure.load("streams", "--target", places.CLIENTS, "--server", places.SERVER, "--requests", requests, "--connections", 64)
        warm.stdout.readline()
        end(warm)
        time.sleep(0.5)
        before = measure.resident_kilobytes(process.pid)
        running = measure.load("streams", "--target", places.CLIENTS, "--server", places.SERVER, "--requests", requests, "--connections", count,
                               "--expect", "envelope")
        line = running.stdout.readline()
        try:
            opened = json.loads(line or "{}").get("streams", 0)
            time.sleep(0.5)
            cpu, start = measure.cpu_seconds(process.pid), time.monotonic()
            time.sleep(seconds)
            after = measure.resident_kilobytes(process.pid)
            cpu = (measure.cpu_seconds(process.pid) - cpu) / (time.monotonic() - start)
        finally:
            _, complaint = running.communicate(timeout=20)
        if opened != count:
            raise Fault(f"only {opened} of {count} streams opened: {complaint.strip()[-400:]}")
    return {"count": count, "kilobytes_each": (after - before) / count, "rss_kb": after, "cpu": cpu}


def bare_round_trip(stage, seconds):
    """The load generator and the server in it, without a proxy: the median that the latency of one client is compared with, in µs."""
    running = measure.load("run", "--target", places.SERVER, "--server", places.SERVER, "--requests", stage.calls, "--connections", 1,
                           "--seconds", seconds, "--warm-up", 0.3)
    output, complaint = running.communicate(timeout=seconds + 20)
    if running.returncode or "{" not in output:
        raise Fault(f"without a proxy: {complaint.strip()}")
    return json.loads(output.split("\n")[-2])["p50"]
