"""Runs a proxy on one core and the load on the other, and tells what a request cost."""
import contextlib, json, os, signal, socket, subprocess, sys, tempfile, time
from . import places

LOAD_CORE, PROXY_CORE = 0, 1
TICKS = os.sysconf("SC_CLK_TCK")
FOREIGN = 0.05      # the share of a core that other work may take


class Fault(Exception):
    """A case that could not be measured: the proxy does not run, or answers wrongly."""


def family(pid):
    """A process and all that it started."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in open(f"/proc/{pid}/task/{task}/children").read().split():
                found += family(int(child))
    return found


def cpu_seconds(pid):
    """utime and stime of all of the proxy's processes."""
    total = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            fields = open(f"/proc/{one}/stat").read().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def resident_kilobytes(pid):
    pages = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            pages += int(open(f"/proc/{one}/statm").read().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def cores():
    """Of each core: busy and stolen seconds."""
    times = {}
    for line in open("/proc/stat"):
        if line.startswith("cpu") and line[3].isdigit():
            fields = line.split()
            user, nice, system, _, _, irq, softirq, steal = map(int, fields[1:9])
            times[int(fields[0][3:])] = ((user + nice + system + irq + softirq) / TICKS, steal / TICKS)
    return times


def pinned(core, command):
    prefix = ["nice", "-n", "-10"] if os.getuid() == 0 else []
    return [*prefix, "taskset", "-c", str(core), *map(str, command)]


@contextlib.contextmanager
def proxy(case, patience=20):
    """The case's proxy, listening; ended, with all that it started, when the block ends."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(pinned(PROXY_CORE, case.command), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   env=dict(os.environ, **case.environment))
        try:
            end = time.monotonic() + patience
            while True:
                if process.poll() is not None or time.monotonic() > end:
                    raise Fault(f"{case.name} does not listen: {end_of(log)}")
                try:
                    socket.create_connection(("127.0.0.1", case.port), 1).close()
                    break
                except OSError:
                    time.sleep(0.01)
            try:
                yield process
            except Fault as fault:
                raise Fault(f"{fault}; it wrote: {end_of(log)}") from None
        finally:
            end_family(process, patience / 4)


def end_of(log):
    log.seek(0)
    return log.read()[-600:].decode(errors="replace").strip()


def end_family(process, patience=5):
    if process.poll() is not None:
        return
    others = family(process.pid)[1:]
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in others:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def load(mode, *options):
    return subprocess.Popen(pinned(LOAD_CORE, [places.LOAD, mode, *options]), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def wait_until_quiet(patience):
    """Until other work leaves both cores alone, for `patience` seconds at most."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        before, start = cores(), time.monotonic()
        time.sleep(0.3)
        span = time.monotonic() - start
        if max((cores()[core][0] - before[core][0]) / span for core in (LOAD_CORE, PROXY_CORE)) < FOREIGN + 0.04:
            return


def load_options(case):
    options = ["--target", case.port, "--server", places.SERVER, "--requests", case.requests, "--connections", case.connections,
               "--expect", case.expect, *case.options]
    return options + (["--rate", case.rate] if case.rate else [])


def sample(case, seconds, warm_up):
    """One span of one case."""
    with proxy(case) as process:
        options = load_options(case) + ["--seconds", seconds, "--warm-up", warm_up]
        if case.warm_up_requests:
            options += ["--warm-up-requests", case.warm_up_requests]
        running = load("run", *options)
        try:
            started = running.stdout.readline()
            before, cores_before, start = cpu_seconds(process.pid), cores(), time.monotonic()
            line = running.stdout.readline() if started == "measuring\n" else started
            after, cores_after, span = cpu_seconds(process.pid), cores(), time.monotonic() - start
            memory = resident_kilobytes(process.pid)
            _, complaint = running.communicate(timeout=20)
        finally:
            if running.poll() is None:
                running.kill()
        if not line.startswith("{"):
            raise Fault(f"{case.name}: {complaint.strip()[-600:] or 'the load generator ended'}")
        result = json.loads(line)
        if result["wrong"] or result["broken"] or result["faults"] or not result["requests"]:
            raise Fault(f"{case.name}: {result['wrong']} wrong answers, {result['broken']} broken connections, "
                        f"{result['faults']} faults at the server: {complaint.strip()[-600:]}")
    busy = {core: cores_after[core][0] - cores_before[core][0] for core in cores_after}
    stolen = max(cores_after[core][1] - cores_before[core][1] for core in (LOAD_CORE, PROXY_CORE)) / span
    foreign = max(busy[PROXY_CORE] - (after - before), busy[LOAD_CORE] - result["cpu"], 0) / span
    return {"cpu_us": (after - before) / result["requests"] * 1e6, "per_second": result["requests"] / result["seconds"],
            "p50_us": result["p50"], "p99_us": result["p99"], "p999_us": result["p999"], "rss_kb": memory, "late": result["late"],
            "utilisation": (after - before) / span, "foreign": foreign, "stolen": stolen, "dirty": foreign > FOREIGN or stolen > FOREIGN}


class Patience:
    """Seconds that may go into taking dirty samples again, in the whole run."""

    def __init__(self, seconds):
        self.seconds = seconds

    @contextlib.contextmanager
    def spent(self, counts):
        start = time.monotonic()
        yield
        self.seconds -= counts and time.monotonic() - start


def tell(number, name, taken):
    dirty = f"  dirty: other work took {100 * max(taken['foreign'], taken['stolen']):.0f} %" if taken["dirty"] else ""
    print(f"  round {number + 1}  {name:26} {taken['cpu_us']:8.2f} µs  {taken['per_second']:8.0f}/s  p50 {taken['p50_us']} µs  "
          f"p99 {taken['p99_us']} µs  {taken['rss_kb'] // 1024} MB{dirty}", flush=True)


def clean_sample(case, number, seconds, warm_up, patience):
    """A sample; a dirty one is taken again up to three times."""
    for attempt in range(4):
        with patience.spent(attempt > 0):
            wait_until_quiet(min(8, max(0, patience.seconds)) if attempt else 1)
            taken = sample(case, seconds, warm_up)
        tell(number, case.name, taken)
        if not taken["dirty"] or patience.seconds <= 0:
            break
    return taken


def interleaved(cases, rounds, seconds, warm_up, patience, faults):
    """Samples of every case, one a round, every other round backwards. A case that fails is told once and left out of the rounds
    that follow."""
    samples = {case.name: [] for case in cases}
    for number in range(rounds):
        for case in cases if number % 2 == 0 else cases[::-1]:
            if case.name in faults:
                continue
            try:
                samples[case.name].append({"round": number, **clean_sample(case, number, seconds, warm_up, patience)})
            except Fault as fault:
                faults[case.name] = str(fault)
                samples[case.name].clear()
                print(f"  {case.name}: FAILED: {fault}", file=sys.stderr, flush=True)
    return samples
