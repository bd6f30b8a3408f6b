import Delegation
import HTTPWire
import StrictCoding
import TestSupport
import Testing

/// Threat cases 30 and 31: where calls may go; and 32 to 35: with what.
@Suite struct DelegationCases {
    // MARK: - 30, 31

    /// A call names a service, and never an address: whatever it writes is only looked up.
    @Test(arguments: [
        "127.0.0.1:9101", "127.0.0.1", "0x7f000001", "[::ffff:127.0.0.1]", "orders_api.", "orders_api:9101",
        "user@orders_api", "ORDERS_API", "orders-api", "orders_ap%69x", "localhost", "http:", "169.254.169.254", "*",
        "%00x",
    ])
    func case30_whatIsNoNameOfAServiceLeadsNowhere(service: String) throws {
        let stage = try Stage()
        let outcome = try stage.outcome(calling: .outbound(to: service).showing(stage.engage()))
        #expect([400, 403].contains(outcome.status) && !outcome.served && outcome.asked == 0, "\(outcome)")
    }

    @Test(arguments: [
        "http://127.0.0.1:9101/v1/orders/o-1", "http://orders_api/orders/o-1", "http://evil.example/",
        "//evil.example/",
        "https://user@127.0.0.1:9080/", "*",
    ])
    func case30_aTargetOfAForwardProxyLeadsNowhere(target: String) throws {
        let stage = try Stage()
        let method = target == "*" ? "OPTIONS" : "GET"
        let outcome = try stage.outcome(calling: Call.outbound(method).at(target).showing(stage.engage()))
        #expect([400, 403].contains(outcome.status) && !outcome.served, "\(outcome)")
    }

    @Test(arguments: [
        "Host", "X-Forwarded-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override",
    ])
    func case30_noFieldSaysWhereACallGoes(name: String) throws {
        let stage = try Stage()
        let call = try Call.outbound().changing(name, "evil.example:80").showing(stage.engage())
        #expect(try stage.outcome(calling: name == "Host" ? call : call.changing("Host", "h")) == .answered())
        #expect(stage.services.endpoints == [Endpoint(host: "127.0.0.1", port: 9_101)])
        #expect(stage.services.requests[0].values("Host") == ["127.0.0.1:9101"])
        #expect(stage.services.requests[0].line == "GET /v1/orders/o-1 HTTP/1.1")
    }

    /// Loopback, by number or by name, is meant as it is written; the policy knows no other places yet.
    @Test(arguments: ["127.0.0.1", "[::1]", "localhost"]) func case30_aServiceIsWhereThePolicySays(host: String) throws
    {
        var policy = TestPolicy()
        policy.allowed.append("books")
        policy.services = [TestPolicy.Service.booksOfNobody.text.replacing("127.0.0.1", with: host)]
        let stage = try Stage(policy)
        _ = try stage.outcome(calling: .outbound(to: "books").showing(stage.engage()))
        let literal = host.replacing("[", with: "").replacing("]", with: "")
        #expect(stage.services.endpoints == [Endpoint(host: ByteString(literal), port: 9_103, reach: .any)])
    }

    @Test(arguments: [
        "10.0.0.7", "169.254.169.254", "api.example", "0x7f000001", "127.1", "localhost.", "user@127.0.0.1",
        "[::ffff:127.0.0.1]",
    ])
    func case30_aPolicyThatLeadsElsewhereDoesNotLoad(host: String) {
        var policy = TestPolicy()
        policy.allowed.append("books")
        policy.services = [TestPolicy.Service.booksOfNobody.text.replacing("127.0.0.1", with: host)]
        #expect(!policy.complaints.isEmpty)
    }

    @Test(arguments: [
        "/orders/..%2fadmin", "/orders//o-1", "/orders/./o-1", "/orders/%2e%2e/admin", "/orders/o-1;x=1",
        "/orders/o-1%00", "/orders\\o-1", "/orders/%c0%ae",
    ])
    func case30_aPathOfTwoReadingsIsRefused(path: String) throws {
        let stage = try Stage()
        let outcome = try stage.outcome(calling: .outbound("GET", path).showing(stage.engage()))
        #expect(outcome.status == 400 && !outcome.served && outcome.audit[0].hasPrefix("denied"), "\(outcome)")
    }

