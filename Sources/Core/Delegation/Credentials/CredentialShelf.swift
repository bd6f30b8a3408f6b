package import Identity
package import StrictCoding

/// Credentials that were given, for as long as they may be used again; for a few seconds also that none was.
///
/// Bounded: the credential that was used longest ago makes room for a new one. No tenant holds more than its quota, and
/// a tenant at its quota makes room among its own. Every operation takes constant time.
package struct CredentialShelf: Sendable {
    package enum Finding: Sendable {
        case credential(Credential)
        /// Still good; it is time to ask for the next one.
        case refreshDue(Credential)
        /// The authorization server has just said no.
        case refused(CredentialFault)
        case nothing
    }

    private struct Entry {
        enum Content {
            case credential(Credential, CredentialTerm)
            case refusal(CredentialFault, until: UnixTime)
            /// In the place of a credential that was forgotten, or of none.
            case nothing

            var end: UnixTime {
                switch self {
                case .credential(_, let term): term.end
                case .refusal(_, let until): until
                case .nothing: UnixTime(seconds: .min)
                }
            }
        }

        var content: Content
        let tenant: ByteString?
        /// Until then no service's word makes a credential forgotten: one was forgotten a moment ago.
        var settled = UnixTime(seconds: .min)

        var end: UnixTime { max(content.end, settled) }
    }

    /// What is cleared away for each entry that is put in.
    private static let sweptPerEntry = 2
    /// Between two credentials of a key that services do not accept. A service that withdraws a token does so once; a
    /// path that answers 401 to everybody would otherwise cost a token request, and everybody else their token, with
    /// each of its calls.
    static let settledSeconds: Int64 = 10

    private let capacity: Int
    private let tenantQuota: Int
    /// The longest unused first.
    private var entries = KeyedQueue<CredentialKey, Entry>()
    private var tenants: [ByteString?: KeyedQueue<CredentialKey, Void>] = [:]

    /// - Parameter tenantQuota: half of the capacity unless given.
    package init(capacity: Int, tenantQuota: Int? = nil) {
        self.capacity = max(1, capacity)
        self.tenantQuota = max(1, min(tenantQuota ?? (capacity + 1) / 2, capacity))
    }

    package var count: Int { entries.count }

    package mutating func find(_ request: CredentialRequest, now: UnixTime) -> Finding {
        guard let entry = entries[request.key] else { return .nothing }
        guard entry.end > now else {
            remove(request.key)
            return .nothing
        }
        guard entry.content.end > now else { return .nothing }
        switch entry.content {
        case .nothing:
            return .nothing
        case .refusal(let fault, _):
            return .refused(fault)
        case .credential(let credential, let term):
            if let notAfter = request.notAfter, notAfter <= now { return .nothing }
            renew(request.key, tenant: entry.tenant)
            return term.refresh <= now ? .refreshDue(credential) : .credential(credential)
        }
    }

    /// In place of what there is for this request.
    package mutating func keep(_ credential: Credential, for request: CredentialRequest, now: UnixTime) {
        let term = CredentialTerm(expires: credential.expires, notAfter: request.notAfter, now: now)
        put(term.map { .credential(credential, $0) } ?? .nothing, for: request, now: now)
    }

    /// What came of asking in vain. A credential that is still good stays, and the next attempt waits a little;
    /// otherwise the answer is remembered where asking again at once would give it again.
    package mutating func keep(_ fault: CredentialFault, for request: CredentialRequest, now: UnixTime) {
        let isPostponed = entries.update(request.key) { entry in
            guard case .credential(let credential, var term) = entry.content, term.end > now else { return false }
            term.refresh = now + CredentialTerm.retrySeconds
            entry.content = .credential(credential, term)
            return true
        }
        if isPostponed == true { return }
        put(fault.lastingSeconds.map { .refusal(fault, until: now + $0) } ?? .nothing, for: request, now: now)
    }

    /// A service did not accept this credential. Another one that has taken its place stays: somebody else was first.
    /// So does this one if it came in the place of one that was forgotten in the last `settledSeconds`.
    package mutating func forget(_ key: CredentialKey, using digest: ByteString, now: UnixTime) {
        guard let entry = entries[key], case .credential(let credential, _) = entry.content,
            credential.digest == digest, entry.settled <= now
        else { return }
        _ = entries.update(key) { entry in
            entry.content = .nothing
            entry.settled = now + Self.settledSeconds
        }
    }

    package mutating func forgetAll() {
        entries = KeyedQueue()
        tenants = [:]
    }

    /// Clears away what has ended, at most so many, so that tokens do not outstay their use. Returns whether there may
    /// be more. Nothing is used past its end, so what was used longest ago has ended first, give or take a life.
    @discardableResult package mutating func sweep(now: UnixTime, atMost: Int) -> Bool {
        for _ in 0..<atMost {
            guard let oldest = entries.oldest, oldest.value.end <= now else { return false }
            remove(oldest.key)
        }
        return true
    }

    /// In place of what there is for this request; `settled` is carried over.
    private mutating func put(_ content: Entry.Content, for request: CredentialRequest, now: UnixTime) {
        var entry = Entry(content: content, tenant: request.tenant)
        if let old = entries[request.key] { entry.settled = old.settled }
        remove(request.key)
        guard entry.end > now else { return }
        sweep(now: now, atMost: Self.sweptPerEntry)
        if let own = tenants[request.tenant], own.count >= tenantQuota, let oldest = own.oldest {
            remove(oldest.key)
        } else if entries.count >= capacity, let oldest = entries.oldest {
            remove(oldest.key)
        }
        entries.append(entry, for: request.key)
        tenants[request.tenant, default: KeyedQueue()].append((), for: request.key)
    }

    private mutating func renew(_ key: CredentialKey, tenant: ByteString?) {
        entries.renew(key)
        tenants[tenant]?.renew(key)
    }

    private mutating func remove(_ key: CredentialKey) {
        guard let entry = entries.remove(key) else { return }
        tenants[entry.tenant]?.remove(key)
        if tenants[entry.tenant]?.isEmpty == true { tenants[entry.tenant] = nil }
    }
}

extension CredentialFault {
    /// For how long it is believed that the authorization server would say the same again; `nil` where it might not.
    fileprivate var lastingSeconds: Int64? {
        switch self {
        case .subjectRejected, .actorRejected, .interactionRequired: CredentialTerm.refusalSeconds
        case .misconfigured(let code): code == "invalid_target" ? CredentialTerm.refusalSeconds : nil
        // It asked to be left alone, perhaps on account of this one user.
        case .unavailable(let seconds, isServersWord: true): min(Int64(seconds), CredentialTerm.refusalSeconds)
        case .unavailable, .rejected: nil
        }
    }
}
