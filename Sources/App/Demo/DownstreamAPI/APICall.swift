internal import HTTPCodec
internal import HTTPWire
internal import StrictCoding

/// One call as an API understood it: who it believes is calling, by what, and what came with it.
struct APICall: Sendable {
    /// What is kept of a path or a field: far more than a good call has.
    private static let textLimit = 512
    /// Fields that speak of identity or trace, as the gateway adds them.
    private static let auditNames: [StaticString] = [
        "x-actor-sub", "x-actor-tenant", "x-agent-id", "x-delegation-mode", "x-trace-id", "traceparent", "tracestate",
        "baggage",
    ]

    /// Counts from 1 and does not start over.
    let number: Int
    let time: Int64
    let api: String
    let method: ByteString
    let path: ByteString
    let status: Int
    let token: Result<AcceptedToken, ResourceServer.Refusal>
    let tokenKind: String
    /// Names as received.
    let auditFields: [(name: ByteString, value: ByteString)]
    let stray: StrayIdentity

    init(
        _ request: ServiceRequest, number: Int, time: Int64, to api: any BusinessAPI.Type, status: Int,
        token: Result<AcceptedToken, ResourceServer.Refusal>
    ) {
        self.number = number
        self.time = time
        self.api = api.name
        method = Self.cut(request.method.name)
        path = Self.cut(request.path.utf8)
        self.status = status
        self.token = token
        tokenKind = api.tokenKind
        let fields = request.fields
        auditFields = (0..<fields.count).filter { index in
            Self.auditNames.contains { fields.isNamed($0, at: index) }
        }.map { (Self.cut(fields.name(at: $0)), Self.cut(fields.value(at: $0))) }
        stray = StrayIdentity(in: request)
    }

    /// Who is calling, as far as the token says it; nil where none was accepted.
    var caller: String? {
        guard case .success(let token) = token else { return nil }
        guard token.subject == token.clientID else {
            return ([token.subject] + token.actors).map(\.string).joined(separator: " via ")
        }
        let said = auditFields.first { $0.name.bytes.equalsIgnoringASCIICase("x-actor-sub") }?.value
        return "service \(token.subject)" + (said.map { ", says it is for \($0)" } ?? "")
    }

    private static func cut(_ text: some Collection<UInt8>) -> ByteString {
        ByteString(text.prefix(textLimit))
    }
}
