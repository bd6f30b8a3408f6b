package import HTTPCodec
import Identity
import Policy
import StrictCoding

/// What of a service's answer reaches the server that called: no challenge or browser state, no identity fields, no
/// way around the gateway, and neither the credential nor the service's envelope.
package final class ServiceResponseFilter: Sendable {
    private let plan: ServicePlan
    /// Its prefix is where the caller reaches this service.
    private let call: OutboundCall
    private let credential: OutboundCredential
    /// What would betray the service's envelope, and the field in which envelopes travel.
    private let marks: Marks?
    private let envelopeHeader: ByteString

    init(
        plan: ServicePlan, call: OutboundCall, credential: OutboundCredential, envelope: Envelope?,
        envelopeHeader: ByteString
    ) {
        self.plan = plan
        self.call = call
        self.credential = credential
        marks = envelope.map { Marks([$0.tokenID.bytes, $0.mark]) }
        self.envelopeHeader = envelopeHeader
    }

    /// Whether the service does not accept the credential.
    package func rejectsCredential(_ head: ResponseHead) -> Bool {
        head.status == 401
    }

    package func filter(_ head: ResponseHead) throws(DownstreamFault) -> FieldBlock {
        if head.status == 407 { throw .malformed }
        var fields = FieldBlock(reservingBytes: 1_024, fields: head.fields.count)
        let nominates = head.connection.contains(.nominatesFields)
        for index in 0..<head.fields.count where isPassedOn(head.fields, at: index) {
            guard !(nominates && head.fields.nominates(at: index)) else { continue }
            guard !isNamed(anyOf: Self.places, head.fields, at: index) else { continue }
            guard !head.fields.withValue(at: index, echoes) else { continue }
            fields.append(from: head.fields, at: index)
        }
        if let index = head.fields.firstIndex(of: "location") {
            // The caller would follow it; its own HTTP client must end up at the gateway again, or nowhere.
            guard !head.fields.withValue(at: index, echoes), let inside = rewritten(head.fields.value(at: index)) else {
                if (300...399).contains(head.status) { throw .redirected }
                return fields
            }
            fields.append("Location", plain: inside, "a checked path is visible ASCII")
        }
        return fields
    }

    private static let places: [StaticString] = ["location", "content-location", "refresh"]
    private static let dropped: [StaticString] = ["authentication-info", "clear-site-data", "link-template"]

    private func isPassedOn(_ fields: FieldBlock, at index: Int) -> Bool {
        guard case .forward = fields.responseFate(at: index) else { return false }
        return !isNamed(anyOf: Self.dropped, fields, at: index) && !fields.isLookAlike(at: index, of: envelopeHeader)
    }

    private func echoes(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        marks?.occur(in: value) == true || credential.occurs(in: value)
    }

    private func isNamed(anyOf names: [StaticString], _ fields: FieldBlock, at index: Int) -> Bool {
        names.contains { fields.isNamed($0, at: index) }
    }

    /// The same place as the caller may ask for it; nil for a place outside of the service.
    private func rewritten(_ location: ArraySlice<UInt8>) -> [UInt8]? {
        var path = location.prefix { $0 != UInt8(ascii: "#") }
        let origin = plan.origin
        if path.starts(with: origin) {
            path = path.dropFirst(origin.count)
            if path.isEmpty { path = [UInt8(ascii: "/")] }
        }
        guard path.first == UInt8(ascii: "/"), !path.dropFirst().starts(with: [UInt8(ascii: "/")]),
            let target = try? Target(parsing: path, host: nil)
        else { return nil }
        guard target.path.bytes.starts(with: plan.basePath) else { return nil }
        let rest = target.path.bytes.dropFirst(plan.basePath.count)
        guard rest.isEmpty || rest.first == UInt8(ascii: "/") else { return nil }
        return call.publicPrefix + rest + (target.query.map { [UInt8(ascii: "?")] + $0 } ?? [])
    }
}
