import Admission
import Crypto
import HTTPCodec
import Identity
import Policy
import StrictCoding
import TestSupport
import Testing

@testable import Delegation

@Suite("One outbound call, step by step")
struct EgressExchangeTests {
    private let sample: CallSample
    private let presenter = Presenter.server("orders")

    init() throws {
        sample = try CallSample(.everyMethod)
    }

    private func head(_ service: String = "orders_api", method: String = "GET") throws -> RequestHead {
        let envelope = String(decoding: sample.envelope.bytes, as: UTF8.self)
        return try CallSample.head(
            "/\(CallSample.secret)/\(service)/orders/o-1", method: method, "Txn-Token: \(envelope)")
    }

    /// Up to the intent.
    private func attributed(_ service: String = "orders_api", method: String = "GET") throws -> EgressExchange {
        var exchange = EgressExchange(plan: sample.plan)
        _ = try exchange.received(head(service, method: method))
        _ = try exchange.presented(by: presenter, now: CallSample.now)
        try exchange.attributed(sample.attributed, span: CallSample.fresh.span)
        return exchange
    }

    private static func credential(_ text: String = "t") -> Credential {
        Credential(
            token: SecretBytes(Array(text.utf8)), expires: CallSample.now + 60, scopes: ["orders:read"], audience: "aud"
        )
    }

    @Test func aCallIsPresentedAttributedIntendedAndGranted() throws {
        var exchange = EgressExchange(plan: sample.plan)
        #expect(try exchange.received(head()) == SHA256.digest(Array(CallSample.secret.utf8)))
        let proofs = try exchange.presented(by: presenter, now: CallSample.now)
        #expect(proofs == [.envelope(transaction: "txn-1", envelopeID: "jti-1")])
        try exchange.attributed(sample.attributed, span: CallSample.fresh.span)
        guard case .obtain(let request) = try exchange.intended(fresh: CallSample.fresh, now: CallSample.now) else {
            Issue.record("a token for a user is asked for")
            return
        }
        #expect(request.tenant == "acme" && request.notAfter == sample.transaction.tokenExpires)
        let warrant = try exchange.granted(Self.credential(), source: .miss)
        let outbound = OutboundRequest(spending: warrant)
        #expect(outbound.fields.lines.last == "Authorization: Bearer t")
        #expect(String(decoding: outbound.target, as: UTF8.self) == "/v1/orders/o-1" && outbound.mayRepeat)
        #expect(exchange.trail.source == .miss && exchange.trail.scopesGranted == ["orders:read"])
        #expect(exchange.trail.audience == "aud" && exchange.trail.tokenDigest?.count == 16)
        #expect(exchange.trail.presenter == presenter && exchange.trail.attribution == .envelope)
    }

    /// What the service finds in its trace is what the records of the call say, before the intent is written.
    @Test func theSpanOfACallIsKnownBeforeItsIntent() throws {
        var exchange = try attributed("anything")
        #expect(exchange.trail.span?.text == "0606060606060606")
        guard case .send(let warrant) = try exchange.intended(fresh: CallSample.fresh, now: CallSample.now) else {
            Issue.record("a fixed credential is at hand")
            return
        }
        let sent = OutboundRequest(spending: warrant).fields.lines.filter { $0.hasPrefix("traceparent") }
        #expect(sent == ["traceparent: 00-\(sample.transaction.statement.claims.traceID)-0606060606060606-00"])
        #expect(exchange.trail.span?.text == "0606060606060606")
    }

