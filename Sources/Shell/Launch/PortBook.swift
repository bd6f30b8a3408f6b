import Foundation
import StrictCoding
import Synchronization

/// A port of 127.0.0.1 that no other instance of this process gets while anybody holds the claim. A lease holds it as
/// well: a request on its way to a port must not find another owner's instance there.
final class PortClaim: Sendable {
    let port: Int
    private let book: PortBook

    fileprivate init(port: Int, book: PortBook) {
        self.port = port
        self.book = book
    }

    deinit {
        book.release(port)
    }
}

/// Finds ports that are free and stay free.
///
/// Asking the system for any free port (bind to port 0) gives one out of the range from which it also takes the local
/// ports of outgoing connections: it may be taken before the server listens, and an attempt to connect to it before
/// that may even connect to itself. So ports are taken beside that range.
final class PortBook: Sendable {
    static let shared = PortBook()

    /// Below are the ports that services are known by.
    private static let usable = 20_000...65_535
    private static let tries = 256
    private let candidates: [Int]
    private let claimed = Mutex<Set<Int>>([])

    /// - Parameter ephemeral: the range of outgoing connections' ports.
    init(ephemeral: ClosedRange<Int> = PortBook.ephemeralRange()) {
        let beside = Self.usable.filter { !ephemeral.contains($0) }
        // A system that uses nearly all ports for outgoing connections leaves no choice.
        candidates = beside.count >= 1_000 ? beside : Array(Self.usable)
    }

    func claim() throws(SystemFault) -> PortClaim {
        for _ in 0..<Self.tries {
            guard let port = candidates.randomElement(), claimed.withLock({ $0.insert(port).inserted })
            else { continue }
            let claim = PortClaim(port: port, book: self)
            if Self.isFree(port) { return claim }
        }
        throw SystemFault("no free port", code: EADDRINUSE)
    }

    fileprivate func release(_ port: Int) {
        claimed.withLock { _ = $0.remove(port) }
    }

    /// Whether a server could listen there, on whichever address. Connections that are not forgotten yet count.
    private static func isFree(_ port: Int) -> Bool {
        let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard raw >= 0 else { return false }
        let socket = Descriptor(owning: raw)
        return withSocketAddress(INADDR_ANY, port: port) { bind(socket.raw, $0, $1) } == 0
    }

    private static func ephemeralRange() -> ClosedRange<Int> {
        let path = "/proc/sys/net/ipv4/ip_local_port_range"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let ends = text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        // The kernel's default.
        guard ends.count == 2, ends[0] <= ends[1] else { return 32_768...60_999 }
        return ends[0]...ends[1]
    }
}

/// An IPv4 socket address for the time of a call.
func withSocketAddress<Result>(
    _ address: in_addr_t, port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
    var full = sockaddr_in()
    full.sin_family = sa_family_t(AF_INET)
    full.sin_port = in_port_t(port).bigEndian
    full.sin_addr.s_addr = address.bigEndian
    return withUnsafePointer(to: &full) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}
