package import Admission
package import Delegation
package import Identity
package import StrictCoding

/// All that a request may ask of the world beyond its own connections. The Gateway fills it with the real things, tests
/// with literals. Called on the worker's loop; answers come back on it. Objects, since a struct of closures is copied
/// one by one whenever it is asked for something.
package final class Effects {
    /// Microseconds since 1970, by the wall clock.
    package let microseconds: () -> Int64
    /// Bytes from a cryptographic generator.
    package let random: (Int) -> [UInt8]
    /// Fetches these issuers' keys, if that may help and is due, and calls back when it is done or has failed. The new
    /// keys are installed before the call.
    package let fetchKeys: (_ issuers: [Int], _ done: @escaping () -> Void) -> Void
    /// Hands a record to the audit log; `false` means that it will not be written.
    package let record: (IngressRecord, _ microseconds: Int64) -> Bool
    /// For requests that shall not be forwarded before their record is on disk: calls back once, on the loop, when it
    /// is there, or with `false` when it will not be in time: before the call returns where the record is not taken. `nil`
    /// where a record that was taken suffices.
    package let recordDurably: RecordDurably?
    package let transactions: TransactionEffects
    package let egress: EgressEffects
    /// Runs servers; asked for launched servers only.
    package let lease: Lease

    package typealias RecordDurably = (IngressRecord, _ microseconds: Int64, _ done: @escaping (Bool) -> Void) -> Void

    /// Asks for the instance of a launched server that works for a principal with these scopes.
    ///
    /// - Parameters:
    ///   - isWork: the request takes the instance's one slot; others only need it to be there.
    ///   - mayStart: an instance is started where there is none.
    ///   - done: called once, unless the returned closure, which gives up, was called before.
    package typealias Lease = (
        _ server: ByteString, _ principal: Principal, _ scopes: [ByteString], _ isWork: Bool, _ mayStart: Bool,
        _ done: @escaping (Result<LeasedInstance, InstanceFault>) -> Void
    ) -> () -> Void

    package init(
        microseconds: @escaping () -> Int64, random: @escaping (Int) -> [UInt8],
        fetchKeys: @escaping ([Int], @escaping () -> Void) -> Void, record: @escaping (IngressRecord, Int64) -> Bool,
        recordDurably: RecordDurably? = nil, transactions: TransactionEffects, egress: EgressEffects,
        lease: @escaping Lease
    ) {
        self.microseconds = microseconds
        self.random = random
        self.fetchKeys = fetchKeys
        self.record = record
        self.recordDurably = recordDurably
        self.transactions = transactions
        self.egress = egress
        self.lease = lease
    }

    package func now() -> UnixTime { UnixTime(seconds: microseconds() / 1_000_000) }
    func milliseconds() -> Int64 { microseconds() / 1_000 }
}

/// An instance of a launched server, held for one request.
package struct LeasedInstance {
    package let instance: ByteString
    /// On 127.0.0.1.
    package let port: Int
    /// Gives the instance back; once is enough.
    package let release: () -> Void

    package init(instance: ByteString, port: Int, release: @escaping () -> Void) {
        self.instance = instance
        self.port = port
        self.release = release
    }
}

/// Why there is no instance.
package enum InstanceFault: Error, Sendable {
    case busy
    case unavailable
    /// None is running, and the request was none to start one for.
    case absent
}

/// The table of requests that are being worked on; times in milliseconds since 1970.
package final class TransactionEffects {
    /// `false` where there is no room for it.
    package let open: (Transaction, _ milliseconds: Int64) -> Bool
    /// The request was answered, or given up: after a grace no call belongs to it any more.
    package let close: (_ transaction: ByteString, _ milliseconds: Int64) -> Void
    /// The client left and may come back for the answer: calls belong to the request for a while, if there is room.
    package let abandon: (_ transaction: ByteString, _ milliseconds: Int64) -> Void
    package let begin:
        (_ proofs: [TransactionProof], _ presenter: Presenter, _ milliseconds: Int64) -> Result<
            AttributedCall, AttributionRefusal
        >
    /// A call that began is over.
    package let end: (_ transaction: ByteString) -> Void
    /// The transaction, while it lasts, for which an envelope with this SHA-256 was minted here; where nobody knows,
    /// each envelope is verified.
    package let forwarded: (_ digest: ByteString) -> Transaction?

    package init(
        open: @escaping (Transaction, Int64) -> Bool, close: @escaping (ByteString, Int64) -> Void,
        abandon: @escaping (ByteString, Int64) -> Void,
        begin: @escaping ([TransactionProof], Presenter, Int64) -> Result<AttributedCall, AttributionRefusal>,
        end: @escaping (ByteString) -> Void, forwarded: @escaping (ByteString) -> Transaction? = { _ in nil }
    ) {
        self.forwarded = forwarded
        self.open = open
        self.close = close
        self.abandon = abandon
        self.begin = begin
        self.end = end
    }
}

/// What only outbound calls ask for.
package final class EgressEffects {
    /// Whose secret has this SHA-256.
    package let presenter: (_ digest: [UInt8]) -> Presenter?
    /// `false` means that the record will not be written.
    package let record: (EgressRecord, _ microseconds: Int64) -> Bool
    /// Calls back when the record is on disk, or with `false` when it will not be in time: before the call returns where
    /// it is not taken.
    package let recordDurably: (EgressRecord, _ microseconds: Int64, _ done: @escaping (Bool) -> Void) -> Void
    /// A credential that is at hand.
    package let cachedCredential: (CredentialRequest) -> Credential?
    /// Asks for a credential; calls back once, unless the returned closure, which gives up, was called before.
    package let credential:
        (CredentialRequest, _ done: @escaping (Result<Credential, CredentialFault>) -> Void) -> () -> Void
    /// The service did not accept it.
    package let forget: (CredentialRequest, Credential) -> Void

    package init(
        presenter: @escaping ([UInt8]) -> Presenter?, record: @escaping (EgressRecord, Int64) -> Bool,
        recordDurably: @escaping (EgressRecord, Int64, @escaping (Bool) -> Void) -> Void,
        cachedCredential: @escaping (CredentialRequest) -> Credential?,
        credential:
            @escaping (CredentialRequest, @escaping (Result<Credential, CredentialFault>) -> Void) -> () -> Void,
        forget: @escaping (CredentialRequest, Credential) -> Void
    ) {
        self.presenter = presenter
        self.record = record
        self.recordDurably = recordDurably
        self.cachedCredential = cachedCredential
        self.credential = credential
        self.forget = forget
    }
}
