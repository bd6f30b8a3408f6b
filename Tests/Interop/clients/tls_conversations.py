"""TLS clients that are odd, old or hostile: {"port", "request"} on stdin, {conversation: fault or null} on stdout.

Each conversation makes its own connection and says what must happen: an alert of a certain kind, a close, or an answer.
"""

import json
import os
import re
import socket
import struct
import sys
import time

from tlslite.api import HandshakeSettings, TLSConnection
from tlslite.constants import CipherSuite, ContentType, GroupName, SignatureScheme
from tlslite.errors import TLSAbruptCloseError, TLSError, TLSRemoteAlert
from tlslite.extensions import (
    ClientKeyShareExtension, KeyShareEntry, SignatureAlgorithmsExtension, SNIExtension, SupportedGroupsExtension,
    SupportedVersionsExtension, TLSExtension,
)
from tlslite.keyexchange import ECDHKeyExchange
from tlslite.messages import ClientHello, Message

SECONDS = 8
ALERT, HANDSHAKE, APPLICATION_DATA, CHANGE_CIPHER_SPEC = 21, 22, 23, 20
UNEXPECTED_MESSAGE, BAD_RECORD_MAC, RECORD_OVERFLOW, HANDSHAKE_FAILURE, ILLEGAL_PARAMETER = 10, 20, 22, 40, 47
DECODE_ERROR, PROTOCOL_VERSION, INAPPROPRIATE_FALLBACK, MISSING_EXTENSION, NO_RENEGOTIATION = 50, 70, 86, 109, 100
TLS12_SUITES = [
    CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV,
]
TLS13_SUITES = [CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_AES_256_GCM_SHA384]
SIGNATURES = [SignatureScheme.ecdsa_secp256r1_sha256, SignatureScheme.rsa_pss_rsae_sha256]
V12, V13 = (3, 3), (3, 4)

place = json.load(sys.stdin)
conversations = []


def conversation(function):
    conversations.append(function)
    return function


# MARK: Raw records


class Raw:
    """A connection on which records are written and read as they are."""

    def __enter__(self):
        self.socket = socket.create_connection(("127.0.0.1", place["port"]), SECONDS)
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # it was closed: the answer says why

    def record(self, kind, data, version=(3, 3), length=None):
        self.send(bytes([kind, *version]) + struct.pack(">H", len(data) if length is None else length) + data)

    def read(self):
        """(type, content) of the next record; None at the end, "silence" if none comes."""
        try:
            head = self._exactly(5)
            return (head[0], self._exactly(struct.unpack(">H", head[3:])[0])) if head else None
        except TimeoutError:
            return "silence"
        except OSError:
            return None

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                return b""
            data += part
        return data

    def refused(self, *alerts):
        """None when a fatal alert, one of these if any are named, or a close comes next; else what came."""
        answer = self.read()
        if answer is None:
            return None
        if answer == "silence":
            return f"nothing came in {SECONDS} s"
        kind, content = answer
        if kind != ALERT or len(content) != 2:
            return f"a record of type {kind} came, of {len(content)} bytes"
        if alerts and content[1] not in alerts:
            return f"alert {content[1]}, not {alerts}"
        after = self.read()
        return None if after is None else f"after alert {content[1]} the connection stays open: {after}"

    def greeted(self):
        """None when a ServerHello comes next."""
        answer = self.read()
        fine = isinstance(answer, tuple) and answer[0] == HANDSHAKE and answer[1][:1] == b"\x02"
        return None if fine else f"no ServerHello came, but {answer and answer[:1]}"


