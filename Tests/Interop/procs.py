"""Child processes and loopback ports: every process leads its own group and ends with the suite."""

import http.client
import os
import random
import signal
import socket
import subprocess
import threading
import time

STOP_SECONDS = 3.0  # servers with an open event stream do not end on SIGTERM
# Below the range that the kernel hands out for outgoing connections, so that no connection takes a port in between.
PORTS = range(20000, 32000)

_taken = set()
_lock = threading.Lock()


class NotReady(Exception):
    """A process that ended early or did not answer in time; the message carries the end of its log."""


def free_port():
    """A loopback port that nobody listens on and that this run has not given out before."""
    with _lock:
        for port in random.sample(PORTS, 200):
            if port in _taken:
                continue
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
            _taken.add(port)
            return port
    raise NotReady("no free loopback port")


class Process:
    """A server in the background whose output goes to a log file."""

    def __init__(self, name, arguments, folder, environment=None):
        self.name = name
        self.log = folder / f"{name}.log"
        with open(self.log, "wb") as log:
            self._popen = subprocess.Popen(
                arguments, cwd=folder, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )

    def await_http(self, port, path, seconds=30.0, status=None):
        """Returns when GET `path` answers (with `status`, or with anything below 500 if none is given)."""
        deadline = time.monotonic() + seconds
        seen = "no answer"
        while time.monotonic() < deadline:
            if self._popen.poll() is not None:
                raise NotReady(f"{self.name} ended with status {self._popen.returncode}\n{self.tail()}")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
                connection.request("GET", path, headers={"Accept": "*/*"})
                answer = connection.getresponse().status
                connection.close()
                if answer == status or (status is None and answer < 500):
                    return
                seen = f"status {answer}"
            except (OSError, http.client.HTTPException) as error:
                seen = repr(error)
            time.sleep(0.1)
        raise NotReady(f"{self.name}: {path} not ready after {seconds:.0f} s ({seen})\n{self.tail()}")

    def tail(self, characters=2000):
        return self.log.read_text(errors="replace")[-characters:]

    @property
    def pid(self):
        return self._popen.pid

    @property
    def status(self):
        """The exit status; None while it runs."""
        return self._popen.poll()

    def signal(self, number):
        self._popen.send_signal(number)

    def alive(self):
        return self._popen.poll() is None

    def signal_end(self):
        self._signal(signal.SIGTERM)

    def end(self, seconds=STOP_SECONDS):
        """Ends the whole group, gently first. Returns the exit status of its leader."""
        self.signal_end()
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        # The group may outlive its leader, so it is always told a second time.
        self._signal(signal.SIGKILL)
        return self._popen.wait()

    def _signal(self, number):
        try:
            os.killpg(self._popen.pid, number)
        except (ProcessLookupError, PermissionError):
            pass


def run(arguments, seconds, input_text=None, environment=None, cwd=None):
    """Runs a short-lived program in its own group: (status, stdout, stderr); the status is None if it took too long."""
    child = subprocess.Popen(
        arguments, cwd=cwd, env={**os.environ, **(environment or {})}, text=True,
        stdin=subprocess.PIPE if input_text is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )
    try:
        out, err = child.communicate(input_text, timeout=seconds)
        return child.returncode, out, err
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        out, err = child.communicate()
        return None, out, err
    except BaseException:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise
