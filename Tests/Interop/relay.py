"""A TCP relay that keeps every byte of every connection, so that what a peer received is known and not believed."""

import asyncio
import threading

import http1

KEPT_BYTES = 64 * 1024 * 1024  # per relay; a canary sweep over forgotten bytes would prove nothing


class Recording:
    """One connection: the bytes that went to the server and those that came back."""

    def __init__(self):
        self.to_server = bytearray()
        self.to_client = bytearray()


class Relay:
    """Listens on `port` and passes each connection on to `target_port`, both on 127.0.0.1."""

    def __init__(self, name, port, target_port):
        self.name, self.port, self.target_port = name, port, target_port
        self.recordings = []
        self.overflow = False
        self._kept = 0
        self._opening = set()

    def bytes_to_server(self):
        return [bytes(recording.to_server) for recording in list(self.recordings)]

    def bytes_to_client(self):
        return [bytes(recording.to_client) for recording in list(self.recordings)]

    def requests(self, marker=None):
        """All requests that the server received so far; with `marker`, only those whose head or body contains it."""
        found = [request for data in self.bytes_to_server() for request in http1.parse_requests(data)]
        return [request for request in found if marker is None or marker.encode() in request.raw]

    async def serve(self):
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Client(self), "127.0.0.1", self.port)

    def accepted(self, client):
        recording = Recording()
        self.recordings.append(recording)
        task = asyncio.get_running_loop().create_task(self._open(client, recording))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, client, recording):
        server = _End(self)
        try:
            await asyncio.get_running_loop().create_connection(lambda: server, "127.0.0.1", self.target_port)
        except OSError:
            client.transport.abort()
            return
        client.peer, client.kept = server, recording.to_server
        server.peer, server.kept = client, recording.to_client
        client.transport.resume_reading()

    def keep(self, kept, data):
        self._kept += len(data)
        if self._kept > KEPT_BYTES:
            self.overflow = True
        else:
            kept += data


class _End(asyncio.Protocol):
    """One end of a connection; what it receives is kept and goes to its peer, a close and a reset too."""

    def __init__(self, relay):
        self.relay, self.peer, self.kept, self.transport, self._ended = relay, None, None, None, False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.relay.keep(self.kept, data)
        self.peer.transport.write(data)

    def eof_received(self):
        self._ended = True
        if self.peer.transport.can_write_eof() and not self.peer.transport.is_closing():
            self.peer.transport.write_eof()
        if self.peer._ended:
            self.peer.transport.close()
        return not self.peer._ended  # half closed while the other direction still speaks

    def connection_lost(self, error):
        if self.peer is not None:
            self.peer.transport.abort() if error else self.peer.transport.close()

    def pause_writing(self):
        self.peer.transport.pause_reading()

    def resume_writing(self):
        self.peer.transport.resume_reading()


class _Client(_End):
    """The accepted end: it is not read before there is a server to give its bytes to."""

    def connection_made(self, transport):
        super().connection_made(transport)
        transport.pause_reading()
        self.relay.accepted(self)


class Relays:
    """All relays of a run, on one event loop in one thread."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relays", daemon=True)
        self._thread.start()

    def start(self, name, port, target_port):
        relay = Relay(name, port, target_port)
        asyncio.run_coroutine_threadsafe(relay.serve(), self._loop).result(10)
        return relay

    def end(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
