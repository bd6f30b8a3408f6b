package import Crypto
package import Identity
package import StrictCoding

/// One forwarded request as egress knows it: for whom its server may call services, and until when.
///
/// Made with the envelope that is forwarded, kept in memory only, and gone soon after the answer. Immutable, and passed
/// on by reference: the request, the table and each of its calls share one.
package final class Transaction: Sendable {
    package let statement: TransactionStatement
    /// The server's name in the policy: nobody else may present this transaction.
    package let server: ByteString
    /// The access token with which the user came, where a service of the server needs it.
    package let subjectToken: SealedToken?
    /// SHA-256 of the access token.
    package let tokenDigest: [UInt8]
    package let tokenExpires: UnixTime
    /// SHA-256 of the handle that the server got as `Authorization`.
    package let handle: [UInt8]?
    /// The launched instance to which the request went.
    package let instance: ByteString?
    /// By which the forwarded envelope is known again; `nil` where each one that is shown is to be verified.
    package let envelope: ForwardedEnvelope?
    /// `Envelope.mark` of the forwarded envelope: where it is found outside of its header, the envelope leaks.
    package let envelopeMark: [UInt8]
    /// From then on no call is attributed to it, whatever proves it; a forwarded envelope dies at its own `exp`.
    package let deadline: UnixTime

    package init(
        claims: EnvelopeClaims, server: ByteString, subjectToken: SealedToken?, tokenDigest: [UInt8],
        tokenExpires: UnixTime, handle: [UInt8]?, actorName: ByteString?, envelope: ForwardedEnvelope? = nil,
        envelopeMark: [UInt8] = [], deadline: UnixTime
    ) {
        statement = TransactionStatement(claims: claims, actorName: actorName)
        self.server = server
        self.subjectToken = subjectToken
        self.tokenDigest = tokenDigest
        self.tokenExpires = tokenExpires
        self.handle = handle
        instance = nil
        self.envelope = envelope
        self.envelopeMark = envelopeMark
        self.deadline = deadline
    }

    private init(_ other: Transaction, instance: ByteString) {
        statement = other.statement
        server = other.server
        subjectToken = other.subjectToken
        tokenDigest = other.tokenDigest
        tokenExpires = other.tokenExpires
        handle = other.handle
        self.instance = instance
        envelope = other.envelope
        envelopeMark = other.envelopeMark
        deadline = other.deadline
    }

    package var id: ByteString { statement.claims.transactionID }

    /// The same transaction, bound to the instance to which its request is about to go.
    package func sent(to instance: ByteString) -> Transaction { Transaction(self, instance: instance) }
}

/// What records say of a transaction. It has no secret, and may outlive the transaction in records that wait for a disk.
package final class TransactionStatement: Sendable {
    /// What the forwarded envelope says; `transactionID` names the transaction, `tokenID` the envelope.
    package let claims: EnvelopeClaims
    /// The claim that the policy shows to people in audit records.
    package let actorName: ByteString?

    package init(claims: EnvelopeClaims, actorName: ByteString?) {
        self.claims = claims
        self.actorName = actorName
    }
}

/// An access token as it is kept while its transaction lasts: AES-256-GCM under a key that exists in this process only,
/// bound to the transaction, so that it opens for no other.
package struct SealedToken: Sendable {
    private let box: [UInt8]

    package init(_ token: SecretBytes, transaction: ByteString, key: SecretBytes) {
        box = AESGCM.seal(token.withBytes { Array($0) }, key: key, aad: Self.binding(transaction))
    }

    package func open(transaction: ByteString, key: SecretBytes) -> SecretBytes? {
        AESGCM.open(box, key: key, aad: Self.binding(transaction)).map { SecretBytes($0) }
    }

    private static func binding(_ transaction: ByteString) -> [UInt8] {
        Array("bulla sealed token\0".utf8) + transaction.bytes
    }
}

/// The opaque name of a transaction that a server gets as its `Authorization`: `eieh_` and 43 characters of base64url.
package struct Handle: Sendable {
    package static let randomBytes = 32
    package static let prefix = Array("eieh_".utf8)
    /// Of the whole text.
    package static let textBytes = 48

    private let text: SecretBytes

    /// - Parameter random: `randomBytes` bytes from a cryptographic generator.
    package init(random: [UInt8]) {
        precondition(random.count == Self.randomBytes, "a handle has \(Self.randomBytes) random bytes")
        text = SecretBytes(Self.prefix + Base64URL.encode(random))
    }

    /// `Bearer eieh_…`, for the server it is made for.
    package var authorization: [UInt8] { Array("Bearer ".utf8) + text.withBytes { Array($0) } }

    /// What the transaction table knows it by: comparing digests tells nothing of the handle by its timing.
    package var digest: [UInt8] { text.withBytes { SHA256.digest(Array($0)) } }

    /// The digest of a text that has the form of a handle; `nil` for any other.
    package static func digest(of text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count == textBytes, text.starts(with: prefix),
            (try? Base64URL.decode(Array(text.dropFirst(prefix.count)))) != nil
        else { return nil }
        return SHA256.digest(Array(text))
    }
}
