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
        var held: [any Channel] = []
        defer { for channel in held { channel.close(promise: nil) } }
        for index in 0..<Self.count {
            let wanted = first == 0 ? 0 : first + index
            do {
                // Without SO_REUSEPORT, so that somebody else's port is not shared by accident.
                let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .bind(host: "127.0.0.1", port: wanted).get()
                held.append(channel)
                ports.append(channel.localAddress?.port ?? wanted)
            } catch {
                throw DemoFailure.portTaken(wanted)
            }
        }
        for channel in held { try await channel.close().get() }
        held = []
        (gateway, provider, server, admin, api, egress) = (ports[0], ports[1], ports[2], ports[3], ports[4], ports[5])
    }
}

enum DemoFailure: Error, CustomStringConvertible {
    case portTaken(Int)
    case cannotWrite(String, why: String)

    var description: String {
        switch self {
        case .portTaken(let port): "port \(port) of 127.0.0.1 is taken; choose others with --port"
        case .cannotWrite(let path, let why): "`\(path)` cannot be written: \(why)"
        }
    }
}
