"""Signed notes and checkpoints as C2SP describes them (signed-note, tlog-checkpoint), with Ed25519 keys."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = b"\1"
SIGNATURE = re.compile(r"— (\S+) (\S+)")
SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class Malformed(ValueError):
    """No note, no checkpoint, or no key."""


class Unproven(ValueError):
    """No signature of the key that is trusted."""


@dataclass(frozen=True)
class VerifierKey:
    name: str
    public: bytes

    @property
    def id(self):
        return key_id(self.name, self.public)

    @staticmethod
    def parse(text):
        name, digits, encoded = (text.strip().split("+", 2) + ["", ""])[:3]
        data = decoded(encoded)
        key = VerifierKey(name, data[1:])
        if data[:1] != ED25519 or len(key.public) != 32 or not is_key_name(name):
            raise Malformed("the key is no Ed25519 key of a signed note")
        if digits != key.id.hex():
            raise Malformed(f"the key says that it is {digits}, and is {key.id.hex()}")
        return key

    def __str__(self):
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"


@dataclass(frozen=True)
class Checkpoint:
    """One note. `text` is what is signed, `signatures` its lines as (name, key id, signature)."""

    origin: str
    size: int
    root: bytes
    text: bytes
    signatures: tuple
    raw: bytes

    @staticmethod
    def parse(raw):
        text, blank, signed = raw.partition(b"\n\n")
        if not blank or not signed.endswith(b"\n"):
            raise Malformed("a note is a text, an empty line and signatures")
        text += b"\n"
        try:
            lines, signed_lines = text.decode().split("\n")[:-1], signed.decode().split("\n")[:-1]
        except UnicodeDecodeError:
            raise Malformed("a note is UTF-8") from None
        if len(lines) < 3 or not lines[0] or not all(lines) or not SIZE.fullmatch(lines[1]):
            raise Malformed("a checkpoint is an origin, a size and a root")
        root = decoded(lines[2])
        if len(root) != 32:
            raise Malformed("a root has 32 bytes")
        return Checkpoint(lines[0], int(lines[1]), root, text, tuple(map(_signature, signed_lines)), raw)

    def check(self, keys):
        """Raises `Unproven` unless one of `keys`, named like the origin, signed this."""
        for name, ident, signature in self.signatures:
            for key in keys:
                if (key.name, key.id) == (name, ident) and name == self.origin:
                    try:
                        return Ed25519PublicKey.from_public_bytes(key.public).verify(signature, self.text)
                    except InvalidSignature:
                        raise Unproven(f"the signature of the checkpoint of size {self.size} is wrong") from None
        raise Unproven(f"the checkpoint of size {self.size} is not signed by the key")


def key_id(name, public):
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def is_key_name(name):
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


def split_notes(data):
    """The notes of a file in which each is followed by an empty line, and what stands behind the last whole one."""
    notes, rest = [], data
    while (middle := rest.find(b"\n\n")) >= 0 and (end := rest.find(b"\n\n", middle + 2)) >= 0:
        notes.append(rest[:end + 1])
        rest = rest[end + 2:]
    return notes, rest


def decoded(text):
    """Standard base64 with padding, in its one spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("no base64") from None
    if base64.b64encode(data).decode() != text:
        raise Malformed("base64 in a spelling of its own")
    return data


def _signature(line):
    if not (parts := SIGNATURE.fullmatch(line)):
        raise Malformed("a signature is a dash, a name and base64")
    data = decoded(parts[2])
    if len(data) < 5:
        raise Malformed("a signature is longer than its key's id")
    return parts[1], data[:4], data[4:]
