package import Admission
package import StrictCoding

/// Who makes an outbound call, as the secret in its path proves.
package enum Presenter: Sendable, Hashable {
    /// A server that runs already, by its name in the policy.
    case server(ByteString)
    /// One launched instance of a server.
    case instance(ByteString, server: ByteString)

    package var server: ByteString {
        switch self {
        case .server(let name), .instance(_, let name): name
        }
    }
}

/// What a call shows to prove to which request it belongs. A launched instance needs none: it has one at a time.
package enum TransactionProof: Sendable, Hashable {
    /// An envelope whose signature and claims hold.
    case envelope(transaction: ByteString, envelopeID: ByteString)
    /// SHA-256 of an opaque handle.
    case handle([UInt8])
}

/// By what a call was attributed to its transaction; recorded with it. Always exact.
package enum Attribution: String, Sendable, Hashable {
    case envelope
    case handle
    case instance
}

/// A call that belongs to a transaction. Whoever gets one tells the table when the call is over.
package struct AttributedCall: Sendable {
    package let transaction: Transaction
    package let attribution: Attribution

    package init(transaction: Transaction, attribution: Attribution) {
        self.transaction = transaction
        self.attribution = attribution
    }
}

/// Why a call belongs to no transaction, or not to this presenter.
package enum AttributionRefusal: Error, Sendable, Hashable {
    /// Nothing that it shows belongs to a transaction, or it shows nothing.
    case unattributed
    /// It shows several that disagree, or its instance has several.
    case ambiguous
    /// Its transaction is over.
    case closed
    /// Its transaction is another server's, or another instance's.
    case wrongPresenter
    /// The transaction has made all the calls that it may make.
    case budgetSpent
    /// It makes as many at this moment as it may.
    case tooManyAtOnce
}
