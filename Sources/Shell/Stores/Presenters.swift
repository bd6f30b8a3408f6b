package import Delegation
package import StrictCoding
import Synchronization

/// Whose secrets begin the paths of outbound calls. Secrets are known by their SHA-256: comparing digests tells nothing
/// of a secret by its timing, and this map holds none.
package final class Presenters: Sendable {
    private let presenters = Mutex<[ByteString: Presenter]>([:])

    package init() {}

    package func presenter(for digest: [UInt8]) -> Presenter? {
        presenters.withLock { $0[ByteString(digest)] }
    }

    /// A launched instance begins.
    package func register(digest: [UInt8], presenter: Presenter) {
        presenters.withLock { $0[ByteString(digest)] = presenter }
    }

    /// It is gone, and its secret names nobody any more.
    package func remove(digest: [UInt8]) {
        presenters.withLock { _ = $0.removeValue(forKey: ByteString(digest)) }
    }

    /// Puts these in the place of all servers that run already, at once; instances stay. A server whose secret changes
    /// has two for a while.
    package func replaceServers(_ servers: [(digest: [UInt8], server: ByteString)]) throws(SharedPresenterSecret) {
        var replaced: [ByteString: Presenter] = [:]
        for (digest, server) in servers {
            let earlier = replaced.updateValue(.server(server), forKey: ByteString(digest))
            if let earlier, earlier.server != server { throw SharedPresenterSecret(earlier.server, server) }
        }
        presenters.withLock { presenters in
            for (digest, presenter) in presenters {
                if case .instance = presenter { replaced[digest] = presenter }
            }
            presenters = replaced
        }
    }

    package var count: Int { presenters.withLock { $0.count } }
}

/// Two servers were given one secret: whoever shows it could be either.
package struct SharedPresenterSecret: Error, Sendable, Equatable, CustomStringConvertible {
    package let first: ByteString
    package let second: ByteString

    package var description: String {
        "servers `\(first)` and `\(second)` have the same presenter secret; give each its own"
    }

    init(_ first: ByteString, _ second: ByteString) {
        self.first = first
        self.second = second
    }
}
