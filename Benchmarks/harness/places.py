"""Where things are: folders, ports, programs."""
import os, pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = ROOT / "Benchmarks"
HOME = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "bulla-bench-project"
VENV = HOME / "venv"
LOAD = HOME / "load"

# Programs of another build, to compare two of them.
BULLA = pathlib.Path(os.environ.get("BULLA", ROOT / ".build/release/bulla"))
PLAIN = pathlib.Path(os.environ.get("PLAIN_PROXY", ROOT / ".build/release/PlainProxy"))
AUDIT_COST = pathlib.Path(os.environ.get("AUDIT_COST", ROOT / ".build/release/AuditCost"))

SERVER, ISSUER = 9000, 9099
NGINX, NGINX_TLS = 9101, 9102
HAPROXY, HAPROXY_JWT, HAPROXY_TLS = 9111, 9112, 9113
ENVOY, ENVOY_JWT = 9121, 9122
PLAIN_PORT = 9131
CLIENTS, EGRESS, ADMIN = 9300, 9380, 9390
PORTS = [SERVER, ISSUER, NGINX, NGINX_TLS, HAPROXY, HAPROXY_JWT, HAPROXY_TLS, ENVOY, ENVOY_JWT, PLAIN_PORT, CLIENTS, EGRESS, ADMIN]

ISSUER_URL = f"http://127.0.0.1:{ISSUER}"
PUBLIC_URL = f"http://127.0.0.1:{CLIENTS}"
# Of bulla's growth cases: one audience for all of its servers.
SHARED_AUDIENCE = "urn:benchmark:servers"
CREDENTIAL = "benchmark-credential"
