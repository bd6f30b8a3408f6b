import Foundation

/// The segment that is being written: whole lines only, in a file that nobody else writes.
final class SegmentFile {
    private var file: OpenFile
    /// Where the last whole line ends.
    private(set) var length: off_t
    /// How much of it outlives the machine.
    private(set) var syncedLength: off_t
    private let calls: FileCalls
    /// Whether a write that failed may have left something behind the last whole line.
    private(set) var endsTorn = false

    /// - Parameter length: of the file, in whole lines.
    init(_ file: OpenFile, length: off_t, calls: FileCalls) {
        self.file = file
        self.length = length
        syncedLength = length
        self.calls = calls
    }

    var descriptor: Int32 { file.descriptor }

    /// What there is of the file now: somebody may have cut it.
    var lengthOnDisk: off_t { lseek(descriptor, 0, SEEK_END) }
    /// Whether the file is still as long as what is on the disk of it.
    var holdsSynced: Bool { lengthOnDisk >= syncedLength }

    func isAt(_ path: String) -> Bool { file.isAt(path) }

    /// Appends all of the lines or, as far as later readers can see, none of them.
    ///
    /// - Returns: why it could not, as an `errno`.
    func append(_ lines: [UInt8]) -> Int32? {
        if endsTorn, let failure = cut() { return failure }
        // A gap, or somebody else's bytes in between, must not become part of the log.
        guard lengthOnDisk == length else { return ESTALE }
        if let failure = lines.withUnsafeBytes({ calls.writeAll(descriptor, $0) }) {
            // A line that was torn by a full disk would be read as a forged one.
            endsTorn = true
            _ = cut()
            return failure
        }
        length += off_t(lines.count)
        return nil
    }

    /// Comes back when everything appended so far is on the disk.
    ///
    /// - Returns: why it may not be, as an `errno`.
    func sync() -> Int32? {
        if let failure = calls.syncAll(descriptor) { return failure }
        syncedLength = length
        return nil
    }

    /// After a sync that failed the system may have forgotten what it had not written, and say nothing of it ever
    /// again: what is there from the last good sync on is to be written once more, so that it is synced or refused.
    ///
    /// - Parameter kept: where the last line ends that is to be kept.
    func rewrite(upTo kept: off_t) -> Int32? {
        var position = syncedLength
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while position < kept {
            let count = buffer.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, min($0.count, Int(kept - position)), position)
            }
            guard count > 0 else { return count == 0 ? EIO : errno }
            guard lseek(descriptor, position, SEEK_SET) == position else { return errno }
            let failure = buffer.withUnsafeBytes {
                calls.writeAll(descriptor, UnsafeRawBufferPointer(rebasing: $0[..<count]))
            }
            if let failure { return failure }
            position += off_t(count)
        }
        length = kept
        if let failure = cut() { return failure }
        return sync()
    }

    /// Goes on in an empty file.
    func move(to next: OpenFile) {
        file = next
        (length, syncedLength, endsTorn) = (0, 0, false)
    }

    private func cut() -> Int32? {
        guard calls.truncate(descriptor, length) == 0 else { return errno }
        endsTorn = false
        return nil
    }
}
