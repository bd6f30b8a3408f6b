import CSpawn
import Foundation
import StrictCoding
import Synchronization

/// The one thread of this process that starts, watches, ends and waits for launched processes; it never ends.
///
/// One thread, because the system kills a child when the *thread* that forked it ends (PR_SET_PDEATHSIG), so no thread
/// of a pool may do that; and for ever, so that it means what it says: the process that a command starts does not
/// outlive the gateway, however that ends. What it has started in turn ends with its group when the gateway ends in
/// order, and lives on when the gateway is killed: a wrapper is to `exec` its server. Only the instances' own processes
/// are waited for, each by a descriptor of its own: no signal handler, and no other child of this process is touched.
final class ProcessKeeper: Sendable {
    static let shared = ProcessKeeper()

    private enum Command: Sendable {
        case launch(LaunchOrder)
        case end(ByteString, EndReason)
        case call(at: Int64, @Sendable () -> Void)
    }

    private let inbox = Mutex<[Command]>([])
    private let bell: (reading: Descriptor, writing: Descriptor)

    private init() {
        guard let bell = try? Descriptor.pipe(), fcntl(bell.writing.raw, F_SETFL, O_NONBLOCK) == 0 else {
            fatalError("no pipe to be had for the thread that keeps processes")
        }
        self.bell = bell
        bulla_keep_exit_statuses()
        let thread = Thread { [self] in work() }
        thread.name = "bulla-launch"
        thread.start()
    }

    // Commands are carried out in the order of the calls.

    func launch(_ order: LaunchOrder) { send(.launch(order)) }
    func end(_ instance: ByteString, _ reason: EndReason) { send(.end(instance, reason)) }

    /// Calls `body` on the keeper's thread, at that time of the monotonic clock or soon after.
    func call(at milliseconds: Int64, _ body: @escaping @Sendable () -> Void) {
        send(.call(at: milliseconds, body))
    }

    private func send(_ command: Command) {
        let isFirst = inbox.withLock { inbox in
            inbox.append(command)
            return inbox.count == 1
        }
        guard isFirst else { return }
        // A full pipe rings already.
        _ = withUnsafeBytes(of: UInt8(1)) { write(bell.writing.raw, $0.baseAddress, 1) }
    }

    // MARK: - The thread

    private func work() -> Never {
        var instances: [ByteString: Instance] = [:]
        var calls: [(at: Int64, body: @Sendable () -> Void)] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        while true {
            for command in takeInbox() {
                switch command {
                case .launch(let order):
                    instances[order.instance] = Instance(order, now: MonotonicClock.milliseconds())
                case .end(let name, let reason):
                    instances[name]?.end(reason, now: MonotonicClock.milliseconds())
                case .call(let at, let body):
                    calls.append((at, body))
                }
            }
            let happened = wait(for: instances.values, until: calls.map(\.at).min())
            if happened.contains(bell.reading.raw) { _ = bell.reading.read(into: buffer) }
            let now = MonotonicClock.milliseconds()
            for (name, instance) in instances {
                instance.step(happened: happened, now: now, buffer: buffer)
                if instance.isGone { instances[name] = nil }
            }
            let due = calls.filter { $0.at <= now }
            calls.removeAll { $0.at <= now }
            for call in due { call.body() }
        }
    }

    private func takeInbox() -> [Command] {
        inbox.withLock { inbox in
            defer { inbox = [] }
            return inbox
        }
    }

    /// Sleeps until something happens or is due.
    private func wait(for instances: some Collection<Instance>, until: Int64?) -> Set<Int32> {
        var interests = [pollfd(fd: bell.reading.raw, events: Int16(POLLIN), revents: 0)]
        for instance in instances { interests += instance.interests }
        var timeout: Int32 = -1
        if let deadline = (instances.compactMap(\.deadline) + [until].compactMap { $0 }).min() {
            timeout = Int32(clamping: max(0, deadline - MonotonicClock.milliseconds()))
        }
        guard poll(&interests, nfds_t(interests.count), timeout) > 0 else { return [] }
        return Set(interests.filter { $0.revents != 0 }.map(\.fd))
    }
}
