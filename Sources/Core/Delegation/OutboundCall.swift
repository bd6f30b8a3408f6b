import Admission
import Crypto
import HTTPCodec
import Identity
import Policy
import StrictCoding

/// A server's outbound call as its head says it: `/<secret>/<service>/<path>?<query>`, and what it shows as proofs.
final class OutboundCall: Sendable {
    let head: RequestHead
    let method: ByteString
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
    /// The first segment of the path.
    private let secretMarks: Marks

    /// 256 bits in base64url.
    static let secretBytes = 43

    /// - Parameter method: the name of the head's method.
    init(_ head: RequestHead, method: ByteString? = nil) throws(EgressRefusal) {
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
        self.method = method ?? ByteString(head.method.name)
        secretMarks = Marks([Array(secret)])
        // A digest is looked up: how long that takes tells nothing of the secret.
        presenterDigest = SHA256.digest(secret)
        publicPrefix = Array(path[..<serviceEnd])
        service = ByteString(Array(rest[..<serviceEnd]))
        hasPath = serviceEnd < rest.endIndex
        self.path = hasPath ? ByteString(Array(rest[serviceEnd...])) : "/"
        query = target.query
    }

    /// What the call shows: at most one envelope and at most one handle. Another credential in `Authorization` is the
    /// server's own and says nothing here.
    ///
    /// - Parameters:
    ///   - audience: which envelopes this presenter may show.
    ///   - forwarded: the transaction for which an envelope with this SHA-256 was minted here, as long as it is not
    ///     over.
    func proofs(
        audience: ByteString, epoch: Epoch, now: UnixTime, forwarded: (ByteString) -> Transaction? = { _ in nil }
    ) throws(EgressRefusal) -> [TransactionProof] {
        var proofs: [TransactionProof] = []
        if let compact = try envelope(header: epoch.policy.envelope.header) {
            let judge = EnvelopeJudge(epoch: epoch, audience: audience, now: now)
            do { proofs.append(try judge.proof(by: compact, forwarded: forwarded)) } catch { throw .envelope(error) }
        }
        if let handle = try handle() { proofs.append(.handle(handle)) }
        return proofs
    }

    private func envelope(header: ByteString) throws(EgressRefusal) -> ArraySlice<UInt8>? {
        var found: ArraySlice<UInt8>?
        for index in 0..<head.fields.count where head.fields.isLookAlike(at: index, of: header) {
            guard found == nil else { throw .proofRepeated }
            found = head.fields.value(at: index)
        }
        return found
    }

    private func handle() throws(EgressRefusal) -> [UInt8]? {
        guard let field = head.fields.first("authorization") else { return nil }
        guard head.fields.occurrences(of: "authorization") == 1 else { throw .proofRepeated }
        guard let space = field.firstIndex(of: 0x20), field[..<space].equalsIgnoringASCIICase("bearer") else {
            return nil
        }
        let text = field[(space + 1)...].trimmingSpacesAndTabs()
        guard text.starts(with: Handle.prefix) else { return nil }
        // What claims to be a handle and is none names no transaction.
        return Handle.digest(of: text) ?? SHA256.digest(text)
    }

    /// Whether an envelope, a handle or the server's secret would be passed on: in the path, the query, or, but for the
    /// secret, in another field.
    ///
    /// - Parameters:
    ///   - mark: `Envelope.mark` of the request's own envelope, which also tells a part of it.
    ///   - header: where envelopes belong.
    func leaks(mark: [UInt8], header: ByteString) -> Bool {
        let proofs = Marks([Handle.prefix, Self.envelopeStart, mark])
        if proofs.occurUnescaped(in: path.bytes) || secretMarks.occurUnescaped(in: path.bytes) { return true }
        if let query, proofs.occurUnescaped(in: query) || secretMarks.occurUnescaped(in: query) { return true }
        for index in 0..<head.fields.count {
            guard case .forward = head.fields.requestFate(at: index) else { continue }
            if head.fields.isLookAlike(at: index, of: header) { continue }
            if head.fields.withValue(at: index, { proofs.occurUnescaped(in: $0) }) { return true }
        }
        return false
    }

    /// Whether a field's value holds the server's secret. HTTP clients that follow a redirect name the address from
    /// which they come, unasked: the field is left behind, and the call may go on.
    func showsSecret(at index: Int) -> Bool {
        head.fields.withValue(at: index) { secretMarks.occurUnescaped(in: $0) }
    }

    /// As above for any bytes.
    func showsSecret(_ value: ArraySlice<UInt8>) -> Bool {
        secretMarks.occurUnescaped(in: value)
    }

    /// What every envelope begins with, whoever's it is: the header less the key's name. 36 bytes, so that base64url
    /// has no byte of what follows.
    private static let envelopeStart = Base64URL.encode(Array(#"{"alg":"ES256","typ":"txntoken+jwt","#.utf8))
}
