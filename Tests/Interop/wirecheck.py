"""Whether bytes that a server received can be read in one way only, by the grammar of RFC 9112 and nothing kinder."""

import re

TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
REQUEST_LINE = re.compile(rb"%s [\x21-\x7e\x80-\xff]+ HTTP/1\.([01])" % TOKEN)
FIELD = re.compile(rb"(%s):[ \t]*((?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)[ \t]*" % TOKEN)
CODINGS = re.compile(rb"(?:(?:gzip|deflate|compress)[ \t]*,[ \t]*)*chunked", re.IGNORECASE)
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?")
# What no trailer may carry: it would be believed too late, or in another request (RFC 9110, section 6.5.1).
NOT_IN_TRAILERS = {b"content-length", b"transfer-encoding", b"host", b"authorization", b"connection", b"te", b"trailer"}


class Reading:
    """One received message: `faults` are what makes it ambiguous, `complete` whether its end was seen."""

    def __init__(self, data):
        self.faults, self.complete, self.after = [], False, b""
        if not data:
            return
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            # The peer hung up, or still waits: what matters is that nothing before was ambiguous.
            if re.search(rb"\r(?!\n|$)|(?<!\r)\n|\x00", data):
                self.faults.append(f"control character in {data[:60]!r}")
            return
        fields = self._head(head.split(b"\r\n"))
        self._body(rest, fields)
        if self.after:
            self.faults.append(f"bytes after the message: {self.after[:60]!r}")

    def _head(self, lines):
        line = REQUEST_LINE.fullmatch(lines[0])
        if not line:
            self.faults.append(f"request line {lines[0][:60]!r}")
        fields = self._fields(lines[1:], "field")
        hosts = sum(name == b"host" for name, _ in fields)
        if hosts != 1 and not (line and line[1] == b"0" and hosts == 0):
            self.faults.append(f"{hosts} Host fields")
        return fields

    def _fields(self, lines, what):
        found = []
        for line in lines:
            if field := FIELD.fullmatch(line):
                found.append((field[1].lower(), field[2]))
            else:
                self.faults.append(f"{what} {line[:60]!r}")
        return found

    def _body(self, rest, fields):
        lengths = [value for name, value in fields if name == b"content-length"]
        codings = [value for name, value in fields if name == b"transfer-encoding"]
        if len(lengths) + len(codings) > 1:
            self.faults.append(f"framed {len(lengths) + len(codings)} times: {lengths + codings}")
        if codings:
            if not CODINGS.fullmatch(codings[-1]):
                self.faults.append(f"transfer codings {codings}")
            return self._chunks(rest)
        if lengths and not re.fullmatch(rb"[0-9]{1,18}", lengths[-1]):
            self.faults.append(f"content length {lengths}")
            return
        length = int(lengths[-1]) if lengths else 0
        self.complete, self.after = len(rest) >= length, rest[length:]

    def _chunks(self, rest):
        while True:
            line, end, rest = rest.partition(b"\r\n")
            if not end:
                return
            chunk = CHUNK_LINE.fullmatch(line)
            if not chunk:
                self.faults.append(f"chunk line {line[:60]!r}")
                return
            size = int(chunk[1], 16)
            if size == 0:
                return self._trailers(rest)
            if len(rest) < size + 2:
                return
            if rest[size:size + 2] != b"\r\n":
                self.faults.append(f"chunk data that goes on after its {size} bytes")
                return
            rest = rest[size + 2:]

    def _trailers(self, rest):
        lines = []
        while True:
            line, end, rest = rest.partition(b"\r\n")
            if not end:
                return
            if not line:
                break
            lines.append(line)
        for name, _ in self._fields(lines, "trailer"):
            if name in NOT_IN_TRAILERS:
                self.faults.append(f"trailer {name.decode()}")
        self.complete, self.after = True, rest