def hello(versions=(V13, V12), suites=None, legacy=V12, extra=(), groups=(GroupName.secp256r1,), share=True,
          compression=None, signatures=SIGNATURES, session=b""):
    """A ClientHello, as handshake bytes."""
    suites = list(suites if suites is not None else TLS13_SUITES + TLS12_SUITES)
    extensions = [SNIExtension().create(b"localhost"), SupportedGroupsExtension().create(list(groups))]
    if signatures:
        extensions.append(SignatureAlgorithmsExtension().create(list(signatures)))
    if versions:
        extensions.append(SupportedVersionsExtension().create(list(versions)))
    if share and V13 in (versions or ()):
        entries = []
        for group in groups:
            exchange = ECDHKeyExchange(group, V13)
            entries.append(KeyShareEntry().create(group, exchange.calc_public_value(exchange.get_random_private_key())))
        extensions.append(ClientKeyShareExtension().create(entries))
    made = ClientHello().create(legacy, bytearray(os.urandom(32)), bytearray(session), suites,
                                extensions=extensions + list(extra))
    if compression is not None:
        made.compression_methods = compression
    return bytes(made.write())


# MARK: Versions


@conversation
def tls13_is_spoken():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(), (3, 1))
        return raw.greeted()


@conversation
def tls12_is_spoken():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(versions=None, suites=TLS12_SUITES), (3, 1))
        return raw.greeted()


@conversation
def unknown_versions_beside_known_ones_do_no_harm():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(versions=[(0x7A, 0x7A), (3, 9), V13]), (3, 1))
        return raw.greeted()


@conversation
def only_unknown_versions():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(versions=[(0x7A, 0x7A), (3, 9)]), (3, 1))
        return raw.refused(PROTOCOL_VERSION)


@conversation
def a_later_legacy_version_is_negotiated_down():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(versions=None, suites=TLS12_SUITES, legacy=(3, 9)), (3, 1))
        return raw.greeted()


def _old(version):
    with Raw() as raw:
        suites = [*TLS12_SUITES, 0xC009, 0xC00A, 0x002F]
        raw.record(HANDSHAKE, hello(versions=None, legacy=version, suites=suites), (3, 0))
        return raw.refused(PROTOCOL_VERSION, HANDSHAKE_FAILURE)


@conversation
def ssl3():
    return _old((3, 0))


@conversation
def tls10():
    return _old((3, 1))


@conversation
def tls11():
    return _old((3, 2))


@conversation
def ssl2_hello():
    with Raw() as raw:
        body = b"\x01\x00\x02\x00\x06\x00\x00\x00\x10\x01\x00\x80\x02\x00\x80" + os.urandom(16)
        raw.send(struct.pack(">H", 0x8000 | len(body)) + body)
        return raw.refused()


@conversation
def fallback_that_was_forced():
    """TLS_FALLBACK_SCSV in a hello that stops at 1.2, where 1.3 is spoken (RFC 7507)."""
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(versions=None, suites=[*TLS12_SUITES, 0x5600]), (3, 1))
        return raw.refused(INAPPROPRIATE_FALLBACK)


# MARK: Cipher suites, groups, extensions


@conversation
def only_unknown_suites():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(suites=[0x1A1A, 0xFFFE]), (3, 1))
        return raw.refused(HANDSHAKE_FAILURE)


@conversation
def unknown_suites_beside_known_ones_do_no_harm():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(suites=[0x1A1A, *TLS13_SUITES, 0xFFFE]), (3, 1))
        return raw.greeted()


@conversation
def no_suites():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(suites=[]), (3, 1))
        return raw.refused(DECODE_ERROR, ILLEGAL_PARAMETER, HANDSHAKE_FAILURE)


@conversation
def null_and_anonymous_suites():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(versions=None, suites=[0x0000, 0x0001, 0x003B, 0xC010, 0xC015, 0x00A6]), (3, 1))
        return raw.refused(HANDSHAKE_FAILURE)


@conversation
def suites_of_cbc_and_rsa():
    with Raw() as raw:
        suites = [0xC009, 0xC00A, 0xC023, 0xC024, 0x002F, 0x009C, 0x000A]
        raw.record(HANDSHAKE, hello(versions=None, suites=suites), (3, 1))
        return raw.refused(HANDSHAKE_FAILURE)


