import Foundation

/// One file of a log, as far as it reached when it was opened: what is written later is not seen.
///
/// Reads go through `pread`, not through a mapping: the writer may cut a torn line off, and a mapping that loses its
/// file kills the process.
package final class SegmentFile: Sendable {
    package let path: String
    /// Bytes at the time of opening.
    package let length: Int64
    /// The same for all names of the file.
    package let identity: Identity
    private let descriptor: Int32

    package struct Identity: Hashable, Sendable {
        private let device: dev_t
        private let inode: ino_t

        init(_ status: stat) { (device, inode) = (status.st_dev, status.st_ino) }
    }

    package init(path: String) throws(AuditReadingFailure) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, why: Self.reason()) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notAFile(path: path)
        }
        length = Int64(status.st_size)
        identity = Identity(status)
    }

    deinit { close(descriptor) }

    /// Whether this is the file that stands at `path` now.
    func isAt(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && Identity(status) == identity
    }

    /// The bytes of a range, or as many of them as there are: a file that was cut off since ends earlier.
    package func bytes(_ range: Range<Int64>) throws(AuditReadingFailure) -> [UInt8] {
        let range = range.clamped(to: 0..<length)
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                let place = off_t(range.lowerBound + Int64(count))
                let got = pread(descriptor, buffer.baseAddress! + count, range.count - count, place)
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                guard got > 0 else { break }
                count += got
            }
        }
        guard failure == 0 else { throw .cannotRead(path: path, why: String(cString: strerror(failure))) }
        return bytes
    }

    func append(_ range: Range<Int64>, to bytes: inout [UInt8]) throws(AuditReadingFailure) {
        bytes += try self.bytes(range)
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
