import HTTPCodec
import Identity
import MCP
import StrictCoding
import TestSupport
import Testing

@testable import Admission

/// What of a server's answer may reach the client.
@Suite struct ResponseFilterTests {
    /// A filter for an answer to Alice, and what would betray her envelope.
    private static func filter(_ trail: (inout IngressTrail) -> Void = { _ in }) throws -> (ResponseFilter, Envelope) {
        let gateway = try TestGateway()
        let epoch = gateway.epoch(try TestPolicy().compiled())
        let now = UnixTime(seconds: TestPolicy.now)
        let issuer = try TestIssuer()
        let finding = epoch.verifier.find(
            try issuer.token(issuer.alice()), trusted: [0], standings: try issuer.standings(), now: now)
        let token = try #require(finding.accepted)
        var known = IngressTrail()
        known.server = 0
        known.caller = try Caller(token, epoch: epoch, server: 0, now: now)
        trail(&known)
        let fresh = FreshIdentifiers(
            milliseconds: TestPolicy.now * 1_000, random: [UInt8](repeating: 9, count: FreshIdentifiers.randomBytes))
        let caller = try #require(known.caller)
        let occasion = caller.occasion(
            of: known, trace: TraceContext(random: fresh.traceID), fresh: fresh, now: now, lifetimeSeconds: 300)
        let envelope = try Envelope.mint(
            caller.envelopes.get(), occasion, by: try #require(epoch.envelopeSigner))
        return (ResponseFilter(epoch: epoch, trail: known, envelope: envelope, handle: nil), envelope)
    }

    private static func head(_ fields: String..., status: String = "200 OK") throws -> ResponseHead {
        try .parsing((["HTTP/1.1 \(status)"] + fields + ["Content-Length: 0", "", ""]).joined(separator: "\n"))
    }

    @Test func onlyKnownFieldsArePassedOn() throws {
        let relay = try Self.filter().0.filter(
            Self.head(
                "Content-Type: application/json", "CACHE-CONTROL: private", "Expires: 0", "Retry-After: 1",
                "Allow: GET",
                "Content-Encoding: gzip", "Content-Language: de", "Mcp-Protocol-Version: 2025-11-25", "Server: x",
                "Set-Cookie: a",
                "Txn-Token: x", "X-Actor-Sub: x", "WWW-Authenticate: Bearer", "Location: /x", "Link: </>",
                "Access-Control-Allow-Origin: *",
                "X-Accel-Redirect: /etc/passwd", "Content-Security-Policy: x", "Connection: close"))
        #expect(relay.status == 200 && !relay.isEventStream)
        #expect(
            relay.fields.lines == [
                "Content-Type: application/json", "CACHE-CONTROL: private", "Expires: 0", "Retry-After: 1",
                "Allow: GET",
                "Content-Encoding: gzip", "Content-Language: de", "Mcp-Protocol-Version: 2025-11-25",
            ])
    }

    @Test func nothingIsStoredUnlessTheServerSaysSo() throws {
        #expect(try Self.filter().0.filter(Self.head()).fields.lines == ["Cache-Control: no-store"])
    }

    @Test(arguments: ["text/event-stream", "text/event-stream; charset=utf-8", "TEXT/Event-Stream"])
    func eventStreamsAreNotBufferedOnTheWay(type: String) throws {
        let relay = try Self.filter().0.filter(Self.head("Content-Type: \(type)"))
        #expect(relay.isEventStream)
        #expect(relay.fields.lines == ["Content-Type: \(type)", "X-Accel-Buffering: no", "Cache-Control: no-store"])
    }

    @Test(arguments: [
        ("401 No", UpstreamFault.wantsCredential), ("403 No", .wantsCredential), ("407 No", .wantsCredential),
        ("300 Go", .redirected), ("301 Go", .redirected), ("307 Go", .redirected), ("308 Go", .redirected),
        ("304 Go", .redirected),
    ])
    func someAnswersAreWithheld(status: String, fault: UpstreamFault) throws {
        let filter = try Self.filter().0
        #expect(throws: fault) { try filter.filter(Self.head("Location: http://evil.example", status: status)) }
    }

    @Test(arguments: [
        "200 OK", "202 Accepted", "400 Bad", "404 No", "405 No", "406 No", "410 Gone", "500 Oh", "503 Busy",
    ])
    func otherStatusesAreTheServersOwn(status: String) throws {
        #expect(try Self.filter().0.filter(Self.head(status: status)).status == Int(status.prefix(3)))
    }

    @Test func anAnswerThatCarriesTheEnvelopeIsWithheld() throws {
        let (filter, envelope) = try Self.filter()
        for part in [
            envelope.bytes, envelope.tokenID.bytes, Array(envelope.signature), Array(envelope.signature.suffix(32)),
        ] {
            let field = "Content-Language: x" + String(decoding: part, as: UTF8.self) + "y"
            #expect(throws: UpstreamFault.echoedEnvelope) { try filter.filter(Self.head(field)) }
        }
        let half = String(decoding: envelope.signature.suffix(31), as: UTF8.self)
        #expect(throws: Never.self) { try filter.filter(Self.head("Content-Language: \(half)")) }
    }

    @Test func aSessionIsSealedForItsReceiver() throws {
        let relay = try Self.filter().0.filter(Self.head("Mcp-Session-Id: s1"))
        let session = try #require(relay.fields.first("mcp-session-id"))
        #expect(session.count > 30)
        let modern = try Self.filter { $0.era = .modern }.0.filter(Self.head("Mcp-Session-Id: s1"))
        #expect(modern.fields.lines == ["Cache-Control: no-store"])
    }

    @Test(arguments: [["Mcp-Session-Id: a", "Mcp-Session-Id: b"], ["Mcp-Session-Id: a b"], ["Mcp-Session-Id:"]])
    func aSessionThatIsNoneSpoilsTheAnswer(fields: [String]) throws {
        let filter = try Self.filter().0
        let head = try ResponseHead.parsing((["HTTP/1.1 200 OK"] + fields + ["", ""]).joined(separator: "\n"))
        #expect(throws: UpstreamFault.malformed) { try filter.filter(head) }
    }

    @Test func anAllowedPageMayReadTheAnswer() throws {
        let relay = try Self.filter { $0.origin = "https://app.example" }.0.filter(Self.head())
        #expect(
            relay.fields.lines == [
                "Cache-Control: no-store", "Access-Control-Allow-Origin: https://app.example",
                "Access-Control-Expose-Headers: WWW-Authenticate, Mcp-Session-Id, Mcp-Protocol-Version, Retry-After",
                "Vary: Origin",
            ])
    }
}