@conversation
def compression_in_tls13():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(versions=[V13], compression=[1, 0]), (3, 1))
        return raw.refused(ILLEGAL_PARAMETER, DECODE_ERROR)


@conversation
def no_null_compression():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(versions=None, suites=TLS12_SUITES, compression=[1]), (3, 1))
        return raw.refused(ILLEGAL_PARAMETER, DECODE_ERROR)


@conversation
def only_unknown_groups():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(versions=[V13], groups=(0x1A1A,), share=False), (3, 1))
        return raw.refused(HANDSHAKE_FAILURE, MISSING_EXTENSION)


@conversation
def no_signature_algorithms_in_tls13():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(versions=[V13], signatures=None), (3, 1))
        return raw.refused(MISSING_EXTENSION, HANDSHAKE_FAILURE)


@conversation
def key_share_that_is_no_point():
    with Raw() as raw:
        entry = KeyShareEntry().create(GroupName.secp256r1, bytearray(b"\x04" + b"\1" * 64))
        share = ClientKeyShareExtension().create([entry])
        raw.record(HANDSHAKE, hello(versions=[V13], share=False, extra=[share]), (3, 1))
        return raw.refused(ILLEGAL_PARAMETER, DECODE_ERROR)


@conversation
def extension_twice():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(extra=[SNIExtension().create(b"localhost")]), (3, 1))
        return raw.refused(ILLEGAL_PARAMETER, DECODE_ERROR)


@conversation
def unknown_extension_does_no_harm():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(extra=[TLSExtension(extType=0x6A6A).create(bytearray(1_000))]), (3, 1))
        return raw.greeted()


# MARK: Records


@conversation
def hello_in_many_records():
    with Raw() as raw:
        data = hello()
        for start in range(0, len(data), 20):
            raw.record(HANDSHAKE, data[start:start + 20], (3, 1))
        return raw.greeted()


@conversation
def hello_byte_by_byte():
    with Raw() as raw:
        data = hello()
        for byte in bytes([HANDSHAKE, 3, 1]) + struct.pack(">H", len(data)) + data:
            raw.send(bytes([byte]))
        return raw.greeted()


@conversation
def record_too_long():
    with Raw() as raw:
        raw.record(HANDSHAKE, b"\1" + b"\0" * 20_000, (3, 1))
        return raw.refused(RECORD_OVERFLOW, DECODE_ERROR, ILLEGAL_PARAMETER, UNEXPECTED_MESSAGE)


@conversation
def hello_that_claims_megabytes():
    with Raw() as raw:
        raw.record(HANDSHAKE, b"\1\xff\xff\xff" + b"\0" * 16_000, (3, 1))
        return raw.refused()


@conversation
def record_of_nothing():
    with Raw() as raw:
        raw.record(HANDSHAKE, b"", (3, 1))
        raw.record(HANDSHAKE, b"", (3, 1))
        return raw.refused()


@conversation
def unknown_record_type():
    with Raw() as raw:
        raw.record(99, b"\1\2\3", (3, 1))
        return raw.refused()


@conversation
def hello_cut_short():
    with Raw() as raw:
        data = hello()
        raw.record(HANDSHAKE, data[:60], (3, 1))
        raw.socket.shutdown(socket.SHUT_WR)
        return raw.refused()


@conversation
def hello_with_a_wrong_inner_length():
    with Raw() as raw:
        data = bytearray(hello())
        data[38] = 33  # a session id of more than 32 bytes
        raw.record(HANDSHAKE, bytes(data), (3, 1))
        return raw.refused(DECODE_ERROR, ILLEGAL_PARAMETER)


@conversation
def application_data_first():
    with Raw() as raw:
        raw.record(APPLICATION_DATA, place["request"].encode("latin-1")[:1_000])
        return raw.refused()


