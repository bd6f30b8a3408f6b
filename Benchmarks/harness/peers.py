"""The proxies that Bulla is measured against, configured to do as little as the case allows, each on one core."""
import dataclasses, json, os, pathlib
from . import places, tokens

UPSTREAM = f"127.0.0.1:{places.SERVER}"


@dataclasses.dataclass
class Case:
    """A proxy, how it is started, and what is asked of it."""
    name: str
    port: int
    command: list
    requests: pathlib.Path
    expect: str = "nothing"         # what the server behind it demands; see load/load.h
    options: list = dataclasses.field(default_factory=list)     # of the load generator
    connections: int = 64
    rate: int = 0
    environment: dict = dataclasses.field(default_factory=dict)
    warm_up_requests: int = 0


def nginx(folder, certificate, key):
    location = 'location / { proxy_pass http://servers; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host; }'
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; worker_rlimit_nofile 20000; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn;
events {{ worker_connections 8192; multi_accept on; }}
http {{
  access_log off; server_tokens off; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 300s; {temporary}
  upstream servers {{ server {UPSTREAM}; keepalive 256; keepalive_requests 1000000000; keepalive_timeout 300s; }}
  server {{ listen 127.0.0.1:{places.NGINX} backlog=4096; {location} }}
  server {{
    listen 127.0.0.1:{places.NGINX_TLS} ssl backlog=4096; ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.3;
    {location}
  }}
}}
""")
    return ["nginx", "-c", folder / "nginx.conf", "-e", folder / "nginx.log"]


def haproxy(folder, name, bind, rules=()):
    path = folder / f"{name}.cfg"
    lines = "".join(f"  http-request {rule}\n" for rule in rules)
    path.write_text(f"""
global
  nbthread 1
  maxconn 8000
defaults
  mode http
  no log
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  option http-keep-alive
  http-reuse always
frontend clients
  {bind}
{lines}  default_backend servers
backend servers
  server one {UPSTREAM} pool-max-conn 8000
""")
    return ["haproxy", "-db", "-f", path]


def jwt_rules(signer, audience):
    """The checks that Bulla makes of an access token, as far as HAProxy has words for them."""
    variables = {"alg": "jwt_header_query('$.alg')", "iss": "jwt_payload_query('$.iss')", "aud": "jwt_payload_query('$.aud')",
                 "exp": "jwt_payload_query('$.exp','int')", "sub": "jwt_payload_query('$.sub')"}
    return ["deny unless { req.hdr(authorization) -m found }", "set-var(txn.bearer) http_auth_bearer",
            *(f"set-var(txn.{name}) var(txn.bearer),{query}" for name, query in variables.items()),
            "deny unless { var(txn.alg) -m str ES256 }", f"deny unless {{ var(txn.iss) -m str {places.ISSUER_URL} }}",
            f"deny unless {{ var(txn.aud) -m str {audience} }}",
            f'deny unless {{ var(txn.bearer),jwt_verify(txn.alg,"{signer.public}") -m int 1 }}',
            "set-var(txn.now) date()", "deny if { var(txn.exp),sub(txn.now) -m int lt 0 }",
            "del-header Authorization", "set-header X-Auth-Sub %[var(txn.sub)]"]


def typed(name, **values):
    return {"@type": f"type.googleapis.com/envoy.extensions.filters.{name}", **values}


def envoy(folder, program, name, port, signer=None, audience=None):
    filters = []
    if signer:
        provider = {"issuer": places.ISSUER_URL, "audiences": [audience], "local_jwks": {"inline_string": json.dumps(signer.jwks)}, "forward": False,
                    "claim_to_headers": [{"header_name": "x-auth-sub", "claim_name": "sub"}], "jwt_cache_config": {"jwt_cache_size": 1000}}
        rules = [{"match": {"prefix": "/"}, "requires": {"provider_name": "issuer"}}]
        filters.append({"name": "envoy.filters.http.jwt_authn",
                        "typed_config": typed("http.jwt_authn.v3.JwtAuthentication", providers={"issuer": provider}, rules=rules)})
    filters.append({"name": "envoy.filters.http.router", "typed_config": typed("http.router.v3.Router")})
    routes = {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "servers", "timeout": "0s"}}]}]}
    manager = typed("network.http_connection_manager.v3.HttpConnectionManager", stat_prefix="http", codec_type="HTTP1", generate_request_id=False,
                    route_config=routes, http_filters=filters)
    address = lambda number: {"address": {"socket_address": {"address": "127.0.0.1", "port_value": number}}}
    cluster = {"name": "servers", "type": "STATIC", "connect_timeout": "5s",
               "circuit_breakers": {"thresholds": [{"max_connections": 10000, "max_requests": 10000, "max_pending_requests": 10000}]},
               "load_assignment": {"cluster_name": "servers", "endpoints": [{"lb_endpoints": [{"endpoint": address(places.SERVER)}]}]}}
    chains = [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}]
    path = folder / f"envoy-{name}.json"
    path.write_text(json.dumps({"static_resources": {"listeners": [{"name": "clients", **address(port), "filter_chains": chains}], "clusters": [cluster]}}))
    return [program, "-c", path, "--concurrency", "1", "-l", "warning", "--disable-hot-restart"]


def plain(port):
    return [places.PLAIN, "--listen", f"127.0.0.1:{port}", "--upstream", UPSTREAM, "--loops", "1"]
