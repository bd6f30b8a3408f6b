import NIOCore
import NIOPosix

/// The demo's six ports on loopback.
struct DemoPorts {
    static let count = 6

    let gateway: Int
    let provider: Int
    let server: Int
    let admin: Int
    let api: Int
    let egress: Int

    /// Six in a row, or six free ones for 0; says which is taken.
    init(first: Int) async throws {
        var ports: [Int] = []
        if first == 0 {
            for port in Self.rarelyTaken.shuffled().prefix(Self.attempts) where ports.count < Self.count {
                if await Self.isFree(port) { ports.append(port) }
            }
            guard ports.count == Self.count else { throw DemoFailure.noneFree }
        } else {
            ports = Array(first..<first + Self.count)
            for port in ports where await !Self.isFree(port) { throw DemoFailure.portTaken(port) }
        }
        (gateway, provider, server, admin, api, egress) = (ports[0], ports[1], ports[2], ports[3], ports[4], ports[5])
    }

    /// The kernel gives nobody one of these who has not asked for it: they stay free until the demo listens on them.
    private static let rarelyTaken = 10_240..<32_768
    private static let attempts = 200

    private static func isFree(_ port: Int) async -> Bool {
        // Without SO_REUSEPORT, so that somebody else's port is not shared by accident.
        let channel = try? await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: port).get()
        guard let channel else { return false }
        return (try? await channel.close().get()) != nil
    }
}

enum DemoFailure: Error, CustomStringConvertible {
    case portTaken(Int)
    case noneFree
    case cannotWrite(String, why: String)

    var description: String {
        switch self {
        case .noneFree: "there are no free ports on 127.0.0.1; choose some with --port"
        case .portTaken(let port): "port \(port) of 127.0.0.1 is taken; choose others with --port"
        case .cannotWrite(let path, let why): "`\(path)` cannot be written: \(why)"
        }
    }
}
