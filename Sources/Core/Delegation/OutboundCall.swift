import Admission
import Crypto
import HTTPCodec
import Identity
import Policy
import StrictCoding

/// A server's outbound call as its head says it: `/<secret>/<service>/<path>?<query>`, and what it shows as proofs.
struct OutboundCall {
    let head: RequestHead
    /// `/<secret>/<service>`, as it is normalised.
    let publicPrefix: [UInt8]
    /// SHA-256 of the first segment of the path.
    let presenterDigest: [UInt8]
    let service: ByteString
    /// Normalised, below the service's own path, beginning with a slash.
    let path: ByteString
    /// Whether the caller wrote a path behind the service at all.
    let hasPath: Bool
    let query: ArraySlice<UInt8>?

    /// 256 bits in base64url.
    static let secretBytes = 43

    init(_ head: RequestHead) throws(EgressRefusal) {
        let target: Target
        do { target = try Target(of: head) } catch { throw .wire(error) }
        let path = target.path.bytes
        let slash = UInt8(ascii: "/")
        let secretEnd = path.dropFirst().firstIndex(of: slash) ?? path.endIndex
        let secret = path[1..<max(1, secretEnd)]
        guard path.first == slash, secret.count == Self.secretBytes, secretEnd < path.endIndex else {
            throw .presenterUnknown
        }
        let rest = path[(secretEnd + 1)...]
        let serviceEnd = rest.firstIndex(of: slash) ?? rest.endIndex
        self.head = head
        // A digest is looked up: how long that takes tells nothing of the secret.
        presenterDigest = SHA256.digest(Array(secret))
        publicPrefix = Array(path[..<serviceEnd])
        service = ByteString(Array(rest[..<serviceEnd]))
        hasPath = serviceEnd < rest.endIndex
        self.path = hasPath ? ByteString(Array(rest[serviceEnd...])) : "/"
        query = target.query
    }

    /// What the call shows: at most one envelope and at most one handle. Another credential in `Authorization` is the
    /// server's own and says nothing here.
    ///
    /// - Parameter audience: which envelopes this presenter may show.
    func proofs(audience: ByteString, epoch: Epoch, now: UnixTime) throws(EgressRefusal) -> [TransactionProof] {
        var proofs: [TransactionProof] = []
        if let compact = try envelope(header: epoch.policy.envelope.header) {
            do {
                let claims = try UnverifiedEnvelope(compact: Array(compact)).verify(
                    keys: epoch.envelopeKeys, issuer: epoch.policy.publicURL.origin, audience: audience, now: now,
                    leeway: Self.leewaySeconds
                ).claims
                proofs.append(.envelope(transaction: claims.transactionID, envelopeID: claims.tokenID))
            } catch {
                throw .envelope(error)
            }
        }
        if let handle = try handle() { proofs.append(.handle(handle)) }
        return proofs
    }

    /// The gateway's own clock made the envelope; this covers several gateways with one key directory.
    private static let leewaySeconds: Int64 = 5

    private func envelope(header: ByteString) throws(EgressRefusal) -> ArraySlice<UInt8>? {
        var found: ArraySlice<UInt8>?
        for index in 0..<head.fields.count where FieldNames.isLookAlike(head.fields.name(at: index), of: header.bytes) {
            guard found == nil else { throw .proofRepeated }
            found = head.fields.value(at: index)
        }
        return found
    }

    private func handle() throws(EgressRefusal) -> [UInt8]? {
        let fields = head.fields.all("authorization")
        guard let field = fields.first else { return nil }
        guard fields.count == 1 else { throw .proofRepeated }
        guard let space = field.firstIndex(of: 0x20), field[..<space].equalsIgnoringASCIICase("bearer") else {
            return nil
        }
        let text = field[(space + 1)...].trimmingSpacesAndTabs()
        guard text.starts(with: Handle.prefix) else { return nil }
        // What claims to be a handle and is none names no transaction.
        return Handle.digest(of: text) ?? SHA256.digest(Array(text))
    }

    /// Whether an envelope, a handle or the server's secret would be passed on: in the path, the query, or, but for the
    /// secret, in another field.
    ///
    /// - Parameters:
    ///   - mark: `Envelope.mark` of the request's own envelope, which also tells a part of it.
    ///   - header: where envelopes belong.
    func leaks(mark: [UInt8], header: ByteString) -> Bool {
        let proofs = [Handle.prefix, Self.envelopeStart, mark]
        let marks = proofs + [secret]
        if Self.shows(path.bytes[...], marks) || Self.shows(query ?? [], marks) { return true }
        for index in 0..<head.fields.count {
            guard case .forward = head.fields.requestFate(at: index) else { continue }
            if FieldNames.isLookAlike(head.fields.name(at: index), of: header.bytes) { continue }
            if Self.shows(head.fields.value(at: index), proofs) { return true }
        }
        return false
    }

    /// Whether a field's value holds the server's secret. HTTP clients that follow a redirect name the address from
    /// which they come, unasked: the field is left behind, and the call may go on.
    func showsSecret(_ value: ArraySlice<UInt8>) -> Bool {
        Self.shows(value, [secret])
    }

    private var secret: [UInt8] { Array(publicPrefix[1...Self.secretBytes]) }

    /// What every envelope begins with, whoever's it is: the header less the key's name. 36 bytes, so that base64url
    /// has no byte of what follows.
    private static let envelopeStart = Base64URL.encode(Array(#"{"alg":"ES256","typ":"txntoken+jwt","#.utf8))

    private static func shows(_ text: ArraySlice<UInt8>, _ marks: [[UInt8]]) -> Bool {
        let text = text.unescaped
        return marks.contains { text.contains(subsequence: $0) }
    }
}

extension ArraySlice<UInt8> {
    /// With percent-encoded octets as themselves; what is no escape stays as it is.
    fileprivate var unescaped: ArraySlice<UInt8> {
        let percent = UInt8(ascii: "%")
        guard contains(percent) else { return self }
        var plain: [UInt8] = []
        var index = startIndex
        while index < endIndex {
            if self[index] == percent, index + 2 < endIndex,
                let octet = Hex.decode(Array(self[(index + 1)...(index + 2)]).asciiLowercased())
            {
                plain += octet
                index += 3
            } else {
                plain.append(self[index])
                index += 1
            }
        }
        return plain[...]
    }
}
