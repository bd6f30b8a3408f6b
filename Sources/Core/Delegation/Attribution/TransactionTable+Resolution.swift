import Admission
import StrictCoding

/// To which transaction a call belongs, if it is exactly one.
extension TransactionTable {
    /// The transaction to which everything leads that the call shows; it may be over, or remembered only.
    func transaction(
        of presenter: Presenter, showing proofs: [TransactionProof], now: Int64
    ) throws(AttributionRefusal) -> ByteString {
        guard let proof = proofs.first else {
            switch presenter {
            case .server: throw .unattributed
            case .instance(let instance, let server): return try onlyTransaction(of: instance, server: server, now: now)
            }
        }
        let id = find(proof)
        for other in proofs.dropFirst() where find(other) != id { throw .ambiguous }
        guard let id, let home = home(of: id) else { throw .unattributed }
        guard home.isOf(presenter) else { throw .wrongPresenter }
        return id
    }

    /// An instance has one request at a time, which a call belongs to without further proof; between two of them its
    /// calls are late ones of the last.
    private func onlyTransaction(
        of instance: ByteString, server: ByteString, now: Int64
    ) throws(AttributionRefusal) -> ByteString {
        guard let transactions = instances[instance] else { throw .unattributed }
        let open = transactions.open.filter { self.open[$0]?.isOver(now: now) == false }
        let candidates = open.isEmpty ? transactions.inGrace.filter { inGrace[$0]?.isOver(now: now) == false } : open
        guard let id = candidates.first else { throw .closed }
        guard candidates.count == 1 else { throw .ambiguous }
        guard home(of: id)?.server == server else { throw .wrongPresenter }
        return id
    }

    /// The transaction that a proof names, if it is known.
    private func find(_ proof: TransactionProof) -> ByteString? {
        switch proof {
        case .handle(let digest):
            return handles[ByteString(digest)]
        case .envelope(let id, let envelopeID):
            // A transaction has one envelope for its server: another one with its name was minted for something else.
            return home(of: id)?.tokenID == envelopeID ? id : nil
        }
    }

    private func home(of id: ByteString) -> Home? {
        if let live = open[id] ?? inGrace[id] { return Home(live.transaction) }
        return closed[id].map { Home($0) }
    }

    /// Who may present a transaction.
    private struct Home {
        let tokenID: ByteString
        let server: ByteString
        let instance: ByteString?

        init(_ transaction: Transaction) {
            tokenID = transaction.claims.tokenID
            server = transaction.server
            instance = transaction.instance
        }

        init(_ closed: ClosedTransaction) {
            tokenID = closed.tokenID
            server = closed.server
            instance = closed.instance
        }

        func isOf(_ presenter: Presenter) -> Bool {
            switch presenter {
            case .server(let name): server == name && instance == nil
            case .instance(let id, let name): server == name && instance == id
            }
        }
    }
}

extension Attribution {
    init(_ presenter: Presenter, _ proofs: [TransactionProof]) {
        switch presenter {
        case .instance: self = .instance
        case .server:
            let showsEnvelope = proofs.contains { if case .envelope = $0 { true } else { false } }
            self = showsEnvelope ? .envelope : .handle
        }
    }
}
