"""The audit log as somebody reads it who was not there: whole, in one chain, signed, and no line can be touched."""

import json
import re
import sys
import time

import arena
import egress_arena
import env
import http1
import procs
import rpc
import stage as stages
from audit_log import AuditLog, verdicts
from scenarios import Scenario

GOLDEN = stages.ROOT / "Tests" / "AuditGolden"
MUTANTS_SECONDS = 600
ROTATE = "64KiB"
SHAPE = re.compile(rb'\{"v":1,"seq":\d+,"prev":"sha256:[0-9a-f]{64}","ts":"[^"]{27}","event":"[a-z._]+"[,}]')
TRIPLE = ("actor_sub", "agent_id", "delegation_mode")
EVENTS = {"audit.opened", "ingress.accepted", "ingress.denied", "egress.intent", "egress.result", "egress.denied",
          "config.loaded", "audit.stopped"}


def scenarios():
    return [
        Scenario("audit/verifier", _verifier, gateway=False, arena=True),
        Scenario("audit/golden", _golden, arena=True),
        Scenario("audit/mutants", lambda stage, checks: _golden_mutants(stage, checks, 5), arena=True),
        Scenario("audit/every-mutant", lambda stage, checks: _golden_mutants(stage, checks, 1), arena=True, heavy=True),
        Scenario("audit/traffic", _traffic, arena=True),
        Scenario("audit/one-chain", _one_chain, arena=True),
    ]


def _verifier(stage, checks):
    """The suite's own verifier against published vectors, and its proofs against their neighbours."""
    program = stages.HERE / "clients" / "verifier_check.py"
    status, out, err = procs.run([env.python("verifiers"), "-B", str(program)], 60)
    checks.equal(status, 0, f"{err[-500:]}")
    checks.note(f"{out.strip()} proofs")


def _golden(stage, checks):
    """Logs that were written once, by another program: whole, and killed in the middle."""
    for folder in sorted(path for path in GOLDEN.iterdir() if path.is_dir()):
        expected = json.loads((folder / "expected.json").read_text())
        log = AuditLog(folder, stage.bulla)
        key = (folder / "vkey").read_text().strip()
        told = log.verify(key)
        found = {name: told[name] for name in expected}
        checks.equal(found, expected, f"{folder.name}: the verifier")
        checks.equal(log.product(key), None, f"{folder.name}: bulla")
        _proofs(stage, checks, log, key)
        other = _another_key(key)
        checks.that(log.verify(other)["verdict"] == "corrupt", f"{folder.name}: good by another key for the verifier")
        checks.that(log.product(other), f"{folder.name}: good by another key for bulla")


def _another_key(key):
    """The key of the other golden log."""
    return next(path.read_text().strip() for path in GOLDEN.glob("*/vkey") if path.read_text().strip() != key)


def _golden_mutants(stage, checks, every):
    whole, other = (AuditLog(GOLDEN / name, stage.bulla) for name in ("whole", "crashed"))
    _mutants(stage, checks, whole, other, every)


def _mutants(stage, checks, log, foreign, every):
    """Nobody takes a tampered log for a good one; the product names what was done, and where."""
    plan = {
        "logs": list(map(str, log.segments())), "checkpoints": str(log.checkpoints), "vkey": log.vkey(),
        "foreign": list(map(str, foreign.segments())), "foreign_checkpoints": str(foreign.checkpoints),
        "scratch": str(stage.grounds().new_folder("mutants")), "bulla": str(stage.bulla), "every": every,
    }
    program = stages.HERE / "clients" / "audit_mutants.py"
    status, out, err = procs.run([env.python("verifiers"), "-B", str(program), json.dumps(plan)], MUTANTS_SECONDS)
    if not checks.equal(status, 0, f"mutants: {err[-500:]}"):
        return
    told = json.loads(out)
    for wrong in told["misjudged"]:
        checks.that(False, f"{wrong['judge']}: {wrong['mutant']}: {wrong['said']}, expected {wrong['expected']}")
    counts = told["counts"]
    checks.note(f"{sum(counts.values())} mutants of {len(counts)} kinds, judged by {' and '.join(told['judges'])}")


