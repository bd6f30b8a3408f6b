"""strace beside a process: what it asked of the system and in which order, and what the system is made to answer."""

import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import scenarios

# What leaves traces that survive a process: on a disk, or with somebody else.
LASTING = ("write,writev,pwrite64,pwritev,sendto,sendmsg,fdatasync,fsync,sync_file_range,ftruncate,truncate,fallocate,"
           "rename,renameat,renameat2,link,linkat,unlink,unlinkat,openat,connect")
BY_NAME = ("rename", "renameat", "renameat2", "openat", "unlink", "unlinkat", "link", "linkat", "truncate")
ATTACH_SECONDS = 10
LINE = re.compile(r"(?:(\d+) +)?(\d+\.\d+) (?:<\.\.\. (\w+) resumed>(.*)|(\w+)\((.*))$")
PORTS = re.compile(r":(\d+)\]$")


@dataclass
class Event:
    """One call: when it was made and when it came back (None: never), by which thread, on which file or port."""

    thread: int
    begun: float
    call: str
    arguments: str
    ended: float | None = None
    result: str = ""

    @property
    def place(self):
        """The file, or the last port of a connection: the other end's."""
        if found := re.search(r"sin6?_port=htons\((\d+)\)", self.arguments if self.call == "connect" else ""):
            return found[1]
        if self.call in BY_NAME:
            return " ".join(Path(name).name for name in re.findall(r'"([^"]*)"', self.arguments))
        if not (found := re.search(r"^\d+<(.*?[^-])>(?:,|\)|$| )", self.arguments)):
            return ""
        return port[1] if (port := PORTS.search(found[1])) else Path(found[1]).name

    @property
    def failed(self):
        return self.result.startswith("-1")


class Strace:
    """A context in which strace is attached to a process, or to one of its threads alone. `options` are strace's."""

    count = 0

    def __init__(self, folder, pid, *options, thread=None):
        demand()
        Strace.count += 1
        self.log = folder / f"strace-{Strace.count:03}"
        target = ["-p", str(thread)] if thread else ["-f", "-p", str(pid)]
        self._command = ["strace", "-yy", "-ttt", "-s", "48", "-o", str(self.log), *options, *target]

    def __enter__(self):
        # SIGKILL of the traced process ends strace too; SIGINT makes it let go.
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                         start_new_session=True)
        said = self._process.stderr.readline()
        if "attached" not in said:
            self._process.kill()
            self._process.wait()
            raise scenarios.Skipped(f"strace cannot attach: {said.strip()}")
        return self

    def __exit__(self, *_):
        self.detach()

    def detach(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(ATTACH_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stderr.close()

    def events(self):
        return events(self.log)


def demand():
    if not shutil.which("strace"):
        raise scenarios.Skipped("strace is not here: apt-get install --no-install-recommends strace")


def threads(pid):
    """The ids of a process's threads by their names; of threads that share one, the first."""
    found = {}
    for task in sorted(Path(f"/proc/{pid}/task").iterdir(), key=lambda task: int(task.name)):
        found.setdefault((task / "comm").read_text().strip(), int(task.name))
    return found


def events(log):
    """All calls in the order in which they were made."""
    found, open_calls = [], {}
    for text in Path(log).read_text(errors="replace").splitlines():
        if not (line := LINE.match(text)):
            continue
        thread, at, resumed, rest, call, arguments = line.groups()
        thread, at = int(thread or 0), float(at)
        if resumed:
            event = open_calls.pop(thread, None)
            if event:
                event.ended, event.result = at, rest.rpartition(" = ")[2]
            continue
        event = Event(thread, at, call, arguments)
        found.append(event)
        head, equals, result = arguments.rpartition(" = ")
        if arguments.endswith("<unfinished ...>") or not equals or result.startswith("?"):
            open_calls[thread] = event
        else:
            event.arguments, event.ended, event.result = head, at, result
    return found

