"""Clients that take and do not give: slow heads, slow bodies, unread answers, idle streams, as many as they can.

All of them are on one event loop; an attack is a context manager, and who is attacked may be looked at inside.
"""

import asyncio
import contextlib
import socket

OPENING_AT_ONCE = 200  # below the listener's queue: what the kernel turns away is nobody's limit


class Connection:
    """One attacker: what it was told, and when it was shut out."""

    def __init__(self):
        self.told, self.open, self.reader, self.writer = b"", False, None, None


class Attack:
    """`count` connections to `port`, spread over `sources`; each does what `act` does until the block ends.

    `tls` is a context; without one they speak plain TCP.
    """

    def __init__(self, loop, port, count, sources=("127.0.0.1",), tls=None):
        self._loop, self._port, self._sources, self._tls = loop, port, sources, tls
        self.connections = [Connection() for _ in range(count)]
        self._tasks = []

    def __enter__(self):
        self._loop.do(self._open_all(), 120)
        return self

    def __exit__(self, *_):
        self._loop.do(self._close_all(), 60)

    @property
    def open(self):
        return sum(connection.open for connection in self.connections)

    def told(self, text):
        """How many were told `text`."""
        return sum(text in connection.told for connection in self.connections)

    async def act(self, index, connection):
        """What the attacker `index` does once it is connected; by default nothing."""

    def receive_buffer(self):
        """In bytes; None for the system's."""

    async def _open_all(self):
        turn = asyncio.Semaphore(OPENING_AT_ONCE)

        async def start(index, connection):
            async with turn:
                await self._open(index, connection)
            self._tasks.append(asyncio.create_task(self._live(index, connection)))

        await asyncio.gather(*(start(index, one) for index, one in enumerate(self.connections)))

    async def _open(self, index, connection):
        with contextlib.suppress(OSError):
            sock = socket.socket()
            sock.setblocking(False)
            if size := self.receive_buffer():
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
            # The kernel chooses the port when it knows the other end, so that each source has all of them.
            sock.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24), 1)
            sock.bind((self._sources[index % len(self._sources)], 0))
            await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self._port))
            connection.reader, connection.writer = await asyncio.open_connection(
                sock=sock, limit=4_096, ssl=self._tls, server_hostname="localhost" if self._tls else None)
            connection.open = True

    async def _live(self, index, connection):
        if not connection.open:
            return
        with contextlib.suppress(OSError):
            await self.act(index, connection)

    async def listen(self, connection):
        """Reads until the other side closes."""
        with contextlib.suppress(OSError):
            while part := await connection.reader.read(4_096):
                connection.told = (connection.told + part)[-4_096:]
        connection.open = False

    async def _close_all(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in self.connections:
            if connection.writer:
                connection.writer.transport.abort()
        await asyncio.sleep(0)


class Dripping(Attack):
    """Sends `begin(index)`, then a byte of `rest` every `pause` seconds, and listens."""

    def __init__(self, *place, begin, rest, pause, **options):
        super().__init__(*place, **options)
        self._begin, self._rest, self._pause = begin, rest, pause

    async def act(self, index, connection):
        listening = asyncio.create_task(self.listen(connection))
        try:
            connection.writer.write(self._begin(index))
            for byte in self._rest:
                await asyncio.sleep(self._pause)
                if not connection.open:
                    return
                connection.writer.write(bytes([byte]))
            await listening
        finally:
            listening.cancel()


class Streaming(Attack):
    """Sends one request and listens to an answer that does not end."""

    def __init__(self, *place, request, **options):
        super().__init__(*place, **options)
        self._request = request

    async def act(self, index, connection):
        connection.writer.write(self._request(index))
        await self.listen(connection)


class Deaf(Streaming):
    """Sends one request and never reads its answer."""

    def receive_buffer(self):
        return 4_096

    async def act(self, index, connection):
        connection.writer.transport.pause_reading()
        connection.writer.write(self._request(index))
        await asyncio.sleep(3_600)


class Calling(Attack):
    """Sends the same request again and again on new connections, as fast as it can."""

    def __init__(self, *place, request, **options):
        super().__init__(*place, **options)
        self._request, self.rounds = request, 0

    async def act(self, index, connection):
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                connection.writer.write(self._request(index))
                await connection.reader.read(4_096)
            connection.writer.transport.abort()
            self.rounds += 1
            connection.open = False
            await self._open(index, connection)
            if not connection.open:
                await asyncio.sleep(0.05)
                await self._open(index, connection)
                if not connection.open:
                    return
