import Crypto
package import HTTPCodec
import Identity
import Policy
import StrictCoding

/// What of a service's answer reaches the server that called: no challenge or browser state, no identity fields, no
/// way around the gateway, and neither the credential nor the service's envelope.
package struct ServiceResponseFilter: Sendable {
    private let service: DownstreamService
    /// `/<secret>/<service>`: where the caller reaches this service.
    private let prefix: [UInt8]
    private let credential: SecretBytes
    /// What would betray the service's envelope, and the field in which envelopes travel.
    private let marks: [[UInt8]]
    private let envelopeHeader: ByteString

    init(
        service: DownstreamService, prefix: [UInt8], credential: OutboundCredential, envelope: Envelope?,
        envelopeHeader: ByteString
    ) {
        self.service = service
        self.prefix = prefix
        self.credential = credential.secret
        marks = envelope.map { [$0.tokenID.bytes, $0.mark] } ?? []
        self.envelopeHeader = envelopeHeader
    }

    /// Whether the service does not accept the credential.
    package func rejectsCredential(_ head: ResponseHead) -> Bool {
        head.status == 401
    }

    package func filter(_ head: ResponseHead) throws(DownstreamFault) -> FieldBlock {
        if head.status == 407 { throw .malformed }
        var fields = FieldBlock(reservingBytes: 1_024, fields: head.fields.count)
        for index in 0..<head.fields.count where isPassedOn(head.fields, at: index) {
            guard !isNamedAny(["location", "content-location", "refresh"], head.fields, at: index) else { continue }
            guard !echoes(head.fields.value(at: index)) else { continue }
            fields.append(from: head.fields, at: index)
        }
        if let location = head.fields.first("location") {
            // The caller would follow it; its own HTTP client must end up at the gateway again, or nowhere.
            guard !echoes(location), let inside = rewritten(location) else {
                if (300...399).contains(head.status) { throw .redirected }
                return fields
            }
            fields.append("Location", plain: inside, "a checked path is visible ASCII")
        }
        return fields
    }

    private func isPassedOn(_ fields: FieldBlock, at index: Int) -> Bool {
        guard case .forward = fields.responseFate(at: index) else { return false }
        return !isNamedAny(["authentication-info", "clear-site-data", "link-template"], fields, at: index)
            && !FieldNames.isLookAlike(fields.name(at: index), of: envelopeHeader.bytes)
            && !fields.nominates(fields.name(at: index))
    }

    private func echoes(_ value: ArraySlice<UInt8>) -> Bool {
        marks.contains { value.contains(subsequence: $0) }
            || credential.withBytes { value.contains(subsequence: Array($0)) }
    }

    private func isNamedAny(_ names: [StaticString], _ fields: FieldBlock, at index: Int) -> Bool {
        names.contains { fields.isNamed($0, at: index) }
    }

    /// The same place as the caller may ask for it; nil for a place outside of the service.
    private func rewritten(_ location: ArraySlice<UInt8>) -> [UInt8]? {
        var path = location.prefix { $0 != UInt8(ascii: "#") }
        let origin = service.url.origin.bytes
        if path.starts(with: origin) {
            path = path.dropFirst(origin.count)
            if path.isEmpty { path = [UInt8(ascii: "/")] }
        }
        guard path.first == UInt8(ascii: "/"), !path.dropFirst().starts(with: [UInt8(ascii: "/")]),
            let target = try? Target(parsing: path, host: nil)
        else { return nil }
        var base = service.url.path.bytes
        if base.last == UInt8(ascii: "/") { base.removeLast() }
        guard target.path.bytes.starts(with: base) else { return nil }
        let rest = target.path.bytes.dropFirst(base.count)
        guard rest.isEmpty || rest.first == UInt8(ascii: "/") else { return nil }
        return prefix + rest + (target.query.map { [UInt8(ascii: "?")] + $0 } ?? [])
    }
}
