import HTTPCodec
import StrictCoding
import Testing

@Suite struct FieldNamesTests {
    /// The strip list as its owner wrote it: each entry alone, and as the beginning of a longer name.
    private static let stripped = [
        "txn-token", "x-actor-", "x-agent-", "x-delegation-", "x-trace-id", "x-eie-", "eie-",
        "workload-identity-token", "workload-proof-token", "x-forwarded-user", "x-forwarded-email",
        "x-forwarded-groups", "x-forwarded-preferred-username", "x-forwarded-access-token",
        "x-forwarded-client-cert", "x-auth-request-", "x-remote-", "remote-user", "x-user-", "x-userinfo",
        "x-goog-iap-", "x-goog-authenticated-user-", "cf-access-", "x-pomerium-", "teleport-jwt-assertion",
        "x-amzn-oidc-", "x-ms-client-principal", "x-ms-token-", "x-endpoint-api-userinfo", "client-cert",
        "x-ssl-client-", "proxy-authorization", "x-original-url", "x-rewrite-url", "x-http-method",
    ]

    @Test(arguments: stripped)
    func whatClaimsAnIdentityIsStrippedInEverySpelling(_ entry: String) {
        for name in [entry, entry + "x", entry + "-sub", entry + "_1"] {
            let spellings = [
                name, name.uppercased(), name.capitalized,
                name.replacingDashes(by: "_"), name.replacingDashes(by: "."),
                name.replacingDashes(by: "!").uppercased(),
            ]
            for spelling in spellings {
                #expect(FieldNames.isStripped(bytes(spelling)), "\(spelling)")
                #expect(FieldNames.isProtectedFromNomination(bytes(spelling)), "\(spelling)")
            }
        }
        #expect(!FieldNames.isStripped(bytes(String(entry.dropLast(2)))))
        #expect(!FieldNames.isStripped(bytes("y" + entry)))
    }

    @Test(arguments: [
        ("authorization", FieldFate.consume), ("Authorization", .consume), ("dpop", .consume), ("expect", .consume),
        ("cookie", .optIn), ("Cookie2", .optIn),
        ("forwarded", .regenerate), ("x-forwarded-for", .regenerate), ("X_Forwarded_Host", .regenerate),
        ("x-forwarded-proto", .regenerate), ("x-forwarded-port", .regenerate), ("x-forwarded-prefix", .regenerate),
        ("X-Forwarded-Uri", .regenerate), ("via", .regenerate), ("host", .regenerate), ("content-length", .regenerate),
        ("Content_Length", .regenerate), ("X-Forwarded-User", .strip), ("_txn-token", .strip), ("-host", .strip),
        ("connection", .hopByHop), ("keep-alive", .hopByHop), ("proxy-connection", .hopByHop), ("te", .hopByHop),
        ("trailer", .hopByHop), ("transfer-encoding", .hopByHop), ("Transfer_Encoding", .hopByHop),
        ("upgrade", .hopByHop), ("http2-settings", .hopByHop), ("proxy-authenticate", .hopByHop),
        ("accept", .forward), ("content-type", .forward), ("mcp-session-id", .forward), ("traceparent", .forward),
        ("x-request-id", .forward), ("x-forwarded", .forward), ("x-actor", .forward), ("x", .forward), ("", .forward),
        ("authorizationx", .forward), ("viaduct", .forward), ("teapot", .forward), ("user-agent", .forward),
        ("last-event-id", .forward), ("x-agency", .forward), ("x-mcp-header", .forward), ("0", .forward),
    ])
    func aRequestFieldHasOneFate(_ name: String, _ fate: FieldFate) throws {
        #expect(FieldNames.requestFate(of: bytes(name)) == fate)
        #expect(FieldNames.isHopByHop(bytes(name)) == (fate == .hopByHop))
        guard !name.isEmpty else { return }
        var block = FieldBlock()
        try block.append(name: bytes(name), value: bytes("x"))
        #expect(block.requestFate(at: 0) == fate)
    }