class Traffic(egress_arena.EgressArena):
    """A gateway with two servers, one of which it runs itself, and a log that fills several files."""

    def __init__(self, stage, name, **audit):
        audit = {"rotate_bytes": ROTATE, "checkpoint_records": 40, "checkpoint_every": "1s", **audit}
        super().__init__(stage.grounds(), name, audit, self._launch)
        self.audit_log = AuditLog(self.folder, stage.bulla)

    def _launch(self, policy):
        servers = policy["servers"]
        servers["launched"] = {
            **{key: servers["arena"][key] for key in ("issuers", "scopes", "services")}, "path": "/mcp/launched",
            "tools": {"order": {"require": [arena.SCOPE]}},
            "launch": {"command": [sys.executable, str(stages.HERE / "servers" / "launched.py")], "port_env": "PORT",
                       "env": {"ORDERS_API_URL": "${egress}/orders"}, "path": "/mcp", "idle": "60s"},
        }

    def round(self, checks, number):
        """Both users, allowed and not, at both servers; and nobody."""
        for user in ("alice", "bob"):
            checks.equal(self.call("echo", user).status, 200, "a call")
            checks.equal(self.order(user, number), (200, 200), "a call that calls")
            checks.equal(self.order(user, "x/y")[1], 403, "a call that calls what is not allowed")
            checks.equal(self.call("forbidden", user).status, 403, "a call that is not allowed")
        checks.equal(self.call("echo", token="nobody").status, 401, "a call of nobody")

    def launched_order(self, user, number):
        token = self.grounds.tokens([user], self.public_url + "/mcp/launched")[0]
        body = rpc.message("tools/call", "one", name="order", arguments={"number": number})
        fields = rpc.fields("tools/call", token, "order")
        answer = http1.request(self.client_port, "POST", "/mcp/launched", fields, body)
        return answer.json()["result"]["content"][0]["text"] if answer.status == 200 else answer.status


