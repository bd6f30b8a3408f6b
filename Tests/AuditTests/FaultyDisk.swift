import Foundation
import Synchronization

@testable import Audit

/// A disk that a test breaks, holds up and looks at; what it does not break is real.
final class FaultyDisk: Sendable {
    enum Step: String, CaseIterable, Sendable { case write, sync, truncate, rename, create, syncFolder }

    struct State {
        /// What fails, and how.
        var failures: [Step: Int32] = [:]
        /// A write gets so far before it fails.
        var writesBefore = 0
        var isHeld = false
        var trail: [String] = []
        var records = 0
        /// The writer's.
        var thread: pthread_t?
    }

    let state = Mutex(State())

    var calls: FileCalls {
        let real = FileCalls()
        return FileCalls(
            write: { [self] descriptor, bytes in
                let (failure, part) = state.withLock { state in
                    let failure = state.failures[.write]
                    if failure == nil {
                        let lines = bytes.count { $0 == 0x0A }
                        if bytes.first == UInt8(ascii: "{") {
                            state.trail.append("append \(lines)")
                            state.records += lines
                        }
                    }
                    defer { state.writesBefore = 0 }
                    return (failure, min(state.writesBefore, bytes.count))
                }
                guard let failure else { return real.write(descriptor, bytes) }
                if part > 0 { return real.write(descriptor, UnsafeRawBufferPointer(rebasing: bytes[..<part])) }
                errno = failure
                return -1
            },
            sync: { [self] descriptor in
                state.withLock { state in
                    state.trail.append("sync")
                    state.thread = pthread_self()
                }
                while state.withLock({ $0.isHeld }) { usleep(1_000) }
                return fails(.sync) ? -1 : real.sync(descriptor)
            },
            truncate: { [self] in fails(.truncate) ? -1 : real.truncate($0, $1) },
            rename: { [self] in fails(.rename) ? -1 : real.rename($0, $1) },
            create: { [self] in fails(.create) ? -1 : real.create($0) },
            syncFolder: { [self] in fails(.syncFolder) ? -1 : real.syncFolder($0) })
    }

    private func fails(_ step: Step) -> Bool {
        guard let failure = state.withLock({ $0.failures[step] }) else { return false }
        errno = failure
        return true
    }

    func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
    func fail(_ step: Step, _ failure: Int32? = EIO) { set { $0.failures[step] = failure } }
    var trail: [String] { state.withLock { $0.trail } }
    var records: Int { state.withLock { $0.records } }
    var thread: pthread_t? { state.withLock { $0.thread } }
    var syncs: Int { trail.count { $0 == "sync" } }
}
