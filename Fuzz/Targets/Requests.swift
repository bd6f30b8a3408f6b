import Admission
import HTTPCodec
import Identity
import StrictCoding

/// Requests on their way through the gateway, without the network.
enum Requests {
    /// The body of a request that the policy allows.
    static let call = Array(
        #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"list_orders","arguments":{}}}"#.utf8)

    /// The first head of these octets, and what content came with it.
    static func received(_ octets: [UInt8]) throws(BrokenPromise) -> (head: RequestHead, content: [UInt8])? {
        let trail = try HTTPRequests.trail([octets[...]])
        guard let head = trail.heads.first else { return nil }
        guard trail.steps.count > 1, case .content(let content) = trail.steps[1] else { return (head, []) }
        return (head, content)
    }

    /// The head of an answer, if it is a final one.
    static func answered(_ octets: [UInt8]) throws(BrokenPromise) -> ResponseHead? {
        try HTTPResponses.trail([octets[...]], answering: .post).heads.first { !$0.isInformational }
    }

    /// What reaches the server of a request with this head and body, and what answers are judged by.
    static func forward(
        _ head: RequestHead, _ body: [UInt8], token: AccessToken, epoch: Epoch
    ) -> (request: UpstreamRequest, filter: ResponseFilter, marks: [[UInt8]], handle: [UInt8]?, trail: IngressTrail)? {
        var exchange = IngressExchange(epoch: epoch)
        guard case .identify = exchange.received(head),
            case .read(let limit) = exchange.identified(token, now: World.now), body.count <= limit,
            let permit = try? exchange.receivedMessage(body, fresh: World.fresh, now: World.now)
        else { return nil }
        let (envelope, handle, trail) = (permit.envelope, permit.handle, permit.trail)
        let filter = ResponseFilter(epoch: epoch, trail: trail, envelope: envelope, handle: handle)
        return (
            UpstreamRequest(spending: permit), filter, [envelope.bytes, envelope.tokenID.bytes, envelope.mark],
            handle?.authorization, trail
        )
    }

    /// A call of Alice's as her client makes it.
    static func usual(token: AccessToken, epoch: Epoch) -> UpstreamRequest? {
        guard let head = usualHead else { return nil }
        return forward(head, call, token: token, epoch: epoch)?.request
    }

    static let usualHead: RequestHead? = {
        let text = """
            POST /mcp/orders HTTP/1.1\r\nHost: gw.example\r\nAuthorization: Bearer abc\r\n\
            Content-Type: application/json\r\n\r\n
            """
        return try? received(Array(text.utf8))?.head
    }()
}

/// What is sent to a server or a service, looked at by a list of names of its own.
enum SentFields {
    /// - Parameters:
    ///   - ours: names that are there at most once, with exactly these values; by canonical name.
    ///   - mayPass: whether a name of the sender's may be there, too.
    static func check(
        _ fields: FieldBlock, ours: [String: [UInt8]], mayPass: (String) -> Bool
    ) throws(BrokenPromise) {
        var seen: Set<String> = []
        for index in 0..<fields.count {
            let name = canonical(fields.name(at: index))
            let value = Array(fields.value(at: index))
            try promise(!value.contains { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7F }, "an unclean value of \(name)")
            if let own = ours[name] {
                try promise(value == own, "`\(name)` says \(value.shown)")
                try promise(seen.insert(name).inserted, "`\(name)` twice")
            } else {
                try promise(mayPass(name), "`\(name)` was let through: \(value.shown)")
            }
        }
    }

    /// As a server reads names that folds case and separators.
    static func canonical(_ name: ArraySlice<UInt8>) -> String {
        String(
            decoding: name.map { byte in
                let lower = byte.asciiLowercased
                return lower.isASCIILowercase || lower.isASCIIDigit ? lower : UInt8(ascii: "-")
            }, as: UTF8.self)
    }

    /// Sent as it would be, it must be read as it was meant.
    static func checkWire(
        method: Method, target: [UInt8], fields: FieldBlock, framing: BodyFraming
    ) throws(BrokenPromise) {
        var octets: [UInt8] = []
        RequestSerializer.appendHead(method: method, target: target, fields: fields, framing: framing, to: &octets)
        let limits = CodecLimits(headBytes: 256 * 1024, headerFields: 300, targetBytes: 32 * 1024)
        let trail = try HTTPRequests.trail([octets[...]], limits: limits)
        guard let head = trail.heads.first, trail.refusal == nil, trail.heads.count == 1 else {
            throw BrokenPromise("we send what we refuse (\(String(describing: trail.refusal))): \(octets.shown)")
        }
        try promise(head.method == method && Array(head.target) == target, "we send another request line")
        try promise(head.framing == framing, "we send another framing")
    }
}