@conversation
def application_data_after_the_hello():
    """Plain bytes where the handshake should go on."""
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(versions=None, suites=TLS12_SUITES), (3, 1))
        raw.record(APPLICATION_DATA, place["request"].encode("latin-1")[:1_000])
        return _ends(raw)


@conversation
def change_cipher_spec_too_early():
    """CVE-2014-0224."""
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(versions=None, suites=TLS12_SUITES), (3, 1))
        raw.record(CHANGE_CIPHER_SPEC, b"\1")
        return _ends(raw)


@conversation
def another_handshake_message_first():
    with Raw() as raw:
        raw.record(HANDSHAKE, b"\x14\0\0\x0c" + os.urandom(12), (3, 1))
        return raw.refused(UNEXPECTED_MESSAGE)


@conversation
def alert_that_is_fatal():
    with Raw() as raw:
        raw.record(ALERT, b"\2\x28", (3, 1))
        return raw.refused()


@conversation
def alert_of_one_byte():
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(versions=None, suites=TLS12_SUITES), (3, 1))
        raw.record(ALERT, b"\2")
        return _ends(raw)


@conversation
def many_warnings():
    """CVE-2016-8610: warnings without end."""
    with Raw() as raw:
        raw.send((bytes([ALERT, 3, 1, 0, 2]) + b"\1\x5a") * 20_000)
        return raw.refused()


@conversation
def heartbeat_that_lies():
    """CVE-2014-0160."""
    with Raw() as raw:
        raw.record(HANDSHAKE, hello(versions=None, suites=TLS12_SUITES), (3, 1))
        raw.record(24, b"\1\x40\0")
        return _ends(raw, lambda kind, content: kind == 24)


def _ends(raw, wrong=lambda kind, content: kind == APPLICATION_DATA):
    """None when the connection ends, perhaps after the rest of the server's flight, and nothing `wrong` comes."""
    for _ in range(20):
        answer = raw.read()
        if answer is None:
            return None
        if answer == "silence":
            return f"the connection stays open for {SECONDS} s"
        if wrong(*answer):
            return f"a record of type {answer[0]} came"
    return "the server goes on talking"


# MARK: After the handshake


def connected(minimum, maximum=None):
    plain = socket.create_connection(("127.0.0.1", place["port"]), SECONDS)
    connection, settings = TLSConnection(plain), HandshakeSettings()
    settings.minVersion, settings.maxVersion = minimum, maximum or minimum
    connection.handshakeClientCert(settings=settings, serverName="localhost")
    return connection


