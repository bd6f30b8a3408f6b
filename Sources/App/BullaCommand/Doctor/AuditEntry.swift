import Foundation
import StrictCoding

/// One line of the audit file, as far as a diagnosis reads it.
struct AuditEntry: Sendable {
    enum Event: String {
        case requestAccepted = "ingress.accepted"
        case requestDenied = "ingress.denied"
        case requestFailed = "ingress.failed"
        case callIntended = "egress.intent"
        case callEnded = "egress.result"
        case callDenied = "egress.denied"
    }

    let event: Event
    private let line: JSONValue

    /// Nil for a line about anything else.
    init?(_ bytes: [UInt8]) {
        guard let root = try? JSONDocument(parsing: bytes, limits: .document).root,
            let name = root["event"]?.text, let event = Event(rawValue: name.string)
        else { return nil }
        self.event = event
        line = root
    }

    subscript(_ field: StaticString) -> ByteString? { line[field]?.text }

    func number(_ field: StaticString) -> Int64? { line[field]?.integer }

    func list(_ field: StaticString) -> [ByteString] { line[field]?.elements?.compactMap(\.text) ?? [] }
}

/// Follows the audit file from where it ended when the tail was opened.
struct AuditTail: ~Copyable {
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let why: String

        var description: String { "the audit file `\(path)` cannot be read: \(why)" }
    }

    /// At a time; a busy gateway writes more between two looks only when something else is wrong.
    private static let chunkBytes = 4 << 20

    private let path: String
    private let descriptor: Int32
    /// The beginning of a line whose end is not written yet.
    private var rest: [UInt8] = []

    init(path: String) throws(Failure) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Failure(path: path, why: String(cString: strerror(errno))) }
        guard lseek(descriptor, 0, SEEK_END) >= 0 else {
            let why = String(cString: strerror(errno))
            close(descriptor)
            throw Failure(path: path, why: why)
        }
    }

    deinit { close(descriptor) }

    /// The entries that were written since the last look.
    mutating func next() throws(Failure) -> [AuditEntry] {
        var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
        let count = chunk.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw Failure(path: path, why: String(cString: strerror(errno))) }
        var lines = (rest + chunk[..<count]).split(separator: 0x0A, omittingEmptySubsequences: false)
        let unfinished = lines.removeLast()
        rest = unfinished.count <= Self.chunkBytes ? Array(unfinished) : []
        return lines.compactMap { AuditEntry(Array($0)) }
    }
}