    @Test func aCallThatThePolicyRefusesHasASpanAndOneOfNoRequestHasNone() throws {
        var exchange = EgressExchange(plan: sample.plan)
        _ = try exchange.received(CallSample.head("/\(CallSample.secret)/nothing/x"))
        #expect(exchange.trail.span == nil)
        _ = try exchange.presented(by: presenter, now: CallSample.now)
        #expect(exchange.trail.span == nil)
        #expect(throws: EgressRefusal.self) {
            try exchange.attributed(sample.attributed, span: CallSample.fresh.span)
        }
        #expect(exchange.trail.span == CallSample.fresh.span)
    }

    @Test func aFixedCredentialIsSentAtOnce() throws {
        var exchange = try attributed("anything")
        guard case .send(let warrant) = try exchange.intended(fresh: CallSample.fresh, now: CallSample.now) else {
            Issue.record("a fixed credential is at hand")
            return
        }
        #expect(OutboundRequest(spending: warrant).fields.lines.last == "X-Api-Key: not-a-real-secret")
        #expect(exchange.trail.source == .fixed && exchange.trail.tokenDigest == nil)
        // It has no successor.
        let rejection = exchange.rejected()
        #expect(rejection.request == nil && !rejection.mayTryAgain)
    }

    @Test(arguments: [("GET", true), ("POST", false)]) func aCallIsTriedAgainOnce(method: String, mayTryAgain: Bool)
        throws
    {
        var exchange = try attributed(method: method)
        _ = try exchange.intended(fresh: CallSample.fresh, now: CallSample.now)
        _ = try exchange.granted(Self.credential(), source: .hit)
        let span = exchange.trail.span
        let first = exchange.rejected()
        #expect(first.request != nil && first.mayTryAgain == mayTryAgain)
        guard mayTryAgain else { return }
        let warrant = try exchange.granted(Self.credential("u"), source: .miss)
        let fields = OutboundRequest(spending: warrant).fields
        #expect(fields.lines.last == "Authorization: Bearer u")
        let again = fields.lines.filter { $0.hasPrefix("traceparent") }
        #expect(
            again == ["traceparent: 00-\(sample.transaction.statement.claims.traceID)-0606060606060606-00"],
            "it is one call")
        #expect(exchange.trail.span == span && span?.text == "0606060606060606")
        let second = exchange.rejected()
        #expect(second.request != nil && !second.mayTryAgain)
    }

    @Test func nobodyIsNoPresenter() throws {
        var exchange = EgressExchange(plan: sample.plan)
        _ = try exchange.received(head())
        let refusal = #expect(throws: EgressRefusal.self) { try exchange.presented(by: nil, now: CallSample.now) }
        #expect(refusal?.code == "presenter_unknown" && exchange.trail.presenter == nil)
        #expect(exchange.trail.method == "GET" && exchange.trail.service == nil)
    }

    /// The word of a caller goes into no record before the policy knows it.
    @Test func aServiceIsOnRecordWhenThePolicyKnowsIt() throws {
        for (name, recorded) in [("orders_api", "orders_api"), ("<script>", nil), ("anything", "anything")]
            as [(String, ByteString?)]
        {
            var exchange = EgressExchange(plan: sample.plan)
            guard let head = try? CallSample.head("/\(CallSample.secret)/\(name)/x"),
                (try? exchange.received(head)) != nil
            else { continue }
            _ = try? exchange.presented(by: presenter, now: CallSample.now)
            #expect(exchange.trail.service == recorded)
        }
    }

    @Test func anExpiredTransactionIsNotIntended() throws {
        for seconds in [900, 901] as [Int64] {
            var exchange = try attributed("anything")
            let refusal = #expect(throws: EgressRefusal.self) {
                _ = try exchange.intended(fresh: CallSample.fresh, now: CallSample.now + seconds)
            }
            #expect(refusal?.code == "txn_closed")
        }
        var exchange = try attributed("anything")
        _ = try exchange.intended(fresh: CallSample.fresh, now: CallSample.now + 899)
    }

    /// The driver cannot skip a step by mistake: it stops instead.
    @Test func noCredentialWithoutAnIntent() async {
        await #expect(processExitsWith: .failure) {
            let sample = try CallSample()
            var exchange = EgressExchange(plan: sample.plan)
            _ = try exchange.received(CallSample.head("/\(CallSample.secret)/orders_api/orders/o-1"))
            _ = try exchange.presented(by: .server("orders"), now: CallSample.now)
            try exchange.attributed(sample.attributed, span: CallSample.fresh.span)
            _ = try exchange.granted(
                Credential(token: SecretBytes([1]), expires: CallSample.now, scopes: [], audience: nil), source: .hit)
        }
    }

    @Test func noIntentWithoutATransaction() async {
        await #expect(processExitsWith: .failure) {
            var exchange = EgressExchange(plan: try CallSample().plan)
            _ = try exchange.received(CallSample.head("/\(CallSample.secret)/orders_api/orders/o-1"))
            _ = try exchange.presented(by: .server("orders"), now: CallSample.now)
            _ = try exchange.intended(fresh: CallSample.fresh, now: CallSample.now)
        }
    }
}
