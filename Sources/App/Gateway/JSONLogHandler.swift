import Audit
import Foundation
package import Logging
import StrictCoding

/// Log lines as JSON on standard error, one object a line: `ts`, `level`, `message`, and the metadata's members.
///
/// What goes into a line is decided where it is logged; nothing there holds tokens, and text from outside is escaped
/// here.
package struct JSONLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level

    package init(level: Logger.Level) {
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var writer = JSONWriter()
        writer.object { entry in
            entry.member("ts", Timestamp.text(microseconds: SystemClock.microseconds()))
            entry.member("level", event.level.rawValue)
            entry.member("message", "\(event.message)")
            let all = self.metadata.merging(event.metadata ?? [:]) { _, new in new }
            for (key, value) in all.sorted(by: { $0.key < $1.key }) {
                entry.name(escaping: ByteString(key))
                entry.string("\(value)")
            }
        }
        StandardError.write(writer.bytes + [0x0A])
    }
}

/// Standard error, which may be closed, full or a pipe that nobody reads: then a line is lost, and nothing else.
private enum StandardError {
    static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                return
            }
        }
    }
}
