"""All of the cases, with the requests, tokens and configurations that they need."""
import dataclasses, pathlib
from . import places, tokens
from .gateway import Gateway
from .peers import Case, envoy, haproxy, jwt_rules, nginx, plain

AUDIENCE = places.PUBLIC_URL + "/mcp/orders"
AUTHORITY = f"127.0.0.1:{places.CLIENTS}"
MANY_TOKENS = 100_000


class Stage:
    def __init__(self, folder: pathlib.Path, envoy_program, many_tokens=MANY_TOKENS):
        self.folder, self.envoy_program, self.many_tokens = folder, envoy_program, many_tokens
        self.signer = tokens.Signer(folder)
        self.issuer = tokens.Issuer(self.signer)
        self.certificate, self.key, self.both = tokens.certificate(folder)
        self.tokens = [self.signer.token(user, AUDIENCE) for user in range(64)]
        self.calls = self.write("calls", [self.call(token) for token in self.tokens])
        self.gateway = Gateway(folder, "gateway")

    def write(self, name, requests):
        return tokens.write_requests(self.folder / f"{name}.requests", requests)

    def call(self, token, path="/mcp/orders", tool="get_order_status"):
        return tokens.request(path, AUTHORITY, [f"Authorization: Bearer {token}"], tokens.body(tool))

    def bulla(self, name, gateway=None, requests=None, **values):
        gateway = gateway or self.gateway
        return Case(name, places.CLIENTS, gateway.command(), requests or self.calls, "envelope", environment=gateway.environment, **values)

    def plain(self):
        return Case("plain-proxy", places.PLAIN_PORT, plain(places.PLAIN_PORT), self.calls)

    def peers(self):
        config = nginx(self.folder, self.certificate, self.key)
        return {
            "nginx": Case("nginx", places.NGINX, config, self.calls),
            "haproxy": Case("haproxy", places.HAPROXY, haproxy(self.folder, "haproxy", f"bind 127.0.0.1:{places.HAPROXY} backlog 4096"), self.calls),
            "envoy": Case("envoy", places.ENVOY, envoy(self.folder, self.envoy_program, "plain", places.ENVOY), self.calls),
            "haproxy-es256": Case(
                "haproxy-es256", places.HAPROXY_JWT,
                haproxy(self.folder, "haproxy-es256", f"bind 127.0.0.1:{places.HAPROXY_JWT} backlog 4096", jwt_rules(self.signer, AUDIENCE)),
                self.calls, "stripped"),
            "envoy-es256-cached": Case(
                "envoy-es256-cached", places.ENVOY_JWT,
                envoy(self.folder, self.envoy_program, "es256", places.ENVOY_JWT, self.signer, AUDIENCE), self.calls, "stripped"),
            "plain-proxy": self.plain(),
        }

    def egress(self):
        """Calls from behind the gateway: 64 requests are held open at the server, whose envelopes go with every outbound call."""
        holding = self.write("holding", [self.call(token, tool="hold") for token in self.tokens])
        path = self.gateway.egress_path() + "/orders/17"
        outbound = tokens.request(path, f"127.0.0.1:{places.EGRESS}", ["Txn-Token: {envelope}"], tokens.body())
        case = self.bulla("bulla-egress", requests=self.write("outbound", [outbound]))
        options = ["--hold", holding, "--hold-target", places.CLIENTS]
        return dataclasses.replace(case, port=places.EGRESS, expect="swapped", options=options)

    def closed_loop(self):
        return [*self.peers().values(), *self.product()]

    def product(self):
        first_sight = Gateway(self.folder, "first-sight", verified_tokens=0)
        return [self.bulla("bulla"), self.bulla("bulla-first-sight", first_sight), self.egress()]

    def fixed_rate(self, rate):
        chosen = ("nginx", "haproxy", "plain-proxy", "haproxy-es256", "envoy-es256-cached")
        cases = [case for name, case in self.peers().items() if name in chosen] + [self.bulla("bulla")]
        return [dataclasses.replace(case, name=f"{case.name}@{rate}", rate=rate) for case in cases]

    def single_client(self):
        chosen = [case for name, case in self.peers().items() if name in ("nginx", "haproxy", "haproxy-es256", "plain-proxy")]
        return [dataclasses.replace(case, name=case.name + "@1", connections=1) for case in chosen + [self.bulla("bulla")]]

    def growth(self):
        shared = [self.signer.token(user, places.SHARED_AUDIENCE) for user in range(64)]
        cases = []
        for count in (10, 1000):
            # Each server in turn, each with every user.
            requests = [self.call(shared[number % 64], f"/mcp/orders-{number % count}") for number in range(max(count, 640))]
            gateway = Gateway(self.folder, f"servers-{count}", servers=count)
            cases.append(self.bulla(f"bulla-{count}-servers", gateway, self.write(f"servers-{count}", requests), warm_up_requests=2 * len(requests)))
        cache = Gateway(self.folder, "many-tokens", verified_tokens=2 * self.many_tokens)
        many = [self.signer.token(user, AUDIENCE) for user in range(self.many_tokens)]
        cases.append(self.bulla("bulla-64-tokens", cache))
        cases.append(self.bulla(f"bulla-{self.many_tokens}-tokens", cache, self.write("many", map(self.call, many)), warm_up_requests=self.many_tokens + 64))
        return cases

    def tls(self):
        """With TLS toward the client: kept connections, and a new one for each request. Whether the program can is found out by the policy."""
        gateway = Gateway(self.folder, "tls", tls=(self.certificate, self.key))
        audience = gateway.public_url + "/mcp/orders"
        calls = self.write("tls", [self.call(self.signer.token(user, audience)) for user in range(64)])
        bind = f"bind 127.0.0.1:{places.HAPROXY_TLS} backlog 4096 ssl crt {self.both} ssl-min-ver TLSv1.3"
        cases = [Case("nginx-tls", places.NGINX_TLS, nginx(self.folder, self.certificate, self.key), calls),
                 Case("haproxy-tls", places.HAPROXY_TLS, haproxy(self.folder, "haproxy-tls", bind), calls)]
        if not gateway.complaint:
            cases.append(self.bulla("bulla-tls", gateway, calls))
        kept = [dataclasses.replace(case, options=["--tls"]) for case in cases]
        fresh = [dataclasses.replace(case, name=case.name + "-new", options=["--tls", "--fresh"], connections=16) for case in cases]
        return kept + fresh, gateway.complaint

    def streams(self):
        fields = [f"Authorization: Bearer {token}" for token in self.tokens]
        return self.write("streams", [tokens.request("/mcp/orders", AUTHORITY, [field], method="GET") for field in fields])