def _traffic(stage, checks):
    """A log of all that a gateway decides: both verifiers, all proofs, mutants, and the question whose deed it was."""
    with Traffic(stage, "traffic") as field:
        log = field.audit_log
        for user in ("alice", "bob"):
            checks.equal(field.launched_order(user, 1), "the API says 200", "a call of a launched server")
        field.reload()
        for number in range(200):
            field.round(checks, number)
            if len(log.segments()) > 3 and number > 5:
                break
        key, served = log.vkey(), field.folder / "served"
        time.sleep(1.5)
        answer = http1.request(field.admin_port, "GET", "/audit/checkpoint")
        checks.equal((answer.status, (answer.first("content-type") or "").split(";")[0]), (200, "text/plain"),
                     "GET /audit/checkpoint")
        served.write_bytes(answer.body)
        verdicts(checks, log, "while it runs", vkey=key)
        _whose(field, checks)
        field.gateway.end(15)
        told = verdicts(checks, log, "in the end", ("whole",), vkey=key, kept=[served])
        checks.equal(told["covered"], told["size"], "records that a checkpoint covers")
        checks.that(len(log.segments()) > 3, f"only {len(log.segments())} segments")
        _shape(checks, log)
        checks.note(f"{told['size']} records, {len(log.segments())} segments, {told['checkpoints']} checkpoints")
        _proofs(stage, checks, log, key)
        _mutants(stage, checks, log, AuditLog(GOLDEN / "whole", stage.bulla), max(told["size"] // 3, 1))


def _shape(checks, log):
    lines, records = log.lines(), log.records()
    checks.that(all(map(SHAPE.match, lines)), "a line begins otherwise")
    checks.that(not any(re.search(rb"[\x00-\x1f\x7f]|\xe2\x80[\xa8\xa9\xaa-\xae]", line) for line in lines),
                "a line has what must be escaped")
    missing = EVENTS - {record["event"] for record in records}
    checks.that(not missing, f"events that never came: {sorted(missing)}")
    for record in records:
        lacking = [name for name in (*TRIPLE, "decision") if name not in record]
        checks.that(not lacking, f"{record['event']} lacks {lacking}")
    intents, results = (log.records(event) for event in ("egress.intent", "egress.result"))
    begun, ended = ([record.get("span_id") for record in found] for found in (intents, results))
    checks.equal(sorted(map(str, begun)), sorted(map(str, ended)), "the spans of intents and of results")
    forwarded = [record.get("span_id") for record in log.records("ingress.accepted")]
    wrong = [span for span in begun + forwarded if not re.fullmatch("[0-9a-f]{16}", str(span))]
    checks.that(not wrong, f"these are no spans: {wrong[:3]}")
    checks.equal(len(set(begun + forwarded)), len(begun) + len(forwarded), "spans, each of one request or call")


def _whose(field, checks):
    """Was this the user or the agent?"""
    for user in ("alice", "bob"):
        for event in ("ingress.accepted", "egress.result"):
            status, out, err = field.audit_log.command("query", *field.audit_log.segments(), "--actor", user, "--event",
                                                       event, "--json")
            found = [json.loads(line) for line in out.splitlines()]
            own = [record for record in field.audit_log.records(event) if record["actor_sub"] == user]
            checks.equal((status, found), (0, own), f"bulla audit query: {event} of {user} {err}")
            asked = field.audit_log.command("query", *field.audit_log.segments(), "--actor", user, "--event", event)
            for word in (user, egress_arena.AGENT):
                checks.that(word in asked[1], f"bulla audit query says no {word}: {asked[1][:200]}")


def _proofs(stage, checks, log, key):
    plan = {"logs": list(map(str, log.segments())), "checkpoints": str(log.checkpoints), "vkey": key,
            "bulla": str(stage.bulla), "place": str(log.folder)}
    program = stages.HERE / "clients" / "audit_proofs.py"
    status, out, err = procs.run([env.python("verifiers"), "-B", str(program), json.dumps(plan)], MUTANTS_SECONDS)
    if checks.equal(status, 0, f"proofs: {err[-500:]}"):
        told = json.loads(out)
        for wrong in told["wrong"]:
            checks.that(False, wrong)
        checks.note(f"{told['inclusions']} records proved, {told['consistencies']} pairs of checkpoints")


def _one_chain(stage, checks):
    """Reloads, an end and a start, a kill, and two processes one after the other: one log."""
    with Traffic(stage, "one-chain") as field:
        log = field.audit_log
        field.round(checks, 1)
        field.policy["servers"]["arena"]["tools"]["slow"] = {"require": []}
        field.write_policy()
        field.reload()
        reloaded = arena.wait_for(lambda: any(one.get("reload") for one in log.records("config.loaded")), 5)
        checks.that(reloaded, "a reload is not on record")
        field.gateway.end(15)
        field.gateway = field.run()
        field.await_ready()
        field.round(checks, 2)
        first, field.gateway = field.gateway, field.run("--take-over")
        checks.that(arena.wait_for(lambda: not first.alive(), 15), "the first process does not end")
        checks.equal(first.status, 0, "the first process's exit status")
        field.await_ready()
        field.round(checks, 3)
        field.gateway.end(15)
        told = verdicts(checks, log, "in the end", ("whole",))
        events = [record["event"] for record in log.records()]
        checks.equal(events.count("audit.opened") + events.count("audit.started"), len(log.segments()) + 2,
                     "openings and starts on record")
        checks.equal(events.count("audit.stopped"), 3, "clean ends on record")
        instances = {record["instance"] for record in log.records("audit.started")}
        checks.equal(len(instances), events.count("audit.started"), "processes that have a name of their own")
        checks.equal(told["covered"], told["size"], "records that a checkpoint covers")
