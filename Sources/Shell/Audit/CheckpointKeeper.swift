import AuditProof
import Foundation
import StrictCoding
import Synchronization

/// Signs checkpoints and hands them out: to the file beside the log, to standard output, and to whoever asks.
///
/// Whoever calls sees to it that what a checkpoint covers is on the disk.
struct CheckpointKeeper {
    private let signer: NoteSigner
    private let file: CheckpointNotes?
    private let show: (([UInt8]) -> Void)?
    private let shelf: CheckpointShelf
    private let records: Int
    private let interval: Duration
    /// What the last one covers.
    private var covered: Int
    private var due: ContinuousClock.Instant

    private static let pause = Duration.seconds(1)

    /// - Parameter covered: what a checkpoint from before covers.
    init(
        _ signer: NoteSigner, _ settings: AuditLogSettings, file: CheckpointNotes?, shelf: CheckpointShelf, covered: Int
    ) {
        self.signer = signer
        self.file = file
        show = settings.showCheckpoint
        self.shelf = shelf
        records = settings.checkpointRecords
        interval = .seconds(settings.checkpointSeconds)
        self.covered = covered
        due = .now + interval
    }

    func isDue(size: Int) -> Bool {
        guard size > covered else { return false }
        return size - covered >= records && !isPaused || ContinuousClock.now >= due
    }

    /// After a failure the next is made when that is over, however many records there are.
    private var isPaused = false

    /// When the next one may be due by time alone; nil where nothing is to be covered.
    func wait(size: Int) -> Duration? {
        size > covered ? max(.zero, due - .now) : nil
    }

    /// - Returns: why it was not kept, as an `errno`.
    mutating func make(of tree: CompactRange) -> Int32? {
        let checkpoint = Checkpoint(origin: signer.name, tree: tree)
        guard let note = try? signer.sign(checkpoint) else { return failed(EIO) }
        if let failure = file?.append(note) { return failed(failure) }
        show?(Self.line(checkpoint, note))
        shelf.put(note.bytes, size: tree.size)
        covered = tree.size
        due = .now + interval
        isPaused = false
        return nil
    }

    /// What was kept so far is on the disk afterwards.
    func sync() -> Int32? { file?.sync() }

    private mutating func failed(_ failure: Int32) -> Int32 {
        due = .now + Self.pause
        isPaused = true
        return failure
    }

    private static func line(_ checkpoint: Checkpoint, _ note: SignedNote) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { line in
            line.name("audit_checkpoint")
            line.object { line in
                line.member("origin", checkpoint.origin)
                line.member("size", checkpoint.size)
                line.member("root", ByteString(checkpoint.root.base64))
                line.member("note", ByteString(note.bytes))
            }
        }
        return writer.bytes + [0x0A]
    }
}

/// The last checkpoint, for whoever asks.
final class CheckpointShelf: Sendable {
    struct Item: Sendable {
        let note: [UInt8]
        let size: Int
        let made: ContinuousClock.Instant
    }

    private let item = Mutex<Item?>(nil)

    var last: Item? { item.withLock { $0 } }

    func put(_ note: [UInt8], size: Int) {
        item.withLock { $0 = Item(note: note, size: size, made: .now) }
    }
}
