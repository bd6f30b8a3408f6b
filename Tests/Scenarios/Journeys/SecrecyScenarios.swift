import StrictCoding
import TestSupport
import Testing

/// The client's token goes no further than here, and nothing happens off the record.
@Suite struct SecrecyScenarios {
    static let calls: [Call] = [
        .legacy(), .modern(), .legacy("drop_orders"), .modern("drop_orders"), .modern("cancel_order"), .plain("GET"),
        .plain("DELETE"), .message("not json"), .message("[]"), .modern().changing("Mcp-Name", "other"),
        .modern().with("Connection", "txn-token"), .modern().with("Content-Encoding", "gzip"), .plain("PUT"),
        .modern().at("/mcp/orders/x"), .modern().at("/nowhere"), .legacy().with("Mcp-Session-Id", "planted"),
    ]

    /// Whatever becomes of a request: its token, or as much as its signature, is nowhere afterwards.
    @Test(arguments: [
        ScriptedServer.json("{}"), ScriptedServer.eventStream + "0\r\n\r\n",
        "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n",
    ])
    func theTokenIsNowhereAfterwards(reply: String) throws {
        let stage = try Stage()
        stage.server.reply = reply
        let tokens = try [
            stage.token(), stage.token { $0.with("exp", .integer(1)) }, stage.token { $0.with("scope", "x") },
        ]
        var answers: [UInt8] = []
        for token in tokens {
            for call in Self.calls {
                for call in [
                    call.bearing(token), call.bearing(token).bearing(token),
                    call.at("\(call.target)?access_token=\(token)"),
                ] {
                    let client = try stage.client()
                    try client.send(bytes: call.bytes)
                    answers += try client.take()
                    client.leave()
                }
            }
        }
        #expect(stage.server.requests.count > 5 && answers.count > 10_000)
        let records = stage.audit.written.joined(separator: "\n")
        for token in tokens {
            for secret in [token, String(token.split(separator: ".")[2]), String(token.split(separator: ".")[1])] {
                #expect(!String(decoding: stage.server.heard, as: UTF8.self).contains(secret))
                #expect(!String(decoding: answers, as: UTF8.self).contains(secret))
                #expect(!records.contains(secret))
            }
        }
        // Nor does an envelope come back to a client or stay in the log.
        for request in stage.server.requests {
            let signature = try #require(String(decoding: request.envelope, as: UTF8.self).split(separator: ".").last)
            #expect(!String(decoding: answers, as: UTF8.self).contains(signature) && !records.contains(signature))
        }
    }

    @Test func aFullAuditLogStopsRequestsBeforeTheyAreMade() throws {
        let stage = try Stage()
        stage.audit.isFull = true
        let legacy = try stage.client().send(.legacy().bearing(stage.token()))
        #expect(legacy.status == 200 && legacy.code == "audit_unavailable")
        let modern = try stage.client().send(.modern().bearing(stage.token()))
        #expect(modern.status == 503 && modern.code == "audit_unavailable" && modern.values("Retry-After") == ["5"])
        #expect(stage.server.connections == 0 && stage.worker.counters.accepted.total == 0)
        #expect(stage.worker.counters.unrecordedRefusals == 2)

        stage.audit.isFull = false
        #expect(try stage.outcome(of: .modern().bearing(stage.token())) == .accepted())
    }

    @Test func theRecordIsMadeBeforeTheFirstByteLeaves() throws {
        let stage = try Stage()
        stage.server.manner = .ignores
        try stage.client().send(.modern().bearing(stage.token()))
        #expect(stage.audit.lines == ["accepted alice agent_456 on_behalf_of"])
    }

    @Test func aRecordSaysWhoAskedWhomForWhat() throws {
        let stage = try Stage()
        let call = try Call.modern().bearing(stage.token { $0.with("sid", "sess-1").with("name", "Alice A.") })
            .with("traceparent", ForwardingScenarios.traceparent)
        _ = try stage.outcome(of: call)
        let claims = try stage.claims(in: stage.server.requests[0])
        #expect(
            stage.audit.written == [
                """
                {"v":1,"seq":0,"prev":"sha256:9f470393916414fc606b1d18a782c0028ba2e54a73c4a60f61e87a7afcd9df17",\
                "ts":"2026-11-24T00:00:00.000000Z","event":"ingress.accepted","decision":"allow","actor_sub":"alice",\
                "agent_id":"agent_456","delegation_mode":"on_behalf_of","actor_name":"Alice A.","actor_tenant":"acme",\
                "actor_iss":"http://127.0.0.1:9000","actor_type":"user","client_id":"webapp","session_id":"sess-1",\
                "confidence":"verified","txn":"\(claims.transactionID)","jti":"\(claims.tokenID)",\
                "trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"0101010101010101","upstream":"orders","http_method":"POST","mcp_method":"tools/call",\
                "mcp_name":"list_orders","jsonrpc_id":1,"rules":["servers.orders.tools.list_orders"],\
                "policy_hash":"\(stage.epoch.policy.digest)"}
                """
            ])
    }

    @Test func aDenialNamesTheRuleThatDecided() throws {
        let stage = try Stage()
        _ = try stage.outcome(of: .modern("drop_orders").bearing(stage.token()))
        #expect(stage.audit.written.last?.contains(#""rules":["servers.orders.tools.drop_orders"]"#) == true)
    }
}
