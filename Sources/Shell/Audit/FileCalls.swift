import Foundation

/// What the log asks of the operating system where a disk may refuse: each call gives 0 or more, or -1 with `errno` set.
struct FileCalls: Sendable {
    var write: @Sendable (Int32, UnsafeRawBufferPointer) -> Int = { Foundation.write($0, $1.baseAddress, $1.count) }
    /// To the disk.
    var sync: @Sendable (Int32) -> Int32 = { fdatasync($0) }
    var truncate: @Sendable (Int32, off_t) -> Int32 = { ftruncate($0, $1) }
    var rename: @Sendable (String, String) -> Int32 = { Foundation.rename($0, $1) }
    /// A new file for its owner alone, open for reading and writing.
    var create: @Sendable (String) -> Int32 = {
        open($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    }
    /// Names of files last only when their folder's entries do.
    var syncFolder: @Sendable (String) -> Int32 = { folder in
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return -1 }
        defer { close(descriptor) }
        return fsync(descriptor)
    }
}

extension FileCalls {
    /// Writes all of it at the file's position; says why it could not, as an `errno`.
    func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int32? {
        var written = 0
        while written < bytes.count {
            let count = write(descriptor, UnsafeRawBufferPointer(rebasing: bytes[written...]))
            if count > 0 {
                written += count
            } else if count == 0 {
                return EIO
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }

    /// The bytes of a part of a file; nil with `errno` set where they cannot be read.
    static func read(_ descriptor: Int32, _ range: Range<off_t>) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                pread(
                    descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled,
                    range.lowerBound + off_t(filled))
            }
            if count > 0 {
                filled += count
            } else if count == 0 || errno != EINTR {
                if count == 0 { errno = EIO }
                return nil
            }
        }
        return bytes
    }

    func syncAll(_ descriptor: Int32) -> Int32? {
        while sync(descriptor) != 0 {
            guard errno == EINTR else { return errno }
        }
        return nil
    }
}
