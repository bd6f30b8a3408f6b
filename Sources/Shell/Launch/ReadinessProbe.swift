import Glibc

/// Tries to connect to a port of 127.0.0.1 until somebody accepts: after 10 ms, then after pauses that double up to
/// 200 ms.
struct ReadinessProbe {
    static let pauses: ClosedRange<Int64> = 10...200
    /// A connection that is not there after this long will not be: the queue of the one who listens was full.
    static let patience: Int64 = 500

    private let port: Int
    private var pause = pauses.lowerBound
    private(set) var socket: Descriptor?
    /// The next attempt, or the end of the one under way; milliseconds.
    private(set) var deadline: Int64

    init(port: Int, now: Int64) {
        self.port = port
        deadline = now + pause
    }

    /// - Parameter isWritable: whether the socket's attempt has come to an end.
    /// - Returns: whether somebody accepted.
    mutating func step(isWritable: Bool, now: Int64) -> Bool {
        if let socket {
            if isWritable, Self.isConnected(socket, to: port) { return true }
            guard isWritable || now >= deadline else { return false }
            rest(now)
            return false
        }
        guard now >= deadline else { return false }
        let raw = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0)
        guard raw >= 0 else {
            rest(now)
            return false
        }
        let socket = Descriptor(owning: raw)
        if withSocketAddress(INADDR_LOOPBACK, port: port, { connect(raw, $0, $1) }) == 0 {
            if Self.isConnected(socket, to: port) { return true }
            rest(now)
        } else if errno == EINPROGRESS {
            self.socket = socket
            deadline = now + Self.patience
        } else {
            rest(now)
        }
        return false
    }

    private mutating func rest(_ now: Int64) {
        socket = nil
        deadline = now + pause
        pause = min(pause * 2, Self.pauses.upperBound)
    }

    /// Connected, and not to itself: where nobody listens, a socket that happens to get the port as its own does that.
    static func isConnected(_ socket: Descriptor, to port: Int) -> Bool {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(socket.raw, SOL_SOCKET, SO_ERROR, &code, &length) == 0, code == 0 else { return false }
        var own = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let named = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket.raw, $0, &size) }
        }
        return named == 0 && Int(in_port_t(bigEndian: own.sin_port)) != port
    }
}
