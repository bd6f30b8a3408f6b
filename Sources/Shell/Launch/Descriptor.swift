import CSpawn
import Glibc

/// An open file descriptor that is closed when nobody holds it any more.
final class Descriptor: Sendable {
    let raw: Int32

    init(owning raw: Int32) {
        self.raw = raw
    }

    deinit {
        close(raw)
    }

    /// A pipe whose ends are closed in programs that are run; reading never waits.
    static func pipe() throws(SystemFault) -> (reading: Descriptor, writing: Descriptor) {
        var ends: [Int32] = [-1, -1]
        guard bulla_pipe(&ends) == 0 else { throw SystemFault("pipe") }
        return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
    }

    /// Bytes that are there, at most what `buffer` takes; 0 at the end, `nil` when there are none now.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        while true {
            let count = Glibc.read(raw, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            guard errno == EINTR else { return errno == EAGAIN ? nil : 0 }
        }
    }
}

/// A system call that failed.
struct SystemFault: Error, CustomStringConvertible {
    let what: String
    let code: Int32

    init(_ what: String, code: Int32 = errno) {
        self.what = what
        self.code = code
    }

    var description: String { "\(what): \(Self.name(of: code))" }

    /// As in `No such file or directory (ENOENT)`.
    static func name(of code: Int32) -> String {
        let text = String(cString: strerror(code))
        return bulla_errno_name(code).map { "\(text) (\(String(cString: $0)))" } ?? text
    }
}

/// Milliseconds of a clock that is never set.
enum MonotonicClock {
    static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
