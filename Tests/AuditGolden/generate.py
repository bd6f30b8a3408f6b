#!/usr/bin/env python3
"""generate.py FOLDER: makes the golden logs, byte for byte the same each time.

It is not run by any test: what it made is kept, so that no later change of anything changes what must be readable.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Interop" / "verifier"))

import merkle
import notes
import records

ORIGINS = {"whole": "gateway.acme.example/audit/01JD8Q5V7XK3M9N2P4R6T8W0YZ",
           "crashed": "gateway.acme.example:8443/audit/01JD8Q6B1CD2EF3GH4JK5MN6PQ"}
SECONDS_1970 = 1_795_435_200  # 2026-11-23T12:00:00Z
POLICY = "sha256:" + hashlib.sha256(b"policy").hexdigest()
NOBODY = {"actor_sub": None, "agent_id": None, "delegation_mode": None}


class Writer:
    """One log. What it would write to files it keeps in `files`."""

    def __init__(self, origin, seed):
        self.origin, self._private = origin, Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed).digest())
        public = self._private.public_key().public_bytes_raw()
        self.vkey = notes.VerifierKey(origin, public)
        self.files, self.seq, self.tree, self.last = {}, 0, merkle.CompactRange(), None
        self._live, self._begun = bytearray(), 0
        self.opened()

    def add(self, event, **members):
        prev = hashlib.sha256(self.last).hexdigest() if self.last else records.genesis(self.origin)
        micros = self.seq * 1_250_321
        seconds, fraction = divmod(micros, 1_000_000)
        hours, rest = divmod(seconds, 3_600)
        time = f"2026-11-23T{12 + hours:02}:{rest // 60:02}:{rest % 60:02}.{fraction:06}Z"
        line = json.dumps({"v": 1, "seq": self.seq, "prev": f"sha256:{prev}", "ts": time, "event": event, **members},
                          separators=(",", ":"), ensure_ascii=False).encode()
        self.last = line
        self.tree.append(merkle.leaf_hash(line))
        self._live += line + b"\n"
        self.seq += 1

    def opened(self):
        self._begun = self.seq
        self.add("audit.opened", decision="note", **NOBODY, **self._own(), size=self.seq,
                 tree=[base64.b64encode(subtree).decode() for subtree in self.tree.hashes])

    def started(self):
        self.add("audit.started", decision="note", **NOBODY, **self._own(), instance="01JD8Q7HZ3A4B5C6D7E8F9G0HJ")

    def note(self, event, **members):
        self.add(event, decision="note", **NOBODY, **members)

    def ingress(self, user, tool, denied=None):
        """A call of an agent for `user`, accepted or denied."""
        who = {"actor_sub": user, "agent_id": "agent_456", "delegation_mode": "on_behalf_of"} if user else NOBODY
        said = {"decision": "deny", "reason": denied, "status": 403} if denied else {"decision": "allow"}
        self._request = self._ids()
        self.add("ingress.denied" if denied else "ingress.accepted", **said, **who, **self._request,
                 upstream="orders", http_method="POST", mcp_method="tools/call", mcp_name=tool, jsonrpc_id=self.seq,
                 rules=["servers.orders.tools." + tool], policy_hash=POLICY)

    def egress(self, user, result=True, mode="on_behalf_of"):
        call = {"actor_sub": user, "agent_id": None if mode == "restricted_user" else "agent_456",
                "delegation_mode": mode, **self._request, "presenter": "orders", "target": "billing",
                "host": "billing.acme.example", "method": "GET", "path": "/invoices/*"}
        self.add("egress.intent", decision="allow", **call, policy_hash=POLICY)
        if result:
            self.add("egress.result", decision="allow", status=200, duration_ms=12, **call, policy_hash=POLICY)

    def checkpoint(self):
        text = f"{self.origin}\n{self.seq}\n{base64.b64encode(self.tree.root()).decode()}\n"
        signature = base64.b64encode(self.vkey.id + self._private.sign(text.encode())).decode()
        self._file("audit.checkpoints", f"{text}\n— {self.origin} {signature}\n\n".encode())

    def rotate(self):
        self.checkpoint()
        self._file(f"audit.{self._begun:012}.jsonl", bytes(self._live))
        self._live.clear()
        self.opened()

    def finish(self, torn=b""):
        self._file("audit.jsonl", bytes(self._live) + torn)
        self._file("vkey", f"{self.vkey}\n".encode())

    def save(self, folder):
        folder.mkdir(parents=True)
        for name, data in self.files.items():
            (folder / name).write_bytes(data)

    def _file(self, name, data):
        self.files[name] = self.files.get(name, b"") + data

    def _own(self):
        return {"origin": self.origin, "vkey": str(self.vkey), "mode": "required", "ingress": "enqueued",
                "version": "0.4.0", "policy_hash": POLICY}

    def _ids(self):
        made = hashlib.sha256(f"{self.origin} {self.seq}".encode()).hexdigest()
        return {"txn": made[:26], "jti": made[26:52], "trace_id": made[:32]}


def traffic(log, rounds):
    for number in range(rounds):
        user = ("alice", "bob", "zoë \u202e\r\n".encode("unicode_escape").decode())[number % 3]
        log.ingress(user, "read_invoice")
        log.egress(user, mode="restricted_user" if number % 4 == 3 else "on_behalf_of")
        if number % 3 == 2:
            log.ingress(user, "delete_invoice", "tool_not_allowed")
            log.ingress(None, "read_invoice", "token_missing")
            log.checkpoint()


def whole():
    """Two segments, a reload, a restart and a clean end."""
    log = Writer(ORIGINS["whole"], b"golden whole")
    traffic(log, 5)
    log.rotate()
    log.note("config.loaded", policy_hash=POLICY, previous_policy_hash=POLICY, reload=True)
    traffic(log, 2)
    log.note("audit.stopped")
    log.checkpoint()
    log.started()
    traffic(log, 2)
    log.note("audit.stopped")
    log.checkpoint()
    log.finish()
    return log


def crashed():
    """Killed once and mended, rotated, and killed again: between an intent and its result, inside a line."""
    log = Writer(ORIGINS["crashed"], b"golden crashed")
    traffic(log, 3)
    torn = b'{"v":1,"seq":%d,"prev":"sha2' % log.seq
    log.files[f"audit.jsonl.torn-{log.seq}-0"] = torn
    log.note("audit.recovered", sha256=hashlib.sha256(torn).hexdigest(), length=len(torn),
             file=f"audit.jsonl.torn-{log.seq}-0")
    log.started()
    traffic(log, 2)
    log.note("audit.lost", records=2)
    log.rotate()
    traffic(log, 3)
    log.egress("bob", result=False)
    log.finish(torn=b'{"v":1,"seq":%d,"prev":"sha256:00' % log.seq)
    return log


if __name__ == "__main__":
    for name, made in (("whole", whole()), ("crashed", crashed())):
        made.save(Path(sys.argv[1]) / name)
