"""An upstream MCP server on an event loop of the suite's own: thousands of streams cost it next to nothing.

What it does is in the tool's name:
    echo             answers at once
    hold             an event stream that says one word and stays open until it is released
    slow             answers after `seconds`; the head of the answer comes then too
    drip             the head at once, then a byte of JSON every 100 ms for `seconds`
    silent           never answers
    big              a JSON answer of `bytes` bytes
GET opens a stream like `hold`.
"""

import asyncio
import json
import threading

import http1

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n"
FIRST_EVENT = b'event: message\ndata: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n'


class Loop:
    """One event loop in one thread."""

    def __init__(self, name):
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def do(self, work, seconds=60):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def end(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)


class Origin:
    """Listens on `port`. `seen` counts the calls of each tool that arrived, `streams` the streams that are open."""

    def __init__(self, loop, port, tls=None):
        self._loop, self.port, self._tls = loop, port, tls
        self.seen, self.streams = {}, set()

    def start(self):
        self._server = self._loop.do(self._serve())
        return self

    def end(self):
        async def close():
            self._server.close()

        self._loop.do(close())

    def say(self, text):
        """An event on every open stream."""
        message = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": text}}
        event = f"event: message\ndata: {json.dumps(message)}\n\n".encode()
        self._loop.do(self._on_streams(lambda stream: stream.chunk(event)))

    def release(self):
        """Ends every open stream with its result."""
        self._loop.do(self._on_streams(lambda stream: stream.finish()))

    async def _on_streams(self, work):
        for stream in list(self.streams):
            work(stream)

    async def _serve(self):
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: _Connection(self), "127.0.0.1", self.port, ssl=self._tls, backlog=4096)


class _Connection(asyncio.Protocol):
    def __init__(self, origin):
        self.origin, self.transport, self.waiting, self.ident, self.timers = origin, None, bytearray(), None, []

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.waiting += data
        for request in http1.parse_requests(bytes(self.waiting)):
            del self.waiting[:len(request.raw)]
            self.answer(request)

    def connection_lost(self, error):
        self.origin.streams.discard(self)
        for timer in self.timers:
            timer.cancel()

    def answer(self, request):
        if request.method != "POST":
            return self.open_stream() if request.method == "GET" else self.whole(b"", 202)
        message = json.loads(request.body)
        self.ident = message.get("id")
        params = message.get("params") or {}
        tool, arguments = params.get("name"), params.get("arguments") or {}
        self.origin.seen[tool] = self.origin.seen.get(tool, 0) + 1
        loop = asyncio.get_running_loop()
        if tool == "hold":
            self.open_stream()
        elif tool == "slow":
            self.timers = [loop.call_later(arguments["seconds"], lambda: self.whole(self.result("slow:done")))]
        elif tool == "drip":
            self.transport.write(HEAD % b"application/json" + b"Transfer-Encoding: chunked\r\n\r\n")
            count = int(arguments["seconds"] * 10)
            self.timers = [loop.call_later(index / 10, self.chunk, b" ") for index in range(count)]
            self.timers.append(loop.call_later(count / 10, self.finish_with, self.result("drip:done")))
        elif tool == "big":
            self.whole(self.result("x" * arguments["bytes"]))
        elif tool != "silent":
            self.whole(self.result(f"echo:{arguments.get('text', '')}"))

    def result(self, text):
        content = {"content": [{"type": "text", "text": text}], "isError": False}
        return json.dumps({"jsonrpc": "2.0", "id": self.ident, "result": content}).encode()

    def whole(self, body, status=200):
        head = HEAD.replace(b"200 OK", b"%d OK" % status) % b"application/json"
        self.transport.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def open_stream(self):
        self.transport.write(HEAD % b"text/event-stream" + b"Transfer-Encoding: chunked\r\n\r\n")
        self.chunk(FIRST_EVENT)
        self.origin.streams.add(self)

    def chunk(self, data):
        if not self.transport.is_closing():
            self.transport.write(b"%x\r\n%s\r\n" % (len(data), data))

    def finish(self):
        self.origin.streams.discard(self)
        self.finish_with(b"event: message\ndata: " + self.result("hold:done") + b"\n\n")

    def finish_with(self, data):
        self.chunk(data)
        self.transport.write(b"0\r\n\r\n")
