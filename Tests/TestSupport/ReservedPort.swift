import Foundation

/// A port of the loopback address that stays free until somebody listens on it: nobody answers there, and nobody else
/// gets it.
package final class ReservedPort: Sendable {
    package let number: Int
    private let descriptor: Int32

    struct Taken: Error {}

    package init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        // Listeners say the same, so that they may bind beside us.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let found = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
            }
        }
        guard found else { throw Taken() }
        number = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }

    /// The next connection, after `fallSilent`; the caller closes it.
    package func acceptOne() -> Int32 { accept(descriptor, nil, nil) }

    /// From here on connections are taken, and nobody ever answers.
    package func fallSilent() throws {
        guard listen(descriptor, 16) == 0 else { throw Taken() }
    }
}
