"""Virtual environments of third-party software, made from PyPI with every version pinned.

An environment NAME is made from pins/NAME.txt, which is complete (installed without dependency resolution), under
${BULLA_INTEROP_HOME:-~/.cache/bulla-interop-tests}. It is reused while its pins and the interpreter stay the same.
"""

import concurrent.futures
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = Path(os.environ.get("BULLA_INTEROP_HOME") or Path.home() / ".cache" / "bulla-interop-tests")
PARALLEL = 2
ATTEMPTS = 3  # package indexes hiccup; a wrong pin fails the same way each time
INSTALL_SECONDS = 600


class SetupError(Exception):
    """An environment that could not be made; the message ends with what pip said."""


def names():
    return sorted(pin.stem for pin in (HERE / "pins").glob("*.txt"))


def python(name):
    return str(HOME / name / "bin" / "python")


def program(name, command):
    return str(HOME / name / "bin" / command)


def ready(name):
    stamp = HOME / name / "pins.sha256"
    return stamp.exists() and stamp.read_text() == _digest(name)


def make(wanted, say=print):
    """Makes the missing ones of `wanted`, two at a time. Raises SetupError when one cannot be made."""
    HOME.mkdir(parents=True, exist_ok=True)
    missing = [name for name in wanted if not ready(name)]
    if not missing:
        return
    say(f"making {len(missing)} virtual environment(s) in {HOME}: {' '.join(missing)}")
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        for name, seconds in pool.map(_make_locked, missing):
            say(f"  {name}: {seconds:.0f} s")


def _make_locked(name):
    started = time.monotonic()
    # Two runs of the suite at once must not build into one folder.
    with open(HOME / f".{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready(name):
            _make(name)
    return name, time.monotonic() - started


def _make(name):
    folder = HOME / name
    shutil.rmtree(folder, ignore_errors=True)
    _command([sys.executable, "-m", "venv", str(folder)], name)
    install = [python(name), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "-r"]
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _command([*install, str(HERE / "pins" / f"{name}.txt")], name)
            break
        except SetupError:
            if attempt == ATTEMPTS:
                raise
            time.sleep(5 * attempt)
    (folder / "pins.sha256").write_text(_digest(name))


def _command(arguments, name):
    try:
        done = subprocess.run(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise SetupError(f"{name}: {arguments[1:4]} took more than {INSTALL_SECONDS} s") from None
    if done.returncode != 0:
        raise SetupError(f"{name}: {done.stdout[-1500:]}")


def _digest(name):
    pins = (HERE / "pins" / f"{name}.txt").read_bytes()
    return hashlib.sha256(pins + sys.version.encode()).hexdigest()
