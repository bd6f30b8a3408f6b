"""A server that remembers every connection, byte and request that came to it, and when; what it answers is given."""

import contextlib
import json
import socket
import threading
import time

import http1


class Witness:
    """Listens on `port`. `answer(request)` makes the JSON of an answer; it runs on a thread of its own."""

    def __init__(self, port, answer):
        self.port, self._answer, self._lock = port, answer, threading.Lock()
        self.connections, self.bytes, self._seen, self._open = 0, 0, [], set()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=1_024)
        threading.Thread(target=self._accept, name=f"witness {port}", daemon=True).start()

    def requests(self, marker=None):
        """What came, with the time of its last byte: (seconds of the monotonic clock, request)."""
        with self._lock:
            return [(at, one) for at, one in self._seen if marker is None or marker.encode() in one.raw]

    def contacts(self):
        """Connections and bytes that ever came: what must not move where nobody may be asked."""
        with self._lock:
            return self.connections, self.bytes

    def end(self):
        # A listener that is only closed stays in accept.
        for one in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self.connections += 1
                    self._open.add(connection)
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        waiting = b""
        with connection, contextlib.suppress(OSError):
            while part := connection.recv(65_536):
                waiting += part
                with self._lock:
                    self.bytes += len(part)
                for request in http1.parse_requests(waiting):
                    waiting = waiting[len(request.raw):]
                    with self._lock:
                        self._seen.append((time.monotonic(), request))
                    body = json.dumps(self._answer(request)).encode()
                    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                    connection.sendall(head.encode() + body)
        with self._lock:
            self._open.discard(connection)