def answered(connection, request=None):
    """None when a request over the connection gets its answer."""
    connection.sendall((request or place["request"]).encode("latin-1"))
    told = b""
    try:
        while not _whole(told):
            part = connection.recv(65_536)
            if not part:
                return f"the answer ends early: {told[-60:]}"
            told += part
    except (TLSError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    return None if b" 200 " in told[:40] else f"answer {told[:60]}"


def _whole(told):
    head, end, body = told.partition(b"\r\n\r\n")
    if not end:
        return False
    if length := re.search(rb"(?im)^content-length:[ \t]*([0-9]+)", head):
        return len(body) >= int(length[1])
    return body.endswith(b"0\r\n\r\n")


def rejected(connection, *alerts):
    """None when an alert, one of these if any are named, or the end comes next."""
    deadline = time.monotonic() + SECONDS
    try:
        while time.monotonic() < deadline:
            if not (told := connection.read(max=4_096, min=1)):
                return None
            return f"was answered {bytes(told[:60])}"
    except TLSRemoteAlert as error:
        return None if not alerts or error.description in alerts else f"alert {error.description}, not {alerts}"
    except TimeoutError:
        return f"nothing came in {SECONDS} s"
    except (TLSError, OSError):
        return None
    return None


def _answers(version):
    connection = connected(version)
    fault = answered(connection) or answered(connection)
    connection.close()
    return fault


@conversation
def requests_over_tls12():
    return _answers(V12)


@conversation
def requests_over_tls13():
    return _answers(V13)


@conversation
def request_in_records_of_one_byte():
    connection = connected(V13)
    connection._send_record_limit = 1
    return answered(connection)


@conversation
def empty_records_among_the_data():
    connection = connected(V12)
    for _ in range(10):
        connection.sendall(b"")
    return answered(connection)


@conversation
def keys_are_updated_on_request():
    connection = connected(V13)
    for _ in connection.send_keyupdate_request(1):
        pass
    return answered(connection)


@conversation
def renegotiation():
    """A second hello over TLS 1.2 is refused, by no_renegotiation or the end of the connection."""
    connection = connected(V12)
    second = Message(ContentType.handshake, bytearray(hello(versions=None, suites=TLS12_SUITES)))
    for _ in connection._sendMsg(second):
        pass
    return _no_second_handshake(connection)


@conversation
def hello_after_the_handshake():
    """RFC 8446, section 4.1.2: unexpected_message."""
    connection = connected(V13)
    second = Message(ContentType.handshake, bytearray(hello()))
    for _ in connection._sendMsg(second):
        pass
    return rejected(connection, UNEXPECTED_MESSAGE)


def _no_second_handshake(connection):
    try:
        for record in connection._recordLayer.recvRecord():
            if record in (0, 1):
                continue
            header, parser = record
            if header.type == ContentType.alert:
                return None if parser.bytes[1] in (NO_RENEGOTIATION, UNEXPECTED_MESSAGE, HANDSHAKE_FAILURE) else (
                    f"alert {parser.bytes[1]}")
            return f"a record of type {header.type} came"
    except TimeoutError:
        return f"nothing came in {SECONDS} s"
    except (TLSError, OSError):
        return None


def _wire(connection):
    """The socket below tlslite's buffers."""
    sock = connection.sock
    while hasattr(sock, "socket"):
        sock = sock.socket
    return sock


def _broken_record(version):
    connection = connected(version)
    _wire(connection).sendall(bytes([APPLICATION_DATA, 3, 3]) + struct.pack(">H", 80) + os.urandom(80))
    return rejected(connection, BAD_RECORD_MAC)


@conversation
def forged_record_over_tls12():
    return _broken_record(V12)


@conversation
def forged_record_over_tls13():
    return _broken_record(V13)


@conversation
def record_too_long_after_the_handshake():
    connection = connected(V13)
    _wire(connection).sendall(bytes([APPLICATION_DATA, 3, 3]) + struct.pack(">H", 0x4000 + 257) + b"\0" * (0x4000 + 257))
    return rejected(connection, RECORD_OVERFLOW, BAD_RECORD_MAC)


@conversation
def goodbye_is_answered():
    """close_notify gets a close_notify, not a reset."""
    connection = connected(V13)
    fault = answered(connection)
    connection.closeSocket = False
    try:
        connection.close()
    except TLSAbruptCloseError:
        return "the connection ended without close_notify"
    except TLSError as error:
        return f"{type(error).__name__}: {error}"
    return fault


@conversation
def request_cut_by_the_end_of_tls():
    """Half of a message and a TCP close without close_notify: nothing may be taken for whole."""
    connection = connected(V13)
    half = place["request"].encode("latin-1")[:-10]
    connection.sendall(half)
    _wire(connection).shutdown(socket.SHUT_WR)
    try:
        told = bytes(connection.recv(4_096))
    except (TLSError, OSError):
        return None
    return "a truncated message was answered with 200" if b" 200 " in told[:40] else None


def main():
    results = {}
    for held in conversations:
        name = held.__name__.replace("_", " ")
        try:
            results[name] = held()
        except Exception as error:
            results[name] = f"{type(error).__name__}: {error}"
    print(json.dumps(results))


main()