    @Test(arguments: ["orders_api:443", "127.0.0.1:9101", "mail.example:25"]) func case31_thereAreNoTunnels(
        target: String
    ) throws {
        let stage = try Stage()
        let call = Call(method: "CONNECT", target: target, fields: [("Host", target)])
        let outcome = try stage.outcome(calling: call.showing(stage.engage()))
        #expect(outcome.status == 501 && !outcome.served)
    }

    // MARK: - 32

    @Test(arguments: [
        ("orders:read", ["orders:read"]), ("orders:write orders:read", ["orders:read", "orders:write"]),
        ("orders:read orders:admin", ["orders:read", "orders:write"]), ("orders:read payroll", ["orders:read"]),
    ])
    func case32_aTokenIsAskedForWhatTheUserHasOfWhatTheServiceGets(granted: String, asked: [String]) throws {
        let stage = try Stage()
        let engagement = try stage.engage { $0.with("scope", .string(granted)) }
        _ = try stage.outcome(calling: .outbound().showing(engagement))
        #expect(stage.egress.exchanges.map { $0.scopes.map(\.string) } == [asked])
    }

    /// Asked for none, an authorization server gives its default.
    @Test func case32_aTokenIsNeverAskedForWithoutAScope() throws {
        let stage = try Stage(.calling(.ledger))
        let engagement = try stage.engage()
        #expect(try stage.outcome(calling: .outbound(to: "ledger").showing(engagement)).code == "scope_exceeds_actor")
        #expect(stage.egress.asked.isEmpty)
    }

    @Test func case32_aTokenOfMoreOrUnknownScopeIsNotUsed() throws {
        for flaw in [AnswerFlaw.scopeWider] {
            let stage = try Stage()
            stage.egress.issue = .fails(.rejected(flaw))
            let outcome = try stage.outcome(calling: .outbound().showing(stage.engage()))
            #expect(outcome == .failed(502, "exchange_rejected", flaw.rawValue, served: false))
        }
    }

    // MARK: - 33

    @Test func case33_aModeThatThePolicyChangedSinceIsNotTaken() throws {
        for (before, after) in [(TestPolicy.Service.books, TestPolicy.Service.booksOfNobody), (.booksOfNobody, .books)]
        {
            let stage = try Stage(.calling(before))
            let engagement = try stage.engage()
            #expect(try stage.outcome(calling: .outbound(to: "books").showing(engagement)).status == 200)
            try stage.install(.calling(after))
            #expect(try stage.outcome(calling: .outbound(to: "books").showing(engagement)).code == "mode_mismatch")
            // Other services are what they were, and so is the next request.
            #expect(try stage.outcome(calling: .outbound().showing(engagement)).status == 200)
            #expect(try stage.outcome(calling: .outbound(to: "books").showing(stage.engage())).status == 200)
        }
    }

