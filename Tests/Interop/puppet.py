"""An MCP server in the suite's own process: while it works on a request, the test that made the request is its tool.

It is how a scenario gets what a server gets, the envelope and the handle, and makes outbound calls that no honest
server would make.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import http1
import rpc

CALL_SECONDS = 60.0
COMMENT_SECONDS = 2.0  # a stream that is silent for long is cut


class Puppet:
    """Listens on `port`, any path. What it does for a request is registered beforehand by the request's id."""

    def __init__(self, port):
        self._works, self._lock = {}, threading.Lock()
        handler = type("Handler", (_Handler,), {"puppet": self})
        self._server = _Server(("127.0.0.1", port), handler)
        threading.Thread(target=self._server.serve_forever, name="puppet", daemon=True).start()

    def act(self, outbound, server, token, work):
        """A tools/call of `token` at `server`, during which `work(shown)` runs. Returns what `work` did, and what the
        client was told: (kind, text)."""
        marker, results = rpc.marker(), []
        with self._lock:
            self._works[marker] = lambda shown: results.append(_caught(work, shown))
        listed = rpc.fields("tools/call", token, "act")
        body = rpc.message("tools/call", marker, name="act", arguments={})
        answer = http1.request(outbound.public_port, "POST", server.path, listed, body, seconds=CALL_SECONDS)
        told = rpc.outcome(answer, marker)
        if not results:
            raise RuntimeError(f"{server.name}: the call did not reach the server: {answer.status} {told}")
        if isinstance(results[0], Exception):
            raise results[0]
        return results[0], told

    def end(self):
        self._server.shutdown()
        self._server.server_close()

    def work_for(self, marker):
        with self._lock:
            return self._works.pop(marker, None)


def _caught(work, shown):
    try:
        return work(shown)
    except Exception as error:  # raised again where the test is
        return error


class Shown:
    """What a server gets with a request, to show it at the egress."""

    def __init__(self, fields):
        self.fields = fields
        self.envelope = self.first("txn-token")
        self.authorization = self.first("authorization")

    def first(self, name):
        return next((value for field, value in self.fields if field.lower() == name), None)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    puppet = None

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        work = self.puppet.work_for(message.get("id"))
        # The head goes out before the work, so that no time limit on an answer's first byte cuts the work short.
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.flush()
        if work:
            worker = threading.Thread(target=work, args=[Shown(self.headers.items())])
            worker.start()
            while worker.is_alive():
                worker.join(COMMENT_SECONDS)
                self.wfile.write(b": working\n\n")
        answer = {"jsonrpc": "2.0", "id": message.get("id"),
                  "result": {"content": [{"type": "text", "text": "done"}], "isError": False}}
        self.wfile.write(f"event: message\ndata: {json.dumps(answer)}\n\n".encode())
        self.close_connection = True

    def do_GET(self):
        self.send_error(405)

    def log_message(self, *_):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024
