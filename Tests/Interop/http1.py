"""HTTP/1.1 as bytes: raw requests as a hostile client writes them, and recorded requests as a server received them."""

import http.client
import json
import socket
from dataclasses import dataclass

TIMEOUT_SECONDS = 15.0


@dataclass
class Request:
    """A recorded request. Names and values of `fields` are as received."""

    method: str
    target: str
    fields: list
    body: bytes
    raw: bytes

    def values(self, name):
        wanted = name.lower().encode()
        return [value.decode("latin-1") for field, value in self.fields if field.lower() == wanted]


@dataclass
class Response:
    status: int
    fields: list
    body: bytes

    def values(self, name):
        return [value for field, value in self.fields if field.lower() == name.lower()]

    def first(self, name):
        return next(iter(self.values(name)), None)

    def json(self):
        return json.loads(self.body)

    def messages(self):
        """The JSON-RPC messages of the body, which is JSON or a stream of server-sent events."""
        if (self.first("content-type") or "").startswith("text/event-stream"):
            lines = self.body.decode().splitlines()
            return [json.loads(line[5:]) for line in lines if line.startswith("data:") and line[5:].strip()]
        return [json.loads(self.body)] if self.body else []


def parse_requests(data):
    """The whole requests at the start of `data`; a request that is still incomplete is left out."""
    found, start = [], 0
    while True:
        head_end = data.find(b"\r\n\r\n", start)
        if head_end < 0:
            return found
        lines = data[start:head_end].split(b"\r\n")
        method, target, _ = lines[0].decode("latin-1").split(" ", 2)
        fields = [tuple(part.strip(b" \t") for part in line.split(b":", 1)) for line in lines[1:]]
        known = {name.lower(): value for name, value in fields}
        body, end = _body(data, head_end + 4, known)
        if body is None:
            return found
        found.append(Request(method, target, fields, body, data[start:end]))
        start = end


def _body(data, start, fields):
    if b"chunked" in fields.get(b"transfer-encoding", b"").lower():
        return _chunks(data, start)
    end = start + int(fields.get(b"content-length", b"0"))
    return (data[start:end], end) if end <= len(data) else (None, start)


def _chunks(data, start):
    body = b""
    while True:
        line_end = data.find(b"\r\n", start)
        if line_end < 0:
            return None, start
        size = int(data[start:line_end].split(b";")[0], 16)
        start = line_end + 2
        if size == 0:
            end = data.find(b"\r\n", start)
            while end > start:  # trailers, up to the empty line
                start, end = end + 2, data.find(b"\r\n", end + 2)
            return (body, end + 2) if end >= 0 else (None, start)
        if start + size + 2 > len(data):
            return None, start
        body += data[start:start + size]
        start += size + 2


def exchange(port, raw, method="POST", seconds=TIMEOUT_SECONDS):
    """Sends `raw` on a new connection and reads one response."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(raw)
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        body = response.read()
        return Response(response.status, response.getheaders(), body)


def request(port, method, target, fields=(), body=b"", host=None, seconds=TIMEOUT_SECONDS):
    """One request with exactly the given fields (a list of pairs) besides Host, Connection and Content-Length."""
    head = [f"{method} {target} HTTP/1.1", f"Host: {host or f'127.0.0.1:{port}'}"]
    head += [f"{name}: {value}" for name, value in fields]
    if body or method in ("POST", "PUT", "PATCH"):
        head.append(f"Content-Length: {len(body)}")
    if not any(name.lower() == "connection" for name, _ in fields):
        head.append("Connection: close")
    return exchange(port, "\r\n".join(head).encode() + b"\r\n\r\n" + body, method, seconds)
