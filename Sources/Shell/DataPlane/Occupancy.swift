import Admission
import Identity
import Policy
import StrictCoding

/// What the requests of one event loop hold of what is scarce, all together and user by user. A user of whom nothing is
/// held is forgotten, so the table is never longer than the requests under way.
struct Occupancy {
    /// One user, whichever agent works for them.
    struct User: Hashable {
        let issuer: ByteString
        let tenant: ByteString
        let subject: ByteString

        init(_ principal: Principal) {
            (issuer, tenant, subject) = (principal.issuer, principal.tenant, principal.subject)
        }
    }

    private final class Share {
        var requests = 0
        var streams = 0
        var isEmpty: Bool { requests == 0 && streams == 0 }
    }

    private var shares: [User: Share] = [:]
    /// Bytes of messages.
    private(set) var bufferedBytes = 0

    var users: Int { shares.count }

    mutating func enter(_ user: User, limits: Limits) throws(Refusal) {
        let known = shares[user]
        guard known?.requests ?? 0 < limits.requestsPerPrincipal else { throw .tooManyRequestsOfUser }
        if let known { known.requests += 1 } else { share(of: user).requests += 1 }
    }

    mutating func leave(_ user: User) {
        change(user) { $0.requests -= 1 }
    }

    func checkStreams(of user: User, limits: Limits) throws(Refusal) {
        guard shares[user]?.streams ?? 0 < limits.streamsPerPrincipal else { throw .tooManyStreamsOfUser }
    }

    mutating func openStream(of user: User) {
        share(of: user).streams += 1
    }

    mutating func closeStream(of user: User) {
        change(user) { $0.streams -= 1 }
    }

    mutating func buffer(_ bytes: Int, limits: Limits) throws(Refusal) {
        guard bufferedBytes + bytes <= limits.bufferedBytes else { throw .tooMuchBuffered }
        bufferedBytes += bytes
    }

    mutating func release(_ bytes: Int) {
        bufferedBytes -= bytes
    }

    private mutating func share(of user: User) -> Share {
        if let share = shares[user] { return share }
        let share = Share()
        shares[user] = share
        return share
    }

    private mutating func change(_ user: User, _ body: (Share) -> Void) {
        guard let share = shares[user] else { return }
        body(share)
        if share.isEmpty { shares[user] = nil }
    }
}
