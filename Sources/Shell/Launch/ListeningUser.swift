import Glibc

/// Who listens on an instance's port: another user of the machine, quicker than the server, would get its requests.
enum ListeningUser: Equatable {
    case nobody
    /// The user as whom the instance was to run; where none was named, the process's user, ours or root.
    case expected
    case other(uid_t)

    init(port: Int, pid: Int32, user: InstanceUser?) {
        let known = user.map { [$0.uid] } ?? Self.users(of: pid)
        let users = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { Self.listeners(in: $0, port: port) }
        if let stranger = users.first(where: { !known.contains($0) }) {
            self = .other(stranger)
        } else {
            self = users.isEmpty ? .nobody : .expected
        }
    }

    private static func users(of pid: Int32) -> Set<uid_t> {
        var status = stat()
        // A process that has just ended has no user any more, and its end is about to be noticed.
        return [0, geteuid(), stat("/proc/\(pid)", &status) == 0 ? status.st_uid : 0]
    }

    /// The users of the sockets that listen on the port (proc(5), /proc/net/tcp).
    private static func listeners(in path: String, port: Int) -> [uid_t] {
        let hexadecimal = String(port, radix: 16, uppercase: true)
        let suffix = ":" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
        return listening(in: path).compactMap { fields in
            fields[1].hasSuffix(suffix) ? uid_t(fields[7]) : nil
        }
    }

    /// The first fields of each listening socket's line. They come first in the file, which may be long.
    private static func listening(in path: String) -> [[String]] {
        let raw = open(path, O_RDONLY | O_CLOEXEC)
        guard raw >= 0 else { return [] }
        let file = Descriptor(owning: raw)
        var splitter = LineSplitter()
        var found: [[String]] = []
        // The kernel gives such a file in pieces of a page; a piece that is not full is not the end.
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while let count = buffer.withUnsafeMutableBytes({ file.read(into: $0) }), count > 0 {
            for line in splitter.lines(in: buffer[..<count]) {
                let fields = line.bytes.split(separator: UInt8(ascii: " "), maxSplits: 8)
                    .map { String(decoding: $0, as: UTF8.self) }
                guard fields.count > 7, fields[0] != "sl" else { continue }
                guard fields[3] == "0A" else { return found }
                found.append(fields)
            }
        }
        return found
    }
}
