"""A server that believes nothing: it keeps what each connection brought and answers a message whose end it saw."""

import asyncio
import time

from wirecheck import Reading

QUIET_SECONDS = 0.06  # what follows a message within this time came with it
WAIT_SECONDS = 3.0
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
)
BODY = b'{"jsonrpc":"2.0","id":"raw","result":{"content":[{"type":"text","text":"ok"}],"isError":false}}'


class Recorder:
    """Listens on `port`. `take` hands out what arrived since it was asked last."""

    def __init__(self, loop, port):
        self._loop, self.port = loop, port
        self._arrived, self.open = [], 0

    def start(self):
        async def serve():
            return await asyncio.start_server(self._accepted, "127.0.0.1", self.port)

        self._server = self._loop.do(serve())
        return self

    def end(self):
        async def close():
            self._server.close()

        self._loop.do(close())

    def take(self, settle=1.5):
        """The bytes of each connection on which something came, once all connections are through."""
        deadline = time.monotonic() + settle
        time.sleep(0.02)
        while self.open and time.monotonic() < deadline:
            time.sleep(0.01)
        arrived, self._arrived = self._arrived, []
        return [bytes(data) for data in arrived]

    async def _accepted(self, reader, writer):
        data, deadline = bytearray(), time.monotonic() + WAIT_SECONDS
        self.open += 1
        try:
            while time.monotonic() < deadline:
                try:
                    part = await asyncio.wait_for(reader.read(65_536), QUIET_SECONDS)
                except TimeoutError:
                    if Reading(bytes(data)).complete:
                        writer.write(ANSWER % (len(BODY), BODY))
                        await writer.drain()
                        return
                    continue
                if not part:
                    return
                if not data:
                    self._arrived.append(data)
                data += part
        except OSError:
            pass
        finally:
            writer.close()
            self.open -= 1
