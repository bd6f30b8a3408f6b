import Foundation

/// Standard output for much at a time.
enum StandardOutput {
    /// - Returns: whether anybody still takes it.
    @discardableResult
    static func write(_ bytes: [UInt8]) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    @discardableResult
    static func write(lines: [String]) -> Bool {
        lines.isEmpty || write(Array((lines.joined(separator: "\n") + "\n").utf8))
    }
}
