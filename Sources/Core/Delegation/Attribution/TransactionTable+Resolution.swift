import Admission
import StrictCoding

/// To which transaction a call belongs, if it is exactly one.
extension TransactionTable {
    /// The place of the transaction to which everything leads that the call shows; it may be over, or remembered only.
    func place(
        of presenter: Presenter, showing proofs: [TransactionProof], now: Int64
    ) throws(AttributionRefusal) -> Int {
        guard let proof = proofs.first else {
            switch presenter {
            case .server: throw .unattributed
            case .instance(let instance, let server): return try onlyPlace(of: instance, server: server, now: now)
            }
        }
        let place = find(proof)
        for other in proofs.dropFirst() where find(other) != place { throw .ambiguous }
        guard let place else { throw .unattributed }
        guard isHome(place, of: presenter) else { throw .wrongPresenter }
        return place
    }

    /// An instance has one request at a time, which a call belongs to without further proof; between two of them its
    /// calls are late ones of the last.
    private func onlyPlace(
        of instance: ByteString, server: ByteString, now: Int64
    ) throws(AttributionRefusal) -> Int {
        guard let transactions = instances[instance] else { throw .unattributed }
        let open = transactions.open.filter { isUnderWay($0, now: now) }
        let candidates = open.isEmpty ? transactions.inGrace.filter { isUnderWay($0, now: now) } : open
        guard let place = candidates.first else { throw .closed }
        guard candidates.count == 1 else { throw .ambiguous }
        guard isHome(place, of: .instance(instance, server: server)) else { throw .wrongPresenter }
        return place
    }

    private func isUnderWay(_ place: Int, now: Int64) -> Bool {
        guard case .live(let live) = places[place] else { return false }
        return !live.isOver(now: now)
    }

    /// The transaction that a proof names, if it is known.
    private func find(_ proof: TransactionProof) -> Int? {
        switch proof {
        case .handle(let digest):
            return handles[ByteString(digest)]
        case .envelope(let id, let envelopeID):
            // A transaction has one envelope for its server: another one with its name was minted for something else.
            guard let place = names[id] else { return nil }
            switch places[place] {
            case .live(let live): return live.transaction.statement.claims.tokenID == envelopeID ? place : nil
            case .closed(let rest): return rest.tokenID == envelopeID ? place : nil
            }
        }
    }

    /// Whether this presenter may present the transaction.
    private func isHome(_ place: Int, of presenter: Presenter) -> Bool {
        switch places[place] {
        case .live(let live): presenter.isOf(live.transaction.server, instance: live.transaction.instance)
        case .closed(let rest): presenter.isOf(rest.server, instance: rest.instance)
        }
    }
}

extension Presenter {
    /// Whether the request went to this server, and to this instance where there is one.
    fileprivate func isOf(_ home: ByteString, instance: ByteString?) -> Bool {
        switch self {
        case .server(let name): home == name && instance == nil
        case .instance(let id, let name): home == name && instance == id
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
