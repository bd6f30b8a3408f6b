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

    /// What is held of one user, for whoever holds it: while anything is, it is in the table.
    final class Share {
        fileprivate let user: User
        fileprivate var requests = 0
        fileprivate var streams = 0

        fileprivate init(of user: User) {
            self.user = user
        }
    }

    private var shares: [User: Share] = [:]
    /// Bytes of messages.
    private(set) var bufferedBytes = 0

    var users: Int { shares.count }

    mutating func enter(_ user: User, limits: Limits) throws(Refusal) -> Share {
        let share = shares[user] ?? Share(of: user)
        guard share.requests < limits.requestsPerPrincipal else { throw .tooManyRequestsOfUser }
        if share.requests == 0 { shares[user] = share }
        share.requests += 1
        return share
    }

    /// The end of a request, whose stream is closed.
    mutating func leave(_ share: Share) {
        share.requests -= 1
        if share.requests == 0 { shares[share.user] = nil }
    }

    func checkStreams(of share: Share, limits: Limits) throws(Refusal) {
        guard share.streams < limits.streamsPerPrincipal else { throw .tooManyStreamsOfUser }
    }

    func openStream(of share: Share) {
        share.streams += 1
    }

    func closeStream(of share: Share) {
        share.streams -= 1
    }

    mutating func buffer(_ bytes: Int, limits: Limits) throws(Refusal) {
        guard bufferedBytes + bytes <= limits.bufferedBytes else { throw .tooMuchBuffered }
        bufferedBytes += bytes
    }

    mutating func release(_ bytes: Int) {
        bufferedBytes -= bytes
    }
}
