"""Keys, access tokens, the requests that carry them, and the issuer that publishes the keys."""
import base64, datetime, http.server, ipaddress, json, pathlib, struct, threading, time
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from . import places

LIFETIME = 6 * 3600


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def body(tool="get_order_status"):
    """A JSON-RPC call of 250 bytes."""
    call = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": tool, "arguments": {"order_id": "ord-000001", "note": ""}}}
    call["params"]["arguments"]["note"] = "x" * (250 - len(compact(call)))
    return compact(call)


class Signer:
    """One P-256 key: signs tokens of about 700 bytes, each for a user of its own."""

    def __init__(self, folder: pathlib.Path):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.public = folder / "issuer-public.pem"
        self.public.write_bytes(self.key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
        numbers = self.key.public_key().public_numbers()
        x, y = (base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        self.jwks = {"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "issuer-1", "x": x, "y": y}]}

    def token(self, user, audience):
        now = int(time.time())
        claims = {"iss": places.ISSUER_URL, "aud": audience, "sub": f"user-{user:06}", "client_id": "webapp-prod", "iat": now - 10,
                  "exp": now + LIFETIME, "jti": f"{user * 7919 + 1:032x}", "scope": "orders:read orders:write", "groups": ""}
        head = base64url(compact({"alg": "ES256", "typ": "at+jwt", "kid": "issuer-1"}).encode())
        # 86 characters are the signature's, 2 the dots; four characters carry three bytes.
        claims["groups"] = ("team-platform-" * 40)[:max(0, (700 - 88 - len(head)) * 3 // 4 - len(compact(claims)))]
        text = f"{head}.{base64url(compact(claims).encode())}"
        r, s = utils.decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def request(path, authority, fields, text=None, method="POST"):
    """One request's bytes; without `text`, one that asks for an event stream."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {authority}", "User-Agent: load/1", *fields, "MCP-Protocol-Version: 2025-06-18"]
    if text is None:
        return ("\r\n".join([*lines, "Accept: text/event-stream"]) + "\r\n\r\n").encode()
    lines += ["Accept: application/json, text/event-stream", "Content-Type: application/json", f"Content-Length: {len(text)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + text).encode()


def write_requests(path, requests):
    with open(path, "wb") as file:
        for one in requests:
            file.write(struct.pack("<I", len(one)) + one)
    return path


class Issuer:
    """Metadata and keys of the identity provider, on a thread of this process."""

    def __init__(self, signer):
        metadata = {"issuer": places.ISSUER_URL, "jwks_uri": places.ISSUER_URL + "/jwks.json", "token_endpoint": places.ISSUER_URL + "/token",
                    "authorization_endpoint": places.ISSUER_URL + "/authorize", "response_types_supported": ["code"]}
        documents = {"/jwks.json": signer.jwks}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                document = documents.get(self.path, metadata if "/.well-known/" in self.path else None)
                data = compact(document).encode() if document else b""
                self.send_response(200 if document else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", places.ISSUER), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()


def certificate(folder: pathlib.Path):
    """A self-signed P-256 certificate for 127.0.0.1: certificate, key, and both in one file as HAProxy wants them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5)).not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256()))
    public = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    for path, content in (("tls.pem", public), ("tls.key", private), ("tls-both.pem", public + private)):
        (folder / path).write_bytes(content)
        (folder / path).chmod(0o600)
    return folder / "tls.pem", folder / "tls.key", folder / "tls-both.pem"