    /// Whatever the authorization server says, no other identity is tried.
    @Test(arguments: [
        CredentialFault.subjectRejected, .actorRejected, .interactionRequired, .misconfigured("invalid_scope"),
        .rejected(.notJSON), .unavailable(retryAfterSeconds: 30),
    ])
    func case33_thereIsNoFallback(fault: CredentialFault) throws {
        let stage = try Stage(.calling(.books, .vault, .mailer, .weather))
        stage.egress.issue = .fails(fault)
        let engagement = try stage.engage()
        for service in ["orders_api", "vault", "mailer"] {
            let outcome = try stage.outcome(calling: .outbound(to: service).showing(engagement))
            #expect(outcome.status >= 400 && !outcome.served && outcome.asked == 1, "\(outcome)")
            #expect(
                stage.lastAnswer.values("Retry-After") == (fault == .unavailable(retryAfterSeconds: 30) ? ["30"] : []))
        }
        #expect(stage.services.heard.isEmpty)
    }

    // MARK: - 34

    /// Each differs from the first in one thing that a token depends on.
    @Test func case34_aTokenServesTheVeryRequestThatItWasGivenFor() throws {
        var policy = TestPolicy()
        policy.tenant = "{claim: org}"
        let stage = try Stage(policy)
        let alice: (Claims) -> Claims = { $0.with("org", "acme") }
        let others: [(Claims) -> Claims] = [
            { $0.with("org", "other") }, { alice($0).with("sub", "bob") }, { alice($0).with("sub", "alice ") },
            { alice($0).with("sub", "caf\u{E9}") }, { alice($0).with("sub", "cafe\u{301}") },
            { alice($0).with("act", .raw(#"{"sub":"other-agent"}"#)) }, { alice($0).with("scope", "orders:read") },
            { alice($0).with("client_id", "other-app") }, { alice($0).with("jti", "t-2") },
        ]
        for claims in [alice] + others {
            let engagement = try stage.engage(.modern(), claims)
            for asked in [1, 0] {
                let outcome = try stage.outcome(calling: .outbound().showing(engagement))
                #expect(outcome.status == 200 && outcome.asked == asked, "\(outcome)")
            }
        }
        #expect(Set(stage.services.requests.compactMap(\.bearer)).count == 1 + others.count)
    }

    @Test func case34_callsOfManyUsersAtOnceCarryTheirOwnTokens() throws {
        let stage = try Stage()
        let users = (0..<50).map { "user-\($0)" }
        let engagements = try users.map { user in try stage.engage { $0.with("sub", .string(user)) } }
        stage.egress.issue = .hesitates
        // Six for each, interleaved; every third caller leaves before its token comes.
        var callers: [Client] = []
        for round in 0..<6 {
            for (index, engagement) in engagements.enumerated() {
                let caller = try stage.caller()
                try caller.send(bytes: Call.outbound("GET", "/orders/\(users[index])").showing(engagement).bytes)
                if (round + index) % 3 == 0 { caller.leave() } else { callers.append(caller) }
            }
        }
        stage.egress.issue = .gives
        stage.egress.issueNow()
        stage.settle()
        #expect(stage.services.requests.count == 200)
        for request in stage.services.requests {
            let user = request.line.split(separator: " ")[1].split(separator: "/").last ?? ""
            #expect(request.bearer?.hasPrefix("token-for-\(user)-") == true, "\(request.line) \(request.bearer ?? "")")
            #expect(request.values("X-Actor-Sub") == [String(user)])
        }
        for caller in callers { #expect(try Answer(caller.take()).status == 200) }
    }

    /// The 401 of one call, while another one has a fresh token already.
    @Test func case34_aTokenThatWasRejectedIsForgottenForItsUserOnly() throws {
        let stage = try Stage()
        let alice = try stage.engage()
        let bob = try stage.engage { $0.with("sub", "bob") }
        for engagement in [alice, bob] { _ = try stage.outcome(calling: .outbound().showing(engagement)) }
        stage.services.firstReplies = [DownstreamStories.unauthorized]
        #expect(try stage.outcome(calling: .outbound().showing(alice)).asked == 1)
        #expect(try stage.outcome(calling: .outbound().showing(bob)).asked == 0)
        #expect(
            stage.services.requests.map(\.bearer) == [
                "token-for-alice-1", "token-for-bob-2", "token-for-alice-1", "token-for-alice-3", "token-for-bob-2",
            ])
    }

    /// Nobody is asked about the users of somebody else.
    @Test func case34_anAuthorizationServerIsAskedAboutItsOwnUsersOnly() throws {
        let stage = try Stage(TokenClaimCases.twoIssuers)
        let partner = try TestIssuer("http://127.0.0.1:9001")
        stage.provider.standings.issuers[1] = try partner.standing()
        stage.worker.install(stage.provider.standings)
        stage.server.reply = nil
        let token = String(decoding: try partner.token(partner.alice()), as: UTF8.self)
        try stage.client().send(bytes: Call.modern().bearing(token).bytes)
        let envelope = String(decoding: try #require(stage.server.requests.first).envelope, as: UTF8.self)
        let outcome = try stage.outcome(calling: .outbound().showing(envelope))
        #expect(outcome.code == "subject_rejected" && outcome.asked == 0 && !outcome.served, "\(outcome)")
        #expect(try stage.outcome(calling: .outbound().showing(stage.engage())) == .answered())
    }

    // MARK: - 35

    /// An authorization server that gives back what it was shown.
    @Test func case35_theUsersOwnTokenIsNotSentToAService() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        stage.egress.issue = .returns(engagement.token)
        let outcome = try stage.outcome(calling: .outbound().showing(engagement))
        #expect(outcome == .failed(502, "exchange_rejected", "subject_returned", served: false))
    }

    @Test(arguments: AnswerFlaw.allCases) func case35_aTokenThatCannotBeTrustedIsNotSent(flaw: AnswerFlaw) throws {
        let stage = try Stage()
        stage.egress.issue = .fails(.rejected(flaw))
        let outcome = try stage.outcome(calling: .outbound().showing(stage.engage()))
        #expect(outcome == .failed(502, "exchange_rejected", flaw.rawValue, served: false))
        #expect(!stage.lastAnswer.body.contains("Bearer"))
    }
}