    @Test(arguments: [
        ("txn-token", FieldFate.strip), ("X-Actor-Sub", .strip), ("x_actor_tenant", .strip), ("x-agent-id", .strip),
        ("x-delegation-mode", .strip), ("eie-x", .strip), ("www-authenticate", .consume), ("dpop-nonce", .consume),
        ("set-cookie", .consume), ("Set-Cookie2", .consume), ("access-control-allow-origin", .consume),
        ("alt-svc", .consume), ("x-accel-redirect", .consume), ("x-sendfile", .consume), ("connection", .hopByHop),
        ("keep-alive", .hopByHop), ("transfer-encoding", .hopByHop), ("trailer", .hopByHop), ("upgrade", .hopByHop),
        ("proxy-authenticate", .hopByHop), ("content-length", .regenerate), ("date", .regenerate),
        ("content-type", .forward), ("mcp-session-id", .forward), ("location", .forward), ("server", .forward),
        ("x-accel-buffering", .forward), ("cache-control", .forward), ("x-request-id", .forward),
    ])
    func aResponseFieldHasOneFate(_ name: String, _ fate: FieldFate) throws {
        #expect(FieldNames.responseFate(of: bytes(name)) == fate)
        var block = FieldBlock()
        try block.append(name: bytes(name), value: bytes("x"))
        #expect(block.responseFate(at: 0) == fate)
    }

    @Test(arguments: [
        ("authorization", true), ("host", true), ("content-length", true), ("content-type", true),
        ("transfer-encoding", true), ("mcp-session-id", true), ("MCP_Protocol_Version", true), ("origin", true),
        ("txn-token", true), ("x-actor-sub", true), ("cookie", true), ("via", true), ("traceparent", true),
        ("x-custom", false), ("te", false), ("upgrade", false), ("http2-settings", false), ("accept", false),
        ("proxy-connection", false), ("trailer", false),
    ])
    func onlyHarmlessFieldsCanBeNominated(_ name: String, _ isProtected: Bool) {
        #expect(FieldNames.isProtectedFromNomination(bytes(name)) == isProtected)
        let octets = bytes("GET / HTTP/1.1\r\nHost: h\r\nConnection: \(name)\r\n\r\n")
        #expect(requestTrail(octets).refusal == (isProtected ? .connectionNominatesProtected : nil))
    }

    @Test(arguments: [
        ("X-Mcp-Envelope", "x_mcp.envelope", true), ("Txn-Token", "TXN-TOKEN", true), ("a", "b", false),
        ("x-a", "x-ab", false), ("x1", "x-", false),
    ])
    func lookAlikesDifferInCaseAndSeparatorsOnly(_ left: String, _ right: String, _ alike: Bool) throws {
        #expect(FieldNames.isLookAlike(bytes(left), of: bytes(right)) == alike)
        var block = FieldBlock()
        try block.append(name: bytes(left), value: bytes("x"))
        #expect(block.isLookAlike(at: 0, of: ByteString(right)) == alike)
    }

    @Test func nominatedFieldsAreFoundInEveryConnectionField() throws {
        let octets = bytes(
            "GET / HTTP/1.1\r\nHost: h\r\nConnection: close, X-Drop\r\nx-drop: 1\r\nX-Kee: 2\r\nCONNECTION: ,x-too ,\r\n\r\n"
        )
        let head = try #require(requestTrail(octets).heads.first)
        #expect(head.connection == [.close, .nominatesFields])
        #expect((0..<head.fields.count).filter { head.fields.nominates(at: $0) } == [2])
        #expect(head.fields.nominates(bytes("X-TOO")))
        #expect(!head.fields.nominates(bytes("x-dro")))
    }
}

extension String {
    fileprivate func replacingDashes(by separator: Character) -> String {
        String(map { $0 == "-" ? separator : $0 })
    }
}
