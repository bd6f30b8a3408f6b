import Admission
import Identity
import Policy
import StrictCoding
import TestSupport
import Testing

@testable import Delegation

@Suite("What the policy says of a call")
struct ErrandTests {
    private func code(
        _ path: String = "/orders/o-1", to service: String = "orders_api", method: String = "GET",
        _ change: (inout EnvelopeClaims) -> Void = { _ in }
    ) throws -> String? {
        try CallSample(TestPolicy(), change).refusal(of: CallSample.call(path, to: service, method: method))
    }

    @Test(arguments: [
        ("GET", "/orders/o-1", nil), ("GET", "/whoami", nil), ("POST", "/orders", nil), ("POST", "/orders/a/b", nil),
        ("HEAD", "/orders/o-1", "target_not_allowed"), ("DELETE", "/orders/o-1", "target_not_allowed"),
        ("GET", "/orders", "target_not_allowed"), ("GET", "/orders/", "target_not_allowed"),
        ("GET", "/orders/a/b", "target_not_allowed"), ("GET", "", "target_not_allowed"),
        ("POST", "/whoami", "target_not_allowed"),
    ])
    func aRuleCoversMethodAndPath(method: String, path: String, refusal: String?) throws {
        #expect(try code(path, method: method) == refusal)
    }

    @Test(
        arguments: [
            (["orders:read"], "GET", nil), (["orders:read"], "POST", "scope_exceeds_actor"),
            (["orders:write"], "GET", "scope_exceeds_actor"), ([], "GET", "scope_exceeds_actor"),
            (["orders:read", "orders:write"], "POST", nil),
            // A scope that the server does not declare is none.
            (["orders:write", "payroll"], "GET", "scope_exceeds_actor"),
        ] as [([ByteString], String, String?)])
    func theActorHasWhatTheRuleRequires(scopes: [ByteString], method: String, refusal: String?) throws {
        #expect(try code(method: method) { $0.scopes = scopes } == refusal)
    }

    @Test(
        arguments: [
            (DelegationMode.onBehalfOf, nil), (.serviceIdentity, "mode_mismatch"), (.restrictedUser, "mode_mismatch"),
        ] as [(DelegationMode, String?)])
    func theModeIsTheEnvelopes(granted: DelegationMode, refusal: String?) throws {
        #expect(try code { $0.delegation = Delegation([.init(service: "orders_api", mode: granted)]) } == refusal)
    }

    @Test func theServiceIsTheEnvelopesAndTheServers() throws {
        #expect(
            try code { $0.delegation = Delegation([.init(service: "geocoder", mode: .serviceIdentity)]) }
                == "target_not_allowed")
        #expect(try code { $0.delegation = Delegation([]) } == "target_not_allowed")
        for name in ["orders-api", "Orders_api", "orders_api.", "geo"] {
            #expect(try code(to: name) == "target_not_allowed")
        }
    }

    @Test(
        arguments: [
            (Confidence.verified, "orders_api", nil), (.estimated([.agentID]), "orders_api", nil),
            (.estimated([.agentID]), "geocoder", nil),
            (.estimated([.actorSubject]), "orders_api", "identity_estimated"),
            (.estimated([.actorSubject]), "geocoder", "identity_estimated"),
            (.estimated([.agentID, .scopes]), "geocoder", "identity_estimated"),
        ] as [(Confidence, String, String?)])
    func whoTheActorIsWasVerified(confidence: Confidence, service: String, refusal: String?) throws {
        #expect(try code(to: service) { $0.confidence = confidence.sorted } == refusal)
    }

    @Test(arguments: [("orders_api", "no_user_subject"), ("geocoder", nil)] as [(String, String?)])
    func aServiceIsNoUser(service: String, refusal: String?) throws {
        let refused = try code(to: service) { claims in
            let known = claims.principal
            claims.principal = Principal(
                issuer: known.issuer, tenant: known.tenant, subject: "batch", kind: .service, clientID: "batch",
                agentID: known.agentID)
            claims.subjectProfile = SubjectProfile(.service)
        }
        #expect(refused == refusal)
    }

    @Test func theTrailSaysAsMuchAsIsKnown() throws {
        let sample = try CallSample()
        var trail = EgressTrail()
        _ = try Errand(
            CallSample.call("/orders/o-1?x=1"), sample.attributed, span: CallSample.fresh.span, plan: sample.plan,
            trail: &trail)
        #expect(trail.service == "orders_api" && trail.host == "127.0.0.1:9101" && trail.mode == .onBehalfOf)
        #expect(trail.rule == "services.orders_api.allow[0]" && trail.pathPattern == "/orders/*")
        #expect(trail.scopesRequested == ["orders:read", "orders:write"] && trail.audience == "orders-api")
        #expect(trail.statement?.claims == sample.transaction.statement.claims && !trail.isUserToken)

        var refused = EgressTrail()
        _ = try? Errand(
            CallSample.call("/admin"), sample.attributed, span: CallSample.fresh.span, plan: sample.plan,
            trail: &refused)
        #expect(refused.service == "orders_api" && refused.rule == nil && refused.pathPattern == nil)
    }

    @Test func aCallIsRepeatedOnlyWhereTwiceIsOnce() throws {
        let sample = try CallSample(.everyMethod)
        for (method, lines, mayRepeat) in [
            ("GET", [], true), ("HEAD", [], true), ("OPTIONS", [], true), ("POST", ["Content-Length: 0"], false),
            ("PUT", ["Content-Length: 0"], false), ("DELETE", [], false), ("GET", ["Content-Length: 2"], false),
            ("GET", ["Transfer-Encoding: chunked"], false),
        ] as [(String, [String], Bool)] {
            let errand = try sample.errand(CallSample.call("/x", to: "anything", method: method, lines))
            #expect(errand.mayRepeat == mayRepeat, "\(method) \(lines)")
        }
    }
}

extension Confidence {
    /// In the order in which an envelope has them.
    fileprivate var sorted: Confidence {
        guard case .estimated(let fields) = self else { return self }
        return .estimated(EstimatedField.allCases.filter(fields.contains))
    }
}

extension TestPolicy {
    /// With a service of which everything may be called.
    static var everyMethod: TestPolicy {
        var policy = TestPolicy()
        policy.allowed.append("anything")
        policy.services = [
            #"anything: {url: "http://127.0.0.1:9103/base/", mode: service_identity, credential: {header: X-Api-Key, value: "env:K"}, allow: [{methods: [GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE], paths: ["/**"], require: [orders:read]}]}"#
        ]
        return policy
    }
}
